// SPDX-License-Identifier: BSD-2-Clause
/* One packet there and back, in every combination; and errors that leave everything alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/packets.h"

#define PAYLOAD_MAX 300

static void round_trip(const test_sa *made, uint8_t inner_version, size_t payload,
                       uint64_t sequence)
{
    uint8_t original[TEST_PACKET_MAX], packet[TEST_PACKET_MAX];
    size_t plain = test_ip_packet(original, inner_version, payload);
    size_t length = plain;
    size_t wire;
    sao_ipsec_result result;

    memcpy(packet, original, plain);
    wire = plain + sao_ipsec_overhead(&made->sa, packet, plain);
    assert_int_equal(
        sao_ipsec_protect(&made->sa, sequence, test_iv((uint32_t)payload), packet, &length, wire),
        NDIS_STATUS_SUCCESS);
    assert_int_equal(length, wire);
    assert_int_equal(sao_ipsec_unprotect(&made->sa, sequence - 1, packet, &length, &result),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(result.crypto_status, CRYPTO_SUCCESS);
    assert_true(result.sequence == sequence);
    assert_int_equal(length, plain);
    assert_memory_equal(packet, original, plain);
}

/* Every cipher, mode, outer and inner version, with and without ESN, every length. */
static void round_trips(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TEST_CIPHERS * 16; i++) {
        const test_cipher *cipher = &test_ciphers[i / 16];
        sao_ipsec_mode mode = (i & 1) != 0 ? SAO_IPSEC_TRANSPORT : SAO_IPSEC_TUNNEL;
        uint8_t outer = (i & 2) != 0 ? 6 : 4;
        uint8_t inner = (i & 4) != 0 ? 6 : 4;
        sao_ipsec_params params = test_params(cipher, mode, outer);
        test_sa made;

        if (mode == SAO_IPSEC_TRANSPORT && inner != outer)
            continue;
        if (!test_cipher_available(cipher))
            continue;
        params.esn = (i & 8) != 0;
        made = test_sa_make(&params);
        for (size_t payload = 0; payload <= PAYLOAD_MAX; payload++)
            round_trip(&made, inner, payload,
                       params.esn ? UINT64_C(0x2FFFFFF00) + payload : payload + 1);
        test_sa_free(&made);
    }
}

