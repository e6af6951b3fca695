// SPDX-License-Identifier: BSD-2-Clause
/* test_soft_nic_flight.c: packets under way: deletes, callbacks, latency, pauses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

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
        cmocka_unit_test(packets_leave_in_order_when_they_are_due),
        cmocka_unit_test(the_lookup_is_at_arrival),
        cmocka_unit_test(a_pause_waits_for_packets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
