// SPDX-License-Identifier: BSD-2-Clause
/* town_log.c: see town_log.h. */
#include "support/town_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <saoffload/ipsec.h>

town_log town_seen;

void town_forget(void)
{
    town_seen.length = 0;
    town_seen.events = 0;
    town_seen.frames = 0;
    town_seen.delivered = 0;
}

void town_end_log(void)
{
    free(town_seen.bytes);
    memset(&town_seen, 0, sizeof town_seen);
}

static void see(const void *bytes, size_t length)
{
    while (town_seen.length + length > town_seen.capacity) {
        town_seen.capacity = town_seen.capacity == 0 ? 65536u : 2 * town_seen.capacity;
        town_seen.bytes = realloc(town_seen.bytes, town_seen.capacity);
        assert_non_null(town_seen.bytes);
    }
    memcpy(town_seen.bytes + town_seen.length, bytes, length);
    town_seen.length += length;
}

void town_see_event(void *context, const sao_event *event)
{
    (void)context;
    if (!town_seen.frames_only)
        see(event, sizeof *event);
    town_seen.events++;
}

void town_see_delivery(void *context, const uint8_t *packet, size_t length)
{
    (void)context;
    see(packet, length);
    town_seen.delivered++;
}

void town_see_frame(const sao_packet *packet)
{
    sao_packet_info info;

    see(packet->data, packet->length);
    town_seen.frames++;
    if (town_seen.on_esp != NULL &&
        sao_frame_parse(packet->data, packet->length, &info) == SAO_PARSE_OK &&
        info.header_count == 1)
        town_seen.on_esp(packet->data + info.ip_offset, info.ip_length);
}
