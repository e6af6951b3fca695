// SPDX-License-Identifier: BSD-2-Clause
/* test_transport_offload.c: what a transport adds, deletes and updates, and when. */
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

/* ---- adding ---------------------------------------------------------------------------- */

static void a_handle_waits_for_its_add(void **state) /* ADD-13 */
{
    test_host host;
    uint32_t id;

    (void)state;
    host_init(&host);
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    host_open(&host);
    id = host_establish(&host, 0);
    host_send(&host, id);
    assert_null(fake_last_send(&host.fake)->handle);
    fake_complete(&host.fake, 0);
    host_send(&host, id);
    assert_ptr_equal(fake_last_send(&host.fake)->handle, host_handle(&host, 0, 1));
    assert_int_equal(host_counters(&host).offloaded_tx, 1);
    assert_int_equal(host_counters(&host).software_tx, 1);
    host_close(&host);
}

static void a_refused_half_is_tried_again(void **state)
{
    test_host host;
    uint32_t id;

    (void)state;
    host_init(&host);
    fake_next(&host.fake)->refuse = 2; /* the outbound one */
    host_open(&host);
    id = host_establish(&host, 0);
    host_expect_state(&host, id, SAO_ASSOCIATION_SOFTWARE);
    assert_int_equal(host_counters(&host).bundles, 1);
    assert_int_equal(host_counters(&host).bundles_refused, 1);
    host_receive_opened(&host, false); /* the inbound one is in use */
    host_send(&host, id);
    assert_null(fake_last_send(&host.fake)->handle);

    assert_int_equal(sao_transport_poll(host.transport, HOST_RETRY_AFTER - 1), HOST_RETRY_AFTER);
    assert_int_equal(host.fake.request_count, 1);
    assert_int_equal(sao_transport_poll(host.transport, HOST_RETRY_AFTER), UINT64_MAX);
    host_expect_last(&host, 2, ADD);
    assert_int_equal(fake_last(&host.fake)->element_count, 1);
    assert_int_equal(fake_last(&host.fake)->elements[0].flags, 0);
    host_expect_state(&host, id, SAO_ASSOCIATION_OFFLOADED);
    assert_int_equal(host_counters(&host).retries, 1);
    host_send(&host, id);
    assert_ptr_equal(fake_last_send(&host.fake)->handle, host_handle(&host, 1, 0));
    host_close(&host);
}

/* Refused again and again it rests, until room is made. */
static void refusals_are_bounded(void **state)
{
    test_host host;
    uint32_t first;
    uint32_t second;
    uint32_t count;

    (void)state;
    first = host_start(&host);
    for (int i = 0; i < 40; i++)
        fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_RESOURCES);
    second = host_establish(&host, 1);
    for (uint64_t now = 0; now < 1000; now++)
        host_at(&host, now);
    count = host.fake.request_count;
    assert_in_range(count, 3, 12);
    assert_int_equal(sao_transport_poll(host.transport, 1000), UINT64_MAX);
    host_expect_state(&host, second, SAO_ASSOCIATION_SOFTWARE);

    host.fake.plans_used = host.fake.plans_made;
    sao_transport_retire(host.transport, first);
    host_expect_state(&host, second, SAO_ASSOCIATION_OFFLOADED);
    host_close(&host);
}

static void what_is_not_supported_is_not_tried_again(void **state)
{
    test_host host;
    uint32_t id;

    (void)state;
    host_init(&host);
    fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_SUPPORTED);
    host_open(&host);
    id = host_establish(&host, 0);
    assert_int_equal(sao_transport_poll(host.transport, 10000), UINT64_MAX);
    assert_int_equal(host.fake.request_count, 1);
    host_send(&host, id);
    assert_null(fake_last_send(&host.fake)->handle);
    host_close(&host);
}

