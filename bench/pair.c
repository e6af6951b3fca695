// SPDX-License-Identifier: BSD-2-Clause
/*
 * pair.c: the explicit call, on pairs that were guessed when they were added (PAIR-2). Each call
 * undoes the old pair: files both halves among the unpaired, takes them out, and joins them.
 */
#include "measure.h"
#include "population.h"

#include <stdlib.h>

#define PAIRS 64u /* in one repetition */

int main(int argc, char **argv)
{
    const bench_options options = bench_read_options(argc, argv);
    const uint32_t families = options.bundles / POPULATION_FAMILY;
    uint32_t *order = bench_allocate(families, sizeof *order);
    bench_random random = bench_random_seeded(options.seed);
    NDIS_HANDLE inbound[PAIRS], outbound[PAIRS];
    sao_adapter_counters counters;
    NDIS_STATUS failed = NDIS_STATUS_SUCCESS;
    uint32_t next = 0;
    population people;
    measure m;

    population_make(&people, options.bundles);
    population_fill(&people);
    bench_shuffle(&random, order, families);
    measure_init(&m, "pair", &options, PAIRS);
    while (measure_wants_more(&m)) {
        for (uint32_t i = 0; i < PAIRS; i++) {
            const uint32_t first = order[next] * POPULATION_FAMILY;

            inbound[i] = people.handles[first];
            outbound[i] = people.handles[first + 1];
            next = (next + 1) % families;
        }
        measure_start(&m);
        for (uint32_t i = 0; i < PAIRS; i++)
            failed |= sao_adapter_pair(people.adapter, inbound[i], outbound[i]);
        measure_stop(&m);
    }
    sao_adapter_get_counters(people.adapter, &counters);
    if (failed != NDIS_STATUS_SUCCESS || counters.pairs_explicit != (uint64_t)m.started * PAIRS)
        bench_quit("a pair was refused");
    measure_print(&m);
    population_free(&people);
    free(order);
    return 0;
}
