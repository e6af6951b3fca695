// SPDX-License-Identifier: BSD-2-Clause
/* test_soft_nic.c: configuration, bundles and late answers of the soft NIC. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/memory.h"
#include "support/packets.h"
#include "support/wire.h"

static uint32_t contexts(const test_wire *wire)
{
    sao_soft_nic_counters counters;

    sao_soft_nic_get_counters(wire->nic, &counters);
    return counters.contexts;
}

/* ---- configuration --------------------------------------------------------------------- */

static void the_default_configuration_is_good(void **state)
{
    sao_soft_nic_config config;
    test_wire wire;

    (void)state;
    test_wire_config(&wire, &config);
    assert_int_equal(config.size, sizeof config);
    assert_int_equal(config.capabilities.SaOffloadCapacity, 64);
    test_wire_open(&wire, &config);
    assert_int_equal(sao_adapter_get_state(wire.adapter), SAO_ADAPTER_RUNNING);
    assert_int_equal(sao_soft_nic_poll(wire.nic, 0), UINT64_MAX);
    test_wire_close(&wire);
}

static void break_size(sao_soft_nic_config *config)
{
    config->size--;
}

static void break_provider(sao_soft_nic_config *config)
{
    config->provider = NULL;
}

static void break_provider_size(sao_soft_nic_config *config)
{
    static sao_crypto_provider other;

    other = *config->provider;
    other.size++;
    config->provider = &other;
}

static void break_transmit(sao_soft_nic_config *config)
{
    config->wire.transmit = NULL;
}

static void break_release(sao_soft_nic_config *config)
{
    config->wire.release = NULL;
}

static void break_percent(sao_soft_nic_config *config)
{
    config->wish_fill_percent = 101;
}

static void ask_for_lso(sao_soft_nic_config *config)
{
    config->capabilities.LsoSupported = 1;
}

/* LSO-1: tunnels never carry large packets, so without transport mode nothing would. */
static void ask_for_lso_of_tunnels(sao_soft_nic_config *config)
{
    config->capabilities.LsoSupported = 1;
    config->staging = 65536;
    config->capabilities.Transport = 0;
}

/* CAP-1: this one is the adapter's to refuse. */
static void take_tunnel_away(sao_soft_nic_config *config)
{
    config->capabilities.Tunnel = 0;
}

static void take_too_large_a_tag(sao_soft_nic_config *config)
{
    config->tag = SAO_HANDLE_TAG_MAX + 1u;
}

static void take_too_many_bundles(sao_soft_nic_config *config)
{
    config->capabilities.SaOffloadCapacity = UINT32_MAX;
}

static void a_bad_configuration_is_refused_with_a_reason(void **state)
{
    static void (*const breaks[])(sao_soft_nic_config *) = {
        break_size,       break_provider,       break_provider_size,  break_transmit,
        break_release,    break_percent,        ask_for_lso,          ask_for_lso_of_tunnels,
        take_tunnel_away, take_too_large_a_tag, take_too_many_bundles};

    (void)state;
    for (size_t i = 0; i < sizeof breaks / sizeof breaks[0]; i++) {
        sao_soft_nic_config config;
        sao_soft_nic *nic = (sao_soft_nic *)&config;
        const char *problem = NULL;
        test_wire wire;

        test_wire_config(&wire, &config);
        breaks[i](&config);
        assert_int_equal(sao_soft_nic_size(&config), 0);
        assert_int_equal(sao_soft_nic_init(&wire, sizeof wire, &config, &nic, &problem),
                         NDIS_STATUS_INVALID_PARAMETER);
        assert_null(nic);
        assert_non_null(problem);
        assert_int_equal(sao_soft_nic_init(&wire, sizeof wire, &config, &nic, NULL),
                         NDIS_STATUS_INVALID_PARAMETER);
    }
}

