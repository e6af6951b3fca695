// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_soft_nic_life.c: what resets, low power and removal do to a soft NIC's bundles and packets,
 * under each NDIS version, at once and with latencies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nic/soft_nic_private.h"
#include "support/loop.h"

#include <saoffload/oob.h>

#define LATENCY 10u
#define LOOP_BUNDLES 2u /* one in, one out */

static bool is_zero(const void *bytes, size_t length)
{
    const uint8_t *byte = bytes;

    while (length > 0 && byte[length - 1] == 0)
        length--;
    return length == 0;
}

/* Does the NIC's own memory hold any key? The adapter's, which has to keep them, is not it. */
static bool holds_contexts(const test_loop *f)
{
    const sao_soft_nic *nic = f->wire.nic;

    for (size_t i = 0; i < LOOP_BUNDLES; i++) /* those that it ever had: the first slots */
        if (!is_zero(&nic->bundles[i].hardware, sizeof nic->bundles[i].hardware) ||
            !is_zero(nic->contexts + i * nic->context_stride, nic->config.provider->context_size))
            return true;
    return false;
}

/* Makes a frame for the loop's SA and sends it. */
static void send(test_loop *f, test_frame *frame, uint64_t sequence, NDIS_HANDLE handle)
{
    test_make_frame(frame, handle != NULL ? &f->sa.sa : NULL, sequence, 4, 64);
    test_send(&f->wire, frame, handle);
}

static void clear_log(test_loop *f)
{
    memset(f->wire.log, 0, sizeof f->wire.log);
}

/* Receives what was sealed before; `processed`: opened by the NIC, else untouched. */
static void expect_received(test_loop *f, const test_frame *sealed, bool processed)
{
    test_frame received;

    test_receive(&f->wire, &received, sealed);
    if (processed)
        assert_int_equal(sao_oob_get_receive(&received.packet.ipsec).crypto_done, 1);
    else
        loop_assert_untouched(&received, sealed);
    loop_give_back(f, &received);
}

/* ---- bundles and their contexts (RST-3) ------------------------------------------------ */

static void a_reset_forgets_and_takes_back(void **state)
{
    test_frame sealed[2], sent;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    f.config.reset_latency = LATENCY;
    f.config.add_latency = 0;
    loop_start(&f);
    loop_make_sealed(&f, &sealed[0], 1);
    loop_make_sealed(&f, &sealed[1], 2);
    assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_RESET), NDIS_STATUS_PENDING);
    assert_int_equal(loop_counters(&f).contexts, 0);
    assert_int_equal(loop_counters(&f).forgotten, 2);
    assert_false(holds_contexts(&f));
    expect_received(&f, &sealed[0], false);
    send(&f, &sent, 3, f.out);
    assert_int_equal(sent.packet.status, NDIS_STATUS_REQUEST_ABORTED);

    assert_int_equal(sao_soft_nic_next_due(f.wire.nic), LATENCY);
    (void)test_wire_at(&f.wire, LATENCY - 1);
    assert_int_equal(f.wire.lives[SAO_LIFE_RESET], 0);
    assert_int_equal(test_wire_at(&f.wire, LATENCY), UINT64_MAX);
    assert_int_equal(f.wire.lives[SAO_LIFE_RESET], 1);
    assert_int_equal(f.wire.life_outcome[SAO_LIFE_RESET], NDIS_STATUS_SUCCESS);
    assert_int_equal(loop_counters(&f).contexts, 2);
    expect_received(&f, &sealed[1], true);
    loop_make_sealed(&f, &sent, 3);
    assert_true(loop_opens_as(&f, &f.wire.last_transmitted, 3));
    loop_finish(&f);
}

