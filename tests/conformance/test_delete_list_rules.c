// SPDX-License-Identifier: BSD-2-Clause
/* test_delete_list_rules.c: a bad DELETE list deletes nothing (DEL-6, OID-2, OID-7, REV-1). */
#include "support/rig.h"

#define BUNDLES 6u

/* A rig with bundles, and how its requests are cut into steps. */
typedef struct scene {
    rig *r;
    rig_spec specs[BUNDLES];
    NDIS_HANDLE handles[BUNDLES];
} scene;

static scene scene_make(bool strict, uint32_t elements_per_step, uint32_t steps_per_submit)
{
    scene s = {.r = rig_create()};

    s.r->config.strict_lists = strict;
    s.r->config.elements_per_step = elements_per_step;
    s.r->config.steps_per_submit = steps_per_submit;
    rig_start(s.r);
    for (uint32_t i = 0; i < BUNDLES; i++) {
        rig_job *add;

        s.specs[i] = i % 2 == 0 ? rig_inbound(10 + i) : rig_outbound(10 + i);
        add = rig_add(s.r, &s.specs[i], 1);
        rig_poll(s.r);
        assert_status(rig_result(add), NDIS_STATUS_SUCCESS);
        s.handles[i] = rig_handle(add, 0);
    }
    rig_clear(s.r);
    return s;
}

/* Nothing was deleted: states, events, counters, hardware and packets all say so. */
static void assert_untouched(scene *s)
{
    rig *r = s->r;

    assert_int_equal(r->call_count, 0);
    assert_int_equal(rig_events(r, SAO_EVENT_BUNDLE_UNLINKED), 0);
    assert_int_equal(rig_events(r, SAO_EVENT_BUNDLE_FREED), 0);
    assert_int_equal(rig_events(r, SAO_EVENT_BUNDLE_CLAIMED),
                     rig_events(r, SAO_EVENT_BUNDLE_RELEASED));
    assert_int_equal(rig_counters(r).bundles_deleted, 0);
    assert_int_equal(rig_counters(r).bundles, BUNDLES);
    assert_int_equal(rig_counters(r).requests, 0);
    for (uint32_t i = 0; i < BUNDLES; i++) {
        assert_int_equal(rig_state(r, s->handles[i]), SAO_BUNDLE_LIVE);
        if (s->specs[i].inbound)
            assert_true(rig_flows_in(r, &s->specs[i], s->handles[i]));
        else
            assert_true(rig_flows_out(r, &s->specs[i], s->handles[i]));
    }
}

/* Refused with this status, nothing deleted, and everything can still be deleted. */
static void assert_refused(scene *s, rig_buffer buffer, NDIS_STATUS expected)
{
    rig_job *job = rig_submit(s->r, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, buffer);

    rig_poll(s->r);
    assert_status(rig_result(job), expected);
    assert_int_equal(job->request.elements_done, 0);
    assert_int_equal(job->request.bytes_read, 0);
    assert_int_equal(job->request.bytes_needed, expected == NDIS_STATUS_BUFFER_TOO_SHORT
                                                    ? SAO_SIZEOF_DELETE_SA_REVISION_1
                                                    : 0);
    assert_untouched(s);
}

