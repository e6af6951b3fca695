// SPDX-License-Identifier: BSD-2-Clause
/* line.c: see line.h. */
#include "support/line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <saoffload/algorithm.h>

#include "support/memory.h"

/* ---- packets that tell what they are --------------------------------------------------- */

/* Packet `number` of a side, and nothing else: the receiver knows what comes next. */
static size_t make_packet(const test_line *line, uint8_t *packet, int from, uint32_t number)
{
    const size_t payload = 8 + number * 37 % 1200;
    const size_t length = test_ip_packet(packet, line->ip_version, payload);

    if (from == 1)
        test_swap_addresses(packet);
    packet[length - payload] = (uint8_t)from;
    memcpy(packet + length - payload + 1, &number, sizeof number);
    return length;
}

NDIS_STATUS line_try_send(test_line *line, int from)
{
    uint8_t packet[TEST_PACKET_MAX];
    const size_t length = make_packet(line, packet, from, line->sent[from]);
    NDIS_STATUS status;

    line->sent[from]++; /* before: an answer may be sent from within */
    status = sao_link_send(line->link, from, packet, length);
    if (status != NDIS_STATUS_SUCCESS)
        line->sent[from]--;
    return status;
}

void line_send(test_line *line, int from)
{
    assert_int_equal(line_try_send(line, from), NDIS_STATUS_SUCCESS);
}

void line_send_many(test_line *line, uint32_t count, line_pattern pattern)
{
    uint32_t random = 99;

    for (uint32_t i = 0; i < count; i++) {
        int from = 0;

        random = random * 1664525u + 1013904223u;
        if (pattern == LINE_IN_TURNS)
            from = (int)(i % 2);
        if (pattern == LINE_IN_BURSTS)
            from = (int)(i / 50 % 2);
        if (pattern == LINE_MIXED)
            from = (int)(random >> 31);
        line_send(line, from);
        if (pattern == LINE_MIXED && random % 97 == 0)
            sao_link_run(line->link, random % 1000);
    }
}

/* ---- hooks ----------------------------------------------------------------------------- */

void line_random(void *context, uint8_t *bytes, size_t n)
{
    uint32_t *random = &((test_line *)context)->random;

    while (n-- > 0) {
        *random = *random * 1664525u + 1013904223u;
        *bytes++ = (uint8_t)(*random >> 24);
    }
}

void line_deliver(void *context, int to, const uint8_t *packet, size_t length)
{
    test_line *line = context;
    uint8_t expected[TEST_PACKET_MAX];
    const size_t expected_length = make_packet(line, expected, 1 - to, line->delivered[to]);

    if (length != expected_length || memcmp(packet, expected, length) != 0)
        fail_msg("packet %u for side %d is missing, overtaken or spoilt (seed %u)",
                 (unsigned)line->delivered[to], to, (unsigned)line->seed);
    line->delivered[to]++;
}

static size_t iv_length_of(const sao_link_config *config)
{
    const sao_algorithm *encryption = sao_encryption_algorithm(config->encryption);
    const sao_algorithm *authentication = sao_authentication_algorithm(config->authentication);

    if (encryption != NULL && encryption->iv_length > 0)
        return encryption->iv_length;
    return authentication != NULL ? authentication->iv_length : 0;
}

/* Where the outermost ESP header is; 0 if AH is around it, or there is none. */
static size_t esp_of(const uint8_t *frame, size_t length)
{
    sao_packet_info info;
    size_t at;

    assert_int_equal(sao_frame_parse(frame, length, &info), SAO_PARSE_OK);
    assert_in_range(info.header_count, 1, 2);
    at = (size_t)info.ip_offset + info.ipsec_offset;
    if (info.protocol[info.header_count - 1] != SAO_PROTOCOL_ESP)
        return 0;
    return info.header_count == 1 ? at : at + (frame[at + 1] + 2u) * 4u;
}

void line_wire(void *context, int from, const uint8_t *frame, size_t length)
{
    test_line *line = context;
    line_iv *used = &line->ivs[line->iv_count];
    const size_t iv_length = iv_length_of(&line->config);
    const size_t at = esp_of(frame, length);

    line->frames[from]++;
    line->bytes += length;
    if (at == 0 || iv_length == 0)
        return;
    line->iv_count++;
    assert_true(line->iv_count < LINE_IVS_MAX);
    assert_true(length >= at + 8 + iv_length);
    memset(used->iv, 0, sizeof used->iv);
    memcpy(&used->spi, frame + at, sizeof used->spi);
    memcpy(used->iv, frame + at + 8, iv_length);
}

