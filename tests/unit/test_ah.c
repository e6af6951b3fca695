// SPDX-License-Identifier: BSD-2-Clause
/* AH on the wire: independently made packets, what may change on the way and what may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/packets.h"

static test_sa make(sao_ipsec_mode mode, uint8_t ip_version, bool esn, bool wildcard)
{
    sao_ipsec_params params = test_params(&test_ciphers[2], mode, ip_version);

    params.protocol = SAO_PROTOCOL_AH;
    params.esn = esn;
    if (wildcard) {
        memset(&params.source, 0, sizeof params.source);
        memset(&params.destination, 0, sizeof params.destination);
    }
    return test_sa_make(&params);
}

/* ---- known packets --------------------------------------------------------------------- */

typedef struct known {
    const char *what;
    sao_ipsec_mode mode;
    uint8_t ip_version;
    bool esn;
    const char *plain;
    const char *wire;
} known;

/* Made by other code than this library: "python3 tests/interop/vectors_ah.py" prints them. */
static const known knowns[] = {
    {"tunnel, IPv4 in IPv4", SAO_IPSEC_TUNNEL, 4, false,
     "452a00391234000011fdaa33c0000201c63364020524436281a0bfdefd1c3b5a"
     "7998b7d6f51433527190afceed0c2b4a6988a7c6e504234261",
     "452a00690000400040334e01c0000201c6336402040500001122334400000007"
     "23758f086f51ef9ecd35adfbeb30419f452a00391234000011fdaa33c0000201"
     "c63364020524436281a0bfdefd1c3b5a7998b7d6f51433527190afceed0c2b4a"
     "6988a7c6e504234261"},
    {"tunnel, IPv6 in IPv4, ESN", SAO_IPSEC_TUNNEL, 4, true,
     "62a123450025fd1120010db80000000000000000c000020120010db800000000"
     "00000000c63364020524436281a0bfdefd1c3b5a7998b7d6f51433527190afce"
     "ed0c2b4a6988a7c6e504234261",
     "452a007d0000400040334dedc0000201c6336402290500001122334400000001"
     "a155aaba9d34e115a9d0c3dd891d4d5762a123450025fd1120010db800000000"
     "00000000c000020120010db80000000000000000c63364020524436281a0bfde"
     "fd1c3b5a7998b7d6f51433527190afceed0c2b4a6988a7c6e504234261"},
    {"tunnel, IPv4 in IPv6, ESN", SAO_IPSEC_TUNNEL, 6, true,
     "452a00391234000011fdaa33c0000201c63364020524436281a0bfdefd1c3b5a"
     "7998b7d6f51433527190afceed0c2b4a6988a7c6e504234261",
     "62a000000059334020010db80000000000000000c000020120010db800000000"
     "00000000c6336402040600001122334400000001314602bb2309843c53613f68"
     "7a0c694100000000452a00391234000011fdaa33c0000201c633640205244362"
     "81a0bfdefd1c3b5a7998b7d6f51433527190afceed0c2b4a6988a7c6e5042342"
     "61"},
    {"tunnel, IPv6 in IPv6", SAO_IPSEC_TUNNEL, 6, false,
     "62a123450025fd1120010db80000000000000000c000020120010db800000000"
     "00000000c63364020524436281a0bfdefd1c3b5a7998b7d6f51433527190afce"
     "ed0c2b4a6988a7c6e504234261",
     "62a00000006d334020010db80000000000000000c000020120010db800000000"
     "00000000c63364022906000011223344000000076fd49f432c94cdb756e46145"
     "6b52c34e0000000062a123450025fd1120010db80000000000000000c0000201"
     "20010db80000000000000000c63364020524436281a0bfdefd1c3b5a7998b7d6"
     "f51433527190afceed0c2b4a6988a7c6e504234261"},
    {"transport, IPv4", SAO_IPSEC_TRANSPORT, 4, false,
     "452a00391234400011fd6a33c0000201c63364020524436281a0bfdefd1c3b5a"
     "7998b7d6f51433527190afceed0c2b4a6988a7c6e504234261",
     "452a00551234400011336ae1c0000201c6336402fd0500001122334400000007"
     "866cc8000cd6a49ac4ea3f5a71a853730524436281a0bfdefd1c3b5a7998b7d6"
     "f51433527190afceed0c2b4a6988a7c6e504234261"},
    {"transport, IPv4, ESN", SAO_IPSEC_TRANSPORT, 4, true,
     "452a00391234400011fd6a33c0000201c63364020524436281a0bfdefd1c3b5a"
     "7998b7d6f51433527190afceed0c2b4a6988a7c6e504234261",
     "452a00551234400011336ae1c0000201c6336402fd0500001122334400000001"
     "3255cbfc01565fed600f115201fa469a0524436281a0bfdefd1c3b5a7998b7d6"
     "f51433527190afceed0c2b4a6988a7c6e504234261"},
    {"transport, IPv4 with options", SAO_IPSEC_TRANSPORT, 4, false,
     "4e2a005d1234400011fdf76bc0000201c6336402820b0000000000000000fe01"
     "940400000707040a000001014408050000000000000000770524436281a0bfde"
     "fd1c3b5a7998b7d6f51433527190afceed0c2b4a6988a7c6e504234261",
     "4e2a0079123440001133f819c0000201c6336402820b0000000000000000fe01"
     "940400000707040a00000101440805000000000000000077fd05000011223344"
     "00000007fdd15427323675488537d5fb36afe7d10524436281a0bfdefd1c3b5a"
     "7998b7d6f51433527190afceed0c2b4a6988a7c6e504234261"},
    {"transport, IPv6", SAO_IPSEC_TRANSPORT, 6, false,
     "62a123450025fd1120010db80000000000000000c000020120010db800000000"
     "00000000c63364020524436281a0bfdefd1c3b5a7998b7d6f51433527190afce"
     "ed0c2b4a6988a7c6e504234261",
     "62a123450045331120010db80000000000000000c000020120010db800000000"
     "00000000c6336402fd0600001122334400000007b8e5330637047b25c336c247"
     "39fd6931000000000524436281a0bfdefd1c3b5a7998b7d6f51433527190afce"
     "ed0c2b4a6988a7c6e504234261"},
    {"transport, IPv6 with options before and after, ESN", SAO_IPSEC_TRANSPORT, 6, true,
     "62a123450045001120010db80000000000000000c000020120010db800000000"
     "00000000c63364023c023e04a1b2c3d41e03aabbcc0001060000000000003e00"
     "fd003e04112233440524436281a0bfdefd1c3b5a7998b7d6f51433527190afce"
     "ed0c2b4a6988a7c6e504234261",
     "62a123450065001120010db80000000000000000c000020120010db800000000"
     "00000000c633640233023e04a1b2c3d41e03aabbcc0001060000000000003e00"
     "3c0600001122334400000001a2575da464e94f5020a26c16ddab443f00000000"
     "fd003e04112233440524436281a0bfdefd1c3b5a7998b7d6f51433527190afce"
     "ed0c2b4a6988a7c6e504234261"},
    {"transport, IPv6 with a routing header", SAO_IPSEC_TRANSPORT, 6, false,
     "62a12345003d2b1120010db80000000000000000c000020120010db800000000"
     "000000000a000001fd0200010000000020010db80000000000000000c6336402"
     "0524436281a0bfdefd1c3b5a7998b7d6f51433527190afceed0c2b4a6988a7c6"
     "e504234261",
     "62a12345005d2b1120010db80000000000000000c000020120010db800000000"
     "000000000a000001330200010000000020010db80000000000000000c6336402"
     "fd06000011223344000000076b07de90df9c1aaf4e1a0280d481c46200000000"
     "0524436281a0bfdefd1c3b5a7998b7d6f51433527190afceed0c2b4a6988a7c6"
     "e504234261"},
};

