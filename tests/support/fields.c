// SPDX-License-Identifier: BSD-2-Clause
/* fields.c: which fields show in a canonical form. */
#include "support/fields.h"

static size_t write_form(const fields *f, uint8_t *bytes)
{
    static sao_name names[FIELDS_NAMES_MAX];
    sao_canonical writer;

    sao_canonical_init(&writer, bytes, FIELDS_FORM_MAX, names, FIELDS_NAMES_MAX);
    f->write(f->context, &writer);
    assert_int_equal(sao_canonical_finish(&writer), NDIS_STATUS_SUCCESS);
    return writer.length;
}

fields fields_of(void (*write)(void *context, sao_canonical *writer), void *context)
{
    fields f = {.write = write, .context = context};

    fields_again(&f);
    return f;
}

void fields_again(fields *f)
{
    f->length = write_form(f, f->form);
}

bool fields_changed(const fields *f)
{
    static uint8_t bytes[FIELDS_FORM_MAX];

    return write_form(f, bytes) != f->length || memcmp(bytes, f->form, f->length) != 0;
}

void fields_assert_named(const fields *f, const void *pointer)
{
    static sao_name names[FIELDS_NAMES_MAX];
    sao_canonical writer;
    uint8_t byte;

    sao_canonical_init(&writer, &byte, 1, names, FIELDS_NAMES_MAX);
    f->write(f->context, &writer);
    assert_int_not_equal(
        sao_canonical_find(&writer, SAO_NAME_POINTER, NULL, (uint64_t)(uintptr_t)pointer), 0);
}
