// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_adapter_canonical_random.c: equal canonical forms go on alike.
 *
 * Two small adapters live random lives. One keeps a copy of each situation that is new to it. When
 * the other one comes to a situation of the same form, both are driven on from there by the same
 * operations, which name what they mean by its number in the form: every answer, completion and
 * event has to be the same, handles renamed, and the forms equal after each.
 */

#include "support/rig.h"
#include "support/rounds.h"

#define CAPACITY_MAX 3u
#define SPECS 4u
#define JOBS 3u
#define FLIGHTS 2u
#define NAMES 96u
#define FORM_MAX 2048u
#define OUTPUTS 64u
#define OUTPUT_MAX 48u
#define MEMORY_MAX 4096u
#define SITUATIONS 4096u /* kept of one life */
#define LIVES 24u
#define OPERATIONS 4000u /* of one life */
#define RESTART_EVERY 150u
#define TOGETHER 10u /* operations after a meeting */

/* ---- one adapter and all that is around it --------------------------------------------- */

typedef struct scene_job {
    sao_request request;
    max_align_t buffer[64];
    bool busy;
} scene_job;

typedef struct scene {
    sao_adapter *adapter;
    scene_job jobs[JOBS];
    sao_flight flights[FLIGHTS];
    bool sends[FLIGHTS];
    uint32_t flight_count;
    max_align_t memory[MEMORY_MAX / sizeof(max_align_t)];
} scene;

/* What one operation showed: a record for each thing, with names as numbers. */
typedef struct outputs {
    uint8_t record[OUTPUTS][OUTPUT_MAX];
    uint32_t count;
} outputs;

typedef struct form {
    sao_canonical writer;
    sao_name names[NAMES];
    uint8_t bytes[FORM_MAX];
} form;

static struct {
    sao_adapter_config config;
    rig_spec specs[SPECS];
    bool exact; /* places show, so what goes through all bundles may happen too */
    uint32_t random;
    /* During an operation: */
    uint32_t choice; /* what the hardware does follows from it, whatever the order of its calls */
    form *names;
    outputs *out;
} bench;

static uint32_t next_random(void)
{
    bench.random ^= bench.random << 13;
    bench.random ^= bench.random >> 17;
    bench.random ^= bench.random << 5;
    return bench.random;
}

static uint32_t mix(uint32_t a, uint32_t b)
{
    uint32_t hash = (a ^ (b * 2654435761u)) * 2246822519u;

    return hash ^ hash >> 15;
}

/* ---- what is seen ---------------------------------------------------------------------- */

static sao_canonical begin_output(void)
{
    sao_canonical writer = bench.names->writer;

    assert_true(bench.out->count < OUTPUTS);
    writer.bytes = bench.out->record[bench.out->count];
    writer.capacity = OUTPUT_MAX;
    writer.length = 0;
    return writer;
}

static void end_output(const sao_canonical *writer)
{
    assert_status(sao_canonical_finish(writer), NDIS_STATUS_SUCCESS);
    bench.names->writer.name_count = writer->name_count;
    bench.out->count++;
}

static void see(uint32_t what, uint32_t code, NDIS_STATUS status)
{
    sao_canonical writer = begin_output();

    sao_canonical_number(&writer, what);
    sao_canonical_number(&writer, code);
    sao_canonical_number(&writer, (uint32_t)status);
    end_output(&writer);
}

static void see_event(void *host, const sao_event *event)
{
    sao_canonical writer = begin_output();
    const bool pair =
        event->type == SAO_EVENT_BUNDLE_PAIRED || event->type == SAO_EVENT_BUNDLE_UNPAIRED;

    (void)host;
    sao_canonical_number(&writer, event->type);
    sao_canonical_number(&writer, event->code);
    sao_canonical_number(&writer, (uint32_t)event->status);
    sao_canonical_name(&writer, SAO_NAME_HANDLE, NULL, event->handle);
    sao_canonical_name(&writer, SAO_NAME_HANDLE, NULL, pair ? event->extra : 0);
    sao_canonical_name(&writer, SAO_NAME_POINTER, NULL, event->request);
    sao_canonical_number(&writer, event->type == SAO_EVENT_LATE_ANSWER ? 0 : event->value);
    end_output(&writer);
}

