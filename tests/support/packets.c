// SPDX-License-Identifier: BSD-2-Clause
/* packets.c: see packets.h. */
#include "support/packets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

const test_cipher test_ciphers[TEST_CIPHERS] = {
    {"AES-GCM-256", IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256, 0},
    {"CHACHA20-POLY1305", SAO_ENCRYPTION_CHACHA20_POLY1305, 0},
    {"NULL + HMAC-SHA-256-128", IPSEC_OFFLOAD_V2_ENCRYPTION_NONE,
     IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256},
};

bool test_cipher_available(const test_cipher *cipher)
{
    if (sao_crypto_sodium()->supports(cipher->encryption, cipher->authentication) ==
        NDIS_STATUS_SUCCESS)
        return true;
    print_message("left out: this processor has no %s\n", cipher->name);
    return false;
}

sao_address test_address(uint8_t ip_version, uint32_t number)
{
    static const uint8_t documentation[12] = {0x20, 0x01, 0x0d, 0xb8};
    sao_address address = {{0}};
    uint8_t *at = address.bytes;

    if (ip_version == 6) {
        memcpy(at, documentation, sizeof documentation);
        at += sizeof documentation;
    }
    at[0] = (uint8_t)(number >> 24);
    at[1] = (uint8_t)(number >> 16);
    at[2] = (uint8_t)(number >> 8);
    at[3] = (uint8_t)number;
    return address;
}

sao_ipsec_params test_params(const test_cipher *cipher, sao_ipsec_mode mode, uint8_t ip_version)
{
    static const uint8_t spi[4] = {0x11, 0x22, 0x33, 0x44};
    static uint8_t key[SAO_KEY_MAX];
    const sao_algorithm *encryption = sao_encryption_algorithm(cipher->encryption);
    sao_ipsec_params params;

    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)(i * 7 + 1);
    sao_ipsec_params_init(&params);
    params.mode = mode;
    params.ip_version = ip_version;
    params.source = test_address(ip_version, TEST_SOURCE);
    params.destination = test_address(ip_version, TEST_DESTINATION);
    memcpy(&params.spi, spi, sizeof spi);
    params.encryption = cipher->encryption;
    params.authentication = cipher->authentication;
    if (encryption != NULL && encryption->key_length > 0) {
        params.encryption_key = key;
        params.encryption_key_length = encryption->key_length;
    }
    if (cipher->authentication != 0) {
        params.authentication_key = key;
        params.authentication_key_length =
            sao_authentication_algorithm(cipher->authentication)->key_length;
    }
    return params;
}

test_sa test_sa_make(const sao_ipsec_params *params)
{
    const sao_crypto_provider *provider = sao_crypto_sodium();
    test_sa made;

    assert_non_null(provider);
    made.context = malloc(provider->context_size);
    assert_non_null(made.context);
    assert_int_equal(sao_ipsec_sa_init(&made.sa, params, provider, made.context),
                     NDIS_STATUS_SUCCESS);
    return made;
}

void test_sa_free(test_sa *sa)
{
    sao_ipsec_sa_wipe(&sa->sa);
    free(sa->context);
}

void test_ipv4_checksum(uint8_t *packet)
{
    size_t length = (packet[0] & 0x0Fu) * (size_t)4;
    uint32_t sum = 0;

    packet[10] = packet[11] = 0;
    for (size_t i = 0; i < length; i += 2)
        sum += (uint32_t)packet[i] << 8 | packet[i + 1];
    while (sum > 0xFFFF)
        sum = (sum & 0xFFFF) + (sum >> 16);
    packet[10] = (uint8_t)(~sum >> 8);
    packet[11] = (uint8_t)~sum;
}

size_t test_ip_packet(uint8_t *packet, uint8_t ip_version, size_t payload)
{
    static const uint8_t ipv4[20] = {0x45, 0x2A, 0, 0, 0x12, 0x34, 0, 0, 17, TEST_PROTOCOL};
    static const uint8_t ipv6[40] = {0x62, 0xA1, 0x23, 0x45, 0, 0, TEST_PROTOCOL, 17};
    sao_address source = test_address(ip_version, TEST_SOURCE);
    sao_address destination = test_address(ip_version, TEST_DESTINATION);
    size_t header = ip_version == 4 ? sizeof ipv4 : sizeof ipv6;
    size_t stated = ip_version == 4 ? header + payload : payload;

    memcpy(packet, ip_version == 4 ? ipv4 : ipv6, header);
    packet[ip_version == 4 ? 2 : 4] = (uint8_t)(stated >> 8);
    packet[ip_version == 4 ? 3 : 5] = (uint8_t)stated;
    if (ip_version == 4) {
        memcpy(packet + 12, source.bytes, 4);
        memcpy(packet + 16, destination.bytes, 4);
        test_ipv4_checksum(packet);
    } else {
        memcpy(packet + 8, source.bytes, 16);
        memcpy(packet + 24, destination.bytes, 16);
    }
    for (size_t i = 0; i < payload; i++)
        packet[header + i] = (uint8_t)(i * 31 + 5);
    return header + payload;
}

void test_swap_addresses(uint8_t *packet)
{
    const bool ipv4 = packet[0] >> 4 == 4;
    const size_t size = ipv4 ? 4 : 16;
    uint8_t *source = packet + (ipv4 ? 12 : 8);
    uint8_t kept[16];

    memcpy(kept, source, size);
    memcpy(source, source + size, size);
    memcpy(source + size, kept, size);
}

const uint8_t *test_iv(uint32_t number)
{
    static uint8_t iv[SAO_IV_MAX];

    memset(iv, 0xA5, sizeof iv);
    memcpy(iv, &number, sizeof number);
    return iv;
}

static unsigned digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;

    assert_non_null(at);
    return (unsigned)(at - digits);
}

size_t test_hex(uint8_t *bytes, size_t capacity, const char *hex)
{
    size_t count = 0;

    while (*hex != '\0') {
        if (*hex == ' ' || *hex == '\n') {
            hex++;
            continue;
        }
        assert_in_range(count, 0, capacity - 1);
        bytes[count++] = (uint8_t)(digit(hex[0]) << 4 | digit(hex[1]));
        hex += 2;
    }
    return count;
}

size_t test_protect_known(const sao_ipsec_sa *sa, uint64_t sequence, const uint8_t *iv,
                          const char *plain, const char *wire, uint8_t *packet)
{
    uint8_t expected[TEST_PACKET_MAX];
    const size_t plain_length = test_hex(packet, TEST_PACKET_MAX, plain);
    const size_t wire_length = test_hex(expected, sizeof expected, wire);
    const size_t capacity = plain_length + sao_ipsec_overhead(sa, packet, plain_length);
    size_t length = plain_length;

    assert_int_equal(sao_ipsec_protect(sa, sequence, iv, packet, &length, capacity),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(length, capacity);
    assert_in_range(wire_length, 1, length);
    assert_memory_equal(packet + length - wire_length, expected, wire_length);
    return length;
}

sao_ipsec_result test_unprotect_known(const sao_ipsec_sa *sa, uint64_t sequence, uint8_t *packet,
                                      size_t length, const char *plain)
{
    uint8_t expected[TEST_PACKET_MAX];
    const size_t plain_length = test_hex(expected, sizeof expected, plain);
    sao_ipsec_result result;

    assert_int_equal(sao_ipsec_unprotect(sa, sequence - 1, packet, &length, &result),
                     NDIS_STATUS_SUCCESS);
    assert_true(result.sequence == sequence);
    assert_int_equal(length, plain_length);
    assert_memory_equal(packet, expected, plain_length);
    return result;
}
