// SPDX-License-Identifier: BSD-2-Clause
/* test_index.c: the lookup of inbound SAs, alone (RX-2, ADD-9, ADD-12). */
#include "support/rig.h"

#include "core/index.h"

#define SLOTS 16u
#define BUCKETS 4u /* few, so that chains are long */

typedef struct fixture {
    sao_index index;
    sao_record records[SLOTS];
    sao_atomic32 live[BUCKETS];
    uint32_t parked[BUCKETS];
    sao_atomic32 hidden;
} fixture;

static fixture *make(void)
{
    fixture *f = calloc(1, sizeof *f);

    sao_index_init(&f->index, f->records, f->live, f->parked, BUCKETS, 99);
    return f;
}

/* Writes the bundle of a description into a record; ADD number slot + 1 brings it. */
static void describe(fixture *f, uint32_t slot, const rig_spec *spec)
{
    sao_record *record = &f->records[slot];
    sao_packet_info info = rig_packet(spec);

    memset(record, 0, sizeof *record);
    record->add_serial = slot + 1;
    record->bundle.inbound = true;
    record->bundle.ip_version = spec->ipv6 ? 6 : 4;
    record->bundle.source = info.source;
    record->bundle.destination = info.destination;
    record->bundle.udp_esp = spec->udp_esp;
    record->bundle.sa_count = (uint8_t)spec->count;
    for (uint32_t i = 0; i < spec->count; i++) {
        record->bundle.sa[i].spi = rig_network(spec->sa[i].spi);
        record->bundle.sa[i].protocol =
            spec->sa[i].operation == IPsecOffloadV2Esp ? SAO_PROTOCOL_ESP : SAO_PROTOCOL_AH;
    }
}

static void publish(fixture *f, uint32_t slot, const rig_spec *spec)
{
    describe(f, slot, spec);
    sao_index_park(&f->index, slot);
    sao_index_publish(&f->index, slot);
}

static uint32_t find(const fixture *f, const rig_spec *spec)
{
    sao_packet_info info = rig_packet(spec);

    return sao_index_find(&f->index, &info, &f->hidden);
}

static bool taken(fixture *f, const rig_spec *spec)
{
    sao_record record;
    const sao_record saved = f->records[SLOTS - 1];

    describe(f, SLOTS - 1, spec);
    record = f->records[SLOTS - 1];
    f->records[SLOTS - 1] = saved;
    return sao_index_taken(&f->index, &record);
}

static void a_bundle_is_found_while_it_is_live(void **state)
{
    fixture *f = make();
    rig_spec specs[8];

    (void)state;
    for (uint32_t i = 0; i < 8; i++) {
        specs[i] = rig_inbound(1 + i);
        describe(f, i, &specs[i]);
        assert_false(taken(f, &specs[i]));
        sao_index_park(&f->index, i);
        assert_true(taken(f, &specs[i]));
        assert_int_equal(find(f, &specs[i]), SAO_SLOT_NONE);
        sao_index_publish(&f->index, i);
    }
    for (uint32_t i = 0; i < 8; i++)
        assert_int_equal(find(f, &specs[i]), i);
    for (uint32_t n = 0; n < 8; n++) { /* out of the middle of their chains */
        uint32_t i = n * 3 % 8;

        sao_index_retract(&f->index, i);
        assert_int_equal(find(f, &specs[i]), SAO_SLOT_NONE);
        assert_true(taken(f, &specs[i]));
        sao_index_drop(&f->index, i);
        assert_false(taken(f, &specs[i]));
        for (uint32_t k = n + 1; k < 8; k++)
            assert_int_equal(find(f, &specs[k * 3 % 8]), k * 3 % 8);
    }
    for (uint32_t i = 0; i < BUCKETS; i++) {
        assert_int_equal(f->live[i], SAO_SLOT_NONE);
        assert_int_equal(f->parked[i], SAO_SLOT_NONE);
    }
    free(f);
}

static void every_part_of_the_triple_counts(void **state)
{
    fixture *f = make();
    rig_spec spec = rig_inbound(0x01020304), other = spec;

    (void)state;
    publish(f, 0, &spec);
    for (uint32_t bit = 0; bit < 32; bit++) {
        other = spec;
        other.sa[0].spi ^= 1u << bit;
        assert_int_equal(find(f, &other), SAO_SLOT_NONE);
        assert_false(taken(f, &other));
        other = spec;
        other.destination ^= 1u << bit;
        assert_int_equal(find(f, &other), SAO_SLOT_NONE);
        assert_false(taken(f, &other));
        other = spec;
        other.source ^= 1u << bit; /* of the bundle, not of the triple */
        assert_int_equal(find(f, &other), SAO_SLOT_NONE);
        assert_true(taken(f, &other));
    }
    other = spec;
    other.sa[0].operation = IPsecOffloadV2Ah;
    assert_int_equal(find(f, &other), SAO_SLOT_NONE);
    other = spec;
    other.ipv6 = true;
    assert_int_equal(find(f, &other), SAO_SLOT_NONE);
    free(f);
}

