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
static void open_inside(sao_soft_nic *nic, sao_flight *flight, sao_nic_part *tunnel, outcome *shown)
{
    sao_packet_info info;
    sao_nic_part part;
    uint16_t crypto_status;
    uint8_t *ip;

    if (!sao_nic_part_locate(tunnel) || !sao_nic_part_inside(tunnel, &ip, &info) ||
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

/* What opening the packet comes to. For ESP only decryption shows the mode; a packet of one that is
 * excluded becomes again what it was (RX-2). */
static outcome judge(sao_soft_nic *nic, sao_packet *packet, sao_nic_part *part,
                     uint16_t crypto_status)
{
    outcome shown = {.payloads = 0, .crypto_status = crypto_status};

    if (crypto_status == CRYPTO_SUCCESS && mode_excluded(nic, part->result[0].next_header)) {
        sao_nic_part_close(part);
        return shown;
    }
    shown.payloads = 1;
    if (crypto_status != CRYPTO_SUCCESS)
        return shown;
    sao_nic_part_count(part);
    shown.innermost = part->result[0];
    if (sao_nic_carries_ip(shown.innermost.next_header))
        open_inside(nic, &packet->flight, part, &shown);
    return shown;
}

/* Writes the OOB data of a packet that was processed. Every outcome is reported, and a CryptoStatus
 * means nothing without CryptoDone, so each counts as a payload checked (RX-1, RX-3, RX-4). */
static inline void report(sao_soft_nic *nic, sao_packet *packet, uint32_t length, uint32_t payloads,
                          uint16_t crypto_status, const sao_ipsec_result *innermost)
{
    if (crypto_status == CRYPTO_SUCCESS) {
        nic->counters.opened++;
        sao_oob_set_header(&packet->header,
                           (sao_oob_header){innermost->next_header, innermost->pad_length, true});
    } else {
        nic->counters.open_failed++;
    }
    sao_adapter_receive_done(nic->adapter, &packet->flight, crypto_status, payloads, length,
                             &packet->ipsec);
}

static void note_outcome(sao_soft_nic *nic, sao_packet *packet, uint32_t length,
                         const outcome *shown)
{
    if (shown->payloads > 0)
        report(nic, packet, length, shown->payloads, shown->crypto_status, &shown->innermost);
    else
        nic->counters.untouched++;
}

static void process(sao_soft_nic *nic, sao_packet *packet, const sao_packet_info *info,
                    uint32_t length)
{
    outcome shown = {.payloads = 0};
    sao_nic_part part;

    sao_nic_part_init(&part, nic, packet->flight.bundle, packet->flight.sequence_high,
                      sao_nic_gather(nic, packet) + info->ip_offset, length);
    /* AH shows its mode. */
    if (!sao_nic_part_is_ah(&part) || info->protocol[0] != SAO_PROTOCOL_AH ||
        !mode_excluded(nic, part.ip[info->ipsec_offset]))
        shown = judge(nic, packet, &part, sao_nic_part_open(&part));
    sao_nic_scatter(nic, packet);
    note_outcome(nic, packet, length, &shown);
}

/* ---- bursts ------------------------------------------------------------------------------ */

/* Packets that are looked up and opened together. */
#define BURST_MAX 32u

typedef struct nic_burst {
    uint32_t count;
    sao_packet_info described[BURST_MAX];    /* where a packet was parsed: it leads a train */
    const sao_packet_info *infos[BURST_MAX]; /* of each packet, its leader's */
    uint32_t lengths[BURST_MAX];             /* ip_length of each packet */
    sao_flight *flights[BURST_MAX];
    sao_receive_action actions[BURST_MAX];
    sao_ipsec_opening openings[BURST_MAX];
    sao_packet *opened[BURST_MAX];      /* what these are of... */
    sao_nic_bundle *bundles[BURST_MAX]; /* ...and whose */
} nic_burst;

/* Nearly every packet: in one piece, with one ESP header, which needs no look at anything else. */
static inline bool is_plain_esp(const sao_nic_bundle *bundle, const sao_packet *packet)
{
    return bundle->sa_count == 1 && bundle->hardware.sa[0].protocol == SAO_PROTOCOL_ESP &&
           packet->more == NULL;
}

static inline void begin_opening(nic_burst *burst, uint32_t place, sao_nic_bundle *bundle,
                                 sao_packet *packet, uint32_t at)
{
    sao_ipsec_opening *opening = &burst->openings[place];

    opening->sa = &bundle->hardware.sa[0];
    opening->highest = sao_nic_highest(&bundle->numbers[0], packet->flight.sequence_high[0]);
    opening->packet = packet->data + packet->ip_offset;
    opening->length = burst->lengths[at];
    opening->info = burst->infos[at];
    burst->bundles[place] = bundle;
    burst->opened[place] = packet;
}

/* Could another bundle be for what is inside? Only where the NIC has tunnels around transport. */
static inline bool is_worth_a_look(const sao_soft_nic *nic, const sao_ipsec_opening *opening)
{
    const sao_ipsec_result *result = &opening->result;

    return nic->config.capabilities.TransportTunnelCombined &&
           sao_nic_carries_ip(result->next_header) &&
           sao_packet_may_be_ipsec(opening->packet + result->payload_at, result->payload_length);
}

static inline void end_opening(sao_soft_nic *nic, sao_nic_bundle *bundle, sao_packet *packet,
                               const sao_ipsec_opening *opening)
{
    sao_nic_part part;
    outcome shown;

    if (opening->result.crypto_status == CRYPTO_SUCCESS &&
        !mode_excluded(nic, opening->result.next_header) && !is_worth_a_look(nic, opening)) {
        sao_nic_count(&bundle->numbers[0], opening->result.sequence);
        report(nic, packet, (uint32_t)opening->length, 1, CRYPTO_SUCCESS, &opening->result);
        return;
    }
    sao_nic_part_init(&part, nic, packet->flight.bundle, packet->flight.sequence_high,
                      opening->packet, (uint32_t)opening->length);
    part.result[0] = opening->result;
    shown = judge(nic, packet, &part, opening->result.crypto_status);
    note_outcome(nic, packet, part.length, &shown);
}

static void process_all(sao_soft_nic *nic, nic_burst *burst, sao_packet *const *packets)
{
    const sao_bundle *last = NULL; /* of packets... */
    sao_nic_bundle *bundle = NULL; /* ...whose this is */

    uint32_t count = 0;

    for (uint32_t i = 0; i < burst->count; i++) {
        if (burst->actions[i] != SAO_RECEIVE_PROCESS)
            continue;
        if (packets[i]->flight.bundle != last) {
            last = packets[i]->flight.bundle;
            bundle = &nic->bundles[last->index];
        }
        if (is_plain_esp(bundle, packets[i]))
            begin_opening(burst, count++, bundle, packets[i], i);
        else
            process(nic, packets[i], burst->infos[i], burst->lengths[i]);
    }
    sao_ipsec_open_burst(burst->openings, count);
    for (uint32_t i = 0; i < count; i++)
        end_opening(nic, burst->bundles[i], burst->opened[i], &burst->openings[i]);
}

/* A packet that follows none. Returns its frame if it may lead a train. */
static const uint8_t *describe(sao_soft_nic *nic, const sao_packet *packet, sao_packet_info *info)
{
    const uint8_t *frame = sao_nic_gather(nic, packet);

    if (frame != NULL && sao_frame_parse(frame, sao_packet_size(packet), info) == SAO_PARSE_OK)
        return packet->more == NULL && sao_frame_leads(info) ? frame : NULL;
    /* What cannot be read has no IPsec header in sight; the adapter still says if it goes up. */
    SAO_MEMSET(info, 0, sizeof *info);
    return NULL;
}

static inline void arrive(sao_soft_nic *nic, nic_burst *burst, sao_packet *const *packets)
{
    const sao_packet_info *info = NULL;
    const uint8_t *leader = NULL; /* of which `info` is */

    for (uint32_t i = 0; i < burst->count; i++) {
        sao_packet *packet = packets[i];

        if (leader == NULL || packet->more != NULL ||
            !sao_frame_follows(leader, packet->data, packet->length, &burst->lengths[i])) {
            leader = describe(nic, packet, &burst->described[i]);
            info = &burst->described[i];
            burst->lengths[i] = info->ip_length;
        }
        SAO_MEMSET(&packet->ipsec, 0, sizeof packet->ipsec);
        SAO_MEMSET(&packet->tunnel, 0, sizeof packet->tunnel);
        SAO_MEMSET(&packet->header, 0, sizeof packet->header);
        packet->ip_offset = info->ip_offset;
        burst->infos[i] = info;
        burst->flights[i] = &packet->flight;
    }
}

/* What was not processed goes up as it is; or back, if the adapter is not receiving: then false. */
static bool goes_up(sao_soft_nic *nic, sao_packet *packet, uint32_t length,
                    sao_receive_action action)
{
    if (action == SAO_RECEIVE_DROP) {
        nic->config.wire.release(nic->config.wire.context, packet);
        return false;
    }
    nic->counters.untouched++;
    if (action == SAO_RECEIVE_LOST) /* it may ask for the bundle's delete (RST-3) */
        sao_adapter_receive_done(nic->adapter, &packet->flight, CRYPTO_SUCCESS, 0, length,
                                 &packet->ipsec);
    return true;
}

static inline void queue_all(sao_soft_nic *nic, const nic_burst *burst, sao_packet *const *packets)
{
    const uint64_t due = nic->now + nic->config.receive_latency;
    sao_nic_packet_queue up = {NULL, NULL};

    for (uint32_t i = 0; i < burst->count; i++) {
        const sao_receive_action action = burst->actions[i];

        if (action != SAO_RECEIVE_PROCESS && !goes_up(nic, packets[i], burst->lengths[i], action))
            continue;
        packets[i]->due = due;
        sao_nic_append(&up, packets[i]);
    }
    sao_nic_append_all(&nic->receives, &up);
}

static inline bool one_is_due(const sao_soft_nic *nic)
{
    return nic->receives.head != NULL && nic->receives.head->due <= nic->now;
}

/*
 * The flight ends just before the call: the NIC is through with the bundle, and the transport
 * may well give the packet back, or delete the bundle, from inside of it. No pause can have
 * completed since the packet came: it counts as held from its lookup on (PNP-2). The flights of
 * several that are indicated together end together, just before the last of them.
 */
static inline void indicate_next(sao_soft_nic *nic)
{
    sao_packet *packet = sao_nic_take(&nic->receives);

    sao_adapter_group_indicated(&nic->group, &packet->flight);
    nic->grouping = one_is_due(nic);
    if (!nic->grouping)
        sao_adapter_group_end(nic->adapter, SAO_NIC_QUEUE, &nic->group);
    nic->protocol.ops->indicate(nic->protocol.context, packet);
}

static void receive_some(sao_soft_nic *nic, sao_packet *const *packets, uint32_t count)
{
    nic_burst burst;

    burst.count = count;
    arrive(nic, &burst, packets);
    sao_adapter_receive_burst(nic->adapter, SAO_NIC_QUEUE, burst.infos, count, burst.flights,
                              burst.actions);
    process_all(nic, &burst, packets);
    queue_all(nic, &burst, packets);
    if (nic->config.receive_latency == 0) /* all are due */
        while (nic->receives.head != NULL)
            indicate_next(nic);
}

void sao_soft_nic_receive_burst(sao_soft_nic *nic, sao_packet *const *packets, uint32_t count)
{
    for (uint32_t done = 0; done < count; done += BURST_MAX)
        receive_some(nic, packets + done, count - done < BURST_MAX ? count - done : BURST_MAX);
}

void sao_soft_nic_receive(sao_soft_nic *nic, sao_packet *packet)
{
    receive_some(nic, &packet, 1);
}

/* ---- going up ---------------------------------------------------------------------------- */

void sao_nic_indicate_next(sao_soft_nic *nic)
{
    indicate_next(nic);
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

    if (nic->grouping)
        sao_adapter_group_returned(&nic->group);
    else
        sao_adapter_receive_returned(nic->adapter, SAO_NIC_QUEUE);
    nic->config.wire.release(nic->config.wire.context, packet);
}
