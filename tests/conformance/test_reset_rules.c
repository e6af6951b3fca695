// SPDX-License-Identifier: BSD-2-Clause
/* test_reset_rules.c: resets (RST-1 to RST-6, PNP-3), and what lives through them. */
#include "support/rig.h"

static rig *rig_of(sao_profile profile)
{
    rig *r = rig_create();

    r->config.profile = profile;
    rig_start(r);
    return r;
}

static rig *rig_old(void)
{
    return rig_of(SAO_PROFILE_NDIS_6_20);
}

static rig *rig_new(void)
{
    return rig_of(SAO_PROFILE_NDIS_6_30);
}

static void begin_reset(rig *r)
{
    r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_PENDING;
    assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_PENDING);
}

static void end_reset(rig *r, NDIS_STATUS status)
{
    rig_answer_life(r, SAO_LIFE_RESET, status);
    rig_poll(r);
}

static void assert_reset_over(rig *r, NDIS_STATUS outcome)
{
    assert_int_equal(r->lives_completed[SAO_LIFE_RESET], 1);
    assert_status(r->life_outcome[SAO_LIFE_RESET], outcome);
}

/* ---- how a reset ends ------------------------------------------------------------------ */

static void rst_1_a_reset_may_end_at_once(void **state)
{
    static const struct {
        NDIS_STATUS hardware;
        NDIS_STATUS outcome;
    } ends[] = {{NDIS_STATUS_SUCCESS, NDIS_STATUS_SUCCESS},
                {NDIS_STATUS_SOFT_ERRORS, NDIS_STATUS_SOFT_ERRORS},
                {NDIS_STATUS_HARD_ERRORS, NDIS_STATUS_HARD_ERRORS},
                {NDIS_STATUS_FAILURE, NDIS_STATUS_HARD_ERRORS}};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        rig *r = rig_old();

        r->lives[SAO_LIFE_RESET].status = ends[i].hardware;
        assert_status(rig_life(r, SAO_LIFE_RESET), ends[i].outcome);
        rig_poll(r);
        assert_int_equal(r->lives_completed[SAO_LIFE_RESET], 0);
        rig_destroy(r);
    }
}

static void rst_1_a_reset_may_pend(void **state)
{
    static const NDIS_STATUS ends[] = {NDIS_STATUS_SUCCESS, NDIS_STATUS_SOFT_ERRORS,
                                       NDIS_STATUS_HARD_ERRORS};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        rig *r = rig_new();

        begin_reset(r);
        rig_poll(r);
        assert_int_equal(r->lives_completed[SAO_LIFE_RESET], 0);
        assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_RESET_IN_PROGRESS);
        end_reset(r, ends[i]);
        assert_reset_over(r, ends[i]);
        assert_int_equal(sao_adapter_get_state(r->adapter), SAO_ADAPTER_RUNNING);
        r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_SUCCESS;
        assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_SUCCESS); /* another one */
        rig_destroy(r);
    }
}

static void pnp_3_a_reset_and_a_pause_may_overlap(void **state)
{
    (void)state;
    for (int order = 0; order < 4; order++) {
        const int pause_first = order % 2, pause_begins = order / 2;
        rig *r = rig_old();
        sao_flight flight;

        assert_status(sao_adapter_send(r->adapter, 0, NULL, NULL, NULL, &flight),
                      NDIS_STATUS_SUCCESS);
        if (pause_begins == 0)
            begin_reset(r);
        assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_PENDING);
        if (pause_begins != 0)
            begin_reset(r);
        if (pause_first == 0)
            end_reset(r, NDIS_STATUS_SUCCESS);
        assert_int_equal(sao_adapter_get_state(r->adapter), SAO_ADAPTER_PAUSING);
        assert_int_equal(r->lives_completed[SAO_LIFE_PAUSE], 0);
        sao_adapter_send_done(r->adapter, &flight);
        rig_poll(r);
        assert_int_equal(r->lives_completed[SAO_LIFE_PAUSE], 1);
        assert_int_equal(r->lives_completed[SAO_LIFE_RESET], pause_first == 0 ? 1 : 0);
        assert_int_equal(sao_adapter_get_state(r->adapter), SAO_ADAPTER_PAUSED);
        if (pause_first != 0)
            end_reset(r, NDIS_STATUS_SUCCESS);
        assert_reset_over(r, NDIS_STATUS_SUCCESS);
        rig_destroy(r);
    }
}

