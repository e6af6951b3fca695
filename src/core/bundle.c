// SPDX-License-Identifier: BSD-2-Clause
/* The life of one bundle's record: slot, index, pair. */
#include "core/adapter_state.h"

const char *sao_bundle_state_name(sao_bundle_state state)
{
    switch (state) {
    case SAO_BUNDLE_FREE:
        return "free";
    case SAO_BUNDLE_ADDING:
        return "adding";
    case SAO_BUNDLE_LIVE:
        return "live";
    case SAO_BUNDLE_CLAIMED:
        return "claimed";
    case SAO_BUNDLE_UNLINKED:
        return "unlinked";
    case SAO_BUNDLE_DELETED:
        return "deleted";
    }
    return "unknown";
}

sao_record *sao_record_of(const sao_adapter *adapter, NDIS_HANDLE handle)
{
    uint32_t slot = sao_handle_resolve(&adapter->handles, handle);

    return slot != SAO_SLOT_NONE ? &adapter->records[slot] : NULL;
}

sao_record *sao_record_usable(const sao_adapter *adapter, NDIS_HANDLE handle)
{
    sao_record *record = sao_record_of(adapter, handle);

    /* The state first: once it says live, the ADD that is still at it shows as hidden. */
    if (record == NULL || !sao_record_is_usable(record) ||
        SAO_ATOMIC_LOAD(&record->add_serial) == SAO_ATOMIC_LOAD(&adapter->hidden_serial))
        return NULL;
    /* A packet looks without the lock: what was seen may have been the slot's next user (DEL-8).
     * If the handle still names the slot it was not, and will not be while the packet flies. */
    return sao_record_of(adapter, handle);
}

sao_record *sao_bundle_allocate(sao_adapter *adapter)
{
    uint32_t slot;
    sao_record *record;

    if (adapter->handles.used == adapter->config.capabilities.SaOffloadCapacity)
        return NULL; /* a table of none has a slot all the same */
    slot = sao_handle_acquire(&adapter->handles);
    SAO_ASSERT(slot != SAO_SLOT_NONE);
    record = &adapter->records[slot];
    /* What packets may be reading by a stale handle stays atomic, and free. */
    SAO_ATOMIC_STORE(&record->add_serial, 0);
    SAO_MEMSET(&record->bundle, 0, sizeof *record - offsetof(sao_record, bundle));
    SAO_ATOMIC_STORE(&record->in_hardware, 0);
    SAO_ATOMIC_STORE(&record->wish, 0);
    record->pair = SAO_SLOT_NONE;
    return record;
}

void sao_bundle_confirm_high(sao_record *record)
{
    for (uint32_t i = 0; i < record->bundle.sa_count; i++)
        record->confirmed_high[i] = record->bundle.sa[i].sequence_high;
}

void sao_bundle_enter(sao_adapter *adapter, sao_record *record)
{
    uint32_t slot = sao_slot_of(adapter, record);

    record->bundle.index = slot;
    sao_bundle_confirm_high(record);
    record->bundle.handle = sao_handle_of(&adapter->handles, slot);
    SAO_ATOMIC_STORE(&record->state, SAO_BUNDLE_ADDING);
    if (record->bundle.inbound)
        sao_index_park(&adapter->index, slot);
}

void sao_bundle_discard(sao_adapter *adapter, sao_record *record)
{
    sao_record_wipe_keys(record);
    SAO_ATOMIC_STORE(&record->state, SAO_BUNDLE_FREE);
    sao_handle_cancel(&adapter->handles, sao_slot_of(adapter, record));
}

void sao_bundle_free(sao_adapter *adapter, sao_record *record)
{
    uint32_t slot = sao_slot_of(adapter, record);

    if (record->bundle.inbound)
        sao_index_drop(&adapter->index, slot);
    sao_bundle_part(adapter, record, true);
    sao_record_wipe_keys(record);
    sao_report(adapter, SAO_EVENT_BUNDLE_WIPED, record, record->request, NDIS_STATUS_SUCCESS, 0, 0);
    SAO_ATOMIC_STORE(&record->state, SAO_BUNDLE_FREE);
    sao_report(adapter, SAO_EVENT_BUNDLE_FREED, record, record->request, NDIS_STATUS_SUCCESS, 0, 0);
    sao_handle_release(&adapter->handles, slot);
}

void sao_bundle_publish(sao_adapter *adapter, sao_record *record)
{
    SAO_ATOMIC_STORE(&record->state, SAO_BUNDLE_LIVE);
    if (record->bundle.inbound)
        sao_index_publish(&adapter->index, sao_slot_of(adapter, record));
}

