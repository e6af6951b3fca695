// SPDX-License-Identifier: BSD-2-Clause
/* Bundles of two SAs, and transport over tunnel: life, replay, and the rules that OOB data shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/transport_internal.h"
#include "support/pair.h"

#define ADD OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA
#define DELETE OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA
#define UPDATE OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA

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

static void expect_state(const test_pair *pair, int end, uint32_t id, sao_association_state state)
{
    assert_int_equal(sao_transport_state(pair->end[end].transport, id), state);
}

static void at(test_pair *pair, uint64_t now)
{
    for (int i = 0; i < 2; i++)
        (void)sao_transport_poll(pair->end[i].transport, now);
}

/* One packet from end 0 to end 1, of which the NIC says this. */
static void pass(test_pair *pair, sao_oob_receive oob)
{
    pair_carry(pair, 0, pair_send(pair, 0), oob);
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
            pass(&pair, wish);
            for (uint32_t i = 0; timing == FAKE_LATER && i < 4; i++) {
                assert_int_equal(fake->request_count, 3 + i);
                fake_complete(fake, 2 + i);
            }
            assert_int_equal(fake->request_count, 6);
            expect_deletes(fake, 2, handles, 4);
        }
        assert_int_equal(pair_counters(&pair, 1).bundles, 0);
        expect_state(&pair, 1, end->tunnel, SAO_ASSOCIATION_SOFTWARE);
        pair_carry(&pair, 0, pair_send(&pair, 0), untouched);
        at(&pair, PAIR_AGAIN_AFTER);
        assert_int_equal(fake->request_count, 8);
        assert_int_equal(fake->requests[6].elements[0].operation, IPsecOffloadV2Esp);
        assert_int_equal(fake->requests[7].elements[0].operation, IPsecOffloadV2Ah);
        expect_state(&pair, 1, end->id, SAO_ASSOCIATION_OFFLOADED);
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
    expect_state(&pair, 0, end->id, SAO_ASSOCIATION_RETIRING);
    assert_int_equal(sao_transport_send(end->transport, end->id, packet, length),
                     NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(sao_transport_send(end->transport, end->tunnel, packet, length),
                     NDIS_STATUS_INVALID_PARAMETER);
    for (uint32_t i = 0; i < 4; i++) {
        expect_state(&pair, 0, end->tunnel, SAO_ASSOCIATION_RETIRING);
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
    at(&pair, PAIR_RETRY_AFTER);
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
    expect_state(&pair, 0, end->tunnel, SAO_ASSOCIATION_OFFLOADED);
    end->id = end->tunnel; /* a tunnel carries other packets, too */
    pass(&pair, pair_opened(1));
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
    pass(&pair, pair_opened(2));
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
    at(&pair, PAIR_AGAIN_AFTER);
    expect_state(&pair, 0, end->id, SAO_ASSOCIATION_OFFLOADED);
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
    pass(&pair, pair_opened(1));
    pair_expect_delivery(&pair, 0, 1);
    pair_expect_violation(&pair, 1, NULL);
    assert_int_equal(pair_counters(&pair, 1).bundles_deleted, 2);
    at(&pair, PAIR_AGAIN_AFTER);
    expect_state(&pair, 1, end->id, SAO_ASSOCIATION_OFFLOADED);
    pass(&pair, pair_opened(1)); /* now there is no excuse */
    pair_expect_violation(&pair, 1, "RX-6");
    pair_close(&pair);
}

/* ---- rules that OOB data shows --------------------------------------------------------- */

static void two_payloads_need_two_bundles(void **state) /* RX-3 */
{
    test_pair pair;

    (void)state;
    pair_start(&pair, "esp-ah-tunnel", 4); /* both headers are one payload */
    pass(&pair, pair_opened(2));
    pair_expect_violation(&pair, 1, "RX-3");
    pass(&pair, pair_opened(1));
    pair_expect_violation(&pair, 1, NULL);
    pair_close(&pair);

    pair_start(&pair, "esp-over-esp", 4);
    pass(&pair, (sao_oob_receive){.next_crypto_done = true});
    pair_expect_violation(&pair, 1, "RX-3");
    pass(&pair, pair_opened(2));
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
    pass(&pair, oob);
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
        pass(&pair, oob);
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
    pass(&pair, pair_opened(1));
    pair_expect_violation(&pair, 1, "RX-6");
    half_of(&pair, 0, pair.end[0].tunnel, SAO_OUT)->lost = true;
    pass(&pair, untouched); /* one that did not cannot see it: only the tunnel is at fault */
    pair_expect_violation(&pair, 1, "RX-6");
    assert_int_equal(pair.end[1].delivered, 2);
    pair_close(&pair);
}

/* ---- replay ---------------------------------------------------------------------------- */

static void no_form_accepts_a_packet_twice(void **state) /* RX-5 */
{
    const sao_packet_form *form;

    (void)state;
    for (uint32_t i = 0; (form = sao_packet_form_at(i / 2)) != NULL; i++) {
        const bool offload = i % 2 == 0;
        test_pair pair;
        uint32_t parts;

        pair_init(&pair, form->name, 4);
        pair.end[0].config.offload = pair.end[1].config.offload = offload;
        pair_open(&pair);
        pair_establish(&pair);
        parts = offload ? pair_layers(&pair) : 0;
        pass(&pair, pair_opened(parts));
        pair_carry(&pair, 0, fake_last_send(&pair.end[0].fake), pair_opened(parts));
        pair_expect_delivery(&pair, 0, 1);
        assert_int_equal(pair_counters(&pair, 1).replayed, 1);
        pair_close(&pair);
    }
}

/* AH's number is new, ESP's is not: as from somebody who has the key of one of them. */
static void each_sa_has_a_window_of_its_own(void **state) /* RX-5 */
{
    static const char *const forms[] = {"esp-ah-tunnel", "esp-over-ah"};

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        test_pair pair;
        const sao_replay *inner;

        pair_start(&pair, forms[i], 4);
        inner = association_of(&pair, 1, pair.end[1].id)->replay;
        pass(&pair, pair_opened(pair_layers(&pair)));
        assert_int_equal(inner[0].highest, 1);
        if (i == 0)
            assert_int_equal(inner[1].highest, 1);
        ((sao_replay *)(uintptr_t)inner)[0].seen[0] |= 1u << 2;
        ((sao_replay *)(uintptr_t)inner)[0].highest = 2;
        pass(&pair, pair_opened(pair_layers(&pair)));
        assert_int_equal(pair_counters(&pair, 1).replayed, 1);
        if (i == 0)
            assert_int_equal(inner[1].highest, 2);
        pass(&pair, pair_opened(pair_layers(&pair)));
        pair_expect_delivery(&pair, 0, 2);
        pair_close(&pair);
    }
}

