// SPDX-License-Identifier: BSD-2-Clause
/*
 * protect.c: seals, opens and locates by the SA's protocol; and both halves at once, for who has no
 * NIC.
 */
#include "ipsec/ah.h"
#include "ipsec/esp.h"
#include "ipsec/wire.h"

NDIS_STATUS sao_ipsec_seal(const sao_ipsec_sa *sa, uint32_t sequence_high, const uint8_t *iv,
                           uint8_t *packet, size_t length)
{
    if (sa->iv_length > 0 && iv == NULL)
        return NDIS_STATUS_INVALID_PARAMETER;
    if (sa->protocol == SAO_PROTOCOL_AH)
        return sao_ah_seal(sa, sequence_high, iv, packet, length);
    return sao_esp_seal(sa, sequence_high, iv, packet, length);
}

uint16_t sao_ipsec_open(const sao_ipsec_sa *sa, uint64_t highest, uint8_t *packet, size_t length,
                        sao_ipsec_result *result)
{
    if (sa->protocol == SAO_PROTOCOL_AH)
        return sao_ah_open(sa, highest, packet, length, result);
    return sao_esp_open(sa, highest, packet, length, result);
}

static uint16_t locate_ah(const sao_ipsec_sa *sa, const uint8_t *packet, size_t length,
                          sao_ipsec_layout *layout)
{
    sao_ah_view view;
    uint16_t status = sao_ah_locate(sa, packet, length, &view);

    if (status != CRYPTO_SUCCESS)
        return status;
    layout->header_at = view.header_at;
    layout->sequence = wire_load32(packet + view.header_at + 8);
    layout->payload_at = view.payload_at;
    layout->payload_length = view.payload_length;
    layout->next_header = view.next_header;
    layout->pad_length = 0;
    return CRYPTO_SUCCESS;
}

static uint16_t locate_esp(const sao_ipsec_sa *sa, const uint8_t *packet, size_t length,
                           sao_ipsec_layout *layout)
{
    sao_esp_view view;
    sao_esp_trailer trailer;
    uint16_t status = sao_esp_locate(sa, packet, length, &view);

    if (status != CRYPTO_SUCCESS)
        return status;
    if (!esp_read_trailer(packet + view.body_at, view.body_length, &trailer))
        return CRYPTO_INVALID_PACKET_SYNTAX;
    layout->header_at = view.header_at;
    layout->sequence = wire_load32(packet + view.header_at + 4);
    layout->payload_at = view.body_at;
    layout->payload_length = trailer.payload_length;
    layout->next_header = trailer.next_header;
    layout->pad_length = trailer.pad_length;
    return CRYPTO_SUCCESS;
}

uint16_t sao_ipsec_locate(const sao_ipsec_sa *sa, const uint8_t *packet, size_t length,
                          sao_ipsec_layout *layout)
{
    if (sa->protocol == SAO_PROTOCOL_AH)
        return locate_ah(sa, packet, length, layout);
    return locate_esp(sa, packet, length, layout);
}

NDIS_STATUS sao_ipsec_protect(const sao_ipsec_sa *sa, uint64_t sequence, const uint8_t *iv,
                              uint8_t *packet, size_t *length, size_t capacity)
{
    NDIS_STATUS status;

    if (sa->iv_length > 0 && iv == NULL) /* before anything is moved */
        return NDIS_STATUS_INVALID_PARAMETER;
    status = sao_ipsec_frame(sa, sequence, packet, length, capacity);
    if (status != NDIS_STATUS_SUCCESS)
        return status;
    status = sao_ipsec_seal(sa, (uint32_t)(sequence >> 32), iv, packet, *length);
    if (status != NDIS_STATUS_SUCCESS && status != NDIS_STATUS_RESOURCES &&
        sao_ipsec_strip(sa, packet, length) != NDIS_STATUS_SUCCESS)
        SAO_ASSERT(!"what was framed can be stripped");
    return status;
}

NDIS_STATUS sao_ipsec_unprotect(const sao_ipsec_sa *sa, uint64_t highest, uint8_t *packet,
                                size_t *length, sao_ipsec_result *result)
{
    NDIS_STATUS status;

    if (sao_ipsec_open(sa, highest, packet, *length, result) != CRYPTO_SUCCESS)
        return NDIS_STATUS_FAILURE;
    status = sao_ipsec_strip(sa, packet, length);
    if (status != NDIS_STATUS_SUCCESS && sa->protocol == SAO_PROTOCOL_ESP)
        sao_esp_close(sa, (uint32_t)(result->sequence >> 32), packet, *length);
    return status;
}
