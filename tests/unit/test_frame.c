// SPDX-License-Identifier: BSD-2-Clause
/*
 * The transport's half of ESP, on packets that nobody encrypted: what framing writes, what it
 * refuses, and what stripping believes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/packets.h"

static const test_cipher *const chacha = &test_ciphers[1];
static const test_cipher *const hmac = &test_ciphers[2];

static test_sa make(const test_cipher *cipher, sao_ipsec_mode mode, uint8_t ip_version)
{
    sao_ipsec_params params = test_params(cipher, mode, ip_version);

    return test_sa_make(&params);
}

/* Frames a packet in memory of exactly the result's size. */
static size_t frame(const sao_ipsec_sa *sa, uint64_t sequence, uint8_t *packet, size_t length)
{
    size_t capacity = length + sao_ipsec_overhead(sa, packet, length);
    uint8_t *exact = malloc(capacity);
    size_t framed = length;

    assert_non_null(exact);
    memcpy(exact, packet, length);
    assert_int_equal(sao_ipsec_frame(sa, sequence, exact, &framed, capacity), NDIS_STATUS_SUCCESS);
    assert_int_equal(framed, capacity);
    memcpy(packet, exact, framed);
    free(exact);
    return framed;
}

static void writes_an_ipv4_tunnel(void **state)
{
    test_sa made = make(chacha, SAO_IPSEC_TUNNEL, 4);
    uint8_t packet[TEST_PACKET_MAX], inner[TEST_PACKET_MAX], want[20];
    size_t length = test_ip_packet(inner, 4, 15);
    size_t framed;

    (void)state;
    memcpy(packet, inner, length);
    framed = frame(&made.sa, 0x01020304, packet, length);
    /* DSCP and ECN from inside, DF, identification 0, the SA's hop limit */
    test_hex(want, sizeof want, "452a 005c 0000 4000 4032 0000 c0000201 c6336402");
    test_ipv4_checksum(want);
    assert_int_equal(framed, 0x5c);
    assert_memory_equal(packet, want, 20);
    test_hex(want, sizeof want, "11223344 01020304 0000000000000000");
    assert_memory_equal(packet + 20, want, 16);
    assert_memory_equal(packet + 36, inner, length);
    assert_memory_equal(packet + 36 + length, "\x01\x02\x03\x03\x04", 5);
    test_sa_free(&made);
}

static void writes_an_ipv6_tunnel(void **state)
{
    test_sa made = make(hmac, SAO_IPSEC_TUNNEL, 6);
    uint8_t packet[TEST_PACKET_MAX], want[40];
    size_t length = test_ip_packet(packet, 6, 0);

    (void)state;
    assert_int_equal(frame(&made.sa, 9, packet, length), 40 + 8 + 40 + 2 + 2 + 16);
    /* traffic class from inside, flow label 0 */
    test_hex(want, sizeof want,
             "62a00000 0044 32 40 20010db80000000000000000c0000201"
             "20010db80000000000000000c6336402");
    assert_memory_equal(packet, want, 40);
    test_hex(want, sizeof want, "11223344 00000009 62a12345");
    assert_memory_equal(packet + 40, want, 12);
    test_hex(want, sizeof want, "0102 0229 00000000000000000000000000000000");
    assert_memory_equal(packet + 88, want, 20);
    test_sa_free(&made);
}

/* RFC 4303 section 2.4: padding is 1, 2, 3... and ends on a multiple of 4. */
static void pads_every_length(void **state)
{
    test_sa made = make(hmac, SAO_IPSEC_TRANSPORT, 4);

    (void)state;
    for (size_t payload = 0; payload < 64; payload++) {
        uint8_t packet[TEST_PACKET_MAX];
        size_t length = test_ip_packet(packet, 4, payload);
        size_t framed = frame(&made.sa, 1, packet, length);
        uint8_t pad = packet[framed - 16 - 2];

        assert_int_equal((framed - 20) % 4, 0);
        assert_int_equal(pad, (6 - payload % 4) % 4);
        assert_int_equal(packet[framed - 16 - 1], TEST_PROTOCOL);
        for (uint8_t i = 0; i < pad; i++)
            assert_int_equal(packet[framed - 16 - 2 - pad + i], i + 1);
    }
    test_sa_free(&made);
}

