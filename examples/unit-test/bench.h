// SPDX-License-Identifier: BSD-2-Clause
/*
 * bench.h: the driver on a test bench: a boundary around it that records, and hands that drive it.
 *
 *     transport, or the bench itself  <->  boundary: b->events  <->  driver
 *
 * The tests judge by what the boundary saw: a driver cannot lie in that.
 */
#ifndef EXAMPLE_BENCH_H
#define EXAMPLE_BENCH_H

#include "driver.h"

#include <saoffload/boundary.h>

#define BENCH_EVENTS 512u
#define BENCH_FRAME 128u

typedef struct bench_frame {
    sao_packet packet;
    uint8_t bytes[BENCH_FRAME];
} bench_frame;

typedef struct bench {
    driver driver;
    sao_boundary boundary;
    sao_miniport miniport; /* the driver, behind the boundary */
    sao_event events[BENCH_EVENTS];
    uint32_t event_count;
    uint32_t packets; /* made so far; names them, and numbers them for the receiver */
} bench;

/* The driver alone, driven by hand; or by somebody else. */
void bench_init(bench *b);
void bench_init_for(bench *b, sao_protocol protocol);

/* A request and its buffer. */
typedef struct bench_delete {
    sao_request request;
    IPSEC_OFFLOAD_V2_DELETE_SA list[4];
} bench_delete;

/* Adds one bundle; its handle, NULL if it was refused. */
NDIS_HANDLE bench_add(bench *b, uint32_t spi, bool inbound);

/* Makes a DELETE list, to be spoilt or submitted. */
void bench_make_delete(bench_delete *del, const NDIS_HANDLE *handles, uint32_t count);
NDIS_STATUS bench_submit(bench *b, sao_request *request);

/* An ESP frame (null encryption) from 10.0.0.2 to 10.0.0.1. */
void bench_make_frame(bench *b, bench_frame *frame, uint32_t spi);

/* Do the bundles work? A frame is received and indicated with CryptoDone; one is sent. */
bool bench_opens(bench *b, uint32_t spi);
bool bench_sends(bench *b, NDIS_HANDLE handle);

/* ---- what the boundary saw ------------------------------------------------------------- */

/* How often; of one request, one packet, or any (0). */
uint32_t bench_count(const bench *b, sao_event_type type, uint64_t name);

/* The last of the kind; fails the test if there is none. */
const sao_event *bench_last(const bench *b, sao_event_type type);

#endif /* EXAMPLE_BENCH_H */
