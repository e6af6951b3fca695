// SPDX-License-Identifier: BSD-2-Clause
/* test_adapter_life.c: what the adapter reports of its own states (PNP-1). */
#include "support/rig.h"

static void every_state_has_its_documented_name(void **state)
{
    (void)state;
    assert_string_equal(sao_adapter_state_name(SAO_ADAPTER_HALTED), "Halted");
    assert_string_equal(sao_adapter_state_name(SAO_ADAPTER_INITIALIZING), "Initializing");
    assert_string_equal(sao_adapter_state_name(SAO_ADAPTER_PAUSED), "Paused");
    assert_string_equal(sao_adapter_state_name(SAO_ADAPTER_RESTARTING), "Restarting");
    assert_string_equal(sao_adapter_state_name(SAO_ADAPTER_RUNNING), "Running");
    assert_string_equal(sao_adapter_state_name(SAO_ADAPTER_PAUSING), "Pausing");
    assert_string_equal(sao_adapter_state_name(SAO_ADAPTER_SHUTDOWN), "Shutdown");
    assert_string_equal(sao_adapter_state_name((sao_adapter_state)99), "Unknown");
}

static void each_move_is_reported(void **state)
{
    static const sao_adapter_state expected[] = {
        SAO_ADAPTER_INITIALIZING, SAO_ADAPTER_PAUSED, SAO_ADAPTER_RESTARTING, SAO_ADAPTER_RUNNING,
        SAO_ADAPTER_PAUSING,      SAO_ADAPTER_PAUSED, SAO_ADAPTER_RESTARTING, SAO_ADAPTER_RUNNING,
        SAO_ADAPTER_PAUSING,      SAO_ADAPTER_PAUSED, SAO_ADAPTER_HALTED,
    };
    const uint32_t moves = sizeof expected / sizeof expected[0];
    uint32_t seen = 0;
    rig *r = rig_create();
    sao_flight flight;

    (void)state;
    rig_make(r);
    assert_status(sao_adapter_initialize(r->adapter), NDIS_STATUS_SUCCESS);
    assert_status(sao_adapter_restart(r->adapter), NDIS_STATUS_SUCCESS);
    assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_SUCCESS);
    assert_status(sao_adapter_restart(r->adapter), NDIS_STATUS_SUCCESS);
    assert_status(sao_adapter_send(r->adapter, 0, NULL, NULL, NULL, &flight), NDIS_STATUS_SUCCESS);
    assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_PENDING);
    sao_adapter_send_done(r->adapter, &flight);
    assert_int_equal(sao_adapter_get_state(r->adapter), SAO_ADAPTER_PAUSING);
    (void)sao_adapter_poll(r->adapter, 77, 0); /* completes it, without any budget */
    assert_status(sao_adapter_halt(r->adapter), NDIS_STATUS_SUCCESS);

    for (uint32_t i = 0; i < r->event_count; i++) {
        if (r->events[i].type != SAO_EVENT_ADAPTER_STATE)
            continue;
        assert_true(seen < moves);
        assert_int_equal(r->events[i].code, expected[seen]);
        assert_int_equal(r->events[i].time, seen < 9 ? 0 : 77);
        seen++;
    }
    assert_int_equal(seen, moves);
    rig_destroy(r);
}

/* The lock is given away for each bundle: whatever calls back in then finds the door shut. */
static void try_to_begin(rig *r, const rig_call *call)
{
    rig_spec more = rig_inbound(77);

    if (call->kind != SAO_BACKEND_REMOVE)
        return;
    assert_status(sao_adapter_initialize(r->adapter), NDIS_STATUS_INVALID_STATE);
    assert_status(sao_adapter_restart(r->adapter), NDIS_STATUS_INVALID_STATE);
    assert_status(sao_adapter_halt(r->adapter), NDIS_STATUS_INVALID_STATE);
    assert_status(
        rig_submit(r, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, rig_build_add(&more, 1))->answer,
        NDIS_STATUS_INVALID_STATE);
}

static void nothing_begins_while_it_halts(void **state)
{
    rig *r = rig_running();

    (void)state;
    (void)rig_add_one(r, rig_inbound(1));
    (void)rig_add_one(r, rig_inbound(2));
    r->during_call = try_to_begin;
    rig_halt(r);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 2);
    assert_int_equal(rig_counters(r).bundles, 0);
    assert_int_equal(sao_adapter_get_state(r->adapter), SAO_ADAPTER_HALTED);
    rig_destroy(r);
}

/* A poll says when only packets hold something up: it takes another poll after they finish. */
static void a_poll_says_what_waits_for_packets(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1);
    NDIS_HANDLE handle = rig_add_one(r, in);
    sao_flight flight;
    sao_poll poll;

    (void)state;
    assert_false(sao_adapter_poll(r->adapter, 0, 100).draining);
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_PROCESS);
    (void)rig_delete(r, &handle, 1);
    poll = sao_adapter_poll(r->adapter, 0, 100);
    assert_true(poll.draining);
    assert_false(poll.more);
    assert_int_equal(poll.outstanding, 1);
    sao_adapter_receive_indicated(r->adapter, &flight);
    assert_false(sao_adapter_poll(r->adapter, 0, 100).draining);
    assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_PENDING);
    assert_true(sao_adapter_poll(r->adapter, 0, 100).draining);
    sao_adapter_receive_returned(r->adapter, 0);
    assert_false(sao_adapter_poll(r->adapter, 0, 100).draining);
    assert_int_equal(r->lives_completed[SAO_LIFE_PAUSE], 1);
    rig_destroy(r);
}

/* A pause that pends may be waited out and begun again, any number of times. */
static void pauses_are_counted_each_once(void **state)
{
    rig *r = rig_running();
    rig_spec unknown = rig_inbound(1);

    (void)state;
    for (uint32_t i = 1; i <= 3; i++) {
        sao_flight flight;

        assert_int_equal(rig_receive(r, 0, &unknown, &flight), SAO_RECEIVE_NO_BUNDLE);
        assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_PENDING);
        assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_INVALID_STATE);
        (void)rig_finish(r, 0, &flight);
        rig_poll(r);
        assert_int_equal(r->lives_completed[SAO_LIFE_PAUSE], i);
        assert_status(sao_adapter_restart(r->adapter), NDIS_STATUS_SUCCESS);
    }
    rig_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_has_its_documented_name),
        cmocka_unit_test(each_move_is_reported),
        cmocka_unit_test(nothing_begins_while_it_halts),
        cmocka_unit_test(a_poll_says_what_waits_for_packets),
        cmocka_unit_test(pauses_are_counted_each_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
