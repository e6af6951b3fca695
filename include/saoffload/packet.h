// SPDX-License-Identifier: BSD-2-Clause
/*
 * packet.h: packets, as the adapter decides on them and as they travel between the layers.
 *
 * sao_packet_info is all that the core ever sees of a packet: src/ipsec makes one from bytes
 * (sao_packet_parse), a NIC's descriptor may bring one, an explorer invents one.
 * sao_packet is the stand-in for a NET_BUFFER_LIST: OOB data and status, and a NET_BUFFER's bytes.
 * A list that is sent may have more of them (OOB-1).
 */
#ifndef SAOFFLOAD_PACKET_H
#define SAOFFLOAD_PACKET_H

#include <saoffload/ndis.h>
#include <saoffload/platform.h>

SAO_EXTERN_C_BEGIN

/* An IP address in network byte order; IPv4 fills the first four bytes, the rest is zero. */
typedef struct sao_address {
    uint8_t bytes[16]; /* most significant first */
} sao_address;

/* IP protocol numbers that matter here. */
#define SAO_PROTOCOL_IPV4 4
#define SAO_PROTOCOL_UDP 17
#define SAO_PROTOCOL_IPV6 41
#define SAO_PROTOCOL_ESP 50
#define SAO_PROTOCOL_AH 51

/* The most IPsec headers that one packet shows before its first payload is decrypted. */
#define SAO_PACKET_HEADERS_MAX 2

/* What the adapter is told of a packet. No byte of it is kept. */
typedef struct sao_packet_info {
    sao_address source;                       /* of the IP header */
    sao_address destination;                  /* of the IP header */
    uint32_t spi[SAO_PACKET_HEADERS_MAX];     /* network byte order, outermost first */
    uint8_t protocol[SAO_PACKET_HEADERS_MAX]; /* SAO_PROTOCOL_AH or _ESP, outermost first */
    uint8_t header_count;                     /* visible IPsec headers, 0 to 2 */
    uint8_t ip_version;                       /* 4 or 6 */
    bool fragment;                            /* any fragment, the first too (FRAG-1) */
    bool ipv4_options;                        /* the IPv4 header is longer than 20 bytes */
    bool ipv6_extensions;   /* extension headers other than AH and ESP (fragment included) */
    bool udp_encapsulated;  /* ESP in UDP port 4500 (RFC 3948) */
    uint16_t ip_offset;     /* bytes from the start of the frame to the IP header */
    uint32_t ipsec_offset;  /* bytes from the IP header to the first IPsec header */
    uint32_t ip_length;     /* bytes of the IP packet as its header states them */
    uint32_t encapsulation; /* NDIS_ENCAPSULATION_...: the MAC framing it came with */
} sao_packet_info;

/*
 * A packet that uses a bundle, from lookup until the receive indication or the send completion
 * is made (DEL-7). The adapter fills it in; the owner of the packet keeps it and gives it back.
 * All zero: the packet uses none.
 */
typedef struct sao_flight {
    const struct sao_bundle *bundle; /* NULL: no IPsec processing */
    const struct sao_bundle *tunnel; /* transport over tunnel (TX-4): that around the bundle's part;
                                        NULL: nothing is */
    uint32_t sequence_high[2];       /* ESN high half of each SA at lookup (UPD-1), host order */
    uint32_t tunnel_high[2];         /* the same of the tunnel's */
    uint16_t queue;                  /* that it was looked up on */
    uint8_t phase;                   /* of that queue's counters */
    uint8_t state;                   /* the adapter's own */
} sao_flight;

/* A further piece of a packet whose bytes lie in several places, as chained MDLs describe them. */
typedef struct sao_segment {
    struct sao_segment *next; /* NULL: this is the last */
    uint8_t *data;            /* of the piece */
    uint32_t length;          /* in bytes, may be 0 */
} sao_segment;

/* A packet on its way. What is not filled in has to be zero. */
typedef struct sao_packet {
    struct sao_packet *next; /* for whoever holds the packet */
    uint8_t *data;           /* a frame, from its MAC header on */
    uint32_t length;         /* bytes in use at data */
    uint32_t capacity;       /* bytes that may be used there */
    sao_segment *more;       /* where the frame goes on behind them, at any byte; NULL: nowhere */
    uint32_t ip_offset;      /* bytes from data to the IP header; on send filled by the sender */
    /* Of a send: the next NET_BUFFER of the same list, of which only the fields from data to here
     * count; NULL: the last. All are sent under one high half of each ESN (UPD-1), so a list must
     * not go over a low half's wrap; the soft NIC refuses one whose outermost headers show that it
     * does. The NIC of a received packet neither reads nor writes it. */
    struct sao_packet *sibling;
    /* Out of band: handles and header offsets (TX-4, TX-5), or what the NIC says (oob.h). */
    NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO ipsec;
    NDIS_IPSEC_OFFLOAD_V2_TUNNEL_NET_BUFFER_LIST_INFO tunnel;
    NDIS_IPSEC_OFFLOAD_V2_HEADER_NET_BUFFER_LIST_INFO header;
    NDIS_STATUS status;                                   /* of a send, valid at its completion */
    uint64_t due;                                         /* the NIC's: when it moves on */
    sao_flight flight;                                    /* the NIC's: while it is under way */
    NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO lso; /* of a send, all zero for none (LSO-1) */
    uint64_t id; /* names the packet in events; the sender's or the wire's choice */
    void *owner; /* who gave the packet may leave a pointer here */
} sao_packet;

/* The bytes of a packet, all of its segments taken together; UINT32_MAX for that many or more. */
static inline uint32_t sao_packet_size(const sao_packet *packet)
{
    uint32_t size = packet->length;

    for (const sao_segment *more = packet->more; more != NULL; more = more->next)
        size = more->length > UINT32_MAX - size ? UINT32_MAX : size + more->length;
    return size;
}

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_PACKET_H */
