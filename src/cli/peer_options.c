// SPDX-License-Identifier: BSD-2-Clause
// peer_options.c: reads the arguments of `saoffload peer`.
#include "cli/peer_options.h"

#include <string.h>

#define MICROSECONDS_MAX 10000000u

enum {
    OPTION_LOCAL = SAO_OPTION_WORD,
    OPTION_REMOTE,
    OPTION_JSON,
    OPTION_PROVIDER,
    OPTION_ONE_PAYLOAD
};

#define MEMBER(path) SAO_NUMBER_MEMBER(sao_peer_options, path)

static const sao_number_option numbers[] = {
    {"packets", MEMBER(packets), 0, UINT64_MAX, "N", "end after N packets were reflected; 0: no"},
    {"seconds", MEMBER(seconds), 0, 1000000, "N", "end after N seconds; 0: no"},
    {"wish-packets", MEMBER(nic.wish_after_packets), 0, UINT32_MAX, "N",
     "SaDeleteReq after N packets under a bundle; 0: never"},
    {"capacity", MEMBER(nic.capabilities.SaOffloadCapacity), 0, 4096, "N",
     "bundles that the NIC has room for; 0: for all"},
    {"refuse", MEMBER(nic.refuse_every), 0, UINT32_MAX, "N",
     "the NIC refuses every Nth add; 1: all is software; 0: never"},
    {"reset-every", MEMBER(reset_every), 0, UINT32_MAX, "N",
     "the NIC is reset after every N packets; 0: never"},
    {"offload-again", MEMBER(offload_again_after), 1, MICROSECONDS_MAX, "MICROS",
     "from a delete to the next add"},
    {"add-latency", MEMBER(nic.add_latency), 0, MICROSECONDS_MAX, "MICROS", "of adding a bundle"},
    {"remove-latency", MEMBER(nic.remove_latency), 0, MICROSECONDS_MAX, "MICROS",
     "of removing a bundle"},
    {"reset-latency", MEMBER(nic.reset_latency), 0, MICROSECONDS_MAX, "MICROS",
     "of a reset, until the NIC takes its bundles back"},
    {"send-latency", MEMBER(nic.send_latency), 0, MICROSECONDS_MAX, "MICROS",
     "of the NIC on the way out"},
    {"receive-latency", MEMBER(nic.receive_latency), 0, MICROSECONDS_MAX, "MICROS",
     "of the NIC on the way in"},
};

#define NUMBERS (sizeof numbers / sizeof numbers[0])

static const struct option words[] = {
    {"local", required_argument, NULL, OPTION_LOCAL},
    {"remote", required_argument, NULL, OPTION_REMOTE},
    {"json", required_argument, NULL, OPTION_JSON},
    {"provider", required_argument, NULL, OPTION_PROVIDER},
    {"one-payload", no_argument, NULL, OPTION_ONE_PAYLOAD},
};

#define WORDS (sizeof words / sizeof words[0])

SAO_STATIC_ASSERT(WORDS + NUMBERS <= SAO_ARGUMENTS_MAX, "too many options");

/* ---- arguments ------------------------------------------------------------------------- */

static bool parse_provider(sao_peer_options *options, const char *name, sao_problem *problem)
{
    options->provider = sao_crypto_find(name);
    return options->provider != NULL ||
           sao_problem_set(problem, SAO_EXIT_USAGE,
                           "--provider: '%s' is not here; see 'saoffload algorithms'", name);
}

static void set_defaults(sao_peer_options *options)
{
    memset(options, 0, sizeof *options);
    options->offload_again_after = 3000;
    options->provider = sao_crypto_find("openssl"); /* which has every algorithm */
    if (options->provider == NULL)
        options->provider = sao_crypto_provider_at(0);
    sao_soft_nic_config_init(&options->nic);
    options->nic.capabilities.SaOffloadCapacity = 0;
    options->nic.add_latency = 500;
    options->nic.remove_latency = 200;
    options->nic.reset_latency = 2000;
    options->nic.send_latency = 20;
    options->nic.receive_latency = 20;
    options->nic.wish_after_packets = 64;
}

