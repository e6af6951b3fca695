// SPDX-License-Identifier: BSD-2-Clause
/* test_grace.c: when the packets that could use an unlinked bundle are through (DEL-7). */
#include "support/rig.h"

#include "core/grace.h"

#define QUEUES 3u

typedef struct fixture {
    sao_grace grace;
    void *queues;
} fixture;

static fixture make(void)
{
    fixture f = {.queues = malloc(QUEUES * SAO_CACHE_LINE)};

    sao_grace_init(&f.grace, f.queues, QUEUES);
    return f;
}

static bool over(fixture *f, uint32_t period)
{
    sao_grace_advance(&f->grace);
    return sao_grace_over(&f->grace, period);
}

static void without_packets_it_is_over_at_once(void **state)
{
    fixture f = make();

    (void)state;
    for (uint32_t i = 0; i < 5; i++)
        assert_true(over(&f, sao_grace_request(&f.grace)));
    assert_int_equal(f.grace.completed, 5);
    sao_grace_advance(&f.grace); /* nobody asked for more */
    assert_int_equal(f.grace.completed, 5);
    free(f.queues);
}

static void it_waits_for_each_queue(void **state)
{
    (void)state;
    for (uint32_t last = 0; last < QUEUES; last++) {
        fixture f = make();
        uint8_t phases[QUEUES];
        uint32_t period;

        for (uint32_t q = 0; q < QUEUES; q++)
            phases[q] = sao_grace_enter(&f.grace, q, 1);
        assert_int_equal(sao_grace_flights(&f.grace), QUEUES);
        period = sao_grace_request(&f.grace);
        assert_false(over(&f, period));
        for (uint32_t q = 0; q < QUEUES; q++)
            if (q != last)
                sao_grace_leave(&f.grace, q, phases[q], 1);
        assert_false(over(&f, period));
        sao_grace_leave(&f.grace, last, phases[last], 1);
        assert_true(over(&f, period));
        assert_int_equal(sao_grace_flights(&f.grace), 0);
        free(f.queues);
    }
}

static void it_does_not_wait_for_packets_behind_the_flip(void **state)
{
    fixture f = make();
    uint8_t before = sao_grace_enter(&f.grace, 0, 3), after;
    uint32_t period = sao_grace_request(&f.grace);

    (void)state;
    assert_false(over(&f, period));
    after = sao_grace_enter(&f.grace, 0, 1);
    assert_int_not_equal(before, after);
    sao_grace_leave(&f.grace, 0, before, 2);
    sao_grace_advance(&f.grace);
    assert_false(sao_grace_over(&f.grace, period)); /* one of three is left */
    sao_grace_leave(&f.grace, 0, before, 1);
    assert_true(over(&f, period));
    assert_false(over(&f, sao_grace_request(&f.grace))); /* the next one does */
    sao_grace_leave(&f.grace, 0, after, 1);
    assert_true(over(&f, 2));
    free(f.queues);
}

/* Who asks while a period runs needs a whole one of its own, shared with others that do. */
static void a_period_that_has_begun_is_not_shared(void **state)
{
    fixture f = make();
    uint8_t first = sao_grace_enter(&f.grace, 0, 1), second;
    uint32_t a = sao_grace_request(&f.grace), b, c;

    (void)state;
    assert_int_equal(sao_grace_request(&f.grace), a); /* not begun yet */
    sao_grace_advance(&f.grace);
    second = sao_grace_enter(&f.grace, 1, 1);
    b = sao_grace_request(&f.grace);
    c = sao_grace_request(&f.grace);
    assert_int_equal(b, a + 1);
    assert_int_equal(c, b);
    sao_grace_leave(&f.grace, 0, first, 1);
    assert_true(over(&f, a));
    assert_false(over(&f, b));
    sao_grace_leave(&f.grace, 1, second, 1);
    assert_true(over(&f, b));
    free(f.queues);
}

/* A thread that read the phase, slept through a flip and only then counted its packet: the next
 * period must not end before that packet does. */
static void a_straggler_under_the_old_phase_is_waited_for(void **state)
{
    fixture f = make();
    const uint8_t stale = (uint8_t)f.grace.phase;
    uint32_t period = sao_grace_request(&f.grace);

    (void)state;
    assert_true(over(&f, period));
    sao_grace_queue(&f.grace, 2)->flights[stale]++; /* it counts now, and then looks up */
    period = sao_grace_request(&f.grace);
    assert_false(over(&f, period));
    sao_grace_leave(&f.grace, 2, stale, 1);
    assert_true(over(&f, period));
    free(f.queues);
}

static void periods_are_counted_across_the_wrap(void **state)
{
    fixture f = make();
    uint32_t period = 0;

    (void)state;
    f.grace.completed = f.grace.wanted = UINT32_MAX - 2;
    for (uint32_t i = 0; i < 6; i++) {
        uint8_t phase = sao_grace_enter(&f.grace, i % QUEUES, 1);

        period = sao_grace_request(&f.grace);
        assert_false(over(&f, period));
        sao_grace_leave(&f.grace, i % QUEUES, phase, 1);
        assert_true(over(&f, period));
    }
    assert_int_equal(period, 3);
    free(f.queues);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_packets_it_is_over_at_once),
        cmocka_unit_test(it_waits_for_each_queue),
        cmocka_unit_test(it_does_not_wait_for_packets_behind_the_flip),
        cmocka_unit_test(a_period_that_has_begun_is_not_shared),
        cmocka_unit_test(a_straggler_under_the_old_phase_is_waited_for),
        cmocka_unit_test(periods_are_counted_across_the_wrap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
