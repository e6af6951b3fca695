// SPDX-License-Identifier: BSD-2-Clause
/*
 * parse.c: describes packets and frames, so that the adapter can decide without their bytes.
 *
 * A fragment shows no IPsec header, not even the first one (FRAG-1): whoever has not the whole
 * datagram can check nothing. An IPv6 fragment header counts even where it holds a whole one.
 */
#include <saoffload/ipsec.h>

#include "ipsec/ah.h"
#include "ipsec/esp.h"
#include "ipsec/ip.h"
#include "ipsec/udp.h"
#include "ipsec/wire.h"

#define ETHERNET_HEADER_LENGTH 14u
#define ETHERNET_TYPE_AT 12u
#define ETHERNET_TYPE_IPV4 0x0800
#define ETHERNET_TYPE_IPV6 0x86DD
#define ETHERNET_TYPE_VLAN 0x8100
#define ETHERNET_TYPE_SERVICE_VLAN 0x88A8
#define VLAN_TAG_LENGTH 4u
#define VLAN_TAGS_MAX 2

const char *sao_parse_name(sao_parse result)
{
    switch (result) {
    case SAO_PARSE_OK:
        return "ok";
    case SAO_PARSE_NOT_IP:
        return "not ip";
    case SAO_PARSE_TRUNCATED:
        return "truncated";
    case SAO_PARSE_MALFORMED:
        return "malformed";
    }
    return "unknown";
}

/* What a packet's headers say, before all of them are known to be good. */
typedef struct parse_notes {
    sao_ip_view ip;
    uint32_t spi[SAO_PACKET_HEADERS_MAX];
    uint8_t protocol[SAO_PACKET_HEADERS_MAX];
    uint8_t header_count;
    bool udp_encapsulated;
    uint32_t ipsec_offset;
} parse_notes;

static inline void note_ipsec_header(parse_notes *notes, uint8_t protocol, const uint8_t *packet,
                                     uint32_t header_at, uint32_t spi_at)
{
    if (notes->header_count == 0)
        notes->ipsec_offset = header_at;
    notes->protocol[notes->header_count] = protocol;
    SAO_MEMCPY(&notes->spi[notes->header_count], packet + spi_at, sizeof notes->spi[0]);
    notes->header_count++;
}

static sao_parse note_ah(const uint8_t *packet, parse_notes *notes)
{
    sao_ip_view *view = &notes->ip;
    uint32_t at = view->offset;
    sao_parse result = sao_ah_step_over(packet, view);

    if (view->offset != at) /* else AH itself is cut short */
        note_ipsec_header(notes, SAO_PROTOCOL_AH, packet, at, at + 4);
    return result;
}

static inline sao_parse note_esp(const uint8_t *packet, parse_notes *notes)
{
    const sao_ip_view *view = &notes->ip;

    if (view->length - view->offset < SAO_ESP_HEADER_LENGTH)
        return SAO_PARSE_MALFORMED;
    note_ipsec_header(notes, SAO_PROTOCOL_ESP, packet, view->offset, view->offset);
    return SAO_PARSE_OK;
}

/* ESP in UDP (RFC 3948). What is too short for ESP is a keepalive; SPI 0 marks IKE (UDP-1). */
static void note_udp(const uint8_t *packet, parse_notes *notes)
{
    const sao_ip_view *view = &notes->ip;
    const uint8_t *udp = packet + view->offset;
    uint32_t room = view->length - view->offset;
    uint32_t esp_at = view->offset + SAO_UDP_HEADER_LENGTH;

    if (room < SAO_UDP_HEADER_LENGTH + SAO_ESP_HEADER_LENGTH)
        return;
    if (wire_load16(udp) != SAO_UDP_PORT_IPSEC && wire_load16(udp + 2) != SAO_UDP_PORT_IPSEC)
        return;
    if (wire_load16(udp + 4) < SAO_UDP_HEADER_LENGTH + SAO_ESP_HEADER_LENGTH ||
        wire_load16(udp + 4) > room)
        return;
    if (wire_load32(packet + esp_at) == 0)
        return;
    notes->udp_encapsulated = true;
    note_ipsec_header(notes, SAO_PROTOCOL_ESP, packet, esp_at, esp_at);
}

/*
 * What AH protects is the sender's affair and need not make sense, nor is a fragment header there
 * one of this packet: where it does not, nothing more is in sight.
 */
static inline sao_parse note_ipsec_headers(const uint8_t *packet, parse_notes *notes)
{
    sao_ip_view *view = &notes->ip;
    const bool fragment = view->fragment;
    sao_parse result = SAO_PARSE_OK;

    while (result == SAO_PARSE_OK && !view->fragment && view->protocol == SAO_PROTOCOL_AH &&
           notes->header_count < SAO_PACKET_HEADERS_MAX)
        result = note_ah(packet, notes);
    if (result == SAO_PARSE_OK && !view->fragment && notes->header_count < SAO_PACKET_HEADERS_MAX) {
        if (view->protocol == SAO_PROTOCOL_ESP)
            result = note_esp(packet, notes);
        else if (view->protocol == SAO_PROTOCOL_UDP && notes->header_count == 0)
            note_udp(packet, notes);
    }
    view->fragment = fragment;
    return notes->header_count > 0 ? SAO_PARSE_OK : result;
}

static inline sao_parse read_headers(const uint8_t *packet, size_t length, parse_notes *notes)
{
    sao_parse result;

    SAO_MEMSET(notes, 0, sizeof *notes);
    result = sao_ip_read(packet, length, &notes->ip);
    return result == SAO_PARSE_OK ? note_ipsec_headers(packet, notes) : result;
}

