// SPDX-License-Identifier: BSD-2-Clause
/*
 * large.h: large TCP packets for a NIC that has a form (forms.h) and cuts them (LSO-1), and what
 * leaves of them. All numbers of a packet's segments begin at the packet's.
 */
#ifndef SAO_TEST_LARGE_H
#define SAO_TEST_LARGE_H

#include "support/forms.h"

#define LARGE_SEGMENTS_MAX 64u
#define LARGE_MAX 70000u
#define LARGE_TCP_LENGTH 32u /* with options, which a packet may be without */
#define LARGE_STAGING 700u

#define TCP_FIN 0x01u
#define TCP_SYN 0x02u
#define TCP_RST 0x04u
#define TCP_PSH 0x08u
#define TCP_ACK 0x10u
#define TCP_URG 0x20u
#define TCP_CWR 0x80u

/* The NIC, and all that left since the last send. */
typedef struct large_rig {
    form_rig form;
    test_frame transmitted[LARGE_SEGMENTS_MAX];
    uint32_t count;
    void (*transmit)(void *wire, const sao_packet *packet);
} large_rig;

/* A large packet. Set flags and no_options before it is made. */
typedef struct large {
    sao_packet packet;
    sao_segment rest;
    uint8_t bytes[LARGE_MAX];
    uint32_t payload_length;
    uint32_t mss;
    uint8_t flags;
    bool no_options; /* of TCP */
} large;

/* As form_prepare, of the form with that name; the NIC has LSO and LARGE_STAGING. */
void large_prepare(large_rig *r, const char *name, uint8_t ip_version);

/* Makes a packet of so much payload, of which the NIC is to drop `pad` bytes at the end. */
void large_make(large_rig *r, large *made, uint32_t number, uint32_t payload, uint32_t mss,
                uint8_t pad);

/* Puts it in two pieces, the second of which begins at this byte. */
void large_split(large *made, uint32_t at);

/* Sends it; the status. */
NDIS_STATUS large_send(large_rig *r, large *made);

/* Fails unless just what the packet comes to has left: every header, flag, sum and byte. */
void large_check(large_rig *r, const large *made, uint32_t number);

#endif /* SAO_TEST_LARGE_H */
