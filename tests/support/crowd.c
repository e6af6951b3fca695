// SPDX-License-Identifier: BSD-2-Clause
#include "support/crowd.h"
#include "support/rig_keys.h"

#include <sched.h>

dice new_dice(world *w)
{
    return (dice){w, w->seed * 2654435761u + 40503u * (1u + atomic_fetch_add(&w->threads, 1))};
}

uint32_t below(dice *d, uint32_t bound)
{
    d->random = d->random * 1664525u + 1013904223u;
    return (d->random >> 8) % bound;
}

static rig_spec spec_of(uint32_t name)
{
    return rig_with_esn(name < SPIS ? rig_inbound(1 + name) : rig_outbound(1 + name), 1);
}

/* ---- the hardware ---------------------------------------------------------------------- */

static void check_keys(const sao_bundle *bundle)
{
    for (uint32_t i = 0; i < bundle->sa[0].encryption_key_length; i++)
        check(bundle->sa[0].encryption_key[i] == rig_key_pattern[i % RIG_KEY_PATTERN_LENGTH]);
}

/* Answers now or later, well or badly. */
static NDIS_STATUS answer_with(world *w, sao_ticket ticket, NDIS_STATUS bad)
{
    uint32_t chance = atomic_fetch_add(&w->chance, 2654435761u) >> 16;
    NDIS_STATUS status = chance % 16 == 0 ? bad : NDIS_STATUS_SUCCESS;

    if (chance / 16 % 2 == 0 || ticket.serial == 0)
        return status;
    check(pthread_mutex_lock(&w->bench) == 0);
    if (w->answer_count < ANSWERS_MAX) {
        w->answers[w->answer_count++] = (answer){ticket, status};
        status = NDIS_STATUS_PENDING;
    }
    check(pthread_mutex_unlock(&w->bench) == 0);
    return status;
}

static NDIS_STATUS backend_add(void *backend, const sao_bundle *bundle, void **context,
                               sao_ticket ticket)
{
    check_keys(bundle);
    if (*context == NULL) /* else it is given back, and packets may be reading this (RST-3) */
        *context = backend;
    return answer_with(backend, ticket, NDIS_STATUS_RESOURCES);
}

static NDIS_STATUS backend_remove(void *backend, const sao_bundle *bundle, sao_ticket ticket)
{
    world *w = backend;

    check_keys(bundle);
    check(bundle->backend_context == w);
    check(atomic_load(&w->flying[bundle->index]) == 0); /* DEL-7 */
    return answer_with(w, ticket, NDIS_STATUS_FAILURE);
}

static NDIS_STATUS backend_update(void *backend, const sao_bundle *bundle, uint32_t sa,
                                  uint32_t sequence_high, sao_ticket ticket)
{
    (void)sa;
    check(sequence_high != 0);
    check_keys(bundle);
    return answer_with(backend, ticket, NDIS_STATUS_FAILURE);
}

static bool backend_wants_delete(void *backend, const sao_bundle *bundle, uint32_t length)
{
    check(bundle->backend_context == backend);
    return length % 8 == 0;
}

static NDIS_STATUS backend_life(void *backend, sao_life_event event, sao_ticket ticket)
{
    return answer_with(backend, ticket,
                       event == SAO_LIFE_RESET  ? NDIS_STATUS_SOFT_ERRORS
                       : event == SAO_LIFE_WAKE ? NDIS_STATUS_FAILURE
                                                : NDIS_STATUS_SUCCESS);
}

const sao_backend_ops crowd_backend_ops = {.size = sizeof(sao_backend_ops),
                                           .add = backend_add,
                                           .remove = backend_remove,
                                           .update = backend_update,
                                           .wants_delete = backend_wants_delete,
                                           .life = backend_life};

void *crowd_hardware(void *context)
{
    world *w = context;
    dice d = new_dice(w);

    while (!atomic_load(&w->stop)) {
        answer next = {{0, 0}, NDIS_STATUS_PENDING};

        check(pthread_mutex_lock(&w->bench) == 0);
        if (w->answer_count != 0) {
            uint32_t i = below(&d, w->answer_count);

            next = w->answers[i];
            w->answers[i] = w->answers[--w->answer_count];
        }
        check(pthread_mutex_unlock(&w->bench) == 0);
        if (next.status != NDIS_STATUS_PENDING)
            sao_adapter_backend_done(w->adapter, next.ticket, next.status);
        else
            (void)sched_yield();
    }
    return NULL;
}

