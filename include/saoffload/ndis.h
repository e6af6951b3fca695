// SPDX-License-Identifier: BSD-2-Clause
/*
 * ndis.h: the NDIS structures, constants and status codes of IPsec offload version 2.
 *
 * Names, spelling and memory layout are those of the Windows Driver Kit, so that a request
 * buffer made by Windows and one made by a test are the same bytes. Where a Windows kit's own
 * NDIS headers come first (_NDIS_ is defined), nothing is defined here and theirs are used.
 *
 * ULONG is 32 bits everywhere. SPIs and IPv4 addresses stand in network byte order (WIRE-1).
 */
#ifndef SAOFFLOAD_NDIS_H
#define SAOFFLOAD_NDIS_H

#include <stddef.h>
#include <stdint.h>

#ifndef _NDIS_

/* ---- base types ------------------------------------------------------------------------ */

/* On Windows these repeat what the system headers say; C11 allows an identical typedef. */
#ifdef _WIN32
typedef unsigned long ULONG;
#else
typedef uint32_t ULONG;
#endif
typedef uint16_t USHORT;
typedef uint8_t UCHAR;
typedef UCHAR BOOLEAN;
typedef void *PVOID;
typedef PVOID NDIS_HANDLE;
typedef ULONG NDIS_OID;
typedef int NDIS_STATUS;

/* ---- status codes ---------------------------------------------------------------------- */

/* Success is the value 0 and nothing else: NOT_ACCEPTED is positive (OID-8). */
#define NDIS_STATUS_SUCCESS ((NDIS_STATUS)0x00000000)
#define NDIS_STATUS_PENDING ((NDIS_STATUS)0x00000103)
#define NDIS_STATUS_NOT_ACCEPTED ((NDIS_STATUS)0x00010003)
#define NDIS_STATUS_TASK_OFFLOAD_CURRENT_CONFIG ((NDIS_STATUS)0x40020006)
#define NDIS_STATUS_SOFT_ERRORS ((NDIS_STATUS)0x80010003)
#define NDIS_STATUS_HARD_ERRORS ((NDIS_STATUS)0x80010004)
#define NDIS_STATUS_FAILURE ((NDIS_STATUS)0xC0000001)
#define NDIS_STATUS_INVALID_PARAMETER ((NDIS_STATUS)0xC000000D)
#define NDIS_STATUS_RESOURCES ((NDIS_STATUS)0xC000009A)
#define NDIS_STATUS_NOT_SUPPORTED ((NDIS_STATUS)0xC00000BB)
#define NDIS_STATUS_INVALID_STATE ((NDIS_STATUS)0xC0000184)
#define NDIS_STATUS_REQUEST_ABORTED ((NDIS_STATUS)0xC001000C)
#define NDIS_STATUS_RESET_IN_PROGRESS ((NDIS_STATUS)0xC001000D)
#define NDIS_STATUS_INVALID_LENGTH ((NDIS_STATUS)0xC0010014)
#define NDIS_STATUS_INVALID_DATA ((NDIS_STATUS)0xC0010015)
#define NDIS_STATUS_BUFFER_TOO_SHORT ((NDIS_STATUS)0xC0010016)
#define NDIS_STATUS_INVALID_OID ((NDIS_STATUS)0xC0010017)
#define NDIS_STATUS_ADAPTER_REMOVED ((NDIS_STATUS)0xC0010018)
#define NDIS_STATUS_PAUSED ((NDIS_STATUS)0xC023002A)
#define NDIS_STATUS_LOW_POWER_STATE ((NDIS_STATUS)0xC023002F)

/* ---- object identifiers ---------------------------------------------------------------- */

/* What a request is about. */
#define OID_OFFLOAD_ENCAPSULATION 0x0101010Au
#define OID_TCP_OFFLOAD_PARAMETERS 0xFC01020Cu
#define OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA 0xFC030202u
#define OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA 0xFC030203u
#define OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA 0xFC030204u
#define OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX 0xFC030205u

/* ---- object header --------------------------------------------------------------------- */

/* Header.Type of the structures here. */
#define NDIS_OBJECT_TYPE_DEFAULT 0x80
#define NDIS_OBJECT_TYPE_OFFLOAD_ENCAPSULATION 0xA8

