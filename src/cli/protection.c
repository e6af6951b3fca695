// SPDX-License-Identifier: BSD-2-Clause
// protection.c: see protection.h.
#include "cli/protection.h"

void sao_protection_apply(const sao_protection *protection, sao_link_config *link)
{
    link->form = protection->form;
    link->provider = protection->provider;
    link->encryption = 0;
    link->authentication = 0;
    link->icv_length = 0;
    if (protection->esp != NULL) {
        link->encryption = protection->esp->encryption;
        link->authentication = protection->esp->authentication;
        link->icv_length = protection->esp->icv_length;
    }
    link->ah_authentication = protection->ah != NULL ? protection->ah->authentication : 0;
}

static bool is_esp_alone(const sao_bundle_form *form)
{
    return form->headers == SAO_HEADERS_ESP;
}

const char *sao_protection_problem(const sao_protection *protection)
{
    const sao_packet_form *form = protection->form;

    if (protection->esp != NULL && sao_cipher_needs_ah(protection->esp) &&
        (is_esp_alone(&form->bundle) || (form->over_tunnel && is_esp_alone(&form->tunnel))))
        return "ESP that only encrypts has to have AH in its bundle (ADD-14)";
    return NULL;
}

const sao_cipher *sao_protection_lacks(const sao_protection *protection)
{
    const sao_cipher *all[] = {protection->esp, protection->ah};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i] != NULL && !sao_cipher_usable(all[i], protection->provider))
            return all[i];
    }
    return NULL;
}

void sao_protection_print_options(const sao_protection *protection, FILE *file)
{
    fprintf(file, " --form %s", protection->form->name);
    if (protection->esp != NULL)
        fprintf(file, " --algorithm %s", protection->esp->name);
    if (protection->ah != NULL)
        fprintf(file, " --ah %s", protection->ah->name);
    if (protection->ip_version != 0)
        fprintf(file, " --ip %d", protection->ip_version);
    fprintf(file, " --provider %s", protection->provider->name);
}

void sao_protection_print(const sao_protection *protection, FILE *file)
{
    fputs(protection->form->name, file);
    if (protection->esp != NULL)
        fprintf(file, ", %s", protection->esp->title);
    if (protection->ah != NULL)
        fprintf(file, ", AH %s", protection->ah->title);
    fprintf(file, ", %s", protection->provider->name);
}