/* Transport mode puts ESP behind hop-by-hop and routing headers (RFC 4303 section 3.1.1). */
static void places_esp_among_extension_headers(void **state)
{
    static const struct {
        const char *extensions; /* the first one's kind, then the headers */
        size_t before;          /* bytes of them that stay before ESP */
        uint8_t next_header;
    } cases[] = {
        {"00 fd00010400000000", 8, TEST_PROTOCOL},
        {"00 3c00010400000000 fd00010400000000", 8, 60},
        {"3c fd00010400000000", 0, 60},
        {"3c 2b00010400000000 fd00000000000000", 16, TEST_PROTOCOL},
        {"00 2b00010400000000 3c00000000000000 fd00010400000000", 16, 60},
        {"33 0604000055667788 0000000900000000 0000000000000000", 0, 51},
    };
    test_sa made = make(hmac, SAO_IPSEC_TRANSPORT, 6);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t packet[TEST_PACKET_MAX], original[TEST_PACKET_MAX], bytes[64];
        size_t count = test_hex(bytes, sizeof bytes, cases[i].extensions) - 1;
        size_t length = test_ip_packet(packet, 6, count + 5);
        size_t esp = 40 + cases[i].before, framed;

        packet[6] = bytes[0];
        memcpy(packet + 40, bytes + 1, count);
        memcpy(original, packet, length);
        framed = frame(&made.sa, 3, packet, length);
        assert_memory_equal(packet + esp, "\x11\x22\x33\x44\x00\x00\x00\x03", 8);
        assert_memory_equal(packet + esp + 8, original + esp, length - esp);
        assert_int_equal(packet[framed - 17], cases[i].next_header);
        assert_int_equal(sao_ipsec_strip(&made.sa, packet, &framed), NDIS_STATUS_SUCCESS);
        assert_int_equal(framed, length);
        assert_memory_equal(packet, original, length);
    }
    test_sa_free(&made);
}

/* Every identification gives another sum: some carry twice. */
static void mends_every_checksum(void **state)
{
    test_sa made = make(hmac, SAO_IPSEC_TRANSPORT, 4);

    (void)state;
    for (unsigned id = 0; id <= UINT16_MAX; id++) {
        uint8_t packet[TEST_PACKET_MAX], want[20];
        size_t length = test_ip_packet(packet, 4, 0);

        packet[4] = (uint8_t)(id >> 8);
        packet[5] = (uint8_t)id;
        assert_int_equal(sao_ipsec_frame(&made.sa, 1, packet, &length, sizeof packet),
                         NDIS_STATUS_SUCCESS);
        memcpy(want, packet, sizeof want);
        test_ipv4_checksum(want);
        assert_memory_equal(packet, want, sizeof want);
    }
    test_sa_free(&made);
}

static void refused(const sao_ipsec_sa *sa, uint64_t sequence, const uint8_t *packet, size_t length,
                    size_t capacity, NDIS_STATUS status)
{
    uint8_t *copy = malloc(length + 1);
    size_t after = length;

    assert_non_null(copy);
    memcpy(copy, packet, length);
    assert_int_equal(sao_ipsec_frame(sa, sequence, copy, &after, capacity), status);
    assert_int_equal(after, length);
    assert_memory_equal(copy, packet, length);
    free(copy);
}

