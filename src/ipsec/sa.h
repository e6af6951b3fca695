// SPDX-License-Identifier: BSD-2-Clause
/* sa.h: what ESP and AH ask of an SA alike. */
#ifndef SAO_IPSEC_SA_H
#define SAO_IPSEC_SA_H

#include "ipsec/ip.h"

/* The longest salt, in bytes (RFC 4106, 4543, 7634). */
#define SAO_SALT_MAX 4u

/* Is the address at `at` of a packet the one that is wanted, or any? What an IPv4 address of an SA
 * has behind its four bytes is zero. */
static inline bool sao_sa_wants(const sao_address *wanted, const uint8_t *at, uint8_t version)
{
    uint32_t word, packet;

    if (version != 4) {
        sao_address address;

        SAO_MEMCPY(&address, at, sizeof address);
        return sao_ip_address_matches(wanted, &address);
    }
    SAO_MEMCPY(&word, wanted, sizeof word);
    SAO_MEMCPY(&packet, at, sizeof packet);
    return word == packet || word == 0;
}

/*
 * sao_ip_read, of a packet that is to be the SA's. CRYPTO_SUCCESS; CRYPTO_INVALID_PROTOCOL for
 * another IP version, whose lengths say nothing; CRYPTO_INVALID_PACKET_SYNTAX for lengths that do
 * not fit.
 */
uint16_t sao_sa_read(const sao_ipsec_sa *sa, const uint8_t *packet, size_t length, sao_ip_view *ip);

/* True for a packet of the SA's IP version and addresses that is no fragment (FRAG-1). */
bool sao_sa_covers(const sao_ipsec_sa *sa, const uint8_t *packet, const sao_ip_view *ip);

/*
 * The sequence number of a received packet whose low half is `low`: with ESN the 64 bits that it
 * most likely stands for, `highest` being the highest number received so far.
 */
uint64_t sao_sa_infer(uint64_t highest, uint32_t low); /* with ESN */

static inline uint64_t sao_sa_sequence(const sao_ipsec_sa *sa, uint64_t highest, uint32_t low)
{
    return sa->esn ? sao_sa_infer(highest, low) : low;
}

#endif /* SAO_IPSEC_SA_H */
