// SPDX-License-Identifier: BSD-2-Clause
/* transport_request.c: the buffers of ADD, DELETE and UPDATE requests. */
#include "model/transport_internal.h"

#include <saoffload/algorithm.h>

static IPSEC_OFFLOAD_V2_OPERATION operation_of(const sao_held_sa *held)
{
    return held->sa.protocol == SAO_PROTOCOL_AH ? IPsecOffloadV2Ah : IPsecOffloadV2Esp;
}

static NDIS_OBJECT_HEADER object_header(uint8_t revision, size_t size)
{
    const NDIS_OBJECT_HEADER header = {NDIS_OBJECT_TYPE_DEFAULT, revision, (USHORT)size};

    return header;
}

/* Puts a key behind those that are there already, *key_length bytes. */
static void add_key(IPSEC_OFFLOAD_V2_ALGORITHM_INFO *algorithm, uint32_t identifier,
                    const uint8_t *key, uint8_t length, uint8_t *keys, ULONG *key_length)
{
    algorithm->Identifier = identifier;
    algorithm->KeyLength = length;
    algorithm->KeyOffsetBytes = *key_length;
    SAO_MEMCPY(keys + *key_length, key, length);
    *key_length += length;
}

/* One SA; its keys go to `keys`, where *key_length bytes are in use. */
static void describe_sa(const sao_held_sa *held, IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION *sa,
                        uint8_t *keys, ULONG *key_length)
{
    const sao_sa_keys *own = &held->keys;

    sa->Flags = held->sa.esn ? IPSEC_OFFLOAD_V2_ESN_SA : 0u;
    sa->Operation = operation_of(held);
    sa->Spi = held->sa.spi;
    sa->SequenceNumberHighOrder = held->sequence_high;
    if (sa->Operation == IPsecOffloadV2Esp)
        add_key(&sa->EncryptionAlgorithm, held->encryption, own->encryption, own->encryption_length,
                keys, key_length); /* for AH all of it stays zero (ADD-6) */
    if (held->sa.combined)
        sa->EncryptionAlgorithm.AdditionalInfo = held->sa.icv_length; /* ADD-7 */
    else
        add_key(&sa->AuthenticationAlgorithm, held->authentication, own->authentication,
                own->authentication_length, keys, key_length);
}

/* ADD_SA and ADD_SA_EX name these members alike and place them differently. */
#define DESCRIBE_BUNDLE(element, association, direction, keys)                                     \
    do {                                                                                           \
        const bool inbound = (direction) == SAO_IN;                                                \
        const sao_address *from = inbound ? &(association)->remote : &(association)->local;        \
        const sao_address *to = inbound ? &(association)->local : &(association)->remote;          \
                                                                                                   \
        (element)->NumExtHdrs = (association)->sa_count;                                           \
        (element)->Flags = inbound ? IPSEC_OFFLOAD_V2_INBOUND : 0u;                                \
        if ((association)->ip_version == 6) {                                                      \
            (element)->Flags |= IPSEC_OFFLOAD_V2_IPv6;                                             \
            SAO_MEMCPY((element)->IPv6Endpoints.SrcAddr, from->bytes, 16);                         \
            SAO_MEMCPY((element)->IPv6Endpoints.DestAddr, to->bytes, 16);                          \
        } else {                                                                                   \
            SAO_MEMCPY(&(element)->IPv4Endpoints.SrcAddr, from->bytes, 4);                         \
            SAO_MEMCPY(&(element)->IPv4Endpoints.DestAddr, to->bytes, 4);                          \
        }                                                                                          \
        (element)->UdpEspEncapsulation = (association)->form.udp_esp;                              \
        for (uint32_t i = 0; i < (association)->sa_count; i++)                                     \
            describe_sa(&(association)->half[direction].sa[i], &(element)->SecAssoc[i], (keys),    \
                        &(element)->KeyLength);                                                    \
    } while (0)

static void build_add_sa(sao_association *association, uint32_t direction, bool more)
{
    sao_add_element *element = &association->add[direction];

    SAO_MEMSET(element, 0, sizeof *element);
    element->add_sa.Header =
        object_header(IPSEC_OFFLOAD_V2_ADD_SA_REVISION_1, SAO_SIZEOF_ADD_SA_REVISION_1);
    element->add_sa.Next = more ? &association->add[direction + 1u].add_sa : NULL;
    DESCRIBE_BUNDLE(&element->add_sa, association, direction,
                    element->bytes + offsetof(IPSEC_OFFLOAD_V2_ADD_SA, KeyData));
}

