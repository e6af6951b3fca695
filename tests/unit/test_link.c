// SPDX-License-Identifier: BSD-2-Clause
/* The link: everything sent arrives, most of it offloaded, whatever the NICs are like. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/link_internal.h"
#include "support/memory.h"
#include "support/packets.h"
#include "support/rounds.h"

#define TAG 3u
#define SAS_MAX 512u
#define IVS_MAX 2048u
#define EPOCH 0x1234u

/* What a frame on the wire was protected with. */
typedef struct used_iv {
    uint32_t spi;
    uint64_t iv;
} used_iv;

typedef struct fixture {
    sao_link_config config;
    sao_link *link;
    void *memory;
    size_t size;
    sao_link_totals totals; /* after close_fixture */

    uint32_t random;
    uint32_t sent[2];
    uint32_t delivered[2]; /* by the side they were delivered to */
    uint32_t wrong;        /* delivered, and not what was sent */
    uint32_t frames[2];    /* by the side they came from */
    uint32_t violations;
    uint64_t digest; /* of all frames and events */
    uint32_t events_of_tag[2];
    uint32_t echoes; /* packets that side 1 still answers, from within deliver */
    sao_link_sa sas[SAS_MAX];
    uint32_t sa_count;
    used_iv ivs[IVS_MAX];
    uint32_t iv_count;
} fixture;

/* ---- packets that tell what they are --------------------------------------------------- */

/* Packet `number` of a side: the bytes follow from that, so the receiver can check them. */
static size_t make_packet(uint8_t *packet, int from, uint32_t number, size_t payload)
{
    const size_t length = test_ip_packet(packet, 4, payload);
    const size_t header = length - payload;

    packet[header] = (uint8_t)from;
    packet[header + 1] = (uint8_t)(number >> 16);
    packet[header + 2] = (uint8_t)(number >> 8);
    packet[header + 3] = (uint8_t)number;
    return length;
}

static uint32_t number_of(const uint8_t *packet)
{
    return (uint32_t)packet[21] << 16 | (uint32_t)packet[22] << 8 | packet[23];
}

static size_t payload_for(uint32_t number)
{
    return 4 + number * 37 % 1300;
}

static NDIS_STATUS send_one(fixture *f, int from)
{
    const uint32_t number = f->sent[from];
    uint8_t packet[TEST_PACKET_MAX];
    const size_t length = make_packet(packet, from, number, payload_for(number));
    NDIS_STATUS status;

    f->sent[from]++; /* before: the echo of this one may be sent from within */
    status = sao_link_send(f->link, from, packet, length);
    if (status != NDIS_STATUS_SUCCESS)
        f->sent[from]--;
    return status;
}

/* ---- hooks ----------------------------------------------------------------------------- */

static void digest(fixture *f, const void *bytes, size_t length)
{
    const uint8_t *byte = bytes;

    for (size_t i = 0; i < length; i++)
        f->digest = (f->digest ^ byte[i]) * UINT64_C(0x100000001b3);
}

static void make_random(void *context, uint8_t *bytes, size_t n)
{
    fixture *f = context;

    while (n-- > 0) {
        f->random = f->random * 1664525u + 1013904223u;
        *bytes++ = (uint8_t)(f->random >> 24);
    }
}

static void note_delivery(void *context, int to, const uint8_t *packet, size_t length)
{
    fixture *f = context;
    uint8_t expected[TEST_PACKET_MAX];
    size_t expected_length = 0;

    if (length >= 24)
        expected_length =
            make_packet(expected, 1 - to, number_of(packet), payload_for(number_of(packet)));
    if (length != expected_length || memcmp(packet, expected, length) != 0)
        f->wrong++;
    f->delivered[to]++;
    if (to == 1 && f->echoes > 0) {
        f->echoes--;
        assert_int_equal(send_one(f, to), NDIS_STATUS_SUCCESS);
    }
}

