// SPDX-License-Identifier: BSD-2-Clause
/* test_path.c: what decisions on packets of both ways share. */
#include "support/rig.h"

/* Each queue counts for itself; the sum is right. */
static void queues_count_on_their_own(void **state)
{
    rig *r = rig_running();
    rig_spec in = rig_inbound(1), out = rig_outbound(2);
    sao_packet_info info = rig_packet(&out);
    sao_flight flights[RIG_QUEUES * 4];
    NDIS_HANDLE handle = rig_add_one(r, out);

    (void)state;
    (void)rig_add_one(r, in);
    for (uint32_t i = 0; i < RIG_QUEUES * 4; i++)
        assert_int_equal(rig_receive(r, i % RIG_QUEUES, &in, &flights[i]), SAO_RECEIVE_PROCESS);
    assert_int_equal(rig_counters(r).flights, RIG_QUEUES * 4);
    assert_int_equal(rig_counters(r).held, RIG_QUEUES * 4);
    for (uint32_t i = 0; i < RIG_QUEUES * 4; i++) {
        assert_int_equal(flights[i].queue, i % RIG_QUEUES);
        (void)rig_finish(r, i % RIG_QUEUES, &flights[i]);
    }
    assert_int_equal(rig_counters(r).flights, 0);
    assert_int_equal(rig_counters(r).received_processed, RIG_QUEUES * 4);

    for (uint32_t i = 0; i < RIG_QUEUES * 4; i++)
        assert_status(
            sao_adapter_send(r->adapter, i % RIG_QUEUES, &info, handle, NULL, &flights[i]),
            NDIS_STATUS_SUCCESS);
    assert_int_equal(rig_counters(r).flights, RIG_QUEUES * 4);
    assert_int_equal(rig_counters(r).sent_processed, RIG_QUEUES * 4);
    for (uint32_t i = 0; i < RIG_QUEUES * 4; i++)
        sao_adapter_send_done(r->adapter, &flights[i]);
    assert_int_equal(rig_counters(r).flights, 0);
    rig_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queues_count_on_their_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
