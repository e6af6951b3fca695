// SPDX-License-Identifier: BSD-2-Clause
/* test_engine.c: how requests advance, step by step (OID-1, OID-3). */
#include "support/rig.h"

#include "core/adapter_state.h"

#define COUNT 10u

static rig *rig_with(uint32_t elements_per_step, uint32_t steps_per_submit)
{
    rig *r = rig_create();

    r->config.elements_per_step = elements_per_step;
    r->config.steps_per_submit = steps_per_submit;
    rig_start(r);
    return r;
}

static void assert_idle(const rig *r)
{
    assert_null(r->adapter->requests);
    assert_null(r->adapter->ready.first);
    assert_null(r->adapter->ready.last);
    assert_null(r->adapter->graced.first);
    assert_null(r->adapter->graced.last);
    assert_int_equal(r->adapter->outstanding, 0);
    assert_int_equal(r->adapter->hidden_serial, 0);
}

static rig_job *add_many(rig *r, NDIS_HANDLE handles[COUNT])
{
    rig_spec specs[COUNT];
    rig_job *job;

    for (uint32_t i = 0; i < COUNT; i++)
        specs[i] = rig_inbound(1 + i);
    job = rig_add(r, specs, COUNT);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    for (uint32_t i = 0; i < COUNT; i++)
        handles[i] = rig_handle(job, i);
    return job;
}

/* The steps that a submit may take are those that it takes, and poll's budget is steps too. */
static void a_submit_takes_as_many_steps_as_it_may(void **state)
{
    uint32_t needed = 0;

    (void)state;
    for (uint32_t steps = 1; needed == 0 || steps <= needed; steps++) {
        rig *r = rig_with(1, steps);
        NDIS_HANDLE handles[COUNT];
        rig_job *job;

        (void)add_many(r, handles);
        job = rig_delete(r, handles, COUNT);
        if (needed == 0) { /* the first time: count */
            for (needed = 1; rig_result(job) == NDIS_STATUS_PENDING; needed++)
                rig_poll_steps(r, 1);
            assert_int_equal(needed, 3 * (COUNT + 1) + 1); /* check, unlink, drain, remove */
        } else {
            assert_int_equal(job->answer == NDIS_STATUS_PENDING, steps < needed);
            rig_poll_steps(r, needed - steps - 1);
            assert_int_equal(rig_result(job) == NDIS_STATUS_PENDING, steps < needed);
            rig_poll_steps(r, 1);
        }
        assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
        assert_idle(r);
        rig_destroy(r);
    }
}

static void a_short_request_is_not_held_up_by_a_long_one(void **state)
{
    rig *r = rig_with(1, 1);
    NDIS_HANDLE handles[COUNT], two[2] = {(NDIS_HANDLE)(uintptr_t)1, NULL};
    rig_job *long_job, *short_job;

    (void)state;
    (void)add_many(r, handles);
    long_job = rig_delete(r, handles, COUNT);
    short_job = rig_delete(r, two, 2);
    rig_poll_steps(r, 4);
    assert_status(rig_result(short_job), NDIS_STATUS_INVALID_PARAMETER);
    assert_status(rig_result(long_job), NDIS_STATUS_PENDING);
    rig_poll(r);
    assert_idle(r);
    rig_destroy(r);
}

static void waiting_is_no_work(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1);
    NDIS_HANDLE handle = rig_add_one(r, in);
    sao_flight flight;
    rig_job *job;

    (void)state;
    r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_PROCESS);
    job = rig_delete(r, &handle, 1);
    assert_false(sao_adapter_poll(r->adapter, 0, 100).more); /* for a packet */
    (void)rig_finish(r, 0, &flight);
    assert_false(sao_adapter_poll(r->adapter, 0, 100).more); /* for the backend */
    assert_int_equal(sao_adapter_poll(r->adapter, 0, 100).outstanding, 1);
    rig_answer(r, rig_last_call(r, SAO_BACKEND_REMOVE), NDIS_STATUS_SUCCESS);
    assert_true(sao_adapter_poll(r->adapter, 0, 0).more);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_idle(r);
    rig_destroy(r);
}

static void one_poll_ends_all_that_waited_for_a_packet(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(100);
    NDIS_HANDLE handles[COUNT];
    rig_job *jobs[COUNT];
    sao_flight flight;

    (void)state;
    (void)rig_add_one(r, in);
    (void)add_many(r, handles);
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_PROCESS);
    for (uint32_t i = 0; i < COUNT; i++)
        jobs[i] = rig_delete(r, &handles[i], 1);
    (void)rig_finish(r, 0, &flight);
    assert_true(sao_adapter_poll(r->adapter, 0, 0).more);
    assert_null(r->adapter->graced.first); /* none waits any more, even without a budget */
    (void)sao_adapter_poll(r->adapter, 0, 1000);
    for (uint32_t i = 0; i < COUNT; i++)
        assert_status(rig_result(jobs[i]), NDIS_STATUS_SUCCESS);
    assert_idle(r);
    rig_destroy(r);
}