static void note_frame(void *context, int from, const uint8_t *frame, size_t length)
{
    fixture *f = context;

    f->frames[from]++;
    digest(f, frame, length);
    if (f->iv_count < IVS_MAX) {
        used_iv *used = &f->ivs[f->iv_count++];

        memcpy(&used->spi, frame + 34, 4);
        for (int i = 0; i < 8; i++)
            used->iv = used->iv << 8 | frame[42 + i];
    }
}

static void note_sa(void *context, const sao_link_sa *sa)
{
    fixture *f = context;

    assert_true(f->sa_count < SAS_MAX);
    f->sas[f->sa_count++] = *sa;
}

static void note_event(void *context, const sao_event *event)
{
    fixture *f = context;

    assert_in_range(event->adapter, TAG, TAG + 1);
    f->events_of_tag[event->adapter - TAG]++;
    digest(f, event, sizeof *event);
}

static void note_violation(void *context, int side, const char *rule, const char *what)
{
    print_message("side %d: %s: %s\n", side, rule, what);
    ((fixture *)context)->violations++;
}

/* ---- life ------------------------------------------------------------------------------ */

static void init_fixture(fixture *f)
{
    memset(f, 0, sizeof *f);
    f->random = 1;
    f->digest = UINT64_C(0xcbf29ce484222325);
    sao_link_config_init(&f->config);
    f->config.provider = sao_crypto_sodium();
    f->config.encryption = SAO_ENCRYPTION_CHACHA20_POLY1305;
    f->config.address[0] = test_address(4, TEST_SOURCE);
    f->config.address[1] = test_address(4, TEST_DESTINATION);
    f->config.tag = TAG;
    f->config.hooks.random = make_random;
    f->config.hooks.deliver = note_delivery;
    f->config.hooks.wire = note_frame;
    f->config.hooks.sa = note_sa;
    f->config.hooks.event = note_event;
    f->config.hooks.violation = note_violation;
    f->config.hooks.context = f;
}

static void open_fixture(fixture *f)
{
    const char *problem = NULL;
    NDIS_STATUS status;

    f->size = sao_link_size(&f->config);
    assert_true(f->size > 0);
    f->memory = malloc(f->size);
    assert_non_null(f->memory);
    test_memory_spoil(f->memory, f->size); /* it need not be clean */
    status = sao_link_init(f->memory, f->size, &f->config, &f->link, &problem);
    if (status != NDIS_STATUS_SUCCESS)
        fail_msg("%s", problem);
    assert_null(problem);
}

/* Sends `count` packets; `pattern` 0: from side 0 only, 1: in turns, 2: in bursts, 3: mixed. */
static void send_many(fixture *f, uint32_t count, int pattern)
{
    uint32_t random = 99;

    for (uint32_t i = 0; i < count; i++) {
        int from = 0;

        random = random * 1664525u + 1013904223u;
        if (pattern == 1)
            from = (int)(i % 2);
        if (pattern == 2)
            from = (int)(i / 50 % 2);
        if (pattern == 3)
            from = (int)(random >> 31);
        assert_int_equal(send_one(f, from), NDIS_STATUS_SUCCESS);
        if (pattern == 3 && random % 97 == 0)
            sao_link_run(f->link, random % 1000);
    }
}

static void expect_all_arrived(const fixture *f)
{
    assert_int_equal(f->wrong, 0);
    assert_int_equal(f->delivered[1], f->sent[0]);
    assert_int_equal(f->delivered[0], f->sent[1]);
}

