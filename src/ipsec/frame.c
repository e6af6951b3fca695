// SPDX-License-Identifier: BSD-2-Clause
/*
 * frame.c: the transport's half of ESP (RFC 4303) and AH (RFC 4302): puts headers, and for ESP
 * padding and trailer, around a payload, and takes them off again.
 *
 * The outer header of tunnel mode copies DSCP and ECN of the inner one (RFC 4301 section 5.1.2,
 * RFC 6040). An IPv4 one is atomic: DF set, identification 0 (RFC 6864), whatever DF the inner
 * one has, since fragments of it could not be offloaded (FRAG-1). An IPv6 one has flow label 0.
 * On the way out the inner packet's bytes stay as sent, but that one which can be told of
 * congestion is told (RFC 4301 section 5.1.2.1, note 6).
 */
#include "ipsec/ah.h"
#include "ipsec/esp.h"
#include "ipsec/sa.h"
#include "ipsec/udp.h"
#include "ipsec/wire.h"

#define IPV4_DONT_FRAGMENT 0x4000u

/* How a packet will be laid out. Offsets count bytes from the IP header. */
typedef struct frame_plan {
    sao_ip_view ip;          /* the packet as it is */
    uint32_t payload_at;     /* from where it is... */
    uint32_t payload_length; /* ...what goes behind ESP or AH */
    uint32_t header_length;  /* of the IP headers before */
    uint32_t prefix_length;  /* of UDP, ESP or AH before the payload */
    uint32_t pad_length;     /* of ESP, behind it */
    uint32_t length;         /* of the result */
    uint8_t next_header;
} frame_plan;

static uint32_t outer_header_length(const sao_ipsec_sa *sa)
{
    return sa->ip_version == 4 ? SAO_IPV4_HEADER_LENGTH : SAO_IPV6_HEADER_LENGTH;
}

static uint32_t udp_length(const sao_ipsec_sa *sa)
{
    return sa->udp_encapsulated ? SAO_UDP_HEADER_LENGTH : 0;
}

/* What the IP header says comes next. */
static uint8_t carried_protocol(const sao_ipsec_sa *sa)
{
    return sa->udp_encapsulated ? SAO_PROTOCOL_UDP : sa->protocol;
}

/* False for a packet that transport mode cannot carry. */
static bool plan_transport(const sao_ipsec_sa *sa, const uint8_t *packet, frame_plan *plan)
{
    const sao_ip_view *ip = &plan->ip;

    if (sao_ip_walk(packet, &plan->ip) != SAO_PARSE_OK || !sao_sa_covers(sa, packet, ip))
        return false;
    plan->payload_at = ip->insert_at;
    plan->header_length = ip->insert_at;
    plan->next_header = packet[ip->insert_protocol_at];
    if (sa->protocol == SAO_PROTOCOL_AH)
        return sao_ah_headers_fit(packet, ip->insert_at);
    /* ESP would call it a dummy, and the receiver throw it away. */
    return plan->next_header != SAO_PROTOCOL_NO_NEXT_HEADER;
}

/* What is put around the payload, once that is known. */
static void plan_lengths(const sao_ipsec_sa *sa, frame_plan *plan)
{
    uint32_t unaligned = plan->payload_length + SAO_ESP_TRAILER_LENGTH;

    if (sa->protocol == SAO_PROTOCOL_AH) {
        plan->pad_length = 0;
        plan->prefix_length = sao_ah_length(sa);
        plan->length = plan->header_length + plan->prefix_length + plan->payload_length;
        return;
    }
    plan->pad_length = (0u - unaligned) & (esp_alignment(sa) - 1);
    plan->prefix_length = udp_length(sa) + SAO_ESP_HEADER_LENGTH + sa->iv_length;
    plan->length =
        plan->header_length + plan->prefix_length + unaligned + plan->pad_length + sa->icv_length;
}

static bool plan_frame(const sao_ipsec_sa *sa, const uint8_t *packet, size_t length,
                       frame_plan *plan)
{
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
    plan_lengths(sa, plan);
    return true;
}

size_t sao_ipsec_overhead(const sao_ipsec_sa *sa, const uint8_t *packet, size_t length)
{
    frame_plan plan;

    return plan_frame(sa, packet, length, &plan) ? plan.length - plan.ip.length : 0;
}

static void write_outer_header(const sao_ipsec_sa *sa, uint8_t traffic, uint8_t *packet)
{
    SAO_MEMSET(packet, 0, outer_header_length(sa));
    if (sa->ip_version == 4) {
        packet[0] = 0x45;
        packet[1] = traffic;
        wire_store16(packet + 6, IPV4_DONT_FRAGMENT);
        packet[8] = sa->hop_limit;
        packet[9] = carried_protocol(sa);
        SAO_MEMCPY(packet + 12, sa->source.bytes, 4);
        SAO_MEMCPY(packet + 16, sa->destination.bytes, 4);
    } else {
        packet[0] = (uint8_t)(0x60u | traffic >> 4);
        packet[1] = (uint8_t)((traffic & 0x0Fu) << 4);
        packet[6] = carried_protocol(sa);
        packet[7] = sa->hop_limit;
        SAO_MEMCPY(packet + 8, sa->source.bytes, 16);
        SAO_MEMCPY(packet + 24, sa->destination.bytes, 16);
    }
}

