// SPDX-License-Identifier: BSD-2-Clause
// summary.c: what a replay found, as a table and as JSON.
#include "cli/summary.h"

#include "cli/text.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>

/* ---- table ----------------------------------------------------------------------------- */

static void row(FILE *file, const char *name, uint64_t value)
{
    fprintf(file, "  %-24s %12" PRIu64 "\n", name, value);
}

/* A row with its share of a whole. */
static void share_row(FILE *file, const char *name, uint64_t value, uint64_t whole)
{
    if (whole == 0) {
        row(file, name, value);
        return;
    }
    fprintf(file, "  %-24s %12" PRIu64 "  %5.1f %%\n", name, value,
            100.0 * (double)value / (double)whole);
}

static void print_packets(const sao_tally *tally, FILE *file)
{
    fputs("\nPackets\n", file);
    row(file, "captured", tally->captured);
    share_row(file, "replayed", tally->packets, tally->captured);
    share_row(file, "delivered identical", tally->delivered_identical, tally->packets);
    row(file, "lost", tally->lost);
    share_row(file, "bypassed", sao_tally_bypassed(tally), tally->captured);
    for (int reason = 0; reason < SAO_BYPASS_COUNT; reason++) {
        if (tally->bypassed[reason] > 0)
            fprintf(file, "    %-22s %12" PRIu64 "\n", sao_bypass_name((sao_bypass)reason),
                    tally->bypassed[reason]);
    }
}

static void print_ipsec(const sao_tally *tally, FILE *file)
{
    uint64_t sent = tally->offloaded_tx + tally->software_tx + tally->shared_tx;
    uint64_t received = tally->offloaded_rx + tally->software_rx + tally->shared_rx;

    fputs("\nIPsec\n", file);
    row(file, "IPsec frames on the wire", tally->ipsec_packets);
    share_row(file, "protected by the NIC", tally->offloaded_tx, sent);
    share_row(file, "protected in software", tally->software_tx, sent);
    if (tally->shared_tx > 0)
        share_row(file, "protected by both", tally->shared_tx, sent);
    share_row(file, "opened by the NIC", tally->offloaded_rx, received);
    share_row(file, "opened in software", tally->software_rx, received);
    if (tally->shared_rx > 0)
        share_row(file, "opened by both", tally->shared_rx, received);
}

static void print_offload(const sao_tally *tally, FILE *file)
{
    fputs("\nOffload\n", file);
    row(file, "pairs of hosts", tally->links);
    row(file, "rekeys", tally->rekeys);
    row(file, "bundles added", tally->bundles_added);
    row(file, "bundles deleted", tally->bundles_deleted);
    row(file, "bundle pairs", tally->pairs);
    row(file, "SaDeleteReq received", tally->sa_delete_requests);
    row(file, "deletes, inbound", tally->deletes_inbound);
    row(file, "deletes, outbound", tally->deletes_outbound);
    if (tally->resets == 0)
        return;
    row(file, "resets", tally->resets);
    row(file, "bundles lost in resets", tally->bundles_lost);
}

static void print_verdict(const sao_tally *tally, FILE *file)
{
    fputs("\nVerdict\n", file);
    row(file, "lost", tally->lost);
    row(file, "leaked", tally->leaked);
    row(file, "violations", tally->violations);
    for (size_t i = 0; i < tally->rule_count; i++)
        fprintf(file, "    %-22s %12" PRIu64 "\n", tally->rules[i].name, tally->rules[i].count);
}

void sao_summary_print(const sao_summary *summary, FILE *file)
{
    fprintf(file, "%s: ", summary->capture);
    sao_protection_print(summary->protection, file);
    fprintf(file, ", seed %" PRIu64 "\n", summary->seed);
    print_packets(summary->tally, file);
    print_ipsec(summary->tally, file);
    print_offload(summary->tally, file);
    print_verdict(summary->tally, file);
}

