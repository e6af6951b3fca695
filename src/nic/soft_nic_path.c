// SPDX-License-Identifier: BSD-2-Clause
/* soft_nic_path.c: the soft NIC as packets see it: sending and receiving. */
#include "nic/soft_nic_private.h"

#include <saoffload/oob.h>

/* One queue of the adapter serves everything: the NIC is used by one thread at a time. */
#define QUEUE 0u

/* No next header: a dummy packet, which only tunnel mode fills traffic up with (RFC 4303). */
#define PROTOCOL_NONE 59u

#define ESP_SEQUENCE_AT 4u
#define ESP_IV_AT 8u

/* What an IV is made from: epoch, then the lower 48 bits of the sequence number. */
#define IV_SEQUENCE_BITS 48u

/* ---- what both ways ask of a packet ---------------------------------------------------- */

static sao_nic_bundle *bundle_of(sao_soft_nic *nic, const sao_packet *packet)
{
    return &nic->bundles[packet->flight.bundle->index];
}

static bool is_transport_payload(uint8_t next_header)
{
    return next_header != SAO_PROTOCOL_IPV4 && next_header != SAO_PROTOCOL_IPV6 &&
           next_header != PROTOCOL_NONE;
}

/* ---- sending --------------------------------------------------------------------------- */

/* Reads the frame, whose IP header has to be where the sender says it is. */
static bool parse_outgoing(const sao_packet *packet, sao_packet_info *info)
{
    if (packet->ip_offset == 0)
        return sao_packet_parse(packet->data, packet->length, info) == SAO_PARSE_OK;
    return sao_frame_parse(packet->data, packet->length, info) == SAO_PARSE_OK &&
           info->ip_offset == packet->ip_offset;
}

static void send_failed(sao_soft_nic *nic, sao_packet *packet, NDIS_STATUS status)
{
    nic->counters.send_failed++;
    packet->status = status;
    if (nic->protocol.ops != NULL) /* else nobody is bound who could have sent it */
        nic->protocol.ops->send_complete(nic->protocol.context, packet);
}

/*
 * The packet is sealed when it is transmitted, not here: until then it is in flight and its
 * bundle's context has to stay, which is what DEL-7 promises. The high half of the sequence
 * number is that of now (UPD-1); it waits in the flight.
 */
void sao_nic_send(void *miniport, sao_packet *packet)
{
    sao_soft_nic *nic = miniport;
    NDIS_HANDLE handle = packet->ipsec.Transmit.OffloadHandle;
    NDIS_HANDLE tunnel = packet->tunnel.Transmit.TunnelHandle;
    sao_packet_info info;
    const bool parsed = parse_outgoing(packet, &info);
    NDIS_STATUS status = NDIS_STATUS_FAILURE;

    SAO_MEMSET(&packet->flight, 0, sizeof packet->flight);
    /* What cannot be read cannot be protected (TX-2); without a handle it may be anything. */
    if (parsed || (handle == NULL && tunnel == NULL))
        status = sao_adapter_send(nic->adapter, QUEUE, parsed ? &info : NULL, handle, tunnel,
                                  &packet->flight);
    if (status != NDIS_STATUS_SUCCESS) {
        send_failed(nic, packet, status);
        return;
    }
    packet->due = nic->now + nic->config.send_latency;
    sao_nic_append(&nic->sends, packet);
    if (nic->config.send_latency == 0)
        sao_nic_transmit_next(nic);
}

/* False for a packet whose mode the capabilities exclude; the trailer is still readable. */
static bool mode_allowed(const sao_soft_nic *nic, const sao_ipsec_sa *sa, const uint8_t *packet,
                         const sao_packet_info *info)
{
    if (nic->config.capabilities.Transport)
        return true;
    return info->ip_length > sa->icv_length &&
           !is_transport_payload(packet[info->ip_length - sa->icv_length - 1u]);
}

static uint64_t sequence_of(const sao_ipsec_sa *sa, uint32_t sequence_high, const uint8_t *esp)
{
    uint64_t sequence = sa->esn ? sequence_high : 0;

    for (uint32_t i = 0; i < 4; i++)
        sequence = sequence << 8 | esp[ESP_SEQUENCE_AT + i];
    return sequence;
}

/* Makes the packet's IV; false if it would be, or might be, one that was used (TX-3). */
static bool make_iv(sao_soft_nic *nic, sao_nic_bundle *bundle, uint64_t sequence,
                    uint8_t iv[SAO_IV_MAX])
{
    const uint64_t number = (uint64_t)nic->config.epoch << IV_SEQUENCE_BITS | sequence;

    if (bundle->hardware.sa.iv_length == 0)
        return true;
    if (sequence >> IV_SEQUENCE_BITS != 0 || !sao_iv_window_take(&bundle->window, sequence)) {
        nic->counters.repeated_sequences++;
        return false;
    }
    return sao_ipsec_make_iv(&bundle->hardware.sa, number, iv) == NDIS_STATUS_SUCCESS;
}