/* Low power from Running is for NDIS 6.30; before, the adapter is paused first (PWR-1). */
static void sleep_forgets_and_a_wake_takes_back(void **state)
{
    (void)state;
    for (int later = 0; later < 2; later++) {
        const NDIS_STATUS expected = later ? NDIS_STATUS_PENDING : NDIS_STATUS_SUCCESS;
        test_frame sealed, sent;
        test_loop f;

        loop_prepare(&f);
        f.config.power_latency = later ? LATENCY : 0;
        loop_start(&f);
        loop_make_sealed(&f, &sealed, 1);
        assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_PAUSE), NDIS_STATUS_SUCCESS);
        assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_SLEEP), expected);
        assert_false(holds_contexts(&f));
        (void)test_wire_at(&f.wire, LATENCY);
        send(&f, &sent, 2, f.out);
        assert_int_equal(sent.packet.status, NDIS_STATUS_LOW_POWER_STATE);
        assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_WAKE), expected);
        (void)test_wire_at(&f.wire, 2 * LATENCY);
        assert_int_equal(f.wire.lives[SAO_LIFE_SLEEP], later);
        assert_int_equal(f.wire.lives[SAO_LIFE_WAKE], later);
        assert_int_equal(loop_counters(&f).contexts, 2);
        assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_RESTART), NDIS_STATUS_SUCCESS);
        expect_received(&f, &sealed, true);
        loop_finish(&f);
    }
}

static void a_restart_takes_its_time(void **state)
{
    test_loop f;

    (void)state;
    loop_prepare(&f);
    loop_start(&f);
    assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_PAUSE), NDIS_STATUS_SUCCESS);
    f.wire.nic->config.restart_latency = LATENCY;
    assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_RESTART), NDIS_STATUS_PENDING);
    (void)test_wire_at(&f.wire, LATENCY - 1);
    assert_int_equal(sao_adapter_get_state(f.wire.adapter), SAO_ADAPTER_RESTARTING);
    (void)test_wire_at(&f.wire, LATENCY);
    assert_int_equal(sao_adapter_get_state(f.wire.adapter), SAO_ADAPTER_RUNNING);
    loop_finish(&f);
}

/* ---- what the driver keeps ------------------------------------------------------------- */

/* TX-3: a number that made an IV makes none again, whatever the hardware has forgotten. */
static void no_iv_repeats_after_a_reset(void **state)
{
    test_frame frame;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    loop_start(&f);
    loop_make_sealed(&f, &frame, 5);
    assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_RESET), NDIS_STATUS_SUCCESS);
    test_make_frame(&frame, &f.sa.sa, 5, 4, 64);
    loop_assert_refused(&f, &frame, f.out);
    assert_int_equal(loop_counters(&f).repeated_sequences, 1);
    loop_make_sealed(&f, &frame, 6);
    loop_finish(&f);
}

/* RX-5: the high half goes on from the highest number seen, which is far above what ADD said. */
static void the_esn_high_half_is_inferred_after_a_reset(void **state)
{
    const uint64_t high = UINT64_C(1) << 32;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    f.params.esn = true;
    loop_start(&f);
    loop_expect_received(&f, high - 2, CRYPTO_SUCCESS);
    loop_expect_received(&f, high + 7, CRYPTO_SUCCESS);
    assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_RESET), NDIS_STATUS_SUCCESS);
    loop_expect_received(&f, high + 8, CRYPTO_SUCCESS);
    loop_finish(&f);
}

/* Both go with the bundle: its place belongs to another one then. */
static void a_new_bundle_begins_anew(void **state)
{
    const uint64_t high = UINT64_C(1) << 32;
    test_frame frame;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    f.params.esn = true;
    f.config.capabilities.SaOffloadCapacity = 2;
    loop_start(&f);
    loop_make_sealed(&f, &frame, 5);
    loop_expect_received(&f, high - 2, CRYPTO_SUCCESS);
    loop_expect_received(&f, high + 7, CRYPTO_SUCCESS);
    for (int lost = 0; lost < 2; lost++) {
        if (lost) { /* a bundle that the hardware does not have is not removed from it */
            f.wire.nic->config.reset_status = NDIS_STATUS_HARD_ERRORS;
            assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_RESET), NDIS_STATUS_HARD_ERRORS);
        }
        assert_int_equal(test_delete(&f.wire, f.out), NDIS_STATUS_SUCCESS);
        assert_int_equal(test_delete(&f.wire, f.in), NDIS_STATUS_SUCCESS);
        f.in = test_add(&f.wire, &f.params, true, 0);
        f.out = test_add(&f.wire, &f.params, false, 0);
        loop_make_sealed(&f, &frame, 5);
        loop_expect_received(&f, 3, CRYPTO_SUCCESS);
    }
    loop_finish(&f);
}