void sao_bundle_unlink(sao_adapter *adapter, sao_record *record)
{
    SAO_ATOMIC_STORE(&record->state, SAO_BUNDLE_UNLINKED);
    if (record->bundle.inbound)
        sao_index_retract(&adapter->index, sao_slot_of(adapter, record));
    if (record->pairable) /* what goes is nobody's candidate */
        sao_pairing_unfile(&adapter->pairing, sao_slot_of(adapter, record));
}

static void offer_half(sao_adapter *adapter, const sao_record *record)
{
    /* One that lost its half belonged to somebody, a guess would give it away (PAIR-4). */
    if (sao_record_is_usable(record) && record->pair == SAO_SLOT_NONE &&
        record->former_pair == NULL)
        sao_pairing_file(&adapter->pairing, sao_slot_of(adapter, record));
}

void sao_bundle_relink(sao_adapter *adapter, sao_record *record)
{
    /* A packet that stands on it walks on from the chain's head: it sees some bundles twice. */
    sao_bundle_publish(adapter, record);
    offer_half(adapter, record);
}

/* ---- bundles without a request --------------------------------------------------------- */

void sao_bundle_orphan(sao_adapter *adapter, sao_record *record)
{
    uint32_t slot = sao_slot_of(adapter, record);

    SAO_ATOMIC_STORE(&record->state, SAO_BUNDLE_DELETED);
    record->request_next = SAO_SLOT_NONE;
    if (adapter->last_orphan == SAO_SLOT_NONE)
        adapter->first_orphan = slot;
    else
        adapter->records[adapter->last_orphan].request_next = slot;
    adapter->last_orphan = slot;
}

bool sao_bundle_bury_orphan(sao_adapter *adapter)
{
    sao_record *record;

    if (adapter->first_orphan == SAO_SLOT_NONE)
        return false;
    record = &adapter->records[adapter->first_orphan];
    adapter->first_orphan = record->request_next;
    if (adapter->first_orphan == SAO_SLOT_NONE)
        adapter->last_orphan = SAO_SLOT_NONE;
    if (record->in_hardware != 0)
        sao_operation_remove(adapter, record);
    else
        sao_bundle_free(adapter, record);
    return true;
}

void sao_bundle_forget_orphans(sao_adapter *adapter)
{
    adapter->first_orphan = SAO_SLOT_NONE;
    adapter->last_orphan = SAO_SLOT_NONE;
}

/* Granted, and never live: its ADD was aborted, which has counted it. No DELETE names it. */
static bool is_orphan(const sao_record *record)
{
    const uint32_t state = SAO_ATOMIC_LOAD(&record->state);

    return state == SAO_BUNDLE_ADDING || (state == SAO_BUNDLE_DELETED && record->element == NULL);
}

void sao_bundle_retire(sao_adapter *adapter, sao_record *record)
{
    /* A remove that runs is as good as another; an add that runs may have got through. */
    bool call = record->operation == SAO_BACKEND_ADD || record->in_hardware != 0;

    if (!is_orphan(record))
        adapter->bundles_retired++;
    if (sao_record_is_usable(record))
        sao_bundle_unlink(adapter, record);
    SAO_ATOMIC_STORE(&record->state, SAO_BUNDLE_DELETED);
    sao_operation_forget(record);
    if (call)
        sao_operation_retire(adapter, record);
    sao_bundle_free(adapter, record);
}

/* ---- pairs ----------------------------------------------------------------------------- */

static void pair_half(sao_adapter *adapter, sao_record *record, const sao_record *other,
                      bool guessed)
{
    if (record->pairable)
        sao_pairing_unfile(&adapter->pairing, sao_slot_of(adapter, record));
    record->pair = sao_slot_of(adapter, other);
    record->pair_guessed = guessed;
    record->former_pair = NULL;
    record->former_pair_wished = false;
}

void sao_bundle_join(sao_adapter *adapter, sao_record *a, sao_record *b, bool guessed)
{
    pair_half(adapter, a, b, guessed);
    pair_half(adapter, b, a, guessed);
    if (guessed)
        adapter->pairs_guessed++;
    else
        adapter->pairs_explicit++;
    sao_report_pair(adapter, SAO_EVENT_BUNDLE_PAIRED, a->bundle.handle, b->bundle.handle, guessed);
}

void sao_bundle_part(sao_adapter *adapter, sao_record *record, bool widowed)
{
    sao_record *other;

    if (record->pair == SAO_SLOT_NONE)
        return;
    other = &adapter->records[record->pair];
    record->pair = SAO_SLOT_NONE;
    other->pair = SAO_SLOT_NONE;
    sao_report_pair(adapter, SAO_EVENT_BUNDLE_UNPAIRED, record->bundle.handle, other->bundle.handle,
                    record->pair_guessed);
    if (widowed) {
        other->former_pair = record->bundle.handle; /* PAIR-4 */
        other->former_pair_wished = SAO_ATOMIC_LOAD(&record->wished) != 0;
    } else {
        offer_half(adapter, record);
        offer_half(adapter, other);
    }
}
