// SPDX-License-Identifier: BSD-2-Clause
/* ESP with every algorithm that a provider has: known packets, there and back, wrong bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/crypto.h"
#include "support/packets.h"

static test_sa make(const sao_crypto_provider *provider, const test_suite *suite,
                    sao_ipsec_mode mode, uint8_t ip_version, bool esn)
{
    const test_cipher cipher = {"", suite->encryption, suite->authentication};
    sao_ipsec_params params = test_params(&cipher, mode, ip_version);
    test_sa made;

    params.icv_length = (uint8_t)suite->icv_length;
    params.allow_unauthenticated = suite->icv_length == 0; /* ADD-14 */
    params.esn = esn;
    made.context = malloc(provider->context_size);
    assert_non_null(made.context);
    assert_int_equal(sao_ipsec_sa_init(&made.sa, &params, provider, made.context),
                     NDIS_STATUS_SUCCESS);
    return made;
}

/* ---- known packets ----------------------------------------------------------------------- */

typedef struct known {
    const char *what;
    test_suite suite;
    bool esn;
    const char *wire; /* behind the outer IPv4 header */
} known;

#define E(name) IPSEC_OFFLOAD_V2_ENCRYPTION_##name
#define A(name) IPSEC_OFFLOAD_V2_AUTHENTICATION_##name

static const char *const plain_hex =
    "452a00391234000011fdaa33c0000201c63364020524436281a0bfdefd1c3b5a"
    "7998b7d6f51433527190afceed0c2b4a6988a7c6e504234261";