/* ---- bundles that do not come back (RST-3) --------------------------------------------- */

static void expect_lost(test_loop *f, const test_frame *sealed)
{
    sao_adapter_counters adapter;
    test_frame received, frame;

    sao_adapter_get_counters(f->wire.adapter, &adapter);
    assert_int_equal(adapter.bundles_lost, 2);
    assert_int_equal(loop_counters(f).contexts, 0);
    test_make_frame(&frame, &f->sa.sa, 9, 4, 64);
    loop_assert_refused(f, &frame, f->out);
    test_receive(&f->wire, &received, sealed);
    assert_true(sao_oob_get_receive(&received.packet.ipsec).sa_delete_request);
    assert_false(sao_oob_get_receive(&received.packet.ipsec).crypto_done);
    loop_give_back(f, &received);
    expect_received(f, sealed, false); /* once is enough */
    assert_int_equal(loop_counters(f).untouched, 2);
    assert_int_equal(test_delete(&f->wire, f->in), NDIS_STATUS_SUCCESS);
    assert_int_equal(test_delete(&f->wire, f->out), NDIS_STATUS_SUCCESS);
}

static void hard_errors_lose_every_bundle(void **state)
{
    test_frame sealed;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    f.config.reset_status = NDIS_STATUS_HARD_ERRORS;
    loop_start(&f);
    loop_make_sealed(&f, &sealed, 1);
    assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_RESET), NDIS_STATUS_HARD_ERRORS);
    assert_int_equal(loop_counters(&f).forgotten, 2);
    expect_lost(&f, &sealed);
    loop_finish(&f);
}

static void refused_bundles_are_lost(void **state)
{
    test_frame sealed;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    loop_start(&f);
    loop_make_sealed(&f, &sealed, 1);
    f.wire.nic->config.refuse_every = 1;
    assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_RESET), NDIS_STATUS_SUCCESS);
    assert_int_equal(loop_counters(&f).refused_adds, 2);
    expect_lost(&f, &sealed);
    loop_finish(&f);
}

static void soft_errors_lose_nothing(void **state)
{
    test_frame frame;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    f.config.reset_status = NDIS_STATUS_SOFT_ERRORS;
    loop_start(&f);
    assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_RESET), NDIS_STATUS_SOFT_ERRORS);
    assert_int_equal(loop_counters(&f).contexts, 2);
    loop_make_sealed(&f, &frame, 1);
    loop_finish(&f);
}

static void other_results_of_a_reset_are_no_configuration(void **state)
{
    sao_soft_nic_config config;
    test_wire wire;

    (void)state;
    test_wire_config(&wire, &config);
    assert_int_not_equal(sao_soft_nic_size(&config), 0);
    config.reset_status = NDIS_STATUS_PENDING;
    assert_int_equal(sao_soft_nic_size(&config), 0);
}

/* The order of age has those that came back, and nothing of before. */
static void the_oldest_is_wished_away_after_a_reset_too(void **state)
{
    sao_ipsec_params others[] = {test_params_of(1), test_params_of(2), test_params_of(3)};
    test_frame sealed, received;
    NDIS_HANDLE older;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    f.config.capabilities.SaOffloadCapacity = 6;
    loop_start(&f);
    loop_make_sealed(&f, &sealed, 1);
    assert_int_equal(test_delete(&f.wire, f.in), NDIS_STATUS_SUCCESS);
    older = test_add(&f.wire, &others[0], true, 0);
    f.in = test_add(&f.wire, &f.params, true, 0);
    assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_RESET), NDIS_STATUS_SUCCESS);
    assert_int_equal(test_delete(&f.wire, older), NDIS_STATUS_SUCCESS);
    (void)test_add(&f.wire, &others[1], true, 0);
    f.wire.nic->config.wish_fill_percent = 50;
    (void)test_add(&f.wire, &others[2], true, 0);
    test_receive(&f.wire, &received, &sealed);
    assert_true(sao_oob_get_receive(&received.packet.ipsec).sa_delete_request);
    loop_give_back(&f, &received);
    loop_finish(&f);
}