static void too_little_memory_is_refused(void **state)
{
    sao_soft_nic_config config;
    const char *problem = NULL;
    sao_soft_nic *nic;
    test_wire wire;

    (void)state;
    test_wire_config(&wire, &config);
    const size_t size = sao_soft_nic_size(&config);
    void *memory = malloc(size);

    assert_int_equal(sao_soft_nic_init(memory, size - 1, &config, &nic, &problem),
                     NDIS_STATUS_RESOURCES);
    assert_non_null(problem);
    assert_int_equal(sao_soft_nic_init(NULL, size, &config, &nic, NULL), NDIS_STATUS_RESOURCES);
    assert_int_equal(sao_soft_nic_init(memory, size, &config, &nic, NULL), NDIS_STATUS_SUCCESS);
    free(memory);
}

static void nothing_is_asked_of_a_nic_that_nobody_is_bound_to(void **state)
{
    const sao_ipsec_params params = test_params_of(1);
    sao_soft_nic_config config;
    test_request request;
    sao_soft_nic *nic;
    test_wire wire;

    (void)state;
    test_wire_config(&wire, &config);
    const size_t size = sao_soft_nic_size(&config);
    void *memory = malloc(size);

    assert_int_equal(sao_soft_nic_init(memory, size, &config, &nic, NULL), NDIS_STATUS_SUCCESS);
    const sao_miniport miniport = sao_soft_nic_miniport(nic);

    assert_int_equal(sao_adapter_initialize(sao_soft_nic_adapter(nic)), NDIS_STATUS_SUCCESS);
    assert_int_equal(miniport.ops->life(miniport.context, SAO_LIFE_RESTART),
                     NDIS_STATUS_INVALID_STATE);
    test_make_add(&request, &params, true, 0);
    assert_int_equal(miniport.ops->request(miniport.context, &request.request),
                     NDIS_STATUS_INVALID_STATE);
    assert_int_equal(request.request.status, NDIS_STATUS_INVALID_STATE);
    free(memory);
}

/* ---- algorithms ------------------------------------------------------------------------ */

static NDIS_STATUS supports_none(uint32_t encryption, uint32_t authentication)
{
    (void)encryption;
    (void)authentication;
    return NDIS_STATUS_NOT_SUPPORTED;
}

static void what_the_provider_has_is_offered(void **state)
{
    sao_crypto_provider provider = *sao_crypto_sodium();
    NDIS_IPSEC_OFFLOAD_V2 capabilities;

    (void)state;
    sao_soft_nic_offer_algorithms(&capabilities, &provider);
    assert_true(capabilities.EncryptionAlgorithms & SAO_ENCRYPTION_CHACHA20_POLY1305);
    assert_true(capabilities.EncryptionAlgorithms & IPSEC_OFFLOAD_V2_ENCRYPTION_NONE);
    assert_int_equal(capabilities.AuthenticationAlgorithms,
                     IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256);

    provider.supports = supports_none;
    sao_soft_nic_offer_algorithms(&capabilities, &provider);
    assert_int_equal(capabilities.EncryptionAlgorithms, 0);
    assert_int_equal(capabilities.AuthenticationAlgorithms, 0);
}

#define BLOCK_CIPHERS                                                                              \
    (IPSEC_OFFLOAD_V2_ENCRYPTION_DES_CBC | IPSEC_OFFLOAD_V2_ENCRYPTION_3_DES_CBC |                 \
     IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_128 | IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_192 |           \
     IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_256)

/* No encryption with MD5, which it has: what is offered goes with all that is offered. */
static NDIS_STATUS supports_no_md5_with_cbc(uint32_t encryption, uint32_t authentication)
{
    return (encryption & BLOCK_CIPHERS) != 0 &&
                   (authentication & IPSEC_OFFLOAD_V2_AUTHENTICATION_MD5) != 0
               ? NDIS_STATUS_NOT_SUPPORTED
               : NDIS_STATUS_SUCCESS;
}

