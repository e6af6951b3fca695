// SPDX-License-Identifier: BSD-2-Clause
/* test_delete.c: a DELETE between its steps (DEL-6, DEL-7, DEL-9). */
#include "support/rig.h"

#include "core/adapter_state.h"

#define COUNT 5u

typedef struct fixture {
    rig *r;
    rig_spec specs[COUNT];
    NDIS_HANDLE handles[COUNT];
} fixture;

static fixture make(void)
{
    fixture f = {.r = rig_create()};
    rig_job *job;

    f.r->config.elements_per_step = 1;
    f.r->config.steps_per_submit = 1;
    rig_start(f.r);
    for (uint32_t i = 0; i < COUNT; i++)
        f.specs[i] = rig_inbound(1 + i);
    job = rig_add(f.r, f.specs, COUNT);
    rig_poll(f.r);
    for (uint32_t i = 0; i < COUNT; i++)
        f.handles[i] = rig_handle(job, i);
    rig_clear(f.r);
    return f;
}

static uint32_t count_in(fixture *f, sao_bundle_state state)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < COUNT; i++)
        count += rig_state(f->r, f->handles[i]) == state ? 1u : 0u;
    return count;
}

/* Claims first, all of them; then unlinks; then removals: no stage begins before the last ends. */
static void each_stage_is_whole(void **state)
{
    fixture f = make();
    rig_job *job = rig_delete(f.r, f.handles, COUNT);

    (void)state;
    while (rig_result(job) == NDIS_STATUS_PENDING) {
        const uint32_t claimed = count_in(&f, SAO_BUNDLE_CLAIMED);
        const uint32_t unlinked = count_in(&f, SAO_BUNDLE_UNLINKED);
        const uint32_t gone = count_in(&f, SAO_BUNDLE_FREE);

        assert_int_equal(count_in(&f, SAO_BUNDLE_LIVE) + claimed + unlinked + gone, COUNT);
        assert_true(unlinked + gone == 0 || count_in(&f, SAO_BUNDLE_LIVE) == 0);
        assert_true(gone == 0 || claimed == 0);
        assert_int_equal(job->request.elements_done, gone);
        for (uint32_t i = 0; i < COUNT; i++)
            assert_int_equal(rig_flows_in(f.r, &f.specs[i], f.handles[i]),
                             rig_state(f.r, f.handles[i]) == SAO_BUNDLE_LIVE ||
                                 rig_state(f.r, f.handles[i]) == SAO_BUNDLE_CLAIMED);
        rig_poll_steps(f.r, 1);
    }
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    rig_destroy(f.r);
}

/* A roll-back gives back claims in steps too, and whole. */
static void a_roll_back_forgets_the_claim(void **state)
{
    fixture f = make();
    NDIS_HANDLE list[COUNT + 1];
    rig_job *job;

    (void)state;
    memcpy(list, f.handles, sizeof f.handles);
    list[COUNT] = NULL;
    job = rig_delete(f.r, list, COUNT + 1);
    rig_poll_steps(f.r, COUNT + 2);
    assert_status(rig_result(job), NDIS_STATUS_PENDING);
    assert_int_equal(count_in(&f, SAO_BUNDLE_LIVE) + count_in(&f, SAO_BUNDLE_CLAIMED), COUNT);
    assert_true(count_in(&f, SAO_BUNDLE_CLAIMED) > 0);
    rig_poll(f.r);
    assert_status(rig_result(job), NDIS_STATUS_INVALID_PARAMETER);
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_null(f.r->adapter->records[i].request);
        assert_null(f.r->adapter->records[i].element);
        assert_int_equal(rig_events_of(f.r, SAO_EVENT_BUNDLE_RELEASED, f.handles[i]), 1);
    }
    rig_destroy(f.r);
}

/* The caller's list is read once. */
static void a_list_that_changes_after_the_check_does_not_matter(void **state)
{
    fixture f = make();
    rig_job *job = rig_delete(f.r, f.handles, COUNT);

    (void)state;
    rig_poll_steps(f.r, COUNT);
    assert_int_equal(count_in(&f, SAO_BUNDLE_CLAIMED), COUNT);
    memset(job->buffer.bytes, 0xFF, job->buffer.length);
    rig_poll(f.r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_counters(f.r).bundles, 0);
    rig_destroy(f.r);
}

/* One that changes before a step reads it is checked as it then is. */
static void a_list_that_turns_bad_under_way_is_rolled_back(void **state)
{
    fixture f = make();
    rig_job *job = rig_delete(f.r, f.handles, COUNT);

    (void)state;
    rig_poll_steps(f.r, 2);
    rig_delete_element(job->buffer, COUNT - 1)->OffloadHandle = f.handles[0];
    rig_poll(f.r);
    assert_status(rig_result(job), NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(count_in(&f, SAO_BUNDLE_LIVE), COUNT);
    rig_destroy(f.r);
}

/* Freed slots go to new bundles while other elements of the same list are still there. */
static void slots_are_reused_while_the_list_goes_on(void **state)
{
    fixture f = make();
    rig_spec in = rig_inbound(100);
    rig_job *job, *add;

    (void)state;
    f.r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
    job = rig_delete(f.r, f.handles, COUNT);
    rig_poll(f.r);
    for (uint32_t i = COUNT; i-- > 0;) {
        rig_answer(f.r, rig_call_for(f.r, SAO_BACKEND_REMOVE, f.handles[i]), NDIS_STATUS_SUCCESS);
        in.sa[0].spi++;
        add = rig_add(f.r, &in, 1);
        rig_poll(f.r);
        assert_status(rig_result(add), NDIS_STATUS_SUCCESS);
        assert_true(rig_flows_in(f.r, &in, rig_handle(add, 0)));
    }
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_counters(f.r).bundles, COUNT);
    rig_destroy(f.r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_stage_is_whole),
        cmocka_unit_test(a_roll_back_forgets_the_claim),
        cmocka_unit_test(a_list_that_changes_after_the_check_does_not_matter),
        cmocka_unit_test(a_list_that_turns_bad_under_way_is_rolled_back),
        cmocka_unit_test(slots_are_reused_while_the_list_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
