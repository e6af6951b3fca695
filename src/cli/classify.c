// SPDX-License-Identifier: BSD-2-Clause
// classify.c: from the bytes of a captured frame to the IP packet to replay.
#include "cli/classify.h"

#include <pcap/dlt.h>
#include <string.h>

enum {
    TYPE_IPV4 = 0x0800,
    TYPE_ARP = 0x0806,
    TYPE_VLAN = 0x8100,
    TYPE_IPV6 = 0x86dd,
    TYPE_PPPOE_SESSION = 0x8864,
    TYPE_SERVICE_VLAN = 0x88a8,
    TYPE_OLD_VLAN = 0x9100,
    VLAN_TAGS_MAX = 3,
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    HOP_BY_HOP = 0,
    TCP = 6,
    UDP = 17
};

/* What is left of a frame while headers are taken off its front. */
typedef struct rest {
    const uint8_t *bytes;
    size_t captured;
    size_t original;
} rest;

static uint16_t read16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* A header that is not all there was cut off by the snap length, or never was. */
static sao_bypass missing(const rest *frame, size_t needed)
{
    return frame->original >= needed ? SAO_BYPASS_CUT : SAO_BYPASS_MALFORMED;
}

/* Takes `n` bytes off the front; returns them, or NULL if they are not there. */
static const uint8_t *take(rest *frame, size_t n)
{
    const uint8_t *bytes = frame->bytes;

    if (frame->captured < n)
        return NULL;
    frame->bytes += n;
    frame->captured -= n;
    frame->original -= n;
    return bytes;
}

static bool all_bytes(const uint8_t *bytes, size_t n, uint8_t value)
{
    while (n > 0 && bytes[n - 1] == value)
        n--;
    return n == 0;
}

/* ---- IP -------------------------------------------------------------------------------- */

static bool is_multicast(const uint8_t *address, uint8_t version)
{
    if (version == 6)
        return address[0] == 0xff;
    return (address[0] & 0xf0) == 0xe0 || all_bytes(address, 4, 0xff);
}

/* Fills in the addresses and judges them. */
static sao_bypass take_addresses(sao_ip_packet *packet, const uint8_t *source,
                                 const uint8_t *destination)
{
    size_t n = packet->version == 4 ? 4 : 16;

    memset(&packet->source, 0, sizeof packet->source);
    memset(&packet->destination, 0, sizeof packet->destination);
    memcpy(packet->source.bytes, source, n);
    memcpy(packet->destination.bytes, destination, n);
    if (is_multicast(source, packet->version) || is_multicast(destination, packet->version))
        return SAO_BYPASS_MULTICAST;
    if (all_bytes(source, n, 0) || all_bytes(destination, n, 0))
        return SAO_BYPASS_UNSPECIFIED;
    if (memcmp(source, destination, n) == 0)
        return SAO_BYPASS_SAME_ADDRESS;
    return SAO_BYPASS_NONE;
}

static sao_bypass classify_ipv4(const rest *frame, sao_ip_packet *packet)
{
    const uint8_t *header = frame->bytes;
    size_t header_length;
    sao_bypass reason;

    if (frame->captured < IPV4_HEADER)
        return missing(frame, IPV4_HEADER);
    header_length = (size_t)(header[0] & 0x0f) * 4;
    if (header[0] >> 4 != 4 || header_length < IPV4_HEADER)
        return SAO_BYPASS_MALFORMED;
    packet->version = 4;
    packet->bytes = header;
    packet->length = read16(header + 2);
    reason = take_addresses(packet, header + 12, header + 16);
    if (reason != SAO_BYPASS_NONE)
        return reason;
    if (packet->length == 0)
        return SAO_BYPASS_SEGMENTATION;
    if (packet->length < header_length)
        return SAO_BYPASS_MALFORMED;
    return packet->length > frame->captured ? missing(frame, packet->length) : SAO_BYPASS_NONE;
}

static sao_bypass classify_ipv6(const rest *frame, sao_ip_packet *packet)
{
    const uint8_t *header = frame->bytes;
    sao_bypass reason;
    size_t payload;

    if (frame->captured < IPV6_HEADER)
        return missing(frame, IPV6_HEADER);
    if (header[0] >> 4 != 6)
        return SAO_BYPASS_MALFORMED;
    packet->version = 6;
    packet->bytes = header;
    payload = read16(header + 4);
    packet->length = IPV6_HEADER + payload;
    reason = take_addresses(packet, header + 8, header + 24);
    if (reason != SAO_BYPASS_NONE)
        return reason;
    if (payload == 0 && header[6] == HOP_BY_HOP)
        return SAO_BYPASS_JUMBOGRAM;
    if (payload == 0 && (header[6] == TCP || header[6] == UDP))
        return SAO_BYPASS_SEGMENTATION;
    if (packet->length > 65535)
        return SAO_BYPASS_TOO_LARGE;
    return packet->length > frame->captured ? missing(frame, packet->length) : SAO_BYPASS_NONE;
}

/* For links that carry IP and nothing else. */
static sao_bypass classify_ip(const rest *frame, sao_ip_packet *packet)
{
    if (frame->captured < 1)
        return missing(frame, 1);
    switch (frame->bytes[0] >> 4) {
    case 4:
        return classify_ipv4(frame, packet);
    case 6:
        return classify_ipv6(frame, packet);
    default:
        return SAO_BYPASS_MALFORMED;
    }
}

/* ---- links ----------------------------------------------------------------------------- */

