// SPDX-License-Identifier: BSD-2-Clause
/* rig_build.c: descriptions of bundles, and the request buffers made of them. */
#include "support/rig.h"
#include "support/rig_keys.h"

/* ---- descriptions of bundles ----------------------------------------------------------- */

static rig_spec esp_spec(uint32_t spi, bool inbound)
{
    rig_spec spec = {.inbound = inbound,
                     .source = inbound ? RIG_PEER : RIG_LOCAL,
                     .destination = inbound ? RIG_LOCAL : RIG_PEER,
                     .count = 1};

    spec.sa[0].operation = IPsecOffloadV2Esp;
    spec.sa[0].spi = spi;
    spec.sa[0].encryption = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256;
    spec.sa[0].icv = 16;
    return spec;
}

rig_spec rig_inbound(uint32_t spi)
{
    return esp_spec(spi, true);
}

rig_spec rig_outbound(uint32_t spi)
{
    return esp_spec(spi, false);
}

rig_spec rig_with_ah(rig_spec spec)
{
    spec.count = 2;
    spec.sa[0].encryption = 0;
    spec.sa[0].icv = 0;
    spec.sa[0].authentication = IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256;
    spec.sa[1] = spec.sa[0];
    spec.sa[1].operation = IPsecOffloadV2Ah;
    spec.sa[1].spi++;
    return spec;
}

rig_spec rig_with_esn(rig_spec spec, uint32_t high)
{
    for (uint32_t i = 0; i < spec.count; i++) {
        spec.sa[i].flags |= IPSEC_OFFLOAD_V2_ESN_SA;
        spec.sa[i].sequence_high = high;
    }
    return spec;
}

uint32_t rig_network(uint32_t number)
{
    const uint8_t bytes[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
                              (uint8_t)(number >> 8), (uint8_t)number};
    uint32_t word;

    memcpy(&word, bytes, sizeof word);
    return word;
}

sao_address rig_address(bool ipv6, uint32_t number)
{
    sao_address address = {{0}};
    const uint32_t word = rig_network(number);
    const uint32_t prefix = rig_network(0x20010DB8u);

    memcpy(address.bytes + (ipv6 ? 12 : 0), &word, sizeof word);
    if (ipv6 && number != 0)
        memcpy(address.bytes, &prefix, sizeof prefix);
    return address;
}

/* ---- buffers --------------------------------------------------------------------------- */

#define KEYS_MAX (2u * 2u * SAO_KEY_MAX)
#define ADD_STRIDE ((offsetof(IPSEC_OFFLOAD_V2_ADD_SA, KeyData) + KEYS_MAX + 7u) / 8u * 8u)
#define EX_KEYS_AT sizeof(IPSEC_OFFLOAD_V2_ADD_SA_EX)

static rig_buffer allocate(size_t length)
{
    rig_buffer buffer = {calloc(1, length), (ULONG)length};

    assert_non_null(buffer.bytes);
    return buffer;
}

/* Lays one key behind the others. */
static void place_key(IPSEC_OFFLOAD_V2_ALGORITHM_INFO *info, const sao_algorithm *algorithm,
                      uint8_t *keys, ULONG *used)
{
    ULONG length = algorithm != NULL ? algorithm->key_length : 0;

    if (length == 0)
        return;
    info->KeyOffsetBytes = *used;
    info->KeyLength = length;
    for (ULONG i = 0; i < length; i++)
        keys[*used + i] = rig_key_pattern[i % RIG_KEY_PATTERN_LENGTH];
    *used += length;
}

/* Fills in the SAs and their keys; returns the length of the keys. */
static ULONG fill_sas(const rig_spec *spec, IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION *sas,
                      uint8_t *keys)
{
    ULONG used = 0;

    for (uint32_t i = 0; i < spec->count && i < 2; i++) {
        const rig_sa_spec *from = &spec->sa[i];
        IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION *sa = &sas[i];

        sa->Flags = from->flags;
        sa->Operation = from->operation;
        sa->Spi = rig_network(from->spi);
        sa->SequenceNumberHighOrder = from->sequence_high;
        sa->AuthenticationAlgorithm.Identifier = from->authentication;
        sa->EncryptionAlgorithm.Identifier = from->encryption;
        sa->EncryptionAlgorithm.AdditionalInfo = from->icv;
        place_key(&sa->EncryptionAlgorithm, sao_encryption_algorithm(from->encryption), keys,
                  &used);
        place_key(&sa->AuthenticationAlgorithm, sao_authentication_algorithm(from->authentication),
                  keys, &used);
    }
    return used;
}

