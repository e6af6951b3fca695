// SPDX-License-Identifier: BSD-2-Clause
/*
 * bundle.h: an SA bundle as a backend, a packet path and a query see it.
 *
 * One or two SAs (ESP, or AH, or ESP then AH) for one direction between two addresses, under
 * one OffloadHandle.
 */
#ifndef SAOFFLOAD_BUNDLE_H
#define SAOFFLOAD_BUNDLE_H

#include <saoffload/ndis.h>
#include <saoffload/packet.h>
#include <saoffload/platform.h>

SAO_EXTERN_C_BEGIN

/* One SA of a bundle. The keys are the adapter's. */
typedef struct sao_bundle_sa {
    const uint8_t *encryption_key;     /* salt included; NULL without encryption */
    const uint8_t *authentication_key; /* salt included (GMAC); NULL without */
    uint32_t spi;                      /* network byte order */
    uint32_t encryption;               /* identifier; 0 for none */
    uint32_t authentication;           /* identifier; 0 for none, and for combined modes */
    sao_atomic32 sequence_high;        /* current ESN high half, host order (UPD-1) */
    uint8_t encryption_key_length;     /* bytes */
    uint8_t authentication_key_length; /* bytes */
    uint8_t icv_length;                /* bytes */
    uint8_t protocol;                  /* SAO_PROTOCOL_ESP or SAO_PROTOCOL_AH */
    bool esn;                          /* extended sequence numbers */
} sao_bundle_sa;

/* What one element of an ADD has offloaded. */
typedef struct sao_bundle {
    NDIS_HANDLE handle;      /* what the transport knows it by */
    void *backend_context;   /* the backend's own, for this bundle; NULL at first */
    uint32_t index;          /* below SaOffloadCapacity; no two bundles at a time share it */
    uint32_t udp_esp;        /* IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_... */
    sao_address source;      /* all zero matches any (ADD-9) */
    sao_address destination; /* all zero matches any (ADD-9) */
    uint8_t ip_version;      /* 4 or 6 */
    uint8_t sa_count;        /* 1 or 2 */
    bool inbound;            /* for received packets; else for sent ones */
    sao_bundle_sa sa[IPSEC_OFFLOAD_V2_MAX_EXTENSION_HEADERS]; /* in the order of SecAssoc */
} sao_bundle;

/* Where a bundle stands in its life. */
typedef enum sao_bundle_state {
    SAO_BUNDLE_FREE,     /* no bundle */
    SAO_BUNDLE_ADDING,   /* its ADD has not completed: no packet uses it (ADD-13) */
    SAO_BUNDLE_LIVE,     /* packets use it */
    SAO_BUNDLE_CLAIMED,  /* a DELETE names it, its list is still being checked: packets use it */
    SAO_BUNDLE_UNLINKED, /* no new packet finds it; those in flight finish (DEL-7) */
    SAO_BUNDLE_DELETED   /* given to the hardware: it counts as deleted (DEL-9) */
} sao_bundle_state;

/* The state's name in lower case, "unlinked" say. */
const char *sao_bundle_state_name(sao_bundle_state state);

/* What there is to say of a bundle beyond what it is. */
typedef struct sao_bundle_status {
    sao_bundle_state state;     /* where it stands */
    NDIS_HANDLE pair;           /* the other half, or NULL (PAIR-3) */
    NDIS_HANDLE former_pair;    /* the half that was deleted, or NULL (PAIR-4) */
    bool in_hardware;           /* the hardware has it (RST-3, PWR-1) */
    bool pair_guessed;          /* the pair is a guess, not an explicit call (PAIR-2) */
    bool delete_requested;      /* a packet of it carried SaDeleteReq (DEL-2) */
    bool pair_delete_requested; /* one of its other half did: it owes a DELETE too (DEL-3) */
} sao_bundle_status;

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_BUNDLE_H */
