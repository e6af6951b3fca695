// SPDX-License-Identifier: BSD-2-Clause
/*
 * UPDATE_SA: the high half of an SA's sequence number (UPD-1). Sends that follow the submit use
 * the new value; the hardware may still refuse, then the old one is back. Updates of one bundle
 * run one after the other.
 */
#include "core/engine.h"

enum { UPDATE_CALL, UPDATE_END };

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
    sao_list *list = &request->state.list;
    const void *at;
    IPSEC_OFFLOAD_V2_UPDATE_SA element;
    sao_record *record;
    uint32_t sa;
    NDIS_STATUS status;

    /* From the start each time: the request may have been blocked and be looking again. */
    sao_list_start(list, list->kind, list->buffer, list->buffer_length, list->strict);
    status = sao_list_next(list, &at);
    if (status != NDIS_STATUS_SUCCESS)
        return sao_engine_finish(request, status);
    SAO_MEMSET(&element, 0, sizeof element);
    SAO_MEMCPY(&element, at, SAO_SIZEOF_UPDATE_SA_REVISION_1);

    record = sao_record_of(adapter, element.OffloadHandle, SAO_STATES_USABLE);
    if (record == NULL || (sa = find_sa(&record->bundle, &element)) == record->bundle.sa_count ||
        !record->bundle.sa[sa].esn) /* UPD-2 */
        return sao_engine_finish(request, NDIS_STATUS_INVALID_PARAMETER);
    if (record->update != NULL)
        return sao_engine_block(record, request);

    request->state.stage = UPDATE_END;
    request->state.cursor = sa;
    request->state.previous_high = record->bundle.sa[sa].sequence_high;
    request->state.outstanding = 1;
    record->bundle.sa[sa].sequence_high = element.SequenceNumberHighOrder;
    sao_operation_update(adapter, record, request, sa, element.SequenceNumberHighOrder);
    return SAO_PROGRESS_BACKEND;
}

void sao_update_answered(sao_adapter *adapter, sao_record *record, NDIS_STATUS status)
{
    sao_request *request = record->update;
    sao_bundle_sa *sa = &record->bundle.sa[request->state.cursor];

    if (status == NDIS_STATUS_SUCCESS)
        sao_report(adapter, SAO_EVENT_BUNDLE_UPDATED, record, request, status,
                   request->state.cursor, sa->sequence_high);
    else
        sa->sequence_high = request->state.previous_high;
    request->state.outcome = status;
    record->update = NULL;
    sao_engine_unblock(adapter, record);
    sao_engine_answered(adapter, request);
}

sao_progress sao_update_step(sao_adapter *adapter, sao_request *request)
{
    return request->state.stage == UPDATE_CALL ? update_call(adapter, request) : SAO_PROGRESS_DONE;
}
