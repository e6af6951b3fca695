// SPDX-License-Identifier: BSD-2-Clause
/* adapter_state.h: what an adapter is made of, and how its modules report and lock. */
#ifndef SAO_CORE_ADAPTER_STATE_H
#define SAO_CORE_ADAPTER_STATE_H

#include <saoffload/adapter.h>

#include "core/grace.h"
#include "core/index.h"
#include "core/pairing.h"
#include "core/record.h"

struct sao_adapter {
    sao_adapter_config config;
    sao_atomic32 state; /* sao_adapter_state */
    bool halting;       /* halt is at work: nothing else may begin */
    uint64_t now;

    sao_record *records;
    sao_handle_table handles;
    sao_index index;
    sao_pairing pairing;
    sao_grace grace;

    sao_request *requests;        /* all that have not completed */
    sao_request_queue ready;      /* those that can take a step */
    sao_request_queue publishing; /* ADDs that wait until another's bundles are live */
    sao_request_queue graced;     /* those that wait for packets, in order of their period */
    uint32_t outstanding;         /* requests that have not completed */
    uint32_t next_request_serial;
    uint32_t next_operation_serial;
    sao_atomic32 hidden_serial; /* the ADD whose bundles are just becoming live (ADD-13) */

    uint64_t bundles_added;
    uint64_t bundles_refused;
    uint64_t bundles_deleted;
    uint64_t bundles_halted;
    uint64_t pairs_explicit;
    uint64_t pairs_guessed;
    uint64_t remove_errors;
    uint64_t late_answers;
};

static inline void sao_lock(sao_adapter *adapter)
{
    if (adapter->config.host.lock != NULL)
        adapter->config.host.lock(adapter->config.host_context);
}

static inline void sao_unlock(sao_adapter *adapter)
{
    if (adapter->config.host.unlock != NULL)
        adapter->config.host.unlock(adapter->config.host_context);
}

static inline uint32_t sao_slot_of(const sao_adapter *adapter, const sao_record *record)
{
    return (uint32_t)(record - adapter->records);
}

/* May packets use it and requests name it, as far as its state says? */
static inline bool sao_record_is_usable(const sao_record *record)
{
    uint32_t state = SAO_ATOMIC_LOAD(&record->state);

    return state == SAO_BUNDLE_LIVE || state == SAO_BUNDLE_CLAIMED;
}

/* The record of an existing bundle, whatever its state; NULL for a handle that names none. */
sao_record *sao_record_of(const sao_adapter *adapter, NDIS_HANDLE handle);
/* The same, but NULL also for one whose ADD has not completed (ADD-13), or that is unlinked. */
sao_record *sao_record_usable(const sao_adapter *adapter, NDIS_HANDLE handle);

/* Reports an event about a bundle; `request` may be NULL. */
void sao_report(sao_adapter *adapter, sao_event_type type, const sao_record *record,
                const sao_request *request, NDIS_STATUS status, uint32_t code, uint32_t value);
/* Reports an event about a pair. */
void sao_report_pair(sao_adapter *adapter, sao_event_type type, NDIS_HANDLE a, NDIS_HANDLE b,
                     bool guessed);
/* Reports that the adapter has come to its current state. */
void sao_report_state(sao_adapter *adapter);

/* Completes a pause when nothing keeps it any more; takes the lock itself (life.c). */
void sao_adapter_finish_pause(sao_adapter *adapter);

/* ---- bundles (bundle.c) ---------------------------------------------------------------- */

/* A slot with a fresh record; NULL when all are in use. Its bundle is not filled in. */
sao_record *sao_bundle_allocate(sao_adapter *adapter);
/* Enters an accepted record: it gets its handle, and its triple is taken. */
void sao_bundle_enter(sao_adapter *adapter, sao_record *record);
/* The end of a record that has been entered: keys wiped, slot free. It must be parked. */
void sao_bundle_free(sao_adapter *adapter, sao_record *record);
/* The end of one that has not. */
void sao_bundle_discard(sao_adapter *adapter, sao_record *record);
/* Packets may use it, or no longer. */
void sao_bundle_publish(sao_adapter *adapter, sao_record *record);
void sao_bundle_unlink(sao_adapter *adapter, sao_record *record);

/* Makes, or dissolves, a pair. With `widowed` the survivor keeps a memory of it (PAIR-4). */
void sao_bundle_join(sao_adapter *adapter, sao_record *a, sao_record *b, bool guessed);
void sao_bundle_part(sao_adapter *adapter, sao_record *record, bool widowed);

/* ---- backend operations (operation.c) --------------------------------------------------- */

/*
 * Calls the backend's add or remove for a record, or update for one of its SAs, without the
 * lock, which the caller holds before and after. The answer may come at any time from then on.
 */
void sao_operation_add(sao_adapter *adapter, sao_record *record);
void sao_operation_remove(sao_adapter *adapter, sao_record *record);
void sao_operation_update(sao_adapter *adapter, sao_record *record, sao_request *request,
                          uint32_t sa, uint32_t sequence_high);

#endif /* SAO_CORE_ADAPTER_STATE_H */
