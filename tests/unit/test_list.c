// SPDX-License-Identifier: BSD-2-Clause
/* test_list.c: the walker of lists, alone. */
#include "support/rig.h"

#include <saoffload/list.h>

#define LENGTH 12u

static rig_buffer build(uint32_t count)
{
    NDIS_HANDLE handles[LENGTH] = {NULL};

    return rig_build_delete(handles, count);
}

/* Walks to the end; the status that ended it, and how many elements came before. */
static NDIS_STATUS walk(const sao_list_kind *kind, rig_buffer buffer, bool strict,
                        uint32_t *elements)
{
    sao_list list;
    const void *element;
    NDIS_STATUS status;

    *elements = 0;
    sao_list_start(&list, kind, buffer.bytes, buffer.length, strict);
    for (;;) {
        status = sao_list_next(&list, &element);
        if (status != NDIS_STATUS_SUCCESS) { /* it stays where it is */
            assert_null(element);
            assert_status(sao_list_next(&list, &element), status);
            assert_null(element);
            return status;
        }
        if (element == NULL)
            return status;
        ++*elements;
    }
}

static void hands_out_each_element_once_in_order(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= LENGTH; count++) {
        rig_buffer buffer = build(count);
        const void *element;
        sao_list list;

        sao_list_start(&list, &sao_list_delete_sa, buffer.bytes, buffer.length, true);
        for (uint32_t i = 0; i < count; i++) {
            assert_status(sao_list_next(&list, &element), NDIS_STATUS_SUCCESS);
            assert_ptr_equal(element, rig_delete_element(buffer, i));
            assert_int_equal(list.seen, i + 1);
        }
        for (uint32_t i = 0; i < 2; i++) {
            assert_status(sao_list_next(&list, &element), NDIS_STATUS_SUCCESS);
            assert_null(element);
        }
        free(buffer.bytes);
    }
}

/* What the caller does to an element that it was given cannot lead the walker astray. */
static void next_is_read_before_the_element_is_handed_out(void **state)
{
    rig_buffer buffer = build(2);
    const void *element;
    sao_list list;

    (void)state;
    sao_list_start(&list, &sao_list_delete_sa, buffer.bytes, buffer.length, false);
    assert_status(sao_list_next(&list, &element), NDIS_STATUS_SUCCESS);
    rig_delete_element(buffer, 0)->Next = (void *)(uintptr_t)1;
    assert_status(sao_list_next(&list, &element), NDIS_STATUS_SUCCESS);
    assert_ptr_equal(element, rig_delete_element(buffer, 1));
    free(buffer.bytes);
}

static void finds_a_cycle_in_linear_time(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= LENGTH; count++)
        for (uint32_t entry = 0; entry < count; entry++) {
            rig_buffer buffer = build(count);
            uint32_t elements;

            rig_delete_element(buffer, count - 1)->Next = rig_delete_element(buffer, entry);
            assert_status(walk(&sao_list_delete_sa, buffer, true, &elements),
                          NDIS_STATUS_INVALID_DATA);
            assert_true(elements >= count);
            assert_true(elements <= 4 * count);
            free(buffer.bytes);
        }
}

static void every_truncation_is_seen(void **state)
{
    const sao_list_kind *kinds[] = {&sao_list_add_sa, &sao_list_add_sa_ex, &sao_list_delete_sa,
                                    &sao_list_update_sa};
    static const ULONG sizes[] = {SAO_SIZEOF_ADD_SA_REVISION_1, SAO_SIZEOF_ADD_SA_EX_REVISION_1,
                                  SAO_SIZEOF_DELETE_SA_REVISION_1, SAO_SIZEOF_UPDATE_SA_REVISION_1};

    (void)state;
    for (size_t k = 0; k < 4; k++)
        for (ULONG length = 0; length <= sizes[k] + 8; length++) {
            rig_buffer buffer = {calloc(1, length + 1), length};
            NDIS_OBJECT_HEADER header = {NDIS_OBJECT_TYPE_DEFAULT, 1, (USHORT)(sizes[k] + 4)};
            uint32_t elements;

            memcpy(buffer.bytes, &header, length < sizeof header ? length : sizeof header);
            buffer = rig_truncate(buffer, length);
            assert_status(walk(kinds[k], buffer, false, &elements),
                          length < sizes[k]       ? NDIS_STATUS_BUFFER_TOO_SHORT
                          : length < sizes[k] + 4 ? NDIS_STATUS_INVALID_LENGTH
                                                  : NDIS_STATUS_SUCCESS);
            free(buffer.bytes);
        }
}

/* What such an element is aligned for: a pointer, or a ULONG where it has none. */
static void every_misalignment_is_seen(void **state) /* OID-2 */
{
    static const struct {
        const sao_list_kind *kind;
        NDIS_OBJECT_HEADER header;
        size_t alignment;
    } kinds[] = {
        {&sao_list_delete_sa,
         {NDIS_OBJECT_TYPE_DEFAULT, 1, sizeof(IPSEC_OFFLOAD_V2_DELETE_SA)},
         sizeof(void *)},
        {&sao_list_offload_parameters,
         {NDIS_OBJECT_TYPE_DEFAULT, 1, sizeof(NDIS_OFFLOAD_PARAMETERS)},
         4},
        {&sao_list_offload_encapsulation,
         {NDIS_OBJECT_TYPE_OFFLOAD_ENCAPSULATION, 1, sizeof(NDIS_OFFLOAD_ENCAPSULATION)},
         4},
    };
    uint8_t *bytes = calloc(1, 64);

    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        for (uint32_t shift = 0; shift < 8; shift++) {
            rig_buffer buffer = {bytes + shift, 32};
            uint32_t elements;

            memset(bytes, 0, 64);
            memcpy(bytes + shift, &kinds[k].header, sizeof kinds[k].header);
            assert_status(walk(kinds[k].kind, buffer, false, &elements),
                          shift % kinds[k].alignment == 0 ? NDIS_STATUS_SUCCESS
                                                          : NDIS_STATUS_INVALID_DATA);
        }
    free(bytes);
}

