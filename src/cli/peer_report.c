// SPDX-License-Identifier: BSD-2-Clause
// peer_report.c: what a peer has counted, as a table and as JSON.
#include "cli/peer_report.h"

#include "cli/text.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- the figures ----------------------------------------------------------------------- */

typedef struct figure {
    const char *key;   /* in JSON */
    const char *title; /* for people */
    uint64_t value;
} figure;

enum { FIGURES = 24 };

static void get_figures(const sao_peer_report *report, figure figures[FIGURES])
{
    const sao_peer_totals *totals = &report->totals;
    const sao_transport_counters *transport = &totals->transport;
    const figure all[FIGURES] = {
        {"frames_received", "frames received", totals->frames_rx},
        {"frames_sent", "frames sent", totals->frames_tx},
        {"frames_dropped", "frames dropped", totals->frames_dropped + report->unsent},
        {"received_other", "not our IPsec", transport->received_other},
        {"reflected", "packets reflected", totals->reflected},
        {"not_reflected", "packets not reflected", totals->not_reflected},
        {"offloaded_rx", "opened by the NIC", transport->offloaded_rx},
        {"software_rx", "opened in software", transport->software_rx},
        {"offloaded_tx", "protected by the NIC", transport->offloaded_tx},
        {"software_tx", "protected in software", transport->software_tx},
        {"shared_rx", "opened by both", transport->shared_rx},
        {"shared_tx", "protected by both", transport->shared_tx},
        {"sa_delete_requests", "SaDeleteReq received", transport->delete_requests},
        {"deletes_inbound", "deletes, inbound", transport->deletes_inbound},
        {"deletes_outbound", "deletes, outbound", transport->deletes_outbound},
        {"updates", "updates of high halves", totals->updates},
        {"bundles_added", "bundles added", transport->bundles_added},
        {"bundles_deleted", "bundles deleted", transport->bundles_deleted},
        {"resets", "resets of the NIC", transport->resets},
        {"sends_repeated", "sends repeated", transport->sends_repeated},
        {"replayed", "replays dropped", transport->replayed},
        {"crypto_errors", "crypto errors", transport->crypto_errors},
        {"violations", "violations", transport->violations},
        {"leaked", "leaked", totals->leaked},
    };

    for (size_t i = 0; i < FIGURES; i++)
        figures[i] = all[i];
}

int sao_peer_report_exit_status(const sao_peer_report *report)
{
    const sao_peer_totals *totals = &report->totals;

    return totals->transport.crypto_errors == 0 && totals->transport.violations == 0 &&
                   totals->leaked == 0
               ? SAO_EXIT_OK
               : SAO_EXIT_FAILED;
}

/* ---- table ----------------------------------------------------------------------------- */

static int name_width(const sao_peer_config *config)
{
    size_t width = strlen("association");

    for (size_t i = 0; i < config->count; i++) {
        const size_t length = strlen(config->associations[i].name);

        width = length > width ? length : width;
    }
    return (int)width;
}

void sao_peer_report_print(const sao_peer_report *report, FILE *file)
{
    const int width = name_width(report->config);
    figure figures[FIGURES];

    get_figures(report, figures);
    for (size_t i = 0; i < FIGURES; i++)
        fprintf(file, "  %-24s %12" PRIu64 "\n", figures[i].title, figures[i].value);
    fprintf(file, "\n  %-*s %10s %10s %10s %10s %8s\n", width, "association", "NIC rx", "software",
            "NIC tx", "software", "wishes");
    for (size_t i = 0; i < report->config->count; i++) {
        const sao_peer_paths *paths = sao_peer_host_paths(report->host, i);

        fprintf(file,
                "  %-*s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %8" PRIu64 "\n",
                width, report->config->associations[i].name, paths->nic_rx, paths->software_rx,
                paths->nic_tx, paths->software_tx, paths->wishes);
    }
}

/* ---- JSON ------------------------------------------------------------------------------ */

/* cJSON keeps numbers as doubles, which would round large ones: they go in as text. */
static bool add_number(cJSON *object, const char *name, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, value);
    return cJSON_AddRawToObject(object, name, text) != NULL;
}

static bool add_association(cJSON *list, const char *name, const sao_peer_paths *paths)
{
    cJSON *object = cJSON_CreateObject();
    char *text = sao_text_utf8(name);
    bool good = object != NULL && text != NULL && cJSON_AddItemToArray(list, object) &&
                cJSON_AddStringToObject(object, "name", text) != NULL &&
                add_number(object, "offloaded_rx", paths->nic_rx) &&
                add_number(object, "software_rx", paths->software_rx) &&
                add_number(object, "offloaded_tx", paths->nic_tx) &&
                add_number(object, "software_tx", paths->software_tx) &&
                add_number(object, "sa_delete_requests", paths->wishes);

    free(text);
    return good;
}

static bool add_all(cJSON *root, const sao_peer_report *report)
{
    figure figures[FIGURES];
    cJSON *list;
    bool good = true;

    get_figures(report, figures);
    for (size_t i = 0; good && i < FIGURES; i++)
        good = add_number(root, figures[i].key, figures[i].value);
    list = cJSON_AddArrayToObject(root, "associations");
    for (size_t i = 0; good && list != NULL && i < report->config->count; i++)
        good = add_association(list, report->config->associations[i].name,
                               sao_peer_host_paths(report->host, i));
    return good && list != NULL;
}

char *sao_peer_report_json(const sao_peer_report *report)
{
    cJSON *root = cJSON_CreateObject();
    char *text = NULL;

    if (root != NULL && add_all(root, report))
        text = cJSON_Print(root);
    cJSON_Delete(root);
    return text;
}
