// SPDX-License-Identifier: BSD-2-Clause
// openssl_library.c: see openssl_library.h.
#include "crypto/openssl_library.h"

#include <saoffload/algorithm.h>
#include <saoffload/ndis.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

typedef struct named {
    uint32_t identifier;
    const char *name; /* OpenSSL's */
} named;

static const named cipher_names[] = {
    {IPSEC_OFFLOAD_V2_ENCRYPTION_DES_CBC, "DES-CBC"},
    {IPSEC_OFFLOAD_V2_ENCRYPTION_3_DES_CBC, "DES-EDE3-CBC"},
    {IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_128, "AES-128-CBC"},
    {IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_192, "AES-192-CBC"},
    {IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_256, "AES-256-CBC"},
    {IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_128, "AES-128-GCM"},
    {IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_192, "AES-192-GCM"},
    {IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256, "AES-256-GCM"},
    {SAO_ENCRYPTION_CHACHA20_POLY1305, "ChaCha20-Poly1305"},
};

static const named digest_names[] = {
    {IPSEC_OFFLOAD_V2_AUTHENTICATION_MD5, "MD5"},
    {IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_1, "SHA1"},
    {IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256, "SHA256"},
};

/* Written once, by start, and kept until OpenSSL itself ends, at the process's exit. */
static struct {
    CRYPTO_ONCE once;
    bool started;
    OSSL_LIB_CTX *context;
    OSSL_PROVIDER *standard;
    OSSL_PROVIDER *legacy;
    EVP_CIPHER *ciphers[COUNT(cipher_names)];
    EVP_MD *digests[COUNT(digest_names)];
} library = {.once = CRYPTO_ONCE_STATIC_INIT};

/* Everything may be NULL. */
static void stop(void)
{
    library.started = false;
    for (size_t i = 0; i < COUNT(cipher_names); i++)
        EVP_CIPHER_free(library.ciphers[i]);
    for (size_t i = 0; i < COUNT(digest_names); i++)
        EVP_MD_free(library.digests[i]);
    if (library.legacy != NULL)
        OSSL_PROVIDER_unload(library.legacy);
    if (library.standard != NULL)
        OSSL_PROVIDER_unload(library.standard);
    OSSL_LIB_CTX_free(library.context);
}

static void fetch(void)
{
    library.legacy = OSSL_PROVIDER_load(library.context, "legacy");
    for (size_t i = 0; i < COUNT(cipher_names); i++)
        library.ciphers[i] = EVP_CIPHER_fetch(library.context, cipher_names[i].name, NULL);
    for (size_t i = 0; i < COUNT(digest_names); i++)
        library.digests[i] = EVP_MD_fetch(library.context, digest_names[i].name, NULL);
}

static void start(void)
{
    ERR_set_mark(); /* what is missing is no error of the application's */
    library.context = OSSL_LIB_CTX_new();
    if (library.context != NULL)
        library.standard = OSSL_PROVIDER_load(library.context, "default");
    if (library.standard != NULL)
        fetch();
    library.started = library.standard != NULL && OPENSSL_atexit(stop) == 1;
    if (!library.started)
        stop();
    ERR_pop_to_mark();
}

bool sao_openssl_start(void)
{
    return CRYPTO_THREAD_run_once(&library.once, start) == 1 && library.started;
}

const EVP_CIPHER *sao_openssl_cipher(uint32_t encryption)
{
    for (size_t i = 0; i < COUNT(cipher_names); i++)
        if (cipher_names[i].identifier == encryption)
            return library.ciphers[i];
    return NULL;
}

const EVP_CIPHER *sao_openssl_gmac_cipher(uint32_t authentication)
{
    switch (authentication) {
    case IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_128:
        return sao_openssl_cipher(IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_128);
    case IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_192:
        return sao_openssl_cipher(IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_192);
    case IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_256:
        return sao_openssl_cipher(IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256);
    default:
        return NULL;
    }
}

const EVP_MD *sao_openssl_digest(uint32_t authentication)
{
    for (size_t i = 0; i < COUNT(digest_names); i++)
        if (digest_names[i].identifier == authentication)
            return library.digests[i];
    return NULL;
}
