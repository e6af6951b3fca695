// SPDX-License-Identifier: BSD-2-Clause
/*
 * esp_job.h: what is done for each ESP packet: its parts told apart, the provider's job described,
 * its outcome judged. Inline, for esp.c, which takes packets one by one, and burst.c.
 */
#ifndef SAO_IPSEC_ESP_JOB_H
#define SAO_IPSEC_ESP_JOB_H

#include "ipsec/esp.h"
#include "ipsec/sa.h"
#include "ipsec/wire.h"

/*
 * With a salt: that and the IV are the nonce, and an ESN's high half stands amid the AAD. A
 * combined mode covers the ESP header (RFC 4106 section 5), AES-GMAC the IV too (RFC 4543
 * section 3.3). Copies have constant lengths: of a variable few bytes, compilers make slow ones.
 */
static inline void esp_describe_salted(const sao_ipsec_sa *sa, const uint8_t *header,
                                       sao_esp_work *work, sao_crypto_job *job)
{
    SAO_MEMCPY(work->nonce, sa->salt, SAO_ESP_SALT_LENGTH);
    SAO_MEMCPY(work->nonce + SAO_ESP_SALT_LENGTH, header + SAO_ESP_HEADER_LENGTH,
               SAO_ESP_SALTED_IV_LENGTH);
    job->nonce = work->nonce;
    job->nonce_length = sizeof work->nonce;
    job->aad = header;
    job->aad_length = SAO_ESP_HEADER_LENGTH;
    if (!sa->combined)
        job->aad_length += SAO_ESP_SALTED_IV_LENGTH;
    if (sa->esn) {
        SAO_MEMCPY(work->aad, header, 4);
        SAO_MEMCPY(work->aad + 4, work->high, 4);
        SAO_MEMCPY(work->aad + 8, header + 4, 4 + SAO_ESP_SALTED_IV_LENGTH);
        job->aad = work->aad;
        job->aad_length += sizeof work->high;
    }
}

/* An HMAC covers header, IV and body, then the ESN high half (RFC 4303 section 2.2.1). */
static inline void esp_describe_separate(const sao_ipsec_sa *sa, const uint8_t *header,
                                         const sao_esp_work *work, sao_crypto_job *job)
{
    job->nonce = header + SAO_ESP_HEADER_LENGTH;
    job->nonce_length = sa->iv_length;
    job->aad = header;
    job->aad_length = SAO_ESP_HEADER_LENGTH + (size_t)sa->iv_length;
    if (sa->esn) {
        job->tail = work->high;
        job->tail_length = sizeof work->high;
    }
}

/* IV, body and ICV follow the header. */
static inline void esp_describe_job(const sao_ipsec_sa *sa, uint32_t sequence_high, uint8_t *header,
                                    uint32_t body_length, sao_esp_work *work, sao_crypto_job *job)
{
    if (sa->esn)
        wire_store32(work->high, sequence_high);
    job->tail = NULL;
    job->tail_length = 0;
    job->data = header + SAO_ESP_HEADER_LENGTH + sa->iv_length;
    job->length = body_length;
    job->icv = job->data + body_length;
    if (sa->salt_length > 0)
        esp_describe_salted(sa, header, work, job);
    else
        esp_describe_separate(sa, header, work, job);
}

/* ---- opening ----------------------------------------------------------------------------- */

/* The parts are found. Returns the sequence number. */
static inline uint64_t esp_prepare(const sao_ipsec_opening *o, uint32_t header_at,
                                   uint32_t body_length, sao_esp_work *work, sao_crypto_job *job)
{
    uint8_t *header = o->packet + header_at;
    const uint64_t sequence = sao_sa_sequence(o->sa, o->highest, wire_load32(header + 4));

    esp_describe_job(o->sa, (uint32_t)(sequence >> 32), header, body_length, work, job);
    return sequence;
}

/* How long a known packet's body is; 0 if its lengths, which are all that is still to be read of
 * its headers, do not fit. */
static inline uint32_t esp_known_length(const sao_esp_known *known, const uint8_t *packet,
                                        size_t length)
{
    const uint32_t least = known->around + SAO_ESP_TRAILER_LENGTH;
    uint32_t end;

    if (length < least)
        return 0;
    end = wire_load16(packet + known->length_at) + known->uncounted;
    if (end > length || end < least || ((end - known->around) & known->odd) != 0)
        return 0;
    return end - known->around;
}

/* sao_esp_begin_open of a packet that is known. */
static inline uint16_t esp_begin_known(const sao_ipsec_opening *o, const sao_esp_known *known,
                                       sao_esp_work *work, sao_crypto_job *job,
                                       sao_ipsec_result *result)
{
    const uint32_t body_length = esp_known_length(known, o->packet, o->length);

    SAO_MEMSET(result, 0, sizeof *result);
    if (body_length == 0)
        return result->crypto_status = CRYPTO_INVALID_PACKET_SYNTAX;
    result->sequence = esp_prepare(o, known->header_at, body_length, work, job);
    return CRYPTO_SUCCESS;
}

/* After the job: `good` is what the provider says. */
static inline void esp_end_open(const sao_ipsec_opening *o, const sao_crypto_job *job, bool good,
                                sao_ipsec_result *result)
{
    const sao_ipsec_sa *sa = o->sa;
    sao_esp_trailer trailer;

    if (!good) {
        result->crypto_status = sa->mode == SAO_IPSEC_TUNNEL ? CRYPTO_TUNNEL_ESP_AUTH_FAILED
                                                             : CRYPTO_TRANSPORT_ESP_AUTH_FAILED;
    } else if (!esp_read_trailer(job->data, (uint32_t)job->length, &trailer)) {
        (void)sa->provider->seal(sa->context, job);
        result->crypto_status = CRYPTO_INVALID_PACKET_SYNTAX;
    } else {
        result->payload_at = (uint32_t)(job->data - o->packet);
        result->payload_length = trailer.payload_length;
        result->next_header = trailer.next_header;
        result->pad_length = trailer.pad_length;
    }
}

#endif /* SAO_IPSEC_ESP_JOB_H */
