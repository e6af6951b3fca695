// SPDX-License-Identifier: BSD-2-Clause
/* peer_report.h: what a peer has counted, as a table and as JSON. */
#ifndef SAO_CLI_PEER_REPORT_H
#define SAO_CLI_PEER_REPORT_H

#include "cli/peer_host.h"

#include <stdio.h>

typedef struct sao_peer_report {
    const sao_peer_config *config;
    const sao_peer_host *host; /* for what each association has counted */
    sao_peer_totals totals;
    uint64_t unsent; /* frames that the socket did not take */
} sao_peer_report;

void sao_peer_report_print(const sao_peer_report *report, FILE *file);

/* For free(); NULL: out of memory. */
char *sao_peer_report_json(const sao_peer_report *report);

/* SAO_EXIT_OK, or SAO_EXIT_FAILED if a rule was broken, a packet bad, or something leaked. */
int sao_peer_report_exit_status(const sao_peer_report *report);

#endif /* SAO_CLI_PEER_REPORT_H */
