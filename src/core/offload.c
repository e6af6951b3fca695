// SPDX-License-Identifier: BSD-2-Clause
/*
 * offload.c: what of the capabilities is turned on: OFFLOAD_PARAMETERS (CAP-3 to CAP-6) and
 * OFFLOAD_ENCAPSULATION (ENC-1). Packets read the outcome without a lock, so it is three words.
 */
#include "core/engine.h"
#include "core/form.h"

#define ENABLED_ALL (SAO_ENABLED_AH | SAO_ENABLED_ESP)

/* ---- the current configuration --------------------------------------------------------- */

void sao_offload_default(sao_adapter *adapter)
{
    SAO_ATOMIC_STORE(&adapter->enabled, ENABLED_ALL);
    SAO_ATOMIC_STORE(&adapter->encapsulation[0], 0);
    SAO_ATOMIC_STORE(&adapter->encapsulation[1], 0);
}

void sao_offload_config(const sao_adapter *adapter, NDIS_IPSEC_OFFLOAD_V2 *config)
{
    uint32_t enabled = SAO_ATOMIC_LOAD(&adapter->enabled);

    if (enabled == 0) {
        SAO_MEMSET(config, 0, sizeof *config);
        return;
    }
    *config = adapter->config.capabilities;
    if (enabled != ENABLED_ALL)
        config->AhEspCombined = 0;
    if ((enabled & SAO_ENABLED_AH) == 0)
        config->Ah = 0;
    if ((enabled & SAO_ENABLED_ESP) == 0) {
        config->Esp = 0;
        config->EncryptionAlgorithms = 0;
        config->UdpEsp = 0;
    }
}

void sao_adapter_get_config(sao_adapter *adapter, NDIS_IPSEC_OFFLOAD_V2 *config)
{
    sao_lock(adapter);
    sao_offload_config(adapter, config);
    sao_unlock(adapter);
}

/* The lock is let go for the call. */
static void indicate_config(sao_adapter *adapter)
{
    NDIS_IPSEC_OFFLOAD_V2 config;

    if (adapter->config.host.current_config == NULL)
        return;
    sao_offload_config(adapter, &config);
    sao_unlock(adapter);
    adapter->config.host.current_config(adapter->config.host_context, &config);
    sao_lock(adapter);
}

/* ---- OFFLOAD_PARAMETERS ---------------------------------------------------------------- */

/* What a value of IPsecV2 turns on; false for one that is none, or that goes beyond what there is.
 */
static bool read_enabled(const NDIS_IPSEC_OFFLOAD_V2 *capabilities, uint32_t value,
                         uint32_t *enabled)
{
    uint32_t offered =
        (capabilities->Ah ? SAO_ENABLED_AH : 0u) | (capabilities->Esp ? SAO_ENABLED_ESP : 0u);

    switch (value) {
    case NDIS_OFFLOAD_PARAMETERS_NO_CHANGE:
        return true;
    case NDIS_OFFLOAD_PARAMETERS_IPSECV2_DISABLED:
        *enabled = 0;
        return true;
    case NDIS_OFFLOAD_PARAMETERS_IPSECV2_AH_ENABLED:
        *enabled = SAO_ENABLED_AH;
        break;
    case NDIS_OFFLOAD_PARAMETERS_IPSECV2_ESP_ENABLED:
        *enabled = SAO_ENABLED_ESP;
        break;
    case NDIS_OFFLOAD_PARAMETERS_IPSECV2_AH_AND_ESP_ENABLED:
        *enabled = ENABLED_ALL;
        break;
    default:
        return false;
    }
    return (*enabled & ~offered) == 0;
}

