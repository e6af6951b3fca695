// SPDX-License-Identifier: BSD-2-Clause
/* test_soft_nic_flight.c: packets under way: deletes, callbacks, latency, pauses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/loop.h"

#include <saoffload/oob.h>

/* ---- in flight (DEL-7) ----------------------------------------------------------------- */

/* The packet is sealed with the bundle's context long after the delete was asked for. */
static void a_delete_waits_for_the_send(void **state)
{
    test_request remove;
    test_frame frame;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    f.config.send_latency = 10;
    loop_start(&f);
    test_make_frame(&frame, &f.sa.sa, 1, 4, 64);
    test_send(&f.wire, &frame, f.out);
    test_make_delete(&remove, f.out);
    assert_int_equal(test_submit(&f.wire, &remove), NDIS_STATUS_PENDING);
    assert_int_equal(test_wire_at(&f.wire, 9), 10);
    assert_int_equal(remove.completions, 0);
    assert_int_equal(loop_counters(&f).contexts, 2);
    (void)test_wire_at(&f.wire, 10);
    assert_int_equal(remove.completions, 1);
    assert_int_equal(remove.request.status, NDIS_STATUS_SUCCESS);
    assert_int_equal(loop_counters(&f).contexts, 1);
    assert_int_equal(frame.packet.status, NDIS_STATUS_SUCCESS);
    assert_true(loop_opens_as(&f, &f.wire.last_transmitted, 1));
    assert_string_equal(f.wire.log, "TSC");
    loop_finish(&f);
}

static void a_delete_waits_for_the_indication_but_not_for_the_return(void **state)
{
    test_frame sealed, received;
    test_request remove;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    f.config.receive_latency = 10;
    loop_start(&f);
    loop_make_sealed(&f, &sealed, 1);
    f.wire.log[0] = f.wire.log[1] = '\0';
    test_receive(&f.wire, &received, &sealed);
    test_make_delete(&remove, f.in);
    assert_int_equal(test_submit(&f.wire, &remove), NDIS_STATUS_PENDING);
    (void)test_wire_at(&f.wire, 9);
    assert_int_equal(remove.completions, 0);
    (void)test_wire_at(&f.wire, 10);
    assert_int_equal(remove.completions, 1);
    assert_string_equal(f.wire.log, "IC");
    assert_int_equal(sao_oob_get_receive(&received.packet.ipsec).crypto_status, CRYPTO_SUCCESS);
    loop_give_back(&f, &received);
    loop_finish(&f);
}

/* ---- from within an indication --------------------------------------------------------- */

static void delete_and_return(test_wire *wire, sao_packet *packet)
{
    test_loop *f = wire->test;

    assert_int_equal(test_delete(wire, f->in), NDIS_STATUS_SUCCESS);
    wire->miniport.ops->return_packet(wire->miniport.context, packet);
}

static void a_transport_may_delete_and_return_at_once(void **state)
{
    sao_adapter_counters adapter;
    test_frame sealed, received;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    loop_start(&f);
    f.wire.on_indicate = delete_and_return;
    loop_make_sealed(&f, &sealed, 1);
    test_receive(&f.wire, &received, &sealed);
    sao_adapter_get_counters(f.wire.adapter, &adapter);
    assert_int_equal(adapter.held, 0);
    assert_int_equal(adapter.flights, 0);
    assert_int_equal(adapter.bundles, 1);
    assert_string_equal(f.wire.log, "TSIR");
    loop_finish(&f);
}

/* Answers what comes with another packet, so often, which the NIC gets back at once. */
static void answer(test_wire *wire, sao_packet *packet)
{
    test_loop *f = wire->test;
    test_frame frame, again;
    const uint64_t sequence = wire->indicated + 1;

    wire->miniport.ops->return_packet(wire->miniport.context, packet);
    if (sequence > 5)
        return;
    loop_make_sealed(f, &frame, sequence);
    test_receive(wire, &again, &frame);
}

static void a_transport_may_send_and_receive_from_within(void **state)
{
    test_frame sealed, received;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    loop_start(&f);
    f.wire.on_indicate = answer;
    loop_make_sealed(&f, &sealed, 1);
    test_receive(&f.wire, &received, &sealed);
    assert_int_equal(f.wire.indicated, 5);
    assert_int_equal(f.wire.released, 5);
    assert_int_equal(loop_counters(&f).opened, 5);
    loop_finish(&f);
}

