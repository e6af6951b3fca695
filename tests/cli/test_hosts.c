// SPDX-License-Identifier: BSD-2-Clause
/* Pairs of addresses become links; memory stays bounded; everything sent arrives. */
#include "cli/hosts.h"

#include "cli/protection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct world {
    sao_hosts *hosts;
    sao_tally tally;
    uint64_t frames;
    uint64_t sas;
    uint64_t events;
    uint64_t resets[2]; /* by side */
    uint64_t closed;
    uint64_t digest;       /* of all frames */
    uint8_t outer_version; /* of the last one */
} world;

static void on_wire(void *context, const uint8_t *frame, size_t length)
{
    world *w = context;

    w->frames++;
    w->outer_version = frame[14] >> 4;
    for (size_t i = 0; i < length; i++)
        w->digest = (w->digest ^ frame[i]) * 1099511628211u;
}

static void on_sa(void *context, const sao_link_sa *sa)
{
    assert_int_not_equal(sa->spi, 0);
    ((world *)context)->sas++;
}

static void on_event(void *context, const sao_host_pair *pair, const sao_event *event)
{
    assert_true(pair->version == 4 || pair->version == 6);
    assert_int_not_equal(event->type, 0);
    ((world *)context)->events++;
    if (event->type == SAO_EVENT_LIFE_COMPLETE && event->code == SAO_LIFE_RESET)
        ((world *)context)->resets[event->adapter % 2]++;
}

static void on_closed(void *context, const sao_host_pair *pair)
{
    (void)pair;
    ((world *)context)->closed++;
}

static void set_up_form(world *w, uint32_t links_max, uint64_t seed, uint32_t reset_every,
                        const char *form, uint8_t ip_version)
{
    sao_hosts_config config = {
        .ip_version = ip_version,
        .links_max = links_max,
        .reset_every = reset_every,
        .seed = seed,
        .tally = &w->tally,
        .wire = on_wire,
        .sa = on_sa,
        .event = on_event,
        .closed = on_closed,
        .context = w,
    };
    const sao_protection protection = {.form = sao_packet_form_find(form),
                                       .esp = sao_cipher_find("null-hmac-sha-256"),
                                       .ah = sao_ah_cipher_find("hmac-sha-256"),
                                       .provider = sao_crypto_sodium()};

    memset(w, 0, sizeof *w);
    sao_link_config_init(&config.link);
    sao_protection_apply(&protection, &config.link);
    w->hosts = sao_hosts_new(&config);
    assert_non_null(w->hosts);
}

static void set_up_resetting(world *w, uint32_t links_max, uint64_t seed, uint32_t reset_every)
{
    set_up_form(w, links_max, seed, reset_every, "esp-tunnel", 0);
}

static void set_up(world *w, uint32_t links_max, uint64_t seed)
{
    set_up_resetting(w, links_max, seed, 0);
}

static sao_bypass last_reason;

/* What the header of the next packets is like. */
static bool is_fragment;
static bool has_wrong_checksum;

static void change_header(uint8_t *bytes)
{
    uint32_t sum = 0;

    bytes[6] = is_fragment ? 0x20 : 0;
    for (size_t i = 0; i < 20; i += 2)
        sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    sum = ~((sum & 0xFFFF) + (sum >> 16)) ^ (has_wrong_checksum ? 1u : 0);
    bytes[10] = (uint8_t)(sum >> 8);
    bytes[11] = (uint8_t)sum;
}

static sao_hosts_result send_packet(world *w, uint8_t from, uint8_t to, size_t length)
{
    uint8_t *bytes = calloc(1, length);
    sao_ip_packet packet = {.bytes = bytes, .length = length, .version = 4};
    sao_problem problem = {0, ""};
    sao_hosts_result result;

    last_reason = SAO_BYPASS_NONE;
    assert_non_null(bytes);
    bytes[0] = 0x45;
    bytes[2] = (uint8_t)(length >> 8);
    bytes[3] = (uint8_t)length;
    memcpy(bytes + 12, (uint8_t[]){10, 0, 0, from, 10, 0, 0, to}, 8);
    memcpy(packet.source.bytes, bytes + 12, 4);
    memcpy(packet.destination.bytes, bytes + 16, 4);
    change_header(bytes);
    result = sao_hosts_send(w->hosts, &packet, &last_reason, &problem);
    free(bytes);
    return result;
}

