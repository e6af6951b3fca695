// SPDX-License-Identifier: BSD-2-Clause
#include "wire.h"

#include "measure.h"
#include "population.h"

#include <saoffload/oob.h>

#include <stdlib.h>
#include <string.h>

#define IP_LENGTH 20u /* of the outer header, and of the inner one */

const uint8_t wire_key[WIRE_KEY_LENGTH] = "a benchmark's key of 32 bytes...salt";

static const uint8_t spis[WIRE_SAS][4] = {{0, 0, 0x10, 1}, {0, 0, 0x10, 2}};
static const sao_address source = {{192, 0, 2, 1}};
static const sao_address destination = {{198, 51, 100, 2}};

/* ---- around the NIC -------------------------------------------------------------------- */

static void transmit(void *context, const sao_packet *packet)
{
    (void)context;
    (void)packet;
}

static void release(void *context, sao_packet *packet)
{
    (void)context;
    (void)packet;
}

static void request_complete(void *context, sao_request *request)
{
    (void)context;
    (void)request;
    bench_quit("a request of the soft NIC was late");
}

static void send_complete(void *context, sao_packet *packet)
{
    wire *w = context;

    w->sent += packet->status == NDIS_STATUS_SUCCESS ? 1u : 0u;
}

static void indicate(void *context, sao_packet *packet)
{
    wire *w = context;
    const sao_oob_receive oob = sao_oob_get_receive(&packet->ipsec);

    w->opened += oob.crypto_done && oob.crypto_status == CRYPTO_SUCCESS ? 1u : 0u;
    w->miniport.ops->return_packet(w->miniport.context, packet);
}

static void life_complete(void *context, sao_life_event event, NDIS_STATUS status)
{
    (void)context;
    (void)event;
    (void)status;
}

static void current_config(void *context, const NDIS_IPSEC_OFFLOAD_V2 *config)
{
    (void)context;
    (void)config;
}

/* ---- making ---------------------------------------------------------------------------- */

static void make_nic(wire *w, const sao_crypto_provider *provider)
{
    static const sao_protocol_ops ops = {.size = sizeof ops,
                                         .request_complete = request_complete,
                                         .send_complete = send_complete,
                                         .indicate = indicate,
                                         .life_complete = life_complete,
                                         .current_config = current_config};
    sao_soft_nic_config config;
    size_t size;

    sao_soft_nic_config_init(&config);
    config.provider = provider;
    sao_soft_nic_offer_algorithms(&config.capabilities, provider);
    config.wire = (sao_soft_nic_wire){transmit, release, w};
    size = sao_soft_nic_size(&config);
    w->memory = bench_allocate(1, size);
    if (sao_soft_nic_init(w->memory, size, &config, &w->nic, NULL) != NDIS_STATUS_SUCCESS)
        bench_quit("cannot make the soft NIC");
    sao_soft_nic_bind(w->nic, (sao_protocol){&ops, w});
    w->miniport = sao_soft_nic_miniport(w->nic);
    if (sao_adapter_initialize(sao_soft_nic_adapter(w->nic)) != NDIS_STATUS_SUCCESS ||
        sao_adapter_restart(sao_soft_nic_adapter(w->nic)) != NDIS_STATUS_SUCCESS)
        bench_quit("cannot start the soft NIC");
    population_set_encapsulation(sao_soft_nic_adapter(w->nic));
}

static NDIS_HANDLE add(wire *w, uint32_t encryption, const uint8_t spi[4], bool inbound)
{
    union {
        IPSEC_OFFLOAD_V2_ADD_SA element;
        uint8_t bytes[sizeof(IPSEC_OFFLOAD_V2_ADD_SA) + WIRE_KEY_LENGTH];
    } buffer;
    IPSEC_OFFLOAD_V2_ADD_SA *element = &buffer.element;
    IPSEC_OFFLOAD_V2_ALGORITHM_INFO *cipher = &element->SecAssoc[0].EncryptionAlgorithm;
    sao_request request;

    memset(&buffer, 0, sizeof buffer);
    element->Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    element->Header.Revision = IPSEC_OFFLOAD_V2_ADD_SA_REVISION_1;
    element->Header.Size = sizeof *element;
    element->NumExtHdrs = 1;
    element->Flags = inbound ? IPSEC_OFFLOAD_V2_INBOUND : 0;
    memcpy(&element->IPv4Endpoints.SrcAddr, source.bytes, 4);
    memcpy(&element->IPv4Endpoints.DestAddr, destination.bytes, 4);
    element->SecAssoc[0].Operation = IPsecOffloadV2Esp;
    memcpy(&element->SecAssoc[0].Spi, spi, 4);
    *cipher = (IPSEC_OFFLOAD_V2_ALGORITHM_INFO){
        .Identifier = encryption, .KeyLength = WIRE_KEY_LENGTH, .AdditionalInfo = WIRE_ICV_LENGTH};
    element->KeyLength = WIRE_KEY_LENGTH;
    memcpy(buffer.bytes + offsetof(IPSEC_OFFLOAD_V2_ADD_SA, KeyData), wire_key, WIRE_KEY_LENGTH);
    sao_request_init(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, &buffer, sizeof buffer);
    if (w->miniport.ops->request(w->miniport.context, &request) != NDIS_STATUS_SUCCESS)
        bench_quit("the soft NIC refused a bundle");
    return element->OffloadHandle;
}

