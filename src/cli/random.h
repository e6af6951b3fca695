// SPDX-License-Identifier: BSD-2-Clause
/*
 * random.h: the random bytes of a simulation: the same seed gives the same bytes.
 *
 * Whoever knows the seed knows every key made from it; such keys protect nothing but simulated
 * traffic.
 */
#ifndef SAO_CLI_RANDOM_H
#define SAO_CLI_RANDOM_H

#include <stddef.h>
#include <stdint.h>

typedef struct sao_random {
    uint8_t key[32];
    uint64_t position; /* draws so far: each takes a stream of its own */
} sao_random;

void sao_random_init(sao_random *random, uint64_t seed);

/* Fills in the next `n` bytes. */
void sao_random_fill(sao_random *random, uint8_t *bytes, size_t n);

#endif /* SAO_CLI_RANDOM_H */
