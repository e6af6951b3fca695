// SPDX-License-Identifier: BSD-2-Clause
/*
 * transport_canonical.c: the canonical form of a transport.
 *
 * Associations keep their places, since it works through them in that order; how often a place has
 * been used does not show. The bytes of a packet that is under way are the miniport's to write.
 */
#include "model/transport_internal.h"

static void write_config(const sao_transport_config *config, sao_canonical *writer)
{
    sao_canonical_number(writer, (uint32_t)config->profile);
    sao_canonical_bytes(writer, config->mac, sizeof config->mac);
    sao_canonical_bytes(writer, config->peer_mac, sizeof config->peer_mac);
    sao_canonical_number(writer, config->associations);
    sao_canonical_number(writer, config->packets);
    sao_canonical_number(writer, config->packet_capacity);
    sao_canonical_number(writer, config->capacity);
    sao_canonical_number(writer, config->offload);
    sao_canonical_number(writer, config->offload_again_after);
    sao_canonical_number(writer, config->retry_after);
    sao_canonical_number(writer, config->settle_time);
    sao_canonical_number(writer, config->epoch);
}

/* What is left of a time before which something must not be. */
static void write_wait(const sao_transport *transport, uint64_t at, sao_canonical *writer)
{
    sao_canonical_number(writer, at > transport->now ? at - transport->now : 0);
}

static void write_request(const sao_request *request, bool outstanding, sao_canonical *writer)
{
    sao_canonical_number(writer, outstanding);
    if (!outstanding)
        return;
    sao_canonical_pointer(writer, request);
    sao_canonical_number(writer, request->oid);
    sao_canonical_number(writer, request->elements_done);
}

/* ---- associations ---------------------------------------------------------------------- */

/* How long a packet of a live bundle may still come untouched (transport_receive.c). */
static uint64_t settles_for(const sao_transport *transport, const sao_half *half)
{
    const uint64_t since = transport->now - half->live_since;
    const uint64_t settle = transport->config.settle_time;

    return sao_half_is_live(half) && settle > 0 && since <= settle ? settle - since + 1u : 0;
}

static void write_sa(const sao_half *half, uint32_t n, sao_canonical *writer)
{
    const sao_held_sa *held = &half->sa[n];

    sao_canonical_bytes(writer, &held->sa.spi, sizeof held->sa.spi);
    sao_canonical_number(writer, held->encryption);
    sao_canonical_number(writer, held->authentication);
    sao_canonical_number(writer, held->sa.icv_length);
    sao_canonical_key(writer, held->keys.encryption, held->keys.encryption_length);
    sao_canonical_key(writer, held->keys.authentication, held->keys.authentication_length);
    if (half->state != SAO_HALF_SOFTWARE)
        sao_canonical_number(writer, held->sequence_high);
}

static void write_half(const sao_transport *transport, const sao_association *association,
                       uint32_t direction, sao_canonical *writer)
{
    const bool extended = transport->config.profile == SAO_PROFILE_NDIS_6_30;
    const sao_half *half = &association->half[direction];

    for (uint32_t n = 0; n < association->sa_count; n++)
        write_sa(half, n, writer);
    sao_canonical_number(writer, (uint32_t)half->state);
    sao_canonical_handle(writer, half->handle);
    write_request(&half->request, half->outstanding, writer);
    if (half->state == SAO_HALF_SOFTWARE)
        return;
    sao_canonical_number(writer, half->covers);
    sao_canonical_number(writer, half->survivor);
    sao_canonical_number(writer, half->lost);
    sao_canonical_number(writer, settles_for(transport, half));
    if (half->state == SAO_HALF_ADDING)
        sao_canonical_handle(writer, sao_transport_added_handle(association, direction, extended));
}

/* Place of an association, from 1; 0 if it has been forgotten, or there is none. */
static uint32_t place_of(const sao_transport *transport, const sao_association *association)
{
    return association != NULL ? (uint32_t)(association - transport->associations) + 1u : 0;
}

static void write_form(const sao_transport *transport, const sao_association *association,
                       sao_canonical *writer)
{
    sao_canonical_number(writer, (uint32_t)association->form.mode);
    sao_canonical_number(writer, (uint32_t)association->form.headers);
    sao_canonical_number(writer, association->form.udp_esp);
    sao_canonical_number(writer, place_of(transport, sao_transport_tunnel(transport, association)));
}

static void write_replay(const sao_replay *replay, sao_canonical *writer)
{
    sao_canonical_number(writer, replay->highest);
    for (uint32_t i = 0; i < SAO_REPLAY_WINDOW / 64u; i++)
        sao_canonical_number(writer, replay->seen[i]);
}

