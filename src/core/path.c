// SPDX-License-Identifier: BSD-2-Clause
/*
 * The decisions on packets. No lock here, but to report a wish: a packet is counted in flight
 * before anything is looked up (grace.h), and what it finds then stays until it is through.
 */
#include "core/adapter_state.h"
#include "core/hash.h"

/* sao_flight.state */
enum { FLIGHT_NONE, FLIGHT_RECEIVE, FLIGHT_SEND };

static sao_queue *queue_of(sao_adapter *adapter, uint32_t queue)
{
    SAO_ASSERT(queue < adapter->config.queues);
    return sao_grace_queue(&adapter->grace, queue);
}

static void enter_flight(sao_adapter *adapter, uint32_t queue, sao_flight *flight, uint8_t state)
{
    flight->queue = (uint16_t)queue;
    flight->phase = sao_grace_enter(&adapter->grace, queue);
    flight->state = state;
}

static void leave_flight(sao_adapter *adapter, sao_flight *flight)
{
    if (flight->state == FLIGHT_NONE)
        return;
    sao_grace_leave(&adapter->grace, flight->queue, flight->phase);
    flight->state = FLIGHT_NONE;
    flight->bundle = NULL;
}

static void use_bundle(sao_flight *flight, const sao_bundle *bundle)
{
    flight->bundle = bundle;
    for (uint32_t i = 0; i < bundle->sa_count; i++)
        flight->sequence_high[i] = SAO_ATOMIC_LOAD(&bundle->sa[i].sequence_high); /* UPD-1 */
}

/* Do the capabilities exclude such a packet, whatever its bundle (RX-2)? */
static bool packet_excluded(const NDIS_IPSEC_OFFLOAD_V2 *capabilities, const sao_packet_info *info)
{
    return info->fragment || /* FRAG-1 */
           (info->ip_version == 6 && !capabilities->IPv6Supported) ||
           (info->ipv4_options && !capabilities->IPv4Options) ||
           (info->ipv6_extensions && !capabilities->IPv6NonIPsecExtensionHeaders) ||
           (info->udp_encapsulated && capabilities->UdpEsp == 0);
}

/* Is the MAC framing one of those in which received packets are offloaded (ENC-1)? */
static bool framing_excluded(const sao_adapter *adapter, const sao_packet_info *info)
{
    const sao_atomic32 *framings = &adapter->encapsulation[info->ip_version == 6 ? 1 : 0];

    return (info->encapsulation & SAO_ATOMIC_LOAD(framings)) == 0;
}

/* ---- receiving ------------------------------------------------------------------------- */

static const sao_record *find_inbound(const sao_adapter *adapter, const sao_packet_info *info)
{
    uint32_t slot = sao_index_find(&adapter->index, info, &adapter->hidden_serial);

    return slot != SAO_SLOT_NONE ? &adapter->records[slot] : NULL;
}

