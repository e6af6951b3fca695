// SPDX-License-Identifier: BSD-2-Clause
/* test_transport_request.c: the buffers of ADD_SA and ADD_SA_EX, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/transport_internal.h"
#include "support/host.h"

#define ADD OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA
#define ADD_EX OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX

/* What ADD_SA and ADD_SA_EX have in common. */
static void check_security_association(const test_host *host,
                                       const IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION *sa,
                                       const uint8_t *keys, ULONG key_length, bool inbound)
{
    const sao_transport_association association = host_association(host, 0);
    const IPSEC_OFFLOAD_V2_ALGORITHM_INFO *encryption = &sa->EncryptionAlgorithm;
    const IPSEC_OFFLOAD_V2_ALGORITHM_INFO *authentication = &sa->AuthenticationAlgorithm;

    assert_int_equal(sa->Operation, IPsecOffloadV2Esp);
    assert_int_equal(sa->Spi, inbound ? association.inbound.spi : association.outbound.spi);
    assert_int_equal(sa->Flags, host->esn ? IPSEC_OFFLOAD_V2_ESN_SA : 0);
    assert_int_equal(sa->SequenceNumberHighOrder, 0);
    assert_int_equal(encryption->Identifier, association.encryption);
    assert_int_equal(authentication->Identifier, association.authentication);
    assert_true(encryption->KeyOffsetBytes + encryption->KeyLength <= key_length);
    assert_true(authentication->KeyOffsetBytes + authentication->KeyLength <= key_length);
    assert_memory_equal(keys + encryption->KeyOffsetBytes, host_key(inbound),
                        encryption->KeyLength);
    assert_memory_equal(keys + authentication->KeyOffsetBytes, host_key(inbound),
                        authentication->KeyLength);
    assert_int_equal(encryption->AdditionalInfo, association.authentication == 0 ? 16 : 0);
}

static void add_is_one_list_of_two(void **state)
{
    const sao_transport_association association = host_association(*state, 0);
    test_host *host = *state;
    const IPSEC_OFFLOAD_V2_ADD_SA *element;
    const uint8_t *buffer;
    uint32_t id;

    host->fake.plans[0].timing = FAKE_LATER;
    host->fake.plans_made = 1;
    host_open(host);
    id = host_establish(host, 0);
    host_expect_last(host, 1, ADD);
    host_expect_state(host, id, SAO_ASSOCIATION_ADDING);
    assert_int_equal(host_counters(host).bundles, 2);

    buffer = fake_last(&host->fake)->request->buffer;
    element = (const IPSEC_OFFLOAD_V2_ADD_SA *)(const void *)buffer;
    for (int i = 0; i < 2; i++) {
        const bool inbound = i == 0;
        const size_t end =
            (size_t)((const uint8_t *)element->KeyData - buffer) + element->KeyLength;
        const ULONG version = host->ip_version == 6 ? IPSEC_OFFLOAD_V2_IPv6 : 0u;

        assert_non_null(element);
        assert_int_equal((uintptr_t)element % _Alignof(IPSEC_OFFLOAD_V2_ADD_SA), 0);
        assert_int_equal(element->Header.Type, NDIS_OBJECT_TYPE_DEFAULT);
        assert_int_equal(element->Header.Revision, 1);
        assert_int_equal(element->Header.Size, SAO_SIZEOF_ADD_SA_REVISION_1);
        assert_int_equal(element->NumExtHdrs, 1);
        assert_int_equal(element->Flags, version | (inbound ? IPSEC_OFFLOAD_V2_INBOUND : 0u));
        assert_memory_equal(host->ip_version == 6 ? element->IPv6Endpoints.SrcAddr
                                                  : (const UCHAR *)&element->IPv4Endpoints.SrcAddr,
                            (inbound ? association.remote : association.local).bytes,
                            host->ip_version == 6 ? 16 : 4);
        assert_memory_equal(host->ip_version == 6 ? element->IPv6Endpoints.DestAddr
                                                  : (const UCHAR *)&element->IPv4Endpoints.DestAddr,
                            (inbound ? association.local : association.remote).bytes,
                            host->ip_version == 6 ? 16 : 4);
        assert_null(element->OffloadHandle);
        assert_true(end <= fake_last(&host->fake)->request->buffer_length); /* OID-7, strict */
        check_security_association(host, &element->SecAssoc[0], element->KeyData,
                                   element->KeyLength, inbound);
        element = element->Next;
    }
    assert_null(element);

    fake_complete(&host->fake, 0);
    host_expect_state(host, id, SAO_ASSOCIATION_OFFLOADED);
    assert_int_equal(host_counters(host).bundles_added, 2);
    for (size_t i = 0; i < 2 * sizeof(sao_add_element); i++)
        assert_int_equal(buffer[i], 0); /* no key stays in the request's buffer */
    host_close(host);
}