static void a_refused_request_is_tried_again(void **state)
{
    static const NDIS_STATUS refusals[] = {NDIS_STATUS_NOT_ACCEPTED, NDIS_STATUS_REQUEST_ABORTED,
                                           NDIS_STATUS_RESOURCES};

    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        test_host host;
        uint32_t id;

        host_init(&host);
        fake_answer_next(&host.fake, i % 2 == 0 ? FAKE_AT_ONCE : FAKE_INSIDE, refusals[i]);
        host_open(&host);
        id = host_establish(&host, 0);
        host_expect_state(&host, id, SAO_ASSOCIATION_SOFTWARE);
        host_at(&host, HOST_RETRY_AFTER);
        host_expect_state(&host, id, SAO_ASSOCIATION_OFFLOADED);
        host_close(&host);
    }
}

static void capacity_is_kept(void **state) /* ADD-11 */
{
    test_host host;
    uint32_t first;
    uint32_t second;

    (void)state;
    host_init(&host);
    host.config.capacity = 3;
    host_open(&host);
    first = host_establish(&host, 0);
    second = host_establish(&host, 1);
    host_expect_last(&host, 2, ADD);
    assert_int_equal(fake_last(&host.fake)->element_count, 1);
    assert_int_equal(fake_last(&host.fake)->elements[0].flags, IPSEC_OFFLOAD_V2_INBOUND);
    assert_int_equal(host_counters(&host).bundles, 3);

    /* What is being deleted still counts. */
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    sao_transport_retire(host.transport, first);
    host_expect_delete(&host, 3, host_handle(&host, 0, 0));
    assert_int_equal(host_counters(&host).bundles, 3);
    fake_complete(&host.fake, 2); /* makes room for one; the outbound delete follows at once */
    assert_int_equal(host.fake.requests[3].oid, DELETE);
    host_expect_last(&host, 5, ADD);
    assert_int_equal(fake_last(&host.fake)->elements[0].flags, 0);
    host_expect_state(&host, first, SAO_ASSOCIATION_UNKNOWN);
    host_expect_state(&host, second, SAO_ASSOCIATION_OFFLOADED);
    host_close(&host);
}

static void no_capacity_and_no_offload_mean_software(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        test_host host;

        host_init(&host);
        host.config.capacity = i == 0 ? 0 : 8;
        host.config.offload = i == 0;
        host_open(&host);
        host_send(&host, host_establish(&host, 0));
        assert_int_equal(sao_transport_poll(host.transport, 100), UINT64_MAX);
        assert_int_equal(host.fake.request_count, 0);
        host_close(&host);
    }
}

/* ---- deleting -------------------------------------------------------------------------- */

static void a_wish_leads_to_two_deletes(void **state) /* DEL-2, DEL-3 */
{
    test_host host;
    uint32_t id = host_start(&host);
    const NDIS_HANDLE in = host_handle(&host, 0, 0);
    const NDIS_HANDLE out = host_handle(&host, 0, 1);

    (void)state;
    host_at(&host, 1000);
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    host_receive_opened(&host, true);
    assert_int_equal(host.delivered, 1);
    host_expect_delete(&host, 2, in);
    host_expect_state(&host, id, SAO_ASSOCIATION_DELETING);

    host_receive_opened(&host, true); /* in flight; the wish is known already */
    host_receive_untouched(&host);    /* no violation: its delete has been submitted */
    host_send(&host, id);
    assert_ptr_equal(fake_last_send(&host.fake)->handle, out);
    assert_int_equal(host.fake.request_count, 2);

    fake_complete(&host.fake, 1);
    host_expect_delete(&host, 3, out);
    host_send(&host, id);
    assert_null(fake_last_send(&host.fake)->handle);
    host_receive_untouched(&host);
    assert_int_equal(sao_transport_poll(host.transport, 1003), UINT64_MAX);

    fake_complete(&host.fake, 2);
    host_expect_state(&host, id, SAO_ASSOCIATION_SOFTWARE);
    assert_int_equal(host_counters(&host).bundles, 0);
    assert_int_equal(sao_transport_poll(host.transport, 1003), 1003 + HOST_AGAIN_AFTER);
    assert_int_equal(sao_transport_poll(host.transport, 1002 + HOST_AGAIN_AFTER),
                     1003 + HOST_AGAIN_AFTER);
    assert_int_equal(host.fake.request_count, 3);
    host_at(&host, 1003 + HOST_AGAIN_AFTER);
    host_expect_last(&host, 4, ADD);
    host_expect_state(&host, id, SAO_ASSOCIATION_OFFLOADED);
    assert_int_equal(host_counters(&host).deletes_inbound, 1);
    assert_int_equal(host_counters(&host).deletes_outbound, 1);
    assert_int_equal(host_counters(&host).bundles_deleted, 2);
    assert_int_equal(host_counters(&host).delete_requests, 2);
    assert_int_equal(host_counters(&host).delivered, host.delivered);
    host_close(&host);
}

