// SPDX-License-Identifier: BSD-2-Clause
/* test_adapter_small.c: how small an adapter can be, and thousands of them in one process. */

#include "support/rig.h"
#include "support/rounds.h"

#define ADAPTERS 4096u
#define ROUNDS 3u

/* One adapter with its hardware: whatever it is asked, it answers later. */
typedef struct small {
    sao_adapter *adapter;
    void *memory; /* of its exact size */
    uint32_t step;
    uint32_t rounds;
    sao_request request;
    rig_buffer buffer;
    sao_ticket tickets[2];
    uint32_t ticket_count;
    uint32_t completions;
    NDIS_HANDLE in, out;
    sao_flight flight;
} small;

static small adapters[ADAPTERS];

/* ---- sizes ----------------------------------------------------------------------------- */

static NDIS_STATUS hardware_add(void *backend, const sao_bundle *bundle, void **context,
                                sao_ticket ticket)
{
    small *s = backend;

    (void)bundle;
    *context = s;
    s->tickets[s->ticket_count++] = ticket;
    return NDIS_STATUS_PENDING;
}

static NDIS_STATUS hardware_remove(void *backend, const sao_bundle *bundle, sao_ticket ticket)
{
    small *s = backend;

    assert_ptr_equal(bundle->backend_context, s);
    s->tickets[s->ticket_count++] = ticket;
    return NDIS_STATUS_PENDING;
}

static void request_complete(void *host, sao_request *request)
{
    small *s = host;

    assert_ptr_equal(request, &s->request);
    s->completions++;
}

static sao_adapter_config small_config(uint32_t bundles, uint32_t tag)
{
    static const sao_backend_ops ops = {
        .size = sizeof ops, .add = hardware_add, .remove = hardware_remove};
    sao_adapter_config config;
    rig *r = rig_create();

    sao_adapter_config_init(&config);
    config.capabilities = r->config.capabilities;
    config.capabilities.SaOffloadCapacity = bundles;
    config.tag = tag;
    config.backend_ops = &ops;
    config.host.request_complete = request_complete;
    rig_destroy(r);
    return config;
}

/* docs/worlds.md says so. */
static void an_adapter_is_as_small_as_the_documentation_says(void **state)
{
    static const struct {
        uint32_t bundles;
        size_t at_most;
    } sizes[] = {
        {1, SAO_BY_WORD(1280, 1088)}, {2, SAO_BY_WORD(1792, 1536)}, {8, SAO_BY_WORD(5120, 4480)}};

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        const sao_adapter_config config = small_config(sizes[i].bundles, 0);

        print_message("%u bundles: %u bytes\n", (unsigned)sizes[i].bundles,
                      (unsigned)sao_adapter_size(&config));
        assert_in_range(sao_adapter_size(&config), sizes[i].at_most / 2, sizes[i].at_most);
    }
}

/* Whose calls overlap gets cache lines of its own for what they write. */
static void take_lock(void *host)
{
    (void)host;
}

static void a_lock_costs_cache_lines(void **state)
{
    sao_adapter_config config = small_config(2, 0);
    const size_t size = sao_adapter_size(&config);

    (void)state;
    config.host.lock = take_lock;
    config.host.unlock = take_lock;
    assert_in_range(sao_adapter_size(&config), size + 64, size + 8 * 64);
}

/* ---- thousands ------------------------------------------------------------------------- */

static void submit(small *s, NDIS_OID oid, rig_buffer buffer, NDIS_STATUS expected)
{
    free(s->buffer.bytes);
    s->buffer = buffer;
    sao_request_init(&s->request, oid, buffer.bytes, buffer.length);
    s->ticket_count = 0;
    s->completions = 0;
    assert_status(sao_adapter_request(s->adapter, &s->request), expected);
}

static void expect_completion(small *s, NDIS_STATUS status)
{
    (void)sao_adapter_poll(s->adapter, 0, 100);
    assert_int_equal(s->completions, 1);
    assert_status(s->request.status, status);
}

static void answer_all(small *s, NDIS_STATUS status)
{
    for (uint32_t i = s->ticket_count; i-- > 0;)
        sao_adapter_backend_done(s->adapter, s->tickets[i], status);
}

static void take_handles(small *s)
{
    s->in = rig_add_element(s->buffer, 0)->OffloadHandle;
    s->out = rig_add_element(s->buffer, 1)->OffloadHandle;
    assert_true(s->in != NULL && s->out != NULL && s->in != s->out);
}

/* Other adapters know nothing of its handles; SAO_HANDLE_TAG_MAX + 1 of them can tell. */
static void assert_foreign(const small *s, uint32_t i)
{
    small *other = &adapters[(i + 1) % ADAPTERS];

    assert_status(sao_adapter_query(other->adapter, s->in, NULL, NULL),
                  NDIS_STATUS_INVALID_PARAMETER);
}

