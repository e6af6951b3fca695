// SPDX-License-Identifier: BSD-2-Clause
/* test_cancel_rules.c: cancelled requests (OID-4), and what an abort leaves (DEL-5, DEL-9, ADD-2).
 */
#include "support/rig.h"

static char one, other; /* names of requests */

static rig_job *delete_named(rig *r, const NDIS_HANDLE *handles, uint32_t count, void *name)
{
    return rig_submit_named(r, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA,
                            rig_build_delete(handles, count), name);
}

static rig_job *update_named(rig *r, NDIS_HANDLE handle, const rig_spec *spec, uint32_t high,
                             void *name)
{
    return rig_submit_named(r, OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA,
                            rig_build_update(handle, spec, 0, high), name);
}

static void add_three(rig *r, NDIS_HANDLE handles[3])
{
    for (uint32_t i = 0; i < 3; i++) {
        rig_spec spec = rig_inbound(i + 1);
        rig_job *job = rig_add(r, &spec, 1);

        rig_poll(r); /* with few steps it pends */
        assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
        handles[i] = rig_handle(job, 0);
    }
}

/* The high half that a packet sent now would use. */
static uint32_t high_of(rig *r, const rig_spec *out, NDIS_HANDLE handle)
{
    sao_packet_info info = rig_packet(out);
    uint32_t high;
    sao_flight flight;

    assert_status(sao_adapter_send(r->adapter, 0, &info, handle, NULL, &flight),
                  NDIS_STATUS_SUCCESS);
    high = flight.sequence_high[0];
    sao_adapter_send_done(r->adapter, &flight);
    return high;
}

/* ---- which requests are meant ---------------------------------------------------------- */

static void oid_4_a_cancel_ends_the_requests_of_that_name(void **state)
{
    rig *r = rig_running();
    NDIS_HANDLE handles[3];
    rig_job *jobs[3];

    (void)state;
    add_three(r, handles);
    r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
    jobs[0] = delete_named(r, &handles[0], 1, &one);
    jobs[1] = delete_named(r, &handles[1], 1, &other);
    jobs[2] = delete_named(r, &handles[2], 1, &one);
    sao_adapter_cancel(r->adapter, &one);
    assert_int_equal(jobs[0]->completions, 0); /* told by poll */
    rig_poll(r);
    assert_status(rig_result(jobs[0]), NDIS_STATUS_REQUEST_ABORTED);
    assert_status(rig_result(jobs[1]), NDIS_STATUS_PENDING);
    assert_status(rig_result(jobs[2]), NDIS_STATUS_REQUEST_ABORTED);
    sao_adapter_cancel(r->adapter, &one); /* finds none now */
    rig_poll(r);
    rig_answer_from(r, 3, SAO_BACKEND_REMOVE, NDIS_STATUS_SUCCESS, false);
    rig_poll(r);
    assert_status(rig_result(jobs[1]), NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_counters(r).bundles, 0);
    rig_destroy(r);
}

static void oid_4_nothing_is_cancelled_by_name_0(void **state)
{
    rig *r = rig_running();
    NDIS_HANDLE handle = rig_add_one(r, rig_inbound(1));
    rig_job *job;

    (void)state;
    r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
    job = rig_delete(r, &handle, 1);
    sao_adapter_cancel(r->adapter, NULL);
    sao_adapter_cancel(r->adapter, &one);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_PENDING);
    rig_answer(r, rig_last_call(r, SAO_BACKEND_REMOVE), NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

static void del_5_a_cancel_that_comes_late_changes_nothing(void **state)
{
    rig *r = rig_running();
    NDIS_HANDLE handle = rig_add_one(r, rig_inbound(1));
    rig_job *job;

    (void)state;
    r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
    job = delete_named(r, &handle, 1, &one);
    rig_answer(r, rig_last_call(r, SAO_BACKEND_REMOVE), NDIS_STATUS_SUCCESS);
    sao_adapter_cancel(r->adapter, &one);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

/* ---- deletes --------------------------------------------------------------------------- */

/* While packets are in flight nothing has gone: all is as before, lookups and pairs too. */
static void del_9_a_delete_cancelled_while_draining_leaves_all_alive(void **state)
{
    rig *r = rig_running();
    rig_spec specs[2] = {rig_inbound(1), rig_outbound(2)};
    rig_job *added = rig_add(r, specs, 2), *job;
    NDIS_HANDLE handles[2] = {rig_handle(added, 0), rig_handle(added, 1)};
    sao_flight flight;

    (void)state;
    assert_int_equal(rig_receive(r, 0, &specs[0], &flight), SAO_RECEIVE_PROCESS);
    job = delete_named(r, handles, 2, &one);
    assert_status(job->answer, NDIS_STATUS_PENDING);
    assert_false(rig_flows_in(r, &specs[0], handles[0]));
    sao_adapter_cancel(r->adapter, &one);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_REQUEST_ABORTED);
    assert_int_equal(job->request.elements_done, 0);
    assert_true(rig_flows_in(r, &specs[0], handles[0]));
    assert_true(rig_flows_out(r, &specs[1], handles[1]));
    assert_ptr_equal(rig_status(r, handles[0]).pair, handles[1]);
    assert_int_equal(rig_events_of(r, SAO_EVENT_BUNDLE_RELINKED, handles[0]), 1);
    (void)rig_finish(r, 0, &flight);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 0);
    assert_status(rig_delete(r, handles, 2)->answer, NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_counters(r).bundles, 0);
    rig_destroy(r);
}

