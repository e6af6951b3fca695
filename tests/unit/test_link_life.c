// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_link_life.c: resets, low power, pauses and removals while traffic flows over a link: nothing
 * is lost, overtaken or left behind, and no rule is broken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/link_internal.h"
#include "support/crypto.h"
#include "support/line.h"

/* ---- one at a time --------------------------------------------------------------------- */

static const sao_profile profiles[] = {SAO_PROFILE_NDIS_6_1, SAO_PROFILE_NDIS_6_20,
                                       SAO_PROFILE_NDIS_6_30};

#define PROFILES (sizeof profiles / sizeof profiles[0])

static void a_reset_costs_nothing_but_speed(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROFILES; i++) {
        static test_line f;
        uint64_t offloaded;

        line_init(&f);
        f.config.nic.profile = profiles[i];
        f.config.nic.send_latency = 3;
        f.config.nic.receive_latency = 3;
        f.config.nic.wish_after_packets = 0;
        line_open(&f);
        for (uint32_t n = 0; n < 20; n++)
            line_send(&f, (int)(n % 2));
        line_expect_life(&f, 0, SAO_LIFE_RESET, NDIS_STATUS_PENDING);
        line_expect_life(&f, 0, SAO_LIFE_RESET, NDIS_STATUS_RESET_IN_PROGRESS);
        offloaded = line_totals(&f).transport[0].software_rx;
        for (uint32_t n = 0; n < 8; n++)
            line_send(&f, 1); /* while side 0 processes nothing */
        assert_true(line_totals(&f).transport[0].software_rx > offloaded);
        sao_link_run(f.link, 100);
        assert_int_equal(line_totals(&f).transport[0].resets, 1);
        offloaded = line_totals(&f).transport[0].offloaded_rx;
        line_send(&f, 1);
        sao_link_run(f.link, 10);
        assert_int_equal(line_totals(&f).transport[0].offloaded_rx, offloaded + 1);
        line_close(&f);
        assert_int_equal(f.totals.nic[0].forgotten, 2);
        assert_int_equal(f.totals.nic[0].sealed, f.totals.transport[0].offloaded_tx);
        assert_int_equal(f.totals.adapter[0].bundles_lost, 0);
    }
}

/* RST-3: what does not come back asks for its delete, and is added again. */
static void lost_bundles_are_deleted_and_added_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROFILES * 2; i++) {
        static test_line f;

        line_init(&f);
        f.config.nic.profile = profiles[i / 2];
        f.config.nic.reset_status = NDIS_STATUS_HARD_ERRORS;
        f.config.nic.wish_after_packets = 0;
        line_open(&f);
        line_send(&f, 0);
        line_send(&f, 1);
        line_expect_life(&f, 0, SAO_LIFE_RESET, NDIS_STATUS_PENDING);
        sao_link_run(f.link, 100);
        for (uint32_t n = 0; n < 20; n++)
            line_send(&f,
                      (int)(i % 2)); /* one of the two loses sends, or receives untouched packets */
        sao_link_run(f.link, 100);
        assert_int_equal(line_totals(&f).adapter[0].bundles_lost, 2);
        assert_int_equal(line_totals(&f).transport[0].bundles_deleted, 2);
        assert_int_equal(line_totals(&f).transport[0].delete_requests, i % 2);
        assert_int_equal(line_totals(&f).adapter[0].bundles, 2);
        assert_int_equal(line_totals(&f).nic[0].contexts, 2);
        line_close(&f);
    }
}

/* PWR-1: the wire buffers for who sleeps, until it is full. */
/* Algorithms that libsodium has not, among them those whose IVs are encrypted numbers (TX-3). */
static void check_suite(const sao_crypto_provider *provider, const test_suite *suite)
{
    static test_line f;

    line_init(&f);
    f.config.nic.profile = profiles[suite->icv_length % PROFILES];
    f.config.provider = provider;
    f.config.encryption = suite->encryption;
    f.config.authentication = suite->authentication;
    f.config.esn = suite->icv_length == 12;
    f.config.nic.epoch = 0x1234;
    f.config.nic.wish_after_packets = 7;
    line_open(&f);
    for (uint32_t n = 0; n < 200; n++) {
        if (n == 60)
            (void)sao_link_life(f.link, 0, SAO_LIFE_RESET);
        if (n == 120)
            (void)sao_link_life(f.link, 1, SAO_LIFE_RESET);
        line_send(&f, (int)(n % 2));
    }
    line_close(&f);
    assert_int_equal(f.iv_count, 200);
    assert_true(f.totals.transport[0].offloaded_tx > 10);
    assert_true(f.totals.transport[0].software_tx > 10);
}