/* ---- requests -------------------------------------------------------------------------- */

static void free_job(job *j)
{
    free(j->buffer.bytes);
    free(j);
}

/* What came of it; with the bench. */
static void note_result(world *w, job *j)
{
    NDIS_STATUS status = j->request.status;
    bool add = j->request.oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA ||
               j->request.oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX;

    check(status != NDIS_STATUS_PENDING);
    for (uint32_t i = 0; i < j->count && add && status == NDIS_STATUS_SUCCESS; i++) {
        NDIS_HANDLE handle =
            w->profile >= SAO_PROFILE_NDIS_6_30
                ? ((const IPSEC_OFFLOAD_V2_ADD_SA_EX *)(const void *)j->buffer.bytes)->OffloadHandle
                : rig_add_element(j->buffer, i)->OffloadHandle;

        if (handle == NULL)
            continue;
        atomic_store(&w->handles[j->names[i]], (uintptr_t)handle);
        atomic_fetch_add(&w->added, 1);
    }
    for (uint32_t i = j->request.elements_done; /* those are alive (DEL-9) */
         j->request.oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA && i < j->count; i++)
        atomic_store(&w->handles[j->names[i]], (uintptr_t)j->handles[i]);
    for (uint32_t i = 0; i < JOBS_MAX; i++)
        if (w->jobs[i] == j)
            w->jobs[i] = NULL;
}

void crowd_request_complete(void *host, sao_request *request)
{
    world *w = host;
    job *j = request->context;
    bool known;

    check(pthread_mutex_lock(&w->bench) == 0);
    check(j->state != JOB_DONE); /* OID-3 */
    known = j->state == JOB_PENDING;
    j->state = JOB_DONE;
    note_result(w, j);
    check(pthread_mutex_unlock(&w->bench) == 0);
    if (known)
        free_job(j); /* else by who submits it, as soon as he knows */
}

static bool take_place(world *w, job *j)
{
    bool found = false;

    check(pthread_mutex_lock(&w->bench) == 0);
    for (uint32_t i = 0; i < JOBS_MAX && !found; i++) {
        if (w->jobs[i] != NULL)
            continue;
        w->jobs[i] = j;
        found = true;
    }
    check(pthread_mutex_unlock(&w->bench) == 0);
    return found;
}

static void submit(world *w, job *j, NDIS_OID oid, void *request_id)
{
    bool over;
    NDIS_STATUS status;

    sao_request_init(&j->request, oid, j->buffer.bytes, j->buffer.length);
    j->request.context = j;
    j->request.request_id = request_id;
    while (!take_place(w, j))
        (void)sched_yield();
    status = sao_adapter_request(w->adapter, &j->request);
    check(pthread_mutex_lock(&w->bench) == 0);
    over = status != NDIS_STATUS_PENDING || j->state == JOB_DONE;
    if (status != NDIS_STATUS_PENDING) {
        check(j->state == JOB_NEW && j->request.status == status);
        note_result(w, j);
    }
    j->state = JOB_PENDING;
    check(pthread_mutex_unlock(&w->bench) == 0);
    if (over)
        free_job(j);
}

static void submit_add(dice *d, job *j, void *request_id)
{
    bool ex = d->w->profile >= SAO_PROFILE_NDIS_6_30;
    uint32_t first = below(d, 2u * SPIS);
    rig_spec specs[LIST_MAX];

    j->count = ex ? 1 : 1 + below(d, LIST_MAX);
    for (uint32_t i = 0; i < j->count; i++) {
        j->names[i] = (first + i * SPIS) % (2u * SPIS); /* pairs, and a triple used twice */
        specs[i] = spec_of(j->names[i]);
    }
    j->buffer = ex ? rig_build_add_ex(specs) : rig_build_add(specs, j->count);
    submit(d->w, j,
           ex ? OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX : OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA,
           request_id);
}