static void refuses_sequence_numbers(void **state)
{
    test_sa made = make(hmac, SAO_IPSEC_TUNNEL, 4);
    uint8_t packet[TEST_PACKET_MAX];
    size_t length = test_ip_packet(packet, 4, 10);

    (void)state;
    refused(&made.sa, 0, packet, length, sizeof packet, NDIS_STATUS_INVALID_PARAMETER);
    refused(&made.sa, UINT64_C(0x100000000), packet, length, sizeof packet,
            NDIS_STATUS_INVALID_PARAMETER);
    made.sa.esn = true;
    refused(&made.sa, 0, packet, length, sizeof packet, NDIS_STATUS_INVALID_PARAMETER);
    frame(&made.sa, UINT64_C(0x100000000), packet, length);
    test_sa_free(&made);
}

static void needs_its_capacity(void **state)
{
    (void)state;
    for (size_t payload = 0; payload < 8; payload++) {
        for (int mode = 0; mode < 2; mode++) {
            test_sa made = make(chacha, (sao_ipsec_mode)mode, 4);
            uint8_t packet[TEST_PACKET_MAX];
            size_t length = test_ip_packet(packet, 4, payload);
            size_t need = length + sao_ipsec_overhead(&made.sa, packet, length);

            refused(&made.sa, 1, packet, length, need - 1, NDIS_STATUS_BUFFER_TOO_SHORT);
            refused(&made.sa, 1, packet, length, 0, NDIS_STATUS_BUFFER_TOO_SHORT);
            frame(&made.sa, 1, packet, length); /* exactly enough */
            test_sa_free(&made);
        }
    }
}

static void ends_at_65535_bytes(void **state)
{
    static const struct {
        uint8_t version;
        size_t longest; /* inner packet that fits, with an IV of 8 and an ICV of 16 */
    } cases[] = {{4, 65478}, {6, 65498}};
    uint8_t *packet = malloc(70000);

    (void)state;
    assert_non_null(packet);
    for (size_t i = 0; i < 2; i++) {
        test_sa made = make(chacha, SAO_IPSEC_TUNNEL, cases[i].version);
        size_t length = test_ip_packet(packet, 4, cases[i].longest + 1 - 20);

        refused(&made.sa, 1, packet, length, 70000, NDIS_STATUS_INVALID_LENGTH);
        length = test_ip_packet(packet, 4, 65535 - 20);
        refused(&made.sa, 1, packet, length, 70000, NDIS_STATUS_INVALID_LENGTH);
        length = test_ip_packet(packet, 4, cases[i].longest - 20);
        frame(&made.sa, 1, packet, length);
        test_sa_free(&made);
    }
    free(packet);
}

static void refuses_what_is_no_packet(void **state)
{
    test_sa tunnel = make(hmac, SAO_IPSEC_TUNNEL, 4);
    test_sa transport = make(hmac, SAO_IPSEC_TRANSPORT, 4);
    uint8_t packet[TEST_PACKET_MAX];
    size_t length = test_ip_packet(packet, 4, 10);

    (void)state;
    for (size_t cut = 0; cut < length; cut++) {
        refused(&tunnel.sa, 1, packet, cut, sizeof packet, NDIS_STATUS_INVALID_DATA);
        refused(&transport.sa, 1, packet, cut, sizeof packet, NDIS_STATUS_INVALID_DATA);
    }
    packet[0] = 0x55;
    refused(&tunnel.sa, 1, packet, length, sizeof packet, NDIS_STATUS_INVALID_DATA);
    test_sa_free(&tunnel);
    test_sa_free(&transport);
}

