// SPDX-License-Identifier: BSD-2-Clause
/* summary.h: what a replay found, for people and for programs. */
#ifndef SAO_CLI_SUMMARY_H
#define SAO_CLI_SUMMARY_H

#include "cli/protection.h"
#include "cli/tally.h"

#include <stdio.h>

typedef struct sao_summary {
    const char *capture;
    uint64_t seed;
    const sao_protection *protection;
    const sao_tally *tally;
} sao_summary;

/* The table. */
void sao_summary_print(const sao_summary *summary, FILE *file);

/* The JSON document, for free(); NULL: out of memory. The same counts give the same text. */
char *sao_summary_json(const sao_summary *summary);

#endif /* SAO_CLI_SUMMARY_H */
