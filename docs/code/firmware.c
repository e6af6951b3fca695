// SPDX-License-Identifier: BSD-2-Clause
// firmware.c: the code of docs/for-other-systems.md: an adapter in memory that the linker gives.
#include <saoffload/adapter.h>

static NDIS_STATUS engine_add(void *engine, const sao_bundle *bundle, void **context,
                              sao_ticket ticket)
{
    (void)engine, (void)bundle, (void)context, (void)ticket;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS engine_remove(void *engine, const sao_bundle *bundle, sao_ticket ticket)
{
    (void)engine, (void)bundle, (void)ticket;
    return NDIS_STATUS_SUCCESS;
}

static const sao_backend_ops engine_ops = {
    .size = sizeof engine_ops, .add = engine_add, .remove = engine_remove};

// begin firmware
/* Where an adapter with eight bundles lives; there is no heap. */
static union {
    max_align_t align;
    uint8_t bytes[8192];
} memory;

static sao_adapter *start(void)
{
    sao_adapter_config config;
    sao_adapter *adapter;

    sao_adapter_config_init(&config);
    config.capabilities.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3;
    config.capabilities.Tunnel = 1;
    config.capabilities.Esp = 1;
    config.capabilities.EncryptionAlgorithms = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256;
    config.capabilities.SaOffloadCapacity = 8;
    config.backend_ops = &engine_ops;
    if (sao_adapter_init(&memory, sizeof memory, &config, &adapter, NULL) != NDIS_STATUS_SUCCESS)
        return NULL; // RESOURCES: the memory is too small
    if (sao_adapter_initialize(adapter) != NDIS_STATUS_SUCCESS)
        return NULL;
    return adapter;
}
// end firmware

// begin loop
/* The main loop, after each interrupt: does what is due, says whether there is more. */
static bool main_loop_once(sao_adapter *adapter, uint64_t ticks)
{
    return sao_adapter_poll(adapter, ticks, 16).more;
}
// end loop

int main(void)
{
    sao_adapter *adapter = start();

    return adapter != NULL && !main_loop_once(adapter, 1) ? 0 : 1;
}
