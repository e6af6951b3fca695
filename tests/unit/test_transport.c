// SPDX-License-Identifier: BSD-2-Clause
/* The transport's offload: what it adds, deletes and updates, when, and what it notices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/transport_internal.h"
#include "support/host.h"

#define ADD OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA
#define ADD_EX OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX
#define DELETE OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA
#define UPDATE OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA

static void expect_state(const test_host *host, uint32_t id, sao_association_state state)
{
    assert_int_equal(sao_transport_state(host->transport, id), state);
}

/* Exactly so many requests so far, and the last one is this. */
static void expect_last(test_host *host, uint32_t count, NDIS_OID oid)
{
    assert_int_equal(host->fake.request_count, count);
    assert_int_equal(fake_last(&host->fake)->oid, oid);
}

static NDIS_HANDLE handle_of(const test_host *host, uint32_t request, uint32_t element)
{
    return host->fake.requests[request].elements[element].handle;
}

static void expect_delete_of(test_host *host, uint32_t count, NDIS_HANDLE handle)
{
    expect_last(host, count, DELETE);
    assert_int_equal(fake_last(&host->fake)->element_count, 1);
    assert_ptr_equal(fake_last(&host->fake)->elements[0].handle, handle);
}

/* ---- adding ---------------------------------------------------------------------------- */

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
    expect_last(host, 1, ADD);
    expect_state(host, id, SAO_ASSOCIATION_ADDING);
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
    expect_state(host, id, SAO_ASSOCIATION_OFFLOADED);
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
    expect_state(&host, id, SAO_ASSOCIATION_ADDING);
    fake_complete(&host.fake, 0);
    expect_state(&host, id, SAO_ASSOCIATION_OFFLOADED);
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
    assert_ptr_equal(fake_last_send(&host.fake)->handle, handle_of(&host, 0, 1));
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
    expect_state(&host, id, SAO_ASSOCIATION_SOFTWARE);
    assert_int_equal(host_counters(&host).bundles, 1);
    assert_int_equal(host_counters(&host).bundles_refused, 1);
    host_receive_opened(&host, false); /* the inbound one is in use */
    host_send(&host, id);
    assert_null(fake_last_send(&host.fake)->handle);

    assert_int_equal(sao_transport_poll(host.transport, HOST_RETRY_AFTER - 1), HOST_RETRY_AFTER);
    assert_int_equal(host.fake.request_count, 1);
    assert_int_equal(sao_transport_poll(host.transport, HOST_RETRY_AFTER), UINT64_MAX);
    expect_last(&host, 2, ADD);
    assert_int_equal(fake_last(&host.fake)->element_count, 1);
    assert_int_equal(fake_last(&host.fake)->elements[0].flags, 0);
    expect_state(&host, id, SAO_ASSOCIATION_OFFLOADED);
    assert_int_equal(host_counters(&host).retries, 1);
    host_send(&host, id);
    assert_ptr_equal(fake_last_send(&host.fake)->handle, handle_of(&host, 1, 0));
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
        (void)sao_transport_poll(host.transport, now);
    count = host.fake.request_count;
    assert_in_range(count, 3, 12);
    assert_int_equal(sao_transport_poll(host.transport, 1000), UINT64_MAX);
    expect_state(&host, second, SAO_ASSOCIATION_SOFTWARE);

    host.fake.plans_used = host.fake.plans_made;
    sao_transport_retire(host.transport, first);
    expect_state(&host, second, SAO_ASSOCIATION_OFFLOADED);
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
        expect_state(&host, id, SAO_ASSOCIATION_SOFTWARE);
        (void)sao_transport_poll(host.transport, HOST_RETRY_AFTER);
        expect_state(&host, id, SAO_ASSOCIATION_OFFLOADED);
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
    expect_last(&host, 2, ADD);
    assert_int_equal(fake_last(&host.fake)->element_count, 1);
    assert_int_equal(fake_last(&host.fake)->elements[0].flags, IPSEC_OFFLOAD_V2_INBOUND);
    assert_int_equal(host_counters(&host).bundles, 3);

    /* What is being deleted still counts. */
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    sao_transport_retire(host.transport, first);
    expect_delete_of(&host, 3, handle_of(&host, 0, 0));
    assert_int_equal(host_counters(&host).bundles, 3);
    fake_complete(&host.fake, 2); /* makes room for one; the outbound delete follows at once */
    assert_int_equal(host.fake.requests[3].oid, DELETE);
    expect_last(&host, 5, ADD);
    assert_int_equal(fake_last(&host.fake)->elements[0].flags, 0);
    expect_state(&host, first, SAO_ASSOCIATION_UNKNOWN);
    expect_state(&host, second, SAO_ASSOCIATION_OFFLOADED);
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
    const NDIS_HANDLE in = handle_of(&host, 0, 0);
    const NDIS_HANDLE out = handle_of(&host, 0, 1);

    (void)state;
    (void)sao_transport_poll(host.transport, 1000);
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    host_receive_opened(&host, true);
    assert_int_equal(host.delivered, 1);
    expect_delete_of(&host, 2, in);
    expect_state(&host, id, SAO_ASSOCIATION_DELETING);

    host_receive_opened(&host, true); /* in flight; the wish is known already */
    host_receive_untouched(&host);    /* no violation: its delete has been submitted */
    host_send(&host, id);
    assert_ptr_equal(fake_last_send(&host.fake)->handle, out);
    assert_int_equal(host.fake.request_count, 2);

    fake_complete(&host.fake, 1);
    expect_delete_of(&host, 3, out);
    host_send(&host, id);
    assert_null(fake_last_send(&host.fake)->handle);
    host_receive_untouched(&host);
    assert_int_equal(sao_transport_poll(host.transport, 1003), UINT64_MAX);

    fake_complete(&host.fake, 2);
    expect_state(&host, id, SAO_ASSOCIATION_SOFTWARE);
    assert_int_equal(host_counters(&host).bundles, 0);
    assert_int_equal(sao_transport_poll(host.transport, 1003), 1003 + HOST_AGAIN_AFTER);
    assert_int_equal(sao_transport_poll(host.transport, 1002 + HOST_AGAIN_AFTER),
                     1003 + HOST_AGAIN_AFTER);
    assert_int_equal(host.fake.request_count, 3);
    (void)sao_transport_poll(host.transport, 1003 + HOST_AGAIN_AFTER);
    expect_last(&host, 4, ADD);
    expect_state(&host, id, SAO_ASSOCIATION_OFFLOADED);
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
    expect_delete_of(&host, 2, handle_of(&host, 0, 0));
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
    (void)sao_transport_poll(host.transport, HOST_RETRY_AFTER);
    expect_last(&host, 2, ADD);
    host_receive_opened(&host, true);
    expect_delete_of(&host, 3, handle_of(&host, 0, 0));
    expect_state(&host, id, SAO_ASSOCIATION_DELETING);
    fake_complete(&host.fake, 1);
    expect_delete_of(&host, 4, handle_of(&host, 1, 0));
    expect_state(&host, id, SAO_ASSOCIATION_SOFTWARE);
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
        const NDIS_HANDLE in = handle_of(&host, 0, 0);

        (void)sao_transport_poll(host.transport, 50);
        for (int n = 0; n < 2; n++)
            fake_answer_next(&host.fake, refusals[i].timing, refusals[i].status);
        host_receive_opened(&host, true);
        expect_delete_of(&host, 2, in);
        host_receive_opened(&host, true); /* it lives on, and its handle too */
        assert_int_equal(host.fake.request_count, 2);
        host_send(&host, id);
        assert_ptr_equal(fake_last_send(&host.fake)->handle, handle_of(&host, 0, 1));
        assert_int_equal(sao_transport_poll(host.transport, 51), 50 + HOST_RETRY_AFTER);
        (void)sao_transport_poll(host.transport, 50 + HOST_RETRY_AFTER);
        expect_delete_of(&host, 3, in);
        (void)sao_transport_poll(host.transport, 50 + 2 * HOST_RETRY_AFTER);
        expect_delete_of(&host, 5, handle_of(&host, 0, 1)); /* in again, then out */
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
    expect_delete_of(&host, 3, handle_of(&host, 0, 1)); /* on to the outbound one */
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
        (void)sao_transport_poll(host.transport, now);
    assert_int_equal(host.fake.request_count, 6);
    (void)sao_transport_poll(host.transport, 5);
    expect_last(&host, 9, ADD); /* two deletes, and the add again */
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
    expect_delete_of(&host, 2, handle_of(&host, 0, 0));
    expect_state(&host, id, SAO_ASSOCIATION_RETIRING);
    assert_int_equal(sao_transport_send(host.transport, id, (const uint8_t *)"E", 1),
                     NDIS_STATUS_INVALID_PARAMETER);
    host_receive_opened(&host, true); /* still accepted; the wish changes nothing */
    assert_int_equal(host.delivered, 1);
    fake_complete(&host.fake, 1);
    expect_delete_of(&host, 3, handle_of(&host, 0, 1));
    fake_complete(&host.fake, 2);
    expect_state(&host, id, SAO_ASSOCIATION_UNKNOWN);
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
    expect_state(&host, id, SAO_ASSOCIATION_UNKNOWN);
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
    assert_ptr_equal(fake_last_send(&host.fake)->handle, handle_of(&host, 0, 1));
    host_send(&host, id); /* the first of the new one */
    assert_null(fake_last_send(&host.fake)->handle);
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    (void)sao_transport_poll(host.transport, 1);
    expect_last(&host, 2, UPDATE);
    update = fake_last(&host.fake);
    assert_ptr_equal(update->elements[0].handle, handle_of(&host, 0, 1));
    assert_int_equal(update->elements[0].sequence_high, 1);
    assert_int_equal(update->elements[0].spi, host_association(&host, 0).outbound.spi);
    expect_state(&host, id, SAO_ASSOCIATION_OFFLOADED);
    host_send(&host, id); /* the NIC does not know yet */
    assert_null(fake_last_send(&host.fake)->handle);
    fake_complete(&host.fake, 1);
    host_send(&host, id);
    assert_ptr_equal(fake_last_send(&host.fake)->handle, handle_of(&host, 0, 1));
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
    expect_last(&host, 2, UPDATE);
    assert_ptr_equal(fake_last(&host.fake)->elements[0].handle, handle_of(&host, 0, 0));
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
    (void)sao_transport_poll(host.transport, 1);
    assert_int_equal(host.fake.request_count, 4); /* the update, two deletes */
    (void)sao_transport_poll(host.transport, 1 + HOST_AGAIN_AFTER);
    expect_last(&host, 5, ADD);
    assert_int_equal(fake_last(&host.fake)->elements[0].sequence_high, 0);
    assert_int_equal(fake_last(&host.fake)->elements[1].sequence_high, 1);
    host_send(&host, id);
    assert_ptr_equal(fake_last_send(&host.fake)->handle, handle_of(&host, 4, 1));
    host_close(&host);
}

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
        expect_delete_of(&host, 3, handle_of(&host, 0, 1)); /* the bundle counts as gone */
        expect_state(&host, id, SAO_ASSOCIATION_SOFTWARE);
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
    expect_state(&host, id, SAO_ASSOCIATION_OFFLOADED);
    host_receive_opened(&host, true);
    expect_state(&host, id, SAO_ASSOCIATION_SOFTWARE);
    assert_int_equal(host.fake.request_count, 3);
    host_close(&host);

    host_init(&host);
    host.config.profile = SAO_PROFILE_NDIS_6_30;
    for (int i = 0; i < 2; i++)
        fake_answer_next(&host.fake, FAKE_INSIDE, NDIS_STATUS_SUCCESS);
    host_open(&host);
    expect_state(&host, host_establish(&host, 0), SAO_ASSOCIATION_OFFLOADED);
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
    expect_state(&host, id, SAO_ASSOCIATION_SOFTWARE);
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
    expect_state(&host, id, SAO_ASSOCIATION_SOFTWARE);
    assert_int_equal(host_counters(&host).bundles, 1); /* the other one */
    host_close(&host);
}

