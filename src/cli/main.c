// SPDX-License-Identifier: BSD-2-Clause
// main.c: the saoffload tool: finds the command and says how it went.
#include "cli/algorithms.h"
#include "cli/matrix.h"
#include "cli/options.h"
#include "cli/peer.h"
#include "cli/run.h"

#include <saoffload/version.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static void on_signal(int number)
{
    (void)number;
    sao_run_interrupt();
    sao_peer_interrupt();
}

/* A descriptor that is closed would be given to the first file opened, which messages would then
 * be written into. What stands in for it cannot be used: opened the wrong way round, it is still
 * an error to read or to write there. */
static void fill_closed_descriptors(void)
{
    for (int descriptor = 0; descriptor <= 2; descriptor++) {
        if (fcntl(descriptor, F_GETFD) == -1 &&
            open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY) != descriptor)
            exit(SAO_EXIT_INTERNAL);
    }
}

/* What would end the tool with its temporary files left; SIGPIPE and SIGXFSZ are errors of a
 * write as any other. A signal that is ignored, as by nohup, stays so. */
static void set_signals(void)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction action = {.sa_handler = on_signal};
    struct sigaction before;

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (sigaction(ends[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(ends[i], &action, NULL);
    }
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
    sigaction(SIGXFSZ, &action, NULL);
}

static void help(FILE *file)
{
    fputs("Usage: saoffload COMMAND [ARGUMENT]...\n"
          "\n"
          "  replay CAPTURE  replay a capture through hosts whose NICs offload IPsec\n"
          "  peer CONFIG     be a host whose NIC offloads IPsec, on a wire to a virtual machine\n"
          "  algorithms      print which provider has which algorithm on this machine\n"
          "  --version       print the version\n"
          "  --help          print this text; saoffload replay --help tells of its options,\n"
          "                  saoffload peer --help likewise\n",
          file);
}

static int fail(const sao_problem *problem, const char *help_command)
{
    fprintf(stderr, "saoffload: %s\n", problem->text);
    if (problem->exit_status == SAO_EXIT_USAGE)
        fprintf(stderr, "Try '%s --help'.\n", help_command);
    return problem->exit_status;
}

/* The exit status after all that there is to say was printed. */
static int end_print(void)
{
    sao_problem problem;

    if (fflush(stdout) == 0 && !ferror(stdout))
        return SAO_EXIT_OK;
    sao_problem_set(&problem, SAO_EXIT_OUTPUT, "cannot write standard output: %s", strerror(errno));
    return fail(&problem, "saoffload");
}

static int replay(int argc, char **argv)
{
    sao_problem problem = {SAO_EXIT_OK, ""};
    sao_options options;

    switch (sao_options_parse(&options, argc, argv, &problem)) {
    case SAO_ARGUMENTS_HELP:
        sao_options_help(stdout);
        return end_print();
    case SAO_ARGUMENTS_BAD:
        return fail(&problem, "saoffload replay");
    case SAO_ARGUMENTS_RUN:
        break;
    }
    set_signals();
    if (!(options.matrix ? sao_matrix_run(&options, &problem) : sao_run(&options, &problem)))
        return fail(&problem, "saoffload replay");
    return problem.exit_status;
}

static int peer(int argc, char **argv)
{
    sao_problem problem = {SAO_EXIT_OK, ""};
    sao_peer_options options;

    switch (sao_peer_options_parse(&options, argc, argv, &problem)) {
    case SAO_ARGUMENTS_HELP:
        sao_peer_options_help(stdout);
        return end_print();
    case SAO_ARGUMENTS_BAD:
        return fail(&problem, "saoffload peer");
    case SAO_ARGUMENTS_RUN:
        break;
    }
    set_signals();
    if (!sao_peer_run(&options, &problem))
        return fail(&problem, "saoffload peer");
    return problem.exit_status;
}

static int algorithms(int argc, char **argv)
{
    sao_problem problem;

    if (argc > 1) {
        sao_problem_set(&problem, SAO_EXIT_USAGE, "algorithms: what is '%s'?", argv[1]);
        return fail(&problem, "saoffload");
    }
    if (!sao_algorithms_print(stdout)) {
        sao_problem_set(&problem, SAO_EXIT_INTERNAL, "out of memory");
        return fail(&problem, "saoffload");
    }
    return end_print();
}

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : NULL;
    sao_problem problem;

    fill_closed_descriptors();
    if (command != NULL && strcmp(command, "replay") == 0)
        return replay(argc - 1, argv + 1);
    if (command != NULL && strcmp(command, "peer") == 0)
        return peer(argc - 1, argv + 1);
    if (command != NULL && strcmp(command, "algorithms") == 0)
        return algorithms(argc - 1, argv + 1);
    if (command != NULL && strcmp(command, "--version") == 0) {
        puts("saoffload " SAO_VERSION_STRING);
        return end_print();
    }
    if (command != NULL && (strcmp(command, "--help") == 0 || strcmp(command, "-h") == 0)) {
        help(stdout);
        return end_print();
    }
    if (command == NULL)
        sao_problem_set(&problem, SAO_EXIT_USAGE, "which command?");
    else
        sao_problem_set(&problem, SAO_EXIT_USAGE, "'%s' is no command of this tool", command);
    return fail(&problem, "saoffload");
}
