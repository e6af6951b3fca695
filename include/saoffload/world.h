// SPDX-License-Identifier: BSD-2-Clause
/*
 * world.h: adapters, NICs, transports, requests, packets: all in one piece of memory.
 *
 * Whoever explores or repeats what happens needs to go back to where he was. A world lives in one
 * arena that the caller gives; a snapshot is a copy of its used part, a restore puts it back at
 * the same address, so that every pointer inside is good again. What is outside of the arena is
 * not gone back with: hooks and their contexts should be constant, or lie in the arena too.
 *
 *     sao_world_init(memory, size, &config, &world);
 *     sao_world_add_soft_nic(world, "left", &nic_config, &nic, &problem);
 *     ...
 *     sao_world_snapshot(world, snapshot, sao_world_snapshot_size(world));
 *     ...
 *     sao_world_restore(world, snapshot, size, &problem);
 *
 * A snapshot holds whatever the world holds, keys included, and belongs to the caller: who keeps
 * it keeps keys, and wipes it in the end (sao_world_wipe_snapshot). It means something only to the
 * world that it was taken of, in the same process.
 *
 * Not from within a callback of anything in the world; one thread at a time.
 */
#ifndef SAOFFLOAD_WORLD_H
#define SAOFFLOAD_WORLD_H

#include <saoffload/canonical.h>
#include <saoffload/soft_nic.h>
#include <saoffload/transport.h>

SAO_EXTERN_C_BEGIN

/* A world; it lies at the start of its arena. */
typedef struct sao_world sao_world;

/* What a world is made with. */
typedef struct sao_world_config {
    size_t size; /* sizeof(sao_world_config); sao_world_config_init sets it */
    /* Tells this world's snapshots from those of others, and of former ones in the same memory.
     * Where keys are real, a number that has never been used. */
    uint64_t id;
    /* The keys in it protect nothing but simulated packets. Only then it may be restored, since
     * what follows a restore uses the IVs of what followed the snapshot once more (TX-3). */
    bool simulation_keys;
} sao_world_config;

/* Defaults: id 0, and keys that are real. */
void sao_world_config_init(sao_world_config *config);

/* Bytes that an empty world takes of its arena. */
size_t sao_world_size(void);

/* Bytes that a part takes of the arena: those of sao_adapter_size and the like, and its entry. */
size_t sao_world_part_size(size_t bytes);

/*
 * Makes an empty world in `memory`, `size` bytes aligned for max_align_t.
 * NDIS_STATUS_INVALID_PARAMETER for a bad configuration or misaligned memory;
 * NDIS_STATUS_RESOURCES for less than sao_world_size.
 */
NDIS_STATUS sao_world_init(void *memory, size_t size, const sao_world_config *config,
                           sao_world **world) SAO_MUST_CHECK;

/* ---- parts ----------------------------------------------------------------------------- */

/*
 * A part is made in the arena and stays until the world is closed. `name` is a constant string of
 * the caller's that stays, too; it is part of the layout that a snapshot has to fit. Where the
 * arena is full, that is NDIS_STATUS_RESOURCES, or NULL, and nothing has changed.
 *
 * Whatever makes crypto contexts belongs into the world by a function of its own, so that the
 * world knows of its provider and its epoch.
 */

/* Results as sao_adapter_init. */
NDIS_STATUS sao_world_add_adapter(sao_world *world, const char *name,
                                  const sao_adapter_config *config, sao_adapter **adapter,
                                  const char **problem) SAO_MUST_CHECK;

/* Results as sao_soft_nic_init. */
NDIS_STATUS sao_world_add_soft_nic(sao_world *world, const char *name,
                                   const sao_soft_nic_config *config, sao_soft_nic **nic,
                                   const char **problem) SAO_MUST_CHECK;

/* Results as sao_transport_init. */
NDIS_STATUS sao_world_add_transport(sao_world *world, const char *name,
                                    const sao_transport_config *config, sao_transport **transport,
                                    const char **problem) SAO_MUST_CHECK;

