// SPDX-License-Identifier: BSD-2-Clause
#include "core/engine.h"

/* ---- queues ---------------------------------------------------------------------------- */

static void enqueue(sao_request_queue *queue, sao_request *request)
{
    request->state.queue_next = NULL;
    if (queue->last != NULL)
        queue->last->state.queue_next = request;
    else
        queue->first = request;
    queue->last = request;
}

static sao_request *dequeue(sao_request_queue *queue)
{
    sao_request *request = queue->first;

    if (request != NULL) {
        queue->first = request->state.queue_next;
        if (queue->first == NULL)
            queue->last = NULL;
    }
    return request;
}

static void register_request(sao_adapter *adapter, sao_request *request)
{
    request->state.next = adapter->requests;
    request->state.previous = NULL;
    if (adapter->requests != NULL)
        adapter->requests->state.previous = request;
    adapter->requests = request;
    adapter->outstanding++;
}

static void unregister_request(sao_adapter *adapter, sao_request *request)
{
    if (request->state.previous != NULL)
        request->state.previous->state.next = request->state.next;
    else
        adapter->requests = request->state.next;
    if (request->state.next != NULL)
        request->state.next->state.previous = request->state.previous;
    adapter->outstanding--;
}

void sao_engine_append(sao_adapter *adapter, sao_request *request, sao_record *record)
{
    uint32_t slot = sao_slot_of(adapter, record);

    record->request_next = SAO_SLOT_NONE;
    if (request->state.last_bundle == SAO_SLOT_NONE)
        request->state.first_bundle = slot;
    else
        adapter->records[request->state.last_bundle].request_next = slot;
    request->state.last_bundle = slot;
}

bool sao_engine_take_turn(sao_record *record, sao_request *request)
{
    if (record->turn == NULL)
        record->turn = request;
    if (record->turn == request)
        return true;
    enqueue(&record->blocked, request);
    return false;
}

void sao_engine_pass_turn(sao_adapter *adapter, sao_record *record)
{
    record->turn = dequeue(&record->blocked);
    if (record->turn != NULL)
        enqueue(&adapter->ready, record->turn);
}

sao_progress sao_engine_wait_to_publish(sao_adapter *adapter, sao_request *request)
{
    enqueue(&adapter->publishing, request);
    return SAO_PROGRESS_BLOCKED;
}

void sao_engine_published(sao_adapter *adapter)
{
    sao_request *next = dequeue(&adapter->publishing);

    if (next != NULL)
        enqueue(&adapter->ready, next);
}

void sao_engine_answered(sao_adapter *adapter, sao_request *request)
{
    request->state.outstanding--;
    if (request->state.outstanding == 0 && request->state.waiting) {
        request->state.waiting = false;
        enqueue(&adapter->ready, request);
    }
}

/* ---- steps ----------------------------------------------------------------------------- */

static sao_progress take_step(sao_adapter *adapter, sao_request *request)
{
    sao_progress progress;

    switch (request->oid) {
    case OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA:
        progress = sao_delete_step(adapter, request);
        break;
    case OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA:
        progress = sao_update_step(adapter, request);
        break;
    default:
        progress = sao_add_step(adapter, request);
        break;
    }
    if (progress == SAO_PROGRESS_GRACE) {
        sao_grace_advance(&adapter->grace);
        if (sao_grace_over(&adapter->grace, request->state.grace))
            return SAO_PROGRESS_MORE;
    }
    if (progress == SAO_PROGRESS_BACKEND && request->state.outstanding == 0)
        return SAO_PROGRESS_MORE;
    return progress;
}

/* Takes up to *steps steps, letting go of the lock between them, and says what stopped it. */
static sao_progress run_steps(sao_adapter *adapter, sao_request *request, uint32_t *steps)
{
    sao_progress progress = SAO_PROGRESS_MORE;

    while (progress == SAO_PROGRESS_MORE && *steps > 0) {
        --*steps;
        progress = take_step(adapter, request);
        if (progress == SAO_PROGRESS_MORE) {
            sao_unlock(adapter);
            sao_lock(adapter);
        }
    }
    return progress;
}

/* Puts a request that is not done where it waits for what it needs. */
static void settle(sao_adapter *adapter, sao_request *request, sao_progress progress)
{
    if (progress == SAO_PROGRESS_GRACE)
        enqueue(&adapter->graced, request);
    else if (progress == SAO_PROGRESS_BACKEND && request->state.outstanding != 0)
        request->state.waiting = true;
    else if (progress != SAO_PROGRESS_BLOCKED)
        enqueue(&adapter->ready, request);
}

/* Fills in the results (REV-2). */
static void conclude(sao_adapter *adapter, sao_request *request)
{
    request->status = request->state.outcome;
    if (request->status == NDIS_STATUS_SUCCESS) {
        request->bytes_read = request->buffer_length;
        request->supported_revision = 1;
    } else if (request->status == NDIS_STATUS_BUFFER_TOO_SHORT) {
        request->bytes_needed = request->state.list.kind->revision_size;
    }
    unregister_request(adapter, request);
}

