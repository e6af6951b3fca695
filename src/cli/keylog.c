// SPDX-License-Identifier: BSD-2-Clause
// keylog.c: the keys of simulated traffic as Wireshark's table "esp_sa".
#include "cli/keylog.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static const char first_line[] = "# Simulation keys, written by saoffload replay.\n";

void sao_keylog_begin(FILE *file)
{
    fputs(first_line, file);
}

static void put_address(FILE *file, uint8_t version, const sao_address *address)
{
    char text[INET6_ADDRSTRLEN] = "";

    inet_ntop(version == 4 ? AF_INET : AF_INET6, address->bytes, text, sizeof text);
    fprintf(file, "\"%s\",", text);
}

static void put_key(FILE *file, const uint8_t *key, size_t length)
{
    fputs(length > 0 ? "\"0x" : "\"", file);
    for (size_t i = 0; i < length; i++)
        fprintf(file, "%02x", key[i]);
    fputc('"', file);
}

void sao_keylog_sa(FILE *file, const sao_cipher *cipher, const sao_link_sa *sa)
{
    if (sa->protocol != SAO_PROTOCOL_ESP || cipher->wireshark_encryption == NULL)
        return;
    fputs(sa->ip_version == 4 ? "\"IPv4\"," : "\"IPv6\",", file);
    put_address(file, sa->ip_version, &sa->source);
    put_address(file, sa->ip_version, &sa->destination);
    fprintf(file, "\"0x%08x\",\"%s\",", (unsigned)ntohl(sa->spi), cipher->wireshark_encryption);
    put_key(file, sa->encryption_key, sa->encryption_key != NULL ? sa->encryption_key_length : 0);
    fprintf(file, ",\"%s\",", cipher->wireshark_authentication);
    put_key(file, sa->authentication_key,
            sa->authentication_key != NULL ? sa->authentication_key_length : 0);
    fputc('\n', file);
}

bool sao_keylog_is_ours(const char *path)
{
    char line[sizeof first_line] = "";
    struct stat status;
    FILE *file;

    if (stat(path, &status) != 0)
        return errno == ENOENT;
    file = S_ISREG(status.st_mode) ? fopen(path, "r") : NULL; /* a pipe would have to be awaited */
    if (file == NULL)
        return false;
    if (fgets(line, sizeof line, file) == NULL)
        line[0] = '\0';
    fclose(file);
    return strcmp(line, first_line) == 0;
}
