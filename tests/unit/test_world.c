// SPDX-License-Identifier: BSD-2-Clause
/* test_world.c: an arena, its parts, its snapshots, and what follows a restore or a fork. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "support/packets.h"
#include "support/rounds.h"
#include "support/town.h"

static uint32_t seed(void)
{
    const char *chosen = getenv("SAO_SEED");
    const uint32_t number =
        chosen != NULL ? (uint32_t)strtoul(chosen, NULL, 0) : (uint32_t)time(NULL);

    print_message("SAO_SEED=%u repeats this run\n", (unsigned)number);
    return number;
}

/* ---- the arena ------------------------------------------------------------------------- */

static sao_world *small_world(void *memory, size_t size)
{
    sao_world_config config;
    sao_world *world;

    sao_world_config_init(&config);
    assert_int_equal(sao_world_init(memory, size, &config, &world), NDIS_STATUS_SUCCESS);
    return world;
}

static void a_bad_beginning_is_refused(void **state)
{
    max_align_t memory[64];
    sao_world_config config;
    sao_world *world;

    (void)state;
    sao_world_config_init(&config);
    assert_int_equal(config.size, sizeof config);
    assert_false(config.simulation_keys);
    assert_int_equal(sao_world_init(memory, sao_world_size() - 1, &config, &world),
                     NDIS_STATUS_RESOURCES);
    assert_int_equal(sao_world_init(NULL, sizeof memory, &config, &world), NDIS_STATUS_RESOURCES);
    assert_int_equal(sao_world_init((uint8_t *)memory + 4, sizeof memory - 4, &config, &world),
                     NDIS_STATUS_INVALID_PARAMETER);
    assert_null(world);
    config.size++;
    assert_int_equal(sao_world_init(memory, sizeof memory, &config, &world),
                     NDIS_STATUS_INVALID_PARAMETER);
    config.size--;
    assert_int_equal(sao_world_init(memory, sao_world_size(), &config, &world),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_world_used(world), sao_world_size());
    assert_null(sao_world_add_data(world, "none", 0, NULL));
}

/* The memory is of the exact size, so that a sanitizer sees an overrun. */
static void parts_are_zero_aligned_named_and_fit_exactly(void **state)
{
    const size_t size = sao_world_size() + sao_world_part_size(1) +
                        sao_world_part_size(sizeof(sao_request)) +
                        sao_world_part_size(sizeof(sao_packet) + 100);
    uint8_t *memory = malloc(size);
    sao_world *world;
    uint8_t *data;
    sao_request *request;
    sao_packet *packet;

    (void)state;
    memset(memory, 0xEE, size);
    world = small_world(memory, size);
    assert_null(sao_world_add_data(world, "most", SIZE_MAX, NULL));
    assert_null(sao_world_add_data(world, "most", SIZE_MAX - 200, NULL));
    data = sao_world_add_data(world, "data", 1, NULL);
    request = sao_world_add_request(world, "request");
    packet = sao_world_add_packet(world, "packet", 100);
    assert_true(data != NULL && request != NULL && packet != NULL);
    assert_int_equal(*data, 0);
    assert_int_equal(request->oid, 0);
    assert_int_equal(packet->capacity, 100);
    assert_int_equal((uintptr_t)data % _Alignof(max_align_t), 0);
    memset(packet->data, 1, packet->capacity);
    assert_int_equal(sao_world_used(world), size);
    assert_null(sao_world_add_data(world, "more", 1, NULL));
    assert_null(sao_world_add_request(world, "more"));
    assert_null(sao_world_add_packet(world, "more", 0));
    assert_ptr_equal(sao_world_find(world, "data"), data);
    assert_ptr_equal(sao_world_find(world, "request"), request);
    assert_ptr_equal(sao_world_find(world, "packet"), packet);
    assert_null(sao_world_find(world, "dat"));
    assert_null(sao_world_find(world, "more"));
    sao_world_close(world);
    free(memory);
}

