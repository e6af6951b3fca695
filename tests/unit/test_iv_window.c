// SPDX-License-Identifier: BSD-2-Clause
/* test_iv_window.c: a sequence number makes an IV once (TX-3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nic/iv_window.h"

static void numbers_in_order_are_new(void **state)
{
    sao_iv_window window;

    (void)state;
    sao_iv_window_init(&window);
    for (uint64_t i = 1; i < 1000; i++)
        assert_true(sao_iv_window_take(&window, i));
}

static void zero_is_never_taken(void **state)
{
    sao_iv_window window;

    (void)state;
    sao_iv_window_init(&window);
    assert_false(sao_iv_window_take(&window, 0));
    assert_true(sao_iv_window_take(&window, 1));
    assert_false(sao_iv_window_take(&window, 0));
}

static void a_number_is_taken_once(void **state)
{
    sao_iv_window window;

    (void)state;
    sao_iv_window_init(&window);
    assert_true(sao_iv_window_take(&window, 100));
    assert_false(sao_iv_window_take(&window, 100));
    assert_true(sao_iv_window_take(&window, 99));
    assert_false(sao_iv_window_take(&window, 99));
    assert_true(sao_iv_window_take(&window, 200));
    assert_false(sao_iv_window_take(&window, 200));
    assert_false(sao_iv_window_take(&window, 100));
}

static void what_is_too_old_to_know_counts_as_used(void **state)
{
    sao_iv_window window;

    (void)state;
    sao_iv_window_init(&window);
    assert_true(sao_iv_window_take(&window, 1000));
    assert_true(sao_iv_window_take(&window, 1000 - (SAO_IV_WINDOW_WIDTH - 1)));
    assert_false(sao_iv_window_take(&window, 1000 - SAO_IV_WINDOW_WIDTH));
    assert_false(sao_iv_window_take(&window, 1));
}

static void a_refusal_changes_nothing(void **state)
{
    sao_iv_window window, before;

    (void)state;
    sao_iv_window_init(&window);
    assert_true(sao_iv_window_take(&window, 500));
    before = window;
    assert_false(sao_iv_window_take(&window, 500));
    assert_false(sao_iv_window_take(&window, 3));
    assert_memory_equal(&window, &before, sizeof window);
}

static void jumps_of_any_width(void **state)
{
    static const uint64_t steps[] = {1,  2,   62,   63,         64,
                                     65, 127, 1000, UINT32_MAX, (uint64_t)1 << 40};
    sao_iv_window window;
    uint64_t at = 1;

    (void)state;
    sao_iv_window_init(&window);
    assert_true(sao_iv_window_take(&window, at));
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const uint64_t before = at;

        at += steps[i];
        assert_true(sao_iv_window_take(&window, at));
        assert_false(sao_iv_window_take(&window, before));
        if (steps[i] > 1)
            assert_true(sao_iv_window_take(&window, at - 1));
    }
    assert_true(sao_iv_window_take(&window, UINT64_MAX));
    assert_false(sao_iv_window_take(&window, UINT64_MAX));
}

/* Against a memory of everything, over numbers that come near and far. */
static void no_number_is_ever_taken_twice(void **state)
{
    static uint8_t taken[4096];
    sao_iv_window window;
    uint64_t highest = 0;
    uint32_t random = 12345;

    (void)state;
    memset(taken, 0, sizeof taken);
    sao_iv_window_init(&window);
    taken[0] = 1;
    for (unsigned i = 0; i < 20000; i++) {
        random = random * 1664525u + 1013904223u;
        /* Around the highest so far, which creeps up. */
        const uint64_t low = highest > 80 ? highest - 80 : 0;
        const uint64_t number = low + (random >> 16) % 84;

        if (number >= sizeof taken)
            break;
        const int expected =
            !taken[number] && (number > highest || highest - number < SAO_IV_WINDOW_WIDTH);

        assert_int_equal(sao_iv_window_take(&window, number), expected);
        if (expected)
            taken[number] = 1;
        if (number > highest)
            highest = number;
    }
    assert_true(highest > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_in_order_are_new),
        cmocka_unit_test(zero_is_never_taken),
        cmocka_unit_test(a_number_is_taken_once),
        cmocka_unit_test(what_is_too_old_to_know_counts_as_used),
        cmocka_unit_test(a_refusal_changes_nothing),
        cmocka_unit_test(jumps_of_any_width),
        cmocka_unit_test(no_number_is_ever_taken_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
