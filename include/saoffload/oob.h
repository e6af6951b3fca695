// SPDX-License-Identifier: BSD-2-Clause
/*
 * oob.h: the out-of-band (OOB) data of packets, independent of the compiler.
 *
 * Windows declares bit-fields, whose order is the compiler's. These functions put every field
 * where the Windows compilers put it, counted from the least significant bit of a ULONG, so a
 * value means the same on every machine (WIRE-1).
 */
#ifndef SAOFFLOAD_OOB_H
#define SAOFFLOAD_OOB_H

#include <saoffload/ndis.h>
#include <saoffload/platform.h>

/* What the NIC says of one received packet. All clear: no IPsec OOB data at all (RX-9). */
typedef struct sao_oob_receive {
    bool sa_delete_request; /* SaDeleteReq: the NIC wishes the bundle deleted (DEL-2) */
    bool crypto_done;       /* CryptoDone: at least one IPsec payload was checked (RX-3) */
    bool next_crypto_done;  /* NextCryptoDone: tunnel and transport part were (RX-3) */
    uint16_t crypto_status; /* CRYPTO_..., meaningful with crypto_done */
} sao_oob_receive;

/* Reads Receive of `info`. */
static inline sao_oob_receive sao_oob_get_receive(
    const NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO *info)
{
    sao_oob_receive oob;
    uint32_t bits;

    SAO_MEMCPY(&bits, info, sizeof bits);
    oob.sa_delete_request = (bits & 1u) != 0;
    oob.crypto_done = (bits & 2u) != 0;
    oob.next_crypto_done = (bits & 4u) != 0;
    oob.crypto_status = (uint16_t)(bits >> 16);
    return oob;
}

/* Writes Receive of `info`; everything else in it becomes zero. */
static inline void sao_oob_set_receive(NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO *info,
                                       sao_oob_receive oob)
{
    uint32_t bits = (uint32_t)oob.crypto_status << 16;

    bits |= oob.sa_delete_request ? 1u : 0u;
    bits |= oob.crypto_done ? 2u : 0u;
    bits |= oob.next_crypto_done ? 4u : 0u;
    SAO_MEMSET(info, 0, sizeof *info);
    SAO_MEMCPY(info, &bits, sizeof bits);
}

/* What the NIC says of the header that ESP or AH protects (RX-7). */
typedef struct sao_oob_header {
    uint8_t next_header; /* meaningful with `set`, like the next */
    uint8_t pad_length;  /* meaningful with `set` */
    bool set;            /* HeaderInfoSet */
} sao_oob_header;

/* Reads Receive of `info`. */
static inline sao_oob_header sao_oob_get_header(
    const NDIS_IPSEC_OFFLOAD_V2_HEADER_NET_BUFFER_LIST_INFO *info)
{
    sao_oob_header oob;
    uint32_t bits;

    SAO_MEMCPY(&bits, info, sizeof bits);
    oob.next_header = (uint8_t)bits;
    oob.pad_length = (uint8_t)(bits >> 8);
    oob.set = (bits & 0x10000u) != 0;
    return oob;
}

/* Writes Receive of `info`; everything else in it becomes zero. */
static inline void sao_oob_set_header(NDIS_IPSEC_OFFLOAD_V2_HEADER_NET_BUFFER_LIST_INFO *info,
                                      sao_oob_header oob)
{
    uint32_t bits = oob.next_header | (uint32_t)oob.pad_length << 8;

    bits |= oob.set ? 0x10000u : 0u;
    SAO_MEMCPY(info, &bits, sizeof bits);
}

/* How a large packet is to be cut (LSO-1). */
typedef struct sao_oob_lso {
    uint32_t mss;               /* bytes of TCP payload in a segment; 0: no large packet */
    uint32_t tcp_header_offset; /* bytes from the start of the frame */
    bool ipv6;                  /* the version of IP */
} sao_oob_lso;

/* Reads LsoV2Transmit of `info`. */
static inline sao_oob_lso sao_oob_get_lso(
    const NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO *info)
{
    sao_oob_lso oob;
    uint32_t bits;

    SAO_MEMCPY(&bits, info, sizeof bits);
    oob.mss = bits & 0xFFFFFu;
    oob.tcp_header_offset = bits >> 20 & 0x3FFu;
    oob.ipv6 = bits >> 31 != 0;
    return oob;
}

/* Writes LsoV2Transmit of `info`, with the type that it has; everything else becomes zero. */
static inline void sao_oob_set_lso(NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO *info,
                                   sao_oob_lso oob)
{
    uint32_t bits =
        (oob.mss & 0xFFFFFu) | (oob.tcp_header_offset & 0x3FFu) << 20 | UINT32_C(1) << 30;

    bits |= oob.ipv6 ? UINT32_C(1) << 31 : 0u;
    SAO_MEMSET(info, 0, sizeof *info);
    SAO_MEMCPY(info, &bits, sizeof bits);
}

#endif /* SAOFFLOAD_OOB_H */
