// SPDX-License-Identifier: BSD-2-Clause
/* Frames of every link type, cut and broken in every place, and what becomes of them. */
#include "cli/classify.h"

#include <pcap/dlt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ETHERNET = 14, IPV4 = 20, IPV6 = 40, PAYLOAD = 8 };

static size_t put_ipv4(uint8_t *bytes, uint8_t source, uint8_t destination)
{
    memset(bytes, 0, IPV4 + PAYLOAD);
    bytes[0] = 0x45;
    bytes[3] = IPV4 + PAYLOAD;
    bytes[8] = 64;
    bytes[9] = 17;
    memcpy(bytes + 12, (uint8_t[]){192, 0, 2, source}, 4);
    memcpy(bytes + 16, (uint8_t[]){192, 0, 2, destination}, 4);
    return IPV4 + PAYLOAD;
}

static size_t put_ipv6(uint8_t *bytes)
{
    memset(bytes, 0, IPV6 + PAYLOAD);
    bytes[0] = 0x60;
    bytes[5] = PAYLOAD;
    bytes[6] = 17;
    bytes[8] = 0x20;
    bytes[23] = 1;
    bytes[24] = 0x20;
    bytes[39] = 2;
    return IPV6 + PAYLOAD;
}

/* An Ethernet header with `tags` VLAN tags. */
static size_t put_ethernet(uint8_t *bytes, uint16_t type, const uint16_t *tags, size_t count)
{
    size_t n = 12;

    memset(bytes, 0x02, n);
    for (size_t i = 0; i < count; i++, n += 4)
        memcpy(bytes + n, (uint8_t[]){(uint8_t)(tags[i] >> 8), (uint8_t)tags[i], 0, 7}, 4);
    bytes[n++] = (uint8_t)(type >> 8);
    bytes[n++] = (uint8_t)type;
    return n;
}

/* Classifies a copy in a block of exactly that size, so that a sanitizer sees every step aside. */
static sao_bypass classify_cut(int link, const uint8_t *frame, size_t captured, size_t original,
                               sao_ip_packet *packet)
{
    uint8_t *copy = malloc(captured > 0 ? captured : 1);
    sao_bypass result;

    assert_non_null(copy);
    memcpy(copy, frame, captured);
    result = sao_classify(link, copy, captured, original, packet);
    if (result == SAO_BYPASS_NONE) {
        assert_true(packet->bytes >= copy);
        assert_true(packet->bytes + packet->length <= copy + captured);
    }
    free(copy);
    return result;
}

static sao_bypass classify(int link, const uint8_t *frame, size_t length)
{
    sao_ip_packet packet;

    return classify_cut(link, frame, length, length, &packet);
}

static void test_ethernet_packets_are_found(void **state)
{
    uint8_t frame[128];
    sao_ip_packet packet;
    size_t n = put_ethernet(frame, 0x0800, NULL, 0);
    size_t length = put_ipv4(frame + n, 1, 2);

    (void)state;
    memset(frame + n + length, 0xee, 18); /* Ethernet pads */
    assert_int_equal(sao_classify(DLT_EN10MB, frame, n + length + 18, n + length + 18, &packet),
                     SAO_BYPASS_NONE);
    assert_ptr_equal(packet.bytes, frame + ETHERNET);
    assert_int_equal(packet.length, length);
    assert_int_equal(packet.version, 4);
    assert_memory_equal(packet.source.bytes, ((uint8_t[16]){192, 0, 2, 1}), 16);
    assert_memory_equal(packet.destination.bytes, ((uint8_t[16]){192, 0, 2, 2}), 16);

    n = put_ethernet(frame, 0x86dd, NULL, 0);
    length = put_ipv6(frame + n);
    assert_int_equal(sao_classify(DLT_EN10MB, frame, n + length, n + length, &packet),
                     SAO_BYPASS_NONE);
    assert_int_equal(packet.version, 6);
    assert_int_equal(packet.length, length);
    assert_int_equal(packet.source.bytes[15], 1);
    assert_int_equal(packet.destination.bytes[15], 2);
}

