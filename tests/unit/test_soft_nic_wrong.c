// SPDX-License-Identifier: BSD-2-Clause
/* test_soft_nic_wrong.c: packets of each form that are not good (RX-4), or not for this NIC. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <saoffload/oob.h>

#include "support/forms.h"
#include "support/loop.h"

#define OVER_UDP_TUNNEL IPSEC_OFFLOAD_V2_TRANSPORT_OVER_UDP_ESP_ENCAPSULATION_TUNNEL
#define UDP_OVER_TUNNEL IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TRANSPORT_OVER_TUNNEL

static form_rig f;

static void start(const form *of, uint8_t ip_version)
{
    form_prepare(&f, of, ip_version);
    form_start(&f);
}

/* ---- received -------------------------------------------------------------------------- */

/*
 * RX-4: what is known of a part before its ICV is good. AH by itself shows what it carries, a type
 * of UDP encapsulation may be a tunnel's; everything else counts as transport.
 */
static uint16_t expected_status(uint32_t n)
{
    const bool inner = n < f.bundle.count;
    const form_bundle *bundle = inner ? &f.bundle : &f.tunnel;
    const bool tunnel = !inner || f.form->mode == SAO_IPSEC_TUNNEL;

    if (form_sa(&f, n)->protocol == SAO_PROTOCOL_AH)
        return tunnel && bundle->count == 1 ? CRYPTO_TUNNEL_AH_AUTH_FAILED
                                            : CRYPTO_TRANSPORT_AH_AUTH_FAILED;
    return tunnel && bundle->udp_esp != 0 ? CRYPTO_TUNNEL_ESP_AUTH_FAILED
                                          : CRYPTO_TRANSPORT_ESP_AUTH_FAILED;
}

static void rx_4_the_status_names_the_part_that_failed(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMS * 2; i++) {
        start(&forms[i / 2], i % 2 == 0 ? 4 : 6);
        for (uint32_t n = 0; n < form_sa_count(&f); n++) {
            const bool both = f.tunnel.count > 0 && n < f.bundle.count;
            test_frame frame, received;
            sao_oob_receive oob;

            form_make_spoilt(&f, &frame, 1 + n, 80, n);
            oob = form_receive(&f, &received, &frame);
            if (!oob.crypto_done || oob.next_crypto_done != both ||
                oob.crypto_status != expected_status(n))
                fail_msg("%s, SA %u: status %u", f.form->name, n, oob.crypto_status);
            assert_false(sao_oob_get_header(&received.packet.header).set); /* RX-7 */
            if (n + 1 == form_sa_count(&f)) /* what fails first stops it: nothing was decrypted */
                assert_memory_equal(received.bytes, frame.bytes, frame.packet.length);
            form_give_back(&f, &received);
        }
        assert_int_equal(form_counters(&f).open_failed, form_sa_count(&f));
        form_finish(&f);
    }
}

/* A bundle of both wants both (RX-4). */
static void rx_4_a_missing_header_is_another_protocol(void **state)
{
    (void)state;
    for (int missing = 0; missing < 2; missing++) {
        test_frame frame;
        uint8_t *ip = frame.bytes + TEST_MAC_LENGTH;
        size_t length;
        sao_oob_receive oob;

        start(form_named("AH + ESP transport"), 4);
        test_make_frame(&frame, NULL, 0, 4, 60);
        length = frame.packet.length - TEST_MAC_LENGTH;
        assert_int_equal(sao_ipsec_protect(&f.bundle.sa[missing], 1, test_iv(1), ip, &length,
                                           sizeof frame.bytes - TEST_MAC_LENGTH),
                         NDIS_STATUS_SUCCESS);
        frame.packet.length = TEST_MAC_LENGTH + (uint32_t)length;
        oob = form_receive(&f, NULL, &frame);
        assert_true(oob.crypto_done);
        assert_int_equal(oob.crypto_status, CRYPTO_INVALID_PROTOCOL);
        form_finish(&f);
    }
}

