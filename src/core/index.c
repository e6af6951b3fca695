// SPDX-License-Identifier: BSD-2-Clause
/* A chain's links name one SA of one bundle: slot * SAO_BUNDLE_SAS + its place in the bundle. */
#include "core/index.h"
#include "core/hash.h"

#define PREFETCH_LINE                                                                              \
    ((size_t)64) /* a record is read on three of these, as it may begin on any byte */

static const sao_address any_address = {{0}};

static inline uint32_t index_bucket(const sao_index *index, const sao_address *destination,
                                    uint8_t version, uint8_t protocol, uint32_t spi)
{
    uint32_t hash = sao_hash_versioned(index->seed, destination, version);

    hash = sao_hash_word(hash, spi);
    hash = sao_hash_word(hash, protocol);
    return sao_hash_finish(hash) & index->mask;
}

static inline uint32_t packet_bucket(const sao_index *index, const sao_packet_info *info)
{
    return index_bucket(index, &info->destination, info->ip_version, info->protocol[0],
                        info->spi[0]);
}

static uint32_t node_bucket(const sao_index *index, uint32_t node)
{
    const sao_bundle *bundle = &index->records[node / SAO_BUNDLE_SAS].bundle;
    const sao_bundle_sa *sa = &bundle->sa[node % SAO_BUNDLE_SAS];

    return index_bucket(index, &bundle->destination, bundle->ip_version, sa->protocol, sa->spi);
}

static inline sao_atomic32 *live_link(const sao_index *index, uint32_t node)
{
    return &index->records[node / SAO_BUNDLE_SAS].live_next[node % SAO_BUNDLE_SAS];
}

static uint32_t *parked_link(const sao_index *index, uint32_t node)
{
    return &index->records[node / SAO_BUNDLE_SAS].parked_next[node % SAO_BUNDLE_SAS];
}

static inline bool node_is(const sao_index *index, uint32_t node, const sao_address *destination,
                           uint8_t ip_version, uint8_t protocol, uint32_t spi)
{
    const sao_bundle *bundle = &index->records[node / SAO_BUNDLE_SAS].bundle;
    const sao_bundle_sa *sa = &bundle->sa[node % SAO_BUNDLE_SAS];

    return sa->spi == spi && sa->protocol == protocol && bundle->ip_version == ip_version &&
           sao_address_equal(&bundle->destination, destination);
}

uint32_t sao_index_buckets(uint32_t slots)
{
    uint32_t buckets = 4;

    while (buckets < slots * SAO_BUNDLE_SAS)
        buckets *= 2;
    return buckets;
}

void sao_index_init(sao_index *index, sao_record *records, sao_atomic32 *live, uint32_t *parked,
                    uint32_t buckets, uint32_t seed)
{
    index->records = records;
    index->live = live;
    index->parked = parked;
    index->mask = buckets - 1;
    index->seed = seed;
    index->wildcards = 0;
    for (uint32_t i = 0; i < buckets; i++) {
        live[i] = SAO_SLOT_NONE;
        parked[i] = SAO_SLOT_NONE;
    }
}

/* The node after this one, in the live chain or the parked one. */
static uint32_t next_in_chain(const sao_index *index, uint32_t node, bool live)
{
    return live ? *live_link(index, node) : *parked_link(index, node);
}

static bool chain_has(const sao_index *index, uint32_t node, bool live, const sao_bundle *bundle,
                      const sao_bundle_sa *sa)
{
    for (; node != SAO_SLOT_NONE; node = next_in_chain(index, node, live))
        if (node_is(index, node, &bundle->destination, bundle->ip_version, sa->protocol, sa->spi))
            return true;
    return false;
}

bool sao_index_taken(const sao_index *index, const sao_record *record)
{
    const sao_bundle *bundle = &record->bundle;

    for (uint32_t i = 0; i < bundle->sa_count; i++) {
        const sao_bundle_sa *sa = &bundle->sa[i];
        uint32_t bucket =
            index_bucket(index, &bundle->destination, bundle->ip_version, sa->protocol, sa->spi);

        if (chain_has(index, index->live[bucket], true, bundle, sa) ||
            chain_has(index, index->parked[bucket], false, bundle, sa))
            return true;
    }
    return false;
}

static void park_node(sao_index *index, uint32_t node)
{
    uint32_t bucket = node_bucket(index, node);

    *parked_link(index, node) = index->parked[bucket];
    index->parked[bucket] = node;
}

static void unpark_node(sao_index *index, uint32_t node)
{
    uint32_t *link = &index->parked[node_bucket(index, node)];

    while (*link != node)
        link = parked_link(index, *link);
    *link = *parked_link(index, node);
}

