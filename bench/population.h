// SPDX-License-Identifier: BSD-2-Clause
/*
 * population.h: an adapter with as many bundles as a benchmark wants.
 *
 * Bundles have numbers, from 0 on, even ones are inbound. Four make a family: the first two are
 * a pair, the other two have endpoints that nobody mirrors. So half of the bundles are paired,
 * and the other half fill the index in which mirror images are looked for: a cost that grows
 * with either is seen.
 *
 * All have the same local address, ESP with AES-GCM-256 and extended sequence numbers. The
 * backend answers everything at once, so what is measured is the adapter alone.
 */
#ifndef SAO_BENCH_POPULATION_H
#define SAO_BENCH_POPULATION_H

#include <saoffload/adapter.h>

#define POPULATION_FAMILY 4u
#define POPULATION_KEY_LENGTH 36u /* AES-GCM-256 and its salt */

typedef struct population {
    sao_adapter *adapter;
    void *memory;
    uint32_t bundles;     /* numbers */
    NDIS_HANDLE *handles; /* by number */
} population;

/* An ADD_SA element with its keys. */
typedef struct population_add {
    IPSEC_OFFLOAD_V2_ADD_SA element;
    uint8_t more_keys[POPULATION_KEY_LENGTH];
} population_add;

/* How such an adapter is configured; what changes for it, changes here. */
void population_configure(sao_adapter_config *config, uint32_t bundles);

/* An adapter that is running, with slots for the next power of two, and no bundles yet. */
void population_make(population *p, uint32_t bundles);
/* Received packets are offloaded only from then on (ENC-1); population_make does this itself. */
void population_set_encapsulation(sao_adapter *adapter);
/* Adds them all, by lists. */
void population_fill(population *p);
/* Checks that the adapter has all of them, and what is to be counted balances; frees it. */
void population_free(population *p);

/* Prepares a request of one bundle. The element stays where it is until the request is over. */
void population_prepare_add(sao_request *request, population_add *add, uint32_t number);
void population_prepare_delete(const population *p, sao_request *request,
                               IPSEC_OFFLOAD_V2_DELETE_SA *element, uint32_t number);
void population_prepare_update(const population *p, sao_request *request,
                               IPSEC_OFFLOAD_V2_UPDATE_SA *element, uint32_t number, uint32_t high);

/* Fills in a DELETE element, for a list: `next` may be NULL. */
void population_describe_delete(const population *p, IPSEC_OFFLOAD_V2_DELETE_SA *element,
                                uint32_t number, IPSEC_OFFLOAD_V2_DELETE_SA *next);

/* Takes requests one after the other, each to its end; ends the program if one fails. */
void population_run(const population *p, sao_request *requests, uint32_t count);

/* A packet for inbound bundle `number`. */
sao_packet_info population_packet(uint32_t number);

#endif /* SAO_BENCH_POPULATION_H */
