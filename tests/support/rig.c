// SPDX-License-Identifier: BSD-2-Clause
/* rig.c: the adapter, its backend and its host on the test bench. */
#include "support/rig.h"
#include "support/memory.h"
#include "support/rig_keys.h"

/* ---- the host -------------------------------------------------------------------------- */

static void take_lock(void *host)
{
    rig *r = host;

    assert_false(r->locked); /* it is not recursive */
    r->locked = true;
}

static void give_lock(void *host)
{
    rig *r = host;

    assert_true(r->locked);
    r->locked = false;
    if (r->during_unlock != NULL)
        r->during_unlock(r);
}

static void request_complete(void *host, sao_request *request)
{
    rig *r = host;
    rig_job *job = request->context;

    assert_false(r->locked);
    assert_status(job->answer, NDIS_STATUS_PENDING); /* OID-3: never after a final answer */
    assert_int_not_equal(request->status, NDIS_STATUS_PENDING); /* nor with PENDING */
    assert_int_equal(job->completions, 0);                      /* and once */
    job->completions++;
    rig_poison(job);
    if (r->during_completion != NULL)
        r->during_completion(r, job);
}

static void life_complete(void *host, sao_life_event event, NDIS_STATUS status)
{
    rig *r = host;

    assert_false(r->locked);
    assert_int_not_equal(status, NDIS_STATUS_PENDING);
    assert_status(r->life_answer[event], NDIS_STATUS_PENDING); /* never after a final answer */
    r->life_answer[event] = NDIS_STATUS_SUCCESS;               /* and once */
    r->life_outcome[event] = status;
    r->lives_completed[event]++;
    if (r->during_life_completion != NULL)
        r->during_life_completion(r, event);
}

static void wake(void *host)
{
    rig *r = host;

    assert_false(r->locked);
    r->wakes++;
}

static void current_config(void *host, const NDIS_IPSEC_OFFLOAD_V2 *config)
{
    rig *r = host;

    assert_false(r->locked);
    r->current_config = *config;
    r->config_indications++;
    if (r->during_config != NULL)
        r->during_config(r);
}

/* What an event's type does not use is 0 (event.h); of an adapter's own events. */
static void check_unused(const sao_event *event)
{
    static const struct {
        uint8_t code, value, status, extra;
    } uses[] = {
        [SAO_EVENT_BACKEND_CALL] = {1, 1, 1, 0},   [SAO_EVENT_BACKEND_ANSWER] = {1, 1, 1, 0},
        [SAO_EVENT_BUNDLE_ADDED] = {1, 1, 0, 0},   [SAO_EVENT_BUNDLE_REFUSED] = {0, 1, 1, 0},
        [SAO_EVENT_BUNDLE_CLAIMED] = {0, 1, 0, 0}, [SAO_EVENT_BUNDLE_LOST] = {0, 0, 1, 0},
        [SAO_EVENT_BUNDLE_PAIRED] = {1, 0, 0, 1},  [SAO_EVENT_BUNDLE_UNPAIRED] = {1, 0, 0, 1},
        [SAO_EVENT_BUNDLE_UPDATED] = {1, 1, 0, 0}, [SAO_EVENT_ADAPTER_STATE] = {1, 0, 0, 0},
        [SAO_EVENT_LATE_ANSWER] = {0, 1, 1, 0}};

    assert_true(event->type < sizeof uses / sizeof uses[0]);
    assert_true(event->code == 0 || uses[event->type].code);
    assert_true(event->value == 0 || uses[event->type].value);
    assert_true(event->status == 0 || uses[event->type].status);
    assert_true(event->extra == 0 || uses[event->type].extra);
    assert_int_equal(event->packet, 0);
    assert_int_equal(event->reserved, 0);
}

static void log_event(void *host, const sao_event *event)
{
    rig *r = host;

    assert_true(r->locked);
    assert_true(r->event_count < RIG_EVENTS_MAX);
    assert_int_equal(event->adapter, r->config.tag);
    check_unused(event);
    r->events[r->event_count++] = *event;
}

/* ---- the backend ----------------------------------------------------------------------- */

/* The keys stay readable until remove has answered (backend.h). */
static void check_key(const uint8_t *key, uint32_t length)
{
    assert_int_equal(key == NULL, length == 0);
    for (uint32_t i = 0; i < length; i++)
        assert_int_equal(key[i], rig_key_pattern[i % RIG_KEY_PATTERN_LENGTH]);
}

static NDIS_STATUS backend_called(rig *r, sao_backend_call kind, const sao_bundle *bundle,
                                  sao_ticket ticket, uint32_t sa, uint32_t sequence_high)
{
    const rig_answer_script *script = &r->answers[kind];
    rig_call *call = &r->calls[r->call_count];

    assert_false(r->locked);
    assert_true(r->call_count < RIG_CALLS_MAX);
    assert_true(bundle->index < r->config.capabilities.SaOffloadCapacity);
    for (uint32_t i = 0; i < bundle->sa_count; i++) {
        check_key(bundle->sa[i].encryption_key, bundle->sa[i].encryption_key_length);
        check_key(bundle->sa[i].authentication_key, bundle->sa[i].authentication_key_length);
    }
    *call = (rig_call){.kind = kind,
                       .handle = bundle->handle,
                       .spi = rig_network(bundle->sa[0].spi),
                       .ticket = ticket,
                       .sa = sa,
                       .sequence_high = sequence_high};
    r->call_count++;
    if (r->during_call != NULL)
        r->during_call(r, call);
    if (script->inside)
        sao_adapter_backend_done(r->adapter, ticket, script->inside_status);
    return script->status;
}

