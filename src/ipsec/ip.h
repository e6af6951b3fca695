// SPDX-License-Identifier: BSD-2-Clause
/*
 * ip.h: what lies where in an IP packet.
 *
 * A view holds offsets into a packet that was checked: everything up to `length` is there, and
 * everything up to `offset` is whole headers. All offsets count bytes from the IP header.
 */
#ifndef SAO_IPSEC_IP_H
#define SAO_IPSEC_IP_H

#include <saoffload/ipsec.h>

#define SAO_IPV4_HEADER_LENGTH 20u
#define SAO_IPV6_HEADER_LENGTH 40u
/* More-fragments and the fragment offset: either makes an IPv4 packet a fragment. */
#define SAO_IPV4_FRAGMENT_MASK 0x3FFFu

/* "Nothing follows" in IPv6, a dummy packet in ESP (RFC 4303 section 2.6). */
#define SAO_PROTOCOL_NO_NEXT_HEADER 59

/* Explicit congestion notification: the last bits of the traffic class (RFC 3168 section 5). */
#define SAO_ECN_MASK 3u
#define SAO_ECN_CONGESTED 3u

/* IPv6 extension headers; each is a multiple of the unit, in bytes. */
#define SAO_EXTENSION_HOP_BY_HOP 0
#define SAO_EXTENSION_ROUTING 43
#define SAO_EXTENSION_FRAGMENT 44
#define SAO_EXTENSION_DESTINATION 60
#define SAO_EXTENSION_UNIT 8u

typedef struct sao_ip_view {
    uint32_t length;             /* of the packet, as its header states it */
    uint32_t offset;             /* of what follows the headers that were walked */
    uint32_t protocol_at;        /* of the byte that names it */
    uint32_t insert_at;          /* where transport mode puts ESP or AH (section 3.1.1) */
    uint32_t insert_protocol_at; /* of the byte that names what is there now */
    uint8_t protocol;            /* of what is at `offset` */
    uint8_t version;             /* 4 or 6 */
    bool fragment;
    bool options;    /* IPv4 options */
    bool extensions; /* IPv6 extension headers were walked */
} sao_ip_view;

/*
 * Reads the IP header at `packet`, `length` bytes, and nothing behind it. `view` is meaningful on
 * SAO_PARSE_OK only.
 */
sao_parse sao_ip_read_fixed(const uint8_t *packet, size_t length, sao_ip_view *view);

/* The same, and walks the extension headers. */
sao_parse sao_ip_read(const uint8_t *packet, size_t length, sao_ip_view *view);

/*
 * Steps over the IPv6 extension headers at view->offset; a fragment header is the last one, as
 * what follows it need not be a header. Nothing to do for IPv4. SAO_PARSE_OK or _MALFORMED.
 */
sao_parse sao_ip_walk(const uint8_t *packet, sao_ip_view *view);

/* Is it one of the IPv6 extension headers that are walked? */
bool sao_ip_is_extension(uint8_t protocol);

/* The addresses of a packet that has been read. */
void sao_ip_addresses(const uint8_t *packet, uint8_t version, sao_address *source,
                      sao_address *destination);

/* All zero. */
bool sao_ip_is_unspecified(const sao_address *address);

/* True if `address` is the wanted one, or the wanted one is all zero, which wants any. */
bool sao_ip_address_matches(const sao_address *wanted, const sao_address *address);

/* The traffic class of IPv6 and the type of service of IPv4 are the same byte, elsewhere. */
uint8_t sao_ip_traffic_class(const uint8_t *packet);

/*
 * Tells the packet of congestion on its way, if it wants to know: ECT becomes CE (RFC 3168). An
 * IPv4 checksum is as good or bad as it was.
 */
void sao_ip_mark_congestion(uint8_t *packet);

/*
 * Writes the IP header's length field for a packet of `length` bytes and, for IPv4, the
 * header's checksum: the last thing to do to a header that changed.
 */
void sao_ip_finish(uint8_t *packet, uint32_t length);

#endif /* SAO_IPSEC_IP_H */
