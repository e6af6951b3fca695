// SPDX-License-Identifier: BSD-2-Clause
/* test_canonical.c: numbers, bytes and names of a canonical form. */
#include "support/rig.h"

#include <saoffload/canonical.h>

#define BYTES 64u
#define NAMES 5u

typedef struct form {
    sao_canonical writer;
    uint8_t bytes[BYTES];
    sao_name names[NAMES];
} form;

static form *begin(form *f)
{
    memset(f, 0xEE, sizeof *f);
    sao_canonical_init(&f->writer, f->bytes, sizeof f->bytes, f->names, NAMES);
    return f;
}

static void assert_form(const form *f, const uint8_t *bytes, size_t length)
{
    assert_status(sao_canonical_finish(&f->writer), NDIS_STATUS_SUCCESS);
    assert_int_equal(f->writer.length, length);
    assert_memory_equal(f->bytes, bytes, length);
}

#define ASSERT_FORM(f, ...)                                                                        \
    do {                                                                                           \
        const uint8_t expected[] = {__VA_ARGS__};                                                  \
                                                                                                   \
        assert_form((f), expected, sizeof expected);                                               \
    } while (0)

static void numbers_are_as_long_as_they_are_large(void **state)
{
    form f;

    (void)state;
    sao_canonical_number(&begin(&f)->writer, 0);
    sao_canonical_number(&f.writer, 0x7F);
    sao_canonical_number(&f.writer, 0x80);
    ASSERT_FORM(&f, 0, 0x7F, 0x80, 1);
    sao_canonical_number(&begin(&f)->writer, UINT64_MAX);
    ASSERT_FORM(&f, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1);
}

static void times_are_relative(void **state)
{
    form f;

    (void)state;
    begin(&f)->writer.now = 1000;
    sao_canonical_time(&f.writer, 1000);
    sao_canonical_time(&f.writer, 1005);
    sao_canonical_time(&f.writer, 995);
    ASSERT_FORM(&f, 0, 10, 9);
}

static void bytes_say_how_many_they_are(void **state)
{
    form f;

    (void)state;
    sao_canonical_bytes(&begin(&f)->writer, "abc", 3);
    sao_canonical_bytes(&f.writer, NULL, 0);
    ASSERT_FORM(&f, 3, 'a', 'b', 'c', 0);
}

static void names_count_from_one_in_order_of_appearance(void **state)
{
    const sao_ticket ticket = {7, 3};
    const sao_ticket nobody = {7, 0};
    uint8_t places[2];
    const sao_adapter *adapters[2] = {(const sao_adapter *)(const void *)&places[0],
                                      (const sao_adapter *)(const void *)&places[1]};
    form f;

    (void)state;
    sao_canonical_handle(&begin(&f)->writer, (NDIS_HANDLE)(uintptr_t)99);
    sao_canonical_pointer(&f.writer, (const void *)(uintptr_t)99); /* of another kind */
    sao_canonical_handle(&f.writer, (NDIS_HANDLE)(uintptr_t)5);
    sao_canonical_handle(&f.writer, (NDIS_HANDLE)(uintptr_t)99);
    sao_canonical_handle(&f.writer, NULL);
    sao_canonical_ticket(&f.writer, adapters[0], ticket);
    sao_canonical_ticket(&f.writer, adapters[0], nobody);
    sao_canonical_ticket(&f.writer, adapters[1], ticket);
    sao_canonical_ticket(&f.writer, adapters[0], ticket);
    ASSERT_FORM(&f, 1, 2, 3, 1, 0, 4, 0, 5, 4);
    assert_int_equal(sao_canonical_find(&f.writer, SAO_NAME_HANDLE, NULL, 5), 3);
    assert_int_equal(sao_canonical_find(&f.writer, SAO_NAME_POINTER, NULL, 5), 0);
}

static void keys_are_known_by_their_bytes_and_show_none(void **state)
{
    const uint8_t key[4] = {0xA1, 0xA2, 0xA3, 0xA4};
    const uint8_t same[4] = {0xA1, 0xA2, 0xA3, 0xA4};
    const uint8_t other[4] = {0xA1, 0xA2, 0xA3, 0xA5};
    form f;

    (void)state;
    sao_canonical_key(&begin(&f)->writer, key, sizeof key);
    sao_canonical_key(&f.writer, other, sizeof other);
    sao_canonical_key(&f.writer, same, sizeof same);
    sao_canonical_key(&f.writer, key, 3);
    sao_canonical_key(&f.writer, NULL, 0);
    ASSERT_FORM(&f, 1, 2, 1, 3, 0);
}

static void what_does_not_fit_is_counted_and_not_written(void **state)
{
    uint8_t bytes[4] = {0, 0, 0, 0xDD};
    sao_canonical writer;

    (void)state;
    sao_canonical_init(&writer, bytes, 3, NULL, 0);
    sao_canonical_bytes(&writer, "abc", 3);
    assert_status(sao_canonical_finish(&writer), NDIS_STATUS_BUFFER_TOO_SHORT);
    assert_int_equal(writer.length, 4);
    assert_int_equal(bytes[3], 0xDD);
    sao_canonical_init(&writer, bytes, 4, NULL, 0);
    sao_canonical_bytes(&writer, "abc", 3);
    assert_status(sao_canonical_finish(&writer), NDIS_STATUS_SUCCESS);
}

static void too_many_names_are_an_error(void **state)
{
    sao_name names[2];
    uint8_t bytes[8];
    sao_canonical writer;

    (void)state;
    memset(names, 0xDD, sizeof names);
    sao_canonical_init(&writer, bytes, sizeof bytes, names, 1);
    sao_canonical_name(&writer, SAO_NAME_ID, NULL, 1);
    sao_canonical_name(&writer, SAO_NAME_ID, NULL, 1);
    assert_status(sao_canonical_finish(&writer), NDIS_STATUS_SUCCESS);
    sao_canonical_name(&writer, SAO_NAME_ID, NULL, 2);
    sao_canonical_name(&writer, SAO_NAME_ID, NULL, 3);
    assert_status(sao_canonical_finish(&writer), NDIS_STATUS_RESOURCES);
    assert_int_equal(names[1].kind, 0xDDDDDDDD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_as_long_as_they_are_large),
        cmocka_unit_test(times_are_relative),
        cmocka_unit_test(bytes_say_how_many_they_are),
        cmocka_unit_test(names_count_from_one_in_order_of_appearance),
        cmocka_unit_test(keys_are_known_by_their_bytes_and_show_none),
        cmocka_unit_test(what_does_not_fit_is_counted_and_not_written),
        cmocka_unit_test(too_many_names_are_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
