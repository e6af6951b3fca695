// SPDX-License-Identifier: BSD-2-Clause
/* test_link_traffic.c: all that is sent arrives, most of it offloaded, whatever NICs are like. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/link_internal.h"
#include "support/line.h"
#include "support/rounds.h"

static double share(uint64_t part, uint64_t rest)
{
    return part + rest > 0 ? (double)part / (double)(part + rest) : 1.0;
}

static void most_packets_are_offloaded(void **state)
{
    (void)state;
    for (uint32_t pattern = LINE_ONE_WAY; pattern <= LINE_MIXED; pattern++) {
        uint64_t software = 0;
        test_line f;

        line_init(&f);
        line_open(&f);
        line_send_many(&f, 4000, (line_pattern)pattern);
        line_close_quiet(&f);
        for (int i = 0; i < 2; i++) {
            const sao_transport_counters *side = &f.totals.transport[i];

            assert_true(share(side->offloaded_tx, side->software_tx) > 0.9);
            assert_true(share(side->offloaded_rx, side->software_rx) > 0.9);
            assert_int_equal(side->send_errors, 0);
            software += side->software_rx;
        }
        assert_true(software > 0); /* what comes during a delete */
        /* Nobody wished side 0's bundles away, and a rekey costs no offload. */
        if (pattern == LINE_ONE_WAY)
            assert_int_equal(f.totals.transport[0].software_tx, 0);
        assert_in_range(f.totals.rekeys, 7, 8);
        assert_true(f.totals.transport[1].delete_requests > 10);
        assert_true(f.totals.adapter[1].pairs_guessed + f.totals.adapter[1].pairs_explicit > 10);
    }
}

static void it_begins_offloaded(void **state)
{
    test_line f;

    (void)state;
    line_init(&f);
    line_open(&f);
    for (int i = 0; i < 2; i++)
        assert_int_equal(sao_transport_state(f.link->side[i].transport, f.link->current.id[i]),
                         SAO_ASSOCIATION_OFFLOADED);
    line_send_many(&f, 10, LINE_IN_TURNS);
    line_close_quiet(&f);
    assert_int_equal(f.totals.transport[0].software_tx, 0);
    assert_int_equal(f.totals.transport[0].software_rx, 0);
    assert_int_equal(f.totals.transport[0].bundles_added, 2);
    assert_int_equal(f.totals.rekeys, 0);
}

static void every_kind_of_sa_works(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < TEST_CIPHERS * 8; i++) {
        const test_cipher *cipher = &test_ciphers[i / 8];
        const uint8_t version = i % 2 == 0 ? 4 : 6;
        test_line f;

        if (!test_cipher_available(cipher))
            continue;
        line_init(&f);
        f.config.encryption = cipher->encryption;
        f.config.authentication = cipher->authentication;
        f.config.ip_version = version;
        f.config.address[0] = test_address(version, TEST_SOURCE);
        f.config.address[1] = test_address(version, TEST_DESTINATION);
        f.config.esn = i % 4 >= 2;
        f.config.nic.profile = i % 8 >= 4 ? SAO_PROFILE_NDIS_6_30 : SAO_PROFILE_NDIS_6_1;
        line_open(&f);
        line_send_many(&f, 700, LINE_MIXED);
        line_close_quiet(&f);
        assert_true(f.totals.transport[0].offloaded_rx > 200);
        assert_int_equal(f.totals.rekeys, 1);
    }
}

/* NICs of every temper; what is slow or refused goes in software, and nothing is lost. */
static void any_nic_loses_nothing(void **state)
{
    static const uint64_t latencies[] = {0, 1, 2, 7, 30, 1000};
    uint32_t random = 7;

    (void)state;
    for (uint32_t round = 0, rounds = test_rounds(150); round < rounds; round++) {
        test_line f;
        sao_soft_nic_config *nic = &f.config.nic;
#define PICK(n) (((random = random * 1664525u + 1013904223u) >> 8) % (n))

        line_init(&f);
        nic->add_latency = latencies[PICK(6)];
        nic->remove_latency = latencies[PICK(6)];
        nic->send_latency = latencies[PICK(5)];
        nic->receive_latency = latencies[PICK(5)];
        nic->refuse_every = PICK(3) == 0 ? PICK(5) : 0;
        nic->wish_after_packets = PICK(4) == 0 ? 0 : 1 + PICK(100);
        nic->wish_after_bytes = PICK(4) == 0 ? 1 + PICK(20000) : 0;
        nic->wish_fill_percent = PICK(4) == 0 ? PICK(100) : 0;
        nic->capabilities.SaOffloadCapacity = PICK(9);
        nic->profile = PICK(2) == 0 ? SAO_PROFILE_NDIS_6_20 : SAO_PROFILE_NDIS_6_30;
        nic->epoch = (uint16_t)PICK(3);
        f.config.esn = PICK(2) == 0;
        f.config.rekey_after = PICK(4) == 0 ? 0 : 1 + PICK(300);
        f.config.ticks_per_packet = PICK(4);
        f.config.offload_again_after = PICK(20);
#undef PICK
        line_open(&f);
        line_send_many(&f, 600, (line_pattern)(round % 4));
        line_close_quiet(&f);
    }
}

static void capacity_decides_how_much_is_offloaded(void **state)
{
    (void)state;
    for (ULONG capacity = 0; capacity <= 4; capacity++) {
        const sao_transport_counters *side;
        test_line f;

        line_init(&f);
        f.config.nic.capabilities.SaOffloadCapacity = capacity;
        f.config.rekey_after = 0;
        line_open(&f);
        line_send_many(&f, 500, LINE_IN_TURNS);
        line_close_quiet(&f);
        side = &f.totals.transport[0];
        assert_int_equal(side->offloaded_rx > 0, capacity >= 1);
        assert_int_equal(side->offloaded_tx > 0, capacity >= 2);
        assert_int_equal(side->bundles_refused, 0); /* ADD-11 */
    }
}

static void a_nic_that_refuses_everything_costs_only_speed(void **state)
{
    test_line f;

    (void)state;
    line_init(&f);
    f.config.nic.refuse_every = 1;
    line_open(&f);
    line_send_many(&f, 1200, LINE_IN_TURNS);
    line_close_quiet(&f);
    assert_int_equal(f.totals.transport[0].software_tx, 600);
    assert_true(f.totals.transport[0].bundles_refused > 0);
    assert_int_equal(f.totals.rekeys, 1); /* each waits a while for the offload */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(most_packets_are_offloaded),
        cmocka_unit_test(it_begins_offloaded),
        cmocka_unit_test(every_kind_of_sa_works),
        cmocka_unit_test(any_nic_loses_nothing),
        cmocka_unit_test(capacity_decides_how_much_is_offloaded),
        cmocka_unit_test(a_nic_that_refuses_everything_costs_only_speed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
