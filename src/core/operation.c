// SPDX-License-Identifier: BSD-2-Clause
/*
 * Operations of the backend and their answers. An answer at once and a later one take the same
 * path, so the two cannot differ; one whose ticket names nothing is late, and absorbed.
 */
#include "core/engine.h"
#include "core/outage.h"

static uint32_t next_serial(sao_adapter *adapter)
{
    if (++adapter->next_operation_serial == 0)
        adapter->next_operation_serial = 1;
    return adapter->next_operation_serial;
}

/* The backend is called between these two, without the lock. */
static void leave_adapter(sao_adapter *adapter)
{
    adapter->calls++;
    sao_unlock(adapter);
}

static void enter_adapter(sao_adapter *adapter)
{
    sao_lock(adapter);
    adapter->calls--;
}

/* ---- answers --------------------------------------------------------------------------- */

static void take_record_answer(sao_adapter *adapter, sao_record *record, uint32_t serial,
                               NDIS_STATUS status)
{
    uint32_t operation = record->operation;

    if (record->update_serial == serial) {
        sao_report(adapter, SAO_EVENT_BACKEND_ANSWER, record, record->turn, status,
                   SAO_BACKEND_UPDATE, 0);
        sao_update_answered(adapter, record, status);
        return;
    }
    record->operation = 0;
    sao_report(adapter, SAO_EVENT_BACKEND_ANSWER, record, record->request, status, operation, 0);
    if (record->restoring)
        sao_outage_restored(adapter, record, status);
    else if (operation == SAO_BACKEND_ADD)
        sao_add_answered(adapter, record, status);
    else
        sao_delete_answered(adapter, record, status);
}

static void take_life_answer(sao_adapter *adapter, sao_life_event event, NDIS_STATUS status)
{
    adapter->life.serial[event] = 0;
    sao_report_life(adapter, SAO_EVENT_BACKEND_ANSWER, event, status);
    if (event == SAO_LIFE_INITIALIZE || event == SAO_LIFE_RESTART)
        sao_life_answered(adapter, event, status);
    else
        sao_outage_answered(adapter, status);
}

/* Gives the answer to whatever waits for it; false if nothing does. */
static bool take_answer(sao_adapter *adapter, sao_ticket ticket, NDIS_STATUS status)
{
    sao_record *record;
    uint32_t event = ticket.index - SAO_LIFE_INDEX;

    if (ticket.serial == 0 || status == NDIS_STATUS_PENDING)
        return false;
    if (ticket.index >= SAO_LIFE_INDEX) {
        if (event >= SAO_LIFE_EVENTS || adapter->life.serial[event] != ticket.serial)
            return false;
        take_life_answer(adapter, (sao_life_event)event, status);
        return true;
    }
    if (ticket.index >= adapter->handles.slot_count)
        return false;
    record = &adapter->records[ticket.index];
    if ((record->operation == 0 || record->operation_serial != ticket.serial) &&
        record->update_serial != ticket.serial)
        return false;
    take_record_answer(adapter, record, ticket.serial, status);
    return true;
}

static void accept_answer(sao_adapter *adapter, sao_ticket ticket, NDIS_STATUS status)
{
    if (take_answer(adapter, ticket, status))
        return;
    adapter->late_answers++;
    sao_report(adapter, SAO_EVENT_LATE_ANSWER, NULL, NULL, status, 0, ticket.serial);
}

void sao_adapter_backend_done(sao_adapter *adapter, sao_ticket ticket, NDIS_STATUS status)
{
    sao_lock(adapter);
    accept_answer(adapter, ticket, status);
    sao_engine_leave(adapter);
}

void sao_operation_forget(sao_record *record)
{
    record->operation = 0;
    record->update_serial = 0;
}

/* ---- calls ----------------------------------------------------------------------------- */

static sao_ticket begin_operation(sao_adapter *adapter, sao_record *record, sao_backend_call call)
{
    sao_ticket ticket;

    ticket.index = sao_slot_of(adapter, record);
    ticket.serial = next_serial(adapter);
    record->operation = call;
    record->operation_serial = ticket.serial;
    sao_report(adapter, SAO_EVENT_BACKEND_CALL, record, record->request, NDIS_STATUS_PENDING,
               (uint32_t)call, 0);
    return ticket;
}

