// SPDX-License-Identifier: BSD-2-Clause
/* test_query.c: looking into an adapter. */
#include "support/rig.h"

static void a_query_copies_all_but_keys(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_with_esn(rig_with_ah(rig_inbound(0x01020304)), 6);
    NDIS_HANDLE handle = rig_add_one(r, in);
    const sao_address source = rig_address(false, RIG_PEER);
    sao_bundle bundle;
    sao_bundle_status status;

    (void)state;
    assert_status(sao_adapter_query(r->adapter, handle, &bundle, &status), NDIS_STATUS_SUCCESS);
    assert_ptr_equal(bundle.handle, handle);
    assert_non_null(bundle.backend_context);
    assert_memory_equal(&bundle.source, &source, sizeof source);
    assert_int_equal(bundle.sa_count, 2);
    assert_int_equal(bundle.sa[0].protocol, SAO_PROTOCOL_ESP);
    assert_int_equal(bundle.sa[1].protocol, SAO_PROTOCOL_AH);
    for (uint32_t i = 0; i < 2; i++) {
        assert_null(bundle.sa[i].encryption_key);
        assert_null(bundle.sa[i].authentication_key);
        assert_int_equal(bundle.sa[i].authentication_key_length, 32);
        assert_int_equal(bundle.sa[i].icv_length, 16);
        assert_true(bundle.sa[i].esn);
        assert_int_equal(bundle.sa[i].sequence_high, 6);
        assert_int_equal(bundle.sa[i].spi, rig_network(0x01020304 + i));
    }
    assert_int_equal(status.state, SAO_BUNDLE_LIVE);
    assert_null(status.pair);
    assert_null(status.former_pair);
    assert_false(status.delete_requested);
    assert_status(sao_adapter_query(r->adapter, handle, NULL, NULL), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

static void an_unknown_handle_leaves_the_results_alone(void **state)
{
    rig *r = rig_running();
    NDIS_HANDLE stale = rig_add_one(r, rig_inbound(1));
    sao_bundle bundle = {.index = 77};
    sao_bundle_status status = {.state = SAO_BUNDLE_CLAIMED};

    (void)state;
    rig_delete_one(r, stale);
    assert_status(sao_adapter_query(r->adapter, stale, &bundle, &status),
                  NDIS_STATUS_INVALID_PARAMETER);
    assert_status(sao_adapter_query(r->adapter, NULL, &bundle, &status),
                  NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(bundle.index, 77);
    assert_int_equal(status.state, SAO_BUNDLE_CLAIMED);
    rig_destroy(r);
}

static void iteration_sees_each_bundle_once(void **state)
{
    rig *r = rig_running();
    NDIS_HANDLE handles[RIG_CAPACITY], handle;
    uint32_t cursor = 0, seen = 0;

    (void)state;
    assert_null(sao_adapter_next_bundle(r->adapter, &cursor));
    assert_null(sao_adapter_next_bundle(r->adapter, &cursor)); /* and at the end again */
    for (uint32_t i = 0; i < RIG_CAPACITY; i++)
        handles[i] = rig_add_one(r, rig_inbound(1 + i));
    for (uint32_t i = 0; i < RIG_CAPACITY; i += 2)
        rig_delete_one(r, handles[i]);
    cursor = 0;
    while ((handle = sao_adapter_next_bundle(r->adapter, &cursor)) != NULL) {
        assert_ptr_equal(handle, handles[2 * seen + 1]);
        seen++;
    }
    assert_int_equal(seen, RIG_CAPACITY / 2);
    cursor = UINT32_MAX;
    assert_null(sao_adapter_next_bundle(r->adapter, &cursor));
    rig_destroy(r);
}

static void a_lookup_finds_what_a_packet_would_use(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1);
    NDIS_HANDLE handle = rig_add_one(r, in);
    sao_packet_info info = rig_packet(&in);

    (void)state;
    assert_ptr_equal(sao_adapter_lookup(r->adapter, &info), handle);
    info.header_count = 0;
    assert_null(sao_adapter_lookup(r->adapter, &info));
    rig_delete_one(r, handle);
    info.header_count = 1;
    assert_null(sao_adapter_lookup(r->adapter, &info));
    assert_int_equal(rig_counters(r).flights, 0);
    assert_int_equal(rig_counters(r).received_processed, 0);
    rig_destroy(r);
}

static void counters_balance(void **state)
{
    rig *r = rig_running();
    rig_spec list[3] = {rig_inbound(1), rig_outbound(2), rig_inbound(0)};
    rig_job *job = rig_add(r, list, 3);
    sao_adapter_counters counters;

    (void)state;
    rig_delete_one(r, rig_handle(job, 0));
    counters = rig_counters(r);
    assert_int_equal(counters.bundles_added, 2);
    assert_int_equal(counters.bundles_refused, 1);
    assert_int_equal(counters.bundles_deleted, 1);
    assert_int_equal(counters.bundles, 1);
    assert_int_equal(counters.pairs_guessed, 1);
    assert_int_equal(counters.requests, 0);
    rig_halt(r);
    counters = rig_counters(r);
    assert_int_equal(counters.bundles_retired, 1);
    assert_int_equal(counters.bundles, 0);
    rig_destroy(r);
}

/* Each bundle goes once: what its aborted ADD has counted is not counted again when it retires. */
static void an_orphan_counts_once(void **state)
{
    static const int id = 1;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        rig *r = rig_running();
        rig_spec spec = rig_inbound(1);

        (void)rig_add_one(r, rig_inbound(2)); /* which is none */
        r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
        r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
        (void)rig_add_named(r, &spec, 1, (void *)(uintptr_t)&id);
        sao_adapter_cancel(r->adapter, &id);
        rig_poll(r);
        if (i == 1) { /* its remove is under way as well */
            rig_answer(r, rig_last_call(r, SAO_BACKEND_ADD), NDIS_STATUS_SUCCESS);
            rig_poll(r);
        }
        assert_int_equal(rig_counters(r).bundles, 2);
        assert_int_equal(rig_counters(r).bundles_aborted, 1);
        rig_halt(r);
        assert_int_equal(rig_counters(r).bundles, 0);
        assert_int_equal(rig_counters(r).bundles_aborted, 1);
        assert_int_equal(rig_counters(r).bundles_added, 1);
        assert_int_equal(rig_counters(r).bundles_retired, 1);
        rig_destroy(r);
    }
}

static void names_are_told(void **state)
{
    (void)state;
    assert_string_equal(sao_bundle_state_name(SAO_BUNDLE_FREE), "free");
    assert_string_equal(sao_bundle_state_name(SAO_BUNDLE_ADDING), "adding");
    assert_string_equal(sao_bundle_state_name(SAO_BUNDLE_LIVE), "live");
    assert_string_equal(sao_bundle_state_name(SAO_BUNDLE_CLAIMED), "claimed");
    assert_string_equal(sao_bundle_state_name(SAO_BUNDLE_UNLINKED), "unlinked");
    assert_string_equal(sao_bundle_state_name(SAO_BUNDLE_DELETED), "deleted");
    assert_string_equal(sao_bundle_state_name((sao_bundle_state)99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_query_copies_all_but_keys),
        cmocka_unit_test(an_unknown_handle_leaves_the_results_alone),
        cmocka_unit_test(iteration_sees_each_bundle_once),
        cmocka_unit_test(a_lookup_finds_what_a_packet_would_use),
        cmocka_unit_test(counters_balance),
        cmocka_unit_test(an_orphan_counts_once),
        cmocka_unit_test(names_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
