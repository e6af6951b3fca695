// SPDX-License-Identifier: BSD-2-Clause
/* town.c: two hosts and a wire in one world. */
#include "support/town.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/memory.h"
#include "support/packets.h"

#define ARENA_MAX (512u * 1024u)
#define ROUNDS_MAX 1000u
#define KEY_BYTES 36u

/* ---- the wire --------------------------------------------------------------------------- */

static void transmit(void *wire, const sao_packet *packet)
{
    town_host *from = wire;
    town *t = from->town;

    town_see_frame(packet);
    for (uint32_t i = 0; i < TOWN_FRAMES; i++) {
        sao_packet *frame = t->frames[i];

        if (frame->owner != NULL)
            continue;
        memcpy(frame->data, packet->data, packet->length);
        frame->length = packet->length;
        frame->id = ++t->frame_count;
        frame->owner = &t->host[from == &t->host[0] ? 1 : 0];
        frame->due = 0;
        return;
    }
    /* The wire is full: the frame is lost, as on any. */
}

static void release(void *wire, sao_packet *packet)
{
    (void)wire;
    packet->owner = NULL;
}

/* The frame that has been on the wire for longest; NULL if there is none. */
static sao_packet *next_frame(const town *t)
{
    sao_packet *next = NULL;

    for (uint32_t i = 0; i < TOWN_FRAMES; i++)
        if (t->frames[i]->owner != NULL && t->frames[i]->status != NDIS_STATUS_PENDING &&
            (next == NULL || t->frames[i]->id < next->id))
            next = t->frames[i];
    return next;
}

/* PENDING marks a frame that a NIC has. */
static bool deliver_frame(town *t)
{
    sao_packet *frame = next_frame(t);

    if (frame == NULL)
        return false;
    frame->status = NDIS_STATUS_PENDING;
    sao_soft_nic_receive(((town_host *)frame->owner)->nic, frame);
    return true;
}

/* ---- time ------------------------------------------------------------------------------ */

static void poll_all(town *t)
{
    for (int i = 0; i < 2; i++) {
        sao_boundary_set_time(t->host[i].boundary, t->now);
        (void)sao_soft_nic_poll(t->host[i].nic, t->now);
        (void)sao_transport_poll(t->host[i].transport, t->now);
        (void)sao_soft_nic_poll(t->host[i].nic, t->now);
    }
    for (uint32_t i = 0; i < TOWN_FRAMES; i++)
        if (t->frames[i]->owner == NULL)
            t->frames[i]->status = NDIS_STATUS_SUCCESS;
}

static void do_all(town *t)
{
    uint32_t rounds = 0;

    do {
        poll_all(t);
        assert_true(rounds++ < ROUNDS_MAX);
    } while (deliver_frame(t) || sao_world_next_due(t->world) <= t->now);
}

void town_pass(town *t, uint64_t ticks)
{
    const uint64_t end = t->now + ticks;

    do_all(t);
    while (t->now < end) {
        const uint64_t due = sao_world_next_due(t->world);

        t->now = due < end ? due : end;
        do_all(t);
    }
}

/* ---- traffic --------------------------------------------------------------------------- */

static void fill_key(uint8_t key[KEY_BYTES], uint32_t agreement, int direction)
{
    for (uint32_t i = 0; i < KEY_BYTES; i++)
        key[i] = (uint8_t)(0x80u | ((agreement * 2u + (uint32_t)direction) * 37u + i * 11u));
}

static uint32_t spi_of(uint32_t agreement, int direction)
{
    const uint8_t bytes[4] = {0x10, (uint8_t)(agreement >> 8), (uint8_t)agreement,
                              (uint8_t)direction};
    uint32_t spi;

    memcpy(&spi, bytes, sizeof spi);
    return spi;
}

