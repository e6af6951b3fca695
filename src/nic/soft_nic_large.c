// SPDX-License-Identifier: BSD-2-Clause
/*
 * soft_nic_large.c: large TCP packets, cut into segments that are sealed one by one (LSO-1).
 *
 * A large packet is framed but for the ESP trailer and the ICV behind it: headers, TCP header,
 * payload, and PadLength bytes that are not to leave. What stands before the TCP payload is the
 * head of each segment. The lengths in it are not looked at: they may be more than they can state.
 * A segment is made in the staging buffer, from the host's memory, which stays as it is.
 */
#include "nic/soft_nic_private.h"

#include <saoffload/oob.h>

#include "ipsec/ip.h"
#include "ipsec/udp.h"
#include "ipsec/wire.h"

#define PROTOCOL_TCP 6u
#define TCP_HEADER_LENGTH 20u
#define TCP_SEQUENCE_AT 4u
#define TCP_OFFSET_AT 12u
#define TCP_FLAGS_AT 13u
#define TCP_CHECKSUM_AT 16u
#define TCP_FIN 0x01u
#define TCP_SYN 0x02u
#define TCP_RST 0x04u
#define TCP_PSH 0x08u
#define TCP_URG 0x20u
#define TCP_CWR 0x80u

#define IPV4_IDENTIFICATION_AT 4u
#define IPV4_NO_OPTIONS 0x45u

/* The most that IPsec puts behind TCP. */
#define IPSEC_TRAILER_MAX 64u

bool sao_nic_is_large(const sao_packet *packet)
{
    return sao_oob_get_lso(&packet->lso).mss != 0;
}

/* ---- reading --------------------------------------------------------------------------- */

/* The IP header lies before TCP, wherever the one or the other is said to begin. */
static bool headers_fit(const sao_packet *packet, const sao_nic_large *large)
{
    const uint32_t least = large->ip_version == 4 ? SAO_IPV4_HEADER_LENGTH : SAO_IPV6_HEADER_LENGTH;

    return packet->ip_offset <= large->tcp_at && large->tcp_at - packet->ip_offset >= least;
}

static bool find_payload(const sao_packet *packet, sao_nic_large *large)
{
    uint8_t tcp[TCP_HEADER_LENGTH] = {0}; /* of a packet that ends before, nothing is copied */
    const uint32_t size = sao_packet_size(packet);

    sao_nic_copy_from(packet, large->tcp_at, sizeof tcp, tcp);
    large->payload_at = large->tcp_at + (tcp[TCP_OFFSET_AT] >> 4) * 4u;
    if (large->payload_at < large->tcp_at + TCP_HEADER_LENGTH ||
        size < large->payload_at + packet->header.Transmit.PadLength)
        return false;
    large->payload_length = size - large->payload_at - packet->header.Transmit.PadLength;
    /* What begins or ends a connection, or is urgent, cannot be said more than once. */
    return (tcp[TCP_FLAGS_AT] & (TCP_SYN | TCP_RST | TCP_URG)) == 0;
}

bool sao_nic_large_read(const sao_soft_nic *nic, const sao_packet *packet, sao_nic_large *large)
{
    const sao_oob_lso oob = sao_oob_get_lso(&packet->lso);

    SAO_MEMSET(large, 0, sizeof *large);
    large->packet = packet;
    large->mss = oob.mss;
    large->tcp_at = oob.tcp_header_offset;
    large->ip_version = oob.ipv6 ? 6 : 4;
    if (!nic->config.capabilities.LsoSupported || packet->tunnel.Transmit.TunnelHandle != NULL ||
        !headers_fit(packet, large) || !find_payload(packet, large))
        return false;
    large->count =
        large->payload_length / large->mss +
        (large->payload_length % large->mss != 0 || large->payload_length == 0 ? 1u : 0u);
    return true;
}

/* ---- cutting --------------------------------------------------------------------------- */

static void add16(uint8_t *at, uint32_t more)
{
    wire_store16(at, wire_load16(at) + more);
}

static void add32(uint8_t *at, uint32_t more)
{
    wire_store32(at, wire_load32(at) + more);
}

