// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_transport_life.c: a transport whose miniport resets, sleeps, pauses or goes: what interrupts
 * it, which requests wait, and what is given up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/transport_internal.h"
#include "support/host.h"

#define ADD OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA
#define DELETE OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA
#define UPDATE OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA

static void expect_interruptions(const test_host *host, uint32_t interruptions)
{
    assert_int_equal(sao_transport_interruptions(host->transport), interruptions);
}

/* ---- events ---------------------------------------------------------------------------- */

static void interruptions_follow_the_events(void **state)
{
    test_host host;

    (void)state;
    (void)host_start(&host);
    expect_interruptions(&host, 0);
    host_begin(&host, SAO_LIFE_RESET);
    expect_interruptions(&host, SAO_INTERRUPTED_BY_RESET);
    host_begin(&host, SAO_LIFE_PAUSE);
    expect_interruptions(&host, SAO_INTERRUPTED_BY_RESET | SAO_INTERRUPTED_BY_PAUSE);
    host.fake.protocol.ops->life_complete(host.fake.protocol.context, SAO_LIFE_RESET,
                                          NDIS_STATUS_HARD_ERRORS);
    expect_interruptions(&host, SAO_INTERRUPTED_BY_PAUSE);
    host_end(&host, SAO_LIFE_PAUSE);
    host_pass(&host, SAO_LIFE_SLEEP);
    expect_interruptions(&host, SAO_INTERRUPTED_BY_PAUSE | SAO_INTERRUPTED_BY_SLEEP);
    host_pass(&host, SAO_LIFE_WAKE);
    expect_interruptions(&host, SAO_INTERRUPTED_BY_PAUSE);
    host.fake.life_status[SAO_LIFE_RESTART] = NDIS_STATUS_FAILURE;
    assert_int_equal(host_life(&host, SAO_LIFE_RESTART), NDIS_STATUS_FAILURE);
    expect_interruptions(&host, SAO_INTERRUPTED_BY_PAUSE);
    host_begin(&host, SAO_LIFE_RESTART);
    host_end(&host, SAO_LIFE_RESTART);
    expect_interruptions(&host, 0);
    assert_int_equal(host_counters(&host).resets, 1);
    host_close(&host);
}

/* What is refused has not happened; nor does it end what has. */
static void refused_events_change_nothing(void **state)
{
    static const sao_life_event events[] = {SAO_LIFE_RESET,     SAO_LIFE_SLEEP, SAO_LIFE_PAUSE,
                                            SAO_LIFE_REMOVE,    SAO_LIFE_HALT,  SAO_LIFE_SHUTDOWN,
                                            SAO_LIFE_INITIALIZE};
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        host.fake.life_status[events[i]] = NDIS_STATUS_INVALID_STATE;
        assert_int_equal(host_life(&host, events[i]), NDIS_STATUS_INVALID_STATE);
        assert_false(sao_transport_life_pending(host.transport));
        expect_interruptions(&host, 0);
        host_expect_state(&host, id, SAO_ASSOCIATION_OFFLOADED);
    }
    host_receive_lost(&host); /* no reset was: no bundle may be lost */
    host_expect_not_lost(&host);
    host_begin(&host, SAO_LIFE_RESET);
    host.fake.life_status[SAO_LIFE_RESET] = NDIS_STATUS_RESET_IN_PROGRESS;
    assert_int_equal(host_life(&host, SAO_LIFE_RESET), NDIS_STATUS_RESET_IN_PROGRESS); /* RST-1 */
    expect_interruptions(&host, SAO_INTERRUPTED_BY_RESET);
    host_end(&host, SAO_LIFE_RESET);
    host_close(&host);
}

/* A completion of what others asked for says nothing to us. */
static void other_completions_are_ignored(void **state)
{
    test_host host;

    (void)state;
    (void)host_start(&host);
    host_pass(&host, SAO_LIFE_SLEEP);
    host_end(&host, SAO_LIFE_WAKE);
    expect_interruptions(&host, SAO_INTERRUPTED_BY_SLEEP);
    host_close(&host);
}

/* ---- requests -------------------------------------------------------------------------- */

static void nothing_is_asked_of_who_sleeps(void **state)
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED);
    sao_transport_retire(host.transport, id);
    assert_int_equal(sao_transport_next_due(host.transport), HOST_RETRY_AFTER);
    host_pass(&host, SAO_LIFE_SLEEP);
    assert_int_equal(sao_transport_next_due(host.transport), UINT64_MAX);
    (void)host_establish(&host, 1);
    assert_int_equal(sao_transport_poll(host.transport, 1000), UINT64_MAX);
    assert_int_equal(host.fake.request_count, 2);
    host_pass(&host, SAO_LIFE_WAKE);
    assert_int_equal(host.fake.request_count, 5);
    assert_int_equal(host.fake.requests[2].oid, DELETE);
    assert_int_equal(host.fake.requests[3].oid, ADD);
    host_close(&host);
}

