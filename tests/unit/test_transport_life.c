// SPDX-License-Identifier: BSD-2-Clause
/*
 * The transport when its miniport resets, sleeps, pauses or goes: what waits, what is given up, and
 * which rules do not hold meanwhile, while all others do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/transport_internal.h"
#include "support/host.h"

#define ADD OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA
#define DELETE OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA
#define UPDATE OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA
#define SETTLE 5u

static NDIS_STATUS life(test_host *host, sao_life_event event)
{
    return sao_transport_life(host->transport, event);
}

/* The event begins, and pends. */
static void begin(test_host *host, sao_life_event event)
{
    host->fake.life_status[event] = NDIS_STATUS_PENDING;
    assert_int_equal(life(host, event), NDIS_STATUS_PENDING);
    assert_true(sao_transport_life_pending(host->transport));
}

static void end(test_host *host, sao_life_event event)
{
    host->fake.protocol.ops->life_complete(host->fake.protocol.context, event, NDIS_STATUS_SUCCESS);
    assert_false(sao_transport_life_pending(host->transport));
}

/* An event that is over at once. */
static void pass(test_host *host, sao_life_event event)
{
    host->fake.life_status[event] = NDIS_STATUS_SUCCESS;
    assert_int_equal(life(host, event), NDIS_STATUS_SUCCESS);
    assert_false(sao_transport_life_pending(host->transport));
}

static void at(test_host *host, uint64_t now)
{
    (void)sao_transport_poll(host->transport, now);
}

static void expect_interruptions(const test_host *host, uint32_t interruptions)
{
    assert_int_equal(sao_transport_interruptions(host->transport), interruptions);
}

/* SaDeleteReq of a packet that the NIC did not open. */
static void receive_lost(test_host *host)
{
    uint8_t frame[TEST_PACKET_MAX];
    const size_t length = host_make_frame(host, ++host->peer_sequence, true, frame);

    fake_indicate(&host->fake, frame, length, (sao_oob_receive){.sa_delete_request = true});
}

/* Such a packet of a live bundle that no reset can have lost breaks two rules. */
static void expect_not_lost(test_host *host)
{
    assert_int_equal(host->violations, 2);
    assert_string_equal(host->violation[0], "RX-9");
    assert_string_equal(host->violation[1], "RX-6");
    host->violations = 0;
}

/* The packets that left by the miniport, by their size: host_send_sized makes each different. */
static void send_sized(test_host *host, uint32_t id, size_t payload)
{
    uint8_t packet[TEST_PACKET_MAX];
    const size_t length = test_ip_packet(packet, host->ip_version, payload);

    assert_int_equal(sao_transport_send(host->transport, id, packet, length), NDIS_STATUS_SUCCESS);
}

/* ---- events ---------------------------------------------------------------------------- */

static void interruptions_follow_the_events(void **state)
{
    test_host host;

    (void)state;
    (void)host_start(&host);
    expect_interruptions(&host, 0);
    begin(&host, SAO_LIFE_RESET);
    expect_interruptions(&host, SAO_INTERRUPTED_BY_RESET);
    begin(&host, SAO_LIFE_PAUSE);
    expect_interruptions(&host, SAO_INTERRUPTED_BY_RESET | SAO_INTERRUPTED_BY_PAUSE);
    host.fake.protocol.ops->life_complete(host.fake.protocol.context, SAO_LIFE_RESET,
                                          NDIS_STATUS_HARD_ERRORS);
    expect_interruptions(&host, SAO_INTERRUPTED_BY_PAUSE);
    end(&host, SAO_LIFE_PAUSE);
    pass(&host, SAO_LIFE_SLEEP);
    expect_interruptions(&host, SAO_INTERRUPTED_BY_PAUSE | SAO_INTERRUPTED_BY_SLEEP);
    pass(&host, SAO_LIFE_WAKE);
    expect_interruptions(&host, SAO_INTERRUPTED_BY_PAUSE);
    host.fake.life_status[SAO_LIFE_RESTART] = NDIS_STATUS_FAILURE;
    assert_int_equal(life(&host, SAO_LIFE_RESTART), NDIS_STATUS_FAILURE);
    expect_interruptions(&host, SAO_INTERRUPTED_BY_PAUSE);
    begin(&host, SAO_LIFE_RESTART);
    end(&host, SAO_LIFE_RESTART);
    expect_interruptions(&host, 0);
    assert_int_equal(host_counters(&host).resets, 1);
    host_close(&host);
}

