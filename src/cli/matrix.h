// SPDX-License-Identifier: BSD-2-Clause
/* matrix.h: a capture through every form, algorithm, version of IP and provider, as one table. */
#ifndef SAO_CLI_MATRIX_H
#define SAO_CLI_MATRIX_H

#include "cli/options.h"
#include "cli/problem.h"

/*
 * Replays a sample of the capture through every cell that the options leave open, twice:
 * undisturbed, when the NICs have to do all of it, and with the deletes, rekeys and resets of the
 * options. Prints the table, in Markdown, then what failed with the command that repeats it. True
 * when it ran to its end, with the verdict in problem->exit_status; else the problem is set.
 */
bool sao_matrix_run(const sao_options *options, sao_problem *problem);

#endif /* SAO_CLI_MATRIX_H */
