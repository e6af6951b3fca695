// SPDX-License-Identifier: BSD-2-Clause
/* test_burst.c: many packets at once become what they become one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/packets.h"

#define PACKETS 45 /* the provider gets at most 16 jobs at a time */
#define SAS 5

/* ---- a provider that writes down how it is asked ----------------------------------------- */

static size_t burst_sizes[PACKETS];
static size_t bursts;

static void note_seal_burst(sao_crypto_task *tasks, size_t count)
{
    burst_sizes[bursts++] = count;
    for (size_t i = 0; i < count; i++)
        tasks[i].status = sao_crypto_sodium()->seal(tasks[i].context, &tasks[i].job);
}

static void note_open_burst(sao_crypto_task *tasks, size_t count)
{
    burst_sizes[bursts++] = count;
    for (size_t i = 0; i < count; i++)
        tasks[i].status = sao_crypto_sodium()->open(tasks[i].context, &tasks[i].job)
                              ? NDIS_STATUS_SUCCESS
                              : NDIS_STATUS_FAILURE;
}

static const sao_crypto_provider *noting_provider(void)
{
    static sao_crypto_provider provider;

    provider = *sao_crypto_sodium();
    provider.seal_burst = note_seal_burst;
    provider.open_burst = note_open_burst;
    return &provider;
}

/* ---- packets of several SAs -------------------------------------------------------------- */

typedef struct mix {
    test_sa sas[SAS]; /* IPv4, IPv6, ESN; AH; and UDP over IPv6, whose checksum is written */
    uint8_t bytes[PACKETS][TEST_PACKET_MAX];
    size_t length[PACKETS];
} mix;

static const sao_ipsec_sa *sa_of(const mix *m, size_t i)
{
    return &m->sas[i % SAS].sa;
}

static mix *make_mix(const sao_crypto_provider *provider)
{
    mix *m = calloc(1, sizeof *m);

    assert_non_null(m);
    for (uint8_t i = 0; i < SAS; i++) {
        sao_ipsec_params params =
            test_params(&test_ciphers[i == 3 ? 2 : 1], SAO_IPSEC_TUNNEL, i == 1 || i == 4 ? 6 : 4);

        params.udp_encapsulated = i == 4;
        params.esn = i == 2;
        params.protocol = i == 3 ? SAO_PROTOCOL_AH : SAO_PROTOCOL_ESP;
        m->sas[i] = test_sa_make(&params);
        m->sas[i].sa.provider = provider;
    }
    for (size_t i = 0; i < PACKETS; i++) {
        m->length[i] = test_ip_packet(m->bytes[i], 4, 10 + i * 7);
        assert_int_equal(
            sao_ipsec_frame(sa_of(m, i), i + 1, m->bytes[i], &m->length[i], sizeof m->bytes[i]),
            NDIS_STATUS_SUCCESS);
    }
    return m;
}

static void free_mix(mix *m)
{
    for (size_t i = 0; i < SAS; i++)
        test_sa_free(&m->sas[i]);
    free(m);
}

/* What is wrong with some of them: cut off, a trailer that is none. */
static void spoil_frames(mix *m)
{
    m->length[5] = 30;
    m->bytes[9][m->length[9] - 18] = 0xEE; /* the pad length */
}

/* And, when sealed: a bit of the ICV, another SPI, too short. */
static void spoil_sealed(mix *m)
{
    m->bytes[11][m->length[11] - 1] ^= 1;
    m->bytes[16][40] ^= 1;
    m->length[22] = 39;
    m->bytes[38][m->length[38] - 1] ^= 1; /* AH: the payload */
}

static void seal_one_by_one(mix *m, NDIS_STATUS *statuses)
{
    for (uint32_t i = 0; i < PACKETS; i++)
        statuses[i] =
            sao_ipsec_seal(sa_of(m, i), 7, i == 20 ? NULL : test_iv(i), m->bytes[i], m->length[i]);
}

