// SPDX-License-Identifier: BSD-2-Clause
/*
 * test_delete.c: is the driver's delete handling right? A CMocka test as a driver's author writes
 * it: each test is about one rule, and judges by what passed the boundary.
 */
#include "bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include <saoffload/oob.h>
#include <saoffload/saoffload.h>

#define SPI_IN 0x01000000u /* network byte order does not matter: any two differ */
#define SPI_OUT 0x02000000u
#define SPI_NEXT 0x03000000u

static int new_bench(void **state)
{
    bench *b = malloc(sizeof *b);

    if (b == NULL)
        return -1;
    bench_init(b);
    *state = b;
    return 0;
}

static int free_bench(void **state)
{
    free(*state);
    return 0;
}

/* Deletes one bundle, and fails unless that pends and then succeeds. */
static void delete_well(bench *b, NDIS_HANDLE handle)
{
    bench_delete del;

    bench_make_delete(&del, &handle, 1);
    assert_int_equal(bench_submit(b, &del.request), NDIS_STATUS_PENDING);
    driver_dpc(&b->driver);
    assert_int_equal(bench_count(b, SAO_EVENT_COMPLETE, del.request.id), 1);
    assert_int_equal(bench_last(b, SAO_EVENT_COMPLETE)->status, NDIS_STATUS_SUCCESS);
}

/* OID-3, DEL-5: PENDING, then one completion, whatever the number of elements. */
static void a_delete_completes_once(void **state)
{
    bench *b = *state;
    const NDIS_HANDLE both[2] = {bench_add(b, SPI_IN, true), bench_add(b, SPI_OUT, false)};
    bench_delete del;

    bench_make_delete(&del, both, 2);
    assert_int_equal(bench_submit(b, &del.request), NDIS_STATUS_PENDING);
    assert_int_equal(bench_count(b, SAO_EVENT_COMPLETE, 0), 0);
    for (int i = 0; i < 3; i++)
        driver_dpc(&b->driver);
    assert_int_equal(bench_count(b, SAO_EVENT_COMPLETE, 0), 1);
    assert_int_equal(bench_last(b, SAO_EVENT_COMPLETE)->status, NDIS_STATUS_SUCCESS);
    assert_false(bench_opens(b, SPI_IN));
    assert_false(bench_sends(b, both[1]));
}

/* DEL-2: SaDeleteReq is only a wish. Both bundles work until each has its own DELETE. */
static void a_wish_removes_nothing(void **state)
{
    bench *b = *state;
    const NDIS_HANDLE in = bench_add(b, SPI_IN, true);
    const NDIS_HANDLE out = bench_add(b, SPI_OUT, false);

    b->driver.wish_after = 2;
    assert_true(bench_opens(b, SPI_IN));
    assert_true(bench_opens(b, SPI_IN)); /* bit 0 of the word is SaDeleteReq (oob.h) */
    assert_int_equal(bench_last(b, SAO_EVENT_INDICATE)->code & 1u, 1);

    assert_true(bench_opens(b, SPI_IN));
    assert_true(bench_sends(b, out));
    delete_well(b, in);
    assert_true(bench_sends(b, out));
    delete_well(b, out);
}

/* DEL-6: a bad list is refused at once, and what it names that is good lives on. */
static void a_bad_list_deletes_nothing(void **state)
{
    enum { ZERO, MADE_UP, TWICE, CYCLE, BAD_HEADER, SHORT, KINDS };
    bench *b = *state;
    const NDIS_HANDLE in = bench_add(b, SPI_IN, true);
    const NDIS_HANDLE out = bench_add(b, SPI_OUT, false);

    for (int kind = ZERO; kind < KINDS; kind++) {
        NDIS_HANDLE handles[2] = {in, out};
        NDIS_STATUS answer;
        bench_delete del;

        if (kind == ZERO)
            handles[1] = NULL;
        else if (kind == MADE_UP)
            handles[1] = (NDIS_HANDLE)(uintptr_t)0x12345678u;
        else if (kind == TWICE)
            handles[1] = in;
        bench_make_delete(&del, handles, 2);
        if (kind == CYCLE)
            del.list[1].Next = &del.list[0];
        else if (kind == BAD_HEADER)
            del.list[1].Header.Size = sizeof(NDIS_OBJECT_HEADER);
        else if (kind == SHORT)
            del.request.buffer_length = 4;

        answer = bench_submit(b, &del.request);
        if (kind == BAD_HEADER)
            assert_int_equal(answer, NDIS_STATUS_INVALID_DATA);
        else if (kind == SHORT)
            assert_int_equal(answer, NDIS_STATUS_BUFFER_TOO_SHORT);
        else
            assert_int_equal(answer, NDIS_STATUS_INVALID_PARAMETER);
        assert_true(bench_opens(b, SPI_IN));
        assert_true(bench_sends(b, out));
        assert_int_equal(bench_count(b, SAO_EVENT_COMPLETE, 0), 0);
    }
    delete_well(b, in);
    delete_well(b, out);
}

