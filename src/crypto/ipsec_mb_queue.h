// SPDX-License-Identifier: BSD-2-Clause
/*
 * ipsec_mb_queue.h: block ciphers and HMACs by ipsec-mb, which interleaves many jobs of a kind.
 *
 * A burst goes through in passes: all encryptions and then all HMACs to seal; to open all HMACs,
 * and then the decryption of what was good, so that a forged packet stays as it is.
 */
#ifndef SAO_CRYPTO_IPSEC_MB_QUEUE_H
#define SAO_CRYPTO_IPSEC_MB_QUEUE_H

#include "crypto/suite.h"

#include <intel-ipsec-mb.h>

#define SAO_IPSEC_MB_SCHEDULE 240u     /* bytes of an expanded AES key: 15 rounds */
#define SAO_IPSEC_MB_DES_SCHEDULE 128u /* of a DES key: 16 rounds of 8 bytes */
#define SAO_IPSEC_MB_DIGEST 32u        /* of the longest digest's state */

/* The keys of a block cipher, or an HMAC, or both, expanded. The library wants 16 bytes of
 * alignment, which multiples of it keep. */
typedef struct sao_ipsec_mb_keys {
    union {
        struct {
            uint8_t encrypt[SAO_IPSEC_MB_SCHEDULE];
            uint8_t decrypt[SAO_IPSEC_MB_SCHEDULE];
        } aes;
        uint8_t des[3][SAO_IPSEC_MB_DES_SCHEDULE];
    } cipher;
    uint8_t inner[SAO_IPSEC_MB_DIGEST]; /* the HMAC's digests of the padded key */
    uint8_t outer[SAO_IPSEC_MB_DIGEST];
} sao_ipsec_mb_keys;

/* Expands the keys, whose lengths were checked, of a SAO_SUITE_SEPARATE. */
void sao_ipsec_mb_expand(const IMB_MGR *functions, const sao_suite *suite,
                         const sao_crypto_keys *from, sao_ipsec_mb_keys *keys);

/* A task of a burst: it stands apart since it points to what is spread over the context. */
typedef struct sao_ipsec_mb_task {
    const sao_suite *suite;
    const sao_ipsec_mb_keys *keys;
    size_t icv_length;
    const sao_crypto_job *job;
    NDIS_STATUS *status; /* written */
} sao_ipsec_mb_task;

/* The most tasks of a burst, and the most bytes that a task encrypts or authenticates. */
#define SAO_IPSEC_MB_BURST 16u
#define SAO_IPSEC_MB_LENGTH 65534u

/* Seals, or opens: status becomes SUCCESS; RESOURCES without memory; FAILURE for a wrong ICV. */
void sao_ipsec_mb_seal_tasks(const sao_ipsec_mb_task *tasks, size_t count);
void sao_ipsec_mb_open_tasks(const sao_ipsec_mb_task *tasks, size_t count);

/* In constant time; the length is a multiple of 4. */
static inline bool sao_ipsec_mb_is_equal(const uint8_t *a, const uint8_t *b, size_t length)
{
    uint32_t difference = 0;

    if (length == 16) { /* nearly always */
        uint64_t x[2], y[2], bits;

        SAO_MEMCPY(x, a, sizeof x);
        SAO_MEMCPY(y, b, sizeof y);
        bits = (x[0] ^ y[0]) | (x[1] ^ y[1]);
        __asm__("" : "+r"(bits));
        return bits == 0;
    }
    /* The compiler, which sees the difference pass through a barrier, cannot leave early. */
    for (size_t i = 0; i < length; i += 4) {
        uint32_t x, y;

        SAO_MEMCPY(&x, a + i, sizeof x);
        SAO_MEMCPY(&y, b + i, sizeof y);
        difference |= x ^ y;
        __asm__("" : "+r"(difference));
    }
    return difference == 0;
}

#endif /* SAO_CRYPTO_IPSEC_MB_QUEUE_H */
