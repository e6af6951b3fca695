// SPDX-License-Identifier: BSD-2-Clause
/* test_pairing_rules.c: which bundles are halves of one pair (PAIR-1 to PAIR-5). */
#include "support/rig.h"

static NDIS_HANDLE pair_of(rig *r, NDIS_HANDLE handle)
{
    return rig_status(r, handle).pair;
}

/* The two are each other's half, or neither is anybody's; a guess or not. */
static void assert_paired(rig *r, NDIS_HANDLE in, NDIS_HANDLE out, bool guessed)
{
    assert_ptr_equal(pair_of(r, in), out);
    assert_ptr_equal(pair_of(r, out), in);
    assert_int_equal(rig_status(r, in).pair_guessed, guessed);
    assert_int_equal(rig_status(r, out).pair_guessed, guessed);
}

static void assert_alone(rig *r, NDIS_HANDLE handle)
{
    assert_null(pair_of(r, handle));
    assert_false(rig_status(r, handle).pair_guessed);
}

/* ---- who can be a pair ----------------------------------------------------------------- */

static void pair_1_any_algorithm_and_any_spi_pair(void **state)
{
    rig *r = rig_running();
    rig_spec out = rig_outbound(2);
    NDIS_HANDLE in_handle = rig_add_one(r, rig_inbound(1)), out_handle;

    (void)state;
    out.sa[0].encryption = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_128;
    out.sa[0].authentication = IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_1;
    out_handle = rig_add_one(r, out);
    assert_paired(r, in_handle, out_handle, true);
    assert_int_equal(rig_counters(r).pairs_guessed, 1);
    assert_int_equal(rig_events(r, SAO_EVENT_BUNDLE_PAIRED), 1);
    assert_status(sao_adapter_pair(r->adapter, in_handle, out_handle), NDIS_STATUS_SUCCESS);
    assert_paired(r, in_handle, out_handle, false);
    rig_destroy(r);
}

typedef struct mismatch {
    const char *name;
    void (*change)(rig_spec *out);
} mismatch;

static void other_source(rig_spec *out)
{
    out->source++;
}

static void other_destination(rig_spec *out)
{
    out->destination++;
}

static void other_version(rig_spec *out)
{
    out->ipv6 = true;
}

static void other_encapsulation(rig_spec *out)
{
    out->udp_esp = IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TUNNEL;
}

static void other_operations(rig_spec *out)
{
    *out = rig_with_ah(*out);
}

static void other_operation(rig_spec *out)
{
    *out = rig_with_ah(*out);
    out->sa[0] = out->sa[1];
    out->count = 1;
}

static void same_direction(rig_spec *out)
{
    *out = rig_inbound(2);
}

static void not_mirrored(rig_spec *out)
{
    *out = rig_inbound(2);
    out->inbound = false;
}

static const mismatch mismatches[] = {
    {"source", other_source},         {"destination", other_destination},
    {"version", other_version},       {"encapsulation", other_encapsulation},
    {"operations", other_operations}, {"operation", other_operation},
    {"direction", same_direction},    {"not mirrored", not_mirrored},
};

static void pair_1_what_does_not_mirror_does_not_pair(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mismatches / sizeof mismatches[0]; i++)
        for (int together = 0; together < 2; together++) {
            rig *r = rig_running();
            rig_spec specs[2] = {rig_inbound(1), rig_outbound(2)};
            NDIS_HANDLE handles[2];

            mismatches[i].change(&specs[1]);
            if (together) {
                rig_job *job = rig_add(r, specs, 2);

                handles[0] = rig_handle(job, 0);
                handles[1] = rig_handle(job, 1);
            } else {
                handles[0] = rig_add_one(r, specs[0]);
                handles[1] = rig_add_one(r, specs[1]);
            }
            assert_alone(r, handles[0]);
            assert_alone(r, handles[1]);
            assert_status(sao_adapter_pair(r->adapter, handles[0], handles[1]),
                          NDIS_STATUS_INVALID_PARAMETER);
            assert_alone(r, handles[0]);
            assert_int_equal(rig_counters(r).pairs_explicit, 0);
            rig_destroy(r);
        }
}

