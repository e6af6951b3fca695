// SPDX-License-Identifier: BSD-2-Clause
/* test_pairing.c: the search for mirror bundles against one that looks at all (PAIR-1, PAIR-2). */
#include "support/rig.h"

#include "core/pairing.h"

#define SLOTS 12u
#define ROUNDS 4000u

typedef struct fixture {
    sao_pairing pairing;
    sao_record records[SLOTS];
    uint32_t buckets[4]; /* few, so that chains are long */
} fixture;

static uint32_t random_state;

static uint32_t random_below(uint32_t bound)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 16) % bound;
}

static sao_bundle random_bundle(void)
{
    sao_bundle bundle = {.ip_version = random_below(8) == 0 ? 6 : 4,
                         .inbound = random_below(2) == 0,
                         .sa_count = random_below(6) == 0 ? 2 : 1,
                         .udp_esp = random_below(8) == 0 ? 2 : 0};

    bundle.source = rig_address(false, random_below(3));
    bundle.destination = rig_address(false, random_below(3));
    bundle.sa[0].protocol =
        bundle.sa_count == 1 && random_below(6) == 0 ? SAO_PROTOCOL_AH : SAO_PROTOCOL_ESP;
    if (bundle.sa_count == 2) /* no ADD takes two ESP SAs (ADD-5): pairing does not rely on it */
        bundle.sa[1].protocol = random_below(2) == 0 ? SAO_PROTOCOL_ESP : SAO_PROTOCOL_AH;
    return bundle;
}

/* PAIR-1 once more, in other words. */
static bool mirrors(const sao_bundle *a, const sao_bundle *b)
{
    static const sao_address zero;
    const sao_address *ends[2][2] = {{&a->source, &b->destination}, {&a->destination, &b->source}};

    if (a->inbound == b->inbound || a->ip_version != b->ip_version || a->udp_esp != b->udp_esp ||
        a->sa_count != b->sa_count || a->sa[0].protocol != b->sa[0].protocol ||
        a->sa[1].protocol != b->sa[1].protocol)
        return false;
    for (uint32_t i = 0; i < 2; i++)
        if (memcmp(ends[i][0], &zero, sizeof zero) != 0 &&
            memcmp(ends[i][1], &zero, sizeof zero) != 0 &&
            memcmp(ends[i][0], ends[i][1], sizeof zero) != 0)
            return false;
    return true;
}

static uint32_t candidates(const fixture *f, uint32_t slot, uint32_t serial, uint32_t *only)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < SLOTS; i++)
        if (f->records[i].pairable && (serial == 0 || f->records[i].add_serial == serial) &&
            mirrors(&f->records[i].bundle, &f->records[slot].bundle)) {
            count++;
            *only = i;
        }
    return count;
}

static uint32_t guess(const fixture *f, uint32_t slot)
{
    const uint32_t serials[2] = {f->records[slot].add_serial, 0};

    for (uint32_t i = 0; i < 2; i++) {
        uint32_t other = 0, back = 0;

        if (candidates(f, slot, serials[i], &other) == 1 &&
            candidates(f, other, serials[i], &back) == 1)
            return other;
    }
    return SAO_SLOT_NONE;
}

static void finds_what_a_search_of_all_finds(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    uint32_t serial = 1, found = 0;

    (void)state;
    random_state = 7;
    sao_pairing_init(&f->pairing, f->records, f->buckets, 4, 3);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint32_t slot = random_below(SLOTS);
        sao_record *record = &f->records[slot];

        if (record->pairable) {
            sao_pairing_unfile(&f->pairing, slot);
        } else {
            serial += random_below(3) == 0 ? 1u : 0u; /* bundles of one ADD come together */
            record->bundle = random_bundle();
            record->add_serial = serial;
            sao_pairing_file(&f->pairing, slot);
        }
        for (uint32_t i = 0; i < SLOTS; i++) {
            if (!f->records[i].pairable)
                continue;
            for (uint32_t k = 0; k < SLOTS; k++)
                assert_int_equal(sao_pairing_mirrors(&f->records[i].bundle, &f->records[k].bundle),
                                 mirrors(&f->records[i].bundle, &f->records[k].bundle));
            /* Only the ADD that is filed last asks. */
            if (f->records[i].add_serial == serial) {
                assert_int_equal(sao_pairing_guess(&f->pairing, i), guess(f, i));
                found += guess(f, i) != SAO_SLOT_NONE ? 1u : 0u;
            }
        }
    }
    assert_true(found > 100);
    for (uint32_t i = 0; i < SLOTS; i++)
        if (f->records[i].pairable)
            sao_pairing_unfile(&f->pairing, i);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(f->buckets[i], SAO_SLOT_NONE);
    free(f);
}

static void there_are_buckets_enough(void **state)
{
    (void)state;
    for (uint32_t slots = 1; slots <= 1u << 20; slots = slots * 2 + 1) {
        uint32_t buckets = sao_pairing_buckets(slots);

        assert_true(buckets >= slots * 2);
        assert_int_equal(buckets & (buckets - 1), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_a_search_of_all_finds),
        cmocka_unit_test(there_are_buckets_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
