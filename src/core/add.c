// SPDX-License-Identifier: BSD-2-Clause
/*
 * ADD_SA and ADD_SA_EX. The list is checked whole as a structure; then each element stands or
 * falls alone (ADD-2); when the hardware has answered for all, the bundles become live together
 * and are paired, and the request completes. Aborted before that, it leaves none: those that the
 * hardware has, or will have, become orphans.
 */
#include "core/element.h"
#include "core/engine.h"
#include "core/form.h"

enum { ADD_CHECK, ADD_GRANT, ADD_WAIT, ADD_PUBLISH, ADD_PAIR };

static bool is_ex(const sao_request *request)
{
    return request->oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX;
}

/* How many bytes from an element on belong to the caller, as far as that is known (OID-7). */
static size_t bytes_available(const sao_list *list, const void *element)
{
    uintptr_t offset = (uintptr_t)element - (uintptr_t)list->buffer;

    if (!list->strict && offset != 0)
        return SIZE_MAX;
    return list->buffer_length - (size_t)offset;
}

/* The next element of the list, NULL at its end, or what is wrong with it. */
static NDIS_STATUS next_element(sao_request *request, const void **at, sao_element *element)
{
    sao_list *list = &request->state.list;
    NDIS_STATUS status = sao_list_next(list, at);

    if (status != NDIS_STATUS_SUCCESS || *at == NULL)
        return status;
    return sao_element_read(*at, is_ex(request), bytes_available(list, *at), element);
}

/* ---- checking -------------------------------------------------------------------------- */

static sao_progress add_check(sao_adapter *adapter, sao_request *request)
{
    sao_list *list = &request->state.list;

    for (uint32_t i = 0; i < adapter->config.elements_per_step; i++) {
        const void *at;
        sao_element element;
        NDIS_STATUS status = next_element(request, &at, &element);

        if (status != NDIS_STATUS_SUCCESS)
            return sao_engine_finish(request, status);
        if (at == NULL) {
            sao_list_start(list, list->kind, list->buffer, list->buffer_length, list->strict);
            request->state.stage = ADD_GRANT;
            request->state.outcome = NDIS_STATUS_INVALID_DATA; /* until an element is refused */
            request->state.cursor = SAO_SLOT_NONE;             /* none is */
            return SAO_PROGRESS_MORE;
        }
        *element.handle_out = NULL; /* until it has succeeded (ADD-3) */
        request->state.elements++;
    }
    return SAO_PROGRESS_MORE;
}

/* ---- granting -------------------------------------------------------------------------- */

static void refuse_element(sao_adapter *adapter, sao_request *request, const sao_record *record,
                           uint32_t position, NDIS_STATUS status)
{
    adapter->bundles_refused++;
    if (position <= request->state.cursor) { /* the first of the list is the answer, if all fail */
        request->state.cursor = position;
        request->state.outcome = status;
    }
    sao_report(adapter, SAO_EVENT_BUNDLE_REFUSED, record, request, status, 0, position);
}

static NDIS_STATUS accept_element(const sao_adapter *adapter, const sao_element *element,
                                  sao_record *record)
{
    NDIS_IPSEC_OFFLOAD_V2 offered;
    sao_element_rules rules = {&offered, adapter->config.allow_unauthenticated};
    NDIS_STATUS status;

    sao_offload_config(adapter, &offered); /* ADD-4, CAP-4 */
    status = sao_element_accept(element, &rules, record);
    if (status == NDIS_STATUS_SUCCESS && record->bundle.inbound &&
        sao_index_taken(&adapter->index, record)) /* ADD-12 */
        return NDIS_STATUS_INVALID_PARAMETER;
    return status;
}

