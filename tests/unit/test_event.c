// SPDX-License-Identifier: BSD-2-Clause
/* test_event.c: every event type has a name of its own, and nothing else has one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <saoffload/event.h>

/* The first and the last type of each group, as event.h numbers them. */
static const struct {
    uint32_t first;
    uint32_t last;
} groups[] = {
    {SAO_EVENT_SUBMIT, SAO_EVENT_CANCEL},
    {SAO_EVENT_SEND, SAO_EVENT_RETURN},
    {SAO_EVENT_BACKEND_CALL, SAO_EVENT_BACKEND_ANSWER},
    {SAO_EVENT_LIFE, SAO_EVENT_CURRENT_CONFIG},
    {SAO_EVENT_BUNDLE_ADDED, SAO_EVENT_LATE_ANSWER},
};

static bool is_type(uint32_t type)
{
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        if (type >= groups[i].first && type <= groups[i].last)
            return true;
    return false;
}

static void names_are_as_documented(void **state)
{
    (void)state;
    assert_string_equal(sao_event_name(SAO_EVENT_SUBMIT), "submit");
    assert_string_equal(sao_event_name(SAO_EVENT_RESULT_ELEMENT), "result-element");
    assert_string_equal(sao_event_name(SAO_EVENT_SEND_COMPLETE), "send-complete");
    assert_string_equal(sao_event_name(SAO_EVENT_BACKEND_ANSWER), "backend-answer");
    assert_string_equal(sao_event_name(SAO_EVENT_ADAPTER_STATE), "adapter-state");
    assert_string_equal(sao_event_name(SAO_EVENT_BUNDLE_FREED), "bundle-freed");
    assert_string_equal(sao_event_name(SAO_EVENT_LATE_ANSWER), "late-answer");
}

static void every_type_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (uint32_t type = 0; type < 256; type++) {
        const char *name = sao_event_name(type);

        if (!is_type(type)) {
            assert_string_equal(name, "unknown");
            continue;
        }
        assert_string_not_equal(name, "unknown");
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
        for (uint32_t other = 0; other < type; other++)
            assert_string_not_equal(name, sao_event_name(other));
    }
    assert_string_equal(sao_event_name(UINT32_MAX), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_as_documented),
        cmocka_unit_test(every_type_has_a_name_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
