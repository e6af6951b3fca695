// SPDX-License-Identifier: BSD-2-Clause
/*
 * ah.c: the NIC's half of AH (RFC 4302): an ICV over the whole packet, less what changes on the
 * way. The headers are authenticated as a muted copy, the payload where it is.
 *
 * AH's ICV field begins with the IV where there is one (AES-GMAC, RFC 4543), and ends with the
 * padding, which is authenticated as it stands.
 */
#include "ipsec/ah.h"

#include "ipsec/mute.h"
#include "ipsec/sa.h"
#include "ipsec/wire.h"

/* The longest AH header: 48 bytes, for AES-GMAC over IPv6. */
#define AH_LENGTH_MAX (SAO_AH_FIXED_LENGTH + SAO_IV_MAX + SAO_ICV_MAX + 4u)

/* The parts of a job that do not stand in the packet. */
typedef struct ah_scratch {
    uint8_t nonce[SAO_SALT_MAX + SAO_IV_MAX];
    uint8_t high[4];
    uint8_t covered[SAO_AH_HEADERS_MAX + AH_LENGTH_MAX]; /* IP headers and AH, muted */
} ah_scratch;

/* Of the header, padded to a multiple of `unit`, a power of two. */
static uint32_t padded_length(const sao_ipsec_sa *sa, uint32_t unit)
{
    return (SAO_AH_FIXED_LENGTH + sa->iv_length + sa->icv_length + unit - 1) & ~(unit - 1);
}

uint32_t sao_ah_length(const sao_ipsec_sa *sa)
{
    return padded_length(sa, sa->ip_version == 4 ? 4 : 8);
}

uint16_t sao_ah_locate(const sao_ipsec_sa *sa, const uint8_t *packet, size_t length,
                       sao_ah_view *view)
{
    const uint8_t *header;
    uint32_t room, size;
    uint16_t status = sao_sa_read(sa, packet, length, &view->ip);

    if (status != CRYPTO_SUCCESS)
        return status;
    if (view->ip.protocol != SAO_PROTOCOL_AH || !sao_sa_covers(sa, packet, &view->ip))
        return CRYPTO_INVALID_PROTOCOL;
    view->header_at = view->ip.offset;
    header = packet + view->header_at;
    room = view->ip.length - view->header_at;
    if (room < SAO_AH_FIXED_LENGTH)
        return CRYPTO_INVALID_PACKET_SYNTAX;
    if (SAO_MEMCMP(header + 4, &sa->spi, sizeof sa->spi) != 0)
        return CRYPTO_INVALID_PROTOCOL;
    size = ah_stated_length(header);
    view->overpadded = size != sao_ah_length(sa);
    if ((view->overpadded && size != padded_length(sa, 8)) || room < size ||
        view->header_at > SAO_AH_HEADERS_MAX)
        return CRYPTO_INVALID_PACKET_SYNTAX;
    view->payload_at = view->header_at + size;
    view->payload_length = view->ip.length - view->payload_at;
    view->next_header = header[0];
    return CRYPTO_SUCCESS;
}

sao_parse sao_ah_step_over(const uint8_t *packet, sao_ip_view *view)
{
    uint32_t at = view->offset;
    uint32_t size;

    if (view->length - at < SAO_AH_FIXED_LENGTH)
        return SAO_PARSE_MALFORMED;
    size = ah_stated_length(packet + at);
    if (size < SAO_AH_FIXED_LENGTH || view->length - at < size)
        return SAO_PARSE_MALFORMED;
    view->protocol = packet[at];
    view->protocol_at = at;
    view->offset = at + size;
    return sao_ip_walk(packet, view);
}

bool sao_ah_headers_fit(const uint8_t *headers, uint32_t length)
{
    uint8_t muted[SAO_AH_HEADERS_MAX];

    if (length > sizeof muted)
        return false;
    SAO_MEMCPY(muted, headers, length);
    return sao_mute(muted, length, true);
}

void sao_ah_write(const sao_ipsec_sa *sa, uint32_t sequence, uint8_t next_header, uint8_t *header)
{
    uint32_t length = sao_ah_length(sa);

    SAO_MEMSET(header, 0, length);
    header[0] = next_header;
    header[1] = ah_length_to_state(length);
    SAO_MEMCPY(header + 4, &sa->spi, sizeof sa->spi);
    wire_store32(header + 8, sequence);
}

/* False for headers that cannot be muted. */
static bool mute_copy(const uint8_t *packet, const sao_ah_view *view, bool sending,
                      ah_scratch *scratch)
{
    SAO_MEMCPY(scratch->covered, packet, view->payload_at);
    return sao_mute(scratch->covered, view->header_at, sending);
}

/* AES-GMAC's nonce is salt and IV; what else makes an ICV has none. */
static void describe_nonce(const sao_ipsec_sa *sa, const uint8_t *iv, ah_scratch *scratch,
                           sao_crypto_job *job)
{
    if (sa->iv_length == 0)
        return;
    SAO_MEMCPY(scratch->nonce, sa->salt, sa->salt_length);
    SAO_MEMCPY(scratch->nonce + sa->salt_length, iv, sa->iv_length);
    job->nonce = scratch->nonce;
    job->nonce_length = (size_t)sa->salt_length + sa->iv_length;
}

