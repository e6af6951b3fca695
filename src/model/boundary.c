// SPDX-License-Identifier: BSD-2-Clause
/*
 * boundary.c: passes calls on between transport and miniport, and records each.
 *
 * What goes down is recorded before it goes, what comes up before it arrives; after that the
 * packet or request belongs to the other side and is not touched again.
 */
#include <saoffload/boundary.h>

static sao_event new_event(const sao_boundary *boundary, sao_event_type type)
{
    sao_event event;

    SAO_MEMSET(&event, 0, sizeof event);
    event.time = boundary->time;
    event.type = (uint32_t)type;
    event.adapter = boundary->tag;
    return event;
}

static void record(const sao_boundary *boundary, const sao_event *event)
{
    boundary->event(boundary->event_context, event);
}

static void record_life(const sao_boundary *boundary, sao_event_type type, sao_life_event life,
                        NDIS_STATUS status)
{
    sao_event event = new_event(boundary, type);

    event.code = (uint32_t)life;
    event.status = status;
    record(boundary, &event);
}

static uint64_t handle_bits(const void *handle)
{
    return (uint64_t)(uintptr_t)handle;
}

/* ---- requests -------------------------------------------------------------------------- */

static void record_delete_list(const sao_boundary *boundary, const sao_request *request)
{
    sao_event event = new_event(boundary, SAO_EVENT_SUBMIT_ELEMENT);
    const void *element;
    sao_list list;

    event.request = request->id;
    sao_list_start(&list, &sao_list_delete_sa, request->buffer, request->buffer_length,
                   boundary->strict_lists);
    while (sao_list_next(&list, &element) == NDIS_STATUS_SUCCESS && element != NULL) {
        const IPSEC_OFFLOAD_V2_DELETE_SA *sa = (const IPSEC_OFFLOAD_V2_DELETE_SA *)element;

        event.handle = handle_bits(sa->OffloadHandle);
        record(boundary, &event);
        event.value++;
    }
}

static void record_submit(const sao_boundary *boundary, const sao_request *request)
{
    sao_event event = new_event(boundary, SAO_EVENT_SUBMIT);

    event.request = request->id;
    event.code = request->oid;
    event.value = request->buffer_length;
    record(boundary, &event);
    if (request->oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA)
        record_delete_list(boundary, request);
}

static void record_add_result(const sao_boundary *boundary, uint64_t request, uint32_t position,
                              NDIS_HANDLE handle, uint32_t flags, uint32_t spi)
{
    sao_event event = new_event(boundary, SAO_EVENT_RESULT_ELEMENT);

    event.request = request;
    event.value = position;
    event.handle = handle_bits(handle);
    event.code = flags;
    event.extra = spi;
    record(boundary, &event);
}

static void record_add_list(const sao_boundary *boundary, const sao_request *request)
{
    const bool extended = request->oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX;
    const uint64_t name = request->id;
    const void *element;
    sao_list list;

    sao_list_start(&list, extended ? &sao_list_add_sa_ex : &sao_list_add_sa, request->buffer,
                   request->buffer_length, boundary->strict_lists);
    for (uint32_t position = 0;
         sao_list_next(&list, &element) == NDIS_STATUS_SUCCESS && element != NULL; position++) {
        if (extended) {
            const IPSEC_OFFLOAD_V2_ADD_SA_EX *sa = (const IPSEC_OFFLOAD_V2_ADD_SA_EX *)element;

            record_add_result(boundary, name, position, sa->OffloadHandle, sa->Flags,
                              sa->SecAssoc[0].Spi);
        } else {
            const IPSEC_OFFLOAD_V2_ADD_SA *sa = (const IPSEC_OFFLOAD_V2_ADD_SA *)element;

            record_add_result(boundary, name, position, sa->OffloadHandle, sa->Flags,
                              sa->SecAssoc[0].Spi);
        }
    }
}

/* What a request that is over gave back. */
static void record_results(const sao_boundary *boundary, const sao_request *request)
{
    if (request->oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA ||
        request->oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX)
        record_add_list(boundary, request);
}

static NDIS_STATUS pass_request(void *context, sao_request *request)
{
    sao_boundary *boundary = (sao_boundary *)context;
    sao_event event = new_event(boundary, SAO_EVENT_ANSWER);
    NDIS_STATUS status;

    request->id = ++boundary->requests;
    event.request = request->id; /* a pending one may be over, and gone, before its answer is */
    event.code = request->oid;
    record_submit(boundary, request);
    status = boundary->miniport.ops->request(boundary->miniport.context, request);
    if (status != NDIS_STATUS_PENDING)
        record_results(boundary, request);
    event.status = status;
    record(boundary, &event);
    return status;
}

static void pass_request_complete(void *context, sao_request *request)
{
    sao_boundary *boundary = (sao_boundary *)context;
    sao_event event = new_event(boundary, SAO_EVENT_COMPLETE);

    record_results(boundary, request);
    event.request = request->id;
    event.code = request->oid;
    event.status = request->status;
    event.value = request->elements_done;
    record(boundary, &event);
    boundary->protocol.ops->request_complete(boundary->protocol.context, request);
}

