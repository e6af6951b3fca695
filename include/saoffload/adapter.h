// SPDX-License-Identifier: BSD-2-Clause
/*
 * adapter.h: the miniport's side of IPsecOV2: bundles, requests, packet decisions, life.
 *
 * The caller owns the memory: sao_adapter_size says how much, sao_adapter_init uses it, nothing
 * is allocated after that. The adapter advances in bounded steps. Submitting a request runs the
 * steps that it can; sao_adapter_poll runs what is left. Nothing sleeps, nothing spins, no
 * thread is needed.
 *
 * Unless a function says otherwise it may be called from any thread, at IRQL <= DISPATCH_LEVEL,
 * and from within every callback of the adapter. Callbacks are made without the lock, but for
 * the event hook: events are reported in the order in which things happen, so it runs inside of
 * the lock and must not call back.
 */
#ifndef SAOFFLOAD_ADAPTER_H
#define SAOFFLOAD_ADAPTER_H

#include <saoffload/backend.h>
#include <saoffload/bundle.h>
#include <saoffload/event.h>
#include <saoffload/handle.h>
#include <saoffload/ndis.h>
#include <saoffload/oob.h>
#include <saoffload/packet.h>
#include <saoffload/request.h>

SAO_EXTERN_C_BEGIN

typedef struct sao_adapter sao_adapter;

/* ---- configuration --------------------------------------------------------------------- */

/* Which NDIS the miniport speaks: decides between ADD_SA and ADD_SA_EX (ADD-1). */
typedef enum sao_profile {
    SAO_PROFILE_NDIS_6_1 = 601,
    SAO_PROFILE_NDIS_6_20 = 620,
    SAO_PROFILE_NDIS_6_30 = 630
} sao_profile;

/* What the adapter calls in its surroundings. Every member may be NULL. */
typedef struct sao_adapter_host {
    /* The request, answered PENDING before, is over: request->status. It is the caller's again. */
    void (*request_complete)(void *host, sao_request *request);
    /* The pause, answered PENDING before, is over. */
    void (*pause_complete)(void *host);
    /* Internal and backend events. */
    sao_event_hook *event;
    /* A lock around every step; leave NULL where calls never overlap. Not recursive. */
    void (*lock)(void *host);
    void (*unlock)(void *host);
} sao_adapter_host;

typedef struct sao_adapter_config {
    size_t size; /* sizeof(sao_adapter_config); sao_adapter_config_init sets it */
    NDIS_IPSEC_OFFLOAD_V2 capabilities; /* SaOffloadCapacity is the number of slots */
    sao_profile profile;
    uint32_t queues;            /* receive and send queues, 1 to 1024 */
    uint32_t tag;               /* 0 to SAO_HANDLE_TAG_MAX; adapters that meet differ in it */
    uint32_t hash_seed;         /* any number; unpredictable where SPIs come from outside */
    uint32_t elements_per_step; /* list elements in one step; default 64 */
    uint32_t steps_per_submit;  /* steps that a submit runs at most; default 16 */
    bool strict_lists;          /* every element inside the buffer (OID-7) */
    bool allow_unauthenticated; /* accept encryption without authentication (ADD-14) */
    const sao_backend_ops *backend_ops; /* required */
    void *backend;
    sao_adapter_host host;
    void *host_context;
} sao_adapter_config;

/* Fills in the defaults: NDIS 6.20, one queue, no capabilities, no backend. */
void sao_adapter_config_init(sao_adapter_config *config);

/* Bytes that an adapter with this configuration needs; 0 for a configuration that
 * sao_adapter_init would refuse. */
size_t sao_adapter_size(const sao_adapter_config *config);

/*
 * Makes an adapter in `memory`, `size` bytes aligned for max_align_t, in state Halted. The
 * configuration is copied; the backend must stay. Returns NDIS_STATUS_SUCCESS;
 * NDIS_STATUS_INVALID_PARAMETER for a bad configuration (CAP-1, CAP-2), `problem`, if not NULL,
 * then receiving a constant string that says why; NDIS_STATUS_RESOURCES if `size` is too small.
 */
NDIS_STATUS sao_adapter_init(void *memory, size_t size, const sao_adapter_config *config,
                             sao_adapter **adapter, const char **problem) SAO_MUST_CHECK;

/* ---- life (PNP-1) ---------------------------------------------------------------------- */

typedef enum sao_adapter_state {
    SAO_ADAPTER_HALTED,
    SAO_ADAPTER_INITIALIZING,
    SAO_ADAPTER_PAUSED,
    SAO_ADAPTER_RESTARTING,
    SAO_ADAPTER_RUNNING,
    SAO_ADAPTER_PAUSING,
    SAO_ADAPTER_SHUTDOWN
} sao_adapter_state;

/* The state's name as the documentation writes it, "Running" say. */
const char *sao_adapter_state_name(sao_adapter_state state);

