// SPDX-License-Identifier: BSD-2-Clause
/*
 * town.h: two hosts and a wire in one world, driven at random.
 *
 * Everything that can change lies in the world's arena, the random numbers included, so that after
 * a restore the same happens again. What happens is written down outside of it, in the one log:
 * each event, each frame that crosses the wire, each packet that is delivered.
 */
#ifndef SAO_TEST_TOWN_H
#define SAO_TEST_TOWN_H

#include <saoffload/boundary.h>
#include <saoffload/world.h>

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

/* ---- the log --------------------------------------------------------------------------- */

typedef struct town_log {
    uint8_t *bytes;
    size_t length;
    size_t capacity;
    uint32_t events;
    uint32_t frames;
    uint32_t delivered;
    bool frames_only; /* events are counted, not kept: handles, times and serials are in them */
    /* Is shown each ESP packet that is transmitted, from its IP header on; may be NULL. */
    void (*on_esp)(const uint8_t *ip, size_t length);
} town_log;

extern town_log town_seen;

/* Empties the log. */
void town_forget(void);
/* Frees what it holds. */
void town_end_log(void);

#endif /* SAO_TEST_TOWN_H */
