// SPDX-License-Identifier: BSD-2-Clause
/* forms.c: see forms.h. */
#include "support/forms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <saoffload/algorithm.h>

#define IN_TUNNEL SAO_IPSEC_TUNNEL
#define IN_TRANSPORT SAO_IPSEC_TRANSPORT
#define UDP_TRANSPORT IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TRANSPORT
#define UDP_TUNNEL IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TUNNEL
#define OVER_UDP_TUNNEL IPSEC_OFFLOAD_V2_TRANSPORT_OVER_UDP_ESP_ENCAPSULATION_TUNNEL
#define UDP_OVER_TUNNEL IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TRANSPORT_OVER_TUNNEL

const form forms[FORMS] = {
    {"ESP transport", FORM_ESP, IN_TRANSPORT, 0, FORM_NONE, 0},
    {"ESP tunnel", FORM_ESP, IN_TUNNEL, 0, FORM_NONE, 0},
    {"AH transport", FORM_AH, IN_TRANSPORT, 0, FORM_NONE, 0},
    {"AH tunnel", FORM_AH, IN_TUNNEL, 0, FORM_NONE, 0},
    {"AH + ESP transport", FORM_BOTH, IN_TRANSPORT, 0, FORM_NONE, 0},
    {"AH + ESP tunnel", FORM_BOTH, IN_TUNNEL, 0, FORM_NONE, 0},
    {"UDP-ESP transport", FORM_ESP, IN_TRANSPORT, UDP_TRANSPORT, FORM_NONE, 0},
    {"UDP-ESP tunnel", FORM_ESP, IN_TUNNEL, UDP_TUNNEL, FORM_NONE, 0},
    {"ESP over ESP", FORM_ESP, IN_TRANSPORT, 0, FORM_ESP, 0},
    {"ESP over AH", FORM_ESP, IN_TRANSPORT, 0, FORM_AH, 0},
    {"ESP over AH + ESP", FORM_ESP, IN_TRANSPORT, 0, FORM_BOTH, 0},
    {"AH over ESP", FORM_AH, IN_TRANSPORT, 0, FORM_ESP, 0},
    {"AH over AH", FORM_AH, IN_TRANSPORT, 0, FORM_AH, 0},
    {"AH over AH + ESP", FORM_AH, IN_TRANSPORT, 0, FORM_BOTH, 0},
    {"AH + ESP over ESP", FORM_BOTH, IN_TRANSPORT, 0, FORM_ESP, 0},
    {"AH + ESP over AH", FORM_BOTH, IN_TRANSPORT, 0, FORM_AH, 0},
    {"AH + ESP over AH + ESP", FORM_BOTH, IN_TRANSPORT, 0, FORM_BOTH, 0},
    {"ESP over UDP-ESP", FORM_ESP, IN_TRANSPORT, 0, FORM_ESP, OVER_UDP_TUNNEL},
    {"AH + ESP over UDP-ESP", FORM_BOTH, IN_TRANSPORT, 0, FORM_ESP, OVER_UDP_TUNNEL},
    {"UDP-ESP over ESP", FORM_ESP, IN_TRANSPORT, UDP_OVER_TUNNEL, FORM_ESP, 0},
};

const form *form_named(const char *name)
{
    for (size_t i = 0; i < FORMS; i++)
        if (strcmp(forms[i].name, name) == 0)
            return &forms[i];
    fail_msg("no form is called %s", name);
    return NULL;
}

void form_prepare(form_rig *f, const form *of, uint8_t ip_version)
{
    memset(f, 0, sizeof *f);
    test_wire_config(&f->wire, &f->config);
    sao_soft_nic_offer_forms(&f->config.capabilities);
    f->form = of;
    f->ip_version = ip_version;
    f->encryption = SAO_ENCRYPTION_CHACHA20_POLY1305;
    f->ah_authentication = IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256;
}

/* ---- bundles --------------------------------------------------------------------------- */

static bool is_tunnel(const form_rig *f, const form_bundle *bundle)
{
    return bundle == &f->tunnel;
}

static bool has_esn(const form_rig *f, const form_bundle *bundle)
{
    return f->esn && (!f->plain_inside || is_tunnel(f, bundle));
}

