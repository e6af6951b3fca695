// SPDX-License-Identifier: BSD-2-Clause
/* nic_state.h: soft NICs for fuzz targets, one for each form, put back to where they began. */
#ifndef SAO_TEST_NIC_STATE_H
#define SAO_TEST_NIC_STATE_H

#include "fuzz.h"
#include "support/forms.h"

/* What the wire does with a packet that was received and returned. The target sets it. */
extern void (*nic_release)(void *wire, sao_packet *packet);
/* What the wire does with a packet that is sent; NULL for nothing. */
extern void (*nic_transmit)(void *wire, const sao_packet *packet);

/* A frame in one piece or in two, each in memory of exactly its size. */
typedef struct nic_frame {
    sao_packet packet;
    sao_segment rest;
    uint8_t *before; /* what it was */
    size_t length;
} nic_frame;

/* Makes the frame; `in` says where its second piece begins, if it has one. */
void nic_frame_make(nic_frame *frame, fuzz_input *in, bool split, const uint8_t *bytes,
                    size_t length);
void nic_frame_free(nic_frame *frame);

/* The bytes that are there now, in one piece, to be freed. */
uint8_t *nic_frame_gather(const nic_frame *frame);

/* Is it what it was? */
bool nic_frame_is_unchanged(const nic_frame *frame);

/* The NIC that the next two bytes choose, as it was when it had just been made: Running, with the
 * bundles of a form, nothing under way. */
form_rig *nic_choose(fuzz_input *in);

/* The sequence number of the nth SA, counted from the innermost, in the packet of that number. */
uint64_t nic_sequence(const form_rig *rig, uint32_t n, uint32_t number);

/* The high halves that requests of this run have asked for, of whatever SA. */
#define NIC_HIGHS_MAX 16u
extern uint32_t nic_highs[NIC_HIGHS_MAX];
extern uint32_t nic_high_count;

/* Something that is not a packet: time passes (0), a request (1, 2), an event of life (3); `bits`
 * and what comes in say which. */
void nic_disturb(form_rig *rig, fuzz_input *in, uint8_t what, uint8_t bits);

/* Lets everything come to its end. */
void nic_settle(form_rig *rig);

/* No packet in flight or held, no request outstanding, no counter that contradicts another. */
void nic_check_quiet(const form_rig *rig);

#endif /* SAO_TEST_NIC_STATE_H */