/* RST-4: what a reset refuses is tried again, and at once when it is over. */
static void what_a_reset_refuses_is_tried_again(void **state)
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    host_begin(&host, SAO_LIFE_RESET);
    for (uint32_t i = 0; i < 3; i++)
        fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED);
    sao_transport_retire(host.transport, id);
    assert_int_equal(fake_last(&host.fake)->oid, DELETE);
    id = host_establish(&host, 1);
    assert_int_equal(fake_last(&host.fake)->oid, ADD);
    assert_int_equal(host.fake.request_count, 3);
    host_at(&host, 1);
    assert_int_equal(host.fake.request_count, 3);
    host.fake.plans_used = host.fake.plans_made;
    host_end(&host, SAO_LIFE_RESET);
    assert_int_equal(host.fake.request_count, 6);
    host_expect_state(&host, id, SAO_ASSOCIATION_OFFLOADED);
    assert_int_equal(host_counters(&host).bundles, 2);
    host_close(&host);
}

/* However often it was refused: tries of before the end of a reset do not count
 * (SAO_ADD_TRIES_MAX).
 */
static void a_long_reset_does_not_end_the_offload(void **state)
{
    test_host host;
    uint32_t id;

    (void)state;
    host_init(&host);
    host_open(&host);
    host_begin(&host, SAO_LIFE_RESET);
    for (uint32_t i = 0; i < 20; i++)
        fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED);
    id = host_establish(&host, 0);
    for (uint32_t i = 1; i < 20; i++)
        host_at(&host, i * HOST_RETRY_AFTER);
    assert_int_equal(host.fake.request_count, SAO_ADD_TRIES_MAX);
    host.fake.plans_used = host.fake.plans_made;
    host_end(&host, SAO_LIFE_RESET);
    host_expect_state(&host, id, SAO_ASSOCIATION_OFFLOADED);
    host_close(&host);
}

/* What waits for another reason goes on waiting. */
static void a_reset_does_not_hurry_an_add(void **state)
{
    test_host host;

    (void)state;
    (void)host_start(&host);
    host_at(&host, 100);
    host_receive_opened(&host, true);
    assert_int_equal(host_counters(&host).bundles_deleted, 2);
    host_pass(&host, SAO_LIFE_RESET);
    assert_int_equal(sao_transport_next_due(host.transport), 100 + HOST_AGAIN_AFTER);
    assert_int_equal(host_counters(&host).bundles_added, 2);
    host_close(&host);
}

/* An update that is refused would cost the bundle. */
static void updates_wait_for_the_end_of_a_reset(void **state)
{
    test_host host;
    uint32_t id;

    (void)state;
    host_init(&host);
    host.esn = true;
    host_open(&host);
    id = host_establish(&host, 0);
    sao_transport_find(host.transport, id)->sequence = UINT32_MAX;
    host_begin(&host, SAO_LIFE_RESET);
    host_at(&host, 1);
    assert_int_equal(fake_last(&host.fake)->oid, ADD);
    host_end(&host, SAO_LIFE_RESET);
    assert_int_equal(fake_last(&host.fake)->oid, UPDATE);
    host_expect_state(&host, id, SAO_ASSOCIATION_OFFLOADED);
    host_close(&host);
}

/* OID-4, DEL-9 */
static void a_cancelled_request_is_tried_again(void **state)
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    sao_transport_cancel(host.transport, id);
    assert_int_equal(host.fake.cancels, 0); /* there is nothing to cancel */
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    host_receive_opened(&host, true);
    sao_transport_cancel(host.transport, id + 1); /* nobody */
    assert_int_equal(host.fake.cancels, 0);
    sao_transport_cancel(host.transport, id);
    assert_int_equal(host.fake.cancels, 1);
    assert_ptr_equal(host.fake.last_cancel, fake_last(&host.fake)->request->request_id);
    fake_complete_with(&host.fake, 1, NDIS_STATUS_REQUEST_ABORTED);
    assert_int_equal(host.fake.request_count, 2);
    host_at(&host, HOST_RETRY_AFTER);
    assert_int_equal(host.fake.requests[2].oid, DELETE);
    assert_int_equal(host_counters(&host).bundles, 0);
    host_close(&host);
}

/* ---- the end --------------------------------------------------------------------------- */

