// SPDX-License-Identifier: BSD-2-Clause
/*
 * ndis_side.h: who plays NDIS: drives a miniport and writes down what it does.
 *
 * Whatever breaks NDIS's own rules (a completion of what does not pend, a second one, one with
 * PENDING) is counted in `violations`. `clock` numbers what happens, so that order can be checked.
 */
#ifndef EXAMPLE_NDIS_SIDE_H
#define EXAMPLE_NDIS_SIDE_H

#include "ndis_like.h"
#include "silicon.h"

/* A request and what became of it. */
typedef struct ndis_job {
    ndis_oid_request request; /* first: completions find the job by it */
    bool pending;
    uint32_t completions;
    NDIS_STATUS status; /* PENDING until it is over */
    uint32_t over_at;   /* clock */
} ndis_job;

/* A call that may pend: pause, restart, reset. */
typedef struct ndis_call {
    bool pending;
    NDIS_STATUS status;
    uint32_t over_at;
} ndis_call;

struct ndis_adapter {
    const ndis_miniport *miniport;
    void *context;
    silicon *nic;
    sao_profile profile;

    bool dpc_queued;
    bool timer_set;
    uint32_t clock;
    uint32_t violations;

    ndis_call pause, restart, reset;

    uint32_t sends_completed;
    NDIS_STATUS send_status; /* of the last */

    uint32_t indications;
    uint32_t indicated_at; /* clock of the last */
    ndis_packet indicated; /* a copy of the last, frame included */
    uint8_t frame[SILICON_FRAME_MAX];
    bool hold;         /* keep what is indicated, instead of returning it at once */
    ndis_packet *held; /* the one that is kept */

    uint32_t config_indications;
    NDIS_IPSEC_OFFLOAD_V2 config;

    bool secret_freed; /* memory was freed with key bytes in it */
};

/* The beginning of every key of this example: ndis_free looks for it (PNP-4). */
#define NDIS_SECRET_LENGTH 8u
extern const uint8_t ndis_secret[NDIS_SECRET_LENGTH];

/* Initializes the miniport. */
NDIS_STATUS ndis_side_start(ndis_adapter *adapter, const ndis_miniport *miniport, silicon *nic,
                            sao_profile profile);

/* Calls of the miniport; what pends is settled by ndis_side_run. */
void ndis_side_restart(ndis_adapter *adapter);
void ndis_side_pause(ndis_adapter *adapter);
NDIS_STATUS ndis_side_reset(ndis_adapter *adapter); /* the immediate answer */
void ndis_side_halt(ndis_adapter *adapter);
/* The machine goes down: the driver finishes what it has to do, and then there is no memory. */
void ndis_side_shutdown(ndis_adapter *adapter);

/* Submits, and returns the immediate answer. */
NDIS_STATUS ndis_side_submit(ndis_adapter *adapter, ndis_job *job, NDIS_OID oid, void *buffer,
                             size_t length, void *request_id);

/* Sends, without waiting for its completion. The frame stays the caller's until then. */
void ndis_side_send(ndis_adapter *adapter, ndis_packet *packet);
void ndis_side_return(ndis_adapter *adapter);

/* Interrupts and DPCs run. False if there was none. */
bool ndis_side_run(ndis_adapter *adapter);
/* The driver's timer expires. False if it has set none. */
bool ndis_side_timer(ndis_adapter *adapter);

#endif /* EXAMPLE_NDIS_SIDE_H */
