// SPDX-License-Identifier: BSD-2-Clause
/*
 * backend.h: what the adapter asks of the hardware. A driver author writes one of these.
 *
 * An operation answers at once, with any status but NDIS_STATUS_PENDING, or answers
 * NDIS_STATUS_PENDING and later calls sao_adapter_backend_done with its ticket, once, in any
 * order and from any thread, even before the operation has returned. The adapter calls no operation
 * while it holds its lock, so a backend may call back into the adapter. Once it has answered a
 * remove, or refused an add, the bundle is not its to read any more.
 */
#ifndef SAOFFLOAD_BACKEND_H
#define SAOFFLOAD_BACKEND_H

#include <saoffload/bundle.h>
#include <saoffload/life.h>
#include <saoffload/ndis.h>

SAO_EXTERN_C_BEGIN

/* Names one call of a backend operation, for its later answer. */
typedef struct sao_ticket {
    uint32_t index;  /* of the bundle's slot */
    uint32_t serial; /* of the call; 0: no later answer is waited for */
} sao_ticket;

/* False for an operation that nobody waits for (remove): it has to be done when it returns. */
static inline bool sao_ticket_expects_answer(sao_ticket ticket)
{
    return ticket.serial != 0;
}

/* What the hardware can be asked to do. */
typedef struct sao_backend_ops {
    size_t size; /* sizeof(sao_backend_ops) */

    /*
     * Required. Gives the bundle to the hardware. The bundle and its keys stay readable, at the
     * same place, until `remove` has answered; `*bundle_context`, to
     * be written before the answer, is bundle->backend_context. An error refuses this bundle alone:
     * RESOURCES for no room, NOT_SUPPORTED for an algorithm the hardware lost (ADD-4), FAILURE for
     * the rest. Called again for a bundle that lived on when the hardware lost it (`life`): handle
     * and index are the same, bundle->sa[].sequence_high is of now (UPD-1), `*bundle_context` is
     * what it was. Packets that came before may still be in flight under it and read that context:
     * it has to stay theirs. IVs must go on where they were (TX-3).
     */
    NDIS_STATUS(*add)
    (void *backend, const sao_bundle *bundle, void **bundle_context, sao_ticket ticket);

    /*
     * Required. Takes the bundle out of the hardware, which must forget its keys. No packet
     * uses the bundle any more. The point of no return (DEL-9): whatever the answer, the bundle
     * is gone when it comes (DEL-10). Must not need memory. Not called for a bundle that the
     * hardware does not have, since it refused it or lost it.
     * A ticket with serial 0 is that of a halt, a shutdown or a surprise removal: then the bundle
     * is gone when this returns, no later answer is waited for, and the hardware may not have
     * answered the bundle's add yet. A remove that has not answered by then is not called again:
     * that bundle is gone as well.
     */
    NDIS_STATUS (*remove)(void *backend, const sao_bundle *bundle, sao_ticket ticket);

    /*
     * Optional; NULL answers SUCCESS, for hardware that takes the high half from sao_flight.
     * A new high half of the sequence number of bundle->sa[sa] (UPD-1), host byte order.
     */
    NDIS_STATUS(*update)
    (void *backend, const sao_bundle *bundle, uint32_t sa, uint32_t sequence_high,
     sao_ticket ticket);

    /*
     * Optional; NULL never wishes. Asked after each received packet of an inbound bundle was
     * processed and found good, `length` bytes long, while no DELETE has unlinked the bundle:
     * should the indication carry SaDeleteReq (DEL-2)?
     * Called on the receive path, without the lock.
     */
    bool (*wants_delete)(void *backend, const sao_bundle *bundle, uint32_t length);

    /*
     * Optional; NULL answers SUCCESS. The hardware's part in the adapter's life (life.h):
     *
     * SAO_LIFE_INITIALIZE   come up, holding no bundle. An error leaves the adapter Halted.
     * SAO_LIFE_RESTART      be ready for packets. An error leaves the adapter Paused.
     * SAO_LIFE_RESET        begin anew and forget every bundle. Sends that the hardware holds are
     *                       to be completed with REQUEST_ABORTED before the answer; below NDIS 6.30
     *                       they may be held, and go out after the reset (RST-5). SUCCESS and
     *                       SOFT_ERRORS: the bundles are added again, one by one, before the
     *                       reset completes (RST-3). HARD_ERRORS, or any other: none is.
     * SAO_LIFE_SLEEP        forget every bundle; sends complete with LOW_POWER_STATE (PWR-1).
     *                       Whatever the answer, the adapter sleeps.
     * SAO_LIFE_WAKE         come back; the bundles are added again. On an error none is.
     *
     * While RESET, SLEEP or WAKE is under way no add, update or ordinary remove is; a RESTART may
     * meet a RESET, and a shutdown or removal overtakes all three. Operations on bundles that
     * have not answered when RESET or SLEEP answers are over: their later answers are absorbed.
     * What the hardware forgets is not removed first, so a bundle's context is the backend's to
     * clear, or to keep for the next add.
     */
    NDIS_STATUS (*life)(void *backend, sao_life_event event, sao_ticket ticket);
} sao_backend_ops;

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_BACKEND_H */