static void link_node(sao_index *index, uint32_t node)
{
    uint32_t bucket = node_bucket(index, node);

    SAO_ATOMIC_STORE(live_link(index, node), index->live[bucket]);
    SAO_ATOMIC_STORE(&index->live[bucket], node);
}

static void unlink_node(sao_index *index, uint32_t node)
{
    sao_atomic32 *link = &index->live[node_bucket(index, node)];

    while (*link != node)
        link = live_link(index, *link);
    SAO_ATOMIC_STORE(link, *live_link(index, node)); /* node keeps its own link for walkers */
}

void sao_index_park(sao_index *index, uint32_t slot)
{
    for (uint32_t i = 0; i < index->records[slot].bundle.sa_count; i++)
        park_node(index, slot * SAO_BUNDLE_SAS + i);
}

void sao_index_publish(sao_index *index, uint32_t slot)
{
    const sao_bundle *bundle = &index->records[slot].bundle;

    for (uint32_t i = 0; i < bundle->sa_count; i++) {
        unpark_node(index, slot * SAO_BUNDLE_SAS + i);
        link_node(index, slot * SAO_BUNDLE_SAS + i);
    }
    if (sao_address_is_zero(&bundle->destination))
        SAO_ATOMIC_ADD(&index->wildcards, 1);
}

void sao_index_retract(sao_index *index, uint32_t slot)
{
    const sao_bundle *bundle = &index->records[slot].bundle;

    for (uint32_t i = 0; i < bundle->sa_count; i++) {
        unlink_node(index, slot * SAO_BUNDLE_SAS + i);
        park_node(index, slot * SAO_BUNDLE_SAS + i);
    }
    if (sao_address_is_zero(&bundle->destination))
        SAO_ATOMIC_ADD(&index->wildcards, UINT32_MAX);
}

void sao_index_drop(sao_index *index, uint32_t slot)
{
    for (uint32_t i = 0; i < index->records[slot].bundle.sa_count; i++)
        unpark_node(index, slot * SAO_BUNDLE_SAS + i);
}

/* What the triple leaves open: UDP encapsulation, and the source, which may be any (ADD-9). */
static inline bool rest_matches(const sao_bundle *bundle, const sao_packet_info *info)
{
    return info->udp_encapsulated == (bundle->udp_esp != 0) &&
           (sao_address_equal(&bundle->source, &info->source) ||
            sao_address_is_zero(&bundle->source));
}

static inline uint32_t find_by(const sao_index *index, const sao_packet_info *info,
                               const sao_address *destination, const sao_atomic32 *hidden)
{
    uint32_t bucket =
        index_bucket(index, destination, info->ip_version, info->protocol[0], info->spi[0]);

    for (uint32_t node = SAO_ATOMIC_LOAD(&index->live[bucket]); node != SAO_SLOT_NONE;
         node = SAO_ATOMIC_LOAD(live_link(index, node))) {
        uint32_t slot = node / SAO_BUNDLE_SAS;
        const sao_record *record = &index->records[slot];

        /* Hidden is read last: who finds a bundle of an ADD that is going live sees it set. */
        if (node_is(index, node, destination, info->ip_version, info->protocol[0], info->spi[0]) &&
            rest_matches(&record->bundle, info) &&
            SAO_ATOMIC_LOAD(&record->add_serial) != SAO_ATOMIC_LOAD(hidden))
            return slot;
    }
    return SAO_SLOT_NONE;
}

uint32_t sao_index_find(const sao_index *index, const sao_packet_info *info,
                        const sao_atomic32 *hidden)
{
    uint32_t slot = find_by(index, info, &info->destination, hidden);

    if (slot == SAO_SLOT_NONE && SAO_ATOMIC_LOAD(&index->wildcards) != 0)
        slot = find_by(index, info, &any_address, hidden);
    return slot;
}

/* Of the packets' first lookups: a wildcard's bucket is one for many, so it is near anyhow. */
void sao_index_prefetch(const sao_index *index, const sao_packet_info *const *packets,
                        uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        SAO_PREFETCH((const void *)&index->live[packet_bucket(index, packets[i])]);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t node = SAO_ATOMIC_LOAD(&index->live[packet_bucket(index, packets[i])]);
        const uint8_t *record;

        if (node == SAO_SLOT_NONE)
            continue;
        record = (const uint8_t *)&index->records[node / SAO_BUNDLE_SAS];
        SAO_PREFETCH(record);
        SAO_PREFETCH(record + PREFETCH_LINE);
        SAO_PREFETCH(record + 2 * PREFETCH_LINE);
    }
}