/* What each structure begins with (REV-1). */
typedef struct _NDIS_OBJECT_HEADER {
    UCHAR Type;     /* NDIS_OBJECT_TYPE_... */
    UCHAR Revision; /* from 1 on */
    USHORT Size;    /* bytes, the header's too */
} NDIS_OBJECT_HEADER, *PNDIS_OBJECT_HEADER;

/* ---- algorithms ------------------------------------------------------------------------ */

/* Identifier of an authentication algorithm, and its bit in AuthenticationAlgorithms. */
#define IPSEC_OFFLOAD_V2_AUTHENTICATION_MD5 0x00000001u
#define IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_1 0x00000002u
#define IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256 0x00000004u
#define IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_128 0x00000008u /* AES-GMAC */
#define IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_192 0x00000010u /* AES-GMAC */
#define IPSEC_OFFLOAD_V2_AUTHENTICATION_AES_GCM_256 0x00000020u /* AES-GMAC */

/* Identifier of an encryption algorithm, and its bit in EncryptionAlgorithms. */
#define IPSEC_OFFLOAD_V2_ENCRYPTION_NONE 0x00000001u
#define IPSEC_OFFLOAD_V2_ENCRYPTION_DES_CBC 0x00000002u
#define IPSEC_OFFLOAD_V2_ENCRYPTION_3_DES_CBC 0x00000004u
#define IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_128 0x00000008u
#define IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_192 0x00000010u
#define IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256 0x00000020u
#define IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_128 0x00000040u
#define IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_192 0x00000080u
#define IPSEC_OFFLOAD_V2_ENCRYPTION_AES_CBC_256 0x00000100u

/* One algorithm of an SA, and where its key is (ADD-8). */
typedef struct _IPSEC_OFFLOAD_V2_ALGORITHM_INFO {
    ULONG Identifier;     /* IPSEC_OFFLOAD_V2_AUTHENTICATION_... or _ENCRYPTION_...; 0 for none */
    ULONG KeyLength;      /* bytes */
    ULONG KeyOffsetBytes; /* from the start of the element's key data */
    ULONG AdditionalInfo; /* AES-GCM: ICV length in bytes */
} IPSEC_OFFLOAD_V2_ALGORITHM_INFO, *PIPSEC_OFFLOAD_V2_ALGORITHM_INFO;

/* ---- security associations ------------------------------------------------------------- */

/*
 * An enumeration on Windows is 32 bits wide. Some ABIs (Arm EABI) take the narrowest type that
 * holds the enumerators, which would move every member behind it: the last enumerator, no
 * operation, makes it 32 bits wide there too, and keeps the type of the members as Windows has it.
 */
typedef enum _IPSEC_OFFLOAD_V2_OPERATION {
    IPsecOffloadV2Ah = 1,
    IPsecOffloadV2Esp = 2,
    IPsecOffloadV2Max = 3,
    IPsecOffloadV2OperationWidth = 0x7FFFFFFF
} IPSEC_OFFLOAD_V2_OPERATION;

/* SA flag: 64-bit sequence numbers. */
#define IPSEC_OFFLOAD_V2_ESN_SA 0x00000001u
/* The most SAs of a bundle (ADD-5). */
#define IPSEC_OFFLOAD_V2_MAX_EXTENSION_HEADERS 2

/* One SA: ESP or AH (ADD-6, ADD-7). */
typedef struct _IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION {
    ULONG Flags;                                             /* IPSEC_OFFLOAD_V2_ESN_SA */
    IPSEC_OFFLOAD_V2_OPERATION Operation;                    /* ESP or AH */
    ULONG Spi;                                               /* network byte order */
    IPSEC_OFFLOAD_V2_ALGORITHM_INFO AuthenticationAlgorithm; /* not read with a combined mode */
    IPSEC_OFFLOAD_V2_ALGORITHM_INFO EncryptionAlgorithm;     /* all zero in AH */
    ULONG SequenceNumberHighOrder; /* with ESN: the high half to begin with */
} IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION, *PIPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION;

/* Flags of an ADD: for received packets; addresses are of IPv6. */
#define IPSEC_OFFLOAD_V2_INBOUND 0x00000001u
#define IPSEC_OFFLOAD_V2_IPv6 0x00000010u

/* What of ESP is inside of UDP (ADD-15, CAP-5). */
#define IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_NONE 0x00000000u
#define IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TRANSPORT 0x00000001u
#define IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TUNNEL 0x00000002u
#define IPSEC_OFFLOAD_V2_TRANSPORT_OVER_UDP_ESP_ENCAPSULATION_TUNNEL 0x00000004u
#define IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TRANSPORT_OVER_TUNNEL 0x00000008u

