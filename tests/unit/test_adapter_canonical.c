// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_adapter_canonical.c: what is in an adapter's canonical form, field by field, and what is
 * not. That equal forms go on alike is test_adapter_canonical_random.c's.
 */
#include "core/adapter_state.h"
#include "support/fields.h"
#include "support/rig.h"

#define FORM_MAX 16384u
#define NAMES_MAX 256u

typedef struct form {
    uint8_t bytes[FORM_MAX];
    size_t length;
} form;

static form take(const rig *r, bool exact)
{
    sao_name names[NAMES_MAX];
    sao_canonical writer;
    form f;

    memset(&f, 0, sizeof f);
    sao_canonical_init(&writer, f.bytes, sizeof f.bytes, names, NAMES_MAX);
    writer.exact = exact;
    sao_adapter_canonical(r->adapter, &writer);
    assert_status(sao_canonical_finish(&writer), NDIS_STATUS_SUCCESS);
    f.length = writer.length;
    return f;
}

static bool same(const form *a, const form *b)
{
    return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

static bool rigs_agree(const rig *a, const rig *b)
{
    const form first = take(a, false);
    const form second = take(b, false);

    return same(&first, &second);
}

/* ---- histories that end in the same situation ------------------------------------------ */

static void order_places_and_generations_do_not_show(void **state)
{
    rig *a = rig_running();
    rig *b = rig_running();
    NDIS_HANDLE detour;

    (void)state;
    (void)rig_add_one(a, rig_inbound(1));
    (void)rig_add_one(a, rig_outbound(2));
    (void)rig_add_one(a, rig_inbound(3));

    detour = rig_add_one(b, rig_inbound(9));
    (void)rig_add_one(b, rig_inbound(3));
    rig_delete_one(b, detour);
    (void)rig_add_one(b, rig_inbound(1));
    detour = rig_add_one(b, rig_inbound(3 + 4));
    rig_delete_one(b, detour);
    (void)rig_add_one(b, rig_outbound(2));
    assert_int_not_equal(rig_counters(a).bundles_added, rig_counters(b).bundles_added);
    /* The guesses differ: with two inbound candidates there was none (PAIR-2). */
    assert_false(rigs_agree(a, b));
    rig_halt(a);
    rig_destroy(a);

    a = rig_running();
    (void)rig_add_one(a, rig_inbound(1));
    (void)rig_add_one(a, rig_inbound(3));
    (void)rig_add_one(a, rig_outbound(2));
    assert_true(rigs_agree(a, b));
    rig_destroy(a);
    rig_destroy(b);
}

static void a_halt_leaves_nothing(void **state)
{
    rig *a = rig_running();
    rig *b = rig_running();

    (void)state;
    (void)rig_add_one(a, rig_inbound(1));
    (void)rig_add_one(a, rig_outbound(2));
    rig_halt(a);
    rig_halt(b);
    assert_true(rigs_agree(a, b));
    rig_destroy(a);
    rig_destroy(b);
}

/* Two packets, one of each phase, or both of the same: a later delete sees a difference. */
static void phases_show_as_now_and_before(void **state)
{
    rig *a = rig_running();
    rig *b = rig_running();
    rig_spec in = rig_inbound(1);
    sao_flight of_a, of_b;

    (void)state;
    (void)rig_add_one(a, in);
    (void)rig_add_one(b, in);
    rig_delete_one(b, rig_add_one(b, rig_inbound(5))); /* the other phase is now */
    assert_int_not_equal(a->adapter->grace.phase, b->adapter->grace.phase);
    assert_true(rigs_agree(a, b));
    assert_int_equal(rig_receive(a, 0, &in, &of_a), SAO_RECEIVE_PROCESS);
    assert_false(rigs_agree(a, b));
    assert_int_equal(rig_receive(b, 0, &in, &of_b), SAO_RECEIVE_PROCESS);
    assert_true(rigs_agree(a, b));
    (void)rig_finish(a, 0, &of_a);
    (void)rig_finish(b, 0, &of_b);
    assert_true(rigs_agree(a, b));
    rig_destroy(a);
    rig_destroy(b);
}

static void slots_show_where_they_are_asked_for_or_matter(void **state)
{
    static const uint32_t steps[] = {RIG_CAPACITY, RIG_CAPACITY - 1};

    (void)state;
    for (int i = 0; i < 2; i++) {
        rig *a = rig_create();
        rig *b = rig_create();
        form first, second;

        a->config.elements_per_step = steps[i];
        b->config.elements_per_step = steps[i];
        rig_start(a);
        rig_start(b);
        rig_delete_one(b, rig_add_one(b, rig_inbound(1)));
        first = take(a, true);
        second = take(b, true);
        assert_false(same(&first, &second));
        assert_int_equal(rigs_agree(a, b), i == 0);
        rig_destroy(a);
        rig_destroy(b);
    }
}

/* ---- fields ---------------------------------------------------------------------------- */

static void write_adapter(void *context, sao_canonical *writer)
{
    sao_adapter_canonical(context, writer);
}

/*
 * An adapter in the middle of much: a pair; an ADD, an UPDATE and another that waits for it; a
 * DELETE that waits for a packet, one that waits for the hardware.
 */
typedef struct busy {
    rig *r;
    rig_spec in, out, drained, removed, adding;
    NDIS_HANDLE in_handle, out_handle, drained_handle, removed_handle;
    rig_job *add, *update, *blocked, *drain, *remove;
    sao_flight flight;
    int name;
} busy;

static busy make_busy(void)
{
    busy b = {.r = rig_create()};
    rig *r = b.r;

    b.in = rig_with_esn(rig_inbound(1), 7);
    b.out = rig_with_ah(rig_outbound(2));
    b.drained = rig_inbound(11);
    b.removed = rig_inbound(12);
    b.adding = rig_inbound(13);
    b.out.destination = RIG_PEER;
    rig_start(r);
    b.in_handle = rig_add_one(r, b.in);
    b.out_handle = rig_add_one(r, b.out);
    b.drained_handle = rig_add_one(r, b.drained);
    b.removed_handle = rig_add_one(r, b.removed);
    r->answers[SAO_BACKEND_ADD].status = NDIS_STATUS_PENDING;
    r->answers[SAO_BACKEND_UPDATE].status = NDIS_STATUS_PENDING;
    r->answers[SAO_BACKEND_REMOVE].status = NDIS_STATUS_PENDING;
    b.add =
        rig_submit_named(r, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, rig_build_add(&b.adding, 1), r);
    b.update = rig_update(r, b.in_handle, &b.in, 0, 8);
    b.blocked = rig_update(r, b.in_handle, &b.in, 0, 9);
    b.remove = rig_delete(r, &b.removed_handle, 1);
    assert_int_equal(rig_receive(r, 1, &b.drained, &b.flight), SAO_RECEIVE_PROCESS);
    b.drain = rig_delete(r, &b.drained_handle, 1);
    assert_status(rig_result(b.add), NDIS_STATUS_PENDING);
    assert_status(rig_result(b.blocked), NDIS_STATUS_PENDING);
    assert_status(rig_result(b.remove), NDIS_STATUS_PENDING);
    assert_status(rig_result(b.drain), NDIS_STATUS_PENDING);
    return b;
}

static void end_busy(busy *b)
{
    rig *r = b->r;

    (void)rig_finish(r, 1, &b->flight);
    do {
        const uint32_t calls = r->call_count;

        rig_answer_from(r, 0, SAO_BACKEND_ADD, NDIS_STATUS_SUCCESS, false);
        rig_answer_from(r, 0, SAO_BACKEND_UPDATE, NDIS_STATUS_SUCCESS, false);
        rig_answer_from(r, 0, SAO_BACKEND_REMOVE, NDIS_STATUS_SUCCESS, false);
        rig_poll(r);
        if (calls == r->call_count && sao_adapter_poll(r->adapter, 0, 1).outstanding == 0)
            break;
    } while (true);
    rig_destroy(r);
}

static sao_record *record_of(const busy *b, NDIS_HANDLE handle)
{
    return sao_record_of(b->r->adapter, handle);
}

static void the_configuration_shows(void **state)
{
    busy b = make_busy();
    rig *r = b.r;
    sao_adapter_config *config = &r->adapter->config;
    NDIS_IPSEC_OFFLOAD_V2 *capabilities = &config->capabilities;
    fields f = fields_of(write_adapter, r->adapter);

    (void)state;
    SHOWS(capabilities->Encapsulation, 0);
    SHOWS(capabilities->IPv6Supported, 0);
    SHOWS(capabilities->IPv4Options, !capabilities->IPv4Options);
    SHOWS(capabilities->IPv6NonIPsecExtensionHeaders, !capabilities->IPv6NonIPsecExtensionHeaders);
    SHOWS(capabilities->Ah, 0);
    SHOWS(capabilities->Esp, 0);
    SHOWS(capabilities->AhEspCombined, 0);
    SHOWS(capabilities->Transport, 0);
    SHOWS(capabilities->Tunnel, 0);
    SHOWS(capabilities->TransportTunnelCombined, !capabilities->TransportTunnelCombined);
    SHOWS(capabilities->LsoSupported, !capabilities->LsoSupported);
    SHOWS(capabilities->ExtendedSequenceNumbers, 0);
    SHOWS(capabilities->UdpEsp, ~capabilities->UdpEsp);
    SHOWS(capabilities->AuthenticationAlgorithms, 0);
    SHOWS(capabilities->EncryptionAlgorithms, 0);
    SHOWS(capabilities->SaOffloadCapacity, 1);
    SHOWS(config->profile, SAO_PROFILE_NDIS_6_1);
    SHOWS(config->queues, 1);
    SHOWS(config->elements_per_step, 1000);
    SHOWS(config->steps_per_submit, 1000);
    SHOWS(config->strict_lists, !config->strict_lists);
    SHOWS(config->allow_unauthenticated, !config->allow_unauthenticated);
    HIDDEN(config->tag, 3);
    HIDDEN(config->hash_seed, 12345);
    print_message("%u fields\n", (unsigned)f.count);
    end_busy(&b);
}

static void life_shows(void **state)
{
    busy b = make_busy();
    rig *r = b.r;
    sao_adapter *a = r->adapter;
    fields f = fields_of(write_adapter, r->adapter);

    (void)state;
    SHOWS(a->state, SAO_ADAPTER_PAUSED);
    SHOWS(a->service, SAO_SERVICE_ASLEEP);
    SHOWS(a->enabled, SAO_ENABLED_AH);
    SHOWS(a->encapsulation[0], 0);
    SHOWS(a->encapsulation[1], 0);
    SHOWS(a->halting, true);
    SHOWS(a->calls, 1);
    SHOWS(a->completing, 1);
    SHOWS(a->life.entered, 1);
    SHOWS(a->life.owed, 1);
    SHOWS(a->life.over, 1);
    SHOWS(a->life.pausing, true);
    SHOWS(a->life.serial[SAO_LIFE_RESET], 1000);
    HIDDEN(a->life.outcome[SAO_LIFE_RESET], NDIS_STATUS_FAILURE);
    HIDDEN(a->outage.status, NDIS_STATUS_FAILURE);
    HIDDEN(a->outage.event, SAO_LIFE_WAKE);
    HIDDEN(a->outage.restoring, 1);
    HIDDEN(a->outage.grace, 1000);
    HIDDEN(a->now, 1000);
    HIDDEN(a->next_request_serial, 1000);
    HIDDEN(a->next_operation_serial, 1000);
    HIDDEN(a->bundles_added, 1000);
    HIDDEN(a->bundles_refused, 1000);
    HIDDEN(a->bundles_deleted, 1000);
    HIDDEN(a->bundles_aborted, 1000);
    HIDDEN(a->bundles_retired, 1000);
    HIDDEN(a->bundles_lost, 1000);
    HIDDEN(a->pairs_explicit, 1000);
    HIDDEN(a->pairs_guessed, 1000);
    HIDDEN(a->remove_errors, 1000);
    HIDDEN(a->late_answers, 1000);
    HIDDEN(a->handles.slots[10].generation, 1000);

    /* An outage: every field counts, in the stages that read it. */
    a->life.over = 1u << SAO_LIFE_RESET;
    a->outage.stage = 3;
    fields_again(&f);
    SHOWS(a->life.outcome[SAO_LIFE_RESET], NDIS_STATUS_FAILURE);
    SHOWS(a->outage.stage, 4);
    SHOWS(a->outage.status, NDIS_STATUS_FAILURE);
    SHOWS(a->outage.event, SAO_LIFE_WAKE);
    SHOWS(a->outage.restoring, 1);
    SHOWS(a->outage.cursor, 1);
    for (uint32_t stage = 1; stage < 11; stage++) {
        a->outage.stage = stage;
        fields_again(&f);
        a->outage.request = &b.drain->request;
        a->outage.grace = 1000;
        assert_int_equal(fields_changed(&f), stage == 4 || stage == 9); /* END, DRAIN */
        a->outage.request = NULL;
        a->outage.grace = 0;
    }
    a->life.over = 0;
    a->outage.stage = 0;
    print_message("%u fields\n", (unsigned)f.count);
    end_busy(&b);
}

static void what_a_bundle_is_shows(void **state)
{
    busy b = make_busy();
    rig *r = b.r;
    sao_record *record = record_of(&b, b.out_handle);
    sao_bundle *bundle = &record->bundle;
    fields f = fields_of(write_adapter, r->adapter);

    (void)state;
    assert_int_equal(bundle->sa_count, 2);
    SHOWS(bundle->inbound, true);
    SHOWS(bundle->ip_version, 6);
    SHOWS(bundle->source.bytes[3], 99);
    SHOWS(bundle->destination.bytes[3], 99);
    SHOWS(bundle->udp_esp, 1);
    SHOWS(bundle->sa_count, 1);
    for (uint32_t i = 0; i < 2; i++) {
        sao_bundle_sa *sa = &bundle->sa[i];

        SHOWS(sa->spi, rig_network(99));
        SHOWS(sa->protocol, 1);
        SHOWS(sa->encryption, 0x4000);
        SHOWS(sa->authentication, 0x4000);
        SHOWS(sa->icv_length, 1);
        SHOWS(sa->esn, true);
        SHOWS(sa->sequence_high, 99);
        SHOWS(record->confirmed_high[i], 99);
        SHOWS(record->updates[i], 99);
    }
    SHOWS(record->keys[1][1][0], 0x55); /* not the key that another bundle has as well */
    SHOWS(bundle->sa[1].authentication_key_length, 1);
    HIDDEN(bundle->backend_context, NULL);
    print_message("%u fields\n", (unsigned)f.count);
    end_busy(&b);
}

static void what_became_of_a_bundle_shows(void **state)
{
    busy b = make_busy();
    rig *r = b.r;
    sao_record *in = record_of(&b, b.in_handle);
    sao_record *out = record_of(&b, b.out_handle);
    sao_record *drained = record_of(&b, b.drained_handle);
    sao_record *removed = record_of(&b, b.removed_handle);
    fields f = fields_of(write_adapter, r->adapter);

    (void)state;
    SHOWS(in->state, SAO_BUNDLE_CLAIMED);
    SHOWS(in->in_hardware, 0);
    SHOWS(in->wish, 1);
    SHOWS(in->wished, 1);
    SHOWS(in->restoring, true);
    SHOWS(in->keys[0][0][0], 0x55); /* nobody else's any more */
    SHOWS(in->turn, NULL);
    SHOWS(in->blocked.first, NULL);
    SHOWS(in->update_serial, 0);
    HIDDEN(in->update_serial, 1000); /* another name */
    SHOWS(in->update_sa, 1);
    SHOWS(in->update_high, 99);
    SHOWS(drained->request, NULL);
    SHOWS(removed->operation, SAO_BACKEND_ADD);
    SHOWS(removed->operation_serial, 0);
    SHOWS(out->former_pair, b.in_handle);
    SHOWS(out->pairable, !out->pairable);
    SHOWS(out->pair, sao_slot_of(r->adapter, in));
    HIDDEN(out->pair_guessed, true); /* there is no pair */
    HIDDEN(out->former_pair_wished, true);
    HIDDEN(in->add_serial, 1000);
    HIDDEN(out->position, 1000);
    HIDDEN(out->operation_serial, 1000);
    HIDDEN(out->update_high, 1000);
    HIDDEN(in->live_next[0], 1000);
    HIDDEN(in->parked_next[0], 1000);
    HIDDEN(drained->handle_out, NULL);
    SHOWS(record_of(&b, r->calls[4].handle)->position, 5);
    assert_int_equal(r->calls[4].spi, 13);

    out->pair = sao_slot_of(r->adapter, in);
    out->former_pair = b.in_handle;
    fields_again(&f);
    SHOWS(out->pair_guessed, true);
    SHOWS(out->former_pair_wished, true);
    out->pair = SAO_SLOT_NONE;
    out->former_pair = NULL;

    r->adapter->hidden_serial = in->add_serial; /* an ADD is looking for pairs */
    fields_again(&f);
    SHOWS(in->add_serial, 1000);
    SHOWS(r->adapter->hidden_serial, 0);
    assert_true(in->pairable);
    SHOWS(in->pair_node[0].younger, sao_slot_of(r->adapter, out) * SAO_PAIR_VIEWS);
    HIDDEN(in->pair_node[0].older, 0);
    r->adapter->hidden_serial = 0;
    print_message("%u fields\n", (unsigned)f.count);
    end_busy(&b);
}

static void requests_show(void **state)
{
    busy b = make_busy();
    rig *r = b.r;
    sao_request *add = &b.add->request;
    sao_request *blocked = &b.blocked->request;
    sao_request *drain = &b.drain->request;
    sao_request *remove = &b.remove->request;
    fields f = fields_of(write_adapter, r->adapter);

    (void)state;
    SHOWS(add->oid, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX);
    SHOWS(add->request_id, NULL);
    SHOWS(add->buffer_length, 1000);
    SHOWS(add->elements_done, 5);
    SHOWS(add->state.stage, 3);
    SHOWS(add->state.outcome, NDIS_STATUS_FAILURE);
    SHOWS(add->state.outstanding, 5);
    SHOWS(add->state.waiting, false);
    SHOWS(add->state.aborted, true);
    SHOWS(add->state.cursor, 5);
    SHOWS(add->state.first_bundle, SAO_SLOT_NONE);
    SHOWS(blocked->oid, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA);
    SHOWS(blocked->state.stage, 2);
    SHOWS(blocked->state.handle, NULL);
    SHOWS(blocked->state.cursor, 1);
    SHOWS(blocked->state.next_high, 99);
    SHOWS(drain->state.grace, r->adapter->grace.completed);
    SHOWS(drain->state.stage, 3);
    SHOWS(drain->state.next, NULL);
    SHOWS(drain->elements_done, 5);
    SHOWS(remove->state.cursor, 1);
    SHOWS(r->adapter->first_orphan, remove->state.first_bundle);
    SHOWS(r->adapter->graced.first, NULL);
    SHOWS(r->adapter->ready.first, remove);
    SHOWS(r->adapter->publishing.first, remove);
    HIDDEN(add->state.serial, 1000);
    HIDDEN(add->id, 1000);
    HIDDEN(add->context, NULL);
    HIDDEN(remove->state.grace, 1000); /* over */
    HIDDEN(remove->state.elements, 1000);
    print_message("%u fields\n", (unsigned)f.count);
    end_busy(&b);
}

static void packets_show(void **state)
{
    busy b = make_busy();
    rig *r = b.r;
    sao_grace *grace = &r->adapter->grace;
    sao_queue *queue = sao_grace_queue(grace, 1);
    fields f = fields_of(write_adapter, r->adapter);

    (void)state;
    SHOWS(queue->flights[0], 5);
    SHOWS(queue->flights[1], 5);
    SHOWS(queue->held, 5);
    SHOWS(grace->phase, grace->phase ^ 1u);
    SHOWS(grace->begun, false);
    SHOWS(grace->flipped, false);
    SHOWS(grace->wanted, grace->completed + 2);
    HIDDEN(queue->received_processed, 1000);
    HIDDEN(queue->received_untouched, 1000);
    HIDDEN(queue->sent_processed, 1000);
    HIDDEN(queue->sent_plain, 1000);
    HIDDEN(queue->sends_refused, 1000);
    HIDDEN(queue->delete_wishes, 1000);
    grace->wanted += 1000; /* how many periods there have been does not show */
    grace->completed += 1000;
    b.drain->request.state.grace += 1000;
    assert_false(fields_changed(&f));
    grace->wanted -= 1000;
    grace->completed -= 1000;
    b.drain->request.state.grace -= 1000;
    print_message("%u fields\n", (unsigned)f.count);
    end_busy(&b);
}

static form take_flight(const rig *r, const sao_flight *flight)
{
    sao_name names[NAMES_MAX];
    sao_canonical writer;
    form f;

    memset(&f, 0, sizeof f);
    sao_canonical_init(&writer, f.bytes, sizeof f.bytes, names, NAMES_MAX);
    sao_adapter_canonical(r->adapter, &writer);
    writer.length = 0; /* only for the names */
    sao_adapter_canonical_flight(r->adapter, flight, &writer);
    assert_status(sao_canonical_finish(&writer), NDIS_STATUS_SUCCESS);
    f.length = writer.length;
    return f;
}

static void a_flight_shows(void **state)
{
    busy b = make_busy();
    rig *r = b.r;
    const form before = take_flight(r, &b.flight);
    sao_flight other, tunnelled = b.flight;
    form after, tunnel;

#define FLIGHT(change, expected)                                                                   \
    do {                                                                                           \
        other = b.flight;                                                                          \
        change;                                                                                    \
        after = take_flight(r, &other);                                                            \
        assert_int_equal(same(&before, &after), !(expected));                                      \
    } while (0)

    (void)state;
    FLIGHT(other.bundle = NULL, true);
    FLIGHT(other.bundle = &record_of(&b, b.in_handle)->bundle, true);
    FLIGHT(other.queue = 2, true);
    FLIGHT(other.phase ^= 1u, true);
    FLIGHT(other.state = 2, true);
    FLIGHT(other.sequence_high[0] = 5, true);
    FLIGHT(other.sequence_high[1] = 5, false); /* there is no second SA */
    FLIGHT(other.tunnel_high[0] = 5, false);   /* nor a tunnel */
    FLIGHT(other.tunnel = b.flight.bundle, true);
    tunnelled.tunnel = b.flight.bundle;
    tunnel = take_flight(r, &tunnelled);
    tunnelled.tunnel_high[0] = 5;
    after = take_flight(r, &tunnelled);
    assert_false(same(&tunnel, &after));
    r->adapter->grace.phase ^= 1u;
    FLIGHT(other.phase ^= 1u, false);
    r->adapter->grace.phase ^= 1u;
#undef FLIGHT
    end_busy(&b);
}

/* The hardware's answers to come are known by these names (soft_nic.h). */
static void what_the_hardware_was_asked_has_a_name(void **state)
{
    busy b = make_busy();
    sao_name names[NAMES_MAX];
    sao_canonical writer;
    uint8_t bytes[FORM_MAX];
    uint32_t pending = 0;

    (void)state;
    sao_canonical_init(&writer, bytes, sizeof bytes, names, NAMES_MAX);
    sao_adapter_canonical(b.r->adapter, &writer);
    for (uint32_t i = 4; i < b.r->call_count; i++, pending++) {
        const uint32_t before = writer.name_count;

        sao_canonical_ticket(&writer, b.r->adapter, b.r->calls[i].ticket);
        assert_int_equal(writer.name_count, before);
    }
    assert_int_equal(pending, 3); /* an add, an update, a remove */
    end_busy(&b);
}

static void the_direction_shows_by_itself(void **state)
{
    rig *a = rig_running();
    rig *b = rig_running();
    rig_spec out = rig_outbound(1);

    (void)state;
    (void)rig_add_one(a, rig_inbound(1));
    out.source = rig_inbound(1).source;
    out.destination = rig_inbound(1).destination;
    (void)rig_add_one(b, out);
    assert_false(rigs_agree(a, b));
    rig_destroy(a);
    rig_destroy(b);
}

/* ---- keys ------------------------------------------------------------------------------ */

static void no_key_is_in_the_form(void **state)
{
    busy b = make_busy();
    const sao_record *record = record_of(&b, b.in_handle);
    const form f = take(b.r, true);

    (void)state;
    for (size_t i = 0; i + 4 <= f.length; i++)
        assert_memory_not_equal(f.bytes + i, record->keys[0][0] + 4, 4);
    end_busy(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_places_and_generations_do_not_show),
        cmocka_unit_test(a_halt_leaves_nothing),
        cmocka_unit_test(phases_show_as_now_and_before),
        cmocka_unit_test(slots_show_where_they_are_asked_for_or_matter),
        cmocka_unit_test(the_configuration_shows),
        cmocka_unit_test(life_shows),
        cmocka_unit_test(what_a_bundle_is_shows),
        cmocka_unit_test(what_became_of_a_bundle_shows),
        cmocka_unit_test(requests_show),
        cmocka_unit_test(packets_show),
        cmocka_unit_test(a_flight_shows),
        cmocka_unit_test(what_the_hardware_was_asked_has_a_name),
        cmocka_unit_test(the_direction_shows_by_itself),
        cmocka_unit_test(no_key_is_in_the_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
