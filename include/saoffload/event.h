// SPDX-License-Identifier: BSD-2-Clause
/*
 * event.h: what happened, as a stream of fixed-size records.
 *
 * Boundary events are recorded by sao_boundary (boundary.h), outside of the driver under test;
 * internal events come from this library's own adapter and are optional. No record ever holds a
 * key or a packet's bytes.
 */
#ifndef SAOFFLOAD_EVENT_H
#define SAOFFLOAD_EVENT_H

#include <saoffload/ndis.h>
#include <saoffload/platform.h>

SAO_EXTERN_C_BEGIN

/* What an event says, and which members of sao_event it uses. */
typedef enum sao_event_type {
    /* Boundary: requests. `request` names the request, `code` its OID. */
    SAO_EVENT_SUBMIT = 1,     /* value: buffer length */
    SAO_EVENT_SUBMIT_ELEMENT, /* one element of a DELETE list: handle; value: position */
    SAO_EVENT_ANSWER,         /* immediate answer: status */
    SAO_EVENT_COMPLETE,       /* later completion: status; value: elements done */
    SAO_EVENT_RESULT_ELEMENT, /* one element of an ADD list, before its end: handle; value:
                                 position; code: the element's flags, spi of the first SA in `extra`
                               */
    SAO_EVENT_CANCEL,         /* extra: the RequestId */

    /* Boundary: packets. `packet` names the packet, `value` its length. */
    SAO_EVENT_SEND = 16,     /* handle: OffloadHandle */
    SAO_EVENT_SEND_COMPLETE, /* status */
    SAO_EVENT_INDICATE,      /* code: the Receive bits as oob.h lays them out */
    SAO_EVENT_RETURN,

    /* The hardware, as whoever calls it reports: this library's adapter does; of a foreign driver
     * they are not observable, unless it reports them too. */
    SAO_EVENT_BACKEND_CALL = 32, /* handle; code: sao_backend_call; value: LIFE: the event; status:
                                    PENDING */
    SAO_EVENT_BACKEND_ANSWER,    /* the same; status: the answer */

    /* Boundary: the adapter's life. */
    SAO_EVENT_LIFE = 48,      /* code: sao_life_event; before the miniport is told */
    SAO_EVENT_LIFE_ANSWER,    /* code; status: the immediate answer */
    SAO_EVENT_LIFE_COMPLETE,  /* code; status: of one that was answered PENDING */
    SAO_EVENT_CURRENT_CONFIG, /* TASK_OFFLOAD_CURRENT_CONFIG: code: bit 0 Ah, bit 1 Esp (CAP-3) */

    /* Internal: one bundle's life. `handle` names it, `request` its request. */
    SAO_EVENT_BUNDLE_ADDED = 64, /* live: its ADD completes now; code: 1 inbound; value: position */
    SAO_EVENT_BUNDLE_REFUSED,    /* status: why the element failed; value: position */
    SAO_EVENT_BUNDLE_CLAIMED,    /* by a DELETE; value: position */
    SAO_EVENT_BUNDLE_RELEASED,   /* a claim taken back: its list was refused, or aborted */
    SAO_EVENT_BUNDLE_UNLINKED,
    SAO_EVENT_BUNDLE_RELINKED, /* an unlink taken back: its delete was aborted (DEL-9) */
    SAO_EVENT_BUNDLE_LOST,     /* the hardware has it no more: status, PENDING if it will again */
    SAO_EVENT_BUNDLE_RESTORED, /* the hardware has it again (RST-3) */
    SAO_EVENT_BUNDLE_DRAINED,
    SAO_EVENT_BUNDLE_WIPED, /* keys */
    SAO_EVENT_BUNDLE_FREED,
    SAO_EVENT_BUNDLE_PAIRED,   /* handle, extra: the two; code: 1 for a guess (PAIR-2) */
    SAO_EVENT_BUNDLE_UNPAIRED, /* the same; code: 1 if it was a guess */
    SAO_EVENT_BUNDLE_UPDATED,  /* value: the new high half; code: which SA */
    SAO_EVENT_DELETE_WISHED,   /* SaDeleteReq goes out with a packet of this bundle */
    SAO_EVENT_ADAPTER_STATE,   /* code: the sao_adapter_state that it has come to */
    SAO_EVENT_LATE_ANSWER      /* nothing waited for it: status; value: its ticket's serial */
} sao_event_type;

/* Which operation of the backend an event is about. */
typedef enum sao_backend_call {
    SAO_BACKEND_ADD = 1,
    SAO_BACKEND_REMOVE,
    SAO_BACKEND_UPDATE,
    SAO_BACKEND_LIFE
} sao_backend_call;

/* One record. What a type does not use is 0. */
typedef struct sao_event {
    uint64_t time;     /* the caller's clock, as last given to the one who records */
    uint64_t handle;   /* OffloadHandle */
    uint64_t extra;    /* as the type says */
    uint64_t request;  /* names a request: sao_request.id, or the adapter's serial if that is 0 */
    uint64_t packet;   /* names a packet */
    uint32_t type;     /* sao_event_type */
    uint32_t code;     /* as the type says */
    int32_t status;    /* NDIS_STATUS */
    uint32_t value;    /* as the type says */
    uint32_t adapter;  /* tag of the adapter */
    uint32_t reserved; /* 0 */
} sao_event;

/* The type's name in lower case with hyphens, "bundle-freed" say; "unknown" for others. */
const char *sao_event_name(uint32_t type);

/* Receives each event; must not call back into what reports it. */
typedef void sao_event_hook(void *context, const sao_event *event);

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_EVENT_H */
