// SPDX-License-Identifier: BSD-2-Clause
/* ESP in UDP (RFC 3948): the same ESP as without, and what on that port is none (UDP-1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/packets.h"

static const test_cipher *const chacha = &test_ciphers[1];

static sao_ipsec_params params_of(sao_ipsec_mode mode, uint8_t ip_version)
{
    sao_ipsec_params params = test_params(chacha, mode, ip_version);

    params.udp_encapsulated = true;
    params.udp_source_port = 61000; /* as a translator chose it */
    return params;
}

static size_t protect(const sao_ipsec_params *params, uint8_t *packet, size_t length)
{
    test_sa made = test_sa_make(params);
    size_t capacity = length + sao_ipsec_overhead(&made.sa, packet, length);

    assert_int_equal(sao_ipsec_protect(&made.sa, 7, test_iv(1), packet, &length, capacity),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(length, capacity);
    test_sa_free(&made);
    return length;
}

static uint16_t open_copy(const sao_ipsec_sa *sa, const uint8_t *packet, size_t length)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);
    sao_ipsec_result result;
    uint16_t status;

    assert_non_null(copy);
    memcpy(copy, packet, length);
    status = sao_ipsec_open(sa, 0, copy, length, &result);
    free(copy);
    return status;
}

/* RFC 8200 section 8.1: the sum over pseudo-header and datagram is all ones. */
static bool ipv6_checksum_is_good(const uint8_t *packet, size_t length)
{
    uint32_t sum = SAO_PROTOCOL_UDP + (uint32_t)(length - 40);

    for (size_t i = 8; i < length; i++)
        sum += i % 2 == 0 ? (uint32_t)packet[i] << 8 : packet[i];
    while (sum > 0xFFFF)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return sum == 0xFFFF && (packet[46] != 0 || packet[47] != 0);
}

/* What other tests hold against other people's ESP is here behind eight more bytes. */
static void holds_the_same_esp(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4 * 8; i++) {
        sao_ipsec_mode mode = (i & 1) != 0 ? SAO_IPSEC_TRANSPORT : SAO_IPSEC_TUNNEL;
        uint8_t version = (i & 2) != 0 ? 6 : 4, want[8];
        size_t ip = version == 4 ? 20 : 40;
        sao_ipsec_params params = params_of(mode, version),
                         bare = test_params(chacha, mode, version);
        test_sa made = test_sa_make(&params);
        uint8_t original[TEST_PACKET_MAX], packet[TEST_PACKET_MAX], without[TEST_PACKET_MAX];
        size_t plain = test_ip_packet(original, version, 30 + i / 4);
        size_t length, bare_length;
        sao_packet_info info;
        sao_ipsec_result result;

        memcpy(packet, original, plain);
        memcpy(without, original, plain);
        length = protect(&params, packet, plain);
        bare_length = protect(&bare, without, plain);
        assert_int_equal(length, bare_length + 8);
        assert_memory_equal(packet + ip + 8, without + ip, bare_length - ip);
        assert_int_equal(packet[version == 4 ? 9 : 6], SAO_PROTOCOL_UDP);
        test_hex(want, sizeof want, "ee48 1194 0000 0000");
        want[5] = (uint8_t)(length - ip);
        assert_memory_equal(packet + ip, want, version == 4 ? 8 : 6);
        if (version == 6)
            assert_true(ipv6_checksum_is_good(packet, length));
        assert_int_equal(sao_packet_parse(packet, length, &info), SAO_PARSE_OK);
        assert_true(info.udp_encapsulated && info.spi[0] == params.spi);
        assert_int_equal(sao_ipsec_unprotect(&made.sa, 0, packet, &length, &result),
                         NDIS_STATUS_SUCCESS);
        assert_int_equal(length, plain);
        assert_memory_equal(packet, original, plain);
        test_sa_free(&made);
    }
}