static void test_vlan_tags_are_taken_off(void **state)
{
    static const uint16_t tags[] = {0x88a8, 0x8100, 0x9100, 0x8100};
    uint8_t frame[128];

    (void)state;
    for (size_t count = 0; count <= 4; count++) {
        size_t n = put_ethernet(frame, 0x0800, tags, count);

        n += put_ipv4(frame + n, 1, 2);
        assert_int_equal(classify(DLT_EN10MB, frame, n),
                         count <= 3 ? SAO_BYPASS_NONE : SAO_BYPASS_NOT_IP);
    }
}

static void test_other_protocols_are_bypassed(void **state)
{
    uint8_t frame[128] = {0};

    (void)state;
    put_ethernet(frame, 0x0806, NULL, 0);
    assert_int_equal(classify(DLT_EN10MB, frame, 60), SAO_BYPASS_ARP);
    put_ethernet(frame, 0x88cc, NULL, 0);
    assert_int_equal(classify(DLT_EN10MB, frame, 60), SAO_BYPASS_NOT_IP);
    put_ethernet(frame, 46, NULL, 0); /* a length: IEEE 802.3 */
    assert_int_equal(classify(DLT_EN10MB, frame, 60), SAO_BYPASS_NOT_IP);
    assert_int_equal(classify(147, frame, 60), SAO_BYPASS_NOT_IP);
    assert_false(sao_classify_knows(147));
}

static void test_every_link_type_carries_both_versions(void **state)
{
    static const struct {
        int link;
        size_t size;
        uint8_t ipv4[24];
        uint8_t ipv6[24];
    } links[] = {
        {DLT_LINUX_SLL, 16, {[14] = 0x08, 0x00}, {[14] = 0x86, 0xdd}},
        {DLT_LINUX_SLL2, 20, {0x08, 0x00}, {0x86, 0xdd}},
        {DLT_RAW, 0, {0}, {0}},
        {DLT_NULL, 4, {2, 0, 0, 0}, {10, 0, 0, 0}},
        {DLT_NULL, 4, {0, 0, 0, 2}, {0, 0, 0, 30}},
        {DLT_NULL, 4, {2, 0, 0, 0}, {24, 0, 0, 0}},
        {DLT_LOOP, 4, {0, 0, 0, 2}, {0, 0, 0, 28}},
        {DLT_EN10MB,
         22,
         {[12] = 0x88, 0x64, 0x11, 0, 0, 1, 0, 30, 0x00, 0x21},
         {[12] = 0x88, 0x64, 0x11, 0, 0, 1, 0, 50, 0x00, 0x57}},
    };
    uint8_t frame[128];

    (void)state;
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        assert_true(sao_classify_knows(links[i].link));
        memcpy(frame, links[i].ipv4, links[i].size);
        assert_int_equal(
            classify(links[i].link, frame, links[i].size + put_ipv4(frame + links[i].size, 1, 2)),
            SAO_BYPASS_NONE);
        memcpy(frame, links[i].ipv6, links[i].size);
        assert_int_equal(
            classify(links[i].link, frame, links[i].size + put_ipv6(frame + links[i].size)),
            SAO_BYPASS_NONE);
    }
}

static void test_links_of_one_version_take_no_other(void **state)
{
    uint8_t packet[64];

    (void)state;
    assert_int_equal(classify(DLT_IPV4, packet, put_ipv4(packet, 1, 2)), SAO_BYPASS_NONE);
    assert_int_equal(classify(DLT_IPV6, packet, put_ipv4(packet, 1, 2)), SAO_BYPASS_MALFORMED);
    assert_int_equal(classify(DLT_IPV6, packet, put_ipv6(packet)), SAO_BYPASS_NONE);
    assert_int_equal(classify(DLT_IPV4, packet, put_ipv6(packet)), SAO_BYPASS_MALFORMED);
    packet[0] = 0x55;
    assert_int_equal(classify(DLT_RAW, packet, sizeof packet), SAO_BYPASS_MALFORMED);
    assert_int_equal(classify(DLT_NULL, (uint8_t[]){9, 0, 0, 0}, 4), SAO_BYPASS_NOT_IP);
}

