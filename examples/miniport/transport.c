// SPDX-License-Identifier: BSD-2-Clause
/* transport.c: see transport.h. */
#include "transport.h"

#include <stdlib.h>
#include <string.h>

#define MAC_LENGTH 14u

static const uint8_t here[4] = {10, 0, 0, 1};
static const uint8_t peer[4] = {10, 0, 0, 2};

/* The packet inside, from here to the peer or back: IPv4 and eight bytes. */
static const uint8_t inner[28] = {0x45, 0, 0,  28, 0, 0, 0,   0,   64,  253, 0,   0,   10,  0,
                                  0,    7, 10, 0,  0, 8, 's', 'a', 'o', 'f', 'f', 'l', 'o', 'a'};

/* ---- the two ends' security associations ----------------------------------------------- */

static void make_key(const transport_pair *pair, uint32_t direction, uint8_t key[SAO_KEY_MAX])
{
    memset(key, (int)(0x40u + pair->number * 2u + direction), SAO_KEY_MAX);
    memcpy(key, ndis_secret, sizeof ndis_secret);
}

static uint32_t make_spi(const transport_pair *pair, uint32_t direction)
{
    const uint8_t bytes[4] = {0, 0, (uint8_t)(1u + direction), (uint8_t)pair->number};
    uint32_t spi;

    memcpy(&spi, bytes, sizeof spi); /* network byte order */
    return spi;
}

static bool make_sa(transport_pair *pair, uint32_t direction)
{
    const sao_crypto_provider *provider = sao_crypto_sodium();
    const bool inbound = direction == INBOUND;
    uint8_t key[SAO_KEY_MAX];
    sao_ipsec_params params;

    make_key(pair, direction, key);
    sao_ipsec_params_init(&params);
    memcpy(params.source.bytes, inbound ? peer : here, 4);
    memcpy(params.destination.bytes, inbound ? here : peer, 4);
    params.spi = make_spi(pair, direction);
    params.encryption = SAO_ENCRYPTION_CHACHA20_POLY1305;
    params.encryption_key = key;
    params.encryption_key_length = sizeof key;
    pair->context[direction] = malloc(provider->context_size);
    return pair->context[direction] != NULL &&
           sao_ipsec_sa_init(&pair->sa[direction], &params, provider, pair->context[direction]) ==
               NDIS_STATUS_SUCCESS;
}

bool transport_pair_init(transport_pair *pair, uint32_t number)
{
    memset(pair, 0, sizeof *pair);
    pair->number = number;
    return make_sa(pair, INBOUND) && make_sa(pair, OUTBOUND);
}

void transport_pair_destroy(transport_pair *pair)
{
    for (uint32_t direction = 0; direction < 2; direction++) {
        sao_ipsec_sa_wipe(&pair->sa[direction]);
        free(pair->context[direction]);
    }
}

/* ---- requests -------------------------------------------------------------------------- */

static void describe_sa(const transport_pair *pair, uint32_t direction,
                        IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION *sa)
{
    sa->Operation = IPsecOffloadV2Esp;
    sa->Spi = make_spi(pair, direction);
    sa->EncryptionAlgorithm =
        (IPSEC_OFFLOAD_V2_ALGORITHM_INFO){SAO_ENCRYPTION_CHACHA20_POLY1305, SAO_KEY_MAX, 0, 16};
}

/* Two structures that name these members alike and place them differently. */
#define DESCRIBE(element, revision, pair, direction)                                               \
    do {                                                                                           \
        (element)->Header =                                                                        \
            (NDIS_OBJECT_HEADER){NDIS_OBJECT_TYPE_DEFAULT, (revision), sizeof *(element)};         \
        (element)->NumExtHdrs = 1;                                                                 \
        (element)->Flags = (direction) == INBOUND ? IPSEC_OFFLOAD_V2_INBOUND : 0;                  \
        memcpy(&(element)->IPv4Endpoints.SrcAddr, (direction) == INBOUND ? peer : here, 4);        \
        memcpy(&(element)->IPv4Endpoints.DestAddr, (direction) == INBOUND ? here : peer, 4);       \
        describe_sa((pair), (direction), &(element)->SecAssoc[0]);                                 \
        (element)->KeyLength = SAO_KEY_MAX;                                                        \
    } while (0)

static void build_add(transport_pair *pair, uint32_t direction, bool list)
{
    transport_add_buffer *add = &pair->add[direction];

    memset(add, 0, sizeof *add);
    if (list) {
        DESCRIBE(&add->list, IPSEC_OFFLOAD_V2_ADD_SA_REVISION_1, pair, direction);
        add->list.Next = direction == INBOUND ? &pair->add[OUTBOUND].list : NULL;
        make_key(pair, direction, add->bytes + offsetof(IPSEC_OFFLOAD_V2_ADD_SA, KeyData));
    } else {
        DESCRIBE(&add->single, IPSEC_OFFLOAD_V2_ADD_SA_EX_REVISION_1, pair, direction);
        add->single.KeyOffset = sizeof add->single;
        make_key(pair, direction, add->bytes + sizeof add->single);
    }
}

