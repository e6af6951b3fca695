// SPDX-License-Identifier: BSD-2-Clause
/* receive.c: the decisions on received packets, and what is said of them. No lock here, but to
 * report a wish. */
#include "core/hash.h"
#include "core/path.h"

/* With fewer bundles than that, what lookups read is in the cache anyhow. */
#define PREFETCH_FROM 4096u

/* Is the MAC framing one of those in which received packets are offloaded (ENC-1)? */
static inline bool framing_excluded(const sao_adapter *adapter, const sao_packet_info *info)
{
    const sao_atomic32 *framings = &adapter->encapsulation[info->ip_version == 6 ? 1 : 0];

    return (info->encapsulation & SAO_ATOMIC_LOAD(framings)) == 0;
}

static inline const sao_record *find_inbound(const sao_adapter *adapter,
                                             const sao_packet_info *info)
{
    uint32_t slot = sao_index_find(&adapter->index, info, &adapter->hidden_serial);

    return slot != SAO_SLOT_NONE ? &adapter->records[slot] : NULL;
}

/* SAO_RECEIVE_PROCESS and _LOST come with the record. */
static inline sao_receive_action look_up(const sao_adapter *adapter, const sao_packet_info *info,
                                         const sao_record **record)
{
    *record = find_inbound(adapter, info);
    if (*record == NULL)
        return SAO_RECEIVE_NO_BUNDLE;
    if (!sao_bundle_enabled(adapter, &(*record)->bundle)) /* CAP-4 */
        return SAO_RECEIVE_EXCLUDED;
    return SAO_ATOMIC_LOAD(&(*record)->in_hardware) != 0 ? SAO_RECEIVE_PROCESS : SAO_RECEIVE_LOST;
}

/* What can be said without a bundle: PROCESS, so far. */
static inline sao_receive_action look_at(const sao_adapter *adapter, const sao_packet_info *info)
{
    if (info->header_count == 0 && !info->fragment)
        return SAO_RECEIVE_NOT_IPSEC;
    if (sao_path_excluded(&adapter->config.capabilities, info))
        return SAO_RECEIVE_EXCLUDED;
    if (SAO_ATOMIC_LOAD(&adapter->service) !=
        SAO_SERVICE_FULL) /* resetting: not configured (RX-2) */
        return SAO_RECEIVE_NO_BUNDLE;
    return SAO_RECEIVE_PROCESS;
}

static inline bool names_a_bundle(sao_receive_action action)
{
    return action == SAO_RECEIVE_PROCESS || action == SAO_RECEIVE_LOST;
}

/* PROCESS for a packet that is to be looked up. */
static inline sao_receive_action look_at_frame(const sao_adapter *adapter,
                                               const sao_packet_info *info)
{
    const sao_receive_action action = look_at(adapter, info);

    return action == SAO_RECEIVE_PROCESS && framing_excluded(adapter, info) ? SAO_RECEIVE_EXCLUDED
                                                                            : action;
}

/* Looks up a packet that is in flight; without a bundle its flight is to end. */
static inline sao_receive_action decide_receive(const sao_adapter *adapter,
                                                const sao_packet_info *info, sao_flight *flight)
{
    const sao_record *record;
    sao_receive_action action = look_up(adapter, info, &record);

    if (names_a_bundle(action) && !sao_path_stands_alone(&record->bundle))
        action = SAO_RECEIVE_EXCLUDED;
    if (names_a_bundle(action))
        sao_path_use(flight, &record->bundle);
    return action;
}

/* Is anything indicated now (PNP-2, PWR-1, REM-1)? While pausing only what is under way is: else a
 * pause might never end. */
static bool receives(const sao_adapter *adapter)
{
    uint32_t state = SAO_ATOMIC_LOAD(&adapter->state);
    uint32_t service = SAO_ATOMIC_LOAD(&adapter->service);

    return (state == SAO_ADAPTER_RUNNING || state == SAO_ADAPTER_RESTARTING) &&
           (service == SAO_SERVICE_FULL || service == SAO_SERVICE_RESETTING);
}

