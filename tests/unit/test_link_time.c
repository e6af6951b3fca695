// SPDX-License-Identifier: BSD-2-Clause
/* test_link_time.c: time passes on a link as its caller says, and the same calls do the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/line.h"

/* A line that remembers everything that was to be seen of it. */
typedef struct digest {
    test_line line;
    uint64_t value;
    uint32_t events_of_tag[2];
} digest;

static void take(digest *d, const void *bytes, size_t length)
{
    const uint8_t *byte = bytes;

    for (size_t i = 0; i < length; i++)
        d->value = (d->value ^ byte[i]) * UINT64_C(0x100000001b3);
}

static void take_frame(void *context, int from, const uint8_t *frame, size_t length)
{
    line_wire(context, from, frame, length);
    take(context, frame, length);
}

static void take_event(void *context, const sao_event *event)
{
    digest *d = context;

    assert_in_range(event->adapter, LINE_TAG, LINE_TAG + 1);
    d->events_of_tag[event->adapter - LINE_TAG]++;
    take(d, event, sizeof *event);
}

static void same_calls_same_results(void **state)
{
    uint64_t digests[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        digest d = {.value = UINT64_C(0xcbf29ce484222325)};

        line_init(&d.line);
        d.line.random = i == 2 ? 2 : 1;
        d.line.config.hooks.wire = take_frame;
        d.line.config.hooks.event = take_event;
        line_open(&d.line);
        line_send_many(&d.line, 1000, LINE_MIXED);
        line_close_quiet(&d.line);
        digests[i] = d.value;
        assert_true(d.events_of_tag[0] > 0 && d.events_of_tag[1] > 0);
    }
    assert_true(digests[0] == digests[1]);
    assert_true(digests[0] != digests[2]);
}

static void time_is_needed_and_passes(void **state)
{
    test_line f;

    (void)state;
    line_init(&f);
    f.config.ticks_per_packet = 0;
    f.config.nic.send_latency = 5;
    f.config.nic.receive_latency = 5;
    line_open(&f);
    line_send(&f, 0);
    assert_int_equal(f.frames[0], 0);
    sao_link_run(f.link, 5);
    assert_int_equal(f.frames[0], 1);
    sao_link_run(f.link, 4);
    assert_int_equal(f.delivered[1], 0);
    sao_link_run(f.link, 1);
    assert_int_equal(f.delivered[1], 1);
    line_close_quiet(&f);
}

/* More than there are buffers: a send waits until there is one. */
static void a_full_link_waits(void **state)
{
    test_line f;

    (void)state;
    line_init(&f);
    f.config.ticks_per_packet = 0;
    f.config.nic.send_latency = 100;
    f.config.nic.receive_latency = 10000;
    line_open(&f);
    line_send_many(&f, 200, LINE_IN_TURNS);
    line_close_quiet(&f);
}

static void time_jumps_to_what_is_due(void **state)
{
    static test_line f;
    uint64_t begin;

    (void)state;
    line_init(&f);
    f.config.nic.profile = SAO_PROFILE_NDIS_6_20;
    f.config.ticks_per_packet = 0;
    f.config.nic.send_latency = 50;
    f.config.nic.receive_latency = 20;
    f.config.rekey_after = 0;
    line_open(&f);
    begin = sao_link_now(f.link);
    assert_int_equal(sao_link_next_due(f.link), UINT64_MAX);
    line_send(&f, 0);
    assert_int_equal(sao_link_next_due(f.link), begin + 50);
    sao_link_run(f.link, 50);
    assert_int_equal(sao_link_now(f.link), begin + 50);
    assert_int_equal(sao_link_next_due(f.link), begin + 70);
    sao_link_run(f.link, 20);
    assert_int_equal(f.delivered[1], 1);
    assert_int_equal(sao_link_next_due(f.link), UINT64_MAX);
    line_expect_life(&f, 1, SAO_LIFE_RESET, NDIS_STATUS_PENDING);
    assert_int_equal(sao_link_next_due(f.link), begin + 70 + f.config.nic.reset_latency);
    line_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_calls_same_results),
        cmocka_unit_test(time_is_needed_and_passes),
        cmocka_unit_test(a_full_link_waits),
        cmocka_unit_test(time_jumps_to_what_is_due),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
