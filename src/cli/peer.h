// SPDX-License-Identifier: BSD-2-Clause
/* peer.h: a host on a wire of datagrams, from its configuration to its report. */
#ifndef SAO_CLI_PEER_H
#define SAO_CLI_PEER_H

#include "cli/peer_options.h"
#include "cli/problem.h"

/* Runs until a signal, or what the options say. True: the exit status is problem->exit_status;
 * false: the problem is set. */
bool sao_peer_run(const sao_peer_options *options, sao_problem *problem);

/* Ends the run soon, in good order. From a signal handler. */
void sao_peer_interrupt(void);

#endif /* SAO_CLI_PEER_H */
