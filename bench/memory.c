// SPDX-License-Identifier: BSD-2-Clause
/* memory.c: the bytes that an adapter and a soft NIC need, for each of the bundles they hold. */
#include "measure.h"
#include "population.h"

#include "core/record.h"

#include <saoffload/soft_nic.h>

#include <inttypes.h>
#include <stdio.h>

static void no_transmit(void *wire, const sao_packet *packet)
{
    (void)wire;
    (void)packet;
}

static void no_release(void *wire, sao_packet *packet)
{
    (void)wire;
    (void)packet;
}

static size_t soft_nic_size(uint32_t slots)
{
    sao_soft_nic_config config;

    sao_soft_nic_config_init(&config);
    config.capabilities.SaOffloadCapacity = slots;
    config.provider = sao_crypto_sodium();
    config.wire = (sao_soft_nic_wire){no_transmit, no_release, NULL};
    return sao_soft_nic_size(&config);
}

int main(int argc, char **argv)
{
    const bench_options options = bench_read_options(argc, argv);
    sao_adapter_config config;
    uint32_t slots;
    size_t adapter, nic;

    population_configure(&config, options.bundles);
    slots = config.capabilities.SaOffloadCapacity;
    adapter = sao_adapter_size(&config);
    nic = soft_nic_size(slots);
    if (adapter == 0 || nic == 0)
        bench_quit("a configuration was refused");
    printf("{\"name\": \"memory\", \"bundles\": %" PRIu32 ", \"slots\": %" PRIu32
           ", \"record_bytes\": %zu, \"adapter_bytes\": %zu, \"adapter_bytes_a_slot\": %.1f"
           ", \"soft_nic_bytes\": %zu, \"soft_nic_bytes_a_slot\": %.1f}\n",
           options.bundles, slots, sizeof(sao_record), adapter, (double)adapter / slots, nic,
           (double)nic / slots);
    return 0;
}
