// SPDX-License-Identifier: BSD-2-Clause
/* test_tunnel_rules.c: transport over tunnel: two bundles for one packet (TX-4, RX-3, DEL-7). */
#include "support/rig.h"

#include <saoffload/oob.h>

#define UDP_TRANSPORT IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TRANSPORT
#define UDP_TUNNEL IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TUNNEL
#define OVER_UDP_TUNNEL IPSEC_OFFLOAD_V2_TRANSPORT_OVER_UDP_ESP_ENCAPSULATION_TUNNEL
#define UDP_OVER_TUNNEL IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TRANSPORT_OVER_TUNNEL

#define FAR 0x0A000001u /* behind the tunnel */
#define NEAR 0x0A000002u

/* A tunnel bundle and a transport bundle of one direction. */
typedef struct two {
    rig *r;
    rig_spec tunnel_spec, inner_spec;
    NDIS_HANDLE tunnel, inner;
    sao_flight flight;
} two;

static rig_spec spec_of(bool inbound, uint32_t spi, bool inner, uint32_t udp_esp)
{
    rig_spec spec = inbound ? rig_inbound(spi) : rig_outbound(spi);

    if (inner) {
        spec.source = inbound ? FAR : NEAR;
        spec.destination = inbound ? NEAR : FAR;
    }
    spec.udp_esp = udp_esp;
    return spec;
}

static two two_on(rig *r, bool inbound, uint32_t tunnel_udp, uint32_t inner_udp)
{
    two t = {.r = r,
             .tunnel_spec = spec_of(inbound, 1, false, tunnel_udp),
             .inner_spec = spec_of(inbound, 2, true, inner_udp)};

    t.tunnel = rig_add_one(r, t.tunnel_spec);
    t.inner = rig_add_one(r, t.inner_spec);
    return t;
}

/* What a NIC does with a packet that comes in, up to the second lookup. */
static sao_receive_action receive_inner(two *t)
{
    sao_packet_info inside = rig_packet(&t->inner_spec);

    inside.encapsulation = NDIS_ENCAPSULATION_NULL; /* it has no framing of its own */
    assert_int_equal(rig_receive(t->r, 0, &t->tunnel_spec, &t->flight), SAO_RECEIVE_PROCESS);
    assert_null(t->flight.tunnel);
    return sao_adapter_receive_inner(t->r->adapter, &inside, &t->flight);
}

static sao_oob_receive finish(two *t, uint16_t crypto_status, uint32_t payloads)
{
    NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO info;

    sao_adapter_receive_done(t->r->adapter, &t->flight, crypto_status, payloads, 200, &info);
    return sao_oob_get_receive(&info);
}

static void indicate(two *t)
{
    sao_adapter_receive_indicated(t->r->adapter, &t->flight);
    sao_adapter_receive_returned(t->r->adapter, 0);
    assert_int_equal(rig_counters(t->r).flights, 0);
    assert_null(t->flight.bundle);
    assert_null(t->flight.tunnel);
}

static NDIS_STATUS send(two *t)
{
    sao_packet_info info = rig_packet(&t->tunnel_spec);

    return sao_adapter_send(t->r->adapter, 0, &info, t->inner, t->tunnel, &t->flight);
}

/* ---- receiving ------------------------------------------------------------------------- */

static void rx_3_both_parts_are_named_and_told(void **state)
{
    rig *r = rig_running();
    two t = two_on(r, true, 0, 0);
    sao_oob_receive oob;

    (void)state;
    r->wants_delete = true;
    assert_int_equal(receive_inner(&t), SAO_RECEIVE_PROCESS);
    assert_ptr_equal(t.flight.bundle->handle, t.inner);
    assert_ptr_equal(t.flight.tunnel->handle, t.tunnel);
    assert_int_equal(rig_counters(r).flights, 1);
    assert_int_equal(rig_counters(r).received_processed, 1);
    oob = finish(&t, CRYPTO_TRANSPORT_ESP_AUTH_FAILED, 2);
    assert_true(oob.crypto_done && oob.next_crypto_done);
    assert_int_equal(oob.crypto_status, CRYPTO_TRANSPORT_ESP_AUTH_FAILED);
    assert_false(oob.sa_delete_request); /* RX-8: it would not say of which */
    oob = finish(&t, CRYPTO_SUCCESS, 2);
    assert_false(oob.sa_delete_request);
    indicate(&t);
    rig_destroy(r);
}

