// SPDX-License-Identifier: BSD-2-Clause
/* The mirror: packets go back to where they came from, if they are for an address of the peer's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/peer_mirror.h"

enum { FOUR, SIX, TUNNEL, ASSOCIATIONS };

static sao_peer_association associations[ASSOCIATIONS];
static const sao_peer_config config = {.associations = associations, .count = ASSOCIATIONS};

static int set_up(void **state)
{
    (void)state;
    associations[FOUR].address_version = 4;
    memset(associations[FOUR].address.bytes, 0x44, 4);
    associations[SIX].address_version = 6;
    memset(associations[SIX].address.bytes, 0x66, 16);
    memset(associations[TUNNEL].address.bytes, 0x77, 16); /* its version is 0: not its own */
    return 0;
}

/* A packet of a number of bytes, all different, from 0x55... to the bytes given. */
static void make_packet(uint8_t *packet, size_t length, uint8_t version, uint8_t destination)
{
    const size_t size = version == 6 ? 16 : 4;
    const size_t source_at = version == 6 ? 8 : 12;

    for (size_t i = 0; i < length; i++)
        packet[i] = (uint8_t)i;
    packet[0] = (uint8_t)(version << 4);
    memset(packet + source_at, 0x55, size);
    memset(packet + source_at + size, destination, size);
}

static void packets_go_back(void **state)
{
    static const struct {
        uint8_t version, address;
        size_t index;
    } rows[] = {{4, 0x44, FOUR}, {6, 0x66, SIX}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint8_t version = rows[i].version;
        const size_t size = version == 6 ? 16 : 4;
        const size_t source_at = version == 6 ? 8 : 12;
        uint8_t packet[60];
        uint8_t expected[60];

        make_packet(packet, sizeof packet, version, rows[i].address);
        make_packet(expected, sizeof expected, version, 0x55);
        memset(expected + source_at, rows[i].address, size);
        assert_int_equal(sao_peer_mirror(&config, packet, sizeof packet), rows[i].index);
        assert_memory_equal(packet, expected, sizeof packet);
    }
}

static void others_stay(void **state)
{
    static const uint8_t addresses[] = {0x55, 0x45, 0x77};

    (void)state;
    for (uint8_t version = 0; version < 16; version++) {
        for (size_t i = 0; i < sizeof addresses; i++) {
            uint8_t packet[60];
            uint8_t before[60];

            make_packet(packet, sizeof packet, version, addresses[i]);
            memcpy(before, packet, sizeof packet);
            assert_int_equal(sao_peer_mirror(&config, packet, sizeof packet), SAO_PEER_NONE);
            assert_memory_equal(packet, before, sizeof packet);
        }
    }
}

static void the_other_version_has_other_addresses(void **state)
{
    uint8_t packet[60];

    (void)state;
    make_packet(packet, sizeof packet, 4, 0x66);
    assert_int_equal(sao_peer_mirror(&config, packet, sizeof packet), SAO_PEER_NONE);
    make_packet(packet, sizeof packet, 6, 0x44);
    assert_int_equal(sao_peer_mirror(&config, packet, sizeof packet), SAO_PEER_NONE);
}

static void short_packets_stay(void **state)
{
    (void)state;
    for (uint8_t version = 4; version <= 6; version += 2) {
        const size_t header = version == 6 ? 40 : 20;

        for (size_t length = 0; length <= header; length++) {
            uint8_t packet[60];

            make_packet(packet, sizeof packet, version, version == 6 ? 0x66 : 0x44);
            assert_true((sao_peer_mirror(&config, packet, length) == SAO_PEER_NONE) ==
                        (length < header));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_go_back),
        cmocka_unit_test(others_stay),
        cmocka_unit_test(the_other_version_has_other_addresses),
        cmocka_unit_test(short_packets_stay),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
