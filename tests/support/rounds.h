// SPDX-License-Identifier: BSD-2-Clause
/* rounds.h: where randomised tests begin, and how long they run. */
#ifndef SAO_TEST_ROUNDS_H
#define SAO_TEST_ROUNDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* Another seed each time, or that of SAO_SEED=n in the environment; says which. */
static inline uint32_t test_seed(void)
{
    const char *chosen = getenv("SAO_SEED");
    const uint32_t seed =
        chosen != NULL ? (uint32_t)strtoul(chosen, NULL, 0) : (uint32_t)time(NULL);

    print_message("SAO_SEED=%u repeats this run\n", (unsigned)seed);
    return seed;
}

/* All rounds, or with SAO_TEST_FEWER=n in the environment (slow machines, emulators) an nth. */
static inline uint32_t test_rounds(uint32_t all)
{
    const char *fewer = getenv("SAO_TEST_FEWER");
    uint32_t n = fewer != NULL ? (uint32_t)strtoul(fewer, NULL, 10) : 1;

    return n > 1 && all > n ? all / n : all;
}

#endif /* SAO_TEST_ROUNDS_H */
