// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_meetings.c: a delete, an add or an update meets a cancel, a reset, a pause, low power, a
 * surprise removal, a shutdown or another thread's poll, at each of its steps and each time the
 * adapter lets go of its lock, for each kind of hardware and profile.
 *
 * Every meeting is played to its end, then everything that must hold whatever met whatever is
 * checked: one completion, a status that the rules allow, bundles that are there or gone as it
 * says, hardware that has just what the adapter believes it has (DEL-5, DEL-9, ADD-2, UPD-1,
 * RST-2, RST-3, REM-2, PWR-1), and nothing left behind.
 */
#include "support/rig.h"
#include "support/rounds.h"

typedef enum subject { DELETE, ADD, UPDATE, SUBJECTS } subject;

typedef enum visitor {
    NOBODY, /* to count the steps */
    CANCEL,
    RESET,
    RESET_HARD, /* ends with HARD_ERRORS */
    PAUSE,
    SLEEP,
    REMOVE,
    SHUTDOWN,
    POLL, /* takes all the steps that there are */
    VISITORS
} visitor;

typedef enum hardware { AT_ONCE, LATER, LATER_FAILS, AT_ONCE_FAILS, KINDS } hardware;

static const char *const subject_names[] = {"delete", "add", "update"};
static const char *const visitor_names[] = {
    "nobody", "cancel", "reset", "failing reset", "pause", "sleep", "remove", "shutdown", "poll"};
static const char *const hardware_names[] = {"at once", "later", "later, failing",
                                             "at once, failing"};

#define BUNDLES 3u
#define HELD_MAX 16u

/* What the hardware has, by itself: the adapter is not asked. */
typedef struct device {
    hardware kind;
    subject subject;
    NDIS_HANDLE handles[HELD_MAX];
    uint32_t high[HELD_MAX];
    uint32_t count;
    rig_call waiting_calls[HELD_MAX]; /* without an answer, oldest first; sa: 1 if it fails */
    uint32_t waiting_count;
    bool restoring;     /* what is added now was lost: it is taken, at once or later */
    bool life_answered; /* of the life event that pends */
} device;

typedef struct meeting {
    rig *r;
    subject subject;
    visitor visitor;
    sao_profile profile;
    uint32_t steps_per_submit;
    device device;
    rig_spec specs[BUNDLES];
    NDIS_HANDLE handles[BUNDLES];
    sao_flight flight;
    bool in_flight;
    rig_job *job;
    uint32_t before;   /* what the high half was */
    uint32_t releases; /* of the lock, until the visitor comes */
    bool visited;
} meeting;

static char name; /* of the request */

/* ---- the hardware ---------------------------------------------------------------------- */

static uint32_t device_find(const device *d, NDIS_HANDLE handle)
{
    uint32_t i = 0;

    while (i < d->count && d->handles[i] != handle)
        i++;
    return i;
}

static void device_do(device *d, const rig_call *call)
{
    uint32_t i = device_find(d, call->handle);

    if (call->kind == SAO_BACKEND_REMOVE) {
        for (uint32_t k = 0; k < d->waiting_count; k++) /* an add without an answer goes with it */
            if (d->waiting_calls[k].handle == call->handle)
                d->waiting_calls[k].sa = 1;
        if (i < d->count) {
            d->handles[i] = d->handles[--d->count];
            d->high[i] = d->high[d->count];
        }
        return;
    }
    if (call->kind == SAO_BACKEND_ADD) {
        assert_int_equal(i, d->count); /* never twice */
        assert_true(d->count < HELD_MAX);
        d->handles[d->count++] = call->handle;
    }
    assert_true(i < d->count);
    d->high[i] = call->sequence_high;
}

static bool is_subject_call(const device *d, sao_backend_call kind)
{
    static const sao_backend_call kinds[] = {SAO_BACKEND_REMOVE, SAO_BACKEND_ADD,
                                             SAO_BACKEND_UPDATE};

    return kind == kinds[d->subject] && !d->restoring;
}

static bool fails(const device *d, sao_backend_call kind)
{
    return is_subject_call(d, kind) && (d->kind == LATER_FAILS || d->kind == AT_ONCE_FAILS);
}