static void every_algorithm_lives_through_resets(void **state)
{
    const sao_crypto_provider *provider;

    (void)state;
    for (size_t p = 0; (provider = sao_crypto_provider_at(p)) != NULL; p++) {
        for (size_t i = 0; i < TEST_SUITES; i++) {
            const test_suite *suite = &test_suites[i];
            const sao_algorithm *encryption = test_suite_encryption(suite);
            const sao_algorithm *icv = encryption != NULL && encryption->combined
                                           ? encryption
                                           : test_suite_authentication(suite);

            /* A link takes the longest ICV; what has no IV leaves nothing to look for. */
            if (test_suite_available(suite, provider) && icv != NULL &&
                suite->icv_length == icv->icv_length && (encryption != NULL || icv->iv_length > 0))
                check_suite(provider, suite);
        }
    }
}

static void a_side_may_sleep(void **state)
{
    static test_line f;

    (void)state;
    line_init(&f);
    f.config.nic.profile = SAO_PROFILE_NDIS_6_30;
    line_open(&f);
    line_send(&f, 0);
    line_expect_life(&f, 1, SAO_LIFE_SLEEP, NDIS_STATUS_PENDING);
    for (uint32_t n = 0; line_try_send(&f, 0) == NDIS_STATUS_SUCCESS; n++)
        assert_true(n < SAO_LINK_FRAMES);
    assert_int_equal(line_try_send(&f, 1), NDIS_STATUS_RESOURCES); /* the wire is one */
    sao_link_run(f.link, 1000);
    assert_true(f.delivered[1] <= 1);
    line_expect_life(&f, 1, SAO_LIFE_WAKE, NDIS_STATUS_PENDING);
    sao_link_run(f.link, 100);
    assert_int_equal(f.delivered[1], f.sent[0]);
    line_send(&f, 1);
    line_close(&f);
    assert_int_equal(f.totals.nic[1].forgotten, 2);
}

/* Who sleeps keeps what it is given, as far as there is room. */
static void a_sleeper_sends_when_it_wakes(void **state)
{
    static test_line f;

    (void)state;
    line_init(&f);
    f.config.nic.profile = SAO_PROFILE_NDIS_6_30;
    line_open(&f);
    line_expect_life(&f, 0, SAO_LIFE_SLEEP, NDIS_STATUS_PENDING);
    for (uint32_t n = 0; n < SAO_LINK_SEND_BUFFERS; n++)
        line_send(&f, 0);
    assert_int_equal(line_try_send(&f, 0), NDIS_STATUS_RESOURCES);
    assert_int_equal(sao_link_next_due(f.link), UINT64_MAX); /* nobody sends for ever in vain */
    line_close(&f);                                          /* wakes it */
    assert_int_equal(f.delivered[1], SAO_LINK_SEND_BUFFERS);
}

