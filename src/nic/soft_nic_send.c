// SPDX-License-Identifier: BSD-2-Clause
/* soft_nic_send.c: the soft NIC as packets see it that are sent. */
#include "nic/soft_nic_private.h"

#include "ipsec/wire.h"

/* Reads a frame, whose IP header has to be where the sender says it is. */
static bool parse_frame(const sao_packet *packet, const uint8_t *frame, uint32_t length,
                        sao_packet_info *info)
{
    if (frame == NULL)
        return false;
    if (packet->ip_offset == 0)
        return sao_packet_parse(frame, length, info) == SAO_PARSE_OK;
    return sao_frame_parse(frame, length, info) == SAO_PARSE_OK &&
           info->ip_offset == packet->ip_offset;
}

/* The same for what is to be sent: its frame, NULL if it cannot be read. Of a large packet the
 * first segment says what it is. */
static const uint8_t *parse_outgoing(sao_soft_nic *nic, const sao_packet *packet,
                                     sao_packet_info *info)
{
    sao_nic_large large;
    const uint8_t *frame;

    if (!sao_nic_is_large(packet)) {
        frame = sao_nic_gather(nic, packet);
        return parse_frame(packet, frame, sao_packet_size(packet), info) ? frame : NULL;
    }
    if (!sao_nic_large_read(nic, packet, &large))
        return NULL;
    frame = sao_nic_large_cut(nic, &large, 0);
    return parse_frame(packet, frame, large.length, info) && !info->ipv6_extensions ? frame : NULL;
}

static void send_failed(sao_soft_nic *nic, sao_packet *packet, NDIS_STATUS status)
{
    nic->counters.send_failed++;
    packet->status = status;
    if (nic->protocol.ops != NULL) /* else nobody is bound who could have sent it */
        nic->protocol.ops->send_complete(nic->protocol.context, packet);
}

/* The NET_BUFFER, under the OOB data of its list (OOB-1). */
static sao_packet of_list(const sao_packet *list, const sao_packet *buffer)
{
    sao_packet one = *list;

    one.data = buffer->data;
    one.length = buffer->length;
    one.capacity = buffer->capacity;
    one.more = buffer->more;
    one.ip_offset = buffer->ip_offset;
    return one;
}

/* What the adapter says of the list; in flight if it is SUCCESS. */
static NDIS_STATUS decide(sao_soft_nic *nic, sao_packet *packet)
{
    NDIS_HANDLE handle = packet->ipsec.Transmit.OffloadHandle;
    NDIS_HANDLE tunnel = packet->tunnel.Transmit.TunnelHandle;
    sao_packet_info info;
    const bool parsed = parse_outgoing(nic, packet, &info) != NULL;

    if (sao_nic_is_large(packet) && handle == NULL)
        return NDIS_STATUS_FAILURE; /* the NIC cuts only what it protects (LSO-1) */
    /* What cannot be read cannot be protected (TX-2); without a handle it may be anything. */
    return sao_adapter_send(nic->adapter, SAO_NIC_QUEUE, parsed ? &info : NULL, handle, tunnel,
                            &packet->flight);
}

/* The low half of the sequence number in the outermost IPsec header. */
static uint32_t low_half(const uint8_t *frame, const sao_packet_info *info)
{
    const uint8_t *header = frame + info->ip_offset + info->ipsec_offset;

    return wire_load32(header + (info->protocol[0] == SAO_PROTOCOL_AH ? 8 : 4));
}

/* Numbers so far apart belong to different high halves, and a list has but one (UPD-1). */
static bool wraps_between(uint32_t a, uint32_t b)
{
    return (a > b ? a - b : b - a) > INT32_MAX;
}

/* May all buffers of a list leave as the first one (OOB-1)? */
static bool siblings_fit(sao_soft_nic *nic, const sao_packet *packet)
{
    const sao_flight *flight = &packet->flight;
    const sao_bundle *outermost = flight->tunnel != NULL ? flight->tunnel : flight->bundle;
    uint32_t first = 0;

    if (outermost == NULL)
        return true; /* they may be anything */
    for (const sao_packet *at = packet; at != NULL; at = at->sibling) {
        const sao_packet one = of_list(packet, at);
        sao_packet_info info;
        const uint8_t *frame = parse_outgoing(nic, &one, &info);

        if (frame == NULL ||
            sao_adapter_send_sibling(nic->adapter, &info, flight) != NDIS_STATUS_SUCCESS)
            return false;
        if (at == packet)
            first = low_half(frame, &info);
        if (outermost->sa[outermost->sa_count - 1u].esn &&
            wraps_between(first, low_half(frame, &info)))
            return false;
    }
    return true;
}

/*
 * The packet is sealed when it is transmitted, not here: until then it is in flight and its
 * bundle's context has to stay, which is what DEL-7 promises. The high half of the sequence
 * number is that of now (UPD-1); it waits in the flight.
 */
void sao_nic_send(void *miniport, sao_packet *packet)
{
    sao_soft_nic *nic = miniport;
    NDIS_STATUS status;

    SAO_MEMSET(&packet->flight, 0, sizeof packet->flight);
    status = decide(nic, packet);
    if (status == NDIS_STATUS_SUCCESS && packet->sibling != NULL && !siblings_fit(nic, packet)) {
        sao_adapter_send_done(nic->adapter, &packet->flight);
        status = NDIS_STATUS_FAILURE;
    }
    if (status != NDIS_STATUS_SUCCESS) {
        send_failed(nic, packet, status);
        return;
    }
    packet->due = nic->now + nic->config.send_latency;
    sao_nic_append(&nic->sends, packet);
    if (nic->config.send_latency == 0)
        sao_nic_transmit_next(nic);
}

