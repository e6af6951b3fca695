// SPDX-License-Identifier: BSD-2-Clause
/*
 * link_life.c: what becomes of a side's miniport while traffic runs.
 *
 * Its transport knows what that means for it; here is what it means for the other side: a switch
 * would buffer frames for a host that does not listen, and so does this wire.
 */
#include "model/link_internal.h"

static bool is_gone(const sao_link_side *side)
{
    return (sao_transport_interruptions(side->transport) & SAO_INTERRUPTED_FOR_GOOD) != 0;
}

static bool is_interrupted_by(const sao_link_side *side, uint32_t interruptions)
{
    return !is_gone(side) && (sao_transport_interruptions(side->transport) & interruptions) != 0;
}

bool sao_link_is_deaf(const sao_link_side *side)
{
    return is_interrupted_by(side, SAO_INTERRUPTED_BY_SLEEP | SAO_INTERRUPTED_BY_PAUSE);
}

bool sao_link_is_interrupted(const sao_link_side *side)
{
    return is_interrupted_by(side, UINT32_MAX);
}

bool sao_link_is_steady(const sao_link *link)
{
    return !sao_transport_life_pending(link->side[0].transport) &&
           !sao_transport_life_pending(link->side[1].transport);
}

/* Has it for each side that the interruption holds up; a failure shows in what is left behind. */
static void mend(sao_link *link, sao_interruption interruption, sao_life_event event)
{
    (void)sao_link_wait(link, sao_link_is_steady);
    for (int i = 0; i < SAO_LINK_SIDES; i++)
        if (is_interrupted_by(&link->side[i], (uint32_t)interruption))
            (void)sao_transport_life(link->side[i].transport, event);
}

void sao_link_bring_up(sao_link *link)
{
    mend(link, SAO_INTERRUPTED_BY_SLEEP, SAO_LIFE_WAKE);
    mend(link, SAO_INTERRUPTED_BY_PAUSE, SAO_LIFE_RESTART);
    (void)sao_link_wait(link, sao_link_is_steady);
}

static bool is_for_the_caller(sao_life_event event)
{
    switch (event) {
    case SAO_LIFE_RESET:
    case SAO_LIFE_SLEEP:
    case SAO_LIFE_WAKE:
    case SAO_LIFE_PAUSE:
    case SAO_LIFE_RESTART:
    case SAO_LIFE_REMOVE:
        return true;
    default:
        return false; /* the link's own */
    }
}

NDIS_STATUS sao_link_life(sao_link *link, int side, sao_life_event event)
{
    NDIS_STATUS status;

    if ((side != 0 && side != 1) || !is_for_the_caller(event))
        return NDIS_STATUS_INVALID_PARAMETER;
    if (link->running)
        return NDIS_STATUS_INVALID_STATE;
    link->running = true;
    status = sao_transport_life(link->side[side].transport, event);
    sao_link_settle(link);
    link->running = false;
    return status;
}
