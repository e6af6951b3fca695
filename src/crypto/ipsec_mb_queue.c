// SPDX-License-Identifier: BSD-2-Clause
/* ipsec_mb_queue.c: see ipsec_mb_queue.h. */
#include "crypto/ipsec_mb_queue.h"

#include "crypto/ipsec_mb_library.h"

#include <stdlib.h>

#define DIGEST_BLOCK 64u /* of MD5, SHA-1 and SHA-256 alike */
#define INNER_PAD 0x36u  /* RFC 2104 */
#define OUTER_PAD 0x5Cu

/* ---- keys -------------------------------------------------------------------------------- */

static void expand_cipher(const IMB_MGR *functions, const sao_algorithm *cipher, const uint8_t *key,
                          sao_ipsec_mb_keys *keys)
{
    switch (cipher->identifier) {
    case IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_128:
        functions->keyexp_128(key, keys->cipher.aes.encrypt, keys->cipher.aes.decrypt);
        return;
    case IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_192:
        functions->keyexp_192(key, keys->cipher.aes.encrypt, keys->cipher.aes.decrypt);
        return;
    case IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_256:
        functions->keyexp_256(key, keys->cipher.aes.encrypt, keys->cipher.aes.decrypt);
        return;
    default: /* DES, or three of it */
        for (size_t i = 0; i * 8 < cipher->key_length; i++)
            (void)functions->des_key_sched((uint64_t *)(void *)keys->cipher.des[i], key + i * 8);
    }
}

static hash_one_block_t digest_of(const IMB_MGR *functions, const sao_algorithm *hmac)
{
    return hmac->identifier == IPSEC_OFFLOAD_V2_AUTHENTICATION_MD5 ? functions->md5_one_block
           : hmac->identifier == IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_1
               ? functions->sha1_one_block
               : functions->sha256_one_block;
}

static void digest_key(hash_one_block_t digest, const uint8_t *key, size_t length, uint8_t pad,
                       uint8_t *state)
{
    uint8_t block[DIGEST_BLOCK];

    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (uint8_t)(pad ^ (i < length ? key[i] : 0u));
    digest(block, state);
    SAO_WIPE(block, sizeof block);
}

void sao_ipsec_mb_expand(const IMB_MGR *functions, const sao_suite *suite,
                         const sao_crypto_keys *from, sao_ipsec_mb_keys *keys)
{
    if (suite->encryption != NULL)
        expand_cipher(functions, suite->encryption, from->encryption_key, keys);
    if (suite->authentication != NULL) {
        const hash_one_block_t digest = digest_of(functions, suite->authentication);
        const size_t length = from->authentication_key_length;

        digest_key(digest, from->authentication_key, length, INNER_PAD, keys->inner);
        digest_key(digest, from->authentication_key, length, OUTER_PAD, keys->outer);
    }
}

/* ---- jobs -------------------------------------------------------------------------------- */

static void finish(const IMB_JOB *done)
{
    if (done != NULL && done->status != IMB_STATUS_COMPLETED)
        *(NDIS_STATUS *)done->user_data = NDIS_STATUS_FAILURE;
}

static void flush(IMB_MGR *manager)
{
    const IMB_JOB *done;

    while ((done = IMB_FLUSH_JOB(manager)) != NULL)
        finish(done);
}

/* DES's three schedules, by pointers that have to stay until the job is done. */
typedef const void *des_schedules[3];

