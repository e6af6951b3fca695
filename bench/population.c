// SPDX-License-Identifier: BSD-2-Clause
#include "population.h"

#include "measure.h"

#include <saoffload/status.h>

#include <stdlib.h>
#include <string.h>

#define LOCAL 0x0A000001u  /* 10.0.0.1 */
#define REMOTE 0x0B000000u /* 11.0.0.0 and what follows */
#define LIST_LENGTH 4096u

/* ---- the adapter ----------------------------------------------------------------------- */

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

static uint32_t slots_for(uint32_t bundles)
{
    uint32_t slots = 4;

    while (slots < bundles)
        slots *= 2;
    return slots;
}

void population_configure(sao_adapter_config *config, uint32_t bundles)
{
    sao_adapter_config_init(config);
    config->capabilities.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3;
    config->capabilities.Esp = 1;
    config->capabilities.Tunnel = 1;
    config->capabilities.ExtendedSequenceNumbers = 1;
    config->capabilities.EncryptionAlgorithms = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256;
    config->capabilities.SaOffloadCapacity = slots_for(bundles);
    config->hash_seed = 0x9E3779B9u;
    config->backend_ops = &backend_ops;
}

void population_set_encapsulation(sao_adapter *adapter)
{
    NDIS_OFFLOAD_ENCAPSULATION set;
    sao_request request;

    memset(&set, 0, sizeof set);
    set.Header.Type = NDIS_OBJECT_TYPE_OFFLOAD_ENCAPSULATION;
    set.Header.Revision = NDIS_OFFLOAD_ENCAPSULATION_REVISION_1;
    set.Header.Size = sizeof set;
    set.IPv4.Enabled = NDIS_OFFLOAD_SET_ON;
    set.IPv4.EncapsulationType = sao_adapter_capabilities(adapter)->Encapsulation;
    set.IPv6.Enabled = NDIS_OFFLOAD_SET_OFF;
    sao_request_init(&request, OID_OFFLOAD_ENCAPSULATION, &set, sizeof set);
    if (sao_adapter_request(adapter, &request) != NDIS_STATUS_SUCCESS)
        bench_quit("the adapter refused OFFLOAD_ENCAPSULATION");
}

void population_make(population *p, uint32_t bundles)
{
    sao_adapter_config config;
    const char *problem;
    size_t size;

    population_configure(&config, bundles);
    size = sao_adapter_size(&config);
    *p = (population){.bundles = bundles, .memory = bench_allocate(1, size)};
    p->handles = bench_allocate(bundles, sizeof *p->handles);
    if (sao_adapter_init(p->memory, size, &config, &p->adapter, &problem) != NDIS_STATUS_SUCCESS ||
        sao_adapter_initialize(p->adapter) != NDIS_STATUS_SUCCESS ||
        sao_adapter_restart(p->adapter) != NDIS_STATUS_SUCCESS)
        bench_quit("cannot make the adapter");
    population_set_encapsulation(p->adapter);
}

void population_free(population *p)
{
    sao_adapter_counters counters;

    sao_adapter_get_counters(p->adapter, &counters);
    if (counters.bundles != p->bundles || counters.bundles_refused != 0 || counters.requests != 0 ||
        counters.flights != 0 || counters.held != 0 ||
        counters.bundles_added - counters.bundles_deleted != p->bundles)
        bench_quit("the adapter's counters do not balance");
    free(p->memory);
    free(p->handles);
}

/* ---- bundles --------------------------------------------------------------------------- */

static bool is_inbound(uint32_t number)
{
    return number % 2 == 0;
}

static uint32_t remote_of(uint32_t number)
{
    const bool paired = number % POPULATION_FAMILY < 2;

    return REMOTE + (paired ? number - number % 2 : number);
}

static uint32_t spi_of(uint32_t number)
{
    return number + 1;
}

