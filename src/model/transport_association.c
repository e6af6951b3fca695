// SPDX-License-Identifier: BSD-2-Clause
/* transport_association.c: the associations and their SAs; see transport_internal.h. */
#include "model/transport_internal.h"

#include <saoffload/algorithm.h>

/* ---- finding --------------------------------------------------------------------------- */

sao_association *sao_transport_find(const sao_transport *transport, uint32_t id)
{
    sao_association *association = &transport->associations[id % transport->config.associations];

    return association->in_use && association->id == id ? association : NULL;
}

static sao_association *find_free(const sao_transport *transport)
{
    for (uint32_t i = 0; i < transport->config.associations; i++)
        if (!transport->associations[i].in_use)
            return &transport->associations[i];
    return NULL;
}

sao_association *sao_transport_tunnel(const sao_transport *transport,
                                      const sao_association *association)
{
    return association->over_tunnel ? sao_transport_find(transport, association->tunnel) : NULL;
}

sao_layers sao_transport_layers(const sao_transport *transport, sao_association *association)
{
    sao_layers layers = {{association, sao_transport_tunnel(transport, association)}, 1};

    if (layers.of[1] != NULL)
        layers.count = 2;
    return layers;
}

/* ---- SAs ------------------------------------------------------------------------------- */

/* What is negotiated of the nth SA of a half. */
typedef struct negotiated_sa {
    const sao_transport_sa *sa;
    uint32_t encryption;
    uint32_t authentication;
    uint8_t icv_length;
    bool ah;
} negotiated_sa;

static uint8_t count_sas(const sao_bundle_form *form)
{
    return form->headers == SAO_HEADERS_ESP_AH ? 2 : 1;
}

static negotiated_sa nth_sa(const sao_transport_association *association, bool inbound, uint32_t n)
{
    negotiated_sa esp = {inbound ? &association->inbound : &association->outbound,
                         association->encryption, association->authentication,
                         association->icv_length, false};
    negotiated_sa ah = {inbound ? &association->ah_inbound : &association->ah_outbound, 0,
                        association->ah_authentication, 0, true};

    return n == 0 && sao_bundle_form_has_esp(&association->form) ? esp : ah;
}

/* Is this what a packet begins with that comes in over the other association? */
static bool sa_is_taken(const sao_association *other, const sao_address *destination,
                        uint8_t ip_version, const negotiated_sa *wanted)
{
    const sao_half *in = &other->half[SAO_IN];
    const uint8_t protocol = wanted->ah ? SAO_PROTOCOL_AH : SAO_PROTOCOL_ESP;

    for (uint32_t i = 0; i < other->sa_count; i++)
        if (in->sa[i].sa.protocol == protocol && in->sa[i].sa.spi == wanted->sa->spi &&
            other->ip_version == ip_version &&
            SAO_MEMCMP(&other->local, destination, sizeof *destination) == 0)
            return true;
    return false;
}

/* The NIC would refuse the second of two (ADD-12); so do we, before anything depends on it. */
static bool spi_is_taken(const sao_transport *transport,
                         const sao_transport_association *association)
{
    for (uint32_t n = 0; n < count_sas(&association->form); n++) {
        const negotiated_sa wanted = nth_sa(association, true, n);

        for (uint32_t i = 0; i < transport->config.associations; i++)
            if (transport->associations[i].in_use &&
                sa_is_taken(&transport->associations[i], &association->local,
                            association->ip_version, &wanted))
                return true;
    }
    return false;
}

static NDIS_STATUS copy_keys(sao_sa_keys *keys, const negotiated_sa *from)
{
    const sao_algorithm *encryption = sao_encryption_algorithm(from->encryption);
    const sao_algorithm *authentication = sao_authentication_algorithm(from->authentication);

    if (encryption != NULL)
        keys->encryption_length = encryption->key_length;
    if (authentication != NULL && (encryption == NULL || !encryption->combined))
        keys->authentication_length = authentication->key_length;
    if ((keys->encryption_length > 0 && from->sa->encryption_key == NULL) ||
        (keys->authentication_length > 0 && from->sa->authentication_key == NULL))
        return NDIS_STATUS_INVALID_PARAMETER;
    if (keys->encryption_length > 0)
        SAO_MEMCPY(keys->encryption, from->sa->encryption_key, keys->encryption_length);
    if (keys->authentication_length > 0)
        SAO_MEMCPY(keys->authentication, from->sa->authentication_key, keys->authentication_length);
    return NDIS_STATUS_SUCCESS;
}

