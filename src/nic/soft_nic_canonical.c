// SPDX-License-Identifier: BSD-2-Clause
/* soft_nic_canonical.c: the canonical form of a soft NIC: its adapter's, and what it holds. */
#include "nic/soft_nic_private.h"

static void write_config(const sao_soft_nic_config *config, sao_canonical *writer)
{
    sao_canonical_number(writer, config->add_latency);
    sao_canonical_number(writer, config->remove_latency);
    sao_canonical_number(writer, config->update_latency);
    sao_canonical_number(writer, config->send_latency);
    sao_canonical_number(writer, config->receive_latency);
    sao_canonical_number(writer, config->restart_latency);
    sao_canonical_number(writer, config->reset_latency);
    sao_canonical_number(writer, config->power_latency);
    sao_canonical_number(writer, config->refuse_every);
    sao_canonical_number(writer, (uint32_t)config->reset_status);
    sao_canonical_number(writer, config->wish_fill_percent);
    sao_canonical_number(writer, config->wish_after_packets);
    sao_canonical_number(writer, config->wish_after_bytes);
    sao_canonical_number(writer, config->epoch);
    sao_canonical_number(writer, config->staging);
}

/* ---- bundles --------------------------------------------------------------------------- */

/* The number that the adapter's form has given to the bundle in this place; 0 for no bundle. What
 * the driver keeps may be of one that is gone. */
static uint32_t number_of(const sao_soft_nic *nic, uint32_t index, const sao_canonical *writer)
{
    const NDIS_HANDLE handle = nic->bundles[index].handle;

    if (handle == NULL ||
        sao_adapter_query(nic->adapter, handle, NULL, NULL) != NDIS_STATUS_SUCCESS)
        return 0;
    return sao_canonical_find(writer, SAO_NAME_HANDLE, NULL, (uint64_t)(uintptr_t)handle);
}

/* The place of the bundle with the next number; SAO_NIC_NONE at the end. */
static uint32_t next_bundle(const sao_soft_nic *nic, uint32_t after, const sao_canonical *writer)
{
    uint32_t next = SAO_NIC_NONE;
    uint32_t lowest = UINT32_MAX;

    for (uint32_t i = 0; i < nic->config.capabilities.SaOffloadCapacity; i++) {
        const uint32_t number = number_of(nic, i, writer);

        if (number > after && number < lowest) {
            lowest = number;
            next = i;
        }
    }
    return next;
}

/* What is counted towards a wish matters where there are such wishes. */
static void write_bundle(const sao_soft_nic *nic, const sao_nic_bundle *bundle,
                         sao_canonical *writer)
{
    const sao_nic_context *hardware = &bundle->hardware;

    sao_canonical_handle(writer, bundle->handle);
    for (uint32_t i = 0; i < bundle->sa_count; i++) {
        sao_canonical_number(writer, bundle->numbers[i].window.highest);
        sao_canonical_number(writer, bundle->numbers[i].window.used);
        sao_canonical_number(writer, bundle->numbers[i].highest);
    }
    sao_canonical_number(writer, hardware->alive);
    sao_canonical_number(writer, hardware->in_order);
    sao_canonical_number(writer, nic->config.wish_after_packets != 0 ? hardware->packets : 0);
    sao_canonical_number(writer, nic->config.wish_after_bytes != 0 ? hardware->bytes : 0);
}

static void write_bundles(const sao_soft_nic *nic, sao_canonical *writer)
{
    uint32_t index = next_bundle(nic, 0, writer);

    while (index != SAO_NIC_NONE) {
        write_bundle(nic, &nic->bundles[index], writer);
        index = next_bundle(nic, number_of(nic, index, writer), writer);
    }
    sao_canonical_number(writer, 0);
    if (nic->config.wish_fill_percent == 0)
        return;
    for (index = nic->oldest; index != SAO_NIC_NONE; index = nic->bundles[index].hardware.younger)
        sao_canonical_handle(writer, nic->bundles[index].handle);
    sao_canonical_number(writer, 0);
}

/* ---- what waits ------------------------------------------------------------------------ */

static void write_answers(const sao_soft_nic *nic, const sao_nic_answer_queue *queue,
                          sao_canonical *writer)
{
    for (uint32_t i = queue->head; i != SAO_NIC_NONE; i = nic->answers[i].next) {
        const sao_nic_answer *late = &nic->answers[i];

        sao_canonical_number(writer, 1);
        sao_canonical_time(writer, late->due);
        sao_canonical_ticket(writer, nic->adapter, late->ticket);
        sao_canonical_number(writer, (uint32_t)late->status);
    }
    sao_canonical_number(writer, 0);
}

static void write_bytes(const sao_packet *packet, sao_canonical *writer)
{
    sao_canonical_number(writer, packet->ip_offset);
    sao_canonical_bytes(writer, packet->data, packet->length);
    for (const sao_segment *more = packet->more; more != NULL; more = more->next) {
        sao_canonical_number(writer, 1);
        sao_canonical_bytes(writer, more->data, more->length);
    }
    sao_canonical_number(writer, 0);
}

static void write_packet(const sao_soft_nic *nic, const sao_packet *packet, sao_canonical *writer)
{
    sao_canonical_pointer(writer, packet);
    sao_canonical_time(writer, packet->due);
    sao_adapter_canonical_flight(nic->adapter, &packet->flight, writer);
    write_bytes(packet, writer);
}

static void write_siblings(const sao_packet *packet, sao_canonical *writer)
{
    for (const sao_packet *at = packet->sibling; at != NULL; at = at->sibling) {
        sao_canonical_number(writer, 1);
        write_bytes(at, writer);
    }
    sao_canonical_number(writer, 0);
}

static void write_sends(const sao_soft_nic *nic, sao_canonical *writer)
{
    for (const sao_packet *packet = nic->sends.head; packet != NULL; packet = packet->next) {
        write_packet(nic, packet, writer);
        write_siblings(packet, writer);
        sao_canonical_handle(writer, packet->ipsec.Transmit.OffloadHandle);
        sao_canonical_handle(writer, packet->tunnel.Transmit.TunnelHandle);
        sao_canonical_bytes(writer, &packet->lso, sizeof packet->lso);
        if (sao_nic_is_large(packet))
            sao_canonical_bytes(writer, &packet->header, sizeof packet->header);
    }
    sao_canonical_number(writer, 0);
    sao_canonical_number(writer, nic->holds_sends);
}

static void write_receives(const sao_soft_nic *nic, sao_canonical *writer)
{
    for (const sao_packet *packet = nic->receives.head; packet != NULL; packet = packet->next) {
        write_packet(nic, packet, writer);
        sao_canonical_bytes(writer, &packet->ipsec, sizeof packet->ipsec);
        sao_canonical_bytes(writer, &packet->header, sizeof packet->header);
    }
    sao_canonical_number(writer, 0);
}

void sao_soft_nic_canonical(sao_soft_nic *nic, sao_canonical *writer)
{
    write_config(&nic->config, writer);
    sao_adapter_canonical(nic->adapter, writer);
    sao_canonical_time(writer, nic->now);
    sao_canonical_number(writer, nic->config.refuse_every != 0 ? nic->adds : 0);
    write_bundles(nic, writer);
    for (uint32_t i = 0; i < SAO_NIC_ANSWER_QUEUES; i++)
        write_answers(nic, &nic->answer_queues[i], writer);
    write_sends(nic, writer);
    write_receives(nic, writer);
}
