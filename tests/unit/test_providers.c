// SPDX-License-Identifier: BSD-2-Clause
/*
 * What every provider promises, for every suite that it has; and that those which compute real
 * cryptography compute the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/crypto.h"
#include "support/rounds.h"

#define PROVIDERS_MAX 8

typedef void check_function(const sao_crypto_provider *provider, const test_suite *suite);

/* Runs a check for every provider and each of its suites. */
static void for_all(check_function *check)
{
    const sao_crypto_provider *provider;
    size_t done = 0;

    for (size_t p = 0; (provider = sao_crypto_provider_at(p)) != NULL; p++) {
        for (size_t s = 0; s < TEST_SUITES; s++) {
            if (test_suite_available(&test_suites[s], provider)) {
                check(provider, &test_suites[s]);
                done++;
            }
        }
    }
    assert_in_range(done, TEST_SUITES + 2, TEST_SUITES * PROVIDERS_MAX); /* null, libsodium */
}

/* Every length, or where that takes too long every nth. */
static size_t stride(void)
{
    return 100u / test_rounds(100);
}

/* ---- random, the same each time --------------------------------------------------------- */

static uint32_t random_state;

static uint32_t next_random(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % below;
}

static void random_bytes(uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)next_random(256);
}

/* AAD as of ESP, with an ESN or without; a tail as an ESN has, where one may be. */
static void random_job(test_crypto *on, const test_suite *suite, size_t length)
{
    const sao_algorithm *encryption = test_suite_encryption(suite);

    random_bytes(on->nonce, sizeof on->nonce);
    random_bytes(on->aad, sizeof on->aad);
    random_bytes(on->tail, sizeof on->tail);
    random_bytes(on->data, sizeof on->data);
    on->job.length = test_suite_whole_blocks(suite, length);
    on->job.aad_length = next_random(sizeof on->aad + 1);
    if (on->job.aad_length + on->job.length == 0) /* of nothing there is no HMAC */
        on->job.aad_length = 1;
    on->job.tail_length =
        (encryption != NULL && encryption->combined) || next_random(2) == 0 ? 0 : 4;
}

/* ---- each by itself ---------------------------------------------------------------------- */

static void check_round_trip(const sao_crypto_provider *provider, const test_suite *suite)
{
    uint8_t plain[TEST_DATA_MAX], wire[TEST_DATA_MAX];
    test_crypto on;

    test_crypto_open(&on, provider, suite, 0);
    for (size_t length = 0; length <= 2000; length += stride() * (1 + next_random(150))) {
        random_job(&on, suite, length);
        memcpy(plain, on.data, sizeof plain);
        assert_int_equal(provider->seal(on.context, &on.job), NDIS_STATUS_SUCCESS);
        memcpy(wire, on.data, sizeof wire);
        /* Nothing beyond the data; and nothing legible, if there is enough to tell. */
        assert_memory_equal(wire + on.job.length, plain + on.job.length,
                            sizeof wire - on.job.length);
        if (suite->encryption != 0 && provider != sao_crypto_null() && on.job.length >= 8)
            assert_memory_not_equal(wire, plain, on.job.length);
        assert_true(provider->open(on.context, &on.job));
        assert_memory_equal(on.data, plain, sizeof plain);
        memcpy(on.data, wire, sizeof wire);
        assert_true(provider->open(on.context, &on.job)); /* opening keeps no state */
        assert_memory_equal(on.data, plain, sizeof plain);
    }
    test_crypto_close(&on);
}

static void what_is_sealed_opens(void **state)
{
    (void)state;
    for_all(check_round_trip);
}