/* Serials name requests and backend calls; 0 names none, so they step over it. */
static void serials_step_over_zero(void **state)
{
    rig *r = rig_running();

    (void)state;
    r->adapter->next_request_serial = UINT32_MAX - 4;
    r->adapter->next_operation_serial = UINT32_MAX - 4;
    for (uint32_t i = 0; i < COUNT; i++) {
        rig_spec in = rig_with_esn(rig_inbound(1 + i), 0);
        NDIS_HANDLE handle = rig_add_one(r, in);

        assert_true(rig_flows_in(r, &in, handle));
        r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
        (void)rig_update(r, handle, &in, 0, 1);
        assert_int_not_equal(rig_last_call(r, SAO_BACKEND_UPDATE)->ticket.serial, 0);
        rig_answer(r, rig_last_call(r, SAO_BACKEND_UPDATE), NDIS_STATUS_SUCCESS);
        rig_poll(r);
    }
    for (uint32_t i = 0; i < r->event_count; i++)
        if (r->events[i].type == SAO_EVENT_BACKEND_CALL)
            assert_int_not_equal(r->events[i].request, 0);
    assert_int_equal(rig_counters(r).late_answers, 0);
    assert_idle(r);
    rig_destroy(r);
}

/* A request that has a number of its own is named by it, others by their serial. */
static void events_name_their_request(void **state)
{
    (void)state;
    for (uint64_t id = 0; id < 1u << 20; id += 77777) {
        rig *r = rig_running();
        NDIS_HANDLE handle = rig_add_one(r, rig_inbound(1));
        rig_buffer buffer = rig_build_delete(&handle, 1);
        sao_request request;

        sao_request_init(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, buffer.bytes,
                         buffer.length);
        request.id = id;
        rig_clear(r);
        assert_status(sao_adapter_request(r->adapter, &request), NDIS_STATUS_SUCCESS);
        assert_true(r->event_count > 5);
        for (uint32_t i = 0; i < r->event_count; i++)
            assert_int_equal(r->events[i].request, id != 0 ? id : 3); /* the third request */
        free(buffer.bytes);
        rig_destroy(r);
    }
}

static void submit_again(rig *r, rig_job *job)
{
    if (--*(uint32_t *)r->user == 0)
        r->during_completion = NULL;
    job->completions = 0;
    job->answer = sao_adapter_request(r->adapter, &job->request);
    assert_status(job->answer, NDIS_STATUS_PENDING);
    assert_status(job->request.status, NDIS_STATUS_PENDING);
}

static void a_completed_request_may_be_submitted_from_its_completion(void **state)
{
    rig *r = rig_with(1, 1);
    NDIS_HANDLE two[2] = {(NDIS_HANDLE)(uintptr_t)1, NULL};
    uint32_t times = 5;
    rig_job *job;

    (void)state;
    r->user = &times;
    r->during_completion = submit_again;
    job = rig_delete(r, two, 2);
    rig_poll(r);
    assert_int_equal(times, 0);
    assert_status(rig_result(job), NDIS_STATUS_INVALID_PARAMETER);
    assert_idle(r);
    rig_destroy(r);
}

/* Requests leave the list of all from its head, its middle and its end. */
static void outstanding_requests_are_unlinked_from_anywhere(void **state)
{
    (void)state;
    for (uint32_t first = 0; first < 3; first++)
        for (uint32_t second = 0; second < 3; second++) {
            rig *r = rig_running();
            uint32_t order[3] = {first, second, 3 - first - second};
            NDIS_HANDLE handles[COUNT];

            if (first == second) {
                rig_destroy(r);
                continue;
            }
            (void)add_many(r, handles);
            rig_clear(r);
            r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
            for (uint32_t i = 0; i < 3; i++)
                (void)rig_delete(r, &handles[i], 1);
            for (uint32_t i = 0; i < 3; i++) {
                uint32_t left = 0;

                rig_answer(r, &r->calls[order[i]], NDIS_STATUS_SUCCESS);
                rig_poll(r);
                for (const sao_request *q = r->adapter->requests; q != NULL; q = q->state.next)
                    left++;
                assert_int_equal(left, 2 - i);
            }
            assert_idle(r);
            rig_destroy(r);
        }
}