static void close_fixture(fixture *f)
{
    const uint8_t *memory = f->memory;
    const sao_link_totals *totals = &f->totals;
    size_t left = 0;

    sao_link_close(f->link, &f->totals);
    for (size_t i = 0; i < f->size; i++)
        left += memory[i] != 0;
    assert_int_equal(left, 0); /* bytes that nobody has wiped */
    expect_all_arrived(f);
    assert_int_equal(f->violations, 0);
    assert_int_equal(totals->leaked, 0);
    assert_int_equal(totals->frames, f->frames[0] + f->frames[1]);
    assert_int_equal(totals->ipsec_frames, totals->frames);
    for (int i = 0; i < 2; i++) {
        const sao_transport_counters *side = &totals->transport[i];

        assert_int_equal(side->violations, 0);
        assert_int_equal(side->delivered, f->delivered[i]);
        assert_int_equal(side->offloaded_rx + side->software_rx, f->delivered[i]);
        assert_int_equal(side->received_other + side->crypto_errors + side->replayed, 0);
        assert_int_equal(side->bundles_added, side->bundles_deleted);
        assert_int_equal(side->deletes_inbound + side->deletes_outbound, side->bundles_deleted);
        assert_int_equal(totals->adapter[i].bundles_retired, 0);
    }
    free(f->memory);
}

static double share(uint64_t part, uint64_t rest)
{
    return part + rest > 0 ? (double)part / (double)(part + rest) : 1.0;
}

/* ---- the main job ---------------------------------------------------------------------- */

static void most_packets_are_offloaded(void **state)
{
    (void)state;
    for (int pattern = 0; pattern < 4; pattern++) {
        uint64_t software = 0;
        fixture f;

        init_fixture(&f);
        open_fixture(&f);
        send_many(&f, 4000, pattern);
        close_fixture(&f);
        for (int i = 0; i < 2; i++) {
            const sao_transport_counters *side = &f.totals.transport[i];

            assert_true(share(side->offloaded_tx, side->software_tx) > 0.9);
            assert_true(share(side->offloaded_rx, side->software_rx) > 0.9);
            assert_int_equal(side->send_errors, 0);
            software += side->software_rx;
        }
        assert_true(software > 0); /* what comes during a delete */
        /* Nobody wished side 0's bundles away, and a rekey costs no offload. */
        if (pattern == 0)
            assert_int_equal(f.totals.transport[0].software_tx, 0);
        assert_in_range(f.totals.rekeys, 7, 8);
        assert_true(f.totals.transport[1].delete_requests > 10);
        assert_true(f.totals.adapter[1].pairs_guessed + f.totals.adapter[1].pairs_explicit > 10);
    }
}

static void it_begins_offloaded(void **state)
{
    fixture f;

    (void)state;
    init_fixture(&f);
    open_fixture(&f);
    for (int i = 0; i < 2; i++)
        assert_int_equal(sao_transport_state(f.link->side[i].transport, f.link->current.id[i]),
                         SAO_ASSOCIATION_OFFLOADED);
    send_many(&f, 10, 1);
    close_fixture(&f);
    assert_int_equal(f.totals.transport[0].software_tx, 0);
    assert_int_equal(f.totals.transport[0].software_rx, 0);
    assert_int_equal(f.totals.transport[0].bundles_added, 2);
    assert_int_equal(f.totals.rekeys, 0);
}

static void every_kind_of_sa_works(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < TEST_CIPHERS * 8; i++) {
        const test_cipher *cipher = &test_ciphers[i / 8];
        const uint8_t version = i % 2 == 0 ? 4 : 6;
        fixture f;

        if (!test_cipher_available(cipher))
            continue;
        init_fixture(&f);
        f.config.encryption = cipher->encryption;
        f.config.authentication = cipher->authentication;
        f.config.ip_version = version;
        f.config.address[0] = test_address(version, TEST_SOURCE);
        f.config.address[1] = test_address(version, TEST_DESTINATION);
        f.config.esn = i % 4 >= 2;
        f.config.nic.profile = i % 8 >= 4 ? SAO_PROFILE_NDIS_6_30 : SAO_PROFILE_NDIS_6_1;
        open_fixture(&f);
        send_many(&f, 700, 3);
        close_fixture(&f);
        assert_true(f.totals.transport[0].offloaded_rx > 200);
        assert_int_equal(f.totals.rekeys, 1);
    }
}

