// SPDX-License-Identifier: BSD-2-Clause
/* Every way in which a received ESP packet can be wrong, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/packets.h"

static test_sa make(const test_cipher *cipher, sao_ipsec_mode mode, uint8_t ip_version, bool esn)
{
    sao_ipsec_params params = test_params(cipher, mode, ip_version);

    params.esn = esn;
    return test_sa_make(&params);
}

/* A good packet of one of the kinds that are damaged below. */
typedef struct sample {
    test_sa made;
    uint8_t packet[TEST_PACKET_MAX];
    size_t length;
    size_t esp; /* offset of the ESP header */
} sample;

#define SAMPLES (TEST_CIPHERS * 2 * 2 * 2)

static bool sample_make(sample *of, unsigned number)
{
    const test_cipher *cipher = &test_ciphers[number / 8];
    sao_ipsec_mode mode = (number & 1) != 0 ? SAO_IPSEC_TRANSPORT : SAO_IPSEC_TUNNEL;
    uint8_t version = (number & 2) != 0 ? 6 : 4;
    bool esn = (number & 4) != 0;

    if (!test_cipher_available(cipher))
        return false;
    of->made = make(cipher, mode, version, esn);
    of->length = test_ip_packet(of->packet, version, 33);
    of->esp = version == 4 ? 20 : 40;
    assert_int_equal(sao_ipsec_protect(&of->made.sa, 77, test_iv(number), of->packet, &of->length,
                                       sizeof of->packet),
                     NDIS_STATUS_SUCCESS);
    return true;
}

/* Opens a copy in memory of exactly that size; unless it is good, nothing may change. */
static uint16_t open_copy(const sao_ipsec_sa *sa, uint64_t highest, const uint8_t *packet,
                          size_t length)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);
    sao_ipsec_result result;
    uint16_t status;

    assert_non_null(copy);
    memcpy(copy, packet, length);
    memset(&result, 0xEE, sizeof result);
    status = sao_ipsec_open(sa, highest, copy, length, &result);
    assert_int_equal(result.crypto_status, status);
    if (status != CRYPTO_SUCCESS) {
        assert_memory_equal(copy, packet, length);
        assert_int_equal(result.next_header, 0);
        assert_int_equal(result.pad_length, 0);
    }
    free(copy);
    return status;
}

static uint16_t auth_failed(const sao_ipsec_sa *sa)
{
    return sa->mode == SAO_IPSEC_TUNNEL ? CRYPTO_TUNNEL_ESP_AUTH_FAILED
                                        : CRYPTO_TRANSPORT_ESP_AUTH_FAILED;
}

static void refuses_every_truncation(void **state)
{
    sample of;

    (void)state;
    for (unsigned i = 0; i < SAMPLES; i++) {
        if (!sample_make(&of, i))
            continue;
        for (size_t length = 0; length < of.length; length++)
            assert_int_equal(open_copy(&of.made.sa, 0, of.packet, length),
                             CRYPTO_INVALID_PACKET_SYNTAX);
        assert_int_equal(open_copy(&of.made.sa, 0, of.packet, of.length), CRYPTO_SUCCESS);
        test_sa_free(&of.made);
    }
}

static void state_length(uint8_t *packet, size_t length)
{
    size_t at = packet[0] >> 4 == 4 ? 2 : 4;
    size_t stated = packet[0] >> 4 == 4 ? length : length - 40;

    packet[at] = (uint8_t)(stated >> 8);
    packet[at + 1] = (uint8_t)stated;
}

