// SPDX-License-Identifier: BSD-2-Clause
/* test_ipsec_mb.c: what is particular to the provider over ipsec-mb: queues that are lent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "crypto/ipsec_mb_library.h"
#include "crypto/ipsec_mb_queue.h"
#include "support/crypto.h"

#define ENCRYPTION(name) IPSEC_OFFLOAD_V2_ENCRYPTION_##name
#define AUTHENTICATION(name) IPSEC_OFFLOAD_V2_AUTHENTICATION_##name

#define MANAGERS 20 /* more than are kept */
#define LONGEST 65534u
#define THREADS 4
#define ROUNDS 300

static const test_suite aes_sha_1 = {ENCRYPTION(AES_CBC_256), AUTHENTICATION(SHA_1), 12};

/* ---- managers ---------------------------------------------------------------------------- */

static void a_manager_is_lent_to_one_at_a_time(void **state)
{
    IMB_MGR *lent[MANAGERS];

    (void)state;
    for (size_t i = 0; i < MANAGERS; i++) {
        lent[i] = sao_ipsec_mb_borrow(SAO_IPSEC_MB_MANY);
        assert_non_null(lent[i]);
        assert_ptr_not_equal(lent[i], sao_ipsec_mb_functions());
        for (size_t j = 0; j < i; j++)
            assert_ptr_not_equal(lent[i], lent[j]);
    }
    for (size_t i = 0; i < MANAGERS; i++)
        sao_ipsec_mb_give_back(
            lent[i], SAO_IPSEC_MB_MANY); /* the last are freed: a leak is for the sanitizer */
    assert_ptr_not_equal(lent[1] = sao_ipsec_mb_borrow(SAO_IPSEC_MB_FEW), lent[0]);
    sao_ipsec_mb_give_back(lent[1], SAO_IPSEC_MB_FEW);
    assert_ptr_equal(sao_ipsec_mb_borrow(SAO_IPSEC_MB_MANY), lent[0]);
    sao_ipsec_mb_give_back(lent[0], SAO_IPSEC_MB_MANY);
}

/* ---- nothing stays ----------------------------------------------------------------------- */

static bool holds(const void *memory, size_t size, const uint8_t *bytes, size_t length)
{
    const uint8_t *at = memory, *end = at + size - length + 1;

    for (; (at = memchr(at, bytes[0], (size_t)(end - at))) != NULL; at++)
        if (memcmp(at, bytes, length) == 0)
            return true;
    return false;
}

/* Neither text nor what is derived of keys is in the memory of a manager that was used. */
static void check_manager(sao_ipsec_mb_kind kind, const test_suite *suite, const test_crypto *on,
                          const uint8_t *plain)
{
    const sao_suite parts = sao_suite_of(suite->encryption, suite->authentication);
    const size_t size = imb_get_mb_mgr_size();
    IMB_MGR *used = sao_ipsec_mb_borrow(kind);
    sao_ipsec_mb_keys keys;

    memset(&keys, 0, sizeof keys);
    sao_ipsec_mb_expand(sao_ipsec_mb_functions(), &parts, &on->keys, &keys);
    for (size_t i = 0; i < 160; i += 8)
        assert_false(holds(used, size, plain + i, 8));
    if (suite->encryption != 0) /* of AES or DES: the first rounds */
        assert_false(holds(used, size, keys.cipher.des[0], 16));
    if (suite->encryption >= ENCRYPTION(AES_CBC_128))
        assert_false(holds(used, size, keys.cipher.aes.decrypt, 16));
    if (suite->authentication != 0) {
        assert_false(holds(used, size, keys.inner, 16));
        assert_false(holds(used, size, keys.outer, 16));
        assert_false(holds(used, size, on->icv, 8));
    }
    sao_ipsec_mb_give_back(used, kind);
}

/* One packet, and a burst for which another manager is taken. */
static void check_traces(const test_suite *suite)
{
    uint8_t plain[TEST_DATA_MAX], icvs[8][SAO_ICV_MAX];
    sao_crypto_task tasks[8];
    test_crypto on;

    if (sao_suite_of(suite->encryption, suite->authentication).form != SAO_SUITE_SEPARATE)
        return;
    test_crypto_open(&on, sao_crypto_ipsec_mb(), suite, 0);
    for (size_t i = 0; i < sizeof on.data; i++)
        on.data[i] = (uint8_t)(i * i / 7 + i);
    memcpy(plain, on.data, sizeof plain);
    on.job.length = 160;
    on.job.aad_length = 16;
    assert_int_equal(on.provider->seal(on.context, &on.job), NDIS_STATUS_SUCCESS);
    assert_true(on.provider->open(on.context, &on.job));
    check_manager(SAO_IPSEC_MB_FEW, suite, &on, plain);
    for (size_t i = 0; i < 8; i++) { /* the others only authenticate */
        tasks[i].context = on.context;
        tasks[i].job = on.job;
        if (i > 0) {
            tasks[i].job.length = 0;
            tasks[i].job.icv = icvs[i];
        }
    }
    sao_crypto_seal_all(on.provider, tasks, 8);
    sao_crypto_open_all(on.provider, tasks, 8);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(tasks[i].status, NDIS_STATUS_SUCCESS);
    check_manager(SAO_IPSEC_MB_MANY, suite, &on, plain);
    test_crypto_close(&on);
}

