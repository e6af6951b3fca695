// SPDX-License-Identifier: BSD-2-Clause
/* record.h: all that the adapter keeps of one bundle. A record's place in the array is its slot. */
#ifndef SAO_CORE_RECORD_H
#define SAO_CORE_RECORD_H

#include <saoffload/algorithm.h>
#include <saoffload/bundle.h>
#include <saoffload/handle.h>
#include <saoffload/request.h>

#define SAO_BUNDLE_SAS IPSEC_OFFLOAD_V2_MAX_EXTENSION_HEADERS
#define SAO_PAIR_VIEWS 4u /* which of the two addresses a pairing node is filed under */

/* A place in the pairing index: groups of equal bundles, youngest first (pairing.h). */
typedef struct sao_pair_node {
    uint32_t group_next; /* other groups of the bucket; meaningful in a group's youngest */
    uint32_t group_previous;
    uint32_t older; /* members of the group */
    uint32_t younger;
} sao_pair_node;

/* What a packet's lookup reads comes first. */
typedef struct sao_record {
    sao_atomic32 state;                     /* sao_bundle_state */
    sao_atomic32 add_serial;                /* the request that added it (ADD-13, PAIR-2) */
    sao_atomic32 live_next[SAO_BUNDLE_SAS]; /* chains of the lookup index (index.h) */
    sao_atomic32 in_hardware;               /* the hardware has it (RST-3) */
    sao_atomic32 wish;                      /* the next packet carries SaDeleteReq */
    sao_bundle bundle;

    sao_atomic32 wished; /* a packet carried SaDeleteReq (DEL-2) */
    uint32_t parked_next[SAO_BUNDLE_SAS];

    /* The request that adds or deletes it; NULL also for what an abort has detached (DEL-9). */
    uint32_t position; /* of its element in the list */
    sao_request *request;
    const void *element;     /* DELETE: the list element that named it (DEL-6) */
    NDIS_HANDLE *handle_out; /* ADD: where the caller wants the handle (ADD-3) */
    uint32_t request_next;   /* the request's bundles, in list order; an orphan's next */
    uint32_t request_previous;

    /* The backend operation that runs: add or remove, else 0. */
    uint32_t operation; /* sao_backend_call */
    uint32_t operation_serial;

    /* Updates run one at a time; what comes meanwhile queues, a delete too. */
    sao_request *turn; /* whose turn it is; NULL too when that one was aborted */
    sao_request_queue blocked;
    uint32_t updates[SAO_BUNDLE_SAS];        /* requests that have not come to their end */
    uint32_t confirmed_high[SAO_BUNDLE_SAS]; /* what the hardware took last: a refusal's way back */
    uint32_t update_serial;                  /* of the backend's update that runs, else 0 */
    uint32_t update_sa;                      /* what it updates, and to what */
    uint32_t update_high;

    /* Pairing. */
    uint32_t pair;           /* slot, or SAO_SLOT_NONE */
    NDIS_HANDLE former_pair; /* PAIR-4 */
    sao_pair_node pair_node[SAO_PAIR_VIEWS];
    bool pair_guessed;
    bool former_pair_wished;
    bool pairable; /* in the pairing index: unpaired, and never lost a half */

    bool restoring; /* the add that runs gives back what the hardware lost */

    uint8_t keys[SAO_BUNDLE_SAS][2][SAO_KEY_MAX]; /* encryption, authentication */
} sao_record;

static inline void sao_record_wipe_keys(sao_record *record)
{
    SAO_WIPE(record->keys, sizeof record->keys);
}

#endif /* SAO_CORE_RECORD_H */
