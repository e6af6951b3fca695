// SPDX-License-Identifier: BSD-2-Clause
/* test_add_list_rules.c: what becomes of the elements of an ADD (ADD-2, ADD-3, ADD-4, ADD-9,
 * ADD-12, ADD-13). */
#include "support/rig.h"

/* ---- elements that stand or fall alone ------------------------------------------------- */

static void add_2_one_good_element_is_enough(void **state)
{
    rig *r = rig_running();
    rig_spec specs[4] = {rig_inbound(0), rig_inbound(1), rig_inbound(0), rig_outbound(2)};
    rig_job *job = rig_add(r, specs, 4);

    (void)state;
    assert_status(job->answer, NDIS_STATUS_SUCCESS);
    assert_int_equal(job->request.elements_done, 2);
    assert_int_equal(job->request.supported_revision, 1);
    assert_int_equal(job->request.bytes_read, job->request.buffer_length);
    assert_null(rig_handle(job, 0)); /* ADD-3 */
    assert_true(rig_flows_in(r, &specs[1], rig_handle(job, 1)));
    assert_null(rig_handle(job, 2));
    assert_true(rig_flows_out(r, &specs[3], rig_handle(job, 3)));
    assert_int_equal(rig_counters(r).bundles_refused, 2);
    assert_int_equal(rig_counters(r).bundles_added, 2);
    assert_int_equal(rig_events(r, SAO_EVENT_BUNDLE_REFUSED), 2);
    rig_destroy(r);
}

static void add_2_the_first_failure_is_the_answer_when_all_fail(void **state)
{
    rig_spec specs[3] = {rig_inbound(1), rig_inbound(2), rig_inbound(0)};

    (void)state;
    specs[0].sa[0].encryption = 0x400; /* NOT_SUPPORTED; the last is INVALID_PARAMETER */
    specs[1].sa[0].encryption = 0x400;
    for (int turned = 0; turned < 2; turned++) {
        rig *r = rig_running();
        rig_spec turned_specs[3] = {specs[2], specs[1], specs[0]};
        rig_job *job = rig_add(r, turned ? turned_specs : specs, 3);

        assert_status(job->answer,
                      turned ? NDIS_STATUS_INVALID_PARAMETER : NDIS_STATUS_NOT_SUPPORTED);
        for (uint32_t i = 0; i < 3; i++)
            assert_null(rig_handle(job, i));
        rig_destroy(r);
    }
}

static void add_2_the_first_failure_counts_by_place_not_by_time(void **state)
{
    rig *r = rig_running();
    rig_spec specs[3] = {rig_inbound(1), rig_inbound(2), rig_inbound(3)};
    rig_job *job;

    (void)state;
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
    job = rig_add(r, specs, 3);
    rig_answer(r, &r->calls[2], NDIS_STATUS_NOT_SUPPORTED);
    rig_answer(r, &r->calls[0], NDIS_STATUS_RESOURCES);
    rig_answer(r, &r->calls[1], NDIS_STATUS_FAILURE);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_RESOURCES);
    rig_destroy(r);
}

static void refuse_even_spis(rig *r, const rig_call *call)
{
    r->answers[SAO_BACKEND_ADD].status =
        call->spi % 2 == 0 ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS;
}

static void add_4_the_hardware_may_refuse_each(void **state)
{
    rig *r = rig_running();
    rig_spec specs[5];
    rig_job *job;

    (void)state;
    for (uint32_t i = 0; i < 5; i++)
        specs[i] = rig_inbound(1 + i);
    r->during_call = refuse_even_spis;
    job = rig_add(r, specs, 5);
    assert_status(job->answer, NDIS_STATUS_SUCCESS);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(rig_handle(job, i) != NULL, i % 2 == 0);
        assert_int_equal(rig_flows_in(r, &specs[i], rig_handle(job, i)), i % 2 == 0);
    }
    for (uint32_t i = 0; i < r->event_count; i++) /* all of the one request */
        assert_int_equal(r->events[i].request, r->events[0].request);
    job = rig_add(r, &specs[1], 1);
    assert_status(job->answer, NDIS_STATUS_RESOURCES);
    assert_int_equal(rig_counters(r).bundles, 3);
    rig_destroy(r);
}

