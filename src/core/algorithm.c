// SPDX-License-Identifier: BSD-2-Clause
/* algorithm.c: the measures of every algorithm of IPsecOV2, each from its RFC (ADD-8, ALG-1). */
#include <saoffload/algorithm.h>

/* RFC 2410, 2405, 2451, 3602, 4106 and, for the extension, 7634. */
static const sao_algorithm encryption_algorithms[] = {
    {.identifier = IPSEC_OFFLOAD_V2_ENCRYPTION_NONE, .name = "NULL", .block_length = 1},
    {.identifier = IPSEC_OFFLOAD_V2_ENCRYPTION_DES_CBC,
     .name = "DES-CBC",
     .key_length = 8,
     .iv_length = 8,
     .block_length = 8},
    {.identifier = IPSEC_OFFLOAD_V2_ENCRYPTION_3_DES_CBC,
     .name = "3DES-CBC",
     .key_length = 24,
     .iv_length = 8,
     .block_length = 8},
    {.identifier = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_128,
     .name = "AES-CBC-128",
     .key_length = 16,
     .iv_length = 16,
     .block_length = 16},
    {.identifier = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_192,
     .name = "AES-CBC-192",
     .key_length = 24,
     .iv_length = 16,
     .block_length = 16},
    {.identifier = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_256,
     .name = "AES-CBC-256",
     .key_length = 32,
     .iv_length = 16,
     .block_length = 16},
    {.identifier = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_128,
     .name = "AES-GCM-128",
     .key_length = 20,
     .salt_length = 4,
     .iv_length = 8,
     .block_length = 1,
     .icv_length = 16,
     .combined = true},
    {.identifier = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_192,
     .name = "AES-GCM-192",
     .key_length = 28,
     .salt_length = 4,
     .iv_length = 8,
     .block_length = 1,
     .icv_length = 16,
     .combined = true},
    {.identifier = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256,
     .name = "AES-GCM-256",
     .key_length = 36,
     .salt_length = 4,
     .iv_length = 8,
     .block_length = 1,
     .icv_length = 16,
     .combined = true},
    {.identifier = SAO_ENCRYPTION_CHACHA20_POLY1305,
     .name = "CHACHA20-POLY1305",
     .key_length = 36,
     .salt_length = 4,
     .iv_length = 8,
     .block_length = 1,
     .icv_length = 16,
     .combined = true},
};

/* RFC 2403, 2404, 4868 and 4543. */
static const sao_algorithm authentication_algorithms[] = {
    {.identifier = IPSEC_OFFLOAD_V2_AUTHENTICATION_MD5,
     .name = "HMAC-MD5-96",
     .key_length = 16,
     .block_length = 1,
     .icv_length = 12},
    {.identifier = IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_1,
     .name = "HMAC-SHA-1-96",
     .key_length = 20,
     .block_length = 1,
     .icv_length = 12},
    {.identifier = IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256,
     .name = "HMAC-SHA-256-128",
     .key_length = 32,
     .block_length = 1,
     .icv_length = 16},
    {.identifier = IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_128,
     .name = "AES-GMAC-128",
     .key_length = 20,
     .salt_length = 4,
     .iv_length = 8,
     .block_length = 1,
     .icv_length = 16},
    {.identifier = IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_192,
     .name = "AES-GMAC-192",
     .key_length = 28,
     .salt_length = 4,
     .iv_length = 8,
     .block_length = 1,
     .icv_length = 16},
    {.identifier = IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_256,
     .name = "AES-GMAC-256",
     .key_length = 36,
     .salt_length = 4,
     .iv_length = 8,
     .block_length = 1,
     .icv_length = 16},
};

static const sao_algorithm *find_algorithm(const sao_algorithm *table, size_t count,
                                           uint32_t identifier)
{
    for (size_t i = 0; i < count; i++)
        if (table[i].identifier == identifier)
            return &table[i];
    return NULL;
}

const sao_algorithm *sao_encryption_algorithm(uint32_t identifier)
{
    return find_algorithm(encryption_algorithms,
                          sizeof encryption_algorithms / sizeof encryption_algorithms[0],
                          identifier);
}

const sao_algorithm *sao_authentication_algorithm(uint32_t identifier)
{
    return find_algorithm(authentication_algorithms,
                          sizeof authentication_algorithms / sizeof authentication_algorithms[0],
                          identifier);
}
