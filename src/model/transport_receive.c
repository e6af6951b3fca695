// SPDX-License-Identifier: BSD-2-Clause
/*
 * transport_receive.c: indicated packets: opened by the NIC, or to be opened here.
 *
 * The NIC never drops for replay (RX-5), and what it leaves untouched is still a packet of a
 * good SA (DEL-11), so after the ICV both ways are one.
 */
#include "model/transport_internal.h"

/* What is left of a packet, while one association after the other is taken off it. */
typedef struct indicated {
    sao_packet *packet;
    sao_packet_info info; /* of what is left */
    sao_oob_receive oob;
    uint8_t *ip; /* what is left */
    size_t length;
    uint32_t nic_layers;      /* how many associations the NIC says that it has opened */
    uint32_t opened_by_nic;   /* so far */
    uint32_t opened_here;     /* so far */
    sao_association *through; /* the tunnel that has been opened; NULL outside of one */
} indicated;

/* ---- rules that OOB data shows --------------------------------------------------------- */

static void check_oob(sao_transport *transport, const sao_oob_receive *oob)
{
    if (oob->next_crypto_done && !oob->crypto_done)
        sao_transport_violation(transport, "RX-3", "NextCryptoDone without CryptoDone");
    if (oob->next_crypto_done && oob->sa_delete_request)
        sao_transport_violation(transport, "RX-8", "SaDeleteReq on a packet of two payloads");
    if (!oob->crypto_done && oob->crypto_status != CRYPTO_SUCCESS)
        sao_transport_violation(transport, "RX-9", "an untouched packet carries a CryptoStatus");
}

/* Does a CryptoStatus speak of a header that a packet of the association has (RX-4)? Of two
 * payloads it also says which; of the inner one nothing is known yet. */
