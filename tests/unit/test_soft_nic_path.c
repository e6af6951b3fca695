// SPDX-License-Identifier: BSD-2-Clause
/* test_soft_nic_path.c: packets through the soft NIC, in both directions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/packets.h"
#include "support/wire.h"

#include <saoffload/oob.h>

/* ChaCha20-Poly1305 runs on every machine. */
#define CIPHER (&test_ciphers[1])

#define ESP_AT 20u /* from an IPv4 header without options */

/* One SA in both directions of one NIC, and the software's copy of it. */
typedef struct fixture {
    test_wire wire;
    sao_soft_nic_config config;
    sao_ipsec_params params;
    test_sa sa;
    NDIS_HANDLE in;
    NDIS_HANDLE out;
} fixture;

static void prepare(fixture *f)
{
    memset(f, 0, sizeof *f);
    test_wire_config(&f->wire, &f->config);
    f->params = test_params(CIPHER, SAO_IPSEC_TUNNEL, 4);
}

static void start(fixture *f)
{
    test_wire_open(&f->wire, &f->config);
    f->wire.test = f;
    f->sa = test_sa_make(&f->params);
    f->in = test_add(&f->wire, &f->params, true, 0);
    f->out = test_add(&f->wire, &f->params, false, 0);
}

static void finish(fixture *f)
{
    test_sa_free(&f->sa);
    test_wire_close(&f->wire);
}

static void give_back(fixture *f, test_frame *frame)
{
    f->wire.miniport.ops->return_packet(f->wire.miniport.context, &frame->packet);
}

static sao_soft_nic_counters counters(const fixture *f)
{
    sao_soft_nic_counters all;

    sao_soft_nic_get_counters(f->wire.nic, &all);
    return all;
}

/* A good frame from the wire, made by the NIC itself. */
static void make_sealed(fixture *f, test_frame *frame, uint64_t sequence)
{
    test_make_frame(frame, &f->sa.sa, sequence, 4, 100);
    test_send(&f->wire, frame, f->out);
    assert_int_equal(frame->packet.status, NDIS_STATUS_SUCCESS);
    *frame = f->wire.last_transmitted;
}

/* RX-9: no IPsec OOB data at all. */
static void assert_untouched(const test_frame *frame, const test_frame *as)
{
    static const uint8_t zero[sizeof frame->packet.ipsec];

    assert_memory_equal(&frame->packet.ipsec, zero, sizeof frame->packet.ipsec);
    assert_memory_equal(&frame->packet.tunnel, zero, sizeof frame->packet.tunnel);
    assert_memory_equal(&frame->packet.header, zero, sizeof frame->packet.header);
    assert_int_equal(frame->packet.length, as->packet.length);
    assert_memory_equal(frame->bytes, as->bytes, frame->packet.length);
}

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
    fixture f;

    prepare(&f);
    f.params = test_params(cipher, mode, ip_version);
    start(&f);
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
    give_back(&f, &received);

    assert_int_equal(counters(&f).sealed, 1);
    assert_int_equal(counters(&f).opened, 1);
    assert_string_equal(f.wire.log, "TSIR");
    finish(&f);
}

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
    fixture f;

    (void)state;
    prepare(&f);
    start(&f);
    test_make_frame(&plain, NULL, 0, 4, 64);
    sent = plain;
    test_send(&f.wire, &sent, NULL);
    assert_int_equal(sent.packet.status, NDIS_STATUS_SUCCESS);
    assert_memory_equal(f.wire.last_transmitted.bytes, plain.bytes, plain.packet.length);
    test_receive(&f.wire, &received, &plain);
    assert_untouched(&received, &plain);
    give_back(&f, &received);

    /* What is no IP at all goes both ways as well. */
    plain.bytes[12] = 0x08;
    plain.bytes[13] = 0x06;
    sent = plain;
    test_send(&f.wire, &sent, NULL);
    assert_int_equal(sent.packet.status, NDIS_STATUS_SUCCESS);
    test_receive(&f.wire, &received, &plain);
    assert_untouched(&received, &plain);
    give_back(&f, &received);
    assert_int_equal(counters(&f).sent_plain, 2);
    assert_int_equal(counters(&f).untouched, 2);
    finish(&f);
}

