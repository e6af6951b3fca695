// SPDX-License-Identifier: BSD-2-Clause
/*
 * hosts.h: the hosts of a capture: each pair of addresses becomes a link of two hosts whose NICs
 * offload, and what one sends the other must be given, byte for byte and in order.
 *
 * Memory stays bounded whatever the capture holds: beyond `links_max` the link that was used
 * least recently is closed, and made again, with new keys, when its addresses come back.
 */
#ifndef SAO_CLI_HOSTS_H
#define SAO_CLI_HOSTS_H

#include "cli/problem.h"
#include "cli/random.h"
#include "cli/tally.h"

#include <saoffload/link.h>

typedef struct sao_hosts sao_hosts;

/* Two hosts, the lower address first. */
typedef struct sao_host_pair {
    uint8_t version;
    sao_address address[2];
} sao_host_pair;

typedef struct sao_hosts_config {
    sao_link_config link; /* of every link; addresses, versions, sizes, tag and hooks are ours */
    uint8_t ip_version;   /* of the outermost header, 4 or 6; 0: as each pair's own */
    uint32_t links_max;
    uint32_t reset_every; /* packets of a link, and one of its NICs is reset; 0: never */
    uint64_t seed;
    sao_tally *tally;

    /* A frame crosses a wire. */
    void (*wire)(void *context, const uint8_t *frame, size_t length);
    /* An SA was negotiated. May be NULL. */
    void (*sa)(void *context, const sao_link_sa *sa);
    /* An event of either host; `pair` names the link while it exists. May be NULL. */
    void (*event)(void *context, const sao_host_pair *pair, const sao_event *event);
    /* The link is gone; the address of `pair` may come back as another one's. May be NULL. */
    void (*closed)(void *context, const sao_host_pair *pair);
    void *context;
} sao_hosts_config;

/* NULL: out of memory. */
sao_hosts *sao_hosts_new(const sao_hosts_config *config);

typedef enum sao_hosts_result {
    SAO_HOSTS_SENT,     /* counted in tally->packets */
    SAO_HOSTS_BYPASSED, /* cannot go; counted nowhere, *reason says why */
    SAO_HOSTS_FAILED    /* no memory, or no link: the problem is set */
} sao_hosts_result;

/* The packet's source sends it to its destination. *reason is written with BYPASSED only. */
sao_hosts_result sao_hosts_send(sao_hosts *hosts, const sao_ip_packet *packet, sao_bypass *reason,
                                sao_problem *problem);

/* Closes every link, the least recently used first; the tally is final. */
void sao_hosts_finish(sao_hosts *hosts);

/* Frees everything; closes what was not finished. NULL is fine. */
void sao_hosts_free(sao_hosts *hosts);

#endif /* SAO_CLI_HOSTS_H */