static void request_complete(void *host, sao_request *request)
{
    sao_canonical writer = begin_output();
    scene_job *job = request->context;

    (void)host;
    sao_canonical_number(&writer, 200);
    sao_canonical_pointer(&writer, request);
    sao_canonical_number(&writer, (uint32_t)request->status);
    sao_canonical_number(&writer, request->elements_done);
    sao_canonical_number(&writer, request->bytes_read);
    end_output(&writer);
    job->busy = false;
}

static void life_complete(void *host, sao_life_event event, NDIS_STATUS status)
{
    (void)host;
    see(201, event, status);
}

static void current_config(void *host, const NDIS_IPSEC_OFFLOAD_V2 *config)
{
    (void)host;
    see(202, (uint32_t)config->Ah + 2u * config->Esp, NDIS_STATUS_SUCCESS);
}

/* ---- the hardware ---------------------------------------------------------------------- */

static NDIS_STATUS hardware_status(uint32_t call, uint32_t spi)
{
    const uint32_t fate = mix(mix(bench.choice, call), spi) % 16u;

    return fate < 9 ? NDIS_STATUS_PENDING : fate < 15 ? NDIS_STATUS_SUCCESS : NDIS_STATUS_FAILURE;
}

static NDIS_STATUS hardware_add(void *backend, const sao_bundle *bundle, void **context,
                                sao_ticket ticket)
{
    (void)backend;
    (void)context;
    (void)ticket;
    return hardware_status(SAO_BACKEND_ADD, bundle->sa[0].spi);
}

static NDIS_STATUS hardware_remove(void *backend, const sao_bundle *bundle, sao_ticket ticket)
{
    (void)backend;
    (void)ticket;
    return hardware_status(SAO_BACKEND_REMOVE, bundle->sa[0].spi);
}

static NDIS_STATUS hardware_update(void *backend, const sao_bundle *bundle, uint32_t sa,
                                   uint32_t sequence_high, sao_ticket ticket)
{
    (void)backend;
    (void)ticket;
    return hardware_status(SAO_BACKEND_UPDATE + sa + sequence_high, bundle->sa[0].spi);
}

static bool hardware_wants_delete(void *backend, const sao_bundle *bundle, uint32_t length)
{
    (void)backend;
    return mix(bench.choice, bundle->sa[0].spi + length) % 4u == 0;
}

static NDIS_STATUS hardware_life(void *backend, sao_life_event event, sao_ticket ticket)
{
    (void)backend;
    (void)ticket;
    return hardware_status(100, event);
}

static const sao_backend_ops hardware = {.size = sizeof(sao_backend_ops),
                                         .add = hardware_add,
                                         .remove = hardware_remove,
                                         .update = hardware_update,
                                         .wants_delete = hardware_wants_delete,
                                         .life = hardware_life};

/* ---- the form -------------------------------------------------------------------------- */

static void take_form(scene *s, form *f)
{
    sao_canonical *writer = &f->writer;

    sao_canonical_init(writer, f->bytes, sizeof f->bytes, f->names, NAMES);
    writer->exact = bench.exact;
    sao_adapter_canonical(s->adapter, writer);
    sao_canonical_number(writer, s->flight_count);
    for (uint32_t i = 0; i < s->flight_count; i++) {
        sao_canonical_number(writer, s->sends[i]);
        sao_adapter_canonical_flight(s->adapter, &s->flights[i], writer);
    }
    assert_status(sao_canonical_finish(writer), NDIS_STATUS_SUCCESS);
}

static bool same_form(const form *a, const form *b)
{
    return a->writer.length == b->writer.length &&
           memcmp(a->bytes, b->bytes, a->writer.length) == 0;
}

/* One of the names of a kind, the same in equal forms; 0 if there is none. */
static uint64_t choose_name(sao_name_kind kind, uint32_t choice)
{
    const form *f = bench.names;
    uint32_t count = 0;

    for (uint32_t i = 0; i < f->writer.name_count; i++)
        count += f->names[i].kind == (uint32_t)kind ? 1u : 0u;
    if (count == 0)
        return 0;
    choice %= count;
    for (uint32_t i = 0;; i++)
        if (f->names[i].kind == (uint32_t)kind && choice-- == 0)
            return f->names[i].value;
}

