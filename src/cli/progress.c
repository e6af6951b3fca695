// SPDX-License-Identifier: BSD-2-Clause
// progress.c: a bar on the terminal.
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { BAR_WIDTH = 40, CALLS_PER_LOOK = 64, MILLISECONDS_PER_DRAWING = 100 };

static int64_t milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void sao_progress_begin(sao_progress *progress, bool quiet)
{
    progress->shown = !quiet && isatty(STDERR_FILENO) != 0;
    progress->calls = 0;
    progress->last = milliseconds();
}

bool sao_progress_due(sao_progress *progress)
{
    int64_t now;

    if (!progress->shown || ++progress->calls % CALLS_PER_LOOK != 0)
        return false;
    now = milliseconds();
    if (now - progress->last < MILLISECONDS_PER_DRAWING)
        return false;
    progress->last = now;
    return true;
}

void sao_progress_show(const sao_progress *progress, double done, uint64_t packets)
{
    static const char full[] = "########################################";
    int filled = (int)(done * BAR_WIDTH);

    if (!progress->shown)
        return;
    if (done < 0) {
        fprintf(stderr, "\r%" PRIu64 " packets", packets);
        return;
    }
    filled = filled > BAR_WIDTH ? BAR_WIDTH : filled;
    fprintf(stderr, "\r[%-*.*s] %3d %%  %" PRIu64 " packets", BAR_WIDTH, filled, full,
            filled * 100 / BAR_WIDTH, packets);
}

void sao_progress_end(const sao_progress *progress)
{
    if (progress->shown)
        fputs("\r\033[K", stderr);
}
