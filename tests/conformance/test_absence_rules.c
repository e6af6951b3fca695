// SPDX-License-Identifier: BSD-2-Clause
/* test_absence_rules.c: low power (PWR-1), surprise removal (REM-1, REM-2, OID-5), shutdown. */
#include "support/rig.h"

static rig *rig_6_30(void)
{
    rig *r = rig_create();

    r->config.profile = SAO_PROFILE_NDIS_6_30;
    rig_start(r);
    return r;
}

static void pend(rig *r, sao_life_event event)
{
    r->lives[event].status = NDIS_STATUS_PENDING;
    assert_status(rig_life(r, event), NDIS_STATUS_PENDING);
    r->lives[event].status = NDIS_STATUS_SUCCESS;
}

/* ---- low power ------------------------------------------------------------------------- */

static void expect_asleep(rig *r, const rig_spec *in, NDIS_HANDLE handle)
{
    sao_flight flight;

    assert_status(sao_adapter_send(r->adapter, 0, NULL, NULL, NULL, &flight),
                  NDIS_STATUS_LOW_POWER_STATE);
    assert_int_equal(rig_receive(r, 0, in, &flight), SAO_RECEIVE_DROP);
    assert_status(rig_delete(r, &handle, 1)->answer, NDIS_STATUS_NOT_ACCEPTED);
    assert_int_equal(rig_state(r, handle), SAO_BUNDLE_LIVE);
}

static void pwr_1_low_power_is_entered_from_running_since_6_30(void **state)
{
    static const sao_profile profiles[] = {SAO_PROFILE_NDIS_6_1, SAO_PROFILE_NDIS_6_20,
                                           SAO_PROFILE_NDIS_6_30};

    (void)state;
    for (size_t p = 0; p < 3; p++) {
        rig *r = rig_create();

        r->config.profile = profiles[p];
        rig_start(r);
        assert_status(rig_life(r, SAO_LIFE_SLEEP),
                      p == 2 ? NDIS_STATUS_SUCCESS : NDIS_STATUS_INVALID_STATE);
        assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_SUCCESS);
        if (p != 2)
            assert_status(rig_life(r, SAO_LIFE_SLEEP), NDIS_STATUS_SUCCESS); /* Paused, always */
        assert_status(rig_life(r, SAO_LIFE_WAKE), NDIS_STATUS_SUCCESS);
        assert_status(rig_life(r, SAO_LIFE_RESTART), NDIS_STATUS_SUCCESS);
        rig_destroy(r);
    }
}

static void pwr_1_bundles_survive_low_power(void **state)
{
    rig *r = rig_6_30();
    rig_spec in = rig_with_esn(rig_inbound(1), 0), out = rig_outbound(2);
    NDIS_HANDLE in_handle = rig_add_one(r, in), out_handle = rig_add_one(r, out);

    (void)state;
    assert_status(rig_update(r, in_handle, &in, 0, 4)->answer, NDIS_STATUS_SUCCESS);
    pend(r, SAO_LIFE_SLEEP);
    expect_asleep(r, &in, in_handle); /* on the way there */
    rig_answer_life(r, SAO_LIFE_SLEEP, NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_int_equal(r->lives_completed[SAO_LIFE_SLEEP], 1);
    assert_false(rig_status(r, in_handle).in_hardware);
    expect_asleep(r, &in, in_handle); /* there */
    rig_clear(r);
    pend(r, SAO_LIFE_WAKE);
    expect_asleep(r, &in, in_handle); /* and on the way back */
    rig_answer_life(r, SAO_LIFE_WAKE, NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_int_equal(r->lives_completed[SAO_LIFE_WAKE], 1);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_ADD), 2);
    assert_int_equal(rig_call_for(r, SAO_BACKEND_ADD, in_handle)->sequence_high, 4); /* UPD-1 */
    assert_true(rig_flows_in(r, &in, in_handle));
    assert_true(rig_flows_out(r, &out, out_handle));
    rig_delete_one(r, in_handle);
    rig_delete_one(r, out_handle);
    rig_destroy(r);
}

