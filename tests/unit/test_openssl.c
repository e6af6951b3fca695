// SPDX-License-Identifier: BSD-2-Clause
/*
 * The OpenSSL provider as OpenSSL sees it: what it allocates, what it leaves in memory, and what
 * it leaves alone. What it computes is in test_crypto_vectors and test_providers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include "support/crypto.h"
#include "support/memory.h"

/* ---- OpenSSL's memory -------------------------------------------------------------------- */

/* Before each block of OpenSSL's. */
typedef union head {
    size_t size;
    max_align_t aligned;
} head;

static struct {
    long live;           /* blocks */
    unsigned long count; /* of allocations so far */
    unsigned long fail;  /* the count at which one fails; 0 for never */
    const uint8_t *key;  /* 8 bytes that no freed block may hold; NULL for none */
    bool key_was_left;
} memory;

static void *allocate(size_t size, const char *file, int line)
{
    head *block;

    (void)file;
    (void)line;
    if (++memory.count == memory.fail)
        return NULL;
    block = malloc(sizeof *block + size);
    if (block == NULL)
        return NULL;
    block->size = size;
    memory.live++;
    return block + 1;
}

static void release(void *bytes, const char *file, int line)
{
    head *block;

    (void)file;
    (void)line;
    if (bytes == NULL)
        return;
    block = (head *)bytes - 1;
    if (memory.key != NULL && test_memory_holds(bytes, block->size, memory.key, 8))
        memory.key_was_left = true;
    memory.live--;
    free(block);
}

static void *reallocate(void *bytes, size_t size, const char *file, int line)
{
    void *moved = allocate(size, file, line);

    if (bytes != NULL && moved != NULL) {
        const size_t before = ((head *)bytes - 1)->size;

        memcpy(moved, bytes, before < size ? before : size);
        release(bytes, file, line);
    }
    return moved;
}

/* ---- every allocation fails once --------------------------------------------------------- */

static void fail_at(unsigned long nth)
{
    memory.fail = memory.count + nth;
}

static bool has_failed(void)
{
    const bool failed = memory.fail != 0 && memory.count >= memory.fail;

    memory.fail = 0;
    return failed;
}

/* Returns how many allocations failed, one in each attempt. */
static unsigned long fail_prepare(const test_suite *suite)
{
    const sao_crypto_provider *provider = sao_crypto_openssl();
    static const uint8_t zero[512];
    test_crypto on;

    test_crypto_describe(&on, suite, 0);
    on.context = malloc(provider->context_size);
    assert_non_null(on.context);
    assert_in_range(provider->context_size, 1, sizeof zero);
    for (unsigned long nth = 1;; nth++) {
        const long before = memory.live;
        NDIS_STATUS status;

        memset(on.context, 0xEE, provider->context_size);
        fail_at(nth);
        status = provider->prepare(on.context, &on.keys);
        if (!has_failed()) {
            assert_int_equal(status, NDIS_STATUS_SUCCESS);
            provider->wipe(on.context);
            assert_int_equal(memory.live, before);
            free(on.context);
            return nth - 1;
        }
        assert_int_equal(status, NDIS_STATUS_RESOURCES);
        assert_int_equal(memory.live, before);
        assert_memory_equal(on.context, zero, provider->context_size);
        assert_int_equal(ERR_peek_error(), 0);
    }
}

static void a_failed_prepare_leaves_nothing(void **state)
{
    (void)state;
    for (size_t s = 0; s < TEST_SUITES; s++)
        if (test_suite_available(&test_suites[s], sao_crypto_openssl()))
            assert_in_range(fail_prepare(&test_suites[s]), 2, 30);
}

static void job_of(test_crypto *on, const test_suite *suite)
{
    test_crypto_open(on, sao_crypto_openssl(), suite, 0);
    memset(on->data, 0x5A, sizeof on->data);
    on->job.length = 96;
    on->job.aad_length = 24;
}

