// SPDX-License-Identifier: BSD-2-Clause
/* test_life_rules.c: pausing and halting (PNP-2, PNP-4, PNP-5, OID-5, OID-6). */
#include "support/rig.h"

/* A rig whose adapter is in this state. Pausing: a packet in `flight` keeps it there. */
static rig *rig_in(sao_adapter_state state, sao_flight *flight)
{
    rig *r = rig_create();

    rig_make(r);
    if (state == SAO_ADAPTER_HALTED)
        return r;
    assert_status(sao_adapter_initialize(r->adapter), NDIS_STATUS_SUCCESS);
    if (state == SAO_ADAPTER_PAUSED)
        return r;
    assert_status(sao_adapter_restart(r->adapter), NDIS_STATUS_SUCCESS);
    if (state == SAO_ADAPTER_RUNNING)
        return r;
    assert_status(sao_adapter_send(r->adapter, 0, NULL, NULL, NULL, flight), NDIS_STATUS_SUCCESS);
    assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_PENDING);
    return r;
}

/* ---- pausing --------------------------------------------------------------------------- */

static void pnp_2_a_pause_waits_for_sends(void **state)
{
    sao_flight flight, refused;
    rig *r = rig_in(SAO_ADAPTER_PAUSING, &flight);

    (void)state;
    assert_int_equal(sao_adapter_get_state(r->adapter), SAO_ADAPTER_PAUSING);
    assert_status(sao_adapter_send(r->adapter, 0, NULL, NULL, NULL, &refused), NDIS_STATUS_PAUSED);
    rig_poll(r);
    assert_int_equal(r->lives_completed[SAO_LIFE_PAUSE], 0);
    sao_adapter_send_done(r->adapter, &flight);
    rig_poll(r);
    rig_poll(r);
    assert_int_equal(r->lives_completed[SAO_LIFE_PAUSE], 1);
    assert_int_equal(sao_adapter_get_state(r->adapter), SAO_ADAPTER_PAUSED);
    assert_int_equal(rig_counters(r).sends_refused, 1);
    rig_destroy(r);
}

/* Each indicated packet counts until it is returned, processed or not, on any queue. */
static void pnp_2_a_pause_waits_for_indicated_packets(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1), unknown = rig_inbound(2);
    sao_flight processed, untouched, dropped;

    (void)state;
    (void)rig_add_one(r, in);
    assert_int_equal(rig_receive(r, 1, &in, &processed), SAO_RECEIVE_PROCESS);
    assert_int_equal(rig_receive(r, 2, &unknown, &untouched), SAO_RECEIVE_NO_BUNDLE);
    assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_PENDING);
    assert_int_equal(rig_receive(r, 0, &in, &dropped), SAO_RECEIVE_DROP);
    assert_int_equal(rig_counters(r).held, 2);

    sao_adapter_receive_indicated(r->adapter, &processed);
    sao_adapter_receive_indicated(r->adapter, &untouched);
    rig_poll(r);
    assert_int_equal(r->lives_completed[SAO_LIFE_PAUSE], 0);
    sao_adapter_receive_returned(r->adapter, 2);
    rig_poll(r);
    assert_int_equal(r->lives_completed[SAO_LIFE_PAUSE], 0);
    sao_adapter_receive_returned(r->adapter, 1);
    rig_poll(r);
    assert_int_equal(r->lives_completed[SAO_LIFE_PAUSE], 1);
    assert_int_equal(rig_receive(r, 0, &in, &dropped), SAO_RECEIVE_DROP); /* Paused */
    rig_destroy(r);
}

