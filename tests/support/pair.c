// SPDX-License-Identifier: BSD-2-Clause
/* pair.c: see pair.h. */
#include "support/pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The hosts are the ends of the packets; the gateways those of a tunnel that carries transport. */
static const uint32_t hosts[2] = {TEST_SOURCE, TEST_DESTINATION};
static const uint32_t gateways[2] = {0x0A000001u, 0x0A000002u};

/* ---- hooks ----------------------------------------------------------------------------- */

static void note_delivery(void *context, const uint8_t *packet, size_t length)
{
    test_end *end = context;

    assert_true(length <= sizeof end->bytes);
    end->delivered++;
    end->length = length;
    memcpy(end->bytes, packet, length);
}

static void note_violation(void *context, const char *rule, const char *what)
{
    test_end *end = context;

    assert_non_null(what);
    assert_true(end->violations < PAIR_VIOLATIONS_MAX);
    end->violation[end->violations++] = rule;
}

void pair_expect_violation(test_pair *pair, int index, const char *rule)
{
    test_end *end = &pair->end[index];

    if (rule == NULL && end->violations > 0)
        fail_msg("violation of %s", end->violation[0]);
    if (rule != NULL) {
        assert_int_equal(end->violations, 1);
        assert_string_equal(end->violation[0], rule);
    }
    end->violations = 0;
}

/* ---- life ------------------------------------------------------------------------------ */

static void init_end(test_end *end)
{
    fake_init(&end->fake);
    sao_transport_config_init(&end->config);
    end->config.miniport = fake_interface(&end->fake);
    end->config.provider = sao_crypto_sodium();
    end->config.associations = 4;
    end->config.packets = 3;
    end->config.capacity = 8;
    end->config.offload_again_after = PAIR_AGAIN_AFTER;
    end->config.retry_after = PAIR_RETRY_AFTER;
    end->config.hooks.deliver = note_delivery;
    end->config.hooks.violation = note_violation;
    end->config.hooks.context = end;
    end->id = end->tunnel = SAO_ASSOCIATION_NONE;
}

void pair_init(test_pair *pair, const char *form, uint8_t ip_version)
{
    memset(pair, 0, sizeof *pair);
    pair->form = sao_packet_form_find(form);
    assert_non_null(pair->form);
    pair->ip_version = ip_version;
    pair->encryption = SAO_ENCRYPTION_CHACHA20_POLY1305;
    pair->ah_authentication = IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256;
    for (int i = 0; i < 2; i++)
        init_end(&pair->end[i]);
}

void pair_open(test_pair *pair)
{
    for (int i = 0; i < 2; i++) {
        test_end *end = &pair->end[i];
        const size_t size = sao_transport_size(&end->config);

        assert_true(size > 0);
        end->memory = malloc(size);
        assert_non_null(end->memory);
        assert_int_equal(sao_transport_init(end->memory, size, &end->config, &end->transport, NULL),
                         NDIS_STATUS_SUCCESS);
        end->fake.protocol = sao_transport_protocol(end->transport);
    }
}

void pair_close(test_pair *pair)
{
    for (int i = 0; i < 2; i++) {
        pair_expect_violation(pair, i, NULL);
        free(pair->end[i].memory);
    }
}

void pair_start(test_pair *pair, const char *form, uint8_t ip_version)
{
    pair_init(pair, form, ip_version);
    pair_open(pair);
    pair_establish(pair);
}

sao_transport_counters pair_counters(const test_pair *pair, int end)
{
    sao_transport_counters counters;

    sao_transport_get_counters(pair->end[end].transport, &counters);
    return counters;
}

/* ---- associations ---------------------------------------------------------------------- */

/* An SA's SPI and keys are from its sender and its place; nothing is used twice. */
static sao_transport_sa make_sa(int sender, uint8_t place)
{
    static uint8_t keys[2][4][2][SAO_KEY_MAX];
    const uint8_t spi[4] = {(uint8_t)(0xA0 + sender), 0, 0, place};
    uint8_t(*own)[SAO_KEY_MAX] = keys[sender][place];
    sao_transport_sa sa;

    memset(own[0], 0x10 + 8 * sender + 2 * place, SAO_KEY_MAX);
    memset(own[1], 0x11 + 8 * sender + 2 * place, SAO_KEY_MAX);
    memcpy(&sa.spi, spi, sizeof spi);
    sa.encryption_key = own[0];
    sa.authentication_key = own[1];
    return sa;
}

