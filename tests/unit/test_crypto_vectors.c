// SPDX-License-Identifier: BSD-2-Clause
/* Every provider against published vectors, for every algorithm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/crypto.h"
#include "support/packets.h"

#define DES_CBC IPSEC_OFFLOAD_V2_ENCRYPTION_DES_CBC
#define TRIPLE_DES IPSEC_OFFLOAD_V2_ENCRYPTION_3_DES_CBC
#define CBC_128 IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_128
#define CBC_192 IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_192
#define CBC_256 IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_256
#define GCM_128 IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_128
#define GCM_192 IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_192
#define GCM_256 IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256
#define CHACHA20 SAO_ENCRYPTION_CHACHA20_POLY1305
#define MD5 IPSEC_OFFLOAD_V2_AUTHENTICATION_MD5
#define SHA_1 IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_1
#define SHA_256 IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256
#define GMAC_128 IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_128
#define GMAC_192 IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_192
#define GMAC_256 IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_256

typedef struct vector {
    const char *what;
    uint32_t encryption, authentication;
    const char *key; /* of the one algorithm; a shorter one is filled up with zeros, as HMAC does */
    const char *nonce;
    const char *aad;
    const char *plain;
    const char *sealed; /* NULL: as plain */
    const char *icv;    /* a shorter one is its beginning */
} vector;

/* Of the GCM specification's test cases with AAD. */
#define GCM_KEY "feffe9928665731c6d6a8f9467308308"
#define GCM_NONCE "cafebabefacedbaddecaf888"
#define GCM_AAD "feedfacedeadbeeffeedfacedeadbeefabaddad2"
#define GCM_PLAIN                                                                                  \
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"                             \
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define ZERO_16 "00000000000000000000000000000000"
#define ZERO_12 "000000000000000000000000"

/* Of NIST SP 800-38A appendix F. */
#define CBC_IV "000102030405060708090a0b0c0d0e0f"
#define CBC_PLAIN                                                                                  \
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"                             \
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"

/* "Hi There"; "what do ya want for nothing?"; "Test With Truncation" */
#define HI "4869205468657265"
#define WHAT "7768617420646f2079612077616e7420666f72206e6f7468696e673f"
#define TRUNCATION "546573742057697468205472756e636174696f6e"
#define DD_25 "dddddddddddddddddddddddddddddddddddddddddddddddddd"
#define AA_16 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OB_16 "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"
#define OC_16 "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c"