/* NICs of every temper; what is slow or refused goes in software, and nothing is lost. */
static void any_nic_loses_nothing(void **state)
{
    static const uint64_t latencies[] = {0, 1, 2, 7, 30, 1000};
    uint32_t random = 7;

    (void)state;
    for (uint32_t round = 0, rounds = test_rounds(150); round < rounds; round++) {
        fixture f;
        sao_soft_nic_config *nic = &f.config.nic;
#define PICK(n) (((random = random * 1664525u + 1013904223u) >> 8) % (n))

        init_fixture(&f);
        nic->add_latency = latencies[PICK(6)];
        nic->remove_latency = latencies[PICK(6)];
        nic->send_latency = latencies[PICK(5)];
        nic->receive_latency = latencies[PICK(5)];
        nic->refuse_every = PICK(3) == 0 ? PICK(5) : 0;
        nic->wish_after_packets = PICK(4) == 0 ? 0 : 1 + PICK(100);
        nic->wish_after_bytes = PICK(4) == 0 ? 1 + PICK(20000) : 0;
        nic->wish_fill_percent = PICK(4) == 0 ? PICK(100) : 0;
        nic->capabilities.SaOffloadCapacity = PICK(9);
        nic->profile = PICK(2) == 0 ? SAO_PROFILE_NDIS_6_20 : SAO_PROFILE_NDIS_6_30;
        nic->epoch = (uint16_t)PICK(3);
        f.config.esn = PICK(2) == 0;
        f.config.rekey_after = PICK(4) == 0 ? 0 : 1 + PICK(300);
        f.config.ticks_per_packet = PICK(4);
        f.config.offload_again_after = PICK(20);
#undef PICK
        open_fixture(&f);
        send_many(&f, 600, (int)(round % 4));
        close_fixture(&f);
    }
}

static void capacity_decides_how_much_is_offloaded(void **state)
{
    (void)state;
    for (ULONG capacity = 0; capacity <= 4; capacity++) {
        const sao_transport_counters *side;
        fixture f;

        init_fixture(&f);
        f.config.nic.capabilities.SaOffloadCapacity = capacity;
        f.config.rekey_after = 0;
        open_fixture(&f);
        send_many(&f, 500, 1);
        close_fixture(&f);
        side = &f.totals.transport[0];
        assert_int_equal(side->offloaded_rx > 0, capacity >= 1);
        assert_int_equal(side->offloaded_tx > 0, capacity >= 2);
        assert_int_equal(side->bundles_refused, 0); /* ADD-11 */
    }
}

static void a_nic_that_refuses_everything_costs_only_speed(void **state)
{
    fixture f;

    (void)state;
    init_fixture(&f);
    f.config.nic.refuse_every = 1;
    open_fixture(&f);
    send_many(&f, 1200, 1);
    close_fixture(&f);
    assert_int_equal(f.totals.transport[0].software_tx, 600);
    assert_true(f.totals.transport[0].bundles_refused > 0);
    assert_int_equal(f.totals.rekeys, 1); /* each waits a while for the offload */
}

/* ---- rekeys ---------------------------------------------------------------------------- */

static void rekeys_make_fresh_sas(void **state)
{
    fixture f;

    (void)state;
    init_fixture(&f);
    f.config.rekey_after = 50;
    open_fixture(&f);
    send_many(&f, 2000, 1);
    sao_link_get_totals(f.link, &f.totals);
    assert_in_range(f.totals.rekeys, 20, 40);
    assert_in_range(f.sa_count, 2 * f.totals.rekeys + 2, 2 * f.totals.rekeys + 4);
    for (uint32_t i = 0; i < f.sa_count; i++) {
        const sao_link_sa *sa = &f.sas[i];
        const uint8_t *spi = (const uint8_t *)&sa->spi;

        assert_true(spi[0] != 0 || spi[1] != 0 || spi[2] != 0);
        assert_int_equal(sa->encryption_key_length, 36);
        assert_null(sa->authentication_key);
        assert_memory_equal(&sa->source, &f.config.address[i % 2], sizeof sa->source);
        assert_memory_equal(&sa->destination, &f.config.address[1 - i % 2], sizeof sa->source);
        for (uint32_t j = 0; j < i; j++)
            assert_int_not_equal(f.sas[j].spi, sa->spi);
    }
    close_fixture(&f);
}

