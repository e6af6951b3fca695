// SPDX-License-Identifier: BSD-2-Clause
/*
 * ipsec_mb.c: a crypto provider over Intel's ipsec-mb library, with all algorithms of IPsecOV2.
 *
 * A context is the expanded keys, with pointers to constants only. AEADs and AES-GMAC go by the
 * library's functions for one packet, which keep no state of their own and, for them, are its
 * fastest; block ciphers and HMACs by its queues (ipsec_mb_queue.h).
 */
#include "crypto/ipsec_mb_library.h"
#include "crypto/ipsec_mb_queue.h"

typedef enum key_size { KEY_128, KEY_192, KEY_256 } key_size;

/* The library reads and writes keys at multiples of 16 bytes: they come first. */
SAO_STATIC_ASSERT(_Alignof(max_align_t) >= 16, "contexts are aligned as the library's keys");

typedef struct ipsec_mb_context {
    union {
        unsigned char gcm[sizeof(struct gcm_key_data)];
        unsigned char chacha20[32];
        sao_ipsec_mb_keys separate;
    } key;
    sao_suite suite;
    key_size key_size;
    size_t icv_length;
    aes_gcm_enc_dec_t encrypt_gcm; /* of AES-GCM: for the processor and the key's size; else NULL */
    aes_gcm_enc_dec_t decrypt_gcm;
} ipsec_mb_context;

/* What AEADs leave behind while a burst is worked on: wiped at its end. */
typedef struct aead_scratch {
    union {
        struct gcm_context_data gcm;
        struct chacha20_poly1305_context_data chacha20;
    } state;
    uint8_t icv[SAO_ICV_MAX];
} aead_scratch;

/* ---- the library's functions ------------------------------------------------------------- */

static aes_gcm_pre_t expand_of(const IMB_MGR *mb, key_size size)
{
    return size == KEY_128 ? mb->gcm128_pre : size == KEY_192 ? mb->gcm192_pre : mb->gcm256_pre;
}

static struct gcm_key_data *gcm_key(ipsec_mb_context *context)
{
    return (struct gcm_key_data *)(void *)context->key.gcm;
}

/* ---- preparing --------------------------------------------------------------------------- */

static bool is_chacha20(const sao_suite *suite)
{
    return suite->form == SAO_SUITE_COMBINED &&
           suite->encryption->identifier == SAO_ENCRYPTION_CHACHA20_POLY1305;
}

static void ipsec_mb_wipe(void *memory)
{
    SAO_WIPE(memory, sizeof(ipsec_mb_context));
}

static void expand_gcm(ipsec_mb_context *context, const uint8_t *key, size_t length)
{
    context->key_size = length == 16 ? KEY_128 : length == 24 ? KEY_192 : KEY_256;
    expand_of(sao_ipsec_mb_functions(), context->key_size)(key, gcm_key(context));
}

static void choose_gcm(ipsec_mb_context *context)
{
    const IMB_MGR *mb = sao_ipsec_mb_functions();

    switch (context->key_size) {
    case KEY_128:
        context->encrypt_gcm = mb->gcm128_enc;
        context->decrypt_gcm = mb->gcm128_dec;
        return;
    case KEY_192:
        context->encrypt_gcm = mb->gcm192_enc;
        context->decrypt_gcm = mb->gcm192_dec;
        return;
    case KEY_256:
        context->encrypt_gcm = mb->gcm256_enc;
        context->decrypt_gcm = mb->gcm256_dec;
        return;
    }
}

static NDIS_STATUS ipsec_mb_prepare(void *memory, const sao_crypto_keys *keys)
{
    ipsec_mb_context *context = memory;
    sao_suite suite;
    NDIS_STATUS status = sao_suite_of_keys(keys, sao_suite_supports, &suite);

    if (status != NDIS_STATUS_SUCCESS)
        return status;
    SAO_MEMSET(context, 0, sizeof *context);
    context->suite = suite;
    context->icv_length = keys->icv_length;
    if (suite.form == SAO_SUITE_SEPARATE) {
        sao_ipsec_mb_expand(sao_ipsec_mb_functions(), &suite, keys, &context->key.separate);
    } else if (suite.form == SAO_SUITE_GMAC) {
        expand_gcm(context, keys->authentication_key, keys->authentication_key_length);
    } else if (is_chacha20(&suite)) {
        SAO_MEMCPY(context->key.chacha20, keys->encryption_key, sizeof context->key.chacha20);
    } else {
        expand_gcm(context, keys->encryption_key, keys->encryption_key_length);
        choose_gcm(context);
    }
    return NDIS_STATUS_SUCCESS;
}

