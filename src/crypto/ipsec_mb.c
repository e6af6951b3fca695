// SPDX-License-Identifier: BSD-2-Clause
/*
 * ipsec_mb.c: a crypto provider over Intel's ipsec-mb library: what it computes one packet at a
 * time without state of its own, AES-GCM, AES-GMAC and ChaCha20-Poly1305.
 *
 * A context is the expanded key, with pointers to constants only. The library's manager is one for
 * the process: used in this way it is a table of functions for the processor, which nothing writes.
 * HMACs and block ciphers are queues in a manager, which would have to be one for each thread.
 */
#include "crypto/suite.h"

#include <intel-ipsec-mb.h>

#include <stdatomic.h>
#include <stdlib.h>

typedef enum key_size { KEY_128, KEY_192, KEY_256 } key_size;

/* The library reads and writes the AES-GCM key at a multiple of 16 bytes: it comes first. */
SAO_STATIC_ASSERT(_Alignof(max_align_t) >= 16, "contexts are aligned as AES-GCM keys");

typedef struct ipsec_mb_context {
    union {
        unsigned char gcm[sizeof(struct gcm_key_data)];
        unsigned char chacha20[32];
    } key;
    sao_suite suite;
    key_size key_size;
    size_t icv_length;
} ipsec_mb_context;

/* ---- the library ------------------------------------------------------------------------- */

static _Atomic(IMB_MGR *) shared;

static void stop(void)
{
    free_mb_mgr(atomic_exchange(&shared, NULL));
}

static IMB_MGR *new_manager(void)
{
    IMB_MGR *made = alloc_mb_mgr(0);
    IMB_ARCH arch = IMB_ARCH_NONE;

    if (made == NULL)
        return NULL;
    init_mb_mgr_auto(made, &arch);
    if (arch > IMB_ARCH_NOAESNI && imb_get_errno(made) == 0)
        return made;
    free_mb_mgr(made); /* what it would emulate is not in constant time */
    return NULL;
}

/* NULL if the processor lacks AES instructions, or without memory. */
static IMB_MGR *manager(void)
{
    IMB_MGR *found = atomic_load_explicit(&shared, memory_order_acquire);
    IMB_MGR *nobody = NULL;

    if (found != NULL)
        return found;
    found = new_manager();
    if (found == NULL)
        return NULL;
    if (!atomic_compare_exchange_strong(&shared, &nobody, found)) {
        free_mb_mgr(found); /* another thread was faster */
        return nobody;
    }
    (void)atexit(stop);
    return found;
}

static aes_gcm_pre_t expand_of(const IMB_MGR *mb, key_size size)
{
    return size == KEY_128 ? mb->gcm128_pre : size == KEY_192 ? mb->gcm192_pre : mb->gcm256_pre;
}

static aes_gcm_enc_dec_t encrypt_of(const IMB_MGR *mb, key_size size)
{
    return size == KEY_128 ? mb->gcm128_enc : size == KEY_192 ? mb->gcm192_enc : mb->gcm256_enc;
}

static aes_gcm_enc_dec_t decrypt_of(const IMB_MGR *mb, key_size size)
{
    return size == KEY_128 ? mb->gcm128_dec : size == KEY_192 ? mb->gcm192_dec : mb->gcm256_dec;
}

static struct gcm_key_data *gcm_key(ipsec_mb_context *context)
{
    return (struct gcm_key_data *)(void *)context->key.gcm;
}

/* ---- preparing --------------------------------------------------------------------------- */

static bool has_suite(const sao_suite *suite)
{
    return suite->form == SAO_SUITE_COMBINED || suite->form == SAO_SUITE_GMAC;
}

static NDIS_STATUS ipsec_mb_supports(uint32_t encryption, uint32_t authentication)
{
    const sao_suite suite = sao_suite_of(encryption, authentication);

    return has_suite(&suite) ? NDIS_STATUS_SUCCESS : NDIS_STATUS_NOT_SUPPORTED;
}

static bool is_chacha20(const ipsec_mb_context *context)
{
    return context->suite.form == SAO_SUITE_COMBINED &&
           context->suite.encryption->identifier == SAO_ENCRYPTION_CHACHA20_POLY1305;
}

static void ipsec_mb_wipe(void *memory)
{
    SAO_WIPE(memory, sizeof(ipsec_mb_context));
}

static NDIS_STATUS ipsec_mb_prepare(void *memory, const sao_crypto_keys *keys)
{
    ipsec_mb_context *context = memory;
    const sao_suite suite = sao_suite_of(keys->encryption, keys->authentication);
    const bool gmac = suite.form == SAO_SUITE_GMAC;
    const uint8_t *key = gmac ? keys->authentication_key : keys->encryption_key;
    const size_t length = gmac ? keys->authentication_key_length : keys->encryption_key_length;
    NDIS_STATUS status;

    if (!has_suite(&suite))
        return NDIS_STATUS_NOT_SUPPORTED;
    status = sao_suite_check_keys(&suite, keys);
    if (status != NDIS_STATUS_SUCCESS)
        return status;
    SAO_MEMSET(context, 0, sizeof *context);
    context->suite = suite;
    context->icv_length = keys->icv_length;
    context->key_size = length == 16 ? KEY_128 : length == 24 ? KEY_192 : KEY_256;
    if (is_chacha20(context))
        SAO_MEMCPY(context->key.chacha20, key, sizeof context->key.chacha20);
    else
        expand_of(manager(), context->key_size)(key, gcm_key(context));
    return NDIS_STATUS_SUCCESS;
}

