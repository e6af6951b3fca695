// SPDX-License-Identifier: BSD-2-Clause
/* test_add_structure_rules.c: ADD requests as structures: which OID, malformed lists, keys that
 * are not where they should be (ADD-1, ADD-2, ADD-8, OID-2). */
#include "support/rig.h"

#define ADD_SA OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA
#define ADD_SA_EX OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX

static rig *rig_of_6_30(void)
{
    rig *r = rig_create();

    r->config.profile = SAO_PROFILE_NDIS_6_30;
    rig_start(r);
    return r;
}

/* ---- ADD_SA and ADD_SA_EX -------------------------------------------------------------- */

static void add_1_each_profile_has_its_own_add(void **state)
{
    static const sao_profile profiles[] = {SAO_PROFILE_NDIS_6_1, SAO_PROFILE_NDIS_6_20,
                                           SAO_PROFILE_NDIS_6_30};

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        const bool ex = profiles[i] == SAO_PROFILE_NDIS_6_30;
        rig *r = rig_create();
        rig_spec a = rig_inbound(1), b = rig_inbound(2);
        NDIS_HANDLE handle;

        r->config.profile = profiles[i];
        rig_start(r);
        assert_status(rig_submit(r, ADD_SA, rig_build_add(&a, 1))->answer,
                      ex ? NDIS_STATUS_NOT_SUPPORTED : NDIS_STATUS_SUCCESS);
        assert_status(rig_submit(r, ADD_SA_EX, rig_build_add_ex(&b))->answer,
                      ex ? NDIS_STATUS_SUCCESS : NDIS_STATUS_NOT_SUPPORTED);
        assert_int_equal(rig_counters(r).bundles, 1);
        handle = r->calls[0].handle;
        rig_delete_one(r, handle); /* DELETE serves all */
        rig_destroy(r);
    }
}

static void add_1_an_ex_element_is_read_like_any(void **state)
{
    rig *r = rig_of_6_30();
    rig_spec specs[4] = {rig_inbound(1), rig_with_ah(rig_inbound(2)), rig_outbound(9),
                         rig_with_esn(rig_inbound(5), 77)};

    (void)state;
    specs[1].ipv6 = true;
    for (uint32_t i = 0; i < 4; i++) {
        rig_job *job = rig_submit(r, ADD_SA_EX, rig_build_add_ex(&specs[i]));
        NDIS_HANDLE handle =
            ((IPSEC_OFFLOAD_V2_ADD_SA_EX *)(void *)job->buffer.bytes)->OffloadHandle;
        sao_bundle bundle;

        assert_status(job->answer, NDIS_STATUS_SUCCESS);
        assert_int_equal(job->request.elements_done, 1);
        assert_true(specs[i].inbound ? rig_flows_in(r, &specs[i], handle)
                                     : rig_flows_out(r, &specs[i], handle));
        assert_status(sao_adapter_query(r->adapter, handle, &bundle, NULL), NDIS_STATUS_SUCCESS);
        assert_int_equal(bundle.sa[0].sequence_high, specs[i].sa[0].sequence_high);
    }
    rig_destroy(r);
}

/* ---- a malformed list ------------------------------------------------------------------ */

static void assert_malformed(rig *r, NDIS_OID oid, rig_buffer buffer, NDIS_STATUS expected)
{
    rig_job *job = rig_submit(r, oid, buffer);

    rig_poll(r);
    assert_status(rig_result(job), expected);
    assert_int_equal(job->request.elements_done, 0);
    assert_int_equal(r->call_count, 0);
    assert_int_equal(r->event_count, 0);
    assert_int_equal(rig_counters(r).bundles, 0);
    assert_false(rig_memory_has_key(r));
}

static void add_2_a_malformed_list_fails_whole(void **state)
{
    rig_spec specs[4] = {rig_inbound(1), rig_outbound(2), rig_inbound(3), rig_inbound(4)};

    (void)state;
    for (uint32_t place = 0; place < 4; place++)
        for (int kind = 0; kind < 7; kind++) {
            rig *r = rig_create();
            rig_buffer buffer = rig_build_add(specs, 4);
            IPSEC_OFFLOAD_V2_ADD_SA *bad = rig_add_element(buffer, place);

            if (kind == 0)
                bad->Header.Type = 0;
            else if (kind == 1)
                bad->Header.Revision = 0;
            else if (kind == 2)
                bad->Header.Size = SAO_SIZEOF_ADD_SA_REVISION_1 - 1u;
            else if (kind == 3)
                bad->Next = (IPSEC_OFFLOAD_V2_ADD_SA *)((uintptr_t)bad + 4u);
            else if (kind == 4)
                bad->Next = bad;
            else if (kind == 5)
                bad->KeyLength = bad->SecAssoc[0].EncryptionAlgorithm.KeyLength - 1u;
            else
                bad->SecAssoc[0].EncryptionAlgorithm.KeyOffsetBytes = 1;
            r->config.elements_per_step = 1 + place;
            r->config.steps_per_submit = 1 + (uint32_t)kind;
            rig_start(r);
            assert_malformed(r, ADD_SA, buffer, NDIS_STATUS_INVALID_DATA);
            rig_destroy(r);
        }
}

