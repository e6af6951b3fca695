// SPDX-License-Identifier: BSD-2-Clause
// backend.h: a simulated NIC: a table of SAs, and a ring of commands that it works off later.
#ifndef EXAMPLE_BACKEND_H
#define EXAMPLE_BACKEND_H

#include <saoffload/saoffload.h>

#define NIC_SLOTS 4u
/* Room for all that can be under way at a time, so that the ring is never full (DEL-10): of each
 * bundle one add or remove and one update, and one event of life. */
#define NIC_RING (2u * NIC_SLOTS + 1u)

typedef enum nic_opcode { NIC_ADD, NIC_REMOVE, NIC_UPDATE, NIC_RESET } nic_opcode;

typedef struct nic_command {
    nic_opcode opcode;
    const sao_bundle *bundle; /* readable until its remove has answered; NULL: NIC_RESET */
    uint32_t sequence_high;   /* NIC_UPDATE */
    sao_ticket ticket;        /* whom to answer */
} nic_command;

/* What the hardware knows of one bundle. */
typedef struct nic_sa {
    bool valid;
    uint32_t spi; /* network byte order */
    uint32_t sequence_high;
    uint32_t packets;
    uint8_t key[SAO_KEY_MAX];
} nic_sa;

typedef struct nic {
    sao_adapter *adapter;
    uint32_t wish_after; /* packets of an inbound bundle until the NIC wishes it deleted; 0 never */
    uint64_t next_iv;    /* of the whole NIC; outlives resets, so that no IV repeats (TX-3) */
    nic_sa table[NIC_SLOTS];
    nic_command ring[NIC_RING];
    uint32_t commands; /* in the ring */
} nic;

extern const sao_backend_ops nic_ops;

/* Time passes: the NIC works off its ring and answers. False if there was nothing to do. */
bool nic_run(nic *hardware);

/* The crypto of one packet: CRYPTO_...; and the IV that it is sent with. */
uint16_t nic_open(nic *hardware, const sao_bundle *bundle);
uint64_t nic_seal(nic *hardware);

#endif /* EXAMPLE_BACKEND_H */
