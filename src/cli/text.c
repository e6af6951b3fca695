// SPDX-License-Identifier: BSD-2-Clause
// text.c: names that users chose, for JSON and for the shell.
#include "cli/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* Bytes of the UTF-8 character (RFC 3629) at `text`, 0 if there is none. */
static size_t character_length(const uint8_t *text)
{
    uint8_t first = text[0];
    size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

    if (length == 1)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++) { /* stops at the end: 0 does not continue */
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    }
    /* Too long for their value, surrogates, and what is beyond U+10FFFF. */
    if ((first == 0xe0 && text[1] < 0xa0) || (first == 0xed && text[1] > 0x9f) ||
        (first == 0xf0 && text[1] < 0x90) || (first == 0xf4 && text[1] > 0x8f))
        return 0;
    return length;
}

char *sao_text_utf8(const char *text)
{
    char *copy = malloc(3 * strlen(text) + 1);
    char *to = copy;

    if (copy == NULL)
        return NULL;
    while (*text != '\0') {
        size_t length = character_length((const uint8_t *)text);
        size_t good = length > 0 ? length : sizeof replacement - 1;

        memcpy(to, length > 0 ? text : replacement, good);
        to += good;
        text += length > 0 ? length : 1;
    }
    *to = '\0';
    return copy;
}

void sao_text_quote(FILE *file, const char *text)
{
    fputc('\'', file);
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            fputs("'\\''", file);
        else
            fputc(*text, file);
    }
    fputc('\'', file);
}
