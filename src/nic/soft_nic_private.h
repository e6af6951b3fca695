// SPDX-License-Identifier: BSD-2-Clause
/*
 * soft_nic_private.h: what the soft NIC is made of.
 *
 *     soft_nic.c          configuration, memory, the passing of time, the edges
 *     soft_nic_backend.c  the hardware that the adapter sees: contexts, late answers, wishes
 *     soft_nic_path.c     the hardware that packets see: sending, receiving
 *
 * Everything that takes time waits in a queue. Each queue has one constant latency, so it is in
 * order of time by itself, and the next thing due is at the head of one of them.
 */
#ifndef SAO_NIC_SOFT_NIC_PRIVATE_H
#define SAO_NIC_SOFT_NIC_PRIVATE_H

#include <saoffload/ipsec.h>
#include <saoffload/soft_nic.h>

#include "nic/iv_window.h"

#define SAO_NIC_NONE UINT32_MAX

/* ---- bundles --------------------------------------------------------------------------- */

/* What the hardware keeps of a bundle, by sao_bundle.index. All zero while there is none. */
typedef struct sao_nic_bundle {
    sao_ipsec_sa sa;      /* context: the provider's, in the arena */
    NDIS_HANDLE handle;   /* of the bundle, for wishes */
    sao_iv_window window; /* outbound */
    uint64_t highest;     /* inbound: highest sequence number seen, 64 bits with ESN */
    uint64_t packets;     /* inbound: received since the add, or the last wish */
    uint64_t bytes;
    uint32_t older; /* inbound and not wished away yet: neighbours in order of age */
    uint32_t younger;
    bool alive;
    bool in_order; /* is in that list */
} sao_nic_bundle;

/* ---- late answers ---------------------------------------------------------------------- */

/* An answer of the hardware that is not due yet. */
typedef struct sao_nic_answer {
    uint64_t due;
    sao_ticket ticket;
    NDIS_STATUS status;
    uint32_t next;
} sao_nic_answer;

typedef struct sao_nic_answer_queue {
    uint32_t head;
    uint32_t tail;
} sao_nic_answer_queue;

/*
 * Answers that can wait at the same time, per bundle: one add or remove, and one update. What
 * finds no room (several updates of one bundle at once, an add right after a halt) is answered at
 * once instead, which is as good an answer.
 */
#define SAO_NIC_ANSWERS_PER_BUNDLE 2u

/* ---- the NIC --------------------------------------------------------------------------- */

typedef struct sao_nic_packet_queue {
    sao_packet *head; /* linked by sao_packet.next */
    sao_packet *tail;
} sao_nic_packet_queue;

/* All that can become due. The order decides between things due at the same time. */
typedef enum sao_nic_queue {
    SAO_NIC_ADD_ANSWERS,
    SAO_NIC_REMOVE_ANSWERS,
    SAO_NIC_UPDATE_ANSWERS,
    SAO_NIC_SENDS,
    SAO_NIC_RECEIVES,
    SAO_NIC_NO_QUEUE /* and how many there are */
} sao_nic_queue;

#define SAO_NIC_ANSWER_QUEUES 3u

struct sao_soft_nic {
    sao_soft_nic_config config;
    sao_adapter *adapter;
    sao_protocol protocol;
    uint64_t now; /* as last given to poll */
    sao_soft_nic_counters counters;

    sao_nic_bundle *bundles; /* SaOffloadCapacity of them */
    uint8_t *contexts;       /* the provider's, context_stride bytes for each bundle */
    size_t context_stride;
    uint32_t oldest; /* inbound bundles in order of age */
    uint32_t youngest;
    uint32_t adds; /* since the last one that refuse_every refused */

    sao_nic_answer *answers;
    uint32_t free_answers;
    sao_nic_answer_queue answer_queues[SAO_NIC_ANSWER_QUEUES];
    sao_nic_packet_queue sends;
    sao_nic_packet_queue receives;
};

/* ---- soft_nic_backend.c ---------------------------------------------------------------- */

extern const sao_backend_ops sao_nic_backend_ops; /* the context is the sao_soft_nic */

/* No bundle, no answer waiting. */
void sao_nic_backend_init(sao_soft_nic *nic);

/* Gives the adapter the answer at the head of a queue that is not empty. */
void sao_nic_answer_next(sao_soft_nic *nic, sao_nic_answer_queue *queue);

/* ---- soft_nic_path.c ------------------------------------------------------------------- */

/* sao_miniport_ops.send and .return_packet. */
void sao_nic_send(void *miniport, sao_packet *packet);
void sao_nic_return_packet(void *miniport, sao_packet *packet);

/* Transmits, or indicates, the packet at the head of the queue, which is not empty. */
void sao_nic_transmit_next(sao_soft_nic *nic);
void sao_nic_indicate_next(sao_soft_nic *nic);

#endif /* SAO_NIC_SOFT_NIC_PRIVATE_H */
