// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_core_random.c: random requests, packets, answers, cancels, resets, sleeps and polls against
 * a shadow model (shadow.h). SAO_SEED=n repeats a run.
 */
#include "support/rounds.h"
#include "support/shadow.h"

#define WORLDS 40u
#define OPERATIONS 5000u /* in each world */
#define FLIGHTS_MAX 24u
#define TICKETS_MAX 256u

typedef struct random_flight {
    sao_flight flight;
    uint32_t bundle;
    bool send;
} random_flight;

typedef struct world {
    rig *r;
    uint32_t random;
    shadow shadow;
    random_flight flights[FLIGHTS_MAX];
    uint32_t flight_count;
    sao_ticket tickets[TICKETS_MAX]; /* without an answer */
    uint32_t ticket_count;
    uint32_t void_count; /* so many of the first are from before a reset: nothing waits for them */
    bool down;           /* resetting or asleep */
    bool asleep;
    uint32_t life_calls;   /* of the backend for that event, before it */
    sao_life_event waking; /* the event that the hardware has not answered, if life_pends */
    bool life_pends;
    sao_ticket answered; /* one that has its answer */
    uint64_t late;
    uint64_t perhaps_late;
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
    if (i < w->void_count) {
        w->perhaps_late++; /* until the adapter knows that the hardware forgot it */
        w->tickets[i] = w->tickets[--w->void_count];
        i = w->void_count;
    }
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

/* A bundle, mostly one that is not gone; SHADOW_BUNDLES_MAX if there has been none. */
static uint32_t random_bundle(world *w)
{
    uint32_t bundle = SHADOW_BUNDLES_MAX;

    for (int tries = 0; tries < 20 && w->shadow.bundle_count != 0; tries++) {
        bundle = w->shadow.bundle_count - 1u -
                 below(w, w->shadow.bundle_count < 30 ? w->shadow.bundle_count : 30);
        if (!w->shadow.bundles[bundle].gone || chance(w, 2))
            break;
    }
    return bundle;
}

static shadow_job *new_job(world *w, NDIS_OID oid, uint32_t count)
{
    shadow_job *m;

    if (w->shadow.job_count == SHADOW_JOBS_MAX)
        return NULL;
    m = &w->shadow.jobs[w->shadow.job_count++];
    memset(m, 0, sizeof *m);
    m->oid = oid;
    m->count = count;
    return m;
}

/* The name of a job is its place: none is 0, and each may be cancelled. */
static void submit(world *w, shadow_job *m, rig_buffer buffer)
{
    m->refused = w->down;
    m->job = rig_submit_named(w->r, m->oid, buffer, m);
}

static void submit_add(world *w)
{
    const bool one = w->r->config.profile >= SAO_PROFILE_NDIS_6_30; /* ADD-1 */
    shadow_job *m = new_job(w, SHADOW_ADD, one ? 1 : 1 + below(w, SHADOW_LIST_MAX));

    if (m == NULL)
        return;
    for (uint32_t i = 0; i < m->count; i++)
        m->specs[i] = random_spec(w);
    m->refused = w->down;
    m->job = rig_add_named(w->r, m->specs, m->count, m);
}

static void submit_delete(world *w)
{
    shadow_job *m =
        new_job(w, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, 1 + below(w, SHADOW_LIST_MAX / 2));
    NDIS_HANDLE handles[SHADOW_LIST_MAX];

    if (m == NULL)
        return;
    for (uint32_t i = 0; i < m->count; i++) {
        m->bundles[i] = chance(w, 2) ? SHADOW_BUNDLES_MAX : random_bundle(w);
        handles[i] = m->bundles[i] == SHADOW_BUNDLES_MAX ? (NDIS_HANDLE)(uintptr_t)below(w, 1000)
                                                         : w->shadow.bundles[m->bundles[i]].handle;
        shadow_judge_delete(&w->shadow, m, i);
    }
    m->may_fail = m->may_fail || m->must_fail;
    for (uint32_t i = 0; i < m->count; i++)
        if (m->bundles[i] != SHADOW_BUNDLES_MAX) {
            w->shadow.bundles[m->bundles[i]].doubts++;
            w->shadow.bundles[m->bundles[i]].doomed += m->must_fail ? 1u : 0u;
        }
    submit(w, m, rig_build_delete(handles, m->count));
}

static void submit_update(world *w)
{
    uint32_t bundle = random_bundle(w);
    shadow_job *m;
    shadow_bundle *b;

    if (bundle == SHADOW_BUNDLES_MAX ||
        (m = new_job(w, OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA, 1)) == NULL)
        return;
    b = &w->shadow.bundles[bundle];
    m->bundles[0] = bundle;
    m->high = below(w, 1000);
    m->must_fail = b->gone || (b->spec.sa[0].flags & IPSEC_OFFLOAD_V2_ESN_SA) == 0;
    m->may_fail = true; /* the hardware may refuse */
    submit(w, m, rig_build_update(b->handle, &b->spec, 0, m->high));
}

/* ---- packets --------------------------------------------------------------------------- */

static void begin_receive(world *w)
{
    rig_spec packet = random_spec(w);
    random_flight *m = &w->flights[w->flight_count];
    const uint32_t queue = below(w, RIG_QUEUES), bundle = random_bundle(w);
    sao_receive_action action;

    if (bundle != SHADOW_BUNDLES_MAX && w->shadow.bundles[bundle].spec.inbound && chance(w, 80))
        packet = w->shadow.bundles[bundle].spec;
    packet.inbound = true;
    packet.source = packet.source != 0 ? packet.source : RIG_PEER;
    packet.destination = RIG_LOCAL;
    action = rig_receive(w->r, queue, &packet, &m->flight);
    assert_int_equal(action == SAO_RECEIVE_DROP, w->asleep); /* PWR-1 */
    if (action == SAO_RECEIVE_DROP)
        return;
    if (action != SAO_RECEIVE_PROCESS) {
        if (action == SAO_RECEIVE_LOST) /* RST-3 */
            assert_false(rig_status(w->r, m->flight.bundle->handle).in_hardware);
        else if (!w->down)
            shadow_check_found(&w->shadow, &packet, NULL);
        (void)rig_finish(w->r, queue, &m->flight);
        return;
    }
    assert_false(w->down);
    shadow_check_found(&w->shadow, &packet, m->flight.bundle->handle);
    for (m->bundle = 0; w->shadow.bundles[m->bundle].handle != m->flight.bundle->handle;
         m->bundle++)
        assert_true(m->bundle < w->shadow.bundle_count);
    m->send = false;
    w->shadow.bundles[m->bundle].flights++;
    w->flight_count++;
}

static void begin_send(world *w)
{
    const uint32_t bundle = random_bundle(w);
    random_flight *m = &w->flights[w->flight_count];
    shadow_bundle *b = &w->shadow.bundles[bundle];
    sao_packet_info info;
    NDIS_STATUS status;

    if (bundle == SHADOW_BUNDLES_MAX)
        return;
    info = rig_packet(&b->spec);
    status =
        sao_adapter_send(w->r->adapter, below(w, RIG_QUEUES), &info, b->handle, NULL, &m->flight);
    if (w->asleep)
        assert_status(status, NDIS_STATUS_LOW_POWER_STATE); /* PWR-1 */
    else if (w->down)
        assert_status(status, NDIS_STATUS_REQUEST_ABORTED); /* RST-5 */
    else if (b->gone || b->spec.inbound)                    /* TX-1, TX-6 */
        assert_status(status, NDIS_STATUS_FAILURE);
    else if (b->doubts == b->doomed)
        assert_status(status, rig_status(w->r, b->handle).in_hardware ? NDIS_STATUS_SUCCESS
                                                                      : NDIS_STATUS_FAILURE);
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
    random_flight m = w->flights[i];

    assert_ptr_equal(m.flight.bundle->handle, w->shadow.bundles[m.bundle].handle);
    w->flights[i] = w->flights[--w->flight_count];
    w->shadow.bundles[m.bundle].flights--;
    if (m.send)
        sao_adapter_send_done(w->r->adapter, &m.flight);
    else
        (void)rig_finish(w->r, m.flight.queue, &m.flight);
}

/* ---- interruptions --------------------------------------------------------------------- */

static void cancel_one(world *w)
{
    shadow *s = &w->shadow;
    const uint32_t under_way = s->job_count - s->jobs_over;
    shadow_job *m;

    if (under_way == 0)
        return;
    m = &s->jobs[s->jobs_over + below(w, under_way)];
    m->may_abort = true;
    sao_adapter_cancel(w->r->adapter, m);
}

/* The hardware forgets what it was asked: what it still answers to that comes too late. */
static void hardware_forgets(rig *r)
{
    (void)r;
    current->void_count = current->ticket_count;
}

static void interrupt(world *w, sao_life_event event, NDIS_STATUS outcome)
{
    rig *r = w->r;
    const bool held = event == SAO_LIFE_RESET && r->config.profile < SAO_PROFILE_NDIS_6_30;
    NDIS_STATUS status;

    shadow_interrupt(&w->shadow, held); /* RST-2, PWR-1 */
    w->waking = event;
    w->life_pends = chance(w, 50);
    r->lives[event].status = w->life_pends ? NDIS_STATUS_PENDING : outcome;
    r->lives[event].during = event == SAO_LIFE_WAKE ? NULL : hardware_forgets;
    w->down = true;
    w->asleep = event != SAO_LIFE_RESET;
    status = rig_life(r, event);
    assert_int_not_equal(status, NDIS_STATUS_INVALID_STATE);
    if (status != NDIS_STATUS_PENDING) {
        w->life_pends = false;
        w->down = w->asleep = event == SAO_LIFE_SLEEP;
    }
}

/* What was answered PENDING is over: the adapter is up, or asleep. */
static void notice_lives(world *w)
{
    const rig *r = w->r;

    if (!w->down || r->life_answer[SAO_LIFE_RESET] == NDIS_STATUS_PENDING ||
        r->life_answer[SAO_LIFE_SLEEP] == NDIS_STATUS_PENDING ||
        r->life_answer[SAO_LIFE_WAKE] == NDIS_STATUS_PENDING)
        return;
    w->down = w->asleep = w->waking == SAO_LIFE_SLEEP;
}

static NDIS_STATUS random_outcome(world *w)
{
    static const NDIS_STATUS outcomes[] = {NDIS_STATUS_SUCCESS, NDIS_STATUS_SUCCESS,
                                           NDIS_STATUS_SOFT_ERRORS, NDIS_STATUS_HARD_ERRORS};

    return outcomes[below(w, 4)];
}

/* The next thing that can happen to an adapter's service. */
static void move_on(world *w)
{
    if (w->life_pends) {
        if (w->r->lives[w->waking].calls == w->life_calls)
            return; /* a thread is still in another call; or it has not been told yet */
        w->life_calls = w->r->lives[w->waking].calls;
        w->life_pends = false;
        rig_answer_life(w->r, w->waking,
                        w->waking == SAO_LIFE_RESET ? random_outcome(w) : NDIS_STATUS_SUCCESS);
        return;
    }
    if (w->down && w->waking == SAO_LIFE_SLEEP && w->asleep) {
        if (w->r->life_answer[SAO_LIFE_SLEEP] == NDIS_STATUS_PENDING)
            return;
        w->life_calls = w->r->lives[SAO_LIFE_WAKE].calls;
        interrupt(w, SAO_LIFE_WAKE, NDIS_STATUS_SUCCESS);
        return;
    }
    if (w->down)
        return;
    if (w->r->config.profile >= SAO_PROFILE_NDIS_6_30 && chance(w, 30)) {
        w->life_calls = w->r->lives[SAO_LIFE_SLEEP].calls;
        interrupt(w, SAO_LIFE_SLEEP, NDIS_STATUS_SUCCESS);
        return;
    }
    w->life_calls = w->r->lives[SAO_LIFE_RESET].calls;
    interrupt(w, SAO_LIFE_RESET, random_outcome(w));
}

/* ---- quiet moments --------------------------------------------------------------------- */

/* Everything that is under way ends, and then the model knows all. */
static void quiesce(world *w)
{
    while (w->flight_count != 0)
        end_flight(w);
    do {
        rig_poll(w->r);
        while (w->ticket_count != 0)
            answer_one(w);
        rig_poll(w->r);
        notice_lives(w);
        if (w->down)
            move_on(w);
        rig_clear(w->r);
    } while (sao_adapter_poll(w->r->adapter, 0, 100).more || w->ticket_count != 0 || w->down);
    shadow_notice_results(&w->shadow);
    shadow_check_all(&w->shadow);
    assert_in_range(rig_counters(w->r).late_answers, w->late, w->late + w->perhaps_late);
}

static void start_anew(world *w)
{
    quiesce(w);
    w->polite = true; /* nothing waits for what is answered to a halt */
    rig_halt(w->r);
    w->polite = false;
    assert_false(rig_memory_has_key(w->r));
    for (uint32_t i = 0; i < w->shadow.bundle_count; i++)
        w->shadow.bundles[i].gone = true;
    assert_status(sao_adapter_initialize(w->r->adapter), NDIS_STATUS_SUCCESS);
    assert_status(sao_adapter_restart(w->r->adapter), NDIS_STATUS_SUCCESS);
    assert_status(rig_encapsulate(w->r, NDIS_ENCAPSULATION_IEEE_802_3)->answer,
                  NDIS_STATUS_SUCCESS);
    shadow_check_all(&w->shadow);
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
    else if (what < 87)
        cancel_one(w);
    else if (what < 88)
        move_on(w);
    else if (what < 98)
        rig_poll_steps(w->r, 1 + below(w, 8));
    else
        quiesce(w);
    if (chance(w, 50))
        w->r->wants_delete = chance(w, 10);
    notice_lives(w);
    shadow_notice_results(&w->shadow);
    rig_clear(w->r);
}

static void run_world(uint32_t seed)
{
    world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    current = w;
    w->random = seed * 2654435761u | 1u;
    w->r = rig_create();
    w->shadow.r = w->r;
    w->r->config.capabilities.SaOffloadCapacity = 1 + below(w, 30);
    w->r->config.elements_per_step = 1 + below(w, 4);
    w->r->config.steps_per_submit = 1 + below(w, 20);
    w->r->config.strict_lists = chance(w, 50);
    w->r->config.hash_seed = below(w, 1000);
    w->r->config.profile = chance(w, 50) ? SAO_PROFILE_NDIS_6_20 : SAO_PROFILE_NDIS_6_30;
    w->r->during_call = script_call;
    rig_start(w->r);
    for (uint32_t i = 0; i < OPERATIONS; i++) {
        operate(w);
        if (i % 500 == 499)
            start_anew(w);
    }
    quiesce(w);
    w->polite = true;
    for (uint32_t i = 0; i < w->shadow.bundle_count; i++)
        if (!w->shadow.bundles[i].gone) {
            rig_job *job = rig_delete(w->r, &w->shadow.bundles[i].handle, 1);

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
    uint32_t seed = test_seed();

    (void)state;
    for (uint32_t i = 0, worlds = test_rounds(WORLDS); i < worlds; i++)
        run_world(seed + i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_random_life_agrees_with_the_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
