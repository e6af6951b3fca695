// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_core_random.c: random requests, packets, answers and polls against a shadow model.
 *
 * The model knows only what a caller knows: what it asked for and what it was answered. A bundle
 * is certainly there from the completion of its ADD until a DELETE names it, and certainly gone
 * when that DELETE has completed; in between anything goes. SAO_SEED=n repeats a run.
 */
#include "support/rig.h"

#include <stdio.h>
#include <time.h>

#define WORLDS 40u
#define OPERATIONS 5000u /* in each world */
#define BUNDLES_MAX 4096u
#define JOBS_MAX 4096u
#define LIST_MAX 6u
#define FLIGHTS_MAX 24u
#define TICKETS_MAX 256u

typedef struct model_bundle {
    rig_spec spec;
    NDIS_HANDLE handle;
    bool gone;
    uint32_t doubts;      /* pending deletes that name it: while there are any, it may be gone */
    uint32_t doomed;      /* of those, the ones that can only be refused */
    uint32_t high;        /* of the latest update that succeeded */
    uint32_t high_update; /* which one that was */
    uint32_t flights;
} model_bundle;

typedef struct model_job {
    rig_job *job;
    NDIS_OID oid;
    uint32_t count;
    rig_spec specs[LIST_MAX];   /* ADD */
    uint32_t bundles[LIST_MAX]; /* DELETE, UPDATE: which ones, BUNDLES_MAX for a bad handle */
    bool must_fail;
    bool may_fail;
    uint32_t high; /* UPDATE */
} model_job;

typedef struct model_flight {
    sao_flight flight;
    uint32_t bundle;
    bool send;
} model_flight;

typedef struct world {
    rig *r;
    uint32_t random;
    model_bundle bundles[BUNDLES_MAX];
    uint32_t bundle_count;
    model_job jobs[JOBS_MAX];
    uint32_t job_count;
    uint32_t jobs_over; /* all jobs before this one are known to be over */
    model_flight flights[FLIGHTS_MAX];
    uint32_t flight_count;
    sao_ticket tickets[TICKETS_MAX]; /* without an answer */
    uint32_t ticket_count;
    sao_ticket answered; /* one that has its answer */
    uint64_t late;
    bool polite; /* the backend answers SUCCESS at once */
} world;

static world *current; /* for the backend's hook */

static uint32_t below(world *w, uint32_t bound)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 17;
    w->random ^= w->random << 5;
    return w->random % bound;
}

static bool chance(world *w, uint32_t percent)
{
    return below(w, 100) < percent;
}

/* ---- the backend ----------------------------------------------------------------------- */

static NDIS_STATUS random_error(world *w)
{
    static const NDIS_STATUS errors[] = {NDIS_STATUS_FAILURE, NDIS_STATUS_RESOURCES,
                                         NDIS_STATUS_NOT_SUPPORTED};

    return errors[below(w, 3)];
}

static void script_call(rig *r, const rig_call *call)
{
    world *w = current;
    rig_answer_script *script = &r->answers[call->kind];

    if (call->kind == SAO_BACKEND_REMOVE) /* DEL-7: no packet of it is in flight any more */
        for (uint32_t i = 0; i < w->flight_count; i++)
            assert_ptr_not_equal(w->flights[i].flight.bundle->handle, call->handle);
    *script = (rig_answer_script){NDIS_STATUS_SUCCESS, false, NDIS_STATUS_SUCCESS};
    if (w->polite)
        return;
    if (chance(w, 50) && w->ticket_count < TICKETS_MAX) {
        script->status = NDIS_STATUS_PENDING;
        if (chance(w, 20))
            script->inside = true; /* the later answer comes very early */
        else
            w->tickets[w->ticket_count++] = call->ticket;
    } else if (chance(w, 20)) {
        script->status = random_error(w);
    }
}

static void answer_one(world *w)
{
    uint32_t i = w->ticket_count != 0 ? below(w, w->ticket_count) : 0;

    if (chance(w, 5)) { /* a second answer to what has one */
        sao_adapter_backend_done(w->r->adapter, w->answered, random_error(w));
        w->late++;
    }
    if (w->ticket_count == 0)
        return;
    if (chance(w, 5)) { /* no answer at all */
        sao_adapter_backend_done(w->r->adapter, w->tickets[i], NDIS_STATUS_PENDING);
        w->late++;
    }
    w->answered = w->tickets[i];
    w->tickets[i] = w->tickets[--w->ticket_count];
    sao_adapter_backend_done(w->r->adapter, w->answered,
                             chance(w, 80) ? NDIS_STATUS_SUCCESS : random_error(w));
}

