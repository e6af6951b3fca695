// SPDX-License-Identifier: BSD-2-Clause
/* replay.c: a ring of one bit for each number of the window; see replay.h. */
#include "model/replay.h"

static uint32_t ring_word(uint64_t sequence)
{
    return (uint32_t)(sequence % SAO_REPLAY_WINDOW) / 64u;
}

static uint64_t ring_bit(uint64_t sequence)
{
    return UINT64_C(1) << (sequence % 64u);
}

void sao_replay_begin(sao_replay *replay, uint64_t highest)
{
    SAO_MEMSET(replay->seen, highest > 0 ? 0xFF : 0, sizeof replay->seen);
    replay->highest = highest;
}

bool sao_replay_is_fresh(const sao_replay *replay, uint64_t sequence)
{
    if (sequence == 0)
        return false;
    if (sequence > replay->highest)
        return true;
    if (replay->highest - sequence >= SAO_REPLAY_WINDOW)
        return false;
    return (replay->seen[ring_word(sequence)] & ring_bit(sequence)) == 0;
}

/* Moves the window up; the numbers that were jumped over have not been seen. */
static void advance(sao_replay *replay, uint64_t sequence)
{
    if (sequence - replay->highest >= SAO_REPLAY_WINDOW) {
        SAO_MEMSET(replay->seen, 0, sizeof replay->seen);
    } else {
        for (uint64_t skipped = replay->highest + 1u; skipped < sequence; skipped++)
            replay->seen[ring_word(skipped)] &= ~ring_bit(skipped);
    }
    replay->highest = sequence;
}

void sao_replay_mark(sao_replay *replay, uint64_t sequence)
{
    if (sequence > replay->highest)
        advance(replay, sequence);
    replay->seen[ring_word(sequence)] |= ring_bit(sequence);
}

uint64_t sao_replay_infer(const sao_replay *replay, uint32_t low)
{
    const uint32_t top = (uint32_t)replay->highest;
    const uint32_t bottom = top - (SAO_REPLAY_WINDOW - 1u); /* wraps below the first subspace */
    uint32_t high = (uint32_t)(replay->highest >> 32);

    if (top >= SAO_REPLAY_WINDOW - 1u) { /* the window lies in one subspace */
        if (low < bottom) {
            if (high == UINT32_MAX)
                return 0;
            high++;
        }
    } else if (low >= bottom) { /* it reaches into the subspace below */
        if (high == 0)
            return 0;
        high--;
    }
    return ((uint64_t)high << 32) | low;
}
