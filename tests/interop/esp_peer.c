// SPDX-License-Identifier: BSD-2-Clause
/*
 * esp_peer.c: protects and unprotects packets for a script, so that other IPsec code can check.
 *
 * Each line of standard input is one job, in words; bytes are hexadecimal digits, "-" for none:
 *
 *     protect|unprotect PROVIDER esp|ah|udp ENCRYPTION AUTHENTICATION ICV tunnel|transport 4|6
 *         SOURCE DESTINATION SPI ESN ENCRYPTION_KEY AUTHENTICATION_KEY SEQUENCE IV PACKET
 *
 * udp is ESP in UDP, both ports 4500. ENCRYPTION and AUTHENTICATION are names as algorithm.h has
 * them, "-" for none; ICV its bytes, 0 for the algorithm's own, which with ESP that only encrypts
 * is none; ESN 0 or 1; SEQUENCE a decimal number, to unprotect the highest one received so far, and
 * IV then "-". The answer is one line: the packet; or "error" and why; or "changed" and why, if
 * after an error the packet is not what it was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <saoffload/saoffload.h>

#define PACKET_MAX 4096
#define LINE_MAX_LENGTH (2 * PACKET_MAX + 512)

enum {
    VERB,
    PROVIDER,
    PROTOCOL,
    ENCRYPTION,
    AUTHENTICATION,
    ICV,
    MODE,
    VERSION,
    SOURCE,
    DESTINATION,
    SPI,
    ESN,
    ENCRYPTION_KEY,
    AUTHENTICATION_KEY,
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

/* Both keys of a job; they are to stay as long as the parameters. */
typedef struct job_keys {
    uint8_t encryption[SAO_KEY_MAX];
    uint8_t authentication[SAO_KEY_MAX];
} job_keys;

/* The identifier of a name; 0 for "-". */
static bool parse_algorithm(const char *name, bool encrypts, uint32_t *identifier)
{
    *identifier = 0;
    if (strcmp(name, "-") == 0)
        return true;
    for (uint32_t bit = 1; bit != 0; bit <<= 1) {
        const sao_algorithm *algorithm =
            encrypts ? sao_encryption_algorithm(bit) : sao_authentication_algorithm(bit);

        if (algorithm != NULL && strcmp(algorithm->name, name) == 0) {
            *identifier = bit;
            return true;
        }
    }
    return false;
}

static bool parse_key(const char *word, uint8_t bytes[SAO_KEY_MAX], const uint8_t **key,
                      size_t *length)
{
    int count = parse_bytes(word, bytes, SAO_KEY_MAX);

    *key = count > 0 ? bytes : NULL;
    *length = count > 0 ? (size_t)count : 0;
    return count >= 0;
}

static bool parse_sa(char *const words[WORDS], job_keys *keys, sao_ipsec_params *params)
{
    size_t address = words[VERSION][0] == '4' ? 4 : 16;

    sao_ipsec_params_init(params);
    params->protocol = strcmp(words[PROTOCOL], "ah") == 0 ? SAO_PROTOCOL_AH : SAO_PROTOCOL_ESP;
    params->udp_encapsulated = strcmp(words[PROTOCOL], "udp") == 0;
    params->allow_unauthenticated = params->protocol == SAO_PROTOCOL_ESP;
    params->icv_length = (uint8_t)strtoul(words[ICV], NULL, 10);
    params->mode = strcmp(words[MODE], "transport") == 0 ? SAO_IPSEC_TRANSPORT : SAO_IPSEC_TUNNEL;
    params->ip_version = (uint8_t)strtoul(words[VERSION], NULL, 10);
    params->esn = strcmp(words[ESN], "1") == 0;
    return parse_algorithm(words[ENCRYPTION], true, &params->encryption) &&
           parse_algorithm(words[AUTHENTICATION], false, &params->authentication) &&
           parse_key(words[ENCRYPTION_KEY], keys->encryption, &params->encryption_key,
                     &params->encryption_key_length) &&
           parse_key(words[AUTHENTICATION_KEY], keys->authentication, &params->authentication_key,
                     &params->authentication_key_length) &&
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

/* What a job makes of its packet. */
typedef struct job_answer {
    const char *problem; /* NULL if none */
    bool changed;        /* in spite of a problem */
} job_answer;

static job_answer run_and_compare(char *const words[WORDS], const sao_ipsec_sa *sa, uint8_t *packet,
                                  size_t *length)
{
    static uint8_t before[PACKET_MAX];
    const size_t bytes = *length;
    job_answer answer;

    memcpy(before, packet, bytes);
    answer.problem = run_packet(words, sa, packet, length);
    answer.changed =
        answer.problem != NULL && (*length != bytes || memcmp(before, packet, bytes) != 0);
    return answer;
}

static job_answer refuse(const char *problem)
{
    return (job_answer){problem, false};
}

static job_answer run_job(char *const words[WORDS], uint8_t *packet, size_t *length)
{
    const sao_crypto_provider *provider = sao_crypto_find(words[PROVIDER]);
    job_keys keys;
    sao_ipsec_params params;
    sao_ipsec_sa sa;
    job_answer answer;
    NDIS_STATUS status;
    int bytes = parse_bytes(words[PACKET], packet, PACKET_MAX);
    void *context = provider != NULL ? malloc(provider->context_size) : NULL;

    if (context == NULL)
        return refuse("no memory, or no such provider");
    if (bytes < 0 || !parse_sa(words, &keys, &params)) {
        free(context);
        return refuse("bad job");
    }
    *length = (size_t)bytes;
    status = sao_ipsec_sa_init(&sa, &params, provider, context);
    answer = status == NDIS_STATUS_SUCCESS ? run_and_compare(words, &sa, packet, length)
                                           : refuse(sao_status_name(status));
    sao_ipsec_sa_wipe(&sa);
    free(context);
    return answer;
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
        job_answer answer = split(line, words) == WORDS ? run_job(words, packet, &length)
                                                        : refuse("a job has seventeen words");

        if (answer.problem != NULL)
            printf("%s %s", answer.changed ? "changed" : "error", answer.problem);
        else
            for (size_t i = 0; i < length; i++)
                printf("%02x", packet[i]);
        printf("\n");
        fflush(stdout);
    }
    return EXIT_SUCCESS;
}
