// SPDX-License-Identifier: BSD-2-Clause
/*
 * openssl.c: a crypto provider over OpenSSL 3's libcrypto, with all algorithms of IPsecOV2.
 *
 * A context holds OpenSSL's objects with the key set, so that a packet sets nothing but its IV;
 * there is no key schedule for each. Encrypting and decrypting have an object each: an SA does
 * one of them, but for putting back what a forged packet was (open_combined).
 *
 * What fails in OpenSSL leaves nothing in the thread's error queue, which is the application's:
 * where an error is raised, without memory, it is taken back. A wrong tag raises none.
 */
#include "crypto/openssl_hmac.h"
#include "crypto/openssl_library.h"
#include "crypto/suite.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include <limits.h>

typedef struct openssl_context {
    sao_suite suite;
    EVP_CIPHER_CTX *encrypt; /* key set; NULL where nothing needs it */
    EVP_CIPHER_CTX *decrypt; /* the same */
    sao_openssl_hmac hmac;
    size_t icv_length;
} openssl_context;

/* ---- preparing ------------------------------------------------------------------------- */

/* Does this OpenSSL have what the suite consists of? */
static bool has_suite(const sao_suite *suite)
{
    const uint32_t authentication =
        suite->authentication != NULL ? suite->authentication->identifier : 0;

    if (suite->encryption != NULL && sao_openssl_cipher(suite->encryption->identifier) == NULL)
        return false;
    if (suite->form == SAO_SUITE_GMAC)
        return sao_openssl_gmac_cipher(authentication) != NULL;
    return authentication == 0 || sao_openssl_digest(authentication) != NULL;
}

static NDIS_STATUS openssl_supports(uint32_t encryption, uint32_t authentication)
{
    const sao_suite suite = sao_suite_of(encryption, authentication);

    return suite.form != SAO_SUITE_NONE && has_suite(&suite) ? NDIS_STATUS_SUCCESS
                                                             : NDIS_STATUS_NOT_SUPPORTED;
}

/*
 * NULL without memory. ESP pads for itself. EVP_CIPHER_CTX_set_padding would say so to OpenSSL
 * again for each packet, which for short ones costs as much as the encryption.
 */
static EVP_CIPHER_CTX *new_cipher(const EVP_CIPHER *cipher, const uint8_t *key, bool encrypt)
{
    unsigned int padding = 0;
    const OSSL_PARAM unpadded[] = {OSSL_PARAM_uint(OSSL_CIPHER_PARAM_PADDING, &padding),
                                   OSSL_PARAM_END};
    EVP_CIPHER_CTX *made = EVP_CIPHER_CTX_new();

    if (made != NULL && EVP_CipherInit_ex2(made, cipher, key, NULL, encrypt, unpadded) == 1)
        return made;
    EVP_CIPHER_CTX_free(made);
    return NULL;
}

/* False without memory: some of the objects may be there. */
static bool make_objects(openssl_context *context, const sao_crypto_keys *keys)
{
    const sao_suite *suite = &context->suite;

    if (suite->form == SAO_SUITE_GMAC) {
        const EVP_CIPHER *gmac = sao_openssl_gmac_cipher(suite->authentication->identifier);

        context->encrypt = new_cipher(gmac, keys->authentication_key, true);
        return context->encrypt != NULL;
    }
    if (suite->encryption != NULL) {
        const EVP_CIPHER *cipher = sao_openssl_cipher(suite->encryption->identifier);

        context->encrypt = new_cipher(cipher, keys->encryption_key, true);
        context->decrypt = new_cipher(cipher, keys->encryption_key, false);
        if (context->encrypt == NULL || context->decrypt == NULL)
            return false;
    }
    return suite->authentication == NULL ||
           sao_openssl_hmac_init(&context->hmac,
                                 sao_openssl_digest(suite->authentication->identifier),
                                 keys->authentication_key, keys->authentication_key_length);
}

static void openssl_wipe(void *memory)
{
    openssl_context *context = memory;

    EVP_CIPHER_CTX_free(context->encrypt); /* wipes, too */
    EVP_CIPHER_CTX_free(context->decrypt);
    sao_openssl_hmac_free(&context->hmac);
    OPENSSL_cleanse(context, sizeof *context);
}

static NDIS_STATUS openssl_prepare(void *memory, const sao_crypto_keys *keys)
{
    openssl_context *context = memory;
    sao_suite suite;
    NDIS_STATUS status = sao_suite_of_keys(keys, openssl_supports, &suite);

    if (status != NDIS_STATUS_SUCCESS)
        return status;
    SAO_MEMSET(context, 0, sizeof *context);
    context->suite = suite;
    context->icv_length = keys->icv_length;
    ERR_set_mark();
    if (!make_objects(context, keys)) {
        openssl_wipe(context);
        status = NDIS_STATUS_RESOURCES;
    }
    ERR_pop_to_mark();
    return status;
}

/* ---- packets --------------------------------------------------------------------------- */

/* OpenSSL counts in int. */
static bool takes(const openssl_context *context, const sao_crypto_job *job)
{
    return sao_suite_takes(&context->suite, job) && job->length <= INT_MAX &&
           job->aad_length <= INT_MAX && job->tail_length <= INT_MAX;
}

static bool set_nonce(EVP_CIPHER_CTX *cipher, const uint8_t *nonce)
{
    return EVP_CipherInit_ex2(cipher, NULL, NULL, nonce, -1, NULL) == 1;
}

static bool authenticate(EVP_CIPHER_CTX *cipher, const uint8_t *bytes, size_t length)
{
    int done;

    return length == 0 || EVP_CipherUpdate(cipher, NULL, &done, bytes, (int)length) == 1;
}

