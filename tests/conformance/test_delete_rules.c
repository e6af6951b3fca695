// SPDX-License-Identifier: BSD-2-Clause
/* test_delete_rules.c: what a DELETE does, and when (DEL-1 to DEL-5, DEL-7 to DEL-11). */
#include "support/rig.h"

#include <saoffload/oob.h>

static bool carries_wish(NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO info)
{
    return sao_oob_get_receive(&info).sa_delete_request;
}

/* ---- what goes ------------------------------------------------------------------------- */

static void del_1_frees_every_bundle_of_the_list(void **state)
{
    rig *r = rig_running();
    NDIS_HANDLE handles[3] = {rig_add_one(r, rig_inbound(1)), rig_add_one(r, rig_outbound(2)),
                              rig_add_one(r, rig_with_ah(rig_inbound(3)))};
    rig_job *job;

    (void)state;
    rig_clear(r);
    job = rig_delete(r, handles, 3);

    assert_status(job->answer, NDIS_STATUS_SUCCESS);
    assert_int_equal(job->request.elements_done, 3);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(rig_state(r, handles[i]), SAO_BUNDLE_FREE);
        assert_ptr_equal(r->calls[i].handle, handles[i]);
    }
    assert_int_equal(rig_counters(r).bundles, 0);
    assert_int_equal(rig_counters(r).bundles_deleted, 3);
    assert_false(rig_memory_has_key(r));
    rig_destroy(r);
}

static void del_1_leaves_the_others_alone(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1), out = rig_outbound(2), other = rig_inbound(3);
    NDIS_HANDLE in_handle = rig_add_one(r, in), out_handle = rig_add_one(r, out);
    NDIS_HANDLE other_handle = rig_add_one(r, other);

    (void)state;
    rig_delete_one(r, other_handle);
    assert_true(rig_flows_in(r, &in, in_handle));
    assert_true(rig_flows_out(r, &out, out_handle));
    assert_false(rig_flows_in(r, &other, other_handle));
    assert_true(rig_memory_has_key(r));
    rig_destroy(r);
}

static void del_1_reports_each_stage_in_order(void **state)
{
    rig *r = rig_running();
    NDIS_HANDLE handle = rig_add_one(r, rig_inbound(1));

    (void)state;
    rig_clear(r);
    rig_delete_one(r, handle);
    rig_assert_events(r, handle, SAO_EVENT_BUNDLE_CLAIMED, SAO_EVENT_BUNDLE_UNLINKED,
                      SAO_EVENT_BUNDLE_DRAINED, SAO_EVENT_BACKEND_CALL, SAO_EVENT_BACKEND_ANSWER,
                      SAO_EVENT_BUNDLE_WIPED, SAO_EVENT_BUNDLE_FREED, 0);
    rig_destroy(r);
}

/* Positions are those of the list. */
static void del_6_each_claim_says_where_it_stands(void **state)
{
    rig *r = rig_running();
    NDIS_HANDLE handles[3];

    (void)state;
    for (uint32_t i = 0; i < 3; i++)
        handles[i] = rig_add_one(r, rig_inbound(3 - i));
    rig_clear(r);
    assert_status(rig_delete(r, handles, 3)->answer, NDIS_STATUS_SUCCESS);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(r->events[rig_event_at(r, SAO_EVENT_BUNDLE_CLAIMED, handles[i])].value, i);
    rig_destroy(r);
}

/* ---- wishes ---------------------------------------------------------------------------- */

static void del_2_a_wish_alone_removes_nothing(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1), out = rig_outbound(2);
    NDIS_HANDLE in_handle = rig_add_one(r, in), out_handle = rig_add_one(r, out);
    sao_flight flight;

    (void)state;
    r->wants_delete = true;
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_PROCESS);
    assert_true(carries_wish(rig_finish(r, 0, &flight)));
    r->wants_delete = false;
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_PROCESS);
    assert_false(carries_wish(rig_finish(r, 0, &flight)));

    rig_poll(r);
    assert_true(rig_flows_in(r, &in, in_handle));
    assert_true(rig_flows_out(r, &out, out_handle));
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 0);
    assert_int_equal(rig_counters(r).delete_wishes, 1);
    assert_int_equal(rig_events_of(r, SAO_EVENT_DELETE_WISHED, in_handle), 1);

    rig_delete_one(r, in_handle); /* each goes on until its own DELETE */
    assert_false(rig_flows_in(r, &in, in_handle));
    assert_true(rig_flows_out(r, &out, out_handle));
    rig_destroy(r);
}

