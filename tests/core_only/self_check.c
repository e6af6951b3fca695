// SPDX-License-Identifier: BSD-2-Clause
/*
 * self_check.c: an add, a delete that waits for a packet, and misuse; nothing needed but the core.
 *
 * For compilers and machines that have no CMocka (MSVC, Windows under Wine): built against the
 * core and against the single header. Prints "self_check: ok" at its end, and only then: some
 * machines lose the exit status of a program that they could not even start.
 */
#include <saoffload/adapter.h>
#include <saoffload/status.h>
#include <stdio.h>

#define CAPACITY 8
#define KEY_LENGTH 36 /* AES-256 and its salt (ADD-8) */

static unsigned adds, removes, completions, checks, failures;

static void check(bool good, const char *what)
{
    checks++;
    if (good)
        return;
    failures++;
    printf("self_check: wrong: %s\n", what);
}

static void check_status(NDIS_STATUS actual, NDIS_STATUS expected, const char *what)
{
    check(actual == expected, what);
    if (actual != expected)
        printf("    %s, not %s\n", sao_status_name(actual), sao_status_name(expected));
}

/* ---- the hardware and the host --------------------------------------------------------- */

static NDIS_STATUS hardware_add(void *backend, const sao_bundle *bundle, void **context,
                                sao_ticket ticket)
{
    (void)backend, (void)bundle, (void)context, (void)ticket;
    adds++;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS hardware_remove(void *backend, const sao_bundle *bundle, sao_ticket ticket)
{
    (void)backend, (void)bundle, (void)ticket;
    removes++;
    return NDIS_STATUS_SUCCESS;
}

static const sao_backend_ops hardware = {
    .size = sizeof(sao_backend_ops), .add = hardware_add, .remove = hardware_remove};

static void completed(void *host, sao_request *request)
{
    (void)host, (void)request;
    completions++;
}

static sao_adapter *make_adapter(void)
{
    static uint64_t memory[4096];
    sao_adapter_config config;
    sao_adapter *adapter = NULL;
    const char *problem = "";

    sao_adapter_config_init(&config);
    config.capabilities.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3;
    config.capabilities.Esp = 1;
    config.capabilities.Tunnel = 1;
    config.capabilities.EncryptionAlgorithms = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256;
    config.capabilities.SaOffloadCapacity = CAPACITY;
    config.backend_ops = &hardware;
    config.host.request_complete = completed;
    if (sao_adapter_init(memory, sizeof memory, &config, &adapter, &problem) != 0) {
        printf("self_check: wrong: %s\n", problem != NULL ? problem : "too little memory");
        return NULL;
    }
    check_status(sao_adapter_initialize(adapter), NDIS_STATUS_SUCCESS, "initialize");
    check_status(sao_adapter_restart(adapter), NDIS_STATUS_SUCCESS, "restart");
    return adapter;
}

/* ---- requests -------------------------------------------------------------------------- */

/* One outbound ESP bundle between any two addresses (ADD-9); its handle, or NULL. */
static NDIS_HANDLE add_one(sao_adapter *adapter)
{
    static union {
        IPSEC_OFFLOAD_V2_ADD_SA sa;
        UCHAR bytes[sizeof(IPSEC_OFFLOAD_V2_ADD_SA) + KEY_LENGTH];
    } add;
    IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION *esp = &add.sa.SecAssoc[0];
    static sao_request request; /* as long as the adapter may know of it */

    add.sa.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    add.sa.Header.Revision = IPSEC_OFFLOAD_V2_ADD_SA_REVISION_1;
    add.sa.Header.Size = sizeof add.sa;
    add.sa.NumExtHdrs = 1;
    add.sa.KeyLength = KEY_LENGTH;
    esp->Operation = IPsecOffloadV2Esp;
    esp->Spi = 0x00001000;
    esp->EncryptionAlgorithm.Identifier = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256;
    esp->EncryptionAlgorithm.KeyLength = KEY_LENGTH;
    esp->EncryptionAlgorithm.AdditionalInfo = 16;
    sao_request_init(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, &add, sizeof add);
    check_status(sao_adapter_request(adapter, &request), NDIS_STATUS_SUCCESS, "ADD_SA");
    return add.sa.OffloadHandle;
}

static IPSEC_OFFLOAD_V2_DELETE_SA delete_of(NDIS_HANDLE handle)
{
    IPSEC_OFFLOAD_V2_DELETE_SA element = {.OffloadHandle = handle};

    element.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    element.Header.Revision = IPSEC_OFFLOAD_V2_DELETE_SA_REVISION_1;
    element.Header.Size = sizeof element;
    return element;
}

/* Submits a DELETE that must be refused. */
static void check_refused(sao_adapter *adapter, IPSEC_OFFLOAD_V2_DELETE_SA *element, ULONG length,
                          NDIS_STATUS expected, const char *what)
{
    static sao_request request; /* as long as the adapter may know of it */

    sao_request_init(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, element, length);
    check_status(sao_adapter_request(adapter, &request), expected, what);
}

/* ---- what is checked ------------------------------------------------------------------- */

static bool send_begins(sao_adapter *adapter, NDIS_HANDLE handle, sao_flight *flight)
{
    sao_packet_info packet = {.ip_version = 4,
                              .header_count = 1,
                              .protocol = {SAO_PROTOCOL_ESP},
                              .encapsulation = NDIS_ENCAPSULATION_IEEE_802_3};

    packet.spi[0] = 0x00001000;
    return sao_adapter_send(adapter, 0, &packet, handle, NULL, flight) == NDIS_STATUS_SUCCESS;
}

/* DEL-1, DEL-7: nothing is given up while a packet is in flight; then everything. */
static void delete_waits_for_the_packet(sao_adapter *adapter, NDIS_HANDLE handle)
{
    IPSEC_OFFLOAD_V2_DELETE_SA element = delete_of(handle), again = element;
    sao_adapter_counters counters;
    static sao_request request; /* as long as the adapter may know of it */
    sao_flight flight;

    check(send_begins(adapter, handle, &flight) && flight.bundle != NULL, "a send");
    sao_request_init(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, &element, sizeof element);
    check_status(sao_adapter_request(adapter, &request), NDIS_STATUS_PENDING, "DELETE_SA");
    check_refused(adapter, &again, sizeof again, NDIS_STATUS_INVALID_PARAMETER,
                  "a handle that is being deleted (DEL-6)");
    (void)sao_adapter_poll(adapter, 1, 100);
    check(removes == 0 && completions == 0, "the delete waits for the packet (DEL-7)");

    sao_adapter_send_done(adapter, &flight);
    (void)sao_adapter_poll(adapter, 2, 100);
    check(removes == 1 && completions == 1, "then it completes, once (DEL-5)");
    check_status(request.status, NDIS_STATUS_SUCCESS, "what it completes with");
    sao_adapter_get_counters(adapter, &counters);
    check(counters.bundles == 0 && counters.bundles_deleted == 1, "the bundle is gone (DEL-1)");
}

static void misuse_is_refused(sao_adapter *adapter, NDIS_HANDLE stale, NDIS_HANDLE live)
{
    IPSEC_OFFLOAD_V2_DELETE_SA element = delete_of(stale), second = delete_of(live);

    check_refused(adapter, &element, sizeof element, NDIS_STATUS_INVALID_PARAMETER,
                  "a stale handle (DEL-8)");
    element.OffloadHandle = NULL;
    check_refused(adapter, &element, sizeof element, NDIS_STATUS_INVALID_PARAMETER,
                  "a handle of zero (DEL-6)");
    element.OffloadHandle = live;
    check_refused(adapter, &element, sizeof element - 1, NDIS_STATUS_BUFFER_TOO_SHORT,
                  "a buffer that is too short (OID-2)");
    element.Next = &element;
    check_refused(adapter, &element, sizeof element, NDIS_STATUS_INVALID_DATA,
                  "a list that is a cycle (DEL-6)");
    element.Next = &second;
    check_refused(adapter, &element, sizeof element, NDIS_STATUS_INVALID_PARAMETER,
                  "a handle named twice (DEL-6)");
    check(removes == 1, "a list that is refused deletes nothing (DEL-6)");
}

int main(void)
{
    sao_adapter *adapter = make_adapter();
    NDIS_HANDLE first, second;

    if (adapter == NULL)
        return 1;
    first = add_one(adapter);
    check(first != NULL && adds == 1, "the bundle has a handle (ADD-3)");
    delete_waits_for_the_packet(adapter, first);
    second = add_one(adapter);
    misuse_is_refused(adapter, first, second);
    check_status(sao_adapter_pause(adapter), NDIS_STATUS_SUCCESS, "pause");
    check_status(sao_adapter_halt(adapter), NDIS_STATUS_SUCCESS, "halt");
    check(removes == 2, "halt tells the hardware of what is left (PNP-4)");
    if (failures != 0)
        return 1;
    printf("self_check: ok, %u checks\n", checks);
    return 0;
}
