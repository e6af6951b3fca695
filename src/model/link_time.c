// SPDX-License-Identifier: BSD-2-Clause
/*
 * link_time.c: the passing of time on a link, and the wire.
 *
 * A frame that leaves a NIC waits on the wire until the NIC's call is over: the other side may
 * answer, and no NIC is called from within the other one's.
 */
#include "model/link_internal.h"

#include <saoffload/ipsec.h>

/* Two sides that answer each other at once would never come to rest; time goes on then. */
#define ROUNDS_MAX 1000u

/* Steps after which a wait is given up. Far more than any end of traffic needs. */
#define STEPS_MAX 1000000u

/* ---- the wire -------------------------------------------------------------------------- */

static uint32_t sends_of(const sao_link_side *side)
{
    sao_transport_counters counters;

    sao_transport_get_counters(side->transport, &counters);
    return counters.packets;
}

uint32_t sao_link_sends_under_way(const sao_link *link)
{
    return sends_of(&link->side[0]) + sends_of(&link->side[1]);
}

bool sao_link_has_frame(const sao_link *link)
{
    return link->frames_used + sao_link_sends_under_way(link) < SAO_LINK_FRAMES;
}

bool sao_link_has_room(const sao_link *link)
{
    return sao_link_has_frame(link) && sends_of(&link->side[0]) < SAO_LINK_SEND_BUFFERS &&
           sends_of(&link->side[1]) < SAO_LINK_SEND_BUFFERS;
}

static void count_frame(sao_link *link, const sao_packet *packet)
{
    sao_packet_info info;

    link->frame_count++;
    if (sao_frame_parse(packet->data, packet->length, &info) == SAO_PARSE_OK &&
        info.header_count > 0)
        link->ipsec_frame_count++;
}

void sao_link_transmit(void *wire, const sao_packet *packet)
{
    sao_link_side *from = (sao_link_side *)wire;
    sao_link *link = from->link;
    const sao_link_hooks *hooks = &link->config.hooks;
    sao_packet *frame = link->free_frames;

    count_frame(link, packet);
    if (hooks->wire != NULL)
        hooks->wire(hooks->context, from->index, packet->data, packet->length);
    SAO_ASSERT(frame != NULL); /* sao_link_has_frame was asked before the packet was sent */
    if (frame == NULL)
        return;

    link->free_frames = frame->next;
    link->frames_used++;
    SAO_MEMCPY(frame->data, packet->data, packet->length);
    frame->length = packet->length;
    frame->id = link->frame_count;
    frame->owner = &link->side[1 - from->index];
    frame->next = NULL;
    if (link->wire_tail != NULL)
        link->wire_tail->next = frame;
    else
        link->wire_head = frame;
    link->wire_tail = frame;
}

void sao_link_release(void *wire, sao_packet *packet)
{
    sao_link *link = ((sao_link_side *)wire)->link;

    packet->next = link->free_frames;
    link->free_frames = packet;
    link->frames_used--;
}

/* Takes the first frame off the wire that can arrive; NULL if none can. */
static sao_packet *take_frame(sao_link *link)
{
    sao_packet *before = NULL;
    sao_packet *frame = link->wire_head;

    while (frame != NULL && sao_link_is_deaf((const sao_link_side *)frame->owner)) {
        before = frame;
        frame = frame->next;
    }
    if (frame == NULL)
        return NULL;
    if (before != NULL)
        before->next = frame->next;
    else
        link->wire_head = frame->next;
    if (link->wire_tail == frame)
        link->wire_tail = before;
    return frame;
}

/* False if there was none to carry. Each time anew: a side may answer, or stop listening. */
static bool carry_frames(sao_link *link)
{
    sao_packet *frame;
    bool any = false;

    while ((frame = take_frame(link)) != NULL) {
        any = true;
        sao_soft_nic_receive(((const sao_link_side *)frame->owner)->nic, frame);
    }
    return any;
}

/* ---- time ------------------------------------------------------------------------------ */

/* Polls everyone once; false if that changed nothing. */
static bool poll_round(sao_link *link)
{
    bool changed = false;

    /* All clocks first: a NIC's callbacks go through its boundary into its transport. */
    for (int i = 0; i < SAO_LINK_SIDES; i++) {
        sao_link_side *side = &link->side[i];
        uint64_t due;

        sao_boundary_set_time(&side->boundary, link->now);
        due = sao_transport_poll(side->transport, link->now);
        changed |= due != side->transport_due;
        side->transport_due = due;
    }
    for (int i = 0; i < SAO_LINK_SIDES; i++) {
        sao_link_side *side = &link->side[i];
        const uint64_t due = sao_soft_nic_poll(side->nic, link->now);

        changed |= due != side->nic_due;
        side->nic_due = due;
    }
    changed |= carry_frames(link);
    sao_link_rekey(link);
    return changed;
}

void sao_link_settle(sao_link *link)
{
    /* What one of them does may give another one something to do, so until nothing changes. */
    for (uint32_t round = 0; round < ROUNDS_MAX && poll_round(link); round++)
        continue;
}

uint64_t sao_link_now(const sao_link *link)
{
    return link->now;
}

uint64_t sao_link_next_due(const sao_link *link)
{
    uint64_t due = sao_link_rekey_due(link);

    for (int i = 0; i < SAO_LINK_SIDES; i++) {
        const sao_link_side *side = &link->side[i];

        due = side->nic_due < due ? side->nic_due : due;
        due = side->transport_due < due ? side->transport_due : due;
    }
    return due > link->now ? due : link->now + 1u;
}

void sao_link_step(sao_link *link, uint64_t end)
{
    const uint64_t due = sao_link_next_due(link);

    link->now = due < end ? due : end;
    sao_link_settle(link);
}

bool sao_link_wait(sao_link *link, bool (*done)(const sao_link *link))
{
    sao_link_settle(link);
    for (uint32_t step = 0; !done(link); step++) {
        if (step == STEPS_MAX || sao_link_next_due(link) == UINT64_MAX)
            return false;
        sao_link_step(link, UINT64_MAX);
    }
    return true;
}
