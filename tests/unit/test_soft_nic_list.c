// SPDX-License-Identifier: BSD-2-Clause
/* test_soft_nic_list.c: lists of several buffers under one set of OOB data and one status (OOB-1).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <saoffload/oob.h>

#include "support/large.h"

#define BUFFERS 3u

static large_rig r;
static test_frame frames[BUFFERS];

/* With these numbers; what the siblings have of OOB data and status counts for nothing. */
static void make_numbered_list(const uint32_t numbers[BUFFERS])
{
    for (uint32_t i = 0; i < BUFFERS; i++) {
        form_make_framed(&r.form, &frames[i], numbers[i], 40 + i);
        if (i > 0) {
            frames[i - 1].packet.sibling = &frames[i].packet;
            memset(&frames[i].packet.ipsec, 0xA5, sizeof frames[i].packet.ipsec);
            memset(&frames[i].packet.tunnel, 0xA5, sizeof frames[i].packet.tunnel);
            memset(&frames[i].packet.lso, 0xA5, sizeof frames[i].packet.lso);
            frames[i].packet.status = NDIS_STATUS_PENDING;
        }
    }
    for (uint32_t i = 0; i < BUFFERS; i++)
        frames[i].packet.data = frames[i].bytes;
    r.count = 0;
}

static void make_list(void)
{
    static const uint32_t numbers[BUFFERS] = {1, 2, 3};

    make_numbered_list(numbers);
}

static NDIS_STATUS send_list(void)
{
    const unsigned before = r.form.wire.sent;
    const NDIS_STATUS status = form_send(&r.form, &frames[0]);

    assert_int_equal(r.form.wire.sent, before + 1); /* one completion */
    assert_ptr_equal(r.form.wire.last_sent, &frames[0].packet);
    for (uint32_t i = 1; i < BUFFERS; i++)
        assert_int_equal(frames[i].packet.status, NDIS_STATUS_PENDING);
    return status;
}

/* Puts a buffer into two segments. */
static void split(test_frame *frame, sao_segment *rest)
{
    *rest = (sao_segment){NULL, frame->bytes + 30, frame->packet.length - 30};
    frame->packet.length = 30;
    frame->packet.more = rest;
}

static void oob_1_one_set_of_data_covers_all_buffers(void **state)
{
    sao_adapter_counters adapter;
    sao_segment rest;

    (void)state;
    for (size_t i = 0; i < FORMS * 2; i++) {
        large_prepare(&r, forms[i / 2].name, i % 2 == 0 ? 4 : 6);
        form_start(&r.form);
        make_list();
        split(&frames[1], &rest);
        assert_int_equal(send_list(), NDIS_STATUS_SUCCESS);
        assert_int_equal(r.count, BUFFERS);
        for (uint32_t n = 0; n < BUFFERS; n++)
            assert_true(form_opens_as(&r.form, &r.transmitted[n], 1 + n, 40 + n));
        assert_int_equal(form_counters(&r.form).sealed, BUFFERS);
        sao_adapter_get_counters(r.form.wire.adapter, &adapter);
        assert_int_equal(adapter.sent_processed, 1);
        form_finish(&r.form);
    }
}

/* The buffers of a plain list may be anything, too. */
static void oob_1_a_plain_list_leaves_as_it_is(void **state)
{
    (void)state;
    large_prepare(&r, "ESP tunnel", 4);
    form_start(&r.form);
    make_list();
    frames[0].packet.ipsec.Transmit.OffloadHandle = NULL;
    frames[1].packet.length = 9;
    assert_int_equal(send_list(), NDIS_STATUS_SUCCESS);
    assert_int_equal(r.count, BUFFERS);
    for (uint32_t n = 0; n < BUFFERS; n++)
        assert_memory_equal(r.transmitted[n].bytes, frames[n].bytes, frames[n].packet.length);
    assert_int_equal(form_counters(&r.form).sent_plain, BUFFERS);
    form_finish(&r.form);
}

/* Which of its buffers is wrong, and how: the list fails, and what shows at once lets none leave.
 */
static void oob_1_one_status_covers_all_buffers(void **state)
{
    (void)state;
    for (uint32_t wrong = 0; wrong < BUFFERS; wrong++)
        for (uint32_t how = 0; how < 4; how++) {
            uint8_t *ip = frames[wrong].bytes + TEST_MAC_LENGTH;
            sao_adapter_counters adapter;

            large_prepare(&r, "ESP tunnel", 4);
            form_start(&r.form);
            make_list();
            if (how == 0)
                frames[wrong].packet.length = 20;
            else if (how == 1)
                ip[20] ^= 1; /* another SPI */
            else if (how == 2)
                ip[6] = 0x20; /* a fragment */
            else              /* bad padding, which only shows when it is sealed */
                frames[wrong].bytes[frames[wrong].packet.length - 18] = 0xFF;
            assert_int_equal(send_list(), NDIS_STATUS_FAILURE);
            assert_int_equal(r.count, how == 3 ? wrong : 0);
            assert_int_equal(form_counters(&r.form).send_failed, 1);
            sao_adapter_get_counters(r.form.wire.adapter, &adapter);
            assert_int_equal(adapter.flights, 0);
            form_finish(&r.form);
        }
}

/* The outermost headers of each buffer have to be the tunnel's. */
static void oob_1_siblings_over_a_tunnel(void **state)
{
    (void)state;
    large_prepare(&r, "ESP over ESP", 4);
    form_start(&r.form);
    make_list();
    frames[2].bytes[TEST_MAC_LENGTH + 20] ^= 1;
    assert_int_equal(send_list(), NDIS_STATUS_FAILURE);
    assert_int_equal(r.count, 0);
    form_finish(&r.form);
}

