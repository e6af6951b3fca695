// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_call_back_rules.c: callbacks that call back into the adapter, at the worst of moments
 * (adapter.h allows each): life from within the hardware's answers and completions, halts where
 * none may be, removals while bundles are given back.
 */
#include "support/rig.h"

static char name; /* of a request */

/* What a callback does, once, and what it got. */
typedef struct intrusion {
    sao_life_event event; /* it tells of this */
    NDIS_STATUS status;
    uint32_t times;
    rig_job *job; /* of a request that it makes */
} intrusion;

static void intrude(rig *r)
{
    intrusion *what = r->user;

    what->times++;
    what->status = rig_life(r, what->event);
}

static void intrude_in_call(rig *r, const rig_call *call)
{
    (void)call;
    r->during_call = NULL;
    intrude(r);
}

static void intrude_in_completion(rig *r, rig_job *job)
{
    (void)job;
    r->during_completion = NULL;
    intrude(r);
}

static void intrude_in_life_completion(rig *r, sao_life_event event)
{
    (void)event;
    r->during_life_completion = NULL;
    intrude(r);
}

static void intrude_in_config(rig *r)
{
    r->during_config = NULL;
    intrude(r);
}

static rig *rig_with(intrusion *what, sao_life_event event, sao_profile profile, uint32_t steps)
{
    rig *r = rig_create();

    *what = (intrusion){.event = event, .status = NDIS_STATUS_PENDING};
    r->user = what;
    r->config.profile = profile;
    r->config.elements_per_step = steps;
    r->config.steps_per_submit = steps;
    rig_start(r);
    return r;
}

static rig *rig_small(intrusion *what, sao_life_event event)
{
    return rig_with(what, event, SAO_PROFILE_NDIS_6_20, 1);
}

static NDIS_HANDLE add_polled(rig *r, rig_spec spec)
{
    rig_job *job = rig_add(r, &spec, 1);

    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    return rig_handle(job, 0);
}

static void assert_gone(rig *r)
{
    rig_poll(r);
    assert_int_equal(rig_counters(r).bundles, 0);
    assert_int_equal(rig_counters(r).requests, 0);
    assert_false(rig_memory_has_key(r));
}

/* ---- from within the hardware's operations --------------------------------------------- */

/* A bundle is being given back when the hardware is found gone: no other is. */
static void rem_2_a_removal_comes_while_a_bundle_is_given_back(void **state)
{
    static const sao_life_event ends[] = {SAO_LIFE_REMOVE, SAO_LIFE_SHUTDOWN};

    (void)state;
    for (uint32_t at_step = 1; at_step <= 64; at_step *= 8) /* elements a step */
        for (uint32_t end = 0; end < 2; end++)
            for (int later = 0; later < 2; later++) {
                intrusion what;
                rig *r = rig_with(&what, ends[end], SAO_PROFILE_NDIS_6_20, at_step);

                (void)add_polled(r, rig_inbound(1));
                (void)add_polled(r, rig_inbound(2));
                rig_clear(r);
                r->during_call = intrude_in_call;
                r->answers[SAO_BACKEND_ADD].status =
                    later ? NDIS_STATUS_PENDING : NDIS_STATUS_SUCCESS;
                (void)rig_life(r, SAO_LIFE_RESET);
                rig_poll(r);
                assert_int_equal(what.times, 1);
                assert_status(what.status, NDIS_STATUS_PENDING); /* until the add has returned */
                assert_int_equal(rig_calls_of(r, SAO_BACKEND_ADD), 1);
                assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 1);
                assert_int_equal(r->lives_completed[ends[end]], 1);
                assert_status(r->life_outcome[ends[end]], NDIS_STATUS_SUCCESS);
                if (r->lives_completed[SAO_LIFE_RESET] != 0)
                    assert_status(r->life_outcome[SAO_LIFE_RESET], NDIS_STATUS_HARD_ERRORS);
                assert_gone(r);
                rig_destroy(r);
            }
}

