// SPDX-License-Identifier: BSD-2-Clause
/* ESP packets that others have published, through every provider that has their algorithms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/crypto.h"
#include "support/packets.h"

#define CBC_128 IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_128, 0, 0
#define GCM_128 IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_128, 0, 16
#define GCM_192 IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_192, 0, 16
#define GCM_256 IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256, 0, 16
#define GMAC_128 0, IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_128, 16
#define CHACHA20 SAO_ENCRYPTION_CHACHA20_POLY1305, 0, 16

typedef struct published {
    const char *what;
    test_suite suite;
    const char *key;   /* salt included */
    uint64_t sequence; /* over 32 bits, or `esn`: with ESN */
    bool esn;
    uint8_t next_header; /* 4: a tunnel */
    const char *payload;
    const char *esp; /* from its header on */
} published;

static const published packets[] = {
    {"RFC 3602 section 4, case 5",
     {CBC_128},
     "90d382b410eeba7ad938c46cec1a82bf",
     1,
     false,
     1,
     "08000ebda70a00008e9c083db95b070008090a0b0c0d0e0f1011121314151617"
     "18191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637",
     "0000432100000001e96e8c08ab465763fd098d45dd3ff893f663c25d325c18c6"
     "a9453e194e120849a4870b66cc6b9965330013b4898dc856a4699e523a55db08"
     "0b59ec3a8e4b7e52775b07d1db34ed9c538ab50c551b874aa269add047ad2d59"
     "13ac19b7cfbad4a6"},
    {"RFC 3602 section 4, case 6",
     {CBC_128},
     "90d382b410eeba7ad938c46cec1a82bf",
     8,
     false,
     1,
     "0800b5e8a80a0500a69c083d0b660e00777777777777777777777777",
     "000043210000000869d08df7d203329db093fc4924e5bd80f51995881ec4e0c4"
     "488987ce742e8109689bb379d2d750c0d915dca346a89f75"},
    {"RFC 3602 section 4, case 7",
     {CBC_128},
     "0123456789abcdef0123456789abcdef",
     2,
     false,
     4,
     "45000054090400004001f988c0a87b03c0a87bc808009f76a90a0100b49c083d"
     "02a2040008090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
     "2425262728292a2b2c2d2e2f3031323334353637",
     "0000876500000002f4e765244f6407adf13dc1380f673f37773b5241a4c44922"
     "5e4f3ce5ed611b0c237ca96cf74a93013c1b0ea1a0cf70f8e4ecaec78ac53aad"
     "7a0f022b859243c647752e94a859352b8a4d4d2decd136e5c177f132ad3fbfb2"
     "201ac9904c74ee0a109e0ca1e4dfe9d5a100b842f1c22f0d"},
    {"RFC 3602 section 4, case 8",
     {CBC_128},
     "0123456789abcdef0123456789abcdef",
     5,
     false,
     4,
     "45000044090c00004001f990c0a87b03c0a87bc80800d63caa0a0200c69c083d"
     "a3de0300ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
     "ffffffff",
     "000087650000000585d47224b5f3dd5d2101d4ea8dffab2215b92683819596a8"
     "047232cc00f7048fe45318e11f8a0f62ede3c3fc61203bb50f980a08c9843fd3"
     "a1b06d5c07ff9639b7eb7dfb3512e5de435e7207ed971ef3d2726d9b5ef6affc"
     "6d17a0decbb13892"},
    {"draft-mcgrew-gcm-test-01, case 1",
     {GCM_128},
     "4c80cdefbb5d10da906ac73c3613a6342e443b68",
     UINT64_C(0x8765432100000000),
     true,
     1,
     "45000048699a000080114db7c0a80102c0a801010a9bf15638d3010000010000"
     "00000000045f736970045f756470037369700963796265726369747902646b00"
     "00210001",
     "00004321000000004956ed7e3b244cfefecf537e729d5b07dc30df528dd22b76"
     "8d1b98736696a6fd348509fa13ceac34cfa2436f14a3f3cf65925bf1f4a13c5d"
     "15b21e1884f5ff6247aeabb786b93bce61bc17d768fd9732459018148f6cbe72"
     "2fd04796562dfdb4"},
    {"draft-mcgrew-gcm-test-01, case 2",
     {GCM_128},
     "feffe9928665731c6d6a8f9467308308cafebabe",
     0x0000000a,
     false,
     1,
     "4500003e698f000080114dccc0a80102c0a801010a980035002a2343b2d00100"
     "0001000000000000037369700963796265726369747902646b0000010001",
     "0000a5f80000000afacedbaddecaf888deb22cd9b07c72c16e3a65beeb8df304"
     "a5a5897d33ae530f1ba76d5d114d2a5c3de81827c10e9a4f51330d0eec416642"
     "cfbb85a5b47e48a4ec3b9ba95d918bd183b70d3aa8bc6ee4c309e9d85a41ad4a"},
    {"draft-mcgrew-gcm-test-01, case 3",
     {GCM_256},
     "abbccddef00112233445566778899aababbccddef00112233445566778899aab"
     "11223344",
     0x00000002,
     false,
     1,
     "4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee000000000"
     "7002400020bf0000020405b401010402",
     "4a2cbfe3000000020102030405060708ff425c9b724599df7a3bcd510194e00d"
     "6a78107f1b0b1cbf06efae9d65a5d763748a637985771d347f0545659f14e99d"
     "ef842d8eb335f4eecfdbf831824b4c4915956c96"},
    {"draft-mcgrew-gcm-test-01, case 5",
     {GCM_128},
     "3de09874b388e6491988d0c3607eae1f57690e43",
     UINT64_C(0x1010101010101010),
     true,
     1,
     "4500003c99c300008001cb7c40679318010101010800085c0200430061626364"
     "65666768696a6b6c6d6e6f7071727374757677616263646566676869",
     "42f67e3f101010104e280000a2fca1a3fba2caa4853cf9f0f22cb10d86dd83b0"
     "fec75691cf1a04b00d1138ec9c35791765acbd8701ad79845bf9fe3fba487bc9"
     "1755e6662b4c8d0d1f5e22739530320ae0d731cc978ecafaeae88f00e80d6e48"},
    {"draft-mcgrew-gcm-test-01, case 6",
     {GCM_128},
     "3de09874b388e6491988d0c3607eae1f57690e43",
     UINT64_C(0x1010101010101010),
     true,
     1,
     "4500001c42a200008001441f406793b6e00000020a00f5ff",
     "42f67e3f101010104e280000a2fca1a3fba2ca845e5df9f0f22c3e6e86dd831e"
     "1fc65792cd1af9130e1379ed369f071f35e034be95f112e4e7d05d35"},
    {"draft-mcgrew-gcm-test-01, case 7",
     {GCM_192},
     "feffe9928665731c6d6a8f9467308308feffe9928665731ccafebabe",
     0x0000000a,
     false,
     1,
     "45000028a4ad4000400678800a01038f0a010612802306b8cb712602dd6bb03e"
     "501016d07568",
     "0000a5f80000000afacedbaddecaf888a5b1f8066029aea40e598b8122de0242"
     "0938b3ab33f828e687b8858b5bfbdbd0315b27452144cc7795457b9652037f53"
     "18027b5b4cd7a636"},
    {"draft-mcgrew-gcm-test-01, case 8",
     {GCM_128},
     "abbccddef00112233445566778899aabdecaf888",
     UINT64_C(0x0000000000000001),
     true,
     1,
     "4500004933ba00007f119106c3fb1d10c2b1d326c02831ce0035dd7b800302d5"
     "00004e20001e8c18d75b81dc91baa0476b91b924b280389d92c963bac046ec95"
     "9b6266c04722b14923",
     "0000010000000001cafedebaceface7418a6fd42f72cbf4ab2a2ea901f73d814"
     "e3e7f243d95412e1c349c1d2fbec168f9190feebaf2cb01984e65863965d7472"
     "b79da345e0e780191f0d2f0e0f496c226f2127b27db35724e7845d68651f57e6"
     "5f354f75ff17015769623436"},
    {"draft-mcgrew-gcm-test-01, case 9",
     {GCM_256},
     "abbccddef00112233445566778899aababbccddef00112233445566778899aab"
     "73616c74",
     UINT64_C(0x156f3126dd0db99b),
     true,
     1,
     "45080028732c00004006e9f90a0106120a01038f06b88023dd6bafbecb712602"
     "50101f646d54",
     "17405e67dd0db99b616e640169766563f2d69ecdbd5a0d5b8d5ef38bad4da58d"
     "1f278fde98ef67549d524a3018d9a57ff4d3a31ce673119e451626c2415771e3"
     "b7eebca614c89b35"},
    {"draft-mcgrew-gcm-test-01, case 10",
     {GCM_128},
     "3de09874b388e6491988d0c3607eae1f57690e43",
     UINT64_C(0x1010101010101010),
     true,
     1,
     "45000049333e00007f119182c3fb1d10c2b1d326c02831ce0035cb458003025b"
     "000001e0001e8c18d65759d52284a0352c71475c8880391c764d6e5ee0496b32"
     "5ae270c03899493915",
     "42f67e3f101010104e280000a2fca1a3fba2cad12fc1f9f00d3cebf305410db8"
     "3d7784b607323d220f24b0a97d54182800cadb0f68d99ef0e0c0c89ae9bea888"
     "4e52d65bc1afd0740f742444747b5b39ab533163aad4550ee5160975cdb608c5"
     "769189609763b8e18caa81e2"},
    {"draft-mcgrew-gcm-test-01, case 11",
     {GCM_256},
     "abbccddef00112233445566778899aababbccddef00112233445566778899aab"
     "73616c74",
     UINT64_C(0x156f3126dd0db99b),
     true,
     1,
     "636973636f0172756c657301746865016e6574776501646566696e6501746865"
     "746563686e6f6c6f67696573017468617477696c6c01646566696e65746f6d6f"
     "72726f77",
     "17405e67dd0db99b616e640169766563d4b7ed86a1777f2ea13d6973d324c69e"
     "7b43f826fb56831226508bebd2dceb18d0a6df10e5487df074113e14c641024e"
     "3e6773d91a62ee429b043a10e3efe6b012a49363412364f8c0cac587f249e56b"
     "11e24f30e44ccc76"},
    {"draft-mcgrew-gcm-test-01, case 12",
     {GCM_128},
     "7d773d00c144c525ac619d18c84a3f47d9664267",
     0xffffffff,
     false,
     1,
     "",
     "335467aeffffffff43457e9182443bc6437f866bcb3f699fe9b0822bac961c45"
     "04bef270"},
    {"draft-mcgrew-gcm-test-01, case 13",
     {GCM_128},
     "abbccddef00112233445566778899aabdecaf888",
     UINT64_C(0x0000000000000001),
     true,
     1,
     "746f016265016f72016e6f7401746f016265",
     "0000010000000001cafedebaceface7429c9fc69a197d038ccdd14e2ddfcaa05"
     "43332164412503524303ed3c6c5f283843af8c3e"},
    {"draft-mcgrew-gcm-test-01, case 14",
     {GCM_256},
     "6c6567616c697a656d6172696a75616e61616e64646f69746265666f72656961"
     "7475726e",
     UINT64_C(0xffffffffffffffff),
     true,
     1,
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd0200070061626364"
     "65666768696a6b6c6d6e6f7071727374",
     "796b6963ffffffff333021696765746df97ab2aa356d8edce17644ac8c78e25d"
     "d24dedbb29ebf1b64a274b39b49c3a864cd3d78ca4ae68a32b42458fb57dbe82"
     "1dcc63b9d0937ba2945f669368661a329fb4c053"},
    {"draft-mcgrew-gcm-test-01, GMAC",
     {GMAC_128},
     "4c80cdefbb5d10da906ac73c3613a63422433c64",
     7,
     false,
     1,
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd0200070061626364"
     "65666768696a6b6c6d6e6f7071727374",
     "0000432100000007000000000000000045000030da3a00008001df3bc0a80005"
     "c0a800010800c6cd020007006162636465666768696a6b6c6d6e6f7071727374"
     "01020201f2a9a836e155106aa8dcd618e4099aaa"},
    {"RFC 7634 appendix A",
     {CHACHA20},
     "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
     "a0a1a2a3",
     5,
     false,
     4,
     "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec10"
     "0007362708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
     "2425262728292a2b2c2d2e2f3031323334353637",
     "0102030400000005101112131415161724039428b97f417e3c13753a4f05087b"
     "67c352e6a7fab1b982d466ef407ae5c614ee8099d52844eb61aa95dfab4c02f7"
     "2aa71e7c4c4f64c9befe2facc638e8f3cbec163fac469b502773f6fb94e664da"
     "9165b82829f641e076aaa8266b7fb0f7b11b369907e1ad43"},
};

