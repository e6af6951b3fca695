// SPDX-License-Identifier: BSD-2-Clause
/*
 * transport_wrap.c: from the packet that was given to the one that the miniport gets: the headers
 * of its layers, from the inside out, and which of them the NIC is to seal.
 *
 * Both ways take their numbers from one sequence and their IVs from one space, so nothing repeats
 * under a key, whichever of them protects a packet (TX-3).
 */
#include "model/transport_internal.h"

/* IVs are made from 16 bits of epoch and 48 of sequence number, so even ESN ends there. */
#define SEQUENCE_MAX_ESN ((UINT64_C(1) << 48) - 1u)

uint64_t sao_transport_sequence_limit(bool esn)
{
    return esn ? SEQUENCE_MAX_ESN : UINT32_MAX;
}

uint32_t sao_transport_next_high(const sao_association *association)
{
    const uint64_t last = association->sequence;

    return sao_high_half(last < sao_transport_sequence_limit(association->esn) ? last + 1u : last);
}

/* ---- framing --------------------------------------------------------------------------- */

static void write_mac_header(const sao_transport *transport, const sao_association *association,
                             uint8_t *frame)
{
    const uint8_t ipv4[2] = {0x08, 0x00};
    const uint8_t ipv6[2] = {0x86, 0xDD};

    SAO_MEMCPY(frame, transport->config.peer_mac, 6);
    SAO_MEMCPY(frame + 6, transport->config.mac, 6);
    SAO_MEMCPY(frame + 12, association->ip_version == 6 ? ipv6 : ipv4, 2);
}

/* With an IV that no other packet of the SA has: epoch and sequence number (TX-3). */
static NDIS_STATUS seal_in_software(const sao_transport *transport, const sao_ipsec_sa *sa,
                                    uint64_t sequence, uint8_t *packet, size_t length)
{
    const uint64_t number = (uint64_t)transport->config.epoch << 48 | sequence;
    uint8_t iv[SAO_IV_MAX];
    const NDIS_STATUS status = sao_ipsec_make_iv(sa, number, iv);

    if (status != NDIS_STATUS_SUCCESS)
        return status;
    return sao_ipsec_seal(sa, sao_high_half(sequence), iv, packet, length);
}

/* A packet that grows around what it carries. */
typedef struct wrapping {
    uint8_t *packet;
    size_t length;
    size_t capacity;
    bool sealed; /* some of it, so a number is used up whatever comes */
} wrapping;

/* Puts one association's headers around the packet, from the inside out; what the NIC is to seal
 * stays open. */
static NDIS_STATUS wrap_layer(const sao_transport *transport, const sao_association *association,
                              bool by_nic, wrapping *wrap)
{
    const sao_held_sa *held = association->half[SAO_OUT].sa;
    const uint64_t sequence = association->sequence + 1u;
    NDIS_STATUS status = NDIS_STATUS_SUCCESS;

    if (association->sequence >= sao_transport_sequence_limit(association->esn))
        return NDIS_STATUS_INVALID_PARAMETER;
    for (uint32_t i = 0; i < association->sa_count && status == NDIS_STATUS_SUCCESS; i++) {
        status =
            sao_ipsec_frame(&held[i].sa, sequence, wrap->packet, &wrap->length, wrap->capacity);
        if (status != NDIS_STATUS_SUCCESS || by_nic)
            continue;
        wrap->sealed = true;
        status = seal_in_software(transport, &held[i].sa, sequence, wrap->packet, wrap->length);
    }
    return status == NDIS_STATUS_BUFFER_TOO_SHORT ? NDIS_STATUS_INVALID_LENGTH : status;
}

/* They are used up, whatever becomes of the packet. */
static void use_numbers(const sao_layers *layers)
{
    for (uint32_t i = 0; i < layers->count; i++)
        layers->of[i]->sequence++;
}

/* Makes buffer->inner into what the miniport is to get, with the outermost `nic_layers` open. */
static NDIS_STATUS wrap_packet(const sao_transport *transport, const sao_layers *layers,
                               uint32_t nic_layers, sao_send_buffer *buffer)
{
    sao_packet *packet = &buffer->packet;
    wrapping wrap = {.packet = packet->data + SAO_MAC_HEADER_LENGTH,
                     .length = buffer->inner_length,
                     .capacity = packet->capacity - SAO_MAC_HEADER_LENGTH};
    NDIS_STATUS status = NDIS_STATUS_SUCCESS;

    SAO_MEMCPY(wrap.packet, buffer->inner, buffer->inner_length);
    for (uint32_t i = 0; i < layers->count && status == NDIS_STATUS_SUCCESS; i++)
        status = wrap_layer(transport, layers->of[i], i + nic_layers >= layers->count, &wrap);
    if (status != NDIS_STATUS_SUCCESS) {
        if (wrap.sealed)
            use_numbers(layers);
        return status;
    }
    write_mac_header(transport, layers->of[layers->count - 1u], packet->data);
    packet->length = SAO_MAC_HEADER_LENGTH + (uint32_t)wrap.length;
    packet->ip_offset = SAO_MAC_HEADER_LENGTH;
    packet->status = NDIS_STATUS_PENDING;
    SAO_MEMSET(&packet->ipsec, 0, sizeof packet->ipsec);
    SAO_MEMSET(&packet->tunnel, 0, sizeof packet->tunnel);
    SAO_MEMSET(&packet->header, 0, sizeof packet->header);
    return NDIS_STATUS_SUCCESS;
}