/* ---- requests -------------------------------------------------------------------------- */

static rig_spec random_spec(world *w)
{
    const uint32_t spi = 2 * below(w, 30) + (chance(w, 96) ? 1 : 0); /* 0 is refused */
    rig_spec spec = chance(w, 60) ? rig_inbound(spi) : rig_outbound(spi);
    uint32_t *remote = spec.inbound ? &spec.source : &spec.destination;
    uint32_t *local = spec.inbound ? &spec.destination : &spec.source;

    *remote = chance(w, 20) ? 0 : *remote + below(w, 2);
    *local = chance(w, 20) ? 0 : *local;
    spec.ipv6 = chance(w, 20);
    if (chance(w, 20))
        spec = rig_with_ah(spec);
    if (chance(w, 50))
        spec = rig_with_esn(spec, 1);
    return spec;
}

/* A bundle, mostly one that is not gone; BUNDLES_MAX if there has been none. */
static uint32_t random_bundle(world *w)
{
    uint32_t bundle = BUNDLES_MAX;

    for (int tries = 0; tries < 20 && w->bundle_count != 0; tries++) {
        bundle = w->bundle_count - 1u - below(w, w->bundle_count < 30 ? w->bundle_count : 30);
        if (!w->bundles[bundle].gone || chance(w, 2))
            break;
    }
    return bundle;
}

static model_job *new_job(world *w, NDIS_OID oid, uint32_t count)
{
    model_job *m;

    if (w->job_count == JOBS_MAX)
        return NULL;
    m = &w->jobs[w->job_count++];
    memset(m, 0, sizeof *m);
    m->oid = oid;
    m->count = count;
    return m;
}

static void submit_add(world *w)
{
    model_job *m = new_job(w, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, 1 + below(w, LIST_MAX));

    if (m == NULL)
        return;
    for (uint32_t i = 0; i < m->count; i++)
        m->specs[i] = random_spec(w);
    m->job = rig_add(w->r, m->specs, m->count);
}

static void judge_delete(world *w, model_job *m, uint32_t i)
{
    const model_bundle *b = &w->bundles[m->bundles[i]];

    m->must_fail = m->must_fail || m->bundles[i] == BUNDLES_MAX || b->gone;
    for (uint32_t k = 0; k < i; k++)
        m->must_fail = m->must_fail || m->bundles[k] == m->bundles[i];
    if (m->bundles[i] == BUNDLES_MAX || b->doubts == 0)
        return;
    m->may_fail = true; /* of two that name it, the one that claims it last */
    for (uint32_t j = w->jobs_over; j + 1 < w->job_count; j++)
        for (uint32_t k = 0; k < w->jobs[j].count; k++)
            if (w->jobs[j].oid == m->oid && w->jobs[j].bundles[k] == m->bundles[i])
                w->jobs[j].may_fail = true;
}

static void submit_delete(world *w)
{
    model_job *m = new_job(w, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, 1 + below(w, LIST_MAX / 2));
    NDIS_HANDLE handles[LIST_MAX];

    if (m == NULL)
        return;
    for (uint32_t i = 0; i < m->count; i++) {
        m->bundles[i] = chance(w, 2) ? BUNDLES_MAX : random_bundle(w);
        handles[i] = m->bundles[i] == BUNDLES_MAX ? (NDIS_HANDLE)(uintptr_t)below(w, 1000)
                                                  : w->bundles[m->bundles[i]].handle;
        judge_delete(w, m, i);
    }
    m->may_fail = m->may_fail || m->must_fail;
    for (uint32_t i = 0; i < m->count; i++)
        if (m->bundles[i] != BUNDLES_MAX) {
            w->bundles[m->bundles[i]].doubts++;
            w->bundles[m->bundles[i]].doomed += m->must_fail ? 1u : 0u;
        }
    m->job = rig_delete(w->r, handles, m->count);
}

