// SPDX-License-Identifier: BSD-2-Clause
// peer_mirror.c: sends a packet back where it came from, by swapping its addresses.
#include "cli/peer_mirror.h"

#include <string.h>

static size_t find_address(const sao_peer_config *config, uint8_t version, const uint8_t *address,
                           size_t length)
{
    for (size_t i = 0; i < config->count; i++)
        if (config->associations[i].address_version == version &&
            memcmp(config->associations[i].address.bytes, address, length) == 0)
            return i;
    return SAO_PEER_NONE;
}

size_t sao_peer_mirror(const sao_peer_config *config, uint8_t *packet, size_t length)
{
    const uint8_t version = length > 0 ? packet[0] >> 4 : 0;
    const size_t size = version == 6 ? 16 : 4;
    const size_t source_at = version == 6 ? 8 : 12;
    uint8_t *source = packet + source_at;
    uint8_t *destination = source + size;
    uint8_t kept[16];
    size_t index;

    if ((version != 4 && version != 6) || length < source_at + 2 * size)
        return SAO_PEER_NONE;
    index = find_address(config, version, destination, size);
    if (index == SAO_PEER_NONE)
        return SAO_PEER_NONE;
    memcpy(kept, source, size);
    memcpy(source, destination, size);
    memcpy(destination, kept, size);
    return index;
}
