// SPDX-License-Identifier: BSD-2-Clause
/* test_soft_nic_path.c: packets through the soft NIC, good ones and bad ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/loop.h"

#include <saoffload/oob.h>

/* ---- there and back -------------------------------------------------------------------- */

static void there_and_back(const test_cipher *cipher, sao_ipsec_mode mode, uint8_t ip_version)
{
    uint8_t original[TEST_FRAME_MAX], opened[TEST_FRAME_MAX];
    const size_t length = test_ip_packet(original, ip_version, 100);
    test_frame sent, received;
    sao_ipsec_result result;
    sao_oob_receive oob;
    sao_oob_header header;
    size_t opened_length;
    test_loop f;

    loop_prepare(&f);
    f.params = test_params(cipher, mode, ip_version);
    loop_start(&f);
    test_make_frame(&sent, &f.sa.sa, 7, ip_version, 100);
    test_send(&f.wire, &sent, f.out);
    assert_int_equal(sent.packet.status, NDIS_STATUS_SUCCESS);
    assert_ptr_equal(f.wire.last_sent, &sent.packet);

    /* What is on the wire, software can open. */
    opened_length = f.wire.last_transmitted.packet.length - TEST_MAC_LENGTH;
    memcpy(opened, f.wire.last_transmitted.bytes + TEST_MAC_LENGTH, opened_length);
    assert_int_equal(sao_ipsec_unprotect(&f.sa.sa, 0, opened, &opened_length, &result),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(result.sequence, 7);
    assert_int_equal(opened_length, length);
    assert_memory_equal(opened, original, length);

    /* And so can the NIC; stripping is the transport's (RX-10). */
    test_receive(&f.wire, &received, &f.wire.last_transmitted);
    assert_ptr_equal(f.wire.last_indicated, &received.packet);
    oob = sao_oob_get_receive(&received.packet.ipsec);
    assert_true(oob.crypto_done);
    assert_false(oob.next_crypto_done); /* RX-3 */
    assert_false(oob.sa_delete_request);
    assert_int_equal(oob.crypto_status, CRYPTO_SUCCESS);
    header = sao_oob_get_header(&received.packet.header);
    assert_true(header.set); /* RX-7 */
    assert_int_equal(header.next_header, result.next_header);
    assert_int_equal(header.pad_length, result.pad_length);
    assert_int_equal(received.packet.ip_offset, TEST_MAC_LENGTH);
    opened_length = received.packet.length - TEST_MAC_LENGTH;
    assert_int_equal(sao_ipsec_strip(&f.sa.sa, received.bytes + TEST_MAC_LENGTH, &opened_length),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(opened_length, length);
    assert_memory_equal(received.bytes + TEST_MAC_LENGTH, original, length);
    loop_give_back(&f, &received);

    assert_int_equal(loop_counters(&f).sealed, 1);
    assert_int_equal(loop_counters(&f).opened, 1);
    assert_string_equal(f.wire.log, "TSIR");
    loop_finish(&f);
}

/* Opened in place, told what the trailer says, stripped by who gets it (RX-3, RX-7, RX-10). */
static void packets_go_there_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_CIPHERS; i++) {
        if (!test_cipher_available(&test_ciphers[i]))
            continue;
        for (uint8_t ip_version = 4; ip_version <= 6; ip_version += 2) {
            there_and_back(&test_ciphers[i], SAO_IPSEC_TUNNEL, ip_version);
            there_and_back(&test_ciphers[i], SAO_IPSEC_TRANSPORT, ip_version);
        }
    }
}