/* Each address of each of the two may be any: 16 combinations, all mirror. */
static void pair_1_a_zero_address_mirrors_anything(void **state)
{
    (void)state;
    for (uint32_t zeros = 0; zeros < 16; zeros++)
        for (int out_first = 0; out_first < 2; out_first++) {
            rig *r = rig_running();
            rig_spec in = rig_inbound(1), out = rig_outbound(2);
            NDIS_HANDLE in_handle, out_handle;

            in.source = (zeros & 1) != 0 ? 0 : in.source;
            in.destination = (zeros & 2) != 0 ? 0 : in.destination;
            out.source = (zeros & 4) != 0 ? 0 : out.source;
            out.destination = (zeros & 8) != 0 ? 0 : out.destination;
            if (out_first) {
                out_handle = rig_add_one(r, out);
                in_handle = rig_add_one(r, in);
            } else {
                in_handle = rig_add_one(r, in);
                out_handle = rig_add_one(r, out);
            }
            assert_paired(r, in_handle, out_handle, true);
            assert_status(sao_adapter_pair(r->adapter, in_handle, out_handle), NDIS_STATUS_SUCCESS);
            assert_paired(r, in_handle, out_handle, false);
            rig_destroy(r);
        }
}

/* Not even what has no address at all is of both versions of IP. */
static void pair_1_any_address_is_of_one_version(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1), out = rig_outbound(2);
    NDIS_HANDLE in_handle, out_handle;

    (void)state;
    in.source = in.destination = out.source = out.destination = 0;
    out.ipv6 = true;
    in_handle = rig_add_one(r, in);
    out_handle = rig_add_one(r, out);
    assert_alone(r, in_handle);
    assert_status(sao_adapter_pair(r->adapter, in_handle, out_handle),
                  NDIS_STATUS_INVALID_PARAMETER);
    assert_alone(r, out_handle);
    rig_destroy(r);
}

/* ---- who pairs them -------------------------------------------------------------------- */

static void pair_2_the_same_list_goes_before_the_adapter(void **state)
{
    rig *r = rig_running();
    rig_spec list[2] = {rig_inbound(2), rig_outbound(3)};
    NDIS_HANDLE lone = rig_add_one(r, rig_inbound(1));
    rig_job *job = rig_add(r, list, 2);

    (void)state;
    assert_paired(r, rig_handle(job, 0), rig_handle(job, 1), true);
    assert_alone(r, lone);
    assert_paired(r, lone, rig_add_one(r, rig_outbound(4)), true);
    rig_destroy(r);
}

static void pair_2_several_candidates_pair_nothing(void **state)
{
    rig *r = rig_running();
    rig_spec list[3] = {rig_inbound(1), rig_inbound(2), rig_outbound(3)};
    rig_job *job = rig_add(r, list, 3);
    NDIS_HANDLE later;

    (void)state;
    for (uint32_t i = 0; i < 3; i++)
        assert_alone(r, rig_handle(job, i));
    later = rig_add_one(r, rig_outbound(4)); /* two inbound could be its */
    assert_alone(r, later);
    rig_delete_one(r, rig_handle(job, 0));
    assert_alone(r, later); /* only an ADD guesses */
    rig_destroy(r);
}

/* One that could be anybody's is anybody's candidate. */
static void pair_2_a_wildcard_counts_as_a_candidate(void **state)
{
    rig *r = rig_running();
    rig_spec any = rig_inbound(1), other = rig_inbound(2);
    NDIS_HANDLE any_handle, other_handle, out_handle;

    (void)state;
    any.source = 0;
    any_handle = rig_add_one(r, any);
    other_handle = rig_add_one(r, other);
    out_handle = rig_add_one(r, rig_outbound(3));
    assert_alone(r, any_handle);
    assert_alone(r, other_handle);
    assert_alone(r, out_handle);
    rig_destroy(r);
}

static void pair_2_many_pairs_of_one_list_are_found(void **state)
{
    rig *r = rig_running();
    rig_spec list[20];
    rig_job *job;

    (void)state;
    for (uint32_t i = 0; i < 20; i++) {
        list[i] = i < 10 ? rig_inbound(1 + i) : rig_outbound(1 + i);
        if (i < 10)
            list[i].source += i;
        else
            list[i].destination += i - 10;
    }
    job = rig_add(r, list, 20);
    for (uint32_t i = 0; i < 10; i++)
        assert_paired(r, rig_handle(job, i), rig_handle(job, 10 + i), true);
    rig_destroy(r);
}