static void add_4_capacity_counts_bundles(void **state)
{
    (void)state;
    for (uint32_t capacity = 0; capacity <= 3; capacity++) {
        rig *r = rig_create();
        rig_spec specs[4] = {rig_inbound(1), rig_with_ah(rig_inbound(2)), rig_outbound(4),
                             rig_inbound(5)};
        rig_job *job;

        r->config.capabilities.SaOffloadCapacity = capacity;
        rig_start(r);
        job = rig_add(r, specs, capacity + 1);
        assert_status(job->answer, capacity == 0 ? NDIS_STATUS_RESOURCES : NDIS_STATUS_SUCCESS);
        assert_int_equal(job->request.elements_done, capacity);
        assert_null(rig_handle(job, capacity));
        for (uint32_t i = 0; i < capacity; i++)
            assert_non_null(rig_handle(job, i));
        assert_status(rig_add(r, &specs[3], 1)->answer, NDIS_STATUS_RESOURCES);
        if (capacity > 0) { /* room again */
            rig_delete_one(r, rig_handle(job, 0));
            (void)rig_add_one(r, rig_inbound(9));
        }
        assert_int_equal(rig_counters(r).bundles, capacity);
        rig_destroy(r);
    }
}

/* ---- inbound triples ------------------------------------------------------------------- */

static void add_12_an_inbound_triple_belongs_to_one_bundle(void **state)
{
    rig *r = rig_running();
    rig_spec twice[2] = {rig_inbound(1), rig_inbound(1)};
    rig_spec other_source = rig_inbound(1), outbound[2] = {rig_inbound(1), rig_inbound(1)};
    rig_spec with_ah = rig_with_ah(rig_inbound(1)), v6 = rig_inbound(1);
    rig_job *job = rig_add(r, twice, 2);

    (void)state;
    assert_status(job->answer, NDIS_STATUS_SUCCESS); /* in one list */
    assert_null(rig_handle(job, 1));
    assert_status(rig_add(r, twice, 1)->answer, NDIS_STATUS_INVALID_PARAMETER); /* in two */
    other_source.source = 1; /* the source is no part of the triple */
    assert_status(rig_add(r, &other_source, 1)->answer, NDIS_STATUS_INVALID_PARAMETER);
    assert_status(rig_add(r, &with_ah, 1)->answer, NDIS_STATUS_INVALID_PARAMETER);
    with_ah = rig_with_ah(rig_inbound(0x10));
    with_ah.sa[1].spi = 1; /* AH is another protocol than ESP */
    (void)rig_add_one(r, with_ah);
    with_ah.sa[0].spi = 0x11; /* but its triple is taken now */
    assert_status(rig_add(r, &with_ah, 1)->answer, NDIS_STATUS_INVALID_PARAMETER);
    v6.ipv6 = true;
    (void)rig_add_one(r, v6);
    outbound[0].inbound = outbound[1].inbound = false; /* not for outbound */
    job = rig_add(r, outbound, 2);
    assert_int_equal(job->request.elements_done, 2);
    assert_int_equal(rig_counters(r).bundles, 5);
    rig_destroy(r);
}

static void add_12_a_triple_is_free_when_its_bundle_is_gone(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1);
    NDIS_HANDLE handle = rig_add_one(r, in);
    sao_flight flight;
    rig_job *job;

    (void)state;
    assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_PROCESS);
    r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
    job = rig_delete(r, &handle, 1);
    assert_status(rig_add(r, &in, 1)->answer, NDIS_STATUS_INVALID_PARAMETER); /* unlinked */
    (void)rig_finish(r, 0, &flight);
    rig_poll(r);
    assert_status(rig_add(r, &in, 1)->answer, NDIS_STATUS_INVALID_PARAMETER); /* being removed */
    rig_answer(r, rig_last_call(r, SAO_BACKEND_REMOVE), NDIS_STATUS_SUCCESS);
    (void)rig_add_one(r, in);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    rig_destroy(r);
}

static void add_12_a_triple_is_taken_while_its_add_is_pending(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1);
    rig_job *first;

    (void)state;
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
    first = rig_add(r, &in, 1);
    assert_status(rig_add(r, &in, 1)->answer, NDIS_STATUS_INVALID_PARAMETER);
    rig_answer(r, rig_last_call(r, SAO_BACKEND_ADD), NDIS_STATUS_FAILURE);
    rig_poll(r);
    assert_status(rig_result(first), NDIS_STATUS_FAILURE);
    assert_false(rig_memory_has_key(r));
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_SUCCESS;
    (void)rig_add_one(r, in);
    rig_destroy(r);
}

/* ---- pending adds ---------------------------------------------------------------------- */

