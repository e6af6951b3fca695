#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Prints the known packets of tests/unit/test_esp.c and test_esp_algorithms.c.

ESP is put together here by hand, without this library, from RFC 4303 and those of the algorithms;
only the ciphers come from python3-cryptography and hmac. One line a packet: name, plain packet,
protected packet.
"""
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

KEY = bytes((i * 7 + 1) & 0xFF for i in range(36))  # the last four bytes are an AEAD's salt
SPI = bytes.fromhex("11223344")
SOURCE4, DESTINATION4 = bytes.fromhex("c0000201"), bytes.fromhex("c6336402")
PREFIX6 = bytes.fromhex("20010db80000000000000000")
SOURCE6, DESTINATION6 = PREFIX6 + SOURCE4, PREFIX6 + DESTINATION4


def ipv4(tos, identification, flags, ttl, protocol, payload, options=b""):
    words = (0x45 + len(options) // 4, tos, 20 + len(options) + len(payload), identification,
             flags, ttl, protocol)
    head = struct.pack("!BBHHHBBH", *words, 0) + SOURCE4 + DESTINATION4 + options
    total = sum(struct.unpack("!%dH" % (len(head) // 2), head))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return head[:10] + struct.pack("!H", total ^ 0xFFFF) + head[12:] + payload


def ipv6(traffic_class, flow, hops, protocol, payload):
    word = 6 << 28 | traffic_class << 20 | flow
    return (struct.pack("!IHBB", word, len(payload), protocol, hops) + SOURCE6 + DESTINATION6 +
            payload)


# name: the cipher, its key's bytes, the HMAC and its ICV's bytes
SUITES = {
    "hmac": (None, 0, "sha256", 16),
    "gcm": (AESGCM, 32, None, 16),
    "chacha": (ChaCha20Poly1305, 32, None, 16),
    "gcm-128-8": (AESGCM, 16, None, 8),
    "gcm-192-12": (AESGCM, 24, None, 12),
    "gmac-128": ("gmac", 16, None, 16),
    "gmac-256": ("gmac", 32, None, 16),
    "null-md5": (None, 0, "md5", 12),
    "des-sha1": (algorithms.TripleDES, 8, "sha1", 12),
    "3des-md5": (algorithms.TripleDES, 24, "md5", 12),
    "cbc-128-sha1": (algorithms.AES, 16, "sha1", 12),
    "cbc-192-md5": (algorithms.AES, 24, "md5", 12),
    "cbc-256-sha256": (algorithms.AES, 32, "sha256", 16),
}


def with_salt(cipher, key_length, icv_length, header, iv, body):
    """AEADs, and GMAC: RFC 4106, 4543, 7634. `header` has the ESN's high half."""
    nonce = KEY[key_length:key_length + 4] + iv
    if cipher == "gmac":
        return body + AESGCM(KEY[:key_length]).encrypt(nonce, b"", header + iv + body)
    sealed = cipher(KEY[:key_length]).encrypt(nonce, body, header)
    return sealed[:len(body) + icv_length]


def with_hmac(suite, header, high, iv, body):
    cipher, key_length, digest, icv_length = suite
    if cipher is not None:
        key = KEY[:key_length] * (3 if key_length == 8 else 1)
        encryptor = Cipher(cipher(key), modes.CBC(iv)).encryptor()
        body = encryptor.update(body) + encryptor.finalize()
    digest_size = hashlib.new(digest).digest_size
    return body + hmac.new(KEY[:digest_size], header + iv + body + high,
                           digest).digest()[:icv_length]


def esp(name, sequence, esn, iv, payload, next_header):
    suite = SUITES[name]
    cipher, key_length, digest, icv_length = suite
    block, iv_length = 4, 8
    if digest is not None:
        iv_length = 0 if cipher is None else cipher.block_size // 8
        block = max(4, iv_length)
    iv = iv[:iv_length]
    pad = -(len(payload) + 2) % block
    body = payload + bytes(range(1, pad + 1)) + bytes([pad, next_header])
    high = struct.pack("!I", sequence >> 32) if esn else b""
    low = struct.pack("!I", sequence & 0xFFFFFFFF)
    if digest is None:
        sealed = with_salt(cipher, key_length, icv_length, SPI + high + low, iv, body)
    else:
        sealed = with_hmac(suite, SPI + low, high, iv, body)
    return SPI + low + iv + sealed


def main():
    data = bytes((i * 31 + 5) & 0xFF for i in range(37))
    iv = bytes(range(1, 17))
    high = 0x0000000500000001
    inner4 = ipv4(0x2A, 0x1234, 0, 17, 253, data)
    inner6 = ipv6(0x2A, 0x12345, 17, 253, data)
    hops = bytes.fromhex("3c00010400000000")      # hop-by-hop, then destination options
    options = bytes.fromhex("fd00010400000000")
    extended = ipv6(0x2A, 0x12345, 17, 0, hops + options + data)
    router_alert = bytes.fromhex("94040000")
    optioned = ipv4(0x2A, 0x1234, 0x4000, 17, 253, data, router_alert)

    rows = [
        ("gcm, tunnel, IPv4 in IPv4", inner4,
         ipv4(0x2A, 0, 0x4000, 64, 50, esp("gcm", 7, False, iv, inner4, 4))),
        ("gcm, tunnel, IPv6 in IPv4, ESN", inner6,
         ipv4(0x2A, 0, 0x4000, 64, 50, esp("gcm", high, True, iv, inner6, 41))),
        ("gcm, transport, IPv6 with extension headers", extended,
         ipv6(0x2A, 0x12345, 17, 0, bytes([50]) + hops[1:] +
              esp("gcm", 7, False, iv, options + data, 60))),
        ("chacha, tunnel, IPv4 in IPv6, ESN", inner4,
         ipv6(0x2A, 0, 64, 50, esp("chacha", high, True, iv, inner4, 4))),
        ("hmac, tunnel, IPv6 in IPv6, ESN", inner6,
         ipv6(0x2A, 0, 64, 50, esp("hmac", high, True, iv, inner6, 41))),
        ("hmac, transport, IPv4 with options", optioned,
         ipv4(0x2A, 0x1234, 0x4000, 17, 50, esp("hmac", 7, False, iv, data, 253), router_alert)),
        ("hmac, transport, IPv4, ESN", inner4,
         ipv4(0x2A, 0x1234, 0, 17, 50, esp("hmac", high, True, iv, data, 253))),
    ]
    # The suites of test_esp_algorithms.c, with and without an ESN.
    for name in list(SUITES)[3:]:
        rows.append((name, inner4, ipv4(0x2A, 0, 0x4000, 64, 50, esp(name, 7, False, iv, inner4, 4))))
        rows.append((name + ", ESN", inner4,
                     ipv4(0x2A, 0, 0x4000, 64, 50, esp(name, high, True, iv, inner4, 4))))
    for name, plain, protected in rows:
        print("%s: %s %s" % (name, plain.hex(), protected.hex()))


if __name__ == "__main__":
    main()