/* Where in the record is the first event of this kind? */
static uint32_t position(const bench *b, sao_event_type type)
{
    uint32_t i = 0;

    while (i < b->event_count && b->events[i].type != (uint32_t)type)
        i++;
    return i;
}

/* DEL-7: the delete completes only after the packet that uses the bundle has been indicated, which
 * still finds it. */
static void a_received_packet_holds_up_its_delete(void **state)
{
    bench *b = *state;
    const NDIS_HANDLE in = bench_add(b, SPI_IN, true);
    bench_delete del;
    bench_frame frame;

    bench_make_frame(b, &frame, SPI_IN);
    driver_receive(&b->driver, &frame.packet);
    bench_make_delete(&del, &in, 1);
    assert_int_equal(bench_submit(b, &del.request), NDIS_STATUS_PENDING);
    driver_dpc(&b->driver);
    assert_true(sao_oob_get_receive(&frame.packet.ipsec).crypto_done);
    assert_true(position(b, SAO_EVENT_INDICATE) < position(b, SAO_EVENT_COMPLETE));
    assert_int_equal(bench_count(b, SAO_EVENT_COMPLETE, del.request.id), 1);
}

static void a_sent_packet_holds_up_its_delete(void **state)
{
    bench *b = *state;
    const NDIS_HANDLE out = bench_add(b, SPI_OUT, false);
    bench_delete del;
    bench_frame frame;

    bench_make_frame(b, &frame, SPI_OUT);
    frame.packet.ipsec.Transmit.OffloadHandle = out;
    b->miniport.ops->send(b->miniport.context, &frame.packet);
    bench_make_delete(&del, &out, 1);
    assert_int_equal(bench_submit(b, &del.request), NDIS_STATUS_PENDING);
    driver_dpc(&b->driver);
    assert_true(position(b, SAO_EVENT_SEND_COMPLETE) < position(b, SAO_EVENT_COMPLETE));
    assert_int_equal(bench_count(b, SAO_EVENT_COMPLETE, del.request.id), 1);
}

/* DEL-8: a deleted handle never names the bundle that came after. */
static void a_stale_handle_names_nothing(void **state)
{
    bench *b = *state;
    const NDIS_HANDLE old = bench_add(b, SPI_IN, true);
    bench_delete del;

    delete_well(b, old);
    assert_non_null(bench_add(b, SPI_NEXT, true)); /* takes the slot that is free */
    bench_make_delete(&del, &old, 1);
    assert_int_equal(bench_submit(b, &del.request), NDIS_STATUS_INVALID_PARAMETER);
    driver_dpc(&b->driver);
    assert_true(bench_opens(b, SPI_NEXT));
}

/* OID-4, DEL-9: a cancelled delete completes with REQUEST_ABORTED; its bundle lives on. */
static void a_cancelled_delete_gives_its_bundle_back(void **state)
{
    bench *b = *state;
    const NDIS_HANDLE in = bench_add(b, SPI_IN, true);
    bench_delete del;

    bench_make_delete(&del, &in, 1);
    del.request.request_id = &del;
    assert_int_equal(bench_submit(b, &del.request), NDIS_STATUS_PENDING);
    b->miniport.ops->cancel(b->miniport.context, b);
    assert_int_equal(bench_count(b, SAO_EVENT_COMPLETE, 0), 0);
    b->miniport.ops->cancel(b->miniport.context, &del);
    assert_int_equal(bench_last(b, SAO_EVENT_COMPLETE)->status, NDIS_STATUS_REQUEST_ABORTED);
    assert_true(bench_opens(b, SPI_IN));
    assert_int_equal(bench_count(b, SAO_EVENT_COMPLETE, 0), 1);
}

