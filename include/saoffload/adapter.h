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
#include <saoffload/canonical.h>
#include <saoffload/event.h>
#include <saoffload/handle.h>
#include <saoffload/life.h>
#include <saoffload/ndis.h>
#include <saoffload/oob.h>
#include <saoffload/packet.h>
#include <saoffload/request.h>

SAO_EXTERN_C_BEGIN

/* A miniport's adapter, in memory of the caller's. */
typedef struct sao_adapter sao_adapter;

/* ---- configuration --------------------------------------------------------------------- */

/* What the adapter calls in its surroundings. Every member may be NULL. */
typedef struct sao_adapter_host {
    /* The request, answered PENDING before, is over: request->status. It is the caller's again. */
    void (*request_complete)(void *host, sao_request *request);
    /* An event of the adapter's life, answered PENDING before, is over. */
    void (*life_complete)(void *host, sao_life_event event, NDIS_STATUS status);
    /* A call left work behind that a poll can do now: have sao_adapter_poll called soon, from a DPC
     * say. May come from any call but a poll, without the lock, perhaps when nothing is left any
     * more. Packets that finish do not come here: see sao_poll.draining. */
    void (*wake)(void *host);
    /* NDIS_STATUS_TASK_OFFLOAD_CURRENT_CONFIG: what is offered from now on (CAP-3). */
    void (*current_config)(void *host, const NDIS_IPSEC_OFFLOAD_V2 *config);
    /* Internal and backend events. */
    sao_event_hook *event;
    /* A lock around every step; leave NULL where calls never overlap. Not recursive. */
    void (*lock)(void *host);
    void (*unlock)(void *host);
} sao_adapter_host;

