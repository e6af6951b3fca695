// SPDX-License-Identifier: BSD-2-Clause
/*
 * path.h: what the decisions on received packets (receive.c) and on sent ones (send.c) share.
 *
 * No lock: a packet is counted in flight before anything is looked up (grace.h), and what it finds
 * then stays until it is through.
 */
#ifndef SAO_CORE_PATH_H
#define SAO_CORE_PATH_H

#include "core/adapter_state.h"

/* sao_flight.state */
enum { SAO_FLIGHT_NONE, SAO_FLIGHT_RECEIVE, SAO_FLIGHT_SEND };

/* The counters of a queue, which has to exist. */
sao_queue *sao_path_queue(sao_adapter *adapter, uint32_t queue);

/* The flight is over, as far as its packet knows. */
static inline void sao_path_end_flight(sao_flight *flight)
{
    flight->state = SAO_FLIGHT_NONE;
    flight->bundle = NULL;
    flight->tunnel = NULL;
}

/* The packet is in flight from here to there; leaving twice does no harm. */
void sao_path_enter(sao_adapter *adapter, uint32_t queue, sao_flight *flight, uint8_t state);
void sao_path_leave(sao_adapter *adapter, sao_flight *flight);

/* Names the bundle in the flight, with the high halves of now (UPD-1). */
void sao_path_use(sao_flight *flight, const sao_bundle *bundle);

/* What the flight names is around what it will name next. */
void sao_path_into_tunnel(sao_flight *flight);

/* Do the capabilities exclude such a packet, whatever its bundle (RX-2)? */
bool sao_path_excluded(const NDIS_IPSEC_OFFLOAD_V2 *capabilities, const sao_packet_info *info);

/* Is a packet of this bundle one without another IPsec payload around it (UdpEsp's types)? */
bool sao_path_stands_alone(const sao_bundle *bundle);

/* May the bundle process a packet that comes inside of the other bundle's tunnel? Not for a second
 * UDP header, which no type has (CAP-5), nor for one that belongs elsewhere. */
bool sao_path_combines(const sao_bundle *tunnel, const sao_bundle *bundle);

#endif /* SAO_CORE_PATH_H */
