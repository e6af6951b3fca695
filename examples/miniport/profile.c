// SPDX-License-Identifier: BSD-2-Clause
/* profile.c: the two miniports side by side. */
#include "profile.h"

const profile profile_6_20 = {
    .name = "NDIS 6.20",
    .ndis = SAO_PROFILE_NDIS_6_20,
    .add_oid = OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA,
    .other_add_oid = OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX,
    .adds_lists = true,
    .holds_requests = true,
    .sleeps_while_running = false,
};

const profile profile_6_30 = {
    .name = "NDIS 6.30",
    .ndis = SAO_PROFILE_NDIS_6_30,
    .add_oid = OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX,
    .other_add_oid = OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA,
    .adds_lists = false,
    .holds_requests = false,
    .sleeps_while_running = true,
};