static void a_tagged_frame_is_processed(void **state)
{
    test_frame sealed, tagged, received;
    fixture f;

    (void)state;
    prepare(&f);
    start(&f);
    make_sealed(&f, &sealed, 1);
    tagged = sealed;
    memmove(tagged.bytes + 16, sealed.bytes + 12, sealed.packet.length - 12);
    memcpy(tagged.bytes + 12, "\x81\x00\x00\x07", 4);
    tagged.packet.length += 4;
    test_receive(&f.wire, &received, &tagged);
    assert_true(sao_oob_get_receive(&received.packet.ipsec).crypto_done);
    assert_int_equal(received.packet.ip_offset, TEST_MAC_LENGTH + 4);
    give_back(&f, &received);
    finish(&f);
}

/* ADD-9: zero addresses match any. */
static void wildcard_bundles_process_packets(void **state)
{
    test_frame sealed, received;
    NDIS_HANDLE in;
    fixture f;

    (void)state;
    prepare(&f);
    start(&f);
    make_sealed(&f, &sealed, 1);
    assert_int_equal(test_delete(&f.wire, f.in), NDIS_STATUS_SUCCESS);
    memset(&f.params.source, 0, sizeof f.params.source);
    memset(&f.params.destination, 0, sizeof f.params.destination);
    in = test_add(&f.wire, &f.params, true, 0);
    test_receive(&f.wire, &received, &sealed);
    assert_true(sao_oob_get_receive(&received.packet.ipsec).crypto_done);
    assert_int_equal(sao_oob_get_receive(&received.packet.ipsec).crypto_status, CRYPTO_SUCCESS);
    give_back(&f, &received);
    assert_int_equal(test_delete(&f.wire, in), NDIS_STATUS_SUCCESS);
    finish(&f);
}

/* ---- bad packets ----------------------------------------------------------------------- */

/* RX-1, RX-4: it goes up with its error; how it was meant nobody can know, so: transport. */
static void a_wrong_icv_is_reported(void **state)
{
    test_frame sealed, received;
    sao_oob_receive oob;
    fixture f;

    (void)state;
    prepare(&f);
    start(&f);
    make_sealed(&f, &sealed, 1);
    /* Every byte from the SPI on, but the SPI itself: then it is no packet of this bundle. */
    for (uint32_t at = TEST_MAC_LENGTH + ESP_AT + 4; at < sealed.packet.length; at++) {
        sealed.bytes[at] ^= 0x40;
        test_receive(&f.wire, &received, &sealed);
        assert_ptr_equal(f.wire.last_indicated, &received.packet);
        oob = sao_oob_get_receive(&received.packet.ipsec);
        assert_true(oob.crypto_done);
        assert_int_equal(oob.crypto_status, CRYPTO_TRANSPORT_ESP_AUTH_FAILED);
        assert_false(sao_oob_get_header(&received.packet.header).set);
        assert_memory_equal(received.bytes, sealed.bytes, sealed.packet.length);
        give_back(&f, &received);
        sealed.bytes[at] ^= 0x40;
    }
    assert_int_equal(counters(&f).opened, 0);
    assert_true(counters(&f).open_failed > 100);
    finish(&f);
}

/* A whole IP packet too short for its ESP: reported, and that counts as checked (RX-4). */
static void lengths_that_do_not_fit_are_reported(void **state)
{
    test_frame sealed, received;
    sao_oob_receive oob;
    fixture f;

    (void)state;
    prepare(&f);
    start(&f);
    make_sealed(&f, &sealed, 1);
    sealed.bytes[TEST_MAC_LENGTH + 2] = 0;
    sealed.bytes[TEST_MAC_LENGTH + 3] = ESP_AT + 8 + 8 + 4; /* no room for ICV and trailer */
    test_ipv4_checksum(sealed.bytes + TEST_MAC_LENGTH);
    test_receive(&f.wire, &received, &sealed);
    oob = sao_oob_get_receive(&received.packet.ipsec);
    assert_true(oob.crypto_done);
    assert_int_equal(oob.crypto_status, CRYPTO_INVALID_PACKET_SYNTAX);
    assert_memory_equal(received.bytes, sealed.bytes, sealed.packet.length);
    give_back(&f, &received);
    finish(&f);
}

/* Whatever is cut off is untouched; the buffer ends there, so reading on is seen by ASan. */
static void every_truncation_goes_up_untouched(void **state)
{
    test_frame sealed;
    fixture f;

    (void)state;
    prepare(&f);
    start(&f);
    make_sealed(&f, &sealed, 1);
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
    assert_int_equal(counters(&f).untouched, whole);
    assert_int_equal(f.wire.released, whole);
    finish(&f);
}

