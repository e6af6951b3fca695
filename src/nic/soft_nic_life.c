// SPDX-License-Identifier: BSD-2-Clause
/* soft_nic_life.c: what resets, low power and removal do to the hardware and to its packets. */
#include "nic/soft_nic_private.h"

/* The adapter takes none any more when it calls, so there is an end to them. */
static void finish_sends(sao_soft_nic *nic, NDIS_STATUS status)
{
    while (nic->sends.head != NULL)
        sao_nic_refuse(nic, sao_nic_take(&nic->sends), status);
}

/*
 * What was received and processed is indicated first (RX-1). Sends are held below NDIS 6.30, where
 * a miniport may, and completed from there on (RST-5).
 */
static void reset(sao_soft_nic *nic)
{
    sao_nic_indicate_all(nic);
    if (nic->config.profile < SAO_PROFILE_NDIS_6_30)
        nic->holds_sends = true;
    else
        finish_sends(nic, NDIS_STATUS_REQUEST_ABORTED);
    sao_nic_forget_all(nic);
}

static void fall_asleep(sao_soft_nic *nic)
{
    sao_nic_indicate_all(nic);
    finish_sends(nic, NDIS_STATUS_LOW_POWER_STATE);
    sao_nic_forget_all(nic);
}

NDIS_STATUS sao_nic_hardware_life(void *backend, sao_life_event event, sao_ticket ticket)
{
    sao_soft_nic *nic = backend;
    const sao_soft_nic_config *config = &nic->config;

    switch (event) {
    case SAO_LIFE_RESTART:
        return sao_nic_answer_after(nic, SAO_NIC_RESTART_ANSWERS, config->restart_latency, ticket,
                                    NDIS_STATUS_SUCCESS);
    case SAO_LIFE_RESET:
        reset(nic);
        return sao_nic_answer_after(nic, SAO_NIC_RESET_ANSWERS, config->reset_latency, ticket,
                                    config->reset_status);
    case SAO_LIFE_SLEEP:
        fall_asleep(nic);
        return sao_nic_answer_after(nic, SAO_NIC_POWER_ANSWERS, config->power_latency, ticket,
                                    NDIS_STATUS_SUCCESS);
    case SAO_LIFE_WAKE:
        return sao_nic_answer_after(nic, SAO_NIC_POWER_ANSWERS, config->power_latency, ticket,
                                    NDIS_STATUS_SUCCESS);
    default:
        return NDIS_STATUS_SUCCESS;
    }
}

/*
 * The bundles are back, or not. A send whose bundle is not can only fail, and then those behind it
 * do not go either: they would overtake it when it is sent anew.
 */
static void let_sends_go(sao_soft_nic *nic)
{
    sao_nic_packet_queue held = nic->sends;

    nic->sends.head = NULL;
    nic->holds_sends = false;
    while (held.head != NULL && !sao_nic_is_hopeless(nic, held.head))
        sao_nic_append(&nic->sends, sao_nic_take(&held));
    while (held.head != NULL) {
        sao_packet *packet = sao_nic_take(&held);
        const bool hopeless = sao_nic_is_hopeless(nic, packet);

        sao_nic_refuse(nic, packet, hopeless ? NDIS_STATUS_FAILURE : NDIS_STATUS_REQUEST_ABORTED);
    }
}

void sao_nic_life_over(sao_soft_nic *nic, sao_life_event event)
{
    if (event == SAO_LIFE_RESET && nic->holds_sends)
        let_sends_go(nic);
}

/* The adapter does not ask the hardware, which is gone. */
static void remove_by_surprise(sao_soft_nic *nic)
{
    sao_nic_indicate_all(nic);
    finish_sends(nic, NDIS_STATUS_NOT_ACCEPTED);
    nic->holds_sends = false;
}

NDIS_STATUS sao_nic_life(void *miniport, sao_life_event event)
{
    sao_soft_nic *nic = miniport;
    NDIS_STATUS status;

    if (event == SAO_LIFE_RESTART && !sao_nic_is_bound(nic))
        return NDIS_STATUS_INVALID_STATE;
    status = sao_adapter_life(nic->adapter, event);
    if (status == NDIS_STATUS_INVALID_STATE || status == NDIS_STATUS_RESET_IN_PROGRESS)
        return status; /* it has not begun */
    if (event == SAO_LIFE_REMOVE)
        remove_by_surprise(nic);
    if (status != NDIS_STATUS_PENDING)
        sao_nic_life_over(nic, event);
    return status;
}
