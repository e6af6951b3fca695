// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_states_rules.c: every pair of event and state (PNP-1), in every profile, with the hardware
 * awake, resetting, asleep and gone (PNP-3). What is allowed is written down here once more, by
 * hand: H(alted) I(nitializing) P(aused) R(estarting) N: running, G: pausing, S(hutdown).
 */
#include "support/rig.h"

typedef enum situation { AWAKE, RESETTING, ASLEEP, REMOVED, SITUATIONS } situation;

static const char letters[] = "HIPRNGS"; /* by sao_adapter_state */

/* By sao_life_event: initialize restart pause halt shutdown reset sleep wake remove. */
static const char *const allowed[SITUATIONS][SAO_LIFE_EVENTS] = {
    {"H", "P", "N", "P", "PRNG", "PRNG", "P", "", "PRNG"},
    {"", "P", "N", "", "PRNG", "", "", "", "PRNG"},
    {"", "", "N", "P", "PNG", "", "", "PNG", "PNG"},
    {"", "", "N", "P", "PNG", "", "", "", ""},
};

/* In which states a situation can be, before NDIS 6.30 and from it on (PWR-1). */
static const char *const possible[SITUATIONS][2] = {
    {"HIPRNGS", "HIPRNGS"}, {"PRNG", "PRNG"}, {"P", "PNG"}, {"PNG", "PNG"}};

static bool is_allowed(sao_profile profile, situation where, sao_life_event event, char state)
{
    if (event == SAO_LIFE_SLEEP && where == AWAKE && profile >= SAO_PROFILE_NDIS_6_30)
        return strchr("PN", state) != NULL;
    return strchr(allowed[where][event], state) != NULL;
}

/* Where an event leads to, for one that ends at once. */
static char next_state(sao_life_event event, char state)
{
    switch (event) {
    case SAO_LIFE_INITIALIZE:
        return 'P';
    case SAO_LIFE_RESTART:
        return 'N';
    case SAO_LIFE_PAUSE:
        return 'P';
    case SAO_LIFE_HALT:
        return 'H';
    case SAO_LIFE_SHUTDOWN:
        return 'S';
    case SAO_LIFE_REMOVE:
        if (state == 'R') /* its restart has failed */
            return 'P';
        return state;
    default:
        return state;
    }
}

/* ---- getting there --------------------------------------------------------------------- */

typedef struct stage {
    rig *r;
    sao_flight flight;  /* what keeps Pausing */
    NDIS_HANDLE handle; /* of a bundle, from Paused on */
} stage;

static void pend(rig *r, sao_life_event event)
{
    r->lives[event].status = NDIS_STATUS_PENDING;
    assert_status(rig_life(r, event), NDIS_STATUS_PENDING);
    r->lives[event].status = NDIS_STATUS_SUCCESS;
}

static void interrupt(rig *r, situation where)
{
    if (where == RESETTING)
        pend(r, SAO_LIFE_RESET);
    else if (where == ASLEEP)
        assert_status(rig_life(r, SAO_LIFE_SLEEP), NDIS_STATUS_SUCCESS);
    else if (where == REMOVED) /* it waits for the packet that keeps Pausing */
        assert_int_not_equal(rig_life(r, SAO_LIFE_REMOVE), NDIS_STATUS_INVALID_STATE);
}

static void enter(stage *s, char state, situation where)
{
    rig *r = s->r;

    if (state == 'H')
        return;
    if (state == 'I') {
        pend(r, SAO_LIFE_INITIALIZE);
        return;
    }
    assert_status(rig_life(r, SAO_LIFE_INITIALIZE), NDIS_STATUS_SUCCESS);
    s->handle = rig_add_one(r, rig_inbound(1));
    if (state == 'R') {
        pend(r, SAO_LIFE_RESTART);
        interrupt(r, where);
        return;
    }
    if (state != 'P' && state != 'S')
        assert_status(rig_life(r, SAO_LIFE_RESTART), NDIS_STATUS_SUCCESS);
    if (state == 'G')
        assert_status(sao_adapter_send(r->adapter, 0, NULL, NULL, NULL, &s->flight),
                      NDIS_STATUS_SUCCESS);
    if (state == 'S')
        assert_status(rig_life(r, SAO_LIFE_SHUTDOWN), NDIS_STATUS_SUCCESS);
    interrupt(r, where); /* before a pause: low power is not entered while pausing */
    if (state == 'G')
        assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_PENDING);
}

static char state_of(const rig *r)
{
    return letters[sao_adapter_get_state(r->adapter)];
}

/* ---- every pair ------------------------------------------------------------------------ */

static void expect_refusal(stage *s, sao_life_event event, situation where, char state)
{
    const bool in_reset =
        event == SAO_LIFE_RESET && where == RESETTING && strchr("PRNG", state) != NULL;
    const sao_bundle_state before = rig_state(s->r, s->handle);

    rig_clear(s->r);
    assert_status(rig_life(s->r, event),
                  in_reset ? NDIS_STATUS_RESET_IN_PROGRESS : NDIS_STATUS_INVALID_STATE);
    assert_int_equal(state_of(s->r), state);
    assert_int_equal(s->r->event_count, 0);
    assert_int_equal(s->r->call_count, 0);
    assert_int_equal(rig_state(s->r, s->handle), before);
}