/* With ESP and AH as a tunnel, AH protects the packet that ESP has made (packet_form.h). */
static sao_ipsec_mode mode_of(const sao_bundle_form *form, const negotiated_sa *from)
{
    return from->ah && form->headers == SAO_HEADERS_ESP_AH ? SAO_IPSEC_TRANSPORT : form->mode;
}

static void describe_sa(const sao_transport_association *association, bool inbound,
                        const negotiated_sa *from, sao_ipsec_params *params)
{
    sao_ipsec_params_init(params);
    params->protocol = from->ah ? SAO_PROTOCOL_AH : SAO_PROTOCOL_ESP;
    params->mode = mode_of(&association->form, from);
    params->ip_version = association->ip_version;
    params->source = inbound ? association->remote : association->local;
    params->destination = inbound ? association->local : association->remote;
    params->spi = from->sa->spi;
    params->esn = association->esn;
    params->encryption = from->encryption;
    params->authentication = from->authentication;
    params->icv_length = from->icv_length;
    params->allow_unauthenticated = association->form.headers == SAO_HEADERS_ESP_AH; /* ADD-14 */
    params->udp_encapsulated = !from->ah && association->form.udp_esp != 0;
    if (inbound)
        params->udp_source_port = 0; /* a translator on the way may have changed it */
}

static NDIS_STATUS set_up_sa(const sao_transport *transport, sao_held_sa *held, bool inbound,
                             const sao_transport_association *association, uint32_t n)
{
    const negotiated_sa from = nth_sa(association, inbound, n);
    NDIS_STATUS status = copy_keys(&held->keys, &from);
    sao_ipsec_params params;

    if (status != NDIS_STATUS_SUCCESS)
        return status;
    describe_sa(association, inbound, &from, &params);
    if (held->keys.encryption_length > 0)
        params.encryption_key = held->keys.encryption;
    if (held->keys.authentication_length > 0)
        params.authentication_key = held->keys.authentication;
    params.encryption_key_length = held->keys.encryption_length;
    params.authentication_key_length = held->keys.authentication_length;
    held->encryption = from.encryption;
    held->authentication = from.authentication;
    return sao_ipsec_sa_init(&held->sa, &params, transport->config.provider, held->context);
}

static NDIS_STATUS set_up_sas(const sao_transport *transport, sao_association *made,
                              const sao_transport_association *association)
{
    NDIS_STATUS status = NDIS_STATUS_SUCCESS;

    for (uint32_t n = 0; n < count_sas(&association->form) * SAO_HALVES; n++) {
        const uint32_t direction = n % SAO_HALVES;

        if (status == NDIS_STATUS_SUCCESS)
            status = set_up_sa(transport, &made->half[direction].sa[n / SAO_HALVES],
                               direction == SAO_IN, association, n / SAO_HALVES);
    }
    return status;
}

/* ---- beginning and end ----------------------------------------------------------------- */

/* Everything of an association that is not its place: ids are not used again for long. */
static void wipe_association(const sao_transport *transport, sao_association *association)
{
    void *contexts[SAO_HALVES][SAO_SAS_MAX];
    uint32_t id = association->id;

    for (uint32_t n = 0; n < SAO_HALVES * SAO_SAS_MAX; n++) {
        sao_held_sa *held = &association->half[n / SAO_SAS_MAX].sa[n % SAO_SAS_MAX];

        contexts[n / SAO_SAS_MAX][n % SAO_SAS_MAX] = held->context;
        sao_ipsec_sa_wipe(&held->sa);
    }
    SAO_WIPE(association, sizeof *association);
    for (uint32_t n = 0; n < SAO_HALVES * SAO_SAS_MAX; n++)
        association->half[n / SAO_SAS_MAX].sa[n % SAO_SAS_MAX].context =
            contexts[n / SAO_SAS_MAX][n % SAO_SAS_MAX];
    association->id = id < SAO_ASSOCIATION_NONE - transport->config.associations
                          ? id + transport->config.associations
                          : id % transport->config.associations;
}

