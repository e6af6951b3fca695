// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_link_life.c: resets, low power, pauses and cancels while traffic flows over a link: nothing
 * is lost, overtaken or left behind, no rule is broken, and no IV repeats (TX-3).
 * SAO_SEED=n repeats a run of the random ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "model/link_internal.h"
#include "support/crypto.h"
#include "support/packets.h"

#define ROUNDS 240u
#define PACKETS 400u
#define IVS_MAX 16384u

/* What a frame on the wire was protected with: it may be there once. */
typedef struct used_iv {
    uint32_t spi;
    uint8_t iv[SAO_IV_MAX]; /* filled up with zeros */
} used_iv;

typedef struct fixture {
    sao_link_config config;
    sao_link *link;
    void *memory;
    sao_link_totals totals; /* after close_fixture */
    uint32_t random;
    uint32_t seed; /* of a random round */
    uint32_t sent[2];
    uint32_t delivered[2]; /* by the side that they were delivered to */
    uint32_t full;         /* sends that found no room */
    uint32_t turns;        /* AH or ESP was turned off or on */
    bool removed;          /* a side was: packets may be lost */
    uint32_t violations;
    used_iv ivs[IVS_MAX];
    uint32_t iv_count;
} fixture;

/* ---- traffic --------------------------------------------------------------------------- */

/* Packet `number` of a side, and nothing else: the receiver knows what comes next. */
static size_t make_packet(uint8_t *packet, int from, uint32_t number)
{
    const size_t payload = 8 + number * 37 % 300;
    const size_t length = test_ip_packet(packet, 4, payload);
    uint8_t address[4];

    if (from == 1) { /* the sum of the header stays */
        memcpy(address, packet + 12, 4);
        memcpy(packet + 12, packet + 16, 4);
        memcpy(packet + 16, address, 4);
    }
    packet[length - payload] = (uint8_t)from;
    memcpy(packet + length - payload + 1, &number, sizeof number);
    return length;
}

static NDIS_STATUS try_send(fixture *f, int from)
{
    uint8_t packet[TEST_PACKET_MAX];
    const size_t length = make_packet(packet, from, f->sent[from]);
    const NDIS_STATUS status = sao_link_send(f->link, from, packet, length);

    if (status == NDIS_STATUS_SUCCESS)
        f->sent[from]++;
    return status;
}

static void send(fixture *f, int from)
{
    assert_int_equal(try_send(f, from), NDIS_STATUS_SUCCESS);
}

static void note_delivery(void *context, int to, const uint8_t *packet, size_t length)
{
    fixture *f = context;
    uint8_t expected[TEST_PACKET_MAX];
    const size_t expected_length = make_packet(expected, 1 - to, f->delivered[to]);

    if (length != expected_length || memcmp(packet, expected, length) != 0)
        fail_msg("packet %u for side %d is missing, overtaken or spoilt (seed %u)",
                 (unsigned)f->delivered[to], to, (unsigned)f->seed);
    f->delivered[to]++;
}

static size_t iv_length_of(const sao_link_config *config)
{
    const sao_algorithm *encryption = sao_encryption_algorithm(config->encryption);
    const sao_algorithm *authentication = sao_authentication_algorithm(config->authentication);

    return encryption != NULL && encryption->iv_length > 0 ? encryption->iv_length
                                                           : authentication->iv_length;
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

static void note_frame(void *context, int from, const uint8_t *frame, size_t length)
{
    fixture *f = context;
    used_iv *used = &f->ivs[f->iv_count];
    const size_t iv_length = iv_length_of(&f->config);
    const size_t at = esp_of(frame, length);

    (void)from;
    if (at == 0)
        return;
    f->iv_count++;
    assert_true(f->iv_count < IVS_MAX);
    assert_true(length >= at + 8 + iv_length);
    memset(used->iv, 0, sizeof used->iv);
    memcpy(&used->spi, frame + at, sizeof used->spi);
    memcpy(used->iv, frame + at + 8, iv_length);
}

static int compare_ivs(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(used_iv));
}

