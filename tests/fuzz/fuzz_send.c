// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_send.c: packets are sent by a soft NIC that has bundles of a form that the first bytes
 * choose: well framed or not, with their handles or others, while the NIC goes through its life.
 *
 * Every send completes once, and with SUCCESS just where the frame has left; a large one (LSO-1)
 * leaves in pieces, some of which may be gone when it fails. Nothing with a handle leaves but
 * protected by just the SAs of it (TX-2), nor with an IV that was there before (TX-3). What has no
 * handle leaves as it is.
 */
#include "fuzz.h"

#include <string.h>

#include "ipsec/ah.h"
#include "ipsec/esp.h"
#include "ipsec/wire.h"
#include "nic_state.h"
#include "support/forms.h"

#define PACKETS_MAX 12u
#define IVS_MAX 256u

/* What became of a packet. */
typedef struct sent {
    nic_frame frame; /* the first member: a packet is found by it */
    bool large;
    unsigned completed, left;
} sent;

/* An IV, or what there is of a number where there is none, and whose. */
typedef struct used_iv {
    uint32_t sa;
    uint8_t bytes[SAO_IV_MAX];
} used_iv;

typedef struct session {
    form_rig *rig;
    sent all[PACKETS_MAX];
    uint32_t count;
    used_iv ivs[IVS_MAX];
    uint32_t iv_count;
} session;

static session *now;

/* ---- what leaves ----------------------------------------------------------------------- */

static void note_iv(session *s, uint32_t n, const uint8_t *iv, size_t length)
{
    used_iv *mine = &s->ivs[s->iv_count];

    if (length == 0 || s->iv_count == IVS_MAX)
        return;
    memset(mine, 0, sizeof *mine);
    mine->sa = n;
    memcpy(mine->bytes, iv, length);
    for (uint32_t i = 0; i < s->iv_count; i++)
        FUZZ_CHECK(memcmp(&s->ivs[i], mine, sizeof *mine) != 0);
    s->iv_count++;
}

/* The nth SA, but by any UDP ports: a bundle names none. */
static sao_ipsec_sa receiving_sa(form_rig *rig, uint32_t n)
{
    sao_ipsec_sa sa = *form_sa(rig, n);

    sa.udp_source_port = sa.udp_destination_port = 0;
    return sa;
}

/* The low half of the sequence number, wherever an edit has left it. */
static uint32_t low_half(const sao_ipsec_sa *sa, const uint8_t *packet, size_t length)
{
    sao_esp_view esp;
    sao_ah_view ah;

    if (sa->protocol == SAO_PROTOCOL_AH) {
        FUZZ_CHECK(sao_ah_locate(sa, packet, length, &ah) == CRYPTO_SUCCESS);
        return wire_load32(packet + ah.header_at + 8);
    }
    FUZZ_CHECK(sao_esp_locate(sa, packet, length, &esp) == CRYPTO_SUCCESS);
    return wire_load32(packet + esp.header_at + 4);
}

/* By the high half that the SA was added with, or one that an UPDATE has set. */
static bool opens(session *s, uint32_t n, const sao_ipsec_sa *sa, uint8_t *packet, size_t length)
{
    const uint32_t low = low_half(sa, packet, length);
    const uint64_t added = nic_sequence(s->rig, n, 0) >> 32;
    sao_ipsec_result result;

    if (sao_ipsec_open(sa, added << 32 | low, packet, length, &result) == CRYPTO_SUCCESS)
        return true;
    for (uint32_t i = 0; sa->esn && i < nic_high_count; i++)
        if (sao_ipsec_open(sa, (uint64_t)nic_highs[i] << 32 | low, packet, length, &result) ==
            CRYPTO_SUCCESS)
            return true;
    return false;
}

/* What a receiver makes of it: each SA in turn finds its ICV good, from the outside in. */
static void check_protected(session *s, const uint8_t *ip, size_t length, uint32_t first,
                            uint32_t end)
{
    uint8_t packet[TEST_FRAME_MAX];

    memcpy(packet, ip, length);
    for (uint32_t n = end; n-- > first;) {
        const sao_ipsec_sa sa = receiving_sa(s->rig, n);
        sao_ipsec_layout layout;

        FUZZ_CHECK(opens(s, n, &sa, packet, length));
        FUZZ_CHECK(sao_ipsec_locate(&sa, packet, length, &layout) == CRYPTO_SUCCESS);
        note_iv(s, n, packet + layout.header_at + (sa.protocol == SAO_PROTOCOL_AH ? 12 : 8),
                sa.iv_length);
        if (n > first)
            FUZZ_CHECK(sao_ipsec_strip(&sa, packet, &length) == NDIS_STATUS_SUCCESS);
    }
}