static void seal_together(mix *m, NDIS_STATUS *statuses)
{
    sao_ipsec_sealing sealings[PACKETS];
    uint8_t ivs[PACKETS][8];

    for (uint32_t i = 0; i < PACKETS; i++) {
        memcpy(ivs[i], test_iv(i), sizeof ivs[i]);
        sealings[i] = (sao_ipsec_sealing){.sa = sa_of(m, i),
                                          .iv = i == 20 ? NULL : ivs[i],
                                          .packet = m->bytes[i],
                                          .length = m->length[i],
                                          .sequence_high = 7,
                                          .status = NDIS_STATUS_PENDING};
    }
    sao_ipsec_seal_burst(sealings, PACKETS);
    for (uint32_t i = 0; i < PACKETS; i++)
        statuses[i] = sealings[i].status;
}

static void open_one_by_one(mix *m, sao_ipsec_result *results)
{
    for (uint32_t i = 0; i < PACKETS; i++)
        (void)sao_ipsec_open(sa_of(m, i), (uint64_t)7 << 32, m->bytes[i], m->length[i],
                             &results[i]);
}

/* `parsed`: with what the parser says of each packet that it can read. */
static void open_together(mix *m, bool parsed, sao_ipsec_result *results)
{
    sao_ipsec_opening openings[PACKETS];
    sao_packet_info infos[PACKETS];

    memset(openings, 0xEE, sizeof openings);
    for (uint32_t i = 0; i < PACKETS; i++) {
        openings[i].sa = sa_of(m, i);
        openings[i].highest = (uint64_t)7 << 32;
        openings[i].packet = m->bytes[i];
        openings[i].length = m->length[i];
        openings[i].info =
            parsed && sao_packet_parse(m->bytes[i], m->length[i], &infos[i]) == SAO_PARSE_OK
                ? &infos[i]
                : NULL;
    }
    sao_ipsec_open_burst(openings, PACKETS);
    for (uint32_t i = 0; i < PACKETS; i++)
        results[i] = openings[i].result;
}

static void assert_same(const sao_ipsec_result *a, const sao_ipsec_result *b)
{
    assert_int_equal(a->crypto_status, b->crypto_status);
    assert_int_equal(a->sequence, b->sequence);
    assert_int_equal(a->next_header, b->next_header);
    assert_int_equal(a->pad_length, b->pad_length);
    assert_int_equal(a->payload_at, b->payload_at);
    assert_int_equal(a->payload_length, b->payload_length);
}

/* Packets, statuses and results of both ways are the same, and there are failures among them. */
static void compare(const sao_crypto_provider *provider, bool parsed)
{
    NDIS_STATUS one_status[PACKETS], together_status[PACKETS];
    sao_ipsec_result one_result[PACKETS], together_result[PACKETS];
    mix *one = make_mix(provider), *together = make_mix(provider);
    uint32_t sealed = 0, opened = 0;

    spoil_frames(one);
    spoil_frames(together);
    seal_one_by_one(one, one_status);
    seal_together(together, together_status);
    assert_memory_equal(one->bytes, together->bytes, sizeof one->bytes);
    spoil_sealed(one);
    spoil_sealed(together);
    open_one_by_one(one, one_result);
    open_together(together, parsed, together_result);
    assert_memory_equal(one->bytes, together->bytes, sizeof one->bytes);
    for (uint32_t i = 0; i < PACKETS; i++) {
        assert_int_equal(one_status[i], together_status[i]);
        assert_same(&one_result[i], &together_result[i]);
        sealed += one_status[i] == NDIS_STATUS_SUCCESS ? 1u : 0u;
        opened += one_result[i].crypto_status == CRYPTO_SUCCESS ? 1u : 0u;
    }
    assert_int_equal(sealed, PACKETS - 3);
    assert_int_equal(opened, PACKETS - 7);
    free_mix(one);
    free_mix(together);
}

static void a_burst_is_packets_one_by_one(void **state)
{
    (void)state;
    for (int parsed = 0; parsed < 2; parsed++) {
        compare(sao_crypto_sodium(), parsed != 0); /* which has no bursts of its own */
        compare(noting_provider(), parsed != 0);
    }
    sao_ipsec_seal_burst(NULL, 0);
    sao_ipsec_open_burst(NULL, 0);
}

