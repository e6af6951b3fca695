// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_requests.c: OID requests of any bytes, and all that may happen between them: polls, late and
 * bad answers of the hardware, cancels, events of life, packets.
 *
 * An answer is final or PENDING, and then there is one completion (OID-3), after which request and
 * buffer are freed, so that looking at them again shows. A DELETE that is refused deletes nothing
 * (DEL-6). In the end everything can come to rest, nothing is left, and no byte of a key.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include <saoffload/adapter.h>
#include <saoffload/algorithm.h>

#include "hardware.h"
#include "request_bytes.h"

#define CAPACITY 5u
#define FLIGHTS 4u
#define HANDLES 8u
#define STEPS_MAX 64u
#define REST_MAX 1000u

/* A request that has not completed; it frees itself. */
typedef struct asked {
    sao_request request;
    struct world *world;
    bool pending; /* its answer was PENDING */
} asked;

typedef struct world {
    fuzz_input in;
    hardware hw;
    sao_adapter *adapter;
    uint32_t pending;
    sao_flight received[FLIGHTS], sent[FLIGHTS];
    bool receiving[FLIGHTS], sending[FLIGHTS];
    uint32_t held;
    NDIS_HANDLE handles[HANDLES]; /* some that are, and some that were */
    uint32_t lives;               /* that are under way */
} world;

/* ---- the adapter's surroundings -------------------------------------------------------- */

static void free_asked(asked *mine)
{
    free(mine->request.buffer);
    free(mine);
}

static void request_complete(void *host, sao_request *request)
{
    asked *mine = request->context;

    (void)host;
    FUZZ_CHECK(mine->pending && request->status != NDIS_STATUS_PENDING);
    mine->world->pending--;
    free_asked(mine);
}

static void life_complete(void *host, sao_life_event event, NDIS_STATUS status)
{
    world *w = host;

    (void)event;
    FUZZ_CHECK(status != NDIS_STATUS_PENDING && w->lives > 0);
    w->lives--;
}

static sao_adapter_config configure(world *w, uint8_t bits)
{
    static const sao_profile profiles[] = {SAO_PROFILE_NDIS_6_20, SAO_PROFILE_NDIS_6_30,
                                           SAO_PROFILE_NDIS_6_1, SAO_PROFILE_NDIS_6_30};
    sao_adapter_config config;

    sao_adapter_config_init(&config);
    memset(&config.capabilities, 1, sizeof config.capabilities);
    config.capabilities.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3;
    config.capabilities.UdpEsp = 15;
    config.capabilities.AuthenticationAlgorithms = (bits & 4) != 0 ? 0x3F : 6;
    config.capabilities.EncryptionAlgorithms = 0x1FF;
    config.capabilities.SaOffloadCapacity = CAPACITY;
    config.profile = profiles[bits & 3];
    config.elements_per_step = (bits & 8) != 0 ? 1 : 64;
    config.steps_per_submit = (bits & 16) != 0 ? 1 : 16;
    config.allow_unauthenticated = (bits & 32) != 0;
    config.strict_lists = true;
    config.backend_ops = &hardware_ops;
    config.backend = &w->hw;
    config.host.request_complete = request_complete;
    config.host.life_complete = life_complete;
    config.host_context = w;
    return config;
}

/* ---- requests -------------------------------------------------------------------------- */

static uint32_t bundles(const world *w)
{
    sao_adapter_counters counters;

    sao_adapter_get_counters(w->adapter, &counters);
    return counters.bundles;
}

/* What exists, in the places of what was there before. */
static void note_handles(world *w)
{
    uint32_t cursor = 0;
    NDIS_HANDLE handle;

    while ((handle = sao_adapter_next_bundle(w->adapter, &cursor)) != NULL)
        w->handles[cursor % HANDLES] = handle;
}

static void submit(world *w)
{
    asked *mine = calloc(1, sizeof *mine);
    request_bytes made;
    NDIS_STATUS status;
    uint32_t before;

    FUZZ_CHECK(mine != NULL);
    request_bytes_make(&made, &w->in, w->handles, HANDLES);
    sao_request_init(&mine->request, made.oid, made.bytes, made.length);
    mine->request.request_id = (void *)(uintptr_t)(fuzz_byte(&w->in) & 3u);
    mine->request.context = mine;
    mine->world = w;
    before = bundles(w);
    status = sao_adapter_request(w->adapter, &mine->request);
    if (status == NDIS_STATUS_PENDING) {
        mine->pending = true;
        w->pending++;
        return;
    }
    FUZZ_CHECK(mine->request.status == status);
    if (made.oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA && status != NDIS_STATUS_SUCCESS)
        FUZZ_CHECK(bundles(w) == before);
    free_asked(mine);
    note_handles(w);
}

