// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_soft_nic_headers.c: every form with IPv4 options and IPv6 extension headers, behind 802.1Q
 * tags, in fragments, under wildcard bundles.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <saoffload/oob.h>

#include "support/forms.h"
#include "support/loop.h"

static form_rig f;

/* One packet out, one in. */
static void goes_there_and_back(void)
{
    test_frame frame, received;
    sao_oob_receive oob;

    form_make_framed(&f, &frame, 1, 77);
    assert_int_equal(form_send(&f, &frame), NDIS_STATUS_SUCCESS);
    assert_true(form_opens_as(&f, &f.wire.last_transmitted, 1, 77));
    form_make_sealed(&f, &frame, 1, 77);
    oob = form_receive(&f, &received, &frame);
    assert_true(oob.crypto_done);
    assert_int_equal(oob.next_crypto_done, f.tunnel.count > 0);
    assert_int_equal(oob.crypto_status, CRYPTO_SUCCESS);
    assert_int_equal(received.packet.ip_offset, form_mac_length(&f));
    assert_true(form_strips_as(&f, &received, 77));
    form_give_back(&f, &received);
}

static void assert_not_sent(test_frame *frame)
{
    const unsigned before = f.wire.transmitted;

    assert_int_equal(form_send(&f, frame), NDIS_STATUS_FAILURE);
    assert_int_equal(f.wire.transmitted, before);
}

static void assert_untouched(const test_frame *frame)
{
    test_frame received;

    (void)form_receive(&f, &received, frame);
    loop_assert_untouched(&received, frame);
    form_give_back(&f, &received);
}

/* ---- options and extension headers ----------------------------------------------------- */

static void options_and_extension_headers_are_no_obstacle(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMS * 2; i++) {
        form_prepare(&f, &forms[i / 2], i % 2 == 0 ? 4 : 6);
        f.headers = true;
        form_start(&f);
        goes_there_and_back();
        form_finish(&f);
    }
}

/* RX-2: a NIC that cannot see past them. By tunnel it need not: they are inside. */
static void rx_2_headers_that_are_excluded(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMS * 2; i++) {
        const uint8_t version = i % 2 == 0 ? 4 : 6;
        test_frame frame, received;
        sao_oob_receive oob;

        form_prepare(&f, &forms[i / 2], version);
        f.headers = true;
        f.config.capabilities.IPv4Options = version == 6;
        f.config.capabilities.IPv6NonIPsecExtensionHeaders = version == 4;
        form_start(&f);
        if (f.form->mode == SAO_IPSEC_TUNNEL) {
            goes_there_and_back();
            form_finish(&f);
            continue;
        }
        form_make_framed(&f, &frame, 1, 77);
        assert_not_sent(&frame);
        form_make_sealed(&f, &frame, 1, 77);
        if (f.tunnel.count == 0) {
            assert_untouched(&frame);
        } else { /* they are of what is inside, and only that is left alone */
            oob = form_receive(&f, &received, &frame);
            assert_true(oob.crypto_done && !oob.next_crypto_done);
            assert_int_equal(oob.crypto_status, CRYPTO_SUCCESS);
            assert_true(form_opens_inside_as(&f, &received, 1, 77));
            form_give_back(&f, &received);
        }
        form_finish(&f);
    }
}

/* ---- framings -------------------------------------------------------------------------- */

static void tagged_frames_of_every_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMS * 4; i++) {
        form_prepare(&f, &forms[i / 4], i % 2 == 0 ? 4 : 6);
        f.tags = 1 + (uint32_t)i / 2 % 2;
        form_start(&f);
        goes_there_and_back();
        form_finish(&f);
    }
}

/* ENC-1: a framing for which nobody has turned it on. */
static void enc_1_tagged_frames_may_be_excluded(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMS; i++) {
        test_frame frame;

        form_prepare(&f, &forms[i], 4);
        f.config.capabilities.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3;
        f.tags = 1;
        form_start(&f);
        form_make_sealed(&f, &frame, 1, 77);
        assert_untouched(&frame);
        form_finish(&f);
    }
}

/* ---- fragments (FRAG-1) ---------------------------------------------------------------- */

/* Makes a frame a first fragment: more are to come. */
static void make_fragment(test_frame *frame, uint8_t ip_version)
{
    uint8_t *ip = frame->bytes + TEST_MAC_LENGTH;

    if (ip_version == 4) {
        ip[6] = 0x20;
        test_ipv4_checksum(ip);
        return;
    }
    memmove(ip + 48, ip + 40, frame->packet.length - TEST_MAC_LENGTH - 40u);
    memcpy(ip + 40, (uint8_t[8]){ip[6], 0, 0, 1, 1, 2, 3, 4}, 8);
    ip[6] = 44;
    ip[5] = (uint8_t)(ip[5] + 8);
    frame->packet.length += 8;
}

static void frag_1_fragments_of_every_form_are_left_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMS * 2; i++) {
        const uint8_t version = i % 2 == 0 ? 4 : 6;
        test_frame frame;

        form_prepare(&f, &forms[i / 2], version);
        form_start(&f);
        form_make_sealed(&f, &frame, 1, 77);
        make_fragment(&frame, version);
        assert_untouched(&frame);
        form_make_framed(&f, &frame, 1, 77);
        make_fragment(&frame, version);
        assert_not_sent(&frame);
        form_finish(&f);
    }
}

/* ---- UDP ports (RFC 3948) -------------------------------------------------------------- */

/* A translator on the way may give the sender another port; ESP is nothing to it. */
static void a_nat_may_have_changed_the_source_port(void **state)
{
    static const char *const names[] = {"UDP-ESP transport", "UDP-ESP tunnel"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        test_frame frame;

        form_prepare(&f, form_named(names[i]), 4);
        form_start(&f);
        form_make_sealed(&f, &frame, 1, 77);
        frame.bytes[TEST_MAC_LENGTH + 20] ^= 0x40;
        assert_int_equal(form_receive(&f, NULL, &frame).crypto_status, CRYPTO_SUCCESS);
        assert_int_equal(form_counters(&f).opened, 1);
        form_finish(&f);
    }
}

/* ---- wildcards (ADD-9) ----------------------------------------------------------------- */

static void add_9_wildcard_bundles_of_every_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMS * 6; i++) {
        form_prepare(&f, &forms[i / 6], i % 2 == 0 ? 4 : 6);
        f.any_source = i / 2 % 3 != 0;
        f.any_destination = i / 2 % 3 != 1;
        form_start(&f);
        goes_there_and_back();
        form_finish(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_extension_headers_are_no_obstacle),
        cmocka_unit_test(rx_2_headers_that_are_excluded),
        cmocka_unit_test(tagged_frames_of_every_form),
        cmocka_unit_test(enc_1_tagged_frames_may_be_excluded),
        cmocka_unit_test(frag_1_fragments_of_every_form_are_left_alone),
        cmocka_unit_test(a_nat_may_have_changed_the_source_port),
        cmocka_unit_test(add_9_wildcard_bundles_of_every_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