static void submit_update(world *w)
{
    uint32_t bundle = random_bundle(w);
    model_job *m;
    model_bundle *b;

    if (bundle == BUNDLES_MAX ||
        (m = new_job(w, OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA, 1)) == NULL)
        return;
    b = &w->bundles[bundle];
    m->bundles[0] = bundle;
    m->high = below(w, 1000);
    m->must_fail = b->gone || (b->spec.sa[0].flags & IPSEC_OFFLOAD_V2_ESN_SA) == 0;
    m->may_fail = true; /* the hardware may refuse */
    m->job = rig_update(w->r, b->handle, &b->spec, 0, m->high);
}

/* ---- results --------------------------------------------------------------------------- */

static bool same_triple(const rig_spec *a, const rig_spec *b)
{
    if (!a->inbound || !b->inbound || a->destination != b->destination || a->ipv6 != b->ipv6)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        for (uint32_t k = 0; k < b->count; k++)
            if (a->sa[i].spi == b->sa[k].spi && a->sa[i].operation == b->sa[k].operation)
                return true;
    return false;
}

static void add_is_over(world *w, const model_job *m, NDIS_STATUS status)
{
    uint32_t added = 0;

    for (uint32_t i = 0; i < m->count; i++) {
        NDIS_HANDLE handle = rig_handle(m->job, i);
        model_bundle *b = &w->bundles[w->bundle_count];

        if (handle == NULL)
            continue;
        assert_int_not_equal(m->specs[i].sa[0].spi, 0);
        for (uint32_t k = 0; k < w->bundle_count; k++) {
            const model_bundle *other = &w->bundles[k];

            assert_ptr_not_equal(other->handle, handle); /* DEL-8 */
            if (!other->gone && other->doubts == 0)      /* ADD-12 */
                assert_false(same_triple(&other->spec, &m->specs[i]));
        }
        added++;
        assert_true(++w->bundle_count < BUNDLES_MAX);
        *b = (model_bundle){.spec = m->specs[i], .handle = handle};
        b->high = b->spec.sa[0].sequence_high;
    }
    assert_int_equal(m->job->request.elements_done, added);
    assert_int_equal(status == NDIS_STATUS_SUCCESS, added != 0); /* ADD-2 */
}

