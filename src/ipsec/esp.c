// SPDX-License-Identifier: BSD-2-Clause
/* esp.c: the NIC's half of ESP (RFC 4303): seals and opens packets in place, moving nothing. */
#include "ipsec/esp.h"

#include "ipsec/ah.h"
#include "ipsec/sa.h"
#include "ipsec/udp.h"
#include "ipsec/wire.h"

uint32_t sao_esp_alignment(const sao_ipsec_sa *sa)
{
    return sa->block_length > SAO_ESP_ALIGNMENT ? sa->block_length : SAO_ESP_ALIGNMENT;
}

/* Finds the ESP header and the end of what it protects: in the IP packet, behind AH, or in UDP. */
static uint16_t find_header(const sao_ipsec_sa *sa, const uint8_t *packet, sao_esp_view *view,
                            uint32_t *end)
{
    sao_ip_view *ip = &view->ip;
    const uint8_t protocol = sa->udp_encapsulated ? SAO_PROTOCOL_UDP : SAO_PROTOCOL_ESP;

    if (sa->behind_ah && ip->protocol != SAO_PROTOCOL_AH)
        return CRYPTO_INVALID_PROTOCOL;
    if (sa->behind_ah && sao_ah_step_over(packet, ip) != SAO_PARSE_OK)
        return CRYPTO_INVALID_PACKET_SYNTAX;
    if (ip->protocol != protocol || !sao_sa_covers(sa, packet, ip))
        return CRYPTO_INVALID_PROTOCOL;
    view->header_at = ip->offset;
    *end = ip->length;
    if (!sa->udp_encapsulated)
        return CRYPTO_SUCCESS;
    view->header_at += SAO_UDP_HEADER_LENGTH;
    return sao_udp_locate(sa, packet, ip, end);
}

/* The header is found, and so is the end of what it protects. */
static inline uint16_t divide(const sao_ipsec_sa *sa, const uint8_t *packet, uint32_t end,
                              sao_esp_view *view)
{
    const uint32_t fixed = SAO_ESP_HEADER_LENGTH + sa->iv_length + sa->icv_length;
    const uint32_t size = end - view->header_at;

    if (size < SAO_ESP_HEADER_LENGTH)
        return CRYPTO_INVALID_PACKET_SYNTAX;
    if (SAO_MEMCMP(packet + view->header_at, &sa->spi, sizeof sa->spi) != 0)
        return CRYPTO_INVALID_PROTOCOL;
    if (size < fixed + SAO_ESP_TRAILER_LENGTH)
        return CRYPTO_INVALID_PACKET_SYNTAX;
    view->body_at = view->header_at + SAO_ESP_HEADER_LENGTH + sa->iv_length;
    view->body_length = size - fixed;
    view->icv_at = view->body_at + view->body_length;
    if ((view->body_length & (sao_esp_alignment(sa) - 1)) != 0)
        return CRYPTO_INVALID_PACKET_SYNTAX;
    return CRYPTO_SUCCESS;
}

uint16_t sao_esp_locate(const sao_ipsec_sa *sa, const uint8_t *packet, size_t length,
                        sao_esp_view *view)
{
    uint32_t end = 0;
    uint16_t status = sao_sa_read(sa, packet, length, &view->ip);

    if (status == CRYPTO_SUCCESS)
        status = find_header(sa, packet, view, &end);
    if (status != CRYPTO_SUCCESS)
        return status;
    return divide(sa, packet, end, view);
}

uint32_t sao_esp_known_at(const sao_ipsec_sa *sa, const sao_packet_info *info)
{
    return info != NULL && info->header_count == 1 && info->protocol[0] == SAO_PROTOCOL_ESP &&
                   info->ip_version == sa->ip_version && !info->udp_encapsulated &&
                   !sa->udp_encapsulated && !sa->behind_ah &&
                   sao_sa_wants(&sa->source, info->source.bytes, info->ip_version) &&
                   sao_sa_wants(&sa->destination, info->destination.bytes, info->ip_version)
               ? info->ipsec_offset
               : 0;
}

/* Its length is all that is still to be read of a known packet's headers. */
static inline uint16_t locate_known(const sao_ipsec_sa *sa, const uint8_t *packet, size_t length,
                                    uint32_t known_at, sao_esp_view *view)
{
    uint32_t end;

    if (length < known_at) /* which is behind an IP header */
        return CRYPTO_INVALID_PACKET_SYNTAX;
    end = sa->ip_version == 4 ? wire_load16(packet + 2)
                              : SAO_IPV6_HEADER_LENGTH + wire_load16(packet + 4);
    if (end > length || end < known_at)
        return CRYPTO_INVALID_PACKET_SYNTAX;
    view->header_at = known_at;
    return divide(sa, packet, end, view);
}

bool sao_esp_trailer_is_good(const uint8_t *packet, const sao_esp_view *view)
{
    uint32_t pad_length = esp_pad_length(packet, view);
    const uint8_t *pad;

    if (pad_length > view->body_length - SAO_ESP_TRAILER_LENGTH)
        return false;
    pad = packet + view->icv_at - SAO_ESP_TRAILER_LENGTH - pad_length;
    for (uint32_t i = 0; i < pad_length; i++)
        if (pad[i] != i + 1)
            return false;
    return true;
}

/*
 * With a salt: that and the IV are the nonce, and an ESN's high half stands amid the AAD. A
 * combined mode covers the ESP header (RFC 4106 section 5), AES-GMAC the IV too (RFC 4543
 * section 3.3). Copies have constant lengths: of a variable few bytes, compilers make slow ones.
 */
