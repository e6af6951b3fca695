// SPDX-License-Identifier: BSD-2-Clause
/* The replay window against its edges, and against a model that remembers every number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/replay.h"

#define WINDOW ((uint64_t)SAO_REPLAY_WINDOW)

/* Marks a number if it is fresh, as a receiver does. */
static bool take(sao_replay *replay, uint64_t sequence)
{
    if (!sao_replay_is_fresh(replay, sequence))
        return false;
    sao_replay_mark(replay, sequence);
    return true;
}

static void each_number_is_taken_once(void **state)
{
    sao_replay replay;

    (void)state;
    sao_replay_begin(&replay, 0);
    assert_false(sao_replay_is_fresh(&replay, 0));
    for (uint64_t sequence = 1; sequence < 5 * WINDOW; sequence++) {
        assert_true(take(&replay, sequence));
        assert_false(take(&replay, sequence));
    }
}

static void the_window_has_two_edges(void **state)
{
    sao_replay replay;

    (void)state;
    sao_replay_begin(&replay, 0);
    assert_true(take(&replay, 10 * WINDOW));
    assert_false(sao_replay_is_fresh(&replay, 9 * WINDOW)); /* just too old */
    assert_true(sao_replay_is_fresh(&replay, 9 * WINDOW + 1));
    assert_true(take(&replay, 9 * WINDOW + 1));
    assert_false(take(&replay, 9 * WINDOW + 1));
    assert_true(take(&replay, 10 * WINDOW + 1)); /* moves that one out, by one place */
    assert_false(sao_replay_is_fresh(&replay, 9 * WINDOW + 1));
}

static void jumped_numbers_are_fresh(void **state)
{
    static const uint64_t jumps[] = {
        2,          63,         64,       65,         WINDOW - 1,    WINDOW,
        WINDOW + 1, 2 * WINDOW, 1u << 20, UINT32_MAX, UINT64_MAX / 2};

    (void)state;
    for (size_t i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
        const uint64_t top = 3 * WINDOW + jumps[i];
        sao_replay replay;

        sao_replay_begin(&replay, 0);
        for (uint64_t sequence = 1; sequence <= 3 * WINDOW; sequence++)
            assert_true(take(&replay, sequence));
        assert_true(take(&replay, top));
        for (uint64_t back = 1; back < WINDOW; back++)
            assert_int_equal(take(&replay, top - back), back < jumps[i]);
        assert_false(take(&replay, top));
    }
}

static void behaves_as_a_full_memory(void **state)
{
    enum { NUMBERS = 20000 };
    static bool seen[NUMBERS];
    sao_replay replay;
    uint64_t highest = 0;
    uint32_t random = 12345;

    (void)state;
    memset(seen, 0, sizeof seen);
    sao_replay_begin(&replay, 0);
    for (uint32_t i = 0; i < 200000; i++) {
        uint64_t sequence;
        bool fresh;

        random = random * 1664525u + 1013904223u;
        sequence = highest + (random >> 16) % 1300u; /* a little ahead, or far behind */
        sequence = sequence > 1200u ? sequence - 1200u : 1u;
        if (sequence >= NUMBERS)
            break;
        fresh = sequence > highest || (highest - sequence < WINDOW && !seen[sequence]);
        assert_int_equal(take(&replay, sequence), fresh);
        seen[sequence] = true;
        highest = sequence > highest ? sequence : highest;
    }
    assert_true(highest > 10 * WINDOW);
}

/* Of the numbers with that low half, the receiver means the one nearest above the window. */
static void infers_the_high_half(void **state)
{
    static const uint64_t tops[] = {1,
                                    WINDOW - 2,
                                    WINDOW - 1,
                                    WINDOW,
                                    UINT32_MAX - 1,
                                    UINT32_MAX,
                                    UINT64_C(1) << 32,
                                    (UINT64_C(1) << 32) + 5,
                                    (UINT64_C(1) << 32) + WINDOW - 2,
                                    (UINT64_C(1) << 32) + WINDOW - 1,
                                    (UINT64_C(7) << 32) + 77,
                                    (UINT64_C(7) << 32) + UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof tops / sizeof tops[0]; i++) {
        const uint64_t bottom = tops[i] >= WINDOW ? tops[i] - (WINDOW - 1) : 1;
        sao_replay replay;

        sao_replay_begin(&replay, 0);
        assert_true(take(&replay, tops[i]));
        for (uint64_t sequence = bottom; sequence < tops[i] + 3 * WINDOW; sequence++)
            assert_int_equal(sao_replay_infer(&replay, (uint32_t)sequence), sequence);
    }
}

static void infers_nothing_that_cannot_be(void **state)
{
    sao_replay replay;

    (void)state;
    /* Before the first number. */
    sao_replay_begin(&replay, 0);
    assert_int_equal(sao_replay_infer(&replay, UINT32_MAX), 0);
    assert_int_equal(sao_replay_infer(&replay, 5), 5);
    /* After the last one. */
    replay.highest = UINT64_MAX;
    assert_int_equal(sao_replay_infer(&replay, 3), 0);
    assert_int_equal(sao_replay_infer(&replay, UINT32_MAX), UINT64_MAX);
}

static void goes_on_behind_what_was_seen(void **state)
{
    const uint64_t highest = 7 * WINDOW + 5;
    sao_replay replay;

    (void)state;
    for (uint64_t jump = 1; jump <= 2 * WINDOW; jump++) {
        sao_replay_begin(&replay, highest);
        assert_true(take(&replay, highest + jump));
        for (uint64_t sequence = highest - WINDOW; sequence <= highest; sequence++)
            assert_false(sao_replay_is_fresh(&replay, sequence));
        if (jump > 1)
            assert_true(take(&replay, highest + jump - 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_number_is_taken_once),
        cmocka_unit_test(the_window_has_two_edges),
        cmocka_unit_test(jumped_numbers_are_fresh),
        cmocka_unit_test(behaves_as_a_full_memory),
        cmocka_unit_test(infers_the_high_half),
        cmocka_unit_test(infers_nothing_that_cannot_be),
        cmocka_unit_test(goes_on_behind_what_was_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
