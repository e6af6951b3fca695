// SPDX-License-Identifier: BSD-2-Clause
/*
 * Operations of the backend and their answers. An answer at once and a later one take the same
 * path, so the two cannot differ; one whose ticket names nothing is late, and absorbed.
 */
#include "core/engine.h"

static uint32_t next_serial(sao_adapter *adapter)
{
    if (++adapter->next_operation_serial == 0)
        adapter->next_operation_serial = 1;
    return adapter->next_operation_serial;
}

static sao_ticket begin_operation(sao_adapter *adapter, sao_record *record,
                                  const sao_request *request, sao_backend_call call)
{
    sao_ticket ticket = {sao_slot_of(adapter, record), next_serial(adapter)};

    if (call == SAO_BACKEND_UPDATE) {
        record->update_serial = ticket.serial;
    } else {
        record->operation = call;
        record->operation_serial = ticket.serial;
    }
    sao_report(adapter, SAO_EVENT_BACKEND_CALL, record, request, NDIS_STATUS_PENDING,
               (uint32_t)call, 0);
    return ticket;
}

static void take_answer(sao_adapter *adapter, sao_ticket ticket, NDIS_STATUS status)
{
    sao_record *record = &adapter->records[ticket.index];
    uint32_t operation = record->operation;

    if (record->update_serial == ticket.serial) {
        record->update_serial = 0;
        sao_report(adapter, SAO_EVENT_BACKEND_ANSWER, record, record->turn, status,
                   SAO_BACKEND_UPDATE, 0);
        sao_update_answered(adapter, record, status);
        return;
    }
    record->operation = 0;
    sao_report(adapter, SAO_EVENT_BACKEND_ANSWER, record, record->request, status, operation, 0);
    if (operation == SAO_BACKEND_ADD)
        sao_add_answered(adapter, record, status);
    else
        sao_delete_answered(adapter, record, status);
}

static bool ticket_waits(const sao_adapter *adapter, sao_ticket ticket)
{
    const sao_record *record;

    if (ticket.index >= adapter->handles.slot_count || ticket.serial == 0)
        return false;
    record = &adapter->records[ticket.index];
    return (record->operation != 0 && record->operation_serial == ticket.serial) ||
           record->update_serial == ticket.serial;
}

static void accept_answer(sao_adapter *adapter, sao_ticket ticket, NDIS_STATUS status)
{
    if (ticket_waits(adapter, ticket) && status != NDIS_STATUS_PENDING) {
        take_answer(adapter, ticket, status);
        return;
    }
    adapter->late_answers++;
    sao_report(adapter, SAO_EVENT_LATE_ANSWER, NULL, NULL, status, 0, ticket.serial);
}

void sao_adapter_backend_done(sao_adapter *adapter, sao_ticket ticket, NDIS_STATUS status)
{
    sao_lock(adapter);
    accept_answer(adapter, ticket, status);
    sao_unlock(adapter);
}

void sao_operation_add(sao_adapter *adapter, sao_record *record)
{
    sao_ticket ticket = begin_operation(adapter, record, record->request, SAO_BACKEND_ADD);
    NDIS_STATUS status;

    sao_unlock(adapter);
    status = adapter->config.backend_ops->add(adapter->config.backend, &record->bundle,
                                              &record->bundle.backend_context, ticket);
    sao_lock(adapter);
    if (status != NDIS_STATUS_PENDING)
        accept_answer(adapter, ticket, status);
}

void sao_operation_remove(sao_adapter *adapter, sao_record *record)
{
    sao_ticket ticket = begin_operation(adapter, record, record->request, SAO_BACKEND_REMOVE);
    NDIS_STATUS status;

    sao_unlock(adapter);
    status = adapter->config.backend_ops->remove(adapter->config.backend, &record->bundle, ticket);
    sao_lock(adapter);
    if (status != NDIS_STATUS_PENDING)
        accept_answer(adapter, ticket, status);
}

void sao_operation_update(sao_adapter *adapter, sao_record *record, sao_request *request,
                          uint32_t sa, uint32_t sequence_high)
{
    sao_ticket ticket = begin_operation(adapter, record, request, SAO_BACKEND_UPDATE);
    NDIS_STATUS status = NDIS_STATUS_SUCCESS;

    if (adapter->config.backend_ops->update != NULL) {
        sao_unlock(adapter);
        status = adapter->config.backend_ops->update(adapter->config.backend, &record->bundle, sa,
                                                     sequence_high, ticket);
        sao_lock(adapter);
    }
    if (status != NDIS_STATUS_PENDING)
        accept_answer(adapter, ticket, status);
}
