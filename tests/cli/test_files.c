// SPDX-License-Identifier: BSD-2-Clause
/* What the tool writes: pcapng, the key table, the summary, and how files come to be. */
#include "cli/keylog.h"
#include "cli/output.h"
#include "cli/pcapng.h"
#include "cli/random.h"
#include "cli/summary.h"
#include "cli/text.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static uint32_t get32(const char *bytes)
{
    uint32_t value = 0;

    for (int i = 3; i >= 0; i--)
        value = value << 8 | (uint8_t)bytes[i];
    return value;
}

/* Blocks are walked by their own lengths, as a reader does. */
static void test_pcapng_blocks(void **state)
{
    static const uint32_t types[] = {0x0a0d0d0a, 1, 6, 6};
    static const uint8_t frame[] = {1, 2, 3, 4, 5};
    char *text = NULL;
    size_t size = 0;
    size_t at = 0;
    FILE *file = open_memstream(&text, &size);

    (void)state;
    assert_non_null(file);
    sao_pcapng_begin(file);
    sao_pcapng_frame(file, 0x0123456789abcdef, frame, 5);
    sao_pcapng_frame(file, 1, frame, 4);
    fclose(file);
    for (size_t i = 0; i < 4; i++) {
        uint32_t length = get32(text + at + 4);

        assert_int_equal(get32(text + at), types[i]);
        assert_int_equal(length % 4, 0);
        assert_true(at + length <= size);
        assert_int_equal(get32(text + at + length - 4), length);
        if (i == 2) {
            assert_int_equal(get32(text + at + 12), 0x01234567);
            assert_int_equal(get32(text + at + 16), 0x89abcdef);
            assert_int_equal(get32(text + at + 20), 5);
            assert_memory_equal(text + at + 28, frame, 5);
            assert_int_equal(length, 32 + 8);
        }
        at += length;
    }
    assert_int_equal(at, size);
    free(text);
}

static char *key_line(const char *cipher, const sao_link_sa *sa)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);

    assert_non_null(file);
    sao_keylog_sa(file, sao_cipher_find(cipher), sa);
    fclose(file);
    return text;
}

static void test_key_lines(void **state)
{
    static const uint8_t key[] = {0x00, 0xff, 0x1a};
    sao_link_sa sa = {.ip_version = 4,
                      .source = {{192, 0, 2, 1}},
                      .destination = {{192, 0, 2, 2}},
                      .protocol = SAO_PROTOCOL_ESP,
                      .spi = htonl(0x1234),
                      .encryption_key = key,
                      .encryption_key_length = 3};
    char *line = key_line("aes-256-gcm", &sa);

    (void)state;
    assert_string_equal(line,
                        "\"IPv4\",\"192.0.2.1\",\"192.0.2.2\",\"0x00001234\","
                        "\"AES-GCM with 16 octet ICV [RFC4106]\",\"0x00ff1a\",\"NULL\",\"\"\n");
    free(line);
    sa = (sao_link_sa){.ip_version = 6,
                       .source = {{0x20, 1, [15] = 1}},
                       .destination = {{0x20, 1, [15] = 2}},
                       .protocol = SAO_PROTOCOL_ESP,
                       .spi = htonl(0xdeadbeef),
                       .authentication_key = key,
                       .authentication_key_length = 3};
    line = key_line("null-hmac-sha-256", &sa);
    assert_string_equal(line, "\"IPv6\",\"2001::1\",\"2001::2\",\"0xdeadbeef\",\"NULL\",\"\","
                              "\"HMAC-SHA-256-128 [RFC4868]\",\"0x00ff1a\"\n");
    free(line);
    line = key_line("chacha20-poly1305", &sa);
    assert_string_equal(line, "");
    free(line);
    sa.protocol = SAO_PROTOCOL_AH;
    line = key_line("null-hmac-sha-256", &sa);
    assert_string_equal(line, "");
    free(line);
}