/* ---- AEADs and AES-GMAC ------------------------------------------------------------------ */

static void chacha20(const ipsec_mb_context *context, bool encrypt, const sao_crypto_job *job,
                     uint8_t *icv, struct chacha20_poly1305_context_data *state)
{
    const IMB_MGR *mb = sao_ipsec_mb_functions();
    const void *key = context->key.chacha20;

    IMB_CHACHA20_POLY1305_INIT(mb, key, state, job->nonce, job->aad, job->aad_length);
    if (encrypt)
        IMB_CHACHA20_POLY1305_ENC_UPDATE(mb, key, state, job->data, job->data, job->length);
    else
        IMB_CHACHA20_POLY1305_DEC_UPDATE(mb, key, state, job->data, job->data, job->length);
    IMB_CHACHA20_POLY1305_ENC_FINALIZE(mb, state, icv, context->icv_length);
}

static void gmac(ipsec_mb_context *context, const sao_crypto_job *job, uint8_t *icv,
                 struct gcm_context_data *state)
{
    const IMB_MGR *mb = sao_ipsec_mb_functions();
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

    init(gcm_key(context), state, job->nonce, job->nonce_length);
    update(gcm_key(context), state, job->aad, job->aad_length);
    update(gcm_key(context), state, job->data, job->length);
    update(gcm_key(context), state, job->tail, job->tail_length);
    finalize(gcm_key(context), state, icv, context->icv_length);
}

/* Encrypts or decrypts, and computes the ICV in either direction. */
static inline void run_aead(ipsec_mb_context *context, bool encrypt, const sao_crypto_job *job,
                            uint8_t *icv, aead_scratch *scratch)
{
    const aes_gcm_enc_dec_t gcm = encrypt ? context->encrypt_gcm : context->decrypt_gcm;

    if (gcm != NULL)
        gcm(gcm_key(context), &scratch->state.gcm, job->data, job->data, job->length, job->nonce,
            job->aad, job->aad_length, icv, context->icv_length);
    else if (context->suite.form == SAO_SUITE_GMAC)
        gmac(context, job, icv, &scratch->state.gcm);
    else
        chacha20(context, encrypt, job, icv, &scratch->state.chacha20);
}

/* The tag is known after decryption; a forged packet is encrypted again, to what it was. */
static inline bool open_aead(ipsec_mb_context *context, const sao_crypto_job *job,
                             aead_scratch *scratch)
{
    bool good;

    run_aead(context, false, job, scratch->icv, scratch);
    good = sao_ipsec_mb_is_equal(scratch->icv, job->icv, context->icv_length);
    if (!good && context->suite.form == SAO_SUITE_COMBINED)
        run_aead(context, true, job, scratch->icv, scratch);
    return good;
}

/* ---- bursts ------------------------------------------------------------------------------ */

#define GCM_NONCE_LENGTH 12u

static inline bool gcm_takes(const sao_crypto_job *job)
{
    return job->nonce != NULL && job->nonce_length == GCM_NONCE_LENGTH && job->tail_length == 0;
}

static inline bool takes(const ipsec_mb_context *context, const sao_crypto_job *job)
{
    if (context->decrypt_gcm != NULL) /* the short way for what is most of the traffic */
        return gcm_takes(job);
    if (!sao_suite_takes(&context->suite, job))
        return false;
    return context->suite.form != SAO_SUITE_SEPARATE ||
           (job->aad_length <= SAO_IPSEC_MB_LENGTH && job->length <= SAO_IPSEC_MB_LENGTH &&
            job->aad_length + job->length + job->tail_length <= SAO_IPSEC_MB_LENGTH);
}

/* Tasks for the queues, until there are enough. */
typedef struct collection {
    bool encrypt;
    size_t count;
    sao_ipsec_mb_task tasks[SAO_IPSEC_MB_BURST];
} collection;

static void run_collected(collection *collected)
{
    if (collected->count == 0)
        return;
    if (collected->encrypt)
        sao_ipsec_mb_seal_tasks(collected->tasks, collected->count);
    else
        sao_ipsec_mb_open_tasks(collected->tasks, collected->count);
    collected->count = 0;
}

static void collect(collection *collected, const ipsec_mb_context *context, sao_crypto_task *task)
{
    sao_ipsec_mb_task *place = &collected->tasks[collected->count++];

    place->suite = &context->suite;
    place->keys = &context->key.separate;
    place->icv_length = context->icv_length;
    place->job = &task->job;
    place->status = &task->status;
    if (collected->count == SAO_IPSEC_MB_BURST)
        run_collected(collected);
}

