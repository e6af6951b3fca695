// SPDX-License-Identifier: BSD-2-Clause
/* sa.c: makes an SA from its parameters, refusing everything that could not work (ADD-7, ADD-8). */
#include "ipsec/sa.h"

#include "ipsec/udp.h"

/* The receiver's window for guessing the high half (RFC 4303 appendix A2.2). */
#define ESN_WINDOW 64u

void sao_ipsec_params_init(sao_ipsec_params *params)
{
    SAO_MEMSET(params, 0, sizeof *params);
    params->size = sizeof *params;
    params->protocol = SAO_PROTOCOL_ESP;
    params->mode = SAO_IPSEC_TUNNEL;
    params->ip_version = 4;
    params->hop_limit = 64;
    params->udp_source_port = SAO_UDP_PORT_IPSEC;
    params->udp_destination_port = SAO_UDP_PORT_IPSEC;
}

/* An IPv4 address has nothing behind its four bytes. */
static bool address_fits(const sao_address *address, uint8_t ip_version)
{
    static const uint8_t zero[12] = {0};

    return ip_version == 6 || SAO_MEMCMP(address->bytes + 4, zero, sizeof zero) == 0;
}

static NDIS_STATUS check_header_params(const sao_ipsec_params *params)
{
    if (params->protocol != SAO_PROTOCOL_ESP && params->protocol != SAO_PROTOCOL_AH)
        return NDIS_STATUS_INVALID_PARAMETER;
    if (params->protocol == SAO_PROTOCOL_AH && params->udp_encapsulated)
        return NDIS_STATUS_INVALID_PARAMETER; /* ADD-15 */
    if (params->behind_ah && (params->protocol == SAO_PROTOCOL_AH || params->udp_encapsulated))
        return NDIS_STATUS_INVALID_PARAMETER; /* ADD-5, ADD-15 */
    if (params->spi == 0)
        return NDIS_STATUS_INVALID_PARAMETER;
    if (params->mode != SAO_IPSEC_TUNNEL && params->mode != SAO_IPSEC_TRANSPORT)
        return NDIS_STATUS_INVALID_PARAMETER;
    if (params->mode == SAO_IPSEC_TUNNEL && params->hop_limit == 0)
        return NDIS_STATUS_INVALID_PARAMETER;
    if (params->ip_version != 4 && params->ip_version != 6)
        return NDIS_STATUS_INVALID_PARAMETER;
    if (!address_fits(&params->source, params->ip_version) ||
        !address_fits(&params->destination, params->ip_version))
        return NDIS_STATUS_INVALID_PARAMETER;
    return NDIS_STATUS_SUCCESS;
}

static bool key_fits(const sao_algorithm *algorithm, const uint8_t *key, size_t length)
{
    return length == algorithm->key_length && (length == 0 || key != NULL);
}

/* The algorithms of an SA; `authentication` is NULL with a combined mode. */
typedef struct sa_algorithms {
    const sao_algorithm *encryption;
    const sao_algorithm *authentication;
    const sao_algorithm *icv; /* whichever of them makes it; NULL for encryption alone */
    const sao_algorithm *iv;  /* whichever of them has one, and a salt; else one without */
} sa_algorithms;

/* Encryption, and nothing that authenticates (ADD-14)? */
static bool may_be_alone(const sao_ipsec_params *params)
{
    return params->allow_unauthenticated && !sao_encryption_is_null(params->encryption);
}

static NDIS_STATUS find_algorithms(const sao_ipsec_params *params, sa_algorithms *found)
{
    uint32_t encryption = sao_encryption_is_null(params->encryption)
                              ? IPSEC_OFFLOAD_V2_ENCRYPTION_NONE
                              : params->encryption;

    found->encryption = sao_encryption_algorithm(encryption);
    found->authentication = sao_authentication_algorithm(params->authentication);
    if (found->encryption == NULL || (found->authentication == NULL && params->authentication != 0))
        return NDIS_STATUS_NOT_SUPPORTED;
    if (found->encryption->combined && found->authentication != NULL)
        return NDIS_STATUS_INVALID_PARAMETER;
    if (!found->encryption->combined && found->authentication == NULL && !may_be_alone(params))
        return NDIS_STATUS_INVALID_PARAMETER;
    if (found->authentication != NULL && found->authentication->iv_length > 0 &&
        encryption != IPSEC_OFFLOAD_V2_ENCRYPTION_NONE)
        return NDIS_STATUS_INVALID_PARAMETER; /* AES-GMAC takes null encryption only (ADD-7) */
    if (params->protocol == SAO_PROTOCOL_AH && encryption != IPSEC_OFFLOAD_V2_ENCRYPTION_NONE)
        return NDIS_STATUS_INVALID_PARAMETER; /* ADD-6 */
    found->icv = found->encryption->combined ? found->encryption : found->authentication;
    found->iv = found->encryption->iv_length > 0 ? found->encryption : found->icv;
    return NDIS_STATUS_SUCCESS;
}

static bool keys_fit(const sao_ipsec_params *params, const sa_algorithms *algorithms)
{
    return key_fits(algorithms->encryption, params->encryption_key,
                    params->encryption_key_length) &&
           (algorithms->authentication == NULL ||
            key_fits(algorithms->authentication, params->authentication_key,
                     params->authentication_key_length));
}

/* False for an ICV of a length that the algorithm does not make. */
static bool choose_icv(sao_ipsec_sa *sa, const sao_ipsec_params *params, const sao_algorithm *icv)
{
    if (icv == NULL)
        return params->icv_length == 0;
    sa->icv_length = params->icv_length != 0 ? params->icv_length : icv->icv_length;
    return sao_icv_length_fits(icv, sa->icv_length);
}