/* ---- answers that were not given yet --------------------------------------------------- */

/* The hardware has forgotten that it was asked: below NDIS 6.30 it is asked again (RST-2). */
static void late_answers_are_void_after_a_reset(void **state)
{
    sao_ipsec_params other = test_params_of(1);
    sao_adapter_counters adapter;
    test_request add;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    loop_start(&f);
    f.wire.nic->config.add_latency = LATENCY;
    test_make_add(&add, &other, true, 0);
    assert_int_equal(test_submit(&f.wire, &add), NDIS_STATUS_PENDING);
    (void)test_wire_at(&f.wire, 4);
    assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_RESET), NDIS_STATUS_PENDING);
    assert_int_equal(test_wire_at(&f.wire, LATENCY), 4 + LATENCY);
    assert_int_equal(add.completions, 0);
    (void)test_wire_at(&f.wire, 4 + LATENCY);
    assert_int_equal(add.completions, 1);
    assert_int_equal(add.request.status, NDIS_STATUS_SUCCESS);
    assert_int_equal(f.wire.lives[SAO_LIFE_RESET], 1);
    assert_int_equal(loop_counters(&f).contexts, 3);
    sao_adapter_get_counters(f.wire.adapter, &adapter);
    assert_int_equal(adapter.late_answers, 0);
    loop_finish(&f);
}

/* ---- sends (RST-5, PWR-1, REM-1) ------------------------------------------------------- */

/* Two that the NIC is to protect and one that it is not, of which nothing has left yet. */
static void send_three(test_loop *f, test_frame frames[3])
{
    send(f, &frames[0], 1, f->out);
    send(f, &frames[1], 0, NULL);
    send(f, &frames[2], 2, f->out);
    assert_int_equal(f->wire.sent, 0);
}

static void expect_statuses(const test_frame frames[3], NDIS_STATUS a, NDIS_STATUS b, NDIS_STATUS c)
{
    assert_int_equal(frames[0].packet.status, a);
    assert_int_equal(frames[1].packet.status, b);
    assert_int_equal(frames[2].packet.status, c);
}

static void prepare_latencies(test_loop *f, sao_profile profile)
{
    loop_prepare(f);
    f->config.profile = profile;
    f->config.send_latency = LATENCY;
    f->config.receive_latency = LATENCY;
    loop_start(f);
}

static void before_6_30_sends_are_held_across_a_reset(void **state)
{
    static const sao_profile profiles[] = {SAO_PROFILE_NDIS_6_1, SAO_PROFILE_NDIS_6_20};

    (void)state;
    for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++) {
        test_frame frames[3], late;
        test_loop f;

        prepare_latencies(&f, profiles[i]);
        f.wire.nic->config.reset_latency = 5 * LATENCY;
        send_three(&f, frames);
        assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_RESET), NDIS_STATUS_PENDING);
        send(&f, &late, 3, f.out);
        assert_int_equal(late.packet.status, NDIS_STATUS_REQUEST_ABORTED);
        assert_int_equal(test_wire_at(&f.wire, 5 * LATENCY - 1), 5 * LATENCY);
        assert_int_equal(f.wire.transmitted, 0);
        assert_int_equal(test_wire_at(&f.wire, 5 * LATENCY), UINT64_MAX);
        assert_int_equal(f.wire.transmitted, 3);
        expect_statuses(frames, NDIS_STATUS_SUCCESS, NDIS_STATUS_SUCCESS, NDIS_STATUS_SUCCESS);
        assert_true(loop_opens_as(&f, &f.wire.last_transmitted, 2));
        loop_finish(&f);
    }
}

