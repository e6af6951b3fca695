// SPDX-License-Identifier: BSD-2-Clause
/* progress.h: a bar on the terminal; nothing where standard error is none. */
#ifndef SAO_CLI_PROGRESS_H
#define SAO_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct sao_progress {
    bool shown; /* false: every call does nothing */
    uint32_t calls;
    int64_t last; /* milliseconds */
} sao_progress;

void sao_progress_begin(sao_progress *progress, bool quiet);

/* `done` from 0 to 1, negative for unknown; cheap enough for every packet. */
bool sao_progress_due(sao_progress *progress);
void sao_progress_show(const sao_progress *progress, double done, uint64_t packets);

/* Clears the line. */
void sao_progress_end(const sao_progress *progress);

#endif /* SAO_CLI_PROGRESS_H */
