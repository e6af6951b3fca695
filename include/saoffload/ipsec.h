// SPDX-License-Identifier: BSD-2-Clause
/*
 * ipsec.h: IPsec packets: parsing, ESP (RFC 4303) and AH (RFC 4302), in place.
 *
 * The work is split as between a transport and a NIC:
 *
 *     transport   sao_ipsec_frame   IP packet to IPsec packet: headers, padding, room for IV, ICV
 *     NIC         sao_ipsec_seal    IV, encryption, ICV (TX-3)
 *     NIC         sao_ipsec_open    check and decryption; nothing moves (RX-10)
 *     transport   sao_ipsec_strip   IPsec packet to IP packet
 *
 * and for everybody else sao_ipsec_protect is frame and seal, sao_ipsec_unprotect open and
 * strip. Each call is about one SA: a packet that has more of them (AH outside of ESP, transport
 * over tunnel) is framed and sealed from the inside out, opened and stripped from the outside in.
 * None of them needs an adapter, keeps state, allocates, or checks for replay. Packets begin at the
 * IP header, and at any address. Everything in a packet is hostile until checked.
 */
#ifndef SAOFFLOAD_IPSEC_H
#define SAOFFLOAD_IPSEC_H

#include <saoffload/algorithm.h>
#include <saoffload/crypto.h>
#include <saoffload/ndis.h>
#include <saoffload/packet.h>

SAO_EXTERN_C_BEGIN

/* ---- parsing --------------------------------------------------------------------------- */

/* What became of parsing a packet. */
typedef enum sao_parse {
    SAO_PARSE_OK = 0,
    SAO_PARSE_NOT_IP,    /* neither IPv4 nor IPv6, or an Ethernet type that is not */
    SAO_PARSE_TRUNCATED, /* headers or stated length go beyond the bytes */
    SAO_PARSE_MALFORMED  /* lengths that contradict each other */
} sao_parse;

/* The result's name in lower case, "truncated" say. */
const char *sao_parse_name(sao_parse result);

/*
 * Describes the IP packet at `packet`, `length` bytes (bytes after the packet's own length are
 * ignored: Ethernet pads). Walks IPv6 extension headers up to the first IPsec header. `info`
 * is written on SAO_PARSE_OK only; encapsulation becomes NDIS_ENCAPSULATION_NULL.
 */
sao_parse sao_packet_parse(const uint8_t *packet, size_t length, sao_packet_info *info);

/*
 * A quick look at an IP packet, which reads a few of its bytes: where it says false,
 * sao_packet_parse finds no IPsec header in sight. Where it says true, only that can tell.
 */
bool sao_packet_may_be_ipsec(const uint8_t *packet, size_t length);

/*
 * sao_packet_parse for an Ethernet frame, 802.1Q tags included; ip_offset and encapsulation are
 * set.
 */
sao_parse sao_frame_parse(const uint8_t *frame, size_t length, sao_packet_info *info);

/* The headers of a frame that leads a train, or follows in it: Ethernet, IPv4, ESP; in bytes. */
#define SAO_TRAIN_HEADERS 42u

/*
 * May a frame lead a train, of which sao_frame_parse has said `info` with SAO_PARSE_OK? If it is
 * plain ESP over IPv4: in Ethernet without tags, no options, whole.
 */
bool sao_frame_leads(const sao_packet_info *info);

/*
 * Is the frame one of the train that `leader` leads, being of the same addresses and SPI? True:
 * then sao_frame_parse would say the same of `frame`, `length` bytes, as it did of the leader, but
 * for ip_length, which is written to *ip_length. False leaves that alone, and says nothing: the
 * frame is to be parsed. sao_frame_leads has to have said true of the leader.
 */
