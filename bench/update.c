// SPDX-License-Identifier: BSD-2-Clause
/* update.c: UPDATE_SA of the high half of sequence numbers, of random bundles (UPD-1). */
#include "measure.h"
#include "population.h"

#include <stdlib.h>

#define UPDATES 128u /* in one repetition */

int main(int argc, char **argv)
{
    const bench_options options = bench_read_options(argc, argv);
    bench_random random = bench_random_seeded(options.seed);
    IPSEC_OFFLOAD_V2_UPDATE_SA *updates = bench_allocate(UPDATES, sizeof *updates);
    sao_request *requests = bench_allocate(UPDATES, sizeof *requests);
    sao_bundle bundle;
    population people;
    uint32_t number = 0;
    measure m;

    population_make(&people, options.bundles);
    population_fill(&people);
    measure_init(&m, "update", &options, UPDATES);
    while (measure_wants_more(&m)) {
        for (uint32_t i = 0; i < UPDATES; i++) {
            number = bench_random_below(&random, options.bundles);
            population_prepare_update(&people, &requests[i], &updates[i], number, m.started + 1);
        }
        measure_start(&m);
        population_run(&people, requests, UPDATES);
        measure_stop(&m);
    }
    if (sao_adapter_query(people.adapter, people.handles[number], &bundle, NULL) !=
            NDIS_STATUS_SUCCESS ||
        bundle.sa[0].sequence_high != m.started)
        bench_quit("an update had no effect");
    measure_print(&m);
    population_free(&people);
    free(requests);
    free(updates);
    return 0;
}