static void protects_known(const known *row)
{
    const uint64_t sequence = row->esn ? UINT64_C(0x500000001) : 7;
    test_sa made = make(row->mode, row->ip_version, row->esn, row->mode == SAO_IPSEC_TRANSPORT);
    uint8_t packet[TEST_PACKET_MAX];
    const size_t length =
        test_protect_known(&made.sa, sequence, NULL, row->plain, row->wire, packet);

    if (strstr(row->what, "routing") == NULL)
        assert_int_equal(
            test_unprotect_known(&made.sa, sequence, packet, length, row->plain).pad_length, 0);
    test_sa_free(&made);
}

static void agrees_with_known_packets(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof knowns / sizeof knowns[0]; i++) {
        print_message("%s\n", knowns[i].what);
        protects_known(&knowns[i]);
    }
}

/* ---- source routes --------------------------------------------------------------------- */

/* A packet in memory of exactly its size, which reading beyond would show. */
static uint16_t open_copy(const sao_ipsec_sa *sa, uint64_t highest, const uint8_t *packet,
                          size_t length)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);
    sao_ipsec_result result;
    uint16_t status;

    assert_non_null(copy);
    memcpy(copy, packet, length);
    status = sao_ipsec_open(sa, highest, copy, length, &result);
    assert_int_equal(status, result.crypto_status);
    assert_memory_equal(copy, packet, length);
    free(copy);
    return status;
}

