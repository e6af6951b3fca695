// SPDX-License-Identifier: BSD-2-Clause
/*
 * DELETE_SA. The list is checked whole while its bundles are claimed, so that nothing is deleted
 * of a bad one (DEL-6); claims also find a handle named twice, and a cycle, in linear time. Then
 * all are unlinked, share one grace period for the packets in flight (DEL-7), and go to the
 * hardware in list order (DEL-9). The caller's list is read once; from then on the bundles
 * themselves are linked. What is refused or aborted lets go of them one by one.
 */
#include "core/engine.h"
#include "core/form.h"

enum { DELETE_CHECK, DELETE_UNLINK, DELETE_DRAIN, DELETE_REMOVE, DELETE_LET_GO };

/* ---- checking and claiming ------------------------------------------------------------- */

static NDIS_STATUS claim(sao_adapter *adapter, sao_request *request,
                         const IPSEC_OFFLOAD_V2_DELETE_SA *element)
{
    sao_record *record = sao_record_usable(adapter, element->OffloadHandle);

    if (record == NULL)
        return NDIS_STATUS_INVALID_PARAMETER;
    if (record->request != NULL) /* being deleted: by this very element, a cycle */
        return record->request == request && record->element == element
                   ? NDIS_STATUS_INVALID_DATA
                   : NDIS_STATUS_INVALID_PARAMETER;

    SAO_ATOMIC_STORE(&record->state, SAO_BUNDLE_CLAIMED);
    record->element = element;
    sao_engine_append(adapter, request, record);
    sao_report(adapter, SAO_EVENT_BUNDLE_CLAIMED, record, request, NDIS_STATUS_SUCCESS, 0,
               request->state.elements);
    request->state.elements++;
    return NDIS_STATUS_SUCCESS;
}

static sao_progress next_stage(sao_request *request, uint32_t stage)
{
    request->state.stage = stage;
    request->state.cursor = request->state.first_bundle;
    return SAO_PROGRESS_MORE;
}

static sao_progress let_go(sao_request *request, NDIS_STATUS outcome)
{
    request->state.outcome = outcome;
    return next_stage(request, DELETE_LET_GO);
}

static sao_progress delete_check(sao_adapter *adapter, sao_request *request)
{
    for (uint32_t i = 0; i < adapter->config.elements_per_step; i++) {
        const void *element;
        NDIS_STATUS status = sao_list_next(&request->state.list, &element);

        if (status == NDIS_STATUS_SUCCESS && element == NULL)
            return next_stage(request, DELETE_UNLINK);
        if (status == NDIS_STATUS_SUCCESS)
            status = claim(adapter, request, (const IPSEC_OFFLOAD_V2_DELETE_SA *)element);
        if (status != NDIS_STATUS_SUCCESS)
            return let_go(request, status);
    }
    return SAO_PROGRESS_MORE;
}

/* ---- stages over the claimed bundles --------------------------------------------------- */

static sao_progress delete_unlink(sao_adapter *adapter, sao_request *request)
{
    for (uint32_t i = 0; i < adapter->config.elements_per_step; i++) {
        sao_record *record;

        if (request->state.cursor == SAO_SLOT_NONE) {
            request->state.grace = sao_grace_request(&adapter->grace);
            request->state.stage = DELETE_DRAIN;
            return SAO_PROGRESS_GRACE;
        }
        record = &adapter->records[request->state.cursor];
        request->state.cursor = record->request_next;
        sao_bundle_unlink(adapter, record);
        sao_report(adapter, SAO_EVENT_BUNDLE_UNLINKED, record, request, NDIS_STATUS_SUCCESS, 0, 0);
    }
    return SAO_PROGRESS_MORE;
}

static void free_deleted(sao_adapter *adapter, sao_record *record)
{
    sao_request *request = record->request;

    if (record->element != NULL) /* else an orphan of an ADD */
        adapter->bundles_deleted++;
    sao_bundle_free(adapter, record);
    if (request != NULL)
        sao_engine_drop(adapter, record);
}

/* The point of no return, one bundle after the other. What the hardware does not have goes too. */
static sao_progress delete_remove(sao_adapter *adapter, sao_request *request)
{
    for (uint32_t i = 0; i < adapter->config.elements_per_step; i++) {
        sao_record *record;

        if (request->state.cursor == SAO_SLOT_NONE)
            return request->state.outstanding != 0
                       ? SAO_PROGRESS_BACKEND
                       : sao_engine_finish(request, NDIS_STATUS_SUCCESS);
        record = &adapter->records[request->state.cursor];
        if (!sao_engine_take_turn(record, request)) /* an update runs */
            return SAO_PROGRESS_BLOCKED;
        request->state.cursor = record->request_next;
        SAO_ATOMIC_STORE(&record->state, SAO_BUNDLE_DELETED);
        sao_report(adapter, SAO_EVENT_BUNDLE_DRAINED, record, request, NDIS_STATUS_SUCCESS, 0, 0);
        request->elements_done++;
        if (record->in_hardware == 0) {
            free_deleted(adapter, record);
            continue;
        }
        request->state.outstanding++;
        sao_operation_remove(adapter, record);
        if (request->state.aborted || sao_outage_frozen(adapter))
            return SAO_PROGRESS_MORE;
    }
    return SAO_PROGRESS_MORE;
}

