// SPDX-License-Identifier: BSD-2-Clause
// cipher.c: the algorithms that a user can name.
#include "cli/cipher.h"

#include <saoffload/algorithm.h>
#include <saoffload/ipsec.h>

#include <stdlib.h>
#include <string.h>

#define ENCRYPTION(name) IPSEC_OFFLOAD_V2_ENCRYPTION_##name
#define AUTHENTICATION(name) IPSEC_OFFLOAD_V2_AUTHENTICATION_##name

/* One encryption with each HMAC. */
#define WITH_EACH_HMAC(name, title, encryption, wireshark)                                         \
    {name "-hmac-md5", title " + HMAC-MD5-96", encryption, AUTHENTICATION(MD5), 12,                \
     wireshark,        "HMAC-MD5-96 [RFC2403]"},                                                   \
        {name "-hmac-sha-1", title " + HMAC-SHA-1-96", encryption, AUTHENTICATION(SHA_1), 12,      \
         wireshark,          "HMAC-SHA-1-96 [RFC2404]"},                                           \
    {                                                                                              \
        name "-hmac-sha-256", title " + HMAC-SHA-256-128", encryption, AUTHENTICATION(SHA_256),    \
            16, wireshark, "HMAC-SHA-256-128 [RFC4868]"                                            \
    }

/* AES-GCM with the shorter ICVs; Wireshark wants the length in the name. */
#define WITH_SHORT_ICV(name, title, encryption)                                                    \
    {name "-12", title ", ICV of 12 bytes",                                                        \
     encryption, 0,                                                                                \
     12,         "AES-GCM with 12 octet ICV [RFC4106]",                                            \
     "NULL"},                                                                                      \
    {                                                                                              \
        name "-8", title ", ICV of 8 bytes", encryption, 0, 8,                                     \
            "AES-GCM with 8 octet ICV [RFC4106]", "NULL"                                           \
    }

#define GMAC(name, title, authentication)                                                          \
    {                                                                                              \
        "null-" name, "NULL + " title, ENCRYPTION(NONE), authentication, 16, NULL, NULL            \
    }

#define GCM_16 "AES-GCM with 16 octet ICV [RFC4106]"

static const sao_cipher ciphers[] = {
    {"aes-256-gcm", "AES-256-GCM", ENCRYPTION(AES_GCM_256), 0, 16, GCM_16, "NULL"},
    {"null-hmac-sha-256", "NULL + HMAC-SHA-256-128", ENCRYPTION(NONE), AUTHENTICATION(SHA_256), 16,
     "NULL", "HMAC-SHA-256-128 [RFC4868]"},
    {"chacha20-poly1305", "ChaCha20-Poly1305 (extension)", SAO_ENCRYPTION_CHACHA20_POLY1305, 0, 16,
     NULL, NULL},
    WITH_SHORT_ICV("aes-256-gcm", "AES-256-GCM", ENCRYPTION(AES_GCM_256)),
    {"aes-192-gcm", "AES-192-GCM", ENCRYPTION(AES_GCM_192), 0, 16, GCM_16, "NULL"},
    WITH_SHORT_ICV("aes-192-gcm", "AES-192-GCM", ENCRYPTION(AES_GCM_192)),
    {"aes-128-gcm", "AES-128-GCM", ENCRYPTION(AES_GCM_128), 0, 16, GCM_16, "NULL"},
    WITH_SHORT_ICV("aes-128-gcm", "AES-128-GCM", ENCRYPTION(AES_GCM_128)),
    WITH_EACH_HMAC("aes-256-cbc", "AES-256-CBC", ENCRYPTION(AES_CBC_256), "AES-CBC [RFC3602]"),
    WITH_EACH_HMAC("aes-192-cbc", "AES-192-CBC", ENCRYPTION(AES_CBC_192), "AES-CBC [RFC3602]"),
    WITH_EACH_HMAC("aes-128-cbc", "AES-128-CBC", ENCRYPTION(AES_CBC_128), "AES-CBC [RFC3602]"),
    WITH_EACH_HMAC("3des-cbc", "3DES-CBC", ENCRYPTION(3_DES_CBC), "TripleDES-CBC [RFC2451]"),
    WITH_EACH_HMAC("des-cbc", "DES-CBC", ENCRYPTION(DES_CBC), "DES-CBC [RFC2405]"),
    {"null-hmac-md5", "NULL + HMAC-MD5-96", ENCRYPTION(NONE), AUTHENTICATION(MD5), 12, "NULL",
     "HMAC-MD5-96 [RFC2403]"},
    {"null-hmac-sha-1", "NULL + HMAC-SHA-1-96", ENCRYPTION(NONE), AUTHENTICATION(SHA_1), 12, "NULL",
     "HMAC-SHA-1-96 [RFC2404]"},
    GMAC("aes-256-gmac", "AES-256-GMAC", AUTHENTICATION(AES_GCM_256)),
    GMAC("aes-192-gmac", "AES-192-GMAC", AUTHENTICATION(AES_GCM_192)),
    GMAC("aes-128-gmac", "AES-128-GMAC", AUTHENTICATION(AES_GCM_128)),
    {"aes-256-cbc", "AES-256-CBC", ENCRYPTION(AES_CBC_256), 0, 0, "AES-CBC [RFC3602]", "NULL"},
    {"aes-192-cbc", "AES-192-CBC", ENCRYPTION(AES_CBC_192), 0, 0, "AES-CBC [RFC3602]", "NULL"},
    {"aes-128-cbc", "AES-128-CBC", ENCRYPTION(AES_CBC_128), 0, 0, "AES-CBC [RFC3602]", "NULL"},
    {"3des-cbc", "3DES-CBC", ENCRYPTION(3_DES_CBC), 0, 0, "TripleDES-CBC [RFC2451]", "NULL"},
    {"des-cbc", "DES-CBC", ENCRYPTION(DES_CBC), 0, 0, "DES-CBC [RFC2405]", "NULL"},
};