static void submit_delete(dice *d, job *j, void *request_id)
{
    uint32_t first = below(d, 2u * SPIS);

    j->count = 1 + below(d, LIST_MAX);
    for (uint32_t i = 0; i < j->count; i++) {
        j->names[i] = (first + i) % (2u * SPIS);
        j->handles[i] = (NDIS_HANDLE)atomic_load(&d->w->handles[j->names[i]]);
    }
    j->buffer = rig_build_delete(j->handles, j->count);
    submit(d->w, j, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, request_id);
}

static void submit_update(dice *d, job *j, void *request_id)
{
    uint32_t name = below(d, 2u * SPIS);
    rig_spec spec = spec_of(name);

    j->buffer = rig_build_update((NDIS_HANDLE)atomic_load(&d->w->handles[name]), &spec, 0,
                                 1 + below(d, 1000));
    submit(d->w, j, OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA, request_id);
}

/* What answers at once. */
static void ask(dice *d)
{
    uint32_t name = below(d, SPIS);
    NDIS_HANDLE in = (NDIS_HANDLE)atomic_load(&d->w->handles[name]);
    NDIS_HANDLE out = (NDIS_HANDLE)atomic_load(&d->w->handles[SPIS + name]);
    sao_bundle_status status;
    uint32_t cursor = below(d, CAPACITY);

    if (sao_adapter_query(d->w->adapter, in, NULL, &status) == NDIS_STATUS_SUCCESS)
        check(status.state != SAO_BUNDLE_FREE);
    if (sao_adapter_pair(d->w->adapter, in, out) == NDIS_STATUS_SUCCESS &&
        sao_adapter_wish_delete(d->w->adapter, in) == NDIS_STATUS_SUCCESS)
        atomic_fetch_add(&d->w->wished, 1);
    (void)sao_adapter_next_bundle(d->w->adapter, &cursor);
}

/* Fast as they are, requests could be through before the packets have begun. */
static bool have_met(world *w)
{
    return atomic_load(&w->processed) != 0 && atomic_load(&w->sent) != 0;
}

void *crowd_requests(void *context)
{
    static char ids[4];
    world *w = context;
    dice d = new_dice(w);

    for (uint32_t i = 0; i < w->rounds || !have_met(w); i++) {
        uint32_t choice = below(&d, 10);
        char *id = &ids[below(&d, sizeof ids)];
        job *j;

        if (choice == 8)
            ask(&d);
        if (choice == 9)
            sao_adapter_cancel(w->adapter, id);
        if (choice >= 8)
            continue;
        j = calloc(1, sizeof *j);
        check(j != NULL);
        if (choice < 4)
            submit_add(&d, j, id);
        else if (choice < 7)
            submit_delete(&d, j, id);
        else
            submit_update(&d, j, id);
    }
    atomic_fetch_sub(&w->submitters, 1);
    return NULL;
}

/* ---- packets --------------------------------------------------------------------------- */

#define BURST_MAX 6u

static void begin_use(world *w, const sao_flight *flight, uint32_t name)
{
    const sao_bundle *bundle = flight->bundle;

    atomic_fetch_add(&w->flying[bundle->index], 1);
    check(bundle->inbound == (name < SPIS));
    check(bundle->sa[0].spi == rig_network(1 + name)); /* DEL-8 */
    check(flight->sequence_high[0] != 0);
    check_keys(bundle);
}

static void end_use(world *w, const sao_flight *flight)
{
    check_keys(flight->bundle);
    atomic_fetch_sub(&w->flying[flight->bundle->index], 1);
}

/* What comes together. */
typedef struct burst {
    uint32_t count;
    uint32_t names[BURST_MAX];
    sao_packet_info described[BURST_MAX];
    const sao_packet_info *packets[BURST_MAX];
    sao_flight flights[BURST_MAX];
    sao_receive_action actions[BURST_MAX];
} burst;

