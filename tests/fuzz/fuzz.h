// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz.h: what the fuzz targets share: bytes that decide, checks, edits.
 *
 * A target is a function of some bytes that keeps nothing from one call to the next, so that a
 * finding is its bytes. libFuzzer calls it (CMake option SAO_FUZZ); elsewhere replay.c does, with
 * the files of the corpus.
 */
#ifndef SAO_TEST_FUZZ_H
#define SAO_TEST_FUZZ_H

#include <saoffload/ipsec.h>

/* The target. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process, with a message, unless the condition holds. */
#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fuzz_fail(__FILE__, __LINE__, #condition);                                             \
    } while (0)

void fuzz_fail(const char *file, int line, const char *condition);

/* The bytes that are not used up yet. Where there are none, everything is 0. */
typedef struct fuzz_input {
    const uint8_t *at;
    size_t left;
} fuzz_input;

uint8_t fuzz_byte(fuzz_input *in);
uint32_t fuzz_word(fuzz_input *in); /* four bytes, big-endian */

/* Takes at most `count` bytes, as many as there are; returns how many. */
size_t fuzz_take(fuzz_input *in, uint8_t *bytes, size_t count);

/* Changes some bytes: a count (below 8), then for each where (two bytes, modulo) and by what (xor).
 * Returns whether any is another byte now. */
bool fuzz_edit(fuzz_input *in, uint8_t *bytes, size_t length);

/* A copy of exactly that size, so that reading beyond shows. free() it. */
uint8_t *fuzz_copy(const uint8_t *bytes, size_t length);

/*
 * Protects a packet as a peer does that may pad, number and fill in what it likes: edits come
 * between framing and sealing, and there ESP is sealed whatever its trailer is. False for a packet
 * that cannot be framed; else *edited says whether there were edits.
 */
bool fuzz_protect(fuzz_input *in, const sao_ipsec_sa *sa, uint64_t sequence, const uint8_t *iv,
                  uint8_t *packet, size_t *length, size_t capacity, bool *edited);

#endif /* SAO_TEST_FUZZ_H */
