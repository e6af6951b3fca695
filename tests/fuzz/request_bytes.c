// SPDX-License-Identifier: BSD-2-Clause
/* request_bytes.c: see request_bytes.h. */
#include "request_bytes.h"

#include <string.h>

#include <saoffload/algorithm.h>

#define ELEMENTS_MAX 3u
#define KEYS_LENGTH (4u * SAO_KEY_MAX)
#define RAW_MAX 64u

/* Room for an element of any kind, its keys behind it. */
typedef union element {
    IPSEC_OFFLOAD_V2_ADD_SA add;
    IPSEC_OFFLOAD_V2_ADD_SA_EX add_ex;
    IPSEC_OFFLOAD_V2_DELETE_SA remove;
    IPSEC_OFFLOAD_V2_UPDATE_SA update;
    NDIS_OFFLOAD_PARAMETERS parameters;
    NDIS_OFFLOAD_ENCAPSULATION encapsulation;
    uint8_t bytes[sizeof(IPSEC_OFFLOAD_V2_ADD_SA_EX) + KEYS_LENGTH];
} element;

/* What a request is made with. */
typedef struct maker {
    fuzz_input *in;
    const NDIS_HANDLE *handles;
    uint32_t handle_count;
} maker;

static NDIS_HANDLE choose_handle(const maker *from)
{
    const uint8_t choice = fuzz_byte(from->in);
    const NDIS_HANDLE handle = from->handles[choice % from->handle_count];

    return choice < 0xF0 ? handle : (NDIS_HANDLE)((uintptr_t)handle ^ choice);
}

static NDIS_OBJECT_HEADER header(uint8_t type, size_t size)
{
    const NDIS_OBJECT_HEADER made = {type, 1, (USHORT)size};

    return made;
}

/* ---- bundles --------------------------------------------------------------------------- */

/* Each algorithm has a key of its own place, all alike. */
static IPSEC_OFFLOAD_V2_ALGORITHM_INFO algorithm(uint32_t identifier, const sao_algorithm *facts,
                                                 uint32_t place)
{
    IPSEC_OFFLOAD_V2_ALGORITHM_INFO info = {.Identifier = identifier};

    if (identifier == 0)
        return info;
    info.KeyOffsetBytes = place * SAO_KEY_MAX;
    info.KeyLength = facts != NULL ? facts->key_length : 0;
    info.AdditionalInfo = facts != NULL && facts->combined ? facts->icv_length : 0;
    return info;
}

static void fill_sa(const maker *from, IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION *sa, bool ah,
                    uint32_t place)
{
    const uint8_t choice = fuzz_byte(from->in);
    const uint32_t encryption = ah || (choice & 15) > 8 ? 0 : 1u << (choice & 15);
    const uint32_t authentication = (choice >> 4) > 5 ? 0 : 1u << (choice >> 4);
    const uint8_t more = fuzz_byte(from->in);

    sa->Flags = more & IPSEC_OFFLOAD_V2_ESN_SA;
    sa->Operation = ah ? IPsecOffloadV2Ah : IPsecOffloadV2Esp;
    sa->Spi = fuzz_byte(from->in);
    sa->EncryptionAlgorithm = algorithm(encryption, sao_encryption_algorithm(encryption), place);
    sa->AuthenticationAlgorithm =
        algorithm(authentication, sao_authentication_algorithm(authentication), place + 1);
    if (more >= 0x80) /* perhaps beyond the keys */
        sa->AuthenticationAlgorithm.KeyOffsetBytes = more;
}

/* What both ADDs have alike. Returns how many SAs there are. */
static ULONG fill_sas(const maker *from, uint8_t form, IPSEC_OFFLOAD_V2_SECURITY_ASSOCIATION sa[2])
{
    const bool both = (form & 3) == 3;

    fill_sa(from, &sa[0], (form & 3) == 2, 0);
    if (both)
        fill_sa(from, &sa[1], true, 2);
    return both ? 2 : 1;
}

