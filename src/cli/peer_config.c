// SPDX-License-Identifier: BSD-2-Clause
// peer_config.c: the file that says who a peer is and which SAs it has.
#include "cli/peer_config.h"

#include "cli/peer_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- algorithms ------------------------------------------------------------------------ */

/* The algorithm that `find` knows by that name; each is one bit. */
static const sao_algorithm *find_algorithm(const sao_algorithm *(*find)(uint32_t), const char *name)
{
    for (uint32_t bit = 1; bit != 0; bit <<= 1) {
        const sao_algorithm *algorithm = find(bit);

        if (algorithm != NULL && strcasecmp(algorithm->name, name) == 0)
            return algorithm;
    }
    return NULL;
}

static bool read_algorithm(const sao_json_reader *reader, const char *member,
                           const sao_algorithm *(*find)(uint32_t), uint32_t *identifier,
                           size_t *key_length)
{
    bool good;
    const char *name = sao_json_string(reader, member, true, &good);
    const sao_algorithm *algorithm = name != NULL ? find_algorithm(find, name) : NULL;

    *identifier = 0;
    *key_length = 0;
    if (name == NULL)
        return good;
    if (algorithm == NULL)
        return sao_json_wrong(reader, "'%s' names no algorithm that 'saoffload algorithms' lists",
                              member);
    *identifier = algorithm->identifier;
    *key_length = algorithm->key_length;
    return true;
}

/* ---- one association ------------------------------------------------------------------- */

typedef struct key_lengths {
    size_t encryption;
    size_t authentication;
} key_lengths;

static bool read_sa(const sao_json_reader *esp, const char *name, const key_lengths *lengths,
                    sao_peer_keys *keys, sao_transport_sa *sa)
{
    static const char *const members[] = {"spi", "encryption_key", "authentication_key", NULL};
    sao_json_reader reader;

    if (!sao_json_enter(esp, name, name, &reader) || !sao_json_only(&reader, members) ||
        !sao_json_spi(&reader, "spi", &sa->spi) ||
        !sao_json_key(&reader, "encryption_key", keys->encryption, lengths->encryption) ||
        !sao_json_key(&reader, "authentication_key", keys->authentication, lengths->authentication))
        return false;
    sa->encryption_key = lengths->encryption > 0 ? keys->encryption : NULL;
    sa->authentication_key = lengths->authentication > 0 ? keys->authentication : NULL;
    return true;
}

static bool read_esp(const sao_json_reader *reader, sao_peer_association *association)
{
    static const char *const members[] = {"encryption", "authentication", "inbound", "outbound",
                                          NULL};
    sao_transport_association *sas = &association->sas;
    sao_json_reader esp;
    key_lengths lengths;

    return sao_json_enter(reader, "esp", "esp", &esp) && sao_json_only(&esp, members) &&
           read_algorithm(&esp, "encryption", sao_encryption_algorithm, &sas->encryption,
                          &lengths.encryption) &&
           read_algorithm(&esp, "authentication", sao_authentication_algorithm,
                          &sas->authentication, &lengths.authentication) &&
           read_sa(&esp, "inbound", &lengths, &association->inbound, &sas->inbound) &&
           read_sa(&esp, "outbound", &lengths, &association->outbound, &sas->outbound);
}

static bool read_addresses(const sao_json_reader *reader, sao_peer_association *association)
{
    sao_transport_association *sas = &association->sas;
    uint8_t remote_version = 0;

    if (!sao_json_address(reader, "local", false, &sas->local, &sas->ip_version) ||
        !sao_json_address(reader, "remote", false, &sas->remote, &remote_version))
        return false;
    if (remote_version != sas->ip_version)
        return sao_json_wrong(reader, "'local' and 'remote' are of two versions of IP");
    association->address = sas->local;
    association->address_version = sas->ip_version;
    return sao_json_address(reader, "address", true, &association->address,
                            &association->address_version);
}

static bool read_association(sao_json_reader *reader, sao_peer_association *association)
{
    static const char *const members[] = {"name", "local", "remote", "address", "esn", "esp", NULL};
    bool good;
    const char *name = sao_json_string(reader, "name", false, &good);

    if (name == NULL)
        return false;
    if (snprintf(association->name, sizeof association->name, "%s", name) >=
        (int)sizeof association->name)
        return sao_json_wrong(reader, "'name' is longer than %d characters", SAO_PEER_NAME_MAX - 1);
    snprintf(reader->where, sizeof reader->where, "association '%s'", association->name);
    return sao_json_only(reader, members) && read_addresses(reader, association) &&
           sao_json_truth(reader, "esn", &association->sas.esn) && read_esp(reader, association);
}

/* ---- all of them ----------------------------------------------------------------------- */

/* A packet that comes back goes by its address alone, so no two associations may have one. */
static bool is_distinct(const sao_json_reader *reader, const sao_peer_config *config)
{
    const sao_peer_association *last = &config->associations[config->count - 1];

    for (size_t i = 0; i + 1 < config->count; i++) {
        const sao_peer_association *other = &config->associations[i];

        if (strcmp(other->name, last->name) == 0)
            return sao_json_wrong(reader, "another association has its name");
        if (other->address_version == last->address_version &&
            memcmp(&other->address, &last->address, sizeof last->address) == 0)
            return sao_json_wrong(reader, "association '%s' has the same address", other->name);
    }
    return true;
}

static bool read_associations(const sao_json_reader *root, sao_peer_config *config)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root->object, "associations");
    const int count = cJSON_GetArraySize(list);
    const cJSON *item;

    if (!cJSON_IsArray(list) || count < 1 || count > SAO_PEER_ASSOCIATIONS_MAX)
        return sao_json_wrong(root, "'associations' is no list of 1 to %d of them",
                              SAO_PEER_ASSOCIATIONS_MAX);
    config->associations = calloc((size_t)count, sizeof *config->associations);
    if (config->associations == NULL)
        return sao_problem_set(root->problem, SAO_EXIT_INTERNAL, "out of memory");
    cJSON_ArrayForEach(item, list)
    {
        sao_json_reader reader = {item, root->file, "", root->problem};
        sao_peer_association *association = &config->associations[config->count++];

        snprintf(reader.where, sizeof reader.where, "association %zu", config->count);
        if (!cJSON_IsObject(item))
            return sao_json_wrong(&reader, "it is no object");
        if (!read_association(&reader, association) || !is_distinct(&reader, config))
            return false;
    }
    return true;
}

bool sao_peer_config_load(sao_peer_config *config, const char *path, sao_problem *problem)
{
    static const char *const members[] = {"mac", "peer_mac", "associations", NULL};
    static const sao_peer_config defaults = {.mac = {0x02, 0, 0, 0, 0, 0x01},
                                             .peer_mac = {0x02, 0, 0, 0, 0, 0x02}};
    cJSON *root = sao_json_load(path, problem);
    const sao_json_reader reader = {root, path, "", problem};
    bool good;

    *config = defaults;
    if (root == NULL)
        return false;
    good = sao_json_only(&reader, members) && sao_json_mac(&reader, "mac", config->mac) &&
           sao_json_mac(&reader, "peer_mac", config->peer_mac) &&
           read_associations(&reader, config);
    sao_json_free(root);
    if (!good)
        sao_peer_config_free(config);
    return good;
}

void sao_peer_config_free(sao_peer_config *config)
{
    if (config->associations != NULL)
        SAO_WIPE(config->associations, config->count * sizeof *config->associations);
    free(config->associations);
    config->associations = NULL;
    config->count = 0;
}
