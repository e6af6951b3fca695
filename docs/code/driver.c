// SPDX-License-Identifier: BSD-2-Clause
// driver.c: the code of docs/for-drivers.md, around a NIC that is nothing but an array.
#include <saoffload/saoffload.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NIC_ENTRIES 8u

// begin types
typedef struct driver {
    sao_adapter *adapter;
    const sao_bundle *table[NIC_ENTRIES]; // the hardware's: which entry holds which bundle
    sao_ticket removing[NIC_ENTRIES];     // the operation that it is at, for each entry
    bool busy[NIC_ENTRIES];
} driver;
// end types

// begin backend
static NDIS_STATUS nic_add(void *nic, const sao_bundle *bundle, void **context, sao_ticket ticket)
{
    driver *d = nic;

    (void)context, (void)ticket; // an answer at once: the ticket is not needed
    if (bundle->index >= NIC_ENTRIES)
        return NDIS_STATUS_RESOURCES; // refuses this bundle alone (ADD-2)
    d->table[bundle->index] = bundle; // bundle->sa[0].encryption_key and all the rest stay readable
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS nic_remove(void *nic, const sao_bundle *bundle, sao_ticket ticket)
{
    driver *d = nic;

    d->table[bundle->index] = NULL;
    if (!sao_ticket_expects_answer(ticket))
        return NDIS_STATUS_SUCCESS; // a halt waits for no interrupt
    d->removing[bundle->index] = ticket;
    d->busy[bundle->index] = true;
    return NDIS_STATUS_PENDING; // the interrupt will tell
}

static const sao_backend_ops nic_ops = {
    .size = sizeof nic_ops, .add = nic_add, .remove = nic_remove};

static void nic_interrupt(driver *d)
{
    for (uint32_t i = 0; i < NIC_ENTRIES; i++)
        if (d->busy[i]) {
            d->busy[i] = false;
            sao_adapter_backend_done(d->adapter, d->removing[i], NDIS_STATUS_SUCCESS);
        }
    while (sao_adapter_poll(d->adapter, 0, 64).more)
        ; // runs what waited for it; from a DPC or a work item
}
// end backend

// begin oid
/* The miniport's direct OID handler. The sao_request lies in the driver's own context of the
 * request, and stays until it is complete. */
static NDIS_STATUS direct_oid(driver *d, sao_request *request, NDIS_OID oid, void *buffer,
                              ULONG length, void *id)
{
    sao_request_init(request, oid, buffer, length);
    request->request_id = id; // for a cancel (OID-4)
    return sao_adapter_request(d->adapter, request);
}

/* host.request_complete: here a driver calls NdisMDirectOidRequestComplete. */
static void oid_complete(void *host, sao_request *request)
{
    (void)host;
    printf("%s completes: %s\n", sao_oid_name(request->oid), sao_status_name(request->status));
}
// end oid

// begin receive
/* A packet that the NIC has received; it says what it has found, the adapter which bundle. */
static void receive(driver *d, const sao_packet_info *info, uint16_t crypto_status)
{
    NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO oob;
    sao_flight flight;
    sao_receive_action action = sao_adapter_receive(d->adapter, 0, info, &flight);

    memset(&oob, 0, sizeof oob); // untouched: no IPsec out-of-band data at all (RX-9)
    if (action == SAO_RECEIVE_DROP)
        return; // the adapter indicates nothing now (PNP-2)
    if (action == SAO_RECEIVE_PROCESS)
        sao_adapter_receive_done(d->adapter, &flight, crypto_status, 1, info->ip_length, &oob);
    /* ... NdisMIndicateReceiveNetBufferLists ... */
    sao_adapter_receive_indicated(d->adapter, &flight); // no longer in flight (DEL-7)
    sao_adapter_receive_returned(d->adapter, 0);        // when the packet comes back
}
// end receive

static int driver_init(driver *d, void **memory)
{
    // begin init
    sao_adapter_config config;
    const char *problem;

    sao_adapter_config_init(&config);
    config.capabilities =
        (NDIS_IPSEC_OFFLOAD_V2){.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3,
                                .Esp = 1,
                                .Tunnel = 1,
                                .EncryptionAlgorithms = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256,
                                .SaOffloadCapacity = NIC_ENTRIES};
    config.profile = SAO_PROFILE_NDIS_6_30; // ADD_SA_EX (ADD-1)
    config.backend_ops = &nic_ops;
    config.backend = d;
    config.host.request_complete = oid_complete;
    *memory = malloc(sao_adapter_size(&config)); // nonpaged; nothing is allocated after this
    if (sao_adapter_init(*memory, sao_adapter_size(&config), &config, &d->adapter, &problem) !=
        NDIS_STATUS_SUCCESS) {
        fprintf(stderr, "%s\n", problem);
        return 1;
    }
    // end init
    return 0;
}

int main(void)
{
    static struct {
        IPSEC_OFFLOAD_V2_ADD_SA_EX sa;
        UCHAR keys[36];
    } add = {.sa = {.Header = {NDIS_OBJECT_TYPE_DEFAULT, 1, sizeof(IPSEC_OFFLOAD_V2_ADD_SA_EX)},
                    .NumExtHdrs = 1,
                    .Flags = IPSEC_OFFLOAD_V2_INBOUND,
                    .SecAssoc[0] = {.Operation = IPsecOffloadV2Esp,
                                    .Spi = 0x00010000,
                                    .EncryptionAlgorithm = {IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256,
                                                            36, 0, 16}},
                    .KeyLength = 36,
                    .KeyOffset = sizeof(IPSEC_OFFLOAD_V2_ADD_SA_EX)}};
    NDIS_OFFLOAD_ENCAPSULATION framing = {
        .Header = {NDIS_OBJECT_TYPE_OFFLOAD_ENCAPSULATION, 1, sizeof framing},
        .IPv4 = {NDIS_OFFLOAD_SET_ON, NDIS_ENCAPSULATION_IEEE_802_3, 14}};
    sao_packet_info packet = {.ip_version = 4,
                              .header_count = 1,
                              .protocol = {SAO_PROTOCOL_ESP},
                              .spi = {0x00010000},
                              .ip_length = 100,
                              .encapsulation = NDIS_ENCAPSULATION_IEEE_802_3};
    sao_adapter_counters counters;
    sao_request request;
    driver d = {0};
    void *memory;

    if (driver_init(&d, &memory) || sao_adapter_initialize(d.adapter) ||
        sao_adapter_restart(d.adapter))
        return 1;
    if (direct_oid(&d, &request, OID_OFFLOAD_ENCAPSULATION, &framing, sizeof framing, NULL) ||
        direct_oid(&d, &request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX, &add, sizeof add, NULL))
        return 1;
    receive(&d, &packet, CRYPTO_SUCCESS);

    IPSEC_OFFLOAD_V2_DELETE_SA del = {.Header = {NDIS_OBJECT_TYPE_DEFAULT, 1, sizeof del},
                                      .OffloadHandle = add.sa.OffloadHandle};
    if (direct_oid(&d, &request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, &del, sizeof del, NULL) !=
        NDIS_STATUS_PENDING)
        return 1;
    nic_interrupt(&d);
    sao_adapter_get_counters(d.adapter, &counters);
    if (sao_adapter_pause(d.adapter) || sao_adapter_halt(d.adapter))
        return 1;
    free(memory);
    return counters.received_processed == 1 && counters.bundles_deleted == 1 &&
                   request.status == NDIS_STATUS_SUCCESS
               ? 0
               : 1;
}
