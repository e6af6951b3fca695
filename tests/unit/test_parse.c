// SPDX-License-Identifier: BSD-2-Clause
/* What a packet shows to the adapter, and that no bytes at all can lead the parser astray. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/packets.h"

#define IPV4_ADDRESSES "c0000201 c6336402"
#define IPV6_ADDRESSES "20010db8000000000000000000000001 20010db8000000000000000000000002"
#define ESP "11223344 00000007 aaaaaaaa aaaaaaaa aaaaaaaa"                      /* 20 bytes */
#define AH_TO(next) next "04 0000 55667788 00000009 bbbbbbbb bbbbbbbb bbbbbbbb" /* 24 bytes */

/* Headers, up to the addresses; lengths and protocols are hexadecimal digits. */
#define IPV4(length, fragment, protocol)                                                           \
    "4500" length "1234" fragment "40" protocol "0000" IPV4_ADDRESSES
#define IPV6(payload, next) "60000000" payload next "40" IPV6_ADDRESSES

/* Parses from memory of exactly that size, so that a sanitizer sees a read past the end. */
static sao_parse parse_exactly(sao_parse (*parse)(const uint8_t *, size_t, sao_packet_info *),
                               const uint8_t *bytes, size_t length, sao_packet_info *info)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);
    sao_parse result;

    assert_non_null(copy);
    memcpy(copy, bytes, length);
    result = parse(copy, length, info);
    assert_memory_equal(copy, bytes, length);
    /* The quick look misses nothing. */
    if (parse == sao_packet_parse && !sao_packet_may_be_ipsec(copy, length) &&
        result == SAO_PARSE_OK)
        assert_int_equal(info->header_count, 0);
    free(copy);
    return result;
}

static sao_parse parse_hex(const char *hex, sao_packet_info *info)
{
    uint8_t bytes[TEST_PACKET_MAX];
    size_t length = test_hex(bytes, sizeof bytes, hex);

    return parse_exactly(sao_packet_parse, bytes, length, info);
}

typedef struct expectation {
    const char *what;
    const char *hex;
    uint8_t version;
    uint8_t header_count;
    uint8_t protocol[2];
    uint32_t spi[2]; /* as numbers */
    uint16_t ipsec_offset;
    uint32_t ip_length;
    bool fragment, options, extensions, udp;
} expectation;

