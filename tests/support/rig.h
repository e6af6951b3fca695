// SPDX-License-Identifier: BSD-2-Clause
/*
 * rig.h: an adapter on the test bench.
 *
 * The adapter lies in memory of its exact size, so that a sanitizer sees an overrun. Around it:
 * a backend that does as the test says and writes down what it was asked, a log of all events,
 * and requests ("jobs") that count their completions. The rig itself checks what must hold in
 * every test: a request completes once and only after PENDING, nothing calls out with the lock
 * held, events come with it held, and the backend finds the keys whole in each call.
 *
 *     rig *r = rig_running();
 *     NDIS_HANDLE in = rig_add_one(r, rig_inbound(0x1001));
 *     r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
 *     rig_job *job = rig_delete(r, &in, 1);
 *     rig_answer(r, rig_last_call(r, SAO_BACKEND_REMOVE), NDIS_STATUS_SUCCESS);
 *     rig_poll(r);
 *     assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
 *     rig_destroy(r);
 *
 * Public API only, so that conformance tests may use it.
 */
#ifndef SAO_TEST_RIG_H
#define SAO_TEST_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <saoffload/adapter.h>
#include <saoffload/algorithm.h>
#include <saoffload/status.h>

#define RIG_EVENTS_MAX 16384u
#define RIG_CALLS_MAX 4096u
#define RIG_CAPACITY 64u /* bundles, unless the test says otherwise */
#define RIG_QUEUES 3u

#define RIG_LOCAL 0xC0000201u /* 192.0.2.1, or 2001:db8::c000:201 */
#define RIG_PEER 0xC6336402u  /* 198.51.100.2, or 2001:db8::c633:6402 */

/* Compares two statuses and names both when they differ. */
#define assert_status(actual, expected)                                                            \
    assert_string_equal(sao_status_name(actual), sao_status_name(expected))

typedef struct rig rig;

/* ---- the backend ----------------------------------------------------------------------- */

/* What the backend was asked. */
typedef struct rig_call {
    sao_backend_call kind;
    NDIS_HANDLE handle;
    uint32_t spi; /* of the bundle's first SA, as a number */
    sao_ticket ticket;
    uint32_t sa;            /* UPDATE */
    uint32_t sequence_high; /* UPDATE; ADD: of the first SA */
} rig_call;

/* What it answers, for each kind of call. */
typedef struct rig_answer_script {
    NDIS_STATUS status; /* SUCCESS at first; PENDING: the test answers later */
    bool inside;        /* answers `inside_status` from within the call too, before returning */
    NDIS_STATUS inside_status;
} rig_answer_script;

/* What it does for an event of the adapter's life. */
typedef struct rig_life_script {
    NDIS_STATUS status; /* SUCCESS at first; PENDING: the test answers later (rig_answer_life) */
    void (*during)(rig *r);
    uint32_t calls;
    sao_ticket ticket; /* of the last call */
} rig_life_script;

/* ---- requests -------------------------------------------------------------------------- */

typedef struct rig_buffer {
    uint8_t *bytes; /* allocated to the byte */
    ULONG length;
} rig_buffer;

/* A request under way or over. It and its buffer go with the rig. */
typedef struct rig_job {
    sao_request request;
    rig_buffer buffer;
    NDIS_STATUS answer;   /* the immediate one */
    uint32_t completions; /* later ones */
    rig *rig;
    struct rig_job *next;
} rig_job;

/* ---- the rig --------------------------------------------------------------------------- */

struct rig {
    sao_adapter_config config; /* change it between rig_create and rig_start */
    sao_adapter *adapter;
    void *memory;
    size_t size;

    rig_answer_script answers[SAO_BACKEND_UPDATE + 1]; /* by sao_backend_call */
    bool wants_delete;                                 /* what the backend answers to packets */
    rig_call calls[RIG_CALLS_MAX];
    uint32_t call_count;
    void (*during_call)(rig *r, const rig_call *call); /* from within the backend, may be NULL */
    void (*during_completion)(rig *r, rig_job *job);
    void (*during_life_completion)(rig *r, sao_life_event event);
    void (*during_config)(rig *r);
    /* What another thread does as soon as the lock is let go, each time; may be NULL. Requests may
     * then complete before their submit returns. */
    void (*during_unlock)(rig *r);
    bool threads; /* there is, or was, such a thread */

