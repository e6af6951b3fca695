// SPDX-License-Identifier: BSD-2-Clause
/* soft_nic.c: configuration, memory, the passing of time, and the edges of the soft NIC. */
#include "nic/soft_nic_private.h"

/* Steps that the adapter is given at once; poll goes on until it has none left. */
#define STEPS 64u

/* ---- configuration --------------------------------------------------------------------- */

void sao_soft_nic_config_init(sao_soft_nic_config *config)
{
    sao_adapter_config adapter;
    NDIS_IPSEC_OFFLOAD_V2 *capabilities = &config->capabilities;

    SAO_MEMSET(config, 0, sizeof *config);
    config->size = sizeof *config;
    sao_adapter_config_init(&adapter);
    config->profile = adapter.profile;
    config->tag = adapter.tag;
    config->hash_seed = adapter.hash_seed;

    capabilities->Encapsulation = NDIS_ENCAPSULATION_NULL | NDIS_ENCAPSULATION_IEEE_802_3 |
                                  NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q;
    capabilities->IPv6Supported = 1;
    capabilities->Esp = 1;
    capabilities->Transport = 1;
    capabilities->Tunnel = 1;
    capabilities->ExtendedSequenceNumbers = 1;
    capabilities->SaOffloadCapacity = 64;
}

/* What is wrong with a configuration, as far as the adapter does not see it; NULL for nothing. */
static const char *check_config(const sao_soft_nic_config *config)
{
    if (config->size != sizeof *config)
        return "the configuration has an unknown size";
    if (config->provider == NULL)
        return "a soft NIC needs a crypto provider";
    if (config->provider->size != sizeof *config->provider)
        return "the crypto provider has an unknown size";
    if (config->wire.transmit == NULL || config->wire.release == NULL)
        return "a soft NIC needs a wire to transmit to and to release to";
    if (config->wish_fill_percent > 100)
        return "wish_fill_percent is over 100";
    if (config->reset_status != NDIS_STATUS_SUCCESS &&
        config->reset_status != NDIS_STATUS_SOFT_ERRORS &&
        config->reset_status != NDIS_STATUS_HARD_ERRORS)
        return "reset_status is nothing that a reset comes to";
    if (config->capabilities.LsoSupported && config->staging == 0)
        return "large packets are cut in the staging memory, of which there is none";
    if (config->capabilities.LsoSupported && !config->capabilities.Transport)
        return "large packets are of transport mode, which is not offered";
    return NULL;
}

/* ---- callbacks of the adapter ---------------------------------------------------------- */

static void request_complete(void *host, sao_request *request)
{
    sao_soft_nic *nic = host;

    nic->protocol.ops->request_complete(nic->protocol.context, request);
}

static void life_complete(void *host, sao_life_event event, NDIS_STATUS status)
{
    sao_soft_nic *nic = host;

    sao_nic_life_over(nic, event);
    if (nic->protocol.ops != NULL) /* an initialize needs nobody yet */
        nic->protocol.ops->life_complete(nic->protocol.context, event, status);
}

static void current_config(void *host, const NDIS_IPSEC_OFFLOAD_V2 *config)
{
    sao_soft_nic *nic = host;

    nic->protocol.ops->current_config(nic->protocol.context, config);
}

static void pass_event(void *host, const sao_event *event)
{
    sao_soft_nic *nic = host;

    nic->config.event(nic->config.event_context, event);
}

static void describe_adapter(const sao_soft_nic_config *config, sao_soft_nic *nic,
                             sao_adapter_config *adapter)
{
    sao_adapter_config_init(adapter);
    adapter->capabilities = config->capabilities;
    adapter->profile = config->profile;
    adapter->tag = config->tag;
    adapter->hash_seed = config->hash_seed;
    adapter->backend_ops = sao_nic_backend_ops(config);
    adapter->backend = nic;
    adapter->host.request_complete = request_complete;
    adapter->host.life_complete = life_complete;
    adapter->host.current_config = current_config;
    adapter->host.event = config->event != NULL ? pass_event : NULL;
    adapter->host_context = nic;
}

/* ---- memory ---------------------------------------------------------------------------- */

/* Where everything is in the one block; all of it aligned for max_align_t. */
typedef struct arena {
    size_t adapter;
    size_t bundles;
    size_t contexts;
    size_t context_stride;
    uint32_t contexts_per_bundle;
    size_t answers;
    size_t staging;
    size_t size; /* SIZE_MAX: more than there can be */
} arena;

