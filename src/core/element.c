// SPDX-License-Identifier: BSD-2-Clause
#include "core/element.h"

#define SA_FLAGS_KNOWN IPSEC_OFFLOAD_V2_ESN_SA
#define ADD_FLAGS_KNOWN (IPSEC_OFFLOAD_V2_INBOUND | IPSEC_OFFLOAD_V2_IPv6)

/* ---- structure ------------------------------------------------------------------------- */

/* The two structures have these members under the same names, at different places. */
#define ELEMENT_COMMON(element, add)                                                               \
    do {                                                                                           \
        bool ipv6 = ((add)->Flags & IPSEC_OFFLOAD_V2_IPv6) != 0;                                   \
                                                                                                   \
        (element)->header_count = (add)->NumExtHdrs;                                               \
        (element)->flags = (add)->Flags;                                                           \
        (element)->udp_esp = (add)->UdpEspEncapsulation;                                           \
        SAO_MEMCPY((element)->sa, (add)->SecAssoc, sizeof(element)->sa);                           \
        (element)->key_length = (add)->KeyLength;                                                  \
        (element)->handle_out = &(add)->OffloadHandle;                                             \
        (element)->source =                                                                        \
            ipv6 ? (add)->IPv6Endpoints.SrcAddr : (const uint8_t *)&(add)->IPv4Endpoints.SrcAddr;  \
        (element)->destination = ipv6 ? (add)->IPv6Endpoints.DestAddr                              \
                                      : (const uint8_t *)&(add)->IPv4Endpoints.DestAddr;           \
    } while (0)

static bool key_inside(const IPSEC_OFFLOAD_V2_ALGORITHM_INFO *algorithm, ULONG key_length)
{
    return algorithm->Identifier == 0 ||
           (algorithm->KeyOffsetBytes <= key_length &&
            algorithm->KeyLength <= key_length - algorithm->KeyOffsetBytes);
}

NDIS_STATUS sao_element_read(const void *bytes, bool ex, size_t available, sao_element *element)
{
    size_t key_offset;

    if (ex) {
        IPSEC_OFFLOAD_V2_ADD_SA_EX *add = (IPSEC_OFFLOAD_V2_ADD_SA_EX *)(uintptr_t)bytes;

        ELEMENT_COMMON(element, add);
        key_offset = add->KeyOffset;
        if (key_offset < SAO_SIZEOF_ADD_SA_EX_REVISION_1 && add->KeyLength != 0)
            return NDIS_STATUS_INVALID_DATA; /* keys inside of the structure itself */
    } else {
        IPSEC_OFFLOAD_V2_ADD_SA *add = (IPSEC_OFFLOAD_V2_ADD_SA *)(uintptr_t)bytes;

        ELEMENT_COMMON(element, add);
        key_offset = offsetof(IPSEC_OFFLOAD_V2_ADD_SA, KeyData);
    }
    if (key_offset > available || element->key_length > available - key_offset)
        return NDIS_STATUS_INVALID_DATA;
    element->keys = (const uint8_t *)bytes + key_offset;

    for (ULONG i = 0; i < element->header_count && i < SAO_BUNDLE_SAS; i++)
        if (!key_inside(&element->sa[i].AuthenticationAlgorithm, element->key_length) ||
            !key_inside(&element->sa[i].EncryptionAlgorithm, element->key_length))
            return NDIS_STATUS_INVALID_DATA;
    return NDIS_STATUS_SUCCESS;
}

/* ---- meaning --------------------------------------------------------------------------- */

/* Looks up an algorithm, checks that it is offered and that its key has the right length. */
static NDIS_STATUS accept_algorithm(const IPSEC_OFFLOAD_V2_ALGORITHM_INFO *info,
                                    const sao_algorithm *algorithm, ULONG offered)
{
    if (algorithm == NULL || (info->Identifier & offered) == 0)
        return NDIS_STATUS_NOT_SUPPORTED;
    return info->KeyLength == algorithm->key_length ? NDIS_STATUS_SUCCESS
                                                    : NDIS_STATUS_INVALID_PARAMETER;
}

static const uint8_t *copy_key(uint8_t *to, const sao_element *element,
                               const IPSEC_OFFLOAD_V2_ALGORITHM_INFO *info)
{
    SAO_MEMCPY(to, element->keys + info->KeyOffsetBytes, info->KeyLength);
    return to;
}

