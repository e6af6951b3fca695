// SPDX-License-Identifier: BSD-2-Clause
/* test_life.c: the table of events and states, and their names (PNP-1). */
#include "support/rig.h"

#include <saoffload/life.h>

static void every_event_has_its_name(void **state)
{
    static const char *const names[SAO_LIFE_EVENTS] = {
        "initialize", "restart", "pause", "halt", "shutdown", "reset", "sleep", "wake", "remove"};

    (void)state;
    for (uint32_t i = 0; i < SAO_LIFE_EVENTS; i++)
        assert_string_equal(sao_life_event_name((sao_life_event)i), names[i]);
    assert_string_equal(sao_life_event_name((sao_life_event)SAO_LIFE_EVENTS), "unknown");
}

/* No pair twice, no state that does not exist, and every rule is found where it says. */
static void every_rule_is_found(void **state)
{
    const sao_life_rule *rule;
    uint32_t count = 0;

    (void)state;
    for (; (rule = sao_life_rule_at(count)) != NULL; count++) {
        assert_true((uint32_t)rule->event < SAO_LIFE_EVENTS);
        assert_true((uint32_t)rule->during < SAO_ADAPTER_STATES);
        assert_true((uint32_t)rule->done < SAO_ADAPTER_STATES);
        assert_true((uint32_t)rule->failed < SAO_ADAPTER_STATES);
        assert_ptr_equal(sao_life_rule_find(rule->event, rule->from, SAO_PROFILE_NDIS_6_30), rule);
        if (rule->since == SAO_PROFILE_NDIS_6_30) /* PWR-1 */
            assert_null(sao_life_rule_find(rule->event, rule->from, SAO_PROFILE_NDIS_6_20));
    }
    assert_int_not_equal(count, 0);
    assert_null(sao_life_rule_at(UINT32_MAX));
    assert_null(sao_life_rule_find(SAO_LIFE_PAUSE, SAO_ADAPTER_HALTED, SAO_PROFILE_NDIS_6_30));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_has_its_name),
        cmocka_unit_test(every_rule_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
