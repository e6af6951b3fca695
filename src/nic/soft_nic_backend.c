// SPDX-License-Identifier: BSD-2-Clause
/* soft_nic_backend.c: the soft NIC as its adapter sees it: contexts, late answers, wishes. */
#include "nic/soft_nic_private.h"

#include <saoffload/algorithm.h>

/* Types of UDP encapsulation whose bundle is the tunnel. */
#define UDP_TUNNELS                                                                                \
    (IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TUNNEL |                                               \
     IPSEC_OFFLOAD_V2_TRANSPORT_OVER_UDP_ESP_ENCAPSULATION_TUNNEL)

/* ---- late answers ---------------------------------------------------------------------- */

NDIS_STATUS sao_nic_answer_after(sao_soft_nic *nic, sao_nic_queue queue, uint64_t latency,
                                 sao_ticket ticket, NDIS_STATUS status)
{
    sao_nic_answer_queue *waiting = &nic->answer_queues[queue];
    const uint32_t index = nic->free_answers;

    if (latency == 0 || index == SAO_NIC_NONE)
        return status;

    sao_nic_answer *late = &nic->answers[index];

    nic->free_answers = late->next;
    *late = (sao_nic_answer){
        .due = nic->now + latency, .ticket = ticket, .status = status, .next = SAO_NIC_NONE};
    if (waiting->head == SAO_NIC_NONE)
        waiting->head = index;
    else
        nic->answers[waiting->tail].next = index;
    waiting->tail = index;
    return NDIS_STATUS_PENDING;
}

void sao_nic_answer_next(sao_soft_nic *nic, sao_nic_answer_queue *queue)
{
    const uint32_t index = queue->head;
    sao_nic_answer *late = &nic->answers[index];
    const sao_nic_answer due = *late;

    /* Off the queue first: the adapter may call an operation from within. */
    queue->head = late->next;
    late->next = nic->free_answers;
    nic->free_answers = index;
    sao_adapter_backend_done(nic->adapter, due.ticket, due.status);
}

static void drop_answers(sao_soft_nic *nic, sao_nic_answer_queue *queue)
{
    while (queue->head != SAO_NIC_NONE) {
        sao_nic_answer *late = &nic->answers[queue->head];
        const uint32_t next = late->next;

        late->next = nic->free_answers;
        nic->free_answers = queue->head;
        queue->head = next;
    }
}

/* ---- bundles in order of age ----------------------------------------------------------- */

static sao_nic_context *context_of(sao_soft_nic *nic, uint32_t index)
{
    return &nic->bundles[index].hardware;
}

static void order_append(sao_soft_nic *nic, uint32_t index)
{
    sao_nic_context *bundle = context_of(nic, index);

    bundle->older = nic->youngest;
    bundle->younger = SAO_NIC_NONE;
    bundle->in_order = true;
    if (nic->youngest == SAO_NIC_NONE)
        nic->oldest = index;
    else
        context_of(nic, nic->youngest)->younger = index;
    nic->youngest = index;
}

static void order_remove(sao_soft_nic *nic, uint32_t index)
{
    sao_nic_context *bundle = context_of(nic, index);

    if (!bundle->in_order)
        return;
    if (bundle->older == SAO_NIC_NONE)
        nic->oldest = bundle->younger;
    else
        context_of(nic, bundle->older)->younger = bundle->younger;
    if (bundle->younger == SAO_NIC_NONE)
        nic->youngest = bundle->older;
    else
        context_of(nic, bundle->younger)->older = bundle->older;
    bundle->in_order = false;
}

/*
 * The table is filling up: the oldest inbound bundle not asked for yet shall go (DEL-2). If it
 * is not live, either its own add is not over, nor then those of younger ones, or it is on its
 * way out and makes the room already: nothing to wish for in both cases.
 */
static void wish_if_full(sao_soft_nic *nic)
{
    const uint64_t fill = (uint64_t)nic->alive * 100u;
    const uint64_t limit =
        (uint64_t)nic->config.capabilities.SaOffloadCapacity * nic->config.wish_fill_percent;
    const uint32_t oldest = nic->oldest;

    if (nic->config.wish_fill_percent == 0 || fill < limit || oldest == SAO_NIC_NONE)
        return;
    if (sao_adapter_wish_delete(nic->adapter, nic->bundles[oldest].handle) == NDIS_STATUS_SUCCESS)
        order_remove(nic, oldest);
}