static const expectation expectations[] = {
    {.what = "no IPsec",
     .hex = IPV4("0018", "0000", "06") "01020304",
     .version = 4,
     .ip_length = 24},
    {.what = "nothing but a header",
     .hex = IPV4("0014", "4000", "06"),
     .version = 4,
     .ip_length = 20},
    {.what = "bytes behind the packet",
     .hex = IPV4("0018", "0000", "06") "01020304 0000 0000",
     .version = 4,
     .ip_length = 24},
    {.what = "ESP",
     .hex = IPV4("0028", "0000", "32") ESP,
     .version = 4,
     .header_count = 1,
     .protocol = {50},
     .spi = {0x11223344},
     .ipsec_offset = 20,
     .ip_length = 40},
    {.what = "ESP of the least size",
     .hex = IPV4("001c", "0000", "32") "11223344 00000001",
     .version = 4,
     .header_count = 1,
     .protocol = {50},
     .spi = {0x11223344},
     .ipsec_offset = 20,
     .ip_length = 28},
    {.what = "options, ESP",
     .hex = "4700 0030 1234 0000 40 32 0000" IPV4_ADDRESSES "01010101 01010100" ESP,
     .version = 4,
     .header_count = 1,
     .protocol = {50},
     .spi = {0x11223344},
     .ipsec_offset = 28,
     .ip_length = 48,
     .options = true},
    {.what = "AH",
     .hex = IPV4("0030", "0000", "33") AH_TO("06") "01020304",
     .version = 4,
     .header_count = 1,
     .protocol = {51},
     .spi = {0x55667788},
     .ipsec_offset = 20,
     .ip_length = 48},
    {.what = "AH, and ESP that is cut short",
     .hex = IPV4("0030", "0000", "33") AH_TO("32") "11223344",
     .version = 4,
     .header_count = 1,
     .protocol = {51},
     .spi = {0x55667788},
     .ipsec_offset = 20,
     .ip_length = 48},
    {.what = "AH, and another that is cut short",
     .hex = IPV4("0034", "0000", "33") AH_TO("33") "06040000 11223344",
     .version = 4,
     .header_count = 1,
     .protocol = {51},
     .spi = {0x55667788},
     .ipsec_offset = 20,
     .ip_length = 52},
    {.what = "AH, and options that are cut short",
     .hex = IPV6("0020", "33") AH_TO("3c") "32010000 00000000",
     .version = 6,
     .header_count = 1,
     .protocol = {51},
     .spi = {0x55667788},
     .ipsec_offset = 40,
     .ip_length = 72},
    {.what = "AH, and what calls itself a fragment",
     .hex = IPV6("0034", "33") AH_TO("2c") "32000008 00000001" ESP,
     .version = 6,
     .header_count = 1,
     .protocol = {51},
     .spi = {0x55667788},
     .ipsec_offset = 40,
     .ip_length = 92,
     .extensions = true},
    {.what = "AH, ESP (ADD-5)",
     .hex = IPV4("0040", "0000", "33") AH_TO("32") ESP,
     .version = 4,
     .header_count = 2,
     .protocol = {51, 50},
     .spi = {0x55667788, 0x11223344},
     .ipsec_offset = 20,
     .ip_length = 64},
    {.what = "AH, AH, ESP: two are shown",
     .hex = IPV4("0058", "0000", "33") AH_TO("33") AH_TO("32") ESP,
     .version = 4,
     .header_count = 2,
     .protocol = {51, 51},
     .spi = {0x55667788, 0x55667788},
     .ipsec_offset = 20,
     .ip_length = 88},
    {.what = "AH, AH, AH: there is no room for the third",
     .hex = IPV4("005c", "0000", "33") AH_TO("33") AH_TO("33") AH_TO("06"),
     .version = 4,
     .header_count = 2,
     .protocol = {51, 51},
     .spi = {0x55667788, 0x55667788},
     .ipsec_offset = 20,
     .ip_length = 92},
    {.what = "first fragment (FRAG-1)",
     .hex = IPV4("0028", "2000", "32") ESP,
     .version = 4,
     .ip_length = 40,
     .fragment = true},
    {.what = "last fragment (FRAG-1)",
     .hex = IPV4("0028", "0001", "32") ESP,
     .version = 4,
     .ip_length = 40,
     .fragment = true},
    {.what = "IPv6", .hex = IPV6("0004", "06") "01020304", .version = 6, .ip_length = 44},
    {.what = "IPv6, ESP",
     .hex = IPV6("0014", "32") ESP,
     .version = 6,
     .header_count = 1,
     .protocol = {50},
     .spi = {0x11223344},
     .ipsec_offset = 40,
     .ip_length = 60},
    {.what = "hop-by-hop, destination, routing, destination, ESP",
     .hex = IPV6("003c", "00") "3c00 0104 00000000 2b00 0104 00000000"
                               "3c01 0000 00000000 00000000 00000000 3200 0104 00000000" ESP,
     .version = 6,
     .header_count = 1,
     .protocol = {50},
     .spi = {0x11223344},
     .ipsec_offset = 80,
     .ip_length = 100,
     .extensions = true},
    {.what = "IPv6, AH, destination options, ESP",
     .hex = IPV6("0034", "33") AH_TO("3c") "3200 0104 00000000" ESP,
     .version = 6,
     .header_count = 2,
     .protocol = {51, 50},
     .spi = {0x55667788, 0x11223344},
     .ipsec_offset = 40,
     .ip_length = 92,
     .extensions = true},
    {.what = "IPv6 fragment (FRAG-1)",
     .hex = IPV6("001c", "2c") "3200 0009 00000001" ESP,
     .version = 6,
     .ip_length = 68,
     .fragment = true,
     .extensions = true},
    {.what = "IPv6 fragment that is whole (FRAG-1)",
     .hex = IPV6("001c", "2c") "3200 0000 00000001" ESP,
     .version = 6,
     .ip_length = 68,
     .fragment = true,
     .extensions = true},
    {.what = "an IPv4 protocol number that IPv6 uses for an extension",
     .hex = IPV4("0028", "0000", "3c") ESP,
     .version = 4,
     .ip_length = 40},
    {.what = "ESP in UDP, to 4500",
     .hex = IPV4("0030", "0000", "11") "c001 1194 001c 0000" ESP,
     .version = 4,
     .header_count = 1,
     .protocol = {50},
     .spi = {0x11223344},
     .ipsec_offset = 28,
     .ip_length = 48,
     .udp = true},
    {.what = "ESP in UDP, from 4500, IPv6",
     .hex = IPV6("001c", "11") "1194 c001 001c 0000" ESP,
     .version = 6,
     .header_count = 1,
     .protocol = {50},
     .spi = {0x11223344},
     .ipsec_offset = 48,
     .ip_length = 68,
     .udp = true},
    {.what = "other UDP",
     .hex = IPV4("0030", "0000", "11") "c001 1195 001c 0000" ESP,
     .version = 4,
     .ip_length = 48},
    {.what = "IKE (UDP-1)",
     .hex = IPV4("0030", "0000", "11") "1194 1194 001c 0000 00000000 22334455 66778899 aabbccdd"
                                       "eeff0011",
     .version = 4,
     .ip_length = 48},
    {.what = "NAT keepalive (UDP-1)",
     .hex = IPV4("001d", "0000", "11") "1194 1194 0009 0000 ff",
     .version = 4,
     .ip_length = 29},
    {.what = "too short for ESP in UDP",
     .hex = IPV4("0023", "0000", "11") "1194 1194 000f 0000 11223344 000000",
     .version = 4,
     .ip_length = 35},
    {.what = "UDP that states less",
     .hex = IPV4("0030", "0000", "11") "c001 1194 000f 0000" ESP,
     .version = 4,
     .ip_length = 48},
    {.what = "UDP that states more",
     .hex = IPV4("0030", "0000", "11") "c001 1194 001d 0000" ESP,
     .version = 4,
     .ip_length = 48},
    {.what = "a UDP header cut short",
     .hex = IPV4("0018", "0000", "11") "c001 1194",
     .version = 4,
     .ip_length = 24},
    {.what = "ESP in UDP behind AH is not UDP encapsulation",
     .hex = IPV4("0048", "0000", "33") AH_TO("11") "c001 1194 001c 0000" ESP,
     .version = 4,
     .header_count = 1,
     .protocol = {51},
     .spi = {0x55667788},
     .ipsec_offset = 20,
     .ip_length = 72},
};