/* What is refused has not happened; nor does it end what has. */
static void refused_events_change_nothing(void **state)
{
    static const sao_life_event events[] = {SAO_LIFE_RESET,     SAO_LIFE_SLEEP, SAO_LIFE_PAUSE,
                                            SAO_LIFE_REMOVE,    SAO_LIFE_HALT,  SAO_LIFE_SHUTDOWN,
                                            SAO_LIFE_INITIALIZE};
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        host.fake.life_status[events[i]] = NDIS_STATUS_INVALID_STATE;
        assert_int_equal(life(&host, events[i]), NDIS_STATUS_INVALID_STATE);
        assert_false(sao_transport_life_pending(host.transport));
        expect_interruptions(&host, 0);
        assert_int_equal(sao_transport_state(host.transport, id), SAO_ASSOCIATION_OFFLOADED);
    }
    receive_lost(&host); /* no reset was: no bundle may be lost */
    expect_not_lost(&host);
    begin(&host, SAO_LIFE_RESET);
    host.fake.life_status[SAO_LIFE_RESET] = NDIS_STATUS_RESET_IN_PROGRESS;
    assert_int_equal(life(&host, SAO_LIFE_RESET), NDIS_STATUS_RESET_IN_PROGRESS); /* RST-1 */
    expect_interruptions(&host, SAO_INTERRUPTED_BY_RESET);
    end(&host, SAO_LIFE_RESET);
    host_close(&host);
}

/* A completion of what others asked for says nothing to us. */
static void other_completions_are_ignored(void **state)
{
    test_host host;

    (void)state;
    (void)host_start(&host);
    pass(&host, SAO_LIFE_SLEEP);
    end(&host, SAO_LIFE_WAKE);
    expect_interruptions(&host, SAO_INTERRUPTED_BY_SLEEP);
    host_close(&host);
}

/* ---- sends ----------------------------------------------------------------------------- */

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
        begin(&host, kinds[i].begins);
        fake_finish_send(&host.fake, 1, kinds[i].status); /* in the order that it likes */
        fake_finish_send(&host.fake, 0, kinds[i].status);
        send_sized(&host, id, 300); /* behind them */
        at(&host, 1000);
        assert_int_equal(host.fake.send_count, 2);
        assert_int_equal(sao_transport_unfinished(host.transport, id), 3);
        if (kinds[i].ends != kinds[i].begins)
            begin(&host, kinds[i].ends);
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
    begin(&host, SAO_LIFE_RESET);
    fake_finish_send(&host.fake, 0, NDIS_STATUS_REQUEST_ABORTED);
    end(&host, SAO_LIFE_RESET);
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
    begin(&host, SAO_LIFE_RESET);
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
    end(&host, SAO_LIFE_RESET);
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
    pass(&host, SAO_LIFE_PAUSE);
    assert_int_equal(sao_transport_next_due(host.transport), UINT64_MAX);
    at(&host, 1);
    pass(&host, SAO_LIFE_RESTART);
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
    pass(&host, SAO_LIFE_PAUSE);
    host.fake.send_status = NDIS_STATUS_PAUSED;
    host_send(&host, id);
    sao_transport_retire(host.transport, id);
    assert_int_equal(sao_transport_state(host.transport, id), SAO_ASSOCIATION_RETIRING);
    host.fake.send_status = NDIS_STATUS_SUCCESS;
    pass(&host, SAO_LIFE_RESTART);
    (void)host_peer_opens(&host, fake_last_send(&host.fake));
    assert_int_equal(sao_transport_state(host.transport, id), SAO_ASSOCIATION_UNKNOWN);
    host_close(&host);
}

/* ---- requests -------------------------------------------------------------------------- */

static void nothing_is_asked_of_who_sleeps(void **state)
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED);
    sao_transport_retire(host.transport, id);
    assert_int_equal(sao_transport_next_due(host.transport), HOST_RETRY_AFTER);
    pass(&host, SAO_LIFE_SLEEP);
    assert_int_equal(sao_transport_next_due(host.transport), UINT64_MAX);
    (void)host_establish(&host, 1);
    assert_int_equal(sao_transport_poll(host.transport, 1000), UINT64_MAX);
    assert_int_equal(host.fake.request_count, 2);
    pass(&host, SAO_LIFE_WAKE);
    assert_int_equal(host.fake.request_count, 5);
    assert_int_equal(host.fake.requests[2].oid, DELETE);
    assert_int_equal(host.fake.requests[3].oid, ADD);
    host_close(&host);
}