static void assert_clean(world *w)
{
    sao_hosts_finish(w->hosts);
    assert_int_equal(sao_tally_exit_status(&w->tally), SAO_EXIT_OK);
    assert_int_equal(w->closed, w->tally.links);
    assert_int_equal(w->frames, w->tally.ipsec_packets);
    assert_int_equal(w->tally.bundles_added, w->tally.bundles_deleted);
    assert_true(w->sas >= 2 * w->tally.links);
    assert_true(w->events > 0);
    sao_hosts_free(w->hosts);
}

static void test_both_directions_share_a_link(void **state)
{
    world w;

    (void)state;
    set_up(&w, 8, 1);
    for (int i = 0; i < 700; i++) {
        assert_int_equal(send_packet(&w, 1, 2, 100), SAO_HOSTS_SENT);
        assert_int_equal(send_packet(&w, 2, 1, 60), SAO_HOSTS_SENT);
    }
    assert_int_equal(w.tally.packets, 1400);
    assert_int_equal(w.tally.links, 1);
    assert_clean(&w);
    assert_true(w.tally.sa_delete_requests > 0);
    assert_true(w.tally.rekeys > 0);
    assert_int_equal(w.tally.delivered_identical, 1400);
}

/* Each link counts for itself; one that is still resetting is not reset again. */
static void test_nics_are_reset_in_turns(void **state)
{
    world w;

    (void)state;
    for (uint32_t every = 1; every <= 50; every += 49) {
        set_up_resetting(&w, 8, 1, every);
        for (int i = 0; i < 200; i++) {
            assert_int_equal(send_packet(&w, 1, 2, 100), SAO_HOSTS_SENT);
            assert_int_equal(send_packet(&w, 1, 3, 100), SAO_HOSTS_SENT);
        }
        assert_clean(&w);
        assert_int_equal(w.resets[0], w.resets[1]); /* both sides */
        if (every == 50)
            assert_int_equal(w.tally.resets, 2 * 4);
        else
            assert_in_range(w.tally.resets, 20, 2 * 200 - 20);
        assert_int_equal(w.resets[0] + w.resets[1], w.tally.resets);
        assert_int_equal(w.tally.bundles_lost, 0);
    }
}

static void test_the_least_recently_used_link_goes(void **state)
{
    world w;

    (void)state;
    set_up(&w, 2, 1);
    send_packet(&w, 1, 2, 100);
    send_packet(&w, 1, 3, 100);
    send_packet(&w, 1, 2, 100);
    assert_int_equal(w.closed, 0);
    send_packet(&w, 1, 4, 100); /* 1-3 goes */
    assert_int_equal(w.closed, 1);
    send_packet(&w, 2, 1, 100); /* 1-2 is still there */
    assert_int_equal(w.closed, 1);
    send_packet(&w, 3, 1, 100); /* 1-3 comes back, 1-4 goes */
    assert_int_equal(w.closed, 2);
    assert_int_equal(w.tally.links, 4);
    assert_clean(&w);
}

static void test_a_larger_packet_gets_a_larger_link(void **state)
{
    world w;

    (void)state;
    set_up(&w, 8, 1);
    assert_int_equal(send_packet(&w, 1, 2, 1500), SAO_HOSTS_SENT);
    assert_int_equal(send_packet(&w, 1, 2, 9000), SAO_HOSTS_SENT);
    assert_int_equal(send_packet(&w, 1, 2, 65000), SAO_HOSTS_SENT);
    assert_int_equal(send_packet(&w, 2, 1, 100), SAO_HOSTS_SENT);
    assert_int_equal(w.tally.links, 3);
    assert_int_equal(w.tally.packets, 4);
    assert_int_equal(send_packet(&w, 1, 2, 65535), SAO_HOSTS_BYPASSED);
    assert_int_equal(last_reason, SAO_BYPASS_TOO_LARGE);
    assert_int_equal(w.tally.packets, 4);
    assert_clean(&w);
}