/* Too short for what is inside of a tunnel that was good. */
static void rx_4_wrong_lengths_inside_are_reported(void **state)
{
    test_frame frame;
    uint8_t *ip = frame.bytes + TEST_MAC_LENGTH;
    size_t length;
    sao_oob_receive oob;

    (void)state;
    start(form_named("ESP over ESP"), 4);
    form_make_sealed(&f, &frame, 1, 60);
    test_make_frame(&frame, NULL, 0, 4, 12); /* ESP's SPI and number, and nearly nothing else */
    ip[9] = SAO_PROTOCOL_ESP;
    test_ipv4_checksum(ip);
    memcpy(ip + 20, &f.bundle.params[0].spi, 4);
    length = frame.packet.length - TEST_MAC_LENGTH;
    assert_int_equal(sao_ipsec_protect(&f.tunnel.sa[0], 9, test_iv(1), ip, &length,
                                       sizeof frame.bytes - TEST_MAC_LENGTH),
                     NDIS_STATUS_SUCCESS);
    frame.packet.length = TEST_MAC_LENGTH + (uint32_t)length;
    oob = form_receive(&f, NULL, &frame);
    assert_true(oob.crypto_done && oob.next_crypto_done);
    assert_int_equal(oob.crypto_status, CRYPTO_INVALID_PACKET_SYNTAX);
    form_finish(&f);
}

/* ---- UDP that is not ESP (UDP-1) ------------------------------------------------------- */

static void make_udp(test_frame *frame, const uint8_t *data, size_t length)
{
    uint8_t *ip = frame->bytes + TEST_MAC_LENGTH;
    const uint8_t udp[8] = {0x11, 0x94, 0x11, 0x94, 0, (uint8_t)(8 + length)};

    test_make_frame(frame, NULL, 0, 4, 8 + length);
    ip[9] = SAO_PROTOCOL_UDP;
    test_ipv4_checksum(ip);
    memcpy(ip + 20, udp, sizeof udp);
    memcpy(ip + 28, data, length);
}

static void udp_1_ike_and_keepalives_pass_untouched(void **state)
{
    static const uint8_t ike[40] = {0, 0, 0, 0, 0x5A, 0x5A}, keepalive[1] = {0xFF};
    static const char *const names[] = {"UDP-ESP transport", "UDP-ESP tunnel"};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        test_frame frame, received;

        start(form_named(names[i / 2]), 4);
        make_udp(&frame, i % 2 == 0 ? ike : keepalive, i % 2 == 0 ? sizeof ike : 1);
        (void)form_receive(&f, &received, &frame);
        loop_assert_untouched(&received, &frame);
        form_give_back(&f, &received);
        test_send(&f.wire, &frame, NULL); /* out as well */
        assert_memory_equal(f.wire.last_transmitted.bytes, frame.bytes, frame.packet.length);
        frame.packet.status = NDIS_STATUS_PENDING;
        test_send(&f.wire, &frame, f.bundle.out); /* TX-2: it is no ESP, so a handle is wrong */
        assert_int_equal(frame.packet.status, NDIS_STATUS_FAILURE);
        form_finish(&f);
    }
}

/* The next header says one version of IP, and the packet that is there is of the other. */
static void tx_4_what_is_inside_is_what_the_next_header_says(void **state)
{
    test_frame good, frame;

    (void)state;
    start(form_named("ESP over ESP"), 4);
    form_make_framed(&f, &good, 1, 64);
    frame = good;
    frame.bytes[frame.packet.length - 16 - 1] = SAO_PROTOCOL_IPV6;
    assert_int_equal(form_send(&f, &frame), NDIS_STATUS_FAILURE);
    assert_int_equal(form_send(&f, &good), NDIS_STATUS_SUCCESS);
    form_finish(&f);
}

/* ---- forms that are none --------------------------------------------------------------- */

static void assert_refused(test_frame *frame)
{
    const unsigned before = f.wire.transmitted;

    assert_int_equal(form_send(&f, frame), NDIS_STATUS_FAILURE);
    assert_int_equal(f.wire.transmitted, before);
}

/* Of what is no form of IPsecOV2 the tunnel part counts, and the rest stays as it came. */
static void assert_tunnel_alone(uint32_t number)
{
    test_frame frame, received;
    sao_oob_receive oob;

    form_make_sealed(&f, &frame, number, 70);
    oob = form_receive(&f, &received, &frame);
    assert_true(oob.crypto_done && !oob.next_crypto_done);
    assert_int_equal(oob.crypto_status, CRYPTO_SUCCESS);
    assert_int_equal(sao_oob_get_header(&received.packet.header).next_header,
                     f.ip_version == 4 ? 4 : 41);
    assert_true(form_opens_inside_as(&f, &received, number, 70));
    form_give_back(&f, &received);
}

