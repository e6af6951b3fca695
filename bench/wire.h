// SPDX-License-Identifier: BSD-2-Clause
/*
 * wire.h: a soft NIC that talks to itself: an outbound and an inbound bundle of each of its SAs,
 * and a train of frames that it sends and receives again.
 */
#ifndef SAO_BENCH_WIRE_H
#define SAO_BENCH_WIRE_H

#include <saoffload/ipsec.h>
#include <saoffload/soft_nic.h>

#define WIRE_FRAMES 64u
#define WIRE_BURST 32u
#define WIRE_SAS 2u /* one, and another one for packets in turns */
#define WIRE_FRAME_MAX 1536u
#define WIRE_MAC_LENGTH 14u
#define WIRE_KEY_LENGTH 36u /* of either AEAD: a key of 32 bytes, and its salt */
#define WIRE_ESP_LENGTH 8u  /* SPI and sequence number: what ESP authenticates besides */
#define WIRE_IV_LENGTH 8u   /* of either AEAD */
#define WIRE_ICV_LENGTH 16u /* of either AEAD */

/* An SA, and its outbound bundle in the NIC. Only their SPIs tell them apart. */
typedef struct wire_sa {
    NDIS_HANDLE outbound;
    sao_ipsec_sa sa; /* for framing */
    void *context;
} wire_sa;

typedef struct wire {
    sao_soft_nic *nic;
    sao_miniport miniport;
    void *memory;
    wire_sa sas[WIRE_SAS];
    uint32_t sequence;

    uint64_t sent;   /* completed well */
    uint64_t opened; /* indicated and good */

    sao_packet packets[WIRE_FRAMES];
    sao_packet *train[WIRE_FRAMES]; /* the same, as a burst is given */
    uint8_t bytes[WIRE_FRAMES][WIRE_FRAME_MAX];
} wire;

extern const uint8_t wire_key[WIRE_KEY_LENGTH];

/* Makes the NIC and adds the bundles, which use `encryption`; large: not for the stack. */
void wire_make(wire *w, const sao_crypto_provider *provider, uint32_t encryption);
void wire_free(wire *w);

/*
 * Fills the train with framed ESP packets in a tunnel, around IP packets of `length` bytes; each
 * has the next sequence number, as the NIC takes none twice (TX-3). They are of the first SA, or of
 * so many SAs in turns.
 */
void wire_frame(wire *w, uint32_t length, uint32_t sas);

/* Sends all, or receives all: one by one, or in bursts of 32. */
void wire_send(wire *w);
void wire_receive(wire *w);
void wire_receive_burst(wire *w);

/* The same by src/ipsec alone, of the first SA: seals all as they are framed, or opens all and
 * counts the good. */
void wire_seal(wire *w);
uint32_t wire_open(wire *w);

/* Where the ESP header of a frame is, and how many bytes are encrypted behind its IV. */
uint8_t *wire_esp(wire *w, uint32_t frame);
uint32_t wire_encrypted_length(const wire *w);

#endif /* SAO_BENCH_WIRE_H */
