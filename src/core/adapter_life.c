// SPDX-License-Identifier: BSD-2-Clause
/*
 * adapter_life.c: the events of an adapter's life: which are let in, and how they end.
 *
 * What the states allow is a table (life.c). Beside the state there is the service that the
 * hardware can give (PNP-3), and that decides too. Pause, halt, initialize and restart are done
 * here; the rest is an outage (outage.c).
 */
#include "core/outage.h"

/* ---- which events may come ------------------------------------------------------------- */

static uint32_t event_bit(sao_life_event event)
{
    return UINT32_C(1) << event;
}

/* Does the service that there is, or an outage under way, allow it? */
static NDIS_STATUS admit_by_service(const sao_adapter *adapter, sao_life_event event)
{
    uint32_t service = adapter->service;
    bool outage = adapter->outage.stage != 0;
    bool allowed = true;

    switch (event) {
    case SAO_LIFE_RESET:
        if (service == SAO_SERVICE_RESETTING) /* RST-1 */
            return NDIS_STATUS_RESET_IN_PROGRESS;
        allowed = service == SAO_SERVICE_FULL && !outage;
        break;
    case SAO_LIFE_RESTART:
        allowed = service == SAO_SERVICE_FULL || service == SAO_SERVICE_RESETTING;
        break;
    case SAO_LIFE_SLEEP:
        allowed = service == SAO_SERVICE_FULL && !outage;
        break;
    case SAO_LIFE_WAKE:
        allowed = service == SAO_SERVICE_ASLEEP && !outage;
        break;
    case SAO_LIFE_HALT:
        allowed = !outage;
        break;
    case SAO_LIFE_REMOVE:
        allowed = service != SAO_SERVICE_REMOVED;
        break;
    case SAO_LIFE_INITIALIZE:
    case SAO_LIFE_PAUSE:
    case SAO_LIFE_SHUTDOWN:
        break;
    }
    return allowed ? NDIS_STATUS_SUCCESS : NDIS_STATUS_INVALID_STATE;
}

/* The rule of the event; NULL with the reason why it cannot be now. */
static const sao_life_rule *admit(const sao_adapter *adapter, sao_life_event event,
                                  NDIS_STATUS *status)
{
    const sao_life_rule *rule =
        sao_life_rule_find(event, sao_adapter_get_state(adapter), adapter->config.profile);

    *status = NDIS_STATUS_INVALID_STATE;
    if (rule == NULL || adapter->halting)
        return NULL;
    *status = admit_by_service(adapter, event);
    /* One of the kind may be over, but nobody has been told yet. */
    if (*status == NDIS_STATUS_SUCCESS &&
        ((adapter->life.owed | adapter->life.entered) & event_bit(event)) != 0)
        *status = event == SAO_LIFE_RESET ? NDIS_STATUS_RESET_IN_PROGRESS /* RST-1 */
                                          : NDIS_STATUS_INVALID_STATE;
    return *status == NDIS_STATUS_SUCCESS ? rule : NULL;
}

/* ---- how they end ---------------------------------------------------------------------- */

sao_adapter_state sao_adapter_get_state(const sao_adapter *adapter)
{
    return (sao_adapter_state)SAO_ATOMIC_LOAD(&adapter->state);
}

static void set_state(sao_adapter *adapter, sao_adapter_state state)
{
    if (sao_adapter_get_state(adapter) == state)
        return;
    SAO_ATOMIC_STORE(&adapter->state, (uint32_t)state);
    sao_report_state(adapter);
}

void sao_life_finish(sao_adapter *adapter, sao_life_event event, NDIS_STATUS outcome)
{
    adapter->life.over |= event_bit(event);
    adapter->life.outcome[event] = outcome;
}

