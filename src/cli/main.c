// SPDX-License-Identifier: BSD-2-Clause
// main.c: the saoffload tool: finds the command and says how it went.
#include "cli/options.h"
#include "cli/run.h"

#include <saoffload/version.h>

#include <signal.h>
#include <string.h>

static void on_signal(int number)
{
    (void)number;
    sao_run_interrupt();
}

static void help(FILE *file)
{
    fputs("Usage: saoffload COMMAND [ARGUMENT]...\n"
          "\n"
          "  replay CAPTURE  replay a capture through hosts whose NICs offload IPsec\n"
          "  --version       print the version\n"
          "  --help          print this text; saoffload replay --help tells of its options\n",
          file);
}

static int fail(const sao_problem *problem, const char *help_command)
{
    fprintf(stderr, "saoffload: %s\n", problem->text);
    if (problem->exit_status == SAO_EXIT_USAGE)
        fprintf(stderr, "Try '%s --help'.\n", help_command);
    return problem->exit_status;
}

static int replay(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = on_signal};
    sao_problem problem = {SAO_EXIT_OK, ""};
    sao_options options;

    switch (sao_options_parse(&options, argc, argv, &problem)) {
    case SAO_OPTIONS_HELP:
        sao_options_help(stdout);
        return SAO_EXIT_OK;
    case SAO_OPTIONS_BAD:
        return fail(&problem, "saoffload replay");
    case SAO_OPTIONS_RUN:
        break;
    }
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (!sao_run(&options, &problem))
        return fail(&problem, "saoffload replay");
    return problem.exit_status;
}

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : NULL;
    sao_problem problem;

    if (command != NULL && strcmp(command, "replay") == 0)
        return replay(argc - 1, argv + 1);
    if (command != NULL && strcmp(command, "--version") == 0) {
        puts("saoffload " SAO_VERSION_STRING);
        return SAO_EXIT_OK;
    }
    if (command != NULL && (strcmp(command, "--help") == 0 || strcmp(command, "-h") == 0)) {
        help(stdout);
        return SAO_EXIT_OK;
    }
    if (command == NULL)
        sao_problem_set(&problem, SAO_EXIT_USAGE, "which command?");
    else
        sao_problem_set(&problem, SAO_EXIT_USAGE, "'%s' is no command of this tool", command);
    return fail(&problem, "saoffload");
}
