// SPDX-License-Identifier: BSD-2-Clause
/* algorithm.c: the measures of every algorithm of IPsecOV2, each from its RFC (ADD-8, ALG-1). */
#include <saoffload/algorithm.h>

/*
 * The columns are those of sao_algorithm: identifier, name, then bytes of key, of its salt, of IV,
 * of block and of ICV, and whether the mode is combined.
 */

/* RFC 2410, 2405, 2451, 3602, 4106 and, for the extension, 7634. */
static const sao_algorithm encryption_algorithms[] = {
    {IPSEC_OFFLOAD_V2_ENCRYPTION_NONE, "NULL", 0, 0, 0, 1, 0, false},
    {IPSEC_OFFLOAD_V2_ENCRYPTION_DES_CBC, "DES-CBC", 8, 0, 8, 8, 0, false},
    {IPSEC_OFFLOAD_V2_ENCRYPTION_3_DES_CBC, "3DES-CBC", 24, 0, 8, 8, 0, false},
    {IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_128, "AES-CBC-128", 16, 0, 16, 16, 0, false},
    {IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_192, "AES-CBC-192", 24, 0, 16, 16, 0, false},
    {IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_256, "AES-CBC-256", 32, 0, 16, 16, 0, false},
    {IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_128, "AES-GCM-128", 20, 4, 8, 1, 16, true},
    {IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_192, "AES-GCM-192", 28, 4, 8, 1, 16, true},
    {IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256, "AES-GCM-256", 36, 4, 8, 1, 16, true},
    {SAO_ENCRYPTION_CHACHA20_POLY1305, "CHACHA20-POLY1305", 36, 4, 8, 1, 16, true},
};

/* RFC 2403, 2404, 4868 and 4543. */
static const sao_algorithm authentication_algorithms[] = {
    {IPSEC_OFFLOAD_V2_AUTHENTICATION_MD5, "HMAC-MD5-96", 16, 0, 0, 1, 12, false},
    {IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_1, "HMAC-SHA-1-96", 20, 0, 0, 1, 12, false},
    {IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256, "HMAC-SHA-256-128", 32, 0, 0, 1, 16, false},
    {IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_128, "AES-GMAC-128", 20, 4, 8, 1, 16, false},
    {IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_192, "AES-GMAC-192", 28, 4, 8, 1, 16, false},
    {IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_256, "AES-GMAC-256", 36, 4, 8, 1, 16, false},
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
