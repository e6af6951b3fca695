// SPDX-License-Identifier: BSD-2-Clause
/*
 * memory.h: memory that nobody has written, as tests and memory checkers (valgrind,
 * MemorySanitizer) see it.
 *
 * scripts/check-memory defines SAO_TEST_VALGRIND, and so needs valgrind's header.
 */
#ifndef SAO_TEST_MEMORY_H
#define SAO_TEST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#if defined(SAO_TEST_VALGRIND)
#include <valgrind/memcheck.h>
#define TEST_MARK_UNWRITTEN(memory, size) ((void)VALGRIND_MAKE_MEM_UNDEFINED((memory), (size)))
#define TEST_MARK_WRITTEN(memory, size) ((void)VALGRIND_MAKE_MEM_DEFINED((memory), (size)))
#elif defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define TEST_MARK_UNWRITTEN(memory, size) __msan_allocated_memory((memory), (size))
#define TEST_MARK_WRITTEN(memory, size) __msan_unpoison((memory), (size))
#endif
#endif
#ifndef TEST_MARK_UNWRITTEN
#define TEST_MARK_UNWRITTEN(memory, size) ((void)(memory), (void)(size))
#define TEST_MARK_WRITTEN(memory, size) ((void)(memory), (void)(size))
#endif

/* Leaves rubbish there: reading it before writing it is an error, which a checker reports. */
static inline void test_memory_spoil(void *memory, size_t size)
{
    memset(memory, 0xDD, size);
    TEST_MARK_UNWRITTEN(memory, size);
}

/* Do these bytes lie anywhere in the memory? Here it is no error to look at what nobody wrote. */
static inline bool test_memory_holds(const void *memory, size_t size, const void *bytes,
                                     size_t length)
{
    unsigned char *copy = malloc(size + 1); /* +1: size may be 0 */
    bool found = false;

    if (copy == NULL)
        abort();
    memcpy(copy, memory, size);
    TEST_MARK_WRITTEN(copy, size);
    for (size_t i = 0; !found && i + length <= size; i++)
        found = memcmp(copy + i, bytes, length) == 0;
    free(copy);
    return found;
}

#endif /* SAO_TEST_MEMORY_H */