static void a_plain_packet_is_left_alone(void **state)
{
    test_frame plain, sent, received;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    loop_start(&f);
    test_make_frame(&plain, NULL, 0, 4, 64);
    sent = plain;
    test_send(&f.wire, &sent, NULL);
    assert_int_equal(sent.packet.status, NDIS_STATUS_SUCCESS);
    assert_memory_equal(f.wire.last_transmitted.bytes, plain.bytes, plain.packet.length);
    test_receive(&f.wire, &received, &plain);
    loop_assert_untouched(&received, &plain);
    loop_give_back(&f, &received);

    /* What is no IP at all goes both ways as well. */
    plain.bytes[12] = 0x08;
    plain.bytes[13] = 0x06;
    sent = plain;
    test_send(&f.wire, &sent, NULL);
    assert_int_equal(sent.packet.status, NDIS_STATUS_SUCCESS);
    test_receive(&f.wire, &received, &plain);
    loop_assert_untouched(&received, &plain);
    loop_give_back(&f, &received);
    assert_int_equal(loop_counters(&f).sent_plain, 2);
    assert_int_equal(loop_counters(&f).untouched, 2);
    loop_finish(&f);
}

static void a_tagged_frame_is_processed(void **state)
{
    test_frame sealed, tagged, received;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    loop_start(&f);
    loop_make_sealed(&f, &sealed, 1);
    tagged = sealed;
    memmove(tagged.bytes + 16, sealed.bytes + 12, sealed.packet.length - 12);
    memcpy(tagged.bytes + 12, "\x81\x00\x00\x07", 4);
    tagged.packet.length += 4;
    test_receive(&f.wire, &received, &tagged);
    assert_true(sao_oob_get_receive(&received.packet.ipsec).crypto_done);
    assert_int_equal(received.packet.ip_offset, TEST_MAC_LENGTH + 4);
    loop_give_back(&f, &received);
    loop_finish(&f);
}

/* ADD-9: zero addresses match any. */
static void wildcard_bundles_process_packets(void **state)
{
    test_frame sealed, received;
    NDIS_HANDLE in;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    loop_start(&f);
    loop_make_sealed(&f, &sealed, 1);
    assert_int_equal(test_delete(&f.wire, f.in), NDIS_STATUS_SUCCESS);
    memset(&f.params.source, 0, sizeof f.params.source);
    memset(&f.params.destination, 0, sizeof f.params.destination);
    in = test_add(&f.wire, &f.params, true, 0);
    test_receive(&f.wire, &received, &sealed);
    assert_true(sao_oob_get_receive(&received.packet.ipsec).crypto_done);
    assert_int_equal(sao_oob_get_receive(&received.packet.ipsec).crypto_status, CRYPTO_SUCCESS);
    loop_give_back(&f, &received);
    assert_int_equal(test_delete(&f.wire, in), NDIS_STATUS_SUCCESS);
    loop_finish(&f);
}

/* ---- bad packets ----------------------------------------------------------------------- */

/* RX-1, RX-4: it goes up with its error; how it was meant nobody can know, so: transport. */
static void a_wrong_icv_is_reported(void **state)
{
    test_frame sealed, received;
    sao_oob_receive oob;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    loop_start(&f);
    loop_make_sealed(&f, &sealed, 1);
    /* Every byte from the SPI on, but the SPI itself: then it is no packet of this bundle. */
    for (uint32_t at = TEST_MAC_LENGTH + TEST_ESP_AT + 4; at < sealed.packet.length; at++) {
        sealed.bytes[at] ^= 0x40;
        test_receive(&f.wire, &received, &sealed);
        assert_ptr_equal(f.wire.last_indicated, &received.packet);
        oob = sao_oob_get_receive(&received.packet.ipsec);
        assert_true(oob.crypto_done);
        assert_int_equal(oob.crypto_status, CRYPTO_TRANSPORT_ESP_AUTH_FAILED);
        assert_false(sao_oob_get_header(&received.packet.header).set);
        assert_memory_equal(received.bytes, sealed.bytes, sealed.packet.length);
        loop_give_back(&f, &received);
        sealed.bytes[at] ^= 0x40;
    }
    assert_int_equal(loop_counters(&f).opened, 0);
    assert_true(loop_counters(&f).open_failed > 100);
    loop_finish(&f);
}

