// SPDX-License-Identifier: BSD-2-Clause
/*
 * caller.c: a user of the single header. The same source is compiled as C and as C++, by several
 * compilers, with and without the code, and all that come of it are linked into one program: each
 * copy has a name of its own, CALLER. Says where it was not content: a line number, or 0.
 */
#include "saoffload_single.h"

#include <stdlib.h>

#ifndef CALLER
#define CALLER caller
#endif

/* The line of the first check that fails is the result. */
#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return __LINE__;                                                                       \
    } while (0)

SAO_EXTERN_C_BEGIN
int CALLER(void);
SAO_EXTERN_C_END

/* ---- a bundle's life ------------------------------------------------------------------- */

typedef struct hardware {
    int bundles;
} hardware;

static NDIS_STATUS hardware_add(void *backend, const sao_bundle *bundle, void **bundle_context,
                                sao_ticket ticket)
{
    (void)bundle, (void)bundle_context, (void)ticket;
    ((hardware *)backend)->bundles++;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS hardware_remove(void *backend, const sao_bundle *bundle, sao_ticket ticket)
{
    (void)bundle, (void)ticket;
    ((hardware *)backend)->bundles--;
    return NDIS_STATUS_SUCCESS;
}

static void configure(sao_adapter_config *config, sao_backend_ops *operations, hardware *nic)
{
    SAO_MEMSET(operations, 0, sizeof *operations);
    operations->size = sizeof *operations;
    operations->add = hardware_add;
    operations->remove = hardware_remove;
    sao_adapter_config_init(config);
    config->capabilities.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3;
    config->capabilities.Esp = 1;
    config->capabilities.Tunnel = 1;
    config->capabilities.EncryptionAlgorithms = IPSEC_OFFLOAD_V2_ENCRYPTION_NONE;
    config->capabilities.AuthenticationAlgorithms = IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256;
    config->capabilities.SaOffloadCapacity = 1;
    config->backend_ops = operations;
    config->backend = nic;
}

typedef struct add_buffer {
    IPSEC_OFFLOAD_V2_ADD_SA sa;
    uint8_t more_keys[32];
} add_buffer;

static void write_add(add_buffer *add)
{
    SAO_MEMSET(add, 0, sizeof *add);
    add->sa.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    add->sa.Header.Revision = IPSEC_OFFLOAD_V2_ADD_SA_REVISION_1;
    add->sa.Header.Size = sizeof add->sa;
    add->sa.NumExtHdrs = 1;
    add->sa.Flags = IPSEC_OFFLOAD_V2_INBOUND;
    add->sa.SecAssoc[0].Operation = IPsecOffloadV2Esp;
    add->sa.SecAssoc[0].Spi = 1;
    add->sa.SecAssoc[0].AuthenticationAlgorithm.Identifier =
        IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256;
    add->sa.SecAssoc[0].AuthenticationAlgorithm.KeyLength = 32;
    add->sa.KeyLength = 32;
}

static int live_and_die(sao_adapter *adapter, const hardware *nic)
{
    IPSEC_OFFLOAD_V2_DELETE_SA removal;
    sao_request request;
    add_buffer add;

    EXPECT(sao_adapter_initialize(adapter) == NDIS_STATUS_SUCCESS);
    EXPECT(sao_adapter_restart(adapter) == NDIS_STATUS_SUCCESS);
    write_add(&add);
    sao_request_init(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, &add, sizeof add);
    EXPECT(sao_adapter_request(adapter, &request) == NDIS_STATUS_SUCCESS);
    EXPECT(nic->bundles == 1 && add.sa.OffloadHandle != NULL);

    SAO_MEMSET(&removal, 0, sizeof removal);
    removal.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    removal.Header.Revision = IPSEC_OFFLOAD_V2_DELETE_SA_REVISION_1;
    removal.Header.Size = sizeof removal;
    removal.OffloadHandle = add.sa.OffloadHandle;
    sao_request_init(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, &removal, sizeof removal);
    EXPECT(sao_adapter_request(adapter, &request) == NDIS_STATUS_SUCCESS);
    EXPECT(nic->bundles == 0);
    sao_request_init(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, &removal, sizeof removal);
    EXPECT(sao_adapter_request(adapter, &request) == NDIS_STATUS_INVALID_PARAMETER);
    return 0;
}

static int try_adapter(void)
{
    sao_adapter_config config;
    sao_backend_ops operations;
    sao_adapter *adapter;
    hardware nic = {0};
    void *memory;
    int wrong;

    configure(&config, &operations, &nic);
    memory = malloc(sao_adapter_size(&config));
    EXPECT(memory != NULL);
    wrong = sao_adapter_init(memory, sao_adapter_size(&config), &config, &adapter, NULL) ==
                    NDIS_STATUS_SUCCESS
                ? live_and_die(adapter, &nic)
                : __LINE__;
    free(memory);
    return wrong;
}

/* ---- a packet there and back ----------------------------------------------------------- */

/* No crypto: the ICV is the same byte everywhere. */
#define ICV_BYTE 0xA5

static NDIS_STATUS crypto_supports(uint32_t encryption, uint32_t authentication)
{
    (void)encryption, (void)authentication;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS crypto_prepare(void *context, const sao_crypto_keys *keys)
{
    *(size_t *)context = keys->icv_length;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS crypto_seal(void *context, const sao_crypto_job *job)
{
    SAO_MEMSET(job->icv, ICV_BYTE, *(size_t *)context);
    return NDIS_STATUS_SUCCESS;
}

static bool crypto_open(void *context, const sao_crypto_job *job)
{
    for (size_t i = 0; i < *(size_t *)context; i++)
        if (job->icv[i] != ICV_BYTE)
            return false;
    return true;
}

static void crypto_wipe(void *context)
{
    *(size_t *)context = 0;
}

static int there_and_back(const sao_ipsec_sa *sa)
{
    static const uint8_t plain[28] = {0x45, 0,   0,   28,  0,   0,   0,   0,  64, 253,
                                      0,    0,   10,  0,   0,   1,   10,  0,  0,  2,
                                      's',  'a', 'o', 'f', 'f', 'l', 'o', 'a'};
    uint8_t packet[128];
    size_t length = sizeof plain;
    sao_packet_info info;
    sao_ipsec_result result;

    SAO_MEMCPY(packet, plain, sizeof plain);
    EXPECT(sao_ipsec_protect(sa, 7, NULL, packet, &length, sizeof packet) == NDIS_STATUS_SUCCESS);
    EXPECT(sao_packet_parse(packet, length, &info) == SAO_PARSE_OK);
    EXPECT(info.header_count == 1 && info.protocol[0] == SAO_PROTOCOL_ESP && info.spi[0] == 9);
    EXPECT(sao_ipsec_unprotect(sa, 0, packet, &length, &result) == NDIS_STATUS_SUCCESS);
    EXPECT(result.sequence == 7 && length == sizeof plain);
    EXPECT(SAO_MEMCMP(packet, plain, sizeof plain) == 0);
    return 0;
}

static int try_packet(void)
{
    static const uint8_t key[32] = {1};
    sao_crypto_provider provider;
    sao_ipsec_params params;
    sao_ipsec_sa sa;
    size_t context = 0;

    SAO_MEMSET(&provider, 0, sizeof provider);
    provider.size = sizeof provider;
    provider.context_size = sizeof context;
    provider.supports = crypto_supports;
    provider.prepare = crypto_prepare;
    provider.seal = crypto_seal;
    provider.open = crypto_open;
    provider.wipe = crypto_wipe;
    sao_ipsec_params_init(&params);
    params.source.bytes[0] = 192;
    params.destination.bytes[0] = 198;
    params.spi = 9;
    params.authentication = IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256;
    params.authentication_key = key;
    params.authentication_key_length = sizeof key;
    EXPECT(sao_ipsec_sa_init(&sa, &params, &provider, &context) == NDIS_STATUS_SUCCESS);
    return there_and_back(&sa);
}

int CALLER(void)
{
    int wrong = try_adapter();

    return wrong != 0 ? wrong : try_packet();
}