static void a_wish_without_an_outbound_bundle_is_one_delete(void **state)
{
    test_host host;

    (void)state;
    host_init(&host);
    fake_next(&host.fake)->refuse = 2;
    host_open(&host);
    (void)host_establish(&host, 0);
    host_receive_opened(&host, true);
    host_expect_delete(&host, 2, host_handle(&host, 0, 0));
    assert_int_equal(host_counters(&host).bundles, 0);
    assert_int_equal(host_counters(&host).deletes_outbound, 0);
    host_close(&host);
}

/* The outbound half is just being added again when the inbound one is wished away. */
static void a_wish_waits_for_a_pending_add(void **state)
{
    test_host host;
    uint32_t id;

    (void)state;
    host_init(&host);
    fake_next(&host.fake)->refuse = 2;
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    host_open(&host);
    id = host_establish(&host, 0);
    host_at(&host, HOST_RETRY_AFTER);
    host_expect_last(&host, 2, ADD);
    host_receive_opened(&host, true);
    host_expect_delete(&host, 3, host_handle(&host, 0, 0));
    host_expect_state(&host, id, SAO_ASSOCIATION_DELETING);
    fake_complete(&host.fake, 1);
    host_expect_delete(&host, 4, host_handle(&host, 1, 0));
    host_expect_state(&host, id, SAO_ASSOCIATION_SOFTWARE);
    host_close(&host);
}

typedef struct refusal {
    fake_timing timing;
    NDIS_STATUS status;
} refusal;

static void a_refused_delete_is_tried_again(void **state) /* DEL-4, RST-4 */
{
    static const refusal refusals[] = {{FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED},
                                       {FAKE_AT_ONCE, NDIS_STATUS_REQUEST_ABORTED},
                                       {FAKE_INSIDE, NDIS_STATUS_REQUEST_ABORTED}};

    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        test_host host;
        uint32_t id = host_start(&host);
        const NDIS_HANDLE in = host_handle(&host, 0, 0);

        host_at(&host, 50);
        for (int n = 0; n < 2; n++)
            fake_answer_next(&host.fake, refusals[i].timing, refusals[i].status);
        host_receive_opened(&host, true);
        host_expect_delete(&host, 2, in);
        host_receive_opened(&host, true); /* it lives on, and its handle too */
        assert_int_equal(host.fake.request_count, 2);
        host_send(&host, id);
        assert_ptr_equal(fake_last_send(&host.fake)->handle, host_handle(&host, 0, 1));
        assert_int_equal(sao_transport_poll(host.transport, 51), 50 + HOST_RETRY_AFTER);
        host_at(&host, 50 + HOST_RETRY_AFTER);
        host_expect_delete(&host, 3, in);
        host_at(&host, 50 + 2 * HOST_RETRY_AFTER);
        host_expect_delete(&host, 5, host_handle(&host, 0, 1)); /* in again, then out */
        assert_int_equal(host_counters(&host).retries, 2);
        assert_int_equal(host_counters(&host).deletes_inbound, 3);
        host_close(&host);
    }
}

