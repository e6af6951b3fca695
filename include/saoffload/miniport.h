// SPDX-License-Identifier: BSD-2-Clause
/*
 * miniport.h: the edge between a transport and a miniport, in both directions.
 *
 * A transport is written against sao_miniport, a miniport against sao_protocol. Whatever stands
 * between the two (a recorder, a fault injector, a real driver's shim) implements both, so each
 * side can be tested with a peer of one's choice.
 */
#ifndef SAOFFLOAD_MINIPORT_H
#define SAOFFLOAD_MINIPORT_H

#include <saoffload/packet.h>
#include <saoffload/request.h>

SAO_EXTERN_C_BEGIN

/* What a transport, and NDIS on its behalf, can ask of a miniport. All are required. */
typedef struct sao_miniport_ops {
    size_t size; /* sizeof(sao_miniport_ops) */
    /* A direct OID request: the final status, or PENDING and request_complete later (OID-3). */
    NDIS_STATUS (*request)(void *miniport, sao_request *request);
    /* The packet is the miniport's until send_complete, which comes exactly once, perhaps before
     * this returns. `ipsec` and `tunnel` carry the handles (TX-1, TX-4). */
    void (*send)(void *miniport, sao_packet *packet);
    /* Gives an indicated packet back. */
    void (*return_packet)(void *miniport, sao_packet *packet);
    /* Paused to Running, and back (PNP-1). pause may answer PENDING; pause_complete follows. */
    NDIS_STATUS (*restart)(void *miniport);
    NDIS_STATUS (*pause)(void *miniport);
} sao_miniport_ops;

typedef struct sao_miniport {
    const sao_miniport_ops *ops;
    void *context;
} sao_miniport;

/* What a miniport tells a transport. All are required. */
typedef struct sao_protocol_ops {
    size_t size; /* sizeof(sao_protocol_ops) */
    void (*request_complete)(void *protocol, sao_request *request);
    void (*send_complete)(void *protocol, sao_packet *packet);
    /* The packet is the transport's until it calls return_packet, perhaps from within. */
    void (*indicate)(void *protocol, sao_packet *packet);
    void (*pause_complete)(void *protocol);
} sao_protocol_ops;

typedef struct sao_protocol {
    const sao_protocol_ops *ops;
    void *context;
} sao_protocol;

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_MINIPORT_H */
