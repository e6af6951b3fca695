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
static inline void esp_describe_salted(const sao_ipsec_sa *sa, const uint8_t *packet,
                                       sao_esp_work *work, sao_crypto_job *job)
{
    const uint8_t *header = packet + work->view.header_at;
    const uint32_t covered = SAO_ESP_HEADER_LENGTH + (sa->combined ? 0u : SAO_ESP_SALTED_IV_LENGTH);

    SAO_MEMCPY(work->nonce, sa->salt, SAO_ESP_SALT_LENGTH);
    SAO_MEMCPY(work->nonce + SAO_ESP_SALT_LENGTH, header + SAO_ESP_HEADER_LENGTH,
               SAO_ESP_SALTED_IV_LENGTH);
    job->nonce = work->nonce;
    job->nonce_length = sizeof work->nonce;
    job->aad = header;
    job->aad_length = covered;
    if (sa->esn) {
        SAO_MEMCPY(work->aad, header, 4);
        SAO_MEMCPY(work->aad + 4, work->high, 4);
        SAO_MEMCPY(work->aad + 8, header + 4, 4 + SAO_ESP_SALTED_IV_LENGTH);
        job->aad = work->aad;
        job->aad_length = covered + 4u;
    }
}

/* An HMAC covers header, IV and body, then the ESN high half (RFC 4303 section 2.2.1). */
static inline void esp_describe_separate(const sao_ipsec_sa *sa, const uint8_t *packet,
                                         const sao_esp_work *work, sao_crypto_job *job)
{
    const sao_esp_view *view = &work->view;

    job->nonce = packet + view->header_at + SAO_ESP_HEADER_LENGTH;
    job->nonce_length = sa->iv_length;
    job->aad = packet + view->header_at;
    job->aad_length = SAO_ESP_HEADER_LENGTH + (size_t)sa->iv_length;
    if (sa->esn) {
        job->tail = work->high;
        job->tail_length = sizeof work->high;
    }
}

static inline void esp_describe_job(const sao_ipsec_sa *sa, uint32_t sequence_high, uint8_t *packet,
                                    sao_esp_work *work, sao_crypto_job *job)
{
    const sao_esp_view *view = &work->view;

    if (sa->esn)
        wire_store32(work->high, sequence_high);
    job->tail = NULL;
    job->tail_length = 0;
    job->data = packet + view->body_at;
    job->length = view->body_length;
    job->icv = packet + view->icv_at;
    if (sa->salt_length > 0)
        esp_describe_salted(sa, packet, work, job);
    else
        esp_describe_separate(sa, packet, work, job);
}

/* ---- opening ----------------------------------------------------------------------------- */

/* The parts are found. */
static inline uint16_t esp_prepare(const sao_ipsec_opening *o, sao_esp_work *work,
                                   sao_crypto_job *job, sao_ipsec_result *result)
{
    const uint8_t *sequence = o->packet + work->view.header_at + 4;

    result->sequence = sao_sa_sequence(o->sa, o->highest, wire_load32(sequence));
    esp_describe_job(o->sa, (uint32_t)(result->sequence >> 32), o->packet, work, job);
    return CRYPTO_SUCCESS;
}

/* Its length is all that is still to be read of a known packet's headers. */
static inline uint16_t esp_locate_known(const sao_esp_known *known, const uint8_t *packet,
                                        size_t length, sao_esp_view *view)
{
    const uint32_t least = known->around + SAO_ESP_TRAILER_LENGTH;
    uint32_t end;

    if (length < least)
        return CRYPTO_INVALID_PACKET_SYNTAX;
    end = known->sa->ip_version == 4 ? wire_load16(packet + 2)
                                     : SAO_IPV6_HEADER_LENGTH + wire_load16(packet + 4);
    if (end > length || end < least || ((end - known->around) & known->odd) != 0)
        return CRYPTO_INVALID_PACKET_SYNTAX;
    view->header_at = known->header_at;
    view->body_at = known->body_at;
    view->body_length = end - known->around;
    view->icv_at = view->body_at + view->body_length;
    return CRYPTO_SUCCESS;
}

/* sao_esp_begin_open of a packet that is known; of the view, `ip` is not written. */
static inline uint16_t esp_begin_known(const sao_ipsec_opening *o, const sao_esp_known *known,
                                       sao_esp_work *work, sao_crypto_job *job,
                                       sao_ipsec_result *result)
{
    SAO_MEMSET(result, 0, sizeof *result);
    result->crypto_status = esp_locate_known(known, o->packet, o->length, &work->view);
    return result->crypto_status == CRYPTO_SUCCESS ? esp_prepare(o, work, job, result)
                                                   : result->crypto_status;
}

/* After the job: `good` is what the provider says. */
static inline void esp_end_open(const sao_ipsec_opening *o, const sao_esp_work *work,
                                const sao_crypto_job *job, bool good, sao_ipsec_result *result)
{
    const sao_ipsec_sa *sa = o->sa;
    const sao_esp_view *view = &work->view;

    if (!good) {
        result->crypto_status = sa->mode == SAO_IPSEC_TUNNEL ? CRYPTO_TUNNEL_ESP_AUTH_FAILED
                                                             : CRYPTO_TRANSPORT_ESP_AUTH_FAILED;
    } else if (!esp_trailer_is_good(o->packet, view)) {
        (void)sa->provider->seal(sa->context, job);
        result->crypto_status = CRYPTO_INVALID_PACKET_SYNTAX;
    } else {
        const uint8_t *packet = o->packet;

        result->payload_at = view->body_at;
        result->payload_length = esp_payload_length(packet, view);
        result->next_header = esp_next_header(packet, view);
        result->pad_length = esp_pad_length(packet, view);
    }
}

#endif /* SAO_IPSEC_ESP_JOB_H */
