// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_soft_nic_train.c: packets of a train, which the NIC reads together, become what they become
 * one by one in a NIC that never sees two at once: whatever differs between them, each byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/loop.h"

#define SAS 2u
#define SEALED 6u /* frames of each SA, all of one length */
#define TRAIN 8u
#define PAYLOAD 41u

/* Two NICs with the same bundles, and frames that either opens. */
typedef struct twins {
    test_loop alone;    /* gets packets one by one */
    test_loop together; /* and this one in bursts */
    test_frame sealed[SAS][SEALED];
} twins;

static twins t;

static void give_back(test_wire *wire, sao_packet *packet)
{
    wire->miniport.ops->return_packet(wire->miniport.context, packet);
}

static void make_twins(bool esn, uint32_t staging)
{
    test_loop *const loops[2] = {&t.alone, &t.together};
    sao_ipsec_params other;
    NDIS_HANDLE out;

    memset(&t, 0, sizeof t);
    for (size_t i = 0; i < 2; i++) {
        loop_prepare(loops[i]);
        loops[i]->params.esn = esn;
        loops[i]->config.staging = staging;
        loop_start(loops[i]);
        loops[i]->wire.on_indicate = give_back;
        other = loops[i]->params;
        memcpy(&other.spi, (uint8_t[4]){0x11, 0x22, 0x33, 0x45}, sizeof other.spi);
        (void)test_add(&loops[i]->wire, &other, true, 0);
    }
    out = test_add(&t.alone.wire, &other, false, 0);
    for (uint32_t sa = 0; sa < SAS; sa++) {
        for (uint32_t i = 0; i < SEALED; i++) {
            test_frame frame;

            test_make_frame(&frame, &t.alone.sa.sa, i + 1, 4, PAYLOAD);
            if (sa == 1)
                memcpy(frame.bytes + TEST_MAC_LENGTH + TEST_ESP_AT, &other.spi, sizeof other.spi);
            test_send(&t.alone.wire, &frame, sa == 0 ? t.alone.out : out);
            assert_int_equal(frame.packet.status, NDIS_STATUS_SUCCESS);
            t.sealed[sa][i] = t.alone.wire.last_transmitted;
        }
    }
}

static void free_twins(void)
{
    loop_finish(&t.alone);
    loop_finish(&t.together);
}

/* ---- a train, both ways ------------------------------------------------------------------ */

/* What the next train is made of. */
typedef struct car {
    test_frame frame;
    sao_segment rest; /* of a frame in two pieces: from `split` on */
    uint32_t split;   /* 0: it is in one */
} car;

static car cars[TRAIN];
static uint32_t car_count;

static car *append(uint32_t sa, uint32_t number)
{
    car *added = &cars[car_count++];

    memset(added, 0, sizeof *added);
    added->frame = t.sealed[sa][number];
    return added;
}

static sao_packet *load(car *to, const car *from)
{
    sao_packet *packet = &to->frame.packet;

    *to = *from;
    memset(packet, 0xA5, sizeof *packet); /* whatever it was used for before */
    packet->data = to->frame.bytes;
    packet->length = from->frame.packet.length;
    packet->capacity = sizeof to->frame.bytes;
    packet->more = NULL;
    if (to->split > 0) {
        to->rest.next = NULL;
        to->rest.data = to->frame.bytes + to->split;
        to->rest.length = packet->length - to->split;
        packet->length = to->split;
        packet->more = &to->rest;
    }
    return packet;
}

static void compare_counters(void)
{
    const sao_soft_nic_counters a = loop_counters(&t.alone), b = loop_counters(&t.together);
    sao_adapter_counters one, all;

    assert_int_equal(a.opened, b.opened);
    assert_int_equal(a.open_failed, b.open_failed);
    assert_int_equal(a.untouched, b.untouched);
    sao_adapter_get_counters(t.alone.wire.adapter, &one);
    sao_adapter_get_counters(t.together.wire.adapter, &all);
    assert_int_equal(one.received_processed, all.received_processed);
    assert_int_equal(one.received_untouched, all.received_untouched);
    assert_int_equal(all.held, 0);
    assert_int_equal(all.flights, 0);
}

/* Sends the cars, which are unloaded then, through both NICs. Returns how many were good. */
static uint32_t both_ways(void)
{
    static car alone[TRAIN], together[TRAIN];
    const uint64_t opened = loop_counters(&t.together).opened;
    sao_packet *burst[TRAIN];

    for (uint32_t i = 0; i < car_count; i++) {
        sao_soft_nic_receive(t.alone.wire.nic, load(&alone[i], &cars[i]));
        burst[i] = load(&together[i], &cars[i]);
    }
    sao_soft_nic_receive_burst(t.together.wire.nic, burst, car_count);
    for (uint32_t i = 0; i < car_count; i++) {
        const sao_packet *a = &alone[i].frame.packet, *b = &together[i].frame.packet;

        assert_memory_equal(alone[i].frame.bytes, together[i].frame.bytes, TEST_FRAME_MAX);
        assert_memory_equal(&a->ipsec, &b->ipsec, sizeof a->ipsec);
        assert_memory_equal(&a->tunnel, &b->tunnel, sizeof a->tunnel);
        assert_memory_equal(&a->header, &b->header, sizeof a->header);
        assert_int_equal(a->ip_offset, b->ip_offset);
        assert_int_equal(a->length, b->length);
    }
    compare_counters();
    car_count = 0;
    return (uint32_t)(loop_counters(&t.together).opened - opened);
}

