// SPDX-License-Identifier: BSD-2-Clause
/*
 * sodium.c: a crypto provider over libsodium.
 *
 * A context is the expanded key and nothing else, without pointers, so that a world that holds
 * it can be copied. The tag of an AEAD is always 16 bytes here: libsodium takes no shorter one.
 */
#include <saoffload/algorithm.h>
#include <saoffload/crypto.h>

#include <sodium.h>

#define TAG_LENGTH 16u
#define AEAD_NONCE_LENGTH 12u

SAO_STATIC_ASSERT(crypto_aead_aes256gcm_ABYTES == TAG_LENGTH, "AES-GCM tag");
SAO_STATIC_ASSERT(crypto_aead_aes256gcm_NPUBBYTES == AEAD_NONCE_LENGTH, "AES-GCM nonce");
SAO_STATIC_ASSERT(crypto_aead_chacha20poly1305_ietf_ABYTES == TAG_LENGTH, "ChaCha20 tag");
SAO_STATIC_ASSERT(crypto_aead_chacha20poly1305_ietf_NPUBBYTES == AEAD_NONCE_LENGTH,
                  "ChaCha20 nonce");

typedef enum cipher {
    CIPHER_NONE, /* no such pair of algorithms here */
    CIPHER_AES_256_GCM,
    CIPHER_CHACHA20_POLY1305,
    CIPHER_HMAC_SHA_256
} cipher;

/*
 * The AES-GCM state wants 16 bytes of alignment, which not every machine's max_align_t promises:
 * kept as bytes, it asks nothing of the context, and has_aes_gcm asks for it instead.
 */
typedef struct sodium_context {
    union {
        unsigned char aes_gcm[sizeof(crypto_aead_aes256gcm_state)];
        unsigned char chacha20[crypto_aead_chacha20poly1305_ietf_KEYBYTES];
        crypto_auth_hmacsha256_state hmac; /* the key taken in */
    } key;
    cipher cipher;
} sodium_context;

static crypto_aead_aes256gcm_state *aes_gcm_state(sodium_context *context)
{
    return (crypto_aead_aes256gcm_state *)(void *)context->key.aes_gcm;
}

static bool has_aes_gcm(void)
{
    return _Alignof(crypto_aead_aes256gcm_state) <= _Alignof(max_align_t) &&
           crypto_aead_aes256gcm_is_available() != 0;
}

static cipher choose_cipher(uint32_t encryption, uint32_t authentication)
{
    if (encryption == IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256)
        return has_aes_gcm() ? CIPHER_AES_256_GCM : CIPHER_NONE;
    if (encryption == SAO_ENCRYPTION_CHACHA20_POLY1305)
        return CIPHER_CHACHA20_POLY1305;
    if (sao_encryption_is_null(encryption) &&
        authentication == IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256)
        return CIPHER_HMAC_SHA_256;
    return CIPHER_NONE;
}

static NDIS_STATUS sodium_supports(uint32_t encryption, uint32_t authentication)
{
    return choose_cipher(encryption, authentication) != CIPHER_NONE ? NDIS_STATUS_SUCCESS
                                                                    : NDIS_STATUS_NOT_SUPPORTED;
}

static NDIS_STATUS check_lengths(cipher chosen, const sao_crypto_keys *keys)
{
    bool hmac = chosen == CIPHER_HMAC_SHA_256;
    size_t length = hmac ? keys->authentication_key_length : keys->encryption_key_length;
    const uint8_t *key = hmac ? keys->authentication_key : keys->encryption_key;

    if (key == NULL || length != 32)
        return NDIS_STATUS_INVALID_PARAMETER;
    if (chosen == CIPHER_AES_256_GCM && (keys->icv_length == 8 || keys->icv_length == 12))
        return NDIS_STATUS_NOT_SUPPORTED;
    return keys->icv_length == TAG_LENGTH ? NDIS_STATUS_SUCCESS : NDIS_STATUS_INVALID_PARAMETER;
}

static NDIS_STATUS sodium_prepare(void *memory, const sao_crypto_keys *keys)
{
    sodium_context *context = memory;
    cipher chosen = choose_cipher(keys->encryption, keys->authentication);
    NDIS_STATUS status;

    if (chosen == CIPHER_NONE)
        return NDIS_STATUS_NOT_SUPPORTED;
    status = check_lengths(chosen, keys);
    if (status != NDIS_STATUS_SUCCESS)
        return status;
    SAO_MEMSET(context, 0, sizeof *context);
    context->cipher = chosen;
    if (chosen == CIPHER_AES_256_GCM)
        crypto_aead_aes256gcm_beforenm(aes_gcm_state(context), keys->encryption_key);
    else if (chosen == CIPHER_CHACHA20_POLY1305)
        SAO_MEMCPY(context->key.chacha20, keys->encryption_key, sizeof context->key.chacha20);
    else
        crypto_auth_hmacsha256_init(&context->key.hmac, keys->authentication_key,
                                    keys->authentication_key_length);
    return NDIS_STATUS_SUCCESS;
}