static NDIS_STATUS nothing_added(void *backend, const sao_bundle *bundle, void **context,
                                 sao_ticket ticket)
{
    (void)backend;
    (void)bundle;
    (void)context;
    (void)ticket;
    return NDIS_STATUS_RESOURCES;
}

static NDIS_STATUS nothing_removed(void *backend, const sao_bundle *bundle, sao_ticket ticket)
{
    (void)backend;
    (void)bundle;
    (void)ticket;
    return NDIS_STATUS_SUCCESS;
}

static void a_part_that_cannot_be_made_changes_nothing(void **state)
{
    static const sao_backend_ops ops = {
        .size = sizeof ops, .add = nothing_added, .remove = nothing_removed};
    const town_config config = town_defaults(1);
    town *t = town_open(&config);
    sao_world *world = t->world;
    size_t used;
    sao_adapter_config adapter;
    sao_soft_nic_config soft_nic;
    sao_transport_config transport;
    sao_adapter *made_adapter;
    sao_soft_nic *made_soft_nic;
    sao_transport *made_transport;
    const char *problem;

    (void)state;
    sao_adapter_config_init(&adapter);
    sao_soft_nic_config_init(&soft_nic);
    sao_transport_config_init(&transport);
    used = sao_world_used(world);

#define REFUSED(kind, expected)                                                                    \
    do {                                                                                           \
        problem = NULL;                                                                            \
        made_##kind = (void *)t;                                                                   \
        assert_int_equal(sao_world_add_##kind(world, "bad", &(kind), &made_##kind, &problem),      \
                         expected);                                                                \
        assert_null(made_##kind);                                                                  \
        assert_non_null(problem);                                                                  \
        assert_int_equal(sao_world_used(world), used);                                             \
        assert_null(sao_world_find(world, "bad"));                                                 \
    } while (0)

    REFUSED(adapter, NDIS_STATUS_INVALID_PARAMETER);
    REFUSED(soft_nic, NDIS_STATUS_INVALID_PARAMETER);
    REFUSED(transport, NDIS_STATUS_INVALID_PARAMETER);
    adapter.capabilities = *sao_adapter_capabilities(sao_soft_nic_adapter(t->host[0].nic));
    adapter.capabilities.SaOffloadCapacity = 10000;
    adapter.backend_ops = &ops;
    REFUSED(adapter, NDIS_STATUS_RESOURCES);
    soft_nic.capabilities = adapter.capabilities;
    soft_nic.provider = config.provider;
    soft_nic.wire = (sao_soft_nic_wire){(void (*)(void *, const sao_packet *))1,
                                        (void (*)(void *, sao_packet *))1, NULL};
    REFUSED(soft_nic, NDIS_STATUS_RESOURCES);
    transport.provider = config.provider;
    transport.miniport = sao_soft_nic_miniport(t->host[0].nic);
    transport.hooks.deliver = (void (*)(void *, const uint8_t *, size_t))1;
    transport.packets = 1000;
    REFUSED(transport, NDIS_STATUS_RESOURCES);
    adapter.capabilities.SaOffloadCapacity = 2;
    assert_int_equal(sao_world_add_adapter(world, "good", &adapter, &made_adapter, NULL),
                     NDIS_STATUS_SUCCESS);
    assert_ptr_equal(sao_world_find(world, "good"), made_adapter);
    town_close(t);
#undef REFUSED
}

/* ---- snapshots ------------------------------------------------------------------------- */

/* Bytes before the world's own. */
#define HEAD 56u

typedef struct snapshot {
    uint8_t *bytes;
    size_t size;
} snapshot;

static snapshot take(const town *t)
{
    snapshot s = {.size = sao_world_snapshot_size(t->world)};

    s.bytes = malloc(s.size);
    assert_non_null(s.bytes);
    assert_int_equal(sao_world_snapshot(t->world, s.bytes, s.size), NDIS_STATUS_SUCCESS);
    return s;
}

static void drop(snapshot *s)
{
    sao_world_wipe_snapshot(s->bytes, s->size);
    for (size_t i = 0; i < s->size; i++)
        assert_int_equal(s->bytes[i], 0);
    free(s->bytes);
}

static void put_back(const town *t, const snapshot *s)
{
    assert_int_equal(sao_world_restore(t->world, s->bytes, s->size, NULL), NDIS_STATUS_SUCCESS);
}

static void a_restore_replays_byte_for_byte(void **state)
{
    const uint32_t random = seed();
    const uint32_t rounds = test_rounds(8);
    uint32_t events = 0, frames = 0, delivered = 0;

    (void)state;
    for (uint32_t i = 0; i < rounds; i++) {
        town_config config = town_defaults(random + i);
        town *t;
        snapshot s;
        town_log once;

        config.lives = i % 2 != 0;
        t = town_open(&config);
        town_run(t, 200);
        s = take(t);
        town_forget();
        town_run(t, 300);
        once = town_seen;
        memset(&town_seen, 0, sizeof town_seen);

        put_back(t, &s);
        town_run(t, 300);
        assert_int_equal(town_seen.length, once.length);
        assert_memory_equal(town_seen.bytes, once.bytes, once.length);
        assert_int_not_equal(once.events, 0);

        put_back(t, &s); /* a snapshot may be used many times */
        town_forget();
        town_run(t, 300);
        assert_memory_equal(town_seen.bytes, once.bytes, once.length);
        events += once.events;
        frames += once.frames;
        delivered += once.delivered;
        free(once.bytes);
        drop(&s);
        town_close(t);
    }
    print_message("%u events, %u frames, %u packets delivered, twice the same\n", (unsigned)events,
                  (unsigned)frames, (unsigned)delivered);
    assert_true(frames > 20 * rounds && delivered > 5 * rounds);
    town_end_log();
}

/* Everything of the world but what says where it has been put back from. */
static void assert_refused(town *t, const snapshot *s, size_t size, NDIS_STATUS status,
                           const char *word)
{
    const size_t used = sao_world_used(t->world);
    uint8_t *before = malloc(used);
    const char *problem = NULL;

    assert_non_null(before);
    memcpy(before, t->world, used);
    assert_int_equal(sao_world_restore(t->world, s->bytes, size, &problem), status);
    assert_non_null(problem);
    assert_non_null(strstr(problem, word));
    assert_int_equal(sao_world_restore(t->world, s->bytes, size, NULL), status);
    assert_int_equal(sao_world_fork(t->world, s->bytes, size, &problem), status);
    assert_non_null(strstr(problem, word));
    assert_memory_equal(before, t->world, used);
    free(before);
}

/* The first two words next to each other that differ. */
static void swap_words(uint8_t *bytes, size_t length)
{
    uint8_t word[4];

    for (size_t i = 0; i + 8 <= length; i += 4) {
        if (memcmp(bytes + i, bytes + i + 4, 4) == 0)
            continue;
        memcpy(word, bytes + i, 4);
        memcpy(bytes + i, bytes + i + 4, 4);
        memcpy(bytes + i + 4, word, 4);
        return;
    }
}

static void what_is_no_snapshot_of_this_world_is_refused(void **state)
{
    town_config config = town_defaults(1);
    town *t = town_open(&config);
    town *other = town_open(&config);
    snapshot s = take(t);
    snapshot of_other = take(other);

    (void)state;
    town_run(t, 50);
    assert_refused(t, &s, s.size - 1, NDIS_STATUS_BUFFER_TOO_SHORT, "shorter");
    assert_refused(t, &s, 0, NDIS_STATUS_BUFFER_TOO_SHORT, "shorter");
    assert_refused(t, &of_other, of_other.size, NDIS_STATUS_INVALID_DATA, "another world");
    s.bytes[0] ^= 1; /* magic */
    assert_refused(t, &s, s.size, NDIS_STATUS_INVALID_DATA, "no snapshot");
    s.bytes[0] ^= 1;
    s.bytes[8] ^= 1; /* where the library is */
    assert_refused(t, &s, s.size, NDIS_STATUS_INVALID_DATA, "process");
    s.bytes[8] ^= 1;
    for (size_t i = HEAD; i < s.size; i += 997) { /* any byte of the world */
        s.bytes[i] ^= 0x10;
        assert_refused(t, &s, s.size, NDIS_STATUS_INVALID_DATA, "bytes");
        s.bytes[i] ^= 0x10;
    }
    swap_words(s.bytes + HEAD, s.size - HEAD);
    assert_refused(t, &s, s.size, NDIS_STATUS_INVALID_DATA, "bytes");
    swap_words(s.bytes + HEAD, s.size - HEAD);
    put_back(t, &s);
    assert_non_null(sao_world_add_data(t->world, "more", 8, NULL));
    assert_refused(t, &s, s.size, NDIS_STATUS_BUFFER_TOO_SHORT, "shorter");
    s.bytes = realloc(s.bytes, s.size + 1000); /* long enough, and still of other parts */
    s.size += 1000;
    assert_refused(t, &s, s.size, NDIS_STATUS_INVALID_DATA, "other parts");
    drop(&s);
    drop(&of_other);
    town_close(t);
    town_close(other);
    town_end_log();
}

/* In the same memory: of the same parts under other names, of other kinds, with another id. */
static void a_former_world_in_the_same_memory_is_another_one(void **state)
{
    enum { SIZE = 4096 };
    max_align_t *memory = malloc(SIZE);
    uint8_t bytes[SIZE + 256];
    sao_world_config config;
    sao_world *world;
    const char *problem;

    (void)state;
    sao_world_config_init(&config);
    for (int i = 0; i < 6; i++) {
        config.id = i == 1 ? 5 : 0;
        assert_int_equal(sao_world_init(memory, i == 5 ? SIZE - 16 : SIZE, &config, &world),
                         NDIS_STATUS_SUCCESS);
        if (i == 3)
            assert_non_null(sao_world_add_request(world, "a"));
        else
            assert_non_null(
                sao_world_add_data(world, i == 2 ? "b" : "a", sizeof(sao_request), NULL));
        if (i == 0)
            assert_int_equal(sao_world_snapshot(world, bytes, sizeof bytes), NDIS_STATUS_SUCCESS);
        else
            assert_int_equal(sao_world_restore(world, bytes, sizeof bytes, &problem),
                             i == 4 ? NDIS_STATUS_SUCCESS : NDIS_STATUS_INVALID_DATA);
    }
    assert_int_equal(sao_world_snapshot(world, bytes, sao_world_snapshot_size(world) - 1),
                     NDIS_STATUS_BUFFER_TOO_SHORT);
    free(memory);
}

static void contexts_that_cannot_be_copied_are_not(void **state)
{
    sao_crypto_provider provider = *sao_crypto_sodium();
    town_config config = town_defaults(1);
    town *t;
    snapshot s;
    const char *problem = NULL;

    (void)state;
    config.provider = &provider;
    t = town_open(&config);
    s = take(t);
    provider.flat = false;
    assert_int_equal(sao_world_snapshot(t->world, s.bytes, s.size), NDIS_STATUS_NOT_SUPPORTED);
    assert_int_equal(sao_world_restore(t->world, s.bytes, s.size, &problem),
                     NDIS_STATUS_NOT_SUPPORTED);
    assert_non_null(strstr(problem, "copied"));
    assert_int_equal(sao_world_fork(t->world, s.bytes, s.size, &problem),
                     NDIS_STATUS_NOT_SUPPORTED);
    drop(&s);
    town_close(t);
    town_end_log();
}

/* ---- branches, and IVs (TX-3) ---------------------------------------------------------- */

#define USES_MAX 65536u

typedef struct iv_use {
    uint32_t spi;
    uint64_t iv;
    uint64_t text; /* a hash of the packet */
} iv_use;

static struct {
    iv_use uses[USES_MAX];
    uint32_t count;
    uint32_t same;     /* seen before, the very same packet */
    uint32_t repeated; /* seen before, on another packet: what must not be */
} ivs;

static void note_iv(const uint8_t *ip, size_t length)
{
    iv_use use;

    memcpy(&use.spi, ip + 20, sizeof use.spi);
    memcpy(&use.iv, ip + 28, sizeof use.iv);
    use.text = 0xCBF29CE484222325u;
    for (size_t i = 20; i < length; i++)
        use.text = (use.text ^ ip[i]) * 0x100000001B3u;
    for (uint32_t i = 0; i < ivs.count; i++)
        if (ivs.uses[i].spi == use.spi && ivs.uses[i].iv == use.iv) {
            ivs.same += ivs.uses[i].text == use.text ? 1u : 0u;
            ivs.repeated += ivs.uses[i].text != use.text ? 1u : 0u;
            return;
        }
    assert_true(ivs.count < USES_MAX);
    ivs.uses[ivs.count++] = use;
}

/* Runs a town to a snapshot and on; then `branches` times back, and on in another way. */
static void run_branches(const town_config *config, uint32_t branches, bool fork)
{
    town *t;
    snapshot s;

    memset(&ivs, 0, sizeof ivs);
    town_seen.on_esp = note_iv;
    t = town_open(config);
    town_run(t, 100);
    (void)town_send(t, 0, 50, 1); /* something is under way */
    s = take(t);
    town_run(t, 200);
    assert_int_equal(ivs.repeated, 0);
    for (uint32_t i = 0; i < branches; i++) {
        if (fork)
            assert_int_equal(sao_world_fork(t->world, s.bytes, s.size, NULL), NDIS_STATUS_SUCCESS);
        else
            put_back(t, &s);
        t->random ^= 0x5EED0000u + i;
        town_run(t, 200);
        if (i % 2 != 0) { /* a fork of a fork */
            drop(&s);
            s = take(t);
        }
    }
    town_seen.on_esp = NULL;
    drop(&s);
    town_close(t);
    town_end_log();
}

static void branches_never_share_an_iv(void **state)
{
    town_config config = town_defaults(seed());

    (void)state;
    config.simulation_keys = false;
    config.lives = true;
    run_branches(&config, 12, true);
    print_message("%u IVs on 13 branches, %u packets protected before a branch\n",
                  (unsigned)ivs.count, (unsigned)ivs.same);
    assert_true(ivs.count > 300);
    assert_int_equal(ivs.repeated, 0);
}

/* That is what the other test could have seen, and why real keys are not restored. */
static void a_restore_that_goes_another_way_uses_ivs_again(void **state)
{
    town_config config = town_defaults(seed());

    (void)state;
    run_branches(&config, 3, false);
    assert_int_not_equal(ivs.repeated, 0);
}

static void real_keys_are_forked_not_restored(void **state)
{
    town_config config = town_defaults(1);
    town *t;
    snapshot s;
    const char *problem = NULL;

    (void)state;
    config.simulation_keys = false;
    t = town_open(&config);
    s = take(t);
    assert_int_equal(sao_world_epoch(t->world), 7);
    assert_int_equal(sao_world_restore(t->world, s.bytes, s.size, &problem),
                     NDIS_STATUS_NOT_ACCEPTED);
    assert_non_null(strstr(problem, "TX-3"));
    assert_int_equal(sao_world_fork(t->world, s.bytes, s.size, &problem), NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_world_epoch(t->world), 8);
    assert_int_equal(sao_world_fork(t->world, s.bytes, s.size, &problem), NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_world_epoch(t->world), 9); /* not 8 again */
    drop(&s);
    town_close(t);
    town_end_log();
}

/* Without keys there is no IV: a bare adapter's world goes back as often as one likes. */
static void a_world_without_keys_is_restored(void **state)
{
    max_align_t memory[64];
    uint8_t bytes[2048];
    sao_world *world = small_world(memory, sizeof memory);

    (void)state;
    assert_int_equal(sao_world_snapshot(world, bytes, sizeof bytes), NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_world_restore(world, bytes, sizeof bytes, NULL), NDIS_STATUS_SUCCESS);
}

static void epochs_end(void **state)
{
    town_config config = town_defaults(1);
    town *t;
    snapshot s;
    const char *problem = NULL;

    (void)state;
    config.epoch = UINT16_MAX - 1;
    t = town_open(&config);
    s = take(t);
    assert_int_equal(sao_world_fork(t->world, s.bytes, s.size, &problem), NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_world_fork(t->world, s.bytes, s.size, &problem), NDIS_STATUS_RESOURCES);
    assert_non_null(strstr(problem, "epoch"));
    assert_int_equal(sao_world_epoch(t->world), UINT16_MAX);
    put_back(t, &s);
    assert_int_equal(sao_world_fork(t->world, s.bytes, s.size, NULL), NDIS_STATUS_RESOURCES);
    drop(&s);
    town_close(t);
    town_end_log();
}

/* ---- time ------------------------------------------------------------------------------ */

static void the_world_is_due_when_its_first_part_is(void **state)
{
    const town_config config = town_defaults(1);
    town *t = town_open(&config);
    uint64_t earliest = UINT64_MAX;

    (void)state;
    assert_int_equal(sao_world_next_due(t->world), UINT64_MAX);
    assert_true(town_send(t, 0, 50, 1));
    town_run(t, 3);
    for (uint32_t i = 0; i < 300; i++) {
        uint64_t due[4];

        town_run(t, 1);
        earliest = UINT64_MAX;
        for (int side = 0; side < 2; side++) {
            due[2 * side] = sao_soft_nic_next_due(t->host[side].nic);
            due[2 * side + 1] = sao_transport_next_due(t->host[side].transport);
        }
        for (int k = 0; k < 4; k++)
            earliest = due[k] < earliest ? due[k] : earliest;
        assert_int_equal(sao_world_next_due(t->world), earliest);
    }
    town_close(t);
    town_end_log();
}

/* ---- situations ------------------------------------------------------------------------ */

#define FORM_MAX 65536u
#define NAMES_MAX 512u

typedef struct form {
    uint8_t bytes[FORM_MAX];
    size_t length;
} form;

static void write_form(town *t, form *f)
{
    static sao_name names[NAMES_MAX];
    sao_canonical writer;

    sao_canonical_init(&writer, f->bytes, sizeof f->bytes, names, NAMES_MAX);
    writer.now = t->now;
    sao_world_canonical(t->world, &writer);
    assert_int_equal(sao_canonical_finish(&writer), NDIS_STATUS_SUCCESS);
    f->length = writer.length;
}

static bool same_form(town *a, town *b)
{
    static form first, second;

    write_form(a, &first);
    write_form(b, &second);
    return first.length == second.length && memcmp(first.bytes, second.bytes, first.length) == 0;
}

/* The same random thing happens to both; what is seen of it has to be the same. */
static void do_the_same(town *a, town *b, uint32_t random)
{
    town_log first;

    a->random = random;
    b->random = random;
    town_forget();
    town_run(a, 1);
    first = town_seen;
    memset(&town_seen, 0, sizeof town_seen);
    town_seen.frames_only = true;
    town_run(b, 1);
    assert_int_equal(first.length, town_seen.length);
    if (first.length != 0)
        assert_memory_equal(first.bytes, town_seen.bytes, first.length);
    assert_int_equal(first.frames, town_seen.frames);
    assert_int_equal(first.delivered, town_seen.delivered);
    assert_int_equal(first.events, town_seen.events);
    free(first.bytes);
}

/* One has lived a life before, the other has not; then they are the same, and stay it. */
static void a_past_that_is_over_does_not_show(void **state)
{
    const uint32_t random = seed();
    const uint32_t rounds = test_rounds(6);
    uint32_t things = 0;

    (void)state;
    for (uint32_t i = 0; i < rounds; i++) {
        town_config config = town_defaults(random + i);
        town *young, *old;

        config.refuse_every = 0; /* how many adds there have been would count */
        young = town_open(&config);
        old = town_open(&config);
        town_run(old, 300);
        assert_false(same_form(young, old));
        town_settle(old);
        town_settle(young);
        assert_true(same_form(young, old));
        town_seen.frames_only = true;
        for (uint32_t k = 0; k < 200; k++) {
            do_the_same(young, old, 1u | (random * 7919u + i * 1000u + k));
            if (!same_form(young, old))
                fail_msg("thing %u leads apart", (unsigned)k);
            things++;
        }
        town_close(young);
        town_close(old);
    }
    print_message("%u things, the same for both\n", (unsigned)things);
    town_end_log();
}

/* Data that the caller writes, NICs, transports, bare adapters: each is part of it. */
static void every_part_shows(void **state)
{
    static const sao_backend_ops ops = {
        .size = sizeof ops, .add = nothing_added, .remove = nothing_removed};
    const town_config config = town_defaults(1);
    town *t = town_open(&config);
    sao_adapter_config adapter_config;
    sao_adapter *adapter;
    static form before, after;

    (void)state;
    sao_adapter_config_init(&adapter_config);
    adapter_config.capabilities = *sao_adapter_capabilities(sao_soft_nic_adapter(t->host[0].nic));
    adapter_config.backend_ops = &ops;
    assert_int_equal(sao_world_add_adapter(t->world, "adapter", &adapter_config, &adapter, NULL),
                     NDIS_STATUS_SUCCESS);
    for (int i = 0; i < 5; i++) {
        write_form(t, &before);
        if (i == 0)
            t->agreements++;
        else if (i == 1)
            sao_soft_nic_set_epoch(t->host[0].nic, 99);
        else if (i == 2)
            sao_transport_set_epoch(t->host[0].transport, 99);
        else if (i == 3)
            assert_int_equal(sao_adapter_initialize(adapter), NDIS_STATUS_SUCCESS);
        write_form(t, &after);
        assert_int_equal(before.length == after.length &&
                             memcmp(before.bytes, after.bytes, after.length) == 0,
                         i == 4);
    }
    town_close(t);
    town_end_log();
}

static void a_restored_world_has_the_form_that_it_had(void **state)
{
    const town_config config = town_defaults(seed());
    town *t = town_open(&config);
    static form before, after;
    snapshot s;

    (void)state;
    town_run(t, 100);
    write_form(t, &before);
    s = take(t);
    town_run(t, 50);
    write_form(t, &after);
    assert_false(before.length == after.length &&
                 memcmp(before.bytes, after.bytes, before.length) == 0);
    put_back(t, &s);
    write_form(t, &after);
    assert_int_equal(before.length, after.length);
    assert_memory_equal(before.bytes, after.bytes, before.length);
    print_message("%u bytes of arena, %u of form\n", (unsigned)sao_world_used(t->world),
                  (unsigned)before.length);
    drop(&s);
    town_close(t);
    town_end_log();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_beginning_is_refused),
        cmocka_unit_test(parts_are_zero_aligned_named_and_fit_exactly),
        cmocka_unit_test(a_part_that_cannot_be_made_changes_nothing),
        cmocka_unit_test(a_restore_replays_byte_for_byte),
        cmocka_unit_test(what_is_no_snapshot_of_this_world_is_refused),
        cmocka_unit_test(a_former_world_in_the_same_memory_is_another_one),
        cmocka_unit_test(contexts_that_cannot_be_copied_are_not),
        cmocka_unit_test(branches_never_share_an_iv),
        cmocka_unit_test(a_restore_that_goes_another_way_uses_ivs_again),
        cmocka_unit_test(real_keys_are_forked_not_restored),
        cmocka_unit_test(a_world_without_keys_is_restored),
        cmocka_unit_test(epochs_end),
        cmocka_unit_test(the_world_is_due_when_its_first_part_is),
        cmocka_unit_test(a_past_that_is_over_does_not_show),
        cmocka_unit_test(every_part_shows),
        cmocka_unit_test(a_restored_world_has_the_form_that_it_had),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