static void establish(town *t, int side, uint32_t place)
{
    town_host *host = &t->host[side];
    uint8_t keys[2][KEY_BYTES];
    const sao_transport_association association = {
        .ip_version = 4,
        .local = test_address(4, TEST_SOURCE + (uint32_t)side),
        .remote = test_address(4, TEST_SOURCE + 1u - (uint32_t)side),
        .esn = t->agreements % 2 == 0,
        .encryption = SAO_ENCRYPTION_CHACHA20_POLY1305,
        .inbound = {.spi = spi_of(t->agreements, 1 - side), .encryption_key = keys[1 - side]},
        .outbound = {.spi = spi_of(t->agreements, side), .encryption_key = keys[side]},
    };

    fill_key(keys[0], t->agreements, 0);
    fill_key(keys[1], t->agreements, 1);
    assert_int_equal(
        sao_transport_establish(host->transport, &association, &host->associations[place]),
        NDIS_STATUS_SUCCESS);
}

static bool forgotten(const town *t, uint32_t place)
{
    for (int i = 0; i < 2; i++)
        if (sao_transport_state(t->host[i].transport, t->host[i].associations[place]) !=
            SAO_ASSOCIATION_UNKNOWN)
            return false;
    return true;
}

void town_agree(town *t)
{
    const uint32_t place = t->agreements % TOWN_AGREEMENTS;

    for (int i = 0; i < 2; i++)
        sao_transport_retire(t->host[i].transport, t->host[i].associations[place]);
    if (!forgotten(t, place))
        return;
    establish(t, 0, place);
    establish(t, 1, place);
    t->agreements++;
}

bool town_send(town *t, int from, uint32_t payload, uint8_t content)
{
    town_host *host = &t->host[from];
    uint8_t packet[TOWN_FRAME_MAX];
    const size_t length = test_ip_packet(packet, 4, payload);

    packet[length - 1] = content;
    for (uint32_t i = 1; i <= TOWN_AGREEMENTS; i++) { /* the latest first */
        const uint32_t place = (t->agreements + TOWN_AGREEMENTS - i) % TOWN_AGREEMENTS;

        if (sao_transport_send(host->transport, host->associations[place], packet, length) ==
            NDIS_STATUS_SUCCESS)
            return true;
    }
    return false;
}

/* ---- chance ---------------------------------------------------------------------------- */

static uint32_t below(town *t, uint32_t limit)
{
    t->random ^= t->random << 13;
    t->random ^= t->random >> 17;
    t->random ^= t->random << 5;
    return (t->random >> 4) % limit;
}

static void live(town *t)
{
    static const sao_life_event events[] = {SAO_LIFE_RESET,   SAO_LIFE_SLEEP,   SAO_LIFE_PAUSE,
                                            SAO_LIFE_WAKE,    SAO_LIFE_WAKE,    SAO_LIFE_WAKE,
                                            SAO_LIFE_RESTART, SAO_LIFE_RESTART, SAO_LIFE_RESTART};

    (void)sao_transport_life(t->host[below(t, 2)].transport, events[below(t, 9)]);
}

static void do_something(town *t)
{
    const uint32_t what = below(t, 100);

    if (what < 60)
        (void)town_send(t, (int)below(t, 2), 1 + below(t, 200), (uint8_t)below(t, 256));
    else if (what < 64)
        town_agree(t);
    else if (what < 70 && t->config.lives)
        live(t);
    else
        town_pass(t, below(t, 12));
}

void town_run(town *t, uint32_t count)
{
    while (count-- > 0)
        do_something(t);
}

/* ---- beginning and end ----------------------------------------------------------------- */

static void no_violation(void *context, const char *rule, const char *what)
{
    (void)context;
    fail_msg("%s: %s", rule, what);
}

town_config town_defaults(uint32_t random)
{
    const town_config config = {.provider = sao_crypto_sodium(),
                                .id = 1,
                                .random = random != 0 ? random : 1,
                                .refuse_every = 7,
                                .epoch = 7,
                                .simulation_keys = true};

    return config;
}