static void expect_success(stage *s, sao_life_event event, situation where, char state)
{
    const sao_life_rule *rule =
        sao_life_rule_find(event, sao_adapter_get_state(s->r->adapter), s->r->config.profile);
    const NDIS_STATUS status = rig_life(s->r, event);
    const bool waits = state == 'G' || (where == RESETTING && event == SAO_LIFE_RESTART);

    /* What the public table promises; a removal ends a restart beside that. */
    assert_non_null(rule);
    if (event != SAO_LIFE_REMOVE)
        assert_int_equal(letters[rule->done], next_state(event, state));
    if (event == SAO_LIFE_INITIALIZE || event == SAO_LIFE_RESTART)
        assert_int_equal(rule->failed, rule->from);
    else
        assert_int_equal(rule->failed, rule->done);

    if (status != NDIS_STATUS_PENDING)
        assert_status(status, NDIS_STATUS_SUCCESS);
    else
        assert_true(waits);
    assert_int_equal(state_of(s->r), next_state(event, state));
}

static void try_pair(sao_profile profile, situation where, char state, sao_life_event event)
{
    stage s = {.r = rig_create()};

    s.r->config.profile = profile;
    rig_make(s.r);
    enter(&s, state, where);
    assert_int_equal(state_of(s.r), state);
    if (is_allowed(profile, where, event, state))
        expect_success(&s, event, where, state);
    else
        expect_refusal(&s, event, where, state);
    rig_destroy(s.r);
}

static void pnp_1_every_pair_of_event_and_state(void **state)
{
    static const sao_profile profiles[] = {SAO_PROFILE_NDIS_6_1, SAO_PROFILE_NDIS_6_20,
                                           SAO_PROFILE_NDIS_6_30};
    unsigned pairs = 0;

    (void)state;
    for (size_t p = 0; p < 3; p++)
        for (int where = AWAKE; where < SITUATIONS; where++)
            for (const char *from = possible[where][p == 2 ? 1 : 0]; *from != '\0'; from++)
                for (uint32_t event = 0; event < SAO_LIFE_EVENTS; event++, pairs++)
                    try_pair(profiles[p], (situation)where, *from, (sao_life_event)event);
    print_message("%u pairs of event and state\n", pairs);
}

/* ---- what takes its time, and what fails ----------------------------------------------- */

static void expect_later(rig *r, sao_life_event event, NDIS_STATUS status, char state)
{
    rig_answer_life(r, event, status);
    assert_int_equal(r->lives_completed[event], 0); /* told by poll, without the lock */
    rig_poll(r);
    assert_int_equal(r->lives_completed[event], 1);
    assert_status(r->life_outcome[event], status);
    assert_int_equal(state_of(r), state);
    rig_poll(r);
    assert_int_equal(r->lives_completed[event], 1);
    r->lives_completed[event] = 0;
}

static void pnp_1_initialize_and_restart_may_take_time(void **state)
{
    rig *r = rig_create();

    (void)state;
    rig_make(r);
    pend(r, SAO_LIFE_INITIALIZE);
    assert_int_equal(state_of(r), 'I');
    expect_later(r, SAO_LIFE_INITIALIZE, NDIS_STATUS_SUCCESS, 'P');
    pend(r, SAO_LIFE_RESTART);
    assert_int_equal(state_of(r), 'R');
    expect_later(r, SAO_LIFE_RESTART, NDIS_STATUS_SUCCESS, 'N');
    rig_destroy(r);
}

static void pnp_1_what_fails_goes_back(void **state)
{
    rig *r = rig_create();

    (void)state;
    rig_make(r);
    r->lives[SAO_LIFE_INITIALIZE].status = NDIS_STATUS_FAILURE;
    assert_status(rig_life(r, SAO_LIFE_INITIALIZE), NDIS_STATUS_FAILURE);
    assert_int_equal(state_of(r), 'H');
    pend(r, SAO_LIFE_INITIALIZE);
    expect_later(r, SAO_LIFE_INITIALIZE, NDIS_STATUS_RESOURCES, 'H');
    assert_status(rig_life(r, SAO_LIFE_INITIALIZE), NDIS_STATUS_SUCCESS);
    r->lives[SAO_LIFE_RESTART].status = NDIS_STATUS_FAILURE;
    assert_status(rig_life(r, SAO_LIFE_RESTART), NDIS_STATUS_FAILURE);
    assert_int_equal(state_of(r), 'P');
    pend(r, SAO_LIFE_RESTART);
    expect_later(r, SAO_LIFE_RESTART, NDIS_STATUS_FAILURE, 'P');
    assert_status(rig_life(r, SAO_LIFE_RESTART), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

static void pnp_2_packets_are_indicated_while_restarting(void **state)
{
    rig *r = rig_create();
    rig_spec in = rig_inbound(1);
    sao_flight flight;

    (void)state;
    rig_make(r);
    assert_status(rig_life(r, SAO_LIFE_INITIALIZE), NDIS_STATUS_SUCCESS);
    assert_status(rig_encapsulate(r, NDIS_ENCAPSULATION_IEEE_802_3)->answer, NDIS_STATUS_SUCCESS);
    (void)rig_add_one(r, in);
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_DROP); /* Paused */
    pend(r, SAO_LIFE_RESTART);
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_PROCESS);
    (void)rig_finish(r, 0, &flight);
    assert_status(sao_adapter_send(r->adapter, 0, NULL, NULL, NULL, &flight), NDIS_STATUS_PAUSED);
    rig_answer_life(r, SAO_LIFE_RESTART, NDIS_STATUS_SUCCESS);
    rig_poll(r);
    rig_destroy(r);
}

