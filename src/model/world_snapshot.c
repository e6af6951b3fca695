// SPDX-License-Identifier: BSD-2-Clause
/*
 * world_snapshot.c: copies of a world's arena, and what is made of them.
 *
 * The epoch is the one thing that a restore leaves as it is, so that no fork gets one again.
 */
#include "model/world_internal.h"

#include <saoffload/version.h>

/* Where it was taken, and of what. The used part of the arena follows. */
typedef struct snapshot_head {
    uint64_t magic;
    uint64_t library; /* an address in it, so that no other process, or build, is taken for this */
    uint64_t world;   /* its address */
    uint64_t id;
    uint64_t size;     /* of the arena */
    uint64_t layout;   /* a hash over the parts */
    uint64_t checksum; /* of what follows */
} snapshot_head;

static const char library_version[] = SAO_VERSION_STRING;

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length)
{
    const uint8_t *byte = bytes;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001B3); /* FNV-1a */
    return hash;
}

static uint64_t hash_layout(const sao_world *world)
{
    uint64_t hash =
        hash_bytes(UINT64_C(0xCBF29CE484222325), library_version, sizeof library_version);

    for (const sao_world_part *at = world->first; at != NULL; at = at->next) {
        size_t length = 0;

        while (at->name[length] != '\0')
            length++;
        hash = hash_bytes(hash, at->name, length + 1u);
        hash = hash_bytes(hash, &at->kind, sizeof at->kind);
        hash = hash_bytes(hash, &at->size, sizeof at->size);
    }
    return hash;
}

/* Two running sums, as Fletcher's: a word that is wrong shows, and so do two that are swapped. */
static uint64_t checksum(const uint8_t *bytes, size_t length)
{
    uint64_t sum = 1;
    uint64_t sums = 0;

    for (size_t i = 0; i < length; i += sizeof(uint32_t)) {
        uint32_t word;

        SAO_MEMCPY(&word, bytes + i, sizeof word);
        sum += word;
        sums += sum;
    }
    return sums ^ (sum << 32);
}

static snapshot_head describe(const sao_world *world)
{
    snapshot_head head;

    SAO_MEMSET(&head, 0, sizeof head);
    head.magic = UINT64_C(0x53414F574F524C44) ^ sizeof(snapshot_head); /* SAOWORLD */
    head.library = (uint64_t)(uintptr_t)library_version;
    head.world = (uint64_t)(uintptr_t)world;
    head.id = world->config.id;
    head.size = world->size;
    head.layout = hash_layout(world);
    return head;
}

static bool is_flat(const sao_world *world)
{
    for (const sao_world_part *at = world->first; at != NULL; at = at->next)
        if (at->provider != NULL && !at->provider->flat)
            return false;
    return true;
}

static bool holds_keys(const sao_world *world)
{
    for (const sao_world_part *at = world->first; at != NULL; at = at->next)
        if (at->provider != NULL)
            return true;
    return false;
}

size_t sao_world_snapshot_size(const sao_world *world)
{
    return sizeof(snapshot_head) + world->used;
}

NDIS_STATUS sao_world_snapshot(const sao_world *world, void *buffer, size_t size)
{
    snapshot_head head = describe(world);
    uint8_t *bytes = buffer;

    if (!is_flat(world))
        return NDIS_STATUS_NOT_SUPPORTED;
    if (size < sao_world_snapshot_size(world))
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    SAO_MEMCPY(bytes + sizeof head, world, world->used);
    head.checksum = checksum(bytes + sizeof head, world->used);
    SAO_MEMCPY(bytes, &head, sizeof head);
    return NDIS_STATUS_SUCCESS;
}

/* What is wrong with a snapshot for this world; NULL for nothing. */
static const char *find_misfit(const sao_world *world, const uint8_t *bytes)
{
    const snapshot_head own = describe(world);
    snapshot_head head;

    SAO_MEMCPY(&head, bytes, sizeof head);
    if (head.magic != own.magic)
        return "that is no snapshot";
    if (head.library != own.library)
        return "the snapshot is of another process or build";
    if (head.world != own.world || head.id != own.id || head.size != own.size)
        return "the snapshot is of another world";
    if (head.layout != own.layout)
        return "the snapshot is of a world of other parts";
    if (head.checksum != checksum(bytes + sizeof head, world->used))
        return "the snapshot's bytes are not those that were written";
    return NULL;
}

static NDIS_STATUS put_back(sao_world *world, const void *snapshot, size_t size,
                            const char **problem)
{
    const uint8_t *bytes = snapshot;
    const uint32_t epoch = world->epoch;

    if (!is_flat(world)) {
        *problem = "a crypto provider's contexts cannot be copied";
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    if (size < sao_world_snapshot_size(world)) {
        *problem = "the snapshot is shorter than one of this world";
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    }
    *problem = find_misfit(world, bytes);
    if (*problem != NULL)
        return NDIS_STATUS_INVALID_DATA;
    SAO_MEMCPY(world, bytes + sizeof(snapshot_head), world->used);
    world->epoch = epoch;
    return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS sao_world_restore(sao_world *world, const void *snapshot, size_t size,
                              const char **problem)
{
    const char *unheard;

    if (problem == NULL)
        problem = &unheard;
    if (holds_keys(world) && !world->config.simulation_keys) {
        *problem = "a world with real keys is forked, not restored: IVs would repeat (TX-3)";
        return NDIS_STATUS_NOT_ACCEPTED;
    }
    return put_back(world, snapshot, size, problem);
}

static void set_epoch(sao_world *world, uint16_t epoch)
{
    for (const sao_world_part *at = world->first; at != NULL; at = at->next) {
        if (at->kind == SAO_WORLD_SOFT_NIC)
            sao_soft_nic_set_epoch(at->object, epoch);
        else if (at->kind == SAO_WORLD_TRANSPORT)
            sao_transport_set_epoch(at->object, epoch);
    }
    world->epoch = epoch;
}

NDIS_STATUS sao_world_fork(sao_world *world, const void *snapshot, size_t size,
                           const char **problem)
{
    const char *unheard;
    NDIS_STATUS status;

    if (problem == NULL)
        problem = &unheard;
    if (world->epoch == UINT16_MAX) {
        *problem = "no epoch is left";
        return NDIS_STATUS_RESOURCES;
    }
    status = put_back(world, snapshot, size, problem);
    if (status == NDIS_STATUS_SUCCESS)
        set_epoch(world, (uint16_t)(world->epoch + 1u));
    return status;
}

uint16_t sao_world_epoch(const sao_world *world)
{
    return (uint16_t)world->epoch;
}

void sao_world_wipe_snapshot(void *snapshot, size_t size)
{
    SAO_WIPE(snapshot, size);
}