/* What every SA of a bundle has. Each has keys and an SPI of its own. */
static sao_ipsec_params describe(const form_rig *f, form_bundle *bundle, uint32_t i,
                                 sao_ipsec_mode mode)
{
    const uint8_t number = (uint8_t)(1 + i + (is_tunnel(f, bundle) ? 16 : 0));
    const uint8_t spi[4] = {0x20, 0, 0, number};
    sao_ipsec_params params;

    sao_ipsec_params_init(&params);
    memcpy(&params.spi, spi, sizeof spi);
    params.mode = mode;
    params.ip_version = f->ip_version;
    params.source = test_address(f->ip_version, is_tunnel(f, bundle) ? 0x0A000001 : TEST_SOURCE);
    params.destination =
        test_address(f->ip_version, is_tunnel(f, bundle) ? 0x0A000002 : TEST_DESTINATION);
    params.esn = has_esn(f, bundle);
    params.allow_unauthenticated = true;
    memset(bundle->keys[i], number, sizeof bundle->keys[i]);
    params.encryption_key = bundle->keys[i][0];
    params.authentication_key = bundle->keys[i][1];
    return params;
}

static void set_key_lengths(sao_ipsec_params *params)
{
    const sao_algorithm *cipher = sao_encryption_algorithm(params->encryption);
    const sao_algorithm *hmac = sao_authentication_algorithm(params->authentication);

    params->encryption_key_length = cipher != NULL ? cipher->key_length : 0;
    params->authentication_key_length = hmac != NULL ? hmac->key_length : 0;
}

static void add_sa(form_rig *f, form_bundle *bundle, uint8_t protocol, sao_ipsec_mode mode)
{
    const uint32_t i = bundle->count++;
    const sao_crypto_provider *provider = f->config.provider;
    sao_ipsec_params *params = &bundle->params[i];

    *params = describe(f, bundle, i, mode);
    params->protocol = protocol;
    if (protocol == SAO_PROTOCOL_AH) {
        params->authentication = f->ah_authentication;
    } else {
        params->encryption = f->encryption;
        params->authentication = f->authentication;
        params->icv_length = f->icv_length;
        params->udp_encapsulated = bundle->udp_esp != 0;
    }
    set_key_lengths(params);
    bundle->contexts[i] = malloc(provider->context_size);
    assert_non_null(bundle->contexts[i]);
    assert_int_equal(sao_ipsec_sa_init(&bundle->sa[i], params, provider, bundle->contexts[i]),
                     NDIS_STATUS_SUCCESS);
}

static NDIS_HANDLE offload(form_rig *f, const form_bundle *bundle, bool inbound)
{
    const uint32_t high[2] = {form_high(f, bundle, 0), form_high(f, bundle, 1)};
    const bool ex = f->config.profile == SAO_PROFILE_NDIS_6_30; /* ADD-1 */
    sao_ipsec_params params[2] = {bundle->params[0], bundle->params[1]};
    test_request request;

    if (f->any_source)
        memset(&params[0].source, 0, sizeof params[0].source);
    if (f->any_destination)
        memset(&params[0].destination, 0, sizeof params[0].destination);
    if (ex)
        test_make_add_bundle_ex(&request, params, bundle->count, bundle->udp_esp, inbound, high);
    else
        test_make_add_bundle(&request, params, bundle->count, bundle->udp_esp, inbound, high);
    assert_int_equal(test_submit(&f->wire, &request), NDIS_STATUS_SUCCESS);
    return ex ? request.buffer.add_ex.OffloadHandle : request.buffer.add.OffloadHandle;
}

/* AH outside of ESP is in transport mode relative to the packet that has ESP (ADD-5). */
static void make_bundle(form_rig *f, form_bundle *bundle, form_sas sas, sao_ipsec_mode mode,
                        uint32_t udp_esp)
{
    if (sas == FORM_NONE)
        return;
    bundle->udp_esp = udp_esp;
    if (sas != FORM_AH)
        add_sa(f, bundle, SAO_PROTOCOL_ESP, mode);
    if (sas != FORM_ESP)
        add_sa(f, bundle, SAO_PROTOCOL_AH, sas == FORM_BOTH ? SAO_IPSEC_TRANSPORT : mode);
    bundle->in = offload(f, bundle, true);
    bundle->out = offload(f, bundle, false);
}

void form_start(form_rig *f)
{
    test_wire_open(&f->wire, &f->config);
    if (f->wire.test == NULL) /* else it is of who has embedded the rig */
        f->wire.test = f;
    make_bundle(f, &f->bundle, f->form->sas, f->form->mode, f->form->udp_esp);
    make_bundle(f, &f->tunnel, f->form->tunnel, SAO_IPSEC_TUNNEL, f->form->tunnel_udp_esp);
}

