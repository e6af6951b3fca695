// SPDX-License-Identifier: BSD-2-Clause
/* test_world.c: an arena, its parts, and when the world is due. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/town.h"

/* ---- the arena ------------------------------------------------------------------------- */

static sao_world *small_world(void *memory, size_t size)
{
    sao_world_config config;
    sao_world *world;

    sao_world_config_init(&config);
    assert_int_equal(sao_world_init(memory, size, &config, &world), NDIS_STATUS_SUCCESS);
    return world;
}

static void a_bad_beginning_is_refused(void **state)
{
    max_align_t memory[64];
    sao_world_config config;
    sao_world *world;

    (void)state;
    sao_world_config_init(&config);
    assert_int_equal(config.size, sizeof config);
    assert_false(config.simulation_keys);
    assert_int_equal(sao_world_init(memory, sao_world_size() - 1, &config, &world),
                     NDIS_STATUS_RESOURCES);
    assert_int_equal(sao_world_init(NULL, sizeof memory, &config, &world), NDIS_STATUS_RESOURCES);
    assert_int_equal(sao_world_init((uint8_t *)memory + 4, sizeof memory - 4, &config, &world),
                     NDIS_STATUS_INVALID_PARAMETER);
    assert_null(world);
    config.size++;
    assert_int_equal(sao_world_init(memory, sizeof memory, &config, &world),
                     NDIS_STATUS_INVALID_PARAMETER);
    config.size--;
    assert_int_equal(sao_world_init(memory, sao_world_size(), &config, &world),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_world_used(world), sao_world_size());
    assert_null(sao_world_add_data(world, "none", 0, NULL));
}

/* The memory is of the exact size, so that a sanitizer sees an overrun. */
static void parts_are_zero_aligned_named_and_fit_exactly(void **state)
{
    const size_t size = sao_world_size() + sao_world_part_size(1) +
                        sao_world_part_size(sizeof(sao_request)) +
                        sao_world_part_size(sizeof(sao_packet) + 100);
    uint8_t *memory = malloc(size);
    sao_world *world;
    uint8_t *data;
    sao_request *request;
    sao_packet *packet;

    (void)state;
    memset(memory, 0xEE, size);
    world = small_world(memory, size);
    assert_null(sao_world_add_data(world, "most", SIZE_MAX, NULL));
    assert_null(sao_world_add_data(world, "most", SIZE_MAX - 200, NULL));
    data = sao_world_add_data(world, "data", 1, NULL);
    request = sao_world_add_request(world, "request");
    packet = sao_world_add_packet(world, "packet", 100);
    assert_true(data != NULL && request != NULL && packet != NULL);
    assert_int_equal(*data, 0);
    assert_int_equal(request->oid, 0);
    assert_int_equal(packet->capacity, 100);
    assert_int_equal((uintptr_t)data % _Alignof(max_align_t), 0);
    memset(packet->data, 1, packet->capacity);
    assert_int_equal(sao_world_used(world), size);
    assert_null(sao_world_add_data(world, "more", 1, NULL));
    assert_null(sao_world_add_request(world, "more"));
    assert_null(sao_world_add_packet(world, "more", 0));
    assert_ptr_equal(sao_world_find(world, "data"), data);
    assert_ptr_equal(sao_world_find(world, "request"), request);
    assert_ptr_equal(sao_world_find(world, "packet"), packet);
    assert_null(sao_world_find(world, "dat"));
    assert_null(sao_world_find(world, "more"));
    sao_world_close(world);
    free(memory);
}

static void a_part_that_cannot_be_made_changes_nothing(void **state)
{
    const town_config config = town_defaults(1);
    town *t = town_open(&config);
    sao_world *world = t->world;
    size_t used;
    sao_adapter_config adapter;
    sao_soft_nic_config soft_nic;
    sao_transport_config transport;
    sao_adapter *made_adapter;
    sao_soft_nic *made_soft_nic;
    sao_transport *made_transport;
    const char *problem;

    (void)state;
    sao_adapter_config_init(&adapter);
    sao_soft_nic_config_init(&soft_nic);
    sao_transport_config_init(&transport);
    used = sao_world_used(world);

#define REFUSED(kind, expected)                                                                    \
    do {                                                                                           \
        problem = NULL;                                                                            \
        made_##kind = (void *)t;                                                                   \
        assert_int_equal(sao_world_add_##kind(world, "bad", &(kind), &made_##kind, &problem),      \
                         expected);                                                                \
        assert_null(made_##kind);                                                                  \
        assert_non_null(problem);                                                                  \
        assert_int_equal(sao_world_used(world), used);                                             \
        assert_null(sao_world_find(world, "bad"));                                                 \
    } while (0)

    REFUSED(adapter, NDIS_STATUS_INVALID_PARAMETER);
    REFUSED(soft_nic, NDIS_STATUS_INVALID_PARAMETER);
    REFUSED(transport, NDIS_STATUS_INVALID_PARAMETER);
    adapter.capabilities = *sao_adapter_capabilities(sao_soft_nic_adapter(t->host[0].nic));
    adapter.capabilities.SaOffloadCapacity = 10000;
    adapter.backend_ops = &town_idle_backend;
    REFUSED(adapter, NDIS_STATUS_RESOURCES);
    soft_nic.capabilities = adapter.capabilities;
    soft_nic.provider = config.provider;
    soft_nic.wire = (sao_soft_nic_wire){(void (*)(void *, const sao_packet *))1,
                                        (void (*)(void *, sao_packet *))1, NULL};
    REFUSED(soft_nic, NDIS_STATUS_RESOURCES);
    transport.provider = config.provider;
    transport.miniport = sao_soft_nic_miniport(t->host[0].nic);
    transport.hooks.deliver = (void (*)(void *, const uint8_t *, size_t))1;
    transport.packets = 1000;
    REFUSED(transport, NDIS_STATUS_RESOURCES);
    adapter.capabilities.SaOffloadCapacity = 2;
    assert_int_equal(sao_world_add_adapter(world, "good", &adapter, &made_adapter, NULL),
                     NDIS_STATUS_SUCCESS);
    assert_ptr_equal(sao_world_find(world, "good"), made_adapter);
    town_close(t);
#undef REFUSED
}

/* ---- time ------------------------------------------------------------------------------ */

static void the_world_is_due_when_its_first_part_is(void **state)
{
    const town_config config = town_defaults(1);
    town *t = town_open(&config);
    uint64_t earliest = UINT64_MAX;

    (void)state;
    assert_int_equal(sao_world_next_due(t->world), UINT64_MAX);
    assert_true(town_send(t, 0, 50, 1));
    town_run(t, 3);
    for (uint32_t i = 0; i < 300; i++) {
        uint64_t due[4];

        town_run(t, 1);
        earliest = UINT64_MAX;
        for (int side = 0; side < 2; side++) {
            due[2 * side] = sao_soft_nic_next_due(t->host[side].nic);
            due[2 * side + 1] = sao_transport_next_due(t->host[side].transport);
        }
        for (int k = 0; k < 4; k++)
            earliest = due[k] < earliest ? due[k] : earliest;
        assert_int_equal(sao_world_next_due(t->world), earliest);
    }
    town_close(t);
    town_end_log();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_beginning_is_refused),
        cmocka_unit_test(parts_are_zero_aligned_named_and_fit_exactly),
        cmocka_unit_test(a_part_that_cannot_be_made_changes_nothing),
        cmocka_unit_test(the_world_is_due_when_its_first_part_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
