// SPDX-License-Identifier: BSD-2-Clause
/*
 * driver.h: a miniport driver around sao_adapter. Each source has one concern:
 *
 *     driver_oid.c        OID requests in, completions out, cancel
 *     driver_packet.c     sends, receives, out-of-band data
 *     driver_life.c       initialize, restart, pause, halt, reset, power, removal
 *     driver_interrupt.c  ISR, DPC, and whatever the adapter has left to do
 *     driver_hardware.c   the backend: the adapter's operations as commands of the NIC
 *
 * The driver decides nothing about bundles, lists or deletes: the adapter does. It knows NDIS and
 * the NIC, and brings the two together.
 */
#ifndef EXAMPLE_DRIVER_H
#define EXAMPLE_DRIVER_H

#include "ndis_like.h"
#include "nic.h"

#define DRIVER_SENDS 16u
#define DRIVER_RECEIVES NIC_BUFFERS
#define DRIVER_FRAME_MAX 512u

/* A bundle never has more than one add or remove under way (this NIC has no update), so with this
 * size the command ring is never full, and a remove never fails (DEL-10). Powers of two. */
#define DRIVER_COMMANDS 64u
#define DRIVER_COMPLETIONS 64u
SAO_STATIC_ASSERT(DRIVER_COMMANDS >= NIC_SAS + DRIVER_SENDS + 2u * DRIVER_RECEIVES,
                  "all that can be under way at a time fits into the ring");

/* A good DELETE claims a bundle of its own, so that many always find room if the others leave it.
 */
#define DRIVER_REQUESTS_FOR_DELETES NIC_SAS
#define DRIVER_REQUESTS (DRIVER_REQUESTS_FOR_DELETES + 8u)

/* A request under way: NDIS's, and the adapter's picture of it. */
typedef struct driver_request {
    sao_request core;
    ndis_oid_request *ndis;
    struct driver_request *next_free;
} driver_request;

/* A send that the NIC has not finished. */
typedef struct driver_send {
    ndis_packet *packet; /* NULL: the slot is free */
    sao_flight flight;
} driver_send;

typedef enum driver_receive_state {
    DRIVER_BUFFER_NONE,     /* nobody's: before the NIC is started, after it forgot */
    DRIVER_BUFFER_POSTED,   /* the NIC's, until a frame is in it */
    DRIVER_BUFFER_OPENING,  /* the NIC decrypts the frame */
    DRIVER_BUFFER_INDICATED /* the transport has it */
} driver_receive_state;

typedef struct driver_receive {
    driver_receive_state state;
    ndis_packet packet;
    sao_flight flight;
    uint32_t ip_length; /* bytes of the IP packet in the frame */
    uint8_t frame[DRIVER_FRAME_MAX];
} driver_receive;

typedef struct driver {
    ndis_adapter *ndis;
    nic_device *device;
    uint32_t causes; /* of interrupts, until the DPC has seen them */
    bool on;         /* the NIC takes commands: not while it is reset, asleep or gone */

    sao_adapter *adapter;
    void *adapter_memory;
    size_t adapter_size;
    ndis_spin_lock adapter_lock;

    ndis_spin_lock pool_lock; /* driver_oid.c */
    driver_request requests[DRIVER_REQUESTS];
    driver_request *free_requests;
    uint32_t free_count;

    ndis_spin_lock ring_lock; /* driver_hardware.c */
    nic_command commands[DRIVER_COMMANDS];
    nic_completion completions[DRIVER_COMPLETIONS];
    uint32_t command_tail;
    uint32_t completion_head;
    uint64_t next_iv; /* for the life of the driver, whatever is reset: no IV repeats (TX-3) */

    ndis_spin_lock send_lock; /* driver_packet.c */
    driver_send sends[DRIVER_SENDS];
    driver_receive receives[DRIVER_RECEIVES];

    sao_life_event outage;           /* what the NIC is being reset for: reset or sleep */
    sao_ticket outage_ticket;        /* and whom that is to be told */
    ndis_oid_request *power_request; /* OID_PNP_SET_POWER that pends */
} driver;

/* What DriverEntry would register. */
extern const ndis_miniport driver_miniport;

/* ---- driver_oid.c ---------------------------------------------------------------------- */

void driver_requests_init(driver *d);
NDIS_STATUS driver_oid_request(void *context, ndis_oid_request *request);
void driver_cancel(void *context, const void *request_id);
void driver_request_complete(void *host, sao_request *core); /* sao_adapter_host */

/* ---- driver_packet.c ------------------------------------------------------------------- */

void driver_send_packet(void *context, ndis_packet *packet);
void driver_return_packet(void *context, ndis_packet *packet);

/* The NIC is empty: give it every buffer that is nobody's. */
void driver_post_buffers(driver *d);

/* The NIC's completions. */
void driver_sent(driver *d, const nic_completion *completion);
void driver_received(driver *d, const nic_completion *completion);
void driver_opened(driver *d, const nic_completion *completion);

/* The NIC has forgotten all packets: sends complete with `status`; received ones are indicated
 * as they came, or dropped. */
void driver_flush_packets(driver *d, NDIS_STATUS status, bool up);

/* ---- driver_life.c --------------------------------------------------------------------- */

/* OID_PNP_SET_POWER. */
NDIS_STATUS driver_set_power(driver *d, ndis_oid_request *request);

/* ---- driver_interrupt.c ---------------------------------------------------------------- */

bool driver_isr(void *context, bool *queue_dpc);
void driver_dpc(void *context);

/* ---- driver_hardware.c ----------------------------------------------------------------- */

extern const sao_backend_ops driver_backend_ops;

/* Writes a command into the ring and rings the doorbell. The frame's address may be NULL. */
void driver_command(driver *d, nic_command command, const void *address);

/* The NIC answers: an operation on a bundle; a reset. */
void driver_operation_done(driver *d, const nic_completion *completion);
void driver_reset_done(driver *d);

#endif /* EXAMPLE_DRIVER_H */