static void pair_2_an_explicit_call_wins(void **state)
{
    rig *r = rig_running();
    NDIS_HANDLE in = rig_add_one(r, rig_inbound(1)), out = rig_add_one(r, rig_outbound(2));
    NDIS_HANDLE other_out = rig_add_one(r, rig_outbound(3));

    (void)state;
    assert_paired(r, in, out, true);
    assert_status(sao_adapter_pair(r->adapter, in, other_out), NDIS_STATUS_SUCCESS);
    assert_paired(r, in, other_out, false);
    assert_alone(r, out);
    assert_null(rig_status(r, out).former_pair); /* it lost no half, it was a wrong guess */
    assert_paired(r, rig_add_one(r, rig_inbound(4)), out, true); /* and is free again */
    assert_int_equal(rig_counters(r).pairs_explicit, 1);
    assert_int_equal(rig_counters(r).pairs_guessed, 2);
    assert_status(sao_adapter_pair(r->adapter, in, other_out), NDIS_STATUS_SUCCESS); /* again */
    assert_paired(r, in, other_out, false);
    rig_destroy(r);
}

static void pair_2_an_explicit_call_takes_halves_from_two_pairs(void **state)
{
    rig *r = rig_running();
    NDIS_HANDLE in[2], out[2];

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        rig_spec list[2] = {rig_inbound(1 + i), rig_outbound(11 + i)};
        rig_job *job = rig_add(r, list, 2);

        in[i] = rig_handle(job, 0);
        out[i] = rig_handle(job, 1);
        assert_paired(r, in[i], out[i], true);
    }
    assert_status(sao_adapter_pair(r->adapter, in[0], out[1]), NDIS_STATUS_SUCCESS);
    assert_paired(r, in[0], out[1], false);
    assert_alone(r, in[1]);
    assert_alone(r, out[0]);
    assert_int_equal(rig_events(r, SAO_EVENT_BUNDLE_UNPAIRED), 2);
    assert_status(sao_adapter_pair(r->adapter, in[1], out[0]), NDIS_STATUS_SUCCESS);
    assert_paired(r, in[1], out[0], false);
    rig_destroy(r);
}

static void pair_2_bad_handles_pair_nothing(void **state)
{
    rig *r = rig_running();
    NDIS_HANDLE in = rig_add_one(r, rig_inbound(1)), out = rig_add_one(r, rig_outbound(2));
    NDIS_HANDLE stale = rig_add_one(r, rig_outbound(3));
    const NDIS_HANDLE bad[][2] = {{in, NULL},
                                  {NULL, out},
                                  {in, stale},
                                  {in, in},
                                  {out, in},
                                  {out, out},
                                  {in, (NDIS_HANDLE)(uintptr_t)1}};

    (void)state;
    rig_delete_one(r, stale);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_status(sao_adapter_pair(r->adapter, bad[i][0], bad[i][1]),
                      NDIS_STATUS_INVALID_PARAMETER);
    assert_paired(r, in, out, true);
    rig_destroy(r);
}

/* ---- during a rekey -------------------------------------------------------------------- */

static void pair_3_two_explicit_pairs_with_equal_endpoints_never_mix(void **state)
{
    rig *r = rig_running();
    NDIS_HANDLE in[2], out[2];

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        rig_spec list[2] = {rig_inbound(1 + i), rig_outbound(11 + i)};
        rig_job *job = rig_add(r, list, 2);

        in[i] = rig_handle(job, 0);
        out[i] = rig_handle(job, 1);
        assert_status(sao_adapter_pair(r->adapter, in[i], out[i]), NDIS_STATUS_SUCCESS);
    }
    assert_paired(r, in[0], out[0], false);
    assert_paired(r, in[1], out[1], false);
    rig_delete_one(r, in[0]);
    assert_alone(r, out[0]);
    assert_ptr_equal(rig_status(r, out[0]).former_pair, in[0]);
    assert_paired(r, in[1], out[1], false);
    rig_destroy(r);
}