static NDIS_HANDLE choose_handle(uint32_t choice)
{
    return (NDIS_HANDLE)(uintptr_t)choose_name(SAO_NAME_HANDLE, choice);
}

/* ---- operations ------------------------------------------------------------------------ */

static void submit(scene *s, NDIS_OID oid, rig_buffer buffer)
{
    scene_job *job = s->jobs;
    NDIS_STATUS status;

    while (job < s->jobs + JOBS && job->busy)
        job++;
    if (job == s->jobs + JOBS) {
        free(buffer.bytes);
        return;
    }
    assert_true(buffer.length <= sizeof job->buffer);
    memcpy(job->buffer, buffer.bytes, buffer.length);
    /* Next was the address of an element in the buffer that it was built in. */
    if (oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA ||
        oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA) {
        uint8_t *at = (uint8_t *)job->buffer;
        const size_t next = oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA
                                ? offsetof(IPSEC_OFFLOAD_V2_ADD_SA, Next)
                                : offsetof(IPSEC_OFFLOAD_V2_DELETE_SA, Next);
        uintptr_t pointer;

        for (;;) {
            memcpy(&pointer, at + next, sizeof pointer);
            if (pointer == 0)
                break;
            pointer = pointer - (uintptr_t)buffer.bytes + (uintptr_t)job->buffer;
            memcpy(at + next, &pointer, sizeof pointer);
            at = (uint8_t *)pointer;
        }
    }
    sao_request_init(&job->request, oid, job->buffer, buffer.length);
    free(buffer.bytes);
    job->request.request_id = job;
    job->request.context = job;
    job->request.id = (uint64_t)(uintptr_t)&job->request;
    status = sao_adapter_request(s->adapter, &job->request);
    job->busy = status == NDIS_STATUS_PENDING;
    see(203, job->request.elements_done, status);
}

static bool adding(const scene *s)
{
    for (uint32_t i = 0; i < JOBS; i++)
        if (s->jobs[i].busy && (s->jobs[i].request.oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA ||
                                s->jobs[i].request.oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX))
            return true;
    return false;
}

static bool exists(const scene *s, const rig_spec *spec)
{
    uint32_t cursor = 0;
    NDIS_HANDLE handle;
    sao_bundle bundle;

    while ((handle = sao_adapter_next_bundle(s->adapter, &cursor)) != NULL)
        if (sao_adapter_query(s->adapter, handle, &bundle, NULL) == NDIS_STATUS_SUCCESS &&
            bundle.sa[0].spi == rig_network(spec->sa[0].spi))
            return true;
    return false;
}

/* Two outbound bundles that are alike: the form knows them apart by their places only. */
static bool makes_twins(const scene *s, const rig_spec specs[2])
{
    return adding(s) || specs[0].sa[0].spi == specs[1].sa[0].spi || exists(s, &specs[0]) ||
           exists(s, &specs[1]);
}

static void submit_add(scene *s, uint32_t choice)
{
    const rig_spec specs[2] = {bench.specs[choice % SPECS], bench.specs[choice / 8 % SPECS]};

    if (!bench.exact && (!specs[0].inbound || !specs[1].inbound) && makes_twins(s, specs))
        return;
    if (bench.config.profile >= SAO_PROFILE_NDIS_6_30)
        submit(s, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX, rig_build_add_ex(specs));
    else
        submit(s, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, rig_build_add(specs, 1 + choice / 64 % 2));
}

static void submit_delete(scene *s, uint32_t choice)
{
    const NDIS_HANDLE handles[2] = {choose_handle(choice / 2), choose_handle(choice / 64)};

    submit(s, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, rig_build_delete(handles, 1 + choice % 2));
}