/* Header.Revision of each structure. */
#define IPSEC_OFFLOAD_V2_ADD_SA_REVISION_1 1
#define IPSEC_OFFLOAD_V2_ADD_SA_EX_REVISION_1 1
#define IPSEC_OFFLOAD_V2_DELETE_SA_REVISION_1 1
#define IPSEC_OFFLOAD_V2_UPDATE_SA_REVISION_1 1

/*
 * Windows writes the members of its anonymous unions as structures without a name, which C++ has
 * only as an extension; here they have names, and nothing else is different.
 */
typedef struct sao_ndis_ipv4_endpoints {
    ULONG SrcAddr;  /* network byte order */
    ULONG DestAddr; /* network byte order */
} sao_ndis_ipv4_endpoints;

/* The same for IPv6. */
typedef struct sao_ndis_ipv6_endpoints {
    UCHAR SrcAddr[16];  /* as in the packet */
    UCHAR DestAddr[16]; /* as in the packet */
} sao_ndis_ipv6_endpoints;

/* A bundle to add, of a list, before NDIS 6.30 (ADD-1). */
typedef struct _IPSEC_OFFLOAD_V2_ADD_SA {
    NDIS_OBJECT_HEADER Header;             /* REV-1 */
    struct _IPSEC_OFFLOAD_V2_ADD_SA *Next; /* NULL at the end */
    ULONG NumExtHdrs;                      /* SAs of the bundle, 1 or 2 */
    ULONG Flags;                           /* IPSEC_OFFLOAD_V2_INBOUND, IPSEC_OFFLOAD_V2_IPv6 */
    union {
        sao_ndis_ipv4_endpoints IPv4Endpoints;
        sao_ndis_ipv6_endpoints IPv6Endpoints;
    };
    NDIS_HANDLE OffloadHandle; /* out */
    ULONG UdpEspEncapsulation; /* IPSEC_OFFLOAD_V2_..._UDP_ESP_ENCAPSULATION_... */
    /* ESP first, if there are two (ADD-5). */
    IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION SecAssoc[IPSEC_OFFLOAD_V2_MAX_EXTENSION_HEADERS];
    ULONG KeyLength;  /* bytes of KeyData */
    UCHAR KeyData[1]; /* keys, KeyLength bytes (ADD-8) */
} IPSEC_OFFLOAD_V2_ADD_SA, *PIPSEC_OFFLOAD_V2_ADD_SA;

/* A bundle to add, from NDIS 6.30 on (ADD-1). */
typedef struct _IPSEC_OFFLOAD_V2_ADD_SA_EX {
    NDIS_OBJECT_HEADER Header; /* REV-1 */
    ULONG NumExtHdrs;          /* SAs of the bundle, 1 or 2 */
    ULONG Flags;               /* IPSEC_OFFLOAD_V2_INBOUND, IPSEC_OFFLOAD_V2_IPv6 */
    union {
        sao_ndis_ipv4_endpoints IPv4Endpoints;
        sao_ndis_ipv6_endpoints IPv6Endpoints;
    };
    NDIS_HANDLE OffloadHandle; /* out */
    ULONG UdpEspEncapsulation; /* IPSEC_OFFLOAD_V2_..._UDP_ESP_ENCAPSULATION_... */
    /* ESP first, if there are two (ADD-5). */
    IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION SecAssoc[IPSEC_OFFLOAD_V2_MAX_EXTENSION_HEADERS];
    ULONG KeyLength;          /* bytes of keys */
    ULONG KeyOffset;          /* bytes from the start of this structure to the keys */
    ULONG SourceSwitchPortId; /* reserved */
    USHORT VlanId;            /* reserved */
} IPSEC_OFFLOAD_V2_ADD_SA_EX, *PIPSEC_OFFLOAD_V2_ADD_SA_EX;

/* A bundle to delete, of a list (DEL-6). */
typedef struct _IPSEC_OFFLOAD_V2_DELETE_SA {
    NDIS_OBJECT_HEADER Header;                /* REV-1 */
    struct _IPSEC_OFFLOAD_V2_DELETE_SA *Next; /* NULL at the end */
    NDIS_HANDLE OffloadHandle;                /* names the bundle */
} IPSEC_OFFLOAD_V2_DELETE_SA, *PIPSEC_OFFLOAD_V2_DELETE_SA;

