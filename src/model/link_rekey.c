// SPDX-License-Identifier: BSD-2-Clause
/*
 * link_rekey.c: the link's key exchange.
 *
 * The new association is made, and offloaded, before anything is sent under it; the old one is
 * kept until nothing of it can be under way. So a rekey loses no packet and costs no offload.
 */
#include "model/link_internal.h"

#include <saoffload/algorithm.h>

/* The numbers below are reserved (RFC 4303 section 2.1). */
#define SPI_FIRST 256u

/* So many times as long as an add and a retry take, and a rekey goes on in software. */
#define OFFLOAD_PATIENCE 16u

/* ---- fresh SAs ------------------------------------------------------------------------- */

typedef struct fresh_sa {
    uint32_t spi;
    uint8_t encryption_key[SAO_KEY_MAX];
    uint8_t authentication_key[SAO_KEY_MAX];
} fresh_sa;

static uint32_t to_network(uint32_t number)
{
    const uint8_t bytes[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
                              (uint8_t)(number >> 8), (uint8_t)number};
    uint32_t result;

    SAO_MEMCPY(&result, bytes, sizeof result);
    return result;
}

static bool spi_in_use(const sao_link *link, uint32_t spi)
{
    const sao_agreement *all[] = {&link->current, &link->next, &link->old};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i]->exists && (all[i]->spi[0] == spi || all[i]->spi[1] == spi))
            return true;
    return false;
}

static uint32_t fresh_spi(const sao_link *link, uint32_t other)
{
    uint32_t number;

    link->config.hooks.random(link->config.hooks.context, (uint8_t *)&number, sizeof number);
    while (number < SPI_FIRST || to_network(number) == other ||
           spi_in_use(link, to_network(number)))
        number++;
    return to_network(number);
}

static size_t key_length(const sao_algorithm *algorithm)
{
    return algorithm != NULL ? algorithm->key_length : 0;
}

static size_t encryption_key_length(const sao_link *link)
{
    return key_length(sao_encryption_algorithm(link->config.encryption));
}

static size_t authentication_key_length(const sao_link *link)
{
    return key_length(sao_authentication_algorithm(link->config.authentication));
}

static void make_sa(const sao_link *link, fresh_sa *sa, uint32_t other_spi)
{
    const sao_link_hooks *hooks = &link->config.hooks;

    sa->spi = fresh_spi(link, other_spi);
    hooks->random(hooks->context, sa->encryption_key, encryption_key_length(link));
    hooks->random(hooks->context, sa->authentication_key, authentication_key_length(link));
}

static void report_sa(const sao_link *link, int from, const fresh_sa *sa)
{
    const sao_link_config *config = &link->config;
    const sao_link_sa report = {
        .ip_version = config->ip_version,
        .source = config->address[from],
        .destination = config->address[1 - from],
        .spi = sa->spi,
        .encryption = config->encryption,
        .authentication = config->authentication,
        .encryption_key = encryption_key_length(link) > 0 ? sa->encryption_key : NULL,
        .encryption_key_length = encryption_key_length(link),
        .authentication_key = authentication_key_length(link) > 0 ? sa->authentication_key : NULL,
        .authentication_key_length = authentication_key_length(link),
    };

    if (config->hooks.sa != NULL)
        config->hooks.sa(config->hooks.context, &report);
}

/* ---- negotiation ----------------------------------------------------------------------- */

static sao_transport_sa sa_view(const fresh_sa *sa)
{
    const sao_transport_sa view = {sa->spi, sa->encryption_key, sa->authentication_key};

    return view;
}

static NDIS_STATUS establish_side(const sao_link *link, int index, const fresh_sa *sas,
                                  uint32_t *id)
{
    const sao_link_config *config = &link->config;
    const sao_transport_association association = {
        .ip_version = config->ip_version,
        .local = config->address[index],
        .remote = config->address[1 - index],
        .esn = config->esn,
        .encryption = config->encryption,
        .authentication = config->authentication,
        .inbound = sa_view(&sas[1 - index]),
        .outbound = sa_view(&sas[index]),
    };

    return sao_transport_establish(link->side[index].transport, &association, id);
}

static void retire(const sao_link *link, sao_agreement *agreement)
{
    for (int i = 0; i < SAO_LINK_SIDES; i++)
        sao_transport_retire(link->side[i].transport, agreement->id[i]);
    agreement->retired = true;
}

static bool is_forgotten(const sao_link *link, const sao_agreement *agreement)
{
    for (int i = 0; i < SAO_LINK_SIDES; i++)
        if (sao_transport_state(link->side[i].transport, agreement->id[i]) !=
            SAO_ASSOCIATION_UNKNOWN)
            return false;
    return true;
}