static void note_sa(void *context, const sao_link_sa *sa)
{
    test_line *line = context;

    assert_true(line->sa_count < LINE_SAS_MAX);
    line->sas[line->sa_count++] = *sa;
}

static void note_violation(void *context, int side, const char *rule, const char *what)
{
    test_line *line = context;

    print_message("seed %u, side %d: %s: %s\n", (unsigned)line->seed, side, rule, what);
    line->violations++;
}

/* ---- life ------------------------------------------------------------------------------ */

void line_init(test_line *line)
{
    sao_link_config *config = &line->config;

    memset(line, 0, sizeof *line);
    line->ip_version = 4;
    line->random = 1;
    sao_link_config_init(config);
    config->provider = sao_crypto_sodium();
    config->encryption = SAO_ENCRYPTION_CHACHA20_POLY1305;
    config->address[0] = test_address(4, TEST_SOURCE);
    config->address[1] = test_address(4, TEST_DESTINATION);
    config->inner_version = 4;
    memcpy(config->inner_address, config->address, sizeof config->address);
    config->tag = LINE_TAG;
    config->hooks.random = line_random;
    config->hooks.deliver = line_deliver;
    config->hooks.wire = line_wire;
    config->hooks.sa = note_sa;
    config->hooks.violation = note_violation;
    config->hooks.context = line;
}

void line_open(test_line *line)
{
    const char *problem = "it has no size";

    line->size = sao_link_size(&line->config);
    line->memory = line->size > 0 ? malloc(line->size) : NULL;
    assert_non_null(line->memory);
    test_memory_spoil(line->memory, line->size); /* it need not be clean */
    if (sao_link_init(line->memory, line->size, &line->config, &line->link, &problem) !=
        NDIS_STATUS_SUCCESS)
        fail_msg("%s", problem);
    assert_null(problem);
}

static int compare_ivs(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(line_iv));
}

static void expect_no_iv_twice(test_line *line)
{
    SAO_STATIC_ASSERT(sizeof(line_iv) == 4 + SAO_IV_MAX, "used IVs are compared as bytes");

    qsort(line->ivs, line->iv_count, sizeof line->ivs[0], compare_ivs);
    for (uint32_t i = 1; i < line->iv_count; i++)
        assert_int_not_equal(compare_ivs(&line->ivs[i - 1], &line->ivs[i]), 0);
}

static void expect_wiped(const test_line *line)
{
    const uint8_t *memory = line->memory;
    size_t left = 0;

    for (size_t i = 0; i < line->size; i++)
        left += memory[i] != 0;
    assert_int_equal(left, 0);
}

void line_close(test_line *line)
{
    const uint32_t *sent = line->sent;
    const uint32_t *delivered = line->delivered;
    bool good;

    sao_link_close(line->link, &line->totals);
    expect_wiped(line);
    free(line->memory);
    good = line->removed || (delivered[1] == sent[0] && delivered[0] == sent[1]);
    if (!good || line->violations > 0 || line->totals.leaked > 0)
        fail_msg("seed %u, form %s: %u of %u and %u of %u arrived, %u violations, %u left behind",
                 (unsigned)line->seed, line->config.form != NULL ? line->config.form->name : "none",
                 (unsigned)delivered[1], (unsigned)sent[0], (unsigned)delivered[0],
                 (unsigned)sent[1], (unsigned)line->violations, (unsigned)line->totals.leaked);
    expect_no_iv_twice(line);
}

void line_close_quiet(test_line *line)
{
    const sao_link_totals *totals = &line->totals;

    line_close(line);
    assert_int_equal(totals->frames, line->frames[0] + line->frames[1]);
    assert_int_equal(totals->ipsec_frames, totals->frames);
    for (int i = 0; i < 2; i++) {
        const sao_transport_counters *side = &totals->transport[i];

        assert_int_equal(side->violations, 0);
        assert_int_equal(side->delivered, line->delivered[i]);
        assert_int_equal(side->offloaded_rx + side->shared_rx + side->software_rx,
                         line->delivered[i]);
        assert_int_equal(side->received_other + side->crypto_errors + side->replayed, 0);
        assert_int_equal(side->bundles_added, side->bundles_deleted);
        assert_int_equal(side->deletes_inbound + side->deletes_outbound, side->bundles_deleted);
        assert_int_equal(totals->adapter[i].bundles_retired, 0);
    }
}

void line_expect_life(test_line *line, int side, sao_life_event event, NDIS_STATUS status)
{
    assert_int_equal(sao_link_life(line->link, side, event), status);
}

sao_link_totals line_totals(const test_line *line)
{
    sao_link_totals totals;

    sao_link_get_totals(line->link, &totals);
    return totals;
}
