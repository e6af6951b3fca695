// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_receive.c: frames come into a soft NIC that has bundles of a form that the first bytes
 * choose, while bundles go, the hardware is reset, and packets are held.
 *
 * Every frame is indicated or released, once. What was not processed, or was and is wrong, is what
 * it was (RX-2, RX-9). What is good can be stripped; what nobody edited is good. In the end nothing
 * is in flight, and nothing held.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "nic_state.h"
#include "support/forms.h"

#define PACKETS_MAX 12u

/* What became of a frame. */
typedef struct given {
    sao_packet packet;
    uint8_t *before; /* what came in */
    size_t length;
    bool in_use;
    bool indicated;
    bool held;   /* by the transport */
    bool intact; /* sealed by a peer, and nobody edited it */
} given;

typedef struct session {
    form_rig *rig;
    given all[PACKETS_MAX];
    uint32_t count;
    uint32_t released;
    bool hold;        /* what is indicated from now on */
    bool undisturbed; /* no life event, delete or update so far */
} session;

static session *now; /* what the wire's hooks belong to */

/* ---- what the NIC says ----------------------------------------------------------------- */

static void check_untouched(const given *frame)
{
    static const uint8_t zero[sizeof frame->packet.ipsec];

    FUZZ_CHECK(memcmp(&frame->packet.ipsec, zero, sizeof frame->packet.ipsec) == 0);
    FUZZ_CHECK(memcmp(&frame->packet.header, zero, sizeof frame->packet.header) == 0);
    FUZZ_CHECK(memcmp(frame->packet.data, frame->before, frame->length) == 0);
}

/* One of the NIC's SAs that it says it has opened, and the rest; from the outside in. */
static void check_opened(session *s, const given *frame, sao_oob_receive oob)
{
    const form_bundle *outer =
        s->rig->tunnel.count > 0 && !oob.next_crypto_done ? &s->rig->tunnel : NULL;
    test_frame copy;

    memset(&copy, 0, sizeof copy);
    copy.packet.length = frame->packet.length;
    memcpy(copy.bytes, frame->packet.data, frame->length);
    FUZZ_CHECK(outer != NULL || form_strips_as(s->rig, &copy, frame->packet.id >> 32));
}

static void check_indicated(session *s, const given *frame)
{
    const sao_oob_receive oob = sao_oob_get_receive(&frame->packet.ipsec);

    FUZZ_CHECK(frame->packet.length == frame->length);
    FUZZ_CHECK(oob.crypto_done || !oob.next_crypto_done); /* RX-3 */
    if (!oob.crypto_done) {
        check_untouched(frame);
        FUZZ_CHECK(!frame->intact || !s->undisturbed);
        return;
    }
    FUZZ_CHECK(oob.crypto_status <= CRYPTO_INVALID_PROTOCOL);
    FUZZ_CHECK(sao_oob_get_header(&frame->packet.header).set ==
               (oob.crypto_status == CRYPTO_SUCCESS)); /* RX-7 */
    if (oob.crypto_status != CRYPTO_SUCCESS) {
        FUZZ_CHECK(!frame->intact || !s->undisturbed);
        if (!oob.next_crypto_done) /* else the tunnel part is decrypted */
            FUZZ_CHECK(memcmp(frame->packet.data, frame->before, frame->length) == 0);
        return;
    }
    if (frame->intact)
        check_opened(s, frame, oob);
}

static void indicate(test_wire *wire, sao_packet *packet)
{
    given *frame = packet->owner;

    (void)wire;
    FUZZ_CHECK(frame->in_use && !frame->indicated);
    frame->indicated = true;
    check_indicated(now, frame);
    frame->held = now->hold;
    if (!frame->held)
        wire->miniport.ops->return_packet(wire->miniport.context, packet);
}

static void release(void *context, sao_packet *packet)
{
    given *frame = packet->owner;

    (void)context;
    FUZZ_CHECK(frame->in_use && !frame->held);
    frame->in_use = false;
    now->released++;
    free(frame->before);
    free(packet->data);
}

/* ---- what comes in --------------------------------------------------------------------- */

static void receive(session *s, const uint8_t *bytes, size_t length, uint32_t payload, bool intact)
{
    given *frame = &s->all[s->count++];

    frame->before = fuzz_copy(bytes, length);
    frame->packet.data = fuzz_copy(bytes, length);
    frame->packet.length = frame->packet.capacity = (uint32_t)length;
    frame->packet.owner = frame;
    frame->packet.id = (uint64_t)payload << 32;
    frame->length = length;
    frame->in_use = true;
    frame->intact = intact;
    sao_soft_nic_receive(s->rig->wire.nic, &frame->packet);
}

static void receive_raw(session *s, fuzz_input *in)
{
    uint8_t bytes[256];
    size_t length = fuzz_take(in, bytes, fuzz_byte(in));

    receive(s, bytes, length, 0, false);
}

/* The frame as a peer makes it, edited before and after sealing; bytes behind it, as Ethernet pads.
 */
static void receive_sealed(session *s, fuzz_input *in, uint8_t bits)
{
    const uint32_t number = 1u + fuzz_byte(in), payload = fuzz_byte(in);
    uint8_t *ip;
    size_t length;
    test_frame frame;
    bool edited = false;

    test_make_frame(&frame, NULL, 0, s->rig->ip_version, payload);
    ip = frame.bytes + TEST_MAC_LENGTH;
    length = frame.packet.length - TEST_MAC_LENGTH;
    for (uint32_t n = 0; n < form_sa_count(s->rig); n++) {
        bool this_one;

        if (!fuzz_protect(in, form_sa(s->rig, n), nic_sequence(s->rig, n, number), test_iv(number),
                          ip, &length, TEST_FRAME_MAX - TEST_MAC_LENGTH, &this_one))
            return;
        edited = edited || this_one;
    }
    length += TEST_MAC_LENGTH + ((bits & 1) != 0 ? 18u : 0u);
    edited = fuzz_edit(in, frame.bytes, length) || edited;
    /* An ESN is guessed by the highest number so far, so late ones may be guessed wrong. */
    receive(s, frame.bytes, length, payload, !edited && !s->rig->esn && (bits & 1) == 0);
}

/* ---- what else happens ----------------------------------------------------------------- */

static void give_back(session *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (s->all[i].in_use && s->all[i].held) {
            s->all[i].held = false;
            s->rig->wire.miniport.ops->return_packet(s->rig->wire.miniport.context,
                                                     &s->all[i].packet);
        }
}

static void step(session *s, fuzz_input *in)
{
    const uint8_t todo = fuzz_byte(in), bits = (uint8_t)(todo >> 4);

    if ((todo & 15) < 8) {
        receive_sealed(s, in, bits);
        return;
    }
    switch (todo & 15) {
    case 8:
    case 9:
        receive_raw(s, in);
        break;
    case 10:
        s->hold = (bits & 1) != 0;
        break;
    case 11:
        give_back(s);
        break;
    default:
        s->undisturbed = false;
        nic_disturb(s->rig, in, (uint8_t)(todo & 3), bits);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = {data, size};
    session s = {.rig = nic_choose(&in), .undisturbed = true};

    now = &s;
    s.rig->wire.on_indicate = indicate;
    nic_release = release;
    while (in.left > 0 && s.count < PACKETS_MAX)
        step(&s, &in);
    s.hold = false;
    give_back(&s);
    nic_settle(s.rig);
    FUZZ_CHECK(s.released == s.count);
    nic_check_quiet(s.rig);
    return 0;
}
