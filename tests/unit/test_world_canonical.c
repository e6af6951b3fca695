// SPDX-License-Identifier: BSD-2-Clause
/* test_world_canonical.c: equal situations of a world have one form. SAO_SEED=n repeats a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/rounds.h"
#include "support/town.h"

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
    const uint32_t random = test_seed();
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
    const town_config config = town_defaults(1);
    town *t = town_open(&config);
    sao_adapter_config adapter_config;
    sao_adapter *adapter;
    static form before, after;

    (void)state;
    sao_adapter_config_init(&adapter_config);
    adapter_config.capabilities = *sao_adapter_capabilities(sao_soft_nic_adapter(t->host[0].nic));
    adapter_config.backend_ops = &town_idle_backend;
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
    const town_config config = town_defaults(test_seed());
    town *t = town_open(&config);
    static form before, after;
    town_snapshot s;

    (void)state;
    town_run(t, 100);
    write_form(t, &before);
    s = town_take(t);
    town_run(t, 50);
    write_form(t, &after);
    assert_false(before.length == after.length &&
                 memcmp(before.bytes, after.bytes, before.length) == 0);
    town_put_back(t, &s);
    write_form(t, &after);
    assert_int_equal(before.length, after.length);
    assert_memory_equal(before.bytes, after.bytes, before.length);
    print_message("%u bytes of arena, %u of form\n", (unsigned)sao_world_used(t->world),
                  (unsigned)before.length);
    town_drop(&s);
    town_close(t);
    town_end_log();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_past_that_is_over_does_not_show),
        cmocka_unit_test(every_part_shows),
        cmocka_unit_test(a_restored_world_has_the_form_that_it_had),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
