// SPDX-License-Identifier: BSD-2-Clause
/* A cell of the matrix: passed, failed for each reason that there is, or impossible. */
#include "cli/cell.h"

#include "cli/hosts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PACKETS 12

static uint8_t bytes[PACKETS][64];
static sao_ip_packet packets[PACKETS];
static sao_sample sample = {.packets = packets, .count = PACKETS};

/* Between two hosts, in turns. */
static void make_packets(void)
{
    for (int i = 0; i < PACKETS; i++) {
        uint8_t *packet = bytes[i];
        const uint8_t *from = (const uint8_t[]){10, 0, 0, 1};
        const uint8_t *to = (const uint8_t[]){10, 0, 0, 2};
        uint32_t sum = 0;

        memset(packet, i, sizeof bytes[i]);
        memcpy(packet, (const uint8_t[]){0x45, 0, 0, 64, 0, 0, 0, 0, 64, 253, 0, 0}, 12);
        memcpy(packet + 12, i % 2 == 0 ? from : to, 4);
        memcpy(packet + 16, i % 2 == 0 ? to : from, 4);
        for (size_t n = 0; n < 20; n += 2)
            sum += (uint32_t)packet[n] << 8 | packet[n + 1];
        sum = ~((sum & 0xFFFF) + (sum >> 16));
        packet[10] = (uint8_t)(sum >> 8);
        packet[11] = (uint8_t)sum;
        packets[i] = (sao_ip_packet){.bytes = packet, .length = 64, .version = 4};
        memcpy(packets[i].source.bytes, packet + 12, 4);
        memcpy(packets[i].destination.bytes, packet + 16, 4);
    }
}

static sao_options options;

static void set_up_options(const char *line)
{
    static char copy[256];
    char *argv[16] = {(char[]){"replay"}, (char[]){"capture"}, (char[]){"--matrix"}};
    int argc = 3;
    sao_problem problem;

    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = word;
    assert_int_equal(sao_options_parse(&options, argc, argv, &problem), SAO_ARGUMENTS_RUN);
}

static sao_protection protection_of(const char *form, const char *esp, const char *ah)
{
    return (sao_protection){.form = sao_packet_form_find(form),
                            .esp = sao_cipher_find(esp),
                            .ah = sao_ah_cipher_find(ah),
                            .provider = sao_crypto_sodium(),
                            .ip_version = 4};
}

static sao_cell run(const sao_protection *protection)
{
    sao_problem problem = {0, ""};
    uint64_t count = 0;
    sao_cell cell;

    sao_cell_run(&options, &sample, protection, &count, &cell, &problem);
    assert_int_not_equal(cell.outcome, SAO_CELL_BROKEN);
    return cell;
}

static void expect_failure(const sao_protection *protection, const char *reason)
{
    const sao_cell cell = run(protection);

    assert_int_equal(cell.outcome, SAO_CELL_FAILED);
    if (strstr(cell.reason, reason) == NULL)
        fail_msg("not '%s': %s", reason, cell.reason);
}

static void test_every_form_passes(void **state)
{
    const sao_packet_form *form;

    (void)state;
    set_up_options("");
    for (size_t i = 0; (form = sao_packet_form_at(i)) != NULL; i++) {
        const sao_protection protection =
            protection_of(form->name, "null-hmac-sha-256", "hmac-sha-256");

        assert_int_equal(run(&protection).outcome, SAO_CELL_PASSED);
    }
}

static void test_what_cannot_be_says_why(void **state)
{
    sao_protection protection = protection_of("esp-tunnel", "des-cbc-hmac-md5", "");
    sao_cell cell;

    (void)state;
    set_up_options("");
    cell = run(&protection);
    assert_int_equal(cell.outcome, SAO_CELL_IMPOSSIBLE);
    assert_non_null(strstr(cell.reason, "algorithm"));
    for (int i = 0; i < 2; i++) { /* ESP is alone in the inner bundle, or in the tunnel's */
        protection =
            protection_of(i == 0 ? "esp-over-ah" : "esp-ah-over-esp", "aes-128-cbc", "hmac-md5");
        protection.provider = sao_crypto_null();
        cell = run(&protection);
        assert_int_equal(cell.outcome, SAO_CELL_IMPOSSIBLE);
        assert_non_null(strstr(cell.reason, "ADD-14"));
    }
    protection = protection_of("esp-transport", "null-hmac-sha-256", "");
    protection.ip_version = 6;
    cell = run(&protection);
    assert_int_equal(cell.outcome, SAO_CELL_IMPOSSIBLE);
    assert_non_null(strstr(cell.reason, "transport mode"));
}

/* ---- frames ---------------------------------------------------------------------------- */

static uint8_t frame[256];
static size_t frame_length;

static void keep_frame(void *context, const uint8_t *bytes_of_it, size_t length)
{
    (void)context;
    assert_true(length <= sizeof frame);
    memcpy(frame, bytes_of_it, length);
    frame_length = length;
}

/* A frame as such a protection makes it. */
static void make_frame(const sao_protection *protection)
{
    sao_tally tally = {0};
    sao_problem problem = {0, ""};
    sao_bypass reason;
    sao_hosts_config config = {.link = options.link,
                               .ip_version = protection->ip_version,
                               .links_max = 1,
                               .tally = &tally,
                               .wire = keep_frame};
    sao_hosts *hosts;

    sao_protection_apply(protection, &config.link);
    hosts = sao_hosts_new(&config);
    assert_non_null(hosts);
    assert_int_equal(sao_hosts_send(hosts, &packets[0], &reason, &problem), SAO_HOSTS_SENT);
    sao_hosts_free(hosts);
}

