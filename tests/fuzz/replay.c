// SPDX-License-Identifier: BSD-2-Clause
/* replay.c: gives a fuzz target the files, and the folders' files, that the command line names. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define INPUT_MAX 65536u
#define PATH_MAX_LENGTH 1024

static bool replay_file(const char *path)
{
    static uint8_t bytes[INPUT_MAX];
    FILE *file = fopen(path, "rb");
    uint8_t *copy;
    size_t length;

    if (file == NULL) {
        perror(path);
        return false;
    }
    length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    copy = fuzz_copy(bytes, length);
    (void)LLVMFuzzerTestOneInput(copy, length);
    free(copy);
    return true;
}

/* Returns how many files there were, or -1. */
static int replay_folder(const char *path, DIR *folder)
{
    const struct dirent *entry;
    int count = 0;

    while (count >= 0 && (entry = readdir(folder)) != NULL) {
        char name[PATH_MAX_LENGTH];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        count = replay_file(name) ? count + 1 : -1;
    }
    return count;
}

static int replay(const char *path)
{
    DIR *folder = opendir(path);
    int count;

    if (folder == NULL)
        return replay_file(path) ? 1 : -1;
    count = replay_folder(path, folder);
    closedir(folder);
    return count;
}

int main(int argc, char **argv)
{
    int total = 0;

    for (int i = 1; i < argc; i++) {
        int count = replay(argv[i]);

        if (count < 0)
            return EXIT_FAILURE;
        total += count;
    }
    printf("%d inputs\n", total);
    return total > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