static const vector vectors[] = {
    {"FIPS 81, CBC", DES_CBC, 0, "0123456789abcdef", "1234567890abcdef", "",
     "4e6f77206973207468652074696d6520666f7220616c6c20",
     "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6", ""},
    {"OpenSSL's evpciph tests, DES-EDE3-CBC", TRIPLE_DES, 0,
     "0123456789abcdeff1e0d3c2b5a49786fedcba9876543210", "fedcba9876543210", "",
     "37363534333231204e6f77206973207468652074696d6520666f722000000000",
     "3fe301c962ac01d02213763c1cbd4cdc799657c064ecf5d41c673812cfde9675", ""},
    {"RFC 3602 section 4, case 1", CBC_128, 0, "06a9214036b8a15b512e03d534120006",
     "3dafba429d9eb430b422da802c9fac41", "", "53696e676c6520626c6f636b206d7367",
     "e353779c1079aeb82708942dbe77181a", ""},
    {"RFC 3602 section 4, case 2", CBC_128, 0, "c286696d887c9aa0611bbb3e2025a45a",
     "562e17996d093d28ddb3ba695a2e6f58", "",
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1", ""},
    {"RFC 3602 section 4, case 5, an ESP packet", CBC_128, 0, "90d382b410eeba7ad938c46cec1a82bf",
     "e96e8c08ab465763fd098d45dd3ff893", "",
     "08000ebda70a00008e9c083db95b070008090a0b0c0d0e0f1011121314151617"
     "18191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637"
     "0102030405060708090a0b0c0d0e0e01",
     "f663c25d325c18c6a9453e194e120849a4870b66cc6b9965330013b4898dc856"
     "a4699e523a55db080b59ec3a8e4b7e52775b07d1db34ed9c538ab50c551b874a"
     "a269add047ad2d5913ac19b7cfbad4a6",
     ""},
    {"NIST SP 800-38A, F.2.3", CBC_192, 0, "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
     CBC_IV, "", CBC_PLAIN,
     "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a"
     "571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd",
     ""},
    {"NIST SP 800-38A, F.2.5", CBC_256, 0,
     "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", CBC_IV, "", CBC_PLAIN,
     "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
     "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b",
     ""},
    {"GCM specification, test case 4", GCM_128, 0, GCM_KEY, GCM_NONCE, GCM_AAD, GCM_PLAIN,
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {"GCM specification, test case 10", GCM_192, 0, GCM_KEY "feffe9928665731c", GCM_NONCE, GCM_AAD,
     GCM_PLAIN,
     "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c"
     "7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710",
     "2519498e80f1478f37ba55bd6d27618c"},
    {"GCM specification, test case 16", GCM_256, 0, GCM_KEY GCM_KEY, GCM_NONCE, GCM_AAD, GCM_PLAIN,
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
    {"RFC 8439 section 2.8.2", CHACHA20, 0,
     "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", "070000004041424344454647",
     "50515253c0c1c2c3c4c5c6c7",
     "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
     "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
     "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
     "637265656e20776f756c642062652069742e",
     "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
     "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
     "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
     "3ff4def08e4b7a9de576d26586cec64b6116",
     "1ae10b594f09e26a7e902ecbd0600691"},
    {"RFC 7634 appendix A, an ESP packet", CHACHA20, 0,
     "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", "a0a1a2a31011121314151617",
     "0102030400000005",
     "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec10"
     "0007362708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
     "2425262728292a2b2c2d2e2f303132333435363701020204",
     "24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c6"
     "14ee8099d52844eb61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3"
     "cbec163fac469b502773f6fb94e664da9165b82829f641e0",
     "76aaa8266b7fb0f7b11b369907e1ad43"},
    {"RFC 2202, HMAC-MD5, case 1", 0, MD5, OB_16, "", "", HI, NULL, "9294727a3638bb1c13f48ef8"},
    {"RFC 2202, HMAC-MD5, case 2", 0, MD5, "4a656665", "", "", WHAT, NULL,
     "750c783e6ab0b503eaa86e31"},
    {"RFC 2202, HMAC-MD5, case 3", 0, MD5, AA_16, "", DD_25, DD_25, NULL,
     "56be34521d144c88dbb8c733"},
    {"RFC 2202, HMAC-MD5, case 5", 0, MD5, OC_16, "", "", TRUNCATION, NULL,
     "56461ef2342edc00f9bab995"},
    {"RFC 2202, HMAC-SHA-1, case 1", 0, SHA_1, OB_16 "0b0b0b0b", "", "", HI, NULL,
     "b617318655057264e28bc0b6"},
    {"RFC 2202, HMAC-SHA-1, case 2", 0, SHA_1, "4a656665", "", "", WHAT, NULL,
     "effcdf6ae5eb2fa2d27416d5"},
    {"RFC 2202, HMAC-SHA-1, case 3", 0, SHA_1, AA_16 "aaaaaaaa", "", DD_25, DD_25, NULL,
     "125d7342b9ac11cd91a39af4"},
    {"RFC 2202, HMAC-SHA-1, case 5", 0, SHA_1, OC_16 "0c0c0c0c", "", "", TRUNCATION, NULL,
     "4c1a03424b55e07fe7f27be1"},
    {"RFC 4231, case 1", 0, SHA_256, OB_16 "0b0b0b0b", "", "", HI, NULL,
     "b0344c61d8db38535ca8afceaf0bf12b"},
    {"RFC 4231, case 2", 0, SHA_256, "4a656665", "", "", WHAT, NULL,
     "5bdcc146bf60754e6a042426089575c7"},
    {"RFC 4231, case 3", 0, SHA_256, AA_16 "aaaaaaaa", "", DD_25, DD_25, NULL,
     "773ea91e36800e46854db8ebd09181a7"},
    {"RFC 4231, case 5", 0, SHA_256, OC_16 "0c0c0c0c", "", "", TRUNCATION, NULL,
     "a3b6167473100ee06e0c796c2955552b"},
    {"NIST CAVP, gcmEncryptExtIV128, AAD only", 0, GMAC_128, "77be63708971c4e240d1cb79e8d77feb",
     "e0e00f19fed7ba0136a797f3", "7a43ec1d9c0a5a78a0b16533a6213cab", "", NULL,
     "209fcc8d3675ed938e9c7166709dd946"},
    {"the same, its AAD as data", 0, GMAC_128, "77be63708971c4e240d1cb79e8d77feb",
     "e0e00f19fed7ba0136a797f3", "7a43ec1d9c", "0a5a78a0b16533a6213cab", NULL,
     "209fcc8d3675ed938e9c7166709dd946"},
    {"draft-mcgrew-gcm-test-01, AES-GMAC, an ESP packet", 0, GMAC_128,
     "4c80cdefbb5d10da906ac73c3613a634", "22433c640000000000000000",
     "00004321000000070000000000000000", /* the IV, too (RFC 4543 section 3.3) */
     "45000030da3a00008001df3bc0a80005c0a800010800c6cd0200070061626364"
     "65666768696a6b6c6d6e6f707172737401020201",
     NULL, "f2a9a836e155106aa8dcd618e4099aaa"},
    {"GCM specification, test case 7", 0, GMAC_192, ZERO_16 "0000000000000000", ZERO_12, "", "",
     NULL, "cd33b28ac773f74ba00ed1f312572435"},
    {"GCM specification, test case 13", 0, GMAC_256, ZERO_16 ZERO_16, ZERO_12, "", "", NULL,
     "530f8afbc74536b9a963b4f1c4cb738b"},
};

#define VECTORS (sizeof vectors / sizeof vectors[0])

static bool is_real(const sao_crypto_provider *provider)
{
    return provider != sao_crypto_null();
}

/* The bytes of a vector, with a context for its key. */
typedef struct bench {
    test_crypto on;
    size_t lengths[3];
    uint8_t plain[160], sealed[160], icv[SAO_ICV_MAX];
} bench;

static void bench_open(bench *b, const vector *from, const sao_crypto_provider *provider,
                       size_t icv_length)
{
    const test_suite suite = {from->encryption, from->authentication, icv_length};
    test_crypto *on = &b->on;

    memset(b, 0, sizeof *b);
    test_crypto_describe(on, &suite, 0);
    memset(on->encryption_key, 0, sizeof on->encryption_key);
    memset(on->authentication_key, 0, sizeof on->authentication_key);
    test_hex(from->encryption != 0 ? on->encryption_key : on->authentication_key, 32, from->key);
    if (from->nonce[0] != '\0')
        assert_int_equal(test_hex(on->nonce, sizeof on->nonce, from->nonce), on->job.nonce_length);
    on->job.aad_length = test_hex(on->aad, sizeof on->aad, from->aad);
    on->job.length = test_hex(on->data, sizeof on->data, from->plain);
    memcpy(b->plain, on->data, sizeof b->plain);
    test_hex(b->sealed, sizeof b->sealed, from->sealed != NULL ? from->sealed : from->plain);
    test_hex(b->icv, sizeof b->icv, from->icv);
    on->provider = provider;
    on->context = malloc(provider->context_size);
    assert_int_equal(provider->prepare(on->context, &on->keys), NDIS_STATUS_SUCCESS);
}

static void bench_close(bench *b)
{
    b->on.provider->wipe(b->on.context);
    free(b->on.context);
}

static void check(const vector *from, const sao_crypto_provider *provider, size_t icv_length)
{
    test_crypto *on;
    bench b;

    bench_open(&b, from, provider, icv_length);
    on = &b.on;
    for (int again = 0; again < 2; again++) { /* a context is for many packets */
        memset(on->icv, 0xC3, sizeof on->icv);
        assert_int_equal(provider->seal(on->context, &on->job), NDIS_STATUS_SUCCESS);
        assert_memory_equal(on->data, b.sealed, sizeof b.sealed);
        assert_memory_equal(on->icv, b.icv, icv_length);
        for (size_t i = icv_length; i < sizeof on->icv; i++)
            assert_int_equal(on->icv[i], 0xC3);
        assert_true(provider->open(on->context, &on->job));
        assert_memory_equal(on->data, b.plain, sizeof b.plain);
    }
    bench_close(&b);
}

static size_t check_every_icv(const vector *from, const sao_crypto_provider *provider)
{
    const size_t full = strlen(from->icv) / 2;
    size_t checked = 0;

    for (size_t length = full; length == full || (length >= 8 && full == 16); length -= 4) {
        const test_suite suite = {from->encryption, from->authentication, length};
        const sao_algorithm *combined = test_suite_encryption(&suite);

        if (!test_suite_available(&suite, provider) ||
            (length != full &&
             (combined == NULL || !sao_icv_length_fits(combined, (uint32_t)length))))
            continue;
        check(from, provider, length);
        checked++;
    }
    return checked;
}

static void every_provider_agrees_with_published_vectors(void **state)
{
    const sao_crypto_provider *provider;

    (void)state;
    for (size_t p = 0; (provider = sao_crypto_provider_at(p)) != NULL; p++) {
        size_t checked = 0;

        for (size_t i = 0; i < VECTORS && is_real(provider); i++)
            checked += check_every_icv(&vectors[i], provider);
        print_message("%s: %zu vectors\n", provider->name, checked);
        if (provider == sao_crypto_sodium()) /* AES-GCM where the processor has it */
            assert_in_range(checked, 6, 7);
        if (provider == sao_crypto_openssl()) /* DES where its legacy module is */
            assert_in_range(checked, VECTORS + 6 - 1, VECTORS + 6);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_provider_agrees_with_published_vectors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