static void another_sa_is_left_alone(void **state)
{
    test_frame sealed, received;
    fixture f;

    (void)state;
    prepare(&f);
    start(&f);
    make_sealed(&f, &sealed, 1);
    sealed.bytes[TEST_MAC_LENGTH + ESP_AT] ^= 1; /* SPI */
    test_receive(&f.wire, &received, &sealed);
    assert_untouched(&received, &sealed);
    give_back(&f, &received);
    sealed.bytes[TEST_MAC_LENGTH + ESP_AT] ^= 1;
    sealed.bytes[TEST_MAC_LENGTH + 19] ^= 1; /* destination */
    test_receive(&f.wire, &received, &sealed);
    assert_untouched(&received, &sealed);
    give_back(&f, &received);
    sealed.bytes[TEST_MAC_LENGTH + 19] ^= 1;
    /* DEL-11: after the delete its packets come as they are. */
    assert_int_equal(test_delete(&f.wire, f.in), NDIS_STATUS_SUCCESS);
    test_receive(&f.wire, &received, &sealed);
    assert_untouched(&received, &sealed);
    give_back(&f, &received);
    finish(&f);
}

/* ---- sends that must not leave --------------------------------------------------------- */

static void assert_refused(fixture *f, test_frame *frame, NDIS_HANDLE handle)
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

static void what_cannot_be_protected_does_not_leave(void **state)
{
    test_frame good, frame;
    fixture f;

    (void)state;
    prepare(&f);
    start(&f);
    test_make_frame(&good, &f.sa.sa, 1, 4, 100);

    frame = good; /* TX-1: no such handle */
    assert_refused(&f, &frame, (NDIS_HANDLE)(uintptr_t)1);
    frame = good; /* TX-6 */
    assert_refused(&f, &frame, f.in);
    frame = good; /* TX-2: TunnelHandle alone */
    frame.packet.tunnel.Transmit.TunnelHandle = f.out;
    assert_refused(&f, &frame, NULL);
    frame = good; /* TX-4 is no capability of this NIC */
    frame.packet.tunnel.Transmit.TunnelHandle = f.out;
    assert_refused(&f, &frame, f.out);
    frame = good; /* another SPI than the bundle's */
    frame.bytes[TEST_MAC_LENGTH + ESP_AT] ^= 1;
    assert_refused(&f, &frame, f.out);
    frame = good; /* the IP header is not where the sender says */
    frame.packet.ip_offset++;
    assert_refused(&f, &frame, f.out);
    frame = good;
    frame.packet.ip_offset = UINT32_MAX;
    assert_refused(&f, &frame, f.out);
    frame = good; /* cut off */
    frame.packet.length--;
    assert_refused(&f, &frame, f.out);
    frame = good;
    frame.packet.length = 0;
    assert_refused(&f, &frame, f.out);
    frame = good; /* padding that is none: the packet is not framed (TX-3) */
    frame.bytes[frame.packet.length - 16 - 2] = 0xFF;
    assert_refused(&f, &frame, f.out);
    test_make_frame(&frame, NULL, 0, 4, 64); /* not framed at all */
    assert_refused(&f, &frame, f.out);
    test_make_frame(&good, &f.sa.sa, 2, 4, 100);
    assert_int_equal(test_delete(&f.wire, f.out), NDIS_STATUS_SUCCESS);
    assert_refused(&f, &good, f.out);

    assert_int_equal(counters(&f).send_failed, 12);
    assert_int_equal(counters(&f).sealed, 0);
    finish(&f);
}

/* A raw IP packet, no MAC header: as good as a frame. */
static void a_packet_without_a_mac_header_is_sealed(void **state)
{
    uint8_t opened[TEST_FRAME_MAX];
    sao_ipsec_result result;
    test_frame frame;
    fixture f;

    (void)state;
    prepare(&f);
    start(&f);
    test_make_frame(&frame, &f.sa.sa, 1, 4, 100);
    frame.packet.length -= TEST_MAC_LENGTH;
    memmove(frame.bytes, frame.bytes + TEST_MAC_LENGTH, frame.packet.length);
    frame.packet.ip_offset = 0;
    test_send(&f.wire, &frame, f.out);
    assert_int_equal(frame.packet.status, NDIS_STATUS_SUCCESS);
    memcpy(opened, f.wire.last_transmitted.bytes, frame.packet.length);
    assert_int_equal(sao_ipsec_open(&f.sa.sa, 0, opened, frame.packet.length, &result),
                     CRYPTO_SUCCESS);
    finish(&f);
}

