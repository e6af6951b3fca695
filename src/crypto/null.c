// SPDX-License-Identifier: BSD-2-Clause
/*
 * null.c: a provider without cryptography.
 *
 * A context is a few bytes, so that a model checker can hold many. The ICV is FNV-1a over the
 * keys and all that a real one would cover, the nonce too: it differs where a real one would
 * differ, but for one chance in 2^32, and can be forged by anybody.
 */
#include "crypto/suite.h"

#define FNV_OFFSET 2166136261u
#define FNV_PRIME 16777619u

typedef struct null_context {
    uint32_t encryption; /* identifiers; both 0 in a wiped context */
    uint32_t authentication;
    uint32_t seed; /* of the keys */
    uint8_t icv_length;
} null_context;

static uint32_t fnv(uint32_t hash, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ bytes[i]) * FNV_PRIME;
    return hash;
}

static NDIS_STATUS null_prepare(void *memory, const sao_crypto_keys *keys)
{
    null_context *context = memory;
    sao_suite suite;
    NDIS_STATUS status = sao_suite_of_keys(keys, sao_suite_supports, &suite);

    if (status != NDIS_STATUS_SUCCESS)
        return status;
    SAO_MEMSET(context, 0, sizeof *context);
    context->encryption = suite.encryption != NULL ? suite.encryption->identifier : 0;
    context->authentication = suite.authentication != NULL ? suite.authentication->identifier : 0;
    context->icv_length = (uint8_t)keys->icv_length;
    context->seed = FNV_OFFSET;
    if (suite.encryption != NULL)
        context->seed = fnv(context->seed, keys->encryption_key, keys->encryption_key_length);
    if (suite.authentication != NULL)
        context->seed =
            fnv(context->seed, keys->authentication_key, keys->authentication_key_length);
    return NDIS_STATUS_SUCCESS;
}

/* False if the job does not fit. */
static bool compute(const null_context *context, const sao_crypto_job *job,
                    uint8_t icv[SAO_ICV_MAX])
{
    const sao_suite suite = sao_suite_of(context->encryption, context->authentication);
    uint32_t hash = context->seed;

    if (!sao_suite_takes(&suite, job))
        return false;
    if (suite.encryption != NULL || suite.form == SAO_SUITE_GMAC)
        hash = fnv(hash, job->nonce, job->nonce_length);
    hash = fnv(hash, job->aad, job->aad_length);
    hash = fnv(hash, job->data, job->length);
    hash = fnv(hash, job->tail, job->tail_length);
    for (size_t i = 0; i < SAO_ICV_MAX; i++)
        icv[i] = (uint8_t)(hash >> 8 * (i % 4));
    return true;
}

static NDIS_STATUS null_seal(void *memory, const sao_crypto_job *job)
{
    const null_context *context = memory;
    uint8_t icv[SAO_ICV_MAX];

    if (!compute(context, job, icv))
        return NDIS_STATUS_INVALID_PARAMETER;
    SAO_MEMCPY(job->icv, icv, context->icv_length);
    return NDIS_STATUS_SUCCESS;
}

static bool null_open(void *memory, const sao_crypto_job *job)
{
    const null_context *context = memory;
    uint8_t icv[SAO_ICV_MAX];

    return compute(context, job, icv) && SAO_MEMCMP(icv, job->icv, context->icv_length) == 0;
}

static void null_wipe(void *memory)
{
    SAO_WIPE(memory, sizeof(null_context));
}

const sao_crypto_provider *sao_crypto_null(void)
{
    static const sao_crypto_provider provider = {
        .size = sizeof provider,
        .name = "null",
        .context_size = sizeof(null_context),
        .flat = true,
        .supports = sao_suite_supports,
        .prepare = null_prepare,
        .seal = null_seal,
        .open = null_open,
        .wipe = null_wipe,
    };

    return &provider;
}
