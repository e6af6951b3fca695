// SPDX-License-Identifier: BSD-2-Clause
/* test_capabilities.c: which sets of capabilities a NIC can have (CAP-1, CAP-2, CAP-5). */
#include "support/rig.h"

#include <saoffload/capabilities.h>

static NDIS_IPSEC_OFFLOAD_V2 good(void)
{
    rig *r = rig_create();
    NDIS_IPSEC_OFFLOAD_V2 capabilities = r->config.capabilities;

    rig_destroy(r);
    capabilities.TransportTunnelCombined = 1;
    return capabilities;
}

static void assert_checked(const NDIS_IPSEC_OFFLOAD_V2 *capabilities, const char *rule)
{
    const char *problem = "unset";

    assert_status(sao_capabilities_check(capabilities, &problem),
                  rule == NULL ? NDIS_STATUS_SUCCESS : NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(problem == NULL, rule == NULL);
    if (rule != NULL)
        assert_non_null(strstr(problem, rule));
    assert_status(sao_capabilities_check(capabilities, NULL),
                  rule == NULL ? NDIS_STATUS_SUCCESS : NDIS_STATUS_INVALID_PARAMETER);
}

#define BROKEN(rule, change)                                                                       \
    do {                                                                                           \
        NDIS_IPSEC_OFFLOAD_V2 can = good();                                                        \
        change;                                                                                    \
        assert_checked(&can, rule);                                                                \
    } while (0)

static void cap_1_tunnel_and_ethernet_are_a_must(void **state)
{
    (void)state;
    BROKEN(NULL, (void)can);
    BROKEN("CAP-1", can.Tunnel = 0);
    BROKEN("CAP-1", can.Encapsulation = 0);
    BROKEN("CAP-1", can.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q);
    BROKEN(NULL, can.Encapsulation |= NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q);
}

static void cap_2_contradictions_are_refused(void **state)
{
    (void)state;
    BROKEN("CAP-2", can.Ah = 0);  /* AhEspCombined remains */
    BROKEN("CAP-2", can.Esp = 0); /* and more */
    BROKEN("AhEspCombined", can.Esp = 0; can.EncryptionAlgorithms = 0; can.UdpEsp = 0);
    BROKEN("CAP-2", can.Ah = can.Esp = can.AhEspCombined = 0; can.EncryptionAlgorithms = 0;
           can.UdpEsp = 0);
    BROKEN("CAP-2", can.Transport = 0); /* TransportTunnelCombined remains */
    BROKEN(NULL, can.Transport = 0; can.TransportTunnelCombined = 0);
    BROKEN("EncryptionAlgorithms", can.Esp = can.AhEspCombined = 0; can.UdpEsp = 0);
    BROKEN("UdpEsp", can.Esp = can.AhEspCombined = 0; can.EncryptionAlgorithms = 0);
    BROKEN(NULL, can.Esp = can.AhEspCombined = 0; can.EncryptionAlgorithms = 0; can.UdpEsp = 0);
    BROKEN(NULL, can.Ah = can.AhEspCombined = 0);
    BROKEN(NULL, can.SaOffloadCapacity = 0);
}

static void cap_5_only_the_four_encapsulation_types_exist(void **state)
{
    (void)state;
    for (uint32_t bit = 0; bit < 32; bit++)
        BROKEN(bit < 4 ? NULL : "CAP-5", can.UdpEsp = 1u << bit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cap_1_tunnel_and_ethernet_are_a_must),
        cmocka_unit_test(cap_2_contradictions_are_refused),
        cmocka_unit_test(cap_5_only_the_four_encapsulation_types_exist),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