/* PNP-2 */
static void a_side_may_pause(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROFILES; i++) {
        static test_line f;

        line_init(&f);
        f.config.nic.profile = profiles[i];
        f.config.nic.send_latency = 4;
        f.config.nic.receive_latency = 4;
        line_open(&f);
        for (uint32_t n = 0; n < 4; n++)
            line_send(&f, (int)(n % 2));
        sao_link_run(f.link, 1);
        line_expect_life(&f, 0, SAO_LIFE_PAUSE, NDIS_STATUS_PENDING);
        line_send(&f, 0);
        line_send(&f, 1);
        sao_link_run(f.link, 100);
        assert_int_equal(f.delivered[0], 1); /* received before the pause, indicated within */
        assert_int_equal(f.delivered[1], 2); /* the same of what was sent */
        line_expect_life(&f, 0, SAO_LIFE_SLEEP, NDIS_STATUS_PENDING); /* any NDIS, now (PWR-1) */
        sao_link_run(f.link, 100);
        line_expect_life(&f, 0, SAO_LIFE_RESTART, NDIS_STATUS_INVALID_STATE);
        line_expect_life(&f, 0, SAO_LIFE_WAKE, NDIS_STATUS_PENDING);
        sao_link_run(f.link, 100);
        line_expect_life(&f, 0, SAO_LIFE_RESTART, NDIS_STATUS_PENDING);
        sao_link_run(f.link, 100);
        assert_int_equal(f.delivered[0], f.sent[1]);
        assert_int_equal(f.delivered[1], f.sent[0]);
        line_close(&f);
    }
}

/* REM-1, REM-2: what is lost is lost, but nothing is left behind and no rule is broken. */
static void a_side_may_be_removed(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROFILES; i++) {
        static test_line f;

        line_init(&f);
        f.config.nic.profile = profiles[i];
        f.config.nic.send_latency = 4;
        f.config.nic.receive_latency = 4;
        line_open(&f);
        for (uint32_t n = 0; n < 30; n++)
            line_send(&f, (int)(n % 2));
        line_expect_life(&f, 0, SAO_LIFE_REMOVE, NDIS_STATUS_PENDING);
        line_expect_life(&f, 0, SAO_LIFE_REMOVE, NDIS_STATUS_INVALID_STATE);
        for (uint32_t n = 0; n < 30; n++)
            line_send(&f, (int)(n % 2));
        assert_int_equal(line_totals(&f).transport[0].bundles, 0);
        assert_int_equal(line_totals(&f).adapter[0].bundles, 0);
        assert_int_equal(line_totals(&f).nic[0].contexts, 0);
        f.removed = true;
        line_close(&f);
        assert_in_range(f.delivered[0], 12, 15);
        assert_in_range(f.delivered[1], 12, 15);
    }
}

/* ---- bad calls ------------------------------------------------------------------------- */

static NDIS_STATUS within;

static void reset_within(void *context, int to, const uint8_t *packet, size_t length)
{
    test_line *f = context;

    line_deliver(context, to, packet, length);
    within = sao_link_life(f->link, to, SAO_LIFE_RESET);
}

static void other_events_are_refused(void **state)
{
    static const sao_life_event bad[] = {SAO_LIFE_INITIALIZE, SAO_LIFE_HALT, SAO_LIFE_SHUTDOWN};
    static test_line f;

    (void)state;
    line_init(&f);
    f.config.nic.profile = SAO_PROFILE_NDIS_6_20;
    f.config.hooks.deliver = reset_within;
    line_open(&f);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        line_expect_life(&f, 0, bad[i], NDIS_STATUS_INVALID_PARAMETER);
    line_expect_life(&f, 2, SAO_LIFE_RESET, NDIS_STATUS_INVALID_PARAMETER);
    line_expect_life(&f, -1, SAO_LIFE_RESET, NDIS_STATUS_INVALID_PARAMETER);
    line_expect_life(&f, 0, SAO_LIFE_SLEEP,
                     NDIS_STATUS_INVALID_STATE); /* from Running: 6.30 (PWR-1) */
    line_send(&f, 0);
    sao_link_run(f.link, 10);
    assert_int_equal(f.delivered[1], 1);
    assert_int_equal(within, NDIS_STATUS_INVALID_STATE);
    assert_int_equal(line_totals(&f).transport[1].resets, 0);
    line_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reset_costs_nothing_but_speed),
        cmocka_unit_test(lost_bundles_are_deleted_and_added_again),
        cmocka_unit_test(every_algorithm_lives_through_resets),
        cmocka_unit_test(a_side_may_sleep),
        cmocka_unit_test(a_sleeper_sends_when_it_wakes),
        cmocka_unit_test(a_side_may_pause),
        cmocka_unit_test(a_side_may_be_removed),
        cmocka_unit_test(other_events_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