/* The suites that allocate for each packet, whose count is returned, get over its failure. */
static unsigned long fail_packets(const test_suite *suite)
{
    const sao_crypto_provider *provider = sao_crypto_openssl();
    uint8_t plain[TEST_DATA_MAX], wire[TEST_DATA_MAX], icv[SAO_ICV_MAX];
    test_crypto on;
    unsigned long nth = 1;

    job_of(&on, suite);
    memcpy(plain, on.data, sizeof plain);
    assert_int_equal(provider->seal(on.context, &on.job), NDIS_STATUS_SUCCESS);
    memcpy(wire, on.data, sizeof wire);
    memcpy(icv, on.icv, sizeof icv);
    for (;; nth++) {
        const long before = memory.live;
        NDIS_STATUS status;
        bool good, opening_failed;

        memcpy(on.data, wire, sizeof wire);
        fail_at(nth);
        good = provider->open(on.context, &on.job);
        opening_failed = has_failed();
        assert_int_equal(good, !opening_failed);
        assert_memory_equal(on.data, opening_failed ? wire : plain, sizeof wire);
        memcpy(on.data, plain, sizeof plain);
        fail_at(nth);
        status = provider->seal(on.context, &on.job);
        assert_in_range(memory.live, before - 1, before); /* the scratch digest may be gone */
        assert_int_equal(ERR_peek_error(), 0);
        if (!has_failed() && !opening_failed) {
            assert_int_equal(status, NDIS_STATUS_SUCCESS);
            break;
        }
        assert_int_equal(status, NDIS_STATUS_RESOURCES);
        /* and then all is well again */
        memcpy(on.data, plain, sizeof plain);
        assert_int_equal(provider->seal(on.context, &on.job), NDIS_STATUS_SUCCESS);
        assert_memory_equal(on.data, wire, sizeof wire);
        assert_memory_equal(on.icv, icv, sizeof icv);
    }
    test_crypto_close(&on);
    return nth - 1;
}

/* Only the copies of an HMAC's digests need memory. */
static void a_packet_without_memory_is_lost_and_no_more(void **state)
{
    (void)state;
    for (size_t s = 0; s < TEST_SUITES; s++) {
        const test_suite *suite = &test_suites[s];
        const sao_algorithm *authentication = test_suite_authentication(suite);
        const bool hmac = authentication != NULL && authentication->salt_length == 0;

        if (test_suite_available(suite, sao_crypto_openssl()))
            assert_in_range(fail_packets(suite), 0, hmac ? 2 : 0);
    }
}

/* ---- keys -------------------------------------------------------------------------------- */

static void freed_memory_holds_no_key(void **state)
{
    const sao_crypto_provider *provider = sao_crypto_openssl();

    (void)state;
    for (size_t s = 0; s < TEST_SUITES; s++) {
        for (int which = 0; which < 2; which++) {
            const long before = memory.live;
            test_crypto on;

            if (!test_suite_available(&test_suites[s], provider))
                continue;
            job_of(&on, &test_suites[s]);
            memory.key = which == 0 ? on.encryption_key : on.authentication_key;
            memory.key_was_left = false;
            assert_int_equal(provider->seal(on.context, &on.job), NDIS_STATUS_SUCCESS);
            on.icv[0] ^= 1;
            (void)provider->open(on.context, &on.job);
            test_crypto_close(&on);
            assert_false(memory.key_was_left);
            assert_int_equal(memory.live, before);
            memory.key = NULL;
        }
    }
}

/* ---- the application --------------------------------------------------------------------- */

/* Errors that it has not looked at yet stay, and none of ours joins them. */
static void the_error_queue_is_the_applications(void **state)
{
    const sao_crypto_provider *provider = sao_crypto_openssl();

    (void)state;
    for (size_t s = 0; s < TEST_SUITES; s++) {
        test_crypto on;

        if (!test_suite_available(&test_suites[s], provider) || test_suites[s].icv_length == 0)
            continue;
        job_of(&on, &test_suites[s]);
        ERR_raise(ERR_LIB_USER, 7);
        assert_int_equal(provider->seal(on.context, &on.job), NDIS_STATUS_SUCCESS);
        on.icv[0] ^= 1;
        assert_false(provider->open(on.context, &on.job));
        assert_int_equal(ERR_GET_REASON(ERR_get_error()), 7);
        assert_int_equal(ERR_get_error(), 0);
        test_crypto_close(&on);
    }
}

/* The legacy module that DES needs is in a library context of our own. */
static void the_library_context_is_the_applications(void **state)
{
    (void)state;
    assert_non_null(sao_crypto_openssl());
    assert_false(OSSL_PROVIDER_available(NULL, "legacy"));
    assert_null(EVP_CIPHER_fetch(NULL, "DES-CBC", NULL));
    ERR_clear_error();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_prepare_leaves_nothing),
        cmocka_unit_test(a_packet_without_memory_is_lost_and_no_more),
        cmocka_unit_test(freed_memory_holds_no_key),
        cmocka_unit_test(the_error_queue_is_the_applications),
        cmocka_unit_test(the_library_context_is_the_applications),
    };

    /* Before OpenSSL allocates anything. */
    if (CRYPTO_set_mem_functions(allocate, reallocate, release) != 1 ||
        sao_crypto_openssl() == NULL)
        return EXIT_FAILURE;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
