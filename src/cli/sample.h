// SPDX-License-Identifier: BSD-2-Clause
/* sample.h: packets of a capture, kept in memory to be replayed again and again. */
#ifndef SAO_CLI_SAMPLE_H
#define SAO_CLI_SAMPLE_H

#include "cli/classify.h"
#include "cli/problem.h"

/* All zero is an empty one. */
typedef struct sao_sample {
    sao_ip_packet *packets; /* their bytes are the sample's */
    size_t count;
    size_t room;
    uint64_t found;  /* packets that could have been taken */
    uint64_t stride; /* every how many of them one was */
} sao_sample;

/*
 * Reads the whole capture and keeps at most `most` of its packets, spread over all of it evenly.
 * False with the problem set: it cannot be read, holds no packet to replay, or there is no memory.
 * `allow_truncated`: a capture cut off at its end will do.
 */
bool sao_sample_read(sao_sample *sample, const char *capture, size_t most, bool allow_truncated,
                     sao_problem *problem);

void sao_sample_free(sao_sample *sample);

#endif /* SAO_CLI_SAMPLE_H */
