// SPDX-License-Identifier: BSD-2-Clause
// timeline.c: the story of one delete, picked out of the stream of events.
#include "cli/timeline.h"

#include <saoffload/oob.h>
#include <saoffload/status.h>

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

/* ---- picking --------------------------------------------------------------------------- */

static void note(sao_timeline *timeline, int half, const sao_event *event)
{
    sao_timeline_entry *entry = &timeline->entries[timeline->count];

    if (timeline->count == SAO_TIMELINE_ENTRIES_MAX)
        return;
    entry->packet = timeline->packet;
    entry->half = half;
    entry->event = *event;
    timeline->count++;
}

static void begin(sao_timeline *timeline, const sao_host_pair *pair, const sao_event *event)
{
    if (event->type != SAO_EVENT_DELETE_WISHED)
        return;
    timeline->pair = pair;
    timeline->names = *pair;
    timeline->adapter = event->adapter;
    timeline->half[0].handle = event->handle;
    note(timeline, 0, event);
}

/* Which half a handle belongs to; -1 for none. */
static int half_of(const sao_timeline *timeline, uint64_t handle)
{
    for (int i = 0; i < 2; i++) {
        if (handle != 0 && timeline->half[i].handle == handle)
            return i;
    }
    return -1;
}

static bool carries_wish(const sao_event *event)
{
    NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO info;

    memset(&info, 0, sizeof info);
    memcpy(&info, &event->code, sizeof event->code);
    return sao_oob_get_receive(&info).sa_delete_request;
}

/* A list that names a bundle of ours is ours. The delete that follows the inbound bundle's is the
 * outbound one's: that is how the transport answers SaDeleteReq (DEL-3). */
static void take_element(sao_timeline *timeline, const sao_event *event)
{
    int half = half_of(timeline, event->handle);

    if (half < 0 && timeline->half[0].request != 0 && timeline->half[1].handle == 0) {
        half = 1;
        timeline->half[1].handle = event->handle;
    }
    if (half < 0 || timeline->submit.request != event->request)
        return;
    timeline->half[half].request = event->request;
    timeline->half[half].answered = false;
    note(timeline, half, &timeline->submit);
}

/* An answer or a completion. After one that leaves the bundle alive there will be another try. */
static void take_status(sao_timeline *timeline, const sao_event *event)
{
    for (int half = 0; half < 2; half++) {
        sao_timeline_half *ours = &timeline->half[half];

        if (ours->request == 0 || ours->request != event->request || ours->answered)
            continue;
        note(timeline, half, event);
        ours->answered = event->status != NDIS_STATUS_PENDING;
    }
}

/* An event of one bundle's life. */
static void take_bundle(sao_timeline *timeline, const sao_event *event)
{
    int half = half_of(timeline, event->handle);

    if (half < 0 || timeline->half[half].request == 0)
        return;
    note(timeline, half, event);
    if (event->type == SAO_EVENT_BUNDLE_FREED)
        timeline->half[half].freed = true;
}

/* The pair that dissolves names the outbound bundle for certain. */
static void take_unpaired(sao_timeline *timeline, const sao_event *event)
{
    uint64_t inbound = timeline->half[0].handle;

    if (event->handle != inbound && event->extra != inbound)
        return;
    timeline->half[1].handle = event->handle == inbound ? event->extra : event->handle;
    note(timeline, 0, event);
}

/* What interrupts a delete belongs to its story: it may be why it is tried again. */
static void take_life(sao_timeline *timeline, const sao_event *event)
{
    if (event->code == SAO_LIFE_RESET)
        note(timeline, 0, event);
}

static void follow(sao_timeline *timeline, const sao_event *event)
{
    switch (event->type) {
    case SAO_EVENT_INDICATE:
        if (!timeline->indicated && carries_wish(event)) {
            timeline->indicated = true;
            note(timeline, 0, event);
        }
        break;
    case SAO_EVENT_SUBMIT:
        timeline->submit = *event;
        break;
    case SAO_EVENT_SUBMIT_ELEMENT:
        take_element(timeline, event);
        break;
    case SAO_EVENT_ANSWER:
    case SAO_EVENT_COMPLETE:
        take_status(timeline, event);
        break;
    case SAO_EVENT_BUNDLE_UNPAIRED:
        take_unpaired(timeline, event);
        break;
    case SAO_EVENT_LIFE:
    case SAO_EVENT_LIFE_COMPLETE:
        take_life(timeline, event);
        break;
    case SAO_EVENT_BUNDLE_CLAIMED:
    case SAO_EVENT_BUNDLE_RELEASED:
    case SAO_EVENT_BUNDLE_UNLINKED:
    case SAO_EVENT_BUNDLE_RELINKED:
    case SAO_EVENT_BUNDLE_LOST:
    case SAO_EVENT_BUNDLE_RESTORED:
    case SAO_EVENT_BUNDLE_DRAINED:
    case SAO_EVENT_BUNDLE_WIPED:
    case SAO_EVENT_BUNDLE_FREED:
    case SAO_EVENT_BACKEND_CALL:
    case SAO_EVENT_BACKEND_ANSWER:
        take_bundle(timeline, event);
        break;
    default:
        break;
    }
}