/* One wrong bit of a part: refused, and nothing has changed. */
static void check_wrong_bit(test_crypto *on, uint8_t *part, size_t bit)
{
    uint8_t before[TEST_DATA_MAX], icv[SAO_ICV_MAX];

    part[bit / 8] ^= (uint8_t)(1u << bit % 8);
    memcpy(before, on->data, sizeof before);
    memcpy(icv, on->icv, sizeof icv);
    assert_false(on->provider->open(on->context, &on->job));
    assert_memory_equal(on->data, before, sizeof before);
    assert_memory_equal(on->icv, icv, sizeof icv);
    part[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

/* All bits of short parts, one in 61 of long data. */
static void check_wrong_bits(const sao_crypto_provider *provider, const test_suite *suite)
{
    static const size_t lengths[] = {0, 16, 48, 520, 1536, 1552};
    const sao_algorithm *encryption = test_suite_encryption(suite);
    const sao_algorithm *nonce = encryption != NULL ? encryption : test_suite_authentication(suite);
    const bool covers_nonce = nonce->salt_length > 0; /* a block cipher's IV is part of the AAD */
    test_crypto on;

    if (suite->icv_length == 0)
        return;
    test_crypto_open(&on, provider, suite, 0);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        random_job(&on, suite, lengths[i]);
        assert_int_equal(provider->seal(on.context, &on.job), NDIS_STATUS_SUCCESS);
        for (size_t bit = 0; bit < suite->icv_length * 8; bit++)
            check_wrong_bit(&on, on.icv, bit);
        for (size_t bit = 0; bit < on.job.aad_length * 8; bit++)
            check_wrong_bit(&on, on.aad, bit);
        for (size_t bit = 0; bit < on.job.tail_length * 8; bit++)
            check_wrong_bit(&on, on.tail, bit);
        for (size_t bit = 0; bit < on.job.nonce_length * 8 && covers_nonce; bit++)
            check_wrong_bit(&on, on.nonce, bit);
        for (size_t bit = 0; bit < on.job.length * 8; bit += on.job.length <= 48 ? 1 : 61)
            check_wrong_bit(&on, on.data, bit);
        assert_true(provider->open(on.context, &on.job));
    }
    test_crypto_close(&on);
}

static void a_wrong_bit_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    for_all(check_wrong_bits);
}

/* Another key, of either algorithm, does not open. */
static void check_other_keys(const sao_crypto_provider *provider, const test_suite *suite)
{
    uint8_t wire[TEST_DATA_MAX];
    test_crypto on, other;

    if (suite->icv_length == 0)
        return;
    test_crypto_open(&on, provider, suite, 0);
    test_crypto_open(&other, provider, suite, 1);
    random_job(&on, suite, 96);
    assert_int_equal(provider->seal(on.context, &on.job), NDIS_STATUS_SUCCESS);
    memcpy(wire, on.data, sizeof wire);
    assert_false(provider->open(other.context, &on.job));
    assert_memory_equal(on.data, wire, sizeof wire);
    test_crypto_close(&other);
    test_crypto_close(&on);
}

static void another_key_does_not_open(void **state)
{
    (void)state;
    for_all(check_other_keys);
}

/* ---- what does not fit ------------------------------------------------------------------- */

static void refuses_job(test_crypto *on)
{
    uint8_t before[TEST_DATA_MAX], icv[SAO_ICV_MAX];

    memcpy(before, on->data, sizeof before);
    memcpy(icv, on->icv, sizeof icv);
    assert_int_equal(on->provider->seal(on->context, &on->job), NDIS_STATUS_INVALID_PARAMETER);
    assert_false(on->provider->open(on->context, &on->job));
    assert_memory_equal(on->data, before, sizeof before);
    assert_memory_equal(on->icv, icv, sizeof icv);
}

static void check_jobs(const sao_crypto_provider *provider, const test_suite *suite)
{
    const sao_algorithm *encryption = test_suite_encryption(suite);
    test_crypto on;
    size_t right;

    test_crypto_open(&on, provider, suite, 0);
    random_job(&on, suite, 64);
    right = on.job.nonce_length;
    for (on.job.nonce_length = 0; on.job.nonce_length <= sizeof on.nonce && right != 0;
         on.job.nonce_length++)
        if (on.job.nonce_length != right)
            refuses_job(&on);
    on.job.nonce_length = right;
    if (encryption != NULL && encryption->combined) {
        on.job.tail_length = 4;
        refuses_job(&on);
        on.job.tail_length = 0;
    }
    for (on.job.length = 0; encryption != NULL && on.job.length < 64; on.job.length++)
        if (on.job.length % encryption->block_length != 0)
            refuses_job(&on);
    if (suite->authentication != 0 && test_suite_authentication(suite)->salt_length == 0) {
        on.job.length = on.job.aad_length = on.job.tail_length = 0;
        refuses_job(&on); /* an HMAC of nothing */
        on.job.aad_length = 1;
    }
    on.job.length = 64;
    assert_int_equal(provider->seal(on.context, &on.job), NDIS_STATUS_SUCCESS);
    test_crypto_close(&on);
}

static void jobs_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    for_all(check_jobs);
}

