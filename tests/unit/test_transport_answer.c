// SPDX-License-Identifier: BSD-2-Clause
/* test_transport_answer.c: answers that break a rule, and what happens within a request's call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/transport_internal.h"
#include "support/host.h"

#define ADD OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA
#define ADD_EX OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX
#define DELETE OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA

/* ---- what the transport notices -------------------------------------------------------- */

static void another_answer_to_a_delete_is_noticed(void **state)
{
    typedef struct wrong {
        fake_timing timing;
        NDIS_STATUS status;
        const char *rule;
    } wrong;
    static const wrong answers[] = {
        {FAKE_AT_ONCE, NDIS_STATUS_INVALID_PARAMETER, "DEL-4"},
        {FAKE_AT_ONCE, NDIS_STATUS_FAILURE, "DEL-4"},
        {FAKE_AT_ONCE, NDIS_STATUS_RESOURCES, "DEL-4"},
        {FAKE_INSIDE, NDIS_STATUS_NOT_ACCEPTED, "DEL-5"},
        {FAKE_INSIDE, NDIS_STATUS_FAILURE, "DEL-5"},
        {FAKE_INSIDE, NDIS_STATUS_PENDING, "OID-3"},
        {FAKE_TWICE, NDIS_STATUS_SUCCESS, "OID-3"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        test_host host;
        uint32_t id = host_start(&host);

        fake_answer_next(&host.fake, answers[i].timing, answers[i].status);
        host_receive_opened(&host, true);
        host_expect_violation(&host, answers[i].rule);
        assert_int_equal(host_counters(&host).violations, 1);
        host_expect_delete(&host, 3, host_handle(&host, 0, 1)); /* the bundle counts as gone */
        host_expect_state(&host, id, SAO_ASSOCIATION_SOFTWARE);
        host_close(&host);
    }
}

static void a_completion_of_nothing_is_noticed(void **state) /* OID-3 */
{
    test_host host;
    sao_request foreign;
    sao_request *done;

    (void)state;
    (void)host_start(&host);
    done = fake_last(&host.fake)->request;
    host.fake.protocol.ops->request_complete(host.fake.protocol.context, done);
    host_expect_violation(&host, "OID-3");
    sao_request_init(&foreign, ADD, NULL, 0);
    host.fake.protocol.ops->request_complete(host.fake.protocol.context, &foreign);
    host_expect_violation(&host, "OID-3");
    host.fake.protocol.ops->request_complete(host.fake.protocol.context, NULL);
    host_expect_violation(&host, "OID-3");
    host_receive_opened(&host, false); /* and nothing has changed */
    host_close(&host);
}

static void a_completion_within_the_call_is_none_too_early(void **state)
{
    test_host host;
    uint32_t id;

    (void)state;
    host_init(&host);
    for (int i = 0; i < 3; i++)
        fake_answer_next(&host.fake, FAKE_INSIDE, NDIS_STATUS_SUCCESS);
    host_open(&host);
    id = host_establish(&host, 0);
    host_expect_state(&host, id, SAO_ASSOCIATION_OFFLOADED);
    host_receive_opened(&host, true);
    host_expect_state(&host, id, SAO_ASSOCIATION_SOFTWARE);
    assert_int_equal(host.fake.request_count, 3);
    host_close(&host);

    host_init(&host);
    host.config.profile = SAO_PROFILE_NDIS_6_30;
    for (int i = 0; i < 2; i++)
        fake_answer_next(&host.fake, FAKE_INSIDE, NDIS_STATUS_SUCCESS);
    host_open(&host);
    host_expect_state(&host, host_establish(&host, 0), SAO_ASSOCIATION_OFFLOADED);
    assert_int_equal(host.fake.request_count, 2); /* each half once */
    host_close(&host);
}

static void a_success_without_handles_is_noticed(void **state) /* ADD-3 */
{
    test_host host;
    uint32_t id;

    (void)state;
    host_init(&host);
    fake_next(&host.fake)->refuse = 3;
    host_open(&host);
    id = host_establish(&host, 0);
    host_expect_violation(&host, "ADD-3");
    host_expect_state(&host, id, SAO_ASSOCIATION_SOFTWARE);
    assert_int_equal(host_counters(&host).bundles, 0);
    host_close(&host);
}

static void a_failure_with_a_handle_is_noticed(void **state) /* ADD-3 */
{
    test_host host;
    fake_plan *plan;
    uint32_t id;

    (void)state;
    host_init(&host);
    host.config.profile = SAO_PROFILE_NDIS_6_30;
    plan = fake_next(&host.fake);
    plan->status = NDIS_STATUS_RESOURCES;
    plan->keep_handles = true;
    host_open(&host);
    id = host_establish(&host, 0);
    host_expect_violation(&host, "ADD-3");
    host_expect_state(&host, id, SAO_ASSOCIATION_SOFTWARE);
    assert_int_equal(host_counters(&host).bundles, 1); /* the other one */
    host_close(&host);
}

static void two_bundles_with_one_handle_are_noticed(void **state) /* DEL-8 */
{
    test_host host;

    (void)state;
    (void)host_start(&host);
    fake_next(&host.fake)->handle = host_handle(&host, 0, 0);
    /* Both halves of the second association, each the same as the first one's. */
    (void)host_establish(&host, 1);
    assert_int_equal(host_counters(&host).violations, 3); /* two, and no handle is left */
    assert_string_equal(host.violation[0], "DEL-8");
    assert_string_equal(host.violation[1], "DEL-8");
    host.violations = 0;
    assert_int_equal(host_counters(&host).bundles, 2); /* whose it is, stays */
    host_close(&host);
}

static void a_handle_that_comes_back_is_noticed(void **state) /* DEL-8 */
{
    test_host host;
    uint32_t id = host_start(&host);
    const NDIS_HANDLE old = host_handle(&host, 0, 0);

    (void)state;
    host_receive_opened(&host, true);
    (void)fake_next(&host.fake);
    host.fake.plans[host.fake.plans_made - 1].refuse = 2;
    host.fake.plans[host.fake.plans_made - 1].handle = old;
    host_at(&host, HOST_AGAIN_AFTER);
    host_expect_violation(&host, "DEL-8");
    host_receive_opened(&host, true); /* nobody else's, so it is used, and deleted */
    host_expect_delete(&host, 5, old);
    host_expect_state(&host, id, SAO_ASSOCIATION_SOFTWARE);
    host_close(&host);
}

/* ---- calls from within calls ----------------------------------------------------------- */

/* The miniport indicates while it is asked to add: another wish, another packet. */
static void indicate_inside(fake_miniport *fake, sao_request *request)
{
    test_host *host = fake->test;

    fake->during_request = NULL;
    assert_int_equal(request->oid, DELETE);
    host_receive_opened(host, true);
}

static void a_miniport_may_call_from_within_a_request(void **state)
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    host.fake.during_request = indicate_inside;
    host.fake.test = &host;
    sao_transport_retire(host.transport, id);
    assert_int_equal(host.delivered, 1);
    host_expect_state(&host, id, SAO_ASSOCIATION_UNKNOWN);
    assert_int_equal(host.fake.request_count, 3);
    host_close(&host);
}

