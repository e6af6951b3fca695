// SPDX-License-Identifier: BSD-2-Clause
/* Making an adapter out of a block of memory. */
#include <saoffload/capabilities.h>

#include "core/adapter_state.h"

#define QUEUES_MAX 1024u

void sao_adapter_config_init(sao_adapter_config *config)
{
    SAO_MEMSET(config, 0, sizeof *config);
    config->size = sizeof *config;
    config->profile = SAO_PROFILE_NDIS_6_20;
    config->queues = 1;
    config->elements_per_step = 64;
    config->steps_per_submit = 16;
}

static NDIS_STATUS check_config(const sao_adapter_config *config, const char **problem)
{
    const char *wrong = NULL;

    if (config->size != sizeof *config)
        wrong = "config.size is not that of this library's version";
    else if (config->queues < 1 || config->queues > QUEUES_MAX)
        wrong = "queues must be 1 to 1024";
    else if (config->tag > SAO_HANDLE_TAG_MAX)
        wrong = "tag is larger than SAO_HANDLE_TAG_MAX";
    else if (config->capabilities.SaOffloadCapacity > SAO_HANDLE_SLOTS_MAX)
        wrong = "SaOffloadCapacity is larger than SAO_HANDLE_SLOTS_MAX";
    else if (config->profile != SAO_PROFILE_NDIS_6_1 && config->profile != SAO_PROFILE_NDIS_6_20 &&
             config->profile != SAO_PROFILE_NDIS_6_30)
        wrong = "no such profile";
    else if (config->elements_per_step == 0 || config->steps_per_submit == 0)
        wrong = "elements_per_step and steps_per_submit must not be 0";
    else if (config->backend_ops == NULL || config->backend_ops->size != sizeof(sao_backend_ops))
        wrong = "backend_ops is missing, or not of this library's version";
    else if (config->backend_ops->add == NULL || config->backend_ops->remove == NULL)
        wrong = "a backend must have add and remove";
    else if ((config->host.lock == NULL) != (config->host.unlock == NULL))
        wrong = "host.lock and host.unlock come together";

    if (wrong == NULL)
        return sao_capabilities_check(&config->capabilities, problem);
    if (problem != NULL)
        *problem = wrong;
    return NDIS_STATUS_INVALID_PARAMETER;
}

/* ---- memory ---------------------------------------------------------------------------- */

/* Where each part lies, in bytes from the start. */
typedef struct adapter_layout {
    size_t queues;
    size_t records;
    size_t handles;
    size_t live;
    size_t parked;
    size_t pairs;
    size_t size;
    uint32_t slots;
    uint32_t index_buckets;
    uint32_t pair_buckets;
} adapter_layout;

/* Without a lock no two calls overlap: then nothing is gained from parts on lines of their own,
 * and small adapters that come in thousands are to be small. */
static size_t part_alignment(const sao_adapter_config *config)
{
    return config->host.lock != NULL ? SAO_CACHE_LINE : sizeof(uint64_t);
}

static size_t place(size_t *size, size_t bytes, size_t alignment)
{
    size_t at = *size;

    *size = at + (bytes + alignment - 1u) / alignment * alignment;
    return at;
}

/* The queues' room is larger by the difference, so that they can begin at a line's start wherever
 * the memory does. */
static uint8_t *align_queues(uint8_t *bytes, size_t alignment)
{
    return bytes + (alignment - (uintptr_t)bytes % alignment) % alignment;
}

static adapter_layout lay_out(const sao_adapter_config *config)
{
    uint32_t capacity = config->capabilities.SaOffloadCapacity;
    size_t unit = part_alignment(config);
    adapter_layout layout;

    SAO_MEMSET(&layout, 0, sizeof layout);
    layout.slots = capacity == 0 ? 1u : capacity;
    layout.index_buckets = sao_index_buckets(layout.slots);
    layout.pair_buckets = sao_pairing_buckets(layout.slots);
    (void)place(&layout.size, sizeof(sao_adapter), unit);
    layout.queues = place(&layout.size,
                          (size_t)config->queues * SAO_CACHE_LINE + unit - sizeof(uint64_t), unit);
    layout.records = place(&layout.size, layout.slots * sizeof(sao_record), unit);
    layout.handles = place(&layout.size, sao_handle_table_size(layout.slots), unit);
    layout.live = place(&layout.size, layout.index_buckets * sizeof(sao_atomic32), unit);
    layout.parked = place(&layout.size, layout.index_buckets * sizeof(uint32_t), unit);
    layout.pairs = place(&layout.size, layout.pair_buckets * sizeof(uint32_t), unit);
    return layout;
}

size_t sao_adapter_size(const sao_adapter_config *config)
{
    if (check_config(config, NULL) != NDIS_STATUS_SUCCESS)
        return 0;
    return lay_out(config).size;
}

NDIS_STATUS sao_adapter_init(void *memory, size_t size, const sao_adapter_config *config,
                             sao_adapter **adapter, const char **problem)
{
    NDIS_STATUS status = check_config(config, problem);
    adapter_layout layout;
    sao_adapter *a = (sao_adapter *)memory;
    uint8_t *bytes = (uint8_t *)memory;

    *adapter = NULL;
    if (status != NDIS_STATUS_SUCCESS)
        return status;
    layout = lay_out(config);
    if (memory == NULL || size < layout.size) {
        if (problem != NULL)
            *problem = "the memory is smaller than sao_adapter_size";
        return NDIS_STATUS_RESOURCES;
    }

    SAO_MEMSET(memory, 0, layout.size);
    a->config = *config;
    a->records = (sao_record *)(void *)(bytes + layout.records);
    status = sao_handle_table_init(&a->handles, (sao_handle_slot *)(void *)(bytes + layout.handles),
                                   layout.slots, config->tag);
    SAO_ASSERT(status == NDIS_STATUS_SUCCESS);
    sao_index_init(&a->index, a->records, (sao_atomic32 *)(void *)(bytes + layout.live),
                   (uint32_t *)(void *)(bytes + layout.parked), layout.index_buckets,
                   config->hash_seed);
    sao_pairing_init(&a->pairing, a->records, (uint32_t *)(void *)(bytes + layout.pairs),
                     layout.pair_buckets, config->hash_seed);
    sao_grace_init(&a->grace, align_queues(bytes + layout.queues, part_alignment(config)),
                   config->queues);
    a->state = SAO_ADAPTER_HALTED;
    sao_bundle_forget_orphans(a);
    *adapter = a;
    return status;
}

const NDIS_IPSEC_OFFLOAD_V2 *sao_adapter_capabilities(const sao_adapter *adapter)
{
    return &adapter->config.capabilities;
}