static inline bool sao_frame_follows(const uint8_t *leader, const uint8_t *frame, size_t length,
                                     uint32_t *ip_length)
{
    /* What of a frame's bytes makes it one of a train: EtherType, version and header length; flag
     * and offset of a fragment, protocol, addresses, SPI. What is between differs, or says nothing
     * here. Eight bytes at a time; the last two times overlap. */
    static const uint8_t mask[2][8] = {{0xFF, 0xFF, 0xFF}, {0x3F, 0xFF, 0, 0xFF, 0, 0, 0xFF, 0xFF}};
    uint64_t ours[4], theirs[4], masks[2];
    uint32_t stated;

    if (length < SAO_TRAIN_HEADERS)
        return false;
    SAO_MEMCPY(masks, mask, sizeof masks);
    SAO_MEMCPY(&ours[0], frame + 12, 8);
    SAO_MEMCPY(&theirs[0], leader + 12, 8);
    SAO_MEMCPY(&ours[1], frame + 20, 8);
    SAO_MEMCPY(&theirs[1], leader + 20, 8);
    SAO_MEMCPY(&ours[2], frame + 28, 8);
    SAO_MEMCPY(&theirs[2], leader + 28, 8);
    SAO_MEMCPY(&ours[3], frame + 30, 8);
    SAO_MEMCPY(&theirs[3], leader + 30, 8);
    if ((((ours[0] ^ theirs[0]) & masks[0]) | ((ours[1] ^ theirs[1]) & masks[1]) |
         (ours[2] ^ theirs[2]) | (ours[3] ^ theirs[3])) != 0)
        return false;
    stated = (uint32_t)frame[16] << 8 | frame[17]; /* the packet's length */
    if (stated < SAO_TRAIN_HEADERS - 14 || stated > length - 14)
        return false;
    *ip_length = stated;
    return true;
}

/* ---- security associations ------------------------------------------------------------- */

/* What an SA protects: a whole IP packet, or what one carries. */
typedef enum sao_ipsec_mode { SAO_IPSEC_TUNNEL, SAO_IPSEC_TRANSPORT } sao_ipsec_mode;

/* What an SA is made from. */
typedef struct sao_ipsec_params {
    size_t size;             /* sizeof(sao_ipsec_params); sao_ipsec_params_init sets it */
    uint8_t protocol;        /* SAO_PROTOCOL_ESP, or _AH */
    sao_ipsec_mode mode;     /* tunnel or transport */
    uint8_t ip_version;      /* of the header outside: 4 or 6 */
    sao_address source;      /* of that header; all zero accepts any, but cannot send by tunnel */
    sao_address destination; /* of that header, likewise */
    uint32_t spi;            /* network byte order */
    bool esn;                /* 64-bit sequence numbers */
    uint8_t hop_limit;       /* tunnel: TTL or hop limit of the outer header; default 64 */
    uint32_t encryption;     /* identifier (algorithm.h); none with AH (ADD-6) */
    uint32_t authentication; /* identifier; 0 with a combined mode */
    const uint8_t *encryption_key;     /* then the salt, as KeyData has it (ADD-8); NULL without */
    size_t encryption_key_length;      /* bytes, the salt's too: key_length of algorithm.h */
    const uint8_t *authentication_key; /* NULL without one; AES-GMAC's salt behind it */
    size_t authentication_key_length;  /* bytes, the salt's too: key_length of algorithm.h */
    uint8_t icv_length;                /* bytes; 0 for the algorithm's own, GCM's 16 */
    bool allow_unauthenticated;        /* ESP that only encrypts: inside of AH, say (ADD-14) */
    bool behind_ah; /* ESP stands behind another SA's AH header, as in a bundle of both (ADD-5),
                       which is stepped over: to seal and to open only, since whoever frames and
                       strips has not got it between */
    bool udp_encapsulated;         /* ESP in UDP (RFC 3948); not for AH (ADD-15) */
    uint16_t udp_source_port;      /* host byte order; 0 accepts any, but cannot send */
    uint16_t udp_destination_port; /* likewise; the default of both is 4500 */
} sao_ipsec_params;

/* Fills in the defaults: ESP, tunnel, IPv4, no algorithm, UDP ports 4500 but no UDP. */
void sao_ipsec_params_init(sao_ipsec_params *params);

/*
 * The most bytes of IP header and extension headers before AH that can be authenticated: they are
 * copied for that, onto the stack.
 */
#define SAO_AH_HEADERS_MAX 512u

/* One SA, ready for packets; treat as opaque. Holds no key but the salt. */
typedef struct sao_ipsec_sa {
    const sao_crypto_provider *provider;
    void *context;
    sao_address source;
    sao_address destination;
    uint32_t spi;
    uint8_t ip_version;
    uint8_t mode;
    uint8_t protocol;
    uint8_t hop_limit;
    uint8_t iv_length;
    uint8_t icv_length;
    uint8_t block_length;
    uint8_t salt_length;
    uint8_t salt[4];
    bool combined;
    bool esn;
    bool behind_ah;
    bool udp_encapsulated;
    uint16_t udp_source_port;
    uint16_t udp_destination_port;
} sao_ipsec_sa;