/* The offsets are those of OOB data, in words from the IP header (TX-5). */
static uint8_t *header_of(uint8_t *ip, uint32_t words)
{
    return words != 0 ? ip + words * (size_t)4 : NULL;
}

/* Before TCP, so that at the least TCP's header is behind what is counted up there. */
static bool is_inside(const sao_nic_large *large, uint32_t words)
{
    return words * 4u <= large->tcp_at - large->packet->ip_offset;
}

/* The lengths of everything around `length` bytes from the IP header, and what goes along. */
static void state_length(uint8_t *ip, uint32_t length)
{
    const uint32_t header = ip[0] >> 4 == 4 ? SAO_IPV4_HEADER_LENGTH : SAO_IPV6_HEADER_LENGTH;
    const uint8_t protocol = ip[0] >> 4 == 4 ? ip[9] : ip[6];

    sao_ip_finish(ip, length);
    if (protocol == SAO_PROTOCOL_UDP) {
        wire_store16(ip + header + 4, length - header);
        wire_store16(ip + header + 6, 0); /* sealing writes it where there has to be one */
    }
}

static void count_up(const sao_nic_large *large, uint32_t n, uint8_t *ip)
{
    const sao_ndis_header_transmit *oob = &large->packet->header.Transmit;
    uint8_t *ah = header_of(ip, oob->AhHeaderOffset);
    uint8_t *esp = header_of(ip, oob->EspHeaderOffset);

    if (ip[0] >> 4 == 4)
        add16(ip + IPV4_IDENTIFICATION_AT, n);
    if (ah != NULL)
        add32(ah + 8, n);
    if (esp != NULL)
        add32(esp + 4, n);
}

/* The TCP header of segment `n`, and its checksum over `length` bytes. */
static void mend_tcp(const sao_nic_large *large, uint32_t n, const uint8_t *ip, uint8_t *tcp,
                     uint32_t length)
{
    const bool v4 = ip[0] >> 4 == 4;
    uint32_t sum = PROTOCOL_TCP + length; /* and the addresses: the pseudo-header */

    add32(tcp + TCP_SEQUENCE_AT, n * large->mss);
    if (n + 1 < large->count)
        tcp[TCP_FLAGS_AT] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
    if (n > 0)
        tcp[TCP_FLAGS_AT] &= (uint8_t)~TCP_CWR;
    wire_store16(tcp + TCP_CHECKSUM_AT, 0);
    sum = wire_sum(ip + (v4 ? 12 : 8), v4 ? 8 : 32, sum);
    wire_store16(tcp + TCP_CHECKSUM_AT, ~(uint32_t)wire_fold(wire_sum(tcp, length, sum)));
}

/* Does a segment with `size` bytes of payload fit, with all that is to come? */
static bool segment_fits(const sao_soft_nic *nic, const sao_nic_large *large, uint32_t size)
{
    const sao_ndis_header_transmit *oob = &large->packet->header.Transmit;
    const uint32_t before = large->payload_at - large->packet->ip_offset;

    return large->payload_at <= nic->config.staging &&
           size <= nic->config.staging - large->payload_at &&
           size <= UINT16_MAX - IPSEC_TRAILER_MAX - before &&
           is_inside(large, oob->AhHeaderOffset) && is_inside(large, oob->EspHeaderOffset);
}

/* IPv4 options and IPv6 extension headers might change what the checksum is of: neither is cut. */
static bool version_fits(const sao_nic_large *large, const uint8_t *ip)
{
    return large->ip_version == 4 ? ip[0] == IPV4_NO_OPTIONS : ip[0] >> 4 == 6;
}

