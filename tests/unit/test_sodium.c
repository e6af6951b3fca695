// SPDX-License-Identifier: BSD-2-Clause
/* The libsodium provider against published vectors, and against wrong keys, jobs and bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/packets.h"

#define GCM_256 IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256
#define SHA_256 IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256

typedef struct vector {
    const char *what;
    uint32_t encryption, authentication;
    const char *key; /* filled up with zeros to 32 bytes, which HMAC does too */
    const char *nonce;
    const char *aad;
    const char *plain;
    const char *sealed;
    const char *icv;
} vector;

static const vector vectors[] = {
    {"GCM specification, test case 16", GCM_256, 0,
     "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
    {"RFC 8439 section 2.8.2", SAO_ENCRYPTION_CHACHA20_POLY1305, 0,
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
    {"RFC 4231 test case 1", 0, SHA_256, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
     "4869205468657265", "4869205468657265", "b0344c61d8db38535ca8afceaf0bf12b"},
    {"RFC 4231 test case 2", 0, SHA_256, "4a656665", "", "7768617420646f2079612077616e7420",
     "666f72206e6f7468696e673f", "666f72206e6f7468696e673f", "5bdcc146bf60754e6a042426089575c7"},
    {"RFC 4231 test case 3", 0, SHA_256, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "",
     "dddddddddddddddddddddddddddddddddddddddddddddddddd",
     "dddddddddddddddddddddddddddddddddddddddddddddddddd",
     "dddddddddddddddddddddddddddddddddddddddddddddddddd", "773ea91e36800e46854db8ebd09181a7"},
    {"RFC 4231 test case 4", 0, SHA_256, "0102030405060708090a0b0c0d0e0f10111213141516171819", "",
     "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
     "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
     "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd", "82558a389a443c0ea4cc819899f2083a"},
    {"RFC 4231 test case 5", 0, SHA_256, "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c", "",
     "546573742057697468205472756e63617469", "6f6e", "6f6e", "a3b6167473100ee06e0c796c2955552b"},
};

#define VECTORS (sizeof vectors / sizeof vectors[0])

/* A vector in bytes, with a context for its key. */
typedef struct bench {
    void *context;
    uint8_t key[32], nonce[12], aad[64], data[128], want[128], icv[16], want_icv[16];
    sao_crypto_keys keys;
    sao_crypto_job job;
} bench;

static bool bench_open(bench *on, const vector *from)
{
    const test_cipher cipher = {from->what, from->encryption, from->authentication};

    print_message("%s\n", from->what);
    if (!test_cipher_available(&cipher))
        return false;
    memset(on, 0, sizeof *on);
    test_hex(on->key, sizeof on->key, from->key);
    on->keys.encryption = from->encryption;
    on->keys.authentication = from->authentication;
    on->keys.encryption_key = from->authentication != 0 ? NULL : on->key;
    on->keys.encryption_key_length = from->authentication != 0 ? 0 : sizeof on->key;
    on->keys.authentication_key = from->authentication != 0 ? on->key : NULL;
    on->keys.authentication_key_length = from->authentication != 0 ? sizeof on->key : 0;
    on->keys.icv_length = 16;
    on->job.nonce = on->nonce;
    on->job.nonce_length = test_hex(on->nonce, sizeof on->nonce, from->nonce);
    on->job.aad = on->aad;
    on->job.aad_length = test_hex(on->aad, sizeof on->aad, from->aad);
    on->job.data = on->data;
    on->job.length = test_hex(on->data, sizeof on->data, from->plain);
    on->job.icv = on->icv;
    test_hex(on->want, sizeof on->want, from->sealed);
    test_hex(on->want_icv, sizeof on->want_icv, from->icv);
    on->context = malloc(sao_crypto_sodium()->context_size);
    assert_non_null(on->context);
    assert_int_equal(sao_crypto_sodium()->prepare(on->context, &on->keys), NDIS_STATUS_SUCCESS);
    return true;
}

static void bench_close(bench *on)
{
    sao_crypto_sodium()->wipe(on->context);
    free(on->context);
}

static void agrees_with_published_vectors(void **state)
{
    const sao_crypto_provider *provider = sao_crypto_sodium();
    size_t left_out = 0;

    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        uint8_t plain[128];
        bench on;

        if (!bench_open(&on, &vectors[i])) {
            left_out++;
            continue;
        }
        memcpy(plain, on.data, sizeof plain);
        assert_int_equal(provider->seal(on.context, &on.job), NDIS_STATUS_SUCCESS);
        assert_memory_equal(on.data, on.want, sizeof on.data);
        assert_memory_equal(on.icv, on.want_icv, sizeof on.icv);
        assert_true(provider->open(on.context, &on.job));
        assert_memory_equal(on.data, plain, sizeof plain);
        bench_close(&on);
    }
    assert_true(left_out <= 1);
}

/* A single wrong bit anywhere: refused, and the data is as it was. */
static void refuses_every_wrong_bit(void **state)
{
    const sao_crypto_provider *provider = sao_crypto_sodium();

    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        bench on;

        if (!bench_open(&on, &vectors[i]))
            continue;
        assert_int_equal(provider->seal(on.context, &on.job), NDIS_STATUS_SUCCESS);
        for (int part = 0; part < 4; part++) {
            uint8_t *bytes[] = {on.nonce, on.aad, on.data, on.icv};
            size_t lengths[] = {on.job.nonce_length, on.job.aad_length, on.job.length, 16};

            for (size_t bit = 0; bit < lengths[part] * 8; bit++) {
                uint8_t before[128];

                bytes[part][bit / 8] ^= (uint8_t)(1u << bit % 8);
                memcpy(before, on.data, sizeof before);
                assert_false(provider->open(on.context, &on.job));
                assert_memory_equal(on.data, before, sizeof before);
                bytes[part][bit / 8] ^= (uint8_t)(1u << bit % 8);
            }
        }
        assert_true(provider->open(on.context, &on.job));
        bench_close(&on);
    }
}

