// SPDX-License-Identifier: BSD-2-Clause
/* test_soft_nic_sequence.c: IVs, extended sequence numbers, and a NIC without transport mode. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/loop.h"

#include <saoffload/oob.h>

/* ---- IVs (TX-3) ------------------------------------------------------------------------ */

static void the_iv_is_epoch_and_sequence_number(void **state)
{
    static const uint8_t expected[8] = {0xAB, 0xCD, 0, 0, 0x01, 0x02, 0x03, 0x04};
    test_frame sealed;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    f.config.epoch = 0xABCD;
    loop_start(&f);
    loop_make_sealed(&f, &sealed, 0x01020304);
    assert_memory_equal(sealed.bytes + TEST_MAC_LENGTH + TEST_ESP_AT + 8, expected, 8);
    loop_finish(&f);
}

static void a_sequence_number_is_sealed_once(void **state)
{
    test_frame frame;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    loop_start(&f);
    loop_make_sealed(&f, &frame, 100);
    loop_make_sealed(&f, &frame, 99); /* a little late is well */
    test_make_frame(&frame, &f.sa.sa, 100, 4, 64);
    loop_assert_refused(&f, &frame, f.out);
    test_make_frame(&frame, &f.sa.sa, 99, 4, 64);
    loop_assert_refused(&f, &frame, f.out);
    test_make_frame(&frame, &f.sa.sa, 1, 4, 64); /* too old to know */
    loop_assert_refused(&f, &frame, f.out);
    loop_make_sealed(&f, &frame, 101);
    assert_int_equal(loop_counters(&f).repeated_sequences, 3);
    assert_int_equal(loop_counters(&f).send_failed, 3);
    assert_int_equal(loop_counters(&f).sealed, 3);
    loop_finish(&f);
}

/* No SA sends it, so its IV is never made. */
static void sequence_number_zero_is_not_sealed(void **state)
{
    test_frame frame;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    loop_start(&f);
    test_make_frame(&frame, &f.sa.sa, 1, 4, 64);
    frame.bytes[TEST_MAC_LENGTH + TEST_ESP_AT + 7] = 0;
    loop_assert_refused(&f, &frame, f.out);
    assert_int_equal(loop_counters(&f).repeated_sequences, 1);
    loop_finish(&f);
}

/* Without encryption there is no IV, and nothing to repeat. */
static void without_an_iv_a_number_may_come_again(void **state)
{
    test_frame frame;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    f.params = test_params(&test_ciphers[2], SAO_IPSEC_TUNNEL, 4);
    loop_start(&f);
    loop_make_sealed(&f, &frame, 5);
    loop_make_sealed(&f, &frame, 5);
    assert_int_equal(loop_counters(&f).repeated_sequences, 0);
    loop_finish(&f);
}

/* ---- extended sequence numbers --------------------------------------------------------- */

/* UPD-1: what was submitted before the update keeps the old value, sealed later or not. */
static void an_update_counts_for_later_sends(void **state)
{
    const uint64_t old = ((uint64_t)1 << 32) - 1, new = ((uint64_t)1 << 32) + 1;
    test_frame before, after, first;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    f.params.esn = true;
    f.config.send_latency = 10;
    loop_start(&f);
    test_make_frame(&before, &f.sa.sa, old, 4, 64);
    test_make_frame(&after, &f.sa.sa, new, 4, 64);
    test_send(&f.wire, &before, f.out);
    loop_update(&f, f.out, 1);
    (void)test_wire_at(&f.wire, 5);
    test_send(&f.wire, &after, f.out);
    (void)test_wire_at(&f.wire, 10);
    first = f.wire.last_transmitted;
    (void)test_wire_at(&f.wire, 15);
    assert_int_equal(f.wire.transmitted, 2);
    assert_true(loop_opens_as(&f, &first, old));
    assert_true(loop_opens_as(&f, &f.wire.last_transmitted, new));
    loop_finish(&f);
}

