// SPDX-License-Identifier: BSD-2-Clause
/* test_soft_nic_burst.c: packets that are received together, and what their indications do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/loop.h"

#include <saoffload/oob.h>

#define TRAIN 70 /* more than two of the NIC's bursts */

/* Good, forged, plain, and what no bundle is for; the same each time. */
static void make_train(test_loop *f, test_frame *frames, sao_packet **packets, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        test_frame sealed;

        if (i % 5 == 4) {
            test_make_frame(&sealed, NULL, 0, 4, 40 + i);
        } else {
            loop_make_sealed(f, &sealed, i + 1);
            if (i % 7 == 3)
                sealed.bytes[sealed.packet.length - 1] ^= 1;
            if (i % 9 == 8)
                sealed.bytes[TEST_MAC_LENGTH + TEST_ESP_AT] ^= 1; /* SPI */
        }
        frames[i] = sealed;
        frames[i].packet.data = frames[i].bytes;
        packets[i] = &frames[i].packet;
    }
    memset(f->wire.log, 0, sizeof f->wire.log);
}

static uint32_t expected_next;

static void expect_in_order(test_wire *wire, sao_packet *packet)
{
    assert_int_equal(packet->id, expected_next);
    expected_next++;
    wire->miniport.ops->return_packet(wire->miniport.context, packet);
}

/* A burst comes out as its packets would, and in their order. */
static void a_burst_is_packets_one_by_one(void **state)
{
    test_frame *frames = calloc(2 * TRAIN, sizeof *frames);
    sao_packet *packets[2][TRAIN];
    sao_adapter_counters adapter;
    sao_soft_nic_counters one_by_one, together;
    test_loop f;

    (void)state;
    assert_non_null(frames);
    for (size_t way = 0; way < 2; way++) {
        loop_prepare(&f);
        loop_start(&f);
        f.wire.on_indicate = expect_in_order;
        make_train(&f, frames + way * TRAIN, packets[way], TRAIN);
        for (uint32_t i = 0; i < TRAIN; i++)
            packets[way][i]->id = i;
        expected_next = 0;
        for (uint32_t i = 0; way == 0 && i < TRAIN; i++)
            sao_soft_nic_receive(f.wire.nic, packets[0][i]);
        if (way == 1)
            sao_soft_nic_receive_burst(f.wire.nic, packets[1], TRAIN);
        assert_int_equal(expected_next, TRAIN);
        assert_int_equal(f.wire.released, TRAIN);
        sao_adapter_get_counters(f.wire.adapter, &adapter);
        assert_int_equal(adapter.held, 0);
        assert_int_equal(adapter.flights, 0);
        *(way == 0 ? &one_by_one : &together) = loop_counters(&f);
        loop_finish(&f);
    }
    for (uint32_t i = 0; i < TRAIN; i++) {
        const sao_packet *a = packets[0][i], *b = packets[1][i];

        assert_memory_equal(frames[i].bytes, frames[TRAIN + i].bytes, TEST_FRAME_MAX);
        assert_memory_equal(&a->ipsec, &b->ipsec, sizeof a->ipsec);
        assert_memory_equal(&a->header, &b->header, sizeof a->header);
        assert_int_equal(a->ip_offset, b->ip_offset);
    }
    assert_int_equal(one_by_one.opened, together.opened);
    assert_int_equal(one_by_one.open_failed, together.open_failed);
    assert_int_equal(one_by_one.untouched, together.untouched);
    assert_in_range(together.open_failed, 5, TRAIN - 5);
    assert_in_range(together.untouched, 5, TRAIN - 5);
    free(frames);
}

/* What the first indication of a burst did; and what could be seen from within the others. */
typedef struct meddling {
    NDIS_STATUS status;
    test_request remove;
    uint32_t seen; /* indications since */
} meddling;

static meddling meddled;

/* Three good packets that come together. */
typedef struct burst {
    test_loop loop;
    test_frame frames[3];
    sao_packet *packets[3];
} burst;

static void receive_burst(burst *b, uint64_t latency,
                          void (*on_indicate)(test_wire *wire, sao_packet *packet))
{
    memset(&meddled, 0, sizeof meddled);
    loop_prepare(&b->loop);
    b->loop.config.receive_latency = latency;
    loop_start(&b->loop);
    b->loop.wire.on_indicate = on_indicate;
    make_train(&b->loop, b->frames, b->packets, 3);
    sao_soft_nic_receive_burst(b->loop.wire.nic, b->packets, 3);
}

static void delete_at_first(test_wire *wire, sao_packet *packet)
{
    test_loop *f = wire->test;

    if (wire->indicated == 1) {
        test_make_delete(&meddled.remove, f->in);
        meddled.status = test_submit(wire, &meddled.remove);
    } else {
        (void)sao_adapter_poll(wire->adapter, 0, 100);
        assert_int_equal(meddled.remove.completions, wire->indicated < 3 ? 0 : 1);
        meddled.seen++;
    }
    wire->miniport.ops->return_packet(wire->miniport.context, packet);
}

/* DEL-7: the packets behind are in flight; when the last is indicated, none is any more. */
static void a_delete_from_within_a_burst_waits_for_its_end(void **state)
{
    burst b;

    (void)state;
    receive_burst(&b, 0, delete_at_first);
    assert_int_equal(meddled.status, NDIS_STATUS_PENDING);
    assert_int_equal(meddled.seen, 2);
    assert_int_equal(meddled.remove.request.status, NDIS_STATUS_SUCCESS);
    for (size_t i = 0; i < 3; i++) /* looked up before: opened */
        assert_true(sao_oob_get_receive(&b.packets[i]->ipsec).crypto_done);
    assert_string_equal(b.loop.wire.log, "IRIRICR");
    loop_finish(&b.loop);
}

