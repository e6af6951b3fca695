// SPDX-License-Identifier: BSD-2-Clause
/*
 * openssl_library.h: what this process has of OpenSSL, fetched once.
 *
 * It lives in a library context of our own: the legacy module, where DES is, is not loaded into
 * the application's, nor do the application's configuration and modules change what we compute.
 */
#ifndef SAO_CRYPTO_OPENSSL_LIBRARY_H
#define SAO_CRYPTO_OPENSSL_LIBRARY_H

#include <saoffload/platform.h>

#include <openssl/evp.h>

/* Fetches everything, once; false if OpenSSL cannot start. Callable from any thread. */
bool sao_openssl_start(void);

/* After a good start: NULL if this OpenSSL does not have it (DES without the legacy module). */
const EVP_CIPHER *sao_openssl_cipher(uint32_t encryption);
/* AES-GCM, which computes AES-GMAC (RFC 4543). */
const EVP_CIPHER *sao_openssl_gmac_cipher(uint32_t authentication);
const EVP_MD *sao_openssl_digest(uint32_t authentication);

#endif /* SAO_CRYPTO_OPENSSL_LIBRARY_H */
