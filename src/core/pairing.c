// SPDX-License-Identifier: BSD-2-Clause
/* A node's number is slot * SAO_PAIR_VIEWS + view. */
#include "core/pairing.h"
#include "core/hash.h"

#define VIEW_LOCAL 1u
#define VIEW_REMOTE 2u

/* What a search looks for, or what a node is filed under. */
typedef struct pair_key {
    const sao_bundle *shape; /* version, operations, UDP encapsulation */
    const sao_address *local;
    const sao_address *remote;
    uint32_t view;    /* the addresses that count */
    uint32_t pattern; /* the nonzero addresses of the bundles in the group */
    bool inbound;     /* of the bundles in the group */
} pair_key;

static const sao_address *local_of(const sao_bundle *bundle)
{
    return bundle->inbound ? &bundle->destination : &bundle->source;
}

static const sao_address *remote_of(const sao_bundle *bundle)
{
    return bundle->inbound ? &bundle->source : &bundle->destination;
}

static uint32_t pattern_of(const sao_bundle *bundle)
{
    return (sao_address_is_zero(local_of(bundle)) ? 0u : VIEW_LOCAL) |
           (sao_address_is_zero(remote_of(bundle)) ? 0u : VIEW_REMOTE);
}

static bool same_shape(const sao_bundle *a, const sao_bundle *b)
{
    return a->ip_version == b->ip_version && a->udp_esp == b->udp_esp &&
           a->sa_count == b->sa_count && a->sa[0].protocol == b->sa[0].protocol &&
           (a->sa_count < 2 || a->sa[1].protocol == b->sa[1].protocol);
}

/* The key of the group that the bundle itself belongs to, in one of its views. */
static pair_key own_key(const sao_bundle *bundle, uint32_t view)
{
    pair_key key;

    key.shape = bundle;
    key.local = local_of(bundle);
    key.remote = remote_of(bundle);
    key.view = view;
    key.pattern = pattern_of(bundle);
    key.inbound = bundle->inbound;
    return key;
}

/* The key of the bundle's mirror images that have this pattern of nonzero addresses. */
static pair_key mirror_key(const sao_bundle *bundle, uint32_t pattern)
{
    pair_key key = own_key(bundle, pattern & pattern_of(bundle));

    key.pattern = pattern;
    key.inbound = !bundle->inbound;
    return key;
}

static pair_key node_key(const sao_pairing *pairing, uint32_t node)
{
    return own_key(&pairing->records[node / SAO_PAIR_VIEWS].bundle, node % SAO_PAIR_VIEWS);
}

static bool key_equal(const pair_key *a, const pair_key *b)
{
    return a->view == b->view && a->pattern == b->pattern && a->inbound == b->inbound &&
           same_shape(a->shape, b->shape) &&
           ((a->view & VIEW_LOCAL) == 0 || sao_address_equal(a->local, b->local)) &&
           ((a->view & VIEW_REMOTE) == 0 || sao_address_equal(a->remote, b->remote));
}

static uint32_t *key_bucket(const sao_pairing *pairing, const pair_key *key)
{
    uint32_t shape = key->view | key->pattern << 2 | (key->inbound ? 16u : 0u) |
                     (uint32_t)key->shape->ip_version << 8 | (uint32_t)key->shape->sa_count << 16 |
                     (uint32_t)key->shape->sa[0].protocol << 24;
    uint32_t hash = sao_hash_word(pairing->seed, shape);

    if ((key->view & VIEW_LOCAL) != 0)
        hash = sao_hash_address(hash, key->local);
    if ((key->view & VIEW_REMOTE) != 0)
        hash = sao_hash_address(hash, key->remote);
    return &pairing->buckets[sao_hash_finish(hash) & pairing->mask];
}

static sao_pair_node *pair_node(const sao_pairing *pairing, uint32_t node)
{
    return &pairing->records[node / SAO_PAIR_VIEWS].pair_node[node % SAO_PAIR_VIEWS];
}

/* The youngest node filed under the key; SAO_SLOT_NONE for an empty group. */
static uint32_t group_youngest(const sao_pairing *pairing, const pair_key *key)
{
    uint32_t node = *key_bucket(pairing, key);

    while (node != SAO_SLOT_NONE) {
        pair_key other = node_key(pairing, node);

        if (key_equal(key, &other))
            return node;
        node = pair_node(pairing, node)->group_next;
    }
    return SAO_SLOT_NONE;
}

uint32_t sao_pairing_buckets(uint32_t slots)
{
    uint32_t buckets = 4;

    while (buckets < slots * 2u)
        buckets *= 2;
    return buckets;
}

void sao_pairing_init(sao_pairing *pairing, sao_record *records, uint32_t *buckets,
                      uint32_t bucket_count, uint32_t seed)
{
    pairing->records = records;
    pairing->buckets = buckets;
    pairing->mask = bucket_count - 1u;
    pairing->seed = seed;
    for (uint32_t i = 0; i < bucket_count; i++)
        buckets[i] = SAO_SLOT_NONE;
}

/* `node` stands for its group in the bucket's chain, in the place of `old` if that is a node. */
static void represent_group(sao_pairing *pairing, uint32_t *bucket, uint32_t node, uint32_t old)
{
    sao_pair_node *entry = pair_node(pairing, node);

    if (old == SAO_SLOT_NONE) {
        entry->group_next = *bucket;
        entry->group_previous = SAO_SLOT_NONE;
    } else {
        entry->group_next = pair_node(pairing, old)->group_next;
        entry->group_previous = pair_node(pairing, old)->group_previous;
    }
    if (entry->group_previous == SAO_SLOT_NONE)
        *bucket = node;
    else
        pair_node(pairing, entry->group_previous)->group_next = node;
    if (entry->group_next != SAO_SLOT_NONE)
        pair_node(pairing, entry->group_next)->group_previous = node;
}

