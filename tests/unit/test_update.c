// SPDX-License-Identifier: BSD-2-Clause
/* test_update.c: turns on a bundle: updates, and the removal behind them (UPD-1, DEL-9). */
#include "support/rig.h"

#include "core/adapter_state.h"

static sao_record *record_of(rig *r, NDIS_HANDLE handle)
{
    sao_record *record = sao_record_of(r->adapter, handle);

    assert_non_null(record);
    return record;
}

static void turns_are_taken_in_order(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_with_esn(rig_outbound(1), 0);
    NDIS_HANDLE handle = rig_add_one(r, out);
    sao_record *record = record_of(r, handle);
    rig_job *jobs[3];

    (void)state;
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
    for (uint32_t i = 0; i < 3; i++)
        jobs[i] = rig_update(r, handle, &out, 0, 1 + i);
    for (uint32_t i = 0; i < 3; i++) {
        assert_ptr_equal(record->turn, &jobs[i]->request);
        rig_answer(r, rig_last_call(r, SAO_BACKEND_UPDATE), NDIS_STATUS_SUCCESS);
        assert_int_equal(record->update_serial, 0);
        rig_poll(r);
        assert_status(rig_result(jobs[i]), NDIS_STATUS_SUCCESS);
    }
    assert_null(record->turn);
    assert_null(record->blocked.first);
    assert_null(record->blocked.last);
    rig_destroy(r);
}

/* Packets use what was asked for last; when that is refused, what was confirmed last. */
static void a_refusal_between_two_successes(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_with_esn(rig_outbound(1), 10);
    NDIS_HANDLE handle = rig_add_one(r, out);
    static const NDIS_STATUS answers[] = {NDIS_STATUS_SUCCESS, NDIS_STATUS_FAILURE,
                                          NDIS_STATUS_SUCCESS, NDIS_STATUS_FAILURE};
    static const uint32_t highs[] = {14, 14, 14, 13};
    rig_job *jobs[4];

    (void)state;
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
    for (uint32_t i = 0; i < 4; i++)
        jobs[i] = rig_update(r, handle, &out, 0, 11 + i);
    for (uint32_t i = 0; i < 4; i++) {
        rig_answer(r, rig_last_call(r, SAO_BACKEND_UPDATE), answers[i]);
        assert_int_equal(record_of(r, handle)->bundle.sa[0].sequence_high, highs[i]);
        rig_poll(r);
        assert_status(rig_result(jobs[i]), answers[i]);
    }
    rig_destroy(r);
}

/* A delete that has unlinked the bundle lets what waits before it end first. */
static void a_delete_has_the_last_turn(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_with_esn(rig_outbound(1), 0);
    NDIS_HANDLE handle = rig_add_one(r, out);
    rig_job *updates[3], *job;

    (void)state;
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
    for (uint32_t i = 0; i < 3; i++)
        updates[i] = rig_update(r, handle, &out, 0, 1 + i);
    job = rig_delete(r, &handle, 1);
    assert_ptr_equal(record_of(r, handle)->blocked.last, &job->request);
    rig_answer(r, rig_last_call(r, SAO_BACKEND_UPDATE), NDIS_STATUS_FAILURE);
    rig_poll(r);
    assert_status(rig_result(updates[0]), NDIS_STATUS_FAILURE);
    assert_status(rig_result(updates[1]), NDIS_STATUS_INVALID_PARAMETER);
    assert_status(rig_result(updates[2]), NDIS_STATUS_INVALID_PARAMETER);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

/* Other removals of the same list are answered while it waits for its turn. */
static void answers_that_come_while_a_delete_waits_are_kept(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_with_esn(rig_outbound(2), 0);
    NDIS_HANDLE handles[3] = {rig_add_one(r, rig_inbound(1)), rig_add_one(r, out),
                              rig_add_one(r, rig_inbound(3))};
    rig_job *update, *job;

    (void)state;
    rig_clear(r);
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
    r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
    update = rig_update(r, handles[1], &out, 0, 1);
    job = rig_delete(r, handles, 3);
    rig_answer(r, rig_call_for(r, SAO_BACKEND_REMOVE, handles[0]), NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_PENDING);
    assert_null(rig_call_for(r, SAO_BACKEND_REMOVE, handles[2]));
    rig_answer(r, rig_last_call(r, SAO_BACKEND_UPDATE), NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(update), NDIS_STATUS_SUCCESS);
    rig_answer_from(r, 2, SAO_BACKEND_REMOVE, NDIS_STATUS_SUCCESS, true);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_counters(r).late_answers, 0);
    rig_destroy(r);
}

/* What waits for one SA says nothing of the other. */
static void a_waiting_update_of_the_other_sa_does_not_count(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_with_esn(rig_with_ah(rig_outbound(1)), 10);
    NDIS_HANDLE handle = rig_add_one(r, out);
    sao_record *record = record_of(r, handle);
    rig_job *jobs[2];

    (void)state;
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
    jobs[0] = rig_update(r, handle, &out, 0, 11);
    jobs[1] = rig_update(r, handle, &out, 1, 99);
    rig_answer(r, rig_last_call(r, SAO_BACKEND_UPDATE), NDIS_STATUS_FAILURE);
    assert_int_equal(record->bundle.sa[0].sequence_high, 10);
    assert_int_equal(record->bundle.sa[1].sequence_high, 99);
    rig_poll(r);
    rig_answer(r, rig_last_call(r, SAO_BACKEND_UPDATE), NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(jobs[0]), NDIS_STATUS_FAILURE);
    assert_status(rig_result(jobs[1]), NDIS_STATUS_SUCCESS);
    assert_int_equal(record->bundle.sa[0].sequence_high, 10);
    assert_int_equal(record->bundle.sa[1].sequence_high, 99);
    rig_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_are_taken_in_order),
        cmocka_unit_test(a_refusal_between_two_successes),
        cmocka_unit_test(a_delete_has_the_last_turn),
        cmocka_unit_test(answers_that_come_while_a_delete_waits_are_kept),
        cmocka_unit_test(a_waiting_update_of_the_other_sa_does_not_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
