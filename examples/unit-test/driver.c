// SPDX-License-Identifier: BSD-2-Clause
/* driver.c: see driver.h. */
#include "driver.h"

#include <saoffload/oob.h>
#include <string.h>

#define IS(bug) (BUGGY_DRIVER == (bug))

#define SPI_AT (14u + 20u) /* MAC header, IPv4 header without options */

/* ---- handles --------------------------------------------------------------------------- */

static NDIS_HANDLE handle_of(const driver *d, const driver_bundle *bundle)
{
    const uintptr_t slot = (uintptr_t)(bundle - d->bundles) + 1u;

    if (IS(BUG_REUSES_HANDLES))
        return (NDIS_HANDLE)slot;
    return (NDIS_HANDLE)((uintptr_t)bundle->generation << 8 | slot);
}

/* NULL for a handle that names no bundle, or one that is being deleted. */
static driver_bundle *find_handle(driver *d, NDIS_HANDLE handle)
{
    const uintptr_t slot = (uintptr_t)handle & 0xFFu;
    driver_bundle *bundle;

    if (slot == 0 || slot > DRIVER_SLOTS)
        return NULL;
    bundle = &d->bundles[slot - 1u];
    return bundle->used && bundle->deleted_by == NULL && handle_of(d, bundle) == handle ? bundle
                                                                                        : NULL;
}

static void free_bundle(driver_bundle *bundle)
{
    const uint32_t generation = bundle->generation + 1u;

    memset(bundle, 0, sizeof *bundle);
    bundle->generation = generation;
}

/* ---- adding ---------------------------------------------------------------------------- */

static NDIS_HANDLE add_bundle(driver *d, const IPSEC_OFFLOAD_V2_ADD_SA *add)
{
    for (uint32_t i = 0; i < DRIVER_SLOTS; i++) {
        driver_bundle *bundle = &d->bundles[i];

        if (bundle->used)
            continue;
        bundle->used = true;
        bundle->inbound = (add->Flags & IPSEC_OFFLOAD_V2_INBOUND) != 0;
        bundle->spi = add->SecAssoc[0].Spi;
        return handle_of(d, bundle);
    }
    return NULL;
}

static NDIS_STATUS add_list(driver *d, const sao_request *request)
{
    NDIS_STATUS status = NDIS_STATUS_RESOURCES;

    for (IPSEC_OFFLOAD_V2_ADD_SA *add = request->buffer; add != NULL; add = add->Next) {
        add->OffloadHandle = add_bundle(d, add);
        if (add->OffloadHandle != NULL)
            status = NDIS_STATUS_SUCCESS;
    }
    return status;
}

/* ---- deleting -------------------------------------------------------------------------- */

/* Lets go of whatever this request has claimed. */
static void release_claims(driver *d, const sao_request *request)
{
    for (uint32_t i = 0; i < DRIVER_SLOTS; i++)
        if (d->bundles[i].deleted_by == request)
            d->bundles[i].deleted_by = NULL;
}

static void free_claims(driver *d, const sao_request *request)
{
    for (uint32_t i = 0; i < DRIVER_SLOTS; i++)
        if (d->bundles[i].deleted_by == request)
            free_bundle(&d->bundles[i]);
}

/* The list is checked while its bundles are claimed, so one that comes twice is found, and a cycle
 * ends. Nothing is freed before all of it is known to be good. */
