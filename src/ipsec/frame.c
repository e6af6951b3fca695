// SPDX-License-Identifier: BSD-2-Clause
/*
 * frame.c: the transport's half of ESP (RFC 4303): puts headers, padding and trailer around a
 * payload, and takes them off again.
 *
 * The outer header of tunnel mode copies DSCP and ECN of the inner one (RFC 4301 section 5.1.2,
 * RFC 6040). An IPv4 one is atomic: DF set, identification 0 (RFC 6864), whatever DF the inner
 * one has, since fragments of it could not be offloaded (FRAG-1). An IPv6 one has flow label 0.
 * Nothing of the outer header comes back on the way out: the inner packet's bytes stay as sent.
 */
#include "ipsec/esp.h"
#include "ipsec/wire.h"

#define IPV4_DONT_FRAGMENT 0x4000u

/* How a packet will be laid out. Offsets count bytes from the IP header. */
typedef struct frame_plan {
    sao_ip_view ip;          /* the packet as it is */
    uint32_t payload_at;     /* from where it is... */
    uint32_t payload_length; /* ...what goes inside of ESP */
    uint32_t header_length;  /* of the IP headers before ESP */
    uint32_t pad_length;
    uint32_t length; /* of the result */
    uint8_t next_header;
} frame_plan;

static uint32_t outer_header_length(const sao_ipsec_sa *sa)
{
    return sa->ip_version == 4 ? SAO_IPV4_HEADER_LENGTH : SAO_IPV6_HEADER_LENGTH;
}

/* False for a packet that transport mode cannot carry. */
static bool plan_transport(const sao_ipsec_sa *sa, const uint8_t *packet, frame_plan *plan)
{
    const sao_ip_view *ip = &plan->ip;
    sao_address source, destination;

    if (sao_ip_walk(packet, &plan->ip) != SAO_PARSE_OK)
        return false;
    if (ip->version != sa->ip_version || ip->fragment)
        return false;
    sao_ip_addresses(packet, ip->version, &source, &destination);
    if (!sao_ip_address_matches(&sa->source, &source) ||
        !sao_ip_address_matches(&sa->destination, &destination))
        return false;
    plan->payload_at = ip->insert_at;
    plan->header_length = ip->insert_at;
    plan->next_header = packet[ip->insert_protocol_at];
    /* ESP would call it a dummy, and the receiver throw it away. */
    return plan->next_header != SAO_PROTOCOL_NO_NEXT_HEADER;
}

static bool plan_frame(const sao_ipsec_sa *sa, const uint8_t *packet, size_t length,
                       frame_plan *plan)
{
    uint32_t unaligned;

    /* What a tunnel carries need not make sense beyond its length. */
    if (sao_ip_read_fixed(packet, length, &plan->ip) != SAO_PARSE_OK)
        return false;
    if (sa->mode == SAO_IPSEC_TUNNEL) {
        plan->payload_at = 0;
        plan->header_length = outer_header_length(sa);
        plan->next_header = plan->ip.version == 4 ? SAO_PROTOCOL_IPV4 : SAO_PROTOCOL_IPV6;
    } else if (!plan_transport(sa, packet, plan)) {
        return false;
    }
    plan->payload_length = plan->ip.length - plan->payload_at;
    unaligned = plan->payload_length + SAO_ESP_TRAILER_LENGTH;
    plan->pad_length = (0u - unaligned) & (sao_esp_alignment(sa) - 1);
    plan->length = plan->header_length + SAO_ESP_HEADER_LENGTH + sa->iv_length + unaligned +
                   plan->pad_length + sa->icv_length;
    return true;
}

size_t sao_ipsec_overhead(const sao_ipsec_sa *sa, const uint8_t *packet, size_t length)
{
    frame_plan plan;

    return plan_frame(sa, packet, length, &plan) ? plan.length - plan.ip.length : 0;
}

/* The traffic class of IPv6 and the type of service of IPv4 are the same byte, elsewhere. */
static uint8_t traffic_class(const uint8_t *packet)
{
    if (packet[0] >> 4 == 4)
        return packet[1];
    return (uint8_t)((packet[0] & 0x0Fu) << 4 | packet[1] >> 4);
}

static void write_outer_header(const sao_ipsec_sa *sa, uint8_t traffic, uint8_t *packet)
{
    SAO_MEMSET(packet, 0, outer_header_length(sa));
    if (sa->ip_version == 4) {
        packet[0] = 0x45;
        packet[1] = traffic;
        wire_store16(packet + 6, IPV4_DONT_FRAGMENT);
        packet[8] = sa->hop_limit;
        packet[9] = SAO_PROTOCOL_ESP;
        SAO_MEMCPY(packet + 12, sa->source.bytes, 4);
        SAO_MEMCPY(packet + 16, sa->destination.bytes, 4);
    } else {
        packet[0] = (uint8_t)(0x60u | traffic >> 4);
        packet[1] = (uint8_t)((traffic & 0x0Fu) << 4);
        packet[6] = SAO_PROTOCOL_ESP;
        packet[7] = sa->hop_limit;
        SAO_MEMCPY(packet + 8, sa->source.bytes, 16);
        SAO_MEMCPY(packet + 24, sa->destination.bytes, 16);
    }
}

