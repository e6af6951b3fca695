// SPDX-License-Identifier: BSD-2-Clause
/*
 * main.c: three lives of a miniport in each profile, to halt, to shutdown and to surprise removal.
 * Prints each step and whether it came out right; exit status 0 if all did.
 */
#include "driver.h"
#include "play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WISH_AFTER 4u

/* ---- traffic --------------------------------------------------------------------------- */

static void traffic(play *p, transport_pair *pair)
{
    const uint32_t transmissions = p->nic.transmissions;
    const NDIS_HANDLE handle = pair->handle[OUTBOUND];
    transport_frame frame;
    sao_oob_receive oob;
    sao_oob_header header;

    check(opens(p, pair), "a packet of the peer is opened by the NIC: CryptoDone");
    header = sao_oob_get_header(&p->ndis.indicated.header);
    check(header.set && header.next_header == SAO_PROTOCOL_IPV4, "its trailer is reported (RX-7)");

    transport_from_peer(pair, &frame);
    frame.bytes[frame.length - 1] ^= 1;
    (void)silicon_receive(&p->nic, frame.bytes, frame.length);
    settle(p);
    oob = sao_oob_get_receive(&p->ndis.indicated.ipsec);
    check(oob.crypto_done && oob.crypto_status == CRYPTO_TRANSPORT_ESP_AUTH_FAILED,
          "one with a wrong bit comes up with its error (RX-1)");

    transport_plain(&frame);
    (void)silicon_receive(&p->nic, frame.bytes, frame.length);
    settle(p);
    check(!sao_oob_get_receive(&p->ndis.indicated.ipsec).crypto_done,
          "one without IPsec comes up without OOB data (RX-9)");

    check(seals(p, pair), "a packet is sealed by the NIC, and the peer accepts it");
    pair->handle[OUTBOUND] = pair->handle[INBOUND];
    check(transmit(p, pair) == NDIS_STATUS_FAILURE && p->nic.transmissions == transmissions + 1,
          "under an inbound handle nothing leaves (TX-6)");
    pair->handle[OUTBOUND] = handle;
}

/* ---- requests -------------------------------------------------------------------------- */

static void start(play *p)
{
    NDIS_OFFLOAD_ENCAPSULATION ethernet = {
        .Header = {NDIS_OBJECT_TYPE_OFFLOAD_ENCAPSULATION, 1, sizeof ethernet},
        .IPv4 = {NDIS_OFFLOAD_SET_ON, NDIS_ENCAPSULATION_IEEE_802_3, 14}};
    ndis_job job;

    p->next_iv = 0; /* a new driver, and new keys */
    p->nic.device.registers.wish_after = WISH_AFTER;
    check(ndis_side_start(&p->ndis, &driver_miniport, &p->nic, p->of->ndis) == NDIS_STATUS_SUCCESS,
          "the miniport initializes");
    ndis_side_restart(&p->ndis);
    settle(p);
    check(p->ndis.restart.status == NDIS_STATUS_SUCCESS, "and runs");
    check(ndis_side_submit(&p->ndis, &job, OID_OFFLOAD_ENCAPSULATION, &ethernet, sizeof ethernet,
                           NULL) == NDIS_STATUS_SUCCESS &&
              p->ndis.config_indications == 1 && p->ndis.config.Esp,
          "OFFLOAD_ENCAPSULATION is answered by TASK_OFFLOAD_CURRENT_CONFIG (CAP-3)");
}

static void results_come_back(play *p, transport_pair *pair)
{
    const ULONG read = (ULONG)(p->of->adds_lists ? sizeof pair->add : sizeof pair->add[0]);
    ndis_job *job = &pair->job[0];

    new_pair(p, pair);
    transport_add(&p->ndis, p->of, pair);
    check(job->status == NDIS_STATUS_PENDING, "an ADD pends while the NIC works");
    settle(p);
    check(transport_add_came_to(pair, NDIS_STATUS_SUCCESS) && silicon_sas(&p->nic) == 2,
          "and succeeds: two bundles");
    check(job->request.bytes_read > 0 && job->request.bytes_read <= read &&
              job->request.supported_revision == 1,
          "BytesRead and SupportedRevision are filled in (REV-2)");

    check(ndis_side_submit(&p->ndis, job, p->of->other_add_oid, &pair->add[0], sizeof pair->add[0],
                           NULL) == NDIS_STATUS_NOT_SUPPORTED,
          "the other NDIS version's ADD is not supported (ADD-1)");
    check(ndis_side_submit(&p->ndis, job, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, &pair->add[0], 4,
                           NULL) == NDIS_STATUS_BUFFER_TOO_SHORT &&
              job->request.bytes_needed == sizeof(IPSEC_OFFLOAD_V2_DELETE_SA),
          "a short buffer is told what is needed (REV-2)");
}

