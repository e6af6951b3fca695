// SPDX-License-Identifier: BSD-2-Clause
/*
 * The core in firmware: an adapter for eight bundles, in static memory. One ADD_SA fills it; one
 * DELETE_SA empties it, and has to wait for a packet.
 */
#include <saoffload/adapter.h>

#include "board.h"

#define BUNDLES 8
#define KEY_LENGTH 36 /* AES-256 and its salt (ADD-8) */
#define KEY_BYTE 0x5C
#define ADAPTER_BYTES 8192 /* start() compares it with what the adapter wants */

static _Alignas(max_align_t) uint8_t adapter_memory[ADAPTER_BYTES];

static uint32_t hardware_holds; /* bundles */
static uint32_t completions;

/* ---- the hardware, and what the adapter tells its host ----------------------------------- */

static NDIS_STATUS hardware_add(void *backend, const sao_bundle *bundle, void **context,
                                sao_ticket ticket)
{
    (void)backend, (void)bundle, (void)context, (void)ticket;
    hardware_holds++;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS hardware_remove(void *backend, const sao_bundle *bundle, sao_ticket ticket)
{
    (void)backend, (void)bundle, (void)ticket;
    hardware_holds--;
    return NDIS_STATUS_SUCCESS;
}

static const sao_backend_ops hardware = {
    .size = sizeof(sao_backend_ops), .add = hardware_add, .remove = hardware_remove};

static void completed(void *host, sao_request *request)
{
    (void)host, (void)request;
    completions++;
}

/* ---- checks ---------------------------------------------------------------------------- */

static void expect(bool good, const char *what)
{
    if (good)
        return;
    board_print("cortex-m3: wrong: ");
    board_print(what);
    board_print("\n");
    board_exit(1);
}

static bool memory_has_key(void)
{
    uint32_t run = 0;

    for (size_t i = 0; i < sizeof adapter_memory; i++) {
        run = adapter_memory[i] == KEY_BYTE ? run + 1u : 0;
        if (run == 4)
            return true;
    }
    return false;
}

/* ---- the requests ---------------------------------------------------------------------- */

static sao_request request;

/* The elements of both lists lie one behind the other; each is linked to the next. */
static union {
    IPSEC_OFFLOAD_V2_ADD_SA sa;
    UCHAR bytes[offsetof(IPSEC_OFFLOAD_V2_ADD_SA, KeyData) + KEY_LENGTH];
} add[BUNDLES];
static IPSEC_OFFLOAD_V2_DELETE_SA del[BUNDLES];

/* Outbound ESP, AES-256-GCM, to 10.0.0.1 and so on, SPI 1 and so on. */
static void describe(uint32_t i)
{
    IPSEC_OFFLOAD_V2_ADD_SA *sa = &add[i].sa;
    IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION *esp = &sa->SecAssoc[0];
    const UCHAR destination[4] = {10, 0, 0, (UCHAR)(i + 1)};

    sa->Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    sa->Header.Revision = IPSEC_OFFLOAD_V2_ADD_SA_REVISION_1;
    sa->Header.Size = sizeof *sa;
    sa->Next = i + 1 < BUNDLES ? &add[i + 1].sa : NULL;
    sa->NumExtHdrs = 1;
    SAO_MEMCPY(&sa->IPv4Endpoints.DestAddr, destination, sizeof destination);
    esp->Operation = IPsecOffloadV2Esp;
    esp->Spi = (i + 1) << 24; /* network byte order */
    esp->EncryptionAlgorithm.Identifier = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256;
    esp->EncryptionAlgorithm.KeyLength = KEY_LENGTH;
    esp->EncryptionAlgorithm.AdditionalInfo = 16; /* bytes of ICV */
    sa->KeyLength = KEY_LENGTH;
    SAO_MEMSET(add[i].bytes + offsetof(IPSEC_OFFLOAD_V2_ADD_SA, KeyData), KEY_BYTE, KEY_LENGTH);
}

static NDIS_STATUS add_all(sao_adapter *adapter)
{
    for (uint32_t i = 0; i < BUNDLES; i++)
        describe(i);
    sao_request_init(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, add, sizeof add);
    return sao_adapter_request(adapter, &request);
}

static NDIS_STATUS delete_all(sao_adapter *adapter)
{
    for (uint32_t i = 0; i < BUNDLES; i++) {
        del[i].Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
        del[i].Header.Revision = IPSEC_OFFLOAD_V2_DELETE_SA_REVISION_1;
        del[i].Header.Size = sizeof del[i];
        del[i].Next = i + 1 < BUNDLES ? &del[i + 1] : NULL;
        del[i].OffloadHandle = add[i].sa.OffloadHandle;
    }
    sao_request_init(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, del, sizeof del);
    return sao_adapter_request(adapter, &request);
}

/* A packet for the last bundle. */
static NDIS_STATUS send(sao_adapter *adapter, sao_flight *flight)
{
    const sao_packet_info packet = {.ip_version = 4,
                                    .header_count = 1,
                                    .protocol = {SAO_PROTOCOL_ESP},
                                    .spi = {BUNDLES << 24},
                                    .destination = {{10, 0, 0, BUNDLES}},
                                    .encapsulation = NDIS_ENCAPSULATION_IEEE_802_3};

    return sao_adapter_send(adapter, 0, &packet, add[BUNDLES - 1].sa.OffloadHandle, NULL, flight);
}

/* ---- the program ----------------------------------------------------------------------- */

static size_t adapter_size; /* bytes that it asked for */

static sao_adapter *start(void)
{
    sao_adapter_config config;
    sao_adapter *adapter;

    sao_adapter_config_init(&config);
    config.capabilities.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3;
    config.capabilities.Esp = 1;
    config.capabilities.Tunnel = 1;
    config.capabilities.EncryptionAlgorithms = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256;
    config.capabilities.SaOffloadCapacity = BUNDLES;
    config.backend_ops = &hardware;
    config.host.request_complete = completed;
    adapter_size = sao_adapter_size(&config);
    expect(adapter_size != 0 && adapter_size <= sizeof adapter_memory, "adapter_memory's size");
    expect(sao_adapter_init(adapter_memory, sizeof adapter_memory, &config, &adapter, NULL) ==
               NDIS_STATUS_SUCCESS,
           "sao_adapter_init");
    expect(sao_adapter_initialize(adapter) == NDIS_STATUS_SUCCESS, "initialize");
    expect(sao_adapter_restart(adapter) == NDIS_STATUS_SUCCESS, "restart");
    return adapter;
}

static void report(const sao_adapter_counters *counters)
{
    board_print("cortex-m3: ok, added ");
    board_print_number((uint32_t)counters->bundles_added);
    board_print(", deleted ");
    board_print_number((uint32_t)counters->bundles_deleted);
    board_print("; bytes of RAM: adapter ");
    board_print_number((uint32_t)adapter_size);
    board_print(" of ");
    board_print_number(sizeof adapter_memory);
    board_print(", stack ");
    board_print_number(board_stack_used());
    board_print(" of ");
    board_print_number(board_stack_size());
    board_print(", all ");
    board_print_number(board_ram_used());
    board_print("\n");
}

int main(void)
{
    sao_adapter *adapter = start();
    sao_adapter_counters counters;
    sao_flight flight;

    expect(add_all(adapter) == NDIS_STATUS_SUCCESS, "ADD_SA");
    expect(hardware_holds == BUNDLES && request.elements_done == BUNDLES, "all eight are added");
    expect(memory_has_key(), "their keys are kept (ADD-12)");

    expect(send(adapter, &flight) == NDIS_STATUS_SUCCESS, "a packet finds its bundle");
    expect(delete_all(adapter) == NDIS_STATUS_PENDING, "DELETE_SA pends");
    (void)sao_adapter_poll(adapter, 1, 100);
    expect(completions == 0 && hardware_holds == BUNDLES, "it waits for the packet (DEL-7)");
    sao_adapter_send_done(adapter, &flight);
    (void)sao_adapter_poll(adapter, 2, 100);
    expect(completions == 1 && request.status == NDIS_STATUS_SUCCESS, "then it completes (DEL-5)");
    expect(hardware_holds == 0, "the hardware holds nothing (DEL-1)");
    expect(!memory_has_key(), "no key is left (ADD-12)");

    sao_adapter_get_counters(adapter, &counters);
    report(&counters);
    return 0;
}