/* The same with an IP header that says so: too short for ESP, or the ICV is elsewhere. */
static void refuses_every_lie_about_the_length(void **state)
{
    sample of;

    (void)state;
    for (unsigned i = 0; i < SAMPLES; i++) {
        if (!sample_make(&of, i))
            continue;
        for (size_t length = of.esp; length < of.length; length++) {
            size_t body = length - of.esp - 8 - of.made.sa.iv_length - 16; /* may wrap */
            bool syntax = length < of.esp + 8 + of.made.sa.iv_length + 2 + 16 || body % 4 != 0;

            state_length(of.packet, length);
            assert_int_equal(open_copy(&of.made.sa, 0, of.packet, length),
                             syntax ? CRYPTO_INVALID_PACKET_SYNTAX : auth_failed(&of.made.sa));
        }
        state_length(of.packet, of.length + 1);
        assert_int_equal(open_copy(&of.made.sa, 0, of.packet, of.length),
                         CRYPTO_INVALID_PACKET_SYNTAX);
        test_sa_free(&of.made);
    }
}

/* What one wrong bit in an outer IPv4 header comes to: a set of statuses, bit n for n. */
static unsigned expect_ipv4(size_t byte, unsigned bit, const sao_ipsec_sa *sa)
{
    const unsigned protocol = 1u << CRYPTO_INVALID_PROTOCOL;
    const unsigned syntax = 1u << CRYPTO_INVALID_PACKET_SYNTAX;

    if (byte == 0)
        return protocol | syntax;
    if (byte == 2 || byte == 3)
        return syntax | 1u << auth_failed(sa);
    if (byte == 6 ? bit < 6 : byte == 7)
        return protocol; /* a fragment (FRAG-1) */
    if (byte == 9 || byte >= 12)
        return protocol;
    return 1u << CRYPTO_SUCCESS; /* ESP does not authenticate the outer header */
}

static unsigned expect_ipv6(size_t byte, unsigned bit, const sao_ipsec_sa *sa)
{
    const unsigned protocol = 1u << CRYPTO_INVALID_PROTOCOL;
    const unsigned syntax = 1u << CRYPTO_INVALID_PACKET_SYNTAX;

    if (byte == 0 && bit >= 4)
        return protocol | syntax;
    if (byte == 4 || byte == 5)
        return syntax | 1u << auth_failed(sa);
    if (byte == 6 || byte >= 8)
        return protocol;
    return 1u << CRYPTO_SUCCESS;
}

static void refuses_every_wrong_bit(void **state)
{
    sample of;

    (void)state;
    for (unsigned i = 0; i < SAMPLES; i++) {
        if (!sample_make(&of, i))
            continue;
        for (size_t n = 0; n < of.length * 8; n++) {
            const sao_ipsec_sa *sa = &of.made.sa;
            size_t byte = n / 8;
            unsigned bit = n % 8, want;
            uint16_t got;

            if (byte < of.esp)
                want = of.esp == 20 ? expect_ipv4(byte, bit, sa) : expect_ipv6(byte, bit, sa);
            else
                want = 1u << (byte < of.esp + 4 ? CRYPTO_INVALID_PROTOCOL : auth_failed(sa));
            of.packet[byte] ^= (uint8_t)(1u << bit);
            got = open_copy(sa, 0, of.packet, of.length);
            if ((1u << got & want) == 0)
                fail_msg("sample %u, byte %zu, bit %u: status %u", i, byte, bit, got);
            of.packet[byte] ^= (uint8_t)(1u << bit);
        }
        test_sa_free(&of.made);
    }
}