static void no_form_at_all(form_sas sas, sao_ipsec_mode mode, uint32_t udp_esp,
                           uint32_t tunnel_udp_esp)
{
    const form none = {"none", sas, mode, udp_esp, FORM_ESP, tunnel_udp_esp};

    for (uint8_t version = 4; version <= 6; version += 2) {
        test_frame frame;

        start(&none, version);
        form_make_framed(&f, &frame, 1, 70);
        assert_refused(&frame);
        assert_tunnel_alone(1);
        assert_tunnel_alone(2);
        form_finish(&f);
    }
}

/* CAP-5: the fifth type. */
static void cap_5_udp_in_udp_is_no_form(void **state)
{
    (void)state;
    no_form_at_all(FORM_ESP, SAO_IPSEC_TRANSPORT, UDP_OVER_TUNNEL, OVER_UDP_TUNNEL);
}

/* TX-4: OffloadHandle names a transport SA there. */
static void tx_4_a_tunnel_in_a_tunnel_is_no_form(void **state)
{
    (void)state;
    no_form_at_all(FORM_ESP, SAO_IPSEC_TUNNEL, 0, 0);
    no_form_at_all(FORM_AH, SAO_IPSEC_TUNNEL, 0, 0);
    no_form_at_all(FORM_BOTH, SAO_IPSEC_TUNNEL, 0, 0);
    no_form_at_all(FORM_ESP, SAO_IPSEC_TUNNEL, 0, OVER_UDP_TUNNEL);
}

/* AH shows its mode in clear: nobody looks at the ICV of what is no form. */
static void rx_4_ah_of_a_tunnel_in_a_tunnel_is_not_checked(void **state)
{
    const form none = {"none", FORM_AH, SAO_IPSEC_TUNNEL, 0, FORM_ESP, 0};
    test_frame frame;
    sao_oob_receive oob;

    (void)state;
    start(&none, 4);
    form_make_spoilt(&f, &frame, 1, 70, 0);
    oob = form_receive(&f, NULL, &frame);
    assert_true(oob.crypto_done && !oob.next_crypto_done);
    assert_int_equal(oob.crypto_status, CRYPTO_SUCCESS);
    form_finish(&f);
}

/* RX-8: where only the tunnel part counts, the tunnel's bundle is the one that may ask, though the
 * NIC has looked at the other as well. */
static void rx_8_only_the_tunnel_asks_for_its_delete(void **state)
{
    const form none = {"none", FORM_ESP, SAO_IPSEC_TUNNEL, 0, FORM_ESP, 0};

    (void)state;
    for (int tunnel = 0; tunnel < 2; tunnel++) {
        test_frame frame;

        start(&none, 4);
        assert_int_equal(sao_adapter_wish_delete(sao_soft_nic_adapter(f.wire.nic),
                                                 tunnel ? f.tunnel.in : f.bundle.in),
                         NDIS_STATUS_SUCCESS);
        form_make_sealed(&f, &frame, 1, 70);
        assert_int_equal(form_receive(&f, NULL, &frame).sa_delete_request, tunnel);
        form_finish(&f);
    }
}

/* ---- sent ------------------------------------------------------------------------------ */

/* What is inside has to be of the bundle that OffloadHandle names; and no number is used up by
 * what was not (TX-2, TX-3). */
static void tx_2_a_wrong_packet_inside_does_not_leave(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMS; i++) {
        test_frame good, frame;
        sao_ipsec_layout layout;
        uint32_t inner;

        if (forms[i].tunnel == FORM_NONE)
            continue;
        start(&forms[i], 4);
        form_make_framed(&f, &good, 1, 64);
        layout.payload_at = 0;
        if (f.tunnel.count == 1) {
            assert_int_equal(sao_ipsec_locate(&f.tunnel.sa[0], good.bytes + TEST_MAC_LENGTH,
                                              good.packet.length - TEST_MAC_LENGTH, &layout),
                             CRYPTO_SUCCESS);
        } else { /* AH is 28 bytes long, and ESP's headers 16 */
            layout.payload_at = 20 + 28 + 16;
        }
        inner = TEST_MAC_LENGTH + layout.payload_at;
        assert_int_equal(good.bytes[inner], 0x45);

        frame = good; /* another SPI */
        frame.bytes[inner + 20 + (f.bundle.count == 2 || f.form->sas == FORM_AH ? 4 : 0) +
                    (f.bundle.udp_esp != 0 ? 8 : 0)] ^= 1;
        assert_refused(&frame);
        frame = good; /* another destination */
        frame.bytes[inner + 16] ^= 1;
        assert_refused(&frame);
        frame = good; /* a fragment (FRAG-1) */
        frame.bytes[inner + 6] |= 0x20;
        assert_refused(&frame);
        frame = good; /* no IP packet */
        frame.bytes[inner] = 0x65;
        assert_refused(&frame);
        frame = good; /* the handles the other way round */
        frame.packet.ipsec.Transmit.OffloadHandle = f.tunnel.out;
        frame.packet.tunnel.Transmit.TunnelHandle = f.bundle.out;
        assert_refused(&frame);
        assert_int_equal(form_counters(&f).repeated_sequences, 0);
        assert_int_equal(form_send(&f, &good), NDIS_STATUS_SUCCESS);
        form_finish(&f);
    }
}

