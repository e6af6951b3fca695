// SPDX-License-Identifier: BSD-2-Clause
#include <saoffload/capabilities.h>

NDIS_STATUS sao_capabilities_check(const NDIS_IPSEC_OFFLOAD_V2 *capabilities, const char **problem)
{
    const NDIS_IPSEC_OFFLOAD_V2 *c = capabilities;
    const char *wrong = NULL;

    if (!c->Tunnel)
        wrong = "Tunnel must be TRUE (CAP-1)";
    else if ((c->Encapsulation & NDIS_ENCAPSULATION_IEEE_802_3) == 0)
        wrong = "Encapsulation must include IEEE_802_3 (CAP-1)";
    else if (!c->Ah && !c->Esp)
        wrong = "neither Ah nor Esp is offered (CAP-2)";
    else if (c->AhEspCombined && (!c->Ah || !c->Esp))
        wrong = "AhEspCombined needs Ah and Esp (CAP-2)";
    else if (c->TransportTunnelCombined && !c->Transport)
        wrong = "TransportTunnelCombined needs Transport and Tunnel (CAP-2)";
    else if (c->EncryptionAlgorithms != 0 && !c->Esp)
        wrong = "EncryptionAlgorithms need Esp (CAP-2)";
    else if (c->UdpEsp != 0 && !c->Esp)
        wrong = "UdpEsp needs Esp (CAP-2)";
    else if (c->UdpEsp > 0xFu)
        wrong = "UdpEsp names an encapsulation type that does not exist (CAP-5)";

    if (problem != NULL)
        *problem = wrong;
    return wrong == NULL ? NDIS_STATUS_SUCCESS : NDIS_STATUS_INVALID_PARAMETER;
}
