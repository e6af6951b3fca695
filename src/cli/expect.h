// SPDX-License-Identifier: BSD-2-Clause
/* expect.h: what one host was sent and has not been given yet, in the order it was sent. */
#ifndef SAO_CLI_EXPECT_H
#define SAO_CLI_EXPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sao_expected sao_expected;

/* All zero is an empty queue. */
typedef struct sao_expect {
    sao_expected *first;
    uint64_t waiting;
    uint64_t sent;    /* number of the packet sent last, from 1 */
    uint64_t highest; /* number of the youngest packet that arrived */
} sao_expect;

/* Appends a copy of a packet. False: out of memory. */
bool sao_expect_push(sao_expect *expect, const uint8_t *bytes, size_t length);

/* Takes the last packet back: it was not sent after all. */
void sao_expect_retract(sao_expect *expect);

typedef enum sao_expect_result {
    SAO_EXPECT_IN_ORDER,
    SAO_EXPECT_OVERTAKEN, /* a packet that was sent later arrived before it */
    SAO_EXPECT_UNKNOWN    /* identical to none that waits */
} sao_expect_result;

/* A packet arrived: takes the one that it is identical to off the queue. */
sao_expect_result sao_expect_arrived(sao_expect *expect, const uint8_t *bytes, size_t length);

/* Empties the queue; returns how many packets never arrived. */
uint64_t sao_expect_clear(sao_expect *expect);

#endif /* SAO_CLI_EXPECT_H */
