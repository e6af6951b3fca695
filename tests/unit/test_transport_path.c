// SPDX-License-Identifier: BSD-2-Clause
/* The transport's packets: sent and received, by the NIC and in software, good and bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/transport_internal.h"
#include "support/host.h"

#define MAC SAO_MAC_HEADER_LENGTH

static const sao_oob_receive untouched;

static uint64_t number_at(const uint8_t *bytes, uint32_t count)
{
    uint64_t number = 0;

    while (count-- > 0)
        number = number << 8 | *bytes++;
    return number;
}

/* The ESP header of a frame that was sent. */
static const uint8_t *esp_of(const test_host *host, const fake_send *send)
{
    return send->bytes + send->ip_offset + (host->ip_version == 6 ? 40 : 20);
}

static uint32_t low_of(const test_host *host, const fake_send *send)
{
    return (uint32_t)number_at(esp_of(host, send) + 4, 4);
}

/* ---- sending --------------------------------------------------------------------------- */

static void software_sends_what_the_peer_opens(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < TEST_CIPHERS * 2; i++) {
        test_host host;
        uint32_t id;

        host_init(&host);
        host.config.offload = false;
        host.cipher = &test_ciphers[i / 2];
        host.ip_version = i % 2 == 0 ? 4 : 6;
        if (!test_cipher_available(host.cipher))
            continue;
        host_open(&host);
        id = host_establish(&host, 0);
        for (uint32_t sequence = 1; sequence <= 3; sequence++) {
            const fake_send *send;
            const sao_ipsec_sa *sa = &host.peer_in.sa;

            host_send(&host, id);
            send = fake_last_send(&host.fake);
            assert_null(send->handle);
            assert_memory_equal(send->bytes, host.config.peer_mac, 6);
            assert_memory_equal(send->bytes + 6, host.config.mac, 6);
            assert_int_equal(number_at(send->bytes + 12, 2),
                             host.ip_version == 6 ? 0x86DD : 0x0800);
            assert_int_equal(host_peer_opens(&host, send).sequence, sequence);
            if (sa->iv_length > 0) /* TX-3: epoch and sequence number */
                assert_int_equal(number_at(esp_of(&host, send) + 8, sa->iv_length),
                                 (uint64_t)HOST_EPOCH << 48 | sequence);
        }
        assert_int_equal(sao_transport_sent(host.transport, id), 3);
        assert_int_equal(host_counters(&host).software_tx, 3);
        assert_int_equal(host_counters(&host).packets, 0);
        host_close(&host);
    }
}

static void a_nic_gets_a_framed_packet(void **state) /* TX-3, TX-4, TX-5 */
{
    (void)state;
    for (int version = 4; version <= 6; version += 2) {
        uint8_t expected[TEST_PACKET_MAX];
        uint8_t packet[FAKE_FRAME_MAX];
        size_t expected_length;
        size_t length;
        const fake_send *send;
        const uint8_t *trailer;
        test_host host;

        host_init(&host);
        host.ip_version = (uint8_t)version;
        host_open(&host);
        host_send(&host, host_establish(&host, 0));
        send = fake_last_send(&host.fake);
        assert_ptr_equal(send->handle, host.fake.requests[0].elements[1].handle);
        assert_int_equal(send->header.Transmit.EspHeaderOffset, version == 6 ? 10 : 5);
        assert_int_equal(send->header.Transmit.AhHeaderOffset, 0);
        assert_int_equal(send->header.Transmit.NextHeader,
                         version == 6 ? SAO_PROTOCOL_IPV6 : SAO_PROTOCOL_IPV4);
        trailer = send->bytes + send->length - host.peer_in.sa.icv_length - 2;
        assert_int_equal(send->header.Transmit.PadLength, trailer[0]);
        assert_int_equal(number_at(esp_of(&host, send) + 8, 8), 0); /* the IV is the NIC's */

        length = send->length - send->ip_offset;
        memcpy(packet, send->bytes + send->ip_offset, length);
        assert_int_equal(sao_ipsec_strip(&host.peer_in.sa, packet, &length), NDIS_STATUS_SUCCESS);
        expected_length = test_ip_packet(expected, host.ip_version, HOST_PAYLOAD);
        assert_int_equal(length, expected_length);
        assert_memory_equal(packet, expected, length);
        assert_int_equal(host_counters(&host).offloaded_tx, 1);
        host_close(&host);
    }
}

