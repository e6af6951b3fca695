// SPDX-License-Identifier: BSD-2-Clause
/* test_receive.c: the decisions on received packets (RX-2, RX-3, RX-8, RX-9, FRAG-1). */
#include "support/rig.h"

#include <saoffload/oob.h>

typedef struct receive_case {
    const char *name;
    void (*packet)(sao_packet_info *info);
    void (*limit)(NDIS_IPSEC_OFFLOAD_V2 *capabilities);
    sao_receive_action expected;
} receive_case;

#define PACKET(name, statement)                                                                    \
    static void name(sao_packet_info *info)                                                        \
    {                                                                                              \
        statement;                                                                                 \
    }
#define LIMIT(name, statement)                                                                     \
    static void name(NDIS_IPSEC_OFFLOAD_V2 *can)                                                   \
    {                                                                                              \
        statement;                                                                                 \
    }

PACKET(plain, info->header_count = 0)
PACKET(plain_fragment, info->header_count = 0; info->fragment = true)
PACKET(fragment, info->fragment = true)
PACKET(options, info->ipv4_options = true)
PACKET(extensions, info->ipv6_extensions = true)
PACKET(in_udp, info->udp_encapsulated = true)
PACKET(llc, info->encapsulation = NDIS_ENCAPSULATION_IEEE_LLC_SNAP_ROUTED)
PACKET(unframed, info->encapsulation = 0)
PACKET(wrong_spi, info->spi[0] ^= 1)
PACKET(wrong_protocol, info->protocol[0] = SAO_PROTOCOL_AH)
PACKET(wrong_destination, info->destination.bytes[3] ^= 1)
PACKET(wrong_source, info->source.bytes[3] ^= 1)
PACKET(wrong_version, info->ip_version = 6)

LIMIT(no_options, can->IPv4Options = 0)
LIMIT(no_extensions, can->IPv6NonIPsecExtensionHeaders = 0)
LIMIT(no_udp, can->UdpEsp = 0)
LIMIT(no_ipv6, can->IPv6Supported = 0)
LIMIT(with_llc, can->Encapsulation |= NDIS_ENCAPSULATION_IEEE_LLC_SNAP_ROUTED)

static const receive_case cases[] = {
    {"good", NULL, NULL, SAO_RECEIVE_PROCESS},
    {"no IPsec", plain, NULL, SAO_RECEIVE_NOT_IPSEC},
    {"a fragment of anything", plain_fragment, NULL, SAO_RECEIVE_EXCLUDED},
    {"a fragment (FRAG-1)", fragment, NULL, SAO_RECEIVE_EXCLUDED},
    {"options", options, NULL, SAO_RECEIVE_PROCESS},
    {"options excluded", options, no_options, SAO_RECEIVE_EXCLUDED},
    {"no options, excluded", NULL, no_options, SAO_RECEIVE_PROCESS},
    {"extension headers", extensions, NULL, SAO_RECEIVE_PROCESS},
    {"extension headers excluded", extensions, no_extensions, SAO_RECEIVE_EXCLUDED},
    {"UDP for a bundle without", in_udp, NULL, SAO_RECEIVE_NO_BUNDLE},
    {"UDP excluded", in_udp, no_udp, SAO_RECEIVE_EXCLUDED},
    {"LLC/SNAP excluded", llc, NULL, SAO_RECEIVE_EXCLUDED},
    {"LLC/SNAP", llc, with_llc, SAO_RECEIVE_PROCESS},
    {"framing unknown", unframed, NULL, SAO_RECEIVE_EXCLUDED},
    {"IPv6 excluded", wrong_version, no_ipv6, SAO_RECEIVE_EXCLUDED},
    {"wrong SPI", wrong_spi, NULL, SAO_RECEIVE_NO_BUNDLE},
    {"wrong protocol", wrong_protocol, NULL, SAO_RECEIVE_NO_BUNDLE},
    {"wrong destination", wrong_destination, NULL, SAO_RECEIVE_NO_BUNDLE},
    {"wrong source", wrong_source, NULL, SAO_RECEIVE_NO_BUNDLE},
    {"wrong version", wrong_version, NULL, SAO_RECEIVE_NO_BUNDLE},
};