static void test_summary_keeps_large_numbers(void **state)
{
    sao_tally tally = {.packets = UINT64_MAX, .bypassed = {[SAO_BYPASS_ARP] = 2}};
    sao_protection protection = {.form = sao_packet_form_find("esp-ah-tunnel"),
                                 .esp = sao_cipher_at(0),
                                 .ah = sao_ah_cipher_at(1),
                                 .provider = sao_crypto_null(),
                                 .ip_version = 6};
    sao_summary summary = {"a \"name\"", UINT64_MAX - 1, &protection, &tally};
    char *text;

    (void)state;
    sao_tally_violation(&tally, "DEL-2");
    sao_tally_violation(&tally, "DEL-2");
    text = sao_summary_json(&summary);
    assert_non_null(text);
    assert_non_null(strstr(text, "\"a \\\"name\\\"\""));
    assert_non_null(strstr(text, "18446744073709551615"));
    assert_non_null(strstr(text, "18446744073709551614"));
    assert_non_null(strstr(text, "\"DEL-2\":\t2"));
    assert_non_null(strstr(text, "\"arp\":\t2"));
    assert_non_null(strstr(text, "\"form\":\t\"esp-ah-tunnel\""));
    assert_non_null(strstr(text, "\"algorithm\":\t\"aes-256-gcm\""));
    assert_non_null(strstr(text, "\"ah\":\t\"hmac-sha-1\""));
    assert_non_null(strstr(text, "\"ip\":\t6"));
    assert_non_null(strstr(text, "\"provider\":\t\"null\""));
    free(text);
    protection.form = sao_packet_form_find("esp-tunnel");
    protection.ah = NULL;
    protection.ip_version = 0;
    text = sao_summary_json(&summary);
    assert_null(strstr(text, "\"ah\""));
    assert_null(strstr(text, "\"ip\""));
    free(text);
}