static size_t aligned(size_t size)
{
    const size_t alignment = _Alignof(max_align_t);

    return (size + alignment - 1u) / alignment * alignment;
}

/* Takes room for `count` items and returns where it begins. */
static size_t reserve(arena *all, size_t count, size_t item)
{
    const size_t at = all->size;

    if (at == SIZE_MAX || item > SIZE_MAX / 4u || (item > 0 && count > (SIZE_MAX / 2u - at) / item))
        all->size = SIZE_MAX;
    else
        all->size = aligned(at + count * item);
    return at;
}

/* Results as sao_adapter_init; the adapter knows why it refuses without any memory. */
static NDIS_STATUS lay_out(const sao_soft_nic_config *config, arena *all, const char **problem)
{
    const size_t capacity = config->capabilities.SaOffloadCapacity;
    sao_adapter_config adapter;
    sao_adapter *none;
    size_t adapter_size;

    *problem = check_config(config);
    if (*problem != NULL)
        return NDIS_STATUS_INVALID_PARAMETER;
    describe_adapter(config, NULL, &adapter);
    adapter_size = sao_adapter_size(&adapter);
    if (adapter_size == 0)
        return sao_adapter_init(NULL, 0, &adapter, &none, problem);

    all->size = aligned(sizeof(sao_soft_nic));
    all->context_stride = aligned(config->provider->context_size);
    all->adapter = reserve(all, 1, adapter_size);
    all->bundles = reserve(all, capacity, sizeof(sao_nic_bundle));
    all->contexts_per_bundle = config->capabilities.AhEspCombined ? SAO_NIC_SAS : 1;
    all->contexts = reserve(all, capacity, all->contexts_per_bundle * all->context_stride);
    all->answers = reserve(all, capacity, SAO_NIC_ANSWERS_PER_BUNDLE * sizeof(sao_nic_answer));
    (void)reserve(all, SAO_NIC_LIFE_ANSWERS, sizeof(sao_nic_answer));
    all->staging = reserve(all, config->staging, 1);
    if (all->size == SIZE_MAX) {
        *problem = "the soft NIC would be larger than memory can be";
        return NDIS_STATUS_RESOURCES;
    }
    return NDIS_STATUS_SUCCESS;
}

size_t sao_soft_nic_size(const sao_soft_nic_config *config)
{
    const char *problem;
    arena all = {0};

    return lay_out(config, &all, &problem) == NDIS_STATUS_SUCCESS ? all.size : 0;
}

static sao_soft_nic *build(uint8_t *memory, const arena *all, const sao_soft_nic_config *config)
{
    sao_soft_nic *nic = (sao_soft_nic *)(void *)memory;

    SAO_MEMSET(nic, 0, sizeof *nic);
    nic->config = *config;
    nic->bundles = (sao_nic_bundle *)(void *)(memory + all->bundles);
    nic->contexts = memory + all->contexts;
    nic->context_stride = all->context_stride;
    nic->contexts_per_bundle = all->contexts_per_bundle;
    nic->answers = (sao_nic_answer *)(void *)(memory + all->answers);
    nic->staging = memory + all->staging;
    sao_nic_backend_init(nic);
    return nic;
}

NDIS_STATUS sao_soft_nic_init(void *memory, size_t size, const sao_soft_nic_config *config,
                              sao_soft_nic **nic, const char **problem)
{
    uint8_t *bytes = memory;
    sao_adapter_config adapter;
    const char *unheard;
    NDIS_STATUS status;
    arena all = {0};

    *nic = NULL;
    if (problem == NULL)
        problem = &unheard;
    status = lay_out(config, &all, problem);
    if (status != NDIS_STATUS_SUCCESS)
        return status;
    if (memory == NULL || size < all.size) {
        *problem = "the memory is smaller than sao_soft_nic_size";
        return NDIS_STATUS_RESOURCES;
    }
    *nic = build(bytes, &all, config);
    describe_adapter(config, *nic, &adapter);
    return sao_adapter_init(bytes + all.adapter, all.bundles - all.adapter, &adapter,
                            &(*nic)->adapter, problem);
}

/* ---- time ------------------------------------------------------------------------------ */

/* When the head of a queue is due; false if the queue is empty. */
static bool head_due(const sao_soft_nic *nic, sao_nic_queue queue, uint64_t *due)
{
    if (queue < SAO_NIC_ANSWER_QUEUES) {
        const uint32_t head = nic->answer_queues[queue].head;

        if (head != SAO_NIC_NONE)
            *due = nic->answers[head].due;
        return head != SAO_NIC_NONE;
    }

    const sao_packet *packet = queue == SAO_NIC_SENDS ? nic->sends.head : nic->receives.head;

    if (queue == SAO_NIC_SENDS && nic->holds_sends)
        return false;
    if (packet != NULL)
        *due = packet->due;
    return packet != NULL;
}

