// SPDX-License-Identifier: BSD-2-Clause
// pcapng.c: writes Ethernet frames to a pcapng file.
#include "cli/pcapng.h"

#include <saoffload/version.h>

#include <string.h>

enum {
    SECTION_HEADER_BLOCK = 0x0a0d0d0a,
    INTERFACE_BLOCK = 1,
    ENHANCED_PACKET_BLOCK = 6,
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
    LINKTYPE_ETHERNET = 1,
    SNAP_LENGTH = 262144,
    OPTION_END = 0,
    SECTION_APPLICATION = 4,  /* shb_userappl */
    INTERFACE_NAME = 2,       /* if_name */
    INTERFACE_RESOLUTION = 9, /* if_tsresol */
    NANOSECONDS = 9           /* 10 to the minus 9 */
};

static void put16(FILE *file, uint16_t value)
{
    uint8_t bytes[2] = {(uint8_t)value, (uint8_t)(value >> 8)};

    fwrite(bytes, 1, sizeof bytes, file);
}

static void put32(FILE *file, uint32_t value)
{
    put16(file, (uint16_t)value);
    put16(file, (uint16_t)(value >> 16));
}

static size_t padded(size_t n)
{
    return (n + 3) & ~(size_t)3;
}

/* Bytes, then zeroes up to the next multiple of four. */
static void put_bytes(FILE *file, const void *bytes, size_t n)
{
    static const uint8_t zeroes[4];

    fwrite(bytes, 1, n, file);
    fwrite(zeroes, 1, padded(n) - n, file);
}

static void put_option(FILE *file, uint16_t code, const void *value, size_t n)
{
    put16(file, code);
    put16(file, (uint16_t)n);
    put_bytes(file, value, n);
}

static size_t option_size(size_t n)
{
    return 4 + padded(n);
}

static void put_section_header(FILE *file)
{
    static const char application[] = "saoffload " SAO_VERSION_STRING;
    size_t n = strlen(application);
    uint32_t total = (uint32_t)(28 + option_size(n) + option_size(0));

    put32(file, SECTION_HEADER_BLOCK);
    put32(file, total);
    put32(file, BYTE_ORDER_MAGIC);
    put16(file, 1); /* version 1.0 */
    put16(file, 0);
    put32(file, UINT32_MAX); /* length of the section: not given */
    put32(file, UINT32_MAX);
    put_option(file, SECTION_APPLICATION, application, n);
    put_option(file, OPTION_END, "", 0);
    put32(file, total);
}

static void put_interface(FILE *file)
{
    static const char name[] = "wire";
    static const uint8_t resolution = NANOSECONDS;
    size_t n = strlen(name);
    uint32_t total = (uint32_t)(20 + option_size(n) + option_size(1) + option_size(0));

    put32(file, INTERFACE_BLOCK);
    put32(file, total);
    put16(file, LINKTYPE_ETHERNET);
    put16(file, 0); /* reserved */
    put32(file, SNAP_LENGTH);
    put_option(file, INTERFACE_NAME, name, n);
    put_option(file, INTERFACE_RESOLUTION, &resolution, 1);
    put_option(file, OPTION_END, "", 0);
    put32(file, total);
}

void sao_pcapng_begin(FILE *file)
{
    put_section_header(file);
    put_interface(file);
}

void sao_pcapng_frame(FILE *file, uint64_t time, const uint8_t *frame, size_t length)
{
    uint32_t total = (uint32_t)(32 + padded(length));

    put32(file, ENHANCED_PACKET_BLOCK);
    put32(file, total);
    put32(file, 0); /* interface */
    put32(file, (uint32_t)(time >> 32));
    put32(file, (uint32_t)time);
    put32(file, (uint32_t)length); /* captured */
    put32(file, (uint32_t)length); /* original */
    put_bytes(file, frame, length);
    put32(file, total);
}
