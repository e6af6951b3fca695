// SPDX-License-Identifier: BSD-2-Clause
// One IP packet through an ESP tunnel and back, with no adapter, NIC or driver: the packet layer
// alone, as a simulator or a test generator would use it.
#include <saoffload/saoffload.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void show(const char *what, const uint8_t *bytes, size_t length)
{
    printf("%-10s %3zu bytes  ", what, length);
    for (size_t i = 0; i < length && i < 24; i++)
        printf("%02x", bytes[i]);
    printf("...\n");
}

int main(void)
{
    // From 10.0.0.1 to 10.0.0.2, eight bytes of data.
    static const uint8_t plain[28] = {0x45, 0,   0,   28,  0,   0,   0,   0,  64, 253,
                                      0,    0,   10,  0,   0,   1,   10,  0,  0,  2,
                                      's',  'a', 'o', 'f', 'f', 'l', 'o', 'a'};
    static const uint8_t spi[4] = {0, 0, 0x10, 1};
    static const uint8_t key[36] = "an example's key of 32 bytes....salt"; // never do this
    static const uint8_t iv[8] = {0, 0, 0, 0, 0, 0, 0, 1}; // never twice under one key (TX-3)
    const sao_crypto_provider *provider = sao_crypto_sodium();
    uint8_t packet[128];
    size_t length = sizeof plain;
    sao_ipsec_params params;
    sao_ipsec_sa sa;
    sao_ipsec_result result;
    void *context;

    // begin sa
    // An SA: a tunnel between two gateways. ChaCha20-Poly1305 runs on every processor.
    sao_ipsec_params_init(&params);
    params.source = (sao_address){{192, 0, 2, 1}};
    params.destination = (sao_address){{198, 51, 100, 2}};
    memcpy(&params.spi, spi, sizeof spi); // network byte order
    params.encryption = SAO_ENCRYPTION_CHACHA20_POLY1305;
    params.encryption_key = key;
    params.encryption_key_length = sizeof key;
    if (provider == NULL || (context = malloc(provider->context_size)) == NULL)
        return 1;
    if (sao_ipsec_sa_init(&sa, &params, provider, context) != NDIS_STATUS_SUCCESS)
        return 1;
    // end sa

    // begin protect
    // Protect, in place: sequence number 1.
    memcpy(packet, plain, sizeof plain);
    show("plain", packet, length);
    if (sao_ipsec_protect(&sa, 1, iv, packet, &length, sizeof packet) != NDIS_STATUS_SUCCESS)
        return 1;
    // end protect
    show("protected", packet, length);

    // One wrong bit: refused, and the packet stays as it came.
    packet[length - 1] ^= 1;
    printf("damaged    %s\n",
           sao_crypto_status_name(sao_ipsec_open(&sa, 0, packet, length, &result)));
    if (result.crypto_status != CRYPTO_TUNNEL_ESP_AUTH_FAILED)
        return 1;
    packet[length - 1] ^= 1;

    // begin unprotect
    // Unprotect. Whether sequence number 1 was seen before is for the caller to know.
    if (sao_ipsec_unprotect(&sa, 0, packet, &length, &result) != NDIS_STATUS_SUCCESS)
        return 1;
    // end unprotect
    show("back", packet, length);
    printf("sequence   %llu\n", (unsigned long long)result.sequence);

    sao_ipsec_sa_wipe(&sa);
    free(context);
    return length == sizeof plain && memcmp(packet, plain, sizeof plain) == 0 ? 0 : 1;
}