static test_sa make(const published *row, const uint8_t *esp, const sao_crypto_provider *provider)
{
    const test_cipher cipher = {"", row->suite.encryption, row->suite.authentication};
    const sao_ipsec_mode mode = row->next_header == 4 ? SAO_IPSEC_TUNNEL : SAO_IPSEC_TRANSPORT;
    sao_ipsec_params params = test_params(&cipher, mode, 4);
    uint8_t key[SAO_KEY_MAX];
    test_sa made;

    test_hex(key, sizeof key, row->key);
    if (params.encryption_key != NULL)
        params.encryption_key = key;
    else
        params.authentication_key = key;
    params.icv_length = (uint8_t)row->suite.icv_length;
    params.allow_unauthenticated = params.icv_length == 0;
    params.esn = row->esn;
    memcpy(&params.spi, esp, sizeof params.spi);
    made.context = malloc(provider->context_size);
    assert_non_null(made.context);
    assert_int_equal(sao_ipsec_sa_init(&made.sa, &params, provider, made.context),
                     NDIS_STATUS_SUCCESS);
    return made;
}

/* The packet that the ESP packet carries; in transport mode its IP header is ours. */
static size_t plain_packet(const published *row, uint8_t *plain)
{
    uint8_t payload[TEST_PACKET_MAX];
    size_t length = test_hex(payload, sizeof payload, row->payload), whole;

    if (row->next_header == 4) {
        memcpy(plain, payload, length);
        return length;
    }
    whole = test_ip_packet(plain, 4, length);
    memcpy(plain + 20, payload, length);
    plain[9] = row->next_header;
    test_ipv4_checksum(plain);
    return whole;
}

