// SPDX-License-Identifier: BSD-2-Clause
/* rig_drive.c: what a test does to an adapter, and what it asks of it afterwards. */
#include "support/rig.h"

void rig_poison(rig_job *job)
{
    memset(&job->request.state, 0xEE, sizeof job->request.state);
}

/* ---- submitting ------------------------------------------------------------------------ */

rig_job *rig_submit(rig *r, NDIS_OID oid, rig_buffer buffer)
{
    return rig_submit_named(r, oid, buffer, NULL);
}

rig_job *rig_submit_named(rig *r, NDIS_OID oid, rig_buffer buffer, void *request_id)
{
    rig_job *job = calloc(1, sizeof *job);

    assert_non_null(job);
    job->rig = r;
    job->buffer = buffer;
    job->next = r->jobs;
    r->jobs = job;
    sao_request_init(&job->request, oid, buffer.bytes, buffer.length);
    job->request.context = job;
    job->request.request_id = request_id;
    job->answer = NDIS_STATUS_PENDING; /* a thread could complete it before the answer */
    job->answer = sao_adapter_request(r->adapter, &job->request);
    if (job->answer != NDIS_STATUS_PENDING) {
        assert_status(job->request.status, job->answer);
        rig_poison(job);
    }
    if (job->answer != NDIS_STATUS_PENDING || !r->threads)
        assert_int_equal(job->completions, 0); /* only after the call has returned */
    return job;
}

rig_job *rig_encapsulate(rig *r, uint32_t types)
{
    return rig_submit(r, OID_OFFLOAD_ENCAPSULATION, rig_build_encapsulation(types));
}

rig_job *rig_parameters(rig *r, uint8_t ipsec_v2)
{
    return rig_submit(r, OID_TCP_OFFLOAD_PARAMETERS, rig_build_parameters(ipsec_v2));
}

rig_job *rig_add(rig *r, const rig_spec *specs, uint32_t count)
{
    return rig_add_named(r, specs, count, NULL);
}

rig_job *rig_add_named(rig *r, const rig_spec *specs, uint32_t count, void *request_id)
{
    if (r->config.profile < SAO_PROFILE_NDIS_6_30)
        return rig_submit_named(r, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA,
                                rig_build_add(specs, count), request_id);
    assert_int_equal(count, 1);
    return rig_submit_named(r, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX, rig_build_add_ex(specs),
                            request_id);
}

rig_job *rig_delete(rig *r, const NDIS_HANDLE *handles, uint32_t count)
{
    return rig_submit(r, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, rig_build_delete(handles, count));
}

rig_job *rig_update(rig *r, NDIS_HANDLE handle, const rig_spec *spec, uint32_t sa, uint32_t high)
{
    return rig_submit(r, OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA,
                      rig_build_update(handle, spec, sa, high));
}

NDIS_STATUS rig_result(const rig_job *job)
{
    if (job->answer == NDIS_STATUS_PENDING && job->completions == 0)
        return NDIS_STATUS_PENDING;
    return job->request.status;
}

NDIS_HANDLE rig_handle(const rig_job *job, uint32_t i)
{
    if (job->request.oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX)
        return ((IPSEC_OFFLOAD_V2_ADD_SA_EX *)(void *)job->buffer.bytes)->OffloadHandle;
    return rig_add_element(job->buffer, i)->OffloadHandle;
}

NDIS_HANDLE rig_add_one(rig *r, rig_spec spec)
{
    rig_job *job = rig_add(r, &spec, 1);

    assert_status(job->answer, NDIS_STATUS_SUCCESS);
    assert_non_null(rig_handle(job, 0));
    return rig_handle(job, 0);
}

void rig_delete_one(rig *r, NDIS_HANDLE handle)
{
    assert_status(rig_delete(r, &handle, 1)->answer, NDIS_STATUS_SUCCESS);
}

/* ---- the adapter's life ---------------------------------------------------------------- */

NDIS_STATUS rig_life(rig *r, sao_life_event event)
{
    const NDIS_STATUS earlier = r->life_answer[event];
    NDIS_STATUS status;

    r->life_answer[event] = NDIS_STATUS_PENDING; /* a thread could complete it before the answer */
    status = sao_adapter_life(r->adapter, event);
    r->life_answer[event] = earlier == NDIS_STATUS_PENDING ? earlier : status;
    return status;
}

void rig_answer_life(rig *r, sao_life_event event, NDIS_STATUS status)
{
    assert_int_not_equal(r->lives[event].calls, 0);
    sao_adapter_backend_done(r->adapter, r->lives[event].ticket, status);
}

/* ---- the backend's later answers ------------------------------------------------------- */

uint32_t rig_calls_of(const rig *r, sao_backend_call kind)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < r->call_count; i++)
        count += r->calls[i].kind == kind ? 1u : 0u;
    return count;
}

rig_call *rig_last_call(rig *r, sao_backend_call kind)
{
    for (uint32_t i = r->call_count; i-- > 0;)
        if (r->calls[i].kind == kind)
            return &r->calls[i];
    fail_msg("the backend was not called");
    return NULL;
}

rig_call *rig_call_for(rig *r, sao_backend_call kind, NDIS_HANDLE handle)
{
    for (uint32_t i = 0; i < r->call_count; i++)
        if (r->calls[i].kind == kind && r->calls[i].handle == handle)
            return &r->calls[i];
    return NULL;
}