static void free_bundle(form_bundle *bundle)
{
    for (uint32_t i = 0; i < bundle->count; i++) {
        sao_ipsec_sa_wipe(&bundle->sa[i]);
        free(bundle->contexts[i]);
    }
}

void form_finish(form_rig *f)
{
    free_bundle(&f->bundle);
    free_bundle(&f->tunnel);
    test_wire_close(&f->wire);
}

/* ---- packets --------------------------------------------------------------------------- */

uint32_t form_high(const form_rig *f, const form_bundle *bundle, uint32_t i)
{
    return f->high + 20u * i + (is_tunnel(f, bundle) ? 100u : 0u);
}

uint64_t form_sequence(const form_rig *f, const form_bundle *bundle, uint32_t i, uint32_t number)
{
    const uint32_t low = number + 1000u * i + (is_tunnel(f, bundle) ? 5000u : 0u);

    return has_esn(f, bundle) ? (uint64_t)form_high(f, bundle, i) << 32 | low : low;
}

/* The SAs from the inside out, those of the tunnel last; NULL beyond the last. */
static form_bundle *nth(form_rig *f, uint32_t n, uint32_t *i)
{
    form_bundle *bundle = n < f->bundle.count ? &f->bundle : &f->tunnel;

    *i = n < f->bundle.count ? n : n - f->bundle.count;
    return *i < bundle->count ? bundle : NULL;
}

uint32_t form_mac_length(const form_rig *f)
{
    return TEST_MAC_LENGTH + 4 * f->tags;
}

/* Room for `length` bytes at `at`, in a packet of `*size`. */
static void open_up(uint8_t *packet, size_t *size, size_t at, const uint8_t *bytes, size_t length)
{
    memmove(packet + at + length, packet + at, *size - at);
    memcpy(packet + at, bytes, length);
    *size += length;
}

/* A router alert; over IPv6 hop-by-hop and destination options. */
static void add_headers(uint8_t *packet, size_t *length, uint8_t ip_version)
{
    static const uint8_t alert[4] = {0x94, 4, 0, 0};
    static const uint8_t options[16] = {60, 0, 5, 2, 0, 0, 1, 0, TEST_PROTOCOL, 0, 1, 4};

    if (ip_version == 4) {
        open_up(packet, length, 20, alert, sizeof alert);
        packet[0] = 0x46;
        packet[3] = (uint8_t)(packet[3] + sizeof alert);
        test_ipv4_checksum(packet);
    } else {
        open_up(packet, length, 40, options, sizeof options);
        packet[5] = (uint8_t)(packet[5] + sizeof options);
        packet[6] = 0;
    }
}

/* The packet that all is made from. */
static size_t make_plain(const form_rig *f, uint8_t *packet, size_t payload)
{
    size_t length = test_ip_packet(packet, f->ip_version, payload);

    if (f->headers)
        add_headers(packet, &length, f->ip_version);
    return length;
}

/* The MAC header, with tags. */
static void make_mac(const form_rig *f, test_frame *frame)
{
    static const uint8_t tag[4] = {0x81, 0x00, 0x20, 0x05};
    size_t length = TEST_MAC_LENGTH;

    test_make_frame(frame, NULL, 0, f->ip_version, 0);
    for (uint32_t i = 0; i < f->tags; i++)
        open_up(frame->bytes, &length, 12, tag, sizeof tag);
    frame->packet.ip_offset = form_mac_length(f);
}

/* No SA is spoilt. */
#define SPOIL_NONE UINT32_MAX

/* Spoils the ICV of what was just sealed. */
static void spoil(const sao_ipsec_sa *sa, uint8_t *ip, size_t length)
{
    sao_ipsec_layout layout;

    if (sa->protocol == SAO_PROTOCOL_ESP) {
        ip[length - 1] ^= 1;
        return;
    }
    assert_int_equal(sao_ipsec_locate(sa, ip, length, &layout), CRYPTO_SUCCESS);
    ip[layout.header_at + 12 + sa->iv_length] ^= 1;
}