sao_adapter_state sao_adapter_get_state(const sao_adapter *adapter);

/* Each of these returns NDIS_STATUS_INVALID_STATE, and changes nothing, from any other state. */

/* Halted to Paused. NDIS_STATUS_SUCCESS. */
NDIS_STATUS sao_adapter_initialize(sao_adapter *adapter) SAO_MUST_CHECK;
/* Paused to Running. NDIS_STATUS_SUCCESS. */
NDIS_STATUS sao_adapter_restart(sao_adapter *adapter) SAO_MUST_CHECK;
/*
 * Running to Pausing to Paused, as soon as every indicated packet has been returned and every
 * send completed (PNP-2). NDIS_STATUS_SUCCESS when that is so already, else NDIS_STATUS_PENDING
 * and host.pause_complete later. Waits for no request and drops no bundle (PNP-5).
 */
NDIS_STATUS sao_adapter_pause(sao_adapter *adapter) SAO_MUST_CHECK;
/*
 * Paused to Halted. Frees every bundle and wipes every key (PNP-4); the hardware is told of
 * each, its answers are not waited for. NDIS_STATUS_SUCCESS; NDIS_STATUS_INVALID_STATE also
 * while a request or a packet is outstanding (OID-6). Afterwards the adapter may be initialised
 * again, or the memory reused: once no call of the adapter is on any thread's stack, so not from
 * within a callback. Answers of the backend must have come by then.
 */
NDIS_STATUS sao_adapter_halt(sao_adapter *adapter) SAO_MUST_CHECK;

/* ---- requests -------------------------------------------------------------------------- */

/*
 * Submits a direct OID request: ADD_SA or ADD_SA_EX (by profile), UPDATE_SA, DELETE_SA. Returns
 * the final status, also in request->status, or NDIS_STATUS_PENDING: then host.request_complete
 * is called exactly once, after this call has returned or from another thread (OID-3).
 *
 * NDIS_STATUS_INVALID_OID: no such OID. NDIS_STATUS_NOT_SUPPORTED: the other profile's ADD.
 * NDIS_STATUS_BUFFER_TOO_SHORT, _INVALID_LENGTH, _INVALID_DATA: the list (list.h).
 * NDIS_STATUS_INVALID_PARAMETER: an unknown, stale, foreign or zero handle, one named twice, one
 * that another request is deleting; for ADD the status of the first element that failed, when
 * all did. NDIS_STATUS_INVALID_STATE: before initialise and after halt (OID-5).
 * A DELETE that is refused has deleted nothing (DEL-6).
 */
NDIS_STATUS sao_adapter_request(sao_adapter *adapter, sao_request *request) SAO_MUST_CHECK;

/* What poll left behind. */
typedef struct sao_poll {
    bool more;            /* call again: there is work that needs no event from outside */
    bool draining;        /* a request or a pause waits for packets: call again when some finish;
                             with several threads also after a while, since a packet that was only
                             looked at (refused, not found) counts for that moment too */
    uint32_t outstanding; /* requests that have not completed */
} sao_poll;

/*
 * Runs at most `budget` steps. `now` is the caller's clock, in any unit, only for events. Call
 * it after packets finish and backends answer; both only note what happened.
 */
sao_poll sao_adapter_poll(sao_adapter *adapter, uint64_t now, uint32_t budget);

/*
 * The hardware's later answer to an operation (backend.h). An answer that nothing waits for is
 * absorbed and counted.
 */
void sao_adapter_backend_done(sao_adapter *adapter, sao_ticket ticket, NDIS_STATUS status);

/* ---- receiving ------------------------------------------------------------------------- */

/* What to do with a received packet. Anything but PROCESS: indicate it untouched (RX-2). */
typedef enum sao_receive_action {
    SAO_RECEIVE_PROCESS = 0,
    SAO_RECEIVE_NOT_IPSEC, /* no IPsec header in sight */
    SAO_RECEIVE_NO_BUNDLE, /* nothing live matches */
    SAO_RECEIVE_EXCLUDED,  /* the capabilities exclude this packet */
    SAO_RECEIVE_DROP       /* the adapter indicates nothing in this state (PNP-2) */
} sao_receive_action;

/*
 * Decides on a received packet and, with SAO_RECEIVE_PROCESS, names its bundle in `flight`: from
 * here the packet is in flight, until sao_adapter_receive_indicated. `flight` is written always.
 * Whatever the action but SAO_RECEIVE_DROP, the packet is to be indicated, and a pause waits for
 * it until sao_adapter_receive_returned (PNP-2). One thread a queue at a time. Takes no lock.
 */
sao_receive_action sao_adapter_receive(sao_adapter *adapter, uint32_t queue,
                                       const sao_packet_info *info, sao_flight *flight);

