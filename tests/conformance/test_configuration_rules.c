// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_configuration_rules.c: what OFFLOAD_PARAMETERS turns off and on (CAP-3 to CAP-6), and from
 * when on received packets are offloaded (ENC-1).
 */
#include "support/rig.h"

enum {
    NO_CHANGE = NDIS_OFFLOAD_PARAMETERS_NO_CHANGE,
    DISABLED = NDIS_OFFLOAD_PARAMETERS_IPSECV2_DISABLED,
    AH = NDIS_OFFLOAD_PARAMETERS_IPSECV2_AH_ENABLED,
    ESP = NDIS_OFFLOAD_PARAMETERS_IPSECV2_ESP_ENABLED,
    BOTH = NDIS_OFFLOAD_PARAMETERS_IPSECV2_AH_AND_ESP_ENABLED
};

static void turn(rig *r, uint8_t value)
{
    assert_status(rig_parameters(r, value)->answer, NDIS_STATUS_SUCCESS);
}

static NDIS_OFFLOAD_PARAMETERS *parameters_of(rig_buffer buffer)
{
    return (NDIS_OFFLOAD_PARAMETERS *)(void *)buffer.bytes;
}

static NDIS_OFFLOAD_ENCAPSULATION *encapsulation_of(rig_buffer buffer)
{
    return (NDIS_OFFLOAD_ENCAPSULATION *)(void *)buffer.bytes;
}

static rig_spec ah_only(rig_spec spec)
{
    spec = rig_with_ah(spec);
    spec.sa[0] = spec.sa[1];
    spec.count = 1;
    return spec;
}

/* ---- the current configuration --------------------------------------------------------- */

static void cap_3_each_set_indicates_the_current_configuration(void **state)
{
    static const struct {
        uint8_t value;
        bool ah;
        bool esp;
    } sets[] = {{ESP, false, true},
                {NO_CHANGE, false, true},
                {AH, true, false},
                {DISABLED, false, false},
                {BOTH, true, true}};
    rig *r = rig_running();

    (void)state;
    assert_int_equal(r->config_indications, 1); /* of the encapsulation */
    for (uint32_t i = 0; i < 5; i++) {
        NDIS_IPSEC_OFFLOAD_V2 config;

        turn(r, sets[i].value);
        assert_int_equal(r->config_indications, i + 2);
        sao_adapter_get_config(r->adapter, &config);
        assert_memory_equal(&config, &r->current_config, sizeof config);
        assert_int_equal(config.Ah, sets[i].ah);
        assert_int_equal(config.Esp, sets[i].esp);
        assert_int_equal(config.AhEspCombined, sets[i].ah && sets[i].esp);
        assert_int_equal(config.EncryptionAlgorithms != 0, sets[i].esp);
        assert_int_equal(config.UdpEsp != 0, sets[i].esp);
        assert_int_equal(config.AuthenticationAlgorithms != 0, sets[i].ah || sets[i].esp);
        assert_int_equal(config.SaOffloadCapacity, sets[i].ah || sets[i].esp ? RIG_CAPACITY : 0);
    }
    assert_memory_equal(&r->current_config, &r->config.capabilities, sizeof r->current_config);
    assert_status(rig_encapsulate(r, 0)->answer, NDIS_STATUS_SUCCESS);
    assert_int_equal(r->config_indications, 7);
    rig_destroy(r);
}

static void cap_3_a_value_that_cannot_be_changes_nothing(void **state)
{
    rig *r = rig_create();
    rig_spec out = rig_outbound(1);
    NDIS_HANDLE handle;

    (void)state;
    r->config.capabilities.Ah = 0;
    r->config.capabilities.AhEspCombined = 0;
    rig_start(r);
    handle = rig_add_one(r, out);
    assert_status(rig_parameters(r, 5)->answer, NDIS_STATUS_INVALID_DATA);
    assert_status(rig_parameters(r, 255)->answer, NDIS_STATUS_INVALID_DATA);
    assert_status(rig_parameters(r, AH)->answer, NDIS_STATUS_INVALID_DATA);
    assert_status(rig_parameters(r, BOTH)->answer, NDIS_STATUS_INVALID_DATA);
    assert_true(rig_flows_out(r, &out, handle));
    assert_int_equal(r->config_indications, 1);
    turn(r, ESP);
    rig_destroy(r);
}