/* Puts `count` bytes of headers behind the IP header; `kind` is the first one of IPv6. */
static size_t packet_with(uint8_t *packet, uint8_t ip_version, uint8_t kind, const char *hex)
{
    uint8_t bytes[600];
    size_t count = test_hex(bytes, sizeof bytes, hex);
    size_t length = test_ip_packet(packet, ip_version, count + 21);

    memcpy(packet + (ip_version == 4 ? 20 : 40), bytes, count);
    if (ip_version == 6) {
        packet[6] = kind;
    } else {
        packet[0] = (uint8_t)(0x45 + count / 4);
        test_ipv4_checksum(packet);
    }
    return length;
}

/* What the last known packet looks like where it arrives: addresses have changed places. */
static void follows_an_ipv6_route(void **state)
{
    const known *row = &knowns[sizeof knowns / sizeof knowns[0] - 1];
    test_sa made = make(SAO_IPSEC_TRANSPORT, 6, false, true);
    uint8_t packet[TEST_PACKET_MAX], hop[16];
    size_t length = test_hex(packet, sizeof packet, row->wire);

    (void)state;
    assert_int_equal(open_copy(&made.sa, 0, packet, length), CRYPTO_TRANSPORT_AH_AUTH_FAILED);
    memcpy(hop, packet + 24, 16);
    memcpy(packet + 24, packet + 48, 16);
    memcpy(packet + 48, hop, 16);
    packet[43] = 0;
    assert_int_equal(open_copy(&made.sa, 0, packet, length), CRYPTO_SUCCESS);
    packet[48] ^= 1; /* a hop that it never passed */
    assert_int_equal(open_copy(&made.sa, 0, packet, length), CRYPTO_TRANSPORT_AH_AUTH_FAILED);
    test_sa_free(&made);
}

/* Three hops, of which one has been passed: the order on arrival is that of the way. */
static void follows_a_longer_route(void **state)
{
    test_sa made = make(SAO_IPSEC_TRANSPORT, 6, false, true);
    uint8_t packet[TEST_PACKET_MAX], first[16];
    size_t length =
        packet_with(packet, 6, 43,
                    "fd060002 00000000 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb cccccccccccccccccccccccccccccccc");

    (void)state;
    memcpy(first, packet + 24, 16);
    assert_int_equal(sao_ipsec_protect(&made.sa, 1, NULL, packet, &length, sizeof packet),
                     NDIS_STATUS_SUCCESS);
    memset(packet + 24, 0xCC, 16);
    memcpy(packet + 64, first, 16);
    memset(packet + 80, 0xBB, 16);
    packet[43] = 0;
    assert_int_equal(open_copy(&made.sa, 0, packet, length), CRYPTO_SUCCESS);
    test_sa_free(&made);
}

/* The option is zeroed, but where it leads to is authenticated, and by a receiver where it is. */
static void follows_an_ipv4_route(void **state)
{
    static const char *const routes[] = {"830b0400000000c6336409 00", "890b080a000001c6336409 00",
                                         "830b0c0a000001c6336409 00"};
    test_sa made = make(SAO_IPSEC_TRANSPORT, 4, false, true);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        bool passed = i == 2; /* then the destination is the last one already */
        uint8_t packet[TEST_PACKET_MAX];
        size_t length = packet_with(packet, 4, 0, routes[i]);

        assert_int_equal(sao_ipsec_protect(&made.sa, 1, NULL, packet, &length, sizeof packet),
                         NDIS_STATUS_SUCCESS);
        assert_int_equal(open_copy(&made.sa, 0, packet, length),
                         passed ? CRYPTO_SUCCESS : CRYPTO_TRANSPORT_AH_AUTH_FAILED);
        packet[19] = 9; /* 198.51.100.9 */
        memset(packet + 22, 0x0C, 9);
        assert_int_equal(open_copy(&made.sa, 0, packet, length),
                         passed ? CRYPTO_TRANSPORT_AH_AUTH_FAILED : CRYPTO_SUCCESS);
    }
    test_sa_free(&made);
}