static void file_node(sao_pairing *pairing, uint32_t node)
{
    pair_key key = node_key(pairing, node);
    uint32_t youngest = group_youngest(pairing, &key);
    sao_pair_node *entry = pair_node(pairing, node);

    entry->older = youngest;
    entry->younger = SAO_SLOT_NONE;
    if (youngest != SAO_SLOT_NONE)
        pair_node(pairing, youngest)->younger = node;
    represent_group(pairing, key_bucket(pairing, &key), node, youngest);
}

/* The group's last member goes, and the group with it. */
static void remove_group(sao_pairing *pairing, uint32_t *bucket, const sao_pair_node *entry)
{
    if (entry->group_previous == SAO_SLOT_NONE)
        *bucket = entry->group_next;
    else
        pair_node(pairing, entry->group_previous)->group_next = entry->group_next;
    if (entry->group_next != SAO_SLOT_NONE)
        pair_node(pairing, entry->group_next)->group_previous = entry->group_previous;
}

static void unfile_node(sao_pairing *pairing, uint32_t node)
{
    pair_key key = node_key(pairing, node);
    const sao_pair_node *entry = pair_node(pairing, node);

    if (entry->older != SAO_SLOT_NONE)
        pair_node(pairing, entry->older)->younger = entry->younger;
    if (entry->younger != SAO_SLOT_NONE)
        pair_node(pairing, entry->younger)->older = entry->older;
    else if (entry->older != SAO_SLOT_NONE)
        represent_group(pairing, key_bucket(pairing, &key), entry->older, node);
    else
        remove_group(pairing, key_bucket(pairing, &key), entry);
}

void sao_pairing_file(sao_pairing *pairing, uint32_t slot)
{
    uint32_t pattern = pattern_of(&pairing->records[slot].bundle);

    for (uint32_t view = 0; view < SAO_PAIR_VIEWS; view++)
        if ((view & ~pattern) == 0)
            file_node(pairing, slot * SAO_PAIR_VIEWS + view);
    pairing->records[slot].pairable = true;
}

void sao_pairing_unfile(sao_pairing *pairing, uint32_t slot)
{
    uint32_t pattern = pattern_of(&pairing->records[slot].bundle);

    for (uint32_t view = 0; view < SAO_PAIR_VIEWS; view++)
        if ((view & ~pattern) == 0)
            unfile_node(pairing, slot * SAO_PAIR_VIEWS + view);
    pairing->records[slot].pairable = false;
}

static bool address_mirrors(const sao_address *a, const sao_address *b)
{
    return sao_address_equal(a, b) || sao_address_is_zero(a) || sao_address_is_zero(b);
}

bool sao_pairing_mirrors(const sao_bundle *a, const sao_bundle *b)
{
    return a->inbound != b->inbound && same_shape(a, b) &&
           address_mirrors(local_of(a), local_of(b)) && address_mirrors(remote_of(a), remote_of(b));
}

/* How many candidates a bundle has, counted to 2; of the ADD `serial` only, or of any if 0. */
static uint32_t count_candidates(const sao_pairing *pairing, uint32_t slot, uint32_t serial,
                                 uint32_t *only)
{
    const sao_bundle *bundle = &pairing->records[slot].bundle;
    uint32_t count = 0;

    *only = SAO_SLOT_NONE;
    for (uint32_t pattern = 0; pattern < SAO_PAIR_VIEWS && count < 2; pattern++) {
        pair_key key = mirror_key(bundle, pattern);
        uint32_t node = group_youngest(pairing, &key);

        /* Bundles of one ADD are filed together, so those of the latest stand in front. Only an
         * explicit call between two steps of a long ADD can put another there: a guess may then be
         * missed or be another one, which changes what is reported and nothing else (PAIR-5). */
        while (node != SAO_SLOT_NONE && count < 2 &&
               (serial == 0 || pairing->records[node / SAO_PAIR_VIEWS].add_serial == serial)) {
            count++;
            *only = node / SAO_PAIR_VIEWS;
            node = pair_node(pairing, node)->older;
        }
    }
    return count;
}

/* The other half, if each of the two is the only one that the other could have. */
static uint32_t mutual_candidate(const sao_pairing *pairing, uint32_t slot, uint32_t serial)
{
    uint32_t other, back;

    if (count_candidates(pairing, slot, serial, &other) != 1 ||
        count_candidates(pairing, other, serial, &back) != 1)
        return SAO_SLOT_NONE;
    return other;
}

uint32_t sao_pairing_guess(const sao_pairing *pairing, uint32_t slot)
{
    uint32_t other = mutual_candidate(pairing, slot, pairing->records[slot].add_serial);

    return other != SAO_SLOT_NONE ? other : mutual_candidate(pairing, slot, 0);
}

bool sao_pairing_leads(const sao_pairing *pairing, uint32_t slot, uint32_t view)
{
    const sao_record *record = &pairing->records[slot];
    uint32_t node = slot * SAO_PAIR_VIEWS + view;

    if (!record->pairable || (view & ~pattern_of(&record->bundle)) != 0)
        return false;
    while (node != SAO_SLOT_NONE &&
           pairing->records[node / SAO_PAIR_VIEWS].add_serial == record->add_serial)
        node = pair_node(pairing, node)->younger;
    return node == SAO_SLOT_NONE;
}
