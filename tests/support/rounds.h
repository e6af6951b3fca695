// SPDX-License-Identifier: BSD-2-Clause
/* rounds.h: how long the long randomised tests run. */
#ifndef SAO_TEST_ROUNDS_H
#define SAO_TEST_ROUNDS_H

#include <stdint.h>
#include <stdlib.h>

/* All rounds, or with SAO_TEST_FEWER=n in the environment (slow machines, emulators) an nth. */
static inline uint32_t test_rounds(uint32_t all)
{
    const char *fewer = getenv("SAO_TEST_FEWER");
    uint32_t n = fewer != NULL ? (uint32_t)strtoul(fewer, NULL, 10) : 1;

    return n > 1 && all > n ? all / n : all;
}

#endif /* SAO_TEST_ROUNDS_H */
