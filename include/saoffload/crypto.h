// SPDX-License-Identifier: BSD-2-Clause
/*
 * crypto.h: the one interface behind which cryptography is provided.
 *
 * A provider turns the keys of one SA into a context, in memory that the caller gives, and then
 * seals and opens payloads in place with it. A context is used by one thread at a time.
 * Providers compare ICVs in constant time, and wipe what they derived from keys.
 */
#ifndef SAOFFLOAD_CRYPTO_H
#define SAOFFLOAD_CRYPTO_H

#include <saoffload/ndis.h>
#include <saoffload/platform.h>

SAO_EXTERN_C_BEGIN

/* The keys of one SA. Everything stays the caller's; nothing is read after `prepare`. */
typedef struct sao_crypto_keys {
    uint32_t encryption;               /* identifier (algorithm.h); 0 or ENCRYPTION_NONE for none */
    uint32_t authentication;           /* identifier; ignored with a combined mode */
    const uint8_t *encryption_key;     /* without the salt */
    size_t encryption_key_length;      /* bytes */
    const uint8_t *authentication_key; /* without the salt */
    size_t authentication_key_length;  /* bytes */
    size_t icv_length;                 /* bytes */
} sao_crypto_keys;

/*
 * One payload. What is authenticated is aad, then data as it is on the wire (encrypted), then
 * tail. `nonce` is, for a combined mode, salt and IV together (12 bytes), and tail is empty; for
 * AES-GMAC it is the same, and data is authenticated only; for a block cipher it is the IV, and
 * data whole blocks; with an HMAC alone it is not used. An HMAC takes at least one byte in all.
 */
typedef struct sao_crypto_job {
    const uint8_t *nonce; /* as above; NULL where it is not used */
    size_t nonce_length;  /* bytes */
    const uint8_t *aad;   /* authenticated, not encrypted */
    size_t aad_length;    /* bytes */
    uint8_t *data;        /* in place */
    size_t length;        /* of data, in bytes */
    const uint8_t *tail;  /* ESN high half of a separate ICV (RFC 4303 section 2.2.1) */
    size_t tail_length;   /* bytes; 0 without */
    uint8_t *icv;         /* written by seal, compared by open; keys.icv_length bytes; apart
                             from the rest */
} sao_crypto_job;

/* One job of a burst. */
typedef struct sao_crypto_task {
    void *context;      /* that `prepare` made; several tasks may have the same */
    sao_crypto_job job; /* to be done with it */
    NDIS_STATUS status; /* written: as `seal` returns it; where `open` returns true, SUCCESS */
} sao_crypto_task;

/* A provider: what it is called, what its contexts need, and its functions. */
typedef struct sao_crypto_provider {
    size_t size;         /* sizeof(sao_crypto_provider) */
    const char *name;    /* for people and sao_crypto_find, "libsodium" say */
    size_t context_size; /* bytes of one SA's context, aligned for max_align_t */
    bool flat;           /* contexts may be copied by memcpy, to another address too */
    size_t longest_hmac; /* the most bytes of a job with an HMAC in all; 0: as many as one likes */

    /* NDIS_STATUS_SUCCESS if this machine can run the pair of algorithms, else
     * NDIS_STATUS_NOT_SUPPORTED. Identifiers as in sao_crypto_keys. */
    NDIS_STATUS (*supports)(uint32_t encryption, uint32_t authentication);

    /* Makes a context in memory that holds none. NDIS_STATUS_NOT_SUPPORTED as above;
     * NDIS_STATUS_INVALID_PARAMETER for a wrong key or ICV length; NDIS_STATUS_RESOURCES where
     * the library allocates and cannot: then `context` holds nothing. */
    NDIS_STATUS (*prepare)(void *context, const sao_crypto_keys *keys);

    /* Encrypts data and writes the ICV. NDIS_STATUS_INVALID_PARAMETER for a job that does not
     * fit the algorithms; nothing has changed then. NDIS_STATUS_RESOURCES where the library
     * allocates and cannot: the packet is lost. */
    NDIS_STATUS (*seal)(void *context, const sao_crypto_job *job);

    /* Checks the ICV, then decrypts: true if it is good. Data is unchanged if it is not, nor
     * if the job does not fit. (It may have been something else meanwhile.) */
    bool (*open)(void *context, const sao_crypto_job *job);

    /* Wipes the context, and frees what the library allocated for it. */
    void (*wipe)(void *context);

    /* The same as seal, or open, of each task in turn, for libraries that are faster with many
     * jobs at a time. Tasks have nothing in common but contexts, and AAD and nonce that are read
     * only. Optional: NULL where there is nothing to gain. */
    void (*seal_burst)(sao_crypto_task *tasks, size_t count);
    void (*open_burst)(sao_crypto_task *tasks, size_t count);
} sao_crypto_provider;

