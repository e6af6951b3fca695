// SPDX-License-Identifier: BSD-2-Clause
/* world.c: an arena of parts, and what concerns all parts at once; see world_internal.h. */
#include "model/world_internal.h"

static size_t aligned(size_t size)
{
    const size_t alignment = _Alignof(max_align_t);

    return (size + alignment - 1u) / alignment * alignment;
}

void sao_world_config_init(sao_world_config *config)
{
    SAO_MEMSET(config, 0, sizeof *config);
    config->size = sizeof *config;
}

size_t sao_world_size(void)
{
    return aligned(sizeof(sao_world));
}

size_t sao_world_part_size(size_t bytes)
{
    return aligned(sizeof(sao_world_part)) + aligned(bytes);
}

NDIS_STATUS sao_world_init(void *memory, size_t size, const sao_world_config *config,
                           sao_world **world)
{
    sao_world *made = memory;

    *world = NULL;
    if (config->size != sizeof *config || (uintptr_t)memory % _Alignof(max_align_t) != 0)
        return NDIS_STATUS_INVALID_PARAMETER;
    if (memory == NULL || size < sao_world_size())
        return NDIS_STATUS_RESOURCES;
    SAO_MEMSET(made, 0, sao_world_size());
    made->config = *config;
    made->size = size;
    made->used = sao_world_size();
    *world = made;
    return NDIS_STATUS_SUCCESS;
}

/* ---- parts ----------------------------------------------------------------------------- */

/* Room for a part, zeroed; NULL if there is none. It is no part yet. */
static sao_world_part *reserve(sao_world *world, sao_world_part_kind kind, const char *name,
                               size_t size)
{
    const size_t rest = world->size - world->used;
    sao_world_part *made = (sao_world_part *)(void *)((uint8_t *)world + world->used);

    if (size > rest || sao_world_part_size(size) > rest)
        return NULL;
    SAO_MEMSET(made, 0, sao_world_part_size(size));
    made->object = (uint8_t *)made + aligned(sizeof *made);
    made->kind = kind;
    made->name = name;
    made->size = size;
    return made;
}

static void keep(sao_world *world, sao_world_part *made)
{
    world->used += sao_world_part_size(made->size);
    if (world->last == NULL)
        world->first = made;
    else
        world->last->next = made;
    world->last = made;
}

/* Reserves room. A size of 0 is that of a bad configuration: the part's own init says why. */
static NDIS_STATUS begin(sao_world *world, sao_world_part_kind kind, const char *name, size_t size,
                         sao_world_part **made, const char **problem)
{
    *made = reserve(world, kind, name, size);
    if (*made != NULL || size == 0)
        return NDIS_STATUS_SUCCESS;
    if (problem != NULL)
        *problem = "the arena is full";
    return NDIS_STATUS_RESOURCES;
}

/* What was reserved becomes a part if it could be made. */
static NDIS_STATUS conclude(sao_world *world, sao_world_part *made, NDIS_STATUS status,
                            const sao_crypto_provider *provider, uint16_t epoch)
{
    if (status != NDIS_STATUS_SUCCESS)
        return status;
    made->provider = provider;
    if (epoch > world->epoch)
        world->epoch = epoch;
    keep(world, made);
    return status;
}

static void *object_of(const sao_world_part *made)
{
    return made != NULL ? made->object : NULL;
}

NDIS_STATUS sao_world_add_adapter(sao_world *world, const char *name,
                                  const sao_adapter_config *config, sao_adapter **adapter,
                                  const char **problem)
{
    const size_t size = sao_adapter_size(config);
    sao_world_part *made;
    NDIS_STATUS status = begin(world, SAO_WORLD_ADAPTER, name, size, &made, problem);

    *adapter = NULL;
    if (status == NDIS_STATUS_SUCCESS)
        status = sao_adapter_init(object_of(made), size, config, adapter, problem);
    return conclude(world, made, status, NULL, 0);
}

