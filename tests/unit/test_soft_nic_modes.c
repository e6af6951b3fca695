// SPDX-License-Identifier: BSD-2-Clause
/* test_soft_nic_modes.c: forms that a NIC leaves out (RX-2), numbers, wishes and deletes of two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <saoffload/oob.h>

#include "nic/soft_nic_private.h"
#include "support/forms.h"
#include "support/loop.h"

static form_rig f;

/* ---- excluded modes (RX-2) ------------------------------------------------------------- */

static bool is_transport(const form *of)
{
    return of->mode == SAO_IPSEC_TRANSPORT && of->tunnel == FORM_NONE;
}

/* A wrong UDP checksum, which goes with ESP over IPv4 and tunnels that do not care. */
static void spoil_udp_checksum(test_frame *frame)
{
    const size_t udp = TEST_MAC_LENGTH + (f.ip_version == 4 ? 20u : 40u);

    if (f.bundle.udp_esp != 0)
        frame->bytes[udp + 6] ^= 0x5A;
}

/* Decrypted to see the mode, and then to the byte what it was. */
static void rx_2_an_excluded_mode_goes_up_untouched(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMS * 2; i++) {
        test_frame frame, received;

        if (!is_transport(&forms[i / 2]))
            continue;
        form_prepare(&f, &forms[i / 2], i % 2 == 0 ? 4 : 6);
        f.config.capabilities.Transport = 0;
        f.config.capabilities.TransportTunnelCombined = 0;
        f.esn = true;
        f.high = 2;
        form_start(&f);
        form_make_sealed(&f, &frame, 5, 75);
        spoil_udp_checksum(&frame);
        (void)form_receive(&f, &received, &frame);
        loop_assert_untouched(&received, &frame); /* RX-9 */
        form_give_back(&f, &received);
        assert_int_equal(form_counters(&f).untouched, 1);

        form_make_framed(&f, &frame, 5, 75);
        assert_int_equal(form_send(&f, &frame), NDIS_STATUS_FAILURE);
        form_finish(&f);
    }
}

/* AH shows its mode in clear, so a wrong ICV of an excluded one is nobody's concern here. */
static void rx_2_ah_of_an_excluded_mode_is_not_even_checked(void **state)
{
    test_frame frame, received;

    (void)state;
    form_prepare(&f, form_named("AH transport"), 4);
    f.config.capabilities.Transport = 0;
    f.config.capabilities.TransportTunnelCombined = 0;
    form_start(&f);
    form_make_spoilt(&f, &frame, 5, 75, 0);
    (void)form_receive(&f, &received, &frame);
    loop_assert_untouched(&received, &frame);
    form_give_back(&f, &received);
    form_finish(&f);
}

static void assert_tunnel_alone(uint32_t number)
{
    test_frame frame, received;
    sao_oob_receive oob;

    form_make_sealed(&f, &frame, number, 70);
    oob = form_receive(&f, &received, &frame);
    assert_true(oob.crypto_done && !oob.next_crypto_done);
    assert_int_equal(oob.crypto_status, CRYPTO_SUCCESS);
    assert_true(form_opens_inside_as(&f, &received, number, 70));
    form_give_back(&f, &received);
}

/* The tunnel is offloaded, what is inside is the transport's. */
static void rx_3_without_the_capability_the_tunnel_counts_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMS; i++) {
        test_frame frame;

        if (forms[i].tunnel == FORM_NONE)
            continue;
        form_prepare(&f, &forms[i], 4);
        f.config.capabilities.TransportTunnelCombined = 0;
        form_start(&f);
        assert_tunnel_alone(1);
        form_make_framed(&f, &frame, 2, 70);
        assert_int_equal(form_send(&f, &frame), NDIS_STATUS_FAILURE);
        form_finish(&f);
    }
}

/* The same where the bundle for what is inside has gone. */
static void rx_3_without_the_inner_bundle_the_tunnel_counts_alone(void **state)
{
    (void)state;
    form_prepare(&f, form_named("AH + ESP over ESP"), 6);
    form_start(&f);
    assert_int_equal(test_delete(&f.wire, f.bundle.in), NDIS_STATUS_SUCCESS);
    assert_tunnel_alone(1);
    form_finish(&f);
}

/* What comes through the tunnel without a protection of its own. */
static void rx_3_a_tunnel_may_carry_plain_packets(void **state)
{
    const form plain = {"plain", FORM_ESP, SAO_IPSEC_TUNNEL, 0, FORM_NONE, 0};
    test_frame frame;

    (void)state;
    form_prepare(&f, &plain, 4);
    form_start(&f);
    form_make_sealed(&f, &frame, 1, 50);
    assert_false(form_receive(&f, NULL, &frame).next_crypto_done);
    form_finish(&f);
}

/* ---- wishes (RX-8) --------------------------------------------------------------------- */

