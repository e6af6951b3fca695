// SPDX-License-Identifier: BSD-2-Clause
/*
 * transport_offload.c: which bundles are wanted, and the requests that get there.
 *
 * Callbacks only note what happened; sao_transport_pump compares what is with what is wanted and
 * submits one request for each difference. So it does not matter from where, or how deep inside
 * of other calls, a miniport calls back.
 */
#include "model/transport_internal.h"

/* ---- requests -------------------------------------------------------------------------- */

static void submit(sao_transport *transport, sao_association *association, sao_half *half)
{
    const sao_miniport *miniport = &transport->config.miniport;
    NDIS_STATUS status;

    half->request.request_id = (void *)++transport->request_serial;
    half->outstanding = true;
    status = miniport->ops->request(miniport->context, &half->request);
    if (status == NDIS_STATUS_PENDING)
        return;
    if (!half->outstanding) {
        sao_transport_violation(transport, "OID-3", "a request was completed, then answered");
        return;
    }
    half->outstanding = false;
    transport->pump_again = true;
    sao_transport_finish(transport, association, half, status, true);
}

/* Does the miniport listen to requests? While it resets it refuses them, and they are tried again
 * (RST-4); one that sleeps is left alone. */
static bool takes_requests(const sao_transport *transport)
{
    return (transport->interruptions & (SAO_INTERRUPTED_BY_SLEEP | SAO_INTERRUPTED_FOR_GOOD)) == 0;
}

/* Before the first add: else the NIC would process nothing that it receives (ENC-1). */
static void pump_encapsulation(sao_transport *transport)
{
    const sao_miniport *miniport = &transport->config.miniport;
    sao_encapsulation *encapsulation = &transport->encapsulation;
    NDIS_STATUS status;

    if (encapsulation->set || encapsulation->outstanding || !transport->config.offload ||
        transport->now < encapsulation->set_at || !takes_requests(transport))
        return;
    sao_transport_build_encapsulation(encapsulation);
    encapsulation->request.request_id = (void *)++transport->request_serial;
    encapsulation->outstanding = true;
    status = miniport->ops->request(miniport->context, &encapsulation->request);
    if (status == NDIS_STATUS_PENDING)
        return;
    if (!encapsulation->outstanding) {
        sao_transport_violation(transport, "OID-3", "a request was completed, then answered");
        return;
    }
    encapsulation->outstanding = false;
    sao_transport_finish_encapsulation(transport, status);
}

void sao_transport_request_complete(void *protocol, sao_request *request)
{
    sao_transport *transport = (sao_transport *)protocol;

    if (request == &transport->encapsulation.request && transport->encapsulation.outstanding) {
        transport->encapsulation.outstanding = false;
        sao_transport_finish_encapsulation(transport, request->status);
        sao_transport_pump(transport);
        return;
    }
    for (uint32_t i = 0; i < transport->config.associations; i++) {
        sao_association *association = &transport->associations[i];

        for (uint32_t direction = 0; direction < SAO_HALVES; direction++) {
            sao_half *half = &association->half[direction];

            if (&half->request != request || !half->outstanding)
                continue;
            half->outstanding = false;
            if (request->status == NDIS_STATUS_PENDING)
                sao_transport_violation(transport, "OID-3", "a request completed with PENDING");
            sao_transport_finish(transport, association, half, request->status, false);
            sao_transport_pump(transport);
            return;
        }
    }
    sao_transport_violation(transport, "OID-3", "a request completed that is not outstanding");
}

/* What the NIC is to know of an SA's sequence numbers (UPD-1). */
static uint32_t current_high(const sao_association *association, uint32_t direction, uint32_t sa)
{
    return direction == SAO_IN ? sao_high_half(association->replay[sa].highest)
                               : sao_transport_next_high(association);
}

static void submit_delete(sao_transport *transport, sao_association *association,
                          uint32_t direction)
{
    sao_half *half = &association->half[direction];

    if (direction == SAO_IN)
        transport->counters.deletes_inbound++;
    else
        transport->counters.deletes_outbound++;
    if (association->delete_tries > 0)
        transport->counters.retries++;
    sao_transport_build_delete(half);
    sao_transport_set_half_state(transport, half, SAO_HALF_DELETING);
    submit(transport, association, half);
}