static NDIS_STATUS accept_authentication(const sao_element *element, ULONG i,
                                         const NDIS_IPSEC_OFFLOAD_V2 *capabilities,
                                         sao_record *record)
{
    const IPSEC_OFFLOAD_V2_ALGORITHM_INFO *info = &element->sa[i].AuthenticationAlgorithm;
    const sao_algorithm *algorithm = sao_authentication_algorithm(info->Identifier);
    NDIS_STATUS status = accept_algorithm(info, algorithm, capabilities->AuthenticationAlgorithms);
    sao_bundle_sa *sa = &record->bundle.sa[i];

    if (status != NDIS_STATUS_SUCCESS)
        return status;
    sa->authentication = info->Identifier;
    sa->authentication_key = copy_key(record->keys[i][1], element, info);
    sa->authentication_key_length = algorithm->key_length;
    sa->icv_length = algorithm->icv_length;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS accept_encryption(const sao_element *element, ULONG i,
                                     const NDIS_IPSEC_OFFLOAD_V2 *capabilities, sao_record *record)
{
    const IPSEC_OFFLOAD_V2_ALGORITHM_INFO *info = &element->sa[i].EncryptionAlgorithm;
    const sao_algorithm *algorithm = sao_encryption_algorithm(info->Identifier);
    NDIS_STATUS status = accept_algorithm(info, algorithm, capabilities->EncryptionAlgorithms);
    sao_bundle_sa *sa = &record->bundle.sa[i];

    if (status != NDIS_STATUS_SUCCESS)
        return status;
    sa->encryption = info->Identifier;
    sa->encryption_key = copy_key(record->keys[i][0], element, info);
    sa->encryption_key_length = algorithm->key_length;
    if (!algorithm->combined)
        return NDIS_STATUS_SUCCESS;
    if (!sao_icv_length_fits(algorithm, info->AdditionalInfo)) /* the SA's choice (ADD-7) */
        return NDIS_STATUS_INVALID_PARAMETER;
    sa->icv_length = (uint8_t)info->AdditionalInfo;
    return NDIS_STATUS_SUCCESS;
}

static bool is_gmac(ULONG identifier)
{
    return (identifier & (IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_128 |
                          IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_192 |
                          IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_256)) != 0;
}

static NDIS_STATUS accept_esp(const sao_element *element, ULONG i, const sao_element_rules *rules,
                              sao_record *record)
{
    const IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION *from = &element->sa[i];
    const sao_algorithm *cipher = sao_encryption_algorithm(from->EncryptionAlgorithm.Identifier);
    bool null_cipher = sao_encryption_is_null(from->EncryptionAlgorithm.Identifier);
    bool combined = cipher != NULL && cipher->combined;
    bool authenticated = from->AuthenticationAlgorithm.Identifier != 0 && !combined;
    NDIS_STATUS status;

    if (!rules->capabilities->Esp)
        return NDIS_STATUS_NOT_SUPPORTED;
    if (!null_cipher) {
        status = accept_encryption(element, i, rules->capabilities, record);
        if (status != NDIS_STATUS_SUCCESS)
            return status;
    } else if ((rules->capabilities->EncryptionAlgorithms & IPSEC_OFFLOAD_V2_ENCRYPTION_NONE) ==
               0) { /* ADD-10 */
        return NDIS_STATUS_NOT_SUPPORTED;
    }
    if (authenticated) {
        if (!null_cipher && is_gmac(from->AuthenticationAlgorithm.Identifier))
            return NDIS_STATUS_INVALID_PARAMETER; /* ADD-7 */
        return accept_authentication(element, i, rules->capabilities, record);
    }
    if (null_cipher) /* neither: ADD-7 */
        return NDIS_STATUS_INVALID_PARAMETER;
    if (!combined && element->header_count < 2 && !rules->allow_unauthenticated) /* ADD-14 */
        return NDIS_STATUS_INVALID_PARAMETER;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS accept_ah(const sao_element *element, ULONG i, const sao_element_rules *rules,
                             sao_record *record)
{
    const IPSEC_OFFLOAD_V2_ALGORITHM_INFO *cipher = &element->sa[i].EncryptionAlgorithm;

    if (!rules->capabilities->Ah)
        return NDIS_STATUS_NOT_SUPPORTED;
    if ((cipher->Identifier | cipher->KeyLength | cipher->KeyOffsetBytes |
         cipher->AdditionalInfo) != 0) /* ADD-6 */
        return NDIS_STATUS_INVALID_PARAMETER;
    if (element->sa[i].AuthenticationAlgorithm.Identifier == 0)
        return NDIS_STATUS_INVALID_PARAMETER;
    return accept_authentication(element, i, rules->capabilities, record);
}

static NDIS_STATUS accept_sa(const sao_element *element, ULONG i, const sao_element_rules *rules,
                             sao_record *record)
{
    const IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION *from = &element->sa[i];
    sao_bundle_sa *sa = &record->bundle.sa[i];

    if (from->Spi == 0 || (from->Flags & ~SA_FLAGS_KNOWN) != 0)
        return NDIS_STATUS_INVALID_PARAMETER;
    sa->spi = from->Spi;
    sa->esn = (from->Flags & IPSEC_OFFLOAD_V2_ESN_SA) != 0;
    if (sa->esn && !rules->capabilities->ExtendedSequenceNumbers)
        return NDIS_STATUS_NOT_SUPPORTED;
    sa->sequence_high = sa->esn ? from->SequenceNumberHighOrder : 0;

    if (from->Operation == IPsecOffloadV2Esp) {
        sa->protocol = SAO_PROTOCOL_ESP;
        return accept_esp(element, i, rules, record);
    }
    sa->protocol = SAO_PROTOCOL_AH;
    return accept_ah(element, i, rules, record);
}

/* One or two headers, of which kinds (ADD-5, ADD-15). */
static NDIS_STATUS accept_form(const sao_element *element,
                               const NDIS_IPSEC_OFFLOAD_V2 *capabilities)
{
    const IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION *sa = element->sa;

    if (element->header_count < 1 || element->header_count > SAO_BUNDLE_SAS)
        return NDIS_STATUS_INVALID_PARAMETER;
    if (sa[0].Operation != IPsecOffloadV2Esp && sa[0].Operation != IPsecOffloadV2Ah)
        return NDIS_STATUS_INVALID_PARAMETER;
    if (element->header_count == 2) {
        if (sa[0].Operation != IPsecOffloadV2Esp || sa[1].Operation != IPsecOffloadV2Ah)
            return NDIS_STATUS_INVALID_PARAMETER;
        if (!capabilities->AhEspCombined)
            return NDIS_STATUS_NOT_SUPPORTED;
    }
    if (element->udp_esp == 0)
        return NDIS_STATUS_SUCCESS;
    if (element->header_count != 1 || sa[0].Operation != IPsecOffloadV2Esp ||
        (element->udp_esp & (element->udp_esp - 1u)) != 0) /* exactly one type */
        return NDIS_STATUS_INVALID_PARAMETER;
    return (element->udp_esp & capabilities->UdpEsp) != 0 ? NDIS_STATUS_SUCCESS
                                                          : NDIS_STATUS_NOT_SUPPORTED;
}

NDIS_STATUS sao_element_accept(const sao_element *element, const sao_element_rules *rules,
                               sao_record *record)
{
    sao_bundle *bundle = &record->bundle;
    bool ipv6 = (element->flags & IPSEC_OFFLOAD_V2_IPv6) != 0;
    NDIS_STATUS status = accept_form(element, rules->capabilities);

    if ((element->flags & ~ADD_FLAGS_KNOWN) != 0)
        return NDIS_STATUS_INVALID_PARAMETER;
    if (status != NDIS_STATUS_SUCCESS)
        return status;
    if (ipv6 && !rules->capabilities->IPv6Supported) /* ADD-10 */
        return NDIS_STATUS_NOT_SUPPORTED;

    SAO_MEMSET(bundle, 0, sizeof *bundle);
    bundle->ip_version = ipv6 ? 6 : 4;
    bundle->inbound = (element->flags & IPSEC_OFFLOAD_V2_INBOUND) != 0;
    bundle->udp_esp = element->udp_esp;
    bundle->sa_count = (uint8_t)element->header_count;
    SAO_MEMCPY(bundle->source.bytes, element->source, ipv6 ? 16u : 4u);
    SAO_MEMCPY(bundle->destination.bytes, element->destination, ipv6 ? 16u : 4u);
    for (ULONG i = 0; i < element->header_count && status == NDIS_STATUS_SUCCESS; i++)
        status = accept_sa(element, i, rules, record);
    return status;
}

/* ---- the canonical form ---------------------------------------------------------------- */

static void write_algorithm(const sao_element *element, const IPSEC_OFFLOAD_V2_ALGORITHM_INFO *info,
                            sao_canonical *writer)
{
    bool inside = info->KeyLength <= element->key_length &&
                  info->KeyOffsetBytes <= element->key_length - info->KeyLength;

    sao_canonical_number(writer, info->Identifier);
    sao_canonical_number(writer, info->KeyLength);
    sao_canonical_number(writer, info->KeyOffsetBytes);
    sao_canonical_number(writer, info->AdditionalInfo);
    if (inside)
        sao_canonical_key(writer, element->keys + info->KeyOffsetBytes, info->KeyLength);
}

void sao_element_form(const sao_element *element, sao_canonical *writer)
{
    size_t address = (element->flags & IPSEC_OFFLOAD_V2_IPv6) != 0 ? 16u : 4u;

    sao_canonical_number(writer, element->header_count);
    sao_canonical_number(writer, element->flags);
    sao_canonical_number(writer, element->udp_esp);
    sao_canonical_number(writer, element->key_length);
    sao_canonical_bytes(writer, element->source, address);
    sao_canonical_bytes(writer, element->destination, address);
    for (ULONG i = 0; i < element->header_count && i < SAO_BUNDLE_SAS; i++) {
        const IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION *sa = &element->sa[i];

        sao_canonical_number(writer, sa->Flags);
        sao_canonical_number(writer, (uint32_t)sa->Operation);
        sao_canonical_bytes(writer, &sa->Spi, sizeof sa->Spi);
        sao_canonical_number(writer, sa->SequenceNumberHighOrder);
        write_algorithm(element, &sa->EncryptionAlgorithm, writer);
        write_algorithm(element, &sa->AuthenticationAlgorithm, writer);
    }
}
