// SPDX-License-Identifier: BSD-2-Clause
/*
 * list.h: the walker of ADD_SA and DELETE_SA lists, and of what comes alone (a list of one).
 *
 * Everything in a request is hostile until checked. The walker reads one element at a time,
 * checks it (alignment, object header, size, bounds) before anything is believed, reads Next
 * before the element is handed out, and finds a cycle in constant memory and linear time. It
 * writes nothing and calls nothing; stopping half-way costs nothing. A driver may take this
 * module alone.
 */
#ifndef SAOFFLOAD_LIST_H
#define SAOFFLOAD_LIST_H

#include <saoffload/ndis.h>
#include <saoffload/platform.h>

SAO_EXTERN_C_BEGIN

/* What one kind of element looks like. */
typedef struct sao_list_kind {
    uint16_t revision_size; /* bytes that revision 1 runs through (REV-1) */
    uint16_t next_offset;   /* of Next; SAO_LIST_SINGLE where there is none */
    uint8_t object_type;    /* NDIS_OBJECT_TYPE_... that the header has to state */
    uint8_t alignment;      /* bytes, a power of two: a ULONG's, or a pointer's if it has one */
} sao_list_kind;

/* sao_list_kind.next_offset of an element that has no Next. */
#define SAO_LIST_SINGLE 0xFFFFu

/* The four kinds that there are, by the structure that is the element. */
extern const sao_list_kind sao_list_add_sa;
extern const sao_list_kind sao_list_add_sa_ex;
extern const sao_list_kind sao_list_delete_sa;
extern const sao_list_kind sao_list_update_sa;
extern const sao_list_kind sao_list_offload_parameters;
extern const sao_list_kind sao_list_offload_encapsulation;

/* A walk through a list; treat as opaque. sao_list_start begins one. */
typedef struct sao_list {
    const sao_list_kind *kind;
    const uint8_t *buffer;
    size_t buffer_length;
    const uint8_t *next;     /* the element to read; NULL at the end */
    const uint8_t *landmark; /* cycle search (Brent): an element already seen */
    uint32_t seen;           /* elements handed out */
    uint32_t next_landmark;  /* move the landmark when `seen` gets here */
    bool strict;             /* every element inside the buffer, not only the first (OID-7) */
} sao_list;

/*
 * Starts at the head of the list in `buffer`, `buffer_length` bytes that stay the caller's.
 * Reads nothing yet.
 */
void sao_list_start(sao_list *list, const sao_list_kind *kind, const void *buffer,
                    size_t buffer_length, bool strict);

/*
 * Hands out the next element, or NULL at the end of the list.
 *
 * Returns NDIS_STATUS_SUCCESS, or what is wrong with the element, and the list stays where it
 * is: NDIS_STATUS_BUFFER_TOO_SHORT (the buffer ends before the head's revision does),
 * NDIS_STATUS_INVALID_LENGTH (Header.Size of the head is larger than the buffer),
 * NDIS_STATUS_INVALID_DATA (no buffer, misaligned, wrong type, revision 0, a size below the
 * revision's, an element outside the buffer in strict mode, a cycle).
 */
NDIS_STATUS sao_list_next(sao_list *list, const void **element) SAO_MUST_CHECK;

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_LIST_H */