/* What an opened packet carries is where sao_ipsec_locate finds it. */
static void results_say_where_the_payload_is(void **state)
{
    NDIS_STATUS statuses[PACKETS];
    sao_ipsec_result results[PACKETS];
    sao_ipsec_layout layout;
    mix *m = make_mix(sao_crypto_sodium());

    (void)state;
    seal_together(m, statuses);
    open_together(m, true, results);
    for (uint32_t i = 0; i < PACKETS; i++) {
        if (i == 20) /* it had no IV */
            continue;
        assert_int_equal(results[i].crypto_status, CRYPTO_SUCCESS);
        assert_int_equal(sao_ipsec_locate(sa_of(m, i), m->bytes[i], m->length[i], &layout),
                         CRYPTO_SUCCESS);
        assert_int_equal(results[i].payload_at, layout.payload_at);
        assert_int_equal(results[i].payload_length, layout.payload_length);
    }
    free_mix(m);
}

typedef struct stranger {
    void (*change)(sao_ipsec_params *params);
    size_t packet; /* and that of the same SA after it */
    uint16_t status;
} stranger;

static void no_change(sao_ipsec_params *params)
{
    (void)params;
}

static void other_source(sao_ipsec_params *params)
{
    params->source.bytes[3] ^= 1;
}

static void other_destination(sao_ipsec_params *params)
{
    params->destination.bytes[3] ^= 1;
}

static void other_spi(sao_ipsec_params *params)
{
    params->spi ^= 1;
}

static void any_address(sao_ipsec_params *params)
{
    memset(&params->source, 0, sizeof params->source);
    memset(&params->destination, 0, sizeof params->destination);
}

static void any_ipv6_address(sao_ipsec_params *params)
{
    any_address(params);
    params->ip_version = 6;
}

static void in_udp(sao_ipsec_params *params)
{
    params->udp_encapsulated = true;
}

static void behind_ah(sao_ipsec_params *params)
{
    params->behind_ah = true;
}

/* That a packet was parsed does not make it one of this SA. */
static void a_parsed_packet_is_still_checked(void **state)
{
    static const stranger strangers[] = {
        {no_change, 0, CRYPTO_SUCCESS},
        {other_source, 0, CRYPTO_INVALID_PROTOCOL},
        {other_destination, 0, CRYPTO_INVALID_PROTOCOL},
        {other_spi, 0, CRYPTO_INVALID_PROTOCOL},
        {any_address, 0, CRYPTO_SUCCESS},
        {any_address, 1, CRYPTO_INVALID_PROTOCOL}, /* IPv6 */
        {any_ipv6_address, 1, CRYPTO_SUCCESS},
        {any_ipv6_address, 4, CRYPTO_INVALID_PROTOCOL}, /* in UDP */
        {in_udp, 0, CRYPTO_INVALID_PROTOCOL},
        {behind_ah, 0, CRYPTO_INVALID_PROTOCOL},
    };

    (void)state;
    for (size_t s = 0; s < sizeof strangers / sizeof strangers[0]; s++) {
        const size_t at[2] = {strangers[s].packet, strangers[s].packet + SAS};
        NDIS_STATUS statuses[PACKETS];
        mix *m = make_mix(sao_crypto_sodium());
        sao_ipsec_params params = test_params(&test_ciphers[1], SAO_IPSEC_TUNNEL, 4);
        sao_ipsec_opening openings[2];
        sao_packet_info info;
        test_sa sa;

        strangers[s].change(&params);
        sa = test_sa_make(&params);
        seal_together(m, statuses);
        assert_int_equal(sao_packet_parse(m->bytes[at[0]], m->length[at[0]], &info), SAO_PARSE_OK);
        for (size_t i = 0; i < 2; i++)
            openings[i] = (sao_ipsec_opening){
                &sa.sa, 0, m->bytes[at[i]], m->length[at[i]], i == 0 ? &info : NULL, {0}};
        sao_ipsec_open_burst(openings, 2);
        for (size_t i = 0; i < 2; i++)
            assert_int_equal(openings[i].result.crypto_status, strangers[s].status);
        test_sa_free(&sa);
        free_mix(m);
    }
}