/* An unpaired bundle that comes back can be guessed to be somebody's half, as before. */
static void del_9_what_lives_on_can_be_paired(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1);
    NDIS_HANDLE handle = rig_add_one(r, in), out;
    sao_flight flight;

    (void)state;
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_PROCESS);
    (void)delete_named(r, &handle, 1, &one);
    sao_adapter_cancel(r->adapter, &one);
    rig_poll(r);
    (void)rig_finish(r, 0, &flight);
    out = rig_add_one(r, rig_outbound(2));
    assert_ptr_equal(rig_status(r, handle).pair, out);
    rig_destroy(r);
}

/* The elements that the hardware was told of are gone, whatever it answers; the rest lives. */
static void del_9_an_abort_says_how_many_are_deleted(void **state)
{
    (void)state;
    for (uint32_t told = 1; told <= 3; told++) {
        rig *r = rig_create();
        NDIS_HANDLE handles[3];
        rig_job *job;

        r->config.elements_per_step = 1;
        r->config.steps_per_submit = 1;
        rig_start(r);
        add_three(r, handles);
        r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
        job = rig_submit_named(r, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA,
                               rig_build_delete(handles, 3), &one);
        while (rig_calls_of(r, SAO_BACKEND_REMOVE) < told)
            rig_poll_steps(r, 1);
        sao_adapter_cancel(r->adapter, &one);
        rig_poll(r);
        assert_status(rig_result(job), NDIS_STATUS_REQUEST_ABORTED);
        assert_int_equal(job->request.elements_done, told);
        for (uint32_t i = 0; i < 3; i++)
            assert_int_equal(rig_state(r, handles[i]),
                             i < told ? SAO_BUNDLE_DELETED : SAO_BUNDLE_LIVE);
        rig_answer_from(r, 3, SAO_BACKEND_REMOVE, NDIS_STATUS_FAILURE, true); /* DEL-10 */
        assert_int_equal(rig_counters(r).bundles, 3 - told);
        assert_int_equal(rig_counters(r).bundles_deleted, told);
        assert_int_equal(rig_counters(r).late_answers, 0);
        r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_SUCCESS;
        if (told < 3) { /* the caller goes on from the next */
            job = rig_delete(r, handles + told, 3 - told);
            rig_poll(r);
            assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
        }
        assert_int_equal(rig_counters(r).bundles, 0);
        assert_false(rig_memory_has_key(r));
        rig_destroy(r);
    }
}

static void del_6_a_cancelled_check_releases_its_claims(void **state)
{
    rig *r = rig_create();
    NDIS_HANDLE handles[3];
    rig_job *job;

    (void)state;
    r->config.elements_per_step = 1;
    r->config.steps_per_submit = 2;
    rig_start(r);
    add_three(r, handles);
    job = delete_named(r, handles, 3, &one);
    assert_int_equal(rig_state(r, handles[1]), SAO_BUNDLE_CLAIMED);
    assert_int_equal(rig_state(r, handles[2]), SAO_BUNDLE_LIVE);
    sao_adapter_cancel(r->adapter, &one);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_REQUEST_ABORTED);
    assert_int_equal(job->request.elements_done, 0);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(rig_state(r, handles[i]), SAO_BUNDLE_LIVE);
    assert_int_equal(rig_events(r, SAO_EVENT_BUNDLE_RELEASED), 2);
    rig_destroy(r);
}

