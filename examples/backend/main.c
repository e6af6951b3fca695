// SPDX-License-Identifier: BSD-2-Clause
// main.c: an adapter on the NIC of backend.c. Adds, packets, a wish, a reset, deletes, a halt.
#include "backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static nic hardware = {.wish_after = 3};
static sao_adapter *adapter;
static NDIS_STATUS life_outcome = NDIS_STATUS_PENDING;
static int failures;

static void check(bool good, const char *what)
{
    printf("%s  %s\n", good ? "ok   " : "WRONG", what);
    failures += good ? 0 : 1;
}

static void life_complete(void *host, sao_life_event event, NDIS_STATUS status)
{
    (void)host, (void)event, life_outcome = status;
}

/* Time passes until there is nothing to do. */
static void settle(void)
{
    bool more;

    do
        more = sao_adapter_poll(adapter, 0, 100).more;
    while (nic_run(&hardware) || more);
}

static uint32_t in_hardware(void)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < NIC_SLOTS; i++)
        count += hardware.table[i].valid ? 1u : 0u;
    return count;
}

/* ---- the transport's side: requests ---------------------------------------------------- */

#define SPI(number)                                                                                \
    {                                                                                              \
        0, 0, 1, (number)                                                                          \
    } /* network byte order */

static const uint8_t here[4] = {10, 0, 0, 1}, peer[4] = {10, 0, 0, 2};
static const uint8_t spi[2][4] = {SPI(0), SPI(1)}; /* inbound, outbound */

typedef struct element {
    IPSEC_OFFLOAD_V2_ADD_SA sa;
    UCHAR more_keys[SAO_KEY_MAX]; /* KeyData is only the first byte */
} element;

/* An ESP bundle of AES-256-GCM with ESN. */
static void fill(element *add, bool inbound, void *next)
{
    IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION *sa = &add->sa.SecAssoc[0];

    memset(add, 0, sizeof *add);
    add->sa.Header = (NDIS_OBJECT_HEADER){NDIS_OBJECT_TYPE_DEFAULT, 1, sizeof add->sa};
    add->sa.Next = next;
    add->sa.NumExtHdrs = 1;
    add->sa.Flags = inbound ? IPSEC_OFFLOAD_V2_INBOUND : 0;
    memcpy(&add->sa.IPv4Endpoints.SrcAddr, inbound ? peer : here, 4);
    memcpy(&add->sa.IPv4Endpoints.DestAddr, inbound ? here : peer, 4);
    sa->Flags = IPSEC_OFFLOAD_V2_ESN_SA;
    sa->Operation = IPsecOffloadV2Esp;
    memcpy(&sa->Spi, spi[inbound ? 0 : 1], 4);
    sa->EncryptionAlgorithm = (IPSEC_OFFLOAD_V2_ALGORITHM_INFO){
        IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256, SAO_KEY_MAX, 0, 16};
    add->sa.KeyLength = SAO_KEY_MAX;
    memset((uint8_t *)add + offsetof(IPSEC_OFFLOAD_V2_ADD_SA, KeyData), 'k', SAO_KEY_MAX);
}

/* Submits, and lets time pass: true if the request pended first and then succeeded. */
static bool pends_and_succeeds(NDIS_OID oid, void *buffer, size_t length)
{
    sao_request request;
    NDIS_STATUS answer;

    sao_request_init(&request, oid, buffer, (ULONG)length);
    answer = sao_adapter_request(adapter, &request);
    settle();
    return answer == NDIS_STATUS_PENDING && request.status == NDIS_STATUS_SUCCESS;
}

static bool add_both(NDIS_HANDLE handles[2])
{
    element list[2];
    bool good;

    fill(&list[0], true, &list[1].sa);
    fill(&list[1], false, NULL);
    good = pends_and_succeeds(OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, list, sizeof list);
    handles[0] = list[0].sa.OffloadHandle;
    handles[1] = list[1].sa.OffloadHandle;
    return good && handles[0] != NULL && handles[1] != NULL;
}

static bool delete_one(NDIS_HANDLE handle)
{
    IPSEC_OFFLOAD_V2_DELETE_SA del = {.Header = {NDIS_OBJECT_TYPE_DEFAULT, 1, sizeof del},
                                      .OffloadHandle = handle};

    return pends_and_succeeds(OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, &del, sizeof del);
}

static bool update_high(NDIS_HANDLE inbound, ULONG high)
{
    IPSEC_OFFLOAD_V2_UPDATE_SA update = {.Header = {NDIS_OBJECT_TYPE_DEFAULT, 1, sizeof update},
                                         .OffloadHandle = inbound,
                                         .Operation = IPsecOffloadV2Esp,
                                         .SequenceNumberHighOrder = high};

    memcpy(&update.Spi, spi[0], 4);
    return pends_and_succeeds(OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA, &update, sizeof update);
}

/* From when on the NIC processes what it receives (ENC-1). */
static bool encapsulate(void)
{
    NDIS_OFFLOAD_ENCAPSULATION ethernet = {
        .Header = {NDIS_OBJECT_TYPE_OFFLOAD_ENCAPSULATION, 1, sizeof ethernet},
        .IPv4 = {NDIS_OFFLOAD_SET_ON, NDIS_ENCAPSULATION_IEEE_802_3, 14}};
    sao_request request;

    sao_request_init(&request, OID_OFFLOAD_ENCAPSULATION, &ethernet, sizeof ethernet);
    return sao_adapter_request(adapter, &request) == NDIS_STATUS_SUCCESS;
}

