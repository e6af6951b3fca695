// SPDX-License-Identifier: BSD-2-Clause
// options.c: reads the arguments of `saoffload replay`.
#include "cli/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TICKS_MAX 1000000u

/* Codes of long options lie beyond all letters, so that an error tells which kind it was. */
enum { OPTION_WORD = 256, OPTION_NUMBER = 512 };

enum {
    OPTION_HELP = OPTION_WORD,
    OPTION_QUIET,
    OPTION_OUT,
    OPTION_JSON,
    OPTION_ALGORITHM,
    OPTION_PROVIDER,
    OPTION_PROFILE,
    OPTION_WRITE_KEYS,
    OPTION_ALLOW_TRUNCATED
};

/* An option that sets a number. */
typedef struct number_option {
    const char *name;
    size_t offset; /* in sao_options */
    size_t size;   /* of the member: 4 or 8 */
    uint64_t min;
    uint64_t max;
    const char *argument;
    const char *help;
} number_option;

#define MEMBER(path) offsetof(sao_options, path), sizeof(((sao_options *)NULL)->path)

static const number_option numbers[] = {
    {"seed", MEMBER(seed), 0, UINT64_MAX, "N", "keys and SPIs are made from it"},
    {"limit", MEMBER(limit), 0, UINT64_MAX, "N", "only the first N packets; 0: all"},
    {"links", MEMBER(links), 1, 65536, "N", "pairs of hosts alive at a time"},
    {"capacity", MEMBER(link.nic.capabilities.SaOffloadCapacity), 1, 4096, "N",
     "bundles that each NIC has room for"},
    {"wish-packets", MEMBER(link.nic.wish_after_packets), 0, UINT32_MAX, "N",
     "SaDeleteReq after N packets under a bundle; 0: never"},
    {"wish-bytes", MEMBER(link.nic.wish_after_bytes), 0, UINT64_MAX, "N",
     "SaDeleteReq after N bytes under a bundle; 0: never"},
    {"wish-fill", MEMBER(link.nic.wish_fill_percent), 0, 100, "PERCENT",
     "SaDeleteReq when the table is so full; 0: never"},
    {"rekey", MEMBER(link.rekey_after), 0, UINT32_MAX, "N", "new SAs after N packets; 0: never"},
    {"offload-again", MEMBER(link.offload_again_after), 0, TICKS_MAX, "TICKS",
     "from a delete to the next add"},
    {"add-latency", MEMBER(link.nic.add_latency), 0, TICKS_MAX, "TICKS", "of adding a bundle"},
    {"remove-latency", MEMBER(link.nic.remove_latency), 0, TICKS_MAX, "TICKS",
     "of removing a bundle"},
    {"send-latency", MEMBER(link.nic.send_latency), 0, TICKS_MAX, "TICKS",
     "of a NIC on the way out"},
    {"receive-latency", MEMBER(link.nic.receive_latency), 0, TICKS_MAX, "TICKS",
     "of a NIC on the way in"},
    {"refuse", MEMBER(link.nic.refuse_every), 0, UINT32_MAX, "N",
     "the NIC refuses every Nth add; 1: all is software; 0: never"},
    {"reset-every", MEMBER(reset_every), 0, UINT32_MAX, "N",
     "a NIC is reset, the two in turns, every N packets; 0: never"},
    {"reset-latency", MEMBER(link.nic.reset_latency), 0, TICKS_MAX, "TICKS",
     "of a reset, until the NIC takes its bundles back"},
};

#define NUMBERS (sizeof numbers / sizeof numbers[0])

static const struct option words[] = {
    {"help", no_argument, NULL, OPTION_HELP},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"out", required_argument, NULL, OPTION_OUT},
    {"json", required_argument, NULL, OPTION_JSON},
    {"algorithm", required_argument, NULL, OPTION_ALGORITHM},
    {"provider", required_argument, NULL, OPTION_PROVIDER},
    {"profile", required_argument, NULL, OPTION_PROFILE},
    {"write-keys", no_argument, NULL, OPTION_WRITE_KEYS},
    {"allow-truncated", no_argument, NULL, OPTION_ALLOW_TRUNCATED},
};

#define WORDS (sizeof words / sizeof words[0])

/* ---- values ---------------------------------------------------------------------------- */

static uint64_t load_number(const sao_options *options, const number_option *option)
{
    const uint8_t *member = (const uint8_t *)options + option->offset;
    uint32_t small;
    uint64_t large;

    if (option->size == sizeof large) {
        memcpy(&large, member, sizeof large);
        return large;
    }
    memcpy(&small, member, sizeof small);
    return small;
}

