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

#include <saoffload/life.h>
#include <saoffload/packet.h>
#include <saoffload/request.h>

SAO_EXTERN_C_BEGIN

/* What a transport, and NDIS on its behalf, can ask of a miniport. All are required. */
typedef struct sao_miniport_ops {
    size_t size; /* sizeof(sao_miniport_ops) */
    /* A direct OID request: the final status, or PENDING and request_complete later (OID-3). */
    NDIS_STATUS (*request)(void *miniport, sao_request *request);
    /* Completes pending requests with this request_id as soon as possible (OID-4). */
    void (*cancel)(void *miniport, const void *request_id);
    /* The packet is the miniport's until send_complete, which comes exactly once, perhaps before
     * this returns. `ipsec` and `tunnel` carry the handles (TX-1, TX-4). */
    void (*send)(void *miniport, sao_packet *packet);
    /* Gives an indicated packet back. */
    void (*return_packet)(void *miniport, sao_packet *packet);
    /* An event of the adapter's life (PNP-1): its outcome, or PENDING and life_complete later. */
    NDIS_STATUS (*life)(void *miniport, sao_life_event event);
} sao_miniport_ops;

/* A miniport, as a transport holds it. */
typedef struct sao_miniport {
    const sao_miniport_ops *ops; /* what it can be asked */
    void *context;               /* given to each of them */
} sao_miniport;

/* What a miniport tells a transport. All are required. */
typedef struct sao_protocol_ops {
    size_t size; /* sizeof(sao_protocol_ops) */
    /* A request that was answered PENDING is over: request->status (OID-3). */
    void (*request_complete)(void *protocol, sao_request *request);
    /* A send is over: packet->status. The packet is the transport's again. */
    void (*send_complete)(void *protocol, sao_packet *packet);
    /* The packet is the transport's until it calls return_packet, perhaps from within. */
    void (*indicate)(void *protocol, sao_packet *packet);
    /* A pause, a reset or another event that was answered PENDING is over. */
    void (*life_complete)(void *protocol, sao_life_event event, NDIS_STATUS status);
    /* NDIS_STATUS_TASK_OFFLOAD_CURRENT_CONFIG: what is offered from now on (CAP-3). */
    void (*current_config)(void *protocol, const NDIS_IPSEC_OFFLOAD_V2 *config);
} sao_protocol_ops;

/* A transport, as a miniport holds it. */
typedef struct sao_protocol {
    const sao_protocol_ops *ops; /* what it can be told */
    void *context;               /* given to each of them */
} sao_protocol;

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_MINIPORT_H */