static void add_2_cycles_of_every_shape_are_found(void **state)
{
    rig_spec specs[6];

    (void)state;
    for (uint32_t i = 0; i < 6; i++)
        specs[i] = rig_inbound(1 + i);
    for (uint32_t length = 1; length <= 6; length++)
        for (uint32_t entry = 0; entry < length; entry++) {
            rig *r = rig_running();
            rig_buffer buffer = rig_build_add(specs, length);

            rig_add_element(buffer, length - 1)->Next = rig_add_element(buffer, entry);
            assert_malformed(r, ADD_SA, buffer, NDIS_STATUS_INVALID_DATA);
            rig_destroy(r);
        }
}

/* What a good element becomes when its buffer ends early: first the structure is missing, then
 * the size it states, then its keys. */
static NDIS_STATUS truncated_status(ULONG length, ULONG revision_size, ULONG stated_size)
{
    if (length < revision_size)
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    return length < stated_size ? NDIS_STATUS_INVALID_LENGTH : NDIS_STATUS_INVALID_DATA;
}

static void oid_2_every_truncation_of_an_add_is_refused(void **state)
{
    const rig_spec spec = rig_with_ah(rig_inbound(1));
    rig *plain = rig_running(), *ex = rig_of_6_30();

    (void)state;
    for (ULONG length = 0;; length++) {
        rig_buffer buffer = rig_build_add(&spec, 1);

        if (length == buffer.length) {
            assert_status(rig_submit(plain, ADD_SA, buffer)->answer, NDIS_STATUS_SUCCESS);
            break;
        }
        assert_malformed(plain, ADD_SA, rig_truncate(buffer, length),
                         truncated_status(length, SAO_SIZEOF_ADD_SA_REVISION_1,
                                          sizeof(IPSEC_OFFLOAD_V2_ADD_SA)));
        assert_int_equal(plain->jobs->request.bytes_needed,
                         length < SAO_SIZEOF_ADD_SA_REVISION_1 ? SAO_SIZEOF_ADD_SA_REVISION_1 : 0);
    }
    for (ULONG length = 0;; length++) {
        rig_buffer buffer = rig_build_add_ex(&spec);

        if (length == buffer.length) {
            assert_status(rig_submit(ex, ADD_SA_EX, buffer)->answer, NDIS_STATUS_SUCCESS);
            break;
        }
        assert_malformed(ex, ADD_SA_EX, rig_truncate(buffer, length),
                         truncated_status(length, SAO_SIZEOF_ADD_SA_EX_REVISION_1,
                                          sizeof(IPSEC_OFFLOAD_V2_ADD_SA_EX)));
    }
    rig_destroy(plain);
    rig_destroy(ex);
}

/* ---- keys ------------------------------------------------------------------------------ */

