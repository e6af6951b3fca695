// SPDX-License-Identifier: BSD-2-Clause
/* test_link_rekey.c: SAs are fresh, and are kept for as long as something of them is under way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/link_internal.h"
#include "support/line.h"

#define EPOCH 0x1234u

static const sao_profile profiles[] = {SAO_PROFILE_NDIS_6_1, SAO_PROFILE_NDIS_6_20,
                                       SAO_PROFILE_NDIS_6_30};

#define PROFILES (sizeof profiles / sizeof profiles[0])

/* ---- what is new ----------------------------------------------------------------------- */

static void rekeys_make_fresh_sas(void **state)
{
    test_line f;

    (void)state;
    line_init(&f);
    f.config.rekey_after = 50;
    line_open(&f);
    line_send_many(&f, 2000, LINE_IN_TURNS);
    sao_link_get_totals(f.link, &f.totals);
    assert_in_range(f.totals.rekeys, 20, 40);
    assert_in_range(f.sa_count, 2 * f.totals.rekeys + 2, 2 * f.totals.rekeys + 4);
    for (uint32_t i = 0; i < f.sa_count; i++) {
        const sao_link_sa *sa = &f.sas[i];
        const uint8_t *spi = (const uint8_t *)&sa->spi;

        assert_true(spi[0] != 0 || spi[1] != 0 || spi[2] != 0);
        assert_int_equal(sa->encryption_key_length, 36);
        assert_null(sa->authentication_key);
        assert_memory_equal(&sa->source, &f.config.address[i % 2], sizeof sa->source);
        assert_memory_equal(&sa->destination, &f.config.address[1 - i % 2], sizeof sa->source);
        for (uint32_t j = 0; j < i; j++)
            assert_int_not_equal(f.sas[j].spi, sa->spi);
    }
    line_close_quiet(&f);
}

/* NIC and software take turns under one key; line_close looks for IVs used twice (TX-3). */
static void no_iv_repeats(void **state)
{
    static test_line f;

    (void)state;
    line_init(&f);
    f.config.nic.epoch = EPOCH;
    f.config.nic.wish_after_packets = 5;
    line_open(&f);
    line_send_many(&f, 1000, LINE_IN_TURNS);
    line_close_quiet(&f);
    assert_true(f.totals.transport[0].offloaded_tx > 100);
    assert_true(f.totals.transport[0].software_tx > 100);
    assert_int_equal(f.iv_count, 1000);
    for (uint32_t i = 0; i < f.iv_count; i++)
        assert_int_equal(f.ivs[i].iv[0] << 8 | f.ivs[i].iv[1], EPOCH);
}

/* Numbers that are always the same still give different, allowed SPIs. */
static void make_poor_random(void *context, uint8_t *bytes, size_t n)
{
    (void)context;
    memset(bytes, 0, n);
}

static void poor_random_numbers_give_good_spis(void **state)
{
    test_line f;

    (void)state;
    line_init(&f);
    f.config.hooks.random = make_poor_random;
    f.config.rekey_after = 50;
    line_open(&f);
    line_send_many(&f, 300, LINE_IN_TURNS);
    for (uint32_t i = 0; i + 1 < f.sa_count; i++) {
        const uint8_t *spi = (const uint8_t *)&f.sas[i].spi;

        assert_true(spi[2] != 0); /* 256 and up */
        assert_int_not_equal(f.sas[i].spi, f.sas[i + 1].spi);
    }
    f.iv_count = 0; /* the keys are always the same as well, so IVs come again */
    line_close_quiet(&f);
    assert_true(f.totals.rekeys >= 3);
}

/* ---- what is old ----------------------------------------------------------------------- */

/* The SAs that are replaced are kept until what came back under them has arrived. */
static void a_rekey_waits_for_what_is_held_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROFILES * 2; i++) {
        static test_line f;

        line_init(&f);
        f.config.nic.profile = profiles[i / 2];
        f.config.rekey_after = 30;
        f.config.nic.send_latency = i % 2 == 0 ? 1 : 6;
        f.config.nic.reset_latency = 300;
        line_open(&f);
        for (uint32_t n = 0; n < 29; n++)
            line_send(&f, 0);
        line_expect_life(&f, 0, SAO_LIFE_RESET, NDIS_STATUS_PENDING);
        line_send(&f, 0); /* comes back, and makes the SAs used up */
        sao_link_run(f.link, 200);
        assert_int_equal(line_totals(&f).rekeys, 1);
        assert_true(f.delivered[1] < 30);
        sao_link_run(f.link, 200);
        assert_int_equal(f.delivered[1], 30);
        sao_link_run(f.link, 200);
        assert_int_equal(line_totals(&f).transport[0].associations, 1);
        line_close(&f);
    }
}

/* Whenever the reset ends: before, with or after the switch to the new SAs. */
static void a_reset_may_end_at_any_time_of_a_rekey(void **state)
{
    (void)state;
    for (uint64_t latency = 20; latency < 180; latency++) {
        static test_line f;

        line_init(&f);
        f.config.nic.profile = SAO_PROFILE_NDIS_6_30;
        f.config.rekey_after = 10;
        f.config.nic.refuse_every = 1; /* so that the new SAs are waited for as long as can be */
        f.config.nic.send_latency = 0;
        f.config.nic.receive_latency = 20;
        f.config.nic.reset_latency = latency;
        line_open(&f);
        for (uint32_t n = 0; n < 9; n++)
            line_send(&f, 0);
        line_expect_life(&f, 0, SAO_LIFE_RESET, NDIS_STATUS_PENDING);
        line_send(&f, 0);
        sao_link_run(f.link, 400);
        assert_int_equal(line_totals(&f).rekeys, 1);
        assert_int_equal(f.delivered[1], 10);
        line_close(&f);
    }
}

/* An add that is cancelled leaves its bundles in the NIC for a while: the link's end waits. */
static void what_a_cancel_leaves_is_waited_for(void **state)
{
    static test_line f;

    (void)state;
    line_init(&f);
    f.config.nic.profile = SAO_PROFILE_NDIS_6_20;
    f.config.rekey_after = 4;
    f.config.nic.add_latency = 50;
    line_open(&f);
    for (uint32_t n = 0; n < 5; n++)
        line_send(&f, 0);
    assert_true(f.link->next.exists);
    for (int i = 0; i < 2; i++)
        sao_transport_cancel(f.link->side[i].transport, f.link->next.id[i]);
    line_close(&f);
    assert_int_equal(f.totals.adapter[0].bundles_aborted, 2);
    assert_int_equal(f.totals.adapter[1].bundles_aborted, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rekeys_make_fresh_sas),
        cmocka_unit_test(no_iv_repeats),
        cmocka_unit_test(poor_random_numbers_give_good_spis),
        cmocka_unit_test(a_rekey_waits_for_what_is_held_up),
        cmocka_unit_test(a_reset_may_end_at_any_time_of_a_rekey),
        cmocka_unit_test(what_a_cancel_leaves_is_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