/* What is inside was not for this NIC after all: the packet is the tunnel's alone. Whether or not
 * the backend ever wishes anything itself. */
static void rx_8_a_wish_is_the_tunnels_when_only_that_counts(void **state)
{
    (void)state;
    for (int optional = 0; optional < 2; optional++) {
        rig *r = rig_create();
        sao_backend_ops ops = *r->config.backend_ops;
        sao_oob_receive oob;
        two t;

        if (optional != 0)
            ops.wants_delete = NULL;
        r->config.backend_ops = &ops;
        rig_start(r);
        t = two_on(r, true, 0, 0);
        assert_status(sao_adapter_wish_delete(r->adapter, t.tunnel), NDIS_STATUS_SUCCESS);
        assert_int_equal(receive_inner(&t), SAO_RECEIVE_PROCESS);
        oob = finish(&t, CRYPTO_SUCCESS, 1);
        assert_true(oob.crypto_done && !oob.next_crypto_done && oob.sa_delete_request);
        assert_ptr_equal(t.flight.bundle->handle, t.tunnel);
        assert_null(t.flight.tunnel);
        indicate(&t);
        assert_true(rig_status(r, t.tunnel).delete_requested);
        assert_false(rig_status(r, t.inner).delete_requested);
        rig_destroy(r);
    }
}

/* The reasons for which only the tunnel part counts (RX-2). */
static void rx_2_what_is_inside_may_be_left_alone(void **state)
{
    (void)state;
    for (int why = 0; why < 9; why++) {
        static const sao_receive_action expected[] = {
            SAO_RECEIVE_PROCESS,   SAO_RECEIVE_EXCLUDED, SAO_RECEIVE_NO_BUNDLE,
            SAO_RECEIVE_EXCLUDED,  SAO_RECEIVE_EXCLUDED, SAO_RECEIVE_NOT_IPSEC,
            SAO_RECEIVE_NO_BUNDLE, SAO_RECEIVE_EXCLUDED, SAO_RECEIVE_EXCLUDED};
        rig *r = rig_create();
        sao_packet_info inside;
        two t;

        r->config.capabilities.TransportTunnelCombined = why != 1;
        r->config.capabilities.IPv4Options = why != 3;
        rig_start(r);
        t = two_on(r, true, 0, 0);
        inside = rig_packet(&t.inner_spec);
        inside.encapsulation = NDIS_ENCAPSULATION_NULL;
        inside.spi[0] ^= why == 2 ? 1u : 0u;
        inside.ipv4_options = why == 3;
        inside.fragment = why == 4; /* FRAG-1 */
        inside.header_count = why == 5 ? 0 : 1;
        if (why == 7) /* a tunnel in itself */
            inside = rig_packet(&t.tunnel_spec);
        assert_int_equal(rig_receive(r, 0, &t.tunnel_spec, &t.flight), SAO_RECEIVE_PROCESS);
        if (why == 6)
            assert_status(rig_delete(r, &t.inner, 1)->answer, NDIS_STATUS_PENDING);
        if (why == 8) /* CAP-4 */
            assert_status(rig_parameters(r, 1)->answer, NDIS_STATUS_SUCCESS);
        if (sao_adapter_receive_inner(r->adapter, &inside, &t.flight) != expected[why])
            fail_msg("reason %d", why);
        assert_ptr_equal(t.flight.bundle->handle, why == 0 ? t.inner : t.tunnel);
        assert_int_equal(t.flight.tunnel != NULL, why == 0);
        indicate(&t);
        rig_poll(r);
        rig_destroy(r);
    }
}