static void two_bundles_with_one_handle_are_noticed(void **state) /* DEL-8 */
{
    test_host host;

    (void)state;
    (void)host_start(&host);
    fake_next(&host.fake)->handle = handle_of(&host, 0, 0);
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
    const NDIS_HANDLE old = handle_of(&host, 0, 0);

    (void)state;
    host_receive_opened(&host, true);
    (void)fake_next(&host.fake);
    host.fake.plans[host.fake.plans_made - 1].refuse = 2;
    host.fake.plans[host.fake.plans_made - 1].handle = old;
    (void)sao_transport_poll(host.transport, HOST_AGAIN_AFTER);
    host_expect_violation(&host, "DEL-8");
    host_receive_opened(&host, true); /* nobody else's, so it is used, and deleted */
    expect_delete_of(&host, 5, old);
    expect_state(&host, id, SAO_ASSOCIATION_SOFTWARE);
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
    expect_state(&host, id, SAO_ASSOCIATION_UNKNOWN);
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
    expect_delete_of(&host, 2, handle_of(&host, 0, 0));
    assert_int_equal(host_counters(&host).associations, 0);
    host_close(&host);
}

/* ---- bad input ------------------------------------------------------------------------- */

typedef void spoil(sao_transport_config *config);

static void spoil_size(sao_transport_config *config)
{
    config->size--;
}