/* A removal, or a shutdown, does not wait for hardware that is about to start. */
static void pnp_1_a_restart_fails_when_the_hardware_goes(void **state)
{
    static const sao_life_event ends[] = {SAO_LIFE_REMOVE, SAO_LIFE_SHUTDOWN};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        rig *r = rig_create();

        rig_make(r);
        assert_status(rig_life(r, SAO_LIFE_INITIALIZE), NDIS_STATUS_SUCCESS);
        pend(r, SAO_LIFE_RESTART);
        assert_status(rig_life(r, ends[i]), NDIS_STATUS_SUCCESS);
        rig_poll(r);
        assert_int_equal(r->lives_completed[SAO_LIFE_RESTART], 1);
        assert_status(r->life_outcome[SAO_LIFE_RESTART], NDIS_STATUS_FAILURE);
        assert_int_equal(state_of(r), i == 0 ? 'P' : 'S');
        rig_answer_life(r, SAO_LIFE_RESTART, NDIS_STATUS_SUCCESS); /* too late */
        rig_poll(r);
        assert_int_equal(state_of(r), i == 0 ? 'P' : 'S');
        assert_int_equal(rig_counters(r).late_answers, 1);
        rig_destroy(r);
    }
}

static void pnp_1_a_shutdown_does_not_wait_for_a_pause(void **state)
{
    stage s = {.r = rig_create()};

    (void)state;
    rig_make(s.r);
    enter(&s, 'G', AWAKE);
    assert_status(rig_life(s.r, SAO_LIFE_SHUTDOWN), NDIS_STATUS_PENDING);
    assert_int_equal(state_of(s.r), 'S');
    rig_poll(s.r);
    assert_int_equal(s.r->lives_completed[SAO_LIFE_PAUSE], 0);
    sao_adapter_send_done(s.r->adapter, &s.flight);
    rig_poll(s.r);
    assert_int_equal(s.r->lives_completed[SAO_LIFE_PAUSE], 1);
    assert_int_equal(s.r->lives_completed[SAO_LIFE_SHUTDOWN], 1);
    assert_int_equal(state_of(s.r), 'S');
    assert_int_equal(rig_counters(s.r).bundles, 0);
    assert_false(rig_memory_has_key(s.r));
    rig_destroy(s.r);
}

/* While nobody has been told of the end of one, no other of its kind begins. */
static void pnp_1_each_end_is_told_before_the_next_begins(void **state)
{
    rig *r = rig_create();

    (void)state;
    rig_make(r);
    assert_status(rig_life(r, SAO_LIFE_INITIALIZE), NDIS_STATUS_SUCCESS);
    pend(r, SAO_LIFE_RESTART);
    rig_answer_life(r, SAO_LIFE_RESTART, NDIS_STATUS_SUCCESS);
    assert_int_equal(state_of(r), 'N'); /* but no poll has been */
    assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_SUCCESS);
    assert_status(rig_life(r, SAO_LIFE_RESTART), NDIS_STATUS_INVALID_STATE);
    assert_int_equal(state_of(r), 'P');
    assert_status(rig_life(r, SAO_LIFE_HALT), NDIS_STATUS_INVALID_STATE); /* OID-6 */
    rig_poll(r);
    assert_int_equal(r->lives_completed[SAO_LIFE_RESTART], 1);
    assert_status(r->life_outcome[SAO_LIFE_RESTART], NDIS_STATUS_SUCCESS);
    assert_status(rig_life(r, SAO_LIFE_RESTART), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pnp_1_every_pair_of_event_and_state),
        cmocka_unit_test(pnp_1_initialize_and_restart_may_take_time),
        cmocka_unit_test(pnp_1_what_fails_goes_back),
        cmocka_unit_test(pnp_2_packets_are_indicated_while_restarting),
        cmocka_unit_test(pnp_1_a_restart_fails_when_the_hardware_goes),
        cmocka_unit_test(pnp_1_a_shutdown_does_not_wait_for_a_pause),
        cmocka_unit_test(pnp_1_each_end_is_told_before_the_next_begins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