static void device_called(rig *r, const rig_call *call)
{
    device *d = &((meeting *)r->user)->device;
    rig_answer_script *script = &r->answers[call->kind];
    const bool later = (d->kind == LATER || d->kind == LATER_FAILS) && call->ticket.serial != 0;

    script->status = later                  ? NDIS_STATUS_PENDING
                     : fails(d, call->kind) ? NDIS_STATUS_FAILURE
                                            : NDIS_STATUS_SUCCESS;
    /* A bundle is gone when remove is called, whatever the answer (DEL-10). */
    if (call->kind == SAO_BACKEND_REMOVE || script->status == NDIS_STATUS_SUCCESS)
        device_do(d, call);
    if (!later)
        return;
    assert_true(d->waiting_count < HELD_MAX);
    d->waiting_calls[d->waiting_count] = *call;
    d->waiting_calls[d->waiting_count].sa = fails(d, call->kind) ? 1 : 0;
    d->waiting_count++;
}

static void device_answer(meeting *m)
{
    device *d = &m->device;
    const rig_call call = d->waiting_calls[0];
    const NDIS_STATUS status = call.sa != 0 ? NDIS_STATUS_FAILURE : NDIS_STATUS_SUCCESS;

    d->waiting_count--;
    memmove(d->waiting_calls, d->waiting_calls + 1, d->waiting_count * sizeof call);
    if (call.kind != SAO_BACKEND_REMOVE && status == NDIS_STATUS_SUCCESS)
        device_do(d, &call);
    sao_adapter_backend_done(m->r->adapter, call.ticket, status);
}

/* The hardware forgets all; what it had not answered it never will. */
static void device_reset(rig *r)
{
    device *d = &((meeting *)r->user)->device;

    d->count = 0;
    d->waiting_count = 0;
    d->restoring = true;
    d->life_answered = false;
}

/* ---- setting up ------------------------------------------------------------------------ */

/* What an ADD of the profile can bring at once (ADD-1). */
static uint32_t list_length(const meeting *m)
{
    return m->subject == ADD && m->profile >= SAO_PROFILE_NDIS_6_30 ? 1 : BUNDLES;
}

static void add_bundles(meeting *m)
{
    const hardware kind = m->device.kind;

    m->device.kind = AT_ONCE;
    for (uint32_t i = 0; i < BUNDLES; i++) {
        rig_job *job = rig_add(m->r, &m->specs[i], 1);

        rig_poll(m->r);
        assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
        m->handles[i] = rig_handle(job, 0);
    }
    m->device.kind = kind;
}

/* Before NDIS 6.30 low power is entered paused (PWR-1); requests come then too (OID-5). */
static bool is_paused(const meeting *m)
{
    return m->visitor == SLEEP && m->profile < SAO_PROFILE_NDIS_6_30;
}

static void set_up(meeting *m)
{
    rig *r = m->r = rig_create();

    r->user = m;
    r->config.profile = m->profile;
    r->config.elements_per_step = 1;
    r->config.steps_per_submit = m->steps_per_submit;
    r->during_call = device_called;
    for (uint32_t event = SAO_LIFE_RESET; event <= SAO_LIFE_WAKE; event++)
        r->lives[event].during = device_reset;
    rig_start(r);
    m->specs[0] = rig_with_esn(rig_outbound(1), 1);
    m->specs[1] = rig_inbound(2);
    m->specs[2] = rig_inbound(3);
    m->before = 1;
    m->device.subject = m->subject;
    if (m->subject != ADD)
        add_bundles(m);
    if (is_paused(m)) {
        assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_SUCCESS);
    } else if (m->subject == DELETE) { /* a packet that it has to wait for */
        assert_int_equal(rig_receive(r, 0, &m->specs[1], &m->flight), SAO_RECEIVE_PROCESS);
        m->in_flight = true;
    }
}

static void submit_subject(meeting *m)
{
    rig *r = m->r;

    if (m->subject == DELETE)
        m->job = rig_submit_named(r, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA,
                                  rig_build_delete(m->handles, BUNDLES), &name);
    else if (m->subject == ADD)
        m->job = rig_add_named(r, m->specs, list_length(m), &name);
    else
        m->job = rig_submit_named(r, OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA,
                                  rig_build_update(m->handles[0], &m->specs[0], 0, 2), &name);
}