static void cap_3_structures_are_checked(void **state)
{
    rig *r = rig_running();
    rig_buffer buffer = rig_build_parameters(DISABLED);
    rig_job *job;

    (void)state;
    parameters_of(buffer)->Header.Type = 0x81;
    assert_status(rig_submit(r, OID_TCP_OFFLOAD_PARAMETERS, buffer)->answer,
                  NDIS_STATUS_INVALID_DATA);
    buffer = rig_build_parameters(DISABLED);
    parameters_of(buffer)->Header.Size = SAO_SIZEOF_OFFLOAD_PARAMETERS_REVISION_2 - 1;
    assert_status(rig_submit(r, OID_TCP_OFFLOAD_PARAMETERS, buffer)->answer,
                  NDIS_STATUS_INVALID_DATA); /* too small for its revision (REV-1) */
    buffer =
        rig_truncate(rig_build_parameters(DISABLED), SAO_SIZEOF_OFFLOAD_PARAMETERS_REVISION_1 - 1);
    job = rig_submit(r, OID_TCP_OFFLOAD_PARAMETERS, buffer);
    assert_status(job->answer, NDIS_STATUS_BUFFER_TOO_SHORT);
    assert_int_equal(job->request.bytes_needed, SAO_SIZEOF_OFFLOAD_PARAMETERS_REVISION_1);
    buffer = rig_truncate(rig_build_parameters(DISABLED), SAO_SIZEOF_OFFLOAD_PARAMETERS_REVISION_1);
    assert_status(rig_submit(r, OID_TCP_OFFLOAD_PARAMETERS, buffer)->answer,
                  NDIS_STATUS_INVALID_LENGTH); /* states more than there is */
    assert_int_equal(r->config_indications, 1);

    /* Revision 1 has no IPsecV2: nothing changes. A later revision is read as far as it is known.
     */
    buffer = rig_build_parameters(DISABLED);
    parameters_of(buffer)->Header.Revision = NDIS_OFFLOAD_PARAMETERS_REVISION_1;
    parameters_of(buffer)->Header.Size = SAO_SIZEOF_OFFLOAD_PARAMETERS_REVISION_1;
    assert_status(rig_submit(r, OID_TCP_OFFLOAD_PARAMETERS, buffer)->answer, NDIS_STATUS_SUCCESS);
    assert_true(r->current_config.Esp);
    buffer = rig_build_parameters(DISABLED);
    parameters_of(buffer)->Header.Revision = 9;
    assert_status(rig_submit(r, OID_TCP_OFFLOAD_PARAMETERS, buffer)->answer, NDIS_STATUS_SUCCESS);
    assert_false(r->current_config.Esp);
    rig_destroy(r);
}

/* IPsecV2IPv4 is read by miniports without IPv6, and by nobody else. */
static void cap_6_ipsec_v2_governs_both_versions(void **state)
{
    (void)state;
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        rig *r = rig_create();
        rig_buffer buffer = rig_build_parameters(NO_CHANGE);

        r->config.capabilities.IPv6Supported = (BOOLEAN)ipv6;
        rig_start(r);
        parameters_of(buffer)->IPsecV2IPv4 = DISABLED;
        assert_status(rig_submit(r, OID_TCP_OFFLOAD_PARAMETERS, buffer)->answer,
                      NDIS_STATUS_SUCCESS);
        assert_int_equal(r->current_config.Esp, ipv6);
        turn(r, BOTH);
        assert_true(r->current_config.Esp);
        turn(r, DISABLED); /* IPsecV2 governs where IPsecV2IPv4 says nothing */
        assert_false(r->current_config.Esp);
        rig_destroy(r);
    }
}

