// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_ndis.c: the numbers of ndis.h are the documented ones, and so is what a buffer looks like.
 *
 * Sizes and offsets are proved by src/core/layout.c, which does not compile otherwise; here are
 * the values, written down a second time, and buffers laid out by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <saoffload/ndis.h>

struct constant {
    const char *name;
    uint32_t ours;
    uint32_t documented;
};

#define IS(name, value)                                                                            \
    {                                                                                              \
#name, (uint32_t)(name), (value)                                                           \
    }

static void check(const struct constant *constants, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (constants[i].ours != constants[i].documented)
            fail_msg("%s is 0x%08X, not 0x%08X", constants[i].name, constants[i].ours,
                     constants[i].documented);
}

#define CHECK(constants) check((constants), sizeof(constants) / sizeof(constants)[0])

static void oids(void **state)
{
    static const struct constant all[] = {
        IS(OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, 0xFC030202),
        IS(OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, 0xFC030203),
        IS(OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA, 0xFC030204),
        IS(OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX, 0xFC030205),
        IS(OID_OFFLOAD_ENCAPSULATION, 0x0101010A),
        IS(OID_TCP_OFFLOAD_PARAMETERS, 0xFC01020C),
    };

    (void)state;
    CHECK(all);
}

static void statuses(void **state)
{
    static const struct constant all[] = {
        IS(NDIS_STATUS_SUCCESS, 0x00000000),
        IS(NDIS_STATUS_PENDING, 0x00000103),
        IS(NDIS_STATUS_NOT_ACCEPTED, 0x00010003),
        IS(NDIS_STATUS_REQUEST_ABORTED, 0xC001000C),
        IS(NDIS_STATUS_RESET_IN_PROGRESS, 0xC001000D),
        IS(NDIS_STATUS_FAILURE, 0xC0000001),
        IS(NDIS_STATUS_RESOURCES, 0xC000009A),
        IS(NDIS_STATUS_NOT_SUPPORTED, 0xC00000BB),
        IS(NDIS_STATUS_INVALID_PARAMETER, 0xC000000D),
        IS(NDIS_STATUS_INVALID_LENGTH, 0xC0010014),
        IS(NDIS_STATUS_INVALID_DATA, 0xC0010015),
        IS(NDIS_STATUS_BUFFER_TOO_SHORT, 0xC0010016),
        IS(NDIS_STATUS_INVALID_OID, 0xC0010017),
        IS(NDIS_STATUS_ADAPTER_REMOVED, 0xC0010018),
        IS(NDIS_STATUS_SOFT_ERRORS, 0x80010003),
        IS(NDIS_STATUS_HARD_ERRORS, 0x80010004),
        IS(NDIS_STATUS_PAUSED, 0xC023002A),
        IS(NDIS_STATUS_LOW_POWER_STATE, 0xC023002F),
        IS(NDIS_STATUS_TASK_OFFLOAD_CURRENT_CONFIG, 0x40020006),
        IS(NDIS_STATUS_INVALID_STATE, 0xC0000184),
    };

    (void)state;
    CHECK(all);
    /* OID-8: a refusal that a test of the sign would take for success. */
    assert_true(NDIS_STATUS_NOT_ACCEPTED > 0);
}

static void operations_and_flags(void **state)
{
    static const struct constant all[] = {
        IS(NDIS_OBJECT_TYPE_DEFAULT, 0x80),
        IS(IPSEC_OFFLOAD_V2_ADD_SA_REVISION_1, 1),
        IS(IPSEC_OFFLOAD_V2_ADD_SA_EX_REVISION_1, 1),
        IS(IPSEC_OFFLOAD_V2_DELETE_SA_REVISION_1, 1),
        IS(IPSEC_OFFLOAD_V2_UPDATE_SA_REVISION_1, 1),
        IS(IPsecOffloadV2Ah, 1),
        IS(IPsecOffloadV2Esp, 2),
        IS(IPsecOffloadV2Max, 3),
        IS(IPSEC_OFFLOAD_V2_MAX_EXTENSION_HEADERS, 2),
        IS(IPSEC_OFFLOAD_V2_ESN_SA, 0x1),
        IS(IPSEC_OFFLOAD_V2_INBOUND, 0x1),
        IS(IPSEC_OFFLOAD_V2_IPv6, 0x10),
        IS(IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_NONE, 0),
        IS(IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TRANSPORT, 0x1),
        IS(IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TUNNEL, 0x2),
        IS(IPSEC_OFFLOAD_V2_TRANSPORT_OVER_UDP_ESP_ENCAPSULATION_TUNNEL, 0x4),
        IS(IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TRANSPORT_OVER_TUNNEL, 0x8),
    };

    (void)state;
    CHECK(all);
}