/* ---- operations ------------------------------------------------------------------------ */

/*
 * ADD carries no mode (ADD-10), and an ICV that fails does not tell either: such a packet counts
 * as transport, but for types of UDP encapsulation that are a tunnel's (RX-4). So that is what the
 * SA says. A NAT may have changed either port.
 */
static void describe(sao_ipsec_params *params, const sao_bundle *bundle, uint32_t i)
{
    const sao_bundle_sa *sa = &bundle->sa[i];

    sao_ipsec_params_init(params);
    params->protocol = sa->protocol;
    params->mode = (bundle->udp_esp & UDP_TUNNELS) != 0 ? SAO_IPSEC_TUNNEL : SAO_IPSEC_TRANSPORT;
    params->allow_unauthenticated = true; /* the adapter knows if it may be (ADD-14) */
    params->behind_ah = i + 1u < bundle->sa_count;
    params->udp_encapsulated = bundle->udp_esp != 0;
    params->udp_source_port = 0;
    params->udp_destination_port = 0;
    params->ip_version = bundle->ip_version;
    params->source = bundle->source;
    params->destination = bundle->destination;
    params->spi = sa->spi;
    params->esn = sa->esn;
    params->encryption = sa->encryption;
    params->authentication = sa->authentication;
    params->encryption_key = sa->encryption_key;
    params->encryption_key_length = sa->encryption_key_length;
    params->authentication_key = sa->authentication_key;
    params->authentication_key_length = sa->authentication_key_length;
    params->icv_length = sa->icv_length;
}

/* The driver's part: what is kept of a bundle that comes back, or nothing yet of a new one. */
static void recall(sao_nic_bundle *mine, const sao_bundle *bundle)
{
    if (mine->handle == bundle->handle)
        return;
    mine->handle = bundle->handle;
    mine->sa_count = bundle->sa_count;
    for (uint32_t i = 0; i < SAO_NIC_SAS; i++) {
        mine->numbers[i].highest = 0;
        sao_iv_window_init(&mine->numbers[i].window);
    }
}

static void wipe_contexts(sao_soft_nic *nic, sao_nic_context *mine)
{
    for (uint32_t i = 0; i < SAO_NIC_SAS; i++) {
        nic->counters.contexts -= mine->sa[i].provider != NULL ? 1u : 0u;
        sao_ipsec_sa_wipe(&mine->sa[i]);
    }
    SAO_WIPE(mine, sizeof *mine);
}

/* Makes a context for each SA; on an error there is none. */
static NDIS_STATUS bundle_make(sao_soft_nic *nic, const sao_bundle *bundle)
{
    sao_nic_context *mine = context_of(nic, bundle->index);

    SAO_ASSERT(!mine->alive && bundle->sa_count <= nic->contexts_per_bundle);
    for (uint32_t i = 0; i < bundle->sa_count; i++) {
        const size_t place = (size_t)bundle->index * nic->contexts_per_bundle + i;
        sao_ipsec_params params;
        NDIS_STATUS status;

        describe(&params, bundle, i);
        status = sao_ipsec_sa_init(&mine->sa[i], &params, nic->config.provider,
                                   nic->contexts + place * nic->context_stride);
        if (status != NDIS_STATUS_SUCCESS) {
            wipe_contexts(nic, mine);
            return status;
        }
        nic->counters.contexts++;
    }
    mine->alive = true;
    nic->alive++;
    recall(&nic->bundles[bundle->index], bundle);
    return NDIS_STATUS_SUCCESS;
}

static void forget(sao_soft_nic *nic, uint32_t index)
{
    sao_nic_context *mine = context_of(nic, index);

    if (!mine->alive)
        return;
    order_remove(nic, index);
    wipe_contexts(nic, mine);
    nic->alive--;
}

void sao_nic_forget_all(sao_soft_nic *nic)
{
    nic->counters.forgotten += nic->counters.contexts;
    for (uint32_t i = 0; i < nic->config.capabilities.SaOffloadCapacity; i++)
        forget(nic, i);
    for (uint32_t i = 0; i < SAO_NIC_BUNDLE_QUEUES; i++)
        drop_answers(nic, &nic->answer_queues[i]);
}

