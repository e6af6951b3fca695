// SPDX-License-Identifier: BSD-2-Clause
#include "measure.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(SAO_BENCH_CALLGRIND)
#include <valgrind/callgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#define CALLGRIND_START_INSTRUMENTATION ((void)0)
#define CALLGRIND_STOP_INSTRUMENTATION ((void)0)
#define CALLGRIND_DUMP_STATS_AT(name) ((void)(name))
#endif

#define BUNDLES_MAX 1000000u
#define REPETITIONS_MAX 100000u

/* ---- options --------------------------------------------------------------------------- */

static void usage(FILE *file, const char *program)
{
    fprintf(file,
            "usage: %s [--bundles N] [--repetitions N] [--seed N]\n"
            "Prints one line of JSON for each thing that it measures.\n"
            "  --bundles      bundles that exist, 4 to %u; default 1000\n"
            "  --repetitions  that count, 1 to %u; default 101\n"
            "  --seed         of the order in which bundles are touched; default 1\n",
            program, BUNDLES_MAX, REPETITIONS_MAX);
}

static bool read_number(const char *text, uint32_t low, uint32_t high, uint32_t *number)
{
    char *end;
    const unsigned long long value = strtoull(text, &end, 10);

    *number = (uint32_t)value;
    return end != text && *end == '\0' && text[0] != '-' && value >= low && value <= high;
}

bench_options bench_read_options(int argc, char **argv)
{
    bench_options options = {.bundles = 1000, .repetitions = 101, .seed = 1};

    for (int i = 1; i < argc; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        bool good = false;

        if (strcmp(argv[i], "--help") == 0) {
            usage(stdout, argv[0]);
            exit(0);
        }
        if (strcmp(argv[i], "--bundles") == 0)
            good = read_number(value, 4, BUNDLES_MAX, &options.bundles);
        else if (strcmp(argv[i], "--repetitions") == 0)
            good = read_number(value, 1, REPETITIONS_MAX, &options.repetitions);
        else if (strcmp(argv[i], "--seed") == 0)
            good = read_number(value, 0, UINT32_MAX, &options.seed);
        if (!good) {
            fprintf(stderr, "%s: bad option: %s %s\n", argv[0], argv[i], value);
            usage(stderr, argv[0]);
            exit(2);
        }
    }
    return options;
}

/* ---- small things ---------------------------------------------------------------------- */

_Noreturn void bench_quit(const char *why)
{
    fprintf(stderr, "bench: %s\n", why);
    exit(1);
}

void *bench_allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL)
        bench_quit("out of memory");
    return memory;
}

static volatile uint64_t sink;

void bench_consume(uint64_t value)
{
    sink = value;
}

/* splitmix64 */
static uint64_t next_random(bench_random *random)
{
    uint64_t z = random->state += 0x9E3779B97F4A7C15u;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

bench_random bench_random_seeded(uint32_t seed)
{
    return (bench_random){seed};
}

uint32_t bench_random_below(bench_random *random, uint32_t limit)
{
    return (uint32_t)((next_random(random) >> 32) * limit >> 32);
}

void bench_shuffle(bench_random *random, uint32_t *order, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t j = bench_random_below(random, i + 1);

        order[i] = order[j];
        order[j] = i;
    }
}

/* ---- measuring ------------------------------------------------------------------------- */

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void measure_init(measure *m, const char *name, const bench_options *options, uint32_t operations)
{
    *m = (measure){.name = name, .options = *options, .operations = operations};
    m->samples = bench_allocate(options->repetitions, sizeof *m->samples);
}

bool measure_wants_more(const measure *m)
{
    return m->started < BENCH_WARM_UPS + m->options.repetitions;
}

void measure_start(measure *m)
{
    m->started++;
    m->start = now_ns();
    if (m->started > BENCH_WARM_UPS)
        CALLGRIND_START_INSTRUMENTATION;
}

void measure_stop(measure *m)
{
    uint64_t stop;

    if (m->started > BENCH_WARM_UPS && RUNNING_ON_VALGRIND) {
        char name[64];

        CALLGRIND_STOP_INSTRUMENTATION;
        (void)snprintf(name, sizeof name, "%s %" PRIu32, m->name, m->operations);
        CALLGRIND_DUMP_STATS_AT(name);
    }
    stop = now_ns();
    if (m->started > BENCH_WARM_UPS)
        m->samples[m->started - BENCH_WARM_UPS - 1u] = (double)(stop - m->start) / m->operations;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Sorts the samples. */
static measure_spread spread_of(double *samples, uint32_t count)
{
    qsort(samples, count, sizeof *samples, compare);
    return (measure_spread){samples[count / 2], samples[count / 4], samples[count - 1 - count / 4]};
}

measure_spread measure_spread_of(const measure *m)
{
    const uint32_t count = m->options.repetitions;
    double *copy = bench_allocate(count, sizeof *copy);
    measure_spread spread;

    memcpy(copy, m->samples, count * sizeof *copy);
    spread = spread_of(copy, count);
    free(copy);
    return spread;
}

measure_spread measure_ratio(const measure *m, const measure *base)
{
    const uint32_t count = m->options.repetitions;
    double *ratios = bench_allocate(count, sizeof *ratios);
    measure_spread spread;

    for (uint32_t i = 0; i < count; i++)
        ratios[i] = m->samples[i] / base->samples[i];
    spread = spread_of(ratios, count);
    free(ratios);
    return spread;
}

void measure_print(measure *m)
{
    const measure_spread ns = measure_spread_of(m);

    printf("{\"name\": \"%s\", \"bundles\": %" PRIu32 ", \"operations\": %" PRIu32
           ", \"repetitions\": %" PRIu32
           ", \"nanoseconds\": {\"median\": %.1f, \"low\": %.1f, \"high\": %.1f}}\n",
           m->name, m->options.bundles, m->operations, m->options.repetitions, ns.median, ns.low,
           ns.high);
    free(m->samples);
    m->samples = NULL;
}