/* ---- playing --------------------------------------------------------------------------- */

static bool life_pends(const meeting *m, sao_life_event event)
{
    return m->r->life_answer[event] == NDIS_STATUS_PENDING;
}

static bool answer_life(meeting *m)
{
    const sao_life_event event = m->visitor == SLEEP ? SAO_LIFE_SLEEP : SAO_LIFE_RESET;

    if (m->visitor != RESET && m->visitor != RESET_HARD && m->visitor != SLEEP)
        return false;
    if (m->r->lives[event].calls == 0 || m->device.life_answered || !life_pends(m, event))
        return false;
    m->device.life_answered = true;
    rig_answer_life(m->r, event,
                    m->visitor == RESET_HARD ? NDIS_STATUS_HARD_ERRORS : NDIS_STATUS_SUCCESS);
    return true;
}

/* One step further, by whoever can take it: the adapter, the packet, the hardware, power. */
static bool advance(meeting *m)
{
    if (sao_adapter_poll(m->r->adapter, 0, 0).more) {
        rig_poll_steps(m->r, 1);
        return true;
    }
    if (m->device.waiting_count != 0) {
        device_answer(m);
        return true;
    }
    if (answer_life(m))
        return true;
    if (m->in_flight) {
        m->in_flight = false;
        (void)rig_finish(m->r, 0, &m->flight);
        return true;
    }
    return false;
}

static void visit(meeting *m)
{
    rig *r = m->r;

    m->visited = true;
    switch (m->visitor) {
    case CANCEL:
        sao_adapter_cancel(r->adapter, &name);
        break;
    case RESET:
    case RESET_HARD:
        r->lives[SAO_LIFE_RESET].status = NDIS_STATUS_PENDING;
        assert_status(rig_life(r, SAO_LIFE_RESET), NDIS_STATUS_PENDING);
        break;
    case PAUSE:
        (void)rig_life(r, SAO_LIFE_PAUSE);
        break;
    case SLEEP:
        r->lives[SAO_LIFE_SLEEP].status = NDIS_STATUS_PENDING;
        assert_status(rig_life(r, SAO_LIFE_SLEEP), NDIS_STATUS_PENDING);
        break;
    case REMOVE:
        (void)rig_life(r, SAO_LIFE_REMOVE);
        break;
    case SHUTDOWN:
        (void)rig_life(r, SAO_LIFE_SHUTDOWN);
        break;
    case POLL:
        rig_poll(r);
        break;
    default:
        break;
    }
}

static void play_to_the_end(meeting *m)
{
    rig *r = m->r;

    while (advance(m))
        ;
    if (m->visitor == SLEEP) { /* asleep now: everything was over before */
        assert_int_not_equal(rig_result(m->job), NDIS_STATUS_PENDING);
        if (rig_life(r, SAO_LIFE_WAKE) == NDIS_STATUS_PENDING)
            while (advance(m))
                ;
        if (is_paused(m))
            assert_status(rig_life(r, SAO_LIFE_RESTART), NDIS_STATUS_SUCCESS);
    }
    for (uint32_t event = 0; event < SAO_LIFE_EVENTS; event++)
        assert_false(life_pends(m, (sao_life_event)event));
}

/* ---- judging --------------------------------------------------------------------------- */

static bool is_end(visitor who)
{
    return who == REMOVE || who == SHUTDOWN;
}

/* The hardware has what the adapter says it has, and with the values of now. */
static void check_hardware(const meeting *m)
{
    uint32_t cursor = 0, in_hardware = 0;
    NDIS_HANDLE handle;

    while ((handle = sao_adapter_next_bundle(m->r->adapter, &cursor)) != NULL) {
        const uint32_t at = device_find(&m->device, handle);
        sao_bundle bundle;

        assert_int_equal(rig_status(m->r, handle).in_hardware, at < m->device.count);
        assert_status(sao_adapter_query(m->r->adapter, handle, &bundle, NULL), NDIS_STATUS_SUCCESS);
        if (at == m->device.count)
            continue;
        in_hardware++;
        assert_int_equal(m->device.high[at], bundle.sa[0].sequence_high);
    }
    assert_int_equal(in_hardware, m->device.count);
}

