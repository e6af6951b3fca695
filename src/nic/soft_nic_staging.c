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