void sao_operation_add(sao_adapter *adapter, sao_record *record)
{
    sao_ticket ticket = begin_operation(adapter, record, SAO_BACKEND_ADD);
    NDIS_STATUS status;

    leave_adapter(adapter);
    status = adapter->config.backend_ops->add(adapter->config.backend, &record->bundle,
                                              &record->bundle.backend_context, ticket);
    enter_adapter(adapter);
    if (status != NDIS_STATUS_PENDING)
        accept_answer(adapter, ticket, status);
}

void sao_operation_remove(sao_adapter *adapter, sao_record *record)
{
    sao_ticket ticket = begin_operation(adapter, record, SAO_BACKEND_REMOVE);
    NDIS_STATUS status;

    SAO_ATOMIC_STORE(&record->in_hardware, 0);
    leave_adapter(adapter);
    status = adapter->config.backend_ops->remove(adapter->config.backend, &record->bundle, ticket);
    enter_adapter(adapter);
    if (status != NDIS_STATUS_PENDING)
        accept_answer(adapter, ticket, status);
}

void sao_operation_update(sao_adapter *adapter, sao_record *record, sao_request *request,
                          uint32_t sa, uint32_t sequence_high)
{
    sao_ticket ticket;
    NDIS_STATUS status = NDIS_STATUS_SUCCESS;

    ticket.index = sao_slot_of(adapter, record);
    ticket.serial = next_serial(adapter);
    record->update_serial = ticket.serial;
    record->update_sa = sa;
    record->update_high = sequence_high;
    sao_report(adapter, SAO_EVENT_BACKEND_CALL, record, request, NDIS_STATUS_PENDING,
               SAO_BACKEND_UPDATE, 0);
    /* What the hardware does not have, gets the value with its next add. */
    if (adapter->config.backend_ops->update != NULL && record->in_hardware != 0) {
        leave_adapter(adapter);
        status = adapter->config.backend_ops->update(adapter->config.backend, &record->bundle, sa,
                                                     sequence_high, ticket);
        enter_adapter(adapter);
    }
    if (status != NDIS_STATUS_PENDING)
        accept_answer(adapter, ticket, status);
}

void sao_operation_life(sao_adapter *adapter, sao_life_event event)
{
    sao_ticket ticket;
    NDIS_STATUS status = NDIS_STATUS_SUCCESS;

    ticket.index = SAO_LIFE_INDEX + (uint32_t)event;
    ticket.serial = next_serial(adapter);
    adapter->life.serial[event] = ticket.serial;
    sao_report_life(adapter, SAO_EVENT_BACKEND_CALL, event, NDIS_STATUS_PENDING);
    if (adapter->config.backend_ops->life != NULL) {
        leave_adapter(adapter);
        status = adapter->config.backend_ops->life(adapter->config.backend, event, ticket);
        enter_adapter(adapter);
    }
    if (status != NDIS_STATUS_PENDING)
        accept_answer(adapter, ticket, status);
}

void sao_operation_retire(sao_adapter *adapter, sao_record *record)
{
    sao_ticket nobody;
    NDIS_STATUS status;

    nobody.index = sao_slot_of(adapter, record);
    nobody.serial = 0;
    sao_report(adapter, SAO_EVENT_BACKEND_CALL, record, NULL, NDIS_STATUS_PENDING,
               SAO_BACKEND_REMOVE, 0);
    leave_adapter(adapter);
    status = adapter->config.backend_ops->remove(adapter->config.backend, &record->bundle, nobody);
    enter_adapter(adapter);
    if (status == NDIS_STATUS_PENDING)
        return;
    sao_report(adapter, SAO_EVENT_BACKEND_ANSWER, record, NULL, status, SAO_BACKEND_REMOVE, 0);
    if (status != NDIS_STATUS_SUCCESS) /* DEL-10 */
        adapter->remove_errors++;
}