/* Both sides, or neither. sas[i] is the SA that side i sends under. */
static NDIS_STATUS negotiate(sao_link *link, sao_agreement *agreement)
{
    fresh_sa sas[SAO_LINK_SIDES];
    NDIS_STATUS status = NDIS_STATUS_SUCCESS;

    make_sa(link, &sas[0], 0);
    make_sa(link, &sas[1], sas[0].spi);
    agreement->id[0] = agreement->id[1] = SAO_ASSOCIATION_NONE;
    for (int i = 0; i < SAO_LINK_SIDES && status == NDIS_STATUS_SUCCESS; i++)
        status = establish_side(link, i, sas, &agreement->id[i]);
    if (status == NDIS_STATUS_SUCCESS) {
        agreement->exists = true;
        agreement->retired = false;
        for (int i = 0; i < SAO_LINK_SIDES; i++) {
            agreement->spi[i] = sas[i].spi;
            report_sa(link, i, &sas[i]);
        }
    } else {
        retire(link, agreement);
    }
    SAO_WIPE(sas, sizeof sas);
    return status;
}

static void set_deadline(sao_link *link)
{
    link->next_deadline =
        link->now + OFFLOAD_PATIENCE * (link->config.nic.add_latency + SAO_LINK_RETRY_AFTER + 1u);
}

static bool is_offloaded(const sao_link *link, const sao_agreement *agreement)
{
    for (int i = 0; i < SAO_LINK_SIDES; i++)
        if (sao_transport_state(link->side[i].transport, agreement->id[i]) !=
            SAO_ASSOCIATION_OFFLOADED)
            return false;
    return true;
}

NDIS_STATUS sao_link_begin(sao_link *link)
{
    set_deadline(link);
    return negotiate(link, &link->current);
}

bool sao_link_begun(const sao_link *link)
{
    return is_offloaded(link, &link->current) || link->now >= link->next_deadline;
}

/* ---- rekeys ---------------------------------------------------------------------------- */

static bool is_used_up(const sao_link *link)
{
    uint64_t sent = 0;

    for (int i = 0; i < SAO_LINK_SIDES; i++)
        sent += sao_transport_sent(link->side[i].transport, link->current.id[i]);
    return link->config.rekey_after > 0 && sent >= link->config.rekey_after;
}

/* Something holds up packets of the old association, on the way out or before they arrive. */
static bool is_old_disturbed(const sao_link *link)
{
    for (int i = 0; i < SAO_LINK_SIDES; i++) {
        const sao_link_side *side = &link->side[i];

        if (sao_link_is_interrupted(side) ||
            sao_transport_unfinished(side->transport, link->old.id[i]) > 0)
            return true;
    }
    return false;
}

/* Until nothing does, and the last of them has had the time to arrive. */
static void keep_old(sao_link *link)
{
    const bool disturbed = is_old_disturbed(link);
    const uint64_t until = link->now + link->config.nic.receive_latency + 2u;

    if ((disturbed || link->old_disturbed) && until > link->old_until)
        link->old_until = until;
    link->old_disturbed = disturbed;
}

/* A packet takes a send, perhaps a second one in software, and a receive to arrive. */
static void switch_over(sao_link *link)
{
    const sao_soft_nic_config *nic = &link->config.nic;

    link->old = link->current;
    link->old_disturbed = is_old_disturbed(link);
    link->old_until = link->now + 2u * nic->send_latency + nic->receive_latency + 2u;
    link->current = link->next;
    link->next.exists = false;
    link->rekeys++;
}

void sao_link_rekey(sao_link *link)
{
    if (link->closing)
        return;
    if (link->old.exists) {
        keep_old(link);
        if (!link->old.retired && link->now >= link->old_until)
            retire(link, &link->old);
        if (link->old.retired && is_forgotten(link, &link->old))
            link->old.exists = false;
    } else if (link->next.exists) {
        if (is_offloaded(link, &link->next) || link->now >= link->next_deadline)
            switch_over(link);
    } else if (is_used_up(link)) {
        set_deadline(link);
        /* Refused while something is still in the way: then again, the old SAs go on. */
        (void)negotiate(link, &link->next);
    }
}

uint64_t sao_link_rekey_due(const sao_link *link)
{
    if (link->closing)
        return UINT64_MAX;
    if (link->old.exists)
        return link->old.retired || link->old_disturbed ? UINT64_MAX : link->old_until;
    return link->next.exists ? link->next_deadline : UINT64_MAX;
}

void sao_link_retire_all(sao_link *link)
{
    sao_agreement *all[] = {&link->current, &link->next, &link->old};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i]->exists)
            retire(link, all[i]);
}
