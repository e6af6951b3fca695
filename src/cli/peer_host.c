// SPDX-License-Identifier: BSD-2-Clause
// peer_host.c: one host with an offloading NIC, which reflects what it is sent.
#include "cli/peer_host.h"

#include "cli/peer_mirror.h"

#include <saoffload/boundary.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES = 64, SEND_BUFFERS = 64, FRAME_MAX = 2048 };

/* Broken rules beyond these are only counted. */
#define VIOLATIONS_SHOWN 10u

/* Two parts that answer each other at once would never come to rest; time goes on then. */
#define ROUNDS_MAX 1000u

/* Steps after which the end is given up: far more than it needs. */
#define STEPS_MAX 100000u

struct sao_peer_host {
    sao_peer_host_config config;
    sao_boundary boundary;
    void *nic_memory;
    size_t nic_size;
    sao_soft_nic *nic;
    void *transport_memory;
    size_t transport_size;
    sao_transport *transport;
    bool running;  /* started, and not stopped */
    uint32_t *ids; /* of the associations, in the order of the configuration */
    sao_peer_paths *paths;
    uint64_t now;
    uint64_t nic_due;
    uint64_t transport_due;
    uint64_t reset_at; /* so many packets reflected */
    sao_peer_totals totals;

    sao_packet frames[FRAMES];
    sao_packet *free_frames;
    size_t frame_association[FRAMES]; /* whose packet it holds */
    uint8_t frame_bytes[FRAMES][FRAME_MAX];
    uint8_t reflection[FRAME_MAX];
};

/* ---- hooks ----------------------------------------------------------------------------- */

static bool reflect(sao_peer_host *host, const uint8_t *packet, size_t length)
{
    uint8_t *copy = host->reflection;
    size_t index;

    if (length > sizeof host->reflection)
        return false;
    memcpy(copy, packet, length);
    index = sao_peer_mirror(host->config.peer, copy, length);
    return index != SAO_PEER_NONE && sao_transport_send(host->transport, host->ids[index], copy,
                                                        length) == NDIS_STATUS_SUCCESS;
}

static void on_deliver(void *context, const uint8_t *packet, size_t length)
{
    sao_peer_host *host = context;

    if (reflect(host, packet, length))
        host->totals.reflected++;
    else
        host->totals.not_reflected++;
}

static void on_violation(void *context, const char *rule, const char *what)
{
    const sao_peer_host *host = context;
    sao_transport_counters counters;

    sao_transport_get_counters(host->transport, &counters);
    if (counters.violations <= VIOLATIONS_SHOWN)
        fprintf(stderr, "saoffload: %s is broken: %s\n", rule, what);
}

static void on_transmit(void *wire, const sao_packet *packet)
{
    sao_peer_host *host = wire;

    sao_peer_paths_sent(host->paths, host->config.peer, packet);
    host->totals.frames_tx++;
    host->config.transmit(host->config.context, packet->data, packet->length);
}

static void on_release(void *wire, sao_packet *packet)
{
    sao_peer_host *host = wire;

    packet->next = host->free_frames;
    host->free_frames = packet;
}

/* What the NIC says of a received packet; only here both that and its number are to be had. */
static void on_event(void *context, const sao_event *event)
{
    sao_peer_host *host = context;

    if (event->type == SAO_EVENT_INDICATE)
        sao_peer_paths_received(host->paths, host->config.peer,
                                host->frame_association[event->packet], event);
    else if (event->type == SAO_EVENT_SUBMIT &&
             event->code == OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA)
        host->totals.updates++;
}

/* ---- making ---------------------------------------------------------------------------- */

static bool refuse(sao_problem *problem, const char *why)
{
    return sao_problem_set(problem, SAO_EXIT_INTERNAL, "the peer cannot start: %s",
                           why != NULL ? why : "out of memory");
}

static bool make_nic(sao_peer_host *host, sao_problem *problem)
{
    sao_soft_nic_config nic = host->config.nic;
    const char *why = NULL;

    if (nic.capabilities.SaOffloadCapacity == 0)
        nic.capabilities.SaOffloadCapacity = 2u * (uint32_t)host->config.peer->count;
    sao_soft_nic_offer_forms(&nic.capabilities);
    if (host->config.one_payload)
        nic.capabilities.TransportTunnelCombined = 0;
    sao_soft_nic_offer_algorithms(&nic.capabilities, host->config.provider);
    nic.provider = host->config.provider;
    nic.wire = (sao_soft_nic_wire){on_transmit, on_release, host};
    host->config.nic = nic;
    host->nic_size = sao_soft_nic_size(&nic);
    host->reset_at = host->config.reset_every;
    host->nic_memory = malloc(host->nic_size > 0 ? host->nic_size : 1);
    return (host->nic_memory != NULL &&
            sao_soft_nic_init(host->nic_memory, host->nic_size, &nic, &host->nic, &why) ==
                NDIS_STATUS_SUCCESS) ||
           refuse(problem, why);
}

