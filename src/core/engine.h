// SPDX-License-Identifier: BSD-2-Clause
/*
 * engine.h: how requests advance.
 *
 * A request is in one place at a time: running (some thread takes its steps), ready, waiting for
 * a grace period, for its turn on a bundle, or for the backend. Each OID has a step function that
 * does a bounded piece of work and says what is next.
 */
#ifndef SAO_CORE_ENGINE_H
#define SAO_CORE_ENGINE_H

#include "core/adapter_state.h"
#include "core/queue.h"

typedef enum sao_progress {
    SAO_PROGRESS_MORE,    /* take another step */
    SAO_PROGRESS_GRACE,   /* wait until request->state.grace is over */
    SAO_PROGRESS_BACKEND, /* wait until request->state.outstanding is 0 */
    SAO_PROGRESS_BLOCKED, /* wait for its turn on a bundle (sao_engine_take_turn) */
    SAO_PROGRESS_FROZEN,  /* an outage has begun meanwhile: go on after it */
    SAO_PROGRESS_DONE     /* request->state.outcome is the answer */
} sao_progress;

/* Each is called with the lock held, and may release it while it calls the backend. */
sao_progress sao_add_step(sao_adapter *adapter, sao_request *request);
sao_progress sao_delete_step(sao_adapter *adapter, sao_request *request);
sao_progress sao_update_step(sao_adapter *adapter, sao_request *request);
sao_progress sao_offload_step(sao_adapter *adapter, sao_request *request);

/* What the answer of the backend to each operation does; with the lock held. */
void sao_add_answered(sao_adapter *adapter, sao_record *record, NDIS_STATUS status);
void sao_delete_answered(sao_adapter *adapter, sao_record *record, NDIS_STATUS status);
void sao_update_answered(sao_adapter *adapter, sao_record *record, NDIS_STATUS status);

/* One operation of the request is answered: it runs again when that was the last. */
void sao_engine_answered(sao_adapter *adapter, sao_request *request);
/*
 * Updates of a bundle, and then its removal, take turns in the order in which they ask. False:
 * the request queues, and runs again when it has the turn. The bundle stays until then.
 */
bool sao_engine_take_turn(sao_record *record, sao_request *request);
/* The next one's turn. */
void sao_engine_pass_turn(sao_adapter *adapter, sao_record *record);

/* Only one ADD at a time makes its bundles live: the others wait here, one goes on as it ends. */
sao_progress sao_engine_wait_to_publish(sao_adapter *adapter, sao_request *request);
void sao_engine_published(sao_adapter *adapter);

/* Ends a step with a final answer. */
static inline sao_progress sao_engine_finish(sao_request *request, NDIS_STATUS outcome)
{
    request->state.outcome = outcome;
    return SAO_PROGRESS_DONE;
}

/* The bundles of a request, in list order; walk by record->request_next. */
void sao_engine_append(sao_adapter *adapter, sao_request *request, sao_record *record);
void sao_engine_drop(sao_adapter *adapter, sao_record *record);

/* The first bundle of the request; NULL if none is left. */
static inline sao_record *sao_engine_first(sao_adapter *adapter, const sao_request *request)
{
    return request->state.first_bundle != SAO_SLOT_NONE
               ? &adapter->records[request->state.first_bundle]
               : NULL;
}

/* Gives the lock back at the end of a call; has the host poll if the call left work behind. */
void sao_engine_leave(sao_adapter *adapter);

/* Marks the request as aborted, and lets it run if it waits for something. */
void sao_engine_abort(sao_adapter *adapter, sao_request *request);
/* Could the request come to its end without the hardware, as one whose packets are through (RST-2)?
 */
bool sao_engine_can_finish(const sao_adapter *adapter, const sao_request *request);
bool sao_delete_can_finish(const sao_adapter *adapter, const sao_request *request);

/* True while requests take no steps: the hardware is away, or being filled again. */
bool sao_outage_frozen(const sao_adapter *adapter);

#endif /* SAO_CORE_ENGINE_H */