/* What sao_adapter_init makes an adapter from. */
typedef struct sao_adapter_config {
    size_t size; /* sizeof(sao_adapter_config); sao_adapter_config_init sets it */
    NDIS_IPSEC_OFFLOAD_V2 capabilities; /* SaOffloadCapacity is the number of slots */
    sao_profile profile;                /* default NDIS 6.20 */
    uint32_t queues;                    /* receive and send queues, 1 to 1024 */
    uint32_t tag;               /* 0 to SAO_HANDLE_TAG_MAX; adapters that meet differ in it */
    uint32_t hash_seed;         /* any number; unpredictable where SPIs come from outside */
    uint32_t elements_per_step; /* list elements in one step; default 64 */
    uint32_t steps_per_submit;  /* steps that a submit runs at most; default 16 */
    bool strict_lists;          /* every element inside the buffer (OID-7) */
    bool allow_unauthenticated; /* accept encryption without authentication (ADD-14) */
    const sao_backend_ops *backend_ops; /* required */
    void *backend;                      /* given to each of them */
    sao_adapter_host host;              /* what the adapter calls */
    void *host_context;                 /* given to each of them */
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

/* The state that the adapter is in now. */
sao_adapter_state sao_adapter_get_state(const sao_adapter *adapter);

/*
 * An event of the adapter's life happens (life.h says in which states it may). Returns the event's
 * outcome; NDIS_STATUS_PENDING: host.life_complete tells it later, once (from another thread's poll
 * perhaps before this returns); or why it cannot be now,
 * and then nothing has changed:
 *
 * NDIS_STATUS_INVALID_STATE: the state, or the profile in this state, does not allow it (PNP-1);
 * asleep, anything but wake, pause, halt, shutdown, remove; after a removal, anything but pause,
 * halt, shutdown; while a reset, sleep or wake is under way, sleep, wake, halt.
 * NDIS_STATUS_RESET_IN_PROGRESS: a reset during a reset, which lasts until its caller has been told
 * (RST-1).
 *
 *     initialize  Halted to Initializing, then Paused, or back if the hardware fails.
 *     restart     Paused to Restarting, then Running, or back if the hardware fails.
 *     pause       Running to Pausing, then Paused, as soon as every indicated packet has been
 *                 returned and every send completed (PNP-2). Waits for no request, drops no
 *                 bundle (PNP-5).
 *     halt        Paused to Halted, at once. Frees every bundle and wipes every key (PNP-4); the
 *                 hardware is told of each, its answers are not waited for. INVALID_STATE also
 *                 while a request or a packet is outstanding (OID-6), or a thread is in an
 *                 operation of the backend. Afterwards the adapter may
 *                 be initialised again, or the memory reused: once no call of the adapter is on
 *                 any thread's stack, so not from within a callback.
 *     shutdown    to Shutdown, where nothing is accepted any more: what pends is aborted, bundles
 *                 are freed and keys wiped as soon as packets allow.
 *     reset       The hardware begins anew. New requests are answered NOT_ACCEPTED (RST-4), new
 *                 sends fail with REQUEST_ABORTED, packets are received untouched. From NDIS 6.30
 *                 on, pending requests complete before the reset does: a delete that the reset
 *                 itself let finish with SUCCESS, others with REQUEST_ABORTED; before, they are
 *                 held and go on (RST-2). The bundles are added to the hardware again (RST-3).
 *                 NDIS_STATUS_SUCCESS, SOFT_ERRORS, HARD_ERRORS. AddressingReset is FALSE:
 *                 nothing is to be set again (RST-6).
 *     sleep       The hardware goes to low power. Pending requests complete as in a reset of NDIS
 *                 6.30; until the wake has completed new requests are answered NOT_ACCEPTED,
 *                 sends LOW_POWER_STATE, and nothing is received (PWR-1).
 *     wake        Back to D0; the bundles are added to the hardware again.
 *     remove      Surprise removal. Requests that pend complete with REQUEST_ABORTED, new ones are
 *                 answered NOT_ACCEPTED, as are sends; nothing is received (OID-5, REM-1). All
 *                 bundles are freed as soon as packets allow, without a DELETE (REM-2). Pause and
 *                 halt follow.
 */
NDIS_STATUS sao_adapter_life(sao_adapter *adapter, sao_life_event event) SAO_MUST_CHECK;

/* sao_adapter_life with SAO_LIFE_INITIALIZE. */
static inline NDIS_STATUS sao_adapter_initialize(sao_adapter *adapter)
{
    return sao_adapter_life(adapter, SAO_LIFE_INITIALIZE);
}

/* sao_adapter_life with SAO_LIFE_RESTART. */
static inline NDIS_STATUS sao_adapter_restart(sao_adapter *adapter)
{
    return sao_adapter_life(adapter, SAO_LIFE_RESTART);
}

/* sao_adapter_life with SAO_LIFE_PAUSE. */
static inline NDIS_STATUS sao_adapter_pause(sao_adapter *adapter)
{
    return sao_adapter_life(adapter, SAO_LIFE_PAUSE);
}

/* sao_adapter_life with SAO_LIFE_HALT. */
static inline NDIS_STATUS sao_adapter_halt(sao_adapter *adapter)
{
    return sao_adapter_life(adapter, SAO_LIFE_HALT);
}

/* sao_adapter_life with SAO_LIFE_RESET. */
static inline NDIS_STATUS sao_adapter_reset(sao_adapter *adapter)
{
    return sao_adapter_life(adapter, SAO_LIFE_RESET);
}

/* ---- requests -------------------------------------------------------------------------- */

/*
 * Submits a direct OID request: ADD_SA or ADD_SA_EX (by profile), UPDATE_SA, DELETE_SA; or a set of
 * OID_TCP_OFFLOAD_PARAMETERS or OID_OFFLOAD_ENCAPSULATION. Returns the final status, also in
 * request->status, or NDIS_STATUS_PENDING: then host.request_complete is called exactly once, after
 * this call has returned or from another thread (OID-3).
 *
 * NDIS_STATUS_INVALID_OID: no such OID. NDIS_STATUS_NOT_SUPPORTED: the other profile's ADD.
 * NDIS_STATUS_BUFFER_TOO_SHORT, _INVALID_LENGTH, _INVALID_DATA: the list (list.h).
 * NDIS_STATUS_INVALID_PARAMETER: an unknown, stale, foreign or zero handle, one named twice, one
 * that another request is deleting; for ADD the status of the first element that failed, when
 * all did. NDIS_STATUS_INVALID_STATE: before initialise and after halt or shutdown (OID-5).
 * NDIS_STATUS_NOT_ACCEPTED: while resetting or asleep, and after a removal (RST-4, REM-1).
 * A DELETE that is refused has deleted nothing (DEL-6).
 *
 * OFFLOAD_PARAMETERS turns AH, ESP or both off and on (CAP-4); NDIS_STATUS_INVALID_DATA for a value
 * that the capabilities do not allow (CAP-3). ENCAPSULATION says for which MAC framings received
 * packets are processed: at first for none (ENC-1). Either is answered at once, and
 * host.current_config is called before that. Neither outlives a halt.
 */
NDIS_STATUS sao_adapter_request(sao_adapter *adapter, sao_request *request) SAO_MUST_CHECK;

/*
 * Cancels every pending request with this request_id: they complete with REQUEST_ABORTED in the
 * next polls, unless they finish first; those of a reset that is under way, after it.
 * request->elements_done says how many elements of a DELETE, counted from the head of the list, are
 * deleted all the same (DEL-9); of an ADD none is offloaded. NULL, and an id that no request has,
 * do nothing (OID-4).
 */
void sao_adapter_cancel(sao_adapter *adapter, const void *request_id);

/* What poll left behind. */
typedef struct sao_poll {
    bool more;            /* call again: there is work that needs no event from outside */
    bool draining;        /* something waits for packets that are in flight or not returned yet, a
                             delete or a pause say: call again when some finish or are returned;
                             with several threads also after a while, since a packet that was only
                             looked at (refused, not found) counts for that moment too */
    uint32_t outstanding; /* requests that have not completed */
} sao_poll;

/*
 * Runs at most `budget` steps. `now` is the caller's clock, in any unit, only for events. Call it
 * until `more` is false: after packets finish and backends answer, which both only note what
 * happened; and after a call of sao_adapter_request, _cancel or _life has returned, whatever it
 * answered: another thread's reset may have waited for just that.
 */
sao_poll sao_adapter_poll(sao_adapter *adapter, uint64_t now, uint32_t budget);

/*
 * The hardware's later answer to an operation (backend.h). An answer that nothing waits for, or not
 * any more, is absorbed and counted.
 */
void sao_adapter_backend_done(sao_adapter *adapter, sao_ticket ticket, NDIS_STATUS status);

/* ---- receiving ------------------------------------------------------------------------- */

/* What to do with a received packet. Anything but PROCESS: indicate it untouched (RX-2). */
typedef enum sao_receive_action {
    SAO_RECEIVE_PROCESS = 0,
    SAO_RECEIVE_NOT_IPSEC, /* no IPsec header in sight */
    SAO_RECEIVE_NO_BUNDLE, /* nothing live matches */
    SAO_RECEIVE_EXCLUDED,  /* the capabilities, or the current configuration, exclude it */
    SAO_RECEIVE_LOST,      /* its bundle lives, but not in the hardware (RST-3) */
    SAO_RECEIVE_DROP       /* the adapter indicates nothing in this state (PNP-2, PWR-1, REM-1) */
} sao_receive_action;

/*
 * Decides on a received packet and, with SAO_RECEIVE_PROCESS and SAO_RECEIVE_LOST, names its bundle
 * in `flight`: from here the packet is in flight, until sao_adapter_receive_indicated. `flight` is
 * written always.
 * Whatever the action but SAO_RECEIVE_DROP, the packet is to be indicated, and a pause waits for
 * it until sao_adapter_receive_returned (PNP-2). One thread a queue at a time. Takes no lock.
 */
sao_receive_action sao_adapter_receive(sao_adapter *adapter, uint32_t queue,
                                       const sao_packet_info *info, sao_flight *flight);

/*
 * Decides on the IP packet inside of one that was opened under flight->bundle, and found good and
 * in tunnel mode: transport over tunnel. With SAO_RECEIVE_PROCESS that bundle becomes
 * flight->tunnel, and flight->bundle is the one for the packet inside; both stay until
 * sao_adapter_receive_indicated (DEL-7). With any other answer the flight is what it was, and only
 * the tunnel part counts. SAO_RECEIVE_EXCLUDED too for a NIC without TransportTunnelCombined, and
 * where UDP encapsulation is of no type that goes together (CAP-5). Once a packet. Takes no lock.
 */
sao_receive_action sao_adapter_receive_inner(sao_adapter *adapter, const sao_packet_info *info,
                                             sao_flight *flight);

/*
 * sao_adapter_receive for `count` packets that came together, in order: *packets[i] gets
 * *flights[i] and actions[i]. Costs less: they are counted together, and with many bundles what
 * their lookups read is brought near for all at once. All are held, and all flights have begun,
 * before the first lookup. Of packets that differ in lengths and offsets only, a train, one may
 * stand for all: the same pointer several times in a row costs least.
 */
void sao_adapter_receive_burst(sao_adapter *adapter, uint32_t queue,
                               const sao_packet_info *const *packets, uint32_t count,
                               sao_flight *const *flights, sao_receive_action *actions);

/*
 * A hint: these packets are about to be given to sao_adapter_receive. Brings near what their
 * lookups will read, for a burst at once, so that the memory's latency is waited for once and not
 * for each packet. Changes nothing, takes no lock, from any thread. Worth it from some ten
 * thousand bundles on.
 */
void sao_adapter_receive_prefetch(const sao_adapter *adapter, const sao_packet_info *const *packets,
                                  uint32_t count);

/*
 * The bundle's packet was processed: counts it, asks the backend for its wish and fills in the
 * OOB data. `crypto_status` is CRYPTO_...; `payloads` how many IPsec payloads were checked (0 to
 * 2); `length` the bytes of the IP packet. After sao_adapter_receive_inner has named a tunnel,
 * less than 2 says that what is inside was left as it came after all, and the flight is the tunnel
 * bundle's alone. Between sao_adapter_receive and ..._indicated. With
 * SAO_RECEIVE_LOST, for 0 payloads: the packet goes up untouched, but may carry SaDeleteReq
 * (RST-3).
 */
void sao_adapter_receive_done(sao_adapter *adapter, sao_flight *flight, uint16_t crypto_status,
                              uint32_t payloads, uint32_t length,
                              NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO *info);

/*
 * The packet's indication has been made, processed or untouched: ends its flight (DEL-7). The
 * transport may hold the packet on, until it is returned. Neither is for a dropped packet.
 */
void sao_adapter_receive_indicated(sao_adapter *adapter, sao_flight *flight);
void sao_adapter_receive_returned(sao_adapter *adapter, uint32_t queue);

/* Ends of flights, and returns, of packets of one queue, that are to be counted together. All
 * zero: none. */
typedef struct sao_receive_group {
    uint32_t flights[2]; /* the adapter's own, as what follows */
    uint32_t returned;   /* packets */
} sao_receive_group;

/* sao_adapter_receive_indicated, and sao_adapter_receive_returned, that take effect only with
 * sao_adapter_group_end: the packet is in flight, or held, until then. Cost next to nothing. */
static inline void sao_adapter_group_indicated(sao_receive_group *group, sao_flight *flight)
{
    if (flight->state == 0) /* it is over already */
        return;
    group->flights[flight->phase]++;
    flight->state = 0;
    flight->bundle = NULL;
    flight->tunnel = NULL;
}
static inline void sao_adapter_group_returned(sao_receive_group *group)
{
    group->returned++;
}

/* What was put into the group has its effect now; the group is empty again. */
void sao_adapter_group_end(sao_adapter *adapter, uint32_t queue, sao_receive_group *group);

/*
 * The next received packet of this inbound bundle shall carry SaDeleteReq.
 * NDIS_STATUS_INVALID_PARAMETER for a handle that names no live inbound bundle.
 */
NDIS_STATUS sao_adapter_wish_delete(sao_adapter *adapter, NDIS_HANDLE handle);

/* ---- sending --------------------------------------------------------------------------- */

/*
 * Decides on a packet to send. `info`, of its outermost headers, may be NULL without a handle.
 * NDIS_STATUS_SUCCESS: send it, processed under flight->bundle if that is not NULL, and around
 * that under flight->tunnel if that is not; the packet is in flight until sao_adapter_send_done.
 * NDIS_STATUS_FAILURE: a handle that cannot be honoured, so the packet must not leave (TX-1, TX-2,
 * TX-6, FRAG-1). NDIS_STATUS_PAUSED: not Running (PNP-2). NDIS_STATUS_REQUEST_ABORTED: resetting
 * (RST-5). NDIS_STATUS_LOW_POWER_STATE: asleep (PWR-1). NDIS_STATUS_NOT_ACCEPTED: the hardware is
 * gone (REM-1). One thread a queue at a time. Takes no lock.
 */
NDIS_STATUS sao_adapter_send(sao_adapter *adapter, uint32_t queue, const sao_packet_info *info,
                             NDIS_HANDLE offload_handle, NDIS_HANDLE tunnel_handle,
                             sao_flight *flight) SAO_MUST_CHECK;

/*
 * A further packet of the same list (OOB-1): may it be sent as the one that sao_adapter_send has
 * decided on? `info`, of its outermost headers, may be NULL where that one needs none.
 * NDIS_STATUS_SUCCESS, or NDIS_STATUS_FAILURE: the list must not leave. Where
 * sao_adapter_send_inner may be called, which such a packet needs as well.
 */
NDIS_STATUS sao_adapter_send_sibling(const sao_adapter *adapter, const sao_packet_info *info,
                                     const sao_flight *flight) SAO_MUST_CHECK;

/*
 * Transport over tunnel: is the IP packet inside of the tunnel, which is not encrypted yet, framed
 * for flight->bundle, and is it one that the capabilities allow? NDIS_STATUS_SUCCESS, or
 * NDIS_STATUS_FAILURE: the packet must not leave (TX-2). Between sao_adapter_send, which said
 * SUCCESS and named a tunnel, and sao_adapter_send_done. From any thread, takes no lock.
 */
NDIS_STATUS sao_adapter_send_inner(const sao_adapter *adapter, const sao_packet_info *info,
                                   const sao_flight *flight) SAO_MUST_CHECK;

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

/* What is offered now: the capabilities less what OFFLOAD_PARAMETERS turned off (CAP-4). */
void sao_adapter_get_config(sao_adapter *adapter, NDIS_IPSEC_OFFLOAD_V2 *config);

/* The live inbound bundle that a packet would use; NULL if none (RX-2, ADD-9). */
NDIS_HANDLE sao_adapter_lookup(sao_adapter *adapter, const sao_packet_info *info);

/* What an adapter has counted since it was made. */
typedef struct sao_adapter_counters {
    uint64_t bundles_added;      /* that became live */
    uint64_t bundles_refused;    /* elements that failed alone */
    uint64_t bundles_deleted;    /* freed after a DELETE */
    uint64_t bundles_aborted;    /* granted, then freed since their ADD was aborted */
    uint64_t bundles_retired;    /* freed by halt, shutdown or removal */
    uint64_t bundles_lost;       /* that the hardware did not take back after a reset or sleep */
    uint64_t pairs_explicit;     /* made by sao_adapter_pair */
    uint64_t pairs_guessed;      /* made by themselves (PAIR-2) */
    uint64_t delete_wishes;      /* packets that carried SaDeleteReq */
    uint64_t remove_errors;      /* errors of the hardware's remove (DEL-10) */
    uint64_t late_answers;       /* answers that nothing waited for */
    uint64_t received_processed; /* packets that sao_adapter_receive named a bundle for */
    uint64_t received_untouched; /* packets to be indicated as they came */
    uint64_t sent_processed;     /* packets sent under a bundle */
    uint64_t sent_plain;         /* packets sent without a handle */
    uint64_t sends_refused;      /* packets that must not leave */
    uint32_t bundles;            /* existing now */
    uint32_t requests;           /* outstanding now */
    uint32_t flights;            /* packets in flight now */
    uint32_t held;               /* received and not returned, now */
} sao_adapter_counters;

/* A copy of the counters; those of other threads' packets may lag, and be torn on 32-bit. */
void sao_adapter_get_counters(sao_adapter *adapter, sao_adapter_counters *counters);

/* The capabilities that the adapter was made with; valid as long as it is. */
const NDIS_IPSEC_OFFLOAD_V2 *sao_adapter_capabilities(const sao_adapter *adapter);

/* ---- canonical form (canonical.h) ------------------------------------------------------ */

/*
 * Writes the adapter's situation: its life, its bundles, its requests and what is left of their
 * lists, packets in flight as the adapter counts them. Not what its surroundings hold: the
 * hardware's answers to come are named (SAO_NAME_TICKET), the flights of packets are written by
 * who has them.
 */
void sao_adapter_canonical(sao_adapter *adapter, sao_canonical *writer);

/* Writes a flight of this adapter's. */
void sao_adapter_canonical_flight(const sao_adapter *adapter, const sao_flight *flight,
                                  sao_canonical *writer);

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_ADAPTER_H */
