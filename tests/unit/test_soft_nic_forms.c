// SPDX-License-Identifier: BSD-2-Clause
/* test_soft_nic_forms.c: every form of packet through a soft NIC, out and in (RX-3, TX-3, TX-4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <saoffload/oob.h>

#include "support/forms.h"

/* A suite that a provider is to have. */
typedef struct suite {
    uint32_t encryption, authentication, ah_authentication;
    uint8_t icv_length; /* of a combined mode, 0 for its own */
} suite;

static const suite suites[] = {
    {SAO_ENCRYPTION_CHACHA20_POLY1305, 0, IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256, 0},
    {IPSEC_OFFLOAD_V2_ENCRYPTION_NONE, IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256,
     IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256, 0},
    {IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_128, 0, IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_256, 12},
    {IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_256, IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256,
     IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_1, 0},
    {IPSEC_OFFLOAD_V2_ENCRYPTION_NONE, IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_128,
     IPSEC_OFFLOAD_V2_AUTHENTICATION_MD5, 0},
    {IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256, 0, IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256, 8},
};

static bool has_suite(const sao_crypto_provider *provider, const suite *of)
{
    if (of->icv_length != 0 && provider == sao_crypto_sodium())
        return false; /* it makes whole ICVs only */
    return provider->supports(of->encryption, of->authentication) == NDIS_STATUS_SUCCESS &&
           provider->supports(IPSEC_OFFLOAD_V2_ENCRYPTION_NONE, of->ah_authentication) ==
               NDIS_STATUS_SUCCESS;
}

static void sends(form_rig *f, uint32_t number, size_t payload)
{
    test_frame frame;

    form_make_framed(f, &frame, number, payload);
    assert_int_equal(form_send(f, &frame), NDIS_STATUS_SUCCESS);
    assert_true(form_opens_as(f, &f->wire.last_transmitted, number, payload));
}

static void receives(form_rig *f, uint32_t number, size_t payload)
{
    const uint8_t next_header = f->form->mode == SAO_IPSEC_TRANSPORT ? TEST_PROTOCOL
                                : f->ip_version == 4                 ? 4
                                                                     : 41;
    test_frame frame, received;
    sao_oob_receive oob;
    sao_oob_header header;

    form_make_sealed(f, &frame, number, payload);
    test_receive(&f->wire, &received, &frame);
    oob = sao_oob_get_receive(&received.packet.ipsec);
    header = sao_oob_get_header(&received.packet.header);
    assert_true(oob.crypto_done);
    assert_int_equal(oob.next_crypto_done, f->tunnel.count > 0); /* RX-3 */
    assert_int_equal(oob.crypto_status, CRYPTO_SUCCESS);
    assert_true(header.set); /* RX-7: of the innermost */
    assert_int_equal(header.next_header, next_header);
    assert_int_equal(received.packet.length, frame.packet.length); /* RX-10 */
    assert_true(form_strips_as(f, &received, payload));
    form_give_back(f, &received);
}

static void goes_there_and_back(const form *of, uint8_t ip_version, const suite *with,
                                const sao_crypto_provider *provider, bool esn)
{
    static form_rig f;

    form_prepare(&f, of, ip_version);
    f.config.provider = provider;
    sao_soft_nic_offer_algorithms(&f.config.capabilities, provider);
    f.esn = esn;
    f.high = esn ? 3 : 0;
    f.encryption = with->encryption;
    f.authentication = with->authentication;
    f.icv_length = with->icv_length;
    f.ah_authentication = with->ah_authentication;
    form_start(&f);
    for (uint32_t number = 1; number <= 4; number++) {
        sends(&f, number, 60 + number);
        receives(&f, number, 60 + number);
    }
    assert_int_equal(form_counters(&f).sealed, 4);
    assert_int_equal(form_counters(&f).opened, 4);
    assert_int_equal(form_counters(&f).contexts, 2 * (f.bundle.count + f.tunnel.count));
    form_finish(&f);
}

