// SPDX-License-Identifier: BSD-2-Clause
/*
 * transport_receive.c: indicated packets: opened by the NIC, or to be opened here.
 *
 * The NIC never drops for replay (RX-5), and what it leaves untouched is still a packet of a
 * good SA (DEL-11), so after the ICV both ways are one.
 */
#include "model/transport_internal.h"

typedef struct indicated {
    sao_packet *packet;
    sao_packet_info info;
    sao_oob_receive oob;
    uint8_t *ip;
} indicated;

/* ---- rules that OOB data shows --------------------------------------------------------- */

static void check_oob(sao_transport *transport, const sao_oob_receive *oob)
{
    if (oob->next_crypto_done)
        sao_transport_violation(transport, "RX-3", "NextCryptoDone, but bundles have one SA");
    if (!oob->crypto_done && oob->crypto_status != CRYPTO_SUCCESS)
        sao_transport_violation(transport, "RX-9", "an untouched packet carries a CryptoStatus");
}

/* The NIC opened a packet: was it to? One that is gone may have had it before. */
static void check_opened(sao_transport *transport, const sao_half *in)
{
    if (sao_transport_is_gone(transport))
        return;
    if (in->state == SAO_HALF_ADDING)
        sao_transport_violation(transport, "ADD-13", "CryptoDone before the add completed");
    else if (in->state == SAO_HALF_SOFTWARE && in->handle != NULL)
        sao_transport_violation(transport, "DEL-1", "CryptoDone after the delete completed");
    else if (in->state == SAO_HALF_SOFTWARE)
        sao_transport_violation(transport, "RX-2", "CryptoDone for an SA that was never added");
}

/* Nothing that a NIC's capabilities might exclude. */
static bool is_plain(const sao_packet_info *info)
{
    return !info->fragment && !info->ipv4_options && !info->ipv6_extensions &&
           info->encapsulation == NDIS_ENCAPSULATION_IEEE_802_3;
}

/* May the NIC process nothing at all, whatever bundles it has (RX-2, CAP-4)? */
static bool service_is_interrupted(const sao_transport *transport)
{
    return (transport->interruptions & ~(uint32_t)SAO_INTERRUPTED_BY_PAUSE) != 0 ||
           transport->esp_off;
}

/*
 * The NIC left a good packet alone although it has the bundle (RX-6). One that it looked up
 * before the add completed, or during a reset, may still arrive for a while; when it did, only the
 * NIC knows.
 */
static void check_untouched(sao_transport *transport, const sao_association *association,
                            const sao_packet_info *info)
{
    const sao_half *in = &association->half[SAO_IN];
    const uint64_t settle = transport->config.settle_time;

    if (!sao_half_is_live(in) || in->lost || service_is_interrupted(transport) || !is_plain(info))
        return;
    if (settle > 0 && transport->now - in->live_since <= settle)
        return;
    if (association->delete_wished)
        sao_transport_violation(transport, "DEL-2",
                                "after SaDeleteReq a packet came untouched before the delete");
    else
        sao_transport_violation(transport, "RX-6", "a packet of an offloaded SA came untouched");
}

/* ---- one packet ------------------------------------------------------------------------ */

/* The association whose inbound SA this is: one ESP header, whole, to us. */
static sao_association *find_inbound(const sao_transport *transport, const sao_packet_info *info)
{
    if (info->header_count != 1 || info->protocol[0] != SAO_PROTOCOL_ESP ||
        info->udp_encapsulated || info->fragment)
        return NULL;
    for (uint32_t i = 0; i < transport->config.associations; i++) {
        sao_association *association = &transport->associations[i];

        if (association->in_use && association->half[SAO_IN].sa.spi == info->spi[0] &&
            association->ip_version == info->ip_version &&
            SAO_MEMCMP(&association->local, &info->destination, sizeof info->destination) == 0)
            return association;
    }
    return NULL;
}

/* The 64-bit sequence number; 0 for one that cannot be, or that is not there. */
static uint64_t sequence_of(const sao_association *association, const indicated *arrival)
{
    const uint8_t *esp = arrival->ip + arrival->info.ipsec_offset;
    uint32_t low;

    if (arrival->info.ip_length < arrival->info.ipsec_offset + 8u)
        return 0;
    low = (uint32_t)esp[4] << 24 | (uint32_t)esp[5] << 16 | (uint32_t)esp[6] << 8 | esp[7];
    return association->esn ? sao_replay_infer(&association->replay, low) : low;
}