static NDIS_STATUS claim_list(driver *d, sao_request *request)
{
    const IPSEC_OFFLOAD_V2_DELETE_SA *element = request->buffer;

    if (request->buffer_length < sizeof *element)
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    for (; element != NULL; element = element->Next) {
        driver_bundle *bundle = find_handle(d, element->OffloadHandle);

        if (element->Header.Type != NDIS_OBJECT_TYPE_DEFAULT ||
            element->Header.Size < sizeof *element)
            return NDIS_STATUS_INVALID_DATA;
        if (bundle == NULL)
            return NDIS_STATUS_INVALID_PARAMETER;
        bundle->deleted_by = request;
    }
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS delete_list(driver *d, sao_request *request)
{
    const NDIS_STATUS status =
        d->delete_count < DRIVER_SLOTS ? claim_list(d, request) : NDIS_STATUS_RESOURCES;

    if (status != NDIS_STATUS_SUCCESS) {
        if (IS(BUG_DELETES_GOOD_PART))
            free_claims(d, request);
        release_claims(d, request);
        return status;
    }
    d->deletes[d->delete_count++] = request;
    return NDIS_STATUS_PENDING;
}

static bool has_packets(const driver *d, const sao_request *request)
{
    for (uint32_t i = 0; i < DRIVER_SLOTS; i++)
        if (d->bundles[i].deleted_by == request && d->bundles[i].in_flight != 0)
            return true;
    return false;
}

static void complete(driver *d, sao_request *request, NDIS_STATUS status)
{
    request->status = status;
    d->protocol.ops->request_complete(d->protocol.context, request);
}

static bool completes_twice(const sao_request *request)
{
    return IS(BUG_COMPLETES_TWICE) &&
           ((const IPSEC_OFFLOAD_V2_DELETE_SA *)request->buffer)->Next != NULL;
}

static void finish_delete(driver *d, sao_request *request)
{
    const bool twice = completes_twice(request);

    free_claims(d, request);
    complete(d, request, NDIS_STATUS_SUCCESS);
    if (twice)
        complete(d, request, NDIS_STATUS_SUCCESS);
}

/* Off the list of those that pend, before it completes: that may bring the next DELETE. */
static void drop_delete(driver *d, uint32_t at)
{
    d->delete_count--;
    for (; at < d->delete_count; at++)
        d->deletes[at] = d->deletes[at + 1];
}

static void finish_deletes(driver *d)
{
    for (uint32_t i = 0; i < d->delete_count;) {
        sao_request *request = d->deletes[i];

        if (has_packets(d, request) && !IS(BUG_FREES_IN_FLIGHT)) {
            i++;
            continue;
        }
        drop_delete(d, i);
        finish_delete(d, request);
    }
}

static void cancel(void *miniport, const void *request_id)
{
    driver *d = miniport;

    for (uint32_t i = 0; request_id != NULL && i < d->delete_count;) {
        sao_request *request = d->deletes[i];

        if (request->request_id != request_id) {
            i++;
            continue;
        }
        drop_delete(d, i);
        release_claims(d, request);
        complete(d, request, NDIS_STATUS_REQUEST_ABORTED);
    }
}

static NDIS_STATUS take_request(void *miniport, sao_request *request)
{
    switch (request->oid) {
    case OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA:
        request->status = add_list(miniport, request);
        break;
    case OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA:
        request->status = delete_list(miniport, request);
        break;
    case OID_OFFLOAD_ENCAPSULATION:
        request->status = NDIS_STATUS_SUCCESS;
        break;
    default:
        request->status = NDIS_STATUS_NOT_SUPPORTED;
        break;
    }
    return request->status;
}

/* ---- packets --------------------------------------------------------------------------- */

static void fly(driver *d, sao_packet *packet, driver_bundle *bundle, bool inbound)
{
    d->flights[d->flight_count++] = (driver_flight){packet, bundle, inbound};
    if (bundle != NULL)
        bundle->in_flight++;
}

void driver_receive(driver *d, sao_packet *packet)
{
    driver_bundle *bundle = NULL;
    uint32_t spi = 0;

    if (d->flight_count == DRIVER_PACKETS)
        return; /* no room: it is lost */
    if (packet->length >= SPI_AT + sizeof spi)
        memcpy(&spi, packet->data + SPI_AT, sizeof spi);
    for (uint32_t i = 0; i < DRIVER_SLOTS; i++)
        if (d->bundles[i].used && d->bundles[i].inbound && d->bundles[i].spi == spi &&
            d->bundles[i].deleted_by == NULL)
            bundle = &d->bundles[i];
    fly(d, packet, bundle, true);
}

static void finish_send(driver *d, sao_packet *packet, NDIS_STATUS status)
{
    packet->status = status;
    d->protocol.ops->send_complete(d->protocol.context, packet);
}

static void send_packet(void *miniport, sao_packet *packet)
{
    NDIS_HANDLE handle = packet->ipsec.Transmit.OffloadHandle;
    driver_bundle *bundle = find_handle(miniport, handle);
    driver *d = miniport;

    if (handle != NULL && (bundle == NULL || bundle->inbound))
        finish_send(d, packet, NDIS_STATUS_FAILURE);
    else if (d->flight_count == DRIVER_PACKETS)
        finish_send(d, packet, NDIS_STATUS_RESOURCES);
    else
        fly(d, packet, bundle, false);
}

static void indicate(driver *d, sao_packet *packet, driver_bundle *bundle)
{
    sao_oob_receive oob = {.crypto_done = bundle != NULL && bundle->used};

    if (oob.crypto_done && ++bundle->received == d->wish_after) {
        oob.sa_delete_request = true;
        if (IS(BUG_FREES_ON_WISH))
            free_bundle(bundle);
    }
    sao_oob_set_receive(&packet->ipsec, oob);
    d->protocol.ops->indicate(d->protocol.context, packet);
}

static void give_back(void *miniport, sao_packet *packet)
{
    (void)miniport;
    (void)packet; /* it belongs to whoever gave it to driver_receive */
}

void driver_dpc(driver *d)
{
    if (IS(BUG_FREES_IN_FLIGHT))
        finish_deletes(d);
    while (d->flight_count > 0) {
        const driver_flight first = d->flights[0];

        d->flight_count--;
        memmove(&d->flights[0], &d->flights[1], d->flight_count * sizeof d->flights[0]);
        if (first.bundle != NULL && first.bundle->in_flight > 0)
            first.bundle->in_flight--;
        if (first.inbound)
            indicate(d, first.packet, first.bundle);
        else
            finish_send(d, first.packet, NDIS_STATUS_SUCCESS);
    }
    finish_deletes(d);
}

/* ---- the edge -------------------------------------------------------------------------- */

static NDIS_STATUS life(void *miniport, sao_life_event event)
{
    (void)miniport;
    (void)event;
    return NDIS_STATUS_SUCCESS;
}

void driver_init(driver *d, sao_protocol protocol)
{
    memset(d, 0, sizeof *d);
    d->protocol = protocol;
}

sao_miniport driver_miniport(driver *d)
{
    static const sao_miniport_ops ops = {.size = sizeof ops,
                                         .request = take_request,
                                         .cancel = cancel,
                                         .send = send_packet,
                                         .return_packet = give_back,
                                         .life = life};

    return (sao_miniport){&ops, d};
}
