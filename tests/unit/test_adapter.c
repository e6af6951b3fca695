// SPDX-License-Identifier: BSD-2-Clause
/* test_adapter.c: making an adapter out of memory. */
#include "support/rig.h"

static void a_good_configuration_makes_an_adapter(void **state)
{
    rig *r = rig_create();

    (void)state;
    rig_make(r);
    assert_int_equal(sao_adapter_get_state(r->adapter), SAO_ADAPTER_HALTED);
    assert_memory_equal(sao_adapter_capabilities(r->adapter), &r->config.capabilities,
                        sizeof r->config.capabilities);
    rig_destroy(r);
}

static void assert_bad(const rig *r)
{
    max_align_t memory[16];
    sao_adapter *adapter = (sao_adapter *)(void *)memory;
    const char *problem = NULL;

    assert_int_equal(sao_adapter_size(&r->config), 0);
    assert_status(sao_adapter_init(memory, SIZE_MAX, &r->config, &adapter, &problem),
                  NDIS_STATUS_INVALID_PARAMETER);
    assert_null(adapter);
    assert_non_null(problem);
    assert_true(strlen(problem) > 10);
    assert_status(sao_adapter_init(memory, SIZE_MAX, &r->config, &adapter, NULL),
                  NDIS_STATUS_INVALID_PARAMETER);
}

#define BAD(change)                                                                                \
    do {                                                                                           \
        rig *r = rig_create();                                                                     \
        sao_backend_ops ops = *r->config.backend_ops;                                              \
        sao_adapter_config *config = &r->config;                                                   \
                                                                                                   \
        config->backend_ops = &ops;                                                                \
        assert_int_not_equal(sao_adapter_size(config), 0);                                         \
        change;                                                                                    \
        assert_bad(r);                                                                             \
        rig_destroy(r);                                                                            \
    } while (0)

static void a_bad_configuration_is_refused(void **state)
{
    (void)state;
    BAD(config->size = 0);
    BAD(config->size++);
    BAD(config->queues = 0);
    BAD(config->queues = 1025);
    BAD(config->tag = SAO_HANDLE_TAG_MAX + 1);
    BAD(config->capabilities.SaOffloadCapacity = SAO_HANDLE_SLOTS_MAX + 1);
    BAD(config->capabilities.SaOffloadCapacity = UINT32_MAX);
    BAD(config->capabilities.Tunnel = 0);
    BAD(config->capabilities.Ah = 0);
    BAD(config->profile = (sao_profile)0);
    BAD(config->profile = (sao_profile)629);
    BAD(config->elements_per_step = 0);
    BAD(config->steps_per_submit = 0);
    BAD(config->backend_ops = NULL);
    BAD(ops.size--);
    BAD(ops.add = NULL);
    BAD(ops.remove = NULL);
    BAD(config->host.lock = NULL);
    BAD(config->host.unlock = NULL);
}

static void too_little_memory_is_refused(void **state)
{
    rig *r = rig_create();
    const size_t size = sao_adapter_size(&r->config);
    uint8_t *memory = malloc(size - 1);
    sao_adapter *adapter;
    const char *problem = NULL;

    (void)state;
    memset(memory, 0xDD, size - 1);
    assert_status(sao_adapter_init(memory, size - 1, &r->config, &adapter, &problem),
                  NDIS_STATUS_RESOURCES);
    assert_null(adapter);
    assert_non_null(problem);
    assert_int_equal(memory[0], 0xDD); /* nothing was written */
    assert_status(sao_adapter_init(NULL, size, &r->config, &adapter, NULL), NDIS_STATUS_RESOURCES);
    free(memory);
    rig_destroy(r);
}

/* A sanitizer watches the ends of the memory while each table is filled to its last slot. */
static void every_capacity_fits_its_memory(void **state)
{
    static const uint32_t queues[] = {1, 2, 1024};

    (void)state;
    for (uint32_t capacity = 0; capacity <= 40; capacity++)
        for (uint32_t q = 0; q < 3; q++) {
            rig *r = rig_create();
            sao_flight flight;

            r->config.capabilities.SaOffloadCapacity = capacity;
            r->config.queues = queues[q];
            rig_start(r);
            for (uint32_t i = 0; i < capacity; i++) {
                rig_spec in = rig_with_ah(rig_inbound(10 * (1 + i)));
                NDIS_HANDLE handle = rig_add_one(r, in);

                assert_int_equal(rig_receive(r, queues[q] - 1, &in, &flight), SAO_RECEIVE_PROCESS);
                assert_ptr_equal(flight.bundle->handle, handle);
                (void)rig_finish(r, queues[q] - 1, &flight);
            }
            rig_halt(r);
            rig_destroy(r);
        }
}

static void a_host_without_hooks_is_served(void **state)
{
    rig *r = rig_create();
    rig_spec in = rig_inbound(1);
    NDIS_HANDLE handle;
    rig_buffer buffer;
    sao_request request;
    sao_flight flight;

    (void)state;
    memset(&r->config.host, 0, sizeof r->config.host);
    rig_start(r);
    handle = rig_add_one(r, in);
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_PROCESS);
    buffer = rig_build_delete(&handle, 1);
    sao_request_init(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, buffer.bytes,
                     buffer.length);
    assert_status(sao_adapter_request(r->adapter, &request), NDIS_STATUS_PENDING);
    assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_PENDING);
    (void)rig_finish(r, 0, &flight);
    rig_poll(r);
    assert_status(request.status, NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_adapter_get_state(r->adapter), SAO_ADAPTER_PAUSED);
    free(buffer.bytes);
    rig_destroy(r);
}

static void defaults_are_what_the_header_says(void **state)
{
    sao_adapter_config config;

    (void)state;
    memset(&config, 0xEE, sizeof config);
    sao_adapter_config_init(&config);
    assert_int_equal(config.size, sizeof config);
    assert_int_equal(config.profile, SAO_PROFILE_NDIS_6_20);
    assert_int_equal(config.queues, 1);
    assert_int_equal(config.elements_per_step, 64);
    assert_int_equal(config.steps_per_submit, 16);
    assert_null(config.backend_ops);
    assert_false(config.strict_lists);
    assert_false(config.allow_unauthenticated);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_configuration_makes_an_adapter),
        cmocka_unit_test(a_bad_configuration_is_refused),
        cmocka_unit_test(too_little_memory_is_refused),
        cmocka_unit_test(every_capacity_fits_its_memory),
        cmocka_unit_test(a_host_without_hooks_is_served),
        cmocka_unit_test(defaults_are_what_the_header_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
