// SPDX-License-Identifier: BSD-2-Clause
// A delete that has to wait for a packet: an adapter, and a backend that says yes to everything.
#include <saoffload/saoffload.h>
#include <stdio.h>
#include <stdlib.h>

static NDIS_STATUS hw_add(void *nic, const sao_bundle *b, void **context, sao_ticket ticket)
{
    return (void)nic, (void)b, (void)context, (void)ticket, NDIS_STATUS_SUCCESS;
}
static NDIS_STATUS hw_remove(void *nic, const sao_bundle *b, sao_ticket ticket)
{
    return (void)nic, (void)b, (void)ticket, NDIS_STATUS_SUCCESS;
}
static const sao_backend_ops hardware = {
    .size = sizeof hardware, .add = hw_add, .remove = hw_remove};

static void completed(void *host, sao_request *request)
{
    (void)host, printf("the delete completes: %s\n", sao_status_name(request->status));
}

/* One inbound ESP bundle from 10.0.0.2 to 10.0.0.1, SPI 0x100, AES-256-GCM. */
static struct {
    IPSEC_OFFLOAD_V2_ADD_SA sa;
    UCHAR more_keys[36];
} add = {.sa = {.Header = {NDIS_OBJECT_TYPE_DEFAULT, 1, sizeof(IPSEC_OFFLOAD_V2_ADD_SA)},
                .NumExtHdrs = 1,
                .Flags = IPSEC_OFFLOAD_V2_INBOUND,
                .SecAssoc[0] = {.Operation = IPsecOffloadV2Esp,
                                .EncryptionAlgorithm = {IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256, 36,
                                                        0, 16}},
                .KeyLength = 36}};

/* From when on the NIC processes what it receives (ENC-1). */
static NDIS_OFFLOAD_ENCAPSULATION ethernet = {
    .Header = {NDIS_OBJECT_TYPE_OFFLOAD_ENCAPSULATION, 1, sizeof ethernet},
    .IPv4 = {NDIS_OFFLOAD_SET_ON, NDIS_ENCAPSULATION_IEEE_802_3, 14}};

int main(void)
{
    sao_packet_info packet = {.ip_version = 4,
                              .header_count = 1,
                              .protocol = {SAO_PROTOCOL_ESP},
                              .spi = {0x00010000},
                              .source = {{10, 0, 0, 2}},
                              .destination = {{10, 0, 0, 1}},
                              .encapsulation = NDIS_ENCAPSULATION_IEEE_802_3};
    sao_adapter_config config;
    sao_adapter *adapter;
    sao_request request;
    sao_flight flight;
    NDIS_STATUS status;
    void *memory;

    sao_adapter_config_init(&config);
    config.capabilities =
        (NDIS_IPSEC_OFFLOAD_V2){.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3,
                                .Esp = 1,
                                .Tunnel = 1,
                                .EncryptionAlgorithms = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256,
                                .SaOffloadCapacity = 64};
    config.backend_ops = &hardware;
    config.host.request_complete = completed;
    memory = malloc(sao_adapter_size(&config));
    if (sao_adapter_init(memory, sao_adapter_size(&config), &config, &adapter, NULL) ||
        sao_adapter_initialize(adapter) || sao_adapter_restart(adapter))
        return 1;

    sao_request_init(&request, OID_OFFLOAD_ENCAPSULATION, &ethernet, sizeof ethernet);
    if (sao_adapter_request(adapter, &request))
        return 1;
    add.sa.IPv4Endpoints.SrcAddr = *(const ULONG *)(const void *)packet.source.bytes;
    add.sa.IPv4Endpoints.DestAddr = *(const ULONG *)(const void *)packet.destination.bytes;
    add.sa.SecAssoc[0].Spi = packet.spi[0];
    sao_request_init(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, &add, sizeof add);
    printf("ADD_SA: %s\n", sao_status_name(sao_adapter_request(adapter, &request)));

    /* A packet is being received ... */
    if (sao_adapter_receive(adapter, 0, &packet, &flight) != SAO_RECEIVE_PROCESS)
        return 1;
    /* ... while the transport deletes its bundle: the delete waits (DEL-7). */
    IPSEC_OFFLOAD_V2_DELETE_SA del = {.Header = {NDIS_OBJECT_TYPE_DEFAULT, 1, sizeof del},
                                      .OffloadHandle = add.sa.OffloadHandle};
    sao_request_init(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, &del, sizeof del);
    status = sao_adapter_request(adapter, &request);
    printf("DELETE_SA while a packet is in flight: %s\n", sao_status_name(status));
    sao_adapter_receive_indicated(adapter, &flight);
    sao_adapter_receive_returned(adapter, 0);
    sao_adapter_poll(adapter, 0, 100);
    free(memory);
    return request.status == NDIS_STATUS_SUCCESS ? 0 : 1;
}
