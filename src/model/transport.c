// SPDX-License-Identifier: BSD-2-Clause
/* transport.c: configuration and memory; see transport_internal.h. */
#include "model/transport_internal.h"

#define ALIGNMENT ((uint64_t) _Alignof(max_align_t))
#define COUNT_MAX 65536u
#define CAPACITY_MAX (1u << 20)

/* ---- configuration --------------------------------------------------------------------- */

void sao_transport_config_init(sao_transport_config *config)
{
    static const uint8_t mac[6] = {0x02, 0, 0, 0, 0, 0x01};
    static const uint8_t peer_mac[6] = {0x02, 0, 0, 0, 0, 0x02};

    SAO_MEMSET(config, 0, sizeof *config);
    config->size = sizeof *config;
    config->profile = SAO_PROFILE_NDIS_6_20;
    SAO_MEMCPY(config->mac, mac, sizeof mac);
    SAO_MEMCPY(config->peer_mac, peer_mac, sizeof peer_mac);
    config->associations = 8;
    config->packets = 8;
    config->packet_capacity = 2048;
    config->offload = true;
}

static const char *miniport_problem(const sao_miniport_ops *ops)
{
    if (ops == NULL || ops->size != sizeof *ops)
        return "the miniport's operations are missing or of another version";
    if (ops->request == NULL || ops->cancel == NULL || ops->send == NULL ||
        ops->return_packet == NULL || ops->life == NULL)
        return "an operation of the miniport is missing";
    return NULL;
}

/* Why a configuration cannot be used; NULL if it can. */
static const char *config_problem(const sao_transport_config *config)
{
    if (config == NULL || config->size != sizeof *config)
        return "the configuration is missing or of another version";
    if (config->provider == NULL || config->provider->size != sizeof *config->provider)
        return "the crypto provider is missing or of another version";
    if (config->hooks.deliver == NULL)
        return "the deliver hook is missing";
    if (config->profile != SAO_PROFILE_NDIS_6_1 && config->profile != SAO_PROFILE_NDIS_6_20 &&
        config->profile != SAO_PROFILE_NDIS_6_30)
        return "the profile is no NDIS version of this library";
    if (config->associations == 0 || config->associations > COUNT_MAX)
        return "associations is out of range";
    if (config->packets == 0 || config->packets > COUNT_MAX)
        return "packets is out of range";
    if (config->packet_capacity < 128u || config->packet_capacity > CAPACITY_MAX)
        return "packet_capacity is out of range";
    return miniport_problem(config->miniport.ops);
}

/* ---- memory ---------------------------------------------------------------------------- */

/* Where each array starts; 64 bits wide, so that nothing wraps before it is compared. */
typedef struct layout {
    uint64_t associations;
    uint64_t contexts;
    uint64_t context_size;
    uint64_t buffers;
    uint64_t bytes;
    uint64_t total;
} layout;

static uint64_t align_up(uint64_t n)
{
    return (n + ALIGNMENT - 1u) / ALIGNMENT * ALIGNMENT;
}

static layout lay_out(const sao_transport_config *config)
{
    layout at;

    at.associations = align_up(sizeof(sao_transport));
    at.contexts =
        align_up(at.associations + (uint64_t)config->associations * sizeof(sao_association));
    at.context_size = align_up(config->provider->context_size);
    at.buffers =
        align_up(at.contexts + at.context_size * SAO_HALVES * SAO_SAS_MAX * config->associations);
    at.bytes = align_up(at.buffers + (uint64_t)config->packets * sizeof(sao_send_buffer));
    at.total = at.bytes + (uint64_t)config->packets * config->packet_capacity * 2u;
    return at;
}

size_t sao_transport_size(const sao_transport_config *config)
{
    uint64_t total;

    if (config_problem(config) != NULL)
        return 0;
    total = lay_out(config).total;
    return total <= SIZE_MAX ? (size_t)total : 0;
}

