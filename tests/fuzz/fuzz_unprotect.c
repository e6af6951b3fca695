// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_unprotect.c: parsing, protecting, unprotecting, with an SA that the first bytes choose.
 *
 * The bytes: provider and suite, form, where ESN stand, what to do, then a packet and edits.
 * Whatever fails changes nothing. What was protected and not edited comes back as it was.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include <saoffload/algorithm.h>

#include "support/crypto.h"
#include "support/packets.h"

#define PROVIDERS 4u
#define FORM_BITS 7u
#define PACKET_MAX 1024u

/* Bits of a form. */
#define FORM_TRANSPORT 0x01u
#define FORM_IPV6 0x02u
#define FORM_ESN 0x04u
#define FORM_AH 0x08u
#define FORM_UDP 0x10u
#define FORM_BEHIND_AH 0x20u
#define FORM_ANY_ADDRESS 0x40u

/* ---- SAs, made when they are first wanted ---------------------------------------------- */

typedef struct known_sa {
    sao_ipsec_sa sa;
    void *context;
    enum { NOT_TRIED, MADE, IMPOSSIBLE } state;
} known_sa;

static sao_ipsec_params describe(const test_suite *suite, unsigned form)
{
    const test_cipher cipher = {"", suite->encryption, suite->authentication};
    sao_ipsec_params params =
        test_params(&cipher, (form & FORM_TRANSPORT) != 0 ? SAO_IPSEC_TRANSPORT : SAO_IPSEC_TUNNEL,
                    (form & FORM_IPV6) != 0 ? 6 : 4);

    params.icv_length = (uint8_t)suite->icv_length;
    params.allow_unauthenticated = suite->icv_length == 0;
    params.esn = (form & FORM_ESN) != 0;
    params.protocol = (form & FORM_AH) != 0 ? SAO_PROTOCOL_AH : SAO_PROTOCOL_ESP;
    params.udp_encapsulated = (form & FORM_UDP) != 0;
    params.behind_ah = (form & FORM_BEHIND_AH) != 0;
    if ((form & FORM_ANY_ADDRESS) != 0) {
        memset(&params.source, 0, sizeof params.source);
        memset(&params.destination, 0, sizeof params.destination);
    }
    return params;
}

/* The null provider first: it is the one that is everywhere, and is fast. */
static const sao_crypto_provider *provider_of(size_t number)
{
    return number == 0 ? sao_crypto_null() : sao_crypto_provider_at(number - 1);
}

static void make(known_sa *known, size_t provider_number, size_t suite, unsigned form)
{
    const sao_crypto_provider *provider = provider_of(provider_number);
    const sao_ipsec_params params = describe(&test_suites[suite], form);

    known->state = IMPOSSIBLE;
    if (provider == NULL)
        return;
    known->context = malloc(provider->context_size);
    FUZZ_CHECK(known->context != NULL);
    if (sao_ipsec_sa_init(&known->sa, &params, provider, known->context) == NDIS_STATUS_SUCCESS) {
        known->state = MADE;
        return;
    }
    free(known->context);
    known->context = NULL;
}

/* NULL for what no provider has, or is no SA. */
static const sao_ipsec_sa *choose(fuzz_input *in)
{
    static known_sa all[PROVIDERS][TEST_SUITES][1u << FORM_BITS];
    size_t provider = fuzz_byte(in) % PROVIDERS;
    size_t suite = fuzz_byte(in) % TEST_SUITES;
    unsigned form = fuzz_byte(in) % (1u << FORM_BITS);
    known_sa *known = &all[provider][suite][form];

    if (known->state == NOT_TRIED)
        make(known, provider, suite, form);
    return known->state == MADE ? &known->sa : NULL;
}

/* ---- what has to hold of every packet -------------------------------------------------- */

/* What the parser sees has to be what opening went by. */
static void check_parsed(const sao_ipsec_sa *sa, const uint8_t *packet, size_t length)
{
    sao_packet_info info;
    unsigned last;

    FUZZ_CHECK(sao_packet_parse(packet, length, &info) == SAO_PARSE_OK);
    FUZZ_CHECK(info.ip_version == sa->ip_version && !info.fragment);
    if (sa->udp_encapsulated && info.header_count == 0)
        return; /* neither port is 4500 */
    FUZZ_CHECK(info.header_count > 0);
    last = sa->behind_ah ? 1 : 0;
    FUZZ_CHECK(last < info.header_count || sa->behind_ah);
    if (last < info.header_count)
        FUZZ_CHECK(info.spi[last] == sa->spi && info.protocol[last] == sa->protocol);
    FUZZ_CHECK(info.udp_encapsulated == sa->udp_encapsulated);
}

