// SPDX-License-Identifier: BSD-2-Clause
/*
 * transport.h: the stimulus, a host's TCP/IP transport as IPsecOV2 sees it.
 *
 * It owns the SAs. It offloads them when there is room (ADD-11), frames packets, uses a handle
 * only once its add is complete (ADD-13), checks replay and sequence numbers (RX-5), answers
 * SaDeleteReq with the two deletes (DEL-3), adds again later, tries again after NOT_ACCEPTED and
 * REQUEST_ABORTED, and protects in software whatever is not offloaded (DEL-11). What the miniport
 * could not send since it was resetting, asleep or paused is sent again when it is back, in order.
 * It notices when the miniport breaks a rule that a transport can see. Time is an argument; one
 * thread at a time; nothing is allocated after init. Packets of every form (packet_form.h); frames
 * are Ethernet.
 */
#ifndef SAOFFLOAD_TRANSPORT_H
#define SAOFFLOAD_TRANSPORT_H

#include <saoffload/adapter.h>
#include <saoffload/ipsec.h>
#include <saoffload/miniport.h>
#include <saoffload/packet_form.h>

SAO_EXTERN_C_BEGIN

/* A host's transport, in memory of the caller's. */
typedef struct sao_transport sao_transport;

/* What the transport calls, each with `context`. */
typedef struct sao_transport_hooks {
    /* An IP packet for this host, unprotected and checked; valid until this returns. Required. */
    void (*deliver)(void *context, const uint8_t *packet, size_t length);
    /* The miniport broke a rule: its ID ("DEL-2") and what was seen. Must not call back. May be
     * NULL. */
    void (*violation)(void *context, const char *rule, const char *what);
    void *context; /* the caller's own */
} sao_transport_hooks;

/* What sao_transport_init makes a transport from. */
typedef struct sao_transport_config {
    size_t size;           /* sizeof(sao_transport_config); sao_transport_config_init sets it */
    sao_miniport miniport; /* required */
    sao_profile profile;   /* ADD_SA lists, or ADD_SA_EX one by one (ADD-1) */
    const sao_crypto_provider *provider; /* of the software path; required */
    uint8_t mac[6];                      /* of this host; frames go out from it */
    uint8_t peer_mac[6];                 /* where they go to */
    uint32_t associations;               /* the most at a time; default 8 */
    uint32_t packets;                    /* send buffers; default 8 */
    uint32_t packet_capacity;            /* bytes of each, MAC header included; default 2048 */
    uint32_t capacity;                   /* SaOffloadCapacity that the miniport reported (ADD-11) */
    bool offload;                        /* false: software only */
    uint64_t offload_again_after;        /* from the last delete's completion to the next add */
    uint64_t retry_after; /* after NOT_ACCEPTED, REQUEST_ABORTED, a refused add; at least 1 */
    uint64_t settle_time; /* after an add or a reset, packets looked up before may come untouched
                             (RX-6): the NIC's receive latency; default 0 */
    uint16_t epoch;       /* upper 16 bits of every IV of the software path; the NIC's, so that
                             both number IVs alike and none repeats (TX-3) */
    sao_transport_hooks hooks; /* what the transport calls */
} sao_transport_config;

/* Fills in the defaults: NDIS 6.20, offload, no miniport, provider or hooks. */
void sao_transport_config_init(sao_transport_config *config);

/* Bytes needed; 0 for a configuration that sao_transport_init would refuse. */
size_t sao_transport_size(const sao_transport_config *config);

/* Makes a transport in `memory`, aligned for max_align_t; results as sao_adapter_init. */
NDIS_STATUS sao_transport_init(void *memory, size_t size, const sao_transport_config *config,
                               sao_transport **transport, const char **problem) SAO_MUST_CHECK;

/* What the miniport, or a boundary, is bound to. */
sao_protocol sao_transport_protocol(sao_transport *transport);

/* ---- the miniport's life (PNP-1) ------------------------------------------------------- */

/*
 * NDIS brings an event over the miniport below, and tells the transport of it: calls the
 * miniport's `life`. Returns its answer; after NDIS_STATUS_PENDING the miniport's life_complete
 * ends it. So the transport knows when its rules do not hold:
 *
 * reset, sleep     till they are over, or the wake is: packets come untouched, and bundles may be
 *                  lost (RST-3); nothing is asked of a miniport that sleeps
 * pause            to the end of the restart: sends come back
 * remove, halt,    for good, or until it is initialised again: every bundle is gone without a
 * shutdown         delete, and what was to be sent is given up (REM-1, REM-2)
 *
 * A harness that has the miniport's life in other hands does without this; then a bundle that a
 * reset loses is a broken rule, and sends that come back are tried again every retry_after.
 */
