// SPDX-License-Identifier: BSD-2-Clause
/*
 * packets.c: what this library adds to the cryptography.
 *
 * The same bytes are sent, and received, by the soft NIC, one by one and in bursts, and in bursts
 * in which two SAs take turns; sealed, and opened, by src/ipsec alone; and by the bare call of the
 * provider's library, in turn: what disturbs one disturbs the others, and each pair of repetitions
 * gives one ratio.
 */
#include "bare.h"
#include "measure.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t nonces[WIRE_FRAMES][BARE_NONCE_LENGTH];

/* The nonces are those on the wire, so that a received packet opens. */
static void take_nonces(nonces taken, wire *w)
{
    for (uint32_t i = 0; i < WIRE_FRAMES; i++) {
        memcpy(taken[i], wire_key + 32, 4);
        memcpy(taken[i] + 4, wire_esp(w, i) + WIRE_ESP_LENGTH, WIRE_IV_LENGTH);
    }
}

static void bare_seal(bare *b, nonces taken, wire *w)
{
    const uint32_t length = wire_encrypted_length(w);

    for (uint32_t i = 0; i < WIRE_FRAMES; i++) {
        uint8_t *esp = wire_esp(w, i);

        b->seal(b, esp, esp + WIRE_ESP_LENGTH + WIRE_IV_LENGTH, length, taken[i]);
    }
}

/* How many were good. */
static uint32_t bare_open(bare *b, nonces taken, wire *w)
{
    const uint32_t length = wire_encrypted_length(w);
    uint32_t good = 0;

    for (uint32_t i = 0; i < WIRE_FRAMES; i++) {
        uint8_t *esp = wire_esp(w, i);

        good += b->open(b, esp, esp + WIRE_ESP_LENGTH + WIRE_IV_LENGTH, length, taken[i]) ? 1u : 0u;
    }
    return good;
}

/* ---- measuring ------------------------------------------------------------------------- */

static void print_spread(const char *key, measure_spread spread, int digits)
{
    printf(", \"%s\": {\"median\": %.*f, \"low\": %.*f, \"high\": %.*f}", key, digits,
           spread.median, digits, spread.low, digits, spread.high);
}

static void print(const bare *b, const measure *ours, const measure *alone, uint32_t length)
{
    printf("{\"name\": \"%s\", \"provider\": \"%s\", \"cipher\": \"%s\", \"bytes\": %" PRIu32
           ", \"operations\": %u, \"repetitions\": %" PRIu32,
           ours->name, b->provider, b->cipher, length, WIRE_FRAMES, ours->options.repetitions);
    print_spread("nanoseconds", measure_spread_of(ours), 1);
    print_spread("bare_nanoseconds", measure_spread_of(alone), 1);
    print_spread("ratio", measure_ratio(ours, alone), 3);
    printf("}\n");
}

static void measure_sending(bare *b, wire *w, const bench_options *options, uint32_t length)
{
    measure nic, half, alone;
    nonces taken;

    w->sent = 0;
    measure_init(&nic, "send", options, WIRE_FRAMES);
    measure_init(&half, "seal", options, WIRE_FRAMES);
    measure_init(&alone, "bare", options, WIRE_FRAMES);
    while (measure_wants_more(&nic)) {
        wire_frame(w, length, 1);
        measure_start(&nic);
        wire_send(w);
        measure_stop(&nic);
        take_nonces(taken, w);
        measure_start(&alone);
        bare_seal(b, taken, w); /* again with the same nonce: in clear, as framed */
        measure_stop(&alone);
        measure_start(&half);
        wire_seal(w);
        measure_stop(&half);
    }
    if (w->sent != (uint64_t)nic.started * WIRE_FRAMES)
        bench_quit("a packet was not sent");
    print(b, &nic, &alone, length);
    print(b, &half, &alone, length);
    free(nic.samples);
    free(half.samples);
    free(alone.samples);
}