static void grant_element(sao_adapter *adapter, sao_request *request, const sao_element *element)
{
    uint32_t position = request->state.list.seen - 1u;
    sao_record *record = sao_bundle_allocate(adapter);
    NDIS_STATUS status;

    if (record == NULL) { /* ADD-4 */
        refuse_element(adapter, request, NULL, position, NDIS_STATUS_RESOURCES);
        return;
    }
    status = accept_element(adapter, element, record);
    if (status != NDIS_STATUS_SUCCESS) {
        refuse_element(adapter, request, NULL, position, status);
        sao_bundle_discard(adapter, record);
        return;
    }
    SAO_ATOMIC_STORE(&record->add_serial, request->state.serial);
    sao_engine_append(adapter, request, record);
    record->handle_out = element->handle_out;
    record->position = position;
    sao_bundle_enter(adapter, record);
    request->state.outstanding++;
    sao_operation_add(adapter, record);
}

/* The request went away while the hardware was at it. */
static void orphan_answered(sao_adapter *adapter, sao_record *record)
{
    if (record->in_hardware != 0)
        sao_bundle_orphan(adapter, record);
    else
        sao_bundle_free(adapter, record);
}

void sao_add_answered(sao_adapter *adapter, sao_record *record, NDIS_STATUS status)
{
    sao_request *request = record->request;

    if (status == NDIS_STATUS_SUCCESS)
        SAO_ATOMIC_STORE(&record->in_hardware, 1);
    if (request == NULL) {
        orphan_answered(adapter, record);
        return;
    }
    if (status == NDIS_STATUS_SUCCESS) {
        *record->handle_out = record->bundle.handle;
        request->elements_done++;
    } else {
        refuse_element(adapter, request, record, record->position, status);
        sao_bundle_free(adapter, record);
        sao_engine_drop(adapter, record);
    }
    sao_engine_answered(adapter, request);
}

static sao_progress add_grant(sao_adapter *adapter, sao_request *request)
{
    for (uint32_t i = 0; i < adapter->config.elements_per_step; i++) {
        const void *at;
        sao_element element;

        /* The list was good; should it have changed since, it ends where it no longer is. Who
         * overwrites a list, or lets it overlap itself, may find that nothing is left. */
        if (request->state.list.seen == request->state.elements ||
            next_element(request, &at, &element) != NDIS_STATUS_SUCCESS || at == NULL) {
            request->state.stage = ADD_WAIT;
            return SAO_PROGRESS_BACKEND;
        }
        grant_element(adapter, request, &element);
        if (request->state.aborted || sao_outage_frozen(adapter))
            return SAO_PROGRESS_MORE;
    }
    return SAO_PROGRESS_MORE;
}

/* ---- aborted --------------------------------------------------------------------------- */

/* Nobody has seen the handles yet: no packet and no request uses what goes here. */
static sao_progress add_abort(sao_adapter *adapter, sao_request *request)
{
    for (uint32_t i = 0; i < adapter->config.elements_per_step; i++) {
        sao_record *record = sao_engine_first(adapter, request);

        if (record == NULL) {
            request->elements_done = 0; /* ADD-2 */
            if (adapter->hidden_serial == 0)
                sao_engine_published(adapter); /* should this one's turn have come, it passes on */
            return sao_engine_finish(request, NDIS_STATUS_REQUEST_ABORTED);
        }
        *record->handle_out = NULL; /* ADD-3 */
        sao_engine_drop(adapter, record);
        adapter->bundles_aborted++;
        if (record->operation == 0) /* else its answer will tell where to go */
            sao_bundle_orphan(adapter, record);
    }
    return SAO_PROGRESS_MORE;
}

/* ---- going live ------------------------------------------------------------------------ */

/* From here packets could see one bundle of the list and not the next, so they see none of them
 * until all are live and the request completes (ADD-13). */
