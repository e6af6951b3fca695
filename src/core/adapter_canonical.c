// SPDX-License-Identifier: BSD-2-Clause
/*
 * adapter_canonical.c: the canonical form of an adapter.
 *
 * Bundles are written in an order that comes from what they are, not from where they lie. Two that
 * are alike in everything that the order looks at (outbound ones may be) keep the order of their
 * slots: then one situation may have two forms, but no two situations one.
 */
#include "core/form.h"
#include "core/outage.h"

/* ---- the order of bundles -------------------------------------------------------------- */

static int compare_numbers(uint32_t a, uint32_t b)
{
    return a < b ? -1 : a > b ? 1 : 0;
}

static int compare_sas(const sao_bundle_sa *a, const sao_bundle_sa *b)
{
    int order = compare_numbers(a->protocol, b->protocol);

    if (order == 0)
        order = SAO_MEMCMP(&a->spi, &b->spi, sizeof a->spi);
    if (order == 0)
        order = compare_numbers(a->encryption, b->encryption);
    if (order == 0)
        order = compare_numbers(a->authentication, b->authentication);
    if (order == 0)
        order = compare_numbers(a->esn, b->esn);
    if (order == 0)
        order = compare_numbers(a->sequence_high, b->sequence_high);
    return order;
}

static int compare_bundles(const sao_bundle *a, const sao_bundle *b)
{
    int order = compare_numbers(b->inbound, a->inbound);

    if (order == 0)
        order = compare_numbers(a->ip_version, b->ip_version);
    if (order == 0)
        order = SAO_MEMCMP(&a->source, &b->source, sizeof a->source);
    if (order == 0)
        order = SAO_MEMCMP(&a->destination, &b->destination, sizeof a->destination);
    if (order == 0)
        order = compare_numbers(a->udp_esp, b->udp_esp);
    if (order == 0)
        order = compare_numbers(a->sa_count, b->sa_count);
    for (uint32_t i = 0; order == 0 && i < a->sa_count; i++)
        order = compare_sas(&a->sa[i], &b->sa[i]);
    return order;
}

static int compare_records(const sao_adapter *adapter, const sao_record *a, const sao_record *b)
{
    int order = compare_bundles(&a->bundle, &b->bundle);

    if (order == 0)
        order = compare_numbers(a->state, b->state);
    if (order == 0)
        order = compare_numbers(a->operation, b->operation);
    if (order == 0)
        order = compare_numbers(a->in_hardware, b->in_hardware);
    if (order == 0)
        order = compare_numbers(a->pair == SAO_SLOT_NONE, b->pair == SAO_SLOT_NONE);
    if (order == 0 && a->pair != SAO_SLOT_NONE && a->pair != b->pair)
        order =
            compare_bundles(&adapter->records[a->pair].bundle, &adapter->records[b->pair].bundle);
    return order != 0 ? order : compare_numbers(sao_slot_of(adapter, a), sao_slot_of(adapter, b));
}

/* The bundle that follows in order; the first for NULL; NULL at the end. */
static const sao_record *next_bundle(const sao_adapter *adapter, const sao_record *after)
{
    const sao_record *next = NULL;

    for (uint32_t slot = 0; slot < adapter->handles.slot_count; slot++) {
        const sao_record *record = &adapter->records[slot];

        if (sao_handle_in_use(&adapter->handles, slot) &&
            (after == NULL || compare_records(adapter, after, record) < 0) &&
            (next == NULL || compare_records(adapter, record, next) < 0))
            next = record;
    }
    return next;
}

/* ---- bundles --------------------------------------------------------------------------- */

void sao_form_slot(const sao_adapter *adapter, uint32_t slot, sao_canonical *writer)
{
    sao_canonical_handle(writer,
                         slot != SAO_SLOT_NONE ? adapter->records[slot].bundle.handle : NULL);
}

void sao_form_chain(const sao_adapter *adapter, uint32_t first, sao_canonical *writer)
{
    for (uint32_t slot = first; slot != SAO_SLOT_NONE; slot = adapter->records[slot].request_next)
        sao_form_slot(adapter, slot, writer);
    sao_canonical_number(writer, 0);
}