/* ---- headers that cannot be authenticated ---------------------------------------------- */

static void refuses_headers_that_make_no_sense(void **state)
{
    static const struct {
        uint8_t ip_version, kind;
        const char *headers;
    } cases[] = {
        {4, 0, "94000000"},                             /* shorter than type and length */
        {4, 0, "94010000"},                             /* likewise */
        {4, 0, "94050000"},                             /* beyond the header */
        {4, 0, "01010194"},                             /* without a length */
        {4, 0, "83020000"},                             /* a route without a pointer */
        {4, 0, "83070300000000 00"},                    /* it points into itself */
        {4, 0, "83080400000000 00"},                    /* not whole addresses */
        {6, 0, "fd00 0103000000 3e"},                   /* without a length */
        {6, 0, "fd00 010500000000"},                    /* beyond the header */
        {6, 60, "2b00 0000000000 01 fd00000000000000"}, /* without a length */
        {6, 43, "fd000401 00000000"},                   /* a type that nobody can foretell */
        {6, 43, "fd000001 00000000"},                   /* more segments than addresses */
        {6, 43, "fd010001 00000000 0000000000000000"},  /* half an address */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        test_sa made = make(SAO_IPSEC_TRANSPORT, cases[i].ip_version, false, false);
        uint8_t packet[TEST_PACKET_MAX], before[TEST_PACKET_MAX];
        size_t length = packet_with(packet, cases[i].ip_version, cases[i].kind, cases[i].headers);
        size_t framed = length;

        memcpy(before, packet, length);
        if (sao_ipsec_frame(&made.sa, 1, packet, &framed, sizeof packet) !=
            NDIS_STATUS_INVALID_DATA)
            fail_msg("case %zu was framed", i);
        assert_int_equal(framed, length);
        assert_memory_equal(packet, before, length);
        test_sa_free(&made);
    }
}