static void add_8_keys_lie_inside(void **state)
{
    static const struct {
        ULONG key_length; /* of the element, 36 when good */
        ULONG offset;     /* of the algorithm, 0 when good */
        ULONG length;     /* of the algorithm, 36 when good */
    } bad[] = {
        {35, 0, 36},         {36, 1, 36},          {0, 0, 36},
        {36, 0xFFFFFFFF, 1}, {36, 0xFFFFFFFF, 36}, {36, 1, 0xFFFFFFFF},
        {36, 0, 0xFFFFFFFF}, {36, 0xFFFFFFDC, 36}, {36, 0x80000000, 0x80000000},
        {36, 37, 0},         {0xFFFFFFFF, 0, 36},  {37, 0, 36},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        for (int which = 0; which < 2; which++) { /* a cipher's key, a hash's */
            rig *r = rig_running();
            rig_spec spec = rig_inbound(1);
            rig_buffer buffer;
            IPSEC_OFFLOAD_V2_ALGORITHM_INFO *info;

            if (which == 1) {
                spec.sa[0].encryption = 0;
                spec.sa[0].authentication = IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_256;
            }
            buffer = rig_build_add(&spec, 1);
            info = which == 0 ? &rig_add_element(buffer, 0)->SecAssoc[0].EncryptionAlgorithm
                              : &rig_add_element(buffer, 0)->SecAssoc[0].AuthenticationAlgorithm;
            info->KeyOffsetBytes = bad[i].offset;
            info->KeyLength = bad[i].length;
            rig_add_element(buffer, 0)->KeyLength = bad[i].key_length;
            assert_malformed(r, ADD_SA, buffer, NDIS_STATUS_INVALID_DATA);
            rig_destroy(r);
        }
}

static void add_8_keys_of_the_second_sa_lie_inside(void **state)
{
    rig *r = rig_running();
    rig_spec spec = rig_with_ah(rig_inbound(1));
    rig_buffer buffer = rig_build_add(&spec, 1);

    (void)state;
    rig_add_element(buffer, 0)->SecAssoc[1].AuthenticationAlgorithm.KeyOffsetBytes++;
    assert_malformed(r, ADD_SA, buffer, NDIS_STATUS_INVALID_DATA);
    rig_destroy(r);
}

static void add_8_the_key_offset_of_ex_lies_inside(void **state)
{
    const ULONG good = sizeof(IPSEC_OFFLOAD_V2_ADD_SA_EX);
    const ULONG offsets[] = {0,
                             4,
                             SAO_SIZEOF_ADD_SA_EX_REVISION_1 - 1u,
                             good + 1,
                             good + 36,
                             good + 37,
                             0x7FFFFFFF,
                             0xFFFFFFFF,
                             0xFFFFFFFF - good,
                             0xFFFFFFFF - 35};
    rig *r = rig_of_6_30();
    rig_spec spec = rig_inbound(1);

    (void)state;
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        rig_buffer buffer = rig_build_add_ex(&spec);

        ((IPSEC_OFFLOAD_V2_ADD_SA_EX *)(void *)buffer.bytes)->KeyOffset = offsets[i];
        assert_malformed(r, ADD_SA_EX, buffer, NDIS_STATUS_INVALID_DATA);
    }
    rig_destroy(r);
}

static void add_8_keys_may_overlap_and_be_unaligned(void **state)
{
    rig *r = rig_running();
    rig_spec spec = rig_with_ah(rig_inbound(1));
    rig_buffer buffer = rig_build_add(&spec, 1);
    IPSEC_OFFLOAD_V2_ADD_SA *add = rig_add_element(buffer, 0);

    (void)state;
    add->SecAssoc[0].AuthenticationAlgorithm.KeyOffsetBytes = 4;
    add->SecAssoc[1].AuthenticationAlgorithm.KeyOffsetBytes = 12;
    assert_status(rig_submit(r, ADD_SA, buffer)->answer, NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

/* The keys of a later element, and where they may lie: strict lists end with their buffer. */
static void oid_7_keys_of_a_strict_list_lie_inside(void **state)
{
    (void)state;
    for (int strict = 0; strict < 2; strict++) {
        rig *r = rig_create();
        rig_spec specs[2] = {rig_inbound(1), rig_inbound(2)};
        rig_buffer buffer = rig_build_add(specs, 2);
        const uint8_t *second = (const uint8_t *)rig_add_element(buffer, 1);
        const ULONG end = (ULONG)(second - buffer.bytes) +
                          (ULONG)offsetof(IPSEC_OFFLOAD_V2_ADD_SA, KeyData) +
                          rig_add_element(buffer, 1)->KeyLength;

        r->config.strict_lists = strict != 0;
        rig_start(r);
        assert_true(end < buffer.length);
        buffer.length = end - 1; /* the last byte is the caller's, but not in the buffer */
        assert_status(rig_submit(r, ADD_SA, buffer)->answer,
                      strict ? NDIS_STATUS_INVALID_DATA : NDIS_STATUS_SUCCESS);
        assert_int_equal(rig_counters(r).bundles, strict ? 0 : 2);
        buffer = rig_build_add(specs, 2);
        buffer.length = end;
        rig_add_element(buffer, 0)->SecAssoc[0].Spi++;
        rig_add_element(buffer, 1)->SecAssoc[0].Spi++;
        assert_status(rig_submit(r, ADD_SA, buffer)->answer, NDIS_STATUS_SUCCESS);
        rig_destroy(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(add_1_each_profile_has_its_own_add),
        cmocka_unit_test(add_1_an_ex_element_is_read_like_any),
        cmocka_unit_test(add_2_a_malformed_list_fails_whole),
        cmocka_unit_test(add_2_cycles_of_every_shape_are_found),
        cmocka_unit_test(oid_2_every_truncation_of_an_add_is_refused),
        cmocka_unit_test(add_8_keys_lie_inside),
        cmocka_unit_test(add_8_keys_of_the_second_sa_lie_inside),
        cmocka_unit_test(add_8_the_key_offset_of_ex_lies_inside),
        cmocka_unit_test(add_8_keys_may_overlap_and_be_unaligned),
        cmocka_unit_test(oid_7_keys_of_a_strict_list_lie_inside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