/* ---- IVs (TX-3) ------------------------------------------------------------------------ */

static void the_iv_is_epoch_and_sequence_number(void **state)
{
    static const uint8_t expected[8] = {0xAB, 0xCD, 0, 0, 0x01, 0x02, 0x03, 0x04};
    test_frame sealed;
    fixture f;

    (void)state;
    prepare(&f);
    f.config.epoch = 0xABCD;
    start(&f);
    make_sealed(&f, &sealed, 0x01020304);
    assert_memory_equal(sealed.bytes + TEST_MAC_LENGTH + ESP_AT + 8, expected, 8);
    finish(&f);
}

static void a_sequence_number_is_sealed_once(void **state)
{
    test_frame frame;
    fixture f;

    (void)state;
    prepare(&f);
    start(&f);
    make_sealed(&f, &frame, 100);
    make_sealed(&f, &frame, 99); /* a little late is well */
    test_make_frame(&frame, &f.sa.sa, 100, 4, 64);
    assert_refused(&f, &frame, f.out);
    test_make_frame(&frame, &f.sa.sa, 99, 4, 64);
    assert_refused(&f, &frame, f.out);
    test_make_frame(&frame, &f.sa.sa, 1, 4, 64); /* too old to know */
    assert_refused(&f, &frame, f.out);
    make_sealed(&f, &frame, 101);
    assert_int_equal(counters(&f).repeated_sequences, 3);
    assert_int_equal(counters(&f).send_failed, 3);
    assert_int_equal(counters(&f).sealed, 3);
    finish(&f);
}

/* No SA sends it, so its IV is never made. */
static void sequence_number_zero_is_not_sealed(void **state)
{
    test_frame frame;
    fixture f;

    (void)state;
    prepare(&f);
    start(&f);
    test_make_frame(&frame, &f.sa.sa, 1, 4, 64);
    frame.bytes[TEST_MAC_LENGTH + ESP_AT + 7] = 0;
    assert_refused(&f, &frame, f.out);
    assert_int_equal(counters(&f).repeated_sequences, 1);
    finish(&f);
}

/* Without encryption there is no IV, and nothing to repeat. */
static void without_an_iv_a_number_may_come_again(void **state)
{
    test_frame frame;
    fixture f;

    (void)state;
    prepare(&f);
    f.params = test_params(&test_ciphers[2], SAO_IPSEC_TUNNEL, 4);
    start(&f);
    make_sealed(&f, &frame, 5);
    make_sealed(&f, &frame, 5);
    assert_int_equal(counters(&f).repeated_sequences, 0);
    finish(&f);
}

/* ---- extended sequence numbers --------------------------------------------------------- */

static void update(fixture *f, NDIS_HANDLE handle, uint32_t high)
{
    test_request request;

    test_make_update(&request, handle, f->params.spi, high);
    assert_int_equal(test_submit(&f->wire, &request), NDIS_STATUS_SUCCESS);
}

/* Is the frame good under this 64-bit sequence number, exactly? */
static bool opens_as(fixture *f, const test_frame *frame, uint64_t sequence)
{
    uint8_t copy[TEST_FRAME_MAX];
    sao_ipsec_result result;

    memcpy(copy, frame->bytes, frame->packet.length);
    return sao_ipsec_open(&f->sa.sa, sequence, copy + TEST_MAC_LENGTH,
                          frame->packet.length - TEST_MAC_LENGTH, &result) == CRYPTO_SUCCESS &&
           result.sequence == sequence;
}

/* UPD-1: what was submitted before the update keeps the old value, sealed later or not. */
static void an_update_counts_for_later_sends(void **state)
{
    const uint64_t old = ((uint64_t)1 << 32) - 1, new = ((uint64_t)1 << 32) + 1;
    test_frame before, after, first;
    fixture f;

    (void)state;
    prepare(&f);
    f.params.esn = true;
    f.config.send_latency = 10;
    start(&f);
    test_make_frame(&before, &f.sa.sa, old, 4, 64);
    test_make_frame(&after, &f.sa.sa, new, 4, 64);
    test_send(&f.wire, &before, f.out);
    update(&f, f.out, 1);
    (void)test_wire_at(&f.wire, 5);
    test_send(&f.wire, &after, f.out);
    (void)test_wire_at(&f.wire, 10);
    first = f.wire.last_transmitted;
    (void)test_wire_at(&f.wire, 15);
    assert_int_equal(f.wire.transmitted, 2);
    assert_true(opens_as(&f, &first, old));
    assert_true(opens_as(&f, &f.wire.last_transmitted, new));
    finish(&f);
}