/* The hardware has lost what is inside: its wish cannot be told on this packet (RST-3, RX-8). */
static void rst_3_a_lost_bundle_inside_is_not_named(void **state)
{
    rig *r = rig_running();
    two t = two_on(r, true, 0, 0);

    (void)state;
    r->during_call = NULL;
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
    r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_SUCCESS;
    rig_clear(r);
    assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_PENDING);
    rig_poll(r);
    rig_answer(r, rig_call_for(r, SAO_BACKEND_ADD, t.tunnel), NDIS_STATUS_SUCCESS);
    rig_answer(r, rig_call_for(r, SAO_BACKEND_ADD, t.inner), NDIS_STATUS_RESOURCES);
    rig_poll(r);
    assert_int_equal(receive_inner(&t), SAO_RECEIVE_LOST);
    assert_ptr_equal(t.flight.bundle->handle, t.tunnel);
    assert_false(finish(&t, CRYPTO_SUCCESS, 1).sa_delete_request);
    indicate(&t);
    rig_destroy(r);
}

/* ---- UDP encapsulation ----------------------------------------------------------------- */

/* Which types of a tunnel and of what is inside go together: no fifth (CAP-5). */
static void cap_5_types_that_go_together(void **state)
{
    static const uint32_t types[] = {0, UDP_TRANSPORT, UDP_TUNNEL, OVER_UDP_TUNNEL,
                                     UDP_OVER_TUNNEL};
    static const bool together[5][5] = {{true, false, false, false, true}, /* a plain tunnel */
                                        {false, false, false, false, false},
                                        {false, false, false, false, false},
                                        {true, false, false, false, false},
                                        {false, false, false, false, false}};

    (void)state;
    for (size_t i = 0; i < 25; i++) {
        const bool good = together[i / 5][i % 5];
        rig *r = rig_running();
        two out = two_on(r, false, types[i / 5], types[i % 5]);
        two in = two_on(r, true, types[i / 5], types[i % 5]);

        assert_status(send(&out), good ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE);
        sao_adapter_send_done(r->adapter, &out.flight);
        if (types[i / 5] != UDP_OVER_TUNNEL) { /* which is no tunnel at all */
            assert_int_equal(receive_inner(&in), good ? SAO_RECEIVE_PROCESS : SAO_RECEIVE_EXCLUDED);
            indicate(&in);
        }
        rig_destroy(r);
    }
}

/* UDP for the inside of a tunnel only is not sent, nor processed, without one. */
static void cap_5_a_type_for_inside_does_not_stand_alone(void **state)
{
    static const uint32_t types[] = {UDP_TRANSPORT, UDP_TUNNEL, OVER_UDP_TUNNEL, UDP_OVER_TUNNEL};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        const bool alone = types[i] != UDP_OVER_TUNNEL;
        rig *r = rig_running();
        two in = two_on(r, true, types[i], 0), out = two_on(r, false, types[i], 0);

        assert_int_equal(rig_flows_out(r, &out.tunnel_spec, out.tunnel), alone);
        assert_int_equal(rig_receive(r, 0, &in.tunnel_spec, &in.flight),
                         alone ? SAO_RECEIVE_PROCESS : SAO_RECEIVE_EXCLUDED);
        assert_int_equal(in.flight.bundle != NULL, alone);
        indicate(&in);
        rig_destroy(r);
    }
}

/* ---- sending --------------------------------------------------------------------------- */

static void tx_4_two_handles_name_two_bundles(void **state)
{
    rig *r = rig_running();
    two t = two_on(r, false, 0, 0);
    sao_packet_info inside = rig_packet(&t.inner_spec);

    (void)state;
    assert_status(send(&t), NDIS_STATUS_SUCCESS);
    assert_ptr_equal(t.flight.bundle->handle, t.inner);
    assert_ptr_equal(t.flight.tunnel->handle, t.tunnel);
    assert_int_equal(rig_counters(r).sent_processed, 1);
    assert_status(sao_adapter_send_inner(r->adapter, &inside, &t.flight), NDIS_STATUS_SUCCESS);
    inside.spi[0] ^= 1;
    assert_status(sao_adapter_send_inner(r->adapter, &inside, &t.flight), NDIS_STATUS_FAILURE);
    inside = rig_packet(&t.inner_spec);
    inside.fragment = true; /* FRAG-1 */
    assert_status(sao_adapter_send_inner(r->adapter, &inside, &t.flight), NDIS_STATUS_FAILURE);
    sao_adapter_send_done(r->adapter, &t.flight);
    assert_int_equal(rig_counters(r).flights, 0);
    assert_null(t.flight.tunnel);
    rig_destroy(r);
}

