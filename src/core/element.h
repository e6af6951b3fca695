// SPDX-License-Identifier: BSD-2-Clause
/* element.h: one element of an ADD, checked and turned into a bundle. */
#ifndef SAO_CORE_ELEMENT_H
#define SAO_CORE_ELEMENT_H

#include <saoffload/canonical.h>

#include "core/record.h"

/*
 * ADD_SA and ADD_SA_EX, seen as one. The SAs are a copy, so that what was checked is what is
 * used; the pointers go into the caller's buffer.
 */
typedef struct sao_element {
    ULONG header_count; /* NumExtHdrs */
    ULONG flags;
    ULONG udp_esp;
    const uint8_t *source;
    const uint8_t *destination;
    IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION sa[SAO_BUNDLE_SAS];
    const uint8_t *keys;
    ULONG key_length;
    NDIS_HANDLE *handle_out;
} sao_element;

/* What the adapter's configuration allows. */
typedef struct sao_element_rules {
    const NDIS_IPSEC_OFFLOAD_V2 *capabilities;
    bool allow_unauthenticated; /* ADD-14 */
} sao_element_rules;

/*
 * Reads an element whose header the walker has checked. `available` is how many bytes from
 * `bytes` on may be read (SIZE_MAX where the caller's list is trusted). INVALID_DATA if its keys
 * are not all inside (ADD-8, OID-2): the structure is malformed, and the list with it (ADD-2).
 */
NDIS_STATUS sao_element_read(const void *bytes, bool ex, size_t available, sao_element *element);

/*
 * Checks what the element asks for (ADD-4 to ADD-15) and fills in the record's bundle and keys.
 * INVALID_PARAMETER for what no NIC may take, NOT_SUPPORTED for what this one does not offer.
 * On an error the record's keys may be partly filled: wipe them.
 */
NDIS_STATUS sao_element_accept(const sao_element *element, const sao_element_rules *rules,
                               sao_record *record);

/* All that can matter of an element, for a canonical form; keys as names. */
void sao_element_form(const sao_element *element, sao_canonical *writer);

#endif /* SAO_CORE_ELEMENT_H */