static void del_2_a_policy_may_ask_for_one_wish(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1);
    NDIS_HANDLE handle = rig_add_one(r, in), out = rig_add_one(r, rig_outbound(2));
    sao_flight flight;

    (void)state;
    assert_status(sao_adapter_wish_delete(r->adapter, NULL), NDIS_STATUS_INVALID_PARAMETER);
    assert_status(sao_adapter_wish_delete(r->adapter, out), NDIS_STATUS_INVALID_PARAMETER);
    assert_status(sao_adapter_wish_delete(r->adapter, handle), NDIS_STATUS_SUCCESS);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_PROCESS);
        assert_int_equal(carries_wish(rig_finish(r, 0, &flight)), i == 0);
    }
    rig_delete_one(r, handle);
    assert_status(sao_adapter_wish_delete(r->adapter, handle), NDIS_STATUS_INVALID_PARAMETER);
    rig_destroy(r);
}

/* Both halves owe a DELETE, in either order or in one list. */
static void del_3_the_two_deletes_may_come_in_any_order(void **state)
{
    (void)state;
    for (int order = 0; order < 3; order++) {
        rig *r = rig_running();
        rig_spec in = rig_inbound(1);
        NDIS_HANDLE both[2] = {rig_add_one(r, in), rig_add_one(r, rig_outbound(2))};
        sao_flight flight;

        r->wants_delete = true;
        assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_PROCESS);
        (void)rig_finish(r, 0, &flight);
        assert_true(rig_status(r, both[0]).delete_requested);
        assert_false(rig_status(r, both[0]).pair_delete_requested);
        assert_true(rig_status(r, both[1]).pair_delete_requested);

        if (order == 0) {
            rig_delete_one(r, both[0]);
            assert_true(rig_status(r, both[1]).pair_delete_requested); /* still owed */
            rig_delete_one(r, both[1]);
        } else if (order == 1) {
            rig_delete_one(r, both[1]);
            rig_delete_one(r, both[0]);
        } else {
            assert_status(rig_delete(r, both, 2)->answer, NDIS_STATUS_SUCCESS);
        }
        assert_int_equal(rig_counters(r).bundles, 0);
        rig_destroy(r);
    }
}

/* ---- answers --------------------------------------------------------------------------- */

static void del_4_an_asynchronous_backend_makes_it_pend(void **state)
{
    rig *r = rig_running();
    NDIS_HANDLE handle = rig_add_one(r, rig_inbound(1));
    rig_job *job;

    (void)state;
    r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
    job = rig_delete(r, &handle, 1);
    assert_status(job->answer, NDIS_STATUS_PENDING);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_PENDING);
    assert_int_equal(rig_counters(r).requests, 1);
    assert_int_equal(rig_state(r, handle), SAO_BUNDLE_DELETED);
    assert_true(rig_memory_has_key(r)); /* the hardware may still read them */

    rig_answer(r, rig_last_call(r, SAO_BACKEND_REMOVE), NDIS_STATUS_SUCCESS);
    assert_int_equal(job->completions, 0); /* an answer only notes; poll completes */
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_false(rig_memory_has_key(r));
    rig_destroy(r);
}

static void del_5_completes_once_after_all_answers_in_any_order(void **state)
{
    (void)state;
    for (int backwards = 0; backwards < 2; backwards++) {
        rig *r = rig_running();
        NDIS_HANDLE handles[5];
        rig_job *job;

        for (uint32_t i = 0; i < 5; i++)
            handles[i] = rig_add_one(r, rig_inbound(1 + i));
        rig_clear(r);
        r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
        job = rig_delete(r, handles, 5);
        for (uint32_t i = 0; i < 5; i++) {
            rig_poll(r);
            assert_status(rig_result(job), NDIS_STATUS_PENDING);
            rig_answer(r, &r->calls[backwards ? 4 - i : i], NDIS_STATUS_SUCCESS);
            assert_int_equal(rig_counters(r).bundles, 4 - i); /* each goes when it is answered */
        }
        rig_poll(r);
        rig_poll(r);
        assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
        assert_int_equal(job->completions, 1);
        rig_destroy(r);
    }
}

