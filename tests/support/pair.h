// SPDX-License-Identifier: BSD-2-Clause
/*
 * pair.h: two transports, each on a fake miniport, and associations of one form between them.
 *
 * What one end sends, the test carries to the other. A frame that the fake NIC was to protect is
 * still open, and so is what a NIC that opened it would indicate.
 */
#ifndef SAO_TEST_PAIR_H
#define SAO_TEST_PAIR_H

#include <saoffload/transport.h>

#include "support/fake_miniport.h"
#include "support/packets.h"

#define PAIR_VIOLATIONS_MAX 8u
#define PAIR_RETRY_AFTER 10u
#define PAIR_AGAIN_AFTER 20u
#define PAIR_PAYLOAD 61u

typedef struct test_end {
    fake_miniport fake;
    sao_transport_config config; /* to be changed before pair_open */
    sao_transport *transport;
    void *memory;
    uint32_t id;     /* of the association that is sent under */
    uint32_t tunnel; /* of the one that it runs over; SAO_ASSOCIATION_NONE without */

    uint32_t delivered;
    size_t length; /* of the last packet */
    uint8_t bytes[TEST_PACKET_MAX];
    uint32_t violations;
    const char *violation[PAIR_VIOLATIONS_MAX];
} test_end;

typedef struct test_pair {
    const sao_packet_form *form;
    uint8_t ip_version; /* of the packets, and of all headers */
    bool esn;
    uint32_t encryption;
    uint32_t authentication;
    uint32_t ah_authentication;
    bool any_address; /* transport mode: the associations accept any */
    test_end end[2];
} test_pair;

/* Defaults: ChaCha20-Poly1305, HMAC-SHA-256 for AH, room for everything, nothing is late. */
void pair_init(test_pair *pair, const char *form, uint8_t ip_version);
void pair_open(test_pair *pair);
void pair_close(test_pair *pair);

/* Both of the above, and the associations. */
void pair_start(test_pair *pair, const char *form, uint8_t ip_version);

/* What one end establishes; `tunnel` is the part that its form's other bundle runs over. */
sao_transport_association pair_association(const test_pair *pair, int end, bool tunnel);

/* Establishes the form's associations, the tunnel first. */
void pair_establish(test_pair *pair);

/* The packet that `from` sends; its length. */
size_t pair_packet(const test_pair *pair, int from, uint8_t *packet);

/* Sends it, and expects success; what the fake miniport got. */
const fake_send *pair_send(test_pair *pair, int from);

/* Carries a frame to the other end; `oob` as there. */
void pair_carry(test_pair *pair, int from, const fake_send *send, sao_oob_receive oob);

/* One packet from end 0 to end 1, of which the NIC there says this. */
void pair_pass(test_pair *pair, sao_oob_receive oob);

/* It is this late now, at both ends. */
void pair_at(test_pair *pair, uint64_t now);

/* The fake miniport of an end says what it offers now. */
void pair_offer(test_pair *pair, int end, const NDIS_IPSEC_OFFLOAD_V2 *offer);

/* What a NIC says that has opened so many bundles' parts of a packet. */
sao_oob_receive pair_opened(uint32_t parts);

/* How many bundles a packet of the form passes. */
uint32_t pair_layers(const test_pair *pair);

/* The end got exactly that packet, for the nth time. */
void pair_expect_delivery(const test_pair *pair, int from, uint32_t n);

void pair_expect_state(const test_pair *pair, int end, uint32_t id, sao_association_state state);

/* Did the end report exactly this rule since the last time? NULL: nothing. */
void pair_expect_violation(test_pair *pair, int index, const char *rule);

sao_transport_counters pair_counters(const test_pair *pair, int end);

#endif /* SAO_TEST_PAIR_H */