/* ---- bundles --------------------------------------------------------------------------- */

static void rst_3_bundles_are_added_again(void **state)
{
    rig *r = rig_old();
    rig_spec in = rig_with_esn(rig_inbound(1), 5), out = rig_outbound(2);
    NDIS_HANDLE handles[2];
    uint32_t calls;

    (void)state;
    handles[0] = rig_add_one(r, in);
    handles[1] = rig_add_one(r, out);
    assert_status(rig_update(r, handles[0], &in, 0, 9)->answer, NDIS_STATUS_SUCCESS);
    calls = r->call_count;
    begin_reset(r);
    assert_int_equal(r->call_count, calls);
    rig_answer_life(r, SAO_LIFE_RESET, NDIS_STATUS_SUCCESS);
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
    rig_poll(r);
    assert_int_equal(r->call_count, calls + 2);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 0);
    assert_int_equal(r->lives_completed[SAO_LIFE_RESET], 0); /* not before they are back */
    rig_answer_from(r, calls, SAO_BACKEND_ADD, NDIS_STATUS_SUCCESS, true);
    rig_poll(r);
    assert_reset_over(r, NDIS_STATUS_SUCCESS);
    for (uint32_t i = 0; i < 2; i++) {
        assert_ptr_equal(r->calls[calls + i].handle, handles[i]);
        assert_true(rig_status(r, handles[i]).in_hardware);
    }
    assert_int_equal(r->calls[calls].sequence_high, 9); /* as it is now (UPD-1) */
    assert_true(rig_flows_in(r, &in, handles[0]));
    assert_true(rig_flows_out(r, &out, handles[1]));
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_SUCCESS;
    rig_delete_one(r, handles[0]);
    rig_delete_one(r, handles[1]);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 2);
    rig_destroy(r);
}

/* Each loss and each return is told, and what was not there is not lost once more. */
static void rst_3_what_is_lost_and_restored_is_reported(void **state)
{
    rig *r = rig_old();
    NDIS_HANDLE handles[2] = {rig_add_one(r, rig_inbound(1)), rig_add_one(r, rig_outbound(2))};

    (void)state;
    rig_clear(r);
    r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_HARD_ERRORS;
    assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_HARD_ERRORS);
    for (int i = 0; i < 2; i++) {
        const int at = rig_event_at(r, SAO_EVENT_BUNDLE_LOST, handles[i]);

        rig_assert_events(r, handles[i], SAO_EVENT_BUNDLE_LOST, SAO_EVENT_BUNDLE_LOST, 0);
        assert_status(r->events[at].status, NDIS_STATUS_PENDING);
        for (uint32_t k = (uint32_t)at + 1; k < r->event_count; k++)
            if (r->events[k].handle == r->events[at].handle)
                assert_status(r->events[k].status, NDIS_STATUS_HARD_ERRORS);
    }
    rig_clear(r);
    r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_SUCCESS;
    assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_SUCCESS);
    for (int i = 0; i < 2; i++)
        rig_assert_events(r, handles[i], SAO_EVENT_BACKEND_CALL, SAO_EVENT_BACKEND_ANSWER,
                          SAO_EVENT_BUNDLE_RESTORED, 0);
    assert_int_equal(rig_counters(r).bundles_lost, 2);
    rig_destroy(r);
}

