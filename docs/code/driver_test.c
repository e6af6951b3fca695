// SPDX-License-Identifier: BSD-2-Clause
// driver_test.c: the code of docs/for-driver-tests.md: a driver, right and wrong, under a
// transport.
#include <saoffload/saoffload.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY 4u

// begin shim
/* The driver under test, and what a test needs to call it: the ops of a miniport. */
typedef struct driver {
    sao_protocol protocol; // the transport, or the boundary before it
    uintptr_t last_handle;
    bool wrong; // answers a DELETE as no driver may
} driver;

static NDIS_STATUS driver_request(void *miniport, sao_request *request)
{
    driver *d = miniport;

    if (request->oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA) {
        IPSEC_OFFLOAD_V2_ADD_SA *sa = request->buffer;

        for (; sa != NULL; sa = sa->Next)
            sa->OffloadHandle = (NDIS_HANDLE)++d->last_handle;
    }
    if (request->oid == OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA && d->wrong)
        return NDIS_STATUS_RESOURCES;
    return NDIS_STATUS_SUCCESS;
}
// end shim

static void driver_send(void *miniport, sao_packet *packet)
{
    driver *d = miniport;

    packet->status = NDIS_STATUS_SUCCESS;
    d->protocol.ops->send_complete(d->protocol.context, packet);
}

static void driver_return(void *miniport, sao_packet *packet)
{
    (void)miniport, (void)packet;
}

static NDIS_STATUS driver_life(void *miniport, sao_life_event event)
{
    (void)miniport, (void)event;
    return NDIS_STATUS_SUCCESS;
}

static void driver_cancel(void *miniport, const void *request_id)
{
    (void)miniport, (void)request_id;
}

static const sao_miniport_ops driver_ops = {.size = sizeof driver_ops,
                                            .request = driver_request,
                                            .cancel = driver_cancel,
                                            .send = driver_send,
                                            .return_packet = driver_return,
                                            .life = driver_life};

/* ---- the test -------------------------------------------------------------------------- */

typedef struct seen {
    int deletes;
    const char *violation;
} seen;

static void deliver(void *context, const uint8_t *packet, size_t length)
{
    (void)context, (void)packet, (void)length;
}

// begin hooks
/* The transport names the rule that the driver broke (rules.md). */
static void violated(void *context, const char *rule, const char *what)
{
    ((seen *)context)->violation = rule;
    printf("%s: %s\n", rule, what);
}

/* The boundary sees every request, answer and packet; the driver cannot hide one. */
static void event(void *context, const sao_event *e)
{
    if (e->type == SAO_EVENT_SUBMIT && e->code == OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA)
        ((seen *)context)->deletes++;
}
// end hooks

static seen run(bool wrong)
{
    static const uint8_t key[36] = "a test's key, of 32 bytes.......salt";
    sao_transport_association association = {.ip_version = 4,
                                             .local = {{192, 0, 2, 1}},
                                             .remote = {{192, 0, 2, 2}},
                                             .encryption = SAO_ENCRYPTION_CHACHA20_POLY1305,
                                             .inbound = {.spi = 1, .encryption_key = key},
                                             .outbound = {.spi = 2, .encryption_key = key}};
    driver d = {.wrong = wrong};
    seen result = {0};
    sao_transport_config config;
    sao_transport *transport;
    sao_boundary boundary;
    sao_miniport miniport = {&driver_ops, &d};
    void *memory;
    uint32_t id;

    // begin wiring
    sao_transport_config_init(&config);
    config.miniport = sao_boundary_miniport(&boundary); // transport, boundary, driver
    config.provider = sao_crypto_sodium();
    config.capacity = CAPACITY;
    config.hooks = (sao_transport_hooks){deliver, violated, &result};
    config.retry_after = 1;
    memory = malloc(sao_transport_size(&config));
    if (sao_transport_init(memory, sao_transport_size(&config), &config, &transport, NULL) !=
        NDIS_STATUS_SUCCESS)
        exit(1);
    sao_boundary_init(&boundary, miniport, sao_transport_protocol(transport), 1, event, &result);
    d.protocol = sao_boundary_protocol(&boundary);

    if (sao_transport_establish(transport, &association, &id) != NDIS_STATUS_SUCCESS)
        exit(1);
    sao_transport_poll(transport, 1); // ADD_SA, in and out
    sao_transport_retire(transport, id);
    sao_transport_poll(transport, 2); // DELETE_SA, in and out
    // end wiring
    free(memory);
    return result;
}

int main(void)
{
    seen good = run(false), bad = run(true);

    printf("%d deletes\n", good.deletes);
    return good.deletes == 2 && good.violation == NULL && bad.violation != NULL &&
                   strcmp(bad.violation, "DEL-4") == 0
               ? 0
               : 1;
}
