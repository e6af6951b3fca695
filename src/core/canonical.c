// SPDX-License-Identifier: BSD-2-Clause
/* canonical.c: numbers, bytes and names of a canonical form; what they say is the modules'. */
#include <saoffload/canonical.h>

void sao_canonical_init(sao_canonical *writer, void *bytes, size_t capacity, sao_name *names,
                        uint32_t name_capacity)
{
    SAO_MEMSET(writer, 0, sizeof *writer);
    writer->bytes = (uint8_t *)bytes;
    writer->capacity = capacity;
    writer->names = names;
    writer->name_capacity = name_capacity;
}

NDIS_STATUS sao_canonical_finish(const sao_canonical *writer)
{
    if (writer->name_count > writer->name_capacity)
        return NDIS_STATUS_RESOURCES;
    return writer->length > writer->capacity ? NDIS_STATUS_BUFFER_TOO_SHORT : NDIS_STATUS_SUCCESS;
}

static void put(sao_canonical *writer, uint8_t byte)
{
    if (writer->length < writer->capacity)
        writer->bytes[writer->length] = byte;
    writer->length++;
}

/* Seven bits a byte, lowest first; the top bit says that more follow. */
void sao_canonical_number(sao_canonical *writer, uint64_t number)
{
    while (number >= 0x80u) {
        put(writer, (uint8_t)(number | 0x80u));
        number >>= 7;
    }
    put(writer, (uint8_t)number);
}

/* Differences of either sign that are small stay short. */
void sao_canonical_time(sao_canonical *writer, uint64_t time)
{
    uint64_t difference = time - writer->now;
    uint64_t sign = (difference >> 63) != 0 ? UINT64_MAX : 0;

    sao_canonical_number(writer, (difference << 1) ^ sign);
}

void sao_canonical_bytes(sao_canonical *writer, const void *bytes, size_t length)
{
    const uint8_t *byte = (const uint8_t *)bytes;

    sao_canonical_number(writer, length);
    for (size_t i = 0; i < length; i++)
        put(writer, byte[i]);
}

/* ---- names ----------------------------------------------------------------------------- */

static bool name_is(const sao_name *name, const sao_name *other)
{
    if (name->kind != other->kind || name->length != other->length)
        return false;
    if (name->kind != SAO_NAME_KEY)
        return name->value == other->value && name->owner == other->owner;
    return SAO_MEMCMP((const void *)(uintptr_t)name->value, (const void *)(uintptr_t)other->value,
                      name->length) == 0;
}

static uint32_t find(const sao_canonical *writer, const sao_name *name)
{
    for (uint32_t i = 0; i < writer->name_count && i < writer->name_capacity; i++)
        if (name_is(&writer->names[i], name))
            return i + 1u;
    return 0;
}

/* Without room for a new name the form is worth nothing: `finish` says so. */
static void put_name(sao_canonical *writer, const sao_name *name)
{
    uint32_t number = find(writer, name);

    if (number == 0) {
        if (writer->name_count < writer->name_capacity)
            writer->names[writer->name_count] = *name;
        if (writer->name_count <= writer->name_capacity)
            writer->name_count++;
        number = writer->name_count;
    }
    sao_canonical_number(writer, number);
}

static sao_name make_name(sao_name_kind kind, const void *owner, uint64_t value, size_t length)
{
    sao_name name;

    name.value = value;
    name.owner = owner;
    name.length = (uint32_t)length;
    name.kind = (uint32_t)kind;
    return name;
}

void sao_canonical_name(sao_canonical *writer, sao_name_kind kind, const void *owner,
                        uint64_t value)
{
    sao_name name = make_name(kind, owner, value, 0);

    if (value == 0)
        sao_canonical_number(writer, 0);
    else
        put_name(writer, &name);
}

void sao_canonical_key(sao_canonical *writer, const uint8_t *key, size_t length)
{
    sao_name name = make_name(SAO_NAME_KEY, NULL, (uint64_t)(uintptr_t)key, length);

    if (length == 0)
        sao_canonical_number(writer, 0);
    else
        put_name(writer, &name);
}

uint32_t sao_canonical_find(const sao_canonical *writer, sao_name_kind kind, const void *owner,
                            uint64_t value)
{
    sao_name name = make_name(kind, owner, value, 0);

    return find(writer, &name);
}
