// SPDX-License-Identifier: BSD-2-Clause
/* test_oob.c: out-of-band data is where the Windows compilers put it (WIRE-1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <saoffload/oob.h>

/* The first ULONG of what the NIC says of a packet. */
static uint32_t receive_bits(bool wish, bool done, bool next_done, uint16_t status)
{
    NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO info;
    uint32_t bits;

    memset(&info, 0xA5, sizeof info);
    sao_oob_set_receive(&info, (sao_oob_receive){.sa_delete_request = wish,
                                                 .crypto_done = done,
                                                 .next_crypto_done = next_done,
                                                 .crypto_status = status});
    memcpy(&bits, &info, sizeof bits);
    return bits;
}

static uint32_t header_bits(uint8_t next_header, uint8_t pad_length, bool set)
{
    NDIS_IPSEC_OFFLOAD_V2_HEADER_NET_BUFFER_LIST_INFO info;
    uint32_t bits;

    memset(&info, 0xA5, sizeof info);
    sao_oob_set_header(&info, (sao_oob_header){next_header, pad_length, set});
    memcpy(&bits, &info, sizeof bits);
    return bits;
}

static uint32_t lso_bits(uint32_t mss, uint32_t offset, bool ipv6)
{
    NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO info;
    uint32_t bits;

    memset(&info, 0xA5, sizeof info);
    sao_oob_set_lso(&info, (sao_oob_lso){mss, offset, ipv6});
    memcpy(&bits, &info, sizeof bits);
    return bits;
}

/* WIRE-1: by number, so that this holds on a machine of either byte order. */
static void fields_are_counted_from_the_least_significant_bit(void **state)
{
    (void)state;
    assert_int_equal(receive_bits(false, false, false, 0), 0);
    assert_int_equal(receive_bits(true, false, false, 0), 0x1);
    assert_int_equal(receive_bits(false, true, false, 0), 0x2);
    assert_int_equal(receive_bits(false, false, true, 0), 0x4);
    assert_int_equal(receive_bits(false, false, false, 0xFFFF), 0xFFFF0000u);
    assert_int_equal(receive_bits(true, true, true, CRYPTO_TUNNEL_ESP_AUTH_FAILED), 0x00050007);

    assert_int_equal(header_bits(0, 0, false), 0);
    assert_int_equal(header_bits(0xFF, 0, false), 0xFF);
    assert_int_equal(header_bits(0, 0xFF, false), 0xFF00);
    assert_int_equal(header_bits(0, 0, true), 0x10000);

    assert_int_equal(lso_bits(0, 0, false), 0x40000000); /* the type: version 2 */
    assert_int_equal(lso_bits(0xFFFFF, 0, false), 0x400FFFFF);
    assert_int_equal(lso_bits(0, 0x3FF, false), 0x7FF00000);
    assert_int_equal(lso_bits(0, 0, true), 0xC0000000u);
    assert_int_equal(lso_bits(0x100000, 0x400, false), 0x40000000); /* too much goes nowhere */
}

/* Nothing of what was there before stays: the pointer's upper half neither (RX-9). */
static void writing_clears_the_rest(void **state)
{
    NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO info;
    static const uint8_t zero[sizeof info];

    (void)state;
    memset(&info, 0xFF, sizeof info);
    sao_oob_set_receive(&info, (sao_oob_receive){.crypto_done = false});
    assert_memory_equal(&info, zero, sizeof info);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 64; i++) {
        const sao_oob_receive in = {.sa_delete_request = (i & 1) != 0,
                                    .crypto_done = (i & 2) != 0,
                                    .next_crypto_done = (i & 4) != 0,
                                    .crypto_status = (uint16_t)(i >> 3)};
        NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO info;
        sao_oob_receive out;

        sao_oob_set_receive(&info, in);
        out = sao_oob_get_receive(&info);
        assert_int_equal(out.sa_delete_request, in.sa_delete_request);
        assert_int_equal(out.crypto_done, in.crypto_done);
        assert_int_equal(out.next_crypto_done, in.next_crypto_done);
        assert_int_equal(out.crypto_status, in.crypto_status);
    }
}

static void header_information_is_read_as_written(void **state)
{
    NDIS_IPSEC_OFFLOAD_V2_HEADER_NET_BUFFER_LIST_INFO info;
    sao_oob_header out;

    (void)state;
    sao_oob_set_header(&info, (sao_oob_header){17, 255, true});
    out = sao_oob_get_header(&info);
    assert_int_equal(out.next_header, 17);
    assert_int_equal(out.pad_length, 255);
    assert_true(out.set);

    memset(&info, 0, sizeof info);
    out = sao_oob_get_header(&info);
    assert_int_equal(out.next_header, 0);
    assert_int_equal(out.pad_length, 0);
    assert_false(out.set);
}

static void lso_is_read_as_written(void **state)
{
    NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO info;
    sao_oob_lso out;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        memset(&info, 0xFF, sizeof info);
        sao_oob_set_lso(&info, (sao_oob_lso){1400 + i, 54 - i, i == 1});
        out = sao_oob_get_lso(&info);
        assert_int_equal(out.mss, 1400 + i);
        assert_int_equal(out.tcp_header_offset, 54 - i);
        assert_int_equal(out.ipv6, i == 1);
    }
    memset(&info, 0, sizeof info);
    assert_int_equal(sao_oob_get_lso(&info).mss, 0); /* no large packet */
}

/* Where the compiler fills bit-fields as Windows' does, both views are the same. */
static void accessors_agree_with_the_bit_fields_of_windows(void **state)
{
    NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO info;
    NDIS_IPSEC_OFFLOAD_V2_HEADER_NET_BUFFER_LIST_INFO header;
    NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO lso;
    const uint16_t one = 1;
    uint8_t first;

    (void)state;
    memcpy(&first, &one, 1);
    if (first != 1)
        skip(); /* big-endian: bit-fields begin at the other end */
    sao_oob_set_receive(&info, (sao_oob_receive){true, false, true, 0x1234});
    assert_int_equal(info.Receive.SaDeleteReq, 1);
    assert_int_equal(info.Receive.CryptoDone, 0);
    assert_int_equal(info.Receive.NextCryptoDone, 1);
    assert_int_equal(info.Receive.Reserved, 0);
    assert_int_equal(info.Receive.CryptoStatus, 0x1234);
    sao_oob_set_header(&header, (sao_oob_header){50, 7, true});
    assert_int_equal(header.Receive.NextHeader, 50);
    assert_int_equal(header.Receive.PadLength, 7);
    assert_int_equal(header.Receive.HeaderInfoSet, 1);
    sao_oob_set_lso(&lso, (sao_oob_lso){1460, 74, true});
    assert_int_equal(lso.LsoV2Transmit.MSS, 1460);
    assert_int_equal(lso.LsoV2Transmit.TcpHeaderOffset, 74);
    assert_int_equal(lso.LsoV2Transmit.Type, NDIS_TCP_LARGE_SEND_OFFLOAD_V2_TYPE);
    assert_int_equal(lso.LsoV2Transmit.IPVersion, NDIS_TCP_LARGE_SEND_OFFLOAD_IPv6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_counted_from_the_least_significant_bit),
        cmocka_unit_test(writing_clears_the_rest),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(header_information_is_read_as_written),
        cmocka_unit_test(lso_is_read_as_written),
        cmocka_unit_test(accessors_agree_with_the_bit_fields_of_windows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
