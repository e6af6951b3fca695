// SPDX-License-Identifier: BSD-2-Clause
/* request_bytes.h: the buffers of OID requests, nearly right. */
#ifndef SAO_TEST_REQUEST_BYTES_H
#define SAO_TEST_REQUEST_BYTES_H

#include "fuzz.h"

#include <saoffload/ndis.h>

/* Every key consists of it. */
#define REQUEST_KEY_BYTE 0xC3

typedef struct request_bytes {
    NDIS_OID oid;
    uint8_t *bytes; /* of exactly that size, aligned as malloc does; NULL if length is 0 */
    ULONG length;
} request_bytes;

/*
 * A request of some kind: a list of up to three elements that are right, then edits, then links
 * that may go anywhere in the buffer. Or bytes as they come. Handles are some of `handles`.
 */
void request_bytes_make(request_bytes *made, fuzz_input *in, const NDIS_HANDLE *handles,
                        uint32_t handle_count);

#endif /* SAO_TEST_REQUEST_BYTES_H */