/* ---- packets in flight ----------------------------------------------------------------- */

static void del_7_waits_for_packets_in_flight(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1);
    NDIS_HANDLE handle = rig_add_one(r, in);
    sao_flight flights[RIG_QUEUES];
    rig_job *job;

    (void)state;
    for (uint32_t q = 0; q < RIG_QUEUES; q++)
        assert_int_equal(rig_receive(r, q, &in, &flights[q]), SAO_RECEIVE_PROCESS);
    job = rig_delete(r, &handle, 1);
    assert_status(job->answer, NDIS_STATUS_PENDING);
    assert_int_equal(rig_state(r, handle), SAO_BUNDLE_UNLINKED);
    assert_false(rig_flows_in(r, &in, handle)); /* no new packet finds it */

    for (uint32_t q = 0; q < RIG_QUEUES; q++) {
        rig_poll(r);
        assert_status(rig_result(job), NDIS_STATUS_PENDING);
        assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 0);
        assert_ptr_equal(flights[q].bundle->handle, handle); /* still whole */
        (void)rig_finish(r, q, &flights[q]);
    }
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

static void del_7_waits_for_sends_under_way(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_outbound(1);
    NDIS_HANDLE handle = rig_add_one(r, out);
    sao_packet_info info = rig_packet(&out);
    sao_flight flight;
    rig_job *job;

    (void)state;
    assert_status(sao_adapter_send(r->adapter, 1, &info, handle, NULL, &flight),
                  NDIS_STATUS_SUCCESS);
    job = rig_delete(r, &handle, 1);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_PENDING);
    assert_false(rig_flows_out(r, &out, handle)); /* TX-6 */
    sao_adapter_send_done(r->adapter, &flight);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

static void del_7_does_not_wait_for_packets_that_began_later(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1), other = rig_inbound(2);
    NDIS_HANDLE handle = rig_add_one(r, in);
    sao_flight before, after;
    rig_job *job;

    (void)state;
    (void)rig_add_one(r, other);
    assert_int_equal(rig_receive(r, 0, &in, &before), SAO_RECEIVE_PROCESS);
    job = rig_delete(r, &handle, 1);
    assert_int_equal(rig_receive(r, 1, &other, &after), SAO_RECEIVE_PROCESS);
    (void)rig_finish(r, 0, &before);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS); /* although `after` goes on */
    (void)rig_finish(r, 1, &after);
    rig_destroy(r);
}

/* Traffic never stops: at each moment some packet is in flight. */
static void del_7_ends_under_endless_traffic(void **state)
{
    rig *r = rig_running();
    rig_spec other = rig_inbound(100);
    sao_flight flights[2];
    uint32_t turn = 0;

    (void)state;
    (void)rig_add_one(r, other);
    assert_int_equal(rig_receive(r, 0, &other, &flights[0]), SAO_RECEIVE_PROCESS);
    for (uint32_t i = 1; i <= 20; i++) {
        NDIS_HANDLE handle = rig_add_one(r, rig_inbound(i));
        rig_job *job = rig_delete(r, &handle, 1);
        uint32_t packets = 0;

        for (; rig_result(job) == NDIS_STATUS_PENDING && packets < 10; packets++) {
            turn ^= 1u;
            assert_int_equal(rig_receive(r, turn, &other, &flights[turn]), SAO_RECEIVE_PROCESS);
            (void)rig_finish(r, turn ^ 1u, &flights[turn ^ 1u]);
            rig_poll(r);
        }
        assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
        assert_true(packets <= 2);
    }
    (void)rig_finish(r, turn, &flights[turn]);
    rig_destroy(r);
}