/* Inbound: untouched, with the wish and nothing else. Outbound: sends fail, its pair wishes. */
static void check_lost(rig *r, const rig_spec *in, const rig_spec *out, NDIS_HANDLE out_handle,
                       bool in_lost)
{
    NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO info;
    sao_oob_receive oob;
    sao_flight flight;

    for (int first = 1; first >= 0; first--) {
        assert_int_equal(rig_receive(r, 0, in, &flight),
                         in_lost ? SAO_RECEIVE_LOST : SAO_RECEIVE_PROCESS);
        sao_adapter_receive_done(r->adapter, &flight, CRYPTO_SUCCESS, in_lost ? 0 : 1, 100, &info);
        oob = sao_oob_get_receive(&info);
        assert_int_equal(oob.crypto_done, !in_lost);
        assert_int_equal(oob.crypto_status, CRYPTO_SUCCESS);
        assert_int_equal(oob.sa_delete_request, first);
        sao_adapter_receive_indicated(r->adapter, &flight);
        sao_adapter_receive_returned(r->adapter, 0);
    }
    assert_false(rig_flows_out(r, out, out_handle));
}

static void rst_3_what_the_hardware_refuses_stays_deletable(void **state)
{
    (void)state;
    for (int in_lost = 0; in_lost < 2; in_lost++) {
        rig *r = rig_old();
        rig_spec specs[2] = {rig_inbound(1), rig_outbound(2)};
        rig_job *added = rig_add(r, specs, 2);
        NDIS_HANDLE handles[2] = {rig_handle(added, 0), rig_handle(added, 1)};
        uint32_t calls = r->call_count;

        assert_ptr_equal(rig_status(r, handles[0]).pair, handles[1]);
        r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
        assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_PENDING);
        rig_answer(r, &r->calls[calls], in_lost ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS);
        rig_answer(r, &r->calls[calls + 1], NDIS_STATUS_FAILURE);
        rig_poll(r);
        assert_reset_over(r, NDIS_STATUS_SUCCESS);
        assert_int_equal(rig_counters(r).bundles_lost, in_lost ? 2 : 1);
        assert_int_equal(rig_status(r, handles[0]).in_hardware, !in_lost);
        assert_int_equal(rig_state(r, handles[1]), SAO_BUNDLE_LIVE);
        check_lost(r, &specs[0], &specs[1], handles[1], in_lost);
        rig_delete_one(r, handles[0]);
        rig_delete_one(r, handles[1]);
        assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), in_lost ? 0 : 1);
        assert_int_equal(rig_counters(r).bundles, 0);
        assert_false(rig_memory_has_key(r));
        rig_destroy(r);
    }
}

static void rst_3_after_hard_errors_all_bundles_are_lost(void **state)
{
    rig *r = rig_old();
    rig_spec specs[2] = {rig_inbound(1), rig_outbound(2)};
    rig_job *added = rig_add(r, specs, 2);
    NDIS_HANDLE handles[2] = {rig_handle(added, 0), rig_handle(added, 1)};

    (void)state;
    r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_HARD_ERRORS;
    assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_HARD_ERRORS);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_ADD), 2);
    check_lost(r, &specs[0], &specs[1], handles[1], true);
    assert_int_equal(rig_counters(r).bundles_lost, 2);
    /* The next reset may bring them back. */
    r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_SUCCESS;
    assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_SUCCESS);
    assert_true(rig_flows_in(r, &specs[0], handles[0]));
    assert_true(rig_flows_out(r, &specs[1], handles[1]));
    rig_destroy(r);
}

/* Whoever cannot be asked through its pair is asked itself; what is back is not asked for. */
static void rst_3_each_lost_bundle_asks_for_its_delete(void **state)
{
    (void)state;
    for (int paired = 0; paired < 2; paired++)
        for (int lost = 0; lost < 2; lost++) {
            rig *r = rig_old();
            rig_spec in = rig_inbound(1);
            NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO info;
            uint32_t calls;
            sao_flight flight;

            (void)rig_add_one(r, in);
            if (paired)
                (void)rig_add_one(r, rig_outbound(2));
            calls = r->call_count;
            r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
            assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_PENDING);
            rig_answer(r, &r->calls[calls], lost ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS);
            if (paired)
                rig_answer(r, &r->calls[calls + 1], NDIS_STATUS_SUCCESS);
            rig_poll(r);
            assert_reset_over(r, NDIS_STATUS_SUCCESS);
            assert_int_equal(rig_receive(r, 0, &in, &flight),
                             lost ? SAO_RECEIVE_LOST : SAO_RECEIVE_PROCESS);
            sao_adapter_receive_done(r->adapter, &flight, CRYPTO_SUCCESS, lost ? 0 : 1, 100, &info);
            assert_int_equal(sao_oob_get_receive(&info).sa_delete_request, lost);
            sao_adapter_receive_indicated(r->adapter, &flight);
            sao_adapter_receive_returned(r->adapter, 0);
            rig_destroy(r);
        }
}