static void expect_no_iv_twice(fixture *f)
{
    SAO_STATIC_ASSERT(sizeof(used_iv) == 4 + SAO_IV_MAX, "used IVs are compared as bytes");

    qsort(f->ivs, f->iv_count, sizeof f->ivs[0], compare_ivs);
    for (uint32_t i = 1; i < f->iv_count; i++)
        assert_int_not_equal(compare_ivs(&f->ivs[i - 1], &f->ivs[i]), 0);
}

static void make_random(void *context, uint8_t *bytes, size_t n)
{
    fixture *f = context;

    while (n-- > 0) {
        f->random = f->random * 1664525u + 1013904223u;
        *bytes++ = (uint8_t)(f->random >> 24);
    }
}

static void note_violation(void *context, int side, const char *rule, const char *what)
{
    fixture *f = context;

    print_message("seed %u, side %d: %s: %s\n", (unsigned)f->seed, side, rule, what);
    f->violations++;
}

/* ---- life of the fixture --------------------------------------------------------------- */

static void init_fixture(fixture *f, sao_profile profile)
{
    memset(f, 0, sizeof *f);
    f->random = 1;
    sao_link_config_init(&f->config);
    f->config.provider = sao_crypto_sodium();
    f->config.encryption = SAO_ENCRYPTION_CHACHA20_POLY1305;
    f->config.address[0] = test_address(4, TEST_SOURCE);
    f->config.address[1] = test_address(4, TEST_DESTINATION);
    f->config.inner_version = 4;
    memcpy(f->config.inner_address, f->config.address, sizeof f->config.address);
    f->config.nic.profile = profile;
    f->config.hooks.random = make_random;
    f->config.hooks.deliver = note_delivery;
    f->config.hooks.wire = note_frame;
    f->config.hooks.violation = note_violation;
    f->config.hooks.context = f;
}

static void open_fixture(fixture *f)
{
    const size_t size = sao_link_size(&f->config);
    const char *problem = NULL;

    f->memory = malloc(size);
    assert_non_null(f->memory);
    if (sao_link_init(f->memory, size, &f->config, &f->link, &problem) != NDIS_STATUS_SUCCESS)
        fail_msg("%s", problem);
}

/* All that was sent is there, in order (see note_delivery), and nothing else. */
static void close_fixture(fixture *f)
{
    sao_link_close(f->link, &f->totals);
    free(f->memory);
    if (!f->removed) {
        assert_int_equal(f->delivered[1], f->sent[0]);
        assert_int_equal(f->delivered[0], f->sent[1]);
    }
    assert_int_equal(f->violations, 0);
    if (f->totals.leaked != 0)
        fail_msg("%u left behind (seed %u)", (unsigned)f->totals.leaked, (unsigned)f->seed);
    expect_no_iv_twice(f);
}

static void expect_life(fixture *f, int side, sao_life_event event, NDIS_STATUS status)
{
    assert_int_equal(sao_link_life(f->link, side, event), status);
}

static sao_link_totals totals_of(fixture *f)
{
    sao_link_totals totals;

    sao_link_get_totals(f->link, &totals);
    return totals;
}

/* ---- one at a time --------------------------------------------------------------------- */

static const sao_profile profiles[] = {SAO_PROFILE_NDIS_6_1, SAO_PROFILE_NDIS_6_20,
                                       SAO_PROFILE_NDIS_6_30};

#define PROFILES (sizeof profiles / sizeof profiles[0])

