// SPDX-License-Identifier: BSD-2-Clause
/* transport.c: configuration, memory, and the associations; see transport_internal.h. */
#include "model/transport_internal.h"

#include <saoffload/algorithm.h>

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
    at.buffers = align_up(at.contexts + at.context_size * SAO_HALVES * config->associations);
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
        for (uint32_t half = 0; half < SAO_HALVES; half++)
            association->half[half].context =
                base + at.contexts + at.context_size * (SAO_HALVES * i + half);
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

/* ---- associations ---------------------------------------------------------------------- */

sao_association *sao_transport_find(const sao_transport *transport, uint32_t id)
{
    sao_association *association = &transport->associations[id % transport->config.associations];

    return association->in_use && association->id == id ? association : NULL;
}

static sao_association *find_free(const sao_transport *transport)
{
    for (uint32_t i = 0; i < transport->config.associations; i++)
        if (!transport->associations[i].in_use)
            return &transport->associations[i];
    return NULL;
}

/* The NIC would refuse the second of two (ADD-12); so do we, before anything depends on it. */
static bool spi_is_taken(const sao_transport *transport,
                         const sao_transport_association *association)
{
    for (uint32_t i = 0; i < transport->config.associations; i++) {
        const sao_association *other = &transport->associations[i];

        if (other->in_use && other->half[SAO_IN].sa.spi == association->inbound.spi &&
            other->ip_version == association->ip_version &&
            SAO_MEMCMP(&other->local, &association->local, sizeof other->local) == 0)
            return true;
    }
    return false;
}

static NDIS_STATUS copy_keys(sao_half_keys *keys, const sao_transport_association *association,
                             const sao_transport_sa *sa)
{
    const sao_algorithm *encryption = sao_encryption_algorithm(association->encryption);
    const sao_algorithm *authentication = sao_authentication_algorithm(association->authentication);

    if (encryption != NULL)
        keys->encryption_length = encryption->key_length;
    if (authentication != NULL && (encryption == NULL || !encryption->combined))
        keys->authentication_length = authentication->key_length;
    if ((keys->encryption_length > 0 && sa->encryption_key == NULL) ||
        (keys->authentication_length > 0 && sa->authentication_key == NULL))
        return NDIS_STATUS_INVALID_PARAMETER;
    if (keys->encryption_length > 0)
        SAO_MEMCPY(keys->encryption, sa->encryption_key, keys->encryption_length);
    if (keys->authentication_length > 0)
        SAO_MEMCPY(keys->authentication, sa->authentication_key, keys->authentication_length);
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS set_up_half(const sao_transport *transport, sao_half *half, bool inbound,
                               const sao_transport_association *association)
{
    const sao_transport_sa *sa = inbound ? &association->inbound : &association->outbound;
    NDIS_STATUS status = copy_keys(&half->keys, association, sa);
    sao_ipsec_params params;

    if (status != NDIS_STATUS_SUCCESS)
        return status;
    sao_ipsec_params_init(&params);
    params.ip_version = association->ip_version;
    params.source = inbound ? association->remote : association->local;
    params.destination = inbound ? association->local : association->remote;
    params.spi = sa->spi;
    params.esn = association->esn;
    params.encryption = association->encryption;
    params.authentication = association->authentication;
    params.encryption_key = half->keys.encryption_length > 0 ? half->keys.encryption : NULL;
    params.encryption_key_length = half->keys.encryption_length;
    params.authentication_key =
        half->keys.authentication_length > 0 ? half->keys.authentication : NULL;
    params.authentication_key_length = half->keys.authentication_length;
    return sao_ipsec_sa_init(&half->sa, &params, transport->config.provider, half->context);
}

/* Everything of an association that is not its place: ids are not used again for long. */
static void wipe_association(const sao_transport *transport, sao_association *association)
{
    void *contexts[SAO_HALVES] = {association->half[SAO_IN].context,
                                  association->half[SAO_OUT].context};
    uint32_t id = association->id;

    for (uint32_t half = 0; half < SAO_HALVES; half++)
        sao_ipsec_sa_wipe(&association->half[half].sa);
    SAO_WIPE(association, sizeof *association);
    for (uint32_t half = 0; half < SAO_HALVES; half++)
        association->half[half].context = contexts[half];
    association->id = id < SAO_ASSOCIATION_NONE - transport->config.associations
                          ? id + transport->config.associations
                          : id % transport->config.associations;
}

void sao_transport_forget(sao_transport *transport, sao_association *association)
{
    wipe_association(transport, association);
    transport->counters.associations--;
}

NDIS_STATUS sao_transport_establish(sao_transport *transport,
                                    const sao_transport_association *association, uint32_t *id)
{
    sao_association *made = find_free(transport);
    NDIS_STATUS status;

    *id = SAO_ASSOCIATION_NONE;
    if (association->form.mode != SAO_IPSEC_TUNNEL ||
        association->form.headers != SAO_HEADERS_ESP || association->form.udp_esp != 0 ||
        association->over_tunnel)
        return NDIS_STATUS_NOT_SUPPORTED; /* until the parts of the transport know the others */
    if (made == NULL)
        return NDIS_STATUS_RESOURCES;
    if (spi_is_taken(transport, association))
        return NDIS_STATUS_INVALID_PARAMETER;
    status = set_up_half(transport, &made->half[SAO_IN], true, association);
    if (status == NDIS_STATUS_SUCCESS)
        status = set_up_half(transport, &made->half[SAO_OUT], false, association);
    if (status != NDIS_STATUS_SUCCESS) {
        wipe_association(transport, made);
        return status;
    }
    made->in_use = true;
    made->ip_version = association->ip_version;
    made->esn = association->esn;
    made->local = association->local;
    made->remote = association->remote;
    made->encryption = association->encryption;
    made->authentication = association->authentication;
    sao_replay_init(&made->replay);
    transport->counters.associations++;
    *id = made->id;
    sao_transport_pump(transport);
    return NDIS_STATUS_SUCCESS;
}

void sao_transport_retire(sao_transport *transport, uint32_t id)
{
    sao_association *association = sao_transport_find(transport, id);

    if (association == NULL)
        return;
    association->retiring = true;
    sao_transport_pump(transport);
}

void sao_transport_cancel(sao_transport *transport, uint32_t id)
{
    const sao_miniport *miniport = &transport->config.miniport;
    const sao_association *association = sao_transport_find(transport, id);

    if (association == NULL)
        return;
    for (uint32_t direction = 0; direction < SAO_HALVES; direction++)
        if (association->half[direction].outstanding)
            miniport->ops->cancel(miniport->context,
                                  association->half[direction].request.request_id);
}

sao_association_state sao_transport_state(const sao_transport *transport, uint32_t id)
{
    const sao_association *association = sao_transport_find(transport, id);
    const sao_half *in;
    const sao_half *out;

    if (association == NULL)
        return SAO_ASSOCIATION_UNKNOWN;
    if (association->retiring)
        return SAO_ASSOCIATION_RETIRING;
    if (association->delete_wanted)
        return SAO_ASSOCIATION_DELETING;
    in = &association->half[SAO_IN];
    out = &association->half[SAO_OUT];
    if (in->state == SAO_HALF_ADDING || out->state == SAO_HALF_ADDING)
        return SAO_ASSOCIATION_ADDING;
    return sao_half_is_live(in) && sao_half_is_live(out) ? SAO_ASSOCIATION_OFFLOADED
                                                         : SAO_ASSOCIATION_SOFTWARE;
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
