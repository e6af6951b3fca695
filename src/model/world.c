// SPDX-License-Identifier: BSD-2-Clause
/* world.c: an arena of parts, its snapshots, and what concerns all parts at once. */
#include <saoffload/version.h>
#include <saoffload/world.h>

/* ---- what a world is made of ----------------------------------------------------------- */

typedef enum part_kind {
    PART_DATA,
    PART_ADAPTER,
    PART_SOFT_NIC,
    PART_TRANSPORT,
    PART_REQUEST,
    PART_PACKET
} part_kind;

/* Stands right before what it describes. */
typedef struct part {
    struct part *next;
    void *object;
    const char *name;
    size_t size;
    const sao_crypto_provider *provider; /* that makes contexts in it; NULL for none */
    void (*form)(const void *data, sao_canonical *writer);
    part_kind kind;
} part;

struct sao_world {
    sao_world_config config;
    size_t size;
    size_t used;
    part *first;
    part *last;
    uint32_t epoch; /* the largest so far; the one thing that never goes back */
};

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
    return aligned(sizeof(part)) + aligned(bytes);
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
static part *reserve(sao_world *world, part_kind kind, const char *name, size_t size)
{
    const size_t rest = world->size - world->used;
    part *made = (part *)(void *)((uint8_t *)world + world->used);

    if (size > rest || sao_world_part_size(size) > rest)
        return NULL;
    SAO_MEMSET(made, 0, sao_world_part_size(size));
    made->object = (uint8_t *)made + aligned(sizeof *made);
    made->kind = kind;
    made->name = name;
    made->size = size;
    return made;
}

static void keep(sao_world *world, part *made)
{
    world->used += sao_world_part_size(made->size);
    if (world->last == NULL)
        world->first = made;
    else
        world->last->next = made;
    world->last = made;
}

/* Reserves room. A size of 0 is that of a bad configuration: the part's own init says why. */
static NDIS_STATUS begin(sao_world *world, part_kind kind, const char *name, size_t size,
                         part **made, const char **problem)
{
    *made = reserve(world, kind, name, size);
    if (*made != NULL || size == 0)
        return NDIS_STATUS_SUCCESS;
    if (problem != NULL)
        *problem = "the arena is full";
    return NDIS_STATUS_RESOURCES;
}

/* What was reserved becomes a part if it could be made. */
static NDIS_STATUS conclude(sao_world *world, part *made, NDIS_STATUS status,
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

static void *object_of(const part *made)
{
    return made != NULL ? made->object : NULL;
}

NDIS_STATUS sao_world_add_adapter(sao_world *world, const char *name,
                                  const sao_adapter_config *config, sao_adapter **adapter,
                                  const char **problem)
{
    const size_t size = sao_adapter_size(config);
    part *made;
    NDIS_STATUS status = begin(world, PART_ADAPTER, name, size, &made, problem);

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
    part *made;
    NDIS_STATUS status = begin(world, PART_SOFT_NIC, name, size, &made, problem);

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
    part *made;
    NDIS_STATUS status = begin(world, PART_TRANSPORT, name, size, &made, problem);

    *transport = NULL;
    if (status == NDIS_STATUS_SUCCESS)
        status = sao_transport_init(object_of(made), size, config, transport, problem);
    return conclude(world, made, status, config->provider, config->epoch);
}

sao_request *sao_world_add_request(sao_world *world, const char *name)
{
    part *made = reserve(world, PART_REQUEST, name, sizeof(sao_request));

    if (made == NULL)
        return NULL;
    keep(world, made);
    return made->object;
}

sao_packet *sao_world_add_packet(sao_world *world, const char *name, uint32_t capacity)
{
    part *made = reserve(world, PART_PACKET, name, sizeof(sao_packet) + capacity);
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
    part *made = reserve(world, PART_DATA, name, size);

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
    const part *found = world->first;

    while (found != NULL && !same_name(found->name, name))
        found = found->next;
    return object_of(found);
}

size_t sao_world_used(const sao_world *world)
{
    return world->used;
}

/* ---- snapshots ------------------------------------------------------------------------- */

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

    for (const part *at = world->first; at != NULL; at = at->next) {
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
    for (const part *at = world->first; at != NULL; at = at->next)
        if (at->provider != NULL && !at->provider->flat)
            return false;
    return true;
}

static bool holds_keys(const sao_world *world)
{
    for (const part *at = world->first; at != NULL; at = at->next)
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
    for (const part *at = world->first; at != NULL; at = at->next) {
        if (at->kind == PART_SOFT_NIC)
            sao_soft_nic_set_epoch(at->object, epoch);
        else if (at->kind == PART_TRANSPORT)
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

/* ---- all parts at once ----------------------------------------------------------------- */

uint64_t sao_world_next_due(const sao_world *world)
{
    uint64_t due = UINT64_MAX;

    for (const part *at = world->first; at != NULL; at = at->next) {
        uint64_t next = UINT64_MAX;

        if (at->kind == PART_SOFT_NIC)
            next = sao_soft_nic_next_due(at->object);
        else if (at->kind == PART_TRANSPORT)
            next = sao_transport_next_due(at->object);
        due = next < due ? next : due;
    }
    return due;
}

static void write_part(const part *at, sao_canonical *writer)
{
    switch (at->kind) {
    case PART_ADAPTER:
        sao_adapter_canonical(at->object, writer);
        break;
    case PART_SOFT_NIC:
        sao_soft_nic_canonical(at->object, writer);
        break;
    case PART_TRANSPORT:
        sao_transport_canonical(at->object, writer);
        break;
    case PART_DATA:
        if (at->form != NULL)
            at->form(at->object, writer);
        break;
    case PART_REQUEST:
    case PART_PACKET:
        break;
    }
}

void sao_world_canonical(sao_world *world, sao_canonical *writer)
{
    for (const part *at = world->first; at != NULL; at = at->next)
        write_part(at, writer);
}

void sao_world_close(sao_world *world)
{
    SAO_WIPE(world, world->used);
}