static void store_number(sao_options *options, const number_option *option, uint64_t value)
{
    uint8_t *member = (uint8_t *)options + option->offset;
    uint32_t small = (uint32_t)value;

    if (option->size == sizeof value)
        memcpy(member, &value, sizeof value);
    else
        memcpy(member, &small, sizeof small);
}

static bool parse_number(sao_options *options, const number_option *option, const char *text,
                         sao_problem *problem)
{
    char *end = NULL;
    unsigned long long value;

    errno = 0;
    value = strtoull(text, &end, 10);
    /* strtoull would take a sign and leading space, and wrap a negative number. */
    if (!isdigit((unsigned char)text[0]) || *end != '\0')
        return sao_problem_set(problem, SAO_EXIT_USAGE, "--%s: '%s' is no number", option->name,
                               text);
    if (errno == ERANGE || value < option->min || value > option->max)
        return sao_problem_set(problem, SAO_EXIT_USAGE,
                               "--%s: %s is out of range, %" PRIu64 " to %" PRIu64, option->name,
                               text, option->min, option->max);
    store_number(options, option, value);
    return true;
}

static bool parse_algorithm(sao_options *options, const char *name, sao_problem *problem)
{
    options->cipher = sao_cipher_find(name);
    if (options->cipher != NULL)
        return true;
    return sao_problem_set(problem, SAO_EXIT_USAGE,
                           "--algorithm: '%s' is unknown; there are %s, %s and %s", name,
                           sao_cipher_at(0)->name, sao_cipher_at(1)->name, sao_cipher_at(2)->name);
}

static bool parse_provider(sao_options *options, const char *name, sao_problem *problem)
{
    char names[128] = "";
    const sao_crypto_provider *provider;

    options->provider = sao_crypto_find(name);
    if (options->provider != NULL)
        return true;
    for (size_t i = 0; (provider = sao_crypto_provider_at(i)) != NULL; i++) {
        const size_t used = strlen(names);

        snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "", provider->name);
    }
    return sao_problem_set(problem, SAO_EXIT_USAGE, "--provider: '%s' is not here; there are %s",
                           name, names);
}

static bool parse_profile(sao_options *options, const char *name, sao_problem *problem)
{
    static const struct {
        const char *name;
        sao_profile profile;
    } profiles[] = {
        {"6.1", SAO_PROFILE_NDIS_6_1},
        {"6.20", SAO_PROFILE_NDIS_6_20},
        {"6.30", SAO_PROFILE_NDIS_6_30},
    };

    for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++) {
        if (strcmp(profiles[i].name, name) == 0) {
            options->link.nic.profile = profiles[i].profile;
            return true;
        }
    }
    return sao_problem_set(problem, SAO_EXIT_USAGE,
                           "--profile: '%s' is unknown; there are 6.1, 6.20 and 6.30", name);
}

/* ---- arguments ------------------------------------------------------------------------- */

static void set_defaults(sao_options *options)
{
    memset(options, 0, sizeof *options);
    options->seed = 1;
    options->links = 1024;
    options->provider = sao_crypto_provider_at(0);
    sao_link_config_init(&options->link);
}

static bool take_option(sao_options *options, int code, sao_problem *problem)
{
    if (code >= OPTION_NUMBER)
        return parse_number(options, &numbers[code - OPTION_NUMBER], optarg, problem);
    switch (code) {
    case OPTION_OUT:
        options->out = optarg;
        return true;
    case OPTION_JSON:
        /* Where standard output is a file, that one must not be replaced. */
        options->json = strcmp(optarg, "/dev/stdout") == 0 ? "-" : optarg;
        return true;
    case OPTION_ALGORITHM:
        return parse_algorithm(options, optarg, problem);
    case OPTION_PROVIDER:
        return parse_provider(options, optarg, problem);
    case OPTION_PROFILE:
        return parse_profile(options, optarg, problem);
    case OPTION_WRITE_KEYS:
        options->write_keys = true;
        return true;
    case OPTION_ALLOW_TRUNCATED:
        options->allow_truncated = true;
        return true;
    default:
        options->quiet = true;
        return true;
    }
}

/* How many options begin with the word, up to its "=". */
static int count_candidates(const struct option *all, const char *word)
{
    const char *name = word + strspn(word, "-");
    size_t length = strcspn(name, "=");
    int count = 0;

    for (; all->name != NULL; all++)
        count += strncmp(all->name, name, length) == 0;
    return count;
}

static bool reject(int code, char **argv, const struct option *all, sao_problem *problem)
{
    /* Of a long option optopt is 0 or its code, and the word before optind is the culprit. */
    const char *word = argv[optind - 1];
    const char *what;

    if (optopt > 0 && optopt < OPTION_WORD)
        return sao_problem_set(problem, SAO_EXIT_USAGE, "option '-%c' is unknown", optopt);
    if (code == ':')
        what = "needs an argument";
    else if (optopt >= OPTION_WORD)
        what = "takes no argument";
    else
        what = count_candidates(all, word) > 1 ? "is ambiguous" : "is unknown";
    return sao_problem_set(problem, SAO_EXIT_USAGE, "option '%s' %s", word, what);
}

