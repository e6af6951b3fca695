// SPDX-License-Identifier: BSD-2-Clause
// options.c: reads the arguments of `saoffload replay`.
#include "cli/options.h"

#include <inttypes.h>
#include <string.h>

#define TICKS_MAX 1000000u
#define SAMPLE_MAX 100000u

enum {
    OPTION_OUT = SAO_OPTION_WORD,
    OPTION_JSON,
    OPTION_FORM,
    OPTION_ALGORITHM,
    OPTION_AH,
    OPTION_IP,
    OPTION_PROVIDER,
    OPTION_PROFILE,
    OPTION_WRITE_KEYS,
    OPTION_MATRIX,
    OPTION_ALLOW_TRUNCATED
};

#define MEMBER(path) SAO_NUMBER_MEMBER(sao_options, path)

static const sao_number_option numbers[] = {
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
    {"out", required_argument, NULL, OPTION_OUT},
    {"json", required_argument, NULL, OPTION_JSON},
    {"form", required_argument, NULL, OPTION_FORM},
    {"algorithm", required_argument, NULL, OPTION_ALGORITHM},
    {"ah", required_argument, NULL, OPTION_AH},
    {"ip", required_argument, NULL, OPTION_IP},
    {"provider", required_argument, NULL, OPTION_PROVIDER},
    {"profile", required_argument, NULL, OPTION_PROFILE},
    {"write-keys", no_argument, NULL, OPTION_WRITE_KEYS},
    {"matrix", no_argument, NULL, OPTION_MATRIX},
    {"allow-truncated", no_argument, NULL, OPTION_ALLOW_TRUNCATED},
};

#define WORDS (sizeof words / sizeof words[0])

SAO_STATIC_ASSERT(WORDS + NUMBERS <= SAO_ARGUMENTS_MAX, "too many options");

/* ---- values ---------------------------------------------------------------------------- */

static bool parse_form(sao_options *options, const char *name, sao_problem *problem)
{
    options->form = sao_packet_form_find(name);
    return options->form != NULL ||
           sao_problem_set(problem, SAO_EXIT_USAGE,
                           "--form: '%s' is unknown; saoffload replay --help names them", name);
}

static bool parse_algorithm(sao_options *options, const char *name, sao_problem *problem)
{
    options->cipher = sao_cipher_find(name);
    return options->cipher != NULL ||
           sao_problem_set(problem, SAO_EXIT_USAGE,
                           "--algorithm: '%s' is unknown; saoffload replay --help names them",
                           name);
}

static bool parse_ah(sao_options *options, const char *name, sao_problem *problem)
{
    options->ah = sao_ah_cipher_find(name);
    return options->ah != NULL ||
           sao_problem_set(problem, SAO_EXIT_USAGE,
                           "--ah: '%s' is unknown; saoffload replay --help names them", name);
}

