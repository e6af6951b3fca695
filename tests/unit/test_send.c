// SPDX-License-Identifier: BSD-2-Clause
/* test_send.c: the decisions on packets to be sent (TX-1, TX-2, TX-6, FRAG-1). */
#include "support/rig.h"

static NDIS_STATUS send_packet(rig *r, const sao_packet_info *info, NDIS_HANDLE handle,
                               NDIS_HANDLE tunnel)
{
    sao_flight flight;
    NDIS_STATUS status;

    memset(&flight, 0xEE, sizeof flight);
    status = sao_adapter_send(r->adapter, 1, info, handle, tunnel, &flight);
    assert_int_equal(flight.bundle != NULL, status == NDIS_STATUS_SUCCESS && handle != NULL);
    assert_int_equal(rig_counters(r).flights, status == NDIS_STATUS_SUCCESS ? 1 : 0);
    if (status == NDIS_STATUS_SUCCESS)
        sao_adapter_send_done(r->adapter, &flight);
    return status;
}

static void tx_1_without_a_handle_it_is_sent_plain(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_outbound(1);
    sao_packet_info info = rig_packet(&out);

    (void)state;
    (void)rig_add_one(r, out);
    assert_status(send_packet(r, NULL, NULL, NULL), NDIS_STATUS_SUCCESS);
    assert_status(send_packet(r, &info, NULL, NULL), NDIS_STATUS_SUCCESS);
    info.fragment = true;
    assert_status(send_packet(r, &info, NULL, NULL), NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_counters(r).sent_plain, 3);
    assert_int_equal(rig_counters(r).sent_processed, 0);
    rig_destroy(r);
}

static void tx_2_what_cannot_be_honoured_never_leaves(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_outbound(1), in = rig_inbound(2), combined = rig_with_ah(rig_outbound(5));
    rig_spec udp = rig_outbound(8);
    NDIS_HANDLE handle = rig_add_one(r, out), inbound = rig_add_one(r, in);
    NDIS_HANDLE both = rig_add_one(r, combined), stale = rig_add_one(r, rig_outbound(1));
    const sao_packet_info good = rig_packet(&out);
    sao_packet_info info;
    uint32_t refused = 0;

    (void)state;
    rig_delete_one(r, stale);
    assert_status(send_packet(r, &good, handle, NULL), NDIS_STATUS_SUCCESS);

#define REFUSED(change, with_handle, with_tunnel)                                                  \
    do {                                                                                           \
        info = good;                                                                               \
        change;                                                                                    \
        assert_status(send_packet(r, &info, with_handle, with_tunnel), NDIS_STATUS_FAILURE);       \
        assert_int_equal(rig_counters(r).sends_refused, ++refused);                                \
    } while (0)

    REFUSED((void)0, stale, NULL);
    REFUSED((void)0, (NDIS_HANDLE)(uintptr_t)1, NULL);
    REFUSED((void)0, NULL, handle); /* a tunnel alone */
    REFUSED((void)0, handle, handle);
    REFUSED((void)0, handle, (NDIS_HANDLE)(uintptr_t)1);
    REFUSED(info = rig_packet(&in), inbound, NULL); /* TX-6 */
    REFUSED(info.fragment = true, handle, NULL);    /* FRAG-1 */
    REFUSED(info.spi[0] ^= 1, handle, NULL);
    REFUSED(info.protocol[0] = SAO_PROTOCOL_AH, handle, NULL);
    REFUSED(info.ip_version = 6, handle, NULL);
    REFUSED(info.header_count = 0, handle, NULL);
    REFUSED(info.header_count = 2, handle, NULL);
    REFUSED(info.udp_encapsulated = true, handle, NULL);
    REFUSED(info = rig_packet(&combined), handle, NULL);
    REFUSED((void)0, both, NULL);
    REFUSED(info = rig_packet(&combined); info.spi[1] ^= 1, both, NULL);
    REFUSED(info = rig_packet(&combined); info.spi[0] ^= 1, both, NULL);
    REFUSED(info = rig_packet(&combined); info.protocol[1] = SAO_PROTOCOL_AH, both, NULL);
    assert_status(send_packet(r, NULL, handle, NULL), NDIS_STATUS_FAILURE);
    assert_true(rig_flows_out(r, &combined, both));
    udp.udp_esp = IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TUNNEL;
    handle = rig_add_one(r, udp);
    assert_true(rig_flows_out(r, &udp, handle));
    udp.udp_esp = 0;
    assert_false(rig_flows_out(r, &udp, handle));
    rig_destroy(r);
}

/* The packet's ends are the bundle's, or the bundle's are any (ADD-9). */
static void tx_2_a_packet_between_other_ends_never_leaves(void **state)
{
    (void)state;
    for (uint32_t zeros = 0; zeros < 4; zeros++)
        for (uint32_t changes = 0; changes < 4; changes++) {
            rig *r = rig_running();
            rig_spec out = rig_outbound(1);
            sao_packet_info info = rig_packet(&out);
            NDIS_HANDLE handle;

            out.source = (zeros & 1) != 0 ? 0 : out.source;
            out.destination = (zeros & 2) != 0 ? 0 : out.destination;
            info.source.bytes[3] ^= (changes & 1) != 0 ? 1 : 0;
            info.destination.bytes[3] ^= (changes & 2) != 0 ? 1 : 0;
            handle = rig_add_one(r, out);
            assert_status(send_packet(r, &info, handle, NULL),
                          (changes & ~zeros) == 0 ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE);
            rig_destroy(r);
        }
}

static void what_is_excluded_is_not_sent(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        rig *r = rig_create();
        rig_spec out = rig_outbound(1);
        sao_packet_info info = rig_packet(&out);
        NDIS_HANDLE handle;

        r->config.capabilities.IPv4Options = (BOOLEAN)i;
        r->config.capabilities.IPv6NonIPsecExtensionHeaders = (BOOLEAN)!i;
        rig_start(r);
        handle = rig_add_one(r, out);
        info.ipv4_options = true;
        assert_status(send_packet(r, &info, handle, NULL),
                      i ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE);
        info.ipv4_options = false;
        info.ipv6_extensions = true;
        assert_status(send_packet(r, &info, handle, NULL),
                      i ? NDIS_STATUS_FAILURE : NDIS_STATUS_SUCCESS);
        rig_destroy(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tx_1_without_a_handle_it_is_sent_plain),
        cmocka_unit_test(tx_2_what_cannot_be_honoured_never_leaves),
        cmocka_unit_test(tx_2_a_packet_between_other_ends_never_leaves),
        cmocka_unit_test(what_is_excluded_is_not_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
