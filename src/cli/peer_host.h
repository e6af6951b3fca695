// SPDX-License-Identifier: BSD-2-Clause
/*
 * peer_host.h: one host with an offloading NIC, which reflects what it is sent.
 *
 *     frames  --> soft NIC --> boundary --> transport --> reflection
 *     frames  <-- soft NIC <-- boundary <-- transport <------'
 *
 * A packet that comes to the address of an association goes back under it, source and destination
 * swapped. So what the other host sends to the peer it receives from the peer, and is its own
 * partner in everything.
 * Time is an argument, in microseconds; it may jump, and what was due meanwhile is done in order.
 */
#ifndef SAO_CLI_PEER_HOST_H
#define SAO_CLI_PEER_HOST_H

#include "cli/peer_config.h"
#include "cli/peer_paths.h"
#include "cli/problem.h"

#include <saoffload/soft_nic.h>
#include <saoffload/transport.h>

typedef struct sao_peer_host sao_peer_host;

typedef struct sao_peer_host_config {
    const sao_peer_config *peer; /* its keys are copied, its names are not: they stay */
    const sao_crypto_provider *provider;
    sao_soft_nic_config nic;      /* latencies, policy, epoch; SaOffloadCapacity 0: room for all */
    bool one_payload;             /* it does one IPsec payload of a packet, not two */
    uint32_t reset_every;         /* the NIC is reset after so many packets; 0: never */
    uint64_t offload_again_after; /* from a delete to the next add */
    /* A frame leaves. */
    void (*transmit)(void *context, const uint8_t *frame, size_t length);
    void *context;
} sao_peer_host_config;

typedef struct sao_peer_totals {
    sao_transport_counters transport;
    sao_soft_nic_counters nic;
    uint64_t frames_rx;
    uint64_t frames_tx;
    uint64_t frames_dropped; /* received, and no buffer was free or large enough */
    uint64_t reflected;
    uint64_t not_reflected; /* delivered, but for no address of ours, or no buffer was free */
    uint64_t updates;       /* UPDATE_SA requests */
    uint64_t leaked;        /* after the end: bundles, contexts, requests, packets still there */
} sao_peer_totals;

/* Makes the host and starts its adapter. NULL: the problem is set. */
sao_peer_host *sao_peer_host_new(const sao_peer_host_config *config, sao_problem *problem);

/* A frame arrives; it is copied. */
void sao_peer_host_receive(sao_peer_host *host, const uint8_t *frame, size_t length);

/* Does everything that is due by `now`; returns when to call next, UINT64_MAX for no need. */
uint64_t sao_peer_host_run(sao_peer_host *host, uint64_t now);

/* Of the association at `index` in the configuration. */
const sao_peer_paths *sao_peer_host_paths(const sao_peer_host *host, size_t index);

/* A copy of what was counted so far. */
void sao_peer_host_get_totals(sao_peer_host *host, sao_peer_totals *totals);

/* Ends every association and halts the adapter; time goes on by itself. Gives the final totals. */
void sao_peer_host_stop(sao_peer_host *host, sao_peer_totals *totals);

/* Wipes what is left of keys, and frees. */
void sao_peer_host_free(sao_peer_host *host);

#endif /* SAO_CLI_PEER_HOST_H */
