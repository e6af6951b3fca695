#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Prints the known packets of tests/unit/test_esp.c, made without this library.

ESP is put together here by hand from RFC 4303, 4106, 4868 and 7634; only the ciphers come from
python3-cryptography and hmac. One line a packet: name, plain packet, protected packet.
"""
import hashlib
import hmac
import struct

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


def esp(cipher, sequence, esn, iv, payload, next_header):
    pad = -(len(payload) + 2) % 4
    body = payload + bytes(range(1, pad + 1)) + bytes([pad, next_header])
    high, low = struct.pack("!I", sequence >> 32), struct.pack("!I", sequence & 0xFFFFFFFF)
    if cipher == "hmac":
        covered = SPI + low + body
        icv = hmac.new(KEY[:32], covered + (high if esn else b""), hashlib.sha256).digest()[:16]
        return covered + icv
    aead = {"gcm": AESGCM, "chacha": ChaCha20Poly1305}[cipher](KEY[:32])
    aad = SPI + (high if esn else b"") + low
    return SPI + low + iv + aead.encrypt(KEY[32:] + iv, body, aad)



def main():
    data = bytes((i * 31 + 5) & 0xFF for i in range(37))
    iv = bytes.fromhex("0102030405060708")
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
    for name, plain, protected in rows:
        print("%s: %s %s" % (name, plain.hex(), protected.hex()))


if __name__ == "__main__":
    main()