static bool parse_ip(sao_options *options, const char *text, sao_problem *problem)
{
    if (strcmp(text, "4") != 0 && strcmp(text, "6") != 0)
        return sao_problem_set(problem, SAO_EXIT_USAGE, "--ip: '%s' is neither 4 nor 6", text);
    options->ip_version = (uint8_t)(text[0] - '0');
    return true;
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

static const struct {
    const char *name;
    sao_profile profile;
} profiles[] = {
    {"6.1", SAO_PROFILE_NDIS_6_1},
    {"6.20", SAO_PROFILE_NDIS_6_20},
    {"6.30", SAO_PROFILE_NDIS_6_30},
};

#define PROFILES (sizeof profiles / sizeof profiles[0])

static bool parse_profile(sao_options *options, const char *name, sao_problem *problem)
{
    for (size_t i = 0; i < PROFILES; i++) {
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
    sao_link_config_init(&options->link);
}

/* A matrix replays few packets often: enough of everything has to happen to them. */
static void set_matrix_defaults(sao_options *options)
{
    options->limit = 80;
    options->link.nic.wish_after_packets = 5;
    options->link.rekey_after = 12;
    options->reset_every = 9;
}

static bool take_option(void *taken, int code, sao_problem *problem)
{
    sao_options *options = taken;

    switch (code) {
    case OPTION_OUT:
        options->out = optarg;
        return true;
    case OPTION_JSON:
        /* Where standard output is a file, that one must not be replaced. */
        options->json = strcmp(optarg, "/dev/stdout") == 0 ? "-" : optarg;
        return true;
    case OPTION_FORM:
        return parse_form(options, optarg, problem);
    case OPTION_ALGORITHM:
        return parse_algorithm(options, optarg, problem);
    case OPTION_AH:
        return parse_ah(options, optarg, problem);
    case OPTION_IP:
        return parse_ip(options, optarg, problem);
    case OPTION_PROVIDER:
        return parse_provider(options, optarg, problem);
    case OPTION_PROFILE:
        return parse_profile(options, optarg, problem);
    case OPTION_WRITE_KEYS:
        options->write_keys = true;
        return true;
    case OPTION_MATRIX:
        options->matrix = true;
        return true;
    case OPTION_ALLOW_TRUNCATED:
        options->allow_truncated = true;
        return true;
    default:
        options->quiet = true;
        return true;
    }
}

static const sao_arguments arguments = {words, WORDS, numbers, NUMBERS, take_option};

/* An algorithm for a header that the form has not would be ignored. A matrix asks it of every form
 * that has. */
static bool check_form(const sao_options *options, sao_problem *problem)
{
    const sao_packet_form *form =
        options->form != NULL ? options->form : sao_packet_form_find(SAO_FORM_DEFAULT);

    if (options->matrix && options->form == NULL)
        return true;
    if (options->cipher != NULL && !sao_packet_form_has_esp(form))
        return sao_problem_set(problem, SAO_EXIT_USAGE, "--algorithm: form %s has no ESP",
                               form->name);
    if (options->ah != NULL && !sao_packet_form_has_ah(form))
        return sao_problem_set(problem, SAO_EXIT_USAGE, "--ah: form %s has no AH", form->name);
    return true;
}

/* What a matrix does not do. */
static bool check_matrix(const sao_options *options, sao_problem *problem)
{
    if (options->matrix && (options->out != NULL || options->json != NULL))
        return sao_problem_set(problem, SAO_EXIT_USAGE,
                               "--matrix writes no files: %s is for one "
                               "replay",
                               options->out != NULL ? "--out" : "--json");
    return true;
}

static bool check_sample(const sao_options *options, sao_problem *problem)
{
    return (options->limit >= 1 && options->limit <= SAMPLE_MAX) ||
           sao_problem_set(problem, SAO_EXIT_USAGE, "--limit: a matrix takes 1 to %u packets",
                           SAMPLE_MAX);
}

static bool check_whole(const sao_options *options, sao_problem *problem)
{
    if (options->write_keys && options->out == NULL)
        return sao_problem_set(problem, SAO_EXIT_USAGE, "--write-keys needs --out");
    if (options->out != NULL && options->out[0] == '\0')
        return sao_problem_set(problem, SAO_EXIT_USAGE, "--out needs the name of a folder");
    if (options->json != NULL && options->json[0] == '\0')
        return sao_problem_set(problem, SAO_EXIT_USAGE, "--json needs the name of a file");
    return check_form(options, problem) && check_matrix(options, problem);
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

/* Reads them all into options that have their defaults. */
static sao_arguments_result take_all(sao_options *options, int argc, char **argv,
                                     sao_problem *problem)
{
    const sao_arguments_result result =
        sao_arguments_read(&arguments, argc, argv, options, problem);

    if (result != SAO_ARGUMENTS_RUN)
        return result;
    return take_capture(options, argc, argv, problem) ? SAO_ARGUMENTS_RUN : SAO_ARGUMENTS_BAD;
}

sao_arguments_result sao_options_parse(sao_options *options, int argc, char **argv,
                                       sao_problem *problem)
{
    sao_arguments_result result;
    bool matrix;

    set_defaults(options);
    result = take_all(options, argc, argv, problem);
    matrix = options->matrix;
    if (result != SAO_ARGUMENTS_RUN || !matrix)
        return result;
    set_defaults(options); /* wherever among the options --matrix stood */
    set_matrix_defaults(options);
    result = take_all(options, argc, argv, problem);
    return result == SAO_ARGUMENTS_RUN && !check_sample(options, problem) ? SAO_ARGUMENTS_BAD
                                                                          : result;
}

/* ---- options as text ------------------------------------------------------------------- */

void sao_options_print_engine(const sao_options *options, FILE *file)
{
    sao_options defaults;

    set_defaults(&defaults);
    if (options->matrix)
        set_matrix_defaults(&defaults);
    for (size_t i = 0; i < PROFILES; i++) {
        if (options->link.nic.profile == profiles[i].profile &&
            defaults.link.nic.profile != profiles[i].profile)
            fprintf(file, " --profile %s", profiles[i].name);
    }
    for (size_t i = 0; i < NUMBERS; i++) {
        const uint64_t value = sao_number_option_value(&numbers[i], options);

        if (value != sao_number_option_value(&numbers[i], &defaults))
            fprintf(file, " --%s %" PRIu64, numbers[i].name, value);
    }
    if (options->allow_truncated)
        fputs(" --allow-truncated", file);
}

/* ---- help ------------------------------------------------------------------------------ */

static void help_forms(FILE *file)
{
    const sao_packet_form *form;

    fputs("\nForms: what stands around a packet; A-over-B is A in transport mode over tunnel B",
          file);
    for (size_t i = 0; (form = sao_packet_form_at(i)) != NULL; i++)
        fprintf(file, "%s%-19s", i % 4 == 0 ? "\n  " : " ", form->name);
    fputs("\n", file);
}

static void help_ciphers(FILE *file)
{
    const sao_cipher *cipher;

    fputs("\nAlgorithms of ESP", file);
    for (size_t i = 0; (cipher = sao_cipher_at(i)) != NULL; i++)
        fprintf(file, "%s%-24s", i % 3 == 0 ? "\n  " : " ", cipher->name);
    fputs("\nAlgorithms of AH", file);
    for (size_t i = 0; (cipher = sao_ah_cipher_at(i)) != NULL; i++)
        fprintf(file, "%s%-24s", i % 3 == 0 ? "\n  " : " ", cipher->name);
    fputs("\n", file);
}

void sao_options_help(FILE *file)
{
    sao_options defaults;

    fputs("Usage: saoffload replay CAPTURE [OPTION]...\n"
          "\n"
          "Replays a capture (pcap or pcapng; - for standard input) through simulated hosts: the\n"
          "two ends of each pair of addresses get NICs that offload IPsec, and every packet goes\n"
          "through IPsec between them. NICs ask for deletes while traffic runs, SAs are rekeyed,\n"
          "and what arrives must be what was sent.\n"
          "\n"
          "Output\n"
          "  --out DIR                write DIR/wire.pcapng and DIR/summary.json\n"
          "  --write-keys             and DIR/esp_sa, Wireshark's table of the simulated keys\n"
          "  --json FILE              write the summary as JSON; - for standard output\n"
          "  -q, --quiet              no table, no progress bar\n"
          "\n"
          "Protection [default]\n"
          "  --form NAME              which headers; see below [" SAO_FORM_DEFAULT "]\n"
          "  --algorithm NAME         of ESP; see below [aes-256-gcm, if the provider has it]\n"
          "  --ah NAME                of AH; see below [hmac-sha-256]\n"
          "  --ip VERSION             4 or 6, of the outermost header; in transport mode only\n"
          "                           packets of that version are replayed [the packet's own]\n"
          "  --provider NAME          who computes it: libsodium, openssl or ipsec-mb where they\n"
          "                           were built in, or null, which protects nothing [libsodium]\n"
          "  --matrix                 replay through every form, algorithm, version and provider\n"
          "                           that the options above leave open; print one table\n"
          "\n"
          "Engine [default]\n"
          "  --profile VERSION        NDIS 6.1, 6.20 or 6.30 [6.20]\n",
          file);
    set_defaults(&defaults);
    sao_number_options_help(numbers, NUMBERS, &defaults, file);
    fputs("\n"
          "  --allow-truncated        of a capture cut off at its end, replay what is whole\n"
          "  -h, --help               this text\n",
          file);
    help_forms(file);
    help_ciphers(file);
    fputs("\n"
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
