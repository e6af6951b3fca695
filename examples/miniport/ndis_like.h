// SPDX-License-Identifier: BSD-2-Clause
/*
 * ndis_like.h: a stand-in for the part of NDIS that the driver needs, so that it runs anywhere.
 *
 * This is not NDIS. Every type and function here has a counterpart there, member by member, which
 * README.md names; statuses, OIDs and IPsecOV2 structures are the real ones (saoffload/ndis.h).
 * Below, "NDIS" means whoever implements this: ndis_side.c.
 */
#ifndef EXAMPLE_NDIS_LIKE_H
#define EXAMPLE_NDIS_LIKE_H

#include <saoffload/saoffload.h>

#define OID_PNP_SET_POWER 0xFD010101u

typedef enum ndis_power { NDIS_POWER_D0 = 1, NDIS_POWER_D3 = 4 } ndis_power;

/* The miniport's instance as NDIS knows it. */
typedef struct ndis_adapter ndis_adapter;

/* ---- what NDIS hands over -------------------------------------------------------------- */

/* An OID request to set something. */
typedef struct ndis_oid_request {
    NDIS_OID oid;
    void *request_id; /* for a cancel */
    void *buffer;
    ULONG buffer_length;
    ULONG bytes_read;         /* out */
    ULONG bytes_needed;       /* out */
    UCHAR supported_revision; /* out */
} ndis_oid_request;

/* One packet with its out-of-band data. */
typedef struct ndis_packet {
    uint8_t *data; /* from the MAC header on */
    uint32_t length;
    NDIS_STATUS status; /* of a send */
    NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO ipsec;
    NDIS_IPSEC_OFFLOAD_V2_TUNNEL_NET_BUFFER_LIST_INFO tunnel;
    NDIS_IPSEC_OFFLOAD_V2_HEADER_NET_BUFFER_LIST_INFO header;
    void *miniport_reserved; /* the driver's, while it has the packet */
} ndis_packet;

/* What a driver registers. `context` is what initialize left behind. */
typedef struct ndis_miniport {
    NDIS_STATUS (*initialize)(ndis_adapter *adapter, void **context);
    void (*halt)(void *context);
    NDIS_STATUS (*pause)(void *context);
    NDIS_STATUS (*restart)(void *context);
    void (*shutdown)(void *context);
    NDIS_STATUS (*reset)(void *context, BOOLEAN *addressing_reset);
    void (*surprise_removal)(void *context);
    NDIS_STATUS (*oid_request)(void *context, ndis_oid_request *request);
    NDIS_STATUS (*direct_oid_request)(void *context, ndis_oid_request *request);
    void (*cancel_direct_oid_request)(void *context, const void *request_id);
    void (*send)(void *context, ndis_packet *packet);
    void (*return_packet)(void *context, ndis_packet *packet);
    bool (*isr)(void *context, bool *queue_dpc); /* false: not this device's interrupt */
    void (*dpc)(void *context);
    void (*timer)(void *context);
} ndis_miniport;

/* ---- what the driver calls ------------------------------------------------------------- */

/* The hardware resources and settings of this instance. */
struct nic_device *ndis_device(ndis_adapter *adapter);
sao_profile ndis_profile(ndis_adapter *adapter);

void *ndis_allocate(size_t size); /* zeroed; NULL if there is none */
void ndis_free(void *memory, size_t size);

void ndis_oid_request_complete(ndis_adapter *adapter, ndis_oid_request *request,
                               NDIS_STATUS status);
void ndis_direct_oid_request_complete(ndis_adapter *adapter, ndis_oid_request *request,
                                      NDIS_STATUS status);
void ndis_send_complete(ndis_adapter *adapter, ndis_packet *packet);
void ndis_indicate_receive(ndis_adapter *adapter, ndis_packet *packet);
void ndis_indicate_status(ndis_adapter *adapter, NDIS_STATUS code, const void *buffer,
                          ULONG length);
void ndis_pause_complete(ndis_adapter *adapter);
void ndis_restart_complete(ndis_adapter *adapter, NDIS_STATUS status);
void ndis_reset_complete(ndis_adapter *adapter, NDIS_STATUS status, BOOLEAN addressing_reset);

void ndis_queue_dpc(ndis_adapter *adapter);
void ndis_set_timer(ndis_adapter *adapter, uint32_t milliseconds);
/* After this neither DPC nor timer calls the driver any more. */
void ndis_flush(ndis_adapter *adapter);

/* A spin lock at DISPATCH_LEVEL; not recursive. */
typedef struct ndis_spin_lock {
    bool held;
} ndis_spin_lock;

void ndis_acquire(ndis_spin_lock *lock);
void ndis_release(ndis_spin_lock *lock);

#endif /* EXAMPLE_NDIS_LIKE_H */