static ULONG flags_of(const rig_spec *spec)
{
    return (spec->inbound ? IPSEC_OFFLOAD_V2_INBOUND : 0u) |
           (spec->ipv6 ? IPSEC_OFFLOAD_V2_IPv6 : 0u);
}

/* Both structures begin their endpoints with the source; `at` is where. */
static void fill_endpoints(const rig_spec *spec, void *at)
{
    const size_t length = spec->ipv6 ? 16 : 4;
    sao_address source = rig_address(spec->ipv6, spec->source);
    sao_address destination = rig_address(spec->ipv6, spec->destination);

    memcpy(at, source.bytes, length);
    memcpy((uint8_t *)at + length, destination.bytes, length);
}

static ULONG fill_add(IPSEC_OFFLOAD_V2_ADD_SA *add, const rig_spec *spec)
{
    uint8_t *element = (uint8_t *)add;

    add->Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    add->Header.Revision = IPSEC_OFFLOAD_V2_ADD_SA_REVISION_1;
    add->Header.Size = sizeof *add;
    add->NumExtHdrs = spec->count;
    add->Flags = flags_of(spec);
    add->UdpEspEncapsulation = spec->udp_esp;
    add->OffloadHandle = add; /* no handle: an add that fails has to clear it (ADD-3) */
    fill_endpoints(spec, element + offsetof(IPSEC_OFFLOAD_V2_ADD_SA, IPv4Endpoints));
    add->KeyLength =
        fill_sas(spec, add->SecAssoc, element + offsetof(IPSEC_OFFLOAD_V2_ADD_SA, KeyData));
    return (ULONG)offsetof(IPSEC_OFFLOAD_V2_ADD_SA, KeyData) + add->KeyLength;
}

rig_buffer rig_build_add(const rig_spec *specs, uint32_t count)
{
    rig_buffer buffer = allocate(count * ADD_STRIDE);
    ULONG last = 0;

    for (uint32_t i = 0; i < count; i++) {
        IPSEC_OFFLOAD_V2_ADD_SA *add = rig_add_element(buffer, i);

        last = fill_add(add, &specs[i]);
        add->Next = i + 1 < count ? rig_add_element(buffer, i + 1) : NULL;
    }
    if (count == 1) /* to the byte where nothing points into it */
        return rig_truncate(buffer, last < sizeof(IPSEC_OFFLOAD_V2_ADD_SA)
                                        ? (ULONG)sizeof(IPSEC_OFFLOAD_V2_ADD_SA)
                                        : last);
    return buffer;
}

rig_buffer rig_build_add_ex(const rig_spec *spec)
{
    rig_buffer buffer = allocate(EX_KEYS_AT + KEYS_MAX);
    IPSEC_OFFLOAD_V2_ADD_SA_EX *add = (IPSEC_OFFLOAD_V2_ADD_SA_EX *)(void *)buffer.bytes;

    add->Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    add->Header.Revision = IPSEC_OFFLOAD_V2_ADD_SA_EX_REVISION_1;
    add->Header.Size = sizeof *add;
    add->NumExtHdrs = spec->count;
    add->Flags = flags_of(spec);
    add->UdpEspEncapsulation = spec->udp_esp;
    add->OffloadHandle = add;
    fill_endpoints(spec, buffer.bytes + offsetof(IPSEC_OFFLOAD_V2_ADD_SA_EX, IPv4Endpoints));
    add->KeyOffset = (ULONG)EX_KEYS_AT;
    add->KeyLength = fill_sas(spec, add->SecAssoc, buffer.bytes + EX_KEYS_AT);
    return rig_truncate(buffer, (ULONG)EX_KEYS_AT + add->KeyLength);
}

