// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_reentry.c: what calls back into the adapter, while it is at work with the lock let go: the
 * backend from within its operations, the host from within its completions.
 */
#include "support/rig.h"

/* ---- an add that is answered while all bundles go ---------------------------------------- */

/* The hardware, asked to take out one bundle, answers for the other one that it was still adding.
 */
static void answer_adds_meanwhile(rig *r, const rig_call *call)
{
    if (call->kind == SAO_BACKEND_REMOVE)
        rig_answer_from(r, 0, SAO_BACKEND_ADD, NDIS_STATUS_SUCCESS, false);
}

/* One bundle, and one that the hardware is still adding for a request that was cancelled. */
static rig *with_an_orphan(void)
{
    rig *r = rig_create();
    rig_spec late = rig_inbound(2);
    int name;
    rig_job *job;

    r->config.capabilities.SaOffloadCapacity = 2; /* all go in one step */
    rig_start(r);
    (void)rig_add_one(r, rig_inbound(1));
    rig_clear(r);
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
    job = rig_add_named(r, &late, 1, &name);
    sao_adapter_cancel(r->adapter, &name);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_REQUEST_ABORTED);
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_SUCCESS;
    r->during_call = answer_adds_meanwhile;
    return r;
}

/* Nothing is left behind that a poll would stumble over. */
static void assert_empty_and_usable(rig *r)
{
    r->during_call = NULL;
    rig_poll(r);
    assert_int_equal(rig_counters(r).bundles, 0);
    assert_false(rig_memory_has_key(r));
    assert_status(sao_adapter_halt(r->adapter), NDIS_STATUS_SUCCESS);
    assert_status(sao_adapter_initialize(r->adapter), NDIS_STATUS_SUCCESS);
    assert_status(sao_adapter_restart(r->adapter), NDIS_STATUS_SUCCESS);
    rig_clear(r);
    (void)rig_add_one(r, rig_inbound(2));
    rig_poll(r);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 0);
    assert_int_equal(rig_counters(r).bundles, 1);
    rig_halt(r);
    rig_destroy(r);
}

static void an_add_answered_during_halt_leaves_nothing(void **state)
{
    rig *r = with_an_orphan();

    (void)state;
    rig_halt(r);
    assert_int_equal(rig_counters(r).bundles, 0);
    assert_status(sao_adapter_initialize(r->adapter), NDIS_STATUS_SUCCESS);
    assert_empty_and_usable(r);
}

static void an_add_answered_during_removal_leaves_nothing(void **state)
{
    rig *r = with_an_orphan();

    (void)state;
    assert_status(rig_life(r, SAO_LIFE_REMOVE), NDIS_STATUS_SUCCESS);
    assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_SUCCESS);
    assert_empty_and_usable(r);
}

/* The same, and the thread that answers polls as well. */
static void answer_and_poll_meanwhile(rig *r, const rig_call *call)
{
    answer_adds_meanwhile(r, call);
    (void)sao_adapter_poll(r->adapter, 0, 100);
}

static void a_poll_during_halt_touches_no_bundle(void **state)
{
    rig *r = with_an_orphan();

    (void)state;
    r->during_call = answer_and_poll_meanwhile;
    r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
    rig_halt(r);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 2); /* one each, and none twice */
    for (uint32_t i = 0; i < r->call_count; i++) /* no call that the halt would then forget */
        assert_true(r->calls[i].kind != SAO_BACKEND_REMOVE || r->calls[i].ticket.serial == 0);
    assert_status(sao_adapter_initialize(r->adapter), NDIS_STATUS_SUCCESS);
    assert_empty_and_usable(r);
}

/* ---- completions ------------------------------------------------------------------------ */

static void poll_from_completion(rig *r, rig_job *job)
{
    (void)job;
    (void)sao_adapter_poll(r->adapter, 0, 100);
    assert_int_equal(r->lives_completed[SAO_LIFE_RESET], 0);
}