/* ---- with a transport ------------------------------------------------------------------ */

static void deliver(void *count, const uint8_t *packet, size_t length)
{
    (void)packet, (void)length, ++*(int *)count;
}

static void violation(void *context, const char *rule, const char *what)
{
    (void)context;
    print_message("%s: %s\n", rule, what);
}

/* Two SAs with 10.0.0.2, both to be offloaded; null encryption, so the bench needs no crypto. */
static void establish(sao_transport *transport)
{
    static const uint8_t key[32] = "an example's key: never do this";
    const sao_transport_association association = {
        .ip_version = 4,
        .local = {{10, 0, 0, 1}},
        .remote = {{10, 0, 0, 2}},
        .encryption = IPSEC_OFFLOAD_V2_ENCRYPTION_NONE,
        .authentication = IPSEC_OFFLOAD_V2_AUTHENTICATION_SHA_256,
        .inbound = {.spi = SPI_IN, .authentication_key = key},
        .outbound = {.spi = SPI_OUT, .authentication_key = key}};
    uint32_t id;

    assert_int_equal(sao_transport_establish(transport, &association, &id), NDIS_STATUS_SUCCESS);
    assert_int_equal(sao_transport_state(transport, id), SAO_ASSOCIATION_OFFLOADED);
}

/*
 * DEL-3 by the library's transport, which keeps the rules by itself: it adds both bundles, and
 * answers SaDeleteReq with a DELETE for the inbound and, when that is over, one for the outbound
 * bundle. It reports each rule that it sees broken.
 */
static void a_transport_has_nothing_to_complain_about(void **state)
{
    bench *b = *state;
    sao_transport_config config;
    sao_transport_counters counters;
    sao_transport *transport;
    bench_frame frames[3];
    int delivered = 0;
    void *memory;

    sao_transport_config_init(&config);
    config.miniport = sao_boundary_miniport(&b->boundary);
    config.provider = sao_crypto_sodium();
    config.capacity = DRIVER_SLOTS;
    config.offload = true;
    config.offload_again_after = 1000;
    config.hooks = (sao_transport_hooks){deliver, violation, &delivered};
    memory = malloc(sao_transport_size(&config));
    assert_non_null(memory);
    assert_int_equal(
        sao_transport_init(memory, sao_transport_size(&config), &config, &transport, NULL),
        NDIS_STATUS_SUCCESS);
    bench_init_for(b, sao_transport_protocol(transport));
    establish(transport);

    b->driver.wish_after = 2;
    for (int i = 0; i < 3; i++) {
        bench_make_frame(b, &frames[i], SPI_IN);
        driver_receive(&b->driver, &frames[i].packet);
    }
    for (int i = 0; i < 4; i++)
        driver_dpc(&b->driver);

    sao_transport_get_counters(transport, &counters);
    assert_int_equal(counters.delete_requests, 1);
    assert_int_equal(counters.deletes_inbound, 1);
    assert_int_equal(counters.deletes_outbound, 1);
    assert_int_equal(counters.bundles_deleted, 2);
    assert_int_equal(counters.bundles, 0);
    assert_int_equal(counters.violations, 0);
    assert_int_equal(delivered, 3);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_delete_completes_once, new_bench, free_bench),
        cmocka_unit_test_setup_teardown(a_wish_removes_nothing, new_bench, free_bench),
        cmocka_unit_test_setup_teardown(a_bad_list_deletes_nothing, new_bench, free_bench),
        cmocka_unit_test_setup_teardown(a_received_packet_holds_up_its_delete, new_bench,
                                        free_bench),
        cmocka_unit_test_setup_teardown(a_sent_packet_holds_up_its_delete, new_bench, free_bench),
        cmocka_unit_test_setup_teardown(a_stale_handle_names_nothing, new_bench, free_bench),
        cmocka_unit_test_setup_teardown(a_cancelled_delete_gives_its_bundle_back, new_bench,
                                        free_bench),
        cmocka_unit_test_setup_teardown(a_transport_has_nothing_to_complain_about, new_bench,
                                        free_bench),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
