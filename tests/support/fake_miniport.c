// SPDX-License-Identifier: BSD-2-Clause
/* fake_miniport.c: see fake_miniport.h. */
#include "support/fake_miniport.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

void fake_init(fake_miniport *fake)
{
    memset(fake, 0, sizeof *fake);
    fake->last_handle = 0x1000;
}

/* ---- requests -------------------------------------------------------------------------- */

static void note_element(fake_request *record, NDIS_HANDLE handle, ULONG flags,
                         const IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION *sa)
{
    fake_element *element;

    assert_true(record->element_count < FAKE_ELEMENTS_MAX);
    element = &record->elements[record->element_count++];
    element->handle = handle;
    element->flags = flags;
    if (sa == NULL)
        return;
    element->operation = sa->Operation;
    element->spi = sa->Spi;
    element->sequence_high = sa->SequenceNumberHighOrder;
}

/* What ADD_SA and ADD_SA_EX have under the same names. */
#define NOTE_ADD(record, add)                                                                      \
    do {                                                                                           \
        note_element((record), NULL, (add)->Flags, &(add)->SecAssoc[0]);                           \
        (record)->elements[(record)->element_count - 1u].header_count = (add)->NumExtHdrs;         \
        (record)->elements[(record)->element_count - 1u].udp_esp = (add)->UdpEspEncapsulation;     \
    } while (0)

static void read_request(fake_request *record, const sao_request *request)
{
    const IPSEC_OFFLOAD_V2_ADD_SA *add = request->buffer;
    const IPSEC_OFFLOAD_V2_ADD_SA_EX *add_ex = request->buffer;
    const IPSEC_OFFLOAD_V2_DELETE_SA *delete_sa = request->buffer;
    const IPSEC_OFFLOAD_V2_UPDATE_SA *update = request->buffer;

    switch (request->oid) {
    case OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA:
        for (; add != NULL; add = add->Next)
            NOTE_ADD(record, add);
        break;
    case OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX:
        NOTE_ADD(record, add_ex);
        break;
    case OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA:
        for (; delete_sa != NULL; delete_sa = delete_sa->Next)
            note_element(record, delete_sa->OffloadHandle, 0, NULL);
        break;
    case OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA:
        note_element(record, update->OffloadHandle, 0, NULL);
        record->elements[0].operation = update->Operation;
        record->elements[0].spi = update->Spi;
        record->elements[0].sequence_high = update->SequenceNumberHighOrder;
        break;
    case OID_OFFLOAD_ENCAPSULATION:
        break;
    default:
        fail_msg("the transport sent an unknown OID");
    }
}

static NDIS_HANDLE handle_for(fake_miniport *fake, const fake_request *record, uint32_t position)
{
    if ((record->plan.status != NDIS_STATUS_SUCCESS && !record->plan.keep_handles) ||
        (record->plan.refuse & 1u << position) != 0)
        return NULL;
    if (record->plan.handle != NULL)
        return record->plan.handle;
    fake->last_handle += 0x10;
    return (NDIS_HANDLE)fake->last_handle;
}

static void hand_out(fake_miniport *fake, fake_request *record)
{
    IPSEC_OFFLOAD_V2_ADD_SA *add = record->request->buffer;

    if (record->oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX) {
        record->elements[0].handle = handle_for(fake, record, 0);
        ((IPSEC_OFFLOAD_V2_ADD_SA_EX *)record->request->buffer)->OffloadHandle =
            record->elements[0].handle;
    }
    if (record->oid != OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA)
        return;
    for (uint32_t i = 0; add != NULL; add = add->Next, i++) {
        record->elements[i].handle = handle_for(fake, record, i);
        add->OffloadHandle = record->elements[i].handle;
    }
}

static void finish(fake_miniport *fake, fake_request *record)
{
    hand_out(fake, record);
    record->request->status = record->plan.status;
    record->request->elements_done = record->plan.status == NDIS_STATUS_SUCCESS
                                         ? record->element_count
                                         : record->plan.elements_done;
}

static void complete(fake_miniport *fake, fake_request *record)
{
    finish(fake, record);
    fake->protocol.ops->request_complete(fake->protocol.context, record->request);
}