/* HMAC-SHA-256-128 (RFC 4868): the first half of the HMAC. */
static void compute_hmac(const sodium_context *context, const sao_crypto_job *job,
                         unsigned char icv[TAG_LENGTH])
{
    crypto_auth_hmacsha256_state state = context->key.hmac;
    unsigned char full[crypto_auth_hmacsha256_BYTES];

    crypto_auth_hmacsha256_update(&state, job->aad, job->aad_length);
    crypto_auth_hmacsha256_update(&state, job->data, job->length);
    if (job->tail_length > 0)
        crypto_auth_hmacsha256_update(&state, job->tail, job->tail_length);
    crypto_auth_hmacsha256_final(&state, full);
    SAO_MEMCPY(icv, full, TAG_LENGTH);
    sodium_memzero(&state, sizeof state);
    sodium_memzero(full, sizeof full);
}

static bool hmac_is_good(const sodium_context *context, const sao_crypto_job *job)
{
    unsigned char icv[TAG_LENGTH];
    bool good;

    compute_hmac(context, job, icv);
    good = sodium_memcmp(icv, job->icv, sizeof icv) == 0;
    sodium_memzero(icv, sizeof icv); /* that of a forged packet would be worth having */
    return good;
}

/* An AEAD nonce of another length would be read past its end. */
static bool job_fits(const sodium_context *context, const sao_crypto_job *job)
{
    if (context->cipher == CIPHER_HMAC_SHA_256)
        return job->aad_length > 0 || job->length > 0 || job->tail_length > 0;
    return job->nonce_length == AEAD_NONCE_LENGTH && job->tail_length == 0;
}

static NDIS_STATUS sodium_seal(void *memory, const sao_crypto_job *job)
{
    sodium_context *context = memory;

    if (!job_fits(context, job))
        return NDIS_STATUS_INVALID_PARAMETER;
    switch (context->cipher) {
    case CIPHER_AES_256_GCM:
        crypto_aead_aes256gcm_encrypt_detached_afternm(job->data, job->icv, NULL, job->data,
                                                       job->length, job->aad, job->aad_length, NULL,
                                                       job->nonce, aes_gcm_state(context));
        return NDIS_STATUS_SUCCESS;
    case CIPHER_CHACHA20_POLY1305:
        crypto_aead_chacha20poly1305_ietf_encrypt_detached(job->data, job->icv, NULL, job->data,
                                                           job->length, job->aad, job->aad_length,
                                                           NULL, job->nonce, context->key.chacha20);
        return NDIS_STATUS_SUCCESS;
    case CIPHER_HMAC_SHA_256:
        compute_hmac(context, job, job->icv);
        return NDIS_STATUS_SUCCESS;
    case CIPHER_NONE:
        break;
    }
    return NDIS_STATUS_INVALID_PARAMETER;
}

/* Enough for a packet of Ethernet's usual size. */
#define KEPT_MAX 1536u

static bool decrypt_aes_gcm(sodium_context *context, const sao_crypto_job *job, uint8_t *output)
{
    return crypto_aead_aes256gcm_decrypt_detached_afternm(output, NULL, job->data, job->length,
                                                          job->icv, job->aad, job->aad_length,
                                                          job->nonce, aes_gcm_state(context)) == 0;
}

/*
 * libsodium zeroes its output when the tag is bad, which in place would lose the packet. So what is
 * not too long is kept beside, which takes a small part of the time that a second computation of
 * the tag would; of what is longer the tag is checked first, without an output.
 */
static bool open_aes_gcm(sodium_context *context, const sao_crypto_job *job)
{
    uint8_t kept[KEPT_MAX]; /* encrypted: no secret */

    if (job->length > sizeof kept)
        return decrypt_aes_gcm(context, job, NULL) && decrypt_aes_gcm(context, job, job->data);
    SAO_MEMCPY(kept, job->data, job->length);
    if (decrypt_aes_gcm(context, job, job->data))
        return true;
    SAO_MEMCPY(job->data, kept, job->length);
    return false;
}

/* The tag first; then the data, whose key stream begins with block 1 (RFC 8439 section 2.8). */
static bool open_chacha20(const sodium_context *context, const sao_crypto_job *job)
{
    return crypto_aead_chacha20poly1305_ietf_decrypt_detached(
               NULL, NULL, job->data, job->length, job->icv, job->aad, job->aad_length, job->nonce,
               context->key.chacha20) == 0 &&
           crypto_stream_chacha20_ietf_xor_ic(job->data, job->data, job->length, job->nonce, 1,
                                              context->key.chacha20) == 0;
}

static bool sodium_open(void *memory, const sao_crypto_job *job)
{
    sodium_context *context = memory;

    if (!job_fits(context, job))
        return false;
    switch (context->cipher) {
    case CIPHER_AES_256_GCM:
        return open_aes_gcm(context, job);
    case CIPHER_CHACHA20_POLY1305:
        return open_chacha20(context, job);
    case CIPHER_HMAC_SHA_256:
        return hmac_is_good(context, job);
    case CIPHER_NONE:
        break;
    }
    return false;
}

static void sodium_wipe(void *memory)
{
    sodium_memzero(memory, sizeof(sodium_context));
}

const sao_crypto_provider *sao_crypto_sodium(void)
{
    static const sao_crypto_provider provider = {
        .size = sizeof provider,
        .name = "libsodium",
        .context_size = sizeof(sodium_context),
        .flat = true,
        .supports = sodium_supports,
        .prepare = sodium_prepare,
        .seal = sodium_seal,
        .open = sodium_open,
        .wipe = sodium_wipe,
    };

    return sodium_init() >= 0 ? &provider : NULL;
}