/* Frames what is sound, spoils it, and tries to seal and open that. */
static void seals_and_opens_no_spoilt_headers(void **state)
{
    static const struct {
        uint8_t ip_version, kind;
        const char *headers;
        size_t at;
        uint8_t value;
        uint16_t status;
    } cases[] = {
        {4, 0, "94040000", 21, 9, CRYPTO_INVALID_PACKET_SYNTAX},
        {6, 0, "fd00 010400000000", 43, 5, CRYPTO_INVALID_PACKET_SYNTAX},
        {6, 43, "fd000400 00000000", 43, 1, CRYPTO_TRANSPORT_AH_AUTH_FAILED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        test_sa made = make(SAO_IPSEC_TRANSPORT, cases[i].ip_version, false, false);
        uint8_t packet[TEST_PACKET_MAX];
        size_t length = packet_with(packet, cases[i].ip_version, cases[i].kind, cases[i].headers);

        assert_int_equal(sao_ipsec_frame(&made.sa, 1, packet, &length, sizeof packet),
                         NDIS_STATUS_SUCCESS);
        packet[cases[i].at] = cases[i].value;
        assert_int_equal(sao_ipsec_seal(&made.sa, 0, NULL, packet, length),
                         NDIS_STATUS_INVALID_DATA);
        assert_int_equal(open_copy(&made.sa, 0, packet, length), cases[i].status);
        test_sa_free(&made);
    }
}

/* 40 bytes of IPv6 and 472 of extension headers are the most; eight more are too many. */
static void has_a_limit_of_headers(void **state)
{
    test_sa made = make(SAO_IPSEC_TRANSPORT, 6, false, false);

    (void)state;
    for (size_t units = 59; units <= 60; units++) {
        bool fits = 40 + units * 8 <= SAO_AH_HEADERS_MAX;
        uint8_t packet[TEST_PACKET_MAX];
        size_t length = test_ip_packet(packet, 6, units * 8 + 5);
        sao_ipsec_result result;

        packet[6] = 0;
        memset(packet + 40, 0, units * 8); /* hop-by-hop, all Pad1 */
        packet[40] = TEST_PROTOCOL;
        packet[41] = (uint8_t)(units - 1);
        assert_int_equal(sao_ipsec_protect(&made.sa, 1, NULL, packet, &length, sizeof packet),
                         fits ? NDIS_STATUS_SUCCESS : NDIS_STATUS_INVALID_DATA);
        if (fits)
            assert_int_equal(sao_ipsec_open(&made.sa, 0, packet, length, &result), CRYPTO_SUCCESS);
    }
    test_sa_free(&made);
}

/* A receiver has the same limit: what it cannot copy it cannot check. */
static void opens_no_more_headers_than_that(void **state)
{
    test_sa made = make(SAO_IPSEC_TRANSPORT, 6, false, false);
    uint8_t packet[TEST_PACKET_MAX];
    size_t length = test_ip_packet(packet, 6, 480 + 32);

    (void)state;
    packet[6] = 0;
    memset(packet + 40, 0, 480);
    packet[40] = SAO_PROTOCOL_AH;
    packet[41] = 59;
    memcpy(packet + 520, "\xfd\x06\0\0\x11\x22\x33\x44\0\0\0\x01", 12);
    assert_int_equal(open_copy(&made.sa, 0, packet, length), CRYPTO_INVALID_PACKET_SYNTAX);
    test_sa_free(&made);
}

/* ---- every truncation, every lie, every bit -------------------------------------------- */

/*
 * Packets that are damaged below. `map` says of each byte behind the IP header, up to AH, what a
 * wrong bit comes to: m it may change, i it may not, ? something, but nothing outside of the
 * packet.
 */
static const struct {
    sao_ipsec_mode mode;
    uint8_t ip_version, kind;
    bool esn;
    const char *headers, *map;
} samples[] = {
    {SAO_IPSEC_TUNNEL, 4, 0, false, "", ""},
    {SAO_IPSEC_TUNNEL, 6, 0, true, "", ""},
    {SAO_IPSEC_TRANSPORT, 4, 0, true, "", ""},
    {SAO_IPSEC_TRANSPORT, 6, 0, false, "", ""},
    {SAO_IPSEC_TRANSPORT, 4, 0, false,
     "94040000 44080500 12345678 01 820399 0709080a000001 0000 00ffff",
     "??ii"
     "??mmmmmm"
     "?"
     "??i"
     "??mmmmmmm"
     "?ii"},
    {SAO_IPSEC_TRANSPORT, 6, 0, true, "fd02 3e04a1b2c3d4 1e03aabbcc 00 0106010203040506 3e00",
     "??"
     "??mmmm"
     "??iii"
     "?"
     "??iiiiii"
     "??"},
    {SAO_IPSEC_TRANSPORT, 6, 43, false, "fd020200 00000000 20010db8000000000000000000000001",
     "??"
     "iiiiii"
     "iiiiiiiiiiiiiiii"},
};
#define SAMPLES (sizeof samples / sizeof samples[0])

typedef struct sample {
    test_sa made;
    uint8_t packet[TEST_PACKET_MAX];
    size_t length;
    size_t fixed; /* bytes of the IP header without options */
    size_t ah;    /* offset of the AH header */
} sample;

static void sample_make(sample *of, size_t number, bool wildcard)
{
    uint8_t version = samples[number].ip_version;

    of->made = make(samples[number].mode, version, samples[number].esn, wildcard);
    of->fixed = version == 4 ? 20 : 40;
    of->ah = of->fixed + strlen(samples[number].map);
    if (samples[number].map[0] != '\0')
        of->length =
            packet_with(of->packet, version, samples[number].kind, samples[number].headers);
    else
        of->length = test_ip_packet(of->packet, version, 33);
    assert_int_equal(
        sao_ipsec_protect(&of->made.sa, 77, NULL, of->packet, &of->length, sizeof of->packet),
        NDIS_STATUS_SUCCESS);
    assert_int_equal(open_copy(&of->made.sa, 0, of->packet, of->length), CRYPTO_SUCCESS);
}

static uint16_t auth_failed(const sao_ipsec_sa *sa)
{
    return sa->mode == SAO_IPSEC_TUNNEL ? CRYPTO_TUNNEL_AH_AUTH_FAILED
                                        : CRYPTO_TRANSPORT_AH_AUTH_FAILED;
}

static void refuses_every_truncation(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        sample of;

        sample_make(&of, i, false);
        for (size_t length = 0; length < of.length; length++)
            assert_int_equal(open_copy(&of.made.sa, 0, of.packet, length),
                             CRYPTO_INVALID_PACKET_SYNTAX);
        test_sa_free(&of.made);
    }
}

