// SPDX-License-Identifier: BSD-2-Clause
/* link.c: configuration and memory of a link, and the calls of its API; see link_internal.h. */
#include "model/link_internal.h"

#define ALIGNMENT ((uint64_t) _Alignof(max_align_t))

/* ---- configuration --------------------------------------------------------------------- */

void sao_link_config_init(sao_link_config *config)
{
    SAO_MEMSET(config, 0, sizeof *config);
    config->size = sizeof *config;
    config->ip_version = 4;
    config->encryption = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256;
    config->ah_authentication = IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256;
    config->packet_capacity = 2048;
    config->rekey_after = 500;
    config->offload_again_after = 2;
    config->ticks_per_packet = 1;
    sao_soft_nic_config_init(&config->nic);
    sao_soft_nic_offer_forms(&config->nic.capabilities);
    config->nic.capabilities.SaOffloadCapacity = 8;
    config->nic.add_latency = 2;
    config->nic.remove_latency = 1;
    config->nic.update_latency = 1;
    config->nic.send_latency = 1;
    config->nic.receive_latency = 1;
    config->nic.restart_latency = 1;
    config->nic.reset_latency = 8;
    config->nic.power_latency = 8;
    config->nic.wish_after_packets = 64;
}

static bool is_zero(const sao_address *address)
{
    static const sao_address zero;

    return SAO_MEMCMP(address, &zero, sizeof zero) == 0;
}

/* Sums of a few latencies are made without a check. */
static bool latencies_fit(const sao_soft_nic_config *nic)
{
    return nic->add_latency <= UINT32_MAX && nic->remove_latency <= UINT32_MAX &&
           nic->update_latency <= UINT32_MAX && nic->send_latency <= UINT32_MAX &&
           nic->receive_latency <= UINT32_MAX && nic->restart_latency <= UINT32_MAX &&
           nic->reset_latency <= UINT32_MAX && nic->power_latency <= UINT32_MAX;
}

/* Two that a packet can go between. */
static bool are_ends(const sao_address address[2])
{
    return !is_zero(&address[0]) && !is_zero(&address[1]) &&
           SAO_MEMCMP(&address[0], &address[1], sizeof address[0]) != 0;
}

static const char *form_problem(const sao_link_config *config)
{
    const sao_packet_form *form = config->form;

    if (form == NULL)
        return NULL;
    if (!form->over_tunnel)
        return sao_bundle_form_problem(&form->bundle, false);
    if (config->inner_version != 4 && config->inner_version != 6)
        return "inner_version is neither 4 nor 6";
    if (!are_ends(config->inner_address))
        return "the two inner addresses are not two distinct, nonzero ones";
    return sao_bundle_form_over_problem(&form->bundle, &form->tunnel);
}

static const char *config_problem(const sao_link_config *config)
{
    if (config == NULL || config->size != sizeof *config)
        return "the configuration is missing or of another version";
    if (config->ip_version != 4 && config->ip_version != 6)
        return "ip_version is neither 4 nor 6";
    if (!are_ends(config->address))
        return "the two addresses are not two distinct, nonzero ones";
    if (config->provider == NULL)
        return "the crypto provider is missing";
    if (config->packet_capacity < 128u || config->packet_capacity > 65535u)
        return "packet_capacity is out of range";
    if (config->hooks.random == NULL || config->hooks.deliver == NULL)
        return "a required hook is missing";
    if (!latencies_fit(&config->nic))
        return "a latency is out of range";
    return form_problem(config);
}

/* ---- memory ---------------------------------------------------------------------------- */

typedef struct link_layout {
    uint64_t nic_size;
    uint64_t transport_size;
    uint64_t frame_size;
    uint64_t nic; /* offsets */
    uint64_t transport;
    uint64_t frames;
    uint64_t total; /* 0: the configuration is refused */
} link_layout;

static uint64_t align_up(uint64_t n)
{
    return (n + ALIGNMENT - 1u) / ALIGNMENT * ALIGNMENT;
}

/* The part that refused a size says why when it is asked to start. */
static const char *part_problem(const sao_soft_nic_config *nic,
                                const sao_transport_config *transport)
{
    const char *problem = NULL;
    sao_soft_nic *no_nic;
    sao_transport *no_transport;

    if (sao_soft_nic_size(nic) == 0 &&
        sao_soft_nic_init(NULL, 0, nic, &no_nic, &problem) != NDIS_STATUS_SUCCESS)
        return problem;
    if (sao_transport_init(NULL, 0, transport, &no_transport, &problem) != NDIS_STATUS_SUCCESS)
        return problem;
    return "the configuration is refused";
}

