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
    nic_frame frame; /* the first member: a packet is found by it */
    uint32_t payload;
    bool in_use;
    bool indicated;
    bool held;     /* by the transport */
    bool intact;   /* sealed by a peer, and nobody edited it */
    bool excluded; /* likewise, but of a mode that the NIC has not (RX-2) */
} given;

typedef struct session {
    form_rig *rig;
    given all[PACKETS_MAX];
    uint32_t count;
    uint32_t released;
    uint32_t waiting; /* the last ones, to come in as a burst */
    bool hold;        /* what is indicated from now on */
    bool undisturbed; /* no life event, delete or update so far */
} session;

static session *now; /* what the wire's hooks belong to */

/* ---- what the NIC says ----------------------------------------------------------------- */

static bool is_zero(const void *bytes, size_t size)
{
    const uint8_t *at = bytes;

    while (size > 0 && at[size - 1] == 0)
        size--;
    return size == 0;
}

static void check_untouched(const given *mine)
{
    FUZZ_CHECK(is_zero(&mine->frame.packet.ipsec, sizeof mine->frame.packet.ipsec));
    FUZZ_CHECK(is_zero(&mine->frame.packet.header, sizeof mine->frame.packet.header));
    FUZZ_CHECK(nic_frame_is_unchanged(&mine->frame));
}

/* Every part of it is open: it can be taken apart to what the peer has sent. */
static void check_opened(session *s, const given *mine)
{
    uint8_t *all = nic_frame_gather(&mine->frame);
    test_frame copy;

    memset(&copy, 0, sizeof copy);
    copy.packet.length = (uint32_t)mine->frame.length;
    memcpy(copy.bytes, all, mine->frame.length);
    free(all);
    FUZZ_CHECK(form_strips_as(s->rig, &copy, mine->payload));
}

static void check_indicated(session *s, const given *mine)
{
    const sao_oob_receive oob = sao_oob_get_receive(&mine->frame.packet.ipsec);
    const bool good = oob.crypto_done && oob.crypto_status == CRYPTO_SUCCESS;

    FUZZ_CHECK(oob.crypto_done || !oob.next_crypto_done); /* RX-3 */
    FUZZ_CHECK(oob.crypto_status <= CRYPTO_INVALID_PROTOCOL);
    FUZZ_CHECK(sao_oob_get_header(&mine->frame.packet.header).set == good); /* RX-7 */
    FUZZ_CHECK(good || !mine->intact || !s->undisturbed);
    FUZZ_CHECK(!oob.crypto_done || !mine->excluded);
    if (!oob.crypto_done)
        check_untouched(mine);
    else if (!good && !oob.next_crypto_done) /* else the tunnel part is decrypted */
        FUZZ_CHECK(nic_frame_is_unchanged(&mine->frame));
    if (good && mine->intact && (oob.next_crypto_done || s->rig->tunnel.count == 0))
        check_opened(s, mine);
}

static given *given_of(sao_packet *packet)
{
    return (given *)(void *)packet;
}

static void indicate(test_wire *wire, sao_packet *packet)
{
    given *mine = given_of(packet);

    (void)wire;
    FUZZ_CHECK(mine->in_use && !mine->indicated);
    mine->indicated = true;
    check_indicated(now, mine);
    mine->held = now->hold;
    if (!mine->held)
        wire->miniport.ops->return_packet(wire->miniport.context, packet);
}

static void release(void *context, sao_packet *packet)
{
    given *mine = given_of(packet);

    (void)context;
    FUZZ_CHECK(mine->in_use && !mine->held);
    mine->in_use = false;
    now->released++;
    nic_frame_free(&mine->frame);
}

/* ---- what comes in --------------------------------------------------------------------- */

/* What waits comes in at once. */
static void flush(session *s)
{
    sao_packet *burst[PACKETS_MAX];
    const uint32_t count = s->waiting;

    for (uint32_t i = 0; i < count; i++)
        burst[i] = &s->all[s->count - count + i].frame.packet;
    s->waiting = 0;
    if (count > 0)
        sao_soft_nic_receive_burst(s->rig->wire.nic, burst, count);
}

/* Of `bits`: 1 in two pieces, 2 in a burst with those that follow. */
static void receive(session *s, fuzz_input *in, uint8_t bits, const uint8_t *bytes, size_t length)
{
    given *mine = &s->all[s->count++];

    nic_frame_make(&mine->frame, in, (bits & 1) != 0, bytes, length);
    mine->in_use = true;
    s->waiting++;
    if ((bits & 2) != 0)
        return;
    if (s->waiting > 1)
        flush(s);
    else
        sao_soft_nic_receive(s->rig->wire.nic, &mine->frame.packet);
    s->waiting = 0;
}

static void receive_raw(session *s, fuzz_input *in, uint8_t bits)
{
    uint8_t bytes[256];
    size_t length = fuzz_take(in, bytes, fuzz_byte(in));

    receive(s, in, bits, bytes, length);
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
    length += TEST_MAC_LENGTH + ((bits & 4) != 0 ? 18u : 0u);
    edited = fuzz_edit(in, frame.bytes, length) || edited;
    /* An ESN is guessed by the highest number so far, so late ones may be guessed wrong. What is in
     * pieces has to fit into the NIC's staging. */
    s->all[s->count].payload = payload;
    s->all[s->count].excluded = !edited && !s->rig->config.capabilities.Transport && !s->rig->esn &&
                                s->rig->form->mode == SAO_IPSEC_TRANSPORT &&
                                s->rig->tunnel.count == 0;
    s->all[s->count].intact = !edited && !s->rig->esn && (bits & 4) == 0 &&
                              s->rig->config.capabilities.Transport &&
                              ((bits & 1) == 0 || length <= s->rig->config.staging);
    receive(s, in, bits, frame.bytes, length);
}

/* ---- what else happens ----------------------------------------------------------------- */

static void give_back(session *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (s->all[i].in_use && s->all[i].held) {
            s->all[i].held = false;
            s->rig->wire.miniport.ops->return_packet(s->rig->wire.miniport.context,
                                                     &s->all[i].frame.packet);
        }
}

static void step(session *s, fuzz_input *in)
{
    const uint8_t todo = fuzz_byte(in), bits = (uint8_t)(todo >> 4);

    if ((todo & 15) < 8) {
        receive_sealed(s, in, bits);
        return;
    }
    if ((todo & 15) >= 10)
        flush(s);
    switch (todo & 15) {
    case 8:
    case 9:
        receive_raw(s, in, bits);
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
    flush(&s);
    s.hold = false;
    give_back(&s);
    nic_settle(s.rig);
    FUZZ_CHECK(s.released == s.count);
    nic_check_quiet(s.rig);
    return 0;
}
