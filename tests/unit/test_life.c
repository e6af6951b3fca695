// SPDX-License-Identifier: BSD-2-Clause
/* test_life.c: what the adapter reports of its own states (PNP-1). */
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

static void each_move_is_reported_with_its_status(void **state)
{
    static const struct {
        uint32_t type;
        NDIS_STATUS status;
    } expected[] = {
        {SAO_EVENT_INITIALIZE, NDIS_STATUS_SUCCESS}, {SAO_EVENT_RESTART, NDIS_STATUS_SUCCESS},
        {SAO_EVENT_PAUSE, NDIS_STATUS_SUCCESS},      {SAO_EVENT_RESTART, NDIS_STATUS_SUCCESS},
        {SAO_EVENT_PAUSE, NDIS_STATUS_PENDING},      {SAO_EVENT_PAUSE_COMPLETE, 0},
        {SAO_EVENT_HALT, NDIS_STATUS_SUCCESS},
    };
    rig *r = rig_create();
    sao_flight flight;

    (void)state;
    rig_make(r);
    assert_status(sao_adapter_initialize(r->adapter), NDIS_STATUS_SUCCESS);
    assert_status(sao_adapter_restart(r->adapter), NDIS_STATUS_SUCCESS);
    assert_status(sao_adapter_pause(r->adapter), NDIS_STATUS_SUCCESS);
    assert_status(sao_adapter_restart(r->adapter), NDIS_STATUS_SUCCESS);
    assert_status(sao_adapter_send(r->adapter, 0, NULL, NULL, NULL, &flight), NDIS_STATUS_SUCCESS);
    assert_status(sao_adapter_pause(r->adapter), NDIS_STATUS_PENDING);
    sao_adapter_send_done(r->adapter, &flight);
    assert_int_equal(sao_adapter_get_state(r->adapter), SAO_ADAPTER_PAUSING);
    (void)sao_adapter_poll(r->adapter, 77, 0); /* completes it, without any budget */
    assert_status(sao_adapter_halt(r->adapter), NDIS_STATUS_SUCCESS);

    assert_int_equal(r->event_count, sizeof expected / sizeof expected[0]);
    for (uint32_t i = 0; i < r->event_count; i++) {
        assert_string_equal(sao_event_name(r->events[i].type), sao_event_name(expected[i].type));
        assert_status(r->events[i].status, expected[i].status);
    }
    assert_int_equal(r->events[4].time, 0);
    assert_int_equal(r->events[5].time, 77);
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
        assert_status(sao_adapter_pause(r->adapter), NDIS_STATUS_PENDING);
        assert_status(sao_adapter_pause(r->adapter), NDIS_STATUS_INVALID_STATE);
        (void)rig_finish(r, 0, &flight);
        rig_poll(r);
        assert_int_equal(r->pauses_completed, i);
        assert_status(sao_adapter_restart(r->adapter), NDIS_STATUS_SUCCESS);
    }
    rig_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_has_its_documented_name),
        cmocka_unit_test(each_move_is_reported_with_its_status),
        cmocka_unit_test(pauses_are_counted_each_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