static bool works(const meeting *m, uint32_t i)
{
    const rig_spec *spec = &m->specs[i];

    return spec->inbound ? rig_flows_in(m->r, spec, m->handles[i])
                         : rig_flows_out(m->r, spec, m->handles[i]);
}

static void check_delete(meeting *m, NDIS_STATUS status)
{
    const ULONG done = m->job->request.elements_done;

    if (status == NDIS_STATUS_SUCCESS)
        assert_int_equal(done, BUNDLES);
    for (uint32_t i = 0; i < BUNDLES; i++) {
        const bool alive = i >= done && !is_end(m->visitor);

        assert_int_equal(rig_state(m->r, m->handles[i]), alive ? SAO_BUNDLE_LIVE : SAO_BUNDLE_FREE);
        if (alive && m->visitor != RESET_HARD && m->visitor != PAUSE)
            assert_true(works(m, i));
    }
}

static void check_add(meeting *m, NDIS_STATUS status)
{
    uint32_t added = 0;

    for (uint32_t i = 0; i < list_length(m); i++) {
        m->handles[i] = rig_handle(m->job, i);
        if (m->handles[i] == NULL) /* ADD-3 */
            continue;
        added++;
        if (!is_end(m->visitor))
            assert_int_equal(rig_state(m->r, m->handles[i]), SAO_BUNDLE_LIVE);
        if (m->visitor <= RESET)
            assert_true(works(m, i));
    }
    assert_int_equal(status == NDIS_STATUS_SUCCESS, added != 0); /* ADD-2 */
    assert_int_equal(m->job->request.elements_done, added);
    if (!is_end(m->visitor))
        assert_int_equal(rig_counters(m->r).bundles, added);
}

static void check_update(meeting *m, NDIS_STATUS status)
{
    sao_bundle bundle;

    if (is_end(m->visitor))
        return;
    assert_status(sao_adapter_query(m->r->adapter, m->handles[0], &bundle, NULL),
                  NDIS_STATUS_SUCCESS);
    if (status == NDIS_STATUS_SUCCESS)
        assert_int_equal(bundle.sa[0].sequence_high, 2);
    else if (status == NDIS_STATUS_FAILURE)
        assert_int_equal(bundle.sa[0].sequence_high, 1);
    /* aborted: either, but the hardware's: check_hardware */
}

static void check_status(const meeting *m, NDIS_STATUS status)
{
    const bool may_fail =
        m->subject != DELETE && (m->device.kind == LATER_FAILS || m->device.kind == AT_ONCE_FAILS);
    const bool held_and_lost = m->subject == ADD && m->visitor == RESET_HARD;

    if (status == NDIS_STATUS_SUCCESS)
        return;
    if (status == NDIS_STATUS_FAILURE) {
        assert_true(may_fail || held_and_lost);
        return;
    }
    assert_status(status, NDIS_STATUS_REQUEST_ABORTED);
    assert_true(m->visitor != NOBODY && m->visitor != PAUSE && m->visitor != POLL);
    if (m->visitor == RESET || m->visitor == RESET_HARD) /* before it, requests are held */
        assert_true(m->profile >= SAO_PROFILE_NDIS_6_30);
}

static void check_and_tear_down(meeting *m)
{
    const NDIS_STATUS status = rig_result(m->job);
    rig *r = m->r;

    assert_int_not_equal(status, NDIS_STATUS_PENDING);
    check_status(m, status);
    check_hardware(m);
    if (m->subject == DELETE)
        check_delete(m, status);
    else if (m->subject == ADD)
        check_add(m, status);
    else
        check_update(m, status);
    if (m->visitor == SHUTDOWN) {
        assert_int_equal(sao_adapter_get_state(r->adapter), SAO_ADAPTER_SHUTDOWN);
    } else {
        if (m->visitor != PAUSE)
            assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_SUCCESS);
        assert_status(rig_life(r, SAO_LIFE_HALT), NDIS_STATUS_SUCCESS);
    }
    assert_int_equal(m->device.count, 0);
    assert_int_equal(rig_counters(r).bundles, 0);
    assert_int_equal(rig_counters(r).flights, 0);
    assert_false(rig_memory_has_key(r));
    rig_destroy(r);
}