static void block_ciphers_are_offered_with_hmacs(void **state)
{
    sao_crypto_provider provider = *sao_crypto_sodium();
    NDIS_IPSEC_OFFLOAD_V2 capabilities;

    (void)state;
    sao_soft_nic_offer_algorithms(&capabilities, sao_crypto_null());
    assert_int_equal(capabilities.EncryptionAlgorithms & BLOCK_CIPHERS, BLOCK_CIPHERS);
    sao_soft_nic_offer_algorithms(&capabilities, sao_crypto_sodium());
    assert_int_equal(capabilities.EncryptionAlgorithms & BLOCK_CIPHERS, 0);
    provider.supports = supports_no_md5_with_cbc;
    sao_soft_nic_offer_algorithms(&capabilities, &provider);
    assert_int_equal(capabilities.EncryptionAlgorithms & BLOCK_CIPHERS, 0);
    assert_true(capabilities.AuthenticationAlgorithms & IPSEC_OFFLOAD_V2_AUTHENTICATION_MD5);
    if (sao_crypto_ipsec_mb() != NULL) {
        sao_soft_nic_offer_algorithms(&capabilities, sao_crypto_ipsec_mb());
        assert_int_equal(capabilities.EncryptionAlgorithms & BLOCK_CIPHERS, BLOCK_CIPHERS);
    }
}

/* ---- adding and removing --------------------------------------------------------------- */

static bool holds(const test_wire *wire, const uint8_t *bytes, size_t length)
{
    return test_memory_holds(wire->memory, wire->size, bytes, length);
}

/* ADD-12, PNP-4: neither the NIC nor its adapter keeps a key of a bundle that is gone. */
static void keys_are_wiped_with_their_bundle(void **state)
{
    const sao_ipsec_params params = test_params_of(1);
    sao_soft_nic_config config;
    NDIS_HANDLE handle;
    test_wire wire;

    (void)state;
    test_wire_config(&wire, &config);
    test_wire_open(&wire, &config);
    assert_false(holds(&wire, params.encryption_key, 32));

    handle = test_add(&wire, &params, true, 0);
    assert_int_equal(contexts(&wire), 1);
    assert_true(holds(&wire, params.encryption_key, 32));
    assert_int_equal(test_delete(&wire, handle), NDIS_STATUS_SUCCESS);
    assert_int_equal(contexts(&wire), 0);
    assert_false(holds(&wire, params.encryption_key, 16));

    (void)test_add(&wire, &params, true, 0);
    (void)test_add(&wire, &params, false, 0);
    assert_int_equal(contexts(&wire), 2);
    assert_int_equal(test_wire_life(&wire, SAO_LIFE_PAUSE), NDIS_STATUS_SUCCESS);
    assert_int_equal(contexts(&wire), 2); /* PNP-5 */
    assert_int_equal(sao_adapter_halt(wire.adapter), NDIS_STATUS_SUCCESS);
    assert_int_equal(contexts(&wire), 0);
    assert_false(holds(&wire, params.encryption_key, 16));
    free(wire.memory);
}

static void capacity_is_the_number_of_bundles(void **state)
{
    sao_soft_nic_config config;
    test_wire wire;

    (void)state;
    for (uint32_t capacity = 0; capacity < 4; capacity++) {
        test_wire_config(&wire, &config);
        config.capabilities.SaOffloadCapacity = capacity;
        config.remove_latency = 5;
        test_wire_open(&wire, &config);
        for (uint8_t n = 1; n <= 4; n++) {
            const sao_ipsec_params params = test_params_of(n);

            assert_int_equal(test_try_add(&wire, &params, true),
                             n <= capacity ? NDIS_STATUS_SUCCESS : NDIS_STATUS_RESOURCES);
        }
        assert_int_equal(contexts(&wire), capacity);
        test_wire_close(&wire);
    }
}

