// SPDX-License-Identifier: BSD-2-Clause
/* test_add_rules.c: what an ADD takes, each rule broken alone (ADD-5 to ADD-8, ADD-10, ADD-12,
 * ADD-14, ADD-15). */
#include "support/rig.h"

#define GCM_128 IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_128
#define CBC_128 IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_128
#define SHA_1 IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_1
#define GMAC_128 IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_128

/* ---- bundles to begin with ------------------------------------------------------------- */

static rig_spec with_algorithms(rig_spec spec, uint32_t encryption, uint32_t authentication,
                                uint32_t icv)
{
    spec.sa[0].encryption = encryption;
    spec.sa[0].authentication = authentication;
    spec.sa[0].icv = icv;
    return spec;
}

static rig_spec gcm(void)
{
    return rig_inbound(1);
}

static rig_spec esp_and_ah(void)
{
    return rig_with_ah(rig_inbound(1));
}

static rig_spec ah(void)
{
    rig_spec spec = with_algorithms(rig_inbound(1), 0, SHA_1, 0);

    spec.sa[0].operation = IPsecOffloadV2Ah;
    return spec;
}

static rig_spec cbc(void)
{
    return with_algorithms(rig_inbound(1), CBC_128, SHA_1, 0);
}

static rig_spec null_esp(void)
{
    return with_algorithms(rig_inbound(1), IPSEC_OFFLOAD_V2_ENCRYPTION_NONE, SHA_1, 0);
}

static rig_spec udp_esp(void)
{
    rig_spec spec = rig_inbound(1);

    spec.udp_esp = IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TUNNEL;
    return spec;
}

static rig_spec ipv6(void)
{
    rig_spec spec = rig_inbound(1);

    spec.ipv6 = true;
    return spec;
}

static rig_spec esn(void)
{
    return rig_with_esn(rig_inbound(1), 7);
}

/* ---- breaking them --------------------------------------------------------------------- */

/* Each case changes one thing of a good element or of the NIC's capabilities. */
typedef struct add_case {
    const char *name;
    rig_spec (*good)(void);
    void (*change)(IPSEC_OFFLOAD_V2_ADD_SA *add);
    void (*limit)(NDIS_IPSEC_OFFLOAD_V2 *capabilities);
    NDIS_STATUS expected;
} add_case;

#define CHANGE(name, statement)                                                                    \
    static void name(IPSEC_OFFLOAD_V2_ADD_SA *add)                                                 \
    {                                                                                              \
        statement;                                                                                 \
    }
#define LIMIT(name, statement)                                                                     \
    static void name(NDIS_IPSEC_OFFLOAD_V2 *can)                                                   \
    {                                                                                              \
        statement;                                                                                 \
    }

CHANGE(no_header, add->NumExtHdrs = 0)
CHANGE(three_headers, add->NumExtHdrs = 3)
CHANGE(many_headers, add->NumExtHdrs = 0xFFFFFFFF)
CHANGE(operation_0, add->SecAssoc[0].Operation = (IPSEC_OFFLOAD_V2_OPERATION)0)
CHANGE(operation_max, add->SecAssoc[0].Operation = IPsecOffloadV2Max)
CHANGE(second_operation_max, add->SecAssoc[1].Operation = IPsecOffloadV2Max)
CHANGE(ah_before_esp, IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION sa = add->SecAssoc[0];
       add->SecAssoc[0] = add->SecAssoc[1]; add->SecAssoc[1] = sa)
CHANGE(esp_twice, add->SecAssoc[1].Operation = IPsecOffloadV2Esp)
CHANGE(ah_twice, add->SecAssoc[0].Operation = IPsecOffloadV2Ah)
CHANGE(ah_encrypts, add->SecAssoc[0].EncryptionAlgorithm.Identifier = GCM_128)
CHANGE(ah_null_cipher, add->SecAssoc[0].EncryptionAlgorithm.Identifier = 1)
CHANGE(ah_cipher_key, add->SecAssoc[0].EncryptionAlgorithm.KeyLength = 16)
CHANGE(ah_cipher_offset, add->SecAssoc[0].EncryptionAlgorithm.KeyOffsetBytes = 1)
CHANGE(ah_cipher_info, add->SecAssoc[0].EncryptionAlgorithm.AdditionalInfo = 1)
CHANGE(no_authentication, add->SecAssoc[0].AuthenticationAlgorithm.Identifier = 0)
CHANGE(inner_no_authentication, add->SecAssoc[0].AuthenticationAlgorithm.Identifier = 0)
CHANGE(outer_no_authentication, add->SecAssoc[1].AuthenticationAlgorithm.Identifier = 0)
CHANGE(neither, add->SecAssoc[0].EncryptionAlgorithm.Identifier = 0;
       add->SecAssoc[0].AuthenticationAlgorithm.Identifier = 0)
