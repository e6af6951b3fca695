// SPDX-License-Identifier: BSD-2-Clause
/* Good and bad arguments of the replay command. */
#include "cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Parses "replay" and the words of `line`, separated by single spaces; "''" is an empty word. */
static sao_arguments_result parse(sao_options *options, sao_problem *problem, const char *line)
{
    static char copy[512]; /* options point into it */
    char *argv[64] = {(char[]){"replay"}};
    int argc = 1;

    assert_true(strlen(line) < sizeof copy);
    memcpy(copy, line, strlen(line) + 1);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = strcmp(word, "''") == 0 ? word + 2 : word;
    memset(problem, 0, sizeof *problem);
    return sao_options_parse(options, argc, argv, problem);
}

static void test_defaults(void **state)
{
    sao_link_config link;
    sao_options options;
    sao_problem problem;

    (void)state;
    sao_link_config_init(&link);
    assert_int_equal(parse(&options, &problem, "file.pcap"), SAO_ARGUMENTS_RUN);
    assert_string_equal(options.capture, "file.pcap");
    assert_null(options.out);
    assert_null(options.json);
    assert_null(options.cipher);
    assert_null(options.provider);
    assert_null(options.form);
    assert_null(options.ah);
    assert_false(options.matrix);
    assert_int_equal(options.ip_version, 0);
    assert_int_equal(options.seed, 1);
    assert_int_equal(options.limit, 0);
    assert_false(options.write_keys || options.quiet || options.allow_truncated);
    assert_int_equal(options.link.rekey_after, link.rekey_after);
}

static void test_all_options(void **state)
{
    sao_options options;
    sao_problem problem;

    (void)state;
    assert_int_equal(
        parse(&options, &problem,
              "--out dir --json - --write-keys -q --seed 18446744073709551615 --limit 7 --links 3 "
              "--capacity 2 --wish-packets 9 --wish-bytes 5000000000 --wish-fill 75 --rekey 0 "
              "--offload-again 4 --add-latency 5 --remove-latency 6 --send-latency 11 "
              "--receive-latency=12 --refuse 13 --reset-every 14 --reset-latency 15 "
              "--profile 6.30 --form esp-ah-tunnel --algorithm chacha20-poly1305 --ah hmac-md5 "
              "--ip 6 "
              "--provider null --allow-truncated -- -odd-name"),
        SAO_ARGUMENTS_RUN);
    assert_string_equal(options.capture, "-odd-name");
    assert_string_equal(options.out, "dir");
    assert_string_equal(options.json, "-");
    assert_true(options.write_keys && options.quiet && options.allow_truncated);
    assert_true(options.seed == UINT64_MAX);
    assert_int_equal(options.limit, 7);
    assert_int_equal(options.links, 3);
    assert_int_equal(options.link.nic.capabilities.SaOffloadCapacity, 2);
    assert_int_equal(options.link.nic.wish_after_packets, 9);
    assert_true(options.link.nic.wish_after_bytes == 5000000000u);
    assert_int_equal(options.link.nic.wish_fill_percent, 75);
    assert_int_equal(options.link.rekey_after, 0);
    assert_int_equal(options.link.offload_again_after, 4);
    assert_int_equal(options.link.nic.add_latency, 5);
    assert_int_equal(options.link.nic.remove_latency, 6);
    assert_int_equal(options.link.nic.send_latency, 11);
    assert_int_equal(options.link.nic.receive_latency, 12);
    assert_int_equal(options.link.nic.refuse_every, 13);
    assert_int_equal(options.reset_every, 14);
    assert_int_equal(options.link.nic.reset_latency, 15);
    assert_int_equal(options.link.nic.profile, SAO_PROFILE_NDIS_6_30);
    assert_string_equal(options.cipher->name, "chacha20-poly1305");
    assert_string_equal(options.form->name, "esp-ah-tunnel");
    assert_string_equal(options.ah->name, "hmac-md5");
    assert_int_equal(options.ip_version, 6);
    assert_ptr_equal(options.provider, sao_crypto_null());
}

static void test_options_may_follow_the_capture(void **state)
{
    sao_options options;
    sao_problem problem;

    (void)state;
    assert_int_equal(parse(&options, &problem, "file.pcap --seed 3"), SAO_ARGUMENTS_RUN);
    assert_string_equal(options.capture, "file.pcap");
    assert_int_equal(options.seed, 3);
}

/* Where that is a file, the file that the shell opened must not be replaced. */
static void test_standard_output_has_two_names(void **state)
{
    sao_options options;
    sao_problem problem;

    (void)state;
    assert_int_equal(parse(&options, &problem, "c --json /dev/stdout"), SAO_ARGUMENTS_RUN);
    assert_string_equal(options.json, "-");
}

