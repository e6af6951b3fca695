// SPDX-License-Identifier: BSD-2-Clause
/* test_soft_nic_large_wrong.c: large packets that a NIC does not cut do not leave (LSO-1, TX-2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <saoffload/oob.h>

#include "support/large.h"

static large_rig r;

static void assert_refused(large *made)
{
    assert_int_equal(large_send(&r, made), NDIS_STATUS_FAILURE);
    assert_int_equal(r.count, 0);
}

static void lso_1_tunnels_carry_no_large_packets(void **state)
{
    static const char *const names[] = {"ESP tunnel", "AH tunnel", "AH + ESP tunnel",
                                        "UDP-ESP tunnel"};
    static large made;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        large_prepare(&r, names[i], 4);
        form_start(&r.form);
        large_make(&r, &made, 1, 1000, 100, 0);
        assert_refused(&made);
        form_finish(&r.form);
    }
    large_prepare(&r, "ESP over ESP", 4);
    form_start(&r.form);
    large_make(&r, &made, 1, 1000, 100, 0);
    made.packet.tunnel.Transmit.TunnelHandle = r.form.tunnel.out;
    assert_refused(&made);
    form_finish(&r.form);
}

static void lso_1_not_without_the_capability(void **state)
{
    static large made;

    (void)state;
    large_prepare(&r, "ESP transport", 4);
    r.form.config.capabilities.LsoSupported = 0;
    form_start(&r.form);
    large_make(&r, &made, 1, 1000, 100, 0);
    assert_refused(&made);
    form_finish(&r.form);
}

static void lso_1_the_capability_takes_memory(void **state)
{
    (void)state;
    large_prepare(&r, "ESP transport", 4);
    r.form.config.staging = 0;
    assert_int_equal(sao_soft_nic_size(&r.form.config), 0);
    r.form.config.staging = 1;
    assert_int_not_equal(sao_soft_nic_size(&r.form.config), 0);
}

static void what_cannot_be_cut_does_not_leave(void **state)
{
    static large made, good;
    uint8_t *tcp;

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        large_prepare(&r, i == 0 ? "AH + ESP transport" : "UDP-ESP transport", i == 0 ? 4 : 6);
        form_start(&r.form);
        good.flags = TCP_ACK;
        large_make(&r, &good, 1, 1000, 400, 0);

#define REFUSED(change)                                                                            \
    do {                                                                                           \
        made = good;                                                                               \
        made.packet.data = made.bytes;                                                             \
        tcp = made.bytes + sao_oob_get_lso(&made.packet.lso).tcp_header_offset;                    \
        change;                                                                                    \
        assert_refused(&made);                                                                     \
    } while (0)
#define CUT_AT(mss, at)                                                                            \
    sao_oob_set_lso(&made.packet.lso, (sao_oob_lso){(mss), (at), r.form.ip_version == 6})

        REFUSED(made.packet.ipsec.Transmit.OffloadHandle = NULL); /* it cuts what it protects */
        REFUSED(made.packet.ipsec.Transmit.OffloadHandle = r.form.bundle.in); /* TX-6 */
        REFUSED(tcp[13] |= TCP_SYN);
        REFUSED(tcp[13] |= TCP_RST);
        REFUSED(tcp[13] |= TCP_URG);
        REFUSED(tcp[12] = 0x40); /* a TCP header of 16 bytes */
        REFUSED(tcp[12] = 0xF0; made.packet.length = (uint32_t)(tcp - made.bytes) + 59);
        REFUSED(made.packet.length = (uint32_t)(tcp - made.bytes) + 19);
        REFUSED(made.packet.length = 0);
        REFUSED(made.packet.header.Transmit.PadLength = 255;
                made.packet.length = (uint32_t)(tcp - made.bytes) + LARGE_TCP_LENGTH + 254);
        REFUSED(made.packet.header.Transmit.NextHeader = 17);   /* no TCP */
        REFUSED(made.packet.header.Transmit.EspHeaderOffset++); /* TX-5 */
        REFUSED(made.packet.header.Transmit.EspHeaderOffset--);
        REFUSED(made.packet.header.Transmit.EspHeaderOffset = 255);
        REFUSED(made.packet.header.Transmit.AhHeaderOffset = 255);
        REFUSED(made.packet.ip_offset = UINT32_MAX);
        REFUSED(made.packet.ip_offset++);
        REFUSED(CUT_AT(400, 20));
        REFUSED(CUT_AT(400, (uint32_t)(tcp - made.bytes) - 4));
        REFUSED(CUT_AT(400, (uint32_t)(tcp - made.bytes) + 4));
        REFUSED(CUT_AT(LARGE_STAGING,
                       (uint32_t)(tcp - made.bytes))); /* more than the NIC has room for */
        REFUSED(sao_oob_set_lso(&made.packet.lso, (sao_oob_lso){400, (uint32_t)(tcp - made.bytes),
                                                                r.form.ip_version == 4}));
        REFUSED(made.bytes[TEST_MAC_LENGTH] = 0x4F); /* options, or another version */
        assert_int_equal(form_counters(&r.form).repeated_sequences, 0);
        made = good;
        made.packet.data = made.bytes;
        assert_int_equal(large_send(&r, &made), NDIS_STATUS_SUCCESS);
        large_check(&r, &made, 1);
        form_finish(&r.form);
    }
}

