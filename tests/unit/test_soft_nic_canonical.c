// SPDX-License-Identifier: BSD-2-Clause
/* test_soft_nic_canonical.c: what is in a soft NIC's canonical form, field by field. */
#include "nic/soft_nic_private.h"

#include <saoffload/oob.h>

#include <string.h>

#include "support/fields.h"
#include "support/town.h"

static uint64_t hour; /* what times are written relative to */

static void write_nic(void *context, sao_canonical *writer)
{
    writer->now = hour;
    sao_soft_nic_canonical(context, writer);
}

/* The left NIC while much is under way: an add, a send, and what the right one sent. */
static town *busy_town(sao_soft_nic **nic)
{
    town_config config = town_defaults(1);
    town *t = town_open(&config);

    assert_true(town_send(t, 1, 60, 1));
    town_pass(t, 2);
    assert_true(town_send(t, 0, 60, 1));
    town_agree(t);
    *nic = t->host[0].nic;
    assert_non_null((*nic)->sends.head);
    assert_non_null((*nic)->receives.head);
    return t;
}

static void the_configuration_shows(void **state)
{
    sao_soft_nic *nic;
    town *t = busy_town(&nic);
    sao_soft_nic_config *config = &nic->config;
    fields f = fields_of(write_nic, nic);

    (void)state;
    SHOWS(config->add_latency, 99);
    SHOWS(config->remove_latency, 99);
    SHOWS(config->update_latency, 99);
    SHOWS(config->send_latency, 99);
    SHOWS(config->receive_latency, 99);
    SHOWS(config->restart_latency, 99);
    SHOWS(config->reset_latency, 99);
    SHOWS(config->power_latency, 99);
    SHOWS(config->refuse_every, 99);
    SHOWS(config->reset_status, NDIS_STATUS_SOFT_ERRORS);
    SHOWS(config->wish_fill_percent, 99);
    SHOWS(config->wish_after_packets, 99);
    SHOWS(config->wish_after_bytes, 99);
    SHOWS(config->epoch, 99);
    SHOWS(config->staging, 99);
    HIDDEN(config->event, NULL);
    print_message("%u fields\n", (unsigned)f.count);
    town_close(t);
}

static void bundles_show(void **state)
{
    sao_soft_nic *nic;
    town *t = busy_town(&nic);
    sao_nic_bundle *bundle = &nic->bundles[nic->oldest];
    fields f = fields_of(write_nic, nic);

    (void)state;
    SHOWS(bundle->handle, NULL);
    SHOWS(bundle->numbers[0].window.highest, 99);
    SHOWS(bundle->numbers[0].window.used, 99);
    SHOWS(bundle->numbers[0].highest, 99);
    HIDDEN(bundle->numbers[1].highest, 99); /* of a second SA, where there is one */
    SHOWS(bundle->sa_count, 2);
    SHOWS(bundle->hardware.alive, false);
    SHOWS(bundle->hardware.in_order, false);
    SHOWS(bundle->hardware.packets, 99);
    HIDDEN(bundle->hardware.bytes, 99); /* no wish comes from them */
    SHOWS(nic->oldest, SAO_NIC_NONE);
    SHOWS(nic->adds, 99);
    nic->config.wish_after_bytes = 1000;
    nic->config.wish_after_packets = 0;
    nic->config.wish_fill_percent = 0;
    nic->config.refuse_every = 0;
    fields_again(&f);
    SHOWS(bundle->hardware.bytes, 99);
    HIDDEN(bundle->hardware.packets, 99);
    HIDDEN(nic->oldest, SAO_NIC_NONE);
    HIDDEN(nic->adds, 99);
    print_message("%u fields\n", (unsigned)f.count);
    town_close(t);
}

/* What the driver keeps of a bundle that is gone is nothing to it. */
static void a_bundle_that_is_gone_does_not_show(void **state)
{
    town_config config = town_defaults(1);
    town *t = town_open(&config);
    sao_soft_nic *nic = t->host[0].nic;
    fields f = fields_of(write_nic, nic);
    uint32_t index = 0;

    (void)state;
    while (nic->bundles[index].handle != NULL)
        index++;
    HIDDEN(nic->bundles[index].numbers[0].window.highest, 99);
    HIDDEN(nic->bundles[index].handle, (NDIS_HANDLE)(uintptr_t)0x12345);
    nic->bundles[index].handle = (NDIS_HANDLE)(uintptr_t)0x12345;
    HIDDEN(nic->bundles[index].numbers[0].window.highest, 99);
    town_close(t);
}

