// SPDX-License-Identifier: BSD-2-Clause
/* send.c: the decisions on packets to send. No lock here (path.h). */
#include "core/hash.h"
#include "core/path.h"

static bool endpoint_fits(const sao_address *endpoint, const sao_address *address)
{
    return sao_address_equal(endpoint, address) || sao_address_is_zero(endpoint); /* ADD-9 */
}

/* Has the packet been framed for this bundle? Its last SA stands outside (ADD-5). */
static bool framed_for(const sao_bundle *bundle, const sao_packet_info *info)
{
    if (info->ip_version != bundle->ip_version || info->header_count != bundle->sa_count ||
        info->udp_encapsulated != (bundle->udp_esp != 0) ||
        !endpoint_fits(&bundle->source, &info->source) ||
        !endpoint_fits(&bundle->destination, &info->destination))
        return false;
    for (uint32_t i = 0; i < bundle->sa_count; i++) {
        const sao_bundle_sa *sa = &bundle->sa[bundle->sa_count - 1u - i];

        if (info->protocol[i] != sa->protocol || info->spi[i] != sa->spi)
            return false;
    }
    return true;
}

/* The outbound bundle that a handle names; NULL if it cannot be honoured. */
static const sao_record *find_outbound(const sao_adapter *adapter, NDIS_HANDLE handle)
{
    const sao_record *record = sao_record_usable(adapter, handle);

    if (record == NULL || record->bundle.inbound ||    /* TX-1, TX-6 */
        SAO_ATOMIC_LOAD(&record->in_hardware) == 0 ||  /* RST-3 */
        !sao_bundle_enabled(adapter, &record->bundle)) /* CAP-4 */
        return NULL;
    return record;
}

static bool may_process(const sao_adapter *adapter, const sao_packet_info *info,
                        const sao_bundle *bundle)
{
    return !sao_path_excluded(&adapter->config.capabilities, info) && framed_for(bundle, info);
}

/* One payload, whether it is transport or tunnel (TX-4). */
static bool use_one(const sao_adapter *adapter, const sao_packet_info *info, NDIS_HANDLE handle,
                    sao_flight *flight)
{
    const sao_record *record = find_outbound(adapter, handle);

    if (record == NULL || !may_process(adapter, info, &record->bundle) ||
        !sao_path_stands_alone(&record->bundle))
        return false;
    sao_path_use(flight, &record->bundle);
    return true;
}

/* Transport over tunnel (TX-4). What is inside is shown later (sao_adapter_send_inner). */
static bool use_two(const sao_adapter *adapter, const sao_packet_info *info, NDIS_HANDLE inner,
                    NDIS_HANDLE outer, sao_flight *flight)
{
    const sao_record *transport = find_outbound(adapter, inner);
    const sao_record *tunnel = find_outbound(adapter, outer);

    if (!adapter->config.capabilities.TransportTunnelCombined || transport == NULL ||
        tunnel == NULL || !sao_path_combines(&tunnel->bundle, &transport->bundle) ||
        !may_process(adapter, info, &tunnel->bundle))
        return false;
    sao_path_use(flight, &tunnel->bundle);
    sao_path_into_tunnel(flight);
    sao_path_use(flight, &transport->bundle);
    return true;
}

/* Names the bundles of a packet in its flight; false for handles that cannot be honoured. */
static bool honour(const sao_adapter *adapter, const sao_packet_info *info, NDIS_HANDLE offload,
                   NDIS_HANDLE tunnel, sao_flight *flight)
{
    if (offload == NULL)
        return tunnel == NULL; /* TX-2 */
    if (info == NULL)
        return false;
    return tunnel == NULL ? use_one(adapter, info, offload, flight)
                          : use_two(adapter, info, offload, tunnel, flight);
}

/* Why nothing is sent now; SUCCESS if it is. */
static NDIS_STATUS send_status(const sao_adapter *adapter)
{
    switch (SAO_ATOMIC_LOAD(&adapter->service)) {
    case SAO_SERVICE_REMOVED:
        return NDIS_STATUS_NOT_ACCEPTED; /* REM-1 */
    case SAO_SERVICE_ASLEEP:
        return NDIS_STATUS_LOW_POWER_STATE; /* PWR-1 */
    case SAO_SERVICE_RESETTING:
        return NDIS_STATUS_REQUEST_ABORTED; /* RST-5 */
    default:
        return SAO_ATOMIC_LOAD(&adapter->state) == SAO_ADAPTER_RUNNING ? NDIS_STATUS_SUCCESS
                                                                       : NDIS_STATUS_PAUSED;
    }
}

NDIS_STATUS sao_adapter_send(sao_adapter *adapter, uint32_t queue, const sao_packet_info *info,
                             NDIS_HANDLE offload_handle, NDIS_HANDLE tunnel_handle,
                             sao_flight *flight)
{
    sao_queue *counters = sao_path_queue(adapter, queue);
    NDIS_STATUS status;

    SAO_MEMSET(flight, 0, sizeof *flight);
    sao_path_enter(adapter, queue, flight, SAO_FLIGHT_SEND);
    status = send_status(adapter); /* PNP-2 */
    if (status == NDIS_STATUS_SUCCESS &&
        !honour(adapter, info, offload_handle, tunnel_handle, flight))
        status = NDIS_STATUS_FAILURE;
    if (status != NDIS_STATUS_SUCCESS) {
        counters->sends_refused++;
        sao_path_leave(adapter, flight);
        return status;
    }
    if (flight->bundle != NULL)
        counters->sent_processed++;
    else
        counters->sent_plain++;
    return status;
}

NDIS_STATUS sao_adapter_send_sibling(const sao_adapter *adapter, const sao_packet_info *info,
                                     const sao_flight *flight)
{
    const sao_bundle *outermost = flight->tunnel != NULL ? flight->tunnel : flight->bundle;

    if (outermost == NULL || (info != NULL && may_process(adapter, info, outermost)))
        return NDIS_STATUS_SUCCESS;
    return NDIS_STATUS_FAILURE;
}

NDIS_STATUS sao_adapter_send_inner(const sao_adapter *adapter, const sao_packet_info *info,
                                   const sao_flight *flight)
{
    return may_process(adapter, info, flight->bundle) ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE;
}

void sao_adapter_send_done(sao_adapter *adapter, sao_flight *flight)
{
    sao_path_leave(adapter, flight);
}
