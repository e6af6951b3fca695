// SPDX-License-Identifier: BSD-2-Clause
// run.c: the main job: one capture, from the file to the verdict.
#include "cli/run.h"

#include "cli/capture.h"
#include "cli/hosts.h"
#include "cli/pcapng.h"
#include "cli/progress.h"
#include "cli/results.h"
#include "cli/summary.h"
#include "cli/text.h"
#include "cli/timeline.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

typedef struct run {
    const sao_options *options;
    sao_protection protection;
    sao_capture *capture;
    sao_results results;
    sao_hosts *hosts;
    uint64_t time; /* of the packet being replayed: frames that it causes get it too */
    sao_tally tally;
    sao_timeline timeline;
    sao_progress progress;
} run;

static volatile sig_atomic_t interrupted;

void sao_run_interrupt(void)
{
    interrupted = 1;
}

bool sao_run_is_interrupted(void)
{
    return interrupted != 0;
}

/* ---- what the hosts report ------------------------------------------------------------- */

static void on_wire(void *context, const uint8_t *frame, size_t length)
{
    const run *job = context;

    if (job->results.wire != NULL)
        sao_pcapng_frame(job->results.wire, job->time, frame, length);
}

static void on_sa(void *context, const sao_link_sa *sa)
{
    const run *job = context;

    sao_keylog_sa(job->results.keys, job->protection.esp, sa);
}

static void on_event(void *context, const sao_host_pair *pair, const sao_event *event)
{
    sao_timeline_event(&((run *)context)->timeline, pair, event);
}

static void on_closed(void *context, const sao_host_pair *pair)
{
    sao_timeline_closed(&((run *)context)->timeline, pair);
}

/* ---- before ---------------------------------------------------------------------------- */

/* The first of ESP's list, or the next one, which every provider has. */
static const sao_cipher *prefer_cipher(const sao_crypto_provider *provider)
{
    const sao_cipher *best = sao_cipher_at(0);
    const sao_cipher *next = sao_cipher_at(1);

    if (sao_cipher_usable(best, provider))
        return best;
    fprintf(stderr, "saoffload: note: %s has no %s on this processor; using %s\n", provider->name,
            best->name, next->name);
    return next;
}

/* What the user has asked for, and the defaults. False with the problem set: there is none. */
static bool choose_protection(const sao_options *options, sao_protection *chosen,
                              sao_problem *problem)
{
    const sao_cipher *lacking;

    chosen->form = options->form != NULL ? options->form : sao_packet_form_find(SAO_FORM_DEFAULT);
    chosen->ip_version = options->ip_version;
    chosen->provider = options->provider != NULL ? options->provider : sao_crypto_provider_at(0);
    if (chosen->provider == NULL)
        return sao_problem_set(problem, SAO_EXIT_INTERNAL, "no crypto provider can start");
    if (sao_packet_form_has_esp(chosen->form))
        chosen->esp = options->cipher != NULL ? options->cipher : prefer_cipher(chosen->provider);
    if (sao_packet_form_has_ah(chosen->form))
        chosen->ah = options->ah != NULL ? options->ah : sao_ah_cipher_at(0);
    if (chosen->esp != NULL && sao_protection_problem(chosen) != NULL)
        return sao_problem_set(problem, SAO_EXIT_USAGE, "--algorithm: %s: %s", chosen->esp->name,
                               sao_protection_problem(chosen));
    lacking = sao_protection_lacks(chosen);
    if (lacking == NULL)
        return true;
    return sao_problem_set(problem, SAO_EXIT_USAGE,
                           "%s: %s has no %s on this machine; saoffload algorithms tells who has",
                           lacking == chosen->ah ? "--ah" : "--algorithm", chosen->provider->name,
                           lacking->name);
}

static bool open_hosts(run *job, sao_problem *problem)
{
    sao_hosts_config config = {
        .link = job->options->link,
        .ip_version = job->protection.ip_version,
        .links_max = job->options->links,
        .reset_every = job->options->reset_every,
        .seed = job->options->seed,
        .tally = &job->tally,
        .wire = on_wire,
        .sa = job->results.keys != NULL ? on_sa : NULL,
        .event = job->options->quiet ? NULL : on_event,
        .closed = on_closed,
        .context = job,
    };

    sao_protection_apply(&job->protection, &config.link);
    job->hosts = sao_hosts_new(&config);
    return job->hosts != NULL ||
           sao_problem_set(problem, SAO_EXIT_INTERNAL, "out of memory for the hosts");
}

static bool open_all(run *job, sao_problem *problem)
{
    if (!choose_protection(job->options, &job->protection, problem))
        return false;
    job->capture = sao_capture_open(job->options->capture, problem);
    return job->capture != NULL &&
           sao_results_open(&job->results, job->options, job->capture, problem) &&
           open_hosts(job, problem);
}

/* ---- the replay ------------------------------------------------------------------------ */

static bool replay_packet(run *job, const sao_capture_packet *captured, sao_problem *problem)
{
    sao_ip_packet packet;
    sao_bypass reason = sao_classify(sao_capture_link_type(job->capture), captured->bytes,
                                     captured->captured, captured->original, &packet);

    job->tally.captured++;
    job->time = captured->time;
    job->timeline.packet = captured->number;
    if (reason == SAO_BYPASS_NONE) {
        switch (sao_hosts_send(job->hosts, &packet, &reason, problem)) {
        case SAO_HOSTS_SENT:
            return true;
        case SAO_HOSTS_BYPASSED:
            break;
        case SAO_HOSTS_FAILED:
            return false;
        }
    }
    job->tally.bypassed[reason]++;
    return true;
}

