// SPDX-License-Identifier: BSD-2-Clause
/*
 * pairing.h: which inbound bundle belongs to which outbound one (PAIR-1 to PAIR-5).
 *
 * Unpaired bundles are filed so that the mirror images of a bundle are found at a cost that does
 * not depend on how many bundles exist, wildcards included. A bundle's addresses are seen as
 * (local, remote); a bundle is filed under each subset of its nonzero addresses (a view), and a
 * search asks, for each of the four patterns of zeros that a candidate can have, for the view
 * that both have nonzero. Equal bundles of a view make a group, youngest first.
 */
#ifndef SAO_CORE_PAIRING_H
#define SAO_CORE_PAIRING_H

#include "core/record.h"

typedef struct sao_pairing {
    sao_record *records;
    uint32_t *buckets;
    uint32_t mask;
    uint32_t seed;
} sao_pairing;

uint32_t sao_pairing_buckets(uint32_t slots);
void sao_pairing_init(sao_pairing *pairing, sao_record *records, uint32_t *buckets,
                      uint32_t bucket_count, uint32_t seed);

/* Files an unpaired bundle, or takes it out again. */
void sao_pairing_file(sao_pairing *pairing, uint32_t slot);
void sao_pairing_unfile(sao_pairing *pairing, uint32_t slot);

/* True if one is inbound, one outbound and they mirror each other (PAIR-1). */
bool sao_pairing_mirrors(const sao_bundle *a, const sao_bundle *b);

/*
 * The filed bundle that a filed bundle pairs with by guess (PAIR-2), or SAO_SLOT_NONE: the
 * mirror bundle of the same ADD, else of the whole adapter, where each of the two is the other's
 * only candidate.
 */
uint32_t sao_pairing_guess(const sao_pairing *pairing, uint32_t slot);

#endif /* SAO_CORE_PAIRING_H */
