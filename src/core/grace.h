// SPDX-License-Identifier: BSD-2-Clause
/*
 * grace.h: knows when every packet that could use an unlinked bundle is through (DEL-7).
 *
 * A packet in flight is counted by its queue under the phase that held when it came. A grace
 * period flips the phase and ends when no queue counts a packet of the old one. A packet whose
 * thread read the phase just before an earlier flip may still count under the wrong one, so a
 * period first waits until the phase that it is about to use is empty.
 */
#ifndef SAO_CORE_GRACE_H
#define SAO_CORE_GRACE_H

#include <saoffload/packet.h>
#include <saoffload/platform.h>

#define SAO_CACHE_LINE 64u

/* Written by one queue's thread; alone on its cache lines. */
typedef struct sao_queue {
    sao_atomic32 flights[2]; /* by phase */
    sao_atomic32 held;       /* received, not yet returned by the transport (PNP-2) */
    uint32_t reserved;
    uint64_t received_processed;
    uint64_t received_untouched;
    uint64_t sent_processed;
    uint64_t sent_plain;
    uint64_t sends_refused;
    uint64_t delete_wishes;
} sao_queue;

SAO_STATIC_ASSERT(sizeof(sao_queue) <= SAO_CACHE_LINE, "a queue fits its cache line");

typedef struct sao_grace {
    uint8_t *queues; /* SAO_CACHE_LINE bytes each */
    uint32_t queue_count;
    sao_atomic32 phase;
    uint32_t wanted; /* periods, counted from 1 */
    uint32_t completed;
    bool begun;   /* the period after `completed` has begun */
    bool flipped; /* and has flipped the phase */
} sao_grace;

void sao_grace_init(sao_grace *grace, void *queues, uint32_t queue_count);

static inline sao_queue *sao_grace_queue(const sao_grace *grace, uint32_t queue)
{
    return (sao_queue *)(void *)(grace->queues + (size_t)queue * SAO_CACHE_LINE);
}

/* `count` packets of this queue are in flight from here; returns their phase. */
uint8_t sao_grace_enter(sao_grace *grace, uint32_t queue, uint32_t count);
void sao_grace_leave(sao_grace *grace, uint32_t queue, uint8_t phase, uint32_t count);

/* Asks for a whole period that begins after this call; what came together shares one. */
uint32_t sao_grace_request(sao_grace *grace);

/* Moves the current period on as far as packets allow. */
void sao_grace_advance(sao_grace *grace);

/* True if the period that sao_grace_request named is over. */
bool sao_grace_over(const sao_grace *grace, uint32_t period);

/* Packets in flight, all queues and phases. */
uint32_t sao_grace_flights(const sao_grace *grace);

#endif /* SAO_CORE_GRACE_H */