/* One sequence for both ways, whatever happens to the bundle meanwhile (TX-3). */
static void no_sequence_number_is_sent_twice(void **state)
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    host_send(&host, id);
    host_receive_opened(&host, true);
    host_send(&host, id);
    (void)sao_transport_poll(host.transport, HOST_AGAIN_AFTER);
    host_send(&host, id);
    assert_non_null(host.fake.sends[0].handle);
    assert_null(host.fake.sends[1].handle);
    assert_non_null(host.fake.sends[2].handle);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(low_of(&host, &host.fake.sends[i]), i + 1);
    host_close(&host);
}

static void a_failed_send_goes_in_software(void **state)
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    host.fake.hold_sends = true;
    host_send(&host, id);
    /* A NIC that fails half-way: its buffer cannot be trusted any more. */
    memset(host.fake.sends[0].packet->data, 0xEE, host.fake.sends[0].packet->length);
    fake_finish_send(&host.fake, 0, NDIS_STATUS_FAILURE);
    assert_int_equal(host.fake.send_count, 2);
    assert_null(host.fake.sends[1].handle);
    assert_int_equal(host_peer_opens(&host, &host.fake.sends[1]).sequence, 2);
    assert_int_equal(host_counters(&host).packets, 1);
    fake_finish_send(&host.fake, 1, NDIS_STATUS_SUCCESS);
    assert_int_equal(host_counters(&host).send_errors, 1);
    assert_int_equal(host_counters(&host).software_tx, 1);
    assert_int_equal(host_counters(&host).offloaded_tx, 0);
    assert_int_equal(host_counters(&host).packets, 0);
    assert_int_equal(sao_transport_sent(host.transport, id), 1);
    host_close(&host);
}

/* From within the send call, and for ever: once more, then the packet is lost. */
static void a_failing_miniport_is_tried_twice(void **state)
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    host.fake.send_status = NDIS_STATUS_FAILURE;
    for (uint32_t i = 1; i <= 5; i++) {
        host_send(&host, id);
        assert_int_equal(host.fake.send_count, 2 * i);
        assert_int_equal(host_counters(&host).send_errors, 2 * i);
        assert_int_equal(host_counters(&host).packets, 0);
    }
    host_close(&host);
}

static void sends_outlive_their_association(void **state)
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    host.fake.hold_sends = true;
    host_send(&host, id);
    host_send(&host, id);
    sao_transport_retire(host.transport, id);
    assert_int_equal(sao_transport_state(host.transport, id), SAO_ASSOCIATION_UNKNOWN);
    fake_finish_send(&host.fake, 0, NDIS_STATUS_SUCCESS);
    fake_finish_send(&host.fake, 1, NDIS_STATUS_FAILURE); /* no key is left to send it again */
    assert_int_equal(host.fake.send_count, 2);
    assert_int_equal(host_counters(&host).packets, 0);
    host_close(&host);
}

static void a_completion_of_no_send_is_noticed(void **state) /* PNP-2 */
{
    test_host host;
    sao_packet foreign;
    uint32_t id = host_start(&host);
    const sao_protocol *up = &host.fake.protocol;

    (void)state;
    memset(&foreign, 0, sizeof foreign);
    host_send(&host, id);
    up->ops->send_complete(up->context, host.fake.sends[0].packet); /* a second time */
    host_expect_violation(&host, "PNP-2");
    up->ops->send_complete(up->context, &foreign);
    host_expect_violation(&host, "PNP-2");
    up->ops->send_complete(up->context, NULL);
    host_expect_violation(&host, "PNP-2");
    assert_int_equal(host_counters(&host).offloaded_tx, 1);
    assert_int_equal(host_counters(&host).packets, 0);
    host_close(&host);
}

