// SPDX-License-Identifier: BSD-2-Clause
/* test_add.c: an ADD between its steps (ADD-2, ADD-3, ADD-12, ADD-13). */
#include "support/rig.h"

#define COUNT 6u

static rig *rig_in_single_steps(void)
{
    rig *r = rig_create();

    r->config.elements_per_step = 1;
    r->config.steps_per_submit = 1;
    rig_start(r);
    return r;
}

static void describe_list(rig_spec specs[COUNT])
{
    for (uint32_t i = 0; i < COUNT; i++)
        specs[i] = i % 2 == 0 ? rig_inbound(1 + i) : rig_outbound(1 + i);
}

static bool flows(rig *r, const rig_spec *spec, NDIS_HANDLE handle)
{
    return spec->inbound ? rig_flows_in(r, spec, handle) : rig_flows_out(r, spec, handle);
}

/* Packets see all bundles of a list or none, and all when it completes. */
static void bundles_go_live_together(void **state) /* ADD-13 */
{
    rig *r = rig_in_single_steps();
    rig_spec specs[COUNT];
    uint32_t steps = 0;
    rig_job *job;

    (void)state;
    describe_list(specs);
    job = rig_add(r, specs, COUNT);
    for (; rig_result(job) == NDIS_STATUS_PENDING; steps++) {
        for (uint32_t i = 0; i < COUNT; i++)
            assert_false(flows(r, &specs[i], rig_handle(job, i)));
        rig_poll_steps(r, 1);
    }
    assert_true(steps > 3 * COUNT);
    for (uint32_t i = 0; i < COUNT; i++)
        assert_true(flows(r, &specs[i], rig_handle(job, i)));
    rig_destroy(r);
}

/* What was live before stays so while a list goes live. */
static void others_are_not_hidden(void **state)
{
    rig *r = rig_in_single_steps();
    rig_spec specs[COUNT], old[2] = {rig_inbound(100), rig_outbound(101)};
    rig_job *before = rig_add(r, old, 2), *job;

    (void)state;
    rig_poll(r);
    describe_list(specs);
    job = rig_add(r, specs, COUNT);
    while (rig_result(job) == NDIS_STATUS_PENDING) {
        assert_true(flows(r, &old[0], rig_handle(before, 0)));
        assert_true(flows(r, &old[1], rig_handle(before, 1)));
        rig_poll_steps(r, 1);
    }
    rig_destroy(r);
}

static void handles_are_written_only_for_what_succeeded(void **state)
{
    rig *r = rig_running();
    rig_spec specs[COUNT];
    rig_job *job;

    (void)state;
    describe_list(specs);
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
    job = rig_add(r, specs, COUNT);
    for (uint32_t i = 0; i < COUNT; i++)
        assert_null(rig_handle(job, i));
    for (uint32_t i = COUNT; i-- > 0;) { /* answered last to first, every second one well */
        rig_answer(r, &r->calls[i], i % 2 == 0 ? NDIS_STATUS_SUCCESS : NDIS_STATUS_RESOURCES);
        assert_int_equal(rig_handle(job, i) != NULL, i % 2 == 0);
    }
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_int_equal(job->request.elements_done, COUNT / 2);
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_int_equal(flows(r, &specs[i], rig_handle(job, i)), i % 2 == 0);
        if (i % 2 == 0) /* the element's place, whatever the order of the answers */
            assert_int_equal(
                r->events[rig_event_at(r, SAO_EVENT_BUNDLE_ADDED, rig_handle(job, i))].value, i);
    }
    assert_int_equal(rig_counters(r).bundles, COUNT / 2);
    rig_destroy(r);
}

static void a_refused_bundle_is_wiped_and_freed(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1);
    NDIS_HANDLE refused;

    (void)state;
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_RESOURCES;
    assert_status(rig_add(r, &in, 1)->answer, NDIS_STATUS_RESOURCES);
    refused = r->calls[0].handle;
    rig_assert_events(r, refused, SAO_EVENT_BACKEND_CALL, SAO_EVENT_BACKEND_ANSWER,
                      SAO_EVENT_BUNDLE_REFUSED, SAO_EVENT_BUNDLE_WIPED, SAO_EVENT_BUNDLE_FREED, 0);
    assert_int_equal(rig_state(r, refused), SAO_BUNDLE_FREE);
    assert_false(rig_memory_has_key(r));
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 0); /* it was never given */
    assert_int_equal(rig_counters(r).bundles_deleted, 0);
    rig_destroy(r);
}

/* The caller changes a list that was found good: it ends where it no longer is. */
static void a_list_that_changes_ends_there(void **state)
{
    (void)state;
    for (uint32_t place = 0; place < COUNT; place++) {
        rig *r = rig_in_single_steps();
        rig_spec specs[COUNT];
        rig_job *job;

        describe_list(specs);
        job = rig_add(r, specs, COUNT);
        rig_poll_steps(r, COUNT); /* all of it is checked, nothing granted */
        assert_int_equal(r->call_count, 0);
        rig_add_element(job->buffer, place)->Header.Type = 0;
        rig_poll(r);
        assert_status(rig_result(job), place == 0 ? NDIS_STATUS_INVALID_DATA : NDIS_STATUS_SUCCESS);
        assert_int_equal(job->request.elements_done, place);
        for (uint32_t i = 0; i < COUNT; i++)
            assert_int_equal(rig_handle(job, i) != NULL, i < place);
        rig_destroy(r);
    }
}

