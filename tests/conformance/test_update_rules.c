// SPDX-License-Identifier: BSD-2-Clause
/* test_update_rules.c: UPDATE_SA (UPD-0 to UPD-2), alone and beside other requests. */
#include "support/rig.h"

#define UPDATE_SA OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA

/* The high half that a send submitted now would use for the bundle's SA `sa`. */
static uint32_t high_now(rig *r, const rig_spec *out, NDIS_HANDLE handle, uint32_t sa)
{
    sao_packet_info info = rig_packet(out);
    sao_flight flight;
    uint32_t high;

    assert_status(sao_adapter_send(r->adapter, 0, &info, handle, NULL, &flight),
                  NDIS_STATUS_SUCCESS);
    high = flight.sequence_high[sa];
    sao_adapter_send_done(r->adapter, &flight);
    return high;
}

static void upd_1_sends_use_the_value_of_their_time(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_with_esn(rig_outbound(1), 5);
    NDIS_HANDLE handle = rig_add_one(r, out);
    sao_packet_info info = rig_packet(&out);
    sao_flight before;
    rig_job *job;

    (void)state;
    assert_status(sao_adapter_send(r->adapter, 1, &info, handle, NULL, &before),
                  NDIS_STATUS_SUCCESS);
    job = rig_update(r, handle, &out, 0, 6);
    assert_status(job->answer, NDIS_STATUS_SUCCESS);
    assert_int_equal(job->request.supported_revision, 1);
    assert_int_equal(job->request.bytes_read, job->request.buffer_length);
    assert_int_equal(before.sequence_high[0], 5);
    assert_int_equal(high_now(r, &out, handle, 0), 6);
    sao_adapter_send_done(r->adapter, &before);

    assert_int_equal(rig_last_call(r, SAO_BACKEND_UPDATE)->sequence_high, 6);
    assert_int_equal(rig_events_of(r, SAO_EVENT_BUNDLE_UPDATED, handle), 1);
    assert_int_equal(r->events[rig_event_at(r, SAO_EVENT_BUNDLE_UPDATED, handle)].value, 6);
    rig_destroy(r);
}

static void upd_1_names_one_sa_of_the_bundle(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_with_esn(rig_with_ah(rig_outbound(1)), 5);
    NDIS_HANDLE handle = rig_add_one(r, out);

    (void)state;
    assert_status(rig_update(r, handle, &out, 1, 9)->answer, NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_last_call(r, SAO_BACKEND_UPDATE)->sa, 1);
    assert_int_equal(high_now(r, &out, handle, 0), 5);
    assert_int_equal(high_now(r, &out, handle, 1), 9);
    assert_status(rig_update(r, handle, &out, 0, 8)->answer, NDIS_STATUS_SUCCESS);
    assert_int_equal(high_now(r, &out, handle, 0), 8);
    assert_int_equal(high_now(r, &out, handle, 1), 9);
    rig_destroy(r);
}

static void upd_1_works_on_inbound_bundles_too(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_with_esn(rig_inbound(1), 5);
    NDIS_HANDLE handle = rig_add_one(r, in);
    sao_flight flight;

    (void)state;
    assert_status(rig_update(r, handle, &in, 0, 6)->answer, NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_PROCESS);
    assert_int_equal(flight.sequence_high[0], 6);
    (void)rig_finish(r, 0, &flight);
    rig_destroy(r);
}

static void upd_1_a_backend_without_update_takes_it_from_the_flight(void **state)
{
    rig *r = rig_create();
    rig_spec out = rig_with_esn(rig_outbound(1), 5);
    sao_backend_ops ops = *r->config.backend_ops;
    NDIS_HANDLE handle;

    (void)state;
    ops.update = NULL;
    r->config.backend_ops = &ops;
    rig_start(r);
    handle = rig_add_one(r, out);
    assert_status(rig_update(r, handle, &out, 0, 6)->answer, NDIS_STATUS_SUCCESS);
    assert_int_equal(high_now(r, &out, handle, 0), 6);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_UPDATE), 0);
    rig_destroy(r);
}

