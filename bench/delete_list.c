// SPDX-License-Identifier: BSD-2-Clause
/*
 * delete_list.c: one DELETE request for all of an adapter's bundles.
 *
 * measured_delete is what scripts/check-linear counts instructions of: submitting the request
 * and polling it to its end. Adding the bundles and building the list come before it.
 */
#include <saoffload/adapter.h>
#include <saoffload/status.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUNDLES_MAX 1048576ul
#define KEY_LENGTH 36u /* AES-GCM-256 and its salt */
#define ADD_CHUNK 4096u

#if defined(__GNUC__)
#define NOINLINE __attribute__((noinline))
#else
#define NOINLINE
#endif

typedef struct add_element {
    IPSEC_OFFLOAD_V2_ADD_SA add;
    uint8_t more_keys[KEY_LENGTH];
} add_element;

static NDIS_STATUS add_bundle(void *backend, const sao_bundle *bundle, void **bundle_context,
                              sao_ticket ticket)
{
    (void)backend;
    (void)bundle;
    (void)bundle_context;
    (void)ticket;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS remove_bundle(void *backend, const sao_bundle *bundle, sao_ticket ticket)
{
    (void)backend;
    (void)bundle;
    (void)ticket;
    return NDIS_STATUS_SUCCESS;
}

static const sao_backend_ops backend_ops = {
    .size = sizeof(sao_backend_ops), .add = add_bundle, .remove = remove_bundle};

static _Noreturn void quit(const char *what)
{
    fprintf(stderr, "bench_delete_list: %s\n", what);
    exit(1);
}

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL)
        quit("out of memory");
    return memory;
}

static sao_adapter *make_adapter(uint32_t bundles, void **memory)
{
    sao_adapter_config config;
    sao_adapter *adapter;
    const char *problem;
    size_t size;

    sao_adapter_config_init(&config);
    config.capabilities.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3;
    config.capabilities.Esp = 1;
    config.capabilities.Tunnel = 1;
    config.capabilities.EncryptionAlgorithms = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256;
    config.capabilities.SaOffloadCapacity = bundles;
    config.hash_seed = 0x9E3779B9u;
    config.backend_ops = &backend_ops;
    size = sao_adapter_size(&config);
    *memory = malloc(size);
    if (*memory == NULL ||
        sao_adapter_init(*memory, size, &config, &adapter, &problem) != NDIS_STATUS_SUCCESS ||
        sao_adapter_initialize(adapter) != NDIS_STATUS_SUCCESS ||
        sao_adapter_restart(adapter) != NDIS_STATUS_SUCCESS)
        quit("cannot make the adapter");
    return adapter;
}

/* Runs a request to its end, as a driver would. Returns how often it had to poll. */
static uint32_t run(sao_adapter *adapter, sao_request *request)
{
    uint32_t polls = 0;

    if (sao_adapter_request(adapter, request) == NDIS_STATUS_PENDING)
        do
            polls++;
        while (sao_adapter_poll(adapter, 0, 1000).more);
    if (request->status != NDIS_STATUS_SUCCESS)
        quit(sao_status_name(request->status));
    return polls;
}

/* Sums up, so that a compiler does not see two functions of the same code and make them one. */
static NOINLINE void measured_delete(sao_adapter *adapter, sao_request *request, uint32_t *polls)
{
    *polls += run(adapter, request);
}

/* Bundle `number`: in and out in turn, a pair for each of the remote addresses. */
static void describe(add_element *element, uint32_t number)
{
    IPSEC_OFFLOAD_V2_ADD_SA *add = &element->add;
    const bool inbound = number % 2 == 0;
    const uint32_t local = 0x0A000001u, remote = 0x0B000000u + number / 2;

    memset(element, 0, sizeof *element);
    add->Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    add->Header.Revision = IPSEC_OFFLOAD_V2_ADD_SA_REVISION_1;
    add->Header.Size = sizeof *add;
    add->NumExtHdrs = 1;
    add->Flags = inbound ? IPSEC_OFFLOAD_V2_INBOUND : 0;
    add->IPv4Endpoints.SrcAddr = inbound ? remote : local;
    add->IPv4Endpoints.DestAddr = inbound ? local : remote;
    add->SecAssoc[0].Operation = IPsecOffloadV2Esp;
    add->SecAssoc[0].Spi = number + 1;
    add->SecAssoc[0].EncryptionAlgorithm.Identifier = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256;
    add->SecAssoc[0].EncryptionAlgorithm.KeyLength = KEY_LENGTH;
    add->SecAssoc[0].EncryptionAlgorithm.AdditionalInfo = 16;
    add->KeyLength = KEY_LENGTH;
}

/* Adds all bundles, a chunk a list, and writes their DELETE list. */
static void add_all(sao_adapter *adapter, uint32_t bundles, IPSEC_OFFLOAD_V2_DELETE_SA *deletes)
{
    add_element *elements = allocate(ADD_CHUNK, sizeof *elements);

    for (uint32_t first = 0; first < bundles; first += ADD_CHUNK) {
        const uint32_t count = bundles - first < ADD_CHUNK ? bundles - first : ADD_CHUNK;
        sao_request request;

        for (uint32_t i = 0; i < count; i++) {
            describe(&elements[i], first + i);
            elements[i].add.Next = i + 1 < count ? &elements[i + 1].add : NULL;
        }
        sao_request_init(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, elements,
                         (ULONG)(count * sizeof *elements));
        (void)run(adapter, &request);
        if (request.elements_done != count)
            quit("a bundle was refused");
        for (uint32_t i = 0; i < count; i++) {
            IPSEC_OFFLOAD_V2_DELETE_SA *element = &deletes[first + i];

            element->Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
            element->Header.Revision = IPSEC_OFFLOAD_V2_DELETE_SA_REVISION_1;
            element->Header.Size = sizeof *element;
            element->OffloadHandle = elements[i].add.OffloadHandle;
            element->Next = first + i + 1 < bundles ? element + 1 : NULL;
        }
    }
    free(elements);
}

int main(int argc, char **argv)
{
    char *end = NULL;
    unsigned long bundles = argc == 2 ? strtoul(argv[1], &end, 10) : 0;
    IPSEC_OFFLOAD_V2_DELETE_SA *deletes;
    sao_adapter_counters counters;
    sao_adapter *adapter;
    sao_request request;
    uint32_t polls = 0;
    void *memory;

    if (argc != 2 || end == argv[1] || *end != '\0' || bundles == 0 || bundles > BUNDLES_MAX) {
        fprintf(stderr, "usage: bench_delete_list BUNDLES (1 to %lu)\n", BUNDLES_MAX);
        return 2;
    }
    adapter = make_adapter((uint32_t)bundles, &memory);
    deletes = allocate(bundles, sizeof *deletes);
    add_all(adapter, (uint32_t)bundles, deletes);

    sao_request_init(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, deletes,
                     (ULONG)(bundles * sizeof *deletes));
    measured_delete(adapter, &request, &polls);

    sao_adapter_get_counters(adapter, &counters);
    if (request.elements_done != bundles || counters.bundles != 0 || counters.requests != 0 ||
        counters.bundles_deleted != bundles || counters.pairs_guessed != bundles / 2)
        quit("the counters do not balance");
    printf("bundles %lu, elements done %lu, polls %lu\n", bundles,
           (unsigned long)request.elements_done, (unsigned long)polls);
    free(deletes);
    free(memory);
    return 0;
}