/* REM-1, REM-2: bundles go without a delete, and nothing is asked or sent in vain for ever. */
static void a_removal_gives_up_everything(void **state)
{
    static const sao_life_event events[] = {SAO_LIFE_REMOVE, SAO_LIFE_HALT, SAO_LIFE_SHUTDOWN};

    (void)state;
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        test_host host;
        uint32_t id = host_start(&host);

        host.fake.hold_sends = true;
        host_send(&host, id);
        fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED);
        host_receive_opened(&host, true);
        host_begin(&host, SAO_LIFE_PAUSE);
        fake_finish_send(&host.fake, 0, NDIS_STATUS_PAUSED); /* kept */
        host_begin(&host, events[i]);
        assert_int_equal(host_counters(&host).packets, 0);
        assert_int_equal(host_counters(&host).bundles, 0);
        host_expect_state(&host, id, SAO_ASSOCIATION_SOFTWARE);
        host_receive_opened(&host, true); /* it was under way */
        host_send(&host, id);
        fake_finish_send(&host.fake, 1, NDIS_STATUS_NOT_ACCEPTED);
        host_send(&host, id);
        fake_finish_send(&host.fake, 2, NDIS_STATUS_PAUSED); /* nor is that kept any more */
        assert_int_equal(host_counters(&host).packets, 0);
        assert_int_equal(sao_transport_poll(host.transport, 1000), UINT64_MAX);
        assert_int_equal(host.fake.request_count, 2);
        sao_transport_retire(host.transport, id);
        host_expect_state(&host, id, SAO_ASSOCIATION_UNKNOWN);
        host_close(&host);
    }
}

/* OID-5: requests that pend are aborted; until then their bundles are not forgotten. */
static void a_removal_ends_what_pends(void **state)
{
    static const NDIS_OID oids[] = {ADD, DELETE, UPDATE};

    (void)state;
    for (size_t i = 0; i < sizeof oids / sizeof oids[0]; i++) {
        test_host host;
        uint32_t id;

        host_init(&host);
        host.esn = true;
        host_open(&host);
        if (oids[i] != ADD)
            id = host_establish(&host, 0);
        fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
        if (oids[i] == ADD)
            id = host_establish(&host, 0);
        if (oids[i] == DELETE)
            host_receive_opened(&host, true);
        if (oids[i] == UPDATE)
            sao_transport_find(host.transport, id)->sequence = UINT32_MAX;
        host_at(&host, 1);
        assert_int_equal(fake_last(&host.fake)->oid, oids[i]);
        host_begin(&host, SAO_LIFE_REMOVE);
        sao_transport_retire(host.transport, id);
        host_expect_state(&host, id, SAO_ASSOCIATION_RETIRING);
        fake_complete_with(&host.fake, host.fake.request_count - 1, NDIS_STATUS_REQUEST_ABORTED);
        host_expect_state(&host, id, SAO_ASSOCIATION_UNKNOWN);
        assert_int_equal(host_counters(&host).bundles, 0);
        host_at(&host, 1000);
        assert_int_equal(fake_last(&host.fake)->oid, oids[i]);
        host_close(&host);
    }
}

/* Initialize leads to Paused (PNP-1). */
static void it_begins_paused(void **state)
{
    test_host host;

    (void)state;
    host_init(&host);
    host_open(&host);
    expect_interruptions(&host, 0); /* nobody said anything */
    host_begin(&host, SAO_LIFE_INITIALIZE);
    host_end(&host, SAO_LIFE_INITIALIZE);
    expect_interruptions(&host, SAO_INTERRUPTED_BY_PAUSE);
    host_send(&host, host_establish(&host, 0));
    host_pass(&host, SAO_LIFE_RESTART);
    expect_interruptions(&host, 0);
    host_close(&host);
}

/* A new life: encapsulation has to be set again, and everything is offloaded again (ENC-1). */
static void after_a_halt_it_may_begin_again(void **state)
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    host_pass(&host, SAO_LIFE_PAUSE);
    host_pass(&host, SAO_LIFE_HALT);
    expect_interruptions(&host, SAO_INTERRUPTED_BY_PAUSE | SAO_INTERRUPTED_FOR_GOOD);
    host.fake.life_status[SAO_LIFE_INITIALIZE] = NDIS_STATUS_FAILURE;
    assert_int_equal(host_life(&host, SAO_LIFE_INITIALIZE), NDIS_STATUS_FAILURE);
    assert_int_equal(host_counters(&host).bundles, 0);
    assert_int_equal(host.fake.encapsulations, 1);
    host_pass(&host, SAO_LIFE_INITIALIZE);
    expect_interruptions(&host, SAO_INTERRUPTED_BY_PAUSE);
    assert_int_equal(host.fake.encapsulations, 2);
    host_pass(&host, SAO_LIFE_RESTART);
    host_expect_state(&host, id, SAO_ASSOCIATION_OFFLOADED);
    host_send(&host, id);
    host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interruptions_follow_the_events),
        cmocka_unit_test(refused_events_change_nothing),
        cmocka_unit_test(other_completions_are_ignored),
        cmocka_unit_test(nothing_is_asked_of_who_sleeps),
        cmocka_unit_test(what_a_reset_refuses_is_tried_again),
        cmocka_unit_test(a_long_reset_does_not_end_the_offload),
        cmocka_unit_test(a_reset_does_not_hurry_an_add),
        cmocka_unit_test(updates_wait_for_the_end_of_a_reset),
        cmocka_unit_test(a_cancelled_request_is_tried_again),
        cmocka_unit_test(a_removal_gives_up_everything),
        cmocka_unit_test(a_removal_ends_what_pends),
        cmocka_unit_test(it_begins_paused),
        cmocka_unit_test(after_a_halt_it_may_begin_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