NDIS_STATUS sao_transport_life(sao_transport *transport, sao_life_event event);

/* What keeps the transport from its miniport's full service. */
typedef enum sao_interruption {
    SAO_INTERRUPTED_BY_RESET = 1, /* until it is over */
    SAO_INTERRUPTED_BY_SLEEP = 2, /* until the wake is over */
    SAO_INTERRUPTED_BY_PAUSE = 4, /* until the restart is over */
    SAO_INTERRUPTED_FOR_GOOD = 8  /* removed, halted or shut down */
} sao_interruption;

/* A set of them, as far as sao_transport_life knows. */
uint32_t sao_transport_interruptions(const sao_transport *transport);

/* True while an event that was answered PENDING is not over. */
bool sao_transport_life_pending(const sao_transport *transport);

/* ---- associations ---------------------------------------------------------------------- */

/* One SA of an association. Keys are copied. */
typedef struct sao_transport_sa {
    uint32_t spi;                      /* network byte order */
    const uint8_t *encryption_key;     /* salt included; not for AH */
    const uint8_t *authentication_key; /* AES-GMAC's salt included; NULL with a combined mode */
} sao_transport_sa;

/*
 * What a negotiation with one peer yields: an SA of each direction, or with ESP and AH two of each.
 * Both directions have the same form and family. What the form has not is ignored, and may be zero.
 *
 * Transport over tunnel is two associations: the tunnel, and one in transport mode that names it.
 * What is sent under the latter passes both, and it accepts what came by that tunnel only. Its
 * bundles are offloaded while the tunnel's are (TX-4), and deleted before those.
 */
typedef struct sao_transport_association {
    uint8_t ip_version;          /* of the header before ESP or AH */
    sao_address local;           /* of that header; all zero is any, for transport mode */
    sao_address remote;          /* likewise */
    bool esn;                    /* extended sequence numbers, of all SAs */
    uint32_t encryption;         /* of ESP: identifiers (algorithm.h); they say how long keys are */
    uint32_t authentication;     /* of ESP; 0 with a combined mode, or where AH of
                                    the same bundle authenticates (ADD-14) */
    sao_transport_sa inbound;    /* ESP from the peer */
    sao_transport_sa outbound;   /* ESP to the peer */
    sao_bundle_form form;        /* all zero: ESP in tunnel mode */
    uint32_t ah_authentication;  /* of AH: identifier */
    sao_transport_sa ah_inbound; /* AH from the peer */
    sao_transport_sa ah_outbound; /* AH to the peer */
    uint8_t icv_length;           /* of ESP, bytes; 0 for the algorithm's own */
    uint64_t inbound_sequence;    /* of the packet received last, all before it seen; 0: new SAs */
    uint64_t outbound_sequence;   /* of the packet sent last, of all SAs; 0: new SAs */
    bool over_tunnel;             /* a transport form that runs over a tunnel */
    uint32_t tunnel;              /* meaningful with over_tunnel: the tunnel's id */
} sao_transport_association;

/* No association's id. */
#define SAO_ASSOCIATION_NONE UINT32_MAX

/*
 * Installs an association; from here packets of its inbound SA are accepted, and its offload
 * begins if there is room and the miniport offers what it takes (ADD-10). *id names it until it is
 * forgotten. NDIS_STATUS_SUCCESS; NDIS_STATUS_RESOURCES: too many; NDIS_STATUS_INVALID_PARAMETER: a
 * form that cannot be (sao_bundle_form_problem, sao_bundle_form_over_problem), a sequence number
 * that cannot be without ESN, or beyond 48 bits, a tunnel that is none or is retired, or an inbound
 * SA whose address, protocol and SPI are taken (ADD-12); others as sao_ipsec_sa_init.
 */
NDIS_STATUS sao_transport_establish(sao_transport *transport,
                                    const sao_transport_association *association,
                                    uint32_t *id) SAO_MUST_CHECK;

