// SPDX-License-Identifier: BSD-2-Clause
/*
 * bare_ipsec_mb.c: ipsec-mb's calls for single packets, which compute a tag and compare none. For
 * AES-GCM they are the library's fastest way; its queue of jobs is measured besides.
 */
#include "bare.h"

#include <intel-ipsec-mb.h>
#include <string.h>

typedef struct expanded {
    _Alignas(16) struct gcm_key_data key;
    IMB_MGR *mb;
} expanded;

static bool prepare(bare *b)
{
    static expanded made;
    IMB_ARCH arch = IMB_ARCH_NONE;

    made.mb = alloc_mb_mgr(0);
    if (made.mb == NULL)
        return false;
    init_mb_mgr_auto(made.mb, &arch);
    IMB_AES256_GCM_PRE(made.mb, wire_key, &made.key);
    b->key = &made;
    return arch > IMB_ARCH_NOAESNI;
}

static void seal(bare *b, const uint8_t *esp, uint8_t *data, uint32_t length, const uint8_t *nonce)
{
    expanded *with = b->key;
    struct gcm_context_data state;

    IMB_AES256_GCM_ENC(with->mb, &with->key, &state, data, data, length, nonce, esp,
                       WIRE_ESP_LENGTH, data + length, WIRE_ICV_LENGTH);
}

static bool open(bare *b, const uint8_t *esp, uint8_t *data, uint32_t length, const uint8_t *nonce)
{
    expanded *with = b->key;
    struct gcm_context_data state;
    uint8_t tag[WIRE_ICV_LENGTH];

    IMB_AES256_GCM_DEC(with->mb, &with->key, &state, data, data, length, nonce, esp,
                       WIRE_ESP_LENGTH, tag, WIRE_ICV_LENGTH);
    return memcmp(tag, data + length, sizeof tag) == 0;
}

static void describe(IMB_JOB *job, const expanded *with, wire *w, uint32_t frame,
                     const uint8_t *nonce, uint8_t *tag)
{
    uint8_t *esp = wire_esp(w, frame);

    job->cipher_mode = IMB_CIPHER_GCM;
    job->hash_alg = IMB_AUTH_AES_GMAC;
    job->cipher_direction = IMB_DIR_DECRYPT;
    job->chain_order = IMB_ORDER_HASH_CIPHER;
    job->enc_keys = &with->key;
    job->dec_keys = &with->key;
    job->key_len_in_bytes = 32;
    job->src = esp + WIRE_ESP_LENGTH + WIRE_IV_LENGTH;
    job->dst = esp + WIRE_ESP_LENGTH + WIRE_IV_LENGTH;
    job->cipher_start_src_offset_in_bytes = 0;
    job->msg_len_to_cipher_in_bytes = wire_encrypted_length(w);
    job->hash_start_src_offset_in_bytes = 0;
    job->msg_len_to_hash_in_bytes = wire_encrypted_length(w);
    job->iv = nonce;
    job->iv_len_in_bytes = BARE_NONCE_LENGTH;
    job->auth_tag_output = tag;
    job->auth_tag_output_len_in_bytes = WIRE_ICV_LENGTH;
    job->u.GCM.aad = esp;
    job->u.GCM.aad_len_in_bytes = WIRE_ESP_LENGTH;
}

static uint32_t open_queued(bare *b, wire *w, const uint8_t (*nonces)[BARE_NONCE_LENGTH])
{
    expanded *with = b->key;
    const uint32_t length = wire_encrypted_length(w);
    uint8_t tags[WIRE_BURST][WIRE_ICV_LENGTH];
    IMB_JOB *jobs[WIRE_BURST];
    uint32_t good = 0;

    for (uint32_t first = 0; first < WIRE_FRAMES; first += WIRE_BURST) {
        if (IMB_GET_NEXT_BURST(with->mb, WIRE_BURST, jobs) != WIRE_BURST)
            return 0;
        for (uint32_t i = 0; i < WIRE_BURST; i++)
            describe(jobs[i], with, w, first + i, nonces[first + i], tags[i]);
        if (IMB_SUBMIT_BURST(with->mb, WIRE_BURST, jobs) != WIRE_BURST)
            return 0;
        for (uint32_t i = 0; i < WIRE_BURST; i++)
            good +=
                memcmp(tags[i], wire_esp(w, first + i) + WIRE_ESP_LENGTH + WIRE_IV_LENGTH + length,
                       WIRE_ICV_LENGTH) == 0
                    ? 1u
                    : 0u;
    }
    return good;
}

bare bares_ipsec_mb[BARES_IPSEC_MB] = {
    {"ipsec-mb", IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256, "aes-256-gcm", prepare, seal, open, NULL,
     open_queued},
};
