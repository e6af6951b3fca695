// SPDX-License-Identifier: BSD-2-Clause
/* test_request_rules.c: requests, whatever they ask for (OID-1, 2, 3, 5, 6, 8, 10, REV-2). */
#include "support/rig.h"

#define ADD_SA OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA
#define DELETE_SA OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA

/* One element a step, one step a submit. */
static rig *rig_in_small_steps(uint32_t capacity)
{
    rig *r = rig_create();

    r->config.capabilities.SaOffloadCapacity = capacity;
    r->config.elements_per_step = 1;
    r->config.steps_per_submit = 1;
    rig_start(r);
    return r;
}

/* ---- many at once ---------------------------------------------------------------------- */

static void oid_1_many_requests_complete_in_any_order(void **state)
{
    enum { COUNT = 8 };
    rig *r = rig_running();
    rig_job *jobs[COUNT];
    NDIS_HANDLE handles[COUNT];

    (void)state;
    for (uint32_t i = 0; i < COUNT; i++)
        handles[i] = rig_add_one(r, rig_inbound(1 + i));
    rig_clear(r);
    r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
    for (uint32_t i = 0; i < COUNT; i++)
        jobs[i] = rig_delete(r, &handles[i], 1);
    assert_int_equal(rig_counters(r).requests, COUNT);
    for (uint32_t n = 0; n < COUNT; n++) {
        uint32_t i = n * 3 % COUNT;

        rig_answer(r, rig_call_for(r, SAO_BACKEND_REMOVE, handles[i]), NDIS_STATUS_SUCCESS);
        rig_poll(r);
        assert_status(rig_result(jobs[i]), NDIS_STATUS_SUCCESS);
        assert_int_equal(rig_counters(r).requests, COUNT - 1 - n);
    }
    rig_destroy(r);
}

static void oid_10_there_is_no_limit_on_requests(void **state)
{
    enum { COUNT = 3000 };
    static rig_job *jobs[COUNT];
    rig *r = rig_in_small_steps(4);
    NDIS_HANDLE unknown = (NDIS_HANDLE)(uintptr_t)77;

    (void)state;
    for (uint32_t i = 0; i < COUNT; i++) {
        NDIS_HANDLE two[2] = {unknown, unknown};

        jobs[i] = rig_delete(r, two, 2);
        assert_status(jobs[i]->answer, NDIS_STATUS_PENDING);
    }
    assert_int_equal(rig_counters(r).requests, COUNT);
    rig_poll(r);
    for (uint32_t i = 0; i < COUNT; i++)
        assert_status(rig_result(jobs[i]), NDIS_STATUS_INVALID_PARAMETER);
    rig_destroy(r);
}

/* ---- steps ----------------------------------------------------------------------------- */

static void oid_3_a_long_list_pends_and_completes_by_poll(void **state)
{
    enum { COUNT = 40 };
    rig *r = rig_in_small_steps(COUNT);
    rig_spec specs[COUNT];
    NDIS_HANDLE handles[COUNT];
    rig_job *job;

    (void)state;
    for (uint32_t i = 0; i < COUNT; i++)
        specs[i] = i % 2 == 0 ? rig_inbound(1 + i) : rig_outbound(1 + i);
    job = rig_add(r, specs, COUNT);
    assert_status(job->answer, NDIS_STATUS_PENDING);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_int_equal(job->request.elements_done, COUNT);
    for (uint32_t i = 0; i < COUNT; i++)
        handles[i] = rig_handle(job, i);

    job = rig_delete(r, handles, COUNT);
    assert_status(job->answer, NDIS_STATUS_PENDING);
    for (uint32_t steps = 0; rig_result(job) == NDIS_STATUS_PENDING; steps++) {
        assert_true(steps < 4 * COUNT); /* each step does its element */
        assert_true(sao_adapter_poll(r->adapter, 0, 1).more ||
                    rig_result(job) != NDIS_STATUS_PENDING);
    }
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_int_equal(job->request.elements_done, COUNT);
    assert_int_equal(rig_counters(r).bundles, 0);
    rig_destroy(r);
}

