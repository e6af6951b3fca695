// SPDX-License-Identifier: BSD-2-Clause
/*
 * driver_packet.c: packets between NDIS and the NIC, by the adapter's decisions.
 *
 * A packet is in flight from the decision (sao_adapter_send, sao_adapter_receive) until NDIS has
 * been told (..._send_done, ..._receive_indicated). As long as it is, the NIC keeps its bundle,
 * whatever is deleted meanwhile (DEL-7); each path through this file ends a flight exactly once.
 */
#include "driver.h"

#include <string.h>

#define QUEUE 0u /* the NIC has one queue each way */

/* Where the IP packet is for the NIC. */
static void set_frame(nic_command *command, const ndis_packet *packet, const sao_packet_info *info)
{
    command->length = packet->length;
    command->ip_offset = info->ip_offset;
}

/* ---- sending --------------------------------------------------------------------------- */

static driver_send *take_send(driver *d, ndis_packet *packet)
{
    driver_send *send = NULL;

    ndis_acquire(&d->send_lock);
    for (uint32_t i = 0; i < DRIVER_SENDS && send == NULL; i++)
        if (d->sends[i].packet == NULL)
            send = &d->sends[i];
    if (send != NULL)
        send->packet = packet;
    ndis_release(&d->send_lock);
    return send;
}

static void free_send(driver *d, driver_send *send)
{
    ndis_acquire(&d->send_lock);
    send->packet = NULL;
    ndis_release(&d->send_lock);
}

static void finish_send(driver *d, driver_send *send, NDIS_STATUS status)
{
    ndis_packet *packet = send->packet;

    sao_adapter_send_done(d->adapter, &send->flight);
    free_send(d, send);
    packet->status = status;
    ndis_send_complete(d->ndis, packet);
}

/* Asks the adapter: SUCCESS and a flight, or why the packet must not leave. */
static NDIS_STATUS decide_send(driver *d, const ndis_packet *packet, sao_packet_info *info,
                               sao_flight *flight)
{
    NDIS_HANDLE handle = packet->ipsec.Transmit.OffloadHandle;
    NDIS_HANDLE tunnel = packet->tunnel.Transmit.TunnelHandle;
    const bool parsed = sao_frame_parse(packet->data, packet->length, info) == SAO_PARSE_OK;

    if (!parsed) {
        memset(info, 0, sizeof *info);
        if (handle != NULL || tunnel != NULL) /* what cannot be read cannot be protected (TX-2) */
            return NDIS_STATUS_FAILURE;
    }
    return sao_adapter_send(d->adapter, QUEUE, info, handle, tunnel, flight);
}

static void refuse_send(driver *d, ndis_packet *packet, NDIS_STATUS status)
{
    packet->status = status;
    ndis_send_complete(d->ndis, packet);
}

void driver_send_packet(void *context, ndis_packet *packet)
{
    driver *d = context;
    driver_send *send = take_send(d, packet);
    nic_command command = {.opcode = NIC_SEND, .sa = NIC_NO_SA};
    sao_packet_info info;
    NDIS_STATUS status;

    if (send == NULL) { /* a real driver would queue it */
        refuse_send(d, packet, NDIS_STATUS_RESOURCES);
        return;
    }
    status = decide_send(d, packet, &info, &send->flight);
    if (status != NDIS_STATUS_SUCCESS) {
        free_send(d, send);
        refuse_send(d, packet, status);
        return;
    }
    set_frame(&command, packet, &info);
    command.cookie[0] = (uint32_t)(send - d->sends);
    if (send->flight.bundle != NULL) {
        command.sa = send->flight.bundle->index;
        ndis_acquire(&d->ring_lock);
        command.iv_low = (uint32_t)d->next_iv;
        command.iv_high = (uint32_t)(d->next_iv >> 32);
        d->next_iv++;
        ndis_release(&d->ring_lock);
    }
    driver_command(d, command, packet->data);
}

void driver_sent(driver *d, const nic_completion *completion)
{
    finish_send(d, &d->sends[completion->cookie[0]],
                completion->status == NIC_OK ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE);
}

/* ---- receiving ------------------------------------------------------------------------- */

static void post(driver *d, driver_receive *receive)
{
    const nic_command command = {.opcode = NIC_POST,
                                 .cookie = {(uint32_t)(receive - d->receives), 0},
                                 .length = sizeof receive->frame};

    receive->state = d->on ? DRIVER_BUFFER_POSTED : DRIVER_BUFFER_NONE;
    if (d->on)
        driver_command(d, command, receive->frame);
}

void driver_post_buffers(driver *d)
{
    for (uint32_t i = 0; i < DRIVER_RECEIVES; i++)
        if (d->receives[i].state == DRIVER_BUFFER_NONE)
            post(d, &d->receives[i]);
}