static sao_transport_config transport_config(sao_peer_host *host)
{
    const sao_peer_host_config *config = &host->config;
    sao_transport_config transport;

    sao_transport_config_init(&transport);
    transport.miniport = sao_boundary_miniport(&host->boundary);
    transport.profile = config->nic.profile;
    transport.provider = config->provider;
    memcpy(transport.mac, config->peer->mac, sizeof transport.mac);
    memcpy(transport.peer_mac, config->peer->peer_mac, sizeof transport.peer_mac);
    transport.associations = (uint32_t)config->peer->count;
    transport.packets = SEND_BUFFERS;
    transport.packet_capacity = FRAME_MAX;
    transport.capacity = config->nic.capabilities.SaOffloadCapacity;
    transport.offload_again_after = config->offload_again_after;
    transport.retry_after = config->offload_again_after;
    transport.settle_time = config->nic.receive_latency;
    transport.epoch = config->nic.epoch;
    transport.hooks = (sao_transport_hooks){on_deliver, on_violation, host};
    return transport;
}

static bool make_transport(sao_peer_host *host, sao_problem *problem)
{
    const sao_transport_config transport = transport_config(host);
    const char *why = NULL;

    host->transport_size = sao_transport_size(&transport);
    host->transport_memory = malloc(host->transport_size > 0 ? host->transport_size : 1);
    return (host->transport_memory != NULL &&
            sao_transport_init(host->transport_memory, host->transport_size, &transport,
                               &host->transport, &why) == NDIS_STATUS_SUCCESS) ||
           refuse(problem, why);
}

static void make_frames(sao_peer_host *host)
{
    for (uint32_t i = FRAMES; i-- > 0;) {
        sao_packet *frame = &host->frames[i];

        frame->id = i;
        frame->data = host->frame_bytes[i];
        frame->capacity = FRAME_MAX;
        frame->next = host->free_frames;
        host->free_frames = frame;
    }
}

static bool start(sao_peer_host *host, sao_problem *problem)
{
    sao_boundary_init(&host->boundary, sao_soft_nic_miniport(host->nic),
                      sao_transport_protocol(host->transport), host->config.nic.tag, on_event,
                      host);
    sao_soft_nic_bind(host->nic, sao_boundary_protocol(&host->boundary));
    host->running =
        sao_transport_life(host->transport, SAO_LIFE_INITIALIZE) == NDIS_STATUS_SUCCESS &&
        sao_transport_life(host->transport, SAO_LIFE_RESTART) == NDIS_STATUS_SUCCESS;
    return host->running || refuse(problem, "its adapter does not");
}

static bool establish(sao_peer_host *host, sao_problem *problem)
{
    for (size_t i = 0; i < host->config.peer->count; i++) {
        const sao_peer_association *association = &host->config.peer->associations[i];
        sao_transport_association sas = association->sas;
        NDIS_STATUS status;

        if (sas.over_tunnel)
            sas.tunnel = host->ids[association->tunnel];
        status = sao_transport_establish(host->transport, &sas, &host->ids[i]);
        if (status == NDIS_STATUS_NOT_SUPPORTED)
            return sao_problem_set(problem, SAO_EXIT_INPUT,
                                   "association '%s': %s does not have its algorithms",
                                   association->name, host->config.provider->name);
        if (status != NDIS_STATUS_SUCCESS)
            return sao_problem_set(problem, SAO_EXIT_INPUT,
                                   "association '%s' cannot be: another has its SPI, or its "
                                   "algorithms do not go together",
                                   association->name);
    }
    return true;
}

sao_peer_host *sao_peer_host_new(const sao_peer_host_config *config, sao_problem *problem)
{
    sao_peer_host *host = calloc(1, sizeof *host);

    if (host != NULL) {
        host->config = *config;
        host->ids = calloc(config->peer->count, sizeof *host->ids);
        host->paths = calloc(config->peer->count, sizeof *host->paths);
    }
    if (host == NULL || host->ids == NULL || host->paths == NULL) {
        refuse(problem, NULL);
        sao_peer_host_free(host);
        return NULL;
    }
    for (size_t i = 0; i < config->peer->count; i++)
        host->ids[i] = SAO_ASSOCIATION_NONE;
    make_frames(host);
    if (!make_nic(host, problem) || !make_transport(host, problem) || !start(host, problem) ||
        !establish(host, problem)) {
        sao_peer_host_free(host);
        return NULL;
    }
    return host;
}

void sao_peer_host_free(sao_peer_host *host)
{
    sao_peer_totals ignored;

    if (host == NULL)
        return;
    if (host->ids != NULL && host->running) /* providers may hold memory of their own */
        sao_peer_host_stop(host, &ignored);
    if (host->nic_memory != NULL)
        SAO_WIPE(host->nic_memory, host->nic_size);
    if (host->transport_memory != NULL)
        SAO_WIPE(host->transport_memory, host->transport_size);
    free(host->nic_memory);
    free(host->transport_memory);
    free(host->ids);
    free(host->paths);
    free(host);
}