static uint32_t spi_number(uint32_t spi)
{
    const uint8_t *at = (const uint8_t *)&spi;

    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void describes_packets(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof expectations / sizeof expectations[0]; i++) {
        const expectation *want = &expectations[i];
        sao_packet_info info;

        print_message("%s\n", want->what);
        memset(&info, 0xEE, sizeof info);
        assert_int_equal(parse_hex(want->hex, &info), SAO_PARSE_OK);
        assert_int_equal(info.ip_version, want->version);
        assert_int_equal(info.header_count, want->header_count);
        for (int n = 0; n < SAO_PACKET_HEADERS_MAX; n++) {
            assert_int_equal(info.protocol[n], want->protocol[n]);
            assert_int_equal(spi_number(info.spi[n]), want->spi[n]);
        }
        assert_int_equal(info.ipsec_offset, want->ipsec_offset);
        assert_int_equal(info.ip_length, want->ip_length);
        assert_int_equal(info.fragment, want->fragment);
        assert_int_equal(info.ipv4_options, want->options);
        assert_int_equal(info.ipv6_extensions, want->extensions);
        assert_int_equal(info.udp_encapsulated, want->udp);
        assert_int_equal(info.ip_offset, 0);
        assert_int_equal(info.encapsulation, NDIS_ENCAPSULATION_NULL);
    }
}