/* Before a request that calls the hardware has let go of it, neither it nor a life event ends. */
static void rst_2_a_reset_waits_for_the_call_that_it_comes_in(void **state)
{
    static const sao_life_event events[] = {SAO_LIFE_RESET, SAO_LIFE_SLEEP};

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        intrusion what;
        rig *r = rig_with(&what, events[i], SAO_PROFILE_NDIS_6_30, 16);
        rig_spec in = rig_inbound(1);
        rig_job *job;

        r->during_call = intrude_in_call;
        job = rig_add(r, &in, 1);
        assert_status(what.status, NDIS_STATUS_PENDING);
        assert_status(job->answer, NDIS_STATUS_PENDING); /* it goes on when the outage lets it */
        assert_int_equal(r->lives[events[i]].calls, 0);
        rig_poll(r);
        assert_int_equal(r->lives[events[i]].calls, 1);
        assert_status(rig_result(job), NDIS_STATUS_REQUEST_ABORTED);
        assert_int_equal(r->lives_completed[events[i]], 1);
        assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE),
                         0); /* the hardware had forgotten it */
        assert_gone(r);
        rig_destroy(r);
    }
}

static void poll_in_life(rig *r)
{
    intrusion *what = r->user;

    what->times++;
    rig_poll(r);
    assert_int_equal(r->lives_completed[what->event], 0);
}

/* Nothing goes on until the hardware has answered, and what it answers counts once. */
static void rst_1_a_poll_from_within_the_reset_changes_nothing(void **state)
{
    (void)state;
    for (int later = 0; later < 2; later++) {
        intrusion what;
        rig *r = rig_with(&what, SAO_LIFE_RESET, SAO_PROFILE_NDIS_6_20, 16);
        rig_spec in = rig_inbound(1);
        NDIS_HANDLE handle = rig_add_one(r, in);

        r->lives[SAO_LIFE_RESET].during = poll_in_life;
        r->lives[SAO_LIFE_RESET].status = later ? NDIS_STATUS_PENDING : NDIS_STATUS_SUCCESS;
        assert_status(rig_life(r, SAO_LIFE_RESET),
                      later ? NDIS_STATUS_PENDING : NDIS_STATUS_SUCCESS);
        assert_int_equal(what.times, 1);
        if (later)
            rig_answer_life(r, SAO_LIFE_RESET, NDIS_STATUS_SUCCESS);
        rig_poll(r);
        assert_int_equal(r->lives_completed[SAO_LIFE_RESET], later);
        assert_int_equal(rig_calls_of(r, SAO_BACKEND_ADD), 2);
        assert_true(rig_flows_in(r, &in, handle));
        rig_destroy(r);
    }
}

static void answer_in_life(rig *r)
{
    intrusion *what = r->user;

    what->times++;
    sao_adapter_backend_done(r->adapter, r->lives[what->event].ticket, NDIS_STATUS_SUCCESS);
    rig_poll(r); /* to its end, while the hardware has not returned */
    /* It lasts until its caller knows, though the service is there again. */
    assert_status(sao_adapter_life(r->adapter, SAO_LIFE_RESET), NDIS_STATUS_RESET_IN_PROGRESS);
}

/* The hardware answers a reset from within the call, polls, and returns PENDING or once more. */
static void rst_1_a_reset_may_be_answered_from_within(void **state)
{
    static const NDIS_STATUS returned[] = {NDIS_STATUS_PENDING, NDIS_STATUS_HARD_ERRORS};

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        intrusion what;
        rig *r = rig_with(&what, SAO_LIFE_RESET, SAO_PROFILE_NDIS_6_30, 16);
        rig_spec in = rig_inbound(1);
        rig_job *job = rig_add(r, &in, 1);

        assert_status(job->answer, NDIS_STATUS_SUCCESS);
        r->lives[SAO_LIFE_RESET].during = answer_in_life;
        r->lives[SAO_LIFE_RESET].status = returned[i];
        assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_SUCCESS);
        rig_poll(r);
        assert_int_equal(r->lives_completed[SAO_LIFE_RESET], 0);
        assert_int_equal(rig_counters(r).late_answers, i); /* the second one */
        assert_true(rig_flows_in(r, &in, rig_handle(job, 0)));
        rig_destroy(r);
    }
}

