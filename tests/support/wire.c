// SPDX-License-Identifier: BSD-2-Clause
/* wire.c: see wire.h. */
#include "support/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/memory.h"
#include "support/packets.h"

static void note(test_wire *wire, char event)
{
    size_t length = strlen(wire->log);

    if (length + 1 < sizeof wire->log)
        wire->log[length] = event;
}

/* ---- below ----------------------------------------------------------------------------- */

static void transmit(void *context, const sao_packet *packet)
{
    test_wire *wire = context;
    test_frame *copy = &wire->last_transmitted;

    note(wire, 'T');
    wire->transmitted++;
    assert_in_range(packet->length, 1, sizeof copy->bytes);
    memset(copy, 0, sizeof *copy);
    memcpy(copy->bytes, packet->data, packet->length);
    copy->packet.length = packet->length;
    copy->packet.ip_offset = packet->ip_offset;
}

static void release(void *context, sao_packet *packet)
{
    test_wire *wire = context;

    note(wire, 'R');
    wire->released++;
    packet->data = NULL; /* whoever touches it again crashes */
}

/* ---- above ----------------------------------------------------------------------------- */

static void request_complete(void *context, sao_request *request)
{
    test_wire *wire = context;
    test_request *mine = request->context;

    note(wire, 'C');
    assert_int_not_equal(request->status, NDIS_STATUS_PENDING);
    mine->completions++;
}

static void send_complete(void *context, sao_packet *packet)
{
    test_wire *wire = context;

    note(wire, 'S');
    wire->sent++;
    wire->last_sent = packet;
    if (wire->on_sent != NULL)
        wire->on_sent(wire, packet);
}

static void indicate(void *context, sao_packet *packet)
{
    test_wire *wire = context;

    note(wire, 'I');
    wire->indicated++;
    wire->last_indicated = packet;
    if (wire->on_indicate != NULL)
        wire->on_indicate(wire, packet);
}

static void life_complete(void *context, sao_life_event event, NDIS_STATUS status)
{
    test_wire *wire = context;

    wire->lives[event]++;
    wire->life_outcome[event] = status;
}

static void current_config(void *context, const NDIS_IPSEC_OFFLOAD_V2 *config)
{
    test_wire *wire = context;

    wire->current_config = *config;
}

/* What the NIC may offload of what it receives (ENC-1): every framing that it knows. */
static void encapsulate(test_wire *wire)
{
    NDIS_OFFLOAD_ENCAPSULATION set = {
        .Header = {NDIS_OBJECT_TYPE_OFFLOAD_ENCAPSULATION, 1, sizeof set}};
    sao_request request;

    set.IPv4.Enabled = NDIS_OFFLOAD_SET_ON;
    set.IPv4.EncapsulationType = sao_adapter_capabilities(wire->adapter)->Encapsulation;
    memcpy(&set.IPv6, &set.IPv4, sizeof set.IPv6);
    sao_request_init(&request, OID_OFFLOAD_ENCAPSULATION, &set, sizeof set);
    assert_int_equal(wire->miniport.ops->request(wire->miniport.context, &request),
                     NDIS_STATUS_SUCCESS);
}

/* ---- life ------------------------------------------------------------------------------ */

void test_wire_config(test_wire *wire, sao_soft_nic_config *config)
{
    memset(wire, 0, sizeof *wire);
    sao_soft_nic_config_init(config);
    config->provider = sao_crypto_sodium();
    assert_non_null(config->provider);
    sao_soft_nic_offer_algorithms(&config->capabilities, config->provider);
    config->wire = (sao_soft_nic_wire){transmit, release, wire};
}