static void make(form_rig *f, test_frame *frame, uint32_t number, size_t payload, bool seal,
                 uint32_t spoilt)
{
    uint8_t *ip = frame->bytes + form_mac_length(f);
    const size_t capacity = sizeof frame->bytes - form_mac_length(f);
    size_t length;
    form_bundle *bundle;
    uint32_t i;

    make_mac(f, frame);
    length = make_plain(f, ip, payload);
    for (uint32_t n = 0; (bundle = nth(f, n, &i)) != NULL; n++) {
        const uint64_t sequence = form_sequence(f, bundle, i, number);

        assert_int_equal(seal ? sao_ipsec_protect(&bundle->sa[i], sequence, test_iv(number + n), ip,
                                                  &length, capacity)
                              : sao_ipsec_frame(&bundle->sa[i], sequence, ip, &length, capacity),
                         NDIS_STATUS_SUCCESS);
        if (n == spoilt)
            spoil(&bundle->sa[i], ip, length);
    }
    frame->packet.length = form_mac_length(f) + (uint32_t)length;
    frame->packet.ipsec.Transmit.OffloadHandle = f->bundle.out;
    frame->packet.tunnel.Transmit.TunnelHandle = f->tunnel.out;
}

void form_make_framed(form_rig *f, test_frame *frame, uint32_t number, size_t payload)
{
    make(f, frame, number, payload, false, SPOIL_NONE);
}

void form_make_sealed(form_rig *f, test_frame *frame, uint32_t number, size_t payload)
{
    make(f, frame, number, payload, true, SPOIL_NONE);
}

void form_make_spoilt(form_rig *f, test_frame *frame, uint32_t number, size_t payload, uint32_t n)
{
    make(f, frame, number, payload, true, n);
}

uint32_t form_sa_count(const form_rig *f)
{
    return f->bundle.count + f->tunnel.count;
}

const sao_ipsec_sa *form_sa(form_rig *f, uint32_t n)
{
    uint32_t i;
    form_bundle *bundle = nth(f, n, &i);

    return &bundle->sa[i];
}

NDIS_STATUS form_send(form_rig *f, test_frame *frame)
{
    test_send(&f->wire, frame, frame->packet.ipsec.Transmit.OffloadHandle);
    return frame->packet.status;
}

static bool is_plain_packet(const form_rig *f, const uint8_t *packet, size_t length, size_t payload)
{
    uint8_t plain[TEST_PACKET_MAX];

    return make_plain(f, plain, payload) == length && memcmp(packet, plain, length) == 0;
}

/* Takes a packet apart from the outside in. The first `opened` SAs are opened already. */
static bool takes_apart(form_rig *f, const test_frame *frame, uint32_t number, size_t payload,
                        uint32_t opened)
{
    const uint32_t count = form_sa_count(f);
    uint8_t packet[TEST_FRAME_MAX];
    size_t length = frame->packet.length - form_mac_length(f);

    memcpy(packet, frame->bytes + form_mac_length(f), length);
    for (uint32_t n = count; n-- > 0;) {
        uint32_t i;
        const form_bundle *bundle = nth(f, n, &i);
        const uint64_t sequence = form_sequence(f, bundle, i, number);
        sao_ipsec_result result = {.sequence = sequence};

        if (count - n <= opened
                ? sao_ipsec_strip(&bundle->sa[i], packet, &length) != NDIS_STATUS_SUCCESS
                : sao_ipsec_unprotect(&bundle->sa[i], sequence, packet, &length, &result) !=
                      NDIS_STATUS_SUCCESS)
            return false;
        if (result.sequence != sequence)
            return false;
    }
    return is_plain_packet(f, packet, length, payload);
}

bool form_opens_as(form_rig *f, const test_frame *frame, uint32_t number, size_t payload)
{
    return takes_apart(f, frame, number, payload, 0);
}

bool form_strips_as(form_rig *f, const test_frame *frame, size_t payload)
{
    return takes_apart(f, frame, 0, payload, form_sa_count(f));
}

bool form_opens_inside_as(form_rig *f, const test_frame *frame, uint32_t number, size_t payload)
{
    return takes_apart(f, frame, number, payload, f->tunnel.count);
}

sao_oob_receive form_receive(form_rig *f, test_frame *received, const test_frame *frame)
{
    test_frame mine;
    test_frame *into = received != NULL ? received : &mine;
    sao_oob_receive oob;

    test_receive(&f->wire, into, frame);
    assert_ptr_equal(f->wire.last_indicated, &into->packet); /* RX-1 */
    oob = sao_oob_get_receive(&into->packet.ipsec);
    if (received == NULL)
        form_give_back(f, into);
    return oob;
}

void form_give_back(form_rig *f, test_frame *frame)
{
    f->wire.miniport.ops->return_packet(f->wire.miniport.context, &frame->packet);
}

sao_soft_nic_counters form_counters(const form_rig *f)
{
    sao_soft_nic_counters all;

    sao_soft_nic_get_counters(f->wire.nic, &all);
    return all;
}
