// SPDX-License-Identifier: BSD-2-Clause
/* soft_nic_receive.c: the soft NIC as packets see it that are received. */
#include "nic/soft_nic_private.h"

#include <saoffload/oob.h>

/* What processing a packet has shown. */
typedef struct outcome {
    uint32_t payloads; /* 0: it is what it was, and goes up untouched */
    uint16_t crypto_status;
    sao_ipsec_result innermost; /* meaningful with CRYPTO_SUCCESS */
} outcome;

static bool mode_excluded(const sao_soft_nic *nic, uint8_t next_header)
{
    return !nic->config.capabilities.Transport && sao_nic_is_transport(next_header);
}

/*
 * The packet inside of a tunnel, if there is a bundle for it (TX-4, RX-3). A tunnel in a tunnel is
 * no form that there is: what is inside stays as it came, and only the tunnel part counts.
 */
static void open_inside(sao_soft_nic *nic, sao_flight *flight, const sao_nic_part *tunnel,
                        outcome *shown)
{
    sao_packet_info info;
    sao_nic_part part;
    uint16_t crypto_status;
    uint8_t *ip;

    if (!sao_nic_part_inside(tunnel, &ip, &info) ||
        sao_adapter_receive_inner(nic->adapter, &info, flight) != SAO_RECEIVE_PROCESS)
        return;
    sao_nic_part_init(&part, nic, flight->bundle, flight->sequence_high, ip, info.ip_length);
    if (sao_nic_part_is_ah(&part) && !sao_nic_is_transport(ip[info.ipsec_offset]))
        return;
    crypto_status = sao_nic_part_open(&part);
    if (crypto_status == CRYPTO_SUCCESS && !sao_nic_is_transport(part.result[0].next_header)) {
        sao_nic_part_close(&part);
        return;
    }
    if (crypto_status == CRYPTO_SUCCESS)
        sao_nic_part_count(&part);
    *shown = (outcome){2, crypto_status, part.result[0]};
}

/*
 * Opens the packet. Every outcome is reported, and a CryptoStatus means nothing without CryptoDone,
 * so each counts as one payload checked (RX-1, RX-3, RX-4). But for ESP only decryption shows the
 * mode; a packet of one that is excluded becomes again what it was (RX-2).
 */
static outcome open_packet(sao_soft_nic *nic, sao_packet *packet, const sao_packet_info *info)
{
    outcome shown = {.payloads = 0};
    sao_nic_part part;

    sao_nic_part_init(&part, nic, packet->flight.bundle, packet->flight.sequence_high,
                      packet->data + info->ip_offset, info->ip_length);
    if (sao_nic_part_is_ah(&part) && info->protocol[0] == SAO_PROTOCOL_AH &&
        mode_excluded(nic, part.ip[info->ipsec_offset]))
        return shown;
    shown.crypto_status = sao_nic_part_open(&part);
    if (shown.crypto_status == CRYPTO_SUCCESS && mode_excluded(nic, part.result[0].next_header)) {
        sao_nic_part_close(&part);
        return shown;
    }
    shown.payloads = 1;
    if (shown.crypto_status != CRYPTO_SUCCESS)
        return shown;
    sao_nic_part_count(&part);
    shown.innermost = part.result[0];
    open_inside(nic, &packet->flight, &part, &shown);
    return shown;
}

/* Writes the OOB data of a packet that was processed. */
static void report(sao_soft_nic *nic, sao_packet *packet, const outcome *shown, uint32_t length)
{
    const sao_ipsec_result *innermost = &shown->innermost;

    if (shown->crypto_status == CRYPTO_SUCCESS) {
        nic->counters.opened++;
        sao_oob_set_header(&packet->header,
                           (sao_oob_header){innermost->next_header, innermost->pad_length, true});
    } else {
        nic->counters.open_failed++;
    }
    sao_adapter_receive_done(nic->adapter, &packet->flight, shown->crypto_status, shown->payloads,
                             length, &packet->ipsec);
}

static void process(sao_soft_nic *nic, sao_packet *packet, const sao_packet_info *info)
{
    const outcome shown = open_packet(nic, packet, info);

    if (shown.payloads > 0)
        report(nic, packet, &shown, info->ip_length);
    else
        nic->counters.untouched++;
}

void sao_soft_nic_receive(sao_soft_nic *nic, sao_packet *packet)
{
    sao_packet_info info;
    sao_receive_action action;

    SAO_MEMSET(&packet->ipsec, 0, sizeof packet->ipsec);
    SAO_MEMSET(&packet->tunnel, 0, sizeof packet->tunnel);
    SAO_MEMSET(&packet->header, 0, sizeof packet->header);
    SAO_MEMSET(&packet->flight, 0, sizeof packet->flight);
    /* What cannot be read has no IPsec header in sight; the adapter still says if it goes up. */
    if (sao_frame_parse(packet->data, packet->length, &info) != SAO_PARSE_OK)
        SAO_MEMSET(&info, 0, sizeof info);
    packet->ip_offset = info.ip_offset;

    action = sao_adapter_receive(nic->adapter, SAO_NIC_QUEUE, &info, &packet->flight);
    if (action == SAO_RECEIVE_DROP) {
        nic->config.wire.release(nic->config.wire.context, packet);
        return;
    }
    if (action == SAO_RECEIVE_PROCESS)
        process(nic, packet, &info);
    else
        nic->counters.untouched++;
    if (action == SAO_RECEIVE_LOST) /* it may ask for the bundle's delete (RST-3) */
        sao_adapter_receive_done(nic->adapter, &packet->flight, CRYPTO_SUCCESS, 0, info.ip_length,
                                 &packet->ipsec);
    packet->due = nic->now + nic->config.receive_latency;
    sao_nic_append(&nic->receives, packet);
    if (nic->config.receive_latency == 0)
        sao_nic_indicate_next(nic);
}

/*
 * The flight ends just before the call: the NIC is through with the bundle, and the transport
 * may well give the packet back, or delete the bundle, from inside of it. No pause can have
 * completed since the packet came: it counts as held from its lookup on (PNP-2).
 */
void sao_nic_indicate_next(sao_soft_nic *nic)
{
    sao_packet *packet = sao_nic_take(&nic->receives);

    sao_adapter_receive_indicated(nic->adapter, &packet->flight);
    nic->protocol.ops->indicate(nic->protocol.context, packet);
}

/* Not what comes in meanwhile: a transport may answer what it gets with what it gets back. */
void sao_nic_indicate_all(sao_soft_nic *nic)
{
    const sao_packet *last = nic->receives.tail;
    const sao_packet *head;

    while ((head = nic->receives.head) != NULL) {
        sao_nic_indicate_next(nic);
        if (head == last)
            break;
    }
}

void sao_nic_return_packet(void *miniport, sao_packet *packet)
{
    sao_soft_nic *nic = miniport;

    sao_adapter_receive_returned(nic->adapter, SAO_NIC_QUEUE);
    nic->config.wire.release(nic->config.wire.context, packet);
}
