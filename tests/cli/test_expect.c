// SPDX-License-Identifier: BSD-2-Clause
/* The queue of packets that a host is to be given. */
#include "cli/expect.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void push(sao_expect *expect, uint8_t byte, size_t length)
{
    uint8_t bytes[4] = {byte, byte, byte, byte};

    assert_true(sao_expect_push(expect, bytes, length));
}

static sao_expect_result arrived(sao_expect *expect, uint8_t byte, size_t length)
{
    uint8_t bytes[4] = {byte, byte, byte, byte};

    return sao_expect_arrived(expect, bytes, length);
}

static void test_in_order(void **state)
{
    sao_expect expect = {0};

    (void)state;
    push(&expect, 1, 4);
    push(&expect, 2, 4);
    assert_int_equal(arrived(&expect, 1, 4), SAO_EXPECT_IN_ORDER);
    push(&expect, 3, 4);
    assert_int_equal(arrived(&expect, 2, 4), SAO_EXPECT_IN_ORDER);
    assert_int_equal(arrived(&expect, 3, 4), SAO_EXPECT_IN_ORDER);
    assert_int_equal(sao_expect_clear(&expect), 0);
}

static void test_a_lost_packet_is_lost_and_nothing_else(void **state)
{
    sao_expect expect = {0};

    (void)state;
    push(&expect, 1, 4);
    push(&expect, 2, 4);
    push(&expect, 3, 4);
    assert_int_equal(arrived(&expect, 2, 4), SAO_EXPECT_IN_ORDER);
    assert_int_equal(arrived(&expect, 3, 4), SAO_EXPECT_IN_ORDER);
    assert_int_equal(sao_expect_clear(&expect), 1);
}

static void test_an_overtaken_packet(void **state)
{
    sao_expect expect = {0};

    (void)state;
    push(&expect, 1, 4);
    push(&expect, 2, 4);
    assert_int_equal(arrived(&expect, 2, 4), SAO_EXPECT_IN_ORDER);
    assert_int_equal(arrived(&expect, 1, 4), SAO_EXPECT_OVERTAKEN);
    assert_int_equal(sao_expect_clear(&expect), 0);
}

static void test_what_was_never_sent(void **state)
{
    sao_expect expect = {0};

    (void)state;
    assert_int_equal(arrived(&expect, 1, 4), SAO_EXPECT_UNKNOWN);
    push(&expect, 1, 4);
    assert_int_equal(arrived(&expect, 2, 4), SAO_EXPECT_UNKNOWN);
    assert_int_equal(arrived(&expect, 1, 3), SAO_EXPECT_UNKNOWN);
    assert_int_equal(arrived(&expect, 1, 4), SAO_EXPECT_IN_ORDER);
    assert_int_equal(arrived(&expect, 1, 4), SAO_EXPECT_UNKNOWN);
}

static void test_the_last_one_can_be_taken_back(void **state)
{
    sao_expect expect = {0};

    (void)state;
    sao_expect_retract(&expect);
    push(&expect, 1, 4);
    push(&expect, 2, 4);
    sao_expect_retract(&expect);
    assert_int_equal(arrived(&expect, 2, 4), SAO_EXPECT_UNKNOWN);
    assert_int_equal(sao_expect_clear(&expect), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order),
        cmocka_unit_test(test_a_lost_packet_is_lost_and_nothing_else),
        cmocka_unit_test(test_an_overtaken_packet),
        cmocka_unit_test(test_what_was_never_sent),
        cmocka_unit_test(test_the_last_one_can_be_taken_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
