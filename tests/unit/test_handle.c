// SPDX-License-Identifier: BSD-2-Clause
/* test_handle.c: handles that do not come back (DEL-8). */
#include "support/rig.h"

#include <saoffload/handle.h>

/* A table in memory of its exact size. */
static sao_handle_table make(uint32_t slots, uint32_t tag)
{
    sao_handle_table table;

    assert_status(sao_handle_table_init(&table, malloc(sao_handle_table_size(slots)), slots, tag),
                  NDIS_STATUS_SUCCESS);
    return table;
}

static void limits_are_checked(void **state)
{
    sao_handle_slot slot;
    sao_handle_table table;

    (void)state;
    assert_status(sao_handle_table_init(&table, &slot, 0, 0), NDIS_STATUS_INVALID_PARAMETER);
    assert_status(sao_handle_table_init(&table, &slot, SAO_HANDLE_SLOTS_MAX + 1, 0),
                  NDIS_STATUS_INVALID_PARAMETER);
    assert_status(sao_handle_table_init(&table, &slot, 1, SAO_HANDLE_TAG_MAX + 1),
                  NDIS_STATUS_INVALID_PARAMETER);
    assert_status(sao_handle_table_init(&table, &slot, 1, SAO_HANDLE_TAG_MAX), NDIS_STATUS_SUCCESS);
}

static void tables_of_every_size_fill_and_empty(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= 70; count++) {
        sao_handle_table table = make(count, 3);
        NDIS_HANDLE handles[70];

        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(sao_handle_acquire(&table), i);
            handles[i] = sao_handle_of(&table, i);
            assert_non_null(handles[i]);
            assert_true(sao_handle_in_use(&table, i));
            assert_int_equal(table.used, i + 1);
        }
        assert_int_equal(sao_handle_acquire(&table), SAO_SLOT_NONE);
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(sao_handle_resolve(&table, handles[i]), i);
            sao_handle_release(&table, i);
            assert_int_equal(sao_handle_resolve(&table, handles[i]), SAO_SLOT_NONE);
            assert_false(sao_handle_in_use(&table, i));
        }
        assert_int_equal(table.used, 0);
        assert_int_equal(sao_handle_acquire(&table), 0);
        assert_int_equal(sao_handle_resolve(&table, handles[0]), SAO_SLOT_NONE);
        free(table.slots);
    }
}

/* A handle that nobody saw may come again: refusals do not use up generations. */
static void a_cancelled_slot_keeps_its_handle(void **state)
{
    sao_handle_table table = make(1, 0);
    NDIS_HANDLE handle;

    (void)state;
    assert_int_equal(sao_handle_acquire(&table), 0);
    handle = sao_handle_of(&table, 0);
    sao_handle_cancel(&table, 0);
    assert_int_equal(sao_handle_resolve(&table, handle), SAO_SLOT_NONE);
    assert_int_equal(table.used, 0);
    assert_int_equal(sao_handle_acquire(&table), 0);
    assert_ptr_equal(sao_handle_of(&table, 0), handle);
    sao_handle_release(&table, 0);
    assert_int_equal(sao_handle_acquire(&table), 0);
    assert_ptr_not_equal(sao_handle_of(&table, 0), handle);
    free(table.slots);
}

static void the_oldest_free_slot_is_taken_first(void **state) /* DEL-8 */
{
    static const uint32_t releases[] = {3, 0, 2};
    sao_handle_table table = make(4, 0);

    (void)state;
    for (uint32_t i = 0; i < 4; i++)
        (void)sao_handle_acquire(&table);
    for (uint32_t i = 0; i < 3; i++)
        sao_handle_release(&table, releases[i]);
    assert_int_equal(sao_handle_acquire(&table), 3);
    sao_handle_release(&table, 1);
    assert_int_equal(sao_handle_acquire(&table), 0);
    assert_int_equal(sao_handle_acquire(&table), 2);
    assert_int_equal(sao_handle_acquire(&table), 1);
    assert_int_equal(sao_handle_acquire(&table), SAO_SLOT_NONE);
    sao_handle_release(&table, 2); /* into an empty list */
    assert_int_equal(sao_handle_acquire(&table), 2);
    assert_int_equal(sao_handle_acquire(&table), SAO_SLOT_NONE);
    free(table.slots);
}

