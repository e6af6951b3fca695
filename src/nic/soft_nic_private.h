// SPDX-License-Identifier: BSD-2-Clause
/*
 * soft_nic_private.h: what the soft NIC is made of.
 *
 *     soft_nic.c          configuration, memory, the passing of time, the edges
 *     soft_nic_offer.c    what it can offer
 *     soft_nic_backend.c  the hardware that the adapter sees: contexts, late answers, wishes
 *     soft_nic_send.c     the hardware that packets see that are sent
 *     soft_nic_receive.c  and that are received
 *     soft_nic_part.c     what one bundle protects of a packet
 *     soft_nic_staging.c  packets in several segments, gathered and scattered
 *     soft_nic_large.c    large packets, cut and sealed
 *     soft_nic_life.c     what resets, low power and removal do to all of these
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

/* One queue of the adapter serves everything: the NIC is used by one thread at a time. */
#define SAO_NIC_QUEUE 0u

/* The SAs that a bundle may have. */
#define SAO_NIC_SAS IPSEC_OFFLOAD_V2_MAX_EXTENSION_HEADERS

/* ---- bundles --------------------------------------------------------------------------- */

/* What the hardware keeps of a bundle. All zero while it does not have it. */
typedef struct sao_nic_context {
    sao_ipsec_sa sa[SAO_NIC_SAS]; /* contexts: the provider's, in the arena */
    uint64_t packets;             /* inbound: received since the add, or the last wish */
    uint64_t bytes;
    uint32_t older; /* inbound and not wished away yet: neighbours in order of age */
    uint32_t younger;
    bool alive;
    bool in_order; /* is in that list */
} sao_nic_context;

/* Which sequence numbers of an SA there have been. */
typedef struct sao_nic_numbers {
    sao_iv_window window; /* outbound: what made an IV (TX-3) */
    uint64_t highest;     /* inbound: highest number seen, 64 bits with ESN (RX-5) */
} sao_nic_numbers;

/* A bundle, by sao_bundle.index. What the driver keeps of it outlives resets and low power, and is
 * over when the place goes to another bundle: to one with another handle. */
