// SPDX-License-Identifier: BSD-2-Clause
/*
 * transport_internal.h: what the parts of the transport share.
 *
 *     transport.c          configuration, memory
 *     transport_association.c  associations and their SAs
 *     transport_offer.c    what the miniport offers
 *     transport_offload.c  what is added, deleted, updated, and when: the requests
 *     transport_answer.c   what the answers mean
 *     transport_request.c  the request buffers
 *     transport_wrap.c     headers, sealing, and which of it is the NIC's
 *     transport_send.c     sending, and what comes back
 *     transport_receive.c  indicated packets
 *     transport_life.c     what becomes of the miniport below
 *
 * An association has two halves: one bundle each, perhaps, of one SA or of two. A packet passes one
 * association, or a transport one and the tunnel that it runs over; each of them is a layer. A
 * miniport may call back from within every call, so nobody relies on an association after calling
 * out.
 */
#ifndef SAO_MODEL_TRANSPORT_INTERNAL_H
#define SAO_MODEL_TRANSPORT_INTERNAL_H

#include <saoffload/transport.h>

#include "model/replay.h"

#define SAO_MAC_HEADER_LENGTH 14u

/* So many refusals in a row, then the offload waits until a bundle goes and makes room. */
#define SAO_ADD_TRIES_MAX 8u

/* The most SAs of a bundle, and the most associations that a packet passes (TX-4). */
#define SAO_SAS_MAX IPSEC_OFFLOAD_V2_MAX_EXTENSION_HEADERS
#define SAO_LAYERS_MAX 2u

enum { SAO_IN, SAO_OUT, SAO_HALVES };

typedef enum sao_half_state {
    SAO_HALF_SOFTWARE, /* the NIC does not have it */
    SAO_HALF_ADDING,
    SAO_HALF_LIVE,
    SAO_HALF_UPDATING, /* live; nothing is sent under it until its UPDATE completes */
    SAO_HALF_DELETING
} sao_half_state;

/* One element of an ADD list with room for its keys. */
typedef union sao_add_element {
    IPSEC_OFFLOAD_V2_ADD_SA add_sa;
    IPSEC_OFFLOAD_V2_ADD_SA_EX add_sa_ex;
    uint8_t bytes[sizeof(IPSEC_OFFLOAD_V2_ADD_SA_EX) + (size_t)3 * SAO_KEY_MAX];
} sao_add_element;

/* Kept as long as the association: every add needs the keys again. */
typedef struct sao_sa_keys {
    uint8_t encryption[SAO_KEY_MAX]; /* salt included */
    uint8_t authentication[SAO_KEY_MAX];
    uint8_t encryption_length;
    uint8_t authentication_length;
} sao_sa_keys;

/* One SA: what the software path uses, and what an ADD says of it. */
typedef struct sao_held_sa {
    sao_ipsec_sa sa;
    void *context; /* its memory */
    sao_sa_keys keys;
    uint32_t encryption;     /* identifiers */
    uint32_t authentication; /* 0 with a combined mode */
    uint32_t sequence_high;  /* that the NIC was told last */
} sao_held_sa;

typedef struct sao_half {
    sao_held_sa sa[SAO_SAS_MAX]; /* in the order of SecAssoc: the last one stands outside (ADD-5) */
    sao_half_state state;
    NDIS_HANDLE handle;  /* of the bundle, or of the last one */
    uint64_t live_since; /* when the last add, or failed delete, completed */
    bool survivor;       /* lived through a reset or low power (RST-3) */
    bool lost;           /* it is: the NIC has said so, or has failed a send under it */

    sao_request request; /* the room for its processing is ours (OID-10) */
    bool outstanding;
    uint8_t covers; /* an ADD: which halves, one bit each */
    union {
        IPSEC_OFFLOAD_V2_DELETE_SA delete_sa;
        IPSEC_OFFLOAD_V2_UPDATE_SA update_sa;
    } buffer;
} sao_half;

