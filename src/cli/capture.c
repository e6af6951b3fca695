// SPDX-License-Identifier: BSD-2-Clause
// capture.c: reads a pcap or pcapng file through libpcap.
#include "cli/capture.h"

#include "cli/classify.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct sao_capture {
    const char *path;
    pcap_t *pcap;
    uint64_t number;
    struct stat status; /* of the file */
};

static bool open_file(sao_capture *capture, sao_problem *problem)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    bool standard_input = strcmp(capture->path, "-") == 0;

    if ((standard_input ? fstat(0, &capture->status) : stat(capture->path, &capture->status)) != 0)
        return sao_problem_set(problem, SAO_EXIT_INPUT, "cannot open capture '%s': %s",
                               capture->path, strerror(errno));
    if (S_ISDIR(capture->status.st_mode))
        return sao_problem_set(problem, SAO_EXIT_INPUT, "'%s' is a directory, not a capture",
                               capture->path);
    if (S_ISREG(capture->status.st_mode) && capture->status.st_size == 0)
        return sao_problem_set(problem, SAO_EXIT_INPUT, "'%s' is an empty file, not a capture",
                               capture->path);
    capture->pcap =
        pcap_open_offline_with_tstamp_precision(capture->path, PCAP_TSTAMP_PRECISION_NANO, reason);
    if (capture->pcap == NULL)
        return sao_problem_set(problem, SAO_EXIT_INPUT, "cannot read capture '%s': %s",
                               capture->path, reason);
    return true;
}

static bool check_link_type(const sao_capture *capture, sao_problem *problem)
{
    int type = pcap_datalink(capture->pcap);
    const char *name = pcap_datalink_val_to_name(type);

    if (sao_classify_knows(type))
        return true;
    return sao_problem_set(problem, SAO_EXIT_INPUT,
                           "'%s' has link type %s (%d), which this tool does not read; it reads "
                           "EN10MB, LINUX_SLL, LINUX_SLL2, RAW, IPV4, IPV6, NULL and LOOP",
                           capture->path, name != NULL ? name : "unknown", type);
}

sao_capture *sao_capture_open(const char *path, sao_problem *problem)
{
    sao_capture *capture = calloc(1, sizeof *capture);

    if (capture == NULL) {
        sao_problem_set(problem, SAO_EXIT_INTERNAL, "out of memory");
        return NULL;
    }
    capture->path = path;
    if (!open_file(capture, problem) || !check_link_type(capture, problem)) {
        sao_capture_close(capture);
        return NULL;
    }
    return capture;
}

/* What the user can do about it. libpcap tells its errors apart only by their words. */
static const char *read_hint(const char *reason)
{
    if (strstr(reason, "truncated") != NULL)
        return " (--allow-truncated replays the packets before it)";
    if (strstr(reason, "snapshot length") != NULL)
        return " (what 'editcap -F pcap IN OUT' makes of it can be read)";
    if (strstr(reason, "different from the type") != NULL)
        return " (capture each interface into a file of its own)";
    return "";
}

static sao_capture_result report_read_error(const sao_capture *capture, sao_problem *problem)
{
    const char *reason = pcap_geterr(capture->pcap);

    sao_problem_set(problem, SAO_EXIT_INPUT, "capture '%s', packet %llu: %s%s", capture->path,
                    (unsigned long long)capture->number + 1, reason, read_hint(reason));
    return strstr(reason, "truncated") != NULL ? SAO_CAPTURE_TRUNCATED : SAO_CAPTURE_ERROR;
}

sao_capture_result sao_capture_next(sao_capture *capture, sao_capture_packet *packet,
                                    sao_problem *problem)
{
    struct pcap_pkthdr *header;
    const u_char *bytes;

    switch (pcap_next_ex(capture->pcap, &header, &bytes)) {
    case 1:
        break;
    case PCAP_ERROR_BREAK:
        return SAO_CAPTURE_END;
    default:
        return report_read_error(capture, problem);
    }
    packet->number = ++capture->number;
    /* With nanosecond precision tv_usec holds nanoseconds. */
    packet->time = (uint64_t)header->ts.tv_sec * 1000000000u + (uint64_t)header->ts.tv_usec;
    packet->bytes = bytes;
    packet->captured = header->caplen;
    packet->original = header->len;
    return SAO_CAPTURE_PACKET;
}

int sao_capture_link_type(const sao_capture *capture)
{
    return pcap_datalink(capture->pcap);
}

double sao_capture_progress(const sao_capture *capture)
{
    long position = ftell(pcap_file(capture->pcap));

    if (position < 0 || !S_ISREG(capture->status.st_mode) || capture->status.st_size <= 0)
        return -1;
    return (double)position / (double)capture->status.st_size;
}

bool sao_capture_is_file(const sao_capture *capture, const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && status.st_dev == capture->status.st_dev &&
           status.st_ino == capture->status.st_ino;
}

void sao_capture_close(sao_capture *capture)
{
    if (capture != NULL && capture->pcap != NULL)
        pcap_close(capture->pcap);
    free(capture);
}
