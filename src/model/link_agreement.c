// SPDX-License-Identifier: BSD-2-Clause
/*
 * link_agreement.c: the link's key exchange: fresh SAs from the caller's random bytes, as its form
 * wants them, and the associations that the two sides make of them.
 */
#include "model/link_internal.h"

#include <saoffload/algorithm.h>

/* The numbers below are reserved (RFC 4303 section 2.1). */
#define SPI_FIRST 256u

static const sao_packet_form esp_tunnel;

const sao_packet_form *sao_link_form(const sao_link_config *config)
{
    return config->form != NULL ? config->form : &esp_tunnel;
}

/* ---- fresh SAs ------------------------------------------------------------------------- */

typedef struct fresh_sa {
    uint32_t spi;
    uint8_t encryption_key[SAO_KEY_MAX];
    uint8_t authentication_key[SAO_KEY_MAX];
} fresh_sa;

/* Which SA of an agreement. */
typedef enum sa_place { ESP, AH } sa_place;
typedef enum sa_layer { BUNDLE, TUNNEL } sa_layer;

/* By layer, place, and the side that sends under it. */
typedef struct fresh_sas {
    fresh_sa of[SAO_LINK_LAYERS][SAO_LINK_SAS][SAO_LINK_SIDES];
} fresh_sas;

static uint32_t to_network(uint32_t number)
{
    const uint8_t bytes[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
                              (uint8_t)(number >> 8), (uint8_t)number};
    uint32_t result;

    SAO_MEMCPY(&result, bytes, sizeof result);
    return result;
}

static bool has_spi(const sao_agreement *agreement, uint32_t spi)
{
    for (size_t i = 0; i < sizeof agreement->spi / sizeof agreement->spi[0]; i++)
        if (agreement->spi[i] == spi)
            return true;
    return false;
}

/* Of the one in the making, or of one that there is. */
static bool spi_in_use(const sao_link *link, const sao_agreement *made, uint32_t spi)
{
    const sao_agreement *all[] = {&link->current, &link->next, &link->old};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i]->exists && has_spi(all[i], spi))
            return true;
    return has_spi(made, spi);
}

static uint32_t fresh_spi(const sao_link *link, const sao_agreement *made)
{
    uint32_t number;

    link->config.hooks.random(link->config.hooks.context, (uint8_t *)&number, sizeof number);
    while (number < SPI_FIRST || spi_in_use(link, made, to_network(number)))
        number++;
    return to_network(number);
}

static uint32_t encryption_of(const sao_link *link, sa_place place)
{
    return place == ESP ? link->config.encryption : 0;
}

static uint32_t authentication_of(const sao_link *link, sa_place place)
{
    return place == ESP ? link->config.authentication : link->config.ah_authentication;
}

static size_t key_length(const sao_algorithm *algorithm)
{
    return algorithm != NULL ? algorithm->key_length : 0;
}

static size_t encryption_key_length(const sao_link *link, sa_place place)
{
    return key_length(sao_encryption_algorithm(encryption_of(link, place)));
}

static size_t authentication_key_length(const sao_link *link, sa_place place)
{
    return key_length(sao_authentication_algorithm(authentication_of(link, place)));
}

static void make_sa(const sao_link *link, const sao_agreement *made, sa_place place, fresh_sa *sa)
{
    const sao_link_hooks *hooks = &link->config.hooks;

    sa->spi = fresh_spi(link, made);
    hooks->random(hooks->context, sa->encryption_key, encryption_key_length(link, place));
    hooks->random(hooks->context, sa->authentication_key, authentication_key_length(link, place));
}

static const sao_bundle_form *form_of(const sao_link *link, sa_layer layer)
{
    const sao_packet_form *form = sao_link_form(&link->config);

    return layer == BUNDLE ? &form->bundle : &form->tunnel;
}

/* Does the form have such an SA? */
static bool has_sa(const sao_link *link, sa_layer layer, sa_place place)
{
    const sao_bundle_form *form = form_of(link, layer);

    if (layer == TUNNEL && !sao_link_form(&link->config)->over_tunnel)
        return false;
    return place == ESP ? sao_bundle_form_has_esp(form) : sao_bundle_form_has_ah(form);
}

