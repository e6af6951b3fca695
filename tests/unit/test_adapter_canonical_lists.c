// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_adapter_canonical_lists.c: of a request's buffer, what is still to be read is in an
 * adapter's canonical form, and nothing else.
 */
#include "core/adapter_state.h"
#include "support/fields.h"
#include "support/rig.h"

static void write_adapter(void *context, sao_canonical *writer)
{
    sao_adapter_canonical(context, writer);
}

static void what_is_left_of_a_list_shows(void **state)
{
    enum { COUNT = RIG_CAPACITY + 2 };
    rig *r = rig_create();
    rig_spec specs[COUNT];
    IPSEC_OFFLOAD_V2_ADD_SA *first, *last;
    IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION *sa;
    rig_job *job;
    fields f;

    (void)state;
    for (uint32_t i = 0; i < COUNT; i++)
        specs[i] = rig_inbound(1 + i);
    r->config.steps_per_submit = 1;
    r->config.elements_per_step = RIG_CAPACITY;
    rig_start(r);
    job = rig_add(r, specs, COUNT); /* its check has not come to the end */
    first = rig_add_element(job->buffer, 0);
    last = rig_add_element(job->buffer, COUNT - 1);
    sa = last->SecAssoc;
    f = fields_of(write_adapter, r->adapter);
    SHOWS(last->Flags, IPSEC_OFFLOAD_V2_IPv6);
    SHOWS(last->NumExtHdrs, 2);
    SHOWS(sa[0].Spi, 99);
    SHOWS(sa[0].Flags, 1);
    SHOWS(sa[0].Operation, IPsecOffloadV2Ah);
    SHOWS(sa[0].SequenceNumberHighOrder, 9);
    SHOWS(sa[0].EncryptionAlgorithm.Identifier, 9);
    SHOWS(sa[0].EncryptionAlgorithm.KeyLength, 9);
    SHOWS(sa[0].EncryptionAlgorithm.KeyOffsetBytes, 9);
    SHOWS(sa[0].EncryptionAlgorithm.AdditionalInfo, 9);
    SHOWS(sa[0].AuthenticationAlgorithm.Identifier, 9);
    SHOWS(last->Flags, 0x80000001);
    SHOWS(last->KeyLength, 40);
    SHOWS(((uint8_t *)last->KeyData)[0], 0x55);
    SHOWS(last->UdpEspEncapsulation, 9);
    SHOWS(last->IPv4Endpoints.SrcAddr, 9);
    SHOWS(last->IPv4Endpoints.DestAddr, 9);
    SHOWS(last->Header.Revision, 0);
    SHOWS(first->SecAssoc[0].Spi, 99); /* it will be read again */
    SHOWS(last->Next, (void *)first);
    SHOWS(job->request.state.list.seen, 1);

    rig_poll_steps(r, 2); /* the first step of granting is through */
    assert_int_equal(job->request.state.stage, 1);
    fields_again(&f);
    HIDDEN(first->SecAssoc[0].Spi, 99);
    SHOWS(sa[0].Spi, 99);
    rig_poll(r);

    {
        NDIS_HANDLE handles[RIG_CAPACITY + 1];

        for (uint32_t i = 0; i < RIG_CAPACITY; i++)
            handles[i] = rig_handle(job, i);
        handles[RIG_CAPACITY] = handles[0];
        job = rig_delete(r, handles, RIG_CAPACITY + 1);
        fields_again(&f);
        HIDDEN(rig_delete_element(job->buffer, 0)->OffloadHandle, NULL);
        SHOWS(rig_delete_element(job->buffer, RIG_CAPACITY)->OffloadHandle, NULL);
        SHOWS(rig_delete_element(job->buffer, RIG_CAPACITY)->OffloadHandle, handles[1]);
        SHOWS(sao_record_of(r->adapter, handles[0])->element,
              rig_delete_element(job->buffer, RIG_CAPACITY)); /* a cycle */
        rig_poll(r);
        assert_status(rig_result(job), NDIS_STATUS_INVALID_PARAMETER);
    }
    print_message("%u fields\n", (unsigned)f.count);
    rig_halt(r);
    rig_destroy(r);
}

/* A request that waits in front of its only step: an outage came from another thread. */
static void what_a_single_element_says_shows(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_with_esn(rig_inbound(1), 0);
    NDIS_HANDLE handle = rig_add_one(r, in);
    rig_job *job;
    fields f = fields_of(write_adapter, r->adapter);

    (void)state;
    r->adapter->outage.stage = 2; /* it waits for the hardware */
    job = rig_update(r, handle, &in, 0, 5);
    fields_again(&f);
    SHOWS(((IPSEC_OFFLOAD_V2_UPDATE_SA *)(void *)job->buffer.bytes)->OffloadHandle, NULL);
    SHOWS(((IPSEC_OFFLOAD_V2_UPDATE_SA *)(void *)job->buffer.bytes)->Spi, 99);
    SHOWS(((IPSEC_OFFLOAD_V2_UPDATE_SA *)(void *)job->buffer.bytes)->Operation, IPsecOffloadV2Ah);
    SHOWS(((IPSEC_OFFLOAD_V2_UPDATE_SA *)(void *)job->buffer.bytes)->SequenceNumberHighOrder, 99);
    SHOWS(((IPSEC_OFFLOAD_V2_UPDATE_SA *)(void *)job->buffer.bytes)->Header.Revision, 0);
    job = rig_encapsulate(r, NDIS_ENCAPSULATION_IEEE_802_3);
    fields_again(&f);
    SHOWS(((NDIS_OFFLOAD_ENCAPSULATION *)(void *)job->buffer.bytes)->IPv6.Enabled, 99);
    job = rig_parameters(r, NDIS_OFFLOAD_PARAMETERS_IPSECV2_ESP_ENABLED);
    fields_again(&f);
    SHOWS(((NDIS_OFFLOAD_PARAMETERS *)(void *)job->buffer.bytes)->IPsecV2, 99);
    SHOWS(((NDIS_OFFLOAD_PARAMETERS *)(void *)job->buffer.bytes)->IPsecV2IPv4, 99);
    SHOWS(((NDIS_OFFLOAD_PARAMETERS *)(void *)job->buffer.bytes)->Header.Revision, 0);
    r->adapter->outage.stage = 0;
    print_message("%u fields\n", (unsigned)f.count);
    rig_poll(r);
    rig_halt(r);
    rig_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_left_of_a_list_shows),
        cmocka_unit_test(what_a_single_element_says_shows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