/* ESP header, IV, padding, trailer and ICV around the payload, which is in its place. */
static void write_esp(const sao_ipsec_sa *sa, uint32_t sequence, const frame_plan *plan,
                      uint8_t *packet)
{
    uint8_t *esp = packet + plan->header_length;
    uint8_t *pad = esp + SAO_ESP_HEADER_LENGTH + sa->iv_length + plan->payload_length;

    SAO_MEMCPY(esp, &sa->spi, sizeof sa->spi);
    wire_store32(esp + 4, sequence);
    SAO_MEMSET(esp + SAO_ESP_HEADER_LENGTH, 0, sa->iv_length);
    for (uint32_t i = 0; i < plan->pad_length; i++)
        pad[i] = (uint8_t)(i + 1);
    pad[plan->pad_length] = (uint8_t)plan->pad_length;
    pad[plan->pad_length + 1] = plan->next_header;
    SAO_MEMSET(pad + plan->pad_length + SAO_ESP_TRAILER_LENGTH, 0, sa->icv_length);
}

static void write_frame(const sao_ipsec_sa *sa, uint64_t sequence, const frame_plan *plan,
                        uint8_t *packet)
{
    uint8_t traffic = traffic_class(packet);

    SAO_MEMMOVE(packet + plan->header_length + SAO_ESP_HEADER_LENGTH + sa->iv_length,
                packet + plan->payload_at, plan->payload_length);
    if (sa->mode == SAO_IPSEC_TUNNEL)
        write_outer_header(sa, traffic, packet);
    else
        packet[plan->ip.insert_protocol_at] = SAO_PROTOCOL_ESP;
    write_esp(sa, (uint32_t)sequence, plan, packet);
    sao_ip_finish(packet, plan->length);
}

/* The largest packet that the length field of its IP header can state. */
static uint32_t longest_packet(uint8_t ip_version)
{
    return ip_version == 4 ? UINT16_MAX : SAO_IPV6_HEADER_LENGTH + UINT16_MAX;
}

NDIS_STATUS sao_ipsec_frame(const sao_ipsec_sa *sa, uint64_t sequence, uint8_t *packet,
                            size_t *length, size_t capacity)
{
    frame_plan plan;

    if (sequence == 0 || (!sa->esn && sequence > UINT32_MAX))
        return NDIS_STATUS_INVALID_PARAMETER;
    if (sa->mode == SAO_IPSEC_TUNNEL &&
        (sao_ip_is_unspecified(&sa->source) || sao_ip_is_unspecified(&sa->destination)))
        return NDIS_STATUS_INVALID_PARAMETER;
    if (!plan_frame(sa, packet, *length, &plan))
        return NDIS_STATUS_INVALID_DATA;
    if (plan.length > longest_packet(sa->ip_version))
        return NDIS_STATUS_INVALID_LENGTH;
    if (plan.length > capacity)
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    write_frame(sa, sequence, &plan, packet);
    *length = plan.length;
    return NDIS_STATUS_SUCCESS;
}

/* What follows the inner packet is padding against traffic analysis (RFC 4303 section 2.7). */
static NDIS_STATUS strip_tunnel(uint8_t *packet, const sao_esp_view *view, size_t *length)
{
    const uint8_t *payload = packet + view->body_at;
    uint8_t version = esp_next_header(packet, view) == SAO_PROTOCOL_IPV4 ? 4 : 6;
    sao_ip_view inner;

    if (esp_next_header(packet, view) != SAO_PROTOCOL_IPV4 &&
        esp_next_header(packet, view) != SAO_PROTOCOL_IPV6)
        return NDIS_STATUS_INVALID_DATA;
    if (sao_ip_read_fixed(payload, esp_payload_length(packet, view), &inner) != SAO_PARSE_OK ||
        inner.version != version)
        return NDIS_STATUS_INVALID_DATA;
    SAO_MEMMOVE(packet, payload, inner.length);
    *length = inner.length;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS strip_transport(uint8_t *packet, const sao_esp_view *view, size_t *length)
{
    uint32_t payload_length = esp_payload_length(packet, view);
    uint8_t next_header = esp_next_header(packet, view);

    if (next_header == SAO_PROTOCOL_NO_NEXT_HEADER)
        return NDIS_STATUS_INVALID_DATA;
    SAO_MEMMOVE(packet + view->header_at, packet + view->body_at, payload_length);
    packet[view->ip.protocol_at] = next_header;
    sao_ip_finish(packet, view->header_at + payload_length);
    *length = view->header_at + payload_length;
    return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS sao_ipsec_strip(const sao_ipsec_sa *sa, uint8_t *packet, size_t *length)
{
    sao_esp_view view;

    if (sao_esp_locate(sa, packet, *length, &view) != CRYPTO_SUCCESS ||
        !sao_esp_trailer_is_good(packet, &view))
        return NDIS_STATUS_INVALID_DATA;
    if (sa->mode == SAO_IPSEC_TUNNEL)
        return strip_tunnel(packet, &view, length);
    return strip_transport(packet, &view, length);
}