static void test_text_is_utf8(void **state)
{
    static const char *const cases[][2] = {
        {"plain.pcap", "plain.pcap"},
        {"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x8e\xb2", "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x8e\xb2"},
        {"a\xff!", "a\xef\xbf\xbd!"},
        {"\xc3", "\xef\xbf\xbd"}, /* cut off */
        {"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xf0\x9f\x8e", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xc3(", "\xef\xbf\xbd("},
        {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"}, /* "/" in two bytes */
        {"\xe0\x80\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* a surrogate */
        {"\xed\x9f\xbf", "\xed\x9f\xbf"},
        {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\x80", "\xef\xbf\xbd"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *exact = strdup(cases[i][0]); /* so that a sanitizer sees a step beyond its end */
        char *text = sao_text_utf8(exact);

        assert_string_equal(text, cases[i][1]);
        free(text);
        free(exact);
    }
}

static void test_text_is_one_word(void **state)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);

    (void)state;
    assert_non_null(file);
    sao_text_quote(file, "it's $HOME");
    fclose(file);
    assert_string_equal(text, "'it'\\''s $HOME'");
    free(text);
}

static void test_tally_judges(void **state)
{
    sao_tally tally = {.packets = 2, .delivered_identical = 2};

    (void)state;
    assert_int_equal(sao_tally_exit_status(&tally), SAO_EXIT_OK);
    tally.lost = 1;
    assert_int_equal(sao_tally_exit_status(&tally), SAO_EXIT_FAILED);
    tally.lost = 0;
    tally.leaked = 1;
    assert_int_equal(sao_tally_exit_status(&tally), SAO_EXIT_FAILED);
    tally.leaked = 0;
    tally.delivered_identical = 1;
    assert_int_equal(sao_tally_exit_status(&tally), SAO_EXIT_FAILED);
    tally.delivered_identical = 2;
    for (int i = 0; i < 100; i++) {
        char rule[16];

        snprintf(rule, sizeof rule, "RULE-%d", i);
        sao_tally_violation(&tally, rule);
    }
    assert_int_equal(tally.violations, 100);
    assert_int_equal(tally.rule_count, SAO_TALLY_RULES_MAX);
    assert_int_equal(sao_tally_exit_status(&tally), SAO_EXIT_FAILED);
}

static void test_random_repeats_and_never_within(void **state)
{
    sao_random one, two;
    uint8_t a[32], b[32], c[32];

    (void)state;
    sao_random_init(&one, 1);
    sao_random_init(&two, 1);
    sao_random_fill(&one, a, sizeof a);
    sao_random_fill(&two, b, sizeof b);
    sao_random_fill(&one, c, sizeof c);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_not_equal(a, c, sizeof a);
    sao_random_init(&two, 2);
    sao_random_fill(&two, b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
}

/* ---- files ----------------------------------------------------------------------------- */

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/sao-files-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int count_files(const char *path)
{
    DIR *directory = opendir(path);
    int count = 0;

    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

static int remove_folder(void **state)
{
    char path[128];

    (void)state;
    snprintf(path, sizeof path, "%s/one", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/two", folder);
    unlink(path);
    return rmdir(folder);
}

static void test_files_appear_together(void **state)
{
    static sao_output output;
    sao_problem problem;
    struct stat status;
    char path[128];

    (void)state;
    output.count = 0;
    snprintf(path, sizeof path, "%s/one", folder);
    fputs("1", sao_output_add(&output, folder, "one", false, &problem));
    fputs("2", sao_output_add(&output, folder, "two", true, &problem));
    assert_int_not_equal(stat(path, &status), 0);
    assert_true(sao_output_commit(&output, &problem));
    assert_int_equal(count_files(folder), 2);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, 1);
    snprintf(path, sizeof path, "%s/two", folder);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 077, 0); /* keys are for their owner */
}

static void test_a_discard_leaves_nothing(void **state)
{
    static sao_output output;
    sao_problem problem;

    (void)state;
    output.count = 0;
    assert_non_null(sao_output_add(&output, folder, "one", false, &problem));
    assert_non_null(sao_output_add(&output, folder, "two", false, &problem));
    sao_output_discard(&output);
    assert_int_equal(count_files(folder), 0);
}

static void test_where_nothing_can_be_written(void **state)
{
    static sao_output output;
    sao_problem problem;
    char path[SAO_OUTPUT_PATH_MAX + 8];

    (void)state;
    output.count = 0;
    assert_null(sao_output_add(&output, "/nonexistent", "one", false, &problem));
    assert_int_equal(problem.exit_status, SAO_EXIT_OUTPUT);
    assert_null(sao_output_add(&output, NULL, folder, false, &problem)); /* a folder */
    memset(path, 'a', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_null(sao_output_add(&output, folder, path, false, &problem));
    assert_false(sao_output_make_folder(&output, path, &problem));
    assert_false(sao_output_make_folder(&output, "", &problem));
    snprintf(path, sizeof path, "%s/one", folder);
    fclose(fopen(path, "w"));
    assert_false(sao_output_make_folder(&output, path, &problem)); /* a file */
    snprintf(path, sizeof path, "%s/one/two", folder);
    assert_false(sao_output_make_folder(&output, path, &problem));
    assert_int_equal(output.count, 0);
    assert_int_equal(count_files(folder), 1);
}

static void make_path(char path[128], const char *name)
{
    assert_in_range(snprintf(path, 128, "%s/%s", folder, name), 1, 127);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* What a link leads to is replaced by a commit, and by nothing else. */
static void test_links_stay_and_keep_their_file_until_the_end(void **state)
{
    static sao_output output;
    sao_problem problem;
    struct stat status;
    char target[128];
    char path[128];

    (void)state;
    make_path(target, "one");
    make_path(path, "two");
    write_file(target, "old");
    assert_int_equal(symlink("one", path), 0);
    fputs("lost", sao_output_add(&output, folder, "two", true, &problem));
    sao_output_discard(&output);
    assert_int_equal(stat(target, &status), 0);
    assert_int_equal(status.st_size, 3);
    fputs("n", sao_output_add(&output, folder, "two", true, &problem));
    assert_true(sao_output_commit(&output, &problem));
    assert_int_equal(lstat(path, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_int_equal(stat(target, &status), 0);
    assert_int_equal(status.st_size, 1);
    assert_int_equal(status.st_mode & 077, 0);
    assert_int_equal(unlink(target), 0);
    assert_null(sao_output_add(&output, folder, "two", false, &problem)); /* leads to nothing */
    assert_int_equal(count_files(folder), 1);
}

static void test_one_place_takes_one_file(void **state)
{
    static sao_output output;
    sao_problem problem;
    char one[128], two[128], other[128];

    (void)state;
    make_path(one, "one");
    snprintf(other, sizeof other, "%s/../%s/one", folder, strrchr(folder, '/') + 1);
    make_path(two, "two");
    assert_true(sao_output_is_same(one, other)); /* not there yet */
    assert_false(sao_output_is_same(one, two));
    assert_false(sao_output_is_same(one, "/nonexistent/one"));
    assert_non_null(sao_output_add(&output, folder, "one", false, &problem));
    assert_null(sao_output_add(&output, NULL, other, false, &problem));
    assert_int_equal(problem.exit_status, SAO_EXIT_OUTPUT);
    sao_output_discard(&output);
    write_file(one, "");
    assert_int_equal(symlink("one", two), 0);
    assert_true(sao_output_is_same(one, two));
}

/* Folders go with a discard if this set made them, stay after a commit. */
static void test_folders_go_with_a_discard(void **state)
{
    static sao_output output;
    sao_problem problem;
    struct stat status;
    char old[128], path[128];

    (void)state;
    make_path(old, "one");
    assert_int_equal(mkdir(old, 0777), 0);
    make_path(path, "two/three/../../one/four/");
    assert_true(sao_output_make_folder(&output, path, &problem));
    assert_int_equal(stat(path, &status), 0);
    assert_non_null(sao_output_add(&output, path, "file", false, &problem));
    sao_output_discard(&output);
    assert_int_equal(count_files(folder), 1);
    assert_int_equal(count_files(old), 0); /* was there before: stays */
    make_path(path, "one/two");
    assert_true(sao_output_make_folder(&output, path, &problem));
    assert_true(sao_output_commit(&output, &problem));
    sao_output_discard(&output);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(old), 0);
    make_path(path, "one");
    write_file(path, "");
    make_path(path, "two/../one/x");
    assert_false(sao_output_make_folder(&output, path, &problem)); /* fails behind "two" */
    sao_output_discard(&output);
    assert_int_equal(count_files(folder), 1);
}

static void test_a_full_disk_is_noticed(void **state)
{
    static sao_output output;
    sao_problem problem;
    char path[128];

    (void)state;
    if (access("/dev/full", W_OK) != 0)
        skip();
    /* Through a link: a broken module must not replace the machine's device. */
    snprintf(path, sizeof path, "%s/two", folder);
    assert_int_equal(symlink("/dev/full", path), 0);
    output.count = 0;
    fputs("1", sao_output_add(&output, folder, "two", false, &problem));
    fputs("1", sao_output_add(&output, folder, "one", false, &problem));
    assert_false(sao_output_commit(&output, &problem));
    assert_int_equal(problem.exit_status, SAO_EXIT_OUTPUT);
    assert_int_equal(count_files(folder), 1);
}

static void test_key_tables_of_others_are_known(void **state)
{
    char path[128];
    FILE *file;

    (void)state;
    snprintf(path, sizeof path, "%s/one", folder);
    assert_true(sao_keylog_is_ours(path)); /* not there */
    file = fopen(path, "w");
    fclose(file);
    assert_false(sao_keylog_is_ours(path));
    file = fopen(path, "w");
    fputs("\"IPv4\",\"*\",\"*\",\"*\",\"NULL\",\"\",\"NULL\",\"\"\n", file);
    fclose(file);
    assert_false(sao_keylog_is_ours(path));
    file = fopen(path, "w");
    sao_keylog_begin(file);
    fclose(file);
    assert_true(sao_keylog_is_ours(path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pcapng_blocks),
        cmocka_unit_test(test_key_lines),
        cmocka_unit_test(test_summary_keeps_large_numbers),
        cmocka_unit_test(test_text_is_utf8),
        cmocka_unit_test(test_text_is_one_word),
        cmocka_unit_test(test_tally_judges),
        cmocka_unit_test(test_random_repeats_and_never_within),
        cmocka_unit_test_setup_teardown(test_files_appear_together, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_a_discard_leaves_nothing, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_where_nothing_can_be_written, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_links_stay_and_keep_their_file_until_the_end,
                                        make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_one_place_takes_one_file, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_folders_go_with_a_discard, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_a_full_disk_is_noticed, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_key_tables_of_others_are_known, make_folder,
                                        remove_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