void test_wire_open(test_wire *wire, const sao_soft_nic_config *config)
{
    static const sao_protocol_ops ops = {.size = sizeof ops,
                                         .request_complete = request_complete,
                                         .send_complete = send_complete,
                                         .indicate = indicate,
                                         .life_complete = life_complete,
                                         .current_config = current_config};
    const char *problem = NULL;

    wire->profile = config->profile;
    wire->size = sao_soft_nic_size(config);
    wire->memory = malloc(wire->size);
    assert_non_null(wire->memory);
    test_memory_spoil(wire->memory, wire->size);
    if (sao_soft_nic_init(wire->memory, wire->size, config, &wire->nic, &problem) !=
        NDIS_STATUS_SUCCESS)
        fail_msg("no NIC: %s", problem);
    sao_soft_nic_bind(wire->nic, (sao_protocol){&ops, wire});
    wire->adapter = sao_soft_nic_adapter(wire->nic);
    wire->miniport = sao_soft_nic_miniport(wire->nic);
    assert_int_equal(sao_adapter_initialize(wire->adapter), NDIS_STATUS_SUCCESS);
    assert_int_equal(test_wire_life(wire, SAO_LIFE_RESTART), NDIS_STATUS_SUCCESS);
    encapsulate(wire);
}

NDIS_STATUS test_wire_life(test_wire *wire, sao_life_event event)
{
    return wire->miniport.ops->life(wire->miniport.context, event);
}

void test_wire_close(test_wire *wire)
{
    sao_soft_nic_counters nic;
    sao_adapter_counters adapter;

    if (sao_adapter_get_state(wire->adapter) == SAO_ADAPTER_RUNNING)
        assert_int_equal(test_wire_life(wire, SAO_LIFE_PAUSE), NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_adapter_halt(wire->adapter), NDIS_STATUS_SUCCESS);
    sao_soft_nic_get_counters(wire->nic, &nic);
    sao_adapter_get_counters(wire->adapter, &adapter);
    assert_int_equal(nic.contexts, 0);
    assert_int_equal(adapter.bundles, 0);
    assert_int_equal(adapter.flights, 0);
    assert_int_equal(adapter.held, 0);
    assert_int_equal(adapter.requests, 0);
    free(wire->memory);
}

uint64_t test_wire_at(test_wire *wire, uint64_t now)
{
    wire->now = now;
    return sao_soft_nic_poll(wire->nic, now);
}

/* ---- requests -------------------------------------------------------------------------- */

sao_ipsec_params test_params_of(uint8_t n)
{
    sao_ipsec_params params = test_params(&test_ciphers[1], SAO_IPSEC_TUNNEL, 4);
    const uint8_t spi[4] = {0x10, 0, 0, n};

    memcpy(&params.spi, spi, sizeof spi);
    return params;
}

static void init_request(test_request *request, NDIS_OID oid, ULONG length)
{
    sao_request_init(&request->request, oid, &request->buffer, length);
    request->request.context = request;
}

static void set_header(NDIS_OBJECT_HEADER *header, size_t size)
{
    header->Type = NDIS_OBJECT_TYPE_DEFAULT;
    header->Revision = 1;
    header->Size = (USHORT)size;
}

static void set_algorithm(IPSEC_OFFLOAD_V2_ADD_SA *add, IPSEC_OFFLOAD_V2_ALGORITHM_INFO *info,
                          uint32_t identifier, const uint8_t *key, size_t length)
{
    info->Identifier = identifier;
    info->KeyLength = (ULONG)length;
    info->KeyOffsetBytes = add->KeyLength;
    if (length > 0)
        memcpy((uint8_t *)add + offsetof(IPSEC_OFFLOAD_V2_ADD_SA, KeyData) + add->KeyLength, key,
               length);
    add->KeyLength += (ULONG)length;
}

static void set_addresses(IPSEC_OFFLOAD_V2_ADD_SA *add, const sao_ipsec_params *params)
{
    if (params->ip_version == 6) {
        add->Flags |= IPSEC_OFFLOAD_V2_IPv6;
        memcpy(add->IPv6Endpoints.SrcAddr, params->source.bytes, 16);
        memcpy(add->IPv6Endpoints.DestAddr, params->destination.bytes, 16);
    } else {
        memcpy(&add->IPv4Endpoints.SrcAddr, params->source.bytes, 4);
        memcpy(&add->IPv4Endpoints.DestAddr, params->destination.bytes, 4);
    }
}

