// SPDX-License-Identifier: BSD-2-Clause
/*
 * link.h: two hosts with offloading NICs, and the wire between them.
 *
 * Each side is a transport on a boundary on a soft NIC. The link plays the key exchange: it makes
 * SAs for both sides from the caller's random bytes, rekeys while traffic runs, and retires the
 * old SAs. Time is in ticks that the link counts itself, so the same calls give the same
 * results. All of it lives in one block of memory of the caller's.
 */
#ifndef SAOFFLOAD_LINK_H
#define SAOFFLOAD_LINK_H

#include <saoffload/soft_nic.h>
#include <saoffload/transport.h>

SAO_EXTERN_C_BEGIN

/* Two hosts and a wire, in memory of the caller's. */
typedef struct sao_link sao_link;

/* One SA as it was negotiated, for key logs of simulated traffic. */
typedef struct sao_link_sa {
    uint8_t ip_version;                /* of the header before it: 4 or 6 */
    sao_address source;                /* of that header */
    sao_address destination;           /* of that header */
    uint8_t protocol;                  /* SAO_PROTOCOL_ESP or SAO_PROTOCOL_AH */
    sao_ipsec_mode mode;               /* of AH outside of ESP: transport (packet_form.h) */
    bool udp_encapsulated;             /* ESP in UDP */
    uint8_t icv_length;                /* bytes */
    uint32_t spi;                      /* network byte order */
    uint32_t encryption;               /* identifier (algorithm.h); 0 with AH */
    uint32_t authentication;           /* identifier; 0 with a combined mode */
    const uint8_t *encryption_key;     /* salt included; NULL for none */
    size_t encryption_key_length;      /* bytes, the salt's too */
    const uint8_t *authentication_key; /* NULL for none */
    size_t authentication_key_length;  /* bytes */
} sao_link_sa;

/* What the link calls, each with `context`. */
typedef struct sao_link_hooks {
    /* Fills `bytes` with `n` random bytes. Required. */
    void (*random)(void *context, uint8_t *bytes, size_t n);
    /* A packet has been delivered to side `to`, 0 or 1. Required. */
    void (*deliver)(void *context, int to, const uint8_t *packet, size_t length);
    /* A frame crosses the wire, sent by side `from`. May be NULL. */
    void (*wire)(void *context, int from, const uint8_t *frame, size_t length);
    /* An SA was negotiated, one call for each of a form's; the only way keys come out, for
     * simulated traffic. May be NULL. */
    void (*sa)(void *context, const sao_link_sa *sa);
    /* All events, both sides; event->adapter is tag or tag + 1. May be NULL. */
    sao_event_hook *event;
    /* A rule was broken, noticed by side `side`. May be NULL. */
    void (*violation)(void *context, int side, const char *rule, const char *what);
    void *context; /* the caller's own */
} sao_link_hooks;

/* What sao_link_init makes a link from. */
typedef struct sao_link_config {
    size_t size;                         /* sizeof(sao_link_config); sao_link_config_init sets it */
    const sao_packet_form *form;         /* NULL: ESP in tunnel mode */
    uint8_t ip_version;                  /* of the outermost header */
    sao_address address[2];              /* of each side, in that header */
    uint8_t inner_version;               /* transport over tunnel: of the packets */
    sao_address inner_address[2];        /* transport over tunnel: of each side, in the packets */
    uint32_t encryption;                 /* of ESP: identifier (algorithm.h) */
    uint32_t authentication;             /* of ESP: identifier; 0 with a combined mode, or where AH
                                            of the same bundle authenticates (ADD-14) */
    uint8_t icv_length;                  /* of ESP, bytes; 0 for the algorithm's own */
    uint32_t ah_authentication;          /* of AH: identifier */
    bool esn;                            /* extended sequence numbers */
    const sao_crypto_provider *provider; /* required */
    uint32_t tag;                        /* of side 0; side 1 has tag + 1 */
    uint32_t packet_capacity;     /* largest IP packet that crosses the wire, IPsec included */
    uint32_t rekey_after;         /* packets under one association; 0 never */
    uint64_t offload_again_after; /* ticks */
    uint64_t ticks_per_packet;    /* how far a send moves the time */
    sao_soft_nic_config nic;      /* capacity, latencies, refusals, policy: the same for both sides;
                                     provider, wire, tag, events are the link's */
    sao_link_hooks hooks;         /* what the link calls */
} sao_link_config;

