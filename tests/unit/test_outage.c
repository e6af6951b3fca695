// SPDX-License-Identifier: BSD-2-Clause
/* test_outage.c: interruptions of the hardware's service, step by step, and what they leave. */
#include "support/rig.h"

#include "core/adapter_state.h"

#define SLOTS 5u

static char name; /* of a request */

static rig *rig_in_steps(uint32_t elements_per_step, uint32_t steps_per_submit)
{
    rig *r = rig_create();

    r->config.capabilities.SaOffloadCapacity = SLOTS;
    r->config.elements_per_step = elements_per_step;
    r->config.steps_per_submit = steps_per_submit;
    rig_start(r);
    return r;
}

static NDIS_HANDLE add_polled(rig *r, uint32_t spi)
{
    rig_spec in = rig_inbound(spi);
    rig_job *job = rig_add(r, &in, 1);

    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    return rig_handle(job, 0);
}

/* ---- steps ----------------------------------------------------------------------------- */

/* How many steps an event takes, in all: those of its call, and each that a poll takes. */
static uint32_t count_steps(rig *r, sao_life_event event, uint32_t in_call)
{
    uint32_t polls = 0;

    if (rig_life(r, event) != NDIS_STATUS_PENDING)
        return 0; /* not more than the call may take */
    for (; r->lives_completed[event] == 0; polls++) {
        assert_true(sao_adapter_poll(r->adapter, 0, 0).more);
        rig_poll_steps(r, 1);
    }
    assert_false(sao_adapter_poll(r->adapter, 0, 0).more);
    return in_call + polls;
}

/* Over so many things, and one step to see that there is none left. */
static uint32_t sweep_steps(uint32_t things, uint32_t elements_per_step)
{
    return things / elements_per_step + 1;
}

static void each_step_is_bounded(void **state)
{
    static const sao_life_event events[] = {SAO_LIFE_RESET, SAO_LIFE_REMOVE, SAO_LIFE_SHUTDOWN};

    (void)state;
    for (uint32_t i = 0; i < 3; i++)
        for (uint32_t elements = 1; elements <= SLOTS + 1; elements++)
            for (uint32_t in_call = 1; in_call <= 20; in_call++) {
                const uint32_t sweep = sweep_steps(SLOTS, elements);
                /* call, lose, restore, restored; or end, wait, unlink, drain, retire */
                const uint32_t needed =
                    events[i] == SAO_LIFE_RESET ? 1 + sweep + sweep + 1 : 1 + 1 + sweep + 1 + sweep;
                rig *r = rig_in_steps(elements, in_call);

                (void)add_polled(r, 1);
                (void)add_polled(r, 2);
                assert_int_equal(count_steps(r, events[i], in_call), in_call < needed ? needed : 0);
                rig_destroy(r);
            }
}

/* Requests are ended a few at a time too. */
static void requests_are_ended_in_steps(void **state)
{
    (void)state;
    for (uint32_t count = 0; count <= 6; count++)
        for (uint32_t elements = 1; elements <= 3; elements++) {
            rig *r = rig_in_steps(elements, 1);
            NDIS_HANDLE two[2] = {NULL, NULL};
            uint32_t steps = 0, ended = 0;

            for (uint32_t i = 0; i < count; i++)
                (void)rig_delete(r, two, 2);
            if (rig_life(r, SAO_LIFE_REMOVE) == NDIS_STATUS_PENDING)
                steps = 1;
            for (; ended < count; steps++) {
                uint32_t now = 0;

                for (const sao_request *q = r->adapter->requests; q != NULL; q = q->state.next)
                    now += q->state.aborted ? 1u : 0u;
                assert_int_equal(now, steps * elements < count ? steps * elements : count);
                ended = now;
                if (ended < count)
                    rig_poll_steps(r, 1);
            }
            rig_poll(r);
            assert_int_equal(rig_counters(r).requests, 0);
            rig_destroy(r);
        }
}

/* ---- what the hardware says late, or never --------------------------------------------- */

/* Between the loss and the restoring nobody waits for an answer from before (RST-2). */
static void an_answer_from_before_a_reset_is_late_at_once(void **state)
{
    rig *r = rig_in_steps(1, 16);
    rig_spec in = rig_inbound(1);
    rig_job *job;

    (void)state;
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
    job = rig_add(r, &in, 1);
    r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_PENDING;
    assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_PENDING);
    rig_answer_life(r, SAO_LIFE_RESET, NDIS_STATUS_SUCCESS);
    rig_poll_steps(r, 1); /* its bundle is lost, the next ones are not looked at yet */
    rig_answer(r, &r->calls[0], NDIS_STATUS_FAILURE);
    assert_int_equal(rig_counters(r).late_answers, 1);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_PENDING);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_ADD), 2);
    rig_answer(r, &r->calls[1], NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

/* What one outage waited for, or came to, says nothing of the next. */
static void an_outage_forgets_the_one_before(void **state)
{
    (void)state;
    for (int failed = 0; failed < 2; failed++) {
        rig *r = rig_in_steps(64, 16);

        (void)add_polled(r, 1);
        if (failed) {
            r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_HARD_ERRORS;
            assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_HARD_ERRORS);
        } else {
            r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
            assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_PENDING);
        }
        assert_status(rig_life(r, SAO_LIFE_REMOVE), NDIS_STATUS_SUCCESS);
        rig_poll(r);
        rig_halt(r);
        r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_SUCCESS;
        r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_SUCCESS;
        assert_status(rig_life(r, SAO_LIFE_INITIALIZE), NDIS_STATUS_SUCCESS);
        r->lives[SAO_LIFE_RESTART].status = NDIS_STATUS_PENDING; /* not over before it has begun */
        assert_status(rig_life(r, SAO_LIFE_RESTART), NDIS_STATUS_PENDING);
        rig_answer_life(r, SAO_LIFE_RESTART, NDIS_STATUS_SUCCESS);
        rig_poll(r);
        (void)add_polled(r, 1);
        assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_SUCCESS);
        rig_destroy(r);
    }
}

