// SPDX-License-Identifier: BSD-2-Clause
// suite.c: see suite.h.
#include "crypto/suite.h"

sao_suite sao_suite_of(uint32_t encryption, uint32_t authentication)
{
    static const sao_suite none = {SAO_SUITE_NONE, NULL, NULL};
    sao_suite suite = none;

    if (!sao_encryption_is_null(encryption)) {
        suite.encryption = sao_encryption_algorithm(encryption);
        if (suite.encryption == NULL)
            return none;
        if (suite.encryption->combined) { /* authentication is ignored (ADD-7) */
            suite.form = SAO_SUITE_COMBINED;
            return suite;
        }
    }
    suite.authentication = sao_authentication_algorithm(authentication);
    if (suite.authentication == NULL && (authentication != 0 || suite.encryption == NULL))
        return none;
    suite.form = SAO_SUITE_SEPARATE;
    if (suite.authentication != NULL && suite.authentication->salt_length > 0) {
        if (suite.encryption != NULL) /* GMAC takes null encryption only (ADD-7) */
            return none;
        suite.form = SAO_SUITE_GMAC;
    }
    return suite;
}

NDIS_STATUS sao_suite_supports(uint32_t encryption, uint32_t authentication)
{
    return sao_suite_of(encryption, authentication).form != SAO_SUITE_NONE
               ? NDIS_STATUS_SUCCESS
               : NDIS_STATUS_NOT_SUPPORTED;
}

/* Providers never see the salt. */
static bool key_fits(const sao_algorithm *algorithm, const uint8_t *key, size_t length)
{
    return algorithm == NULL ||
           (key != NULL && length == (size_t)algorithm->key_length - algorithm->salt_length);
}

static bool keys_fit(const sao_suite *suite, const sao_crypto_keys *keys)
{
    const sao_algorithm *icv =
        suite->form == SAO_SUITE_COMBINED ? suite->encryption : suite->authentication;
    bool fits = icv == NULL ? keys->icv_length == 0
                            : keys->icv_length <= SAO_ICV_MAX &&
                                  sao_icv_length_fits(icv, (uint32_t)keys->icv_length);

    return fits && key_fits(suite->encryption, keys->encryption_key, keys->encryption_key_length) &&
           key_fits(suite->authentication, keys->authentication_key,
                    keys->authentication_key_length);
}

NDIS_STATUS sao_suite_of_keys(const sao_crypto_keys *keys,
                              NDIS_STATUS (*supports)(uint32_t encryption, uint32_t authentication),
                              sao_suite *suite)
{
    const NDIS_STATUS status = supports(keys->encryption, keys->authentication);

    *suite = sao_suite_of(keys->encryption, keys->authentication);
    if (status != NDIS_STATUS_SUCCESS)
        return status;
    return keys_fit(suite, keys) ? NDIS_STATUS_SUCCESS : NDIS_STATUS_INVALID_PARAMETER;
}

static bool has_nonce(const sao_algorithm *algorithm, const sao_crypto_job *job)
{
    return job->nonce != NULL &&
           job->nonce_length == (size_t)algorithm->salt_length + algorithm->iv_length;
}

/* An HMAC has something to authenticate, always: of nothing not every library makes one. */
static bool has_message(const sao_suite *suite, const sao_crypto_job *job)
{
    return suite->authentication == NULL || job->aad_length > 0 || job->length > 0 ||
           job->tail_length > 0;
}

static bool has_whole_blocks(const sao_suite *suite, const sao_crypto_job *job)
{
    return suite->encryption == NULL || (has_nonce(suite->encryption, job) &&
                                         job->length % suite->encryption->block_length == 0);
}

bool sao_suite_takes(const sao_suite *suite, const sao_crypto_job *job)
{
    switch (suite->form) {
    case SAO_SUITE_COMBINED:
        return has_nonce(suite->encryption, job) && job->tail_length == 0;
    case SAO_SUITE_GMAC:
        return has_nonce(suite->authentication, job);
    case SAO_SUITE_SEPARATE:
        return has_message(suite, job) && has_whole_blocks(suite, job);
    case SAO_SUITE_NONE:
        break;
    }
    return false;
}