/* RST-4: what a reset refuses is tried again, and at once when it is over. */
static void what_a_reset_refuses_is_tried_again(void **state)
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    begin(&host, SAO_LIFE_RESET);
    for (uint32_t i = 0; i < 3; i++)
        fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED);
    sao_transport_retire(host.transport, id);
    assert_int_equal(fake_last(&host.fake)->oid, DELETE);
    id = host_establish(&host, 1);
    assert_int_equal(fake_last(&host.fake)->oid, ADD);
    assert_int_equal(host.fake.request_count, 3);
    at(&host, 1);
    assert_int_equal(host.fake.request_count, 3);
    host.fake.plans_used = host.fake.plans_made;
    end(&host, SAO_LIFE_RESET);
    assert_int_equal(host.fake.request_count, 6);
    assert_int_equal(sao_transport_state(host.transport, id), SAO_ASSOCIATION_OFFLOADED);
    assert_int_equal(host_counters(&host).bundles, 2);
    host_close(&host);
}

/* However often it was refused: tries of before the end of a reset do not count
 * (SAO_ADD_TRIES_MAX).
 */
static void a_long_reset_does_not_end_the_offload(void **state)
{
    test_host host;
    uint32_t id;

    (void)state;
    host_init(&host);
    host_open(&host);
    begin(&host, SAO_LIFE_RESET);
    for (uint32_t i = 0; i < 20; i++)
        fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED);
    id = host_establish(&host, 0);
    for (uint32_t i = 1; i < 20; i++)
        at(&host, i * HOST_RETRY_AFTER);
    assert_int_equal(host.fake.request_count, SAO_ADD_TRIES_MAX);
    host.fake.plans_used = host.fake.plans_made;
    end(&host, SAO_LIFE_RESET);
    assert_int_equal(sao_transport_state(host.transport, id), SAO_ASSOCIATION_OFFLOADED);
    host_close(&host);
}

/* What waits for another reason goes on waiting. */
static void a_reset_does_not_hurry_an_add(void **state)
{
    test_host host;

    (void)state;
    (void)host_start(&host);
    at(&host, 100);
    host_receive_opened(&host, true);
    assert_int_equal(host_counters(&host).bundles_deleted, 2);
    pass(&host, SAO_LIFE_RESET);
    assert_int_equal(sao_transport_next_due(host.transport), 100 + HOST_AGAIN_AFTER);
    assert_int_equal(host_counters(&host).bundles_added, 2);
    host_close(&host);
}

/* An update that is refused would cost the bundle. */
static void updates_wait_for_the_end_of_a_reset(void **state)
{
    test_host host;
    uint32_t id;

    (void)state;
    host_init(&host);
    host.esn = true;
    host_open(&host);
    id = host_establish(&host, 0);
    sao_transport_find(host.transport, id)->sequence = UINT32_MAX;
    begin(&host, SAO_LIFE_RESET);
    at(&host, 1);
    assert_int_equal(fake_last(&host.fake)->oid, ADD);
    end(&host, SAO_LIFE_RESET);
    assert_int_equal(fake_last(&host.fake)->oid, UPDATE);
    assert_int_equal(sao_transport_state(host.transport, id), SAO_ASSOCIATION_OFFLOADED);
    host_close(&host);
}

/* OID-4, DEL-9 */
static void a_cancelled_request_is_tried_again(void **state)
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    sao_transport_cancel(host.transport, id);
    assert_int_equal(host.fake.cancels, 0); /* there is nothing to cancel */
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    host_receive_opened(&host, true);
    sao_transport_cancel(host.transport, id + 1); /* nobody */
    assert_int_equal(host.fake.cancels, 0);
    sao_transport_cancel(host.transport, id);
    assert_int_equal(host.fake.cancels, 1);
    assert_ptr_equal(host.fake.last_cancel, fake_last(&host.fake)->request->request_id);
    fake_complete_with(&host.fake, 1, NDIS_STATUS_REQUEST_ABORTED);
    assert_int_equal(host.fake.request_count, 2);
    at(&host, HOST_RETRY_AFTER);
    assert_int_equal(host.fake.requests[2].oid, DELETE);
    assert_int_equal(host_counters(&host).bundles, 0);
    host_close(&host);
}