/* Opens, and strips, a copy of exactly that size. Returns what opening says. */
static uint16_t open_and_strip(const sao_ipsec_sa *sa, uint64_t highest, const uint8_t *packet,
                               size_t length)
{
    uint8_t *copy = fuzz_copy(packet, length);
    sao_ipsec_result result;
    sao_ipsec_layout layout;
    size_t after = length;
    uint16_t status = sao_ipsec_open(sa, highest, copy, length, &result);

    FUZZ_CHECK(status == result.crypto_status);
    if (status != CRYPTO_SUCCESS) {
        FUZZ_CHECK(memcmp(copy, packet, length) == 0);
    } else {
        check_parsed(sa, packet, length);
        FUZZ_CHECK(sao_ipsec_locate(sa, copy, length, &layout) == CRYPTO_SUCCESS);
        FUZZ_CHECK(layout.next_header == result.next_header);
        FUZZ_CHECK(layout.pad_length == result.pad_length);
        FUZZ_CHECK(layout.sequence == (uint32_t)result.sequence);
        FUZZ_CHECK(layout.payload_at + layout.payload_length <= length);
        if (sao_ipsec_strip(sa, copy, &after) == NDIS_STATUS_SUCCESS)
            FUZZ_CHECK(after < length && after >= 20);
        else
            FUZZ_CHECK(after == length);
    }
    free(copy);
    return status;
}

static bool is_same_result(const sao_ipsec_result *a, const sao_ipsec_result *b)
{
    return a->sequence == b->sequence && a->crypto_status == b->crypto_status &&
           a->next_header == b->next_header && a->pad_length == b->pad_length &&
           a->payload_at == b->payload_at && a->payload_length == b->payload_length;
}

/* In a burst, and by what the parser has seen, it is the same; no packet disturbs another. */
static void check_burst(const sao_ipsec_sa *sa, uint64_t highest, const uint8_t *packet,
                        size_t length)
{
    sao_ipsec_opening all[3];
    uint8_t *copies[3], *alone = fuzz_copy(packet, length);
    sao_packet_info info;
    const bool parsed = sao_packet_parse(packet, length, &info) == SAO_PARSE_OK;
    sao_ipsec_result result;

    (void)sao_ipsec_open(sa, highest, alone, length, &result);
    for (unsigned i = 0; i < 3; i++) {
        copies[i] = fuzz_copy(packet, length);
        if (i == 1 && length > 0)
            copies[i][length - 1] ^= 1; /* that one is wrong */
        memset(&all[i], 0, sizeof all[i]);
        all[i].sa = sa;
        all[i].highest = highest;
        all[i].packet = copies[i];
        all[i].length = length;
        all[i].info = parsed && i != 1 ? &info : NULL;
    }
    sao_ipsec_open_burst(all, 3);
    for (unsigned i = 0; i < 3; i++) {
        if (i != 1) {
            FUZZ_CHECK(is_same_result(&all[i].result, &result));
            FUZZ_CHECK(length == 0 || memcmp(copies[i], alone, length) == 0);
        }
        free(copies[i]);
    }
    free(alone);
}

/* The same in one call, of which an error changes nothing. Returns the length, 0 for an error. */
static size_t unprotect(const sao_ipsec_sa *sa, uint64_t highest, uint8_t *packet, size_t length)
{
    uint8_t *before = fuzz_copy(packet, length);
    uint16_t opened = open_and_strip(sa, highest, packet, length);
    sao_ipsec_result result;
    size_t after = length;
    NDIS_STATUS status = sao_ipsec_unprotect(sa, highest, packet, &after, &result);

    check_burst(sa, highest, before, length);
    FUZZ_CHECK(result.crypto_status == opened);
    if (status != NDIS_STATUS_SUCCESS) {
        FUZZ_CHECK(status ==
                   (opened == CRYPTO_SUCCESS ? NDIS_STATUS_INVALID_DATA : NDIS_STATUS_FAILURE));
        FUZZ_CHECK(after == length && memcmp(packet, before, length) == 0);
    }
    free(before);
    return status == NDIS_STATUS_SUCCESS ? after : 0;
}

/* Of the padding between members nothing is promised. */
static bool is_same_info(const sao_packet_info *a, const sao_packet_info *b)
{
    return memcmp(&a->source, &b->source, sizeof a->source) == 0 &&
           memcmp(&a->destination, &b->destination, sizeof a->destination) == 0 &&
           memcmp(a->spi, b->spi, sizeof a->spi) == 0 &&
           memcmp(a->protocol, b->protocol, sizeof a->protocol) == 0 &&
           a->header_count == b->header_count && a->ip_version == b->ip_version &&
           a->fragment == b->fragment && a->ipv4_options == b->ipv4_options &&
           a->ipv6_extensions == b->ipv6_extensions && a->udp_encapsulated == b->udp_encapsulated &&
           a->ip_offset == b->ip_offset && a->ipsec_offset == b->ipsec_offset &&
           a->ip_length == b->ip_length && a->encapsulation == b->encapsulation;
}