/* The high half goes into the IV: the same low half again is a new number. */
static void the_iv_has_48_bits_of_the_number(void **state)
{
    test_frame frame;
    fixture f;

    (void)state;
    prepare(&f);
    f.params.esn = true;
    f.config.epoch = 1;
    start(&f);
    make_sealed(&f, &frame, 9);
    update(&f, f.out, 0xFFFF);
    make_sealed(&f, &frame, (uint64_t)0xFFFF << 32 | 9);
    assert_memory_equal(frame.bytes + TEST_MAC_LENGTH + ESP_AT + 8, "\0\1\xFF\xFF\0\0\0\x09", 8);
    update(&f, f.out, 0x10000); /* would come round to the first IV */
    test_make_frame(&frame, &f.sa.sa, (uint64_t)0x10000 << 32 | 10, 4, 64);
    assert_refused(&f, &frame, f.out);
    assert_int_equal(counters(&f).repeated_sequences, 1);
    finish(&f);
}

static void expect_received(fixture *f, uint64_t sequence, uint16_t crypto_status)
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
    give_back(f, &received);
}

/* RX-5: the NIC follows the numbers by itself, and never drops a replay. */
static void the_high_half_is_inferred(void **state)
{
    const uint64_t wrap = (uint64_t)1 << 32;
    fixture f;

    (void)state;
    prepare(&f);
    f.params.esn = true;
    start(&f);
    expect_received(&f, 0x70000000, CRYPTO_SUCCESS);
    expect_received(&f, wrap - 10, CRYPTO_SUCCESS);
    expect_received(&f, wrap + 3, CRYPTO_SUCCESS);
    expect_received(&f, wrap - 2, CRYPTO_SUCCESS); /* late, from before the wrap */
    expect_received(&f, wrap + 3, CRYPTO_SUCCESS); /* again */
    expect_received(&f, wrap + 4, CRYPTO_SUCCESS);
    /* So far ahead that nobody can guess: */
    expect_received(&f, 9 * wrap + 5, CRYPTO_TRANSPORT_ESP_AUTH_FAILED);
    /* but an update tells. */
    update(&f, f.in, 9);
    expect_received(&f, 9 * wrap + 5, CRYPTO_SUCCESS);
    expect_received(&f, 9 * wrap + 6, CRYPTO_SUCCESS);
    finish(&f);
}

/* Or else what is far too old would be taken for what came before the wrap. */
static void a_late_packet_does_not_move_the_window_back(void **state)
{
    const uint64_t wrap = (uint64_t)1 << 32;
    fixture f;

    (void)state;
    prepare(&f);
    f.params.esn = true;
    start(&f);
    expect_received(&f, 0x70000000, CRYPTO_SUCCESS);
    expect_received(&f, wrap - 11, CRYPTO_SUCCESS);
    expect_received(&f, wrap + 100, CRYPTO_SUCCESS);
    expect_received(&f, wrap + 40, CRYPTO_SUCCESS);
    expect_received(&f, wrap - 10, CRYPTO_TRANSPORT_ESP_AUTH_FAILED);
    finish(&f);
}

static void an_sa_can_begin_in_the_middle(void **state)
{
    const uint64_t begin = (uint64_t)5 << 32;
    test_frame frame;
    NDIS_HANDLE out;
    fixture f;

    (void)state;
    prepare(&f);
    f.params.esn = true;
    start(&f);
    assert_int_equal(test_delete(&f.wire, f.in), NDIS_STATUS_SUCCESS);
    assert_int_equal(test_delete(&f.wire, f.out), NDIS_STATUS_SUCCESS);
    (void)test_add(&f.wire, &f.params, true, 5);
    out = test_add(&f.wire, &f.params, false, 5);
    test_make_frame(&frame, &f.sa.sa, begin + 77, 4, 64);
    test_send(&f.wire, &frame, out);
    assert_int_equal(frame.packet.status, NDIS_STATUS_SUCCESS);
    assert_true(opens_as(&f, &f.wire.last_transmitted, begin + 77));
    expect_received(&f, begin + 78, CRYPTO_SUCCESS);
    finish(&f);
}

