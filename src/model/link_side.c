// SPDX-License-Identifier: BSD-2-Clause
/* link_side.c: one host of a link: transport on boundary on soft NIC. */
#include "model/link_internal.h"

/* ---- hooks ----------------------------------------------------------------------------- */

static void pass_delivery(void *context, const uint8_t *packet, size_t length)
{
    const sao_link_side *side = (const sao_link_side *)context;
    const sao_link_hooks *hooks = &side->link->config.hooks;

    hooks->deliver(hooks->context, side->index, packet, length);
}

static void pass_violation(void *context, const char *rule, const char *what)
{
    const sao_link_side *side = (const sao_link_side *)context;
    const sao_link_hooks *hooks = &side->link->config.hooks;

    if (hooks->violation != NULL)
        hooks->violation(hooks->context, side->index, rule, what);
}

static void ignore_event(void *context, const sao_event *event)
{
    (void)context;
    (void)event;
}

/* ---- configuration --------------------------------------------------------------------- */

sao_soft_nic_config sao_link_nic_config(const sao_link_config *config, int index,
                                        sao_link_side *side)
{
    sao_soft_nic_config nic = config->nic;
    NDIS_IPSEC_OFFLOAD_V2 *capabilities = &nic.capabilities;

    if (capabilities->EncryptionAlgorithms == 0 && capabilities->AuthenticationAlgorithms == 0)
        sao_soft_nic_offer_algorithms(capabilities, config->provider);
    nic.provider = config->provider;
    nic.tag = config->tag + (uint32_t)index;
    nic.wire.transmit = sao_link_transmit;
    nic.wire.release = sao_link_release;
    nic.wire.context = side;
    nic.event = config->hooks.event;
    nic.event_context = config->hooks.context;
    return nic;
}

sao_transport_config sao_link_transport_config(const sao_link_config *config, int index,
                                               sao_link_side *side)
{
    sao_transport_config transport;

    sao_transport_config_init(&transport);
    transport.miniport = sao_boundary_miniport(side != NULL ? &side->boundary : NULL);
    transport.profile = config->nic.profile;
    transport.provider = config->provider;
    transport.mac[5] = (uint8_t)(1 + index);
    transport.peer_mac[5] = (uint8_t)(2 - index);
    transport.associations =
        SAO_LINK_AGREEMENTS * (sao_link_form(config)->over_tunnel ? SAO_LINK_LAYERS : 1u);
    transport.packets = SAO_LINK_SEND_BUFFERS;
    transport.packet_capacity = config->packet_capacity + SAO_LINK_MAC_HEADER;
    transport.capacity = config->nic.capabilities.SaOffloadCapacity;
    transport.offload_again_after = config->offload_again_after;
    transport.retry_after = SAO_LINK_RETRY_AFTER;
    transport.settle_time = config->nic.receive_latency;
    transport.epoch = config->nic.epoch;
    transport.hooks.deliver = pass_delivery;
    transport.hooks.violation = pass_violation;
    transport.hooks.context = side;
    return transport;
}

/* ---- set-up ---------------------------------------------------------------------------- */

NDIS_STATUS sao_link_set_up_side(sao_link *link, int index, const sao_link_memory *memory,
                                 const char **problem)
{
    const sao_link_config *config = &link->config;
    sao_link_side *side = &link->side[index];
    const sao_soft_nic_config nic = sao_link_nic_config(config, index, side);
    const sao_transport_config transport = sao_link_transport_config(config, index, side);
    NDIS_STATUS status;

    side->link = link;
    side->index = index;
    status = sao_soft_nic_init(memory->nic, memory->nic_size, &nic, &side->nic, problem);
    if (status == NDIS_STATUS_SUCCESS)
        status = sao_transport_init(memory->transport, memory->transport_size, &transport,
                                    &side->transport, problem);
    if (status != NDIS_STATUS_SUCCESS)
        return status;
    sao_boundary_init(&side->boundary, sao_soft_nic_miniport(side->nic),
                      sao_transport_protocol(side->transport), nic.tag,
                      config->hooks.event != NULL ? config->hooks.event : ignore_event,
                      config->hooks.context);
    sao_soft_nic_bind(side->nic, sao_boundary_protocol(&side->boundary));
    status = sao_transport_life(side->transport, SAO_LIFE_INITIALIZE);
    if (status == NDIS_STATUS_SUCCESS)
        status = sao_transport_life(side->transport, SAO_LIFE_RESTART);
    if (status == NDIS_STATUS_PENDING) /* what is sent meanwhile waits */
        status = NDIS_STATUS_SUCCESS;
    if (status != NDIS_STATUS_SUCCESS)
        *problem = "the adapter does not start";
    return status;
}
