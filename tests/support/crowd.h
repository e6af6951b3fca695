// SPDX-License-Identifier: BSD-2-Clause
/*
 * crowd.h: threads around one adapter, that know nothing of each other: packets, requests and their
 * cancels, and the hardware, which answers now or later, well or badly. Each checks what it sees.
 */
#ifndef SAO_TEST_CROWD_H
#define SAO_TEST_CROWD_H

#include "support/rig.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define CAPACITY 40u
#define SPIS 24u /* of each direction */
#define LIST_MAX 3u
#define JOBS_MAX 24u
#define ANSWERS_MAX 64u
#define PACKETS_MAX 4u /* that a thread has in flight */

/* In any thread, so not by CMocka. */
#define check(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);          \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

typedef enum job_state { JOB_NEW, JOB_PENDING, JOB_DONE } job_state;

/* A request; it is freed the moment it is over. */
typedef struct job {
    sao_request request;
    rig_buffer buffer;
    uint32_t count;
    uint32_t names[LIST_MAX]; /* of the bundles of its list */
    NDIS_HANDLE handles[LIST_MAX];
    job_state state;
    bool before; /* it was pending as the reset, or the sleep, began */
} job;

typedef struct answer {
    sao_ticket ticket;
    NDIS_STATUS status;
} answer;

typedef struct world {
    sao_adapter *adapter;
    sao_profile profile;
    uint32_t seed;
    uint32_t rounds;
    pthread_mutex_t lock; /* the adapter's */

    pthread_mutex_t bench; /* jobs and answers */
    job *jobs[JOBS_MAX];
    answer answers[ANSWERS_MAX];
    uint32_t answer_count;

    atomic_uint threads;    /* started: gives each its own seed */
    atomic_uint queues;     /* one for each thread with packets */
    atomic_uint submitters; /* that are not done */
    atomic_bool stop;
    atomic_uint told[SAO_LIFE_EVENTS];
    NDIS_STATUS outcome[SAO_LIFE_EVENTS];
    atomic_uintptr_t handles[2u * SPIS]; /* by name: inbound ones, then outbound ones */
    atomic_uint flying[CAPACITY];        /* packets that use the bundle with this index */
    atomic_uint chance;                  /* for the backend, which has no thread of its own */
    atomic_uint processed;
    atomic_uint sent;
    atomic_uint added;
    atomic_uint wished;
} world;

/* Every thread's own. */
typedef struct dice {
    world *w;
    uint32_t random;
} dice;

dice new_dice(world *w);
uint32_t below(dice *d, uint32_t bound);

/* What the hardware can be asked; `backend` is the world. */
extern const sao_backend_ops crowd_backend_ops;
/* The adapter's host, told of a request's end. */
void crowd_request_complete(void *host, sao_request *request);

/* Bodies of threads; each is given the world. Those with requests end by themselves, the others
 * when world.stop is set. */
void *crowd_hardware(void *context);
void *crowd_requests(void *context);
void *crowd_packets(void *context);

#endif /* SAO_TEST_CROWD_H */
