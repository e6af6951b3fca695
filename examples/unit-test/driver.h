// SPDX-License-Identifier: BSD-2-Clause
/*
 * driver.h: the driver under test, with delete code of its own. It stands for yours.
 *
 * Of libsaoffload it uses the edge (miniport.h) and nothing else. Its hardware is simple: eight
 * SAs, and crypto that always succeeds. Whatever is under way finishes in driver_dpc.
 */
#ifndef EXAMPLE_DRIVER_H
#define EXAMPLE_DRIVER_H

#include <saoffload/miniport.h>

/* Mistakes that drivers have made; BUGGY_DRIVER builds one of them in. The tests find them all. */
#define NO_BUG 0
#define BUG_FREES_ON_WISH 1     /* SaDeleteReq, and the bundle is gone (DEL-2) */
#define BUG_COMPLETES_TWICE 2   /* a DELETE that names more than one bundle (OID-3) */
#define BUG_DELETES_GOOD_PART 3 /* what a bad list names before its fault (DEL-6) */
#define BUG_FREES_IN_FLIGHT 4   /* while a packet uses the bundle (DEL-7) */
#define BUG_REUSES_HANDLES 5    /* a handle is the number of a slot (DEL-8) */

#ifndef BUGGY_DRIVER
#define BUGGY_DRIVER NO_BUG
#endif

#define DRIVER_SLOTS 8u
#define DRIVER_PACKETS 8u

typedef struct driver_bundle {
    bool used;
    bool inbound;
    uint32_t spi;            /* network byte order */
    uint32_t generation;     /* of the slot; goes into the handle */
    uint32_t received;       /* packets */
    uint32_t in_flight;      /* packets that use it now */
    sao_request *deleted_by; /* the DELETE that has claimed it: no new packet finds it */
} driver_bundle;

/* A packet that the hardware works on. */
typedef struct driver_flight {
    sao_packet *packet;
    driver_bundle *bundle; /* NULL: none */
    bool inbound;
} driver_flight;

typedef struct driver {
    sao_protocol protocol; /* whom to tell */
    uint32_t wish_after;   /* packets after which one carries SaDeleteReq; 0 never */
    driver_bundle bundles[DRIVER_SLOTS];
    driver_flight flights[DRIVER_PACKETS]; /* oldest first */
    uint32_t flight_count;
    sao_request *deletes[DRIVER_SLOTS]; /* that pend */
    uint32_t delete_count;
} driver;

void driver_init(driver *d, sao_protocol protocol);

/* What a transport, or a boundary, drives. */
sao_miniport driver_miniport(driver *d);

/* A frame arrives; it is looked up now, and indicated in driver_dpc. */
void driver_receive(driver *d, sao_packet *packet);

/* The hardware is through with everything: packets go up or out, deletes complete. */
void driver_dpc(driver *d);

#endif /* EXAMPLE_DRIVER_H */
