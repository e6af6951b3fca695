// SPDX-License-Identifier: BSD-2-Clause
// peer_config.c: the file that says who a peer is and which SAs it has.
#include "cli/peer_config.h"

#include "cli/peer_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The last one with ESN: IVs are made from 48 bits of it. */
#define SEQUENCE_MAX ((UINT64_C(1) << 48) - 1u)

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

/* ---- SAs ------------------------------------------------------------------------------- */

typedef struct key_lengths {
    size_t encryption;
    size_t authentication;
} key_lengths;

static bool read_sa(const sao_json_reader *reader, const char *name, const key_lengths *lengths,
                    sao_peer_keys *keys, sao_transport_sa *sa)
{
    static const char *const members[] = {"spi", "encryption_key", "authentication_key", NULL};
    sao_json_reader member;

    if (!sao_json_enter(reader, name, name, &member) || !sao_json_only(&member, members) ||
        !sao_json_spi(&member, "spi", &sa->spi) ||
        !sao_json_key(&member, "encryption_key", keys->encryption, lengths->encryption) ||
        !sao_json_key(&member, "authentication_key", keys->authentication, lengths->authentication))
        return false;
    sa->encryption_key = lengths->encryption > 0 ? keys->encryption : NULL;
    sa->authentication_key = lengths->authentication > 0 ? keys->authentication : NULL;
    return true;
}

static bool read_esp(const sao_json_reader *reader, sao_peer_association *association)
{
    static const char *const members[] = {"encryption", "authentication", "icv_length",
                                          "inbound",    "outbound",       NULL};
    sao_transport_association *sas = &association->sas;
    uint64_t icv_length = 0;
    sao_json_reader esp;
    key_lengths lengths;

    if (!sao_json_enter(reader, "esp", "esp", &esp) || !sao_json_only(&esp, members) ||
        !sao_json_number(&esp, "icv_length", SAO_ICV_MAX, &icv_length))
        return false;
    sas->icv_length = (uint8_t)icv_length;
    return read_algorithm(&esp, "encryption", sao_encryption_algorithm, &sas->encryption,
                          &lengths.encryption) &&
           read_algorithm(&esp, "authentication", sao_authentication_algorithm,
                          &sas->authentication, &lengths.authentication) &&
           read_sa(&esp, "inbound", &lengths, &association->inbound, &sas->inbound) &&
           read_sa(&esp, "outbound", &lengths, &association->outbound, &sas->outbound);
}

static bool read_ah(const sao_json_reader *reader, sao_peer_association *association)
{
    static const char *const members[] = {"authentication", "inbound", "outbound", NULL};
    sao_transport_association *sas = &association->sas;
    key_lengths lengths = {0, 0};
    sao_json_reader ah;

    return sao_json_enter(reader, "ah", "ah", &ah) && sao_json_only(&ah, members) &&
           read_algorithm(&ah, "authentication", sao_authentication_algorithm,
                          &sas->ah_authentication, &lengths.authentication) &&
           read_sa(&ah, "inbound", &lengths, &association->ah_inbound, &sas->ah_inbound) &&
           read_sa(&ah, "outbound", &lengths, &association->ah_outbound, &sas->ah_outbound);
}

/* ESP, AH, or both. */
static bool read_headers(const sao_json_reader *reader, sao_peer_association *association)
{
    const bool esp = sao_json_has(reader, "esp");
    const bool ah = sao_json_has(reader, "ah");

    if (!esp && !ah)
        return sao_json_wrong(reader, "there is neither 'esp' nor 'ah'");
    association->sas.form.headers = !ah    ? SAO_HEADERS_ESP
                                    : !esp ? SAO_HEADERS_AH
                                           : SAO_HEADERS_ESP_AH;
    return (!esp || read_esp(reader, association)) && (!ah || read_ah(reader, association));
}

/* ---- one association ------------------------------------------------------------------- */

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

static bool read_mode(const sao_json_reader *reader, sao_peer_association *association)
{
    bool good;
    const char *mode = sao_json_string(reader, "mode", true, &good);

    if (!good)
        return false;
    if (mode != NULL && strcmp(mode, "tunnel") != 0 && strcmp(mode, "transport") != 0)
        return sao_json_wrong(reader, "'mode' is neither \"tunnel\" nor \"transport\"");
    association->sas.form.mode =
        mode != NULL && strcmp(mode, "transport") == 0 ? SAO_IPSEC_TRANSPORT : SAO_IPSEC_TUNNEL;
    return true;
}