/* ---- bursts ------------------------------------------------------------------------------ */

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
    test_frame frames[3];
    sao_packet *packets[3];
    test_loop f;

    (void)state;
    loop_prepare(&f);
    loop_start(&f);
    f.wire.on_indicate = delete_at_first;
    memset(&meddled, 0, sizeof meddled);
    make_train(&f, frames, packets, 3);
    sao_soft_nic_receive_burst(f.wire.nic, packets, 3);
    assert_int_equal(meddled.status, NDIS_STATUS_PENDING);
    assert_int_equal(meddled.seen, 2);
    assert_int_equal(meddled.remove.request.status, NDIS_STATUS_SUCCESS);
    for (size_t i = 0; i < 3; i++) /* looked up before: opened */
        assert_true(sao_oob_get_receive(&packets[i]->ipsec).crypto_done);
    assert_string_equal(f.wire.log, "IRIRICR");
    loop_finish(&f);
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
    test_frame frames[3];
    sao_packet *packets[3];
    test_loop f;

    (void)state;
    loop_prepare(&f);
    loop_start(&f);
    f.wire.on_indicate = pause_at_first;
    memset(&meddled, 0, sizeof meddled);
    make_train(&f, frames, packets, 3);
    sao_soft_nic_receive_burst(f.wire.nic, packets, 3);
    assert_int_equal(meddled.status, NDIS_STATUS_PENDING);
    assert_int_equal(f.wire.indicated, 3);
    (void)test_wire_at(&f.wire, 0);
    assert_int_equal(f.wire.lives[SAO_LIFE_PAUSE], 1);
    loop_finish(&f);
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
    test_frame frames[3];
    sao_packet *packets[3];
    sao_adapter_counters adapter;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    loop_start(&f);
    f.wire.on_indicate = reset_at_first;
    memset(&meddled, 0, sizeof meddled);
    make_train(&f, frames, packets, 3);
    sao_soft_nic_receive_burst(f.wire.nic, packets, 3);
    assert_int_equal(meddled.status, NDIS_STATUS_SUCCESS);
    assert_int_equal(f.wire.indicated, 3);
    sao_adapter_get_counters(f.wire.adapter, &adapter);
    assert_int_equal(adapter.held, 0);
    for (size_t i = 0; i < 3; i++)
        assert_true(sao_oob_get_receive(&packets[i]->ipsec).crypto_done);
    loop_finish(&f);
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
    test_frame frames[3];
    sao_packet *packets[3];
    test_loop f;

    (void)state;
    loop_prepare(&f);
    loop_start(&f);
    f.wire.on_indicate = receive_at_first;
    make_train(&f, frames, packets, 3);
    sao_soft_nic_receive_burst(f.wire.nic, packets, 3);
    assert_int_equal(f.wire.indicated, 4);
    assert_int_equal(f.wire.released, 4);
    loop_finish(&f);
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
    test_frame frames[3];
    sao_packet *packets[3];
    test_loop f;

    (void)state;
    loop_prepare(&f);
    f.config.receive_latency = 10;
    loop_start(&f);
    f.wire.on_indicate = delete_at_first;
    memset(&meddled, 0, sizeof meddled);
    make_train(&f, frames, packets, 3);
    sao_soft_nic_receive_burst(f.wire.nic, packets, 3);
    (void)test_wire_at(&f.wire, 9);
    assert_int_equal(f.wire.indicated, 0);
    (void)test_wire_at(&f.wire, 10);
    assert_int_equal(f.wire.indicated, 3);
    assert_int_equal(meddled.status, NDIS_STATUS_PENDING);
    assert_int_equal(meddled.remove.completions, 1);
    loop_finish(&f);
}

/* ---- latency --------------------------------------------------------------------------- */

static void packets_leave_in_order_when_they_are_due(void **state)
{
    test_frame first, second, received;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    f.config.send_latency = 10;
    f.config.receive_latency = 4;
    loop_start(&f);
    test_make_frame(&first, &f.sa.sa, 1, 4, 64);
    test_make_frame(&second, NULL, 0, 4, 64);
    test_send(&f.wire, &first, f.out);
    assert_int_equal(test_wire_at(&f.wire, 3), 10);
    test_send(&f.wire, &second, NULL);
    test_receive(&f.wire, &received, &second);
    assert_int_equal(f.wire.transmitted + f.wire.indicated, 0);
    assert_int_equal(test_wire_at(&f.wire, 3), 7);
    assert_int_equal(test_wire_at(&f.wire, 7), 10);
    assert_int_equal(f.wire.indicated, 1);
    assert_int_equal(test_wire_at(&f.wire, 12), 13);
    assert_int_equal(f.wire.transmitted, 1);
    assert_ptr_equal(f.wire.last_sent, &first.packet);
    assert_int_equal(test_wire_at(&f.wire, 100), UINT64_MAX);
    assert_int_equal(f.wire.transmitted, 2);
    assert_string_equal(f.wire.log, "ITSTS");
    loop_give_back(&f, &received);
    loop_finish(&f);
}

/* The lookup is at arrival: what was added later does not process it (ADD-13). */
static void the_lookup_is_at_arrival(void **state)
{
    test_frame sealed, received;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    f.config.receive_latency = 10;
    loop_start(&f);
    loop_make_sealed(&f, &sealed, 1);
    assert_int_equal(test_delete(&f.wire, f.in), NDIS_STATUS_SUCCESS);
    test_receive(&f.wire, &received, &sealed);
    (void)test_add(&f.wire, &f.params, true, 0);
    (void)test_wire_at(&f.wire, 10);
    loop_assert_untouched(&received, &sealed);
    loop_give_back(&f, &received);
    loop_finish(&f);
}