/* PPPoE (RFC 2516): version, code, session, length, then the PPP protocol. */
static sao_bypass classify_pppoe(rest *frame, sao_ip_packet *packet)
{
    const uint8_t *header = take(frame, 8);

    if (header == NULL)
        return missing(frame, 8);
    switch (read16(header + 6)) {
    case 0x0021:
        return classify_ipv4(frame, packet);
    case 0x0057:
        return classify_ipv6(frame, packet);
    default:
        return SAO_BYPASS_NOT_IP;
    }
}

/* What follows an Ethernet type, VLAN tags included. */
static sao_bypass classify_ethertype(rest *frame, uint16_t type, sao_ip_packet *packet)
{
    int tags = 0;

    while (type == TYPE_VLAN || type == TYPE_SERVICE_VLAN || type == TYPE_OLD_VLAN) {
        const uint8_t *tag = take(frame, 4);

        if (tag == NULL)
            return missing(frame, 4);
        if (++tags > VLAN_TAGS_MAX)
            return SAO_BYPASS_NOT_IP;
        type = read16(tag + 2);
    }
    switch (type) {
    case TYPE_IPV4:
        return classify_ipv4(frame, packet);
    case TYPE_IPV6:
        return classify_ipv6(frame, packet);
    case TYPE_ARP:
        return SAO_BYPASS_ARP;
    case TYPE_PPPOE_SESSION:
        return classify_pppoe(frame, packet);
    default:
        return SAO_BYPASS_NOT_IP;
    }
}

/* A link header of `size` bytes with an Ethernet type at `type_offset`. */
static sao_bypass classify_typed(rest *frame, size_t size, size_t type_offset,
                                 sao_ip_packet *packet)
{
    const uint8_t *header = take(frame, size);

    if (header == NULL)
        return missing(frame, size);
    return classify_ethertype(frame, read16(header + type_offset), packet);
}

/* BSD loopback: an address family of four bytes, in the order of the capturing machine (NULL) or
 * of the network (LOOP); each system has its own number for IPv6. */
static sao_bypass classify_loopback(rest *frame, sao_ip_packet *packet)
{
    const uint8_t *header = take(frame, 4);
    uint32_t family;

    if (header == NULL)
        return missing(frame, 4);
    family = (uint32_t)read16(header) << 16 | read16(header + 2);
    if ((family & 0xffff) == 0) /* the other byte order */
        family = (uint32_t)header[0] | (uint32_t)header[1] << 8;
    switch (family) {
    case 2:
        return classify_ipv4(frame, packet);
    case 10: /* Linux */
    case 24: /* NetBSD, OpenBSD */
    case 28: /* FreeBSD */
    case 30: /* Darwin */
        return classify_ipv6(frame, packet);
    default:
        return SAO_BYPASS_NOT_IP;
    }
}

bool sao_classify_knows(int link_type)
{
    switch (link_type) {
    case DLT_EN10MB:
    case DLT_LINUX_SLL:
    case DLT_LINUX_SLL2:
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
    case DLT_NULL:
    case DLT_LOOP:
        return true;
    default:
        return false;
    }
}

sao_bypass sao_classify(int link_type, const uint8_t *frame, size_t captured, size_t original,
                        sao_ip_packet *packet)
{
    rest left = {frame, captured, original < captured ? captured : original};

    switch (link_type) {
    case DLT_EN10MB:
        return classify_typed(&left, 14, 12, packet);
    case DLT_LINUX_SLL:
        return classify_typed(&left, 16, 14, packet);
    case DLT_LINUX_SLL2:
        return classify_typed(&left, 20, 0, packet);
    case DLT_RAW:
        return classify_ip(&left, packet);
    case DLT_IPV4:
        return classify_ipv4(&left, packet);
    case DLT_IPV6:
        return classify_ipv6(&left, packet);
    case DLT_NULL:
    case DLT_LOOP:
        return classify_loopback(&left, packet);
    default:
        return SAO_BYPASS_NOT_IP;
    }
}

const char *sao_bypass_name(sao_bypass reason)
{
    static const char *const names[SAO_BYPASS_COUNT] = {
        [SAO_BYPASS_NONE] = "none",
        [SAO_BYPASS_ARP] = "arp",
        [SAO_BYPASS_NOT_IP] = "not_ip",
        [SAO_BYPASS_MULTICAST] = "multicast",
        [SAO_BYPASS_UNSPECIFIED] = "unspecified_address",
        [SAO_BYPASS_SAME_ADDRESS] = "same_address",
        [SAO_BYPASS_CUT] = "cut_by_snaplen",
        [SAO_BYPASS_SEGMENTATION] = "segmentation_offload",
        [SAO_BYPASS_JUMBOGRAM] = "jumbogram",
        [SAO_BYPASS_MALFORMED] = "malformed",
        [SAO_BYPASS_TOO_LARGE] = "too_large_with_ipsec",
        [SAO_BYPASS_UNFIT] = "unfit_for_transport_mode",
        [SAO_BYPASS_OTHER_IP] = "other_ip_version",
    };

    return reason < SAO_BYPASS_COUNT ? names[reason] : "unknown";
}

bool sao_classify_checksum_is_good(const sao_ip_packet *packet)
{
    const size_t length = (size_t)(packet->bytes[0] & 0x0F) * 4;
    uint32_t sum = 0;

    for (size_t i = 0; i < length && i + 1 < packet->length; i += 2)
        sum += (uint32_t)packet->bytes[i] << 8 | packet->bytes[i + 1];
    sum = (sum & 0xFFFF) + (sum >> 16);
    return (sum & 0xFFFF) + (sum >> 16) == 0xFFFF;
}
