// SPDX-License-Identifier: BSD-2-Clause
#include <saoffload/list.h>

const sao_list_kind sao_list_add_sa = {SAO_SIZEOF_ADD_SA_REVISION_1,
                                       offsetof(IPSEC_OFFLOAD_V2_ADD_SA, Next),
                                       NDIS_OBJECT_TYPE_DEFAULT, sizeof(void *)};
const sao_list_kind sao_list_add_sa_ex = {SAO_SIZEOF_ADD_SA_EX_REVISION_1, SAO_LIST_SINGLE,
                                          NDIS_OBJECT_TYPE_DEFAULT, sizeof(void *)};
const sao_list_kind sao_list_delete_sa = {SAO_SIZEOF_DELETE_SA_REVISION_1,
                                          offsetof(IPSEC_OFFLOAD_V2_DELETE_SA, Next),
                                          NDIS_OBJECT_TYPE_DEFAULT, sizeof(void *)};
const sao_list_kind sao_list_update_sa = {SAO_SIZEOF_UPDATE_SA_REVISION_1, SAO_LIST_SINGLE,
                                          NDIS_OBJECT_TYPE_DEFAULT, sizeof(void *)};
const sao_list_kind sao_list_offload_parameters = {SAO_SIZEOF_OFFLOAD_PARAMETERS_REVISION_1,
                                                   SAO_LIST_SINGLE, NDIS_OBJECT_TYPE_DEFAULT,
                                                   sizeof(ULONG)};
const sao_list_kind sao_list_offload_encapsulation = {
    SAO_SIZEOF_OFFLOAD_ENCAPSULATION_REVISION_1, SAO_LIST_SINGLE,
    NDIS_OBJECT_TYPE_OFFLOAD_ENCAPSULATION, sizeof(ULONG)};

void sao_list_start(sao_list *list, const sao_list_kind *kind, const void *buffer,
                    size_t buffer_length, bool strict)
{
    SAO_MEMSET(list, 0, sizeof *list);
    list->kind = kind;
    list->buffer = (const uint8_t *)buffer;
    list->buffer_length = buffer_length;
    list->next = list->buffer;
    list->next_landmark = 1;
    list->strict = strict;
}

/* Address arithmetic in integers: a hostile Next may point anywhere. */
static bool element_inside(const sao_list *list, const uint8_t *element, size_t bytes)
{
    uintptr_t start = (uintptr_t)list->buffer;
    uintptr_t at = (uintptr_t)element;

    return at >= start && at - start <= list->buffer_length &&
           bytes <= list->buffer_length - (at - start);
}

/* May `bytes` at this element be read? Only the head is known to lie in the buffer (OID-7). */
static NDIS_STATUS element_bounds(const sao_list *list, const uint8_t *element, size_t bytes,
                                  NDIS_STATUS head_status)
{
    bool head = element == list->buffer;

    if ((head || list->strict) && !element_inside(list, element, bytes))
        return head ? head_status : NDIS_STATUS_INVALID_DATA;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS check_element(const sao_list *list, const uint8_t *element)
{
    NDIS_OBJECT_HEADER header;
    NDIS_STATUS status;

    if (((uintptr_t)element & (list->kind->alignment - 1u)) != 0)
        return NDIS_STATUS_INVALID_DATA;
    status = element_bounds(list, element, list->kind->revision_size, NDIS_STATUS_BUFFER_TOO_SHORT);
    if (status != NDIS_STATUS_SUCCESS)
        return status;

    SAO_MEMCPY(&header, element, sizeof header);
    if (header.Type != list->kind->object_type || header.Revision == 0 ||
        header.Size < list->kind->revision_size) /* a higher revision reads as 1 (REV-1) */
        return NDIS_STATUS_INVALID_DATA;
    return element_bounds(list, element, header.Size, NDIS_STATUS_INVALID_LENGTH);
}

NDIS_STATUS sao_list_next(sao_list *list, const void **element)
{
    const uint8_t *current = list->next;
    NDIS_STATUS status;

    *element = NULL;
    if (list->buffer == NULL)
        return NDIS_STATUS_INVALID_DATA;
    if (current == NULL)
        return NDIS_STATUS_SUCCESS;
    if (current == list->landmark) /* a cycle */
        return NDIS_STATUS_INVALID_DATA;
    status = check_element(list, current);
    if (status != NDIS_STATUS_SUCCESS)
        return status;

    list->next = NULL;
    if (list->kind->next_offset != SAO_LIST_SINGLE)
        SAO_MEMCPY(&list->next, current + list->kind->next_offset, sizeof list->next);
    list->seen++;
    if (list->seen == list->next_landmark) {
        list->landmark = current;
        list->next_landmark *= 2;
    }
    *element = current;
    return NDIS_STATUS_SUCCESS;
}
