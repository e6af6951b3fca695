// SPDX-License-Identifier: BSD-2-Clause
/* test_status.c: every status, OID and CryptoStatus of the documentation has its name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <saoffload/status.h>

#define STATUS(name)                                                                               \
    {                                                                                              \
        NDIS_STATUS_##name, #name                                                                  \
    }

static void statuses_have_their_names(void **state)
{
    static const struct {
        NDIS_STATUS status;
        const char *name;
    } all[] = {
        STATUS(SUCCESS),
        STATUS(PENDING),
        STATUS(NOT_ACCEPTED),
        STATUS(REQUEST_ABORTED),
        STATUS(RESET_IN_PROGRESS),
        STATUS(FAILURE),
        STATUS(RESOURCES),
        STATUS(NOT_SUPPORTED),
        STATUS(INVALID_PARAMETER),
        STATUS(INVALID_LENGTH),
        STATUS(INVALID_DATA),
        STATUS(BUFFER_TOO_SHORT),
        STATUS(INVALID_OID),
        STATUS(ADAPTER_REMOVED),
        STATUS(SOFT_ERRORS),
        STATUS(HARD_ERRORS),
        STATUS(PAUSED),
        STATUS(LOW_POWER_STATE),
        STATUS(TASK_OFFLOAD_CURRENT_CONFIG),
        STATUS(INVALID_STATE),
    };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        assert_string_equal(sao_status_name(all[i].status), all[i].name);
    assert_string_equal(sao_status_name(1), "UNKNOWN_STATUS");
    assert_string_equal(sao_status_name(-1), "UNKNOWN_STATUS");
}

static void oids_have_their_names(void **state)
{
    (void)state;
    assert_string_equal(sao_oid_name(OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA), "ADD_SA");
    assert_string_equal(sao_oid_name(OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA), "DELETE_SA");
    assert_string_equal(sao_oid_name(OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA), "UPDATE_SA");
    assert_string_equal(sao_oid_name(OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX), "ADD_SA_EX");
    assert_string_equal(sao_oid_name(OID_OFFLOAD_ENCAPSULATION), "OFFLOAD_ENCAPSULATION");
    assert_string_equal(sao_oid_name(OID_TCP_OFFLOAD_PARAMETERS), "OFFLOAD_PARAMETERS");
    assert_string_equal(sao_oid_name(0), "UNKNOWN_OID");
    assert_string_equal(sao_oid_name(0xFC030201u), "UNKNOWN_OID");
}

static void crypto_statuses_have_their_names(void **state)
{
    static const char *const names[] = {
        "SUCCESS",
        "GENERIC_ERROR",
        "TRANSPORT_AH_AUTH_FAILED",
        "TRANSPORT_ESP_AUTH_FAILED",
        "TUNNEL_AH_AUTH_FAILED",
        "TUNNEL_ESP_AUTH_FAILED",
        "INVALID_PACKET_SYNTAX",
        "INVALID_PROTOCOL",
        "UNKNOWN_CRYPTO_STATUS",
    };

    (void)state;
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_string_equal(sao_crypto_status_name(i), names[i]);
    assert_string_equal(sao_crypto_status_name(0xFFFF), "UNKNOWN_CRYPTO_STATUS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statuses_have_their_names),
        cmocka_unit_test(oids_have_their_names),
        cmocka_unit_test(crypto_statuses_have_their_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