/* The hardware goes while it is told to begin anew: what it says to that is nobody's. */
static void rem_2_a_removal_comes_within_the_reset(void **state)
{
    static const NDIS_STATUS returned[] = {NDIS_STATUS_PENDING, NDIS_STATUS_SUCCESS};

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        intrusion what;
        rig *r = rig_small(&what, SAO_LIFE_REMOVE);
        rig_spec in = rig_inbound(1), more = rig_inbound(2);
        NDIS_HANDLE handle = add_polled(r, in);
        sao_flight flight;
        rig_job *job, *waiting;

        assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_PROCESS);
        r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
        waiting = rig_add(r, &more, 1);
        job = rig_delete(r, &handle, 1);
        rig_poll(r);
        r->lives[SAO_LIFE_RESET].during = intrude;
        r->lives[SAO_LIFE_RESET].status = returned[i];
        assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_HARD_ERRORS);
        rig_poll(r);
        assert_int_equal(what.times, 1);
        assert_status(rig_result(job), NDIS_STATUS_REQUEST_ABORTED);
        assert_status(rig_result(waiting), NDIS_STATUS_REQUEST_ABORTED);
        assert_int_equal(r->lives_completed[SAO_LIFE_RESET], 0);
        assert_int_equal(r->lives_completed[SAO_LIFE_REMOVE], 0); /* a packet is on its way */
        assert_int_equal(rig_counters(r).bundles, 2);
        (void)rig_finish(r, 0, &flight);
        rig_poll(r);
        assert_int_equal(r->lives_completed[SAO_LIFE_REMOVE], 1);
        assert_int_equal(rig_counters(r).late_answers, i);
        assert_gone(r);
        rig_destroy(r);
    }
}

static void set_encapsulation(rig *r)
{
    sao_adapter_backend_done(r->adapter, r->lives[SAO_LIFE_INITIALIZE].ticket, NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_adapter_get_state(r->adapter), SAO_ADAPTER_PAUSED);
    assert_status(rig_encapsulate(r, NDIS_ENCAPSULATION_IEEE_802_3)->answer, NDIS_STATUS_SUCCESS);
}

/* What is set as soon as the adapter is up stays set. */
static void enc_1_what_is_set_from_within_initialize_stays(void **state)
{
    rig *r = rig_create();
    rig_spec in = rig_inbound(1);

    (void)state;
    rig_make(r);
    r->lives[SAO_LIFE_INITIALIZE].during = set_encapsulation;
    r->lives[SAO_LIFE_INITIALIZE].status = NDIS_STATUS_PENDING;
    assert_status(rig_life(r, SAO_LIFE_INITIALIZE), NDIS_STATUS_SUCCESS);
    assert_status(rig_life(r, SAO_LIFE_RESTART), NDIS_STATUS_SUCCESS);
    assert_true(rig_flows_in(r, &in, rig_add_one(r, in)));
    rig_destroy(r);
}

static void cancel_in_call(rig *r, const rig_call *call)
{
    (void)call;
    r->during_call = NULL;
    sao_adapter_cancel(r->adapter, &name);
    rig_poll(r); /* the one that runs is in no queue */
}

