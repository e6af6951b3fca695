// SPDX-License-Identifier: BSD-2-Clause
/*
 * soft_nic.h: a NIC in software that offloads IPsec for real, around its own adapter.
 *
 * It is a backend (it holds SAs and their crypto contexts) and the packet path of a miniport: it
 * parses frames, asks its adapter what to do, seals and opens through a crypto provider, and
 * indicates. Latencies are in the caller's time; nothing happens but inside of its functions.
 * Ethernet frames, VLAN tags included. One thread at a time.
 *
 * With LsoSupported it cuts large TCP packets of transport-mode bundles (sao_packet.lso, LSO-1).
 * Such a packet is framed but for ESP's trailer and ICV; its TCP header begins, and OOB data says
 * so (header.Transmit: NextHeader, PadLength, the offsets of AH and ESP), where the payload of
 * IPsec does; the lengths in it are not looked at. It has neither IPv4 options nor IPv6 extension
 * headers, nor SYN, RST or URG. Each segment has a sequence number of its own, beginning with the
 * packet's: who sent it goes on behind the last. The numbers are not to come round without ESN; nor
 * is one of them to have been used (TX-3), which ends the packet with FAILURE after what is before
 * it has left. It coalesces nothing that it receives (RSC-1).
 *
 * A reset, and low power, make it forget every key at once; the adapter adds the bundles again
 * (RST-3). What keeps IVs unique (TX-3) and the ESN high half right (RX-5) is the driver's, not the
 * hardware's, and stays until a bundle's remove. Packets that wait inside when such an event comes:
 *
 *             received ones   sends
 *     reset   are indicated   REQUEST_ABORTED; below NDIS 6.30 they go out after it (RST-5), but
 *                             for those of a bundle that did not come back: FAILURE, and what is
 *                             behind them REQUEST_ABORTED, so that nothing overtakes
 *     sleep   are indicated   LOW_POWER_STATE (PWR-1)
 *     remove  are indicated   NOT_ACCEPTED (REM-1)
 */
#ifndef SAOFFLOAD_SOFT_NIC_H
#define SAOFFLOAD_SOFT_NIC_H

#include <saoffload/adapter.h>
#include <saoffload/crypto.h>
#include <saoffload/miniport.h>

SAO_EXTERN_C_BEGIN

/* A NIC and its adapter, in memory of the caller's. */
typedef struct sao_soft_nic sao_soft_nic;

/* What the NIC gives to the wire, each with `context`. */
typedef struct sao_soft_nic_wire {
    /* A frame leaves, in one piece; the bytes are the NIC's again when this returns, or gives the
     * NIC something to do. Required. */
    void (*transmit)(void *wire, const sao_packet *packet);
    /* A packet given to sao_soft_nic_receive is the giver's again. Required. */
    void (*release)(void *wire, sao_packet *packet);
    void *context; /* the wire's own */
} sao_soft_nic_wire;

/* What sao_soft_nic_init makes a NIC from. */
typedef struct sao_soft_nic_config {
    size_t size; /* sizeof(sao_soft_nic_config); sao_soft_nic_config_init sets it */
    NDIS_IPSEC_OFFLOAD_V2 capabilities; /* SaOffloadCapacity: bundles */
    sao_profile profile;                /* as sao_adapter_config has it */
    uint32_t tag;       /* of the adapter; NICs whose handles may meet differ in it */
    uint32_t hash_seed; /* as sao_adapter_config has it */
    const sao_crypto_provider *provider; /* required */
    sao_soft_nic_wire wire;              /* where frames go */

    /* Bytes of the NIC's memory in which it gathers a packet that lies in several segments, as its
     * DMA would (sao_packet.more), and makes the segments of a large one. 0, the default: none. A
     * longer one, in segments, is not sent, and goes up untouched. LsoSupported needs some, and
     * Transport. */
    uint32_t staging;

    /* Latencies in the caller's time; 0 answers at once. */
    uint64_t add_latency;
    uint64_t remove_latency;
    uint64_t update_latency;
    uint64_t send_latency;    /* from send to transmit and send completion */
    uint64_t receive_latency; /* from arrival to indication; the lookup is at arrival */
    uint64_t restart_latency; /* of a start after initialise or a pause */
    uint64_t reset_latency;   /* of the hardware; each bundle's add comes on top */
    uint64_t power_latency;   /* the same of sleep and wake */

    /* Refusals: of every nth add, RESOURCES; 0 never. Bundles that come back count too (RST-3). */
    uint32_t refuse_every;
    /* What each reset of the hardware comes to: NDIS_STATUS_SUCCESS, SOFT_ERRORS or HARD_ERRORS. */
    NDIS_STATUS reset_status;

    /* SaDeleteReq policy (DEL-2); 0 turns each off. A packet of transport over tunnel counts for
     * neither of its bundles, since it cannot carry a wish (RX-8). */
    uint32_t wish_fill_percent;  /* table at least that full: the oldest inbound bundle goes */
    uint32_t wish_after_packets; /* received by one inbound bundle */
    uint64_t wish_after_bytes;

    /* IVs are made from this, as the upper 16 bits, and the packet's sequence number
     * (sao_ipsec_make_iv). The NIC refuses a number twice while a bundle lives; who adds the same
     * key again must go on where its numbers ended. A fork of a world takes a new one (TX-3). */
    uint16_t epoch;

    sao_event_hook *event; /* may be NULL */
    void *event_context;   /* given to it */
} sao_soft_nic_config;