/* Seals, or opens, by the provider's burst where it has one. */
static inline void sao_crypto_seal_all(const sao_crypto_provider *provider, sao_crypto_task *tasks,
                                       size_t count)
{
    if (provider->seal_burst != NULL) {
        provider->seal_burst(tasks, count);
        return;
    }
    for (size_t i = 0; i < count; i++)
        tasks[i].status = provider->seal(tasks[i].context, &tasks[i].job);
}

/* See sao_crypto_seal_all. */
static inline void sao_crypto_open_all(const sao_crypto_provider *provider, sao_crypto_task *tasks,
                                       size_t count)
{
    if (provider->open_burst != NULL) {
        provider->open_burst(tasks, count);
        return;
    }
    for (size_t i = 0; i < count; i++)
        tasks[i].status = provider->open(tasks[i].context, &tasks[i].job) ? NDIS_STATUS_SUCCESS
                                                                          : NDIS_STATUS_FAILURE;
}

/*
 * The provider that uses libsodium: AES-256-GCM where the processor has it, ChaCha20-Poly1305,
 * and HMAC-SHA-256-128 without encryption. NULL if libsodium cannot start. Contexts are flat.
 * Callable from any thread.
 */
const sao_crypto_provider *sao_crypto_sodium(void);

/*
 * The provider that uses OpenSSL 3's libcrypto: every algorithm of algorithm.h, also encryption
 * alone (ADD-14); DES-CBC where OpenSSL's legacy module is installed. Contexts are not flat:
 * they hold OpenSSL's objects. NULL if the library was built without OpenSSL, or it cannot
 * start. Callable from any thread.
 */
const sao_crypto_provider *sao_crypto_openssl(void);

/*
 * The provider that uses Intel's ipsec-mb library: every algorithm of algorithm.h, also encryption
 * alone (ADD-14), and bursts, in which block ciphers and HMACs of many packets are interleaved; of
 * these a job has at most 65,534 bytes in all, others are refused. Contexts are flat. NULL if the
 * library was built without ipsec-mb, or ipsec-mb without its wiping of what it worked on, the
 * processor has no AES instructions, or there is no memory. Callable from any thread.
 */
const sao_crypto_provider *sao_crypto_ipsec_mb(void);

/*
 * A provider that protects nothing, for exploration, where contexts are to be tiny: data stays
 * as it is, and the ICV is a checksum over keys and packet that anybody can compute. It tells a
 * wrong SA or a damaged packet, and never an attack. Has every algorithm. Contexts are flat.
 * Callable from any thread.
 */
const sao_crypto_provider *sao_crypto_null(void);

/*
 * The providers that this machine has, in a fixed order: libsodium, OpenSSL, ipsec-mb, and at
 * last the null provider. NULL beyond the last. Callable from any thread.
 */
const sao_crypto_provider *sao_crypto_provider_at(size_t index);

/* The provider of that name ("libsodium", "openssl", "ipsec-mb", "null"), NULL if there is
 * none here. */
const sao_crypto_provider *sao_crypto_find(const char *name);

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_CRYPTO_H */