static link_layout lay_out(const sao_link_config *config, const char **problem)
{
    link_layout at;
    sao_soft_nic_config nic;
    sao_transport_config transport;

    SAO_MEMSET(&at, 0, sizeof at);
    *problem = config_problem(config);
    if (*problem != NULL)
        return at;
    /* The second side has the larger tag; else the sides need the same. */
    nic = sao_link_nic_config(config, 1, NULL);
    transport = sao_link_transport_config(config, 1, NULL);
    at.nic_size = align_up(sao_soft_nic_size(&nic));
    at.transport_size = align_up(sao_transport_size(&transport));
    if (at.nic_size == 0 || at.transport_size == 0) {
        *problem = part_problem(&nic, &transport);
        return at;
    }
    at.frame_size = align_up(config->packet_capacity + SAO_LINK_MAC_HEADER);
    at.nic = align_up(sizeof(sao_link));
    at.transport = at.nic + at.nic_size * SAO_LINK_SIDES;
    at.frames = at.transport + at.transport_size * SAO_LINK_SIDES;
    at.total = at.frames + at.frame_size * SAO_LINK_FRAMES;
    if (at.total > SIZE_MAX) {
        *problem = "the link does not fit into the address space";
        at.total = 0;
    }
    return at;
}

size_t sao_link_size(const sao_link_config *config)
{
    const char *problem;

    return (size_t)lay_out(config, &problem).total;
}

static void set_up_frames(sao_link *link, uint8_t *bytes, size_t frame_size)
{
    for (uint32_t i = SAO_LINK_FRAMES; i-- > 0;) {
        sao_packet *frame = &link->frames[i];

        SAO_MEMSET(frame, 0, sizeof *frame);
        frame->data = bytes + i * frame_size;
        frame->capacity = (uint32_t)frame_size;
        frame->next = link->free_frames;
        link->free_frames = frame;
    }
}

static NDIS_STATUS set_up(sao_link *link, const link_layout *at, const char **problem)
{
    uint8_t *base = (uint8_t *)link;
    NDIS_STATUS status = NDIS_STATUS_SUCCESS;

    set_up_frames(link, base + at->frames, (size_t)at->frame_size);
    for (int i = 0; i < SAO_LINK_SIDES && status == NDIS_STATUS_SUCCESS; i++) {
        const sao_link_memory memory = {
            .nic = base + at->nic + at->nic_size * (uint64_t)i,
            .nic_size = (size_t)at->nic_size,
            .transport = base + at->transport + at->transport_size * (uint64_t)i,
            .transport_size = (size_t)at->transport_size,
        };

        status = sao_link_set_up_side(link, i, &memory, problem);
    }
    if (status != NDIS_STATUS_SUCCESS)
        return status;
    status = sao_link_begin(link);
    if (status != NDIS_STATUS_SUCCESS)
        *problem = status == NDIS_STATUS_NOT_SUPPORTED
                       ? "the provider does not have these algorithms on this machine"
                       : "the algorithms make no security association";
    return status;
}

NDIS_STATUS sao_link_init(void *memory, size_t size, const sao_link_config *config, sao_link **link,
                          const char **problem)
{
    const char *why;
    const link_layout at = lay_out(config, &why);
    sao_link *made = (sao_link *)memory;
    NDIS_STATUS status = NDIS_STATUS_INVALID_PARAMETER;

    if (why == NULL && (memory == NULL || (uintptr_t)memory % ALIGNMENT != 0))
        why = "the memory is missing or misaligned";
    if (why == NULL && size < at.total) {
        why = "the memory is too small";
        status = NDIS_STATUS_RESOURCES;
    }
    if (why == NULL) {
        SAO_MEMSET(made, 0, sizeof *made);
        made->config = *config;
        made->size = (size_t)at.total;
        status = set_up(made, &at, &why);
        if (status != NDIS_STATUS_SUCCESS)
            SAO_WIPE(memory, (size_t)at.total);
    }
    if (problem != NULL)
        *problem = why;
    if (status != NDIS_STATUS_SUCCESS)
        return status;
    made->running = true;
    (void)sao_link_wait(made, sao_link_begun);
    made->running = false;
    *link = made;
    return NDIS_STATUS_SUCCESS;
}

/* ---- traffic --------------------------------------------------------------------------- */

static NDIS_STATUS send_now(sao_link *link, int from, const uint8_t *packet, size_t length)
{
    if (!sao_link_has_frame(link))
        return NDIS_STATUS_RESOURCES;
    return sao_transport_send(link->side[from].transport, link->current.id[from], packet, length);
}