static void the_queues_keep_nothing(void **state)
{
    (void)state;
    for (size_t s = 0; s < TEST_SUITES; s++)
        check_traces(&test_suites[s]);
}

/* ---- how much ---------------------------------------------------------------------------- */

/* The library counts in 16 bits; what is too long is refused, and not cut. */
static void a_job_has_its_limit(void **state)
{
    static const test_suite hmac = {0, AUTHENTICATION(SHA_256), 16};
    uint8_t *bytes = calloc(2, LONGEST), icv[SAO_ICV_MAX];
    test_crypto on, other;

    (void)state;
    assert_non_null(bytes);
    assert_int_equal(sao_crypto_ipsec_mb()->longest_hmac, LONGEST);
    test_crypto_open(&on, sao_crypto_ipsec_mb(), &hmac, 0);
    test_crypto_open(&other, sao_crypto_sodium(), &hmac, 0);
    on.job.data = bytes;
    on.job.aad_length = 10;
    on.job.tail_length = 4;
    on.job.length = LONGEST - 14;
    assert_int_equal(on.provider->seal(on.context, &on.job), NDIS_STATUS_SUCCESS);
    memcpy(icv, on.icv, sizeof icv);
    assert_int_equal(other.provider->seal(other.context, &on.job), NDIS_STATUS_SUCCESS);
    assert_memory_equal(on.icv, icv, sizeof icv);
    assert_true(on.provider->open(on.context, &on.job));
    on.job.length++;
    assert_int_equal(on.provider->seal(on.context, &on.job), NDIS_STATUS_INVALID_PARAMETER);
    assert_false(on.provider->open(on.context, &on.job));
    on.job.length = SIZE_MAX - 13; /* which comes to 0 */
    assert_int_equal(on.provider->seal(on.context, &on.job), NDIS_STATUS_INVALID_PARAMETER);
    test_crypto_close(&on);
    test_crypto_close(&other);
    free(bytes);
}

/* ---- threads ----------------------------------------------------------------------------- */

/* Each has its context; the managers are shared. Counts what came out wrong. */
static void *seal_and_open(void *number)
{
    const uint8_t key = *(const uint8_t *)number;
    uint8_t first[160];
    size_t *wrong = calloc(1, sizeof *wrong);
    test_crypto on;

    test_crypto_describe(&on, &aes_sha_1, key);
    on.context = malloc(sao_crypto_ipsec_mb()->context_size);
    *wrong += sao_crypto_ipsec_mb()->prepare(on.context, &on.keys) != NDIS_STATUS_SUCCESS;
    on.job.length = sizeof first;
    on.job.aad_length = 16;
    for (int i = 0; i < ROUNDS; i++) {
        memset(on.data, 0, sizeof on.data);
        *wrong += sao_crypto_ipsec_mb()->seal(on.context, &on.job) != NDIS_STATUS_SUCCESS;
        if (i == 0)
            memcpy(first, on.data, sizeof first);
        *wrong += memcmp(first, on.data, sizeof first) != 0;
        *wrong += !sao_crypto_ipsec_mb()->open(on.context, &on.job);
    }
    sao_crypto_ipsec_mb()->wipe(on.context);
    free(on.context);
    return wrong;
}

static void threads_do_not_meet_in_a_queue(void **state)
{
    pthread_t threads[THREADS];
    uint8_t numbers[THREADS];

    (void)state;
    for (uint8_t i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, seal_and_open, &numbers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        void *wrong;

        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_int_equal(*(size_t *)wrong, 0);
        free(wrong);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manager_is_lent_to_one_at_a_time),
        cmocka_unit_test(the_queues_keep_nothing),
        cmocka_unit_test(a_job_has_its_limit),
        cmocka_unit_test(threads_do_not_meet_in_a_queue),
    };

    if (sao_crypto_ipsec_mb() == NULL) {
        print_message("left out: this processor has no AES instructions\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