static void sequence_numbers_end(void **state) /* RFC 4303 section 3.3.3 */
{
    (void)state;
    for (int esn = 0; esn < 2; esn++) {
        const uint64_t last = esn ? (UINT64_C(1) << 48) - 1 : UINT32_MAX;
        uint8_t packet[TEST_PACKET_MAX];
        const size_t length = test_ip_packet(packet, 4, HOST_PAYLOAD);
        sao_association *association;
        test_host host;
        uint32_t id;

        host_init(&host);
        host.esn = esn != 0;
        host.config.offload = false;
        host_open(&host);
        id = host_establish(&host, 0);
        association = sao_transport_find(host.transport, id);
        association->sequence = last - 1;
        host_send(&host, id);
        assert_int_equal(sao_transport_send(host.transport, id, packet, length),
                         NDIS_STATUS_INVALID_PARAMETER);
        assert_int_equal(association->sequence, last);
        assert_int_equal(sao_transport_sent(host.transport, id), 1);
        assert_int_equal(host_counters(&host).packets, 0);
        host_close(&host);
    }
}

/* Of SAs that have been in use; the NIC is told of the high half when they are added. */
static void associations_go_on_where_their_numbers_are(void **state)
{
    const uint64_t received = (UINT64_C(2) << 32) - 1;
    sao_transport_association association;
    test_host host;
    uint32_t id;

    (void)state;
    host_init(&host);
    host.esn = true;
    host_open(&host);
    association = host_association(&host, 0);
    association.inbound_sequence = received;
    association.outbound_sequence = (UINT64_C(3) << 32) + 6;
    assert_int_equal(sao_transport_establish(host.transport, &association, &id),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(host.fake.requests[0].elements[0].sequence_high, 1);
    assert_int_equal(host.fake.requests[0].elements[1].sequence_high, 3);
    host_send(&host, id);
    assert_int_equal(low_of(&host, fake_last_send(&host.fake)), 7);
    host.peer_sequence = received - 1;
    host_receive_opened(&host, false);
    assert_int_equal(host_counters(&host).replayed, 1);
    host_receive_opened(&host, false);
    assert_int_equal(host_counters(&host).delivered, 1);
    host_close(&host);
}

static void numbers_beyond_the_last_are_refused(void **state)
{
    static const struct {
        uint64_t inbound, outbound;
        NDIS_STATUS status;
        bool esn;
    } rows[] = {
        {UINT32_MAX, UINT32_MAX, NDIS_STATUS_SUCCESS, false},
        {UINT64_C(1) << 32, 0, NDIS_STATUS_INVALID_PARAMETER, false},
        {0, UINT64_C(1) << 32, NDIS_STATUS_INVALID_PARAMETER, false},
        {UINT64_C(1) << 32, UINT64_C(1) << 32, NDIS_STATUS_SUCCESS, true},
        {UINT64_C(1) << 48, 0, NDIS_STATUS_INVALID_PARAMETER, true},
        {0, UINT64_C(1) << 48, NDIS_STATUS_INVALID_PARAMETER, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sao_transport_association association;
        test_host host;
        uint32_t id;

        host_init(&host);
        host.esn = rows[i].esn;
        host_open(&host);
        association = host_association(&host, 0);
        association.inbound_sequence = rows[i].inbound;
        association.outbound_sequence = rows[i].outbound;
        assert_int_equal(sao_transport_establish(host.transport, &association, &id),
                         rows[i].status);
        host_close(&host);
    }
}

static void bad_sends_are_refused(void **state)
{
    static uint8_t packet[4096];
    size_t length = test_ip_packet(packet, 4, 2040 - 20);
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    assert_int_equal(sao_transport_send(host.transport, id, packet, length),
                     NDIS_STATUS_INVALID_LENGTH); /* too large for the buffer */
    length = test_ip_packet(packet, 4, 2000 - 20);
    assert_int_equal(sao_transport_send(host.transport, id, packet, length),
                     NDIS_STATUS_INVALID_LENGTH); /* too large with ESP */
    assert_int_equal(sao_transport_send(host.transport, id, packet, sizeof packet),
                     NDIS_STATUS_INVALID_LENGTH);
    length = test_ip_packet(packet, 4, HOST_PAYLOAD);
    assert_int_equal(sao_transport_send(host.transport, id, packet, length - 1),
                     NDIS_STATUS_INVALID_DATA); /* not whole */
    assert_int_equal(sao_transport_send(host.transport, id, packet, 0), NDIS_STATUS_INVALID_DATA);
    packet[0] = 0x75;
    assert_int_equal(sao_transport_send(host.transport, id, packet, length),
                     NDIS_STATUS_INVALID_DATA);
    assert_int_equal(sao_transport_send(host.transport, id + 1, packet, length),
                     NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(host.fake.send_count, 0);
    assert_int_equal(host_counters(&host).packets, 0);
    assert_int_equal(sao_transport_sent(host.transport, id), 0);

    host.fake.hold_sends = true;
    for (uint32_t i = 0; i < host.config.packets; i++)
        host_send(&host, id);
    packet[0] = 0x45;
    assert_int_equal(sao_transport_send(host.transport, id, packet, length), NDIS_STATUS_RESOURCES);
    fake_finish_send(&host.fake, 0, NDIS_STATUS_SUCCESS);
    host_send(&host, id); /* and none of the refused ones used up a number */
    assert_int_equal(low_of(&host, fake_last_send(&host.fake)), host.config.packets + 1);
    for (uint32_t i = 1; i <= host.config.packets; i++)
        fake_finish_send(&host.fake, i, NDIS_STATUS_SUCCESS);
    host_close(&host);
}

/* ---- receiving ------------------------------------------------------------------------- */

static void expect_delivered(const test_host *host, uint32_t count)
{
    uint8_t expected[TEST_PACKET_MAX];
    const size_t length = test_ip_packet(expected, host->ip_version, HOST_PAYLOAD);

    assert_int_equal(host->delivered, count);
    assert_int_equal(host_counters(host).delivered, count);
    assert_int_equal(host->delivered_length, length);
    assert_memory_equal(host->delivered_bytes, expected, length);
}

static void packets_are_delivered_either_way(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < TEST_CIPHERS * 4; i++) {
        test_host host;

        host_init(&host);
        host.cipher = &test_ciphers[i / 4];
        host.ip_version = i % 2 == 0 ? 4 : 6;
        host.config.offload = i % 4 < 2;
        if (!test_cipher_available(host.cipher))
            continue;
        host_open(&host);
        (void)host_establish(&host, 0);
        for (uint32_t n = 1; n <= 3; n++) {
            if (host.config.offload)
                host_receive_opened(&host, false);
            else
                host_receive_untouched(&host);
            expect_delivered(&host, n);
        }
        assert_int_equal(host_counters(&host).offloaded_rx, host.config.offload ? 3 : 0);
        assert_int_equal(host_counters(&host).software_rx, host.config.offload ? 0 : 3);
        host_close(&host);
    }
}

/* The window is one, whoever opens the packets (RX-5). */
static void replayed_packets_are_dropped(void **state)
{
    uint8_t opened[TEST_PACKET_MAX];
    uint8_t sealed[TEST_PACKET_MAX];
    uint8_t old[TEST_PACKET_MAX];
    size_t length;
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    length = host_make_frame(&host, 5000, false, opened);
    (void)host_make_frame(&host, 5000, true, sealed);
    (void)host_make_frame(&host, 5000 - SAO_REPLAY_WINDOW, false, old);
    fake_indicate(&host.fake, opened, length, host_opened(false));
    expect_delivered(&host, 1);
    fake_indicate(&host.fake, opened, length, host_opened(false));
    fake_indicate(&host.fake, old, length, host_opened(false));
    assert_int_equal(host_counters(&host).replayed, 2);

    sao_transport_retire(host.transport, id);
    (void)host_establish(&host, 0); /* a new window */
    host.fake.plans_used = host.fake.plans_made;
    fake_indicate(&host.fake, opened, length, host_opened(false));
    expect_delivered(&host, 2);
    host_receive_opened(&host, true); /* too old, but the wish counts: from here in software */
    assert_int_equal(host_counters(&host).replayed, 3);
    assert_int_equal(host_counters(&host).bundles, 0);
    fake_indicate(&host.fake, sealed, length, untouched);
    assert_int_equal(host_counters(&host).replayed, 4);
    expect_delivered(&host, 2);
    host_close(&host);
}

static void a_bad_packet_does_not_move_the_window(void **state)
{
    uint8_t frame[TEST_PACKET_MAX];
    size_t length;
    test_host host;

    (void)state;
    host_init(&host);
    host.config.offload = false;
    host_open(&host);
    (void)host_establish(&host, 0);
    length = host_make_frame(&host, 100000, true, frame);
    frame[length - 1] ^= 1;
    fake_indicate(&host.fake, frame, length, untouched);
    assert_int_equal(host_counters(&host).crypto_errors, 1);
    host_receive_untouched(&host); /* number 1 is not too old */
    expect_delivered(&host, 1);
    host_close(&host);
}

static void crypto_errors_of_the_nic_are_counted(void **state) /* RX-1 */
{
    uint8_t frame[TEST_PACKET_MAX];
    sao_oob_receive oob = host_opened(false);
    size_t length;
    test_host host;

    (void)state;
    (void)host_start(&host);
    length = host_make_frame(&host, 1, false, frame);
    oob.crypto_status = CRYPTO_TUNNEL_ESP_AUTH_FAILED;
    fake_indicate(&host.fake, frame, length, oob);
    assert_int_equal(host.delivered, 0);
    assert_int_equal(host_counters(&host).crypto_errors, 1);
    assert_int_equal(host_counters(&host).offloaded_rx, 0);
    host_receive_opened(&host, false); /* the same number: it was not marked */
    expect_delivered(&host, 1);
    host_close(&host);
}

/* ESN: both ways find the high half, before and after the low one wraps. */
static void high_halves_are_inferred(void **state)
{
    (void)state;
    for (int offload = 0; offload < 2; offload++) {
        test_host host;
        uint32_t id;

        host_init(&host);
        host.esn = true;
        host.config.offload = offload != 0;
        host_open(&host);
        id = host_establish(&host, 0);
        sao_transport_find(host.transport, id)->replay[0].highest = UINT32_MAX - 5u;
        host.peer_sequence = UINT32_MAX - 5u;
        for (uint32_t i = 1; i <= 10; i++) {
            if (offload)
                host_receive_opened(&host, false);
            else
                host_receive_untouched(&host);
            expect_delivered(&host, i);
        }
        assert_int_equal(sao_transport_find(host.transport, id)->replay[0].highest,
                         UINT32_MAX + UINT64_C(5));
        host_close(&host);
    }
}

static void nothing_but_whole_good_packets_is_delivered(void **state)
{
    uint8_t good[TEST_PACKET_MAX];
    uint8_t frame[TEST_PACKET_MAX];
    size_t length;
    test_host host;

    (void)state;
    host_init(&host);
    host.config.offload = false;
    host_open(&host);
    (void)host_establish(&host, 0);
    length = host_make_frame(&host, 1, true, good);
    for (size_t cut = 0; cut < length; cut++)
        fake_indicate(&host.fake, good, cut, untouched);
    /* The outer header's unprotected bytes and the MAC header aside: those do not matter. */
    for (size_t at = MAC + 20; at < length; at++) {
        for (uint8_t bit = 1; bit != 0; bit = (uint8_t)(bit << 1)) {
            memcpy(frame, good, length);
            frame[at] ^= bit;
            fake_indicate(&host.fake, frame, length, untouched);
        }
    }
    assert_int_equal(host.delivered, 0);
    fake_indicate(&host.fake, good, length, untouched);
    expect_delivered(&host, 1);
    host_close(&host);
}

/* The same for frames that the NIC says are good: whatever is in them, nothing breaks. */
static void lengths_of_opened_packets_are_not_believed(void **state)
{
    uint8_t good[TEST_PACKET_MAX];
    uint8_t frame[TEST_PACKET_MAX];
    size_t length;
    test_host host;

    (void)state;
    (void)host_start(&host);
    length = host_make_frame(&host, 1, false, good);
    for (size_t cut = 0; cut < length; cut++)
        fake_indicate(&host.fake, good, cut, untouched);
    assert_int_equal(host.delivered, 0);
    for (size_t at = MAC; at < length; at++) {
        for (uint8_t value = 0; value < 8; value++) {
            memcpy(frame, good, length);
            frame[at] = (uint8_t)(value * 0x25);
            fake_indicate(&host.fake, frame, length, host_opened(false));
            host.violations = 0; /* some are of no bundle: RX-2 */
        }
    }
    host.violations = 0;
    host_close(&host);
}

static void other_packets_are_left_alone(void **state)
{
    uint8_t frame[TEST_PACKET_MAX] = {0};
    size_t length;
    test_host host;

    (void)state;
    (void)host_start(&host);
    frame[12] = 0x08;
    length = MAC + test_ip_packet(frame + MAC, 4, HOST_PAYLOAD);
    fake_indicate(&host.fake, frame, length, untouched); /* no IPsec */
    length = host_make_frame(&host, 1, true, frame);
    frame[MAC + 20] ^= 0x40;
    fake_indicate(&host.fake, frame, length, untouched); /* another SPI */
    length = host_make_frame(&host, 1, true, frame);
    frame[MAC + 19] ^= 1;
    test_ipv4_checksum(frame + MAC);
    fake_indicate(&host.fake, frame, length, untouched); /* another destination */
    length = host_make_frame(&host, 1, true, frame);
    frame[MAC + 6] = 0x20;
    test_ipv4_checksum(frame + MAC);
    fake_indicate(&host.fake, frame, length, untouched); /* a fragment (FRAG-1) */
    assert_int_equal(host_counters(&host).received_other, 4);
    host_close(&host);
}

/* ---- what the transport notices -------------------------------------------------------- */

static void an_untouched_packet_of_a_live_bundle_is_noticed(void **state) /* RX-6 */
{
    test_host host;

    (void)state;
    (void)host_start(&host);
    host_receive_untouched(&host);
    host_expect_violation(&host, "RX-6");
    expect_delivered(&host, 1);
    host_close(&host);
}

static void packets_from_before_the_add_may_settle(void **state)
{
    test_host host;

    (void)state;
    host_init(&host);
    host.config.settle_time = 5;
    host_open(&host);
    (void)sao_transport_poll(host.transport, 100);
    (void)host_establish(&host, 0); /* added at 100 */
    host_receive_untouched(&host);
    (void)sao_transport_poll(host.transport, 105);
    host_receive_untouched(&host);
    host_expect_violation(&host, NULL);
    (void)sao_transport_poll(host.transport, 106);
    host_receive_untouched(&host);
    host_expect_violation(&host, "RX-6");
    expect_delivered(&host, 3);
    host_close(&host);
}

/* While the delete was pending the NIC may have let packets pass; they settle as well. */
static void packets_from_before_an_abort_may_settle(void **state)
{
    test_host host;

    (void)state;
    host_init(&host);
    host.config.settle_time = 5;
    host_open(&host);
    (void)host_establish(&host, 0);
    (void)sao_transport_poll(host.transport, 100);
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    host_receive_opened(&host, true);
    fake_complete_with(&host.fake, 1, NDIS_STATUS_REQUEST_ABORTED);
    (void)sao_transport_poll(host.transport, 105);
    host_receive_untouched(&host);
    host_expect_violation(&host, NULL);
    (void)sao_transport_poll(host.transport, 106);
    host_receive_untouched(&host);
    host_expect_violation(&host, "DEL-2");
    host_close(&host);
}

static void packets_that_a_nic_may_exclude_are_no_violation(void **state)
{
    uint8_t frame[TEST_PACKET_MAX];
    uint8_t tagged[TEST_PACKET_MAX];
    size_t length;
    test_host host;

    (void)state;
    (void)host_start(&host);
    length = host_make_frame(&host, 1, true, frame); /* a VLAN tag in front */
    memcpy(tagged, frame, 12);
    memcpy(tagged + 12, "\x81\x00\x00\x07", 4);
    memcpy(tagged + 16, frame + 12, length - 12);
    fake_indicate(&host.fake, tagged, length + 4, untouched);
    expect_delivered(&host, 1);
    host_close(&host);
}

static void removing_before_the_delete_is_noticed(void **state) /* DEL-2 */
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED);
    host_receive_opened(&host, true); /* the delete is refused, so both bundles live on */
    host_receive_untouched(&host);
    host_expect_violation(&host, "DEL-2");
    host.fake.hold_sends = true;
    host_send(&host, id);
    fake_finish_send(&host.fake, 0, NDIS_STATUS_FAILURE);
    host_expect_violation(&host, "DEL-2");
    fake_finish_send(&host.fake, 1, NDIS_STATUS_SUCCESS);
    host_close(&host);
}