CHANGE(gmac_under_cbc, add->SecAssoc[0].AuthenticationAlgorithm.Identifier = GMAC_128;
       add->SecAssoc[0].AuthenticationAlgorithm.KeyLength = 20)
CHANGE(icv_0, add->SecAssoc[0].EncryptionAlgorithm.AdditionalInfo = 0)
CHANGE(icv_4, add->SecAssoc[0].EncryptionAlgorithm.AdditionalInfo = 4)
CHANGE(icv_15, add->SecAssoc[0].EncryptionAlgorithm.AdditionalInfo = 15)
CHANGE(icv_256_and_16, add->SecAssoc[0].EncryptionAlgorithm.AdditionalInfo = 0x110)
CHANGE(key_without_salt, add->SecAssoc[0].EncryptionAlgorithm.KeyLength = 32)
CHANGE(key_empty, add->SecAssoc[0].EncryptionAlgorithm.KeyLength = 0)
CHANGE(hmac_key_short, add->SecAssoc[0].AuthenticationAlgorithm.KeyLength--)
CHANGE(no_such_cipher, add->SecAssoc[0].EncryptionAlgorithm.Identifier = 0x400)
CHANGE(two_ciphers, add->SecAssoc[0].EncryptionAlgorithm.Identifier |= GCM_128)
CHANGE(two_hashes, add->SecAssoc[0].AuthenticationAlgorithm.Identifier |= 1)
CHANGE(no_such_hash, add->SecAssoc[0].AuthenticationAlgorithm.Identifier = 0x40)
CHANGE(spi_0, add->SecAssoc[0].Spi = 0)
CHANGE(second_spi_0, add->SecAssoc[1].Spi = 0)
CHANGE(flag_2, add->Flags |= 2)
CHANGE(flag_top, add->Flags |= 0x80000000)
CHANGE(sa_flag_2, add->SecAssoc[0].Flags |= 2)
CHANGE(udp_two_types, add->UdpEspEncapsulation = 3)
CHANGE(udp_unknown_type, add->UdpEspEncapsulation = 0x10)
CHANGE(udp, add->UdpEspEncapsulation = IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TUNNEL)

LIMIT(no_esp, can->Esp = 0; can->AhEspCombined = 0; can->EncryptionAlgorithms = 0; can->UdpEsp = 0)
LIMIT(no_ah, can->Ah = 0; can->AhEspCombined = 0)
LIMIT(no_combination, can->AhEspCombined = 0)
LIMIT(no_ipv6, can->IPv6Supported = 0)
LIMIT(no_esn, can->ExtendedSequenceNumbers = 0)
LIMIT(no_udp, can->UdpEsp = 0)
LIMIT(other_udp, can->UdpEsp = IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TRANSPORT)
LIMIT(other_ciphers, can->EncryptionAlgorithms &= ~IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256)
LIMIT(no_null, can->EncryptionAlgorithms &= ~IPSEC_OFFLOAD_V2_ENCRYPTION_NONE)
LIMIT(other_hashes, can->AuthenticationAlgorithms &= ~SHA_1)

#define INVALID NDIS_STATUS_INVALID_PARAMETER
#define UNSUPPORTED NDIS_STATUS_NOT_SUPPORTED