static void pnp_2_traffic_goes_on_after_restart(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1), out = rig_outbound(2);
    NDIS_HANDLE in_handle = rig_add_one(r, in), out_handle = rig_add_one(r, out);
    sao_packet_info info = rig_packet(&out);
    sao_flight flight;

    (void)state;
    assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_SUCCESS);
    assert_int_equal(r->lives_completed[SAO_LIFE_PAUSE], 0); /* never after SUCCESS */
    assert_status(sao_adapter_send(r->adapter, 0, &info, out_handle, NULL, &flight),
                  NDIS_STATUS_PAUSED);
    assert_int_equal(rig_counters(r).flights, 0);
    assert_status(sao_adapter_restart(r->adapter), NDIS_STATUS_SUCCESS);
    assert_true(rig_flows_in(r, &in, in_handle)); /* PNP-5: no bundle was dropped */
    assert_true(rig_flows_out(r, &out, out_handle));
    rig_destroy(r);
}

static void pnp_5_a_pause_waits_for_no_request(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1);
    rig_job *job;

    (void)state;
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
    job = rig_add(r, &in, 1);
    assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_SUCCESS);
    rig_answer(r, rig_last_call(r, SAO_BACKEND_ADD), NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_state(r, rig_handle(job, 0)), SAO_BUNDLE_LIVE);
    rig_destroy(r);
}

/* Whatever is under way, the answer is a success: at once, or later. */
static void pnp_5_a_pause_cannot_fail(void **state)
{
    (void)state;
    for (int resetting = 0; resetting < 2; resetting++) {
        rig *r = rig_running();
        rig_spec in = rig_inbound(1);
        NDIS_HANDLE handle = rig_add_one(r, in);
        sao_flight sent, received;

        assert_status(sao_adapter_send(r->adapter, 1, NULL, NULL, NULL, &sent),
                      NDIS_STATUS_SUCCESS);
        assert_int_equal(rig_receive(r, 0, &in, &received), SAO_RECEIVE_PROCESS);
        if (resetting) {
            r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_HARD_ERRORS;
            assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_HARD_ERRORS);
        }
        assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_PENDING);
        (void)rig_finish(r, 0, &received);
        rig_poll(r);
        assert_int_equal(r->lives_completed[SAO_LIFE_PAUSE], 0);
        sao_adapter_send_done(r->adapter, &sent);
        rig_poll(r);
        assert_int_equal(r->lives_completed[SAO_LIFE_PAUSE], 1);
        assert_status(r->life_outcome[SAO_LIFE_PAUSE], NDIS_STATUS_SUCCESS);
        assert_int_equal(rig_state(r, handle), SAO_BUNDLE_LIVE); /* and drops no bundle */
        rig_destroy(r);
    }
}

/* ---- halting --------------------------------------------------------------------------- */

static void pnp_4_halt_frees_everything(void **state)
{
    (void)state;
    for (int answer = 0; answer < 3; answer++) {
        static const NDIS_STATUS answers[] = {NDIS_STATUS_SUCCESS, NDIS_STATUS_PENDING,
                                              NDIS_STATUS_FAILURE};
        rig *r = rig_running();
        NDIS_HANDLE handles[3] = {rig_add_one(r, rig_inbound(1)), rig_add_one(r, rig_outbound(2)),
                                  rig_add_one(r, rig_with_ah(rig_inbound(3)))};

        r->answers[SAO_BACKEND_REMOVE].status = answers[answer];
        rig_halt(r);
        assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 3);
        assert_int_equal(rig_counters(r).bundles, 0);
        assert_int_equal(rig_counters(r).bundles_retired, 3);
        assert_int_equal(rig_counters(r).bundles_deleted, 0);
        assert_int_equal(rig_counters(r).remove_errors, answer == 2 ? 3 : 0); /* DEL-10 */
        assert_int_equal(rig_events(r, SAO_EVENT_BUNDLE_FREED), 3);
        assert_false(rig_memory_has_key(r));
        for (uint32_t i = 0; i < 3; i++)
            assert_int_equal(rig_state(r, handles[i]), SAO_BUNDLE_FREE);
        if (answer == 1) { /* they come too late */
            rig_answer_from(r, 0, SAO_BACKEND_REMOVE, NDIS_STATUS_SUCCESS, false);
            assert_int_equal(rig_counters(r).late_answers, 3);
        }
        rig_destroy(r);
    }
}

