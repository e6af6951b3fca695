// SPDX-License-Identifier: BSD-2-Clause
/*
 * algorithm.h: what each algorithm of IPsecOV2 measures (ADD-8, ALG-1).
 *
 * Identifiers are the IPSEC_OFFLOAD_V2_ENCRYPTION_... and ..._AUTHENTICATION_... bits, plus one
 * extension of this library, ChaCha20-Poly1305 (RFC 7634), which Windows does not define.
 */
#ifndef SAOFFLOAD_ALGORITHM_H
#define SAOFFLOAD_ALGORITHM_H

#include <saoffload/ndis.h>
#include <saoffload/platform.h>

SAO_EXTERN_C_BEGIN

/* Extension: a bit of EncryptionAlgorithm.Identifier that no Windows release uses. */
#define SAO_ENCRYPTION_CHACHA20_POLY1305 0x80000000u

/* The longest key an SA can bring, AEAD salt included, in bytes. */
#define SAO_KEY_MAX 36u
/* The longest ICV, in bytes. */
#define SAO_ICV_MAX 16u
/* The longest IV on the wire, in bytes. */
#define SAO_IV_MAX 16u

/* What one algorithm measures. */
typedef struct sao_algorithm {
    uint32_t identifier;  /* one bit */
    const char *name;     /* as RFCs write it, "AES-GCM-256" say */
    uint8_t key_length;   /* bytes of KeyLength, the salt included */
    uint8_t salt_length;  /* how many of them, at the end, are the salt: AEAD and GMAC */
    uint8_t iv_length;    /* bytes on the wire */
    uint8_t block_length; /* what the payload is padded to, in bytes: 1 for stream ciphers */
    uint8_t icv_length;   /* bytes; the longest where the SA chooses */
    bool combined;        /* encrypts and authenticates in one (AEAD) */
} sao_algorithm;

/*
 * The facts of an encryption algorithm; NULL for an identifier that is not exactly one known
 * bit. ENCRYPTION_NONE is known; 0 is not: see sao_encryption_is_null. Callable from anywhere.
 */
const sao_algorithm *sao_encryption_algorithm(uint32_t identifier);

/* The facts of an authentication algorithm; NULL for 0 or an unknown one. */
const sao_algorithm *sao_authentication_algorithm(uint32_t identifier);

/* Identifier 0 and ENCRYPTION_NONE mean the same (ADD-7). */
static inline bool sao_encryption_is_null(uint32_t identifier)
{
    return identifier == 0 || identifier == IPSEC_OFFLOAD_V2_ENCRYPTION_NONE;
}

/* May an SA with this algorithm have an ICV of `length` bytes? AES-GCM has a choice (ADD-8). */
static inline bool sao_icv_length_fits(const sao_algorithm *algorithm, uint32_t length)
{
    bool gcm = algorithm->combined && algorithm->identifier != SAO_ENCRYPTION_CHACHA20_POLY1305;

    return length == algorithm->icv_length || (gcm && (length == 8 || length == 12));
}

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_ALGORITHM_H */
