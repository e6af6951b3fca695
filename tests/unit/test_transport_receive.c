// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_transport_receive.c: what is received, opened by the NIC or untouched, good and bad, and
 * which rules its OOB data break.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/transport_internal.h"
#include "support/host.h"

#define MAC SAO_MAC_HEADER_LENGTH

static const sao_oob_receive untouched;

/* ---- receiving ------------------------------------------------------------------------- */

static void expect_delivered(const test_host *host, uint32_t count)
{
    uint8_t expected[TEST_PACKET_MAX];
    const size_t length = test_ip_packet(expected, host->ip_version, HOST_PAYLOAD);

    assert_int_equal(host->delivered, count);
    assert_int_equal(host_counters(host).delivered, count);
    assert_int_equal(host->delivered_length, length);
    assert_memory_equal(host->delivered_bytes, expected, length);
}

static void packets_are_delivered_either_way(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < TEST_CIPHERS * 4; i++) {
        test_host host;

        host_init(&host);
        host.cipher = &test_ciphers[i / 4];
        host.ip_version = i % 2 == 0 ? 4 : 6;
        host.config.offload = i % 4 < 2;
        if (!test_cipher_available(host.cipher))
            continue;
        host_open(&host);
        (void)host_establish(&host, 0);
        for (uint32_t n = 1; n <= 3; n++) {
            if (host.config.offload)
                host_receive_opened(&host, false);
            else
                host_receive_untouched(&host);
            expect_delivered(&host, n);
        }
        assert_int_equal(host_counters(&host).offloaded_rx, host.config.offload ? 3 : 0);
        assert_int_equal(host_counters(&host).software_rx, host.config.offload ? 0 : 3);
        host_close(&host);
    }
}

/* The window is one, whoever opens the packets (RX-5). */
static void replayed_packets_are_dropped(void **state)
{
    uint8_t opened[TEST_PACKET_MAX];
    uint8_t sealed[TEST_PACKET_MAX];
    uint8_t old[TEST_PACKET_MAX];
    size_t length;
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    length = host_make_frame(&host, 5000, false, opened);
    (void)host_make_frame(&host, 5000, true, sealed);
    (void)host_make_frame(&host, 5000 - SAO_REPLAY_WINDOW, false, old);
    fake_indicate(&host.fake, opened, length, host_opened(false));
    expect_delivered(&host, 1);
    fake_indicate(&host.fake, opened, length, host_opened(false));
    fake_indicate(&host.fake, old, length, host_opened(false));
    assert_int_equal(host_counters(&host).replayed, 2);

    sao_transport_retire(host.transport, id);
    (void)host_establish(&host, 0); /* a new window */
    host.fake.plans_used = host.fake.plans_made;
    fake_indicate(&host.fake, opened, length, host_opened(false));
    expect_delivered(&host, 2);
    host_receive_opened(&host, true); /* too old, but the wish counts: from here in software */
    assert_int_equal(host_counters(&host).replayed, 3);
    assert_int_equal(host_counters(&host).bundles, 0);
    fake_indicate(&host.fake, sealed, length, untouched);
    assert_int_equal(host_counters(&host).replayed, 4);
    expect_delivered(&host, 2);
    host_close(&host);
}

static void a_bad_packet_does_not_move_the_window(void **state)
{
    uint8_t frame[TEST_PACKET_MAX];
    size_t length;
    test_host host;

    (void)state;
    host_init(&host);
    host.config.offload = false;
    host_open(&host);
    (void)host_establish(&host, 0);
    length = host_make_frame(&host, 100000, true, frame);
    frame[length - 1] ^= 1;
    fake_indicate(&host.fake, frame, length, untouched);
    assert_int_equal(host_counters(&host).crypto_errors, 1);
    host_receive_untouched(&host); /* number 1 is not too old */
    expect_delivered(&host, 1);
    host_close(&host);
}

