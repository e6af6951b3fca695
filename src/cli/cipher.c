// SPDX-License-Identifier: BSD-2-Clause
// cipher.c: the algorithms that a user can name.
#include "cli/cipher.h"

#include <saoffload/algorithm.h>

#include <string.h>

/* In order of preference. Wireshark wants the length of the ICV in the name. */
static const sao_cipher ciphers[] = {
    {"aes-256-gcm", "AES-256-GCM", IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256, 0,
     "AES-GCM with 16 octet ICV [RFC4106]", "NULL"},
    {"null-hmac-sha-256", "NULL + HMAC-SHA-256-128", IPSEC_OFFLOAD_V2_ENCRYPTION_NONE,
     IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256, "NULL", "HMAC-SHA-256-128 [RFC4868]"},
    {"chacha20-poly1305", "ChaCha20-Poly1305 (extension)", SAO_ENCRYPTION_CHACHA20_POLY1305, 0,
     NULL, NULL},
};

const sao_cipher *sao_cipher_at(size_t index)
{
    return index < sizeof ciphers / sizeof ciphers[0] ? &ciphers[index] : NULL;
}

const sao_cipher *sao_cipher_find(const char *name)
{
    const sao_cipher *cipher;

    for (size_t i = 0; (cipher = sao_cipher_at(i)) != NULL; i++) {
        if (strcmp(cipher->name, name) == 0)
            return cipher;
    }
    return NULL;
}

bool sao_cipher_usable(const sao_cipher *cipher, const sao_crypto_provider *provider)
{
    return provider->supports(cipher->encryption, cipher->authentication) == NDIS_STATUS_SUCCESS;
}