/* ---- a NIC without transport mode ------------------------------------------------------ */

/* RX-2: only decryption tells the mode; then the packet becomes again what it was. */
static void an_excluded_mode_goes_up_untouched(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_CIPHERS; i++) {
        for (unsigned esn = 0; esn < 2; esn++) {
            test_frame frame, received;
            uint8_t *ip = frame.bytes + TEST_MAC_LENGTH;
            const uint32_t high = esn ? 3 : 0;
            fixture f;

            if (!test_cipher_available(&test_ciphers[i]))
                continue;
            prepare(&f);
            f.config.capabilities.Transport = 0;
            f.params = test_params(&test_ciphers[i], SAO_IPSEC_TRANSPORT, 4);
            f.params.esn = esn != 0;
            start(&f);
            if (esn)
                update(&f, f.in, high);
            test_make_frame(&frame, &f.sa.sa, (uint64_t)high << 32 | 8, 4, 99);
            assert_int_equal(sao_ipsec_seal(&f.sa.sa, high, test_iv(77), ip,
                                            frame.packet.length - TEST_MAC_LENGTH),
                             NDIS_STATUS_SUCCESS);
            test_receive(&f.wire, &received, &frame);
            assert_ptr_equal(f.wire.last_indicated, &received.packet);
            assert_untouched(&received, &frame);
            give_back(&f, &received);
            assert_int_equal(counters(&f).untouched, 1);
            assert_int_equal(counters(&f).opened, 0);
            finish(&f);
        }
    }
}

/* Dummy packets (next header 59) belong to tunnel mode, which is there always (CAP-1). */
static void a_dummy_packet_is_no_excluded_mode(void **state)
{
    test_frame frame, received;
    fixture f;

    (void)state;
    prepare(&f);
    f.config.capabilities.Transport = 0;
    start(&f);
    test_make_frame(&frame, &f.sa.sa, 1, 4, 64);
    frame.bytes[frame.packet.length - 16 - 1] = 59;
    test_send(&f.wire, &frame, f.out);
    assert_int_equal(frame.packet.status, NDIS_STATUS_SUCCESS);
    test_receive(&f.wire, &received, &f.wire.last_transmitted);
    assert_true(sao_oob_get_receive(&received.packet.ipsec).crypto_done);
    assert_int_equal(sao_oob_get_header(&received.packet.header).next_header, 59);
    give_back(&f, &received);
    finish(&f);
}

static void an_excluded_mode_is_not_sent(void **state)
{
    test_frame frame;
    fixture f;

    (void)state;
    prepare(&f);
    f.config.capabilities.Transport = 0;
    f.params.mode = SAO_IPSEC_TRANSPORT;
    start(&f);
    test_make_frame(&frame, &f.sa.sa, 1, 4, 64);
    assert_refused(&f, &frame, f.out);
    finish(&f);

    prepare(&f); /* tunnel mode is there always (CAP-1) */
    f.config.capabilities.Transport = 0;
    start(&f);
    make_sealed(&f, &frame, 1);
    expect_received(&f, 1, CRYPTO_SUCCESS);
    finish(&f);
}

/* ---- in flight (DEL-7) ----------------------------------------------------------------- */

/* The packet is sealed with the bundle's context long after the delete was asked for. */
static void a_delete_waits_for_the_send(void **state)
{
    test_request remove;
    test_frame frame;
    fixture f;

    (void)state;
    prepare(&f);
    f.config.send_latency = 10;
    start(&f);
    test_make_frame(&frame, &f.sa.sa, 1, 4, 64);
    test_send(&f.wire, &frame, f.out);
    test_make_delete(&remove, f.out);
    assert_int_equal(test_submit(&f.wire, &remove), NDIS_STATUS_PENDING);
    assert_int_equal(test_wire_at(&f.wire, 9), 10);
    assert_int_equal(remove.completions, 0);
    assert_int_equal(counters(&f).contexts, 2);
    (void)test_wire_at(&f.wire, 10);
    assert_int_equal(remove.completions, 1);
    assert_int_equal(remove.request.status, NDIS_STATUS_SUCCESS);
    assert_int_equal(counters(&f).contexts, 1);
    assert_int_equal(frame.packet.status, NDIS_STATUS_SUCCESS);
    assert_true(opens_as(&f, &f.wire.last_transmitted, 1));
    assert_string_equal(f.wire.log, "TSC");
    finish(&f);
}

