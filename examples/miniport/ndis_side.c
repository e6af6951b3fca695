// SPDX-License-Identifier: BSD-2-Clause
/* ndis_side.c: see ndis_side.h. */
#include "ndis_side.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void violation(ndis_adapter *adapter, const char *what)
{
    printf("WRONG  NDIS: %s\n", what);
    adapter->violations++;
}

/* ---- resources ------------------------------------------------------------------------- */

struct nic_device *ndis_device(ndis_adapter *adapter)
{
    return &adapter->nic->device;
}

sao_profile ndis_profile(ndis_adapter *adapter)
{
    return adapter->profile;
}

/* What the driver has allocated: a driver that is shut down frees nothing. */
static struct {
    void *memory;
    size_t size;
} blocks[8];

const uint8_t ndis_secret[NDIS_SECRET_LENGTH] = {'S', 'E', 'C', 'R', 'E', 'T', '!', '!'};
static bool secret_was_freed;

void *ndis_allocate(size_t size)
{
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (blocks[i].memory == NULL) {
            blocks[i].memory = calloc(1, size);
            blocks[i].size = size;
            return blocks[i].memory;
        }
    return NULL;
}

static bool has_secret(const uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at + NDIS_SECRET_LENGTH <= size; at++)
        if (memcmp(bytes + at, ndis_secret, NDIS_SECRET_LENGTH) == 0)
            return true;
    return false;
}

void ndis_free(void *memory, size_t size)
{
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (blocks[i].memory == memory)
            blocks[i].memory = NULL;
    secret_was_freed = secret_was_freed || has_secret(memory, size);
    free(memory);
}

static void free_everything(void)
{
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (blocks[i].memory != NULL)
            ndis_free(blocks[i].memory, blocks[i].size);
}

void ndis_acquire(ndis_spin_lock *lock)
{
    if (lock->held) {
        fprintf(stderr, "a spin lock was acquired twice: on Windows this hangs\n");
        abort();
    }
    lock->held = true;
}

void ndis_release(ndis_spin_lock *lock)
{
    lock->held = false;
}

/* ---- requests -------------------------------------------------------------------------- */

NDIS_STATUS ndis_side_submit(ndis_adapter *adapter, ndis_job *job, NDIS_OID oid, void *buffer,
                             size_t length, void *request_id)
{
    const bool direct = oid != OID_PNP_SET_POWER && oid != OID_OFFLOAD_ENCAPSULATION &&
                        oid != OID_TCP_OFFLOAD_PARAMETERS;
    NDIS_STATUS answer;

    memset(job, 0, sizeof *job);
    job->request.oid = oid;
    job->request.request_id = request_id;
    job->request.buffer = buffer;
    job->request.buffer_length = (ULONG)length;
    job->status = NDIS_STATUS_PENDING;
    job->pending = true;
    answer = direct ? adapter->miniport->direct_oid_request(adapter->context, &job->request)
                    : adapter->miniport->oid_request(adapter->context, &job->request);
    if (answer == NDIS_STATUS_PENDING)
        return answer;
    if (job->completions != 0)
        violation(adapter, "a request was completed and then answered (OID-3)");
    job->pending = false;
    job->status = answer;
    job->over_at = ++adapter->clock;
    return answer;
}

void ndis_direct_oid_request_complete(ndis_adapter *adapter, ndis_oid_request *request,
                                      NDIS_STATUS status)
{
    ndis_job *job = (ndis_job *)(void *)request;

    job->completions++;
    if (!job->pending || job->completions > 1)
        violation(adapter, "a request completed that does not pend (OID-3)");
    if (status == NDIS_STATUS_PENDING)
        violation(adapter, "a request completed with PENDING (OID-3)");
    job->pending = false;
    job->status = status;
    job->over_at = ++adapter->clock;
}

void ndis_oid_request_complete(ndis_adapter *adapter, ndis_oid_request *request, NDIS_STATUS status)
{
    ndis_direct_oid_request_complete(adapter, request, status);
}

/* ---- packets --------------------------------------------------------------------------- */

void ndis_side_send(ndis_adapter *adapter, ndis_packet *packet)
{
    adapter->miniport->send(adapter->context, packet);
}

void ndis_send_complete(ndis_adapter *adapter, ndis_packet *packet)
{
    adapter->sends_completed++;
    adapter->send_status = packet->status;
    adapter->clock++;
}

void ndis_side_return(ndis_adapter *adapter)
{
    ndis_packet *packet = adapter->held;

    adapter->held = NULL;
    adapter->miniport->return_packet(adapter->context, packet);
}

