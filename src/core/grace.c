// SPDX-License-Identifier: BSD-2-Clause
#include "core/grace.h"

void sao_grace_init(sao_grace *grace, void *queues, uint32_t queue_count)
{
    SAO_MEMSET(grace, 0, sizeof *grace);
    SAO_MEMSET(queues, 0, (size_t)queue_count * SAO_CACHE_LINE);
    grace->queues = (uint8_t *)queues;
    grace->queue_count = queue_count;
}

uint8_t sao_grace_enter(sao_grace *grace, uint32_t queue, uint32_t count)
{
    uint8_t phase = (uint8_t)SAO_ATOMIC_LOAD(&grace->phase);

    /* Counted before anything is looked up. */
    SAO_ATOMIC_ADD_FENCE(&sao_grace_queue(grace, queue)->flights[phase], count);
    return phase;
}

void sao_grace_leave(sao_grace *grace, uint32_t queue, uint8_t phase, uint32_t count)
{
    SAO_ATOMIC_ADD(&sao_grace_queue(grace, queue)->flights[phase], 0u - count);
}

static bool phase_empty(const sao_grace *grace, uint32_t phase)
{
    for (uint32_t i = 0; i < grace->queue_count; i++)
        if (SAO_ATOMIC_LOAD(&sao_grace_queue(grace, i)->flights[phase]) != 0)
            return false;
    return true;
}

uint32_t sao_grace_request(sao_grace *grace)
{
    uint32_t next = grace->completed + (grace->begun ? 2u : 1u);

    if ((int32_t)(next - grace->wanted) > 0)
        grace->wanted = next;
    return next;
}

void sao_grace_advance(sao_grace *grace)
{
    while (grace->begun || grace->wanted != grace->completed) {
        uint32_t old = grace->phase ^ (grace->flipped ? 1u : 0u);

        SAO_ATOMIC_FENCE(); /* what was unlinked is unlinked before packets are counted */
        if (!grace->flipped) {
            grace->begun = true;
            if (!phase_empty(grace, old ^ 1u))
                return;
            SAO_ATOMIC_STORE(&grace->phase, old ^ 1u);
            SAO_ATOMIC_FENCE();
            grace->flipped = true;
        }
        if (!phase_empty(grace, old))
            return;
        grace->completed++;
        grace->begun = false;
        grace->flipped = false;
    }
}

bool sao_grace_over(const sao_grace *grace, uint32_t period)
{
    return (int32_t)(grace->completed - period) >= 0;
}

uint32_t sao_grace_flights(const sao_grace *grace)
{
    uint32_t flights = 0;

    for (uint32_t i = 0; i < grace->queue_count; i++) {
        flights += SAO_ATOMIC_LOAD(&sao_grace_queue(grace, i)->flights[0]);
        flights += SAO_ATOMIC_LOAD(&sao_grace_queue(grace, i)->flights[1]);
    }
    return flights;
}