static void algorithms(void **state)
{
    static const struct constant all[] = {
        IS(IPSEC_OFFLOAD_V2_AUTHENTICATION_MD5, 0x1),
        IS(IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_1, 0x2),
        IS(IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256, 0x4),
        IS(IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_128, 0x8),
        IS(IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_192, 0x10),
        IS(IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_256, 0x20),
        IS(IPSEC_OFFLOAD_V2_ENCRYPTION_NONE, 0x1),
        IS(IPSEC_OFFLOAD_V2_ENCRYPTION_DES_CBC, 0x2),
        IS(IPSEC_OFFLOAD_V2_ENCRYPTION_3_DES_CBC, 0x4),
        IS(IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_128, 0x8),
        IS(IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_192, 0x10),
        IS(IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256, 0x20),
        IS(IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_128, 0x40),
        IS(IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_192, 0x80),
        IS(IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_256, 0x100),
    };

    (void)state;
    CHECK(all);
}

static void capabilities_and_oob(void **state)
{
    static const struct constant all[] = {
        IS(NDIS_ENCAPSULATION_NULL, 0x1),
        IS(NDIS_ENCAPSULATION_IEEE_802_3, 0x2),
        IS(NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q, 0x4),
        IS(NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q_IN_OOB, 0x8),
        IS(NDIS_ENCAPSULATION_IEEE_LLC_SNAP_ROUTED, 0x10),
        IS(NDIS_OFFLOAD_PARAMETERS_NO_CHANGE, 0),
        IS(NDIS_OFFLOAD_PARAMETERS_IPSECV2_DISABLED, 1),
        IS(NDIS_OFFLOAD_PARAMETERS_IPSECV2_AH_ENABLED, 2),
        IS(NDIS_OFFLOAD_PARAMETERS_IPSECV2_ESP_ENABLED, 3),
        IS(NDIS_OFFLOAD_PARAMETERS_IPSECV2_AH_AND_ESP_ENABLED, 4),
        IS(CRYPTO_SUCCESS, 0),
        IS(CRYPTO_GENERIC_ERROR, 1),
        IS(CRYPTO_TRANSPORT_AH_AUTH_FAILED, 2),
        IS(CRYPTO_TRANSPORT_ESP_AUTH_FAILED, 3),
        IS(CRYPTO_TUNNEL_AH_AUTH_FAILED, 4),
        IS(CRYPTO_TUNNEL_ESP_AUTH_FAILED, 5),
        IS(CRYPTO_INVALID_PACKET_SYNTAX, 6),
        IS(CRYPTO_INVALID_PROTOCOL, 7),
        IS(NDIS_TCP_LARGE_SEND_OFFLOAD_V2_TYPE, 1),
        IS(NDIS_TCP_LARGE_SEND_OFFLOAD_IPv4, 0),
        IS(NDIS_TCP_LARGE_SEND_OFFLOAD_IPv6, 1),
        IS(sizeof(NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO), sizeof(void *)),
    };

    (void)state;
    CHECK(all);
}

/* REV-1: what a request has to state at least, as the documentation counts it. */
static void revision_sizes(void **state)
{
    (void)state;
    assert_int_equal(SAO_SIZEOF_ADD_SA_REVISION_1, SAO_BY_WORD(169, 157));
    assert_int_equal(SAO_SIZEOF_ADD_SA_EX_REVISION_1, SAO_BY_WORD(170, 162));
    assert_int_equal(SAO_SIZEOF_DELETE_SA_REVISION_1, SAO_BY_WORD(24, 12));
    assert_int_equal(SAO_SIZEOF_UPDATE_SA_REVISION_1, SAO_BY_WORD(28, 20));
}

/* A delete request as Windows lays it out, byte by byte, is read as one. */
static void a_buffer_made_by_hand(void **state)
{
    uint8_t bytes[sizeof(IPSEC_OFFLOAD_V2_DELETE_SA)] = {0x80, 1};
    const uint16_t size = SAO_BY_WORD(24, 12);
    const uintptr_t handle = 0x12345678;
    IPSEC_OFFLOAD_V2_DELETE_SA element;

    (void)state;
    memcpy(bytes + 2, &size, sizeof size);
    memcpy(bytes + SAO_BY_WORD(16, 8), &handle, sizeof handle);
    memcpy(&element, bytes, sizeof element);
    assert_int_equal(element.Header.Type, NDIS_OBJECT_TYPE_DEFAULT);
    assert_int_equal(element.Header.Revision, IPSEC_OFFLOAD_V2_DELETE_SA_REVISION_1);
    assert_int_equal(element.Header.Size, SAO_SIZEOF_DELETE_SA_REVISION_1);
    assert_null(element.Next);
    assert_int_equal((uintptr_t)element.OffloadHandle, handle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oids),
        cmocka_unit_test(statuses),
        cmocka_unit_test(operations_and_flags),
        cmocka_unit_test(algorithms),
        cmocka_unit_test(capabilities_and_oob),
        cmocka_unit_test(revision_sizes),
        cmocka_unit_test(a_buffer_made_by_hand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
