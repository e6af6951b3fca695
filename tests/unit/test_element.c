// SPDX-License-Identifier: BSD-2-Clause
/* test_element.c: one element of an ADD, read and accepted, alone (ADD-5 to ADD-15). */
#include "support/rig.h"

#include "core/element.h"

static const uint8_t no_keys[sizeof((sao_record *)0)->keys];

static sao_element_rules all_allowed(NDIS_IPSEC_OFFLOAD_V2 *capabilities)
{
    rig *r = rig_create();

    *capabilities = r->config.capabilities;
    rig_destroy(r);
    return (sao_element_rules){capabilities, false};
}

/* The walker has checked the structure: what is read beyond it is only what is stated. */
static void reads_no_byte_beyond_what_is_available(void **state)
{
    rig_spec specs[3] = {rig_inbound(1), rig_with_ah(rig_outbound(2)), rig_inbound(3)};

    (void)state;
    specs[2].ipv6 = true;
    for (uint32_t i = 0; i < 3; i++)
        for (int ex = 0; ex < 2; ex++)
            for (ULONG cut = 0; cut < 80; cut++) {
                rig_buffer buffer = ex ? rig_build_add_ex(&specs[i]) : rig_build_add(&specs[i], 1);
                const ULONG whole =
                    ex ? sizeof(IPSEC_OFFLOAD_V2_ADD_SA_EX) : sizeof(IPSEC_OFFLOAD_V2_ADD_SA);
                sao_element element;

                if (buffer.length - cut < whole) {
                    free(buffer.bytes);
                    break;
                }
                buffer = rig_truncate(buffer, buffer.length - cut);
                assert_status(sao_element_read(buffer.bytes, ex != 0, buffer.length, &element),
                              cut == 0 ? NDIS_STATUS_SUCCESS : NDIS_STATUS_INVALID_DATA);
                free(buffer.bytes);
            }
}

static void both_forms_say_the_same(void **state)
{
    rig_spec spec = rig_with_esn(rig_with_ah(rig_inbound(1)), 9);
    NDIS_IPSEC_OFFLOAD_V2 capabilities;
    sao_element_rules rules = all_allowed(&capabilities);

    (void)state;
    for (int v6 = 0; v6 < 2; v6++) {
        sao_record records[2];
        rig_buffer buffers[2];

        spec.ipv6 = v6 != 0;
        buffers[0] = rig_build_add(&spec, 1);
        buffers[1] = rig_build_add_ex(&spec);
        for (int ex = 0; ex < 2; ex++) {
            sao_element element;

            memset(&records[ex], 0, sizeof records[ex]);
            assert_status(sao_element_read(buffers[ex].bytes, ex != 0, SIZE_MAX, &element),
                          NDIS_STATUS_SUCCESS);
            assert_status(sao_element_accept(&element, &rules, &records[ex]), NDIS_STATUS_SUCCESS);
            for (uint32_t i = 0; i < 2; i++) { /* keys are copies, in the record itself */
                assert_ptr_equal(records[ex].bundle.sa[i].authentication_key,
                                 records[ex].keys[i][1]);
                assert_null(records[ex].bundle.sa[i].encryption_key);
                records[ex].bundle.sa[i].authentication_key = NULL;
            }
        }
        assert_memory_equal(&records[0].bundle, &records[1].bundle, sizeof(sao_bundle));
        assert_memory_equal(records[0].keys, records[1].keys, sizeof records[0].keys);
        assert_memory_not_equal(records[0].keys, no_keys, sizeof no_keys);
        free(buffers[0].bytes);
        free(buffers[1].bytes);
        sao_record_wipe_keys(&records[0]);
        assert_memory_equal(records[0].keys, no_keys, sizeof no_keys);
    }
}

/* Where keys would be is of no interest if there are none: the key length is at fault, later. */
static void without_keys_their_offset_may_be_zero(void **state)
{
    rig_spec spec = rig_inbound(1);
    rig_buffer buffer = rig_build_add_ex(&spec);
    IPSEC_OFFLOAD_V2_ADD_SA_EX *add = (IPSEC_OFFLOAD_V2_ADD_SA_EX *)(void *)buffer.bytes;
    NDIS_IPSEC_OFFLOAD_V2 capabilities;
    sao_element_rules rules = all_allowed(&capabilities);
    sao_element element;
    sao_record record;

    (void)state;
    add->KeyOffset = 0;
    assert_status(sao_element_read(add, true, buffer.length, &element), NDIS_STATUS_INVALID_DATA);
    add->KeyLength = 0;
    add->SecAssoc[0].EncryptionAlgorithm.KeyLength = 0;
    assert_status(sao_element_read(add, true, buffer.length, &element), NDIS_STATUS_SUCCESS);
    assert_status(sao_element_accept(&element, &rules, &record), NDIS_STATUS_INVALID_PARAMETER);
    free(buffer.bytes);
}