typedef struct sao_association {
    uint32_t id;
    bool in_use;
    bool retiring;
    bool delete_wanted;      /* SaDeleteReq came (DEL-2), or the bundles are out of date */
    bool delete_wished;      /* SaDeleteReq came */
    bool offload_impossible; /* the miniport said what trying again cannot change */
    bool over_tunnel;
    uint32_t tunnel; /* its id, if so */
    sao_bundle_form form;
    uint8_t sa_count; /* of each half */
    uint8_t ip_version;
    bool esn;
    sao_address local;
    sao_address remote;
    uint64_t sequence;              /* last one sent; the SAs of a bundle count alike */
    uint64_t sent;                  /* packets */
    uint32_t kept;                  /* of them came back and wait to be sent again */
    sao_replay replay[SAO_SAS_MAX]; /* of the inbound SAs */
    uint64_t add_at;                /* no add before */
    uint64_t delete_at;             /* no delete before */
    uint32_t add_tries;             /* refused in a row */
    uint32_t delete_tries;
    sao_half half[SAO_HALVES];
    sao_add_element add[SAO_HALVES]; /* one after the other: a list inside of one buffer (OID-7) */
} sao_association;

/* The associations that a packet passes, from the inside out. */
typedef struct sao_layers {
    sao_association *of[SAO_LAYERS_MAX];
    uint32_t count;
} sao_layers;

typedef struct sao_send_buffer {
    sao_packet packet;
    struct sao_send_buffer *next; /* free, or kept */
    uint8_t *inner; /* the packet as it was given: a NIC may fail after encrypting in place */
    size_t inner_length;
    uint64_t order; /* in which it was given */
    uint32_t association;
    bool in_use;
    bool outstanding;
    uint8_t layers;     /* of associations that it passes */
    uint8_t nic_layers; /* of them the NIC's: the outermost ones */
    bool software;      /* the NIC could not: not by the NIC again */
} sao_send_buffer;

/* The request that has the miniport offload what it receives (ENC-1). */
typedef struct sao_encapsulation {
    sao_request request;
    NDIS_OFFLOAD_ENCAPSULATION buffer;
    bool outstanding;
    bool set;
    uint64_t set_at; /* not before */
} sao_encapsulation;

struct sao_transport {
    sao_transport_config config;
    sao_encapsulation encapsulation;
    sao_transport_counters counters;
    sao_association *associations;
    sao_send_buffer *buffers;
    sao_send_buffer *free_buffers;
    sao_send_buffer *kept;  /* came back, to be sent again; in order */
    uint64_t send_at;       /* and not before */
    uint32_t interruptions; /* a set of sao_interruption */
    uint32_t lives_pending; /* a set of events: bit n for the nth */
    bool offer_known;       /* the miniport has said what it offers (CAP-3): */
    NDIS_IPSEC_OFFLOAD_V2 offer;
    uint64_t now;
    uint64_t packet_serial;
    uint64_t send_serial;
    uintptr_t request_serial;
    bool pumping;
    bool pump_again;
};

static inline uint32_t sao_high_half(uint64_t sequence)
{
    return (uint32_t)(sequence >> 32);
}

static inline uint64_t sao_later(uint64_t now, uint64_t delay)
{
    return delay < UINT64_MAX - now ? now + delay : UINT64_MAX - 1u;
}

/* One half in a set of halves. */
static inline uint32_t sao_half_bit(uint32_t direction)
{
    return UINT32_C(1) << direction;
}

/* The NIC has the bundle, and no delete of it has been submitted. */
static inline bool sao_half_is_live(const sao_half *half)
{
    return half->state == SAO_HALF_LIVE || half->state == SAO_HALF_UPDATING;
}

/* The NIC has the bundle, perhaps not for long. */
static inline bool sao_half_has_bundle(const sao_half *half)
{
    return sao_half_is_live(half) || half->state == SAO_HALF_DELETING;
}

/* Did it live through a reset or low power, or is it about to (RST-3)? */
static inline bool sao_half_may_be_lost(const sao_transport *transport, const sao_half *half)
{
    const uint32_t now = SAO_INTERRUPTED_BY_RESET | SAO_INTERRUPTED_BY_SLEEP;

    return half->survivor || (transport->interruptions & now) != 0;
}

static inline bool sao_transport_is_gone(const sao_transport *transport)
{
    return (transport->interruptions & SAO_INTERRUPTED_FOR_GOOD) != 0;
}

/* ---- transport.c ----------------------------------------------------------------------- */

/* The miniport broke a rule. */
void sao_transport_violation(sao_transport *transport, const char *rule, const char *what);

/* ---- transport_association.c ----------------------------------------------------------- */

/* NULL for an id that names no association. */
sao_association *sao_transport_find(const sao_transport *transport, uint32_t id);