void sao_life_answered(sao_adapter *adapter, sao_life_event event, NDIS_STATUS status)
{
    sao_adapter_state state = sao_adapter_get_state(adapter);
    bool good = status == NDIS_STATUS_SUCCESS;

    if (event == SAO_LIFE_INITIALIZE && state == SAO_ADAPTER_INITIALIZING)
        set_state(adapter, good ? SAO_ADAPTER_PAUSED : SAO_ADAPTER_HALTED);
    else if (event == SAO_LIFE_RESTART && state == SAO_ADAPTER_RESTARTING)
        set_state(adapter, good ? SAO_ADAPTER_RUNNING : SAO_ADAPTER_PAUSED);
    sao_life_finish(adapter, event, status);
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

/* A pause ends, in whatever state the adapter is by now: a shutdown does not wait for it. */
static void settle_pause(sao_adapter *adapter)
{
    if (!adapter->life.pausing || !packets_quiet(adapter))
        return;
    adapter->life.pausing = false;
    if (sao_adapter_get_state(adapter) == SAO_ADAPTER_PAUSING)
        set_state(adapter, SAO_ADAPTER_PAUSED);
    sao_life_finish(adapter, SAO_LIFE_PAUSE, NDIS_STATUS_SUCCESS);
}

/* Takes note of an event that is over; false if it is not. */
static bool take_outcome(sao_adapter *adapter, sao_life_event event, NDIS_STATUS *outcome)
{
    if ((adapter->life.over & event_bit(event)) == 0)
        return false;
    adapter->life.over &= ~event_bit(event);
    adapter->life.owed &= ~event_bit(event);
    *outcome = adapter->life.outcome[event];
    return true;
}

void sao_life_settle(sao_adapter *adapter)
{
    settle_pause(adapter);
    for (uint32_t i = 0; i < SAO_LIFE_EVENTS; i++) {
        sao_life_event event = (sao_life_event)i;
        NDIS_STATUS outcome;

        /* One that is not owed is about to be answered by the thread that let it in. */
        if ((adapter->life.owed & event_bit(event)) == 0 ||
            !take_outcome(adapter, event, &outcome) || adapter->config.host.life_complete == NULL)
            continue;
        sao_unlock(adapter);
        adapter->config.host.life_complete(adapter->config.host_context, event, outcome);
        sao_lock(adapter);
    }
}

/* ---- how they begin -------------------------------------------------------------------- */

static void begin_initialize(sao_adapter *adapter)
{
    SAO_ATOMIC_STORE(&adapter->service, SAO_SERVICE_FULL);
    sao_offload_default(adapter);
    sao_operation_life(adapter, SAO_LIFE_INITIALIZE);
}

static void begin_pause(sao_adapter *adapter)
{
    adapter->life.pausing = true;
    SAO_ATOMIC_FENCE(); /* no packet enters any more; now count those that have */
    settle_pause(adapter);
}

/* At once, or not at all (OID-6). */
static void halt(sao_adapter *adapter)
{
    if (adapter->outstanding != 0 || adapter->calls != 0 || adapter->life.owed != 0 ||
        !packets_quiet(adapter)) {
        sao_life_finish(adapter, SAO_LIFE_HALT, NDIS_STATUS_INVALID_STATE);
        return;
    }
    adapter->halting = true; /* the lock is let go for each bundle: let nothing begin */
    for (uint32_t slot = 0; slot < adapter->handles.slot_count; slot++)
        if (sao_handle_in_use(&adapter->handles, slot))
            sao_bundle_retire(adapter, &adapter->records[slot]);
    sao_bundle_forget_orphans(adapter);
    adapter->halting = false;
    set_state(adapter, SAO_ADAPTER_HALTED);
    sao_life_finish(adapter, SAO_LIFE_HALT, NDIS_STATUS_SUCCESS);
}

/* The hardware will not answer any more: who waits for it to start need not. */
static void fail_restart(sao_adapter *adapter)
{
    if (adapter->life.serial[SAO_LIFE_RESTART] == 0)
        return;
    adapter->life.serial[SAO_LIFE_RESTART] = 0;
    sao_life_answered(adapter, SAO_LIFE_RESTART, NDIS_STATUS_FAILURE);
}

static void begin(sao_adapter *adapter, sao_life_event event)
{
    uint32_t steps = adapter->config.steps_per_submit;

    switch (event) {
    case SAO_LIFE_INITIALIZE:
        begin_initialize(adapter);
        return;
    case SAO_LIFE_RESTART:
        sao_operation_life(adapter, SAO_LIFE_RESTART);
        return;
    case SAO_LIFE_PAUSE:
        begin_pause(adapter);
        return;
    case SAO_LIFE_HALT:
        halt(adapter);
        return;
    case SAO_LIFE_REMOVE:
    case SAO_LIFE_SHUTDOWN:
        fail_restart(adapter);
        break;
    case SAO_LIFE_RESET:
    case SAO_LIFE_SLEEP:
    case SAO_LIFE_WAKE:
        break;
    }
    sao_outage_begin(adapter, event);
    while (steps-- > 0 && sao_outage_step(adapter))
        ;
}

NDIS_STATUS sao_adapter_life(sao_adapter *adapter, sao_life_event event)
{
    const sao_life_rule *rule;
    NDIS_STATUS status;

    sao_lock(adapter);
    rule = admit(adapter, event, &status);
    if (rule != NULL) {
        set_state(adapter, rule->during);
        adapter->life.entered |= event_bit(event);
        begin(adapter, event);
        adapter->life.entered &= ~event_bit(event);
        if (!take_outcome(adapter, event, &status)) {
            adapter->life.owed |= event_bit(event);
            status = NDIS_STATUS_PENDING;
        }
    }
    sao_engine_leave(adapter);
    return status;
}