static void transport_mode_keeps_to_its_packets(void **state)
{
    test_sa made = make(hmac, SAO_IPSEC_TRANSPORT, 4);
    uint8_t packet[TEST_PACKET_MAX];
    size_t length = test_ip_packet(packet, 6, 10);

    (void)state;
    refused(&made.sa, 1, packet, length, sizeof packet, NDIS_STATUS_INVALID_DATA);
    length = test_ip_packet(packet, 4, 10);
    packet[6] = 0x20; /* a fragment */
    refused(&made.sa, 1, packet, length, sizeof packet, NDIS_STATUS_INVALID_DATA);
    length = test_ip_packet(packet, 4, 10);
    packet[15] ^= 1; /* from somebody else */
    refused(&made.sa, 1, packet, length, sizeof packet, NDIS_STATUS_INVALID_DATA);
    length = test_ip_packet(packet, 4, 10);
    packet[19] ^= 1; /* to somebody else */
    refused(&made.sa, 1, packet, length, sizeof packet, NDIS_STATUS_INVALID_DATA);
    memset(&made.sa.source, 0, sizeof made.sa.source);
    memset(&made.sa.destination, 0, sizeof made.sa.destination);
    frame(&made.sa, 1, packet, length); /* anybody, to anybody */
    test_sa_free(&made);

    made = make(hmac, SAO_IPSEC_TRANSPORT, 6);
    length = test_ip_packet(packet, 6, 0);
    packet[6] = 59; /* ESP would call it a dummy */
    refused(&made.sa, 1, packet, length, sizeof packet, NDIS_STATUS_INVALID_DATA);
    test_sa_free(&made);
}

/* A tunnel that accepts anybody's packets cannot send: its outer header has no addresses. */
static void a_tunnel_needs_addresses_to_send(void **state)
{
    test_sa made = make(hmac, SAO_IPSEC_TUNNEL, 4);
    uint8_t packet[TEST_PACKET_MAX];
    size_t length = test_ip_packet(packet, 4, 10);
    sao_address address = made.sa.source;

    (void)state;
    memset(&made.sa.source, 0, sizeof made.sa.source);
    refused(&made.sa, 1, packet, length, sizeof packet, NDIS_STATUS_INVALID_PARAMETER);
    made.sa.source = address;
    memset(&made.sa.destination, 0, sizeof made.sa.destination);
    refused(&made.sa, 1, packet, length, sizeof packet, NDIS_STATUS_INVALID_PARAMETER);
    test_sa_free(&made);
}