/* What is checked is a copy: who changes the buffer afterwards changes nothing. */
static void the_sas_are_a_copy(void **state)
{
    rig_spec spec = rig_inbound(1);
    NDIS_IPSEC_OFFLOAD_V2 capabilities;
    sao_element_rules rules = all_allowed(&capabilities);
    rig_buffer buffer = rig_build_add(&spec, 1);
    sao_element element;
    sao_record record;

    (void)state;
    assert_status(sao_element_read(buffer.bytes, false, buffer.length, &element),
                  NDIS_STATUS_SUCCESS);
    rig_add_element(buffer, 0)->SecAssoc[0].EncryptionAlgorithm.KeyOffsetBytes = 0x10000000;
    rig_add_element(buffer, 0)->NumExtHdrs = 99;
    assert_status(sao_element_accept(&element, &rules, &record), NDIS_STATUS_SUCCESS);
    assert_int_equal(record.bundle.sa_count, 1);
    free(buffer.bytes);
}

static void an_unused_second_sa_is_not_looked_at(void **state)
{
    rig_spec spec = rig_inbound(1);
    rig_buffer buffer = rig_build_add(&spec, 1);
    NDIS_IPSEC_OFFLOAD_V2 capabilities;
    sao_element_rules rules = all_allowed(&capabilities);
    sao_element element;
    sao_record record;

    (void)state;
    memset(&rig_add_element(buffer, 0)->SecAssoc[1], 0xEE,
           sizeof(IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION));
    assert_status(sao_element_read(buffer.bytes, false, buffer.length, &element),
                  NDIS_STATUS_SUCCESS);
    assert_status(sao_element_accept(&element, &rules, &record), NDIS_STATUS_SUCCESS);
    free(buffer.bytes);
}

static void an_ipv4_bundle_has_nothing_behind_its_addresses(void **state)
{
    rig_spec spec = rig_inbound(1);
    rig_buffer buffer = rig_build_add(&spec, 1);
    NDIS_IPSEC_OFFLOAD_V2 capabilities;
    sao_element_rules rules = all_allowed(&capabilities);
    const sao_address source = rig_address(false, RIG_PEER);
    const sao_address destination = rig_address(false, RIG_LOCAL);
    sao_element element;
    sao_record record;

    (void)state;
    memset(&record, 0xEE, sizeof record);
    memset(rig_add_element(buffer, 0)->IPv6Endpoints.SrcAddr + 8, 0xEE, 24); /* not IPv4's */
    assert_status(sao_element_read(buffer.bytes, false, buffer.length, &element),
                  NDIS_STATUS_SUCCESS);
    assert_status(sao_element_accept(&element, &rules, &record), NDIS_STATUS_SUCCESS);
    assert_memory_equal(&record.bundle.source, &source, sizeof source);
    assert_memory_equal(&record.bundle.destination, &destination, sizeof destination);
    assert_null(record.bundle.backend_context);
    free(buffer.bytes);
}

/* A protocol that is off is off, whatever else is said to be offered (ADD-10): the capabilities
 * do not say such a thing (CAP-2), a configuration that is being changed might. */
static void a_protocol_that_is_off_is_not_supported(void **state)
{
    const rig_spec specs[2] = {rig_inbound(1), rig_with_ah(rig_inbound(1))};

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        rig_buffer buffer = rig_build_add(&specs[i], 1);
        NDIS_IPSEC_OFFLOAD_V2 capabilities;
        sao_element_rules rules = all_allowed(&capabilities);
        sao_element element;
        sao_record record;

        assert_status(sao_element_read(buffer.bytes, false, buffer.length, &element),
                      NDIS_STATUS_SUCCESS);
        capabilities.Esp = 0;
        assert_status(sao_element_accept(&element, &rules, &record), NDIS_STATUS_NOT_SUPPORTED);
        capabilities.Esp = 1;
        assert_status(sao_element_accept(&element, &rules, &record), NDIS_STATUS_SUCCESS);
        capabilities.Ah = 0;
        assert_status(sao_element_accept(&element, &rules, &record),
                      i == 0 ? NDIS_STATUS_SUCCESS : NDIS_STATUS_NOT_SUPPORTED);
        free(buffer.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_no_byte_beyond_what_is_available),
        cmocka_unit_test(both_forms_say_the_same),
        cmocka_unit_test(without_keys_their_offset_may_be_zero),
        cmocka_unit_test(the_sas_are_a_copy),
        cmocka_unit_test(an_unused_second_sa_is_not_looked_at),
        cmocka_unit_test(an_ipv4_bundle_has_nothing_behind_its_addresses),
        cmocka_unit_test(a_protocol_that_is_off_is_not_supported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