/* An SA whose sequence number's high half changes (UPD-1). */
typedef struct _IPSEC_OFFLOAD_V2_UPDATE_SA {
    NDIS_OBJECT_HEADER Header;            /* REV-1 */
    NDIS_HANDLE OffloadHandle;            /* names the bundle */
    IPSEC_OFFLOAD_V2_OPERATION Operation; /* ESP or AH */
    ULONG Spi;                            /* network byte order */
    ULONG SequenceNumberHighOrder;        /* with ESN: the high half to begin with */
} IPSEC_OFFLOAD_V2_UPDATE_SA, *PIPSEC_OFFLOAD_V2_UPDATE_SA;

/* ---- capabilities ---------------------------------------------------------------------- */

/* MAC framings; the capabilities say which of them IPsec is offloaded under. */
#define NDIS_ENCAPSULATION_NULL 0x00000001u
#define NDIS_ENCAPSULATION_IEEE_802_3 0x00000002u
#define NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q 0x00000004u
#define NDIS_ENCAPSULATION_IEEE_802_3_P_AND_Q_IN_OOB 0x00000008u
#define NDIS_ENCAPSULATION_IEEE_LLC_SNAP_ROUTED 0x00000010u

/* Values of Enabled in NDIS_OFFLOAD_ENCAPSULATION. */
#define NDIS_OFFLOAD_SET_NO_CHANGE 0
#define NDIS_OFFLOAD_SET_ON 1
#define NDIS_OFFLOAD_SET_OFF 2

/* Values of IPsecV2 in a set of OID_TCP_OFFLOAD_PARAMETERS (CAP-3, CAP-4). */
#define NDIS_OFFLOAD_PARAMETERS_NO_CHANGE 0
#define NDIS_OFFLOAD_PARAMETERS_IPSECV2_DISABLED 1
#define NDIS_OFFLOAD_PARAMETERS_IPSECV2_AH_ENABLED 2
#define NDIS_OFFLOAD_PARAMETERS_IPSECV2_ESP_ENABLED 3
#define NDIS_OFFLOAD_PARAMETERS_IPSECV2_AH_AND_ESP_ENABLED 4

/* Header.Revision of the two structures. */
#define NDIS_OFFLOAD_PARAMETERS_REVISION_1 1
#define NDIS_OFFLOAD_PARAMETERS_REVISION_2 2
#define NDIS_OFFLOAD_ENCAPSULATION_REVISION_1 1

/* What is turned on and off. Only IPsecV2 and IPsecV2IPv4, of revision 2 on, matter here. */
typedef struct _NDIS_OFFLOAD_PARAMETERS {
    NDIS_OBJECT_HEADER Header; /* REV-1 */
    /* Not looked at. */
    UCHAR IPv4Checksum;
    UCHAR TCPIPv4Checksum;
    UCHAR UDPIPv4Checksum;
    UCHAR TCPIPv6Checksum;
    UCHAR UDPIPv6Checksum;
    UCHAR LsoV1;
    UCHAR IPsecV1;
    UCHAR LsoV2IPv4;
    UCHAR LsoV2IPv6;
    UCHAR TcpConnectionIPv4;
    UCHAR TcpConnectionIPv6;
    ULONG Flags;
    /* NDIS_OFFLOAD_PARAMETERS_..., for both versions of IP; for IPv4 where there is no IPv6
     * (CAP-6). */
    UCHAR IPsecV2;
    UCHAR IPsecV2IPv4;
} NDIS_OFFLOAD_PARAMETERS, *PNDIS_OFFLOAD_PARAMETERS;

/* For which MAC framing received packets are offloaded, for each version of IP (ENC-1). */
typedef struct _NDIS_OFFLOAD_ENCAPSULATION {
    NDIS_OBJECT_HEADER Header; /* REV-1 */
    struct {
        ULONG Enabled;           /* NDIS_OFFLOAD_SET_... */
        ULONG EncapsulationType; /* NDIS_ENCAPSULATION_... */
        ULONG HeaderSize;        /* bytes of the MAC header */
    } IPv4;                      /* of packets of IPv4 */
    struct {
        ULONG Enabled;
        ULONG EncapsulationType;
        ULONG HeaderSize;
    } IPv6; /* of packets of IPv6 */
} NDIS_OFFLOAD_ENCAPSULATION, *PNDIS_OFFLOAD_ENCAPSULATION;

