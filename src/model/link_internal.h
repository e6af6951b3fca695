// SPDX-License-Identifier: BSD-2-Clause
/*
 * link_internal.h: what the parts of the link share.
 *
 *     link.c        configuration, memory, the calls of the API
 *     link_side.c   one host: transport on boundary on soft NIC
 *     link_time.c   the passing of time: who is polled when, and frames on the wire
 *     link_agreement.c  the key exchange: fresh SAs, and the associations that both sides make
 *     link_rekey.c  which of them is used, and for how long
 *     link_life.c   resets, power, pauses, removal of a side's miniport
 */
#ifndef SAO_MODEL_LINK_INTERNAL_H
#define SAO_MODEL_LINK_INTERNAL_H

#include <saoffload/boundary.h>
#include <saoffload/link.h>

#define SAO_LINK_SIDES 2
#define SAO_LINK_AGREEMENTS 4u   /* current, next and old, and one to spare */
#define SAO_LINK_SEND_BUFFERS 4u /* of each side */
#define SAO_LINK_FRAMES 16u      /* on the wire, or held by a NIC that received them */
#define SAO_LINK_RETRY_AFTER 4u  /* ticks */
#define SAO_LINK_MAC_HEADER 14u

typedef struct sao_link_side {
    sao_link *link;
    int index;
    sao_soft_nic *nic;
    sao_transport *transport;
    sao_boundary boundary;
    uint64_t nic_due;
    uint64_t transport_due;
} sao_link_side;

/* SAs of a layer: ESP, AH. */
#define SAO_LINK_SAS 2u
/* A packet's layers: what it is sent under, and the tunnel that this runs over. */
#define SAO_LINK_LAYERS 2u

/* SAs for both directions, as both sides know them; two of each with AH and ESP, and as many again
 * for a tunnel below. */
typedef struct sao_agreement {
    bool exists;
    bool retired;
    uint32_t id[SAO_LINK_SIDES];     /* of each side's association */
    uint32_t tunnel[SAO_LINK_SIDES]; /* and of the one that it runs over, or none */
    uint32_t spi[SAO_LINK_LAYERS * SAO_LINK_SAS * SAO_LINK_SIDES]; /* network byte order; 0: none */
} sao_agreement;

struct sao_link {
    sao_link_config config;
    size_t size; /* bytes of all the memory */
    sao_link_side side[SAO_LINK_SIDES];
    uint64_t now;
    bool running; /* inside of a call that lets time pass */
    bool closing; /* no more rekeys */

    sao_packet frames[SAO_LINK_FRAMES];
    sao_packet *free_frames;
    sao_packet *wire_head; /* that left one NIC and have not reached the other */
    sao_packet *wire_tail;
    uint32_t frames_used;
    uint64_t frame_count;
    uint64_t ipsec_frame_count;

    sao_agreement current; /* what is sent under */
    sao_agreement next;    /* made, and being offloaded; not sent under yet */
    sao_agreement old;     /* not sent under any more; packets of it may be under way */
    uint64_t next_deadline;
    uint64_t old_until;
    bool old_disturbed; /* when last looked at: what is under way may take longer */
    uint64_t rekeys;
};

/* ---- link_side.c ----------------------------------------------------------------------- */

typedef struct sao_link_memory {
    uint8_t *nic;
    size_t nic_size;
    uint8_t *transport;
    size_t transport_size;
} sao_link_memory;

/* What a side is made of; `side` may be NULL when only sizes matter. */
sao_soft_nic_config sao_link_nic_config(const sao_link_config *config, int index,
                                        sao_link_side *side);
sao_transport_config sao_link_transport_config(const sao_link_config *config, int index,
                                               sao_link_side *side);

/* Makes and starts one side. */
NDIS_STATUS sao_link_set_up_side(sao_link *link, int index, const sao_link_memory *memory,
                                 const char **problem) SAO_MUST_CHECK;

/* ---- link_time.c ----------------------------------------------------------------------- */

/* The NICs' wire. */
void sao_link_transmit(void *wire, const sao_packet *packet);
void sao_link_release(void *wire, sao_packet *packet);

/* Packets that the transports have sent and that have not completed. */
uint32_t sao_link_sends_under_way(const sao_link *link);

/* There is a frame left for one more packet, whatever becomes of those under way. */
bool sao_link_has_frame(const sao_link *link);

/* The same, and each side has a send buffer. */
bool sao_link_has_room(const sao_link *link);

/* Does everything that is due now. */
void sao_link_settle(sao_link *link);

/* Goes on to the next time at which something is due, at most to `end`, and does that. */
void sao_link_step(sao_link *link, uint64_t end);

/* Steps until `done`. False if it will never be: nothing is due, or there is no end to it. */
bool sao_link_wait(sao_link *link, bool (*done)(const sao_link *link));

/* ---- link_life.c ----------------------------------------------------------------------- */

/* Frames for the side wait on the wire: it would miss them. */
bool sao_link_is_deaf(const sao_link_side *side);

/* Its packets may be under way for longer than usual: they wait for an end to something. */
bool sao_link_is_interrupted(const sao_link_side *side);

/* No event of either side is under way. */
bool sao_link_is_steady(const sao_link *link);

/* Wakes and restarts both sides, where that can be. */
void sao_link_bring_up(sao_link *link);

/* ---- link_agreement.c ------------------------------------------------------------------ */

/* The form of the packets. */
const sao_packet_form *sao_link_form(const sao_link_config *config);

/* Makes fresh SAs, and associations of them: on both sides, or on neither. */
NDIS_STATUS sao_link_agree(sao_link *link, sao_agreement *agreement);

/* Has both sides retire it. */
void sao_link_retire(const sao_link *link, sao_agreement *agreement);

/* Both sides have forgotten it. */
bool sao_link_is_forgotten(const sao_link *link, const sao_agreement *agreement);

/* Both sides have offloaded it. */
bool sao_link_is_offloaded(const sao_link *link, const sao_agreement *agreement);

/* ---- link_rekey.c ---------------------------------------------------------------------- */

/* Makes the first association. */
NDIS_STATUS sao_link_begin(sao_link *link) SAO_MUST_CHECK;

/* Both sides have offloaded what they send under, or it has taken too long. */
bool sao_link_begun(const sao_link *link);

/* Begins a rekey, switches over, retires: whatever is due. */
void sao_link_rekey(sao_link *link);

/* When sao_link_rekey has something to do by itself. */
uint64_t sao_link_rekey_due(const sao_link *link);

/* Retires every association. */
void sao_link_retire_all(sao_link *link);

#endif /* SAO_MODEL_LINK_INTERNAL_H */