/* ---- rules that do not hold for a while ------------------------------------------------ */

/* RX-6 waits for the end of a reset, and for what was looked up before it to settle. */
static void untouched_packets_are_fine_during_a_reset(void **state)
{
    test_host host;

    (void)state;
    host_init(&host);
    host.config.settle_time = SETTLE;
    host_open(&host);
    (void)host_establish(&host, 0);
    at(&host, 100);
    begin(&host, SAO_LIFE_RESET);
    host_receive_untouched(&host);
    at(&host, 200);
    host_receive_untouched(&host);
    end(&host, SAO_LIFE_RESET);
    at(&host, 200 + SETTLE);
    host_receive_untouched(&host);
    host_expect_violation(&host, NULL);
    at(&host, 201 + SETTLE);
    host_receive_untouched(&host);
    host_expect_violation(&host, "RX-6");
    pass(&host, SAO_LIFE_PAUSE); /* a pause is no excuse */
    host_receive_untouched(&host);
    host_expect_violation(&host, "RX-6");
    pass(&host, SAO_LIFE_RESTART);
    host_receive_untouched(&host);
    host_expect_violation(&host, "RX-6");
    assert_int_equal(host.delivered, 6);
    host_close(&host);
}

/* RST-3: SaDeleteReq on an untouched packet, once a reset has been. */
static void a_lost_bundle_asks_for_its_delete(void **state)
{
    static const sao_life_event events[][2] = {{SAO_LIFE_RESET, SAO_LIFE_RESET},
                                               {SAO_LIFE_SLEEP, SAO_LIFE_WAKE}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        test_host host;
        uint32_t id = host_start(&host);

        receive_lost(&host);
        expect_not_lost(&host);
        assert_int_equal(host_counters(&host).delete_requests, 0);
        pass(&host, events[i][0]);
        if (i == 1)
            pass(&host, events[i][1]);
        host_receive_opened(&host, false); /* the reset lost nothing, as far as one can see */
        fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED);
        receive_lost(&host);
        assert_int_equal(host_counters(&host).delete_requests, 1);
        host_receive_untouched(&host); /* it stays lost */
        assert_int_equal(host.delivered, 4);
        at(&host, HOST_RETRY_AFTER);
        assert_int_equal(host_counters(&host).bundles_deleted, 2); /* DEL-3 */
        receive_lost(&host);                                       /* there is no bundle any more */
        host_expect_violation(&host, "RX-9");
        at(&host, HOST_RETRY_AFTER + HOST_AGAIN_AFTER);
        assert_int_equal(sao_transport_state(host.transport, id), SAO_ASSOCIATION_OFFLOADED);
        receive_lost(&host); /* nor did the new one live through a reset */
        expect_not_lost(&host);
        host_close(&host);
    }
}

/* While its delete is under way it may still say so: the packet was looked up before. */
static void a_lost_bundle_may_ask_late(void **state)
{
    test_host host;

    (void)state;
    (void)host_start(&host);
    pass(&host, SAO_LIFE_RESET);
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    receive_lost(&host);
    receive_lost(&host);
    host_expect_violation(&host, NULL);
    fake_complete(&host.fake, 1);
    host_close(&host);
}

/* A reset loses what the transport has, but nobody else's. */
static void a_packet_of_no_bundle_asks_for_nothing(void **state)
{
    uint8_t frame[TEST_PACKET_MAX];
    test_host host;
    size_t length;

    (void)state;
    (void)host_start(&host);
    pass(&host, SAO_LIFE_RESET);
    length = host_make_frame(&host, 1, true, frame);
    frame[14 + 20] ^= 0x40; /* somebody's SPI */
    fake_indicate(&host.fake, frame, length, (sao_oob_receive){.sa_delete_request = true});
    host_expect_violation(&host, "RX-9");
    length = host_make_frame(&host, 2, true, frame); /* a CryptoStatus is never right */
    fake_indicate(&host.fake, frame, length, (sao_oob_receive){.crypto_status = 5});
    expect_not_lost(&host);
    host_close(&host);
}

