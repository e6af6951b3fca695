// SPDX-License-Identifier: BSD-2-Clause
/* options.h: what the user asked `saoffload replay` for. */
#ifndef SAO_CLI_OPTIONS_H
#define SAO_CLI_OPTIONS_H

#include "cli/arguments.h"
#include "cli/cipher.h"
#include "cli/problem.h"

#include <saoffload/link.h>

#include <stdio.h>

/* The form of packets that nobody has asked for another one of. */
#define SAO_FORM_DEFAULT "esp-tunnel"

typedef struct sao_options {
    const char *capture; /* "-": standard input */
    const char *out;     /* folder; NULL: none */
    const char *json;    /* "-": standard output; NULL: none */
    bool write_keys;
    bool quiet;
    bool allow_truncated;
    uint64_t seed;
    uint64_t limit;       /* packets of the capture; 0: all */
    uint32_t links;       /* alive at a time */
    uint32_t reset_every; /* packets of a link; 0: never */
    bool matrix;
    uint8_t ip_version;                  /* of the outermost header; 0: as each packet's own */
    const sao_packet_form *form;         /* NULL: not asked for */
    const sao_cipher *cipher;            /* of ESP; NULL: the best that the provider has here */
    const sao_cipher *ah;                /* of AH; likewise */
    const sao_crypto_provider *provider; /* NULL: not asked for */
    sao_link_config link;                /* the library's defaults, changed where asked */
} sao_options;

/* Reads the arguments; argv[0] is the command's name. Strings stay argv's. */
sao_arguments_result sao_options_parse(sao_options *options, int argc, char **argv,
                                       sao_problem *problem);

/* Writes the options of the engine that are not as the command has them by default:
 * " --seed 7 ...". */
void sao_options_print_engine(const sao_options *options, FILE *file);

void sao_options_help(FILE *file);

#endif /* SAO_CLI_OPTIONS_H */