/* ---- what to do ------------------------------------------------------------------------ */

/* In a frame, where there are short ways, a packet shows what it shows bare. */
static void check_frame(const uint8_t *packet, size_t length)
{
    const bool ipv6 = length > 0 && packet[0] >> 4 == 6;
    uint8_t *frame = calloc(1, 14 + length);
    sao_packet_info bare, framed;
    const sao_parse result = sao_packet_parse(packet, length, &bare);

    FUZZ_CHECK(frame != NULL);
    memcpy(frame + 12, ipv6 ? "\x86\xdd" : "\x08\x00", 2);
    if (length > 0)
        memcpy(frame + 14, packet, length);
    FUZZ_CHECK(sao_frame_parse(frame, 14 + length, &framed) == result);
    free(frame);
    if (result != SAO_PARSE_OK)
        return;
    FUZZ_CHECK(framed.ip_offset == 14);
    framed.ip_offset = bare.ip_offset;
    framed.encapsulation = bare.encapsulation;
    FUZZ_CHECK(is_same_info(&framed, &bare));
    FUZZ_CHECK(sao_packet_may_be_ipsec(packet, length) || bare.header_count == 0);
}

static void try_raw(const sao_ipsec_sa *sa, uint64_t highest, fuzz_input *in)
{
    uint8_t *packet = fuzz_copy(in->at, in->left);
    sao_packet_info info;

    (void)sao_frame_parse(packet, in->left, &info);
    check_frame(packet, in->left);
    if (sa != NULL)
        (void)unprotect(sa, highest, packet, in->left);
    free(packet);
}

/* A packet that suits the SA, with what the bytes say of it: a good part has to be framed. */
static size_t make_plain(const sao_ipsec_sa *sa, fuzz_input *in, uint8_t *packet)
{
    uint8_t bits = fuzz_byte(in);
    uint8_t version = sa->mode == SAO_IPSEC_TRANSPORT ? sa->ip_version : (bits & 1) != 0 ? 6 : 4;
    size_t length = test_ip_packet(packet, version, fuzz_byte(in));

    (void)fuzz_edit(in, packet, length);
    return length;
}

/* Framing says beforehand what it needs, and fails without a trace. */
static bool frame_fails_cleanly(const sao_ipsec_sa *sa, uint64_t sequence, const uint8_t *packet,
                                size_t length)
{
    size_t need = sao_ipsec_overhead(sa, packet, length), after = length;
    uint8_t framed[PACKET_MAX];

    memcpy(framed, packet, length);
    if (sao_ipsec_frame(sa, sequence, framed, &after, sizeof framed) == NDIS_STATUS_SUCCESS)
        return need > 0;
    FUZZ_CHECK(after == length && memcmp(framed, packet, length) == 0);
    return true;
}

static void try_round_trip(const sao_ipsec_sa *sa, uint64_t highest, fuzz_input *in)
{
    uint64_t sequence = highest + 1;
    uint8_t plain[PACKET_MAX], packet[PACKET_MAX], iv[SAO_IV_MAX] = {0};
    size_t length = make_plain(sa, in, plain), wire = length, after;
    sao_packet_info info;
    bool edited, spoilt;

    FUZZ_CHECK(frame_fails_cleanly(sa, sequence, plain, length));
    (void)fuzz_take(in, iv, sizeof iv);
    memcpy(packet, plain, length);
    if (!fuzz_protect(in, sa, sequence, iv, packet, &wire, sizeof packet, &edited))
        return;
    spoilt = fuzz_edit(in, packet, wire);
    check_frame(packet, wire);
    after = unprotect(sa, highest, packet, wire);
    if (edited || spoilt || sao_packet_parse(plain, length, &info) != SAO_PARSE_OK)
        return;
    /* A source route that is not at its end is for another place. */
    if (sa->protocol == SAO_PROTOCOL_AH && (info.ipv4_options || info.ipv6_extensions) &&
        after == 0)
        return;
    FUZZ_CHECK(after == info.ip_length);
    FUZZ_CHECK(sa->mode == SAO_IPSEC_TRANSPORT || memcmp(packet, plain, after) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = {data, size};
    const sao_ipsec_sa *sa = choose(&in);
    uint8_t todo = fuzz_byte(&in);
    uint64_t highest = fuzz_word(&in);

    if ((todo & 2) != 0) { /* about where the low half begins anew */
        const uint32_t low = fuzz_byte(&in);

        highest = highest << 32 | (low < 128 ? low : low | 0xFFFFFF00u);
    }
    if ((todo & 1) == 0)
        try_raw(sa, highest, &in);
    else if (sa != NULL && (sa->esn || highest < UINT32_MAX) && highest != UINT64_MAX)
        try_round_trip(sa, sa->esn ? highest : (uint32_t)highest, &in);
    return 0;
}
