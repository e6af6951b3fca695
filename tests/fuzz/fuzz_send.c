// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_send.c: packets are sent by a soft NIC that has bundles of a form that the first bytes
 * choose: well framed or not, with their handles or others, while the NIC goes through its life.
 *
 * Every send completes once, and with SUCCESS just where the frame has left. Nothing with a handle
 * leaves but protected by just the SAs of it (TX-2), nor with an IV that was there before (TX-3).
 * What has no handle leaves as it is.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "ipsec/ah.h"
#include "ipsec/esp.h"
#include "ipsec/wire.h"
#include "nic_state.h"
#include "support/forms.h"

#define PACKETS_MAX 12u

/* What became of a packet. */
typedef struct sent {
    sao_packet packet;
    uint8_t *before;
    size_t length;
    uint32_t number;
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
    used_iv ivs[PACKETS_MAX * 4];
    uint32_t iv_count;
} session;

static session *now;

/* ---- what leaves ----------------------------------------------------------------------- */

static void note_iv(session *s, uint32_t n, const uint8_t *iv, size_t length)
{
    used_iv *mine = &s->ivs[s->iv_count];

    if (length == 0)
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

static void transmit(void *context, const sao_packet *packet)
{
    sent *mine = packet->owner;
    const NDIS_HANDLE handle = packet->ipsec.Transmit.OffloadHandle;
    const NDIS_HANDLE tunnel = packet->tunnel.Transmit.TunnelHandle;
    const form_rig *rig = now->rig;
    const uint32_t inner = rig->bundle.count, all = inner + rig->tunnel.count;
    const uint8_t *ip = packet->data + packet->ip_offset;
    const size_t length = packet->length - packet->ip_offset;

    (void)context;
    mine->left++;
    FUZZ_CHECK(packet->length == mine->length);
    if (handle == NULL) {
        FUZZ_CHECK(tunnel == NULL && memcmp(packet->data, mine->before, mine->length) == 0);
        return;
    }
    FUZZ_CHECK(handle == rig->bundle.out || (tunnel == NULL && handle == rig->tunnel.out));
    if (tunnel != NULL)
        FUZZ_CHECK(handle == rig->bundle.out && tunnel == rig->tunnel.out);
    check_protected(now, ip, length, handle == rig->bundle.out ? 0 : inner,
                    tunnel != NULL || handle != rig->bundle.out ? all : inner);
}

static void complete(test_wire *wire, sao_packet *packet)
{
    sent *mine = packet->owner;

    (void)wire;
    FUZZ_CHECK(mine->completed == 0);
    mine->completed++;
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

static void submit(session *s, fuzz_input *in, const uint8_t *frame, size_t length)
{
    sent *mine = &s->all[s->count++];
    const uint8_t choice = fuzz_byte(in);

    mine->before = fuzz_copy(frame, length);
    mine->length = length;
    mine->packet.data = fuzz_copy(frame, length);
    mine->packet.length = mine->packet.capacity = (uint32_t)length;
    mine->packet.ip_offset = TEST_MAC_LENGTH;
    if (choice == 0xFF)
        mine->packet.ip_offset = fuzz_byte(in);
    mine->packet.owner = mine;
    mine->packet.status = NDIS_STATUS_PENDING;
    mine->packet.ipsec.Transmit.OffloadHandle = choose_handle(s->rig, choice, s->rig->bundle.out);
    mine->packet.tunnel.Transmit.TunnelHandle =
        choose_handle(s->rig, (uint8_t)(choice >> 3), s->rig->tunnel.out);
    /* Offsets that the NIC may believe or not (TX-5). */
    if ((choice & 0x40) != 0)
        (void)fuzz_take(in, (uint8_t *)&mine->packet.header, sizeof mine->packet.header);
    s->rig->wire.miniport.ops->send(s->rig->wire.miniport.context, &mine->packet);
}

static void send_raw(session *s, fuzz_input *in)
{
    uint8_t bytes[256];
    size_t length = fuzz_take(in, bytes, fuzz_byte(in));

    submit(s, in, bytes, length);
}

/* Framed from the inside out, each framing edited. */
static void send_framed(session *s, fuzz_input *in)
{
    const uint32_t number = 1u + fuzz_byte(in) % 16u, payload = fuzz_byte(in);
    uint8_t *ip;
    size_t length;
    test_frame frame;

    test_make_frame(&frame, NULL, 0, s->rig->ip_version, payload);
    ip = frame.bytes + TEST_MAC_LENGTH;
    length = frame.packet.length - TEST_MAC_LENGTH;
    for (uint32_t n = 0; n < form_sa_count(s->rig); n++) {
        if (sao_ipsec_frame(form_sa(s->rig, n), nic_sequence(s->rig, n, number), ip, &length,
                            TEST_FRAME_MAX - TEST_MAC_LENGTH) != NDIS_STATUS_SUCCESS)
            return;
        (void)fuzz_edit(in, ip, length);
    }
    submit(s, in, frame.bytes, length + TEST_MAC_LENGTH);
}

static void step(session *s, fuzz_input *in)
{
    const uint8_t todo = fuzz_byte(in);

    if ((todo & 15) < 10)
        send_framed(s, in);
    else if ((todo & 15) < 12)
        send_raw(s, in);
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
        free(s.all[i].before);
        free(s.all[i].packet.data);
    }
    nic_check_quiet(s.rig);
    return 0;
}
