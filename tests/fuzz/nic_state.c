// SPDX-License-Identifier: BSD-2-Clause
/* nic_state.c: see nic_state.h. */
#include "nic_state.h"

#include <stdlib.h>
#include <string.h>

#define LATENCY 5u
#define CAPACITY 6u
#define STAGING 512u
#define SETTLE_POLLS 100u

/* A request is the adapter's until it has completed, so none is used twice in a run. */
#define REQUESTS NIC_HIGHS_MAX
static test_request requests[REQUESTS];
static unsigned requests_used;

uint32_t nic_highs[NIC_HIGHS_MAX];
uint32_t nic_high_count;

void (*nic_release)(void *wire, sao_packet *packet);
void (*nic_transmit)(void *wire, const sao_packet *packet);

/* A NIC, and what it and its wire were when it had just been made. */
typedef struct nic_kept {
    form_rig rig;
    test_wire wire;
    uint8_t *memory;
    bool made;
} nic_kept;

/* ---- frames ---------------------------------------------------------------------------- */

void nic_frame_make(nic_frame *frame, fuzz_input *in, bool split, const uint8_t *bytes,
                    size_t length)
{
    size_t first = length;

    if (split)
        first = fuzz_byte(in) % (length + 1);
    frame->before = fuzz_copy(bytes, length);
    frame->length = length;
    frame->packet.data = fuzz_copy(bytes, first);
    frame->packet.length = frame->packet.capacity = (uint32_t)first;
    if (!split)
        return;
    frame->rest.data = fuzz_copy(bytes + first, length - first);
    frame->rest.length = (uint32_t)(length - first);
    frame->packet.more = &frame->rest;
}

void nic_frame_free(nic_frame *frame)
{
    free(frame->before);
    free(frame->packet.data);
    free(frame->rest.data);
}

uint8_t *nic_frame_gather(const nic_frame *frame)
{
    uint8_t *all = fuzz_copy(frame->before, frame->length);

    FUZZ_CHECK(sao_packet_size(&frame->packet) == frame->length);
    memcpy(all, frame->packet.data, frame->packet.length);
    if (frame->packet.more != NULL)
        memcpy(all + frame->packet.length, frame->rest.data, frame->rest.length);
    return all;
}

bool nic_frame_is_unchanged(const nic_frame *frame)
{
    uint8_t *all = nic_frame_gather(frame);
    const bool same = memcmp(all, frame->before, frame->length) == 0;

    free(all);
    return same;
}

/* ---- NICs ------------------------------------------------------------------------------ */

static void release(void *wire, sao_packet *packet)
{
    nic_release(wire, packet);
}

static void transmit(void *wire, const sao_packet *packet)
{
    if (nic_transmit != NULL)
        nic_transmit(wire, packet);
}

/*
 * The null provider, mostly: nothing is encrypted, so that what the bytes say is what is inside;
 * and it is fast. libsodium, whose contexts are flat as well, for the rest.
 */
static void prepare(form_rig *rig, unsigned number, uint8_t bits)
{
    form_prepare(rig, &forms[number], (bits & 1) != 0 ? 6 : 4);
    rig->esn = (bits & 2) != 0;
    if ((bits & 12) != 12)
        rig->config.provider = sao_crypto_null();
    sao_soft_nic_offer_algorithms(&rig->config.capabilities, rig->config.provider);
    rig->config.capabilities.SaOffloadCapacity = CAPACITY;
    rig->config.capabilities.LsoSupported = true;
    rig->config.staging = STAGING;
    if ((bits & 12) == 4) /* no transport mode (RX-2) */
        rig->config.capabilities.LsoSupported = rig->config.capabilities.Transport =
            rig->config.capabilities.TransportTunnelCombined = false;
    rig->config.wire.release = release;
    rig->config.wire.transmit = transmit;
    if ((bits & 16) != 0)
        rig->config.profile = SAO_PROFILE_NDIS_6_1;
}

