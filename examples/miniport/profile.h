// SPDX-License-Identifier: BSD-2-Clause
/*
 * profile.h: all that differs between an NDIS 6.20 and an NDIS 6.30 miniport.
 *
 * The driver's code is the same for both; it hands `ndis` to the adapter and reads nothing else
 * of this. The rest is what the transport and NDIS see of the difference: main.c goes by it.
 */
#ifndef EXAMPLE_PROFILE_H
#define EXAMPLE_PROFILE_H

#include <saoffload/saoffload.h>

typedef struct profile {
    const char *name;
    sao_profile ndis;
    NDIS_OID add_oid;          /* ADD_SA, or ADD_SA_EX (ADD-1) */
    NDIS_OID other_add_oid;    /* which is NOT_SUPPORTED */
    bool adds_lists;           /* many bundles a request, or one */
    bool holds_requests;       /* across a reset; else they complete before it does (RST-2) */
    bool sleeps_while_running; /* else NDIS pauses first (PWR-1) */
} profile;

extern const profile profile_6_20;
extern const profile profile_6_30;

#endif /* EXAMPLE_PROFILE_H */
