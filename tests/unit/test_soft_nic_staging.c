// SPDX-License-Identifier: BSD-2-Clause
/* test_soft_nic_staging.c: packets in several segments, split at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <saoffload/oob.h>

#include "support/forms.h"
#include "support/rounds.h"

#define SEGMENTS_MAX 6u
#define PAYLOAD 40u

static form_rig f;

/* A frame in segments, each in memory of its exact size. */
typedef struct split {
    sao_packet packet;
    sao_segment segments[SEGMENTS_MAX];
    uint8_t *pieces[SEGMENTS_MAX];
    uint32_t count;
} split;

/* NULL for none, so that whoever touches it is seen. */
static uint8_t *piece(const uint8_t *bytes, size_t length)
{
    uint8_t *copy = length > 0 ? malloc(length) : NULL;

    if (length > 0) {
        assert_non_null(copy);
        memcpy(copy, bytes, length);
    }
    return copy;
}

/* `ends` are where the segments end, the last one at the frame's. */
static void split_frame(split *s, const test_frame *frame, const uint32_t *ends, uint32_t count)
{
    uint32_t at = 0;

    s->packet = frame->packet;
    s->count = count;
    for (uint32_t i = 0; i < count; i++) {
        s->pieces[i] = piece(frame->bytes + at, ends[i] - at);
        s->segments[i] = (sao_segment){NULL, s->pieces[i], ends[i] - at};
        if (i > 0)
            s->segments[i - 1].next = &s->segments[i];
        at = ends[i];
    }
    s->packet.data = s->segments[0].data;
    s->packet.length = s->packet.capacity = s->segments[0].length;
    s->packet.more = s->segments[0].next;
}

/* The frame that the segments hold now. */
static test_frame join(const split *s)
{
    test_frame frame = {.packet = s->packet};
    uint32_t at = 0;

    for (uint32_t i = 0; i < s->count; i++) {
        if (s->segments[i].length > 0)
            memcpy(frame.bytes + at, s->pieces[i], s->segments[i].length);
        at += s->segments[i].length;
    }
    frame.packet.length = at;
    return frame;
}

static void free_split(split *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        free(s->pieces[i]);
}

static NDIS_STATUS send_split(split *s)
{
    f.wire.miniport.ops->send(f.wire.miniport.context, &s->packet);
    return s->packet.status;
}

/* ---- out and in ------------------------------------------------------------------------ */

static void sends(uint32_t number, const uint32_t *ends, uint32_t count)
{
    test_frame frame, left;
    split s;

    form_make_framed(&f, &frame, number, PAYLOAD);
    split_frame(&s, &frame, ends, count);
    assert_int_equal(send_split(&s), NDIS_STATUS_SUCCESS);
    assert_int_equal(f.wire.last_transmitted.packet.length, frame.packet.length);
    assert_true(form_opens_as(&f, &f.wire.last_transmitted, number, PAYLOAD));
    left = join(&s); /* a DMA that reads changes nothing */
    assert_memory_equal(left.bytes, frame.bytes, frame.packet.length);
    free_split(&s);
}

static void receives(const test_frame *frame, const uint32_t *ends, uint32_t count)
{
    test_frame joined;
    sao_oob_receive oob;
    split s;

    split_frame(&s, frame, ends, count);
    sao_soft_nic_receive(f.wire.nic, &s.packet);
    assert_ptr_equal(f.wire.last_indicated, &s.packet);
    oob = sao_oob_get_receive(&s.packet.ipsec);
    assert_true(oob.crypto_done);
    assert_int_equal(oob.next_crypto_done, f.tunnel.count > 0);
    assert_int_equal(oob.crypto_status, CRYPTO_SUCCESS);
    joined = join(&s);
    assert_true(form_strips_as(&f, &joined, PAYLOAD)); /* scattered back, where it was (RX-10) */
    f.wire.miniport.ops->return_packet(f.wire.miniport.context, &s.packet);
    free_split(&s);
}

static void prepare(const form *of, uint8_t ip_version)
{
    form_prepare(&f, of, ip_version);
    f.config.staging = 512;
    f.headers = true;
    f.tags = 1;
}

/* Each form, split in two before each of its bytes, and behind the last. */
static void a_frame_may_be_split_at_every_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMS * 2; i++) {
        test_frame frame;

        prepare(&forms[i / 2], i % 2 == 0 ? 4 : 6);
        form_start(&f);
        form_make_sealed(&f, &frame, 1, PAYLOAD);
        for (uint32_t at = 0; at <= frame.packet.length; at++) {
            const uint32_t ends[2] = {at, frame.packet.length};

            sends(1 + at, ends, 2);
            receives(&frame, ends, 2);
        }
        form_finish(&f);
    }
}