static void refuses_keys(const sao_crypto_provider *provider, test_crypto *on, NDIS_STATUS why)
{
    void *context = malloc(provider->context_size);

    assert_int_equal(provider->prepare(context, &on->keys), why);
    free(context); /* nothing to wipe: a leak is for the sanitizer to find */
}

static void check_key(const sao_crypto_provider *provider, test_crypto *on, const uint8_t **key,
                      size_t *length)
{
    const uint8_t *good = *key;
    const size_t right = *length;

    for (*length = 0; *length <= SAO_KEY_MAX; (*length)++)
        if (*length != right)
            refuses_keys(provider, on, NDIS_STATUS_INVALID_PARAMETER);
    *length = right;
    *key = NULL;
    refuses_keys(provider, on, NDIS_STATUS_INVALID_PARAMETER);
    *key = good;
}

static void check_keys(const sao_crypto_provider *provider, const test_suite *suite)
{
    const sao_algorithm *encryption = test_suite_encryption(suite);
    test_crypto on;

    test_crypto_describe(&on, suite, 0);
    if (encryption != NULL)
        check_key(provider, &on, &on.keys.encryption_key, &on.keys.encryption_key_length);
    if (suite->authentication != 0)
        check_key(provider, &on, &on.keys.authentication_key, &on.keys.authentication_key_length);
    for (on.keys.icv_length = 0; on.keys.icv_length < 300; on.keys.icv_length++) {
        bool gcm = encryption != NULL && encryption->combined &&
                   (on.keys.icv_length == 8 || on.keys.icv_length == 12) &&
                   suite->encryption != SAO_ENCRYPTION_CHACHA20_POLY1305;

        if (on.keys.icv_length != suite->icv_length &&
            on.keys.icv_length != 16 * (size_t)(encryption != NULL && encryption->combined) && !gcm)
            refuses_keys(provider, &on, NDIS_STATUS_INVALID_PARAMETER);
    }
#if SIZE_MAX > UINT32_MAX
    on.keys.icv_length = suite->icv_length + ((size_t)1 << 32);
    refuses_keys(provider, &on, NDIS_STATUS_INVALID_PARAMETER);
#endif
}

static void keys_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    for_all(check_keys);
}

/* Also where the keys, which are missing here, would be refused as well. */
static void check_refused(const sao_crypto_provider *provider, uint32_t encryption,
                          uint32_t authentication)
{
    const sao_crypto_keys keys = {.encryption = encryption, .authentication = authentication};

    assert_int_equal(provider->supports(encryption, authentication), NDIS_STATUS_NOT_SUPPORTED);
    assert_int_equal(provider->prepare(NULL, &keys), NDIS_STATUS_NOT_SUPPORTED);
}

/* Identifiers that are no suite: several bits, unknown ones, GMAC with encryption, nothing. */
static void nothing_else_is_supported(void **state)
{
    const sao_crypto_provider *provider;

    (void)state;
    for (size_t p = 0; (provider = sao_crypto_provider_at(p)) != NULL; p++) {
        for (uint32_t e = 0; e < 0x800; e++) {
            for (uint32_t a = 0; a < 0x80; a++) {
                const uint32_t encryption = e == 0x400 ? SAO_ENCRYPTION_CHACHA20_POLY1305 : e;
                const test_suite asked = {encryption, a, 0};
                const sao_algorithm *cipher = test_suite_encryption(&asked);
                const sao_algorithm *check = test_suite_authentication(&asked);
                const bool null_cipher = sao_encryption_is_null(encryption);
                const bool gmac = check != NULL && check->salt_length > 0;
                bool may = cipher != NULL && cipher->combined;

                may |= (check != NULL || (a == 0 && !null_cipher)) &&
                       (null_cipher || (cipher != NULL && !gmac));
                if (!may)
                    check_refused(provider, encryption, a);
                else if (provider == sao_crypto_null())
                    assert_int_equal(provider->supports(encryption, a), NDIS_STATUS_SUCCESS);
            }
        }
    }
}

/* ---- after use --------------------------------------------------------------------------- */

static void check_wiped(const sao_crypto_provider *provider, const test_suite *suite)
{
    test_crypto on;

    test_crypto_open(&on, provider, suite, 0);
    random_job(&on, suite, 64);
    assert_int_equal(provider->seal(on.context, &on.job), NDIS_STATUS_SUCCESS);
    provider->wipe(on.context);
    for (size_t i = 0; i < provider->context_size; i++) /* of keys, then, nothing either */
        assert_int_equal(((const uint8_t *)on.context)[i], 0);
    refuses_job(&on);
    test_crypto_close(&on); /* wiping twice does no harm */
}

