// SPDX-License-Identifier: BSD-2-Clause
/* test_transport_resend.c: what comes back from the miniport, and is sent again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/transport_internal.h"
#include "support/host.h"

/* Packets are told apart by their size. */
static void send_sized(test_host *host, uint32_t id, size_t payload)
{
    uint8_t packet[TEST_PACKET_MAX];
    const size_t length = test_ip_packet(packet, host->ip_version, payload);

    assert_int_equal(sao_transport_send(host->transport, id, packet, length), NDIS_STATUS_SUCCESS);
}

/* RST-5, PWR-1, PNP-2: they come back with any of these, and leave in order when it is over. */
static void what_comes_back_is_sent_again_in_order(void **state)
{
    static const struct {
        sao_life_event begins, ends;
        NDIS_STATUS status;
    } kinds[] = {{SAO_LIFE_RESET, SAO_LIFE_RESET, NDIS_STATUS_REQUEST_ABORTED},
                 {SAO_LIFE_RESET, SAO_LIFE_RESET, NDIS_STATUS_RESET_IN_PROGRESS},
                 {SAO_LIFE_SLEEP, SAO_LIFE_WAKE, NDIS_STATUS_LOW_POWER_STATE},
                 {SAO_LIFE_PAUSE, SAO_LIFE_RESTART, NDIS_STATUS_PAUSED}};

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        test_host host;
        uint32_t id = host_start(&host);

        host.fake.hold_sends = true;
        send_sized(&host, id, 100);
        send_sized(&host, id, 200);
        host_begin(&host, kinds[i].begins);
        fake_finish_send(&host.fake, 1, kinds[i].status); /* in the order that it likes */
        fake_finish_send(&host.fake, 0, kinds[i].status);
        send_sized(&host, id, 300); /* behind them */
        host_at(&host, 1000);
        assert_int_equal(host.fake.send_count, 2);
        assert_int_equal(sao_transport_unfinished(host.transport, id), 3);
        if (kinds[i].ends != kinds[i].begins)
            host_begin(&host, kinds[i].ends);
        host.fake.protocol.ops->life_complete(host.fake.protocol.context, kinds[i].ends,
                                              NDIS_STATUS_SUCCESS);
        assert_int_equal(host.fake.send_count, 5);
        assert_in_range(host.fake.sends[2].length, 100, 199);
        assert_in_range(host.fake.sends[3].length, 200, 299);
        assert_in_range(host.fake.sends[4].length, 300, 399);
        for (uint32_t n = 2; n < 5; n++) {
            assert_non_null(host.fake.sends[n].handle); /* by the NIC, which has it again */
            fake_finish_send(&host.fake, n, NDIS_STATUS_SUCCESS);
        }
        assert_int_equal(host_counters(&host).send_errors, 2);
        assert_int_equal(host_counters(&host).sends_repeated, 3);
        assert_int_equal(host_counters(&host).packets, 0);
        assert_int_equal(sao_transport_unfinished(host.transport, id), 0);
        host_close(&host);
    }
}

/* Framed anew: no number is sent twice (TX-3). */
static void what_is_sent_again_has_a_new_number(void **state)
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    host.fake.hold_sends = true;
    host_send(&host, id);
    host_begin(&host, SAO_LIFE_RESET);
    fake_finish_send(&host.fake, 0, NDIS_STATUS_REQUEST_ABORTED);
    host_end(&host, SAO_LIFE_RESET);
    assert_memory_not_equal(host.fake.sends[0].bytes + 14 + 20 + 4,
                            host.fake.sends[1].bytes + 14 + 20 + 4, 4);
    fake_finish_send(&host.fake, 1, NDIS_STATUS_SUCCESS);
    host_close(&host);
}