static void spoil_provider(sao_transport_config *config)
{
    config->provider = NULL;
}

static void spoil_deliver(sao_transport_config *config)
{
    config->hooks.deliver = NULL;
}

static void spoil_miniport(sao_transport_config *config)
{
    config->miniport.ops = NULL;
}

static void spoil_operation(sao_transport_config *config)
{
    static sao_miniport_ops ops;

    ops = *config->miniport.ops;
    ops.return_packet = NULL;
    config->miniport.ops = &ops;
}

static void spoil_profile(sao_transport_config *config)
{
    config->profile = (sao_profile)700;
}

static void spoil_associations(sao_transport_config *config)
{
    config->associations = 0;
}

static void spoil_packets(sao_transport_config *config)
{
    config->packets = UINT32_MAX;
}

static void spoil_capacity(sao_transport_config *config)
{
    config->packet_capacity = 20;
}

static void bad_configurations_are_refused(void **state)
{
    static spoil *const spoils[] = {spoil_size,         spoil_provider,  spoil_deliver,
                                    spoil_miniport,     spoil_operation, spoil_profile,
                                    spoil_associations, spoil_packets,   spoil_capacity};
    static max_align_t memory[4096];

    (void)state;
    for (size_t i = 0; i < sizeof spoils / sizeof spoils[0]; i++) {
        sao_transport *transport = NULL;
        const char *problem = NULL;
        test_host host;

        host_init(&host);
        spoils[i](&host.config);
        assert_int_equal(sao_transport_size(&host.config), 0);
        assert_int_equal(
            sao_transport_init(memory, sizeof memory, &host.config, &transport, &problem),
            NDIS_STATUS_INVALID_PARAMETER);
        assert_non_null(problem);
        assert_null(transport);
    }
    assert_int_equal(sao_transport_size(NULL), 0);
}