static void upd_1_a_refusal_brings_the_old_value_back(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_with_esn(rig_outbound(1), 5);
    NDIS_HANDLE handle = rig_add_one(r, out);
    rig_job *job;

    (void)state;
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_FAILURE;
    assert_status(rig_update(r, handle, &out, 0, 6)->answer, NDIS_STATUS_FAILURE);
    assert_int_equal(high_now(r, &out, handle, 0), 5);
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
    job = rig_update(r, handle, &out, 0, 7);
    assert_status(job->answer, NDIS_STATUS_PENDING);
    assert_int_equal(high_now(r, &out, handle, 0), 7);
    rig_answer(r, rig_last_call(r, SAO_BACKEND_UPDATE), NDIS_STATUS_RESOURCES);
    assert_int_equal(high_now(r, &out, handle, 0), 5);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_RESOURCES);
    assert_int_equal(rig_events_of(r, SAO_EVENT_BUNDLE_UPDATED, handle), 0);
    rig_destroy(r);
}

static void upd_2_what_is_not_there_is_refused(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_with_esn(rig_outbound(1), 5), plain = rig_outbound(2);
    rig_spec wrong_spi = out, wrong_operation = out, no_operation = out;
    NDIS_HANDLE handle = rig_add_one(r, out), plain_handle = rig_add_one(r, plain);
    NDIS_HANDLE stale = rig_add_one(r, rig_with_esn(rig_outbound(1), 5));

    (void)state;
    wrong_spi.sa[0].spi = 2;
    wrong_operation.sa[0].operation = IPsecOffloadV2Ah;
    no_operation.sa[0].operation = (IPSEC_OFFLOAD_V2_OPERATION)0;
    rig_delete_one(r, stale);
    rig_clear(r);
    assert_status(rig_update(r, handle, &wrong_spi, 0, 6)->answer, NDIS_STATUS_INVALID_PARAMETER);
    assert_status(rig_update(r, handle, &wrong_operation, 0, 6)->answer,
                  NDIS_STATUS_INVALID_PARAMETER);
    assert_status(rig_update(r, handle, &no_operation, 0, 6)->answer,
                  NDIS_STATUS_INVALID_PARAMETER);
    assert_status(rig_update(r, plain_handle, &plain, 0, 6)->answer,
                  NDIS_STATUS_INVALID_PARAMETER); /* without ESN */
    assert_status(rig_update(r, stale, &out, 0, 6)->answer, NDIS_STATUS_INVALID_PARAMETER);
    assert_status(rig_update(r, NULL, &out, 0, 6)->answer, NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(high_now(r, &out, handle, 0), 5);
    assert_int_equal(r->call_count, 0);
    rig_destroy(r);
}

static void oid_2_a_malformed_update_is_refused(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_with_esn(rig_outbound(1), 5);
    NDIS_HANDLE handle = rig_add_one(r, out);
    rig_buffer buffer;
    rig_job *job;

    (void)state;
    for (ULONG length = 0; length < SAO_SIZEOF_UPDATE_SA_REVISION_1; length++) {
        job = rig_submit(r, UPDATE_SA, rig_truncate(rig_build_update(handle, &out, 0, 6), length));
        assert_status(job->answer, NDIS_STATUS_BUFFER_TOO_SHORT);
        assert_int_equal(job->request.bytes_needed, SAO_SIZEOF_UPDATE_SA_REVISION_1);
    }
    buffer = rig_build_update(handle, &out, 0, 6);
    ((NDIS_OBJECT_HEADER *)(void *)buffer.bytes)->Size++;
    assert_status(rig_submit(r, UPDATE_SA, buffer)->answer, NDIS_STATUS_INVALID_LENGTH);
    buffer = rig_build_update(handle, &out, 0, 6);
    buffer.bytes[0] = 0;
    assert_status(rig_submit(r, UPDATE_SA, buffer)->answer, NDIS_STATUS_INVALID_DATA);
    assert_status(rig_submit(r, UPDATE_SA, (rig_buffer){NULL, 0})->answer,
                  NDIS_STATUS_INVALID_DATA);
    assert_int_equal(high_now(r, &out, handle, 0), 5);
    /* The padding behind the last member is never demanded (REV-1). */
    buffer = rig_truncate(rig_build_update(handle, &out, 0, 6), SAO_SIZEOF_UPDATE_SA_REVISION_1);
    ((NDIS_OBJECT_HEADER *)(void *)buffer.bytes)->Size = SAO_SIZEOF_UPDATE_SA_REVISION_1;
    assert_status(rig_submit(r, UPDATE_SA, buffer)->answer, NDIS_STATUS_SUCCESS);
    assert_int_equal(high_now(r, &out, handle, 0), 6);
    rig_destroy(r);
}

/* ---- beside others --------------------------------------------------------------------- */

static void upd_1_updates_of_a_bundle_run_in_the_order_of_their_submission(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_with_esn(rig_outbound(1), 0);
    NDIS_HANDLE handle = rig_add_one(r, out);
    rig_job *jobs[4];

    (void)state;
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
    for (uint32_t i = 0; i < 4; i++)
        jobs[i] = rig_update(r, handle, &out, 0, 1 + i);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(rig_calls_of(r, SAO_BACKEND_UPDATE), 1 + i);
        assert_int_equal(rig_last_call(r, SAO_BACKEND_UPDATE)->sequence_high, 1 + i);
        rig_answer(r, rig_last_call(r, SAO_BACKEND_UPDATE), NDIS_STATUS_SUCCESS);
        rig_poll(r);
        assert_status(rig_result(jobs[i]), NDIS_STATUS_SUCCESS);
        assert_int_equal(high_now(r, &out, handle, 0), 4); /* sends after the last submit */
    }
    rig_destroy(r);
}

