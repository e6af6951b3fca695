// SPDX-License-Identifier: BSD-2-Clause
/*
 * loop.h: a soft NIC that has one SA in both directions, so that what it sends it can receive.
 */
#ifndef SAO_TEST_LOOP_H
#define SAO_TEST_LOOP_H

#include "support/packets.h"
#include "support/wire.h"

#define TEST_ESP_AT 20u /* from an IPv4 header without options */

/* One SA in both directions of one NIC, and the software's copy of it. */
typedef struct test_loop {
    test_wire wire;
    sao_soft_nic_config config;
    sao_ipsec_params params;
    test_sa sa;
    NDIS_HANDLE in;
    NDIS_HANDLE out;
} test_loop;

/* A configuration that may still be changed: ChaCha20-Poly1305 (which runs on every machine),
 * tunnel mode, IPv4. wire.test is the loop. */
void loop_prepare(test_loop *f);
/* Starts the NIC and adds both bundles; ends with everything gone. */
void loop_start(test_loop *f);
void loop_finish(test_loop *f);

/* The transport returns an indicated packet. */
void loop_give_back(test_loop *f, test_frame *frame);

sao_soft_nic_counters loop_counters(const test_loop *f);

/* A good frame from the wire, made by the NIC itself. */
void loop_make_sealed(test_loop *f, test_frame *frame, uint64_t sequence);

/* A good frame comes in that software sealed; it is to be indicated with this CryptoStatus. */
void loop_expect_received(test_loop *f, uint64_t sequence, uint16_t crypto_status);

/* UPDATE_SA: a new high half. */
void loop_update(test_loop *f, NDIS_HANDLE handle, uint32_t high);

/* Is the frame good under this 64-bit sequence number, exactly? */
bool loop_opens_as(test_loop *f, const test_frame *frame, uint64_t sequence);

/* No IPsec OOB data at all, and the bytes of `as` (RX-9). */
void loop_assert_untouched(const test_frame *frame, const test_frame *as);

/* A send under the handle completes with FAILURE, once, and nothing leaves. */
void loop_assert_refused(test_loop *f, test_frame *frame, NDIS_HANDLE handle);

#endif /* SAO_TEST_LOOP_H */