static void an_aborted_delete_may_have_happened(void **state) /* DEL-9 */
{
    test_host host;
    fake_plan *plan;

    (void)state;
    (void)host_start(&host);
    plan = fake_next(&host.fake);
    plan->timing = FAKE_INSIDE;
    plan->status = NDIS_STATUS_REQUEST_ABORTED;
    plan->elements_done = 1;
    host_receive_opened(&host, true);
    host_expect_delete(&host, 3, host_handle(&host, 0, 1)); /* on to the outbound one */
    assert_int_equal(host_counters(&host).bundles_deleted, 2);
    assert_int_equal(host_counters(&host).retries, 0);
    host_close(&host);
}

/* A miniport that refuses at once, for ever, must not keep the transport in a loop. */
static void no_delay_is_no_loop(void **state)
{
    test_host host;

    (void)state;
    host_init(&host);
    host.config.retry_after = 0;
    host.config.offload_again_after = 0;
    host_open(&host);
    (void)host_establish(&host, 0);
    for (int i = 0; i < 5; i++)
        fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED);
    host_receive_opened(&host, true);
    assert_int_equal(host.fake.request_count, 2);
    for (uint64_t now = 1; now <= 4; now++)
        host_at(&host, now);
    assert_int_equal(host.fake.request_count, 6);
    host_at(&host, 5);
    host_expect_last(&host, 9, ADD); /* two deletes, and the add again */
    host_close(&host);
}

/* ---- retiring -------------------------------------------------------------------------- */

static void retiring_deletes_and_forgets(void **state)
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    assert_true(host_memory_holds(&host, host_key(true), 32));
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    sao_transport_retire(host.transport, id);
    host_expect_delete(&host, 2, host_handle(&host, 0, 0));
    host_expect_state(&host, id, SAO_ASSOCIATION_RETIRING);
    assert_int_equal(sao_transport_send(host.transport, id, (const uint8_t *)"E", 1),
                     NDIS_STATUS_INVALID_PARAMETER);
    host_receive_opened(&host, true); /* still accepted; the wish changes nothing */
    assert_int_equal(host.delivered, 1);
    fake_complete(&host.fake, 1);
    host_expect_delete(&host, 3, host_handle(&host, 0, 1));
    fake_complete(&host.fake, 2);
    host_expect_state(&host, id, SAO_ASSOCIATION_UNKNOWN);
    assert_int_equal(host_counters(&host).associations, 0);
    assert_int_equal(host_counters(&host).bundles, 0);
    assert_false(host_memory_holds(&host, host_key(true), 32));
    assert_false(host_memory_holds(&host, host_key(false), 32));

    sao_transport_retire(host.transport, id); /* no such thing any more */
    host_receive_untouched(&host);
    assert_int_equal(host_counters(&host).received_other, 1);
    assert_int_not_equal(host_establish(&host, 0), id); /* the name does not come back */
    host_close(&host);
}

static void retiring_waits_for_the_add(void **state)
{
    test_host host;
    uint32_t id;

    (void)state;
    host_init(&host);
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    host_open(&host);
    id = host_establish(&host, 0);
    sao_transport_retire(host.transport, id);
    assert_int_equal(host.fake.request_count, 1);
    fake_complete(&host.fake, 0);
    assert_int_equal(host.fake.request_count, 3);
    host_expect_state(&host, id, SAO_ASSOCIATION_UNKNOWN);
    host_close(&host);
}

/* ---- updating -------------------------------------------------------------------------- */

static test_host *esn_host(test_host *host, uint32_t *id, uint64_t last_sent)
{
    host_init(host);
    host->esn = true;
    host_open(host);
    *id = host_establish(host, 0);
    sao_transport_find(host->transport, *id)->sequence = last_sent;
    return host;
}

