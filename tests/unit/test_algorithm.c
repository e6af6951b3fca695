// SPDX-License-Identifier: BSD-2-Clause
/* Every algorithm measures what the specification says, and nothing else is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <saoffload/algorithm.h>

typedef struct row {
    uint32_t identifier;
    const char *name;
    int key, salt, iv, block, icv;
    bool combined;
} row;

static const row encryption[] = {
    {0x1, "NULL", 0, 0, 0, 1, 0, false},
    {0x2, "DES-CBC", 8, 0, 8, 8, 0, false},
    {0x4, "3DES-CBC", 24, 0, 8, 8, 0, false},
    {0x8, "AES-GCM-128", 20, 4, 8, 1, 16, true},
    {0x10, "AES-GCM-192", 28, 4, 8, 1, 16, true},
    {0x20, "AES-GCM-256", 36, 4, 8, 1, 16, true},
    {0x40, "AES-CBC-128", 16, 0, 16, 16, 0, false},
    {0x80, "AES-CBC-192", 24, 0, 16, 16, 0, false},
    {0x100, "AES-CBC-256", 32, 0, 16, 16, 0, false},
    {0x80000000u, "CHACHA20-POLY1305", 36, 4, 8, 1, 16, true},
};

static const row authentication[] = {
    {0x1, "HMAC-MD5-96", 16, 0, 0, 1, 12, false},
    {0x2, "HMAC-SHA-1-96", 20, 0, 0, 1, 12, false},
    {0x4, "HMAC-SHA-256-128", 32, 0, 0, 1, 16, false},
    {0x8, "AES-GMAC-128", 20, 4, 8, 1, 16, false},
    {0x10, "AES-GMAC-192", 28, 4, 8, 1, 16, false},
    {0x20, "AES-GMAC-256", 36, 4, 8, 1, 16, false},
};

static void check(const sao_algorithm *algorithm, const row *want)
{
    assert_non_null(algorithm);
    assert_int_equal(algorithm->identifier, want->identifier);
    assert_string_equal(algorithm->name, want->name);
    assert_int_equal(algorithm->key_length, want->key);
    assert_int_equal(algorithm->salt_length, want->salt);
    assert_int_equal(algorithm->iv_length, want->iv);
    assert_int_equal(algorithm->block_length, want->block);
    assert_int_equal(algorithm->icv_length, want->icv);
    assert_int_equal(algorithm->combined, want->combined);
    assert_in_range(algorithm->key_length, 0, SAO_KEY_MAX);
    assert_in_range(algorithm->icv_length, 0, SAO_ICV_MAX);
    assert_in_range(algorithm->iv_length, 0, SAO_IV_MAX);
}

/* ADD-8, ALG-1 */
static void measures(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof encryption / sizeof encryption[0]; i++)
        check(sao_encryption_algorithm(encryption[i].identifier), &encryption[i]);
    for (size_t i = 0; i < sizeof authentication / sizeof authentication[0]; i++)
        check(sao_authentication_algorithm(authentication[i].identifier), &authentication[i]);
}

/* Only single, known bits name an algorithm. */
static void nothing_else_is_known(void **state)
{
    unsigned known = 0;

    (void)state;
    for (unsigned bit = 0; bit < 32; bit++) {
        known += sao_encryption_algorithm(UINT32_C(1) << bit) != NULL;
        known += sao_authentication_algorithm(UINT32_C(1) << bit) != NULL;
    }
    assert_int_equal(known, 16);
    for (uint32_t several = 0; several < 0x400; several++) {
        if ((several & (several - 1)) == 0 && several != 0)
            continue;
        assert_null(sao_encryption_algorithm(several));
        assert_null(sao_authentication_algorithm(several));
    }
}

/* ADD-7 */
static void null_encryption_has_two_names(void **state)
{
    (void)state;
    assert_true(sao_encryption_is_null(0));
    assert_true(sao_encryption_is_null(IPSEC_OFFLOAD_V2_ENCRYPTION_NONE));
    assert_false(sao_encryption_is_null(IPSEC_OFFLOAD_V2_ENCRYPTION_DES_CBC));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures),
        cmocka_unit_test(nothing_else_is_known),
        cmocka_unit_test(null_encryption_has_two_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
