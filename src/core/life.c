// SPDX-License-Identifier: BSD-2-Clause
/* life.c: which event of an adapter's life is valid in which state, as a table (PNP-1). */
#include <saoffload/life.h>

/* An event that changes no operational state (PNP-3). */
#define STAYS(event, state, since)                                                                 \
    {                                                                                              \
        event, state, state, state, state, since                                                   \
    }

static const sao_life_rule life_rules[] = {
    {SAO_LIFE_INITIALIZE, SAO_ADAPTER_HALTED, SAO_ADAPTER_INITIALIZING, SAO_ADAPTER_PAUSED,
     SAO_ADAPTER_HALTED, SAO_PROFILE_NDIS_6_1},
    {SAO_LIFE_RESTART, SAO_ADAPTER_PAUSED, SAO_ADAPTER_RESTARTING, SAO_ADAPTER_RUNNING,
     SAO_ADAPTER_PAUSED, SAO_PROFILE_NDIS_6_1},
    {SAO_LIFE_PAUSE, SAO_ADAPTER_RUNNING, SAO_ADAPTER_PAUSING, SAO_ADAPTER_PAUSED,
     SAO_ADAPTER_PAUSED, SAO_PROFILE_NDIS_6_1}, /* PNP-5 */
    {SAO_LIFE_HALT, SAO_ADAPTER_PAUSED, SAO_ADAPTER_PAUSED, SAO_ADAPTER_HALTED, SAO_ADAPTER_HALTED,
     SAO_PROFILE_NDIS_6_1},

    {SAO_LIFE_SHUTDOWN, SAO_ADAPTER_PAUSED, SAO_ADAPTER_SHUTDOWN, SAO_ADAPTER_SHUTDOWN,
     SAO_ADAPTER_SHUTDOWN, SAO_PROFILE_NDIS_6_1},
    {SAO_LIFE_SHUTDOWN, SAO_ADAPTER_RESTARTING, SAO_ADAPTER_SHUTDOWN, SAO_ADAPTER_SHUTDOWN,
     SAO_ADAPTER_SHUTDOWN, SAO_PROFILE_NDIS_6_1},
    {SAO_LIFE_SHUTDOWN, SAO_ADAPTER_RUNNING, SAO_ADAPTER_SHUTDOWN, SAO_ADAPTER_SHUTDOWN,
     SAO_ADAPTER_SHUTDOWN, SAO_PROFILE_NDIS_6_1},
    {SAO_LIFE_SHUTDOWN, SAO_ADAPTER_PAUSING, SAO_ADAPTER_SHUTDOWN, SAO_ADAPTER_SHUTDOWN,
     SAO_ADAPTER_SHUTDOWN, SAO_PROFILE_NDIS_6_1},

    STAYS(SAO_LIFE_RESET, SAO_ADAPTER_PAUSED, SAO_PROFILE_NDIS_6_1),
    STAYS(SAO_LIFE_RESET, SAO_ADAPTER_RESTARTING, SAO_PROFILE_NDIS_6_1),
    STAYS(SAO_LIFE_RESET, SAO_ADAPTER_RUNNING, SAO_PROFILE_NDIS_6_1),
    STAYS(SAO_LIFE_RESET, SAO_ADAPTER_PAUSING, SAO_PROFILE_NDIS_6_1),

    STAYS(SAO_LIFE_SLEEP, SAO_ADAPTER_PAUSED, SAO_PROFILE_NDIS_6_1),
    STAYS(SAO_LIFE_SLEEP, SAO_ADAPTER_RUNNING, SAO_PROFILE_NDIS_6_30), /* PWR-1 */
    /* A pause is possible while asleep, so the way back may begin in another state. */
    STAYS(SAO_LIFE_WAKE, SAO_ADAPTER_PAUSED, SAO_PROFILE_NDIS_6_1),
    STAYS(SAO_LIFE_WAKE, SAO_ADAPTER_RUNNING, SAO_PROFILE_NDIS_6_30),
    STAYS(SAO_LIFE_WAKE, SAO_ADAPTER_PAUSING, SAO_PROFILE_NDIS_6_30),

    STAYS(SAO_LIFE_REMOVE, SAO_ADAPTER_PAUSED, SAO_PROFILE_NDIS_6_1),
    STAYS(SAO_LIFE_REMOVE, SAO_ADAPTER_RESTARTING, SAO_PROFILE_NDIS_6_1),
    STAYS(SAO_LIFE_REMOVE, SAO_ADAPTER_RUNNING, SAO_PROFILE_NDIS_6_1),
    STAYS(SAO_LIFE_REMOVE, SAO_ADAPTER_PAUSING, SAO_PROFILE_NDIS_6_1),
};

const sao_life_rule *sao_life_rule_at(uint32_t index)
{
    return index < sizeof life_rules / sizeof life_rules[0] ? &life_rules[index] : NULL;
}

const sao_life_rule *sao_life_rule_find(sao_life_event event, sao_adapter_state from,
                                        sao_profile profile)
{
    const sao_life_rule *rule;

    for (uint32_t i = 0; (rule = sao_life_rule_at(i)) != NULL; i++)
        if (rule->event == event && rule->from == from && profile >= rule->since)
            return rule;
    return NULL;
}

const char *sao_adapter_state_name(sao_adapter_state state)
{
    switch (state) {
    case SAO_ADAPTER_HALTED:
        return "Halted";
    case SAO_ADAPTER_INITIALIZING:
        return "Initializing";
    case SAO_ADAPTER_PAUSED:
        return "Paused";
    case SAO_ADAPTER_RESTARTING:
        return "Restarting";
    case SAO_ADAPTER_RUNNING:
        return "Running";
    case SAO_ADAPTER_PAUSING:
        return "Pausing";
    case SAO_ADAPTER_SHUTDOWN:
        return "Shutdown";
    }
    return "Unknown";
}

const char *sao_life_event_name(sao_life_event event)
{
    switch (event) {
    case SAO_LIFE_INITIALIZE:
        return "initialize";
    case SAO_LIFE_RESTART:
        return "restart";
    case SAO_LIFE_PAUSE:
        return "pause";
    case SAO_LIFE_HALT:
        return "halt";
    case SAO_LIFE_SHUTDOWN:
        return "shutdown";
    case SAO_LIFE_RESET:
        return "reset";
    case SAO_LIFE_SLEEP:
        return "sleep";
    case SAO_LIFE_WAKE:
        return "wake";
    case SAO_LIFE_REMOVE:
        return "remove";
    }
    return "unknown";
}