static void set_sa(IPSEC_OFFLOAD_V2_ADD_SA *add, uint32_t i, const sao_ipsec_params *params,
                   uint32_t high)
{
    IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION *sa = &add->SecAssoc[i];
    const sao_algorithm *cipher = sao_encryption_algorithm(params->encryption);

    sa->Flags = params->esn ? IPSEC_OFFLOAD_V2_ESN_SA : 0;
    sa->Operation = params->protocol == SAO_PROTOCOL_AH ? IPsecOffloadV2Ah : IPsecOffloadV2Esp;
    sa->Spi = params->spi;
    sa->SequenceNumberHighOrder = high;
    if (params->protocol == SAO_PROTOCOL_ESP)
        set_algorithm(add, &sa->EncryptionAlgorithm, params->encryption, params->encryption_key,
                      params->encryption_key_length);
    set_algorithm(add, &sa->AuthenticationAlgorithm, params->authentication,
                  params->authentication_key, params->authentication_key_length);
    if (cipher != NULL && cipher->combined)
        sa->EncryptionAlgorithm.AdditionalInfo = params->icv_length != 0 ? params->icv_length : 16;
}

void test_make_add_bundle(test_request *request, const sao_ipsec_params *params, uint32_t count,
                          uint32_t udp_esp, bool inbound, const uint32_t *high)
{
    IPSEC_OFFLOAD_V2_ADD_SA *add = &request->buffer.add;

    memset(request, 0, sizeof *request);
    set_header(&add->Header, SAO_SIZEOF_ADD_SA_REVISION_1);
    add->NumExtHdrs = count;
    add->Flags = inbound ? IPSEC_OFFLOAD_V2_INBOUND : 0;
    add->UdpEspEncapsulation = udp_esp;
    set_addresses(add, &params[0]);
    for (uint32_t i = 0; i < count; i++)
        set_sa(add, i, &params[i], high[i]);
    init_request(request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, sizeof request->buffer);
}

void test_make_add(test_request *request, const sao_ipsec_params *params, bool inbound,
                   uint32_t high)
{
    test_make_add_bundle(request, params, 1, 0, inbound, &high);
}

void test_make_add_ex(test_request *request, const sao_ipsec_params *params, bool inbound,
                      uint32_t high)
{
    test_make_add_bundle_ex(request, params, 1, 0, inbound, &high);
}

void test_make_add_bundle_ex(test_request *request, const sao_ipsec_params *params, uint32_t count,
                             uint32_t udp_esp, bool inbound, const uint32_t *high)
{
    IPSEC_OFFLOAD_V2_ADD_SA_EX *add = &request->buffer.add_ex;
    test_request plain;

    test_make_add_bundle(&plain, params, count, udp_esp, inbound, high);
    memset(request, 0, sizeof *request);
    set_header(&add->Header, SAO_SIZEOF_ADD_SA_EX_REVISION_1);
    add->NumExtHdrs = plain.buffer.add.NumExtHdrs;
    add->Flags = plain.buffer.add.Flags;
    add->UdpEspEncapsulation = plain.buffer.add.UdpEspEncapsulation;
    memcpy(&add->IPv6Endpoints, &plain.buffer.add.IPv6Endpoints, sizeof add->IPv6Endpoints);
    memcpy(add->SecAssoc, plain.buffer.add.SecAssoc, sizeof add->SecAssoc);
    add->KeyLength = plain.buffer.add.KeyLength;
    add->KeyOffset = sizeof *add;
    memcpy(request->buffer.bytes + add->KeyOffset,
           plain.buffer.bytes + offsetof(IPSEC_OFFLOAD_V2_ADD_SA, KeyData), add->KeyLength);
    init_request(request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX, sizeof request->buffer);
}