static void build_add_sa_ex(sao_association *association, uint32_t direction)
{
    sao_add_element *element = &association->add[direction];

    SAO_MEMSET(element, 0, sizeof *element);
    element->add_sa_ex.Header =
        object_header(IPSEC_OFFLOAD_V2_ADD_SA_EX_REVISION_1, SAO_SIZEOF_ADD_SA_EX_REVISION_1);
    element->add_sa_ex.KeyOffset = (ULONG)sizeof element->add_sa_ex;
    DESCRIBE_BUNDLE(&element->add_sa_ex, association, direction,
                    element->bytes + sizeof element->add_sa_ex);
}

void sao_transport_build_add(sao_association *association, uint32_t covers, bool extended,
                             sao_request *request)
{
    const uint32_t first = (covers & sao_half_bit(SAO_IN)) != 0 ? SAO_IN : SAO_OUT;
    const bool both = covers == (sao_half_bit(SAO_IN) | sao_half_bit(SAO_OUT));
    const size_t length = (both ? 2u : 1u) * sizeof(sao_add_element);

    if (extended) {
        build_add_sa_ex(association, first);
    } else {
        build_add_sa(association, first, both);
        if (both)
            build_add_sa(association, SAO_OUT, false);
    }
    sao_request_init(request,
                     extended ? OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX
                              : OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA,
                     &association->add[first], (ULONG)length);
}

NDIS_HANDLE sao_transport_added_handle(const sao_association *association, uint32_t direction,
                                       bool extended)
{
    const sao_add_element *element = &association->add[direction];

    return extended ? element->add_sa_ex.OffloadHandle : element->add_sa.OffloadHandle;
}

void sao_transport_build_delete(sao_half *half)
{
    IPSEC_OFFLOAD_V2_DELETE_SA *delete_sa = &half->buffer.delete_sa;

    SAO_MEMSET(delete_sa, 0, sizeof *delete_sa);
    delete_sa->Header =
        object_header(IPSEC_OFFLOAD_V2_DELETE_SA_REVISION_1, SAO_SIZEOF_DELETE_SA_REVISION_1);
    delete_sa->OffloadHandle = half->handle;
    sao_request_init(&half->request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, delete_sa,
                     (ULONG)sizeof *delete_sa);
}

void sao_transport_build_update(sao_half *half, uint32_t sa)
{
    const sao_held_sa *held = &half->sa[sa];
    IPSEC_OFFLOAD_V2_UPDATE_SA *update_sa = &half->buffer.update_sa;

    SAO_MEMSET(update_sa, 0, sizeof *update_sa);
    update_sa->Header =
        object_header(IPSEC_OFFLOAD_V2_UPDATE_SA_REVISION_1, SAO_SIZEOF_UPDATE_SA_REVISION_1);
    update_sa->OffloadHandle = half->handle;
    update_sa->Operation = operation_of(held);
    update_sa->Spi = held->sa.spi;
    update_sa->SequenceNumberHighOrder = held->sequence_high;
    sao_request_init(&half->request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA, update_sa,
                     (ULONG)sizeof *update_sa);
}

void sao_transport_build_encapsulation(sao_encapsulation *encapsulation)
{
    NDIS_OFFLOAD_ENCAPSULATION *buffer = &encapsulation->buffer;

    SAO_MEMSET(buffer, 0, sizeof *buffer);
    buffer->Header.Type = NDIS_OBJECT_TYPE_OFFLOAD_ENCAPSULATION;
    buffer->Header.Revision = NDIS_OFFLOAD_ENCAPSULATION_REVISION_1;
    buffer->Header.Size = SAO_SIZEOF_OFFLOAD_ENCAPSULATION_REVISION_1;
    buffer->IPv4.Enabled = NDIS_OFFLOAD_SET_ON;
    buffer->IPv4.EncapsulationType = NDIS_ENCAPSULATION_IEEE_802_3;
    buffer->IPv4.HeaderSize = SAO_MAC_HEADER_LENGTH;
    buffer->IPv6.Enabled = NDIS_OFFLOAD_SET_ON;
    buffer->IPv6.EncapsulationType = NDIS_ENCAPSULATION_IEEE_802_3;
    buffer->IPv6.HeaderSize = SAO_MAC_HEADER_LENGTH;
    sao_request_init(&encapsulation->request, OID_OFFLOAD_ENCAPSULATION, buffer,
                     (ULONG)sizeof *buffer);
}