/* A list by the low halves of its outermost headers. */
static NDIS_STATUS send_outermost(const uint32_t low[BUFFERS])
{
    const form_bundle *outermost = r.form.tunnel.count > 0 ? &r.form.tunnel : &r.form.bundle;
    uint32_t numbers[BUFFERS];

    for (uint32_t i = 0; i < BUFFERS; i++)
        numbers[i] = low[i] - (uint32_t)form_sequence(&r.form, outermost, outermost->count - 1, 0);
    make_numbered_list(numbers);
    return send_list();
}

/* All are sent under one high half: a list with numbers before and after a wrap fails before any of
 * it leaves. Numbers that may be of one half may be in any order. */
static void oob_1_a_list_goes_over_no_wrap(void **state) /* UPD-1 */
{
    static const struct {
        uint32_t low[BUFFERS];
        bool wraps;
    } lists[] = {
        {{UINT32_MAX - 1, UINT32_MAX, 0}, true},
        {{UINT32_MAX, 0, 1}, true},
        {{UINT32_MAX, UINT32_MAX - 1, 5}, true},
        {{1, UINT32_MAX, 2}, true},
        {{9001, 9002, (1u << 31) + 9001}, true},
        {{9001, 9002, (1u << 31) + 9000}, false},
        {{UINT32_MAX, UINT32_MAX - 2, UINT32_MAX - 1}, false},
    };

    (void)state;
    for (uint32_t i = 0; i < FORMS * 2 * (uint32_t)(sizeof lists / sizeof lists[0]); i++) {
        const bool wraps = lists[i / 2 / FORMS].wraps;

        large_prepare(&r, forms[i / 2 % FORMS].name, i % 2 == 0 ? 4 : 6);
        r.form.esn = true;
        r.form.high = 7;
        form_start(&r.form);
        assert_int_equal(send_outermost(lists[i / 2 / FORMS].low),
                         wraps ? NDIS_STATUS_FAILURE : NDIS_STATUS_SUCCESS);
        assert_int_equal(r.count, wraps ? 0 : BUFFERS);
        form_finish(&r.form);
    }
}

/* The outermost numbers are the tunnel's, whatever the SA inside of it counts. */
static void oob_1_it_is_the_tunnel_that_wraps(void **state)
{
    static const uint32_t low[BUFFERS] = {UINT32_MAX - 1, UINT32_MAX, 0};

    (void)state;
    large_prepare(&r, "ESP over ESP", 4);
    r.form.esn = true;
    r.form.plain_inside = true;
    form_start(&r.form);
    assert_int_equal(send_outermost(low), NDIS_STATUS_FAILURE);
    assert_int_equal(r.count, 0);
    form_finish(&r.form);
}

/* Without extended numbers there is no high half, and nothing that they could be far apart of. */
static void oob_1_plain_numbers_may_be_far_apart(void **state)
{
    static const uint32_t low[BUFFERS] = {9001, 9002, UINT32_MAX};

    (void)state;
    for (uint32_t i = 0; i < FORMS; i++) {
        large_prepare(&r, forms[i].name, 4);
        form_start(&r.form);
        assert_int_equal(send_outermost(low), NDIS_STATUS_SUCCESS);
        form_finish(&r.form);
    }
}

/* Each buffer of a large send is cut. */
static void oob_1_large_buffers_are_cut_each(void **state)
{
    static large first, second;

    (void)state;
    large_prepare(&r, "AH + ESP transport", 6);
    form_start(&r.form);
    first.flags = second.flags = TCP_ACK;
    large_make(&r, &first, 1, 500, 100, 0);
    large_make(&r, &second, 6, 300, 100, 0);
    first.packet.sibling = &second.packet;
    assert_int_equal(large_send(&r, &first), NDIS_STATUS_SUCCESS);
    assert_int_equal(r.count, 8);
    memmove(r.transmitted, r.transmitted + 5, 3 * sizeof r.transmitted[0]);
    r.count = 3;
    large_check(&r, &second, 6);
    form_finish(&r.form);
}

/* A list that goes up has one buffer: what stands in sibling is nobody's (test_receive leaves
 * something there). */
static void oob_1_a_received_list_has_one_buffer(void **state)
{
    test_frame frame, received;

    (void)state;
    large_prepare(&r, "ESP tunnel", 4);
    form_start(&r.form);
    form_make_sealed(&r.form, &frame, 1, 50);
    assert_int_equal(form_receive(&r.form, &received, &frame).crypto_status, CRYPTO_SUCCESS);
    assert_int_equal(((uint8_t *)&received.packet.sibling)[0], 0xA5);
    assert_int_equal(r.form.wire.indicated, 1);
    form_give_back(&r.form, &received);
    form_finish(&r.form);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oob_1_one_set_of_data_covers_all_buffers),
        cmocka_unit_test(oob_1_a_plain_list_leaves_as_it_is),
        cmocka_unit_test(oob_1_one_status_covers_all_buffers),
        cmocka_unit_test(oob_1_siblings_over_a_tunnel),
        cmocka_unit_test(oob_1_a_list_goes_over_no_wrap),
        cmocka_unit_test(oob_1_it_is_the_tunnel_that_wraps),
        cmocka_unit_test(oob_1_plain_numbers_may_be_far_apart),
        cmocka_unit_test(oob_1_large_buffers_are_cut_each),
        cmocka_unit_test(oob_1_a_received_list_has_one_buffer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
