// SPDX-License-Identifier: BSD-2-Clause
/*
 * boundary.h: a recorder that stands between a transport and any miniport.
 *
 *     transport -> sao_boundary_miniport -> [records] -> miniport
 *     transport <- [records] <- sao_boundary_protocol <- miniport
 *
 * It passes everything on unchanged and reports boundary events (event.h). A driver under test
 * cannot lie in them. It reads request lists with the bounded walker. The one thing that it writes
 * is sao_request.id, a new number for each submit, so that events from both sides of it, and the
 * adapter's own, name a request alike. Packets are named by their id.
 */
#ifndef SAOFFLOAD_BOUNDARY_H
#define SAOFFLOAD_BOUNDARY_H

#include <saoffload/event.h>
#include <saoffload/miniport.h>

SAO_EXTERN_C_BEGIN

/* A boundary; the caller owns it, sao_boundary_init fills it in. */
typedef struct sao_boundary {
    sao_miniport miniport; /* below */
    sao_protocol protocol; /* above */
    sao_event_hook *event; /* receives what is recorded */
    void *event_context;   /* given to it */
    uint64_t time;         /* sao_boundary_set_time */
    uint64_t requests;     /* submitted so far */
    uint32_t tag;          /* goes into the events' `adapter` */
    bool strict_lists;     /* read no element outside of the buffer (OID-7); set after init */
} sao_boundary;

/* Everything given must outlive the boundary. `event` is required. */
void sao_boundary_init(sao_boundary *boundary, sao_miniport miniport, sao_protocol protocol,
                       uint32_t tag, sao_event_hook *event, void *event_context);

/* The time that events carry from now on, in the caller's unit. */
void sao_boundary_set_time(sao_boundary *boundary, uint64_t now);

/* What the transport uses in the miniport's place. */
sao_miniport sao_boundary_miniport(sao_boundary *boundary);

/* What the miniport uses in the transport's place. */
sao_protocol sao_boundary_protocol(sao_boundary *boundary);

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_BOUNDARY_H */