static void refuses_every_lie_about_the_length(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        sample of;
        size_t minimum;

        sample_make(&of, i, false);
        minimum = of.ah + (of.fixed == 20 ? 28 : 32);
        for (size_t length = of.ah; length < of.length; length++) {
            size_t stated = of.fixed == 20 ? length : length - 40;

            of.packet[of.fixed == 20 ? 2 : 4] = (uint8_t)(stated >> 8);
            of.packet[of.fixed == 20 ? 3 : 5] = (uint8_t)stated;
            assert_int_equal(open_copy(&of.made.sa, 0, of.packet, length),
                             length < minimum ? CRYPTO_INVALID_PACKET_SYNTAX
                                              : auth_failed(&of.made.sa));
        }
        test_sa_free(&of.made);
    }
}

/*
 * Over IPv4 Linux pads AH to 8 bytes: four more, behind the ICV and covered by it. With another
 * byte wrong it is the length that counts as wrong: RFC 4302 section 3.3.3.2.1 wants none.
 */
static void accepts_more_padding_over_ipv4(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        sao_ipsec_mode mode = i == 0 ? SAO_IPSEC_TRANSPORT : SAO_IPSEC_TUNNEL;
        test_sa made = make(mode, 4, false, false);
        uint8_t plain[TEST_PACKET_MAX], packet[TEST_PACKET_MAX];
        size_t plain_length = test_ip_packet(plain, 4, 33), length = plain_length;
        sao_ipsec_result result;

        memcpy(packet, plain, plain_length);
        assert_int_equal(sao_ipsec_frame(&made.sa, 1, packet, &length, sizeof packet),
                         NDIS_STATUS_SUCCESS);
        memmove(packet + 52, packet + 48, length - 48);
        memset(packet + 48, 0xA5, 4);
        packet[21]++;
        packet[3] = (uint8_t)(length += 4);
        test_ipv4_checksum(packet);
        assert_int_equal(sao_ipsec_seal(&made.sa, 0, NULL, packet, length), NDIS_STATUS_SUCCESS);
        for (size_t byte = 24; byte < length; byte++) {
            packet[byte] ^= 1;
            assert_int_equal(open_copy(&made.sa, 0, packet, length),
                             byte < 28 ? CRYPTO_INVALID_PROTOCOL
                             : i == 0  ? CRYPTO_TRANSPORT_AH_AUTH_FAILED
                                       : CRYPTO_TUNNEL_AH_AUTH_FAILED);
            packet[byte] ^= 1;
        }
        assert_int_equal(sao_ipsec_unprotect(&made.sa, 0, packet, &length, &result),
                         NDIS_STATUS_SUCCESS);
        assert_int_equal(length, plain_length);
        assert_memory_equal(packet, plain, length);
        test_sa_free(&made);
    }
}

/* Of what its provider cannot authenticate nobody can say that the ICV is wrong. */
static void tells_a_long_packet_from_a_forged_one(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        test_sa made =
            make((i & 1) != 0 ? SAO_IPSEC_TUNNEL : SAO_IPSEC_TRANSPORT, 6, (i & 2) != 0, false);
        sao_crypto_provider limited = *made.sa.provider;
        uint8_t packet[TEST_PACKET_MAX];
        size_t length = test_ip_packet(packet, 6, 100);

        assert_int_equal(sao_ipsec_protect(&made.sa, 1, NULL, packet, &length, sizeof packet),
                         NDIS_STATUS_SUCCESS);
        made.sa.provider = &limited;
        limited.longest_hmac = length + (made.sa.esn ? 4 : 0);
        assert_int_equal(open_copy(&made.sa, 0, packet, length), CRYPTO_SUCCESS);
        limited.longest_hmac--;
        assert_int_equal(open_copy(&made.sa, 0, packet, length), CRYPTO_GENERIC_ERROR);
        packet[length - 1] ^= 1;
        assert_int_equal(open_copy(&made.sa, 0, packet, length), CRYPTO_GENERIC_ERROR);
        test_sa_free(&made);
    }
}

