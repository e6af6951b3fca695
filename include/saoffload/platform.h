// SPDX-License-Identifier: BSD-2-Clause
/*
 * platform.h: what the core takes from the machine below it.
 *
 * The core is freestanding C11. All that it needs of a platform are the macros of this file;
 * define SAO_PLATFORM_HEADER to a header of your own ("my_platform.h") to replace any of them.
 * The defaults serve gcc, clang and MSVC, hosted or not.
 *
 *   SAO_ASSERT(condition)    programming errors of the caller; never used on input. Default: off
 *   SAO_MEMCPY and kin       memcpy, memmove, memset, memcmp: the only functions linked against
 *   SAO_ATOMIC_*             32-bit atomics; SAO_SINGLE_THREADED turns them into plain accesses
 *   SAO_WIPE(bytes, n)       zeroes key material in a way that the compiler cannot leave out
 *   SAO_PREFETCH(address)    a hint that the address is about to be read
 */
#ifndef SAOFFLOAD_PLATFORM_H
#define SAOFFLOAD_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef SAO_PLATFORM_HEADER
#include SAO_PLATFORM_HEADER
#endif

/* A programming error of the caller, unless the condition holds. */
#ifndef SAO_ASSERT
#define SAO_ASSERT(condition) ((void)0)
#endif

/*
 * The shared library hides every symbol but those that stand between SAO_EXTERN_C_BEGIN and
 * SAO_EXTERN_C_END. Only its own build defines SAO_EXPORTS: what a plugin links statically, or
 * includes as the single header, does not show through the plugin.
 */
#ifdef __cplusplus
/* What C and C++ say in different words. */
#define SAO_STATIC_ASSERT(condition, message) static_assert(condition, message)
#define SAO_EXTERN_C_BEGIN extern "C" {
#define SAO_EXTERN_C_END }
#else
/* What C and C++ say in different words. */
#define SAO_STATIC_ASSERT(condition, message) _Static_assert(condition, message)
#if defined(SAO_EXPORTS) && defined(__GNUC__)
#define SAO_EXTERN_C_BEGIN _Pragma("GCC visibility push(default)")
#define SAO_EXTERN_C_END _Pragma("GCC visibility pop")
#else
#define SAO_EXTERN_C_BEGIN
#define SAO_EXTERN_C_END
#endif
#endif

/* A result that must not be ignored. */
#ifndef SAO_MUST_CHECK
#if defined(__GNUC__)
#define SAO_MUST_CHECK __attribute__((warn_unused_result))
#else
#define SAO_MUST_CHECK
#endif
#endif

/* All that the core needs of a C library; `n` is bytes. */
#ifndef SAO_MEMCPY
#if defined(__GNUC__)
#define SAO_MEMCPY(to, from, n) __builtin_memcpy((to), (from), (n))
#define SAO_MEMMOVE(to, from, n) __builtin_memmove((to), (from), (n))
#define SAO_MEMSET(to, byte, n) __builtin_memset((to), (byte), (n))
#define SAO_MEMCMP(a, b, n) __builtin_memcmp((a), (b), (n))
#else
#include <string.h>
#define SAO_MEMCPY(to, from, n) memcpy((to), (from), (n))
#define SAO_MEMMOVE(to, from, n) memmove((to), (from), (n))
#define SAO_MEMSET(to, byte, n) memset((to), (byte), (n))
#define SAO_MEMCMP(a, b, n) memcmp((a), (b), (n))
#endif
#endif

/* ---- atomics --------------------------------------------------------------------------- */

/* A number that several threads read and write, through SAO_ATOMIC_... only. */
typedef volatile uint32_t sao_atomic32;

/* A load acquires, a store releases, an add does both; the fence orders everything. */
#ifndef SAO_ATOMIC_LOAD
#if defined(SAO_SINGLE_THREADED)
#define SAO_ATOMIC_LOAD(p) (*(p))
#define SAO_ATOMIC_STORE(p, v) ((void)(*(p) = (v)))
#define SAO_ATOMIC_ADD(p, v) ((void)(*(p) = *(p) + (v)))
#define SAO_ATOMIC_FENCE() ((void)0)
#elif defined(__GNUC__)
#define SAO_ATOMIC_LOAD(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define SAO_ATOMIC_STORE(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define SAO_ATOMIC_ADD(p, v) ((void)__atomic_fetch_add((p), (v), __ATOMIC_ACQ_REL))
#define SAO_ATOMIC_FENCE() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#if defined(__x86_64__) || defined(__i386__) /* whose locked instructions are fences */
#define SAO_ATOMIC_ADD_FENCE(p, v) ((void)__atomic_fetch_add((p), (v), __ATOMIC_SEQ_CST))
#endif
#elif defined(_MSC_VER)
#include <intrin.h>
#define SAO_ATOMIC_LOAD(p) ((uint32_t)_InterlockedOr((volatile long *)(p), 0))
#define SAO_ATOMIC_STORE(p, v) ((void)_InterlockedExchange((volatile long *)(p), (long)(v)))
#define SAO_ATOMIC_ADD(p, v) ((void)_InterlockedExchangeAdd((volatile long *)(p), (long)(v)))
#if defined(_M_ARM) || defined(_M_ARM64)
#define SAO_ATOMIC_FENCE() __dmb(0xB) /* inner shareable */
#else
#define SAO_ATOMIC_FENCE() _mm_mfence()
#endif
#else
#error "saoffload: define SAO_ATOMIC_* in SAO_PLATFORM_HEADER, or SAO_SINGLE_THREADED"
#endif
#endif

/* An add, and then the fence; where a machine has both in one it may say so. */
#ifndef SAO_ATOMIC_ADD_FENCE
#define SAO_ATOMIC_ADD_FENCE(p, v) (SAO_ATOMIC_ADD(p, v), SAO_ATOMIC_FENCE())
#endif

/* ---- secrets --------------------------------------------------------------------------- */

/* Zeroes `n` bytes for good: the compiler cannot leave it out. */
#ifndef SAO_WIPE
static inline void sao_platform_wipe(void *bytes, size_t n)
{
#if defined(__GNUC__)
    /* Of a constant length compilers make "rep stos", which takes longer to start than to wipe. */
    if (!__builtin_constant_p(n) || n > 64)
        __asm__("" : "+r"(n));
    SAO_MEMSET(bytes, 0, n);
    __asm__ __volatile__("" : : "r"(bytes) : "memory"); /* somebody may look: keep the stores */
#else
    volatile uint8_t *byte = (volatile uint8_t *)bytes;

    while (n-- > 0)
        *byte++ = 0;
#endif
}
#define SAO_WIPE(bytes, n) sao_platform_wipe((bytes), (n))
#endif

/* The address is about to be read. */
#ifndef SAO_PREFETCH
#if defined(__GNUC__)
#define SAO_PREFETCH(address) __builtin_prefetch(address)
#else
#define SAO_PREFETCH(address) ((void)(address))
#endif
#endif

/* Before a function that is rarely called: whose body is to stay out of what calls it. */
#ifndef SAO_RARE
#if defined(__GNUC__)
#define SAO_RARE __attribute__((noinline, cold))
#elif defined(_MSC_VER)
#define SAO_RARE __declspec(noinline)
#else
#define SAO_RARE
#endif
#endif

#endif /* SAOFFLOAD_PLATFORM_H */
