// SPDX-License-Identifier: BSD-2-Clause
/*
 * fields.h: which fields show in a canonical form.
 *
 *     fields f = fields_of(write, what);   write(what, writer) writes the form
 *     SHOWS(what->field, 5);               with another value the form is another one
 *     HIDDEN(what->counter, 5);            with another value it is the same
 *
 * The field gets its value back. The macros use the `f` that is in sight.
 */
#ifndef SAO_TEST_FIELDS_H
#define SAO_TEST_FIELDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <saoffload/canonical.h>

#define FIELDS_FORM_MAX 32768u
#define FIELDS_NAMES_MAX 512u

typedef struct fields {
    void (*write)(void *context, sao_canonical *writer);
    void *context;
    uint8_t form[FIELDS_FORM_MAX];
    size_t length;
    uint32_t count; /* looked at so far */
} fields;

/* Takes the form as it is now. */
fields fields_of(void (*write)(void *context, sao_canonical *writer), void *context);
/* The same, after something has happened that is to be in it. */
void fields_again(fields *f);
/* Is the form another one by now? */
bool fields_changed(const fields *f);

/* Fails unless the form names the request, or packet, as others do who write it. */
void fields_assert_named(const fields *f, const void *pointer);

/* A field has to be a number or a pointer, which are eight bytes at most. */
#define FIELDS_SIZE(lvalue) ((size_t)((uintptr_t)(&(lvalue) + 1) - (uintptr_t) & (lvalue)))

#define FIELDS_CHECK(lvalue, other, expected)                                                      \
    do {                                                                                           \
        uint8_t saved[sizeof(uint64_t)];                                                           \
        const size_t size = FIELDS_SIZE(lvalue);                                                   \
                                                                                                   \
        memcpy(saved, (const void *)(uintptr_t) & (lvalue), size);                                 \
        (lvalue) = (other);                                                                        \
        if (memcmp(saved, (const void *)(uintptr_t) & (lvalue), size) == 0)                        \
            fail_msg("%s is %s already", #lvalue, #other);                                         \
        if (fields_changed(&f) != (expected))                                                      \
            fail_msg("%s %s", #lvalue, (expected) ? "does not show" : "shows");                    \
        memcpy((void *)(uintptr_t) & (lvalue), saved, size);                                       \
        f.count++;                                                                                 \
    } while (0)

#define SHOWS(lvalue, other) FIELDS_CHECK(lvalue, other, true)
#define HIDDEN(lvalue, other) FIELDS_CHECK(lvalue, other, false)

#endif /* SAO_TEST_FIELDS_H */