static void a_new_high_half_is_told(void **state) /* UPD-1 */
{
    test_host host;
    const fake_request *update;
    uint32_t id;

    (void)state;
    esn_host(&host, &id, UINT32_MAX - 1u);
    host_send(&host, id); /* the last of the old high half */
    assert_ptr_equal(fake_last_send(&host.fake)->handle, host_handle(&host, 0, 1));
    host_send(&host, id); /* the first of the new one */
    assert_null(fake_last_send(&host.fake)->handle);
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    host_at(&host, 1);
    host_expect_last(&host, 2, UPDATE);
    update = fake_last(&host.fake);
    assert_ptr_equal(update->elements[0].handle, host_handle(&host, 0, 1));
    assert_int_equal(update->elements[0].sequence_high, 1);
    assert_int_equal(update->elements[0].spi, host_association(&host, 0).outbound.spi);
    host_expect_state(&host, id, SAO_ASSOCIATION_OFFLOADED);
    host_send(&host, id); /* the NIC does not know yet */
    assert_null(fake_last_send(&host.fake)->handle);
    fake_complete(&host.fake, 1);
    host_send(&host, id);
    assert_ptr_equal(fake_last_send(&host.fake)->handle, host_handle(&host, 0, 1));
    assert_int_equal(host.fake.request_count, 2);
    host_close(&host);
}

static void a_new_high_half_of_the_peer_is_told(void **state)
{
    test_host host;
    uint32_t id;

    (void)state;
    esn_host(&host, &id, 0);
    sao_transport_find(host.transport, id)->replay[0].highest = UINT32_MAX - 100u;
    host.peer_sequence = UINT32_MAX - 1u;
    host_receive_opened(&host, false);
    assert_int_equal(host.fake.request_count, 1);
    host_receive_opened(&host, false);
    host_expect_last(&host, 2, UPDATE);
    assert_ptr_equal(fake_last(&host.fake)->elements[0].handle, host_handle(&host, 0, 0));
    assert_int_equal(fake_last(&host.fake)->elements[0].sequence_high, 1);
    assert_int_equal(host.delivered, 2);
    host_close(&host);
}

static void a_refused_update_leads_to_a_new_add(void **state)
{
    test_host host;
    uint32_t id;

    (void)state;
    esn_host(&host, &id, UINT32_MAX);
    fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_INVALID_PARAMETER);
    host_at(&host, 1);
    assert_int_equal(host.fake.request_count, 4); /* the update, two deletes */
    host_at(&host, 1 + HOST_AGAIN_AFTER);
    host_expect_last(&host, 5, ADD);
    assert_int_equal(fake_last(&host.fake)->elements[0].sequence_high, 0);
    assert_int_equal(fake_last(&host.fake)->elements[1].sequence_high, 1);
    host_send(&host, id);
    assert_ptr_equal(fake_last_send(&host.fake)->handle, host_handle(&host, 4, 1));
    host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handle_waits_for_its_add),
        cmocka_unit_test(a_refused_half_is_tried_again),
        cmocka_unit_test(refusals_are_bounded),
        cmocka_unit_test(what_is_not_supported_is_not_tried_again),
        cmocka_unit_test(a_refused_request_is_tried_again),
        cmocka_unit_test(capacity_is_kept),
        cmocka_unit_test(no_capacity_and_no_offload_mean_software),
        cmocka_unit_test(a_wish_leads_to_two_deletes),
        cmocka_unit_test(a_wish_without_an_outbound_bundle_is_one_delete),
        cmocka_unit_test(a_wish_waits_for_a_pending_add),
        cmocka_unit_test(a_refused_delete_is_tried_again),
        cmocka_unit_test(an_aborted_delete_may_have_happened),
        cmocka_unit_test(no_delay_is_no_loop),
        cmocka_unit_test(retiring_deletes_and_forgets),
        cmocka_unit_test(retiring_waits_for_the_add),
        cmocka_unit_test(a_new_high_half_is_told),
        cmocka_unit_test(a_new_high_half_of_the_peer_is_told),
        cmocka_unit_test(a_refused_update_leads_to_a_new_add),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
