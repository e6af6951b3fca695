// SPDX-License-Identifier: BSD-2-Clause
/* test_soft_nic_wishes.c: when the soft NIC wishes a bundle deleted (DEL-2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/packets.h"
#include "support/wire.h"

#include <saoffload/oob.h>

/* Receives one good packet of the SA; did it carry SaDeleteReq? */
static bool carries_wish(test_wire *wire, const sao_ipsec_params *params, size_t payload)
{
    test_sa sa = test_sa_make(params);
    test_frame sealed, received;
    bool wish;

    test_make_frame(&sealed, &sa.sa, 1, 4, payload);
    assert_int_equal(sao_ipsec_seal(&sa.sa, 0, test_iv(1), sealed.bytes + TEST_MAC_LENGTH,
                                    sealed.packet.length - TEST_MAC_LENGTH),
                     NDIS_STATUS_SUCCESS);
    test_receive(wire, &received, &sealed);
    assert_ptr_equal(wire->last_indicated, &received.packet);
    assert_true(sao_oob_get_receive(&received.packet.ipsec).crypto_done);
    wish = sao_oob_get_receive(&received.packet.ipsec).sa_delete_request;
    wire->miniport.ops->return_packet(wire->miniport.context, &received.packet);
    test_sa_free(&sa);
    return wish;
}

static void a_wish_comes_after_so_many_packets(void **state)
{
    const sao_ipsec_params params = test_params_of(1);
    sao_soft_nic_config config;
    test_wire wire;

    (void)state;
    test_wire_config(&wire, &config);
    config.wish_after_packets = 3;
    test_wire_open(&wire, &config);
    (void)test_add(&wire, &params, true, 0);
    /* And again after as many more, while no DELETE comes. */
    for (unsigned packet = 1; packet <= 9; packet++)
        assert_int_equal(carries_wish(&wire, &params, 64), packet % 3 == 0);
    test_wire_close(&wire);
}

/* The next bundle in the same place counts from the beginning. */
static void a_new_bundle_inherits_nothing(void **state)
{
    const sao_ipsec_params params = test_params_of(1);
    sao_soft_nic_config config;
    NDIS_HANDLE handle;
    test_wire wire;

    (void)state;
    test_wire_config(&wire, &config);
    config.capabilities.SaOffloadCapacity = 1;
    config.wish_after_packets = 3;
    test_wire_open(&wire, &config);
    for (unsigned round = 0; round < 4; round++) {
        handle = test_add(&wire, &params, true, 0);
        assert_false(carries_wish(&wire, &params, 64));
        assert_false(carries_wish(&wire, &params, 64));
        assert_int_equal(test_delete(&wire, handle), NDIS_STATUS_SUCCESS);
    }
    test_wire_close(&wire);
}

static void a_wish_comes_after_so_many_bytes(void **state)
{
    const sao_ipsec_params params = test_params_of(1);
    sao_soft_nic_config config;
    test_wire wire;

    (void)state;
    test_wire_config(&wire, &config);
    config.wish_after_bytes = 2000;
    test_wire_open(&wire, &config);
    (void)test_add(&wire, &params, true, 0);
    assert_false(carries_wish(&wire, &params, 900)); /* headers come on top */
    assert_false(carries_wish(&wire, &params, 900));
    assert_true(carries_wish(&wire, &params, 100));
    assert_false(carries_wish(&wire, &params, 900));
    test_wire_close(&wire);
}

static void without_a_policy_nothing_is_wished(void **state)
{
    const sao_ipsec_params params = test_params_of(1);
    sao_soft_nic_config config;
    test_wire wire;

    (void)state;
    test_wire_config(&wire, &config);
    config.capabilities.SaOffloadCapacity = 1;
    test_wire_open(&wire, &config);
    (void)test_add(&wire, &params, true, 0);
    for (unsigned packet = 0; packet < 200; packet++)
        assert_false(carries_wish(&wire, &params, 64));
    test_wire_close(&wire);
}

/* A NIC of eight bundles; with the sixth, three quarters are full. */
static void open_with_fill_policy(test_wire *wire)
{
    sao_soft_nic_config config;

    test_wire_config(wire, &config);
    config.capabilities.SaOffloadCapacity = 8;
    config.wish_fill_percent = 75;
    test_wire_open(wire, &config);
}

static void add_inbound(test_wire *wire, uint8_t n, NDIS_HANDLE *handle)
{
    const sao_ipsec_params params = test_params_of(n);

    *handle = test_add(wire, &params, true, 0);
}

static bool nth_carries_wish(test_wire *wire, uint8_t n)
{
    const sao_ipsec_params params = test_params_of(n);

    return carries_wish(wire, &params, 64);
}