void ndis_indicate_receive(ndis_adapter *adapter, ndis_packet *packet)
{
    adapter->indications++;
    adapter->indicated_at = ++adapter->clock;
    adapter->indicated = *packet;
    memcpy(adapter->frame, packet->data, packet->length);
    adapter->indicated.data = adapter->frame;
    if (adapter->hold && adapter->held == NULL)
        adapter->held = packet;
    else
        adapter->miniport->return_packet(adapter->context, packet);
}

void ndis_indicate_status(ndis_adapter *adapter, NDIS_STATUS code, const void *buffer, ULONG length)
{
    if (code != NDIS_STATUS_TASK_OFFLOAD_CURRENT_CONFIG || length != sizeof adapter->config)
        return;
    memcpy(&adapter->config, buffer, sizeof adapter->config);
    adapter->config_indications++;
}

/* ---- life ------------------------------------------------------------------------------ */

static NDIS_STATUS called(ndis_adapter *adapter, ndis_call *call, NDIS_STATUS answer)
{
    call->status = answer;
    call->pending = answer == NDIS_STATUS_PENDING;
    call->over_at = ++adapter->clock;
    return answer;
}

static void completed(ndis_adapter *adapter, ndis_call *call, NDIS_STATUS status)
{
    if (!call->pending)
        violation(adapter, "an event of life completed that does not pend");
    (void)called(adapter, call, status);
}

NDIS_STATUS ndis_side_start(ndis_adapter *adapter, const ndis_miniport *miniport, silicon *nic,
                            sao_profile profile)
{
    memset(adapter, 0, sizeof *adapter);
    adapter->miniport = miniport;
    adapter->nic = nic;
    adapter->profile = profile;
    return miniport->initialize(adapter, &adapter->context);
}

void ndis_side_restart(ndis_adapter *adapter)
{
    (void)called(adapter, &adapter->restart, adapter->miniport->restart(adapter->context));
}

void ndis_side_pause(ndis_adapter *adapter)
{
    (void)called(adapter, &adapter->pause, adapter->miniport->pause(adapter->context));
}

NDIS_STATUS ndis_side_reset(ndis_adapter *adapter)
{
    BOOLEAN addressing = 1;
    const NDIS_STATUS answer = adapter->miniport->reset(adapter->context, &addressing);

    if (addressing)
        violation(adapter, "NDIS cannot restore SAs (RST-6)");
    if (answer == NDIS_STATUS_RESET_IN_PROGRESS) /* the first one goes on */
        return answer;
    return called(adapter, &adapter->reset, answer);
}

void ndis_side_halt(ndis_adapter *adapter)
{
    secret_was_freed = false;
    adapter->miniport->halt(adapter->context);
    adapter->context = NULL;
    adapter->secret_freed = secret_was_freed;
    if (adapter->dpc_queued || adapter->timer_set)
        violation(adapter, "a DPC or a timer is left after the halt");
}

void ndis_side_shutdown(ndis_adapter *adapter)
{
    secret_was_freed = false;
    adapter->miniport->shutdown(adapter->context);
    while (ndis_side_run(adapter))
        ;
    free_everything();
    adapter->secret_freed = secret_was_freed;
}

void ndis_pause_complete(ndis_adapter *adapter)
{
    completed(adapter, &adapter->pause, NDIS_STATUS_SUCCESS);
}

void ndis_restart_complete(ndis_adapter *adapter, NDIS_STATUS status)
{
    completed(adapter, &adapter->restart, status);
}

void ndis_reset_complete(ndis_adapter *adapter, NDIS_STATUS status, BOOLEAN addressing_reset)
{
    if (addressing_reset)
        violation(adapter, "NDIS cannot restore SAs (RST-6)");
    completed(adapter, &adapter->reset, status);
}

/* ---- interrupts, DPCs, timers ---------------------------------------------------------- */

void ndis_queue_dpc(ndis_adapter *adapter)
{
    adapter->dpc_queued = true;
}

void ndis_set_timer(ndis_adapter *adapter, uint32_t milliseconds)
{
    (void)milliseconds; /* this NDIS has no clock: ndis_side_timer says when the time has come */
    adapter->timer_set = true;
}

void ndis_flush(ndis_adapter *adapter)
{
    adapter->dpc_queued = false;
    adapter->timer_set = false;
}

bool ndis_side_run(ndis_adapter *adapter)
{
    bool ran = false;
    bool queue = false;

    if (silicon_interrupts(adapter->nic) && adapter->miniport->isr(adapter->context, &queue) &&
        queue)
        adapter->dpc_queued = true;
    while (adapter->dpc_queued) {
        adapter->dpc_queued = false;
        adapter->miniport->dpc(adapter->context);
        ran = true;
    }
    return ran;
}

bool ndis_side_timer(ndis_adapter *adapter)
{
    if (!adapter->timer_set)
        return false;
    adapter->timer_set = false;
    adapter->miniport->timer(adapter->context);
    return true;
}