/* The bytes that are there count, not those that were when it was parsed. */
static void a_parsed_packet_may_have_lost_its_end(void **state)
{
    NDIS_STATUS statuses[PACKETS];
    mix *m = make_mix(sao_crypto_sodium());
    sao_ipsec_opening openings[2];
    sao_packet_info infos[2];

    (void)state;
    seal_together(m, statuses);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(sao_packet_parse(m->bytes[i * SAS], m->length[i * SAS], &infos[i]),
                         SAO_PARSE_OK);
        openings[i] = (sao_ipsec_opening){
            sa_of(m, 0), 0, m->bytes[i * SAS], m->length[i * SAS] - i, &infos[i], {0}};
    }
    sao_ipsec_open_burst(openings, 2);
    assert_int_equal(openings[0].result.crypto_status, CRYPTO_SUCCESS);
    assert_int_equal(openings[1].result.crypto_status, CRYPTO_INVALID_PACKET_SYNTAX);
    free_mix(m);
}

/* Two packets of a train have one description; of the second the length is its own, whatever its
 * header states. */
static void a_train_has_one_description(void **state)
{
    NDIS_STATUS statuses[PACKETS];
    mix *m = make_mix(sao_crypto_sodium());
    uint8_t first[TEST_PACKET_MAX], second[TEST_PACKET_MAX];
    sao_packet_info info;

    (void)state;
    seal_together(m, statuses);
    assert_int_equal(sao_packet_parse(m->bytes[0], m->length[0], &info), SAO_PARSE_OK);
    for (size_t stated = 0; stated < m->length[SAS] + 5; stated++) {
        sao_ipsec_opening openings[2];
        sao_ipsec_result alone;

        memcpy(first, m->bytes[0], sizeof first);
        memcpy(second, m->bytes[SAS], sizeof second);
        second[2] = (uint8_t)(stated >> 8);
        second[3] = (uint8_t)stated;
        openings[0] = (sao_ipsec_opening){sa_of(m, 0), 0, first, m->length[0], &info, {0}};
        openings[1] = (sao_ipsec_opening){sa_of(m, 0), 0, second, m->length[SAS], &info, {0}};
        sao_ipsec_open_burst(openings, 2);
        assert_int_equal(openings[0].result.crypto_status, CRYPTO_SUCCESS);
        memcpy(second + 4, m->bytes[SAS] + 4, sizeof second - 4);
        (void)sao_ipsec_open(sa_of(m, 0), 0, second, m->length[SAS], &alone);
        assert_int_equal(openings[1].result.crypto_status, alone.crypto_status);
        assert_int_equal(alone.crypto_status == CRYPTO_SUCCESS, stated == m->length[SAS]);
    }
    free_mix(m);
}

/* What is known of packets is known for their SA, and not for another: of another address, or of AH
 * with the same SPI. */
static void another_sa_has_the_same_description(void **state)
{
    (void)state;
    for (int ah = 0; ah < 2; ah++) {
        NDIS_STATUS statuses[PACKETS];
        mix *m = make_mix(sao_crypto_sodium());
        sao_ipsec_params params = test_params(&test_ciphers[1 + ah], SAO_IPSEC_TUNNEL, 4);
        sao_ipsec_opening openings[2];
        sao_packet_info info;
        test_sa other;

        if (ah == 0)
            params.source = test_address(4, 7);
        else
            params.protocol = SAO_PROTOCOL_AH;
        other = test_sa_make(&params);
        seal_together(m, statuses);
        assert_int_equal(sao_packet_parse(m->bytes[0], m->length[0], &info), SAO_PARSE_OK);
        for (size_t i = 0; i < 2; i++)
            openings[i] = (sao_ipsec_opening){i == 0 ? sa_of(m, 0) : &other.sa,
                                              0,
                                              m->bytes[i * SAS],
                                              m->length[i * SAS],
                                              &info,
                                              {0}};
        sao_ipsec_open_burst(openings, 2);
        assert_int_equal(openings[0].result.crypto_status, CRYPTO_SUCCESS);
        assert_int_equal(openings[1].result.crypto_status, CRYPTO_INVALID_PROTOCOL);
        test_sa_free(&other);
        free_mix(m);
    }
}

