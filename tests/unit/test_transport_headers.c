// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_transport_headers.c: the headers around a packet: which are those of an association, and
 * which leave it to the NIC.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/transport_internal.h"
#include "support/pair.h"

static const sao_oob_receive untouched;

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
    pair_pass(&over, pair_opened(2));
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
        pair_pass(&pair, pair_opened(pair_layers(&pair)));
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
            pair_offer(&pair, end, &offer);
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
    pair_offer(&pair, 0, &offer);
    pair_establish(&pair);
    send_more(&pair, 122, true); /* 40 + 976 bytes: 254 words */
    send_more(&pair, 123, false);
    pair_close(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_transport_part_comes_by_its_tunnel),
        cmocka_unit_test(transport_mode_may_leave_addresses_open),
        cmocka_unit_test(ah_goes_before_ipsec_of_others),
        cmocka_unit_test(udp_is_not_optional),
        cmocka_unit_test(the_source_port_may_change_on_the_way),
        cmocka_unit_test(options_are_the_nics_where_it_has_them),
        cmocka_unit_test(headers_too_long_for_an_offset_are_not_the_nics),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