static void reads_addresses(void **state)
{
    static const uint8_t source4[16] = {0xc0, 0, 2, 1};
    static const uint8_t destination4[16] = {0xc6, 0x33, 0x64, 2};
    static const uint8_t source6[16] = {0x20, 1, 0xd, 0xb8, [15] = 1};
    static const uint8_t destination6[16] = {0x20, 1, 0xd, 0xb8, [15] = 2};
    sao_packet_info info;

    (void)state;
    memset(&info, 0xEE, sizeof info);
    assert_int_equal(parse_hex(IPV4("0014", "0000", "06"), &info), SAO_PARSE_OK);
    assert_memory_equal(info.source.bytes, source4, 16);
    assert_memory_equal(info.destination.bytes, destination4, 16);
    assert_int_equal(parse_hex(IPV6("0000", "3b"), &info), SAO_PARSE_OK);
    assert_memory_equal(info.source.bytes, source6, 16);
    assert_memory_equal(info.destination.bytes, destination6, 16);
}

typedef struct refusal {
    const char *what;
    const char *hex;
    sao_parse result;
} refusal;

static const refusal refusals[] = {
    {"nothing", "", SAO_PARSE_TRUNCATED},
    {"version 5", "55000014", SAO_PARSE_NOT_IP},
    {"version 0", "00000000", SAO_PARSE_NOT_IP},
    {"a header of 16 bytes", "4400 0018 1234 0000 40 32 0000" IPV4_ADDRESSES "00000000",
     SAO_PARSE_MALFORMED},
    {"stated length below the header's", IPV4("0013", "0000", "06"), SAO_PARSE_MALFORMED},
    {"stated length zero", IPV4("0000", "0000", "06"), SAO_PARSE_MALFORMED},
    {"stated length beyond the bytes", IPV4("0015", "0000", "06"), SAO_PARSE_TRUNCATED},
    {"options beyond the stated length", "4f00 0018 1234 0000 40 06 0000" IPV4_ADDRESSES "00000000",
     SAO_PARSE_MALFORMED},
    {"ESP of 7 bytes", IPV4("001b", "0000", "32") "11223344 000000", SAO_PARSE_MALFORMED},
    {"AH of 11 bytes", IPV4("001f", "0000", "33") "06010000 55667788 000000", SAO_PARSE_MALFORMED},
    {"AH that states 8 bytes", IPV4("0020", "0000", "33") "06000000 55667788 00000009",
     SAO_PARSE_MALFORMED},
    {"AH that states more than there is", IPV4("0020", "0000", "33") "06020000 55667788 00000009",
     SAO_PARSE_MALFORMED},
    {"IPv6 length beyond the bytes", IPV6("0001", "06"), SAO_PARSE_TRUNCATED},
    {"extension header beyond the packet", IPV6("0007", "00") "3b000000 000000",
     SAO_PARSE_MALFORMED},
    {"extension header that states more", IPV6("0008", "00") "3b010000 00000000",
     SAO_PARSE_MALFORMED},
    {"extension header that is not there", IPV6("0000", "3c"), SAO_PARSE_MALFORMED},
    {"fragment header that is not there", IPV6("0000", "2c"), SAO_PARSE_MALFORMED},
    {"fragment header cut short", IPV6("0004", "2c") "3b000000", SAO_PARSE_MALFORMED},
    {"jumbogram", IPV6("0000", "00") "3b00c204 00010000", SAO_PARSE_MALFORMED},
};

static void refuses_lengths_that_lie(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        sao_packet_info info, before;

        print_message("%s\n", refusals[i].what);
        memset(&info, 0xEE, sizeof info);
        before = info;
        assert_int_equal(parse_hex(refusals[i].hex, &info), refusals[i].result);
        assert_memory_equal(&info, &before, sizeof info);
    }
}