static void refuses_other_protocols(void **state)
{
    test_sa four = make(&test_ciphers[2], SAO_IPSEC_TUNNEL, 4, false);
    test_sa six = make(&test_ciphers[2], SAO_IPSEC_TUNNEL, 6, false);
    uint8_t packet[TEST_PACKET_MAX];
    size_t length;

    (void)state;
    for (uint8_t version = 4; version <= 6; version += 2) {
        const sao_ipsec_sa *sa = version == 4 ? &four.sa : &six.sa;
        const sao_ipsec_sa *other = version == 4 ? &six.sa : &four.sa;

        length = test_ip_packet(packet, version, 50);
        assert_int_equal(open_copy(sa, 0, packet, length), CRYPTO_INVALID_PROTOCOL);
        assert_int_equal(sao_ipsec_protect(sa, 1, NULL, packet, &length, sizeof packet),
                         NDIS_STATUS_SUCCESS);
        assert_int_equal(open_copy(other, 0, packet, length), CRYPTO_INVALID_PROTOCOL);
        assert_int_equal(open_copy(sa, 0, packet, length), CRYPTO_SUCCESS);
        /* another version, whatever its lengths would be */
        for (unsigned i = 1; i < 16; i++) {
            packet[0] ^= (uint8_t)(i << 4);
            assert_int_equal(open_copy(sa, 0, packet, length), CRYPTO_INVALID_PROTOCOL);
            packet[0] ^= (uint8_t)(i << 4);
        }
    }
    /* ESP in UDP is not ESP in IP */
    length = test_hex(packet, sizeof packet,
                      "45000040 00004000 40110000 c0000201 c6336402 11941194 002c0000"
                      "11223344 00000001 0000000000000000 0000000000000000 0000000000000000"
                      "00000000");
    assert_int_equal(open_copy(&four.sa, 0, packet, length), CRYPTO_INVALID_PROTOCOL);
    test_sa_free(&four);
    test_sa_free(&six);
}

/* ADD-9: a zero address accepts any; Ethernet padding does not matter. */
static void accepts_any_address_and_padding(void **state)
{
    sample of;

    (void)state;
    for (unsigned i = 0; i < SAMPLES; i++) {
        if (!sample_make(&of, i))
            continue;
        memset(of.packet + of.length, 0xEE, 18);
        assert_int_equal(open_copy(&of.made.sa, 0, of.packet, of.length + 18), CRYPTO_SUCCESS);
        of.packet[of.esp == 20 ? 14 : 10] ^= 0xFF;
        of.packet[of.esp - 1] ^= 0xFF;
        memset(&of.made.sa.source, 0, sizeof of.made.sa.source);
        assert_int_equal(open_copy(&of.made.sa, 0, of.packet, of.length), CRYPTO_INVALID_PROTOCOL);
        memset(&of.made.sa.destination, 0, sizeof of.made.sa.destination);
        assert_int_equal(open_copy(&of.made.sa, 0, of.packet, of.length), CRYPTO_SUCCESS);
        test_sa_free(&of.made);
    }
}

/* Encrypts whatever is there, as a peer that pads badly does. Without ESN. */
static void seal_anyway(const sao_ipsec_sa *sa, uint8_t *packet, size_t esp, size_t length)
{
    uint8_t nonce[12] = {0};
    sao_crypto_job job = {.nonce = nonce, .nonce_length = sa->combined ? 12 : 0};

    memcpy(nonce, sa->salt, 4);
    if (sa->combined)
        memcpy(nonce + 4, packet + esp + 8, 8);
    job.aad = packet + esp;
    job.aad_length = 8;
    job.data = packet + esp + 8 + sa->iv_length;
    job.length = length - esp - 8 - sa->iv_length - 16;
    job.icv = packet + length - 16;
    assert_int_equal(sa->provider->seal(sa->context, &job), NDIS_STATUS_SUCCESS);
}

