// SPDX-License-Identifier: BSD-2-Clause
/* The adapter's operational states and what moves it between them (PNP-1). */
#include "core/adapter_state.h"

const char *sao_adapter_state_name(sao_adapter_state state)
{
    switch (state) {
    case SAO_ADAPTER_HALTED:
        return "Halted";
    case SAO_ADAPTER_INITIALIZING:
        return "Initializing";
    case SAO_ADAPTER_PAUSED:
        return "Paused";
    case SAO_ADAPTER_RESTARTING:
        return "Restarting";
    case SAO_ADAPTER_RUNNING:
        return "Running";
    case SAO_ADAPTER_PAUSING:
        return "Pausing";
    case SAO_ADAPTER_SHUTDOWN:
        return "Shutdown";
    }
    return "Unknown";
}

sao_adapter_state sao_adapter_get_state(const sao_adapter *adapter)
{
    return (sao_adapter_state)SAO_ATOMIC_LOAD(&adapter->state);
}

/* Moves from one state to the next, or refuses any other (PNP-1); with the lock held. */
static NDIS_STATUS move_state(sao_adapter *adapter, sao_adapter_state from, sao_adapter_state to)
{
    if (sao_adapter_get_state(adapter) != from || adapter->halting)
        return NDIS_STATUS_INVALID_STATE;
    SAO_ATOMIC_STORE(&adapter->state, (uint32_t)to);
    sao_report_state(adapter);
    return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS sao_adapter_initialize(sao_adapter *adapter)
{
    NDIS_STATUS status;

    sao_lock(adapter);
    status = move_state(adapter, SAO_ADAPTER_HALTED, SAO_ADAPTER_PAUSED);
    sao_unlock(adapter);
    return status;
}

NDIS_STATUS sao_adapter_restart(sao_adapter *adapter)
{
    NDIS_STATUS status;

    sao_lock(adapter);
    status = move_state(adapter, SAO_ADAPTER_PAUSED, SAO_ADAPTER_RUNNING);
    sao_unlock(adapter);
    return status;
}

/* No send under way, nothing about to be indicated, nothing held by the transport (PNP-2). */
static bool packets_quiet(const sao_adapter *adapter)
{
    if (sao_grace_flights(&adapter->grace) != 0)
        return false;
    for (uint32_t i = 0; i < adapter->config.queues; i++)
        if (SAO_ATOMIC_LOAD(&sao_grace_queue(&adapter->grace, i)->held) != 0)
            return false;
    return true;
}

/* Pausing becomes Paused if it can; with the lock held. */
static bool settle_pause(sao_adapter *adapter)
{
    return packets_quiet(adapter) &&
           move_state(adapter, SAO_ADAPTER_PAUSING, SAO_ADAPTER_PAUSED) == NDIS_STATUS_SUCCESS;
}

NDIS_STATUS sao_adapter_pause(sao_adapter *adapter)
{
    NDIS_STATUS status;

    sao_lock(adapter);
    status = move_state(adapter, SAO_ADAPTER_RUNNING, SAO_ADAPTER_PAUSING);
    if (status == NDIS_STATUS_SUCCESS) {
        SAO_ATOMIC_FENCE(); /* no packet enters any more; now count those that have */
        if (!settle_pause(adapter))
            status = NDIS_STATUS_PENDING;
    }
    sao_unlock(adapter);
    return status;
}

void sao_adapter_finish_pause(sao_adapter *adapter)
{
    bool complete;

    if (sao_adapter_get_state(adapter) != SAO_ADAPTER_PAUSING)
        return;
    sao_lock(adapter);
    complete = settle_pause(adapter);
    sao_unlock(adapter);
    if (complete && adapter->config.host.pause_complete != NULL)
        adapter->config.host.pause_complete(adapter->config.host_context);
}

/* Takes one bundle from the hardware and frees it; nothing else can use it any more. */
static void halt_bundle(sao_adapter *adapter, sao_record *record)
{
    sao_ticket nobody = {sao_slot_of(adapter, record), 0};
    NDIS_STATUS status;

    sao_bundle_unlink(adapter, record);
    SAO_ATOMIC_STORE(&record->state, SAO_BUNDLE_DELETED);
    sao_report(adapter, SAO_EVENT_BACKEND_CALL, record, NULL, NDIS_STATUS_PENDING,
               SAO_BACKEND_REMOVE, 0);
    sao_unlock(adapter);
    status = adapter->config.backend_ops->remove(adapter->config.backend, &record->bundle, nobody);
    sao_lock(adapter);
    if (status != NDIS_STATUS_PENDING) {
        sao_report(adapter, SAO_EVENT_BACKEND_ANSWER, record, NULL, status, SAO_BACKEND_REMOVE, 0);
        adapter->remove_errors += status != NDIS_STATUS_SUCCESS ? 1u : 0u; /* DEL-10 */
    }
    sao_bundle_free(adapter, record);
    adapter->bundles_halted++;
}

NDIS_STATUS sao_adapter_halt(sao_adapter *adapter)
{
    NDIS_STATUS status = NDIS_STATUS_INVALID_STATE;

    sao_lock(adapter);
    if (sao_adapter_get_state(adapter) == SAO_ADAPTER_PAUSED && !adapter->halting &&
        adapter->outstanding == 0 && packets_quiet(adapter)) {
        adapter->halting = true; /* the lock is let go for each bundle: let nothing begin */
        for (uint32_t slot = 0; slot < adapter->handles.slot_count; slot++)
            if (sao_handle_in_use(&adapter->handles, slot))
                halt_bundle(adapter, &adapter->records[slot]);
        adapter->halting = false;
        status = move_state(adapter, SAO_ADAPTER_PAUSED, SAO_ADAPTER_HALTED);
    }
    sao_unlock(adapter);
    return status;
}