/* It asks the algorithm of the forms that have such a header. */
static void test_a_matrix_takes_every_algorithm(void **state)
{
    sao_options options;
    sao_problem problem;

    (void)state;
    assert_int_equal(
        parse(&options, &problem, "c --matrix --ah hmac-md5 --algorithm des-cbc-hmac-md5"),
        SAO_ARGUMENTS_RUN);
    assert_true(options.matrix);
    assert_string_equal(options.ah->name, "hmac-md5");
}

/* No name twice, no SA twice, and every one can be made. */
static void test_ciphers_are_sound(void **state)
{
    const sao_cipher *(*const lists[])(size_t) = {sao_cipher_at, sao_ah_cipher_at};

    (void)state;
    for (size_t list = 0; list < 2; list++) {
        const sao_cipher *a;
        const sao_cipher *b;

        for (size_t i = 0; (a = lists[list](i)) != NULL; i++) {
            assert_ptr_equal(list == 0 ? sao_cipher_find(a->name) : sao_ah_cipher_find(a->name), a);
            assert_true(sao_cipher_usable(a, sao_crypto_null()));
            for (size_t j = 0; j < i; j++) {
                b = lists[list](j);
                assert_false(a->encryption == b->encryption && a->icv_length == b->icv_length &&
                             a->authentication == b->authentication);
            }
        }
    }
    assert_null(sao_cipher_find("hmac-md5"));
    assert_null(sao_ah_cipher_find("aes-256-gcm"));
    assert_true(sao_cipher_usable(sao_cipher_at(1), sao_crypto_sodium()));
    assert_false(sao_cipher_usable(sao_cipher_find("aes-256-gcm-8"), sao_crypto_sodium()));
    assert_false(sao_cipher_usable(sao_cipher_find("des-cbc-hmac-md5"), sao_crypto_sodium()));
}

static void test_help_wins(void **state)
{
    sao_options options;
    sao_problem problem;

    (void)state;
    assert_int_equal(parse(&options, &problem, "--help"), SAO_ARGUMENTS_HELP);
    assert_int_equal(parse(&options, &problem, "file.pcap -h"), SAO_ARGUMENTS_HELP);
}

static void test_bad_arguments_are_named(void **state)
{
    static const struct {
        const char *line;
        const char *named;
    } cases[] = {
        {"", "capture"},
        {"one two", "two"},
        {"c --frobnicate", "'--frobnicate' is unknown"},
        {"c --frobnicate=1", "is unknown"},
        {"c -x", "'-x' is unknown"},
        {"c -qx", "'-x' is unknown"},
        {"c --seed", "'--seed' needs an argument"},
        {"c --quiet=1", "'--quiet=1' takes no argument"},
        {"c --wish=1", "'--wish=1' is ambiguous"},
        {"c --re", "'--re' is ambiguous"},
        {"c --seed one", "one"},
        {"c --seed 1x", "1x"},
        {"c --seed -1", "-1"},
        {"c --seed ''", "--seed"},
        {"c --seed 18446744073709551616", "range"},
        {"c --capacity 0", "1 to 4096"},
        {"c --capacity 4097", "1 to 4096"},
        {"c --wish-fill 101", "0 to 100"},
        {"c --wish-packets 4294967296", "range"},
        {"c --links 0", "range"},
        {"c --add-latency 1000001", "range"},
        {"c --algorithm rot13", "rot13"},
        {"c --form esp", "'esp'"},
        {"c --ah rot13", "rot13"},
        {"c --ip 5", "'5'"},
        {"c --ah hmac-md5", "esp-tunnel has no AH"},
        {"c --form ah-tunnel --algorithm aes-256-gcm", "ah-tunnel has no ESP"},
        {"c --matrix --form ah-tunnel --algorithm aes-256-gcm", "ah-tunnel has no ESP"},
        {"c --matrix --json -", "--json"},
        {"c --matrix --out d", "--out"},
        {"c --provider rot13", "rot13"},
        {"c --provider rot13", "libsodium"},
        {"c --profile 5.0", "5.0"},
        {"c --write-keys", "--out"},
        {"c --out ''", "--out"},
        {"c --json ''", "--json"},
    };
    sao_options options;
    sao_problem problem;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(parse(&options, &problem, cases[i].line), SAO_ARGUMENTS_BAD);
        assert_int_equal(problem.exit_status, SAO_EXIT_USAGE);
        if (strstr(problem.text, cases[i].named) == NULL)
            fail_msg("'%s' says: %s", cases[i].line, problem.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_all_options),
        cmocka_unit_test(test_options_may_follow_the_capture),
        cmocka_unit_test(test_standard_output_has_two_names),
        cmocka_unit_test(test_a_matrix_takes_every_algorithm),
        cmocka_unit_test(test_ciphers_are_sound),
        cmocka_unit_test(test_help_wins),
        cmocka_unit_test(test_bad_arguments_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
