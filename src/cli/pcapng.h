// SPDX-License-Identifier: BSD-2-Clause
/*
 * pcapng.h: writes Ethernet frames to a pcapng file, little-endian on every machine.
 *
 * One section, one interface, nanosecond timestamps. libpcap reads pcapng but cannot write it.
 */
#ifndef SAO_CLI_PCAPNG_H
#define SAO_CLI_PCAPNG_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Writes what stands before the first frame. Errors stay in `file` (ferror). */
void sao_pcapng_begin(FILE *file);

/* Writes one frame, captured whole, at `time` nanoseconds since 1970. */
void sao_pcapng_frame(FILE *file, uint64_t time, const uint8_t *frame, size_t length);

#endif /* SAO_CLI_PCAPNG_H */
