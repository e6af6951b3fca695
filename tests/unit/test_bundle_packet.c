// SPDX-License-Identifier: BSD-2-Clause
/*
 * Packets of two SAs: ESP inside of AH (ADD-5), and transport inside of a tunnel (TX-4). Each call
 * is about one SA, so these are two calls, the inner first on the way out and last on the way in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/packets.h"

static test_sa make(uint8_t protocol, sao_ipsec_mode mode, uint8_t ip_version)
{
    sao_ipsec_params params =
        test_params(&test_ciphers[protocol == SAO_PROTOCOL_AH ? 2 : 1], mode, ip_version);

    params.protocol = protocol;
    if (protocol == SAO_PROTOCOL_AH)
        params.spi = 0x55;
    return test_sa_make(&params);
}

static size_t protect(const test_sa *made, uint8_t *packet, size_t length)
{
    assert_int_equal(sao_ipsec_protect(&made->sa, 1, test_iv(1), packet, &length, TEST_PACKET_MAX),
                     NDIS_STATUS_SUCCESS);
    return length;
}

/* ESP is behind AH until that is stripped; AH covers all of it. */
static void opens_esp_behind_a_stripped_ah_only(void **state)
{
    test_sa esp = make(SAO_PROTOCOL_ESP, SAO_IPSEC_TRANSPORT, 4);
    test_sa ah = make(SAO_PROTOCOL_AH, SAO_IPSEC_TRANSPORT, 4);
    uint8_t packet[TEST_PACKET_MAX];
    size_t length = test_ip_packet(packet, 4, 40);
    sao_ipsec_result result;

    (void)state;
    length = protect(&ah, packet, protect(&esp, packet, length));
    assert_int_equal(sao_ipsec_open(&esp.sa, 0, packet, length, &result), CRYPTO_INVALID_PROTOCOL);
    assert_int_equal(sao_ipsec_open(&ah.sa, 0, packet, length, &result), CRYPTO_SUCCESS);
    assert_int_equal(result.next_header, SAO_PROTOCOL_ESP);
    packet[length - 1] ^= 1; /* of ESP's ICV, which AH covers */
    assert_int_equal(sao_ipsec_open(&ah.sa, 0, packet, length, &result),
                     CRYPTO_TRANSPORT_AH_AUTH_FAILED);
    test_sa_free(&esp);
    test_sa_free(&ah);
}

static void shows_both_headers(const uint8_t *packet, size_t length, const test_sa *outer,
                               const test_sa *inner)
{
    sao_packet_info info;

    assert_int_equal(sao_packet_parse(packet, length, &info), SAO_PARSE_OK);
    assert_int_equal(info.header_count, 2);
    assert_int_equal(info.protocol[0], outer->sa.protocol);
    assert_int_equal(info.protocol[1], inner->sa.protocol);
    assert_int_equal(info.spi[0], outer->sa.spi);
    assert_int_equal(info.spi[1], inner->sa.spi);
}

