// SPDX-License-Identifier: BSD-2-Clause
/* loop.c: see loop.h. */
#include "support/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <saoffload/oob.h>

void loop_prepare(test_loop *f)
{
    memset(f, 0, sizeof *f);
    test_wire_config(&f->wire, &f->config);
    f->params = test_params(&test_ciphers[1], SAO_IPSEC_TUNNEL, 4);
}

void loop_start(test_loop *f)
{
    test_wire_open(&f->wire, &f->config);
    f->wire.test = f;
    f->sa = test_sa_make(&f->params);
    f->in = test_add(&f->wire, &f->params, true, 0);
    f->out = test_add(&f->wire, &f->params, false, 0);
}

void loop_finish(test_loop *f)
{
    test_sa_free(&f->sa);
    test_wire_close(&f->wire);
}

void loop_give_back(test_loop *f, test_frame *frame)
{
    f->wire.miniport.ops->return_packet(f->wire.miniport.context, &frame->packet);
}

sao_soft_nic_counters loop_counters(const test_loop *f)
{
    sao_soft_nic_counters all;

    sao_soft_nic_get_counters(f->wire.nic, &all);
    return all;
}

void loop_make_sealed(test_loop *f, test_frame *frame, uint64_t sequence)
{
    test_make_frame(frame, &f->sa.sa, sequence, 4, 100);
    test_send(&f->wire, frame, f->out);
    assert_int_equal(frame->packet.status, NDIS_STATUS_SUCCESS);
    *frame = f->wire.last_transmitted;
}

void loop_assert_untouched(const test_frame *frame, const test_frame *as)
{
    static const uint8_t zero[sizeof frame->packet.ipsec];

    assert_memory_equal(&frame->packet.ipsec, zero, sizeof frame->packet.ipsec);
    assert_memory_equal(&frame->packet.tunnel, zero, sizeof frame->packet.tunnel);
    assert_memory_equal(&frame->packet.header, zero, sizeof frame->packet.header);
    assert_int_equal(frame->packet.length, as->packet.length);
    assert_memory_equal(frame->bytes, as->bytes, frame->packet.length);
}

void loop_assert_refused(test_loop *f, test_frame *frame, NDIS_HANDLE handle)
{
    const unsigned before = f->wire.transmitted;
    const unsigned completions = f->wire.sent;

    test_send(&f->wire, frame, handle);
    (void)sao_soft_nic_poll(f->wire.nic, f->wire.now);
    assert_int_equal(f->wire.sent, completions + 1);
    assert_ptr_equal(f->wire.last_sent, &frame->packet);
    assert_int_equal(frame->packet.status, NDIS_STATUS_FAILURE);
    assert_int_equal(f->wire.transmitted, before);
}

void loop_update(test_loop *f, NDIS_HANDLE handle, uint32_t high)
{
    test_request request;

    test_make_update(&request, handle, f->params.spi, high);
    assert_int_equal(test_submit(&f->wire, &request), NDIS_STATUS_SUCCESS);
}

bool loop_opens_as(test_loop *f, const test_frame *frame, uint64_t sequence)
{
    uint8_t copy[TEST_FRAME_MAX];
    sao_ipsec_result result;

    memcpy(copy, frame->bytes, frame->packet.length);
    return sao_ipsec_open(&f->sa.sa, sequence, copy + TEST_MAC_LENGTH,
                          frame->packet.length - TEST_MAC_LENGTH, &result) == CRYPTO_SUCCESS &&
           result.sequence == sequence;
}

void loop_expect_received(test_loop *f, uint64_t sequence, uint16_t crypto_status)
{
    test_frame frame, received;

    test_make_frame(&frame, &f->sa.sa, sequence, 4, 64);
    assert_int_equal(sao_ipsec_seal(&f->sa.sa, (uint32_t)(sequence >> 32), test_iv(1),
                                    frame.bytes + TEST_MAC_LENGTH,
                                    frame.packet.length - TEST_MAC_LENGTH),
                     NDIS_STATUS_SUCCESS);
    test_receive(&f->wire, &received, &frame);
    assert_true(sao_oob_get_receive(&received.packet.ipsec).crypto_done);
    assert_int_equal(sao_oob_get_receive(&received.packet.ipsec).crypto_status, crypto_status);
    loop_give_back(f, &received);
}