/* Several segments anywhere, empty ones too. */
static void a_frame_may_be_in_any_pieces(void **state)
{
    uint32_t random = test_seed();

    (void)state;
    prepare(form_named("AH + ESP over AH + ESP"), 6);
    form_start(&f);
    for (uint32_t round = 1; round <= 300; round++) {
        uint32_t ends[SEGMENTS_MAX];
        test_frame frame;

        form_make_sealed(&f, &frame, 1, PAYLOAD);
        for (uint32_t i = 0; i < SEGMENTS_MAX; i++) {
            const uint32_t from = i > 0 ? ends[i - 1] : 0;
            const uint32_t left = frame.packet.length - from;

            random = random * 1664525u + 1013904223u;
            ends[i] = i + 1 == SEGMENTS_MAX ? frame.packet.length
                                            : from + (random >> 8) % 3 * left / SEGMENTS_MAX;
        }
        sends(round, ends, SEGMENTS_MAX);
        receives(&frame, ends, SEGMENTS_MAX);
    }
    form_finish(&f);
}

/* ---- what does not fit ----------------------------------------------------------------- */

static void receives_or_not(const test_frame *frame, const uint32_t ends[2], bool fits)
{
    test_frame joined;
    split s;

    split_frame(&s, frame, ends, 2);
    sao_soft_nic_receive(f.wire.nic, &s.packet);
    assert_int_equal(sao_oob_get_receive(&s.packet.ipsec).crypto_done, fits);
    joined = join(&s);
    if (!fits) /* RX-9 */
        assert_memory_equal(joined.bytes, frame->bytes, frame->packet.length);
    f.wire.miniport.ops->return_packet(f.wire.miniport.context, &s.packet);
    free_split(&s);
}

static void what_does_not_fit_is_not_sent_and_goes_up_untouched(void **state)
{
    const uint32_t size = TEST_MAC_LENGTH + 20 + 16 + 20 + PAYLOAD + 4 + 16;

    (void)state;
    for (uint32_t short_of = 0; short_of < 2; short_of++) {
        const NDIS_STATUS expected = short_of ? NDIS_STATUS_FAILURE : NDIS_STATUS_SUCCESS;
        const uint32_t ends[2] = {30, size};
        test_frame frame;
        split s;

        form_prepare(&f, form_named("ESP tunnel"), 4);
        f.config.staging = size - short_of;
        form_start(&f);
        form_make_framed(&f, &frame, 1, PAYLOAD);
        assert_int_equal(frame.packet.length, size);
        split_frame(&s, &frame, ends, 2);
        assert_int_equal(send_split(&s), expected);
        s.packet.ipsec.Transmit.OffloadHandle = NULL; /* nor as it is */
        assert_int_equal(send_split(&s), expected);
        free_split(&s);
        form_make_sealed(&f, &frame, 2, PAYLOAD);
        receives_or_not(&frame, ends, short_of == 0);
        form_finish(&f);
    }
}

/* A packet whose segments add up to more than a number holds does not seem short. */
static void sizes_do_not_wrap(void **state)
{
    sao_segment second = {NULL, NULL, UINT32_MAX}, first = {&second, NULL, UINT32_MAX - 9};
    sao_packet packet = {.length = 9, .more = &first};

    (void)state;
    assert_int_equal(sao_packet_size(&packet), UINT32_MAX);
    first.next = NULL;
    assert_int_equal(sao_packet_size(&packet), UINT32_MAX);
    packet.length = 8;
    assert_int_equal(sao_packet_size(&packet), UINT32_MAX - 1);
}

/* An excluded mode in segments: every piece is what it was (RX-2). */
static void an_excluded_mode_in_segments_goes_up_untouched(void **state)
{
    test_frame frame, joined;
    uint32_t ends[2] = {45, 0};
    split s;

    (void)state;
    prepare(form_named("UDP-ESP transport"), 6);
    f.config.capabilities.Transport = 0;
    f.config.capabilities.TransportTunnelCombined = 0;
    form_start(&f);
    form_make_sealed(&f, &frame, 2, PAYLOAD);
    ends[1] = frame.packet.length;
    split_frame(&s, &frame, ends, 2);
    sao_soft_nic_receive(f.wire.nic, &s.packet);
    assert_false(sao_oob_get_receive(&s.packet.ipsec).crypto_done);
    joined = join(&s);
    assert_memory_equal(joined.bytes, frame.bytes, frame.packet.length);
    f.wire.miniport.ops->return_packet(f.wire.miniport.context, &s.packet);
    free_split(&s);
    form_finish(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_may_be_split_at_every_byte),
        cmocka_unit_test(a_frame_may_be_in_any_pieces),
        cmocka_unit_test(what_does_not_fit_is_not_sent_and_goes_up_untouched),
        cmocka_unit_test(sizes_do_not_wrap),
        cmocka_unit_test(an_excluded_mode_in_segments_goes_up_untouched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