/* What a NIC can offload (CAP-1, CAP-2). */
typedef struct _NDIS_IPSEC_OFFLOAD_V2 {
    ULONG Encapsulation;                  /* NDIS_ENCAPSULATION_... that IPsec is offloaded under */
    BOOLEAN IPv6Supported;                /* IPv6 as well as IPv4 */
    BOOLEAN IPv4Options;                  /* packets with IPv4 options */
    BOOLEAN IPv6NonIPsecExtensionHeaders; /* packets with other IPv6 extension headers */
    BOOLEAN Ah;                           /* bundles of AH */
    BOOLEAN Esp;                          /* bundles of ESP */
    BOOLEAN AhEspCombined;                /* bundles of both */
    BOOLEAN Transport;                    /* transport mode */
    BOOLEAN Tunnel;                       /* tunnel mode */
    BOOLEAN TransportTunnelCombined;      /* transport over tunnel (TX-4) */
    BOOLEAN LsoSupported;                 /* LSO together with IPsec (LSO-1) */
    BOOLEAN ExtendedSequenceNumbers;      /* 64-bit sequence numbers */
    ULONG UdpEsp;                         /* IPSEC_OFFLOAD_V2_..._UDP_ESP_ENCAPSULATION_... */
    ULONG AuthenticationAlgorithms;       /* IPSEC_OFFLOAD_V2_AUTHENTICATION_... */
    ULONG EncryptionAlgorithms;           /* IPSEC_OFFLOAD_V2_ENCRYPTION_... */
    ULONG SaOffloadCapacity;              /* bundles */
} NDIS_IPSEC_OFFLOAD_V2, *PNDIS_IPSEC_OFFLOAD_V2;

/* ---- out-of-band data of packets ------------------------------------------------------- */

/* Which bundle a packet is sent under (TX-1). */
typedef struct sao_ndis_ipsec_transmit {
    PVOID OffloadHandle; /* NULL: no IPsec */
} sao_ndis_ipsec_transmit;

/* Read and write these through oob.h: bit-fields follow the compiler (WIRE-1). */
typedef struct sao_ndis_ipsec_receive {
    ULONG SaDeleteReq : 1;    /* the NIC wishes the bundle deleted (DEL-2) */
    ULONG CryptoDone : 1;     /* a payload was checked (RX-3) */
    ULONG NextCryptoDone : 1; /* so was the one inside of it (RX-3) */
    ULONG Reserved : 13;      /* 0 */
    ULONG CryptoStatus : 16;  /* CRYPTO_... (RX-4) */
} sao_ndis_ipsec_receive;

/* What goes along with a packet, either way (OOB-1). */
typedef struct _NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO {
    union {
        sao_ndis_ipsec_transmit Transmit;
        sao_ndis_ipsec_receive Receive;
    };
} NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO, *PNDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO;

/* Which SA is the tunnel (TX-4). */
typedef struct _NDIS_IPSEC_OFFLOAD_V2_TUNNEL_NET_BUFFER_LIST_INFO {
    struct {
        PVOID TunnelHandle;
    } Transmit; /* of a packet that is sent */
} NDIS_IPSEC_OFFLOAD_V2_TUNNEL_NET_BUFFER_LIST_INFO,
    *PNDIS_IPSEC_OFFLOAD_V2_TUNNEL_NET_BUFFER_LIST_INFO;

/* Where a packet that is sent has its headers (TX-5). */
typedef struct sao_ndis_header_transmit {
    ULONG NextHeader : 8;      /* of the ESP trailer or AH */
    ULONG PadLength : 8;       /* of the ESP trailer */
    ULONG AhHeaderOffset : 8;  /* 4-byte words from the IP header */
    ULONG EspHeaderOffset : 8; /* 4-byte words from the IP header */
} sao_ndis_header_transmit;

/* What a received packet's ESP trailer or AH said (RX-7). */
typedef struct sao_ndis_header_receive {
    ULONG NextHeader : 8;    /* of the ESP trailer or AH */
    ULONG PadLength : 8;     /* of the ESP trailer */
    ULONG HeaderInfoSet : 1; /* the other two count */
} sao_ndis_header_receive;

