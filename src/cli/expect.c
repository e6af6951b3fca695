// SPDX-License-Identifier: BSD-2-Clause
// expect.c: what one host was sent and has not been given yet.
#include "cli/expect.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

struct sao_expected {
    sao_expected *prev, *next; /* names that utlist.h wants */
    uint64_t number;
    size_t length;
    uint8_t bytes[];
};

static void remove_expected(sao_expect *expect, sao_expected *packet)
{
    DL_DELETE(expect->first, packet);
    expect->waiting--;
    free(packet);
}

bool sao_expect_push(sao_expect *expect, const uint8_t *bytes, size_t length)
{
    sao_expected *packet = malloc(sizeof *packet + length);

    if (packet == NULL)
        return false;
    packet->number = ++expect->sent;
    packet->length = length;
    memcpy(packet->bytes, bytes, length);
    DL_APPEND(expect->first, packet);
    expect->waiting++;
    return true;
}

void sao_expect_retract(sao_expect *expect)
{
    if (expect->first != NULL)
        remove_expected(expect, expect->first->prev); /* the head's prev is the tail */
}

sao_expect_result sao_expect_arrived(sao_expect *expect, const uint8_t *bytes, size_t length)
{
    sao_expected *packet;

    DL_FOREACH(expect->first, packet)
    {
        sao_expect_result result = SAO_EXPECT_IN_ORDER;

        if (packet->length != length || memcmp(packet->bytes, bytes, length) != 0)
            continue;
        if (packet->number < expect->highest)
            result = SAO_EXPECT_OVERTAKEN;
        else
            expect->highest = packet->number;
        remove_expected(expect, packet);
        return result;
    }
    return SAO_EXPECT_UNKNOWN;
}

uint64_t sao_expect_clear(sao_expect *expect)
{
    uint64_t lost = expect->waiting;

    while (expect->first != NULL)
        remove_expected(expect, expect->first);
    return lost;
}
