// SPDX-License-Identifier: BSD-2-Clause
/*
 * soft_nic_private.h: what the soft NIC is made of.
 *
 *     soft_nic.c          configuration, memory, the passing of time, the edges
 *     soft_nic_backend.c  the hardware that the adapter sees: contexts, late answers, wishes
 *     soft_nic_path.c     the hardware that packets see: sending, receiving
 *     soft_nic_life.c     what resets, low power and removal do to both
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

/* What the hardware keeps of a bundle. All zero while it does not have it. */
typedef struct sao_nic_context {
    sao_ipsec_sa sa;  /* context: the provider's, in the arena */
    uint64_t packets; /* inbound: received since the add, or the last wish */
    uint64_t bytes;
    uint32_t older; /* inbound and not wished away yet: neighbours in order of age */
    uint32_t younger;
    bool alive;
    bool in_order; /* is in that list */
} sao_nic_context;

/* A bundle, by sao_bundle.index. What the driver keeps of it outlives resets and low power, and is
 * over when the place goes to another bundle: to one with another handle. */
typedef struct sao_nic_bundle {
    sao_nic_context hardware;
    NDIS_HANDLE handle;   /* of the bundle that the rest belongs to */
    sao_iv_window window; /* outbound (TX-3) */
    uint64_t highest;     /* inbound: highest sequence number seen, 64 bits with ESN (RX-5) */
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
 * Answers that can wait at the same time, per bundle: one add or remove, and one update; and those
 * to events of life. What finds no room (several updates of one bundle at once, an add right after
 * a halt) is answered at once instead, which is as good an answer.
 */
#define SAO_NIC_ANSWERS_PER_BUNDLE 2u
#define SAO_NIC_LIFE_ANSWERS 4u

/* ---- the NIC --------------------------------------------------------------------------- */

typedef struct sao_nic_packet_queue {
    sao_packet *head; /* linked by sao_packet.next */
    sao_packet *tail; /* meaningful with a head */
} sao_nic_packet_queue;

static inline void sao_nic_append(sao_nic_packet_queue *queue, sao_packet *packet)
{
    packet->next = NULL;
    if (queue->head == NULL)
        queue->head = packet;
    else
        queue->tail->next = packet;
    queue->tail = packet;
}

/* The head; there has to be one. */
static inline sao_packet *sao_nic_take(sao_nic_packet_queue *queue)
{
    sao_packet *packet = queue->head;

    queue->head = packet->next;
    packet->next = NULL;
    return packet;
}

/* All that can become due. The order decides between things due at the same time. */
typedef enum sao_nic_queue {
    SAO_NIC_ADD_ANSWERS,
    SAO_NIC_REMOVE_ANSWERS,
    SAO_NIC_UPDATE_ANSWERS,
    SAO_NIC_RESTART_ANSWERS,
    SAO_NIC_RESET_ANSWERS,
    SAO_NIC_POWER_ANSWERS,
    SAO_NIC_SENDS,
    SAO_NIC_RECEIVES,
    SAO_NIC_NO_QUEUE /* and how many there are */
} sao_nic_queue;

#define SAO_NIC_ANSWER_QUEUES 6u
#define SAO_NIC_BUNDLE_QUEUES 3u /* of them the first are answers about bundles */

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
    bool holds_sends; /* across a reset (RST-5) */
};

/* Whatever cannot be answered later is refused while nobody is bound. */
static inline bool sao_nic_is_bound(const sao_soft_nic *nic)
{
    return nic->protocol.ops != NULL;
}

/* ---- soft_nic_backend.c ---------------------------------------------------------------- */

extern const sao_backend_ops sao_nic_backend_ops; /* the context is the sao_soft_nic */

/* No bundle, no answer waiting. */
void sao_nic_backend_init(sao_soft_nic *nic);

/* Answers now, or puts the answer into the queue and says PENDING. Needs no memory (DEL-10). */
NDIS_STATUS sao_nic_answer_after(sao_soft_nic *nic, sao_nic_queue queue, uint64_t latency,
                                 sao_ticket ticket, NDIS_STATUS status);

/* Gives the adapter the answer at the head of a queue that is not empty. */
void sao_nic_answer_next(sao_soft_nic *nic, sao_nic_answer_queue *queue);

/* The hardware begins anew: no bundle, and no answer about one. */
void sao_nic_forget_all(sao_soft_nic *nic);

/* ---- soft_nic_path.c ------------------------------------------------------------------- */

/* sao_miniport_ops.send and .return_packet. */
void sao_nic_send(void *miniport, sao_packet *packet);
void sao_nic_return_packet(void *miniport, sao_packet *packet);

/* Transmits, or indicates, the packet at the head of the queue, which is not empty. */
void sao_nic_transmit_next(sao_soft_nic *nic);
void sao_nic_indicate_next(sao_soft_nic *nic);

/* Indicates what waits for that, whenever it is due. */
void sao_nic_indicate_all(sao_soft_nic *nic);

/* Completes a send that was taken from its queue: it does not leave. */
void sao_nic_refuse(sao_soft_nic *nic, sao_packet *packet, NDIS_STATUS status);

/* Is the send to be protected by a bundle that the hardware does not have? */
bool sao_nic_is_hopeless(const sao_soft_nic *nic, const sao_packet *packet);

/* ---- soft_nic_life.c ------------------------------------------------------------------- */

/* sao_backend_ops.life. */
NDIS_STATUS sao_nic_hardware_life(void *backend, sao_life_event event, sao_ticket ticket);

/* sao_miniport_ops.life. */
NDIS_STATUS sao_nic_life(void *miniport, sao_life_event event);

/* The adapter has come to the end of an event. */
void sao_nic_life_over(sao_soft_nic *nic, sao_life_event event);

#endif /* SAO_NIC_SOFT_NIC_PRIVATE_H */