static void a_reset_costs_nothing_but_speed(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROFILES; i++) {
        static fixture f;
        uint64_t offloaded;

        init_fixture(&f, profiles[i]);
        f.config.nic.send_latency = 3;
        f.config.nic.receive_latency = 3;
        f.config.nic.wish_after_packets = 0;
        open_fixture(&f);
        for (uint32_t n = 0; n < 20; n++)
            send(&f, (int)(n % 2));
        expect_life(&f, 0, SAO_LIFE_RESET, NDIS_STATUS_PENDING);
        expect_life(&f, 0, SAO_LIFE_RESET, NDIS_STATUS_RESET_IN_PROGRESS);
        offloaded = totals_of(&f).transport[0].software_rx;
        for (uint32_t n = 0; n < 8; n++)
            send(&f, 1); /* while side 0 processes nothing */
        assert_true(totals_of(&f).transport[0].software_rx > offloaded);
        sao_link_run(f.link, 100);
        assert_int_equal(totals_of(&f).transport[0].resets, 1);
        offloaded = totals_of(&f).transport[0].offloaded_rx;
        send(&f, 1);
        sao_link_run(f.link, 10);
        assert_int_equal(totals_of(&f).transport[0].offloaded_rx, offloaded + 1);
        close_fixture(&f);
        assert_int_equal(f.totals.nic[0].forgotten, 2);
        assert_int_equal(f.totals.nic[0].sealed, f.totals.transport[0].offloaded_tx);
        assert_int_equal(f.totals.adapter[0].bundles_lost, 0);
    }
}

/* RST-3: what does not come back asks for its delete, and is added again. */
static void lost_bundles_are_deleted_and_added_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROFILES * 2; i++) {
        static fixture f;

        init_fixture(&f, profiles[i / 2]);
        f.config.nic.reset_status = NDIS_STATUS_HARD_ERRORS;
        f.config.nic.wish_after_packets = 0;
        open_fixture(&f);
        send(&f, 0);
        send(&f, 1);
        expect_life(&f, 0, SAO_LIFE_RESET, NDIS_STATUS_PENDING);
        sao_link_run(f.link, 100);
        for (uint32_t n = 0; n < 20; n++)
            send(&f, (int)(i % 2)); /* one of the two loses sends, or receives untouched packets */
        sao_link_run(f.link, 100);
        assert_int_equal(totals_of(&f).adapter[0].bundles_lost, 2);
        assert_int_equal(totals_of(&f).transport[0].bundles_deleted, 2);
        assert_int_equal(totals_of(&f).transport[0].delete_requests, i % 2);
        assert_int_equal(totals_of(&f).adapter[0].bundles, 2);
        assert_int_equal(totals_of(&f).nic[0].contexts, 2);
        close_fixture(&f);
    }
}

/* PWR-1: the wire buffers for who sleeps, until it is full. */
/* Algorithms that libsodium has not, among them those whose IVs are encrypted numbers (TX-3). */
static void check_suite(const sao_crypto_provider *provider, const test_suite *suite)
{
    static fixture f;

    init_fixture(&f, profiles[suite->icv_length % PROFILES]);
    f.config.provider = provider;
    f.config.encryption = suite->encryption;
    f.config.authentication = suite->authentication;
    f.config.esn = suite->icv_length == 12;
    f.config.nic.epoch = 0x1234;
    f.config.nic.wish_after_packets = 7;
    open_fixture(&f);
    for (uint32_t n = 0; n < 200; n++) {
        if (n == 60)
            (void)sao_link_life(f.link, 0, SAO_LIFE_RESET);
        if (n == 120)
            (void)sao_link_life(f.link, 1, SAO_LIFE_RESET);
        send(&f, (int)(n % 2));
    }
    close_fixture(&f);
    assert_int_equal(f.iv_count, 200);
    assert_true(f.totals.transport[0].offloaded_tx > 10);
    assert_true(f.totals.transport[0].software_tx > 10);
}

static void every_algorithm_lives_through_resets(void **state)
{
    const sao_crypto_provider *provider;

    (void)state;
    for (size_t p = 0; (provider = sao_crypto_provider_at(p)) != NULL; p++) {
        for (size_t i = 0; i < TEST_SUITES; i++) {
            const test_suite *suite = &test_suites[i];
            const sao_algorithm *encryption = test_suite_encryption(suite);
            const sao_algorithm *icv = encryption != NULL && encryption->combined
                                           ? encryption
                                           : test_suite_authentication(suite);

            /* A link takes the longest ICV; what has no IV leaves nothing to look for. */
            if (test_suite_available(suite, provider) && icv != NULL &&
                suite->icv_length == icv->icv_length && (encryption != NULL || icv->iv_length > 0))
                check_suite(provider, suite);
        }
    }
}

