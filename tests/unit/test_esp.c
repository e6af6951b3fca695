// SPDX-License-Identifier: BSD-2-Clause
/* ESP on the wire: published and independently made packets, sealing, extended sequence numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/packets.h"

static const test_cipher *const chacha = &test_ciphers[1];
static const test_cipher *const hmac = &test_ciphers[2];

static test_sa make(const test_cipher *cipher, sao_ipsec_mode mode, uint8_t ip_version, bool esn)
{
    sao_ipsec_params params = test_params(cipher, mode, ip_version);

    params.esn = esn;
    return test_sa_make(&params);
}

/* ---- known packets --------------------------------------------------------------------- */

/* RFC 7634 appendix A: what it prints of the packet lies from its ESP header on. */
static void agrees_with_rfc_7634(void **state)
{
    static const char *inner_hex =
        "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec10"
        "0007362708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
        "2425262728292a2b2c2d2e2f3031323334353637";
    static const char *esp_hex = "01020304000000051011121314151617"
                                 "24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c6"
                                 "14ee8099d52844eb61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3"
                                 "cbec163fac469b502773f6fb94e664da9165b82829f641e0"
                                 "76aaa8266b7fb0f7b11b369907e1ad43";
    uint8_t key[36], spi[4], iv[8], inner[128], esp[128], packet[TEST_PACKET_MAX];
    sao_ipsec_params params = test_params(chacha, SAO_IPSEC_TUNNEL, 4);
    size_t inner_length = test_hex(inner, sizeof inner, inner_hex);
    size_t esp_length = test_hex(esp, sizeof esp, esp_hex);
    size_t length = inner_length;
    sao_ipsec_result result;
    test_sa made;

    (void)state;
    test_hex(key, sizeof key,
             "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3");
    test_hex(spi, sizeof spi, "01020304");
    test_hex(iv, sizeof iv, "1011121314151617");
    params.encryption_key = key;
    memcpy(&params.spi, spi, sizeof spi);
    made = test_sa_make(&params);
    memcpy(packet, inner, inner_length);
    assert_int_equal(sao_ipsec_protect(&made.sa, 5, iv, packet, &length, sizeof packet),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(length, 20 + esp_length);
    assert_memory_equal(packet + 20, esp, esp_length);
    assert_int_equal(sao_ipsec_unprotect(&made.sa, 0, packet, &length, &result),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(result.sequence, 5);
    assert_int_equal(result.next_header, SAO_PROTOCOL_IPV4);
    assert_int_equal(result.pad_length, 2);
    assert_int_equal(length, inner_length);
    assert_memory_equal(packet, inner, inner_length);
    test_sa_free(&made);
}

typedef struct known {
    const char *what;
    int cipher;
    sao_ipsec_mode mode;
    uint8_t ip_version;
    bool esn;
    const char *plain;
    const char *wire;
} known;

/* Made by other code than this library: "python3 tests/interop/vectors.py" prints them. */
static const known knowns[] = {
    {"gcm, tunnel, IPv4 in IPv4", 0, SAO_IPSEC_TUNNEL, 4, false,
     "452a00391234000011fdaa33c0000201c63364020524436281a0bfdefd1c3b5a"
     "7998b7d6f51433527190afceed0c2b4a6988a7c6e504234261",
     "452a00700000400040324dfbc0000201c6336402112233440000000701020304"
     "0506070867d9f4516a76860e16a2963ac41662e1b7692b39ee4240f54efe848b"
     "26101b7497a847497d0a164e6c3542ba49c713f78aeae4f785c36f66ff56fb0f"
     "7925a72a84633cc693b7370b92450ac9"},
    {"gcm, tunnel, IPv6 in IPv4, ESN", 0, SAO_IPSEC_TUNNEL, 4, true,
     "62a123450025fd1120010db80000000000000000c000020120010db800000000"
     "00000000c63364020524436281a0bfdefd1c3b5a7998b7d6f51433527190afce"
     "ed0c2b4a6988a7c6e504234261",
     "452a00840000400040324de7c0000201c6336402112233440000000101020304"
     "050607084052d72d78677b1f275e31b1041660e0715a4f3b2b660196ef5f36ed"
     "db0c202eee30f09f4e2d411e1881ae16256b87631e7e786b195ffbf26b43c959"
     "e5c6a461c41b2e2dda16f5a65440c604dd24f2f80d79d885a0774c782aba6a68"
     "91b33d55"},
    {"gcm, transport, IPv6 with extension headers", 0, SAO_IPSEC_TRANSPORT, 6, false,
     "62a123450035001120010db80000000000000000c000020120010db800000000"
     "00000000c63364023c00010400000000fd000104000000000524436281a0bfde"
     "fd1c3b5a7998b7d6f51433527190afceed0c2b4a6988a7c6e504234261",
     "62a123450058001120010db80000000000000000c000020120010db800000000"
     "00000000c6336402320001040000000011223344000000070102030405060708"
     "dff3f56c7842860e027b7f6b85b6df3e8c46746192feb4413a4a0807aa9c8fe0"
     "033cdbd5e19682daf8a1ce36c5ca3981c5ae639ca3ce1e6fe5d332d4ae4c236d"},
    {"chacha, tunnel, IPv4 in IPv6, ESN", 1, SAO_IPSEC_TUNNEL, 6, true,
     "452a00391234000011fdaa33c0000201c63364020524436281a0bfdefd1c3b5a"
     "7998b7d6f51433527190afceed0c2b4a6988a7c6e504234261",
     "62a00000005c324020010db80000000000000000c000020120010db800000000"
     "00000000c63364021122334400000001010203040506070836941d84f9587913"
     "9f83aad51a74b0c96f5a7105122b86d105fb3d60947e83646af6e80ed4cce742"
     "d7b1895a77de4072ff2f1566a55bfd7a31527327c27ae1c6580b96cd25073f64"
     "c00dd7af"},
    {"hmac, tunnel, IPv6 in IPv6, ESN", 2, SAO_IPSEC_TUNNEL, 6, true,
     "62a123450025fd1120010db80000000000000000c000020120010db800000000"
     "00000000c63364020524436281a0bfdefd1c3b5a7998b7d6f51433527190afce"
     "ed0c2b4a6988a7c6e504234261",
     "62a000000068324020010db80000000000000000c000020120010db800000000"
     "00000000c6336402112233440000000162a123450025fd1120010db800000000"
     "00000000c000020120010db80000000000000000c63364020524436281a0bfde"
     "fd1c3b5a7998b7d6f51433527190afceed0c2b4a6988a7c6e504234261010129"
     "8694352ed93ce3eeebf2b480abe84bbb"},
    {"hmac, transport, IPv4 with options", 2, SAO_IPSEC_TRANSPORT, 4, false,
     "462a003d1234400011fdd52ac0000201c6336402940400000524436281a0bfde"
     "fd1c3b5a7998b7d6f51433527190afceed0c2b4a6988a7c6e504234261",
     "462a0058123440001132d5dac0000201c6336402940400001122334400000007"
     "0524436281a0bfdefd1c3b5a7998b7d6f51433527190afceed0c2b4a6988a7c6"
     "e5042342610101fd51972f8dbf93da65b2d4e6b3dc1670cc"},
    {"hmac, transport, IPv4, ESN", 2, SAO_IPSEC_TRANSPORT, 4, true,
     "452a00391234000011fdaa33c0000201c63364020524436281a0bfdefd1c3b5a"
     "7998b7d6f51433527190afceed0c2b4a6988a7c6e504234261",
     "452a0054123400001132aae3c0000201c6336402112233440000000105244362"
     "81a0bfdefd1c3b5a7998b7d6f51433527190afceed0c2b4a6988a7c6e5042342"
     "610101fd3bbfe805d458b0eacb427fa57bec5b7a"},
};

static void agrees_with_known_packets(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof knowns / sizeof knowns[0]; i++) {
        const known *row = &knowns[i];
        const uint64_t sequence = row->esn ? UINT64_C(0x500000001) : 7;
        uint8_t packet[TEST_PACKET_MAX], iv[8];
        size_t length;
        test_sa made;

        print_message("%s\n", row->what);
        if (!test_cipher_available(&test_ciphers[row->cipher]))
            continue;
        made = make(&test_ciphers[row->cipher], row->mode, row->ip_version, row->esn);
        test_hex(iv, sizeof iv, "0102030405060708");
        length = test_protect_known(&made.sa, sequence, iv, row->plain, row->wire, packet);
        (void)test_unprotect_known(&made.sa, sequence, packet, length, row->plain);
        test_sa_free(&made);
    }
}

/* ---- sealing --------------------------------------------------------------------------- */

static void seals_only_its_own_frames(void **state)
{
    test_sa made = make(chacha, SAO_IPSEC_TUNNEL, 4, false);
    uint8_t good[TEST_PACKET_MAX], packet[TEST_PACKET_MAX];
    size_t length = test_ip_packet(good, 4, 9);
    static const size_t wrong[] = {3, 9, 12, 19, 20, 20 + 8 + 8 + 29};

    (void)state;
    assert_int_equal(sao_ipsec_seal(&made.sa, 0, test_iv(1), good, length),
                     NDIS_STATUS_INVALID_DATA);
    assert_int_equal(sao_ipsec_frame(&made.sa, 1, good, &length, sizeof good), NDIS_STATUS_SUCCESS);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t before[TEST_PACKET_MAX];

        memcpy(packet, good, length);
        packet[wrong[i]] ^= 1;
        memcpy(before, packet, length);
        assert_int_equal(sao_ipsec_seal(&made.sa, 0, test_iv(1), packet, length),
                         NDIS_STATUS_INVALID_DATA);
        assert_memory_equal(packet, before, length);
    }
    memcpy(packet, good, length);
    assert_int_equal(sao_ipsec_seal(&made.sa, 0, NULL, packet, length),
                     NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(sao_ipsec_seal(&made.sa, 0, test_iv(1), packet, length - 1),
                     NDIS_STATUS_INVALID_DATA);
    assert_memory_equal(packet, good, length);
    assert_int_equal(sao_ipsec_seal(&made.sa, 0, test_iv(1), packet, length), NDIS_STATUS_SUCCESS);
    assert_memory_equal(packet + 28, test_iv(1), 8);
    test_sa_free(&made);
}

/* ---- extended sequence numbers --------------------------------------------------------- */

/* RFC 4303 appendix A2.2 with a window of 64. */
static void infers_the_high_half(void **state)
{
    static const struct {
        uint64_t highest, sent;
        bool good; /* else it is taken for one 2^32 away, and the ICV is wrong */
    } cases[] = {
        {0, 1, true},
        {5, 6, true},
        {5, 0xFFFFFFFF, true}, /* there is nothing before the first 2^32 */
        {0xFFFFFFFF, 0x100000000, true},
        {0xFFFFFFF0, 0x100000005, true},
        {0x100000000, 0xFFFFFFFF, true},
        {0x100000000, 0xFFFFFFC1, true},   /* the window's first */
        {0x100000000, 0xFFFFFFC0, false},  /* just before it */
        {0x100000000, 0x1FFFFFFC0, true},  /* so it is this one */
        {0x10000003E, 0xFFFFFFFF, true},   /* the last window that reaches back */
        {0x10000003F, 0xFFFFFFFF, false},  /* the first that does not */
        {0x10000003F, 0x100000000, true},  /* its first */
        {0x100000040, 0x100000000, false}, /* before it */
        {0x100000040, 0x200000000, true},  /* so it is this one */
        {0x580000000, 0x580000001, true},
        {0x580000000, 0x57FFFFFC1, true},
        {0x580000000, 0x57FFFFFC0, false},
        {0x580000000, 0x600000010, true},
        {0xFFFFFFFF00000010, 0xFFFFFFFF00000011, true},
        {0x100000100 - 960, 0xFFFFFD01, true}, /* a caller's window of 1024: its first */
        {0x100000100 - 960, 0xFFFFFD00, false},
        {0x100000100 - 960, 0x100000200, true},
    };

    (void)state;
    for (size_t c = 0; c < TEST_CIPHERS; c++) {
        test_sa made;

        if (!test_cipher_available(&test_ciphers[c]))
            continue;
        made = make(&test_ciphers[c], SAO_IPSEC_TUNNEL, 4, true);
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            uint8_t packet[TEST_PACKET_MAX];
            size_t length = test_ip_packet(packet, 4, 20);
            sao_ipsec_result result;

            assert_int_equal(sao_ipsec_protect(&made.sa, cases[i].sent, test_iv(1), packet, &length,
                                               sizeof packet),
                             NDIS_STATUS_SUCCESS);
            assert_int_equal(sao_ipsec_open(&made.sa, cases[i].highest, packet, length, &result),
                             cases[i].good ? CRYPTO_SUCCESS : CRYPTO_TUNNEL_ESP_AUTH_FAILED);
            assert_int_equal(result.sequence == cases[i].sent, cases[i].good);
            assert_true((uint32_t)result.sequence == (uint32_t)cases[i].sent);
        }
        test_sa_free(&made);
    }
}

/* Without ESN `highest` means nothing, and a high half is not authenticated. */
static void ignores_the_high_half_without_esn(void **state)
{
    test_sa made = make(hmac, SAO_IPSEC_TUNNEL, 4, false);
    uint8_t packet[TEST_PACKET_MAX];
    size_t length = test_ip_packet(packet, 4, 20);
    sao_ipsec_result result;

    (void)state;
    assert_int_equal(sao_ipsec_frame(&made.sa, 9, packet, &length, sizeof packet),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_ipsec_seal(&made.sa, 0xABCD, NULL, packet, length), NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_ipsec_open(&made.sa, UINT64_MAX, packet, length, &result), CRYPTO_SUCCESS);
    assert_true(result.sequence == 9);
    test_sa_free(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_rfc_7634),
        cmocka_unit_test(agrees_with_known_packets),
        cmocka_unit_test(seals_only_its_own_frames),
        cmocka_unit_test(infers_the_high_half),
        cmocka_unit_test(ignores_the_high_half_without_esn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