static const add_case cases[] = {
    {"ADD-5 no header", gcm, no_header, NULL, INVALID},
    {"ADD-5 three headers", esp_and_ah, three_headers, NULL, INVALID},
    {"ADD-5 2^32 - 1 headers", esp_and_ah, many_headers, NULL, INVALID},
    {"ADD-5 operation 0", gcm, operation_0, NULL, INVALID},
    {"ADD-5 operation 3", gcm, operation_max, NULL, INVALID},
    {"ADD-5 second operation 3", esp_and_ah, second_operation_max, NULL, INVALID},
    {"ADD-5 AH before ESP", esp_and_ah, ah_before_esp, NULL, INVALID},
    {"ADD-5 ESP twice", esp_and_ah, esp_twice, NULL, INVALID},
    {"ADD-5 AH twice", esp_and_ah, ah_twice, NULL, INVALID},
    {"ADD-6 AH with a cipher", ah, ah_encrypts, NULL, INVALID},
    {"ADD-6 AH with the null cipher", ah, ah_null_cipher, NULL, INVALID},
    {"ADD-6 AH with a cipher's key length", ah, ah_cipher_key, NULL, INVALID},
    {"ADD-6 AH with a cipher's key offset", ah, ah_cipher_offset, NULL, INVALID},
    {"ADD-6 AH with a cipher's information", ah, ah_cipher_info, NULL, INVALID},
    {"ADD-6 AH without a hash", ah, no_authentication, NULL, INVALID},
    {"ADD-7 ESP null alone", null_esp, no_authentication, NULL, INVALID},
    {"ADD-7 neither", cbc, neither, NULL, INVALID},
    {"ADD-7 ESP with nothing under AH", esp_and_ah, inner_no_authentication, NULL, INVALID},
    {"ADD-6 AH over ESP without a hash", esp_and_ah, outer_no_authentication, NULL, INVALID},
    {"ADD-7 GMAC with a cipher", cbc, gmac_under_cbc, NULL, INVALID},
    {"ADD-8 ICV of 0", gcm, icv_0, NULL, INVALID},
    {"ADD-8 ICV of 4", gcm, icv_4, NULL, INVALID},
    {"ADD-8 ICV of 15", gcm, icv_15, NULL, INVALID},
    {"ADD-8 ICV of 272", gcm, icv_256_and_16, NULL, INVALID},
    {"ADD-8 key without its salt", gcm, key_without_salt, NULL, INVALID},
    {"ADD-8 empty key", gcm, key_empty, NULL, INVALID},
    {"ADD-8 short HMAC key", cbc, hmac_key_short, NULL, INVALID},
    {"ADD-10 no such cipher", gcm, no_such_cipher, NULL, UNSUPPORTED},
    {"ADD-10 two ciphers at once", gcm, two_ciphers, NULL, UNSUPPORTED},
    {"ADD-10 two hashes at once", cbc, two_hashes, NULL, UNSUPPORTED},
    {"ADD-10 no such hash", cbc, no_such_hash, NULL, UNSUPPORTED},
    {"ADD-10 no ESP", gcm, NULL, no_esp, UNSUPPORTED},
    {"ADD-10 no AH", ah, NULL, no_ah, UNSUPPORTED},
    {"ADD-10 no AH with ESP", esp_and_ah, NULL, no_combination, UNSUPPORTED},
    {"ADD-10 no IPv6", ipv6, NULL, no_ipv6, UNSUPPORTED},
    {"ADD-10 no ESN", esn, NULL, no_esn, UNSUPPORTED},
    {"ADD-10 no UDP", udp_esp, NULL, no_udp, UNSUPPORTED},
    {"ADD-10 another UDP type", udp_esp, NULL, other_udp, UNSUPPORTED},
    {"ADD-10 this cipher not", gcm, NULL, other_ciphers, UNSUPPORTED},
    {"ADD-10 the null cipher not", null_esp, NULL, no_null, UNSUPPORTED},
    {"ADD-10 this hash not", cbc, NULL, other_hashes, UNSUPPORTED},
    {"ADD-12 SPI 0", gcm, spi_0, NULL, INVALID},
    {"ADD-12 second SPI 0", esp_and_ah, second_spi_0, NULL, INVALID},
    {"flags unknown", gcm, flag_2, NULL, INVALID},
    {"flags unknown, the top one", gcm, flag_top, NULL, INVALID},
    {"SA flags unknown", gcm, sa_flag_2, NULL, INVALID},
    {"ADD-14 a cipher alone", cbc, no_authentication, NULL, INVALID},
    {"ADD-15 UDP over AH", ah, udp, NULL, INVALID},
    {"ADD-15 UDP over ESP and AH", esp_and_ah, udp, NULL, INVALID},
    {"CAP-5 two UDP types at once", udp_esp, udp_two_types, NULL, INVALID},
    {"ADD-10 no such UDP type", udp_esp, udp_unknown_type, NULL, UNSUPPORTED},
};

