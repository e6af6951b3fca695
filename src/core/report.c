// SPDX-License-Identifier: BSD-2-Clause
/* Internal events, on their way to the host's hook. */
#include "core/adapter_state.h"

static sao_event make_event(sao_event_type type, uint32_t code)
{
    sao_event event;

    SAO_MEMSET(&event, 0, sizeof event);
    event.type = (uint32_t)type;
    event.code = code;
    return event;
}

static void send_event(sao_adapter *adapter, sao_event *event)
{
    event->time = adapter->now;
    event->adapter = adapter->config.tag;
    adapter->config.host.event(adapter->config.host_context, event);
}

static uint64_t handle_number(NDIS_HANDLE handle)
{
    return (uint64_t)(uintptr_t)handle;
}

void sao_report(sao_adapter *adapter, sao_event_type type, const sao_record *record,
                const sao_request *request, NDIS_STATUS status, uint32_t code, uint32_t value)
{
    sao_event event = make_event(type, code);

    if (adapter->config.host.event == NULL)
        return;
    event.status = status;
    event.value = value;
    if (record != NULL)
        event.handle = handle_number(record->bundle.handle);
    if (request != NULL)
        event.request = request->id != 0 ? request->id : request->state.serial;
    send_event(adapter, &event);
}

void sao_report_pair(sao_adapter *adapter, sao_event_type type, NDIS_HANDLE a, NDIS_HANDLE b,
                     bool guessed)
{
    sao_event event = make_event(type, guessed ? 1u : 0u);

    event.handle = handle_number(a);
    event.extra = handle_number(b);
    if (adapter->config.host.event != NULL)
        send_event(adapter, &event);
}

void sao_report_state(sao_adapter *adapter)
{
    sao_event event = make_event(SAO_EVENT_ADAPTER_STATE, (uint32_t)sao_adapter_get_state(adapter));

    if (adapter->config.host.event != NULL)
        send_event(adapter, &event);
}

void sao_report_life(sao_adapter *adapter, sao_event_type type, sao_life_event life,
                     NDIS_STATUS status)
{
    sao_event event = make_event(type, SAO_BACKEND_LIFE);

    event.status = status;
    event.value = (uint32_t)life;
    if (adapter->config.host.event != NULL)
        send_event(adapter, &event);
}