static void del_6_a_long_list_with_a_bad_end_rolls_back(void **state)
{
    enum { COUNT = 30 };
    rig *r = rig_in_small_steps(COUNT);
    rig_spec specs[COUNT];
    NDIS_HANDLE handles[COUNT + 1];
    rig_job *job;

    (void)state;
    for (uint32_t i = 0; i < COUNT; i++)
        specs[i] = rig_inbound(1 + i);
    job = rig_add(r, specs, COUNT);
    rig_poll(r);
    for (uint32_t i = 0; i < COUNT; i++)
        handles[i] = rig_handle(job, i);
    handles[COUNT] = handles[0];
    rig_clear(r);

    job = rig_delete(r, handles, COUNT + 1);
    rig_poll_steps(r, COUNT / 2);
    assert_int_equal(rig_state(r, handles[0]), SAO_BUNDLE_CLAIMED);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(rig_events(r, SAO_EVENT_BUNDLE_CLAIMED), COUNT);
    assert_int_equal(rig_events(r, SAO_EVENT_BUNDLE_RELEASED), COUNT);
    assert_int_equal(r->call_count, 0);
    for (uint32_t i = 0; i < COUNT; i++)
        assert_true(rig_flows_in(r, &specs[i], handles[i]));
    job = rig_delete(r, handles, COUNT);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

static void oid_3_a_poll_without_budget_does_nothing(void **state)
{
    rig *r = rig_in_small_steps(4);
    NDIS_HANDLE unknown[2] = {(NDIS_HANDLE)(uintptr_t)77, NULL};
    rig_job *job = rig_delete(r, unknown, 2);
    sao_poll poll = sao_adapter_poll(r->adapter, 0, 0);

    (void)state;
    assert_true(poll.more);
    assert_int_equal(poll.outstanding, 1);
    assert_status(rig_result(job), NDIS_STATUS_PENDING);
    rig_poll(r);
    poll = sao_adapter_poll(r->adapter, 0, 10);
    assert_false(poll.more);
    assert_int_equal(poll.outstanding, 0);
    rig_destroy(r);
}

/* Two long ADD lists go live one after the other, and a DELETE between them is not held up. */
static void oid_1_long_adds_side_by_side_both_end(void **state)
{
    enum { COUNT = 12 };
    rig *r = rig_in_small_steps(2 * COUNT);
    rig_spec first[COUNT], second[COUNT];
    rig_job *a, *b;

    (void)state;
    for (uint32_t i = 0; i < COUNT; i++) {
        first[i] = rig_inbound(1 + i);
        second[i] = rig_inbound(101 + i);
    }
    a = rig_add(r, first, COUNT);
    b = rig_add(r, second, COUNT);
    rig_poll(r);
    assert_status(rig_result(a), NDIS_STATUS_SUCCESS);
    assert_status(rig_result(b), NDIS_STATUS_SUCCESS);
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_true(rig_flows_in(r, &first[i], rig_handle(a, i)));
        assert_true(rig_flows_in(r, &second[i], rig_handle(b, i)));
    }
    rig_destroy(r);
}

/* ---- what is refused ------------------------------------------------------------------- */

static void oid_2_unknown_oids_are_refused(void **state)
{
    static const NDIS_OID unknown[] = {0, 1, 0xFC030201, 0xFC030206, 0xFFFFFFFF};
    rig *r = rig_running();
    NDIS_HANDLE handle = rig_add_one(r, rig_inbound(1));

    (void)state;
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_status(rig_submit(r, unknown[i], rig_build_delete(&handle, 1))->answer,
                      NDIS_STATUS_INVALID_OID);
    assert_int_equal(rig_counters(r).requests, 0);
    assert_int_equal(rig_state(r, handle), SAO_BUNDLE_LIVE);
    rig_destroy(r);
}