/* ---- pausing (PNP-2) ------------------------------------------------------------------- */

static void a_pause_waits_for_packets(void **state)
{
    test_frame sealed, sent, received, late;
    const sao_miniport_ops *ops;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    f.config.send_latency = 10;
    f.config.receive_latency = 10;
    loop_start(&f);
    ops = f.wire.miniport.ops;
    test_make_frame(&sealed, NULL, 0, 4, 64);
    test_make_frame(&sent, &f.sa.sa, 1, 4, 64);
    test_receive(&f.wire, &received, &sealed);
    test_send(&f.wire, &sent, f.out);
    assert_int_equal(ops->life(f.wire.miniport.context, SAO_LIFE_PAUSE), NDIS_STATUS_PENDING);

    late = sent; /* new ones are refused */
    test_send(&f.wire, &late, f.out);
    assert_int_equal(late.packet.status, NDIS_STATUS_PAUSED);
    test_receive(&f.wire, &late, &sealed);
    assert_int_equal(f.wire.released, 1);

    (void)test_wire_at(&f.wire, 10);
    assert_int_equal(f.wire.transmitted, 1);
    assert_int_equal(f.wire.indicated, 1);
    assert_int_equal(f.wire.lives[SAO_LIFE_PAUSE], 0); /* one is still with the transport */
    loop_give_back(&f, &received);
    (void)test_wire_at(&f.wire, 11);
    assert_int_equal(f.wire.lives[SAO_LIFE_PAUSE], 1);
    assert_int_equal(sao_adapter_get_state(f.wire.adapter), SAO_ADAPTER_PAUSED);

    test_receive(&f.wire, &late, &sealed);
    assert_int_equal(f.wire.released, 3);
    assert_int_equal(f.wire.indicated, 1);
    loop_finish(&f);
}

static void keep_answer_time(void *context, const sao_event *event)
{
    if (event->type == SAO_EVENT_BACKEND_ANSWER)
        *(uint64_t *)context = event->time;
}

/* What happens within one poll over a long interval carries the time at which it was due. */
static void events_carry_the_time_they_happen_at(void **state)
{
    sao_ipsec_params params = test_params_of(1);
    uint64_t answered = 0;
    sao_soft_nic_config config;
    test_request add;
    test_wire wire;

    (void)state;
    test_wire_config(&wire, &config);
    config.add_latency = 100;
    config.event = keep_answer_time;
    config.event_context = &answered;
    test_wire_open(&wire, &config);
    test_make_add(&add, &params, true, 0);
    assert_int_equal(test_submit(&wire, &add), NDIS_STATUS_PENDING);
    (void)test_wire_at(&wire, 1000);
    assert_int_equal(add.completions, 1);
    assert_int_equal(answered, 100);
    test_wire_close(&wire);
}

/* Nobody is there who could have sent it, nor be told: the packet carries its failure. */
static void a_send_without_a_transport_fails(void **state)
{
    sao_soft_nic_config config;
    test_frame frame;
    test_wire wire;

    (void)state;
    test_wire_config(&wire, &config);
    test_wire_open(&wire, &config);
    test_make_frame(&frame, NULL, 0, 4, 10);
    assert_int_equal(test_wire_life(&wire, SAO_LIFE_PAUSE), NDIS_STATUS_SUCCESS);
    sao_soft_nic_bind(wire.nic, (sao_protocol){NULL, NULL});
    wire.miniport.ops->send(wire.miniport.context, &frame.packet);
    assert_int_equal(frame.packet.status, NDIS_STATUS_PAUSED);
    assert_int_equal(wire.transmitted, 0);
    assert_int_equal(sao_adapter_halt(wire.adapter), NDIS_STATUS_SUCCESS);
    free(wire.memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_carry_the_time_they_happen_at),
        cmocka_unit_test(a_send_without_a_transport_fails),
        cmocka_unit_test(a_delete_waits_for_the_send),
        cmocka_unit_test(a_delete_waits_for_the_indication_but_not_for_the_return),
        cmocka_unit_test(a_transport_may_delete_and_return_at_once),
        cmocka_unit_test(a_transport_may_send_and_receive_from_within),
        cmocka_unit_test(a_burst_is_packets_one_by_one),
        cmocka_unit_test(a_delete_from_within_a_burst_waits_for_its_end),
        cmocka_unit_test(a_pause_from_within_a_burst_waits_for_its_end),
        cmocka_unit_test(a_reset_from_within_a_burst_lets_the_rest_go_first),
        cmocka_unit_test(what_comes_from_within_a_burst_comes_behind_it),
        cmocka_unit_test(flights_end_with_those_that_are_due),
        cmocka_unit_test(a_burst_waits_for_its_time),
        cmocka_unit_test(packets_leave_in_order_when_they_are_due),
        cmocka_unit_test(the_lookup_is_at_arrival),
        cmocka_unit_test(a_pause_waits_for_packets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