static void pnp_4_an_adapter_may_be_initialized_again(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1);
    NDIS_HANDLE before = rig_add_one(r, in), after;

    (void)state;
    rig_halt(r);
    assert_status(sao_adapter_initialize(r->adapter), NDIS_STATUS_SUCCESS);
    assert_status(sao_adapter_restart(r->adapter), NDIS_STATUS_SUCCESS);
    assert_status(rig_encapsulate(r, NDIS_ENCAPSULATION_IEEE_802_3)->answer, NDIS_STATUS_SUCCESS);
    assert_false(rig_flows_in(r, &in, before));
    after = rig_add_one(r, in);
    assert_ptr_not_equal(before, after);
    assert_true(rig_flows_in(r, &in, after));
    assert_status(rig_delete(r, &before, 1)->answer, NDIS_STATUS_INVALID_PARAMETER);
    rig_halt(r);
    rig_destroy(r);
}

static void oid_6_no_halt_while_a_packet_is_outstanding(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1);
    sao_flight flight;

    (void)state;
    (void)rig_add_one(r, in);
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_PROCESS);
    assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_PENDING);
    assert_status(sao_adapter_halt(r->adapter), NDIS_STATUS_INVALID_STATE);
    (void)rig_finish(r, 0, &flight);
    rig_poll(r);
    assert_status(sao_adapter_halt(r->adapter), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

/* A restart that fails leads back to Paused, where the transport may hold a packet yet. */
static void oid_6_no_halt_while_a_failed_restart_has_packets_out(void **state)
{
    rig *r = rig_create();
    rig_spec in = rig_inbound(1);
    sao_flight flight;

    (void)state;
    rig_make(r);
    assert_status(rig_life(r, SAO_LIFE_INITIALIZE), NDIS_STATUS_SUCCESS);
    r->lives[SAO_LIFE_RESTART].status = NDIS_STATUS_PENDING;
    assert_status(rig_life(r, SAO_LIFE_RESTART), NDIS_STATUS_PENDING);
    assert_int_equal(rig_receive(r, 2, &in, &flight), SAO_RECEIVE_EXCLUDED); /* ENC-1 */
    rig_answer_life(r, SAO_LIFE_RESTART, NDIS_STATUS_FAILURE);
    rig_poll(r);
    assert_int_equal(sao_adapter_get_state(r->adapter), SAO_ADAPTER_PAUSED);
    assert_status(rig_life(r, SAO_LIFE_HALT), NDIS_STATUS_INVALID_STATE);
    (void)rig_finish(r, 2, &flight);
    assert_status(rig_life(r, SAO_LIFE_HALT), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

/* ---- requests -------------------------------------------------------------------------- */

/* Each state in its turn, on one adapter; `out` is a packet on its way. */
static void oid_5_requests_are_accepted_in_four_states(void **state)
{
    rig *r = rig_create();
    rig_spec in = rig_with_esn(rig_inbound(1), 0);
    sao_flight flight;

    (void)state;
    rig_make(r);
    for (int i = 0; i < SAO_ADAPTER_SHUTDOWN + 1; i++) {
        static const sao_life_event events[] = {SAO_LIFE_INITIALIZE, SAO_LIFE_INITIALIZE,
                                                SAO_LIFE_RESTART,    SAO_LIFE_RESTART,
                                                SAO_LIFE_PAUSE,      SAO_LIFE_SHUTDOWN};
        const sao_adapter_state now = sao_adapter_get_state(r->adapter);
        const bool open = now >= SAO_ADAPTER_PAUSED && now <= SAO_ADAPTER_PAUSING;

        assert_int_equal(now, i);
        assert_status(rig_encapsulate(r, 0)->answer,
                      open ? NDIS_STATUS_SUCCESS : NDIS_STATUS_INVALID_STATE);
        if (open) {
            NDIS_HANDLE handle = rig_add_one(r, in);

            assert_status(rig_update(r, handle, &in, 0, 1)->answer, NDIS_STATUS_SUCCESS);
            if (now != SAO_ADAPTER_PAUSING) /* in which the packet holds it up (DEL-7) */
                rig_delete_one(r, handle);
        } else {
            assert_status(rig_add(r, &in, 1)->answer, NDIS_STATUS_INVALID_STATE);
        }
        if (now == SAO_ADAPTER_RUNNING)
            assert_status(sao_adapter_send(r->adapter, 0, NULL, NULL, NULL, &flight),
                          NDIS_STATUS_SUCCESS);
        if (now == SAO_ADAPTER_SHUTDOWN)
            break;
        /* What takes its time is seen while it does, and then ends. */
        if (now == SAO_ADAPTER_INITIALIZING || now == SAO_ADAPTER_RESTARTING) {
            rig_answer_life(r, events[i], NDIS_STATUS_SUCCESS);
            rig_poll(r);
        } else {
            r->lives[events[i]].status = NDIS_STATUS_PENDING;
            assert_status(rig_life(r, events[i]), NDIS_STATUS_PENDING);
        }
    }
    sao_adapter_send_done(r->adapter, &flight);
    rig_poll(r);
    assert_int_equal(rig_counters(r).bundles, 0);
    rig_destroy(r);
}

/* ---- the hardware's part --------------------------------------------------------------- */

static void assert_deleted(rig *r, const rig_call *call)
{
    assert_int_equal(rig_state(r, call->handle), SAO_BUNDLE_DELETED);
}

/* What the hardware is asked to take out is nobody's any more; what it is asked to take in is new,
 * whatever its slot was before. */
static void pnp_4_a_slot_forgets_its_bundle(void **state)
{
    rig *r = rig_create();
    rig_spec in = rig_inbound(1);
    rig_job *job;

    (void)state;
    r->config.capabilities.SaOffloadCapacity = 1;
    rig_start(r);
    assert_status(sao_adapter_wish_delete(r->adapter, rig_add_one(r, in)), NDIS_STATUS_SUCCESS);
    r->during_call = assert_deleted;
    rig_halt(r);
    r->during_call = NULL;
    assert_status(rig_life(r, SAO_LIFE_INITIALIZE), NDIS_STATUS_SUCCESS);
    assert_status(rig_life(r, SAO_LIFE_RESTART), NDIS_STATUS_SUCCESS);
    assert_status(rig_encapsulate(r, NDIS_ENCAPSULATION_IEEE_802_3)->answer, NDIS_STATUS_SUCCESS);
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
    job = rig_add(r, &in, 1);
    assert_int_equal(rig_state(r, rig_last_call(r, SAO_BACKEND_ADD)->handle), SAO_BUNDLE_ADDING);
    assert_false(rig_status(r, rig_last_call(r, SAO_BACKEND_ADD)->handle).in_hardware);
    rig_answer(r, rig_last_call(r, SAO_BACKEND_ADD), NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_true(rig_flows_in(r, &in, rig_handle(job, 0)));
    assert_false(rig_status(r, rig_handle(job, 0)).delete_requested); /* that was another's wish */
    rig_destroy(r);
}

static void pnp_4_a_halt_is_reported_for_each_bundle(void **state)
{
    (void)state;
    for (int later = 0; later < 2; later++) {
        rig *r = rig_running();
        NDIS_HANDLE handle = rig_add_one(r, rig_inbound(1));

        rig_clear(r);
        r->answers[SAO_BACKEND_REMOVE].status = later ? NDIS_STATUS_PENDING : NDIS_STATUS_SUCCESS;
        rig_halt(r);
        if (later)
            rig_assert_events(r, handle, SAO_EVENT_BACKEND_CALL, SAO_EVENT_BUNDLE_WIPED,
                              SAO_EVENT_BUNDLE_FREED, 0);
        else
            rig_assert_events(r, handle, SAO_EVENT_BACKEND_CALL, SAO_EVENT_BACKEND_ANSWER,
                              SAO_EVENT_BUNDLE_WIPED, SAO_EVENT_BUNDLE_FREED, 0);
        for (uint32_t i = 0; i < r->event_count; i++)
            if (r->events[i].type == SAO_EVENT_BACKEND_CALL ||
                r->events[i].type == SAO_EVENT_BACKEND_ANSWER)
                assert_int_equal(r->events[i].code, SAO_BACKEND_REMOVE);
        rig_destroy(r);
    }
}

static void pnp_1_each_event_of_life_reports_the_hardwares_part(void **state)
{
    static const sao_life_event events[] = {SAO_LIFE_INITIALIZE, SAO_LIFE_SLEEP, SAO_LIFE_WAKE,
                                            SAO_LIFE_RESTART, SAO_LIFE_RESET};
    rig *r = rig_create();

    (void)state;
    rig_make(r);
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        uint32_t seen = 0;

        rig_clear(r);
        r->lives[events[i]].status = NDIS_STATUS_PENDING;
        assert_status(rig_life(r, events[i]), NDIS_STATUS_PENDING);
        rig_answer_life(r, events[i], NDIS_STATUS_SUCCESS);
        for (int again = 0; again < 2; again++) /* it has answered: nothing waits for these */
            rig_answer_life(r, events[i], NDIS_STATUS_FAILURE);
        rig_poll(r);
        assert_int_equal(r->lives_completed[events[i]], 1);
        assert_status(r->life_outcome[events[i]], NDIS_STATUS_SUCCESS);
        for (uint32_t k = 0; k < r->event_count; k++) {
            const sao_event *event = &r->events[k];

            if (event->type != SAO_EVENT_BACKEND_CALL && event->type != SAO_EVENT_BACKEND_ANSWER)
                continue;
            assert_int_equal(event->type, SAO_EVENT_BACKEND_CALL + seen);
            assert_int_equal(event->code, SAO_BACKEND_LIFE);
            assert_int_equal(event->value, events[i]);
            assert_status(event->status, seen == 0 ? NDIS_STATUS_PENDING : NDIS_STATUS_SUCCESS);
            seen++;
        }
        assert_int_equal(seen, 2);
        assert_int_equal(rig_counters(r).late_answers, 2 * (i + 1));
    }
    rig_destroy(r);
}

/* Hardware that has no part in it agrees to everything. */
static void pnp_1_a_backend_may_have_no_life(void **state)
{
    static const sao_life_event events[] = {SAO_LIFE_INITIALIZE, SAO_LIFE_SLEEP, SAO_LIFE_WAKE,
                                            SAO_LIFE_RESTART,    SAO_LIFE_RESET, SAO_LIFE_PAUSE,
                                            SAO_LIFE_REMOVE};
    rig *r = rig_create();
    sao_backend_ops ops = *r->config.backend_ops;

    (void)state;
    ops.life = NULL;
    r->config.backend_ops = &ops;
    rig_make(r);
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        assert_status(rig_life(r, events[i]), NDIS_STATUS_SUCCESS);
    assert_status(rig_life(r, SAO_LIFE_HALT), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pnp_2_a_pause_waits_for_sends),
        cmocka_unit_test(pnp_2_a_pause_waits_for_indicated_packets),
        cmocka_unit_test(pnp_2_traffic_goes_on_after_restart),
        cmocka_unit_test(pnp_5_a_pause_waits_for_no_request),
        cmocka_unit_test(pnp_5_a_pause_cannot_fail),
        cmocka_unit_test(pnp_4_halt_frees_everything),
        cmocka_unit_test(pnp_4_an_adapter_may_be_initialized_again),
        cmocka_unit_test(oid_6_no_halt_while_a_packet_is_outstanding),
        cmocka_unit_test(oid_6_no_halt_while_a_failed_restart_has_packets_out),
        cmocka_unit_test(oid_5_requests_are_accepted_in_four_states),
        cmocka_unit_test(pnp_4_a_slot_forgets_its_bundle),
        cmocka_unit_test(pnp_4_a_halt_is_reported_for_each_bundle),
        cmocka_unit_test(pnp_1_each_event_of_life_reports_the_hardwares_part),
        cmocka_unit_test(pnp_1_a_backend_may_have_no_life),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
