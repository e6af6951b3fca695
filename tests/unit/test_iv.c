// SPDX-License-Identifier: BSD-2-Clause
/* IVs from numbers (TX-3): known ones, the same again, never another's, for every suite. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/crypto.h"
#include "support/packets.h"

#define NUMBER UINT64_C(0x1234000000000007) /* epoch 0x1234, packet 7 */
#define MANY 2000

#define E(name) IPSEC_OFFLOAD_V2_ENCRYPTION_##name

typedef struct fixture {
    sao_ipsec_sa sa;
    void *context;
} fixture;

static fixture make(const sao_crypto_provider *provider, const test_suite *suite)
{
    const test_cipher cipher = {"", suite->encryption, suite->authentication};
    sao_ipsec_params params = test_params(&cipher, SAO_IPSEC_TUNNEL, 4);
    fixture f;

    params.icv_length = (uint8_t)suite->icv_length;
    f.context = malloc(provider->context_size);
    assert_non_null(f.context);
    assert_int_equal(sao_ipsec_sa_init(&f.sa, &params, provider, f.context), NDIS_STATUS_SUCCESS);
    return f;
}

static void end(fixture *f)
{
    sao_ipsec_sa_wipe(&f->sa);
    free(f->context);
}

/* Runs a check for each suite of each provider that an SA may have. */
static void for_all(void (*check)(fixture *f))
{
    const sao_crypto_provider *provider;

    for (size_t p = 0; (provider = sao_crypto_provider_at(p)) != NULL; p++) {
        for (size_t i = 0; i < TEST_SUITES; i++) {
            fixture f;

            if (!test_suite_available(&test_suites[i], provider) || test_suites[i].icv_length == 0)
                continue;
            f = make(provider, &test_suites[i]);
            check(&f);
            end(&f);
        }
    }
}

/* ---- known IVs --------------------------------------------------------------------------- */

typedef struct known {
    uint32_t encryption;
    const char *iv;
} known;

/* The number, big-endian, encrypted alone: by python3-cryptography in ECB mode. */
static const known knowns[] = {
    {E(DES_CBC), "661e2d396a510366"},
    {E(3_DES_CBC), "135448acbde4b58f"},
    {E(AES_CBC_128), "bb7d70c3db9bbbc749836ac53ff8cedc"},
    {E(AES_CBC_192), "64d8c65514f9f627397a266b55b3c3d5"},
    {E(AES_CBC_256), "8b25527d0f5bd501b1d55b79b8331245"},
    {E(AES_GCM_256), "1234000000000007"},
    {SAO_ENCRYPTION_CHACHA20_POLY1305, "1234000000000007"},
};

static void check_known(const sao_crypto_provider *provider, const test_suite *suite,
                        const char *hex)
{
    uint8_t iv[SAO_IV_MAX], want[SAO_IV_MAX];
    fixture f = make(provider, suite);

    assert_int_equal(test_hex(want, sizeof want, hex), f.sa.iv_length);
    assert_int_equal(sao_ipsec_make_iv(&f.sa, NUMBER, iv), NDIS_STATUS_SUCCESS);
    assert_memory_equal(iv, want, f.sa.iv_length);
    end(&f);
}

static void agrees_with_known_ivs(void **state)
{
    const sao_crypto_provider *provider;

    (void)state;
    for (size_t p = 0; (provider = sao_crypto_provider_at(p)) != NULL; p++)
        for (size_t i = 0; i < TEST_SUITES && provider != sao_crypto_null(); i++)
            for (size_t k = 0; k < sizeof knowns / sizeof knowns[0]; k++)
                if (test_suites[i].encryption == knowns[k].encryption &&
                    test_suites[i].icv_length > 0 &&
                    test_suite_available(&test_suites[i], provider))
                    check_known(provider, &test_suites[i], knowns[k].iv);
}

/* ---- every suite ------------------------------------------------------------------------- */

/* Numbers that follow each other, in two epochs; made with one context, among packets. */
static uint64_t number_at(size_t i)
{
    return (i % 2 == 0 ? UINT64_C(0) : UINT64_C(1) << 48) + i / 2;
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, SAO_IV_MAX);
}

static void check_no_repeat(fixture *f)
{
    static uint8_t ivs[MANY][SAO_IV_MAX];

    memset(ivs, 0, sizeof ivs);
    for (size_t i = 0; i < MANY && f->sa.iv_length > 0; i++) {
        uint8_t again[SAO_IV_MAX];

        assert_int_equal(sao_ipsec_make_iv(&f->sa, number_at(i), ivs[i]), NDIS_STATUS_SUCCESS);
        assert_int_equal(sao_ipsec_make_iv(&f->sa, number_at(i), again), NDIS_STATUS_SUCCESS);
        assert_memory_equal(ivs[i], again, f->sa.iv_length);
    }
    qsort(ivs, MANY, sizeof ivs[0], compare);
    for (size_t i = 1; i < MANY && f->sa.iv_length > 0; i++)
        assert_memory_not_equal(ivs[i - 1], ivs[i], SAO_IV_MAX);
}

static void no_iv_is_anothers(void **state)
{
    (void)state;
    for_all(check_no_repeat);
}

/* Nothing beyond its length; nothing at all without one. */
static void check_length(fixture *f)
{
    uint8_t iv[SAO_IV_MAX + 8];

    memset(iv, 0xA7, sizeof iv);
    assert_int_equal(sao_ipsec_make_iv(&f->sa, NUMBER, iv), NDIS_STATUS_SUCCESS);
    for (size_t i = f->sa.iv_length; i < sizeof iv; i++)
        assert_int_equal(iv[i], 0xA7);
}

static void an_iv_is_as_long_as_it_is(void **state)
{
    (void)state;
    for_all(check_length);
}

/* Making one leaves no trace in a context: a packet comes out the same before and after. */
static void check_no_trace(fixture *f)
{
    uint8_t before[TEST_PACKET_MAX], after[TEST_PACKET_MAX], iv[SAO_IV_MAX];
    size_t length = test_ip_packet(before, 4, 100), again = test_ip_packet(after, 4, 100);

    assert_int_equal(sao_ipsec_make_iv(&f->sa, 1, iv), NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_ipsec_protect(&f->sa, 1, iv, before, &length, sizeof before),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_ipsec_make_iv(&f->sa, 2, iv), NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_ipsec_make_iv(&f->sa, 1, iv), NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_ipsec_protect(&f->sa, 1, iv, after, &again, sizeof after),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(length, again);
    assert_memory_equal(before, after, length);
}

static void making_one_leaves_no_trace(void **state)
{
    (void)state;
    for_all(check_no_trace);
}

/* ---- a provider that cannot -------------------------------------------------------------- */

static NDIS_STATUS seal_nothing(void *context, const sao_crypto_job *job)
{
    (void)context;
    (void)job;
    return NDIS_STATUS_RESOURCES;
}

static void a_failure_is_told(void **state)
{
    static const test_suite cbc = {E(AES_CBC_256), IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256, 16};
    sao_crypto_provider provider = *sao_crypto_null();
    uint8_t iv[SAO_IV_MAX];
    fixture f;

    (void)state;
    provider.seal = seal_nothing;
    f = make(&provider, &cbc);
    assert_int_equal(sao_ipsec_make_iv(&f.sa, NUMBER, iv), NDIS_STATUS_RESOURCES);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_known_ivs),     cmocka_unit_test(no_iv_is_anothers),
        cmocka_unit_test(an_iv_is_as_long_as_it_is), cmocka_unit_test(making_one_leaves_no_trace),
        cmocka_unit_test(a_failure_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
