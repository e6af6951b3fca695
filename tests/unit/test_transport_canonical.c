// SPDX-License-Identifier: BSD-2-Clause
/* test_transport_canonical.c: what is in a transport's canonical form, field by field. */
#include "model/transport_internal.h"

#include "support/fields.h"
#include "support/town.h"

static void write_transport(void *context, sao_canonical *writer)
{
    sao_transport_canonical(context, writer);
}

/* The left transport with a live association, one that is being added, and a send under way. */
static town *busy_town(sao_transport **transport)
{
    town_config config = town_defaults(1);
    town *t = town_open(&config);

    *transport = t->host[0].transport;
    town_agree(t);
    assert_int_equal((*transport)->associations[0].half[SAO_IN].state, SAO_HALF_LIVE);
    assert_int_equal((*transport)->associations[1].half[SAO_IN].state, SAO_HALF_ADDING);
    assert_true(town_send(t, 0, 60, 1));
    return t;
}

static void the_configuration_shows(void **state)
{
    sao_transport *transport;
    town *t = busy_town(&transport);
    sao_transport_config *config = &transport->config;
    fields f = fields_of(write_transport, transport);

    (void)state;
    SHOWS(config->profile, SAO_PROFILE_NDIS_6_1);
    SHOWS(config->mac[0], 99);
    SHOWS(config->peer_mac[0], 99);
    SHOWS(config->associations, 2);
    SHOWS(config->packets, 3);
    SHOWS(config->packet_capacity, 99);
    SHOWS(config->capacity, 99);
    SHOWS(config->offload, false);
    SHOWS(config->offload_again_after, 99);
    SHOWS(config->retry_after, 99);
    SHOWS(config->settle_time, 99);
    SHOWS(config->epoch, 99);
    HIDDEN(config->hooks.context, NULL);
    print_message("%u fields\n", (unsigned)f.count);
    town_close(t);
}

static void the_transport_shows(void **state)
{
    sao_transport *transport;
    town *t = busy_town(&transport);
    fields f = fields_of(write_transport, transport);

    (void)state;
    SHOWS(transport->now, 1); /* and with it how long it waits for what */
    SHOWS(transport->encapsulation.set, false);
    SHOWS(transport->encapsulation.outstanding, true);
    HIDDEN(transport->encapsulation.set_at, 9999);
    SHOWS(transport->interruptions, SAO_INTERRUPTED_BY_PAUSE);
    SHOWS(transport->lives_pending, 1);
    SHOWS(transport->offer_known, false);
    SHOWS(transport->offer.Esp, false);
    SHOWS(transport->offer.EncryptionAlgorithms, 9999);
    SHOWS(transport->send_at, 9999);
    HIDDEN(transport->send_at, transport->now);
    HIDDEN(transport->packet_serial, 9999);
    HIDDEN(transport->send_serial, 9999);
    HIDDEN(transport->request_serial, 9999);
    HIDDEN(transport->counters.delivered, 9999);
    transport->encapsulation.set = false;
    fields_again(&f);
    SHOWS(transport->encapsulation.set_at, 9999);
    print_message("%u fields\n", (unsigned)f.count);
    town_close(t);
}

static void associations_show(void **state)
{
    sao_transport *transport;
    town *t = busy_town(&transport);
    sao_association *association = &transport->associations[0];
    fields f = fields_of(write_transport, transport);

    (void)state;
    SHOWS(association->in_use, false);
    SHOWS(association->retiring, true);
    SHOWS(association->delete_wanted, true);
    SHOWS(association->delete_wished, true);
    SHOWS(association->offload_impossible, true);
    SHOWS(association->ip_version, 6);
    SHOWS(association->esn, !association->esn);
    SHOWS(association->local.bytes[0], 99);
    SHOWS(association->remote.bytes[0], 99);
    SHOWS(association->form.mode, SAO_IPSEC_TRANSPORT);
    SHOWS(association->form.headers, SAO_HEADERS_AH);
    SHOWS(association->form.udp_esp, 1);
    SHOWS(association->sa_count, 2);
    HIDDEN(association->tunnel, 1);
    SHOWS(association->over_tunnel, true); /* the one over itself, for once */
    SHOWS(association->sequence, 99);
    SHOWS(association->sent, 99);
    SHOWS(association->replay[0].highest, 99);
    SHOWS(association->replay[0].seen[15], 99);
    SHOWS(association->add_at, 9999);
    SHOWS(association->delete_at, 9999);
    SHOWS(association->add_tries, 5);
    HIDDEN(association->delete_at, transport->now);
    HIDDEN(association->delete_tries, 5);
    HIDDEN(transport->associations[2].sequence, 99); /* there is none */
    HIDDEN(transport->associations[2].id, 99);
    print_message("%u fields\n", (unsigned)f.count);
    town_close(t);
}