/* What a provider wants to know: it never sees the salt. */
static void describe_keys(const sao_ipsec_params *params, const sa_algorithms *algorithms,
                          size_t icv_length, sao_crypto_keys *keys)
{
    const sao_algorithm *encryption = algorithms->encryption;

    SAO_MEMSET(keys, 0, sizeof *keys);
    keys->encryption = encryption->identifier;
    keys->encryption_key = params->encryption_key;
    keys->encryption_key_length = (size_t)encryption->key_length - encryption->salt_length;
    if (algorithms->authentication != NULL) {
        keys->authentication = algorithms->authentication->identifier;
        keys->authentication_key = params->authentication_key;
        keys->authentication_key_length = (size_t)algorithms->authentication->key_length -
                                          algorithms->authentication->salt_length;
    }
    keys->icv_length = icv_length;
}

/* The salt is at the key's end. */
static void copy_salt(sao_ipsec_sa *sa, const sao_ipsec_params *params,
                      const sa_algorithms *algorithms)
{
    const sao_algorithm *iv = algorithms->iv;
    const uint8_t *key =
        iv == algorithms->encryption ? params->encryption_key : params->authentication_key;

    sa->salt_length = iv->salt_length;
    if (sa->salt_length > 0)
        SAO_MEMCPY(sa->salt, key + iv->key_length - iv->salt_length, sa->salt_length);
}

/* Makes the context, and fills in what the algorithms decide. */
static NDIS_STATUS prepare_crypto(sao_ipsec_sa *sa, const sao_ipsec_params *params,
                                  const sao_crypto_provider *provider, void *context)
{
    sa_algorithms algorithms;
    sao_crypto_keys keys;
    NDIS_STATUS status = find_algorithms(params, &algorithms);

    if (status != NDIS_STATUS_SUCCESS)
        return status;
    if (!keys_fit(params, &algorithms) || !choose_icv(sa, params, algorithms.icv))
        return NDIS_STATUS_INVALID_PARAMETER;
    describe_keys(params, &algorithms, sa->icv_length, &keys);
    status = provider->supports(keys.encryption, keys.authentication);
    if (status == NDIS_STATUS_SUCCESS)
        status = provider->prepare(context, &keys);
    if (status != NDIS_STATUS_SUCCESS)
        return status;
    sa->iv_length = algorithms.iv->iv_length;
    sa->block_length = algorithms.encryption->block_length;
    sa->combined = algorithms.encryption->combined;
    copy_salt(sa, params, &algorithms);
    return NDIS_STATUS_SUCCESS;
}

NDIS_STATUS sao_ipsec_sa_init(sao_ipsec_sa *sa, const sao_ipsec_params *params,
                              const sao_crypto_provider *provider, void *context)
{
    NDIS_STATUS status;

    SAO_MEMSET(sa, 0, sizeof *sa);
    if (params->size != sizeof *params || provider == NULL || context == NULL ||
        provider->size != sizeof *provider)
        return NDIS_STATUS_INVALID_PARAMETER;
    status = check_header_params(params);
    if (status == NDIS_STATUS_SUCCESS)
        status = prepare_crypto(sa, params, provider, context);
    if (status != NDIS_STATUS_SUCCESS) {
        SAO_MEMSET(sa, 0, sizeof *sa); /* so that a wipe does no harm */
        return status;
    }
    sa->provider = provider;
    sa->context = context;
    sa->source = params->source;
    sa->destination = params->destination;
    sa->spi = params->spi;
    sa->ip_version = params->ip_version;
    sa->mode = (uint8_t)params->mode;
    sa->protocol = params->protocol;
    sa->hop_limit = params->hop_limit;
    sa->esn = params->esn;
    sa->behind_ah = params->behind_ah;
    sa->udp_encapsulated = params->udp_encapsulated;
    sa->udp_source_port = params->udp_source_port;
    sa->udp_destination_port = params->udp_destination_port;
    return NDIS_STATUS_SUCCESS;
}

void sao_ipsec_sa_wipe(sao_ipsec_sa *sa)
{
    if (sa->provider != NULL)
        sa->provider->wipe(sa->context);
    SAO_WIPE(sa, sizeof *sa);
}

uint16_t sao_sa_read(const sao_ipsec_sa *sa, const uint8_t *packet, size_t length, sao_ip_view *ip)
{
    if (length > 0 && packet[0] >> 4 != sa->ip_version)
        return CRYPTO_INVALID_PROTOCOL;
    return sao_ip_read(packet, length, ip) == SAO_PARSE_OK ? CRYPTO_SUCCESS
                                                           : CRYPTO_INVALID_PACKET_SYNTAX;
}

bool sao_sa_covers(const sao_ipsec_sa *sa, const uint8_t *packet, const sao_ip_view *ip)
{
    const uint32_t source_at = ip->version == 4 ? 12 : 8;
    const uint32_t destination_at = ip->version == 4 ? 16 : 24;

    return ip->version == sa->ip_version && !ip->fragment &&
           sao_sa_wants(&sa->source, packet + source_at, ip->version) &&
           sao_sa_wants(&sa->destination, packet + destination_at, ip->version);
}

/*
 * RFC 4303 appendix A2.2, and RFC 4302 appendix B2.2 alike: the window ends at `highest`; what
 * lies before it is taken to be of the next 2^32.
 */
uint64_t sao_sa_infer(uint64_t highest, uint32_t low)
{
    uint32_t high = (uint32_t)(highest >> 32);
    uint32_t top = (uint32_t)highest;
    uint32_t bottom = top - (ESN_WINDOW - 1);

    if (top >= ESN_WINDOW - 1) {
        if (low < bottom)
            high++;
    } else if (low >= bottom && high > 0) { /* the window reaches back over a wrap */
        high--;
    }
    return (uint64_t)high << 32 | low;
}