static void submit_other(scene *s, uint32_t choice)
{
    if (choice % 8 == 0)
        submit(s, OID_TCP_OFFLOAD_PARAMETERS, rig_build_parameters((uint8_t)(choice / 8 % 6)));
    else if (choice % 8 == 1)
        submit(s, OID_OFFLOAD_ENCAPSULATION, rig_build_encapsulation(choice / 8 % 4));
    else
        submit(s, OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA,
               rig_build_update(choose_handle(choice / 8), &bench.specs[choice / 64 % SPECS], 0,
                                choice / 512 % 3));
}

static void answer(scene *s, uint32_t choice)
{
    static const NDIS_STATUS statuses[] = {NDIS_STATUS_SUCCESS,     NDIS_STATUS_SUCCESS,
                                           NDIS_STATUS_SUCCESS,     NDIS_STATUS_FAILURE,
                                           NDIS_STATUS_SOFT_ERRORS, NDIS_STATUS_PENDING};
    const uint64_t name = choose_name(SAO_NAME_TICKET, choice / 8);
    const sao_ticket ticket = {(uint32_t)(name >> 32), (uint32_t)name};

    sao_adapter_backend_done(s->adapter, ticket, statuses[choice % 6]);
}

static void begin_flight(scene *s, uint32_t choice)
{
    sao_packet_info info = rig_packet(&bench.specs[choice / 2 % SPECS]);
    sao_flight *flight = &s->flights[s->flight_count];

    if (s->flight_count == FLIGHTS)
        return;
    s->sends[s->flight_count] = choice % 2 != 0;
    if (choice % 2 != 0) {
        const NDIS_STATUS status =
            sao_adapter_send(s->adapter, 0, &info, choose_handle(choice / 16), NULL, flight);

        see(204, 0, status);
        s->flight_count += status == NDIS_STATUS_SUCCESS ? 1u : 0u;
    } else {
        const sao_receive_action action = sao_adapter_receive(s->adapter, 0, &info, flight);

        see(205, action, NDIS_STATUS_SUCCESS);
        s->flight_count += action != SAO_RECEIVE_DROP ? 1u : 0u;
    }
}

static void end_flight(scene *s, uint32_t choice)
{
    NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO oob;
    const uint32_t i = s->flight_count != 0 ? choice / 4 % s->flight_count : 0;
    sao_flight *flight = &s->flights[i];
    uint32_t bits = 0;

    if (s->flight_count == 0)
        return;
    memset(&oob, 0, sizeof oob);
    if (s->sends[i]) {
        sao_adapter_send_done(s->adapter, flight);
    } else {
        if (flight->bundle != NULL)
            sao_adapter_receive_done(s->adapter, flight, CRYPTO_SUCCESS, choice % 4 != 0, 100,
                                     &oob);
        sao_adapter_receive_indicated(s->adapter, flight);
        sao_adapter_receive_returned(s->adapter, 0);
    }
    memcpy(&bits, &oob, sizeof bits);
    see(206, bits, NDIS_STATUS_SUCCESS);
    s->flight_count--;
    memmove(&s->flights[i], &s->flights[i + 1], (s->flight_count - i) * sizeof *flight);
    memmove(&s->sends[i], &s->sends[i + 1], (s->flight_count - i) * sizeof s->sends[0]);
}

/* What goes through all bundles does so by their places, so it needs exact forms. */
static void live(scene *s, uint32_t choice)
{
    static const sao_life_event gentle[] = {SAO_LIFE_PAUSE, SAO_LIFE_RESTART};
    static const sao_life_event all[] = {SAO_LIFE_INITIALIZE, SAO_LIFE_RESTART, SAO_LIFE_RESTART,
                                         SAO_LIFE_PAUSE,      SAO_LIFE_HALT,    SAO_LIFE_RESET,
                                         SAO_LIFE_RESET,      SAO_LIFE_SLEEP,   SAO_LIFE_WAKE,
                                         SAO_LIFE_WAKE,       SAO_LIFE_REMOVE,  SAO_LIFE_SHUTDOWN};
    const uint32_t which = choice % 64 < 62 ? choice % 10 : 10 + choice % 2;
    const sao_life_event event = bench.exact ? all[which] : gentle[choice % 2];

    see(207, event, sao_adapter_life(s->adapter, event));
}