static void queue_cipher(IMB_MGR *manager, const sao_ipsec_mb_task *task, bool encrypt,
                         des_schedules schedules)
{
    const sao_algorithm *cipher = task->suite->encryption;
    const sao_ipsec_mb_keys *keys = task->keys;
    IMB_JOB *job = IMB_GET_NEXT_JOB(manager);

    SAO_MEMSET(job, 0, sizeof *job);
    job->cipher_direction = encrypt ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
    job->hash_alg = IMB_AUTH_NULL;
    job->chain_order = IMB_ORDER_CIPHER_HASH;
    job->key_len_in_bytes = cipher->key_length;
    job->src = task->job->data;
    job->dst = task->job->data;
    job->msg_len_to_cipher_in_bytes = task->job->length;
    job->iv = task->job->nonce;
    job->iv_len_in_bytes = cipher->iv_length;
    job->user_data = task->status;
    if (cipher->block_length == 16) {
        job->cipher_mode = IMB_CIPHER_CBC;
        job->enc_keys = keys->cipher.aes.encrypt;
        job->dec_keys = keys->cipher.aes.decrypt;
    } else {
        const bool triple = cipher->identifier == IPSEC_OFFLOAD_V2_ENCRYPTION_3_DES_CBC;

        for (size_t i = 0; i < 3; i++)
            schedules[i] = keys->cipher.des[i];
        job->cipher_mode = triple ? IMB_CIPHER_DES3 : IMB_CIPHER_DES;
        job->enc_keys = triple ? (const void *)schedules : keys->cipher.des[0];
        job->dec_keys = job->enc_keys;
    }
    finish(IMB_SUBMIT_JOB(manager));
}

/* Encrypts or decrypts what has something to, and has not failed. */
static void crypt_all(IMB_MGR *manager, const sao_ipsec_mb_task *tasks, size_t count, bool encrypt)
{
    des_schedules schedules[SAO_IPSEC_MB_BURST];

    for (size_t i = 0; i < count; i++)
        if (tasks[i].suite->encryption != NULL && tasks[i].job->length > 0 &&
            *tasks[i].status == NDIS_STATUS_SUCCESS)
            queue_cipher(manager, &tasks[i], encrypt, schedules[i]);
    flush(manager);
}

/* ---- HMACs ------------------------------------------------------------------------------- */

static size_t message_length(const sao_crypto_job *job)
{
    return job->aad_length + job->length + job->tail_length;
}

/* Does the message stand in one piece? ESP's does, but for an ESN's high half. */
static bool is_whole(const sao_crypto_job *job)
{
    return job->tail_length == 0 && (job->length == 0 || job->aad + job->aad_length == job->data);
}

/* The message, in one piece; copied to `*room`, and that moved on, where it is not. */
static const uint8_t *message_of(const sao_crypto_job *job, uint8_t **room)
{
    uint8_t *copy = *room;

    if (is_whole(job) || copy == NULL) /* there is room if it is not */
        return job->aad;
    SAO_MEMCPY(copy, job->aad, job->aad_length);
    SAO_MEMCPY(copy + job->aad_length, job->data, job->length);
    if (job->tail_length > 0)
        SAO_MEMCPY(copy + job->aad_length + job->length, job->tail, job->tail_length);
    *room += message_length(job);
    return copy;
}

static size_t room_for(const sao_ipsec_mb_task *tasks, size_t count)
{
    size_t room = 0;

    for (size_t i = 0; i < count; i++)
        if (tasks[i].suite->authentication != NULL && !is_whole(tasks[i].job))
            room += message_length(tasks[i].job);
    return room;
}

static void queue_hmac(IMB_MGR *manager, const sao_ipsec_mb_task *task, const uint8_t *message,
                       uint8_t *icv)
{
    const uint32_t hmac = task->suite->authentication->identifier;
    IMB_JOB *job = IMB_GET_NEXT_JOB(manager);

    SAO_MEMSET(job, 0, sizeof *job);
    job->cipher_mode = IMB_CIPHER_NULL;
    job->cipher_direction = IMB_DIR_ENCRYPT;
    job->chain_order = IMB_ORDER_HASH_CIPHER;
    job->hash_alg = hmac == IPSEC_OFFLOAD_V2_AUTHENTICATION_MD5     ? IMB_AUTH_MD5
                    : hmac == IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_1 ? IMB_AUTH_HMAC_SHA_1
                                                                    : IMB_AUTH_HMAC_SHA_256;
    job->src = message;
    job->msg_len_to_hash_in_bytes = message_length(task->job);
    job->auth_tag_output = icv;
    job->auth_tag_output_len_in_bytes = task->icv_length;
    job->u.HMAC._hashed_auth_key_xor_ipad = task->keys->inner;
    job->u.HMAC._hashed_auth_key_xor_opad = task->keys->outer;
    job->user_data = task->status;
    finish(IMB_SUBMIT_JOB(manager));
}