void sao_timeline_event(sao_timeline *timeline, const sao_host_pair *pair, const sao_event *event)
{
    const sao_timeline_half *half = timeline->half;

    if (timeline->complete)
        return;
    if (timeline->pair == NULL)
        begin(timeline, pair, event);
    else if (timeline->pair == pair && timeline->adapter == event->adapter)
        follow(timeline, event);
    timeline->complete = half[0].answered && half[0].freed && half[1].answered && half[1].freed;
}

void sao_timeline_closed(sao_timeline *timeline, const sao_host_pair *pair)
{
    uint64_t packet = timeline->packet;

    if (timeline->complete || timeline->pair != pair)
        return;
    memset(timeline, 0, sizeof *timeline);
    timeline->packet = packet;
}

/* ---- printing -------------------------------------------------------------------------- */

static void put_address(FILE *file, const sao_host_pair *pair, int side)
{
    char text[INET6_ADDRSTRLEN] = "";

    inet_ntop(pair->version == 4 ? AF_INET : AF_INET6, pair->address[side].bytes, text,
              sizeof text);
    fputs(text, file);
}

static void describe(const sao_timeline_entry *entry, char *text, size_t size)
{
    const sao_event *event = &entry->event;
    const char *bundle = entry->half == 0 ? "inbound" : "outbound";

    switch (event->type) {
    case SAO_EVENT_DELETE_WISHED:
        snprintf(text, size, "the NIC wishes %s bundle 0x%" PRIx64 " deleted", bundle,
                 event->handle);
        break;
    case SAO_EVENT_INDICATE:
        snprintf(text, size, "a packet of %" PRIu32 " bytes carries SaDeleteReq", event->value);
        break;
    case SAO_EVENT_SUBMIT:
        snprintf(text, size, "DELETE_SA for the %s bundle", bundle);
        break;
    case SAO_EVENT_ANSWER:
        snprintf(text, size, "at once: %s", sao_status_name(event->status));
        break;
    case SAO_EVENT_COMPLETE:
        snprintf(text, size, "DELETE_SA, %s bundle: %s", bundle, sao_status_name(event->status));
        break;
    case SAO_EVENT_BACKEND_CALL:
        snprintf(text, size, "the NIC is told to remove the %s bundle", bundle);
        break;
    case SAO_EVENT_BACKEND_ANSWER:
        snprintf(text, size, "the NIC: %s", sao_status_name(event->status));
        break;
    case SAO_EVENT_LIFE:
        snprintf(text, size, "the NIC is reset");
        break;
    case SAO_EVENT_LIFE_COMPLETE:
        snprintf(text, size, "the reset is over: %s", sao_status_name(event->status));
        break;
    case SAO_EVENT_BUNDLE_UNPAIRED:
        snprintf(text, size, "the two bundles are a pair no more");
        break;
    case SAO_EVENT_BUNDLE_CLAIMED:
        snprintf(text, size, "the list is good; the %s bundle is this request's", bundle);
        break;
    case SAO_EVENT_BUNDLE_UNLINKED:
        snprintf(text, size, "no new packet finds the %s bundle", bundle);
        break;
    case SAO_EVENT_BUNDLE_RELINKED:
        snprintf(text, size, "packets find the %s bundle again", bundle);
        break;
    case SAO_EVENT_BUNDLE_LOST:
        snprintf(text, size, "the NIC has lost the %s bundle: %s", bundle,
                 sao_status_name(event->status));
        break;
    case SAO_EVENT_BUNDLE_RESTORED:
        snprintf(text, size, "the NIC has the %s bundle again", bundle);
        break;
    case SAO_EVENT_BUNDLE_DRAINED:
        snprintf(text, size, "no packet that uses it is in flight");
        break;
    case SAO_EVENT_BUNDLE_WIPED:
        snprintf(text, size, "its keys are zero");
        break;
    case SAO_EVENT_BUNDLE_FREED:
        snprintf(text, size, "the %s bundle is gone", bundle);
        break;
    default:
        snprintf(text, size, "%s bundle", bundle);
        break;
    }
}

void sao_timeline_print(const sao_timeline *timeline, FILE *file)
{
    uint64_t start = timeline->entries[0].event.time;
    uint64_t now = start;

    if (!timeline->complete) {
        fputs("\nNo delete ran from SaDeleteReq to the freed bundles.\n", file);
        return;
    }
    fputs("\nOne delete, between ", file);
    put_address(file, &timeline->names, 0);
    fputs(" and ", file);
    put_address(file, &timeline->names, 1);
    fprintf(file, "\n\n  %8s  %6s  %-16s  %s\n", "packet", "ticks", "event", "what happens");
    for (size_t i = 0; i < timeline->count; i++) {
        const sao_timeline_entry *entry = &timeline->entries[i];
        char text[96];

        /* The adapter's clock may lag behind the boundary's; the order of the records counts. */
        if (entry->event.time > now)
            now = entry->event.time;
        describe(entry, text, sizeof text);
        fprintf(file, "  %8" PRIu64 "  %+6" PRId64 "  %-16s  %s\n", entry->packet,
                (int64_t)(now - start), sao_event_name(entry->event.type), text);
    }
}
