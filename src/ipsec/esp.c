// SPDX-License-Identifier: BSD-2-Clause
/* esp.c: the NIC's half of ESP (RFC 4303): seals and opens packets in place, moving nothing. */
#include "ipsec/esp.h"

#include "ipsec/ah.h"
#include "ipsec/esp_job.h"
#include "ipsec/udp.h"

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
    if ((view->body_length & (esp_alignment(sa) - 1)) != 0)
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

/* Is this plainly ESP of the SA? Then what was read of the packet need not be again. */
static bool is_known(const sao_ipsec_sa *sa, const sao_packet_info *info)
{
    return info != NULL && sa->protocol == SAO_PROTOCOL_ESP && info->header_count == 1 &&
           info->protocol[0] == SAO_PROTOCOL_ESP && info->ip_version == sa->ip_version &&
           info->spi[0] == sa->spi && !info->udp_encapsulated && !sa->udp_encapsulated &&
           !sa->behind_ah && sao_sa_wants(&sa->source, info->source.bytes, info->ip_version) &&
           sao_sa_wants(&sa->destination, info->destination.bytes, info->ip_version);
}

void sao_esp_know(sao_esp_known *known, const sao_ipsec_sa *sa, const sao_packet_info *info)
{
    known->sa = sa;
    known->info = info;
    known->header_at = is_known(sa, info) ? info->ipsec_offset : 0;
    known->around =
        known->header_at + SAO_ESP_HEADER_LENGTH + sa->iv_length + (uint32_t)sa->icv_length;
    known->length_at = sa->ip_version == 4 ? 2 : 4;
    known->uncounted = sa->ip_version == 4 ? 0 : SAO_IPV6_HEADER_LENGTH;
    known->odd = esp_alignment(sa) - 1;
}

/* ---- sealing ----------------------------------------------------------------------------- */

/* IVs are of 8 bytes or of 16; see esp_describe_salted. */
static void copy_iv(uint8_t *to, const uint8_t *iv, uint32_t length)
{
    SAO_MEMCPY(to, iv, 8);
    if (length == SAO_IV_MAX)
        SAO_MEMCPY(to + 8, iv + 8, 8);
}

NDIS_STATUS sao_esp_begin_seal(const sao_ipsec_sa *sa, uint32_t sequence_high, const uint8_t *iv,
                               uint8_t *packet, size_t length, sao_esp_view *view,
                               sao_esp_work *work, sao_crypto_job *job)
{
    sao_esp_trailer trailer;

    if (sao_esp_locate(sa, packet, length, view) != CRYPTO_SUCCESS ||
        !esp_read_trailer(packet + view->body_at, view->body_length, &trailer))
        return NDIS_STATUS_INVALID_DATA;
    if (sa->iv_length > 0)
        copy_iv(packet + view->header_at + SAO_ESP_HEADER_LENGTH, iv, sa->iv_length);
    esp_describe_job(sa, sequence_high, packet + view->header_at, view->body_length, work, job);
    return NDIS_STATUS_SUCCESS;
}

void sao_esp_end_seal(const sao_ipsec_sa *sa, uint8_t *packet, const sao_esp_view *view)
{
    if (sa->udp_encapsulated && sa->ip_version == 6)
        sao_udp_finish(packet, &view->ip, view->icv_at + sa->icv_length);
}

NDIS_STATUS sao_esp_seal(const sao_ipsec_sa *sa, uint32_t sequence_high, const uint8_t *iv,
                         uint8_t *packet, size_t length)
{
    sao_esp_view view;
    sao_esp_work work;
    sao_crypto_job job;
    NDIS_STATUS status =
        sao_esp_begin_seal(sa, sequence_high, iv, packet, length, &view, &work, &job);

    if (status != NDIS_STATUS_SUCCESS)
        return status;
    status = sa->provider->seal(sa->context, &job);
    sao_esp_end_seal(sa, packet, &view);
    SAO_WIPE(&work, sizeof work);
    return status;
}

/* ---- opening ----------------------------------------------------------------------------- */

uint16_t sao_esp_begin_open(const sao_ipsec_opening *o, sao_esp_work *work, sao_crypto_job *job,
                            sao_ipsec_result *result)
{
    sao_esp_view view;
    const uint16_t status = sao_esp_locate(o->sa, o->packet, o->length, &view);

    SAO_MEMSET(result, 0, sizeof *result);
    result->crypto_status = status;
    if (status == CRYPTO_SUCCESS)
        result->sequence = esp_prepare(o, view.header_at, view.body_length, work, job);
    return status;
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
    if (sao_esp_begin_open(&opening, &work, &job, result) == CRYPTO_SUCCESS) {
        esp_end_open(&opening, &job, sa->provider->open(sa->context, &job), result);
        SAO_WIPE(&work, sizeof work);
    }
    return result->crypto_status;
}

void sao_esp_close(const sao_ipsec_sa *sa, uint32_t sequence_high, uint8_t *packet, size_t length)
{
    sao_esp_view view;
    sao_esp_work work;
    sao_crypto_job job;

    if (sao_esp_locate(sa, packet, length, &view) != CRYPTO_SUCCESS)
        return;
    esp_describe_job(sa, sequence_high, packet + view.header_at, view.body_length, &work, &job);
    (void)sa->provider->seal(sa->context, &job);
    SAO_WIPE(&work, sizeof work);
}