static void assert_all_deletable(scene *s)
{
    rig_job *job = rig_delete(s->r, s->handles, BUNDLES);

    rig_poll(s->r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_int_equal(job->request.bytes_read, job->request.buffer_length);
    assert_int_equal(job->request.supported_revision, 1);
    assert_int_equal(rig_counters(s->r).bundles, 0);
}

/* ---- one bad element behind good ones -------------------------------------------------- */

static void wrong_type(IPSEC_OFFLOAD_V2_DELETE_SA *element, const scene *s)
{
    (void)s;
    element->Header.Type = 0x81;
}

static void revision_0(IPSEC_OFFLOAD_V2_DELETE_SA *element, const scene *s)
{
    (void)s;
    element->Header.Revision = 0;
}

static void size_too_small(IPSEC_OFFLOAD_V2_DELETE_SA *element, const scene *s)
{
    (void)s;
    element->Header.Size = SAO_SIZEOF_DELETE_SA_REVISION_1 - 1u;
}

static void size_zero(IPSEC_OFFLOAD_V2_DELETE_SA *element, const scene *s)
{
    (void)s;
    element->Header.Size = 0;
}

static void misaligned_next(IPSEC_OFFLOAD_V2_DELETE_SA *element, const scene *s)
{
    (void)s;
    element->Next = (IPSEC_OFFLOAD_V2_DELETE_SA *)((uintptr_t)element + 1u);
}

static void cycle_to_itself(IPSEC_OFFLOAD_V2_DELETE_SA *element, const scene *s)
{
    (void)s;
    element->Next = element;
}

static void zero_handle(IPSEC_OFFLOAD_V2_DELETE_SA *element, const scene *s)
{
    (void)s;
    element->OffloadHandle = NULL;
}

static void duplicate_handle(IPSEC_OFFLOAD_V2_DELETE_SA *element, const scene *s)
{
    element->OffloadHandle = s->handles[0];
}

static void unknown_handle(IPSEC_OFFLOAD_V2_DELETE_SA *element, const scene *s)
{
    (void)s;
    element->OffloadHandle = (NDIS_HANDLE)(uintptr_t)0x123456;
}

static void all_ones_handle(IPSEC_OFFLOAD_V2_DELETE_SA *element, const scene *s)
{
    (void)s;
    element->OffloadHandle = (NDIS_HANDLE)UINTPTR_MAX;
}

/* The same slot, another generation. */
static void neighbour_generation(IPSEC_OFFLOAD_V2_DELETE_SA *element, const scene *s)
{
    element->OffloadHandle = (NDIS_HANDLE)((uintptr_t)s->handles[2] + RIG_CAPACITY);
}

static void foreign_handle(IPSEC_OFFLOAD_V2_DELETE_SA *element, const scene *s)
{
    rig *other = rig_create();

    (void)s;
    other->config.tag = 6;
    rig_start(other);
    element->OffloadHandle = rig_add_one(other, rig_inbound(10));
    rig_destroy(other);
}

typedef struct spoiler {
    const char *name;
    void (*spoil)(IPSEC_OFFLOAD_V2_DELETE_SA *element, const scene *s);
    NDIS_STATUS expected;
} spoiler;

static const spoiler spoilers[] = {
    {"wrong type", wrong_type, NDIS_STATUS_INVALID_DATA},
    {"revision 0", revision_0, NDIS_STATUS_INVALID_DATA},
    {"size too small", size_too_small, NDIS_STATUS_INVALID_DATA},
    {"size 0", size_zero, NDIS_STATUS_INVALID_DATA},
    {"misaligned", misaligned_next, NDIS_STATUS_INVALID_DATA},
    {"cycle", cycle_to_itself, NDIS_STATUS_INVALID_DATA},
    {"zero", zero_handle, NDIS_STATUS_INVALID_PARAMETER},
    {"duplicate", duplicate_handle, NDIS_STATUS_INVALID_PARAMETER},
    {"unknown", unknown_handle, NDIS_STATUS_INVALID_PARAMETER},
    {"all ones", all_ones_handle, NDIS_STATUS_INVALID_PARAMETER},
    {"generation", neighbour_generation, NDIS_STATUS_INVALID_PARAMETER},
    {"foreign", foreign_handle, NDIS_STATUS_INVALID_PARAMETER},
};

/* At each place of the list, in each mode, at once and step by step. */
static void del_6_good_elements_before_a_bad_one_are_not_deleted(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof spoilers / sizeof spoilers[0]; k++)
        for (uint32_t place = 1; place < BUNDLES; place++)
            for (int mode = 0; mode < 4; mode++) {
                scene s =
                    scene_make((mode & 1) != 0, (mode & 2) != 0 ? 1 : 64, (mode & 2) != 0 ? 1 : 16);
                rig_buffer buffer = rig_build_delete(s.handles, BUNDLES);

                spoilers[k].spoil(rig_delete_element(buffer, place), &s);
                assert_refused(&s, buffer, spoilers[k].expected);
                assert_all_deletable(&s);
                rig_destroy(s.r);
            }
}

static void del_6_a_bad_head_is_refused(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof spoilers / sizeof spoilers[0]; k++) {
        scene s = scene_make(false, 64, 16);
        rig_buffer buffer = rig_build_delete(s.handles, 2);

        if (spoilers[k].spoil != duplicate_handle) { /* of itself it is none */
            spoilers[k].spoil(rig_delete_element(buffer, 0), &s);
            assert_refused(&s, buffer, spoilers[k].expected);
        } else {
            free(buffer.bytes);
        }
        assert_all_deletable(&s);
        rig_destroy(s.r);
    }
}

