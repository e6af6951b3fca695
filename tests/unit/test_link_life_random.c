// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_link_life_random.c: resets, low power, pauses, cancels and removals at random while traffic
 * flows over a link. SAO_SEED=n repeats a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/link_internal.h"
#include "support/line.h"
#include "support/rounds.h"

#define ROUNDS 240u
#define PACKETS 400u

static const sao_profile profiles[] = {SAO_PROFILE_NDIS_6_1, SAO_PROFILE_NDIS_6_20,
                                       SAO_PROFILE_NDIS_6_30};

#define PROFILES (sizeof profiles / sizeof profiles[0])

/* How often something happened, in all rounds. */
static struct {
    uint32_t lives[SAO_LIFE_EVENTS];
    uint32_t full;  /* sends that found no room */
    uint32_t turns; /* AH or ESP was turned off or on */
} happened;

static uint32_t below(test_line *f, uint32_t limit)
{
    uint8_t bytes[2];

    line_random(f, bytes, sizeof bytes);
    return ((uint32_t)bytes[0] << 8 | bytes[1]) % limit;
}

static void choose_config(test_line *f)
{
    static const uint64_t latencies[] = {0, 1, 2, 5, 20, 100};
    sao_soft_nic_config *nic = &f->config.nic;

    nic->add_latency = latencies[below(f, 5)];
    nic->remove_latency = latencies[below(f, 5)];
    nic->send_latency = latencies[below(f, 5)];
    nic->receive_latency = latencies[below(f, 5)];
    nic->restart_latency = latencies[below(f, 5)];
    nic->reset_latency = latencies[below(f, 6)];
    nic->power_latency = latencies[below(f, 6)];
    nic->refuse_every = below(f, 3) == 0 ? 1 + below(f, 5) : 0;
    if (below(f, 3) == 0)
        nic->reset_status = below(f, 2) == 0 ? NDIS_STATUS_SOFT_ERRORS : NDIS_STATUS_HARD_ERRORS;
    nic->wish_after_packets = below(f, 3) == 0 ? 0 : 1 + below(f, 60);
    nic->wish_fill_percent = below(f, 4) == 0 ? below(f, 100) : 0;
    nic->capabilities.SaOffloadCapacity = below(f, 4) == 0 ? below(f, 4) : 8;
    nic->epoch = (uint16_t)below(f, 3);
    f->config.form = sao_packet_form_at(below(f, 24)); /* or none: NULL beyond the last */
    f->config.esn = below(f, 2) == 0;
    f->config.rekey_after = below(f, 3) == 0 ? 0 : 20 + below(f, 200);
    f->config.ticks_per_packet = below(f, 4);
    f->config.offload_again_after = below(f, 20);
}

/* Whatever holds the side up is brought to its end, until there is room again. */
static void make_room(test_line *f)
{
    happened.full++;
    for (int side = 0; side < 2; side++) {
        (void)sao_link_life(f->link, side, SAO_LIFE_WAKE);
        sao_link_run(f->link, 300);
        (void)sao_link_life(f->link, side, SAO_LIFE_RESTART);
        sao_link_run(f->link, 300);
    }
}

/* The administrator turns AH or ESP off, or on (CAP-4). A reset refuses it. */
static void turn_ipsec(test_line *f, int side, uint8_t value)
{
    const sao_miniport miniport = sao_boundary_miniport(&f->link->side[side].boundary);
    NDIS_OFFLOAD_PARAMETERS parameters;
    sao_request request;

    memset(&parameters, 0, sizeof parameters);
    parameters.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    parameters.Header.Revision = NDIS_OFFLOAD_PARAMETERS_REVISION_2;
    parameters.Header.Size = SAO_SIZEOF_OFFLOAD_PARAMETERS_REVISION_2;
    parameters.IPsecV2 = value;
    sao_request_init(&request, OID_TCP_OFFLOAD_PARAMETERS, &parameters, sizeof parameters);
    if (miniport.ops->request(miniport.context, &request) == NDIS_STATUS_SUCCESS)
        happened.turns++;
}

