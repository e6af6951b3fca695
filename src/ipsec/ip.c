// SPDX-License-Identifier: BSD-2-Clause
/* ip.c: reads and mends IPv4 (RFC 791) and IPv6 (RFC 8200) headers. */
#include "ipsec/ip.h"

#include "ipsec/wire.h"

#define IPV4_PROTOCOL_AT 9u
#define IPV6_PROTOCOL_AT 6u

static sao_parse read_ipv4(const uint8_t *packet, size_t length, sao_ip_view *view)
{
    uint32_t header;

    if (length < SAO_IPV4_HEADER_LENGTH)
        return SAO_PARSE_TRUNCATED;
    header = (packet[0] & 0x0Fu) * 4u;
    view->length = wire_load16(packet + 2);
    if (header < SAO_IPV4_HEADER_LENGTH || view->length < header)
        return SAO_PARSE_MALFORMED;
    if (view->length > length)
        return SAO_PARSE_TRUNCATED;
    view->protocol = packet[IPV4_PROTOCOL_AT];
    view->protocol_at = IPV4_PROTOCOL_AT;
    view->offset = header;
    view->insert_at = header;
    view->insert_protocol_at = IPV4_PROTOCOL_AT;
    view->fragment = (wire_load16(packet + 6) & SAO_IPV4_FRAGMENT_MASK) != 0;
    view->options = header > SAO_IPV4_HEADER_LENGTH;
    return SAO_PARSE_OK;
}

static sao_parse read_ipv6(const uint8_t *packet, size_t length, sao_ip_view *view)
{
    if (length < SAO_IPV6_HEADER_LENGTH)
        return SAO_PARSE_TRUNCATED;
    view->length = SAO_IPV6_HEADER_LENGTH + wire_load16(packet + 4);
    if (view->length > length)
        return SAO_PARSE_TRUNCATED;
    view->protocol = packet[IPV6_PROTOCOL_AT];
    view->protocol_at = IPV6_PROTOCOL_AT;
    view->offset = SAO_IPV6_HEADER_LENGTH;
    view->insert_at = SAO_IPV6_HEADER_LENGTH;
    view->insert_protocol_at = IPV6_PROTOCOL_AT;
    return SAO_PARSE_OK;
}

sao_parse sao_ip_read_fixed(const uint8_t *packet, size_t length, sao_ip_view *view)
{
    SAO_MEMSET(view, 0, sizeof *view);
    if (length == 0)
        return SAO_PARSE_TRUNCATED;
    view->version = packet[0] >> 4;
    if (view->version == 4)
        return read_ipv4(packet, length, view);
    if (view->version == 6)
        return read_ipv6(packet, length, view);
    return SAO_PARSE_NOT_IP;
}

sao_parse sao_ip_read(const uint8_t *packet, size_t length, sao_ip_view *view)
{
    sao_parse result = sao_ip_read_fixed(packet, length, view);

    return result == SAO_PARSE_OK ? sao_ip_walk(packet, view) : result;
}

bool sao_ip_is_extension(uint8_t protocol)
{
    return protocol == SAO_EXTENSION_HOP_BY_HOP || protocol == SAO_EXTENSION_ROUTING ||
           protocol == SAO_EXTENSION_FRAGMENT || protocol == SAO_EXTENSION_DESTINATION;
}

sao_parse sao_ip_walk(const uint8_t *packet, sao_ip_view *view)
{
    while (view->version == 6 && !view->fragment && sao_ip_is_extension(view->protocol)) {
        uint8_t kind = view->protocol;
        uint32_t at = view->offset;
        uint32_t size = SAO_EXTENSION_UNIT;

        if (view->length - at < SAO_EXTENSION_UNIT)
            return SAO_PARSE_MALFORMED;
        if (kind != SAO_EXTENSION_FRAGMENT) /* whose second byte is no length */
            size += packet[at + 1] * SAO_EXTENSION_UNIT;
        if (view->length - at < size)
            return SAO_PARSE_MALFORMED;
        view->extensions = true;
        view->fragment = kind == SAO_EXTENSION_FRAGMENT;
        view->protocol = packet[at];
        view->protocol_at = at;
        view->offset = at + size;
        /* Destination options go inside of ESP, unless a routing header makes them the hops'. */
        if (kind == SAO_EXTENSION_HOP_BY_HOP || kind == SAO_EXTENSION_ROUTING) {
            view->insert_at = view->offset;
            view->insert_protocol_at = at;
        }
    }
    return SAO_PARSE_OK;
}

static void read_ipv4_address(const uint8_t *at, sao_address *address)
{
    uint32_t words[4] = {0, 0, 0, 0};

    SAO_MEMCPY(words, at, sizeof words[0]);
    SAO_MEMCPY(address, words, sizeof *address);
}

void sao_ip_addresses(const uint8_t *packet, uint8_t version, sao_address *source,
                      sao_address *destination)
{
    /* Constant lengths, and whole addresses at once: short copies are slow, and so is reading
     * what was written in pieces. */
    if (version == 4) {
        read_ipv4_address(packet + 12, source);
        read_ipv4_address(packet + 16, destination);
    } else {
        SAO_MEMCPY(source, packet + 8, sizeof *source);
        SAO_MEMCPY(destination, packet + 24, sizeof *destination);
    }
}

bool sao_ip_is_unspecified(const sao_address *address)
{
    static const sao_address zero = {{0}};

    return SAO_MEMCMP(address, &zero, sizeof zero) == 0;
}

bool sao_ip_address_matches(const sao_address *wanted, const sao_address *address)
{
    return SAO_MEMCMP(wanted, address, sizeof *wanted) == 0 || sao_ip_is_unspecified(wanted);
}

uint8_t sao_ip_traffic_class(const uint8_t *packet)
{
    if (packet[0] >> 4 == 4)
        return packet[1];
    return (uint8_t)((packet[0] & 0x0Fu) << 4 | packet[1] >> 4);
}

void sao_ip_mark_congestion(uint8_t *packet)
{
    uint32_t ecn = sao_ip_traffic_class(packet) & SAO_ECN_MASK;
    uint32_t sum;

    if (ecn == 0 || ecn == SAO_ECN_CONGESTED)
        return;
    if (packet[0] >> 4 == 6) {
        packet[1] |= SAO_ECN_CONGESTED << 4;
        return;
    }
    packet[1] |= SAO_ECN_CONGESTED;
    sum = (~wire_load16(packet + 10) & 0xFFFFu) + SAO_ECN_CONGESTED - ecn; /* RFC 1624 */
    sum = (sum & 0xFFFFu) + (sum >> 16);
    wire_store16(packet + 10, ~sum);
}

void sao_ip_finish(uint8_t *packet, uint32_t length)
{
    if (packet[0] >> 4 == 6) {
        wire_store16(packet + 4, length - SAO_IPV6_HEADER_LENGTH);
        return;
    }
    wire_store16(packet + 2, length);
    wire_store16(packet + 10, 0);
    wire_store16(packet + 10, ~(uint32_t)wire_fold(wire_sum(packet, (packet[0] & 0x0Fu) * 4u, 0)));
}
