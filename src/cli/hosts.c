// SPDX-License-Identifier: BSD-2-Clause
// hosts.c: each pair of addresses of a capture becomes a link of two hosts.
#include "cli/hosts.h"

#include "cli/ends.h"
#include "cli/expect.h"

#include <saoffload/handle.h>
#include <saoffload/status.h>

#include <stdlib.h>
#include <string.h>

/* How uthash.h hashes, and that it shall not exit when there is no memory. */
#define HASH_FUNCTION(key, length, value) ((value) = hash_key((key), (length)))
#define HASH_NONFATAL_OOM 1
#include <uthash.h>
#include <utlist.h>

/* More than any form adds with any algorithm: an outer header, and twice UDP, AH with IV and ICV,
 * ESP with IV, padding, trailer and ICV. */
#define OVERHEAD 320u
/* More than tunnel mode with one header adds. */
#define TUNNEL_OVERHEAD 128u
/* How long a sender waits for a free buffer. Latencies are far below. */
#define PATIENCE_TICKS 4000000u

typedef struct host_link {
    sao_host_pair pair; /* the hash's key */
    sao_hosts *hosts;
    sao_link *link;
    void *memory;
    uint32_t capacity;
    uint64_t sent;
    uint64_t resets;
    sao_expect expect[2];          /* by the side that is to get it */
    struct host_link *prev, *next; /* names that utlist.h wants */
    UT_hash_handle hh;             /* and uthash.h */
} host_link;

struct sao_hosts {
    sao_hosts_config config;
    sao_random random;
    host_link *by_pair; /* hash */
    host_link *by_use;  /* list, the least recently used first */
    uint64_t made;
};

/* The key is compared as bytes: there must be no padding in it. */
SAO_STATIC_ASSERT(sizeof(sao_host_pair) == 33, "a key without padding");

/* FNV-1a. Who writes a capture may aim at one bucket: at most links_max are in it. */
static unsigned hash_key(const void *key, size_t length)
{
    const uint8_t *bytes = key;
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ bytes[i]) * 16777619u;
    return hash;
}

/* ---- what a link reports --------------------------------------------------------------- */

static void on_random(void *context, uint8_t *bytes, size_t n)
{
    host_link *link = context;

    sao_random_fill(&link->hosts->random, bytes, n);
}

static void on_deliver(void *context, int to, const uint8_t *packet, size_t length)
{
    host_link *link = context;
    sao_tally *tally = link->hosts->config.tally;

    switch (sao_expect_arrived(&link->expect[to], packet, length)) {
    case SAO_EXPECT_IN_ORDER:
        tally->delivered_identical++;
        break;
    case SAO_EXPECT_OVERTAKEN:
        tally->delivered_identical++;
        sao_tally_violation(tally, "delivery-order");
        break;
    case SAO_EXPECT_UNKNOWN:
        sao_tally_violation(tally, "delivery-bytes");
        break;
    }
}

static void on_wire(void *context, int from, const uint8_t *frame, size_t length)
{
    const sao_hosts_config *config = &((host_link *)context)->hosts->config;

    (void)from;
    config->wire(config->context, frame, length);
}

static void on_sa(void *context, const sao_link_sa *sa)
{
    const sao_hosts_config *config = &((host_link *)context)->hosts->config;

    config->sa(config->context, sa);
}

static void on_event(void *context, const sao_event *event)
{
    const host_link *link = context;
    const sao_hosts_config *config = &link->hosts->config;

    config->event(config->context, &link->pair, event);
}

static void on_violation(void *context, int side, const char *rule, const char *what)
{
    host_link *link = context;

    (void)side;
    (void)what;
    sao_tally_violation(link->hosts->config.tally, rule);
}

/* ---- making and closing links ---------------------------------------------------------- */

static void configure(const host_link *link, sao_link_config *config)
{
    const sao_hosts_config *ours = &link->hosts->config;

    *config = ours->link;
    sao_ends_choose(&link->pair, ours->ip_version, config);
    config->packet_capacity = link->capacity;
    /* Handles of different links never meet, so tags may come round. */
    config->tag = (uint32_t)(2 * link->hosts->made) & SAO_HANDLE_TAG_MAX & ~1u;
    config->hooks.random = on_random;
    config->hooks.deliver = on_deliver;
    config->hooks.wire = on_wire;
    config->hooks.sa = ours->sa != NULL ? on_sa : NULL;
    config->hooks.event = ours->event != NULL ? on_event : NULL;
    config->hooks.violation = on_violation;
    config->hooks.context = (void *)(uintptr_t)link;
}