/* Every length around the borders of the classes: each goes through, or is too large for IP. */
static void test_lengths_around_the_borders(void **state)
{
    static const size_t borders[] = {2048, 16384, 65535};
    bool too_large = false;
    world w;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        for (size_t length = borders[i] - 200; length <= borders[i]; length++) {
            set_up(&w, 1, 1);
            switch (send_packet(&w, 1, 2, length)) {
            case SAO_HOSTS_SENT:
                assert_false(too_large);
                break;
            case SAO_HOSTS_BYPASSED:
                assert_int_equal(borders[i], 65535);
                too_large = true;
                break;
            case SAO_HOSTS_FAILED:
                fail();
            }
            assert_clean(&w);
        }
    }
    assert_true(too_large);
}

/* Every form, over either version; a packet of these hosts is IPv4. */
static void test_every_form(void **state)
{
    const sao_packet_form *form;

    (void)state;
    for (size_t i = 0; (form = sao_packet_form_at(i / 3)) != NULL; i++) {
        const uint8_t version = (uint8_t[]){0, 4, 6}[i % 3];
        const bool transport = !form->over_tunnel && form->bundle.mode == SAO_IPSEC_TRANSPORT;
        world w;

        set_up_form(&w, 8, 1, 0, form->name, version);
        if (transport && version == 6) {
            assert_int_equal(send_packet(&w, 1, 2, 100), SAO_HOSTS_BYPASSED);
            assert_int_equal(last_reason, SAO_BYPASS_OTHER_IP);
            sao_hosts_free(w.hosts);
            continue;
        }
        for (int n = 0; n < 20; n++) {
            assert_int_equal(send_packet(&w, 1, 2, 100), SAO_HOSTS_SENT);
            assert_int_equal(send_packet(&w, 2, 1, 60), SAO_HOSTS_SENT);
        }
        assert_int_equal(w.outer_version, version == 6 ? 6 : 4);
        assert_clean(&w);
        assert_int_equal(w.tally.offloaded_tx, 40);
        assert_int_equal(w.tally.offloaded_rx, 40);
    }
}

static void test_transport_mode_leaves_some_packets_out(void **state)
{
    static const char *const forms[] = {"esp-transport", "ah-over-esp", "esp-tunnel"};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        world w;

        set_up_form(&w, 8, 1, 0, forms[i / 2], 0);
        assert_int_equal(send_packet(&w, 1, 2, 100), SAO_HOSTS_SENT);
        is_fragment = i % 2 == 0;
        has_wrong_checksum = i % 2 == 1;
        if (i < 4) {
            assert_int_equal(send_packet(&w, 1, 2, 100), SAO_HOSTS_BYPASSED);
            assert_int_equal(last_reason, SAO_BYPASS_UNFIT);
        } else {
            assert_int_equal(send_packet(&w, 1, 2, 100), SAO_HOSTS_SENT);
        }
        is_fragment = has_wrong_checksum = false;
        assert_int_equal(send_packet(&w, 1, 2, 100), SAO_HOSTS_SENT);
        assert_clean(&w);
    }
}

static uint64_t digest_of(uint64_t seed)
{
    world w;

    set_up(&w, 2, seed);
    for (uint8_t i = 0; i < 100; i++)
        send_packet(&w, 1, (uint8_t)(2 + i % 3), 100);
    assert_clean(&w);
    return w.digest;
}

static void test_the_seed_decides_the_wire(void **state)
{
    (void)state;
    assert_true(digest_of(1) == digest_of(1));
    assert_true(digest_of(1) != digest_of(2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_directions_share_a_link),
        cmocka_unit_test(test_nics_are_reset_in_turns),
        cmocka_unit_test(test_the_least_recently_used_link_goes),
        cmocka_unit_test(test_a_larger_packet_gets_a_larger_link),
        cmocka_unit_test(test_lengths_around_the_borders),
        cmocka_unit_test(test_every_form),
        cmocka_unit_test(test_transport_mode_leaves_some_packets_out),
        cmocka_unit_test(test_the_seed_decides_the_wire),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
