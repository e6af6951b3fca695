// SPDX-License-Identifier: BSD-2-Clause
/* cipher.h: the algorithms that a user can name, and what Wireshark calls them. */
#ifndef SAO_CLI_CIPHER_H
#define SAO_CLI_CIPHER_H

#include <saoffload/crypto.h>

typedef struct sao_cipher {
    const char *name;  /* on the command line and in JSON */
    const char *title; /* for people */
    uint32_t encryption;
    uint32_t authentication;
    const char *wireshark_encryption; /* NULL: Wireshark 4.0 cannot decrypt it */
    const char *wireshark_authentication;
} sao_cipher;

/* The cipher of that name; NULL if there is none. */
const sao_cipher *sao_cipher_find(const char *name);

/* The cipher at `index`, NULL beyond the last: for listing them. */
const sao_cipher *sao_cipher_at(size_t index);

/* True if the provider has the cipher on this machine. */
bool sao_cipher_usable(const sao_cipher *cipher, const sao_crypto_provider *provider);

#endif /* SAO_CLI_CIPHER_H */