static ULONG flags_of(uint8_t form)
{
    return ((form & 4) != 0 ? IPSEC_OFFLOAD_V2_INBOUND : 0u) |
           ((form & 8) != 0 ? IPSEC_OFFLOAD_V2_IPv6 : 0u);
}

/* Addresses so few that there are pairs, and wildcards (ADD-9). */
static void fill_address(uint8_t *at, uint8_t choice)
{
    at[0] = choice & 3u;
}

static size_t fill_add(const maker *from, element *e)
{
    const uint8_t form = fuzz_byte(from->in), ends = fuzz_byte(from->in);
    IPSEC_OFFLOAD_V2_ADD_SA *add = &e->add;

    add->Header = header(NDIS_OBJECT_TYPE_DEFAULT, SAO_SIZEOF_ADD_SA_REVISION_1);
    add->Flags = flags_of(form);
    add->UdpEspEncapsulation = (form & 16) != 0 ? 1u << (form >> 6) : 0;
    add->NumExtHdrs = fill_sas(from, form, add->SecAssoc);
    add->KeyLength = KEYS_LENGTH;
    fill_address((uint8_t *)&add->IPv4Endpoints.SrcAddr, ends);
    fill_address((form & 8) != 0 ? add->IPv6Endpoints.DestAddr
                                 : (uint8_t *)&add->IPv4Endpoints.DestAddr,
                 ends >> 2);
    memset(add->KeyData, REQUEST_KEY_BYTE, KEYS_LENGTH);
    return (offsetof(IPSEC_OFFLOAD_V2_ADD_SA, KeyData) + KEYS_LENGTH + 7u) & ~(size_t)7;
}

static size_t fill_add_ex(const maker *from, element *e)
{
    const uint8_t form = fuzz_byte(from->in), ends = fuzz_byte(from->in);
    IPSEC_OFFLOAD_V2_ADD_SA_EX *add = &e->add_ex;

    add->Header = header(NDIS_OBJECT_TYPE_DEFAULT, SAO_SIZEOF_ADD_SA_EX_REVISION_1);
    add->Flags = flags_of(form);
    add->UdpEspEncapsulation = (form & 16) != 0 ? 1u << (form >> 6) : 0;
    add->NumExtHdrs = fill_sas(from, form, add->SecAssoc);
    add->KeyLength = KEYS_LENGTH;
    add->KeyOffset = sizeof *add;
    fill_address((uint8_t *)&add->IPv4Endpoints.SrcAddr, ends);
    fill_address((form & 8) != 0 ? add->IPv6Endpoints.DestAddr
                                 : (uint8_t *)&add->IPv4Endpoints.DestAddr,
                 ends >> 2);
    memset(e->bytes + sizeof *add, REQUEST_KEY_BYTE, KEYS_LENGTH);
    return sizeof *add + KEYS_LENGTH;
}

/* ---- the others ------------------------------------------------------------------------ */

static size_t fill_delete(const maker *from, element *e)
{
    e->remove.Header = header(NDIS_OBJECT_TYPE_DEFAULT, SAO_SIZEOF_DELETE_SA_REVISION_1);
    e->remove.OffloadHandle = choose_handle(from);
    return sizeof e->remove;
}

static size_t fill_update(const maker *from, element *e)
{
    e->update.Header = header(NDIS_OBJECT_TYPE_DEFAULT, SAO_SIZEOF_UPDATE_SA_REVISION_1);
    e->update.OffloadHandle = choose_handle(from);
    e->update.Operation = (fuzz_byte(from->in) & 1) != 0 ? IPsecOffloadV2Ah : IPsecOffloadV2Esp;
    e->update.Spi = fuzz_byte(from->in);
    e->update.SequenceNumberHighOrder = fuzz_byte(from->in);
    return sizeof e->update;
}