/* ---- deletes --------------------------------------------------------------------------- */

static void wish_and_deletes(play *p, transport_pair *pair)
{
    const NDIS_HANDLE bad[2] = {pair->handle[OUTBOUND], pair->handle[OUTBOUND]};
    transport_delete del;
    bool wished = false;

    for (uint32_t i = 0; i < WISH_AFTER && !wished; i++)
        wished = receive(p, pair).sa_delete_request;
    check(wished, "the NIC wishes, and a packet carries SaDeleteReq");
    check(opens(p, pair) && seals(p, pair), "nothing is removed by that (DEL-2)");

    begin_receive(p, pair);
    check(transport_delete_handles(&p->ndis, &del, &pair->handle[INBOUND], 1, NULL) ==
              NDIS_STATUS_PENDING,
          "DELETE of the inbound bundle pends: a packet of it is in the NIC");
    run_driver(p);
    check(del.job.status == NDIS_STATUS_PENDING && silicon_sas(&p->nic) == 2,
          "and goes on pending (DEL-7)");
    settle(p);
    check(sao_oob_get_receive(&p->ndis.indicated.ipsec).crypto_done &&
              del.job.status == NDIS_STATUS_SUCCESS && p->ndis.indicated_at < del.job.over_at &&
              silicon_sas(&p->nic) == 1,
          "the packet is opened and indicated, then the delete succeeds");

    check(!receive(p, pair).crypto_done, "the next packet comes untouched (DEL-11)");
    check(seals(p, pair), "the outbound bundle still works");
    check(transport_delete_handles(&p->ndis, &del, bad, 2, NULL) == NDIS_STATUS_INVALID_PARAMETER &&
              seals(p, pair),
          "a list that names a bundle twice deletes nothing (DEL-6)");
    (void)transport_delete_handles(&p->ndis, &del, &pair->handle[OUTBOUND], 1, NULL);
    settle(p);
    check(del.job.status == NDIS_STATUS_SUCCESS && silicon_sas(&p->nic) == 0,
          "DELETE of the outbound bundle succeeds");
    check(transmit(p, pair) == NDIS_STATUS_FAILURE, "its handle is good for nothing now (DEL-8)");
}

static void cancel(play *p, transport_pair *pair)
{
    transport_delete del;

    begin_receive(p, pair);
    (void)transport_delete_handles(&p->ndis, &del, &pair->handle[INBOUND], 1, &del);
    p->ndis.miniport->cancel_direct_oid_request(p->ndis.context, pair);
    run_driver(p);
    check(del.job.status == NDIS_STATUS_PENDING, "a cancel of another request does nothing");
    p->ndis.miniport->cancel_direct_oid_request(p->ndis.context, &del);
    run_driver(p);
    check(del.job.status == NDIS_STATUS_REQUEST_ABORTED,
          "a cancelled delete completes, with the packet still in the NIC (OID-4)");
    settle(p);
    check(opens(p, pair), "and its bundle lives on (DEL-9)");
}

/* ---- interruptions --------------------------------------------------------------------- */

