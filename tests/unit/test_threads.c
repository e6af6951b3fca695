// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_threads.c: the adapter between threads that know nothing of each other: two for packets, two
 * for requests and their cancels, two that poll, the hardware, which answers late, and the host,
 * which resets, sleeps, wakes, pauses and restarts. Built with -fsanitize=thread, it is the check
 * of all that takes no lock. SAO_SEED=n repeats the threads' choices, though not their order;
 * SAO_ROUNDS=n asks for that many requests of each thread.
 */
#include "support/crowd.h"
#include "support/rig_keys.h"

#include <sched.h>
#include <time.h>

#define ROUNDS 1500u

/* ---- polls, and the adapter's life ----------------------------------------------------- */

static void *polls(void *context)
{
    world *w = context;
    dice d = new_dice(w);

    while (!atomic_load(&w->stop))
        if (!sao_adapter_poll(w->adapter, 0, below(&d, 8)).more)
            (void)sched_yield();
    return NULL;
}

/* Is it one by whose end every request that pends is over (RST-2, PWR-1)? */
static bool ends_requests(const world *w, sao_life_event event)
{
    return event == SAO_LIFE_SLEEP ||
           (event == SAO_LIFE_RESET && w->profile >= SAO_PROFILE_NDIS_6_30);
}

static void mark_pending(world *w)
{
    check(pthread_mutex_lock(&w->bench) == 0);
    for (uint32_t i = 0; i < JOBS_MAX; i++)
        if (w->jobs[i] != NULL && w->jobs[i]->state == JOB_PENDING)
            w->jobs[i]->before = true;
    check(pthread_mutex_unlock(&w->bench) == 0);
}

static void check_marked(world *w)
{
    check(pthread_mutex_lock(&w->bench) == 0);
    for (uint32_t i = 0; i < JOBS_MAX; i++)
        check(w->jobs[i] == NULL || !w->jobs[i]->before);
    check(pthread_mutex_unlock(&w->bench) == 0);
}

static void life_complete(void *host, sao_life_event event, NDIS_STATUS status)
{
    world *w = host;

    if (ends_requests(w, event))
        check_marked(w);
    w->outcome[event] = status;
    check(atomic_fetch_add(&w->told[event], 1) == 0);
}

/* The event, to its end. */
static NDIS_STATUS happen(world *w, sao_life_event event)
{
    NDIS_STATUS status;

    if (ends_requests(w, event))
        mark_pending(w);
    atomic_store(&w->told[event], 0);
    status = sao_adapter_life(w->adapter, event);
    if (status != NDIS_STATUS_PENDING) {
        if (ends_requests(w, event))
            check_marked(w);
        return status;
    }
    while (atomic_load(&w->told[event]) == 0)
        (void)sched_yield();
    return w->outcome[event];
}

static void sleep_and_wake(world *w)
{
    check(happen(w, SAO_LIFE_SLEEP) == NDIS_STATUS_SUCCESS);
    check(happen(w, SAO_LIFE_WAKE) != NDIS_STATUS_INVALID_STATE);
}

static void *lives(void *context)
{
    world *w = context;
    dice d = new_dice(w);

    while (atomic_load(&w->submitters) != 0) {
        uint32_t choice = below(&d, 3);

        if (choice == 0) {
            check(happen(w, SAO_LIFE_RESET) != NDIS_STATUS_INVALID_STATE);
        } else if (choice == 1 && w->profile >= SAO_PROFILE_NDIS_6_30) {
            sleep_and_wake(w);
        } else {
            check(happen(w, SAO_LIFE_PAUSE) == NDIS_STATUS_SUCCESS);
            if (choice == 1)
                sleep_and_wake(w);
            check(happen(w, SAO_LIFE_RESTART) == NDIS_STATUS_SUCCESS);
        }
        for (uint32_t i = below(&d, 400); i > 0; i--)
            (void)sched_yield();
    }
    return NULL;
}

/* ---- the host -------------------------------------------------------------------------- */

static void take_lock(void *host)
{
    check(pthread_mutex_lock(&((world *)host)->lock) == 0);
}

static void give_lock(void *host)
{
    check(pthread_mutex_unlock(&((world *)host)->lock) == 0);
}

static sao_adapter_config configuration(world *w)
{
    sao_adapter_config config;

    sao_adapter_config_init(&config);
    config.capabilities =
        (NDIS_IPSEC_OFFLOAD_V2){.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3,
                                .Esp = 1,
                                .Transport = 1,
                                .Tunnel = 1,
                                .ExtendedSequenceNumbers = 1,
                                .EncryptionAlgorithms = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256,
                                .SaOffloadCapacity = CAPACITY};
    config.profile = w->profile;
    config.queues = 2;
    config.elements_per_step = 1; /* many steps, so many places to meet */
    config.steps_per_submit = 3;
    config.backend_ops = &crowd_backend_ops;
    config.backend = w;
    config.host = (sao_adapter_host){.request_complete = crowd_request_complete,
                                     .life_complete = life_complete,
                                     .lock = take_lock,
                                     .unlock = give_lock};
    config.host_context = w;
    return config;
}

