// SPDX-License-Identifier: BSD-2-Clause
/* The boundary passes everything on, records all of it in order, and reads lists with care. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <saoffload/boundary.h>

#include "support/fake_miniport.h"

#define EVENTS_MAX 32u
#define TAG 7u

/* The transport's place. */
typedef struct upper {
    sao_request *completed;
    sao_packet *sent;
    sao_packet *indicated;
    sao_life_event life_event;
    NDIS_STATUS life_status;
    NDIS_IPSEC_OFFLOAD_V2 config;
} upper;

typedef struct fixture {
    fake_miniport fake;
    upper upper;
    sao_boundary boundary;
    sao_miniport down;
    sao_event events[EVENTS_MAX];
    uint32_t event_count;
    uint32_t events_read;
} fixture;

static void up_request_complete(void *protocol, sao_request *request)
{
    ((fixture *)protocol)->upper.completed = request;
}

static void up_send_complete(void *protocol, sao_packet *packet)
{
    ((fixture *)protocol)->upper.sent = packet;
}

static void up_indicate(void *protocol, sao_packet *packet)
{
    fixture *f = protocol;

    f->upper.indicated = packet;
    f->down.ops->return_packet(f->down.context, packet);
}

static void up_life_complete(void *protocol, sao_life_event event, NDIS_STATUS status)
{
    fixture *f = protocol;

    f->upper.life_event = event;
    f->upper.life_status = status;
}

static void up_current_config(void *protocol, const NDIS_IPSEC_OFFLOAD_V2 *config)
{
    ((fixture *)protocol)->upper.config = *config;
}

static const sao_protocol_ops upper_ops = {
    .size = sizeof(sao_protocol_ops),
    .request_complete = up_request_complete,
    .send_complete = up_send_complete,
    .indicate = up_indicate,
    .life_complete = up_life_complete,
    .current_config = up_current_config,
};

static void note_event(void *context, const sao_event *event)
{
    fixture *f = context;

    assert_true(f->event_count < EVENTS_MAX);
    f->events[f->event_count++] = *event;
}

static void open_fixture(fixture *f)
{
    const sao_protocol up = {&upper_ops, f};

    memset(f, 0, sizeof *f);
    fake_init(&f->fake);
    sao_boundary_init(&f->boundary, fake_interface(&f->fake), up, TAG, note_event, f);
    sao_boundary_set_time(&f->boundary, 42);
    f->fake.protocol = sao_boundary_protocol(&f->boundary);
    f->down = sao_boundary_miniport(&f->boundary);
}

/* The next event, which has this type. */
static const sao_event *next_event(fixture *f, sao_event_type type)
{
    const sao_event *event = &f->events[f->events_read];

    assert_true(f->events_read < f->event_count);
    f->events_read++;
    assert_int_equal(event->type, type);
    assert_int_equal(event->time, 42);
    assert_int_equal(event->adapter, TAG);
    assert_int_equal(event->reserved, 0);
    return event;
}

static void no_more_events(const fixture *f)
{
    assert_int_equal(f->events_read, f->event_count);
}

/* ---- requests -------------------------------------------------------------------------- */

typedef struct delete_list {
    IPSEC_OFFLOAD_V2_DELETE_SA element[3];
    sao_request request;
} delete_list;

static void make_deletes(delete_list *list, uint32_t count)
{
    memset(list, 0, sizeof *list);
    for (uint32_t i = 0; i < count; i++) {
        list->element[i].Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
        list->element[i].Header.Revision = 1;
        list->element[i].Header.Size = sizeof list->element[i];
        list->element[i].OffloadHandle = (NDIS_HANDLE)(uintptr_t)(0x100 + i);
        list->element[i].Next = i + 1 < count ? &list->element[i + 1] : NULL;
    }
    sao_request_init(&list->request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, list->element,
                     sizeof list->element[0]);
}

static NDIS_STATUS submit(fixture *f, sao_request *request)
{
    return f->down.ops->request(f->down.context, request);
}