static void pause_at_first(test_wire *wire, sao_packet *packet)
{
    sao_adapter_counters adapter;

    wire->miniport.ops->return_packet(wire->miniport.context, packet);
    if (wire->indicated == 1)
        meddled.status = test_wire_life(wire, SAO_LIFE_PAUSE);
    sao_adapter_get_counters(wire->adapter, &adapter);
    assert_int_equal(adapter.held, wire->indicated < 3 ? 3 : 0);
    assert_int_equal(wire->lives[SAO_LIFE_PAUSE], 0);
}

/* PNP-2: they are held until the last is. */
static void a_pause_from_within_a_burst_waits_for_its_end(void **state)
{
    burst b;

    (void)state;
    receive_burst(&b, 0, pause_at_first);
    assert_int_equal(meddled.status, NDIS_STATUS_PENDING);
    assert_int_equal(b.loop.wire.indicated, 3);
    (void)test_wire_at(&b.loop.wire, 0);
    assert_int_equal(b.loop.wire.lives[SAO_LIFE_PAUSE], 1);
    loop_finish(&b.loop);
}

static void reset_at_first(test_wire *wire, sao_packet *packet)
{
    if (wire->indicated == 1) {
        meddled.status = test_wire_life(wire, SAO_LIFE_RESET);
        assert_int_equal(wire->indicated, 3); /* the others, before the reset (RX-1) */
    }
    wire->miniport.ops->return_packet(wire->miniport.context, packet);
}

static void a_reset_from_within_a_burst_lets_the_rest_go_first(void **state)
{
    sao_adapter_counters adapter;
    burst b;

    (void)state;
    receive_burst(&b, 0, reset_at_first);
    assert_int_equal(meddled.status, NDIS_STATUS_SUCCESS);
    assert_int_equal(b.loop.wire.indicated, 3);
    sao_adapter_get_counters(b.loop.wire.adapter, &adapter);
    assert_int_equal(adapter.held, 0);
    for (size_t i = 0; i < 3; i++)
        assert_true(sao_oob_get_receive(&b.packets[i]->ipsec).crypto_done);
    loop_finish(&b.loop);
}

static void receive_at_first(test_wire *wire, sao_packet *packet)
{
    static test_frame again;
    test_loop *f = wire->test;
    test_frame sealed;

    if (wire->indicated == 1) {
        loop_make_sealed(f, &sealed, 50);
        test_receive(wire, &again, &sealed);
        assert_int_equal(wire->indicated, 4); /* nothing overtakes */
        assert_ptr_equal(wire->last_indicated, &again.packet);
    }
    wire->miniport.ops->return_packet(wire->miniport.context, packet);
}

static void what_comes_from_within_a_burst_comes_behind_it(void **state)
{
    burst b;

    (void)state;
    receive_burst(&b, 0, receive_at_first);
    assert_int_equal(b.loop.wire.indicated, 4);
    assert_int_equal(b.loop.wire.released, 4);
    loop_finish(&b.loop);
}

/* What is not due yet keeps nobody in flight. */
static void flights_end_with_those_that_are_due(void **state)
{
    test_frame frames[2];
    sao_packet *packets[2];
    sao_adapter_counters adapter;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    f.config.receive_latency = 10;
    loop_start(&f);
    make_train(&f, frames, packets, 2);
    sao_soft_nic_receive(f.wire.nic, packets[0]);
    (void)test_wire_at(&f.wire, 5);
    sao_soft_nic_receive(f.wire.nic, packets[1]);
    (void)test_wire_at(&f.wire, 10);
    assert_int_equal(f.wire.indicated, 1);
    sao_adapter_get_counters(f.wire.adapter, &adapter);
    assert_int_equal(adapter.flights, 1);
    f.wire.miniport.ops->return_packet(f.wire.miniport.context, packets[0]);
    sao_adapter_get_counters(f.wire.adapter, &adapter);
    assert_int_equal(adapter.held, 1);
    (void)test_wire_at(&f.wire, 15);
    f.wire.miniport.ops->return_packet(f.wire.miniport.context, packets[1]);
    loop_finish(&f);
}

/* With a latency they wait, and go up together when they are due. */
static void a_burst_waits_for_its_time(void **state)
{
    burst b;

    (void)state;
    receive_burst(&b, 10, delete_at_first);
    (void)test_wire_at(&b.loop.wire, 9);
    assert_int_equal(b.loop.wire.indicated, 0);
    (void)test_wire_at(&b.loop.wire, 10);
    assert_int_equal(b.loop.wire.indicated, 3);
    assert_int_equal(meddled.status, NDIS_STATUS_PENDING);
    assert_int_equal(meddled.remove.completions, 1);
    loop_finish(&b.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_is_packets_one_by_one),
        cmocka_unit_test(a_delete_from_within_a_burst_waits_for_its_end),
        cmocka_unit_test(a_pause_from_within_a_burst_waits_for_its_end),
        cmocka_unit_test(a_reset_from_within_a_burst_lets_the_rest_go_first),
        cmocka_unit_test(what_comes_from_within_a_burst_comes_behind_it),
        cmocka_unit_test(flights_end_with_those_that_are_due),
        cmocka_unit_test(a_burst_waits_for_its_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
