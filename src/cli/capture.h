// SPDX-License-Identifier: BSD-2-Clause
/* capture.h: reads a pcap or pcapng file, packet by packet, through libpcap. */
#ifndef SAO_CLI_CAPTURE_H
#define SAO_CLI_CAPTURE_H

#include "cli/problem.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct sao_capture sao_capture;

/* One packet as it was captured; `bytes` is valid until the next one is read. */
typedef struct sao_capture_packet {
    uint64_t number; /* from 1, as Wireshark counts */
    uint64_t time;   /* nanoseconds since 1970 */
    const uint8_t *bytes;
    size_t captured;
    size_t original;
} sao_capture_packet;

typedef enum sao_capture_result {
    SAO_CAPTURE_PACKET,
    SAO_CAPTURE_END,
    SAO_CAPTURE_TRUNCATED, /* the file ends in the middle of a packet */
    SAO_CAPTURE_ERROR
} sao_capture_result;

/*
 * Opens a capture, "-" for standard input. NULL with the problem set: it cannot be read, is no
 * capture, or is of a link type that sao_classify does not know.
 */
sao_capture *sao_capture_open(const char *path, sao_problem *problem);

/* Reads the next packet; sets the problem for TRUNCATED and ERROR. */
sao_capture_result sao_capture_next(sao_capture *capture, sao_capture_packet *packet,
                                    sao_problem *problem);

/* DLT_... */
int sao_capture_link_type(const sao_capture *capture);

/* How much of the file has been read, 0 to 1; negative if the file does not tell its size. */
double sao_capture_progress(const sao_capture *capture);

/* True if `path` names the file that is being read. */
bool sao_capture_is_file(const sao_capture *capture, const char *path);

/* NULL is fine. */
void sao_capture_close(sao_capture *capture);

#endif /* SAO_CLI_CAPTURE_H */
