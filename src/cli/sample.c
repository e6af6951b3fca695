// SPDX-License-Identifier: BSD-2-Clause
// sample.c: see sample.h.
#include "cli/sample.h"

#include "cli/capture.h"

#include <stdlib.h>
#include <string.h>

static void drop(sao_ip_packet *packet)
{
    free((void *)(uintptr_t)packet->bytes);
    packet->bytes = NULL;
}

/* Of a sample that is full every other one goes, and from here half as many are taken: so no
 * capture is too long, and one that is read from a pipe is sampled as evenly as a file. */
static void thin_out(sao_sample *sample)
{
    size_t kept = 0;

    for (size_t i = 0; i < sample->count; i++) {
        if (i % 2 == 0)
            sample->packets[kept++] = sample->packets[i];
        else
            drop(&sample->packets[i]);
    }
    sample->count = kept;
    sample->stride *= 2;
}

static bool keep(sao_sample *sample, const sao_ip_packet *packet)
{
    uint8_t *copy = malloc(packet->length);

    if (copy == NULL)
        return false;
    memcpy(copy, packet->bytes, packet->length);
    sample->packets[sample->count] = *packet;
    sample->packets[sample->count].bytes = copy;
    sample->count++;
    return true;
}

static bool take(sao_sample *sample, const sao_ip_packet *packet)
{
    if (sample->found++ % sample->stride != 0)
        return true;
    if (sample->count == sample->room)
        thin_out(sample);
    return (sample->found - 1) % sample->stride != 0 || keep(sample, packet);
}

/* Leaves at most so many, spread evenly. */
static void cut(sao_sample *sample, size_t most)
{
    const size_t before = sample->count;
    size_t kept = 0;

    for (size_t i = 0; before > most && i < before; i++) {
        if (kept < most && i >= kept * before / most)
            sample->packets[kept++] = sample->packets[i];
        else
            drop(&sample->packets[i]);
    }
    if (before > most)
        sample->count = kept;
}

static bool read_all(sao_sample *sample, sao_capture *capture, bool allow_truncated,
                     sao_problem *problem)
{
    sao_capture_packet captured;
    sao_capture_result result;
    sao_ip_packet packet;

    while ((result = sao_capture_next(capture, &captured, problem)) == SAO_CAPTURE_PACKET) {
        if (sao_classify(sao_capture_link_type(capture), captured.bytes, captured.captured,
                         captured.original, &packet) == SAO_BYPASS_NONE &&
            !take(sample, &packet))
            return sao_problem_set(problem, SAO_EXIT_INTERNAL, "out of memory for the packets");
    }
    return result == SAO_CAPTURE_END || (result == SAO_CAPTURE_TRUNCATED && allow_truncated);
}

bool sao_sample_read(sao_sample *sample, const char *capture, size_t most, bool allow_truncated,
                     sao_problem *problem)
{
    sao_capture *file;
    bool good;

    sample->room = 2 * most;
    sample->stride = 1;
    sample->packets = calloc(sample->room, sizeof *sample->packets);
    if (sample->packets == NULL)
        return sao_problem_set(problem, SAO_EXIT_INTERNAL, "out of memory for the packets");
    file = sao_capture_open(capture, problem);
    if (file == NULL)
        return false;
    good = read_all(sample, file, allow_truncated, problem);
    sao_capture_close(file);
    if (!good)
        return false;
    cut(sample, most);
    return sample->count > 0 || sao_problem_set(problem, SAO_EXIT_INPUT,
                                                "capture '%s' holds no packet to replay", capture);
}

void sao_sample_free(sao_sample *sample)
{
    for (size_t i = 0; i < sample->count; i++)
        drop(&sample->packets[i]);
    free(sample->packets);
    memset(sample, 0, sizeof *sample);
}