static void a_wiped_context_holds_nothing(void **state)
{
    (void)state;
    for_all(check_wiped);
}

/* What is flat can be copied, to another address, and the copy lives on alone. */
static void check_flat(const sao_crypto_provider *provider, const test_suite *suite)
{
    test_crypto on;
    uint8_t *copy, *original;

    if (!provider->flat)
        return;
    test_crypto_open(&on, provider, suite, 0);
    random_job(&on, suite, 64);
    assert_int_equal(provider->seal(on.context, &on.job), NDIS_STATUS_SUCCESS);
    original = on.context;
    copy = malloc(provider->context_size);
    memcpy(copy, original, provider->context_size);
    provider->wipe(original);
    assert_true(provider->open(copy, &on.job));
    memcpy(original, copy, provider->context_size); /* back, for its end */
    free(copy);
    test_crypto_close(&on);
}

static void flat_contexts_can_be_copied(void **state)
{
    (void)state;
    for_all(check_flat);
}

/* ---- one beside the other ---------------------------------------------------------------- */

/* Seals one job by both; and each opens what the other has sealed. */
static void compare_job(test_crypto *one, test_crypto *other, const test_suite *suite,
                        size_t length)
{
    uint8_t plain[TEST_DATA_MAX];

    random_job(one, suite, length);
    memcpy(plain, one->data, sizeof plain);
    memcpy(other->nonce, one->nonce, sizeof one->nonce);
    memcpy(other->aad, one->aad, sizeof one->aad);
    memcpy(other->data, one->data, sizeof one->data);
    memcpy(other->tail, one->tail, sizeof one->tail);
    other->job.length = one->job.length;
    other->job.aad_length = one->job.aad_length;
    other->job.tail_length = one->job.tail_length;
    assert_int_equal(one->provider->seal(one->context, &one->job), NDIS_STATUS_SUCCESS);
    assert_int_equal(other->provider->seal(other->context, &other->job), NDIS_STATUS_SUCCESS);
    assert_memory_equal(one->data, other->data, sizeof one->data);
    assert_memory_equal(one->icv, other->icv, sizeof one->icv);
    assert_true(one->provider->open(one->context, &other->job));
    assert_true(other->provider->open(other->context, &one->job));
    assert_memory_equal(one->data, plain, sizeof plain);
    assert_memory_equal(other->data, plain, sizeof plain);
}

/* ---- bursts ------------------------------------------------------------------------------ */

#define BURST 37 /* more than providers, and their libraries, take at once */

typedef struct burst {
    test_crypto on[BURST]; /* every suite that the provider has, again and again */
    sao_crypto_task tasks[BURST];
    uint8_t plain[BURST][TEST_DATA_MAX];
} burst;

/* Contexts of suites in turn; a suite's second task has the context of its first. */
static burst *make_burst(const sao_crypto_provider *provider)
{
    burst *b = calloc(1, sizeof *b);
    size_t suite = 0;

    assert_non_null(b);
    for (size_t i = 0; i < BURST; i++, suite++) {
        while (!test_suite_available(&test_suites[suite % TEST_SUITES], provider))
            suite++;
        test_crypto_open(&b->on[i], provider, &test_suites[suite % TEST_SUITES], (uint8_t)i);
        random_job(&b->on[i], &test_suites[suite % TEST_SUITES], next_random(2000));
        memcpy(b->plain[i], b->on[i].data, TEST_DATA_MAX);
        b->tasks[i].context = b->on[i].context;
        b->tasks[i].job = b->on[i].job;
        b->tasks[i].status = NDIS_STATUS_PENDING;
    }
    return b;
}

static void free_burst(burst *b)
{
    for (size_t i = 0; i < BURST; i++)
        test_crypto_close(&b->on[i]);
    free(b);
}