static void a_header_is_checked_field_by_field(void **state) /* REV-1, DEL-6 */
{
    (void)state;
    for (uint32_t value = 0; value < 256; value++) {
        rig_buffer buffer = build(1);
        uint32_t elements;

        rig_delete_element(buffer, 0)->Header.Type = (UCHAR)value;
        assert_status(walk(&sao_list_delete_sa, buffer, false, &elements),
                      value == NDIS_OBJECT_TYPE_DEFAULT ? NDIS_STATUS_SUCCESS
                                                        : NDIS_STATUS_INVALID_DATA);
        rig_delete_element(buffer, 0)->Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
        rig_delete_element(buffer, 0)->Header.Revision = (UCHAR)value;
        assert_status(walk(&sao_list_delete_sa, buffer, false, &elements),
                      value != 0 ? NDIS_STATUS_SUCCESS : NDIS_STATUS_INVALID_DATA);
        rig_delete_element(buffer, 0)->Header.Revision = 1;
        rig_delete_element(buffer, 0)->Header.Size = (USHORT)value;
        assert_status(walk(&sao_list_delete_sa, buffer, false, &elements),
                      value < SAO_SIZEOF_DELETE_SA_REVISION_1    ? NDIS_STATUS_INVALID_DATA
                      : value == SAO_SIZEOF_DELETE_SA_REVISION_1 ? NDIS_STATUS_SUCCESS
                                                                 : NDIS_STATUS_INVALID_LENGTH);
        free(buffer.bytes);
    }
}

/* In strict mode: before the buffer, behind it, reaching over its end, near the end of memory. */
static void strict_lists_stay_inside(void **state)
{
    rig_buffer whole = build(LENGTH);
    rig_buffer middle = {(uint8_t *)rig_delete_element(whole, 4), 4u * 24u};
    IPSEC_OFFLOAD_V2_DELETE_SA *head = rig_delete_element(whole, 4);
    uint32_t elements;

    (void)state;
    middle.length = 4u * (ULONG)sizeof *head;
    for (uint32_t i = 0; i < LENGTH; i++) {
        const bool inside = i > 4 && i < 8;

        head->Next = rig_delete_element(whole, i);
        rig_delete_element(whole, i)->Next = i == 4 ? head->Next : NULL;
        assert_status(walk(&sao_list_delete_sa, middle, true, &elements),
                      inside ? NDIS_STATUS_SUCCESS : NDIS_STATUS_INVALID_DATA);
        assert_status(walk(&sao_list_delete_sa, middle, false, &elements),
                      i == 4 ? NDIS_STATUS_INVALID_DATA : NDIS_STATUS_SUCCESS);
    }
    head->Next = rig_delete_element(whole, 7);
    for (ULONG cut = 1; cut < sizeof *head; cut++) {
        rig_buffer shorter = {middle.bytes, middle.length - cut};

        assert_status(walk(&sao_list_delete_sa, shorter, true, &elements),
                      NDIS_STATUS_INVALID_DATA);
        assert_int_equal(elements, 1);
    }
    head->Next = (void *)(UINTPTR_MAX - sizeof(void *) + 1u);
    assert_status(walk(&sao_list_delete_sa, middle, true, &elements), NDIS_STATUS_INVALID_DATA);
    head->Next = (void *)(uintptr_t)sizeof(void *);
    assert_status(walk(&sao_list_delete_sa, middle, true, &elements), NDIS_STATUS_INVALID_DATA);
    free(whole.bytes);
}

static void single_elements_have_no_next(void **state) /* UPD-0, ADD-1 */
{
    rig_spec spec = rig_inbound(1);
    rig_buffer update = rig_build_update((NDIS_HANDLE)(uintptr_t)64, &spec, 0, 1);
    rig_buffer add = rig_build_add_ex(&spec);
    uint32_t elements;

    (void)state;
    assert_status(walk(&sao_list_update_sa, update, false, &elements), NDIS_STATUS_SUCCESS);
    assert_int_equal(elements, 1);
    assert_status(walk(&sao_list_add_sa_ex, add, false, &elements), NDIS_STATUS_SUCCESS);
    assert_int_equal(elements, 1);
    free(update.bytes);
    free(add.bytes);
}

static void no_buffer_is_no_list(void **state)
{
    uint32_t elements;

    (void)state;
    assert_status(walk(&sao_list_delete_sa, (rig_buffer){NULL, 0}, false, &elements),
                  NDIS_STATUS_INVALID_DATA);
    assert_status(walk(&sao_list_delete_sa, (rig_buffer){NULL, 100}, true, &elements),
                  NDIS_STATUS_INVALID_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hands_out_each_element_once_in_order),
        cmocka_unit_test(next_is_read_before_the_element_is_handed_out),
        cmocka_unit_test(finds_a_cycle_in_linear_time),
        cmocka_unit_test(every_truncation_is_seen),
        cmocka_unit_test(every_misalignment_is_seen),
        cmocka_unit_test(a_header_is_checked_field_by_field),
        cmocka_unit_test(strict_lists_stay_inside),
        cmocka_unit_test(single_elements_have_no_next),
        cmocka_unit_test(no_buffer_is_no_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
