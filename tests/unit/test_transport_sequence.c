// SPDX-License-Identifier: BSD-2-Clause
/* test_transport_sequence.c: the numbers of bundles of two SAs, and of transport over tunnel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/transport_internal.h"
#include "support/pair.h"

#define UPDATE OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA

static sao_association *association_of(const test_pair *pair, int end, uint32_t id)
{
    sao_association *association = sao_transport_find(pair->end[end].transport, id);

    assert_non_null(association);
    return association;
}

/* ---- replay ---------------------------------------------------------------------------- */

static void no_form_accepts_a_packet_twice(void **state) /* RX-5 */
{
    const sao_packet_form *form;

    (void)state;
    for (uint32_t i = 0; (form = sao_packet_form_at(i / 2)) != NULL; i++) {
        const bool offload = i % 2 == 0;
        test_pair pair;
        uint32_t parts;

        pair_init(&pair, form->name, 4);
        pair.end[0].config.offload = pair.end[1].config.offload = offload;
        pair_open(&pair);
        pair_establish(&pair);
        parts = offload ? pair_layers(&pair) : 0;
        pair_pass(&pair, pair_opened(parts));
        pair_carry(&pair, 0, fake_last_send(&pair.end[0].fake), pair_opened(parts));
        pair_expect_delivery(&pair, 0, 1);
        assert_int_equal(pair_counters(&pair, 1).replayed, 1);
        pair_close(&pair);
    }
}

/* AH's number is new, ESP's is not: as from somebody who has the key of one of them. */
static void each_sa_has_a_window_of_its_own(void **state) /* RX-5 */
{
    static const char *const forms[] = {"esp-ah-tunnel", "esp-over-ah"};

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        test_pair pair;
        const sao_replay *inner;

        pair_start(&pair, forms[i], 4);
        inner = association_of(&pair, 1, pair.end[1].id)->replay;
        pair_pass(&pair, pair_opened(pair_layers(&pair)));
        assert_int_equal(inner[0].highest, 1);
        if (i == 0)
            assert_int_equal(inner[1].highest, 1);
        ((sao_replay *)(uintptr_t)inner)[0].seen[0] |= 1u << 2;
        ((sao_replay *)(uintptr_t)inner)[0].highest = 2;
        pair_pass(&pair, pair_opened(pair_layers(&pair)));
        assert_int_equal(pair_counters(&pair, 1).replayed, 1);
        if (i == 0)
            assert_int_equal(inner[1].highest, 2);
        pair_pass(&pair, pair_opened(pair_layers(&pair)));
        pair_expect_delivery(&pair, 0, 2);
        pair_close(&pair);
    }
}

/* ---- extended sequence numbers --------------------------------------------------------- */

/* One UPDATE at a time; till the last is over nothing is sent by the NIC. */
static void each_sa_is_updated(void **state) /* UPD-1 */
{
    test_pair pair;
    fake_miniport *fake = &pair.end[0].fake;

    (void)state;
    pair_init(&pair, "esp-ah-transport", 4);
    pair.esn = true;
    pair_open(&pair);
    pair_establish(&pair);
    association_of(&pair, 0, pair.end[0].id)->sequence = UINT32_MAX - 1u;
    for (int i = 0; i < 2; i++)
        fake_answer_next(fake, FAKE_LATER, NDIS_STATUS_SUCCESS);
    assert_non_null(pair_send(&pair, 0)->handle);
    pair_at(&pair, 1);
    for (uint32_t i = 0; i < 2; i++) {
        const fake_element *element = &fake_last(fake)->elements[0];

        assert_int_equal(fake->request_count, 2 + i);
        assert_int_equal(fake_last(fake)->oid, UPDATE);
        assert_int_equal(element->operation, i == 0 ? IPsecOffloadV2Esp : IPsecOffloadV2Ah);
        assert_int_equal(element->spi,
                         association_of(&pair, 0, pair.end[0].id)->half[SAO_OUT].sa[i].sa.spi);
        assert_int_equal(element->sequence_high, 1);
        assert_null(pair_send(&pair, 0)->handle);
        fake_complete(fake, 1 + i);
    }
    assert_non_null(pair_send(&pair, 0)->handle);
    pair_close(&pair);
}

/* Each inbound SA by what has come under it, and no other one. */
static void each_inbound_sa_is_updated_alone(void **state) /* UPD-1 */
{
    (void)state;
    for (uint32_t sa = 0; sa < 2; sa++) {
        test_pair pair;
        fake_miniport *fake = &pair.end[0].fake;
        sao_association *association;

        pair_init(&pair, "esp-ah-tunnel", 6);
        pair.esn = true;
        pair_open(&pair);
        pair_establish(&pair);
        association = association_of(&pair, 0, pair.end[0].id);
        association->replay[sa].highest = (UINT64_C(1) << 32) + 5u;
        pair_at(&pair, 1);
        assert_int_equal(fake->request_count, 2);
        assert_int_equal(fake_last(fake)->oid, UPDATE);
        assert_int_equal(fake_last(fake)->elements[0].operation,
                         sa == 0 ? IPsecOffloadV2Esp : IPsecOffloadV2Ah);
        assert_int_equal(fake_last(fake)->elements[0].spi, association->half[SAO_IN].sa[sa].sa.spi);
        assert_int_equal(fake_last(fake)->elements[0].sequence_high, 1);
        pair_close(&pair);
    }
}

/* ---- sending ------------------------------------------------------------------------- */

/* The inner part was sealed when it turned out that the tunnel does not fit around it: its number
 * is used up, or the next packet would have the same IV. Where nothing was sealed, none is. */
static void a_number_that_sealed_something_is_used_up(void **state) /* TX-3 */
{
    (void)state;
    for (uint32_t offload = 0; offload < 2; offload++) {
        uint8_t packet[TEST_PACKET_MAX];
        size_t length;
        test_pair pair;
        test_end *end = &pair.end[0];
        const sao_association *sends;

        pair_init(&pair, "esp-over-esp", 4);
        end->config.offload = offload == 1;
        pair_open(&pair);
        pair_establish(&pair);
        sends = association_of(&pair, 0, end->id);
        length = test_ip_packet(packet, 4, 1970); /* fits with one ESP header, and not with two */
        assert_int_equal(sao_transport_send(end->transport, end->id, packet, length),
                         NDIS_STATUS_INVALID_LENGTH);
        assert_int_equal(sends->sequence, offload == 0 ? 1 : 0);
        assert_int_equal(sends->sent, 0);
        assert_int_equal(pair_counters(&pair, 0).packets, 0);
        pair_close(&pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_form_accepts_a_packet_twice),
        cmocka_unit_test(each_sa_has_a_window_of_its_own),
        cmocka_unit_test(each_sa_is_updated),
        cmocka_unit_test(each_inbound_sa_is_updated_alone),
        cmocka_unit_test(a_number_that_sealed_something_is_used_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