NDIS_STATUS sao_world_add_soft_nic(sao_world *world, const char *name,
                                   const sao_soft_nic_config *config, sao_soft_nic **nic,
                                   const char **problem)
{
    const size_t size = sao_soft_nic_size(config);
    sao_world_part *made;
    NDIS_STATUS status = begin(world, SAO_WORLD_SOFT_NIC, name, size, &made, problem);

    *nic = NULL;
    if (status == NDIS_STATUS_SUCCESS)
        status = sao_soft_nic_init(object_of(made), size, config, nic, problem);
    return conclude(world, made, status, config->provider, config->epoch);
}

NDIS_STATUS sao_world_add_transport(sao_world *world, const char *name,
                                    const sao_transport_config *config, sao_transport **transport,
                                    const char **problem)
{
    const size_t size = sao_transport_size(config);
    sao_world_part *made;
    NDIS_STATUS status = begin(world, SAO_WORLD_TRANSPORT, name, size, &made, problem);

    *transport = NULL;
    if (status == NDIS_STATUS_SUCCESS)
        status = sao_transport_init(object_of(made), size, config, transport, problem);
    return conclude(world, made, status, config->provider, config->epoch);
}

sao_request *sao_world_add_request(sao_world *world, const char *name)
{
    sao_world_part *made = reserve(world, SAO_WORLD_REQUEST, name, sizeof(sao_request));

    if (made == NULL)
        return NULL;
    keep(world, made);
    return made->object;
}

sao_packet *sao_world_add_packet(sao_world *world, const char *name, uint32_t capacity)
{
    sao_world_part *made = reserve(world, SAO_WORLD_PACKET, name, sizeof(sao_packet) + capacity);
    sao_packet *packet;

    if (made == NULL)
        return NULL;
    keep(world, made);
    packet = made->object;
    packet->data = (uint8_t *)packet + sizeof *packet;
    packet->capacity = capacity;
    return packet;
}

void *sao_world_add_data(sao_world *world, const char *name, size_t size,
                         void (*form)(const void *data, sao_canonical *writer))
{
    sao_world_part *made = reserve(world, SAO_WORLD_DATA, name, size);

    if (made == NULL)
        return NULL;
    made->form = form;
    keep(world, made);
    return made->object;
}

static bool same_name(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

void *sao_world_find(const sao_world *world, const char *name)
{
    const sao_world_part *found = world->first;

    while (found != NULL && !same_name(found->name, name))
        found = found->next;
    return object_of(found);
}

size_t sao_world_used(const sao_world *world)
{
    return world->used;
}

/* ---- all parts at once ----------------------------------------------------------------- */

uint64_t sao_world_next_due(const sao_world *world)
{
    uint64_t due = UINT64_MAX;

    for (const sao_world_part *at = world->first; at != NULL; at = at->next) {
        uint64_t next = UINT64_MAX;

        if (at->kind == SAO_WORLD_SOFT_NIC)
            next = sao_soft_nic_next_due(at->object);
        else if (at->kind == SAO_WORLD_TRANSPORT)
            next = sao_transport_next_due(at->object);
        due = next < due ? next : due;
    }
    return due;
}

static void write_part(const sao_world_part *at, sao_canonical *writer)
{
    switch (at->kind) {
    case SAO_WORLD_ADAPTER:
        sao_adapter_canonical(at->object, writer);
        break;
    case SAO_WORLD_SOFT_NIC:
        sao_soft_nic_canonical(at->object, writer);
        break;
    case SAO_WORLD_TRANSPORT:
        sao_transport_canonical(at->object, writer);
        break;
    case SAO_WORLD_DATA:
        if (at->form != NULL)
            at->form(at->object, writer);
        break;
    case SAO_WORLD_REQUEST:
    case SAO_WORLD_PACKET:
        break;
    }
}

void sao_world_canonical(sao_world *world, sao_canonical *writer)
{
    for (const sao_world_part *at = world->first; at != NULL; at = at->next)
        write_part(at, writer);
}

void sao_world_close(sao_world *world)
{
    SAO_WIPE(world, world->used);
}
