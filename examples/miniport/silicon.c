// SPDX-License-Identifier: BSD-2-Clause
/*
 * silicon.c: what the imaginary NIC does. It knows registers, rings and keys; it has never heard
 * of bundles, handles or deletes.
 */
#include "silicon.h"

#include <stdlib.h>
#include <string.h>

static void *host_memory(uint32_t low, uint32_t high)
{
    return (void *)(uintptr_t)((uint64_t)high << 32 | low);
}

/* ---- completions ----------------------------------------------------------------------- */

static nic_completion answer_to(const nic_command *command, uint32_t status)
{
    return (nic_completion){.opcode = command->opcode,
                            .cookie = {command->cookie[0], command->cookie[1]},
                            .status = status};
}

static void complete(silicon *nic, const nic_completion *completion)
{
    nic_registers *registers = &nic->device.registers;
    nic_completion *ring =
        host_memory(registers->completion_base_low, registers->completion_base_high);

    ring[registers->completion_tail % registers->completion_size] = *completion;
    registers->completion_tail = registers->completion_tail + 1u;
    registers->interrupt_cause |= NIC_CAUSE_COMPLETION;
}

/* ---- security associations ------------------------------------------------------------- */

static uint32_t add_sa(silicon *nic, uint32_t index)
{
    nic_sa *sa = &nic->device.sa_table[index];
    sao_ipsec_params params;

    sao_ipsec_params_init(&params);
    params.mode = SAO_IPSEC_TRANSPORT; /* which of the two, ADD does not say (ADD-10, RX-4) */
    params.spi = sa->spi;
    params.encryption = sa->encryption;
    params.encryption_key = sa->key;
    params.encryption_key_length = sa->key_length;
    if (sao_ipsec_sa_init(&nic->crypto[index], &params, sao_crypto_sodium(),
                          nic->contexts[index]) != NDIS_STATUS_SUCCESS)
        return NIC_REFUSED;
    sa->valid = 1;
    sa->packets = 0;
    return NIC_OK;
}

static void remove_sa(silicon *nic, uint32_t index)
{
    sao_ipsec_sa_wipe(&nic->crypto[index]);
    SAO_WIPE(&nic->device.sa_table[index], sizeof nic->device.sa_table[index]);
}

/* ---- packets --------------------------------------------------------------------------- */

static uint32_t transmit(silicon *nic, const nic_command *command)
{
    uint8_t *frame = host_memory(command->address_low, command->address_high);
    const uint32_t number[2] = {command->iv_high, command->iv_low};
    uint8_t iv[8];

    for (uint32_t i = 0; i < sizeof iv; i++)
        iv[i] = (uint8_t)(number[i / 4u] >> (24u - 8u * (i % 4u)));
    if (command->sa != NIC_NO_SA &&
        (!nic->device.sa_table[command->sa].valid ||
         sao_ipsec_seal(&nic->crypto[command->sa], 0, iv, frame + command->ip_offset,
                        command->length - command->ip_offset) != NDIS_STATUS_SUCCESS))
        return NIC_REFUSED;
    if (command->length > sizeof nic->transmitted)
        return NIC_REFUSED;
    memcpy(nic->transmitted, frame, command->length);
    nic->transmitted_length = command->length;
    nic->transmissions++;
    return NIC_OK;
}

static nic_completion open_frame(silicon *nic, const nic_command *command)
{
    uint8_t *frame = host_memory(command->address_low, command->address_high);
    nic_sa *sa = &nic->device.sa_table[command->sa];
    nic_completion completion = answer_to(command, CRYPTO_GENERIC_ERROR);
    sao_ipsec_result result = {0};

    if (!sa->valid)
        return completion;
    completion.status = sao_ipsec_open(&nic->crypto[command->sa], 0, frame + command->ip_offset,
                                       command->length - command->ip_offset, &result);
    completion.next_header = result.next_header;
    completion.pad_length = result.pad_length;
    sa->packets++;
    if (sa->packets == nic->device.registers.wish_after)
        completion.flags = NIC_WISH;
    return completion;
}