static void del_7_deletes_that_come_together_share_a_grace_period(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(100);
    sao_flight first, second;
    rig_job *jobs[4];

    (void)state;
    (void)rig_add_one(r, in);
    assert_int_equal(rig_receive(r, 0, &in, &first), SAO_RECEIVE_PROCESS);
    for (uint32_t i = 0; i < 4; i++) {
        NDIS_HANDLE handle = rig_add_one(r, rig_inbound(1 + i));

        jobs[i] = rig_delete(r, &handle, 1);
        assert_status(jobs[i]->answer, NDIS_STATUS_PENDING);
        if (i == 0) /* the second period has this packet to wait for, the first not */
            assert_int_equal(rig_receive(r, 1, &in, &second), SAO_RECEIVE_PROCESS);
    }
    (void)rig_finish(r, 0, &first);
    rig_poll(r);
    assert_status(rig_result(jobs[0]), NDIS_STATUS_SUCCESS);
    for (uint32_t i = 1; i < 4; i++)
        assert_status(rig_result(jobs[i]), NDIS_STATUS_PENDING);
    (void)rig_finish(r, 1, &second);
    rig_poll(r);
    for (uint32_t i = 1; i < 4; i++)
        assert_status(rig_result(jobs[i]), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

static void del_7_does_not_wait_for_what_the_transport_holds(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1);
    NDIS_HANDLE handle = rig_add_one(r, in);
    sao_flight flight;

    (void)state;
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_PROCESS);
    sao_adapter_receive_indicated(r->adapter, &flight);
    rig_delete_one(r, handle); /* at once */
    assert_int_equal(rig_counters(r).held, 1);
    sao_adapter_receive_returned(r->adapter, 0);
    rig_destroy(r);
}

/* ---- handles --------------------------------------------------------------------------- */

static void del_8_a_deleted_handle_never_comes_back(void **state)
{
    enum { ROUNDS = 300 };
    static NDIS_HANDLE old[ROUNDS];
    rig *r = rig_create();
    rig_spec in = rig_inbound(1);

    (void)state;
    r->config.capabilities.SaOffloadCapacity = 2;
    rig_start(r);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        old[i] = rig_add_one(r, in);
        for (uint32_t k = 0; k < i; k++)
            assert_ptr_not_equal(old[i], old[k]);
        if (i > 0)
            assert_status(rig_delete(r, &old[i - 1], 1)->answer, NDIS_STATUS_INVALID_PARAMETER);
        assert_int_equal(rig_state(r, old[i]), SAO_BUNDLE_LIVE);
        rig_delete_one(r, old[i]);
        rig_clear(r);
    }
    rig_destroy(r);
}

/* ---- the hardware ---------------------------------------------------------------------- */

static void del_9_gives_elements_to_the_hardware_in_list_order(void **state)
{
    rig *r = rig_create();
    NDIS_HANDLE handles[6], reversed[6];
    rig_job *job;

    (void)state;
    r->config.elements_per_step = 1;
    r->config.steps_per_submit = 1;
    rig_start(r);
    for (uint32_t i = 0; i < 6; i++) {
        rig_spec in = rig_inbound(1 + i);
        rig_job *add = rig_add(r, &in, 1);

        rig_poll(r);
        handles[i] = rig_handle(add, 0);
        reversed[5 - i] = handles[i];
    }
    rig_clear(r);
    r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
    job = rig_delete(r, reversed, 6);
    for (uint32_t steps = 0; steps < 100 && rig_calls_of(r, SAO_BACKEND_REMOVE) < 3; steps++)
        rig_poll_steps(r, 1);

    /* Half is past the point of no return, and answers cannot take that back. */
    for (uint32_t i = 0; i < 6; i++)
        assert_int_equal(rig_state(r, reversed[i]),
                         i < 3 ? SAO_BUNDLE_DELETED : SAO_BUNDLE_UNLINKED);
    rig_poll(r);
    for (uint32_t i = 0; i < 6; i++)
        assert_ptr_equal(r->calls[i].handle, reversed[i]);
    rig_answer_from(r, 0, SAO_BACKEND_REMOVE, NDIS_STATUS_SUCCESS, false);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_int_equal(job->request.elements_done, 6);
    rig_destroy(r);
}