static sao_receive_action decide_receive(sao_adapter *adapter, uint32_t queue,
                                         const sao_packet_info *info, sao_flight *flight)
{
    const sao_record *record;

    if (info->header_count == 0 && !info->fragment)
        return SAO_RECEIVE_NOT_IPSEC;
    if (packet_excluded(&adapter->config.capabilities, info) || framing_excluded(adapter, info))
        return SAO_RECEIVE_EXCLUDED;
    if (SAO_ATOMIC_LOAD(&adapter->service) !=
        SAO_SERVICE_FULL) /* resetting: not configured (RX-2) */
        return SAO_RECEIVE_NO_BUNDLE;

    enter_flight(adapter, queue, flight, FLIGHT_RECEIVE);
    record = find_inbound(adapter, info);
    if (record == NULL) {
        leave_flight(adapter, flight);
        return SAO_RECEIVE_NO_BUNDLE;
    }
    if (!sao_bundle_enabled(adapter, &record->bundle)) { /* CAP-4 */
        leave_flight(adapter, flight);
        return SAO_RECEIVE_EXCLUDED;
    }
    use_bundle(flight, &record->bundle);
    return SAO_ATOMIC_LOAD(&record->in_hardware) != 0 ? SAO_RECEIVE_PROCESS : SAO_RECEIVE_LOST;
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

sao_receive_action sao_adapter_receive(sao_adapter *adapter, uint32_t queue,
                                       const sao_packet_info *info, sao_flight *flight)
{
    sao_queue *counters = queue_of(adapter, queue);
    sao_receive_action action;

    SAO_MEMSET(flight, 0, sizeof *flight);
    flight->queue = (uint16_t)queue;
    SAO_ATOMIC_ADD(&counters->held, 1);
    SAO_ATOMIC_FENCE(); /* held before the state is read: a pause misses no packet */
    if (!receives(adapter)) {
        SAO_ATOMIC_ADD(&counters->held, UINT32_MAX);
        return SAO_RECEIVE_DROP;
    }
    action = decide_receive(adapter, queue, info, flight);
    if (action == SAO_RECEIVE_PROCESS)
        counters->received_processed++;
    else
        counters->received_untouched++;
    return action;
}

void sao_adapter_receive_prefetch(const sao_adapter *adapter, const sao_packet_info *packets,
                                  uint32_t count)
{
    sao_index_prefetch(&adapter->index, packets, count);
}

static sao_record *flight_record(const sao_adapter *adapter, const sao_flight *flight)
{
    return &adapter->records[flight->bundle->index];
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

void sao_adapter_receive_done(sao_adapter *adapter, const sao_flight *flight,
                              uint16_t crypto_status, uint32_t payloads, uint32_t length,
                              NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO *info)
{
    sao_record *record = flight_record(adapter, flight);
    sao_oob_receive oob;

    oob.sa_delete_request = false;
    oob.crypto_done = payloads > 0;
    oob.next_crypto_done = payloads > 1; /* RX-3 */
    oob.crypto_status = payloads > 0 ? crypto_status : (uint16_t)CRYPTO_SUCCESS;
    /* For two payloads it would not say which is meant (RX-8); with none, what the hardware has
     * lost asks for its own delete, and nothing else does (RST-3, RX-9). */
    if (payloads == 1 || (payloads == 0 && SAO_ATOMIC_LOAD(&record->in_hardware) == 0)) {
        bool good = payloads == 1 && crypto_status == CRYPTO_SUCCESS;

        oob.sa_delete_request = take_wish(adapter, record, good, length);
        if (oob.sa_delete_request) {
            queue_of(adapter, flight->queue)->delete_wishes++;
            report_wish(adapter, record);
        }
    }
    sao_oob_set_receive(info, oob);
}

void sao_adapter_receive_indicated(sao_adapter *adapter, sao_flight *flight)
{
    leave_flight(adapter, flight);
}

void sao_adapter_receive_returned(sao_adapter *adapter, uint32_t queue)
{
    SAO_ATOMIC_ADD(&queue_of(adapter, queue)->held, UINT32_MAX);
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

/* ---- sending --------------------------------------------------------------------------- */

static bool endpoint_fits(const sao_address *endpoint, const sao_address *address)
{
    return sao_address_equal(endpoint, address) || sao_address_is_zero(endpoint); /* ADD-9 */
}

/* Has the packet been framed for this bundle? Its last SA stands outside (ADD-5). */
static bool framed_for(const sao_bundle *bundle, const sao_packet_info *info)
{
    if (info->ip_version != bundle->ip_version || info->header_count != bundle->sa_count ||
        info->udp_encapsulated != (bundle->udp_esp != 0) ||
        !endpoint_fits(&bundle->source, &info->source) ||
        !endpoint_fits(&bundle->destination, &info->destination))
        return false;
    for (uint32_t i = 0; i < bundle->sa_count; i++) {
        const sao_bundle_sa *sa = &bundle->sa[bundle->sa_count - 1u - i];

        if (info->protocol[i] != sa->protocol || info->spi[i] != sa->spi)
            return false;
    }
    return true;
}

/* The outbound bundle that may process this packet; NULL if the handle cannot be honoured. */
static const sao_record *find_outbound(const sao_adapter *adapter, const sao_packet_info *info,
                                       NDIS_HANDLE handle)
{
    const sao_record *record = sao_record_usable(adapter, handle);

    if (record == NULL || record->bundle.inbound ||      /* TX-1, TX-6 */
        SAO_ATOMIC_LOAD(&record->in_hardware) == 0 ||    /* RST-3 */
        !sao_bundle_enabled(adapter, &record->bundle) || /* CAP-4 */
        info == NULL || packet_excluded(&adapter->config.capabilities, info) ||
        !framed_for(&record->bundle, info))
        return NULL;
    return record;
}

/* Why nothing is sent now; SUCCESS if it is. */
static NDIS_STATUS send_status(const sao_adapter *adapter)
{
    switch (SAO_ATOMIC_LOAD(&adapter->service)) {
    case SAO_SERVICE_REMOVED:
        return NDIS_STATUS_NOT_ACCEPTED; /* REM-1 */
    case SAO_SERVICE_ASLEEP:
        return NDIS_STATUS_LOW_POWER_STATE; /* PWR-1 */
    case SAO_SERVICE_RESETTING:
        return NDIS_STATUS_REQUEST_ABORTED; /* RST-5 */
    default:
        return SAO_ATOMIC_LOAD(&adapter->state) == SAO_ADAPTER_RUNNING ? NDIS_STATUS_SUCCESS
                                                                       : NDIS_STATUS_PAUSED;
    }
}

NDIS_STATUS sao_adapter_send(sao_adapter *adapter, uint32_t queue, const sao_packet_info *info,
                             NDIS_HANDLE offload_handle, NDIS_HANDLE tunnel_handle,
                             sao_flight *flight)
{
    sao_queue *counters = queue_of(adapter, queue);
    const sao_record *record = NULL;
    NDIS_STATUS status;

    SAO_MEMSET(flight, 0, sizeof *flight);
    enter_flight(adapter, queue, flight, FLIGHT_SEND);
    status = send_status(adapter); /* PNP-2 */
    if (status == NDIS_STATUS_SUCCESS && offload_handle != NULL) {
        record = find_outbound(adapter, info, offload_handle);
        /* Transport over tunnel is no capability of any backend yet (TX-4). */
        if (record == NULL || tunnel_handle != NULL)
            status = NDIS_STATUS_FAILURE;
    } else if (status == NDIS_STATUS_SUCCESS && tunnel_handle != NULL) {
        status = NDIS_STATUS_FAILURE; /* TX-2 */
    }
    if (status != NDIS_STATUS_SUCCESS) {
        counters->sends_refused++;
        leave_flight(adapter, flight);
        return status;
    }
    if (record != NULL) {
        use_bundle(flight, &record->bundle);
        counters->sent_processed++;
    } else {
        counters->sent_plain++;
    }
    return status;
}

void sao_adapter_send_done(sao_adapter *adapter, sao_flight *flight)
{
    leave_flight(adapter, flight);
}