static sent *sent_of(const sao_packet *packet)
{
    return (sent *)(uintptr_t)packet->owner;
}

/* Without a handle: as it was, but in one piece perhaps. */
static void check_plain(const sent *mine, const sao_packet *packet)
{
    FUZZ_CHECK(packet->tunnel.Transmit.TunnelHandle == NULL);
    if (packet->more == NULL && !mine->large)
        FUZZ_CHECK(packet->length == mine->frame.length &&
                   memcmp(packet->data, mine->frame.before, packet->length) == 0);
}

static void transmit(void *context, const sao_packet *packet)
{
    sent *mine = sent_of(packet);
    const NDIS_HANDLE handle = packet->ipsec.Transmit.OffloadHandle;
    const NDIS_HANDLE tunnel = packet->tunnel.Transmit.TunnelHandle;
    const form_rig *rig = now->rig;
    const uint32_t inner = rig->bundle.count, all = inner + rig->tunnel.count;

    (void)context;
    mine->left++;
    if (handle == NULL) {
        check_plain(mine, packet);
        return;
    }
    FUZZ_CHECK(mine->large || sao_packet_size(packet) == mine->frame.length);
    FUZZ_CHECK(handle == rig->bundle.out || (tunnel == NULL && handle == rig->tunnel.out));
    if (tunnel != NULL)
        FUZZ_CHECK(handle == rig->bundle.out && tunnel == rig->tunnel.out);
    FUZZ_CHECK(packet->more == NULL); /* gathered */
    check_protected(now, packet->data + packet->ip_offset, packet->length - packet->ip_offset,
                    handle == rig->bundle.out ? 0 : inner,
                    tunnel != NULL || handle != rig->bundle.out ? all : inner);
}

static void complete(test_wire *wire, sao_packet *packet)
{
    sent *mine = sent_of(packet);

    (void)wire;
    FUZZ_CHECK(mine->completed == 0);
    mine->completed++;
    if (mine->large)
        FUZZ_CHECK(mine->left > 0 || packet->status != NDIS_STATUS_SUCCESS);
    else
        FUZZ_CHECK(mine->left == (packet->status == NDIS_STATUS_SUCCESS ? 1u : 0u));
}

/* ---- what is sent ---------------------------------------------------------------------- */

static NDIS_HANDLE choose_handle(const form_rig *rig, uint8_t choice, NDIS_HANDLE right)
{
    switch (choice & 7) {
    case 1:
        return NULL;
    case 2:
        return rig->tunnel.out;
    case 3:
        return rig->bundle.out;
    case 4:
        return rig->bundle.in;
    case 5:
        return (NDIS_HANDLE)((uintptr_t)right ^ ((uintptr_t)choice << 8));
    default:
        return right;
    }
}

/* Of `bits`: 1 in two pieces. `oob` and `lso` are what is right; the bytes may change them. */
static void submit(session *s, fuzz_input *in, uint8_t bits, const uint8_t *frame, size_t length,
                   const sao_packet *oob)
{
    sent *mine = &s->all[s->count++];
    sao_packet *packet = &mine->frame.packet;
    const uint8_t choice = fuzz_byte(in);

    nic_frame_make(&mine->frame, in, (bits & 1) != 0, frame, length);
    packet->ip_offset = choice == 0xFF ? fuzz_byte(in) : TEST_MAC_LENGTH;
    packet->owner = mine;
    packet->status = NDIS_STATUS_PENDING;
    packet->header = oob->header;
    packet->lso = oob->lso;
    packet->ipsec.Transmit.OffloadHandle = choose_handle(s->rig, choice, s->rig->bundle.out);
    packet->tunnel.Transmit.TunnelHandle =
        choose_handle(s->rig, (uint8_t)(choice >> 3), s->rig->tunnel.out);
    if ((choice & 0x40) != 0)
        (void)fuzz_edit(in, (uint8_t *)&packet->header, sizeof packet->header);
    if ((choice & 0xC0) == 0xC0)
        (void)fuzz_edit(in, (uint8_t *)&packet->lso, sizeof packet->lso);
    mine->large = sao_oob_get_lso(&packet->lso).mss != 0;
    s->rig->wire.miniport.ops->send(s->rig->wire.miniport.context, packet);
}

