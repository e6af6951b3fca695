// SPDX-License-Identifier: BSD-2-Clause
/*
 * classify.h: from the bytes of a captured frame to the IP packet to replay, or why there is none.
 *
 * A packet is replayed if it is one complete unicast IP packet between two distinct, nonzero
 * addresses. Only lengths and addresses are looked at: checksums, fragments, options and whatever
 * the packet carries go through the tunnel as they are.
 */
#ifndef SAO_CLI_CLASSIFY_H
#define SAO_CLI_CLASSIFY_H

#include <saoffload/packet.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why a captured packet is not replayed. */
typedef enum sao_bypass {
    SAO_BYPASS_NONE = 0, /* it is replayed */
    SAO_BYPASS_ARP,
    SAO_BYPASS_NOT_IP,       /* any other protocol of the link */
    SAO_BYPASS_MULTICAST,    /* IPv4 multicast and 255.255.255.255, IPv6 multicast */
    SAO_BYPASS_UNSPECIFIED,  /* 0.0.0.0 or :: */
    SAO_BYPASS_SAME_ADDRESS, /* source and destination are one */
    SAO_BYPASS_CUT,          /* by the capture's snap length */
    SAO_BYPASS_SEGMENTATION, /* captured before segmentation offload: states no length */
    SAO_BYPASS_JUMBOGRAM,    /* over 65535 bytes (RFC 2675) */
    SAO_BYPASS_MALFORMED,    /* lengths or versions that contradict each other */
    SAO_BYPASS_TOO_LARGE,    /* would exceed 65535 bytes with IPsec; found when it is sent */
    SAO_BYPASS_UNFIT,        /* transport mode cannot carry it; found when it is sent, too */
    SAO_BYPASS_OTHER_IP,     /* of another version than transport mode was asked for; likewise */
    SAO_BYPASS_COUNT
} sao_bypass;

/* The reason as JSON and the table name it, "cut_by_snaplen" say. */
const char *sao_bypass_name(sao_bypass reason);

/* A packet to replay; `bytes` points into the frame. */
typedef struct sao_ip_packet {
    const uint8_t *bytes;
    size_t length; /* as the IP header states it: padding of the link is left out */
    uint8_t version;
    sao_address source;
    sao_address destination;
} sao_ip_packet;

/* True for the link types (DLT_...) that sao_classify knows. */
bool sao_classify_knows(int link_type);

/*
 * Classifies one frame of `captured` bytes, `original` bytes long before the snap length cut it.
 * Fills in `packet` when it returns SAO_BYPASS_NONE.
 */
sao_bypass sao_classify(int link_type, const uint8_t *frame, size_t captured, size_t original,
                        sao_ip_packet *packet);

/* Is the checksum of this IPv4 packet's header right? */
bool sao_classify_checksum_is_good(const sao_ip_packet *packet);

#endif /* SAO_CLI_CLASSIFY_H */