/* Headers and trailer of a packet, either way. Read and write Receive through oob.h. */
typedef struct _NDIS_IPSEC_OFFLOAD_V2_HEADER_NET_BUFFER_LIST_INFO {
    union {
        sao_ndis_header_transmit Transmit;
        sao_ndis_header_receive Receive;
    };
} NDIS_IPSEC_OFFLOAD_V2_HEADER_NET_BUFFER_LIST_INFO,
    *PNDIS_IPSEC_OFFLOAD_V2_HEADER_NET_BUFFER_LIST_INFO;

/* A large packet that is sent, to be cut into segments (LSO-1). */
typedef struct sao_ndis_lso_transmit {
    ULONG MSS : 20;             /* the most bytes of TCP payload in a segment */
    ULONG TcpHeaderOffset : 10; /* bytes from the start of the frame */
    ULONG Type : 1;             /* NDIS_TCP_LARGE_SEND_OFFLOAD_V2_TYPE */
    ULONG IPVersion : 1;        /* NDIS_TCP_LARGE_SEND_OFFLOAD_IPv4 or _IPv6 */
} sao_ndis_lso_transmit;

/* Read and write this through oob.h. All zero: the packet is to leave as it is. */
typedef struct _NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO {
    union {
        sao_ndis_lso_transmit LsoV2Transmit;
        PVOID Value;
    };
} NDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO,
    *PNDIS_TCP_LARGE_SEND_OFFLOAD_NET_BUFFER_LIST_INFO;

/* Values of LsoV2Transmit.Type and .IPVersion. */
#define NDIS_TCP_LARGE_SEND_OFFLOAD_V2_TYPE 1
#define NDIS_TCP_LARGE_SEND_OFFLOAD_IPv4 0
#define NDIS_TCP_LARGE_SEND_OFFLOAD_IPv6 1

/* Values of Receive.CryptoStatus. */
#define CRYPTO_SUCCESS 0
#define CRYPTO_GENERIC_ERROR 1
#define CRYPTO_TRANSPORT_AH_AUTH_FAILED 2
#define CRYPTO_TRANSPORT_ESP_AUTH_FAILED 3
#define CRYPTO_TUNNEL_AH_AUTH_FAILED 4
#define CRYPTO_TUNNEL_ESP_AUTH_FAILED 5
#define CRYPTO_INVALID_PACKET_SYNTAX 6
#define CRYPTO_INVALID_PROTOCOL 7

#endif /* _NDIS_ */

/* ---- the layout, proved ---------------------------------------------------------------- */

/* SAO_BY_WORD(a, b): a where pointers have 64 bits, b where they have 32. */
#if UINTPTR_MAX > 0xFFFFFFFFu
#define SAO_BY_WORD(wide, narrow) (wide)
#else
#define SAO_BY_WORD(wide, narrow) (narrow)
#endif

/*
 * The size of revision 1 runs through its last member, padding left out (REV-1). A request
 * may state any size from this one on.
 */
#define SAO_SIZEOF_ADD_SA_REVISION_1 (offsetof(IPSEC_OFFLOAD_V2_ADD_SA, KeyData) + 1u)
#define SAO_SIZEOF_ADD_SA_EX_REVISION_1 (offsetof(IPSEC_OFFLOAD_V2_ADD_SA_EX, VlanId) + 2u)
#define SAO_SIZEOF_DELETE_SA_REVISION_1 (sizeof(IPSEC_OFFLOAD_V2_DELETE_SA))
#define SAO_SIZEOF_UPDATE_SA_REVISION_1                                                            \
    (offsetof(IPSEC_OFFLOAD_V2_UPDATE_SA, SequenceNumberHighOrder) + 4u)

/* Revision 1 of OFFLOAD_PARAMETERS ends before IPsecV2. */
#define SAO_SIZEOF_OFFLOAD_PARAMETERS_REVISION_1 (offsetof(NDIS_OFFLOAD_PARAMETERS, Flags) + 4u)
#define SAO_SIZEOF_OFFLOAD_PARAMETERS_REVISION_2                                                   \
    (offsetof(NDIS_OFFLOAD_PARAMETERS, IPsecV2IPv4) + 1u)
#define SAO_SIZEOF_OFFLOAD_ENCAPSULATION_REVISION_1 (sizeof(NDIS_OFFLOAD_ENCAPSULATION))

#endif /* SAOFFLOAD_NDIS_H */
