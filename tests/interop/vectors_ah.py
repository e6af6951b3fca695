#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Prints the known packets of tests/unit/test_ah.c, made without this library.

AH is put together here by hand from RFC 4302 and 4868: each packet is written twice, as it is on
the wire and, by hand again, as AH authenticates it. Only HMAC-SHA-256 comes from elsewhere
(python's hmac). Three lines a packet: name, plain packet, protected packet.
"""
import hashlib
import hmac
import struct

KEY = bytes((i * 7 + 1) & 0xFF for i in range(32))
SPI = bytes.fromhex("11223344")
SOURCE4, DESTINATION4 = bytes.fromhex("c0000201"), bytes.fromhex("c6336402")
PREFIX6 = bytes.fromhex("20010db80000000000000000")
SOURCE6, DESTINATION6 = PREFIX6 + SOURCE4, PREFIX6 + DESTINATION4
HOP6 = PREFIX6 + bytes.fromhex("0a000001")
DATA = bytes((i * 31 + 5) & 0xFF for i in range(37))


def checksum(head):
    total = sum(struct.unpack("!%dH" % (len(head) // 2), head))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def ipv4(tos, identification, flags, ttl, protocol, length, options=b"", muted=False):
    head = struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, 0 if muted else tos,
                       20 + len(options) + length, identification, 0 if muted else flags,
                       0 if muted else ttl, protocol, 0) + SOURCE4 + DESTINATION4 + options
    return head if muted else head[:10] + struct.pack("!H", checksum(head)) + head[12:]


def ipv6(traffic, flow, hops, protocol, length, destination=DESTINATION6, muted=False):
    word = 6 << 28 | (0 if muted else traffic << 20 | flow)
    return struct.pack("!IHBB", word, length, protocol, 0 if muted else hops) + SOURCE6 + destination


def ah(version, next_header, sequence, icv=bytes(16)):
    padding = bytes(4 if version == 6 else 0)
    words = (12 + len(icv) + len(padding)) // 4
    return (struct.pack("!BBH", next_header, words - 2, 0) + SPI +
            struct.pack("!I", sequence & 0xFFFFFFFF) + icv + padding)


def protect(version, before, muted, next_header, sequence, esn, payload):
    """`before` and `muted`: the headers before AH, as sent and as authenticated."""
    high = struct.pack("!I", sequence >> 32) if esn else b""
    covered = muted + ah(version, next_header, sequence) + payload + high
    icv = hmac.new(KEY, covered, hashlib.sha256).digest()[:16]
    return before + ah(version, next_header, sequence, icv) + payload


def tunnel(version, inner, sequence, esn):
    length = 28 + len(inner) if version == 4 else 32 + len(inner)
    kind = 4 if inner[0] >> 4 == 4 else 41
    heads = [ipv4(0x2A, 0, 0x4000, 64, 51, length, muted=muted) if version == 4 else
             ipv6(0x2A, 0, 64, 51, length, muted=muted) for muted in (False, True)]
    return protect(version, *heads, kind, sequence, esn, inner)


def transport4(sequence, esn, options=b"", zeroed=b""):
    plain = ipv4(0x2A, 0x1234, 0x4000, 17, 253, len(DATA), options) + DATA
    before = ipv4(0x2A, 0x1234, 0x4000, 17, 51, 28 + len(DATA), options)
    muted = ipv4(0x2A, 0x1234, 0x4000, 17, 51, 28 + len(DATA), zeroed, muted=True)
    return plain, protect(4, before, muted, 253, sequence, esn, DATA)


def transport6(sequence, esn, first, before, inside, muted, arrives=None):
    """Extension headers before AH as (headers, their last one's start); muted likewise."""
    headers, last = before
    rest = inside + DATA
    nexts = headers[last] if headers else first
    as_sent = headers[:last] + bytes([51]) + headers[last + 1:] if headers else b""
    destination = DESTINATION6 if arrives is None else arrives[0]
    final = DESTINATION6 if arrives is None else arrives[1]
    plain = ipv6(0x2A, 0x12345, 17, first, len(headers + rest), destination) + headers + rest
    size = len(headers) + 32 + len(rest)
    kind = first if headers else 51
    sent = ipv6(0x2A, 0x12345, 17, kind, size, destination) + as_sent
    covered = ipv6(0x2A, 0x12345, 17, kind, size, final, muted=True) + muted
    return plain, protect(6, sent, covered, nexts, sequence, esn, rest)


def main():
    high = 0x0000000500000001
    inner4 = ipv4(0x2A, 0x1234, 0, 17, 253, len(DATA)) + DATA
    inner6 = ipv6(0x2A, 0x12345, 17, 253, len(DATA)) + DATA
    # security and router alert stay; record route and a time stamp go; end of options, padding
    options = bytes.fromhex("820b0000000000000000fe 01 94040000 0707040a000001 01 "
                            "44080500 00000000 00000077")
    zeroed = bytes.fromhex("820b0000000000000000fe 01 94040000 00000000000000 01 "
                           "00000000 00000000 00000077")
    # hop-by-hop: an option that may change, one that may not, Pad1; then destination options
    hops = bytes.fromhex("3c02" "3e04a1b2c3d4" "1e03aabbcc" "00" "0106000000000000" "3e00")
    hops_muted = bytes.fromhex("3302" "3e0400000000" "1e03aabbcc" "00" "0106000000000000" "3e00")
    inside = bytes.fromhex("fd00" "3e0411223344")
    routing = bytes.fromhex("fd020001" "00000000") + DESTINATION6
    routed_muted = bytes.fromhex("33020000" "00000000") + HOP6

    rows = [
        ("tunnel, IPv4 in IPv4", inner4, tunnel(4, inner4, 7, False)),
        ("tunnel, IPv6 in IPv4, ESN", inner6, tunnel(4, inner6, high, True)),
        ("tunnel, IPv4 in IPv6, ESN", inner4, tunnel(6, inner4, high, True)),
        ("tunnel, IPv6 in IPv6", inner6, tunnel(6, inner6, 7, False)),
        ("transport, IPv4",) + transport4(7, False),
        ("transport, IPv4, ESN",) + transport4(high, True),
        ("transport, IPv4 with options",) + transport4(7, False, options, zeroed),
        ("transport, IPv6",) + transport6(7, False, 253, (b"", 0), b"", b""),
        ("transport, IPv6 with options before and after, ESN",) +
        transport6(high, True, 0, (hops, 0), inside, hops_muted),
    ]
    for name, plain, wire in rows:
        print(name, plain.hex(), wire.hex(), sep="\n")
    # framed for its first hop, so its destination is not the SA's: an SA for any destination
    plain, wire = transport6(7, False, 43, (routing, 0), b"", routed_muted, (HOP6, DESTINATION6))
    print("transport, IPv6 with a routing header", plain.hex(), wire.hex(), sep="\n")


if __name__ == "__main__":
    main()