    sao_event events[RIG_EVENTS_MAX];
    uint32_t event_count;

    rig_job *jobs;
    rig_life_script lives[SAO_LIFE_EVENTS];
    NDIS_STATUS life_answer[SAO_LIFE_EVENTS]; /* by rig_life: the immediate one */
    NDIS_STATUS life_outcome[SAO_LIFE_EVENTS];
    uint32_t lives_completed[SAO_LIFE_EVENTS];
    NDIS_IPSEC_OFFLOAD_V2 current_config; /* as last indicated */
    uint32_t config_indications;
    uint32_t wakes;
    bool locked;
    void *user; /* the test's own */
};

/* A rig that is not started: all capabilities, RIG_CAPACITY bundles, RIG_QUEUES queues. */
rig *rig_create(void);
/* Makes the adapter; it is Halted. */
void rig_make(rig *r);
/* Makes the adapter and brings it to Running. */
void rig_start(rig *r);
/* rig_create and rig_start. */
rig *rig_running(void);
/* Checks that no request is left hanging, and frees everything. */
void rig_destroy(rig *r);
/* Pauses (which must succeed at once) and halts. */
void rig_halt(rig *r);

/* An event of the adapter's life. */
NDIS_STATUS rig_life(rig *r, sao_life_event event);
/* The backend's later answer to such an event. */
void rig_answer_life(rig *r, sao_life_event event, NDIS_STATUS status);

/* Polls until nothing more is to do, and not one step further. */
void rig_poll(rig *r);
/* Takes at most `steps` steps. */
void rig_poll_steps(rig *r, uint32_t steps);

sao_adapter_counters rig_counters(rig *r);
/* True if four bytes of any key lie anywhere in the adapter's memory. */
bool rig_memory_has_key(const rig *r);

/* ---- descriptions of bundles ----------------------------------------------------------- */

typedef struct rig_sa_spec {
    IPSEC_OFFLOAD_V2_OPERATION operation;
    uint32_t spi; /* as a number */
    uint32_t flags;
    uint32_t encryption; /* identifiers; 0 for none */
    uint32_t authentication;
    uint32_t icv; /* AdditionalInfo of the encryption */
    uint32_t sequence_high;
} rig_sa_spec;

typedef struct rig_spec {
    bool inbound;
    bool ipv6;
    uint32_t source; /* as a number, 0 for any; IPv6: 2001:db8::number */
    uint32_t destination;
    uint32_t udp_esp;
    uint32_t count; /* NumExtHdrs */
    rig_sa_spec sa[2];
} rig_spec;

/* ESP with AES-GCM-256 between RIG_PEER and RIG_LOCAL, IPv4. */
rig_spec rig_inbound(uint32_t spi);
rig_spec rig_outbound(uint32_t spi);
/* The same with ESP and AH: ESP null and AH with HMAC-SHA-256, SPIs spi and spi + 1. */
rig_spec rig_with_ah(rig_spec spec);
/* The same with extended sequence numbers, beginning at `high`. */
rig_spec rig_with_esn(rig_spec spec, uint32_t high);

sao_address rig_address(bool ipv6, uint32_t number);
/* A number in network byte order. */
uint32_t rig_network(uint32_t number);

/* ---- buffers --------------------------------------------------------------------------- */

/* Elements lie one behind the other in one buffer, linked in order. */
rig_buffer rig_build_add(const rig_spec *specs, uint32_t count);
rig_buffer rig_build_add_ex(const rig_spec *spec);
rig_buffer rig_build_delete(const NDIS_HANDLE *handles, uint32_t count);
rig_buffer rig_build_update(NDIS_HANDLE handle, const rig_spec *spec, uint32_t sa, uint32_t high);
rig_buffer rig_build_encapsulation(uint32_t types);
rig_buffer rig_build_parameters(uint8_t ipsec_v2);
IPSEC_OFFLOAD_V2_ADD_SA *rig_add_element(rig_buffer buffer, uint32_t i);
IPSEC_OFFLOAD_V2_DELETE_SA *rig_delete_element(rig_buffer buffer, uint32_t i);
/* The first `length` bytes of a buffer, allocated to the byte; the buffer is freed. */
rig_buffer rig_truncate(rig_buffer buffer, ULONG length);

