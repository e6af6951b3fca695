// SPDX-License-Identifier: BSD-2-Clause
// output.c: a set of files that appear together, or not at all.
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool cannot_write(const char *path, sao_problem *problem)
{
    return sao_problem_set(problem, SAO_EXIT_OUTPUT, "cannot write '%s': %s", path,
                           strerror(errno));
}

/* ---- folders --------------------------------------------------------------------------- */

/* Makes the folder that the first `length` bytes of output->folder name, if it is not there. */
static bool make_part(sao_output *output, size_t length, sao_problem *problem)
{
    struct stat status;
    char part[SAO_OUTPUT_PATH_MAX];

    memcpy(part, output->folder, length);
    part[length] = '\0';
    if (mkdir(part, 0777) == 0) {
        output->made[length] = true;
        return true;
    }
    if (errno == EEXIST && stat(part, &status) == 0) {
        if (S_ISDIR(status.st_mode))
            return true;
        errno = ENOTDIR;
    }
    return sao_problem_set(problem, SAO_EXIT_OUTPUT, "cannot make folder '%s': %s", part,
                           strerror(errno));
}

bool sao_output_make_folder(sao_output *output, const char *path, sao_problem *problem)
{
    size_t length = strlen(path);

    if (length == 0 || length >= sizeof output->folder)
        return sao_problem_set(problem, SAO_EXIT_OUTPUT, "'%s' is no name for a folder", path);
    memcpy(output->folder, path, length + 1);
    for (size_t i = 1; i < length; i++) {
        if (path[i] == '/' && !make_part(output, i, problem))
            return false;
    }
    return make_part(output, length, problem);
}

/* The deepest first; one that is not empty stays. */
static void remove_folders(sao_output *output)
{
    for (size_t i = sizeof output->folder - 1; i > 0; i--) {
        if (!output->made[i])
            continue;
        output->folder[i] = '\0';
        rmdir(output->folder);
        output->made[i] = false;
    }
}

/* ---- where a file goes ----------------------------------------------------------------- */

/* Writes FOLDER/NAME, or NAME alone without a folder. False: too long. */
static bool join(char path[SAO_OUTPUT_PATH_MAX], const char *folder, const char *name)
{
    int n = snprintf(path, SAO_OUTPUT_PATH_MAX, "%s%s%s", folder != NULL ? folder : "",
                     folder != NULL ? "/" : "", name);

    if (n >= 0 && n < SAO_OUTPUT_PATH_MAX)
        return true;
    errno = ENAMETOOLONG;
    return false;
}

/* Resolves the folder of a file that is not there, and puts the name behind it. */
static bool resolve_folder(char target[SAO_OUTPUT_PATH_MAX], const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder;
    char *real;
    bool good;

    if (slash == NULL)
        folder = strdup(".");
    else
        folder = strndup(path, slash > path ? (size_t)(slash - path) : 1);
    real = folder != NULL ? realpath(folder, NULL) : NULL;
    good = real != NULL && join(target, real, slash != NULL ? slash + 1 : path);
    free(real);
    free(folder);
    return good;
}

/* The one absolute path without symbolic links. False with errno: there can be no such file. */
static bool resolve(char target[SAO_OUTPUT_PATH_MAX], const char *path)
{
    char *real = realpath(path, NULL);
    struct stat status;
    bool good;

    if (real != NULL) {
        good = join(target, NULL, real);
        free(real);
        return good;
    }
    /* A link to nothing is an error: replaced, it would be no link any more. */
    if (errno != ENOENT || lstat(path, &status) == 0)
        return false;
    return resolve_folder(target, path);
}

bool sao_output_is_same(const char *path, const char *other)
{
    char one[SAO_OUTPUT_PATH_MAX];
    char two[SAO_OUTPUT_PATH_MAX];

    return resolve(one, path) && resolve(two, other) && strcmp(one, two) == 0;
}

/* True for a device, a pipe or a socket, also behind a symbolic link. */
static bool is_special(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

static bool name_temporary(sao_output_file *file, size_t index)
{
    int n = snprintf(file->temporary, sizeof file->temporary, "%s.%ld-%zu.tmp", file->target,
                     (long)getpid(), index);

    if (n >= 0 && (size_t)n < sizeof file->temporary)
        return true;
    errno = ENAMETOOLONG;
    return false;
}

/* Fills in the paths. False with errno. */
static bool name_file(sao_output_file *file, const char *folder, const char *name, size_t index)
{
    struct stat status;

    file->temporary[0] = '\0';
    if (!join(file->path, folder, name))
        return false;
    if (is_special(file->path))
        return join(file->target, NULL, file->path);
    if (!resolve(file->target, file->path))
        return false;
    if (stat(file->target, &status) == 0 && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return false;
    }
    return name_temporary(file, index);
}

/* False with errno. */
static bool open_output(sao_output_file *file, bool secret)
{
    int descriptor;

    if (file->temporary[0] == '\0')
        descriptor = open(file->target, O_WRONLY);
    else
        descriptor = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL, secret ? 0600 : 0666);
    file->file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (file->file != NULL)
        return true;
    if (descriptor >= 0) {
        close(descriptor);
        if (file->temporary[0] != '\0')
            unlink(file->temporary);
    }
    return false;
}

static bool is_in_set(const sao_output *output, const sao_output_file *file)
{
    for (size_t i = 0; i < output->count; i++) {
        if (output->files[i].temporary[0] != '\0' &&
            strcmp(output->files[i].target, file->target) == 0)
            return true;
    }
    return false;
}

FILE *sao_output_add(sao_output *output, const char *folder, const char *name, bool secret,
                     sao_problem *problem)
{
    sao_output_file *file = &output->files[output->count];

    if (!name_file(file, folder, name, output->count)) {
        cannot_write(file->path, problem);
        return NULL;
    }
    if (is_in_set(output, file)) {
        sao_problem_set(problem, SAO_EXIT_OUTPUT, "'%s' is the place of two results", file->path);
        return NULL;
    }
    if (!open_output(file, secret)) {
        cannot_write(file->path, problem);
        return NULL;
    }
    output->count++;
    return file->file;
}

/* ---- the end --------------------------------------------------------------------------- */

static bool close_all(sao_output *output, sao_problem *problem)
{
    bool good = true;

    for (size_t i = 0; i < output->count; i++) {
        sao_output_file *file = &output->files[i];
        bool failed = ferror(file->file) != 0;

        errno = EIO; /* unless closing says why */
        failed = fclose(file->file) != 0 || failed;
        file->file = NULL;
        if (failed)
            good = cannot_write(file->path, problem);
    }
    return good;
}

static bool rename_all(sao_output *output, sao_problem *problem)
{
    for (size_t i = 0; i < output->count; i++) {
        sao_output_file *file = &output->files[i];

        if (file->temporary[0] == '\0')
            continue;
        if (rename(file->temporary, file->target) != 0)
            return cannot_write(file->path, problem);
        file->temporary[0] = '\0';
    }
    return true;
}

bool sao_output_commit(sao_output *output, sao_problem *problem)
{
    bool good = close_all(output, problem) && rename_all(output, problem);

    if (good)
        memset(output->made, 0, sizeof output->made);
    sao_output_discard(output);
    return good;
}

void sao_output_discard(sao_output *output)
{
    for (size_t i = 0; i < output->count; i++) {
        if (output->files[i].file != NULL)
            fclose(output->files[i].file);
        if (output->files[i].temporary[0] != '\0')
            unlink(output->files[i].temporary);
    }
    output->count = 0;
    remove_folders(output);
}