/* ---- orphans --------------------------------------------------------------------------- */

/* A bundle of a cancelled ADD that the hardware still has when the adapter halts or goes. */
static void orphans_do_not_outlive_their_adapter(void **state)
{
    (void)state;
    for (int removed = 0; removed < 2; removed++) {
        rig *r = rig_in_steps(64, 16);
        rig_spec in = rig_inbound(1);

        for (int round = 0; round < 2; round++) {
            rig_job *job;

            r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
            job = rig_add_named(r, &in, 1, &name);
            sao_adapter_cancel(r->adapter, &name);
            rig_poll(r);
            assert_status(rig_result(job), NDIS_STATUS_REQUEST_ABORTED);
            rig_answer(r, rig_last_call(r, SAO_BACKEND_ADD), NDIS_STATUS_SUCCESS);
            assert_true(sao_adapter_poll(r->adapter, 0, 0).more); /* it is to be buried */
            if (round == 1) { /* the second time it is, by itself */
                rig_clear(r);
                rig_poll(r);
                assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 1);
                assert_int_equal(rig_counters(r).bundles, 0);
                break;
            }
            if (removed)
                assert_status(rig_life(r, SAO_LIFE_REMOVE), NDIS_STATUS_SUCCESS);
            rig_halt(r);
            assert_int_equal(rig_counters(r).bundles, 0);
            assert_false(sao_adapter_poll(r->adapter, 0, 0).more);
            assert_status(rig_life(r, SAO_LIFE_INITIALIZE), NDIS_STATUS_SUCCESS);
            assert_status(rig_life(r, SAO_LIFE_RESTART), NDIS_STATUS_SUCCESS);
        }
        assert_int_equal(r->adapter->first_orphan, SAO_SLOT_NONE);
        assert_int_equal(r->adapter->last_orphan, SAO_SLOT_NONE);
        rig_destroy(r);
    }
}

/* Waiting is no work, however much may be done: for the hardware, or for a packet. */
static void one_poll_does_what_there_is_to_do(void **state)
{
    rig *r = rig_in_steps(1, 1);
    NDIS_HANDLE two[2] = {NULL, NULL};
    sao_flight flight;
    rig_job *job;

    (void)state;
    (void)add_polled(r, 1);
    job = rig_delete(r, two, 2); /* one of its steps is taken */
    r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_PENDING;
    assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_PENDING);
    (void)sao_adapter_poll(r->adapter, 0, UINT32_MAX);
    assert_status(rig_result(job), NDIS_STATUS_PENDING);
    assert_int_equal(r->lives_completed[SAO_LIFE_RESET], 0);
    rig_answer_life(r, SAO_LIFE_RESET, NDIS_STATUS_SUCCESS);
    (void)sao_adapter_poll(r->adapter, 0, UINT32_MAX);
    assert_int_equal(r->lives_completed[SAO_LIFE_RESET], 1);
    assert_status(rig_result(job), NDIS_STATUS_INVALID_PARAMETER);

    assert_status(sao_adapter_send(r->adapter, 0, NULL, NULL, NULL, &flight), NDIS_STATUS_SUCCESS);
    assert_status(rig_life(r, SAO_LIFE_REMOVE), NDIS_STATUS_PENDING);
    (void)sao_adapter_poll(r->adapter, 0, UINT32_MAX);
    assert_int_equal(rig_counters(r).bundles, 1);
    sao_adapter_send_done(r->adapter, &flight);
    (void)sao_adapter_poll(r->adapter, 0, UINT32_MAX);
    assert_int_equal(r->lives_completed[SAO_LIFE_REMOVE], 1);
    rig_destroy(r);
}

static void one_poll_buries_all_orphans(void **state)
{
    rig *r = rig_in_steps(64, 16);
    rig_spec specs[3] = {rig_inbound(1), rig_inbound(2), rig_inbound(3)};
    rig_job *job;

    (void)state;
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
    job = rig_add_named(r, specs, 3, &name);
    sao_adapter_cancel(r->adapter, &name);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_REQUEST_ABORTED);
    rig_answer_from(r, 0, SAO_BACKEND_ADD, NDIS_STATUS_SUCCESS, true);
    (void)sao_adapter_poll(r->adapter, 0, 3); /* one each */
    assert_int_equal(rig_counters(r).bundles, 0);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 3);
    rig_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step_is_bounded),
        cmocka_unit_test(requests_are_ended_in_steps),
        cmocka_unit_test(an_answer_from_before_a_reset_is_late_at_once),
        cmocka_unit_test(an_outage_forgets_the_one_before),
        cmocka_unit_test(orphans_do_not_outlive_their_adapter),
        cmocka_unit_test(one_poll_does_what_there_is_to_do),
        cmocka_unit_test(one_poll_buries_all_orphans),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
