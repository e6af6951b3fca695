// SPDX-License-Identifier: BSD-2-Clause
/*
 * world_internal.h: the arena of a world.
 *
 *     world.c           its parts, and what concerns all of them at once
 *     world_snapshot.c  copies of it: snapshots, what restores them, forks
 */
#ifndef SAO_MODEL_WORLD_INTERNAL_H
#define SAO_MODEL_WORLD_INTERNAL_H

#include <saoffload/world.h>

typedef enum sao_world_part_kind {
    SAO_WORLD_DATA,
    SAO_WORLD_ADAPTER,
    SAO_WORLD_SOFT_NIC,
    SAO_WORLD_TRANSPORT,
    SAO_WORLD_REQUEST,
    SAO_WORLD_PACKET
} sao_world_part_kind;

/* Stands right before what it describes. */
typedef struct sao_world_part {
    struct sao_world_part *next;
    void *object;
    const char *name;
    size_t size;
    const sao_crypto_provider *provider; /* that makes contexts in it; NULL for none */
    void (*form)(const void *data, sao_canonical *writer);
    sao_world_part_kind kind;
} sao_world_part;

struct sao_world {
    sao_world_config config;
    size_t size;
    size_t used;
    sao_world_part *first;
    sao_world_part *last;
    uint32_t epoch; /* the largest so far; the one thing that never goes back */
};

#endif /* SAO_MODEL_WORLD_INTERNAL_H */
