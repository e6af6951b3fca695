// SPDX-License-Identifier: BSD-2-Clause
// backend.c: all that a NIC has to do for the adapter. Every operation only puts a command into a
// ring; the answer comes when the NIC gets to it.
#include "backend.h"

#include <string.h>

/* ---- the hardware ---------------------------------------------------------------------- */

static void forget_all(nic *hardware)
{
    SAO_WIPE(hardware->table, sizeof hardware->table);
}

static void execute(nic *hardware, const nic_command *command)
{
    const sao_bundle *bundle = command->bundle;
    nic_sa *sa;

    if (bundle == NULL) { /* NIC_RESET */
        forget_all(hardware);
        return;
    }
    sa = bundle->backend_context;
    if (command->opcode == NIC_ADD) {
        sa->valid = true;
        sa->spi = bundle->sa[0].spi;
        sa->sequence_high = bundle->sa[0].sequence_high; /* of now, after a reset too (UPD-1) */
        memcpy(sa->key, bundle->sa[0].encryption_key, bundle->sa[0].encryption_key_length);
    } else if (command->opcode == NIC_UPDATE) {
        sa->sequence_high = command->sequence_high;
    } else {
        SAO_WIPE(sa, sizeof *sa);
    }
}

bool nic_run(nic *hardware)
{
    const uint32_t count = hardware->commands;
    nic_command due[NIC_RING];

    /* Off the ring first: the adapter may give the next command while it takes an answer. */
    memcpy(due, hardware->ring, count * sizeof *due);
    hardware->commands = 0;
    for (uint32_t i = 0; i < count; i++) {
        execute(hardware, &due[i]);
        sao_adapter_backend_done(hardware->adapter, due[i].ticket, NDIS_STATUS_SUCCESS);
    }
    return count != 0;
}

uint16_t nic_open(nic *hardware, const sao_bundle *bundle)
{
    const nic_sa *sa = &hardware->table[bundle->index];

    return sa->valid && sa->spi == bundle->sa[0].spi ? CRYPTO_SUCCESS : CRYPTO_GENERIC_ERROR;
}

uint64_t nic_seal(nic *hardware)
{
    return hardware->next_iv++;
}

/* ---- the operations -------------------------------------------------------------------- */

static NDIS_STATUS submit(nic *hardware, nic_command command)
{
    hardware->ring[hardware->commands++] = command;
    return NDIS_STATUS_PENDING;
}

static NDIS_STATUS add(void *backend, const sao_bundle *bundle, void **context, sao_ticket ticket)
{
    nic *hardware = backend;

    *context = &hardware->table[bundle->index]; /* the index is this bundle's alone */
    return submit(hardware, (nic_command){NIC_ADD, bundle, 0, ticket});
}

static NDIS_STATUS remove_sa(void *backend, const sao_bundle *bundle, sao_ticket ticket)
{
    const nic_command command = {NIC_REMOVE, bundle, 0, ticket};
    nic *hardware = backend;

    if (ticket.serial != 0)
        return submit(hardware, command);
    /* Halt, shutdown, removal: the bundle is gone when this returns, so nothing that is still in
     * the ring may touch it later. Nobody waits for those answers any more. */
    hardware->commands = 0;
    execute(hardware, &command);
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS update(void *backend, const sao_bundle *bundle, uint32_t sa,
                          uint32_t sequence_high, sao_ticket ticket)
{
    (void)sa; /* there is one: this NIC has no AH */
    return submit(backend, (nic_command){NIC_UPDATE, bundle, sequence_high, ticket});
}

/* Asked once for each good packet. A wish is only a wish: nothing changes until the DELETE. */
static bool wants_delete(void *backend, const sao_bundle *bundle, uint32_t length)
{
    const nic *hardware = backend;
    nic_sa *sa = bundle->backend_context;

    (void)length;
    return ++sa->packets == hardware->wish_after;
}

static NDIS_STATUS life(void *backend, sao_life_event event, sao_ticket ticket)
{
    nic *hardware = backend;

    if (event == SAO_LIFE_RESTART || event == SAO_LIFE_WAKE)
        return NDIS_STATUS_SUCCESS;
    /* Initialize, reset, sleep: the NIC forgets every bundle, and what it was asked before is
     * over. After a reset or a wake the adapter adds all bundles again. */
    hardware->commands = 0;
    if (event == SAO_LIFE_RESET)
        return submit(hardware, (nic_command){NIC_RESET, NULL, 0, ticket});
    forget_all(hardware);
    return NDIS_STATUS_SUCCESS;
}

const sao_backend_ops nic_ops = {.size = sizeof nic_ops,
                                 .add = add,
                                 .remove = remove_sa,
                                 .update = update,
                                 .wants_delete = wants_delete,
                                 .life = life};
