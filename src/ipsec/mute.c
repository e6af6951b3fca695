// SPDX-License-Identifier: BSD-2-Clause
/*
 * mute.c: zeroes what routers may change, and foretells what they will (RFC 4302 appendix A).
 *
 * Mobile IPv6's home address option is taken as it stands: nobody here swaps it.
 */
#include "ipsec/mute.h"

#include "ipsec/ip.h"

/* IPv4 options that have no length. */
#define OPTION_END 0
#define OPTION_NO_OPERATION 1

#define OPTION_LOOSE_ROUTE 131
#define OPTION_STRICT_ROUTE 137

/* Of an IPv6 option's type: its data may change on the way. */
#define OPTION_MAY_CHANGE 0x20u
#define OPTION_PAD1 0

/* Routing headers whose addresses change places with the destination (RFC 2460, RFC 6275). */
#define ROUTING_SOURCE 0
#define ROUTING_MOBILE 2
#define ROUTING_FIXED_LENGTH 8u

/* The table of appendix A1; what it does not know is mutable. */
static bool option_is_immutable(uint8_t type)
{
    switch (type) {
    case 130: /* security, and its two kin */
    case 133:
    case 134:
    case 148: /* router alert */
    case 149: /* sender directed multi-destination delivery */
        return true;
    default:
        return false;
    }
}

/* A source route's last address is where the packet will arrive, unless it has been there. */
static bool follow_ipv4_route(uint8_t *header, const uint8_t *option, uint32_t size)
{
    if (size < 3 || option[2] < 4)
        return false;
    if (option[2] > size)
        return true;
    if (size % 4 != 3)
        return false;
    SAO_MEMCPY(header + 16, option + size - 4, 4);
    return true;
}

static bool mute_ipv4_options(uint8_t *header, uint32_t length, bool sending)
{
    uint32_t at = SAO_IPV4_HEADER_LENGTH;

    while (at < length && header[at] != OPTION_END) {
        uint8_t *option = header + at;
        uint32_t size;

        if (*option == OPTION_NO_OPERATION) {
            at++;
            continue;
        }
        if (length - at < 2)
            return false;
        size = option[1];
        if (size < 2 || length - at < size)
            return false;
        if (sending && (*option == OPTION_LOOSE_ROUTE || *option == OPTION_STRICT_ROUTE) &&
            !follow_ipv4_route(header, option, size))
            return false;
        if (!option_is_immutable(*option))
            SAO_MEMSET(option, 0, size); /* type and length too */
        at += size;
    }
    return true;
}

/* Type of service, flags and fragment offset, TTL, checksum; then the options. */
static bool mute_ipv4(uint8_t *header, uint32_t length, bool sending)
{
    header[1] = 0;
    SAO_MEMSET(header + 6, 0, 3);
    SAO_MEMSET(header + 10, 0, 2);
    return mute_ipv4_options(header, length, sending);
}

/* Of hop-by-hop and destination options. */
static bool mute_ipv6_options(uint8_t *extension, uint32_t size)
{
    uint32_t at = 2;

    while (at < size) {
        uint8_t *option = extension + at;
        uint32_t data;

        if (*option == OPTION_PAD1) {
            at++;
            continue;
        }
        if (size - at < 2)
            return false;
        data = option[1];
        if (size - at - 2 < data)
            return false;
        if ((*option & OPTION_MAY_CHANGE) != 0)
            SAO_MEMSET(option + 2, 0, data);
        at += 2 + data;
    }
    return true;
}

/* At each hop the destination and the next address of the routing header change places. */
static bool follow_ipv6_route(uint8_t *header, uint8_t *routing, uint32_t size)
{
    uint32_t addresses = (size - ROUTING_FIXED_LENGTH) / 16;
    uint32_t left = routing[3];
    uint8_t *next;
    uint8_t last[16];

    if (left == 0)
        return true;
    if ((routing[2] != ROUTING_SOURCE && routing[2] != ROUTING_MOBILE) ||
        (size - ROUTING_FIXED_LENGTH) % 16 != 0 || left > addresses)
        return false;
    next = routing + size - (size_t)left * 16;
    SAO_MEMCPY(last, routing + size - 16, sizeof last);
    SAO_MEMMOVE(next + 16, next, (size_t)(left - 1) * 16);
    SAO_MEMCPY(next, header + 24, sizeof last);
    SAO_MEMCPY(header + 24, last, sizeof last);
    routing[3] = 0;
    return true;
}

/* Traffic class, flow label, hop limit; then the extension headers. */
static bool mute_ipv6(uint8_t *header, uint32_t length, bool sending)
{
    uint8_t kind = header[6];
    uint32_t at = SAO_IPV6_HEADER_LENGTH;

    header[0] &= 0xF0u;
    SAO_MEMSET(header + 1, 0, 3);
    header[7] = 0;
    while (at < length) {
        uint8_t *extension = header + at;
        uint32_t size = (extension[1] + 1u) * SAO_EXTENSION_UNIT;

        if (kind != SAO_EXTENSION_ROUTING && !mute_ipv6_options(extension, size))
            return false;
        if (kind == SAO_EXTENSION_ROUTING && sending && !follow_ipv6_route(header, extension, size))
            return false;
        kind = extension[0];
        at += size;
    }
    return true;
}

bool sao_mute(uint8_t *headers, uint32_t length, bool sending)
{
    if (headers[0] >> 4 == 4)
        return mute_ipv4(headers, length, sending);
    return mute_ipv6(headers, length, sending);
}
