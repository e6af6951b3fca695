// SPDX-License-Identifier: BSD-2-Clause
/*
 * town.h: two hosts and a wire in one world, driven at random.
 *
 * Everything that can change lies in the world's arena, the random numbers included, so that after
 * a restore the same happens again. What happens is written down outside of it (town_log.h).
 */
#ifndef SAO_TEST_TOWN_H
#define SAO_TEST_TOWN_H

#include <saoffload/boundary.h>
#include <saoffload/world.h>

#include "support/town_log.h"

#define TOWN_FRAMES 24u
#define TOWN_FRAME_MAX 512u
#define TOWN_AGREEMENTS 3u

typedef struct town town;

typedef struct town_host {
    town *town;
    sao_soft_nic *nic;
    sao_transport *transport;
    sao_boundary *boundary;
    uint32_t associations[TOWN_AGREEMENTS]; /* SAO_ASSOCIATION_NONE where there is none */
} town_host;

typedef struct town_config {
    const sao_crypto_provider *provider;
    uint64_t id;
    uint32_t random;       /* not 0 */
    uint32_t refuse_every; /* adds of a NIC */
    uint16_t epoch;
    bool simulation_keys;
    bool lives; /* resets, sleeps and pauses too */
} town_config;

struct town {
    sao_world *world;
    town_config config;
    town_host host[2];
    sao_packet *frames[TOWN_FRAMES]; /* of the wire; in use while it has an owner */
    uint64_t frame_count;
    uint64_t now;
    uint32_t random;
    uint32_t agreements; /* so far: each has keys and SPIs of its own */
};

/* libsodium, keys of a simulation, epoch 7. */
town_config town_defaults(uint32_t random);

/* Makes the town in memory of its own, with both hosts running and one agreement. */
town *town_open(const town_config *config);
/* Closes the world, checks that nothing is left in its memory, and frees it. */
void town_close(town *t);

/* Makes `count` random things happen. */
void town_run(town *t, uint32_t count);
/* Lets `ticks` pass, from one thing that is due to the next. */
void town_pass(town *t, uint64_t ticks);
/* Sends a packet under some agreement; false if there is none, or no room. */
bool town_send(town *t, int from, uint32_t payload, uint8_t content);
/* Keys and SPIs of a new agreement, in place of the oldest. */
void town_agree(town *t);
/* Ends all that is under way, and begins anew with the first agreement. */
void town_settle(town *t);

/* ---- snapshots ------------------------------------------------------------------------- */

typedef struct town_snapshot {
    uint8_t *bytes;
    size_t size;
} town_snapshot;

/* Takes one of the world, puts it back, or wipes and frees it. */
town_snapshot town_take(const town *t);
void town_put_back(const town *t, const town_snapshot *s);
void town_drop(town_snapshot *s);

/* A backend that refuses every bundle at once, for an adapter that nobody uses. */
extern const sao_backend_ops town_idle_backend;

#endif /* SAO_TEST_TOWN_H */
