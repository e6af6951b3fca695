// SPDX-License-Identifier: BSD-2-Clause
// simulator.c: the code of docs/for-simulators.md: two NICs and a wire in an event loop.
#include <saoffload/saoffload.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIRE_DELAY 5u

// begin world
/* A host of the simulation: a NIC, the packet that is on its way to it, what it has received. */
typedef struct host {
    sao_soft_nic *nic;
    struct host *peer;
    sao_packet packet;
    uint8_t frame[128];
    uint64_t arrives; // UINT64_MAX: nothing is on the wire
    uint64_t received;
    uint64_t now;
} host;

/* A frame leaves the NIC: it arrives at the other end later. */
static void transmit(void *wire, const sao_packet *packet)
{
    host *from = wire, *to = from->peer;

    memcpy(to->frame, packet->data, packet->length);
    to->packet =
        (sao_packet){.data = to->frame, .length = packet->length, .capacity = sizeof to->frame};
    to->arrives = from->now + WIRE_DELAY;
}
// end world

static void release(void *wire, sao_packet *packet)
{
    (void)wire, (void)packet;
}

/* ---- the protocol above the NIC -------------------------------------------------------- */

static void on_request(void *protocol, sao_request *request)
{
    (void)protocol, (void)request;
}

static void on_sent(void *protocol, sao_packet *packet)
{
    (void)protocol, (void)packet;
}

static void on_life(void *protocol, sao_life_event event, NDIS_STATUS status)
{
    (void)protocol, (void)event, (void)status;
}

static void on_config(void *protocol, const NDIS_IPSEC_OFFLOAD_V2 *config)
{
    (void)protocol, (void)config;
}

static void on_indicate(void *protocol, sao_packet *packet)
{
    host *h = protocol;
    sao_miniport miniport = sao_soft_nic_miniport(h->nic);

    h->received++;
    miniport.ops->return_packet(miniport.context, packet);
}

static const sao_protocol_ops above = {.size = sizeof above,
                                       .request_complete = on_request,
                                       .send_complete = on_sent,
                                       .indicate = on_indicate,
                                       .life_complete = on_life,
                                       .current_config = on_config};

static void *make_host(host *h, host *peer, uint32_t tag)
{
    sao_soft_nic_config config;
    void *memory;

    // begin nic
    sao_soft_nic_config_init(&config);
    config.provider = sao_crypto_sodium();
    sao_soft_nic_offer_algorithms(&config.capabilities, config.provider);
    config.tag = tag;
    config.send_latency = 3; // in the simulation's own time
    config.receive_latency = 2;
    config.wire = (sao_soft_nic_wire){transmit, release, h};
    memory = malloc(sao_soft_nic_size(&config)); // all that the NIC will ever use
    if (sao_soft_nic_init(memory, sao_soft_nic_size(&config), &config, &h->nic, NULL) !=
        NDIS_STATUS_SUCCESS)
        exit(1);
    sao_soft_nic_bind(h->nic, (sao_protocol){&above, h});
    // end nic
    h->peer = peer;
    h->arrives = UINT64_MAX;
    if (sao_adapter_initialize(sao_soft_nic_adapter(h->nic)) ||
        sao_adapter_restart(sao_soft_nic_adapter(h->nic)))
        exit(1);
    return memory;
}

// begin loop
/* Goes from one thing that is due to the next, until nothing is. */
static uint64_t run(host hosts[2])
{
    uint64_t now = 0, next;

    do {
        next = UINT64_MAX;
        for (int i = 0; i < 2; i++) {
            host *h = &hosts[i];
            uint64_t due;

            h->now = now;
            sao_soft_nic_poll(h->nic, now); // what follows happens now
            if (h->arrives <= now) {
                h->arrives = UINT64_MAX;
                sao_soft_nic_receive(h->nic, &h->packet);
            }
            due = sao_soft_nic_poll(h->nic, now);
            next = due < next ? due : next;
        }
        for (int i = 0; i < 2; i++)
            next = hosts[i].arrives < next ? hosts[i].arrives : next;
        if (next != UINT64_MAX)
            now = next;
    } while (next != UINT64_MAX);
    return now;
}
// end loop

int main(void)
{
    static uint8_t frame[42] = {2,  0, 0, 0, 0, 2,  2,  0, 0, 0,  0, 1, 8, 0,  0x45, 0, 0,
                                28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0,    0, 2};
    sao_packet packet = {.data = frame, .length = sizeof frame, .ip_offset = 14};
    sao_miniport miniport;
    host hosts[2] = {{0}};
    void *memory[2] = {make_host(&hosts[0], &hosts[1], 1), make_host(&hosts[1], &hosts[0], 2)};
    uint64_t ended;

    miniport = sao_soft_nic_miniport(hosts[0].nic);
    packet.capacity = sizeof frame;
    miniport.ops->send(miniport.context, &packet);
    ended = run(hosts);
    printf("%d received at %d\n", (int)hosts[1].received, (int)ended);
    free(memory[0]);
    free(memory[1]);
    return hosts[1].received == 1 && ended == 3 + WIRE_DELAY + 2 ? 0 : 1;
}