/* An update of what the hardware has lost is as good as done: the next add carries the value. */
static void rst_3_a_lost_bundle_can_be_updated(void **state)
{
    rig *r = rig_old();
    rig_spec out = rig_with_esn(rig_outbound(1), 0);
    NDIS_HANDLE handle = rig_add_one(r, out);

    (void)state;
    r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_HARD_ERRORS;
    assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_HARD_ERRORS);
    assert_status(rig_update(r, handle, &out, 0, 3)->answer, NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_UPDATE), 0);
    r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_SUCCESS;
    assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_last_call(r, SAO_BACKEND_ADD)->sequence_high, 3);
    rig_destroy(r);
}

/* ---- requests -------------------------------------------------------------------------- */

static void rst_4_new_requests_are_not_accepted(void **state)
{
    (void)state;
    for (int new_profile = 0; new_profile < 2; new_profile++) {
        rig *r = new_profile ? rig_new() : rig_old();
        rig_spec in = rig_with_esn(rig_inbound(1), 0), more = rig_inbound(2);
        NDIS_HANDLE handle = rig_add_one(r, in);

        begin_reset(r);
        assert_status(rig_delete(r, &handle, 1)->answer, NDIS_STATUS_NOT_ACCEPTED); /* DEL-4 */
        assert_status(rig_add(r, &more, 1)->answer, NDIS_STATUS_NOT_ACCEPTED);
        assert_status(rig_update(r, handle, &in, 0, 1)->answer, NDIS_STATUS_NOT_ACCEPTED);
        end_reset(r, NDIS_STATUS_SUCCESS);
        assert_status(rig_update(r, handle, &in, 0, 1)->answer, NDIS_STATUS_SUCCESS);
        rig_delete_one(r, handle);
        rig_destroy(r);
    }
}

/* Holds the reset at the last moment at which a request could still be outstanding. */
static void assert_none_pends_at_completion(rig *r)
{
    assert_int_equal(rig_counters(r).requests, 0);
}

/* A delete that the hardware was at: the reset has done it (RST-2 D). */
static void rst_2_a_delete_in_the_hardware_succeeds(void **state)
{
    (void)state;
    for (int new_profile = 0; new_profile < 2; new_profile++) {
        rig *r = new_profile ? rig_new() : rig_old();
        NDIS_HANDLE handle = rig_add_one(r, rig_inbound(1));
        rig_job *job;

        r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
        job = rig_delete(r, &handle, 1);
        assert_status(job->answer, NDIS_STATUS_PENDING);
        begin_reset(r);
        rig_poll(r);
        assert_status(rig_result(job), NDIS_STATUS_PENDING);
        end_reset(r, NDIS_STATUS_SUCCESS);
        assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
        assert_int_equal(job->request.elements_done, 1);
        assert_int_equal(rig_counters(r).bundles, 0);
        assert_int_equal(rig_counters(r).remove_errors, 0);
        rig_answer(r, rig_last_call(r, SAO_BACKEND_REMOVE), NDIS_STATUS_SUCCESS);
        assert_int_equal(rig_counters(r).late_answers, 1);
        rig_destroy(r);
    }
}

static sao_flight reset_flight;

static void flush_the_send(rig *r)
{
    sao_adapter_send_done(r->adapter, &reset_flight);
}

