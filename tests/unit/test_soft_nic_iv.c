// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_soft_nic_iv.c: looks for an IV that comes twice under a key (TX-3), on the wire, while the
 * NIC is reset, sleeps, cuts large packets, and is forked. SAO_SEED=n repeats a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/large.h"
#include "support/rounds.h"

#define SEEN_MAX 40000u

/* An IV that was on the wire, and under which SA's key. */
typedef struct seen {
    uint8_t sa;
    uint8_t iv[SAO_IV_MAX];
} seen;

static large_rig r;
static large made;
static seen all[SEEN_MAX];
static size_t count;
static uint32_t number; /* the last one that was sent for the first time */
static uint32_t random_state;
static uint32_t refused;

static uint32_t below(uint32_t limit)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % limit;
}

/* ---- what is on the wire --------------------------------------------------------------- */

static void note(uint32_t n, const uint8_t *packet, size_t length, const sao_ipsec_sa *sa)
{
    sao_packet_info info;

    if (sa->iv_length == 0)
        return;
    assert_true(count < SEEN_MAX);
    assert_int_equal(sao_packet_parse(packet, length, &info), SAO_PARSE_OK);
    all[count].sa = (uint8_t)n;
    memcpy(all[count].iv, packet + info.ipsec_offset + (sa->protocol == SAO_PROTOCOL_AH ? 12 : 8),
           sa->iv_length);
    count++;
}

/* Takes the frame apart: the IVs of what is inside come into sight only so. */
static void note_frame(const test_frame *frame, uint32_t of)
{
    form_rig *f = &r.form;
    uint8_t packet[TEST_FRAME_MAX];
    size_t length = frame->packet.length - TEST_MAC_LENGTH;

    memcpy(packet, frame->bytes + TEST_MAC_LENGTH, length);
    for (uint32_t n = form_sa_count(f); n-- > 0;) {
        const bool inner = n < f->bundle.count;
        const form_bundle *bundle = inner ? &f->bundle : &f->tunnel;
        const uint32_t i = inner ? n : n - f->bundle.count;
        sao_ipsec_result result;

        note(n, packet, length, &bundle->sa[i]);
        assert_int_equal(sao_ipsec_unprotect(&bundle->sa[i], form_sequence(f, bundle, i, of),
                                             packet, &length, &result),
                         NDIS_STATUS_SUCCESS);
    }
}

static int by_iv(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(seen));
}

static void assert_no_iv_twice(void)
{
    qsort(all, count, sizeof all[0], by_iv);
    for (size_t i = 1; i < count; i++)
        if (memcmp(&all[i - 1], &all[i], sizeof all[0]) == 0)
            fail_msg("an IV of SA %u came twice (TX-3)", all[i].sa);
    print_message("%u IVs, none twice; %u repeats refused\n", (unsigned)count, (unsigned)refused);
}

/* ---- what happens ---------------------------------------------------------------------- */

static void begin(const char *name, const sao_crypto_provider *provider, bool cuts)
{
    random_state = test_seed();
    count = refused = 0;
    number = 1;
    memset(all, 0, sizeof all);
    large_prepare(&r, name, 4);
    r.form.config.provider = provider;
    sao_soft_nic_offer_algorithms(&r.form.config.capabilities, provider);
    r.form.config.capabilities.LsoSupported = cuts;
    r.form.config.send_latency = 2;
    r.form.esn = true;
}

static void poll(void)
{
    (void)test_wire_at(&r.form.wire, r.form.wire.now + 2);
}

/* The packet may wait inside for its time, or for the end of a reset. */
static void interrupt(void)
{
    test_wire *wire = &r.form.wire;
    const uint32_t what = below(8);

    if (what == 0) {
        assert_int_equal(test_wire_life(wire, SAO_LIFE_RESET), NDIS_STATUS_SUCCESS);
    } else if (what == 1 && r.form.config.profile == SAO_PROFILE_NDIS_6_30) { /* PWR-1 */
        assert_int_equal(test_wire_life(wire, SAO_LIFE_SLEEP), NDIS_STATUS_SUCCESS);
        assert_int_equal(test_wire_life(wire, SAO_LIFE_WAKE), NDIS_STATUS_SUCCESS);
    }
}

/* Where it may only sleep when nothing is under way. */
static void nap(void)
{
    static const sao_life_event events[] = {SAO_LIFE_PAUSE, SAO_LIFE_SLEEP, SAO_LIFE_WAKE,
                                            SAO_LIFE_RESTART};

    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        assert_int_equal(test_wire_life(&r.form.wire, events[i]), NDIS_STATUS_SUCCESS);
}

/* Notes what left, of numbers from `of` on. */
static void finish(uint32_t of)
{
    poll();
    for (uint32_t n = 0; n < r.count; n++)
        note_frame(&r.transmitted[n], of + n);
    r.count = 0;
}

