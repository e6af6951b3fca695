// SPDX-License-Identifier: BSD-2-Clause
/*
 * burst.c: many packets at once: the provider gets the jobs of as many ESP packets together as
 * there is room for on the stack. AH goes one by one: its copies of headers are too large.
 */
#include "ipsec/ah.h"
#include "ipsec/esp_job.h"

#define BURST_MAX 16u

typedef struct burst {
    const sao_crypto_provider *provider; /* of all tasks */
    uint32_t count;
    uint32_t at[BURST_MAX]; /* which packets they are */
    sao_crypto_task tasks[BURST_MAX];
    sao_esp_work work[BURST_MAX];
} burst;

/* The next place of a burst that has room for the SA's provider. */
static inline bool takes(const burst *b, const sao_ipsec_sa *sa)
{
    return b->count == 0 || (b->count < BURST_MAX && b->provider == sa->provider);
}

static inline void append(burst *b, const sao_ipsec_sa *sa, uint32_t at)
{
    b->provider = sa->provider;
    b->tasks[b->count].context = sa->context;
    b->at[b->count] = at;
    b->count++;
}

static void clear(burst *b)
{
    SAO_WIPE(b->work, b->count * sizeof b->work[0]);
    b->count = 0;
}

/* ---- opening ----------------------------------------------------------------------------- */

static void open_tasks(burst *b, sao_ipsec_opening *openings)
{
    if (b->count == 0)
        return;
    sao_crypto_open_all(b->provider, b->tasks, b->count);
    for (uint32_t i = 0; i < b->count; i++)
        esp_end_open(&openings[b->at[i]], &b->work[i], &b->tasks[i].job,
                     b->tasks[i].status == NDIS_STATUS_SUCCESS, &openings[b->at[i]].result);
    clear(b);
}

void sao_ipsec_open_burst(sao_ipsec_opening *openings, uint32_t count)
{
    sao_esp_known known = {NULL, NULL, 0, 0, 0, 0};
    burst b;

    if (count == 1) { /* the short way */
        (void)sao_ipsec_open(openings->sa, openings->highest, openings->packet, openings->length,
                             &openings->result);
        return;
    }
    b.count = 0;
    for (uint32_t i = 0; i < count; i++) {
        sao_ipsec_opening *o = &openings[i];
        uint16_t status;

        if (o->sa->protocol == SAO_PROTOCOL_AH) {
            (void)sao_ah_open(o->sa, o->highest, o->packet, o->length, &o->result);
            continue;
        }
        if (!takes(&b, o->sa))
            open_tasks(&b, openings);
        if (o->sa != known.sa || o->info != known.info)
            sao_esp_know(&known, o->sa, o->info);
        status =
            known.header_at != 0
                ? esp_begin_known(o, &known, &b.work[b.count], &b.tasks[b.count].job, &o->result)
                : sao_esp_begin_open(o, &b.work[b.count], &b.tasks[b.count].job, &o->result);
        if (status == CRYPTO_SUCCESS)
            append(&b, o->sa, i);
    }
    open_tasks(&b, openings);
}

/* ---- sealing ----------------------------------------------------------------------------- */

static void seal_tasks(burst *b, sao_ipsec_sealing *sealings)
{
    if (b->count == 0)
        return;
    sao_crypto_seal_all(b->provider, b->tasks, b->count);
    for (uint32_t i = 0; i < b->count; i++) {
        sao_ipsec_sealing *s = &sealings[b->at[i]];

        s->status = b->tasks[i].status;
        sao_esp_end_seal(s->sa, s->packet, &b->work[i]);
    }
    clear(b);
}

void sao_ipsec_seal_burst(sao_ipsec_sealing *sealings, uint32_t count)
{
    burst b;

    b.count = 0;
    for (uint32_t i = 0; i < count; i++) {
        sao_ipsec_sealing *s = &sealings[i];

        if (s->sa->protocol == SAO_PROTOCOL_AH || (s->sa->iv_length > 0 && s->iv == NULL)) {
            s->status = sao_ipsec_seal(s->sa, s->sequence_high, s->iv, s->packet, s->length);
            continue;
        }
        if (!takes(&b, s->sa))
            seal_tasks(&b, sealings);
        s->status = sao_esp_begin_seal(s->sa, s->sequence_high, s->iv, s->packet, s->length,
                                       &b.work[b.count], &b.tasks[b.count].job);
        if (s->status == NDIS_STATUS_SUCCESS)
            append(&b, s->sa, i);
    }
    seal_tasks(&b, sealings);
}
