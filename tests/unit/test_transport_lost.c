// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_transport_lost.c: what a reset or a sleep may lose, and the rules that do not hold
 * meanwhile, while all others do (RST-3).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/transport_internal.h"
#include "support/host.h"

#define SETTLE 5u

/* RX-6 waits for the end of a reset, and for what was looked up before it to settle. */
static void untouched_packets_are_fine_during_a_reset(void **state)
{
    test_host host;

    (void)state;
    (void)host_start_settling(&host, SETTLE);
    host_at(&host, 100);
    host_begin(&host, SAO_LIFE_RESET);
    host_receive_untouched(&host);
    host_at(&host, 200);
    host_receive_untouched(&host);
    host_end(&host, SAO_LIFE_RESET);
    host_at(&host, 200 + SETTLE);
    host_receive_untouched(&host);
    host_expect_violation(&host, NULL);
    host_at(&host, 201 + SETTLE);
    host_receive_untouched(&host);
    host_expect_violation(&host, "RX-6");
    host_pass(&host, SAO_LIFE_PAUSE); /* a pause is no excuse */
    host_receive_untouched(&host);
    host_expect_violation(&host, "RX-6");
    host_pass(&host, SAO_LIFE_RESTART);
    host_receive_untouched(&host);
    host_expect_violation(&host, "RX-6");
    assert_int_equal(host.delivered, 6);
    host_close(&host);
}

/* RST-3: SaDeleteReq on an untouched packet, once a reset has been. */
static void a_lost_bundle_asks_for_its_delete(void **state)
{
    static const sao_life_event events[][2] = {{SAO_LIFE_RESET, SAO_LIFE_RESET},
                                               {SAO_LIFE_SLEEP, SAO_LIFE_WAKE}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        test_host host;
        uint32_t id = host_start(&host);

        host_receive_lost(&host);
        host_expect_not_lost(&host);
        assert_int_equal(host_counters(&host).delete_requests, 0);
        host_pass(&host, events[i][0]);
        if (i == 1)
            host_pass(&host, events[i][1]);
        host_receive_opened(&host, false); /* the reset lost nothing, as far as one can see */
        fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED);
        host_receive_lost(&host);
        assert_int_equal(host_counters(&host).delete_requests, 1);
        host_receive_untouched(&host); /* it stays lost */
        assert_int_equal(host.delivered, 4);
        host_at(&host, HOST_RETRY_AFTER);
        assert_int_equal(host_counters(&host).bundles_deleted, 2); /* DEL-3 */
        host_receive_lost(&host);                                  /* there is no bundle any more */
        host_expect_violation(&host, "RX-9");
        host_at(&host, HOST_RETRY_AFTER + HOST_AGAIN_AFTER);
        host_expect_state(&host, id, SAO_ASSOCIATION_OFFLOADED);
        host_receive_lost(&host); /* nor did the new one live through a reset */
        host_expect_not_lost(&host);
        host_close(&host);
    }
}

/* While its delete is under way it may still say so: the packet was looked up before. */
static void a_lost_bundle_may_ask_late(void **state)
{
    test_host host;

    (void)state;
    (void)host_start(&host);
    host_pass(&host, SAO_LIFE_RESET);
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    host_receive_lost(&host);
    host_receive_lost(&host);
    host_expect_violation(&host, NULL);
    fake_complete(&host.fake, 1);
    host_close(&host);
}

/* A reset loses what the transport has, but nobody else's. */
static void a_packet_of_no_bundle_asks_for_nothing(void **state)
{
    uint8_t frame[TEST_PACKET_MAX];
    test_host host;
    size_t length;

    (void)state;
    (void)host_start(&host);
    host_pass(&host, SAO_LIFE_RESET);
    length = host_make_frame(&host, 1, true, frame);
    frame[14 + 20] ^= 0x40; /* somebody's SPI */
    fake_indicate(&host.fake, frame, length, (sao_oob_receive){.sa_delete_request = true});
    host_expect_violation(&host, "RX-9");
    length = host_make_frame(&host, 2, true, frame); /* a CryptoStatus is never right */
    fake_indicate(&host.fake, frame, length, (sao_oob_receive){.crypto_status = 5});
    host_expect_not_lost(&host);
    host_close(&host);
}

/* RST-3: sends fail under an outbound bundle that is lost; DEL-2 does not say otherwise. Held ones
 * may fail before the reset is over. */
static void a_lost_outbound_bundle_is_replaced(void **state)
{
    (void)state;
    for (int early = 0; early < 2; early++) {
        test_host host;
        uint32_t id = host_start(&host);

        host.fake.hold_sends = true;
        if (early)
            host_send(&host, id);
        host_begin(&host, SAO_LIFE_RESET);
        if (!early) {
            host_end(&host, SAO_LIFE_RESET);
            host_send(&host, id);
        }
        fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED);
        host_receive_opened(&host, true); /* its pair works, and has the wish */
        fake_finish_send(&host.fake, 0, NDIS_STATUS_FAILURE);
        host_expect_violation(&host, NULL);
        if (early)
            host_end(&host, SAO_LIFE_RESET);
        (void)host_peer_opens(&host, &host.fake.sends[1]); /* in software */
        host_at(&host, HOST_RETRY_AFTER);
        assert_int_equal(host_counters(&host).bundles_deleted, 2);
        fake_finish_send(&host.fake, 1, NDIS_STATUS_SUCCESS);
        host_close(&host);
    }
}

static void fail_held_send(fake_miniport *fake, sao_life_event event)
{
    assert_int_equal(event, SAO_LIFE_RESET);
    fake_finish_send(fake, 0, NDIS_STATUS_FAILURE);
}

/* The same of a reset that is over at once: then they fail within the call. */
static void a_held_send_may_fail_within_a_reset(void **state)
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    host.fake.hold_sends = true;
    host_send(&host, id);
    fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED);
    host_receive_opened(&host, true);
    host.fake.during_life = fail_held_send;
    host_pass(&host, SAO_LIFE_RESET);
    host_expect_violation(&host, NULL);
    (void)host_peer_opens(&host, &host.fake.sends[1]);
    fake_finish_send(&host.fake, 1, NDIS_STATUS_SUCCESS);
    host_close(&host);
}

/* It needs no wish for that: one that has no pair gets none. */
static void a_failed_send_is_enough_to_know(void **state)
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    host_pass(&host, SAO_LIFE_RESET);
    host.fake.send_status = NDIS_STATUS_FAILURE;
    fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED);
    host_send(&host, id);
    assert_int_equal(host.fake.send_count, 2);
    host.fake.send_status = NDIS_STATUS_SUCCESS;
    host_send(&host, id); /* its handle is not tried again */
    assert_null(fake_last_send(&host.fake)->handle);
    host_at(&host, HOST_RETRY_AFTER);
    assert_int_equal(host_counters(&host).bundles_deleted, 2);
    host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(untouched_packets_are_fine_during_a_reset),
        cmocka_unit_test(a_lost_bundle_asks_for_its_delete),
        cmocka_unit_test(a_lost_bundle_may_ask_late),
        cmocka_unit_test(a_packet_of_no_bundle_asks_for_nothing),
        cmocka_unit_test(a_lost_outbound_bundle_is_replaced),
        cmocka_unit_test(a_held_send_may_fail_within_a_reset),
        cmocka_unit_test(a_failed_send_is_enough_to_know),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