/* The tunnel is none that carries packets of its own any more. */
static bool read_tunnel(const sao_json_reader *reader, sao_peer_config *config,
                        sao_peer_association *association)
{
    bool good;
    const char *name = sao_json_string(reader, "tunnel", true, &good);
    size_t i = 0;

    if (name == NULL)
        return good;
    while (&config->associations[i] != association &&
           strcmp(config->associations[i].name, name) != 0)
        i++;
    if (&config->associations[i] == association)
        return sao_json_wrong(reader, "'tunnel' names no association before it");
    if (config->associations[i].cargo != SAO_PEER_NONE)
        return sao_json_wrong(reader, "another association runs over its tunnel");
    association->sas.over_tunnel = true;
    association->tunnel = i;
    config->associations[i].cargo = (size_t)(association - config->associations);
    config->associations[i].address_version = 0;
    return true;
}

/* The UDP-ESP types follow from where the UDP header is, and the form must be one that can be. */
static bool read_udp(const sao_json_reader *reader, sao_peer_config *config,
                     sao_peer_association *association)
{
    sao_bundle_form *form = &association->sas.form;
    const bool over_tunnel = association->sas.over_tunnel;
    const bool tunnel_mode = form->mode == SAO_IPSEC_TUNNEL;
    bool udp = false;
    const char *problem;

    if (!sao_json_truth(reader, "udp", &udp))
        return false;
    if (udp)
        form->udp_esp = tunnel_mode   ? IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TUNNEL
                        : over_tunnel ? IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TRANSPORT_OVER_TUNNEL
                                      : IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TRANSPORT;
    problem = sao_bundle_form_problem(form, over_tunnel);
    if (problem == NULL && over_tunnel) {
        sao_bundle_form *tunnel = &config->associations[association->tunnel].sas.form;

        if (tunnel->udp_esp != 0)
            tunnel->udp_esp = IPSEC_OFFLOAD_V2_TRANSPORT_OVER_UDP_ESP_ENCAPSULATION_TUNNEL;
        problem = sao_bundle_form_over_problem(form, tunnel);
    }
    return problem == NULL || sao_json_wrong(reader, "%s", problem);
}

/* ESN, and the numbers of SAs that have been in use. */
static bool read_numbers(const sao_json_reader *reader, sao_transport_association *sas)
{
    uint64_t last = UINT32_MAX;

    if (!sao_json_truth(reader, "esn", &sas->esn))
        return false;
    if (sas->esn)
        last = SEQUENCE_MAX;
    return sao_json_number(reader, "inbound_sequence", last, &sas->inbound_sequence) &&
           sao_json_number(reader, "outbound_sequence", last, &sas->outbound_sequence);
}

static bool read_name(sao_json_reader *reader, sao_peer_association *association)
{
    bool good;
    const char *name = sao_json_string(reader, "name", false, &good);

    if (name == NULL)
        return false;
    if (snprintf(association->name, sizeof association->name, "%s", name) >=
        (int)sizeof association->name)
        return sao_json_wrong(reader, "'name' is longer than %d characters", SAO_PEER_NAME_MAX - 1);
    snprintf(reader->where, sizeof reader->where, "association '%s'", association->name);
    return true;
}

static bool read_association(sao_json_reader *reader, sao_peer_config *config,
                             sao_peer_association *association)
{
    static const char *const members[] = {"name",
                                          "local",
                                          "remote",
                                          "address",
                                          "mode",
                                          "esn",
                                          "inbound_sequence",
                                          "outbound_sequence",
                                          "udp",
                                          "tunnel",
                                          "esp",
                                          "ah",
                                          NULL};

    association->tunnel = association->cargo = SAO_PEER_NONE;
    return read_name(reader, association) && sao_json_only(reader, members) &&
           read_addresses(reader, association) && read_mode(reader, association) &&
           read_numbers(reader, &association->sas) && read_headers(reader, association) &&
           read_tunnel(reader, config, association) && read_udp(reader, config, association);
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
        if (other->address_version == last->address_version && other->address_version != 0 &&
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
        if (!read_association(&reader, config, association) || !is_distinct(&reader, config))
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
