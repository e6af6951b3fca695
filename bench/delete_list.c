// SPDX-License-Identifier: BSD-2-Clause
/*
 * delete_list.c: one DELETE request for all bundles of an adapter: a list of n elements is to
 * take n times what one takes, however long it is.
 */
#include "measure.h"
#include "population.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
    const bench_options options = bench_read_options(argc, argv);
    IPSEC_OFFLOAD_V2_DELETE_SA *list = bench_allocate(options.bundles, sizeof *list);
    bench_random random = bench_random_seeded(options.seed);
    uint32_t *order = bench_allocate(options.bundles, sizeof *order);
    population people;
    measure m;

    population_make(&people, options.bundles);
    population_fill(&people);
    bench_shuffle(&random, order, options.bundles);
    measure_init(&m, "delete_list", &options, options.bundles);
    while (measure_wants_more(&m)) {
        sao_request request;

        for (uint32_t i = 0; i < options.bundles; i++)
            population_describe_delete(&people, &list[i], order[i],
                                       i + 1 < options.bundles ? &list[i + 1] : NULL);
        sao_request_init(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, list,
                         (ULONG)(options.bundles * sizeof *list));
        measure_start(&m);
        population_run(&people, &request, 1);
        measure_stop(&m);
        if (request.elements_done != options.bundles)
            bench_quit("not all bundles were deleted");
        population_fill(&people);
    }
    measure_print(&m);
    population_free(&people);
    free(order);
    free(list);
    return 0;
}