static void check(const published *row, const sao_crypto_provider *provider)
{
    uint8_t esp[TEST_PACKET_MAX], plain[TEST_PACKET_MAX], packet[TEST_PACKET_MAX];
    const size_t esp_length = test_hex(esp, sizeof esp, row->esp);
    const size_t plain_length = plain_packet(row, plain);
    test_sa made = make(row, esp, provider);
    size_t length = plain_length;
    sao_ipsec_result result;

    memcpy(packet, plain, plain_length);
    assert_int_equal(
        sao_ipsec_protect(&made.sa, row->sequence, esp + 8, packet, &length, 20 + esp_length),
        NDIS_STATUS_SUCCESS);
    assert_int_equal(length, 20 + esp_length);
    assert_memory_equal(packet + 20, esp, esp_length);
    assert_int_equal(sao_ipsec_unprotect(&made.sa, row->sequence - 1, packet, &length, &result),
                     NDIS_STATUS_SUCCESS);
    assert_true(result.sequence == row->sequence);
    assert_int_equal(result.next_header, row->next_header);
    assert_int_equal(length, plain_length);
    assert_memory_equal(packet, plain, plain_length);
    test_sa_free(&made);
}

static void agrees_with_published_packets(void **state)
{
    const sao_crypto_provider *provider;
    size_t checked = 0;

    (void)state;
    for (size_t p = 0; (provider = sao_crypto_provider_at(p)) != NULL; p++)
        for (size_t i = 0; i < sizeof packets / sizeof packets[0]; i++) {
            if (provider == sao_crypto_null() || !test_suite_available(&packets[i].suite, provider))
                continue;
            print_message("%s: %s\n", provider->name, packets[i].what);
            check(&packets[i], provider);
            checked++;
        }
    assert_true(checked > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_published_packets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