/* ---- adds ------------------------------------------------------------------------------ */

/* None is offloaded: the hardware gives back what it has, and what it will yet say yes to. */
static void add_2_a_cancelled_add_leaves_none(void **state)
{
    rig *r = rig_running();
    rig_spec specs[3] = {rig_inbound(1), rig_inbound(2), rig_inbound(3)};
    rig_job *job;

    (void)state;
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
    job = rig_add_named(r, specs, 3, &one);
    rig_answer(r, &r->calls[0], NDIS_STATUS_SUCCESS);
    rig_answer(r, &r->calls[1], NDIS_STATUS_RESOURCES);
    sao_adapter_cancel(r->adapter, &one);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_REQUEST_ABORTED);
    assert_int_equal(job->request.elements_done, 0);
    for (uint32_t i = 0; i < 3; i++)
        assert_null(rig_handle(job, i)); /* ADD-3 */
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 1);
    assert_int_equal(rig_last_call(r, SAO_BACKEND_REMOVE)->spi, 1);
    assert_int_equal(rig_counters(r).bundles, 1); /* until the hardware has answered for it */
    rig_answer(r, &r->calls[2], NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 2);
    assert_int_equal(rig_counters(r).bundles, 0);
    assert_int_equal(rig_counters(r).bundles_aborted, 2);
    assert_int_equal(rig_counters(r).bundles_added, 0);
    assert_int_equal(rig_counters(r).bundles_deleted, 0);
    assert_int_equal(rig_counters(r).late_answers, 0);
    assert_false(rig_memory_has_key(r));
    rig_destroy(r);
}

static void add_2_what_the_hardware_refuses_late_is_gone_too(void **state)
{
    rig *r = rig_running();
    rig_spec spec = rig_inbound(1);
    rig_job *job;

    (void)state;
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
    job = rig_add_named(r, &spec, 1, &one);
    sao_adapter_cancel(r->adapter, &one);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_REQUEST_ABORTED);
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_SUCCESS;
    assert_status(rig_add(r, &spec, 1)->answer, NDIS_STATUS_INVALID_PARAMETER); /* ADD-12: still */
    rig_answer(r, &r->calls[0], NDIS_STATUS_FAILURE);
    assert_int_equal(rig_counters(r).bundles, 0);
    (void)rig_add_one(r, spec);
    rig_destroy(r);
}

/* Once its bundles begin to be live an add cannot be taken back. */
static void add_13_an_add_that_goes_live_is_finished(void **state)
{
    rig *r = rig_create();
    rig_spec specs[2] = {rig_inbound(1), rig_inbound(2)};
    rig_job *job;

    (void)state;
    r->config.elements_per_step = 1;
    rig_start(r);
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
    job = rig_add_named(r, specs, 2, &one);
    rig_answer(r, &r->calls[0], NDIS_STATUS_SUCCESS);
    rig_answer(r, &r->calls[1], NDIS_STATUS_SUCCESS);
    while (rig_events(r, SAO_EVENT_BUNDLE_ADDED) == 0)
        rig_poll_steps(r, 1);
    sao_adapter_cancel(r->adapter, &one);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_true(rig_flows_in(r, &specs[1], rig_handle(job, 1)));
    rig_destroy(r);
}

/* ---- updates --------------------------------------------------------------------------- */

static void upd_1_a_cancelled_update_that_waits_is_forgotten(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_with_esn(rig_outbound(1), 1);
    NDIS_HANDLE handle = rig_add_one(r, out);
    rig_job *jobs[3];

    (void)state;
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
    jobs[0] = update_named(r, handle, &out, 2, &other);
    jobs[1] = update_named(r, handle, &out, 3, &one);
    jobs[2] = update_named(r, handle, &out, 4, &one);
    assert_int_equal(high_of(r, &out, handle), 4);
    sao_adapter_cancel(r->adapter, &one);
    rig_poll(r);
    assert_status(rig_result(jobs[1]), NDIS_STATUS_REQUEST_ABORTED);
    assert_status(rig_result(jobs[2]), NDIS_STATUS_REQUEST_ABORTED);
    assert_int_equal(high_of(r, &out, handle), 2);
    rig_answer(r, rig_last_call(r, SAO_BACKEND_UPDATE), NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(jobs[0]), NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_UPDATE), 1);
    assert_int_equal(high_of(r, &out, handle), 2);
    rig_destroy(r);
}

