// SPDX-License-Identifier: BSD-2-Clause
/*
 * transport_life.c: what becomes of the miniport below, and what that means for the transport.
 *
 * An event interrupts the miniport's service from the moment it is asked for, since the miniport
 * calls back from within, until it, or the event that makes up for it, is over.
 */
#include "model/transport_internal.h"

static uint32_t event_bit(sao_life_event event)
{
    return UINT32_C(1) << event;
}

/* What the event puts an end to. */
static uint32_t interruption_by(sao_life_event event)
{
    switch (event) {
    case SAO_LIFE_RESET:
        return SAO_INTERRUPTED_BY_RESET;
    case SAO_LIFE_SLEEP:
        return SAO_INTERRUPTED_BY_SLEEP;
    case SAO_LIFE_PAUSE:
    case SAO_LIFE_INITIALIZE: /* it leads to Paused */
        return SAO_INTERRUPTED_BY_PAUSE;
    case SAO_LIFE_REMOVE:
    case SAO_LIFE_SHUTDOWN:
    case SAO_LIFE_HALT:
        return SAO_INTERRUPTED_FOR_GOOD;
    case SAO_LIFE_RESTART:
    case SAO_LIFE_WAKE:
        break;
    }
    return 0;
}

/* What is over with the event. A miniport that fails to wake is awake, without its bundles. */
static uint32_t mended_by(sao_life_event event, NDIS_STATUS status)
{
    switch (event) {
    case SAO_LIFE_RESET:
        return SAO_INTERRUPTED_BY_RESET;
    case SAO_LIFE_WAKE:
        return SAO_INTERRUPTED_BY_SLEEP;
    case SAO_LIFE_RESTART:
        return status == NDIS_STATUS_SUCCESS ? SAO_INTERRUPTED_BY_PAUSE : 0;
    case SAO_LIFE_INITIALIZE:
        return status == NDIS_STATUS_SUCCESS ? SAO_INTERRUPTED_FOR_GOOD : 0;
    default:
        return 0;
    }
}

/* ---- bundles and what waits ------------------------------------------------------------ */

/* The hardware has lost what it had, and may not take all of it back (RST-3). */
static void mark_survivors(sao_transport *transport)
{
    for (uint32_t i = 0; i < transport->config.associations; i++)
        for (uint32_t direction = 0; direction < SAO_HALVES; direction++)
            transport->associations[i].half[direction].survivor = true;
}

/* What was looked up while the miniport processed nothing may still arrive for a while. */
static void settle(sao_transport *transport)
{
    for (uint32_t i = 0; i < transport->config.associations; i++)
        for (uint32_t direction = 0; direction < SAO_HALVES; direction++)
            transport->associations[i].half[direction].live_since = transport->now;
}

/* What waits only since it was refused need not wait any longer. */
static void resume(sao_transport *transport)
{
    transport->send_at = transport->now;
    transport->encapsulation.set_at = transport->now;
    for (uint32_t i = 0; i < transport->config.associations; i++) {
        sao_association *association = &transport->associations[i];

        association->delete_at = transport->now;
        if (association->add_tries == 0)
            continue;
        association->add_tries = 0;
        association->add_at = transport->now;
    }
    sao_transport_pump(transport);
}

static void give_up(sao_transport *transport, sao_life_event event)
{
    if (event == SAO_LIFE_HALT)
        transport->encapsulation.set = false; /* it is the transport's to set again (ENC-1) */
    sao_transport_drop_kept(transport);
    sao_transport_pump(transport);
}

/* ---- events ---------------------------------------------------------------------------- */

static void take_outcome(sao_transport *transport, sao_life_event event, NDIS_STATUS status)
{
    const uint32_t mended = mended_by(event, status);

    transport->lives_pending &= ~event_bit(event);
    transport->interruptions &= ~mended;
    if (event == SAO_LIFE_RESET)
        transport->counters.resets++;
    if ((mended & ~(uint32_t)SAO_INTERRUPTED_BY_PAUSE) != 0)
        settle(transport);
    if (mended != 0)
        resume(transport);
}

NDIS_STATUS sao_transport_life(sao_transport *transport, sao_life_event event)
{
    const sao_miniport *miniport = &transport->config.miniport;
    const uint32_t interruption = interruption_by(event) & ~transport->interruptions;
    const uint32_t pending = event_bit(event) & ~transport->lives_pending;
    NDIS_STATUS status;

    transport->interruptions |= interruption;
    transport->lives_pending |= pending;
    status = miniport->ops->life(miniport->context, event);
    if (status == NDIS_STATUS_INVALID_STATE || status == NDIS_STATUS_RESET_IN_PROGRESS) {
        transport->interruptions &= ~interruption; /* it did not happen */
        transport->lives_pending &= ~pending;
        return status;
    }
    if (event == SAO_LIFE_RESET || event == SAO_LIFE_SLEEP)
        mark_survivors(transport);
    if (interruption_by(event) == SAO_INTERRUPTED_FOR_GOOD)
        give_up(transport, event);
    if (status != NDIS_STATUS_PENDING)
        take_outcome(transport, event, status);
    return status;
}

void sao_transport_life_complete(void *protocol, sao_life_event event, NDIS_STATUS status)
{
    sao_transport *transport = (sao_transport *)protocol;

    /* Of an event that somebody else asked for the transport knows nothing. */
    if ((transport->lives_pending & event_bit(event)) != 0)
        take_outcome(transport, event, status);
}

uint32_t sao_transport_interruptions(const sao_transport *transport)
{
    return transport->interruptions;
}

bool sao_transport_life_pending(const sao_transport *transport)
{
    return transport->lives_pending != 0;
}
