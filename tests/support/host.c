// SPDX-License-Identifier: BSD-2-Clause
/* host.c: see host.h. */
#include "support/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/memory.h"

#define MAC_LENGTH 14u
#define LOCAL TEST_DESTINATION
#define REMOTE TEST_SOURCE

/* ---- hooks ----------------------------------------------------------------------------- */

static void note_delivery(void *context, const uint8_t *packet, size_t length)
{
    test_host *host = context;

    assert_true(length <= sizeof host->delivered_bytes);
    host->delivered++;
    host->delivered_length = length;
    memcpy(host->delivered_bytes, packet, length);
    if (host->during_deliver != NULL)
        host->during_deliver(host);
}

static void note_violation(void *context, const char *rule, const char *what)
{
    test_host *host = context;

    assert_non_null(what);
    assert_true(host->violations < HOST_VIOLATIONS_MAX);
    host->violation[host->violations++] = rule;
}

void host_expect_violation(test_host *host, const char *rule)
{
    if (rule == NULL) {
        if (host->violations > 0)
            fail_msg("violation of %s", host->violation[0]);
        return;
    }
    assert_int_equal(host->violations, 1);
    assert_string_equal(host->violation[0], rule);
    host->violations = 0;
}

/* ---- life ------------------------------------------------------------------------------ */

void host_init(test_host *host)
{
    memset(host, 0, sizeof *host);
    fake_init(&host->fake);
    host->cipher = &test_ciphers[1];
    host->ip_version = 4;
    sao_transport_config_init(&host->config);
    host->config.miniport = fake_interface(&host->fake);
    host->config.provider = sao_crypto_sodium();
    host->config.associations = 4;
    host->config.packets = 3;
    host->config.capacity = 8;
    host->config.offload_again_after = HOST_AGAIN_AFTER;
    host->config.retry_after = HOST_RETRY_AFTER;
    host->config.epoch = HOST_EPOCH;
    host->config.hooks.deliver = note_delivery;
    host->config.hooks.violation = note_violation;
    host->config.hooks.context = host;
}

static test_sa peer_sa(const test_host *host, bool outbound)
{
    const sao_transport_association association = host_association(host, 0);
    const sao_transport_sa *sa = outbound ? &association.inbound : &association.outbound;
    sao_ipsec_params params = test_params(host->cipher, SAO_IPSEC_TUNNEL, host->ip_version);

    params.source = outbound ? association.remote : association.local;
    params.destination = outbound ? association.local : association.remote;
    params.spi = sa->spi;
    params.esn = host->esn;
    params.encryption_key = sa->encryption_key;
    if (host->cipher->authentication != 0)
        params.authentication_key = sa->authentication_key;
    return test_sa_make(&params);
}

void host_open(test_host *host)
{
    const char *problem = "not written";

    host->size = sao_transport_size(&host->config);
    assert_true(host->size > 0);
    host->memory = malloc(host->size);
    assert_non_null(host->memory);
    test_memory_spoil(host->memory, host->size);
    assert_int_equal(
        sao_transport_init(host->memory, host->size, &host->config, &host->transport, &problem),
        NDIS_STATUS_SUCCESS);
    assert_null(problem);
    host->fake.protocol = sao_transport_protocol(host->transport);
    host->peer_out = peer_sa(host, true);
    host->peer_in = peer_sa(host, false);
}

void host_close(test_host *host)
{
    host_expect_violation(host, NULL);
    test_sa_free(&host->peer_out);
    test_sa_free(&host->peer_in);
    free(host->memory);
}

/* ---- associations ---------------------------------------------------------------------- */

const uint8_t *host_key(bool inbound)
{
    static const uint8_t keys[2][SAO_KEY_MAX] = {"the key of all outbound SAs: 36 byte",
                                                 "this is the key for all inbound SAs."};

    return keys[inbound ? 1 : 0];
}

sao_transport_association host_association(const test_host *host, uint32_t number)
{
    const uint8_t inbound[4] = {0xAA, 0, 0, (uint8_t)number};
    const uint8_t outbound[4] = {0xBB, 0, 0, (uint8_t)number};
    sao_transport_association association;

    memset(&association, 0, sizeof association);
    association.ip_version = host->ip_version;
    association.local = test_address(host->ip_version, LOCAL);
    association.remote = test_address(host->ip_version, REMOTE);
    association.esn = host->esn;
    association.encryption = host->cipher->encryption;
    association.authentication = host->cipher->authentication;
    memcpy(&association.inbound.spi, inbound, 4);
    memcpy(&association.outbound.spi, outbound, 4);
    association.inbound.encryption_key = association.inbound.authentication_key = host_key(true);
    association.outbound.encryption_key = association.outbound.authentication_key = host_key(false);
    return association;
}

uint32_t host_establish(test_host *host, uint32_t number)
{
    const sao_transport_association association = host_association(host, number);
    uint32_t id = SAO_ASSOCIATION_NONE;

    assert_int_equal(sao_transport_establish(host->transport, &association, &id),
                     NDIS_STATUS_SUCCESS);
    assert_int_not_equal(id, SAO_ASSOCIATION_NONE);
    return id;
}

uint32_t host_start(test_host *host)
{
    return host_start_settling(host, 0);
}

uint32_t host_start_settling(test_host *host, uint64_t settle_time)
{
    uint32_t id;

    host_init(host);
    host->config.settle_time = settle_time;
    host_open(host);
    id = host_establish(host, 0);
    assert_int_equal(sao_transport_state(host->transport, id), SAO_ASSOCIATION_OFFLOADED);
    return id;
}