/* NIC and software take turns under one key, and never use a number twice (TX-3). */
static void no_iv_repeats(void **state)
{
    static fixture f;

    (void)state;
    init_fixture(&f);
    f.config.nic.epoch = EPOCH;
    f.config.nic.wish_after_packets = 5;
    open_fixture(&f);
    send_many(&f, 1000, 1);
    close_fixture(&f);
    assert_true(f.totals.transport[0].offloaded_tx > 100);
    assert_true(f.totals.transport[0].software_tx > 100);
    assert_int_equal(f.iv_count, 1000);
    for (uint32_t i = 0; i < f.iv_count; i++) {
        assert_int_equal(f.ivs[i].iv >> 48, EPOCH);
        for (uint32_t j = 0; j < i; j++)
            if (f.ivs[i].spi == f.ivs[j].spi)
                assert_int_not_equal(f.ivs[i].iv, f.ivs[j].iv);
    }
}

/* Numbers that are always the same still give different, allowed SPIs. */
static void make_poor_random(void *context, uint8_t *bytes, size_t n)
{
    (void)context;
    memset(bytes, 0, n);
}

static void poor_random_numbers_give_good_spis(void **state)
{
    fixture f;

    (void)state;
    init_fixture(&f);
    f.config.hooks.random = make_poor_random;
    f.config.rekey_after = 50;
    open_fixture(&f);
    send_many(&f, 300, 1);
    for (uint32_t i = 0; i + 1 < f.sa_count; i++) {
        const uint8_t *spi = (const uint8_t *)&f.sas[i].spi;

        assert_true(spi[2] != 0); /* 256 and up */
        assert_int_not_equal(f.sas[i].spi, f.sas[i + 1].spi);
    }
    close_fixture(&f);
    assert_true(f.totals.rekeys >= 3);
}

/* ---- time ------------------------------------------------------------------------------ */

static void same_calls_same_results(void **state)
{
    uint64_t digests[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        fixture f;

        init_fixture(&f);
        f.random = i == 2 ? 2 : 1;
        open_fixture(&f);
        send_many(&f, 1000, 3);
        close_fixture(&f);
        digests[i] = f.digest;
        assert_true(f.events_of_tag[0] > 0 && f.events_of_tag[1] > 0);
    }
    assert_true(digests[0] == digests[1]);
    assert_true(digests[0] != digests[2]);
}

static void time_is_needed_and_passes(void **state)
{
    fixture f;

    (void)state;
    init_fixture(&f);
    f.config.ticks_per_packet = 0;
    f.config.nic.send_latency = 5;
    f.config.nic.receive_latency = 5;
    open_fixture(&f);
    assert_int_equal(send_one(&f, 0), NDIS_STATUS_SUCCESS);
    assert_int_equal(f.frames[0], 0);
    sao_link_run(f.link, 5);
    assert_int_equal(f.frames[0], 1);
    sao_link_run(f.link, 4);
    assert_int_equal(f.delivered[1], 0);
    sao_link_run(f.link, 1);
    assert_int_equal(f.delivered[1], 1);
    close_fixture(&f);
}

/* More than there are buffers: a send waits until there is one. */
static void a_full_link_waits(void **state)
{
    fixture f;

    (void)state;
    init_fixture(&f);
    f.config.ticks_per_packet = 0;
    f.config.nic.send_latency = 100;
    f.config.nic.receive_latency = 10000;
    open_fixture(&f);
    send_many(&f, 200, 1);
    close_fixture(&f);
}

/* ---- calls from within calls ----------------------------------------------------------- */