static void delete_is_over(world *w, const model_job *m, NDIS_STATUS status)
{
    const bool succeeded = status == NDIS_STATUS_SUCCESS;

    assert_false(m->must_fail && succeeded);
    assert_true(m->may_fail || succeeded); /* DEL-10 */
    assert_true(succeeded || status == NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(m->job->request.elements_done, succeeded ? m->count : 0);
    for (uint32_t i = 0; i < m->count; i++) {
        model_bundle *b = &w->bundles[m->bundles[i]];

        if (m->bundles[i] == BUNDLES_MAX)
            continue;
        b->doubts--;
        b->doomed -= m->must_fail ? 1u : 0u;
        if (succeeded) {
            assert_false(b->gone); /* nobody else has deleted it */
            assert_int_equal(b->flights, 0);
            b->gone = true;
        }
    }
}

static void update_is_over(world *w, const model_job *m, uint32_t number, NDIS_STATUS status)
{
    model_bundle *b = &w->bundles[m->bundles[0]];

    assert_false(m->must_fail && status == NDIS_STATUS_SUCCESS);
    if (status == NDIS_STATUS_SUCCESS && number >= b->high_update) {
        b->high = m->high;
        b->high_update = number;
    }
}

static void notice_results(world *w)
{
    for (uint32_t i = w->jobs_over; i < w->job_count; i++) {
        model_job *m = &w->jobs[i];
        NDIS_STATUS status;

        if (m->job == NULL || (status = rig_result(m->job)) == NDIS_STATUS_PENDING)
            continue;
        if (m->oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA)
            add_is_over(w, m, status);
        else if (m->oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA)
            delete_is_over(w, m, status);
        else
            update_is_over(w, m, i, status);
        m->job = NULL;
    }
    while (w->jobs_over < w->job_count && w->jobs[w->jobs_over].job == NULL)
        w->jobs_over++;
}

/* ---- packets --------------------------------------------------------------------------- */

static bool matches(const model_bundle *b, const rig_spec *packet, uint32_t destination)
{
    const rig_sa_spec *outer = &packet->sa[packet->count - 1];

    if (!b->spec.inbound || b->gone || b->spec.ipv6 != packet->ipv6 ||
        b->spec.destination != destination ||
        (b->spec.source != 0 && b->spec.source != packet->source))
        return false;
    for (uint32_t i = 0; i < b->spec.count; i++)
        if (b->spec.sa[i].spi == outer->spi && b->spec.sa[i].operation == outer->operation)
            return true;
    return false;
}

/* Is this the bundle, or NULL, that ADD-9 gives the packet? Pending adds may not be it. */
static void check_found(const world *w, const rig_spec *packet, NDIS_HANDLE found)
{
    const uint32_t destinations[2] = {packet->destination, 0};

    for (uint32_t i = 0; i < 2; i++)
        for (uint32_t k = 0; k < w->bundle_count; k++) {
            const model_bundle *b = &w->bundles[k];

            if (!matches(b, packet, destinations[i]))
                continue;
            if (b->handle == found)
                return;
            if (b->doubts == b->doomed) /* it is certainly there, and would have been found */
                fail_msg("a packet missed its bundle");
        }
    assert_null(found);
}

static void begin_receive(world *w)
{
    rig_spec packet = random_spec(w);
    model_flight *m = &w->flights[w->flight_count];
    const uint32_t queue = below(w, RIG_QUEUES), bundle = random_bundle(w);

    if (bundle != BUNDLES_MAX && w->bundles[bundle].spec.inbound && chance(w, 80))
        packet = w->bundles[bundle].spec;
    packet.inbound = true;
    packet.source = packet.source != 0 ? packet.source : RIG_PEER;
    packet.destination = RIG_LOCAL;
    if (rig_receive(w->r, queue, &packet, &m->flight) != SAO_RECEIVE_PROCESS) {
        check_found(w, &packet, NULL);
        (void)rig_finish(w->r, queue, &m->flight);
        return;
    }
    check_found(w, &packet, m->flight.bundle->handle);
    for (m->bundle = 0; w->bundles[m->bundle].handle != m->flight.bundle->handle; m->bundle++)
        assert_true(m->bundle < w->bundle_count);
    m->send = false;
    w->bundles[m->bundle].flights++;
    w->flight_count++;
}

static void begin_send(world *w)
{
    const uint32_t bundle = random_bundle(w);
    model_flight *m = &w->flights[w->flight_count];
    model_bundle *b = &w->bundles[bundle];
    sao_packet_info info;
    NDIS_STATUS status;

    if (bundle == BUNDLES_MAX)
        return;
    info = rig_packet(&b->spec);
    status =
        sao_adapter_send(w->r->adapter, below(w, RIG_QUEUES), &info, b->handle, NULL, &m->flight);
    if (b->gone || b->spec.inbound) /* TX-1, TX-6 */
        assert_status(status, NDIS_STATUS_FAILURE);
    else if (b->doubts == b->doomed)
        assert_status(status, NDIS_STATUS_SUCCESS);
    if (status != NDIS_STATUS_SUCCESS)
        return;
    m->bundle = bundle;
    m->send = true;
    b->flights++;
    w->flight_count++;
}

static void end_flight(world *w)
{
    const uint32_t i = below(w, w->flight_count);
    model_flight m = w->flights[i];

    assert_ptr_equal(m.flight.bundle->handle, w->bundles[m.bundle].handle);
    w->flights[i] = w->flights[--w->flight_count];
    w->bundles[m.bundle].flights--;
    if (m.send)
        sao_adapter_send_done(w->r->adapter, &m.flight);
    else
        (void)rig_finish(w->r, m.flight.queue, &m.flight);
}

/* ---- quiet moments --------------------------------------------------------------------- */

static void check_all(world *w)
{
    sao_adapter_counters counters = rig_counters(w->r);
    uint32_t there = 0, cursor = 0;

    for (uint32_t i = 0; i < w->bundle_count; i++) {
        const model_bundle *b = &w->bundles[i];
        sao_bundle bundle;
        sao_bundle_status status;

        if (b->gone) {
            assert_int_equal(rig_state(w->r, b->handle), SAO_BUNDLE_FREE);
            continue;
        }
        there++;
        assert_int_equal(b->doubts, 0);
        assert_status(sao_adapter_query(w->r->adapter, b->handle, &bundle, &status),
                      NDIS_STATUS_SUCCESS);
        assert_int_equal(status.state, SAO_BUNDLE_LIVE);
        assert_int_equal(bundle.sa[0].sequence_high, b->high);
        if (status.pair != NULL) /* PAIR-3 */
            assert_ptr_equal(rig_status(w->r, status.pair).pair, b->handle);
    }
    while (sao_adapter_next_bundle(w->r->adapter, &cursor) != NULL)
        there--;
    assert_int_equal(there, 0);
    assert_int_equal(counters.requests, 0);
    assert_int_equal(counters.flights, 0);
    assert_int_equal(counters.held, 0);
    assert_int_equal(counters.late_answers, w->late);
    assert_int_equal(counters.bundles_added,
                     counters.bundles_deleted + counters.bundles_halted + counters.bundles);
    assert_int_equal(counters.bundles_added, w->bundle_count);
}

/* Everything that is under way ends, and then the model knows all. */
static void quiesce(world *w)
{
    while (w->flight_count != 0)
        end_flight(w);
    do {
        rig_poll(w->r);
        while (w->ticket_count != 0)
            answer_one(w);
        rig_clear(w->r);
    } while (sao_adapter_poll(w->r->adapter, 0, 100).more || w->ticket_count != 0);
    notice_results(w);
    check_all(w);
}

static void start_anew(world *w)
{
    quiesce(w);
    w->polite = true; /* nothing waits for what is answered to a halt */
    rig_halt(w->r);
    w->polite = false;
    assert_false(rig_memory_has_key(w->r));
    for (uint32_t i = 0; i < w->bundle_count; i++)
        w->bundles[i].gone = true;
    assert_status(sao_adapter_initialize(w->r->adapter), NDIS_STATUS_SUCCESS);
    assert_status(sao_adapter_restart(w->r->adapter), NDIS_STATUS_SUCCESS);
    check_all(w);
}

static void operate(world *w)
{
    const uint32_t what = below(w, 100);

    if (what < 9)
        submit_add(w);
    else if (what < 22)
        submit_delete(w);
    else if (what < 30)
        submit_update(w);
    else if (what < 45 && w->flight_count < FLIGHTS_MAX)
        begin_receive(w);
    else if (what < 55 && w->flight_count < FLIGHTS_MAX)
        begin_send(w);
    else if (what < 75 && w->flight_count != 0)
        end_flight(w);
    else if (what < 85)
        answer_one(w);
    else if (what < 98)
        rig_poll_steps(w->r, 1 + below(w, 8));
    else
        quiesce(w);
    if (chance(w, 50))
        w->r->wants_delete = chance(w, 10);
    notice_results(w);
    rig_clear(w->r);
}

static void run_world(uint32_t seed)
{
    world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    current = w;
    w->random = seed * 2654435761u | 1u;
    w->r = rig_create();
    w->r->config.capabilities.SaOffloadCapacity = 1 + below(w, 30);
    w->r->config.elements_per_step = 1 + below(w, 4);
    w->r->config.steps_per_submit = 1 + below(w, 20);
    w->r->config.strict_lists = chance(w, 50);
    w->r->config.hash_seed = below(w, 1000);
    w->r->during_call = script_call;
    rig_start(w->r);
    for (uint32_t i = 0; i < OPERATIONS; i++) {
        operate(w);
        if (i % 500 == 499)
            start_anew(w);
    }
    quiesce(w);
    w->polite = true;
    for (uint32_t i = 0; i < w->bundle_count; i++)
        if (!w->bundles[i].gone) {
            rig_job *job = rig_delete(w->r, &w->bundles[i].handle, 1);

            rig_poll(w->r);
            assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
        }
    assert_int_equal(rig_counters(w->r).bundles, 0);
    assert_false(rig_memory_has_key(w->r));
    rig_destroy(w->r);
    free(w);
}

static void a_random_life_agrees_with_the_model(void **state)
{
    const char *chosen = getenv("SAO_SEED");
    uint32_t seed = chosen != NULL ? (uint32_t)strtoul(chosen, NULL, 0) : (uint32_t)time(NULL);

    (void)state;
    print_message("SAO_SEED=%u repeats this run\n", (unsigned)seed);
    for (uint32_t i = 0; i < WORLDS; i++)
        run_world(seed + i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_random_life_agrees_with_the_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
