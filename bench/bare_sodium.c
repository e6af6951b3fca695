// SPDX-License-Identifier: BSD-2-Clause
/* bare_sodium.c: libsodium's calls. */
#include "bare.h"

#include <sodium.h>

static crypto_aead_aes256gcm_state aes_gcm;

static bool prepare_aes(bare *b)
{
    (void)b;
    return sodium_init() >= 0 && crypto_aead_aes256gcm_is_available() != 0 &&
           crypto_aead_aes256gcm_beforenm(&aes_gcm, wire_key) == 0;
}

static void seal_aes(bare *b, const uint8_t *esp, uint8_t *data, uint32_t length,
                     const uint8_t *nonce)
{
    (void)b;
    crypto_aead_aes256gcm_encrypt_detached_afternm(data, data + length, NULL, data, length, esp,
                                                   WIRE_ESP_LENGTH, NULL, nonce, &aes_gcm);
}

static bool open_aes(bare *b, const uint8_t *esp, uint8_t *data, uint32_t length,
                     const uint8_t *nonce)
{
    (void)b;
    return crypto_aead_aes256gcm_decrypt_detached_afternm(
               data, NULL, data, length, data + length, esp, WIRE_ESP_LENGTH, nonce, &aes_gcm) == 0;
}

static bool prepare_chacha20(bare *b)
{
    (void)b;
    return sodium_init() >= 0;
}

static void seal_chacha20(bare *b, const uint8_t *esp, uint8_t *data, uint32_t length,
                          const uint8_t *nonce)
{
    (void)b;
    crypto_aead_chacha20poly1305_ietf_encrypt_detached(data, data + length, NULL, data, length, esp,
                                                       WIRE_ESP_LENGTH, NULL, nonce, wire_key);
}

static bool open_chacha20(bare *b, const uint8_t *esp, uint8_t *data, uint32_t length,
                          const uint8_t *nonce)
{
    (void)b;
    return crypto_aead_chacha20poly1305_ietf_decrypt_detached(
               data, NULL, data, length, data + length, esp, WIRE_ESP_LENGTH, nonce, wire_key) == 0;
}

bare bares_sodium[BARES_SODIUM] = {
    {"libsodium", IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256, "aes-256-gcm", prepare_aes, seal_aes,
     open_aes, NULL, NULL},
    {"libsodium", SAO_ENCRYPTION_CHACHA20_POLY1305, "chacha20-poly1305", prepare_chacha20,
     seal_chacha20, open_chacha20, NULL, NULL},
};