/* The high half goes into the IV: the same low half again is a new number. */
static void the_iv_has_48_bits_of_the_number(void **state)
{
    test_frame frame;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    f.params.esn = true;
    f.config.epoch = 1;
    loop_start(&f);
    loop_make_sealed(&f, &frame, 9);
    loop_update(&f, f.out, 0xFFFF);
    loop_make_sealed(&f, &frame, (uint64_t)0xFFFF << 32 | 9);
    assert_memory_equal(frame.bytes + TEST_MAC_LENGTH + TEST_ESP_AT + 8, "\0\1\xFF\xFF\0\0\0\x09",
                        8);
    loop_update(&f, f.out, 0x10000); /* would come round to the first IV */
    test_make_frame(&frame, &f.sa.sa, (uint64_t)0x10000 << 32 | 10, 4, 64);
    loop_assert_refused(&f, &frame, f.out);
    assert_int_equal(loop_counters(&f).repeated_sequences, 1);
    loop_finish(&f);
}

/* RX-5: the NIC follows the numbers by itself, and never drops a replay. */
static void the_high_half_is_inferred(void **state)
{
    const uint64_t wrap = (uint64_t)1 << 32;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    f.params.esn = true;
    loop_start(&f);
    loop_expect_received(&f, 0x70000000, CRYPTO_SUCCESS);
    loop_expect_received(&f, wrap - 10, CRYPTO_SUCCESS);
    loop_expect_received(&f, wrap + 3, CRYPTO_SUCCESS);
    loop_expect_received(&f, wrap - 2, CRYPTO_SUCCESS); /* late, from before the wrap */
    loop_expect_received(&f, wrap + 3, CRYPTO_SUCCESS); /* again */
    loop_expect_received(&f, wrap + 4, CRYPTO_SUCCESS);
    /* So far ahead that nobody can guess: */
    loop_expect_received(&f, 9 * wrap + 5, CRYPTO_TRANSPORT_ESP_AUTH_FAILED);
    /* but an update tells. */
    loop_update(&f, f.in, 9);
    loop_expect_received(&f, 9 * wrap + 5, CRYPTO_SUCCESS);
    loop_expect_received(&f, 9 * wrap + 6, CRYPTO_SUCCESS);
    loop_finish(&f);
}

/* Or else what is far too old would be taken for what came before the wrap. */
static void a_late_packet_does_not_move_the_window_back(void **state)
{
    const uint64_t wrap = (uint64_t)1 << 32;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    f.params.esn = true;
    loop_start(&f);
    loop_expect_received(&f, 0x70000000, CRYPTO_SUCCESS);
    loop_expect_received(&f, wrap - 11, CRYPTO_SUCCESS);
    loop_expect_received(&f, wrap + 100, CRYPTO_SUCCESS);
    loop_expect_received(&f, wrap + 40, CRYPTO_SUCCESS);
    loop_expect_received(&f, wrap - 10, CRYPTO_TRANSPORT_ESP_AUTH_FAILED);
    loop_finish(&f);
}

static void an_sa_can_begin_in_the_middle(void **state)
{
    const uint64_t begin = (uint64_t)5 << 32;
    test_frame frame;
    NDIS_HANDLE out;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    f.params.esn = true;
    loop_start(&f);
    assert_int_equal(test_delete(&f.wire, f.in), NDIS_STATUS_SUCCESS);
    assert_int_equal(test_delete(&f.wire, f.out), NDIS_STATUS_SUCCESS);
    (void)test_add(&f.wire, &f.params, true, 5);
    out = test_add(&f.wire, &f.params, false, 5);
    test_make_frame(&frame, &f.sa.sa, begin + 77, 4, 64);
    test_send(&f.wire, &frame, out);
    assert_int_equal(frame.packet.status, NDIS_STATUS_SUCCESS);
    assert_true(loop_opens_as(&f, &f.wire.last_transmitted, begin + 77));
    loop_expect_received(&f, begin + 78, CRYPTO_SUCCESS);
    loop_finish(&f);
}

