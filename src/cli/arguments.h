// SPDX-License-Identifier: BSD-2-Clause
/* arguments.h: what the commands share in reading their arguments: options that set a number, and
 * what to say of those that getopt_long does not take. */
#ifndef SAO_CLI_ARGUMENTS_H
#define SAO_CLI_ARGUMENTS_H

#include "cli/problem.h"

#include <getopt.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Codes of long options lie beyond all letters, so that an error tells which kind it was. */
enum { SAO_OPTION_WORD = 256, SAO_OPTION_NUMBER = 512 };

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

/* Reads decimal digits into the member; false with the problem set for anything else. */
bool sao_number_option_parse(const sao_number_option *option, const char *text, void *options,
                             sao_problem *problem);

/* Appends the options to `all`, with codes from SAO_OPTION_NUMBER on, and ends it. */
void sao_number_options_add(const sao_number_option *numbers, size_t count, struct option *all);

/* One line of help each, with the value in `defaults`. */
void sao_number_options_help(const sao_number_option *numbers, size_t count, const void *defaults,
                             FILE *file);

/* After getopt_long gave `code`, ':' or '?': what is wrong with the word before optind. */
bool sao_arguments_reject(int code, char **argv, const struct option *all, sao_problem *problem);

#endif /* SAO_CLI_ARGUMENTS_H */
