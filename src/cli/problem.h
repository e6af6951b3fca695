// SPDX-License-Identifier: BSD-2-Clause
/* problem.h: why the tool stops: a sentence for the user, and the exit status that goes with it. */
#ifndef SAO_CLI_PROBLEM_H
#define SAO_CLI_PROBLEM_H

#include <stdbool.h>

/* Exit statuses; the help text and docs/replay.md list them. */
enum {
    SAO_EXIT_OK = 0,
    SAO_EXIT_FAILED = 1,       /* lost, leaked or violated */
    SAO_EXIT_INPUT = 2,        /* the capture cannot be used */
    SAO_EXIT_USAGE = 64,       /* as sysexits.h has it, like the next two */
    SAO_EXIT_INTERNAL = 70,    /* no memory, or the engine refused to start */
    SAO_EXIT_OUTPUT = 74,      /* a result cannot be written */
    SAO_EXIT_INTERRUPTED = 130 /* as shells report SIGINT */
};

typedef struct sao_problem {
    int exit_status;
    char text[512];
} sao_problem;

/* Notes a problem, printf style; returns false, so that a caller can return it on. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
bool sao_problem_set(sao_problem *problem, int exit_status, const char *format, ...);

#endif /* SAO_CLI_PROBLEM_H */
