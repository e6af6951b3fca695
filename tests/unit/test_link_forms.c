// SPDX-License-Identifier: BSD-2-Clause
/* The link with packets of every form: all arrive as they were sent, whatever goes on meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/link_internal.h"
#include "model/transport_internal.h"
#include "support/line.h"

#define GATEWAY_0 0x0A000001u
#define GATEWAY_1 0x0A000002u

/* Each form comes four times: with each version of the packets, and of what is around them; in
 * transport mode there is nothing around them. Goes on to the next one that is; false at the end.
 */
static bool is_case(uint32_t *each)
{
    const sao_packet_form *form = sao_packet_form_at(*each / 4u);

    if (form == NULL)
        return false;
    if (!form->over_tunnel && form->bundle.mode == SAO_IPSEC_TRANSPORT && *each % 4u >= 2u)
        *each += 4u - *each % 4u;
    return sao_packet_form_at(*each / 4u) != NULL;
}

static void init_line(test_line *f, uint32_t each)
{
    sao_link_config *config = &f->config;
    uint8_t outer = each % 4u < 2u ? 4 : 6;

    line_init(f);
    f->ip_version = each % 2u == 0 ? 4 : 6;
    config->form = sao_packet_form_at(each / 4u);
    if (!config->form->over_tunnel && config->form->bundle.mode == SAO_IPSEC_TRANSPORT)
        outer = f->ip_version;
    config->ip_version = outer;
    config->inner_version = f->ip_version;
    config->inner_address[0] = test_address(f->ip_version, TEST_SOURCE);
    config->inner_address[1] = test_address(f->ip_version, TEST_DESTINATION);
    config->address[0] = test_address(outer, GATEWAY_0);
    config->address[1] = test_address(outer, GATEWAY_1);
    if (!config->form->over_tunnel && config->form->bundle.mode == SAO_IPSEC_TRANSPORT)
        memcpy(config->address, config->inner_address, sizeof config->address);
    config->nic.wish_after_packets = 0;
    config->rekey_after = 0;
}

static void send_many(test_line *f, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        line_send(f, (int)(i / 3 % 2));
}

static uint64_t sum_of(const test_line *f, size_t offset)
{
    const uint8_t *transports = (const uint8_t *)f->totals.transport;
    uint64_t sum = 0;

    for (int i = 0; i < 2; i++) {
        uint64_t value;

        memcpy(&value, transports + (size_t)i * sizeof f->totals.transport[0] + offset,
               sizeof value);
        sum += value;
    }
    return sum;
}

#define SUM(f, counter) sum_of(&(f), offsetof(sao_transport_counters, counter))

/* Of the nth SA that is reported: a bundle's ESP in both directions, then its AH, then the
 * tunnel's. AH outside of ESP protects the packet that ESP has made. */
static sao_ipsec_mode expected_mode(const test_line *f, uint32_t n)
{
    const sao_packet_form *form = f->config.form;
    const uint32_t inner = form->bundle.headers == SAO_HEADERS_ESP_AH ? 4 : 2;
    const sao_bundle_form *bundle = n < inner ? &form->bundle : &form->tunnel;
    const bool outside =
        bundle->headers == SAO_HEADERS_ESP_AH && f->sas[n].protocol == SAO_PROTOCOL_AH;

    return outside ? SAO_IPSEC_TRANSPORT : bundle->mode;
}

/* The SAs that are reported: as many as the form has, each with keys, of both directions. */
static void expect_sas(const test_line *f)
{
    const sao_packet_form *form = f->config.form;
    uint32_t count = form->bundle.headers == SAO_HEADERS_ESP_AH ? 4 : 2;

    if (form->over_tunnel)
        count += form->tunnel.headers == SAO_HEADERS_ESP_AH ? 4 : 2;
    assert_int_equal(f->sa_count, count);
    for (uint32_t i = 0; i < count; i++) {
        const sao_link_sa *sa = &f->sas[i];
        const bool ah = sa->protocol == SAO_PROTOCOL_AH;

        assert_int_equal(sa->encryption, ah ? 0 : f->config.encryption);
        assert_int_equal(sa->authentication, ah ? f->config.ah_authentication : 0);
        assert_int_equal(sa->icv_length, 16);
        assert_int_equal(sa->mode, expected_mode(f, i));
        assert_int_equal(sa->encryption_key_length, ah ? 0 : 36);
        assert_int_equal(sa->authentication_key_length, ah ? 32 : 0);
        for (uint32_t j = 0; j < i; j++)
            assert_int_not_equal(sa->spi, f->sas[j].spi);
    }
}