/* A reset that is over at once holds nothing up: the rest goes when it is due. */
static void a_reset_at_once_delays_no_send(void **state)
{
    test_frame frames[3];
    test_loop f;

    (void)state;
    prepare_latencies(&f, SAO_PROFILE_NDIS_6_20);
    send_three(&f, frames);
    assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_RESET), NDIS_STATUS_SUCCESS);
    assert_int_equal(test_wire_at(&f.wire, LATENCY - 1), LATENCY);
    assert_int_equal(f.wire.transmitted, 0);
    (void)test_wire_at(&f.wire, LATENCY);
    assert_int_equal(f.wire.transmitted, 3);
    loop_finish(&f);
}

/* A reset that is refused since one is under way lets no held send go. */
static void a_refused_reset_changes_nothing(void **state)
{
    test_frame frames[3];
    test_loop f;

    (void)state;
    prepare_latencies(&f, SAO_PROFILE_NDIS_6_20);
    f.wire.nic->config.reset_latency = 5 * LATENCY;
    send_three(&f, frames);
    assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_RESET), NDIS_STATUS_PENDING);
    assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_RESET), NDIS_STATUS_RESET_IN_PROGRESS);
    (void)test_wire_at(&f.wire, 2 * LATENCY);
    assert_int_equal(f.wire.sent, 0);
    (void)test_wire_at(&f.wire, 5 * LATENCY);
    assert_int_equal(f.wire.transmitted, 3);
    loop_finish(&f);
}

/* TX-2: what cannot be protected any more does not leave, and nothing overtakes it. */
static void a_held_send_without_its_bundle_fails(void **state)
{
    test_frame frames[3];
    test_loop f;

    (void)state;
    prepare_latencies(&f, SAO_PROFILE_NDIS_6_20);
    f.wire.nic->config.refuse_every = 2; /* the second one to come back is the outbound bundle */
    f.wire.nic->adds = 0;
    send_three(&f, frames);
    assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_RESET), NDIS_STATUS_SUCCESS);
    expect_statuses(frames, NDIS_STATUS_FAILURE, NDIS_STATUS_REQUEST_ABORTED, NDIS_STATUS_FAILURE);
    assert_string_equal(f.wire.log, "SSS");
    (void)test_wire_at(&f.wire, LATENCY);
    assert_int_equal(f.wire.transmitted, 0);
    assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_PAUSE), NDIS_STATUS_SUCCESS);
    loop_finish(&f);
}

static void what_is_ahead_of_it_leaves(void **state)
{
    test_frame frames[3];
    test_loop f;

    (void)state;
    prepare_latencies(&f, SAO_PROFILE_NDIS_6_20);
    f.wire.nic->config.reset_status = NDIS_STATUS_HARD_ERRORS;
    send(&f, &frames[0], 0, NULL);
    send(&f, &frames[1], 1, f.out);
    send(&f, &frames[2], 0, NULL);
    assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_RESET), NDIS_STATUS_HARD_ERRORS);
    (void)test_wire_at(&f.wire, LATENCY);
    expect_statuses(frames, NDIS_STATUS_SUCCESS, NDIS_STATUS_FAILURE, NDIS_STATUS_REQUEST_ABORTED);
    assert_string_equal(f.wire.log, "SSTS");
    loop_finish(&f);
}