/* One that comes when the first is answered, but the second has not had its turn yet. */
static void upd_1_a_late_update_does_not_overtake_one_that_waits(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_with_esn(rig_outbound(1), 0);
    NDIS_HANDLE handle = rig_add_one(r, out);
    rig_job *first, *second, *third;

    (void)state;
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
    first = rig_update(r, handle, &out, 0, 1);
    second = rig_update(r, handle, &out, 0, 2);
    rig_answer(r, rig_last_call(r, SAO_BACKEND_UPDATE), NDIS_STATUS_SUCCESS);
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_SUCCESS;
    third = rig_update(r, handle, &out, 0, 3);
    rig_poll(r);
    assert_status(rig_result(first), NDIS_STATUS_SUCCESS);
    assert_status(rig_result(second), NDIS_STATUS_SUCCESS);
    assert_status(rig_result(third), NDIS_STATUS_SUCCESS);
    assert_int_equal(high_now(r, &out, handle, 0), 3);
    rig_destroy(r);
}

static void upd_1_updates_of_different_bundles_do_not_wait(void **state)
{
    rig *r = rig_running();
    rig_spec specs[2] = {rig_with_esn(rig_outbound(1), 0), rig_with_esn(rig_outbound(2), 0)};
    NDIS_HANDLE handles[2] = {rig_add_one(r, specs[0]), rig_add_one(r, specs[1])};
    rig_job *jobs[2];

    (void)state;
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
    for (uint32_t i = 0; i < 2; i++)
        jobs[i] = rig_update(r, handles[i], &specs[i], 0, 9);
    rig_answer(r, rig_call_for(r, SAO_BACKEND_UPDATE, handles[1]), NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(jobs[0]), NDIS_STATUS_PENDING);
    assert_status(rig_result(jobs[1]), NDIS_STATUS_SUCCESS);
    rig_answer(r, rig_call_for(r, SAO_BACKEND_UPDATE, handles[0]), NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(jobs[0]), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

static void del_9_a_delete_waits_for_the_update_that_runs(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_with_esn(rig_outbound(1), 0);
    NDIS_HANDLE handles[3] = {rig_add_one(r, rig_inbound(7)), rig_add_one(r, out),
                              rig_add_one(r, rig_inbound(8))};
    rig_job *update, *waiting, *job;

    (void)state;
    rig_clear(r);
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
    update = rig_update(r, handles[1], &out, 0, 1);
    waiting = rig_update(r, handles[1], &out, 0, 2);
    job = rig_delete(r, handles, 3);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_PENDING);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 1); /* list order: the first only */
    rig_answer(r, rig_last_call(r, SAO_BACKEND_UPDATE), NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(update), NDIS_STATUS_SUCCESS);
    assert_status(rig_result(waiting), NDIS_STATUS_INVALID_PARAMETER); /* nothing to update */
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_UPDATE), 1);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 3);
    assert_int_equal(rig_counters(r).bundles, 0);
    rig_destroy(r);
}