rig_buffer rig_build_delete(const NDIS_HANDLE *handles, uint32_t count)
{
    rig_buffer buffer = allocate(count * sizeof(IPSEC_OFFLOAD_V2_DELETE_SA));

    for (uint32_t i = 0; i < count; i++) {
        IPSEC_OFFLOAD_V2_DELETE_SA *element = rig_delete_element(buffer, i);

        element->Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
        element->Header.Revision = IPSEC_OFFLOAD_V2_DELETE_SA_REVISION_1;
        element->Header.Size = sizeof *element;
        element->OffloadHandle = handles[i];
        element->Next = i + 1 < count ? rig_delete_element(buffer, i + 1) : NULL;
    }
    return buffer;
}

rig_buffer rig_build_update(NDIS_HANDLE handle, const rig_spec *spec, uint32_t sa, uint32_t high)
{
    rig_buffer buffer = allocate(sizeof(IPSEC_OFFLOAD_V2_UPDATE_SA));
    IPSEC_OFFLOAD_V2_UPDATE_SA *update = (IPSEC_OFFLOAD_V2_UPDATE_SA *)(void *)buffer.bytes;

    update->Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    update->Header.Revision = IPSEC_OFFLOAD_V2_UPDATE_SA_REVISION_1;
    update->Header.Size = sizeof *update;
    update->OffloadHandle = handle;
    update->Operation = spec->sa[sa].operation;
    update->Spi = rig_network(spec->sa[sa].spi);
    update->SequenceNumberHighOrder = high;
    return buffer;
}

rig_buffer rig_build_encapsulation(uint32_t types)
{
    rig_buffer buffer = allocate(sizeof(NDIS_OFFLOAD_ENCAPSULATION));
    NDIS_OFFLOAD_ENCAPSULATION *set = (NDIS_OFFLOAD_ENCAPSULATION *)(void *)buffer.bytes;

    set->Header.Type = NDIS_OBJECT_TYPE_OFFLOAD_ENCAPSULATION;
    set->Header.Revision = NDIS_OFFLOAD_ENCAPSULATION_REVISION_1;
    set->Header.Size = sizeof *set;
    set->IPv4.Enabled = types != 0 ? NDIS_OFFLOAD_SET_ON : NDIS_OFFLOAD_SET_OFF;
    set->IPv4.EncapsulationType = types;
    set->IPv4.HeaderSize = 14;
    memcpy(&set->IPv6, &set->IPv4, sizeof set->IPv6);
    return buffer;
}

rig_buffer rig_build_parameters(uint8_t ipsec_v2)
{
    rig_buffer buffer = allocate(sizeof(NDIS_OFFLOAD_PARAMETERS));
    NDIS_OFFLOAD_PARAMETERS *set = (NDIS_OFFLOAD_PARAMETERS *)(void *)buffer.bytes;

    set->Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    set->Header.Revision = NDIS_OFFLOAD_PARAMETERS_REVISION_2;
    set->Header.Size = SAO_SIZEOF_OFFLOAD_PARAMETERS_REVISION_2;
    set->IPsecV2 = ipsec_v2;
    return buffer;
}

IPSEC_OFFLOAD_V2_ADD_SA *rig_add_element(rig_buffer buffer, uint32_t i)
{
    return (IPSEC_OFFLOAD_V2_ADD_SA *)(void *)(buffer.bytes + i * ADD_STRIDE);
}

IPSEC_OFFLOAD_V2_DELETE_SA *rig_delete_element(rig_buffer buffer, uint32_t i)
{
    return (IPSEC_OFFLOAD_V2_DELETE_SA *)(void *)buffer.bytes + i;
}

rig_buffer rig_truncate(rig_buffer buffer, ULONG length)
{
    rig_buffer shorter = allocate(length != 0 ? length : 1);

    memcpy(shorter.bytes, buffer.bytes, length);
    shorter.length = length;
    free(buffer.bytes);
    return shorter;
}
