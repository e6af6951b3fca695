// SPDX-License-Identifier: BSD-2-Clause
/*
 * charts.c: prints the charts of docs/life.md from the library itself.
 *
 * The adapter's chart and table are the rules that the adapter goes by (life.h). The bundle's chart
 * is what bundles were seen to do: an adapter of which every step is watched meets a delete that
 * waits, a list that is refused, cancels and a halt.
 */
#include <saoffload/adapter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the adapter's life ---------------------------------------------------------------- */

static void arrow(sao_adapter_state from, sao_adapter_state to, const char *label)
{
    printf("    %s --> %s: %s\n", sao_adapter_state_name(from), sao_adapter_state_name(to), label);
}

static void life_chart(void)
{
    const sao_life_rule *rule;
    bool seen[SAO_ADAPTER_STATES] = {false}; /* whose ways on are drawn */

    printf("    [*] --> %s\n", sao_adapter_state_name(SAO_ADAPTER_HALTED));
    for (uint32_t i = 0; (rule = sao_life_rule_at(i)) != NULL; i++) {
        if (rule->done == rule->from)
            continue; /* changes no state (PNP-3): in the table */
        if (rule->during == rule->from || rule->during == rule->done) {
            arrow(rule->from, rule->done, sao_life_event_name(rule->event));
            continue;
        }
        arrow(rule->from, rule->during, sao_life_event_name(rule->event));
        if (!seen[rule->during])
            arrow(rule->during, rule->done, "done");
        if (!seen[rule->during] && rule->failed != rule->done)
            arrow(rule->during, rule->failed, "failed");
        seen[rule->during] = true;
    }
}

static void life_cell(const sao_life_rule *rule)
{
    if (rule->done == rule->from)
        printf("stays");
    else if (rule->during == rule->from || rule->during == rule->done)
        printf("%s", sao_adapter_state_name(rule->done));
    else
        printf("%s, %s", sao_adapter_state_name(rule->during), sao_adapter_state_name(rule->done));
    if (rule->failed != rule->done)
        printf(" or %s", sao_adapter_state_name(rule->failed));
    if (rule->since != SAO_PROFILE_NDIS_6_1)
        printf(" (from %d.%d on)", rule->since / 100, rule->since % 100);
}

static void life_table(void)
{
    const sao_life_rule *rule;

    printf("| event |");
    for (uint32_t state = 0; state < SAO_ADAPTER_STATES; state++)
        printf(" %s |", sao_adapter_state_name((sao_adapter_state)state));
    printf("\n| --- |");
    for (uint32_t state = 0; state < SAO_ADAPTER_STATES; state++)
        printf(" --- |");
    printf("\n");
    for (uint32_t event = 0; event < SAO_LIFE_EVENTS; event++) {
        printf("| %s |", sao_life_event_name((sao_life_event)event));
        for (uint32_t state = 0; state < SAO_ADAPTER_STATES; state++) {
            rule = sao_life_rule_find((sao_life_event)event, (sao_adapter_state)state,
                                      SAO_PROFILE_NDIS_6_30);
            printf(" ");
            if (rule != NULL)
                life_cell(rule);
            printf(" |");
        }
        printf("\n");
    }
}

/* ---- a bundle's life, as seen ---------------------------------------------------------- */

#define BUNDLES 2u

/* An adapter, its hardware, and what its bundles were last seen as. */
static struct {
    sao_adapter *adapter;
    void *memory;
    NDIS_STATUS add;
    NDIS_STATUS remove;
    sao_ticket tickets[BUNDLES]; /* of each one's last operation */
    NDIS_HANDLE handles[BUNDLES];
    sao_bundle_state states[BUNDLES];
} world;

static bool drawn[SAO_BUNDLE_DELETED + 1][SAO_BUNDLE_DELETED + 1];

static void check(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "charts: not as expected: %s\n", what);
    exit(1);
}