bool sao_nic_is_hopeless(const sao_soft_nic *nic, const sao_packet *packet)
{
    const sao_bundle *bundle = packet->flight.bundle;

    return bundle != NULL && !nic->bundles[bundle->index].hardware.alive;
}

static bool seal(sao_soft_nic *nic, sao_packet *packet)
{
    sao_nic_bundle *bundle = bundle_of(nic, packet);
    const sao_ipsec_sa *sa = &bundle->hardware.sa;
    const uint32_t sequence_high = packet->flight.sequence_high[0];
    uint8_t *ip = packet->data + packet->ip_offset;
    uint8_t iv[SAO_IV_MAX];
    sao_packet_info info;

    /* The SPI first: a packet of another SA must not use up a sequence number of this one. */
    if (!parse_outgoing(packet, &info) || info.header_count == 0 || info.spi[0] != sa->spi ||
        !mode_allowed(nic, sa, ip, &info))
        return false;
    return make_iv(nic, bundle, sequence_of(sa, sequence_high, ip + info.ipsec_offset), iv) &&
           sao_ipsec_seal(sa, sequence_high, iv, ip, info.ip_length) == NDIS_STATUS_SUCCESS;
}

void sao_nic_refuse(sao_soft_nic *nic, sao_packet *packet, NDIS_STATUS status)
{
    sao_adapter_send_done(nic->adapter, &packet->flight);
    send_failed(nic, packet, status);
}

void sao_nic_transmit_next(sao_soft_nic *nic)
{
    sao_packet *packet = sao_nic_take(&nic->sends);
    const bool protect = packet->flight.bundle != NULL;

    /* What was to be protected and is not, never leaves (TX-2). */
    if (protect && !seal(nic, packet)) {
        sao_nic_refuse(nic, packet, NDIS_STATUS_FAILURE);
        return;
    }
    if (protect)
        nic->counters.sealed++;
    else
        nic->counters.sent_plain++;
    nic->config.wire.transmit(nic->config.wire.context, packet);
    sao_adapter_send_done(nic->adapter, &packet->flight);
    packet->status = NDIS_STATUS_SUCCESS;
    nic->protocol.ops->send_complete(nic->protocol.context, packet);
}

/* ---- receiving ------------------------------------------------------------------------- */

/* The same key, IV and text give the same bytes: an opened packet becomes what it was. */
static void seal_again(const sao_ipsec_sa *sa, uint8_t *ip, const sao_packet_info *info,
                       uint64_t sequence)
{
    uint8_t iv[SAO_IV_MAX];

    SAO_MEMCPY(iv, ip + info->ipsec_offset + ESP_IV_AT, sa->iv_length);
    /* It was just opened, so it is framed for this SA. */
    if (sao_ipsec_seal(sa, (uint32_t)(sequence >> 32), iv, ip, info->ip_length) !=
        NDIS_STATUS_SUCCESS)
        SAO_ASSERT(!"an opened packet can be sealed");
}

/* The base of the ESN high half: what was seen, or what UPDATE_SA said since (UPD-1, RX-5). */
static uint64_t highest_of(const sao_nic_bundle *bundle, const sao_flight *flight)
{
    const uint64_t told = (uint64_t)flight->sequence_high[0] << 32;

    return bundle->highest > told ? bundle->highest : told;
}

/* Opens the packet and writes its OOB data. Every outcome is reported, and a CryptoStatus means
 * nothing without CryptoDone, so each counts as one payload checked (RX-1, RX-3, RX-4). */
static void open_packet(sao_soft_nic *nic, sao_packet *packet, const sao_packet_info *info)
{
    sao_nic_bundle *bundle = bundle_of(nic, packet);
    uint8_t *ip = packet->data + info->ip_offset;
    sao_ipsec_result result;
    const uint16_t crypto_status = sao_ipsec_open(
        &bundle->hardware.sa, highest_of(bundle, &packet->flight), ip, info->ip_length, &result);

    if (crypto_status == CRYPTO_SUCCESS) {
        /* Only decryption shows the mode; one that is excluded goes up untouched (RX-2). */
        if (!nic->config.capabilities.Transport && is_transport_payload(result.next_header)) {
            seal_again(&bundle->hardware.sa, ip, info, result.sequence);
            nic->counters.untouched++;
            return;
        }
        if (result.sequence > bundle->highest)
            bundle->highest = result.sequence;
        sao_oob_set_header(&packet->header,
                           (sao_oob_header){result.next_header, result.pad_length, true});
        nic->counters.opened++;
    } else {
        nic->counters.open_failed++;
    }
    sao_adapter_receive_done(nic->adapter, &packet->flight, crypto_status, 1, info->ip_length,
                             &packet->ipsec);
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

    action = sao_adapter_receive(nic->adapter, QUEUE, &info, &packet->flight);
    if (action == SAO_RECEIVE_DROP) {
        nic->config.wire.release(nic->config.wire.context, packet);
        return;
    }
    if (action == SAO_RECEIVE_PROCESS)
        open_packet(nic, packet, &info);
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

    sao_adapter_receive_returned(nic->adapter, QUEUE);
    nic->config.wire.release(nic->config.wire.context, packet);
}