/* Bytes behind the packet, as Ethernet pads, are not sent. */
static void leaves_ethernet_padding_behind(void **state)
{
    test_sa made = make(hmac, SAO_IPSEC_TUNNEL, 4);
    uint8_t packet[TEST_PACKET_MAX] = {0}, padded[TEST_PACKET_MAX] = {0};
    size_t length = test_ip_packet(packet, 4, 2);
    size_t framed = length + 24;

    (void)state;
    memcpy(padded, packet, length);
    memset(padded + length, 0xEE, 24);
    assert_int_equal(sao_ipsec_frame(&made.sa, 1, padded, &framed, sizeof padded),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(framed, frame(&made.sa, 1, packet, length));
    assert_memory_equal(padded, packet, framed);
    test_sa_free(&made);
}

/* IPv6 that promises extension headers which are not there: the bytes are the tunnel's cargo. */
static void a_tunnel_carries_what_makes_no_sense(void **state)
{
    static const uint8_t kinds[] = {0, 43, 44, 50, 51, 60};

    (void)state;
    for (size_t i = 0; i < sizeof kinds; i++)
        for (size_t payload = 0; payload <= 9; payload++) {
            test_sa made = make(hmac, SAO_IPSEC_TUNNEL, 6);
            test_sa transport = make(hmac, SAO_IPSEC_TRANSPORT, 6);
            uint8_t packet[TEST_PACKET_MAX], inner[TEST_PACKET_MAX];
            size_t length = test_ip_packet(inner, 6, payload), framed;

            inner[6] = kinds[i];
            memset(inner + 40, 0xFF, payload);
            memcpy(packet, inner, length);
            framed = frame(&made.sa, 1, packet, length);
            assert_int_equal(sao_ipsec_strip(&made.sa, packet, &framed), NDIS_STATUS_SUCCESS);
            assert_int_equal(framed, length);
            assert_memory_equal(packet, inner, length);
            if (kinds[i] != 50 && kinds[i] != 51) /* transport mode has to find ESP's place */
                assert_int_equal(sao_ipsec_frame(&transport.sa, 1, packet, &framed, sizeof packet),
                                 NDIS_STATUS_INVALID_DATA);
            test_sa_free(&made);
            test_sa_free(&transport);
        }
}

static void strip_refused(const sao_ipsec_sa *sa, const uint8_t *packet, size_t length)
{
    uint8_t copy[TEST_PACKET_MAX];
    size_t after = length;

    memcpy(copy, packet, length);
    assert_int_equal(sao_ipsec_strip(sa, copy, &after), NDIS_STATUS_INVALID_DATA);
    assert_int_equal(after, length);
    assert_memory_equal(copy, packet, length);
}

/* The ICV proves who wrote it, not that it makes sense. */
static void strip_checks_a_tunnel_again(void **state)
{
    test_sa made = make(hmac, SAO_IPSEC_TUNNEL, 4);
    uint8_t good[TEST_PACKET_MAX], packet[TEST_PACKET_MAX];
    size_t length = frame(&made.sa, 1, good, test_ip_packet(good, 4, 9));
    static const struct {
        size_t at; /* from the end if over 1000 */
        uint8_t value;
    } changes[] = {
        {1017, 41},  /* calls itself IPv6 */
        {1017, 6},   /* no tunnel */
        {1017, 59},  /* a dummy */
        {1018, 4},   /* padding that is not 1, 2, 3, 4 */
        {1018, 255}, /* more padding than there is */
        {1019, 7},   /* wrong padding */
        {28, 0x65},  /* is IPv6 */
        {28, 0x44},  /* no IP header */
        {31, 19},    /* inner length below its header */
        {31, 33},    /* inner length beyond the payload */
        {9, 51},     /* no ESP */
        {19, 9},     /* another destination */
        {23, 9},     /* another SPI */
        {3, 0x40},   /* the outer length lies */
        {6, 0x20},   /* a fragment */
    };

    (void)state;
    assert_int_equal(good[length - 18], 1);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        size_t at = changes[i].at > 1000 ? length - (changes[i].at - 1000) : changes[i].at;

        memcpy(packet, good, length);
        assert_int_not_equal(packet[at], changes[i].value);
        packet[at] = changes[i].value;
        strip_refused(&made.sa, packet, length);
    }
    for (size_t cut = 0; cut < length; cut++)
        strip_refused(&made.sa, good, cut);
    test_sa_free(&made);
}

static void set_ecn(uint8_t *packet, unsigned ecn)
{
    unsigned at = packet[0] >> 4 == 4 ? 0 : 4; /* the bits' place in the second byte */

    packet[1] = (uint8_t)((packet[1] & ~(3u << at)) | ecn << at);
}

/*
 * RFC 4301 section 5.1.2.1: an inner packet that can be told of congestion on the way is told, and
 * no other bit of it changes, but those of IPv4's checksum. A wrong checksum stays wrong.
 */
static void strip_tells_of_congestion(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4 * 4 * 8; i++) {
        unsigned outer_ecn = i & 3, inner_ecn = i >> 2 & 3, damage = i >> 6 & 1;
        uint8_t outer = (i & 16) != 0 ? 6 : 4, inner = (i & 32) != 0 ? 6 : 4;
        test_sa made = make(hmac, SAO_IPSEC_TUNNEL, outer);
        uint8_t packet[TEST_PACKET_MAX], want[TEST_PACKET_MAX];
        size_t plain = test_ip_packet(want, inner, 9), length;

        set_ecn(want, inner_ecn);
        if (inner == 4)
            test_ipv4_checksum(want);
        memcpy(packet, want, plain);
        if (inner == 4 && damage)
            packet[10] ^= 0xA5;
        length = frame(&made.sa, 1, packet, plain);
        set_ecn(packet, outer_ecn);
        if (outer_ecn == 3 && (inner_ecn == 1 || inner_ecn == 2))
            set_ecn(want, 3);
        if (inner == 4)
            test_ipv4_checksum(want);
        assert_int_equal(sao_ipsec_strip(&made.sa, packet, &length), NDIS_STATUS_SUCCESS);
        assert_int_equal(length, plain);
        if (inner == 4 && damage) {
            assert_memory_not_equal(packet + 10, want + 10, 2);
            memcpy(packet + 10, want + 10, 2);
        }
        assert_memory_equal(packet, want, plain);
        test_sa_free(&made);
    }
}