static void a_side_may_sleep(void **state)
{
    static fixture f;

    (void)state;
    init_fixture(&f, SAO_PROFILE_NDIS_6_30);
    open_fixture(&f);
    send(&f, 0);
    expect_life(&f, 1, SAO_LIFE_SLEEP, NDIS_STATUS_PENDING);
    for (uint32_t n = 0; try_send(&f, 0) == NDIS_STATUS_SUCCESS; n++)
        assert_true(n < SAO_LINK_FRAMES);
    assert_int_equal(try_send(&f, 1), NDIS_STATUS_RESOURCES); /* the wire is one */
    sao_link_run(f.link, 1000);
    assert_true(f.delivered[1] <= 1);
    expect_life(&f, 1, SAO_LIFE_WAKE, NDIS_STATUS_PENDING);
    sao_link_run(f.link, 100);
    assert_int_equal(f.delivered[1], f.sent[0]);
    send(&f, 1);
    close_fixture(&f);
    assert_int_equal(f.totals.nic[1].forgotten, 2);
}

/* Who sleeps keeps what it is given, as far as there is room. */
static void a_sleeper_sends_when_it_wakes(void **state)
{
    static fixture f;

    (void)state;
    init_fixture(&f, SAO_PROFILE_NDIS_6_30);
    open_fixture(&f);
    expect_life(&f, 0, SAO_LIFE_SLEEP, NDIS_STATUS_PENDING);
    for (uint32_t n = 0; n < SAO_LINK_SEND_BUFFERS; n++)
        send(&f, 0);
    assert_int_equal(try_send(&f, 0), NDIS_STATUS_RESOURCES);
    assert_int_equal(sao_link_next_due(f.link), UINT64_MAX); /* nobody sends for ever in vain */
    close_fixture(&f);                                       /* wakes it */
    assert_int_equal(f.delivered[1], SAO_LINK_SEND_BUFFERS);
}

/* PNP-2 */
static void a_side_may_pause(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROFILES; i++) {
        static fixture f;

        init_fixture(&f, profiles[i]);
        f.config.nic.send_latency = 4;
        f.config.nic.receive_latency = 4;
        open_fixture(&f);
        for (uint32_t n = 0; n < 4; n++)
            send(&f, (int)(n % 2));
        sao_link_run(f.link, 1);
        expect_life(&f, 0, SAO_LIFE_PAUSE, NDIS_STATUS_PENDING);
        send(&f, 0);
        send(&f, 1);
        sao_link_run(f.link, 100);
        assert_int_equal(f.delivered[0], 1); /* received before the pause, indicated within */
        assert_int_equal(f.delivered[1], 2); /* the same of what was sent */
        expect_life(&f, 0, SAO_LIFE_SLEEP, NDIS_STATUS_PENDING); /* any NDIS, now (PWR-1) */
        sao_link_run(f.link, 100);
        expect_life(&f, 0, SAO_LIFE_RESTART, NDIS_STATUS_INVALID_STATE);
        expect_life(&f, 0, SAO_LIFE_WAKE, NDIS_STATUS_PENDING);
        sao_link_run(f.link, 100);
        expect_life(&f, 0, SAO_LIFE_RESTART, NDIS_STATUS_PENDING);
        sao_link_run(f.link, 100);
        assert_int_equal(f.delivered[0], f.sent[1]);
        assert_int_equal(f.delivered[1], f.sent[0]);
        close_fixture(&f);
    }
}