/* Made by other code than this library: "python3 tests/interop/vectors.py" prints them. */
static const known knowns[] = {
    {"gcm-128-8",
     {E(AES_GCM_128), 0, 8},
     false,
     "112233440000000701020304050607085c97d37983691078c6c6e33863ad6c53"
     "dd5fd5da6543fc9d3f456ab4fb8fee27c1a8165e16565f3b311d7354285e9deb"
     "013fd9b7a4e4de2ad3d14539f14493efe78d7e91"},
    {"gcm-128-8, ESN",
     {E(AES_GCM_128), 0, 8},
     true,
     "112233440000000101020304050607085c97d37983691078c6c6e33863ad6c53"
     "dd5fd5da6543fc9d3f456ab4fb8fee27c1a8165e16565f3b311d7354285e9deb"
     "013fd9b7a4e4de2ad3d14539a35e0b92f4f349d1"},
    {"gcm-192-12",
     {E(AES_GCM_192), 0, 12},
     false,
     "1122334400000007010203040506070871b2ed57105434262557d0b279851c3f"
     "04ffaf2959be62b41215055cdbf4d711fb7a457863b10101d49136c2b87cf97a"
     "44860d6fb1654b37a54489d59984f7199ddadb2345c9edb6"},
    {"gcm-192-12, ESN",
     {E(AES_GCM_192), 0, 12},
     true,
     "1122334400000001010203040506070871b2ed57105434262557d0b279851c3f"
     "04ffaf2959be62b41215055cdbf4d711fb7a457863b10101d49136c2b87cf97a"
     "44860d6fb1654b37a54489d56c5cbe433eb67e0cc0dd07ab"},
    {"gmac-128",
     {E(NONE), A(AES_GCM_128), 16},
     false,
     "11223344000000070102030405060708452a00391234000011fdaa33c0000201"
     "c63364020524436281a0bfdefd1c3b5a7998b7d6f51433527190afceed0c2b4a"
     "6988a7c6e504234261010104ebbc63570db01d26edc88d72b4934b65"},
    {"gmac-128, ESN",
     {E(NONE), A(AES_GCM_128), 16},
     true,
     "11223344000000010102030405060708452a00391234000011fdaa33c0000201"
     "c63364020524436281a0bfdefd1c3b5a7998b7d6f51433527190afceed0c2b4a"
     "6988a7c6e5042342610101044fa78ac6b75e4ccc1045890e3f1d2c4f"},
    {"gmac-256",
     {E(NONE), A(AES_GCM_256), 16},
     false,
     "11223344000000070102030405060708452a00391234000011fdaa33c0000201"
     "c63364020524436281a0bfdefd1c3b5a7998b7d6f51433527190afceed0c2b4a"
     "6988a7c6e504234261010104173daa61f99d7f910ac5999abb13fce0"},
    {"gmac-256, ESN",
     {E(NONE), A(AES_GCM_256), 16},
     true,
     "11223344000000010102030405060708452a00391234000011fdaa33c0000201"
     "c63364020524436281a0bfdefd1c3b5a7998b7d6f51433527190afceed0c2b4a"
     "6988a7c6e5042342610101042592273aa9bb625e561da65b8a485c17"},
    {"null-md5",
     {E(NONE), A(MD5), 12},
     false,
     "1122334400000007452a00391234000011fdaa33c0000201c633640205244362"
     "81a0bfdefd1c3b5a7998b7d6f51433527190afceed0c2b4a6988a7c6e5042342"
     "6101010484ea83c553fb20631b8c1561"},
    {"null-md5, ESN",
     {E(NONE), A(MD5), 12},
     true,
     "1122334400000001452a00391234000011fdaa33c0000201c633640205244362"
     "81a0bfdefd1c3b5a7998b7d6f51433527190afceed0c2b4a6988a7c6e5042342"
     "6101010443d2ed5c8cf31d17f16ba7df"},
    {"des-sha1",
     {E(DES_CBC), A(SHA_1), 12},
     false,
     "112233440000000701020304050607084359f43462359dfdb6bdd36f0ede83f1"
     "77fdc26fabd43d8528da2e1d2569be30f519d5f221187ebacfca7184791cec31"
     "be53e8056db354cc141db999a3c4201ef2ab8f3a929c91809f237c42"},
    {"des-sha1, ESN",
     {E(DES_CBC), A(SHA_1), 12},
     true,
     "112233440000000101020304050607084359f43462359dfdb6bdd36f0ede83f1"
     "77fdc26fabd43d8528da2e1d2569be30f519d5f221187ebacfca7184791cec31"
     "be53e8056db354cc141db999a3c4201e66ba09d36d7bb836f2770c73"},
    {"3des-md5",
     {E(3_DES_CBC), A(MD5), 12},
     false,
     "11223344000000070102030405060708c36f3696616b02d889a0ad781279423e"
     "bdc62a81217da5fdfb98c968998a4d86ad9cf076e196770ca817a2ece139e4a1"
     "7229d40e73ec6024159b11d289a9fef3e695f10f1c42adab63f134df"},
    {"3des-md5, ESN",
     {E(3_DES_CBC), A(MD5), 12},
     true,
     "11223344000000010102030405060708c36f3696616b02d889a0ad781279423e"
     "bdc62a81217da5fdfb98c968998a4d86ad9cf076e196770ca817a2ece139e4a1"
     "7229d40e73ec6024159b11d289a9fef3e0e656570fd419fcf36f77f0"},
    {"cbc-128-sha1",
     {E(AES_CBC_128), A(SHA_1), 12},
     false,
     "11223344000000070102030405060708090a0b0c0d0e0f106632d7d3c389a716"
     "9f972a05d339bc9b189f95d35a5d98f18a3addd6e0069bc1f14425a9de7c2ffd"
     "a875052233eba05658dcc63d38b072282595ba3cd85d6ef4427d516d22ebd126"
     "1c3251df"},
    {"cbc-128-sha1, ESN",
     {E(AES_CBC_128), A(SHA_1), 12},
     true,
     "11223344000000010102030405060708090a0b0c0d0e0f106632d7d3c389a716"
     "9f972a05d339bc9b189f95d35a5d98f18a3addd6e0069bc1f14425a9de7c2ffd"
     "a875052233eba05658dcc63d38b072282595ba3cd85d6ef4439493156709c4ef"
     "c00f917c"},
    {"cbc-192-md5",
     {E(AES_CBC_192), A(MD5), 12},
     false,
     "11223344000000070102030405060708090a0b0c0d0e0f1078861f5069bf3993"
     "3d8ed8c5820560f5c243c02ddcf9ec962067a96433c5edf9439319898a431e26"
     "08672a6fdef9f2803fefc89eebbe33e50a46de197e449541e2b95573c824feea"
     "a171f9bd"},
    {"cbc-192-md5, ESN",
     {E(AES_CBC_192), A(MD5), 12},
     true,
     "11223344000000010102030405060708090a0b0c0d0e0f1078861f5069bf3993"
     "3d8ed8c5820560f5c243c02ddcf9ec962067a96433c5edf9439319898a431e26"
     "08672a6fdef9f2803fefc89eebbe33e50a46de197e449541e0f919740fb13b01"
     "adde2047"},
    {"cbc-256-sha256",
     {E(AES_CBC_256), A(SHA_256), 16},
     false,
     "11223344000000070102030405060708090a0b0c0d0e0f10a95f05227e343718"
     "01a9f7b961d3c4f18cf9a0204d46e1856af7e715c8deb22baa0a19020a876101"
     "1d6015adcffc92e75b601d0ff02ae1bbe5b5d900732d006a37a7047d86f13d48"
     "8a70b67e1e20047d"},
    {"cbc-256-sha256, ESN",
     {E(AES_CBC_256), A(SHA_256), 16},
     true,
     "11223344000000010102030405060708090a0b0c0d0e0f10a95f05227e343718"
     "01a9f7b961d3c4f18cf9a0204d46e1856af7e715c8deb22baa0a19020a876101"
     "1d6015adcffc92e75b601d0ff02ae1bbe5b5d900732d006ae1681a6aabfb823c"
     "a8a13eb7b52b12fc"},
};

