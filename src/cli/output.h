// SPDX-License-Identifier: BSD-2-Clause
/*
 * output.h: a set of files that appear together, or not at all.
 *
 * Each is written under a temporary name beside its place; a commit closes all of them and then
 * renames them. A discard leaves nothing behind.
 */
#ifndef SAO_CLI_OUTPUT_H
#define SAO_CLI_OUTPUT_H

#include "cli/problem.h"

#include <stddef.h>
#include <stdio.h>

#define SAO_OUTPUT_FILES_MAX 4
#define SAO_OUTPUT_PATH_MAX 4096

typedef struct sao_output_file {
    FILE *file;
    char path[SAO_OUTPUT_PATH_MAX];
    char temporary[SAO_OUTPUT_PATH_MAX]; /* empty: written in place (a device, a pipe) */
} sao_output_file;

typedef struct sao_output {
    sao_output_file files[SAO_OUTPUT_FILES_MAX];
    size_t count;
} sao_output;

/* Makes the folder and those above it that are missing. */
bool sao_output_make_folder(const char *path, sao_problem *problem);

/* Adds a file to the set, in `folder` if that is not NULL; `secret` keeps other users out. NULL
 * with the problem set if it cannot be written. */
FILE *sao_output_add(sao_output *output, const char *folder, const char *name, bool secret,
                     sao_problem *problem);

/* Closes all files and gives them their names; on a problem all temporary files are removed. */
bool sao_output_commit(sao_output *output, sao_problem *problem);

/* Removes all temporary files; harmless after a commit. */
void sao_output_discard(sao_output *output);

#endif /* SAO_CLI_OUTPUT_H */