static bool start_link(host_link *link, sao_problem *problem)
{
    sao_link_config config;
    const char *reason = NULL;
    NDIS_STATUS status;
    size_t size;

    configure(link, &config);
    size = sao_link_size(&config);
    link->memory = size > 0 ? malloc(size) : NULL;
    if (size > 0 && link->memory == NULL)
        return sao_problem_set(problem, SAO_EXIT_INTERNAL, "out of memory for a link");
    status = sao_link_init(link->memory, size, &config, &link->link, &reason);
    if (status != NDIS_STATUS_SUCCESS)
        return sao_problem_set(problem, SAO_EXIT_INTERNAL, "the hosts cannot start: %s (%s)",
                               reason != NULL ? reason : "no reason given",
                               sao_status_name(status));
    link->hosts->made++;
    link->hosts->config.tally->links++;
    return true;
}

/* uthash leaves hh.tbl NULL when it has no memory. */
static bool enter_link(sao_hosts *hosts, host_link *link)
{
    HASH_ADD(hh, hosts->by_pair, pair, sizeof link->pair, link);
    if (link->hh.tbl == NULL)
        return false;
    DL_APPEND(hosts->by_use, link);
    return true;
}

static void forget_link(sao_hosts *hosts, host_link *link)
{
    HASH_DEL(hosts->by_pair, link);
    DL_DELETE(hosts->by_use, link);
    free(link->memory);
    free(link);
}

static void close_link(sao_hosts *hosts, host_link *link)
{
    sao_tally *tally = hosts->config.tally;
    sao_link_totals totals;

    sao_link_close(link->link, &totals);
    sao_tally_link(tally, &totals);
    for (int side = 0; side < 2; side++)
        tally->lost += sao_expect_clear(&link->expect[side]);
    if (hosts->config.closed != NULL)
        hosts->config.closed(hosts->config.context, &link->pair);
    forget_link(hosts, link);
}

static uint32_t capacity_for(const sao_hosts *hosts, size_t length)
{
    static const uint32_t classes[] = {2048, 16384, 65535};
    const bool plain = hosts->config.link.form == NULL || !hosts->config.link.form->over_tunnel;
    const uint32_t overhead = plain ? TUNNEL_OVERHEAD : OVERHEAD;
    size_t i = 0;

    while (i < 2 && length + overhead > classes[i])
        i++;
    return classes[i];
}

static host_link *make_link(sao_hosts *hosts, const sao_host_pair *pair, size_t length,
                            sao_problem *problem)
{
    host_link *link;

    if (HASH_COUNT(hosts->by_pair) >= hosts->config.links_max)
        close_link(hosts, hosts->by_use);
    link = calloc(1, sizeof *link);
    if (link == NULL) {
        sao_problem_set(problem, SAO_EXIT_INTERNAL, "out of memory for a link");
        return NULL;
    }
    link->pair = *pair;
    link->hosts = hosts;
    link->capacity = capacity_for(hosts, length);
    /* Entered first: then only starting it can fail, and a link that never started is nothing
     * that would have to be closed. */
    if (!enter_link(hosts, link)) {
        sao_problem_set(problem, SAO_EXIT_INTERNAL, "out of memory for a link");
        free(link);
        return NULL;
    }
    if (!start_link(link, problem)) {
        forget_link(hosts, link);
        return NULL;
    }
    return link;
}

/* The link of the pair, with room for a packet of `length` bytes; now the one used last. */
static host_link *find_link(sao_hosts *hosts, const sao_host_pair *pair, size_t length,
                            sao_problem *problem)
{
    host_link *link = NULL;

    HASH_FIND(hh, hosts->by_pair, pair, sizeof *pair, link);
    if (link != NULL && link->capacity < capacity_for(hosts, length)) {
        close_link(hosts, link);
        link = NULL;
    }
    if (link == NULL)
        return make_link(hosts, pair, length, problem);
    DL_DELETE(hosts->by_use, link);
    DL_APPEND(hosts->by_use, link);
    return link;
}

/* ---- sending --------------------------------------------------------------------------- */

static int compare_addresses(const sao_ip_packet *packet)
{
    return memcmp(&packet->source, &packet->destination, sizeof packet->source);
}