static void a_delete_waits_for_the_indication_but_not_for_the_return(void **state)
{
    test_frame sealed, received;
    test_request remove;
    fixture f;

    (void)state;
    prepare(&f);
    f.config.receive_latency = 10;
    start(&f);
    make_sealed(&f, &sealed, 1);
    f.wire.log[0] = f.wire.log[1] = '\0';
    test_receive(&f.wire, &received, &sealed);
    test_make_delete(&remove, f.in);
    assert_int_equal(test_submit(&f.wire, &remove), NDIS_STATUS_PENDING);
    (void)test_wire_at(&f.wire, 9);
    assert_int_equal(remove.completions, 0);
    (void)test_wire_at(&f.wire, 10);
    assert_int_equal(remove.completions, 1);
    assert_string_equal(f.wire.log, "IC");
    assert_int_equal(sao_oob_get_receive(&received.packet.ipsec).crypto_status, CRYPTO_SUCCESS);
    give_back(&f, &received);
    finish(&f);
}

/* ---- from within an indication --------------------------------------------------------- */

static void delete_and_return(test_wire *wire, sao_packet *packet)
{
    fixture *f = wire->test;

    assert_int_equal(test_delete(wire, f->in), NDIS_STATUS_SUCCESS);
    wire->miniport.ops->return_packet(wire->miniport.context, packet);
}

static void a_transport_may_delete_and_return_at_once(void **state)
{
    sao_adapter_counters adapter;
    test_frame sealed, received;
    fixture f;

    (void)state;
    prepare(&f);
    start(&f);
    f.wire.on_indicate = delete_and_return;
    make_sealed(&f, &sealed, 1);
    test_receive(&f.wire, &received, &sealed);
    sao_adapter_get_counters(f.wire.adapter, &adapter);
    assert_int_equal(adapter.held, 0);
    assert_int_equal(adapter.flights, 0);
    assert_int_equal(adapter.bundles, 1);
    assert_string_equal(f.wire.log, "TSIR");
    finish(&f);
}

/* Answers what comes with another packet, so often, which the NIC gets back at once. */
static void answer(test_wire *wire, sao_packet *packet)
{
    fixture *f = wire->test;
    test_frame frame, again;
    const uint64_t sequence = wire->indicated + 1;

    wire->miniport.ops->return_packet(wire->miniport.context, packet);
    if (sequence > 5)
        return;
    make_sealed(f, &frame, sequence);
    test_receive(wire, &again, &frame);
}

static void a_transport_may_send_and_receive_from_within(void **state)
{
    test_frame sealed, received;
    fixture f;

    (void)state;
    prepare(&f);
    start(&f);
    f.wire.on_indicate = answer;
    make_sealed(&f, &sealed, 1);
    test_receive(&f.wire, &received, &sealed);
    assert_int_equal(f.wire.indicated, 5);
    assert_int_equal(f.wire.released, 5);
    assert_int_equal(counters(&f).opened, 5);
    finish(&f);
}

/* ---- latency --------------------------------------------------------------------------- */

static void packets_leave_in_order_when_they_are_due(void **state)
{
    test_frame first, second, received;
    fixture f;

    (void)state;
    prepare(&f);
    f.config.send_latency = 10;
    f.config.receive_latency = 4;
    start(&f);
    test_make_frame(&first, &f.sa.sa, 1, 4, 64);
    test_make_frame(&second, NULL, 0, 4, 64);
    test_send(&f.wire, &first, f.out);
    assert_int_equal(test_wire_at(&f.wire, 3), 10);
    test_send(&f.wire, &second, NULL);
    test_receive(&f.wire, &received, &second);
    assert_int_equal(f.wire.transmitted + f.wire.indicated, 0);
    assert_int_equal(test_wire_at(&f.wire, 3), 7);
    assert_int_equal(test_wire_at(&f.wire, 7), 10);
    assert_int_equal(f.wire.indicated, 1);
    assert_int_equal(test_wire_at(&f.wire, 12), 13);
    assert_int_equal(f.wire.transmitted, 1);
    assert_ptr_equal(f.wire.last_sent, &first.packet);
    assert_int_equal(test_wire_at(&f.wire, 100), UINT64_MAX);
    assert_int_equal(f.wire.transmitted, 2);
    assert_string_equal(f.wire.log, "ITSTS");
    give_back(&f, &received);
    finish(&f);
}

