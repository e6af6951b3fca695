// SPDX-License-Identifier: BSD-2-Clause
// explorer.c: the code of docs/worlds.md: a delete and two packets, in every order there is.
#include <saoffload/saoffload.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PACKETS 2u
#define SITUATIONS_MAX 4096u
#define FORM_MAX 256u

// begin scene
/* All that changes; it lies in the world. */
typedef struct scene {
    sao_adapter *adapter;
    sao_request *request;
    NDIS_HANDLE handle;
    IPSEC_OFFLOAD_V2_DELETE_SA list;
    sao_flight flights[PACKETS];
    bool arrived[PACKETS], indicated[PACKETS];
    bool submitted;
    sao_ticket asked; // serial 0: the hardware has been asked nothing, or has answered
} scene;
// end scene

/* ---- the hardware ---------------------------------------------------------------------- */

static NDIS_STATUS hw_add(void *hardware, const sao_bundle *b, void **context, sao_ticket ticket)
{
    return (void)hardware, (void)b, (void)context, (void)ticket, NDIS_STATUS_SUCCESS;
}

/* What is checked in every order: no packet that uses the bundle is in flight any more (DEL-7). */
static NDIS_STATUS hw_remove(void *hardware, const sao_bundle *b, sao_ticket ticket)
{
    scene *s = hardware;

    for (unsigned i = 0; i < PACKETS; i++)
        if (s->flights[i].bundle == b) {
            fprintf(stderr, "a packet is still in flight\n");
            exit(1);
        }
    s->asked = ticket;
    return NDIS_STATUS_PENDING;
}

static const sao_backend_ops hardware_ops = {
    .size = sizeof hardware_ops, .add = hw_add, .remove = hw_remove};

/* ---- what can happen ------------------------------------------------------------------- */

static const sao_packet_info packet = {.ip_version = 4,
                                       .header_count = 1,
                                       .protocol = {SAO_PROTOCOL_ESP},
                                       .spi = {0x00010000},
                                       .source = {{10, 0, 0, 2}},
                                       .destination = {{10, 0, 0, 1}},
                                       .encapsulation = NDIS_ENCAPSULATION_IEEE_802_3};

static void submit(scene *s)
{
    s->list = (IPSEC_OFFLOAD_V2_DELETE_SA){.Header = {NDIS_OBJECT_TYPE_DEFAULT, 1, sizeof s->list},
                                           .OffloadHandle = s->handle};
    sao_request_init(s->request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, &s->list, sizeof s->list);
    (void)!sao_adapter_request(s->adapter, s->request);
    s->submitted = true;
}

// begin moves
#define MOVES (2u * PACKETS + 3u)

/* Makes one thing happen; false if it cannot now. */
static bool move(scene *s, unsigned which)
{
    const unsigned i = which % PACKETS;
    sao_ticket asked = s->asked;

    if (which < PACKETS) {
        if (s->arrived[i])
            return false;
        (void)sao_adapter_receive(s->adapter, 0, &packet, &s->flights[i]);
        s->arrived[i] = true;
    } else if (which < 2 * PACKETS) {
        if (!s->arrived[i] || s->indicated[i])
            return false;
        sao_adapter_receive_indicated(s->adapter, &s->flights[i]);
        sao_adapter_receive_returned(s->adapter, 0);
        s->indicated[i] = true;
    } else if (which == 2 * PACKETS) {
        if (s->submitted)
            return false;
        submit(s);
    } else if (which == 2 * PACKETS + 1) {
        sao_adapter_poll(s->adapter, 0, 1); // one step
    } else {
        if (asked.serial == 0)
            return false;
        s->asked.serial = 0;
        sao_adapter_backend_done(s->adapter, asked, NDIS_STATUS_SUCCESS);
    }
    return true;
}
// end moves

// begin form
/* What can matter of the scene beside the adapter, for the world's form. */
static void write_scene(const void *data, sao_canonical *writer)
{
    const scene *s = data;

    sao_canonical_number(writer, s->submitted);
    for (unsigned i = 0; i < PACKETS; i++) {
        sao_canonical_number(writer, s->arrived[i] + 2u * s->indicated[i]);
        sao_adapter_canonical_flight(s->adapter, &s->flights[i], writer);
    }
    sao_canonical_ticket(writer, s->adapter, s->asked);
}