static void add_13_no_packet_uses_a_bundle_whose_add_is_pending(void **state)
{
    rig *r = rig_running();
    rig_spec specs[2] = {rig_inbound(1), rig_outbound(2)};
    rig_job *job;

    (void)state;
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
    job = rig_add(r, specs, 2);
    assert_status(job->answer, NDIS_STATUS_PENDING);
    assert_false(rig_flows_in(r, &specs[0], r->calls[0].handle));
    assert_false(rig_flows_out(r, &specs[1], r->calls[1].handle));
    rig_answer_from(r, 0, SAO_BACKEND_ADD, NDIS_STATUS_SUCCESS, true);
    assert_false(rig_flows_in(r, &specs[0], r->calls[0].handle)); /* not before it completes */
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_true(rig_flows_in(r, &specs[0], rig_handle(job, 0)));
    assert_true(rig_flows_out(r, &specs[1], rig_handle(job, 1)));
    rig_destroy(r);
}

/* ---- wildcards ------------------------------------------------------------------------- */

static void add_9_a_zero_address_matches_any(void **state)
{
    rig *r = rig_running();
    rig_spec exact = rig_inbound(1), any_source = rig_inbound(2), any = rig_inbound(1);
    rig_spec packet = rig_inbound(1);
    NDIS_HANDLE exact_handle, any_handle, any_source_handle;

    (void)state;
    any_source.source = 0;
    any.source = any.destination = 0;
    any_handle = rig_add_one(r, any);
    exact_handle = rig_add_one(r, exact);
    any_source_handle = rig_add_one(r, any_source);

    assert_true(rig_flows_in(r, &packet, exact_handle)); /* exact before wildcard */
    packet.source = 0x01020304;
    assert_true(rig_flows_in(r, &packet, any_handle)); /* the exact one names another source */
    packet.destination = 0x01020304;
    assert_true(rig_flows_in(r, &packet, any_handle));
    packet.ipv6 = true;
    assert_false(rig_flows_in(r, &packet, any_handle)); /* of the same version */
    packet = rig_inbound(2);
    packet.source = 0x01020304;
    assert_true(rig_flows_in(r, &packet, any_source_handle));
    packet.destination = 0x01020304;
    assert_false(rig_flows_in(r, &packet, any_source_handle));

    rig_delete_one(r, exact_handle);
    packet = rig_inbound(1);
    assert_true(rig_flows_in(r, &packet, any_handle));
    rig_delete_one(r, any_handle);
    assert_false(rig_flows_in(r, &packet, any_handle));
    rig_destroy(r);
}

static void add_9_a_wildcard_serves_what_the_exact_bundle_cannot(void **state)
{
    rig *r = rig_running();
    rig_spec exact = rig_inbound(1), any = rig_inbound(1), packet = rig_inbound(1);
    NDIS_HANDLE any_handle;

    (void)state;
    any.destination = 0;
    any.udp_esp = packet.udp_esp = IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TUNNEL;
    (void)rig_add_one(r, exact);
    any_handle = rig_add_one(r, any);
    assert_true(rig_flows_in(r, &packet, any_handle)); /* RX-6: it matches this one */
    rig_destroy(r);
}

/* What has become live says which way it goes, and where in its list it stood. */
static void add_2_each_added_bundle_says_where_it_stood(void **state)
{
    rig *r = rig_running();
    rig_spec specs[4] = {rig_outbound(1), rig_inbound(2), rig_inbound(3), rig_outbound(4)};
    rig_job *job;

    (void)state;
    specs[2].sa[0].spi = 0; /* fails alone (ADD-12) */
    job = rig_add(r, specs, 4);
    assert_status(job->answer, NDIS_STATUS_SUCCESS);
    for (uint32_t i = 0; i < 4; i++) {
        const int at = rig_event_at(r, SAO_EVENT_BUNDLE_ADDED, rig_handle(job, i));

        if (i == 2)
            continue;
        assert_int_equal(r->events[at].code, specs[i].inbound ? 1 : 0);
        assert_int_equal(r->events[at].value, i);
    }
    rig_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(add_2_one_good_element_is_enough),
        cmocka_unit_test(add_2_the_first_failure_is_the_answer_when_all_fail),
        cmocka_unit_test(add_2_the_first_failure_counts_by_place_not_by_time),
        cmocka_unit_test(add_4_the_hardware_may_refuse_each),
        cmocka_unit_test(add_4_capacity_counts_bundles),
        cmocka_unit_test(add_12_an_inbound_triple_belongs_to_one_bundle),
        cmocka_unit_test(add_12_a_triple_is_free_when_its_bundle_is_gone),
        cmocka_unit_test(add_12_a_triple_is_taken_while_its_add_is_pending),
        cmocka_unit_test(add_13_no_packet_uses_a_bundle_whose_add_is_pending),
        cmocka_unit_test(add_9_a_zero_address_matches_any),
        cmocka_unit_test(add_9_a_wildcard_serves_what_the_exact_bundle_cannot),
        cmocka_unit_test(add_2_each_added_bundle_says_where_it_stood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