static void write_association(const sao_transport *transport, const sao_association *association,
                              sao_canonical *writer)
{
    sao_canonical_number(writer, association->retiring);
    sao_canonical_number(writer, association->delete_wanted);
    sao_canonical_number(writer, association->delete_wished);
    sao_canonical_number(writer, association->offload_impossible);
    write_form(transport, association, writer);
    sao_canonical_number(writer, association->ip_version);
    sao_canonical_number(writer, association->esn);
    sao_canonical_bytes(writer, &association->local, sizeof association->local);
    sao_canonical_bytes(writer, &association->remote, sizeof association->remote);
    sao_canonical_number(writer, association->sequence);
    sao_canonical_number(writer, association->sent);
    for (uint32_t n = 0; n < association->sa_count; n++)
        write_replay(&association->replay[n], writer);
    write_wait(transport, association->add_at, writer);
    write_wait(transport, association->delete_at, writer);
    sao_canonical_number(writer, association->add_tries);
    for (uint32_t direction = 0; direction < SAO_HALVES; direction++)
        write_half(transport, association, direction, writer);
}

static void write_associations(const sao_transport *transport, sao_canonical *writer)
{
    for (uint32_t i = 0; i < transport->config.associations; i++) {
        const sao_association *association = &transport->associations[i];

        sao_canonical_number(writer, association->in_use);
        if (association->in_use)
            write_association(transport, association, writer);
    }
}

/* ---- packets --------------------------------------------------------------------------- */

/* The packet in use that was given next; NULL at the end. */
static const sao_send_buffer *next_buffer(const sao_transport *transport, uint64_t after)
{
    const sao_send_buffer *next = NULL;

    for (uint32_t i = 0; i < transport->config.packets; i++) {
        const sao_send_buffer *buffer = &transport->buffers[i];

        if (buffer->in_use && buffer->order > after &&
            (next == NULL || buffer->order < next->order))
            next = buffer;
    }
    return next;
}

static void write_packets(const sao_transport *transport, sao_canonical *writer)
{
    const sao_send_buffer *buffer = next_buffer(transport, 0);

    for (; buffer != NULL; buffer = next_buffer(transport, buffer->order)) {
        sao_canonical_pointer(writer, &buffer->packet);
        sao_canonical_number(
            writer, place_of(transport, sao_transport_find(transport, buffer->association)));
        sao_canonical_number(writer, buffer->outstanding);
        sao_canonical_number(writer, buffer->nic_layers);
        sao_canonical_number(writer, buffer->software);
        sao_canonical_bytes(writer, buffer->inner, buffer->inner_length);
    }
    sao_canonical_number(writer, 0);
}

/* ---- the transport --------------------------------------------------------------------- */

static void write_offer(const sao_transport *transport, sao_canonical *writer)
{
    const NDIS_IPSEC_OFFLOAD_V2 *offer = &transport->offer;

    sao_canonical_number(writer, transport->offer_known);
    if (!transport->offer_known)
        return;
    sao_canonical_number(writer, offer->IPv6Supported);
    sao_canonical_number(writer, offer->IPv4Options);
    sao_canonical_number(writer, offer->IPv6NonIPsecExtensionHeaders);
    sao_canonical_number(writer, offer->Ah);
    sao_canonical_number(writer, offer->Esp);
    sao_canonical_number(writer, offer->AhEspCombined);
    sao_canonical_number(writer, offer->Transport);
    sao_canonical_number(writer, offer->Tunnel);
    sao_canonical_number(writer, offer->TransportTunnelCombined);
    sao_canonical_number(writer, offer->ExtendedSequenceNumbers);
    sao_canonical_number(writer, offer->UdpEsp);
    sao_canonical_number(writer, offer->AuthenticationAlgorithms);
    sao_canonical_number(writer, offer->EncryptionAlgorithms);
}

void sao_transport_canonical(const sao_transport *transport, sao_canonical *writer)
{
    const sao_encapsulation *encapsulation = &transport->encapsulation;

    write_config(&transport->config, writer);
    sao_canonical_time(writer, transport->now);
    write_request(&encapsulation->request, encapsulation->outstanding, writer);
    sao_canonical_number(writer, encapsulation->set);
    write_wait(transport, encapsulation->set ? 0 : encapsulation->set_at, writer);
    sao_canonical_number(writer, transport->interruptions);
    sao_canonical_number(writer, transport->lives_pending);
    write_offer(transport, writer);
    write_wait(transport, transport->send_at, writer);
    write_associations(transport, writer);
    write_packets(transport, writer);
}