/* Puts bytes behind the IP header of a good packet, which OOB data knows. */
static void insert(large *made, const uint8_t *bytes, uint32_t length)
{
    const sao_oob_lso oob = sao_oob_get_lso(&made->packet.lso);
    uint8_t *at = made->bytes + TEST_MAC_LENGTH + (oob.ipv6 ? 40 : 20);

    memmove(at + length, at, made->packet.length - (size_t)(at - made->bytes));
    memcpy(at, bytes, length);
    made->packet.length += length;
    made->packet.header.Transmit.EspHeaderOffset += length / 4u & 0xFFu;
    sao_oob_set_lso(&made->packet.lso,
                    (sao_oob_lso){oob.mss, oob.tcp_header_offset + length, oob.ipv6});
}

/* They might change what TCP's checksum is of. */
static void packets_with_options_or_extension_headers_are_not_cut(void **state)
{
    static const uint8_t option[4] = {0x94, 4, 0, 0}, extension[8] = {SAO_PROTOCOL_ESP, 0, 1, 4};
    static large made;

    (void)state;
    for (uint8_t version = 4; version <= 6; version += 2) {
        large_prepare(&r, "ESP transport", version);
        form_start(&r.form);
        made.flags = TCP_ACK;
        large_make(&r, &made, 1, 1000, 400, 0);
        if (version == 4) {
            insert(&made, option, sizeof option);
            made.bytes[TEST_MAC_LENGTH] = 0x46;
        } else {
            insert(&made, extension, sizeof extension);
            made.bytes[TEST_MAC_LENGTH + 6] = 60;
        }
        assert_refused(&made);
        form_finish(&r.form);
    }
}

/* No IP header can state the length of such a segment, nor of the next smaller one with a trailer.
 */
static void segments_are_no_longer_than_ip_packets(void **state)
{
    static large made;

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        large_prepare(&r, i == 0 ? "AH transport" : "ESP transport", 4);
        r.form.config.staging = 70000;
        form_start(&r.form);
        made.flags = TCP_ACK;
        large_make(&r, &made, 1, 66000, i == 0 ? 66000 : 65440, 0);
        assert_refused(&made);
        form_finish(&r.form);
    }
}

/* From which size of memory on it works: where the segment with its trailer just fits. */
static void the_memory_decides_how_large_segments_may_be(void **state)
{
    static large made;
    uint32_t first = 0;

    (void)state;
    for (uint32_t staging = 1; staging < 600; staging++) {
        large_prepare(&r, "AH + ESP transport", 6);
        r.form.config.staging = staging;
        form_start(&r.form);
        large_make(&r, &made, 1, 1000, 300, 0);
        if (large_send(&r, &made) == NDIS_STATUS_SUCCESS) {
            first = first == 0 ? staging : first;
            large_check(&r, &made, 1);
            assert_true(staging >= r.transmitted[0].packet.length);
        } else {
            assert_int_equal(first, 0);
        }
        form_finish(&r.form);
    }
    assert_int_equal(first, r.transmitted[0].packet.length);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lso_1_tunnels_carry_no_large_packets),
        cmocka_unit_test(lso_1_not_without_the_capability),
        cmocka_unit_test(lso_1_the_capability_takes_memory),
        cmocka_unit_test(what_cannot_be_cut_does_not_leave),
        cmocka_unit_test(packets_with_options_or_extension_headers_are_not_cut),
        cmocka_unit_test(segments_are_no_longer_than_ip_packets),
        cmocka_unit_test(the_memory_decides_how_large_segments_may_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
