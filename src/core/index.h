// SPDX-License-Identifier: BSD-2-Clause
/*
 * index.h: finds the inbound SA of a packet by (destination, protocol, SPI).
 *
 * Each bucket has two chains. The live chain is what packets walk, without a lock; a bundle that
 * leaves it keeps its link, so that a walker who stands on it gets on, and its slot is reused
 * only after a grace period. The parked chain holds what exists but must not be found: bundles
 * being added, or being deleted. Both count when a triple must be unique (ADD-12).
 */
#ifndef SAO_CORE_INDEX_H
#define SAO_CORE_INDEX_H

#include "core/record.h"

typedef struct sao_index {
    sao_record *records;
    sao_atomic32 *live;
    uint32_t *parked;
    uint32_t mask; /* buckets - 1 */
    uint32_t seed;
    sao_atomic32 wildcards; /* live inbound bundles whose destination matches any (ADD-9) */
} sao_index;

/* Power of two that gives each of `slots` bundles a bucket for each of its SAs. */
uint32_t sao_index_buckets(uint32_t slots);

void sao_index_init(sao_index *index, sao_record *records, sao_atomic32 *live, uint32_t *parked,
                    uint32_t buckets, uint32_t seed);

/* True if an inbound bundle, live or parked, has one of the record's triples (ADD-12). */
bool sao_index_taken(const sao_index *index, const sao_record *record);

/* A new inbound bundle enters, parked. */
void sao_index_park(sao_index *index, uint32_t slot);
/* From parked to live. */
void sao_index_publish(sao_index *index, uint32_t slot);
/* From live to parked. */
void sao_index_retract(sao_index *index, uint32_t slot);
/* A parked bundle leaves. */
void sao_index_drop(sao_index *index, uint32_t slot);

/*
 * The live inbound bundle for a packet whose outermost IPsec header is info's first: an exact
 * destination before a wildcard one (ADD-9); SAO_SLOT_NONE if nothing matches. `hidden` holds
 * the serial of the ADD whose bundles do not count yet (ADD-13).
 */
uint32_t sao_index_find(const sao_index *index, const sao_packet_info *info,
                        const sao_atomic32 *hidden);

/* Brings what sao_index_find will read for each of these packets near, all of them at once. */
void sao_index_prefetch(const sao_index *index, const sao_packet_info *const *packets,
                        uint32_t count);

#endif /* SAO_CORE_INDEX_H */