static NDIS_STATUS send_under(two *t, const rig_spec *outermost, NDIS_HANDLE offload,
                              NDIS_HANDLE tunnel)
{
    sao_packet_info info = rig_packet(outermost);
    sao_flight flight;
    NDIS_STATUS status = sao_adapter_send(t->r->adapter, 0, &info, offload, tunnel, &flight);

    if (status == NDIS_STATUS_SUCCESS)
        sao_adapter_send_done(t->r->adapter, &flight);
    assert_null(flight.bundle);
    assert_null(flight.tunnel);
    assert_int_equal(rig_counters(t->r).flights, 0);
    return status;
}

/* Either handle may be what cannot be honoured (TX-1, TX-2, TX-6). */
static void tx_2_neither_handle_may_be_wrong(void **state)
{
    rig *r = rig_running();
    two t = two_on(r, false, 0, 0), in = two_on(r, true, 0, 0);
    NDIS_HANDLE stale = rig_add_one(r, rig_outbound(9));
    const rig_spec *outer = &t.tunnel_spec;

    (void)state;
    rig_delete_one(r, stale);
    assert_status(send_under(&t, outer, t.inner, t.tunnel), NDIS_STATUS_SUCCESS);
    assert_status(send_under(&t, outer, t.tunnel, NULL), NDIS_STATUS_SUCCESS); /* one payload */
    assert_status(send_under(&t, outer, NULL, t.tunnel), NDIS_STATUS_FAILURE);
    assert_status(send_under(&t, outer, t.tunnel, t.tunnel), NDIS_STATUS_FAILURE);
    assert_status(send_under(&t, outer, t.tunnel, t.inner),
                  NDIS_STATUS_FAILURE); /* not framed so */
    assert_status(send_under(&t, &t.inner_spec, t.inner, t.tunnel), NDIS_STATUS_FAILURE);
    assert_status(send_under(&t, outer, stale, t.tunnel), NDIS_STATUS_FAILURE);
    assert_status(send_under(&t, outer, t.inner, stale), NDIS_STATUS_FAILURE);
    assert_status(send_under(&t, outer, in.inner, t.tunnel), NDIS_STATUS_FAILURE);
    assert_status(send_under(&t, &in.tunnel_spec, t.inner, in.tunnel), NDIS_STATUS_FAILURE);
    rig_destroy(r);
}

static void tx_4_not_without_the_capability(void **state)
{
    rig *r = rig_create();
    two t;

    (void)state;
    r->config.capabilities.TransportTunnelCombined = 0;
    rig_start(r);
    t = two_on(r, false, 0, 0);
    assert_status(send(&t), NDIS_STATUS_FAILURE);
    rig_destroy(r);
}

/* A further packet of a list is for what stands outermost in the first one; a plain one may be
 * anything. */
static void oob_1_siblings_are_framed_as_the_first(void **state)
{
    rig *r = rig_running();
    two t = two_on(r, false, 0, 0);
    sao_packet_info outer = rig_packet(&t.tunnel_spec), inside = rig_packet(&t.inner_spec);

    (void)state;
    assert_status(send(&t), NDIS_STATUS_SUCCESS);
    assert_status(sao_adapter_send_sibling(r->adapter, &outer, &t.flight), NDIS_STATUS_SUCCESS);
    assert_status(sao_adapter_send_sibling(r->adapter, &inside, &t.flight), NDIS_STATUS_FAILURE);
    assert_status(sao_adapter_send_sibling(r->adapter, NULL, &t.flight), NDIS_STATUS_FAILURE);
    outer.fragment = true; /* FRAG-1 */
    assert_status(sao_adapter_send_sibling(r->adapter, &outer, &t.flight), NDIS_STATUS_FAILURE);
    outer.fragment = false;
    sao_adapter_send_done(r->adapter, &t.flight);

    assert_status(sao_adapter_send(r->adapter, 0, &outer, t.tunnel, NULL, &t.flight),
                  NDIS_STATUS_SUCCESS);
    assert_status(sao_adapter_send_sibling(r->adapter, &outer, &t.flight), NDIS_STATUS_SUCCESS);
    assert_status(sao_adapter_send_sibling(r->adapter, &inside, &t.flight), NDIS_STATUS_FAILURE);
    sao_adapter_send_done(r->adapter, &t.flight);

    assert_status(sao_adapter_send(r->adapter, 0, NULL, NULL, NULL, &t.flight),
                  NDIS_STATUS_SUCCESS);
    assert_status(sao_adapter_send_sibling(r->adapter, NULL, &t.flight), NDIS_STATUS_SUCCESS);
    sao_adapter_send_done(r->adapter, &t.flight);
    rig_destroy(r);
}