static void halves_show(void **state)
{
    sao_transport *transport;
    town *t = busy_town(&transport);
    sao_half *live = &transport->associations[0].half[SAO_IN];
    sao_held_sa *sa = &live->sa[0];
    sao_half *adding = &transport->associations[1].half[SAO_IN];
    fields f = fields_of(write_transport, transport);

    (void)state;
    SHOWS(sa->sa.spi, 99);
    SHOWS(sa->sa.icv_length, 8);
    SHOWS(sa->encryption, 99);
    SHOWS(sa->authentication, 99);
    HIDDEN(sa->keys.encryption[0], (uint8_t)(sa->keys.encryption[0] ^ 1));
    adding->sa[0].keys = sa->keys; /* which keys are equal shows */
    assert_true(fields_changed(&f));
    fields_again(&f);
    adding->sa[0].keys.encryption[0] ^= 1;
    assert_true(fields_changed(&f));
    sa->keys.encryption[0] ^= 1;
    assert_false(fields_changed(&f));
    SHOWS(sa->keys.authentication_length, 4);
    SHOWS(live->state, SAO_HALF_DELETING);
    SHOWS(live->handle, NULL);
    SHOWS(live->outstanding, true);
    SHOWS(live->covers, 0);
    SHOWS(sa->sequence_high, 99);
    SHOWS(live->survivor, true);
    SHOWS(live->lost, true);
    SHOWS(live->live_since, transport->now);
    HIDDEN(live->live_since, 0); /* it has long been so */
    SHOWS(adding->request.oid, 99);
    SHOWS(adding->request.elements_done, 1);
    SHOWS(transport->associations[1].add[SAO_IN].add_sa.OffloadHandle,
          (NDIS_HANDLE)(uintptr_t)9999);
    HIDDEN(adding->request.request_id, NULL);
    fields_assert_named(&f, &adding->request);
    transport->associations[1].half[SAO_OUT].state = SAO_HALF_SOFTWARE;
    fields_again(&f);
    HIDDEN(transport->associations[1].half[SAO_OUT].survivor, true);
    HIDDEN(transport->associations[1].half[SAO_OUT].sa[0].sequence_high, 99);
    print_message("%u fields\n", (unsigned)f.count);
    town_close(t);
}

static void packets_under_way_show(void **state)
{
    sao_transport *transport;
    town *t = busy_town(&transport);
    sao_send_buffer *buffer = transport->buffers;
    fields f = fields_of(write_transport, transport);

    (void)state;
    while (!buffer->in_use)
        buffer++;
    SHOWS(buffer->in_use, false);
    SHOWS(buffer->association, 999);
    SHOWS(buffer->outstanding, false);
    SHOWS(buffer->nic_layers, 2);
    SHOWS(buffer->software, !buffer->software);
    SHOWS(buffer->inner_length, 20);
    SHOWS(buffer->inner[25], 0x5A);
    HIDDEN(buffer->order, 9999); /* it is the only one */
    HIDDEN(buffer->packet.id, 9999);
    fields_assert_named(&f, &buffer->packet);
    assert_true(town_send(t, 0, 61, 2));
    fields_again(&f);
    SHOWS(buffer->order, 9999);
    print_message("%u fields\n", (unsigned)f.count);
    town_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_configuration_shows), cmocka_unit_test(the_transport_shows),
        cmocka_unit_test(associations_show),       cmocka_unit_test(halves_show),
        cmocka_unit_test(packets_under_way_show),
    };
    const int failures = cmocka_run_group_tests(tests, NULL, NULL);

    town_end_log();
    return failures;
}