static NDIS_STATUS backend_add(void *backend, const sao_bundle *bundle, void **bundle_context,
                               sao_ticket ticket)
{
    rig *r = backend;

    *bundle_context = r;
    return backend_called(r, SAO_BACKEND_ADD, bundle, ticket, 0, bundle->sa[0].sequence_high);
}

static NDIS_STATUS backend_remove(void *backend, const sao_bundle *bundle, sao_ticket ticket)
{
    assert_non_null(bundle->backend_context);
    return backend_called(backend, SAO_BACKEND_REMOVE, bundle, ticket, 0, 0);
}

static NDIS_STATUS backend_update(void *backend, const sao_bundle *bundle, uint32_t sa,
                                  uint32_t sequence_high, sao_ticket ticket)
{
    return backend_called(backend, SAO_BACKEND_UPDATE, bundle, ticket, sa, sequence_high);
}

static bool backend_wants_delete(void *backend, const sao_bundle *bundle, uint32_t length)
{
    const rig *r = backend;

    assert_false(r->locked);
    assert_true(bundle->inbound);
    assert_int_not_equal(length, 0);
    return r->wants_delete;
}

static NDIS_STATUS backend_life(void *backend, sao_life_event event, sao_ticket ticket)
{
    rig *r = backend;
    rig_life_script *script = &r->lives[event];

    assert_false(r->locked);
    script->calls++;
    script->ticket = ticket;
    if (script->during != NULL)
        script->during(r);
    return script->status;
}

static const sao_backend_ops backend_ops = {.size = sizeof(sao_backend_ops),
                                            .add = backend_add,
                                            .remove = backend_remove,
                                            .update = backend_update,
                                            .wants_delete = backend_wants_delete,
                                            .life = backend_life};

/* ---- the rig --------------------------------------------------------------------------- */

static NDIS_IPSEC_OFFLOAD_V2 all_capabilities(void)
{
    return (NDIS_IPSEC_OFFLOAD_V2){.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3,
                                   .IPv6Supported = 1,
                                   .IPv4Options = 1,
                                   .IPv6NonIPsecExtensionHeaders = 1,
                                   .Ah = 1,
                                   .Esp = 1,
                                   .AhEspCombined = 1,
                                   .Transport = 1,
                                   .Tunnel = 1,
                                   .TransportTunnelCombined = 1,
                                   .ExtendedSequenceNumbers = 1,
                                   .UdpEsp = 0xF,
                                   .AuthenticationAlgorithms = 0x3F,
                                   .EncryptionAlgorithms = 0x1FF | SAO_ENCRYPTION_CHACHA20_POLY1305,
                                   .SaOffloadCapacity = RIG_CAPACITY};
}

rig *rig_create(void)
{
    rig *r = calloc(1, sizeof *r);

    assert_non_null(r);
    sao_adapter_config_init(&r->config);
    r->config.capabilities = all_capabilities();
    r->config.queues = RIG_QUEUES;
    r->config.tag = 5;
    r->config.hash_seed = 0x5EED;
    r->config.backend_ops = &backend_ops;
    r->config.backend = r;
    r->config.host = (sao_adapter_host){.request_complete = request_complete,
                                        .life_complete = life_complete,
                                        .wake = wake,
                                        .current_config = current_config,
                                        .event = log_event,
                                        .lock = take_lock,
                                        .unlock = give_lock};
    r->config.host_context = r;
    return r;
}

void rig_make(rig *r)
{
    const char *problem = "";

    r->size = sao_adapter_size(&r->config);
    assert_int_not_equal(r->size, 0);
    r->memory = malloc(r->size);
    assert_non_null(r->memory);
    test_memory_spoil(r->memory, r->size);
    assert_status(sao_adapter_init(r->memory, r->size, &r->config, &r->adapter, &problem),
                  NDIS_STATUS_SUCCESS);
    assert_null(problem);
}

void rig_start(rig *r)
{
    rig_make(r);
    assert_status(sao_adapter_initialize(r->adapter), NDIS_STATUS_SUCCESS);
    assert_status(sao_adapter_restart(r->adapter), NDIS_STATUS_SUCCESS);
    assert_status(rig_encapsulate(r, r->config.capabilities.Encapsulation)->answer,
                  NDIS_STATUS_SUCCESS);
    rig_clear(r);
}

rig *rig_running(void)
{
    rig *r = rig_create();

    rig_start(r);
    return r;
}

void rig_destroy(rig *r)
{
    rig_job *job = r->jobs;

    while (job != NULL) {
        rig_job *next = job->next;

        assert_int_not_equal(rig_result(job), NDIS_STATUS_PENDING);
        free(job->buffer.bytes);
        free(job);
        job = next;
    }
    free(r->memory);
    free(r);
}

void rig_halt(rig *r)
{
    assert_status(rig_life(r, SAO_LIFE_PAUSE), NDIS_STATUS_SUCCESS);
    assert_status(sao_adapter_halt(r->adapter), NDIS_STATUS_SUCCESS);
}

void rig_poll(rig *r)
{
    while (sao_adapter_poll(r->adapter, 0, 1000).more)
        ;
}

void rig_poll_steps(rig *r, uint32_t steps)
{
    (void)sao_adapter_poll(r->adapter, 0, steps);
}

sao_adapter_counters rig_counters(rig *r)
{
    sao_adapter_counters counters;

    sao_adapter_get_counters(r->adapter, &counters);
    return counters;
}

bool rig_memory_has_key(const rig *r)
{
    return test_memory_holds(r->memory, r->size, rig_key_pattern, RIG_KEY_PATTERN_LENGTH);
}
