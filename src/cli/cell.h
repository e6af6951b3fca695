// SPDX-License-Identifier: BSD-2-Clause
/* cell.h: one cell of the matrix: a sample of packets, protected in one way. */
#ifndef SAO_CLI_CELL_H
#define SAO_CLI_CELL_H

#include "cli/options.h"
#include "cli/protection.h"
#include "cli/sample.h"

typedef enum sao_cell_outcome {
    SAO_CELL_PASSED,
    SAO_CELL_FAILED,
    SAO_CELL_IMPOSSIBLE,
    SAO_CELL_BROKEN /* the problem is set */
} sao_cell_outcome;

typedef struct sao_cell {
    sao_cell_outcome outcome;
    char reason[160]; /* of a failure, or why it is impossible */
} sao_cell;

/*
 * Replays the sample twice. First undisturbed: every packet has to be protected and opened by the
 * NICs, and to have on the wire the headers that it should. Then with the wishes, rekeys, refusals
 * and resets of the options. Passed: both times every packet arrived as it was sent, no rule was
 * broken, and nothing was left behind. Adds the packets that were sent to *packets.
 */
void sao_cell_run(const sao_options *options, const sao_sample *sample,
                  const sao_protection *protection, uint64_t *packets, sao_cell *cell,
                  sao_problem *problem);

/* Has the frame outermost the IPsec headers, and the version of IP, of packets protected so? */
bool sao_cell_fits(const sao_protection *protection, const uint8_t *frame, size_t length);

#endif /* SAO_CLI_CELL_H */