typedef struct sao_nic_bundle {
    sao_nic_context hardware;
    NDIS_HANDLE handle; /* of the bundle that the rest belongs to */
    uint32_t sa_count;
    sao_nic_numbers numbers[SAO_NIC_SAS]; /* of each SA */
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

/* All of `more`, in their order, behind what is there. */
static inline void sao_nic_append_all(sao_nic_packet_queue *queue, const sao_nic_packet_queue *more)
{
    if (more->head == NULL)
        return;
    if (queue->head == NULL)
        queue->head = more->head;
    else
        queue->tail->next = more->head;
    queue->tail = more->tail;
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
    uint8_t *contexts;       /* the provider's, context_stride bytes for each SA of each bundle */
    size_t context_stride;
    uint32_t contexts_per_bundle;
    uint8_t *staging; /* config.staging bytes; used for no longer than one packet is worked on */
    uint32_t alive;   /* bundles that the hardware has */
    uint32_t oldest;  /* inbound bundles in order of age */
    uint32_t youngest;
    uint32_t adds; /* since the last one that refuse_every refused */

    sao_nic_answer *answers;
    uint32_t free_answers;
    sao_nic_answer_queue answer_queues[SAO_NIC_ANSWER_QUEUES];
    sao_nic_packet_queue sends;
    sao_nic_packet_queue receives;
    sao_receive_group group; /* ends of flights, and returns, that wait for the last packet... */
    bool grouping;           /* ...of those that are being indicated now */
    bool holds_sends;        /* across a reset (RST-5) */
};

/* Whatever cannot be answered later is refused while nobody is bound. */
static inline bool sao_nic_is_bound(const sao_soft_nic *nic)
{
    return nic->protocol.ops != NULL;
}

/* ---- soft_nic_backend.c ---------------------------------------------------------------- */

/* The context is the sao_soft_nic. */
const sao_backend_ops *sao_nic_backend_ops(const sao_soft_nic_config *config);

/* No bundle, no answer waiting. */
void sao_nic_backend_init(sao_soft_nic *nic);

/* Answers now, or puts the answer into the queue and says PENDING. Needs no memory (DEL-10). */
NDIS_STATUS sao_nic_answer_after(sao_soft_nic *nic, sao_nic_queue queue, uint64_t latency,
                                 sao_ticket ticket, NDIS_STATUS status);

/* Gives the adapter the answer at the head of a queue that is not empty. */
void sao_nic_answer_next(sao_soft_nic *nic, sao_nic_answer_queue *queue);

/* The hardware begins anew: no bundle, and no answer about one. */
void sao_nic_forget_all(sao_soft_nic *nic);

/* ---- soft_nic_part.c ------------------------------------------------------------------- */

/* Where ESP has its IV, in bytes from the ESP header. */
#define SAO_NIC_ESP_IV_AT 8u

/* What one bundle protects of a packet: from an IP header on. Arrays have the bundle's order of
 * SAs, in which the innermost header comes first. */
typedef struct sao_nic_part {
    sao_nic_bundle *bundle;
    const uint32_t *sequence_high; /* of each SA, as the packet was looked up (UPD-1) */
    uint8_t *ip;
    uint32_t length;
    sao_ipsec_layout layout[SAO_NIC_SAS]; /* once it is located */
    sao_ipsec_result result[SAO_NIC_SAS]; /* once it is opened */
} sao_nic_part;

void sao_nic_part_init(sao_nic_part *part, sao_soft_nic *nic, const sao_bundle *bundle,
                       const uint32_t *sequence_high, uint8_t *ip, uint32_t length);

/* Finds everything in a part in clear, or opened; false if it is not framed for the bundle. */
bool sao_nic_part_locate(sao_nic_part *part);

/* The IP packet inside of a part that is in clear and located; false if there is none. */
bool sao_nic_part_inside(const sao_nic_part *part, uint8_t **ip, sao_packet_info *info);

/* Is AH all that the bundle has, so that the mode shows in clear? */
bool sao_nic_part_is_ah(const sao_nic_part *part);

/* Makes the IVs, and seals a part that was located; false if it must not leave (TX-3). */
bool sao_nic_part_seal(sao_soft_nic *nic, sao_nic_part *part);

/* Checks and opens, AH first (ADD-5); what fails stops it. The CryptoStatus of a single payload
 * (RX-4). */
uint16_t sao_nic_part_open(sao_nic_part *part);

/* The base of the ESN high half: what was seen, or what UPDATE_SA said since (UPD-1, RX-5). */
static inline uint64_t sao_nic_highest(const sao_nic_numbers *numbers, uint32_t sequence_high)
{
    const uint64_t told = (uint64_t)sequence_high << 32;

    return numbers->highest > told ? numbers->highest : told;
}

/* A packet of this number was good. */
static inline void sao_nic_count(sao_nic_numbers *numbers, uint64_t sequence)
{
    if (sequence > numbers->highest)
        numbers->highest = sequence;
}

/* What was opened well becomes again what it was, to the byte. */
void sao_nic_part_close(sao_nic_part *part);

/* What was opened well counts towards the high halves of later ones (RX-5). */
void sao_nic_part_count(sao_nic_part *part);

/* What a next header says of the mode: IP is there by tunnel; a dummy packet by neither. */
bool sao_nic_carries_ip(uint8_t next_header);
bool sao_nic_is_transport(uint8_t next_header);

/* ---- soft_nic_staging.c ---------------------------------------------------------------- */

/* The frame in one piece: where it lies, or gathered; NULL if there is no room for that. */
uint8_t *sao_nic_gather(sao_soft_nic *nic, const sao_packet *packet);

/* What was gathered goes back to where it lies. */
void sao_nic_scatter(const sao_soft_nic *nic, const sao_packet *packet);

/* Copies bytes of a frame that it has. */
void sao_nic_copy_from(const sao_packet *packet, uint32_t at, uint32_t length, uint8_t *to);

/* ---- soft_nic_large.c ------------------------------------------------------------------ */

/* A large packet, and how it is cut. Places are bytes from the start of the frame. */
typedef struct sao_nic_large {
    const sao_packet *packet;
    uint32_t mss; /* of TCP payload in a segment, but for the last one */
    uint32_t count;
    uint32_t tcp_at;
    uint32_t payload_at;
    uint32_t payload_length;
    uint32_t length; /* of the segment that is in the staging buffer */
    uint8_t ip_version;
} sao_nic_large;

/* Is it to be cut? */
bool sao_nic_is_large(const sao_packet *packet);

/* Reads a large packet; false for one that cannot be cut, or that this NIC does not (LSO-1). */
bool sao_nic_large_read(const sao_soft_nic *nic, const sao_packet *packet, sao_nic_large *large);

/* Makes segment `n` in the staging buffer, without its ESP trailer; NULL if it does not fit. */
uint8_t *sao_nic_large_cut(sao_soft_nic *nic, sao_nic_large *large, uint32_t n);

/* Completes and seals the segment that was cut; false if it must not leave. */
bool sao_nic_large_seal(sao_soft_nic *nic, sao_nic_large *large, uint32_t n);

/* ---- soft_nic_send.c ------------------------------------------------------------------- */

/* sao_miniport_ops.send. */
void sao_nic_send(void *miniport, sao_packet *packet);

/* Transmits the packet at the head of the queue, which is not empty. */
void sao_nic_transmit_next(sao_soft_nic *nic);

/* Completes a send that was taken from its queue: it does not leave. */
void sao_nic_refuse(sao_soft_nic *nic, sao_packet *packet, NDIS_STATUS status);

/* Is the send to be protected by a bundle that the hardware does not have? */
bool sao_nic_is_hopeless(const sao_soft_nic *nic, const sao_packet *packet);

/* ---- soft_nic_receive.c ---------------------------------------------------------------- */

/* sao_miniport_ops.return_packet. */
void sao_nic_return_packet(void *miniport, sao_packet *packet);

/* Indicates the packet at the head of the queue, which is not empty. */
void sao_nic_indicate_next(sao_soft_nic *nic);

/* Indicates what waits for that, whenever it is due. */
void sao_nic_indicate_all(sao_soft_nic *nic);

/* ---- soft_nic_life.c ------------------------------------------------------------------- */

/* sao_backend_ops.life. */
NDIS_STATUS sao_nic_hardware_life(void *backend, sao_life_event event, sao_ticket ticket);

/* sao_miniport_ops.life. */
NDIS_STATUS sao_nic_life(void *miniport, sao_life_event event);

/* The adapter has come to the end of an event. */
void sao_nic_life_over(sao_soft_nic *nic, sao_life_event event);

#endif /* SAO_NIC_SOFT_NIC_PRIVATE_H */
