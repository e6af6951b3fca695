// SPDX-License-Identifier: BSD-2-Clause
/* capabilities.h: is a set of capabilities one that a NIC can have? */
#ifndef SAOFFLOAD_CAPABILITIES_H
#define SAOFFLOAD_CAPABILITIES_H

#include <saoffload/ndis.h>
#include <saoffload/platform.h>

SAO_EXTERN_C_BEGIN

/*
 * Checks a set of capabilities against CAP-1 (Tunnel and IEEE 802.3 always) and CAP-2 (no
 * contradictions). Returns NDIS_STATUS_SUCCESS or NDIS_STATUS_INVALID_PARAMETER; `problem`, if
 * not NULL, receives a constant string that names what is wrong (NULL on success).
 */
NDIS_STATUS sao_capabilities_check(const NDIS_IPSEC_OFFLOAD_V2 *capabilities,
                                   const char **problem) SAO_MUST_CHECK;

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_CAPABILITIES_H */