static NDIS_STATUS take_request(void *miniport, sao_request *request)
{
    fake_miniport *fake = miniport;
    fake_request *record;

    if (request->oid == OID_OFFLOAD_ENCAPSULATION && !fake->plan_encapsulation) {
        fake->encapsulations++;
        request->status = NDIS_STATUS_SUCCESS;
        return NDIS_STATUS_SUCCESS;
    }
    assert_true(fake->request_count < FAKE_REQUESTS_MAX);
    record = &fake->requests[fake->request_count++];
    record->request = request;
    record->oid = request->oid;
    read_request(record, request);
    if (fake->plans_used < fake->plans_made)
        record->plan = fake->plans[fake->plans_used++];
    if (fake->during_request != NULL)
        fake->during_request(fake, request);

    switch (record->plan.timing) {
    case FAKE_LATER:
        record->pending = true;
        return NDIS_STATUS_PENDING;
    case FAKE_INSIDE:
        complete(fake, record);
        return NDIS_STATUS_PENDING;
    case FAKE_TWICE:
        complete(fake, record);
        return record->plan.status;
    default:
        finish(fake, record);
        return record->plan.status;
    }
}

fake_plan *fake_next(fake_miniport *fake)
{
    assert_true(fake->plans_made < FAKE_REQUESTS_MAX);
    return &fake->plans[fake->plans_made++];
}

void fake_answer_next(fake_miniport *fake, fake_timing timing, NDIS_STATUS status)
{
    fake_plan *plan = fake_next(fake);

    plan->timing = timing;
    plan->status = status;
}

void fake_complete(fake_miniport *fake, uint32_t index)
{
    assert_true(index < fake->request_count);
    assert_true(fake->requests[index].pending);
    fake->requests[index].pending = false;
    complete(fake, &fake->requests[index]);
}

void fake_complete_with(fake_miniport *fake, uint32_t index, NDIS_STATUS status)
{
    fake->requests[index].plan.status = status;
    fake_complete(fake, index);
}

fake_request *fake_last(fake_miniport *fake)
{
    assert_true(fake->request_count > 0);
    return &fake->requests[fake->request_count - 1];
}

/* ---- packets --------------------------------------------------------------------------- */

static void finish_send(fake_miniport *fake, fake_send *record, NDIS_STATUS status)
{
    record->held = false;
    record->packet->status = status;
    fake->protocol.ops->send_complete(fake->protocol.context, record->packet);
}

static void take_send(void *miniport, sao_packet *packet)
{
    fake_miniport *fake = miniport;
    fake_send *record;

    assert_true(fake->send_count < FAKE_SENDS_MAX);
    assert_true(packet->length <= FAKE_FRAME_MAX);
    record = &fake->sends[fake->send_count++];
    record->packet = packet;
    record->held = true;
    record->handle = packet->ipsec.Transmit.OffloadHandle;
    record->tunnel = packet->tunnel.Transmit.TunnelHandle;
    record->header = packet->header;
    record->ip_offset = packet->ip_offset;
    record->length = packet->length;
    memcpy(record->bytes, packet->data, packet->length);
    if (!fake->hold_sends)
        finish_send(fake, record, fake->send_status);
}

void fake_finish_send(fake_miniport *fake, uint32_t index, NDIS_STATUS status)
{
    assert_true(index < fake->send_count);
    assert_true(fake->sends[index].held);
    finish_send(fake, &fake->sends[index], status);
}

fake_send *fake_last_send(fake_miniport *fake)
{
    assert_true(fake->send_count > 0);
    return &fake->sends[fake->send_count - 1];
}

static void take_back(void *miniport, sao_packet *packet)
{
    fake_miniport *fake = miniport;

    assert_ptr_equal(packet, &fake->indicated);
    fake->returns++;
}

void fake_indicate(fake_miniport *fake, const uint8_t *frame, size_t length, sao_oob_receive oob)
{
    assert_true(length <= FAKE_FRAME_MAX);
    memset(&fake->indicated, 0, sizeof fake->indicated);
    memcpy(fake->indicated_bytes, frame, length);
    fake->indicated.data = fake->indicated_bytes;
    fake->indicated.length = (uint32_t)length;
    fake->indicated.capacity = FAKE_FRAME_MAX;
    fake->indicated.id = ++fake->indications;
    sao_oob_set_receive(&fake->indicated.ipsec, oob);
    fake->protocol.ops->indicate(fake->protocol.context, &fake->indicated);
    assert_int_equal(fake->returns, fake->indications);
}

/* ---- life ------------------------------------------------------------------------------ */

static NDIS_STATUS take_life(void *miniport, sao_life_event event)
{
    fake_miniport *fake = miniport;

    fake->lives[event]++;
    if (fake->during_life != NULL)
        fake->during_life(fake, event);
    return fake->life_status[event];
}

static void take_cancel(void *miniport, const void *request_id)
{
    fake_miniport *fake = miniport;

    fake->cancels++;
    fake->last_cancel = request_id;
}

sao_miniport fake_interface(fake_miniport *fake)
{
    static const sao_miniport_ops ops = {
        .size = sizeof ops,
        .request = take_request,
        .send = take_send,
        .return_packet = take_back,
        .cancel = take_cancel,
        .life = take_life,
    };

    return (sao_miniport){&ops, fake};
}