/* ---- JSON ------------------------------------------------------------------------------ */

/* cJSON keeps numbers as doubles, which would round large ones: they go in as text. */
static bool add_number(cJSON *object, const char *name, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, value);
    return cJSON_AddRawToObject(object, name, text) != NULL;
}

static bool add_bypassed(cJSON *object, const sao_tally *tally)
{
    cJSON *bypassed = cJSON_AddObjectToObject(object, "bypassed");
    bool good = bypassed != NULL;

    for (int reason = 0; good && reason < SAO_BYPASS_COUNT; reason++) {
        if (tally->bypassed[reason] > 0)
            good =
                add_number(bypassed, sao_bypass_name((sao_bypass)reason), tally->bypassed[reason]);
    }
    return good;
}

static bool add_rules(cJSON *object, const sao_tally *tally)
{
    cJSON *rules = cJSON_AddObjectToObject(object, "violation_rules");
    bool good = rules != NULL;

    for (size_t i = 0; good && i < tally->rule_count; i++)
        good = add_number(rules, tally->rules[i].name, tally->rules[i].count);
    return good;
}

static bool add_counts(cJSON *object, const sao_tally *tally)
{
    return add_number(object, "captured", tally->captured) &&
           add_number(object, "packets", tally->packets) &&
           add_number(object, "delivered_identical", tally->delivered_identical) &&
           add_bypassed(object, tally) &&
           add_number(object, "ipsec_packets", tally->ipsec_packets) &&
           add_number(object, "offloaded_tx", tally->offloaded_tx) &&
           add_number(object, "offloaded_rx", tally->offloaded_rx) &&
           add_number(object, "software_tx", tally->software_tx) &&
           add_number(object, "software_rx", tally->software_rx) &&
           add_number(object, "shared_tx", tally->shared_tx) &&
           add_number(object, "shared_rx", tally->shared_rx) &&
           add_number(object, "links", tally->links) &&
           add_number(object, "bundles_added", tally->bundles_added) &&
           add_number(object, "bundles_deleted", tally->bundles_deleted) &&
           add_number(object, "pairs", tally->pairs) &&
           add_number(object, "sa_delete_requests", tally->sa_delete_requests) &&
           add_number(object, "deletes_inbound", tally->deletes_inbound) &&
           add_number(object, "deletes_outbound", tally->deletes_outbound) &&
           add_number(object, "rekeys", tally->rekeys) &&
           add_number(object, "resets", tally->resets) &&
           add_number(object, "bundles_lost", tally->bundles_lost) &&
           add_number(object, "lost", tally->lost) && add_number(object, "leaked", tally->leaked) &&
           add_number(object, "violations", tally->violations) && add_rules(object, tally);
}

/* Only what the form has. */
static bool add_protection(cJSON *object, const sao_protection *protection)
{
    bool good = cJSON_AddStringToObject(object, "form", protection->form->name) != NULL;

    if (good && protection->esp != NULL)
        good = cJSON_AddStringToObject(object, "algorithm", protection->esp->name) != NULL;
    if (good && protection->ah != NULL)
        good = cJSON_AddStringToObject(object, "ah", protection->ah->name) != NULL;
    if (good && protection->ip_version != 0)
        good = add_number(object, "ip", protection->ip_version);
    return good && cJSON_AddStringToObject(object, "provider", protection->provider->name) != NULL;
}

char *sao_summary_json(const sao_summary *summary)
{
    cJSON *object = cJSON_CreateObject();
    char *capture = sao_text_utf8(summary->capture);
    char *text = NULL;

    if (object != NULL && capture != NULL &&
        cJSON_AddStringToObject(object, "capture", capture) != NULL &&
        add_number(object, "seed", summary->seed) && add_protection(object, summary->protection) &&
        add_counts(object, summary->tally))
        text = cJSON_Print(object);
    cJSON_Delete(object);
    free(capture);
    return text;
}
