// SPDX-License-Identifier: BSD-2-Clause
/*
 * transport_answer.c: what a request's answer, or its completion, means for the bundles.
 *
 * Nothing is submitted here; what follows from an answer is transport_offload.c's to see.
 */
#include "model/transport_internal.h"

void sao_transport_set_half_state(sao_transport *transport, sao_half *half, sao_half_state state)
{
    if (half->state == SAO_HALF_SOFTWARE && state != SAO_HALF_SOFTWARE)
        transport->counters.bundles++;
    if (half->state != SAO_HALF_SOFTWARE && state == SAO_HALF_SOFTWARE)
        transport->counters.bundles--;
    half->state = state;
}

uint64_t sao_transport_retry_time(const sao_transport *transport)
{
    const uint64_t delay = transport->config.retry_after;

    return sao_later(transport->now, delay > 0 ? delay : 1u);
}

/* The half whose bundle has this handle, or else one whose former bundle had it. */
static const sao_half *half_with_handle(const sao_transport *transport, NDIS_HANDLE handle)
{
    const sao_half *former = NULL;

    for (uint32_t i = 0; i < transport->config.associations; i++) {
        const sao_association *association = &transport->associations[i];

        for (uint32_t direction = 0; association->in_use && direction < SAO_HALVES; direction++) {
            const sao_half *half = &association->half[direction];

            if (half->handle != handle)
                continue;
            if (sao_half_has_bundle(half))
                return half;
            former = half;
        }
    }
    return former;
}

/* May this handle of a successful add be used? */
static bool accept_handle(sao_transport *transport, NDIS_HANDLE handle)
{
    const sao_half *other = half_with_handle(transport, handle);

    if (other == NULL)
        return true;
    sao_transport_violation(transport, "DEL-8", "an added bundle has the handle of another one");
    return !sao_half_has_bundle(other);
}

static void finish_added_half(sao_transport *transport, sao_association *association,
                              uint32_t direction, NDIS_STATUS status)
{
    const bool extended = transport->config.profile == SAO_PROFILE_NDIS_6_30;
    const NDIS_HANDLE handle = sao_transport_added_handle(association, direction, extended);
    sao_half *half = &association->half[direction];

    SAO_WIPE(&association->add[direction], sizeof association->add[direction]);
    if (status != NDIS_STATUS_SUCCESS && handle != NULL)
        sao_transport_violation(transport, "ADD-3", "a refused add left a handle");
    if (status == NDIS_STATUS_SUCCESS && handle != NULL && accept_handle(transport, handle)) {
        half->handle = handle;
        half->live_since = transport->now;
        transport->counters.bundles_added++;
        sao_transport_set_half_state(transport, half, SAO_HALF_LIVE);
        return;
    }
    transport->counters.bundles_refused++;
    sao_transport_set_half_state(transport, half, SAO_HALF_SOFTWARE);
}

static bool is_final_refusal(NDIS_STATUS status)
{
    switch (status) {
    case NDIS_STATUS_SUCCESS:
    case NDIS_STATUS_PENDING:
    case NDIS_STATUS_NOT_ACCEPTED:
    case NDIS_STATUS_REQUEST_ABORTED:
    case NDIS_STATUS_RESET_IN_PROGRESS:
    case NDIS_STATUS_RESOURCES:
    case NDIS_STATUS_FAILURE:
        return false;
    default:
        return true; /* the request itself was found wrong, or is not supported */
    }
}

static void finish_add(sao_transport *transport, sao_association *association, uint32_t covers,
                       NDIS_STATUS status)
{
    const uint64_t added = transport->counters.bundles_added;
    const uint64_t refused = transport->counters.bundles_refused;

    for (uint32_t direction = 0; direction < SAO_HALVES; direction++)
        if ((covers & sao_half_bit(direction)) != 0)
            finish_added_half(transport, association, direction, status);

    if (status == NDIS_STATUS_SUCCESS && transport->counters.bundles_added == added)
        sao_transport_violation(transport, "ADD-3", "an add succeeded without a usable handle");
    if (transport->counters.bundles_refused == refused) {
        association->add_tries = 0;
        return;
    }
    association->add_tries++;
    association->add_at = sao_transport_retry_time(transport);
    association->offload_impossible = is_final_refusal(status);
}

/* A bundle went, so whoever found no room may try again. */
static void note_room(sao_transport *transport)
{
    for (uint32_t i = 0; i < transport->config.associations; i++)
        transport->associations[i].add_tries = 0;
}

/* Did this answer end the bundle? Whatever it may not be does: it cannot be relied on. */
static bool delete_ended(sao_transport *transport, const sao_half *half, NDIS_STATUS status,
                         bool immediate)
{
    if (status == NDIS_STATUS_SUCCESS)
        return true;
    if (status == NDIS_STATUS_REQUEST_ABORTED)
        return half->request.elements_done >= 1; /* DEL-9 */
    if (status == NDIS_STATUS_NOT_ACCEPTED && immediate)
        return false;
    if (immediate)
        sao_transport_violation(transport, "DEL-4", "a delete was answered with another status");
    else if (status != NDIS_STATUS_PENDING) /* that one is OID-3, and reported already */
        sao_transport_violation(transport, "DEL-5", "a delete completed with another status");
    return true;
}

static void finish_delete(sao_transport *transport, sao_association *association, sao_half *half,
                          NDIS_STATUS status, bool immediate)
{
    if (delete_ended(transport, half, status, immediate)) {
        transport->counters.bundles_deleted++;
        association->delete_tries = 0;
        association->delete_at = 0;
        sao_transport_set_half_state(transport, half, SAO_HALF_SOFTWARE);
        note_room(transport);
        return;
    }
    /* Alive, but it may have been out of reach for a while: see check_untouched. */
    half->live_since = transport->now;
    sao_transport_set_half_state(transport, half, SAO_HALF_LIVE);
    association->delete_tries++;
    association->delete_at = sao_transport_retry_time(transport);
}

/* One that refuses for good offloads what it sends, and perhaps what it receives. */
void sao_transport_finish_encapsulation(sao_transport *transport, NDIS_STATUS status)
{
    sao_encapsulation *encapsulation = &transport->encapsulation;

    encapsulation->set = status == NDIS_STATUS_SUCCESS || is_final_refusal(status);
    encapsulation->set_at = sao_transport_retry_time(transport);
}

static void finish_update(sao_transport *transport, sao_association *association, sao_half *half,
                          NDIS_STATUS status)
{
    sao_transport_set_half_state(transport, half, SAO_HALF_LIVE);
    if (status != NDIS_STATUS_SUCCESS)
        association->delete_wanted = true; /* what is added anew starts with the right value */
}

void sao_transport_finish(sao_transport *transport, sao_association *association, sao_half *half,
                          NDIS_STATUS status, bool immediate)
{
    switch (half->request.oid) {
    case OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA:
        finish_delete(transport, association, half, status, immediate);
        break;
    case OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA:
        finish_update(transport, association, half, status);
        break;
    default:
        finish_add(transport, association, half->covers, status);
        break;
    }
}