/* There is no switch for one version alone, so neither goes on when the other does not. */
static void cap_6_bundles_of_both_versions_are_turned_off(void **state)
{
    (void)state;
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        rig *r = rig_running();
        rig_spec in = rig_inbound(1), out = rig_outbound(2), more = rig_inbound(3);
        NDIS_HANDLE in_handle, out_handle;

        in.ipv6 = out.ipv6 = more.ipv6 = ipv6 != 0;
        in_handle = rig_add_one(r, in);
        out_handle = rig_add_one(r, out);
        assert_true(rig_flows_in(r, &in, in_handle));
        assert_true(rig_flows_out(r, &out, out_handle));
        turn(r, DISABLED);
        assert_false(rig_flows_in(r, &in, in_handle));
        assert_false(rig_flows_out(r, &out, out_handle));
        assert_status(rig_add(r, &more, 1)->answer, NDIS_STATUS_NOT_SUPPORTED);
        rig_destroy(r);
    }
}

/* ---- bundles of what is off ------------------------------------------------------------ */

/* Which bundles work under a value: ESP, AH, both in one. */
static void cap_4_what_is_off_is_not_processed(void **state)
{
    static const struct {
        uint8_t value;
        bool works[3];
    } sets[] = {{ESP, {true, false, false}},
                {AH, {false, true, false}},
                {DISABLED, {false, false, false}},
                {BOTH, {true, true, true}}};
    const rig_spec in[3] = {rig_inbound(1), ah_only(rig_inbound(11)), rig_with_ah(rig_inbound(21))};
    const rig_spec out[3] = {rig_outbound(1), ah_only(rig_outbound(11)),
                             rig_with_ah(rig_outbound(21))};
    rig *r = rig_running();
    NDIS_HANDLE in_handles[3], out_handles[3];

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        in_handles[i] = rig_add_one(r, in[i]);
        out_handles[i] = rig_add_one(r, out[i]);
    }
    for (uint32_t s = 0; s < 4; s++) {
        turn(r, sets[s].value);
        for (uint32_t i = 0; i < 3; i++) {
            sao_flight flight;

            (void)rig_receive(r, 0, &in[i], &flight); /* what is left alone holds nothing up */
            assert_int_equal(rig_counters(r).flights, sets[s].works[i] ? 1 : 0);
            (void)rig_finish(r, 0, &flight);
            assert_int_equal(rig_flows_in(r, &in[i], in_handles[i]), sets[s].works[i]);
            assert_int_equal(rig_flows_out(r, &out[i], out_handles[i]), sets[s].works[i]);
        }
    }
    rig_destroy(r);
}

static void cap_4_what_is_off_is_not_added_but_can_be_deleted(void **state)
{
    rig *r = rig_running();
    rig_spec old = rig_inbound(1), fresh = rig_inbound(2), ah = ah_only(rig_inbound(11));
    rig_spec both = rig_with_ah(rig_inbound(21));
    NDIS_HANDLE handle = rig_add_one(r, old);

    (void)state;
    turn(r, AH);
    assert_status(rig_add(r, &fresh, 1)->answer, NDIS_STATUS_NOT_SUPPORTED); /* ADD-4 */
    assert_status(rig_add(r, &both, 1)->answer, NDIS_STATUS_NOT_SUPPORTED);
    (void)rig_add_one(r, ah);
    rig_delete_one(r, handle);
    turn(r, BOTH);
    (void)rig_add_one(r, fresh);
    (void)rig_add_one(r, both);
    rig_destroy(r);
}

/* ADD-4: a configuration change while the list is being granted takes away the rest of it. */
static void disable_esp(rig *r, const rig_call *call)
{
    (void)call;
    r->during_call = NULL;
    turn(r, AH);
}

static void add_4_a_change_meanwhile_fails_the_rest_of_a_list(void **state)
{
    rig *r = rig_running();
    rig_spec specs[2] = {rig_inbound(1), rig_inbound(2)};
    rig_job *job;

    (void)state;
    r->during_call = disable_esp;
    job = rig_add(r, specs, 2);
    assert_status(job->answer, NDIS_STATUS_SUCCESS);
    assert_non_null(rig_handle(job, 0));
    assert_null(rig_handle(job, 1));
    rig_destroy(r);
}

