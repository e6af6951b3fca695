// SPDX-License-Identifier: BSD-2-Clause
/* packet_form.c: the table of forms, and which of them can be; see packet_form.h. */
#include <saoffload/packet_form.h>

#include <string.h>

#define UDP_TRANSPORT IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TRANSPORT
#define UDP_TUNNEL IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TUNNEL
#define OVER_UDP_TUNNEL IPSEC_OFFLOAD_V2_TRANSPORT_OVER_UDP_ESP_ENCAPSULATION_TUNNEL
#define UDP_OVER_TUNNEL IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TRANSPORT_OVER_TUNNEL

#define TRANSPORT(headers, udp)                                                                    \
    {                                                                                              \
        SAO_IPSEC_TRANSPORT, SAO_HEADERS_##headers, udp                                            \
    }
#define TUNNEL(headers, udp)                                                                       \
    {                                                                                              \
        SAO_IPSEC_TUNNEL, SAO_HEADERS_##headers, udp                                               \
    }
#define ALONE(name, bundle)                                                                        \
    {                                                                                              \
        name, bundle, false, TUNNEL(ESP, 0)                                                        \
    }
#define OVER(name, bundle, tunnel)                                                                 \
    {                                                                                              \
        name, bundle, true, tunnel                                                                 \
    }

/* The four UDP-ESP types are each in one form or more. */
static const sao_packet_form forms[] = {
    ALONE("esp-transport", TRANSPORT(ESP, 0)),
    ALONE("esp-tunnel", TUNNEL(ESP, 0)),
    ALONE("ah-transport", TRANSPORT(AH, 0)),
    ALONE("ah-tunnel", TUNNEL(AH, 0)),
    ALONE("esp-ah-transport", TRANSPORT(ESP_AH, 0)),
    ALONE("esp-ah-tunnel", TUNNEL(ESP_AH, 0)),
    ALONE("udp-transport", TRANSPORT(ESP, UDP_TRANSPORT)),
    ALONE("udp-tunnel", TUNNEL(ESP, UDP_TUNNEL)),
    OVER("esp-over-esp", TRANSPORT(ESP, 0), TUNNEL(ESP, 0)),
    OVER("esp-over-ah", TRANSPORT(ESP, 0), TUNNEL(AH, 0)),
    OVER("esp-over-esp-ah", TRANSPORT(ESP, 0), TUNNEL(ESP_AH, 0)),
    OVER("esp-over-udp", TRANSPORT(ESP, 0), TUNNEL(ESP, OVER_UDP_TUNNEL)),
    OVER("ah-over-esp", TRANSPORT(AH, 0), TUNNEL(ESP, 0)),
    OVER("ah-over-ah", TRANSPORT(AH, 0), TUNNEL(AH, 0)),
    OVER("ah-over-esp-ah", TRANSPORT(AH, 0), TUNNEL(ESP_AH, 0)),
    OVER("ah-over-udp", TRANSPORT(AH, 0), TUNNEL(ESP, OVER_UDP_TUNNEL)),
    OVER("esp-ah-over-esp", TRANSPORT(ESP_AH, 0), TUNNEL(ESP, 0)),
    OVER("esp-ah-over-ah", TRANSPORT(ESP_AH, 0), TUNNEL(AH, 0)),
    OVER("esp-ah-over-esp-ah", TRANSPORT(ESP_AH, 0), TUNNEL(ESP_AH, 0)),
    OVER("esp-ah-over-udp", TRANSPORT(ESP_AH, 0), TUNNEL(ESP, OVER_UDP_TUNNEL)),
    OVER("udp-over-esp", TRANSPORT(ESP, UDP_OVER_TUNNEL), TUNNEL(ESP, 0)),
    OVER("udp-over-ah", TRANSPORT(ESP, UDP_OVER_TUNNEL), TUNNEL(AH, 0)),
    OVER("udp-over-esp-ah", TRANSPORT(ESP, UDP_OVER_TUNNEL), TUNNEL(ESP_AH, 0)),
};

const sao_packet_form *sao_packet_form_at(size_t index)
{
    return index < sizeof forms / sizeof forms[0] ? &forms[index] : NULL;
}

const sao_packet_form *sao_packet_form_find(const char *name)
{
    const sao_packet_form *form;

    for (size_t i = 0; (form = sao_packet_form_at(i)) != NULL; i++)
        if (strcmp(form->name, name) == 0)
            return form;
    return NULL;
}

/* The UDP-ESP type, or types, of such a bundle. */
static uint32_t udp_types(sao_ipsec_mode mode, bool over_tunnel)
{
    if (mode == SAO_IPSEC_TUNNEL)
        return UDP_TUNNEL | OVER_UDP_TUNNEL;
    return over_tunnel ? UDP_OVER_TUNNEL : UDP_TRANSPORT;
}

const char *sao_bundle_form_problem(const sao_bundle_form *form, bool over_tunnel)
{
    const uint32_t types = udp_types(form->mode, over_tunnel);

    if (form->mode != SAO_IPSEC_TUNNEL && form->mode != SAO_IPSEC_TRANSPORT)
        return "the mode is neither tunnel nor transport";
    if (form->headers != SAO_HEADERS_ESP && form->headers != SAO_HEADERS_AH &&
        form->headers != SAO_HEADERS_ESP_AH)
        return "the headers are neither ESP, nor AH, nor both";
    if (over_tunnel && form->mode == SAO_IPSEC_TUNNEL)
        return "only transport mode runs over a tunnel";
    if (form->udp_esp == 0)
        return NULL;
    if (form->headers != SAO_HEADERS_ESP)
        return "UDP encapsulates ESP alone (ADD-15)";
    if ((form->udp_esp & (form->udp_esp - 1u)) != 0 || (form->udp_esp & types) == 0)
        return "the UDP-ESP type is not one of this mode";
    return NULL;
}

const char *sao_bundle_form_over_problem(const sao_bundle_form *inner,
                                         const sao_bundle_form *tunnel)
{
    const char *problem = sao_bundle_form_problem(inner, true);

    if (problem == NULL)
        problem = sao_bundle_form_problem(tunnel, false);
    if (problem != NULL)
        return problem;
    if (tunnel->mode != SAO_IPSEC_TUNNEL)
        return "the tunnel is in transport mode";
    if (inner->udp_esp != 0 && tunnel->udp_esp != 0)
        return "UDP in UDP is no type of IPsecOV2 (CAP-5)";
    if (tunnel->udp_esp == UDP_TUNNEL)
        return "the tunnel's UDP-ESP type is that of one without transport over it";
    return NULL;
}

const char *sao_bundle_form_missing(const sao_bundle_form *form, bool over_tunnel,
                                    const NDIS_IPSEC_OFFLOAD_V2 *capabilities)
{
    if (sao_bundle_form_has_esp(form) && !capabilities->Esp)
        return "Esp";
    if (sao_bundle_form_has_ah(form) && !capabilities->Ah)
        return "Ah";
    if (form->headers == SAO_HEADERS_ESP_AH && !capabilities->AhEspCombined)
        return "AhEspCombined";
    if (form->mode == SAO_IPSEC_TUNNEL && !capabilities->Tunnel)
        return "Tunnel";
    if (form->mode == SAO_IPSEC_TRANSPORT && !capabilities->Transport)
        return "Transport";
    if (over_tunnel && !capabilities->TransportTunnelCombined)
        return "TransportTunnelCombined";
    if ((form->udp_esp & ~capabilities->UdpEsp) != 0)
        return "UdpEsp";
    return NULL;
}