static void retire_inside(fake_miniport *fake, sao_request *request)
{
    test_host *host = fake->test;

    fake->during_request = NULL;
    assert_int_equal(request->oid, ADD_EX);
    sao_transport_retire(host->transport, 0);
}

static void what_is_retired_meanwhile_is_not_added(void **state)
{
    test_host host;

    (void)state;
    host_init(&host);
    host.config.profile = SAO_PROFILE_NDIS_6_30;
    host.fake.during_request = retire_inside;
    host.fake.test = &host;
    host_open(&host);
    (void)host_establish(&host, 0);
    host_expect_delete(&host, 2, host_handle(&host, 0, 0));
    assert_int_equal(host_counters(&host).associations, 0);
    host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_answer_to_a_delete_is_noticed),
        cmocka_unit_test(a_completion_of_nothing_is_noticed),
        cmocka_unit_test(a_completion_within_the_call_is_none_too_early),
        cmocka_unit_test(a_success_without_handles_is_noticed),
        cmocka_unit_test(a_failure_with_a_handle_is_noticed),
        cmocka_unit_test(two_bundles_with_one_handle_are_noticed),
        cmocka_unit_test(a_handle_that_comes_back_is_noticed),
        cmocka_unit_test(a_miniport_may_call_from_within_a_request),
        cmocka_unit_test(what_is_retired_meanwhile_is_not_added),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