/* Sends; while all buffers are under way, time goes on. */
static NDIS_STATUS send_patiently(host_link *link, int from, const sao_ip_packet *packet)
{
    NDIS_STATUS status;
    uint64_t waited = 0;

    for (;;) {
        status = sao_link_send(link->link, from, packet->bytes, packet->length);
        if (status != NDIS_STATUS_RESOURCES || waited >= PATIENCE_TICKS)
            return status;
        sao_link_run(link->link, 1);
        waited++;
    }
}

/* After every so many packets, one of the two NICs in turns. One that is still resetting is not
 * reset again (RST-1). */
static void maybe_reset(host_link *link)
{
    const uint32_t every = link->hosts->config.reset_every;

    link->sent++;
    if (every > 0 && link->sent % every == 0)
        (void)sao_link_life(link->link, (int)(link->resets++ % 2), SAO_LIFE_RESET);
}

/* Transport mode has the packet's own header, so it cannot choose a version, and it mends an IPv4
 * header's checksum. */
static bool may_go(const sao_hosts *hosts, const sao_ip_packet *packet, sao_bypass *reason)
{
    const sao_packet_form *form = hosts->config.link.form;

    if (form == NULL || form->bundle.mode != SAO_IPSEC_TRANSPORT)
        return true;
    *reason = SAO_BYPASS_OTHER_IP;
    if (!form->over_tunnel && hosts->config.ip_version != 0 &&
        hosts->config.ip_version != packet->version)
        return false;
    *reason = SAO_BYPASS_UNFIT;
    return packet->version == 6 || sao_classify_checksum_is_good(packet);
}

/* Is this an answer that says that the packet can never go? */
static bool cannot_go(NDIS_STATUS status, sao_bypass *reason)
{
    *reason = status == NDIS_STATUS_INVALID_LENGTH ? SAO_BYPASS_TOO_LARGE : SAO_BYPASS_UNFIT;
    return status == NDIS_STATUS_INVALID_LENGTH || status == NDIS_STATUS_INVALID_DATA;
}

sao_hosts_result sao_hosts_send(sao_hosts *hosts, const sao_ip_packet *packet, sao_bypass *reason,
                                sao_problem *problem)
{
    int from = compare_addresses(packet) < 0 ? 0 : 1;
    sao_tally *tally = hosts->config.tally;
    sao_host_pair pair;
    host_link *link;
    NDIS_STATUS status;

    if (!may_go(hosts, packet, reason))
        return SAO_HOSTS_BYPASSED;
    memset(&pair, 0, sizeof pair);
    pair.version = packet->version;
    memcpy(&pair.address[from], &packet->source, sizeof packet->source);
    memcpy(&pair.address[1 - from], &packet->destination, sizeof packet->destination);
    link = find_link(hosts, &pair, packet->length, problem);
    if (link == NULL)
        return SAO_HOSTS_FAILED;
    /* Before the send, since the packet may arrive within it. */
    if (!sao_expect_push(&link->expect[1 - from], packet->bytes, packet->length)) {
        sao_problem_set(problem, SAO_EXIT_INTERNAL, "out of memory for a packet");
        return SAO_HOSTS_FAILED;
    }
    status = send_patiently(link, from, packet);
    if (cannot_go(status, reason)) {
        sao_expect_retract(&link->expect[1 - from]);
        return SAO_HOSTS_BYPASSED;
    }
    tally->packets++;
    if (status != NDIS_STATUS_SUCCESS)
        sao_tally_violation(tally, "send-refused"); /* lost, since it stays expected */
    maybe_reset(link);
    return SAO_HOSTS_SENT;
}

/* ---- life ------------------------------------------------------------------------------ */

sao_hosts *sao_hosts_new(const sao_hosts_config *config)
{
    sao_hosts *hosts = calloc(1, sizeof *hosts);

    if (hosts == NULL)
        return NULL;
    hosts->config = *config;
    sao_random_init(&hosts->random, config->seed);
    return hosts;
}

void sao_hosts_finish(sao_hosts *hosts)
{
    /* Both hold every link: neither ends before the other. */
    while (hosts->by_use != NULL && hosts->by_pair != NULL)
        close_link(hosts, hosts->by_use);
}

void sao_hosts_free(sao_hosts *hosts)
{
    if (hosts != NULL)
        sao_hosts_finish(hosts);
    free(hosts);
}