/* Every truncation of every good packet is seen as one. */
static void refuses_every_truncation(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof expectations / sizeof expectations[0]; i++) {
        uint8_t bytes[TEST_PACKET_MAX];
        sao_packet_info info;

        test_hex(bytes, sizeof bytes, expectations[i].hex);
        for (size_t length = 0; length < expectations[i].ip_length; length++)
            assert_int_equal(parse_exactly(sao_packet_parse, bytes, length, &info),
                             SAO_PARSE_TRUNCATED);
    }
}

#define MACS "020000000002 020000000001"

typedef struct frame {
    const char *what;
    const char *hex;
    sao_parse result;
    uint16_t ip_offset;
    uint32_t encapsulation;
} frame;

static const frame frames[] = {
    {"plain", MACS "0800" IPV4("0028", "0000", "32") ESP, SAO_PARSE_OK, 14,
     NDIS_ENCAPSULATION_IEEE_802_3},
    {"plain, padded", MACS "0800" IPV4("0028", "0000", "32") ESP "000000000000", SAO_PARSE_OK, 14,
     NDIS_ENCAPSULATION_IEEE_802_3},
    {"IPv6", MACS "86dd" IPV6("0014", "32") ESP, SAO_PARSE_OK, 14, NDIS_ENCAPSULATION_IEEE_802_3},
    {"VLAN", MACS "8100 0064 0800" IPV4("0028", "0000", "32") ESP, SAO_PARSE_OK, 18,
     NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q},
    {"VLAN in VLAN", MACS "88a8 0065 8100 0064 86dd" IPV6("0014", "32") ESP, SAO_PARSE_OK, 22,
     NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q},
    {"three VLANs", MACS "8100 0001 8100 0002 8100 0003 0800" IPV4("0014", "0000", "06"),
     SAO_PARSE_NOT_IP, 0, 0},
    {"ARP", MACS "0806 0001 0800 0604", SAO_PARSE_NOT_IP, 0, 0},
    {"802.3 length", MACS "0026 aaaa 03000000 0800", SAO_PARSE_NOT_IP, 0, 0},
    {"IPv6 called IPv4", MACS "0800" IPV6("0000", "3b"), SAO_PARSE_NOT_IP, 0, 0},
    {"IPv4 called IPv6", MACS "86dd" IPV4("0014", "0000", "06"), SAO_PARSE_NOT_IP, 0, 0},
    {"no type", MACS "08", SAO_PARSE_TRUNCATED, 0, 0},
    {"half a tag", MACS "8100 0064 08", SAO_PARSE_TRUNCATED, 0, 0},
    {"nothing behind the type", MACS "0800", SAO_PARSE_TRUNCATED, 0, 0},
    {"lengths that contradict", MACS "0800" IPV4("0013", "0000", "06"), SAO_PARSE_MALFORMED, 0, 0},
};

