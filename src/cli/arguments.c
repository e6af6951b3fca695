// SPDX-License-Identifier: BSD-2-Clause
// arguments.c: reads the options of a command.
#include "cli/arguments.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

uint64_t sao_number_option_value(const sao_number_option *option, const void *options)
{
    const uint8_t *member = (const uint8_t *)options + option->offset;
    uint32_t small;
    uint64_t large;

    if (option->size == sizeof large) {
        memcpy(&large, member, sizeof large);
        return large;
    }
    memcpy(&small, member, sizeof small);
    return small;
}

static void store_number(const sao_number_option *option, uint64_t value, void *options)
{
    uint8_t *member = (uint8_t *)options + option->offset;
    const uint32_t small = (uint32_t)value;

    if (option->size == sizeof value)
        memcpy(member, &value, sizeof value);
    else
        memcpy(member, &small, sizeof small);
}

/* Decimal digits, and nothing else. */
static bool take_number(const sao_number_option *option, const char *text, void *options,
                        sao_problem *problem)
{
    char *end = NULL;
    unsigned long long value;

    errno = 0;
    value = strtoull(text, &end, 10);
    /* strtoull would take a sign and leading space, and wrap a negative number. */
    if (!isdigit((unsigned char)text[0]) || *end != '\0')
        return sao_problem_set(problem, SAO_EXIT_USAGE, "--%s: '%s' is no number", option->name,
                               text);
    if (errno == ERANGE || value < option->min || value > option->max)
        return sao_problem_set(problem, SAO_EXIT_USAGE,
                               "--%s: %s is out of range, %" PRIu64 " to %" PRIu64, option->name,
                               text, option->min, option->max);
    store_number(option, value, options);
    return true;
}

void sao_number_options_help(const sao_number_option *numbers, size_t count, const void *defaults,
                             FILE *file)
{
    for (size_t i = 0; i < count; i++) {
        char left[40];

        snprintf(left, sizeof left, "--%s %s", numbers[i].name, numbers[i].argument);
        fprintf(file, "  %-24s %s [%" PRIu64 "]\n", left, numbers[i].help,
                sao_number_option_value(&numbers[i], defaults));
    }
}

/* How many options begin with the word, up to its "=". */
static int count_candidates(const struct option *all, const char *word)
{
    const char *name = word + strspn(word, "-");
    size_t length = strcspn(name, "=");
    int count = 0;

    for (; all->name != NULL; all++)
        count += strncmp(all->name, name, length) == 0;
    return count;
}

/* After getopt_long gave `code`, ':' or '?': what is wrong with the word before optind. */
static bool reject(int code, char **argv, const struct option *all, sao_problem *problem)
{
    /* Of a long option optopt is 0 or its code, and the word before optind is the culprit. */
    const char *word = argv[optind - 1];
    const char *what;

    if (optopt > 0 && optopt < SAO_OPTION_HELP)
        return sao_problem_set(problem, SAO_EXIT_USAGE, "option '-%c' is unknown", optopt);
    if (code == ':')
        what = "needs an argument";
    else if (optopt >= SAO_OPTION_HELP)
        what = "takes no argument";
    else
        what = count_candidates(all, word) > 1 ? "is ambiguous" : "is unknown";
    return sao_problem_set(problem, SAO_EXIT_USAGE, "option '%s' %s", word, what);
}

static const struct option common[] = {
    {"help", no_argument, NULL, SAO_OPTION_HELP},
    {"quiet", no_argument, NULL, SAO_OPTION_QUIET},
};

#define COMMON (sizeof common / sizeof common[0])

/* All of them, as getopt_long wants them. */
static void list_options(const sao_arguments *arguments,
                         struct option all[COMMON + SAO_ARGUMENTS_MAX + 1])
{
    memcpy(all, common, sizeof common);
    all += COMMON;
    memcpy(all, arguments->words, arguments->word_count * sizeof *all);
    all += arguments->word_count;
    for (size_t i = 0; i < arguments->number_count; i++)
        *all++ = (struct option){arguments->numbers[i].name, required_argument, NULL,
                                 SAO_OPTION_NUMBER + (int)i};
    *all = (struct option){NULL, 0, NULL, 0};
}

static bool take(const sao_arguments *arguments, int code, void *options, sao_problem *problem)
{
    if (code >= SAO_OPTION_NUMBER)
        return take_number(&arguments->numbers[code - SAO_OPTION_NUMBER], optarg, options, problem);
    return arguments->take(options, code == 'q' ? SAO_OPTION_QUIET : code, problem);
}

sao_arguments_result sao_arguments_read(const sao_arguments *arguments, int argc, char **argv,
                                        void *options, sao_problem *problem)
{
    struct option all[COMMON + SAO_ARGUMENTS_MAX + 1];
    int code;

    list_options(arguments, all);
    opterr = 0;
    optind = 0; /* begins anew, also where arguments may be permuted */
    while ((code = getopt_long(argc, argv, ":hq", all, NULL)) != -1) {
        if (code == SAO_OPTION_HELP || code == 'h')
            return SAO_ARGUMENTS_HELP;
        if (code == ':' || code == '?') {
            reject(code, argv, all, problem);
            return SAO_ARGUMENTS_BAD;
        }
        if (!take(arguments, code, options, problem))
            return SAO_ARGUMENTS_BAD;
    }
    return SAO_ARGUMENTS_RUN;
}