static void assert_one(const add_case *c, bool broken)
{
    rig *r = rig_create();
    rig_spec spec = c->good();
    rig_buffer buffer = rig_build_add(&spec, 1);
    rig_job *job;

    if (broken && c->limit != NULL)
        c->limit(&r->config.capabilities);
    if (broken && c->change != NULL)
        c->change(rig_add_element(buffer, 0));
    rig_start(r);
    job = rig_submit(r, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, buffer);
    if (job->answer != (broken ? c->expected : NDIS_STATUS_SUCCESS))
        print_message("%s (%s)\n", c->name, broken ? "broken" : "good");
    assert_status(job->answer, broken ? c->expected : NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_handle(job, 0) == NULL, broken); /* ADD-3 */
    assert_int_equal(job->request.elements_done, broken ? 0 : 1);
    assert_int_equal(rig_counters(r).bundles, broken ? 0 : 1);
    assert_int_equal(rig_counters(r).bundles_refused, broken ? 1 : 0);
    assert_int_equal(rig_calls_of(r, SAO_BACKEND_ADD), broken ? 0 : 1);
    assert_int_equal(rig_memory_has_key(r), !broken); /* ADD-12: wiped when the add fails */
    rig_destroy(r);
}

static void add_5_to_15_each_rule_broken_alone_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_one(&cases[i], false);
        assert_one(&cases[i], true);
    }
}

/* ---- what is accepted ------------------------------------------------------------------ */

static void assert_accepted(rig_spec spec)
{
    rig *r = rig_running();
    sao_bundle bundle;

    assert_status(sao_adapter_query(r->adapter, rig_add_one(r, spec), &bundle, NULL),
                  NDIS_STATUS_SUCCESS);
    assert_int_equal(bundle.sa_count, spec.count);
    assert_int_equal(bundle.ip_version, spec.ipv6 ? 6 : 4);
    assert_int_equal(bundle.udp_esp, spec.udp_esp);
    assert_int_equal(bundle.inbound, spec.inbound);
    for (uint32_t i = 0; i < spec.count; i++) {
        const sao_algorithm *cipher = sao_encryption_algorithm(spec.sa[i].encryption);
        const sao_algorithm *hash = sao_authentication_algorithm(spec.sa[i].authentication);
        const sao_bundle_sa *sa = &bundle.sa[i];
        const bool combined = cipher != NULL && cipher->combined;

        assert_int_equal(sa->spi, rig_network(spec.sa[i].spi));
        assert_null(sa->encryption_key); /* no key leaves the adapter by a query */
        assert_null(sa->authentication_key);
        assert_int_equal(sa->encryption_key_length, cipher != NULL ? cipher->key_length : 0);
        assert_int_equal(sa->authentication_key_length,
                         hash != NULL && !combined ? hash->key_length : 0);
        assert_int_equal(sa->authentication, combined ? 0 : spec.sa[i].authentication);
        assert_int_equal(sa->icv_length, combined       ? spec.sa[i].icv
                                         : hash != NULL ? hash->icv_length
                                                        : 0);
        assert_int_equal(sa->sequence_high, spec.sa[i].sequence_high);
    }
    rig_destroy(r);
}

static void add_7_every_cipher_goes_with_every_hash(void **state)
{
    (void)state;
    for (uint32_t cipher = 0; cipher < 9; cipher++)
        for (uint32_t hash = 0; hash < 3; hash++)
            assert_accepted(with_algorithms(rig_inbound(1), 1u << cipher, 1u << hash, 16));
    for (uint32_t gmac = 3; gmac < 6; gmac++) {
        assert_accepted(with_algorithms(rig_inbound(1), 0, 1u << gmac, 0));
        assert_accepted(with_algorithms(rig_inbound(1), 1, 1u << gmac, 0));
    }
    assert_accepted(with_algorithms(rig_inbound(1), SAO_ENCRYPTION_CHACHA20_POLY1305, 0, 16));
    for (uint32_t icv = 8; icv <= 16; icv += 4)
        assert_accepted(with_algorithms(rig_inbound(1), GCM_128, 0, icv));
}