static sao_soft_nic *add_nic(town *t, int side, const char *name)
{
    const char *problem = NULL;
    sao_soft_nic_config config;
    sao_soft_nic *nic;

    sao_soft_nic_config_init(&config);
    config.provider = t->config.provider;
    sao_soft_nic_offer_algorithms(&config.capabilities, config.provider);
    config.capabilities.SaOffloadCapacity = 4;
    config.profile = side == 0 ? SAO_PROFILE_NDIS_6_20 : SAO_PROFILE_NDIS_6_30;
    config.tag = 1u + (uint32_t)side;
    config.wire = (sao_soft_nic_wire){transmit, release, &t->host[side]};
    config.add_latency = 5;
    config.remove_latency = 4;
    config.update_latency = 3;
    config.send_latency = 2;
    config.receive_latency = 3;
    config.restart_latency = 2;
    config.reset_latency = 9;
    config.power_latency = 6;
    config.wish_after_packets = 9;
    config.wish_fill_percent = 75;
    config.refuse_every = t->config.refuse_every;
    config.epoch = t->config.epoch;
    config.event = town_see_event;
    assert_int_equal(sao_world_add_soft_nic(t->world, name, &config, &nic, &problem),
                     NDIS_STATUS_SUCCESS);
    return nic;
}

static sao_transport *add_transport(town *t, int side, const char *name)
{
    const char *problem = NULL;
    sao_transport_config config;
    sao_transport *transport;

    sao_transport_config_init(&config);
    config.provider = t->config.provider;
    config.miniport = sao_boundary_miniport(t->host[side].boundary);
    config.profile = side == 0 ? SAO_PROFILE_NDIS_6_20 : SAO_PROFILE_NDIS_6_30;
    config.mac[5] = (uint8_t)(1 + side);
    config.peer_mac[5] = (uint8_t)(2 - side);
    config.associations = TOWN_AGREEMENTS;
    config.packets = 4;
    config.packet_capacity = TOWN_FRAME_MAX;
    config.capacity = 4;
    config.offload_again_after = 15;
    config.retry_after = 5;
    config.settle_time = 3;
    config.epoch = t->config.epoch;
    config.hooks.deliver = town_see_delivery;
    config.hooks.violation = no_violation;
    config.hooks.context = &t->host[side];
    assert_int_equal(sao_world_add_transport(t->world, name, &config, &transport, &problem),
                     NDIS_STATUS_SUCCESS);
    return transport;
}

static void add_host(town *t, int side)
{
    static const char *const names[2][3] = {{"left boundary", "left NIC", "left transport"},
                                            {"right boundary", "right NIC", "right transport"}};
    town_host *host = &t->host[side];

    host->town = t;
    host->boundary = sao_world_add_data(t->world, names[side][0], sizeof *host->boundary, NULL);
    assert_non_null(host->boundary);
    host->nic = add_nic(t, side, names[side][1]);
    host->transport = add_transport(t, side, names[side][2]);
    sao_boundary_init(host->boundary, sao_soft_nic_miniport(host->nic),
                      sao_transport_protocol(host->transport), 1u + (uint32_t)side, town_see_event,
                      NULL);
    sao_soft_nic_bind(host->nic, sao_boundary_protocol(host->boundary));
    for (uint32_t i = 0; i < TOWN_AGREEMENTS; i++)
        host->associations[i] = SAO_ASSOCIATION_NONE;
}

static void start(town *t, int side)
{
    assert_int_equal(sao_transport_life(t->host[side].transport, SAO_LIFE_INITIALIZE),
                     NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_transport_life(t->host[side].transport, SAO_LIFE_RESTART),
                     NDIS_STATUS_PENDING);
}

static void write_town(const void *data, sao_canonical *writer)
{
    const town *t = data;

    sao_canonical_time(writer, t->now);
    sao_canonical_number(writer, t->agreements);
    for (int side = 0; side < 2; side++)
        for (uint32_t i = 0; i < TOWN_AGREEMENTS; i++)
            sao_canonical_number(writer, t->host[side].associations[i] % TOWN_AGREEMENTS);
}

