// SPDX-License-Identifier: BSD-2-Clause
/*
 * outage.c: what interrupts the hardware's service, in stages, each a few bounded steps.
 *
 *     reset     call -> hardware -> lose -> (end -> wait) -> restore -> restored
 *     sleep     call -> hardware -> lose ->  end -> wait
 *     wake      call -> hardware                          -> restore -> restored
 *     remove,                                end -> wait  -> unlink -> drain -> retire
 *     shutdown
 *
 * Nothing calls the hardware meanwhile but the outage itself: requests are frozen. In `wait` those
 * that are left run to their end, which needs no hardware. Before NDIS 6.30 a reset leaves that
 * out: requests are held, and what the hardware had not answered is asked again (RST-2).
 */
#include "core/outage.h"

#include "core/form.h"

enum {
    OUTAGE_NONE,
    OUTAGE_CALL,     /* the hardware is told, when no thread is in another call */
    OUTAGE_HARDWARE, /* until it has answered */
    OUTAGE_LOSE,     /* it has no bundle now, and will answer nothing it was asked before */
    OUTAGE_END,      /* every request that cannot finish by itself is aborted */
    OUTAGE_WAIT,     /* until there is no request */
    OUTAGE_RESTORE,  /* bundles are given back */
    OUTAGE_RESTORED, /* until it has answered for all */
    OUTAGE_UNLINK,   /* no new packet finds a bundle */
    OUTAGE_DRAIN,    /* until no packet uses one */
    OUTAGE_RETIRE    /* they are freed */
};

static bool is_final(const sao_adapter *adapter)
{
    return adapter->outage.event == SAO_LIFE_REMOVE || adapter->outage.event == SAO_LIFE_SHUTDOWN;
}

/* Are requests held across this one (RST-2)? */
static bool holds_requests(const sao_adapter *adapter)
{
    return adapter->outage.event == SAO_LIFE_RESET &&
           adapter->config.profile < SAO_PROFILE_NDIS_6_30;
}

/* Did the hardware come back? */
static bool hardware_good(const sao_adapter *adapter)
{
    return adapter->outage.status == NDIS_STATUS_SUCCESS ||
           (adapter->outage.event == SAO_LIFE_RESET &&
            adapter->outage.status == NDIS_STATUS_SOFT_ERRORS);
}

/* ---- from stage to stage --------------------------------------------------------------- */

static uint32_t stage_after(const sao_adapter *adapter)
{
    switch (adapter->outage.stage) {
    case OUTAGE_CALL:
        return OUTAGE_HARDWARE;
    case OUTAGE_HARDWARE:
        return adapter->outage.event == SAO_LIFE_WAKE ? OUTAGE_RESTORE : OUTAGE_LOSE;
    case OUTAGE_LOSE:
        return holds_requests(adapter) ? OUTAGE_RESTORE : OUTAGE_END;
    case OUTAGE_END:
        return OUTAGE_WAIT;
    case OUTAGE_WAIT:
        if (adapter->outage.event == SAO_LIFE_RESET)
            return OUTAGE_RESTORE;
        return is_final(adapter) ? OUTAGE_UNLINK : OUTAGE_NONE;
    case OUTAGE_RESTORE:
        return OUTAGE_RESTORED;
    case OUTAGE_UNLINK:
        return OUTAGE_DRAIN;
    case OUTAGE_DRAIN:
        return OUTAGE_RETIRE;
    default:
        return OUTAGE_NONE;
    }
}

/* What the whole event comes to (RST-1). */
static NDIS_STATUS outcome(const sao_adapter *adapter)
{
    if (adapter->outage.event == SAO_LIFE_RESET && !hardware_good(adapter))
        return NDIS_STATUS_HARD_ERRORS;
    return adapter->outage.status;
}

static void finish(sao_adapter *adapter)
{
    if (adapter->outage.event == SAO_LIFE_RESET || adapter->outage.event == SAO_LIFE_WAKE)
        SAO_ATOMIC_STORE(&adapter->service, SAO_SERVICE_FULL);
    else if (is_final(adapter))
        sao_bundle_forget_orphans(adapter);
    sao_life_finish(adapter, adapter->outage.event, outcome(adapter));
}

static void next_outage_stage(sao_adapter *adapter)
{
    sao_outage *outage = &adapter->outage;

    outage->stage = stage_after(adapter);
    outage->cursor = 0;
    if (outage->stage == OUTAGE_DRAIN)
        outage->grace = sao_grace_request(&adapter->grace);
    else if (outage->stage == OUTAGE_NONE)
        finish(adapter);
}

