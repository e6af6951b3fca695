// SPDX-License-Identifier: BSD-2-Clause
/* bench.c: see bench.h. */
#include "bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <saoffload/oob.h>

/* ---- the bench ------------------------------------------------------------------------- */

static void record(void *context, const sao_event *event)
{
    bench *b = context;

    assert_true(b->event_count < BENCH_EVENTS);
    b->events[b->event_count++] = *event;
}

/* Who is on top when nobody else is. What happens is in the events, so there is little to do. */
static void ignore_request(void *protocol, sao_request *request)
{
    (void)protocol, (void)request;
}

static void ignore_packet(void *protocol, sao_packet *packet)
{
    (void)protocol, (void)packet;
}

static void give_back(void *protocol, sao_packet *packet)
{
    const bench *b = protocol;

    b->miniport.ops->return_packet(b->miniport.context, packet);
}

static void ignore_life(void *protocol, sao_life_event event, NDIS_STATUS status)
{
    (void)protocol, (void)event, (void)status;
}

static void ignore_config(void *protocol, const NDIS_IPSEC_OFFLOAD_V2 *config)
{
    (void)protocol, (void)config;
}

void bench_init_for(bench *b, sao_protocol protocol)
{
    memset(b, 0, sizeof *b);
    sao_boundary_init(&b->boundary, driver_miniport(&b->driver), protocol, 0, record, b);
    driver_init(&b->driver, sao_boundary_protocol(&b->boundary));
    b->miniport = sao_boundary_miniport(&b->boundary);
}

void bench_init(bench *b)
{
    static const sao_protocol_ops ops = {.size = sizeof ops,
                                         .request_complete = ignore_request,
                                         .send_complete = ignore_packet,
                                         .indicate = give_back,
                                         .life_complete = ignore_life,
                                         .current_config = ignore_config};

    bench_init_for(b, (sao_protocol){&ops, b});
}

/* ---- requests -------------------------------------------------------------------------- */

NDIS_STATUS bench_submit(bench *b, sao_request *request)
{
    return b->miniport.ops->request(b->miniport.context, request);
}

NDIS_HANDLE bench_add(bench *b, uint32_t spi, bool inbound)
{
    IPSEC_OFFLOAD_V2_ADD_SA add = {.Header = {NDIS_OBJECT_TYPE_DEFAULT, 1, sizeof add},
                                   .NumExtHdrs = 1,
                                   .Flags = inbound ? IPSEC_OFFLOAD_V2_INBOUND : 0,
                                   .SecAssoc[0] = {.Operation = IPsecOffloadV2Esp, .Spi = spi}};
    sao_request request;

    sao_request_init(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, &add, sizeof add);
    return bench_submit(b, &request) == NDIS_STATUS_SUCCESS ? add.OffloadHandle : NULL;
}

void bench_make_delete(bench_delete *del, const NDIS_HANDLE *handles, uint32_t count)
{
    memset(del, 0, sizeof *del);
    for (uint32_t i = 0; i < count; i++) {
        del->list[i].Header =
            (NDIS_OBJECT_HEADER){NDIS_OBJECT_TYPE_DEFAULT, 1, sizeof del->list[i]};
        del->list[i].Next = i + 1 < count ? &del->list[i + 1] : NULL;
        del->list[i].OffloadHandle = handles[i];
    }
    sao_request_init(&del->request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, del->list,
                     (ULONG)(count * sizeof del->list[0]));
}

/* ---- packets --------------------------------------------------------------------------- */

void bench_make_frame(bench *b, bench_frame *frame, uint32_t spi)
{
    /* MAC header (IPv4) and outer IP header; then ESP: SPI, sequence number, an IP packet without
     * data, two bytes of padding, their number, IPv4, and an ICV that nobody looks at. */
    static const uint8_t outer[34] = {
        [12] = 8, [14] = 0x45, [17] = 68, [22] = 64, [23] = SAO_PROTOCOL_ESP, [26] = 10, 0, 0, 2,
        10,       0,           0,         1};
    static const uint8_t inner[24] = {0x45, 0, 0, 20, 0,  0, 0, 0, 64, 253, 0, 0,
                                      10,   0, 0, 2,  10, 0, 0, 1, 1,  2,   2, 4};

    memset(frame, 0, sizeof *frame);
    memcpy(frame->bytes, outer, sizeof outer);
    memcpy(frame->bytes + 34, &spi, sizeof spi);
    frame->bytes[41] = (uint8_t)++b->packets;
    memcpy(frame->bytes + 42, inner, sizeof inner);
    frame->packet.data = frame->bytes;
    frame->packet.length = 14u + 68u;
    frame->packet.capacity = sizeof frame->bytes;
    frame->packet.ip_offset = 14;
    frame->packet.id = b->packets;
}

bool bench_opens(bench *b, uint32_t spi)
{
    bench_frame frame;

    bench_make_frame(b, &frame, spi);
    driver_receive(&b->driver, &frame.packet);
    driver_dpc(&b->driver);
    return bench_count(b, SAO_EVENT_INDICATE, frame.packet.id) == 1 &&
           sao_oob_get_receive(&frame.packet.ipsec).crypto_done;
}

bool bench_sends(bench *b, NDIS_HANDLE handle)
{
    bench_frame frame;

    bench_make_frame(b, &frame, 0);
    frame.packet.ipsec.Transmit.OffloadHandle = handle;
    b->miniport.ops->send(b->miniport.context, &frame.packet);
    driver_dpc(&b->driver);
    return bench_count(b, SAO_EVENT_SEND_COMPLETE, frame.packet.id) == 1 &&
           frame.packet.status == NDIS_STATUS_SUCCESS;
}

/* ---- events ---------------------------------------------------------------------------- */

uint32_t bench_count(const bench *b, sao_event_type type, uint64_t name)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < b->event_count; i++)
        if (b->events[i].type == (uint32_t)type &&
            (name == 0 || b->events[i].request == name || b->events[i].packet == name))
            count++;
    return count;
}

const sao_event *bench_last(const bench *b, sao_event_type type)
{
    for (uint32_t i = b->event_count; i-- > 0;)
        if (b->events[i].type == (uint32_t)type)
            return &b->events[i];
    fail_msg("the boundary saw no %s", sao_event_name((uint32_t)type));
    return NULL;
}