/*
 * Fills in the defaults: capacity 64, IPv4 and IPv6, ESP, tunnel and transport, ESN, everything
 * at once, no policy, no provider.
 */
void sao_soft_nic_config_init(sao_soft_nic_config *config);

/* Sets in `capabilities` every form of packet that the soft NIC can offload: beyond the defaults
 * AH, alone and with ESP, transport over tunnel, UDP-ESP in all four types, IPv4 options and IPv6
 * extension headers. A bundle of both needs room for two of the provider's contexts, which the NIC
 * then keeps for each (AhEspCombined). */
void sao_soft_nic_offer_forms(NDIS_IPSEC_OFFLOAD_V2 *capabilities);

/* Sets in `capabilities` the algorithms that the provider has on this machine. */
void sao_soft_nic_offer_algorithms(NDIS_IPSEC_OFFLOAD_V2 *capabilities,
                                   const sao_crypto_provider *provider);

/* Bytes needed; 0 for a configuration that sao_soft_nic_init would refuse. */
size_t sao_soft_nic_size(const sao_soft_nic_config *config);

/*
 * Makes a NIC and its adapter in `memory`, `size` bytes aligned for max_align_t; the adapter is
 * Halted. Returns as sao_adapter_init.
 */
NDIS_STATUS sao_soft_nic_init(void *memory, size_t size, const sao_soft_nic_config *config,
                              sao_soft_nic **nic, const char **problem) SAO_MUST_CHECK;

/* Who gets indications and completions. Before the first restart. */
void sao_soft_nic_bind(sao_soft_nic *nic, sao_protocol protocol);

/* What a transport, or a boundary, uses to drive this NIC. */
sao_miniport sao_soft_nic_miniport(sao_soft_nic *nic);

/*
 * The adapter inside: queries, pairs, counters; initialize and halt. Other events of life go by
 * sao_soft_nic_miniport: the NIC has packets of its own to bring to their end.
 */
sao_adapter *sao_soft_nic_adapter(sao_soft_nic *nic);

/*
 * A frame arrives from the wire. One whose headers cannot be read whole, up to the SPI and its
 * sequence number, shows no SA and goes up untouched (RX-2). The packet is the NIC's until
 * wire.release, which comes exactly once: after the transport returned it, or at once if the NIC is
 * not receiving.
 */
void sao_soft_nic_receive(sao_soft_nic *nic, sao_packet *packet);

/*
 * Frames arrive together, in this order: sao_soft_nic_receive for each, at a lower price. What is
 * looked up, opened and indicated is done for up to 32 of them at a time: the adapter's counters
 * are touched once, the provider gets its jobs in bursts. Two things differ: what one indication
 * changes (a delete, a pause) is met by the packets behind it in the burst as those in flight meet
 * it; and the extended sequence numbers of all are inferred from what had been seen before.
 * `packets` is read only before the first indication of each 32.
 */
void sao_soft_nic_receive_burst(sao_soft_nic *nic, sao_packet *const *packets, uint32_t count);

/*
 * Does everything that is due at `now`, in order of time: late answers, transmissions,
 * indications, the adapter's steps. Returns when to call next, UINT64_MAX for no need. Call it as
 * well after giving the NIC anything (a request, a packet, a packet back): latencies count from
 * the last `now`, and something may be due earlier than the last call said.
 */
uint64_t sao_soft_nic_poll(sao_soft_nic *nic, uint64_t now);

/*
 * When the next thing that the NIC holds is due, UINT64_MAX for nothing; nothing is done. After
 * giving the NIC something, poll: its adapter may have steps to take that wait for no time.
 */
uint64_t sao_soft_nic_next_due(const sao_soft_nic *nic);

/* What a NIC has counted since it was made. */
typedef struct sao_soft_nic_counters {
    uint64_t opened;             /* received packets that were checked and were good */
    uint64_t open_failed;        /* checked, and CryptoStatus is not success */
    uint64_t untouched;          /* indicated without processing */
    uint64_t sealed;             /* frames that were protected; of a large packet each segment */
    uint64_t sent_plain;         /* no handle */
    uint64_t send_failed;        /* packets that did not leave */
    uint64_t refused_adds;       /* by refuse_every */
    uint64_t repeated_sequences; /* sends refused since their IV would repeat (TX-3) */
    uint64_t forgotten;          /* contexts lost by resets and in low power */
    uint32_t contexts;           /* crypto contexts alive now */
} sao_soft_nic_counters;

/* A copy of the counters. */
void sao_soft_nic_get_counters(const sao_soft_nic *nic, sao_soft_nic_counters *counters);

/*
 * From here every IV is of this epoch. For a NIC that goes back to where it was, and on in
 * another way (a fork, world.h): numbers that it used before may come again, IVs must not (TX-3).
 * What has been sealed stays as it is. The transport that uses the same keys gets the same epoch.
 */
void sao_soft_nic_set_epoch(sao_soft_nic *nic, uint16_t epoch);

/*
 * Writes the NIC's situation (canonical.h): its adapter's, then what the hardware has, what it is
 * about to answer, and the packets that it holds, bytes and all.
 */
void sao_soft_nic_canonical(sao_soft_nic *nic, sao_canonical *writer);

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_SOFT_NIC_H */