/* True if what was read may be reported; for false the problem is set. A replay of nothing would
 * find nothing wrong: a test that relies on it must not pass. */
static bool is_good_end(const run *job, sao_capture_result result, sao_problem *problem)
{
    const sao_tally *tally = &job->tally;

    if (result == SAO_CAPTURE_ERROR ||
        (result == SAO_CAPTURE_TRUNCATED && !job->options->allow_truncated))
        return false;
    if (tally->captured == 0)
        return sao_problem_set(problem, SAO_EXIT_INPUT, "capture '%s' holds no %spackets",
                               job->options->capture,
                               result == SAO_CAPTURE_TRUNCATED ? "whole " : "");
    if (result == SAO_CAPTURE_TRUNCATED)
        fprintf(stderr, "saoffload: note: the capture is cut off after packet %" PRIu64 "\n",
                tally->captured);
    if (tally->packets == 0)
        fputs("saoffload: note: nothing was replayed: every packet was bypassed\n", stderr);
    return true;
}

static bool replay_capture(run *job, sao_problem *problem)
{
    uint64_t limit = job->options->limit;
    sao_capture_result result = SAO_CAPTURE_END;
    sao_capture_packet packet;

    while (!interrupted && (limit == 0 || job->tally.captured < limit)) {
        result = sao_capture_next(job->capture, &packet, problem);
        if (result != SAO_CAPTURE_PACKET)
            break;
        if (!replay_packet(job, &packet, problem))
            return false;
        if (sao_progress_due(&job->progress))
            sao_progress_show(&job->progress, sao_capture_progress(job->capture),
                              job->tally.captured);
    }
    if (interrupted || !is_good_end(job, result, problem))
        return false;
    sao_hosts_finish(job->hosts);
    return true;
}

/* ---- after ----------------------------------------------------------------------------- */

static void print_command(const char *folder, FILE *file)
{
    fputs("To see the wire decrypted, with tshark (package tshark) or the same with wireshark:\n"
          "  WIRESHARK_CONFIG_DIR=",
          file);
    sao_text_quote(file, folder);
    fputs(" tshark -r ", file);
    sao_text_quote(file, folder);
    fputs("/" SAO_RESULTS_WIRE " -o esp.enable_encryption_decode:TRUE "
          "-o esp.enable_authentication_check:TRUE\n",
          file);
}

/* The table goes beside JSON on standard output only if it does not get into it. */
static void print_report(const run *job, const sao_summary *summary, bool json_on_stdout)
{
    FILE *file = json_on_stdout ? stderr : stdout;
    const char *folder = job->options->out;

    if (job->options->quiet)
        return;
    sao_summary_print(summary, file);
    sao_timeline_print(&job->timeline, file);
    if (folder == NULL)
        return;
    fprintf(file, "\nWritten to %s: %s, %s%s\n", folder, SAO_RESULTS_WIRE, SAO_RESULTS_SUMMARY,
            job->options->write_keys ? ", " SAO_RESULTS_KEYS : "");
    if (!job->options->write_keys)
        return;
    if (job->protection.esp == NULL)
        fprintf(file, "There is no ESP: %s is empty.\n", SAO_RESULTS_KEYS);
    else if (job->protection.esp->wireshark_encryption == NULL)
        fprintf(file, "Wireshark cannot decrypt %s: %s is empty.\n", job->protection.esp->name,
                SAO_RESULTS_KEYS);
    else
        print_command(folder, file);
}

static bool write_stdout(const char *json, sao_problem *problem)
{
    if (json != NULL)
        fprintf(stdout, "%s\n", json);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    return sao_problem_set(problem, SAO_EXIT_OUTPUT, "cannot write standard output: %s",
                           strerror(errno));
}

static bool report(run *job, sao_problem *problem)
{
    const char *where = job->options->json;
    bool json_on_stdout = where != NULL && strcmp(where, "-") == 0;
    sao_summary summary = {job->options->capture, job->options->seed, &job->protection,
                           &job->tally};
    char *json = sao_summary_json(&summary);
    bool good;

    if (json == NULL)
        return sao_problem_set(problem, SAO_EXIT_INTERNAL, "out of memory for the summary");
    good = sao_results_commit(&job->results, job->options, json, problem);
    if (good) {
        print_report(job, &summary, json_on_stdout);
        good = write_stdout(json_on_stdout ? json : NULL, problem);
    }
    free(json);
    return good;
}

bool sao_run(const sao_options *options, sao_problem *problem)
{
    run *job = calloc(1, sizeof *job);
    bool good;

    if (job == NULL)
        return sao_problem_set(problem, SAO_EXIT_INTERNAL, "out of memory");
    job->options = options;
    good = open_all(job, problem);
    if (good) {
        sao_progress_begin(&job->progress, options->quiet);
        good = replay_capture(job, problem);
        sao_progress_end(&job->progress);
    }
    if (good)
        good = report(job, problem);
    if (good)
        problem->exit_status = sao_tally_exit_status(&job->tally);
    else if (interrupted) /* whatever it broke off: a read, say */
        sao_problem_set(problem, SAO_EXIT_INTERRUPTED, "interrupted");
    sao_hosts_free(job->hosts);
    sao_results_discard(&job->results);
    sao_capture_close(job->capture);
    free(job);
    return good;
}