static void pwr_1_requests_are_over_before_low_power(void **state)
{
    static const sao_profile profiles[] = {SAO_PROFILE_NDIS_6_1, SAO_PROFILE_NDIS_6_20};

    (void)state;
    for (size_t p = 0; p < 2; p++) {
        rig *r = rig_create();
        rig_spec specs[2] = {rig_with_esn(rig_inbound(1), 0), rig_inbound(2)};
        NDIS_HANDLE handle;
        rig_job *jobs[3];

        r->config.profile = profiles[p];
        rig_start(r);
        handle = rig_add_one(r, specs[0]);
        assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_SUCCESS);
        for (uint32_t kind = SAO_BACKEND_ADD; kind <= SAO_BACKEND_UPDATE; kind++)
            r->answers[kind].status = NDIS_STATUS_PENDING;
        jobs[0] = rig_add(r, &specs[1], 1);
        jobs[1] = rig_update(r, handle, &specs[0], 0, 1);
        jobs[2] = rig_delete(r, &handle, 1); /* waits for the update */
        if (rig_life(r, SAO_LIFE_SLEEP) == NDIS_STATUS_PENDING)
            rig_poll(r);
        assert_status(rig_result(jobs[0]), NDIS_STATUS_REQUEST_ABORTED);
        assert_status(rig_result(jobs[1]), NDIS_STATUS_SUCCESS); /* it comes with the wake */
        assert_status(rig_result(jobs[2]), NDIS_STATUS_SUCCESS); /* nothing is in its way now */
        assert_int_equal(rig_counters(r).bundles, 0);
        assert_false(rig_memory_has_key(r));
        assert_status(rig_life(r, SAO_LIFE_WAKE), NDIS_STATUS_SUCCESS);
        rig_destroy(r);
    }
}

static void pwr_1_hardware_that_does_not_wake_has_lost_its_bundles(void **state)
{
    rig *r = rig_6_30();
    rig_spec in = rig_inbound(1);
    NDIS_HANDLE handle = rig_add_one(r, in);
    sao_flight flight;

    (void)state;
    assert_status(rig_life(r, SAO_LIFE_SLEEP), NDIS_STATUS_SUCCESS);
    r->lives[SAO_LIFE_WAKE].status = NDIS_STATUS_FAILURE;
    assert_status(rig_life(r, SAO_LIFE_WAKE), NDIS_STATUS_FAILURE);
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_LOST);
    (void)rig_finish(r, 0, &flight);
    rig_delete_one(r, handle);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 0);
    rig_destroy(r);
}

/* Whatever the hardware says to it, it is off. */
static void pwr_1_sleep_cannot_fail(void **state)
{
    rig *r = rig_6_30();
    rig_spec in = rig_inbound(1);
    NDIS_HANDLE handle = rig_add_one(r, in);

    (void)state;
    r->lives[SAO_LIFE_SLEEP].status = NDIS_STATUS_FAILURE;
    assert_status(rig_life(r, SAO_LIFE_SLEEP), NDIS_STATUS_FAILURE);
    expect_asleep(r, &in, handle);
    assert_status(rig_life(r, SAO_LIFE_WAKE), NDIS_STATUS_SUCCESS);
    assert_true(rig_flows_in(r, &in, handle));
    rig_destroy(r);
}

static void pwr_1_an_adapter_may_be_halted_asleep(void **state)
{
    rig *r = rig_6_30();

    (void)state;
    (void)rig_add_one(r, rig_inbound(1));
    assert_status(rig_life(r, SAO_LIFE_SLEEP), NDIS_STATUS_SUCCESS);
    rig_halt(r);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 0); /* the hardware has none */
    assert_int_equal(rig_counters(r).bundles, 0);
    assert_false(rig_memory_has_key(r));
    assert_status(rig_life(r, SAO_LIFE_INITIALIZE), NDIS_STATUS_SUCCESS);
    assert_status(rig_life(r, SAO_LIFE_RESTART), NDIS_STATUS_SUCCESS); /* awake again */
    (void)rig_add_one(r, rig_inbound(1));
    rig_destroy(r);
}

