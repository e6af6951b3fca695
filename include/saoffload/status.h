// SPDX-License-Identifier: BSD-2-Clause
/* status.h: names for the numbers that a log shows. */
#ifndef SAOFFLOAD_STATUS_H
#define SAOFFLOAD_STATUS_H

#include <saoffload/ndis.h>
#include <saoffload/platform.h>

SAO_EXTERN_C_BEGIN

/*
 * The name of a status without its prefix, "REQUEST_ABORTED" say; "UNKNOWN_STATUS" for a value
 * that IPsecOV2 does not use. The string is constant. Callable from anywhere.
 */
const char *sao_status_name(NDIS_STATUS status);

/* The name of an OID's last words, "DELETE_SA" say; "UNKNOWN_OID" for others. */
const char *sao_oid_name(NDIS_OID oid);

/* The name of a value of CryptoStatus, "TUNNEL_ESP_AUTH_FAILED" say. */
const char *sao_crypto_status_name(unsigned crypto_status);

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_STATUS_H */
