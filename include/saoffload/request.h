// SPDX-License-Identifier: BSD-2-Clause
/*
 * request.h: a direct OID request, the stand-in for NDIS_OID_REQUEST.
 *
 * The request brings the room for its own processing (OID-10): the adapter allocates nothing
 * and there is no limit on how many may be outstanding. The caller owns request and buffer; from
 * an answer of NDIS_STATUS_PENDING until the completion both belong to the adapter.
 */
#ifndef SAOFFLOAD_REQUEST_H
#define SAOFFLOAD_REQUEST_H

#include <saoffload/list.h>
#include <saoffload/ndis.h>
#include <saoffload/platform.h>

SAO_EXTERN_C_BEGIN

/* Requests in the order in which they are to run. The adapter's own; do not touch. */
typedef struct sao_request_queue {
    struct sao_request *first;
    struct sao_request *last;
} sao_request_queue;

/* The adapter's own; do not touch. */
typedef struct sao_request_state {
    struct sao_request *next; /* all requests that have not completed */
    struct sao_request *previous;
    sao_request_queue *queue; /* the queue that the request waits in, or NULL */
    struct sao_request *queue_next;
    struct sao_request *queue_previous;
    sao_list list;         /* where the walk of the caller's list stands */
    uint32_t serial;       /* names the request among those outstanding */
    uint32_t stage;        /* what the next step does */
    uint32_t first_bundle; /* the bundles of this request, in list order */
    uint32_t last_bundle;
    uint32_t cursor;      /* the bundle that the next step begins with */
    uint32_t elements;    /* of the list, as far as it is walked */
    uint32_t outstanding; /* backend operations without an answer */
    uint32_t grace;       /* the grace period that the drain waits for */
    uint32_t next_high;   /* UPDATE: what it asks for */
    NDIS_HANDLE handle;   /* UPDATE: of its bundle, which may go while an abort is under way */
    NDIS_STATUS outcome;  /* what the request will complete with */
    bool waiting;         /* for backend operations: it is in no queue */
    bool aborted;         /* by a cancel, a reset, a removal: to complete with REQUEST_ABORTED */
} sao_request_state;

/* A request; sao_request_init prepares one. */
typedef struct sao_request {
    NDIS_OID oid;        /* what is asked, OID_... */
    void *request_id;    /* for a cancel; need not be unique; NULL is never cancelled (OID-4) */
    void *buffer;        /* InformationBuffer */
    ULONG buffer_length; /* bytes */
    void *context;       /* the caller's own */
    uint64_t id; /* names the request in events; set by a boundary, 0 without (boundary.h) */

    /* Results, valid from the final answer or the completion on. */
    NDIS_STATUS status;
    ULONG bytes_read;         /* on success (REV-2) */
    ULONG bytes_needed;       /* with BUFFER_TOO_SHORT (REV-2) */
    ULONG elements_done;      /* DELETE: deleted elements from the head (DEL-9); ADD: offloaded */
    UCHAR supported_revision; /* on success (REV-2) */

    sao_request_state state; /* the adapter's own */
} sao_request;

/* Prepares a request; everything not named becomes zero. Nothing is read of `buffer`. */
static inline void sao_request_init(sao_request *request, NDIS_OID oid, void *buffer,
                                    ULONG buffer_length)
{
    SAO_MEMSET(request, 0, sizeof *request);
    request->oid = oid;
    request->buffer = buffer;
    request->buffer_length = buffer_length;
}

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_REQUEST_H */