static void del_10_an_error_of_the_hardware_keeps_nothing_alive(void **state)
{
    static const NDIS_STATUS errors[] = {NDIS_STATUS_FAILURE, NDIS_STATUS_RESOURCES,
                                         NDIS_STATUS_NOT_ACCEPTED, NDIS_STATUS_HARD_ERRORS};

    (void)state;
    for (uint32_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        rig *r = rig_running();
        NDIS_HANDLE handles[4] = {rig_add_one(r, rig_inbound(1)), rig_add_one(r, rig_inbound(2)),
                                  rig_add_one(r, rig_inbound(3)), rig_add_one(r, rig_inbound(4))};
        rig_job *job;

        r->answers[SAO_BACKEND_REMOVE].status = errors[i];
        job = rig_delete(r, &handles[2], 2); /* the second is told after the error of the first */
        assert_status(job->answer, NDIS_STATUS_SUCCESS);
        assert_int_equal(job->request.elements_done, 2);
        r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
        job = rig_delete(r, &handles[0], 2);
        rig_answer(r, rig_call_for(r, SAO_BACKEND_REMOVE, handles[1]), errors[i]);
        rig_answer(r, rig_call_for(r, SAO_BACKEND_REMOVE, handles[0]), NDIS_STATUS_SUCCESS);
        rig_poll(r);
        assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
        assert_int_equal(job->request.elements_done, 2);
        assert_int_equal(rig_counters(r).remove_errors, 3);
        assert_int_equal(rig_counters(r).bundles, 0);
        assert_int_equal(r->events[rig_event_at(r, SAO_EVENT_BACKEND_ANSWER, handles[1])].status,
                         NDIS_STATUS_SUCCESS); /* of its add */
        assert_false(rig_memory_has_key(r));
        rig_destroy(r);
    }
}

/* Of a table in which nothing is free any more all goes, in one list or one by one. */
static void del_10_a_delete_needs_no_room(void **state)
{
    (void)state;
    for (int one_by_one = 0; one_by_one < 2; one_by_one++) {
        rig *r = rig_running();
        NDIS_HANDLE handles[RIG_CAPACITY];
        rig_spec more = rig_inbound(1000);

        for (uint32_t i = 0; i < RIG_CAPACITY; i++)
            handles[i] = rig_add_one(r, rig_inbound(1 + i));
        assert_status(rig_add(r, &more, 1)->answer, NDIS_STATUS_RESOURCES);
        if (!one_by_one)
            assert_status(rig_delete(r, handles, RIG_CAPACITY)->answer, NDIS_STATUS_SUCCESS);
        for (uint32_t i = 0; one_by_one && i < RIG_CAPACITY; i++)
            rig_delete_one(r, handles[i]);
        assert_int_equal(rig_counters(r).bundles, 0);
        rig_destroy(r);
    }
}

static void del_11_packets_of_a_deleted_bundle_arrive_untouched(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1);
    sao_flight flight;

    (void)state;
    rig_delete_one(r, rig_add_one(r, in));
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_NO_BUNDLE);
    assert_null(flight.bundle);
    assert_int_equal(rig_counters(r).flights, 0);
    assert_false(carries_wish(rig_finish(r, 0, &flight)));
    assert_non_null(rig_add_one(r, in)); /* and it may be offloaded again */
    rig_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(del_1_frees_every_bundle_of_the_list),
        cmocka_unit_test(del_1_leaves_the_others_alone),
        cmocka_unit_test(del_1_reports_each_stage_in_order),
        cmocka_unit_test(del_6_each_claim_says_where_it_stands),
        cmocka_unit_test(del_2_a_wish_alone_removes_nothing),
        cmocka_unit_test(del_2_a_policy_may_ask_for_one_wish),
        cmocka_unit_test(del_3_the_two_deletes_may_come_in_any_order),
        cmocka_unit_test(del_4_an_asynchronous_backend_makes_it_pend),
        cmocka_unit_test(del_5_completes_once_after_all_answers_in_any_order),
        cmocka_unit_test(del_7_waits_for_packets_in_flight),
        cmocka_unit_test(del_7_waits_for_sends_under_way),
        cmocka_unit_test(del_7_does_not_wait_for_packets_that_began_later),
        cmocka_unit_test(del_7_ends_under_endless_traffic),
        cmocka_unit_test(del_7_deletes_that_come_together_share_a_grace_period),
        cmocka_unit_test(del_7_does_not_wait_for_what_the_transport_holds),
        cmocka_unit_test(del_8_a_deleted_handle_never_comes_back),
        cmocka_unit_test(del_9_gives_elements_to_the_hardware_in_list_order),
        cmocka_unit_test(del_10_an_error_of_the_hardware_keeps_nothing_alive),
        cmocka_unit_test(del_10_a_delete_needs_no_room),
        cmocka_unit_test(del_11_packets_of_a_deleted_bundle_arrive_untouched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
