// SPDX-License-Identifier: BSD-2-Clause
// results.c: the files that a replay writes, and what they must not take the place of.
#include "cli/results.h"

#include "cli/pcapng.h"

#include <string.h>
#include <unistd.h>

static const char *const names[] = {SAO_RESULTS_WIRE, SAO_RESULTS_SUMMARY, SAO_RESULTS_KEYS};

#define NAMES (sizeof names / sizeof names[0])

static bool join_path(char path[SAO_OUTPUT_PATH_MAX], const char *folder, const char *name,
                      sao_problem *problem)
{
    int n = snprintf(path, SAO_OUTPUT_PATH_MAX, "%s/%s", folder, name);

    if (n > 0 && n < SAO_OUTPUT_PATH_MAX)
        return true;
    return sao_problem_set(problem, SAO_EXIT_OUTPUT, "the name of folder '%s' is too long", folder);
}

static bool check_capture(const sao_options *options, const sao_capture *capture,
                          sao_problem *problem)
{
    char path[SAO_OUTPUT_PATH_MAX];

    for (size_t i = 0; options->out != NULL && i < NAMES; i++) {
        if (!join_path(path, options->out, names[i], problem))
            return false;
        if (sao_capture_is_file(capture, path))
            return sao_problem_set(problem, SAO_EXIT_USAGE,
                                   "--out: '%s' is the capture itself; choose another folder",
                                   path);
    }
    if (options->json != NULL && sao_capture_is_file(capture, options->json))
        return sao_problem_set(problem, SAO_EXIT_USAGE, "--json: '%s' is the capture itself",
                               options->json);
    return true;
}

static bool check_keys(const sao_options *options, sao_problem *problem)
{
    char path[SAO_OUTPUT_PATH_MAX];

    if (!options->write_keys)
        return true;
    if (!join_path(path, options->out, SAO_RESULTS_KEYS, problem))
        return false;
    if (sao_keylog_is_ours(path))
        return true;
    return sao_problem_set(problem, SAO_EXIT_OUTPUT,
                           "'%s' is not from this tool, and is left alone; choose another folder",
                           path);
}

static bool open_folder(sao_results *results, const sao_options *options, sao_problem *problem)
{
    sao_output *output = &results->output;
    const char *folder = options->out;

    if (!sao_output_make_folder(output, folder, problem))
        return false;
    results->wire = sao_output_add(output, folder, SAO_RESULTS_WIRE, false, problem);
    if (results->wire == NULL)
        return false;
    sao_pcapng_begin(results->wire);
    results->summary = sao_output_add(output, folder, SAO_RESULTS_SUMMARY, false, problem);
    if (results->summary == NULL)
        return false;
    if (!options->write_keys)
        return true;
    results->keys = sao_output_add(output, folder, SAO_RESULTS_KEYS, true, problem);
    if (results->keys == NULL)
        return false;
    sao_keylog_begin(results->keys);
    return true;
}

/* --json may name the summary of --out, which is the same document, but no other file of it. The
 * folder is there by now: names can be compared as what they lead to. */
static bool open_json(sao_results *results, const sao_options *options, sao_problem *problem)
{
    char path[SAO_OUTPUT_PATH_MAX];

    for (size_t i = 0; options->out != NULL && i < NAMES; i++) {
        if (!join_path(path, options->out, names[i], problem))
            return false;
        if (!sao_output_is_same(path, options->json))
            continue;
        if (strcmp(names[i], SAO_RESULTS_SUMMARY) == 0)
            return true;
        return sao_problem_set(problem, SAO_EXIT_USAGE,
                               "--json: '%s' is the place of --out's %s; choose another name",
                               options->json, names[i]);
    }
    results->json = sao_output_add(&results->output, NULL, options->json, false, problem);
    return results->json != NULL;
}

bool sao_results_open(sao_results *results, const sao_options *options, const sao_capture *capture,
                      sao_problem *problem)
{
    if (!check_capture(options, capture, problem) || !check_keys(options, problem))
        return false;
    if (options->out != NULL && !open_folder(results, options, problem))
        return false;
    if (options->json == NULL || strcmp(options->json, "-") == 0)
        return true;
    return open_json(results, options, problem);
}

static void remove_old_keys(const sao_options *options)
{
    char path[SAO_OUTPUT_PATH_MAX];
    sao_problem ignored;

    if (options->out != NULL && !options->write_keys &&
        join_path(path, options->out, SAO_RESULTS_KEYS, &ignored) && sao_keylog_is_ours(path))
        unlink(path);
}

bool sao_results_commit(sao_results *results, const sao_options *options, const char *json,
                        sao_problem *problem)
{
    if (results->summary != NULL)
        fprintf(results->summary, "%s\n", json);
    if (results->json != NULL)
        fprintf(results->json, "%s\n", json);
    if (!sao_output_commit(&results->output, problem))
        return false;
    remove_old_keys(options);
    return true;
}

void sao_results_discard(sao_results *results)
{
    sao_output_discard(&results->output);
}