static bool check_whole(const sao_options *options, sao_problem *problem)
{
    if (options->write_keys && options->out == NULL)
        return sao_problem_set(problem, SAO_EXIT_USAGE, "--write-keys needs --out");
    if (options->out != NULL && options->out[0] == '\0')
        return sao_problem_set(problem, SAO_EXIT_USAGE, "--out needs the name of a folder");
    if (options->json != NULL && options->json[0] == '\0')
        return sao_problem_set(problem, SAO_EXIT_USAGE, "--json needs the name of a file");
    return true;
}

static bool take_capture(sao_options *options, int argc, char **argv, sao_problem *problem)
{
    if (optind == argc)
        return sao_problem_set(problem, SAO_EXIT_USAGE, "which capture? none was named");
    if (optind + 1 < argc)
        return sao_problem_set(problem, SAO_EXIT_USAGE, "one capture at a time: what is '%s'?",
                               argv[optind + 1]);
    options->capture = argv[optind];
    return check_whole(options, problem);
}

sao_options_result sao_options_parse(sao_options *options, int argc, char **argv,
                                     sao_problem *problem)
{
    struct option all[WORDS + NUMBERS + 1];
    int code;

    memset(all, 0, sizeof all);
    memcpy(all, words, sizeof words);
    for (size_t i = 0; i < NUMBERS; i++)
        all[WORDS + i] =
            (struct option){numbers[i].name, required_argument, NULL, OPTION_NUMBER + (int)i};
    set_defaults(options);
    opterr = 0;
    optind = 0; /* begins anew, also where arguments may be permuted */
    while ((code = getopt_long(argc, argv, ":hq", all, NULL)) != -1) {
        if (code == OPTION_HELP || code == 'h')
            return SAO_OPTIONS_HELP;
        if (code == ':' || code == '?') {
            reject(code, argv, all, problem);
            return SAO_OPTIONS_BAD;
        }
        if (!take_option(options, code, problem))
            return SAO_OPTIONS_BAD;
    }
    return take_capture(options, argc, argv, problem) ? SAO_OPTIONS_RUN : SAO_OPTIONS_BAD;
}

/* ---- help ------------------------------------------------------------------------------ */

static void help_numbers(FILE *file)
{
    sao_options defaults;

    set_defaults(&defaults);
    for (size_t i = 0; i < NUMBERS; i++) {
        char left[40];

        snprintf(left, sizeof left, "--%s %s", numbers[i].name, numbers[i].argument);
        fprintf(file, "  %-24s %s [%" PRIu64 "]\n", left, numbers[i].help,
                load_number(&defaults, &numbers[i]));
    }
}

void sao_options_help(FILE *file)
{
    fputs("Usage: saoffload replay CAPTURE [OPTION]...\n"
          "\n"
          "Replays a capture (pcap or pcapng; - for standard input) through simulated hosts: the\n"
          "two ends of each pair of addresses get NICs that offload IPsec, and every packet goes\n"
          "through an ESP tunnel between them. NICs ask for deletes while traffic runs, SAs are\n"
          "rekeyed, and what arrives must be what was sent.\n"
          "\n"
          "Output\n"
          "  --out DIR                write DIR/wire.pcapng and DIR/summary.json\n"
          "  --write-keys             and DIR/esp_sa, Wireshark's table of the simulated keys\n"
          "  --json FILE              write the summary as JSON; - for standard output\n"
          "  -q, --quiet              no table, no progress bar\n"
          "\n"
          "Engine [default]\n"
          "  --algorithm NAME         aes-256-gcm, null-hmac-sha-256, or the extension\n"
          "                           chacha20-poly1305 [aes-256-gcm, if the provider has it]\n"
          "  --provider NAME          who computes it: libsodium, openssl or ipsec-mb where they\n"
          "                           were built in, or null, which protects nothing [libsodium]\n"
          "  --profile VERSION        NDIS 6.1, 6.20 or 6.30 [6.20]\n",
          file);
    help_numbers(file);
    fputs("\n"
          "  --allow-truncated        of a capture cut off at its end, replay what is whole\n"
          "  -h, --help               this text\n"
          "\n"
          "Exit status\n"
          "  0   all packets arrived as they were sent, nothing lost, leaked or violated\n"
          "  1   something was lost, leaked or violated\n"
          "  2   the capture cannot be used, or holds no packets\n"
          "  64  wrong usage\n"
          "  70  out of memory, or the engine could not start\n"
          "  74  a result could not be written\n"
          "  130 interrupted\n",
          file);
}
