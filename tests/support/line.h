// SPDX-License-Identifier: BSD-2-Clause
/*
 * line.h: a link with numbered packets on it.
 *
 * Each has to arrive as it was sent and in its turn, and no IV may be there twice under an SA
 * (TX-3); where that is not so, the test fails with the seed that repeats it.
 */
#ifndef SAO_TEST_LINE_H
#define SAO_TEST_LINE_H

#include <saoffload/link.h>

#include "support/packets.h"

#define LINE_TAG 3u
#define LINE_SAS_MAX 512u
#define LINE_IVS_MAX 8192u

/* What a frame on the wire was protected with. */
typedef struct line_iv {
    uint32_t spi;
    uint8_t iv[SAO_IV_MAX]; /* filled up with zeros */
} line_iv;

typedef struct test_line {
    sao_link_config config; /* to be changed before line_open */
    uint8_t ip_version;     /* of the packets, likewise */
    uint32_t random;        /* what the keys are made of, likewise; not 0 */
    uint32_t seed;          /* of a random round */
    bool removed;           /* a side was: packets may be lost */
    sao_link *link;
    void *memory;
    size_t size;
    sao_link_totals totals; /* after line_close */

    uint32_t sent[2];
    uint32_t delivered[2]; /* by the side that they were delivered to */
    uint32_t frames[2];    /* by the side that they came from */
    uint64_t bytes;        /* of the frames */
    uint32_t violations;
    sao_link_sa sas[LINE_SAS_MAX];
    uint32_t sa_count;
    line_iv ivs[LINE_IVS_MAX];
    uint32_t iv_count;
} test_line;

/* Defaults: ChaCha20-Poly1305 in IPv4; everything else as sao_link_config_init has it. Hooks have
 * the line as their context, also those that a test puts in place of these. */
void line_init(test_line *line);
void line_open(test_line *line);

/* Ends it: all that was sent is there, nothing is left behind, and no rule was broken. */
void line_close(test_line *line);
/* The same where no side was reset or turned off: the counters add up, too. */
void line_close_quiet(test_line *line);

/* Sends the next packet of a side; the outcome, or success expected. */
NDIS_STATUS line_try_send(test_line *line, int from);
void line_send(test_line *line, int from);

/* Sends many. */
typedef enum line_pattern {
    LINE_ONE_WAY, /* from side 0 only */
    LINE_IN_TURNS,
    LINE_IN_BURSTS,
    LINE_MIXED /* and time passes now and then */
} line_pattern;
void line_send_many(test_line *line, uint32_t count, line_pattern pattern);

void line_expect_life(test_line *line, int side, sao_life_event event, NDIS_STATUS status);
sao_link_totals line_totals(const test_line *line);

/* The hooks that a line has, for those that do more. */
void line_random(void *context, uint8_t *bytes, size_t n);
void line_deliver(void *context, int to, const uint8_t *packet, size_t length);
void line_wire(void *context, int from, const uint8_t *frame, size_t length);

#endif /* SAO_TEST_LINE_H */