static bool take_option(void *taken, int code, sao_problem *problem)
{
    sao_peer_options *options = taken;

    switch (code) {
    case OPTION_LOCAL:
        options->local = optarg;
        return true;
    case OPTION_REMOTE:
        options->remote = optarg;
        return true;
    case OPTION_JSON:
        options->json = optarg;
        return true;
    case OPTION_PROVIDER:
        return parse_provider(options, optarg, problem);
    case OPTION_ONE_PAYLOAD:
        options->one_payload = true;
        return true;
    default:
        options->quiet = true;
        return true;
    }
}

static const sao_arguments arguments = {words, WORDS, numbers, NUMBERS, take_option};

static bool take_config(sao_peer_options *options, int argc, char **argv, sao_problem *problem)
{
    if (optind == argc)
        return sao_problem_set(problem, SAO_EXIT_USAGE, "which configuration? none was named");
    if (optind + 1 < argc)
        return sao_problem_set(problem, SAO_EXIT_USAGE,
                               "one configuration at a time: what is '%s'?", argv[optind + 1]);
    options->config = argv[optind];
    if (options->local == NULL || options->remote == NULL)
        return sao_problem_set(problem, SAO_EXIT_USAGE, "--%s is missing",
                               options->local == NULL ? "local" : "remote");
    return true;
}

sao_arguments_result sao_peer_options_parse(sao_peer_options *options, int argc, char **argv,
                                            sao_problem *problem)
{
    sao_arguments_result result;

    set_defaults(options);
    result = sao_arguments_read(&arguments, argc, argv, options, problem);
    if (result != SAO_ARGUMENTS_RUN)
        return result;
    return take_config(options, argc, argv, problem) ? SAO_ARGUMENTS_RUN : SAO_ARGUMENTS_BAD;
}

/* ---- help ------------------------------------------------------------------------------ */

void sao_peer_options_help(FILE *file)
{
    sao_peer_options defaults;

    set_defaults(&defaults);
    fputs(
        "Usage: saoffload peer CONFIG --local ADDRESS --remote ADDRESS [OPTION]...\n"
        "\n"
        "A host with a NIC that offloads IPsec, on a wire of datagrams with one Ethernet frame\n"
        "in each, as QEMU's '-netdev dgram' makes it. CONFIG, in JSON, says which SAs it has.\n"
        "\n"
        "It is a reflector: each packet that it opens goes back protected, source and\n"
        "destination swapped. So ping gets the other host's own answer, and who connects to\n"
        "the peer reaches a server on the host that connects. Meanwhile the NIC asks for\n"
        "deletes, and SAs go from the NIC to software and back. It answers neither ARP nor\n"
        "neighbour solicitations: give the other host static neighbours.\n"
        "\n"
        "It runs until a signal comes (SIGTERM, SIGINT), or as --packets or --seconds say; then\n"
        "it prints which way packets went, and what was wrong.\n"
        "\n"
        "  --local ADDRESS          where it receives: 127.0.0.1:15001, [::1]:15001 or unix:PATH\n"
        "  --remote ADDRESS         where it sends to, likewise\n"
        "  --json FILE              write the figures as JSON; - for standard output\n"
        "  --provider NAME          who computes: openssl, libsodium or ipsec-mb [openssl, if\n"
        "                           it was built in]\n"
        "  --one-payload            the NIC does one IPsec payload of a packet, not two\n",
        file);
    sao_number_options_help(numbers, NUMBERS, &defaults, file);
    fputs("  -q, --quiet              no table\n"
          "  -h, --help               this text\n"
          "\n"
          "Keys of CONFIG are for one run: a second one would use IVs again.\n"
          "\n"
          "Exit status\n"
          "  0   nothing was broken, forged or leaked\n"
          "  1   a rule was broken, a packet did not pass its check, or something leaked\n"
          "  2   the configuration or the socket cannot be used\n"
          "  64  wrong usage\n"
          "  70  out of memory, or the engine could not start\n"
          "  74  a result could not be written\n",
          file);
}
