// SPDX-License-Identifier: BSD-2-Clause
/* path.c: what the decisions on packets of both ways share. */
#include "core/path.h"

sao_queue *sao_path_queue(sao_adapter *adapter, uint32_t queue)
{
    SAO_ASSERT(queue < adapter->config.queues);
    return sao_grace_queue(&adapter->grace, queue);
}

void sao_path_enter(sao_adapter *adapter, uint32_t queue, sao_flight *flight, uint8_t state)
{
    flight->queue = (uint16_t)queue;
    flight->phase = sao_grace_enter(&adapter->grace, queue, 1);
    flight->state = state;
}

void sao_path_leave(sao_adapter *adapter, sao_flight *flight)
{
    if (flight->state == SAO_FLIGHT_NONE)
        return;
    sao_grace_leave(&adapter->grace, flight->queue, flight->phase, 1);
    sao_path_end_flight(flight);
}

void sao_path_use(sao_flight *flight, const sao_bundle *bundle)
{
    flight->bundle = bundle;
    for (uint32_t i = 0; i < bundle->sa_count; i++)
        flight->sequence_high[i] = SAO_ATOMIC_LOAD(&bundle->sa[i].sequence_high); /* UPD-1 */
}

void sao_path_into_tunnel(sao_flight *flight)
{
    flight->tunnel = flight->bundle;
    SAO_MEMCPY(flight->tunnel_high, flight->sequence_high, sizeof flight->tunnel_high);
}

bool sao_path_excluded(const NDIS_IPSEC_OFFLOAD_V2 *capabilities, const sao_packet_info *info)
{
    return info->fragment || /* FRAG-1 */
           (info->ip_version == 6 && !capabilities->IPv6Supported) ||
           (info->ipv4_options && !capabilities->IPv4Options) ||
           (info->ipv6_extensions && !capabilities->IPv6NonIPsecExtensionHeaders) ||
           (info->udp_encapsulated && capabilities->UdpEsp == 0);
}

bool sao_path_stands_alone(const sao_bundle *bundle)
{
    return bundle->udp_esp != IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TRANSPORT_OVER_TUNNEL;
}

bool sao_path_combines(const sao_bundle *tunnel, const sao_bundle *bundle)
{
    if (tunnel == bundle)
        return false;
    if (tunnel->udp_esp == 0)
        return bundle->udp_esp == 0 || !sao_path_stands_alone(bundle);
    return tunnel->udp_esp == IPSEC_OFFLOAD_V2_TRANSPORT_OVER_UDP_ESP_ENCAPSULATION_TUNNEL &&
           bundle->udp_esp == 0;
}
