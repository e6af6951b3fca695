// SPDX-License-Identifier: BSD-2-Clause
/*
 * output.h: a set of files that appear together, or not at all.
 *
 * Each is written under a temporary name beside its place; a commit closes all of them and then
 * renames them. A discard leaves nothing behind. Symbolic links stay: what they lead to is
 * replaced. Devices and pipes are written in place.
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
    char path[SAO_OUTPUT_PATH_MAX];      /* as the user knows it */
    char target[SAO_OUTPUT_PATH_MAX];    /* what that leads to; absolute, without links */
    char temporary[SAO_OUTPUT_PATH_MAX]; /* empty: written in place */
} sao_output_file;

/* All zero is a set without files. */
typedef struct sao_output {
    sao_output_file files[SAO_OUTPUT_FILES_MAX];
    size_t count;
    char folder[SAO_OUTPUT_PATH_MAX];
    bool made[SAO_OUTPUT_PATH_MAX]; /* by length: this part of `folder` was not there before */
} sao_output;

/* Makes the folder and those above it that are missing; once for each set. */
bool sao_output_make_folder(sao_output *output, const char *path, sao_problem *problem);

/* Adds a file to the set, in `folder` if that is not NULL; `secret` keeps other users out. NULL
 * with the problem set if it cannot be written, or is in the set already. */
FILE *sao_output_add(sao_output *output, const char *folder, const char *name, bool secret,
                     sao_problem *problem);

/* True if both paths lead to the same place, whether a file is there or not. */
bool sao_output_is_same(const char *path, const char *other);

/* Closes all files and gives them their names; a problem is followed by a discard. */
bool sao_output_commit(sao_output *output, sao_problem *problem);

/* Removes all temporary files, and the folders that were made for them and are empty; harmless
 * after a commit. */
void sao_output_discard(sao_output *output);

#endif /* SAO_CLI_OUTPUT_H */