/* RST-2, RST-5: sends, then the requests that waited for them, then the reset. */
static void from_6_30_on_sends_complete_before_the_reset(void **state)
{
    test_frame frames[3];
    test_request remove;
    test_loop f;

    (void)state;
    prepare_latencies(&f, SAO_PROFILE_NDIS_6_30);
    f.wire.nic->config.reset_latency = LATENCY;
    send_three(&f, frames);
    test_make_delete(&remove, f.out);
    assert_int_equal(test_submit(&f.wire, &remove), NDIS_STATUS_PENDING);
    assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_RESET), NDIS_STATUS_PENDING);
    expect_statuses(frames, NDIS_STATUS_REQUEST_ABORTED, NDIS_STATUS_REQUEST_ABORTED,
                    NDIS_STATUS_REQUEST_ABORTED);
    assert_int_equal(f.wire.lives[SAO_LIFE_RESET], 0);
    (void)test_wire_at(&f.wire, LATENCY);
    assert_int_equal(remove.request.status, NDIS_STATUS_SUCCESS);
    assert_string_equal(f.wire.log, "SSSC");
    assert_int_equal(f.wire.lives[SAO_LIFE_RESET], 1);
    assert_int_equal(f.wire.transmitted, 0);
    loop_finish(&f);
}

static void low_power_completes_sends(void **state)
{
    test_frame frames[3];
    test_loop f;

    (void)state;
    prepare_latencies(&f, SAO_PROFILE_NDIS_6_30);
    send_three(&f, frames);
    assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_SLEEP), NDIS_STATUS_SUCCESS);
    expect_statuses(frames, NDIS_STATUS_LOW_POWER_STATE, NDIS_STATUS_LOW_POWER_STATE,
                    NDIS_STATUS_LOW_POWER_STATE);
    (void)test_wire_at(&f.wire, LATENCY);
    assert_int_equal(f.wire.transmitted, 0);
    assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_WAKE), NDIS_STATUS_SUCCESS);
    loop_finish(&f);
}

static void a_removal_completes_sends(void **state)
{
    (void)state;
    for (int held = 0; held < 2; held++) {
        test_frame frames[3];
        test_loop f;

        prepare_latencies(&f, SAO_PROFILE_NDIS_6_20);
        f.wire.nic->config.reset_latency = 5 * LATENCY;
        send_three(&f, frames);
        if (held)
            assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_RESET), NDIS_STATUS_PENDING);
        assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_REMOVE), NDIS_STATUS_PENDING);
        expect_statuses(frames, NDIS_STATUS_NOT_ACCEPTED, NDIS_STATUS_NOT_ACCEPTED,
                        NDIS_STATUS_NOT_ACCEPTED);
        (void)test_wire_at(&f.wire, LATENCY);
        assert_int_equal(f.wire.lives[SAO_LIFE_REMOVE], 1);
        assert_int_equal(f.wire.lives[SAO_LIFE_RESET], held);
        assert_int_equal(f.wire.transmitted, 0);
        assert_int_equal(loop_counters(&f).contexts, 0); /* REM-2 */
        assert_false(holds_contexts(&f));
        loop_finish(&f);
    }
}

/* A transport that answers each failed send with another one gets it back, and there is an end. */
static void send_again(test_wire *wire, sao_packet *packet)
{
    test_loop *f = wire->test;
    static test_frame again;

    wire->on_sent = NULL; /* the frame is one */
    (void)packet;
    send(f, &again, 7, f->out);
    assert_int_equal(again.packet.status, NDIS_STATUS_REQUEST_ABORTED);
}

static void sends_from_within_a_completion_are_refused(void **state)
{
    test_frame frames[3];
    test_loop f;

    (void)state;
    prepare_latencies(&f, SAO_PROFILE_NDIS_6_30);
    send_three(&f, frames);
    f.wire.on_sent = send_again;
    assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_RESET), NDIS_STATUS_SUCCESS);
    assert_int_equal(f.wire.sent, 4);
    loop_finish(&f);
}

/* ---- receives -------------------------------------------------------------------------- */