/* The tunnel that the association runs over; NULL if it does not. It lives as long. */
sao_association *sao_transport_tunnel(const sao_transport *transport,
                                      const sao_association *association);

/* What packets of the association pass. */
sao_layers sao_transport_layers(const sao_transport *transport, sao_association *association);

/* Wipes the keys and frees the place. Both halves must be in software. */
void sao_transport_forget(sao_transport *transport, sao_association *association);

/* ---- transport_offer.c ----------------------------------------------------------------- */

/* May the NIC have bundles for the association (ADD-10)? Till it has said what it offers, yes. */
bool sao_transport_offers(const sao_transport *transport, const sao_association *association);

/* Does it process a packet with such headers (RX-2)? */
bool sao_transport_offers_packet(const sao_transport *transport, const sao_packet_info *info);

/* The miniport's callback. */
void sao_transport_current_config(void *protocol, const NDIS_IPSEC_OFFLOAD_V2 *config);

/* ---- transport_offload.c --------------------------------------------------------------- */

/* Are its bundles to go: by itself, or with its tunnel's? */
bool sao_transport_wants_deletes(const sao_transport *transport,
                                 const sao_association *association);

/* Submits every request that is due. May be called from anywhere, from within itself too. */
void sao_transport_pump(sao_transport *transport);

/* The miniport's callback. */
void sao_transport_request_complete(void *protocol, sao_request *request);

/* ---- transport_answer.c ---------------------------------------------------------------- */

/* Keeps count of the bundles too. */
void sao_transport_set_half_state(sao_transport *transport, sao_half *half, sao_half_state state);

/* Trying again at once would never end with a miniport that refuses at once. */
uint64_t sao_transport_retry_time(const sao_transport *transport);

/* The same of the encapsulation's. */
void sao_transport_finish_encapsulation(sao_transport *transport, NDIS_STATUS status);

/* The request of this half is over: answered at once, or completed later. */
void sao_transport_finish(sao_transport *transport, sao_association *association, sao_half *half,
                          NDIS_STATUS status, bool immediate);

/* ---- transport_request.c --------------------------------------------------------------- */

/* Fills in the ADD of the halves named by `covers` for the request of the first of them. */
void sao_transport_build_add(sao_association *association, uint32_t covers, bool extended,
                             sao_request *request);
void sao_transport_build_delete(sao_half *half);
/* Of the high half of one of its SAs. */
void sao_transport_build_update(sao_half *half, uint32_t sa);
/* Untagged Ethernet, both versions of IP. */
void sao_transport_build_encapsulation(sao_encapsulation *encapsulation);

/* Where the miniport puts the handle of an added half. */
NDIS_HANDLE sao_transport_added_handle(const sao_association *association, uint32_t direction,
                                       bool extended);

/* ---- transport_wrap.c ------------------------------------------------------------------ */

/* The last sequence number that there is. */
uint64_t sao_transport_sequence_limit(bool esn);

/* The high half that the next packet's sequence number will have. */
uint32_t sao_transport_next_high(const sao_association *association);

/* Makes buffer->inner into what the miniport is to get: sealed, as far as that is not the NIC's,
 * with the handles and offsets of what is. Uses up a number of each layer. */
NDIS_STATUS sao_transport_wrap(const sao_transport *transport, const sao_layers *layers,
                               sao_send_buffer *buffer) SAO_MUST_CHECK;

/* Only to see if it can be done: nothing is sealed, and no number used. */
NDIS_STATUS sao_transport_try_wrap(const sao_transport *transport, const sao_layers *layers,
                                   sao_send_buffer *buffer) SAO_MUST_CHECK;

/* ---- transport_send.c ------------------------------------------------------------------ */

void sao_transport_send_complete(void *protocol, sao_packet *packet);

/* Sends what came back, if that may be now; else nothing. */
void sao_transport_send_kept(sao_transport *transport);
void sao_transport_drop_kept(sao_transport *transport);

/* True if the miniport takes sends, as far as one knows. */
bool sao_transport_may_send(const sao_transport *transport);

/* ---- transport_receive.c --------------------------------------------------------------- */

void sao_transport_indicate(void *protocol, sao_packet *packet);

/* ---- transport_life.c ------------------------------------------------------------------ */

/* The miniport's callback. */
void sao_transport_life_complete(void *protocol, sao_life_event event, NDIS_STATUS status);

#endif /* SAO_MODEL_TRANSPORT_INTERNAL_H */