/* Some of the jobs are no jobs, and some of the packets forged; the others do not mind. */
static void check_burst(const sao_crypto_provider *provider)
{
    burst *b = make_burst(provider);

    for (size_t i = 0; i < BURST; i++)
        if (i % 7 == 3 && b->tasks[i].job.nonce_length > 0)
            b->tasks[i].job.nonce_length++;
    sao_crypto_seal_all(provider, b->tasks, BURST);
    for (size_t i = 0; i < BURST; i++) {
        test_crypto *on = &b->on[i];
        uint8_t wire[TEST_DATA_MAX], icv[SAO_ICV_MAX];

        if (b->tasks[i].job.nonce_length != on->job.nonce_length) {
            assert_int_equal(b->tasks[i].status, NDIS_STATUS_INVALID_PARAMETER);
            assert_memory_equal(on->data, b->plain[i], TEST_DATA_MAX);
            continue;
        }
        assert_int_equal(b->tasks[i].status, NDIS_STATUS_SUCCESS);
        memcpy(wire, on->data, sizeof wire);
        memcpy(icv, on->icv, sizeof icv);
        memcpy(on->data, b->plain[i], sizeof wire);
        assert_int_equal(provider->seal(on->context, &on->job), NDIS_STATUS_SUCCESS);
        assert_memory_equal(on->data, wire, sizeof wire);
        assert_memory_equal(on->icv, icv, on->keys.icv_length);
        if (i % 5 == 2 && on->keys.icv_length > 0)
            on->icv[on->keys.icv_length - 1] ^= 1;
    }
    sao_crypto_open_all(provider, b->tasks, BURST);
    for (size_t i = 0; i < BURST; i++) {
        test_crypto *on = &b->on[i];
        const bool forged = i % 5 == 2 && on->keys.icv_length > 0;
        const bool sealed = b->tasks[i].job.nonce_length == on->job.nonce_length;
        uint8_t again[TEST_DATA_MAX];

        assert_int_equal(b->tasks[i].status,
                         forged || !sealed ? NDIS_STATUS_FAILURE : NDIS_STATUS_SUCCESS);
        memcpy(again, on->data, sizeof again);
        if (!forged) {
            assert_memory_equal(again, b->plain[i], sizeof again);
            continue;
        }
        on->icv[on->keys.icv_length - 1] ^= 1; /* as it was: still on the wire */
        if (sealed)
            assert_true(provider->open(on->context, &on->job));
        assert_memory_equal(on->data, b->plain[i], sizeof again);
    }
    free_burst(b);
}

/* One context for all: a burst of one SA's packets. */
static void check_one_context(const sao_crypto_provider *provider, const test_suite *suite)
{
    test_crypto on[3];
    sao_crypto_task tasks[3];

    for (size_t i = 0; i < 3; i++) {
        test_crypto_open(&on[i], provider, suite, 0);
        random_job(&on[i], suite, 100 * i);
        tasks[i] = (sao_crypto_task){on[0].context, on[i].job, NDIS_STATUS_PENDING};
    }
    sao_crypto_seal_all(provider, tasks, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tasks[i].status, NDIS_STATUS_SUCCESS);
        assert_true(provider->open(on[i].context, &on[i].job));
        assert_int_equal(provider->seal(on[i].context, &on[i].job), NDIS_STATUS_SUCCESS);
    }
    sao_crypto_open_all(provider, tasks, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tasks[i].status, NDIS_STATUS_SUCCESS);
        test_crypto_close(&on[i]);
    }
}

static void a_burst_is_jobs_one_by_one(void **state)
{
    const sao_crypto_provider *provider;

    (void)state;
    for (size_t p = 0; (provider = sao_crypto_provider_at(p)) != NULL; p++) {
        check_burst(provider);
        sao_crypto_seal_all(provider, NULL, 0);
        sao_crypto_open_all(provider, NULL, 0);
    }
    for_all(check_one_context);
}

/* ---- one beside the other ---------------------------------------------------------------- */

static size_t compare(const sao_crypto_provider *one, const sao_crypto_provider *other)
{
    size_t compared = 0;

    for (size_t s = 0; s < TEST_SUITES; s++) {
        const test_suite *suite = &test_suites[s];
        test_crypto a, b;

        if (!test_suite_available(suite, one) || !test_suite_available(suite, other))
            continue;
        test_crypto_open(&a, one, suite, (uint8_t)s);
        test_crypto_open(&b, other, suite, (uint8_t)s);
        for (size_t i = 0; i < 200; i += stride())
            compare_job(&a, &b, suite, i <= 40 ? i : next_random(2001));
        test_crypto_close(&a);
        test_crypto_close(&b);
        compared++;
    }
    return compared;
}