/* The tail is authenticated behind the data (RFC 4303 section 2.2.1). */
static void authenticates_the_tail(void **state)
{
    const sao_crypto_provider *provider = sao_crypto_sodium();
    static const uint8_t tail[] = {0x72, 0x65}; /* the last two bytes of test case 1 */
    bench on;

    (void)state;
    assert_true(bench_open(&on, &vectors[2]));
    on.job.length -= sizeof tail;
    on.job.tail = tail;
    on.job.tail_length = sizeof tail;
    assert_int_equal(provider->seal(on.context, &on.job), NDIS_STATUS_SUCCESS);
    assert_memory_equal(on.icv, on.want_icv, sizeof on.icv);
    assert_true(provider->open(on.context, &on.job));
    on.job.tail_length--;
    assert_false(provider->open(on.context, &on.job));
    bench_close(&on);
}

/* A world that is copied takes its contexts along. */
static void contexts_are_flat(void **state)
{
    const sao_crypto_provider *provider = sao_crypto_sodium();

    (void)state;
    assert_true(provider->flat);
    for (size_t i = 0; i < VECTORS; i++) {
        void *copy = malloc(provider->context_size);
        bench on;

        assert_non_null(copy);
        if (bench_open(&on, &vectors[i])) {
            memcpy(copy, on.context, provider->context_size);
            bench_close(&on);
            on.context = copy;
            assert_int_equal(provider->seal(copy, &on.job), NDIS_STATUS_SUCCESS);
            assert_memory_equal(on.icv, on.want_icv, sizeof on.icv);
        }
        free(copy);
    }
}

static void refuses_jobs_that_do_not_fit(void **state)
{
    const sao_crypto_provider *provider = sao_crypto_sodium();

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        uint8_t before[128];
        bench on;

        if (!bench_open(&on, &vectors[i]))
            continue;
        memcpy(before, on.data, sizeof before);
        on.job.nonce_length = 8;
        assert_int_equal(provider->seal(on.context, &on.job), NDIS_STATUS_INVALID_PARAMETER);
        assert_false(provider->open(on.context, &on.job));
        on.job.nonce_length = 12;
        on.job.tail = on.key;
        on.job.tail_length = 4;
        assert_int_equal(provider->seal(on.context, &on.job), NDIS_STATUS_INVALID_PARAMETER);
        assert_false(provider->open(on.context, &on.job));
        assert_memory_equal(on.data, before, sizeof before);
        bench_close(&on);
    }
}

