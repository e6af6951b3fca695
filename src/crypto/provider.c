// SPDX-License-Identifier: BSD-2-Clause
/* provider.c: the list of providers, and those that this build does without. */
#include <saoffload/crypto.h>

#include <string.h>

#ifndef SAO_HAVE_OPENSSL
const sao_crypto_provider *sao_crypto_openssl(void)
{
    return NULL;
}
#endif

#ifndef SAO_HAVE_IPSEC_MB
const sao_crypto_provider *sao_crypto_ipsec_mb(void)
{
    return NULL;
}
#endif

const sao_crypto_provider *sao_crypto_provider_at(size_t index)
{
    static const sao_crypto_provider *(*const all[])(void) = {
        sao_crypto_sodium,
        sao_crypto_openssl,
        sao_crypto_ipsec_mb,
        sao_crypto_null,
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const sao_crypto_provider *provider = all[i]();

        if (provider != NULL && index-- == 0)
            return provider;
    }
    return NULL;
}

const sao_crypto_provider *sao_crypto_find(const char *name)
{
    const sao_crypto_provider *provider;

    for (size_t i = 0; (provider = sao_crypto_provider_at(i)) != NULL; i++) {
        if (strcmp(provider->name, name) == 0)
            return provider;
    }
    return NULL;
}
