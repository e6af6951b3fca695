// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_transport_layers.c: bundles of two SAs, and transport over tunnel: what becomes of them, and
 * the rules that OOB data shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/transport_internal.h"
#include "support/pair.h"

#define ADD OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA
#define DELETE OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA

static const sao_oob_receive untouched;

static sao_association *association_of(const test_pair *pair, int end, uint32_t id)
{
    sao_association *association = sao_transport_find(pair->end[end].transport, id);

    assert_non_null(association);
    return association;
}

static sao_half *half_of(const test_pair *pair, int end, uint32_t id, uint32_t direction)
{
    return &association_of(pair, end, id)->half[direction];
}

/* ---- deletes --------------------------------------------------------------------------- */

static void expect_deletes(const fake_miniport *fake, uint32_t first, const NDIS_HANDLE *handles,
                           uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(fake->requests[first + i].oid, DELETE);
        assert_ptr_equal(fake->requests[first + i].elements[0].handle, handles[i]);
    }
}

/* Inbound before outbound (DEL-3), and the transport part before the tunnel: without that the NIC
 * could use neither. They come back in the other order. */
static void a_wish_of_the_tunnel_ends_both(void **state) /* DEL-2, DEL-3 */
{
    (void)state;
    for (uint32_t timing = FAKE_AT_ONCE; timing <= FAKE_INSIDE; timing++) {
        test_pair pair;
        test_end *end = &pair.end[1];
        fake_miniport *fake = &end->fake;
        sao_oob_receive wish = pair_opened(1);

        pair_init(&pair, "ah-over-esp", 6);
        pair_open(&pair);
        pair_establish(&pair);
        assert_int_equal(fake->request_count, 2);
        {
            const NDIS_HANDLE handles[] = {
                half_of(&pair, 1, end->id, SAO_IN)->handle,
                half_of(&pair, 1, end->id, SAO_OUT)->handle,
                half_of(&pair, 1, end->tunnel, SAO_IN)->handle,
                half_of(&pair, 1, end->tunnel, SAO_OUT)->handle,
            };

            for (int i = 0; i < 4; i++)
                fake_answer_next(fake, (fake_timing)timing, NDIS_STATUS_SUCCESS);
            /* On a packet of the tunnel alone: of two payloads there is no wish (RX-8). */
            wish.sa_delete_request = true;
            association_of(&pair, 0, pair.end[0].id)->half[SAO_OUT].lost = true;
            half_of(&pair, 1, end->id, SAO_IN)->live_since = 0;
            end->transport->config.settle_time = 5; /* the transport part is yet to settle */
            pair_pass(&pair, wish);
            for (uint32_t i = 0; timing == FAKE_LATER && i < 4; i++) {
                assert_int_equal(fake->request_count, 3 + i);
                fake_complete(fake, 2 + i);
            }
            assert_int_equal(fake->request_count, 6);
            expect_deletes(fake, 2, handles, 4);
        }
        assert_int_equal(pair_counters(&pair, 1).bundles, 0);
        pair_expect_state(&pair, 1, end->tunnel, SAO_ASSOCIATION_SOFTWARE);
        pair_carry(&pair, 0, pair_send(&pair, 0), untouched);
        pair_at(&pair, PAIR_AGAIN_AFTER);
        assert_int_equal(fake->request_count, 8);
        assert_int_equal(fake->requests[6].elements[0].operation, IPsecOffloadV2Esp);
        assert_int_equal(fake->requests[7].elements[0].operation, IPsecOffloadV2Ah);
        pair_expect_state(&pair, 1, end->id, SAO_ASSOCIATION_OFFLOADED);
        pair_close(&pair);
    }
}