/* RST-3: sends fail under an outbound bundle that is lost; DEL-2 does not say otherwise. Held ones
 * may fail before the reset is over. */
static void a_lost_outbound_bundle_is_replaced(void **state)
{
    (void)state;
    for (int early = 0; early < 2; early++) {
        test_host host;
        uint32_t id = host_start(&host);

        host.fake.hold_sends = true;
        if (early)
            host_send(&host, id);
        begin(&host, SAO_LIFE_RESET);
        if (!early) {
            end(&host, SAO_LIFE_RESET);
            host_send(&host, id);
        }
        fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED);
        host_receive_opened(&host, true); /* its pair works, and has the wish */
        fake_finish_send(&host.fake, 0, NDIS_STATUS_FAILURE);
        host_expect_violation(&host, NULL);
        if (early)
            end(&host, SAO_LIFE_RESET);
        (void)host_peer_opens(&host, &host.fake.sends[1]); /* in software */
        at(&host, HOST_RETRY_AFTER);
        assert_int_equal(host_counters(&host).bundles_deleted, 2);
        fake_finish_send(&host.fake, 1, NDIS_STATUS_SUCCESS);
        host_close(&host);
    }
}

static void fail_held_send(fake_miniport *fake, sao_life_event event)
{
    assert_int_equal(event, SAO_LIFE_RESET);
    fake_finish_send(fake, 0, NDIS_STATUS_FAILURE);
}

/* The same of a reset that is over at once: then they fail within the call. */
static void a_held_send_may_fail_within_a_reset(void **state)
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    host.fake.hold_sends = true;
    host_send(&host, id);
    fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED);
    host_receive_opened(&host, true);
    host.fake.during_life = fail_held_send;
    pass(&host, SAO_LIFE_RESET);
    host_expect_violation(&host, NULL);
    (void)host_peer_opens(&host, &host.fake.sends[1]);
    fake_finish_send(&host.fake, 1, NDIS_STATUS_SUCCESS);
    host_close(&host);
}

/* It needs no wish for that: one that has no pair gets none. */
static void a_failed_send_is_enough_to_know(void **state)
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    pass(&host, SAO_LIFE_RESET);
    host.fake.send_status = NDIS_STATUS_FAILURE;
    fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED);
    host_send(&host, id);
    assert_int_equal(host.fake.send_count, 2);
    host.fake.send_status = NDIS_STATUS_SUCCESS;
    host_send(&host, id); /* its handle is not tried again */
    assert_null(fake_last_send(&host.fake)->handle);
    at(&host, HOST_RETRY_AFTER);
    assert_int_equal(host_counters(&host).bundles_deleted, 2);
    host_close(&host);
}

/* ---- the end --------------------------------------------------------------------------- */

/* REM-1, REM-2: bundles go without a delete, and nothing is asked or sent in vain for ever. */
static void a_removal_gives_up_everything(void **state)
{
    static const sao_life_event events[] = {SAO_LIFE_REMOVE, SAO_LIFE_HALT, SAO_LIFE_SHUTDOWN};

    (void)state;
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        test_host host;
        uint32_t id = host_start(&host);

        host.fake.hold_sends = true;
        host_send(&host, id);
        fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED);
        host_receive_opened(&host, true);
        begin(&host, SAO_LIFE_PAUSE);
        fake_finish_send(&host.fake, 0, NDIS_STATUS_PAUSED); /* kept */
        begin(&host, events[i]);
        assert_int_equal(host_counters(&host).packets, 0);
        assert_int_equal(host_counters(&host).bundles, 0);
        assert_int_equal(sao_transport_state(host.transport, id), SAO_ASSOCIATION_SOFTWARE);
        host_receive_opened(&host, true); /* it was under way */
        host_send(&host, id);
        fake_finish_send(&host.fake, 1, NDIS_STATUS_NOT_ACCEPTED);
        host_send(&host, id);
        fake_finish_send(&host.fake, 2, NDIS_STATUS_PAUSED); /* nor is that kept any more */
        assert_int_equal(host_counters(&host).packets, 0);
        assert_int_equal(sao_transport_poll(host.transport, 1000), UINT64_MAX);
        assert_int_equal(host.fake.request_count, 2);
        sao_transport_retire(host.transport, id);
        assert_int_equal(sao_transport_state(host.transport, id), SAO_ASSOCIATION_UNKNOWN);
        host_close(&host);
    }
}