static void set_up_buffers(sao_transport *transport, uint8_t *bytes)
{
    const uint32_t capacity = transport->config.packet_capacity;

    for (uint32_t i = transport->config.packets; i-- > 0;) {
        sao_send_buffer *buffer = &transport->buffers[i];

        SAO_MEMSET(buffer, 0, sizeof *buffer);
        buffer->packet.data = bytes + (size_t)i * 2u * capacity;
        buffer->packet.capacity = capacity;
        buffer->inner = buffer->packet.data + capacity;
        buffer->next = transport->free_buffers;
        transport->free_buffers = buffer;
    }
}

NDIS_STATUS sao_transport_init(void *memory, size_t size, const sao_transport_config *config,
                               sao_transport **transport, const char **problem)
{
    const char *why = config_problem(config);
    uint8_t *base = (uint8_t *)memory;
    sao_transport *made = (sao_transport *)memory;
    layout at;

    if (why == NULL && (memory == NULL || (uintptr_t)memory % ALIGNMENT != 0))
        why = "the memory is missing or misaligned";
    if (problem != NULL)
        *problem = why;
    if (why != NULL)
        return NDIS_STATUS_INVALID_PARAMETER;
    at = lay_out(config);
    if (size < at.total) {
        if (problem != NULL)
            *problem = "the memory is too small";
        return NDIS_STATUS_RESOURCES;
    }

    SAO_MEMSET(made, 0, sizeof *made);
    made->config = *config;
    made->associations = (sao_association *)(void *)(base + at.associations);
    made->buffers = (sao_send_buffer *)(void *)(base + at.buffers);
    SAO_MEMSET(base + at.associations, 0, (size_t)(at.buffers - at.associations));
    for (uint32_t i = 0; i < config->associations; i++) {
        sao_association *association = &made->associations[i];

        association->id = i;
        for (uint32_t n = 0; n < SAO_HALVES * SAO_SAS_MAX; n++)
            association->half[n / SAO_SAS_MAX].sa[n % SAO_SAS_MAX].context =
                base + at.contexts + at.context_size * (SAO_HALVES * SAO_SAS_MAX * i + n);
    }
    set_up_buffers(made, base + at.bytes);
    *transport = made;
    return NDIS_STATUS_SUCCESS;
}

/* ---- what the miniport is bound to ----------------------------------------------------- */

sao_protocol sao_transport_protocol(sao_transport *transport)
{
    static const sao_protocol_ops ops = {
        .size = sizeof(sao_protocol_ops),
        .request_complete = sao_transport_request_complete,
        .send_complete = sao_transport_send_complete,
        .indicate = sao_transport_indicate,
        .life_complete = sao_transport_life_complete,
        .current_config = sao_transport_current_config,
    };
    const sao_protocol protocol = {&ops, transport};

    return protocol;
}

void sao_transport_violation(sao_transport *transport, const char *rule, const char *what)
{
    transport->counters.violations++;
    if (transport->config.hooks.violation != NULL)
        transport->config.hooks.violation(transport->config.hooks.context, rule, what);
}

/* ---- time and numbers ------------------------------------------------------------------ */

uint64_t sao_transport_poll(sao_transport *transport, uint64_t now)
{
    transport->now = now;
    sao_transport_pump(transport);
    return sao_transport_next_due(transport);
}

uint64_t sao_transport_sent(const sao_transport *transport, uint32_t id)
{
    const sao_association *association = sao_transport_find(transport, id);

    return association != NULL ? association->sent : 0;
}

uint32_t sao_transport_unfinished(const sao_transport *transport, uint32_t id)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < transport->config.packets; i++)
        if (transport->buffers[i].in_use && transport->buffers[i].association == id)
            count++;
    return count;
}

void sao_transport_get_counters(const sao_transport *transport, sao_transport_counters *counters)
{
    *counters = transport->counters;
}

void sao_transport_set_epoch(sao_transport *transport, uint16_t epoch)
{
    transport->config.epoch = epoch;
}