/* ---- encapsulation --------------------------------------------------------------------- */

static void enc_1_nothing_is_received_offloaded_before_it_is_set(void **state)
{
    rig *r = rig_create();
    rig_spec in = rig_inbound(1), in6 = rig_inbound(2), out = rig_outbound(3);
    NDIS_HANDLE handles[3];
    rig_buffer buffer;

    (void)state;
    in6.ipv6 = true;
    rig_make(r);
    assert_status(rig_life(r, SAO_LIFE_INITIALIZE), NDIS_STATUS_SUCCESS);
    assert_status(rig_life(r, SAO_LIFE_RESTART), NDIS_STATUS_SUCCESS);
    handles[0] = rig_add_one(r, in);
    handles[1] = rig_add_one(r, in6);
    handles[2] = rig_add_one(r, out);
    assert_false(rig_flows_in(r, &in, handles[0]));
    assert_true(rig_flows_out(r, &out, handles[2])); /* sending needs none */

    buffer = rig_build_encapsulation(NDIS_ENCAPSULATION_IEEE_802_3);
    encapsulation_of(buffer)->IPv6.Enabled = NDIS_OFFLOAD_SET_NO_CHANGE;
    assert_status(rig_submit(r, OID_OFFLOAD_ENCAPSULATION, buffer)->answer, NDIS_STATUS_SUCCESS);
    assert_true(rig_flows_in(r, &in, handles[0]));
    assert_false(rig_flows_in(r, &in6, handles[1])); /* each version of IP for itself */

    buffer = rig_build_encapsulation(NDIS_ENCAPSULATION_IEEE_802_3);
    encapsulation_of(buffer)->IPv4.Enabled = NDIS_OFFLOAD_SET_OFF;
    assert_status(rig_submit(r, OID_OFFLOAD_ENCAPSULATION, buffer)->answer, NDIS_STATUS_SUCCESS);
    assert_false(rig_flows_in(r, &in, handles[0]));
    assert_true(rig_flows_in(r, &in6, handles[1]));
    rig_destroy(r);
}

/* Neither framings nor parameters outlive a halt: all is on, and nothing received offloaded. */
static void enc_1_a_halt_forgets_what_was_set(void **state)
{
    rig *r = rig_running();
    rig_spec specs[2] = {rig_inbound(1), rig_inbound(2)};
    NDIS_IPSEC_OFFLOAD_V2 config;

    (void)state;
    specs[1].ipv6 = true;
    turn(r, AH);
    rig_halt(r);
    assert_status(rig_life(r, SAO_LIFE_INITIALIZE), NDIS_STATUS_SUCCESS);
    assert_status(rig_life(r, SAO_LIFE_RESTART), NDIS_STATUS_SUCCESS);
    sao_adapter_get_config(r->adapter, &config);
    assert_memory_equal(&config, &r->config.capabilities, sizeof config);
    for (uint32_t i = 0; i < 2; i++)
        (void)rig_add_one(r, specs[i]);
    for (int set = 0; set < 3; set++) { /* not yet, on, off again */
        if (set > 0)
            assert_status(rig_encapsulate(r, set == 1 ? NDIS_ENCAPSULATION_IEEE_802_3 : 0)->answer,
                          NDIS_STATUS_SUCCESS);
        for (uint32_t i = 0; i < 2; i++) {
            sao_packet_info info = rig_packet(&specs[i]);
            sao_flight flight;

            info.encapsulation = 0xFFFFFFFF; /* whatever it is */
            assert_int_equal(sao_adapter_receive(r->adapter, 0, &info, &flight),
                             set == 1 ? SAO_RECEIVE_PROCESS : SAO_RECEIVE_EXCLUDED);
            (void)rig_finish(r, 0, &flight);
        }
    }
    rig_destroy(r);
}