/* Both orders of protocol and mode, each IP version; AH outside shows what is inside. */
static void carries_one_protection_in_another(void **state)
{
    static const struct {
        uint8_t inner, outer;
        sao_ipsec_mode inner_mode, outer_mode;
    } cases[] = {
        {SAO_PROTOCOL_ESP, SAO_PROTOCOL_AH, SAO_IPSEC_TRANSPORT, SAO_IPSEC_TRANSPORT},
        {SAO_PROTOCOL_ESP, SAO_PROTOCOL_AH, SAO_IPSEC_TUNNEL, SAO_IPSEC_TRANSPORT},
        {SAO_PROTOCOL_ESP, SAO_PROTOCOL_ESP, SAO_IPSEC_TRANSPORT, SAO_IPSEC_TUNNEL},
        {SAO_PROTOCOL_AH, SAO_PROTOCOL_ESP, SAO_IPSEC_TRANSPORT, SAO_IPSEC_TUNNEL},
        {SAO_PROTOCOL_AH, SAO_PROTOCOL_AH, SAO_IPSEC_TRANSPORT, SAO_IPSEC_TUNNEL},
    };

    (void)state;
    for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
        uint8_t version = i % 2 == 0 ? 4 : 6;
        test_sa inner = make(cases[i / 2].inner, cases[i / 2].inner_mode, version);
        test_sa outer = make(cases[i / 2].outer, cases[i / 2].outer_mode, version);
        uint8_t original[TEST_PACKET_MAX], packet[TEST_PACKET_MAX];
        size_t plain = test_ip_packet(original, version, 40), length;
        sao_ipsec_result result;

        memcpy(packet, original, plain);
        length = protect(&outer, packet, protect(&inner, packet, plain));
        if (cases[i / 2].outer == SAO_PROTOCOL_AH && cases[i / 2].outer_mode == SAO_IPSEC_TRANSPORT)
            shows_both_headers(packet, length, &outer, &inner);
        assert_int_equal(sao_ipsec_unprotect(&outer.sa, 0, packet, &length, &result),
                         NDIS_STATUS_SUCCESS);
        assert_int_equal(sao_ipsec_unprotect(&inner.sa, 0, packet, &length, &result),
                         NDIS_STATUS_SUCCESS);
        assert_int_equal(length, plain);
        assert_memory_equal(packet, original, plain);
        test_sa_free(&inner);
        test_sa_free(&outer);
    }
}

/* The SA of a bundle's ESP (ADD-5), as a NIC has it, which moves nothing (RX-10). */
static test_sa make_behind_ah(uint8_t ip_version)
{
    sao_ipsec_params params = test_params(&test_ciphers[1], SAO_IPSEC_TRANSPORT, ip_version);

    params.behind_ah = true;
    return test_sa_make(&params);
}

/* Framed as the transport does it: ESP, then AH around it; sealed and opened in place. */
static void esp_behind_ah_is_sealed_and_opened_where_it_stands(void **state)
{
    (void)state;
    for (uint8_t version = 4; version <= 6; version += 2) {
        test_sa esp = make(SAO_PROTOCOL_ESP, SAO_IPSEC_TUNNEL, version);
        test_sa ah = make(SAO_PROTOCOL_AH, SAO_IPSEC_TRANSPORT, version);
        test_sa nic = make_behind_ah(version);
        uint8_t packet[TEST_PACKET_MAX], separate[TEST_PACKET_MAX];
        size_t length = test_ip_packet(packet, version, 40), plain = length;
        sao_ipsec_layout layout;
        sao_ipsec_result result;

        memcpy(separate, packet, length);
        assert_int_equal(sao_ipsec_frame(&esp.sa, 1, packet, &length, sizeof packet), 0);
        assert_int_equal(sao_ipsec_frame(&ah.sa, 1, packet, &length, sizeof packet), 0);
        assert_int_equal(sao_ipsec_locate(&nic.sa, packet, length, &layout), CRYPTO_SUCCESS);
        assert_int_equal(layout.sequence, 1);
        assert_int_equal(layout.payload_length, plain);
        assert_int_equal(layout.next_header, version == 4 ? 4 : 41);
        assert_memory_equal(packet + layout.payload_at, separate, plain);
        assert_int_equal(sao_ipsec_seal(&nic.sa, 0, test_iv(1), packet, length), 0);
        assert_int_equal(sao_ipsec_seal(&ah.sa, 0, NULL, packet, length), 0);
        assert_int_equal(protect(&ah, separate, protect(&esp, separate, plain)), length);
        assert_memory_equal(packet, separate, length);

        assert_int_equal(sao_ipsec_open(&ah.sa, 0, packet, length, &result), CRYPTO_SUCCESS);
        assert_int_equal(sao_ipsec_open(&nic.sa, 0, packet, length, &result), CRYPTO_SUCCESS);
        assert_int_equal(result.next_header, layout.next_header);
        test_sa_free(&esp);
        test_sa_free(&ah);
        test_sa_free(&nic);
    }
}