/*
 * Sends an IP packet under the association, by the NIC or in software: what the NIC does not offer,
 * or has not got, is done here. Of transport over tunnel the NIC may do both, or the tunnel only.
 * NDIS_STATUS_SUCCESS: handed over, or NDIS_STATUS_RESOURCES: no send buffer is free;
 * NDIS_STATUS_INVALID_LENGTH: too large with IPsec; NDIS_STATUS_INVALID_DATA: not a packet for it,
 * as sao_ipsec_frame says; NDIS_STATUS_INVALID_PARAMETER: no such association, or it is retired, or
 * sequence numbers are used up (RFC 4303 section 3.3.3).
 */
NDIS_STATUS sao_transport_send(sao_transport *transport, uint32_t id, const uint8_t *packet,
                               size_t length) SAO_MUST_CHECK;

/*
 * The association is to end: nothing more is sent under it, its bundles are deleted, inbound
 * first; packets are accepted until then. It is forgotten, keys wiped, when that is done, and when
 * what came back from the miniport is sent. With a tunnel go the associations over it, before it.
 */
void sao_transport_retire(sao_transport *transport, uint32_t id);

/* Has the miniport cancel the association's requests (OID-4). They are tried again. */
void sao_transport_cancel(sao_transport *transport, uint32_t id);

/* Where an association stands. */
typedef enum sao_association_state {
    SAO_ASSOCIATION_UNKNOWN,  /* no such id, or forgotten */
    SAO_ASSOCIATION_SOFTWARE, /* not offloaded, or not yet again */
    SAO_ASSOCIATION_ADDING,
    SAO_ASSOCIATION_OFFLOADED, /* both directions */
    SAO_ASSOCIATION_DELETING,
    SAO_ASSOCIATION_RETIRING
} sao_association_state;

/* Where the association stands that `id` names. */
sao_association_state sao_transport_state(const sao_transport *transport, uint32_t id);

/* Does what is due at `now`; returns when to call next, UINT64_MAX for no need. */
uint64_t sao_transport_poll(sao_transport *transport, uint64_t now);

/* The next time at which poll would do something by itself; UINT64_MAX for none. */
uint64_t sao_transport_next_due(const sao_transport *transport);

/* How many packets were sent under the association, those over a tunnel included: for who decides
 * on a rekey. */
uint64_t sao_transport_sent(const sao_transport *transport, uint32_t id);

/* How many of them have not left yet. */
uint32_t sao_transport_unfinished(const sao_transport *transport, uint32_t id);

/* What a transport has counted since it was made. */
typedef struct sao_transport_counters {
    uint64_t offloaded_tx;     /* packets protected by the NIC */
    uint64_t offloaded_rx;     /* packets the NIC had opened */
    uint64_t software_tx;      /* packets protected here */
    uint64_t software_rx;      /* packets opened here */
    uint64_t shared_tx;        /* transport over tunnel: the tunnel by the NIC, the rest here */
    uint64_t shared_rx;        /* likewise */
    uint64_t delivered;        /* packets given to the deliver hook */
    uint64_t received_other;   /* indicated packets that are no IPsec of ours */
    uint64_t replayed;         /* dropped: seen before or too old */
    uint64_t crypto_errors;    /* dropped: wrong ICV, syntax, protocol */
    uint64_t send_errors;      /* sends that completed badly */
    uint64_t sends_repeated;   /* of them sent again */
    uint64_t resets;           /* of the miniport, that are over */
    uint64_t bundles_added;    /* bundles that an ADD gave a handle */
    uint64_t bundles_refused;  /* bundles that an ADD gave none */
    uint64_t bundles_deleted;  /* bundles whose DELETE has completed */
    uint64_t deletes_inbound;  /* DELETE requests submitted, by the direction they name */
    uint64_t deletes_outbound; /* likewise */
    uint64_t delete_requests;  /* received packets with SaDeleteReq */
    uint64_t retries;          /* requests submitted again */
    uint64_t violations;       /* calls of the violation hook */
    uint32_t associations;     /* existing now */
    uint32_t packets;          /* send buffers in use now */
    uint32_t bundles;          /* offloaded, or being added or deleted, now */
} sao_transport_counters;

/* A copy of the counters. */
void sao_transport_get_counters(const sao_transport *transport, sao_transport_counters *counters);

/* From here every IV of the software path is of this epoch (sao_soft_nic_set_epoch). */
void sao_transport_set_epoch(sao_transport *transport, uint16_t epoch);

/*
 * Writes the transport's situation (canonical.h): associations, requests, packets under way, times
 * that it waits for.
 */
void sao_transport_canonical(const sao_transport *transport, sao_canonical *writer);

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_TRANSPORT_H */