/* ---- packets ----------------------------------------------------------------------------- */

static void gcm(ipsec_mb_context *context, aes_gcm_enc_dec_t function, const sao_crypto_job *job,
                uint8_t *icv)
{
    struct gcm_context_data state;

    function(gcm_key(context), &state, job->data, job->data, job->length, job->nonce, job->aad,
             job->aad_length, icv, context->icv_length);
    SAO_WIPE(&state, sizeof state);
}

static void chacha20(const ipsec_mb_context *context, bool encrypt, const sao_crypto_job *job,
                     uint8_t *icv)
{
    IMB_MGR *mb = manager();
    struct chacha20_poly1305_context_data state;

    IMB_CHACHA20_POLY1305_INIT(mb, context->key.chacha20, &state, job->nonce, job->aad,
                               job->aad_length);
    if (encrypt)
        IMB_CHACHA20_POLY1305_ENC_UPDATE(mb, context->key.chacha20, &state, job->data, job->data,
                                         job->length);
    else
        IMB_CHACHA20_POLY1305_DEC_UPDATE(mb, context->key.chacha20, &state, job->data, job->data,
                                         job->length);
    IMB_CHACHA20_POLY1305_ENC_FINALIZE(mb, &state, icv, context->icv_length);
    SAO_WIPE(&state, sizeof state);
}

static void gmac(ipsec_mb_context *context, const sao_crypto_job *job, uint8_t *icv)
{
    IMB_MGR *mb = manager();
    const key_size size = context->key_size;
    const aes_gmac_init_t init = size == KEY_128   ? mb->gmac128_init
                                 : size == KEY_192 ? mb->gmac192_init
                                                   : mb->gmac256_init;
    const aes_gmac_update_t update = size == KEY_128   ? mb->gmac128_update
                                     : size == KEY_192 ? mb->gmac192_update
                                                       : mb->gmac256_update;
    const aes_gmac_finalize_t finalize = size == KEY_128   ? mb->gmac128_finalize
                                         : size == KEY_192 ? mb->gmac192_finalize
                                                           : mb->gmac256_finalize;
    struct gcm_context_data state;

    init(gcm_key(context), &state, job->nonce, job->nonce_length);
    update(gcm_key(context), &state, job->aad, job->aad_length);
    update(gcm_key(context), &state, job->data, job->length);
    update(gcm_key(context), &state, job->tail, job->tail_length);
    finalize(gcm_key(context), &state, icv, context->icv_length);
    SAO_WIPE(&state, sizeof state);
}

/* Encrypts or decrypts, and computes the ICV in either direction. */
static void run(ipsec_mb_context *context, bool encrypt, const sao_crypto_job *job, uint8_t *icv)
{
    if (context->suite.form == SAO_SUITE_GMAC)
        gmac(context, job, icv);
    else if (is_chacha20(context))
        chacha20(context, encrypt, job, icv);
    else
        gcm(context,
            encrypt ? encrypt_of(manager(), context->key_size)
                    : decrypt_of(manager(), context->key_size),
            job, icv);
}

static NDIS_STATUS ipsec_mb_seal(void *memory, const sao_crypto_job *job)
{
    ipsec_mb_context *context = memory;

    if (!sao_suite_takes(&context->suite, job))
        return NDIS_STATUS_INVALID_PARAMETER;
    run(context, true, job, job->icv);
    return NDIS_STATUS_SUCCESS;
}

/* In constant time: no byte decides what is done, and the compiler, which sees `difference` pass
 * through the barrier, cannot make it. */
static bool is_equal(const uint8_t *a, const uint8_t *b, size_t length)
{
    uint32_t difference = 0;

    for (size_t i = 0; i < length; i += 4) { /* 8, 12 or 16 */
        uint32_t x, y;

        SAO_MEMCPY(&x, a + i, sizeof x);
        SAO_MEMCPY(&y, b + i, sizeof y);
        difference |= x ^ y;
        __asm__("" : "+r"(difference));
    }
    return difference == 0;
}

/* The tag is known after decryption; a forged packet is encrypted again, to what it was. */
static bool ipsec_mb_open(void *memory, const sao_crypto_job *job)
{
    ipsec_mb_context *context = memory;
    uint8_t icv[SAO_ICV_MAX];
    bool good;

    if (!sao_suite_takes(&context->suite, job))
        return false;
    run(context, false, job, icv);
    good = is_equal(icv, job->icv, context->icv_length);
    if (!good && context->suite.form == SAO_SUITE_COMBINED)
        run(context, true, job, icv);
    SAO_WIPE(icv, sizeof icv);
    return good;
}

const sao_crypto_provider *sao_crypto_ipsec_mb(void)
{
    static const sao_crypto_provider provider = {
        .size = sizeof provider,
        .name = "ipsec-mb",
        .context_size = sizeof(ipsec_mb_context),
        .flat = true,
        .supports = ipsec_mb_supports,
        .prepare = ipsec_mb_prepare,
        .seal = ipsec_mb_seal,
        .open = ipsec_mb_open,
        .wipe = ipsec_mb_wipe,
    };

    return manager() != NULL ? &provider : NULL;
}
