// SPDX-License-Identifier: BSD-2-Clause
/*
 * soft_nic_part.c: what one bundle protects of a packet: located, sealed, opened, closed again.
 *
 * The SAs of a bundle stand in a packet the other way round: AH, which is the last one, is outside
 * (ADD-5). So sealing goes from the first to the last, opening from the last to the first.
 */
#include "nic/soft_nic_private.h"

/* No next header: a dummy packet, which only tunnel mode fills traffic up with (RFC 4303). */
#define PROTOCOL_NONE 59u

/* What an IV is made from: epoch, then the lower 48 bits of the sequence number. */
#define IV_SEQUENCE_BITS 48u

bool sao_nic_carries_ip(uint8_t next_header)
{
    return next_header == SAO_PROTOCOL_IPV4 || next_header == SAO_PROTOCOL_IPV6;
}

bool sao_nic_is_transport(uint8_t next_header)
{
    return !sao_nic_carries_ip(next_header) && next_header != PROTOCOL_NONE;
}

void sao_nic_part_init(sao_nic_part *part, sao_soft_nic *nic, const sao_bundle *bundle,
                       const uint32_t *sequence_high, uint8_t *ip, uint32_t length)
{
    part->bundle = &nic->bundles[bundle->index];
    part->sequence_high = sequence_high;
    part->ip = ip;
    part->length = length;
}

bool sao_nic_part_locate(sao_nic_part *part)
{
    for (uint32_t i = 0; i < part->bundle->sa_count; i++)
        if (sao_ipsec_locate(&part->bundle->hardware.sa[i], part->ip, part->length,
                             &part->layout[i]) != CRYPTO_SUCCESS)
            return false;
    return true;
}

bool sao_nic_part_inside(const sao_nic_part *part, uint8_t **ip, sao_packet_info *info)
{
    const sao_ipsec_layout *layout = &part->layout[0];

    *ip = part->ip + layout->payload_at;
    return sao_nic_carries_ip(layout->next_header) &&
           sao_packet_parse(*ip, layout->payload_length, info) == SAO_PARSE_OK &&
           info->ip_version == (layout->next_header == SAO_PROTOCOL_IPV4 ? 4 : 6);
}

bool sao_nic_part_is_ah(const sao_nic_part *part)
{
    return part->bundle->sa_count == 1 && part->bundle->hardware.sa[0].protocol == SAO_PROTOCOL_AH;
}

/* ---- sealing --------------------------------------------------------------------------- */

/* Makes the IV of an SA's header; false if it would be, or might be, one that was used (TX-3). */
static bool make_iv(sao_soft_nic *nic, sao_nic_part *part, uint32_t i, uint8_t iv[SAO_IV_MAX])
{
    const sao_ipsec_sa *sa = &part->bundle->hardware.sa[i];
    const uint64_t high = sa->esn ? part->sequence_high[i] : 0;
    const uint64_t sequence = high << 32 | part->layout[i].sequence;
    const uint64_t number = (uint64_t)nic->config.epoch << IV_SEQUENCE_BITS | sequence;

    if (sa->iv_length == 0)
        return true;
    if (sequence >> IV_SEQUENCE_BITS != 0 ||
        !sao_iv_window_take(&part->bundle->numbers[i].window, sequence)) {
        nic->counters.repeated_sequences++;
        return false;
    }
    return sao_ipsec_make_iv(sa, number, iv) == NDIS_STATUS_SUCCESS;
}

bool sao_nic_part_seal(sao_soft_nic *nic, sao_nic_part *part)
{
    for (uint32_t i = 0; i < part->bundle->sa_count; i++) {
        uint8_t iv[SAO_IV_MAX];

        if (!make_iv(nic, part, i, iv) ||
            sao_ipsec_seal(&part->bundle->hardware.sa[i], part->sequence_high[i], iv, part->ip,
                           part->length) != NDIS_STATUS_SUCCESS)
            return false;
    }
    return true;
}

/* ---- opening --------------------------------------------------------------------------- */

/* An ICV that fails does not tell the mode, but AH says in clear what it carries (RX-4). */
static uint16_t name_mode(const sao_nic_part *part, uint32_t i, uint16_t crypto_status)
{
    sao_ipsec_layout layout;

    if (crypto_status != CRYPTO_TRANSPORT_AH_AUTH_FAILED ||
        sao_ipsec_locate(&part->bundle->hardware.sa[i], part->ip, part->length, &layout) !=
            CRYPTO_SUCCESS ||
        !sao_nic_carries_ip(layout.next_header))
        return crypto_status;
    return CRYPTO_TUNNEL_AH_AUTH_FAILED;
}

uint16_t sao_nic_part_open(sao_nic_part *part)
{
    for (uint32_t i = part->bundle->sa_count; i-- > 0;) {
        const uint16_t crypto_status =
            sao_ipsec_open(&part->bundle->hardware.sa[i],
                           sao_nic_highest(&part->bundle->numbers[i], part->sequence_high[i]),
                           part->ip, part->length, &part->result[i]);

        if (crypto_status != CRYPTO_SUCCESS)
            return name_mode(part, i, crypto_status);
    }
    return CRYPTO_SUCCESS;
}

/*
 * The same key, IV and text give the same bytes. AH has changed nothing. What sealing writes beyond
 * them is the UDP checksum, which may have been any.
 */
void sao_nic_part_close(sao_nic_part *part)
{
    const sao_ipsec_sa *sa = &part->bundle->hardware.sa[0];
    uint8_t iv[SAO_IV_MAX], udp_checksum[2];
    uint8_t *header;

    if (sa->protocol == SAO_PROTOCOL_AH || !sao_nic_part_locate(part))
        return;
    header = part->ip + part->layout[0].header_at;
    SAO_MEMCPY(udp_checksum, header - sizeof udp_checksum, sizeof udp_checksum);
    SAO_MEMCPY(iv, header + SAO_NIC_ESP_IV_AT, sa->iv_length);
    /* It was just opened, so it is framed for this SA. */
    if (sao_ipsec_seal(sa, (uint32_t)(part->result[0].sequence >> 32), iv, part->ip,
                       part->length) != NDIS_STATUS_SUCCESS)
        SAO_ASSERT(!"an opened packet can be sealed");
    SAO_MEMCPY(header - sizeof udp_checksum, udp_checksum, sizeof udp_checksum);
}

void sao_nic_part_count(sao_nic_part *part)
{
    for (uint32_t i = 0; i < part->bundle->sa_count; i++)
        sao_nic_count(&part->bundle->numbers[i], part->result[i].sequence);
}