/* RST-2: what the two profiles do with requests that a reset finds pending. */
static void reset(play *p, transport_pair *pair)
{
    transport_delete del, late;
    transport_pair added;

    new_pair(p, &added);
    (void)transport_delete_handles(&p->ndis, &del, &pair->handle[INBOUND], 1, NULL);
    transport_add(&p->ndis, p->of, &added);
    run_driver(p);
    check(del.job.pending && added.job[0].pending, "a DELETE and an ADD pend in the NIC");
    check(ndis_side_reset(&p->ndis) == NDIS_STATUS_PENDING, "a reset begins");
    check(ndis_side_reset(&p->ndis) == NDIS_STATUS_RESET_IN_PROGRESS, "a second one is refused");
    check(transport_delete_handles(&p->ndis, &late, &pair->handle[OUTBOUND], 1, NULL) ==
              NDIS_STATUS_NOT_ACCEPTED,
          "so is a new request (RST-4)");
    check(transmit(p, pair) == NDIS_STATUS_REQUEST_ABORTED, "and a send (RST-5)");
    settle(p);
    check(p->ndis.reset.status == NDIS_STATUS_SUCCESS, "the reset succeeds");
    check(del.job.status == NDIS_STATUS_SUCCESS, "the DELETE is over: the reset did its work");
    if (p->of->holds_requests)
        check(transport_add_came_to(&added, NDIS_STATUS_SUCCESS) && opens(p, &added) &&
                  silicon_sas(&p->nic) == 3,
              "the ADD was held across the reset, and succeeds (RST-2)");
    else
        check(transport_add_came_to(&added, NDIS_STATUS_REQUEST_ABORTED) &&
                  added.job[0].over_at < p->ndis.reset.over_at &&
                  del.job.over_at < p->ndis.reset.over_at && silicon_sas(&p->nic) == 1,
              "the ADD was aborted, and both completed before the reset did (RST-2)");
    check(seals(p, pair), "the outbound bundle is back in the NIC (RST-3)");
    transport_pair_destroy(&added);
}

/* Opened already, but the driver has not heard of it: it must not go up as one that came so. */
static void reset_after_opening(play *p, transport_pair *pair)
{
    begin_receive(p, pair);
    (void)silicon_run(&p->nic);
    (void)ndis_side_reset(&p->ndis);
    settle(p);
    check(p->ndis.reset.status == NDIS_STATUS_SUCCESS &&
              sao_oob_get_receive(&p->ndis.indicated.ipsec).crypto_done &&
              transport_reads(pair, p->ndis.frame, p->ndis.indicated.length),
          "a packet that the NIC opened just before a reset comes up as such");
    begin_receive(p, pair);
    (void)ndis_side_reset(&p->ndis);
    settle(p);
    check(p->ndis.reset.status == NDIS_STATUS_SUCCESS &&
              !sao_oob_get_receive(&p->ndis.indicated.ipsec).crypto_done,
          "one that it did not get to comes up untouched (RX-2)");
}

static NDIS_STATUS set_power(play *p, ndis_power power)
{
    ndis_job job;

    (void)ndis_side_submit(&p->ndis, &job, OID_PNP_SET_POWER, &power, sizeof power, NULL);
    settle(p);
    return job.status;
}

static void low_power(play *p, transport_pair *pair)
{
    const uint32_t sas = silicon_sas(&p->nic);

    if (!p->of->sleeps_while_running) {
        check(set_power(p, NDIS_POWER_D3) == NDIS_STATUS_INVALID_STATE,
              "low power is not for a running miniport (PWR-1)");
        ndis_side_pause(&p->ndis);
        settle(p);
    }
    check(set_power(p, NDIS_POWER_D3) == NDIS_STATUS_SUCCESS && silicon_sas(&p->nic) == 0,
          "the NIC sleeps, and has forgotten its SAs");
    check(transmit(p, pair) == NDIS_STATUS_LOW_POWER_STATE, "nothing is sent meanwhile");
    check(set_power(p, NDIS_POWER_D0) == NDIS_STATUS_SUCCESS && silicon_sas(&p->nic) == sas,
          "it wakes, and has them again");
    if (!p->of->sleeps_while_running) {
        ndis_side_restart(&p->ndis);
        settle(p);
    }
    check(opens(p, pair) && seals(p, pair), "packets are processed as before");
}

/* ---- how it ends ----------------------------------------------------------------------- */

static void halt(play *p)
{
    const bool gone = p->nic.gone;

    p->ndis.miniport->cancel_direct_oid_request(p->ndis.context, p); /* finds none, queues a DPC */
    ndis_side_halt(&p->ndis);
    check(!p->ndis.secret_freed, "after the halt no key is left in the driver's memory (PNP-4)");
    check(gone || silicon_sas(&p->nic) == 0, "nor in the NIC");
    check(p->ndis.violations == 0, "NDIS has nothing to complain about");
    (void)silicon_run(&p->nic);
}