/* An IPv4 address and an IPv6 one that begins with the same bytes. */
static void versions_are_kept_apart(void **state)
{
    fixture *f = make();
    rig_spec spec = rig_inbound(1);
    sao_packet_info info = rig_packet(&spec);

    (void)state;
    publish(f, 0, &spec);
    info.ip_version = 6;
    assert_int_equal(sao_index_find(&f->index, &info, &f->hidden), SAO_SLOT_NONE);
    spec.destination = spec.source = 0;
    publish(f, 1, &spec);
    assert_int_equal(sao_index_find(&f->index, &info, &f->hidden), SAO_SLOT_NONE);
    free(f);
}

static void both_sas_of_a_bundle_are_found(void **state)
{
    fixture *f = make();
    rig_spec both = rig_with_ah(rig_inbound(1)), esp = both;

    (void)state;
    esp.count = 1;
    publish(f, 0, &both);
    assert_int_equal(find(f, &both), 0);
    assert_int_equal(find(f, &esp), 0); /* the AH header is missing: the NIC will say so (RX-4) */
    sao_index_retract(&f->index, 0);
    assert_int_equal(find(f, &esp), SAO_SLOT_NONE);
    sao_index_drop(&f->index, 0);
    assert_false(taken(f, &both));
    free(f);
}

static void wildcards_are_counted(void **state)
{
    fixture *f = make();
    rig_spec any = rig_inbound(1), packet = rig_inbound(1);

    (void)state;
    any.destination = 0;
    publish(f, 0, &any);
    assert_int_equal(f->index.wildcards, 1);
    assert_int_equal(find(f, &packet), 0);
    publish(f, 1, &packet);
    assert_int_equal(find(f, &packet), 1);
    sao_index_retract(&f->index, 1);
    assert_int_equal(find(f, &packet), 0);
    sao_index_retract(&f->index, 0);
    assert_int_equal(f->index.wildcards, 0);
    assert_int_equal(find(f, &packet), SAO_SLOT_NONE);
    free(f);
}

static void hidden_bundles_are_passed_over(void **state) /* ADD-13 */
{
    fixture *f = make();
    rig_spec any = rig_inbound(1), exact = rig_inbound(1);

    (void)state;
    any.destination = 0;
    publish(f, 0, &any);
    publish(f, 1, &exact);
    f->hidden = 2; /* the ADD of the exact one */
    assert_int_equal(find(f, &exact), 0);
    f->hidden = 1;
    assert_int_equal(find(f, &exact), 1);
    f->hidden = 0;
    assert_int_equal(find(f, &exact), 1);
    free(f);
}

/* A reader that stands on a bundle while it is unlinked still gets to the end of its chain. */
static void an_unlinked_bundle_keeps_its_link(void **state)
{
    fixture *f = make();

    (void)state;
    for (uint32_t i = 0; i < 12; i++) {
        rig_spec spec = rig_inbound(1 + i);

        publish(f, i, &spec);
    }
    for (uint32_t i = 0; i < 12; i++) {
        const uint32_t link = f->records[i].live_next[0];

        sao_index_retract(&f->index, i);
        assert_int_equal(f->records[i].live_next[0], link);
    }
    free(f);
}

static void each_sa_has_a_bucket(void **state)
{
    (void)state;
    for (uint32_t slots = 1; slots <= 1u << 20; slots = slots * 2 + 1) {
        uint32_t buckets = sao_index_buckets(slots);

        assert_true(buckets >= slots * SAO_BUNDLE_SAS);
        assert_int_equal(buckets & (buckets - 1), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bundle_is_found_while_it_is_live),
        cmocka_unit_test(every_part_of_the_triple_counts),
        cmocka_unit_test(versions_are_kept_apart),
        cmocka_unit_test(both_sas_of_a_bundle_are_found),
        cmocka_unit_test(wildcards_are_counted),
        cmocka_unit_test(hidden_bundles_are_passed_over),
        cmocka_unit_test(an_unlinked_bundle_keeps_its_link),
        cmocka_unit_test(each_sa_has_a_bucket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
