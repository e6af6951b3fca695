// SPDX-License-Identifier: BSD-2-Clause
/*
 * replay.h: the anti-replay window of one inbound SA (RFC 4303 section 3.4.3, appendix A2).
 *
 * The NIC never drops for replay (RX-5), so every packet passes here, whoever opened it. The
 * window moves only for packets whose ICV was good.
 */
#ifndef SAO_MODEL_REPLAY_H
#define SAO_MODEL_REPLAY_H

#include <saoffload/platform.h>

#define SAO_REPLAY_WINDOW 1024u

typedef struct sao_replay {
    uint64_t highest; /* sequence number received; 0 for none yet */
    uint64_t seen[SAO_REPLAY_WINDOW / 64u];
} sao_replay;

/* `highest`: of an SA that has been in use, up to which all numbers were seen; 0 for a new one. */
void sao_replay_begin(sao_replay *replay, uint64_t highest);

/* False for a number that was seen, that is too old to tell, or that is 0. */
bool sao_replay_is_fresh(const sao_replay *replay, uint64_t sequence);

/* Notes a number of an authentic packet. It must be fresh. */
void sao_replay_mark(sao_replay *replay, uint64_t sequence);

/*
 * The 64-bit number of which a packet shows the low half (RFC 4303 appendix A2.2). 0, which is
 * never fresh, for a packet from before the first or after the last number.
 */
uint64_t sao_replay_infer(const sao_replay *replay, uint32_t low);

#endif /* SAO_MODEL_REPLAY_H */
