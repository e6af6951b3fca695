// SPDX-License-Identifier: BSD-2-Clause
/* text.h: names that users chose, written so that other programs take them for what they are. */
#ifndef SAO_CLI_TEXT_H
#define SAO_CLI_TEXT_H

#include <stdio.h>

/* A copy in which U+FFFD stands for every byte that is not UTF-8: JSON allows nothing else. For
 * free(); NULL: out of memory. */
char *sao_text_utf8(const char *text);

/* Writes `text` as one word of a shell command. */
void sao_text_quote(FILE *file, const char *text);

#endif /* SAO_CLI_TEXT_H */