/* The ICV is good, the padding is not: RFC 4303 section 2.4. */
static void refuses_bad_padding(void **state)
{
    static const struct {
        size_t from_end;
        uint8_t value;
        uint16_t status;
    } cases[] = {
        {18, 3, CRYPTO_SUCCESS},
        {18, 255, CRYPTO_INVALID_PACKET_SYNTAX}, /* longer than the body */
        {18, 4, CRYPTO_INVALID_PACKET_SYNTAX},
        {18, 0, CRYPTO_SUCCESS}, /* as if all were payload: nobody can tell */
        {19, 0, CRYPTO_INVALID_PACKET_SYNTAX},
        {21, 0, CRYPTO_INVALID_PACKET_SYNTAX},
    };

    (void)state;
    for (size_t c = 0; c < TEST_CIPHERS; c++) {
        test_sa made;

        if (!test_cipher_available(&test_ciphers[c]))
            continue;
        made = make(&test_ciphers[c], SAO_IPSEC_TRANSPORT, 4, false);
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            uint8_t packet[TEST_PACKET_MAX];
            size_t length = test_ip_packet(packet, 4, 11);

            assert_int_equal(sao_ipsec_frame(&made.sa, 1, packet, &length, sizeof packet),
                             NDIS_STATUS_SUCCESS);
            packet[length - cases[i].from_end] = cases[i].value;
            seal_anyway(&made.sa, packet, 20, length);
            assert_int_equal(open_copy(&made.sa, 0, packet, length), cases[i].status);
        }
        test_sa_free(&made);
    }
}

/* What stands before the body is no padding, be it the 1 that the rest lacks. */
static void refuses_padding_that_begins_before_the_body(void **state)
{
    static const uint8_t body[] = {2, 3, 3}; /* two bytes of it, and their number with one more */

    (void)state;
    for (size_t c = 0; c < TEST_CIPHERS; c++) {
        uint8_t packet[TEST_PACKET_MAX];
        size_t length = test_ip_packet(packet, 4, 2);
        test_sa made;

        if (!test_cipher_available(&test_ciphers[c]))
            continue;
        made = make(&test_ciphers[c], SAO_IPSEC_TRANSPORT, 4, false);
        if (made.sa.iv_length == 0) {
            test_sa_free(&made);
            continue;
        }
        assert_int_equal(sao_ipsec_frame(&made.sa, 1, packet, &length, sizeof packet),
                         NDIS_STATUS_SUCCESS);
        memset(packet + 28, 1, 8); /* the IV */
        memcpy(packet + 36, body, sizeof body);
        seal_anyway(&made.sa, packet, 20, length);
        assert_int_equal(open_copy(&made.sa, 0, packet, length), CRYPTO_INVALID_PACKET_SYNTAX);
        test_sa_free(&made);
    }
}

/* The padding may be longer than it needs to be, up to 255 bytes. */
static void accepts_every_pad_length(void **state)
{
    test_sa made = make(&test_ciphers[1], SAO_IPSEC_TRANSPORT, 4, false);

    (void)state;
    for (unsigned pad = 0; pad <= 255; pad++) {
        uint8_t packet[TEST_PACKET_MAX];
        size_t payload = (2u - pad) & 3u; /* which makes whole words of it all */
        size_t length = test_ip_packet(packet, 4, payload + pad);
        sao_ipsec_result result;

        assert_int_equal(sao_ipsec_frame(&made.sa, 1, packet, &length, sizeof packet),
                         NDIS_STATUS_SUCCESS);
        assert_int_equal(packet[length - 18], 0);
        for (size_t i = 0; i < pad; i++)
            packet[20 + 16 + payload + i] = (uint8_t)(i + 1);
        packet[length - 18] = (uint8_t)pad;
        seal_anyway(&made.sa, packet, 20, length);
        assert_int_equal(sao_ipsec_unprotect(&made.sa, 0, packet, &length, &result),
                         NDIS_STATUS_SUCCESS);
        assert_int_equal(result.pad_length, pad);
        assert_int_equal(length, 20 + payload);
    }
    test_sa_free(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_every_truncation),
        cmocka_unit_test(refuses_every_lie_about_the_length),
        cmocka_unit_test(refuses_every_wrong_bit),
        cmocka_unit_test(refuses_other_protocols),
        cmocka_unit_test(accepts_any_address_and_padding),
        cmocka_unit_test(refuses_bad_padding),
        cmocka_unit_test(refuses_padding_that_begins_before_the_body),
        cmocka_unit_test(accepts_every_pad_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