/* One that cannot be now is refused, and that is part of the test. */
static void something_happens(test_line *f)
{
    static const sao_life_event events[] = {SAO_LIFE_RESET,   SAO_LIFE_RESET,  SAO_LIFE_SLEEP,
                                            SAO_LIFE_WAKE,    SAO_LIFE_WAKE,   SAO_LIFE_PAUSE,
                                            SAO_LIFE_RESTART, SAO_LIFE_RESTART};
    static const uint8_t values[] = {NDIS_OFFLOAD_PARAMETERS_IPSECV2_DISABLED,
                                     NDIS_OFFLOAD_PARAMETERS_IPSECV2_AH_ENABLED,
                                     NDIS_OFFLOAD_PARAMETERS_IPSECV2_ESP_ENABLED,
                                     NDIS_OFFLOAD_PARAMETERS_IPSECV2_AH_AND_ESP_ENABLED,
                                     NDIS_OFFLOAD_PARAMETERS_IPSECV2_AH_AND_ESP_ENABLED};
    const uint32_t choice = below(f, sizeof events / sizeof events[0] + 4);
    const int side = (int)below(f, 2);
    NDIS_STATUS status;

    if (choice >= sizeof events / sizeof events[0] + 2) {
        turn_ipsec(f, side, values[below(f, sizeof values)]);
        return;
    }
    if (choice >= sizeof events / sizeof events[0]) {
        sao_transport_cancel(f->link->side[side].transport, f->link->current.id[side]);
        return;
    }
    status = sao_link_life(f->link, side, events[choice]);
    if (status != NDIS_STATUS_INVALID_STATE && status != NDIS_STATUS_RESET_IN_PROGRESS)
        happened.lives[events[choice]]++;
}

static void run_round(test_line *f, uint32_t seed, sao_profile profile)
{
    uint32_t every;

    line_init(f);
    f->config.nic.profile = profile;
    f->seed = seed;
    f->random = seed * 2654435761u;
    choose_config(f);
    every = 2 + below(f, 40);
    line_open(f);
    while (f->sent[0] + f->sent[1] < PACKETS) {
        if (f->sent[0] + f->sent[1] >= PACKETS - 20 && seed % 4 == 0 && !f->removed)
            f->removed = sao_link_life(f->link, (int)(seed / 4 % 2), SAO_LIFE_REMOVE) !=
                         NDIS_STATUS_INVALID_STATE;
        if (line_try_send(f, (int)below(f, 2)) == NDIS_STATUS_RESOURCES)
            make_room(f);
        if (below(f, every) == 0)
            something_happens(f);
        if (below(f, 30) == 0)
            sao_link_run(f->link, below(f, 200));
    }
    line_close(f);
}

static void any_life_loses_nothing(void **state)
{
    const uint32_t seed = test_seed();
    const uint32_t *seen = happened.lives;
    uint32_t removed = 0;
    uint64_t lost = 0, by_nic = 0, by_both = 0, here = 0;
    static test_line f;

    (void)state;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        run_round(&f, seed + i, profiles[(seed + i) % PROFILES]);
        lost += f.totals.adapter[0].bundles_lost + f.totals.adapter[1].bundles_lost;
        for (int side = 0; side < 2; side++) {
            by_nic += f.totals.transport[side].offloaded_rx;
            by_both += f.totals.transport[side].shared_rx;
            here += f.totals.transport[side].software_rx;
        }
        removed += f.removed ? 1 : 0;
    }
    print_message("%u resets, %u sleeps, %u pauses, %u removals, %u times AH or ESP off or on; "
                  "%u bundles lost, %u times no room\n",
                  (unsigned)seen[SAO_LIFE_RESET], (unsigned)seen[SAO_LIFE_SLEEP],
                  (unsigned)seen[SAO_LIFE_PAUSE], (unsigned)removed, (unsigned)happened.turns,
                  (unsigned)lost, (unsigned)happened.full);
    print_message("opened by the NIC %u, by both %u, in software %u\n", (unsigned)by_nic,
                  (unsigned)by_both, (unsigned)here);
    assert_true(by_nic > ROUNDS * PACKETS / 10 && by_both > ROUNDS && here > ROUNDS * PACKETS / 10);
    assert_true(seen[SAO_LIFE_RESET] > ROUNDS && seen[SAO_LIFE_PAUSE] > ROUNDS);
    assert_true(seen[SAO_LIFE_SLEEP] > ROUNDS / 4 && lost > ROUNDS / 2);
    assert_true(removed > ROUNDS / 8 && happened.turns > ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_life_loses_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
