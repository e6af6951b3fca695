// SPDX-License-Identifier: BSD-2-Clause
/*
 * transport_offer.c: what the miniport offers, and what that means for the bundles (ADD-10, CAP-4).
 *
 * It says so after every change (CAP-3), the setting of the encapsulation included, so before the
 * first add. One that never does is asked for everything.
 */
#include "model/transport_internal.h"

static bool offers_algorithms(const NDIS_IPSEC_OFFLOAD_V2 *offer, const sao_held_sa *held)
{
    const uint32_t encryption = sao_encryption_is_null(held->encryption)
                                    ? IPSEC_OFFLOAD_V2_ENCRYPTION_NONE
                                    : held->encryption;

    if (held->sa.protocol == SAO_PROTOCOL_ESP && (encryption & ~offer->EncryptionAlgorithms) != 0)
        return false;
    return held->sa.combined || (held->authentication & ~offer->AuthenticationAlgorithms) == 0;
}

static bool offer_holds(const NDIS_IPSEC_OFFLOAD_V2 *offer, const sao_association *association)
{
    if (sao_bundle_form_missing(&association->form, association->over_tunnel, offer) != NULL ||
        (association->ip_version == 6 && !offer->IPv6Supported) ||
        (association->esn && !offer->ExtendedSequenceNumbers))
        return false;
    for (uint32_t i = 0; i < association->sa_count; i++)
        if (!offers_algorithms(offer, &association->half[SAO_OUT].sa[i]))
            return false;
    return true;
}

bool sao_transport_offers(const sao_transport *transport, const sao_association *association)
{
    return !transport->offer_known || offer_holds(&transport->offer, association);
}

bool sao_transport_offers_packet(const sao_transport *transport, const sao_packet_info *info)
{
    const NDIS_IPSEC_OFFLOAD_V2 *offer = &transport->offer; /* nothing until it is known */

    return !info->fragment && (!info->ipv4_options || offer->IPv4Options) &&
           (!info->ipv6_extensions || offer->IPv6NonIPsecExtensionHeaders);
}

/* Bundles that are not offered any more are of no use: they go, and come back with the offer. */
void sao_transport_current_config(void *protocol, const NDIS_IPSEC_OFFLOAD_V2 *config)
{
    sao_transport *transport = (sao_transport *)protocol;
    const bool known = transport->offer_known;
    const NDIS_IPSEC_OFFLOAD_V2 before = transport->offer;

    transport->offer = *config;
    transport->offer_known = true;
    for (uint32_t i = 0; i < transport->config.associations; i++) {
        sao_association *association = &transport->associations[i];
        const bool was = !known || offer_holds(&before, association);

        if (!association->in_use || was == offer_holds(config, association))
            continue;
        if (was) {
            association->delete_wanted = true;
            continue;
        }
        association->offload_impossible = false;
        for (uint32_t direction = 0; direction < SAO_HALVES; direction++)
            association->half[direction].live_since = transport->now;
    }
    sao_transport_pump(transport);
}
