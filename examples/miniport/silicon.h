// SPDX-License-Identifier: BSD-2-Clause
/* silicon.h: the imaginary NIC's inside, and its edges: power, the wire, the interrupt line. */
#ifndef EXAMPLE_SILICON_H
#define EXAMPLE_SILICON_H

#include "nic.h"

#include <saoffload/saoffload.h>

#define SILICON_FRAME_MAX 512u

typedef struct silicon {
    nic_device device; /* all that the driver sees */
    bool gone;         /* pulled out of its slot */
    sao_ipsec_sa crypto[NIC_SAS];
    void *contexts[NIC_SAS];
    nic_command posted[NIC_BUFFERS]; /* receive buffers, oldest first */
    uint32_t posted_count;

    uint8_t transmitted[SILICON_FRAME_MAX]; /* the last frame that left by the wire */
    uint32_t transmitted_length;
    uint32_t transmissions;
} silicon;

/* False if there is no memory for the crypto contexts. */
bool silicon_init(silicon *nic);
void silicon_destroy(silicon *nic);

/* Time passes: the NIC does what it was told. False if that was nothing. */
bool silicon_run(silicon *nic);

/* Is the interrupt line raised? */
bool silicon_interrupts(const silicon *nic);

/* A frame arrives by the wire. False if it is lost: the NIC is off, or has no buffer. */
bool silicon_receive(silicon *nic, const uint8_t *frame, uint32_t length);

/* The NIC is pulled out. */
void silicon_remove(silicon *nic);

/* Entries of the SA table that are in use. */
uint32_t silicon_sas(const silicon *nic);

#endif /* EXAMPLE_SILICON_H */