/* A delete that waits for a packet: the reset flushes the packet, or does not. */
static void rst_2_a_delete_whose_packets_are_flushed_succeeds(void **state)
{
    (void)state;
    for (int flushed = 0; flushed < 2; flushed++) {
        rig *r = rig_new();
        rig_spec out = rig_outbound(1);
        NDIS_HANDLE handle = rig_add_one(r, out);
        sao_packet_info info = rig_packet(&out);
        rig_job *job;

        assert_status(sao_adapter_send(r->adapter, 0, &info, handle, NULL, &reset_flight),
                      NDIS_STATUS_SUCCESS);
        job = rig_delete(r, &handle, 1);
        assert_status(job->answer, NDIS_STATUS_PENDING);
        r->lives[SAO_LIFE_RESET].during = flushed ? flush_the_send : NULL;
        if (rig_life(r, SAO_LIFE_RESET) == NDIS_STATUS_PENDING)
            rig_poll(r);
        assert_none_pends_at_completion(r);
        assert_int_equal(sao_adapter_get_state(r->adapter), SAO_ADAPTER_RUNNING);
        assert_status(rig_result(job), flushed ? NDIS_STATUS_SUCCESS : NDIS_STATUS_REQUEST_ABORTED);
        assert_int_equal(job->request.elements_done, flushed);
        assert_int_equal(rig_state(r, handle), flushed ? SAO_BUNDLE_FREE : SAO_BUNDLE_LIVE);
        assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 0); /* the hardware had lost it */
        if (!flushed) {
            assert_true(rig_flows_out(r, &out, handle)); /* it is back (DEL-9) */
            flush_the_send(r);
        }
        rig_destroy(r);
    }
}

/* Before NDIS 6.30 it is held: the packet may go out after the reset, by a bundle that is there. */
static void rst_2_before_6_30_a_delete_is_held(void **state)
{
    rig *r = rig_old();
    rig_spec out = rig_outbound(1);
    NDIS_HANDLE handle = rig_add_one(r, out);
    sao_packet_info info = rig_packet(&out);
    sao_flight flight;
    rig_job *job;

    (void)state;
    assert_status(sao_adapter_send(r->adapter, 0, &info, handle, NULL, &flight),
                  NDIS_STATUS_SUCCESS);
    job = rig_delete(r, &handle, 1);
    begin_reset(r);
    end_reset(r, NDIS_STATUS_SUCCESS);
    assert_reset_over(r, NDIS_STATUS_SUCCESS);
    assert_status(rig_result(job), NDIS_STATUS_PENDING);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_ADD), 2);
    assert_true(rig_status(r, handle).in_hardware);
    sao_adapter_send_done(r->adapter, &flight);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 1);
    rig_destroy(r);
}

static void rst_2_an_add_is_held_or_aborted(void **state)
{
    (void)state;
    for (int new_profile = 0; new_profile < 2; new_profile++) {
        rig *r = new_profile ? rig_new() : rig_old();
        rig_spec spec = rig_inbound(1);
        rig_job *job;

        r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
        job = new_profile
                  ? rig_submit(r, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX, rig_build_add_ex(&spec))
                  : rig_add(r, &spec, 1);
        assert_status(job->answer, NDIS_STATUS_PENDING);
        begin_reset(r);
        rig_answer(r, &r->calls[0], NDIS_STATUS_SUCCESS); /* before it: too early to be lost */
        r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_SUCCESS;
        end_reset(r, NDIS_STATUS_SUCCESS);
        if (new_profile) {
            assert_reset_over(r, NDIS_STATUS_SUCCESS);
            assert_status(rig_result(job), NDIS_STATUS_REQUEST_ABORTED);
            assert_int_equal(rig_calls_of(r, SAO_BACKEND_ADD), 1);
            assert_int_equal(rig_counters(r).bundles, 0);
        } else { /* given again with all others, and then the ADD goes on */
            rig_answer(r, &r->calls[1], NDIS_STATUS_SUCCESS);
            rig_poll(r);
            assert_reset_over(r, NDIS_STATUS_SUCCESS);
            assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
            assert_true(rig_flows_in(r, &spec, rig_handle(job, 0)));
        }
        assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 0);
        rig_destroy(r);
    }
}