/* Everything, once: a copy of what was just written in small pieces would wait for them. */
static inline void describe(const uint8_t *packet, const parse_notes *notes, sao_packet_info *info)
{
    sao_ip_addresses(packet, notes->ip.version, &info->source, &info->destination);
    for (uint32_t i = 0; i < SAO_PACKET_HEADERS_MAX; i++) {
        info->spi[i] = notes->spi[i];
        info->protocol[i] = notes->protocol[i];
    }
    info->header_count = notes->header_count;
    info->ip_version = notes->ip.version;
    info->fragment = notes->ip.fragment;
    info->ipv4_options = notes->ip.options;
    info->ipv6_extensions = notes->ip.extensions;
    info->udp_encapsulated = notes->udp_encapsulated;
    info->ip_offset = 0;
    info->ipsec_offset = notes->ipsec_offset;
    info->ip_length = notes->ip.length;
    info->encapsulation = NDIS_ENCAPSULATION_NULL;
}

#define IPV4_WITHOUT_OPTIONS 0x45

/* What IPsec traffic mostly is, read in a straight line: IPv4 without options, whole, and ESP right
 * behind it. False for anything else, which the long way may still find to be ESP. */
static inline bool describe_plain_esp(const uint8_t *packet, size_t length, sao_packet_info *info)
{
    const uint32_t least = SAO_IPV4_HEADER_LENGTH + SAO_ESP_HEADER_LENGTH;
    uint32_t stated;

    if (length < least || packet[0] != IPV4_WITHOUT_OPTIONS || packet[9] != SAO_PROTOCOL_ESP ||
        (wire_load16(packet + 6) & SAO_IPV4_FRAGMENT_MASK) != 0)
        return false;
    stated = wire_load16(packet + 2);
    if (stated < least || stated > length)
        return false;
    sao_ip_addresses(packet, 4, &info->source, &info->destination);
    SAO_MEMCPY(&info->spi[0], packet + SAO_IPV4_HEADER_LENGTH, sizeof info->spi[0]);
    info->spi[1] = 0;
    info->protocol[0] = SAO_PROTOCOL_ESP;
    info->protocol[1] = 0;
    info->header_count = 1;
    info->ip_version = 4;
    info->fragment = false;
    info->ipv4_options = false;
    info->ipv6_extensions = false;
    info->udp_encapsulated = false;
    info->ip_offset = 0;
    info->ipsec_offset = SAO_IPV4_HEADER_LENGTH;
    info->ip_length = stated;
    info->encapsulation = NDIS_ENCAPSULATION_NULL;
    return true;
}

sao_parse sao_packet_parse(const uint8_t *packet, size_t length, sao_packet_info *info)
{
    parse_notes notes;
    const sao_parse result = read_headers(packet, length, &notes);

    if (result == SAO_PARSE_OK)
        describe(packet, &notes, info);
    return result;
}

static bool names_ipsec(uint8_t protocol)
{
    return protocol == SAO_PROTOCOL_ESP || protocol == SAO_PROTOCOL_AH;
}

bool sao_packet_may_be_ipsec(const uint8_t *packet, size_t length)
{
    uint32_t header;

    if (length < SAO_IPV4_HEADER_LENGTH)
        return false;
    if (packet[0] >> 4 != 4) /* behind what may be extension headers */
        return packet[6] == SAO_PROTOCOL_UDP || names_ipsec(packet[6]) ||
               sao_ip_is_extension(packet[6]);
    if (packet[9] != SAO_PROTOCOL_UDP)
        return names_ipsec(packet[9]);
    header = (packet[0] & 0x0Fu) * 4u;
    return length >= header + 4 && (wire_load16(packet + header) == SAO_UDP_PORT_IPSEC ||
                                    wire_load16(packet + header + 2) == SAO_UDP_PORT_IPSEC);
}

bool sao_frame_leads(const sao_packet_info *info)
{
    return info->ip_offset == ETHERNET_HEADER_LENGTH &&
           info->ipsec_offset == SAO_IPV4_HEADER_LENGTH && info->protocol[0] == SAO_PROTOCOL_ESP;
}

static bool is_vlan_tag(uint16_t type)
{
    return type == ETHERNET_TYPE_VLAN || type == ETHERNET_TYPE_SERVICE_VLAN;
}

sao_parse sao_frame_parse(const uint8_t *frame, size_t length, sao_packet_info *info)
{
    parse_notes notes;
    uint32_t header = ETHERNET_HEADER_LENGTH;
    uint16_t type;
    sao_parse result;

    if (length < header)
        return SAO_PARSE_TRUNCATED;
    type = wire_load16(frame + ETHERNET_TYPE_AT);
    for (int tags = 0; tags < VLAN_TAGS_MAX && is_vlan_tag(type); tags++) {
        header += VLAN_TAG_LENGTH;
        if (length < header)
            return SAO_PARSE_TRUNCATED;
        type = wire_load16(frame + header - 2);
    }
    if (type != ETHERNET_TYPE_IPV4 && type != ETHERNET_TYPE_IPV6)
        return SAO_PARSE_NOT_IP;
    if (type != ETHERNET_TYPE_IPV4 || !describe_plain_esp(frame + header, length - header, info)) {
        result = read_headers(frame + header, length - header, &notes);
        if (result != SAO_PARSE_OK)
            return result;
        if (notes.ip.version != (type == ETHERNET_TYPE_IPV4 ? 4 : 6))
            return SAO_PARSE_NOT_IP;
        describe(frame + header, &notes, info);
    }
    info->ip_offset = (uint16_t)header;
    info->encapsulation = header == ETHERNET_HEADER_LENGTH ? NDIS_ENCAPSULATION_IEEE_802_3
                                                           : NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q;
    return SAO_PARSE_OK;
}
