// SPDX-License-Identifier: BSD-2-Clause
// peer_json.c: values of a JSON configuration, each read once and strictly.
#include "cli/peer_json.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for far more associations than a peer may have. */
#define FILE_MAX (4u << 20)

/* ---- the file -------------------------------------------------------------------------- */

static size_t line_of(const char *text, const char *place)
{
    size_t line = 1;

    for (; text < place; text++)
        line += *text == '\n';
    return line;
}

/* All of the file, ended by a zero; NULL: the problem is set. */
static char *read_file(const char *path, size_t *length, sao_problem *problem)
{
    FILE *file = fopen(path, "rb");
    char *text = file != NULL ? malloc(FILE_MAX + 1) : NULL;
    int error = errno;

    *length = 0;
    if (text != NULL) {
        setvbuf(file, NULL, _IONBF, 0); /* no second copy of the keys */
        errno = 0;
        *length = fread(text, 1, FILE_MAX + 1, file);
        error = ferror(file) ? errno : *length > FILE_MAX ? EFBIG : 0;
    }
    if (file != NULL)
        fclose(file);
    if (text != NULL && error == 0) {
        text[*length] = '\0';
        return text;
    }
    if (text != NULL)
        SAO_WIPE(text, FILE_MAX + 1);
    free(text);
    sao_problem_set(problem, SAO_EXIT_INPUT, "cannot read '%s': %s", path, strerror(error));
    return NULL;
}

cJSON *sao_json_load(const char *path, sao_problem *problem)
{
    size_t length;
    char *text = read_file(path, &length, problem);
    const char *end = NULL;
    cJSON *root;

    if (text == NULL)
        return NULL;
    root = cJSON_ParseWithLengthOpts(text, length + 1, &end, 1);
    if (root == NULL)
        sao_problem_set(problem, SAO_EXIT_INPUT, "%s: line %zu is not JSON", path,
                        line_of(text, end));
    SAO_WIPE(text, length);
    free(text);
    if (root != NULL && !cJSON_IsObject(root)) {
        sao_problem_set(problem, SAO_EXIT_INPUT, "%s: what it holds is no JSON object", path);
        sao_json_free(root);
        return NULL;
    }
    return root;
}

static void wipe_strings(const cJSON *item) /* as deep as cJSON's parser allows */
{
    for (; item != NULL; item = item->next) {
        if (item->valuestring != NULL)
            SAO_WIPE(item->valuestring, strlen(item->valuestring));
        wipe_strings(item->child);
    }
}

void sao_json_free(cJSON *root)
{
    wipe_strings(root);
    cJSON_Delete(root);
}

/* ---- what is wrong --------------------------------------------------------------------- */

bool sao_json_wrong(const sao_json_reader *reader, const char *format, ...)
{
    char what[384];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return sao_problem_set(reader->problem, SAO_EXIT_INPUT, "%s: %s%s%s", reader->file,
                           reader->where, reader->where[0] != '\0' ? ": " : "", what);
}

static bool is_listed(const char *name, const char *const *names)
{
    for (; *names != NULL; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

bool sao_json_only(const sao_json_reader *reader, const char *const *names)
{
    const cJSON *member;

    cJSON_ArrayForEach(member, reader->object)
    {
        if (!is_listed(member->string, names))
            return sao_json_wrong(reader, "'%s' is no member that can be here", member->string);
        if (cJSON_GetObjectItemCaseSensitive(reader->object, member->string) != member)
            return sao_json_wrong(reader, "'%s' is there twice", member->string);
    }
    return true;
}

/* ---- values ---------------------------------------------------------------------------- */

const char *sao_json_string(const sao_json_reader *reader, const char *name, bool optional,
                            bool *good)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(reader->object, name);

    *good = true;
    if (member == NULL && optional)
        return NULL;
    if (member != NULL && cJSON_IsString(member))
        return member->valuestring;
    *good = sao_json_wrong(reader, "'%s' %s", name, member == NULL ? "is missing" : "is no string");
    return NULL;
}

bool sao_json_enter(const sao_json_reader *reader, const char *name, const char *title,
                    sao_json_reader *member)
{
    const int n = snprintf(member->where, sizeof member->where, "%s%s%s", reader->where,
                           reader->where[0] != '\0' ? ", " : "", title);

    member->object = cJSON_GetObjectItemCaseSensitive(reader->object, name);
    member->file = reader->file;
    member->problem = reader->problem;
    if (member->object == NULL)
        return sao_json_wrong(reader, "'%s' is missing", name);
    return (cJSON_IsObject(member->object) && n > 0) ||
           sao_json_wrong(reader, "'%s' is no object", name);
}

/* Bytes of two hexadecimal digits each, with `separator` between them unless that is 0. */
static bool parse_hex(const char *text, char separator, uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++, text += 2) {
        char digits[3] = {0};

        if (i > 0 && separator != 0 && *text++ != separator)
            return false;
        if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]))
            return false;
        memcpy(digits, text, 2);
        bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
        SAO_WIPE(digits, sizeof digits);
    }
    return *text == '\0';
}