static void what_the_nic_cannot_do_is_not_supported(void **state)
{
    sao_ipsec_params params = test_params_of(1);
    sao_soft_nic_config config;
    test_wire wire;

    (void)state;
    test_wire_config(&wire, &config);
    /* A provider that says it has everything, and has not: the add finds out (ADD-4). */
    config.capabilities.EncryptionAlgorithms |= IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_128;
    test_wire_open(&wire, &config);

    params.protocol = SAO_PROTOCOL_AH;
    assert_int_equal(test_try_add(&wire, &params, true), NDIS_STATUS_NOT_SUPPORTED);
    params = test_params_of(1);
    params.encryption = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_128;
    params.encryption_key_length = 20;
    assert_int_equal(test_try_add(&wire, &params, true), NDIS_STATUS_NOT_SUPPORTED);
    params.encryption = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_256;
    params.encryption_key_length = 32;
    assert_int_equal(test_try_add(&wire, &params, true), NDIS_STATUS_NOT_SUPPORTED);
    assert_int_equal(contexts(&wire), 0);
    assert_false(holds(&wire, params.encryption_key, 16));
    test_wire_close(&wire);
}

static void every_nth_add_is_refused(void **state)
{
    sao_soft_nic_counters counters;
    sao_soft_nic_config config;
    test_wire wire;

    (void)state;
    test_wire_config(&wire, &config);
    config.refuse_every = 3;
    test_wire_open(&wire, &config);
    for (uint8_t n = 1; n <= 9; n++) {
        const sao_ipsec_params params = test_params_of(n);

        assert_int_equal(test_try_add(&wire, &params, true),
                         n % 3 == 0 ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS);
    }
    sao_soft_nic_get_counters(wire.nic, &counters);
    assert_int_equal(counters.refused_adds, 3);
    assert_int_equal(counters.contexts, 6);
    test_wire_close(&wire);
}

/* ---- late answers ---------------------------------------------------------------------- */

static void answers_come_after_their_latency(void **state)
{
    sao_ipsec_params params = test_params_of(1);
    sao_soft_nic_config config;
    test_request add, update, remove;
    NDIS_HANDLE handle;
    test_wire wire;

    (void)state;
    params.esn = true;
    test_wire_config(&wire, &config);
    config.add_latency = 10;
    config.update_latency = 20;
    config.remove_latency = 30;
    test_wire_open(&wire, &config);

    test_make_add(&add, &params, true, 0);
    assert_int_equal(test_submit(&wire, &add), NDIS_STATUS_PENDING);
    assert_int_equal(test_wire_at(&wire, 0), 10);
    assert_int_equal(test_wire_at(&wire, 9), 10);
    assert_int_equal(add.completions, 0);
    assert_int_equal(test_wire_at(&wire, 10), UINT64_MAX);
    assert_int_equal(add.completions, 1);
    assert_int_equal(add.request.status, NDIS_STATUS_SUCCESS);
    handle = add.buffer.add.OffloadHandle;

    test_make_update(&update, handle, params.spi, 1);
    assert_int_equal(test_submit(&wire, &update), NDIS_STATUS_PENDING);
    assert_int_equal(test_wire_at(&wire, 29), 30);
    assert_int_equal(update.completions, 0);
    (void)test_wire_at(&wire, 30);
    assert_int_equal(update.completions, 1);
    assert_int_equal(update.request.status, NDIS_STATUS_SUCCESS);

    test_make_delete(&remove, handle);
    assert_int_equal(test_submit(&wire, &remove), NDIS_STATUS_PENDING);
    assert_int_equal(test_wire_at(&wire, 59), 60);
    assert_int_equal(contexts(&wire), 0); /* the key is gone before the answer comes */
    assert_int_equal(remove.completions, 0);
    (void)test_wire_at(&wire, 1000);
    assert_int_equal(remove.completions, 1);
    assert_int_equal(remove.request.status, NDIS_STATUS_SUCCESS);
    test_wire_close(&wire);
}