static void pass_cancel(void *context, const void *request_id)
{
    sao_boundary *boundary = (sao_boundary *)context;
    sao_event event = new_event(boundary, SAO_EVENT_CANCEL);

    event.extra = handle_bits(request_id);
    record(boundary, &event);
    boundary->miniport.ops->cancel(boundary->miniport.context, request_id);
}

/* ---- packets --------------------------------------------------------------------------- */

static sao_event packet_event(const sao_boundary *boundary, sao_event_type type,
                              const sao_packet *packet)
{
    sao_event event = new_event(boundary, type);

    event.packet = packet->id;
    event.value = sao_packet_size(packet);
    return event;
}

static void pass_send(void *context, sao_packet *packet)
{
    sao_boundary *boundary = (sao_boundary *)context;
    sao_event event = packet_event(boundary, SAO_EVENT_SEND, packet);

    event.handle = handle_bits(packet->ipsec.Transmit.OffloadHandle);
    record(boundary, &event);
    boundary->miniport.ops->send(boundary->miniport.context, packet);
}

static void pass_send_complete(void *context, sao_packet *packet)
{
    sao_boundary *boundary = (sao_boundary *)context;
    sao_event event = packet_event(boundary, SAO_EVENT_SEND_COMPLETE, packet);

    event.status = packet->status;
    record(boundary, &event);
    boundary->protocol.ops->send_complete(boundary->protocol.context, packet);
}

static void pass_indicate(void *context, sao_packet *packet)
{
    sao_boundary *boundary = (sao_boundary *)context;
    sao_event event = packet_event(boundary, SAO_EVENT_INDICATE, packet);

    /* The whole word, not its known fields: reserved bits show in the record as well. */
    SAO_MEMCPY(&event.code, &packet->ipsec, sizeof event.code);
    record(boundary, &event);
    boundary->protocol.ops->indicate(boundary->protocol.context, packet);
}

static void pass_return(void *context, sao_packet *packet)
{
    sao_boundary *boundary = (sao_boundary *)context;
    const sao_event event = packet_event(boundary, SAO_EVENT_RETURN, packet);

    record(boundary, &event);
    boundary->miniport.ops->return_packet(boundary->miniport.context, packet);
}

/* ---- the adapter's life ---------------------------------------------------------------- */

static NDIS_STATUS pass_life(void *context, sao_life_event event)
{
    sao_boundary *boundary = (sao_boundary *)context;
    NDIS_STATUS status;

    record_life(boundary, SAO_EVENT_LIFE, event, NDIS_STATUS_PENDING);
    status = boundary->miniport.ops->life(boundary->miniport.context, event);
    record_life(boundary, SAO_EVENT_LIFE_ANSWER, event, status);
    return status;
}

static void pass_life_complete(void *context, sao_life_event event, NDIS_STATUS status)
{
    sao_boundary *boundary = (sao_boundary *)context;

    record_life(boundary, SAO_EVENT_LIFE_COMPLETE, event, status);
    boundary->protocol.ops->life_complete(boundary->protocol.context, event, status);
}

static void pass_current_config(void *context, const NDIS_IPSEC_OFFLOAD_V2 *config)
{
    sao_boundary *boundary = (sao_boundary *)context;
    sao_event event = new_event(boundary, SAO_EVENT_CURRENT_CONFIG);

    event.code = (config->Ah ? 1u : 0u) | (config->Esp ? 2u : 0u);
    record(boundary, &event);
    boundary->protocol.ops->current_config(boundary->protocol.context, config);
}

/* ---- the two faces --------------------------------------------------------------------- */

static const sao_miniport_ops miniport_ops = {
    .size = sizeof(sao_miniport_ops),
    .request = pass_request,
    .cancel = pass_cancel,
    .send = pass_send,
    .return_packet = pass_return,
    .life = pass_life,
};

static const sao_protocol_ops protocol_ops = {
    .size = sizeof(sao_protocol_ops),
    .request_complete = pass_request_complete,
    .send_complete = pass_send_complete,
    .indicate = pass_indicate,
    .life_complete = pass_life_complete,
    .current_config = pass_current_config,
};

void sao_boundary_init(sao_boundary *boundary, sao_miniport miniport, sao_protocol protocol,
                       uint32_t tag, sao_event_hook *event, void *event_context)
{
    SAO_MEMSET(boundary, 0, sizeof *boundary);
    boundary->miniport = miniport;
    boundary->protocol = protocol;
    boundary->event = event;
    boundary->event_context = event_context;
    boundary->tag = tag;
}

void sao_boundary_set_time(sao_boundary *boundary, uint64_t now)
{
    boundary->time = now;
}

sao_miniport sao_boundary_miniport(sao_boundary *boundary)
{
    const sao_miniport miniport = {&miniport_ops, boundary};

    return miniport;
}

sao_protocol sao_boundary_protocol(sao_boundary *boundary)
{
    const sao_protocol protocol = {&protocol_ops, boundary};

    return protocol;
}