static void make_sa(wire *w, uint32_t n, const sao_crypto_provider *provider, uint32_t encryption)
{
    wire_sa *made = &w->sas[n];
    sao_ipsec_params params;

    made->outbound = add(w, encryption, spis[n], false);
    (void)add(w, encryption, spis[n], true);
    sao_ipsec_params_init(&params);
    params.source = source;
    params.destination = destination;
    memcpy(&params.spi, spis[n], sizeof params.spi);
    params.encryption = encryption;
    params.encryption_key = wire_key;
    params.encryption_key_length = sizeof wire_key;
    made->context = bench_allocate(1, provider->context_size);
    if (sao_ipsec_sa_init(&made->sa, &params, provider, made->context) != NDIS_STATUS_SUCCESS)
        bench_quit("cannot make the SA");
}

void wire_make(wire *w, const sao_crypto_provider *provider, uint32_t encryption)
{
    if (provider == NULL)
        bench_quit("a crypto provider does not start");
    memset(w, 0, sizeof *w);
    make_nic(w, provider);
    for (uint32_t n = 0; n < WIRE_SAS; n++)
        make_sa(w, n, provider, encryption);
}

void wire_free(wire *w)
{
    sao_adapter_counters counters;

    sao_adapter_get_counters(sao_soft_nic_adapter(w->nic), &counters);
    if (counters.flights != 0 || counters.held != 0)
        bench_quit("the soft NIC has kept a packet");
    for (uint32_t n = 0; n < WIRE_SAS; n++) {
        sao_ipsec_sa_wipe(&w->sas[n].sa);
        free(w->sas[n].context);
    }
    free(w->memory);
}

/* ---- frames ---------------------------------------------------------------------------- */

static void frame_one(wire *w, uint32_t number, uint32_t length, const wire_sa *sa)
{
    static const uint8_t mac[WIRE_MAC_LENGTH] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
    uint8_t *frame = w->bytes[number], *ip = frame + WIRE_MAC_LENGTH;
    size_t framed = length;

    memcpy(frame, mac, sizeof mac);
    for (uint32_t i = 0; i < length; i++)
        ip[i] = (uint8_t)(number + i);
    memset(ip, 0, IP_LENGTH);
    ip[0] = 0x45;
    ip[2] = (uint8_t)(length >> 8);
    ip[3] = (uint8_t)length;
    ip[8] = 64;
    ip[9] = SAO_PROTOCOL_UDP;
    memcpy(ip + 12, source.bytes, 4);
    memcpy(ip + 16, destination.bytes, 4);
    if (sao_ipsec_frame(&sa->sa, ++w->sequence, ip, &framed, WIRE_FRAME_MAX - WIRE_MAC_LENGTH) !=
        NDIS_STATUS_SUCCESS)
        bench_quit("cannot frame a packet");
    w->packets[number] = (sao_packet){.data = frame,
                                      .length = WIRE_MAC_LENGTH + (uint32_t)framed,
                                      .capacity = WIRE_FRAME_MAX,
                                      .ip_offset = WIRE_MAC_LENGTH};
    w->packets[number].ipsec.Transmit.OffloadHandle = sa->outbound;
    w->train[number] = &w->packets[number];
}

void wire_frame(wire *w, uint32_t length, uint32_t sas)
{
    for (uint32_t i = 0; i < WIRE_FRAMES; i++)
        frame_one(w, i, length, &w->sas[i % sas]);
}

uint8_t *wire_esp(wire *w, uint32_t frame)
{
    return w->bytes[frame] + WIRE_MAC_LENGTH + IP_LENGTH;
}

uint32_t wire_encrypted_length(const wire *w)
{
    return w->packets[0].length - WIRE_MAC_LENGTH - IP_LENGTH - WIRE_ESP_LENGTH - WIRE_IV_LENGTH -
           WIRE_ICV_LENGTH;
}

/* ---- traffic --------------------------------------------------------------------------- */

void wire_send(wire *w)
{
    for (uint32_t i = 0; i < WIRE_FRAMES; i++)
        w->miniport.ops->send(w->miniport.context, &w->packets[i]);
}

void wire_receive(wire *w)
{
    for (uint32_t i = 0; i < WIRE_FRAMES; i++)
        sao_soft_nic_receive(w->nic, &w->packets[i]);
}

void wire_receive_burst(wire *w)
{
    for (uint32_t i = 0; i < WIRE_FRAMES; i += WIRE_BURST)
        sao_soft_nic_receive_burst(w->nic, w->train + i, WIRE_BURST);
}

void wire_seal(wire *w)
{
    for (uint32_t i = 0; i < WIRE_FRAMES; i++) {
        uint8_t iv[WIRE_IV_LENGTH] = {(uint8_t)i};

        if (sao_ipsec_seal(&w->sas[0].sa, 0, iv, w->bytes[i] + WIRE_MAC_LENGTH,
                           w->packets[i].length - WIRE_MAC_LENGTH) != NDIS_STATUS_SUCCESS)
            bench_quit("cannot seal a packet");
    }
}

uint32_t wire_open(wire *w)
{
    sao_ipsec_result result;
    uint32_t good = 0;

    for (uint32_t i = 0; i < WIRE_FRAMES; i++)
        good += sao_ipsec_open(&w->sas[0].sa, 0, w->bytes[i] + WIRE_MAC_LENGTH,
                               w->packets[i].length - WIRE_MAC_LENGTH, &result) == CRYPTO_SUCCESS
                    ? 1u
                    : 0u;
    return good;
}