static void test_addresses_decide(void **state)
{
    static const struct {
        uint8_t source[4];
        uint8_t destination[4];
        sao_bypass expected;
    } cases[] = {
        {{10, 0, 0, 1}, {10, 0, 0, 2}, SAO_BYPASS_NONE},
        {{10, 0, 0, 1}, {223, 255, 255, 255}, SAO_BYPASS_NONE},
        {{10, 0, 0, 1}, {224, 0, 0, 0}, SAO_BYPASS_MULTICAST},
        {{10, 0, 0, 1}, {239, 255, 255, 255}, SAO_BYPASS_MULTICAST},
        {{10, 0, 0, 1}, {240, 0, 0, 1}, SAO_BYPASS_NONE},
        {{10, 0, 0, 1}, {255, 255, 255, 255}, SAO_BYPASS_MULTICAST},
        {{224, 0, 0, 1}, {10, 0, 0, 1}, SAO_BYPASS_MULTICAST},
        {{0, 0, 0, 0}, {10, 0, 0, 1}, SAO_BYPASS_UNSPECIFIED},
        {{10, 0, 0, 1}, {0, 0, 0, 0}, SAO_BYPASS_UNSPECIFIED},
        {{0, 0, 0, 1}, {10, 0, 0, 1}, SAO_BYPASS_NONE},
        {{10, 0, 0, 1}, {10, 0, 0, 1}, SAO_BYPASS_SAME_ADDRESS},
    };
    uint8_t packet[64];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t n = put_ipv4(packet, 1, 2);

        memcpy(packet + 12, cases[i].source, 4);
        memcpy(packet + 16, cases[i].destination, 4);
        assert_int_equal(classify(DLT_RAW, packet, n), cases[i].expected);
    }
    put_ipv6(packet);
    packet[24] = 0xff;
    assert_int_equal(classify(DLT_RAW, packet, IPV6 + PAYLOAD), SAO_BYPASS_MULTICAST);
    put_ipv6(packet);
    memset(packet + 8, 0, 16);
    assert_int_equal(classify(DLT_RAW, packet, IPV6 + PAYLOAD), SAO_BYPASS_UNSPECIFIED);
    put_ipv6(packet);
    memcpy(packet + 24, packet + 8, 16);
    assert_int_equal(classify(DLT_RAW, packet, IPV6 + PAYLOAD), SAO_BYPASS_SAME_ADDRESS);
}

/* Whatever the snap length cuts, the packet is bypassed as cut; a frame that really ends there is
 * malformed. */
static void test_every_cut_is_noticed(void **state)
{
    static const uint16_t tag = 0x8100;
    uint8_t frame[128];
    sao_ip_packet packet;

    (void)state;
    for (int version = 4; version <= 6; version += 2) {
        size_t n = put_ethernet(frame, version == 4 ? 0x0800 : 0x86dd, &tag, 1);

        n += version == 4 ? put_ipv4(frame + n, 1, 2) : put_ipv6(frame + n);
        for (size_t cut = 0; cut < n; cut++) {
            assert_int_equal(classify_cut(DLT_EN10MB, frame, cut, n, &packet), SAO_BYPASS_CUT);
            assert_int_equal(classify_cut(DLT_EN10MB, frame, cut, cut, &packet),
                             SAO_BYPASS_MALFORMED);
        }
    }
}