static void rx_8_two_payloads_carry_no_wish(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMS; i++) {
        test_frame frame;

        form_prepare(&f, &forms[i], 4);
        f.config.wish_after_packets = 1;
        form_start(&f);
        form_make_sealed(&f, &frame, 1, 50);
        /* AH and ESP of one bundle are one payload. */
        assert_int_equal(form_receive(&f, NULL, &frame).sa_delete_request,
                         forms[i].tunnel == FORM_NONE);
        form_finish(&f);
    }
}

/* ---- deletes (DEL-7) ------------------------------------------------------------------- */

static void del_7_both_contexts_stay_until_the_packet_is_sealed(void **state)
{
    test_request remove[2];
    test_frame frame;

    (void)state;
    form_prepare(&f, form_named("AH + ESP over AH + ESP"), 4);
    f.config.send_latency = 10;
    form_start(&f);
    form_make_framed(&f, &frame, 1, 64);
    (void)form_send(&f, &frame);
    test_make_delete(&remove[0], f.tunnel.out);
    test_make_delete(&remove[1], f.bundle.out);
    for (int i = 0; i < 2; i++)
        assert_int_equal(test_submit(&f.wire, &remove[i]), NDIS_STATUS_PENDING);
    (void)test_wire_at(&f.wire, 9);
    assert_int_equal(form_counters(&f).contexts, 8);
    (void)test_wire_at(&f.wire, 10);
    assert_int_equal(frame.packet.status, NDIS_STATUS_SUCCESS);
    assert_true(form_opens_as(&f, &f.wire.last_transmitted, 1, 64));
    for (int i = 0; i < 2; i++)
        assert_int_equal(remove[i].completions, 1);
    assert_int_equal(form_counters(&f).contexts, 4);
    form_finish(&f);
}

/* RST-5: a send that waits for a reset to be over fails if either of its bundles is not back. */
static void rst_5_a_send_needs_both_bundles_back(void **state)
{
    (void)state;
    for (uint32_t lost = 1; lost <= 2; lost++) {
        test_frame frame, behind;

        form_prepare(&f, form_named("ESP over ESP"), 4);
        f.config.send_latency = 10;
        f.config.reset_latency = 20;
        form_start(&f);
        assert_int_equal(test_delete(&f.wire, f.bundle.in), NDIS_STATUS_SUCCESS);
        assert_int_equal(test_delete(&f.wire, f.tunnel.in), NDIS_STATUS_SUCCESS);
        form_make_framed(&f, &frame, 1, 64);
        (void)form_send(&f, &frame);
        test_make_frame(&behind, NULL, 0, 4, 64);
        test_send(&f.wire, &behind, NULL);
        f.wire.nic->config.refuse_every = 2;
        f.wire.nic->adds = 2 - lost; /* so that this one of the two is refused */
        (void)test_wire_life(&f.wire, SAO_LIFE_RESET);
        (void)test_wire_at(&f.wire, 100);
        assert_int_equal(f.wire.lives[SAO_LIFE_RESET], 1);
        assert_int_equal(frame.packet.status, NDIS_STATUS_FAILURE);
        assert_int_equal(behind.packet.status, NDIS_STATUS_REQUEST_ABORTED); /* no overtaking */
        assert_int_equal(f.wire.transmitted, 0);
        form_finish(&f);
    }
}

/* RST-3: what a reset has lost. Of what is inside the tunnel is still there; without the tunnel the
 * packet goes up as it came, and asks for the tunnel's delete. */
static void rst_3_a_part_without_its_bundle_stays_as_it_came(void **state)
{
    (void)state;
    for (uint32_t lost = 1; lost <= 2; lost++) {
        test_frame frame, received;
        sao_oob_receive oob;

        form_prepare(&f, form_named("ESP over ESP"), 4);
        form_start(&f);
        assert_int_equal(test_delete(&f.wire, f.bundle.out), NDIS_STATUS_SUCCESS);
        assert_int_equal(test_delete(&f.wire, f.tunnel.out), NDIS_STATUS_SUCCESS);
        f.wire.nic->config.refuse_every = 2;
        f.wire.nic->adds = 2 - lost; /* the first that comes back is what is inside */
        assert_int_equal(test_wire_life(&f.wire, SAO_LIFE_RESET), NDIS_STATUS_SUCCESS);
        form_make_sealed(&f, &frame, 1, 70);
        oob = form_receive(&f, &received, &frame);
        assert_int_equal(oob.crypto_done, lost == 1);
        assert_false(oob.next_crypto_done);
        assert_int_equal(oob.sa_delete_request, lost == 2);
        if (lost == 1)
            assert_true(form_opens_inside_as(&f, &received, 1, 70));
        else
            assert_memory_equal(received.bytes, frame.bytes, frame.packet.length);
        form_give_back(&f, &received);
        form_finish(&f);
    }
}

/* ---- sequence numbers (RX-5, UPD-1) ---------------------------------------------------- */

