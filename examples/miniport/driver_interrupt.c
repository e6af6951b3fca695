// SPDX-License-Identifier: BSD-2-Clause
/*
 * driver_interrupt.c: the ISR, the DPC, and the adapter's remaining work.
 *
 * Answers, packets that finish, returned packets and cancels only leave a note with the adapter;
 * its poll acts on them. So whatever leaves a note queues a DPC, and the DPC polls.
 */
#include "driver.h"

#define STEPS 64u /* of the adapter in one DPC */
#define DRAIN_MILLISECONDS 1u

bool driver_isr(void *context, bool *queue_dpc)
{
    driver *d = context;
    const uint32_t cause = nic_read_cause(&d->device->registers);

    *queue_dpc = cause != 0;
    if (cause == 0 || cause == NIC_GONE) /* another device's; or there is no device */
        return false;
    d->device->registers.interrupt_mask = 0; /* no more of them until the DPC has run */
    d->causes |= cause;
    return true;
}

static void take_completion(driver *d, const nic_completion *completion)
{
    switch (completion->opcode) {
    case NIC_ADD_SA:
    case NIC_REMOVE_SA:
        driver_operation_done(d, completion);
        break;
    case NIC_POST:
        driver_received(d, completion);
        break;
    case NIC_SEND:
        driver_sent(d, completion);
        break;
    case NIC_OPEN:
        driver_opened(d, completion);
        break;
    default:
        break;
    }
}

static void drain_completions(driver *d)
{
    nic_registers *registers = &d->device->registers;
    const uint32_t tail = registers->completion_tail;

    if (tail == NIC_GONE) /* pulled out, and the notice is still on its way */
        return;
    while (d->completion_head != tail) {
        const nic_completion completion = d->completions[d->completion_head % DRIVER_COMPLETIONS];

        d->completion_head++;
        registers->completion_head = d->completion_head;
        take_completion(d, &completion);
    }
}

/* Does what the adapter has left, a bounded piece of it. */
static void run_adapter(driver *d)
{
    const sao_poll left = sao_adapter_poll(d->adapter, 0, STEPS);

    if (left.more)
        ndis_queue_dpc(d->ndis);
    else if (left.draining) /* a packet on another processor may have been in the way */
        ndis_set_timer(d->ndis, DRAIN_MILLISECONDS);
}

/* Also when nothing has interrupted: ndis_queue_dpc, and the timer. */
void driver_dpc(void *context)
{
    driver *d = context;
    const uint32_t causes = d->causes;

    d->causes = 0;
    drain_completions(d); /* those from before a reset are still good, so they go first */
    if ((causes & NIC_CAUSE_RESET_DONE) != 0)
        driver_reset_done(d);
    run_adapter(d);
    if (causes != 0)
        d->device->registers.interrupt_mask = NIC_CAUSE_COMPLETION | NIC_CAUSE_RESET_DONE;
}