static void what_is_received_is_decided_on(void **state)
{
    rig_spec in = rig_inbound(1);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const bool processed = cases[i].expected == SAO_RECEIVE_PROCESS;
        rig *r = rig_create();
        sao_packet_info info = rig_packet(&in);
        sao_flight flight;
        NDIS_HANDLE handle;

        if (cases[i].limit != NULL)
            cases[i].limit(&r->config.capabilities);
        rig_start(r);
        handle = rig_add_one(r, in);
        if (cases[i].packet != NULL)
            cases[i].packet(&info);
        memset(&flight, 0xEE, sizeof flight);
        if (sao_adapter_receive(r->adapter, 2, &info, &flight) != cases[i].expected)
            fail_msg("%s", cases[i].name);
        assert_int_equal(flight.bundle != NULL, processed);
        assert_int_equal(rig_counters(r).flights, processed ? 1 : 0);
        assert_int_equal(rig_counters(r).held, 1);
        assert_int_equal(rig_counters(r).received_processed, processed ? 1 : 0);
        assert_int_equal(rig_counters(r).received_untouched, processed ? 0 : 1);
        if (processed)
            assert_ptr_equal(flight.bundle->handle, handle);
        for (int twice = 0; twice < 2; twice++)
            sao_adapter_receive_indicated(r->adapter, &flight);
        assert_int_equal(rig_counters(r).flights, 0);
        sao_adapter_receive_returned(r->adapter, 2);
        assert_int_equal(rig_counters(r).held, 0);
        rig_destroy(r);
    }
}

#define BURST (2 * sizeof cases / sizeof cases[0])

/* The packets of all cases without a limit, whose bundle there is, as one burst on queue 2; before
 * each a good one, which it may be unlike in one thing. */
static uint32_t receive_cases(rig *r, sao_flight *const *flights, sao_receive_action *actions,
                              sao_receive_action *expected)
{
    rig_spec in = rig_inbound(1);
    sao_packet_info packets[BURST];
    const sao_packet_info *all[BURST];
    uint32_t count = 0;

    (void)rig_add_one(r, in);
    for (size_t i = 0; i < BURST; i++) {
        const receive_case *of = &cases[i % 2 == 0 ? 0 : i / 2];

        if (of->limit != NULL)
            continue;
        packets[count] = rig_packet(&in);
        all[count] = &packets[count];
        if (of->packet != NULL)
            of->packet(&packets[count]);
        memset(flights[count], 0xEE, sizeof *flights[count]);
        expected[count++] = of->expected;
    }
    sao_adapter_receive_burst(r->adapter, 2, all, count, flights, actions);
    return count;
}

/* One counter for all of them, and the same outcome for each. */
static void a_burst_is_decided_on_packet_by_packet(void **state)
{
    const uint32_t capacities[] = {RIG_CAPACITY, 8192}; /* which brings near what it will read */

    (void)state;
    for (size_t c = 0; c < 2; c++) {
        rig *r = rig_create();
        sao_flight flights[BURST], *at[BURST];
        sao_receive_action actions[BURST], expected[BURST];
        sao_receive_group group = {{0, 0}, 0};
        uint32_t count, processed = 0;

        for (size_t i = 0; i < BURST; i++)
            at[i] = &flights[i];
        r->config.capabilities.SaOffloadCapacity = capacities[c];
        rig_start(r);
        count = receive_cases(r, at, actions, expected);
        assert_int_equal(rig_counters(r).held, count);
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(actions[i], expected[i]);
            assert_int_equal(flights[i].bundle != NULL, expected[i] == SAO_RECEIVE_PROCESS);
            processed += expected[i] == SAO_RECEIVE_PROCESS ? 1u : 0u;
        }
        assert_in_range(processed, 2, count - 2);
        assert_int_equal(rig_counters(r).flights, processed);
        assert_int_equal(rig_counters(r).received_processed, processed);
        assert_int_equal(rig_counters(r).received_untouched, count - processed);
        for (uint32_t i = 0; i < count; i++) {
            for (int twice = 0; twice < 2; twice++)
                sao_adapter_group_indicated(&group, &flights[i]);
            sao_adapter_group_returned(&group);
            assert_null(flights[i].bundle);
        }
        assert_int_equal(rig_counters(r).flights, processed); /* not before the group's end */
        assert_int_equal(rig_counters(r).held, count);
        for (int twice = 0; twice < 2; twice++)
            sao_adapter_group_end(r->adapter, 2, &group);
        assert_int_equal(rig_counters(r).flights, 0);
        assert_int_equal(rig_counters(r).held, 0);
        rig_destroy(r);
    }
}