static void test_lengths_that_lie(void **state)
{
    uint8_t packet[64];

    (void)state;
    put_ipv4(packet, 1, 2);
    packet[0] = 0x44; /* header of 16 bytes */
    assert_int_equal(classify(DLT_RAW, packet, 28), SAO_BYPASS_MALFORMED);
    put_ipv4(packet, 1, 2);
    packet[0] = 0x4f; /* header of 60 bytes in a packet of 28 */
    assert_int_equal(classify(DLT_RAW, packet, 28), SAO_BYPASS_MALFORMED);
    put_ipv4(packet, 1, 2);
    packet[3] = 19;
    assert_int_equal(classify(DLT_RAW, packet, 28), SAO_BYPASS_MALFORMED);
    put_ipv4(packet, 1, 2);
    packet[3] = 0;
    assert_int_equal(classify(DLT_RAW, packet, 28), SAO_BYPASS_SEGMENTATION);
    put_ipv4(packet, 1, 2);
    packet[10] ^= 0xff; /* the checksum is the packet's own business */
    assert_int_equal(classify(DLT_RAW, packet, 28), SAO_BYPASS_NONE);
    put_ipv6(packet);
    packet[5] = 0;
    assert_int_equal(classify(DLT_RAW, packet, 48), SAO_BYPASS_SEGMENTATION);
    packet[6] = 0;
    assert_int_equal(classify(DLT_RAW, packet, 48), SAO_BYPASS_JUMBOGRAM);
    packet[6] = 59; /* no next header: a whole packet */
    assert_int_equal(classify(DLT_RAW, packet, 40), SAO_BYPASS_NONE);
    put_ipv6(packet);
    packet[4] = packet[5] = 0xff;
    assert_int_equal(classify(DLT_RAW, packet, 48), SAO_BYPASS_TOO_LARGE);
}

/* Tunnels take any complete packet; what extension headers say of themselves is its own business.
 */
static void test_extension_headers_are_not_looked_at(void **state)
{
    static const uint8_t kinds[] = {0, 43, 44, 60};
    uint8_t packet[IPV6 + PAYLOAD];

    (void)state;
    for (size_t i = 0; i < sizeof kinds; i++) {
        size_t n = put_ipv6(packet);

        packet[6] = kinds[i];
        packet[IPV6] = 60;
        packet[IPV6 + 1] = 255; /* 2048 bytes where 8 are */
        assert_int_equal(classify(DLT_RAW, packet, n), SAO_BYPASS_NONE);
        packet[5] = 1;
        assert_int_equal(classify(DLT_RAW, packet, IPV6 + 1), SAO_BYPASS_NONE);
        packet[5] = 0; /* no header at all */
        assert_int_equal(classify(DLT_RAW, packet, IPV6),
                         kinds[i] == 0 ? SAO_BYPASS_JUMBOGRAM : SAO_BYPASS_NONE);
    }
}

static void test_garbage_is_survived(void **state)
{
    static const int links[] = {DLT_EN10MB, DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_RAW,
                                DLT_IPV4,   DLT_IPV6,      DLT_NULL,       DLT_LOOP};
    uint32_t chance = 1;
    uint8_t frame[96];
    sao_ip_packet packet;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        size_t captured = (size_t)round % (sizeof frame + 1);

        for (size_t i = 0; i < sizeof frame; i++) {
            chance = chance * 1664525u + 1013904223u;
            frame[i] = (uint8_t)(chance >> 24);
        }
        frame[12] = 0x08; /* often IPv4, to get further in */
        frame[13] = 0x00;
        frame[14] = (uint8_t)(0x40 | (frame[14] & 7));
        assert_in_range(
            classify_cut(links[(size_t)round % 8], frame, captured, chance % 200, &packet),
            SAO_BYPASS_NONE, SAO_BYPASS_COUNT - 1);
    }
}

static void test_every_reason_has_a_name(void **state)
{
    (void)state;
    for (int reason = 0; reason < SAO_BYPASS_COUNT; reason++)
        assert_string_not_equal(sao_bypass_name((sao_bypass)reason), "unknown");
    assert_string_equal(sao_bypass_name(SAO_BYPASS_CUT), "cut_by_snaplen");
    assert_string_equal(sao_bypass_name(SAO_BYPASS_COUNT), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ethernet_packets_are_found),
        cmocka_unit_test(test_vlan_tags_are_taken_off),
        cmocka_unit_test(test_other_protocols_are_bypassed),
        cmocka_unit_test(test_every_link_type_carries_both_versions),
        cmocka_unit_test(test_links_of_one_version_take_no_other),
        cmocka_unit_test(test_addresses_decide),
        cmocka_unit_test(test_every_cut_is_noticed),
        cmocka_unit_test(test_lengths_that_lie),
        cmocka_unit_test(test_extension_headers_are_not_looked_at),
        cmocka_unit_test(test_garbage_is_survived),
        cmocka_unit_test(test_every_reason_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
