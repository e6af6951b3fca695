// SPDX-License-Identifier: BSD-2-Clause
/* fuzz.c: see fuzz.h. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipsec/esp.h"

void fuzz_fail(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
    abort();
}

uint8_t fuzz_byte(fuzz_input *in)
{
    if (in->left == 0)
        return 0;
    in->left--;
    return *in->at++;
}

uint32_t fuzz_word(fuzz_input *in)
{
    uint32_t word = 0;

    for (int i = 0; i < 4; i++)
        word = word << 8 | fuzz_byte(in);
    return word;
}

size_t fuzz_take(fuzz_input *in, uint8_t *bytes, size_t count)
{
    if (count > in->left)
        count = in->left;
    if (count > 0)
        memcpy(bytes, in->at, count);
    in->at += count;
    in->left -= count;
    return count;
}

bool fuzz_edit(fuzz_input *in, uint8_t *bytes, size_t length)
{
    unsigned count = fuzz_byte(in) & 7u;
    bool edited = false;

    for (; count > 0; count--) {
        size_t at = (size_t)fuzz_byte(in) << 8;
        uint8_t change;

        at |= fuzz_byte(in);
        change = fuzz_byte(in);
        if (length > 0)
            bytes[at % length] ^= change;
        edited = edited || (length > 0 && change != 0);
    }
    return edited;
}

uint8_t *fuzz_copy(const uint8_t *bytes, size_t length)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);

    FUZZ_CHECK(copy != NULL);
    if (length > 0)
        memcpy(copy, bytes, length);
    return copy;
}

/* Where an ESP packet has its IV. */
static uint8_t *iv_of(const sao_ipsec_sa *sa, uint8_t *packet, size_t length)
{
    sao_ipsec_layout layout;

    FUZZ_CHECK(sao_ipsec_locate(sa, packet, length, &layout) == CRYPTO_SUCCESS);
    return packet + layout.header_at + SAO_ESP_HEADER_LENGTH;
}

bool fuzz_protect(fuzz_input *in, const sao_ipsec_sa *sa, uint64_t sequence, const uint8_t *iv,
                  uint8_t *packet, size_t *length, size_t capacity, bool *edited)
{
    const uint32_t high = (uint32_t)(sequence >> 32);

    if (sao_ipsec_frame(sa, sequence, packet, length, capacity) != NDIS_STATUS_SUCCESS)
        return false;
    if (sa->protocol == SAO_PROTOCOL_AH) {
        *edited = fuzz_edit(in, packet, *length);
        (void)!sao_ipsec_seal(sa, high, iv, packet, *length);
        return true;
    }
    if (sa->iv_length > 0)
        memcpy(iv_of(sa, packet, *length), iv, sa->iv_length);
    *edited = fuzz_edit(in, packet, *length);
    sao_esp_close(sa, high, packet, *length);
    return true;
}