static const sao_bundle_form *outermost(const sao_packet_form *form)
{
    return form->over_tunnel ? &form->tunnel : &form->bundle;
}

/* Behind AH in transport mode there may be anything. */
static bool looks_like(const sao_bundle_form *a, const sao_bundle_form *b)
{
    return ((a->udp_esp != 0) == (b->udp_esp != 0) && a->headers == b->headers) ||
           (a->headers == SAO_HEADERS_ESP_AH && b->headers == SAO_HEADERS_AH &&
            b->mode == SAO_IPSEC_TRANSPORT);
}

/* Each form's frames fit what has the same headers outside, and nothing else. */
static void test_a_frame_tells_the_form(void **state)
{
    const sao_packet_form *made;
    const sao_packet_form *form;

    (void)state;
    set_up_options("");
    for (size_t i = 0; (made = sao_packet_form_at(i)) != NULL; i++) {
        sao_protection protection = protection_of(made->name, "null-hmac-sha-256", "hmac-sha-256");

        make_frame(&protection);
        for (size_t j = 0; (form = sao_packet_form_at(j)) != NULL; j++) {
            const sao_bundle_form *a = outermost(made);
            const sao_bundle_form *b = outermost(form);

            protection.form = form;
            protection.ip_version = 4;
            assert_int_equal(sao_cell_fits(&protection, frame, frame_length), looks_like(a, b));
            protection.ip_version = 6;
            assert_false(sao_cell_fits(&protection, frame, frame_length));
        }
        assert_false(sao_cell_fits(&protection, frame, 20));
    }
}

/* ---- what a link is asked for ---------------------------------------------------------- */

/* What is asked for is what the link gets. */
static void test_a_link_gets_what_was_asked_for(void **state)
{
    sao_protection protection = protection_of("esp-ah-tunnel", "aes-192-gcm-8", "hmac-sha-1");
    sao_link_config link;

    (void)state;
    sao_link_config_init(&link);
    sao_protection_apply(&protection, &link);
    assert_ptr_equal(link.form, protection.form);
    assert_ptr_equal(link.provider, protection.provider);
    assert_int_equal(link.encryption, IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_192);
    assert_int_equal(link.authentication, 0);
    assert_int_equal(link.icv_length, 8);
    assert_int_equal(link.ah_authentication, IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_1);
    protection.esp = NULL;
    sao_protection_apply(&protection, &link);
    assert_int_equal(link.encryption, 0);
    assert_int_equal(link.icv_length, 0);
}

/* ---- a provider that is wrong in one thing --------------------------------------------- */

static sao_crypto_provider wrong;
static uint32_t calls;

/* Every fifth packet's ICV. */
static NDIS_STATUS seal_badly(void *context, const sao_crypto_job *job)
{
    const NDIS_STATUS status = sao_crypto_sodium()->seal(context, job);

    if (++calls % 5 == 0)
        job->icv[0] ^= 1;
    return status;
}

/* Encrypts one byte otherwise, and is none the wiser when it decrypts. */
static NDIS_STATUS seal_other_bytes(void *context, const sao_crypto_job *job)
{
    job->data[40] ^= 1;
    return sao_crypto_sodium()->seal(context, job);
}

static void test_a_wrong_provider_is_found_out(void **state)
{
    sao_protection protection = protection_of("esp-tunnel", "null-hmac-sha-256", "");

    (void)state;
    set_up_options("");
    wrong = *sao_crypto_sodium();
    wrong.name = "wrong";
    protection.provider = &wrong;
    assert_int_equal(run(&protection).outcome, SAO_CELL_PASSED);
    wrong.seal = seal_badly;
    expect_failure(&protection, "2 lost");
    expect_failure(&protection, "not opened by the NIC");
    wrong.seal = seal_other_bytes;
    expect_failure(&protection, "delivery-bytes");
}

/* ---- NICs that are not as they should be ----------------------------------------------- */

static void test_the_nics_have_to_do_it(void **state)
{
    const sao_protection protection =
        protection_of("ah-over-esp", "null-hmac-sha-256", "hmac-sha-256");

    (void)state;
    set_up_options("--capacity 1 --refuse 1"); /* of the disturbed replay alone */
    assert_int_equal(run(&protection).outcome, SAO_CELL_PASSED);
    options.link.nic.capabilities.TransportTunnelCombined = 0;
    expect_failure(&protection, "12 not protected by the NIC");
    expect_failure(&protection, "12 not opened by the NIC");
    set_up_options("");
    options.link.nic.capabilities.Ah = 0; /* and so (CAP-2): */
    options.link.nic.capabilities.AhEspCombined = 0;
    expect_failure(&protection, "not protected by the NIC");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_form_passes),
        cmocka_unit_test(test_what_cannot_be_says_why),
        cmocka_unit_test(test_a_frame_tells_the_form),
        cmocka_unit_test(test_a_link_gets_what_was_asked_for),
        cmocka_unit_test(test_a_wrong_provider_is_found_out),
        cmocka_unit_test(test_the_nics_have_to_do_it),
    };

    make_packets();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