/* A whole IP packet too short for its ESP: reported, and that counts as checked (RX-4). */
static void lengths_that_do_not_fit_are_reported(void **state)
{
    test_frame sealed, received;
    sao_oob_receive oob;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    loop_start(&f);
    loop_make_sealed(&f, &sealed, 1);
    sealed.bytes[TEST_MAC_LENGTH + 2] = 0;
    sealed.bytes[TEST_MAC_LENGTH + 3] = TEST_ESP_AT + 8 + 8 + 4; /* no room for ICV and trailer */
    test_ipv4_checksum(sealed.bytes + TEST_MAC_LENGTH);
    test_receive(&f.wire, &received, &sealed);
    oob = sao_oob_get_receive(&received.packet.ipsec);
    assert_true(oob.crypto_done);
    assert_int_equal(oob.crypto_status, CRYPTO_INVALID_PACKET_SYNTAX);
    assert_memory_equal(received.bytes, sealed.bytes, sealed.packet.length);
    loop_give_back(&f, &received);
    loop_finish(&f);
}

/* Whatever is cut off is untouched; the buffer ends there, so reading on is seen by ASan. */
static void every_truncation_goes_up_untouched(void **state)
{
    test_frame sealed;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    loop_start(&f);
    loop_make_sealed(&f, &sealed, 1);
    const uint32_t whole = sealed.packet.length;

    for (uint32_t length = 0; length < whole; length++) {
        uint8_t *bytes = malloc(length);
        sao_packet packet = {.data = bytes, .length = length, .capacity = length};

        memcpy(bytes, sealed.bytes, length);
        sao_soft_nic_receive(f.wire.nic, &packet);
        assert_ptr_equal(f.wire.last_indicated, &packet);
        assert_false(sao_oob_get_receive(&packet.ipsec).crypto_done);
        assert_memory_equal(bytes, sealed.bytes, length);
        f.wire.miniport.ops->return_packet(f.wire.miniport.context, &packet);
        free(bytes);
    }
    assert_int_equal(loop_counters(&f).untouched, whole);
    assert_int_equal(f.wire.released, whole);
    loop_finish(&f);
}

static void another_sa_is_left_alone(void **state)
{
    test_frame sealed, received;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    loop_start(&f);
    loop_make_sealed(&f, &sealed, 1);
    sealed.bytes[TEST_MAC_LENGTH + TEST_ESP_AT] ^= 1; /* SPI */
    test_receive(&f.wire, &received, &sealed);
    loop_assert_untouched(&received, &sealed);
    loop_give_back(&f, &received);
    sealed.bytes[TEST_MAC_LENGTH + TEST_ESP_AT] ^= 1;
    sealed.bytes[TEST_MAC_LENGTH + 19] ^= 1; /* destination */
    test_receive(&f.wire, &received, &sealed);
    loop_assert_untouched(&received, &sealed);
    loop_give_back(&f, &received);
    sealed.bytes[TEST_MAC_LENGTH + 19] ^= 1;
    /* DEL-11: after the delete its packets come as they are. */
    assert_int_equal(test_delete(&f.wire, f.in), NDIS_STATUS_SUCCESS);
    test_receive(&f.wire, &received, &sealed);
    loop_assert_untouched(&received, &sealed);
    loop_give_back(&f, &received);
    loop_finish(&f);
}

/* ---- sends that must not leave --------------------------------------------------------- */

