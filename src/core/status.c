// SPDX-License-Identifier: BSD-2-Clause
/* status.c: names for the numbers that a log shows. */
#include <saoffload/status.h>

const char *sao_status_name(NDIS_STATUS status)
{
    static const struct {
        NDIS_STATUS status;
        const char *name;
    } names[] = {
        {NDIS_STATUS_SUCCESS, "SUCCESS"},
        {NDIS_STATUS_PENDING, "PENDING"},
        {NDIS_STATUS_NOT_ACCEPTED, "NOT_ACCEPTED"},
        {NDIS_STATUS_TASK_OFFLOAD_CURRENT_CONFIG, "TASK_OFFLOAD_CURRENT_CONFIG"},
        {NDIS_STATUS_SOFT_ERRORS, "SOFT_ERRORS"},
        {NDIS_STATUS_HARD_ERRORS, "HARD_ERRORS"},
        {NDIS_STATUS_FAILURE, "FAILURE"},
        {NDIS_STATUS_INVALID_PARAMETER, "INVALID_PARAMETER"},
        {NDIS_STATUS_RESOURCES, "RESOURCES"},
        {NDIS_STATUS_NOT_SUPPORTED, "NOT_SUPPORTED"},
        {NDIS_STATUS_INVALID_STATE, "INVALID_STATE"},
        {NDIS_STATUS_REQUEST_ABORTED, "REQUEST_ABORTED"},
        {NDIS_STATUS_RESET_IN_PROGRESS, "RESET_IN_PROGRESS"},
        {NDIS_STATUS_INVALID_LENGTH, "INVALID_LENGTH"},
        {NDIS_STATUS_INVALID_DATA, "INVALID_DATA"},
        {NDIS_STATUS_BUFFER_TOO_SHORT, "BUFFER_TOO_SHORT"},
        {NDIS_STATUS_INVALID_OID, "INVALID_OID"},
        {NDIS_STATUS_ADAPTER_REMOVED, "ADAPTER_REMOVED"},
        {NDIS_STATUS_PAUSED, "PAUSED"},
        {NDIS_STATUS_LOW_POWER_STATE, "LOW_POWER_STATE"},
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].status == status)
            return names[i].name;
    return "UNKNOWN_STATUS";
}

const char *sao_oid_name(NDIS_OID oid)
{
    switch (oid) {
    case OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA:
        return "ADD_SA";
    case OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA:
        return "DELETE_SA";
    case OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA:
        return "UPDATE_SA";
    case OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX:
        return "ADD_SA_EX";
    case OID_OFFLOAD_ENCAPSULATION:
        return "OFFLOAD_ENCAPSULATION";
    case OID_TCP_OFFLOAD_PARAMETERS:
        return "OFFLOAD_PARAMETERS";
    default:
        return "UNKNOWN_OID";
    }
}

const char *sao_crypto_status_name(unsigned crypto_status)
{
    switch (crypto_status) {
    case CRYPTO_SUCCESS:
        return "SUCCESS";
    case CRYPTO_GENERIC_ERROR:
        return "GENERIC_ERROR";
    case CRYPTO_TRANSPORT_AH_AUTH_FAILED:
        return "TRANSPORT_AH_AUTH_FAILED";
    case CRYPTO_TRANSPORT_ESP_AUTH_FAILED:
        return "TRANSPORT_ESP_AUTH_FAILED";
    case CRYPTO_TUNNEL_AH_AUTH_FAILED:
        return "TUNNEL_AH_AUTH_FAILED";
    case CRYPTO_TUNNEL_ESP_AUTH_FAILED:
        return "TUNNEL_ESP_AUTH_FAILED";
    case CRYPTO_INVALID_PACKET_SYNTAX:
        return "INVALID_PACKET_SYNTAX";
    case CRYPTO_INVALID_PROTOCOL:
        return "INVALID_PROTOCOL";
    default:
        return "UNKNOWN_CRYPTO_STATUS";
    }
}