/* Counts packets as held; false, and counts none, if they are dropped. */
static bool hold(const sao_adapter *adapter, sao_queue *counters, uint32_t count)
{
    SAO_ATOMIC_ADD_FENCE(&counters->held, count); /* held before the state is read: a pause misses
                                                     no packet */
    if (receives(adapter))
        return true;
    SAO_ATOMIC_ADD(&counters->held, 0u - count);
    return false;
}

static inline void count_received(sao_queue *counters, uint32_t processed, uint32_t count)
{
    counters->received_processed += processed;
    counters->received_untouched += count - processed;
}

static inline void clear_flight(sao_flight *flight, uint32_t queue)
{
    SAO_MEMSET(flight, 0, sizeof *flight);
    flight->queue = (uint16_t)queue;
}

sao_receive_action sao_adapter_receive(sao_adapter *adapter, uint32_t queue,
                                       const sao_packet_info *info, sao_flight *flight)
{
    sao_queue *counters = sao_path_queue(adapter, queue);
    sao_receive_action action;

    clear_flight(flight, queue);
    if (!hold(adapter, counters, 1))
        return SAO_RECEIVE_DROP;
    action = look_at_frame(adapter, info);
    if (action == SAO_RECEIVE_PROCESS) {
        sao_path_enter(adapter, queue, flight, SAO_FLIGHT_RECEIVE);
        action = decide_receive(adapter, info, flight);
        if (!names_a_bundle(action))
            sao_path_leave(adapter, flight);
    }
    count_received(counters, action == SAO_RECEIVE_PROCESS ? 1 : 0, 1);
    return action;
}

sao_receive_action sao_adapter_receive_inner(sao_adapter *adapter, const sao_packet_info *info,
                                             sao_flight *flight)
{
    const sao_record *record;
    sao_receive_action action = look_at(adapter, info);

    if (action == SAO_RECEIVE_PROCESS)
        action = look_up(adapter, info, &record);
    if (names_a_bundle(action) && (!adapter->config.capabilities.TransportTunnelCombined ||
                                   !sao_path_combines(flight->bundle, &record->bundle)))
        return SAO_RECEIVE_EXCLUDED;
    if (action == SAO_RECEIVE_PROCESS) {
        sao_path_into_tunnel(flight);
        sao_path_use(flight, &record->bundle);
    }
    return action;
}

/* What is true of packets alike. */
typedef struct verdict {
    const sao_packet_info *info; /* of the packet that was looked up; NULL: none has been */
    sao_receive_action action;
    sao_flight flight; /* as each of them begins */
} verdict;

/* Of one SA, between the same ends: what is true of the one packet's lookup is of the other's. */
static inline bool is_alike(const sao_packet_info *a, const sao_packet_info *b)
{
    return a->spi[0] == b->spi[0] && a->protocol[0] == b->protocol[0] &&
           a->ip_version == b->ip_version && a->udp_encapsulated == b->udp_encapsulated &&
           sao_address_equal(&a->source, &b->source) &&
           sao_address_equal(&a->destination, &b->destination);
}

static void begin_flight(verdict *of, uint32_t queue, uint8_t phase)
{
    clear_flight(&of->flight, queue);
    of->flight.phase = phase;
    of->flight.state = SAO_FLIGHT_RECEIVE;
}

/* Looks at a packet. Of lookups the last one is kept: alternating with packets that need none, an
 * SA is looked up once. */
static const verdict *judge(const sao_adapter *adapter, const sao_packet_info *info, uint32_t queue,
                            uint8_t phase, verdict *none, verdict *found)
{
    none->action = look_at_frame(adapter, info);
    if (none->action != SAO_RECEIVE_PROCESS)
        return none;
    if (found->info == NULL || !is_alike(found->info, info)) {
        found->info = info;
        begin_flight(found, queue, phase);
        found->action = decide_receive(adapter, info, &found->flight);
        if (!names_a_bundle(found->action))
            sao_path_end_flight(&found->flight);
    }
    return found;
}

