// SPDX-License-Identifier: BSD-2-Clause
/*
 * UPDATE_SA: the high half of an SA's sequence number (UPD-1). Sends that follow the submit use
 * the new value; the hardware may still refuse, then the last confirmed one is back. Updates of
 * one bundle go to the hardware one after the other, in the order of their submission. The caller's
 * element is read once. An update that is aborted after the hardware was called belongs to nobody;
 * what the hardware then answers counts all the same.
 */
#include "core/engine.h"
#include "core/form.h"

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

static bool is_update_of(const sao_request *request, uint32_t sa)
{
    return request->oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA &&
           request->state.stage == UPDATE_CALL && request->state.cursor == sa;
}

/* What packets use when no update is to come: what the hardware is at for nobody, or has taken. */
static uint32_t resting_high(const sao_record *record, uint32_t sa)
{
    return record->update_serial != 0 && record->update_sa == sa ? record->update_high
                                                                 : record->confirmed_high[sa];
}

/* What packets are to use after an abort: what the last update still to come asks for. */
static uint32_t wanted_high(const sao_record *record, uint32_t sa)
{
    uint32_t high = resting_high(record, sa);

    if (record->turn != NULL && is_update_of(record->turn, sa))
        high = record->turn->state.next_high;
    for (const sao_request *request = record->blocked.first; request != NULL;
         request = request->state.queue_next)
        if (is_update_of(request, sa))
            high = request->state.next_high;
    return high;
}

static void use_high(sao_record *record, uint32_t sa, uint32_t high)
{
    SAO_ATOMIC_STORE(&record->bundle.sa[sa].sequence_high, high);
}

/* An update has come to its end: as long as others are to come, packets use the last one's value.
 */
static void count_down(sao_record *record, uint32_t sa)
{
    record->updates[sa]--;
    if (record->updates[sa] == 0)
        use_high(record, sa, resting_high(record, sa));
}

static sao_record *record_of(const sao_adapter *adapter, const sao_request *request)
{
    return &adapter->records[request->state.first_bundle];
}

static sao_progress update_call(sao_adapter *adapter, sao_request *request)
{
    sao_record *record = record_of(adapter, request);

    if (!sao_record_is_usable(record)) { /* a DELETE came while this one waited */
        sao_engine_pass_turn(adapter, record);
        count_down(record, request->state.cursor); /* that DELETE may yet be aborted */
        return sao_engine_finish(request, NDIS_STATUS_INVALID_PARAMETER);
    }
    request->state.stage = UPDATE_END;
    request->state.outstanding = 1;
    sao_operation_update(adapter, record, request, request->state.cursor, request->state.next_high);
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
    request->state.handle = record->bundle.handle;
    request->state.cursor = sa;
    request->state.next_high = element.SequenceNumberHighOrder;
    record->updates[sa]++;
    use_high(record, sa, request->state.next_high);
    return sao_engine_take_turn(record, request) ? update_call(adapter, request)
                                                 : SAO_PROGRESS_BLOCKED;
}

void sao_update_answered(sao_adapter *adapter, sao_record *record, NDIS_STATUS status)
{
    sao_request *request = record->turn;
    uint32_t sa = record->update_sa;

    record->update_serial = 0;
    if (status == NDIS_STATUS_SUCCESS) {
        record->confirmed_high[sa] = record->update_high;
        sao_report(adapter, SAO_EVENT_BUNDLE_UPDATED, record, request, status, sa,
                   record->update_high);
    }
    sao_engine_pass_turn(adapter, record);
    if (request == NULL) { /* aborted: counted out already */
        if (record->updates[sa] == 0)
            use_high(record, sa, resting_high(record, sa));
        return;
    }
    count_down(record, sa);
    request->state.outcome = status;
    sao_engine_answered(adapter, request);
}

/* The request had waited for its turn (it is in no queue any more), or has it. */
static sao_progress update_abort(sao_adapter *adapter, sao_request *request)
{
    sao_record *record = record_of(adapter, request);
    uint32_t sa = request->state.cursor;

    if (record->turn == request && record->update_serial != 0)
        record->turn = NULL; /* the hardware is at it: its answer is nobody's now */
    else if (record->turn == request)
        sao_engine_pass_turn(adapter, record);
    /* Out of the queue it kept nothing alive: a DELETE behind it may have freed the bundle. */
    if (sao_record_of(adapter, request->state.handle) == record) {
        record->updates[sa]--;
        use_high(record, sa, wanted_high(record, sa));
    }
    return sao_engine_finish(request, NDIS_STATUS_REQUEST_ABORTED);
}

sao_progress sao_update_step(sao_adapter *adapter, sao_request *request)
{
    bool begun = request->state.stage != UPDATE_READ;
    bool answered = request->state.stage == UPDATE_END && request->state.outstanding == 0;

    if (request->state.aborted && begun && !answered)
        return update_abort(adapter, request);
    switch (request->state.stage) {
    case UPDATE_READ:
        return update_read(adapter, request);
    case UPDATE_CALL:
        return update_call(adapter, request);
    default:
        return SAO_PROGRESS_DONE;
    }
}

/* ---- the canonical form ---------------------------------------------------------------- */

static void write_element(const sao_request *request, sao_canonical *writer)
{
    sao_list list = request->state.list;
    IPSEC_OFFLOAD_V2_UPDATE_SA element;
    const void *at;
    NDIS_STATUS status = sao_list_next(&list, &at);

    sao_canonical_number(writer, (uint32_t)status);
    if (status != NDIS_STATUS_SUCCESS)
        return;
    SAO_MEMSET(&element, 0, sizeof element);
    SAO_MEMCPY(&element, at, SAO_SIZEOF_UPDATE_SA_REVISION_1);
    sao_canonical_handle(writer, element.OffloadHandle);
    sao_canonical_number(writer, (uint32_t)element.Operation);
    sao_canonical_bytes(writer, &element.Spi, sizeof element.Spi);
    sao_canonical_number(writer, element.SequenceNumberHighOrder);
}

void sao_update_form(const sao_adapter *adapter, const sao_request *request, sao_canonical *writer)
{
    const sao_request_state *state = &request->state;

    (void)adapter;
    sao_canonical_number(writer, state->stage);
    if (state->stage == UPDATE_READ) {
        write_element(request, writer);
        return;
    }
    sao_canonical_handle(writer, state->handle);
    sao_canonical_number(writer, state->cursor);
    sao_canonical_number(writer, state->next_high);
}