/* Before there are threads. */
static void begin(world *w, sao_life_event event)
{
    if (sao_adapter_life(w->adapter, event) != NDIS_STATUS_PENDING)
        return;
    sao_adapter_backend_done(w->adapter, w->answers[--w->answer_count].ticket, NDIS_STATUS_SUCCESS);
    (void)sao_adapter_poll(w->adapter, 0, 0);
    assert_int_equal(atomic_load(&w->told[event]), 1);
}

static void encapsulate(world *w)
{
    rig_buffer buffer = rig_build_encapsulation(NDIS_ENCAPSULATION_IEEE_802_3);
    sao_request request;

    sao_request_init(&request, OID_OFFLOAD_ENCAPSULATION, buffer.bytes, buffer.length);
    assert_status(sao_adapter_request(w->adapter, &request), NDIS_STATUS_SUCCESS);
    free(buffer.bytes);
}

/* Every request is over, and the hardware has answered. */
static bool at_rest(world *w)
{
    bool rest = w->answer_count == 0;

    for (uint32_t i = 0; i < JOBS_MAX; i++)
        rest = rest && w->jobs[i] == NULL;
    return rest;
}

static void wait_for_rest(world *w)
{
    bool rest = false;

    while (!rest) {
        (void)sched_yield();
        check(pthread_mutex_lock(&w->bench) == 0);
        rest = at_rest(w);
        check(pthread_mutex_unlock(&w->bench) == 0);
    }
}

static void run_threads(world *w)
{
    static void *(*const bodies[])(void *) = {crowd_packets,  crowd_packets, crowd_requests,
                                              crowd_requests, polls,         polls,
                                              crowd_hardware, lives};
    enum { THREADS = sizeof bodies / sizeof bodies[0] };
    pthread_t threads[THREADS];

    atomic_store(&w->submitters, 2);
    for (uint32_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, bodies[i], w), 0);
    for (uint32_t i = 0; i < THREADS; i++) {
        if (bodies[i] == crowd_requests || bodies[i] == lives)
            assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    wait_for_rest(w);
    atomic_store(&w->stop, true);
    for (uint32_t i = 0; i < THREADS; i++) {
        if (bodies[i] != crowd_requests && bodies[i] != lives)
            assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

static void assert_clean(world *w, const uint8_t *memory, size_t size)
{
    sao_adapter_counters counters;

    sao_adapter_get_counters(w->adapter, &counters);
    assert_int_equal(counters.flights, 0);
    assert_int_equal(counters.held, 0);
    assert_int_equal(counters.bundles, 0);
    assert_int_equal(counters.requests, 0);
    assert_int_equal(counters.bundles_added, counters.bundles_deleted + counters.bundles_retired);
    for (uint32_t i = 0; i < CAPACITY; i++)
        assert_int_equal(atomic_load(&w->flying[i]), 0);
    for (size_t at = 0; at + RIG_KEY_PATTERN_LENGTH <= size; at++)
        assert_memory_not_equal(memory + at, rig_key_pattern, RIG_KEY_PATTERN_LENGTH);
    assert_int_not_equal(atomic_load(&w->processed), 0); /* the threads did meet */
    assert_int_not_equal(atomic_load(&w->sent), 0);
    assert_int_not_equal(atomic_load(&w->added), 0);
}

static void run_world(sao_profile profile, uint32_t seed, uint32_t rounds)
{
    world *w = calloc(1, sizeof *w);
    sao_adapter_config config;
    size_t size;
    void *memory;

    assert_non_null(w);
    w->profile = profile;
    w->seed = seed;
    w->rounds = rounds;
    atomic_store(&w->chance, seed);
    assert_int_equal(pthread_mutex_init(&w->lock, NULL), 0);
    assert_int_equal(pthread_mutex_init(&w->bench, NULL), 0);
    config = configuration(w);
    size = sao_adapter_size(&config);
    memory = malloc(size);
    assert_non_null(memory);
    assert_status(sao_adapter_init(memory, size, &config, &w->adapter, NULL), NDIS_STATUS_SUCCESS);
    begin(w, SAO_LIFE_INITIALIZE);
    begin(w, SAO_LIFE_RESTART);
    encapsulate(w);
    run_threads(w);
    assert_status(sao_adapter_pause(w->adapter), NDIS_STATUS_SUCCESS);
    assert_status(sao_adapter_halt(w->adapter), NDIS_STATUS_SUCCESS);
    assert_clean(w, memory, size);
    assert_int_equal(pthread_mutex_destroy(&w->lock), 0);
    assert_int_equal(pthread_mutex_destroy(&w->bench), 0);
    free(memory);
    free(w);
}

static uint32_t number_from(const char *name, uint32_t otherwise)
{
    const char *chosen = getenv(name);

    return chosen != NULL ? (uint32_t)strtoul(chosen, NULL, 0) : otherwise;
}

static void threads_do_not_disturb_each_other(void **state)
{
    uint32_t seed = number_from("SAO_SEED", (uint32_t)time(NULL));
    uint32_t rounds = number_from("SAO_ROUNDS", ROUNDS);

    (void)state;
    print_message("SAO_SEED=%u repeats the choices of this run\n", (unsigned)seed);
    run_world(SAO_PROFILE_NDIS_6_20, seed, rounds);
    run_world(SAO_PROFILE_NDIS_6_30, seed, rounds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_disturb_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