/* ESP header, IV, padding, trailer and ICV around the payload, which is in its place. */
static void write_esp(const sao_ipsec_sa *sa, uint32_t sequence, const frame_plan *plan,
                      uint8_t *packet)
{
    uint8_t *esp = packet + plan->header_length + udp_length(sa);
    uint8_t *pad = packet + plan->header_length + plan->prefix_length + plan->payload_length;

    if (sa->udp_encapsulated)
        sao_udp_write(sa, plan->length - plan->header_length, packet + plan->header_length);
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
    uint8_t traffic = sao_ip_traffic_class(packet);

    SAO_MEMMOVE(packet + plan->header_length + plan->prefix_length, packet + plan->payload_at,
                plan->payload_length);
    if (sa->mode == SAO_IPSEC_TUNNEL)
        write_outer_header(sa, traffic, packet);
    else
        packet[plan->ip.insert_protocol_at] = carried_protocol(sa);
    if (sa->protocol == SAO_PROTOCOL_AH)
        sao_ah_write(sa, (uint32_t)sequence, plan->next_header, packet + plan->header_length);
    else
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
    if (sa->behind_ah) /* framed from the inside out: AH is not there yet */
        return NDIS_STATUS_INVALID_PARAMETER;
    if (sa->udp_encapsulated && (sa->udp_source_port == 0 || sa->udp_destination_port == 0))
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

/* Where an opened packet has what it carries. Offsets count bytes from the IP header. */
typedef struct strip_plan {
    uint32_t header_at;   /* of ESP or AH */
    uint32_t protocol_at; /* of the byte that names it */
    uint32_t payload_at;
    uint32_t payload_length;
    uint8_t next_header;
} strip_plan;

static bool plan_strip_ah(const sao_ipsec_sa *sa, const uint8_t *packet, size_t length,
                          strip_plan *plan)
{
    sao_ah_view view;

    if (sao_ah_locate(sa, packet, length, &view) != CRYPTO_SUCCESS)
        return false;
    plan->header_at = view.header_at;
    plan->protocol_at = view.ip.protocol_at;
    plan->payload_at = view.payload_at;
    plan->payload_length = view.payload_length;
    plan->next_header = view.next_header;
    return true;
}

/* Not for a dummy packet (RFC 4303 section 2.6): it carries nothing. */
static bool plan_strip_esp(const sao_ipsec_sa *sa, const uint8_t *packet, size_t length,
                           strip_plan *plan)
{
    sao_esp_view view;
    sao_esp_trailer trailer;

    if (sao_esp_locate(sa, packet, length, &view) != CRYPTO_SUCCESS ||
        !esp_read_trailer(packet + view.body_at, view.body_length, &trailer))
        return false;
    plan->header_at = view.ip.offset; /* UDP goes too */
    plan->protocol_at = view.ip.protocol_at;
    plan->payload_at = view.body_at;
    plan->payload_length = trailer.payload_length;
    plan->next_header = trailer.next_header;
    return plan->next_header != SAO_PROTOCOL_NO_NEXT_HEADER;
}

/* What follows the inner packet is padding against traffic analysis (RFC 4303 section 2.7). */
static NDIS_STATUS strip_tunnel(const strip_plan *plan, uint8_t *packet, size_t *length)
{
    const uint8_t *payload = packet + plan->payload_at;
    bool congested = (sao_ip_traffic_class(packet) & SAO_ECN_MASK) == SAO_ECN_CONGESTED;
    uint8_t version = plan->next_header == SAO_PROTOCOL_IPV4 ? 4 : 6;
    sao_ip_view inner;

    if (plan->next_header != SAO_PROTOCOL_IPV4 && plan->next_header != SAO_PROTOCOL_IPV6)
        return NDIS_STATUS_INVALID_DATA;
    if (sao_ip_read_fixed(payload, plan->payload_length, &inner) != SAO_PARSE_OK ||
        inner.version != version)
        return NDIS_STATUS_INVALID_DATA;
    SAO_MEMMOVE(packet, payload, inner.length);
    if (congested)
        sao_ip_mark_congestion(packet);
    *length = inner.length;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS strip_transport(const strip_plan *plan, uint8_t *packet, size_t *length)
{
    SAO_MEMMOVE(packet + plan->header_at, packet + plan->payload_at, plan->payload_length);
    packet[plan->protocol_at] = plan->next_header;
    *length = plan->header_at + plan->payload_length;
    sao_ip_finish(packet, (uint32_t)*length);
    return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS sao_ipsec_strip(const sao_ipsec_sa *sa, uint8_t *packet, size_t *length)
{
    strip_plan plan;
    bool found = sa->protocol == SAO_PROTOCOL_AH ? plan_strip_ah(sa, packet, *length, &plan)
                                                 : plan_strip_esp(sa, packet, *length, &plan);

    if (!found || sa->behind_ah) /* AH goes first, and then nothing is behind it */
        return NDIS_STATUS_INVALID_DATA;
    if (sa->mode == SAO_IPSEC_TUNNEL)
        return strip_tunnel(&plan, packet, length);
    return strip_transport(&plan, packet, length);
}
