// SPDX-License-Identifier: BSD-2-Clause
// Two hosts with soft NICs on libsodium: adds on both, packets, deletes on both. The program names
// no symbol of libsodium: that the library finds its own needs is what it proves.
#include <saoffload/saoffload.h>
#include <stdio.h>
#include <stdlib.h>

static void not_random(void *context, uint8_t *bytes, size_t n)
{
    (void)context;
    while (n-- > 0)
        *bytes++ = (uint8_t)rand();
}

static void deliver(void *count, int to, const uint8_t *packet, size_t length)
{
    (void)to, (void)packet, (void)length;
    ++*(int *)count;
}

int main(void)
{
    uint8_t packet[28] = {0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};
    int delivered = 0;
    sao_link_config config;
    sao_link_totals totals;
    sao_link *link;

    sao_link_config_init(&config);
    config.address[0] = (sao_address){{10, 0, 0, 1}};
    config.address[1] = (sao_address){{10, 0, 0, 2}};
    config.provider = sao_crypto_sodium();
    config.encryption = SAO_ENCRYPTION_CHACHA20_POLY1305;
    config.hooks = (sao_link_hooks){not_random, deliver, .context = &delivered};
    config.nic.wish_after_packets = 5;
    void *memory = malloc(sao_link_size(&config));
    if (sao_link_init(memory, sao_link_size(&config), &config, &link, NULL) != NDIS_STATUS_SUCCESS)
        return 1;
    for (int i = 0; i < 20; i++)
        if (sao_link_send(link, 0, packet, sizeof packet) != NDIS_STATUS_SUCCESS)
            return 1;
    sao_link_close(link, &totals);
    printf("everything: %d packets, %d deletes, %d leaked\n", delivered,
           (int)totals.transport[1].deletes_inbound, (int)totals.leaked);
    free(memory);
    return delivered != 20 || totals.transport[1].deletes_inbound == 0 || totals.leaked != 0;
}