/* ---- surprise removal ------------------------------------------------------------------ */

static void rem_2_bundles_go_without_a_delete(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1), out = rig_outbound(2);
    NDIS_HANDLE handles[2];
    sao_packet_info info = rig_packet(&out);
    sao_flight flight;

    (void)state;
    handles[0] = rig_add_one(r, in);
    handles[1] = rig_add_one(r, out);
    assert_status(sao_adapter_send(r->adapter, 0, &info, handles[1], NULL, &flight),
                  NDIS_STATUS_SUCCESS);
    assert_status(rig_life(r, SAO_LIFE_REMOVE), NDIS_STATUS_PENDING);
    rig_poll(r);
    assert_int_equal(rig_counters(r).bundles, 2); /* DEL-7 */
    assert_true(sao_adapter_poll(r->adapter, 0, 1).draining);
    sao_adapter_send_done(r->adapter, &flight);
    rig_poll(r);
    assert_int_equal(r->lives_completed[SAO_LIFE_REMOVE], 1);
    assert_status(r->life_outcome[SAO_LIFE_REMOVE], NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_counters(r).bundles, 0);
    assert_int_equal(rig_counters(r).bundles_retired, 2);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 2);
    assert_int_equal(rig_last_call(r, SAO_BACKEND_REMOVE)->ticket.serial, 0);
    assert_false(rig_memory_has_key(r));
    rig_halt(r);
    rig_destroy(r);
}

/* While a packet is on its way nobody finds a bundle any more, though it is still there. */
static void rem_2_no_new_packet_finds_a_bundle(void **state)
{
    static const sao_life_event ends[] = {SAO_LIFE_REMOVE, SAO_LIFE_SHUTDOWN};

    (void)state;
    for (uint32_t capacity = 2; capacity <= 4; capacity++) /* fewer than a step takes */
        for (uint32_t end = 0; end < 2; end++) {
            rig *r = rig_create();
            rig_spec in = rig_inbound(1), out = rig_outbound(2);
            sao_packet_info info = rig_packet(&in);
            NDIS_HANDLE handles[2];
            sao_flight flight;

            r->config.capabilities.SaOffloadCapacity = capacity;
            rig_start(r);
            handles[0] = rig_add_one(r, in);
            handles[1] = rig_add_one(r, out);
            assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_PROCESS);
            rig_clear(r);
            assert_status(rig_life(r, ends[end]), NDIS_STATUS_PENDING);
            rig_poll(r);
            assert_int_equal(rig_counters(r).bundles, 2);
            assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 0);
            for (int i = 0; i < 2; i++) {
                assert_int_equal(rig_state(r, handles[i]), SAO_BUNDLE_UNLINKED);
                rig_assert_events(r, handles[i], SAO_EVENT_BUNDLE_UNLINKED, 0);
            }
            assert_null(sao_adapter_lookup(r->adapter, &info));
            assert_status(sao_adapter_wish_delete(r->adapter, handles[0]),
                          NDIS_STATUS_INVALID_PARAMETER);
            assert_status(sao_adapter_pair(r->adapter, handles[0], handles[1]),
                          NDIS_STATUS_INVALID_PARAMETER);
            (void)rig_finish(r, 0, &flight);
            rig_poll(r);
            assert_int_equal(r->lives_completed[ends[end]], 1);
            assert_int_equal(rig_counters(r).bundles, 0);
            rig_destroy(r);
        }
}