/* ---- submitting ------------------------------------------------------------------------ */

/* A request that is over is its owner's again, who may do with it whatever he likes. */
void rig_poison(rig_job *job);

/* Submits; the job owns the buffer. */
rig_job *rig_submit(rig *r, NDIS_OID oid, rig_buffer buffer);
/* With a request_id, for a cancel. */
rig_job *rig_submit_named(rig *r, NDIS_OID oid, rig_buffer buffer, void *request_id);
/* OID_OFFLOAD_ENCAPSULATION for both versions of IP; 0 turns it off. */
rig_job *rig_encapsulate(rig *r, uint32_t types);
/* OID_TCP_OFFLOAD_PARAMETERS with a value of IPsecV2. */
rig_job *rig_parameters(rig *r, uint8_t ipsec_v2);
/* By the request that the profile has: from NDIS 6.30 on, one bundle at a time (ADD-1). */
rig_job *rig_add(rig *r, const rig_spec *specs, uint32_t count);
rig_job *rig_add_named(rig *r, const rig_spec *specs, uint32_t count, void *request_id);
rig_job *rig_delete(rig *r, const NDIS_HANDLE *handles, uint32_t count);
rig_job *rig_update(rig *r, NDIS_HANDLE handle, const rig_spec *spec, uint32_t sa, uint32_t high);

/* The final status; PENDING while there is none. */
NDIS_STATUS rig_result(const rig_job *job);
/* The handle that element `i` of an ADD got. */
NDIS_HANDLE rig_handle(const rig_job *job, uint32_t i);

/* Adds one bundle, which must succeed at once, and deletes such. */
NDIS_HANDLE rig_add_one(rig *r, rig_spec spec);
void rig_delete_one(rig *r, NDIS_HANDLE handle);

/* ---- the backend's later answers ------------------------------------------------------- */

uint32_t rig_calls_of(const rig *r, sao_backend_call kind);
/* The latest call of a kind; fails if there is none. */
rig_call *rig_last_call(rig *r, sao_backend_call kind);
/* The call of a kind for a handle; NULL if there is none. */
rig_call *rig_call_for(rig *r, sao_backend_call kind, NDIS_HANDLE handle);
void rig_answer(rig *r, const rig_call *call, NDIS_STATUS status);
/* Answers each call of a kind since `from` (an index), first to last or last to first. */
void rig_answer_from(rig *r, uint32_t from, sao_backend_call kind, NDIS_STATUS status,
                     bool backwards);

/* ---- packets --------------------------------------------------------------------------- */

/* A packet that is for this bundle. */
sao_packet_info rig_packet(const rig_spec *spec);
/* Decides on such a packet; the flight goes on. */
sao_receive_action rig_receive(rig *r, uint32_t queue, const rig_spec *spec, sao_flight *flight);
/* Ends what rig_receive began: processed or not, indicated, returned. The OOB data. */
NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO rig_finish(rig *r, uint32_t queue, sao_flight *flight);
/* True if a packet for this inbound bundle is processed under this handle. */
bool rig_flows_in(rig *r, const rig_spec *spec, NDIS_HANDLE handle);
/* True if a packet of this outbound bundle may be sent under this handle. */
bool rig_flows_out(rig *r, const rig_spec *spec, NDIS_HANDLE handle);

/* ---- queries --------------------------------------------------------------------------- */

/* FREE if the handle names nothing. */
sao_bundle_state rig_state(rig *r, NDIS_HANDLE handle);
sao_bundle_status rig_status(rig *r, NDIS_HANDLE handle);

/* ---- events ---------------------------------------------------------------------------- */

/* Forgets events and calls so far. */
void rig_clear(rig *r);
uint32_t rig_events(const rig *r, sao_event_type type);
uint32_t rig_events_of(const rig *r, sao_event_type type, NDIS_HANDLE handle);
/* The place of the first such event in the log, or -1. */
int rig_event_at(const rig *r, sao_event_type type, NDIS_HANDLE handle);
/* Fails unless the handle's events are exactly these, in this order; the list ends with 0. */
void rig_assert_events(const rig *r, NDIS_HANDLE handle, ...);

#endif /* SAO_TEST_RIG_H */