static void set_latencies(sao_soft_nic_config *config)
{
    config->remove_latency = config->send_latency = config->receive_latency = LATENCY;
    config->reset_latency = config->power_latency = LATENCY;
}

static void make(nic_kept *kept, unsigned number, uint8_t bits)
{
    prepare(&kept->rig, number, bits);
    if ((bits & 32) != 0)
        set_latencies(&kept->rig.config);
    form_start(&kept->rig);
    kept->wire = kept->rig.wire;
    kept->memory = fuzz_copy(kept->wire.memory, kept->wire.size);
    kept->made = true;
}

form_rig *nic_choose(fuzz_input *in)
{
    static nic_kept all[FORMS][64];
    const unsigned number = fuzz_byte(in) % FORMS;
    const uint8_t bits = fuzz_byte(in) % 64u;
    nic_kept *kept = &all[number][bits];

    if (!kept->made)
        make(kept, number, bits);
    requests_used = 0;
    nic_high_count = 0;
    memcpy(kept->wire.memory, kept->memory, kept->wire.size);
    kept->rig.wire = kept->wire;
    return &kept->rig;
}

uint64_t nic_sequence(const form_rig *rig, uint32_t n, uint32_t number)
{
    if (n < rig->bundle.count)
        return form_sequence(rig, &rig->bundle, n, number);
    return form_sequence(rig, &rig->tunnel, n - rig->bundle.count, number);
}

/* ---- what is not a packet -------------------------------------------------------------- */

static void request(form_rig *rig, fuzz_input *in, uint8_t bits)
{
    const form_bundle *bundle =
        (bits & 1) != 0 && rig->tunnel.count > 0 ? &rig->tunnel : &rig->bundle;
    const NDIS_HANDLE handle = (bits & 2) != 0 ? bundle->out : bundle->in;
    test_request *mine = &requests[requests_used];

    if (requests_used == REQUESTS)
        return;
    requests_used++;
    if ((bits & 4) != 0) {
        nic_highs[nic_high_count] = fuzz_byte(in);
        test_make_update(mine, handle, bundle->params[0].spi, nic_highs[nic_high_count++]);
    } else {
        test_make_delete(mine, handle);
    }
    (void)!test_submit(&rig->wire, mine);
}

static void life(form_rig *rig, uint8_t bits)
{
    static const sao_life_event events[] = {SAO_LIFE_RESET, SAO_LIFE_PAUSE, SAO_LIFE_RESTART,
                                            SAO_LIFE_SLEEP, SAO_LIFE_WAKE,  SAO_LIFE_RESET,
                                            SAO_LIFE_PAUSE, SAO_LIFE_REMOVE};

    (void)!test_wire_life(&rig->wire, events[bits & 7]);
}

void nic_disturb(form_rig *rig, fuzz_input *in, uint8_t what, uint8_t bits)
{
    if (what == 0)
        (void)test_wire_at(&rig->wire, rig->wire.now + bits);
    else if (what == 3)
        life(rig, bits);
    else
        request(rig, in, bits);
}

void nic_settle(form_rig *rig)
{
    uint64_t due = 0;

    for (unsigned i = 0; i < SETTLE_POLLS && due != UINT64_MAX; i++)
        due = test_wire_at(&rig->wire, rig->wire.now + LATENCY);
    FUZZ_CHECK(due == UINT64_MAX);
}

void nic_check_quiet(const form_rig *rig)
{
    sao_adapter_counters adapter;
    sao_soft_nic_counters nic;

    sao_adapter_get_counters(rig->wire.adapter, &adapter);
    sao_soft_nic_get_counters(rig->wire.nic, &nic);
    FUZZ_CHECK(adapter.flights == 0 && adapter.held == 0 && adapter.requests == 0);
    FUZZ_CHECK(adapter.bundles_added ==
               adapter.bundles_deleted + adapter.bundles_retired + adapter.bundles);
    FUZZ_CHECK(nic.opened + nic.open_failed <= adapter.received_processed);
    FUZZ_CHECK(nic.contexts <= adapter.bundles * 2);
}