static void write_sa(const sao_bundle_sa *sa, sao_canonical *writer)
{
    sao_canonical_number(writer, sa->protocol);
    sao_canonical_bytes(writer, &sa->spi, sizeof sa->spi);
    sao_canonical_number(writer, sa->encryption);
    sao_canonical_number(writer, sa->authentication);
    sao_canonical_number(writer, sa->icv_length);
    sao_canonical_number(writer, sa->esn);
    sao_canonical_number(writer, sa->sequence_high);
    sao_canonical_key(writer, sa->encryption_key, sa->encryption_key_length);
    sao_canonical_key(writer, sa->authentication_key, sa->authentication_key_length);
}

void sao_form_bundle(const sao_bundle *bundle, sao_canonical *writer)
{
    sao_canonical_number(writer, bundle->inbound);
    sao_canonical_number(writer, bundle->ip_version);
    sao_canonical_bytes(writer, &bundle->source, sizeof bundle->source);
    sao_canonical_bytes(writer, &bundle->destination, sizeof bundle->destination);
    sao_canonical_number(writer, bundle->udp_esp);
    sao_canonical_number(writer, bundle->sa_count);
    for (uint32_t i = 0; i < bundle->sa_count; i++)
        write_sa(&bundle->sa[i], writer);
}

static void write_queue(const sao_request_queue *queue, sao_canonical *writer)
{
    for (const sao_request *request = queue->first; request != NULL;
         request = request->state.queue_next)
        sao_canonical_pointer(writer, request);
    sao_canonical_number(writer, 0);
}

static void write_ticket(const sao_adapter *adapter, uint32_t index, uint32_t serial,
                         sao_canonical *writer)
{
    sao_ticket ticket;

    ticket.index = index;
    ticket.serial = serial;
    sao_canonical_ticket(writer, adapter, ticket);
}

/* What the hardware is at, and what waits for it. */
static void write_operations(const sao_adapter *adapter, const sao_record *record,
                             sao_canonical *writer)
{
    uint32_t slot = sao_slot_of(adapter, record);

    sao_canonical_number(writer, record->operation);
    if (record->operation != 0)
        write_ticket(adapter, slot, record->operation_serial, writer);
    sao_canonical_number(writer, record->restoring);
    sao_canonical_pointer(writer, record->turn);
    write_queue(&record->blocked, writer);
    for (uint32_t i = 0; i < record->bundle.sa_count; i++) {
        sao_canonical_number(writer, record->confirmed_high[i]);
        sao_canonical_number(writer, record->updates[i]);
    }
    write_ticket(adapter, slot, record->update_serial, writer);
    if (record->update_serial == 0)
        return;
    sao_canonical_number(writer, record->update_sa);
    sao_canonical_number(writer, record->update_high);
}

/* Its ADD is just making its bundles live. */
static bool is_hidden(const sao_adapter *adapter, const sao_record *record)
{
    return adapter->hidden_serial != 0 && record->add_serial == adapter->hidden_serial;
}

static void write_pair(const sao_adapter *adapter, const sao_record *record, sao_canonical *writer)
{
    uint32_t slot = sao_slot_of(adapter, record);

    sao_form_slot(adapter, record->pair, writer);
    sao_canonical_number(writer, record->pair != SAO_SLOT_NONE && record->pair_guessed);
    sao_canonical_handle(writer, record->former_pair);
    sao_canonical_number(writer, record->former_pair != NULL && record->former_pair_wished);
    sao_canonical_number(writer, record->pairable);
    /* Who was filed first matters while its ADD looks for pairs, and at no other time. */
    for (uint32_t view = 0; is_hidden(adapter, record) && view < SAO_PAIR_VIEWS; view++)
        sao_canonical_number(writer, sao_pairing_leads(&adapter->pairing, slot, view));
}

static bool is_adding(const sao_record *record)
{
    return record->request != NULL &&
           (record->request->oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA ||
            record->request->oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX);
}