/* ---- a NIC without transport mode ------------------------------------------------------ */

/* RX-2: only decryption tells the mode; then the packet becomes again what it was. */
static void an_excluded_mode_goes_up_untouched(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_CIPHERS; i++) {
        for (unsigned esn = 0; esn < 2; esn++) {
            test_frame frame, received;
            uint8_t *ip = frame.bytes + TEST_MAC_LENGTH;
            const uint32_t high = esn ? 3 : 0;
            test_loop f;

            if (!test_cipher_available(&test_ciphers[i]))
                continue;
            loop_prepare(&f);
            f.config.capabilities.Transport = 0;
            f.params = test_params(&test_ciphers[i], SAO_IPSEC_TRANSPORT, 4);
            f.params.esn = esn != 0;
            loop_start(&f);
            if (esn)
                loop_update(&f, f.in, high);
            test_make_frame(&frame, &f.sa.sa, (uint64_t)high << 32 | 8, 4, 99);
            assert_int_equal(sao_ipsec_seal(&f.sa.sa, high, test_iv(77), ip,
                                            frame.packet.length - TEST_MAC_LENGTH),
                             NDIS_STATUS_SUCCESS);
            test_receive(&f.wire, &received, &frame);
            assert_ptr_equal(f.wire.last_indicated, &received.packet);
            loop_assert_untouched(&received, &frame);
            loop_give_back(&f, &received);
            assert_int_equal(loop_counters(&f).untouched, 1);
            assert_int_equal(loop_counters(&f).opened, 0);
            loop_finish(&f);
        }
    }
}

/* Dummy packets (next header 59) belong to tunnel mode, which is there always (CAP-1). */
static void a_dummy_packet_is_no_excluded_mode(void **state)
{
    test_frame frame, received;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    f.config.capabilities.Transport = 0;
    loop_start(&f);
    test_make_frame(&frame, &f.sa.sa, 1, 4, 64);
    frame.bytes[frame.packet.length - 16 - 1] = 59;
    test_send(&f.wire, &frame, f.out);
    assert_int_equal(frame.packet.status, NDIS_STATUS_SUCCESS);
    test_receive(&f.wire, &received, &f.wire.last_transmitted);
    assert_true(sao_oob_get_receive(&received.packet.ipsec).crypto_done);
    assert_int_equal(sao_oob_get_header(&received.packet.header).next_header, 59);
    loop_give_back(&f, &received);
    loop_finish(&f);
}

static void an_excluded_mode_is_not_sent(void **state)
{
    test_frame frame;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    f.config.capabilities.Transport = 0;
    f.params.mode = SAO_IPSEC_TRANSPORT;
    loop_start(&f);
    test_make_frame(&frame, &f.sa.sa, 1, 4, 64);
    loop_assert_refused(&f, &frame, f.out);
    loop_finish(&f);

    loop_prepare(&f); /* tunnel mode is there always (CAP-1) */
    f.config.capabilities.Transport = 0;
    loop_start(&f);
    loop_make_sealed(&f, &frame, 1);
    loop_expect_received(&f, 1, CRYPTO_SUCCESS);
    loop_finish(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_iv_is_epoch_and_sequence_number),
        cmocka_unit_test(a_sequence_number_is_sealed_once),
        cmocka_unit_test(sequence_number_zero_is_not_sealed),
        cmocka_unit_test(without_an_iv_a_number_may_come_again),
        cmocka_unit_test(an_update_counts_for_later_sends),
        cmocka_unit_test(the_iv_has_48_bits_of_the_number),
        cmocka_unit_test(the_high_half_is_inferred),
        cmocka_unit_test(a_late_packet_does_not_move_the_window_back),
        cmocka_unit_test(an_sa_can_begin_in_the_middle),
        cmocka_unit_test(an_excluded_mode_goes_up_untouched),
        cmocka_unit_test(a_dummy_packet_is_no_excluded_mode),
        cmocka_unit_test(an_excluded_mode_is_not_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