/* A request, all zero: to be prepared by sao_request_init. */
sao_request *sao_world_add_request(sao_world *world, const char *name);

/* A packet with room for `capacity` bytes; it takes as much as sizeof(sao_packet) + capacity. */
sao_packet *sao_world_add_packet(sao_world *world, const char *name, uint32_t capacity);

/*
 * `size` bytes of the caller's own, aligned for max_align_t and zero. `form`, which may be NULL,
 * writes what can matter of them into the world's canonical form.
 */
void *sao_world_add_data(sao_world *world, const char *name, size_t size,
                         void (*form)(const void *data, sao_canonical *writer));

/* The first part of this name: an adapter, a NIC, a packet ...; NULL if there is none. */
void *sao_world_find(const sao_world *world, const char *name);

/* Bytes of the arena in use. */
size_t sao_world_used(const sao_world *world);

/* ---- snapshots ------------------------------------------------------------------------- */

/* Bytes that a snapshot of this world takes; it changes only when parts are added. */
size_t sao_world_snapshot_size(const sao_world *world);

/*
 * Writes a snapshot into `buffer`, which must not overlap the arena. NDIS_STATUS_NOT_SUPPORTED if
 * a crypto provider's contexts cannot be copied (sao_crypto_provider.flat);
 * NDIS_STATUS_BUFFER_TOO_SHORT for less than sao_world_snapshot_size.
 */
NDIS_STATUS sao_world_snapshot(const sao_world *world, void *buffer, size_t size) SAO_MUST_CHECK;

/*
 * Puts the world back to where it was. What follows is what followed then, byte for byte, if the
 * same calls are made: the same IVs too, so this is for simulated traffic only.
 *
 * NDIS_STATUS_NOT_ACCEPTED for a world with a NIC or a transport whose keys are real: fork it.
 * NDIS_STATUS_NOT_SUPPORTED as above. NDIS_STATUS_BUFFER_TOO_SHORT for a truncated snapshot;
 * NDIS_STATUS_INVALID_DATA for one of another world, of other parts, of another build or process,
 * or with other bytes than were written. On an error nothing has changed, and `problem`, if not
 * NULL, receives a constant string that says why. What a snapshot was checked for is accidents: who
 * can write into it can write into the world.
 */
NDIS_STATUS sao_world_restore(sao_world *world, const void *snapshot, size_t size,
                              const char **problem) SAO_MUST_CHECK;

/*
 * The same, but what follows is another branch: every NIC and transport makes its IVs of an epoch
 * that this world has not used before, on no branch (TX-3). Packets that were protected before the
 * snapshot stay as they are. The epochs that there are, from the largest that a part was
 * configured with to 65535, do not come back by going back; when they are used up it is
 * NDIS_STATUS_RESOURCES. Good for real keys, too, so long as no copy of the arena or of a key is
 * used elsewhere. Other results as above, but NOT_ACCEPTED.
 */
NDIS_STATUS sao_world_fork(sao_world *world, const void *snapshot, size_t size,
                           const char **problem) SAO_MUST_CHECK;

/* The largest epoch so far: of the last fork, or of the parts' configurations. */
uint16_t sao_world_epoch(const sao_world *world);

/* Zeroes a snapshot in a way that the compiler cannot leave out. */
void sao_world_wipe_snapshot(void *snapshot, size_t size);

/* ---- time, situation, end -------------------------------------------------------------- */

/* When the first of its NICs and transports wants to be polled; UINT64_MAX for none. */
uint64_t sao_world_next_due(const sao_world *world);

/*
 * Writes the situation: all parts in the order in which they were added. Requests and packets are
 * written where they are under way, by those who have them. Set writer->now to the time that all
 * parts have been polled to.
 */
void sao_world_canonical(sao_world *world, sao_canonical *writer);

/*
 * The end: the arena's used part is zeroed, keys and all; the memory is the caller's again.
 * Contexts of a provider that is not flat may hold more elsewhere: let those go before (halt
 * adapters, retire associations).
 */
void sao_world_close(sao_world *world);

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_WORLD_H */
