// SPDX-License-Identifier: BSD-2-Clause
/* event.c: the names of event types. */
#include <saoffload/event.h>

const char *sao_event_name(uint32_t type)
{
    /* Without a default, so that the compiler names a type that was forgotten here. */
    switch ((sao_event_type)type) {
    case SAO_EVENT_SUBMIT:
        return "submit";
    case SAO_EVENT_SUBMIT_ELEMENT:
        return "submit-element";
    case SAO_EVENT_ANSWER:
        return "answer";
    case SAO_EVENT_COMPLETE:
        return "complete";
    case SAO_EVENT_RESULT_ELEMENT:
        return "result-element";
    case SAO_EVENT_CANCEL:
        return "cancel";
    case SAO_EVENT_SEND:
        return "send";
    case SAO_EVENT_SEND_COMPLETE:
        return "send-complete";
    case SAO_EVENT_INDICATE:
        return "indicate";
    case SAO_EVENT_RETURN:
        return "return";
    case SAO_EVENT_BACKEND_CALL:
        return "backend-call";
    case SAO_EVENT_BACKEND_ANSWER:
        return "backend-answer";
    case SAO_EVENT_LIFE:
        return "life";
    case SAO_EVENT_LIFE_ANSWER:
        return "life-answer";
    case SAO_EVENT_LIFE_COMPLETE:
        return "life-complete";
    case SAO_EVENT_CURRENT_CONFIG:
        return "current-config";
    case SAO_EVENT_BUNDLE_ADDED:
        return "bundle-added";
    case SAO_EVENT_BUNDLE_REFUSED:
        return "bundle-refused";
    case SAO_EVENT_BUNDLE_CLAIMED:
        return "bundle-claimed";
    case SAO_EVENT_BUNDLE_RELEASED:
        return "bundle-released";
    case SAO_EVENT_BUNDLE_UNLINKED:
        return "bundle-unlinked";
    case SAO_EVENT_BUNDLE_RELINKED:
        return "bundle-relinked";
    case SAO_EVENT_BUNDLE_LOST:
        return "bundle-lost";
    case SAO_EVENT_BUNDLE_RESTORED:
        return "bundle-restored";
    case SAO_EVENT_BUNDLE_DRAINED:
        return "bundle-drained";
    case SAO_EVENT_BUNDLE_WIPED:
        return "bundle-wiped";
    case SAO_EVENT_BUNDLE_FREED:
        return "bundle-freed";
    case SAO_EVENT_BUNDLE_PAIRED:
        return "bundle-paired";
    case SAO_EVENT_BUNDLE_UNPAIRED:
        return "bundle-unpaired";
    case SAO_EVENT_BUNDLE_UPDATED:
        return "bundle-updated";
    case SAO_EVENT_DELETE_WISHED:
        return "delete-wished";
    case SAO_EVENT_ADAPTER_STATE:
        return "adapter-state";
    case SAO_EVENT_LATE_ANSWER:
        return "late-answer";
    }
    return "unknown";
}