bool sao_nic_is_hopeless(const sao_soft_nic *nic, const sao_packet *packet)
{
    const sao_flight *flight = &packet->flight;

    return (flight->bundle != NULL && !nic->bundles[flight->bundle->index].hardware.alive) ||
           (flight->tunnel != NULL && !nic->bundles[flight->tunnel->index].hardware.alive);
}

/* The packet inside of a tunnel has to be framed for the bundle that it names (TX-4). */
static bool seal_inside(sao_soft_nic *nic, const sao_flight *flight, const sao_nic_part *tunnel)
{
    sao_packet_info info;
    sao_nic_part part;
    uint8_t *ip;

    if (!sao_nic_part_inside(tunnel, &ip, &info) ||
        sao_adapter_send_inner(nic->adapter, &info, flight) != NDIS_STATUS_SUCCESS)
        return false;
    sao_nic_part_init(&part, nic, flight->bundle, flight->sequence_high, ip, info.ip_length);
    return sao_nic_part_locate(&part) && sao_nic_is_transport(part.layout[0].next_header) &&
           sao_nic_part_seal(nic, &part);
}

/* All is located before anything is sealed: a packet of another SA must not use up a sequence
 * number of this one. */
static bool seal(sao_soft_nic *nic, const sao_packet *packet, uint8_t *frame)
{
    const sao_flight *flight = &packet->flight;
    const bool tunnel = flight->tunnel != NULL;
    sao_packet_info info;
    sao_nic_part part;

    if (!parse_frame(packet, frame, sao_packet_size(packet), &info))
        return false;
    sao_nic_part_init(&part, nic, tunnel ? flight->tunnel : flight->bundle,
                      tunnel ? flight->tunnel_high : flight->sequence_high,
                      frame + packet->ip_offset, info.ip_length);
    if (!sao_nic_part_locate(&part))
        return false;
    if (!tunnel && !nic->config.capabilities.Transport &&
        sao_nic_is_transport(part.layout[0].next_header))
        return false; /* a mode that the capabilities exclude */
    return (!tunnel || seal_inside(nic, flight, &part)) && sao_nic_part_seal(nic, &part);
}

/* The wire gets a frame in one piece. */
static void transmit(sao_soft_nic *nic, const sao_packet *packet, uint8_t *frame, uint32_t length)
{
    sao_packet whole = *packet;

    if (packet->flight.bundle != NULL)
        nic->counters.sealed++;
    else
        nic->counters.sent_plain++;
    whole.data = frame;
    whole.length = whole.capacity = length;
    whole.more = NULL;
    nic->config.wire.transmit(nic->config.wire.context, frame == packet->data ? packet : &whole);
}

/* False for one that must not leave: what was to be protected and is not (TX-2). */
static bool send_whole(sao_soft_nic *nic, const sao_packet *packet)
{
    uint8_t *frame = sao_nic_gather(nic, packet);

    if (frame == NULL || (packet->flight.bundle != NULL && !seal(nic, packet, frame)))
        return false;
    transmit(nic, packet, frame, sao_packet_size(packet));
    return true;
}

/* Each segment is cut anew from the host's memory: the wire may give the NIC other things to do.
 * What would be wrong with one of them is so with the first, but for a number that has been used.
 */
static bool send_large(sao_soft_nic *nic, const sao_packet *packet)
{
    sao_nic_large large;

    if (!sao_nic_large_read(nic, packet, &large))
        return false;
    for (uint32_t n = 0; n < large.count; n++) {
        uint8_t *frame = sao_nic_large_cut(nic, &large, n);

        if (frame == NULL || !sao_nic_large_seal(nic, &large, n))
            return false;
        transmit(nic, packet, frame, large.length);
    }
    return true;
}

void sao_nic_refuse(sao_soft_nic *nic, sao_packet *packet, NDIS_STATUS status)
{
    sao_adapter_send_done(nic->adapter, &packet->flight);
    send_failed(nic, packet, status);
}

static bool send_buffer(sao_soft_nic *nic, const sao_packet *packet)
{
    return sao_nic_is_large(packet) ? send_large(nic, packet) : send_whole(nic, packet);
}

/* One after the other; the status is that of all (OOB-1). */
static bool send_siblings(sao_soft_nic *nic, const sao_packet *packet)
{
    for (const sao_packet *at = packet->sibling; at != NULL; at = at->sibling) {
        const sao_packet one = of_list(packet, at);

        if (!send_buffer(nic, &one))
            return false;
    }
    return true;
}

void sao_nic_transmit_next(sao_soft_nic *nic)
{
    sao_packet *packet = sao_nic_take(&nic->sends);

    if (!send_buffer(nic, packet) || !send_siblings(nic, packet)) {
        sao_nic_refuse(nic, packet, NDIS_STATUS_FAILURE);
        return;
    }
    sao_adapter_send_done(nic->adapter, &packet->flight);
    packet->status = NDIS_STATUS_SUCCESS;
    nic->protocol.ops->send_complete(nic->protocol.context, packet);
}