/*
 * Decides on packets, all of which are counted as in flight, and returns how many are not any more.
 * They come in trains: one like that before it goes with it. Their flights began before the first
 * lookup, so whatever happens meanwhile, both could have come before it.
 */
static uint32_t decide_all(sao_adapter *adapter, uint32_t queue, uint8_t phase,
                           const sao_packet_info *const *packets, uint32_t count,
                           sao_flight *const *flights, sao_receive_action *actions)
{
    verdict none, found;
    uint32_t processed = 0, missed = 0;

    clear_flight(&none.flight, queue);
    found.info = NULL;
    for (uint32_t i = 0, end = 0; i < count; i = end) {
        const verdict *of = judge(adapter, packets[i], queue, phase, &none, &found);
        const sao_receive_action action = of->action;
        const sao_flight flight = of->flight;

        do {
            actions[end] = action;
            *flights[end] = flight;
        } while (++end < count && packets[end] == packets[i]);
        processed += action == SAO_RECEIVE_PROCESS ? end - i : 0;
        missed += flight.state == SAO_FLIGHT_NONE ? end - i : 0;
    }
    count_received(sao_path_queue(adapter, queue), processed, count);
    return missed;
}

static void drop_all(uint32_t queue, uint32_t count, sao_flight *const *flights,
                     sao_receive_action *actions)
{
    for (uint32_t i = 0; i < count; i++) {
        clear_flight(flights[i], queue);
        actions[i] = SAO_RECEIVE_DROP;
    }
}

void sao_adapter_receive_burst(sao_adapter *adapter, uint32_t queue,
                               const sao_packet_info *const *packets, uint32_t count,
                               sao_flight *const *flights, sao_receive_action *actions)
{
    uint32_t missed;
    uint8_t phase;

    if (!hold(adapter, sao_path_queue(adapter, queue), count)) {
        drop_all(queue, count, flights, actions);
        return;
    }
    if (adapter->config.capabilities.SaOffloadCapacity >= PREFETCH_FROM)
        sao_index_prefetch(&adapter->index, packets, count);
    phase = sao_grace_enter(&adapter->grace, queue, count);
    missed = decide_all(adapter, queue, phase, packets, count, flights, actions);
    if (missed > 0)
        sao_grace_leave(&adapter->grace, queue, phase, missed);
}

void sao_adapter_receive_prefetch(const sao_adapter *adapter, const sao_packet_info *const *packets,
                                  uint32_t count)
{
    sao_index_prefetch(&adapter->index, packets, count);
}

/* The record around the bundle that it shows. */
static inline sao_record *flight_record(const sao_flight *flight)
{
    const uint8_t *bundle = (const uint8_t *)flight->bundle;

    return (sao_record *)(void *)(bundle - offsetof(sao_record, bundle));
}

/* Does anybody wish the deletes of bundles, or of this one? As a rule nobody does. */
static inline bool may_be_wished(const sao_adapter *adapter, const sao_record *record)
{
    return SAO_ATOMIC_LOAD(&record->wish) != 0 || adapter->config.backend_ops->wants_delete != NULL;
}

/* SaDeleteReq, if the backend wishes it or somebody asked for it (DEL-2, RX-8). */
static bool take_wish(sao_adapter *adapter, sao_record *record, bool good, uint32_t length)
{
    const sao_backend_ops *ops = adapter->config.backend_ops;
    bool wish = SAO_ATOMIC_LOAD(&record->wish) != 0;

    if (!sao_record_is_usable(record)) /* its DELETE is here already */
        return false;
    if (wish)
        SAO_ATOMIC_STORE(&record->wish, 0);
    /* A forged packet gives nobody a say in what is deleted. */
    if (good && ops->wants_delete != NULL &&
        ops->wants_delete(adapter->config.backend, &record->bundle, length))
        wish = true;
    return wish;
}

static void report_wish(sao_adapter *adapter, sao_record *record)
{
    SAO_ATOMIC_STORE(&record->wished, 1);
    if (adapter->config.host.event == NULL)
        return;
    sao_lock(adapter);
    sao_report(adapter, SAO_EVENT_DELETE_WISHED, record, NULL, NDIS_STATUS_SUCCESS, 0, 0);
    sao_unlock(adapter);
}