/* AES-GMAC is no HMAC. The null provider has it on every machine. */
static void the_limit_is_of_hmacs_only(void **state)
{
    static const uint8_t key[20], iv[8] = {1};
    sao_crypto_provider limited = *sao_crypto_null();
    sao_ipsec_params params = test_params(&test_ciphers[2], SAO_IPSEC_TUNNEL, 4);
    uint8_t packet[TEST_PACKET_MAX];
    size_t length = test_ip_packet(packet, 4, 100);
    test_sa made;

    (void)state;
    params.protocol = SAO_PROTOCOL_AH;
    params.authentication = IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_128;
    params.authentication_key = key;
    params.authentication_key_length = sizeof key;
    limited.longest_hmac = 1;
    made.context = malloc(limited.context_size);
    assert_non_null(made.context);
    assert_int_equal(sao_ipsec_sa_init(&made.sa, &params, &limited, made.context),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_ipsec_protect(&made.sa, 1, iv, packet, &length, sizeof packet),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(open_copy(&made.sa, 0, packet, length), CRYPTO_SUCCESS);
    test_sa_free(&made);
}

/* AH authenticates its own length field, but all values but one are wrong before. */
static void refuses_every_other_header_length(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        sample of;
        uint8_t good;

        sample_make(&of, i, false);
        good = of.packet[of.ah + 1];
        for (unsigned words = 0; words < 256; words++) {
            of.packet[of.ah + 1] = (uint8_t)words;
            assert_int_equal(open_copy(&of.made.sa, 0, of.packet, of.length),
                             words == good ? CRYPTO_SUCCESS : CRYPTO_INVALID_PACKET_SYNTAX);
        }
        test_sa_free(&of.made);
    }
}

#define SET(status) (1u << (status))
#define ANY 0xFFu

/* What one wrong bit in the fixed IP header comes to: a set of statuses. */
static unsigned expect_ip(const sao_ipsec_sa *sa, size_t byte, unsigned bit)
{
    const unsigned lost = SET(CRYPTO_INVALID_PROTOCOL), syntax = SET(CRYPTO_INVALID_PACKET_SYNTAX);
    const unsigned wrong = SET(auth_failed(sa));
    bool any_address = sa->source.bytes[0] == 0;

    if (byte == 0 && (bit >= 4 || sa->ip_version == 4))
        return lost | syntax | wrong; /* another version, or the headers end elsewhere */
    if (sa->ip_version == 4) {
        if (byte == 2 || byte == 3)
            return syntax | wrong;
        if (byte == 4 || byte == 5)
            return wrong;
        if (byte == 6 ? bit < 6 : byte == 7)
            return lost; /* a fragment (FRAG-1) */
        if (byte >= 12)
            return any_address ? wrong : lost;
        return byte == 9 ? lost : SET(CRYPTO_SUCCESS);
    }
    if (byte == 4 || byte == 5)
        return syntax | wrong;
    if (byte == 6)
        return lost | syntax;
    if (byte >= 8)
        return any_address ? wrong : lost;
    return SET(CRYPTO_SUCCESS);
}

static unsigned expect_bit(const sample *of, size_t number, size_t byte, unsigned bit)
{
    const sao_ipsec_sa *sa = &of->made.sa;

    if (byte < of->fixed)
        return expect_ip(sa, byte, bit);
    if (byte < of->ah) {
        char kind = samples[number].map[byte - of->fixed];

        return kind == 'm' ? SET(CRYPTO_SUCCESS) : kind == 'i' ? SET(auth_failed(sa)) : ANY;
    }
    if (byte == of->ah + 1)
        return SET(CRYPTO_INVALID_PACKET_SYNTAX);
    if (byte >= of->ah + 4 && byte < of->ah + 8)
        return SET(CRYPTO_INVALID_PROTOCOL); /* another SPI */
    return SET(auth_failed(sa));
}

static void knows_what_each_bit_may_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES * 2; i++) {
        size_t number = i / 2;
        sample of;

        sample_make(&of, number, i % 2 == 1 && samples[number].mode == SAO_IPSEC_TRANSPORT);
        for (size_t n = 0; n < of.length * 8; n++) {
            size_t byte = n / 8;
            unsigned bit = n % 8;
            uint16_t got;

            of.packet[byte] ^= (uint8_t)(1u << bit);
            got = open_copy(&of.made.sa, 0, of.packet, of.length);
            if ((SET(got) & expect_bit(&of, number, byte, bit)) == 0)
                fail_msg("sample %zu, byte %zu, bit %u: status %u", number, byte, bit, got);
            of.packet[byte] ^= (uint8_t)(1u << bit);
        }
        test_sa_free(&of.made);
    }
}

/* ---- sequence numbers, modes, other packets -------------------------------------------- */