static void crypto_done_after_the_delete_is_noticed(void **state) /* DEL-1 */
{
    test_host host;

    (void)state;
    (void)host_start(&host);
    host_receive_opened(&host, true);
    host_expect_violation(&host, NULL);
    (void)sao_transport_poll(host.transport, 3);
    host_receive_opened(&host, true); /* nor is such a wish heeded: the next add is when it was */
    host_expect_violation(&host, "DEL-1");
    assert_int_equal(sao_transport_poll(host.transport, 3), HOST_AGAIN_AFTER);
    host_close(&host);
}

static void crypto_done_before_the_add_is_noticed(void **state) /* ADD-13 */
{
    test_host host;

    (void)state;
    host_init(&host);
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    host_open(&host);
    (void)host_establish(&host, 0);
    host_receive_opened(&host, false);
    host_expect_violation(&host, "ADD-13");
    fake_complete(&host.fake, 0);
    host_close(&host);
}

static void crypto_done_without_a_bundle_is_noticed(void **state) /* RX-2 */
{
    uint8_t frame[TEST_PACKET_MAX] = {0};
    size_t length;
    test_host host;

    (void)state;
    host_init(&host);
    host.config.offload = false;
    host_open(&host);
    (void)host_establish(&host, 0);
    host_receive_opened(&host, false); /* an SA of ours that was never added */
    host_expect_violation(&host, "RX-2");
    length = host_make_frame(&host, 2, false, frame);
    frame[MAC + 20] ^= 0x40;
    fake_indicate(&host.fake, frame, length, host_opened(false)); /* somebody's SPI */
    host_expect_violation(&host, "RX-2");
    host_close(&host);
}