/* The lookup is at arrival: what was added later does not process it (ADD-13). */
static void the_lookup_is_at_arrival(void **state)
{
    test_frame sealed, received;
    fixture f;

    (void)state;
    prepare(&f);
    f.config.receive_latency = 10;
    start(&f);
    make_sealed(&f, &sealed, 1);
    assert_int_equal(test_delete(&f.wire, f.in), NDIS_STATUS_SUCCESS);
    test_receive(&f.wire, &received, &sealed);
    (void)test_add(&f.wire, &f.params, true, 0);
    (void)test_wire_at(&f.wire, 10);
    assert_untouched(&received, &sealed);
    give_back(&f, &received);
    finish(&f);
}

/* ---- pausing (PNP-2) ------------------------------------------------------------------- */

static void a_pause_waits_for_packets(void **state)
{
    test_frame sealed, sent, received, late;
    const sao_miniport_ops *ops;
    fixture f;

    (void)state;
    prepare(&f);
    f.config.send_latency = 10;
    f.config.receive_latency = 10;
    start(&f);
    ops = f.wire.miniport.ops;
    test_make_frame(&sealed, NULL, 0, 4, 64);
    test_make_frame(&sent, &f.sa.sa, 1, 4, 64);
    test_receive(&f.wire, &received, &sealed);
    test_send(&f.wire, &sent, f.out);
    assert_int_equal(ops->pause(f.wire.miniport.context), NDIS_STATUS_PENDING);

    late = sent; /* new ones are refused */
    test_send(&f.wire, &late, f.out);
    assert_int_equal(late.packet.status, NDIS_STATUS_PAUSED);
    test_receive(&f.wire, &late, &sealed);
    assert_int_equal(f.wire.released, 1);

    (void)test_wire_at(&f.wire, 10);
    assert_int_equal(f.wire.transmitted, 1);
    assert_int_equal(f.wire.indicated, 1);
    assert_int_equal(f.wire.pauses, 0); /* one is still with the transport */
    give_back(&f, &received);
    (void)test_wire_at(&f.wire, 11);
    assert_int_equal(f.wire.pauses, 1);
    assert_int_equal(sao_adapter_get_state(f.wire.adapter), SAO_ADAPTER_PAUSED);

    test_receive(&f.wire, &late, &sealed);
    assert_int_equal(f.wire.released, 3);
    assert_int_equal(f.wire.indicated, 1);
    finish(&f);
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
    fixture f;

    (void)state;
    prepare(&f);
    f.config.tag = 3;
    f.config.event = count_event;
    f.config.event_context = &count;
    start(&f);
    assert_int_equal(count, 2);
    finish(&f);
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
        cmocka_unit_test(the_iv_is_epoch_and_sequence_number),
        cmocka_unit_test(a_sequence_number_is_sealed_once),
        cmocka_unit_test(sequence_number_zero_is_not_sealed),
        cmocka_unit_test(without_an_iv_a_number_may_come_again),
        cmocka_unit_test(an_update_counts_for_later_sends),
        cmocka_unit_test(the_iv_has_48_bits_of_the_number),
        cmocka_unit_test(the_high_half_is_inferred),
        cmocka_unit_test(a_late_packet_does_not_move_the_window_back),
        cmocka_unit_test(an_sa_can_begin_in_the_middle),
        cmocka_unit_test(an_excluded_mode_goes_up_untouched),
        cmocka_unit_test(a_dummy_packet_is_no_excluded_mode),
        cmocka_unit_test(an_excluded_mode_is_not_sent),
        cmocka_unit_test(a_delete_waits_for_the_send),
        cmocka_unit_test(a_delete_waits_for_the_indication_but_not_for_the_return),
        cmocka_unit_test(a_transport_may_delete_and_return_at_once),
        cmocka_unit_test(a_transport_may_send_and_receive_from_within),
        cmocka_unit_test(packets_leave_in_order_when_they_are_due),
        cmocka_unit_test(the_lookup_is_at_arrival),
        cmocka_unit_test(a_pause_waits_for_packets),
        cmocka_unit_test(events_reach_the_hook),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