void sao_delete_answered(sao_adapter *adapter, sao_record *record, NDIS_STATUS status)
{
    sao_request *request = record->request;

    if (status != NDIS_STATUS_SUCCESS) /* it is gone all the same (DEL-10) */
        adapter->remove_errors++;
    free_deleted(adapter, record);
    if (request != NULL)
        sao_engine_answered(adapter, request);
}

/* ---- refused, or aborted --------------------------------------------------------------- */

/* What has not passed the point of no return lives on; what has is nobody's any more (DEL-9). */
static void release(sao_adapter *adapter, sao_request *request, sao_record *record)
{
    uint32_t state = record->state;

    sao_engine_drop(adapter, record);
    if (record->turn == request)
        record->turn = NULL; /* the last one: no update waits behind a delete */
    if (state == SAO_BUNDLE_DELETED)
        return;
    record->element = NULL;
    if (state == SAO_BUNDLE_CLAIMED) {
        SAO_ATOMIC_STORE(&record->state, SAO_BUNDLE_LIVE);
        sao_report(adapter, SAO_EVENT_BUNDLE_RELEASED, record, request, NDIS_STATUS_SUCCESS, 0, 0);
    } else {
        sao_bundle_relink(adapter, record);
        sao_report(adapter, SAO_EVENT_BUNDLE_RELINKED, record, request, NDIS_STATUS_SUCCESS, 0, 0);
    }
}

static sao_progress delete_let_go(sao_adapter *adapter, sao_request *request)
{
    for (uint32_t i = 0; i < adapter->config.elements_per_step; i++) {
        sao_record *record = sao_engine_first(adapter, request);

        if (record == NULL)
            return SAO_PROGRESS_DONE;
        release(adapter, request, record);
    }
    return SAO_PROGRESS_MORE;
}

bool sao_delete_can_finish(const sao_adapter *adapter, const sao_request *request)
{
    return request->state.stage == DELETE_REMOVE ||
           (request->state.stage == DELETE_DRAIN &&
            sao_grace_over(&adapter->grace, request->state.grace));
}

/* Everything was given to the hardware, and it has answered for everything. */
static bool is_over(const sao_request *request)
{
    return request->state.stage == DELETE_REMOVE && request->state.first_bundle == SAO_SLOT_NONE;
}

sao_progress sao_delete_step(sao_adapter *adapter, sao_request *request)
{
    if (request->state.aborted && request->state.stage != DELETE_LET_GO && !is_over(request))
        (void)let_go(request, NDIS_STATUS_REQUEST_ABORTED);
    switch (request->state.stage) {
    case DELETE_CHECK:
        return delete_check(adapter, request);
    case DELETE_UNLINK:
        return delete_unlink(adapter, request);
    case DELETE_DRAIN:
        return next_stage(request, DELETE_REMOVE);
    case DELETE_REMOVE:
        return delete_remove(adapter, request);
    default:
        return delete_let_go(adapter, request);
    }
}

/* ---- the canonical form ---------------------------------------------------------------- */

/* The elements that the walk has yet to read. One that stands for a bundle already is a cycle. */
static void write_elements(const sao_adapter *adapter, const sao_request *request,
                           sao_canonical *writer)
{
    sao_list list = request->state.list;
    NDIS_STATUS status;
    const void *at;

    while ((status = sao_list_next(&list, &at)) == NDIS_STATUS_SUCCESS && at != NULL) {
        NDIS_HANDLE handle = ((const IPSEC_OFFLOAD_V2_DELETE_SA *)at)->OffloadHandle;
        const sao_record *record = sao_record_of(adapter, handle);

        sao_canonical_number(writer, 1);
        sao_canonical_handle(writer, handle);
        sao_canonical_number(writer,
                             record != NULL && record->request == request && record->element == at);
    }
    sao_canonical_number(writer, 0);
    sao_canonical_number(writer, (uint32_t)status);
}

void sao_delete_form(const sao_adapter *adapter, const sao_request *request, sao_canonical *writer)
{
    const sao_request_state *state = &request->state;

    sao_canonical_number(writer, state->stage);
    if (state->stage == DELETE_CHECK)
        write_elements(adapter, request, writer);
    if (state->stage == DELETE_DRAIN)
        sao_form_grace(adapter, state->grace, writer);
    if (state->stage == DELETE_UNLINK || state->stage == DELETE_REMOVE)
        sao_form_slot(adapter, state->cursor, writer);
    sao_form_chain(adapter, state->first_bundle, writer);
}
