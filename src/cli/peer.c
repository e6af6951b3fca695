// SPDX-License-Identifier: BSD-2-Clause
// peer.c: a host on a wire of datagrams: sockets and the clock around peer_host.h.
#include "cli/peer.h"

#include "cli/output.h"
#include "cli/peer_host.h"
#include "cli/peer_report.h"
#include "cli/peer_socket.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>

#define MICROSECONDS 1000000u

/* Frames taken before everybody has had a turn. */
enum { BURST = 32, FRAME_MAX = 2049 };

/* A wait ends by then: a signal just before it does not end it. */
#define WAIT_MAX 100000u

static volatile sig_atomic_t interrupted;

void sao_peer_interrupt(void)
{
    interrupted = 1;
}

typedef struct peer {
    const sao_peer_options *options;
    sao_peer_config config;
    sao_peer_socket wire;
    sao_peer_host *host;
    uint64_t begun;
    sao_output output; /* of the figures */
    FILE *figures;     /* NULL: nobody wants them */
} peer;

static uint64_t clock_microseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * MICROSECONDS + (uint64_t)now.tv_nsec / 1000u;
}

static uint64_t ticks(const peer *job)
{
    return clock_microseconds() - job->begun;
}

/* ---- the loop -------------------------------------------------------------------------- */

static void on_transmit(void *context, const uint8_t *frame, size_t length)
{
    sao_peer_socket_send(&((peer *)context)->wire, frame, length);
}

static bool is_over(const peer *job)
{
    const sao_peer_options *options = job->options;
    sao_peer_totals totals;

    if (interrupted || (options->seconds > 0 && ticks(job) >= options->seconds * MICROSECONDS))
        return true;
    if (options->packets == 0)
        return false;
    sao_peer_host_get_totals(job->host, &totals);
    return totals.reflected >= options->packets;
}

/* Until a frame arrives, a signal comes, or `due`. */
static void wait_for_frame(const peer *job, uint64_t due)
{
    const uint64_t now = ticks(job);
    const uint64_t left = due > now ? due - now : 0;
    struct timeval timeout = {.tv_usec = (suseconds_t)(left < WAIT_MAX ? left : WAIT_MAX)};
    fd_set readable;

    FD_ZERO(&readable);
    FD_SET(job->wire.descriptor, &readable);
    (void)select(job->wire.descriptor + 1, &readable, NULL, NULL, &timeout);
}

static void receive_frames(const peer *job)
{
    uint8_t frame[FRAME_MAX];
    ssize_t length;

    for (int i = 0; i < BURST; i++) {
        length = sao_peer_socket_receive(&job->wire, frame, sizeof frame);
        if (length < 0)
            return;
        sao_peer_host_receive(job->host, frame, (size_t)length);
    }
}

static void serve(const peer *job)
{
    while (!is_over(job)) {
        wait_for_frame(job, sao_peer_host_run(job->host, ticks(job)));
        (void)sao_peer_host_run(job->host, ticks(job)); /* what arrives, arrives now */
        receive_frames(job);
    }
}

/* ---- before and after ------------------------------------------------------------------ */

/* Whoever runs the same configuration again makes other IVs, most likely; see the help. */
static uint16_t random_epoch(void)
{
    return (uint16_t)randombytes_uniform(UINT16_MAX + 1u);
}

static bool open_figures(peer *job, sao_problem *problem)
{
    const char *path = job->options->json;

    if (path == NULL)
        return true;
    job->figures =
        strcmp(path, "-") == 0 ? stdout : sao_output_add(&job->output, NULL, path, false, problem);
    return job->figures != NULL;
}

static bool open_all(peer *job, sao_problem *problem)
{
    const sao_peer_options *options = job->options;
    sao_peer_host_config host = {
        .peer = &job->config,
        .provider = options->provider,
        .nic = options->nic,
        .one_payload = options->one_payload,
        .reset_every = options->reset_every,
        .offload_again_after = options->offload_again_after,
        .transmit = on_transmit,
        .context = job,
    };

    if (options->provider == NULL)
        return sao_problem_set(problem, SAO_EXIT_INTERNAL, "no crypto provider can start");
    if (!sao_peer_config_load(&job->config, options->config, problem) ||
        !open_figures(job, problem) ||
        !sao_peer_socket_open(&job->wire, options->local, options->remote, problem))
        return false;
    host.nic.epoch = random_epoch();
    job->host = sao_peer_host_new(&host, problem);
    return job->host != NULL;
}

static bool write_figures(peer *job, const sao_peer_report *report, sao_problem *problem)
{
    char *text = sao_peer_report_json(report);

    if (text == NULL)
        return sao_problem_set(problem, SAO_EXIT_INTERNAL, "out of memory for the figures");
    fprintf(job->figures, "%s\n", text);
    free(text);
    return sao_output_commit(&job->output, problem);
}

static bool report_all(peer *job, sao_problem *problem)
{
    sao_peer_report report = {.config = &job->config, .host = job->host};

    sao_peer_host_stop(job->host, &report.totals);
    report.unsent = job->wire.unsent;
    if (!job->options->quiet)
        sao_peer_report_print(&report, job->figures == stdout ? stderr : stdout);
    if (job->figures != NULL && !write_figures(job, &report, problem))
        return false;
    if (fflush(stdout) != 0 || ferror(stdout))
        return sao_problem_set(problem, SAO_EXIT_OUTPUT, "cannot write standard output: %s",
                               strerror(errno));
    problem->exit_status = sao_peer_report_exit_status(&report);
    return true;
}

bool sao_peer_run(const sao_peer_options *options, sao_problem *problem)
{
    peer *job = calloc(1, sizeof *job);
    bool good;

    if (job == NULL)
        return sao_problem_set(problem, SAO_EXIT_INTERNAL, "out of memory");
    job->options = options;
    job->wire.descriptor = -1;
    job->begun = clock_microseconds();
    good = open_all(job, problem);
    if (good) {
        serve(job);
        good = report_all(job, problem);
    }
    sao_peer_host_free(job->host);
    sao_peer_socket_close(&job->wire);
    sao_peer_config_free(&job->config);
    sao_output_discard(&job->output);
    free(job);
    return good;
}