/* Draws what has changed since the last look, once. */
static void look(const char *why)
{
    for (uint32_t i = 0; i < BUNDLES; i++) {
        sao_bundle_state from = world.states[i], to = SAO_BUNDLE_FREE;
        sao_bundle_status status;

        if (world.handles[i] != NULL && sao_adapter_query(world.adapter, world.handles[i], NULL,
                                                          &status) == NDIS_STATUS_SUCCESS)
            to = status.state;
        world.states[i] = to;
        if (from == to || drawn[from][to])
            continue;
        drawn[from][to] = true;
        printf("    %s --> %s: %s\n", sao_bundle_state_name(from), sao_bundle_state_name(to), why);
    }
}

static NDIS_STATUS hardware_add(void *backend, const sao_bundle *bundle, void **context,
                                sao_ticket ticket)
{
    (void)backend, (void)context;
    world.handles[ticket.index] = bundle->handle;
    world.tickets[ticket.index] = ticket;
    return world.add;
}

static NDIS_STATUS hardware_remove(void *backend, const sao_bundle *bundle, sao_ticket ticket)
{
    (void)backend, (void)bundle;
    world.tickets[ticket.index] = ticket;
    return ticket.serial == 0 ? NDIS_STATUS_SUCCESS : world.remove;
}

static void build(void)
{
    static const sao_backend_ops ops = {
        .size = sizeof ops, .add = hardware_add, .remove = hardware_remove};
    sao_adapter_config config;
    NDIS_STATUS status;

    memset(&world, 0, sizeof world);
    sao_adapter_config_init(&config);
    config.capabilities =
        (NDIS_IPSEC_OFFLOAD_V2){.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3,
                                .Esp = 1,
                                .Tunnel = 1,
                                .EncryptionAlgorithms = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256,
                                .SaOffloadCapacity = BUNDLES};
    config.elements_per_step = 1;
    config.steps_per_submit = 1;
    config.backend_ops = &ops;
    world.memory = malloc(sao_adapter_size(&config));
    check(world.memory != NULL, "memory");
    status =
        sao_adapter_init(world.memory, sao_adapter_size(&config), &config, &world.adapter, NULL);
    check(status == NDIS_STATUS_SUCCESS, "an adapter");
    check(sao_adapter_initialize(world.adapter) == NDIS_STATUS_SUCCESS, "initialize");
    check(sao_adapter_restart(world.adapter) == NDIS_STATUS_SUCCESS, "restart");
}

/* Polls step by step, and looks after each. */
static void steps(const char *why)
{
    sao_poll poll;

    do {
        look(why);
        poll = sao_adapter_poll(world.adapter, 0, 1);
    } while (poll.more);
    look(why);
}

static void answer(uint32_t bundle, NDIS_STATUS status, const char *why)
{
    sao_adapter_backend_done(world.adapter, world.tickets[bundle], status);
    steps(why);
}

static void submit(sao_request *request, NDIS_OID oid, void *buffer, ULONG length)
{
    sao_request_init(request, oid, buffer, length);
    request->request_id = request;
    check(sao_adapter_request(world.adapter, request) == NDIS_STATUS_PENDING, "a request pends");
}

/* Two outbound bundles. */
static IPSEC_OFFLOAD_V2_ADD_SA *build_add(void)
{
    static struct {
        IPSEC_OFFLOAD_V2_ADD_SA sa;
        UCHAR more_keys[36];
    } list[2];

    memset(list, 0, sizeof list);
    for (uint32_t i = 0; i < 2; i++)
        list[i].sa = (IPSEC_OFFLOAD_V2_ADD_SA){
            .Header = {NDIS_OBJECT_TYPE_DEFAULT, 1, sizeof(IPSEC_OFFLOAD_V2_ADD_SA)},
            .Next = i == 0 ? &list[1].sa : NULL,
            .NumExtHdrs = 1,
            .SecAssoc[0] = {.Operation = IPsecOffloadV2Esp,
                            .Spi = i + 1,
                            .EncryptionAlgorithm = {IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256, 36, 0,
                                                    16}},
            .KeyLength = 36};
    return &list[0].sa;
}