/* One that a DELETE has unlinked already is not unlinked twice. */
static void rem_2_a_bundle_being_deleted_goes_too(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1);
    NDIS_HANDLE handle = rig_add_one(r, in);
    sao_flight flight;
    rig_job *job;

    (void)state;
    r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
    job = rig_delete(r, &handle, 1);
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_NO_BUNDLE);
    (void)rig_finish(r, 0, &flight);
    rig_clear(r);
    (void)rig_life(r, SAO_LIFE_REMOVE);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_REQUEST_ABORTED);
    rig_assert_events(r, handle, SAO_EVENT_BUNDLE_WIPED, SAO_EVENT_BUNDLE_FREED, 0);
    rig_destroy(r);
}

static void rem_1_nothing_is_accepted_after_it(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1);
    sao_flight flight;

    (void)state;
    assert_status(rig_life(r, SAO_LIFE_REMOVE), NDIS_STATUS_SUCCESS);
    assert_status(sao_adapter_send(r->adapter, 0, NULL, NULL, NULL, &flight),
                  NDIS_STATUS_NOT_ACCEPTED);
    assert_int_equal(rig_counters(r).flights, 0);
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_DROP);
    assert_status(rig_add(r, &in, 1)->answer, NDIS_STATUS_NOT_ACCEPTED); /* OID-5 */
    assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_INVALID_STATE);
    rig_halt(r); /* pause and halt still follow */
    assert_status(sao_adapter_send(r->adapter, 0, NULL, NULL, NULL, &flight),
                  NDIS_STATUS_NOT_ACCEPTED);
    rig_destroy(r);
}

static void oid_5_what_pends_at_a_removal_is_aborted(void **state)
{
    rig *r = rig_running();
    rig_spec specs[3] = {rig_with_esn(rig_inbound(1), 0), rig_inbound(2), rig_inbound(3)};
    NDIS_HANDLE handles[2] = {rig_add_one(r, specs[0]), rig_add_one(r, specs[1])};
    rig_job *jobs[3];

    (void)state;
    for (uint32_t kind = SAO_BACKEND_ADD; kind <= SAO_BACKEND_UPDATE; kind++)
        r->answers[kind].status = NDIS_STATUS_PENDING;
    jobs[0] = rig_update(r, handles[0], &specs[0], 0, 1);
    jobs[1] = rig_delete(r, &handles[1], 1);
    jobs[2] = rig_add(r, &specs[2], 1);
    (void)rig_life(r, SAO_LIFE_REMOVE);
    rig_poll(r);
    for (int i = 0; i < 3; i++)
        assert_status(rig_result(jobs[i]), NDIS_STATUS_REQUEST_ABORTED);
    assert_int_equal(jobs[1]->request.elements_done, 1); /* the hardware had been told (DEL-9) */
    assert_null(rig_handle(jobs[2], 0));
    assert_int_equal(r->lives_completed[SAO_LIFE_REMOVE], 1);
    assert_int_equal(rig_counters(r).bundles, 0);
    assert_false(rig_memory_has_key(r));
    /* One remove each; the one that was under way is not asked twice. */
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 3);
    rig_answer_from(r, 2, SAO_BACKEND_ADD, NDIS_STATUS_SUCCESS, false);
    rig_answer_from(r, 2, SAO_BACKEND_REMOVE, NDIS_STATUS_SUCCESS, false);
    rig_answer_from(r, 2, SAO_BACKEND_UPDATE, NDIS_STATUS_SUCCESS, false);
    assert_int_equal(rig_counters(r).late_answers, 5);
    rig_halt(r);
    rig_destroy(r);
}