/* Each SA counts its own numbers: those of the AH have nothing to do with those of the ESP. */
static void tx_3_each_sa_uses_a_number_once(void **state)
{
    test_frame frame;

    (void)state;
    if (sao_crypto_openssl() == NULL) {
        print_message("left out: AES-GMAC takes OpenSSL\n");
        return;
    }
    form_prepare(&f, form_named("AH + ESP over AH + ESP"), 4);
    f.config.provider = sao_crypto_openssl();
    sao_soft_nic_offer_algorithms(&f.config.capabilities, f.config.provider);
    f.ah_authentication = IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_128;
    form_start(&f);
    form_make_framed(&f, &frame, 10, 64);
    assert_int_equal(form_send(&f, &frame), NDIS_STATUS_SUCCESS);
    form_make_framed(&f, &frame, 10, 64);
    assert_refused(&frame);
    assert_int_equal(form_counters(&f).repeated_sequences, 1);
    /* SA i of a bundle has numbers 1000 higher each: the other SAs have not had these. */
    form_make_framed(&f, &frame, 1010, 64);
    assert_int_equal(form_send(&f, &frame), NDIS_STATUS_SUCCESS);
    form_finish(&f);
}

/* UPD-1: the AH's high half alone goes on, so its low half may come again. */
static void tx_3_the_number_of_each_sa_has_its_own_high_half(void **state)
{
    test_frame frame;
    test_request update;

    (void)state;
    if (sao_crypto_openssl() == NULL) {
        print_message("left out: AES-GMAC takes OpenSSL\n");
        return;
    }
    form_prepare(&f, form_named("AH + ESP transport"), 4);
    f.config.provider = sao_crypto_openssl();
    sao_soft_nic_offer_algorithms(&f.config.capabilities, f.config.provider);
    f.ah_authentication = IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_128;
    f.esn = true;
    form_start(&f);
    form_make_framed(&f, &frame, 10, 64);
    assert_int_equal(form_send(&f, &frame), NDIS_STATUS_SUCCESS);
    test_make_update(&update, f.bundle.out, f.bundle.params[1].spi,
                     form_high(&f, &f.bundle, 1) + 1);
    update.buffer.update.Operation = IPsecOffloadV2Ah;
    assert_int_equal(test_submit(&f.wire, &update), NDIS_STATUS_SUCCESS);
    form_make_framed(&f, &frame, 11, 64);
    frame.bytes[TEST_MAC_LENGTH + 20 + 11]--; /* of AH's number, which is 10's again */
    assert_int_equal(form_send(&f, &frame), NDIS_STATUS_SUCCESS);
    form_finish(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rx_4_the_status_names_the_part_that_failed),
        cmocka_unit_test(rx_4_a_missing_header_is_another_protocol),
        cmocka_unit_test(rx_4_wrong_lengths_inside_are_reported),
        cmocka_unit_test(udp_1_ike_and_keepalives_pass_untouched),
        cmocka_unit_test(tx_4_what_is_inside_is_what_the_next_header_says),
        cmocka_unit_test(cap_5_udp_in_udp_is_no_form),
        cmocka_unit_test(tx_4_a_tunnel_in_a_tunnel_is_no_form),
        cmocka_unit_test(rx_4_ah_of_a_tunnel_in_a_tunnel_is_not_checked),
        cmocka_unit_test(rx_8_only_the_tunnel_asks_for_its_delete),
        cmocka_unit_test(tx_2_a_wrong_packet_inside_does_not_leave),
        cmocka_unit_test(tx_3_the_number_of_each_sa_has_its_own_high_half),
        cmocka_unit_test(tx_3_each_sa_uses_a_number_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