/* Cancelled by the very call that it makes: it ends once, and is found nowhere afterwards. */
static void oid_4_a_cancel_and_a_poll_come_from_within_each_call(void **state)
{
    (void)state;
    for (int kind = SAO_BACKEND_ADD; kind <= SAO_BACKEND_UPDATE; kind++)
        for (int later = 0; later < 2; later++) {
            rig *r = rig_running();
            rig_spec out = rig_with_esn(rig_outbound(1), 0), more = rig_outbound(2);
            NDIS_HANDLE handle = rig_add_one(r, out);
            uint32_t calls = r->call_count;
            rig_job *job;

            r->during_call = cancel_in_call;
            r->answers[kind].status = later ? NDIS_STATUS_PENDING : NDIS_STATUS_SUCCESS;
            if (kind == SAO_BACKEND_ADD)
                job = rig_add_named(r, &more, 1, &name);
            else if (kind == SAO_BACKEND_REMOVE)
                job = rig_submit_named(r, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA,
                                       rig_build_delete(&handle, 1), &name);
            else
                job = rig_submit_named(r, OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA,
                                       rig_build_update(handle, &out, 0, 1), &name);
            r->answers[kind].status = NDIS_STATUS_SUCCESS;
            rig_poll(r);
            if (later)
                rig_answer(r, &r->calls[calls], NDIS_STATUS_SUCCESS);
            rig_poll(r);
            assert_int_not_equal(rig_result(job), NDIS_STATUS_PENDING);
            if (later || kind == SAO_BACKEND_ADD)
                assert_status(rig_result(job), NDIS_STATUS_REQUEST_ABORTED);
            assert_int_equal(rig_counters(r).requests, 0);
            assert_int_equal(rig_counters(r).bundles, kind == SAO_BACKEND_REMOVE ? 0 : 1);
            rig_destroy(r);
        }
}

/* ---- halts where none may be ----------------------------------------------------------- */

/* An orphan is taken from the hardware: no request is outstanding, but a thread is in there. */
static void oid_6_no_halt_from_within_a_call(void **state)
{
    intrusion what;
    rig *r = rig_with(&what, SAO_LIFE_HALT, SAO_PROFILE_NDIS_6_20, 16);
    rig_spec in = rig_inbound(1);
    rig_job *job;

    (void)state;
    assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_SUCCESS);
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
    job = rig_add_named(r, &in, 1, &name);
    sao_adapter_cancel(r->adapter, &name);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_REQUEST_ABORTED);
    rig_answer(r, rig_last_call(r, SAO_BACKEND_ADD), NDIS_STATUS_SUCCESS);
    r->during_call = intrude_in_call; /* the remove of the orphan */
    rig_poll(r);
    assert_int_equal(what.times, 1);
    assert_status(what.status, NDIS_STATUS_INVALID_STATE);
    assert_gone(r);
    assert_status(rig_life(r, SAO_LIFE_HALT), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

/* Whoever is told that the pause, or the reset in it, is over may halt at once; not before all that
 * is owed has been told. */
static void oid_6_a_halt_may_come_from_within_the_pauses_completion(void **state)
{
    (void)state;
    for (int resetting = 0; resetting < 2; resetting++) {
        intrusion what;
        rig *r = rig_with(&what, SAO_LIFE_HALT, SAO_PROFILE_NDIS_6_20, 16);
        sao_flight flight;

        (void)rig_add_one(r, rig_inbound(1));
        assert_status(sao_adapter_send(r->adapter, 0, NULL, NULL, NULL, &flight),
                      NDIS_STATUS_SUCCESS);
        assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_PENDING);
        if (resetting) {
            r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_PENDING;
            assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_PENDING);
        }
        r->during_life_completion = intrude_in_life_completion;
        sao_adapter_send_done(r->adapter, &flight);
        rig_poll(r);
        assert_int_equal(what.times, 1);
        assert_status(what.status, resetting ? NDIS_STATUS_INVALID_STATE : NDIS_STATUS_SUCCESS);
        if (resetting) {
            rig_answer_life(r, SAO_LIFE_RESET, NDIS_STATUS_SUCCESS);
            r->during_life_completion = intrude_in_life_completion;
            rig_poll(r);
            assert_status(what.status, NDIS_STATUS_SUCCESS);
        }
        assert_int_equal(sao_adapter_get_state(r->adapter), SAO_ADAPTER_HALTED);
        assert_gone(r);
        rig_destroy(r);
    }
}