/* REM-1, REM-2: what is lost is lost, but nothing is left behind and no rule is broken. */
static void a_side_may_be_removed(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROFILES; i++) {
        static fixture f;

        init_fixture(&f, profiles[i]);
        f.config.nic.send_latency = 4;
        f.config.nic.receive_latency = 4;
        open_fixture(&f);
        for (uint32_t n = 0; n < 30; n++)
            send(&f, (int)(n % 2));
        expect_life(&f, 0, SAO_LIFE_REMOVE, NDIS_STATUS_PENDING);
        expect_life(&f, 0, SAO_LIFE_REMOVE, NDIS_STATUS_INVALID_STATE);
        for (uint32_t n = 0; n < 30; n++)
            send(&f, (int)(n % 2));
        assert_int_equal(totals_of(&f).transport[0].bundles, 0);
        assert_int_equal(totals_of(&f).adapter[0].bundles, 0);
        assert_int_equal(totals_of(&f).nic[0].contexts, 0);
        f.removed = true;
        close_fixture(&f);
        assert_in_range(f.delivered[0], 12, 15);
        assert_in_range(f.delivered[1], 12, 15);
    }
}

/* ---- rekeys ---------------------------------------------------------------------------- */

/* The SAs that are replaced are kept until what came back under them has arrived. */
static void a_rekey_waits_for_what_is_held_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROFILES * 2; i++) {
        static fixture f;

        init_fixture(&f, profiles[i / 2]);
        f.config.rekey_after = 30;
        f.config.nic.send_latency = i % 2 == 0 ? 1 : 6;
        f.config.nic.reset_latency = 300;
        open_fixture(&f);
        for (uint32_t n = 0; n < 29; n++)
            send(&f, 0);
        expect_life(&f, 0, SAO_LIFE_RESET, NDIS_STATUS_PENDING);
        send(&f, 0); /* comes back, and makes the SAs used up */
        sao_link_run(f.link, 200);
        assert_int_equal(totals_of(&f).rekeys, 1);
        assert_true(f.delivered[1] < 30);
        sao_link_run(f.link, 200);
        assert_int_equal(f.delivered[1], 30);
        sao_link_run(f.link, 200);
        assert_int_equal(totals_of(&f).transport[0].associations, 1);
        close_fixture(&f);
    }
}

/* Whenever the reset ends: before, with or after the switch to the new SAs. */
static void a_reset_may_end_at_any_time_of_a_rekey(void **state)
{
    (void)state;
    for (uint64_t latency = 20; latency < 180; latency++) {
        static fixture f;

        init_fixture(&f, SAO_PROFILE_NDIS_6_30);
        f.config.rekey_after = 10;
        f.config.nic.refuse_every = 1; /* so that the new SAs are waited for as long as can be */
        f.config.nic.send_latency = 0;
        f.config.nic.receive_latency = 20;
        f.config.nic.reset_latency = latency;
        open_fixture(&f);
        for (uint32_t n = 0; n < 9; n++)
            send(&f, 0);
        expect_life(&f, 0, SAO_LIFE_RESET, NDIS_STATUS_PENDING);
        send(&f, 0);
        sao_link_run(f.link, 400);
        assert_int_equal(totals_of(&f).rekeys, 1);
        assert_int_equal(f.delivered[1], 10);
        close_fixture(&f);
    }
}

/* An add that is cancelled leaves its bundles in the NIC for a while: the link's end waits. */
static void what_a_cancel_leaves_is_waited_for(void **state)
{
    static fixture f;

    (void)state;
    init_fixture(&f, SAO_PROFILE_NDIS_6_20);
    f.config.rekey_after = 4;
    f.config.nic.add_latency = 50;
    open_fixture(&f);
    for (uint32_t n = 0; n < 5; n++)
        send(&f, 0);
    assert_true(f.link->next.exists);
    for (int i = 0; i < 2; i++)
        sao_transport_cancel(f.link->side[i].transport, f.link->next.id[i]);
    close_fixture(&f);
    assert_int_equal(f.totals.adapter[0].bundles_aborted, 2);
    assert_int_equal(f.totals.adapter[1].bundles_aborted, 2);
}