static void rem_2_a_removal_ends_a_reset(void **state)
{
    (void)state;
    for (int restoring = 0; restoring < 2; restoring++) {
        rig *r = rig_running();
        uint32_t calls;

        (void)rig_add_one(r, rig_inbound(1));
        (void)rig_add_one(r, rig_inbound(2));
        calls = r->call_count;
        if (restoring) {
            r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
            assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_PENDING);
            rig_answer(r, &r->calls[calls], NDIS_STATUS_SUCCESS); /* one is back */
        } else {
            pend(r, SAO_LIFE_RESET);
        }
        (void)rig_life(r, SAO_LIFE_REMOVE);
        rig_poll(r);
        assert_int_equal(r->lives_completed[SAO_LIFE_RESET], 1);
        assert_status(r->life_outcome[SAO_LIFE_RESET], NDIS_STATUS_HARD_ERRORS);
        assert_int_equal(rig_counters(r).bundles, 0);
        if (restoring)
            rig_answer(r, &r->calls[calls + 1], NDIS_STATUS_SUCCESS);
        else
            rig_answer_life(r, SAO_LIFE_RESET, NDIS_STATUS_SUCCESS);
        assert_int_equal(rig_counters(r).late_answers, 1);
        rig_halt(r);
        rig_destroy(r);
    }
}

/* ---- shutdown -------------------------------------------------------------------------- */

static void pnp_1_a_shutdown_leaves_nothing(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1), more = rig_inbound(2);
    NDIS_HANDLE handle = rig_add_one(r, in);
    sao_flight flight;
    rig_job *job;

    (void)state;
    r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
    job = rig_delete(r, &handle, 1);
    (void)rig_life(r, SAO_LIFE_SHUTDOWN);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_REQUEST_ABORTED);
    assert_int_equal(rig_counters(r).bundles, 0);
    assert_false(rig_memory_has_key(r));
    assert_status(rig_add(r, &more, 1)->answer, NDIS_STATUS_INVALID_STATE);
    assert_status(sao_adapter_send(r->adapter, 0, NULL, NULL, NULL, &flight), NDIS_STATUS_PAUSED);
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_DROP);
    rig_destroy(r);
}

/* A shutdown takes over from a removal that waits for a packet: both come to a good end. */
static void rem_2_a_shutdown_ends_a_removal(void **state)
{
    rig *r = rig_running();
    sao_flight flight;

    (void)state;
    (void)rig_add_one(r, rig_inbound(1));
    assert_status(sao_adapter_send(r->adapter, 0, NULL, NULL, NULL, &flight), NDIS_STATUS_SUCCESS);
    assert_status(rig_life(r, SAO_LIFE_REMOVE), NDIS_STATUS_PENDING);
    assert_status(rig_life(r, SAO_LIFE_SHUTDOWN), NDIS_STATUS_PENDING);
    rig_poll(r);
    assert_int_equal(r->lives_completed[SAO_LIFE_REMOVE], 1);
    assert_status(r->life_outcome[SAO_LIFE_REMOVE], NDIS_STATUS_SUCCESS);
    assert_int_equal(r->lives_completed[SAO_LIFE_SHUTDOWN], 0);
    sao_adapter_send_done(r->adapter, &flight);
    rig_poll(r);
    assert_int_equal(r->lives_completed[SAO_LIFE_SHUTDOWN], 1);
    assert_int_equal(rig_counters(r).bundles, 0);
    rig_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pwr_1_low_power_is_entered_from_running_since_6_30),
        cmocka_unit_test(pwr_1_bundles_survive_low_power),
        cmocka_unit_test(pwr_1_requests_are_over_before_low_power),
        cmocka_unit_test(pwr_1_hardware_that_does_not_wake_has_lost_its_bundles),
        cmocka_unit_test(pwr_1_sleep_cannot_fail),
        cmocka_unit_test(pwr_1_an_adapter_may_be_halted_asleep),
        cmocka_unit_test(rem_2_bundles_go_without_a_delete),
        cmocka_unit_test(rem_2_no_new_packet_finds_a_bundle),
        cmocka_unit_test(rem_2_a_bundle_being_deleted_goes_too),
        cmocka_unit_test(rem_1_nothing_is_accepted_after_it),
        cmocka_unit_test(oid_5_what_pends_at_a_removal_is_aborted),
        cmocka_unit_test(rem_2_a_removal_ends_a_reset),
        cmocka_unit_test(pnp_1_a_shutdown_leaves_nothing),
        cmocka_unit_test(rem_2_a_shutdown_ends_a_removal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