void sao_outage_begin(sao_adapter *adapter, sao_life_event event)
{
    sao_outage *outage = &adapter->outage;
    uint32_t service = SAO_ATOMIC_LOAD(&adapter->service);

    if (outage->stage != OUTAGE_NONE) {
        adapter->life.serial[outage->event] = 0;
        /* A removal that a shutdown takes over from comes to the same end. */
        sao_life_finish(adapter, outage->event,
                        is_final(adapter) ? NDIS_STATUS_SUCCESS : NDIS_STATUS_HARD_ERRORS);
    }
    if (event == SAO_LIFE_RESET)
        service = SAO_SERVICE_RESETTING;
    else if (event == SAO_LIFE_SLEEP)
        service = SAO_SERVICE_ASLEEP;
    else if (event == SAO_LIFE_REMOVE)
        service = SAO_SERVICE_REMOVED;
    SAO_ATOMIC_STORE(&adapter->service, service);
    outage->event = event;
    outage->status = NDIS_STATUS_SUCCESS;
    outage->restoring = 0;
    outage->request = adapter->requests; /* no other comes before its end */
    outage->stage = is_final(adapter) ? OUTAGE_END : OUTAGE_CALL;
}

bool sao_outage_frozen(const sao_adapter *adapter)
{
    return adapter->outage.stage != OUTAGE_NONE && adapter->outage.stage != OUTAGE_WAIT;
}

bool sao_outage_draining(const sao_adapter *adapter)
{
    return adapter->outage.stage == OUTAGE_DRAIN;
}

bool sao_outage_ready(const sao_adapter *adapter)
{
    switch (adapter->outage.stage) {
    case OUTAGE_NONE:
    case OUTAGE_HARDWARE:
        return false;
    case OUTAGE_CALL:
    case OUTAGE_RETIRE:
        return adapter->calls == 0;
    case OUTAGE_WAIT:
        return adapter->outstanding == 0 && adapter->completing == 0; /* all told, too (RST-2) */
    case OUTAGE_RESTORED:
        return adapter->outage.restoring == 0;
    case OUTAGE_DRAIN:
        return sao_grace_over(&adapter->grace, adapter->outage.grace);
    default:
        return true;
    }
}

/* ---- bundles the hardware has lost ----------------------------------------------------- */

/* What it was asked and had not answered: an add is asked again, or is over with its request; a
 * remove is done; an update comes with the next add. */
static void lose_operation(sao_adapter *adapter, sao_record *record)
{
    if (record->update_serial != 0)
        sao_update_answered(adapter, record, NDIS_STATUS_SUCCESS);
    if (record->operation == SAO_BACKEND_REMOVE) {
        record->operation = 0;
        sao_delete_answered(adapter, record, NDIS_STATUS_SUCCESS);
    } else if (record->operation == SAO_BACKEND_ADD) {
        record->operation_serial = 0;
        if (record->request != NULL && holds_requests(adapter))
            return;
        record->operation = 0;
        sao_add_answered(adapter, record, NDIS_STATUS_REQUEST_ABORTED);
    }
}

static void lose_bundle(sao_adapter *adapter, sao_record *record)
{
    if (record->in_hardware != 0) {
        SAO_ATOMIC_STORE(&record->in_hardware, 0);
        sao_report(adapter, SAO_EVENT_BUNDLE_LOST, record, NULL, NDIS_STATUS_PENDING, 0, 0);
    }
    lose_operation(adapter, record);
}

/* It stays lost: whoever can be asked for its delete will be (RST-3). */
static void give_up_bundle(sao_adapter *adapter, sao_record *record, NDIS_STATUS status)
{
    sao_record *inbound = record;

    adapter->bundles_lost++;
    sao_report(adapter, SAO_EVENT_BUNDLE_LOST, record, NULL, status, 0, 0);
    if (!record->bundle.inbound)
        inbound = record->pair != SAO_SLOT_NONE ? &adapter->records[record->pair] : NULL;
    if (inbound != NULL)
        SAO_ATOMIC_STORE(&inbound->wish, 1);
}

static void restore_bundle(sao_adapter *adapter, sao_record *record)
{
    bool held = record->operation == SAO_BACKEND_ADD; /* an ADD waits for this one (RST-2) */

    if (record->state == SAO_BUNDLE_DELETED)
        return;
    if (hardware_good(adapter)) {
        record->restoring = !held;
        adapter->outage.restoring += held ? 0u : 1u;
        sao_operation_add(adapter, record);
    } else if (held) {
        record->operation = 0;
        sao_add_answered(adapter, record, NDIS_STATUS_FAILURE);
    } else {
        give_up_bundle(adapter, record, adapter->outage.status);
    }
}