static sao_progress add_publish(sao_adapter *adapter, sao_request *request)
{
    uint32_t hidden = adapter->hidden_serial;

    if (request->elements_done == 0)
        return sao_engine_finish(request, request->state.outcome);
    if (hidden != 0 && hidden != request->state.serial)
        return sao_engine_wait_to_publish(adapter, request); /* another list is at it */
    if (hidden == 0) {
        SAO_ATOMIC_STORE(&adapter->hidden_serial, request->state.serial);
        request->state.stage = ADD_PUBLISH; /* until here it could be aborted */
        request->state.cursor = request->state.first_bundle;
    }
    for (uint32_t i = 0; i < adapter->config.elements_per_step; i++) {
        sao_record *record;

        if (request->state.cursor == SAO_SLOT_NONE) {
            request->state.stage = ADD_PAIR;
            request->state.cursor = request->state.first_bundle;
            return SAO_PROGRESS_MORE;
        }
        record = &adapter->records[request->state.cursor];
        request->state.cursor = record->request_next;
        sao_bundle_publish(adapter, record);
        sao_pairing_file(&adapter->pairing, sao_slot_of(adapter, record));
        adapter->bundles_added++;
        sao_report(adapter, SAO_EVENT_BUNDLE_ADDED, record, request, NDIS_STATUS_SUCCESS,
                   record->bundle.inbound ? 1 : 0, record->position);
    }
    return SAO_PROGRESS_MORE;
}

static void guess_pair(sao_adapter *adapter, sao_record *record)
{
    uint32_t other;

    if (!record->pairable)
        return;
    other = sao_pairing_guess(&adapter->pairing, sao_slot_of(adapter, record));
    if (other != SAO_SLOT_NONE)
        sao_bundle_join(adapter, record, &adapter->records[other], true);
}

static sao_progress add_pair(sao_adapter *adapter, sao_request *request)
{
    for (uint32_t i = 0; i < adapter->config.elements_per_step; i++) {
        sao_record *record;

        if (request->state.cursor == SAO_SLOT_NONE) {
            SAO_ATOMIC_STORE(&adapter->hidden_serial, 0);
            sao_engine_published(adapter);
            return sao_engine_finish(request, NDIS_STATUS_SUCCESS);
        }
        record = &adapter->records[request->state.cursor];
        request->state.cursor = record->request_next;
        record->request = NULL; /* from here a DELETE may name it */
        guess_pair(adapter, record);
    }
    return SAO_PROGRESS_MORE;
}

sao_progress sao_add_step(sao_adapter *adapter, sao_request *request)
{
    if (request->state.stage == ADD_CHECK) /* to its end, aborted or not: it clears the handles */
        return add_check(adapter, request);
    if (request->state.aborted && request->state.stage < ADD_PUBLISH)
        return add_abort(adapter, request); /* later, bundles of it may be live: too late */
    switch (request->state.stage) {
    case ADD_GRANT:
        return add_grant(adapter, request);
    case ADD_WAIT:
    case ADD_PUBLISH:
        return add_publish(adapter, request);
    default:
        return add_pair(adapter, request);
    }
}

/* ---- the canonical form ---------------------------------------------------------------- */

/* The elements that the walk has yet to read: the whole list while it is checked. */
static void write_elements(const sao_request *request, sao_canonical *writer)
{
    sao_request rest = *request;
    sao_list *list = &rest.state.list;
    NDIS_STATUS status;
    const void *at;
    sao_element element;

    if (request->state.stage == ADD_CHECK)
        sao_list_start(list, list->kind, list->buffer, list->buffer_length, list->strict);
    while ((status = next_element(&rest, &at, &element)) == NDIS_STATUS_SUCCESS && at != NULL &&
           (request->state.stage == ADD_CHECK || list->seen <= request->state.elements)) {
        sao_canonical_number(writer, 1);
        sao_element_form(&element, writer);
    }
    sao_canonical_number(writer, 0);
    sao_canonical_number(writer, (uint32_t)status);
}

void sao_add_form(const sao_adapter *adapter, const sao_request *request, sao_canonical *writer)
{
    const sao_request_state *state = &request->state;

    sao_canonical_number(writer, state->stage);
    if (state->stage <= ADD_GRANT) {
        sao_canonical_number(writer, state->list.seen);
        write_elements(request, writer);
    }
    /* The first that was refused; later how far publishing is, which the bundles show too. */
    if (adapter->hidden_serial != state->serial)
        sao_canonical_number(writer, state->cursor);
    /* While it pairs, those behind the cursor are not its own any more. */
    sao_form_chain(adapter, state->stage == ADD_PAIR ? state->cursor : state->first_bundle, writer);
}
