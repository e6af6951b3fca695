// SPDX-License-Identifier: BSD-2-Clause
/*
 * packets.c: what the soft NIC adds to the cryptography.
 *
 * The same bytes are sent, and received, by the soft NIC and sealed, and opened, by the bare
 * call of libsodium, in turn: what disturbs one disturbs the other, and each pair of repetitions
 * gives one ratio.
 */
#include "measure.h"
#include "wire.h"

#include <sodium.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONCE_LENGTH 12u /* of either AEAD: salt and IV */

/* ---- the bare calls -------------------------------------------------------------------- */

typedef struct bare {
    bool aes;
    crypto_aead_aes256gcm_state aes_gcm; /* the key expanded, as the NIC's is */
    uint8_t nonces[WIRE_FRAMES][NONCE_LENGTH];
} bare;

/* The nonces are those on the wire, so that a received packet opens. */
static void take_nonces(bare *b, wire *w)
{
    for (uint32_t i = 0; i < WIRE_FRAMES; i++) {
        memcpy(b->nonces[i], wire_key + 32, 4);
        memcpy(b->nonces[i] + 4, wire_esp(w, i) + WIRE_ESP_LENGTH, WIRE_IV_LENGTH);
    }
}

static void bare_seal(bare *b, wire *w)
{
    const uint32_t length = wire_encrypted_length(w);

    for (uint32_t i = 0; i < WIRE_FRAMES; i++) {
        uint8_t *esp = wire_esp(w, i), *data = esp + WIRE_ESP_LENGTH + WIRE_IV_LENGTH;

        if (b->aes)
            crypto_aead_aes256gcm_encrypt_detached_afternm(data, data + length, NULL, data, length,
                                                           esp, WIRE_ESP_LENGTH, NULL, b->nonces[i],
                                                           &b->aes_gcm);
        else
            crypto_aead_chacha20poly1305_ietf_encrypt_detached(data, data + length, NULL, data,
                                                               length, esp, WIRE_ESP_LENGTH, NULL,
                                                               b->nonces[i], wire_key);
    }
}

/* How many were good. */
static uint32_t bare_open(const bare *b, wire *w)
{
    const uint32_t length = wire_encrypted_length(w);
    uint32_t good = 0;

    for (uint32_t i = 0; i < WIRE_FRAMES; i++) {
        uint8_t *esp = wire_esp(w, i), *data = esp + WIRE_ESP_LENGTH + WIRE_IV_LENGTH;
        int result;

        if (b->aes)
            result = crypto_aead_aes256gcm_decrypt_detached_afternm(
                data, NULL, data, length, data + length, esp, WIRE_ESP_LENGTH, b->nonces[i],
                &b->aes_gcm);
        else
            result = crypto_aead_chacha20poly1305_ietf_decrypt_detached(
                data, NULL, data, length, data + length, esp, WIRE_ESP_LENGTH, b->nonces[i],
                wire_key);
        good += result == 0 ? 1u : 0u;
    }
    return good;
}

/* ---- measuring ------------------------------------------------------------------------- */

static void print_spread(const char *key, measure_spread spread, int digits)
{
    printf(", \"%s\": {\"median\": %.*f, \"low\": %.*f, \"high\": %.*f}", key, digits,
           spread.median, digits, spread.low, digits, spread.high);
}

static void print(const bare *b, const measure *nic, const measure *alone, uint32_t length)
{
    printf("{\"name\": \"%s\", \"cipher\": \"%s\", \"bytes\": %" PRIu32
           ", \"operations\": %u, \"repetitions\": %" PRIu32,
           nic->name, b->aes ? "aes-256-gcm" : "chacha20-poly1305", length, WIRE_FRAMES,
           nic->options.repetitions);
    print_spread("nanoseconds", measure_spread_of(nic), 1);
    print_spread("libsodium_nanoseconds", measure_spread_of(alone), 1);
    print_spread("ratio", measure_ratio(nic, alone), 3);
    printf("}\n");
    free(nic->samples);
    free(alone->samples);
}

static void measure_sending(bare *b, wire *w, const bench_options *options, uint32_t length)
{
    measure nic, alone;

    wire_frame(w, length);
    w->sent = 0;
    measure_init(&nic, "send", options, WIRE_FRAMES);
    measure_init(&alone, "seal", options, WIRE_FRAMES);
    while (measure_wants_more(&nic)) {
        wire_number(w);
        measure_start(&nic);
        wire_send(w);
        measure_stop(&nic);
        take_nonces(b, w);
        measure_start(&alone);
        bare_seal(b, w);
        measure_stop(&alone);
    }
    if (w->sent != (uint64_t)nic.started * WIRE_FRAMES)
        bench_quit("a packet was not sent");
    print(b, &nic, &alone, length);
}

static void measure_receiving(bare *b, wire *w, const bench_options *options, uint32_t length)
{
    uint8_t(*sealed)[WIRE_FRAME_MAX] = bench_allocate(1, sizeof w->bytes);
    uint32_t good = 0;
    measure nic, alone;

    wire_frame(w, length);
    wire_send(w);
    take_nonces(b, w);
    memcpy(sealed, w->bytes, sizeof w->bytes);
    w->opened = 0;
    measure_init(&nic, "receive", options, WIRE_FRAMES);
    measure_init(&alone, "open", options, WIRE_FRAMES);
    while (measure_wants_more(&nic)) {
        memcpy(w->bytes, sealed, sizeof w->bytes);
        measure_start(&nic);
        wire_receive(w);
        measure_stop(&nic);
        memcpy(w->bytes, sealed, sizeof w->bytes);
        measure_start(&alone);
        good += bare_open(b, w);
        measure_stop(&alone);
    }
    if (w->opened != (uint64_t)nic.started * WIRE_FRAMES || good != w->opened)
        bench_quit("a packet was not opened");
    print(b, &nic, &alone, length);
    free(sealed);
}

static void measure_cipher(bool aes, const bench_options *options)
{
    static const uint32_t lengths[] = {64, 256, 1420};
    wire *w = bench_allocate(1, sizeof *w);
    static bare b;

    b.aes = aes;
    if (aes)
        crypto_aead_aes256gcm_beforenm(&b.aes_gcm, wire_key);
    wire_make(w, aes ? IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256 : SAO_ENCRYPTION_CHACHA20_POLY1305);
    for (uint32_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        measure_sending(&b, w, options, lengths[i]);
        measure_receiving(&b, w, options, lengths[i]);
    }
    wire_free(w);
    free(w);
}

int main(int argc, char **argv)
{
    const bench_options options = bench_read_options(argc, argv);

    if (sodium_init() < 0)
        bench_quit("libsodium does not start");
    if (crypto_aead_aes256gcm_is_available())
        measure_cipher(true, &options);
    measure_cipher(false, &options);
    return 0;
}
