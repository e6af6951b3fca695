// SPDX-License-Identifier: BSD-2-Clause
/* arguments.h: reads the options of a command: those that all have, those that set a number, and
 * the words of its own. */
#ifndef SAO_CLI_ARGUMENTS_H
#define SAO_CLI_ARGUMENTS_H

#include "cli/problem.h"

#include <getopt.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Codes of long options lie beyond all letters, so that an error tells which kind it was. */
enum {
    SAO_OPTION_HELP = 256, /* --help and -h, of every command */
    SAO_OPTION_QUIET,      /* --quiet and -q, likewise */
    SAO_OPTION_WORD,       /* the first of a command's own words */
    SAO_OPTION_NUMBER = 512
};

/* An option that sets a number, a member of some struct of options. */
typedef struct sao_number_option {
    const char *name;
    size_t offset; /* in that struct */
    size_t size;   /* of the member: 4 or 8 */
    uint64_t min;
    uint64_t max;
    const char *argument; /* what the help calls it */
    const char *help;
} sao_number_option;

/* Offset and size, for a sao_number_option. */
#define SAO_NUMBER_MEMBER(type, path) offsetof(type, path), sizeof(((type *)NULL)->path)

/* The member's value. */
uint64_t sao_number_option_value(const sao_number_option *option, const void *options);

/* One line of help each, with the value in `defaults`. */
void sao_number_options_help(const sao_number_option *numbers, size_t count, const void *defaults,
                             FILE *file);

/* The options of a command. */
typedef struct sao_arguments {
    const struct option *words; /* its own, with codes from SAO_OPTION_WORD on */
    size_t word_count;
    const sao_number_option *numbers;
    size_t number_count; /* with the words at most SAO_ARGUMENTS_MAX */
    /* Takes SAO_OPTION_QUIET, or a word with its value in optarg; false with the problem set. */
    bool (*take)(void *options, int code, sao_problem *problem);
} sao_arguments;

#define SAO_ARGUMENTS_MAX 40

typedef enum sao_arguments_result {
    SAO_ARGUMENTS_RUN,
    SAO_ARGUMENTS_HELP, /* the user asked for the help text */
    SAO_ARGUMENTS_BAD   /* the problem is set */
} sao_arguments_result;

/* Reads the options in argv, whose first word is the command's name, over the defaults that
 * `options` has. What is no option is left from optind on. */
sao_arguments_result sao_arguments_read(const sao_arguments *arguments, int argc, char **argv,
                                        void *options, sao_problem *problem);

#endif /* SAO_CLI_ARGUMENTS_H */