/* ---- extended sequence numbers --------------------------------------------------------- */

/* One UPDATE at a time; till the last is over nothing is sent by the NIC. */
static void each_sa_is_updated(void **state) /* UPD-1 */
{
    test_pair pair;
    fake_miniport *fake = &pair.end[0].fake;

    (void)state;
    pair_init(&pair, "esp-ah-transport", 4);
    pair.esn = true;
    pair_open(&pair);
    pair_establish(&pair);
    association_of(&pair, 0, pair.end[0].id)->sequence = UINT32_MAX - 1u;
    for (int i = 0; i < 2; i++)
        fake_answer_next(fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    assert_non_null(pair_send(&pair, 0)->handle);
    at(&pair, 1);
    for (uint32_t i = 0; i < 2; i++) {
        const fake_element *element = &fake_last(fake)->elements[0];

        assert_int_equal(fake->request_count, 2 + i);
        assert_int_equal(fake_last(fake)->oid, UPDATE);
        assert_int_equal(element->operation, i == 0 ? IPsecOffloadV2Esp : IPsecOffloadV2Ah);
        assert_int_equal(element->spi, half_of(&pair, 0, pair.end[0].id, SAO_OUT)->sa[i].sa.spi);
        assert_int_equal(element->sequence_high, 1);
        assert_null(pair_send(&pair, 0)->handle);
        fake_complete(fake, 1 + i);
    }
    assert_non_null(pair_send(&pair, 0)->handle);
    pair_close(&pair);
}

/* Each inbound SA by what has come under it, and no other one. */
static void each_inbound_sa_is_updated_alone(void **state) /* UPD-1 */
{
    (void)state;
    for (uint32_t sa = 0; sa < 2; sa++) {
        test_pair pair;
        fake_miniport *fake = &pair.end[0].fake;
        sao_association *association;

        pair_init(&pair, "esp-ah-tunnel", 6);
        pair.esn = true;
        pair_open(&pair);
        pair_establish(&pair);
        association = association_of(&pair, 0, pair.end[0].id);
        association->replay[sa].highest = (UINT64_C(1) << 32) + 5u;
        at(&pair, 1);
        assert_int_equal(fake->request_count, 2);
        assert_int_equal(fake_last(fake)->oid, UPDATE);
        assert_int_equal(fake_last(fake)->elements[0].operation,
                         sa == 0 ? IPsecOffloadV2Esp : IPsecOffloadV2Ah);
        assert_int_equal(fake_last(fake)->elements[0].spi, association->half[SAO_IN].sa[sa].sa.spi);
        assert_int_equal(fake_last(fake)->elements[0].sequence_high, 1);
        pair_close(&pair);
    }
}

/* ---- what is accepted ------------------------------------------------------------------ */

/* The same packet of the same SA, with nothing around it. */
static void a_transport_part_comes_by_its_tunnel(void **state)
{
    test_pair over;
    test_pair bare;
    const fake_send *send;

    (void)state;
    pair_start(&over, "esp-over-esp", 4);
    pair_init(&bare, "esp-transport", 4);
    bare.end[0].config.offload = false;
    pair_open(&bare);
    pair_establish(&bare);
    send = pair_send(&bare, 0);
    fake_indicate(&over.end[1].fake, send->bytes, send->length, untouched);
    assert_int_equal(pair_counters(&over, 1).received_other, 1);
    pass(&over, pair_opened(2));
    pair_close(&over);
    pair_close(&bare);
}

static void transport_mode_may_leave_addresses_open(void **state) /* ADD-9 */
{
    static const char *const forms[] = {"esp-transport", "ah-transport", "esp-ah-transport",
                                        "udp-transport", "esp-over-esp"};

    (void)state;
    for (uint32_t i = 0; i < sizeof forms / sizeof forms[0] * 2; i++) {
        test_pair pair;

        pair_init(&pair, forms[i / 2], i % 2 == 0 ? 4 : 6);
        pair.any_address = true;
        pair_open(&pair);
        pair_establish(&pair);
        pass(&pair, pair_opened(pair_layers(&pair)));
        pair_expect_delivery(&pair, 0, 1);
        pair_close(&pair);
    }
}

/* AH before a packet that is ESP, or AH, already: the next header is not of this association. */
static void ah_goes_before_ipsec_of_others(void **state)
{
    static const char *const forms[] = {"esp-transport", "ah-transport"};

    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        test_pair theirs;
        test_pair ours;
        const fake_send *send;
        test_end *end = &ours.end[0];

        pair_init(&theirs, forms[i % 2], i / 2 == 0 ? 4 : 6);
        theirs.end[0].config.offload = false;
        pair_open(&theirs);
        pair_establish(&theirs);
        pair_start(&ours, "ah-transport", theirs.ip_version);
        send = pair_send(&theirs, 0);
        assert_int_equal(sao_transport_send(end->transport, end->id, send->bytes + send->ip_offset,
                                            send->length - send->ip_offset),
                         NDIS_STATUS_SUCCESS);
        assert_null(fake_last_send(&end->fake)->handle);
        pair_carry(&ours, 0, fake_last_send(&end->fake), untouched);
        assert_int_equal(ours.end[1].length, send->length - send->ip_offset);
        assert_memory_equal(ours.end[1].bytes, send->bytes + send->ip_offset, ours.end[1].length);
        pair_close(&theirs);
        pair_close(&ours);
    }
}

