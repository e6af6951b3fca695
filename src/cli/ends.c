// SPDX-License-Identifier: BSD-2-Clause
// ends.c: see ends.h.
#include "cli/ends.h"

#include <string.h>

static sao_address ipv6_of(const sao_address *ipv4)
{
    sao_address made = {{0x20, 0x01, 0x0d, 0xb8, 0, 4}};

    memcpy(made.bytes + 12, ipv4->bytes, 4);
    return made;
}

/* Both of a pair are the same but for the last bit. */
static sao_address ipv4_of(const sao_host_pair *pair, int side)
{
    const uint8_t *bytes = (const uint8_t *)pair->address;
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < sizeof pair->address; i++)
        hash = (hash ^ bytes[i]) * 16777619u;
    return (sao_address){{198, (uint8_t)(18 + (hash >> 16 & 1)), (uint8_t)(hash >> 8),
                          (uint8_t)((hash & 0xFE) | (uint32_t)side)}};
}

static bool is_transport(const sao_packet_form *form)
{
    return form != NULL && !form->over_tunnel && form->bundle.mode == SAO_IPSEC_TRANSPORT;
}

void sao_ends_choose(const sao_host_pair *pair, uint8_t ip_version, sao_link_config *link)
{
    const bool free_choice = ip_version != 0 && !is_transport(link->form);

    link->ip_version = free_choice ? ip_version : pair->version;
    link->inner_version = pair->version;
    for (int side = 0; side < 2; side++) {
        link->inner_address[side] = pair->address[side];
        if (link->ip_version == pair->version)
            link->address[side] = pair->address[side];
        else if (link->ip_version == 6)
            link->address[side] = ipv6_of(&pair->address[side]);
        else
            link->address[side] = ipv4_of(pair, side);
    }
}