/* The hardware's answer is lost with the hardware: the add is asked again, or has failed. */
static void rst_2_an_add_without_an_answer_is_asked_again(void **state)
{
    static const NDIS_STATUS ends[] = {NDIS_STATUS_SUCCESS, NDIS_STATUS_HARD_ERRORS};

    (void)state;
    for (int i = 0; i < 2; i++) {
        rig *r = rig_old();
        rig_spec spec = rig_inbound(1);
        rig_job *job;

        r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
        job = rig_add(r, &spec, 1);
        begin_reset(r);
        r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_SUCCESS;
        end_reset(r, ends[i]);
        assert_reset_over(r, ends[i]);
        assert_status(rig_result(job), i == 0 ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE);
        assert_int_equal(rig_calls_of(r, SAO_BACKEND_ADD), i == 0 ? 2 : 1);
        assert_int_equal(rig_counters(r).bundles, i == 0 ? 1 : 0);
        rig_answer(r, &r->calls[0], NDIS_STATUS_FAILURE); /* from before the reset: absorbed */
        assert_int_equal(rig_counters(r).late_answers, 1);
        rig_destroy(r);
    }
}

static void rst_2_an_update_in_the_hardware_comes_with_the_restored_bundle(void **state)
{
    (void)state;
    for (int new_profile = 0; new_profile < 2; new_profile++) {
        rig *r = new_profile ? rig_new() : rig_old();
        rig_spec out = rig_with_esn(rig_outbound(1), 1);
        NDIS_HANDLE handle = rig_add_one(r, out);
        rig_job *job, *second;

        r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
        job = rig_update(r, handle, &out, 0, 7);
        second = rig_update(r, handle, &out, 0, 8);
        begin_reset(r);
        r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_SUCCESS;
        end_reset(r, NDIS_STATUS_SUCCESS);
        assert_reset_over(r, NDIS_STATUS_SUCCESS);
        assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
        assert_status(rig_result(second),
                      new_profile ? NDIS_STATUS_REQUEST_ABORTED : NDIS_STATUS_SUCCESS);
        assert_int_equal(rig_last_call(r, SAO_BACKEND_ADD)->sequence_high, new_profile ? 7 : 8);
        rig_destroy(r);
    }
}

/* What the hardware took with the bundle it has, whatever it then says to the update itself. */
static void rst_3_a_refused_update_goes_back_to_what_was_restored(void **state)
{
    rig *r = rig_old();
    rig_spec out = rig_with_esn(rig_outbound(1), 1);
    NDIS_HANDLE handle = rig_add_one(r, out);
    rig_job *second;
    sao_bundle bundle;

    (void)state;
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
    (void)rig_update(r, handle, &out, 0, 7);
    second = rig_update(r, handle, &out, 0, 8);
    begin_reset(r);
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_FAILURE;
    end_reset(r, NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_last_call(r, SAO_BACKEND_ADD)->sequence_high, 8);
    assert_status(rig_result(second), NDIS_STATUS_FAILURE);
    assert_status(sao_adapter_query(r->adapter, handle, &bundle, NULL), NDIS_STATUS_SUCCESS);
    assert_int_equal(bundle.sa[0].sequence_high, 8);
    rig_destroy(r);
}

static void count_pending(rig *r, rig_job *job)
{
    (void)job;
    assert_int_equal(r->lives_completed[SAO_LIFE_RESET], 0);
    (void)sao_adapter_poll(r->adapter, 0, UINT32_MAX); /* another thread's, while this one tells */
    assert_int_equal(r->lives_completed[SAO_LIFE_RESET], 0);
}

static void rst_2_from_6_30_on_requests_complete_before_the_reset(void **state)
{
    rig *r = rig_new();
    rig_spec out = rig_with_esn(rig_outbound(1), 1), more = rig_inbound(3);
    NDIS_HANDLE handle = rig_add_one(r, out);
    sao_packet_info info = rig_packet(&out);
    sao_flight flight;
    rig_job *jobs[3];

    (void)state;
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
    jobs[0] = rig_update(r, handle, &out, 0, 7);
    jobs[1] = rig_add(r, &more, 1);
    assert_status(sao_adapter_send(r->adapter, 0, &info, handle, NULL, &flight),
                  NDIS_STATUS_SUCCESS);
    jobs[2] = rig_delete(r, &handle, 1);
    r->during_completion = count_pending;
    begin_reset(r);
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_SUCCESS;
    end_reset(r, NDIS_STATUS_SUCCESS);
    for (int i = 0; i < 3; i++)
        assert_int_equal(jobs[i]->completions, 1);
    assert_reset_over(r, NDIS_STATUS_SUCCESS);
    sao_adapter_send_done(r->adapter, &flight);
    rig_destroy(r);
}