static void take_step(uint32_t i)
{
    small *s = &adapters[i];
    const rig_spec specs[2] = {rig_inbound(1), rig_outbound(2)};

    switch (s->step++) {
    case 0:
        assert_status(sao_adapter_initialize(s->adapter), NDIS_STATUS_SUCCESS);
        break;
    case 1:
        assert_status(sao_adapter_restart(s->adapter), NDIS_STATUS_SUCCESS);
        submit(s, OID_OFFLOAD_ENCAPSULATION, rig_build_encapsulation(NDIS_ENCAPSULATION_IEEE_802_3),
               NDIS_STATUS_SUCCESS);
        break;
    case 2:
        submit(s, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, rig_build_add(specs, 2),
               NDIS_STATUS_PENDING);
        assert_int_equal(s->ticket_count, 2);
        break;
    case 3:
        answer_all(s, NDIS_STATUS_SUCCESS);
        expect_completion(s, NDIS_STATUS_SUCCESS);
        take_handles(s);
        assert_foreign(s, i);
        break;
    case 4: {
        const sao_packet_info info = rig_packet(&specs[0]);

        assert_int_equal(sao_adapter_receive(s->adapter, 0, &info, &s->flight),
                         SAO_RECEIVE_PROCESS);
        assert_ptr_equal(s->flight.bundle->handle, s->in);
        break;
    }
    case 5: {
        const NDIS_HANDLE handles[2] = {s->in, s->out};

        submit(s, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, rig_build_delete(handles, 2),
               NDIS_STATUS_PENDING);
        assert_int_equal(s->ticket_count, 0); /* the packet is in flight (DEL-7) */
        break;
    }
    case 6:
        sao_adapter_receive_indicated(s->adapter, &s->flight);
        sao_adapter_receive_returned(s->adapter, 0);
        (void)sao_adapter_poll(s->adapter, 0, 100);
        assert_int_equal(s->ticket_count, 2);
        break;
    case 7:
        answer_all(s, NDIS_STATUS_SUCCESS);
        expect_completion(s, NDIS_STATUS_SUCCESS);
        break;
    default:
        assert_status(sao_adapter_pause(s->adapter), NDIS_STATUS_SUCCESS);
        assert_status(sao_adapter_halt(s->adapter), NDIS_STATUS_SUCCESS);
        s->step = 0;
        s->rounds++;
        break;
    }
}

static void check_one(const small *s)
{
    sao_adapter_counters counters;

    sao_adapter_get_counters(s->adapter, &counters);
    assert_int_equal(counters.bundles_added, 2 * ROUNDS);
    assert_int_equal(counters.bundles_deleted, 2 * ROUNDS);
    assert_int_equal(counters.pairs_guessed, ROUNDS);
    assert_int_equal(counters.received_processed, ROUNDS);
    assert_int_equal(counters.bundles + counters.requests + counters.flights + counters.held, 0);
    assert_int_equal(counters.late_answers, 0);
}

static void thousands_of_adapters_live_side_by_side(void **state)
{
    uint32_t random = test_seed();
    sao_adapter_config config = small_config(2, 0);
    const size_t size = sao_adapter_size(&config);
    uint32_t left = ADAPTERS * ROUNDS;
    const char *problem = NULL;

    (void)state;
    for (uint32_t i = 0; i < ADAPTERS; i++) {
        config.tag = i & SAO_HANDLE_TAG_MAX;
        config.backend = &adapters[i];
        config.host_context = &adapters[i];
        adapters[i].memory = malloc(size);
        assert_status(
            sao_adapter_init(adapters[i].memory, size, &config, &adapters[i].adapter, &problem),
            NDIS_STATUS_SUCCESS);
    }
    while (left != 0) { /* any adapter, one step; from one that is through on to the next */
        uint32_t i = (random = random * 1664525u + 1013904223u) >> 20 & (ADAPTERS - 1u);
        uint32_t before;

        while (adapters[i].rounds == ROUNDS)
            i = (i + 1u) % ADAPTERS;
        before = adapters[i].rounds;
        take_step(i);
        left -= adapters[i].rounds - before;
    }
    print_message("%u adapters of 2 bundles, %u bytes\n", ADAPTERS, (unsigned)(ADAPTERS * size));
    for (uint32_t i = 0; i < ADAPTERS; i++) {
        check_one(&adapters[i]);
        free(adapters[i].buffer.bytes);
        free(adapters[i].memory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_adapter_is_as_small_as_the_documentation_says),
        cmocka_unit_test(a_lock_costs_cache_lines),
        cmocka_unit_test(thousands_of_adapters_live_side_by_side),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