/* With every provider that has the suite; what libsodium has runs everywhere. */
static void every_form_goes_there_and_back(void **state)
{
    const sao_crypto_provider *provider;
    unsigned ran = 0;

    (void)state;
    for (size_t p = 0; (provider = sao_crypto_provider_at(p)) != NULL; p++)
        for (size_t s = 0; s < sizeof suites / sizeof suites[0]; s++)
            for (size_t i = 0; has_suite(provider, &suites[s]) && i < FORMS * 4; i++, ran++)
                goes_there_and_back(&forms[i / 4], i % 2 == 0 ? 4 : 6, &suites[s], provider,
                                    i % 4 >= 2);
    print_message("%u forms, versions, suites and providers\n", ran);
    assert_true(ran >= FORMS * 4 * 2);
}

/* ADD-14: inside of AH, ESP need not authenticate. */
static void add_14_esp_that_only_encrypts_goes_inside_of_ah(void **state)
{
    static const suite alone = {IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_128, 0,
                                IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256, 0};
    const sao_crypto_provider *provider;

    (void)state;
    for (size_t p = 0; (provider = sao_crypto_provider_at(p)) != NULL; p++)
        for (size_t i = 0; has_suite(provider, &alone) && i < 4; i++)
            goes_there_and_back(form_named(i < 2 ? "AH + ESP transport" : "AH + ESP over AH + ESP"),
                                i % 2 == 0 ? 4 : 6, &alone, provider, i % 2 == 0);
}

/* ---- what memory they take ------------------------------------------------------------- */

/* A second context for each bundle only where bundles of two are offered. */
static void the_room_for_contexts_follows_the_capabilities(void **state)
{
    sao_soft_nic_config config;
    test_wire wire;
    size_t one, two;

    (void)state;
    test_wire_config(&wire, &config);
    sao_soft_nic_offer_forms(&config.capabilities);
    two = sao_soft_nic_size(&config);
    config.capabilities.AhEspCombined = 0;
    one = sao_soft_nic_size(&config);
    assert_true(two >= one + config.capabilities.SaOffloadCapacity * config.provider->context_size);
}

/* ADD-2: what fails leaves nothing behind, not even the context of its first SA. */
static void a_bundle_of_both_is_made_whole_or_not_at_all(void **state)
{
    const uint32_t high[2] = {0, 0};
    test_request request;
    static form_rig f;

    (void)state;
    form_prepare(&f, form_named("AH + ESP tunnel"), 4);
    f.config.capabilities.AuthenticationAlgorithms |= IPSEC_OFFLOAD_V2_AUTHENTICATION_MD5;
    form_start(&f);
    f.bundle.params[0].spi ^= 1;
    f.bundle.params[1].spi ^= 1;
    f.bundle.params[1].authentication = IPSEC_OFFLOAD_V2_AUTHENTICATION_MD5; /* not libsodium's */
    f.bundle.params[1].authentication_key_length = 16;
    for (int i = 0; i < 2; i++) {
        test_make_add_bundle(&request, f.bundle.params, 2, 0, true, high);
        assert_int_equal(test_submit(&f.wire, &request), NDIS_STATUS_NOT_SUPPORTED);
        assert_null(request.buffer.add.OffloadHandle);
        assert_int_equal(form_counters(&f).contexts, 4);
    }
    form_finish(&f);
}

/* The default offers what it always has: ESP by itself. */
static void forms_are_offered_when_asked(void **state)
{
    sao_soft_nic_config config;

    (void)state;
    sao_soft_nic_config_init(&config);
    assert_true(config.capabilities.Esp && config.capabilities.Transport);
    assert_false(config.capabilities.Ah || config.capabilities.AhEspCombined ||
                 config.capabilities.TransportTunnelCombined || config.capabilities.IPv4Options ||
                 config.capabilities.IPv6NonIPsecExtensionHeaders ||
                 config.capabilities.UdpEsp != 0);
    sao_soft_nic_offer_forms(&config.capabilities);
    assert_true(config.capabilities.Ah && config.capabilities.AhEspCombined &&
                config.capabilities.TransportTunnelCombined && config.capabilities.IPv4Options &&
                config.capabilities.IPv6NonIPsecExtensionHeaders);
    assert_int_equal(config.capabilities.UdpEsp, 0xF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_goes_there_and_back),
        cmocka_unit_test(add_14_esp_that_only_encrypts_goes_inside_of_ah),
        cmocka_unit_test(the_room_for_contexts_follows_the_capabilities),
        cmocka_unit_test(a_bundle_of_both_is_made_whole_or_not_at_all),
        cmocka_unit_test(forms_are_offered_when_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