static void what_waits_shows(void **state)
{
    sao_soft_nic *nic;
    town *t = busy_town(&nic);
    sao_nic_answer *answer = &nic->answers[nic->answer_queues[SAO_NIC_ADD_ANSWERS].head];
    sao_packet *send = nic->sends.head;
    sao_packet *received = nic->receives.head;
    uint8_t bytes[2] = {1, 2};
    sao_segment piece = {NULL, bytes, sizeof bytes};
    fields f = fields_of(write_nic, nic);

    (void)state;
    SHOWS(nic->now, 9999);
    SHOWS(answer->due, 9999);
    SHOWS(answer->ticket.serial, 9999); /* a late answer: nothing waits for it */
    SHOWS(answer->status, NDIS_STATUS_FAILURE);
    SHOWS(answer->next, SAO_NIC_NONE); /* there is another one */
    SHOWS(nic->answer_queues[SAO_NIC_ADD_ANSWERS].head, SAO_NIC_NONE);
    SHOWS(nic->sends.head, NULL);
    SHOWS(nic->receives.head, NULL);
    SHOWS(nic->holds_sends, true);
    SHOWS(send->due, 9999);
    SHOWS(send->ip_offset, 99);
    SHOWS(send->length, 20);
    SHOWS(send->data[send->length - 1], 0x5A);
    SHOWS(send->more, &piece);
    send->more = &piece;
    fields_again(&f);
    SHOWS(bytes[1], 3);
    SHOWS(piece.length, 0);
    send->more = NULL;
    fields_again(&f);
    SHOWS(send->flight.sequence_high[0], 99);
    SHOWS(send->flight.tunnel, send->flight.bundle);
    SHOWS(send->ipsec.Transmit.OffloadHandle, NULL);
    SHOWS(send->tunnel.Transmit.TunnelHandle, send->ipsec.Transmit.OffloadHandle);
    SHOWS(received->due, 9999);
    SHOWS(send->sibling, received);
    HIDDEN(received->sibling, send);
    HIDDEN(((uint8_t *)&send->header)[0], 0x5A); /* of a packet that is not large */
    SHOWS(((uint8_t *)&send->lso)[0], 0x5A);
    sao_oob_set_lso(&send->lso, (sao_oob_lso){1, 1, false});
    fields_again(&f);
    SHOWS(((uint8_t *)&send->header)[0], 0x5A);
    memset(&send->lso, 0, sizeof send->lso);
    fields_again(&f);
    SHOWS(((uint8_t *)&received->ipsec)[0], 0x5A);
    SHOWS(((uint8_t *)&received->header)[0], 0x5A);
    SHOWS(received->flight.state, 0);
    fields_assert_named(&f, send);
    fields_assert_named(&f, received);
    HIDDEN(send->id, 9999);
    HIDDEN(nic->counters.sealed, 9999);
    HIDDEN(nic->counters.opened, 9999);
    print_message("%u fields\n", (unsigned)f.count);
    town_close(t);
}

/* The same situation a thousand ticks later. */
static void the_hour_does_not_show(void **state)
{
    sao_soft_nic *nic;
    town *t = busy_town(&nic);
    fields f = fields_of(write_nic, nic);

    (void)state;
    hour = 1000;
    assert_true(fields_changed(&f));
    nic->now += hour;
    for (uint32_t i = 0; i < SAO_NIC_ANSWER_QUEUES; i++)
        for (uint32_t k = nic->answer_queues[i].head; k != SAO_NIC_NONE; k = nic->answers[k].next)
            nic->answers[k].due += hour;
    for (sao_packet *packet = nic->sends.head; packet != NULL; packet = packet->next)
        packet->due += hour;
    for (sao_packet *packet = nic->receives.head; packet != NULL; packet = packet->next)
        packet->due += hour;
    assert_false(fields_changed(&f));
    hour = 0;
    town_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_configuration_shows),
        cmocka_unit_test(bundles_show),
        cmocka_unit_test(a_bundle_that_is_gone_does_not_show),
        cmocka_unit_test(what_waits_shows),
        cmocka_unit_test(the_hour_does_not_show),
    };
    const int failures = cmocka_run_group_tests(tests, NULL, NULL);

    town_end_log();
    return failures;
}