static void send_raw(session *s, fuzz_input *in, uint8_t bits)
{
    static const sao_packet nothing;
    uint8_t bytes[256];
    size_t length = fuzz_take(in, bytes, fuzz_byte(in));

    submit(s, in, bits, bytes, length, &nothing);
}

/* Notes in the OOB data where this SA's header is (TX-5), and returns what is behind its payload.
 */
static size_t note_header(const sao_ipsec_sa *sa, const uint8_t *ip, size_t length, sao_packet *oob)
{
    sao_ndis_header_transmit *header = &oob->header.Transmit;
    sao_ipsec_layout layout;

    if (sao_ipsec_locate(sa, ip, length, &layout) != CRYPTO_SUCCESS)
        return 0;
    if (sa->protocol == SAO_PROTOCOL_AH) {
        header->AhHeaderOffset = layout.header_at / 4u & 0xFFu;
        if (header->EspHeaderOffset != 0)
            header->EspHeaderOffset = layout.payload_at / 4u & 0xFFu;
        return 0;
    }
    header->EspHeaderOffset = layout.header_at / 4u & 0xFFu;
    header->NextHeader = layout.next_header;
    return layout.pad_length + 2u + sa->icv_length;
}

/* Framed from the inside out, each framing edited. Of `bits`: 2 large, a TCP packet (LSO-1). */
static void send_framed(session *s, fuzz_input *in, uint8_t bits)
{
    const uint32_t number = 1u + fuzz_byte(in) % 16u, payload = fuzz_byte(in);
    const bool large = (bits & 2) != 0;
    const uint32_t sas = large ? s->rig->bundle.count : form_sa_count(s->rig);
    sao_packet oob = {.length = 0};
    uint8_t *ip;
    size_t length, behind = 0;
    test_frame frame;

    test_make_frame(&frame, NULL, 0, s->rig->ip_version, payload);
    ip = frame.bytes + TEST_MAC_LENGTH;
    length = frame.packet.length - TEST_MAC_LENGTH;
    if (large && payload > 20) {
        ip[s->rig->ip_version == 4 ? 9 : 6] = 6;
        ip[length - payload + 12] = 0x50; /* TCP's header has 20 bytes */
        ip[length - payload + 13] = 0x10;
    }
    for (uint32_t n = 0; n < sas; n++) {
        if (sao_ipsec_frame(form_sa(s->rig, n), nic_sequence(s->rig, n, number), ip, &length,
                            TEST_FRAME_MAX - TEST_MAC_LENGTH) != NDIS_STATUS_SUCCESS)
            return;
        behind += note_header(form_sa(s->rig, n), ip, length, &oob);
        (void)fuzz_edit(in, ip, length);
    }
    if (large) {
        const uint8_t mss = fuzz_byte(in);

        length -= behind;
        sao_oob_set_lso(&oob.lso, (sao_oob_lso){mss, TEST_MAC_LENGTH + (uint32_t)length - payload,
                                                s->rig->ip_version == 6});
    }
    submit(s, in, bits, frame.bytes, length + TEST_MAC_LENGTH, &oob);
}

static void step(session *s, fuzz_input *in)
{
    const uint8_t todo = fuzz_byte(in);

    if ((todo & 15) < 10)
        send_framed(s, in, (uint8_t)(todo >> 4));
    else if ((todo & 15) < 12)
        send_raw(s, in, (uint8_t)(todo >> 4));
    else
        nic_disturb(s->rig, in, todo & 3, (uint8_t)(todo >> 4));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = {data, size};
    session s = {.rig = nic_choose(&in)};

    now = &s;
    s.rig->wire.on_sent = complete;
    nic_transmit = transmit;
    while (in.left > 0 && s.count < PACKETS_MAX)
        step(&s, &in);
    nic_settle(s.rig);
    for (uint32_t i = 0; i < s.count; i++) {
        FUZZ_CHECK(s.all[i].completed == 1);
        nic_frame_free(&s.all[i].frame);
    }
    nic_check_quiet(s.rig);
    return 0;
}
