// SPDX-License-Identifier: BSD-2-Clause
/* crypto.h: suites of algorithms, and contexts and jobs for them, for tests of providers. */
#ifndef SAO_TEST_CRYPTO_H
#define SAO_TEST_CRYPTO_H

#include <saoffload/algorithm.h>
#include <saoffload/crypto.h>

#define TEST_DATA_MAX 2048

/* A pair of algorithms, and the length of their ICV. */
typedef struct test_suite {
    uint32_t encryption;
    uint32_t authentication;
    size_t icv_length;
} test_suite;

/* Every suite that IPsecOV2 can name, the extension, and encryption alone (ADD-14). */
#define TEST_SUITES 36
extern const test_suite test_suites[TEST_SUITES];

/* Does this provider have it on this machine? That of libsodium takes no short ICV. */
bool test_suite_available(const test_suite *suite, const sao_crypto_provider *provider);

/* The algorithms of a suite; NULL for none. */
const sao_algorithm *test_suite_encryption(const test_suite *suite);
const sao_algorithm *test_suite_authentication(const test_suite *suite);

/* A context with its keys, and a job with room for all that it points to. */
typedef struct test_crypto {
    const sao_crypto_provider *provider;
    void *context;
    uint8_t encryption_key[32], authentication_key[32];
    sao_crypto_keys keys;
    uint8_t nonce[16], aad[64], data[TEST_DATA_MAX], tail[16], icv[SAO_ICV_MAX];
    sao_crypto_job job;
} test_crypto;

/*
 * Fills in keys of a pattern that `number` chooses, and a job without bytes but for the nonce. No
 * context yet; `on` must stay where it is.
 */
void test_crypto_describe(test_crypto *on, const test_suite *suite, uint8_t number);

/* Describes, and prepares a context, failing the test if that fails. */
void test_crypto_open(test_crypto *on, const sao_crypto_provider *provider, const test_suite *suite,
                      uint8_t number);
void test_crypto_close(test_crypto *on);

/* Rounds down to what the suite can encrypt. */
size_t test_suite_whole_blocks(const test_suite *suite, size_t length);

#endif /* SAO_TEST_CRYPTO_H */