static void a_delete_is_recorded(void **state)
{
    const sao_event *event;
    uint64_t name;
    delete_list list;
    fixture f;

    (void)state;
    open_fixture(&f);
    make_deletes(&list, 3);
    fake_answer_next(&f.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    assert_int_equal(submit(&f, &list.request), NDIS_STATUS_PENDING);
    assert_ptr_equal(fake_last(&f.fake)->request, &list.request);
    event = next_event(&f, SAO_EVENT_SUBMIT);
    assert_int_equal(event->code, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA);
    assert_int_equal(event->value, sizeof list.element[0]);
    name = event->request;
    for (uint32_t i = 0; i < 3; i++) {
        event = next_event(&f, SAO_EVENT_SUBMIT_ELEMENT);
        assert_int_equal(event->handle, 0x100 + i);
        assert_int_equal(event->value, i);
        assert_int_equal(event->request, name);
    }
    event = next_event(&f, SAO_EVENT_ANSWER);
    assert_int_equal(event->status, NDIS_STATUS_PENDING);
    assert_int_equal(event->request, name);
    no_more_events(&f);

    fake_complete(&f.fake, 0);
    assert_ptr_equal(f.upper.completed, &list.request);
    event = next_event(&f, SAO_EVENT_COMPLETE);
    assert_int_equal(event->status, NDIS_STATUS_SUCCESS);
    assert_int_equal(event->value, 3);
    assert_int_equal(event->request, name);
    no_more_events(&f);
}

static void requests_have_different_names(void **state)
{
    delete_list lists[2];
    fixture f;

    (void)state;
    open_fixture(&f);
    for (int i = 0; i < 2; i++) {
        make_deletes(&lists[i], 1);
        fake_answer_next(&f.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
        assert_int_equal(submit(&f, &lists[i].request), NDIS_STATUS_PENDING);
    }
    assert_int_not_equal(f.events[0].request, f.events[3].request);
    fake_complete(&f.fake, 1);
    assert_int_equal(f.events[f.event_count - 1].request, f.events[3].request);
}

static void make_add(IPSEC_OFFLOAD_V2_ADD_SA *add, ULONG spi, ULONG flags,
                     IPSEC_OFFLOAD_V2_ADD_SA *next)
{
    memset(add, 0, sizeof *add);
    add->Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    add->Header.Revision = 1;
    add->Header.Size = SAO_SIZEOF_ADD_SA_REVISION_1;
    add->Next = next;
    add->Flags = flags;
    add->SecAssoc[0].Spi = spi;
}

/* The results come before the end, whether that is the answer or the completion. */
static void the_results_of_an_add_are_recorded(void **state)
{
    (void)state;
    for (int later = 0; later < 2; later++) {
        IPSEC_OFFLOAD_V2_ADD_SA add[2];
        const sao_event *event;
        sao_request request;
        fake_plan *plan;
        fixture f;

        open_fixture(&f);
        make_add(&add[0], 0x11, IPSEC_OFFLOAD_V2_INBOUND, &add[1]);
        make_add(&add[1], 0x22, IPSEC_OFFLOAD_V2_IPv6, NULL);
        sao_request_init(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, add, sizeof add);
        plan = fake_next(&f.fake);
        plan->timing = later ? FAKE_LATER : FAKE_AT_ONCE;
        plan->refuse = 2;
        (void)submit(&f, &request);
        (void)next_event(&f, SAO_EVENT_SUBMIT);
        if (later) {
            (void)next_event(&f, SAO_EVENT_ANSWER);
            no_more_events(&f); /* while it pends, its buffer is the miniport's */
            fake_complete(&f.fake, 0);
        }
        event = next_event(&f, SAO_EVENT_RESULT_ELEMENT);
        assert_int_equal(event->handle, (uintptr_t)add[0].OffloadHandle);
        assert_int_not_equal(event->handle, 0);
        assert_int_equal(event->value, 0);
        assert_int_equal(event->code, IPSEC_OFFLOAD_V2_INBOUND);
        assert_int_equal(event->extra, 0x11);
        event = next_event(&f, SAO_EVENT_RESULT_ELEMENT);
        assert_int_equal(event->handle, 0);
        assert_int_equal(event->value, 1);
        assert_int_equal(event->code, IPSEC_OFFLOAD_V2_IPv6);
        assert_int_equal(event->extra, 0x22);
        event = next_event(&f, later ? SAO_EVENT_COMPLETE : SAO_EVENT_ANSWER);
        assert_int_equal(event->status, NDIS_STATUS_SUCCESS);
        no_more_events(&f);
    }
}

static void an_extended_add_is_one_element(void **state)
{
    IPSEC_OFFLOAD_V2_ADD_SA_EX add;
    const sao_event *event;
    sao_request request;
    fixture f;

    (void)state;
    open_fixture(&f);
    memset(&add, 0, sizeof add);
    add.Header.Type = NDIS_OBJECT_TYPE_DEFAULT;
    add.Header.Revision = 1;
    add.Header.Size = SAO_SIZEOF_ADD_SA_EX_REVISION_1;
    add.SecAssoc[0].Spi = 0x33;
    sao_request_init(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA_EX, &add, sizeof add);
    assert_int_equal(submit(&f, &request), NDIS_STATUS_SUCCESS);
    (void)next_event(&f, SAO_EVENT_SUBMIT);
    event = next_event(&f, SAO_EVENT_RESULT_ELEMENT);
    assert_int_equal(event->handle, (uintptr_t)add.OffloadHandle);
    assert_int_equal(event->extra, 0x33);
    (void)next_event(&f, SAO_EVENT_ANSWER);
    no_more_events(&f);
}

/* The next layer refuses such lists; here they are only to do no harm. */
static NDIS_STATUS refuse_all(void *miniport, sao_request *request)
{
    (void)miniport;
    request->status = NDIS_STATUS_INVALID_DATA;
    return request->status;
}

static uint32_t elements_recorded(fixture *f, sao_request *request)
{
    static const sao_miniport_ops ops = {.size = sizeof ops, .request = refuse_all};
    uint32_t count = 0;

    f->boundary.miniport.ops = &ops;
    f->event_count = 0;
    assert_int_equal(submit(f, request), NDIS_STATUS_INVALID_DATA);
    for (uint32_t i = 0; i < f->event_count; i++)
        if (f->events[i].type == SAO_EVENT_SUBMIT_ELEMENT ||
            f->events[i].type == SAO_EVENT_RESULT_ELEMENT)
            count++;
    assert_int_equal(f->events[f->event_count - 1].type, SAO_EVENT_ANSWER);
    return count;
}

static void bad_lists_are_read_with_care(void **state)
{
    IPSEC_OFFLOAD_V2_ADD_SA add;
    delete_list list;
    sao_request request;
    fixture f;

    (void)state;
    open_fixture(&f);
    sao_request_init(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA, NULL, 0);
    assert_int_equal(elements_recorded(&f, &request), 0);
    sao_request_init(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, NULL, 1000);
    assert_int_equal(elements_recorded(&f, &request), 0);

    make_deletes(&list, 3);
    list.request.buffer_length = 4; /* cut */
    assert_int_equal(elements_recorded(&f, &list.request), 0);
    make_deletes(&list, 3);
    list.element[1].Header.Type = 1; /* the third is not reached */
    assert_int_equal(elements_recorded(&f, &list.request), 1);
    make_deletes(&list, 3);
    list.element[2].Next = &list.element[0]; /* a cycle ends */
    assert_true(elements_recorded(&f, &list.request) < EVENTS_MAX);
    make_deletes(&list, 1);
    list.request.oid = 0x12345678; /* not ours: nothing is read */
    assert_int_equal(elements_recorded(&f, &list.request), 0);

    make_add(&add, 1, 0, &add);
    sao_request_init(&request, OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA, &add, sizeof add);
    assert_true(elements_recorded(&f, &request) < EVENTS_MAX);
}

static void strict_lists_stay_inside_of_the_buffer(void **state) /* OID-7 */
{
    delete_list list;
    fixture f;

    (void)state;
    open_fixture(&f);
    make_deletes(&list, 3);
    assert_int_equal(elements_recorded(&f, &list.request), 3);
    f.boundary.strict_lists = true;
    assert_int_equal(elements_recorded(&f, &list.request), 1);
    list.request.buffer_length = sizeof list.element;
    assert_int_equal(elements_recorded(&f, &list.request), 3);
}

/* ---- packets and life ------------------------------------------------------------------ */

static void sends_are_recorded(void **state)
{
    uint8_t bytes[60] = {1, 2, 3};
    sao_packet packet;
    const sao_event *event;
    fixture f;

    (void)state;
    open_fixture(&f);
    memset(&packet, 0, sizeof packet);
    packet.data = bytes;
    packet.length = sizeof bytes;
    packet.id = 99;
    packet.ipsec.Transmit.OffloadHandle = (PVOID)(uintptr_t)0x1230;
    f.fake.send_status = NDIS_STATUS_FAILURE;
    f.down.ops->send(f.down.context, &packet);
    assert_ptr_equal(f.upper.sent, &packet);
    event = next_event(&f, SAO_EVENT_SEND);
    assert_int_equal(event->packet, 99);
    assert_int_equal(event->value, sizeof bytes);
    assert_int_equal(event->handle, 0x1230);
    event = next_event(&f, SAO_EVENT_SEND_COMPLETE);
    assert_int_equal(event->packet, 99);
    assert_int_equal(event->status, NDIS_STATUS_FAILURE);
    no_more_events(&f);
}

static void indications_are_recorded(void **state)
{
    const uint8_t bytes[60] = {0};
    const sao_oob_receive oob = {.crypto_done = true,
                                 .sa_delete_request = true,
                                 .crypto_status = CRYPTO_TUNNEL_ESP_AUTH_FAILED};
    const sao_event *event;
    fixture f;

    (void)state;
    open_fixture(&f);
    fake_indicate(&f.fake, bytes, sizeof bytes, oob);
    assert_ptr_equal(f.upper.indicated, &f.fake.indicated);
    event = next_event(&f, SAO_EVENT_INDICATE);
    assert_int_equal(event->code, 0x00050003);
    assert_int_equal(event->value, sizeof bytes);
    assert_int_equal(event->packet, 1);
    event = next_event(&f, SAO_EVENT_RETURN);
    assert_int_equal(event->packet, 1);
    no_more_events(&f);
}

static void life_is_recorded(void **state)
{
    const sao_event *event;
    fixture f;

    (void)state;
    open_fixture(&f);
    f.fake.life_status[SAO_LIFE_PAUSE] = NDIS_STATUS_PENDING;
    assert_int_equal(f.down.ops->life(f.down.context, SAO_LIFE_PAUSE), NDIS_STATUS_PENDING);
    assert_int_equal(f.fake.lives[SAO_LIFE_PAUSE], 1);
    assert_int_equal(next_event(&f, SAO_EVENT_LIFE)->code, SAO_LIFE_PAUSE);
    event = next_event(&f, SAO_EVENT_LIFE_ANSWER);
    assert_int_equal(event->code, SAO_LIFE_PAUSE);
    assert_int_equal(event->status, NDIS_STATUS_PENDING);
    f.fake.protocol.ops->life_complete(f.fake.protocol.context, SAO_LIFE_RESET,
                                       NDIS_STATUS_SOFT_ERRORS);
    event = next_event(&f, SAO_EVENT_LIFE_COMPLETE);
    assert_int_equal(event->code, SAO_LIFE_RESET);
    assert_int_equal(event->status, NDIS_STATUS_SOFT_ERRORS);
    assert_int_equal(f.upper.life_event, SAO_LIFE_RESET);
    assert_int_equal(f.upper.life_status, NDIS_STATUS_SOFT_ERRORS);
    no_more_events(&f);
}

static void cancels_and_configurations_are_recorded(void **state)
{
    NDIS_IPSEC_OFFLOAD_V2 config;
    fixture f;

    (void)state;
    open_fixture(&f);
    f.down.ops->cancel(f.down.context, &f);
    assert_int_equal(next_event(&f, SAO_EVENT_CANCEL)->extra, (uintptr_t)&f);
    assert_int_equal(f.fake.cancels, 1);
    assert_ptr_equal(f.fake.last_cancel, &f);

    for (uint32_t bits = 0; bits < 4; bits++) {
        memset(&config, 0, sizeof config);
        config.Ah = (bits & 1) != 0;
        config.Esp = (bits & 2) != 0;
        f.fake.protocol.ops->current_config(f.fake.protocol.context, &config);
        assert_int_equal(next_event(&f, SAO_EVENT_CURRENT_CONFIG)->code, bits);
        assert_memory_equal(&f.upper.config, &config, sizeof config);
    }
    no_more_events(&f);
}

/* What a reset does: its sends, a request, and its own end, all from within the call. */
static void reset_within(fake_miniport *fake, sao_life_event event)
{
    fake_finish_send(fake, 0, NDIS_STATUS_REQUEST_ABORTED);
    fake_complete_with(fake, 0, NDIS_STATUS_REQUEST_ABORTED);
    fake->protocol.ops->life_complete(fake->protocol.context, event, NDIS_STATUS_SUCCESS);
}

/* An event is on record before anything that it causes, and its answer after. */
static void what_an_event_causes_is_recorded_between(void **state)
{
    const sao_event *event;
    uint8_t bytes[60] = {0};
    delete_list list;
    sao_packet packet;
    fixture f;

    (void)state;
    open_fixture(&f);
    memset(&packet, 0, sizeof packet);
    packet.data = bytes;
    packet.length = sizeof bytes;
    f.fake.hold_sends = true;
    f.down.ops->send(f.down.context, &packet);
    make_deletes(&list, 3);
    fake_answer_next(&f.fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    f.fake.plans[0].elements_done = 2;
    assert_int_equal(submit(&f, &list.request), NDIS_STATUS_PENDING);
    f.events_read = f.event_count;

    f.fake.during_life = reset_within;
    f.fake.life_status[SAO_LIFE_RESET] = NDIS_STATUS_PENDING;
    assert_int_equal(f.down.ops->life(f.down.context, SAO_LIFE_RESET), NDIS_STATUS_PENDING);
    assert_int_equal(next_event(&f, SAO_EVENT_LIFE)->code, SAO_LIFE_RESET);
    assert_int_equal(next_event(&f, SAO_EVENT_SEND_COMPLETE)->status, NDIS_STATUS_REQUEST_ABORTED);
    event = next_event(&f, SAO_EVENT_COMPLETE);
    assert_int_equal(event->status, NDIS_STATUS_REQUEST_ABORTED);
    assert_int_equal(event->value, 2); /* elements that are deleted all the same (DEL-9) */
    assert_int_equal(next_event(&f, SAO_EVENT_LIFE_COMPLETE)->status, NDIS_STATUS_SUCCESS);
    assert_int_equal(next_event(&f, SAO_EVENT_LIFE_ANSWER)->status, NDIS_STATUS_PENDING);
    no_more_events(&f);
}

/* Every event of life, whatever its answer, by its own number. */
static void every_event_of_life_is_recorded(void **state)
{
    fixture f;

    (void)state;
    open_fixture(&f);
    for (uint32_t life = 0; life < SAO_LIFE_EVENTS; life++) {
        const sao_event *event;

        f.fake.life_status[life] = NDIS_STATUS_INVALID_STATE;
        assert_int_equal(f.down.ops->life(f.down.context, (sao_life_event)life),
                         NDIS_STATUS_INVALID_STATE);
        assert_int_equal(f.fake.lives[life], 1);
        assert_int_equal(next_event(&f, SAO_EVENT_LIFE)->code, life);
        event = next_event(&f, SAO_EVENT_LIFE_ANSWER);
        assert_int_equal(event->code, life);
        assert_int_equal(event->status, NDIS_STATUS_INVALID_STATE);
    }
    no_more_events(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delete_is_recorded),
        cmocka_unit_test(requests_have_different_names),
        cmocka_unit_test(the_results_of_an_add_are_recorded),
        cmocka_unit_test(an_extended_add_is_one_element),
        cmocka_unit_test(bad_lists_are_read_with_care),
        cmocka_unit_test(strict_lists_stay_inside_of_the_buffer),
        cmocka_unit_test(sends_are_recorded),
        cmocka_unit_test(indications_are_recorded),
        cmocka_unit_test(life_is_recorded),
        cmocka_unit_test(cancels_and_configurations_are_recorded),
        cmocka_unit_test(what_an_event_causes_is_recorded_between),
        cmocka_unit_test(every_event_of_life_is_recorded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
