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
    sao_esp_view views[BURST_MAX]; /* to be sealed: what is to be finished after the job */
} burst;

static inline void append(burst *b, const sao_ipsec_sa *sa, uint32_t at)
{
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
    for (uint32_t i = 0; i < b->count; i++) {
        sao_ipsec_opening *o = &openings[b->at[i]];

        esp_end_open(o, &b->tasks[i].job, b->tasks[i].status == NDIS_STATUS_SUCCESS, &o->result);
    }
    clear(b);
}

/* The next packets are of this SA: what waits for another provider is done first. */
static void open_of(burst *b, const sao_ipsec_sa *sa, sao_ipsec_opening *openings)
{
    if (b->provider == sa->provider)
        return;
    open_tasks(b, openings);
    b->provider = sa->provider;
}

/* Is there a job to be done now? Else the packet is through. */
static inline bool begin_open(const sao_esp_known *known, sao_ipsec_opening *o, sao_esp_work *work,
                              sao_crypto_job *job)
{
    if (known->header_at != 0)
        return esp_begin_known(o, known, work, job, &o->result) == CRYPTO_SUCCESS;
    if (o->sa->protocol == SAO_PROTOCOL_AH) {
        (void)sao_ah_open(o->sa, o->highest, o->packet, o->length, &o->result);
        return false;
    }
    return sao_esp_begin_open(o, work, job, &o->result) == CRYPTO_SUCCESS;
}

void sao_ipsec_open_burst(sao_ipsec_opening *openings, uint32_t count)
{
    sao_esp_known known;
    burst b;

    if (count == 1) /* the short way */
        (void)sao_ipsec_open(openings->sa, openings->highest, openings->packet, openings->length,
                             &openings->result);
    if (count < 2)
        return;
    sao_esp_know(&known, openings->sa, openings->info);
    b.provider = openings->sa->provider;
    b.count = 0;
    for (uint32_t i = 0; i < count; i++) {
        sao_ipsec_opening *o = &openings[i];

        if (o->sa != known.sa || o->info != known.info) {
            sao_esp_know(&known, o->sa, o->info);
            open_of(&b, o->sa, openings);
        }
        if (b.count == BURST_MAX)
            open_tasks(&b, openings);
        if (begin_open(&known, o, &b.work[b.count], &b.tasks[b.count].job))
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
        sao_esp_end_seal(s->sa, s->packet, &b->views[i]);
    }
    clear(b);
}

/* AH, or what has no IV that it needs. */
static bool is_sealed_alone(const sao_ipsec_sealing *s)
{
    return s->sa->protocol == SAO_PROTOCOL_AH || (s->sa->iv_length > 0 && s->iv == NULL);
}

void sao_ipsec_seal_burst(sao_ipsec_sealing *sealings, uint32_t count)
{
    burst b;

    b.provider = NULL;
    b.count = 0;
    for (uint32_t i = 0; i < count; i++) {
        sao_ipsec_sealing *s = &sealings[i];

        if (is_sealed_alone(s)) {
            s->status = sao_ipsec_seal(s->sa, s->sequence_high, s->iv, s->packet, s->length);
            continue;
        }
        if (b.count == BURST_MAX || b.provider != s->sa->provider)
            seal_tasks(&b, sealings);
        b.provider = s->sa->provider;
        s->status = sao_esp_begin_seal(s->sa, s->sequence_high, s->iv, s->packet, s->length,
                                       &b.views[b.count], &b.work[b.count], &b.tasks[b.count].job);
        if (s->status == NDIS_STATUS_SUCCESS)
            append(&b, s->sa, i);
    }
    seal_tasks(&b, sealings);
}
