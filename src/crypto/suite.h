// SPDX-License-Identifier: BSD-2-Clause
/* suite.h: what a pair of algorithms asks of keys and of jobs: the same for every provider. */
#ifndef SAO_CRYPTO_SUITE_H
#define SAO_CRYPTO_SUITE_H

#include <saoffload/algorithm.h>
#include <saoffload/crypto.h>

typedef enum sao_suite_form {
    SAO_SUITE_NONE,     /* no such pair: an unknown identifier, or nothing to do */
    SAO_SUITE_COMBINED, /* an AEAD; no other authentication */
    SAO_SUITE_GMAC,     /* RFC 4543: authentication with a nonce, and no encryption */
    SAO_SUITE_SEPARATE  /* a block cipher, an HMAC, or both */
} sao_suite_form;

/* A pair of algorithms. Both are NULL in a SAO_SUITE_NONE. */
typedef struct sao_suite {
    sao_suite_form form;
    const sao_algorithm *encryption;     /* NULL without one */
    const sao_algorithm *authentication; /* NULL without one, and with a combined mode */
} sao_suite;

/* The suite of two identifiers (algorithm.h), as sao_crypto_provider.supports takes them. */
sao_suite sao_suite_of(uint32_t encryption, uint32_t authentication);

/* sao_crypto_provider.supports of a provider that has every suite there is. */
NDIS_STATUS sao_suite_supports(uint32_t encryption, uint32_t authentication);

/*
 * The suite that keys are for, with which sao_crypto_provider.prepare begins. What the provider's
 * `supports` refuses is refused first, whatever the keys are; then keys and ICVs of the wrong
 * length: NDIS_STATUS_INVALID_PARAMETER.
 */
NDIS_STATUS sao_suite_of_keys(const sao_crypto_keys *keys,
                              NDIS_STATUS (*supports)(uint32_t encryption, uint32_t authentication),
                              sao_suite *suite);

/* Does a job bring the nonce, the whole blocks, something to authenticate, and no more of a tail
 * than the suite takes? */
bool sao_suite_takes(const sao_suite *suite, const sao_crypto_job *job);

#endif /* SAO_CRYPTO_SUITE_H */