/* Defaults: ESP in tunnel mode, AES-GCM-256 and, for AH, HMAC-SHA-256-128; NICs that offer every
 * form; capacity 8 bundles, small latencies, SaDeleteReq after 64 packets, rekey after 500. */
void sao_link_config_init(sao_link_config *config);

/* Bytes needed; 0 for a configuration that sao_link_init would refuse. */
size_t sao_link_size(const sao_link_config *config);

/* Makes both sides in `memory`, aligned for max_align_t, negotiates the first SAs and runs until
 * they are offloaded, or refused. Results as sao_adapter_init. */
NDIS_STATUS sao_link_init(void *memory, size_t size, const sao_link_config *config, sao_link **link,
                          const char **problem) SAO_MUST_CHECK;

/*
 * Side `from` (0 or 1) sends an IP packet to the other; time goes on by ticks_per_packet, and
 * everything due is done. NDIS_STATUS_INVALID_LENGTH: too large with IPsec;
 * NDIS_STATUS_INVALID_DATA: in transport mode a packet of other addresses, say; others as
 * sao_transport_send. Where no buffer is free, time goes on until one is, or never will be.
 *
 * May be called from within the deliver hook, to answer: then time stands still, and without a
 * free buffer it is NDIS_STATUS_RESOURCES.
 */
NDIS_STATUS sao_link_send(sao_link *link, int from, const uint8_t *packet,
                          size_t length) SAO_MUST_CHECK;

/* Lets `ticks` pass. Does nothing from within a hook. */
void sao_link_run(sao_link *link, uint64_t ticks);

/* The time, in ticks since the beginning; and when something will be due by itself, UINT64_MAX for
 * nothing: until then it changes nothing if time stands still or jumps. */
uint64_t sao_link_now(const sao_link *link);
uint64_t sao_link_next_due(const sao_link *link);

/*
 * An event of the life of one side's miniport (PNP-1): reset, sleep, wake, pause, restart or
 * remove. Returns as sao_adapter_life; what is PENDING goes on while time passes. Nothing is lost
 * but by a removal: sends that come back are sent again, and frames for a side that sleeps or is
 * paused wait on the wire until it listens again. So it can get full: then sao_link_send is
 * NDIS_STATUS_RESOURCES, until somebody wakes or restarts the side.
 * NDIS_STATUS_INVALID_PARAMETER: another event or side. NDIS_STATUS_INVALID_STATE also from within
 * a hook.
 */
NDIS_STATUS sao_link_life(sao_link *link, int side, sao_life_event event);

/* What both sides and the link have counted. */
typedef struct sao_link_totals {
    sao_transport_counters transport[2]; /* by side, like the next two */
    sao_soft_nic_counters nic[2];        /* by side */
    sao_adapter_counters adapter[2];     /* by side */
    uint64_t frames;                     /* that crossed the wire */
    uint64_t ipsec_frames;               /* of them IPsec */
    uint64_t rekeys;                     /* associations that replaced another */
    uint64_t leaked; /* after close: bundles, contexts, requests, packets still there */
} sao_link_totals;

/* A copy of the totals so far; `leaked` is 0 until the link is closed. */
void sao_link_get_totals(sao_link *link, sao_link_totals *totals);

/*
 * Ends the link: wakes and restarts who sleeps or is paused, waits for packets under way, retires
 * the SAs, pauses and halts both NICs, and gives the final totals; totals->leaked is 0 when
 * everything came back. The memory is the caller's again, with no key in it.
 */
void sao_link_close(sao_link *link, sao_link_totals *totals);

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_LINK_H */
