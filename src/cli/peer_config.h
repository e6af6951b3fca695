// SPDX-License-Identifier: BSD-2-Clause
/* peer_config.h: the file that says who a peer is and which SAs it has. Its keys are secrets. */
#ifndef SAO_CLI_PEER_CONFIG_H
#define SAO_CLI_PEER_CONFIG_H

#include "cli/problem.h"

#include <saoffload/algorithm.h>
#include <saoffload/transport.h>

#define SAO_PEER_NAME_MAX 128
#define SAO_PEER_ASSOCIATIONS_MAX 1024

/* The keys of one SA. */
typedef struct sao_peer_keys {
    uint8_t encryption[SAO_KEY_MAX];
    uint8_t authentication[SAO_KEY_MAX];
} sao_peer_keys;

/* No association's index. */
#define SAO_PEER_NONE SIZE_MAX

/* One association, and the address of this peer that packets under it are for. */
typedef struct sao_peer_association {
    char name[SAO_PEER_NAME_MAX];
    uint8_t address_version; /* 4 or 6; 0: no packets of its own, since it is another's tunnel */
    sao_address address;
    sao_transport_association sas; /* its keys are below; its tunnel's id is not known yet */
    size_t tunnel;                 /* the one that it runs over, an earlier one, or SAO_PEER_NONE */
    size_t cargo;                  /* the one that runs over it, a later one, or SAO_PEER_NONE */
    sao_peer_keys inbound;
    sao_peer_keys outbound;
    sao_peer_keys ah_inbound;
    sao_peer_keys ah_outbound;
} sao_peer_association;

typedef struct sao_peer_config {
    uint8_t mac[6];
    uint8_t peer_mac[6];
    sao_peer_association *associations;
    size_t count;
} sao_peer_config;

/* Reads the file; its format is in docs/peer.md. False: the problem is set, nothing to free. */
bool sao_peer_config_load(sao_peer_config *config, const char *path, sao_problem *problem);

/* Wipes the keys: the transport has its own copies. */
void sao_peer_config_free(sao_peer_config *config);

#endif /* SAO_CLI_PEER_CONFIG_H */