/* A halt, a pause or a removal from within a halt finds the door shut. */
static void pnp_1_nothing_begins_within_a_halt(void **state)
{
    (void)state;
    for (uint32_t event = 0; event < SAO_LIFE_EVENTS; event++) {
        intrusion what;
        rig *r = rig_with(&what, (sao_life_event)event, SAO_PROFILE_NDIS_6_20, 16);

        (void)rig_add_one(r, rig_inbound(1));
        assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_SUCCESS);
        r->during_call = intrude_in_call;
        assert_status(sao_adapter_halt(r->adapter), NDIS_STATUS_SUCCESS);
        assert_int_equal(what.times, 1);
        assert_status(what.status, NDIS_STATUS_INVALID_STATE);
        assert_int_equal(sao_adapter_get_state(r->adapter), SAO_ADAPTER_HALTED);
        assert_gone(r);
        rig_destroy(r);
    }
}

/* ---- from within completions ----------------------------------------------------------- */

static void rst_1_a_reset_comes_from_within_a_completion(void **state)
{
    (void)state;
    for (int of_life = 0; of_life < 2; of_life++) { /* of a request, or of a reset before */
        intrusion what;
        rig *r = rig_with(&what, SAO_LIFE_RESET, SAO_PROFILE_NDIS_6_20, 16);
        rig_spec in = rig_inbound(1);
        NDIS_HANDLE handles[2] = {rig_add_one(r, in), rig_add_one(r, rig_inbound(2))};
        rig_job *job = NULL;

        if (of_life) {
            r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_PENDING;
            assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_PENDING);
            r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_SUCCESS;
            rig_answer_life(r, SAO_LIFE_RESET, NDIS_STATUS_SUCCESS);
            r->during_life_completion = intrude_in_life_completion;
        } else {
            r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
            job = rig_delete(r, &handles[1], 1);
            rig_answer(r, rig_last_call(r, SAO_BACKEND_REMOVE), NDIS_STATUS_SUCCESS);
            r->during_completion = intrude_in_completion;
        }
        rig_poll(r);
        assert_int_equal(what.times, 1);
        assert_status(what.status, NDIS_STATUS_SUCCESS);
        assert_int_equal(r->lives[SAO_LIFE_RESET].calls, of_life + 1);
        assert_int_equal(rig_counters(r).bundles, of_life + 1);
        assert_true(rig_flows_in(r, &in, handles[0]));
        assert_true(job == NULL || rig_result(job) == NDIS_STATUS_SUCCESS);
        rig_destroy(r);
    }
}

/* ---- from within the indication of the configuration ----------------------------------- */

/* The set has been done, so it succeeds; the event waits until it has completed. */
static void cap_3_an_event_comes_from_within_the_indication(void **state)
{
    static const sao_life_event events[] = {SAO_LIFE_SLEEP, SAO_LIFE_RESET, SAO_LIFE_REMOVE,
                                            SAO_LIFE_SHUTDOWN};

    (void)state;
    for (uint32_t i = 0; i < 4; i++)
        for (uint32_t steps = 1; steps <= 16; steps += 15) {
            intrusion what;
            rig *r = rig_with(&what, events[i], SAO_PROFILE_NDIS_6_30, steps);
            rig_spec in = rig_inbound(1);
            rig_job *waiting, *job;

            r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
            waiting = rig_add(r, &in, 1);
            rig_poll(r);
            r->during_config = intrude_in_config;
            job = rig_parameters(r, NDIS_OFFLOAD_PARAMETERS_IPSECV2_AH_ENABLED);
            assert_int_equal(what.times, 1);
            assert_status(what.status, NDIS_STATUS_PENDING);
            assert_status(job->answer, NDIS_STATUS_SUCCESS);
            memset(&job->request.state, 0xEE, sizeof job->request.state); /* the caller's again */
            rig_poll(r);
            assert_int_equal(r->lives_completed[events[i]], 1);
            assert_status(r->life_outcome[events[i]], NDIS_STATUS_SUCCESS);
            assert_status(rig_result(waiting), NDIS_STATUS_REQUEST_ABORTED);
            assert_int_equal(r->config_indications, 2);
            assert_gone(r);
            rig_destroy(r);
        }
}