/* Whether they can be sent is said at once, and uses up no number. */
static void bad_packets_are_not_kept(void **state)
{
    static uint8_t packet[4096];
    test_host host;
    uint32_t id = host_start(&host);
    uint64_t last;

    (void)state;
    host_begin(&host, SAO_LIFE_RESET);
    host.fake.send_status = NDIS_STATUS_REQUEST_ABORTED;
    host_send(&host, id);
    last = sao_transport_find(host.transport, id)->sequence;
    assert_int_equal(
        sao_transport_send(host.transport, id, packet, test_ip_packet(packet, 4, 2000 - 20)),
        NDIS_STATUS_INVALID_LENGTH);
    assert_int_equal(
        sao_transport_send(host.transport, id, packet, test_ip_packet(packet, 4, 100) - 1),
        NDIS_STATUS_INVALID_DATA);
    assert_int_equal(host_counters(&host).packets, 1);
    host_send(&host, id);
    assert_int_equal(sao_transport_find(host.transport, id)->sequence, last);
    host.fake.send_status = NDIS_STATUS_SUCCESS;
    host_end(&host, SAO_LIFE_RESET);
    assert_int_equal(host.fake.send_count, 3);
    host_close(&host);
}

/* Nobody told it of the pause: then it tries now and then, and no more often. */
static void an_unknown_pause_is_waited_out(void **state)
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    host.fake.send_status = NDIS_STATUS_PAUSED;
    host_send(&host, id);
    host_send(&host, id);
    assert_int_equal(host.fake.send_count, 1);
    assert_int_equal(sao_transport_poll(host.transport, 1), HOST_RETRY_AFTER);
    assert_int_equal(sao_transport_next_due(host.transport), HOST_RETRY_AFTER);
    assert_int_equal(host.fake.send_count, 1);
    assert_int_equal(sao_transport_poll(host.transport, HOST_RETRY_AFTER), 2 * HOST_RETRY_AFTER);
    assert_int_equal(host.fake.send_count, 2);
    host.fake.send_status = NDIS_STATUS_SUCCESS;
    assert_int_equal(sao_transport_poll(host.transport, 2 * HOST_RETRY_AFTER), UINT64_MAX);
    assert_int_equal(host.fake.send_count, 4);
    assert_int_equal(host_counters(&host).packets, 0);
    host_close(&host);
}

/* When it is told of the pause after all, it waits for the end of that, and no longer. */
static void what_is_known_is_not_waited_out(void **state)
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    host.fake.send_status = NDIS_STATUS_PAUSED;
    host_send(&host, id);
    host.fake.send_status = NDIS_STATUS_SUCCESS;
    host_pass(&host, SAO_LIFE_PAUSE);
    assert_int_equal(sao_transport_next_due(host.transport), UINT64_MAX);
    host_at(&host, 1);
    host_pass(&host, SAO_LIFE_RESTART);
    assert_int_equal(host.fake.send_count, 2);
    host_close(&host);
}

/* What one packet met with says nothing of the next one in its buffer. */
static void a_failure_is_one_packet_s(void **state)
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    host.fake.hold_sends = true;
    host_send(&host, id);
    fake_finish_send(&host.fake, 0, NDIS_STATUS_FAILURE);
    assert_null(host.fake.sends[1].handle);
    fake_finish_send(&host.fake, 1, NDIS_STATUS_SUCCESS);
    host_send(&host, id);
    assert_non_null(host.fake.sends[2].handle);
    fake_finish_send(&host.fake, 2, NDIS_STATUS_SUCCESS);
    host_close(&host);
}

/* An association that ends sends first what came back; a handle is nothing to wait for. */
static void what_is_retired_sends_first(void **state)
{
    test_host host;
    uint32_t id;

    (void)state;
    host_init(&host);
    host.config.offload = false;
    host_open(&host);
    id = host_establish(&host, 0);
    host_pass(&host, SAO_LIFE_PAUSE);
    host.fake.send_status = NDIS_STATUS_PAUSED;
    host_send(&host, id);
    sao_transport_retire(host.transport, id);
    host_expect_state(&host, id, SAO_ASSOCIATION_RETIRING);
    host.fake.send_status = NDIS_STATUS_SUCCESS;
    host_pass(&host, SAO_LIFE_RESTART);
    (void)host_peer_opens(&host, fake_last_send(&host.fake));
    host_expect_state(&host, id, SAO_ASSOCIATION_UNKNOWN);
    host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_back_is_sent_again_in_order),
        cmocka_unit_test(what_is_sent_again_has_a_new_number),
        cmocka_unit_test(bad_packets_are_not_kept),
        cmocka_unit_test(an_unknown_pause_is_waited_out),
        cmocka_unit_test(what_is_known_is_not_waited_out),
        cmocka_unit_test(a_failure_is_one_packet_s),
        cmocka_unit_test(what_is_retired_sends_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