static void crypto_errors_of_the_nic_are_counted(void **state) /* RX-1 */
{
    uint8_t frame[TEST_PACKET_MAX];
    sao_oob_receive oob = host_opened(false);
    size_t length;
    test_host host;

    (void)state;
    (void)host_start(&host);
    length = host_make_frame(&host, 1, false, frame);
    oob.crypto_status = CRYPTO_TUNNEL_ESP_AUTH_FAILED;
    fake_indicate(&host.fake, frame, length, oob);
    assert_int_equal(host.delivered, 0);
    assert_int_equal(host_counters(&host).crypto_errors, 1);
    assert_int_equal(host_counters(&host).offloaded_rx, 0);
    host_receive_opened(&host, false); /* the same number: it was not marked */
    expect_delivered(&host, 1);
    host_close(&host);
}

/* ESN: both ways find the high half, before and after the low one wraps. */
static void high_halves_are_inferred(void **state)
{
    (void)state;
    for (int offload = 0; offload < 2; offload++) {
        test_host host;
        uint32_t id;

        host_init(&host);
        host.esn = true;
        host.config.offload = offload != 0;
        host_open(&host);
        id = host_establish(&host, 0);
        sao_transport_find(host.transport, id)->replay[0].highest = UINT32_MAX - 5u;
        host.peer_sequence = UINT32_MAX - 5u;
        for (uint32_t i = 1; i <= 10; i++) {
            if (offload)
                host_receive_opened(&host, false);
            else
                host_receive_untouched(&host);
            expect_delivered(&host, i);
        }
        assert_int_equal(sao_transport_find(host.transport, id)->replay[0].highest,
                         UINT32_MAX + UINT64_C(5));
        host_close(&host);
    }
}

static void nothing_but_whole_good_packets_is_delivered(void **state)
{
    uint8_t good[TEST_PACKET_MAX];
    uint8_t frame[TEST_PACKET_MAX];
    size_t length;
    test_host host;

    (void)state;
    host_init(&host);
    host.config.offload = false;
    host_open(&host);
    (void)host_establish(&host, 0);
    length = host_make_frame(&host, 1, true, good);
    for (size_t cut = 0; cut < length; cut++)
        fake_indicate(&host.fake, good, cut, untouched);
    /* The outer header's unprotected bytes and the MAC header aside: those do not matter. */
    for (size_t at = MAC + 20; at < length; at++) {
        for (uint8_t bit = 1; bit != 0; bit = (uint8_t)(bit << 1)) {
            memcpy(frame, good, length);
            frame[at] ^= bit;
            fake_indicate(&host.fake, frame, length, untouched);
        }
    }
    assert_int_equal(host.delivered, 0);
    fake_indicate(&host.fake, good, length, untouched);
    expect_delivered(&host, 1);
    host_close(&host);
}

/* The same for frames that the NIC says are good: whatever is in them, nothing breaks. */
static void lengths_of_opened_packets_are_not_believed(void **state)
{
    uint8_t good[TEST_PACKET_MAX];
    uint8_t frame[TEST_PACKET_MAX];
    size_t length;
    test_host host;

    (void)state;
    (void)host_start(&host);
    length = host_make_frame(&host, 1, false, good);
    for (size_t cut = 0; cut < length; cut++)
        fake_indicate(&host.fake, good, cut, untouched);
    assert_int_equal(host.delivered, 0);
    for (size_t at = MAC; at < length; at++) {
        for (uint8_t value = 0; value < 8; value++) {
            memcpy(frame, good, length);
            frame[at] = (uint8_t)(value * 0x25);
            fake_indicate(&host.fake, frame, length, host_opened(false));
            host.violations = 0; /* some are of no bundle: RX-2 */
        }
    }
    host.violations = 0;
    host_close(&host);
}

static void other_packets_are_left_alone(void **state)
{
    uint8_t frame[TEST_PACKET_MAX] = {0};
    size_t length;
    test_host host;

    (void)state;
    (void)host_start(&host);
    frame[12] = 0x08;
    length = MAC + test_ip_packet(frame + MAC, 4, HOST_PAYLOAD);
    fake_indicate(&host.fake, frame, length, untouched); /* no IPsec */
    length = host_make_frame(&host, 1, true, frame);
    frame[MAC + 20] ^= 0x40;
    fake_indicate(&host.fake, frame, length, untouched); /* another SPI */
    length = host_make_frame(&host, 1, true, frame);
    frame[MAC + 19] ^= 1;
    test_ipv4_checksum(frame + MAC);
    fake_indicate(&host.fake, frame, length, untouched); /* another destination */
    length = host_make_frame(&host, 1, true, frame);
    frame[MAC + 6] = 0x20;
    test_ipv4_checksum(frame + MAC);
    fake_indicate(&host.fake, frame, length, untouched); /* a fragment (FRAG-1) */
    assert_int_equal(host_counters(&host).received_other, 4);
    host_close(&host);
}