/* ---- packets --------------------------------------------------------------------------- */

/* Of a bundle that exists, or of nobody. */
static sao_packet_info describe(world *w)
{
    const NDIS_HANDLE handle = w->handles[fuzz_byte(&w->in) % HANDLES];
    sao_packet_info info = {
        .ip_version = 4, .header_count = 1, .encapsulation = NDIS_ENCAPSULATION_IEEE_802_3};
    sao_bundle bundle;

    info.protocol[0] = SAO_PROTOCOL_ESP;
    if (handle == NULL ||
        sao_adapter_query(w->adapter, handle, &bundle, NULL) != NDIS_STATUS_SUCCESS)
        return info;
    info.ip_version = bundle.ip_version;
    info.source = bundle.source;
    info.destination = bundle.destination;
    info.header_count = bundle.sa_count;
    for (uint32_t i = 0; i < bundle.sa_count; i++) { /* AH is outside, and last in the bundle */
        info.spi[i] = bundle.sa[bundle.sa_count - 1u - i].spi;
        info.protocol[i] = bundle.sa[bundle.sa_count - 1u - i].protocol;
    }
    info.udp_encapsulated = bundle.udp_esp != 0;
    return info;
}

static void receive(world *w, uint32_t n)
{
    const sao_packet_info info = describe(w);
    sao_receive_action action;

    if (w->receiving[n])
        return;
    action = sao_adapter_receive(w->adapter, 0, &info, &w->received[n]);
    w->receiving[n] = action != SAO_RECEIVE_DROP;
    if (action == SAO_RECEIVE_PROCESS && (fuzz_byte(&w->in) & 1) != 0)
        (void)sao_adapter_receive_inner(w->adapter, &info, &w->received[n]);
}

static void finish_receive(world *w, uint32_t n)
{
    NDIS_IPSEC_OFFLOAD_V2_NET_BUFFER_LIST_INFO oob;

    if (!w->receiving[n])
        return;
    w->receiving[n] = false;
    if (w->received[n].bundle != NULL)
        sao_adapter_receive_done(w->adapter, &w->received[n], fuzz_byte(&w->in) % 8u,
                                 w->received[n].tunnel != NULL ? 2 : 1, 100, &oob);
    sao_adapter_receive_indicated(w->adapter, &w->received[n]);
    w->held++;
}

static void give_back(world *w)
{
    if (w->held == 0)
        return;
    w->held--;
    sao_adapter_receive_returned(w->adapter, 0);
}

static void send(world *w, uint32_t n)
{
    const sao_packet_info info = describe(w);
    const NDIS_HANDLE handle = w->handles[fuzz_byte(&w->in) % HANDLES];
    const uint8_t second = fuzz_byte(&w->in);
    const NDIS_HANDLE tunnel = (second & 0x80) != 0 ? w->handles[second % HANDLES] : NULL;

    if (!w->sending[n])
        w->sending[n] = sao_adapter_send(w->adapter, 0, &info, handle, tunnel, &w->sent[n]) ==
                        NDIS_STATUS_SUCCESS;
}

static void finish_send(world *w, uint32_t n)
{
    if (!w->sending[n])
        return;
    w->sending[n] = false;
    sao_adapter_send_done(w->adapter, &w->sent[n]);
}

/* ---- all that may happen --------------------------------------------------------------- */

static NDIS_STATUS live(world *w, sao_life_event event)
{
    NDIS_STATUS status;

    w->lives++; /* before: the completion may come from within */
    status = sao_adapter_life(w->adapter, event);
    if (status != NDIS_STATUS_PENDING)
        w->lives--;
    return status;
}

static void life(world *w, uint8_t which)
{
    static const sao_life_event events[] = {SAO_LIFE_RESET, SAO_LIFE_PAUSE,     SAO_LIFE_RESTART,
                                            SAO_LIFE_RESET, SAO_LIFE_SLEEP,     SAO_LIFE_WAKE,
                                            SAO_LIFE_HALT,  SAO_LIFE_INITIALIZE};

    if (which == 0xFF)
        (void)live(w, SAO_LIFE_REMOVE);
    else if (which == 0xFE)
        (void)live(w, SAO_LIFE_SHUTDOWN);
    else
        (void)live(w, events[which & 7]);
}

