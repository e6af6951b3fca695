// SPDX-License-Identifier: BSD-2-Clause
/*
 * driver_oid.c: NDIS's requests become the adapter's, and the results go back.
 *
 * An adapter's request brings the room for its own processing (OID-10). An NDIS request has only
 * two pointers to spare, so the room comes from a pool that is made when the driver starts: a
 * delete needs no memory (DEL-10), and a part of the pool is kept for deletes alone.
 */
#include "driver.h"

void driver_requests_init(driver *d)
{
    for (uint32_t i = 0; i < DRIVER_REQUESTS; i++) {
        d->requests[i].next_free = d->free_requests;
        d->free_requests = &d->requests[i];
    }
    d->free_count = DRIVER_REQUESTS;
}

static driver_request *take_request(driver *d, NDIS_OID oid)
{
    const bool is_delete = oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA;
    driver_request *request = NULL;

    ndis_acquire(&d->pool_lock);
    if (d->free_count > (is_delete ? 0u : DRIVER_REQUESTS_FOR_DELETES)) {
        request = d->free_requests;
        d->free_requests = request->next_free;
        d->free_count--;
    }
    ndis_release(&d->pool_lock);
    return request;
}

static void give_request(driver *d, driver_request *request)
{
    ndis_acquire(&d->pool_lock);
    request->next_free = d->free_requests;
    d->free_requests = request;
    d->free_count++;
    ndis_release(&d->pool_lock);
}

/* The results, back to where NDIS looks for them (REV-2). Ends the driver's request. */
static void hand_back(driver *d, driver_request *request)
{
    request->ndis->bytes_read = request->core.bytes_read;
    request->ndis->bytes_needed = request->core.bytes_needed;
    request->ndis->supported_revision = request->core.supported_revision;
    give_request(d, request);
}

NDIS_STATUS driver_oid_request(void *context, ndis_oid_request *request)
{
    driver *d = context;
    driver_request *mine;
    NDIS_STATUS status;

    if (request->oid == OID_PNP_SET_POWER)
        return driver_set_power(d, request);
    mine = take_request(d, request->oid);
    if (mine == NULL)
        return NDIS_STATUS_RESOURCES;
    sao_request_init(&mine->core, request->oid, request->buffer, request->buffer_length);
    mine->core.request_id = request->request_id;
    mine->core.context = mine;
    mine->ndis = request;

    status = sao_adapter_request(d->adapter, &mine->core);
    if (status == NDIS_STATUS_PENDING) {
        ndis_queue_dpc(d->ndis); /* there may be steps left that wait for nothing */
        return status;           /* `mine` may be gone by now: completed on another processor */
    }
    hand_back(d, mine);
    return status;
}

void driver_request_complete(void *host, sao_request *core)
{
    driver *d = host;
    driver_request *mine = core->context;
    ndis_oid_request *request = mine->ndis;
    const NDIS_STATUS status = core->status;

    hand_back(d, mine);
    ndis_direct_oid_request_complete(d->ndis, request, status);
}

void driver_cancel(void *context, const void *request_id)
{
    driver *d = context;

    sao_adapter_cancel(d->adapter, request_id);
    ndis_queue_dpc(d->ndis); /* what it found completes in the next polls */
}