/* ---- packets --------------------------------------------------------------------------- */

static sao_packet_info packet_info(bool inbound)
{
    sao_packet_info info = {.ip_version = 4,
                            .header_count = 1,
                            .protocol = {SAO_PROTOCOL_ESP},
                            .encapsulation = NDIS_ENCAPSULATION_IEEE_802_3};

    memcpy(info.source.bytes, inbound ? peer : here, 4);
    memcpy(info.destination.bytes, inbound ? here : peer, 4);
    memcpy(&info.spi[0], spi[inbound ? 0 : 1], 4);
    return info;
}

/* A packet comes in and is indicated, processed or untouched. */
static sao_oob_receive receive(void)
{
    const sao_packet_info info = packet_info(true);
    NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO oob = {0};
    sao_flight flight;

    if (sao_adapter_receive(adapter, 0, &info, &flight) == SAO_RECEIVE_PROCESS)
        sao_adapter_receive_done(adapter, &flight, nic_open(&hardware, flight.bundle), 1, 100,
                                 &oob);
    sao_adapter_receive_indicated(adapter, &flight);
    sao_adapter_receive_returned(adapter, 0);
    return sao_oob_get_receive(&oob);
}

/* Sends a packet; *iv is what it went out with. */
static NDIS_STATUS transmit(NDIS_HANDLE handle, uint64_t *iv)
{
    const sao_packet_info info = packet_info(false);
    sao_flight flight;
    const NDIS_STATUS status = sao_adapter_send(adapter, 0, &info, handle, NULL, &flight);

    if (status != NDIS_STATUS_SUCCESS)
        return status;
    *iv = nic_seal(&hardware);
    sao_adapter_send_done(adapter, &flight);
    return status;
}

/* ---- what happens ---------------------------------------------------------------------- */

static void *start(void)
{
    sao_adapter_config config;
    void *memory;

    sao_adapter_config_init(&config);
    config.capabilities =
        (NDIS_IPSEC_OFFLOAD_V2){.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3,
                                .Esp = 1,
                                .Tunnel = 1,
                                .ExtendedSequenceNumbers = 1,
                                .EncryptionAlgorithms = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256,
                                .SaOffloadCapacity = NIC_SLOTS};
    config.backend_ops = &nic_ops;
    config.backend = &hardware;
    config.host.life_complete = life_complete;
    memory = malloc(sao_adapter_size(&config));
    if (memory == NULL || sao_adapter_init(memory, sao_adapter_size(&config), &config, &adapter,
                                           NULL) != NDIS_STATUS_SUCCESS)
        exit(1);
    hardware.adapter = adapter;
    check(sao_adapter_initialize(adapter) == NDIS_STATUS_SUCCESS &&
              sao_adapter_restart(adapter) == NDIS_STATUS_SUCCESS && encapsulate(),
          "the adapter runs");
    return memory;
}

static void reset(NDIS_HANDLE handles[2])
{
    uint64_t before = 0, after = 0;

    check(transmit(handles[1], &before) == NDIS_STATUS_SUCCESS, "a packet is sent");
    check(update_high(handles[0], 7), "UPDATE_SA: a new high half of the sequence number");
    check(sao_adapter_reset(adapter) == NDIS_STATUS_PENDING, "a reset begins");
    check(!receive().crypto_done, "meanwhile a packet comes untouched");
    check(transmit(handles[1], &after) == NDIS_STATUS_REQUEST_ABORTED, "and none is sent");
    settle();
    check(life_outcome == NDIS_STATUS_SUCCESS && in_hardware() == 2,
          "the reset is over: the NIC has both bundles again (RST-3)");
    check(receive().crypto_done && transmit(handles[1], &after) == NDIS_STATUS_SUCCESS,
          "packets are processed as before");
    check(after > before, "no IV was repeated (TX-3)");
    check(hardware.table[0].sequence_high == 7, "the updated value came back, not the added one");
}

int main(void)
{
    NDIS_HANDLE handles[2];
    void *memory = start();
    bool wished = false;
    uint64_t iv;

    check(add_both(handles) && in_hardware() == 2, "ADD_SA: two bundles are in the NIC");
    for (uint32_t i = 0; i < hardware.wish_after; i++)
        wished = receive().sa_delete_request;
    check(wished, "the third packet carries SaDeleteReq");
    check(receive().crypto_done, "which changes nothing yet (DEL-2)");
    reset(handles);

    check(delete_one(handles[0]) && in_hardware() == 1, "DELETE_SA of the inbound bundle");
    check(transmit(handles[1], &iv) == NDIS_STATUS_SUCCESS, "the outbound one still works");
    check(delete_one(handles[1]) && in_hardware() == 0, "DELETE_SA of the outbound bundle");
    check(transmit(handles[1], &iv) == NDIS_STATUS_FAILURE, "its handle is good for nothing now");

    check(add_both(handles) && in_hardware() == 2, "two bundles again");
    check(sao_adapter_pause(adapter) == NDIS_STATUS_SUCCESS &&
              sao_adapter_halt(adapter) == NDIS_STATUS_SUCCESS && in_hardware() == 0,
          "a halt takes them out of the NIC (PNP-4)");
    free(memory);
    return failures == 0 ? 0 : 1;
}
