// SPDX-License-Identifier: BSD-2-Clause
/* play.h: the stage: a NIC, a miniport on it, NDIS around it; and the small things that are done.
 */
#ifndef EXAMPLE_PLAY_H
#define EXAMPLE_PLAY_H

#include "transport.h"

typedef struct play {
    const profile *of;
    silicon nic;
    ndis_adapter ndis;
    uint32_t pairs;   /* made so far */
    uint64_t next_iv; /* the lowest that has not been on the wire (TX-3) */
} play;

/* Prints what was expected, and counts it if it is not so. */
void check(bool good, const char *what);
int wrong_results(void);

/* Time passes until nothing happens any more; or for the driver only: the NIC is slow. */
void settle(play *p);
void run_driver(play *p);

/* A pair with keys and SPIs of its own; and one whose two bundles were added: true if they were. */
void new_pair(play *p, transport_pair *pair);
bool add_pair(play *p, transport_pair *pair);

/* A frame of the peer arrives: the driver hands it to the NIC's crypto, and no further; or it is
 * indicated, with this OOB data. */
void begin_receive(play *p, transport_pair *pair);
sao_oob_receive receive(play *p, transport_pair *pair);

/* Sends one frame to the peer: how its send completed, PENDING if it did not. */
NDIS_STATUS transmit(play *p, transport_pair *pair);

/* Does the NIC open what the peer sends, and does the peer accept what the NIC seals, under an IV
 * that was never used? */
bool opens(play *p, transport_pair *pair);
bool seals(play *p, transport_pair *pair);

#endif /* EXAMPLE_PLAY_H */