static void upd_2_a_bundle_being_deleted_is_not_there(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_with_esn(rig_outbound(1), 0);
    NDIS_HANDLE handle = rig_add_one(r, out);
    rig_job *job;

    (void)state;
    r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
    job = rig_delete(r, &handle, 1);
    assert_status(rig_update(r, handle, &out, 0, 1)->answer, NDIS_STATUS_INVALID_PARAMETER);
    rig_answer(r, rig_last_call(r, SAO_BACKEND_REMOVE), NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

static void upd_2_a_bundle_whose_add_is_pending_is_not_there(void **state)
{
    rig *r = rig_create();
    rig_spec specs[3] = {rig_with_esn(rig_outbound(1), 0), rig_outbound(2), rig_outbound(3)};
    rig_job *add;

    (void)state;
    r->config.elements_per_step = 1;
    r->config.steps_per_submit = 1;
    rig_start(r);
    add = rig_add(r, specs, 3);
    while (rig_result(add) == NDIS_STATUS_PENDING) {
        if (r->call_count > 0)
            assert_status(rig_update(r, r->calls[0].handle, &specs[0], 0, 1)->answer,
                          NDIS_STATUS_INVALID_PARAMETER);
        rig_poll_steps(r, 1);
    }
    assert_status(rig_result(add), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

/* The caller may have changed its buffer since: what was checked counts. */
static void oid_2_a_waiting_update_does_not_read_its_buffer_again(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_with_esn(rig_outbound(1), 0);
    NDIS_HANDLE handle = rig_add_one(r, out);
    rig_job *first, *second, *third;

    (void)state;
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
    first = rig_update(r, handle, &out, 0, 1);
    second = rig_update(r, handle, &out, 0, 2);
    third = rig_update(r, handle, &out, 0, 3);
    memset(second->buffer.bytes, 0, second->buffer.length);
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_SUCCESS;
    rig_answer(r, rig_last_call(r, SAO_BACKEND_UPDATE), NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(first), NDIS_STATUS_SUCCESS);
    assert_status(rig_result(second), NDIS_STATUS_SUCCESS);
    assert_status(rig_result(third), NDIS_STATUS_SUCCESS);
    assert_int_equal(high_now(r, &out, handle, 0), 3);
    rig_delete_one(r, handle); /* nothing is left in its way */
    rig_destroy(r);
}

/* A second element behind the first: no list, so nobody reads it. */
static void upd_0_one_element_a_request(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_with_esn(rig_outbound(1), 5);
    NDIS_HANDLE handle = rig_add_one(r, out);
    rig_buffer first = rig_build_update(handle, &out, 0, 6);
    rig_buffer second = rig_build_update(handle, &out, 0, 7);
    rig_buffer both = {.length = first.length + second.length};

    (void)state;
    both.bytes = malloc(both.length);
    assert_non_null(both.bytes);
    memcpy(both.bytes, first.bytes, first.length);
    memcpy(both.bytes + first.length, second.bytes, second.length);
    free(first.bytes);
    free(second.bytes);
    assert_status(rig_submit(r, UPDATE_SA, both)->answer, NDIS_STATUS_SUCCESS);
    assert_int_equal(high_now(r, &out, handle, 0), 6);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_UPDATE), 1);
    rig_destroy(r);
}

/* One that nobody waits for any more still has the hardware: the next one waits for its answer. */
static void upd_1_a_cancelled_update_in_the_hardware_keeps_its_turn(void **state)
{
    static char name;
    rig *r = rig_running();
    rig_spec out = rig_with_esn(rig_outbound(1), 1);
    NDIS_HANDLE handle = rig_add_one(r, out);
    rig_job *first, *second;

    (void)state;
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
    first = rig_submit_named(r, UPDATE_SA, rig_build_update(handle, &out, 0, 2), &name);
    second = rig_update(r, handle, &out, 0, 3);
    sao_adapter_cancel(r->adapter, &name);
    rig_poll(r);
    assert_status(rig_result(first), NDIS_STATUS_REQUEST_ABORTED);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_UPDATE), 1);
    rig_clear(r);
    sao_adapter_backend_done(r->adapter, r->calls[1].ticket, NDIS_STATUS_SUCCESS);
    assert_int_equal(r->events[rig_event_at(r, SAO_EVENT_BACKEND_ANSWER, handle)].request, 0);
    assert_int_equal(high_now(r, &out, handle, 0), 3); /* the last one that was asked for */
    rig_poll(r);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_UPDATE), 1);
    assert_int_equal(rig_last_call(r, SAO_BACKEND_UPDATE)->sequence_high, 3);
    rig_answer(r, rig_last_call(r, SAO_BACKEND_UPDATE), NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(second), NDIS_STATUS_SUCCESS);
    assert_int_equal(high_now(r, &out, handle, 0), 3);
    rig_destroy(r);
}

