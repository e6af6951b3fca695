// SPDX-License-Identifier: BSD-2-Clause
/* cipher.h: the algorithms that a user can name, and what Wireshark calls them. */
#ifndef SAO_CLI_CIPHER_H
#define SAO_CLI_CIPHER_H

#include <saoffload/crypto.h>

/* The algorithms of one SA. */
typedef struct sao_cipher {
    const char *name;                 /* on the command line and in JSON */
    const char *title;                /* for people */
    uint32_t encryption;              /* identifiers; 0 for AH */
    uint32_t authentication;          /* 0 with a combined mode, or what needs AH (ADD-14) */
    uint8_t icv_length;               /* bytes */
    const char *wireshark_encryption; /* NULL: Wireshark 4.0 cannot decrypt it */
    const char *wireshark_authentication;
} sao_cipher;

/* ESP's cipher of that name; NULL if there is none. */
const sao_cipher *sao_cipher_find(const char *name);

/* ESP's cipher at `index`, NULL beyond the last. The first is the one to prefer, the second what
 * every provider has. */
const sao_cipher *sao_cipher_at(size_t index);

/* The same of AH, which encrypts nothing; the first is the one to prefer. */
const sao_cipher *sao_ah_cipher_find(const char *name);
const sao_cipher *sao_ah_cipher_at(size_t index);

/* Does it only encrypt, so that AH of the same bundle has to authenticate (ADD-14)? */
bool sao_cipher_needs_ah(const sao_cipher *cipher);

/* True if the provider can make such an SA on this machine; AH's or ESP's. Tries it, with a key of
 * zeros. False without memory, too. */
bool sao_cipher_usable(const sao_cipher *cipher, const sao_crypto_provider *provider);

#endif /* SAO_CLI_CIPHER_H */