/* The hardware was called: what it answers counts, though nobody waits for it any more. */
static void upd_1_a_cancelled_update_in_the_hardware_is_the_hardwares_to_decide(void **state)
{
    static const NDIS_STATUS answers[] = {NDIS_STATUS_SUCCESS, NDIS_STATUS_FAILURE};

    (void)state;
    for (int i = 0; i < 2; i++) {
        rig *r = rig_running();
        rig_spec out = rig_with_esn(rig_outbound(1), 1);
        NDIS_HANDLE handle = rig_add_one(r, out);
        rig_job *job, *next;

        r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
        job = update_named(r, handle, &out, 2, &one);
        sao_adapter_cancel(r->adapter, &one);
        rig_poll(r);
        assert_status(rig_result(job), NDIS_STATUS_REQUEST_ABORTED);
        next = rig_delete(r, &handle, 1); /* waits for its turn all the same */
        assert_status(next->answer, NDIS_STATUS_PENDING);
        sao_adapter_cancel(r->adapter, NULL);
        rig_poll(r);
        assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 0);
        rig_answer(r, rig_last_call(r, SAO_BACKEND_UPDATE), answers[i]);
        rig_poll(r);
        assert_status(rig_result(next), NDIS_STATUS_SUCCESS);
        assert_int_equal(rig_events(r, SAO_EVENT_BUNDLE_UPDATED), i == 0 ? 1 : 0);
        assert_int_equal(rig_counters(r).late_answers, 0);
        rig_destroy(r);
    }
}

static void upd_1_after_a_late_answer_sends_use_what_the_hardware_has(void **state)
{
    static const NDIS_STATUS answers[] = {NDIS_STATUS_SUCCESS, NDIS_STATUS_FAILURE};

    (void)state;
    for (int i = 0; i < 2; i++) {
        rig *r = rig_running();
        rig_spec out = rig_with_esn(rig_outbound(1), 1);
        NDIS_HANDLE handle = rig_add_one(r, out);

        r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
        (void)update_named(r, handle, &out, 2, &one);
        sao_adapter_cancel(r->adapter, &one);
        rig_poll(r);
        assert_int_equal(high_of(r, &out, handle), 2);
        rig_answer(r, rig_last_call(r, SAO_BACKEND_UPDATE), answers[i]);
        assert_int_equal(high_of(r, &out, handle), i == 0 ? 2 : 1);
        rig_destroy(r);
    }
}

/* A delete that waited behind an update, and is cancelled there, gives the bundle back. */
static void del_9_a_delete_cancelled_behind_an_update_lets_go(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_with_esn(rig_outbound(1), 1);
    NDIS_HANDLE handle = rig_add_one(r, out);
    rig_job *update, *job;

    (void)state;
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
    update = rig_update(r, handle, &out, 0, 2);
    job = delete_named(r, &handle, 1, &one);
    sao_adapter_cancel(r->adapter, &one);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_REQUEST_ABORTED);
    assert_true(rig_flows_out(r, &out, handle));
    rig_answer(r, rig_last_call(r, SAO_BACKEND_UPDATE), NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(update), NDIS_STATUS_SUCCESS);
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_SUCCESS;
    assert_status(rig_update(r, handle, &out, 0, 3)->answer, NDIS_STATUS_SUCCESS);
    rig_delete_one(r, handle);
    rig_destroy(r);
}

/* An update that a delete overtook is refused, and leaves no trace when the delete is cancelled. */
static void upd_2_an_update_overtaken_by_a_cancelled_delete_leaves_no_trace(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_with_esn(rig_outbound(1), 1);
    NDIS_HANDLE handle = rig_add_one(r, out);
    sao_packet_info info = rig_packet(&out);
    sao_flight flight;
    rig_job *overtaken;

    (void)state;
    assert_status(sao_adapter_send(r->adapter, 0, &info, handle, NULL, &flight),
                  NDIS_STATUS_SUCCESS); /* keeps the delete from the hardware */
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
    (void)rig_update(r, handle, &out, 0, 2);
    overtaken = rig_update(r, handle, &out, 0, 3);
    (void)delete_named(r, &handle, 1, &one);
    rig_answer(r, rig_last_call(r, SAO_BACKEND_UPDATE), NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(overtaken), NDIS_STATUS_INVALID_PARAMETER);
    sao_adapter_cancel(r->adapter, &one);
    rig_poll(r);
    sao_adapter_send_done(r->adapter, &flight);
    assert_int_equal(high_of(r, &out, handle), 2);
    rig_destroy(r);
}

