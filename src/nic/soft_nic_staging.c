// SPDX-License-Identifier: BSD-2-Clause
/*
 * soft_nic_staging.c: packets that lie in several segments.
 *
 * The NIC works on a frame in one piece. Where a frame has no further segment that is the host's
 * memory itself; else a copy in the staging buffer, in which nothing stays between two packets.
 */
#include "nic/soft_nic_private.h"

static void copy(uint8_t *to, const uint8_t *from, uint32_t length)
{
    if (length > 0) /* a segment of none may be nowhere */
        SAO_MEMCPY(to, from, length);
}

/* Copies what of a piece, which begins at `piece_at`, is wanted. */
static void copy_piece(const uint8_t *piece, uint32_t piece_at, uint32_t piece_length, uint32_t at,
                       uint32_t length, uint8_t *to)
{
    const uint32_t skip = at > piece_at ? at - piece_at : 0;
    const uint32_t place = piece_at > at ? piece_at - at : 0;

    if (skip >= piece_length || place >= length)
        return;
    copy(to + place, piece + skip,
         piece_length - skip < length - place ? piece_length - skip : length - place);
}

void sao_nic_copy_from(const sao_packet *packet, uint32_t at, uint32_t length, uint8_t *to)
{
    uint32_t piece_at = packet->length;

    copy_piece(packet->data, 0, packet->length, at, length, to);
    for (const sao_segment *more = packet->more; more != NULL; more = more->next) {
        copy_piece(more->data, piece_at, more->length, at, length, to);
        piece_at += more->length;
    }
}

uint8_t *sao_nic_gather(sao_soft_nic *nic, const sao_packet *packet)
{
    uint8_t *at = nic->staging;

    if (packet->more == NULL)
        return packet->data;
    if (sao_packet_size(packet) > nic->config.staging)
        return NULL;
    copy(at, packet->data, packet->length);
    at += packet->length;
    for (const sao_segment *more = packet->more; more != NULL; more = more->next) {
        copy(at, more->data, more->length);
        at += more->length;
    }
    return nic->staging;
}

void sao_nic_scatter(const sao_soft_nic *nic, const sao_packet *packet)
{
    const uint8_t *at = nic->staging;

    if (packet->more == NULL)
        return;
    copy(packet->data, at, packet->length);
    at += packet->length;
    for (const sao_segment *more = packet->more; more != NULL; more = more->next) {
        copy(more->data, at, more->length);
        at += more->length;
    }
}