static void describes_frames(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        uint8_t bytes[TEST_PACKET_MAX];
        size_t length = test_hex(bytes, sizeof bytes, frames[i].hex);
        sao_packet_info info, before;

        print_message("%s\n", frames[i].what);
        memset(&info, 0xEE, sizeof info);
        before = info;
        assert_int_equal(parse_exactly(sao_frame_parse, bytes, length, &info), frames[i].result);
        if (frames[i].result == SAO_PARSE_OK) {
            assert_int_equal(info.ip_offset, frames[i].ip_offset);
            assert_int_equal(info.encapsulation, frames[i].encapsulation);
            assert_int_equal(info.header_count, 1);
        } else {
            assert_memory_equal(&info, &before, sizeof info);
        }
    }
}

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* Whatever the bytes: what is described lies inside of them. */
/* Extension headers can push ESP beyond 64 KiB from the IP header. */
static void finds_esp_far_away(void **state)
{
    static const uint32_t headers = 32; /* of 2048 bytes each */
    uint32_t length = 40 + headers * 2048 - 16 + 8;
    uint8_t *packet = calloc(1, length);
    sao_packet_info info;
    uint32_t at = 40;

    (void)state;
    assert_non_null(packet);
    packet[0] = 0x60;
    packet[4] = (uint8_t)((length - 40) >> 8);
    packet[5] = (uint8_t)(length - 40);
    packet[6] = 60;
    for (uint32_t i = 0; i < headers; i++) {
        uint32_t units = i + 1 < headers ? 255 : 253; /* the last one makes it fit */

        packet[at] = i + 1 < headers ? 60 : 50;
        packet[at + 1] = (uint8_t)units;
        at += (units + 1) * 8;
    }
    packet[at + 3] = 7; /* SPI */
    assert_int_equal(at + 8, length);
    assert_int_equal(sao_packet_parse(packet, length, &info), SAO_PARSE_OK);
    assert_int_equal(info.header_count, 1);
    assert_int_equal(info.ipsec_offset, at);
    assert_true(info.ipsec_offset > UINT16_MAX);
    free(packet);
}

static void survives_damage(void **state)
{
    uint32_t seed = 20240611;

    (void)state;
    for (int round = 0; round < 50000; round++) {
        const expectation *base =
            &expectations[next_random(&seed) % (sizeof expectations / sizeof expectations[0])];
        uint8_t bytes[TEST_PACKET_MAX];
        size_t length = test_hex(bytes, sizeof bytes, base->hex);
        sao_packet_info info;

        for (uint32_t damage = next_random(&seed) % 4; damage > 0; damage--)
            bytes[next_random(&seed) % length] = (uint8_t)next_random(&seed);
        if (parse_exactly(sao_packet_parse, bytes, length, &info) != SAO_PARSE_OK)
            continue;
        assert_in_range(info.ip_length, 20, length);
        assert_in_range(info.header_count, 0, info.fragment ? 0 : SAO_PACKET_HEADERS_MAX);
        if (info.header_count > 0)
            assert_in_range(info.ipsec_offset + 8u, 28, info.ip_length);
    }
}

static void names_results(void **state)
{
    (void)state;
    assert_string_equal(sao_parse_name(SAO_PARSE_OK), "ok");
    assert_string_equal(sao_parse_name(SAO_PARSE_NOT_IP), "not ip");
    assert_string_equal(sao_parse_name(SAO_PARSE_TRUNCATED), "truncated");
    assert_string_equal(sao_parse_name(SAO_PARSE_MALFORMED), "malformed");
    assert_string_equal(sao_parse_name((sao_parse)17), "unknown");
}

/* Plain ESP in a frame is read by a shorter way: packets around it come out the same by both. */
static void a_frame_is_read_as_its_packet(void **state)
{
    static const uint8_t ethernet[14] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
    uint32_t seed = 1, plain = 0;
    uint8_t base[TEST_PACKET_MAX];
    const size_t length = test_hex(base, sizeof base, IPV4("0028", "0000", "32") ESP);

    (void)state;
    for (int i = 0; i < 20000; i++) {
        const size_t kept =
            next_random(&seed) % 4 == 0 ? next_random(&seed) % (length + 1) : length;
        uint8_t *bytes = malloc(sizeof ethernet + kept);
        sao_packet_info by_frame, by_packet;
        sao_parse result;

        assert_non_null(bytes);
        memset(&by_frame, 0xEE, sizeof by_frame);
        memset(&by_packet, 0xEE, sizeof by_packet);
        memcpy(bytes, ethernet, sizeof ethernet);
        memcpy(bytes + sizeof ethernet, base, kept);
        for (uint32_t changes = next_random(&seed) % 3; changes > 0 && kept > 0; changes--) {
            const uint32_t at = next_random(&seed) % (uint32_t)(kept < 24 ? kept : 24);
            static const uint8_t likely[] = {0x45, 0x46, 0x44, 0x65, 0,  0x14, 0x1B, 0x1C,
                                             0x28, 0x29, 0x20, 0x40, 50, 51,   17,   6};

            bytes[sizeof ethernet + at] = likely[next_random(&seed) % sizeof likely];
        }
        result = sao_packet_parse(bytes + sizeof ethernet, kept, &by_packet);
        assert_int_equal(sao_frame_parse(bytes, sizeof ethernet + kept, &by_frame),
                         result == SAO_PARSE_OK && by_packet.ip_version != 4 ? SAO_PARSE_NOT_IP
                                                                             : result);
        if (result == SAO_PARSE_OK && by_packet.ip_version == 4) {
            assert_int_equal(by_frame.ip_offset, sizeof ethernet);
            assert_int_equal(by_frame.encapsulation, NDIS_ENCAPSULATION_IEEE_802_3);
            by_frame.ip_offset = 0;
            by_frame.encapsulation = NDIS_ENCAPSULATION_NULL;
            plain += by_frame.header_count;
        }
        if (result != SAO_PARSE_OK || by_packet.ip_version == 4)
            assert_memory_equal(&by_frame, &by_packet, sizeof by_frame);
        free(bytes);
    }
    assert_in_range(plain, 5000, 15000);
}

