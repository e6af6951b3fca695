// SPDX-License-Identifier: BSD-2-Clause
/* bare_openssl.c: OpenSSL's calls, with the key set before. */
#include "bare.h"

#include <openssl/evp.h>

static const EVP_CIPHER *cipher_of(const bare *b)
{
    return b->encryption == SAO_ENCRYPTION_CHACHA20_POLY1305 ? EVP_chacha20_poly1305()
                                                             : EVP_aes_256_gcm();
}

static bool prepare(bare *b)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

    b->key = context;
    return context != NULL && EVP_EncryptInit_ex2(context, cipher_of(b), wire_key, NULL, NULL) == 1;
}

static void seal(bare *b, const uint8_t *esp, uint8_t *data, uint32_t length, const uint8_t *nonce)
{
    EVP_CIPHER_CTX *context = b->key;
    int done;

    EVP_EncryptInit_ex2(context, NULL, NULL, nonce, NULL);
    EVP_EncryptUpdate(context, NULL, &done, esp, WIRE_ESP_LENGTH);
    EVP_EncryptUpdate(context, data, &done, data, (int)length);
    EVP_EncryptFinal_ex(context, data + length, &done);
    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, WIRE_ICV_LENGTH, data + length);
}

static bool open(bare *b, const uint8_t *esp, uint8_t *data, uint32_t length, const uint8_t *nonce)
{
    EVP_CIPHER_CTX *context = b->key;
    int done;

    EVP_DecryptInit_ex2(context, NULL, NULL, nonce, NULL);
    EVP_DecryptUpdate(context, NULL, &done, esp, WIRE_ESP_LENGTH);
    EVP_DecryptUpdate(context, data, &done, data, (int)length);
    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, WIRE_ICV_LENGTH, data + length);
    return EVP_DecryptFinal_ex(context, data + length, &done) == 1;
}

bare bares_openssl[BARES_OPENSSL] = {
    {"openssl", IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256, "aes-256-gcm", prepare, seal, open, NULL,
     NULL},
    {"openssl", SAO_ENCRYPTION_CHACHA20_POLY1305, "chacha20-poly1305", prepare, seal, open, NULL,
     NULL},
};
