// SPDX-License-Identifier: BSD-2-Clause
/*
 * esp_peer.c: protects and unprotects packets for a script, so that other IPsec code can check.
 *
 * Each line of standard input is one job, in words; bytes are hexadecimal digits, "-" for none:
 *
 *     protect|unprotect CIPHER tunnel|transport 4|6 SOURCE DESTINATION SPI ESN KEY SEQUENCE IV
 * PACKET
 *
 * CIPHER is gcm, chacha or hmac; ESN 0 or 1; SEQUENCE a decimal number, to unprotect the highest
 * one received so far, and IV then "-". The answer is one line: the packet, or "error" and why.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <saoffload/saoffload.h>

#define PACKET_MAX 4096
#define LINE_MAX_LENGTH (2 * PACKET_MAX + 512)

enum {
    VERB,
    CIPHER,
    MODE,
    VERSION,
    SOURCE,
    DESTINATION,
    SPI,
    ESN,
    KEY,
    SEQUENCE,
    IV,
    PACKET,
    WORDS
};

/* Returns how many bytes the digits are, or -1 if they are none or too many. */
static int parse_bytes(const char *hex, uint8_t *bytes, size_t capacity)
{
    size_t count = strlen(hex) / 2;

    if (strcmp(hex, "-") == 0)
        return 0;
    if (strlen(hex) % 2 != 0 || count > capacity || strspn(hex, "0123456789abcdef") != strlen(hex))
        return -1;
    for (size_t i = 0; i < count; i++) {
        char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

        bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return (int)count;
}

static bool parse_cipher(const char *name, const uint8_t *key, size_t length,
                         sao_ipsec_params *params)
{
    params->encryption_key = key;
    params->encryption_key_length = length;
    if (strcmp(name, "gcm") == 0) {
        params->encryption = IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256;
    } else if (strcmp(name, "chacha") == 0) {
        params->encryption = SAO_ENCRYPTION_CHACHA20_POLY1305;
    } else if (strcmp(name, "hmac") == 0) {
        params->authentication = IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256;
        params->authentication_key = key;
        params->authentication_key_length = length;
        params->encryption_key = NULL;
        params->encryption_key_length = 0;
    } else {
        return false;
    }
    return true;
}

static bool parse_sa(char *const words[WORDS], uint8_t key[SAO_KEY_MAX], sao_ipsec_params *params)
{
    size_t address = words[VERSION][0] == '4' ? 4 : 16;
    int key_length = parse_bytes(words[KEY], key, SAO_KEY_MAX);

    sao_ipsec_params_init(params);
    params->mode = strcmp(words[MODE], "transport") == 0 ? SAO_IPSEC_TRANSPORT : SAO_IPSEC_TUNNEL;
    params->ip_version = (uint8_t)strtoul(words[VERSION], NULL, 10);
    params->esn = strcmp(words[ESN], "1") == 0;
    return key_length >= 0 && parse_cipher(words[CIPHER], key, (size_t)key_length, params) &&
           parse_bytes(words[SOURCE], params->source.bytes, address) == (int)address &&
           parse_bytes(words[DESTINATION], params->destination.bytes, address) == (int)address &&
           parse_bytes(words[SPI], (uint8_t *)&params->spi, 4) == 4;
}

static const char *run_packet(char *const words[WORDS], const sao_ipsec_sa *sa, uint8_t *packet,
                              size_t *length)
{
    uint64_t sequence = strtoull(words[SEQUENCE], NULL, 10);
    uint8_t iv[SAO_IV_MAX];
    sao_ipsec_result result;
    NDIS_STATUS status;

    if (strcmp(words[VERB], "protect") == 0) {
        if (parse_bytes(words[IV], iv, sizeof iv) != sa->iv_length)
            return "bad IV";
        status = sao_ipsec_protect(sa, sequence, iv, packet, length, PACKET_MAX);
    } else {
        status = sao_ipsec_unprotect(sa, sequence, packet, length, &result);
        if (status == NDIS_STATUS_FAILURE)
            return sao_crypto_status_name(result.crypto_status);
    }
    return status == NDIS_STATUS_SUCCESS ? NULL : sao_status_name(status);
}

/* Returns NULL, or what is wrong. */
static const char *run_job(char *const words[WORDS], uint8_t *packet, size_t *length)
{
    const sao_crypto_provider *provider = sao_crypto_sodium();
    uint8_t key[SAO_KEY_MAX];
    sao_ipsec_params params;
    sao_ipsec_sa sa;
    const char *problem;
    NDIS_STATUS status;
    int bytes = parse_bytes(words[PACKET], packet, PACKET_MAX);
    void *context = provider != NULL ? malloc(provider->context_size) : NULL;

    if (context == NULL)
        return "no memory, or no libsodium";
    if (bytes < 0 || !parse_sa(words, key, &params)) {
        free(context);
        return "bad job";
    }
    *length = (size_t)bytes;
    status = sao_ipsec_sa_init(&sa, &params, provider, context);
    problem = status == NDIS_STATUS_SUCCESS ? run_packet(words, &sa, packet, length)
                                            : sao_status_name(status);
    sao_ipsec_sa_wipe(&sa);
    free(context);
    return problem;
}

static size_t split(char *line, char *words[WORDS])
{
    size_t count = 0;

    for (char *word = strtok(line, " \n"); word != NULL; word = strtok(NULL, " \n")) {
        if (count == WORDS)
            return 0;
        words[count++] = word;
    }
    return count;
}

int main(void)
{
    static char line[LINE_MAX_LENGTH];
    static uint8_t packet[PACKET_MAX];

    while (fgets(line, sizeof line, stdin) != NULL) {
        char *words[WORDS];
        size_t length = 0;
        const char *problem = split(line, words) == WORDS ? run_job(words, packet, &length)
                                                          : "a job has twelve words";

        if (problem != NULL)
            printf("error %s", problem);
        else
            for (size_t i = 0; i < length; i++)
                printf("%02x", packet[i]);
        printf("\n");
        fflush(stdout);
    }
    return EXIT_SUCCESS;
}