/* The ICV was good: replay, then the packet inside. The last use of the association. */
static void accept(sao_transport *transport, sao_association *association, const indicated *arrival,
                   uint64_t sequence)
{
    const sao_transport_hooks *hooks = &transport->config.hooks;
    size_t length = arrival->info.ip_length;

    if (!sao_replay_is_fresh(&association->replay, sequence)) {
        transport->counters.replayed++;
        return;
    }
    sao_replay_mark(&association->replay, sequence);
    if (sao_ipsec_strip(&association->half[SAO_IN].sa, arrival->ip, &length) !=
        NDIS_STATUS_SUCCESS) {
        transport->counters.crypto_errors++;
        return;
    }
    transport->counters.delivered++;
    hooks->deliver(hooks->context, arrival->ip, length);
}

/* SaDeleteReq is a wish about a bundle that exists; while it is being deleted it says nothing. */
static void note_delete_request(sao_transport *transport, sao_association *association)
{
    transport->counters.delete_requests++;
    if (!sao_half_is_live(&association->half[SAO_IN]))
        return;
    association->delete_wanted = true;
    association->delete_wished = true;
}

/* The NIC did not open it and yet asks for its bundle's delete: it lost the bundle in a reset, and
 * says so (RST-3). Of any other it may not (RX-9). */
static void note_lost(sao_transport *transport, sao_association *association)
{
    sao_half *in = &association->half[SAO_IN];

    if (!sao_half_may_be_lost(transport, in) || !sao_half_has_bundle(in)) {
        sao_transport_violation(transport, "RX-9", "an untouched packet carries SaDeleteReq");
        return;
    }
    in->lost = true;
    note_delete_request(transport, association);
}

static void receive_opened(sao_transport *transport, sao_association *association,
                           const indicated *arrival)
{
    check_opened(transport, &association->half[SAO_IN]);
    if (arrival->oob.sa_delete_request)
        note_delete_request(transport, association);
    if (arrival->oob.crypto_status != CRYPTO_SUCCESS) {
        transport->counters.crypto_errors++;
        return;
    }
    transport->counters.offloaded_rx++;
    accept(transport, association, arrival, sequence_of(association, arrival));
}

static void receive_untouched(sao_transport *transport, sao_association *association,
                              const indicated *arrival)
{
    sao_ipsec_result result;

    if (arrival->oob.sa_delete_request)
        note_lost(transport, association);
    /* Before the costly part; again after it, since only then the number is known for sure. */
    if (!sao_replay_is_fresh(&association->replay, sequence_of(association, arrival))) {
        transport->counters.replayed++;
        return;
    }
    if (sao_ipsec_open(&association->half[SAO_IN].sa, association->replay.highest, arrival->ip,
                       arrival->info.ip_length, &result) != CRYPTO_SUCCESS) {
        transport->counters.crypto_errors++;
        return;
    }
    check_untouched(transport, association, &arrival->info);
    transport->counters.software_rx++;
    accept(transport, association, arrival, result.sequence);
}

static void receive(sao_transport *transport, sao_packet *packet)
{
    indicated arrival = {.packet = packet, .oob = sao_oob_get_receive(&packet->ipsec)};
    sao_association *association = NULL;

    check_oob(transport, &arrival.oob);
    if (sao_frame_parse(packet->data, packet->length, &arrival.info) == SAO_PARSE_OK) {
        arrival.ip = packet->data + arrival.info.ip_offset;
        association = find_inbound(transport, &arrival.info);
    }
    if (association == NULL) {
        transport->counters.received_other++;
        if (arrival.oob.crypto_done)
            sao_transport_violation(transport, "RX-2", "CryptoDone for a packet of no bundle");
        else if (arrival.oob.sa_delete_request)
            sao_transport_violation(transport, "RX-9", "SaDeleteReq on a packet of no bundle");
    } else if (arrival.oob.crypto_done) {
        receive_opened(transport, association, &arrival);
    } else {
        receive_untouched(transport, association, &arrival);
    }
}

void sao_transport_indicate(void *protocol, sao_packet *packet)
{
    sao_transport *transport = (sao_transport *)protocol;
    const sao_miniport *miniport = &transport->config.miniport;

    receive(transport, packet);
    miniport->ops->return_packet(miniport->context, packet);
    sao_transport_pump(transport);
}