/* What is done with the train, each time with fresh bytes. */
typedef enum way { RECEIVE, RECEIVE_BURST, RECEIVE_TURNS, OPEN, BARE, QUEUE, WAYS } way;

static const char *const way_names[WAYS] = {"receive", "receive_burst", "receive_turns",
                                            "open",    "bare",          "queue"};

/* A train as it is on the wire, for opening destroys it. */
typedef struct train {
    uint8_t bytes[WIRE_FRAMES][WIRE_FRAME_MAX];
} train;

static void make_train(train *sealed, wire *w, uint32_t length, uint32_t sas)
{
    wire_frame(w, length, sas);
    wire_send(w);
    memcpy(sealed->bytes, w->bytes, sizeof sealed->bytes);
}

/* How many packets came out good. */
static uint32_t receive_by(way how, bare *b, wire *w, nonces taken)
{
    const uint64_t before = w->opened;

    switch (how) {
    case RECEIVE:
        wire_receive(w);
        break;
    case RECEIVE_BURST:
    case RECEIVE_TURNS:
        wire_receive_burst(w);
        break;
    case OPEN:
        return wire_open(w);
    case BARE:
        return bare_open(b, taken, w);
    case QUEUE:
        return b->open_queued(b, w, (const uint8_t(*)[BARE_NONCE_LENGTH])taken);
    case WAYS:
        break;
    }
    return (uint32_t)(w->opened - before);
}

static void measure_receiving(bare *b, wire *w, const bench_options *options, uint32_t length)
{
    const int ways = b->open_queued != NULL ? WAYS : QUEUE;
    train *turns = bench_allocate(1, sizeof *turns);
    train *sealed = bench_allocate(1, sizeof *sealed);
    measure measures[WAYS];
    nonces taken;

    make_train(turns, w, length, WIRE_SAS);
    make_train(sealed, w, length, 1);
    take_nonces(taken, w);
    for (int i = 0; i < ways; i++)
        measure_init(&measures[i], way_names[i], options, WIRE_FRAMES);
    while (measure_wants_more(&measures[0])) {
        for (int i = 0; i < ways; i++) {
            const train *arrives = i == RECEIVE_TURNS ? turns : sealed;
            uint32_t good;

            for (uint32_t f = 0; f < WIRE_FRAMES; f++)
                memcpy(w->bytes[f], arrives->bytes[f], w->packets[f].length);
            measure_start(&measures[i]);
            good = receive_by((way)i, b, w, taken);
            measure_stop(&measures[i]);
            if (good != WIRE_FRAMES)
                bench_quit("a packet was not opened");
        }
    }
    for (int i = 0; i < ways; i++)
        if (i != BARE)
            print(b, &measures[i], &measures[BARE], length);
    for (int i = 0; i < ways; i++)
        free(measures[i].samples);
    free(sealed);
    free(turns);
}

static void measure_all(bare *all, size_t count, const bench_options *options)
{
    static const uint32_t lengths[] = {64, 256, 1420};
    wire *w = bench_allocate(1, sizeof *w);

    for (size_t i = 0; i < count; i++) {
        bare *b = &all[i];

        if (!b->prepare(b))
            continue;
        wire_make(w, sao_crypto_find(b->provider), b->encryption);
        for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++) {
            measure_sending(b, w, options, lengths[l]);
            measure_receiving(b, w, options, lengths[l]);
        }
        wire_free(w);
    }
    free(w);
}

int main(int argc, char **argv)
{
    const bench_options options = bench_read_options(argc, argv);

    measure_all(bares_sodium, BARES_SODIUM, &options);
#ifdef SAO_HAVE_OPENSSL
    measure_all(bares_openssl, BARES_OPENSSL, &options);
#endif
#ifdef SAO_HAVE_IPSEC_MB
    measure_all(bares_ipsec_mb, BARES_IPSEC_MB, &options);
#endif
    return 0;
}