/*
 * Makes an SA. `context` is provider->context_size bytes, aligned for max_align_t, that stay the
 * caller's until sao_ipsec_sa_wipe. Returns NDIS_STATUS_SUCCESS; NDIS_STATUS_NOT_SUPPORTED for
 * algorithms the provider has not, or not on this processor;
 * NDIS_STATUS_INVALID_PARAMETER for anything out of range (SPI 0, key length, IP version, an
 * IPv4 address with bytes behind it, no authentication that nobody allowed, or two, AES-GMAC or AH
 * with encryption, AH or ESP behind it with UDP); NDIS_STATUS_RESOURCES if the provider's library
 * has no memory. On an error there is nothing to wipe. Keys and params are not needed any longer
 * afterwards. Like its context an SA is used by one thread at a time.
 */
NDIS_STATUS sao_ipsec_sa_init(sao_ipsec_sa *sa, const sao_ipsec_params *params,
                              const sao_crypto_provider *provider, void *context) SAO_MUST_CHECK;

/* Wipes the SA and its context. Harmless on one that is all zero. */
void sao_ipsec_sa_wipe(sao_ipsec_sa *sa);

/*
 * The bytes that protecting adds to the packet at `packet`, `length` bytes, all headers included;
 * 0 for one that sao_ipsec_frame calls NDIS_STATUS_INVALID_DATA. They are added to the packet's own
 * length: bytes behind that (Ethernet's padding) are none of it, and gone once it is protected.
 */
size_t sao_ipsec_overhead(const sao_ipsec_sa *sa, const uint8_t *packet, size_t length);

/* ---- the transport's half -------------------------------------------------------------- */

/*
 * Makes the IP packet at `packet` into an unencrypted ESP packet in place: outer header
 * (tunnel), ESP header with the low half of `sequence`, zeroed IV, payload, padding, trailer,
 * zeroed ICV; or into an AH packet: outer header, AH header with zeroed ICV field, payload. In
 * transport mode IPv4 options, hop-by-hop and routing headers stay before ESP or AH, and
 * destination options too where a routing header follows them. A UDP header comes before ESP where
 * the SA says so; its checksum is 0 over IPv4, and over IPv6 sealing writes it. *length goes from
 * the packet's to the new one's; `capacity` bytes may be used. The outer header copies DSCP and
 * ECN; for IPv4 it has DF set and identification 0 (RFC 6864).
 *
 * NDIS_STATUS_SUCCESS. NDIS_STATUS_BUFFER_TOO_SHORT: capacity. NDIS_STATUS_INVALID_LENGTH: the
 * result would be no IP packet (over 65535 bytes). NDIS_STATUS_INVALID_DATA: not a whole IP
 * packet, or in transport mode one of another version, other addresses, or a fragment (of IPv6
 * any with a fragment header), or for ESP one with nothing inside (next header 59, which would be a
 * dummy), and for AH one whose headers cannot be authenticated: over SAO_AH_HEADERS_MAX bytes,
 * options with lengths that do not fit, a routing header of unknown type with segments left.
 * NDIS_STATUS_INVALID_PARAMETER: sequence 0 (RFC 4303 section 2.2), or over 32 bits without ESN;
 * a tunnel whose SA has an all-zero address; UDP encapsulation without both ports; an SA that is
 * behind AH.
 * On an error nothing has changed.
 */
NDIS_STATUS sao_ipsec_frame(const sao_ipsec_sa *sa, uint64_t sequence, uint8_t *packet,
                            size_t *length, size_t capacity) SAO_MUST_CHECK;

/*
 * Makes the opened packet at `packet` into the IP packet it carries, in place: the inner
 * packet (tunnel), or the same packet without ESP or AH (transport; length, protocol and checksum
 * mended; the checksum of a TCP or UDP inside still is of the addresses before translation). What
 * is read is checked again. An inner packet that can be told of congestion on the way (ECT) is told
 * if the outer header was (CE, RFC 4301 section 5.1.2.1). NDIS_STATUS_SUCCESS or
 * NDIS_STATUS_INVALID_DATA: then nothing has changed. A dummy packet of ESP (next header 59) is
 * NDIS_STATUS_INVALID_DATA.
 */
NDIS_STATUS sao_ipsec_strip(const sao_ipsec_sa *sa, uint8_t *packet, size_t *length) SAO_MUST_CHECK;

/* ---- the NIC's half -------------------------------------------------------------------- */

