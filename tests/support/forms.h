// SPDX-License-Identifier: BSD-2-Clause
/*
 * forms.h: every form that a packet of IPsecOV2 has, in a soft NIC that has it in both directions
 * and in software, which goes by one SA at a time and knows nothing of bundles.
 */
#ifndef SAO_TEST_FORMS_H
#define SAO_TEST_FORMS_H

#include <saoffload/oob.h>

#include "support/packets.h"
#include "support/wire.h"

/* Which SAs a bundle has; none: there is no such bundle. */
typedef enum form_sas { FORM_NONE, FORM_ESP, FORM_AH, FORM_BOTH } form_sas;

typedef struct form {
    const char *name;
    form_sas sas;
    sao_ipsec_mode mode;
    uint32_t udp_esp;
    form_sas tunnel; /* around it, for transport over tunnel */
    uint32_t tunnel_udp_esp;
} form;

#define FORMS 20u
extern const form forms[FORMS];

/* The form of that name. */
const form *form_named(const char *name);

/* A bundle in both directions of a NIC, and the software's copies of its SAs. */
typedef struct form_bundle {
    uint32_t count;
    uint32_t udp_esp;
    uint8_t keys[2][2][SAO_KEY_MAX];
    sao_ipsec_params params[2];
    sao_ipsec_sa sa[2];
    void *contexts[2];
    NDIS_HANDLE in;
    NDIS_HANDLE out;
} form_bundle;

/* A NIC with one form. What stands before form_start may be changed until then. */
typedef struct form_rig {
    sao_soft_nic_config config;
    const form *form;
    uint8_t ip_version;
    bool esn;
    bool plain_inside;   /* but only the tunnel has ESN */
    uint32_t high;       /* of sequence numbers, with ESN */
    uint32_t encryption; /* of ESP */
    uint32_t authentication;
    uint8_t icv_length; /* of ESP's combined mode, 0 for its own */
    uint32_t ah_authentication;
    uint32_t tags;   /* 802.1Q tags of frames, 0 to 2 */
    bool headers;    /* packets have IPv4 options, or IPv6 extension headers */
    bool any_source; /* bundles are wildcards (ADD-9), which software does not know */
    bool any_destination;

    test_wire wire;
    form_bundle bundle;
    form_bundle tunnel; /* count 0: there is none */
} form_rig;

/* The form with libsodium's ChaCha20-Poly1305 and HMAC-SHA-256, all forms offered. */
void form_prepare(form_rig *f, const form *of, uint8_t ip_version);
void form_start(form_rig *f);
void form_finish(form_rig *f);

/* The high half of SA `i` of a bundle, with ESN, where f->high is that of the first. No two are
 * equal. */
uint32_t form_high(const form_rig *f, const form_bundle *bundle, uint32_t i);

/* The sequence number of SA `i` of a bundle, in the packet with that number. No two are equal. */
uint64_t form_sequence(const form_rig *f, const form_bundle *bundle, uint32_t i, uint32_t number);

/* Bytes of a frame before its IP header. */
uint32_t form_mac_length(const form_rig *f);

/* A packet of test_ip_packet, framed and not sealed; the frame's handles are set. */
void form_make_framed(form_rig *f, test_frame *frame, uint32_t number, size_t payload);

/* The same, sealed in software. */
void form_make_sealed(form_rig *f, test_frame *frame, uint32_t number, size_t payload);

/* The same, but what SA `n`, counted from the innermost, has sealed is spoilt before the next SA
 * protects it: only that SA's ICV is wrong. */
void form_make_spoilt(form_rig *f, test_frame *frame, uint32_t number, size_t payload, uint32_t n);

/* How many SAs there are in all, and the protocol of the nth; those of the tunnel come last. */
uint32_t form_sa_count(const form_rig *f);
const sao_ipsec_sa *form_sa(form_rig *f, uint32_t n);

/* Sends a framed packet under its handles; its status. */
NDIS_STATUS form_send(form_rig *f, test_frame *frame);

/* Opens and strips a sealed frame in software: is it the packet with that number and payload? */
bool form_opens_as(form_rig *f, const test_frame *frame, uint32_t number, size_t payload);

/* Strips what the NIC has opened: the same question. */
bool form_strips_as(form_rig *f, const test_frame *frame, size_t payload);

/* Strips what the NIC has opened of the tunnel alone, opens and strips the rest: once more. */
bool form_opens_inside_as(form_rig *f, const test_frame *frame, uint32_t number, size_t payload);

/* A frame comes in; what the NIC says of it. `received` may be NULL, and is given back then. */
sao_oob_receive form_receive(form_rig *f, test_frame *received, const test_frame *frame);

/* The transport returns an indicated packet. */
void form_give_back(form_rig *f, test_frame *frame);

sao_soft_nic_counters form_counters(const form_rig *f);

#endif /* SAO_TEST_FORMS_H */