/* PNP-2: nothing is indicated by an adapter that does not run, nor held. */
static void a_burst_is_dropped_as_a_whole(void **state)
{
    rig *r = rig_running();
    sao_flight flights[BURST], *at[BURST];
    sao_receive_action actions[BURST], expected[BURST];
    sao_packet_info packet;
    const sao_packet_info *only = &packet;
    rig_spec in = rig_inbound(2);

    (void)state;
    for (size_t i = 0; i < BURST; i++)
        at[i] = &flights[i];
    packet = rig_packet(&in);
    assert_status(sao_adapter_pause(r->adapter), NDIS_STATUS_SUCCESS);
    sao_adapter_receive_burst(r->adapter, 0, &only, 1, at, actions);
    assert_int_equal(actions[0], SAO_RECEIVE_DROP);
    (void)receive_cases(r, at, actions, expected);
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(actions[i], SAO_RECEIVE_DROP);
        assert_null(flights[i].bundle);
    }
    assert_int_equal(rig_counters(r).held, 0);
    assert_int_equal(rig_counters(r).flights, 0);
    rig_destroy(r);
}

/* DEL-7: a delete waits for a flight of an older phase and for one of a newer; each leaves its
 * own. */
static void a_group_ends_flights_of_both_phases(void **state)
{
    rig *r = rig_running();
    rig_spec specs[2] = {rig_inbound(1), rig_inbound(2)};
    NDIS_HANDLE handles[2] = {rig_add_one(r, specs[0]), rig_add_one(r, specs[1])};
    sao_packet_info packets[2] = {rig_packet(&specs[0]), rig_packet(&specs[1])};
    sao_flight flights[2], *at[2] = {&flights[0], &flights[1]};
    sao_receive_action actions[2];
    sao_receive_group group = {{0, 0}, 0};
    rig_job *jobs[2];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const sao_packet_info *packet = &packets[i];

        sao_adapter_receive_burst(r->adapter, 0, &packet, 1, &at[i], &actions[i]);
        jobs[i] = rig_delete(r, &handles[i], 1); /* turns the phase */
        rig_poll(r);
        assert_int_equal(jobs[i]->completions, 0);
        sao_adapter_group_indicated(&group, &flights[i]);
        sao_adapter_group_returned(&group);
    }
    rig_poll(r);
    assert_int_equal(jobs[0]->completions + jobs[1]->completions, 0);
    sao_adapter_group_end(r->adapter, 0, &group);
    rig_poll(r);
    for (size_t i = 0; i < 2; i++)
        assert_status(rig_result(jobs[i]), NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_counters(r).held, 0);
    rig_destroy(r);
}

/* A train of one SA's packets: each gets what the first has got (UPD-1). */
static void packets_of_a_train_are_alike(void **state)
{
    rig *r = rig_running();
    rig_spec specs[2] = {rig_with_esn(rig_with_ah(rig_inbound(1)), 7), rig_inbound(9)};
    NDIS_HANDLE handles[2] = {rig_add_one(r, specs[0]), rig_add_one(r, specs[1])};
    sao_flight flights[5], *at[5];
    sao_receive_action actions[5];
    sao_receive_group group = {{0, 0}, 0};
    sao_packet_info packets[5];
    const sao_packet_info *all[5];

    (void)state;
    for (uint32_t sa = 0; sa < 2; sa++)
        assert_status(rig_result(rig_update(r, handles[0], &specs[0], sa, 7 + sa)),
                      NDIS_STATUS_SUCCESS);
    for (size_t i = 0; i < 5; i++) {
        at[i] = &flights[i];
        memset(&flights[i], 0xEE, sizeof flights[i]);
        packets[i] = rig_packet(&specs[i == 3 ? 1 : 0]);
        all[i] = &packets[i == 1 ? 0 : i]; /* by pointer, and by what it says */
    }
    sao_adapter_receive_burst(r->adapter, 0, all, 5, at, actions);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(actions[i], SAO_RECEIVE_PROCESS);
        assert_ptr_equal(flights[i].bundle->handle, handles[i == 3 ? 1 : 0]);
        assert_null(flights[i].tunnel);
        assert_int_equal(flights[i].sequence_high[0], i == 3 ? 0 : 7);
        assert_int_equal(i == 3 ? 8 : flights[i].sequence_high[1], 8);
        sao_adapter_group_indicated(&group, &flights[i]);
        sao_adapter_group_returned(&group);
    }
    assert_int_equal(rig_counters(r).received_processed, 5);
    assert_int_equal(rig_counters(r).received_untouched, 0);
    assert_int_equal(rig_counters(r).flights, 5);
    sao_adapter_group_end(r->adapter, 0, &group);
    assert_int_equal(rig_counters(r).flights, 0);
    rig_destroy(r);
}