/* ---- what the transport notices -------------------------------------------------------- */

static void an_untouched_packet_of_a_live_bundle_is_noticed(void **state) /* RX-6 */
{
    test_host host;

    (void)state;
    (void)host_start(&host);
    host_receive_untouched(&host);
    host_expect_violation(&host, "RX-6");
    expect_delivered(&host, 1);
    host_close(&host);
}

static void packets_from_before_the_add_may_settle(void **state)
{
    test_host host;

    (void)state;
    host_init(&host);
    host.config.settle_time = 5;
    host_open(&host);
    host_at(&host, 100);
    (void)host_establish(&host, 0); /* added at 100 */
    host_receive_untouched(&host);
    host_at(&host, 105);
    host_receive_untouched(&host);
    host_expect_violation(&host, NULL);
    host_at(&host, 106);
    host_receive_untouched(&host);
    host_expect_violation(&host, "RX-6");
    expect_delivered(&host, 3);
    host_close(&host);
}

/* While the delete was pending the NIC may have let packets pass; they settle as well. */
static void packets_from_before_an_abort_may_settle(void **state)
{
    test_host host;

    (void)state;
    (void)host_start_settling(&host, 5);
    host_at(&host, 100);
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    host_receive_opened(&host, true);
    fake_complete_with(&host.fake, 1, NDIS_STATUS_REQUEST_ABORTED);
    host_at(&host, 105);
    host_receive_untouched(&host);
    host_expect_violation(&host, NULL);
    host_at(&host, 106);
    host_receive_untouched(&host);
    host_expect_violation(&host, "DEL-2");
    host_close(&host);
}

static void packets_that_a_nic_may_exclude_are_no_violation(void **state)
{
    uint8_t frame[TEST_PACKET_MAX];
    uint8_t tagged[TEST_PACKET_MAX];
    size_t length;
    test_host host;

    (void)state;
    (void)host_start(&host);
    length = host_make_frame(&host, 1, true, frame); /* a VLAN tag in front */
    memcpy(tagged, frame, 12);
    memcpy(tagged + 12, "\x81\x00\x00\x07", 4);
    memcpy(tagged + 16, frame + 12, length - 12);
    fake_indicate(&host.fake, tagged, length + 4, untouched);
    expect_delivered(&host, 1);
    host_close(&host);
}

static void removing_before_the_delete_is_noticed(void **state) /* DEL-2 */
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED);
    host_receive_opened(&host, true); /* the delete is refused, so both bundles live on */
    host_receive_untouched(&host);
    host_expect_violation(&host, "DEL-2");
    host.fake.hold_sends = true;
    host_send(&host, id);
    fake_finish_send(&host.fake, 0, NDIS_STATUS_FAILURE);
    host_expect_violation(&host, "DEL-2");
    fake_finish_send(&host.fake, 1, NDIS_STATUS_SUCCESS);
    host_close(&host);
}

static void crypto_done_after_the_delete_is_noticed(void **state) /* DEL-1 */
{
    test_host host;

    (void)state;
    (void)host_start(&host);
    host_receive_opened(&host, true);
    host_expect_violation(&host, NULL);
    host_at(&host, 3);
    host_receive_opened(&host, true); /* nor is such a wish heeded: the next add is when it was */
    host_expect_violation(&host, "DEL-1");
    assert_int_equal(sao_transport_poll(host.transport, 3), HOST_AGAIN_AFTER);
    host_close(&host);
}

static void crypto_done_before_the_add_is_noticed(void **state) /* ADD-13 */
{
    test_host host;

    (void)state;
    host_init(&host);
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    host_open(&host);
    (void)host_establish(&host, 0);
    host_receive_opened(&host, false);
    host_expect_violation(&host, "ADD-13");
    fake_complete(&host.fake, 0);
    host_close(&host);
}

