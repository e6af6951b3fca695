// SPDX-License-Identifier: BSD-2-Clause
/* adapter_state.h: what an adapter is made of, and how its modules report and lock. */
#ifndef SAO_CORE_ADAPTER_STATE_H
#define SAO_CORE_ADAPTER_STATE_H

#include <saoffload/adapter.h>

#include "core/grace.h"
#include "core/index.h"
#include "core/pairing.h"
#include "core/record.h"

/* AH and ESP, as sao_adapter.enabled and a bundle's needs count them. */
#define SAO_ENABLED_AH 1u
#define SAO_ENABLED_ESP 2u

/* A ticket whose index is that or more names an event of life: no slot is so far up. */
#define SAO_LIFE_INDEX UINT32_C(0xFFFFFF00)

/* What the hardware can do for anybody, beside what the state says. */
typedef enum sao_service {
    SAO_SERVICE_FULL,
    SAO_SERVICE_RESETTING,
    SAO_SERVICE_ASLEEP,
    SAO_SERVICE_REMOVED
} sao_service;

/* What interrupts the hardware's service, and how far it is (outage.c). */
typedef struct sao_outage {
    uint32_t stage; /* 0: none is under way */
    sao_life_event event;
    uint32_t cursor;      /* the slot that the next step begins with */
    sao_request *request; /* the request that the next step begins with */
    uint32_t restoring;   /* adds that have not answered */
    uint32_t grace;       /* the grace period that is waited for */
    NDIS_STATUS status;   /* the hardware's */
} sao_outage;

/* Events of life that take their time; a set has one bit for each sao_life_event. */
typedef struct sao_life {
    uint32_t entered;                     /* a set: the call that let it in has not returned */
    uint32_t owed;                        /* a set: answered PENDING, without a completion */
    uint32_t over;                        /* a set: has come to its end, not told yet */
    NDIS_STATUS outcome[SAO_LIFE_EVENTS]; /* of those that are over */
    uint32_t serial[SAO_LIFE_EVENTS];     /* of the backend operation that runs, else 0 */
    bool pausing;                         /* until packets are quiet */
} sao_life;

struct sao_adapter {
    sao_adapter_config config;
    sao_atomic32 state;            /* sao_adapter_state */
    sao_atomic32 service;          /* sao_service: new requests are taken with FULL only */
    sao_atomic32 enabled;          /* SAO_ENABLED_...: what OFFLOAD_PARAMETERS left on (CAP-4) */
    sao_atomic32 encapsulation[2]; /* IPv4, IPv6: framings that are received (ENC-1) */
    bool halting;                  /* halt is at work: nothing else may begin */
    uint32_t calls;                /* threads that are in a backend operation */
    uint32_t completing;           /* threads that are telling the host of a request's end */
    sao_life life;
    sao_outage outage;
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
    uint32_t first_orphan;        /* bundles of aborted ADDs, to be taken from the hardware */
    uint32_t last_orphan;
    uint32_t outstanding; /* requests that have not completed */
    uint32_t next_request_serial;
    uint32_t next_operation_serial;
    sao_atomic32 hidden_serial; /* the ADD whose bundles are just becoming live (ADD-13) */

    uint64_t bundles_added;
    uint64_t bundles_refused;
    uint64_t bundles_deleted;
    uint64_t bundles_aborted;
    uint64_t bundles_retired;
    uint64_t bundles_lost;
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

/* Does the current configuration leave on all that the bundle needs (CAP-4)? Takes no lock. */
static inline bool sao_bundle_enabled(const sao_adapter *adapter, const sao_bundle *bundle)
{
    uint32_t needed = 0;

    for (uint32_t i = 0; i < bundle->sa_count; i++)
        needed |= bundle->sa[i].protocol == SAO_PROTOCOL_AH ? SAO_ENABLED_AH : SAO_ENABLED_ESP;
    return (needed & ~SAO_ATOMIC_LOAD(&adapter->enabled)) == 0;
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

/* Reports the hardware's part in an event of life. */
void sao_report_life(sao_adapter *adapter, sao_event_type type, sao_life_event life,
                     NDIS_STATUS status);

/* What is offered now: the capabilities less what is turned off (offload.c). */
void sao_offload_config(const sao_adapter *adapter, NDIS_IPSEC_OFFLOAD_V2 *config);
/* As after initialise: everything on, and no framing received. */
void sao_offload_default(sao_adapter *adapter);

/* ---- bundles (bundle.c) ---------------------------------------------------------------- */

/* A slot with a fresh record; NULL when all are in use. Its bundle is not filled in. */
sao_record *sao_bundle_allocate(sao_adapter *adapter);
/* Enters an accepted record: it gets its handle, and its triple is taken. */
void sao_bundle_enter(sao_adapter *adapter, sao_record *record);
/* The end of a record that has been entered: keys wiped, slot free. It must be parked. */
void sao_bundle_free(sao_adapter *adapter, sao_record *record);
/* The end of one that has not. */
void sao_bundle_discard(sao_adapter *adapter, sao_record *record);
/* The hardware has taken the bundle with the high halves that it has now (UPD-1). */
void sao_bundle_confirm_high(sao_record *record);
/* Packets may use it, or no longer. */
void sao_bundle_publish(sao_adapter *adapter, sao_record *record);
void sao_bundle_unlink(sao_adapter *adapter, sao_record *record);
/* Takes an unlink back. */
void sao_bundle_relink(sao_adapter *adapter, sao_record *record);

/* The bundle belongs to no request any more, and is to leave the hardware by itself. */
void sao_bundle_orphan(sao_adapter *adapter, sao_record *record);
/* Lets go of one orphan; false if there is none. */
bool sao_bundle_bury_orphan(sao_adapter *adapter);
/* All bundles have gone, and the orphans with them: those too that an answer made meanwhile. */
void sao_bundle_forget_orphans(sao_adapter *adapter);
/* The end of a bundle that nothing uses any more, without a DELETE: halt, shutdown, removal. */
void sao_bundle_retire(sao_adapter *adapter, sao_record *record);

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
/* Calls the backend's part in an event of life. */
void sao_operation_life(sao_adapter *adapter, sao_life_event event);
/* Calls remove for a bundle that goes without a DELETE; nothing waits for an answer. */
void sao_operation_retire(sao_adapter *adapter, sao_record *record);
/* The operation that runs, if any, will not be waited for. */
void sao_operation_forget(sao_record *record);

#endif /* SAO_CORE_ADAPTER_STATE_H */