/* ---- bad calls ------------------------------------------------------------------------- */

static NDIS_STATUS within;

static void reset_within(void *context, int to, const uint8_t *packet, size_t length)
{
    fixture *f = context;

    note_delivery(context, to, packet, length);
    within = sao_link_life(f->link, to, SAO_LIFE_RESET);
}

static void other_events_are_refused(void **state)
{
    static const sao_life_event bad[] = {SAO_LIFE_INITIALIZE, SAO_LIFE_HALT, SAO_LIFE_SHUTDOWN};
    static fixture f;

    (void)state;
    init_fixture(&f, SAO_PROFILE_NDIS_6_20);
    f.config.hooks.deliver = reset_within;
    open_fixture(&f);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_life(&f, 0, bad[i], NDIS_STATUS_INVALID_PARAMETER);
    expect_life(&f, 2, SAO_LIFE_RESET, NDIS_STATUS_INVALID_PARAMETER);
    expect_life(&f, -1, SAO_LIFE_RESET, NDIS_STATUS_INVALID_PARAMETER);
    expect_life(&f, 0, SAO_LIFE_SLEEP, NDIS_STATUS_INVALID_STATE); /* from Running: 6.30 (PWR-1) */
    send(&f, 0);
    sao_link_run(f.link, 10);
    assert_int_equal(f.delivered[1], 1);
    assert_int_equal(within, NDIS_STATUS_INVALID_STATE);
    assert_int_equal(totals_of(&f).transport[1].resets, 0);
    close_fixture(&f);
}

/* ---- time ------------------------------------------------------------------------------ */

static void time_jumps_to_what_is_due(void **state)
{
    static fixture f;
    uint64_t begin;

    (void)state;
    init_fixture(&f, SAO_PROFILE_NDIS_6_20);
    f.config.ticks_per_packet = 0;
    f.config.nic.send_latency = 50;
    f.config.nic.receive_latency = 20;
    f.config.rekey_after = 0;
    open_fixture(&f);
    begin = sao_link_now(f.link);
    assert_int_equal(sao_link_next_due(f.link), UINT64_MAX);
    send(&f, 0);
    assert_int_equal(sao_link_next_due(f.link), begin + 50);
    sao_link_run(f.link, 50);
    assert_int_equal(sao_link_now(f.link), begin + 50);
    assert_int_equal(sao_link_next_due(f.link), begin + 70);
    sao_link_run(f.link, 20);
    assert_int_equal(f.delivered[1], 1);
    assert_int_equal(sao_link_next_due(f.link), UINT64_MAX);
    expect_life(&f, 1, SAO_LIFE_RESET, NDIS_STATUS_PENDING);
    assert_int_equal(sao_link_next_due(f.link), begin + 70 + f.config.nic.reset_latency);
    close_fixture(&f);
}

/* ---- at random ------------------------------------------------------------------------- */

static uint32_t below(fixture *f, uint32_t limit)
{
    uint8_t bytes[2];

    make_random(f, bytes, sizeof bytes);
    return ((uint32_t)bytes[0] << 8 | bytes[1]) % limit;
}

static void choose_config(fixture *f)
{
    static const uint64_t latencies[] = {0, 1, 2, 5, 20, 100};
    sao_soft_nic_config *nic = &f->config.nic;

    nic->add_latency = latencies[below(f, 5)];
    nic->remove_latency = latencies[below(f, 5)];
    nic->send_latency = latencies[below(f, 5)];
    nic->receive_latency = latencies[below(f, 5)];
    nic->restart_latency = latencies[below(f, 5)];
    nic->reset_latency = latencies[below(f, 6)];
    nic->power_latency = latencies[below(f, 6)];
    nic->refuse_every = below(f, 3) == 0 ? 1 + below(f, 5) : 0;
    if (below(f, 3) == 0)
        nic->reset_status = below(f, 2) == 0 ? NDIS_STATUS_SOFT_ERRORS : NDIS_STATUS_HARD_ERRORS;
    nic->wish_after_packets = below(f, 3) == 0 ? 0 : 1 + below(f, 60);
    nic->wish_fill_percent = below(f, 4) == 0 ? below(f, 100) : 0;
    nic->capabilities.SaOffloadCapacity = below(f, 4) == 0 ? below(f, 4) : 8;
    nic->epoch = (uint16_t)below(f, 3);
    f->config.form = sao_packet_form_at(below(f, 24)); /* or none: NULL beyond the last */
    f->config.esn = below(f, 2) == 0;
    f->config.rekey_after = below(f, 3) == 0 ? 0 : 20 + below(f, 200);
    f->config.ticks_per_packet = below(f, 4);
    f->config.offload_again_after = below(f, 20);
}

