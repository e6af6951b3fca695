// SPDX-License-Identifier: BSD-2-Clause
/* tally.h: everything that a replay counts. */
#ifndef SAO_CLI_TALLY_H
#define SAO_CLI_TALLY_H

#include "cli/classify.h"
#include "cli/problem.h"

#include <saoffload/link.h>

#define SAO_TALLY_RULES_MAX 32

typedef struct sao_tally_rule {
    char name[32];
    uint64_t count;
} sao_tally_rule;

typedef struct sao_tally {
    uint64_t captured; /* packets read from the capture: replayed and bypassed */
    uint64_t bypassed[SAO_BYPASS_COUNT];
    uint64_t packets; /* replayed */
    uint64_t delivered_identical;
    uint64_t lost;
    uint64_t ipsec_packets; /* that crossed the wire */
    uint64_t offloaded_tx;
    uint64_t offloaded_rx;
    uint64_t software_tx;
    uint64_t software_rx;
    uint64_t shared_tx; /* transport over tunnel: the tunnel by a NIC, the rest in software */
    uint64_t shared_rx;
    uint64_t bundles_added;
    uint64_t bundles_deleted;
    uint64_t pairs; /* of bundles, explicit and guessed */
    uint64_t sa_delete_requests;
    uint64_t deletes_inbound;
    uint64_t deletes_outbound;
    uint64_t rekeys;
    uint64_t resets; /* of NICs, that came to their end */
    uint64_t bundles_lost;
    uint64_t leaked;
    uint64_t links; /* made: address pairs, and those made again */
    uint64_t violations;
    size_t rule_count;
    sao_tally_rule rules[SAO_TALLY_RULES_MAX]; /* which rules; beyond the last only counted above */
} sao_tally;

/* Counts a broken rule. */
void sao_tally_violation(sao_tally *tally, const char *rule);

/* Adds the final totals of one link. */
void sao_tally_link(sao_tally *tally, const sao_link_totals *totals);

uint64_t sao_tally_bypassed(const sao_tally *tally);

/* SAO_EXIT_OK if everything arrived, came back and kept the rules, else SAO_EXIT_FAILED. */
int sao_tally_exit_status(const sao_tally *tally);

#endif /* SAO_CLI_TALLY_H */