/* ---- both ------------------------------------------------------------------------------ */

static void del_7_the_deletes_of_both_wait(void **state)
{
    (void)state;
    for (int inbound = 0; inbound < 2; inbound++) {
        rig *r = rig_running();
        two t = two_on(r, inbound != 0, 0, 0);
        rig_job *jobs[2];

        if (inbound)
            assert_int_equal(receive_inner(&t), SAO_RECEIVE_PROCESS);
        else
            assert_status(send(&t), NDIS_STATUS_SUCCESS);
        jobs[0] = rig_delete(r, &t.tunnel, 1);
        jobs[1] = rig_delete(r, &t.inner, 1);
        rig_poll(r);
        for (int i = 0; i < 2; i++)
            assert_status(rig_result(jobs[i]), NDIS_STATUS_PENDING);
        assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 0);
        if (inbound)
            indicate(&t);
        else
            sao_adapter_send_done(r->adapter, &t.flight);
        rig_poll(r);
        for (int i = 0; i < 2; i++)
            assert_status(rig_result(jobs[i]), NDIS_STATUS_SUCCESS);
        rig_destroy(r);
    }
}

/* Each part has the high half of when the packet came, whatever is updated meanwhile. */
static void upd_1_each_part_keeps_its_high_half(void **state)
{
    (void)state;
    for (int inbound = 0; inbound < 2; inbound++) {
        rig *r = rig_running();
        two t = {.r = r,
                 .tunnel_spec = rig_with_esn(spec_of(inbound != 0, 1, false, 0), 5),
                 .inner_spec = rig_with_esn(spec_of(inbound != 0, 2, true, 0), 6)};

        t.tunnel = rig_add_one(r, t.tunnel_spec);
        t.inner = rig_add_one(r, t.inner_spec);
        if (inbound)
            assert_int_equal(receive_inner(&t), SAO_RECEIVE_PROCESS);
        else
            assert_status(send(&t), NDIS_STATUS_SUCCESS);
        assert_status(rig_update(r, t.tunnel, &t.tunnel_spec, 0, 7)->answer, NDIS_STATUS_SUCCESS);
        assert_status(rig_update(r, t.inner, &t.inner_spec, 0, 8)->answer, NDIS_STATUS_SUCCESS);
        assert_int_equal(t.flight.tunnel_high[0], 5);
        assert_int_equal(t.flight.sequence_high[0], 6);
        if (inbound) {
            (void)finish(&t, CRYPTO_SUCCESS, 1); /* the tunnel's alone */
            assert_int_equal(t.flight.sequence_high[0], 5);
            indicate(&t);
        } else {
            sao_adapter_send_done(r->adapter, &t.flight);
        }
        rig_destroy(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rx_3_both_parts_are_named_and_told),
        cmocka_unit_test(rx_8_a_wish_is_the_tunnels_when_only_that_counts),
        cmocka_unit_test(rx_2_what_is_inside_may_be_left_alone),
        cmocka_unit_test(rst_3_a_lost_bundle_inside_is_not_named),
        cmocka_unit_test(cap_5_types_that_go_together),
        cmocka_unit_test(cap_5_a_type_for_inside_does_not_stand_alone),
        cmocka_unit_test(tx_4_two_handles_name_two_bundles),
        cmocka_unit_test(tx_2_neither_handle_may_be_wrong),
        cmocka_unit_test(tx_4_not_without_the_capability),
        cmocka_unit_test(oob_1_siblings_are_framed_as_the_first),
        cmocka_unit_test(del_7_the_deletes_of_both_wait),
        cmocka_unit_test(upd_1_each_part_keeps_its_high_half),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