static void check_known(const known *row, const sao_crypto_provider *provider)
{
    const uint64_t sequence = row->esn ? UINT64_C(0x500000001) : 7;
    test_sa made = make(provider, &row->suite, SAO_IPSEC_TUNNEL, 4, row->esn);
    uint8_t packet[TEST_PACKET_MAX], iv[16];
    size_t length;

    test_hex(iv, sizeof iv, "0102030405060708090a0b0c0d0e0f10");
    length = test_protect_known(&made.sa, sequence, iv, plain_hex, row->wire, packet);
    (void)test_unprotect_known(&made.sa, sequence, packet, length, plain_hex);
    test_sa_free(&made);
}

static void agrees_with_known_packets(void **state)
{
    const sao_crypto_provider *provider;

    (void)state;
    for (size_t p = 0; (provider = sao_crypto_provider_at(p)) != NULL; p++) {
        for (size_t i = 0; i < sizeof knowns / sizeof knowns[0]; i++) {
            if (provider == sao_crypto_null() || !test_suite_available(&knowns[i].suite, provider))
                continue;
            print_message("%s: %s\n", provider->name, knowns[i].what);
            check_known(&knowns[i], provider);
        }
    }
}

/* ---- there and back ---------------------------------------------------------------------- */

static void check_packet(const test_sa *sa, uint8_t ip_version, size_t payload)
{
    const uint64_t sequence = UINT64_C(1) + payload;
    uint8_t plain[TEST_PACKET_MAX], wire[TEST_PACKET_MAX], packet[TEST_PACKET_MAX];
    const size_t plain_length = test_ip_packet(plain, ip_version, payload);
    const size_t overhead = sao_ipsec_overhead(&sa->sa, plain, plain_length);
    const size_t header = ip_version == 4 ? 20 : 40;
    size_t length = plain_length, again;
    sao_ipsec_result result;

    memcpy(packet, plain, plain_length);
    assert_int_equal(sao_ipsec_protect(&sa->sa, sequence, test_iv((uint32_t)payload), packet,
                                       &length, sizeof packet),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(length, plain_length + overhead);
    memcpy(wire, packet, length);
    again = length;
    assert_int_equal(sao_ipsec_unprotect(&sa->sa, sequence - 1, packet, &again, &result),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(again, plain_length);
    assert_memory_equal(packet, plain, plain_length);

    if (sa->sa.icv_length == 0)
        return;
    /* One wrong byte of the sequence number, the IV, the body, the ICV. */
    for (size_t back = 1; back <= length - header - 4; back += back < 20 ? 1 : 37) {
        memcpy(packet, wire, length);
        packet[length - back] ^= 0x10;
        assert_int_equal(sao_ipsec_open(&sa->sa, sequence - 1, packet, length, &result),
                         sa->sa.mode == SAO_IPSEC_TUNNEL ? CRYPTO_TUNNEL_ESP_AUTH_FAILED
                                                         : CRYPTO_TRANSPORT_ESP_AUTH_FAILED);
        packet[length - back] ^= 0x10;
        assert_memory_equal(packet, wire, length); /* as it was (RX-1) */
    }
}

/* Every suite of every provider, in both modes and IP versions, with an ESN and without. */
static void every_suite_goes_there_and_back(void **state)
{
    static const size_t payloads[] = {0, 1, 2, 13, 14, 15, 16, 17, 100, 1400};
    const sao_crypto_provider *provider;

    (void)state;
    for (size_t p = 0; (provider = sao_crypto_provider_at(p)) != NULL; p++) {
        for (size_t i = 0; i < TEST_SUITES * 8; i++) {
            const test_suite *suite = &test_suites[i / 8];
            const uint8_t ip_version = (i & 1) != 0 ? 4 : 6;
            const sao_ipsec_mode mode = (i & 2) != 0 ? SAO_IPSEC_TUNNEL : SAO_IPSEC_TRANSPORT;
            test_sa made;

            if (!test_suite_available(suite, provider))
                continue;
            made = make(provider, suite, mode, ip_version, (i & 4) != 0);
            for (size_t n = 0; n < sizeof payloads / sizeof payloads[0]; n++)
                check_packet(&made, ip_version, payloads[n]);
            test_sa_free(&made);
        }
    }
}

/* The high half of an ESN is authenticated, wherever the algorithm has it. */
static void check_esn(const sao_crypto_provider *provider, const test_suite *suite)
{
    test_sa made = make(provider, suite, SAO_IPSEC_TUNNEL, 4, true);
    uint8_t packet[TEST_PACKET_MAX];
    size_t length = test_ip_packet(packet, 4, 60);
    sao_ipsec_result result;

    assert_int_equal(sao_ipsec_protect(&made.sa, UINT64_C(0x700000005), test_iv(1), packet, &length,
                                       sizeof packet),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_ipsec_open(&made.sa, UINT64_C(0x800000004), packet, length, &result),
                     CRYPTO_TUNNEL_ESP_AUTH_FAILED);
    assert_int_equal(sao_ipsec_open(&made.sa, UINT64_C(0x700000004), packet, length, &result),
                     CRYPTO_SUCCESS);
    test_sa_free(&made);
}

static void the_high_half_is_authenticated(void **state)
{
    const sao_crypto_provider *provider;

    (void)state;
    for (size_t p = 0; (provider = sao_crypto_provider_at(p)) != NULL; p++)
        for (size_t i = 0; i < TEST_SUITES; i++)
            if (test_suite_available(&test_suites[i], provider) && test_suites[i].icv_length > 0)
                check_esn(provider, &test_suites[i]);
}

static NDIS_STATUS init_status(const sao_ipsec_params *params)
{
    const sao_crypto_provider *provider = sao_crypto_null();
    void *context = malloc(provider->context_size);
    sao_ipsec_sa sa;
    NDIS_STATUS status;

    assert_non_null(context);
    status = sao_ipsec_sa_init(&sa, params, provider, context);
    sao_ipsec_sa_wipe(&sa);
    free(context);
    return status;
}

/* ADD-14: encryption alone only for who asks for it, and never for AH. */
static void encryption_alone_must_be_allowed(void **state)
{
    const test_cipher alone = {"", E(AES_CBC_256), 0};
    sao_ipsec_params params = test_params(&alone, SAO_IPSEC_TUNNEL, 4);

    (void)state;
    assert_int_equal(init_status(&params), NDIS_STATUS_INVALID_PARAMETER);
    params.allow_unauthenticated = true;
    assert_int_equal(init_status(&params), NDIS_STATUS_SUCCESS);
    params.icv_length = 12; /* of what? */
    assert_int_equal(init_status(&params), NDIS_STATUS_INVALID_PARAMETER);
    params.icv_length = 0;
    params.protocol = SAO_PROTOCOL_AH;
    assert_int_equal(init_status(&params), NDIS_STATUS_INVALID_PARAMETER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_known_packets),
        cmocka_unit_test(every_suite_goes_there_and_back),
        cmocka_unit_test(the_high_half_is_authenticated),
        cmocka_unit_test(encryption_alone_must_be_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