static void pause_and_halt(play *p, transport_pair *pair)
{
    p->ndis.hold = true;
    (void)receive(p, pair);
    p->ndis.hold = false;
    ndis_side_pause(&p->ndis);
    settle(p);
    check(p->ndis.pause.pending, "a pause waits for a packet that the transport has (PNP-2)");
    check(transmit(p, pair) == NDIS_STATUS_PAUSED, "new sends are refused");
    ndis_side_return(&p->ndis);
    settle(p);
    check(p->ndis.pause.status == NDIS_STATUS_SUCCESS, "it completes when that is returned");
    halt(p);
}

static void removal_and_halt(play *p, transport_pair *pair)
{
    transport_pair added;
    transport_delete del;
    transport_frame frame;

    new_pair(p, &added);
    transport_add(&p->ndis, p->of, &added);
    transport_to_peer(pair, &frame);
    ndis_side_send(&p->ndis, &frame.packet);
    begin_receive(p, pair);
    silicon_remove(&p->nic);
    p->ndis.miniport->surprise_removal(p->ndis.context);
    settle(p);
    check(transport_add_came_to(&added, NDIS_STATUS_REQUEST_ABORTED),
          "the NIC is pulled out: what pends is aborted (OID-5)");
    check(p->ndis.send_status == NDIS_STATUS_NOT_ACCEPTED, "the send that it had completes");
    check(transmit(p, pair) == NDIS_STATUS_NOT_ACCEPTED, "new sends are refused (REM-1)");
    check(transport_delete_handles(&p->ndis, &del, pair->handle, 1, NULL) ==
              NDIS_STATUS_NOT_ACCEPTED,
          "so are requests: the driver has deleted all bundles by itself (REM-2)");
    ndis_side_pause(&p->ndis);
    settle(p);
    check(p->ndis.pause.status == NDIS_STATUS_SUCCESS, "pause and halt follow");
    halt(p);
    transport_pair_destroy(&added);
}

/* ---- the lives ------------------------------------------------------------------------- */

static void whole_life(play *p)
{
    transport_pair pair, second;

    start(p);
    results_come_back(p, &pair);
    traffic(p, &pair);
    wish_and_deletes(p, &pair);
    check(add_pair(p, &second), "another pair is added");
    cancel(p, &second);
    low_power(p, &second);
    pause_and_halt(p, &second);
    transport_pair_destroy(&pair);
    transport_pair_destroy(&second);
}

static void life_to_shutdown(play *p)
{
    transport_pair pair;

    start(p);
    check(add_pair(p, &pair), "a pair is added");
    ndis_side_shutdown(&p->ndis);
    (void)silicon_run(&p->nic);
    check(!p->ndis.secret_freed && silicon_sas(&p->nic) == 0,
          "a shutdown leaves no key in memory, and none in the NIC");
    transport_pair_destroy(&pair);
}

static void life_to_removal(play *p)
{
    transport_pair pair, second;

    start(p);
    check(add_pair(p, &pair), "a pair is added");
    reset_after_opening(p, &pair);
    reset(p, &pair);
    check(add_pair(p, &second) && opens(p, &second), "another pair is added");
    removal_and_halt(p, &second);
    transport_pair_destroy(&pair);
    transport_pair_destroy(&second);
}

/* One NIC, and one life after the other on it. */
static void lives(const profile *of)
{
    static play p; /* large */

    printf("%s\n", of->name);
    memset(&p, 0, sizeof p);
    p.of = of;
    if (!silicon_init(&p.nic))
        exit(1);
    whole_life(&p);
    life_to_shutdown(&p);
    life_to_removal(&p);
    silicon_destroy(&p.nic);
}

int main(void)
{
    setbuf(stdout, NULL); /* so that what was printed is there, whatever happens */
    if (sao_crypto_sodium() == NULL) {
        fprintf(stderr, "miniport: libsodium does not start\n");
        return 1;
    }
    lives(&profile_6_20);
    lives(&profile_6_30);
    printf("%d wrong\n", wrong_results());
    return wrong_results() == 0 ? 0 : 1;
}