/* UDP is part of what an SA is: the same SPI and keys without it, or with it, are none of ours. */
static void udp_is_not_optional(void **state)
{
    static const char *const forms[] = {"esp-transport", "udp-transport"};

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        test_pair from;
        test_pair to;
        const fake_send *send;

        pair_init(&from, forms[i], 4);
        from.end[0].config.offload = false;
        pair_open(&from);
        pair_establish(&from);
        pair_start(&to, forms[1 - i], 4);
        send = pair_send(&from, 0);
        fake_indicate(&to.end[1].fake, send->bytes, send->length, untouched);
        assert_int_equal(pair_counters(&to, 1).received_other, 1);
        assert_int_equal(pair_counters(&to, 1).crypto_errors, 0);
        pair_close(&from);
        pair_close(&to);
    }
}

/* A translator of addresses changes the source's port (RFC 3948). */
static void the_source_port_may_change_on_the_way(void **state)
{
    test_pair pair;
    fake_send send;

    (void)state;
    pair_init(&pair, "udp-tunnel", 4); /* without a checksum */
    pair.end[0].config.offload = pair.end[1].config.offload = false;
    pair_open(&pair);
    pair_establish(&pair);
    send = *pair_send(&pair, 0);
    send.bytes[send.ip_offset + 20] ^= 0x55;
    pair_carry(&pair, 0, &send, untouched);
    pair_expect_delivery(&pair, 0, 1);
    send = *pair_send(&pair, 0);
    send.bytes[send.ip_offset + 22] ^= 0x55; /* not the destination's */
    pair_carry(&pair, 0, &send, untouched);
    pair_expect_delivery(&pair, 0, 1);
    pair_close(&pair);
}

