// SPDX-License-Identifier: BSD-2-Clause
/* test_transport_send.c: what is sent, by the NIC and in software, and how often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/transport_internal.h"
#include "support/host.h"

#define MAC SAO_MAC_HEADER_LENGTH

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
    host_at(&host, HOST_AGAIN_AFTER);
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
    host_expect_state(&host, id, SAO_ASSOCIATION_UNKNOWN);
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
