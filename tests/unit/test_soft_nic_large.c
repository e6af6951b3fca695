// SPDX-License-Identifier: BSD-2-Clause
/* test_soft_nic_large.c: large TCP packets with IPsec, cut by the NIC (LSO-1, RSC-1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <saoffload/oob.h>

#include "support/large.h"

static large_rig r;

static const char *const transport_forms[] = {"ESP transport", "AH transport", "AH + ESP transport",
                                              "UDP-ESP transport"};

static void lso_1_each_segment_is_a_packet_of_its_own(void **state)
{
    static const uint32_t sizes[] = {0, 1, 499, 500, 501, 1500, 3333, 20000};
    static large made, before;

    (void)state;
    for (uint32_t i = 0; i < 4 * 4; i++) {
        uint32_t number = 1;

        large_prepare(&r, transport_forms[i / 4], i % 2 == 0 ? 4 : 6);
        r.form.esn = i / 2 % 2 != 0;
        form_start(&r.form);
        made.flags = TCP_ACK | TCP_FIN | TCP_PSH | TCP_CWR;
        made.no_options = i % 4 == 1;
        for (uint32_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
            large_make(&r, &made, number, sizes[s], 500, s % 2 == 0 ? 0 : 255);
            if (s > 2) /* more than the NIC could gather */
                large_split(&made, 30 + s * 20);
            before = made;
            assert_int_equal(large_send(&r, &made), NDIS_STATUS_SUCCESS);
            large_check(&r, &made, number);
            assert_memory_equal(made.bytes, before.bytes, sizeof made.bytes);
            number += r.count;
        }
        assert_int_equal(r.form.wire.sent, sizeof sizes / sizeof sizes[0]);
        assert_int_equal(form_counters(&r.form).sealed, number - 1);
        form_finish(&r.form);
    }
}

/* Over 64 KB, which no IP header can state. */
static void lso_1_a_packet_may_be_longer_than_its_header_can_say(void **state)
{
    static large made;

    (void)state;
    large_prepare(&r, "AH + ESP transport", 4);
    r.form.config.staging = 2000;
    form_start(&r.form);
    made.flags = TCP_ACK;
    large_make(&r, &made, 7, 69000, 1400, 3);
    assert_int_equal(large_send(&r, &made), NDIS_STATUS_SUCCESS);
    large_check(&r, &made, 7);
    form_finish(&r.form);
}

/* Sends four segments of which the outermost SA has the last one `over` beyond 2^32 - 1. */
static void sends_up_to(const char *name, bool esn, uint32_t over, bool goes)
{
    static large made;
    uint32_t number;

    large_prepare(&r, name, 4);
    r.form.esn = esn;
    form_start(&r.form);
    number = UINT32_MAX - 3 - 1000 * (r.form.bundle.count - 1) + over; /* as form_sequence counts */
    made.flags = TCP_ACK;
    large_make(&r, &made, number, 4 * 100, 100, 0);
    assert_int_equal(large_send(&r, &made), goes ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE);
    if (goes)
        large_check(&r, &made, number);
    else
        assert_int_equal(r.count, 0);
    form_finish(&r.form);
}

/* TX-3: the numbers of the segments go on over 2^32 with ESN, and else not at all. */
static void tx_3_the_sequence_numbers_do_not_come_round(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++)
        for (uint32_t over = 0; over < 4; over++) {
            sends_up_to(transport_forms[i], true, over, true);
            sends_up_to(transport_forms[i], false, over, over == 0);
        }
}

/* A number that was used: what is before it has left by then. */
static void tx_3_a_used_number_ends_it(void **state)
{
    static large made;

    (void)state;
    large_prepare(&r, "ESP transport", 4);
    form_start(&r.form);
    made.flags = TCP_ACK;
    large_make(&r, &made, 12, 100, 100, 0);
    assert_int_equal(large_send(&r, &made), NDIS_STATUS_SUCCESS);
    large_make(&r, &made, 10, 400, 100, 0);
    assert_int_equal(large_send(&r, &made), NDIS_STATUS_FAILURE);
    assert_int_equal(r.count, 2);
    assert_int_equal(form_counters(&r.form).repeated_sequences, 1);
    form_finish(&r.form);
}

/* ---- receiving ------------------------------------------------------------------------- */

/* What goes up, in the order in which it came. */
static uint32_t went_up;

static void check_order(test_wire *wire, sao_packet *packet)
{
    const test_frame *frame = (const test_frame *)(const void *)packet;

    (void)wire;
    assert_int_equal(packet->length, r.transmitted[went_up].packet.length);
    assert_true(sao_oob_get_receive(&packet->ipsec).crypto_done);
    assert_memory_equal(frame->bytes, r.transmitted[went_up].bytes, TEST_MAC_LENGTH);
    went_up++;
}

static void arrive(test_frame *received, sao_packet **packets, bool together)
{
    for (uint32_t n = 0; n < r.count; n++) {
        received[n] = r.transmitted[n];
        received[n].packet.data = received[n].bytes;
        packets[n] = &received[n].packet;
        if (!together)
            sao_soft_nic_receive(r.form.wire.nic, packets[n]);
    }
    if (together)
        sao_soft_nic_receive_burst(r.form.wire.nic, packets, r.count);
}

/* RSC-1: nothing here coalesces. Segments of a connection go up one by one, as they came, also
 * where they came together. */
static void rsc_1_protected_segments_are_never_coalesced(void **state)
{
    static large made;
    static test_frame received[8];
    sao_packet *packets[8];

    (void)state;
    for (uint32_t i = 0; i < 4 * 2; i++) {
        large_prepare(&r, transport_forms[i / 2], 4);
        form_start(&r.form);
        r.form.wire.on_indicate = check_order;
        made.flags = TCP_ACK;
        large_make(&r, &made, 1, 800, 100, 0);
        assert_int_equal(large_send(&r, &made), NDIS_STATUS_SUCCESS);
        assert_int_equal(r.count, 8);
        went_up = 0;
        arrive(received, packets, i % 2 != 0);
        assert_int_equal(went_up, 8);
        assert_int_equal(r.form.wire.indicated, 8);
        assert_int_equal(form_counters(&r.form).opened, 8);
        for (uint32_t n = 0; n < 8; n++)
            form_give_back(&r.form, &received[n]);
        form_finish(&r.form);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lso_1_each_segment_is_a_packet_of_its_own),
        cmocka_unit_test(lso_1_a_packet_may_be_longer_than_its_header_can_say),
        cmocka_unit_test(tx_3_the_sequence_numbers_do_not_come_round),
        cmocka_unit_test(tx_3_a_used_number_ends_it),
        cmocka_unit_test(rsc_1_protected_segments_are_never_coalesced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