static void fail_all(const sao_ipsec_mb_task *tasks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        *tasks[i].status = NDIS_STATUS_RESOURCES;
}

/* ICVs go to `computed`, or to the jobs' own if that is NULL. False without memory: nothing has
 * been done. */
static bool authenticate_all(IMB_MGR *manager, const sao_ipsec_mb_task *tasks, size_t count,
                             uint8_t (*computed)[SAO_ICV_MAX])
{
    const size_t needed = room_for(tasks, count);
    uint8_t *copies = needed > 0 ? malloc(needed) : NULL;
    uint8_t *room = copies;

    if (needed > 0 && copies == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        if (tasks[i].suite->authentication != NULL && *tasks[i].status == NDIS_STATUS_SUCCESS)
            queue_hmac(manager, &tasks[i], message_of(tasks[i].job, &room),
                       computed != NULL ? computed[i] : tasks[i].job->icv);
    flush(manager);
    free(copies);
    return true;
}

/* ---- bursts ------------------------------------------------------------------------------ */

/* As measured, for AES and HMACs; DES without much interleaving is slow beyond use. */
#define FEW 4u

static sao_ipsec_mb_kind kind_for(const sao_ipsec_mb_task *tasks, size_t count)
{
    if (count > FEW)
        return SAO_IPSEC_MB_MANY;
    for (size_t i = 0; i < count; i++)
        if (tasks[i].suite->encryption != NULL && tasks[i].suite->encryption->block_length != 16)
            return SAO_IPSEC_MB_MANY;
    return SAO_IPSEC_MB_FEW;
}

static IMB_MGR *begin(const sao_ipsec_mb_task *tasks, size_t count)
{
    IMB_MGR *manager = sao_ipsec_mb_borrow(kind_for(tasks, count));

    for (size_t i = 0; i < count; i++)
        *tasks[i].status = manager != NULL ? NDIS_STATUS_SUCCESS : NDIS_STATUS_RESOURCES;
    return manager;
}

static void end(IMB_MGR *manager, const sao_ipsec_mb_task *tasks, size_t count)
{
    sao_ipsec_mb_give_back(manager, kind_for(tasks, count));
}

void sao_ipsec_mb_seal_tasks(const sao_ipsec_mb_task *tasks, size_t count)
{
    IMB_MGR *manager = begin(tasks, count);

    if (manager == NULL)
        return;
    crypt_all(manager, tasks, count, true);
    if (!authenticate_all(manager, tasks, count, NULL))
        fail_all(tasks, count);
    end(manager, tasks, count);
}

void sao_ipsec_mb_open_tasks(const sao_ipsec_mb_task *tasks, size_t count)
{
    IMB_MGR *manager = begin(tasks, count);
    uint8_t computed[SAO_IPSEC_MB_BURST][SAO_ICV_MAX];

    if (manager == NULL)
        return;
    if (!authenticate_all(manager, tasks, count, computed))
        fail_all(tasks, count);
    for (size_t i = 0; i < count; i++)
        if (tasks[i].suite->authentication != NULL && *tasks[i].status == NDIS_STATUS_SUCCESS &&
            !sao_ipsec_mb_is_equal(computed[i], tasks[i].job->icv, tasks[i].icv_length))
            *tasks[i].status = NDIS_STATUS_FAILURE;
    crypt_all(manager, tasks, count, false);
    SAO_WIPE(computed, sizeof computed); /* those of forged packets would be worth having */
    end(manager, tasks, count);
}
