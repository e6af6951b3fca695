// SPDX-License-Identifier: BSD-2-Clause
/* test_transport.c: configurations, memory and associations that a transport refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/transport_internal.h"
#include "support/host.h"

typedef void spoil(sao_transport_config *config);

static void spoil_size(sao_transport_config *config)
{
    config->size--;
}

static void spoil_provider(sao_transport_config *config)
{
    config->provider = NULL;
}

static void spoil_deliver(sao_transport_config *config)
{
    config->hooks.deliver = NULL;
}

static void spoil_miniport(sao_transport_config *config)
{
    config->miniport.ops = NULL;
}

static void spoil_operation(sao_transport_config *config)
{
    static sao_miniport_ops ops;

    ops = *config->miniport.ops;
    ops.return_packet = NULL;
    config->miniport.ops = &ops;
}

static void spoil_profile(sao_transport_config *config)
{
    config->profile = (sao_profile)700;
}

static void spoil_associations(sao_transport_config *config)
{
    config->associations = 0;
}

static void spoil_packets(sao_transport_config *config)
{
    config->packets = UINT32_MAX;
}

static void spoil_capacity(sao_transport_config *config)
{
    config->packet_capacity = 20;
}

static void bad_configurations_are_refused(void **state)
{
    static spoil *const spoils[] = {spoil_size,         spoil_provider,  spoil_deliver,
                                    spoil_miniport,     spoil_operation, spoil_profile,
                                    spoil_associations, spoil_packets,   spoil_capacity};
    static max_align_t memory[4096];

    (void)state;
    for (size_t i = 0; i < sizeof spoils / sizeof spoils[0]; i++) {
        sao_transport *transport = NULL;
        const char *problem = NULL;
        test_host host;

        host_init(&host);
        spoils[i](&host.config);
        assert_int_equal(sao_transport_size(&host.config), 0);
        assert_int_equal(
            sao_transport_init(memory, sizeof memory, &host.config, &transport, &problem),
            NDIS_STATUS_INVALID_PARAMETER);
        assert_non_null(problem);
        assert_null(transport);
    }
    assert_int_equal(sao_transport_size(NULL), 0);
}

static void bad_memory_is_refused(void **state)
{
    static max_align_t memory[4096];
    sao_transport *transport;
    const char *problem;
    test_host host;
    size_t size;

    (void)state;
    host_init(&host);
    size = sao_transport_size(&host.config);
    assert_true(size < sizeof memory);
    assert_int_equal(sao_transport_init(memory, size - 1, &host.config, &transport, &problem),
                     NDIS_STATUS_RESOURCES);
    assert_non_null(problem);
    assert_int_equal(
        sao_transport_init((uint8_t *)memory + 1, size, &host.config, &transport, NULL),
        NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(sao_transport_init(NULL, size, &host.config, &transport, &problem),
                     NDIS_STATUS_INVALID_PARAMETER);
}

static void bad_associations_are_refused(void **state)
{
    test_host host;
    sao_transport_association association;
    uint32_t id;

    (void)state;
    host_init(&host);
    host_open(&host);

    association = host_association(&host, 0);
    association.outbound.spi = 0;
    assert_int_equal(sao_transport_establish(host.transport, &association, &id),
                     NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(id, SAO_ASSOCIATION_NONE);
    association = host_association(&host, 0);
    association.inbound.encryption_key = NULL;
    assert_int_equal(sao_transport_establish(host.transport, &association, &id),
                     NDIS_STATUS_INVALID_PARAMETER);
    association = host_association(&host, 0);
    association.ip_version = 5;
    assert_int_equal(sao_transport_establish(host.transport, &association, &id),
                     NDIS_STATUS_INVALID_PARAMETER);
    association = host_association(&host, 0);
    association.encryption = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_256;
    association.authentication = IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256;
    assert_int_equal(sao_transport_establish(host.transport, &association, &id),
                     NDIS_STATUS_NOT_SUPPORTED);
    assert_false(host_memory_holds(&host, host_key(false), 32)); /* nothing half done */
    assert_int_equal(host_counters(&host).associations, 0);
    assert_int_equal(host.fake.request_count, 0);

    (void)host_establish(&host, 0);
    association = host_association(&host, 0); /* the same inbound SPI again (ADD-12) */
    assert_int_equal(sao_transport_establish(host.transport, &association, &id),
                     NDIS_STATUS_INVALID_PARAMETER);
    for (uint32_t i = 1; i < host.config.associations; i++)
        (void)host_establish(&host, i);
    association = host_association(&host, 9);
    assert_int_equal(sao_transport_establish(host.transport, &association, &id),
                     NDIS_STATUS_RESOURCES);
    host_expect_state(&host, 12345, SAO_ASSOCIATION_UNKNOWN);
    host_expect_state(&host, SAO_ASSOCIATION_NONE, SAO_ASSOCIATION_UNKNOWN);
    assert_int_equal(sao_transport_sent(host.transport, SAO_ASSOCIATION_NONE), 0);
    host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_configurations_are_refused),
        cmocka_unit_test(bad_memory_is_refused),
        cmocka_unit_test(bad_associations_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