/* A tunnel carries fragments and anything else that is whole. */
static void a_tunnel_carries_fragments(void **state)
{
    sao_ipsec_params params = test_params(&test_ciphers[1], SAO_IPSEC_TUNNEL, 6);
    test_sa made = test_sa_make(&params);
    uint8_t packet[TEST_PACKET_MAX], original[TEST_PACKET_MAX];
    size_t plain = test_ip_packet(packet, 4, 64);
    size_t length = plain;
    sao_ipsec_result result;

    (void)state;
    packet[6] = 0x20;
    packet[7] = 0x08;
    packet[10] ^= 0x55; /* a bad checksum is the sender's affair */
    memcpy(original, packet, plain);
    assert_int_equal(sao_ipsec_protect(&made.sa, 1, test_iv(1), packet, &length, sizeof packet),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_ipsec_unprotect(&made.sa, 0, packet, &length, &result),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(length, plain);
    assert_memory_equal(packet, original, plain);
    test_sa_free(&made);
}

static void errors_leave_the_packet_alone(void **state)
{
    sao_ipsec_params params = test_params(&test_ciphers[1], SAO_IPSEC_TUNNEL, 4);
    test_sa made = test_sa_make(&params);
    uint8_t packet[TEST_PACKET_MAX], before[TEST_PACKET_MAX];
    size_t plain = test_ip_packet(packet, 4, 64);
    size_t length = plain;
    sao_ipsec_result result;

    (void)state;
    memset(packet + plain, 0x5A, sizeof packet - plain);
    memcpy(before, packet, sizeof packet);
    assert_int_equal(sao_ipsec_protect(&made.sa, 1, NULL, packet, &length, sizeof packet),
                     NDIS_STATUS_INVALID_PARAMETER);
    assert_memory_equal(packet, before, sizeof packet); /* nothing was framed, even */
    assert_int_equal(sao_ipsec_protect(&made.sa, 0, test_iv(1), packet, &length, sizeof packet),
                     NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(sao_ipsec_protect(&made.sa, 1, test_iv(1), packet, &length, plain),
                     NDIS_STATUS_BUFFER_TOO_SHORT);
    assert_int_equal(sao_ipsec_unprotect(&made.sa, 0, packet, &length, &result),
                     NDIS_STATUS_FAILURE);
    assert_int_equal(result.crypto_status, CRYPTO_INVALID_PROTOCOL);
    assert_int_equal(length, plain);
    assert_memory_equal(packet, before, plain);

    assert_int_equal(sao_ipsec_protect(&made.sa, 1, test_iv(1), packet, &length, sizeof packet),
                     NDIS_STATUS_SUCCESS);
    packet[length - 1] ^= 1;
    memcpy(before, packet, length);
    plain = length;
    assert_int_equal(sao_ipsec_unprotect(&made.sa, 0, packet, &length, &result),
                     NDIS_STATUS_FAILURE);
    assert_int_equal(result.crypto_status, CRYPTO_TUNNEL_ESP_AUTH_FAILED);
    assert_int_equal(length, plain);
    assert_memory_equal(packet, before, length);
    test_sa_free(&made);
}

static NDIS_STATUS refuse_job(void *context, const sao_crypto_job *job)
{
    (void)context;
    (void)job;
    return NDIS_STATUS_INVALID_PARAMETER;
}

/* A provider may find a packet too long. Then the framing is undone. */
static void a_refused_packet_is_what_it_was(void **state)
{
    sao_crypto_provider refusing;

    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        const uint8_t version = (i & 1) != 0 ? 6 : 4;
        sao_ipsec_params params = test_params(
            &test_ciphers[1], (i & 2) != 0 ? SAO_IPSEC_TUNNEL : SAO_IPSEC_TRANSPORT, version);
        test_sa made;
        uint8_t packet[TEST_PACKET_MAX], before[TEST_PACKET_MAX];
        size_t plain = test_ip_packet(packet, version, 64), length = plain;

        params.udp_encapsulated = (i & 4) != 0;
        made = test_sa_make(&params);
        refusing = *made.sa.provider;
        refusing.seal = refuse_job;
        made.sa.provider = &refusing;
        memcpy(before, packet, plain);
        assert_int_equal(sao_ipsec_protect(&made.sa, 1, test_iv(1), packet, &length, sizeof packet),
                         NDIS_STATUS_INVALID_PARAMETER);
        assert_int_equal(length, plain);
        assert_memory_equal(packet, before, plain);
        test_sa_free(&made);
    }
}

/*
 * A transport-mode packet opened by a tunnel's SA has a good ICV and no packet inside: it becomes
 * what it was.
 */
static void tells_strip_from_open(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TEST_CIPHERS * 4; i++) {
        uint8_t version = (i & 1) != 0 ? 6 : 4;
        sao_ipsec_params params = test_params(&test_ciphers[i / 4], SAO_IPSEC_TRANSPORT, version);
        test_sa transport, tunnel;
        uint8_t packet[TEST_PACKET_MAX], before[TEST_PACKET_MAX];
        size_t length = test_ip_packet(packet, version, 64), wire;
        sao_ipsec_result result;

        if (!test_cipher_available(&test_ciphers[i / 4]))
            continue;
        params.udp_encapsulated = (i & 2) != 0;
        params.esn = true;
        transport = test_sa_make(&params);
        params.mode = SAO_IPSEC_TUNNEL;
        tunnel = test_sa_make(&params);
        assert_int_equal(sao_ipsec_protect(&transport.sa, UINT64_C(0x300000001), test_iv(i), packet,
                                           &length, sizeof packet),
                         NDIS_STATUS_SUCCESS);
        if (params.udp_encapsulated)
            packet[version == 4 ? 26 : 46] ^= 0x55; /* a checksum is nobody's business */
        memcpy(before, packet, length);
        wire = length;
        assert_int_equal(
            sao_ipsec_unprotect(&tunnel.sa, UINT64_C(0x300000000), packet, &length, &result),
            NDIS_STATUS_INVALID_DATA);
        assert_int_equal(result.crypto_status, CRYPTO_SUCCESS);
        assert_int_equal(result.next_header, TEST_PROTOCOL);
        assert_int_equal(length, wire);
        assert_memory_equal(packet, before, length);
        test_sa_free(&transport);
        test_sa_free(&tunnel);
    }
}

/* The same packet, sequence number and IV: the same bytes. Nothing keeps state (RX-5). */
static void keeps_no_state(void **state)
{
    sao_ipsec_params params = test_params(&test_ciphers[1], SAO_IPSEC_TUNNEL, 4);
    test_sa made = test_sa_make(&params);
    uint8_t one[TEST_PACKET_MAX], two[TEST_PACKET_MAX], again[TEST_PACKET_MAX];
    size_t plain = test_ip_packet(one, 4, 40);
    size_t length = plain, other = plain;
    sao_ipsec_result result;

    (void)state;
    memcpy(two, one, plain);
    assert_int_equal(sao_ipsec_protect(&made.sa, 3, test_iv(3), one, &length, sizeof one),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_ipsec_protect(&made.sa, 3, test_iv(3), two, &other, sizeof two),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(length, other);
    assert_memory_equal(one, two, length);
    for (int i = 0; i < 2; i++) { /* a replay is not its business */
        memcpy(again, one, length);
        assert_int_equal(sao_ipsec_open(&made.sa, 3, again, length, &result), CRYPTO_SUCCESS);
    }
    test_sa_free(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trips),
        cmocka_unit_test(a_tunnel_carries_fragments),
        cmocka_unit_test(errors_leave_the_packet_alone),
        cmocka_unit_test(a_refused_packet_is_what_it_was),
        cmocka_unit_test(tells_strip_from_open),
        cmocka_unit_test(keeps_no_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
