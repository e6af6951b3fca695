// SPDX-License-Identifier: BSD-2-Clause
/*
 * wire.h: one soft NIC with a wire below and a transport's stand-in above, for tests.
 *
 * Both ends only write down what reaches them. What leaves on the wire can be put back in as a
 * received frame: with an outbound and an inbound bundle of one SA the NIC talks to itself.
 */
#ifndef SAO_TEST_WIRE_H
#define SAO_TEST_WIRE_H

#include <saoffload/ipsec.h>
#include <saoffload/soft_nic.h>

#define TEST_FRAME_MAX 2048u
#define TEST_LOG_MAX 128u
#define TEST_MAC_LENGTH 14u

/* A packet with its bytes. */
typedef struct test_frame {
    sao_packet packet;
    uint8_t bytes[TEST_FRAME_MAX];
} test_frame;

/* An ADD_SA, or ADD_SA_EX, request with its one element; other kinds use what they need. */
typedef struct test_request {
    sao_request request;
    union {
        IPSEC_OFFLOAD_V2_ADD_SA add;
        IPSEC_OFFLOAD_V2_ADD_SA_EX add_ex;
        IPSEC_OFFLOAD_V2_DELETE_SA remove;
        IPSEC_OFFLOAD_V2_UPDATE_SA update;
        uint8_t bytes[sizeof(IPSEC_OFFLOAD_V2_ADD_SA) + 128];
    } buffer;
    unsigned completions;
} test_request;

typedef struct test_wire {
    sao_soft_nic *nic;
    sao_adapter *adapter;
    sao_miniport miniport;
    sao_profile profile;
    void *memory;
    size_t size;
    uint64_t now;

    /* Everything that happened, counted; the last of each kept. */
    unsigned transmitted;
    unsigned sent; /* send completions */
    unsigned indicated;
    unsigned released;
    uint32_t lives[SAO_LIFE_EVENTS]; /* completed later */
    NDIS_STATUS life_outcome[SAO_LIFE_EVENTS];
    NDIS_IPSEC_OFFLOAD_V2 current_config; /* as last indicated */
    test_frame last_transmitted;
    sao_packet *last_sent;
    sao_packet *last_indicated;

    /* One letter for each event, in order: T S I R, or C for a completed request. */
    char log[TEST_LOG_MAX];

    /* What the transport does from within an indication; NULL keeps the packet. */
    void (*on_indicate)(struct test_wire *wire, sao_packet *packet);
    /* The same of a send's completion; may be NULL. */
    void (*on_sent)(struct test_wire *wire, sao_packet *packet);
    void *test; /* the test's own */
} test_wire;

/* The defaults, everything that libsodium has, and this wire. */
void test_wire_config(test_wire *wire, sao_soft_nic_config *config);

/* Makes the NIC and starts it. */
void test_wire_open(test_wire *wire, const sao_soft_nic_config *config);

/* An event of the adapter's life, by the miniport's interface. */
NDIS_STATUS test_wire_life(test_wire *wire, sao_life_event event);

/* Pauses and halts, and fails the test if anything is left behind. */
void test_wire_close(test_wire *wire);

/* Polls at `now`; returns when the NIC wants to be polled next. */
uint64_t test_wire_at(test_wire *wire, uint64_t now);

/* ---- requests -------------------------------------------------------------------------- */

/* Parameters of the nth of many SAs, ChaCha20-Poly1305 in a tunnel. */
sao_ipsec_params test_params_of(uint8_t n);

/* An ADD of a bundle of `count` SAs, ESP before AH, of one type of UDP encapsulation; `high` has
 * the high half that each begins at. */
void test_make_add_bundle(test_request *request, const sao_ipsec_params *params, uint32_t count,
                          uint32_t udp_esp, bool inbound, const uint32_t *high);

/* The same as ADD_SA_EX has it. */
void test_make_add_bundle_ex(test_request *request, const sao_ipsec_params *params, uint32_t count,
                             uint32_t udp_esp, bool inbound, const uint32_t *high);

/* Prepare a request; `high` is the ESN high half to begin with. */
void test_make_add(test_request *request, const sao_ipsec_params *params, bool inbound,
                   uint32_t high);
void test_make_add_ex(test_request *request, const sao_ipsec_params *params, bool inbound,
                      uint32_t high);
void test_make_delete(test_request *request, NDIS_HANDLE handle);
void test_make_update(test_request *request, NDIS_HANDLE handle, uint32_t spi, uint32_t high);

/* Submits it; the answer. */
NDIS_STATUS test_submit(test_wire *wire, test_request *request);

/* Adds one bundle where nothing is late, and returns its handle; fails the test if it cannot. By
 * the ADD of the NIC's profile (ADD-1). */
NDIS_HANDLE test_add(test_wire *wire, const sao_ipsec_params *params, bool inbound, uint32_t high);

/* Adds one bundle; the answer. */
NDIS_STATUS test_try_add(test_wire *wire, const sao_ipsec_params *params, bool inbound);

/* Deletes one bundle where nothing is late; the answer. */
NDIS_STATUS test_delete(test_wire *wire, NDIS_HANDLE handle);

/* ---- frames ---------------------------------------------------------------------------- */

/*
 * An Ethernet frame with an IP packet of test_ip_packet, `payload` bytes long, framed for `sa`
 * under `sequence`; `sa` may be NULL for a plain packet.
 */
void test_make_frame(test_frame *frame, const sao_ipsec_sa *sa, uint64_t sequence,
                     uint8_t ip_version, size_t payload);

/* Sends it under a handle, which may be NULL. */
void test_send(test_wire *wire, test_frame *frame, NDIS_HANDLE handle);

/* A copy of a frame comes in from the wire. */
void test_receive(test_wire *wire, test_frame *frame, const test_frame *from);

#endif /* SAO_TEST_WIRE_H */