static void look(scene *s, uint32_t choice)
{
    const NDIS_HANDLE handle = choose_handle(choice / 4);
    sao_bundle_status status;

    if (choice % 4 == 0)
        see(208, 0, sao_adapter_pair(s->adapter, handle, choose_handle(choice / 64)));
    else if (choice % 4 == 1)
        see(209, 0, sao_adapter_wish_delete(s->adapter, handle));
    else if (sao_adapter_query(s->adapter, handle, NULL, &status) == NDIS_STATUS_SUCCESS)
        see(210,
            status.state + 8u * status.in_hardware + 16u * status.pair_guessed +
                32u * status.delete_requested + 64u * status.pair_delete_requested,
            NDIS_STATUS_SUCCESS);
}

/* The operation that two random numbers stand for. */
static void operate(scene *s, form *f, outputs *out, uint32_t what, uint32_t choice)
{
    take_form(s, f);
    out->count = 0;
    memset(out->record, 0, sizeof out->record);
    bench.names = f;
    bench.out = out;
    bench.choice = choice;
    what %= 100;
    choice = mix(choice, 1) >> 4;
    if (what < 14)
        submit_add(s, choice);
    else if (what < 26)
        submit_delete(s, choice);
    else if (what < 34)
        submit_other(s, choice);
    else if (what < 52)
        answer(s, choice);
    else if (what < 60)
        begin_flight(s, choice);
    else if (what < 70)
        end_flight(s, choice);
    else if (what < 74)
        sao_adapter_cancel(s->adapter, (void *)(uintptr_t)choose_name(SAO_NAME_ID, choice));
    else if (what < 80)
        live(s, choice);
    else if (what < 84)
        look(s, choice);
    else if (what < 94)
        see(211, sao_adapter_poll(s->adapter, 0, 1).more, NDIS_STATUS_SUCCESS);
    else
        see(211, sao_adapter_poll(s->adapter, 0, 50).more, NDIS_STATUS_SUCCESS);
}

/* ---- situations that were seen --------------------------------------------------------- */

typedef struct situation {
    form form;
    scene copy;
    uint32_t meetings;
} situation;

static situation *kept;
static uint32_t kept_count;

static situation *find_situation(const form *f)
{
    for (uint32_t i = 0; i < kept_count; i++)
        if (same_form(&kept[i].form, f))
            return &kept[i];
    return NULL;
}

static void keep(const scene *s, const form *f)
{
    if (kept_count == SITUATIONS || find_situation(f) != NULL)
        return;
    kept[kept_count].form = *f;
    kept[kept_count].copy = *s;
    kept[kept_count].meetings = 0;
    kept_count++;
}

/* ---- meetings -------------------------------------------------------------------------- */

static void go_on_together(scene *a, scene *b)
{
    static form form_a, form_b;
    static outputs out_a, out_b;

    for (uint32_t i = 0; i < TOGETHER; i++) {
        const uint32_t what = next_random() >> 8;
        const uint32_t choice = next_random();

        operate(a, &form_a, &out_a, what, choice);
        operate(b, &form_b, &out_b, what, choice);
        assert_int_equal(out_a.count, out_b.count);
        assert_memory_equal(out_a.record, out_b.record, sizeof out_a.record);
        take_form(a, &form_a);
        take_form(b, &form_b);
        if (!same_form(&form_a, &form_b))
            fail_msg("operation %u, %#x lead apart", (unsigned)(what % 100), (unsigned)choice);
    }
}

