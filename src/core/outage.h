// SPDX-License-Identifier: BSD-2-Clause
/*
 * outage.h: the hardware's service is interrupted: reset, sleep, wake, surprise removal, shutdown.
 *
 * All five are the same few stages, in the same order, some left out (outage.c).
 */
#ifndef SAO_CORE_OUTAGE_H
#define SAO_CORE_OUTAGE_H

#include "core/engine.h"

/* Begins; one that is under way is over by that, with HARD_ERRORS. */
void sao_outage_begin(sao_adapter *adapter, sao_life_event event);

/* Takes a step; false if there is none to take now. The lock is held, and let go in between. */
bool sao_outage_step(sao_adapter *adapter);

/* True if sao_outage_step has something to do, false also if it waits for something. */
bool sao_outage_ready(const sao_adapter *adapter);

/* True while it waits for packets. */
bool sao_outage_draining(const sao_adapter *adapter);

/* The hardware has answered: its part in the event, or the add of a bundle that it had lost. */
void sao_outage_answered(sao_adapter *adapter, NDIS_STATUS status);
void sao_outage_restored(sao_adapter *adapter, sao_record *record, NDIS_STATUS status);

/* A request is leaving the list of all requests. */
void sao_outage_request_gone(sao_adapter *adapter, const sao_request *request);

/* An event of life has come to its end (adapter_life.c). */
void sao_life_finish(sao_adapter *adapter, sao_life_event event, NDIS_STATUS outcome);

/* The hardware has answered to initialize or restart (adapter_life.c). */
void sao_life_answered(sao_adapter *adapter, sao_life_event event, NDIS_STATUS status);

/* Ends a pause when nothing keeps it any more; tells the host of all that is over. With the lock,
 * which is let go for each call. */
void sao_life_settle(sao_adapter *adapter);

/* True if something is over that the host has yet to be told of: it came to its end while the lock
 * was let go to tell of another. */
static inline bool sao_life_untold(const sao_adapter *adapter)
{
    return (adapter->life.owed & adapter->life.over) != 0;
}

#endif /* SAO_CORE_OUTAGE_H */