void sao_transport_forget(sao_transport *transport, sao_association *association)
{
    wipe_association(transport, association);
    transport->counters.associations--;
}

/* Its own, and together with the tunnel's. */
static bool form_can_be(const sao_transport *transport,
                        const sao_transport_association *association)
{
    const sao_association *tunnel;

    if (!association->over_tunnel)
        return sao_bundle_form_problem(&association->form, false) == NULL;
    tunnel = sao_transport_find(transport, association->tunnel);
    return tunnel != NULL && !tunnel->retiring &&
           sao_bundle_form_over_problem(&association->form, &tunnel->form) == NULL;
}

static bool numbers_can_be(const sao_transport_association *association)
{
    const uint64_t limit = sao_transport_sequence_limit(association->esn);

    return association->inbound_sequence <= limit && association->outbound_sequence <= limit;
}

NDIS_STATUS sao_transport_establish(sao_transport *transport,
                                    const sao_transport_association *association, uint32_t *id)
{
    sao_association *made = find_free(transport);
    NDIS_STATUS status;

    *id = SAO_ASSOCIATION_NONE;
    if (made == NULL)
        return NDIS_STATUS_RESOURCES;
    if (!form_can_be(transport, association) || !numbers_can_be(association) ||
        spi_is_taken(transport, association))
        return NDIS_STATUS_INVALID_PARAMETER;
    status = set_up_sas(transport, made, association);
    if (status != NDIS_STATUS_SUCCESS) {
        wipe_association(transport, made);
        return status;
    }
    made->in_use = true;
    made->over_tunnel = association->over_tunnel;
    made->tunnel = association->tunnel;
    made->form = association->form;
    made->sa_count = count_sas(&association->form);
    made->ip_version = association->ip_version;
    made->esn = association->esn;
    made->local = association->local;
    made->remote = association->remote;
    made->sequence = association->outbound_sequence;
    for (uint32_t i = 0; i < SAO_SAS_MAX; i++)
        sao_replay_begin(&made->replay[i], association->inbound_sequence);
    transport->counters.associations++;
    *id = made->id;
    sao_transport_pump(transport);
    return NDIS_STATUS_SUCCESS;
}

void sao_transport_retire(sao_transport *transport, uint32_t id)
{
    sao_association *association = sao_transport_find(transport, id);

    if (association == NULL)
        return;
    for (uint32_t i = 0; i < transport->config.associations; i++) {
        sao_association *other = &transport->associations[i];

        if (other->in_use && sao_transport_tunnel(transport, other) == association)
            other->retiring = true;
    }
    association->retiring = true;
    sao_transport_pump(transport);
}

void sao_transport_cancel(sao_transport *transport, uint32_t id)
{
    const sao_miniport *miniport = &transport->config.miniport;
    const sao_association *association = sao_transport_find(transport, id);

    if (association == NULL)
        return;
    for (uint32_t direction = 0; direction < SAO_HALVES; direction++)
        if (association->half[direction].outstanding)
            miniport->ops->cancel(miniport->context,
                                  association->half[direction].request.request_id);
}

sao_association_state sao_transport_state(const sao_transport *transport, uint32_t id)
{
    const sao_association *association = sao_transport_find(transport, id);
    const sao_half *in;
    const sao_half *out;

    if (association == NULL)
        return SAO_ASSOCIATION_UNKNOWN;
    if (association->retiring)
        return SAO_ASSOCIATION_RETIRING;
    if (sao_transport_wants_deletes(transport, association))
        return SAO_ASSOCIATION_DELETING;
    in = &association->half[SAO_IN];
    out = &association->half[SAO_OUT];
    if (in->state == SAO_HALF_ADDING || out->state == SAO_HALF_ADDING)
        return SAO_ASSOCIATION_ADDING;
    return sao_half_is_live(in) && sao_half_is_live(out) ? SAO_ASSOCIATION_OFFLOADED
                                                         : SAO_ASSOCIATION_SOFTWARE;
}