bool sao_json_mac(const sao_json_reader *reader, const char *name, uint8_t mac[6])
{
    bool good;
    const char *text = sao_json_string(reader, name, true, &good);

    if (text == NULL)
        return good;
    return parse_hex(text, ':', mac, 6) ||
           sao_json_wrong(reader, "'%s' is no MAC address as 02:00:00:00:00:01 is", name);
}

bool sao_json_key(const sao_json_reader *reader, const char *name, uint8_t *key, size_t length)
{
    bool good;
    const char *text = sao_json_string(reader, name, length == 0, &good);

    if (text == NULL)
        return good;
    if (length == 0)
        return sao_json_wrong(reader, "'%s' is there, but the algorithm has no such key", name);
    return parse_hex(text, 0, key, length) ||
           sao_json_wrong(reader, "'%s' is not %zu bytes in hexadecimal, salt included", name,
                          length);
}

bool sao_json_spi(const sao_json_reader *reader, const char *name, uint32_t *spi)
{
    bool good;
    const char *text = sao_json_string(reader, name, false, &good);
    char *end = NULL;
    unsigned long number;

    if (text == NULL)
        return good;
    errno = 0;
    number = strtoul(text, &end, 0);
    /* The numbers below are reserved (RFC 4303 section 2.1). */
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || number < 256 ||
        number > UINT32_MAX)
        return sao_json_wrong(reader, "'%s' is no number of 256 to 0xffffffff in quotes", name);
    *spi = htonl((uint32_t)number);
    return true;
}

bool sao_json_address(const sao_json_reader *reader, const char *name, bool optional,
                      sao_address *address, uint8_t *version)
{
    bool good;
    const char *text = sao_json_string(reader, name, optional, &good);

    if (text == NULL)
        return good;
    memset(address, 0, sizeof *address);
    *version = strchr(text, ':') != NULL ? 6 : 4;
    return inet_pton(*version == 6 ? AF_INET6 : AF_INET, text, address->bytes) == 1 ||
           sao_json_wrong(reader, "'%s' is no IP address", name);
}

bool sao_json_has(const sao_json_reader *reader, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(reader->object, name) != NULL;
}

/* JSON's numbers are doubles here, which hold whole numbers of 53 bits. */
bool sao_json_number(const sao_json_reader *reader, const char *name, uint64_t max,
                     uint64_t *number)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(reader->object, name);
    const double value = cJSON_IsNumber(member) ? member->valuedouble : -1;

    if (member == NULL)
        return true;
    if (value < 0 || value > (double)max || value != (double)(uint64_t)value)
        return sao_json_wrong(reader, "'%s' is no number of 0 to %" PRIu64, name, max);
    *number = (uint64_t)value;
    return true;
}

bool sao_json_truth(const sao_json_reader *reader, const char *name, bool *value)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(reader->object, name);

    if (member == NULL)
        return true;
    if (!cJSON_IsBool(member))
        return sao_json_wrong(reader, "'%s' is neither true nor false", name);
    *value = cJSON_IsTrue(member) != 0;
    return true;
}