/* Only the tunnel part counts: the packet is its bundle's alone. */
static void out_of_tunnel(sao_flight *flight)
{
    flight->bundle = flight->tunnel;
    flight->tunnel = NULL;
    SAO_MEMCPY(flight->sequence_high, flight->tunnel_high, sizeof flight->sequence_high);
}

/* sao_adapter_receive_done of a packet of which more is to be said, or less, than how its one
 * payload came out. */
SAO_RARE static void say(sao_adapter *adapter, sao_flight *flight, uint16_t crypto_status,
                         uint32_t payloads, uint32_t length,
                         NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO *info)
{
    sao_oob_receive oob = {false, payloads > 0, payloads > 1, CRYPTO_SUCCESS}; /* RX-3 */
    sao_record *record;

    if (payloads > 0)
        oob.crypto_status = crypto_status;
    if (payloads < 2 && flight->tunnel != NULL)
        out_of_tunnel(flight);
    record = flight_record(flight);
    /* For two payloads it would not say which is meant (RX-8); with none, what the hardware has
     * lost asks for its own delete, and nothing else does (RST-3, RX-9). */
    if (payloads == 1 || (payloads == 0 && SAO_ATOMIC_LOAD(&record->in_hardware) == 0)) {
        bool good = payloads == 1 && crypto_status == CRYPTO_SUCCESS;

        oob.sa_delete_request = take_wish(adapter, record, good, length);
        if (oob.sa_delete_request) {
            sao_path_queue(adapter, flight->queue)->delete_wishes++;
            report_wish(adapter, record);
        }
    }
    sao_oob_set_receive(info, oob);
}

void sao_adapter_receive_done(sao_adapter *adapter, sao_flight *flight, uint16_t crypto_status,
                              uint32_t payloads, uint32_t length,
                              NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO *info)
{
    const sao_oob_receive checked = {false, true, false, crypto_status};

    if (payloads == 1 && flight->tunnel == NULL && !may_be_wished(adapter, flight_record(flight)))
        sao_oob_set_receive(info, checked);
    else
        say(adapter, flight, crypto_status, payloads, length, info);
}

void sao_adapter_receive_indicated(sao_adapter *adapter, sao_flight *flight)
{
    sao_path_leave(adapter, flight);
}

void sao_adapter_receive_returned(sao_adapter *adapter, uint32_t queue)
{
    SAO_ATOMIC_ADD(&sao_path_queue(adapter, queue)->held, UINT32_MAX);
}

void sao_adapter_group_end(sao_adapter *adapter, uint32_t queue, sao_receive_group *group)
{
    for (uint8_t phase = 0; phase < 2; phase++)
        if (group->flights[phase] > 0)
            sao_grace_leave(&adapter->grace, queue, phase, group->flights[phase]);
    if (group->returned > 0)
        SAO_ATOMIC_ADD(&sao_path_queue(adapter, queue)->held, 0u - group->returned);
    SAO_MEMSET(group, 0, sizeof *group);
}

NDIS_STATUS sao_adapter_wish_delete(sao_adapter *adapter, NDIS_HANDLE handle)
{
    NDIS_STATUS status = NDIS_STATUS_INVALID_PARAMETER;
    sao_record *record;

    sao_lock(adapter);
    record = sao_record_usable(adapter, handle);
    if (record != NULL && record->bundle.inbound) {
        SAO_ATOMIC_STORE(&record->wish, 1);
        status = NDIS_STATUS_SUCCESS;
    }
    sao_unlock(adapter);
    return status;
}

NDIS_HANDLE sao_adapter_lookup(sao_adapter *adapter, const sao_packet_info *info)
{
    const sao_record *record = NULL;
    NDIS_HANDLE handle;

    sao_lock(adapter);
    if (info->header_count != 0)
        record = find_inbound(adapter, info);
    handle = record != NULL ? record->bundle.handle : NULL;
    sao_unlock(adapter);
    return handle;
}