/* ---- the NIC's part -------------------------------------------------------------------- */

/* Only once the add is complete (ADD-13), and with the high half that the NIC knows (UPD-1). */
static bool nic_can_seal(const sao_transport *transport, const sao_association *association)
{
    const sao_half *out = &association->half[SAO_OUT];

    if (out->state != SAO_HALF_LIVE || out->lost || !sao_transport_offers(transport, association))
        return false;
    for (uint32_t i = 0; association->esn && i < association->sa_count; i++)
        if (out->sa[i].sequence_high != sao_high_half(association->sequence + 1u))
            return false;
    return true;
}

/* Does the NIC take the packet's own headers, before ESP or AH? Those of a tunnel are ours. Nor
 * does it look for the bundle's header alone where AH will stand before somebody else's. */
static bool nic_takes_headers(const sao_transport *transport, const sao_association *association,
                              const sao_send_buffer *buffer)
{
    sao_packet_info info;

    return association->form.mode == SAO_IPSEC_TUNNEL ||
           (sao_packet_parse(buffer->inner, buffer->inner_length, &info) == SAO_PARSE_OK &&
            sao_transport_offers_packet(transport, &info) &&
            (info.header_count == 0 || sao_bundle_form_has_esp(&association->form)));
}

/* How many of the layers the NIC can do. It does none around which it does not do the rest. */
static uint32_t count_nic_layers(const sao_transport *transport, const sao_layers *layers,
                                 const sao_send_buffer *buffer)
{
    uint32_t count = 0;

    while (!buffer->software && count < layers->count) {
        const sao_association *next = layers->of[layers->count - 1u - count];

        if (!nic_can_seal(transport, next) || !nic_takes_headers(transport, next, buffer))
            break;
        count++;
    }
    return count;
}

/* Where the outermost association's headers are, in 4-byte words, and what its trailer says (TX-5).
 * False if they are too far away for that. */
static bool describe_headers(const sao_association *association, sao_packet *packet)
{
    const sao_ipsec_sa *esp = &association->half[SAO_OUT].sa[0].sa;
    const uint8_t *ip = packet->data + packet->ip_offset;
    const uint8_t *trailer = packet->data + packet->length - esp->icv_length - 2u;
    sao_ndis_header_transmit *header = &packet->header.Transmit;
    sao_packet_info info;
    uint32_t at;

    if (sao_packet_parse(ip, packet->length - packet->ip_offset, &info) != SAO_PARSE_OK)
        return false;
    at = info.ipsec_offset;
    if (sao_bundle_form_has_ah(&association->form)) {
        header->AhHeaderOffset = (uint8_t)(at / 4u);
        header->NextHeader = ip[at];
        at += (ip[at + 1u] + 2u) * 4u;
    }
    if (sao_bundle_form_has_esp(&association->form)) {
        header->EspHeaderOffset = (uint8_t)(at / 4u);
        header->PadLength = trailer[0];
        header->NextHeader = trailer[1];
    }
    return at / 4u <= UINT8_MAX;
}

/* Asks the NIC for its part: TunnelHandle only where OffloadHandle is another one's (TX-4). */
static void hand_over(const sao_layers *layers, uint32_t nic_layers, sao_packet *packet)
{
    const sao_half *outermost = &layers->of[layers->count - 1u]->half[SAO_OUT];

    packet->ipsec.Transmit.OffloadHandle = outermost->handle;
    if (nic_layers < SAO_LAYERS_MAX)
        return;
    packet->ipsec.Transmit.OffloadHandle = layers->of[0]->half[SAO_OUT].handle;
    packet->tunnel.Transmit.TunnelHandle = outermost->handle;
}

/* ---- both together --------------------------------------------------------------------- */

/* Protects buffer->inner, as far as that is not the NIC's. */
NDIS_STATUS sao_transport_wrap(const sao_transport *transport, const sao_layers *layers,
                               sao_send_buffer *buffer)
{
    uint32_t nic_layers = count_nic_layers(transport, layers, buffer);
    NDIS_STATUS status = wrap_packet(transport, layers, nic_layers, buffer);

    if (status == NDIS_STATUS_SUCCESS && nic_layers > 0 &&
        !describe_headers(layers->of[layers->count - 1u], &buffer->packet)) {
        nic_layers = 0;
        status = wrap_packet(transport, layers, nic_layers, buffer);
    }
    if (status != NDIS_STATUS_SUCCESS)
        return status;
    use_numbers(layers);
    if (nic_layers > 0)
        hand_over(layers, nic_layers, &buffer->packet);
    buffer->layers = (uint8_t)layers->count;
    buffer->nic_layers = (uint8_t)nic_layers;
    return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS sao_transport_try_wrap(const sao_transport *transport, const sao_layers *layers,
                                   sao_send_buffer *buffer)
{
    return wrap_packet(transport, layers, layers->count, buffer);
}