/* Nor does it grow: only as many elements as were checked are granted. */
static void a_list_does_not_grow(void **state)
{
    rig *r = rig_in_single_steps();
    rig_spec specs[COUNT];
    rig_buffer buffer;
    rig_job *job;

    (void)state;
    describe_list(specs);
    buffer = rig_build_add(specs, COUNT);
    rig_add_element(buffer, 1)->Next = NULL;
    job = rig_submit(r, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, buffer);
    rig_poll_steps(r, 2);
    assert_int_equal(r->call_count, 0);
    rig_add_element(buffer, 1)->Next = rig_add_element(buffer, 2);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_int_equal(job->request.elements_done, 2);
    assert_int_equal(rig_counters(r).bundles, 2);
    rig_destroy(r);
}

/* A handle that nobody has seen is not used up (DEL-8). */
static void a_refusal_by_rule_costs_no_generation(void **state)
{
    NDIS_HANDLE handles[2];

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        rig *r = rig_create();
        rig_spec bad = rig_inbound(0);

        r->config.capabilities.SaOffloadCapacity = 1;
        rig_start(r);
        for (uint32_t k = 0; k < i * 10; k++)
            assert_status(rig_add(r, &bad, 1)->answer, NDIS_STATUS_INVALID_PARAMETER);
        handles[i] = rig_add_one(r, rig_inbound(1));
        rig_destroy(r);
    }
    assert_ptr_equal(handles[0], handles[1]);
}

/* ---- several lists that wait to become live -------------------------------------------- */

/* Three lists; the first is becoming live, and the others wait for that. */
static rig *with_lists_waiting(rig_job *jobs[3], void *names[3])
{
    rig *r = rig_create();
    rig_spec specs[3][12];

    r->config.elements_per_step = 1;
    r->config.steps_per_submit = 1;
    rig_start(r);
    for (uint32_t i = 0; i < 3; i++)
        for (uint32_t k = 0; k < 12; k++)
            specs[i][k] = rig_inbound(1 + 100 * i + k);
    jobs[0] = rig_add_named(r, specs[0], 12, names[0]);
    while (rig_events(r, SAO_EVENT_BUNDLE_ADDED) == 0)
        rig_poll_steps(r, 1);
    jobs[1] = rig_add_named(r, specs[1], 1, names[1]);
    jobs[2] = rig_add_named(r, specs[2], 1, names[2]);
    rig_poll_steps(r, 15);
    assert_status(rig_result(jobs[0]), NDIS_STATUS_PENDING);
    assert_int_equal(rig_events(r, SAO_EVENT_BACKEND_ANSWER), 14); /* all that there are */
    return r;
}

/* OID-4: nothing of it is live, so it is not too late. */
static void a_list_that_waits_to_become_live_can_be_cancelled(void **state)
{
    char ids[3];
    void *names[3] = {&ids[0], &ids[1], &ids[2]};
    rig_job *jobs[3];
    rig *r = with_lists_waiting(jobs, names);

    (void)state;
    sao_adapter_cancel(r->adapter, names[1]);
    rig_poll(r);
    assert_status(rig_result(jobs[0]), NDIS_STATUS_SUCCESS);
    assert_status(rig_result(jobs[1]), NDIS_STATUS_REQUEST_ABORTED);
    assert_null(rig_handle(jobs[1], 0));
    assert_status(rig_result(jobs[2]), NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_counters(r).bundles, 13);
    rig_halt(r);
    rig_destroy(r);
}

static void one_that_is_cancelled_as_its_turn_comes_passes_it_on(void **state)
{
    char ids[3];
    void *names[3] = {&ids[0], &ids[1], &ids[2]};
    rig_job *jobs[3];
    rig *r = with_lists_waiting(jobs, names);

    (void)state;
    while (rig_result(jobs[0]) == NDIS_STATUS_PENDING)
        rig_poll_steps(r, 1);
    sao_adapter_cancel(r->adapter, names[1]);
    rig_poll(r);
    assert_status(rig_result(jobs[1]), NDIS_STATUS_REQUEST_ABORTED);
    assert_status(rig_result(jobs[2]), NDIS_STATUS_SUCCESS);
    rig_halt(r);
    rig_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bundles_go_live_together),
        cmocka_unit_test(others_are_not_hidden),
        cmocka_unit_test(handles_are_written_only_for_what_succeeded),
        cmocka_unit_test(a_refused_bundle_is_wiped_and_freed),
        cmocka_unit_test(a_list_that_changes_ends_there),
        cmocka_unit_test(a_list_does_not_grow),
        cmocka_unit_test(a_refusal_by_rule_costs_no_generation),
        cmocka_unit_test(a_list_that_waits_to_become_live_can_be_cancelled),
        cmocka_unit_test(one_that_is_cancelled_as_its_turn_comes_passes_it_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
