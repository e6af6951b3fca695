// SPDX-License-Identifier: BSD-2-Clause
/* udp.h: the UDP header before ESP that takes it through address translators (RFC 3948). */
#ifndef SAO_IPSEC_UDP_H
#define SAO_IPSEC_UDP_H

#include "ipsec/ip.h"

#define SAO_UDP_HEADER_LENGTH 8u
#define SAO_UDP_PORT_IPSEC 4500

/*
 * Checks the UDP header at ip->offset of a packet for this SA; *end becomes where its data ends.
 * CRYPTO_SUCCESS; CRYPTO_INVALID_PROTOCOL for other ports, IKE, or a keepalive (UDP-1);
 * CRYPTO_INVALID_PACKET_SYNTAX for a length that is not that of what IP carries. The checksum is
 * not looked at.
 */
uint16_t sao_udp_locate(const sao_ipsec_sa *sa, const uint8_t *packet, const sao_ip_view *ip,
                        uint32_t *end);

/* Writes the header of a datagram of `length` bytes, header included; its checksum is 0. */
void sao_udp_write(const sao_ipsec_sa *sa, uint32_t length, uint8_t *udp);

/* Writes the checksum that IPv6 demands (RFC 8200 section 8.1), when nothing else will change. */
void sao_udp_finish(uint8_t *packet, const sao_ip_view *ip, uint32_t end);

#endif /* SAO_IPSEC_UDP_H */