static void esp_behind_ah_is_nowhere_else(void **state)
{
    test_sa ah = make(SAO_PROTOCOL_AH, SAO_IPSEC_TRANSPORT, 4);
    test_sa esp = make(SAO_PROTOCOL_ESP, SAO_IPSEC_TRANSPORT, 4), nic = make_behind_ah(4);
    uint8_t packet[TEST_PACKET_MAX], before[TEST_PACKET_MAX];
    size_t length = test_ip_packet(packet, 4, 40);
    sao_ipsec_result result;

    (void)state;
    assert_int_equal(sao_ipsec_frame(&nic.sa, 1, packet, &length, sizeof packet),
                     NDIS_STATUS_INVALID_PARAMETER);
    length = protect(&esp, packet, length);
    assert_int_equal(sao_ipsec_open(&nic.sa, 0, packet, length, &result), CRYPTO_INVALID_PROTOCOL);
    length = protect(&ah, packet, length);
    assert_int_equal(sao_ipsec_open(&nic.sa, 0, packet, length, &result), CRYPTO_SUCCESS);
    memcpy(before, packet, length);
    assert_int_equal(sao_ipsec_strip(&nic.sa, packet, &length), NDIS_STATUS_INVALID_DATA);
    assert_memory_equal(packet, before, length);
    packet[21] = 0xFF; /* an AH header that goes beyond the packet */
    assert_int_equal(sao_ipsec_open(&nic.sa, 0, packet, length, &result),
                     CRYPTO_INVALID_PACKET_SYNTAX);
    test_sa_free(&ah);
    test_sa_free(&esp);
    test_sa_free(&nic);
}

static void the_parts_of_a_packet_are_found(void **state)
{
    test_sa ah = make(SAO_PROTOCOL_AH, SAO_IPSEC_TUNNEL, 4);
    test_sa esp = make(SAO_PROTOCOL_ESP, SAO_IPSEC_TUNNEL, 4);
    uint8_t packet[TEST_PACKET_MAX];
    size_t length = test_ip_packet(packet, 4, 41);
    sao_ipsec_layout layout;

    (void)state;
    assert_int_equal(sao_ipsec_frame(&esp.sa, 0x01020304, packet, &length, sizeof packet), 0);
    assert_int_equal(sao_ipsec_locate(&ah.sa, packet, length, &layout), CRYPTO_INVALID_PROTOCOL);
    assert_int_equal(sao_ipsec_locate(&esp.sa, packet, length, &layout), CRYPTO_SUCCESS);
    assert_int_equal(layout.header_at, 20);
    assert_int_equal(layout.sequence, 0x01020304);
    assert_int_equal(layout.payload_at, 20 + 8 + 8);
    assert_int_equal(layout.payload_length, 61);
    assert_int_equal(layout.pad_length, 1);
    packet[length - 16 - 2] = 0xFF; /* more padding than there is payload */
    assert_int_equal(sao_ipsec_locate(&esp.sa, packet, length, &layout),
                     CRYPTO_INVALID_PACKET_SYNTAX);

    length = test_ip_packet(packet, 4, 41);
    assert_int_equal(sao_ipsec_frame(&ah.sa, 7, packet, &length, sizeof packet), 0);
    assert_int_equal(sao_ipsec_locate(&ah.sa, packet, length, &layout), CRYPTO_SUCCESS);
    assert_int_equal(layout.header_at, 20);
    assert_int_equal(layout.sequence, 7);
    assert_int_equal(layout.payload_at, 20 + 12 + 16);
    assert_int_equal(layout.payload_length, 61);
    assert_int_equal(layout.next_header, SAO_PROTOCOL_IPV4);
    assert_int_equal(layout.pad_length, 0);
    test_sa_free(&ah);
    test_sa_free(&esp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_esp_behind_a_stripped_ah_only),
        cmocka_unit_test(carries_one_protection_in_another),
        cmocka_unit_test(esp_behind_ah_is_sealed_and_opened_where_it_stands),
        cmocka_unit_test(esp_behind_ah_is_nowhere_else),
        cmocka_unit_test(the_parts_of_a_packet_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