static inline void describe_salted(const sao_ipsec_sa *sa, const uint8_t *packet,
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
static inline void describe_separate(const sao_ipsec_sa *sa, const uint8_t *packet,
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

static inline void describe_job(const sao_ipsec_sa *sa, uint32_t sequence_high, uint8_t *packet,
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
        describe_salted(sa, packet, work, job);
    else
        describe_separate(sa, packet, work, job);
}

/* ---- sealing ----------------------------------------------------------------------------- */

/* IVs are of 8 bytes or of 16; see describe_salted. */
static void copy_iv(uint8_t *to, const uint8_t *iv, uint32_t length)
{
    SAO_MEMCPY(to, iv, 8);
    if (length == SAO_IV_MAX)
        SAO_MEMCPY(to + 8, iv + 8, 8);
}

NDIS_STATUS sao_esp_begin_seal(const sao_ipsec_sa *sa, uint32_t sequence_high, const uint8_t *iv,
                               uint8_t *packet, size_t length, sao_esp_work *work,
                               sao_crypto_job *job)
{
    sao_esp_view *view = &work->view;

    if (sao_esp_locate(sa, packet, length, view) != CRYPTO_SUCCESS ||
        !sao_esp_trailer_is_good(packet, view))
        return NDIS_STATUS_INVALID_DATA;
    if (sa->iv_length > 0)
        copy_iv(packet + view->header_at + SAO_ESP_HEADER_LENGTH, iv, sa->iv_length);
    describe_job(sa, sequence_high, packet, work, job);
    return NDIS_STATUS_SUCCESS;
}

void sao_esp_end_seal(const sao_ipsec_sa *sa, uint8_t *packet, const sao_esp_work *work)
{
    if (sa->udp_encapsulated && sa->ip_version == 6)
        sao_udp_finish(packet, &work->view.ip, work->view.icv_at + sa->icv_length);
}

NDIS_STATUS sao_esp_seal(const sao_ipsec_sa *sa, uint32_t sequence_high, const uint8_t *iv,
                         uint8_t *packet, size_t length)
{
    sao_esp_work work;
    sao_crypto_job job;
    NDIS_STATUS status = sao_esp_begin_seal(sa, sequence_high, iv, packet, length, &work, &job);

    if (status != NDIS_STATUS_SUCCESS)
        return status;
    status = sa->provider->seal(sa->context, &job);
    sao_esp_end_seal(sa, packet, &work);
    SAO_WIPE(&work, sizeof work);
    return status;
}

/* ---- opening ----------------------------------------------------------------------------- */

/* The parts are found. */
static inline uint16_t prepare(sao_ipsec_opening *o, sao_esp_work *work, sao_crypto_job *job)
{
    const uint8_t *sequence = o->packet + work->view.header_at + 4;

    o->result.sequence = sao_sa_sequence(o->sa, o->highest, wire_load32(sequence));
    describe_job(o->sa, (uint32_t)(o->result.sequence >> 32), o->packet, work, job);
    return CRYPTO_SUCCESS;
}

uint16_t sao_esp_begin_open(sao_ipsec_opening *o, sao_esp_work *work, sao_crypto_job *job)
{
    SAO_MEMSET(&o->result, 0, sizeof o->result);
    o->result.crypto_status = sao_esp_locate(o->sa, o->packet, o->length, &work->view);
    return o->result.crypto_status == CRYPTO_SUCCESS ? prepare(o, work, job)
                                                     : o->result.crypto_status;
}

uint16_t sao_esp_begin_known(sao_ipsec_opening *o, uint32_t known_at, sao_esp_work *work,
                             sao_crypto_job *job)
{
    SAO_MEMSET(&o->result, 0, sizeof o->result);
    o->result.crypto_status = locate_known(o->sa, o->packet, o->length, known_at, &work->view);
    return o->result.crypto_status == CRYPTO_SUCCESS ? prepare(o, work, job)
                                                     : o->result.crypto_status;
}

void sao_esp_end_open(sao_ipsec_opening *o, const sao_esp_work *work, const sao_crypto_job *job,
                      bool good)
{
    const sao_ipsec_sa *sa = o->sa;
    const sao_esp_view *view = &work->view;
    sao_ipsec_result *result = &o->result;

    if (!good) {
        result->crypto_status = sa->mode == SAO_IPSEC_TUNNEL ? CRYPTO_TUNNEL_ESP_AUTH_FAILED
                                                             : CRYPTO_TRANSPORT_ESP_AUTH_FAILED;
    } else if (!sao_esp_trailer_is_good(o->packet, view)) {
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

uint16_t sao_esp_open(const sao_ipsec_sa *sa, uint64_t highest, uint8_t *packet, size_t length,
                      sao_ipsec_result *result)
{
    sao_ipsec_opening opening;
    sao_esp_work work;
    sao_crypto_job job;

    opening.sa = sa;
    opening.highest = highest;
    opening.packet = packet;
    opening.length = length;
    if (sao_esp_begin_open(&opening, &work, &job) == CRYPTO_SUCCESS) {
        sao_esp_end_open(&opening, &work, &job, sa->provider->open(sa->context, &job));
        SAO_WIPE(&work, sizeof work);
    }
    *result = opening.result;
    return result->crypto_status;
}

void sao_esp_close(const sao_ipsec_sa *sa, uint32_t sequence_high, uint8_t *packet, size_t length)
{
    sao_esp_work work;
    sao_crypto_job job;

    if (sao_esp_locate(sa, packet, length, &work.view) != CRYPTO_SUCCESS)
        return;
    describe_job(sa, sequence_high, packet, &work, &job);
    (void)sa->provider->seal(sa->context, &job);
    SAO_WIPE(&work, sizeof work);
}
