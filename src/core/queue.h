// SPDX-License-Identifier: BSD-2-Clause
/* queue.h: requests in the order in which they are to run; one is in at most one queue. */
#ifndef SAO_CORE_QUEUE_H
#define SAO_CORE_QUEUE_H

#include <saoffload/request.h>

static inline void sao_queue_append(sao_request_queue *queue, sao_request *request)
{
    request->state.queue = queue;
    request->state.queue_next = NULL;
    request->state.queue_previous = queue->last;
    if (queue->last != NULL)
        queue->last->state.queue_next = request;
    else
        queue->first = request;
    queue->last = request;
}

/* Takes the request out of the queue that it is in. */
static inline void sao_queue_remove(sao_request *request)
{
    sao_request_queue *queue = request->state.queue;

    if (request->state.queue_previous != NULL)
        request->state.queue_previous->state.queue_next = request->state.queue_next;
    else
        queue->first = request->state.queue_next;
    if (request->state.queue_next != NULL)
        request->state.queue_next->state.queue_previous = request->state.queue_previous;
    else
        queue->last = request->state.queue_previous;
    request->state.queue = NULL;
}

/* The first of the queue, taken out; NULL if there is none. */
static inline sao_request *sao_queue_take(sao_request_queue *queue)
{
    sao_request *request = queue->first;

    if (request != NULL)
        sao_queue_remove(request);
    return request;
}

#endif /* SAO_CORE_QUEUE_H */
