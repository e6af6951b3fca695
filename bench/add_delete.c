// SPDX-License-Identifier: BSD-2-Clause
/*
 * add_delete.c: bundles that come and go, each by a request of its own, while the rest stays.
 *
 * A repetition deletes some families and adds them again. "add" is of bundles that find no
 * mirror image, "add_guess" of those that find one and are paired with it (PAIR-2).
 */
#include "measure.h"
#include "population.h"

#include <stdlib.h>

#define FAMILIES 32u /* in one repetition */
#define DELETES (FAMILIES * POPULATION_FAMILY)
#define GUESSES FAMILIES
#define ADDS (DELETES - GUESSES)

typedef struct churn {
    population people;
    uint32_t *order; /* of all families */
    uint32_t next;
    uint32_t families;

    uint32_t numbers[DELETES]; /* this time's; those that will find a mirror image stand last */
    sao_request requests[DELETES];
    population_add adds[DELETES];
    IPSEC_OFFLOAD_V2_DELETE_SA deletes[DELETES];
} churn;

/* The second half of each pair stands behind all others. */
static void choose(churn *c)
{
    uint32_t *lone = c->numbers, *guessed = &c->numbers[ADDS];

    for (uint32_t i = 0; i < FAMILIES; i++) {
        const uint32_t first = c->order[c->next] * POPULATION_FAMILY;

        c->next = (c->next + 1) % c->families;
        *lone++ = first;
        *lone++ = first + 2;
        *lone++ = first + 3;
        *guessed++ = first + 1;
    }
}

static void delete_some(churn *c, measure *m)
{
    for (uint32_t i = 0; i < DELETES; i++)
        population_prepare_delete(&c->people, &c->requests[i], &c->deletes[i], c->numbers[i]);
    measure_start(m);
    population_run(&c->people, c->requests, DELETES);
    measure_stop(m);
}

static void add_some(churn *c, measure *m, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++)
        population_prepare_add(&c->requests[i], &c->adds[i], c->numbers[i]);
    measure_start(m);
    population_run(&c->people, &c->requests[first], count);
    measure_stop(m);
    for (uint32_t i = first; i < first + count; i++)
        c->people.handles[c->numbers[i]] = c->adds[i].element.OffloadHandle;
}

static void check_guesses(const churn *c, uint64_t expected)
{
    sao_adapter_counters counters;

    sao_adapter_get_counters(c->people.adapter, &counters);
    if (counters.pairs_guessed != expected)
        bench_quit("pairs were guessed that should not be, or the other way round");
}

int main(int argc, char **argv)
{
    const bench_options options = bench_read_options(argc, argv);
    bench_random random = bench_random_seeded(options.seed);
    churn *c = bench_allocate(1, sizeof *c);
    measure adding, guessing, deleting;
    uint64_t guesses;

    c->families = options.bundles / POPULATION_FAMILY;
    if (c->families < FAMILIES)
        bench_quit("this benchmark needs at least 128 bundles");
    population_make(&c->people, options.bundles);
    population_fill(&c->people);
    guesses = (options.bundles + 2u) / POPULATION_FAMILY; /* a last pair may have no lone ones */
    check_guesses(c, guesses);
    c->order = bench_allocate(c->families, sizeof *c->order);
    bench_shuffle(&random, c->order, c->families);

    measure_init(&adding, "add", &options, ADDS);
    measure_init(&guessing, "add_guess", &options, GUESSES);
    measure_init(&deleting, "delete", &options, DELETES);
    while (measure_wants_more(&adding)) {
        choose(c);
        delete_some(c, &deleting);
        add_some(c, &adding, 0, ADDS);
        check_guesses(c, guesses);
        add_some(c, &guessing, ADDS, GUESSES);
        guesses += GUESSES;
        check_guesses(c, guesses);
    }
    measure_print(&adding);
    measure_print(&guessing);
    measure_print(&deleting);
    population_free(&c->people);
    free(c->order);
    free(c);
    return 0;
}