/* Several wait at once, each for its own time, and their room is used again and again. */
static void answers_wait_in_numbers(void **state)
{
    sao_soft_nic_config config;
    test_request adds[3], remove;
    test_wire wire;
    uint64_t now = 0;

    (void)state;
    test_wire_config(&wire, &config);
    config.capabilities.SaOffloadCapacity = 3;
    config.add_latency = 10;
    config.remove_latency = 10;
    test_wire_open(&wire, &config);
    for (unsigned round = 0; round < 10; round++) {
        for (uint8_t n = 0; n < 3; n++) {
            const sao_ipsec_params params = test_params_of(n);

            test_make_add(&adds[n], &params, true, 0);
            assert_int_equal(test_submit(&wire, &adds[n]), NDIS_STATUS_PENDING);
            (void)test_wire_at(&wire, ++now);
        }
        now += 20;
        assert_int_equal(test_wire_at(&wire, now), UINT64_MAX);
        for (uint8_t n = 0; n < 3; n++) {
            assert_int_equal(adds[n].completions, 1);
            test_make_delete(&remove, adds[n].buffer.add.OffloadHandle);
            assert_int_equal(test_submit(&wire, &remove), NDIS_STATUS_PENDING);
            (void)test_wire_at(&wire, now += 10);
            assert_int_equal(remove.completions, 1);
        }
    }
    test_wire_close(&wire);
}

/* A refusal takes its time as well, and its bundle never lives. */
static void a_late_answer_can_be_a_refusal(void **state)
{
    const sao_ipsec_params params = test_params_of(1);
    sao_soft_nic_config config;
    test_request add;
    test_wire wire;

    (void)state;
    test_wire_config(&wire, &config);
    config.add_latency = 10;
    config.refuse_every = 1;
    test_wire_open(&wire, &config);
    test_make_add(&add, &params, true, 0);
    assert_int_equal(test_submit(&wire, &add), NDIS_STATUS_PENDING);
    (void)test_wire_at(&wire, 10);
    assert_int_equal(add.completions, 1);
    assert_int_equal(add.request.status, NDIS_STATUS_RESOURCES);
    assert_null(add.buffer.add.OffloadHandle); /* ADD-3 */
    test_wire_close(&wire);
}

/* More updates than there is room for answers: each is answered, once. */
static void many_updates_at_once(void **state)
{
    enum { UPDATES = 20 };
    sao_ipsec_params params = test_params_of(1);
    test_request updates[UPDATES];
    sao_soft_nic_config config;
    NDIS_HANDLE handle;
    test_wire wire;

    (void)state;
    params.esn = true;
    test_wire_config(&wire, &config);
    config.capabilities.SaOffloadCapacity = 1;
    config.update_latency = 5;
    test_wire_open(&wire, &config);
    handle = test_add(&wire, &params, true, 0);
    for (uint32_t i = 0; i < UPDATES; i++) {
        test_make_update(&updates[i], handle, params.spi, i + 1);
        assert_int_equal(test_submit(&wire, &updates[i]), NDIS_STATUS_PENDING);
    }
    (void)test_wire_at(&wire, 5 * UPDATES);
    for (uint32_t i = 0; i < UPDATES; i++) {
        assert_int_equal(updates[i].completions, 1);
        assert_int_equal(updates[i].request.status, NDIS_STATUS_SUCCESS);
    }
    test_wire_close(&wire);
}

/*
 * After a halt nobody waits for the removes any more, but their answers still wait in the NIC
 * when the next adds come.
 */
