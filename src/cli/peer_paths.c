// SPDX-License-Identifier: BSD-2-Clause
// peer_paths.c: whose packets went by the NIC and whose by software.
#include "cli/peer_paths.h"

#include <saoffload/ipsec.h>
#include <saoffload/oob.h>

#include <string.h>

/* Is the header outside one of the association's? */
static bool is_under(const sao_peer_association *association, bool inbound,
                     const sao_packet_info *info)
{
    const sao_transport_association *sas = &association->sas;

    if (sao_bundle_form_has_ah(&sas->form))
        return info->protocol[0] == SAO_PROTOCOL_AH &&
               info->spi[0] == (inbound ? sas->ah_inbound.spi : sas->ah_outbound.spi);
    return info->protocol[0] == SAO_PROTOCOL_ESP &&
           info->spi[0] == (inbound ? sas->inbound.spi : sas->outbound.spi);
}

static size_t find(const sao_peer_config *config, const uint8_t *frame, size_t length, bool inbound)
{
    sao_packet_info info;

    if (sao_frame_parse(frame, length, &info) != SAO_PARSE_OK || info.header_count == 0)
        return SAO_PEER_NONE;
    for (size_t i = 0; i < config->count; i++)
        if (is_under(&config->associations[i], inbound, &info))
            return i;
    return SAO_PEER_NONE;
}

size_t sao_peer_paths_find(const sao_peer_config *config, const uint8_t *frame, size_t length)
{
    return find(config, frame, length, true);
}

static void count_sent(sao_peer_paths *paths, bool by_nic)
{
    if (by_nic)
        paths->nic_tx++;
    else
        paths->software_tx++;
}

static void count_received(sao_peer_paths *paths, bool by_nic)
{
    if (by_nic)
        paths->nic_rx++;
    else
        paths->software_rx++;
}

/* Of a tunnel and its cargo, the NIC did the cargo only if there is a TunnelHandle (TX-4). */
void sao_peer_paths_sent(sao_peer_paths *paths, const sao_peer_config *config,
                         const sao_packet *packet)
{
    const size_t index = find(config, packet->data, packet->length, false);
    size_t cargo;

    if (index == SAO_PEER_NONE)
        return;
    cargo = config->associations[index].cargo;
    count_sent(&paths[index], packet->ipsec.Transmit.OffloadHandle != NULL);
    if (cargo != SAO_PEER_NONE)
        count_sent(&paths[cargo], packet->tunnel.Transmit.TunnelHandle != NULL);
}

/* Likewise only if NextCryptoDone is set (RX-3). */
void sao_peer_paths_received(sao_peer_paths *paths, const sao_peer_config *config, size_t index,
                             const sao_event *event)
{
    NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO info;
    sao_oob_receive oob;
    size_t cargo;

    if (index == SAO_PEER_NONE)
        return;
    cargo = config->associations[index].cargo;
    memset(&info, 0, sizeof info);
    memcpy(&info, &event->code, sizeof event->code);
    oob = sao_oob_get_receive(&info);
    count_received(&paths[index], oob.crypto_done);
    paths[index].wishes += oob.sa_delete_request ? 1 : 0;
    if (cargo != SAO_PEER_NONE)
        count_received(&paths[cargo], oob.next_crypto_done);
}
