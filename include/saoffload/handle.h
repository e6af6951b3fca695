// SPDX-License-Identifier: BSD-2-Clause
/*
 * handle.h: a table of handles that do not come back (DEL-8).
 *
 * A handle is pointer-sized and never 0. From its most significant bit: the tag of its table
 * (so that another adapter's handle is no handle of this one), the generation of its slot, the
 * slot. Resolving is a shift, a mask and one compare; a stale handle never resolves to the
 * slot's next user. Released slots are reused oldest first.
 *
 *     64-bit: 12 bits tag, 32 bits generation, 20 bits slot
 *     32-bit:  4 bits tag, and what the slots leave of 28 for the generation
 *
 * A driver may take this module alone. One writer at a time; sao_handle_resolve may run at the
 * same time as the writer, from any thread, at any IRQL.
 */
#ifndef SAOFFLOAD_HANDLE_H
#define SAOFFLOAD_HANDLE_H

#include <saoffload/ndis.h>
#include <saoffload/platform.h>

SAO_EXTERN_C_BEGIN

/* Bits of a handle that name its table. */
#define SAO_HANDLE_TAG_BITS SAO_BY_WORD(12u, 4u)
/* The most slots that a table can have. */
#define SAO_HANDLE_SLOTS_MAX SAO_BY_WORD(1u << 20, 1u << 16)
/* The largest tag. */
#define SAO_HANDLE_TAG_MAX ((1u << SAO_HANDLE_TAG_BITS) - 1u)
/* No slot. */
#define SAO_SLOT_NONE UINT32_MAX

/* What sao_handle_slot.next_free says of a slot that is in use. */
#define SAO_SLOT_IN_USE (UINT32_MAX - 1u)

/* One slot; treat as opaque. */
typedef struct sao_handle_slot {
    sao_atomic32 generation; /* of the current user; of the next one while the slot is free */
    sao_atomic32 next_free;  /* the free list; SAO_SLOT_IN_USE while in use */
} sao_handle_slot;

/* A table; treat as opaque. sao_handle_table_init makes one. */
typedef struct sao_handle_table {
    sao_handle_slot *slots;
    uint32_t slot_count;
    uint32_t used;
    uint32_t free_head; /* oldest */
    uint32_t free_tail; /* youngest */
    uint32_t generation_max;
    uint32_t tag;
    uint8_t slot_bits;
} sao_handle_table;

/* Bytes of the array that sao_handle_table_init needs for `slot_count` slots. */
static inline size_t sao_handle_table_size(uint32_t slot_count)
{
    return (size_t)slot_count * sizeof(sao_handle_slot);
}

/*
 * Makes an empty table over `slots`, an array of `slot_count` that the caller owns and keeps.
 * `tag` (0 to SAO_HANDLE_TAG_MAX) keeps the handles of tables apart.
 * Returns NDIS_STATUS_SUCCESS, or NDIS_STATUS_INVALID_PARAMETER for a count or tag out of range.
 */
NDIS_STATUS sao_handle_table_init(sao_handle_table *table, sao_handle_slot *slots,
                                  uint32_t slot_count, uint32_t tag) SAO_MUST_CHECK;

/* Takes the slot that has been free for longest; SAO_SLOT_NONE if all are in use. */
uint32_t sao_handle_acquire(sao_handle_table *table);

/* The handle of a slot that is in use. */
NDIS_HANDLE sao_handle_of(const sao_handle_table *table, uint32_t slot);

/* Ends the slot's handle for good and makes the slot free. The slot must be in use. */
void sao_handle_release(sao_handle_table *table, uint32_t slot);

/*
 * Gives back a slot whose handle nobody has seen: the same handle is free for its next user, so
 * that refusals do not use up generations. The slot must be in use.
 */
void sao_handle_cancel(sao_handle_table *table, uint32_t slot);

/* The slot that a handle names; SAO_SLOT_NONE for 0, a stale, a foreign or a made-up handle. */
uint32_t sao_handle_resolve(const sao_handle_table *table, NDIS_HANDLE handle);

/* True while the slot is in use. */
static inline bool sao_handle_in_use(const sao_handle_table *table, uint32_t slot)
{
    return slot < table->slot_count &&
           SAO_ATOMIC_LOAD(&table->slots[slot].next_free) == SAO_SLOT_IN_USE;
}

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_HANDLE_H */