/* ---- every meeting --------------------------------------------------------------------- */

/* Lets the visitor come after `steps` steps; returns how many there were before the end. */
static uint32_t meet(meeting *m, uint32_t steps)
{
    uint32_t taken = 0;

    set_up(m);
    submit_subject(m);
    while (taken < steps && rig_result(m->job) == NDIS_STATUS_PENDING && advance(m))
        taken++;
    visit(m);
    play_to_the_end(m);
    check_and_tear_down(m);
    return taken;
}

static void come_at_release(rig *r)
{
    meeting *m = r->user;

    if (m->releases-- != 0)
        return;
    r->during_unlock = NULL;
    visit(m);
}

/* The same, but the visitor is another thread that has waited for the lock; false if it was over
 * before it came. */
static bool meet_at_release(meeting *m, uint32_t release)
{
    bool in_time;

    set_up(m);
    m->releases = release;
    m->r->threads = true;
    m->r->during_unlock = come_at_release;
    submit_subject(m);
    while (!m->visited && rig_result(m->job) == NDIS_STATUS_PENDING && advance(m))
        ;
    m->r->during_unlock = NULL;
    in_time = m->visited;
    if (!in_time)
        visit(m);
    play_to_the_end(m);
    check_and_tear_down(m);
    return in_time;
}

/* SAO_SHOW=1 names each meeting; the last one named is the one that failed. */
static void say_where(const meeting *m, const char *what, uint32_t count)
{
    if (getenv("SAO_SHOW") != NULL)
        print_message("at: %s meets %s after %u %s, hardware %s, NDIS %d\n",
                      subject_names[m->subject], visitor_names[m->visitor], count, what,
                      hardware_names[m->device.kind], (int)m->profile);
}

typedef uint32_t meet_everywhere(const meeting *scene);

static uint32_t meet_at_each_step(const meeting *scene)
{
    uint32_t step = 0;

    for (;; step++) {
        meeting m = *scene;

        m.steps_per_submit = 1;
        say_where(&m, "steps", step);
        if (meet(&m, step) < step) /* over before the visitor came */
            return step + 1;
    }
}

static uint32_t meet_at_each_release(const meeting *scene)
{
    const uint32_t stride = 20 / test_rounds(20);
    uint32_t count = 1;

    for (uint32_t release = 0;; release += stride, count++) {
        meeting m = *scene;

        m.steps_per_submit = 4; /* so that releases within a submit are some */
        say_where(&m, "releases", release);
        if (!meet_at_release(&m, release))
            return count;
    }
}

static void everybody_meets(meet_everywhere *meet_them)
{
    static const sao_profile profiles[] = {SAO_PROFILE_NDIS_6_1, SAO_PROFILE_NDIS_6_20,
                                           SAO_PROFILE_NDIS_6_30};
    uint32_t total = 0;

    for (int what = DELETE; what < SUBJECTS; what++) {
        uint32_t count = 0;

        for (int who = CANCEL; who < VISITORS; who++)
            for (int kind = AT_ONCE; kind < KINDS; kind++)
                for (size_t p = 0; p < 3; p++)
                    count += meet_them(&(meeting){.subject = (subject)what,
                                                  .visitor = (visitor)who,
                                                  .profile = profiles[p],
                                                  .device.kind = (hardware)kind});
        print_message("%-8s %5u meetings\n", subject_names[what], count);
        total += count;
    }
    print_message("in all   %5u meetings\n", total);
}

static void del_5_add_2_upd_1_whatever_meets_whatever(void **state)
{
    (void)state;
    everybody_meets(meet_at_each_step);
}

/* OID-1: other threads come whenever the lock is free, within a submit and a callback too. */
static void oid_1_whatever_meets_another_thread(void **state)
{
    (void)state;
    everybody_meets(meet_at_each_release);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(del_5_add_2_upd_1_whatever_meets_whatever),
        cmocka_unit_test(oid_1_whatever_meets_another_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