static void every_form_is_offloaded(void **state)
{
    (void)state;
    for (uint32_t each = 0; is_case(&each); each++) {
        test_line f;

        init_line(&f, each);
        line_open(&f);
        expect_sas(&f);
        send_many(&f, 60);
        line_close(&f);
        assert_int_equal(SUM(f, offloaded_tx), 60);
        assert_int_equal(SUM(f, offloaded_rx), 60);
        assert_int_equal(f.totals.ipsec_frames, 60);
    }
}

/* NICs that want their bundles back, that lose them, that are reset; and SAs that end. */
static void every_form_lives_through_everything(void **state) /* DEL-2, RST-3, UPD-1 */
{
    static const sao_profile profiles[] = {SAO_PROFILE_NDIS_6_1, SAO_PROFILE_NDIS_6_30};

    (void)state;
    for (uint32_t each = 0; is_case(&each); each++) {
        for (uint32_t variant = 0; variant < 4; variant++) {
            test_line f;

            init_line(&f, each);
            f.config.nic.profile = profiles[variant % 2];
            f.config.nic.wish_after_packets = 17;
            f.config.rekey_after = 90;
            f.config.nic.refuse_every = variant / 2 == 0 ? 0 : 5;
            f.config.esn = variant == 3;
            line_open(&f);
            for (uint32_t i = 0; i < 8; i++) {
                send_many(&f, 41);
                (void)sao_link_life(f.link, (int)(i % 2), SAO_LIFE_RESET);
            }
            line_close(&f);
            assert_true(f.totals.rekeys >= 2);
            assert_true(SUM(f, resets) > 4);
            assert_true(SUM(f, offloaded_tx) > 0);
            assert_true(SUM(f, offloaded_rx) > 0);
            if (!f.config.form->over_tunnel) /* of two payloads there is no wish (RX-8) */
                assert_true(SUM(f, delete_requests) > 0);
        }
    }
}

/* What the transports have of a link, for tests that cannot send 2^32 packets. */
static sao_association *association_of(const test_line *f, int side, uint32_t id)
{
    return sao_transport_find(f->link->side[side].transport, id);
}

static void jump(const test_line *f, int side, uint64_t sequence)
{
    const sao_agreement *agreement = &f->link->current;
    const uint32_t ids[] = {agreement->id[side], agreement->tunnel[side]};

    for (uint32_t i = 0; i < 2; i++) {
        sao_association *sends = association_of(f, side, ids[i]);

        if (sends != NULL)
            sends->sequence = sequence;
    }
}

/* The numbers of every SA go over 2^32 while packets flow; the NICs are told meanwhile. */
static void numbers_grow_beyond_32_bits(void **state) /* UPD-1, RX-5 */
{
    (void)state;
    for (uint32_t each = 0; is_case(&each); each++) {
        test_line f;

        init_line(&f, each);
        f.config.esn = true;
        f.config.nic.update_latency = 3;
        line_open(&f);
        jump(&f, 0, 0x80000000u); /* in two jumps, or it would look like a number from before */
        jump(&f, 1, 0x80000000u);
        send_many(&f, 6);
        jump(&f, 0, UINT32_MAX - 20u);
        jump(&f, 1, UINT32_MAX - 10u);
        send_many(&f, 100);
        for (int side = 0; side < 2; side++) {
            const sao_association *sends = association_of(&f, side, f.link->current.id[side]);

            assert_true(sends->sequence > UINT32_MAX);
            for (uint32_t i = 0; i < sends->sa_count; i++) {
                assert_int_equal(sends->half[SAO_IN].sa[i].sequence_high, 1);
                assert_int_equal(sends->half[SAO_OUT].sa[i].sequence_high, 1);
            }
        }
        line_close(&f);
        assert_true(SUM(f, offloaded_tx) > 80);
        assert_true(SUM(f, offloaded_rx) > 80);
    }
}

/* With room for the tunnel only, the rest is software's. */
static void a_small_nic_does_the_tunnel(void **state) /* ADD-11, TX-4 */
{
    (void)state;
    for (uint32_t each = 0; is_case(&each); each++) {
        test_line f;

        init_line(&f, each);
        if (!f.config.form->over_tunnel)
            continue;
        f.config.nic.capabilities.SaOffloadCapacity = 2;
        f.config.nic.wish_after_packets = 9;
        line_open(&f);
        send_many(&f, 60);
        line_close(&f);
        assert_true(SUM(f, shared_tx) > 30);
        assert_true(SUM(f, shared_rx) > 30);
        assert_int_equal(SUM(f, offloaded_rx), 0);
        assert_true(SUM(f, delete_requests) > 0); /* now there is one payload (RX-8) */
    }
}

