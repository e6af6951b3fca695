// SPDX-License-Identifier: BSD-2-Clause
/*
 * openssl_hmac.h: HMAC (RFC 2104) whose key was taken in before.
 *
 * The digests of both padded keys are kept and copied for each packet, so that none hashes the
 * key again. EVP_MAC would do the same, but its re-initialisation with the key it has computes
 * wrong values, silently, before OpenSSL 3.0.3, and it is slower for short packets.
 */
#ifndef SAO_CRYPTO_OPENSSL_HMAC_H
#define SAO_CRYPTO_OPENSSL_HMAC_H

#include <saoffload/crypto.h>

#include <openssl/evp.h>

typedef struct sao_openssl_hmac {
    EVP_MD_CTX *inner; /* has taken in the key, padded; all NULL without an HMAC */
    EVP_MD_CTX *outer;
    EVP_MD_CTX *work;
} sao_openssl_hmac;

/* Takes in a key of at most the digest's block. False without memory: then nothing is held. */
bool sao_openssl_hmac_init(sao_openssl_hmac *hmac, const EVP_MD *digest, const uint8_t *key,
                           size_t length);

/* Of aad, data and tail; all of it, before truncation. False without memory. */
bool sao_openssl_hmac_compute(const sao_openssl_hmac *hmac, const sao_crypto_job *job,
                              uint8_t full[EVP_MAX_MD_SIZE]);

/* Wipes and frees what the key was taken into. Harmless on one that is all NULL. */
void sao_openssl_hmac_free(sao_openssl_hmac *hmac);

#endif /* SAO_CRYPTO_OPENSSL_HMAC_H */
