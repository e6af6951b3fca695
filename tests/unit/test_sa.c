// SPDX-License-Identifier: BSD-2-Clause
/* What an SA can be made from, what it refuses, and that nothing of a key stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/memory.h"
#include "support/packets.h"

static const test_cipher *const chacha = &test_ciphers[1];
static const test_cipher *const hmac = &test_ciphers[2];

static NDIS_STATUS init_status(const sao_ipsec_params *params)
{
    static const sao_ipsec_sa zero;
    void *context = calloc(1, sao_crypto_sodium()->context_size);
    sao_ipsec_sa sa;
    NDIS_STATUS status;

    assert_non_null(context);
    memset(&sa, 0xEE, sizeof sa);
    status = sao_ipsec_sa_init(&sa, params, sao_crypto_sodium(), context);
    if (status != NDIS_STATUS_SUCCESS)
        assert_memory_equal(&sa, &zero, sizeof sa);
    sao_ipsec_sa_wipe(&sa); /* harmless either way */
    free(context);
    return status;
}

static void has_defaults(void **state)
{
    sao_ipsec_params params;

    (void)state;
    memset(&params, 0xEE, sizeof params);
    sao_ipsec_params_init(&params);
    assert_int_equal(params.size, sizeof params);
    assert_int_equal(params.protocol, SAO_PROTOCOL_ESP);
    assert_int_equal(params.mode, SAO_IPSEC_TUNNEL);
    assert_int_equal(params.ip_version, 4);
    assert_int_equal(params.hop_limit, 64);
    assert_int_equal(params.spi, 0);
    assert_int_equal(params.encryption, 0);
    assert_int_equal(params.authentication, 0);
    assert_int_equal(params.icv_length, 0);
    assert_false(params.esn);
    assert_null(params.encryption_key);
    assert_int_equal(init_status(&params), NDIS_STATUS_INVALID_PARAMETER); /* SPI 0, no algorithm */
}

static void takes_every_cipher(void **state)
{
    (void)state;
    for (size_t c = 0; c < TEST_CIPHERS; c++) {
        sao_ipsec_params params = test_params(&test_ciphers[c], SAO_IPSEC_TUNNEL, 4);
        bool aead = test_ciphers[c].authentication == 0;
        test_sa made;

        if (!test_cipher_available(&test_ciphers[c]))
            continue;
        made = test_sa_make(&params);
        assert_int_equal(made.sa.iv_length, aead ? 8 : 0);
        assert_int_equal(made.sa.icv_length, 16);
        assert_int_equal(made.sa.salt_length, aead ? 4 : 0);
        if (aead)
            assert_memory_equal(made.sa.salt, params.encryption_key + 32, 4);
        test_sa_free(&made);
        params.icv_length = 16; /* the same, said aloud */
        assert_int_equal(init_status(&params), NDIS_STATUS_SUCCESS);
    }
}

/* Every parameter wrong alone. */
static void refuses_bad_parameters(void **state)
{
    const sao_ipsec_params good = test_params(hmac, SAO_IPSEC_TUNNEL, 4);
    sao_ipsec_params p;

    (void)state;
    assert_int_equal(init_status(&good), NDIS_STATUS_SUCCESS);
#define REFUSED(change, status)                                                                    \
    do {                                                                                           \
        p = good;                                                                                  \
        change;                                                                                    \
        assert_int_equal(init_status(&p), status);                                                 \
    } while (0)
    REFUSED(p.size--, NDIS_STATUS_INVALID_PARAMETER);
    REFUSED(p.size = 0, NDIS_STATUS_INVALID_PARAMETER);
    REFUSED(p.spi = 0, NDIS_STATUS_INVALID_PARAMETER);
    REFUSED(p.protocol = SAO_PROTOCOL_AH, NDIS_STATUS_SUCCESS);
    REFUSED(p.protocol = 6, NDIS_STATUS_INVALID_PARAMETER);
    REFUSED(p.mode = (sao_ipsec_mode)2, NDIS_STATUS_INVALID_PARAMETER);
    REFUSED(p.ip_version = 5, NDIS_STATUS_INVALID_PARAMETER);
    REFUSED(p.hop_limit = 0, NDIS_STATUS_INVALID_PARAMETER);
    REFUSED((p.mode = SAO_IPSEC_TRANSPORT, p.hop_limit = 0), NDIS_STATUS_SUCCESS);
    REFUSED(p.source.bytes[4] = 1, NDIS_STATUS_INVALID_PARAMETER);
    REFUSED(p.destination.bytes[15] = 1, NDIS_STATUS_INVALID_PARAMETER);
    REFUSED(p.authentication_key = NULL, NDIS_STATUS_INVALID_PARAMETER);
    REFUSED(p.authentication_key_length = 31, NDIS_STATUS_INVALID_PARAMETER);
    REFUSED(p.authentication_key_length = 33, NDIS_STATUS_INVALID_PARAMETER);
    REFUSED(p.encryption_key_length = 1, NDIS_STATUS_INVALID_PARAMETER);
    REFUSED(p.authentication = 0, NDIS_STATUS_INVALID_PARAMETER);   /* ADD-14 */
    REFUSED((p.authentication = 0, p.allow_unauthenticated = true), /* nothing at all */
            NDIS_STATUS_INVALID_PARAMETER);
    REFUSED(p.allow_unauthenticated = true, NDIS_STATUS_SUCCESS);
    REFUSED(p.encryption = 0, NDIS_STATUS_SUCCESS); /* ADD-7 */
    REFUSED((p.protocol = SAO_PROTOCOL_AH, p.encryption = 0), NDIS_STATUS_SUCCESS);
    REFUSED((p.protocol = SAO_PROTOCOL_AH, p.udp_encapsulated = true), /* ADD-15 */
            NDIS_STATUS_INVALID_PARAMETER);
    REFUSED(p.icv_length = 12, NDIS_STATUS_INVALID_PARAMETER);
    REFUSED(p.icv_length = 32, NDIS_STATUS_INVALID_PARAMETER);
#undef REFUSED
}