uint8_t *sao_nic_large_cut(sao_soft_nic *nic, sao_nic_large *large, uint32_t n)
{
    const sao_packet *packet = large->packet;
    const uint32_t from = n * large->mss;
    const uint32_t left = large->payload_length - from;
    const uint32_t size = left < large->mss ? left : large->mss;
    uint8_t *ip = nic->staging + packet->ip_offset;

    if (!segment_fits(nic, large, size))
        return NULL;
    sao_nic_copy_from(packet, 0, large->payload_at, nic->staging);
    if (!version_fits(large, ip))
        return NULL;
    sao_nic_copy_from(packet, large->payload_at + from, size, nic->staging + large->payload_at);
    large->length = large->payload_at + size;
    count_up(large, n, ip);
    state_length(ip, large->length - packet->ip_offset);
    mend_tcp(large, n, ip, nic->staging + large->tcp_at, large->length - large->tcp_at);
    return nic->staging;
}

/* Padding, trailer and room for the ICV behind a segment (RFC 4303 section 2.4). */
static bool add_trailer(const sao_soft_nic *nic, const sao_ipsec_sa *sa, sao_nic_large *large)
{
    const sao_packet *packet = large->packet;
    const sao_ndis_header_transmit *oob = &packet->header.Transmit;
    const uint32_t body_at = packet->ip_offset + oob->EspHeaderOffset * 4u + 8u + sa->iv_length;
    const uint32_t unit = sa->block_length > 4 ? sa->block_length : 4;
    const uint32_t unpadded = large->length + 2u - body_at;
    const uint32_t pad = (0u - unpadded) & (unit - 1u);
    uint8_t *at = nic->staging + large->length;

    if (nic->config.staging - large->length < pad + 2u + (uint32_t)sa->icv_length)
        return false;
    for (uint32_t i = 0; i < pad; i++)
        at[i] = (uint8_t)(i + 1u);
    at[pad] = (uint8_t)pad;
    at[pad + 1] = oob->NextHeader;
    SAO_MEMSET(at + pad + 2u, 0, sa->icv_length); /* as who frames a packet leaves it */
    large->length += pad + 2u + sa->icv_length;
    state_length(nic->staging + packet->ip_offset, large->length - packet->ip_offset);
    return true;
}

/* ---- sealing --------------------------------------------------------------------------- */

/* Has OOB data told the places of all headers, from which they were counted up (TX-5)? */
static bool was_told(const sao_nic_large *large, const sao_nic_part *part)
{
    const sao_ndis_header_transmit *oob = &large->packet->header.Transmit;

    for (uint32_t i = 0; i < part->bundle->sa_count; i++) {
        const bool ah = part->bundle->hardware.sa[i].protocol == SAO_PROTOCOL_AH;

        if (part->layout[i].header_at != (ah ? oob->AhHeaderOffset : oob->EspHeaderOffset) * 4u)
            return false;
    }
    return true;
}

/* Without ESN the numbers must not come round; with it the high half goes on. */
static bool set_high(const sao_nic_part *part, uint32_t n, uint32_t count, uint32_t *high)
{
    for (uint32_t i = 0; i < part->bundle->sa_count; i++) {
        const uint32_t low = part->layout[i].sequence; /* of segment n */

        if (!part->bundle->hardware.sa[i].esn && low > UINT32_MAX - (count - 1u - n))
            return false;
        high[i] = part->sequence_high[i] + (low < n ? 1u : 0u);
    }
    return true;
}

bool sao_nic_large_seal(sao_soft_nic *nic, sao_nic_large *large, uint32_t n)
{
    const sao_flight *flight = &large->packet->flight;
    const sao_nic_context *hardware = &nic->bundles[flight->bundle->index].hardware;
    uint8_t *ip = nic->staging + large->packet->ip_offset;
    uint32_t high[SAO_NIC_SAS];
    sao_nic_part part;

    if (hardware->sa[0].protocol == SAO_PROTOCOL_ESP && !add_trailer(nic, &hardware->sa[0], large))
        return false;
    sao_nic_part_init(&part, nic, flight->bundle, flight->sequence_high, ip,
                      large->length - large->packet->ip_offset);
    if (!sao_nic_part_locate(&part) || part.layout[0].next_header != PROTOCOL_TCP ||
        part.ip + part.layout[0].payload_at != nic->staging + large->tcp_at ||
        !was_told(large, &part) || !set_high(&part, n, large->count, high))
        return false;
    part.sequence_high = high;
    return sao_nic_part_seal(nic, &part);
}