/*
 * The bundle's packet was processed: counts it, asks the backend for its wish and fills in the
 * OOB data. `crypto_status` is CRYPTO_...; `payloads` how many IPsec payloads were checked (0 to
 * 2); `length` the bytes of the IP packet. Between sao_adapter_receive and ..._indicated.
 */
void sao_adapter_receive_done(sao_adapter *adapter, const sao_flight *flight,
                              uint16_t crypto_status, uint32_t payloads, uint32_t length,
                              NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO *info);

/*
 * The packet's indication has been made, processed or untouched: ends its flight (DEL-7). The
 * transport may hold the packet on, until it is returned. Neither is for a dropped packet.
 */
void sao_adapter_receive_indicated(sao_adapter *adapter, sao_flight *flight);
void sao_adapter_receive_returned(sao_adapter *adapter, uint32_t queue);

/*
 * The next received packet of this inbound bundle shall carry SaDeleteReq.
 * NDIS_STATUS_INVALID_PARAMETER for a handle that names no live inbound bundle.
 */
NDIS_STATUS sao_adapter_wish_delete(sao_adapter *adapter, NDIS_HANDLE handle) SAO_MUST_CHECK;

/* ---- sending --------------------------------------------------------------------------- */

/*
 * Decides on a packet to send. `info` may be NULL without a handle. NDIS_STATUS_SUCCESS: send it,
 * processed under flight->bundle if that is not NULL; the packet is in flight until
 * sao_adapter_send_done. NDIS_STATUS_FAILURE: a handle that cannot be honoured, so the packet
 * must not leave (TX-1, TX-2, TX-6, FRAG-1). NDIS_STATUS_PAUSED: not Running (PNP-2).
 * One thread a queue at a time. Takes no lock.
 */
NDIS_STATUS sao_adapter_send(sao_adapter *adapter, uint32_t queue, const sao_packet_info *info,
                             NDIS_HANDLE offload_handle, NDIS_HANDLE tunnel_handle,
                             sao_flight *flight) SAO_MUST_CHECK;

/* The send has completed, well or badly; only for one that was accepted. */
void sao_adapter_send_done(sao_adapter *adapter, sao_flight *flight);

/* ---- pairs (PAIR-1 to PAIR-5) ---------------------------------------------------------- */

/*
 * Pairs two bundles, undoing any pair that either had. NDIS_STATUS_INVALID_PARAMETER if either
 * handle is not a live bundle's, or they are not mirror images (PAIR-1): then nothing changes.
 */
NDIS_STATUS sao_adapter_pair(sao_adapter *adapter, NDIS_HANDLE inbound,
                             NDIS_HANDLE outbound) SAO_MUST_CHECK;

/* ---- queries --------------------------------------------------------------------------- */

/*
 * Copies what a handle names; either result may be NULL. The key pointers of the copy are NULL.
 * NDIS_STATUS_INVALID_PARAMETER for an unknown handle.
 */
NDIS_STATUS sao_adapter_query(sao_adapter *adapter, NDIS_HANDLE handle, sao_bundle *bundle,
                              sao_bundle_status *status) SAO_MUST_CHECK;

/*
 * The handle of the next existing bundle, in slot order: begin with *cursor = 0, end at NULL.
 * Bundles that come or go meanwhile may or may not be seen.
 */
NDIS_HANDLE sao_adapter_next_bundle(sao_adapter *adapter, uint32_t *cursor);

/* The live inbound bundle that a packet would use; NULL if none (RX-2, ADD-9). */
NDIS_HANDLE sao_adapter_lookup(sao_adapter *adapter, const sao_packet_info *info);

typedef struct sao_adapter_counters {
    uint64_t bundles_added;   /* that became live */
    uint64_t bundles_refused; /* elements that failed alone */
    uint64_t bundles_deleted; /* freed after a DELETE */
    uint64_t bundles_halted;  /* freed by halt */
    uint64_t pairs_explicit;
    uint64_t pairs_guessed;
    uint64_t delete_wishes; /* packets that carried SaDeleteReq */
    uint64_t remove_errors; /* errors of the hardware's remove (DEL-10) */
    uint64_t late_answers;  /* answers that nothing waited for */
    uint64_t received_processed;
    uint64_t received_untouched;
    uint64_t sent_processed;
    uint64_t sent_plain;
    uint64_t sends_refused;
    uint32_t bundles;  /* existing now */
    uint32_t requests; /* outstanding now */
    uint32_t flights;  /* packets in flight now */
    uint32_t held;     /* received and not returned, now */
} sao_adapter_counters;

/* A copy of the counters; those of other threads' packets may lag, and be torn on 32-bit. */
void sao_adapter_get_counters(sao_adapter *adapter, sao_adapter_counters *counters);

const NDIS_IPSEC_OFFLOAD_V2 *sao_adapter_capabilities(const sao_adapter *adapter);

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_ADAPTER_H */
