// SPDX-License-Identifier: BSD-2-Clause
/* hash.h: a seeded 32-bit hash for the lookup tables; only 32-bit multiplications. */
#ifndef SAO_CORE_HASH_H
#define SAO_CORE_HASH_H

#include <saoffload/packet.h>
#include <saoffload/platform.h>

static inline uint32_t sao_hash_word(uint32_t hash, uint32_t word)
{
    word *= 0xCC9E2D51u;
    word = (word << 15) | (word >> 17);
    hash ^= word * 0x1B873593u;
    hash = (hash << 13) | (hash >> 19);
    return hash * 5u + 0xE6546B64u;
}

static inline uint32_t sao_hash_address(uint32_t hash, const sao_address *address)
{
    uint32_t words[4];

    SAO_MEMCPY(words, address->bytes, sizeof words);
    for (uint32_t i = 0; i < 4; i++)
        hash = sao_hash_word(hash, words[i]);
    return hash;
}

/* For tables of both versions: an IPv4 address has nothing behind its first word. */
static inline uint32_t sao_hash_versioned(uint32_t hash, const sao_address *address,
                                          uint8_t version)
{
    uint32_t word;

    if (version != 4)
        return sao_hash_address(hash, address);
    SAO_MEMCPY(&word, address->bytes, sizeof word);
    return sao_hash_word(hash, word);
}

static inline uint32_t sao_hash_finish(uint32_t hash)
{
    hash ^= hash >> 16;
    hash *= 0x85EBCA6Bu;
    hash ^= hash >> 13;
    hash *= 0xC2B2AE35u;
    return hash ^ (hash >> 16);
}

static inline bool sao_address_is_zero(const sao_address *address)
{
    uint8_t any = 0;

    for (uint32_t i = 0; i < sizeof address->bytes; i++)
        any |= address->bytes[i];
    return any == 0;
}

static inline bool sao_address_equal(const sao_address *a, const sao_address *b)
{
    return SAO_MEMCMP(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

#endif /* SAO_CORE_HASH_H */