void rig_answer(rig *r, const rig_call *call, NDIS_STATUS status)
{
    assert_non_null(call);
    sao_adapter_backend_done(r->adapter, call->ticket, status);
}

void rig_answer_from(rig *r, uint32_t from, sao_backend_call kind, NDIS_STATUS status,
                     bool backwards)
{
    const uint32_t end = r->call_count;

    for (uint32_t i = from; i < end; i++) {
        const rig_call *call = &r->calls[backwards ? end - 1u - (i - from) : i];

        if (call->kind == kind)
            rig_answer(r, call, status);
    }
}

/* ---- packets --------------------------------------------------------------------------- */

sao_packet_info rig_packet(const rig_spec *spec)
{
    sao_packet_info info = {.source = rig_address(spec->ipv6, spec->source),
                            .destination = rig_address(spec->ipv6, spec->destination),
                            .header_count = (uint8_t)spec->count,
                            .ip_version = spec->ipv6 ? 6 : 4,
                            .udp_encapsulated = spec->udp_esp != 0,
                            .ip_length = 100,
                            .encapsulation = NDIS_ENCAPSULATION_IEEE_802_3};

    for (uint32_t i = 0; i < spec->count; i++) { /* the last SA stands outside (ADD-5) */
        const rig_sa_spec *sa = &spec->sa[spec->count - 1u - i];

        info.spi[i] = rig_network(sa->spi);
        info.protocol[i] = sa->operation == IPsecOffloadV2Esp ? SAO_PROTOCOL_ESP : SAO_PROTOCOL_AH;
    }
    return info;
}

sao_receive_action rig_receive(rig *r, uint32_t queue, const rig_spec *spec, sao_flight *flight)
{
    sao_packet_info info = rig_packet(spec);

    return sao_adapter_receive(r->adapter, queue, &info, flight);
}

NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO rig_finish(rig *r, uint32_t queue, sao_flight *flight)
{
    NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO oob;

    memset(&oob, 0, sizeof oob);
    if (flight->bundle != NULL)
        sao_adapter_receive_done(r->adapter, flight, CRYPTO_SUCCESS, 1, 100, &oob);
    sao_adapter_receive_indicated(r->adapter, flight);
    sao_adapter_receive_returned(r->adapter, queue);
    return oob;
}

bool rig_flows_in(rig *r, const rig_spec *spec, NDIS_HANDLE handle)
{
    sao_flight flight;
    bool processed = rig_receive(r, 0, spec, &flight) == SAO_RECEIVE_PROCESS;

    assert_int_equal(processed, flight.bundle != NULL);
    processed = processed && flight.bundle->handle == handle;
    (void)rig_finish(r, 0, &flight);
    return processed;
}

bool rig_flows_out(rig *r, const rig_spec *spec, NDIS_HANDLE handle)
{
    sao_packet_info info = rig_packet(spec);
    sao_flight flight;
    bool processed;

    if (sao_adapter_send(r->adapter, 0, &info, handle, NULL, &flight) != NDIS_STATUS_SUCCESS) {
        assert_null(flight.bundle);
        return false;
    }
    processed = flight.bundle != NULL; /* without a handle it is sent plain (TX-1) */
    assert_int_equal(processed, handle != NULL);
    assert_true(!processed || flight.bundle->handle == handle);
    sao_adapter_send_done(r->adapter, &flight);
    return processed;
}

/* ---- queries --------------------------------------------------------------------------- */

sao_bundle_state rig_state(rig *r, NDIS_HANDLE handle)
{
    sao_bundle_status status;

    if (sao_adapter_query(r->adapter, handle, NULL, &status) != NDIS_STATUS_SUCCESS)
        return SAO_BUNDLE_FREE;
    return status.state;
}

sao_bundle_status rig_status(rig *r, NDIS_HANDLE handle)
{
    sao_bundle_status status;

    assert_status(sao_adapter_query(r->adapter, handle, NULL, &status), NDIS_STATUS_SUCCESS);
    return status;
}

/* ---- events ---------------------------------------------------------------------------- */

void rig_clear(rig *r)
{
    r->event_count = 0;
    r->call_count = 0;
}

uint32_t rig_events(const rig *r, sao_event_type type)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < r->event_count; i++)
        count += r->events[i].type == (uint32_t)type ? 1u : 0u;
    return count;
}

static bool event_is(const sao_event *event, sao_event_type type, NDIS_HANDLE handle)
{
    return event->type == (uint32_t)type && event->handle == (uint64_t)(uintptr_t)handle;
}

uint32_t rig_events_of(const rig *r, sao_event_type type, NDIS_HANDLE handle)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < r->event_count; i++)
        count += event_is(&r->events[i], type, handle) ? 1u : 0u;
    return count;
}

int rig_event_at(const rig *r, sao_event_type type, NDIS_HANDLE handle)
{
    for (uint32_t i = 0; i < r->event_count; i++)
        if (event_is(&r->events[i], type, handle))
            return (int)i;
    return -1;
}

void rig_assert_events(const rig *r, NDIS_HANDLE handle, ...)
{
    uint32_t i = 0;
    uint32_t expected;
    va_list types;

    va_start(types, handle);
    do {
        expected = (uint32_t)va_arg(types, int);
        while (i < r->event_count && r->events[i].handle != (uint64_t)(uintptr_t)handle)
            i++;
        assert_string_equal(sao_event_name(i < r->event_count ? r->events[i].type : 0),
                            sao_event_name(expected));
        i++;
    } while (expected != 0);
    va_end(types);
}