static void add_list_for_every_kind(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < TEST_CIPHERS * 2; i++) {
        test_host host;
        void *argument = &host;

        host_init(&host);
        host.cipher = &test_ciphers[i / 2];
        host.ip_version = i % 2 == 0 ? 4 : 6;
        host.esn = i % 2 != 0;
        if (test_cipher_available(host.cipher))
            add_is_one_list_of_two(&argument);
    }
}

static void ndis_6_30_adds_one_by_one(void **state)
{
    test_host host;
    uint32_t id;

    (void)state;
    host_init(&host);
    host.config.profile = SAO_PROFILE_NDIS_6_30;
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    host_open(&host);
    id = host_establish(&host, 0);
    assert_int_equal(host.fake.request_count, 2);
    for (uint32_t i = 0; i < 2; i++) {
        const sao_request *request = host.fake.requests[i].request;
        const IPSEC_OFFLOAD_V2_ADD_SA_EX *add = request->buffer;

        assert_int_equal(request->oid, ADD_EX);
        assert_int_equal(add->Header.Size, SAO_SIZEOF_ADD_SA_EX_REVISION_1);
        assert_int_equal(add->Flags, i == 0 ? IPSEC_OFFLOAD_V2_INBOUND : 0);
        assert_true(add->KeyOffset >= SAO_SIZEOF_ADD_SA_EX_REVISION_1);
        assert_true(add->KeyOffset + add->KeyLength <= request->buffer_length);
        check_security_association(&host, &add->SecAssoc[0], (const uint8_t *)add + add->KeyOffset,
                                   add->KeyLength, i == 0);
    }
    fake_complete(&host.fake, 1); /* in any order */
    host_expect_state(&host, id, SAO_ASSOCIATION_ADDING);
    fake_complete(&host.fake, 0);
    host_expect_state(&host, id, SAO_ASSOCIATION_OFFLOADED);
    host_close(&host);
}

/* Made by hand, so that every key has a length of its own. */
static void keys_lie_side_by_side(void **state) /* ADD-5, ADD-6, ADD-8 */
{
    static const IPSEC_OFFLOAD_V2_ALGORITHM_INFO none;
    static sao_association association;
    const IPSEC_OFFLOAD_V2_ADD_SA *add = &association.add[SAO_OUT].add_sa;
    const IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION *sa = add->SecAssoc;
    const uint8_t *keys = (const uint8_t *)add + offsetof(IPSEC_OFFLOAD_V2_ADD_SA, KeyData);
    sao_held_sa *esp = &association.half[SAO_OUT].sa[0];
    sao_held_sa *ah = &association.half[SAO_OUT].sa[1];
    sao_request request;

    (void)state;
    association.sa_count = 2;
    esp->sa.protocol = SAO_PROTOCOL_ESP;
    ah->sa.protocol = SAO_PROTOCOL_AH;
    memset(esp->keys.encryption, 0xE1, sizeof esp->keys.encryption);
    memset(esp->keys.authentication, 0xA2, sizeof esp->keys.authentication);
    memset(ah->keys.authentication, 0xB3, sizeof ah->keys.authentication);
    esp->keys.encryption_length = 32;
    esp->keys.authentication_length = 20;
    ah->keys.authentication_length = SAO_KEY_MAX;
    sao_transport_build_add(&association, sao_half_bit(SAO_OUT), false, &request);
    assert_ptr_equal(request.buffer, add);
    assert_int_equal(request.buffer_length, sizeof association.add[SAO_OUT]);
    assert_int_equal(add->NumExtHdrs, 2);
    assert_int_equal(sa[0].Operation, IPsecOffloadV2Esp);
    assert_int_equal(sa[1].Operation, IPsecOffloadV2Ah);
    assert_int_equal(add->KeyLength, 52 + SAO_KEY_MAX);
    assert_int_equal(sa[0].EncryptionAlgorithm.KeyOffsetBytes, 0);
    assert_int_equal(sa[0].AuthenticationAlgorithm.KeyOffsetBytes, 32);
    assert_int_equal(sa[1].AuthenticationAlgorithm.KeyOffsetBytes, 52);
    assert_memory_equal(&sa[1].EncryptionAlgorithm, &none, sizeof none);
    assert_memory_equal(keys, esp->keys.encryption, 32);
    assert_memory_equal(keys + 32, esp->keys.authentication, 20);
    assert_memory_equal(keys + 52, ah->keys.authentication, SAO_KEY_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(add_list_for_every_kind),
        cmocka_unit_test(ndis_6_30_adds_one_by_one),
        cmocka_unit_test(keys_lie_side_by_side),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
