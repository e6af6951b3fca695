// SPDX-License-Identifier: BSD-2-Clause
/*
 * iv_window.h: which sequence numbers have already made an IV (TX-3).
 *
 * The IV of an AEAD is made of the sequence number, so a number may be used once. Sends come
 * nearly in order: a window of the last 64 numbers tells the new ones from the used ones, and
 * what is older counts as used.
 */
#ifndef SAO_NIC_IV_WINDOW_H
#define SAO_NIC_IV_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#define SAO_IV_WINDOW_WIDTH 64u

typedef struct sao_iv_window {
    uint64_t highest; /* used so far */
    uint64_t used;    /* bit n: highest - n was used */
} sao_iv_window;

/* An empty window. Sequence number 0, which IPsec never sends, counts as used. */
void sao_iv_window_init(sao_iv_window *window);

/* Takes a sequence number for use; false, and nothing changes, if it was used or may have been. */
bool sao_iv_window_take(sao_iv_window *window, uint64_t sequence);

#endif /* SAO_NIC_IV_WINDOW_H */