static void oid_5_no_requests_before_initialize_and_after_halt(void **state)
{
    rig *r = rig_create();
    rig_spec in = rig_inbound(1);

    (void)state;
    rig_make(r);
    assert_status(rig_add(r, &in, 1)->answer, NDIS_STATUS_INVALID_STATE);
    assert_status(sao_adapter_initialize(r->adapter), NDIS_STATUS_SUCCESS);
    rig_delete_one(r, rig_add_one(r, in)); /* Paused */
    assert_status(sao_adapter_restart(r->adapter), NDIS_STATUS_SUCCESS);
    (void)rig_add_one(r, in); /* Running */
    rig_halt(r);
    assert_status(rig_add(r, &in, 1)->answer, NDIS_STATUS_INVALID_STATE);
    assert_status(rig_delete(r, &r->calls[0].handle, 1)->answer, NDIS_STATUS_INVALID_STATE);
    rig_destroy(r);
}

static void oid_5_requests_are_accepted_while_pausing(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1);
    NDIS_HANDLE handle = rig_add_one(r, in);
    sao_flight flight;
    rig_job *job;

    (void)state;
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_PROCESS);
    assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_PENDING);
    job = rig_delete(r, &handle, 1);
    assert_status(job->answer, NDIS_STATUS_PENDING);
    (void)rig_finish(r, 0, &flight);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_int_equal(r->lives_completed[SAO_LIFE_PAUSE], 1);
    rig_destroy(r);
}