/* ---- running --------------------------------------------------------------------------- */

void sao_peer_host_receive(sao_peer_host *host, const uint8_t *frame, size_t length)
{
    sao_packet *packet = host->free_frames;

    host->totals.frames_rx++;
    if (packet == NULL || length > FRAME_MAX) {
        host->totals.frames_dropped++;
        return;
    }
    host->free_frames = packet->next;
    memcpy(packet->data, frame, length);
    packet->length = (uint32_t)length;
    host->frame_association[packet->id] = sao_peer_paths_find(host->config.peer, frame, length);
    sao_soft_nic_receive(host->nic, packet);
}

/* Polls both once; false if that changed nothing. */
static bool poll_round(sao_peer_host *host)
{
    uint64_t transport_due;
    uint64_t nic_due;
    bool changed;

    sao_boundary_set_time(&host->boundary, host->now);
    transport_due = sao_transport_poll(host->transport, host->now);
    nic_due = sao_soft_nic_poll(host->nic, host->now);
    changed = transport_due != host->transport_due || nic_due != host->nic_due;
    host->transport_due = transport_due;
    host->nic_due = nic_due;
    return changed;
}

/* Everything that is due now; returns when the next thing is, always later. */
static uint64_t settle(sao_peer_host *host)
{
    uint64_t due;

    for (uint32_t round = 0; round < ROUNDS_MAX && poll_round(host); round++)
        continue;
    due = host->nic_due < host->transport_due ? host->nic_due : host->transport_due;
    return due > host->now ? due : host->now + 1u;
}

/* One whose last reset is not over yet is not reset again. */
static void reset_now_and_then(sao_peer_host *host)
{
    if (host->config.reset_every == 0 || host->totals.reflected < host->reset_at ||
        sao_transport_life_pending(host->transport))
        return;
    (void)sao_transport_life(host->transport, SAO_LIFE_RESET); /* the counters tell */
    host->reset_at = host->totals.reflected + host->config.reset_every;
}

uint64_t sao_peer_host_run(sao_peer_host *host, uint64_t now)
{
    uint64_t due;

    reset_now_and_then(host);
    /* One thing after the other: rules depend on what was when. */
    while ((due = settle(host)) <= now)
        host->now = due;
    if (now > host->now)
        host->now = now;
    return settle(host);
}

const sao_peer_paths *sao_peer_host_paths(const sao_peer_host *host, size_t index)
{
    return &host->paths[index];
}

/* ---- the end --------------------------------------------------------------------------- */

void sao_peer_host_get_totals(sao_peer_host *host, sao_peer_totals *totals)
{
    *totals = host->totals;
    sao_transport_get_counters(host->transport, &totals->transport);
    sao_soft_nic_get_counters(host->nic, &totals->nic);
}

static bool is_forgotten(sao_peer_host *host)
{
    sao_transport_counters transport;
    sao_adapter_counters adapter;

    sao_transport_get_counters(host->transport, &transport);
    sao_adapter_get_counters(sao_soft_nic_adapter(host->nic), &adapter);
    return transport.associations == 0 && adapter.bundles == 0;
}

static bool is_paused(sao_peer_host *host)
{
    return sao_adapter_get_state(sao_soft_nic_adapter(host->nic)) == SAO_ADAPTER_PAUSED;
}

/* A wait that ends without success leaves something behind, and that is counted. */
static void wait_until(sao_peer_host *host, bool (*done)(sao_peer_host *host))
{
    uint64_t due = settle(host);

    for (uint32_t step = 0; step < STEPS_MAX && due != UINT64_MAX && !done(host); step++) {
        host->now = due;
        due = settle(host);
    }
}

static uint64_t count_leaks(sao_peer_host *host, const sao_peer_totals *totals)
{
    sao_adapter_counters adapter;
    uint64_t frames = FRAMES;

    for (const sao_packet *frame = host->free_frames; frame != NULL; frame = frame->next)
        frames--;
    sao_adapter_get_counters(sao_soft_nic_adapter(host->nic), &adapter);
    return frames + adapter.bundles + adapter.requests + adapter.flights + adapter.held +
           totals->nic.contexts + totals->transport.associations + totals->transport.packets +
           totals->transport.bundles;
}

void sao_peer_host_stop(sao_peer_host *host, sao_peer_totals *totals)
{
    for (size_t i = 0; i < host->config.peer->count; i++)
        sao_transport_retire(host->transport, host->ids[i]);
    wait_until(host, is_forgotten);
    (void)sao_transport_life(host->transport, SAO_LIFE_PAUSE); /* it cannot fail (PNP-5) */
    wait_until(host, is_paused);
    host->running = false;
    sao_peer_host_get_totals(host, totals);
    totals->leaked = count_leaks(host, totals);
    if (sao_adapter_halt(sao_soft_nic_adapter(host->nic)) != NDIS_STATUS_SUCCESS)
        totals->leaked++;
}