static void answers_from_before_a_halt_do_no_harm(void **state)
{
    sao_adapter_counters counters;
    sao_soft_nic_config config;
    test_request adds[4];
    test_wire wire;

    (void)state;
    test_wire_config(&wire, &config);
    config.capabilities.SaOffloadCapacity = 4;
    config.remove_latency = 100;
    test_wire_open(&wire, &config);
    for (unsigned round = 0; round < 5; round++) {
        for (uint8_t n = 0; n < 4; n++) {
            const sao_ipsec_params params = test_params_of(n);

            test_make_add(&adds[n], &params, true, 0);
            assert_int_equal(test_submit(&wire, &adds[n]), NDIS_STATUS_SUCCESS);
        }
        assert_int_equal(test_wire_life(&wire, SAO_LIFE_PAUSE), NDIS_STATUS_SUCCESS);
        assert_int_equal(sao_adapter_halt(wire.adapter), NDIS_STATUS_SUCCESS);
        assert_int_equal(contexts(&wire), 0);
        assert_int_equal(sao_adapter_initialize(wire.adapter), NDIS_STATUS_SUCCESS);
        assert_int_equal(test_wire_life(&wire, SAO_LIFE_RESTART), NDIS_STATUS_SUCCESS);
    }
    assert_int_equal(test_wire_at(&wire, 1000), UINT64_MAX);
    sao_adapter_get_counters(wire.adapter, &counters);
    assert_int_equal(counters.bundles, 0);
    test_wire_close(&wire);
}

/* What follows from an answer counts from when it came, however late the poll. */
static void time_goes_from_one_event_to_the_next(void **state)
{
    const sao_ipsec_params params = test_params_of(1);
    sao_soft_nic_config config;
    test_request remove;
    NDIS_HANDLE handle;
    test_frame frame;
    test_sa sa;
    test_wire wire;

    (void)state;
    test_wire_config(&wire, &config);
    config.send_latency = 10;
    config.remove_latency = 10;
    test_wire_open(&wire, &config);
    sa = test_sa_make(&params);
    handle = test_add(&wire, &params, false, 0);
    test_make_frame(&frame, &sa.sa, 1, 4, 64);
    test_send(&wire, &frame, handle);
    test_make_delete(&remove, handle);
    assert_int_equal(test_submit(&wire, &remove), NDIS_STATUS_PENDING); /* DEL-7 */
    assert_int_equal(test_wire_at(&wire, 10), 20);
    (void)test_wire_at(&wire, 20);
    assert_int_equal(remove.completions, 1);

    /* The same in one poll. */
    handle = test_add(&wire, &params, false, 0);
    test_make_frame(&frame, &sa.sa, 2, 4, 64);
    test_send(&wire, &frame, handle);
    test_make_delete(&remove, handle);
    assert_int_equal(test_submit(&wire, &remove), NDIS_STATUS_PENDING);
    assert_int_equal(test_wire_at(&wire, 40), UINT64_MAX);
    assert_int_equal(remove.completions, 1);
    assert_string_equal(wire.log, "TSCTSC");
    test_sa_free(&sa);
    test_wire_close(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_configuration_is_good),
        cmocka_unit_test(a_bad_configuration_is_refused_with_a_reason),
        cmocka_unit_test(too_little_memory_is_refused),
        cmocka_unit_test(nothing_is_asked_of_a_nic_that_nobody_is_bound_to),
        cmocka_unit_test(what_the_provider_has_is_offered),
        cmocka_unit_test(block_ciphers_are_offered_with_hmacs),
        cmocka_unit_test(keys_are_wiped_with_their_bundle),
        cmocka_unit_test(capacity_is_the_number_of_bundles),
        cmocka_unit_test(what_the_nic_cannot_do_is_not_supported),
        cmocka_unit_test(every_nth_add_is_refused),
        cmocka_unit_test(answers_come_after_their_latency),
        cmocka_unit_test(answers_wait_in_numbers),
        cmocka_unit_test(a_late_answer_can_be_a_refusal),
        cmocka_unit_test(many_updates_at_once),
        cmocka_unit_test(answers_from_before_a_halt_do_no_harm),
        cmocka_unit_test(time_goes_from_one_event_to_the_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