/*
 * Encrypts a framed packet in place (ESP), and writes its ICV. With AES-GMAC the IV is the first 8
 * bytes of AH's ICV field, all of which counts as zero for the ICV (RFC 4543 section 4). A source
 * route is authenticated as it will be where it ends (RFC 4302 appendix A). `sequence_high` is the
 * high half for ESN, host byte order, else ignored; the low half is read from the packet. `iv` is
 * the IV to put on the wire, sa->iv_length bytes; the caller makes sure that it never repeats under
 * the key (TX-3). NDIS_STATUS_SUCCESS; NDIS_STATUS_INVALID_DATA for a packet that is not framed for
 * this SA, or that AH cannot authenticate; NDIS_STATUS_INVALID_PARAMETER without an IV that the SA
 * needs, or for a packet that is too long for the provider: then it is as it was, but for the room
 * of the IV. NDIS_STATUS_RESOURCES if the provider's library has no memory: the packet is lost.
 */
NDIS_STATUS sao_ipsec_seal(const sao_ipsec_sa *sa, uint32_t sequence_high, const uint8_t *iv,
                           uint8_t *packet, size_t length) SAO_MUST_CHECK;

/*
 * Makes the IV of a packet, sa->iv_length bytes, from a number that is used once under the key: an
 * epoch and the sequence number, say. The same number gives the same IV, another number another
 * one (TX-3). Where there is a salt the IV is the number; a block cipher's is the number encrypted
 * with the SA's key (NIST SP 800-38A appendix C), which nobody without the key can predict.
 * NDIS_STATUS_SUCCESS, or what the provider's seal returns: then there is no IV.
 */
NDIS_STATUS sao_ipsec_make_iv(const sao_ipsec_sa *sa, uint64_t number, uint8_t *iv) SAO_MUST_CHECK;

/* What opening a packet has shown. What is not valid is 0, but for the sequence number. */
typedef struct sao_ipsec_result {
    uint64_t sequence;       /* of the packet; with ESN the inferred 64 bits. Valid with
                                CRYPTO_SUCCESS; after a wrong ICV what the packet claims */
    uint16_t crypto_status;  /* CRYPTO_... (RX-4) */
    uint8_t next_header;     /* of ESP trailer or AH header; valid with CRYPTO_SUCCESS */
    uint8_t pad_length;      /* of the ESP trailer, 0 with AH; valid with CRYPTO_SUCCESS */
    uint32_t payload_at;     /* what it carries, in bytes from the IP header; so is */
    uint32_t payload_length; /* this: without padding and trailer; valid with CRYPTO_SUCCESS */
} sao_ipsec_result;

/*
 * Checks and decrypts an ESP packet, or checks an AH packet, in place; headers, trailer and ICV
 * stay (RX-10). `highest` is the highest sequence number received so far, 0 for none, for the ESN
 * high half (RFC 4303 appendix A2.2); ignored without ESN. The window is of 64 numbers: a packet is
 * taken to be one of the 2^32 from highest - 63 on. Who keeps a longer window gives as much less:
 * for one of 1024, highest - 960, or 0 where that is negative.
 *
 * Returns result->crypto_status too: CRYPTO_SUCCESS, or what is found first, about in this order:
 * - CRYPTO_INVALID_PROTOCOL: another version of IP than the SA's, or none.
 * - CRYPTO_INVALID_PACKET_SYNTAX: no byte; lengths of IP that do not fit, or go beyond `length`.
 * - CRYPTO_INVALID_PROTOCOL: another protocol, SPI, address or UDP port than the SA's; a fragment
 *   (FRAG-1; of IPv6 any packet with a fragment header); IKE or a keepalive (UDP-1).
 * - CRYPTO_INVALID_PACKET_SYNTAX: no room for header, IV, trailer and ICV; ESP that is not of whole
 *   blocks, or of words of 4 bytes; UDP of another length than IP has; AH of another length than
 *   the algorithm's; headers that AH cannot authenticate, as their options do not fit in, or they
 *   are over SAO_AH_HEADERS_MAX bytes.
 * - CRYPTO_GENERIC_ERROR: AH of more bytes than the provider can authenticate (longest_hmac of
 *   crypto.h).
 * - CRYPTO_TUNNEL_ESP_AUTH_FAILED, CRYPTO_TRANSPORT_ESP_AUTH_FAILED, CRYPTO_TUNNEL_AH_AUTH_FAILED,
 *   CRYPTO_TRANSPORT_AH_AUTH_FAILED: a wrong ICV, by the SA's mode.
 * - CRYPTO_INVALID_PACKET_SYNTAX: padding of ESP that is not 1, 2, 3 and so on, or longer than what
 *   is there (RFC 4303 section 2.4). It is found after the ICV was good.
 *
 * On any error the packet is unchanged. Not looked at are checksums (of IPv4, of UDP), sequence
 * number 0, and what is inside: that is for sao_ipsec_strip. Over IPv4 AH may be padded to 8 bytes
 * where 4 would do, as Linux sends it; if the ICV shows that just the length is wrong, that is bad
 * syntax. Routes are authenticated as they stand, as a receiver is at their end.
 */
