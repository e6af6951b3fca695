// SPDX-License-Identifier: BSD-2-Clause
/* Looking into an adapter, and pairing by hand. */
#include "core/adapter_state.h"

static void hide_keys(sao_bundle *bundle)
{
    for (uint32_t i = 0; i < SAO_BUNDLE_SAS; i++) {
        bundle->sa[i].encryption_key = NULL;
        bundle->sa[i].authentication_key = NULL;
    }
}

static sao_bundle_status describe(const sao_adapter *adapter, const sao_record *record)
{
    sao_bundle_status status;

    SAO_MEMSET(&status, 0, sizeof status);
    status.state = (sao_bundle_state)record->state;
    status.former_pair = record->former_pair;
    status.in_hardware = record->in_hardware != 0;
    status.delete_requested = SAO_ATOMIC_LOAD(&record->wished) != 0;
    status.pair_delete_requested = record->former_pair_wished;
    if (record->pair != SAO_SLOT_NONE) {
        const sao_record *other = &adapter->records[record->pair];

        status.pair = other->bundle.handle;
        status.pair_guessed = record->pair_guessed;
        status.pair_delete_requested = SAO_ATOMIC_LOAD(&other->wished) != 0;
    }
    return status;
}

NDIS_STATUS sao_adapter_query(sao_adapter *adapter, NDIS_HANDLE handle, sao_bundle *bundle,
                              sao_bundle_status *status)
{
    const sao_record *record;

    sao_lock(adapter);
    record = sao_record_of(adapter, handle);
    if (record != NULL && bundle != NULL) {
        *bundle = record->bundle;
        hide_keys(bundle);
    }
    if (record != NULL && status != NULL)
        *status = describe(adapter, record);
    sao_unlock(adapter);
    return record != NULL ? NDIS_STATUS_SUCCESS : NDIS_STATUS_INVALID_PARAMETER;
}

NDIS_HANDLE sao_adapter_next_bundle(sao_adapter *adapter, uint32_t *cursor)
{
    NDIS_HANDLE handle = NULL;

    sao_lock(adapter);
    while (handle == NULL && *cursor < adapter->handles.slot_count) {
        if (sao_handle_in_use(&adapter->handles, *cursor))
            handle = adapter->records[*cursor].bundle.handle;
        ++*cursor;
    }
    sao_unlock(adapter);
    return handle;
}

NDIS_STATUS sao_adapter_pair(sao_adapter *adapter, NDIS_HANDLE inbound, NDIS_HANDLE outbound)
{
    NDIS_STATUS status = NDIS_STATUS_INVALID_PARAMETER;
    sao_record *in, *out;

    sao_lock(adapter);
    in = sao_record_usable(adapter, inbound);
    out = sao_record_usable(adapter, outbound);
    if (in != NULL && out != NULL && in->bundle.inbound &&
        sao_pairing_mirrors(&in->bundle, &out->bundle)) {
        sao_bundle_part(adapter, in, false);
        sao_bundle_part(adapter, out, false);
        sao_bundle_join(adapter, in, out, false);
        status = NDIS_STATUS_SUCCESS;
    }
    sao_unlock(adapter);
    return status;
}

void sao_adapter_get_counters(sao_adapter *adapter, sao_adapter_counters *counters)
{
    SAO_MEMSET(counters, 0, sizeof *counters);
    sao_lock(adapter);
    counters->bundles_added = adapter->bundles_added;
    counters->bundles_refused = adapter->bundles_refused;
    counters->bundles_deleted = adapter->bundles_deleted;
    counters->bundles_aborted = adapter->bundles_aborted;
    counters->bundles_retired = adapter->bundles_retired;
    counters->bundles_lost = adapter->bundles_lost;
    counters->pairs_explicit = adapter->pairs_explicit;
    counters->pairs_guessed = adapter->pairs_guessed;
    counters->remove_errors = adapter->remove_errors;
    counters->late_answers = adapter->late_answers;
    counters->bundles = adapter->handles.used;
    counters->requests = adapter->outstanding;
    for (uint32_t i = 0; i < adapter->config.queues; i++) {
        const sao_queue *queue = sao_grace_queue(&adapter->grace, i);

        counters->received_processed += queue->received_processed;
        counters->received_untouched += queue->received_untouched;
        counters->sent_processed += queue->sent_processed;
        counters->sent_plain += queue->sent_plain;
        counters->sends_refused += queue->sends_refused;
        counters->delete_wishes += queue->delete_wishes;
        counters->held += SAO_ATOMIC_LOAD(&queue->held);
    }
    counters->flights = sao_grace_flights(&adapter->grace);
    sao_unlock(adapter);
}