static void add_both(void)
{
    sao_request request;

    world.add = NDIS_STATUS_SUCCESS;
    submit(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, build_add(),
           sizeof(IPSEC_OFFLOAD_V2_ADD_SA) + 36);
    steps("the ADD completes");
    check(request.status == NDIS_STATUS_SUCCESS && world.states[1] == SAO_BUNDLE_LIVE, "an ADD");
}

static void refuse_one(void)
{
    sao_request request;

    world.add = NDIS_STATUS_PENDING;
    submit(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, build_add(),
           sizeof(IPSEC_OFFLOAD_V2_ADD_SA) + 36);
    steps("an element of an ADD is good");
    for (uint32_t i = 0; i < BUNDLES; i++)
        answer(i, NDIS_STATUS_RESOURCES, "the element is refused, or its ADD aborted");
    check(request.status == NDIS_STATUS_RESOURCES, "a refusal");
}

static IPSEC_OFFLOAD_V2_DELETE_SA *build_delete(NDIS_HANDLE first, NDIS_HANDLE second)
{
    static IPSEC_OFFLOAD_V2_DELETE_SA list[2];

    list[0].Header = (NDIS_OBJECT_HEADER){NDIS_OBJECT_TYPE_DEFAULT, 1, sizeof list[0]};
    list[1].Header = list[0].Header;
    list[0].Next = &list[1];
    list[1].Next = NULL;
    list[0].OffloadHandle = first;
    list[1].OffloadHandle = second;
    return list;
}

/* A handle that is named twice: what was claimed is given back (DEL-6). */
static void refuse_delete(void)
{
    sao_request request;

    submit(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA,
           build_delete(world.handles[0], world.handles[0]), sizeof(IPSEC_OFFLOAD_V2_DELETE_SA));
    look("a DELETE names it");
    steps("the list is refused, or the DELETE aborted");
    check(request.status == NDIS_STATUS_INVALID_PARAMETER, "a refused DELETE");
}

/* A delete that waits for a packet, and is cancelled, or goes on. */
static void delete_both(bool cancelled)
{
    sao_packet_info info = {.ip_version = 4,
                            .header_count = 1,
                            .protocol = {SAO_PROTOCOL_ESP},
                            .spi = {1},
                            .encapsulation = NDIS_ENCAPSULATION_IEEE_802_3};
    sao_request request;
    sao_flight flight;

    check(sao_adapter_send(world.adapter, 0, &info, world.handles[0], NULL, &flight) ==
              NDIS_STATUS_SUCCESS,
          "a send");
    world.remove = NDIS_STATUS_PENDING;
    submit(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA,
           build_delete(world.handles[0], world.handles[1]), sizeof(IPSEC_OFFLOAD_V2_DELETE_SA));
    steps("the whole list is good");
    if (cancelled) {
        sao_adapter_cancel(world.adapter, &request);
        steps("the DELETE is aborted");
    }
    sao_adapter_send_done(world.adapter, &flight);
    steps("no packet uses it: given to the hardware");
    for (uint32_t i = 0; !cancelled && i < BUNDLES; i++)
        answer(i, NDIS_STATUS_SUCCESS, "the hardware has answered");
}

static void bundle_chart(void)
{
    printf("    [*] --> %s\n", sao_bundle_state_name(SAO_BUNDLE_FREE));
    build();
    refuse_one();
    add_both();
    refuse_delete();
    delete_both(true);
    delete_both(false);
    add_both();
    check(sao_adapter_pause(world.adapter) == NDIS_STATUS_SUCCESS, "pause");
    check(sao_adapter_halt(world.adapter) == NDIS_STATUS_SUCCESS, "halt");
    look("halt, shutdown or removal");
    free(world.memory);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } charts[] = {
        {"life-chart", life_chart}, {"life-table", life_table}, {"bundle-chart", bundle_chart}};

    for (size_t i = 0; argc == 2 && i < sizeof charts / sizeof charts[0]; i++) {
        if (strcmp(argv[1], charts[i].name) != 0)
            continue;
        charts[i].print();
        return 0;
    }
    fprintf(stderr, "usage: charts life-chart|life-table|bundle-chart\n");
    return 2;
}
