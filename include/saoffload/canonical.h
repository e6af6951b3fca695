// SPDX-License-Identifier: BSD-2-Clause
/*
 * canonical.h: a situation as bytes: two that will go on alike are the same bytes.
 *
 * An explorer that comes to a situation it has seen need not go on from there. But the memory of
 * two such situations differs: handles have other generations, bundles lie in other slots,
 * counters have counted. So each module writes its state in a canonical form instead: what can
 * make a difference later is in it, what cannot is left out, and what is a mere name (a handle, a
 * pointer, a key) is replaced by a number that counts names in the order of their appearance.
 * Whoever writes several modules with one writer sees the same name get the same number.
 *
 *     sao_canonical_init(&writer, bytes, sizeof bytes, names, 64);
 *     sao_adapter_canonical(adapter, &writer);
 *     if (sao_canonical_finish(&writer) == NDIS_STATUS_SUCCESS)
 *         seen = look_up(bytes, writer.length);
 *
 * Left out everywhere: statistics, configuration hooks, the bytes of keys (only which keys are
 * equal shows), the time that events carry. Times that matter are written as what is left of them.
 * Nothing is allocated and nothing is changed; the cost grows with the square of what there is, so
 * this is for small worlds. One thread at a time, not from within a callback.
 */
#ifndef SAOFFLOAD_CANONICAL_H
#define SAOFFLOAD_CANONICAL_H

#include <saoffload/backend.h>
#include <saoffload/ndis.h>
#include <saoffload/platform.h>

SAO_EXTERN_C_BEGIN

struct sao_adapter;

/* What a name names. Equal values of different kinds are different names. */
typedef enum sao_name_kind {
    SAO_NAME_POINTER, /* a request, a packet */
    SAO_NAME_HANDLE,  /* an OffloadHandle */
    SAO_NAME_TICKET,  /* an operation of the hardware without an answer */
    SAO_NAME_ID,      /* a RequestId */
    SAO_NAME_KEY      /* a key, by its bytes */
} sao_name_kind;

/* One entry of the table of names. The writer's own. */
typedef struct sao_name {
    uint64_t value;    /* of a key: where its bytes are */
    const void *owner; /* whose name it is; NULL for names that all share */
    uint32_t length;   /* of a key, bytes */
    uint32_t kind;     /* sao_name_kind */
} sao_name;

/* A form that is being written. */
typedef struct sao_canonical {
    uint8_t *bytes;         /* the form */
    size_t capacity;        /* of `bytes` */
    size_t length;          /* of the form so far; beyond `capacity` nothing is written */
    sao_name *names;        /* in order of appearance */
    uint32_t name_capacity; /* of `names` */
    uint32_t name_count;    /* so far; beyond `name_capacity` none is kept */
    uint64_t now;           /* times are written relative to it; 0 at first, to be set after init */
    /*
     * false: bundles have no place, and it does not show in which order something is done to all
     * of them: in a reset, sleep or wake, a removal, a halt. So two situations of one form may go
     * different ways there. true: slots are in the form, those that come next too; fewer situations
     * meet, and those that do agree in everything. An adapter whose elements_per_step is below its
     * capacity always writes as if it were true: how far one step gets depends on the slots. Set
     * after init.
     */
    bool exact;
} sao_canonical;

/*
 * Begins a form in `bytes`. `names` is room for renaming, as many as differ: at most one for each
 * bundle, key, request, pending operation and packet, two for each request that has a RequestId.
 * Both stay the caller's; after the end only `bytes` is needed. Names point to keys while the
 * form is written, and hold none.
 */
void sao_canonical_init(sao_canonical *writer, void *bytes, size_t capacity, sao_name *names,
                        uint32_t name_capacity);

/*
 * The end. NDIS_STATUS_SUCCESS: writer->length bytes are the form.
 * NDIS_STATUS_BUFFER_TOO_SHORT: they do not fit, writer->length says how many they are.
 * NDIS_STATUS_RESOURCES: there are more than name_capacity names.
 */
NDIS_STATUS sao_canonical_finish(const sao_canonical *writer) SAO_MUST_CHECK;

/* ---- for those who write a form -------------------------------------------------------- */

/* Any number; small ones take one byte. */
void sao_canonical_number(sao_canonical *writer, uint64_t number);

/* A time, relative to writer->now. */
void sao_canonical_time(sao_canonical *writer, uint64_t time);

/* `length` bytes, their number first. */
void sao_canonical_bytes(sao_canonical *writer, const void *bytes, size_t length);

/*
 * The number of a name, from 1; the name is new if it has none yet. 0 for the value 0. The same
 * value of two owners is two names.
 */
void sao_canonical_name(sao_canonical *writer, sao_name_kind kind, const void *owner,
                        uint64_t value);

/* The name of a request or a packet. */
static inline void sao_canonical_pointer(sao_canonical *writer, const void *pointer)
{
    sao_canonical_name(writer, SAO_NAME_POINTER, NULL, (uint64_t)(uintptr_t)pointer);
}

/* The name of a bundle. Adapters that meet differ in their tags, and so do their handles. */
static inline void sao_canonical_handle(sao_canonical *writer, NDIS_HANDLE handle)
{
    sao_canonical_name(writer, SAO_NAME_HANDLE, NULL, (uint64_t)(uintptr_t)handle);
}

/* An operation that this adapter waits for; 0 for a ticket that nothing waits for. */
static inline void sao_canonical_ticket(sao_canonical *writer, const struct sao_adapter *adapter,
                                        sao_ticket ticket)
{
    uint64_t value = (uint64_t)ticket.index << 32 | ticket.serial;

    sao_canonical_name(writer, SAO_NAME_TICKET, adapter, ticket.serial != 0 ? value : 0);
}

/* A key: which keys have the same bytes shows, the bytes do not. They stay until the end. */
void sao_canonical_key(sao_canonical *writer, const uint8_t *key, size_t length);

/* The number that a name has got; 0 if none. */
uint32_t sao_canonical_find(const sao_canonical *writer, sao_name_kind kind, const void *owner,
                            uint64_t value);

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_CANONICAL_H */