static void the_receiver_may_answer(void **state)
{
    (void)state;
    for (uint64_t latency = 0; latency < 2; latency++) {
        fixture f;

        init_fixture(&f);
        f.config.nic.send_latency = latency;
        f.config.nic.receive_latency = latency;
        open_fixture(&f);
        f.echoes = 500;
        send_many(&f, 600, 0);
        sao_link_run(f.link, 10);
        assert_int_equal(f.echoes, 0);
        assert_int_equal(f.sent[1], 500);
        close_fixture(&f);
    }
}

/* ---- bad input ------------------------------------------------------------------------- */

static void bad_packets_are_refused(void **state)
{
    static uint8_t packet[70000];
    size_t length;
    fixture f;

    (void)state;
    init_fixture(&f);
    open_fixture(&f);
    length = test_ip_packet(packet, 4, 100);
    assert_int_equal(sao_link_send(f.link, 2, packet, length), NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(sao_link_send(f.link, -1, packet, length), NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(sao_link_send(f.link, 0, packet, length - 1), NDIS_STATUS_INVALID_DATA);
    length = test_ip_packet(packet, 4, 2048 - 20);
    assert_int_equal(sao_link_send(f.link, 0, packet, length), NDIS_STATUS_INVALID_LENGTH);
    assert_int_equal(sao_link_send(f.link, 0, packet, sizeof packet), NDIS_STATUS_INVALID_LENGTH);
    close_fixture(&f);
    assert_int_equal(f.totals.frames, 0);
}

/* The largest packet that fits, does; one byte more does not. */
static void packet_capacity_is_exact(void **state)
{
    uint8_t packet[TEST_PACKET_MAX];
    uint32_t fits = 0;
    fixture f;

    (void)state;
    init_fixture(&f);
    f.config.packet_capacity = 512;
    open_fixture(&f);
    for (uint32_t payload = 400; payload < 492; payload++) {
        const size_t length = make_packet(packet, 0, 0, payload);
        const NDIS_STATUS status = sao_link_send(f.link, 0, packet, length);

        if (status == NDIS_STATUS_SUCCESS)
            fits = payload;
        else
            assert_int_equal(status, NDIS_STATUS_INVALID_LENGTH);
        assert_true(status == NDIS_STATUS_SUCCESS || fits < payload);
    }
    /* Outer header, ESP header, IV, trailer, ICV: 20 + 8 + 8 + 2 + 16, padding to 4. */
    assert_int_equal(fits, 512 - 54 - 20);
    sao_link_run(f.link, 10);
    f.sent[0] = f.delivered[1]; /* their bytes are not those of send_one */
    f.wrong = 0;
    close_fixture(&f);
}

typedef void spoil(sao_link_config *config);

static void spoil_size(sao_link_config *config)
{
    config->size++;
}

static void spoil_version(sao_link_config *config)
{
    config->ip_version = 5;
}

static void spoil_zero_address(sao_link_config *config)
{
    memset(&config->address[1], 0, sizeof config->address[1]);
}

static void spoil_same_address(sao_link_config *config)
{
    config->address[1] = config->address[0];
}

static void spoil_provider(sao_link_config *config)
{
    config->provider = NULL;
}

static void spoil_capacity(sao_link_config *config)
{
    config->packet_capacity = 65536;
}

static void spoil_random(sao_link_config *config)
{
    config->hooks.random = NULL;
}

static void spoil_deliver(sao_link_config *config)
{
    config->hooks.deliver = NULL;
}

static void spoil_latency(sao_link_config *config)
{
    config->nic.receive_latency = UINT64_MAX;
}

static void spoil_nic(sao_link_config *config)
{
    config->nic.capabilities.Tunnel = 0; /* CAP-1 */
}

static void spoil_nic_size(sao_link_config *config)
{
    config->nic.size = 1;
}

static void spoil_tag(sao_link_config *config)
{
    config->tag = SAO_HANDLE_TAG_MAX; /* side 1 would have one more */
}

static void bad_configurations_are_refused(void **state)
{
    static spoil *const spoils[] = {spoil_size,         spoil_version,  spoil_zero_address,
                                    spoil_same_address, spoil_provider, spoil_capacity,
                                    spoil_random,       spoil_deliver,  spoil_latency,
                                    spoil_nic,          spoil_nic_size, spoil_tag};
    static max_align_t memory[1u << 16];

    (void)state;
    for (size_t i = 0; i < sizeof spoils / sizeof spoils[0]; i++) {
        const char *problem = NULL;
        sao_link *link = NULL;
        fixture f;

        init_fixture(&f);
        spoils[i](&f.config);
        assert_int_equal(sao_link_size(&f.config), 0);
        assert_int_equal(sao_link_init(memory, sizeof memory, &f.config, &link, &problem),
                         NDIS_STATUS_INVALID_PARAMETER);
        assert_non_null(problem);
        assert_null(link);
    }
}

static void bad_memory_is_refused(void **state)
{
    static max_align_t memory[1u << 16];
    const char *problem;
    sao_link *link;
    fixture f;
    size_t size;

    (void)state;
    init_fixture(&f);
    size = sao_link_size(&f.config);
    assert_true(size < sizeof memory);
    assert_int_equal(sao_link_init(memory, size - 1, &f.config, &link, &problem),
                     NDIS_STATUS_RESOURCES);
    assert_non_null(problem);
    assert_int_equal(sao_link_init(NULL, size, &f.config, &link, NULL),
                     NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(sao_link_init((uint8_t *)memory + 1, size, &f.config, &link, &problem),
                     NDIS_STATUS_INVALID_PARAMETER);
}

static void unknown_algorithms_are_refused(void **state)
{
    static max_align_t memory[1u << 16];
    const uint8_t *bytes = (const uint8_t *)memory;
    const char *problem = NULL;
    sao_link *link;
    fixture f;

    (void)state;
    init_fixture(&f);
    f.config.encryption = IPSEC_OFFLOAD_V2_ENCRYPTION_3_DES_CBC;
    f.config.authentication = IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256;
    assert_int_equal(sao_link_init(memory, sizeof memory, &f.config, &link, &problem),
                     NDIS_STATUS_NOT_SUPPORTED);
    assert_non_null(problem);
    for (size_t i = 0; i < sao_link_size(&f.config); i++)
        assert_int_equal(bytes[i], 0); /* nothing half done, no key left */
}

static void what_is_left_behind_is_counted(void **state)
{
    fixture f;

    (void)state;
    init_fixture(&f);
    open_fixture(&f);
    send_many(&f, 10, 1);
    f.link->frames_used++; /* as if a NIC had kept one */
    sao_link_close(f.link, &f.totals);
    assert_int_equal(f.totals.leaked, 1);
    free(f.memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(most_packets_are_offloaded),
        cmocka_unit_test(it_begins_offloaded),
        cmocka_unit_test(every_kind_of_sa_works),
        cmocka_unit_test(any_nic_loses_nothing),
        cmocka_unit_test(capacity_decides_how_much_is_offloaded),
        cmocka_unit_test(a_nic_that_refuses_everything_costs_only_speed),
        cmocka_unit_test(rekeys_make_fresh_sas),
        cmocka_unit_test(no_iv_repeats),
        cmocka_unit_test(poor_random_numbers_give_good_spis),
        cmocka_unit_test(same_calls_same_results),
        cmocka_unit_test(time_is_needed_and_passes),
        cmocka_unit_test(a_full_link_waits),
        cmocka_unit_test(the_receiver_may_answer),
        cmocka_unit_test(bad_packets_are_refused),
        cmocka_unit_test(packet_capacity_is_exact),
        cmocka_unit_test(bad_configurations_are_refused),
        cmocka_unit_test(bad_memory_is_refused),
        cmocka_unit_test(unknown_algorithms_are_refused),
        cmocka_unit_test(what_is_left_behind_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
