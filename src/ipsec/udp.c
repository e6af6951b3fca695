// SPDX-License-Identifier: BSD-2-Clause
/* udp.c: see udp.h. */
#include "ipsec/udp.h"

#include "ipsec/wire.h"

/* A keepalive is one byte of this (RFC 3948 section 2.3). */
#define KEEPALIVE 0xFF

/* IKE begins with four zeros, where ESP has its SPI (RFC 3948 section 2.2). */
#define IKE_LENGTH_MIN (SAO_UDP_HEADER_LENGTH + 4u)

static bool port_matches(uint16_t wanted, const uint8_t *at)
{
    return wanted == 0 || wanted == wire_load16(at);
}

uint16_t sao_udp_locate(const sao_ipsec_sa *sa, const uint8_t *packet, const sao_ip_view *ip,
                        uint32_t *end)
{
    const uint8_t *udp = packet + ip->offset;
    uint32_t room = ip->length - ip->offset;
    uint32_t size;

    if (room < SAO_UDP_HEADER_LENGTH)
        return CRYPTO_INVALID_PACKET_SYNTAX;
    if (!port_matches(sa->udp_source_port, udp) || !port_matches(sa->udp_destination_port, udp + 2))
        return CRYPTO_INVALID_PROTOCOL;
    size = wire_load16(udp + 4);
    if (size != room) /* what is behind it would go along unprotected (TX-2) */
        return CRYPTO_INVALID_PACKET_SYNTAX;
    if (size == SAO_UDP_HEADER_LENGTH + 1 && udp[SAO_UDP_HEADER_LENGTH] == KEEPALIVE)
        return CRYPTO_INVALID_PROTOCOL;
    if (size >= IKE_LENGTH_MIN && wire_load32(udp + SAO_UDP_HEADER_LENGTH) == 0)
        return CRYPTO_INVALID_PROTOCOL;
    *end = ip->offset + size;
    return CRYPTO_SUCCESS;
}

void sao_udp_write(const sao_ipsec_sa *sa, uint32_t length, uint8_t *udp)
{
    wire_store16(udp, sa->udp_source_port);
    wire_store16(udp + 2, sa->udp_destination_port);
    wire_store16(udp + 4, length);
    wire_store16(udp + 6, 0);
}

void sao_udp_finish(uint8_t *packet, const sao_ip_view *ip, uint32_t end)
{
    uint8_t *udp = packet + ip->offset;
    uint32_t length = end - ip->offset;
    uint32_t sum = SAO_PROTOCOL_UDP + length; /* and the addresses: the pseudo-header */

    wire_store16(udp + 6, 0);
    sum = wire_fold(wire_sum(udp, length, wire_sum(packet + 8, 32, sum)));
    wire_store16(udp + 6, sum == 0xFFFFu ? sum : ~sum); /* 0 would mean none */
}