/* ---- packets and configuration --------------------------------------------------------- */

static void rst_5_sends_are_aborted_while_resetting(void **state)
{
    rig *r = rig_old();
    rig_spec in = rig_inbound(1), out = rig_outbound(2);
    NDIS_HANDLE in_handle = rig_add_one(r, in), handle = rig_add_one(r, out);
    sao_packet_info info = rig_packet(&out);
    sao_flight flight;

    (void)state;
    begin_reset(r);
    assert_status(sao_adapter_send(r->adapter, 0, &info, handle, NULL, &flight),
                  NDIS_STATUS_REQUEST_ABORTED);
    assert_status(sao_adapter_send(r->adapter, 0, NULL, NULL, NULL, &flight),
                  NDIS_STATUS_REQUEST_ABORTED);
    /* What arrives goes up untouched: the hardware is not configured (RX-2). */
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_NO_BUNDLE);
    (void)rig_finish(r, 0, &flight);
    end_reset(r, NDIS_STATUS_SUCCESS);
    assert_true(rig_flows_out(r, &out, handle));
    assert_true(rig_flows_in(r, &in, in_handle));
    rig_destroy(r);
}

static void rst_6_nothing_has_to_be_set_again(void **state)
{
    rig *r = rig_old();
    rig_spec in = rig_inbound(1), ah = rig_with_ah(rig_inbound(3));
    NDIS_HANDLE handle = rig_add_one(r, in);
    NDIS_IPSEC_OFFLOAD_V2 config;

    (void)state;
    assert_status(rig_parameters(r, NDIS_OFFLOAD_PARAMETERS_IPSECV2_ESP_ENABLED)->answer,
                  NDIS_STATUS_SUCCESS);
    assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_SUCCESS);
    assert_true(rig_flows_in(r, &in, handle)); /* the encapsulation is what it was */
    sao_adapter_get_config(r->adapter, &config);
    assert_true(config.Esp);
    assert_false(config.Ah);
    assert_status(rig_add(r, &ah, 1)->answer, NDIS_STATUS_NOT_SUPPORTED);
    rig_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rst_1_a_reset_may_end_at_once),
        cmocka_unit_test(rst_1_a_reset_may_pend),
        cmocka_unit_test(pnp_3_a_reset_and_a_pause_may_overlap),
        cmocka_unit_test(rst_3_bundles_are_added_again),
        cmocka_unit_test(rst_3_what_is_lost_and_restored_is_reported),
        cmocka_unit_test(rst_3_what_the_hardware_refuses_stays_deletable),
        cmocka_unit_test(rst_3_after_hard_errors_all_bundles_are_lost),
        cmocka_unit_test(rst_3_each_lost_bundle_asks_for_its_delete),
        cmocka_unit_test(rst_3_a_lost_bundle_can_be_updated),
        cmocka_unit_test(rst_4_new_requests_are_not_accepted),
        cmocka_unit_test(rst_2_a_delete_in_the_hardware_succeeds),
        cmocka_unit_test(rst_2_a_delete_whose_packets_are_flushed_succeeds),
        cmocka_unit_test(rst_2_before_6_30_a_delete_is_held),
        cmocka_unit_test(rst_2_an_add_is_held_or_aborted),
        cmocka_unit_test(rst_2_an_add_without_an_answer_is_asked_again),
        cmocka_unit_test(rst_2_an_update_in_the_hardware_comes_with_the_restored_bundle),
        cmocka_unit_test(rst_3_a_refused_update_goes_back_to_what_was_restored),
        cmocka_unit_test(rst_2_from_6_30_on_requests_complete_before_the_reset),
        cmocka_unit_test(rst_5_sends_are_aborted_while_resetting),
        cmocka_unit_test(rst_6_nothing_has_to_be_set_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
