// SPDX-License-Identifier: BSD-2-Clause
/*
 * link_rekey.c: which SAs of the link are used, and for how long.
 *
 * The new association is made, and offloaded, before anything is sent under it; the old one is
 * kept until nothing of it can be under way. So a rekey loses no packet and costs no offload.
 */
#include "model/link_internal.h"

/* So many times as long as an add and a retry take, and a rekey goes on in software. */
#define OFFLOAD_PATIENCE 16u

static void set_deadline(sao_link *link)
{
    link->next_deadline =
        link->now + OFFLOAD_PATIENCE * (link->config.nic.add_latency + SAO_LINK_RETRY_AFTER + 1u);
}

NDIS_STATUS sao_link_begin(sao_link *link)
{
    set_deadline(link);
    return sao_link_agree(link, &link->current);
}

bool sao_link_begun(const sao_link *link)
{
    return sao_link_is_offloaded(link, &link->current) || link->now >= link->next_deadline;
}

/* ---- rekeys ---------------------------------------------------------------------------- */

static bool is_used_up(const sao_link *link)
{
    uint64_t sent = 0;

    for (int i = 0; i < SAO_LINK_SIDES; i++)
        sent += sao_transport_sent(link->side[i].transport, link->current.id[i]);
    return link->config.rekey_after > 0 && sent >= link->config.rekey_after;
}

/* Something holds up packets of the old association, on the way out or before they arrive. */
static bool is_old_disturbed(const sao_link *link)
{
    for (int i = 0; i < SAO_LINK_SIDES; i++) {
        const sao_link_side *side = &link->side[i];

        if (sao_link_is_interrupted(side) ||
            sao_transport_unfinished(side->transport, link->old.id[i]) > 0)
            return true;
    }
    return false;
}

/* Until nothing does, and the last of them has had the time to arrive. */
static void keep_old(sao_link *link)
{
    const bool disturbed = is_old_disturbed(link);
    const uint64_t until = link->now + link->config.nic.receive_latency + 2u;

    if ((disturbed || link->old_disturbed) && until > link->old_until)
        link->old_until = until;
    link->old_disturbed = disturbed;
}

/* A packet takes a send, perhaps a second one in software, and a receive to arrive. */
static void switch_over(sao_link *link)
{
    const sao_soft_nic_config *nic = &link->config.nic;

    link->old = link->current;
    link->old_disturbed = is_old_disturbed(link);
    link->old_until = link->now + 2u * nic->send_latency + nic->receive_latency + 2u;
    link->current = link->next;
    link->next.exists = false;
    link->rekeys++;
}

void sao_link_rekey(sao_link *link)
{
    if (link->closing)
        return;
    if (link->old.exists) {
        keep_old(link);
        if (!link->old.retired && link->now >= link->old_until)
            sao_link_retire(link, &link->old);
        if (link->old.retired && sao_link_is_forgotten(link, &link->old))
            link->old.exists = false;
    } else if (link->next.exists) {
        if (sao_link_is_offloaded(link, &link->next) || link->now >= link->next_deadline)
            switch_over(link);
    } else if (is_used_up(link)) {
        set_deadline(link);
        /* Refused while something is still in the way: then again, the old SAs go on. */
        (void)sao_link_agree(link, &link->next);
    }
}

uint64_t sao_link_rekey_due(const sao_link *link)
{
    if (link->closing)
        return UINT64_MAX;
    if (link->old.exists)
        return link->old.retired || link->old_disturbed ? UINT64_MAX : link->old_until;
    return link->next.exists ? link->next_deadline : UINT64_MAX;
}

void sao_link_retire_all(sao_link *link)
{
    sao_agreement *all[] = {&link->current, &link->next, &link->old};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i]->exists)
            sao_link_retire(link, all[i]);
}