/* Whatever holds the side up is brought to its end, until there is room again. */
static void make_room(fixture *f)
{
    f->full++;
    for (int side = 0; side < 2; side++) {
        (void)sao_link_life(f->link, side, SAO_LIFE_WAKE);
        sao_link_run(f->link, 300);
        (void)sao_link_life(f->link, side, SAO_LIFE_RESTART);
        sao_link_run(f->link, 300);
    }
}

/* The administrator turns AH or ESP off, or on (CAP-4). A reset refuses it. */
static void turn_ipsec(fixture *f, int side, uint8_t value)
{
    const sao_miniport miniport = sao_boundary_miniport(&f->link->side[side].boundary);
    NDIS_OFFLOAD_PARAMETERS parameters;
    sao_request request;

    memset(&parameters, 0, sizeof parameters);
    parameters.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    parameters.Header.Revision = NDIS_OFFLOAD_PARAMETERS_REVISION_2;
    parameters.Header.Size = SAO_SIZEOF_OFFLOAD_PARAMETERS_REVISION_2;
    parameters.IPsecV2 = value;
    sao_request_init(&request, OID_TCP_OFFLOAD_PARAMETERS, &parameters, sizeof parameters);
    if (miniport.ops->request(miniport.context, &request) == NDIS_STATUS_SUCCESS)
        f->turns++;
}

/* One that cannot be now is refused, and that is part of the test. */
static void something_happens(fixture *f, uint32_t seen[SAO_LIFE_EVENTS])
{
    static const sao_life_event events[] = {SAO_LIFE_RESET,   SAO_LIFE_RESET,  SAO_LIFE_SLEEP,
                                            SAO_LIFE_WAKE,    SAO_LIFE_WAKE,   SAO_LIFE_PAUSE,
                                            SAO_LIFE_RESTART, SAO_LIFE_RESTART};
    static const uint8_t values[] = {NDIS_OFFLOAD_PARAMETERS_IPSECV2_DISABLED,
                                     NDIS_OFFLOAD_PARAMETERS_IPSECV2_AH_ENABLED,
                                     NDIS_OFFLOAD_PARAMETERS_IPSECV2_ESP_ENABLED,
                                     NDIS_OFFLOAD_PARAMETERS_IPSECV2_AH_AND_ESP_ENABLED,
                                     NDIS_OFFLOAD_PARAMETERS_IPSECV2_AH_AND_ESP_ENABLED};
    const uint32_t choice = below(f, sizeof events / sizeof events[0] + 4);
    const int side = (int)below(f, 2);
    NDIS_STATUS status;

    if (choice >= sizeof events / sizeof events[0] + 2) {
        turn_ipsec(f, side, values[below(f, sizeof values)]);
        return;
    }
    if (choice >= sizeof events / sizeof events[0]) {
        sao_transport_cancel(f->link->side[side].transport, f->link->current.id[side]);
        return;
    }
    status = sao_link_life(f->link, side, events[choice]);
    if (status != NDIS_STATUS_INVALID_STATE && status != NDIS_STATUS_RESET_IN_PROGRESS)
        seen[events[choice]]++;
}