/* The queue whose head is due first; SAO_NIC_NO_QUEUE, due never, if all are empty. */
static sao_nic_queue next_due(const sao_soft_nic *nic, uint64_t *due)
{
    sao_nic_queue first = SAO_NIC_NO_QUEUE;
    uint64_t at;

    *due = UINT64_MAX;
    for (sao_nic_queue queue = 0; queue < SAO_NIC_NO_QUEUE; queue++) {
        if (!head_due(nic, queue, &at) || (first != SAO_NIC_NO_QUEUE && at >= *due))
            continue;
        first = queue;
        *due = at;
    }
    return first;
}

static void do_next(sao_soft_nic *nic, sao_nic_queue queue)
{
    switch (queue) {
    case SAO_NIC_ADD_ANSWERS:
    case SAO_NIC_REMOVE_ANSWERS:
    case SAO_NIC_UPDATE_ANSWERS:
    case SAO_NIC_RESTART_ANSWERS:
    case SAO_NIC_RESET_ANSWERS:
    case SAO_NIC_POWER_ANSWERS:
        sao_nic_answer_next(nic, &nic->answer_queues[queue]);
        break;
    case SAO_NIC_SENDS:
        sao_nic_transmit_next(nic);
        break;
    case SAO_NIC_RECEIVES:
        sao_nic_indicate_next(nic);
        break;
    case SAO_NIC_NO_QUEUE:
        break;
    }
}

static void run_adapter(sao_soft_nic *nic)
{
    while (sao_adapter_poll(nic->adapter, nic->now, STEPS).more)
        continue;
}

/*
 * Goes from one due time to the next, so that what follows from an event (a remove that begins
 * when the last packet is through) counts from then and not from the end of the interval. Each
 * turn looks anew: a callback may have given the NIC more to do.
 */
uint64_t sao_soft_nic_poll(sao_soft_nic *nic, uint64_t now)
{
    sao_nic_queue queue;
    uint64_t due;

    run_adapter(nic);
    while ((queue = next_due(nic, &due)) != SAO_NIC_NO_QUEUE && due <= now) {
        if (due > nic->now) {
            nic->now = due;
            run_adapter(nic); /* its events carry the time that it was told */
        }
        do_next(nic, queue);
        /* Packets come in numbers: the adapter runs when nothing more is due at this time. */
        if (next_due(nic, &due) == SAO_NIC_NO_QUEUE || due > nic->now)
            run_adapter(nic);
    }
    if (now > nic->now) {
        nic->now = now;
        run_adapter(nic);
    }
    (void)next_due(nic, &due);
    return due;
}

uint64_t sao_soft_nic_next_due(const sao_soft_nic *nic)
{
    uint64_t due;

    (void)next_due(nic, &due);
    return due;
}

/* ---- edges ----------------------------------------------------------------------------- */

static NDIS_STATUS nic_request(void *miniport, sao_request *request)
{
    sao_soft_nic *nic = miniport;

    if (!sao_nic_is_bound(nic)) {
        request->status = NDIS_STATUS_INVALID_STATE;
        return request->status;
    }
    return sao_adapter_request(nic->adapter, request);
}

static void nic_cancel(void *miniport, const void *request_id)
{
    sao_soft_nic *nic = miniport;

    sao_adapter_cancel(nic->adapter, request_id);
}

void sao_soft_nic_bind(sao_soft_nic *nic, sao_protocol protocol)
{
    nic->protocol = protocol;
}

sao_miniport sao_soft_nic_miniport(sao_soft_nic *nic)
{
    static const sao_miniport_ops ops = {
        .size = sizeof ops,
        .request = nic_request,
        .cancel = nic_cancel,
        .send = sao_nic_send,
        .return_packet = sao_nic_return_packet,
        .life = sao_nic_life,
    };

    return (sao_miniport){&ops, nic};
}

sao_adapter *sao_soft_nic_adapter(sao_soft_nic *nic)
{
    return nic->adapter;
}

void sao_soft_nic_get_counters(const sao_soft_nic *nic, sao_soft_nic_counters *counters)
{
    *counters = nic->counters;
}

void sao_soft_nic_set_epoch(sao_soft_nic *nic, uint16_t epoch)
{
    nic->config.epoch = epoch;
}