static void refuses_what_is_not_its_own(void **state)
{
    sao_ipsec_params params = params_of(SAO_IPSEC_TUNNEL, 4);
    test_sa made = test_sa_make(&params), bare, any;
    uint8_t packet[TEST_PACKET_MAX];
    size_t length = protect(&params, packet, test_ip_packet(packet, 4, 30));

    (void)state;
    params.udp_source_port = params.udp_destination_port = 0;
    any = test_sa_make(&params);
    params.udp_encapsulated = false;
    bare = test_sa_make(&params);
    assert_int_equal(open_copy(&bare.sa, packet, length), CRYPTO_INVALID_PROTOCOL);
    assert_int_equal(open_copy(&any.sa, packet, length), CRYPTO_SUCCESS);
    for (size_t byte = 20; byte < 24; byte++) { /* another port */
        packet[byte] ^= 1;
        assert_int_equal(open_copy(&made.sa, packet, length), CRYPTO_INVALID_PROTOCOL);
        assert_int_equal(open_copy(&any.sa, packet, length), CRYPTO_SUCCESS);
        packet[byte] ^= 1;
    }
    packet[26] = 0x12; /* a checksum, which nobody depends on */
    assert_int_equal(open_copy(&made.sa, packet, length), CRYPTO_SUCCESS);
    memset(packet + 28, 0, 4); /* IKE */
    assert_int_equal(open_copy(&made.sa, packet, length), CRYPTO_INVALID_PROTOCOL);
    test_hex(packet, sizeof packet,
             "4500001d 00004000 40110000 c0000201 c6336402 ee481194 00090000 ff");
    assert_int_equal(open_copy(&made.sa, packet, 29), CRYPTO_INVALID_PROTOCOL);
    packet[28] = 0xFE;
    assert_int_equal(open_copy(&made.sa, packet, 29), CRYPTO_INVALID_PACKET_SYNTAX);
    packet[3] = 23; /* less than a UDP header */
    assert_int_equal(open_copy(&made.sa, packet, 23), CRYPTO_INVALID_PACKET_SYNTAX);
    length = test_ip_packet(packet, 4, 30);
    assert_int_equal(sao_ipsec_protect(&any.sa, 1, test_iv(1), packet, &length, sizeof packet),
                     NDIS_STATUS_INVALID_PARAMETER);
    any.sa.udp_destination_port = 4500; /* one port is not enough */
    assert_int_equal(sao_ipsec_protect(&any.sa, 1, test_iv(1), packet, &length, sizeof packet),
                     NDIS_STATUS_INVALID_PARAMETER);
    test_sa_free(&made);
    test_sa_free(&any);
    test_sa_free(&bare);
}

/* Every length that UDP can state, and every truncation. */
static void believes_no_length(void **state)
{
    sao_ipsec_params params = params_of(SAO_IPSEC_TRANSPORT, 4);
    test_sa made = test_sa_make(&params);
    uint8_t packet[TEST_PACKET_MAX];
    size_t length = protect(&params, packet, test_ip_packet(packet, 4, 30));

    (void)state;
    for (size_t stated = 0; stated < 200; stated++) {
        packet[25] = (uint8_t)stated;
        assert_int_equal(open_copy(&made.sa, packet, length),
                         stated == length - 20 ? CRYPTO_SUCCESS : CRYPTO_INVALID_PACKET_SYNTAX);
    }
    packet[25] = (uint8_t)(length - 20);
    for (size_t bytes = 0; bytes < length; bytes++)
        assert_int_equal(open_copy(&made.sa, packet, bytes), CRYPTO_INVALID_PACKET_SYNTAX);
    test_sa_free(&made);
}

/* What stands in the IP packet behind the datagram is nobody's: it is neither sealed, since it
 * would leave as it is (TX-2), nor opened. */
static void leaves_nothing_behind_the_datagram(void **state)
{
    sao_ipsec_params params = params_of(SAO_IPSEC_TRANSPORT, 4);
    test_sa made = test_sa_make(&params);
    uint8_t packet[TEST_PACKET_MAX], iv[8] = {1};
    size_t length = test_ip_packet(packet, 4, 30);

    (void)state;
    assert_int_equal(sao_ipsec_frame(&made.sa, 1, packet, &length, sizeof packet),
                     NDIS_STATUS_SUCCESS);
    memset(packet + length, 0x5A, 32);
    packet[3] = (uint8_t)(length + 32);
    test_ipv4_checksum(packet);
    assert_int_equal(sao_ipsec_seal(&made.sa, 0, iv, packet, length + 32),
                     NDIS_STATUS_INVALID_DATA);
    assert_int_equal(open_copy(&made.sa, packet, length + 32), CRYPTO_INVALID_PACKET_SYNTAX);
    test_sa_free(&made);
}

/* IKE is told by its first four bytes, however short it is (UDP-1). */
static void leaves_short_ike_alone(void **state)
{
    sao_ipsec_params params = params_of(SAO_IPSEC_TRANSPORT, 4);
    test_sa made = test_sa_make(&params);
    uint8_t packet[TEST_PACKET_MAX];

    (void)state;
    (void)protect(&params, packet, test_ip_packet(packet, 4, 30));
    memset(packet + 28, 0, 16);
    for (uint8_t ike = 0; ike <= 16; ike++) {
        packet[3] = (uint8_t)(28 + ike);
        packet[25] = (uint8_t)(8 + ike);
        assert_int_equal(open_copy(&made.sa, packet, 28u + ike),
                         ike < 4 ? CRYPTO_INVALID_PACKET_SYNTAX : CRYPTO_INVALID_PROTOCOL);
    }
    test_sa_free(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_the_same_esp),
        cmocka_unit_test(refuses_what_is_not_its_own),
        cmocka_unit_test(believes_no_length),
        cmocka_unit_test(leaves_nothing_behind_the_datagram),
        cmocka_unit_test(leaves_short_ike_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