/* Calls `each` for every SA of the form. */
static void for_each_sa(sao_link *link, sao_agreement *agreement, fresh_sas *sas,
                        void (*each)(sao_link *link, sao_agreement *agreement, fresh_sas *sas,
                                     sa_layer layer, sa_place place, int side))
{
    for (uint32_t n = 0; n < SAO_LINK_LAYERS * SAO_LINK_SAS * SAO_LINK_SIDES; n++) {
        const sa_layer layer = (sa_layer)(n / (SAO_LINK_SAS * SAO_LINK_SIDES));
        const sa_place place = (sa_place)(n / SAO_LINK_SIDES % SAO_LINK_SAS);

        if (has_sa(link, layer, place))
            each(link, agreement, sas, layer, place, (int)(n % SAO_LINK_SIDES));
    }
}

static void make_one(sao_link *link, sao_agreement *agreement, fresh_sas *sas, sa_layer layer,
                     sa_place place, int side)
{
    fresh_sa *sa = &sas->of[layer][place][side];
    uint32_t *spi = agreement->spi;

    make_sa(link, agreement, place, sa);
    while (*spi != 0)
        spi++;
    *spi = sa->spi;
}

/* ---- what comes out of it -------------------------------------------------------------- */

/* Transport over tunnel has the packets' own addresses inside. */
static uint8_t version_of(const sao_link *link, sa_layer layer)
{
    const bool inner = layer == BUNDLE && sao_link_form(&link->config)->over_tunnel;

    return inner ? link->config.inner_version : link->config.ip_version;
}

static const sao_address *addresses_of(const sao_link *link, sa_layer layer)
{
    const bool inner = layer == BUNDLE && sao_link_form(&link->config)->over_tunnel;

    return inner ? link->config.inner_address : link->config.address;
}

static uint8_t icv_length_of(const sao_link *link, sa_place place)
{
    const sao_algorithm *encryption = sao_encryption_algorithm(encryption_of(link, place));
    const sao_algorithm *authentication =
        sao_authentication_algorithm(authentication_of(link, place));

    if (place == ESP && link->config.icv_length != 0)
        return link->config.icv_length;
    if (encryption != NULL && encryption->combined)
        return encryption->icv_length;
    return authentication != NULL ? authentication->icv_length : 0;
}

static sao_ipsec_mode mode_of(const sao_bundle_form *form, sa_place place)
{
    return place == AH && form->headers == SAO_HEADERS_ESP_AH ? SAO_IPSEC_TRANSPORT : form->mode;
}

static void report_one(sao_link *link, sao_agreement *agreement, fresh_sas *sas, sa_layer layer,
                       sa_place place, int side)
{
    const sao_bundle_form *form = form_of(link, layer);
    const fresh_sa *sa = &sas->of[layer][place][side];
    const size_t encryption = encryption_key_length(link, place);
    const size_t authentication = authentication_key_length(link, place);
    const sao_link_sa report = {
        .ip_version = version_of(link, layer),
        .source = addresses_of(link, layer)[side],
        .destination = addresses_of(link, layer)[1 - side],
        .protocol = place == ESP ? SAO_PROTOCOL_ESP : SAO_PROTOCOL_AH,
        .mode = mode_of(form, place),
        .udp_encapsulated = form->udp_esp != 0,
        .icv_length = icv_length_of(link, place),
        .spi = sa->spi,
        .encryption = encryption_of(link, place),
        .authentication = authentication_of(link, place),
        .encryption_key = encryption > 0 ? sa->encryption_key : NULL,
        .encryption_key_length = encryption,
        .authentication_key = authentication > 0 ? sa->authentication_key : NULL,
        .authentication_key_length = authentication,
    };

    (void)agreement;
    link->config.hooks.sa(link->config.hooks.context, &report);
}

static sao_transport_sa sa_view(const fresh_sa *sa)
{
    const sao_transport_sa view = {sa->spi, sa->encryption_key, sa->authentication_key};

    return view;
}

