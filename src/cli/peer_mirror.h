// SPDX-License-Identifier: BSD-2-Clause
/*
 * peer_mirror.h: sends a packet back where it came from, by swapping its addresses.
 *
 * Checksums of TCP, UDP and ICMP stay right, since they add both addresses up; so does IPv4's own.
 */
#ifndef SAO_CLI_PEER_MIRROR_H
#define SAO_CLI_PEER_MIRROR_H

#include "cli/peer_config.h"

/* Swaps source and destination of an IP packet. The index of the association that had the
 * destination as its address; SAO_PEER_NONE, and nothing has changed, if none has. */
size_t sao_peer_mirror(const sao_peer_config *config, uint8_t *packet, size_t length);

#endif /* SAO_CLI_PEER_MIRROR_H */