static void what_cannot_be_protected_does_not_leave(void **state)
{
    test_frame good, frame;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    loop_start(&f);
    test_make_frame(&good, &f.sa.sa, 1, 4, 100);

    frame = good; /* TX-1: no such handle */
    loop_assert_refused(&f, &frame, (NDIS_HANDLE)(uintptr_t)1);
    frame = good; /* TX-6 */
    loop_assert_refused(&f, &frame, f.in);
    frame = good; /* TX-2: TunnelHandle alone */
    frame.packet.tunnel.Transmit.TunnelHandle = f.out;
    loop_assert_refused(&f, &frame, NULL);
    frame = good; /* TX-4 is no capability of this NIC */
    frame.packet.tunnel.Transmit.TunnelHandle = f.out;
    loop_assert_refused(&f, &frame, f.out);
    frame = good; /* another SPI than the bundle's */
    frame.bytes[TEST_MAC_LENGTH + TEST_ESP_AT] ^= 1;
    loop_assert_refused(&f, &frame, f.out);
    frame = good; /* the IP header is not where the sender says */
    frame.packet.ip_offset++;
    loop_assert_refused(&f, &frame, f.out);
    frame = good;
    frame.packet.ip_offset = UINT32_MAX;
    loop_assert_refused(&f, &frame, f.out);
    frame = good; /* cut off */
    frame.packet.length--;
    loop_assert_refused(&f, &frame, f.out);
    frame = good;
    frame.packet.length = 0;
    loop_assert_refused(&f, &frame, f.out);
    frame = good; /* padding that is none: the packet is not framed (TX-3) */
    frame.bytes[frame.packet.length - 16 - 2] = 0xFF;
    loop_assert_refused(&f, &frame, f.out);
    test_make_frame(&frame, NULL, 0, 4, 64); /* not framed at all */
    loop_assert_refused(&f, &frame, f.out);
    test_make_frame(&good, &f.sa.sa, 2, 4, 100);
    assert_int_equal(test_delete(&f.wire, f.out), NDIS_STATUS_SUCCESS);
    loop_assert_refused(&f, &good, f.out);

    assert_int_equal(loop_counters(&f).send_failed, 12);
    assert_int_equal(loop_counters(&f).sealed, 0);
    loop_finish(&f);
}

/* A raw IP packet, no MAC header: as good as a frame. */
static void a_packet_without_a_mac_header_is_sealed(void **state)
{
    uint8_t opened[TEST_FRAME_MAX];
    sao_ipsec_result result;
    test_frame frame;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    loop_start(&f);
    test_make_frame(&frame, &f.sa.sa, 1, 4, 100);
    frame.packet.length -= TEST_MAC_LENGTH;
    memmove(frame.bytes, frame.bytes + TEST_MAC_LENGTH, frame.packet.length);
    frame.packet.ip_offset = 0;
    test_send(&f.wire, &frame, f.out);
    assert_int_equal(frame.packet.status, NDIS_STATUS_SUCCESS);
    memcpy(opened, f.wire.last_transmitted.bytes, frame.packet.length);
    assert_int_equal(sao_ipsec_open(&f.sa.sa, 0, opened, frame.packet.length, &result),
                     CRYPTO_SUCCESS);
    loop_finish(&f);
}

/* ---- events ---------------------------------------------------------------------------- */

static void count_event(void *context, const sao_event *event)
{
    unsigned *count = context;

    if (event->type == SAO_EVENT_BUNDLE_ADDED && event->adapter == 3)
        ++*count;
}

static void events_reach_the_hook(void **state)
{
    unsigned count = 0;
    test_loop f;

    (void)state;
    loop_prepare(&f);
    f.config.tag = 3;
    f.config.event = count_event;
    f.config.event_context = &count;
    loop_start(&f);
    assert_int_equal(count, 2);
    loop_finish(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_go_there_and_back),
        cmocka_unit_test(a_plain_packet_is_left_alone),
        cmocka_unit_test(a_tagged_frame_is_processed),
        cmocka_unit_test(wildcard_bundles_process_packets),
        cmocka_unit_test(a_wrong_icv_is_reported),
        cmocka_unit_test(lengths_that_do_not_fit_are_reported),
        cmocka_unit_test(every_truncation_goes_up_untouched),
        cmocka_unit_test(another_sa_is_left_alone),
        cmocka_unit_test(what_cannot_be_protected_does_not_leave),
        cmocka_unit_test(a_packet_without_a_mac_header_is_sealed),
        cmocka_unit_test(events_reach_the_hook),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