static void contradicting_oob_data_is_noticed(void **state) /* RX-3, RX-9 */
{
    uint8_t frame[TEST_PACKET_MAX];
    test_host host;
    size_t length;

    (void)state;
    host_init(&host);
    host.config.offload = false;
    host_open(&host);
    (void)host_establish(&host, 0);
    length = host_make_frame(&host, 1, true, frame);
    fake_indicate(&host.fake, frame, length, (sao_oob_receive){.next_crypto_done = true});
    host_expect_violation(&host, "RX-3");
    length = host_make_frame(&host, 2, true, frame);
    fake_indicate(&host.fake, frame, length, (sao_oob_receive){.crypto_status = 5});
    host_expect_violation(&host, "RX-9");
    length = host_make_frame(&host, 3, true, frame);
    fake_indicate(&host.fake, frame, length, (sao_oob_receive){.sa_delete_request = true});
    host_expect_violation(&host, "RX-9");
    expect_delivered(&host, 3); /* they are untouched, so they are good */
    assert_int_equal(host_counters(&host).delete_requests, 0);
    host_close(&host);
}

/* ---- calls from within calls ----------------------------------------------------------- */

static void answer(test_host *host)
{
    host_send(host, 0);
}

static void retire_now(test_host *host)
{
    sao_transport_retire(host->transport, 0);
    assert_int_equal(sao_transport_state(host->transport, 0), SAO_ASSOCIATION_UNKNOWN);
}

