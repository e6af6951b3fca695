// SPDX-License-Identifier: BSD-2-Clause
/*
 * peer_json.h: values of a JSON configuration, each read once and strictly.
 *
 * A reader stands for one object of the file. The first value that is wrong sets the problem, with
 * the place of it in words; a member that nobody asks for is wrong as well. Values are never part
 * of a message: they may be keys.
 */
#ifndef SAO_CLI_PEER_JSON_H
#define SAO_CLI_PEER_JSON_H

#include "cli/problem.h"

#include <cjson/cJSON.h>
#include <saoffload/packet.h>

typedef struct sao_json_reader {
    const cJSON *object;
    const char *file;
    char where[256]; /* "association 'office', esp" */
    sao_problem *problem;
} sao_json_reader;

/* The file's one value, an object; for sao_json_free. NULL: the problem is set. */
cJSON *sao_json_load(const char *path, sao_problem *problem);

/* Wipes every string, then frees. */
void sao_json_free(cJSON *root);

/* Sets the problem to "FILE: WHERE: " and what is said; false. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
bool sao_json_wrong(const sao_json_reader *reader, const char *format, ...);

/* False if the object has a member that is not in the list, which NULL ends. */
bool sao_json_only(const sao_json_reader *reader, const char *const *names);

/* The member's string; NULL if it is missing or no string: wrong, unless optional and missing. */
const char *sao_json_string(const sao_json_reader *reader, const char *name, bool optional,
                            bool *good);

/* A reader of the member `name`, an object; its place is called `title`. */
bool sao_json_enter(const sao_json_reader *reader, const char *name, const char *title,
                    sao_json_reader *member);

/* Has the object a member of that name? */
bool sao_json_has(const sao_json_reader *reader, const char *name);

/* Each reads one string, number or truth value. Of an optional one that is missing, nothing is
 * written. */
bool sao_json_mac(const sao_json_reader *reader, const char *name, uint8_t mac[6]);
bool sao_json_spi(const sao_json_reader *reader, const char *name, uint32_t *spi);
bool sao_json_key(const sao_json_reader *reader, const char *name, uint8_t *key, size_t length);
bool sao_json_address(const sao_json_reader *reader, const char *name, bool optional,
                      sao_address *address, uint8_t *version);
bool sao_json_number(const sao_json_reader *reader, const char *name, uint64_t max,
                     uint64_t *number);
bool sao_json_truth(const sao_json_reader *reader, const char *name, bool *value);

#endif /* SAO_CLI_PEER_JSON_H */