static void write_record(const sao_adapter *adapter, const sao_record *record,
                         sao_canonical *writer)
{
    sao_form_bundle(&record->bundle, writer);
    sao_canonical_number(writer, record->state);
    sao_canonical_number(writer, is_hidden(adapter, record));
    sao_canonical_number(writer, record->in_hardware);
    sao_canonical_number(writer, record->wish);
    sao_canonical_number(writer, record->wished);
    sao_canonical_pointer(writer, record->request);
    sao_canonical_number(writer, is_adding(record) ? record->position + 1u : 0);
    write_operations(adapter, record, writer);
    write_pair(adapter, record, writer);
}

/* First all names, in order: whatever is written after that can refer to any bundle. */
static void write_bundles(const sao_adapter *adapter, sao_canonical *writer)
{
    const sao_record *record = NULL;

    while ((record = next_bundle(adapter, record)) != NULL)
        sao_canonical_handle(writer, record->bundle.handle);
    sao_canonical_number(writer, 0);
    while ((record = next_bundle(adapter, record)) != NULL)
        write_record(adapter, record, writer);
    sao_form_chain(adapter, adapter->first_orphan, writer);
}

/* Which slot each bundle has, and which come next. */
static void write_slots(const sao_adapter *adapter, sao_canonical *writer)
{
    const sao_handle_table *handles = &adapter->handles;

    for (uint32_t slot = 0; slot < handles->slot_count; slot++)
        sao_form_slot(adapter, sao_handle_in_use(handles, slot) ? slot : SAO_SLOT_NONE, writer);
    for (uint32_t slot = handles->free_head; slot != SAO_SLOT_NONE;
         slot = handles->slots[slot].next_free)
        sao_canonical_number(writer, slot);
}

/* ---- requests -------------------------------------------------------------------------- */

static void write_request(const sao_adapter *adapter, const sao_request *request,
                          sao_canonical *writer)
{
    sao_canonical_pointer(writer, request);
    sao_canonical_number(writer, request->oid);
    sao_canonical_name(writer, SAO_NAME_ID, adapter, (uint64_t)(uintptr_t)request->request_id);
    sao_canonical_number(writer, request->buffer_length);
    sao_canonical_number(writer, request->elements_done);
    sao_canonical_number(writer, (uint32_t)request->state.outcome);
    sao_canonical_number(writer, request->state.outstanding);
    sao_canonical_number(writer, request->state.waiting);
    sao_canonical_number(writer, request->state.aborted);
    switch (request->oid) {
    case OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA:
        sao_delete_form(adapter, request, writer);
        break;
    case OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA:
        sao_update_form(adapter, request, writer);
        break;
    case OID_TCP_OFFLOAD_PARAMETERS:
    case OID_OFFLOAD_ENCAPSULATION:
        sao_offload_form(adapter, request, writer);
        break;
    default:
        sao_add_form(adapter, request, writer);
        break;
    }
}

/* Youngest first, as the adapter goes through them, and where they wait. */
static void write_requests(const sao_adapter *adapter, sao_canonical *writer)
{
    for (const sao_request *request = adapter->requests; request != NULL;
         request = request->state.next)
        write_request(adapter, request, writer);
    sao_canonical_number(writer, 0);
    write_queue(&adapter->ready, writer);
    write_queue(&adapter->publishing, writer);
    write_queue(&adapter->graced, writer);
}

/* ---- packets --------------------------------------------------------------------------- */

void sao_form_grace(const sao_adapter *adapter, uint32_t period, sao_canonical *writer)
{
    sao_canonical_number(
        writer, sao_grace_over(&adapter->grace, period) ? 0u : period - adapter->grace.completed);
}

/* Which of the two phases is which does not matter, but for which one is now. */
static void write_grace(const sao_adapter *adapter, sao_canonical *writer)
{
    const sao_grace *grace = &adapter->grace;

    sao_form_grace(adapter, grace->wanted, writer);
    sao_canonical_number(writer, grace->begun);
    sao_canonical_number(writer, grace->flipped);
    for (uint32_t i = 0; i < grace->queue_count; i++) {
        const sao_queue *queue = sao_grace_queue(grace, i);

        sao_canonical_number(writer, queue->flights[grace->phase]);
        sao_canonical_number(writer, queue->flights[grace->phase ^ 1u]);
        sao_canonical_number(writer, queue->held);
    }
}