static void submit_add(sao_transport *transport, sao_association *association, uint32_t covers)
{
    sao_half *first = &association->half[(covers & sao_half_bit(SAO_IN)) != 0 ? SAO_IN : SAO_OUT];
    const bool extended = transport->config.profile == SAO_PROFILE_NDIS_6_30;

    if (association->add_tries > 0)
        transport->counters.retries++;
    for (uint32_t direction = 0; direction < SAO_HALVES; direction++) {
        if ((covers & sao_half_bit(direction)) == 0)
            continue;
        for (uint32_t i = 0; i < association->sa_count; i++)
            association->half[direction].sa[i].sequence_high =
                current_high(association, direction, i);
        association->half[direction].survivor = false;
        association->half[direction].lost = false;
        sao_transport_set_half_state(transport, &association->half[direction], SAO_HALF_ADDING);
    }
    sao_transport_build_add(association, covers, extended, &first->request);
    first->covers = (uint8_t)covers;
    submit(transport, association, first);
}

/* ---- what is wanted -------------------------------------------------------------------- */

static bool is_idle(const sao_association *association)
{
    return association->half[SAO_IN].state == SAO_HALF_SOFTWARE &&
           association->half[SAO_OUT].state == SAO_HALF_SOFTWARE;
}

bool sao_transport_wants_deletes(const sao_transport *transport, const sao_association *association)
{
    const sao_association *tunnel = sao_transport_tunnel(transport, association);

    return association->retiring || association->delete_wanted ||
           (tunnel != NULL && tunnel->delete_wanted); /* one that ends has this one retire, too */
}

/* Does another association run over this one? With `bundles`: one that the NIC has bundles of. */
static bool carries_others(const sao_transport *transport, const sao_association *tunnel,
                           bool bundles)
{
    for (uint32_t i = 0; i < transport->config.associations; i++) {
        const sao_association *other = &transport->associations[i];

        if (other->in_use && sao_transport_tunnel(transport, other) == tunnel &&
            (!bundles || !is_idle(other)))
            return true;
    }
    return false;
}

/* The inbound bundle, then the outbound one, as two requests (DEL-3). */
static void pump_deletes(sao_transport *transport, sao_association *association)
{
    const sao_half *in = &association->half[SAO_IN];
    const sao_half *out = &association->half[SAO_OUT];

    if (is_idle(association)) {
        /* One that only ends waits for what it has to send. */
        transport->pump_again |= association->delete_wanted;
        association->delete_wanted = false;
        association->delete_wished = false;
        association->add_at = sao_later(transport->now, transport->config.offload_again_after);
        return;
    }
    if (transport->now < association->delete_at || carries_others(transport, association, true))
        return; /* what runs over it goes first */
    if (in->state == SAO_HALF_LIVE)
        submit_delete(transport, association, SAO_IN);
    else if (in->state == SAO_HALF_SOFTWARE && out->state == SAO_HALF_LIVE)
        submit_delete(transport, association, SAO_OUT);
}

/* Which halves are missing, as far as there is room for them (ADD-11); inbound first. */
static uint32_t wanted_halves(const sao_transport *transport, const sao_association *association)
{
    uint32_t used = transport->counters.bundles;
    uint32_t covers = 0;

    for (uint32_t direction = 0; direction < SAO_HALVES; direction++) {
        if (association->half[direction].state != SAO_HALF_SOFTWARE)
            continue;
        if (used >= transport->config.capacity)
            break;
        covers |= sao_half_bit(direction);
        used++;
    }
    return covers;
}

/* A transport part without its tunnel would be of no use to the NIC (TX-4). */
static bool tunnel_is_offloaded(const sao_transport *transport, const sao_association *association)
{
    const sao_association *tunnel = sao_transport_tunnel(transport, association);

    return tunnel == NULL ||
           (sao_half_is_live(&tunnel->half[SAO_IN]) && sao_half_is_live(&tunnel->half[SAO_OUT]));
}

static bool may_add(const sao_transport *transport, const sao_association *association)
{
    return transport->config.offload && transport->encapsulation.set &&
           sao_transport_offers(transport, association) && !association->offload_impossible &&
           association->add_tries < SAO_ADD_TRIES_MAX && !association->half[SAO_IN].outstanding &&
           !association->half[SAO_OUT].outstanding && tunnel_is_offloaded(transport, association);
}

