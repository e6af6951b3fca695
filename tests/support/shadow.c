// SPDX-License-Identifier: BSD-2-Clause
/* shadow.c: what must be true of an adapter, seen from outside. */
#include "support/shadow.h"

/* ---- requests -------------------------------------------------------------------------- */

void shadow_judge_delete(shadow *s, shadow_job *m, uint32_t i)
{
    const shadow_bundle *b = &s->bundles[m->bundles[i]];

    m->must_fail = m->must_fail || m->bundles[i] == SHADOW_BUNDLES_MAX || b->gone;
    for (uint32_t k = 0; k < i; k++)
        m->must_fail = m->must_fail || m->bundles[k] == m->bundles[i];
    if (m->bundles[i] == SHADOW_BUNDLES_MAX || b->doubts == 0)
        return;
    m->may_fail = true; /* of two that name it, the one that claims it last */
    for (uint32_t j = s->jobs_over; j + 1 < s->job_count; j++)
        for (uint32_t k = 0; k < s->jobs[j].count; k++)
            if (s->jobs[j].oid == m->oid && s->jobs[j].bundles[k] == m->bundles[i])
                s->jobs[j].may_fail = true;
}

static bool same_triple(const rig_spec *a, const rig_spec *b)
{
    if (!a->inbound || !b->inbound || a->destination != b->destination || a->ipv6 != b->ipv6)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        for (uint32_t k = 0; k < b->count; k++)
            if (a->sa[i].spi == b->sa[k].spi && a->sa[i].operation == b->sa[k].operation)
                return true;
    return false;
}

void shadow_interrupt(shadow *s, bool held)
{
    for (uint32_t i = s->jobs_over; i < s->job_count; i++) {
        shadow_job *m = &s->jobs[i];

        m->may_abort = m->may_abort || !held;
        if (m->job != NULL && m->oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA)
            s->bundles[m->bundles[0]].high_unsure = true;
    }
}

static void add_is_over(shadow *s, const shadow_job *m, NDIS_STATUS status)
{
    uint32_t added = 0;

    if (status == NDIS_STATUS_REQUEST_ABORTED)
        assert_true(m->may_abort);

    for (uint32_t i = 0; i < m->count; i++) {
        NDIS_HANDLE handle = rig_handle(m->job, i);
        shadow_bundle *b = &s->bundles[s->bundle_count];

        if (handle == NULL)
            continue;
        assert_int_not_equal(m->specs[i].sa[0].spi, 0);
        for (uint32_t k = 0; k < s->bundle_count; k++) {
            const shadow_bundle *other = &s->bundles[k];

            assert_ptr_not_equal(other->handle, handle); /* DEL-8 */
            if (!other->gone && other->doubts == 0)      /* ADD-12 */
                assert_false(same_triple(&other->spec, &m->specs[i]));
        }
        added++;
        assert_true(++s->bundle_count < SHADOW_BUNDLES_MAX);
        *b = (shadow_bundle){.spec = m->specs[i], .handle = handle};
        b->high = b->spec.sa[0].sequence_high;
    }
    assert_int_equal(m->job->request.elements_done, added);
    assert_int_equal(status == NDIS_STATUS_SUCCESS, added != 0); /* ADD-2 */
}

static void delete_is_over(shadow *s, const shadow_job *m, NDIS_STATUS status)
{
    const bool succeeded = status == NDIS_STATUS_SUCCESS;
    const bool aborted = status == NDIS_STATUS_REQUEST_ABORTED;
    const uint32_t done = m->job->request.elements_done;

    assert_false(m->must_fail && (succeeded || done != 0));
    assert_true(m->may_fail || m->refused || succeeded || aborted); /* DEL-10 */
    assert_true(succeeded || aborted || m->refused || status == NDIS_STATUS_INVALID_PARAMETER);
    if (aborted) /* DEL-9 */
        assert_true(m->may_abort && done <= m->count);
    else
        assert_int_equal(done, succeeded ? m->count : 0);
    for (uint32_t i = 0; i < m->count; i++) {
        shadow_bundle *b = &s->bundles[m->bundles[i]];

        if (m->bundles[i] == SHADOW_BUNDLES_MAX)
            continue;
        b->doubts--;
        b->doomed -= m->must_fail ? 1u : 0u;
        if (i < done) {
            assert_false(b->gone); /* nobody else has deleted it */
            assert_int_equal(b->flights, 0);
            b->gone = true;
        }
    }
}

