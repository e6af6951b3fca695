// SPDX-License-Identifier: BSD-2-Clause
/* hardware.c: see hardware.h. */
#include "hardware.h"

/* Now, badly, or later. */
static NDIS_STATUS choose_answer(hardware *hw, sao_ticket ticket)
{
    const uint8_t choice = fuzz_byte(hw->in);

    if (!sao_ticket_expects_answer(ticket))
        return NDIS_STATUS_SUCCESS;
    if ((choice & 3) == 1 && hw->late_count < HARDWARE_LATE_MAX) {
        hw->late[hw->late_count++] = ticket;
        return NDIS_STATUS_PENDING;
    }
    return (choice & 15) == 2 ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS add(void *backend, const sao_bundle *bundle, void **context, sao_ticket ticket)
{
    hardware *hw = backend;

    FUZZ_CHECK(bundle->index < sizeof hw->has && bundle->handle != NULL);
    FUZZ_CHECK(bundle->sa_count == 1 || bundle->sa_count == 2);
    *context = &hw->has[bundle->index];
    return choose_answer(hw, ticket);
}

static NDIS_STATUS take(void *backend, const sao_bundle *bundle, sao_ticket ticket)
{
    hardware *hw = backend;

    FUZZ_CHECK(bundle->backend_context == &hw->has[bundle->index]);
    return choose_answer(hw, ticket);
}

static NDIS_STATUS update(void *backend, const sao_bundle *bundle, uint32_t sa, uint32_t high,
                          sao_ticket ticket)
{
    (void)high;
    FUZZ_CHECK(sa < bundle->sa_count && bundle->sa[sa].esn);
    return choose_answer(backend, ticket);
}

static bool wants_delete(void *backend, const sao_bundle *bundle, uint32_t length)
{
    hardware *hw = backend;

    (void)length;
    FUZZ_CHECK(bundle->inbound);
    return (fuzz_byte(hw->in) & 3) == 1;
}

static NDIS_STATUS life(void *backend, sao_life_event event, sao_ticket ticket)
{
    (void)event;
    return choose_answer(backend, ticket);
}

const sao_backend_ops hardware_ops = {.size = sizeof hardware_ops,
                                      .add = add,
                                      .remove = take,
                                      .update = update,
                                      .wants_delete = wants_delete,
                                      .life = life};

void hardware_answer(hardware *hw, uint8_t which, NDIS_STATUS status)
{
    sao_ticket ticket;

    if (hw->late_count == 0)
        return;
    which = (uint8_t)(which % hw->late_count);
    ticket = hw->late[which];
    hw->late[which] = hw->late[--hw->late_count];
    sao_adapter_backend_done(hw->adapter, ticket, status);
}
