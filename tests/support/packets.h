// SPDX-License-Identifier: BSD-2-Clause
/* packets.h: IP packets, SAs and bytes for tests of the packet layer. */
#ifndef SAO_TEST_PACKETS_H
#define SAO_TEST_PACKETS_H

#include <saoffload/ipsec.h>

/* A protocol number for experiments (RFC 3692): nothing looks inside. */
#define TEST_PROTOCOL 253

/* Room for any packet of these tests. */
#define TEST_PACKET_MAX 2048

/* The pairs of algorithms that libsodium has. */
typedef struct test_cipher {
    const char *name;
    uint32_t encryption;
    uint32_t authentication;
} test_cipher;

#define TEST_CIPHERS 3
extern const test_cipher test_ciphers[TEST_CIPHERS];

/*
 * False, with a message, if this machine cannot run the cipher: AES-GCM needs a processor that
 * has instructions for it.
 */
bool test_cipher_available(const test_cipher *cipher);

/* An SA with its context. */
typedef struct test_sa {
    sao_ipsec_sa sa;
    void *context;
} test_sa;

/* An IPv4 address from its number, an IPv6 one with that number at its end. */
sao_address test_address(uint8_t ip_version, uint32_t number);

/* The ends of the SAs that test_params describes. */
#define TEST_SOURCE 0xC0000201u      /* 192.0.2.1, or 2001:db8::c000:201 */
#define TEST_DESTINATION 0xC6336402u /* 198.51.100.2, or 2001:db8::c633:6402 */
#define TEST_SPI 0x11223344u         /* as a number; on the wire 11 22 33 44 */

/* Parameters of an SA between these ends. Keys are a pattern; they stay valid. */
sao_ipsec_params test_params(const test_cipher *cipher, sao_ipsec_mode mode, uint8_t ip_version);

/* Makes an SA, failing the test if it cannot. */
test_sa test_sa_make(const sao_ipsec_params *params);
void test_sa_free(test_sa *sa);

/* An IP packet between the ends above with `payload` bytes of a pattern. Returns its length. */
size_t test_ip_packet(uint8_t *packet, uint8_t ip_version, size_t payload);

/* Swaps its ends; the sum of an IPv4 header stays. */
void test_swap_addresses(uint8_t *packet);

/* An IV of any length, different for each number. */
const uint8_t *test_iv(uint32_t number);

/* Bytes from hexadecimal digits; blanks are skipped. Returns how many. */
size_t test_hex(uint8_t *bytes, size_t capacity, const char *hex);

/*
 * Protects a plain packet in exactly as much room as it needs, and expects a known one; both are in
 * hexadecimal, and `wire` may leave out what comes before its ESP header. Returns its length.
 */
size_t test_protect_known(const sao_ipsec_sa *sa, uint64_t sequence, const uint8_t *iv,
                          const char *plain, const char *wire, uint8_t *packet);

/* The same the other way round. */
sao_ipsec_result test_unprotect_known(const sao_ipsec_sa *sa, uint64_t sequence, uint8_t *packet,
                                      size_t length, const char *plain);

/* Mends the checksum of an IPv4 header. */
void test_ipv4_checksum(uint8_t *packet);

#endif /* SAO_TEST_PACKETS_H */