static void update_is_over(shadow *s, const shadow_job *m, uint32_t number, NDIS_STATUS status)
{
    shadow_bundle *b = &s->bundles[m->bundles[0]];

    assert_false(m->must_fail && status == NDIS_STATUS_SUCCESS);
    if (status == NDIS_STATUS_REQUEST_ABORTED) { /* the hardware may have it, or not */
        assert_true(m->may_abort);
        b->high_unsure = true;
    }
    if (status == NDIS_STATUS_SUCCESS && number >= b->high_update) {
        b->high = m->high;
        b->high_update = number;
    }
}

void shadow_notice_results(shadow *s)
{
    for (uint32_t i = s->jobs_over; i < s->job_count; i++) {
        shadow_job *m = &s->jobs[i];
        NDIS_STATUS status;

        if (m->job == NULL || (status = rig_result(m->job)) == NDIS_STATUS_PENDING)
            continue;
        if (m->refused) /* RST-4 */
            assert_status(status, NDIS_STATUS_NOT_ACCEPTED);
        if (m->refused && m->oid != OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA)
            ; /* it has not even been looked at */
        else if (m->oid == SHADOW_ADD)
            add_is_over(s, m, status);
        else if (m->oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA)
            delete_is_over(s, m, status);
        else
            update_is_over(s, m, i, status);
        m->job = NULL;
    }
    while (s->jobs_over < s->job_count && s->jobs[s->jobs_over].job == NULL)
        s->jobs_over++;
}

/* ---- packets --------------------------------------------------------------------------- */

static bool matches(const shadow_bundle *b, const rig_spec *packet, uint32_t destination)
{
    const rig_sa_spec *outer = &packet->sa[packet->count - 1];

    if (!b->spec.inbound || b->gone || b->spec.ipv6 != packet->ipv6 ||
        b->spec.destination != destination ||
        (b->spec.source != 0 && b->spec.source != packet->source))
        return false;
    for (uint32_t i = 0; i < b->spec.count; i++)
        if (b->spec.sa[i].spi == outer->spi && b->spec.sa[i].operation == outer->operation)
            return true;
    return false;
}

void shadow_check_found(const shadow *s, const rig_spec *packet, NDIS_HANDLE found)
{
    const uint32_t destinations[2] = {packet->destination, 0};

    for (uint32_t i = 0; i < 2; i++)
        for (uint32_t k = 0; k < s->bundle_count; k++) {
            const shadow_bundle *b = &s->bundles[k];

            if (!matches(b, packet, destinations[i]))
                continue;
            if (b->handle == found)
                return;
            if (b->doubts == b->doomed) /* it is certainly there, and would have been found */
                fail_msg("a packet missed its bundle");
        }
    assert_null(found);
}

/* ---- quiet moments --------------------------------------------------------------------- */

void shadow_check_all(shadow *s)
{
    sao_adapter_counters counters = rig_counters(s->r);
    uint32_t there = 0, cursor = 0;

    for (uint32_t i = 0; i < s->bundle_count; i++) {
        shadow_bundle *b = &s->bundles[i];
        sao_bundle bundle;
        sao_bundle_status status;

        if (b->gone) {
            assert_int_equal(rig_state(s->r, b->handle), SAO_BUNDLE_FREE);
            continue;
        }
        there++;
        assert_int_equal(b->doubts, 0);
        assert_status(sao_adapter_query(s->r->adapter, b->handle, &bundle, &status),
                      NDIS_STATUS_SUCCESS);
        assert_int_equal(status.state, SAO_BUNDLE_LIVE);
        if (!b->high_unsure)
            assert_int_equal(bundle.sa[0].sequence_high, b->high);
        b->high = bundle.sa[0].sequence_high;
        b->high_unsure = false;
        if (status.pair != NULL) /* PAIR-3 */
            assert_ptr_equal(rig_status(s->r, status.pair).pair, b->handle);
    }
    while (sao_adapter_next_bundle(s->r->adapter, &cursor) != NULL)
        there--;
    assert_int_equal(there, 0);
    assert_int_equal(counters.requests, 0);
    assert_int_equal(counters.flights, 0);
    assert_int_equal(counters.held, 0);
    assert_int_equal(counters.bundles_added,
                     counters.bundles_deleted + counters.bundles_retired + counters.bundles);
    assert_int_equal(counters.bundles_added, s->bundle_count);
}
