// SPDX-License-Identifier: BSD-2-Clause
/* test_transport_offer.c: what a miniport offers no more, and offers again (CAP-4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/transport_internal.h"
#include "support/host.h"

#define ADD OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA
#define DELETE OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA
#define SETTLE 5u

static void configure(test_host *host, bool esp)
{
    NDIS_IPSEC_OFFLOAD_V2 config;

    memset(&config, 0xFF, sizeof config);
    config.Esp = esp;
    host->fake.protocol.ops->current_config(host->fake.protocol.context, &config);
}

static void without_esp_nothing_is_offloaded(void **state)
{
    test_host host;
    uint32_t id;

    (void)state;
    id = host_start_settling(&host, SETTLE);
    configure(&host, true); /* says nothing new */
    assert_int_equal(host.fake.request_count, 1);
    host_at(&host, 100);
    fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED);
    configure(&host, false);
    assert_int_equal(fake_last(&host.fake)->oid, DELETE);
    host_send(&host, id); /* the bundle still lives, but its handle would fail */
    assert_null(fake_last_send(&host.fake)->handle);
    host_receive_untouched(&host); /* and nothing is processed */
    host_at(&host, 100 + HOST_RETRY_AFTER);
    assert_int_equal(host_counters(&host).bundles_deleted, 2);
    host_at(&host, 1000);
    host_expect_state(&host, id, SAO_ASSOCIATION_SOFTWARE);
    configure(&host, true);
    assert_int_equal(fake_last(&host.fake)->oid, ADD);
    host_expect_state(&host, id, SAO_ASSOCIATION_OFFLOADED);
    host_at(&host, 1001 + SETTLE);
    host_receive_untouched(&host);
    host_expect_violation(&host, "RX-6");
    host_close(&host);
}

/* What the NIC looked up meanwhile may still arrive. */
static void esp_that_is_back_has_time_to_settle(void **state)
{
    test_host host;

    (void)state;
    (void)host_start_settling(&host, SETTLE);
    host_at(&host, 100);
    fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED);
    configure(&host, false); /* off and on before a bundle is deleted */
    host_at(&host, 104);
    configure(&host, true);
    host_at(&host, 104 + SETTLE);
    assert_int_equal(host_counters(&host).bundles, 2);
    host_receive_untouched(&host);
    host_close(&host);
}

/* ADD-4: one that lost the algorithm under the add's feet is asked again when it has it back. */
static void esp_that_is_back_is_asked_for_again(void **state)
{
    test_host host;
    uint32_t id;

    (void)state;
    host_init(&host);
    host_open(&host);
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    id = host_establish(&host, 0);
    configure(&host, false);
    fake_complete_with(&host.fake, 0, NDIS_STATUS_NOT_SUPPORTED);
    assert_int_equal(sao_transport_poll(host.transport, 1000), UINT64_MAX);
    configure(&host, true);
    host_at(&host, 2000);
    host_expect_state(&host, id, SAO_ASSOCIATION_OFFLOADED);
    host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_esp_nothing_is_offloaded),
        cmocka_unit_test(esp_that_is_back_has_time_to_settle),
        cmocka_unit_test(esp_that_is_back_is_asked_for_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