static bool may_be_ipsec(const char *hex)
{
    uint8_t bytes[TEST_PACKET_MAX], *exact;
    const size_t length = test_hex(bytes, sizeof bytes, hex);
    bool may;

    exact = malloc(length > 0 ? length : 1);
    assert_non_null(exact);
    memcpy(exact, bytes, length);
    may = sao_packet_may_be_ipsec(exact, length);
    free(exact);
    return may;
}

static void a_quick_look_tells_most_packets_from_ipsec(void **state)
{
    (void)state;
    assert_false(may_be_ipsec(""));
    assert_false(may_be_ipsec("45000014")); /* cut off */
    assert_false(may_be_ipsec(IPV4("0014", "0000", "06")));
    assert_true(may_be_ipsec(IPV4("0028", "0000", "32") ESP));
    assert_true(may_be_ipsec(IPV4("002c", "0000", "33") AH_TO("06")));
    assert_false(may_be_ipsec(IPV4("001c", "0000", "11") "1000 0035 0008 0000"));
    assert_true(may_be_ipsec(IPV4("001c", "0000", "11") "1194 0035 0008 0000"));
    assert_true(may_be_ipsec(IPV4("001c", "0000", "11") "0035 1194 0008 0000"));
    assert_false(may_be_ipsec(IPV4("0017", "0000", "11") "1194 00")); /* not both ports */
    assert_false(may_be_ipsec(IPV6("0000", "06")));
    assert_true(may_be_ipsec(IPV6("0014", "32") ESP));
    assert_true(may_be_ipsec(IPV6("0008", "00") "32 00 0000 00000000")); /* perhaps behind it */
    assert_true(may_be_ipsec(IPV6("0008", "11") "1000 0035 0008 0000"));
}

/* ---- trains ------------------------------------------------------------------------------ */

/* sao_frame_follows, of memory of exactly that size; nothing is written where it says false. */
static bool follows(const uint8_t *leader, const uint8_t *bytes, size_t length, uint32_t *ip_length)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);
    bool result;

    assert_non_null(copy);
    memcpy(copy, bytes, length);
    *ip_length = 0xEEEEEEEE;
    result = sao_frame_follows(leader, copy, length, ip_length);
    assert_true(result || *ip_length == 0xEEEEEEEE);
    free(copy);
    return result;
}

/* What follows is parsed to the same, but for the length; and not much else. */
static bool follows_rightly(const uint8_t *leader, const sao_packet_info *info,
                            const uint8_t *bytes, size_t length)
{
    sao_packet_info parsed;
    uint32_t ip_length;

    if (!follows(leader, bytes, length, &ip_length))
        return false;
    memset(&parsed, 0, sizeof parsed);
    assert_int_equal(parse_exactly(sao_frame_parse, bytes, length, &parsed), SAO_PARSE_OK);
    assert_int_equal(parsed.ip_length, ip_length);
    parsed.ip_length = info->ip_length;
    assert_memory_equal(&parsed, info, sizeof parsed);
    return true;
}