/* OID-5: requests that pend are aborted; until then their bundles are not forgotten. */
static void a_removal_ends_what_pends(void **state)
{
    static const NDIS_OID oids[] = {ADD, DELETE, UPDATE};

    (void)state;
    for (size_t i = 0; i < sizeof oids / sizeof oids[0]; i++) {
        test_host host;
        uint32_t id;

        host_init(&host);
        host.esn = true;
        host_open(&host);
        if (oids[i] != ADD)
            id = host_establish(&host, 0);
        fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
        if (oids[i] == ADD)
            id = host_establish(&host, 0);
        if (oids[i] == DELETE)
            host_receive_opened(&host, true);
        if (oids[i] == UPDATE)
            sao_transport_find(host.transport, id)->sequence = UINT32_MAX;
        at(&host, 1);
        assert_int_equal(fake_last(&host.fake)->oid, oids[i]);
        begin(&host, SAO_LIFE_REMOVE);
        sao_transport_retire(host.transport, id);
        assert_int_equal(sao_transport_state(host.transport, id), SAO_ASSOCIATION_RETIRING);
        fake_complete_with(&host.fake, host.fake.request_count - 1, NDIS_STATUS_REQUEST_ABORTED);
        assert_int_equal(sao_transport_state(host.transport, id), SAO_ASSOCIATION_UNKNOWN);
        assert_int_equal(host_counters(&host).bundles, 0);
        at(&host, 1000);
        assert_int_equal(fake_last(&host.fake)->oid, oids[i]);
        host_close(&host);
    }
}

/* Initialize leads to Paused (PNP-1). */
static void it_begins_paused(void **state)
{
    test_host host;

    (void)state;
    host_init(&host);
    host_open(&host);
    expect_interruptions(&host, 0); /* nobody said anything */
    begin(&host, SAO_LIFE_INITIALIZE);
    end(&host, SAO_LIFE_INITIALIZE);
    expect_interruptions(&host, SAO_INTERRUPTED_BY_PAUSE);
    host_send(&host, host_establish(&host, 0));
    pass(&host, SAO_LIFE_RESTART);
    expect_interruptions(&host, 0);
    host_close(&host);
}

/* A new life: encapsulation has to be set again, and everything is offloaded again (ENC-1). */
static void after_a_halt_it_may_begin_again(void **state)
{
    test_host host;
    uint32_t id = host_start(&host);

    (void)state;
    pass(&host, SAO_LIFE_PAUSE);
    pass(&host, SAO_LIFE_HALT);
    expect_interruptions(&host, SAO_INTERRUPTED_BY_PAUSE | SAO_INTERRUPTED_FOR_GOOD);
    host.fake.life_status[SAO_LIFE_INITIALIZE] = NDIS_STATUS_FAILURE;
    assert_int_equal(life(&host, SAO_LIFE_INITIALIZE), NDIS_STATUS_FAILURE);
    assert_int_equal(host_counters(&host).bundles, 0);
    assert_int_equal(host.fake.encapsulations, 1);
    pass(&host, SAO_LIFE_INITIALIZE);
    expect_interruptions(&host, SAO_INTERRUPTED_BY_PAUSE);
    assert_int_equal(host.fake.encapsulations, 2);
    pass(&host, SAO_LIFE_RESTART);
    assert_int_equal(sao_transport_state(host.transport, id), SAO_ASSOCIATION_OFFLOADED);
    host_send(&host, id);
    host_close(&host);
}

/* ---- the current configuration (CAP-4) ------------------------------------------------- */

static void configure(test_host *host, bool esp)
{
    NDIS_IPSEC_OFFLOAD_V2 config;

    memset(&config, 0xFF, sizeof config);
    config.Esp = esp;
    host->fake.protocol.ops->current_config(host->fake.protocol.context, &config);
}