/* Whoever is taken leaves its former half behind, alone; who has a half is no candidate. */
static void pair_3_each_half_belongs_to_one_pair(void **state)
{
    (void)state;
    for (int taken = 0; taken < 2; taken++) { /* the inbound half, or the outbound one */
        rig *r = rig_running();
        NDIS_HANDLE in = rig_add_one(r, rig_inbound(1)), out = rig_add_one(r, rig_outbound(2));
        NDIS_HANDLE third = rig_add_one(r, taken == 0 ? rig_outbound(3) : rig_inbound(3));
        NDIS_HANDLE left = taken == 0 ? out : in;

        assert_paired(r, in, out, true);
        assert_alone(r, third); /* the one that it could have is somebody's */
        assert_status(
            sao_adapter_pair(r->adapter, taken == 0 ? in : third, taken == 0 ? third : out),
            NDIS_STATUS_SUCCESS);
        assert_paired(r, taken == 0 ? in : third, taken == 0 ? third : out, false);
        assert_alone(r, left);
        /* The one that is left is free; the two of the pair are nobody's candidates. */
        third = rig_add_one(r, taken == 0 ? rig_inbound(4) : rig_outbound(4));
        assert_paired(r, taken == 0 ? third : left, taken == 0 ? left : third, true);
        third = rig_add_one(r, rig_inbound(5));
        assert_paired(r, third, rig_add_one(r, rig_outbound(5)), true);
        rig_destroy(r);
    }
}

/* ---- parting --------------------------------------------------------------------------- */

static void pair_4_the_survivor_remembers_and_is_not_given_away(void **state)
{
    (void)state;
    for (int out_dies = 0; out_dies < 2; out_dies++) {
        rig *r = rig_running();
        rig_spec out = rig_outbound(2), in = rig_inbound(1);
        NDIS_HANDLE handles[2] = {rig_add_one(r, in), rig_add_one(r, out)};
        NDIS_HANDLE dead = handles[out_dies], widow = handles[1 - out_dies], third;

        rig_delete_one(r, dead);
        assert_int_equal(rig_events(r, SAO_EVENT_BUNDLE_UNPAIRED), 1);
        assert_alone(r, widow);
        assert_ptr_equal(rig_status(r, widow).former_pair, dead);
        assert_true(out_dies ? rig_flows_in(r, &in, widow) : rig_flows_out(r, &out, widow));

        third = rig_add_one(r, out_dies ? rig_outbound(5) : rig_inbound(5));
        assert_alone(r, widow); /* no guess */
        assert_alone(r, third);
        assert_status(
            sao_adapter_pair(r->adapter, out_dies ? widow : third, out_dies ? third : widow),
            NDIS_STATUS_SUCCESS);
        assert_ptr_equal(pair_of(r, widow), third);
        assert_null(rig_status(r, widow).former_pair);
        rig_destroy(r);
    }
}

/* Whose half it was it still knows after a delete of its own that was cancelled (DEL-9), and
 * whether that half had been wished away. */
static void pair_4_a_survivor_that_comes_back_is_not_given_away(void **state)
{
    static char name;
    rig *r = rig_running();
    rig_spec in = rig_inbound(1), out = rig_outbound(2);
    NDIS_HANDLE dead = rig_add_one(r, in), widow = rig_add_one(r, out);
    sao_packet_info info = rig_packet(&out);
    sao_flight flight;
    rig_job *job;

    (void)state;
    r->wants_delete = true;
    assert_true(rig_flows_in(r, &in, dead));
    rig_delete_one(r, dead);
    assert_true(rig_status(r, widow).pair_delete_requested);

    assert_status(sao_adapter_send(r->adapter, 0, &info, widow, NULL, &flight),
                  NDIS_STATUS_SUCCESS);
    job = rig_submit_named(r, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, rig_build_delete(&widow, 1),
                           &name);
    sao_adapter_cancel(r->adapter, &name);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_REQUEST_ABORTED);
    sao_adapter_send_done(r->adapter, &flight);
    assert_ptr_equal(rig_status(r, widow).former_pair, dead);
    assert_true(rig_status(r, widow).pair_delete_requested);
    assert_alone(r, rig_add_one(r, rig_inbound(3)));
    assert_alone(r, widow);
    rig_destroy(r);
}