static void retiring_a_tunnel_retires_what_runs_over_it(void **state)
{
    test_pair pair;
    test_end *end = &pair.end[0];
    uint8_t packet[TEST_PACKET_MAX];
    size_t length;

    (void)state;
    pair_start(&pair, "esp-over-udp", 4);
    length = pair_packet(&pair, 0, packet);
    end->fake.hold_sends = true;
    (void)pair_send(&pair, 0);
    for (int i = 0; i < 4; i++)
        fake_answer_next(&end->fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    sao_transport_retire(end->transport, end->tunnel);
    pair_expect_state(&pair, 0, end->id, SAO_ASSOCIATION_RETIRING);
    assert_int_equal(sao_transport_send(end->transport, end->id, packet, length),
                     NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(sao_transport_send(end->transport, end->tunnel, packet, length),
                     NDIS_STATUS_INVALID_PARAMETER);
    for (uint32_t i = 0; i < 4; i++) {
        pair_expect_state(&pair, 0, end->tunnel, SAO_ASSOCIATION_RETIRING);
        fake_complete(&end->fake, 2 + i);
    }
    assert_int_equal(pair_counters(&pair, 0).associations, 0);
    fake_finish_send(&end->fake, 0, NDIS_STATUS_SUCCESS);
    assert_int_equal(pair_counters(&pair, 0).packets, 0);
    pair_close(&pair);
}

/* A tunnel is forgotten after what runs over it, which may still have something to send. */
static void a_tunnel_outlives_what_runs_over_it(void **state)
{
    test_pair pair;
    test_end *end = &pair.end[0];

    (void)state;
    pair_start(&pair, "esp-over-esp", 4);
    end->fake.send_status = NDIS_STATUS_PAUSED;
    (void)pair_send(&pair, 0);
    end->fake.send_status = NDIS_STATUS_SUCCESS;
    sao_transport_retire(end->transport, end->tunnel);
    assert_int_equal(pair_counters(&pair, 0).bundles, 0);
    assert_int_equal(pair_counters(&pair, 0).associations, 2);
    pair_at(&pair, PAIR_RETRY_AFTER);
    pair_carry(&pair, 0, fake_last_send(&end->fake), untouched);
    pair_expect_delivery(&pair, 0, 1);
    pair.end[1].violations = 0; /* the other NIC was to open it */
    assert_int_equal(pair_counters(&pair, 0).associations, 0);
    pair_close(&pair);
}

static void a_transport_part_may_go_alone(void **state)
{
    test_pair pair;
    test_end *end = &pair.end[0];

    (void)state;
    pair_start(&pair, "esp-over-esp", 4);
    sao_transport_retire(end->transport, end->id);
    assert_int_equal(pair_counters(&pair, 0).associations, 1);
    pair_expect_state(&pair, 0, end->tunnel, SAO_ASSOCIATION_OFFLOADED);
    end->id = end->tunnel; /* a tunnel carries other packets, too */
    pair_pass(&pair, pair_opened(1));
    pair_expect_delivery(&pair, 0, 1);
    pair_close(&pair);
}

/* With room for three bundles the transport part's inbound one is there. */
static void half_of_a_transport_part_is_better_than_none(void **state) /* ADD-11 */
{
    test_pair pair;

    (void)state;
    pair_init(&pair, "esp-over-esp", 4);
    pair.end[1].config.capacity = 3;
    pair_open(&pair);
    pair_establish(&pair);
    pair_pass(&pair, pair_opened(2));
    pair_expect_delivery(&pair, 0, 1);
    assert_int_equal(pair_counters(&pair, 1).offloaded_rx, 1);
    assert_null(pair_send(&pair, 1)->tunnel);
    assert_int_equal(pair_counters(&pair, 1).shared_tx, 1);
    pair_close(&pair);
}

/* ---- what a reset loses ---------------------------------------------------------------- */

/* Of a refused packet with two handles nobody can tell which of them was. */
static void of_two_refused_handles_both_are_lost(void **state) /* RST-3 */
{
    test_pair pair;
    test_end *end = &pair.end[0];

    (void)state;
    pair_start(&pair, "esp-over-esp", 4);
    assert_int_equal(sao_transport_life(end->transport, SAO_LIFE_RESET), NDIS_STATUS_SUCCESS);
    end->fake.send_status = NDIS_STATUS_FAILURE;
    end->fake.hold_sends = true;
    (void)pair_send(&pair, 0);
    fake_finish_send(&end->fake, 0, NDIS_STATUS_FAILURE);
    assert_int_equal(pair_counters(&pair, 0).bundles_deleted, 4);
    assert_null(fake_last_send(&end->fake)->handle); /* and it goes in software */
    pair_at(&pair, PAIR_AGAIN_AFTER);
    pair_expect_state(&pair, 0, end->id, SAO_ASSOCIATION_OFFLOADED);
    assert_int_equal(pair_counters(&pair, 0).bundles_added, 8);
    pair_close(&pair);
}

/* The NIC has no way to say so: SaDeleteReq would be about the tunnel (RX-8). */
static void a_lost_transport_part_is_added_again(void **state) /* RST-3 */
{
    test_pair pair;
    test_end *end = &pair.end[1];

    (void)state;
    pair_start(&pair, "esp-over-esp", 4);
    half_of(&pair, 0, pair.end[0].id, SAO_OUT)->lost = true; /* so that it comes sealed */
    assert_int_equal(sao_transport_life(end->transport, SAO_LIFE_RESET), NDIS_STATUS_SUCCESS);
    pair_pass(&pair, pair_opened(1));
    pair_expect_delivery(&pair, 0, 1);
    pair_expect_violation(&pair, 1, NULL);
    assert_int_equal(pair_counters(&pair, 1).bundles_deleted, 2);
    pair_at(&pair, PAIR_AGAIN_AFTER);
    pair_expect_state(&pair, 1, end->id, SAO_ASSOCIATION_OFFLOADED);
    pair_pass(&pair, pair_opened(1)); /* now there is no excuse */
    pair_expect_violation(&pair, 1, "RX-6");
    pair_close(&pair);
}

/* ---- rules that OOB data shows --------------------------------------------------------- */

static void two_payloads_need_two_bundles(void **state) /* RX-3 */
{
    test_pair pair;

    (void)state;
    pair_start(&pair, "esp-ah-tunnel", 4); /* both headers are one payload */
    pair_pass(&pair, pair_opened(2));
    pair_expect_violation(&pair, 1, "RX-3");
    pair_pass(&pair, pair_opened(1));
    pair_expect_violation(&pair, 1, NULL);
    pair_close(&pair);

    pair_start(&pair, "esp-over-esp", 4);
    pair_pass(&pair, (sao_oob_receive){.next_crypto_done = true});
    pair_expect_violation(&pair, 1, "RX-3");
    pair_pass(&pair, pair_opened(2));
    pair_expect_violation(&pair, 1, NULL);
    pair_close(&pair);
}

static void a_wish_on_two_payloads_says_nothing(void **state) /* RX-8 */
{
    test_pair pair;
    sao_oob_receive oob = pair_opened(2);

    (void)state;
    pair_start(&pair, "ah-over-ah", 6);
    oob.sa_delete_request = true;
    pair_pass(&pair, oob);
    pair_expect_violation(&pair, 1, "RX-8");
    pair_expect_delivery(&pair, 0, 1);
    assert_int_equal(pair_counters(&pair, 1).delete_requests, 0);
    assert_int_equal(pair_counters(&pair, 1).bundles, 4);
    pair_close(&pair);
}

/* A failure of a header, and whether the form can have that one. */
typedef struct failure {
    const char *form;
    uint32_t parts;
    uint16_t status;
    bool fits;
} failure;

static void a_failure_is_of_a_header_that_is_there(void **state) /* RX-4 */
{
    static const failure failures[] = {
        {"esp-tunnel", 1, CRYPTO_TRANSPORT_ESP_AUTH_FAILED, true},
        {"esp-tunnel", 1, CRYPTO_TUNNEL_ESP_AUTH_FAILED, true},
        {"esp-tunnel", 1, CRYPTO_TRANSPORT_AH_AUTH_FAILED, false},
        {"esp-tunnel", 1, CRYPTO_TUNNEL_AH_AUTH_FAILED, false},
        {"ah-transport", 1, CRYPTO_TRANSPORT_AH_AUTH_FAILED, true},
        {"ah-transport", 1, CRYPTO_TRANSPORT_ESP_AUTH_FAILED, false},
        {"ah-tunnel", 1, CRYPTO_TUNNEL_ESP_AUTH_FAILED, false},
        {"esp-ah-transport", 1, CRYPTO_TRANSPORT_AH_AUTH_FAILED, true},
        {"esp-ah-transport", 1, CRYPTO_TRANSPORT_ESP_AUTH_FAILED, true},
        {"esp-over-ah", 2, CRYPTO_TUNNEL_AH_AUTH_FAILED, true},
        {"esp-over-ah", 2, CRYPTO_TUNNEL_ESP_AUTH_FAILED, false},
        {"esp-over-ah", 2, CRYPTO_TRANSPORT_ESP_AUTH_FAILED, true},
        {"ah-tunnel", 1, CRYPTO_GENERIC_ERROR, true},
        {"ah-tunnel", 1, CRYPTO_INVALID_PACKET_SYNTAX, true},
        {"ah-tunnel", 1, CRYPTO_INVALID_PROTOCOL, true},
        {"ah-tunnel", 1, CRYPTO_INVALID_PROTOCOL + 1, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        sao_oob_receive oob = pair_opened(failures[i].parts);
        test_pair pair;

        pair_start(&pair, failures[i].form, 4);
        oob.crypto_status = failures[i].status;
        pair_pass(&pair, oob);
        pair_expect_violation(&pair, 1, failures[i].fits ? NULL : "RX-4");
        assert_int_equal(pair.end[1].delivered, 0);
        assert_int_equal(pair_counters(&pair, 1).crypto_errors, 1);
        pair_close(&pair);
    }
}

/* A NIC that opened the tunnel sees the transport part, which it has a bundle of. */
static void a_transport_part_is_not_left_alone(void **state) /* RX-6 */
{
    test_pair pair;

    (void)state;
    pair_start(&pair, "esp-over-esp", 4);
    half_of(&pair, 0, pair.end[0].id, SAO_OUT)->lost = true; /* so that it comes sealed */
    pair_pass(&pair, pair_opened(1));
    pair_expect_violation(&pair, 1, "RX-6");
    half_of(&pair, 0, pair.end[0].tunnel, SAO_OUT)->lost = true;
    pair_pass(&pair, untouched); /* one that did not cannot see it: only the tunnel is at fault */
    pair_expect_violation(&pair, 1, "RX-6");
    assert_int_equal(pair.end[1].delivered, 2);
    pair_close(&pair);
}

/* ---- what cannot be ------------------------------------------------------------------ */

/* A NIC that never got the transport part says that it has opened it. */
static void a_part_that_was_never_added_is_not_opened(void **state) /* RX-2 */
{
    test_pair pair;

    (void)state;
    pair_init(&pair, "esp-over-esp", 4);
    pair.end[1].config.capacity = 2;
    pair_open(&pair);
    pair_establish(&pair);
    pair_pass(&pair, pair_opened(2));
    pair_expect_violation(&pair, 1, "RX-2");
    pair_close(&pair);
}

/* Tries to establish; the outcome. */
static NDIS_STATUS try_with(test_pair *pair, const sao_transport_association *association)
{
    uint32_t id;
    const NDIS_STATUS status = sao_transport_establish(pair->end[0].transport, association, &id);

    assert_int_equal(id == SAO_ASSOCIATION_NONE, status != NDIS_STATUS_SUCCESS);
    return status;
}

static void what_cannot_be_is_refused(void **state) /* ADD-12, ADD-15, CAP-5 */
{
    test_pair pair;
    sao_transport_association good;
    sao_transport_association bad;

    (void)state;
    pair_start(&pair, "esp-ah-tunnel", 4);
    good = pair_association(&pair, 0, false);
    assert_int_equal(try_with(&pair, &good), NDIS_STATUS_INVALID_PARAMETER); /* it is there */
    bad = good;
    bad.inbound.spi++; /* AH's is still taken */
    assert_int_equal(try_with(&pair, &bad), NDIS_STATUS_INVALID_PARAMETER);
    good = bad;
    good.ah_inbound.spi++;
    bad = good;
    bad.form.udp_esp = IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TUNNEL;
    assert_int_equal(try_with(&pair, &bad), NDIS_STATUS_INVALID_PARAMETER);
    bad = good;
    bad.ah_inbound.authentication_key = NULL;
    assert_int_equal(try_with(&pair, &bad), NDIS_STATUS_INVALID_PARAMETER);
    bad = good;
    bad.ah_outbound.spi = 0;
    assert_int_equal(try_with(&pair, &bad), NDIS_STATUS_INVALID_PARAMETER);
    bad = good;
    bad.ah_authentication = 0;
    assert_int_equal(try_with(&pair, &bad), NDIS_STATUS_INVALID_PARAMETER);
    bad = good;
    bad.over_tunnel = true; /* a tunnel over a tunnel */
    bad.tunnel = pair.end[0].id;
    assert_int_equal(try_with(&pair, &bad), NDIS_STATUS_INVALID_PARAMETER);
    bad.form.mode = SAO_IPSEC_TRANSPORT;
    bad.tunnel = SAO_ASSOCIATION_NONE; /* over none */
    assert_int_equal(try_with(&pair, &bad), NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(pair_counters(&pair, 0).associations, 1);
    bad.tunnel = pair.end[0].id;
    assert_int_equal(try_with(&pair, &bad), NDIS_STATUS_SUCCESS);
    fake_answer_next(&pair.end[0].fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    sao_transport_retire(pair.end[0].transport, pair.end[0].id);
    bad.inbound.spi++;
    bad.ah_inbound.spi++;
    assert_int_equal(try_with(&pair, &bad), NDIS_STATUS_INVALID_PARAMETER); /* it is to end */
    pair_close(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wish_of_the_tunnel_ends_both),
        cmocka_unit_test(retiring_a_tunnel_retires_what_runs_over_it),
        cmocka_unit_test(a_tunnel_outlives_what_runs_over_it),
        cmocka_unit_test(a_transport_part_may_go_alone),
        cmocka_unit_test(half_of_a_transport_part_is_better_than_none),
        cmocka_unit_test(of_two_refused_handles_both_are_lost),
        cmocka_unit_test(a_lost_transport_part_is_added_again),
        cmocka_unit_test(two_payloads_need_two_bundles),
        cmocka_unit_test(a_wish_on_two_payloads_says_nothing),
        cmocka_unit_test(a_failure_is_of_a_header_that_is_there),
        cmocka_unit_test(a_transport_part_is_not_left_alone),
        cmocka_unit_test(a_part_that_was_never_added_is_not_opened),
        cmocka_unit_test(what_cannot_be_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