/* Whoever leaves work behind says so; who leaves none is silent. */
static void a_call_that_leaves_work_wakes_the_host(void **state)
{
    rig *r = rig_create();
    NDIS_HANDLE handles[3];
    rig_job *job;

    (void)state;
    r->config.elements_per_step = 1;
    rig_start(r);
    for (uint32_t i = 0; i < 3; i++)
        handles[i] = rig_add_one(r, rig_inbound(i + 1));
    assert_int_equal(r->wakes, 0);
    r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
    job = rig_submit_named(r, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, rig_build_delete(handles, 2),
                           r);
    assert_int_equal(r->wakes, 0); /* it waits for the hardware */
    rig_answer(r, &r->calls[3], NDIS_STATUS_SUCCESS);
    assert_int_equal(r->wakes, 0); /* for one more answer */
    rig_answer(r, &r->calls[4], NDIS_STATUS_SUCCESS);
    assert_int_equal(r->wakes, 1);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);

    (void)rig_submit_named(r, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA,
                           rig_build_delete(&handles[2], 1), r);
    sao_adapter_cancel(r->adapter, NULL);
    assert_int_equal(r->wakes, 1);
    sao_adapter_cancel(r->adapter, r);
    assert_int_equal(r->wakes, 2);
    rig_poll(r);
    assert_int_equal(r->wakes, 2); /* a poll says itself what is left */

    assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_PENDING); /* more slots than steps */
    assert_int_equal(r->wakes, 3);
    rig_poll(r);
    assert_int_equal(r->lives_completed[SAO_LIFE_RESET], 1);
    rig_destroy(r);
}

static void a_submit_that_runs_out_of_steps_wakes_the_host(void **state)
{
    rig *r = rig_create();
    rig_spec spec = rig_inbound(1);

    (void)state;
    r->config.steps_per_submit = 1;
    rig_start(r);
    assert_status(rig_add(r, &spec, 1)->answer, NDIS_STATUS_PENDING);
    assert_int_equal(r->wakes, 1);
    rig_poll(r);
    rig_destroy(r);
}

/* ---- how much a step does -------------------------------------------------------------- */

/* Over so many elements, and a look behind the last. */
static uint32_t sweep_steps(uint32_t count, uint32_t elements_per_step)
{
    return count / elements_per_step + 1;
}

/* The steps of a job that pends, one of them taken by its submit. */
static uint32_t steps_to_the_end(rig *r, const rig_job *job)
{
    uint32_t steps = 1;

    for (; rig_result(job) == NDIS_STATUS_PENDING; steps++)
        rig_poll_steps(r, 1);
    return steps;
}

static void each_step_does_what_it_may(void **state)
{
    static char name;

    (void)state;
    for (uint32_t elements = 1; elements <= COUNT + 1; elements++) {
        const uint32_t sweep = sweep_steps(COUNT, elements);
        rig *r = rig_with(elements, 1);
        NDIS_HANDLE handles[COUNT], bad[COUNT + 1];
        rig_spec specs[COUNT];
        rig_job *job;

        for (uint32_t i = 0; i < COUNT; i++)
            specs[i] = rig_inbound(1 + i);
        job = rig_add(r, specs, COUNT);
        assert_int_equal(steps_to_the_end(r, job), 4 * sweep); /* check, grant, publish, pair */
        for (uint32_t i = 0; i < COUNT; i++)
            bad[i] = handles[i] = rig_handle(job, i);

        bad[COUNT] = NULL; /* check, and give back */
        job = rig_delete(r, bad, COUNT + 1);
        assert_int_equal(steps_to_the_end(r, job), 2 * sweep);
        job = rig_delete(r, handles, COUNT); /* check, unlink, drain, remove */
        assert_int_equal(steps_to_the_end(r, job), 3 * sweep + 1);

        r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
        job = rig_add_named(r, specs, COUNT, &name);
        rig_poll(r);
        sao_adapter_cancel(r->adapter, &name);
        assert_int_equal(steps_to_the_end(r, job), sweep + 1); /* none of them in its submit */
        assert_status(rig_result(job), NDIS_STATUS_REQUEST_ABORTED);
        rig_answer_from(r, 0, SAO_BACKEND_ADD, NDIS_STATUS_FAILURE, false);
        assert_idle(r);
        rig_destroy(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_submit_takes_as_many_steps_as_it_may),
        cmocka_unit_test(a_short_request_is_not_held_up_by_a_long_one),
        cmocka_unit_test(waiting_is_no_work),
        cmocka_unit_test(one_poll_ends_all_that_waited_for_a_packet),
        cmocka_unit_test(serials_step_over_zero),
        cmocka_unit_test(events_name_their_request),
        cmocka_unit_test(a_completed_request_may_be_submitted_from_its_completion),
        cmocka_unit_test(outstanding_requests_are_unlinked_from_anywhere),
        cmocka_unit_test(a_call_that_leaves_work_wakes_the_host),
        cmocka_unit_test(a_submit_that_runs_out_of_steps_wakes_the_host),
        cmocka_unit_test(each_step_does_what_it_may),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