/* ---- the machine ----------------------------------------------------------------------- */

static void reset(silicon *nic)
{
    nic_registers *registers = &nic->device.registers;

    for (uint32_t i = 0; i < NIC_SAS; i++)
        remove_sa(nic, i);
    nic->posted_count = 0;
    registers->doorbell = 0;
    registers->command_head = 0;
    registers->command_tail = 0;
    registers->control &= ~NIC_RESET;
    registers->interrupt_cause |= NIC_CAUSE_RESET_DONE;
}

static void execute(silicon *nic, const nic_command *command)
{
    nic_completion completion = answer_to(command, NIC_OK);

    switch (command->opcode) {
    case NIC_ADD_SA:
        completion.status = add_sa(nic, command->sa);
        break;
    case NIC_REMOVE_SA:
        remove_sa(nic, command->sa);
        break;
    case NIC_POST: /* completes when a frame is in it */
        if (nic->posted_count < NIC_BUFFERS)
            nic->posted[nic->posted_count++] = *command;
        return;
    case NIC_SEND:
        completion.status = transmit(nic, command);
        break;
    case NIC_OPEN:
        completion = open_frame(nic, command);
        break;
    default:
        completion.status = NIC_REFUSED;
        break;
    }
    complete(nic, &completion);
}

bool silicon_run(silicon *nic)
{
    nic_registers *registers = &nic->device.registers;
    const nic_command *ring =
        host_memory(registers->command_base_low, registers->command_base_high);

    if (nic->gone)
        return false;
    if ((registers->control & NIC_RESET) != 0) {
        reset(nic);
        return true;
    }
    if ((registers->control & NIC_ENABLE) == 0 || registers->doorbell == 0)
        return false;
    registers->doorbell = 0;
    while (registers->command_head != registers->command_tail) {
        execute(nic, &ring[registers->command_head % registers->command_size]);
        registers->command_head = registers->command_head + 1u;
    }
    return true;
}

bool silicon_interrupts(const silicon *nic)
{
    const nic_registers *registers = &nic->device.registers;

    return !nic->gone && (registers->interrupt_cause & registers->interrupt_mask) != 0;
}

bool silicon_receive(silicon *nic, const uint8_t *frame, uint32_t length)
{
    nic_completion completion;

    if (nic->gone || (nic->device.registers.control & NIC_ENABLE) == 0 || nic->posted_count == 0 ||
        length > nic->posted[0].length)
        return false;
    memcpy(host_memory(nic->posted[0].address_low, nic->posted[0].address_high), frame, length);
    completion = answer_to(&nic->posted[0], NIC_OK);
    completion.length = length;
    nic->posted_count--;
    memmove(&nic->posted[0], &nic->posted[1], nic->posted_count * sizeof nic->posted[0]);
    complete(nic, &completion);
    return true;
}

/* ---- power ----------------------------------------------------------------------------- */

bool silicon_init(silicon *nic)
{
    memset(nic, 0, sizeof *nic);
    for (uint32_t i = 0; i < NIC_SAS; i++) {
        nic->contexts[i] = malloc(sao_crypto_sodium()->context_size);
        if (nic->contexts[i] == NULL)
            return false;
    }
    return true;
}

void silicon_destroy(silicon *nic)
{
    for (uint32_t i = 0; i < NIC_SAS; i++) {
        sao_ipsec_sa_wipe(&nic->crypto[i]);
        free(nic->contexts[i]);
    }
}

void silicon_remove(silicon *nic)
{
    for (uint32_t i = 0; i < NIC_SAS; i++)
        remove_sa(nic, i);
    nic->gone = true;
    memset(&nic->device, 0xFF, sizeof nic->device); /* reads of what is not there */
}

uint32_t silicon_sas(const silicon *nic)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < NIC_SAS; i++)
        count += nic->device.sa_table[i].valid != 0 ? 1u : 0u;
    return count;
}