static void refuses_keys_that_do_not_fit(void **state)
{
    const sao_crypto_provider *provider = sao_crypto_sodium();

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        bool hmac = vectors[i].authentication != 0;
        sao_crypto_keys keys;
        bench on;

        if (!bench_open(&on, &vectors[i]))
            continue;
        keys = on.keys;
        *(hmac ? &keys.authentication_key_length : &keys.encryption_key_length) = 31;
        assert_int_equal(provider->prepare(on.context, &keys), NDIS_STATUS_INVALID_PARAMETER);
        keys = on.keys;
        *(hmac ? &keys.authentication_key : &keys.encryption_key) = NULL;
        assert_int_equal(provider->prepare(on.context, &keys), NDIS_STATUS_INVALID_PARAMETER);
        for (keys = on.keys, keys.icv_length = 0; keys.icv_length < 16; keys.icv_length++) {
            bool short_gcm =
                keys.encryption == GCM_256 && (keys.icv_length == 8 || keys.icv_length == 12);

            assert_int_equal(provider->prepare(on.context, &keys),
                             short_gcm ? NDIS_STATUS_NOT_SUPPORTED : NDIS_STATUS_INVALID_PARAMETER);
        }
        bench_close(&on);
    }
}

/* Every other pair of identifiers is somebody else's. */
static void supports_what_it_says(void **state)
{
    const sao_crypto_provider *provider = sao_crypto_sodium();
    int supported = 0;

    (void)state;
    for (uint32_t e = 0; e <= 32; e++) {
        for (uint32_t a = 0; a <= 32; a++) {
            uint32_t encryption = e == 0 ? 0 : UINT32_C(1) << (e - 1);
            uint32_t authentication = a == 0 ? 0 : UINT32_C(1) << (a - 1);
            sao_crypto_keys keys = {.encryption = encryption, .authentication = authentication};
            uint8_t nowhere[1];
            bool want = encryption == GCM_256 || encryption == SAO_ENCRYPTION_CHACHA20_POLY1305 ||
                        (encryption <= 1 && authentication == SHA_256);

            if (encryption == GCM_256 && !test_cipher_available(&test_ciphers[0]))
                want = false;
            assert_int_equal(provider->supports(encryption, authentication),
                             want ? NDIS_STATUS_SUCCESS : NDIS_STATUS_NOT_SUPPORTED);
            if (!want)
                assert_int_equal(provider->prepare(nowhere, &keys), NDIS_STATUS_NOT_SUPPORTED);
            supported += want;
        }
    }
    assert_in_range(supported, 33 + 2, 33 * 2 + 2);
}

static void wipes_contexts(void **state)
{
    const sao_crypto_provider *provider = sao_crypto_sodium();

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        bench on;

        if (!bench_open(&on, &vectors[i]))
            continue;
        provider->wipe(on.context);
        for (size_t n = 0; n < provider->context_size; n++)
            assert_int_equal(((uint8_t *)on.context)[n], 0);
        assert_int_equal(provider->seal(on.context, &on.job), NDIS_STATUS_INVALID_PARAMETER);
        assert_false(provider->open(on.context, &on.job));
        bench_close(&on);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_published_vectors),
        cmocka_unit_test(refuses_every_wrong_bit),
        cmocka_unit_test(authenticates_the_tail),
        cmocka_unit_test(contexts_are_flat),
        cmocka_unit_test(refuses_jobs_that_do_not_fit),
        cmocka_unit_test(refuses_keys_that_do_not_fit),
        cmocka_unit_test(supports_what_it_says),
        cmocka_unit_test(wipes_contexts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