/* Each packet is of any SA, or follows the one before it. */
static void make_burst(dice *d, burst *b)
{
    b->count = 1 + below(d, BURST_MAX);
    for (uint32_t i = 0; i < b->count; i++) {
        const bool follows = i > 0 && below(d, 2) == 0;
        rig_spec spec;

        b->names[i] = follows ? b->names[i - 1] : below(d, SPIS);
        spec = spec_of(b->names[i]);
        b->described[i] = rig_packet(&spec);
        b->packets[i] = follows ? b->packets[i - 1] : &b->described[i];
    }
}

static void look_up(dice *d, uint32_t queue, burst *b)
{
    sao_flight *flights[BURST_MAX];

    for (uint32_t i = 0; i < b->count; i++)
        flights[i] = &b->flights[i];
    sao_adapter_receive_prefetch(d->w->adapter, b->packets, b->count);
    if (b->count == 1)
        b->actions[0] = sao_adapter_receive(d->w->adapter, queue, b->packets[0], &b->flights[0]);
    else
        sao_adapter_receive_burst(d->w->adapter, queue, b->packets, b->count, flights, b->actions);
}

static void process(dice *d, sao_flight *flight, uint32_t name, sao_receive_action action)
{
    const bool good = action == SAO_RECEIVE_PROCESS;
    NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO oob;

    begin_use(d->w, flight, name);
    atomic_fetch_add(&d->w->processed, good ? 1 : 0);
    sao_adapter_receive_done(d->w->adapter, flight, CRYPTO_SUCCESS, good ? 1 : 0,
                             100 + below(d, 100), &oob);
}

static void end_use_of_all(world *w, const burst *b)
{
    for (uint32_t i = 0; i < b->count; i++)
        if (b->flights[i].bundle != NULL)
            end_use(w, &b->flights[i]);
}

/* One goes up by itself; of several all are in flight, and held, until their group ends. */
static void let_go(world *w, uint32_t queue, burst *b)
{
    sao_receive_group group = {{0, 0}, 0};

    if (b->count == 1) {
        end_use_of_all(w, b);
        sao_adapter_receive_indicated(w->adapter, &b->flights[0]);
        sao_adapter_receive_returned(w->adapter, queue);
        return;
    }
    for (uint32_t i = 0; i < b->count; i++) {
        sao_flight over = b->flights[i];

        sao_adapter_group_indicated(&group, &over);
        sao_adapter_group_returned(&group);
    }
    end_use_of_all(w, b);
    sao_adapter_group_end(w->adapter, queue, &group);
}

static void receive(dice *d, uint32_t queue)
{
    burst b;

    make_burst(d, &b);
    look_up(d, queue, &b);
    if (b.actions[0] == SAO_RECEIVE_DROP) /* then all are */
        return;
    for (uint32_t i = 0; i < b.count; i++)
        if (b.flights[i].bundle != NULL)
            process(d, &b.flights[i], b.names[i], b.actions[i]);
    let_go(d->w, queue, &b);
}

static void finish_send(world *w, sao_flight *flight)
{
    if (flight->bundle != NULL)
        end_use(w, flight);
    sao_adapter_send_done(w->adapter, flight);
}

void *crowd_packets(void *context)
{
    world *w = context;
    dice d = new_dice(w);
    uint32_t queue = atomic_fetch_add(&w->queues, 1);
    sao_flight flights[PACKETS_MAX];
    uint32_t count = 0;

    while (!atomic_load(&w->stop)) {
        uint32_t name = SPIS + below(&d, SPIS);
        rig_spec spec = spec_of(name);
        sao_packet_info info = rig_packet(&spec);
        NDIS_HANDLE handle = (NDIS_HANDLE)atomic_load(&w->handles[name]);

        receive(&d, queue);
        if (count == PACKETS_MAX || (count != 0 && below(&d, 3) == 0))
            finish_send(w, &flights[--count]);
        else if (sao_adapter_send(w->adapter, queue, &info, handle, NULL, &flights[count]) ==
                 NDIS_STATUS_SUCCESS) {
            if (flights[count].bundle != NULL)
                begin_use(w, &flights[count], name);
            count++;
            atomic_fetch_add(&w->sent, 1);
        }
        if (below(&d, 8) == 0)
            (void)sched_yield();
    }
    while (count != 0)
        finish_send(w, &flights[--count]);
    return NULL;
}