/* The call, the answer and the new value are told, with the SA that they are about. */
static void upd_1_an_update_is_reported(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_with_esn(rig_with_ah(rig_outbound(1)), 5);
    NDIS_HANDLE handle = rig_add_one(r, out);

    (void)state;
    rig_clear(r);
    assert_status(rig_update(r, handle, &out, 1, 9)->answer, NDIS_STATUS_SUCCESS);
    rig_assert_events(r, handle, SAO_EVENT_BACKEND_CALL, SAO_EVENT_BACKEND_ANSWER,
                      SAO_EVENT_BUNDLE_UPDATED, 0);
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(r->events[i].code, SAO_BACKEND_UPDATE);
    assert_int_equal(r->events[2].code, 1);
    assert_int_equal(r->events[2].value, 9);
    rig_destroy(r);
}

/* Each SA has its own way back. */
static void upd_1_a_refusal_is_of_one_sa(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_with_esn(rig_with_ah(rig_outbound(1)), 10);
    NDIS_HANDLE handle = rig_add_one(r, out);

    (void)state;
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_FAILURE;
    for (uint32_t sa = 0; sa < 2; sa++) {
        assert_status(rig_update(r, handle, &out, sa, 11)->answer, NDIS_STATUS_FAILURE);
        assert_int_equal(high_now(r, &out, handle, 0), 10);
        assert_int_equal(high_now(r, &out, handle, 1), 10);
    }
    rig_destroy(r);
}

/* The last of those that are still to come counts, be it about to begin. */
static void upd_1_a_cancelled_update_leaves_the_one_before(void **state)
{
    static char name;
    rig *r = rig_running();
    rig_spec out = rig_with_esn(rig_outbound(1), 1);
    NDIS_HANDLE handle = rig_add_one(r, out);
    rig_job *jobs[3];

    (void)state;
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
    for (uint32_t i = 0; i < 3; i++)
        jobs[i] = rig_submit_named(r, UPDATE_SA, rig_build_update(handle, &out, 0, 2 + i),
                                   i == 2 ? &name : NULL);
    sao_adapter_cancel(r->adapter, &name);
    rig_answer(r, rig_last_call(r, SAO_BACKEND_UPDATE), NDIS_STATUS_SUCCESS); /* to the first */
    rig_poll(r);
    assert_status(rig_result(jobs[0]), NDIS_STATUS_SUCCESS);
    assert_status(rig_result(jobs[2]), NDIS_STATUS_REQUEST_ABORTED);
    assert_int_equal(high_now(r, &out, handle, 0), 3);
    rig_answer(r, rig_last_call(r, SAO_BACKEND_UPDATE), NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(jobs[1]), NDIS_STATUS_SUCCESS);
    assert_int_equal(high_now(r, &out, handle, 0), 3);
    rig_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(upd_0_one_element_a_request),
        cmocka_unit_test(upd_1_sends_use_the_value_of_their_time),
        cmocka_unit_test(upd_1_names_one_sa_of_the_bundle),
        cmocka_unit_test(upd_1_works_on_inbound_bundles_too),
        cmocka_unit_test(upd_1_a_backend_without_update_takes_it_from_the_flight),
        cmocka_unit_test(upd_1_a_refusal_brings_the_old_value_back),
        cmocka_unit_test(upd_2_what_is_not_there_is_refused),
        cmocka_unit_test(oid_2_a_malformed_update_is_refused),
        cmocka_unit_test(upd_1_updates_of_a_bundle_run_in_the_order_of_their_submission),
        cmocka_unit_test(upd_1_a_late_update_does_not_overtake_one_that_waits),
        cmocka_unit_test(upd_1_updates_of_different_bundles_do_not_wait),
        cmocka_unit_test(del_9_a_delete_waits_for_the_update_that_runs),
        cmocka_unit_test(upd_2_a_bundle_being_deleted_is_not_there),
        cmocka_unit_test(upd_2_a_bundle_whose_add_is_pending_is_not_there),
        cmocka_unit_test(oid_2_a_waiting_update_does_not_read_its_buffer_again),
        cmocka_unit_test(upd_1_a_cancelled_update_in_the_hardware_keeps_its_turn),
        cmocka_unit_test(upd_1_an_update_is_reported),
        cmocka_unit_test(upd_1_a_refusal_is_of_one_sa),
        cmocka_unit_test(upd_1_a_cancelled_update_leaves_the_one_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