static void begin_again(scene *s)
{
    const char *problem = NULL;
    static form f;
    static outputs out;

    memset(s, 0, sizeof *s);
    assert_true(sao_adapter_size(&bench.config) != 0 &&
                sao_adapter_size(&bench.config) <= sizeof s->memory);
    assert_status(
        sao_adapter_init(s->memory, sizeof s->memory, &bench.config, &s->adapter, &problem),
        NDIS_STATUS_SUCCESS);
    take_form(s, &f);
    bench.names = &f;
    bench.out = &out;
    out.count = 0;
    bench.choice = 0;
    while (sao_adapter_get_state(s->adapter) != SAO_ADAPTER_RUNNING) {
        bench.choice++; /* until the hardware comes up at once */
        (void)!sao_adapter_life(s->adapter, SAO_LIFE_INITIALIZE);
        (void)!sao_adapter_life(s->adapter, SAO_LIFE_RESTART);
        if (sao_adapter_get_state(s->adapter) == SAO_ADAPTER_INITIALIZING ||
            sao_adapter_get_state(s->adapter) == SAO_ADAPTER_RESTARTING) {
            assert_status(
                sao_adapter_init(s->memory, sizeof s->memory, &bench.config, &s->adapter, &problem),
                NDIS_STATUS_SUCCESS);
        }
        out.count = 0;
    }
    submit(s, OID_OFFLOAD_ENCAPSULATION, rig_build_encapsulation(NDIS_ENCAPSULATION_IEEE_802_3));
}

/* One step of a life; `visit` sees each situation. */
static void walk(scene *s, void (*visit)(scene *s, const form *f))
{
    static form f;
    static outputs out;

    for (uint32_t i = 0; i < OPERATIONS; i++) {
        if (i % RESTART_EVERY == 0 || sao_adapter_get_state(s->adapter) == SAO_ADAPTER_SHUTDOWN)
            begin_again(s);
        operate(s, &f, &out, next_random() >> 8, next_random());
        take_form(s, &f);
        visit(s, &f);
    }
}

static scene *first;
static uint32_t meetings;

static void remember(scene *s, const form *f)
{
    assert_ptr_equal(s, first);
    keep(s, f);
}

static void meet(scene *s, const form *f)
{
    situation *met = find_situation(f);
    static scene back;
    static form again;

    if (met == NULL || met->meetings == 4)
        return;
    met->meetings++;
    meetings++;
    *first = met->copy;
    take_form(first, &again);
    assert_true(same_form(&again, f));
    back = *s;
    go_on_together(first, s);
    *s = back;
}

static void choose_config(uint32_t seed)
{
    sao_adapter_config *config = &bench.config;
    const rig *r;
    rig *model = rig_create();

    r = model;
    bench.random = seed * 2654435761u | 1u;
    bench.exact = next_random() / 256 % 2 != 0;
    sao_adapter_config_init(config);
    config->capabilities = r->config.capabilities;
    config->capabilities.SaOffloadCapacity = 2 + next_random() / 256 % 2;
    config->profile = next_random() / 256 % 2 != 0 ? SAO_PROFILE_NDIS_6_20 : SAO_PROFILE_NDIS_6_30;
    config->steps_per_submit = 1 + next_random() / 256 % 4;
    config->elements_per_step = next_random() / 256 % 2 != 0 ? 1 : CAPACITY_MAX;
    config->backend_ops = &hardware;
    config->host.request_complete = request_complete;
    config->host.life_complete = life_complete;
    config->host.current_config = current_config;
    config->host.event = see_event;
    bench.specs[0] = rig_with_esn(rig_inbound(1), 0);
    bench.specs[1] = rig_with_esn(rig_outbound(2), 0);
    bench.specs[2] = rig_inbound(3);
    bench.specs[3] = rig_outbound(4);
    bench.exact = bench.exact || config->elements_per_step < config->capabilities.SaOffloadCapacity;
    rig_destroy(model);
}

static void equal_forms_go_on_alike(void **state)
{
    const uint32_t seed = test_seed();
    scene *second = malloc(sizeof *second);
    const uint32_t lives = test_rounds(LIVES);
    uint32_t situations = 0;

    (void)state;
    first = malloc(sizeof *first);
    kept = malloc(SITUATIONS * sizeof *kept);
    assert_true(first != NULL && second != NULL && kept != NULL);
    for (uint32_t i = 0; i < lives; i++) {
        choose_config(seed + i);
        kept_count = 0;
        walk(first, remember);
        situations += kept_count;
        walk(second, meet);
    }
    print_message("%u situations, %u meetings\n", (unsigned)situations, (unsigned)meetings);
    assert_true(meetings > lives * 20u);
    free(kept);
    free(first);
    free(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_forms_go_on_alike),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
