// SPDX-License-Identifier: BSD-2-Clause
/*
 * fake_miniport.h: a miniport that does what a test tells it, right or wrong.
 *
 * Requests are answered by plans, in the order in which they were made; without one, at once and
 * with success. Everything that comes in is written down. It knows no rule of its own.
 */
#ifndef SAO_TEST_FAKE_MINIPORT_H
#define SAO_TEST_FAKE_MINIPORT_H

#include <saoffload/miniport.h>
#include <saoffload/oob.h>

#define FAKE_REQUESTS_MAX 128u
#define FAKE_SENDS_MAX 32u
#define FAKE_ELEMENTS_MAX 4u
#define FAKE_FRAME_MAX 2048u

typedef enum fake_timing {
    FAKE_AT_ONCE, /* the status is the answer */
    FAKE_LATER,   /* PENDING; fake_complete */
    FAKE_INSIDE,  /* completed, then answered PENDING */
    FAKE_TWICE    /* completed, then answered with the status as well */
} fake_timing;

/* How one request is answered. */
typedef struct fake_plan {
    fake_timing timing;
    NDIS_STATUS status;
    uint32_t refuse;     /* ADD: elements that fail alone, one bit each */
    bool keep_handles;   /* ADD: hand out handles whatever the status is */
    NDIS_HANDLE handle;  /* ADD: hand out this one instead of fresh ones */
    ULONG elements_done; /* DELETE: of REQUEST_ABORTED */
} fake_plan;

/* What one element of a request said, and got. */
typedef struct fake_element {
    NDIS_HANDLE handle; /* deleted or updated; or given */
    ULONG flags;
    ULONG header_count;                   /* ADD: NumExtHdrs */
    ULONG udp_esp;                        /* ADD */
    IPSEC_OFFLOAD_V2_OPERATION operation; /* ADD: of the first SA; UPDATE: of the one it names */
    ULONG spi;                            /* likewise */
    ULONG sequence_high;                  /* likewise */
} fake_element;

typedef struct fake_request {
    sao_request *request;
    NDIS_OID oid;
    fake_plan plan;
    bool pending;
    uint32_t element_count;
    fake_element elements[FAKE_ELEMENTS_MAX];
} fake_request;

typedef struct fake_send {
    sao_packet *packet;
    bool held;
    NDIS_HANDLE handle;
    NDIS_HANDLE tunnel; /* TunnelHandle */
    NDIS_IPSEC_OFFLOAD_V2_HEADER_NET_BUFFER_LIST_INFO header;
    uint32_t ip_offset;
    uint32_t length;
    uint8_t bytes[FAKE_FRAME_MAX]; /* as they were when it was sent */
} fake_send;

typedef struct fake_miniport {
    sao_protocol protocol;
    fake_plan plans[FAKE_REQUESTS_MAX];
    uint32_t plans_made;
    uint32_t plans_used;
    fake_request requests[FAKE_REQUESTS_MAX];
    uint32_t request_count;
    uintptr_t last_handle;

    bool hold_sends;         /* fake_finish_send completes them */
    NDIS_STATUS send_status; /* of those that are not held */
    fake_send sends[FAKE_SENDS_MAX];
    uint32_t send_count;

    sao_packet indicated;
    uint8_t indicated_bytes[FAKE_FRAME_MAX];
    uint32_t indications;
    uint32_t returns;

    uint32_t lives[SAO_LIFE_EVENTS]; /* how often each was asked for */
    NDIS_STATUS life_status[SAO_LIFE_EVENTS];
    uint32_t cancels;
    const void *last_cancel;

    uint32_t encapsulations; /* OFFLOAD_ENCAPSULATION, which succeeds without a plan */
    bool plan_encapsulation; /* unless it is to have one, as the others */

    /* Called before a request is answered, to call back in from there. May be NULL. */
    void (*during_request)(struct fake_miniport *fake, sao_request *request);
    /* The same of an event of life. */
    void (*during_life)(struct fake_miniport *fake, sao_life_event event);
    void *test; /* the test's own */
} fake_miniport;

void fake_init(fake_miniport *fake);

/* What a transport is given. */
sao_miniport fake_interface(fake_miniport *fake);

/* The plan of a request to come, to be filled in: at once and with success as it is. */
fake_plan *fake_next(fake_miniport *fake);

/* The same for status and timing only. */
void fake_answer_next(fake_miniport *fake, fake_timing timing, NDIS_STATUS status);

/* Completes a pending request by its plan, or with another status. */
void fake_complete(fake_miniport *fake, uint32_t index);
void fake_complete_with(fake_miniport *fake, uint32_t index, NDIS_STATUS status);

void fake_finish_send(fake_miniport *fake, uint32_t index, NDIS_STATUS status);

/* A frame with this OOB data; fails the test unless it is returned exactly once, from within. */
void fake_indicate(fake_miniport *fake, const uint8_t *frame, size_t length, sao_oob_receive oob);

/* The last request, the last send. */
fake_request *fake_last(fake_miniport *fake);
fake_send *fake_last_send(fake_miniport *fake);

#endif /* SAO_TEST_FAKE_MINIPORT_H */