void transport_add(ndis_adapter *ndis, const profile *of, transport_pair *pair)
{
    build_add(pair, INBOUND, of->adds_lists);
    build_add(pair, OUTBOUND, of->adds_lists);
    pair->jobs = of->adds_lists ? 1 : 2;
    for (uint32_t i = 0; i < pair->jobs; i++)
        (void)ndis_side_submit(ndis, &pair->job[i], of->add_oid, &pair->add[i],
                               of->adds_lists ? sizeof pair->add : sizeof pair->add[i],
                               &pair->job[i]);
}

bool transport_add_came_to(transport_pair *pair, NDIS_STATUS status)
{
    bool all = true;

    for (uint32_t i = 0; i < pair->jobs; i++)
        all = all && pair->job[i].status == status;
    for (uint32_t direction = 0; direction < 2; direction++) {
        pair->handle[direction] = pair->jobs == 1 ? pair->add[direction].list.OffloadHandle
                                                  : pair->add[direction].single.OffloadHandle;
        all = all && (pair->handle[direction] != NULL) == (status == NDIS_STATUS_SUCCESS);
    }
    return all;
}

NDIS_STATUS transport_delete_handles(ndis_adapter *ndis, transport_delete *del,
                                     const NDIS_HANDLE *handles, uint32_t count, void *request_id)
{
    for (uint32_t i = 0; i < count; i++)
        del->list[i] = (IPSEC_OFFLOAD_V2_DELETE_SA){
            .Header = {NDIS_OBJECT_TYPE_DEFAULT, IPSEC_OFFLOAD_V2_DELETE_SA_REVISION_1,
                       sizeof del->list[i]},
            .Next = i + 1 < count ? &del->list[i + 1] : NULL,
            .OffloadHandle = handles[i]};
    return ndis_side_submit(ndis, &del->job, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, del->list,
                            count * sizeof del->list[0], request_id);
}

/* ---- frames ---------------------------------------------------------------------------- */

void transport_plain(transport_frame *frame)
{
    memset(frame, 0, sizeof *frame);
    frame->bytes[12] = 8; /* Ethernet type 0x0800: IPv4 */
    memcpy(frame->bytes + MAC_LENGTH, inner, sizeof inner);
    frame->length = MAC_LENGTH + sizeof inner;
    frame->packet.data = frame->bytes;
    frame->packet.length = frame->length;
}

static void set_length(transport_frame *frame, size_t ip_length)
{
    frame->length = (uint32_t)(MAC_LENGTH + ip_length);
    frame->packet.length = frame->length;
}

void transport_from_peer(transport_pair *pair, transport_frame *frame)
{
    const uint64_t sequence = ++pair->sequence[INBOUND];
    uint8_t iv[8] = {0};
    size_t length = sizeof inner;

    transport_plain(frame);
    iv[7] = (uint8_t)sequence; /* one for each packet: there are not many (TX-3) */
    if (sao_ipsec_protect(&pair->sa[INBOUND], sequence, iv, frame->bytes + MAC_LENGTH, &length,
                          FRAME_MAX - MAC_LENGTH) != NDIS_STATUS_SUCCESS)
        abort();
    set_length(frame, length);
}

void transport_to_peer(transport_pair *pair, transport_frame *frame)
{
    size_t length = sizeof inner;

    transport_plain(frame);
    if (sao_ipsec_frame(&pair->sa[OUTBOUND], ++pair->sequence[OUTBOUND], frame->bytes + MAC_LENGTH,
                        &length, FRAME_MAX - MAC_LENGTH) != NDIS_STATUS_SUCCESS)
        abort();
    set_length(frame, length);
    frame->packet.ipsec.Transmit.OffloadHandle = pair->handle[OUTBOUND];
}

static bool is_inner(const uint8_t *packet, size_t length)
{
    return length == sizeof inner && memcmp(packet, inner, length) == 0;
}

bool transport_reads(const transport_pair *pair, const uint8_t *frame, uint32_t length)
{
    uint8_t packet[FRAME_MAX];
    size_t ip_length = length - MAC_LENGTH;

    memcpy(packet, frame + MAC_LENGTH, ip_length);
    return sao_ipsec_strip(&pair->sa[INBOUND], packet, &ip_length) == NDIS_STATUS_SUCCESS &&
           is_inner(packet, ip_length);
}

bool transport_peer_reads(const transport_pair *pair, const uint8_t *frame, uint32_t length)
{
    uint8_t packet[FRAME_MAX];
    size_t ip_length = length - MAC_LENGTH;
    sao_ipsec_result result;

    memcpy(packet, frame + MAC_LENGTH, ip_length);
    return sao_ipsec_unprotect(&pair->sa[OUTBOUND], 0, packet, &ip_length, &result) ==
               NDIS_STATUS_SUCCESS &&
           is_inner(packet, ip_length);
}