/* Is the situation a new one? */
static bool is_new(sao_world *world)
{
    static uint8_t seen[SITUATIONS_MAX][FORM_MAX];
    static size_t count;
    sao_name names[16];
    sao_canonical writer;

    memset(seen[count], 0, FORM_MAX);
    sao_canonical_init(&writer, seen[count], FORM_MAX, names, 16);
    sao_world_canonical(world, &writer);
    if (sao_canonical_finish(&writer) != NDIS_STATUS_SUCCESS)
        exit(1);
    for (size_t i = 0; i < count; i++)
        if (memcmp(seen[i], seen[count], FORM_MAX) == 0)
            return false;
    return ++count < SITUATIONS_MAX;
}
// end form

// begin explore
static unsigned situations, moves, ends;

/* Goes on from here in every way, and comes back. */
static void explore(sao_world *world, scene *s)
{
    const size_t size = sao_world_snapshot_size(world);
    void *here = malloc(size);

    if (!is_new(world)) {
        free(here);
        return;
    }
    situations++;
    ends += s->submitted && s->request->status == NDIS_STATUS_SUCCESS ? 1u : 0u;
    if (sao_world_snapshot(world, here, size) != NDIS_STATUS_SUCCESS)
        exit(1);
    for (unsigned which = 0; which < MOVES; which++) {
        if (!move(s, which))
            continue;
        moves++;
        explore(world, s);
        if (sao_world_restore(world, here, size, NULL) != NDIS_STATUS_SUCCESS)
            exit(1);
    }
    free(here);
}
// end explore

/* ---- the beginning: an adapter with one bundle ----------------------------------------- */

static struct {
    IPSEC_OFFLOAD_V2_ADD_SA sa;
    UCHAR more_keys[36];
} add = {.sa = {.Header = {NDIS_OBJECT_TYPE_DEFAULT, 1, sizeof(IPSEC_OFFLOAD_V2_ADD_SA)},
                .NumExtHdrs = 1,
                .Flags = IPSEC_OFFLOAD_V2_INBOUND,
                .SecAssoc[0] = {.Operation = IPsecOffloadV2Esp,
                                .EncryptionAlgorithm = {IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256, 36,
                                                        0, 16}},
                .KeyLength = 36}};

static NDIS_OFFLOAD_ENCAPSULATION ethernet = {
    .Header = {NDIS_OBJECT_TYPE_OFFLOAD_ENCAPSULATION, 1, sizeof ethernet},
    .IPv4 = {NDIS_OFFLOAD_SET_ON, NDIS_ENCAPSULATION_IEEE_802_3, 14}};

static bool finishes(const scene *s)
{
    (void)!sao_adapter_request(s->adapter, s->request);
    while (sao_adapter_poll(s->adapter, 0, 1).more)
        continue;
    return s->request->status == NDIS_STATUS_SUCCESS;
}

static bool set_up(scene *s)
{
    if (sao_adapter_initialize(s->adapter) || sao_adapter_restart(s->adapter))
        return false;
    sao_request_init(s->request, OID_OFFLOAD_ENCAPSULATION, &ethernet, sizeof ethernet);
    if (!finishes(s))
        return false;
    memcpy(&add.sa.IPv4Endpoints.SrcAddr, packet.source.bytes, 4);
    memcpy(&add.sa.IPv4Endpoints.DestAddr, packet.destination.bytes, 4);
    add.sa.SecAssoc[0].Spi = packet.spi[0];
    sao_request_init(s->request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, &add, sizeof add);
    if (!finishes(s))
        return false;
    s->handle = add.sa.OffloadHandle;
    return true;
}

int main(void)
{
    static max_align_t arena[4096 / sizeof(max_align_t)];
    sao_world_config world_config;
    sao_adapter_config config;
    sao_world *world;
    scene *s;

    sao_adapter_config_init(&config);
    config.capabilities =
        (NDIS_IPSEC_OFFLOAD_V2){.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3,
                                .Esp = 1,
                                .Tunnel = 1,
                                .EncryptionAlgorithms = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256,
                                .SaOffloadCapacity = 1};
    config.steps_per_submit = 1;
    config.backend_ops = &hardware_ops;

    // begin world
    sao_world_config_init(&world_config);
    if (sao_world_init(arena, sizeof arena, &world_config, &world) != NDIS_STATUS_SUCCESS)
        return 1;
    s = sao_world_add_data(world, "scene", sizeof *s, write_scene);
    s->request = sao_world_add_request(world, "delete");
    config.backend = s;
    if (sao_world_add_adapter(world, "adapter", &config, &s->adapter, NULL) != NDIS_STATUS_SUCCESS)
        return 1;
    // end world
    if (!set_up(s))
        return 1;
    explore(world, s);
    printf("%u situations by %u moves; %u with the delete over; a world of %zu bytes\n", situations,
           moves, ends, sao_world_used(world));
    sao_world_close(world);
    return ends > 0 ? 0 : 1;
}