static void a_full_table_wishes_its_oldest_inbound_bundle_away(void **state)
{
    const sao_ipsec_params outbound = test_params_of(1);
    NDIS_HANDLE in;
    test_wire wire;

    (void)state;
    open_with_fill_policy(&wire);
    (void)test_add(&wire, &outbound, false, 0); /* older, but not inbound */
    for (uint8_t n = 1; n <= 4; n++)
        add_inbound(&wire, n, &in);
    for (uint8_t n = 1; n <= 4; n++)
        assert_false(nth_carries_wish(&wire, n));
    add_inbound(&wire, 5, &in);
    for (uint8_t n = 5; n > 1; n--)
        assert_false(nth_carries_wish(&wire, n));
    assert_true(nth_carries_wish(&wire, 1));
    assert_false(nth_carries_wish(&wire, 1)); /* once is enough */
    test_wire_close(&wire);
}

static void each_add_over_the_limit_wishes_one_more(void **state)
{
    NDIS_HANDLE in;
    test_wire wire;

    (void)state;
    open_with_fill_policy(&wire);
    for (uint8_t n = 1; n <= 8; n++)
        add_inbound(&wire, n, &in);
    for (uint8_t n = 1; n <= 8; n++)
        assert_int_equal(nth_carries_wish(&wire, n), n <= 3);
    test_wire_close(&wire);
}

/* The order of age survives deletes at its beginning, in its middle and at its end. */
static void deleted_bundles_leave_the_order_of_age(void **state)
{
    static const struct {
        uint8_t deleted[2];
        uint8_t oldest[3];
    } cases[] = {{{1, 2}, {3, 4, 5}}, {{2, 1}, {3, 4, 5}}, {{2, 3}, {1, 4, 5}},
                 {{3, 4}, {1, 2, 5}}, {{4, 3}, {1, 2, 5}}, {{1, 4}, {2, 3, 5}}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const uint8_t *deleted = cases[i].deleted;
        NDIS_HANDLE in[11];
        test_wire wire;

        open_with_fill_policy(&wire);
        for (uint8_t n = 1; n <= 4; n++)
            add_inbound(&wire, n, &in[n]);
        for (unsigned j = 0; j < 2; j++)
            assert_int_equal(test_delete(&wire, in[deleted[j]]), NDIS_STATUS_SUCCESS);
        for (uint8_t n = 5; n <= 10; n++) /* eight in all, three of them over the limit */
            add_inbound(&wire, n, &in[n]);
        for (uint8_t n = 1; n <= 10; n++)
            if (n != deleted[0] && n != deleted[1])
                assert_int_equal(nth_carries_wish(&wire, n), memchr(cases[i].oldest, n, 3) != NULL);
        test_wire_close(&wire);
    }
}

/* While the oldest is on its way out, no other is asked to go. */
static void a_bundle_that_goes_already_is_wish_enough(void **state)
{
    NDIS_HANDLE in[7];
    test_frame sealed, held;
    test_request remove;
    sao_soft_nic_config config;
    const sao_ipsec_params first = test_params_of(1);
    test_sa sa = test_sa_make(&first);
    test_wire wire;

    (void)state;
    test_wire_config(&wire, &config);
    config.capabilities.SaOffloadCapacity = 8;
    config.wish_fill_percent = 75;
    config.receive_latency = 10;
    test_wire_open(&wire, &config);
    for (uint8_t n = 1; n <= 5; n++)
        add_inbound(&wire, n, &in[n]);
    test_make_frame(&sealed, &sa.sa, 1, 4, 64);
    test_receive(&wire, &held, &sealed); /* keeps the delete waiting (DEL-7) */
    test_make_delete(&remove, in[1]);
    assert_int_equal(test_submit(&wire, &remove), NDIS_STATUS_PENDING);
    add_inbound(&wire, 6, &in[6]);
    (void)test_wire_at(&wire, 10);
    assert_int_equal(remove.completions, 1);
    wire.miniport.ops->return_packet(wire.miniport.context, &held.packet);
    for (uint8_t n = 2; n <= 6; n++) {
        const sao_ipsec_params params = test_params_of(n);
        test_sa other = test_sa_make(&params);
        test_frame frame;

        test_make_frame(&sealed, &other.sa, 1, 4, 64);
        test_receive(&wire, &frame, &sealed);
        (void)test_wire_at(&wire, wire.now + 10);
        assert_false(sao_oob_get_receive(&frame.packet.ipsec).sa_delete_request);
        wire.miniport.ops->return_packet(wire.miniport.context, &frame.packet);
        test_sa_free(&other);
    }
    test_sa_free(&sa);
    test_wire_close(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wish_comes_after_so_many_packets),
        cmocka_unit_test(a_new_bundle_inherits_nothing),
        cmocka_unit_test(a_wish_comes_after_so_many_bytes),
        cmocka_unit_test(without_a_policy_nothing_is_wished),
        cmocka_unit_test(a_full_table_wishes_its_oldest_inbound_bundle_away),
        cmocka_unit_test(each_add_over_the_limit_wishes_one_more),
        cmocka_unit_test(deleted_bundles_leave_the_order_of_age),
        cmocka_unit_test(a_bundle_that_goes_already_is_wish_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