static void del_6_stale_handles_are_refused(void **state)
{
    scene s = scene_make(false, 64, 16);
    NDIS_HANDLE both[2] = {s.handles[0], rig_add_one(s.r, rig_inbound(99))};

    (void)state;
    rig_delete_one(s.r, both[1]);
    assert_status(rig_delete(s.r, both, 2)->answer, NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(rig_state(s.r, both[0]), SAO_BUNDLE_LIVE);
    rig_destroy(s.r);
}

static void del_6_finds_cycles_of_every_shape(void **state)
{
    (void)state;
    for (uint32_t length = 1; length <= BUNDLES; length++)
        for (uint32_t entry = 0; entry < length; entry++)
            for (int small_steps = 0; small_steps < 2; small_steps++) {
                scene s = scene_make(false, small_steps ? 1 : 64, small_steps ? 1 : 16);
                rig_buffer buffer = rig_build_delete(s.handles, length);

                rig_delete_element(buffer, length - 1)->Next = rig_delete_element(buffer, entry);
                assert_refused(&s, buffer, NDIS_STATUS_INVALID_DATA);
                rig_destroy(s.r);
            }
}

static void del_6_a_bundle_that_another_delete_claims_is_refused(void **state)
{
    rig *r = rig_create();
    NDIS_HANDLE handles[4], overlapping[3];
    rig_job *first, *second, *third;
    rig_spec specs[4];

    (void)state;
    r->config.elements_per_step = 1;
    r->config.steps_per_submit = 3;
    rig_start(r);
    for (uint32_t i = 0; i < 4; i++) {
        rig_job *add;

        specs[i] = rig_inbound(1 + i);
        add = rig_add(r, &specs[i], 1);
        rig_poll(r);
        handles[i] = rig_handle(add, 0);
    }
    first = rig_delete(r, handles, 3); /* has claimed all three, not unlinked one */
    assert_status(first->answer, NDIS_STATUS_PENDING);
    assert_int_equal(rig_state(r, handles[2]), SAO_BUNDLE_CLAIMED);
    assert_true(rig_flows_in(r, &specs[2], handles[2])); /* a claim is no deletion yet */
    overlapping[0] = handles[3];
    overlapping[1] = handles[1];
    second = rig_delete(r, overlapping, 2);
    rig_poll(r);
    assert_status(rig_result(first), NDIS_STATUS_SUCCESS);
    assert_status(rig_result(second), NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(rig_state(r, handles[3]), SAO_BUNDLE_LIVE); /* rolled back */
    third = rig_delete(r, &handles[3], 1);
    rig_poll(r);
    assert_status(rig_result(third), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

static void del_6_a_bundle_whose_add_is_pending_is_refused(void **state)
{
    rig *r = rig_create();
    rig_spec specs[3] = {rig_inbound(1), rig_inbound(2), rig_outbound(3)};
    rig_job *add;

    (void)state;
    r->config.elements_per_step = 1;
    r->config.steps_per_submit = 2; /* what checks one element and refuses it */
    rig_start(r);
    add = rig_add(r, specs, 3);
    while (rig_result(add) == NDIS_STATUS_PENDING) {
        for (uint32_t i = 0; i < 3; i++) {
            NDIS_HANDLE handle = rig_handle(add, i);

            if (handle == rig_add_element(add->buffer, i)) /* not looked at yet */
                continue;
            assert_status(rig_delete(r, &handle, 1)->answer, NDIS_STATUS_INVALID_PARAMETER);
        }
        rig_poll_steps(r, 1);
    }
    assert_status(rig_result(add), NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_events(r, SAO_EVENT_BUNDLE_CLAIMED), 0);
    assert_int_equal(rig_counters(r).bundles, 3);
    rig_destroy(r);
}

/* ---- the buffer ------------------------------------------------------------------------ */

static void oid_2_every_truncated_buffer_is_too_short(void **state)
{
    (void)state;
    for (ULONG length = 0; length < SAO_SIZEOF_DELETE_SA_REVISION_1; length++) {
        scene s = scene_make(false, 64, 16);

        assert_refused(&s, rig_truncate(rig_build_delete(s.handles, 1), length),
                       NDIS_STATUS_BUFFER_TOO_SHORT);
        rig_destroy(s.r);
    }
}

static void oid_2_no_buffer_is_invalid(void **state)
{
    scene s = scene_make(false, 64, 16);

    (void)state;
    assert_refused(&s, (rig_buffer){NULL, 0}, NDIS_STATUS_INVALID_DATA);
    assert_refused(&s, (rig_buffer){NULL, 24}, NDIS_STATUS_INVALID_DATA);
    rig_destroy(s.r);
}

static void oid_2_a_size_beyond_the_buffer_is_a_wrong_length(void **state)
{
    static const USHORT sizes[] = {25, 32, 0x7FFF, 0xFFFF};

    (void)state;
    for (uint32_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        scene s = scene_make(false, 64, 16);
        rig_buffer buffer = rig_build_delete(s.handles, 1);

        rig_delete_element(buffer, 0)->Header.Size =
            (USHORT)(sizes[i] - 24u + SAO_SIZEOF_DELETE_SA_REVISION_1);
        assert_refused(&s, buffer, NDIS_STATUS_INVALID_LENGTH);
        rig_destroy(s.r);
    }
}

static void oid_7_strict_lists_end_with_their_buffer(void **state)
{
    (void)state;
    for (int strict = 0; strict < 2; strict++)
        for (int outside = 0; outside < 3; outside++) {
            scene s = scene_make(strict != 0, 64, 16);
            rig_buffer head = rig_build_delete(s.handles, 2);
            rig_buffer tail = rig_build_delete(&s.handles[2], 1);

            if (outside == 0) { /* quite elsewhere */
                rig_delete_element(head, 1)->Next = rig_delete_element(tail, 0);
            } else if (outside == 1) { /* only the end of the second is outside */
                head.length -= 1;
            } else { /* its size reaches further than the buffer */
                rig_delete_element(head, 1)->Header.Size += 8;
            }
            if (strict) {
                assert_refused(&s, head, NDIS_STATUS_INVALID_DATA); /* DEL-6 */
            } else {
                rig_job *job = rig_submit(s.r, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, head);

                assert_status(job->answer, NDIS_STATUS_SUCCESS);
                assert_int_equal(job->request.elements_done, outside == 0 ? 3 : 2);
            }
            free(tail.bytes);
            rig_destroy(s.r);
        }
}

static void rev_1_a_later_revision_is_read_as_the_first(void **state)
{
    scene s = scene_make(true, 64, 16);
    struct {
        IPSEC_OFFLOAD_V2_DELETE_SA element;
        uint8_t more[40];
    } later[BUNDLES];
    rig_buffer buffer = {calloc(1, sizeof later), sizeof later};
    rig_job *job;

    (void)state;
    memset(later, 0xEE, sizeof later);
    for (uint32_t i = 0; i < BUNDLES; i++) {
        const size_t next = (i + 1u) * sizeof later[0];

        later[i].element.Header = (NDIS_OBJECT_HEADER){NDIS_OBJECT_TYPE_DEFAULT,
                                                       (UCHAR)(i == 5 ? 255 : 2), sizeof later[0]};
        later[i].element.OffloadHandle = s.handles[i];
        later[i].element.Next = i + 1 < BUNDLES ? (void *)(buffer.bytes + next) : NULL;
    }
    memcpy(buffer.bytes, later, sizeof later);
    job = rig_submit(s.r, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, buffer);
    assert_status(job->answer, NDIS_STATUS_SUCCESS);
    assert_int_equal(job->request.elements_done, BUNDLES);
    assert_int_equal(job->request.supported_revision, 1);
    rig_destroy(s.r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(del_6_good_elements_before_a_bad_one_are_not_deleted),
        cmocka_unit_test(del_6_a_bad_head_is_refused),
        cmocka_unit_test(del_6_stale_handles_are_refused),
        cmocka_unit_test(del_6_finds_cycles_of_every_shape),
        cmocka_unit_test(del_6_a_bundle_that_another_delete_claims_is_refused),
        cmocka_unit_test(del_6_a_bundle_whose_add_is_pending_is_refused),
        cmocka_unit_test(oid_2_every_truncated_buffer_is_too_short),
        cmocka_unit_test(oid_2_no_buffer_is_invalid),
        cmocka_unit_test(oid_2_a_size_beyond_the_buffer_is_a_wrong_length),
        cmocka_unit_test(oid_7_strict_lists_end_with_their_buffer),
        cmocka_unit_test(rev_1_a_later_revision_is_read_as_the_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