static NDIS_STATUS establish(const sao_link *link, int side, const fresh_sas *sas, sa_layer layer,
                             sao_agreement *agreement)
{
    const sao_link_config *config = &link->config;
    const sao_address *address = addresses_of(link, layer);
    const sao_transport_association association = {
        .ip_version = version_of(link, layer),
        .local = address[side],
        .remote = address[1 - side],
        .esn = config->esn,
        .encryption = config->encryption,
        .authentication = config->authentication,
        .inbound = sa_view(&sas->of[layer][ESP][1 - side]),
        .outbound = sa_view(&sas->of[layer][ESP][side]),
        .form = *form_of(link, layer),
        .ah_authentication = config->ah_authentication,
        .ah_inbound = sa_view(&sas->of[layer][AH][1 - side]),
        .ah_outbound = sa_view(&sas->of[layer][AH][side]),
        .icv_length = config->icv_length,
        .over_tunnel = layer == BUNDLE && sao_link_form(config)->over_tunnel,
        .tunnel = agreement->tunnel[side],
    };

    return sao_transport_establish(link->side[side].transport, &association,
                                   layer == TUNNEL ? &agreement->tunnel[side]
                                                   : &agreement->id[side]);
}

/* The tunnel first, which the other one names. */
static NDIS_STATUS establish_side(const sao_link *link, int side, const fresh_sas *sas,
                                  sao_agreement *agreement)
{
    NDIS_STATUS status = NDIS_STATUS_SUCCESS;

    if (sao_link_form(&link->config)->over_tunnel)
        status = establish(link, side, sas, TUNNEL, agreement);
    if (status == NDIS_STATUS_SUCCESS)
        status = establish(link, side, sas, BUNDLE, agreement);
    return status;
}

/* ---- agreements ------------------------------------------------------------------------ */

NDIS_STATUS sao_link_agree(sao_link *link, sao_agreement *agreement)
{
    fresh_sas sas;
    NDIS_STATUS status = NDIS_STATUS_SUCCESS;

    SAO_MEMSET(agreement, 0, sizeof *agreement);
    SAO_MEMSET(&sas, 0, sizeof sas);
    for (int i = 0; i < SAO_LINK_SIDES; i++)
        agreement->id[i] = agreement->tunnel[i] = SAO_ASSOCIATION_NONE;
    for_each_sa(link, agreement, &sas, make_one);
    for (int i = 0; i < SAO_LINK_SIDES && status == NDIS_STATUS_SUCCESS; i++)
        status = establish_side(link, i, &sas, agreement);
    agreement->exists = status == NDIS_STATUS_SUCCESS;
    if (!agreement->exists)
        sao_link_retire(link, agreement);
    else if (link->config.hooks.sa != NULL)
        for_each_sa(link, agreement, &sas, report_one);
    SAO_WIPE(&sas, sizeof sas);
    return status;
}

void sao_link_retire(const sao_link *link, sao_agreement *agreement)
{
    for (int i = 0; i < SAO_LINK_SIDES; i++) {
        sao_transport *transport = link->side[i].transport;

        sao_transport_retire(transport, agreement->tunnel[i]); /* and what runs over it */
        sao_transport_retire(transport, agreement->id[i]);
    }
    agreement->retired = true;
}

bool sao_link_is_forgotten(const sao_link *link, const sao_agreement *agreement)
{
    for (int i = 0; i < SAO_LINK_SIDES; i++) {
        const sao_transport *transport = link->side[i].transport;

        if (sao_transport_state(transport, agreement->id[i]) != SAO_ASSOCIATION_UNKNOWN ||
            sao_transport_state(transport, agreement->tunnel[i]) != SAO_ASSOCIATION_UNKNOWN)
            return false;
    }
    return true;
}

bool sao_link_is_offloaded(const sao_link *link, const sao_agreement *agreement)
{
    for (int i = 0; i < SAO_LINK_SIDES; i++)
        if (sao_transport_state(link->side[i].transport, agreement->id[i]) !=
            SAO_ASSOCIATION_OFFLOADED)
            return false;
    return true;
}
