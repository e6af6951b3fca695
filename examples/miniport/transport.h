// SPDX-License-Identifier: BSD-2-Clause
/*
 * transport.h: who plays the TCP/IP transport and its peer: requests, frames, and the other end.
 *
 * The peer does IPsec in software (sao_ipsec_protect), so that what the NIC opens and seals is
 * checked by somebody else.
 */
#ifndef EXAMPLE_TRANSPORT_H
#define EXAMPLE_TRANSPORT_H

#include "ndis_side.h"
#include "profile.h"

#define FRAME_MAX SILICON_FRAME_MAX

/* One ADD_SA element or one ADD_SA_EX request, and its key. */
typedef union transport_add_buffer {
    IPSEC_OFFLOAD_V2_ADD_SA list;
    IPSEC_OFFLOAD_V2_ADD_SA_EX single;
    uint8_t bytes[sizeof(IPSEC_OFFLOAD_V2_ADD_SA_EX) + SAO_KEY_MAX];
} transport_add_buffer;

/* A pair of SAs with the peer, inbound first. */
typedef struct transport_pair {
    uint32_t number; /* makes keys and SPIs differ from other pairs' */
    NDIS_HANDLE handle[2];
    sao_ipsec_sa sa[2]; /* the peer's, and what the transport frames and strips with */
    void *context[2];
    uint64_t sequence[2]; /* used so far */
    transport_add_buffer add[2];
    ndis_job job[2];
    uint32_t jobs; /* one with a list, else two */
} transport_pair;

#define INBOUND 0u
#define OUTBOUND 1u

typedef struct transport_delete {
    IPSEC_OFFLOAD_V2_DELETE_SA list[4];
    ndis_job job;
} transport_delete;

typedef struct transport_frame {
    uint8_t bytes[FRAME_MAX];
    uint32_t length;
    ndis_packet packet; /* of a send */
} transport_frame;

/* False if there is no memory. */
bool transport_pair_init(transport_pair *pair, uint32_t number);
void transport_pair_destroy(transport_pair *pair);

/* Asks for both bundles: one list, or two requests (profile). */
void transport_add(ndis_adapter *ndis, const profile *of, transport_pair *pair);

/* Have all requests of the add come to this? On success the handles are there. */
bool transport_add_came_to(transport_pair *pair, NDIS_STATUS status);

/* DELETE_SA for `count` handles; the immediate answer. */
NDIS_STATUS transport_delete_handles(ndis_adapter *ndis, transport_delete *del,
                                     const NDIS_HANDLE *handles, uint32_t count, void *request_id);

/* A frame from the peer: protected, and as the wire brings it. */
void transport_from_peer(transport_pair *pair, transport_frame *frame);

/* A frame to the peer: framed for ESP, to be sealed by the NIC under the pair's handle. */
void transport_to_peer(transport_pair *pair, transport_frame *frame);

/* A frame that is no IPsec. */
void transport_plain(transport_frame *frame);

/* Is the frame, opened by the NIC, the packet that the peer sent? */
bool transport_reads(const transport_pair *pair, const uint8_t *frame, uint32_t length);

/* Does the peer accept this frame from the wire, and find in it what was sent? */
bool transport_peer_reads(const transport_pair *pair, const uint8_t *frame, uint32_t length);

#endif /* EXAMPLE_TRANSPORT_H */