/* ADD-7, ADD-8: combined modes. */
static void refuses_bad_combined_parameters(void **state)
{
    const sao_ipsec_params good = test_params(chacha, SAO_IPSEC_TRANSPORT, 6);
    sao_ipsec_params p = good;

    (void)state;
    assert_int_equal(init_status(&p), NDIS_STATUS_SUCCESS);
    p.encryption_key_length = 32; /* no salt */
    assert_int_equal(init_status(&p), NDIS_STATUS_INVALID_PARAMETER);
    p = good;
    p.encryption_key = NULL;
    assert_int_equal(init_status(&p), NDIS_STATUS_INVALID_PARAMETER);
    p = good;
    p.icv_length = 12;
    assert_int_equal(init_status(&p), NDIS_STATUS_INVALID_PARAMETER);
    p = good;
    p.protocol = SAO_PROTOCOL_AH; /* which encrypts nothing (ADD-6) */
    assert_int_equal(init_status(&p), NDIS_STATUS_INVALID_PARAMETER);
    p = good;
    p.authentication = hmac->authentication; /* twice */
    p.authentication_key = p.encryption_key;
    p.authentication_key_length = 32;
    assert_int_equal(init_status(&p), NDIS_STATUS_INVALID_PARAMETER);
}

static void tells_what_is_not_supported(void **state)
{
    static const uint32_t encryptions[] = {0x2, 0x4, 0x40, 0x80, 0x100, 0x200, 0x3};
    static const uint32_t authentications[] = {0x1, 0x2, 0x8, 0x10, 0x20, 0x40, 0x6};
    static const uint32_t combined[] = {0x8, 0x10};
    static const uint8_t key[SAO_KEY_MAX];
    sao_ipsec_params p;

    (void)state;
    for (size_t i = 0; i < sizeof encryptions / sizeof encryptions[0]; i++) {
        const sao_algorithm *algorithm = sao_encryption_algorithm(encryptions[i]);

        p = test_params(hmac, SAO_IPSEC_TUNNEL, 4);
        p.encryption = encryptions[i];
        p.encryption_key = key;
        p.encryption_key_length = algorithm != NULL ? algorithm->key_length : 0;
        assert_int_equal(init_status(&p), NDIS_STATUS_NOT_SUPPORTED);
    }
    for (size_t i = 0; i < sizeof authentications / sizeof authentications[0]; i++) {
        const sao_algorithm *algorithm = sao_authentication_algorithm(authentications[i]);

        p = test_params(hmac, SAO_IPSEC_TUNNEL, 4);
        p.authentication = authentications[i];
        p.authentication_key_length = algorithm != NULL ? algorithm->key_length : 0;
        assert_int_equal(init_status(&p), NDIS_STATUS_NOT_SUPPORTED);
    }
    for (size_t i = 0; i < sizeof combined / sizeof combined[0]; i++) {
        p = test_params(chacha, SAO_IPSEC_TUNNEL, 4);
        p.encryption = combined[i];
        p.encryption_key = key;
        p.encryption_key_length = sao_encryption_algorithm(combined[i])->key_length;
        assert_int_equal(init_status(&p), NDIS_STATUS_NOT_SUPPORTED);
    }
}

/* ADD-8: an ICV of 8 or 12 bytes is good AES-GCM, which libsodium has not. */
static void knows_short_gcm_icvs(void **state)
{
    sao_ipsec_params p = test_params(&test_ciphers[0], SAO_IPSEC_TUNNEL, 4);

    (void)state;
    p.icv_length = 8;
    assert_int_equal(init_status(&p), NDIS_STATUS_NOT_SUPPORTED);
    p.icv_length = 12;
    assert_int_equal(init_status(&p), NDIS_STATUS_NOT_SUPPORTED);
    p.icv_length = 4;
    assert_int_equal(init_status(&p), NDIS_STATUS_INVALID_PARAMETER);
}