static void providers_agree(void **state)
{
    const sao_crypto_provider *all[PROVIDERS_MAX], *provider;
    size_t count = 0;

    (void)state;
    for (size_t p = 0; (provider = sao_crypto_provider_at(p)) != NULL; p++)
        if (provider != sao_crypto_null())
            all[count++] = provider;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++) {
            const size_t compared = compare(all[i], all[j]);

            print_message("%s, %s: agree on %zu suites\n", all[j]->name, all[i]->name, compared);
            assert_in_range(compared, 2, TEST_SUITES);
        }
}

/* GMAC is GCM without a message (RFC 4543 section 3), whoever computes which. */
static void check_gmac(const sao_crypto_provider *provider, const sao_crypto_provider *other)
{
    static const test_suite gmac = {0, IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_256, 16};
    static const test_suite gcm = {IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256, 0, 16};
    test_crypto a, b;

    if (!test_suite_available(&gmac, provider) || !test_suite_available(&gcm, other))
        return;
    test_crypto_open(&a, provider, &gmac, 0);
    test_crypto_open(&b, other, &gcm, 0);
    other->wipe(b.context);
    b.keys.encryption_key = a.authentication_key;
    assert_int_equal(other->prepare(b.context, &b.keys), NDIS_STATUS_SUCCESS);
    random_job(&a, &gmac, 37);
    a.job.aad_length = 12;
    memcpy(b.nonce, a.nonce, sizeof b.nonce);
    memcpy(b.aad, a.aad, 12); /* and the data behind it, and the tail */
    memcpy(b.aad + 12, a.data, 37);
    memcpy(b.aad + 12 + 37, a.tail, a.job.tail_length);
    b.job.aad_length = 12 + 37 + a.job.tail_length;
    assert_int_equal(provider->seal(a.context, &a.job), NDIS_STATUS_SUCCESS);
    assert_int_equal(other->seal(b.context, &b.job), NDIS_STATUS_SUCCESS);
    assert_memory_equal(a.icv, b.icv, sizeof a.icv);
    test_crypto_close(&a);
    test_crypto_close(&b);
}

static void gmac_is_gcm_without_a_message(void **state)
{
    const sao_crypto_provider *provider, *other;

    (void)state;
    for (size_t p = 0; (provider = sao_crypto_provider_at(p)) != NULL; p++)
        for (size_t q = 0; (other = sao_crypto_provider_at(q)) != NULL; q++)
            if (provider != sao_crypto_null() && other != sao_crypto_null())
                check_gmac(provider, other);
}

/* ---- the list ---------------------------------------------------------------------------- */

static void the_list_is_what_there_is(void **state)
{
    const sao_crypto_provider *provider;
    size_t count = 0;

    (void)state;
    assert_ptr_equal(sao_crypto_provider_at(0), sao_crypto_sodium());
    for (; (provider = sao_crypto_provider_at(count)) != NULL; count++) {
        assert_int_equal(provider->size, sizeof *provider);
        assert_ptr_equal(sao_crypto_find(provider->name), provider);
    }
    assert_ptr_equal(sao_crypto_provider_at(count - 1), sao_crypto_null());
    assert_null(sao_crypto_provider_at(count + 1));
    assert_ptr_equal(sao_crypto_find("libsodium"), sao_crypto_sodium());
    assert_ptr_equal(sao_crypto_find("openssl"), sao_crypto_openssl());
    assert_null(sao_crypto_find("OpenSSL"));
    assert_null(sao_crypto_find(""));
    assert_true(sao_crypto_null()->flat);
    assert_in_range(sao_crypto_null()->context_size, 1, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sealed_opens),
        cmocka_unit_test(a_wrong_bit_is_refused_and_changes_nothing),
        cmocka_unit_test(another_key_does_not_open),
        cmocka_unit_test(jobs_that_do_not_fit_are_refused),
        cmocka_unit_test(keys_that_do_not_fit_are_refused),
        cmocka_unit_test(nothing_else_is_supported),
        cmocka_unit_test(a_wiped_context_holds_nothing),
        cmocka_unit_test(flat_contexts_can_be_copied),
        cmocka_unit_test(a_burst_is_jobs_one_by_one),
        cmocka_unit_test(providers_agree),
        cmocka_unit_test(gmac_is_gcm_without_a_message),
        cmocka_unit_test(the_list_is_what_there_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
