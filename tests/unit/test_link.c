// SPDX-License-Identifier: BSD-2-Clause
/* test_link.c: packets, configurations and memory that a link refuses, and calls from within. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/link_internal.h"
#include "support/line.h"

/* ---- calls from within calls ----------------------------------------------------------- */

static uint32_t answers; /* that side 1 still gives */

static void answer(void *context, int to, const uint8_t *packet, size_t length)
{
    line_deliver(context, to, packet, length);
    if (to == 1 && answers > 0) {
        answers--;
        line_send(context, to);
    }
}

static void the_receiver_may_answer(void **state)
{
    (void)state;
    for (uint64_t latency = 0; latency < 2; latency++) {
        test_line f;

        line_init(&f);
        f.config.nic.send_latency = latency;
        f.config.nic.receive_latency = latency;
        f.config.hooks.deliver = answer;
        line_open(&f);
        answers = 500;
        line_send_many(&f, 600, LINE_ONE_WAY);
        sao_link_run(f.link, 10);
        assert_int_equal(answers, 0);
        assert_int_equal(f.sent[1], 500);
        line_close_quiet(&f);
    }
}

/* ---- bad input ------------------------------------------------------------------------- */

static void bad_packets_are_refused(void **state)
{
    static uint8_t packet[70000];
    size_t length;
    test_line f;

    (void)state;
    line_init(&f);
    line_open(&f);
    length = test_ip_packet(packet, 4, 100);
    assert_int_equal(sao_link_send(f.link, 2, packet, length), NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(sao_link_send(f.link, -1, packet, length), NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(sao_link_send(f.link, 0, packet, length - 1), NDIS_STATUS_INVALID_DATA);
    length = test_ip_packet(packet, 4, 2048 - 20);
    assert_int_equal(sao_link_send(f.link, 0, packet, length), NDIS_STATUS_INVALID_LENGTH);
    assert_int_equal(sao_link_send(f.link, 0, packet, sizeof packet), NDIS_STATUS_INVALID_LENGTH);
    line_close_quiet(&f);
    assert_int_equal(f.totals.frames, 0);
}

/* What arrives here is none of the line's own packets. */
static void count_delivery(void *context, int to, const uint8_t *packet, size_t length)
{
    (void)packet;
    (void)length;
    ((test_line *)context)->delivered[to]++;
}

/* The largest packet that fits, does; one byte more does not. */
static void packet_capacity_is_exact(void **state)
{
    uint8_t packet[TEST_PACKET_MAX];
    uint32_t fits = 0;
    test_line f;

    (void)state;
    line_init(&f);
    f.config.packet_capacity = 512;
    f.config.hooks.deliver = count_delivery;
    line_open(&f);
    for (uint32_t payload = 400; payload < 492; payload++) {
        const size_t length = test_ip_packet(packet, 4, payload);
        const NDIS_STATUS status = sao_link_send(f.link, 0, packet, length);

        if (status == NDIS_STATUS_SUCCESS) {
            fits = payload;
            f.sent[0]++;
        } else {
            assert_int_equal(status, NDIS_STATUS_INVALID_LENGTH);
        }
        assert_true(status == NDIS_STATUS_SUCCESS || fits < payload);
    }
    /* Outer header, ESP header, IV, trailer, ICV: 20 + 8 + 8 + 2 + 16, padding to 4. */
    assert_int_equal(fits, 512 - 54 - 20);
    line_close_quiet(&f);
}

typedef void spoil(sao_link_config *config);

static void spoil_size(sao_link_config *config)
{
    config->size++;
}

static void spoil_version(sao_link_config *config)
{
    config->ip_version = 5;
}

static void spoil_zero_address(sao_link_config *config)
{
    memset(&config->address[1], 0, sizeof config->address[1]);
}

static void spoil_same_address(sao_link_config *config)
{
    config->address[1] = config->address[0];
}

static void spoil_provider(sao_link_config *config)
{
    config->provider = NULL;
}

static void spoil_capacity(sao_link_config *config)
{
    config->packet_capacity = 65536;
}

static void spoil_random(sao_link_config *config)
{
    config->hooks.random = NULL;
}

static void spoil_deliver(sao_link_config *config)
{
    config->hooks.deliver = NULL;
}

static void spoil_latency(sao_link_config *config)
{
    config->nic.receive_latency = UINT64_MAX;
}

static void spoil_nic(sao_link_config *config)
{
    config->nic.capabilities.Tunnel = 0; /* CAP-1 */
}

static void spoil_nic_size(sao_link_config *config)
{
    config->nic.size = 1;
}

static void spoil_tag(sao_link_config *config)
{
    config->tag = SAO_HANDLE_TAG_MAX; /* side 1 would have one more */
}

static void bad_configurations_are_refused(void **state)
{
    static spoil *const spoils[] = {spoil_size,         spoil_version,  spoil_zero_address,
                                    spoil_same_address, spoil_provider, spoil_capacity,
                                    spoil_random,       spoil_deliver,  spoil_latency,
                                    spoil_nic,          spoil_nic_size, spoil_tag};
    static max_align_t memory[1u << 16];

    (void)state;
    for (size_t i = 0; i < sizeof spoils / sizeof spoils[0]; i++) {
        const char *problem = NULL;
        sao_link *link = NULL;
        test_line f;

        line_init(&f);
        spoils[i](&f.config);
        assert_int_equal(sao_link_size(&f.config), 0);
        assert_int_equal(sao_link_init(memory, sizeof memory, &f.config, &link, &problem),
                         NDIS_STATUS_INVALID_PARAMETER);
        assert_non_null(problem);
        assert_null(link);
    }
}

static void bad_memory_is_refused(void **state)
{
    static max_align_t memory[1u << 16];
    const char *problem;
    sao_link *link;
    test_line f;
    size_t size;

    (void)state;
    line_init(&f);
    size = sao_link_size(&f.config);
    assert_true(size < sizeof memory);
    assert_int_equal(sao_link_init(memory, size - 1, &f.config, &link, &problem),
                     NDIS_STATUS_RESOURCES);
    assert_non_null(problem);
    assert_int_equal(sao_link_init(NULL, size, &f.config, &link, NULL),
                     NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(sao_link_init((uint8_t *)memory + 1, size, &f.config, &link, &problem),
                     NDIS_STATUS_INVALID_PARAMETER);
}

static void unknown_algorithms_are_refused(void **state)
{
    static max_align_t memory[1u << 16];
    const uint8_t *bytes = (const uint8_t *)memory;
    const char *problem = NULL;
    sao_link *link;
    test_line f;

    (void)state;
    line_init(&f);
    f.config.encryption = IPSEC_OFFLOAD_V2_ENCRYPTION_3_DES_CBC;
    f.config.authentication = IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256;
    assert_int_equal(sao_link_init(memory, sizeof memory, &f.config, &link, &problem),
                     NDIS_STATUS_NOT_SUPPORTED);
    assert_non_null(problem);
    for (size_t i = 0; i < sao_link_size(&f.config); i++)
        assert_int_equal(bytes[i], 0); /* nothing half done, no key left */
}

static void what_is_left_behind_is_counted(void **state)
{
    test_line f;

    (void)state;
    line_init(&f);
    line_open(&f);
    line_send_many(&f, 10, LINE_IN_TURNS);
    f.link->frames_used++; /* as if a NIC had kept one */
    sao_link_close(f.link, &f.totals);
    assert_int_equal(f.totals.leaked, 1);
    free(f.memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_receiver_may_answer),
        cmocka_unit_test(bad_packets_are_refused),
        cmocka_unit_test(packet_capacity_is_exact),
        cmocka_unit_test(bad_configurations_are_refused),
        cmocka_unit_test(bad_memory_is_refused),
        cmocka_unit_test(unknown_algorithms_are_refused),
        cmocka_unit_test(what_is_left_behind_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
