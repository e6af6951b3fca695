// SPDX-License-Identifier: BSD-2-Clause
/* What the core takes of this machine: one thread, a trap for programming errors. */
// begin platform
#define SAO_SINGLE_THREADED // no atomics: interrupts only note, the main loop calls
#define SAO_ASSERT(condition) ((condition) ? (void)0 : __builtin_trap())
// end platform