static void without_esp_nothing_is_offloaded(void **state)
{
    test_host host;
    uint32_t id;

    (void)state;
    host_init(&host);
    host.config.settle_time = SETTLE;
    host_open(&host);
    id = host_establish(&host, 0);
    configure(&host, true); /* says nothing new */
    assert_int_equal(host.fake.request_count, 1);
    at(&host, 100);
    fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED);
    configure(&host, false);
    assert_int_equal(fake_last(&host.fake)->oid, DELETE);
    host_send(&host, id); /* the bundle still lives, but its handle would fail */
    assert_null(fake_last_send(&host.fake)->handle);
    host_receive_untouched(&host); /* and nothing is processed */
    at(&host, 100 + HOST_RETRY_AFTER);
    assert_int_equal(host_counters(&host).bundles_deleted, 2);
    at(&host, 1000);
    assert_int_equal(sao_transport_state(host.transport, id), SAO_ASSOCIATION_SOFTWARE);
    configure(&host, true);
    assert_int_equal(fake_last(&host.fake)->oid, ADD);
    assert_int_equal(sao_transport_state(host.transport, id), SAO_ASSOCIATION_OFFLOADED);
    at(&host, 1001 + SETTLE);
    host_receive_untouched(&host);
    host_expect_violation(&host, "RX-6");
    host_close(&host);
}

/* What the NIC looked up meanwhile may still arrive. */
static void esp_that_is_back_has_time_to_settle(void **state)
{
    test_host host;

    (void)state;
    host_init(&host);
    host.config.settle_time = SETTLE;
    host_open(&host);
    (void)host_establish(&host, 0);
    at(&host, 100);
    fake_answer_next(&host.fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_ACCEPTED);
    configure(&host, false); /* off and on before a bundle is deleted */
    at(&host, 104);
    configure(&host, true);
    at(&host, 104 + SETTLE);
    assert_int_equal(host_counters(&host).bundles, 2);
    host_receive_untouched(&host);
    host_close(&host);
}

/* ADD-4: one that lost the algorithm under the add's feet is asked again when it has it back. */
static void esp_that_is_back_is_asked_for_again(void **state)
{
    test_host host;
    uint32_t id;

    (void)state;
    host_init(&host);
    host_open(&host);
    fake_answer_next(&host.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    id = host_establish(&host, 0);
    configure(&host, false);
    fake_complete_with(&host.fake, 0, NDIS_STATUS_NOT_SUPPORTED);
    assert_int_equal(sao_transport_poll(host.transport, 1000), UINT64_MAX);
    configure(&host, true);
    at(&host, 2000);
    assert_int_equal(sao_transport_state(host.transport, id), SAO_ASSOCIATION_OFFLOADED);
    host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interruptions_follow_the_events),
        cmocka_unit_test(refused_events_change_nothing),
        cmocka_unit_test(other_completions_are_ignored),
        cmocka_unit_test(what_comes_back_is_sent_again_in_order),
        cmocka_unit_test(what_is_sent_again_has_a_new_number),
        cmocka_unit_test(bad_packets_are_not_kept),
        cmocka_unit_test(an_unknown_pause_is_waited_out),
        cmocka_unit_test(what_is_known_is_not_waited_out),
        cmocka_unit_test(a_failure_is_one_packet_s),
        cmocka_unit_test(what_is_retired_sends_first),
        cmocka_unit_test(nothing_is_asked_of_who_sleeps),
        cmocka_unit_test(what_a_reset_refuses_is_tried_again),
        cmocka_unit_test(a_long_reset_does_not_end_the_offload),
        cmocka_unit_test(a_reset_does_not_hurry_an_add),
        cmocka_unit_test(updates_wait_for_the_end_of_a_reset),
        cmocka_unit_test(a_cancelled_request_is_tried_again),
        cmocka_unit_test(untouched_packets_are_fine_during_a_reset),
        cmocka_unit_test(a_lost_bundle_asks_for_its_delete),
        cmocka_unit_test(a_lost_bundle_may_ask_late),
        cmocka_unit_test(a_packet_of_no_bundle_asks_for_nothing),
        cmocka_unit_test(a_lost_outbound_bundle_is_replaced),
        cmocka_unit_test(a_held_send_may_fail_within_a_reset),
        cmocka_unit_test(a_failed_send_is_enough_to_know),
        cmocka_unit_test(a_removal_gives_up_everything),
        cmocka_unit_test(a_removal_ends_what_pends),
        cmocka_unit_test(it_begins_paused),
        cmocka_unit_test(after_a_halt_it_may_begin_again),
        cmocka_unit_test(without_esp_nothing_is_offloaded),
        cmocka_unit_test(esp_that_is_back_has_time_to_settle),
        cmocka_unit_test(esp_that_is_back_is_asked_for_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