/* An update that was aborted while a delete waited behind it finds its bundle gone, and another one
 * in its place. */
static void upd_1_an_aborted_update_leaves_the_next_bundle_alone(void **state)
{
    rig *r = rig_create();
    rig_spec out = rig_with_esn(rig_outbound(1), 1), next = rig_with_esn(rig_outbound(2), 40);
    NDIS_HANDLE handle;
    rig_job *updates[2], *job;

    (void)state;
    r->config.capabilities.SaOffloadCapacity = 1;
    rig_start(r);
    handle = rig_add_one(r, out);
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
    updates[0] = rig_update(r, handle, &out, 0, 2);
    updates[1] = update_named(r, handle, &out, 3, &one);
    job = rig_delete(r, &handle, 1);
    rig_answer(r, rig_last_call(r, SAO_BACKEND_UPDATE), NDIS_STATUS_SUCCESS);
    sao_adapter_cancel(r->adapter, &one); /* it has the turn by now, and has not run */
    rig_poll(r);
    assert_status(rig_result(updates[0]), NDIS_STATUS_SUCCESS);
    assert_status(rig_result(updates[1]), NDIS_STATUS_REQUEST_ABORTED);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_SUCCESS;
    handle = rig_add_one(r, next);
    assert_int_equal(high_of(r, &next, handle), 40);
    assert_status(rig_update(r, handle, &next, 0, 41)->answer, NDIS_STATUS_SUCCESS);
    assert_int_equal(high_of(r, &next, handle), 41);
    rig_destroy(r);
}

/* ---- callbacks ------------------------------------------------------------------------- */

static void cancel_itself(rig *r, const rig_call *call)
{
    (void)call;
    sao_adapter_cancel(r->adapter, &one);
}

/* Cancelled from within the backend, a request is not told PENDING only to be aborted. */
static void oid_4_a_cancel_may_come_from_within_the_backend(void **state)
{
    (void)state;
    for (int pending = 0; pending < 2; pending++) {
        rig *r = rig_running();
        NDIS_HANDLE handles[3];
        rig_job *job;

        add_three(r, handles);
        r->during_call = cancel_itself;
        r->answers[SAO_BACKEND_REMOVE].status = pending ? NDIS_STATUS_PENDING : NDIS_STATUS_SUCCESS;
        job = delete_named(r, handles, 3, &one);
        assert_status(job->answer, NDIS_STATUS_REQUEST_ABORTED); /* DEL-4 */
        assert_int_equal(job->request.elements_done, 1);         /* DEL-9 */
        assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 1);
        assert_int_equal(rig_state(r, handles[1]), SAO_BUNDLE_LIVE);
        r->during_call = NULL;
        rig_destroy(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oid_4_a_cancel_ends_the_requests_of_that_name),
        cmocka_unit_test(oid_4_nothing_is_cancelled_by_name_0),
        cmocka_unit_test(del_5_a_cancel_that_comes_late_changes_nothing),
        cmocka_unit_test(del_9_a_delete_cancelled_while_draining_leaves_all_alive),
        cmocka_unit_test(del_9_what_lives_on_can_be_paired),
        cmocka_unit_test(del_9_an_abort_says_how_many_are_deleted),
        cmocka_unit_test(del_6_a_cancelled_check_releases_its_claims),
        cmocka_unit_test(add_2_a_cancelled_add_leaves_none),
        cmocka_unit_test(add_2_what_the_hardware_refuses_late_is_gone_too),
        cmocka_unit_test(add_13_an_add_that_goes_live_is_finished),
        cmocka_unit_test(upd_1_a_cancelled_update_that_waits_is_forgotten),
        cmocka_unit_test(upd_1_a_cancelled_update_in_the_hardware_is_the_hardwares_to_decide),
        cmocka_unit_test(upd_1_after_a_late_answer_sends_use_what_the_hardware_has),
        cmocka_unit_test(del_9_a_delete_cancelled_behind_an_update_lets_go),
        cmocka_unit_test(upd_2_an_update_overtaken_by_a_cancelled_delete_leaves_no_trace),
        cmocka_unit_test(upd_1_an_aborted_update_leaves_the_next_bundle_alone),
        cmocka_unit_test(oid_4_a_cancel_may_come_from_within_the_backend),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
