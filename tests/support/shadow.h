// SPDX-License-Identifier: BSD-2-Clause
/*
 * shadow.h: a shadow model of an adapter, for random tests.
 *
 * It knows only what a caller knows: what was asked for and what was answered. A bundle is
 * certainly there from the completion of its ADD until a DELETE names it, and certainly gone when
 * that DELETE has completed; in between anything goes.
 */
#ifndef SAO_TEST_SHADOW_H
#define SAO_TEST_SHADOW_H

#include "support/rig.h"

#define SHADOW_BUNDLES_MAX 4096u
#define SHADOW_JOBS_MAX 4096u
#define SHADOW_LIST_MAX 6u
#define SHADOW_ADD OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA /* ADD_SA_EX too */

typedef struct shadow_bundle {
    rig_spec spec;
    NDIS_HANDLE handle;
    bool gone;
    uint32_t doubts;      /* pending deletes that name it: while there are any, it may be gone */
    uint32_t doomed;      /* of those, the ones that can only be refused */
    uint32_t high;        /* of the latest update that succeeded */
    uint32_t high_update; /* which one that was */
    bool high_unsure;     /* an update was aborted, or met an interruption */
    uint32_t flights;
} shadow_bundle;

typedef struct shadow_job {
    rig_job *job;
    NDIS_OID oid;
    uint32_t count;
    rig_spec specs[SHADOW_LIST_MAX];   /* ADD */
    uint32_t bundles[SHADOW_LIST_MAX]; /* DELETE, UPDATE: which ones, SHADOW_BUNDLES_MAX for a bad
                                          handle */
    bool must_fail;
    bool may_fail;
    bool refused;   /* submitted while nothing is accepted */
    bool may_abort; /* cancelled, or met by an interruption */
    uint32_t high;  /* UPDATE */
} shadow_job;

typedef struct shadow {
    rig *r;
    shadow_bundle bundles[SHADOW_BUNDLES_MAX]; /* all that there ever were */
    uint32_t bundle_count;
    shadow_job jobs[SHADOW_JOBS_MAX];
    uint32_t job_count;
    uint32_t jobs_over; /* all jobs before this one are known to be over */
} shadow;

/* Judges element `i` of a DELETE that is about to be submitted, the last of the jobs. */
void shadow_judge_delete(shadow *s, shadow_job *m, uint32_t i);
/* An interruption comes. Whatever is under way may be aborted by it, unless it is held (RST-2);
 * an update may have come to the hardware with its bundle, whatever it is answered later. */
void shadow_interrupt(shadow *s, bool held);
/* Looks which jobs have come to their end, and whether they could end so. */
void shadow_notice_results(shadow *s);
/* Is this the bundle, or NULL, that ADD-9 gives the packet? Pending adds may not be it. */
void shadow_check_found(const shadow *s, const rig_spec *packet, NDIS_HANDLE found);
/* With nothing under way: the adapter has what the model has, and its counters balance. What the
 * model was not sure of, it learns. */
void shadow_check_all(shadow *s);

#endif /* SAO_TEST_SHADOW_H */