/* One task of an AEAD or AES-GMAC. */
static NDIS_STATUS run_task(ipsec_mb_context *context, const sao_crypto_job *job, bool encrypt,
                            aead_scratch *scratch)
{
    if (!encrypt)
        return open_aead(context, job, scratch) ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE;
    run_aead(context, true, job, job->icv, scratch);
    return NDIS_STATUS_SUCCESS;
}

/* How many of the first tasks are of AES-GCM, as nearly all are: these are opened in a straight
 * line. A forged packet goes the long way, which it is rare enough for. */
static size_t open_gcm(sao_crypto_task *tasks, size_t count, aead_scratch *scratch)
{
    size_t i;

    for (i = 0; i < count; i++) {
        ipsec_mb_context *context = tasks[i].context;
        const sao_crypto_job *job = &tasks[i].job;

        if (context->decrypt_gcm == NULL || !gcm_takes(job))
            break;
        context->decrypt_gcm(gcm_key(context), &scratch->state.gcm, job->data, job->data,
                             job->length, job->nonce, job->aad, job->aad_length, scratch->icv,
                             context->icv_length);
        tasks[i].status = NDIS_STATUS_SUCCESS;
        if (!sao_ipsec_mb_is_equal(scratch->icv, job->icv, context->icv_length)) {
            run_aead(context, true, job, scratch->icv, scratch);
            tasks[i].status = NDIS_STATUS_FAILURE;
        }
    }
    return i;
}

static void run_burst(sao_crypto_task *tasks, size_t count, bool encrypt)
{
    aead_scratch scratch;
    collection collected;

    collected.encrypt = encrypt;
    collected.count = 0;
    for (size_t i = encrypt ? 0 : open_gcm(tasks, count, &scratch); i < count; i++) {
        ipsec_mb_context *context = tasks[i].context;

        if (!takes(context, &tasks[i].job))
            tasks[i].status = encrypt ? NDIS_STATUS_INVALID_PARAMETER : NDIS_STATUS_FAILURE;
        else if (context->suite.form == SAO_SUITE_SEPARATE)
            collect(&collected, context, &tasks[i]);
        else
            tasks[i].status = run_task(context, &tasks[i].job, encrypt, &scratch);
    }
    run_collected(&collected);
    SAO_WIPE(&scratch, sizeof scratch);
}

static void ipsec_mb_seal_burst(sao_crypto_task *tasks, size_t count)
{
    run_burst(tasks, count, true);
}

static void ipsec_mb_open_burst(sao_crypto_task *tasks, size_t count)
{
    run_burst(tasks, count, false);
}

/* ---- one packet -------------------------------------------------------------------------- */

static NDIS_STATUS run_one(ipsec_mb_context *context, const sao_crypto_job *job, bool encrypt)
{
    NDIS_STATUS status;

    if (!takes(context, job))
        return encrypt ? NDIS_STATUS_INVALID_PARAMETER : NDIS_STATUS_FAILURE;
    if (context->suite.form == SAO_SUITE_SEPARATE) {
        const sao_ipsec_mb_task task = {&context->suite, &context->key.separate,
                                        context->icv_length, job, &status};

        if (encrypt)
            sao_ipsec_mb_seal_tasks(&task, 1);
        else
            sao_ipsec_mb_open_tasks(&task, 1);
    } else {
        aead_scratch scratch;

        status = run_task(context, job, encrypt, &scratch);
        SAO_WIPE(&scratch, sizeof scratch);
    }
    return status;
}

static NDIS_STATUS ipsec_mb_seal(void *memory, const sao_crypto_job *job)
{
    return run_one(memory, job, true);
}

static bool ipsec_mb_open(void *memory, const sao_crypto_job *job)
{
    return run_one(memory, job, false) == NDIS_STATUS_SUCCESS;
}

const sao_crypto_provider *sao_crypto_ipsec_mb(void)
{
    static const sao_crypto_provider provider = {
        .size = sizeof provider,
        .name = "ipsec-mb",
        .context_size = sizeof(ipsec_mb_context),
        .flat = true,
        .longest_hmac = SAO_IPSEC_MB_LENGTH,
        .supports = sao_suite_supports,
        .prepare = ipsec_mb_prepare,
        .seal = ipsec_mb_seal,
        .open = ipsec_mb_open,
        .wipe = ipsec_mb_wipe,
        .seal_burst = ipsec_mb_seal_burst,
        .open_burst = ipsec_mb_open_burst,
    };

    return sao_ipsec_mb_functions() != NULL ? &provider : NULL;
}
