// SPDX-License-Identifier: BSD-2-Clause
// random.c: the random bytes of a simulation, from libsodium's ChaCha20.
#include "cli/random.h"

#include <sodium.h>

static void store64(uint8_t bytes[8], uint64_t value)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
}

void sao_random_init(sao_random *random, uint64_t seed)
{
    static const uint8_t domain[] = "saoffload simulation";
    uint8_t bytes[8];

    store64(bytes, seed);
    crypto_generichash(random->key, sizeof random->key, bytes, sizeof bytes, domain,
                       sizeof domain - 1);
    random->position = 0;
}

void sao_random_fill(sao_random *random, uint8_t *bytes, size_t n)
{
    uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];

    store64(nonce, random->position++);
    crypto_stream_chacha20(bytes, n, nonce, random->key);
}
