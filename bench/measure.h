// SPDX-License-Identifier: BSD-2-Clause
/*
 * measure.h: does a piece of work again and again, times it, and prints what came out.
 *
 *     bench_options options = bench_read_options(argc, argv);
 *     measure m;
 *
 *     measure_init(&m, "lookup", &options, OPERATIONS);
 *     while (measure_wants_more(&m)) {
 *         ...                  // prepare; not timed
 *         measure_start(&m);
 *         ...                  // OPERATIONS operations; nothing is allocated or printed here
 *         measure_stop(&m);
 *     }
 *     measure_print(&m);
 *
 * The first repetitions are a warm-up and do not count. Under callgrind what lies between start
 * and stop is instrumented and nothing else, so preparing runs fast; each repetition becomes a
 * part of callgrind's output that is named "<name> <operations>" (count.py).
 *
 * What is printed is one line of JSON for each measure, which scripts/bench collects.
 */
#ifndef SAO_BENCH_MEASURE_H
#define SAO_BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_WARM_UPS 2u

typedef struct bench_options {
    uint32_t bundles;
    uint32_t repetitions; /* that count */
    uint32_t seed;        /* of the order in which things are touched */
} bench_options;

/* Reads --bundles, --repetitions and --seed, or says what is wrong and ends the program. */
bench_options bench_read_options(int argc, char **argv);

/* Says why the program cannot go on, and ends it. */
_Noreturn void bench_quit(const char *why);

/* Zeroed memory, or the end of the program. */
void *bench_allocate(size_t count, size_t size);

/* Takes a result, so that the compiler cannot leave out the work behind it. */
void bench_consume(uint64_t value);

/* ---- random order ---------------------------------------------------------------------- */

typedef struct bench_random {
    uint64_t state;
} bench_random;

bench_random bench_random_seeded(uint32_t seed);
/* From 0 to `limit` - 1. */
uint32_t bench_random_below(bench_random *random, uint32_t limit);
/* Shuffles 0 to `count` - 1 into `order`. */
void bench_shuffle(bench_random *random, uint32_t *order, uint32_t count);

/* ---- measuring ------------------------------------------------------------------------- */

typedef struct measure {
    const char *name;
    bench_options options;
    uint32_t operations; /* in one repetition */
    uint32_t started;    /* repetitions, warm-ups included */
    uint64_t start;      /* ns */
    double *samples;     /* ns an operation */
} measure;

/* Where half of the samples lie, around the median. */
typedef struct measure_spread {
    double median;
    double low;  /* a quarter is below */
    double high; /* a quarter is above */
} measure_spread;

void measure_init(measure *m, const char *name, const bench_options *options, uint32_t operations);
bool measure_wants_more(const measure *m);
void measure_start(measure *m);
void measure_stop(measure *m);

measure_spread measure_spread_of(const measure *m);
/* Of what each repetition of `m` took, as a multiple of the same repetition of `base`. */
measure_spread measure_ratio(const measure *m, const measure *base);

/* Prints the line, and frees the samples. */
void measure_print(measure *m);

#endif /* SAO_BENCH_MEASURE_H */