static void crypto_done_without_a_bundle_is_noticed(void **state) /* RX-2 */
{
    uint8_t frame[TEST_PACKET_MAX] = {0};
    size_t length;
    test_host host;

    (void)state;
    host_init(&host);
    host.config.offload = false;
    host_open(&host);
    (void)host_establish(&host, 0);
    host_receive_opened(&host, false); /* an SA of ours that was never added */
    host_expect_violation(&host, "RX-2");
    length = host_make_frame(&host, 2, false, frame);
    frame[MAC + 20] ^= 0x40;
    fake_indicate(&host.fake, frame, length, host_opened(false)); /* somebody's SPI */
    host_expect_violation(&host, "RX-2");
    host_close(&host);
}

static void contradicting_oob_data_is_noticed(void **state) /* RX-3, RX-9 */
{
    uint8_t frame[TEST_PACKET_MAX];
    test_host host;
    size_t length;

    (void)state;
    host_init(&host);
    host.config.offload = false;
    host_open(&host);
    (void)host_establish(&host, 0);
    length = host_make_frame(&host, 1, true, frame);
    fake_indicate(&host.fake, frame, length, (sao_oob_receive){.next_crypto_done = true});
    host_expect_violation(&host, "RX-3");
    length = host_make_frame(&host, 2, true, frame);
    fake_indicate(&host.fake, frame, length, (sao_oob_receive){.crypto_status = 5});
    host_expect_violation(&host, "RX-9");
    length = host_make_frame(&host, 3, true, frame);
    fake_indicate(&host.fake, frame, length, (sao_oob_receive){.sa_delete_request = true});
    host_expect_violation(&host, "RX-9");
    expect_delivered(&host, 3); /* they are untouched, so they are good */
    assert_int_equal(host_counters(&host).delete_requests, 0);
    host_close(&host);
}

/* ---- calls from within calls ----------------------------------------------------------- */

static void answer(test_host *host)
{
    host_send(host, 0);
}

static void retire_now(test_host *host)
{
    sao_transport_retire(host->transport, 0);
    assert_int_equal(sao_transport_state(host->transport, 0), SAO_ASSOCIATION_UNKNOWN);
}

static void the_receiver_may_call_back(void **state)
{
    test_host host;

    (void)state;
    assert_int_equal(host_start(&host), 0);
    host.during_deliver = answer;
    host_receive_opened(&host, true); /* answered before the deletes begin */
    assert_non_null(fake_last_send(&host.fake)->handle);
    host_receive_untouched(&host);
    assert_null(fake_last_send(&host.fake)->handle);
    assert_int_equal(host.fake.send_count, 2);
    host.during_deliver = retire_now;
    host_receive_untouched(&host);
    assert_int_equal(host_counters(&host).associations, 0);
    expect_delivered(&host, 3);
    host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_are_delivered_either_way),
        cmocka_unit_test(replayed_packets_are_dropped),
        cmocka_unit_test(a_bad_packet_does_not_move_the_window),
        cmocka_unit_test(crypto_errors_of_the_nic_are_counted),
        cmocka_unit_test(high_halves_are_inferred),
        cmocka_unit_test(nothing_but_whole_good_packets_is_delivered),
        cmocka_unit_test(lengths_of_opened_packets_are_not_believed),
        cmocka_unit_test(other_packets_are_left_alone),
        cmocka_unit_test(an_untouched_packet_of_a_live_bundle_is_noticed),
        cmocka_unit_test(packets_from_before_the_add_may_settle),
        cmocka_unit_test(packets_from_before_an_abort_may_settle),
        cmocka_unit_test(packets_that_a_nic_may_exclude_are_no_violation),
        cmocka_unit_test(removing_before_the_delete_is_noticed),
        cmocka_unit_test(crypto_done_after_the_delete_is_noticed),
        cmocka_unit_test(crypto_done_before_the_add_is_noticed),
        cmocka_unit_test(crypto_done_without_a_bundle_is_noticed),
        cmocka_unit_test(contradicting_oob_data_is_noticed),
        cmocka_unit_test(the_receiver_may_call_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