/* ---- submitting ------------------------------------------------------------------------ */

/* Which list an OID brings; NULL with the status of an OID that this adapter does not take. */
static const sao_list_kind *list_kind(const sao_adapter *adapter, NDIS_OID oid, NDIS_STATUS *status)
{
    bool ex = adapter->config.profile >= SAO_PROFILE_NDIS_6_30;

    *status = NDIS_STATUS_NOT_SUPPORTED; /* the other profile's ADD (ADD-1) */
    switch (oid) {
    case OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA:
        return ex ? NULL : &sao_list_add_sa;
    case OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX:
        return ex ? &sao_list_add_sa_ex : NULL;
    case OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA:
        return &sao_list_delete_sa;
    case OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA:
        return &sao_list_update_sa;
    default:
        *status = NDIS_STATUS_INVALID_OID;
        return NULL;
    }
}

static NDIS_STATUS begin_request(sao_adapter *adapter, sao_request *request)
{
    uint32_t state = SAO_ATOMIC_LOAD(&adapter->state);
    const sao_list_kind *kind;
    NDIS_STATUS status;

    request->status = NDIS_STATUS_PENDING;
    request->bytes_read = 0;
    request->bytes_needed = 0;
    request->elements_done = 0;
    request->supported_revision = 0;
    if (adapter->halting || state == SAO_ADAPTER_HALTED || state == SAO_ADAPTER_INITIALIZING ||
        state == SAO_ADAPTER_SHUTDOWN) /* OID-5 */
        return NDIS_STATUS_INVALID_STATE;
    kind = list_kind(adapter, request->oid, &status);
    if (kind == NULL)
        return status;

    SAO_MEMSET(&request->state, 0, sizeof request->state);
    if (++adapter->next_request_serial == 0)
        adapter->next_request_serial = 1;
    request->state.serial = adapter->next_request_serial;
    request->state.first_bundle = SAO_SLOT_NONE;
    request->state.last_bundle = SAO_SLOT_NONE;
    request->state.cursor = SAO_SLOT_NONE;
    sao_list_start(&request->state.list, kind, request->buffer, request->buffer_length,
                   adapter->config.strict_lists);
    register_request(adapter, request);
    return NDIS_STATUS_PENDING;
}

NDIS_STATUS sao_adapter_request(sao_adapter *adapter, sao_request *request)
{
    uint32_t steps = adapter->config.steps_per_submit;
    sao_progress progress;
    NDIS_STATUS status;

    sao_lock(adapter);
    status = begin_request(adapter, request);
    if (status == NDIS_STATUS_PENDING) {
        progress = run_steps(adapter, request, &steps);
        if (progress == SAO_PROGRESS_DONE) {
            conclude(adapter, request);
            status = request->status;
        } else {
            settle(adapter, request, progress);
        }
    } else {
        request->status = status;
    }
    sao_unlock(adapter);
    return status;
}

/* ---- polling --------------------------------------------------------------------------- */

static void release_graced(sao_adapter *adapter)
{
    sao_grace_advance(&adapter->grace);
    while (adapter->graced.first != NULL &&
           sao_grace_over(&adapter->grace, adapter->graced.first->state.grace))
        enqueue(&adapter->ready, dequeue(&adapter->graced));
}

/* One step of one request; the lock is let go for its completion. */
static void poll_request(sao_adapter *adapter, sao_request *request)
{
    uint32_t steps = 1;
    sao_progress progress = run_steps(adapter, request, &steps);

    if (progress != SAO_PROGRESS_DONE) {
        settle(adapter, request, progress);
        return;
    }
    conclude(adapter, request);
    if (adapter->config.host.request_complete != NULL) {
        sao_unlock(adapter);
        adapter->config.host.request_complete(adapter->config.host_context, request);
        sao_lock(adapter);
    }
}

sao_poll sao_adapter_poll(sao_adapter *adapter, uint64_t now, uint32_t budget)
{
    sao_request *request;
    sao_poll result;

    sao_lock(adapter);
    adapter->now = now;
    release_graced(adapter);
    while (budget > 0 && (request = dequeue(&adapter->ready)) != NULL) {
        budget--;
        poll_request(adapter, request);
        release_graced(adapter);
    }
    sao_unlock(adapter);
    sao_adapter_finish_pause(adapter);

    sao_lock(adapter);
    result.more = adapter->ready.first != NULL;
    result.draining =
        adapter->graced.first != NULL || sao_adapter_get_state(adapter) == SAO_ADAPTER_PAUSING;
    result.outstanding = adapter->outstanding;
    sao_unlock(adapter);
    return result;
}