static const sao_cipher ah_ciphers[] = {
    {"hmac-sha-256", "HMAC-SHA-256-128", 0, AUTHENTICATION(SHA_256), 16, NULL, NULL},
    {"hmac-sha-1", "HMAC-SHA-1-96", 0, AUTHENTICATION(SHA_1), 12, NULL, NULL},
    {"hmac-md5", "HMAC-MD5-96", 0, AUTHENTICATION(MD5), 12, NULL, NULL},
    {"aes-256-gmac", "AES-256-GMAC", 0, AUTHENTICATION(AES_GCM_256), 16, NULL, NULL},
    {"aes-192-gmac", "AES-192-GMAC", 0, AUTHENTICATION(AES_GCM_192), 16, NULL, NULL},
    {"aes-128-gmac", "AES-128-GMAC", 0, AUTHENTICATION(AES_GCM_128), 16, NULL, NULL},
};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static const sao_cipher *find(const sao_cipher *table, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    }
    return NULL;
}

const sao_cipher *sao_cipher_at(size_t index)
{
    return index < COUNT(ciphers) ? &ciphers[index] : NULL;
}

const sao_cipher *sao_cipher_find(const char *name)
{
    return find(ciphers, COUNT(ciphers), name);
}

const sao_cipher *sao_ah_cipher_at(size_t index)
{
    return index < COUNT(ah_ciphers) ? &ah_ciphers[index] : NULL;
}

const sao_cipher *sao_ah_cipher_find(const char *name)
{
    return find(ah_ciphers, COUNT(ah_ciphers), name);
}

bool sao_cipher_needs_ah(const sao_cipher *cipher)
{
    return cipher->icv_length == 0;
}

/* An SA that is never used. */
static void describe(const sao_cipher *cipher, sao_ipsec_params *params)
{
    static const uint8_t key[SAO_KEY_MAX];
    const sao_algorithm *encryption = sao_encryption_algorithm(cipher->encryption);
    const sao_algorithm *authentication = sao_authentication_algorithm(cipher->authentication);

    sao_ipsec_params_init(params);
    params->protocol = cipher->encryption == 0 ? SAO_PROTOCOL_AH : SAO_PROTOCOL_ESP;
    params->spi = 1;
    params->encryption = cipher->encryption;
    params->authentication = cipher->authentication;
    params->encryption_key = params->authentication_key = key;
    params->encryption_key_length = encryption != NULL ? encryption->key_length : 0;
    params->authentication_key_length = authentication != NULL ? authentication->key_length : 0;
    params->icv_length = cipher->icv_length;
    params->allow_unauthenticated = sao_cipher_needs_ah(cipher);
}

bool sao_cipher_usable(const sao_cipher *cipher, const sao_crypto_provider *provider)
{
    void *context = malloc(provider->context_size);
    sao_ipsec_params params;
    sao_ipsec_sa sa;
    bool usable;

    if (context == NULL)
        return false;
    describe(cipher, &params);
    usable = sao_ipsec_sa_init(&sa, &params, provider, context) == NDIS_STATUS_SUCCESS;
    sao_ipsec_sa_wipe(&sa);
    free(context);
    return usable;
}
