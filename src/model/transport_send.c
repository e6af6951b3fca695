// SPDX-License-Identifier: BSD-2-Clause
/*
 * transport_send.c: framing, then the NIC or the software path.
 *
 * Both paths take their numbers from one sequence and their IVs from one space, so nothing
 * repeats under a key, whichever of them protects a packet (TX-3).
 *
 * What comes back is kept and sent anew, under a new number: at once in software when the NIC could
 * not honour the handle, else when the miniport is back. What is given meanwhile waits behind it,
 * so nothing overtakes.
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

/* ---- send buffers ---------------------------------------------------------------------- */

static sao_send_buffer *take_buffer(sao_transport *transport)
{
    sao_send_buffer *buffer = transport->free_buffers;

    if (buffer == NULL)
        return NULL;
    transport->free_buffers = buffer->next;
    transport->counters.packets++;
    buffer->in_use = true;
    buffer->software = false;
    buffer->order = ++transport->send_serial;
    return buffer;
}

static void free_buffer(sao_transport *transport, sao_send_buffer *buffer)
{
    buffer->in_use = false;
    buffer->next = transport->free_buffers;
    transport->free_buffers = buffer;
    transport->counters.packets--;
}

/* The buffer that a packet under way belongs to; NULL for any other pointer. */
static sao_send_buffer *buffer_of(const sao_transport *transport, const sao_packet *packet)
{
    const uintptr_t offset = (uintptr_t)packet - (uintptr_t)&transport->buffers[0].packet;
    const uintptr_t index = offset / sizeof(sao_send_buffer);

    if (index >= transport->config.packets || &transport->buffers[index].packet != packet ||
        !transport->buffers[index].outstanding)
        return NULL;
    return &transport->buffers[index];
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

/* ---- one packet ------------------------------------------------------------------------ */

/* Protects buffer->inner, as far as that is not the NIC's. */
static NDIS_STATUS protect(const sao_transport *transport, const sao_layers *layers,
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

/* Protects buffer->inner and hands it to the miniport. After SUCCESS nothing may be touched. */
static NDIS_STATUS launch(sao_transport *transport, const sao_layers *layers,
                          sao_send_buffer *buffer)
{
    const sao_miniport *miniport = &transport->config.miniport;
    const NDIS_STATUS status = protect(transport, layers, buffer);

    if (status != NDIS_STATUS_SUCCESS)
        return status;
    buffer->packet.id = ++transport->packet_serial;
    buffer->outstanding = true;
    miniport->ops->send(miniport->context, &buffer->packet);
    return NDIS_STATUS_SUCCESS;
}

/* ---- what came back -------------------------------------------------------------------- */

bool sao_transport_may_send(const sao_transport *transport)
{
    return transport->interruptions == 0 && transport->now >= transport->send_at;
}

static void keep(sao_transport *transport, sao_association *association, sao_send_buffer *buffer)
{
    sao_send_buffer **place = &transport->kept;

    while (*place != NULL && (*place)->order < buffer->order)
        place = &(*place)->next;
    buffer->next = *place;
    *place = buffer;
    association->kept++;
}

/* The first one kept; its association lives, since it has something to send. */
static sao_association *take_kept(sao_transport *transport, sao_send_buffer **buffer)
{
    sao_association *association;

    *buffer = transport->kept;
    transport->kept = (*buffer)->next;
    association = sao_transport_find(transport, (*buffer)->association);
    association->kept--;
    return association;
}

void sao_transport_send_kept(sao_transport *transport)
{
    while (transport->kept != NULL && sao_transport_may_send(transport)) {
        sao_send_buffer *buffer;
        sao_association *association = take_kept(transport, &buffer);
        const sao_layers layers = sao_transport_layers(transport, association);

        transport->counters.sends_repeated++;
        if (launch(transport, &layers, buffer) != NDIS_STATUS_SUCCESS)
            free_buffer(transport, buffer);
    }
}

void sao_transport_drop_kept(sao_transport *transport)
{
    while (transport->kept != NULL) {
        sao_send_buffer *buffer;

        (void)take_kept(transport, &buffer);
        free_buffer(transport, buffer);
    }
}

/* ---- sending --------------------------------------------------------------------------- */

/* Sends it, or queues it behind what waits to be sent again. */
static NDIS_STATUS launch_in_order(sao_transport *transport, const sao_layers *layers,
                                   sao_send_buffer *buffer)
{
    NDIS_STATUS status;

    if (transport->kept == NULL)
        return launch(transport, layers, buffer);
    status = wrap_packet(transport, layers, layers->count, buffer); /* only to see if it can be */
    if (status == NDIS_STATUS_SUCCESS)
        keep(transport, layers->of[0], buffer);
    return status;
}

NDIS_STATUS sao_transport_send(sao_transport *transport, uint32_t id, const uint8_t *packet,
                               size_t length)
{
    sao_association *association = sao_transport_find(transport, id);
    sao_send_buffer *buffer;
    sao_layers layers;
    NDIS_STATUS status;

    if (association == NULL || association->retiring)
        return NDIS_STATUS_INVALID_PARAMETER;
    if (length > transport->config.packet_capacity - SAO_MAC_HEADER_LENGTH)
        return NDIS_STATUS_INVALID_LENGTH;
    buffer = take_buffer(transport);
    if (buffer == NULL)
        return NDIS_STATUS_RESOURCES;
    SAO_MEMCPY(buffer->inner, packet, length);
    buffer->inner_length = length;
    buffer->association = id;
    layers = sao_transport_layers(transport, association);
    for (uint32_t i = 0; i < layers.count; i++)
        layers.of[i]->sent++;
    status = launch_in_order(transport, &layers, buffer);
    if (status != NDIS_STATUS_SUCCESS) { /* else they may be gone already */
        for (uint32_t i = 0; i < layers.count; i++)
            layers.of[i]->sent--;
        free_buffer(transport, buffer);
    }
    return status;
}

/* ---- completion ------------------------------------------------------------------------ */

/* The miniport cannot send now, whatever the packet is (RST-5, PWR-1, PNP-2). */
static bool is_passing(NDIS_STATUS status)
{
    return status == NDIS_STATUS_REQUEST_ABORTED || status == NDIS_STATUS_RESET_IN_PROGRESS ||
           status == NDIS_STATUS_LOW_POWER_STATE || status == NDIS_STATUS_PAUSED;
}

/* The handles that the packet was sent under name bundles that live. */
static bool handles_are_live(const sao_layers *layers, const sao_send_buffer *buffer)
{
    for (uint32_t i = layers->count - buffer->nic_layers; i < layers->count; i++) {
        const sao_half *out = &layers->of[i]->half[SAO_OUT];

        if (!sao_half_is_live(out) || (out->handle != buffer->packet.ipsec.Transmit.OffloadHandle &&
                                       out->handle != buffer->packet.tunnel.Transmit.TunnelHandle))
            return false;
    }
    return buffer->nic_layers > 0;
}

/* The NIC does not know the handle of a live bundle. After a reset it may have lost it, and then it
 * is of no use (RST-3); of two, which it is does not show. Else a bundle works until its own
 * DELETE, whatever was wished of its other half (DEL-2). */
static void check_refused_handles(sao_transport *transport, const sao_layers *layers,
                                  const sao_send_buffer *buffer)
{
    bool may_be_lost = false;
    bool wished = false;

    if (buffer->packet.status != NDIS_STATUS_FAILURE || !handles_are_live(layers, buffer))
        return;
    for (uint32_t i = layers->count - buffer->nic_layers; i < layers->count; i++) {
        sao_association *association = layers->of[i];
        sao_half *out = &association->half[SAO_OUT];

        wished |= association->delete_wished;
        if (!sao_half_may_be_lost(transport, out))
            continue;
        may_be_lost = true;
        out->lost = true;
        association->delete_wanted = true;
    }
    if (wished && !may_be_lost)
        sao_transport_violation(transport, "DEL-2",
                                "after SaDeleteReq a send failed before its bundle's delete");
}

/* A send that did not leave: once more, in software if it was the handle that was refused. */
static void take_back(sao_transport *transport, sao_send_buffer *buffer)
{
    const bool passing = is_passing(buffer->packet.status);
    sao_association *association = sao_transport_find(transport, buffer->association);

    transport->counters.send_errors++;
    if (association != NULL) {
        const sao_layers layers = sao_transport_layers(transport, association);

        check_refused_handles(transport, &layers, buffer);
    }
    if (association == NULL || sao_transport_is_gone(transport) ||
        (!passing && buffer->nic_layers == 0)) {
        free_buffer(transport, buffer);
        return;
    }
    if (!passing)
        buffer->software = true;
    else if (transport->interruptions == 0) /* nobody will say when it is back */
        transport->send_at = sao_transport_retry_time(transport);
    keep(transport, association, buffer);
    sao_transport_pump(transport);
}

/* By whom it was protected. */
static void count_sent(sao_transport *transport, const sao_send_buffer *buffer)
{
    if (buffer->nic_layers == 0)
        transport->counters.software_tx++;
    else if (buffer->nic_layers == buffer->layers)
        transport->counters.offloaded_tx++;
    else
        transport->counters.shared_tx++;
}

void sao_transport_send_complete(void *protocol, sao_packet *packet)
{
    sao_transport *transport = (sao_transport *)protocol;
    sao_send_buffer *buffer = buffer_of(transport, packet);

    if (buffer == NULL) {
        sao_transport_violation(transport, "PNP-2", "a send completed that is not outstanding");
        return;
    }
    buffer->outstanding = false;
    if (packet->status != NDIS_STATUS_SUCCESS) {
        take_back(transport, buffer);
        return;
    }
    count_sent(transport, buffer);
    free_buffer(transport, buffer);
}