static bool status_fits(const sao_association *outermost, const sao_oob_receive *oob)
{
    const bool has_ah = sao_bundle_form_has_ah(&outermost->form);
    const bool has_esp = sao_bundle_form_has_esp(&outermost->form);
    const bool inner = oob->next_crypto_done;

    switch (oob->crypto_status) {
    case CRYPTO_TUNNEL_AH_AUTH_FAILED:
        return has_ah;
    case CRYPTO_TUNNEL_ESP_AUTH_FAILED:
        return has_esp;
    case CRYPTO_TRANSPORT_AH_AUTH_FAILED:
        return has_ah || inner;
    case CRYPTO_TRANSPORT_ESP_AUTH_FAILED:
        return has_esp || inner;
    default:
        return oob->crypto_status <= CRYPTO_INVALID_PROTOCOL;
    }
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

/* Nothing that the NIC's capabilities exclude, and framed as the transport has asked for. */
static bool nic_takes(const sao_transport *transport, const sao_association *association,
                      const indicated *arrival)
{
    return arrival->info.header_count == association->sa_count &&
           sao_transport_offers_packet(transport, &arrival->info) &&
           (arrival->through != NULL ||
            arrival->info.encapsulation == NDIS_ENCAPSULATION_IEEE_802_3);
}

/* May the NIC process nothing of it, whatever bundles it has (RX-2, CAP-4)? */
static bool service_is_interrupted(const sao_transport *transport,
                                   const sao_association *association)
{
    return (transport->interruptions & ~(uint32_t)SAO_INTERRUPTED_BY_PAUSE) != 0 ||
           !sao_transport_offers(transport, association);
}

/* A packet that the NIC looked up before the add completed, or during a reset, may still arrive for
 * a while; when it did, only the NIC knows. */
static bool has_settled(const sao_transport *transport, const sao_half *in)
{
    const uint64_t settle = transport->config.settle_time;

    return settle == 0 || transport->now - in->live_since > settle;
}

/* Is what has come untouched a part that the NIC has opened the tunnel of? Of such a part it cannot
 * say that it lost the bundle (RX-8), so one that may be lost is taken to be. */
static bool is_lost_inside(sao_transport *transport, sao_association *association,
                           const indicated *arrival)
{
    sao_half *in = &association->half[SAO_IN];

    if (arrival->through == NULL || !sao_half_may_be_lost(transport, in))
        return false;
    in->lost = true;
    association->delete_wanted = true;
    return true;
}

/* The NIC left a good packet alone although it has the bundle (RX-6). */
static void check_untouched(sao_transport *transport, sao_association *association,
                            const indicated *arrival)
{
    const sao_half *in = &association->half[SAO_IN];

    if (!sao_half_is_live(in) || in->lost || service_is_interrupted(transport, association) ||
        !nic_takes(transport, association, arrival) || !has_settled(transport, in))
        return;
    if (arrival->through != NULL && arrival->opened_by_nic == 0)
        return; /* it could not look inside */
    if (is_lost_inside(transport, association, arrival))
        return;
    if (association->delete_wished)
        sao_transport_violation(transport, "DEL-2",
                                "after SaDeleteReq a packet came untouched before the delete");
    else
        sao_transport_violation(transport, "RX-6", "a packet of an offloaded SA came untouched");
}

/* ---- finding --------------------------------------------------------------------------- */

static bool is_any(const sao_address *address)
{
    static const sao_address any;

    return SAO_MEMCMP(address, &any, sizeof any) == 0;
}

/* Has the packet the headers of the association's inbound SAs, the last one outside (ADD-5)? Behind
 * AH in transport mode there may be more, which are somebody else's. */
static bool has_headers_of(const sao_association *association, const sao_packet_info *info)
{
    const sao_held_sa *held = association->half[SAO_IN].sa;
    const uint32_t count = association->sa_count;

    if (info->header_count < count || info->ip_version != association->ip_version ||
        info->udp_encapsulated != (association->form.udp_esp != 0) || info->fragment)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (info->protocol[i] != held[count - 1u - i].sa.protocol ||
            info->spi[i] != held[count - 1u - i].sa.spi)
            return false;
    return true;
}

/* The association that this is a packet of, whole, to us, and by the tunnel that it came by. An
 * exact address goes before one that is any (ADD-9). */
static sao_association *find_inbound(const sao_transport *transport, const indicated *arrival)
{
    sao_association *any = NULL;

    for (uint32_t i = 0; i < transport->config.associations; i++) {
        sao_association *association = &transport->associations[i];

        if (!association->in_use || !has_headers_of(association, &arrival->info) ||
            sao_transport_tunnel(transport, association) != arrival->through)
            continue;
        if (SAO_MEMCMP(&association->local, &arrival->info.destination,
                       sizeof association->local) == 0)
            return association;
        if (any == NULL && is_any(&association->local))
            any = association;
    }
    return any;
}

/* ---- one SA ---------------------------------------------------------------------------- */

static uint32_t load32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* The 64-bit sequence number of the outermost header; 0 for one that cannot be. */
static uint64_t sequence_of(const sao_association *association, uint32_t n,
                            const indicated *arrival)
{
    const uint32_t at = association->half[SAO_IN].sa[n].sa.protocol == SAO_PROTOCOL_AH ? 8u : 4u;
    const uint32_t low = load32(arrival->ip + arrival->info.ipsec_offset + at);

    return association->esn ? sao_replay_infer(&association->replay[n], low) : low;
}

/* Opens the outermost header here; 0 for a packet that is dropped. */
static uint64_t open_here(sao_transport *transport, const sao_association *association, uint32_t n,
                          const indicated *arrival)
{
    const sao_replay *replay = &association->replay[n];
    sao_ipsec_result result;

    /* Before the costly part; again after it, since only then the number is known for sure. */
    if (!sao_replay_is_fresh(replay, sequence_of(association, n, arrival))) {
        transport->counters.replayed++;
        return 0;
    }
    if (sao_ipsec_open(&association->half[SAO_IN].sa[n].sa, replay->highest, arrival->ip,
                       arrival->length, &result) != CRYPTO_SUCCESS) {
        transport->counters.crypto_errors++;
        return 0;
    }
    return result.sequence;
}

/* The ICV was good: replay, then what is inside. */
static bool accept(sao_transport *transport, sao_association *association, uint32_t n,
                   indicated *arrival, uint64_t sequence)
{
    if (!sao_replay_is_fresh(&association->replay[n], sequence)) {
        transport->counters.replayed++;
        return false;
    }
    sao_replay_mark(&association->replay[n], sequence);
    if (sao_ipsec_strip(&association->half[SAO_IN].sa[n].sa, arrival->ip, &arrival->length) !=
        NDIS_STATUS_SUCCESS) {
        transport->counters.crypto_errors++;
        return false;
    }
    return true;
}

/* ---- one association ------------------------------------------------------------------- */

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

/* What the OOB data says of the outermost association; false if it says that the packet is bad. */
static bool take_oob(sao_transport *transport, sao_association *association, indicated *arrival)
{
    const sao_oob_receive *oob = &arrival->oob;

    if (!oob->crypto_done) {
        if (oob->sa_delete_request)
            note_lost(transport, association);
        return true;
    }
    check_opened(transport, &association->half[SAO_IN]);
    if (oob->sa_delete_request && !oob->next_crypto_done)
        note_delete_request(transport, association);
    if (!status_fits(association, oob))
        sao_transport_violation(transport, "RX-4", "CryptoStatus of a header that is not there");
    if (oob->crypto_status == CRYPTO_SUCCESS)
        return true;
    transport->counters.crypto_errors++;
    return false;
}

/* Takes the association's headers off, from the outside in. False for a packet that is dropped. */
static bool open_layer(sao_transport *transport, sao_association *association, bool by_nic,
                       indicated *arrival)
{
    for (uint32_t n = association->sa_count; n-- > 0;) {
        const uint64_t sequence = by_nic ? sequence_of(association, n, arrival)
                                         : open_here(transport, association, n, arrival);

        if (sequence == 0 && !by_nic)
            return false;
        if (n + 1u == association->sa_count && !by_nic)
            check_untouched(transport, association, arrival);
        if (n + 1u == association->sa_count)
            *(by_nic ? &arrival->opened_by_nic : &arrival->opened_here) += 1u;
        if (!accept(transport, association, n, arrival, sequence))
            return false;
        if (sao_packet_parse(arrival->ip, arrival->length, &arrival->info) != SAO_PARSE_OK)
            SAO_MEMSET(&arrival->info, 0, sizeof arrival->info); /* whatever it is */
    }
    return true;
}

/* ---- one packet ------------------------------------------------------------------------ */

/* By whom it was opened, whatever becomes of it. */
static void count_opened(sao_transport *transport, const indicated *arrival)
{
    if (arrival->opened_by_nic > 0 && arrival->opened_here > 0)
        transport->counters.shared_rx++;
    else if (arrival->opened_by_nic > 0)
        transport->counters.offloaded_rx++;
    else if (arrival->opened_here > 0)
        transport->counters.software_rx++;
}

/* Takes off what is ours, the tunnel first. False for a packet that is dropped. */
static bool open_layers(sao_transport *transport, sao_association *association, indicated *arrival)
{
    if (!take_oob(transport, association, arrival))
        return false;
    if (!open_layer(transport, association, arrival->nic_layers > 0, arrival))
        return false;
    if (association->form.mode != SAO_IPSEC_TUNNEL)
        association = NULL;
    arrival->through = association;
    if (association != NULL)
        association = find_inbound(transport, arrival);
    if (association == NULL) {
        if (arrival->nic_layers > 1)
            sao_transport_violation(transport, "RX-3", "NextCryptoDone, but it had one payload");
        return true;
    }
    if (arrival->nic_layers > 1)
        check_opened(transport, &association->half[SAO_IN]);
    return open_layer(transport, association, arrival->nic_layers > 1, arrival);
}

static void receive_other(sao_transport *transport, const indicated *arrival)
{
    transport->counters.received_other++;
    if (arrival->oob.crypto_done)
        sao_transport_violation(transport, "RX-2", "CryptoDone for a packet of no bundle");
    else if (arrival->oob.sa_delete_request)
        sao_transport_violation(transport, "RX-9", "SaDeleteReq on a packet of no bundle");
}

static void receive(sao_transport *transport, sao_packet *packet)
{
    const sao_transport_hooks *hooks = &transport->config.hooks;
    indicated arrival = {.packet = packet, .oob = sao_oob_get_receive(&packet->ipsec)};
    sao_association *association = NULL;
    bool good;

    check_oob(transport, &arrival.oob);
    if (arrival.oob.crypto_done)
        arrival.nic_layers = arrival.oob.next_crypto_done ? 2 : 1;
    if (sao_frame_parse(packet->data, packet->length, &arrival.info) == SAO_PARSE_OK) {
        arrival.ip = packet->data + arrival.info.ip_offset;
        arrival.length = arrival.info.ip_length;
        association = find_inbound(transport, &arrival);
    }
    if (association == NULL) {
        receive_other(transport, &arrival);
        return;
    }
    good = open_layers(transport, association, &arrival);
    count_opened(transport, &arrival);
    if (!good)
        return;
    transport->counters.delivered++;
    hooks->deliver(hooks->context, arrival.ip, arrival.length); /* the association may go */
}

void sao_transport_indicate(void *protocol, sao_packet *packet)
{
    sao_transport *transport = (sao_transport *)protocol;
    const sao_miniport *miniport = &transport->config.miniport;

    receive(transport, packet);
    miniport->ops->return_packet(miniport->context, packet);
    sao_transport_pump(transport);
}