static void run_round(fixture *f, uint32_t seed, sao_profile profile,
                      uint32_t seen[SAO_LIFE_EVENTS])
{
    uint32_t every;

    init_fixture(f, profile);
    f->seed = seed;
    f->random = seed * 2654435761u;
    choose_config(f);
    every = 2 + below(f, 40);
    open_fixture(f);
    while (f->sent[0] + f->sent[1] < PACKETS) {
        if (f->sent[0] + f->sent[1] >= PACKETS - 20 && seed % 4 == 0 && !f->removed)
            f->removed = sao_link_life(f->link, (int)(seed / 4 % 2), SAO_LIFE_REMOVE) !=
                         NDIS_STATUS_INVALID_STATE;
        if (try_send(f, (int)below(f, 2)) == NDIS_STATUS_RESOURCES)
            make_room(f);
        if (below(f, every) == 0)
            something_happens(f, seen);
        if (below(f, 30) == 0)
            sao_link_run(f->link, below(f, 200));
    }
    close_fixture(f);
}

static void any_life_loses_nothing(void **state)
{
    const char *chosen = getenv("SAO_SEED");
    const uint32_t seed =
        chosen != NULL ? (uint32_t)strtoul(chosen, NULL, 0) : (uint32_t)time(NULL);
    uint32_t seen[SAO_LIFE_EVENTS] = {0};
    uint32_t full = 0, turns = 0, removed = 0;
    uint64_t lost = 0, by_nic = 0, by_both = 0, here = 0;
    static fixture f;

    (void)state;
    print_message("SAO_SEED=%u repeats this run\n", (unsigned)seed);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        run_round(&f, seed + i, profiles[(seed + i) % PROFILES], seen);
        lost += f.totals.adapter[0].bundles_lost + f.totals.adapter[1].bundles_lost;
        for (int side = 0; side < 2; side++) {
            by_nic += f.totals.transport[side].offloaded_rx;
            by_both += f.totals.transport[side].shared_rx;
            here += f.totals.transport[side].software_rx;
        }
        full += f.full;
        turns += f.turns;
        removed += f.removed ? 1 : 0;
    }
    print_message("%u resets, %u sleeps, %u pauses, %u removals, %u times AH or ESP off or on; "
                  "%u bundles lost, %u times no room\n",
                  (unsigned)seen[SAO_LIFE_RESET], (unsigned)seen[SAO_LIFE_SLEEP],
                  (unsigned)seen[SAO_LIFE_PAUSE], (unsigned)removed, (unsigned)turns,
                  (unsigned)lost, (unsigned)full);
    print_message("opened by the NIC %u, by both %u, in software %u\n", (unsigned)by_nic,
                  (unsigned)by_both, (unsigned)here);
    assert_true(by_nic > ROUNDS * PACKETS / 10 && by_both > ROUNDS && here > ROUNDS * PACKETS / 10);
    assert_true(seen[SAO_LIFE_RESET] > ROUNDS && seen[SAO_LIFE_PAUSE] > ROUNDS);
    assert_true(seen[SAO_LIFE_SLEEP] > ROUNDS / 4 && lost > ROUNDS / 2);
    assert_true(removed > ROUNDS / 8 && turns > ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reset_costs_nothing_but_speed),
        cmocka_unit_test(lost_bundles_are_deleted_and_added_again),
        cmocka_unit_test(every_algorithm_lives_through_resets),
        cmocka_unit_test(a_side_may_sleep),
        cmocka_unit_test(a_sleeper_sends_when_it_wakes),
        cmocka_unit_test(a_side_may_pause),
        cmocka_unit_test(a_side_may_be_removed),
        cmocka_unit_test(a_rekey_waits_for_what_is_held_up),
        cmocka_unit_test(a_reset_may_end_at_any_time_of_a_rekey),
        cmocka_unit_test(what_a_cancel_leaves_is_waited_for),
        cmocka_unit_test(other_events_are_refused),
        cmocka_unit_test(time_jumps_to_what_is_due),
        cmocka_unit_test(any_life_loses_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
