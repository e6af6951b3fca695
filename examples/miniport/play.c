// SPDX-License-Identifier: BSD-2-Clause
/* play.c: see play.h. */
#include "play.h"

#include <stdio.h>
#include <stdlib.h>

static int failures;

void check(bool good, const char *what)
{
    printf("%s  %s\n", good ? "ok   " : "WRONG", what);
    failures += good ? 0 : 1;
}

static bool pass_time(play *p)
{
    const bool busy = silicon_run(&p->nic);

    return ndis_side_run(&p->ndis) || busy;
}

void settle(play *p)
{
    do {
        while (pass_time(p))
            ;
    } while (ndis_side_timer(&p->ndis) && pass_time(p)); /* one that sets nothing going is idle */
}

void run_driver(play *p)
{
    while (ndis_side_run(&p->ndis))
        ;
}

void new_pair(play *p, transport_pair *pair)
{
    if (!transport_pair_init(pair, ++p->pairs))
        exit(1);
}

bool add_pair(play *p, transport_pair *pair)
{
    new_pair(p, pair);
    transport_add(&p->ndis, p->of, pair);
    settle(p);
    return transport_add_came_to(pair, NDIS_STATUS_SUCCESS);
}

/* ---- traffic --------------------------------------------------------------------------- */

void begin_receive(play *p, transport_pair *pair)
{
    transport_frame frame;

    transport_from_peer(pair, &frame);
    if (!silicon_receive(&p->nic, frame.bytes, frame.length))
        check(false, "the NIC has a buffer for a frame");
    run_driver(p);
}

sao_oob_receive receive(play *p, transport_pair *pair)
{
    begin_receive(p, pair);
    settle(p);
    return sao_oob_get_receive(&p->ndis.indicated.ipsec);
}

bool opens(play *p, transport_pair *pair)
{
    const uint32_t before = p->ndis.indications;
    const sao_oob_receive oob = receive(p, pair);

    return p->ndis.indications == before + 1 && oob.crypto_done &&
           oob.crypto_status == CRYPTO_SUCCESS &&
           transport_reads(pair, p->ndis.frame, p->ndis.indicated.length);
}

NDIS_STATUS transmit(play *p, transport_pair *pair)
{
    const uint32_t before = p->ndis.sends_completed;
    transport_frame frame;

    transport_to_peer(pair, &frame);
    ndis_side_send(&p->ndis, &frame.packet);
    settle(p);
    return p->ndis.sends_completed == before + 1 ? p->ndis.send_status : NDIS_STATUS_PENDING;
}

/* The IV of the frame that left last, behind MAC, IPv4 and ESP header. */
static uint64_t last_iv(const play *p)
{
    uint64_t iv = 0;

    for (uint32_t i = 0; i < 8; i++)
        iv = iv << 8 | p->nic.transmitted[14u + 20u + 8u + i];
    return iv;
}

bool seals(play *p, transport_pair *pair)
{
    const uint32_t before = p->nic.transmissions;
    const bool good = transmit(p, pair) == NDIS_STATUS_SUCCESS &&
                      p->nic.transmissions == before + 1 && last_iv(p) >= p->next_iv &&
                      transport_peer_reads(pair, p->nic.transmitted, p->nic.transmitted_length);

    p->next_iv = last_iv(p) + 1;
    return good;
}

int wrong_results(void)
{
    return failures;
}