/* The flight ends before the transport may give the packet back, or delete its bundle, from
 * within. A pause still waits for the packet, until it is returned (PNP-2). */
static void indicate(driver *d, driver_receive *receive)
{
    receive->state = DRIVER_BUFFER_INDICATED;
    sao_adapter_receive_indicated(d->adapter, &receive->flight);
    ndis_indicate_receive(d->ndis, &receive->packet);
}

void driver_received(driver *d, const nic_completion *completion)
{
    driver_receive *receive = &d->receives[completion->cookie[0]];
    nic_command command = {.opcode = NIC_OPEN, .cookie = {completion->cookie[0], 0}};
    sao_packet_info info;

    receive->packet = (ndis_packet){
        .data = receive->frame, .length = completion->length, .miniport_reserved = receive};
    /* What cannot be read has no IPsec header in sight; the adapter still says if it goes up. */
    if (sao_frame_parse(receive->frame, completion->length, &info) != SAO_PARSE_OK)
        memset(&info, 0, sizeof info);
    receive->ip_length = info.ip_length;

    switch (sao_adapter_receive(d->adapter, QUEUE, &info, &receive->flight)) {
    case SAO_RECEIVE_PROCESS:
        receive->state = DRIVER_BUFFER_OPENING;
        set_frame(&command, &receive->packet, &info);
        command.sa = receive->flight.bundle->index;
        command.length = info.ip_offset + info.ip_length; /* without Ethernet's padding */
        driver_command(d, command, receive->frame);
        return;
    case SAO_RECEIVE_DROP:
        post(d, receive);
        return;
    case SAO_RECEIVE_LOST: /* untouched, but it may ask for its bundle's delete (RST-3) */
        sao_adapter_receive_done(d->adapter, &receive->flight, CRYPTO_SUCCESS, 0, info.ip_length,
                                 &receive->packet.ipsec);
        break;
    case SAO_RECEIVE_NOT_IPSEC:
    case SAO_RECEIVE_NO_BUNDLE:
    case SAO_RECEIVE_EXCLUDED:
        break;
    }
    indicate(d, receive);
}

/* The next packet of the bundle to be indicated, which is this very one, carries SaDeleteReq. */
static void wish_delete(driver *d, const sao_bundle *bundle)
{
    const NDIS_STATUS status = sao_adapter_wish_delete(d->adapter, bundle->handle);

    (void)status; /* refused if its DELETE is here already: nothing to wish for any more */
}

void driver_opened(driver *d, const nic_completion *completion)
{
    driver_receive *receive = &d->receives[completion->cookie[0]];

    /* A forged packet gives nobody a say in what is deleted. */
    if ((completion->flags & NIC_WISH) != 0 && completion->status == CRYPTO_SUCCESS)
        wish_delete(d, receive->flight.bundle);
    sao_adapter_receive_done(d->adapter, &receive->flight, (uint16_t)completion->status, 1,
                             receive->ip_length, &receive->packet.ipsec);
    if (completion->status == CRYPTO_SUCCESS) /* RX-7 */
        sao_oob_set_header(&receive->packet.header,
                           (sao_oob_header){(uint8_t)completion->next_header,
                                            (uint8_t)completion->pad_length, true});
    indicate(d, receive);
}

void driver_return_packet(void *context, ndis_packet *packet)
{
    driver *d = context;
    driver_receive *receive = packet->miniport_reserved;

    sao_adapter_receive_returned(d->adapter, QUEUE);
    post(d, receive);
    ndis_queue_dpc(d->ndis); /* a pause may have waited for this one */
}

/* ---- when the NIC has forgotten everything --------------------------------------------- */

static void flush_receive(driver *d, driver_receive *receive, bool up)
{
    if (receive->state == DRIVER_BUFFER_POSTED)
        receive->state = DRIVER_BUFFER_NONE;
    if (receive->state != DRIVER_BUFFER_OPENING)
        return;
    if (up) { /* the frame is still as it came (RX-2) */
        indicate(d, receive);
        return;
    }
    receive->state = DRIVER_BUFFER_NONE;
    sao_adapter_receive_indicated(d->adapter, &receive->flight);
    sao_adapter_receive_returned(d->adapter, QUEUE);
}

void driver_flush_packets(driver *d, NDIS_STATUS status, bool up)
{
    for (uint32_t i = 0; i < DRIVER_SENDS; i++)
        if (d->sends[i].packet != NULL)
            finish_send(d, &d->sends[i], status);
    for (uint32_t i = 0; i < DRIVER_RECEIVES; i++)
        flush_receive(d, &d->receives[i], up);
}
