// SPDX-License-Identifier: BSD-2-Clause
/* One delete is picked out of a stream of events of many. */
#include "cli/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ADAPTER = 6, INBOUND = 0x11, OUTBOUND = 0x12, OTHER = 0x13 };

static const sao_host_pair here = {4, {{{192, 0, 2, 1}}, {{192, 0, 2, 2}}}};
static const sao_host_pair elsewhere = {4, {{{192, 0, 2, 3}}, {{192, 0, 2, 4}}}};

static void tell(sao_timeline *timeline, uint32_t type, uint64_t handle, uint64_t request,
                 NDIS_STATUS status)
{
    sao_event event = {.type = type,
                       .handle = handle,
                       .request = request,
                       .status = status,
                       .adapter = ADAPTER,
                       .time = timeline->packet * 2};

    timeline->packet++;
    if (type == SAO_EVENT_INDICATE)
        event.code = 3; /* SaDeleteReq, CryptoDone */
    if (type == SAO_EVENT_BUNDLE_UNPAIRED)
        event.extra = OUTBOUND;
    sao_timeline_event(timeline, &here, &event);
    /* The same on another adapter, and of other hosts, is no part of the story. */
    event.adapter++;
    sao_timeline_event(timeline, &here, &event);
    event.adapter--;
    sao_timeline_event(timeline, &elsewhere, &event);
}

static void tell_life(sao_timeline *timeline, sao_event_type type, sao_life_event life,
                      NDIS_STATUS status)
{
    const sao_event event = {
        .type = type, .code = (uint32_t)life, .status = status, .adapter = ADAPTER};

    sao_timeline_event(timeline, &here, &event);
}

static void tell_submit(sao_timeline *timeline, uint64_t handle, uint64_t request)
{
    tell(timeline, SAO_EVENT_SUBMIT, 0, request, 0);
    tell(timeline, SAO_EVENT_SUBMIT_ELEMENT, handle, request, 0);
}

static void tell_delete(sao_timeline *timeline, uint64_t handle, uint64_t request)
{
    tell_submit(timeline, handle, request);
    tell(timeline, SAO_EVENT_BUNDLE_CLAIMED, handle, 0, 0);
    tell(timeline, SAO_EVENT_ANSWER, 0, request, NDIS_STATUS_PENDING);
    tell(timeline, SAO_EVENT_BUNDLE_UNLINKED, handle, 0, 0);
    tell(timeline, SAO_EVENT_BUNDLE_DRAINED, handle, 0, 0);
    tell(timeline, SAO_EVENT_BUNDLE_WIPED, handle, 0, 0);
    tell(timeline, SAO_EVENT_BUNDLE_FREED, handle, 0, 0);
    tell(timeline, SAO_EVENT_COMPLETE, 0, request, NDIS_STATUS_SUCCESS);
}

static void test_a_whole_story(void **state)
{
    sao_timeline timeline = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *file;

    (void)state;
    tell_delete(&timeline, OTHER, 1); /* before the wish: not ours */
    tell(&timeline, SAO_EVENT_DELETE_WISHED, INBOUND, 0, 0);
    tell(&timeline, SAO_EVENT_INDICATE, 0, 0, 0);
    tell(&timeline, SAO_EVENT_INDICATE, 0, 0, 0); /* the wish again */
    tell_delete(&timeline, INBOUND, 2);
    assert_false(timeline.complete);
    tell_delete(&timeline, OUTBOUND, 3);
    assert_true(timeline.complete);
    assert_int_equal(timeline.count, 2 + 8 + 8);
    tell_delete(&timeline, OTHER, 4); /* after the end: nothing is added */
    assert_int_equal(timeline.count, 2 + 8 + 8);

    file = open_memstream(&text, &size);
    assert_non_null(file);
    sao_timeline_print(&timeline, file);
    fclose(file);
    assert_non_null(strstr(text, "192.0.2.1 and 192.0.2.2"));
    assert_non_null(strstr(text, "delete-wished"));
    assert_non_null(strstr(text, "the outbound bundle is gone"));
    free(text);
}

static void test_a_refused_delete_is_tried_again(void **state)
{
    sao_timeline timeline = {0};

    (void)state;
    tell(&timeline, SAO_EVENT_DELETE_WISHED, INBOUND, 0, 0);
    tell_submit(&timeline, INBOUND, 1);
    tell(&timeline, SAO_EVENT_ANSWER, 0, 1, NDIS_STATUS_NOT_ACCEPTED);
    tell(&timeline, SAO_EVENT_COMPLETE, 0, 1, NDIS_STATUS_SUCCESS); /* of another one so named */
    tell_delete(&timeline, INBOUND, 2);
    tell_delete(&timeline, OUTBOUND, 3);
    assert_true(timeline.complete);
    assert_int_equal(timeline.count, 1 + 2 + 8 + 8);
}

