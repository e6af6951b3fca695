// SPDX-License-Identifier: BSD-2-Clause
/*
 * timeline.h: the story of one delete, picked out of the stream of events.
 *
 * It begins with the first SaDeleteReq, follows both deletes that the transport answers it with
 * (DEL-3), and ends when both bundles are freed. It holds the first such story that is complete.
 */
#ifndef SAO_CLI_TIMELINE_H
#define SAO_CLI_TIMELINE_H

#include "cli/hosts.h"

#include <stdio.h>

#define SAO_TIMELINE_ENTRIES_MAX 64

typedef struct sao_timeline_entry {
    uint64_t packet; /* of the capture, being replayed at that time */
    int half;        /* 0: the inbound bundle's delete, 1: the outbound's */
    sao_event event;
} sao_timeline_entry;

/* One of the two deletes. */
typedef struct sao_timeline_half {
    uint64_t handle;
    uint64_t request; /* as the events of the boundary name it; 0: not submitted */
    bool answered;
    bool freed;
} sao_timeline_half;

/* All zero is an empty timeline. */
typedef struct sao_timeline {
    uint64_t packet;           /* set it before each packet of the capture */
    const sao_host_pair *pair; /* whose story it is; NULL before one begins */
    sao_host_pair names;       /* a copy: the pair may be gone when it is printed */
    uint32_t adapter;
    bool indicated;
    bool complete;
    sao_event submit; /* a DELETE whose elements have not been seen yet */
    sao_timeline_half half[2];
    size_t count;
    sao_timeline_entry entries[SAO_TIMELINE_ENTRIES_MAX];
} sao_timeline;

void sao_timeline_event(sao_timeline *timeline, const sao_host_pair *pair, const sao_event *event);

/* The pair's link is gone: a story of it that is not complete is dropped. */
void sao_timeline_closed(sao_timeline *timeline, const sao_host_pair *pair);

/* Prints the story, or that there was none. */
void sao_timeline_print(const sao_timeline *timeline, FILE *file);

#endif /* SAO_CLI_TIMELINE_H */
