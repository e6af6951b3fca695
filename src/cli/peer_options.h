// SPDX-License-Identifier: BSD-2-Clause
/* peer_options.h: what the user asked `saoffload peer` for. */
#ifndef SAO_CLI_PEER_OPTIONS_H
#define SAO_CLI_PEER_OPTIONS_H

#include "cli/arguments.h"
#include "cli/problem.h"

#include <saoffload/soft_nic.h>

typedef struct sao_peer_options {
    const char *config;
    const char *local;
    const char *remote;
    const char *json;     /* "-": standard output; NULL: none */
    bool quiet;           /* no table */
    bool one_payload;     /* the NIC does one IPsec payload of a packet, not two */
    uint64_t packets;     /* that end it; 0: none do */
    uint64_t seconds;     /* that end it; 0: none do */
    uint32_t reset_every; /* packets reflected; 0: never */
    uint64_t offload_again_after;
    const sao_crypto_provider *provider; /* NULL: none can start */
    sao_soft_nic_config nic;
} sao_peer_options;

/* Reads the arguments; argv[0] is the command's name. Strings stay argv's. */
sao_arguments_result sao_peer_options_parse(sao_peer_options *options, int argc, char **argv,
                                            sao_problem *problem);

void sao_peer_options_help(FILE *file);

#endif /* SAO_CLI_PEER_OPTIONS_H */