static void oid_6_no_halt_while_a_request_is_outstanding(void **state)
{
    rig *r = rig_running();
    NDIS_HANDLE handle = rig_add_one(r, rig_inbound(1));
    rig_job *job;

    (void)state;
    r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
    job = rig_delete(r, &handle, 1);
    assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_SUCCESS); /* PNP-5 */
    assert_status(sao_adapter_halt(r->adapter), NDIS_STATUS_INVALID_STATE);
    rig_answer(r, rig_last_call(r, SAO_BACKEND_REMOVE), NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_status(sao_adapter_halt(r->adapter), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

/* ---- results --------------------------------------------------------------------------- */

static void rev_2_results_are_those_of_the_last_use(void **state)
{
    rig *r = rig_running();
    NDIS_HANDLE handle = rig_add_one(r, rig_inbound(1));
    rig_buffer buffer = rig_build_delete(&handle, 1);
    sao_request request;

    (void)state;
    sao_request_init(&request, DELETE_SA, buffer.bytes, buffer.length);
    assert_status(sao_adapter_request(r->adapter, &request), NDIS_STATUS_SUCCESS);
    assert_int_equal(request.elements_done, 1);
    assert_int_equal(request.bytes_read, buffer.length);
    assert_int_equal(request.supported_revision, 1);
    for (int i = 0; i < 2; i++) { /* refused by its list, then by its OID */
        request.oid = i == 0 ? DELETE_SA : 1;
        assert_status(sao_adapter_request(r->adapter, &request),
                      i == 0 ? NDIS_STATUS_INVALID_PARAMETER : NDIS_STATUS_INVALID_OID);
        assert_int_equal(request.elements_done, 0);
        assert_int_equal(request.bytes_read, 0);
        assert_int_equal(request.supported_revision, 0);
        request.elements_done = 9;
        request.bytes_read = 9;
        request.bytes_needed = 9;
        request.supported_revision = 9;
    }
    request.oid = 1;
    assert_status(sao_adapter_request(r->adapter, &request), NDIS_STATUS_INVALID_OID);
    assert_int_equal(request.bytes_needed, 0);
    free(buffer.bytes);
    rig_destroy(r);
}

/* ---- the backend's manners ------------------------------------------------------------- */

static void assert_answers_once(rig *r, uint32_t late)
{
    assert_int_equal(rig_counters(r).late_answers, late);
    assert_int_equal(rig_events(r, SAO_EVENT_LATE_ANSWER), late);
}

static void oid_3_a_backend_may_answer_twice_or_late(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_with_esn(rig_inbound(1), 0);
    NDIS_HANDLE handle;
    rig_job *job;

    (void)state;
    for (int kind = SAO_BACKEND_ADD; kind <= SAO_BACKEND_UPDATE; kind++)
        r->answers[kind].status = NDIS_STATUS_PENDING;
    job = rig_add(r, &in, 1);
    rig_answer(r, &r->calls[0], NDIS_STATUS_PENDING); /* no answer: absorbed, and still waiting */
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_PENDING);
    for (int i = 0; i < 3; i++)
        rig_answer(r, &r->calls[0], i == 0 ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_answers_once(r, 3);

    handle = rig_handle(job, 0);
    job = rig_update(r, handle, &in, 0, 1);
    rig_answer(r, &r->calls[0], NDIS_STATUS_FAILURE); /* of the add, long over */
    for (int i = 0; i < 2; i++)
        rig_answer(r, &r->calls[1], i == 0 ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_answers_once(r, 5);

    job = rig_delete(r, &handle, 1);
    rig_answer(r, &r->calls[1], NDIS_STATUS_FAILURE);
    for (int i = 0; i < 2; i++)
        rig_answer(r, &r->calls[2], NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_answers_once(r, 7);
    assert_int_equal(rig_counters(r).bundles_deleted, 1);
    rig_destroy(r);
}

static void oid_3_tickets_that_never_were_are_absorbed(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1);
    rig_job *job;

    (void)state;
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
    job = rig_add(r, &in, 1);
    sao_adapter_backend_done(r->adapter, (sao_ticket){0xFFFFFFFF, 1}, NDIS_STATUS_SUCCESS);
    sao_adapter_backend_done(r->adapter, (sao_ticket){RIG_CAPACITY, 1}, NDIS_STATUS_SUCCESS);
    sao_adapter_backend_done(r->adapter, (sao_ticket){0, 0}, NDIS_STATUS_SUCCESS);
    sao_adapter_backend_done(r->adapter,
                             (sao_ticket){r->calls[0].ticket.index, r->calls[0].ticket.serial + 1},
                             NDIS_STATUS_SUCCESS);
    sao_adapter_backend_done(r->adapter,
                             (sao_ticket){r->calls[0].ticket.index + 1, r->calls[0].ticket.serial},
                             NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_PENDING);
    assert_answers_once(r, 5);
    rig_answer(r, &r->calls[0], NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

/* From inside of the call: alone (the call then returns PENDING), or once too often. */
static void oid_3_a_backend_may_answer_from_inside_the_call(void **state)
{
    (void)state;
    for (int twice = 0; twice < 2; twice++) {
        rig *r = rig_running();
        rig_spec out = rig_with_esn(rig_outbound(1), 0);
        NDIS_HANDLE handle;

        for (int kind = SAO_BACKEND_ADD; kind <= SAO_BACKEND_UPDATE; kind++)
            r->answers[kind] = (rig_answer_script){
                twice ? NDIS_STATUS_FAILURE : NDIS_STATUS_PENDING, true, NDIS_STATUS_SUCCESS};
        handle = rig_add_one(r, out);
        assert_status(rig_update(r, handle, &out, 0, 3)->answer, NDIS_STATUS_SUCCESS);
        assert_true(rig_flows_out(r, &out, handle));
        rig_delete_one(r, handle);
        assert_answers_once(r, twice ? 3 : 0);
        assert_int_equal(rig_counters(r).bundles, 0);
        assert_int_equal(rig_counters(r).remove_errors, 0);
        rig_destroy(r);
    }
}

/* ---- calling back in ------------------------------------------------------------------- */

static void add_and_delete_within_completion(rig *r, rig_job *job)
{
    (void)job;
    r->during_completion = NULL;
    rig_delete_one(r, rig_add_one(r, rig_inbound(500)));
    rig_poll(r);
}

static void submit_from_within_the_backend(rig *r, const rig_call *call)
{
    rig_spec in = rig_inbound(501);

    r->during_call = NULL;
    assert_status(rig_delete(r, &call->handle, 1)->answer, NDIS_STATUS_INVALID_PARAMETER);
    assert_true(rig_flows_in(r, &in, rig_add_one(r, in)));
    assert_non_null(sao_adapter_lookup(r->adapter, &(sao_packet_info){0}) == NULL ? r : NULL);
    rig_poll(r);
}

static void oid_1_callbacks_may_call_back_in(void **state)
{
    rig *r = rig_running();
    NDIS_HANDLE handle = rig_add_one(r, rig_inbound(1));
    rig_job *job;

    (void)state;
    r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
    job = rig_delete(r, &handle, 1);
    rig_answer(r, rig_last_call(r, SAO_BACKEND_REMOVE), NDIS_STATUS_SUCCESS);
    r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_SUCCESS;
    r->during_completion = add_and_delete_within_completion;
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    r->during_call = submit_from_within_the_backend;
    (void)rig_add_one(r, rig_inbound(2));
    assert_int_equal(rig_counters(r).bundles, 2);
    rig_destroy(r);
}

/* A list that overlaps itself changes while its handles are written. */
static void oid_2_a_list_that_overwrites_itself_is_no_success(void **state)
{
    enum { SECOND_AT = 104 }; /* its OffloadHandle lies on the first one's KeyLength */
    rig *r = rig_create();
    rig_spec spec = rig_inbound(1);
    rig_buffer good;
    rig_buffer buffer = {calloc(1, 1024), 1024};
    IPSEC_OFFLOAD_V2_ADD_SA *first = (IPSEC_OFFLOAD_V2_ADD_SA *)(void *)buffer.bytes;
    NDIS_OBJECT_HEADER header = {NDIS_OBJECT_TYPE_DEFAULT, 1, sizeof *first};
    rig_job *job;

    (void)state;
    spec.sa[0].encryption = 0;
    spec.sa[0].authentication = IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_1;
    good = rig_build_add(&spec, 1);
    r->config.strict_lists = true;
    rig_start(r);
    memcpy(buffer.bytes, good.bytes, SECOND_AT);
    memcpy(buffer.bytes + SECOND_AT, &header, sizeof header);
    first->Next = (IPSEC_OFFLOAD_V2_ADD_SA *)(void *)(buffer.bytes + SECOND_AT);
    first->KeyLength = 200;
    free(good.bytes);

    job = rig_submit(r, ADD_SA, buffer);
    assert_int_equal(job->request.elements_done, 0);
    assert_status(job->answer, NDIS_STATUS_INVALID_DATA);
    assert_int_equal(rig_counters(r).bundles, 0);
    rig_destroy(r);
}

/* Hours go by; neither the adapter nor NDIS gives the request up. */
static void oid_9_time_alone_ends_no_request(void **state)
{
    rig *r = rig_running();
    NDIS_HANDLE handle = rig_add_one(r, rig_inbound(1));
    rig_job *job;

    (void)state;
    r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
    job = rig_delete(r, &handle, 1);
    for (uint64_t now = 1; now < UINT64_MAX / 2; now *= 2)
        (void)sao_adapter_poll(r->adapter, now, 100);
    for (uint32_t i = 0; i < 100000; i++)
        (void)sao_adapter_poll(r->adapter, i, 100);
    assert_status(rig_result(job), NDIS_STATUS_PENDING);
    rig_answer(r, rig_last_call(r, SAO_BACKEND_REMOVE), NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oid_1_many_requests_complete_in_any_order),
        cmocka_unit_test(oid_10_there_is_no_limit_on_requests),
        cmocka_unit_test(oid_3_a_long_list_pends_and_completes_by_poll),
        cmocka_unit_test(del_6_a_long_list_with_a_bad_end_rolls_back),
        cmocka_unit_test(oid_3_a_poll_without_budget_does_nothing),
        cmocka_unit_test(oid_1_long_adds_side_by_side_both_end),
        cmocka_unit_test(oid_2_unknown_oids_are_refused),
        cmocka_unit_test(oid_5_no_requests_before_initialize_and_after_halt),
        cmocka_unit_test(oid_5_requests_are_accepted_while_pausing),
        cmocka_unit_test(oid_6_no_halt_while_a_request_is_outstanding),
        cmocka_unit_test(rev_2_results_are_those_of_the_last_use),
        cmocka_unit_test(oid_3_a_backend_may_answer_twice_or_late),
        cmocka_unit_test(oid_3_tickets_that_never_were_are_absorbed),
        cmocka_unit_test(oid_3_a_backend_may_answer_from_inside_the_call),
        cmocka_unit_test(oid_1_callbacks_may_call_back_in),
        cmocka_unit_test(oid_2_a_list_that_overwrites_itself_is_no_success),
        cmocka_unit_test(oid_9_time_alone_ends_no_request),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