/* RST-2: the host has been told of every request before it is told of the reset, whoever polls. */
static void a_reset_waits_for_completions_that_are_being_made(void **state)
{
    rig *r = rig_create();
    rig_spec spec = rig_inbound(1);
    rig_job *job;

    (void)state;
    r->config.profile = SAO_PROFILE_NDIS_6_30;
    rig_start(r);
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
    job = rig_add(r, &spec, 1);
    r->during_completion = poll_from_completion;
    r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_PENDING;
    assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_PENDING);
    rig_answer_life(r, SAO_LIFE_RESET, NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_REQUEST_ABORTED);
    assert_int_equal(r->lives_completed[SAO_LIFE_RESET], 1);
    rig_halt(r);
    rig_destroy(r);
}

/* ---- events of life --------------------------------------------------------------------- */

static void answer_and_reset_again(rig *r)
{
    rig_life_script *script = &r->lives[SAO_LIFE_RESET];

    if (script->calls != 1)
        return;
    sao_adapter_backend_done(r->adapter, script->ticket, NDIS_STATUS_SUCCESS);
    (void)sao_adapter_poll(r->adapter, 0, 100);
    assert_status(sao_adapter_life(r->adapter, SAO_LIFE_RESET), NDIS_STATUS_RESET_IN_PROGRESS);
}

/* RST-1: it is not over until its caller knows. */
static void a_reset_is_under_way_until_its_call_has_returned(void **state)
{
    rig *r = rig_running();

    (void)state;
    r->lives[SAO_LIFE_RESET].during = answer_and_reset_again;
    r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_PENDING;
    assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_SUCCESS);
    assert_int_equal(r->lives_completed[SAO_LIFE_RESET], 0);
    r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_SUCCESS;
    assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_SUCCESS);
    rig_halt(r);
    rig_destroy(r);
}

static void (*rig_life_complete)(void *host, sao_life_event event, NDIS_STATUS status);

/* As the wake is over, comes a reset, and a removal at once, which ends the reset. */
static void reset_and_remove(void *host, sao_life_event event, NDIS_STATUS status)
{
    rig *r = host;

    rig_life_complete(host, event, status);
    if (event != SAO_LIFE_WAKE)
        return;
    assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_PENDING);
    assert_status(rig_life(r, SAO_LIFE_REMOVE), NDIS_STATUS_SUCCESS);
}

/* The poll that makes a completion need not see what that leads to, but has to say so. */
static void a_poll_says_that_somebody_is_still_to_be_told(void **state)
{
    rig *r = rig_create();

    (void)state;
    r->config.profile = SAO_PROFILE_NDIS_6_30;
    rig_life_complete = r->config.host.life_complete;
    r->config.host.life_complete = reset_and_remove;
    rig_start(r);
    r->lives[SAO_LIFE_WAKE].status = NDIS_STATUS_PENDING;
    r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_PENDING;
    assert_status(rig_life(r, SAO_LIFE_SLEEP), NDIS_STATUS_SUCCESS);
    assert_status(rig_life(r, SAO_LIFE_WAKE), NDIS_STATUS_PENDING);
    rig_answer_life(r, SAO_LIFE_WAKE, NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_int_equal(r->lives_completed[SAO_LIFE_WAKE], 1);
    assert_int_equal(r->lives_completed[SAO_LIFE_RESET], 1);
    assert_status(r->life_outcome[SAO_LIFE_RESET], NDIS_STATUS_HARD_ERRORS);
    rig_halt(r);
    rig_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_add_answered_during_halt_leaves_nothing),
        cmocka_unit_test(an_add_answered_during_removal_leaves_nothing),
        cmocka_unit_test(a_poll_during_halt_touches_no_bundle),
        cmocka_unit_test(a_reset_waits_for_completions_that_are_being_made),
        cmocka_unit_test(a_reset_is_under_way_until_its_call_has_returned),
        cmocka_unit_test(a_poll_says_that_somebody_is_still_to_be_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