static size_t fill_parameters(const maker *from, element *e)
{
    e->parameters.Header =
        header(NDIS_OBJECT_TYPE_DEFAULT, SAO_SIZEOF_OFFLOAD_PARAMETERS_REVISION_2);
    e->parameters.Header.Revision = 2;
    e->parameters.IPsecV2 = fuzz_byte(from->in) % 6u;
    e->parameters.IPsecV2IPv4 = fuzz_byte(from->in) % 6u;
    return sizeof e->parameters;
}

static size_t fill_encapsulation(const maker *from, element *e)
{
    e->encapsulation.Header =
        header(NDIS_OBJECT_TYPE_OFFLOAD_ENCAPSULATION, SAO_SIZEOF_OFFLOAD_ENCAPSULATION_REVISION_1);
    e->encapsulation.IPv4.Enabled = fuzz_byte(from->in) % 4u;
    e->encapsulation.IPv4.EncapsulationType = fuzz_byte(from->in);
    e->encapsulation.IPv6.Enabled = fuzz_byte(from->in) % 4u;
    e->encapsulation.IPv6.EncapsulationType = fuzz_byte(from->in);
    return sizeof e->encapsulation;
}

/* ---- all of it ------------------------------------------------------------------------- */

/* Next is at the same place in both kinds that have it. */
#define NEXT_AT offsetof(IPSEC_OFFLOAD_V2_ADD_SA, Next)

static const struct {
    size_t (*fill)(const maker *from, element *e);
    NDIS_OID oid;
    bool list;
} kinds[] = {
    {fill_add, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, true},
    {fill_add_ex, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX, false},
    {fill_delete, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, true},
    {fill_update, OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA, false},
    {fill_parameters, OID_TCP_OFFLOAD_PARAMETERS, false},
    {fill_encapsulation, OID_OFFLOAD_ENCAPSULATION, false},
};
#define KINDS (sizeof kinds / sizeof kinds[0])

/* Links each element to the next, the last to nothing; or one of them to anywhere. */
static void link_elements(fuzz_input *in, uint8_t *bytes, size_t length, const size_t *at,
                          uint32_t count)
{
    const uint8_t choice = fuzz_byte(in);

    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *next = i + 1 < count ? bytes + at[i + 1] : NULL;

        if ((choice & 0x80) != 0 && choice % count == i)
            next = bytes + fuzz_byte(in) * (size_t)4;
        if (at[i] + NEXT_AT + sizeof next <= length)
            memcpy(bytes + at[i] + NEXT_AT, &next, sizeof next);
    }
}

static void make_raw(request_bytes *made, fuzz_input *in, NDIS_OID oid)
{
    uint8_t bytes[RAW_MAX];
    size_t length = fuzz_take(in, bytes, fuzz_byte(in) % RAW_MAX);

    made->oid = oid;
    made->bytes = fuzz_copy(bytes, length);
    made->length = (ULONG)length;
}

void request_bytes_make(request_bytes *made, fuzz_input *in, const NDIS_HANDLE *handles,
                        uint32_t handle_count)
{
    const maker from = {in, handles, handle_count};
    const uint8_t choice = fuzz_byte(in);
    const uint32_t kind = choice % KINDS, count = kinds[kind].list ? 1u + (choice >> 4) % 3u : 1u;
    uint8_t bytes[ELEMENTS_MAX * sizeof(element)];
    size_t at[ELEMENTS_MAX], length = 0;
    uint8_t cut;

    if (choice >= 0xF0) {
        make_raw(made, in, choice == 0xFF ? fuzz_word(in) : kinds[kind].oid);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        element e;
        size_t size;

        memset(&e, 0, sizeof e);
        size = kinds[kind].fill(&from, &e);
        at[i] = length;
        memcpy(bytes + length, e.bytes, size);
        length += size;
    }
    (void)fuzz_edit(in, bytes, length);
    cut = fuzz_byte(in);
    if (cut >= 0xC0)
        length -= length < cut ? length : cut;
    made->oid = kinds[kind].oid;
    made->bytes = fuzz_copy(bytes, length);
    made->length = (ULONG)length;
    if (kinds[kind].list)
        link_elements(in, made->bytes, length, at, count);
}
