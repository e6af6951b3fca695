// SPDX-License-Identifier: BSD-2-Clause
/*
 * UPDATE_SA: the high half of an SA's sequence number (UPD-1). Sends that follow the submit use
 * the new value; the hardware may still refuse, then the last confirmed one is back. Updates of
 * one bundle go to the hardware one after the other, in the order of their submission. The caller's
 * element is read once.
 */
#include "core/engine.h"

enum { UPDATE_READ, UPDATE_CALL, UPDATE_END };

/* Which SA of the bundle the element names; sa_count if none. */
static uint32_t find_sa(const sao_bundle *bundle, const IPSEC_OFFLOAD_V2_UPDATE_SA *element)
{
    uint8_t protocol = element->Operation == IPsecOffloadV2Esp  ? SAO_PROTOCOL_ESP
                       : element->Operation == IPsecOffloadV2Ah ? SAO_PROTOCOL_AH
                                                                : 0;
    uint32_t i = 0;

    while (i < bundle->sa_count &&
           (bundle->sa[i].protocol != protocol || bundle->sa[i].spi != element->Spi))
        i++;
    return i;
}

static sao_progress update_call(sao_adapter *adapter, sao_request *request)
{
    sao_record *record = &adapter->records[request->state.first_bundle];
    uint32_t sa = request->state.cursor;

    if (!sao_record_is_usable(record)) { /* a DELETE came while this one waited */
        sao_engine_pass_turn(adapter, record);
        return sao_engine_finish(request, NDIS_STATUS_INVALID_PARAMETER);
    }
    request->state.stage = UPDATE_END;
    request->state.outstanding = 1;
    sao_operation_update(adapter, record, request, sa, request->state.next_high);
    return SAO_PROGRESS_BACKEND;
}

static sao_progress update_read(sao_adapter *adapter, sao_request *request)
{
    IPSEC_OFFLOAD_V2_UPDATE_SA element;
    const void *at;
    sao_record *record;
    uint32_t sa;
    NDIS_STATUS status = sao_list_next(&request->state.list, &at);

    if (status != NDIS_STATUS_SUCCESS)
        return sao_engine_finish(request, status);
    SAO_MEMSET(&element, 0, sizeof element);
    SAO_MEMCPY(&element, at, SAO_SIZEOF_UPDATE_SA_REVISION_1);

    record = sao_record_usable(adapter, element.OffloadHandle);
    if (record == NULL || (sa = find_sa(&record->bundle, &element)) == record->bundle.sa_count ||
        !record->bundle.sa[sa].esn) /* UPD-2 */
        return sao_engine_finish(request, NDIS_STATUS_INVALID_PARAMETER);

    request->state.stage = UPDATE_CALL;
    request->state.first_bundle = sao_slot_of(adapter, record);
    request->state.cursor = sa;
    request->state.next_high = element.SequenceNumberHighOrder;
    SAO_ATOMIC_STORE(&record->bundle.sa[sa].sequence_high, request->state.next_high);
    return sao_engine_take_turn(record, request) ? update_call(adapter, request)
                                                 : SAO_PROGRESS_BLOCKED;
}

/* What packets are to use: what the last update still to come asks for, else what is confirmed. */
static uint32_t wanted_high(const sao_record *record, uint32_t sa)
{
    uint32_t high = record->confirmed_high[sa];

    for (const sao_request *request = record->blocked.first; request != NULL;
         request = request->state.queue_next)
        if (request->oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA && request->state.cursor == sa)
            high = request->state.next_high;
    return high;
}

void sao_update_answered(sao_adapter *adapter, sao_record *record, NDIS_STATUS status)
{
    sao_request *request = record->turn;
    uint32_t sa = request->state.cursor;

    if (status == NDIS_STATUS_SUCCESS) {
        record->confirmed_high[sa] = request->state.next_high;
        sao_report(adapter, SAO_EVENT_BUNDLE_UPDATED, record, request, status, sa,
                   request->state.next_high);
    }
    SAO_ATOMIC_STORE(&record->bundle.sa[sa].sequence_high, wanted_high(record, sa));
    request->state.outcome = status;
    sao_engine_pass_turn(adapter, record);
    sao_engine_answered(adapter, request);
}

sao_progress sao_update_step(sao_adapter *adapter, sao_request *request)
{
    switch (request->state.stage) {
    case UPDATE_READ:
        return update_read(adapter, request);
    case UPDATE_CALL:
        return update_call(adapter, request);
    default:
        return SAO_PROGRESS_DONE;
    }
}