/* The bundle that a packet uses, if it does, with the high halves that it was looked up with. */
static void write_use(const sao_bundle *bundle, const uint32_t *high, sao_canonical *writer)
{
    sao_canonical_handle(writer, bundle != NULL ? bundle->handle : NULL);
    for (uint32_t i = 0; bundle != NULL && i < bundle->sa_count; i++)
        sao_canonical_number(writer, high[i]);
}

void sao_adapter_canonical_flight(const sao_adapter *adapter, const sao_flight *flight,
                                  sao_canonical *writer)
{
    sao_canonical_number(writer, flight->queue);
    sao_canonical_number(writer, flight->state);
    if (flight->state != 0)
        sao_canonical_number(writer, flight->phase ^ adapter->grace.phase);
    write_use(flight->bundle, flight->sequence_high, writer);
    write_use(flight->tunnel, flight->tunnel_high, writer);
}

/* ---- the adapter ----------------------------------------------------------------------- */

static void write_capabilities(const NDIS_IPSEC_OFFLOAD_V2 *capabilities, sao_canonical *writer)
{
    sao_canonical_number(writer, capabilities->Encapsulation);
    sao_canonical_number(writer, capabilities->IPv6Supported);
    sao_canonical_number(writer, capabilities->IPv4Options);
    sao_canonical_number(writer, capabilities->IPv6NonIPsecExtensionHeaders);
    sao_canonical_number(writer, capabilities->Ah);
    sao_canonical_number(writer, capabilities->Esp);
    sao_canonical_number(writer, capabilities->AhEspCombined);
    sao_canonical_number(writer, capabilities->Transport);
    sao_canonical_number(writer, capabilities->Tunnel);
    sao_canonical_number(writer, capabilities->TransportTunnelCombined);
    sao_canonical_number(writer, capabilities->LsoSupported);
    sao_canonical_number(writer, capabilities->ExtendedSequenceNumbers);
    sao_canonical_number(writer, capabilities->UdpEsp);
    sao_canonical_number(writer, capabilities->AuthenticationAlgorithms);
    sao_canonical_number(writer, capabilities->EncryptionAlgorithms);
    sao_canonical_number(writer, capabilities->SaOffloadCapacity);
}

static void write_config(const sao_adapter_config *config, sao_canonical *writer)
{
    write_capabilities(&config->capabilities, writer);
    sao_canonical_number(writer, (uint32_t)config->profile);
    sao_canonical_number(writer, config->queues);
    sao_canonical_number(writer, config->elements_per_step);
    sao_canonical_number(writer, config->steps_per_submit);
    sao_canonical_number(writer, config->strict_lists);
    sao_canonical_number(writer, config->allow_unauthenticated);
}

static void write_life(const sao_adapter *adapter, sao_canonical *writer)
{
    const sao_life *life = &adapter->life;

    sao_canonical_number(writer, adapter->state);
    sao_canonical_number(writer, adapter->service);
    sao_canonical_number(writer, adapter->enabled);
    sao_canonical_number(writer, adapter->encapsulation[0]);
    sao_canonical_number(writer, adapter->encapsulation[1]);
    sao_canonical_number(writer, adapter->halting);
    sao_canonical_number(writer, adapter->calls);
    sao_canonical_number(writer, adapter->completing);
    sao_canonical_number(writer, life->entered);
    sao_canonical_number(writer, life->owed);
    sao_canonical_number(writer, life->over);
    sao_canonical_number(writer, life->pausing);
    for (uint32_t i = 0; i < SAO_LIFE_EVENTS; i++) {
        write_ticket(adapter, SAO_LIFE_INDEX + i, life->serial[i], writer);
        if ((life->over >> i & 1u) != 0)
            sao_canonical_number(writer, (uint32_t)life->outcome[i]);
    }
}

void sao_adapter_canonical(sao_adapter *adapter, sao_canonical *writer)
{
    sao_lock(adapter);
    write_config(&adapter->config, writer);
    write_bundles(adapter, writer);
    write_life(adapter, writer);
    sao_outage_form(adapter, writer);
    write_requests(adapter, writer);
    write_grace(adapter, writer);
    if (writer->exact || adapter->config.elements_per_step < adapter->handles.slot_count)
        write_slots(adapter, writer);
    sao_unlock(adapter);
}
