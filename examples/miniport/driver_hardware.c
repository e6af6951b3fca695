// SPDX-License-Identifier: BSD-2-Clause
/*
 * driver_hardware.c: the adapter's backend, as commands for the NIC.
 *
 * No operation waits for the NIC. Each answers PENDING, the command carries the ticket as its
 * cookie, and the NIC's completion brings it back (driver_interrupt.c).
 */
#include "driver.h"

#include <string.h>

/* WRITE_REGISTER_ULONG */
static void write_register(volatile uint32_t *at, uint32_t value)
{
    *at = value;
}

/* ---- the command ring ------------------------------------------------------------------ */

void driver_command(driver *d, nic_command command, const void *address)
{
    nic_registers *registers = &d->device->registers;

    command.address_low = nic_low(address);
    command.address_high = nic_high(address);
    ndis_acquire(&d->ring_lock);
    if (d->on) { /* else it is lost, as all the NIC has: driver_flush_packets comes */
        d->commands[d->command_tail % DRIVER_COMMANDS] = command;
        d->command_tail++;
        write_register(&registers->command_tail, d->command_tail);
        write_register(&registers->doorbell, 1);
    }
    ndis_release(&d->ring_lock);
}

/* The NIC's command ring is empty, and so is the driver's. Whatever the NIC still had to say is of
 * the time before. */
static void switch_on(driver *d)
{
    nic_registers *registers = &d->device->registers;

    ndis_acquire(&d->ring_lock);
    d->command_tail = 0;
    d->completion_head = registers->completion_tail;
    (void)nic_read_cause(registers);
    write_register(&registers->command_base_low, nic_low(d->commands));
    write_register(&registers->command_base_high, nic_high(d->commands));
    write_register(&registers->command_size, DRIVER_COMMANDS);
    write_register(&registers->completion_base_low, nic_low(d->completions));
    write_register(&registers->completion_base_high, nic_high(d->completions));
    write_register(&registers->completion_size, DRIVER_COMPLETIONS);
    write_register(&registers->interrupt_mask, NIC_CAUSE_COMPLETION | NIC_CAUSE_RESET_DONE);
    write_register(&registers->control, NIC_ENABLE);
    d->on = true;
    ndis_release(&d->ring_lock);
    driver_post_buffers(d);
}

/* ---- operations on bundles ------------------------------------------------------------- */

static NDIS_STATUS command_sa(driver *d, nic_opcode opcode, uint32_t sa, sao_ticket ticket)
{
    driver_command(
        d, (nic_command){.opcode = opcode, .cookie = {ticket.index, ticket.serial}, .sa = sa},
        NULL);
    return NDIS_STATUS_PENDING;
}

/* The entry is this bundle's alone from its first add to its remove (bundle.h). */
static NDIS_STATUS hardware_add(void *backend, const sao_bundle *bundle, void **context,
                                sao_ticket ticket)
{
    driver *d = backend;
    nic_sa *entry = &d->device->sa_table[bundle->index];
    const sao_bundle_sa *sa = &bundle->sa[0];

    *context = entry;
    entry->spi = sa->spi;
    entry->encryption = sa->encryption;
    entry->key_length = sa->encryption_key_length;
    memcpy(entry->key, sa->encryption_key, sa->encryption_key_length);
    return command_sa(d, NIC_ADD_SA, bundle->index, ticket);
}

/* Serial 0: halt, shutdown or removal. Nobody waits for an answer, and the bundle is gone when this
 * returns; keys leave the device here and not when the NIC gets to it. */
static NDIS_STATUS hardware_remove(void *backend, const sao_bundle *bundle, sao_ticket ticket)
{
    driver *d = backend;

    if (ticket.serial != 0)
        return command_sa(d, NIC_REMOVE_SA, bundle->index, ticket);
    if (d->on)
        SAO_WIPE(&d->device->sa_table[bundle->index], sizeof d->device->sa_table[0]);
    return NDIS_STATUS_SUCCESS;
}

void driver_operation_done(driver *d, const nic_completion *completion)
{
    const sao_ticket ticket = {completion->cookie[0], completion->cookie[1]};

    sao_adapter_backend_done(d->adapter, ticket,
                             completion->status == NIC_OK ? NDIS_STATUS_SUCCESS
                                                          : NDIS_STATUS_NOT_SUPPORTED);
}

/* ---- life ------------------------------------------------------------------------------ */

/* The NIC forgets everything. It says so by an interrupt: driver_reset_done. */
static NDIS_STATUS begin_outage(driver *d, sao_life_event event, sao_ticket ticket)
{
    ndis_acquire(&d->ring_lock);
    d->on = false;
    d->outage = event;
    d->outage_ticket = ticket;
    write_register(&d->device->registers.control, NIC_RESET);
    ndis_release(&d->ring_lock);
    return NDIS_STATUS_PENDING;
}

static NDIS_STATUS hardware_life(void *backend, sao_life_event event, sao_ticket ticket)
{
    driver *d = backend;

    switch (event) {
    case SAO_LIFE_INITIALIZE:
    case SAO_LIFE_WAKE:
        switch_on(d);
        return NDIS_STATUS_SUCCESS;
    case SAO_LIFE_RESET:
    case SAO_LIFE_SLEEP:
        return begin_outage(d, event, ticket);
    default:
        return NDIS_STATUS_SUCCESS;
    }
}

/* What the NIC held is completed before the adapter hears that it is empty (RST-5, PWR-1). After
 * that the adapter adds the bundles again: at once, or at the wake. */
void driver_reset_done(driver *d)
{
    if (d->outage == SAO_LIFE_RESET) {
        driver_flush_packets(d, NDIS_STATUS_REQUEST_ABORTED, true);
        switch_on(d);
    } else {
        driver_flush_packets(d, NDIS_STATUS_LOW_POWER_STATE, false);
    }
    sao_adapter_backend_done(d->adapter, d->outage_ticket, NDIS_STATUS_SUCCESS);
}

const sao_backend_ops driver_backend_ops = {.size = sizeof(sao_backend_ops),
                                            .add = hardware_add,
                                            .remove = hardware_remove,
                                            .life = hardware_life};