static void the_receiver_may_call_back(void **state)
{
    test_host host;

    (void)state;
    assert_int_equal(host_start(&host), 0);
    host.during_deliver = answer;
    host_receive_opened(&host, true); /* answered before the deletes begin */
    assert_non_null(fake_last_send(&host.fake)->handle);
    host_receive_untouched(&host);
    assert_null(fake_last_send(&host.fake)->handle);
    assert_int_equal(host.fake.send_count, 2);
    host.during_deliver = retire_now;
    host_receive_untouched(&host);
    assert_int_equal(host_counters(&host).associations, 0);
    expect_delivered(&host, 3);
    host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(software_sends_what_the_peer_opens),
        cmocka_unit_test(a_nic_gets_a_framed_packet),
        cmocka_unit_test(no_sequence_number_is_sent_twice),
        cmocka_unit_test(a_failed_send_goes_in_software),
        cmocka_unit_test(a_failing_miniport_is_tried_twice),
        cmocka_unit_test(sends_outlive_their_association),
        cmocka_unit_test(a_completion_of_no_send_is_noticed),
        cmocka_unit_test(sequence_numbers_end),
        cmocka_unit_test(associations_go_on_where_their_numbers_are),
        cmocka_unit_test(numbers_beyond_the_last_are_refused),
        cmocka_unit_test(bad_sends_are_refused),
        cmocka_unit_test(packets_are_delivered_either_way),
        cmocka_unit_test(replayed_packets_are_dropped),
        cmocka_unit_test(a_bad_packet_does_not_move_the_window),
        cmocka_unit_test(crypto_errors_of_the_nic_are_counted),
        cmocka_unit_test(high_halves_are_inferred),
        cmocka_unit_test(nothing_but_whole_good_packets_is_delivered),
        cmocka_unit_test(lengths_of_opened_packets_are_not_believed),
        cmocka_unit_test(other_packets_are_left_alone),
        cmocka_unit_test(an_untouched_packet_of_a_live_bundle_is_noticed),
        cmocka_unit_test(packets_from_before_the_add_may_settle),
        cmocka_unit_test(packets_from_before_an_abort_may_settle),
        cmocka_unit_test(packets_that_a_nic_may_exclude_are_no_violation),
        cmocka_unit_test(removing_before_the_delete_is_noticed),
        cmocka_unit_test(crypto_done_after_the_delete_is_noticed),
        cmocka_unit_test(crypto_done_before_the_add_is_noticed),
        cmocka_unit_test(crypto_done_without_a_bundle_is_noticed),
        cmocka_unit_test(contradicting_oob_data_is_noticed),
        cmocka_unit_test(the_receiver_may_call_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