void sao_outage_restored(sao_adapter *adapter, sao_record *record, NDIS_STATUS status)
{
    record->restoring = false;
    /* A removal may have taken over since, which does not wait for it. */
    if (adapter->outage.restoring != 0)
        adapter->outage.restoring--;
    if (status == NDIS_STATUS_SUCCESS) {
        SAO_ATOMIC_STORE(&record->in_hardware, 1);
        sao_bundle_confirm_high(record); /* what it was added with, a refused update goes back to */
        sao_report(adapter, SAO_EVENT_BUNDLE_RESTORED, record, NULL, status, 0, 0);
    } else {
        give_up_bundle(adapter, record, status);
    }
}

static void unlink_bundle(sao_adapter *adapter, sao_record *record)
{
    if (!sao_record_is_usable(record))
        return;
    sao_bundle_unlink(adapter, record);
    sao_report(adapter, SAO_EVENT_BUNDLE_UNLINKED, record, NULL, NDIS_STATUS_SUCCESS, 0, 0);
}

/* ---- steps ----------------------------------------------------------------------------- */

/* Does the stage's work on the next few slots; the stage ends behind the last. */
static void sweep(sao_adapter *adapter, void (*work)(sao_adapter *, sao_record *))
{
    sao_outage *outage = &adapter->outage;
    uint32_t stage = outage->stage;

    for (uint32_t i = 0; i < adapter->config.elements_per_step; i++) {
        uint32_t slot = outage->cursor;

        if (slot == adapter->handles.slot_count) {
            next_outage_stage(adapter);
            return;
        }
        outage->cursor = slot + 1u;
        if (sao_handle_in_use(&adapter->handles, slot))
            work(adapter, &adapter->records[slot]);
        if (outage->stage != stage) /* a removal came, while the lock was let go */
            return;
    }
}

static void end_requests(sao_adapter *adapter)
{
    sao_outage *outage = &adapter->outage;

    for (uint32_t i = 0; i < adapter->config.elements_per_step; i++) {
        sao_request *request = outage->request;

        if (request == NULL) {
            next_outage_stage(adapter);
            return;
        }
        outage->request = request->state.next;
        if (is_final(adapter) || !sao_engine_can_finish(adapter, request))
            sao_engine_abort(adapter, request);
    }
}

void sao_outage_request_gone(sao_adapter *adapter, const sao_request *request)
{
    if (adapter->outage.request == request)
        adapter->outage.request = request->state.next;
}

void sao_outage_answered(sao_adapter *adapter, NDIS_STATUS status)
{
    adapter->outage.status = status;
    next_outage_stage(adapter);
}

bool sao_outage_step(sao_adapter *adapter)
{
    sao_grace_advance(&adapter->grace); /* packets may have gone meanwhile */
    if (!sao_outage_ready(adapter))
        return false;
    switch (adapter->outage.stage) {
    case OUTAGE_CALL:
        next_outage_stage(adapter);
        sao_operation_life(adapter, adapter->outage.event);
        break;
    case OUTAGE_LOSE:
        sweep(adapter, lose_bundle);
        break;
    case OUTAGE_END:
        end_requests(adapter);
        break;
    case OUTAGE_RESTORE:
        sweep(adapter, restore_bundle);
        break;
    case OUTAGE_UNLINK:
        sweep(adapter, unlink_bundle);
        break;
    case OUTAGE_RETIRE:
        sweep(adapter, sao_bundle_retire);
        break;
    default: /* what was waited for is there */
        next_outage_stage(adapter);
        break;
    }
    return true;
}

/* ---- the canonical form ---------------------------------------------------------------- */

void sao_outage_form(const sao_adapter *adapter, sao_canonical *writer)
{
    const sao_outage *outage = &adapter->outage;

    sao_canonical_number(writer, outage->stage);
    if (outage->stage == OUTAGE_NONE)
        return;
    sao_canonical_number(writer, (uint32_t)outage->event);
    sao_canonical_number(writer, (uint32_t)outage->status);
    sao_canonical_number(writer, outage->restoring);
    if (outage->stage == OUTAGE_END)
        sao_canonical_pointer(writer, outage->request);
    if (outage->stage == OUTAGE_DRAIN)
        sao_form_grace(adapter, outage->grace, writer);
    /* Where a sweep takes several steps, slots are written too (adapter_canonical.c). */
    sao_canonical_number(writer, outage->cursor);
}
