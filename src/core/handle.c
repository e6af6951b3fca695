// SPDX-License-Identifier: BSD-2-Clause
#include <saoffload/handle.h>

#define HANDLE_BITS ((uint32_t)(8u * sizeof(uintptr_t)))

NDIS_STATUS sao_handle_table_init(sao_handle_table *table, sao_handle_slot *slots,
                                  uint32_t slot_count, uint32_t tag)
{
    uint32_t generation_bits;

    if (slot_count == 0 || slot_count > SAO_HANDLE_SLOTS_MAX || tag > SAO_HANDLE_TAG_MAX)
        return NDIS_STATUS_INVALID_PARAMETER;

    table->slots = slots;
    table->slot_count = slot_count;
    table->used = 0;
    table->tag = tag;
    table->slot_bits = 0;
    while ((1u << table->slot_bits) < slot_count)
        table->slot_bits++;
    generation_bits = HANDLE_BITS - SAO_HANDLE_TAG_BITS - table->slot_bits;
    table->generation_max =
        generation_bits >= 32u ? UINT32_MAX : (uint32_t)(((uintptr_t)1 << generation_bits) - 1u);

    for (uint32_t i = 0; i < slot_count; i++) {
        slots[i].generation = 1; /* never 0, so no handle is NULL */
        slots[i].next_free = i + 1u < slot_count ? i + 1u : SAO_SLOT_NONE;
    }
    table->free_head = 0;
    table->free_tail = slot_count - 1u;
    return NDIS_STATUS_SUCCESS;
}

uint32_t sao_handle_acquire(sao_handle_table *table)
{
    uint32_t slot = table->free_head;

    if (slot == SAO_SLOT_NONE)
        return SAO_SLOT_NONE;
    table->free_head = table->slots[slot].next_free;
    if (table->free_head == SAO_SLOT_NONE)
        table->free_tail = SAO_SLOT_NONE;
    SAO_ATOMIC_STORE(&table->slots[slot].next_free, SAO_SLOT_IN_USE);
    table->used++;
    return slot;
}

NDIS_HANDLE sao_handle_of(const sao_handle_table *table, uint32_t slot)
{
    uintptr_t value = (uintptr_t)table->tag << (HANDLE_BITS - SAO_HANDLE_TAG_BITS);

    value |= (uintptr_t)SAO_ATOMIC_LOAD(&table->slots[slot].generation) << table->slot_bits;
    return (NDIS_HANDLE)(value | slot);
}

void sao_handle_release(sao_handle_table *table, uint32_t slot)
{
    sao_handle_slot *entry = &table->slots[slot];
    uint32_t generation = entry->generation;

    SAO_ATOMIC_STORE(&entry->generation,
                     generation == table->generation_max ? 1u : generation + 1u);
    sao_handle_cancel(table, slot);
}

void sao_handle_cancel(sao_handle_table *table, uint32_t slot)
{
    SAO_ASSERT(sao_handle_in_use(table, slot));
    SAO_ATOMIC_STORE(&table->slots[slot].next_free, SAO_SLOT_NONE);
    if (table->free_tail == SAO_SLOT_NONE)
        table->free_head = slot;
    else
        SAO_ATOMIC_STORE(&table->slots[table->free_tail].next_free, slot);
    table->free_tail = slot;
    table->used--;
}

uint32_t sao_handle_resolve(const sao_handle_table *table, NDIS_HANDLE handle)
{
    uintptr_t value = (uintptr_t)handle;
    uint32_t slot = (uint32_t)(value & (((uintptr_t)1 << table->slot_bits) - 1u));

    /* Comparing the whole rebuilt handle checks tag and generation in one go. */
    if (!sao_handle_in_use(table, slot) || sao_handle_of(table, slot) != handle)
        return SAO_SLOT_NONE;
    return slot;
}
