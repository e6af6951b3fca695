// SPDX-License-Identifier: BSD-2-Clause
/* A sample of a capture: at most so many packets, from all of it, however long it is. */
#include "cli/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/sao_test_sample_XXXXXX";

/* A pcap of raw IPv4 packets, each with its number; every `other`th is multicast. */
static void write_capture(uint32_t count, uint32_t other, bool cut_off)
{
    const uint32_t head[] = {0xA1B2C3D4, 0x00040002, 0, 0, 65535, 101};
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fwrite(head, sizeof head, 1, file);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t record[] = {0, 0, 24, 24};
        uint8_t packet[24] = {0x45, 0, 0, 24, 0, 0, 0, 0, 64, 253, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};

        if (other > 0 && i % other == 0)
            packet[16] = 224;
        memcpy(packet + 20, &i, sizeof i);
        fwrite(record, sizeof record, 1, file);
        fwrite(packet, cut_off && i + 1 == count ? 20 : sizeof packet, 1, file);
    }
    fclose(file);
}

static uint32_t number_of(const sao_ip_packet *packet)
{
    uint32_t number;

    memcpy(&number, packet->bytes + 20, sizeof number);
    return number;
}

/* The gaps are as alike as they can be: none is more than three times what they are on average. */
static void expect_spread(const sao_sample *sample, uint32_t total)
{
    const uint32_t gap = 3 * total / (uint32_t)(sample->count + 1) + 4;
    uint32_t before = 0;

    assert_true(number_of(&sample->packets[0]) <= 1);
    for (size_t i = 0; i < sample->count; i++) {
        const uint32_t number = number_of(&sample->packets[i]);

        assert_true(i == 0 || number > before);
        assert_true(number - before <= gap);
        before = number;
    }
    assert_true(total - before <= gap);
}

static void test_samples_are_spread(void **state)
{
    static const uint32_t totals[] = {1, 2, 9, 10, 11, 19, 20, 21, 40, 41, 55, 100, 1000, 12345};
    sao_problem problem;

    (void)state;
    for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++) {
        for (uint32_t other = 0; other <= 3; other += 3) {
            const uint32_t usable = other == 0 ? totals[i] : totals[i] - (totals[i] + 2) / 3;
            sao_sample sample = {0};

            write_capture(totals[i], other, false);
            if (usable == 0) {
                assert_false(sao_sample_read(&sample, path, 10, false, &problem));
                assert_int_equal(problem.exit_status, SAO_EXIT_INPUT);
                sao_sample_free(&sample);
                continue;
            }
            assert_true(sao_sample_read(&sample, path, 10, false, &problem));
            assert_int_equal(sample.count, usable < 10 ? usable : 10);
            assert_int_equal(sample.found, usable);
            expect_spread(&sample, totals[i]);
            sao_sample_free(&sample);
        }
    }
}

static void test_a_capture_that_is_cut_off(void **state)
{
    sao_sample sample = {0};
    sao_problem problem;

    (void)state;
    write_capture(8, 0, true);
    assert_false(sao_sample_read(&sample, path, 10, false, &problem));
    assert_int_equal(problem.exit_status, SAO_EXIT_INPUT);
    sao_sample_free(&sample);
    assert_true(sao_sample_read(&sample, path, 10, true, &problem));
    assert_int_equal(sample.count, 7);
    sao_sample_free(&sample);
}

static void test_no_capture(void **state)
{
    sao_sample sample = {0};
    sao_problem problem;

    (void)state;
    assert_false(sao_sample_read(&sample, "/nonexistent", 10, false, &problem));
    assert_int_equal(problem.exit_status, SAO_EXIT_INPUT);
    sao_sample_free(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples_are_spread),
        cmocka_unit_test(test_a_capture_that_is_cut_off),
        cmocka_unit_test(test_no_capture),
    };
    const int descriptor = mkstemp(path);
    int failures;

    if (descriptor < 0)
        return 1;
    close(descriptor);
    failures = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failures;
}
