// SPDX-License-Identifier: BSD-2-Clause
/*
 * driver_life.c: NDIS's calls that begin and end things, as events of the adapter's life.
 *
 * An event is answered at once, or PENDING and then by life_complete: exactly how NDIS has it.
 */
#include "driver.h"

/* ---- the adapter's surroundings -------------------------------------------------------- */

static void life_complete(void *host, sao_life_event event, NDIS_STATUS status)
{
    driver *d = host;

    switch (event) {
    case SAO_LIFE_PAUSE:
        ndis_pause_complete(d->ndis);
        break;
    case SAO_LIFE_RESTART:
        ndis_restart_complete(d->ndis, status);
        break;
    case SAO_LIFE_RESET: /* FALSE: the adapter restored everything, NDIS need not (RST-6) */
        ndis_reset_complete(d->ndis, status, 0);
        break;
    case SAO_LIFE_SLEEP:
    case SAO_LIFE_WAKE:
        ndis_oid_request_complete(d->ndis, d->power_request, status);
        break;
    default: /* removal and shutdown: NDIS waits for neither */
        break;
    }
}

static void current_config(void *host, const NDIS_IPSEC_OFFLOAD_V2 *config)
{
    driver *d = host;

    ndis_indicate_status(d->ndis, NDIS_STATUS_TASK_OFFLOAD_CURRENT_CONFIG, config, sizeof *config);
}

static void lock(void *host)
{
    driver *d = host;

    ndis_acquire(&d->adapter_lock);
}

static void unlock(void *host)
{
    driver *d = host;

    ndis_release(&d->adapter_lock);
}

static void describe(driver *d, sao_adapter_config *config)
{
    sao_adapter_config_init(config);
    config->profile = ndis_profile(d->ndis); /* all the difference between 6.20 and 6.30 */
    config->capabilities =
        (NDIS_IPSEC_OFFLOAD_V2){.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3,
                                .Esp = 1,
                                .Transport = 1,
                                .Tunnel = 1,
                                .EncryptionAlgorithms = SAO_ENCRYPTION_CHACHA20_POLY1305,
                                .SaOffloadCapacity = NIC_SAS};
    config->backend_ops = &driver_backend_ops;
    config->backend = d;
    config->host = (sao_adapter_host){.request_complete = driver_request_complete,
                                      .life_complete = life_complete,
                                      .current_config = current_config,
                                      .lock = lock,
                                      .unlock = unlock};
    config->host_context = d;
}

/* ---- from Halted and back -------------------------------------------------------------- */

static void free_driver(driver *d)
{
    if (d->adapter_memory != NULL)
        ndis_free(d->adapter_memory, d->adapter_size);
    ndis_free(d, sizeof *d);
}

static NDIS_STATUS make_adapter(driver *d)
{
    sao_adapter_config config;

    describe(d, &config);
    d->adapter_size = sao_adapter_size(&config);
    d->adapter_memory = ndis_allocate(d->adapter_size);
    if (d->adapter_memory == NULL)
        return NDIS_STATUS_RESOURCES;
    return sao_adapter_init(d->adapter_memory, d->adapter_size, &config, &d->adapter, NULL);
}

static NDIS_STATUS miniport_initialize(ndis_adapter *ndis, void **context)
{
    driver *d = ndis_allocate(sizeof *d);
    NDIS_STATUS status;

    if (d == NULL)
        return NDIS_STATUS_RESOURCES;
    d->ndis = ndis;
    d->device = ndis_device(ndis);
    driver_requests_init(d);
    status = make_adapter(d);
    if (status == NDIS_STATUS_SUCCESS)
        status = sao_adapter_initialize(d->adapter); /* never PENDING: the NIC answers at once */
    if (status != NDIS_STATUS_SUCCESS) {
        free_driver(d);
        return status;
    }
    *context = d;
    return status;
}

/* The NIC forgets its keys, and writes into our memory no more. */
static void switch_off(driver *d)
{
    if (d->on) {
        d->device->registers.interrupt_mask = 0;
        d->device->registers.control = NIC_RESET;
    }
    d->on = false;
}

/* NDIS comes here only from Paused, with nothing outstanding (OID-6). */
static void miniport_halt(void *context)
{
    driver *d = context;
    const NDIS_STATUS status = sao_adapter_halt(d->adapter);

    SAO_ASSERT(status == NDIS_STATUS_SUCCESS);
    (void)status;
    switch_off(d);
    ndis_flush(d->ndis);
    free_driver(d);
}

static NDIS_STATUS happens(driver *d, sao_life_event event)
{
    const NDIS_STATUS status = sao_adapter_life(d->adapter, event);

    if (status == NDIS_STATUS_PENDING)
        ndis_queue_dpc(d->ndis); /* there may be steps left that wait for nothing */
    return status;
}

static NDIS_STATUS miniport_pause(void *context)
{
    return happens(context, SAO_LIFE_PAUSE);
}

static NDIS_STATUS miniport_restart(void *context)
{
    return happens(context, SAO_LIFE_RESTART);
}

/* ---- interruptions --------------------------------------------------------------------- */

static NDIS_STATUS miniport_reset(void *context, BOOLEAN *addressing_reset)
{
    *addressing_reset = 0;
    return happens(context, SAO_LIFE_RESET);
}

NDIS_STATUS driver_set_power(driver *d, ndis_oid_request *request)
{
    const ndis_power *power = request->buffer;

    if (request->buffer_length < sizeof *power) {
        request->bytes_needed = sizeof *power;
        return NDIS_STATUS_BUFFER_TOO_SHORT;
    }
    d->power_request = request;
    request->bytes_read = sizeof *power;
    return happens(d, *power == NDIS_POWER_D0 ? SAO_LIFE_WAKE : SAO_LIFE_SLEEP);
}

/* The NIC has been pulled out. First nothing new begins, then what the NIC had is finished, then
 * the adapter frees the bundles by itself (REM-2); pause and halt will follow. */
static void miniport_surprise_removal(void *context)
{
    driver *d = context;

    d->on = false;
    (void)happens(d, SAO_LIFE_REMOVE); /* PENDING or done: NDIS waits for neither */
    driver_flush_packets(d, NDIS_STATUS_NOT_ACCEPTED, false);
    ndis_queue_dpc(d->ndis);
}

/* The machine goes down: keys are wiped, memory is not freed. */
static void miniport_shutdown(void *context)
{
    driver *d = context;

    (void)happens(d, SAO_LIFE_SHUTDOWN);
    switch_off(d);
}

const ndis_miniport driver_miniport = {
    .initialize = miniport_initialize,
    .halt = miniport_halt,
    .pause = miniport_pause,
    .restart = miniport_restart,
    .shutdown = miniport_shutdown,
    .reset = miniport_reset,
    .surprise_removal = miniport_surprise_removal,
    .oid_request = driver_oid_request,
    .direct_oid_request = driver_oid_request,
    .cancel_direct_oid_request = driver_cancel,
    .send = driver_send_packet,
    .return_packet = driver_return_packet,
    .isr = driver_isr,
    .dpc = driver_dpc,
    .timer = driver_dpc,
};