/* A train of which one frame, its first or a later one, differs from a good one. */
static void with_one_changed(uint32_t place, uint32_t at, uint8_t flip)
{
    for (uint32_t i = 0; i < 4; i++)
        append(0, i)->frame.bytes[at] ^= i == place ? flip : 0;
    assert_in_range(both_ways(), 3, 4);
}

/* ---- tests ------------------------------------------------------------------------------- */

static void every_byte_of_the_headers_may_be_another(void **state)
{
    static const uint8_t flips[] = {0x01, 0x40, 0x80, 0x0F, 0xFF};

    (void)state;
    for (int esn = 0; esn < 2; esn++) {
        make_twins(esn != 0, 0);
        for (uint32_t at = 0; at < TEST_MAC_LENGTH + TEST_ESP_AT + 20; at++)
            for (size_t f = 0; f < sizeof flips; f++)
                for (uint32_t place = 0; place < 4; place++)
                    with_one_changed(place, at, flips[f]);
        free_twins();
    }
}

/* Every length that the header may state, and every one that the frame may have. */
static void lengths_may_lie(void **state)
{
    (void)state;
    make_twins(false, 0);
    for (uint32_t length = 0; length < t.sealed[0][0].packet.length + 20; length++) {
        uint8_t *ip;

        (void)append(0, 0);
        append(0, 1)->frame.packet.length = length;
        ip = append(0, 2)->frame.bytes + TEST_MAC_LENGTH;
        ip[2] = (uint8_t)(length >> 8);
        ip[3] = (uint8_t)length;
        (void)append(0, 3);
        assert_in_range(both_ways(), 2, 4);
    }
    free_twins();
}

static void sas_may_alternate(void **state)
{
    (void)state;
    make_twins(true, 0);
    for (uint32_t mix = 0; mix < 64; mix++) {
        for (uint32_t i = 0; i < SEALED; i++)
            (void)append(mix >> i & 1, i);
        assert_int_equal(both_ways(), SEALED);
    }
    free_twins();
}

static void tag(car *tagged)
{
    uint8_t *bytes = tagged->frame.bytes;

    memmove(bytes + TEST_MAC_LENGTH + 4, bytes + TEST_MAC_LENGTH,
            tagged->frame.packet.length - TEST_MAC_LENGTH);
    memcpy(bytes + 12, (uint8_t[6]){0x81, 0, 0, 7, 8, 0}, 6);
    tagged->frame.packet.length += 4;
}

static void framings_and_pieces_may_alternate(void **state)
{
    (void)state;
    make_twins(false, TEST_FRAME_MAX);
    for (uint32_t mix = 0; mix < 64; mix++) {
        for (uint32_t i = 0; i < SEALED; i++) {
            car *added = append(0, i);

            if ((mix >> i & 1) != 0)
                tag(added);
        }
        assert_int_equal(both_ways(), SEALED);
        for (uint32_t i = 0; i < SEALED; i++) {
            car *added = append(0, i);

            if ((mix >> i & 1) != 0)
                added->split = 1 + mix;
        }
        assert_int_equal(both_ways(), SEALED);
    }
    free_twins();
}

/* All of the packet is in the first piece, but the NIC has no room to look at the frame. */
static void a_piece_follows_nothing(void **state)
{
    (void)state;
    make_twins(false, 0);
    for (uint32_t i = 0; i < 3; i++) {
        car *added = append(0, i);

        if (i == 1) {
            added->split = added->frame.packet.length;
            added->frame.packet.length += 4;
        }
    }
    assert_int_equal(both_ways(), 2);
    free_twins();
}

/* It has fewer bytes than are compared. */
static void a_short_frame_leads_nothing(void **state)
{
    static const uint8_t ip[20] = {0x45, 0, 0, 20, 0, 0, 0, 0, 64, 6};
    sao_packet packets[2];
    uint8_t *bytes = malloc(TEST_MAC_LENGTH + sizeof ip);

    (void)state;
    assert_non_null(bytes);
    make_twins(false, 0);
    memset(packets, 0, sizeof packets);
    memcpy(bytes, t.sealed[0][0].bytes, TEST_MAC_LENGTH);
    memcpy(bytes + TEST_MAC_LENGTH, ip, sizeof ip);
    packets[0].data = bytes;
    packets[0].length = packets[0].capacity = TEST_MAC_LENGTH + sizeof ip;
    packets[1].data = t.sealed[0][0].bytes;
    packets[1].length = packets[1].capacity = t.sealed[0][0].packet.length;
    sao_soft_nic_receive_burst(t.together.wire.nic, (sao_packet *[2]){&packets[0], &packets[1]}, 2);
    assert_int_equal(loop_counters(&t.together).untouched, 1);
    assert_int_equal(loop_counters(&t.together).opened, 1);
    free_twins();
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_of_the_headers_may_be_another),
        cmocka_unit_test(lengths_may_lie),
        cmocka_unit_test(sas_may_alternate),
        cmocka_unit_test(framings_and_pieces_may_alternate),
        cmocka_unit_test(a_piece_follows_nothing),
        cmocka_unit_test(a_short_frame_leads_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
