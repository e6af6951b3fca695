// SPDX-License-Identifier: BSD-2-Clause
/* run.h: the main job: one capture, from the file to the verdict. */
#ifndef SAO_CLI_RUN_H
#define SAO_CLI_RUN_H

#include "cli/options.h"
#include "cli/problem.h"

/* Asks a run to stop; what it was writing is removed. Callable from a signal handler. */
void sao_run_interrupt(void);

/* Has it been asked? */
bool sao_run_is_interrupted(void);

/*
 * Replays and reports. Returns true when it ran to its end, with the verdict in
 * problem->exit_status; false with the problem set, and no output file left behind.
 */
bool sao_run(const sao_options *options, sao_problem *problem);

#endif /* SAO_CLI_RUN_H */