/* A bundle that is being deleted is nobody's candidate any more. */
static void pair_2_a_bundle_being_deleted_is_no_candidate(void **state)
{
    rig *r = rig_running();
    NDIS_HANDLE dying = rig_add_one(r, rig_inbound(1)), in, out;
    rig_job *job;

    (void)state;
    r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
    job = rig_delete(r, &dying, 1);
    out = rig_add_one(r, rig_outbound(2));
    assert_alone(r, out);
    in = rig_add_one(r, rig_inbound(3));
    assert_paired(r, in, out, true);
    assert_status(sao_adapter_pair(r->adapter, dying, out), NDIS_STATUS_INVALID_PARAMETER);
    rig_answer(r, rig_last_call(r, SAO_BACKEND_REMOVE), NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_paired(r, in, out, true);
    rig_destroy(r);
}

static void pair_2_a_half_taken_from_a_dying_bundle_leaves_no_candidate(void **state)
{
    rig *r = rig_running();
    NDIS_HANDLE in = rig_add_one(r, rig_inbound(1)), out = rig_add_one(r, rig_outbound(2));
    NDIS_HANDLE other = rig_add_one(r, rig_outbound(3)), third;
    rig_job *job;

    (void)state;
    r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
    job = rig_delete(r, &out, 1);
    assert_status(sao_adapter_pair(r->adapter, in, other), NDIS_STATUS_SUCCESS);
    third = rig_add_one(r, rig_inbound(4));
    assert_alone(r, third); /* `out` is unpaired now, but dying */
    rig_answer(r, rig_last_call(r, SAO_BACKEND_REMOVE), NDIS_STATUS_SUCCESS);
    rig_poll(r);
    assert_status(rig_result(job), NDIS_STATUS_SUCCESS);
    assert_null(rig_status(r, third).former_pair);
    assert_paired(r, third, rig_add_one(r, rig_outbound(5)), true);
    rig_destroy(r);
}

/* ---- what a pair changes --------------------------------------------------------------- */

static void pair_5_no_answer_depends_on_a_pair(void **state)
{
    (void)state;
    for (int paired = 0; paired < 2; paired++) {
        rig *r = rig_running();
        rig_spec in = rig_inbound(1), out = rig_outbound(2);
        NDIS_HANDLE in_handle, out_handle;

        out.destination += paired ? 0 : 1;
        in_handle = rig_add_one(r, in);
        out_handle = rig_add_one(r, out);
        assert_int_equal(pair_of(r, in_handle) != NULL, paired);
        assert_true(rig_flows_in(r, &in, in_handle));
        rig_delete_one(r, in_handle);
        assert_true(rig_flows_out(r, &out, out_handle));
        rig_delete_one(r, out_handle);
        assert_int_equal(rig_calls_of(r, SAO_BACKEND_REMOVE), 2);
        rig_destroy(r);
    }
}

/* Which half goes first, or whether both go at once, is the transport's choice. */
static void pair_5_no_answer_to_a_request_depends_on_a_pair(void **state)
{
    (void)state;
    for (int paired = 0; paired < 2; paired++) {
        rig *r = rig_running();
        rig_spec in = rig_inbound(1), out = rig_outbound(2);
        NDIS_HANDLE handles[2];

        in.sa[0].flags = out.sa[0].flags = IPSEC_OFFLOAD_V2_ESN_SA;
        out.destination += paired ? 0 : 1;
        for (int list = 0; list < 2; list++) {
            handles[0] = rig_add_one(r, in);
            handles[1] = rig_add_one(r, out);
            assert_int_equal(pair_of(r, handles[1]) != NULL, paired);
            assert_status(rig_update(r, handles[1], &out, 0, 1)->answer, NDIS_STATUS_SUCCESS);
            if (list) {
                assert_status(rig_delete(r, handles, 2)->answer, NDIS_STATUS_SUCCESS);
                continue;
            }
            rig_delete_one(r, handles[1]); /* the outbound one first */
            assert_true(rig_flows_in(r, &in, handles[0]));
            assert_status(rig_update(r, handles[0], &in, 0, 1)->answer, NDIS_STATUS_SUCCESS);
            rig_delete_one(r, handles[0]);
        }
        rig_destroy(r);
    }
}

static void pair_5_an_unpaired_bundle_wishes_too(void **state)
{
    (void)state;
    for (int paired = 0; paired < 2; paired++) {
        rig *r = rig_running();
        rig_spec in = rig_inbound(1);
        sao_flight flight;
        NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO info;

        (void)rig_add_one(r, in);
        if (paired)
            (void)rig_add_one(r, rig_outbound(2));
        r->wants_delete = true;
        assert_int_equal(rig_receive(r, 0, &in, &flight), SAO_RECEIVE_PROCESS);
        info = rig_finish(r, 0, &flight);
        assert_true(sao_oob_get_receive(&info).sa_delete_request);
        rig_destroy(r);
    }
}

/* A survivor that finds a new half takes nobody's place, and forgets the wish of the old one. */
static void pair_4_a_survivor_that_is_paired_anew_forgets(void **state)
{
    rig *r = rig_running();
    rig_spec first = rig_inbound(1);
    NDIS_HANDLE dead = rig_add_one(r, first), widow = rig_add_one(r, rig_outbound(2));
    NDIS_HANDLE in[2], lone, last;

    (void)state;
    r->wants_delete = true;
    assert_true(rig_flows_in(r, &first, dead));
    r->wants_delete = false;
    rig_delete_one(r, dead);
    assert_true(rig_status(r, widow).pair_delete_requested);
    in[0] = rig_add_one(r, rig_inbound(3));
    in[1] = rig_add_one(r, rig_inbound(4));
    lone = rig_add_one(r, rig_outbound(5)); /* two could be its */
    assert_status(sao_adapter_pair(r->adapter, in[0], widow), NDIS_STATUS_SUCCESS);
    assert_false(rig_status(r, widow).pair_delete_requested);
    rig_delete_one(r, in[1]);
    last = rig_add_one(r, rig_inbound(6));
    assert_paired(r, last, lone, true);

    assert_status(sao_adapter_pair(r->adapter, in[0], lone), NDIS_STATUS_SUCCESS);
    assert_alone(r, widow);
    assert_null(rig_status(r, widow).former_pair);
    assert_false(rig_status(r, widow).pair_delete_requested);
    rig_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pair_1_any_algorithm_and_any_spi_pair),
        cmocka_unit_test(pair_1_what_does_not_mirror_does_not_pair),
        cmocka_unit_test(pair_1_a_zero_address_mirrors_anything),
        cmocka_unit_test(pair_1_any_address_is_of_one_version),
        cmocka_unit_test(pair_3_each_half_belongs_to_one_pair),
        cmocka_unit_test(pair_4_a_survivor_that_comes_back_is_not_given_away),
        cmocka_unit_test(pair_5_no_answer_to_a_request_depends_on_a_pair),
        cmocka_unit_test(pair_5_an_unpaired_bundle_wishes_too),
        cmocka_unit_test(pair_2_the_same_list_goes_before_the_adapter),
        cmocka_unit_test(pair_2_several_candidates_pair_nothing),
        cmocka_unit_test(pair_2_a_wildcard_counts_as_a_candidate),
        cmocka_unit_test(pair_2_many_pairs_of_one_list_are_found),
        cmocka_unit_test(pair_2_an_explicit_call_wins),
        cmocka_unit_test(pair_2_an_explicit_call_takes_halves_from_two_pairs),
        cmocka_unit_test(pair_2_bad_handles_pair_nothing),
        cmocka_unit_test(pair_3_two_explicit_pairs_with_equal_endpoints_never_mix),
        cmocka_unit_test(pair_4_the_survivor_remembers_and_is_not_given_away),
        cmocka_unit_test(pair_2_a_bundle_being_deleted_is_no_candidate),
        cmocka_unit_test(pair_2_a_half_taken_from_a_dying_bundle_leaves_no_candidate),
        cmocka_unit_test(pair_5_no_answer_depends_on_a_pair),
        cmocka_unit_test(pair_4_a_survivor_that_is_paired_anew_forgets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