/* The inner part was sealed when it turned out that the tunnel does not fit around it: its number
 * is used up, or the next packet would have the same IV. Where nothing was sealed, none is. */
static void a_number_that_sealed_something_is_used_up(void **state) /* TX-3 */
{
    (void)state;
    for (uint32_t offload = 0; offload < 2; offload++) {
        uint8_t packet[TEST_PACKET_MAX];
        size_t length;
        test_pair pair;
        test_end *end = &pair.end[0];
        const sao_association *sends;

        pair_init(&pair, "esp-over-esp", 4);
        end->config.offload = offload == 1;
        pair_open(&pair);
        pair_establish(&pair);
        sends = association_of(&pair, 0, end->id);
        length = test_ip_packet(packet, 4, 1970); /* fits with one ESP header, and not with two */
        assert_int_equal(sao_transport_send(end->transport, end->id, packet, length),
                         NDIS_STATUS_INVALID_LENGTH);
        assert_int_equal(sends->sequence, offload == 0 ? 1 : 0);
        assert_int_equal(sends->sent, 0);
        assert_int_equal(pair_counters(&pair, 0).packets, 0);
        pair_close(&pair);
    }
}

/* A NIC that never got the transport part says that it has opened it. */
static void a_part_that_was_never_added_is_not_opened(void **state) /* RX-2 */
{
    test_pair pair;

    (void)state;
    pair_init(&pair, "esp-over-esp", 4);
    pair.end[1].config.capacity = 2;
    pair_open(&pair);
    pair_establish(&pair);
    pass(&pair, pair_opened(2));
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

/* ---- headers that a NIC may not know --------------------------------------------------- */

/* An IPv4 packet with options, or an IPv6 one with `units` times eight bytes of an extension
 * header; from end 0 to end 1. */
static size_t packet_with_more(const test_pair *pair, uint8_t units, uint8_t *packet)
{
    const bool ipv4 = pair->ip_version == 4;
    const size_t header = ipv4 ? 20 : 40;
    const size_t more = ipv4 ? 4 : 8u * units;
    size_t length = pair_packet(pair, 0, packet);

    memmove(packet + header + more, packet + header, length - header);
    memset(packet + header, ipv4 ? 1 : 0, more); /* no operation; padding */
    length += more;
    if (ipv4) {
        packet[0] = 0x46;
        packet[3] = (uint8_t)length;
        test_ipv4_checksum(packet);
    } else {
        packet[header] = packet[6];
        packet[header + 1] = (uint8_t)(units - 1);
        packet[header + 3] = (uint8_t)(more - 4); /* PadN, as far as one goes */
        packet[header + 2] = more - 4 <= UINT8_MAX ? 1 : 0;
        packet[6] = 0; /* hop by hop */
        packet[4] = (uint8_t)((length - 40) >> 8);
        packet[5] = (uint8_t)(length - 40);
    }
    return length;
}

static void send_more(test_pair *pair, uint8_t units, bool by_nic)
{
    uint8_t packet[TEST_PACKET_MAX];
    const size_t length = packet_with_more(pair, units, packet);
    test_end *end = &pair->end[0];

    assert_int_equal(sao_transport_send(end->transport, end->id, packet, length),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(fake_last_send(&end->fake)->handle != NULL, by_nic);
    pair_carry(pair, 0, fake_last_send(&end->fake), pair_opened(by_nic ? 1 : 0));
    pair_expect_violation(pair, 1, NULL); /* the NIC there does not know them either */
    assert_int_equal(pair->end[1].length, length);
    assert_memory_equal(pair->end[1].bytes, packet, length);
}

static void options_are_the_nics_where_it_has_them(void **state) /* RX-2, RX-6, FRAG-1 */
{
    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        const bool offered = i / 2 == 1;
        NDIS_IPSEC_OFFLOAD_V2 offer;
        test_pair pair;

        pair_init(&pair, "esp-transport", i % 2 == 0 ? 4 : 6);
        pair_open(&pair);
        memset(&offer, 0xFF, sizeof offer);
        if (!offered)
            offer.IPv4Options = offer.IPv6NonIPsecExtensionHeaders = 0;
        for (int end = 0; end < 2; end++)
            pair.end[end].fake.protocol.ops->current_config(pair.end[end].fake.protocol.context,
                                                            &offer);
        pair_establish(&pair);
        send_more(&pair, 1, offered);
        pair_close(&pair);
    }
}

/* The offset of such an ESP header has no place in the OOB data. */
static void headers_too_long_for_an_offset_are_not_the_nics(void **state) /* TX-5 */
{
    NDIS_IPSEC_OFFLOAD_V2 offer;
    test_pair pair;

    (void)state;
    pair_init(&pair, "esp-transport", 6);
    pair_open(&pair);
    memset(&offer, 0xFF, sizeof offer);
    pair.end[0].fake.protocol.ops->current_config(pair.end[0].fake.protocol.context, &offer);
    pair_establish(&pair);
    send_more(&pair, 122, true); /* 40 + 976 bytes: 254 words */
    send_more(&pair, 123, false);
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
        cmocka_unit_test(no_form_accepts_a_packet_twice),
        cmocka_unit_test(each_sa_has_a_window_of_its_own),
        cmocka_unit_test(each_sa_is_updated),
        cmocka_unit_test(each_inbound_sa_is_updated_alone),
        cmocka_unit_test(a_transport_part_comes_by_its_tunnel),
        cmocka_unit_test(transport_mode_may_leave_addresses_open),
        cmocka_unit_test(ah_goes_before_ipsec_of_others),
        cmocka_unit_test(udp_is_not_optional),
        cmocka_unit_test(the_source_port_may_change_on_the_way),
        cmocka_unit_test(a_number_that_sealed_something_is_used_up),
        cmocka_unit_test(a_part_that_was_never_added_is_not_opened),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(options_are_the_nics_where_it_has_them),
        cmocka_unit_test(headers_too_long_for_an_offset_are_not_the_nics),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
