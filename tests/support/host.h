// SPDX-License-Identifier: BSD-2-Clause
/*
 * host.h: a transport on a fake miniport, and the peer that its packets come from and go to.
 */
#ifndef SAO_TEST_HOST_H
#define SAO_TEST_HOST_H

#include <saoffload/transport.h>

#include "support/fake_miniport.h"
#include "support/packets.h"

#define HOST_VIOLATIONS_MAX 16u
#define HOST_RETRY_AFTER 10u
#define HOST_AGAIN_AFTER 20u
#define HOST_EPOCH 0xBEEFu
#define HOST_PAYLOAD 64u

typedef struct test_host {
    fake_miniport fake;
    sao_transport_config config; /* to be changed before host_open */
    sao_transport *transport;
    void *memory;
    size_t size;
    const test_cipher *cipher;
    uint8_t ip_version;
    bool esn;

    /* The peer's ends of the first association: what it sends under, what it receives under. */
    test_sa peer_out;
    test_sa peer_in;
    uint64_t peer_sequence;

    uint32_t delivered;
    size_t delivered_length;
    uint8_t delivered_bytes[TEST_PACKET_MAX];
    void (*during_deliver)(struct test_host *host); /* may be NULL */

    uint32_t violations;
    const char *violation[HOST_VIOLATIONS_MAX];
} test_host;

/* Defaults: ChaCha20-Poly1305, IPv4, no ESN, NDIS 6.20, room for eight bundles. */
void host_init(test_host *host);

/* Makes the transport. */
void host_open(test_host *host);
void host_close(test_host *host);

/* An association; the number is part of its SPIs. The first one is the peer's. */
uint32_t host_establish(test_host *host, uint32_t number);
sao_transport_association host_association(const test_host *host, uint32_t number);

/* host_init, host_open, host_establish; everything answered at once, so it is offloaded. */
uint32_t host_start(test_host *host);
/* The same with a settle_time. */
uint32_t host_start_settling(test_host *host, uint64_t settle_time);

/* It is this late now. */
void host_at(test_host *host, uint64_t now);

/* The bytes that make up one of the association's keys: outbound or inbound. */
const uint8_t *host_key(bool inbound);

/* Sends the usual packet, and expects success. */
void host_send(test_host *host, uint32_t id);

/* What a NIC says of an opened packet; `wish` sets SaDeleteReq. */
sao_oob_receive host_opened(bool wish);

/* The next packet of the peer comes in: opened by the NIC, or untouched. */
void host_receive_opened(test_host *host, bool wish);
void host_receive_untouched(test_host *host);

/* An untouched one with SaDeleteReq, as of a bundle that a reset has lost. */
void host_receive_lost(test_host *host);

/* The frame that comes in, for tests that change it. `sealed`: as on the wire, else opened. */
size_t host_make_frame(test_host *host, uint64_t sequence, bool sealed, uint8_t *frame);

/* The peer opens a frame that left in software; fails the test unless it is the usual packet. */
sao_ipsec_result host_peer_opens(test_host *host, const fake_send *send);

/* Did the transport report exactly this rule since the last time? NULL: nothing. */
void host_expect_violation(test_host *host, const char *rule);

/* After host_receive_lost: no reset can have lost the bundle, so two rules are broken. */
void host_expect_not_lost(test_host *host);

void host_expect_state(const test_host *host, uint32_t id, sao_association_state state);

/* Exactly so many requests so far, and the last one is this; or deletes just this handle. */
void host_expect_last(test_host *host, uint32_t count, NDIS_OID oid);
void host_expect_delete(test_host *host, uint32_t count, NDIS_HANDLE handle);

/* The handle that an element of a request got, or named. */
NDIS_HANDLE host_handle(const test_host *host, uint32_t request, uint32_t element);

sao_transport_counters host_counters(const test_host *host);

/* The bytes occur somewhere in the transport's memory. */
bool host_memory_holds(const test_host *host, const uint8_t *bytes, size_t length);

/* ---- the miniport's life --------------------------------------------------------------- */

NDIS_STATUS host_life(test_host *host, sao_life_event event);

/* The event begins and pends, or ends well; or is over at once. */
void host_begin(test_host *host, sao_life_event event);
void host_end(test_host *host, sao_life_event event);
void host_pass(test_host *host, sao_life_event event);

#endif /* SAO_TEST_HOST_H */
