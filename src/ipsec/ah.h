// SPDX-License-Identifier: BSD-2-Clause
/* ah.h: where the parts of an AH packet lie, and the NIC's half of AH (RFC 4302). */
#ifndef SAO_IPSEC_AH_H
#define SAO_IPSEC_AH_H

#include "ipsec/ip.h"

/* Next header, length, reserved, SPI, sequence number (RFC 4302 section 2). */
#define SAO_AH_FIXED_LENGTH 12u

/* All offsets in bytes from the IP header. */
typedef struct sao_ah_view {
    sao_ip_view ip;
    uint32_t header_at;
    uint32_t payload_at;
    uint32_t payload_length;
    uint8_t next_header;
    bool overpadded; /* more than RFC 4302 wants: to 8 bytes over IPv4 */
} sao_ah_view;

/*
 * The length that an AH header states: it counts words, less two (RFC 4302 section 2.2).
 */
static inline uint32_t ah_stated_length(const uint8_t *header)
{
    return (header[1] + 2u) * 4u;
}

/* The other way round. */
static inline uint8_t ah_length_to_state(uint32_t length)
{
    return (uint8_t)(length / 4u - 2u);
}

/* The bytes of the AH header that an SA sends: IV, ICV and padding included (ALG-1). */
uint32_t sao_ah_length(const sao_ipsec_sa *sa);

/*
 * Finds the parts of an AH packet of this SA. Over IPv4 the header may be padded to 8 bytes: RFC
 * 4302 section 3.3.3.2.1 wants 4, but Linux sends 8 unless told otherwise. Returns CRYPTO_SUCCESS;
 * CRYPTO_INVALID_PROTOCOL for a packet that is not this SA's, CRYPTO_INVALID_PACKET_SYNTAX for one
 * whose lengths do not fit, or whose headers before AH are more than SAO_AH_HEADERS_MAX.
 */
uint16_t sao_ah_locate(const sao_ipsec_sa *sa, const uint8_t *packet, size_t length,
                       sao_ah_view *view);

/*
 * Steps over the AH header at view->offset, whosever it is, and over extension headers behind it.
 * SAO_PARSE_OK or _MALFORMED.
 */
sao_parse sao_ah_step_over(const uint8_t *packet, sao_ip_view *view);

/* Can AH authenticate these IP headers, `length` bytes of whole ones, on the way out? */
bool sao_ah_headers_fit(const uint8_t *headers, uint32_t length);

/* Writes the header in front of the payload: next header, length, SPI, sequence number, zeros. */
void sao_ah_write(const sao_ipsec_sa *sa, uint32_t sequence, uint8_t next_header, uint8_t *header);

/* sao_ipsec_seal and sao_ipsec_open for an SA whose protocol is AH. */
NDIS_STATUS sao_ah_seal(const sao_ipsec_sa *sa, uint32_t sequence_high, const uint8_t *iv,
                        uint8_t *packet, size_t length);
uint16_t sao_ah_open(const sao_ipsec_sa *sa, uint64_t highest, uint8_t *packet, size_t length,
                     sao_ipsec_result *result);

#endif /* SAO_IPSEC_AH_H */