void host_at(test_host *host, uint64_t now)
{
    (void)sao_transport_poll(host->transport, now);
}

sao_transport_counters host_counters(const test_host *host)
{
    sao_transport_counters counters;

    sao_transport_get_counters(host->transport, &counters);
    return counters;
}

bool host_memory_holds(const test_host *host, const uint8_t *bytes, size_t length)
{
    return test_memory_holds(host->memory, host->size, bytes, length);
}

/* ---- packets --------------------------------------------------------------------------- */

void host_send(test_host *host, uint32_t id)
{
    uint8_t packet[TEST_PACKET_MAX];
    const size_t length = test_ip_packet(packet, host->ip_version, HOST_PAYLOAD);

    assert_int_equal(sao_transport_send(host->transport, id, packet, length), NDIS_STATUS_SUCCESS);
}

sao_oob_receive host_opened(bool wish)
{
    return (sao_oob_receive){.crypto_done = true, .sa_delete_request = wish};
}

size_t host_make_frame(test_host *host, uint64_t sequence, bool sealed, uint8_t *frame)
{
    const uint8_t type[2][2] = {{0x08, 0x00}, {0x86, 0xDD}};
    const sao_ipsec_sa *sa = &host->peer_out.sa;
    uint8_t *packet = frame + MAC_LENGTH;
    size_t length = test_ip_packet(packet, host->ip_version, HOST_PAYLOAD);

    memset(frame, 0x02, MAC_LENGTH);
    memcpy(frame + 12, type[host->ip_version == 6 ? 1 : 0], 2);
    assert_int_equal(sao_ipsec_frame(sa, sequence, packet, &length, TEST_PACKET_MAX - MAC_LENGTH),
                     NDIS_STATUS_SUCCESS);
    if (sealed)
        assert_int_equal(sao_ipsec_seal(sa, (uint32_t)(sequence >> 32), test_iv((uint32_t)sequence),
                                        packet, length),
                         NDIS_STATUS_SUCCESS);
    return MAC_LENGTH + length;
}

static void receive(test_host *host, bool sealed, sao_oob_receive oob)
{
    uint8_t frame[TEST_PACKET_MAX];
    const size_t length = host_make_frame(host, ++host->peer_sequence, sealed, frame);

    fake_indicate(&host->fake, frame, length, oob);
}

void host_receive_opened(test_host *host, bool wish)
{
    receive(host, false, host_opened(wish));
}

void host_receive_untouched(test_host *host)
{
    receive(host, true, (sao_oob_receive){.crypto_done = false});
}

void host_receive_lost(test_host *host)
{
    receive(host, true, (sao_oob_receive){.sa_delete_request = true});
}

sao_ipsec_result host_peer_opens(test_host *host, const fake_send *send)
{
    uint8_t expected[TEST_PACKET_MAX];
    const size_t expected_length = test_ip_packet(expected, host->ip_version, HOST_PAYLOAD);
    uint8_t packet[FAKE_FRAME_MAX];
    size_t length = send->length - send->ip_offset;
    sao_ipsec_result result;

    memcpy(packet, send->bytes + send->ip_offset, length);
    assert_int_equal(
        sao_ipsec_unprotect(&host->peer_in.sa, host->peer_sequence, packet, &length, &result),
        NDIS_STATUS_SUCCESS);
    assert_int_equal(length, expected_length);
    assert_memory_equal(packet, expected, expected_length);
    return result;
}

/* ---- what is expected ------------------------------------------------------------------ */

void host_expect_not_lost(test_host *host)
{
    assert_int_equal(host->violations, 2);
    assert_string_equal(host->violation[0], "RX-9");
    assert_string_equal(host->violation[1], "RX-6");
    host->violations = 0;
}

void host_expect_state(const test_host *host, uint32_t id, sao_association_state state)
{
    assert_int_equal(sao_transport_state(host->transport, id), state);
}

void host_expect_last(test_host *host, uint32_t count, NDIS_OID oid)
{
    assert_int_equal(host->fake.request_count, count);
    assert_int_equal(fake_last(&host->fake)->oid, oid);
}

void host_expect_delete(test_host *host, uint32_t count, NDIS_HANDLE handle)
{
    host_expect_last(host, count, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA);
    assert_int_equal(fake_last(&host->fake)->element_count, 1);
    assert_ptr_equal(fake_last(&host->fake)->elements[0].handle, handle);
}

NDIS_HANDLE host_handle(const test_host *host, uint32_t request, uint32_t element)
{
    return host->fake.requests[request].elements[element].handle;
}

/* ---- the miniport's life --------------------------------------------------------------- */

NDIS_STATUS host_life(test_host *host, sao_life_event event)
{
    return sao_transport_life(host->transport, event);
}

void host_begin(test_host *host, sao_life_event event)
{
    host->fake.life_status[event] = NDIS_STATUS_PENDING;
    assert_int_equal(host_life(host, event), NDIS_STATUS_PENDING);
    assert_true(sao_transport_life_pending(host->transport));
}

void host_end(test_host *host, sao_life_event event)
{
    host->fake.protocol.ops->life_complete(host->fake.protocol.context, event, NDIS_STATUS_SUCCESS);
    assert_false(sao_transport_life_pending(host->transport));
}

void host_pass(test_host *host, sao_life_event event)
{
    host->fake.life_status[event] = NDIS_STATUS_SUCCESS;
    assert_int_equal(host_life(host, event), NDIS_STATUS_SUCCESS);
    assert_false(sao_transport_life_pending(host->transport));
}
