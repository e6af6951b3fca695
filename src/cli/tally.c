// SPDX-License-Identifier: BSD-2-Clause
// tally.c: everything that a replay counts.
#include "cli/tally.h"

#include <stdio.h>
#include <string.h>

void sao_tally_violation(sao_tally *tally, const char *rule)
{
    size_t i = 0;

    tally->violations++;
    while (i < tally->rule_count && strcmp(tally->rules[i].name, rule) != 0)
        i++;
    if (i == SAO_TALLY_RULES_MAX)
        return;
    if (i == tally->rule_count) {
        snprintf(tally->rules[i].name, sizeof tally->rules[i].name, "%s", rule);
        tally->rule_count++;
    }
    tally->rules[i].count++;
}

void sao_tally_link(sao_tally *tally, const sao_link_totals *totals)
{
    for (int side = 0; side < 2; side++) {
        const sao_transport_counters *transport = &totals->transport[side];
        const sao_adapter_counters *adapter = &totals->adapter[side];

        tally->offloaded_tx += transport->offloaded_tx;
        tally->offloaded_rx += transport->offloaded_rx;
        tally->software_tx += transport->software_tx;
        tally->software_rx += transport->software_rx;
        tally->shared_tx += transport->shared_tx;
        tally->shared_rx += transport->shared_rx;
        tally->sa_delete_requests += transport->delete_requests;
        tally->deletes_inbound += transport->deletes_inbound;
        tally->deletes_outbound += transport->deletes_outbound;
        tally->resets += transport->resets;
        tally->bundles_lost += adapter->bundles_lost;
        tally->bundles_added += adapter->bundles_added;
        tally->bundles_deleted += adapter->bundles_deleted;
        tally->pairs += adapter->pairs_explicit + adapter->pairs_guessed;
    }
    tally->ipsec_packets += totals->ipsec_frames;
    tally->rekeys += totals->rekeys;
    tally->leaked += totals->leaked;
}

uint64_t sao_tally_bypassed(const sao_tally *tally)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < SAO_BYPASS_COUNT; i++)
        sum += tally->bypassed[i];
    return sum;
}

int sao_tally_exit_status(const sao_tally *tally)
{
    bool clean = tally->lost == 0 && tally->leaked == 0 && tally->violations == 0 &&
                 tally->delivered_identical == tally->packets;

    return clean ? SAO_EXIT_OK : SAO_EXIT_FAILED;
}