static void step(world *w)
{
    const uint8_t todo = fuzz_byte(&w->in), n = (uint8_t)(todo >> 4);

    switch (todo & 15) {
    case 5:
        (void)sao_adapter_poll(w->adapter, n, 1u + n);
        break;
    case 6:
        hardware_answer(&w->hw, n, NDIS_STATUS_SUCCESS);
        break;
    case 7:
        hardware_answer(&w->hw, n, NDIS_STATUS_FAILURE);
        break;
    case 8:
        sao_adapter_cancel(w->adapter, (void *)(uintptr_t)(n & 3u));
        break;
    case 9:
        life(w, fuzz_byte(&w->in));
        break;
    case 10:
        receive(w, n % FLIGHTS);
        break;
    case 11:
        finish_receive(w, n % FLIGHTS);
        break;
    case 12:
        give_back(w);
        break;
    case 13:
        send(w, n % FLIGHTS);
        break;
    case 14:
        finish_send(w, n % FLIGHTS);
        break;
    case 15:
        (void)!sao_adapter_pair(w->adapter, w->handles[n % HANDLES],
                                w->handles[fuzz_byte(&w->in) % HANDLES]);
        break;
    default:
        submit(w);
    }
}

/* ---- the end --------------------------------------------------------------------------- */

/* Polls until nothing is left to do, with every answer given. */
static void rest(world *w)
{
    for (uint32_t i = 0; i < REST_MAX; i++) {
        const sao_poll left = sao_adapter_poll(w->adapter, i, 64);

        if (w->hw.late_count > 0)
            hardware_answer(&w->hw, 0, NDIS_STATUS_SUCCESS);
        else if (!left.more)
            return;
    }
    fuzz_fail(__FILE__, __LINE__, "it comes to rest");
}

/* From here on there are no bytes left: the hardware answers at once. */
static void end(world *w)
{
    sao_adapter_counters counters;

    w->in.left = 0;
    for (uint32_t n = 0; n < FLIGHTS; n++) {
        finish_receive(w, n);
        finish_send(w, n);
    }
    while (w->held > 0)
        give_back(w);
    rest(w);
    FUZZ_CHECK(w->pending == 0 && w->lives == 0);
    (void)live(w, SAO_LIFE_REMOVE);
    rest(w);
    if (sao_adapter_get_state(w->adapter) == SAO_ADAPTER_RUNNING)
        FUZZ_CHECK(live(w, SAO_LIFE_PAUSE) == NDIS_STATUS_SUCCESS);
    rest(w);
    if (sao_adapter_get_state(w->adapter) == SAO_ADAPTER_PAUSED)
        FUZZ_CHECK(live(w, SAO_LIFE_HALT) == NDIS_STATUS_SUCCESS);
    FUZZ_CHECK(w->pending == 0 && w->lives == 0);
    sao_adapter_get_counters(w->adapter, &counters);
    FUZZ_CHECK(counters.bundles == 0 && counters.requests == 0);
    FUZZ_CHECK(counters.flights == 0 && counters.held == 0);
    FUZZ_CHECK(counters.bundles_added == counters.bundles_deleted + counters.bundles_retired);
}

/* Keys are kept at multiples of four. */
static bool holds_key(const uint32_t *words, size_t count)
{
    const uint32_t key = REQUEST_KEY_BYTE * 0x01010101u;

    for (size_t i = 0; i + 1 < count; i++)
        if (words[i] == key && words[i + 1] == key)
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static union {
        max_align_t align;
        uint32_t words[4096];
    } memory;
    world w = {.in = {data, size}};
    const sao_adapter_config config = configure(&w, fuzz_byte(&w.in));
    const size_t need = sao_adapter_size(&config);

    FUZZ_CHECK(need > 0 && need <= sizeof memory);
    FUZZ_CHECK(sao_adapter_init(&memory, need, &config, &w.adapter, NULL) == NDIS_STATUS_SUCCESS);
    w.hw.in = &w.in;
    w.hw.adapter = w.adapter;
    (void)live(&w, SAO_LIFE_INITIALIZE);
    (void)live(&w, SAO_LIFE_RESTART);
    for (uint32_t i = 0; i < STEPS_MAX && w.in.left > 0; i++)
        step(&w);
    end(&w);
    FUZZ_CHECK(!holds_key(memory.words, need / sizeof memory.words[0]));
    return 0;
}
