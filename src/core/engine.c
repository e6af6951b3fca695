// SPDX-License-Identifier: BSD-2-Clause
#include "core/engine.h"
#include "core/outage.h"

/* ---- lists ----------------------------------------------------------------------------- */

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
    sao_outage_request_gone(adapter, request);
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

    record->request = request;
    record->request_next = SAO_SLOT_NONE;
    record->request_previous = request->state.last_bundle;
    if (request->state.last_bundle == SAO_SLOT_NONE)
        request->state.first_bundle = slot;
    else
        adapter->records[request->state.last_bundle].request_next = slot;
    request->state.last_bundle = slot;
}

void sao_engine_drop(sao_adapter *adapter, sao_record *record)
{
    sao_request *request = record->request;

    if (record->request_previous != SAO_SLOT_NONE)
        adapter->records[record->request_previous].request_next = record->request_next;
    else
        request->state.first_bundle = record->request_next;
    if (record->request_next != SAO_SLOT_NONE)
        adapter->records[record->request_next].request_previous = record->request_previous;
    else
        request->state.last_bundle = record->request_previous;
    record->request = NULL;
}

/* ---- waiting --------------------------------------------------------------------------- */

bool sao_engine_take_turn(sao_record *record, sao_request *request)
{
    if (record->turn == NULL && record->update_serial == 0)
        record->turn = request;
    if (record->turn == request)
        return true;
    sao_queue_append(&record->blocked, request);
    return false;
}

void sao_engine_pass_turn(sao_adapter *adapter, sao_record *record)
{
    record->turn = sao_queue_take(&record->blocked);
    if (record->turn != NULL)
        sao_queue_append(&adapter->ready, record->turn);
}

sao_progress sao_engine_wait_to_publish(sao_adapter *adapter, sao_request *request)
{
    sao_queue_append(&adapter->publishing, request);
    return SAO_PROGRESS_BLOCKED;
}

void sao_engine_published(sao_adapter *adapter)
{
    sao_request *next = sao_queue_take(&adapter->publishing);

    if (next != NULL)
        sao_queue_append(&adapter->ready, next);
}

void sao_engine_answered(sao_adapter *adapter, sao_request *request)
{
    request->state.outstanding--;
    if (request->state.outstanding == 0 && request->state.waiting) {
        request->state.waiting = false;
        sao_queue_append(&adapter->ready, request);
    }
}

void sao_engine_abort(sao_adapter *adapter, sao_request *request)
{
    request->state.aborted = true;
    if (request->state.queue != NULL)
        sao_queue_remove(request);
    else if (request->state.waiting)
        request->state.waiting = false;
    else
        return; /* a thread takes its steps, and will notice */
    sao_queue_append(&adapter->ready, request);
}

bool sao_engine_can_finish(const sao_adapter *adapter, const sao_request *request)
{
    return request->oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA &&
           sao_delete_can_finish(adapter, request);
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
    case OID_TCP_OFFLOAD_PARAMETERS:
    case OID_OFFLOAD_ENCAPSULATION:
        progress = sao_offload_step(adapter, request);
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
        if (sao_outage_frozen(adapter))
            return SAO_PROGRESS_FROZEN;
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
    bool aborted = request->state.aborted; /* then it waits for nothing */

    if (progress == SAO_PROGRESS_BLOCKED)
        return; /* it is in its queue already */
    if (progress == SAO_PROGRESS_GRACE && !aborted)
        sao_queue_append(&adapter->graced, request);
    else if (progress == SAO_PROGRESS_BACKEND && request->state.outstanding != 0 && !aborted)
        request->state.waiting = true;
    else
        sao_queue_append(&adapter->ready, request);
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

/* ---- work that is left ----------------------------------------------------------------- */

/* Not while all bundles go by themselves: halt, shutdown, removal. */
static bool may_bury(const sao_adapter *adapter)
{
    return adapter->outage.stage == 0 && !adapter->halting;
}

/* Can a poll do anything now? */
static bool has_work(const sao_adapter *adapter)
{
    bool requests = adapter->ready.first != NULL && !sao_outage_frozen(adapter);
    bool orphans = adapter->first_orphan != SAO_SLOT_NONE && may_bury(adapter);

    return requests || orphans || sao_outage_ready(adapter) || sao_life_untold(adapter);
}

void sao_engine_leave(sao_adapter *adapter)
{
    bool wake = adapter->config.host.wake != NULL && has_work(adapter);

    sao_unlock(adapter);
    if (wake)
        adapter->config.host.wake(adapter->config.host_context);
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
    case OID_TCP_OFFLOAD_PARAMETERS:
        return &sao_list_offload_parameters;
    case OID_OFFLOAD_ENCAPSULATION:
        return &sao_list_offload_encapsulation;
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
    if (SAO_ATOMIC_LOAD(&adapter->service) != SAO_SERVICE_FULL) /* RST-4, OID-5 */
        return NDIS_STATUS_NOT_ACCEPTED;
    kind = list_kind(adapter, request->oid, &status);
    if (kind == NULL)
        return status;

    SAO_MEMSET(&request->state, 0, sizeof request->state);
    if (++adapter->next_request_serial == 0)
        adapter->next_request_serial = 1;
    request->state.serial = adapter->next_request_serial;
    request->state.first_bundle = SAO_SLOT_NONE;
    request->state.last_bundle = SAO_SLOT_NONE;
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
    sao_engine_leave(adapter);
    return status;
}

void sao_adapter_cancel(sao_adapter *adapter, const void *request_id)
{
    if (request_id == NULL) /* OID-4 */
        return;
    sao_lock(adapter);
    for (sao_request *request = adapter->requests; request != NULL; request = request->state.next)
        if (request->request_id == request_id)
            sao_engine_abort(adapter, request);
    sao_engine_leave(adapter);
}

/* ---- polling --------------------------------------------------------------------------- */

static void release_graced(sao_adapter *adapter)
{
    sao_grace_advance(&adapter->grace);
    while (adapter->graced.first != NULL &&
           sao_grace_over(&adapter->grace, adapter->graced.first->state.grace))
        sao_queue_append(&adapter->ready, sao_queue_take(&adapter->graced));
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
        adapter->completing++;
        sao_unlock(adapter);
        adapter->config.host.request_complete(adapter->config.host_context, request);
        sao_lock(adapter);
        adapter->completing--;
    }
}

/* One step of whatever can take one; false if nothing can. */
static bool poll_step(sao_adapter *adapter)
{
    sao_request *request;

    release_graced(adapter);
    if (sao_outage_step(adapter))
        return true;
    if (sao_outage_frozen(adapter))
        return false;
    request = sao_queue_take(&adapter->ready);
    if (request == NULL)
        return may_bury(adapter) && sao_bundle_bury_orphan(adapter);
    poll_request(adapter, request);
    return true;
}

static sao_poll describe_rest(const sao_adapter *adapter)
{
    sao_poll rest;

    rest.more = has_work(adapter);
    rest.draining =
        adapter->graced.first != NULL || adapter->life.pausing || sao_outage_draining(adapter);
    rest.outstanding = adapter->outstanding;
    return rest;
}

sao_poll sao_adapter_poll(sao_adapter *adapter, uint64_t now, uint32_t budget)
{
    sao_poll rest;

    sao_lock(adapter);
    adapter->now = now;
    while (budget > 0 && poll_step(adapter))
        budget--;
    release_graced(adapter);
    sao_life_settle(adapter);
    rest = describe_rest(adapter);
    sao_unlock(adapter);
    return rest;
}
