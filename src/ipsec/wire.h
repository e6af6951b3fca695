// SPDX-License-Identifier: BSD-2-Clause
/* wire.h: numbers as they stand in packets: big-endian, at any alignment. */
#ifndef SAO_IPSEC_WIRE_H
#define SAO_IPSEC_WIRE_H

#include <saoffload/platform.h>

static inline uint16_t wire_load16(const uint8_t *at)
{
    return (uint16_t)((unsigned)at[0] << 8 | at[1]);
}

static inline uint32_t wire_load32(const uint8_t *at)
{
    return (uint32_t)wire_load16(at) << 16 | wire_load16(at + 2);
}

static inline void wire_store16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static inline void wire_store32(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 24); /* which compilers make one store */
    at[1] = (uint8_t)(value >> 16);
    at[2] = (uint8_t)(value >> 8);
    at[3] = (uint8_t)value;
}

/* The sum of 16-bit words; an odd byte at the end counts as the upper half of one. For 64 KB. */
static inline uint32_t wire_sum(const uint8_t *bytes, uint32_t length, uint32_t sum)
{
    for (uint32_t i = 0; i + 1 < length; i += 2)
        sum += wire_load16(bytes + i);
    if (length % 2 != 0)
        sum += (uint32_t)bytes[length - 1] << 8;
    return sum;
}

/* Such a sum in 16 bits, ones' complement arithmetic (RFC 1071). */
static inline uint16_t wire_fold(uint32_t sum)
{
    sum = (sum & 0xFFFFu) + (sum >> 16);
    return (uint16_t)((sum & 0xFFFFu) + (sum >> 16));
}

#endif /* SAO_IPSEC_WIRE_H */
