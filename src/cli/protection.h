// SPDX-License-Identifier: BSD-2-Clause
/* protection.h: what protects the packets of a replay: a form, algorithms, who computes them. */
#ifndef SAO_CLI_PROTECTION_H
#define SAO_CLI_PROTECTION_H

#include "cli/cipher.h"

#include <saoffload/link.h>

#include <stdio.h>

typedef struct sao_protection {
    const sao_packet_form *form;
    const sao_cipher *esp;               /* NULL: the form has no ESP */
    const sao_cipher *ah;                /* NULL: the form has no AH */
    const sao_crypto_provider *provider; /* of both sides */
    uint8_t ip_version;                  /* of the outermost header; 0: as each packet's own */
} sao_protection;

/* Sets the link's form, algorithms and provider. */
void sao_protection_apply(const sao_protection *protection, sao_link_config *link);

/* NULL if the form takes these algorithms, or why it does not: ESP that only encrypts is for
 * bundles that have AH too (ADD-14). */
const char *sao_protection_problem(const sao_protection *protection);

/* The algorithm that the provider lacks on this machine; NULL if it has all of them. */
const sao_cipher *sao_protection_lacks(const sao_protection *protection);

/* Writes the options that ask for this: " --form esp-tunnel ...". */
void sao_protection_print_options(const sao_protection *protection, FILE *file);

/* "esp-ah-tunnel, AES-256-GCM, AH HMAC-SHA-256-128, libsodium". */
void sao_protection_print(const sao_protection *protection, FILE *file);

#endif /* SAO_CLI_PROTECTION_H */