#define MAC(type) "020000000001 020000000002" type

/* Identification, all but the fragment's bits behind it, time to live, checksum, and what is no
 * header: these may differ. */
static bool may_differ(size_t at, uint8_t bit)
{
    return at < 12 || at == 15 || at == 18 || at == 19 || (at == 20 && bit >= 0x40) || at == 22 ||
           at == 24 || at == 25 || at >= 38;
}

static void a_frame_follows_another_of_the_same_flow(void **state)
{
    uint8_t leader[TEST_PACKET_MAX], bytes[TEST_PACKET_MAX];
    const size_t length =
        test_hex(leader, sizeof leader, MAC("0800") IPV4("0028", "4000", "32") ESP);
    sao_packet_info info;

    (void)state;
    memset(&info, 0, sizeof info);
    assert_int_equal(parse_exactly(sao_frame_parse, leader, length, &info), SAO_PARSE_OK);
    assert_true(sao_frame_leads(&info));
    for (size_t at = 0; at < length; at++) {
        for (uint32_t bit = 1; bit < 0x100; bit <<= 1) {
            memcpy(bytes, leader, length);
            bytes[at] ^= (uint8_t)bit;
            if (at == 16 || at == 17) /* the length: where it is a good one */
                (void)follows_rightly(leader, &info, bytes, length);
            else
                assert_int_equal(follows_rightly(leader, &info, bytes, length),
                                 may_differ(at, (uint8_t)bit));
        }
    }
    for (uint32_t stated = 0; stated < 0x100; stated++) {
        memcpy(bytes, leader, length);
        bytes[17] = (uint8_t)stated;
        assert_int_equal(follows_rightly(leader, &info, bytes, length),
                         stated >= 28 && stated <= length - 14);
    }
    for (size_t cut = 0; cut < length; cut++)
        assert_false(follows_rightly(leader, &info, leader, cut));
}

/* Nor does anything else, of which there may be fewer bytes than are compared. */
static void only_plain_esp_leads_a_train(void **state)
{
    static const char *const others[] = {
        MAC("0800") IPV4("0014", "0000", "06"),
        MAC("0800") IPV4("0028", "2000", "32") ESP,
        MAC("0800") IPV4("002c", "0000", "33") AH_TO("06"),
        MAC("0800") IPV4("0030", "0000", "11") "1194 1194 001c 0000" ESP,
        MAC("0800") "4600 002c 1234 0000 4032 0000" IPV4_ADDRESSES "01010101" ESP,
        MAC("86dd") IPV6("0014", "32") ESP,
        MAC("8100 0007 0800") IPV4("0028", "0000", "32") ESP,
    };

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        uint8_t bytes[TEST_PACKET_MAX];
        const size_t length = test_hex(bytes, sizeof bytes, others[i]);
        sao_packet_info info;

        assert_int_equal(parse_exactly(sao_frame_parse, bytes, length, &info), SAO_PARSE_OK);
        assert_false(sao_frame_leads(&info));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(describes_packets),
        cmocka_unit_test(reads_addresses),
        cmocka_unit_test(refuses_lengths_that_lie),
        cmocka_unit_test(refuses_every_truncation),
        cmocka_unit_test(describes_frames),
        cmocka_unit_test(finds_esp_far_away),
        cmocka_unit_test(a_quick_look_tells_most_packets_from_ipsec),
        cmocka_unit_test(a_frame_is_read_as_its_packet),
        cmocka_unit_test(a_frame_follows_another_of_the_same_flow),
        cmocka_unit_test(only_plain_esp_leads_a_train),
        cmocka_unit_test(survives_damage),
        cmocka_unit_test(names_results),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