static void enc_1_framings_that_are_not_set_stay_untouched(void **state)
{
    rig *r = rig_create();
    rig_spec in = rig_inbound(1);
    sao_packet_info info = rig_packet(&in);
    sao_flight flight;

    (void)state;
    r->config.capabilities.Encapsulation |= NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q;
    rig_start(r);
    (void)rig_add_one(r, in);
    info.encapsulation = NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q;
    assert_int_equal(sao_adapter_receive(r->adapter, 0, &info, &flight), SAO_RECEIVE_PROCESS);
    (void)rig_finish(r, 0, &flight);
    assert_status(rig_encapsulate(r, NDIS_ENCAPSULATION_IEEE_802_3)->answer, NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_adapter_receive(r->adapter, 0, &info, &flight), SAO_RECEIVE_EXCLUDED);
    (void)rig_finish(r, 0, &flight);
    rig_destroy(r);
}

static void enc_1_what_cannot_be_set_changes_nothing(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1);
    NDIS_HANDLE handle = rig_add_one(r, in);
    rig_buffer buffer = rig_build_encapsulation(NDIS_ENCAPSULATION_IEEE_802_3);
    rig_job *job;

    (void)state;
    encapsulation_of(buffer)->IPv6.Enabled = 3;
    encapsulation_of(buffer)->IPv4.Enabled = NDIS_OFFLOAD_SET_OFF; /* good, but not alone */
    assert_status(rig_submit(r, OID_OFFLOAD_ENCAPSULATION, buffer)->answer,
                  NDIS_STATUS_INVALID_DATA);
    assert_status(rig_encapsulate(r, NDIS_ENCAPSULATION_NULL)->answer, NDIS_STATUS_INVALID_DATA);
    buffer = rig_build_encapsulation(NDIS_ENCAPSULATION_IEEE_802_3);
    encapsulation_of(buffer)->IPv4.EncapsulationType = 0; /* on, for nothing */
    assert_status(rig_submit(r, OID_OFFLOAD_ENCAPSULATION, buffer)->answer,
                  NDIS_STATUS_INVALID_DATA);
    buffer = rig_build_encapsulation(NDIS_ENCAPSULATION_IEEE_802_3);
    encapsulation_of(buffer)->Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    assert_status(rig_submit(r, OID_OFFLOAD_ENCAPSULATION, buffer)->answer,
                  NDIS_STATUS_INVALID_DATA);
    job = rig_submit(r, OID_OFFLOAD_ENCAPSULATION,
                     rig_truncate(rig_build_encapsulation(NDIS_ENCAPSULATION_IEEE_802_3), 27));
    assert_status(job->answer, NDIS_STATUS_BUFFER_TOO_SHORT);
    assert_int_equal(job->request.bytes_needed, sizeof(NDIS_OFFLOAD_ENCAPSULATION)); /* REV-2 */
    assert_true(rig_flows_in(r, &in, handle));
    assert_int_equal(r->config_indications, 1);

    job = rig_encapsulate(r, NDIS_ENCAPSULATION_IEEE_802_3);
    assert_int_equal(job->request.bytes_read, sizeof(NDIS_OFFLOAD_ENCAPSULATION));
    assert_int_equal(job->request.supported_revision, 1);
    rig_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cap_3_each_set_indicates_the_current_configuration),
        cmocka_unit_test(cap_3_a_value_that_cannot_be_changes_nothing),
        cmocka_unit_test(cap_3_structures_are_checked),
        cmocka_unit_test(cap_6_ipsec_v2_governs_both_versions),
        cmocka_unit_test(cap_6_bundles_of_both_versions_are_turned_off),
        cmocka_unit_test(cap_4_what_is_off_is_not_processed),
        cmocka_unit_test(cap_4_what_is_off_is_not_added_but_can_be_deleted),
        cmocka_unit_test(add_4_a_change_meanwhile_fails_the_rest_of_a_list),
        cmocka_unit_test(enc_1_nothing_is_received_offloaded_before_it_is_set),
        cmocka_unit_test(enc_1_a_halt_forgets_what_was_set),
        cmocka_unit_test(enc_1_framings_that_are_not_set_stay_untouched),
        cmocka_unit_test(enc_1_what_cannot_be_set_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
