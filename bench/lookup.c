// SPDX-License-Identifier: BSD-2-Clause
/*
 * lookup.c: received packets find their bundles, in bursts, in random order.
 *
 * As a driver does it: all packets of a burst are decided on, then what processing them needs of
 * their bundles is read, then they are indicated and returned.
 */
#include "measure.h"
#include "population.h"

#define BURST 32u
#define BURSTS 32u /* in one repetition */

/* What a driver would need to process the packet. */
static uint64_t read_bundle(const sao_flight *flight)
{
    const sao_bundle *bundle = flight->bundle;
    const sao_bundle_sa *sa = &bundle->sa[0];

    return (uintptr_t)bundle->backend_context + bundle->index + flight->sequence_high[0] +
           sa->encryption + sa->icv_length + (uintptr_t)sa->encryption_key;
}

static uint64_t receive_burst(sao_adapter *adapter, const sao_packet_info *packets)
{
    const sao_packet_info *all[BURST];
    sao_flight flights[BURST];
    uint64_t sum = 0;

    for (uint32_t i = 0; i < BURST; i++)
        all[i] = &packets[i];
    sao_adapter_receive_prefetch(adapter, all, BURST);
    for (uint32_t i = 0; i < BURST; i++)
        if (sao_adapter_receive(adapter, 0, &packets[i], &flights[i]) != SAO_RECEIVE_PROCESS)
            bench_quit("a packet found no bundle");
    for (uint32_t i = 0; i < BURST; i++)
        sum += read_bundle(&flights[i]);
    for (uint32_t i = 0; i < BURST; i++) {
        sao_adapter_receive_indicated(adapter, &flights[i]);
        sao_adapter_receive_returned(adapter, 0);
    }
    return sum;
}

int main(int argc, char **argv)
{
    const bench_options options = bench_read_options(argc, argv);
    bench_random random = bench_random_seeded(options.seed);
    static sao_packet_info packets[BURSTS][BURST];
    population people;
    measure m;

    population_make(&people, options.bundles);
    population_fill(&people);
    measure_init(&m, "lookup", &options, BURSTS * BURST);
    while (measure_wants_more(&m)) {
        uint64_t sum = 0;

        for (uint32_t i = 0; i < BURSTS * BURST; i++)
            packets[i / BURST][i % BURST] =
                population_packet(bench_random_below(&random, options.bundles / 2) * 2);
        measure_start(&m);
        for (uint32_t i = 0; i < BURSTS; i++)
            sum += receive_burst(people.adapter, packets[i]);
        measure_stop(&m);
        bench_consume(sum);
    }
    measure_print(&m);
    population_free(&people);
    return 0;
}
