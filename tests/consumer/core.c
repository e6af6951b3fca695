// SPDX-License-Identifier: BSD-2-Clause
// What a user's first program does: adds an SA bundle to an adapter and deletes it again.
// Compiled against each form of the library; prints one line and ends with 0 if all is well.
#ifdef CONSUMER_SINGLE_HEADER
#define SAO_IMPLEMENTATION
#include <saoffload_single.h>
#else
#include <saoffload/adapter.h>
#include <saoffload/status.h>
#include <saoffload/version.h>
#endif
#include <stdio.h>
#include <stdlib.h>

static int live; // bundles that the hardware holds

static NDIS_STATUS hw_add(void *nic, const sao_bundle *bundle, void **context, sao_ticket ticket)
{
    (void)nic, (void)bundle, (void)context, (void)ticket;
    live++;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS hw_remove(void *nic, const sao_bundle *bundle, sao_ticket ticket)
{
    (void)nic, (void)bundle, (void)ticket;
    live--;
    return NDIS_STATUS_SUCCESS;
}

static const sao_backend_ops hardware = {
    .size = sizeof hardware, .add = hw_add, .remove = hw_remove};

static void completed(void *host, sao_request *request)
{
    (void)host, (void)request;
}

/* One inbound ESP bundle, AES-256-GCM. */
static struct {
    IPSEC_OFFLOAD_V2_ADD_SA sa;
    UCHAR more_keys[36];
} add = {.sa = {.Header = {NDIS_OBJECT_TYPE_DEFAULT, 1, sizeof(IPSEC_OFFLOAD_V2_ADD_SA)},
                .NumExtHdrs = 1,
                .Flags = IPSEC_OFFLOAD_V2_INBOUND,
                .SecAssoc[0] = {.Operation = IPsecOffloadV2Esp,
                                .Spi = 0x00010000,
                                .EncryptionAlgorithm = {IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256, 36,
                                                        0, 16}},
                .KeyLength = 36}};
static IPSEC_OFFLOAD_V2_DELETE_SA del = {.Header = {NDIS_OBJECT_TYPE_DEFAULT, 1, sizeof del}};

static NDIS_STATUS submit(sao_adapter *adapter, NDIS_OID oid, void *buffer, ULONG length)
{
    static sao_request request;

    sao_request_init(&request, oid, buffer, length);
    return sao_adapter_request(adapter, &request);
}

int main(void)
{
    sao_adapter_config config;
    sao_adapter *adapter;
    NDIS_STATUS added, deleted;
    int held;

    sao_adapter_config_init(&config);
    config.capabilities =
        (NDIS_IPSEC_OFFLOAD_V2){.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3,
                                .Esp = 1,
                                .Tunnel = 1,
                                .EncryptionAlgorithms = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256,
                                .SaOffloadCapacity = 8};
    config.backend_ops = &hardware;
    config.host.request_complete = completed;
    void *memory = malloc(sao_adapter_size(&config));
    if (sao_adapter_init(memory, sao_adapter_size(&config), &config, &adapter, NULL) ||
        sao_adapter_initialize(adapter) || sao_adapter_restart(adapter))
        return 1;

    ((UCHAR *)&add.sa.IPv4Endpoints.SrcAddr)[0] = 10;
    ((UCHAR *)&add.sa.IPv4Endpoints.DestAddr)[0] = 11;
    added = submit(adapter, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, &add, sizeof add);
    held = live;
    del.OffloadHandle = add.sa.OffloadHandle;
    deleted = submit(adapter, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, &del, sizeof del);
    printf("core %s: ADD_SA %s, %d held; DELETE_SA %s, %d held\n", SAO_VERSION_STRING,
           sao_status_name(added), held, sao_status_name(deleted), live);
    free(memory);
    return added || deleted || held != 1 || live != 0;
}