/* RFC 4302 appendix B: the high half is inferred, and authenticated behind the payload. */
static void authenticates_the_high_half(void **state)
{
    test_sa made = make(SAO_IPSEC_TUNNEL, 4, true, false);
    uint8_t packet[TEST_PACKET_MAX];
    size_t length = test_ip_packet(packet, 4, 20);
    sao_ipsec_result result;

    (void)state;
    assert_int_equal(
        sao_ipsec_protect(&made.sa, UINT64_C(0x100000005), NULL, packet, &length, sizeof packet),
        NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_ipsec_open(&made.sa, 0xFFFFFFF0u, packet, length, &result),
                     CRYPTO_SUCCESS);
    assert_true(result.sequence == UINT64_C(0x100000005));
    assert_int_equal(result.next_header, SAO_PROTOCOL_IPV4);
    assert_int_equal(sao_ipsec_open(&made.sa, 5, packet, length, &result),
                     CRYPTO_TUNNEL_AH_AUTH_FAILED);
    assert_true(result.sequence == 5);
    test_sa_free(&made);
}

static void is_not_for_other_packets(void **state)
{
    test_sa ah = make(SAO_IPSEC_TUNNEL, 4, false, false);
    sao_ipsec_params params = test_params(&test_ciphers[2], SAO_IPSEC_TUNNEL, 4);
    test_sa esp = test_sa_make(&params);
    uint8_t packet[TEST_PACKET_MAX];
    size_t length = test_ip_packet(packet, 4, 30);

    (void)state;
    assert_int_equal(open_copy(&ah.sa, 0, packet, length), CRYPTO_INVALID_PROTOCOL);
    assert_int_equal(sao_ipsec_seal(&ah.sa, 0, NULL, packet, length), NDIS_STATUS_INVALID_DATA);
    assert_int_equal(sao_ipsec_strip(&ah.sa, packet, &length), NDIS_STATUS_INVALID_DATA);
    assert_int_equal(sao_ipsec_protect(&esp.sa, 1, NULL, packet, &length, sizeof packet),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(open_copy(&ah.sa, 0, packet, length), CRYPTO_INVALID_PROTOCOL);
    length = test_ip_packet(packet, 4, 30);
    assert_int_equal(sao_ipsec_protect(&ah.sa, 1, NULL, packet, &length, sizeof packet),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(open_copy(&esp.sa, 0, packet, length), CRYPTO_INVALID_PROTOCOL);
    packet[0] = 0x55;
    assert_int_equal(open_copy(&ah.sa, 0, packet, length), CRYPTO_INVALID_PROTOCOL);
    test_sa_free(&ah);
    test_sa_free(&esp);
}

/* Stripping believes only what it checks: a tunnel carries IP, and whole packets. */
static void strips_no_nonsense(void **state)
{
    test_sa transport = make(SAO_IPSEC_TRANSPORT, 4, false, false);
    test_sa tunnel = make(SAO_IPSEC_TUNNEL, 4, false, false);
    uint8_t packet[TEST_PACKET_MAX];
    size_t length = test_ip_packet(packet, 4, 0);

    (void)state;
    assert_int_equal(sao_ipsec_frame(&transport.sa, 1, packet, &length, sizeof packet),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_ipsec_strip(&tunnel.sa, packet, &length), NDIS_STATUS_INVALID_DATA);
    packet[20] = SAO_PROTOCOL_IPV4; /* of no bytes */
    assert_int_equal(sao_ipsec_strip(&tunnel.sa, packet, &length), NDIS_STATUS_INVALID_DATA);
    assert_int_equal(sao_ipsec_strip(&transport.sa, packet, &length), NDIS_STATUS_SUCCESS);
    assert_int_equal(length, 20);
    test_sa_free(&transport);
    test_sa_free(&tunnel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_known_packets),
        cmocka_unit_test(follows_an_ipv6_route),
        cmocka_unit_test(follows_a_longer_route),
        cmocka_unit_test(follows_an_ipv4_route),
        cmocka_unit_test(refuses_headers_that_make_no_sense),
        cmocka_unit_test(seals_and_opens_no_spoilt_headers),
        cmocka_unit_test(has_a_limit_of_headers),
        cmocka_unit_test(opens_no_more_headers_than_that),
        cmocka_unit_test(refuses_every_truncation),
        cmocka_unit_test(refuses_every_lie_about_the_length),
        cmocka_unit_test(accepts_more_padding_over_ipv4),
        cmocka_unit_test(tells_a_long_packet_from_a_forged_one),
        cmocka_unit_test(the_limit_is_of_hmacs_only),
        cmocka_unit_test(refuses_every_other_header_length),
        cmocka_unit_test(knows_what_each_bit_may_do),
        cmocka_unit_test(authenticates_the_high_half),
        cmocka_unit_test(is_not_for_other_packets),
        cmocka_unit_test(strips_no_nonsense),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