/* ADD-7: AES-GMAC takes null encryption only. */
static void refuses_gmac_with_encryption(void **state)
{
    const test_cipher both = {"", IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_256,
                              IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_256};
    sao_ipsec_params p = test_params(&both, SAO_IPSEC_TUNNEL, 4);

    (void)state;
    assert_int_equal(init_status(&p), NDIS_STATUS_INVALID_PARAMETER);
}

static void refuses_bad_providers(void **state)
{
    sao_ipsec_params p = test_params(hmac, SAO_IPSEC_TUNNEL, 4);
    sao_crypto_provider strange = *sao_crypto_sodium();
    void *context = malloc(strange.context_size);
    sao_ipsec_sa sa;

    (void)state;
    assert_non_null(context);
    assert_int_equal(sao_ipsec_sa_init(&sa, &p, NULL, context), NDIS_STATUS_INVALID_PARAMETER);
    assert_int_equal(sao_ipsec_sa_init(&sa, &p, &strange, NULL), NDIS_STATUS_INVALID_PARAMETER);
    strange.size--;
    assert_int_equal(sao_ipsec_sa_init(&sa, &p, &strange, context), NDIS_STATUS_INVALID_PARAMETER);
    free(context);
}

static void wipes_keys(void **state)
{
    (void)state;
    for (size_t c = 0; c < TEST_CIPHERS; c++) {
        sao_ipsec_params params = test_params(&test_ciphers[c], SAO_IPSEC_TUNNEL, 4);
        size_t size = sao_crypto_sodium()->context_size;
        test_sa made;

        if (!test_cipher_available(&test_ciphers[c]))
            continue;
        made = test_sa_make(&params);
        assert_false(test_memory_holds(
            &made.sa, sizeof made.sa,
            test_ciphers[c].authentication != 0 ? params.authentication_key : params.encryption_key,
            8));
        sao_ipsec_sa_wipe(&made.sa);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(((uint8_t *)made.context)[i], 0);
        for (size_t i = 0; i < sizeof made.sa; i++)
            assert_int_equal(((uint8_t *)&made.sa)[i], 0);
        sao_ipsec_sa_wipe(&made.sa); /* again */
        free(made.context);
    }
}

/* The promise of sao_ipsec_overhead, by hand: header, ESP header, IV, padding, trailer, ICV. */
static void tells_the_overhead(void **state)
{
    static const struct {
        sao_ipsec_mode mode;
        uint8_t outer, inner;
        size_t payload, overhead;
    } cases[] = {
        {SAO_IPSEC_TUNNEL, 4, 4, 6, 20 + 8 + 8 + 0 + 2 + 16},
        {SAO_IPSEC_TUNNEL, 4, 4, 7, 20 + 8 + 8 + 3 + 2 + 16},
        {SAO_IPSEC_TUNNEL, 6, 4, 8, 40 + 8 + 8 + 2 + 2 + 16},
        {SAO_IPSEC_TUNNEL, 4, 6, 9, 20 + 8 + 8 + 1 + 2 + 16},
        {SAO_IPSEC_TRANSPORT, 4, 4, 6, 8 + 8 + 0 + 2 + 16},
        {SAO_IPSEC_TRANSPORT, 6, 6, 0, 8 + 8 + 2 + 2 + 16},
        {SAO_IPSEC_TRANSPORT, 6, 4, 0, 0}, /* would be refused */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sao_ipsec_params params = test_params(chacha, cases[i].mode, cases[i].outer);
        test_sa made = test_sa_make(&params);
        uint8_t packet[TEST_PACKET_MAX] = {0};
        size_t length = test_ip_packet(packet, cases[i].inner, cases[i].payload);

        assert_int_equal(sao_ipsec_overhead(&made.sa, packet, length), cases[i].overhead);
        assert_int_equal(sao_ipsec_overhead(&made.sa, packet, length + 5), cases[i].overhead);
        assert_int_equal(sao_ipsec_overhead(&made.sa, packet, length - 1), 0);
        test_sa_free(&made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_defaults),
        cmocka_unit_test(takes_every_cipher),
        cmocka_unit_test(refuses_bad_parameters),
        cmocka_unit_test(refuses_bad_combined_parameters),
        cmocka_unit_test(tells_what_is_not_supported),
        cmocka_unit_test(knows_short_gcm_icvs),
        cmocka_unit_test(refuses_gmac_with_encryption),
        cmocka_unit_test(refuses_bad_providers),
        cmocka_unit_test(wipes_keys),
        cmocka_unit_test(tells_the_overhead),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
