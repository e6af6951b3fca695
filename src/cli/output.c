// SPDX-License-Identifier: BSD-2-Clause
// output.c: a set of files that appear together, or not at all.
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool cannot_write(const char *path, sao_problem *problem)
{
    return sao_problem_set(problem, SAO_EXIT_OUTPUT, "cannot write '%s': %s", path,
                           strerror(errno));
}

static bool make_one_folder(const char *path, sao_problem *problem)
{
    struct stat status;

    if (mkdir(path, 0777) == 0)
        return true;
    if (errno == EEXIST && stat(path, &status) == 0) {
        if (S_ISDIR(status.st_mode))
            return true;
        errno = ENOTDIR;
    }
    return sao_problem_set(problem, SAO_EXIT_OUTPUT, "cannot make folder '%s': %s", path,
                           strerror(errno));
}

bool sao_output_make_folder(const char *path, sao_problem *problem)
{
    char part[SAO_OUTPUT_PATH_MAX];
    size_t length = strlen(path);

    if (length == 0 || length >= sizeof part)
        return sao_problem_set(problem, SAO_EXIT_OUTPUT, "'%s' is no name for a folder", path);
    memcpy(part, path, length + 1);
    for (size_t i = 1; i < length; i++) {
        if (part[i] != '/')
            continue;
        part[i] = '\0';
        if (!make_one_folder(part, problem))
            return false;
        part[i] = '/';
    }
    return make_one_folder(part, problem);
}

/* A device or a pipe is written in place; so is a symbolic link, which a rename would replace. */
static bool is_special(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

/* Writes FOLDER/NAME, or NAME alone without a folder. False: too long. */
static bool join(char path[SAO_OUTPUT_PATH_MAX], const char *folder, const char *name)
{
    int n = snprintf(path, SAO_OUTPUT_PATH_MAX, "%s%s%s", folder != NULL ? folder : "",
                     folder != NULL ? "/" : "", name);

    return n >= 0 && n < SAO_OUTPUT_PATH_MAX;
}

static bool name_file(sao_output_file *file, const char *folder, const char *name, size_t index)
{
    char temporary[SAO_OUTPUT_PATH_MAX];
    int n = snprintf(temporary, sizeof temporary, "%s.%ld-%zu.tmp", name, (long)getpid(), index);

    file->temporary[0] = '\0';
    if (n < 0 || (size_t)n >= sizeof temporary || !join(file->path, folder, name))
        return false;
    return is_special(file->path) || join(file->temporary, folder, temporary);
}

FILE *sao_output_add(sao_output *output, const char *folder, const char *name, bool secret,
                     sao_problem *problem)
{
    sao_output_file *file = &output->files[output->count];
    struct stat status;
    int descriptor;

    if (!name_file(file, folder, name, output->count)) {
        errno = ENAMETOOLONG;
        cannot_write(name, problem);
        return NULL;
    }
    if (stat(file->path, &status) == 0 && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        cannot_write(file->path, problem);
        return NULL;
    }
    if (file->temporary[0] == '\0')
        descriptor = open(file->path, O_WRONLY | O_TRUNC);
    else
        descriptor = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL, secret ? 0600 : 0666);
    file->file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (file->file == NULL) {
        cannot_write(file->path, problem);
        if (descriptor >= 0)
            close(descriptor);
        return NULL;
    }
    output->count++;
    return file->file;
}

static bool close_all(sao_output *output, sao_problem *problem)
{
    bool good = true;

    for (size_t i = 0; i < output->count; i++) {
        sao_output_file *file = &output->files[i];
        bool failed = ferror(file->file) != 0;

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
        if (rename(file->temporary, file->path) != 0)
            return cannot_write(file->path, problem);
        file->temporary[0] = '\0';
    }
    return true;
}

bool sao_output_commit(sao_output *output, sao_problem *problem)
{
    bool good = close_all(output, problem) && rename_all(output, problem);

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
}
