// SPDX-License-Identifier: BSD-2-Clause
/*
 * life.h: the states of a miniport adapter, the events of its life, and which goes with which.
 *
 * The operational states are those of the documentation (PNP-1). Reset, power and surprise removal
 * change none of them (PNP-3): what they need is in the table too. The table is what the adapter
 * itself goes by; tests, charts and checkers of other drivers may read it as well.
 */
#ifndef SAOFFLOAD_LIFE_H
#define SAOFFLOAD_LIFE_H

#include <saoffload/platform.h>

SAO_EXTERN_C_BEGIN

/* Which NDIS the miniport speaks: which ADD it takes (ADD-1), what a reset does with requests and
 * sends (RST-2, RST-5), from where low power is entered (PWR-1). */
typedef enum sao_profile {
    SAO_PROFILE_NDIS_6_1 = 601,
    SAO_PROFILE_NDIS_6_20 = 620,
    SAO_PROFILE_NDIS_6_30 = 630
} sao_profile;

/* Where a miniport's adapter stands. */
typedef enum sao_adapter_state {
    SAO_ADAPTER_HALTED,
    SAO_ADAPTER_INITIALIZING,
    SAO_ADAPTER_PAUSED,
    SAO_ADAPTER_RESTARTING,
    SAO_ADAPTER_RUNNING,
    SAO_ADAPTER_PAUSING,
    SAO_ADAPTER_SHUTDOWN
} sao_adapter_state;

/* How many states there are. */
#define SAO_ADAPTER_STATES 7u

/* The state's name as the documentation writes it, "Running" say. */
const char *sao_adapter_state_name(sao_adapter_state state);

/* What NDIS does with a miniport's adapter. */
typedef enum sao_life_event {
    SAO_LIFE_INITIALIZE,
    SAO_LIFE_RESTART,
    SAO_LIFE_PAUSE,
    SAO_LIFE_HALT,
    SAO_LIFE_SHUTDOWN,
    SAO_LIFE_RESET,
    SAO_LIFE_SLEEP, /* to a low power state, D1 to D3 */
    SAO_LIFE_WAKE,  /* back to D0 */
    SAO_LIFE_REMOVE /* surprise removal: the hardware is gone */
} sao_life_event;

/* How many events there are. */
#define SAO_LIFE_EVENTS 9u

/* The event's name in lower case, "reset" say. */
const char *sao_life_event_name(sao_life_event event);

/* An event that may happen in a state, and the states that it leads through. */
typedef struct sao_life_rule {
    sao_life_event event;     /* what happens */
    sao_adapter_state from;   /* in this state */
    sao_adapter_state during; /* while it is under way */
    sao_adapter_state done;   /* when it has succeeded */
    sao_adapter_state failed; /* when it has not; equal to `done` where it cannot fail */
    sao_profile since;        /* the first profile that allows it */
} sao_life_rule;

/* The whole table; `index` counts from 0, and the end is NULL. */
const sao_life_rule *sao_life_rule_at(uint32_t index);

/* The rule for an event in a state; NULL for a pair that is invalid (PNP-1). */
const sao_life_rule *sao_life_rule_find(sao_life_event event, sao_adapter_state from,
                                        sao_profile profile);

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_LIFE_H */
