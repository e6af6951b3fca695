// SPDX-License-Identifier: BSD-2-Clause
/*
 * keylog.h: the keys of simulated traffic as Wireshark's table "esp_sa".
 *
 * Wireshark and tshark read the file of that name from their configuration folder and show the
 * wire decrypted, every ICV checked.
 */
#ifndef SAO_CLI_KEYLOG_H
#define SAO_CLI_KEYLOG_H

#include "cli/cipher.h"

#include <saoffload/link.h>

#include <stdbool.h>
#include <stdio.h>

#define SAO_KEYLOG_NAME "esp_sa"

/* Writes the first line, by which sao_keylog_is_ours knows the file again. */
void sao_keylog_begin(FILE *file);

/* Writes one SA's line, of ESP with that cipher; nothing for one that Wireshark cannot decrypt, nor
 * for AH, whose ICV it does not check. */
void sao_keylog_sa(FILE *file, const sao_cipher *cipher, const sao_link_sa *sa);

/* False for a file that is there and that this tool did not write: a user's own key table. */
bool sao_keylog_is_ours(const char *path);

#endif /* SAO_CLI_KEYLOG_H */