void test_make_delete(test_request *request, NDIS_HANDLE handle)
{
    memset(request, 0, sizeof *request);
    set_header(&request->buffer.remove.Header, SAO_SIZEOF_DELETE_SA_REVISION_1);
    request->buffer.remove.OffloadHandle = handle;
    init_request(request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, sizeof request->buffer);
}

void test_make_update(test_request *request, NDIS_HANDLE handle, uint32_t spi, uint32_t high)
{
    memset(request, 0, sizeof *request);
    set_header(&request->buffer.update.Header, SAO_SIZEOF_UPDATE_SA_REVISION_1);
    request->buffer.update.OffloadHandle = handle;
    request->buffer.update.Operation = IPsecOffloadV2Esp;
    request->buffer.update.Spi = spi;
    request->buffer.update.SequenceNumberHighOrder = high;
    init_request(request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA, sizeof request->buffer);
}

NDIS_STATUS test_submit(test_wire *wire, test_request *request)
{
    return wire->miniport.ops->request(wire->miniport.context, &request->request);
}

NDIS_STATUS test_try_add(test_wire *wire, const sao_ipsec_params *params, bool inbound)
{
    test_request request;

    test_make_add(&request, params, inbound, 0);
    return test_submit(wire, &request);
}

NDIS_HANDLE test_add(test_wire *wire, const sao_ipsec_params *params, bool inbound, uint32_t high)
{
    const bool ex = wire->profile == SAO_PROFILE_NDIS_6_30;
    test_request request;
    NDIS_HANDLE handle;

    if (ex)
        test_make_add_ex(&request, params, inbound, high);
    else
        test_make_add(&request, params, inbound, high);
    assert_int_equal(test_submit(wire, &request), NDIS_STATUS_SUCCESS);
    handle = ex ? request.buffer.add_ex.OffloadHandle : request.buffer.add.OffloadHandle;
    assert_non_null(handle);
    return handle;
}

NDIS_STATUS test_delete(test_wire *wire, NDIS_HANDLE handle)
{
    test_request request;

    test_make_delete(&request, handle);
    return test_submit(wire, &request);
}

/* ---- frames ---------------------------------------------------------------------------- */

void test_make_frame(test_frame *frame, const sao_ipsec_sa *sa, uint64_t sequence,
                     uint8_t ip_version, size_t payload)
{
    uint8_t *ip = frame->bytes + TEST_MAC_LENGTH;
    size_t length;

    memset(frame, 0, sizeof *frame);
    frame->bytes[0] = 2; /* a local address, to anybody */
    frame->bytes[12] = ip_version == 4 ? 0x08 : 0x86;
    frame->bytes[13] = ip_version == 4 ? 0x00 : 0xDD;
    length = test_ip_packet(ip, ip_version, payload);
    if (sa != NULL)
        assert_int_equal(
            sao_ipsec_frame(sa, sequence, ip, &length, sizeof frame->bytes - TEST_MAC_LENGTH),
            NDIS_STATUS_SUCCESS);
    frame->packet.data = frame->bytes;
    frame->packet.capacity = sizeof frame->bytes;
    frame->packet.length = TEST_MAC_LENGTH + (uint32_t)length;
    frame->packet.ip_offset = TEST_MAC_LENGTH;
    frame->packet.status = NDIS_STATUS_PENDING;
}

void test_send(test_wire *wire, test_frame *frame, NDIS_HANDLE handle)
{
    frame->packet.data = frame->bytes;
    frame->packet.ipsec.Transmit.OffloadHandle = handle;
    wire->miniport.ops->send(wire->miniport.context, &frame->packet);
}

void test_receive(test_wire *wire, test_frame *frame, const test_frame *from)
{
    memset(frame, 0xA5, sizeof *frame); /* whatever the packet was used for before */
    memcpy(frame->bytes, from->bytes, from->packet.length);
    frame->packet.data = frame->bytes;
    frame->packet.length = from->packet.length;
    frame->packet.capacity = sizeof frame->bytes;
    frame->packet.more = NULL;
    sao_soft_nic_receive(wire->nic, &frame->packet);
}