static NDIS_STATUS set_parameters(sao_adapter *adapter, const void *element)
{
    const NDIS_IPSEC_OFFLOAD_V2 *capabilities = &adapter->config.capabilities;
    uint32_t enabled = adapter->enabled;
    NDIS_OFFLOAD_PARAMETERS parameters;
    uint32_t value;

    SAO_MEMSET(&parameters, 0, sizeof parameters);
    SAO_MEMCPY(&parameters, element, SAO_SIZEOF_OFFLOAD_PARAMETERS_REVISION_1);
    if (parameters.Header.Revision >= NDIS_OFFLOAD_PARAMETERS_REVISION_2) {
        if (parameters.Header.Size < SAO_SIZEOF_OFFLOAD_PARAMETERS_REVISION_2)
            return NDIS_STATUS_INVALID_DATA;
        SAO_MEMCPY(&parameters, element, SAO_SIZEOF_OFFLOAD_PARAMETERS_REVISION_2);
    }
    /* IPsecV2IPv4 is for miniports without IPv6 (CAP-6). */
    value = capabilities->IPv6Supported || parameters.IPsecV2IPv4 == 0 ? parameters.IPsecV2
                                                                       : parameters.IPsecV2IPv4;
    if (!read_enabled(capabilities, value, &enabled))
        return NDIS_STATUS_INVALID_DATA;
    SAO_ATOMIC_STORE(&adapter->enabled, enabled);
    return NDIS_STATUS_SUCCESS;
}

/* ---- OFFLOAD_ENCAPSULATION ------------------------------------------------------------- */

/* The framings that are on for one version of IP; false for a value that cannot be. */
static bool read_framings(const NDIS_IPSEC_OFFLOAD_V2 *capabilities, ULONG set, ULONG types,
                          uint32_t *framings)
{
    switch (set) {
    case NDIS_OFFLOAD_SET_NO_CHANGE:
        return true;
    case NDIS_OFFLOAD_SET_OFF:
        *framings = 0;
        return true;
    case NDIS_OFFLOAD_SET_ON:
        *framings = types;
        return types != 0 && (types & ~capabilities->Encapsulation) == 0;
    default:
        return false;
    }
}

static NDIS_STATUS set_encapsulation(sao_adapter *adapter, const void *element)
{
    const NDIS_IPSEC_OFFLOAD_V2 *capabilities = &adapter->config.capabilities;
    uint32_t ipv4 = adapter->encapsulation[0];
    uint32_t ipv6 = adapter->encapsulation[1];
    NDIS_OFFLOAD_ENCAPSULATION wanted;

    SAO_MEMCPY(&wanted, element, sizeof wanted);
    if (!read_framings(capabilities, wanted.IPv4.Enabled, wanted.IPv4.EncapsulationType, &ipv4) ||
        !read_framings(capabilities, wanted.IPv6.Enabled, wanted.IPv6.EncapsulationType, &ipv6))
        return NDIS_STATUS_INVALID_DATA;
    SAO_ATOMIC_STORE(&adapter->encapsulation[0], ipv4);
    SAO_ATOMIC_STORE(&adapter->encapsulation[1], ipv6);
    return NDIS_STATUS_SUCCESS;
}

/* ---- the request ----------------------------------------------------------------------- */

sao_progress sao_offload_step(sao_adapter *adapter, sao_request *request)
{
    const void *element;
    NDIS_STATUS status = sao_list_next(&request->state.list, &element);

    if (status == NDIS_STATUS_SUCCESS)
        status = request->oid == OID_TCP_OFFLOAD_PARAMETERS ? set_parameters(adapter, element)
                                                            : set_encapsulation(adapter, element);
    if (status == NDIS_STATUS_SUCCESS)
        indicate_config(adapter); /* CAP-3 */
    return sao_engine_finish(request, status);
}

/* ---- the canonical form ---------------------------------------------------------------- */

/* Such a request has one step, so what is left of it is what it says. */
void sao_offload_form(const sao_adapter *adapter, const sao_request *request, sao_canonical *writer)
{
    sao_list list = request->state.list;
    NDIS_OBJECT_HEADER header;
    const void *at;
    NDIS_STATUS status = sao_list_next(&list, &at);
    size_t length = list.kind->revision_size;

    (void)adapter;
    sao_canonical_number(writer, (uint32_t)status);
    if (status != NDIS_STATUS_SUCCESS)
        return;
    SAO_MEMCPY(&header, at, sizeof header);
    if (request->oid == OID_TCP_OFFLOAD_PARAMETERS &&
        header.Size >= SAO_SIZEOF_OFFLOAD_PARAMETERS_REVISION_2)
        length = SAO_SIZEOF_OFFLOAD_PARAMETERS_REVISION_2;
    sao_canonical_bytes(writer, at, length);
}