/* No bit of a handle is without meaning. */
static void changing_any_bit_makes_it_unknown(void **state)
{
    static const uint32_t counts[] = {1, 3, 64, 1000};

    (void)state;
    for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
        sao_handle_table table = make(counts[k], 9);
        uint32_t slot = 0;
        uintptr_t value;

        for (uint32_t i = 0; i < counts[k] && i < 3; i++)
            slot = sao_handle_acquire(&table);
        value = (uintptr_t)sao_handle_of(&table, slot);
        for (uint32_t bit = 0; bit < 8 * sizeof value; bit++) {
            uint32_t found = sao_handle_resolve(&table, (NDIS_HANDLE)(value ^ (uintptr_t)1 << bit));

            /* In the slot's bits it may be a neighbour, but never this one. */
            assert_int_not_equal(found, slot);
            if (bit >= table.slot_bits)
                assert_int_equal(found, SAO_SLOT_NONE);
        }
        assert_int_equal(sao_handle_resolve(&table, NULL), SAO_SLOT_NONE);
        assert_int_equal(sao_handle_resolve(&table, (NDIS_HANDLE)UINTPTR_MAX), SAO_SLOT_NONE);
        free(table.slots);
    }
}

static void a_free_slot_has_no_handle(void **state)
{
    sao_handle_table table = make(8, 0);

    (void)state;
    for (uint32_t slot = 0; slot < 8; slot++)
        assert_int_equal(sao_handle_resolve(&table, sao_handle_of(&table, slot)), SAO_SLOT_NONE);
    free(table.slots);
}

static void tables_with_different_tags_share_no_handle(void **state)
{
    sao_handle_table one = make(4, 1), two = make(4, 2);

    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(sao_handle_acquire(&one), sao_handle_acquire(&two));
        assert_int_equal(sao_handle_resolve(&two, sao_handle_of(&one, i)), SAO_SLOT_NONE);
        assert_int_equal(sao_handle_resolve(&one, sao_handle_of(&two, i)), SAO_SLOT_NONE);
    }
    free(one.slots);
    free(two.slots);
}

/* With few bits for the generation a handle comes back, but never before its time, nor as 0. */
static void generations_wrap_as_late_as_their_bits_allow(void **state)
{
    enum { GENERATIONS = 7 };
    sao_handle_table table = make(1, 0);
    NDIS_HANDLE seen[GENERATIONS];

    (void)state;
    table.generation_max = GENERATIONS;
    for (uint32_t round = 0; round < 3; round++)
        for (uint32_t i = 0; i < GENERATIONS; i++) {
            uint32_t slot = sao_handle_acquire(&table);
            NDIS_HANDLE handle = sao_handle_of(&table, slot);

            assert_non_null(handle);
            if (round == 0)
                seen[i] = handle;
            assert_ptr_equal(handle, seen[i]);
            for (uint32_t k = 0; k < i; k++)
                assert_ptr_not_equal(handle, seen[k]);
            sao_handle_release(&table, slot);
        }
    free(table.slots);
}

static void the_last_generation_fits_its_bits(void **state)
{
    static const uint32_t counts[] = {1, 2, 1000, SAO_HANDLE_SLOTS_MAX};

    (void)state;
    for (size_t k = 0; k < 2 * sizeof counts / sizeof counts[0]; k++) {
        const uint32_t tag = k % 2 == 0 ? 0 : SAO_HANDLE_TAG_MAX;
        sao_handle_table table = make(counts[k / 2], tag);
        NDIS_HANDLE last, first;

#if UINTPTR_MAX > 0xFFFFFFFFu
        assert_true(table.generation_max >= 0x7FFFFFFF); /* 2^31 reuses (DEL-8) */
#endif
        table.slots[0].generation = table.generation_max;
        assert_int_equal(sao_handle_acquire(&table), 0);
        last = sao_handle_of(&table, 0);
        assert_int_equal(sao_handle_resolve(&table, last), 0);
        sao_handle_release(&table, 0);
        assert_int_equal(table.slots[0].generation, 1);
        first = sao_handle_of(&table, 0);
        assert_ptr_not_equal(first, last);
        assert_non_null(first);
        /* The tag of the largest handle is still the tag. */
        assert_int_equal((uintptr_t)last >> (8 * sizeof(uintptr_t) - SAO_HANDLE_TAG_BITS), tag);
        free(table.slots);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_are_checked),
        cmocka_unit_test(tables_of_every_size_fill_and_empty),
        cmocka_unit_test(a_cancelled_slot_keeps_its_handle),
        cmocka_unit_test(the_oldest_free_slot_is_taken_first),
        cmocka_unit_test(changing_any_bit_makes_it_unknown),
        cmocka_unit_test(a_free_slot_has_no_handle),
        cmocka_unit_test(tables_with_different_tags_share_no_handle),
        cmocka_unit_test(generations_wrap_as_late_as_their_bits_allow),
        cmocka_unit_test(the_last_generation_fits_its_bits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