/* A reset in between belongs to it, another event of life does not. */
static void test_a_reset_is_part_of_the_story(void **state)
{
    sao_timeline timeline = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *file;

    (void)state;
    tell_life(&timeline, SAO_EVENT_LIFE, SAO_LIFE_RESET, 0); /* before the wish: not ours */
    tell(&timeline, SAO_EVENT_DELETE_WISHED, INBOUND, 0, 0);
    tell_submit(&timeline, INBOUND, 1);
    tell(&timeline, SAO_EVENT_BUNDLE_UNLINKED, INBOUND, 0, 0);
    tell_life(&timeline, SAO_EVENT_LIFE, SAO_LIFE_PAUSE, 0);
    tell_life(&timeline, SAO_EVENT_LIFE, SAO_LIFE_RESET, 0);
    tell(&timeline, SAO_EVENT_BUNDLE_LOST, INBOUND, 0, NDIS_STATUS_PENDING);
    tell(&timeline, SAO_EVENT_BUNDLE_RELINKED, INBOUND, 0, 0);
    tell(&timeline, SAO_EVENT_COMPLETE, 0, 1, NDIS_STATUS_REQUEST_ABORTED);
    tell(&timeline, SAO_EVENT_BUNDLE_RESTORED, INBOUND, 0, 0);
    tell_life(&timeline, SAO_EVENT_LIFE_COMPLETE, SAO_LIFE_RESET, NDIS_STATUS_SOFT_ERRORS);
    tell_delete(&timeline, INBOUND, 2);
    tell_delete(&timeline, OUTBOUND, 3);
    assert_true(timeline.complete);
    assert_int_equal(timeline.count, 1 + 8 + 8 + 8);

    file = open_memstream(&text, &size);
    assert_non_null(file);
    sao_timeline_print(&timeline, file);
    fclose(file);
    assert_non_null(strstr(text, "the NIC is reset"));
    assert_non_null(strstr(text, "the NIC has lost the inbound bundle: PENDING"));
    assert_non_null(strstr(text, "packets find the inbound bundle again"));
    assert_non_null(strstr(text, "the NIC has the inbound bundle again"));
    assert_non_null(strstr(text, "the reset is over: SOFT_ERRORS"));
    free(text);
}

static void test_a_dissolved_pair_names_the_other(void **state)
{
    sao_timeline timeline = {0};

    (void)state;
    tell(&timeline, SAO_EVENT_DELETE_WISHED, INBOUND, 0, 0);
    tell_submit(&timeline, INBOUND, 1);
    tell(&timeline, SAO_EVENT_BUNDLE_UNPAIRED, INBOUND, 0, 0);
    tell(&timeline, SAO_EVENT_BUNDLE_FREED, INBOUND, 0, 0);
    tell(&timeline, SAO_EVENT_ANSWER, 0, 1, NDIS_STATUS_SUCCESS);
    tell_delete(&timeline, OTHER, 2);
    assert_false(timeline.complete);
    tell_delete(&timeline, OUTBOUND, 3);
    assert_true(timeline.complete);
}

static void test_an_unfinished_story_is_dropped_with_its_link(void **state)
{
    sao_timeline timeline = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *file;

    (void)state;
    tell(&timeline, SAO_EVENT_DELETE_WISHED, INBOUND, 0, 0);
    sao_timeline_closed(&timeline, &elsewhere);
    assert_ptr_equal(timeline.pair, &here);
    sao_timeline_closed(&timeline, &here);
    assert_null(timeline.pair);
    assert_int_equal(timeline.count, 0);
    file = open_memstream(&text, &size);
    assert_non_null(file);
    sao_timeline_print(&timeline, file);
    fclose(file);
    assert_non_null(strstr(text, "No delete"));
    free(text);
}

static void test_endless_retries_are_bounded(void **state)
{
    sao_timeline timeline = {0};

    (void)state;
    tell(&timeline, SAO_EVENT_DELETE_WISHED, INBOUND, 0, 0);
    for (uint64_t i = 1; i < 1000; i++) {
        tell_submit(&timeline, INBOUND, i);
        tell(&timeline, SAO_EVENT_ANSWER, 0, i, NDIS_STATUS_NOT_ACCEPTED);
    }
    assert_int_equal(timeline.count, SAO_TIMELINE_ENTRIES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_story),
        cmocka_unit_test(test_a_refused_delete_is_tried_again),
        cmocka_unit_test(test_a_reset_is_part_of_the_story),
        cmocka_unit_test(test_a_dissolved_pair_names_the_other),
        cmocka_unit_test(test_an_unfinished_story_is_dropped_with_its_link),
        cmocka_unit_test(test_endless_retries_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