/* RX-1: they were processed; nothing is lost, and no delete waits for them any longer. */
static void received_packets_are_indicated_first(void **state)
{
    static const sao_life_event events[] = {SAO_LIFE_RESET, SAO_LIFE_SLEEP, SAO_LIFE_REMOVE};

    (void)state;
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        test_frame sealed, received;
        test_request remove;
        NDIS_STATUS status;
        test_loop f;

        prepare_latencies(&f, SAO_PROFILE_NDIS_6_30);
        send(&f, &sealed, 1, f.out);
        (void)test_wire_at(&f.wire, LATENCY);
        sealed = f.wire.last_transmitted;
        clear_log(&f);
        test_receive(&f.wire, &received, &sealed);
        test_make_delete(&remove, f.in);
        assert_int_equal(test_submit(&f.wire, &remove), NDIS_STATUS_PENDING);
        status = test_wire_life(&f.wire, events[i]);
        assert_true(status == NDIS_STATUS_SUCCESS || status == NDIS_STATUS_PENDING);
        assert_int_equal(f.wire.indicated, 1);
        assert_true(sao_oob_get_receive(&received.packet.ipsec).crypto_done);
        loop_give_back(&f, &received);
        (void)test_wire_at(&f.wire, LATENCY);
        assert_string_equal(f.wire.log, "IRC");
        assert_int_equal(remove.request.status, events[i] == SAO_LIFE_REMOVE
                                                    ? NDIS_STATUS_REQUEST_ABORTED
                                                    : NDIS_STATUS_SUCCESS);
        if (events[i] == SAO_LIFE_SLEEP)
            assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_WAKE), NDIS_STATUS_SUCCESS);
        loop_finish(&f);
    }
}

/* Comes back as another frame for ever: the NIC's reset still ends. */
static void echo(test_wire *wire, sao_packet *packet)
{
    test_loop *f = wire->test;
    static test_frame again;
    test_frame copy = {.packet = *packet};

    memcpy(copy.bytes, packet->data, packet->length);
    wire->miniport.ops->return_packet(wire->miniport.context, packet);
    test_receive(&f->wire, &again, &copy);
}

static void what_comes_in_meanwhile_waits_its_turn(void **state)
{
    test_frame plain, received;
    test_loop f;

    (void)state;
    prepare_latencies(&f, SAO_PROFILE_NDIS_6_20);
    f.wire.on_indicate = echo;
    test_make_frame(&plain, NULL, 0, 4, 64);
    test_receive(&f.wire, &received, &plain);
    assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_RESET), NDIS_STATUS_SUCCESS);
    assert_int_equal(f.wire.indicated, 1);
    f.wire.on_indicate = NULL;
    (void)test_wire_at(&f.wire, LATENCY);
    assert_int_equal(f.wire.indicated, 2);
    f.wire.miniport.ops->return_packet(f.wire.miniport.context, f.wire.last_indicated);
    loop_finish(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reset_forgets_and_takes_back),
        cmocka_unit_test(sleep_forgets_and_a_wake_takes_back),
        cmocka_unit_test(a_restart_takes_its_time),
        cmocka_unit_test(no_iv_repeats_after_a_reset),
        cmocka_unit_test(the_esn_high_half_is_inferred_after_a_reset),
        cmocka_unit_test(a_new_bundle_begins_anew),
        cmocka_unit_test(hard_errors_lose_every_bundle),
        cmocka_unit_test(refused_bundles_are_lost),
        cmocka_unit_test(soft_errors_lose_nothing),
        cmocka_unit_test(other_results_of_a_reset_are_no_configuration),
        cmocka_unit_test(the_oldest_is_wished_away_after_a_reset_too),
        cmocka_unit_test(late_answers_are_void_after_a_reset),
        cmocka_unit_test(before_6_30_sends_are_held_across_a_reset),
        cmocka_unit_test(a_reset_at_once_delays_no_send),
        cmocka_unit_test(a_refused_reset_changes_nothing),
        cmocka_unit_test(a_held_send_without_its_bundle_fails),
        cmocka_unit_test(what_is_ahead_of_it_leaves),
        cmocka_unit_test(from_6_30_on_sends_complete_before_the_reset),
        cmocka_unit_test(low_power_completes_sends),
        cmocka_unit_test(a_removal_completes_sends),
        cmocka_unit_test(sends_from_within_a_completion_are_refused),
        cmocka_unit_test(received_packets_are_indicated_first),
        cmocka_unit_test(what_comes_in_meanwhile_waits_its_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