static void pass_time(sao_link *link, uint64_t ticks)
{
    const uint64_t end = ticks < UINT64_MAX - link->now ? link->now + ticks : UINT64_MAX - 1u;

    sao_link_settle(link);
    while (link->now < end)
        sao_link_step(link, end);
}

NDIS_STATUS sao_link_send(sao_link *link, int from, const uint8_t *packet, size_t length)
{
    NDIS_STATUS status;

    if (from != 0 && from != 1)
        return NDIS_STATUS_INVALID_PARAMETER;
    status = send_now(link, from, packet, length);
    if (link->running)
        return status;
    link->running = true;
    if (status == NDIS_STATUS_RESOURCES && sao_link_wait(link, sao_link_has_room))
        status = send_now(link, from, packet, length);
    pass_time(link, link->config.ticks_per_packet);
    link->running = false;
    return status;
}

void sao_link_run(sao_link *link, uint64_t ticks)
{
    if (link->running)
        return;
    link->running = true;
    pass_time(link, ticks);
    link->running = false;
}

/* ---- the end --------------------------------------------------------------------------- */

void sao_link_get_totals(sao_link *link, sao_link_totals *totals)
{
    SAO_MEMSET(totals, 0, sizeof *totals);
    for (int i = 0; i < SAO_LINK_SIDES; i++) {
        const sao_link_side *side = &link->side[i];

        sao_transport_get_counters(side->transport, &totals->transport[i]);
        sao_soft_nic_get_counters(side->nic, &totals->nic[i]);
        sao_adapter_get_counters(sao_soft_nic_adapter(side->nic), &totals->adapter[i]);
    }
    totals->frames = link->frame_count;
    totals->ipsec_frames = link->ipsec_frame_count;
    totals->rekeys = link->rekeys;
}

static uint64_t count_leaks(const sao_link *link, const sao_link_totals *totals)
{
    uint64_t leaked = link->frames_used;

    for (int i = 0; i < SAO_LINK_SIDES; i++) {
        const sao_adapter_counters *adapter = &totals->adapter[i];
        const sao_transport_counters *transport = &totals->transport[i];

        leaked += (uint64_t)adapter->bundles + adapter->requests + adapter->flights + adapter->held;
        leaked += totals->nic[i].contexts;
        leaked += (uint64_t)transport->associations + transport->packets + transport->bundles;
    }
    return leaked;
}

static bool is_quiet(const sao_link *link)
{
    return link->frames_used == 0 && sao_link_sends_under_way(link) == 0;
}

/* By the transports, and by the NICs: what an aborted add left in one leaves it by itself. */
static bool is_forgotten(const sao_link *link)
{
    for (int i = 0; i < SAO_LINK_SIDES; i++) {
        sao_transport_counters transport;
        sao_adapter_counters adapter;

        sao_transport_get_counters(link->side[i].transport, &transport);
        sao_adapter_get_counters(sao_soft_nic_adapter(link->side[i].nic), &adapter);
        if (transport.associations > 0 || adapter.bundles > 0)
            return false;
    }
    return true;
}

static bool is_paused(const sao_link *link)
{
    for (int i = 0; i < SAO_LINK_SIDES; i++)
        if (sao_adapter_get_state(sao_soft_nic_adapter(link->side[i].nic)) != SAO_ADAPTER_PAUSED)
            return false;
    return true;
}

static void pause_both(sao_link *link)
{
    for (int i = 0; i < SAO_LINK_SIDES; i++) /* it cannot fail (PNP-5) */
        (void)sao_transport_life(link->side[i].transport, SAO_LIFE_PAUSE);
}

void sao_link_close(sao_link *link, sao_link_totals *totals)
{
    sao_link_totals last;

    link->running = true;
    link->closing = true;
    sao_link_bring_up(link);
    /* A wait that ends without success leaves something behind, and that is counted. */
    (void)sao_link_wait(link, is_quiet);
    sao_link_retire_all(link);
    (void)sao_link_wait(link, is_forgotten);
    pause_both(link);
    (void)sao_link_wait(link, is_paused);
    sao_link_get_totals(link, &last);
    last.leaked = count_leaks(link, &last);
    for (int i = 0; i < SAO_LINK_SIDES; i++)
        if (sao_adapter_halt(sao_soft_nic_adapter(link->side[i].nic)) != NDIS_STATUS_SUCCESS)
            last.leaked++;
    if (totals != NULL)
        *totals = last;
    SAO_WIPE(link, link->size);
}