static void bad_memory_is_refused(void **state)
{
    static max_align_t memory[4096];
    sao_transport *transport;
    const char *problem;
    test_host host;
    size_t size;

    (void)state;
    host_init(&host);
    size = sao_transport_size(&host.config);
    assert_true(size < sizeof memory);
    assert_int_equal(sao_transport_init(memory, size - 1, &host.config, &transport, &problem),
                     NDIS_STATUS_RESOURCES);
    assert_non_null(problem);
    assert_int_equal(
        sao_transport_init((uint8_t *)memory + 1, size, &host.config, &transport, NULL),
        NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(sao_transport_init(NULL, size, &host.config, &transport, &problem),
                     NDIS_STATUS_INVALID_PARAMETER);
}

static void bad_associations_are_refused(void **state)
{
    test_host host;
    sao_transport_association association;
    uint32_t id;

    (void)state;
    host_init(&host);
    host_open(&host);

    association = host_association(&host, 0);
    association.outbound.spi = 0;
    assert_int_equal(sao_transport_establish(host.transport, &association, &id),
                     NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(id, SAO_ASSOCIATION_NONE);
    association = host_association(&host, 0);
    association.inbound.encryption_key = NULL;
    assert_int_equal(sao_transport_establish(host.transport, &association, &id),
                     NDIS_STATUS_INVALID_PARAMETER);
    association = host_association(&host, 0);
    association.ip_version = 5;
    assert_int_equal(sao_transport_establish(host.transport, &association, &id),
                     NDIS_STATUS_INVALID_PARAMETER);
    association = host_association(&host, 0);
    association.encryption = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_256;
    association.authentication = IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256;
    assert_int_equal(sao_transport_establish(host.transport, &association, &id),
                     NDIS_STATUS_NOT_SUPPORTED);
    assert_false(host_memory_holds(&host, host_key(false), 32)); /* nothing half done */
    assert_int_equal(host_counters(&host).associations, 0);
    assert_int_equal(host.fake.request_count, 0);

    (void)host_establish(&host, 0);
    association = host_association(&host, 0); /* the same inbound SPI again (ADD-12) */
    assert_int_equal(sao_transport_establish(host.transport, &association, &id),
                     NDIS_STATUS_INVALID_PARAMETER);
    for (uint32_t i = 1; i < host.config.associations; i++)
        (void)host_establish(&host, i);
    association = host_association(&host, 9);
    assert_int_equal(sao_transport_establish(host.transport, &association, &id),
                     NDIS_STATUS_RESOURCES);
    expect_state(&host, 12345, SAO_ASSOCIATION_UNKNOWN);
    expect_state(&host, SAO_ASSOCIATION_NONE, SAO_ASSOCIATION_UNKNOWN);
    assert_int_equal(sao_transport_sent(host.transport, SAO_ASSOCIATION_NONE), 0);
    host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(add_list_for_every_kind),
        cmocka_unit_test(ndis_6_30_adds_one_by_one),
        cmocka_unit_test(keys_lie_side_by_side),
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
        cmocka_unit_test(another_answer_to_a_delete_is_noticed),
        cmocka_unit_test(a_completion_of_nothing_is_noticed),
        cmocka_unit_test(a_completion_within_the_call_is_none_too_early),
        cmocka_unit_test(a_success_without_handles_is_noticed),
        cmocka_unit_test(a_failure_with_a_handle_is_noticed),
        cmocka_unit_test(two_bundles_with_one_handle_are_noticed),
        cmocka_unit_test(a_handle_that_comes_back_is_noticed),
        cmocka_unit_test(a_miniport_may_call_from_within_a_request),
        cmocka_unit_test(what_is_retired_meanwhile_is_not_added),
        cmocka_unit_test(bad_configurations_are_refused),
        cmocka_unit_test(bad_memory_is_refused),
        cmocka_unit_test(bad_associations_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
