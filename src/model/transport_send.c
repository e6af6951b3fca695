// SPDX-License-Identifier: BSD-2-Clause
/*
 * transport_send.c: what is sent, and what comes back.
 *
 * What comes back is kept and sent anew, under a new number: at once in software when the NIC could
 * not honour the handle, else when the miniport is back. What is given meanwhile waits behind it,
 * so nothing overtakes.
 */
#include "model/transport_internal.h"

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

/* Protects buffer->inner and hands it to the miniport. After SUCCESS nothing may be touched. */
static NDIS_STATUS launch(sao_transport *transport, const sao_layers *layers,
                          sao_send_buffer *buffer)
{
    const sao_miniport *miniport = &transport->config.miniport;
    const NDIS_STATUS status = sao_transport_wrap(transport, layers, buffer);

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
    status = sao_transport_try_wrap(transport, layers, buffer);
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
