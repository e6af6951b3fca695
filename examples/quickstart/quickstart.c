// SPDX-License-Identifier: BSD-2-Clause
// Two hosts, two offloading NICs, real ESP between them, and NICs that ask for deletes.
#include <saoffload/saoffload.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

static void random_bytes(void *context, uint8_t *bytes, size_t n)
{
    (void)context, randombytes_buf(bytes, n);
}

static void deliver(void *count, int to, const uint8_t *packet, size_t length)
{
    (void)to, (void)packet, (void)length, ++*(int *)count;
}

int main(void)
{
    uint8_t packet[28] = {0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};
    int delivered = 0;
    sao_link_config config;
    sao_link_totals totals;
    sao_link *link;

    // begin README
    sao_link_config_init(&config); // two hosts; each is a transport on a soft NIC
    config.address[0] = (sao_address){{10, 0, 0, 1}};
    config.address[1] = (sao_address){{10, 0, 0, 2}};
    config.provider = sao_crypto_sodium();
    config.encryption = SAO_ENCRYPTION_CHACHA20_POLY1305;
    config.hooks = (sao_link_hooks){random_bytes, deliver, .context = &delivered};
    config.nic.wish_after_packets = 20; // the NICs set SaDeleteReq (DEL-2)
    void *memory = malloc(sao_link_size(&config));
    if (sao_link_init(memory, sao_link_size(&config), &config, &link, NULL) != NDIS_STATUS_SUCCESS)
        return 1;
    for (int i = 0; i < 100; i++) // from host 0, through ESP, to host 1
        if (sao_link_send(link, 0, packet, sizeof packet) != NDIS_STATUS_SUCCESS)
            return 1;
    sao_link_close(link, &totals);
    // end README

    printf("%d packets delivered, %d by offload; %d deletes inbound, %d outbound; %d leaked\n",
           delivered, (int)totals.transport[1].offloaded_rx,
           (int)totals.transport[1].deletes_inbound, (int)totals.transport[1].deletes_outbound,
           (int)totals.leaked);
    free(memory);
    return delivered == 100 && totals.leaked == 0 ? 0 : 1;
}