uint16_t sao_ipsec_open(const sao_ipsec_sa *sa, uint64_t highest, uint8_t *packet, size_t length,
                        sao_ipsec_result *result);

/* Where the parts of a framed or opened packet lie, in bytes from the IP header. */
typedef struct sao_ipsec_layout {
    uint32_t header_at;      /* of ESP or AH */
    uint32_t sequence;       /* the low half of the sequence number, host byte order */
    uint32_t payload_at;     /* what it protects: an IP packet, where it is by tunnel */
    uint32_t payload_length; /* without padding and trailer */
    uint8_t next_header;     /* what that is */
    uint8_t pad_length;      /* of the ESP trailer, 0 with AH */
} sao_ipsec_layout;

/*
 * Finds the parts of a packet that is not encrypted: framed and not sealed yet, or opened. Returns
 * CRYPTO_SUCCESS, CRYPTO_INVALID_PROTOCOL or CRYPTO_INVALID_PACKET_SYNTAX as sao_ipsec_open does;
 * `layout` is written on success only.
 */
uint16_t sao_ipsec_locate(const sao_ipsec_sa *sa, const uint8_t *packet, size_t length,
                          sao_ipsec_layout *layout);

/* ---- many at once ---------------------------------------------------------------------- */

/* One packet of a burst to be sealed. */
typedef struct sao_ipsec_sealing {
    const sao_ipsec_sa *sa; /* several packets may have the same, or each its own */
    const uint8_t *iv;      /* this, and what follows, as sao_ipsec_seal takes it */
    uint8_t *packet;        /* as above */
    size_t length;          /* bytes */
    uint32_t sequence_high; /* as above */
    NDIS_STATUS status;     /* written: what sao_ipsec_seal returns */
} sao_ipsec_sealing;

/* One packet of a burst to be opened. */
typedef struct sao_ipsec_opening {
    const sao_ipsec_sa *sa;      /* several packets may have the same, or each its own */
    uint64_t highest;            /* this, and what follows, as sao_ipsec_open takes it */
    uint8_t *packet;             /* as above */
    size_t length;               /* bytes */
    const sao_packet_info *info; /* what sao_packet_parse has said of this packet, or of one that
                                    this one follows (sao_frame_follows), so that it need not be
                                    read again; NULL if nobody has asked. The same one several times
                                    in a row costs least */
    sao_ipsec_result result;     /* written */
} sao_ipsec_opening;

/*
 * sao_ipsec_seal, or sao_ipsec_open, of each packet, as if one after the other; no two of them may
 * share bytes. The provider gets the jobs of up to 16 ESP packets together (seal_burst and
 * open_burst of crypto.h), which some libraries do faster; AH goes one by one. `count` may be 0.
 */
void sao_ipsec_seal_burst(sao_ipsec_sealing *sealings, uint32_t count);
void sao_ipsec_open_burst(sao_ipsec_opening *openings, uint32_t count);

/* ---- both at once ---------------------------------------------------------------------- */

/*
 * An IP packet becomes a protected one in place; results as sao_ipsec_frame and sao_ipsec_seal.
 * `sequence` must be a new one for each packet; `iv` is sa->iv_length bytes that never repeat
 * under the key, NULL where iv_length is 0. On an error packet and length are unchanged (not the
 * bytes behind it), but for NDIS_STATUS_RESOURCES, where the packet is lost.
 */
NDIS_STATUS sao_ipsec_protect(const sao_ipsec_sa *sa, uint64_t sequence, const uint8_t *iv,
                              uint8_t *packet, size_t *length, size_t capacity) SAO_MUST_CHECK;

/*
 * A protected packet becomes the IP packet it carries, in place. `result` is that of
 * sao_ipsec_open. NDIS_STATUS_SUCCESS; NDIS_STATUS_FAILURE for a CryptoStatus that is not success;
 * NDIS_STATUS_INVALID_DATA for what sao_ipsec_strip refuses, though the CryptoStatus is
 * CRYPTO_SUCCESS: by tunnel, what is no whole IP packet of the version that the next header states;
 * a dummy; an SA that is behind AH. On any error packet and length are unchanged. Never checks for
 * replay: the sequence number is in the result.
 */
NDIS_STATUS sao_ipsec_unprotect(const sao_ipsec_sa *sa, uint64_t highest, uint8_t *packet,
                                size_t *length, sao_ipsec_result *result) SAO_MUST_CHECK;

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_IPSEC_H */