/* Encrypts or decrypts, as the object is made for. */
static bool crypt_data(EVP_CIPHER_CTX *cipher, const sao_crypto_job *job)
{
    int done;

    return job->length == 0 ||
           (EVP_CipherUpdate(cipher, job->data, &done, job->data, (int)job->length) == 1 &&
            done == (int)job->length);
}

/* Ends the encryption, or GMAC, and takes its tag. */
static bool take_tag(EVP_CIPHER_CTX *cipher, uint8_t *tag, size_t length)
{
    int done;
    uint8_t none[EVP_MAX_BLOCK_LENGTH];

    return EVP_CipherFinal_ex(cipher, none, &done) == 1 &&
           EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, (int)length, tag) == 1;
}

/* Ends the decryption: is the tag the job's? */
static bool tag_is_good(EVP_CIPHER_CTX *cipher, const sao_crypto_job *job, size_t length)
{
    int done;
    uint8_t none[EVP_MAX_BLOCK_LENGTH];

    return EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, (int)length, job->icv) == 1 &&
           EVP_CipherFinal_ex(cipher, none, &done) == 1;
}

static bool seal_combined(openssl_context *context, const sao_crypto_job *job)
{
    EVP_CIPHER_CTX *cipher = context->encrypt;

    return set_nonce(cipher, job->nonce) && authenticate(cipher, job->aad, job->aad_length) &&
           crypt_data(cipher, job) && take_tag(cipher, job->icv, context->icv_length);
}

/*
 * OpenSSL knows the tag only after it has decrypted. A packet whose tag is wrong is encrypted
 * again, with the same nonce and so to the same bytes: only forged packets pay for it.
 */
static bool open_combined(openssl_context *context, const sao_crypto_job *job)
{
    EVP_CIPHER_CTX *cipher = context->decrypt;

    if (!set_nonce(cipher, job->nonce) || !authenticate(cipher, job->aad, job->aad_length) ||
        !crypt_data(cipher, job))
        return false;
    if (tag_is_good(cipher, job, context->icv_length))
        return true;
    (void)(set_nonce(context->encrypt, job->nonce) && crypt_data(context->encrypt, job));
    return false;
}

/* Everything is AAD. */
static bool compute_gmac(openssl_context *context, const sao_crypto_job *job, uint8_t *icv)
{
    EVP_CIPHER_CTX *cipher = context->encrypt;

    return set_nonce(cipher, job->nonce) && authenticate(cipher, job->aad, job->aad_length) &&
           authenticate(cipher, job->data, job->length) &&
           authenticate(cipher, job->tail, job->tail_length) &&
           take_tag(cipher, icv, context->icv_length);
}

/* The first bytes of the HMAC (RFC 2104 section 5). */
static bool compute_hmac(const openssl_context *context, const sao_crypto_job *job, uint8_t *icv)
{
    uint8_t full[EVP_MAX_MD_SIZE];
    const bool good = sao_openssl_hmac_compute(&context->hmac, job, full);

    if (good)
        SAO_MEMCPY(icv, full, context->icv_length);
    OPENSSL_cleanse(full, sizeof full);
    return good;
}

static bool compute_icv(openssl_context *context, const sao_crypto_job *job, uint8_t *icv)
{
    return context->suite.form == SAO_SUITE_GMAC ? compute_gmac(context, job, icv)
                                                 : compute_hmac(context, job, icv);
}

static bool icv_is_good(openssl_context *context, const sao_crypto_job *job)
{
    uint8_t icv[SAO_ICV_MAX];
    const bool good =
        compute_icv(context, job, icv) && CRYPTO_memcmp(icv, job->icv, context->icv_length) == 0;

    OPENSSL_cleanse(icv, sizeof icv); /* that of a forged packet would be worth having */
    return good;
}

/* Encryption, then authentication of what is on the wire; of GMAC, authentication only. */
static bool seal_separate(openssl_context *context, const sao_crypto_job *job)
{
    if (context->suite.encryption != NULL &&
        !(set_nonce(context->encrypt, job->nonce) && crypt_data(context->encrypt, job)))
        return false;
    return context->suite.authentication == NULL || compute_icv(context, job, job->icv);
}

static bool open_separate(openssl_context *context, const sao_crypto_job *job)
{
    if (context->suite.authentication != NULL && !icv_is_good(context, job))
        return false;
    return context->suite.encryption == NULL ||
           (set_nonce(context->decrypt, job->nonce) && crypt_data(context->decrypt, job));
}

static NDIS_STATUS openssl_seal(void *memory, const sao_crypto_job *job)
{
    openssl_context *context = memory;
    bool done;

    if (!takes(context, job))
        return NDIS_STATUS_INVALID_PARAMETER;
    done = context->suite.form == SAO_SUITE_COMBINED ? seal_combined(context, job)
                                                     : seal_separate(context, job);
    return done ? NDIS_STATUS_SUCCESS : NDIS_STATUS_RESOURCES;
}

static bool openssl_open(void *memory, const sao_crypto_job *job)
{
    openssl_context *context = memory;

    if (!takes(context, job))
        return false;
    return context->suite.form == SAO_SUITE_COMBINED ? open_combined(context, job)
                                                     : open_separate(context, job);
}

const sao_crypto_provider *sao_crypto_openssl(void)
{
    static const sao_crypto_provider provider = {
        .size = sizeof provider,
        .name = "openssl",
        .context_size = sizeof(openssl_context),
        .flat = false,
        .supports = openssl_supports,
        .prepare = openssl_prepare,
        .seal = openssl_seal,
        .open = openssl_open,
        .wipe = openssl_wipe,
    };

    return sao_openssl_start() ? &provider : NULL;
}