/* What is known of the packet before says nothing of one that has no description. */
static void a_packet_without_description_is_read(void **state)
{
    NDIS_STATUS statuses[PACKETS];
    mix *m = make_mix(sao_crypto_sodium());
    sao_ipsec_opening openings[2];
    sao_packet_info info;

    (void)state;
    seal_together(m, statuses);
    assert_int_equal(sao_packet_parse(m->bytes[0], m->length[0], &info), SAO_PARSE_OK);
    m->bytes[SAS][19] ^= 1; /* the destination */
    for (size_t i = 0; i < 2; i++)
        openings[i] = (sao_ipsec_opening){
            sa_of(m, 0), 0, m->bytes[i * SAS], m->length[i * SAS], i == 0 ? &info : NULL, {0}};
    sao_ipsec_open_burst(openings, 2);
    assert_int_equal(openings[0].result.crypto_status, CRYPTO_SUCCESS);
    assert_int_equal(openings[1].result.crypto_status, CRYPTO_INVALID_PROTOCOL);
    free_mix(m);
}

/* Four of five packets are ESP; those that are no job are not in a burst. */
static void the_provider_gets_many_jobs_at_once(void **state)
{
    NDIS_STATUS statuses[PACKETS];
    sao_ipsec_result results[PACKETS];
    mix *m = make_mix(noting_provider());

    (void)state;
    bursts = 0;
    spoil_frames(m); /* 5 and 9; and 20 has no IV */
    seal_together(m, statuses);
    assert_int_equal(bursts, 3);
    assert_int_equal(burst_sizes[0], 16);
    assert_int_equal(burst_sizes[1], 16);
    assert_int_equal(burst_sizes[2], 36 - 3 - 32);
    bursts = 0;
    open_together(m, false, results);
    assert_int_equal(bursts, 3);
    assert_int_equal(burst_sizes[0], 16);
    assert_int_equal(burst_sizes[1], 16);
    assert_int_equal(burst_sizes[2], 36 - 1 - 32);
    free_mix(m);
}

static void refuse_every_other(sao_crypto_task *tasks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        tasks[i].status = i % 2 == 0 ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS;
}

/* What the provider says of each job is what its packet's sender gets. */
static void the_providers_status_is_passed_on(void **state)
{
    sao_crypto_provider provider = *noting_provider();
    NDIS_STATUS statuses[PACKETS];
    mix *m;

    (void)state;
    provider.seal_burst = refuse_every_other;
    m = make_mix(&provider);
    seal_together(m, statuses);
    assert_int_equal(statuses[0], NDIS_STATUS_RESOURCES);
    assert_int_equal(statuses[1], NDIS_STATUS_SUCCESS);
    assert_int_equal(statuses[2], NDIS_STATUS_RESOURCES);
    free_mix(m);
}

/* A burst is of one provider: another one's packet begins the next. */
static void providers_do_not_mix(void **state)
{
    const sao_crypto_provider *noting = noting_provider();
    NDIS_STATUS statuses[PACKETS];
    sao_ipsec_result results[PACKETS];
    mix *m = make_mix(noting);

    (void)state;
    m->sas[1].sa.provider = sao_crypto_sodium();
    bursts = 0;
    seal_together(m, statuses);
    assert_int_equal(burst_sizes[0], 1); /* 0 before 1 */
    assert_int_equal(burst_sizes[1], 3); /* 2, 4 and 5 before 6 */
    bursts = 0;
    open_together(m, false, results);
    assert_int_equal(burst_sizes[0], 1);
    assert_int_equal(burst_sizes[1], 3);
    for (uint32_t i = 0; i < PACKETS; i++)
        if (i != 20)
            assert_int_equal(results[i].crypto_status, CRYPTO_SUCCESS);
    free_mix(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_is_packets_one_by_one),
        cmocka_unit_test(results_say_where_the_payload_is),
        cmocka_unit_test(a_parsed_packet_is_still_checked),
        cmocka_unit_test(a_parsed_packet_may_have_lost_its_end),
        cmocka_unit_test(a_train_has_one_description),
        cmocka_unit_test(another_sa_has_the_same_description),
        cmocka_unit_test(a_packet_without_description_is_read),
        cmocka_unit_test(the_provider_gets_many_jobs_at_once),
        cmocka_unit_test(the_providers_status_is_passed_on),
        cmocka_unit_test(providers_do_not_mix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