static NDIS_STATUS add_now(sao_soft_nic *nic, const sao_bundle *bundle)
{
    NDIS_STATUS status;

    if (nic->config.refuse_every != 0 && ++nic->adds >= nic->config.refuse_every) {
        nic->adds = 0;
        nic->counters.refused_adds++;
        return NDIS_STATUS_RESOURCES;
    }
    status = bundle_make(nic, bundle);
    if (status != NDIS_STATUS_SUCCESS)
        return status;
    if (bundle->inbound)
        order_append(nic, bundle->index);
    wish_if_full(nic);
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS nic_add(void *backend, const sao_bundle *bundle, void **bundle_context,
                           sao_ticket ticket)
{
    sao_soft_nic *nic = backend;

    SAO_ASSERT(bundle->index < nic->config.capabilities.SaOffloadCapacity);
    *bundle_context = &nic->bundles[bundle->index];
    return sao_nic_answer_after(nic, SAO_NIC_ADD_ANSWERS, nic->config.add_latency, ticket,
                                add_now(nic, bundle));
}

/* Keys go at once; only the answer takes its time. */
static NDIS_STATUS nic_remove(void *backend, const sao_bundle *bundle, sao_ticket ticket)
{
    sao_soft_nic *nic = backend;

    forget(nic, bundle->index);
    nic->bundles[bundle->index].handle = NULL;
    return sao_nic_answer_after(nic, SAO_NIC_REMOVE_ANSWERS, nic->config.remove_latency, ticket,
                                NDIS_STATUS_SUCCESS);
}

/* Nothing to write down: each packet brings the high half that it was looked up with (UPD-1). */
static NDIS_STATUS nic_update(void *backend, const sao_bundle *bundle, uint32_t sa,
                              uint32_t sequence_high, sao_ticket ticket)
{
    sao_soft_nic *nic = backend;

    (void)bundle;
    (void)sa;
    (void)sequence_high;
    return sao_nic_answer_after(nic, SAO_NIC_UPDATE_ANSWERS, nic->config.update_latency, ticket,
                                NDIS_STATUS_SUCCESS);
}

/* After a wish the counts begin anew, so one that was not heeded is repeated, but not at once. */
static bool nic_wants_delete(void *backend, const sao_bundle *bundle, uint32_t length)
{
    sao_soft_nic *nic = backend;
    const sao_soft_nic_config *config = &nic->config;
    sao_nic_context *mine = context_of(nic, bundle->index);

    mine->packets++;
    mine->bytes += length;
    if ((config->wish_after_packets == 0 || mine->packets < config->wish_after_packets) &&
        (config->wish_after_bytes == 0 || mine->bytes < config->wish_after_bytes))
        return false;
    mine->packets = 0;
    mine->bytes = 0;
    order_remove(nic, bundle->index);
    return true;
}

const sao_backend_ops *sao_nic_backend_ops(const sao_soft_nic_config *config)
{
    static const sao_backend_ops wishing = {
        .size = sizeof(sao_backend_ops),
        .add = nic_add,
        .remove = nic_remove,
        .update = nic_update,
        .wants_delete = nic_wants_delete,
        .life = sao_nic_hardware_life,
    };
    static const sao_backend_ops counting_nothing = {
        .size = sizeof(sao_backend_ops),
        .add = nic_add,
        .remove = nic_remove,
        .update = nic_update,
        .life = sao_nic_hardware_life,
    };

    /* Without a limit nobody looks at the counts: no packet need be asked about. */
    return config->wish_after_packets != 0 || config->wish_after_bytes != 0 ? &wishing
                                                                            : &counting_nothing;
}

void sao_nic_backend_init(sao_soft_nic *nic)
{
    const uint32_t capacity = nic->config.capabilities.SaOffloadCapacity;
    const uint32_t answers = capacity * SAO_NIC_ANSWERS_PER_BUNDLE + SAO_NIC_LIFE_ANSWERS;

    SAO_MEMSET(nic->bundles, 0, capacity * sizeof *nic->bundles);
    nic->oldest = SAO_NIC_NONE;
    nic->youngest = SAO_NIC_NONE;
    for (uint32_t i = 0; i < answers; i++)
        nic->answers[i].next = i + 1 < answers ? i + 1 : SAO_NIC_NONE;
    nic->free_answers = 0;
    for (uint32_t i = 0; i < SAO_NIC_ANSWER_QUEUES; i++)
        nic->answer_queues[i] = (sao_nic_answer_queue){SAO_NIC_NONE, SAO_NIC_NONE};
}