/* Outbound bundles are never found by a packet that looks like theirs. */
static void an_outbound_bundle_receives_nothing(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_outbound(1);
    sao_flight flight;

    (void)state;
    (void)rig_add_one(r, out);
    assert_int_equal(rig_receive(r, 0, &out, &flight), SAO_RECEIVE_NO_BUNDLE);
    (void)rig_finish(r, 0, &flight);
    rig_destroy(r);
}

static void rx_3_the_oob_data_say_what_was_checked(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1);
    NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO info;

    (void)state;
    (void)rig_add_one(r, in);
    r->wants_delete = true;
    for (uint32_t payloads = 0; payloads <= 2; payloads++) {
        sao_flight flight;
        sao_oob_receive oob;

        assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_PROCESS);
        memset(&info, 0xEE, sizeof info);
        sao_adapter_receive_done(r->adapter, &flight, CRYPTO_SUCCESS, payloads, 100, &info);
        assert_int_equal(sao_oob_get_receive(&info).sa_delete_request, payloads == 1); /* RX-8 */
        sao_adapter_receive_done(r->adapter, &flight, CRYPTO_TUNNEL_ESP_AUTH_FAILED, payloads, 100,
                                 &info);
        oob = sao_oob_get_receive(&info);
        assert_int_equal(oob.crypto_done, payloads >= 1);
        assert_int_equal(oob.next_crypto_done, payloads == 2);
        assert_int_equal(oob.crypto_status,
                         payloads >= 1 ? CRYPTO_TUNNEL_ESP_AUTH_FAILED : CRYPTO_SUCCESS); /* RX-9 */
        assert_false(oob.sa_delete_request); /* a forged packet has no say */
        sao_adapter_receive_indicated(r->adapter, &flight);
        sao_adapter_receive_returned(r->adapter, 0);
    }
    assert_int_equal(rig_counters(r).delete_wishes, 1);
    rig_destroy(r);
}

/* Once a DELETE has unlinked the bundle there is nothing left to wish for. */
static void del_2_no_wish_after_the_delete(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1);
    NDIS_HANDLE handle = rig_add_one(r, in);
    NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO info;
    sao_flight flight;
    rig_job *job;

    (void)state;
    r->wants_delete = true;
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_PROCESS);
    job = rig_delete(r, &handle, 1);
    assert_status(job->answer, NDIS_STATUS_PENDING);
    sao_adapter_receive_done(r->adapter, &flight, CRYPTO_SUCCESS, 1, 100, &info);
    assert_false(sao_oob_get_receive(&info).sa_delete_request);
    sao_adapter_receive_indicated(r->adapter, &flight);
    sao_adapter_receive_returned(r->adapter, 0);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

/* A wish is not lost on a packet that may not carry it. */
static void rx_8_a_wish_waits_for_a_packet_that_can_carry_it(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1);
    NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO info;
    sao_flight flight;

    (void)state;
    assert_status(sao_adapter_wish_delete(r->adapter, rig_add_one(r, in)), NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_PROCESS);
    sao_adapter_receive_done(r->adapter, &flight, CRYPTO_SUCCESS, 2, 100, &info);
    assert_false(sao_oob_get_receive(&info).sa_delete_request);
    sao_adapter_receive_indicated(r->adapter, &flight);
    sao_adapter_receive_returned(r->adapter, 0);
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_PROCESS);
    info = rig_finish(r, 0, &flight);
    assert_true(sao_oob_get_receive(&info).sa_delete_request);
    rig_destroy(r);
}

