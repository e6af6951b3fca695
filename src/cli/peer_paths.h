// SPDX-License-Identifier: BSD-2-Clause
/* peer_paths.h: whose packets went by the NIC and whose by software, as the boundary sees it. */
#ifndef SAO_CLI_PEER_PATHS_H
#define SAO_CLI_PEER_PATHS_H

#include "cli/peer_config.h"

#include <saoffload/event.h>
#include <saoffload/packet.h>

/* What went by way of one association. */
typedef struct sao_peer_paths {
    uint64_t nic_rx;
    uint64_t software_rx;
    uint64_t nic_tx;
    uint64_t software_tx;
    uint64_t wishes; /* received packets with SaDeleteReq */
} sao_peer_paths;

/* The index of the association that a received frame's outer header is of; SAO_PEER_NONE: none. */
size_t sao_peer_paths_find(const sao_peer_config *config, const uint8_t *frame, size_t length);

/* Counts a packet that leaves, in the array `paths`, one for each association. */
void sao_peer_paths_sent(sao_peer_paths *paths, const sao_peer_config *config,
                         const sao_packet *packet);

/* Counts what SAO_EVENT_INDICATE says of a frame whose association is at `index`, or none. */
void sao_peer_paths_received(sao_peer_paths *paths, const sao_peer_config *config, size_t index,
                             const sao_event *event);

#endif /* SAO_CLI_PEER_PATHS_H */