town *town_open(const town_config *config)
{
    sao_world_config world_config;
    sao_world *world;
    void *memory = malloc(ARENA_MAX);
    town *t;

    assert_non_null(memory);
    test_memory_spoil(memory, ARENA_MAX);
    sao_world_config_init(&world_config);
    world_config.id = config->id;
    world_config.simulation_keys = config->simulation_keys;
    assert_int_equal(sao_world_init(memory, ARENA_MAX, &world_config, &world), NDIS_STATUS_SUCCESS);
    t = sao_world_add_data(world, "town", sizeof *t, write_town);
    assert_non_null(t);
    t->world = world;
    /* One by one: what lies between the fields is nobody's, and would be in snapshots. */
    t->config.provider = config->provider;
    t->config.refuse_every = config->refuse_every;
    t->config.epoch = config->epoch;
    t->config.lives = config->lives;
    t->random = config->random;
    for (uint32_t i = 0; i < TOWN_FRAMES; i++) {
        t->frames[i] = sao_world_add_packet(world, "frame", TOWN_FRAME_MAX);
        assert_non_null(t->frames[i]);
    }
    add_host(t, 0);
    add_host(t, 1);
    start(t, 0);
    start(t, 1);
    town_pass(t, 5);
    town_agree(t);
    town_pass(t, 20);
    return t;
}

static bool under_way(const town *t)
{
    sao_transport_counters counters;

    for (int i = 0; i < 2; i++) {
        sao_transport_get_counters(t->host[i].transport, &counters);
        if (counters.packets != 0 || counters.associations != 0)
            return true;
    }
    return next_frame(t) != NULL;
}

void town_settle(town *t)
{
    for (int i = 0; i < 2; i++) {
        town_pass(t, 30);
        (void)sao_transport_life(t->host[i].transport, SAO_LIFE_WAKE);
        town_pass(t, 30);
        (void)sao_transport_life(t->host[i].transport, SAO_LIFE_RESTART);
        town_pass(t, 30);
        for (uint32_t place = 0; place < TOWN_AGREEMENTS; place++)
            sao_transport_retire(t->host[i].transport, t->host[i].associations[place]);
    }
    for (uint32_t i = 0; under_way(t); i++) {
        assert_true(i < ROUNDS_MAX);
        town_pass(t, 10);
    }
    town_pass(t, 100); /* what waits for a time has none to wait for any more */
    for (int i = 0; i < 2; i++)
        for (uint32_t place = 0; place < TOWN_AGREEMENTS; place++)
            t->host[i].associations[place] = SAO_ASSOCIATION_NONE;
    t->agreements = 0;
    town_agree(t);
    town_pass(t, 20);
}

void town_close(town *t)
{
    uint8_t *memory = (uint8_t *)t->world;
    const size_t used = sao_world_used(t->world);

    sao_world_close(t->world);
    for (size_t i = 0; i < used; i++)
        assert_int_equal(memory[i], 0);
    free(memory);
}

/* ---- snapshots ------------------------------------------------------------------------- */

town_snapshot town_take(const town *t)
{
    town_snapshot s = {.size = sao_world_snapshot_size(t->world)};

    s.bytes = malloc(s.size);
    assert_non_null(s.bytes);
    assert_int_equal(sao_world_snapshot(t->world, s.bytes, s.size), NDIS_STATUS_SUCCESS);
    return s;
}

void town_put_back(const town *t, const town_snapshot *s)
{
    assert_int_equal(sao_world_restore(t->world, s->bytes, s->size, NULL), NDIS_STATUS_SUCCESS);
}

void town_drop(town_snapshot *s)
{
    sao_world_wipe_snapshot(s->bytes, s->size);
    for (size_t i = 0; i < s->size; i++)
        assert_int_equal(s->bytes[i], 0);
    free(s->bytes);
}

static NDIS_STATUS add_nothing(void *backend, const sao_bundle *bundle, void **context,
                               sao_ticket ticket)
{
    (void)backend;
    (void)bundle;
    (void)context;
    (void)ticket;
    return NDIS_STATUS_RESOURCES;
}

static NDIS_STATUS remove_nothing(void *backend, const sao_bundle *bundle, sao_ticket ticket)
{
    (void)backend;
    (void)bundle;
    (void)ticket;
    return NDIS_STATUS_SUCCESS;
}

const sao_backend_ops town_idle_backend = {
    .size = sizeof town_idle_backend, .add = add_nothing, .remove = remove_nothing};