static void wishes_are_optional(void **state)
{
    rig *r = rig_create();
    rig_spec in = rig_inbound(1);
    sao_backend_ops ops = *r->config.backend_ops;
    NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO info;
    sao_flight flight;

    (void)state;
    ops.wants_delete = NULL;
    r->config.backend_ops = &ops;
    r->config.host.event = NULL;
    rig_start(r);
    assert_status(sao_adapter_wish_delete(r->adapter, rig_add_one(r, in)), NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_PROCESS);
    info = rig_finish(r, 0, &flight);
    assert_true(sao_oob_get_receive(&info).sa_delete_request);
    rig_destroy(r);
}

/* The backend is asked for its wish by good packets only: what nobody has opened, and what was
 * found forged, gives it no say (DEL-2). */
static void only_a_good_packet_lets_the_backend_wish(void **state)
{
    static const struct {
        uint32_t payloads;
        uint16_t crypto_status;
        bool lost;
        bool wish;
    } wishes[] = {{1, CRYPTO_SUCCESS, false, true},
                  {1, CRYPTO_TRANSPORT_ESP_AUTH_FAILED, false, false},
                  {1, CRYPTO_INVALID_PACKET_SYNTAX, false, false},
                  {2, CRYPTO_SUCCESS, false, false}, /* RX-8 */
                  {0, CRYPTO_SUCCESS, true, false}};

    (void)state;
    for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
        rig *r = rig_running();
        rig_spec in = rig_inbound(1);
        NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO info;
        sao_flight flight;

        (void)rig_add_one(r, in);
        r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_HARD_ERRORS;
        if (wishes[i].lost)
            assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_HARD_ERRORS);
        for (int first = 1; first >= 0; first--) {
            r->wants_delete = first == 0 || !wishes[i].lost; /* the reset's own wish comes first */
            (void)rig_receive(r, 0, &in, &flight);
            sao_adapter_receive_done(r->adapter, &flight, wishes[i].crypto_status,
                                     wishes[i].payloads, 100, &info);
            assert_int_equal(sao_oob_get_receive(&info).sa_delete_request,
                             wishes[i].wish || (wishes[i].lost && first != 0));
            sao_adapter_receive_indicated(r->adapter, &flight);
            sao_adapter_receive_returned(r->adapter, 0);
        }
        rig_destroy(r);
    }
}

/* A hint is a hint, for packets that have a bundle and for those that have none. */
static void a_prefetch_changes_nothing(void **state)
{
    rig *r = rig_running();
    rig_spec specs[2] = {rig_inbound(1), rig_inbound(99)};
    NDIS_HANDLE handle = rig_add_one(r, specs[0]);
    sao_packet_info packets[2] = {rig_packet(&specs[0]), rig_packet(&specs[1])};
    const sao_packet_info *both[2] = {&packets[0], &packets[1]};
    uint8_t *before = malloc(r->size);

    (void)state;
    assert_non_null(before);
    memcpy(before, r->memory, r->size);
    sao_adapter_receive_prefetch(r->adapter, both, 2);
    sao_adapter_receive_prefetch(r->adapter, both, 0);
    assert_memory_equal(r->memory, before, r->size);
    assert_true(rig_flows_in(r, &specs[0], handle));
    free(before);
    rig_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_received_is_decided_on),
        cmocka_unit_test(a_burst_is_decided_on_packet_by_packet),
        cmocka_unit_test(a_burst_is_dropped_as_a_whole),
        cmocka_unit_test(a_group_ends_flights_of_both_phases),
        cmocka_unit_test(packets_of_a_train_are_alike),
        cmocka_unit_test(an_outbound_bundle_receives_nothing),
        cmocka_unit_test(rx_3_the_oob_data_say_what_was_checked),
        cmocka_unit_test(del_2_no_wish_after_the_delete),
        cmocka_unit_test(rx_8_a_wish_waits_for_a_packet_that_can_carry_it),
        cmocka_unit_test(wishes_are_optional),
        cmocka_unit_test(only_a_good_packet_lets_the_backend_wish),
        cmocka_unit_test(a_prefetch_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
