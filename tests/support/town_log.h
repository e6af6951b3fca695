// SPDX-License-Identifier: BSD-2-Clause
/*
 * town_log.h: what happens in a town, in one log that lies outside of its world: each event, each
 * frame that crosses the wire, each packet that is delivered.
 */
#ifndef SAO_TEST_TOWN_LOG_H
#define SAO_TEST_TOWN_LOG_H

#include <saoffload/event.h>
#include <saoffload/packet.h>

typedef struct town_log {
    uint8_t *bytes;
    size_t length;
    size_t capacity;
    uint32_t events;
    uint32_t frames;
    uint32_t delivered;
    bool frames_only; /* events are counted, not kept: handles, times and serials are in them */
    /* Is shown each ESP packet that is transmitted, from its IP header on; may be NULL. */
    void (*on_esp)(const uint8_t *ip, size_t length);
} town_log;

extern town_log town_seen;

/* Empties the log. */
void town_forget(void);
/* Frees what it holds. */
void town_end_log(void);

/* Hooks of a transport, which need no context; and what a NIC sends. */
void town_see_event(void *context, const sao_event *event);
void town_see_delivery(void *context, const uint8_t *packet, size_t length);
void town_see_frame(const sao_packet *packet);

#endif /* SAO_TEST_TOWN_LOG_H */
