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

static uint64_t sequence_limit(const sao_association *association)
{
    return association->esn ? SEQUENCE_MAX_ESN : UINT32_MAX;
}

uint32_t sao_transport_next_high(const sao_association *association)
{
    const uint64_t last = association->sequence;

    return sao_high_half(last < sequence_limit(association) ? last + 1u : last);
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

/* ---- one packet ------------------------------------------------------------------------ */

static void write_mac_header(const sao_transport *transport, const sao_association *association,
                             uint8_t *frame)
{
    const uint8_t ipv4[2] = {0x08, 0x00};
    const uint8_t ipv6[2] = {0x86, 0xDD};

    SAO_MEMCPY(frame, transport->config.peer_mac, 6);
    SAO_MEMCPY(frame + 6, transport->config.mac, 6);
    SAO_MEMCPY(frame + 12, association->ip_version == 6 ? ipv6 : ipv4, 2);
}

/* Frames buffer->inner under the next sequence number. */
static NDIS_STATUS frame_packet(const sao_transport *transport, const sao_association *association,
                                sao_send_buffer *buffer)
{
    sao_packet *packet = &buffer->packet;
    uint8_t *ip = packet->data + SAO_MAC_HEADER_LENGTH;
    size_t length = buffer->inner_length;
    NDIS_STATUS status;

    if (association->sequence >= sequence_limit(association))
        return NDIS_STATUS_INVALID_PARAMETER;
    SAO_MEMCPY(ip, buffer->inner, length);
    status = sao_ipsec_frame(&association->half[SAO_OUT].sa, association->sequence + 1u, ip,
                             &length, packet->capacity - SAO_MAC_HEADER_LENGTH);
    if (status != NDIS_STATUS_SUCCESS)
        return status == NDIS_STATUS_BUFFER_TOO_SHORT ? NDIS_STATUS_INVALID_LENGTH : status;
    write_mac_header(transport, association, packet->data);
    packet->length = SAO_MAC_HEADER_LENGTH + (uint32_t)length;
    packet->ip_offset = SAO_MAC_HEADER_LENGTH;
    packet->status = NDIS_STATUS_PENDING;
    SAO_MEMSET(&packet->ipsec, 0, sizeof packet->ipsec);
    SAO_MEMSET(&packet->tunnel, 0, sizeof packet->tunnel);
    SAO_MEMSET(&packet->header, 0, sizeof packet->header);
    return NDIS_STATUS_SUCCESS;
}

/* Only once the add is complete (ADD-13), and with the high half that the NIC knows (UPD-1). */
static bool nic_can_seal(const sao_transport *transport, const sao_association *association)
{
    const sao_half *out = &association->half[SAO_OUT];

    return out->state == SAO_HALF_LIVE && !out->lost && !transport->esp_off &&
           (!association->esn || out->sequence_high == sao_high_half(association->sequence));
}

/* Asks the NIC to do it: the handle, and where things are (TX-4, TX-5). */
static void mark_for_nic(const sao_association *association, sao_packet *packet)
{
    const sao_half *out = &association->half[SAO_OUT];
    const uint8_t *trailer = packet->data + packet->length - out->sa.icv_length - 2u;

    packet->ipsec.Transmit.OffloadHandle = out->handle;
    packet->header.Transmit.PadLength = trailer[0];
    packet->header.Transmit.NextHeader = trailer[1];
    packet->header.Transmit.EspHeaderOffset = (association->ip_version == 6 ? 40u : 20u) / 4u;
}

static NDIS_STATUS seal_in_software(const sao_transport *transport,
                                    const sao_association *association, sao_packet *packet)
{
    const sao_ipsec_sa *sa = &association->half[SAO_OUT].sa;
    const uint64_t number = (uint64_t)transport->config.epoch << 48 | association->sequence;
    uint8_t iv[SAO_IV_MAX];
    const NDIS_STATUS status = sao_ipsec_make_iv(sa, number, iv);

    if (status != NDIS_STATUS_SUCCESS)
        return status;
    return sao_ipsec_seal(sa, sao_high_half(association->sequence), iv,
                          packet->data + packet->ip_offset, packet->length - packet->ip_offset);
}

/* Protects buffer->inner and hands it to the miniport. After SUCCESS nothing may be touched. */
static NDIS_STATUS launch(sao_transport *transport, sao_association *association,
                          sao_send_buffer *buffer)
{
    const sao_miniport *miniport = &transport->config.miniport;
    NDIS_STATUS status = frame_packet(transport, association, buffer);

    if (status != NDIS_STATUS_SUCCESS)
        return status;
    association->sequence++; /* used up, whatever comes */
    buffer->offloaded = !buffer->software && nic_can_seal(transport, association);
    if (buffer->offloaded)
        mark_for_nic(association, &buffer->packet);
    else
        status = seal_in_software(transport, association, &buffer->packet);
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

        transport->counters.sends_repeated++;
        if (launch(transport, association, buffer) != NDIS_STATUS_SUCCESS)
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
static NDIS_STATUS launch_in_order(sao_transport *transport, sao_association *association,
                                   sao_send_buffer *buffer)
{
    NDIS_STATUS status;

    if (transport->kept == NULL)
        return launch(transport, association, buffer);
    status = frame_packet(transport, association, buffer); /* only to see if it can be */
    if (status == NDIS_STATUS_SUCCESS)
        keep(transport, association, buffer);
    return status;
}

NDIS_STATUS sao_transport_send(sao_transport *transport, uint32_t id, const uint8_t *packet,
                               size_t length)
{
    sao_association *association = sao_transport_find(transport, id);
    sao_send_buffer *buffer;
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
    association->sent++;
    status = launch_in_order(transport, association, buffer);
    if (status != NDIS_STATUS_SUCCESS) {
        association->sent--;
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

/* The NIC does not know the handle of a live bundle. After a reset it may have lost it, and then it
 * is of no use (RST-3); else it works until its own DELETE, whatever was wished of its other half
 * (DEL-2). */
static void check_refused_handle(sao_transport *transport, sao_association *association,
                                 const sao_send_buffer *buffer)
{
    sao_half *out = &association->half[SAO_OUT];

    if (!sao_half_is_live(out) || !buffer->offloaded ||
        buffer->packet.ipsec.Transmit.OffloadHandle != out->handle ||
        buffer->packet.status != NDIS_STATUS_FAILURE)
        return;
    if (sao_half_may_be_lost(transport, out)) {
        out->lost = true;
        association->delete_wanted = true;
    } else if (association->delete_wished) {
        sao_transport_violation(transport, "DEL-2",
                                "after SaDeleteReq a send failed before its bundle's delete");
    }
}

/* A send that did not leave: once more, in software if it was the handle that was refused. */
static void take_back(sao_transport *transport, sao_send_buffer *buffer)
{
    const bool passing = is_passing(buffer->packet.status);
    sao_association *association = sao_transport_find(transport, buffer->association);

    transport->counters.send_errors++;
    if (association != NULL)
        check_refused_handle(transport, association, buffer);
    if (association == NULL || sao_transport_is_gone(transport) ||
        (!passing && !buffer->offloaded)) {
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
    if (buffer->offloaded)
        transport->counters.offloaded_tx++;
    else
        transport->counters.software_tx++;
    free_buffer(transport, buffer);
}
