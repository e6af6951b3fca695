// SPDX-License-Identifier: BSD-2-Clause
// cell.c: see cell.h.
#include "cli/cell.h"

#include "cli/hosts.h"

#include <saoffload/ipsec.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Room for whatever goes on at a time: two generations of SAs, of a tunnel and what runs over it.
 */
#define BUNDLES_NEEDED 8u

typedef struct replay {
    const sao_protection *protection;
    sao_tally tally;
    uint64_t wrong_frames; /* without the form's headers */
} replay;

/* ---- what is on the wire --------------------------------------------------------------- */

/* Is ESP visible behind AH where the bundle has both, and not where AH tunnels? What AH in
 * transport mode stands before may be anything. */
static bool has_esp_behind(const sao_bundle_form *form, const sao_packet_info *info)
{
    const bool esp = info->header_count > 1 && info->protocol[1] == SAO_PROTOCOL_ESP;

    if (form->headers == SAO_HEADERS_ESP_AH)
        return esp;
    return form->mode == SAO_IPSEC_TRANSPORT || !esp;
}

static bool has_headers(const sao_protection *protection, const sao_packet_info *info)
{
    const sao_packet_form *form = protection->form;
    const sao_bundle_form *outermost = form->over_tunnel ? &form->tunnel : &form->bundle;
    const bool ah = sao_bundle_form_has_ah(outermost);

    return (protection->ip_version == 0 || info->ip_version == protection->ip_version) &&
           info->udp_encapsulated == (outermost->udp_esp != 0) && info->header_count > 0 &&
           info->protocol[0] == (ah ? SAO_PROTOCOL_AH : SAO_PROTOCOL_ESP) &&
           has_esp_behind(outermost, info);
}

bool sao_cell_fits(const sao_protection *protection, const uint8_t *frame, size_t length)
{
    sao_packet_info info;

    return sao_frame_parse(frame, length, &info) == SAO_PARSE_OK && has_headers(protection, &info);
}

static void on_wire(void *context, const uint8_t *frame, size_t length)
{
    replay *run = context;

    run->wrong_frames += !sao_cell_fits(run->protection, frame, length);
}

/* ---- one replay ------------------------------------------------------------------------ */

/* Nothing that would keep a NIC from doing everything. */
static void leave_in_peace(sao_hosts_config *config)
{
    sao_link_config *link = &config->link;
    ULONG *capacity = &link->nic.capabilities.SaOffloadCapacity;

    config->reset_every = 0;
    link->rekey_after = 0;
    link->nic.refuse_every = 0;
    link->nic.wish_after_packets = 0;
    link->nic.wish_after_bytes = 0;
    link->nic.wish_fill_percent = 0;
    *capacity = *capacity < BUNDLES_NEEDED ? BUNDLES_NEEDED : *capacity;
}

/* False with the problem set. */
static bool run_once(const sao_options *options, const sao_sample *sample, bool in_peace,
                     replay *run, sao_problem *problem)
{
    sao_hosts_config config = {.link = options->link,
                               .ip_version = run->protection->ip_version,
                               .links_max = options->links,
                               .reset_every = options->reset_every,
                               .seed = options->seed,
                               .tally = &run->tally,
                               .wire = on_wire,
                               .context = run};
    sao_hosts *hosts;
    bool good = true;

    sao_protection_apply(run->protection, &config.link);
    if (in_peace)
        leave_in_peace(&config);
    hosts = sao_hosts_new(&config);
    if (hosts == NULL)
        return sao_problem_set(problem, SAO_EXIT_INTERNAL, "out of memory for the hosts");
    for (size_t i = 0; i < sample->count && good; i++) {
        sao_bypass reason = SAO_BYPASS_NONE;
        const sao_hosts_result result =
            sao_hosts_send(hosts, &sample->packets[i], &reason, problem);

        good = result != SAO_HOSTS_FAILED;
        if (result == SAO_HOSTS_BYPASSED)
            run->tally.bypassed[reason]++;
    }
    sao_hosts_finish(hosts);
    sao_hosts_free(hosts);
    return good;
}

/* ---- the verdict ----------------------------------------------------------------------- */

static void add_reason(sao_cell *cell, const char *what, uint64_t count)
{
    const size_t used = strlen(cell->reason);

    if (count == 0)
        return;
    cell->outcome = SAO_CELL_FAILED;
    snprintf(cell->reason + used, sizeof cell->reason - used, "%s%" PRIu64 " %s",
             used > 0 ? ", " : "", count, what);
}

static void judge(const replay *run, bool in_peace, sao_cell *cell)
{
    const sao_tally *tally = &run->tally;

    add_reason(cell, "lost", tally->lost);
    add_reason(cell, "leaked", tally->leaked);
    for (size_t i = 0; i < tally->rule_count; i++)
        add_reason(cell, tally->rules[i].name, tally->rules[i].count);
    add_reason(cell, "not identical", tally->packets - tally->delivered_identical - tally->lost);
    add_reason(cell, "frames with other headers", run->wrong_frames);
    if (!in_peace)
        return;
    add_reason(cell, "not protected by the NIC", tally->packets - tally->offloaded_tx);
    add_reason(cell, "not opened by the NIC", tally->packets - tally->offloaded_rx);
}

static void impossible(sao_cell *cell, const char *reason)
{
    cell->outcome = SAO_CELL_IMPOSSIBLE;
    snprintf(cell->reason, sizeof cell->reason, "%s", reason);
}

void sao_cell_run(const sao_options *options, const sao_sample *sample,
                  const sao_protection *protection, uint64_t *packets, sao_cell *cell,
                  sao_problem *problem)
{
    memset(cell, 0, sizeof *cell);
    if (sao_protection_problem(protection) != NULL) {
        impossible(cell, sao_protection_problem(protection));
        return;
    }
    if (sao_protection_lacks(protection) != NULL) {
        impossible(cell, "the provider has not this algorithm on this machine");
        return;
    }
    for (int pass = 0; pass < 2 && cell->outcome == SAO_CELL_PASSED; pass++) {
        replay run = {.protection = protection};

        if (!run_once(options, sample, pass == 0, &run, problem)) {
            cell->outcome = SAO_CELL_BROKEN;
            return;
        }
        *packets += run.tally.packets;
        if (run.tally.packets == 0)
            impossible(cell, "the capture has no packet of this version that can go in transport "
                             "mode");
        else
            judge(&run, pass == 0, cell);
    }
}