/* UPDATE_SA of one SA: the high half that it has now. */
static void update(const form_bundle *bundle, bool inbound, uint32_t i)
{
    const sao_ipsec_params *params = &bundle->params[i];
    test_request request;

    test_make_update(&request, inbound ? bundle->in : bundle->out, params->spi,
                     form_high(&f, bundle, i));
    if (params->protocol == SAO_PROTOCOL_AH)
        request.buffer.update.Operation = IPsecOffloadV2Ah;
    assert_int_equal(test_submit(&f.wire, &request), NDIS_STATUS_SUCCESS);
}

static void update_all(bool inbound)
{
    for (uint32_t i = 0; i < f.bundle.count; i++)
        update(&f.bundle, inbound, i);
    for (uint32_t i = 0; i < f.tunnel.count; i++)
        update(&f.tunnel, inbound, i);
}

/* The high half of each SA is inferred by itself; UPDATE_SA tells what nobody can guess. */
static void rx_5_the_high_half_is_inferred_for_each_sa(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMS; i++) {
        test_frame frame;

        form_prepare(&f, &forms[i], 4);
        f.esn = true;
        form_start(&f);
        form_make_sealed(&f, &frame, 0x70000000, 50);
        assert_int_equal(form_receive(&f, NULL, &frame).crypto_status, CRYPTO_SUCCESS);
        form_make_sealed(&f, &frame, 0xFFFF0000, 50);
        assert_int_equal(form_receive(&f, NULL, &frame).crypto_status, CRYPTO_SUCCESS);
        f.high = 1; /* on over the wrap */
        form_make_sealed(&f, &frame, 5, 50);
        assert_int_equal(form_receive(&f, NULL, &frame).crypto_status, CRYPTO_SUCCESS);
        f.high = 7; /* nobody can guess that */
        form_make_sealed(&f, &frame, 6, 50);
        assert_int_not_equal(form_receive(&f, NULL, &frame).crypto_status, CRYPTO_SUCCESS);
        update_all(true);
        assert_int_equal(form_receive(&f, NULL, &frame).crypto_status, CRYPTO_SUCCESS);
        form_finish(&f);
    }
}

/* One SA that was not told is one too few. */
static void upd_1_each_sa_is_updated_by_itself(void **state)
{
    const form_bundle *const bundles[] = {&f.bundle, &f.tunnel};

    (void)state;
    for (uint32_t left = 0; left < 4; left++) {
        test_frame frame;

        form_prepare(&f, form_named("AH + ESP over AH + ESP"), 4);
        f.esn = true;
        form_start(&f);
        f.high = 9;
        form_make_sealed(&f, &frame, 6, 50);
        for (uint32_t n = 0; n < 4; n++)
            if (n != left)
                update(bundles[n / 2], true, n % 2);
        assert_int_not_equal(form_receive(&f, NULL, &frame).crypto_status, CRYPTO_SUCCESS);
        update(bundles[left / 2], true, left % 2);
        assert_int_equal(form_receive(&f, NULL, &frame).crypto_status, CRYPTO_SUCCESS);
        form_finish(&f);
    }
}

/* What was submitted before an update keeps the old high half, in each SA. */
static void upd_1_sends_keep_the_high_half_they_came_with(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMS; i++) {
        test_frame before, after;

        form_prepare(&f, &forms[i], 4);
        f.esn = true;
        f.config.send_latency = 10;
        form_start(&f);
        form_make_framed(&f, &before, 0xFFFF0000, 50);
        (void)form_send(&f, &before);
        f.high = 1;
        update_all(false);
        form_make_framed(&f, &after, 3, 50);
        (void)test_wire_at(&f.wire, 5);
        (void)form_send(&f, &after);
        (void)test_wire_at(&f.wire, 10);
        f.high = 0;
        assert_int_equal(f.wire.transmitted, 1);
        assert_true(form_opens_as(&f, &f.wire.last_transmitted, 0xFFFF0000, 50));
        (void)test_wire_at(&f.wire, 15);
        f.high = 1;
        assert_int_equal(f.wire.transmitted, 2);
        assert_true(form_opens_as(&f, &f.wire.last_transmitted, 3, 50));
        form_finish(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rx_2_an_excluded_mode_goes_up_untouched),
        cmocka_unit_test(rx_2_ah_of_an_excluded_mode_is_not_even_checked),
        cmocka_unit_test(rx_3_without_the_capability_the_tunnel_counts_alone),
        cmocka_unit_test(rx_3_without_the_inner_bundle_the_tunnel_counts_alone),
        cmocka_unit_test(rx_3_a_tunnel_may_carry_plain_packets),
        cmocka_unit_test(rx_8_two_payloads_carry_no_wish),
        cmocka_unit_test(del_7_both_contexts_stay_until_the_packet_is_sealed),
        cmocka_unit_test(rst_5_a_send_needs_both_bundles_back),
        cmocka_unit_test(rst_3_a_part_without_its_bundle_stays_as_it_came),
        cmocka_unit_test(rx_5_the_high_half_is_inferred_for_each_sa),
        cmocka_unit_test(upd_1_each_sa_is_updated_by_itself),
        cmocka_unit_test(upd_1_sends_keep_the_high_half_they_came_with),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
