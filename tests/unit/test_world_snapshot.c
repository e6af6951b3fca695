// SPDX-License-Identifier: BSD-2-Clause
/* test_world_snapshot.c: what a restore and a fork bring back. SAO_SEED=n repeats a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/rounds.h"
#include "support/town.h"

/* ---- snapshots ------------------------------------------------------------------------- */

/* Bytes before the world's own. */
#define HEAD 56u

static void a_restore_replays_byte_for_byte(void **state)
{
    const uint32_t random = test_seed();
    const uint32_t rounds = test_rounds(8);
    uint32_t events = 0, frames = 0, delivered = 0;

    (void)state;
    for (uint32_t i = 0; i < rounds; i++) {
        town_config config = town_defaults(random + i);
        town *t;
        town_snapshot s;
        town_log once;

        config.lives = i % 2 != 0;
        t = town_open(&config);
        town_run(t, 200);
        s = town_take(t);
        town_forget();
        town_run(t, 300);
        once = town_seen;
        memset(&town_seen, 0, sizeof town_seen);

        town_put_back(t, &s);
        town_run(t, 300);
        assert_int_equal(town_seen.length, once.length);
        assert_memory_equal(town_seen.bytes, once.bytes, once.length);
        assert_int_not_equal(once.events, 0);

        town_put_back(t, &s); /* a snapshot may be used many times */
        town_forget();
        town_run(t, 300);
        assert_memory_equal(town_seen.bytes, once.bytes, once.length);
        events += once.events;
        frames += once.frames;
        delivered += once.delivered;
        free(once.bytes);
        town_drop(&s);
        town_close(t);
    }
    print_message("%u events, %u frames, %u packets delivered, twice the same\n", (unsigned)events,
                  (unsigned)frames, (unsigned)delivered);
    assert_true(frames > 20 * rounds && delivered > 5 * rounds);
    town_end_log();
}

/* Everything of the world but what says where it has been put back from. */
static void assert_refused(town *t, const town_snapshot *s, size_t size, NDIS_STATUS status,
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
    town_snapshot s = town_take(t);
    town_snapshot of_other = town_take(other);

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
    town_put_back(t, &s);
    assert_non_null(sao_world_add_data(t->world, "more", 8, NULL));
    assert_refused(t, &s, s.size, NDIS_STATUS_BUFFER_TOO_SHORT, "shorter");
    s.bytes = realloc(s.bytes, s.size + 1000); /* long enough, and still of other parts */
    s.size += 1000;
    assert_refused(t, &s, s.size, NDIS_STATUS_INVALID_DATA, "other parts");
    town_drop(&s);
    town_drop(&of_other);
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
    town_snapshot s;
    const char *problem = NULL;

    (void)state;
    config.provider = &provider;
    t = town_open(&config);
    s = town_take(t);
    provider.flat = false;
    assert_int_equal(sao_world_snapshot(t->world, s.bytes, s.size), NDIS_STATUS_NOT_SUPPORTED);
    assert_int_equal(sao_world_restore(t->world, s.bytes, s.size, &problem),
                     NDIS_STATUS_NOT_SUPPORTED);
    assert_non_null(strstr(problem, "copied"));
    assert_int_equal(sao_world_fork(t->world, s.bytes, s.size, &problem),
                     NDIS_STATUS_NOT_SUPPORTED);
    town_drop(&s);
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
    town_snapshot s;

    memset(&ivs, 0, sizeof ivs);
    town_seen.on_esp = note_iv;
    t = town_open(config);
    town_run(t, 100);
    (void)town_send(t, 0, 50, 1); /* something is under way */
    s = town_take(t);
    town_run(t, 200);
    assert_int_equal(ivs.repeated, 0);
    for (uint32_t i = 0; i < branches; i++) {
        if (fork)
            assert_int_equal(sao_world_fork(t->world, s.bytes, s.size, NULL), NDIS_STATUS_SUCCESS);
        else
            town_put_back(t, &s);
        t->random ^= 0x5EED0000u + i;
        town_run(t, 200);
        if (i % 2 != 0) { /* a fork of a fork */
            town_drop(&s);
            s = town_take(t);
        }
    }
    town_seen.on_esp = NULL;
    town_drop(&s);
    town_close(t);
    town_end_log();
}

static void branches_never_share_an_iv(void **state)
{
    town_config config = town_defaults(test_seed());

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
    town_config config = town_defaults(test_seed());

    (void)state;
    run_branches(&config, 3, false);
    assert_int_not_equal(ivs.repeated, 0);
}

static void real_keys_are_forked_not_restored(void **state)
{
    town_config config = town_defaults(1);
    town *t;
    town_snapshot s;
    const char *problem = NULL;

    (void)state;
    config.simulation_keys = false;
    t = town_open(&config);
    s = town_take(t);
    assert_int_equal(sao_world_epoch(t->world), 7);
    assert_int_equal(sao_world_restore(t->world, s.bytes, s.size, &problem),
                     NDIS_STATUS_NOT_ACCEPTED);
    assert_non_null(strstr(problem, "TX-3"));
    assert_int_equal(sao_world_fork(t->world, s.bytes, s.size, &problem), NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_world_epoch(t->world), 8);
    assert_int_equal(sao_world_fork(t->world, s.bytes, s.size, &problem), NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_world_epoch(t->world), 9); /* not 8 again */
    town_drop(&s);
    town_close(t);
    town_end_log();
}

/* Without keys there is no IV: a bare adapter's world goes back as often as one likes. */
static void a_world_without_keys_is_restored(void **state)
{
    max_align_t memory[64];
    uint8_t bytes[2048];
    sao_world_config config;
    sao_world *world;

    (void)state;
    sao_world_config_init(&config);
    assert_int_equal(sao_world_init(memory, sizeof memory, &config, &world), NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_world_snapshot(world, bytes, sizeof bytes), NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_world_restore(world, bytes, sizeof bytes, NULL), NDIS_STATUS_SUCCESS);
}

static void epochs_end(void **state)
{
    town_config config = town_defaults(1);
    town *t;
    town_snapshot s;
    const char *problem = NULL;

    (void)state;
    config.epoch = UINT16_MAX - 1;
    t = town_open(&config);
    s = town_take(t);
    assert_int_equal(sao_world_fork(t->world, s.bytes, s.size, &problem), NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_world_fork(t->world, s.bytes, s.size, &problem), NDIS_STATUS_RESOURCES);
    assert_non_null(strstr(problem, "epoch"));
    assert_int_equal(sao_world_epoch(t->world), UINT16_MAX);
    town_put_back(t, &s);
    assert_int_equal(sao_world_fork(t->world, s.bytes, s.size, NULL), NDIS_STATUS_RESOURCES);
    town_drop(&s);
    town_close(t);
    town_end_log();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restore_replays_byte_for_byte),
        cmocka_unit_test(what_is_no_snapshot_of_this_world_is_refused),
        cmocka_unit_test(a_former_world_in_the_same_memory_is_another_one),
        cmocka_unit_test(contexts_that_cannot_be_copied_are_not),
        cmocka_unit_test(branches_never_share_an_iv),
        cmocka_unit_test(a_restore_that_goes_another_way_uses_ivs_again),
        cmocka_unit_test(real_keys_are_forked_not_restored),
        cmocka_unit_test(a_world_without_keys_is_restored),
        cmocka_unit_test(epochs_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
