// SPDX-License-Identifier: BSD-2-Clause
/* crypto.c: see crypto.h. */
#include "support/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ENCRYPTION(name) IPSEC_OFFLOAD_V2_ENCRYPTION_##name
#define AUTHENTICATION(name) IPSEC_OFFLOAD_V2_AUTHENTICATION_##name
#define GCM(bits)                                                                                  \
    {ENCRYPTION(AES_GCM_##bits), 0, 8}, {ENCRYPTION(AES_GCM_##bits), 0, 12},                       \
    {                                                                                              \
        ENCRYPTION(AES_GCM_##bits), 0, 16                                                          \
    }
#define WITH_HMACS(encryption)                                                                     \
    {(encryption), AUTHENTICATION(MD5), 12}, {(encryption), AUTHENTICATION(SHA_1), 12},            \
    {                                                                                              \
        (encryption), AUTHENTICATION(SHA_256), 16                                                  \
    }

/* clang-format off */
const test_suite test_suites[TEST_SUITES] = {
    GCM(128), GCM(192), GCM(256),
    {SAO_ENCRYPTION_CHACHA20_POLY1305, 0, 16},
    {0, AUTHENTICATION(AES_GCM_128), 16},
    {0, AUTHENTICATION(AES_GCM_192), 16},
    {0, AUTHENTICATION(AES_GCM_256), 16},
    WITH_HMACS(0),
    WITH_HMACS(ENCRYPTION(DES_CBC)), {ENCRYPTION(DES_CBC), 0, 0},
    WITH_HMACS(ENCRYPTION(3_DES_CBC)), {ENCRYPTION(3_DES_CBC), 0, 0},
    WITH_HMACS(ENCRYPTION(AES_CBC_128)), {ENCRYPTION(AES_CBC_128), 0, 0},
    WITH_HMACS(ENCRYPTION(AES_CBC_192)), {ENCRYPTION(AES_CBC_192), 0, 0},
    WITH_HMACS(ENCRYPTION(AES_CBC_256)), {ENCRYPTION(AES_CBC_256), 0, 0},
};
/* clang-format on */

const sao_algorithm *test_suite_encryption(const test_suite *suite)
{
    return sao_encryption_algorithm(suite->encryption);
}

const sao_algorithm *test_suite_authentication(const test_suite *suite)
{
    return sao_authentication_algorithm(suite->authentication);
}

bool test_suite_available(const test_suite *suite, const sao_crypto_provider *provider)
{
    return provider->supports(suite->encryption, suite->authentication) == NDIS_STATUS_SUCCESS &&
           (strcmp(provider->name, "libsodium") != 0 || suite->icv_length == 16);
}

size_t test_suite_whole_blocks(const test_suite *suite, size_t length)
{
    const sao_algorithm *encryption = test_suite_encryption(suite);

    return encryption != NULL ? length - length % encryption->block_length : length;
}

static size_t key_length(const sao_algorithm *algorithm)
{
    return algorithm != NULL ? (size_t)algorithm->key_length - algorithm->salt_length : 0;
}

static void fill(uint8_t *bytes, size_t length, unsigned step, unsigned first)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)(i * step + first);
}

void test_crypto_describe(test_crypto *on, const test_suite *suite, uint8_t number)
{
    const sao_algorithm *encryption = test_suite_encryption(suite);
    const sao_algorithm *authentication = test_suite_authentication(suite);
    const sao_algorithm *nonce = encryption != NULL ? encryption : authentication;

    memset(on, 0, sizeof *on);
    fill(on->encryption_key, sizeof on->encryption_key, 7, 0x31u + number);
    fill(on->authentication_key, sizeof on->authentication_key, 13, 0x82u + number);
    fill(on->nonce, sizeof on->nonce, 3, 0x55u + number);
    on->keys.encryption = suite->encryption;
    on->keys.authentication = suite->authentication;
    on->keys.encryption_key = encryption != NULL ? on->encryption_key : NULL;
    on->keys.encryption_key_length = key_length(encryption);
    on->keys.authentication_key = authentication != NULL ? on->authentication_key : NULL;
    on->keys.authentication_key_length = key_length(authentication);
    on->keys.icv_length = suite->icv_length;
    on->job.nonce = on->nonce;
    on->job.nonce_length = (size_t)nonce->salt_length + nonce->iv_length;
    on->job.aad = on->aad;
    on->job.data = on->data;
    on->job.tail = on->tail;
    on->job.icv = on->icv;
}

void test_crypto_open(test_crypto *on, const sao_crypto_provider *provider, const test_suite *suite,
                      uint8_t number)
{
    test_crypto_describe(on, suite, number);
    on->provider = provider;
    on->context = malloc(provider->context_size);
    assert_non_null(on->context);
    memset(on->context, 0xEE, provider->context_size);
    assert_int_equal(provider->prepare(on->context, &on->keys), NDIS_STATUS_SUCCESS);
}

void test_crypto_close(test_crypto *on)
{
    on->provider->wipe(on->context);
    free(on->context);
    on->context = NULL;
}
