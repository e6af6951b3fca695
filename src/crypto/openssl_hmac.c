// SPDX-License-Identifier: BSD-2-Clause
// openssl_hmac.c: see openssl_hmac.h.
#include "crypto/openssl_hmac.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

#define BLOCK 64u /* of MD5, SHA-1 and SHA-256 alike */
#define INNER_PAD 0x36u
#define OUTER_PAD 0x5Cu

/* A digest that has taken in the key, filled up with zeros to a block, each byte xor `pad`. */
static EVP_MD_CTX *digest_of_padded_key(const EVP_MD *digest, const uint8_t *key, size_t length,
                                        uint8_t pad)
{
    EVP_MD_CTX *made = EVP_MD_CTX_new();
    uint8_t block[BLOCK];
    bool good;

    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (uint8_t)(pad ^ (i < length ? key[i] : 0));
    good = made != NULL && EVP_DigestInit_ex2(made, digest, NULL) == 1 &&
           EVP_DigestUpdate(made, block, sizeof block) == 1;
    OPENSSL_cleanse(block, sizeof block);
    if (good)
        return made;
    EVP_MD_CTX_free(made);
    return NULL;
}

bool sao_openssl_hmac_init(sao_openssl_hmac *hmac, const EVP_MD *digest, const uint8_t *key,
                           size_t length)
{
    SAO_ASSERT(EVP_MD_get_block_size(digest) == (int)BLOCK && length <= BLOCK);
    hmac->inner = digest_of_padded_key(digest, key, length, INNER_PAD);
    hmac->outer = digest_of_padded_key(digest, key, length, OUTER_PAD);
    hmac->work = EVP_MD_CTX_new();
    if (hmac->inner != NULL && hmac->outer != NULL && hmac->work != NULL)
        return true;
    sao_openssl_hmac_free(hmac);
    return false;
}

static bool compute(const sao_openssl_hmac *hmac, const sao_crypto_job *job,
                    uint8_t full[EVP_MAX_MD_SIZE])
{
    EVP_MD_CTX *work = hmac->work;
    unsigned int length;

    return EVP_MD_CTX_copy_ex(work, hmac->inner) == 1 &&
           EVP_DigestUpdate(work, job->aad, job->aad_length) == 1 &&
           EVP_DigestUpdate(work, job->data, job->length) == 1 &&
           EVP_DigestUpdate(work, job->tail, job->tail_length) == 1 &&
           EVP_DigestFinal_ex(work, full, &length) == 1 &&
           EVP_MD_CTX_copy_ex(work, hmac->outer) == 1 &&
           EVP_DigestUpdate(work, full, length) == 1 && EVP_DigestFinal_ex(work, full, NULL) == 1;
}

bool sao_openssl_hmac_compute(const sao_openssl_hmac *hmac, const sao_crypto_job *job,
                              uint8_t full[EVP_MAX_MD_SIZE])
{
    bool good;

    ERR_set_mark(); /* a copy allocates */
    good = compute(hmac, job, full);
    ERR_pop_to_mark();
    return good;
}

void sao_openssl_hmac_free(sao_openssl_hmac *hmac)
{
    EVP_MD_CTX_free(hmac->inner);
    EVP_MD_CTX_free(hmac->outer);
    EVP_MD_CTX_free(hmac->work);
    hmac->inner = hmac->outer = hmac->work = NULL;
}