static void describe_add(population_add *add, uint32_t number)
{
    IPSEC_OFFLOAD_V2_ADD_SA *element = &add->element;
    const bool inbound = is_inbound(number);

    memset(add, 0, sizeof *add);
    element->Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    element->Header.Revision = IPSEC_OFFLOAD_V2_ADD_SA_REVISION_1;
    element->Header.Size = sizeof *element;
    element->NumExtHdrs = 1;
    element->Flags = inbound ? IPSEC_OFFLOAD_V2_INBOUND : 0;
    element->IPv4Endpoints.SrcAddr = inbound ? remote_of(number) : LOCAL;
    element->IPv4Endpoints.DestAddr = inbound ? LOCAL : remote_of(number);
    element->SecAssoc[0].Flags = IPSEC_OFFLOAD_V2_ESN_SA;
    element->SecAssoc[0].Operation = IPsecOffloadV2Esp;
    element->SecAssoc[0].Spi = spi_of(number);
    element->SecAssoc[0].EncryptionAlgorithm.Identifier = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256;
    element->SecAssoc[0].EncryptionAlgorithm.KeyLength = POPULATION_KEY_LENGTH;
    element->SecAssoc[0].EncryptionAlgorithm.AdditionalInfo = 16;
    element->KeyLength = POPULATION_KEY_LENGTH;
}

void population_fill(population *p)
{
    population_add *adds = bench_allocate(LIST_LENGTH, sizeof *adds);

    for (uint32_t first = 0; first < p->bundles; first += LIST_LENGTH) {
        const uint32_t rest = p->bundles - first;
        const uint32_t count = rest < LIST_LENGTH ? rest : LIST_LENGTH;
        sao_request request;

        for (uint32_t i = 0; i < count; i++) {
            describe_add(&adds[i], first + i);
            adds[i].element.Next = i + 1 < count ? &adds[i + 1].element : NULL;
        }
        sao_request_init(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, adds,
                         (ULONG)(count * sizeof *adds));
        population_run(p, &request, 1);
        if (request.elements_done != count)
            bench_quit("a bundle was refused");
        for (uint32_t i = 0; i < count; i++)
            p->handles[first + i] = adds[i].element.OffloadHandle;
    }
    free(adds);
}

/* ---- requests -------------------------------------------------------------------------- */

void population_prepare_add(sao_request *request, population_add *add, uint32_t number)
{
    describe_add(add, number);
    sao_request_init(request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, add, sizeof *add);
}

void population_describe_delete(const population *p, IPSEC_OFFLOAD_V2_DELETE_SA *element,
                                uint32_t number, IPSEC_OFFLOAD_V2_DELETE_SA *next)
{
    memset(element, 0, sizeof *element);
    element->Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    element->Header.Revision = IPSEC_OFFLOAD_V2_DELETE_SA_REVISION_1;
    element->Header.Size = sizeof *element;
    element->OffloadHandle = p->handles[number];
    element->Next = next;
}

void population_prepare_delete(const population *p, sao_request *request,
                               IPSEC_OFFLOAD_V2_DELETE_SA *element, uint32_t number)
{
    population_describe_delete(p, element, number, NULL);
    sao_request_init(request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, element, sizeof *element);
}

void population_prepare_update(const population *p, sao_request *request,
                               IPSEC_OFFLOAD_V2_UPDATE_SA *element, uint32_t number, uint32_t high)
{
    memset(element, 0, sizeof *element);
    element->Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    element->Header.Revision = IPSEC_OFFLOAD_V2_UPDATE_SA_REVISION_1;
    element->Header.Size = sizeof *element;
    element->OffloadHandle = p->handles[number];
    element->Operation = IPsecOffloadV2Esp;
    element->Spi = spi_of(number);
    element->SequenceNumberHighOrder = high;
    sao_request_init(request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA, element, sizeof *element);
}

void population_run(const population *p, sao_request *requests, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (sao_adapter_request(p->adapter, &requests[i]) == NDIS_STATUS_PENDING)
            while (sao_adapter_poll(p->adapter, 0, 1000).more)
                continue;
        if (requests[i].status != NDIS_STATUS_SUCCESS)
            bench_quit(sao_status_name(requests[i].status));
    }
}

/* ---- packets --------------------------------------------------------------------------- */

sao_packet_info population_packet(uint32_t number)
{
    const uint32_t source = remote_of(number), destination = LOCAL;
    sao_packet_info info;

    memset(&info, 0, sizeof info);
    memcpy(info.source.bytes, &source, sizeof source); /* as the element has them */
    memcpy(info.destination.bytes, &destination, sizeof destination);
    info.spi[0] = spi_of(number);
    info.protocol[0] = SAO_PROTOCOL_ESP;
    info.header_count = 1;
    info.ip_version = 4;
    info.encapsulation = NDIS_ENCAPSULATION_IEEE_802_3;
    return info;
}
