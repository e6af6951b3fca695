// SPDX-License-Identifier: BSD-2-Clause
/* results.h: the files that a replay writes, and what they must not take the place of. */
#ifndef SAO_CLI_RESULTS_H
#define SAO_CLI_RESULTS_H

#include "cli/capture.h"
#include "cli/keylog.h"
#include "cli/options.h"
#include "cli/output.h"

#define SAO_RESULTS_WIRE "wire.pcapng"
#define SAO_RESULTS_SUMMARY "summary.json"
#define SAO_RESULTS_KEYS SAO_KEYLOG_NAME

/* All zero is a set without files; a file that was not asked for is NULL. */
typedef struct sao_results {
    sao_output output;
    FILE *wire; /* these three in the folder of --out */
    FILE *summary;
    FILE *keys;
    FILE *json; /* of --json */
} sao_results;

/* Opens what the options ask for. False with the problem set: it cannot be written, or would
 * replace the capture, another result, or keys that are the user's own. */
bool sao_results_open(sao_results *results, const sao_options *options, const sao_capture *capture,
                      sao_problem *problem);

/* Writes the summary and gives all files their names; removes keys of an earlier run, which do
 * not open this one's wire. */
bool sao_results_commit(sao_results *results, const sao_options *options, const char *json,
                        sao_problem *problem);

/* Removes what is not committed. */
void sao_results_discard(sao_results *results);

#endif /* SAO_CLI_RESULTS_H */