/* RFC 4303 section 2.7: what lies behind the inner packet hides its length. */
static void strip_drops_traffic_flow_padding(void **state)
{
    test_sa made = make(hmac, SAO_IPSEC_TUNNEL, 4);
    uint8_t packet[TEST_PACKET_MAX], inner[TEST_PACKET_MAX];
    size_t length = test_ip_packet(inner, 4, 30);
    size_t framed;

    (void)state;
    inner[3] = 20 + 18; /* so the last 12 bytes are not of the packet */
    test_ipv4_checksum(inner);
    test_ip_packet(packet, 4, 30);
    framed = frame(&made.sa, 1, packet, length);
    memcpy(packet + 28, inner, length);
    assert_int_equal(sao_ipsec_strip(&made.sa, packet, &framed), NDIS_STATUS_SUCCESS);
    assert_int_equal(framed, 38);
    assert_memory_equal(packet, inner, 38);
    test_sa_free(&made);
}

static void strip_refuses_a_dummy(void **state)
{
    test_sa made = make(hmac, SAO_IPSEC_TRANSPORT, 6);
    uint8_t packet[TEST_PACKET_MAX];
    size_t length = frame(&made.sa, 1, packet, test_ip_packet(packet, 6, 9));

    (void)state;
    packet[length - 17] = 59;
    strip_refused(&made.sa, packet, length);
    test_sa_free(&made);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* Whatever the bytes: stripping stays inside of them, or changes nothing. */
static void strip_survives_damage(void **state)
{
    uint32_t seed = 4303;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t version = (round & 1) != 0 ? 6 : 4;
        test_sa made =
            make(hmac, (round & 2) != 0 ? SAO_IPSEC_TRANSPORT : SAO_IPSEC_TUNNEL, version);
        uint8_t packet[TEST_PACKET_MAX];
        size_t length = frame(&made.sa, 1, packet, test_ip_packet(packet, version, round % 40));
        size_t after = length;
        uint8_t *copy = malloc(length);

        assert_non_null(copy);
        for (uint32_t damage = next_random(&seed) % 4; damage > 0; damage--)
            packet[next_random(&seed) % length] = (uint8_t)next_random(&seed);
        memcpy(copy, packet, length);
        if (sao_ipsec_strip(&made.sa, copy, &after) == NDIS_STATUS_SUCCESS) {
            assert_in_range(after, 20, length - 8 - 2 - 16);
        } else {
            assert_int_equal(after, length);
            assert_memory_equal(copy, packet, length);
        }
        free(copy);
        test_sa_free(&made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_an_ipv4_tunnel),
        cmocka_unit_test(writes_an_ipv6_tunnel),
        cmocka_unit_test(pads_every_length),
        cmocka_unit_test(places_esp_among_extension_headers),
        cmocka_unit_test(mends_every_checksum),
        cmocka_unit_test(refuses_sequence_numbers),
        cmocka_unit_test(needs_its_capacity),
        cmocka_unit_test(ends_at_65535_bytes),
        cmocka_unit_test(refuses_what_is_no_packet),
        cmocka_unit_test(transport_mode_keeps_to_its_packets),
        cmocka_unit_test(a_tunnel_needs_addresses_to_send),
        cmocka_unit_test(leaves_ethernet_padding_behind),
        cmocka_unit_test(a_tunnel_carries_what_makes_no_sense),
        cmocka_unit_test(strip_checks_a_tunnel_again),
        cmocka_unit_test(strip_tells_of_congestion),
        cmocka_unit_test(strip_drops_traffic_flow_padding),
        cmocka_unit_test(strip_refuses_a_dummy),
        cmocka_unit_test(strip_survives_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
