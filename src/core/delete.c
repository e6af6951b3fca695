// SPDX-License-Identifier: BSD-2-Clause
/*
 * DELETE_SA. The list is checked whole while its bundles are claimed, so that nothing is deleted
 * of a bad one (DEL-6); claims also find a handle named twice, and a cycle, in linear time. Then
 * all are unlinked, share one grace period for the packets in flight (DEL-7), and go to the
 * hardware in list order (DEL-9). The caller's list is read once; from then on the bundles
 * themselves are linked.
 */
#include "core/engine.h"

enum { DELETE_CHECK, DELETE_ROLL_BACK, DELETE_UNLINK, DELETE_DRAIN, DELETE_REMOVE };

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
    record->request = request;
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

static sao_progress delete_check(sao_adapter *adapter, sao_request *request)
{
    for (uint32_t i = 0; i < adapter->config.elements_per_step; i++) {
        const void *element;
        NDIS_STATUS status = sao_list_next(&request->state.list, &element);

        if (status == NDIS_STATUS_SUCCESS && element == NULL)
            return next_stage(request, DELETE_UNLINK);
        if (status == NDIS_STATUS_SUCCESS)
            status = claim(adapter, request, (const IPSEC_OFFLOAD_V2_DELETE_SA *)element);
        if (status != NDIS_STATUS_SUCCESS) {
            request->state.outcome = status;
            return next_stage(request, DELETE_ROLL_BACK);
        }
    }
    return SAO_PROGRESS_MORE;
}

/* ---- stages over the claimed bundles --------------------------------------------------- */

/* The bundle at the cursor, which moves on; NULL behind the last. */
static sao_record *take_bundle(sao_adapter *adapter, sao_request *request)
{
    sao_record *record;

    if (request->state.cursor == SAO_SLOT_NONE)
        return NULL;
    record = &adapter->records[request->state.cursor];
    request->state.cursor = record->request_next;
    return record;
}

static sao_progress delete_roll_back(sao_adapter *adapter, sao_request *request)
{
    for (uint32_t i = 0; i < adapter->config.elements_per_step; i++) {
        sao_record *record = take_bundle(adapter, request);

        if (record == NULL)
            return SAO_PROGRESS_DONE;
        SAO_ATOMIC_STORE(&record->state, SAO_BUNDLE_LIVE);
        record->request = NULL;
        record->element = NULL;
        sao_report(adapter, SAO_EVENT_BUNDLE_RELEASED, record, request, NDIS_STATUS_SUCCESS, 0, 0);
    }
    return SAO_PROGRESS_MORE;
}

static sao_progress delete_unlink(sao_adapter *adapter, sao_request *request)
{
    for (uint32_t i = 0; i < adapter->config.elements_per_step; i++) {
        sao_record *record = take_bundle(adapter, request);

        if (record == NULL) {
            request->state.grace = sao_grace_request(&adapter->grace);
            request->state.stage = DELETE_DRAIN;
            return SAO_PROGRESS_GRACE;
        }
        sao_bundle_unlink(adapter, record);
        sao_report(adapter, SAO_EVENT_BUNDLE_UNLINKED, record, request, NDIS_STATUS_SUCCESS, 0, 0);
    }
    return SAO_PROGRESS_MORE;
}

/* The point of no return, one bundle after the other. */
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
        (void)take_bundle(adapter, request);
        SAO_ATOMIC_STORE(&record->state, SAO_BUNDLE_DELETED);
        sao_report(adapter, SAO_EVENT_BUNDLE_DRAINED, record, request, NDIS_STATUS_SUCCESS, 0, 0);
        request->elements_done++;
        request->state.outstanding++;
        sao_operation_remove(adapter, record);
    }
    return SAO_PROGRESS_MORE;
}

void sao_delete_answered(sao_adapter *adapter, sao_record *record, NDIS_STATUS status)
{
    sao_request *request = record->request;

    if (status != NDIS_STATUS_SUCCESS) /* it is gone all the same (DEL-10) */
        adapter->remove_errors++;
    adapter->bundles_deleted++;
    sao_bundle_free(adapter, record);
    sao_engine_answered(adapter, request);
}

sao_progress sao_delete_step(sao_adapter *adapter, sao_request *request)
{
    switch (request->state.stage) {
    case DELETE_CHECK:
        return delete_check(adapter, request);
    case DELETE_ROLL_BACK:
        return delete_roll_back(adapter, request);
    case DELETE_UNLINK:
        return delete_unlink(adapter, request);
    case DELETE_DRAIN:
        return next_stage(request, DELETE_REMOVE);
    default:
        return delete_remove(adapter, request);
    }
}