static void pump_adds(sao_transport *transport, sao_association *association)
{
    const uint32_t covers = wanted_halves(transport, association);

    if (covers == 0 || !may_add(transport, association) || transport->now < association->add_at)
        return;
    if (transport->config.profile != SAO_PROFILE_NDIS_6_30) {
        submit_add(transport, association, covers);
        return;
    }
    for (uint32_t direction = 0; direction < SAO_HALVES; direction++)
        if ((covers & sao_half_bit(direction)) != 0 &&
            !sao_transport_wants_deletes(transport, association))
            submit_add(transport, association, sao_half_bit(direction));
}

static void submit_update(sao_transport *transport, sao_association *association, sao_half *half,
                          uint32_t sa)
{
    sao_transport_build_update(half, sa);
    sao_transport_set_half_state(transport, half, SAO_HALF_UPDATING);
    submit(transport, association, half);
}

/* Tells the NIC of new high halves of the sequence numbers, one after the other (UPD-1). */
static void pump_updates(sao_transport *transport, sao_association *association)
{
    if (!association->esn || (transport->interruptions & SAO_INTERRUPTED_BY_RESET) != 0)
        return; /* one that is refused means a delete */
    for (uint32_t n = 0; n < SAO_HALVES * SAO_SAS_MAX; n++) {
        const uint32_t direction = n / SAO_SAS_MAX;
        const uint32_t sa = n % SAO_SAS_MAX;
        const uint32_t high = current_high(association, direction, sa);
        sao_half *half = &association->half[direction];

        if (sa >= association->sa_count || half->state != SAO_HALF_LIVE || half->outstanding ||
            half->sa[sa].sequence_high == high)
            continue;
        half->sa[sa].sequence_high = high;
        submit_update(transport, association, half, sa);
    }
}

/* The miniport is gone, and every bundle with it, but for those that a request still is about. */
static void give_up_bundles(sao_transport *transport, sao_association *association)
{
    for (uint32_t direction = 0; direction < SAO_HALVES; direction++)
        if (association->half[direction].state == SAO_HALF_LIVE)
            sao_transport_set_half_state(transport, &association->half[direction],
                                         SAO_HALF_SOFTWARE);
    if (is_idle(association))
        association->delete_wanted = association->delete_wished = false;
}

static void pump_association(sao_transport *transport, sao_association *association)
{
    if (sao_transport_is_gone(transport))
        give_up_bundles(transport, association);
    if (association->retiring && is_idle(association) && association->kept == 0 &&
        !carries_others(transport, association, false)) {
        transport->pump_again |= association->over_tunnel; /* which may have waited for it */
        sao_transport_forget(transport, association);
        return;
    }
    if (!takes_requests(transport))
        return;
    if (sao_transport_wants_deletes(transport, association)) {
        pump_deletes(transport, association);
        return;
    }
    pump_adds(transport, association);
    pump_updates(transport, association);
}

void sao_transport_pump(sao_transport *transport)
{
    if (transport->pumping) {
        transport->pump_again = true;
        return;
    }
    transport->pumping = true;
    do {
        transport->pump_again = false;
        sao_transport_send_kept(transport);
        pump_encapsulation(transport);
        for (uint32_t i = 0; i < transport->config.associations; i++)
            if (transport->associations[i].in_use)
                pump_association(transport, &transport->associations[i]);
    } while (transport->pump_again);
    transport->pumping = false;
}

/* The earlier of the two, if the new one is still to come. */
static uint64_t earlier(const sao_transport *transport, uint64_t due, uint64_t at)
{
    return at > transport->now && at < due ? at : due;
}

uint64_t sao_transport_next_due(const sao_transport *transport)
{
    const sao_encapsulation *encapsulation = &transport->encapsulation;
    uint64_t due = UINT64_MAX;

    if (transport->kept != NULL && transport->interruptions == 0)
        due = earlier(transport, due, transport->send_at);
    if (!takes_requests(transport))
        return due;
    if (transport->config.offload && !encapsulation->set && !encapsulation->outstanding)
        due = earlier(transport, due, encapsulation->set_at);
    for (uint32_t i = 0; i < transport->config.associations; i++) {
        const sao_association *association = &transport->associations[i];
        uint64_t at = 0;

        if (!association->in_use)
            continue;
        if (sao_transport_wants_deletes(transport, association))
            at = association->delete_at;
        else if (may_add(transport, association) && wanted_halves(transport, association) != 0)
            at = association->add_at;
        due = earlier(transport, due, at);
    }
    return due;
}