/* The rest of a list is not begun once its request, or the hardware, is interrupted. */
static void add_2_an_interruption_from_within_begins_no_more(void **state)
{
    (void)state;
    for (int reset = 0; reset < 2; reset++) {
        intrusion what;
        rig *r = rig_with(&what, SAO_LIFE_RESET, SAO_PROFILE_NDIS_6_20, 16);
        rig_spec specs[3] = {rig_inbound(1), rig_inbound(2), rig_inbound(3)};
        rig_job *job;

        r->during_call = reset ? intrude_in_call : cancel_in_call;
        job = rig_add_named(r, specs, 3, &name);
        assert_int_equal(rig_calls_of(r, SAO_BACKEND_ADD), 1);
        rig_poll(r);
        assert_int_equal(rig_calls_of(r, SAO_BACKEND_ADD), reset ? 4 : 1); /* one again, held */
        assert_status(rig_result(job), reset ? NDIS_STATUS_SUCCESS : NDIS_STATUS_REQUEST_ABORTED);
        assert_int_equal(rig_counters(r).bundles, reset ? 3 : 0);
        rig_destroy(r);
    }
}

static void add_two_and_remove(rig *r)
{
    rig_spec specs[2] = {rig_inbound(11), rig_inbound(12)};

    for (int i = 0; i < 2; i++)
        (void)rig_add(r, &specs[i], 1);
    rig_poll(r);
    intrude_in_config(r);
}

/* The request that indicates leaves while others, younger and older, are yet to be aborted. */
static void oid_5_a_removal_misses_nobody_when_a_request_leaves(void **state)
{
    intrusion what;
    rig *r = rig_small(&what, SAO_LIFE_REMOVE);
    rig_spec in = rig_inbound(1);

    (void)state;
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
    (void)rig_add(r, &in, 1);
    r->during_config = add_two_and_remove;
    assert_status(rig_parameters(r, NDIS_OFFLOAD_PARAMETERS_NO_CHANGE)->answer,
                  NDIS_STATUS_SUCCESS);
    assert_status(what.status, NDIS_STATUS_PENDING);
    rig_poll(r);
    assert_int_equal(r->lives_completed[SAO_LIFE_REMOVE], 1);
    for (const rig_job *job = r->jobs; job != NULL; job = job->next)
        if (job->request.oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA)
            assert_status(rig_result(job), NDIS_STATUS_REQUEST_ABORTED);
    assert_gone(r);
    rig_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rem_2_a_removal_comes_while_a_bundle_is_given_back),
        cmocka_unit_test(rst_2_a_reset_waits_for_the_call_that_it_comes_in),
        cmocka_unit_test(rst_1_a_poll_from_within_the_reset_changes_nothing),
        cmocka_unit_test(rst_1_a_reset_may_be_answered_from_within),
        cmocka_unit_test(rem_2_a_removal_comes_within_the_reset),
        cmocka_unit_test(enc_1_what_is_set_from_within_initialize_stays),
        cmocka_unit_test(oid_4_a_cancel_and_a_poll_come_from_within_each_call),
        cmocka_unit_test(oid_6_no_halt_from_within_a_call),
        cmocka_unit_test(oid_6_a_halt_may_come_from_within_the_pauses_completion),
        cmocka_unit_test(pnp_1_nothing_begins_within_a_halt),
        cmocka_unit_test(rst_1_a_reset_comes_from_within_a_completion),
        cmocka_unit_test(cap_3_an_event_comes_from_within_the_indication),
        cmocka_unit_test(oid_5_a_removal_misses_nobody_when_a_request_leaves),
        cmocka_unit_test(add_2_an_interruption_from_within_begins_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
