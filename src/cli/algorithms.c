// SPDX-License-Identifier: BSD-2-Clause
// algorithms.c: see algorithms.h.
#include "cli/algorithms.h"

#include <saoffload/algorithm.h>
#include <saoffload/crypto.h>

#include <stdlib.h>

typedef struct row {
    const sao_algorithm *algorithm;
    bool encrypts;
} row;

/* Keys of zeros do: nothing is ever protected with them. */
static bool can(const sao_crypto_provider *provider, void *context, const row *of,
                size_t icv_length)
{
    static const uint8_t key[SAO_KEY_MAX];
    const size_t length = (size_t)of->algorithm->key_length - of->algorithm->salt_length;
    sao_crypto_keys keys = {.icv_length = icv_length};

    if (of->encrypts) {
        keys.encryption = of->algorithm->identifier;
        keys.encryption_key = key;
        keys.encryption_key_length = length;
    } else {
        keys.authentication = of->algorithm->identifier;
        keys.authentication_key = key;
        keys.authentication_key_length = length;
    }
    if (provider->prepare(context, &keys) != NDIS_STATUS_SUCCESS)
        return false;
    provider->wipe(context);
    return true;
}

/* The lengths of ICV that it makes; "yes" for what makes none. */
static void print_cell(FILE *file, const sao_crypto_provider *provider, void *context,
                       const row *of)
{
    const char *separator = "";

    fputs(" | ", file);
    for (size_t length = 0; length <= SAO_ICV_MAX; length++) {
        if (!can(provider, context, of, length))
            continue;
        if (length == 0)
            fputs("yes", file);
        else
            fprintf(file, "%s%zu", separator, length);
        separator = ", ";
    }
}

static bool print_row(FILE *file, const row *of)
{
    const sao_crypto_provider *provider;

    fprintf(file, "| %s", of->algorithm->name);
    for (size_t i = 0; (provider = sao_crypto_provider_at(i)) != NULL; i++) {
        void *context = malloc(provider->context_size);

        if (context == NULL)
            return false;
        print_cell(file, provider, context, of);
        free(context);
    }
    fputs(" |\n", file);
    return true;
}

bool sao_algorithms_print(FILE *file)
{
    const sao_crypto_provider *provider;
    bool good = true;

    fputs("| algorithm", file);
    for (size_t i = 0; (provider = sao_crypto_provider_at(i)) != NULL; i++)
        fprintf(file, " | %s", provider->name);
    fputs(" |\n| ---", file);
    for (size_t i = 0; sao_crypto_provider_at(i) != NULL; i++)
        fputs(" | ---", file);
    fputs(" |\n", file);
    for (int encrypts = 1; encrypts >= 0; encrypts--) {
        for (uint32_t bit = 1; bit != 0 && good; bit <<= 1) {
            const row of = {encrypts != 0 ? sao_encryption_algorithm(bit)
                                          : sao_authentication_algorithm(bit),
                            encrypts != 0};

            if (of.algorithm != NULL && of.algorithm->key_length > 0) /* NULL is no work */
                good = print_row(file, &of);
        }
    }
    return good;
}
