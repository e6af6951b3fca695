// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_answer_rules.c: what counts as success (OID-8). NOT_ACCEPTED and other informational values
 * are positive: a test of the sign would take the hardware's refusal for a yes.
 */
#include "support/rig.h"

static const NDIS_STATUS positive[] = {NDIS_STATUS_NOT_ACCEPTED, 1, 0x40020006, 0x7FFFFFFF};

#define COUNT (sizeof positive / sizeof positive[0])

static void oid_8_only_0_adds_a_bundle(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        rig *r = rig_running();
        rig_spec in = rig_inbound(1);
        rig_job *job;

        r->answers[SAO_BACKEND_ADD].status = positive[i];
        job = rig_add(r, &in, 1);
        assert_int_equal(job->answer, positive[i]);
        assert_null(rig_handle(job, 0));
        assert_int_equal(rig_counters(r).bundles, 0);
        assert_int_equal(job->request.bytes_read, 0); /* a refusal has read nothing */
        assert_int_equal(job->request.supported_revision, 0);
        rig_destroy(r);
    }
}

static void oid_8_only_0_updates_a_bundle(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        rig *r = rig_running();
        rig_spec out = rig_with_esn(rig_outbound(1), 5);
        NDIS_HANDLE handle = rig_add_one(r, out);
        sao_bundle bundle;

        r->answers[SAO_BACKEND_UPDATE].status = positive[i];
        assert_int_equal(rig_update(r, handle, &out, 0, 6)->answer, positive[i]);
        assert_status(sao_adapter_query(r->adapter, handle, &bundle, NULL), NDIS_STATUS_SUCCESS);
        assert_int_equal(bundle.sa[0].sequence_high, 5);
        rig_destroy(r);
    }
}

static void oid_8_only_0_removes_without_an_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        rig *r = rig_running();
        NDIS_HANDLE handle = rig_add_one(r, rig_inbound(1));

        (void)rig_add_one(r, rig_inbound(2));
        r->answers[SAO_BACKEND_REMOVE].status = positive[i];
        rig_delete_one(r, handle); /* gone all the same (DEL-10) */
        assert_int_equal(rig_counters(r).remove_errors, 1);
        rig_halt(r);
        assert_int_equal(rig_counters(r).remove_errors, 2);
        rig_destroy(r);
    }
}

static void oid_8_only_0_starts_the_hardware(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        rig *r = rig_create();

        rig_make(r);
        r->lives[SAO_LIFE_INITIALIZE].status = positive[i];
        assert_int_equal(rig_life(r, SAO_LIFE_INITIALIZE), positive[i]);
        assert_int_equal(sao_adapter_get_state(r->adapter), SAO_ADAPTER_HALTED);
        r->lives[SAO_LIFE_INITIALIZE].status = NDIS_STATUS_SUCCESS;
        assert_status(rig_life(r, SAO_LIFE_INITIALIZE), NDIS_STATUS_SUCCESS);
        r->lives[SAO_LIFE_RESTART].status = positive[i];
        assert_int_equal(rig_life(r, SAO_LIFE_RESTART), positive[i]);
        assert_int_equal(sao_adapter_get_state(r->adapter), SAO_ADAPTER_PAUSED);
        rig_destroy(r);
    }
}

/* Nor does it bring the hardware, or a bundle, back. */
static void oid_8_only_0_restores_after_a_reset(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        rig *r = rig_running();
        NDIS_HANDLE handle = rig_add_one(r, rig_inbound(1));

        r->lives[SAO_LIFE_RESET].status = positive[i];
        assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_HARD_ERRORS);
        assert_false(rig_status(r, handle).in_hardware);
        r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_SUCCESS;
        r->answers[SAO_BACKEND_ADD].status = positive[i];
        assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_SUCCESS);
        assert_false(rig_status(r, handle).in_hardware);
        r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_SUCCESS;
        assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_SUCCESS);
        assert_true(rig_status(r, handle).in_hardware);
        rig_destroy(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oid_8_only_0_adds_a_bundle),
        cmocka_unit_test(oid_8_only_0_updates_a_bundle),
        cmocka_unit_test(oid_8_only_0_removes_without_an_error),
        cmocka_unit_test(oid_8_only_0_starts_the_hardware),
        cmocka_unit_test(oid_8_only_0_restores_after_a_reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