/* `scratch` has the headers up to the payload, muted. */
static void describe_job(const sao_ipsec_sa *sa, uint32_t sequence_high, const uint8_t *iv,
                         uint8_t *packet, const sao_ah_view *view, ah_scratch *scratch,
                         sao_crypto_job *job)
{
    const uint32_t iv_at = view->header_at + SAO_AH_FIXED_LENGTH;

    SAO_MEMSET(job, 0, sizeof *job);
    SAO_MEMSET(scratch->covered + iv_at, 0, (size_t)sa->iv_length + sa->icv_length);
    describe_nonce(sa, iv, scratch, job);
    job->aad = scratch->covered;
    job->aad_length = view->payload_at;
    job->data = packet + view->payload_at;
    job->length = view->payload_length;
    if (sa->esn) { /* RFC 4302 section 2.5.1 */
        wire_store32(scratch->high, sequence_high);
        job->tail = scratch->high;
        job->tail_length = sizeof scratch->high;
    }
    job->icv = packet + iv_at + sa->iv_length;
}

NDIS_STATUS sao_ah_seal(const sao_ipsec_sa *sa, uint32_t sequence_high, const uint8_t *iv,
                        uint8_t *packet, size_t length)
{
    sao_ah_view view;
    ah_scratch scratch;
    sao_crypto_job job;
    NDIS_STATUS status;

    if (sao_ah_locate(sa, packet, length, &view) != CRYPTO_SUCCESS ||
        !mute_copy(packet, &view, true, &scratch))
        return NDIS_STATUS_INVALID_DATA;
    describe_job(sa, sequence_high, iv, packet, &view, &scratch, &job);
    if (sa->iv_length > 0)
        SAO_MEMCPY(packet + view.header_at + SAO_AH_FIXED_LENGTH, iv, sa->iv_length);
    status = sa->provider->seal(sa->context, &job);
    SAO_WIPE(&scratch, sizeof scratch);
    return status;
}

static bool icv_is_good(const sao_ipsec_sa *sa, uint32_t sequence_high, uint8_t *packet,
                        const sao_ah_view *view, ah_scratch *scratch)
{
    sao_crypto_job job;

    describe_job(sa, sequence_high, packet + view->header_at + SAO_AH_FIXED_LENGTH, packet, view,
                 scratch, &job);
    return sa->provider->open(sa->context, &job);
}

/* Would the ICV be good if AH were as long as this side makes it? Then all that is wrong is the
 * length that it states. */
static bool only_length_is_wrong(const sao_ipsec_sa *sa, uint32_t sequence_high, uint8_t *packet,
                                 const sao_ah_view *view, ah_scratch *scratch)
{
    sao_ah_view shorter = *view;
    const uint32_t length = sao_ah_length(sa);

    shorter.payload_at = view->header_at + length;
    shorter.payload_length = view->ip.length - shorter.payload_at;
    scratch->covered[view->header_at + 1] = ah_length_to_state(length);
    return icv_is_good(sa, sequence_high, packet, &shorter, scratch);
}

/* Is it more than the provider can authenticate? Then nobody can tell whether the ICV is good. */
static bool is_too_long(const sao_ipsec_sa *sa, const sao_ah_view *view)
{
    const size_t longest = sa->provider->longest_hmac;
    const size_t covered = (size_t)view->ip.length + (sa->esn ? 4u : 0u);

    return sa->iv_length == 0 && longest > 0 && covered > longest;
}

/* Returns what the ICV, or what it covers, comes to. */
static uint16_t check_icv(const sao_ipsec_sa *sa, uint32_t sequence_high, uint8_t *packet,
                          const sao_ah_view *view)
{
    ah_scratch scratch;
    bool good, bad_length;

    if (!mute_copy(packet, view, false, &scratch))
        return CRYPTO_INVALID_PACKET_SYNTAX;
    if (is_too_long(sa, view))
        return CRYPTO_GENERIC_ERROR;
    good = icv_is_good(sa, sequence_high, packet, view, &scratch);
    bad_length = !good && view->overpadded &&
                 only_length_is_wrong(sa, sequence_high, packet, view, &scratch);
    SAO_WIPE(&scratch, sizeof scratch);
    if (good)
        return CRYPTO_SUCCESS;
    if (bad_length)
        return CRYPTO_INVALID_PACKET_SYNTAX;
    return sa->mode == SAO_IPSEC_TUNNEL ? CRYPTO_TUNNEL_AH_AUTH_FAILED
                                        : CRYPTO_TRANSPORT_AH_AUTH_FAILED;
}

uint16_t sao_ah_open(const sao_ipsec_sa *sa, uint64_t highest, uint8_t *packet, size_t length,
                     sao_ipsec_result *result)
{
    sao_ah_view view;
    uint32_t high;

    SAO_MEMSET(result, 0, sizeof *result);
    result->crypto_status = sao_ah_locate(sa, packet, length, &view);
    if (result->crypto_status != CRYPTO_SUCCESS)
        return result->crypto_status;
    result->sequence = sao_sa_sequence(sa, highest, wire_load32(packet + view.header_at + 8));
    high = (uint32_t)(result->sequence >> 32);
    result->crypto_status = check_icv(sa, high, packet, &view);
    if (result->crypto_status == CRYPTO_SUCCESS) {
        result->next_header = view.next_header;
        result->payload_at = view.payload_at;
        result->payload_length = view.payload_length;
    }
    return result->crypto_status;
}