/* A NIC that has ESP in tunnel mode only: everything else goes on without it. */
static void what_a_nic_has_not_is_done_in_software(void **state) /* ADD-10 */
{
    (void)state;
    for (uint32_t each = 0; is_case(&each); each++) {
        const sao_packet_form *form;
        const sao_bundle_form *outermost;
        bool possible;
        test_line f;

        init_line(&f, each);
        form = f.config.form;
        outermost = form->over_tunnel ? &form->tunnel : &form->bundle;
        possible = outermost->mode == SAO_IPSEC_TUNNEL && outermost->headers == SAO_HEADERS_ESP &&
                   outermost->udp_esp == 0;
        sao_soft_nic_config_init(&f.config.nic);
        f.config.nic.capabilities.Transport = 0;
        f.config.nic.capabilities.SaOffloadCapacity = 8;
        line_open(&f);
        send_many(&f, 30);
        line_close(&f);
        assert_int_equal(SUM(f, software_tx), possible ? 0 : 30);
        assert_int_equal(SUM(f, shared_tx), possible && form->over_tunnel ? 30 : 0);
        assert_int_equal(SUM(f, retries), 0);
        assert_int_equal(SUM(f, bundles_refused), 0);
    }
}

/* AES-GCM with a choice of ICVs, on both sides, in software and by the NIC (ADD-7, ADD-8). */
static void the_icv_may_be_short(void **state)
{
    uint64_t bytes[3];

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        test_line f;

        init_line(&f, 4); /* ESP in tunnel mode */
        f.config.provider = sao_crypto_null();
        f.config.encryption = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256;
        f.config.icv_length = (uint8_t)(8 + 4 * i);
        f.config.nic.wish_after_packets = 7;
        line_open(&f);
        assert_int_equal(f.sas[0].icv_length, f.config.icv_length);
        send_many(&f, 40);
        line_close(&f);
        assert_true(SUM(f, software_tx) > 0);
        bytes[i] = f.bytes;
    }
    assert_int_equal(bytes[1] - bytes[0], 40 * 4);
    assert_int_equal(bytes[2] - bytes[1], 40 * 4);
}

/* ESP that only encrypts, in bundles in which AH authenticates, and in no other one. */
static void esp_may_leave_authentication_to_ah(void **state) /* ADD-14 */
{
    (void)state;
    for (uint32_t each = 0; is_case(&each); each++) {
        const sao_packet_form *form;
        const char *problem;
        bool possible;
        test_line f;

        init_line(&f, each);
        form = f.config.form;
        possible = form->bundle.headers != SAO_HEADERS_ESP &&
                   (!form->over_tunnel || form->tunnel.headers != SAO_HEADERS_ESP);
        f.config.provider = sao_crypto_null();
        f.config.encryption = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_256;
        f.config.nic.wish_after_packets = 7;
        if (possible) {
            line_open(&f);
            send_many(&f, 40);
            line_close(&f);
            assert_true(SUM(f, offloaded_tx) > 20);
            continue;
        }
        f.memory = malloc(sao_link_size(&f.config));
        assert_int_equal(
            sao_link_init(f.memory, sao_link_size(&f.config), &f.config, &f.link, &problem),
            NDIS_STATUS_INVALID_PARAMETER);
        assert_non_null(problem);
        free(f.memory);
    }
}

static void the_inside_of_a_tunnel_has_addresses(void **state)
{
    test_line f;
    const char *problem = NULL;

    (void)state;
    init_line(&f, 0);
    f.config.form = sao_packet_form_find("esp-over-esp");
    f.config.inner_version = 5;
    assert_int_equal(sao_link_size(&f.config), 0);
    f.config.inner_version = 4;
    f.config.inner_address[1] = f.config.inner_address[0];
    assert_int_equal(sao_link_size(&f.config), 0);
    assert_int_equal(sao_link_init(NULL, 0, &f.config, &f.link, &problem),
                     NDIS_STATUS_INVALID_PARAMETER);
    assert_non_null(strstr(problem, "inner"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_offloaded),
        cmocka_unit_test(every_form_lives_through_everything),
        cmocka_unit_test(numbers_grow_beyond_32_bits),
        cmocka_unit_test(a_small_nic_does_the_tunnel),
        cmocka_unit_test(what_a_nic_has_not_is_done_in_software),
        cmocka_unit_test(the_icv_may_be_short),
        cmocka_unit_test(esp_may_leave_authentication_to_ah),
        cmocka_unit_test(the_inside_of_a_tunnel_has_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