static void add_5_and_10_every_form_is_accepted(void **state)
{
    rig_spec forms[] = {gcm(), esp_and_ah(), ah(), cbc(), null_esp(), udp_esp(), ipv6(), esn()};

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        assert_accepted(forms[i]);
        forms[i].inbound = false;
        assert_accepted(forms[i]);
    }
    assert_accepted(rig_with_esn(rig_with_ah(rig_inbound(1)), 3));
}

static void add_14_encryption_alone_where_the_owner_allows_it(void **state)
{
    rig_spec alone = with_algorithms(rig_inbound(1), CBC_128, 0, 0);
    rig_spec under_ah = esp_and_ah();

    (void)state;
    for (int allowed = 0; allowed < 2; allowed++) {
        rig *r = rig_create();

        r->config.allow_unauthenticated = allowed != 0;
        rig_start(r);
        assert_status(rig_add(r, &alone, 1)->answer, allowed ? NDIS_STATUS_SUCCESS : INVALID);
        rig_destroy(r);
    }
    under_ah.sa[0].encryption = CBC_128; /* AH of the same bundle authenticates */
    under_ah.sa[0].authentication = 0;
    assert_accepted(under_ah);
}

static void add_8_esn_counts_only_with_its_flag(void **state)
{
    rig *r = rig_running();
    rig_spec spec = rig_inbound(1);
    sao_bundle bundle;

    (void)state;
    spec.sa[0].sequence_high = 9;
    assert_status(sao_adapter_query(r->adapter, rig_add_one(r, spec), &bundle, NULL),
                  NDIS_STATUS_SUCCESS);
    assert_int_equal(bundle.sa[0].sequence_high, 0);
    rig_destroy(r);
}

/* What comes in is looked up by its outer header, which is AH's, although ESP is the first SA. */
static void add_5_ah_stands_outside_of_esp(void **state)
{
    rig *r = rig_running();
    rig_spec in = esp_and_ah(), out = esp_and_ah();
    NDIS_HANDLE out_handle;
    sao_packet_info info = rig_packet(&in);
    sao_flight flight;

    (void)state;
    out.inbound = false;
    (void)rig_add_one(r, in);
    out_handle = rig_add_one(r, out);
    assert_int_equal(info.protocol[0], SAO_PROTOCOL_AH);
    for (uint32_t wrong = 0; wrong < 2; wrong++) {
        info = rig_packet(&in);
        info.spi[wrong]++;
        assert_int_equal(sao_adapter_receive(r->adapter, 0, &info, &flight),
                         wrong == 0 ? SAO_RECEIVE_NO_BUNDLE : SAO_RECEIVE_PROCESS);
        (void)rig_finish(r, 0, &flight);
    }
    assert_true(rig_flows_out(r, &out, out_handle));
    info = rig_packet(&out);
    info.protocol[0] = SAO_PROTOCOL_ESP; /* framed the other way round */
    info.protocol[1] = SAO_PROTOCOL_AH;
    info.spi[0] = rig_network(out.sa[0].spi);
    info.spi[1] = rig_network(out.sa[1].spi);
    assert_status(sao_adapter_send(r->adapter, 0, &info, out_handle, NULL, &flight),
                  NDIS_STATUS_FAILURE);
    rig_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(add_5_to_15_each_rule_broken_alone_is_refused),
        cmocka_unit_test(add_7_every_cipher_goes_with_every_hash),
        cmocka_unit_test(add_5_and_10_every_form_is_accepted),
        cmocka_unit_test(add_14_encryption_alone_where_the_owner_allows_it),
        cmocka_unit_test(add_8_esn_counts_only_with_its_flag),
        cmocka_unit_test(add_5_ah_stands_outside_of_esp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