static void send_one(uint32_t of)
{
    const uint64_t before = form_counters(&r.form).repeated_sequences;
    test_frame frame;

    form_make_framed(&r.form, &frame, of, 30);
    (void)form_send(&r.form, &frame);
    interrupt();
    finish(of);
    refused += (uint32_t)(form_counters(&r.form).repeated_sequences - before);
}

static void send_large(uint32_t of, uint32_t segments)
{
    made.flags = TCP_ACK;
    large_make(&r, &made, of, segments * 20, 20, 0);
    (void)large_send(&r, &made);
    interrupt();
    finish(of);
}

/* Ahead, by a step or a jump; a number that may have been used already; several at once. */
static void step(bool cuts)
{
    const uint32_t segments = 1 + below(5);

    switch (below(7)) {
    case 6:
        nap();
        break;
    case 0:
        send_one(number < 70 ? 1 : number - below(70));
        break;
    case 1:
        number += below(80);
        send_one(++number);
        break;
    case 2:
        if (cuts) {
            send_large(number + 1, segments);
            number += segments;
        }
        break;
    case 3:
        if (cuts) /* the last of them are new */
            send_large(number > 2 ? number - 2 : 1, 3 + segments);
        number += segments;
        break;
    default:
        send_one(++number);
        break;
    }
}

static void run(bool cuts, uint32_t steps)
{
    for (uint32_t i = 0; i < steps; i++)
        step(cuts);
}

/* ---- tests ----------------------------------------------------------------------------- */

static void through_all(sao_profile profile, const char *name, bool cuts,
                        const sao_crypto_provider *provider, uint32_t encryption,
                        uint32_t authentication, uint32_t ah_authentication)
{
    begin(name, provider, cuts);
    r.form.encryption = encryption;
    r.form.authentication = authentication;
    r.form.ah_authentication = ah_authentication;
    r.form.config.profile = profile;
    form_start(&r.form);
    run(cuts, test_rounds(800));
    assert_no_iv_twice();
    assert_true(count > 400 / (test_rounds(800) == 800 ? 1 : 800));
    assert_true(refused > 0);
    form_finish(&r.form);
}

/* Resets, power states and segments, below NDIS 6.30 and from there on. */
static void through_resets_power_states_and_segments(const char *name, bool cuts,
                                                     const sao_crypto_provider *provider,
                                                     uint32_t encryption, uint32_t authentication,
                                                     uint32_t ah_authentication)
{
    through_all(SAO_PROFILE_NDIS_6_20, name, cuts, provider, encryption, authentication,
                ah_authentication);
    through_all(SAO_PROFILE_NDIS_6_30, name, cuts, provider, encryption, authentication,
                ah_authentication);
}

static void tx_3_chacha_in_a_tunnel(void **state)
{
    (void)state;
    through_resets_power_states_and_segments("ESP over AH + ESP", false, sao_crypto_sodium(),
                                             SAO_ENCRYPTION_CHACHA20_POLY1305, 0,
                                             IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256);
}

static void tx_3_chacha_in_segments(void **state)
{
    (void)state;
    through_resets_power_states_and_segments("UDP-ESP transport", true, sao_crypto_sodium(),
                                             SAO_ENCRYPTION_CHACHA20_POLY1305, 0,
                                             IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256);
}

static void tx_3_gcm_and_gmac_in_segments(void **state)
{
    (void)state;
    if (sao_crypto_openssl() == NULL)
        skip();
    through_resets_power_states_and_segments("AH + ESP transport", true, sao_crypto_openssl(),
                                             IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256, 0,
                                             IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_128);
}

/* IVs of block ciphers are encrypted numbers: as different as these. */
static void tx_3_cbc_in_segments(void **state)
{
    (void)state;
    if (sao_crypto_openssl() == NULL)
        skip();
    through_resets_power_states_and_segments(
        "AH + ESP transport", true, sao_crypto_openssl(), IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_128,
        IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256, IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_256);
}

/* The NIC goes back to where it was and on in another way, under another epoch each time. */
static void tx_3_forks_take_another_epoch(void **state)
{
    uint8_t *kept;
    uint32_t from;

    (void)state;
    begin("AH + ESP transport", sao_crypto_sodium(), true);
    form_start(&r.form);
    run(true, test_rounds(50));
    kept = malloc(r.form.wire.size);
    assert_non_null(kept);
    memcpy(kept, r.form.wire.memory, r.form.wire.size); /* its contexts are flat */
    from = number;
    for (uint16_t fork = 1; fork <= 20; fork++) {
        memcpy(r.form.wire.memory, kept, r.form.wire.size);
        sao_soft_nic_set_epoch(r.form.wire.nic, fork);
        number = from;
        run(true, test_rounds(50));
    }
    free(kept);
    assert_no_iv_twice();
    form_finish(&r.form);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tx_3_chacha_in_a_tunnel),       cmocka_unit_test(tx_3_chacha_in_segments),
        cmocka_unit_test(tx_3_gcm_and_gmac_in_segments), cmocka_unit_test(tx_3_cbc_in_segments),
        cmocka_unit_test(tx_3_forks_take_another_epoch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