sao_transport_association pair_association(const test_pair *pair, int end, bool tunnel)
{
    const uint32_t *address = tunnel ? gateways : hosts;
    const uint8_t place = tunnel ? 2 : 0;
    sao_transport_association association;

    memset(&association, 0, sizeof association);
    association.ip_version = pair->ip_version;
    association.form = tunnel ? pair->form->tunnel : pair->form->bundle;
    if (tunnel || !pair->any_address) {
        association.local = test_address(pair->ip_version, address[end]);
        association.remote = test_address(pair->ip_version, address[1 - end]);
    }
    association.esn = pair->esn;
    association.encryption = pair->encryption;
    association.authentication = pair->authentication;
    association.ah_authentication = pair->ah_authentication;
    association.inbound = make_sa(1 - end, place);
    association.outbound = make_sa(end, place);
    association.ah_inbound = make_sa(1 - end, (uint8_t)(place + 1));
    association.ah_outbound = make_sa(end, (uint8_t)(place + 1));
    if (!tunnel && pair->form->over_tunnel) {
        association.over_tunnel = true;
        association.tunnel = pair->end[end].tunnel;
    }
    return association;
}

static uint32_t establish(test_pair *pair, int end, bool tunnel)
{
    const sao_transport_association association = pair_association(pair, end, tunnel);
    uint32_t id = SAO_ASSOCIATION_NONE;

    assert_int_equal(sao_transport_establish(pair->end[end].transport, &association, &id),
                     NDIS_STATUS_SUCCESS);
    assert_int_not_equal(id, SAO_ASSOCIATION_NONE);
    return id;
}

void pair_establish(test_pair *pair)
{
    for (int i = 0; i < 2; i++) {
        if (pair->form->over_tunnel)
            pair->end[i].tunnel = establish(pair, i, true);
        pair->end[i].id = establish(pair, i, false);
    }
}

uint32_t pair_layers(const test_pair *pair)
{
    return pair->form->over_tunnel ? 2 : 1;
}

/* ---- packets --------------------------------------------------------------------------- */

size_t pair_packet(const test_pair *pair, int from, uint8_t *packet)
{
    const size_t length = test_ip_packet(packet, pair->ip_version, PAIR_PAYLOAD);

    if (from != 0)
        test_swap_addresses(packet);
    return length;
}

const fake_send *pair_send(test_pair *pair, int from)
{
    test_end *end = &pair->end[from];
    uint8_t packet[TEST_PACKET_MAX];
    const size_t length = pair_packet(pair, from, packet);

    assert_int_equal(sao_transport_send(end->transport, end->id, packet, length),
                     NDIS_STATUS_SUCCESS);
    return fake_last_send(&end->fake);
}

void pair_carry(test_pair *pair, int from, const fake_send *send, sao_oob_receive oob)
{
    fake_indicate(&pair->end[1 - from].fake, send->bytes, send->length, oob);
}

void pair_pass(test_pair *pair, sao_oob_receive oob)
{
    pair_carry(pair, 0, pair_send(pair, 0), oob);
}

void pair_at(test_pair *pair, uint64_t now)
{
    for (int i = 0; i < 2; i++)
        (void)sao_transport_poll(pair->end[i].transport, now);
}

void pair_offer(test_pair *pair, int end, const NDIS_IPSEC_OFFLOAD_V2 *offer)
{
    const sao_protocol *protocol = &pair->end[end].fake.protocol;

    protocol->ops->current_config(protocol->context, offer);
}

sao_oob_receive pair_opened(uint32_t parts)
{
    return (sao_oob_receive){.crypto_done = parts > 0, .next_crypto_done = parts > 1};
}

void pair_expect_state(const test_pair *pair, int end, uint32_t id, sao_association_state state)
{
    assert_int_equal(sao_transport_state(pair->end[end].transport, id), state);
}

void pair_expect_delivery(const test_pair *pair, int from, uint32_t n)
{
    const test_end *to = &pair->end[1 - from];
    uint8_t packet[TEST_PACKET_MAX];
    const size_t length = pair_packet(pair, from, packet);

    assert_int_equal(to->delivered, n);
    assert_int_equal(to->length, length);
    assert_memory_equal(to->bytes, packet, length);
}
