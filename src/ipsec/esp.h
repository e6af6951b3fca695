// SPDX-License-Identifier: BSD-2-Clause
/* esp.h: where the parts of an ESP packet lie, and the NIC's half of ESP (RFC 4303). */
#ifndef SAO_IPSEC_ESP_H
#define SAO_IPSEC_ESP_H

#include "ipsec/ip.h"

#define SAO_ESP_HEADER_LENGTH 8u  /* SPI, sequence number */
#define SAO_ESP_TRAILER_LENGTH 2u /* pad length, next header; the padding comes before */
#define SAO_ESP_ALIGNMENT 4u      /* of the trailer's end */

/* All offsets in bytes from the IP header. */
typedef struct sao_esp_view {
    sao_ip_view ip;
    uint32_t header_at;
    uint32_t body_at;     /* what is encrypted: payload, padding, trailer */
    uint32_t body_length; /* at least the trailer */
    uint32_t icv_at;
} sao_esp_view;

/* Of every algorithm that has a salt: AES-GCM, AES-GMAC, ChaCha20-Poly1305. */
#define SAO_ESP_SALT_LENGTH 4u
#define SAO_ESP_SALTED_IV_LENGTH 8u

/* What of an ESP packet's job does not stand in the packet. To be wiped. */
typedef struct sao_esp_work {
    uint8_t nonce[SAO_ESP_SALT_LENGTH + SAO_ESP_SALTED_IV_LENGTH];
    uint8_t aad[SAO_ESP_HEADER_LENGTH + 4 + SAO_ESP_SALTED_IV_LENGTH];
    uint8_t high[4];
} sao_esp_work;

/* What the end of an ESP packet is a multiple of, ICV left out: a power of two. */
static inline uint32_t esp_alignment(const sao_ipsec_sa *sa)
{
    return sa->block_length > SAO_ESP_ALIGNMENT ? sa->block_length : SAO_ESP_ALIGNMENT;
}

/*
 * Finds the parts of an ESP packet of this SA. Returns CRYPTO_SUCCESS; CRYPTO_INVALID_PROTOCOL
 * for a packet that is not this SA's, CRYPTO_INVALID_PACKET_SYNTAX for one whose lengths do not
 * fit. The trailer is not read: it may be encrypted.
 */
uint16_t sao_esp_locate(const sao_ipsec_sa *sa, const uint8_t *packet, size_t length,
                        sao_esp_view *view);

/* sao_ipsec_seal and sao_ipsec_open for an SA whose protocol is ESP. */
NDIS_STATUS sao_esp_seal(const sao_ipsec_sa *sa, uint32_t sequence_high, const uint8_t *iv,
                         uint8_t *packet, size_t length);
uint16_t sao_esp_open(const sao_ipsec_sa *sa, uint64_t highest, uint8_t *packet, size_t length,
                      sao_ipsec_result *result);

/*
 * The same in two halves, between which the provider does the job: which points into packet and
 * work. Without success of the first there is no second, and the result is the outcome. The second
 * half of opening is esp_end_open (esp_job.h).
 */
NDIS_STATUS sao_esp_begin_seal(const sao_ipsec_sa *sa, uint32_t sequence_high, const uint8_t *iv,
                               uint8_t *packet, size_t length, sao_esp_view *view,
                               sao_esp_work *work, sao_crypto_job *job);
void sao_esp_end_seal(const sao_ipsec_sa *sa, uint8_t *packet, const sao_esp_view *view);
uint16_t sao_esp_begin_open(const sao_ipsec_opening *o, sao_esp_work *work, sao_crypto_job *job,
                            sao_ipsec_result *result);

/* What packets of an SA have in common of which the parser says the same: offsets from the IP
 * header, in bytes. */
typedef struct sao_esp_known {
    const sao_ipsec_sa *sa;
    const sao_packet_info *info;
    uint32_t header_at; /* 0: they are not plainly ESP of the SA, and nothing else is meant */
    uint32_t length_at; /* of the IP header's length, to which... */
    uint32_t uncounted; /* ...this is to be added: bytes */
    uint32_t around;    /* bytes of a packet that are not its body */
    uint32_t odd;       /* bits that a body's length must not have */
} sao_esp_known;

/* `info` may be NULL. */
void sao_esp_know(sao_esp_known *known, const sao_ipsec_sa *sa, const sao_packet_info *info);

/* Undoes opening: the IV and the high half that were good make the same bytes again. */
void sao_esp_close(const sao_ipsec_sa *sa, uint32_t sequence_high, uint8_t *packet, size_t length);

/* What a trailer says of the body that it ends. */
typedef struct sao_esp_trailer {
    uint32_t payload_length; /* bytes */
    uint8_t pad_length;      /* bytes */
    uint8_t next_header;
} sao_esp_trailer;

/*
 * Reads the trailer of a body in clear, which has one; false if there is more padding than body, or
 * it is not 1, 2, 3 and so on (RFC 4303 section 2.4). Only for bytes whose ICV is good or that are
 * our own.
 */
static inline bool esp_read_trailer(const uint8_t *body, uint32_t length, sao_esp_trailer *trailer)
{
    const uint32_t padded = length - SAO_ESP_TRAILER_LENGTH;
    const uint32_t pad_length = body[padded];
    const uint8_t *pad;

    if (pad_length > padded)
        return false;
    pad = body + padded - pad_length;
    for (uint32_t i = 0; i < pad_length; i++)
        if (pad[i] != i + 1)
            return false;
    trailer->payload_length = padded - pad_length;
    trailer->pad_length = (uint8_t)pad_length;
    trailer->next_header = body[padded + 1];
    return true;
}

#endif /* SAO_IPSEC_ESP_H */
