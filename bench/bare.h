// SPDX-License-Identifier: BSD-2-Clause
/*
 * bare.h: the call that a provider of cryptography spends its time in, alone, on the frames of a
 * wire: same bytes, same key, same nonces; the key expanded before, as the NIC's is.
 */
#ifndef SAO_BENCH_BARE_H
#define SAO_BENCH_BARE_H

#include "wire.h"

#define BARE_NONCE_LENGTH 12u /* of any AEAD: salt and IV */

typedef struct bare bare;

struct bare {
    const char *provider; /* as sao_crypto_find knows it */
    uint32_t encryption;
    const char *cipher;
    bool (*prepare)(bare *b); /* false if this machine has not got it */
    /* One packet: `length` bytes at `data`, its tag behind them, the ESP header is the AAD. */
    void (*seal)(bare *b, const uint8_t *esp, uint8_t *data, uint32_t length, const uint8_t *nonce);
    bool (*open)(bare *b, const uint8_t *esp, uint8_t *data, uint32_t length, const uint8_t *nonce);
    void *key;
    /* Optional: the same by the library's own queue, in bursts of WIRE_BURST. How many were good.
     */
    uint32_t (*open_queued)(bare *b, wire *w, const uint8_t (*nonces)[BARE_NONCE_LENGTH]);
};

#define BARES_SODIUM 2
extern bare bares_sodium[BARES_SODIUM];

#ifdef SAO_HAVE_OPENSSL
#define BARES_OPENSSL 2
extern bare bares_openssl[BARES_OPENSSL];
#endif

#ifdef SAO_HAVE_IPSEC_MB
#define BARES_IPSEC_MB 1
extern bare bares_ipsec_mb[BARES_IPSEC_MB];
#endif

#endif /* SAO_BENCH_BARE_H */
