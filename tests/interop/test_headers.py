#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Headers that lie, and which CryptoStatus they deserve, by an opinion of their own.

usage: test_headers.py [EMULATOR] ESP_PEER

Packets with a good ICV (reference.py) get headers that are wrong in one or two places: lengths,
fragments, protocols, addresses, chains of extension headers. What the library says of each has to
be what is read out of it here, without the library. SAO_SEED=<seed> repeats a run, SAO_TEST_FEWER
divides how many packets there are. Exit status 77 (skipped) without python3-cryptography.
"""
import collections
import os
import random
import struct
import sys

try:
    import reference
except ImportError as missing:
    print("skipped: %s" % missing)
    sys.exit(77)

from peer import Association, HMACS, Peer, Suite, address

PACKETS = 1500  # of each protocol and version
SYNTAX, OTHER = "error INVALID_PACKET_SYNTAX", "error INVALID_PROTOCOL"
SUITE = Suite(None, HMACS[2][0], 16)  # which every provider has
PAYLOAD = bytes(range(30))


class Wrong(Exception):
    """The answer that a packet deserves."""


def demand(holds, answer):
    if not holds:
        raise Wrong(answer)


# ---- reading --------------------------------------------------------------------------------

def read_ipv4(packet):
    demand(len(packet) >= 20, SYNTAX)
    size, total = (packet[0] & 15) * 4, int.from_bytes(packet[2:4], "big")
    demand(20 <= size <= total <= len(packet), SYNTAX)
    fragment = int.from_bytes(packet[6:8], "big") & 0x3FFF
    return packet[:total], size, packet[9], fragment, (packet[12:16], packet[16:20])


def read_ipv6(packet):
    demand(len(packet) >= 40, SYNTAX)
    total = 40 + int.from_bytes(packet[4:6], "big")
    demand(total <= len(packet), SYNTAX)
    kind, at, fragment = packet[6], 40, False
    while kind in (0, 43, 44, 60) and not fragment:
        demand(at + 8 <= total, SYNTAX)
        fragment = kind == 44
        size = 8 if fragment else 8 + packet[at + 1] * 8
        demand(at + size <= total, SYNTAX)
        kind, at = packet[at], at + size
    return packet[:total], at, kind, fragment, (packet[8:24], packet[24:40])


def read_udp(datagram):
    demand(len(datagram) >= 8, SYNTAX)
    demand(datagram[:4] == struct.pack("!HH", 4500, 4500), OTHER)
    demand(int.from_bytes(datagram[4:6], "big") == len(datagram), SYNTAX)
    demand(datagram[8:] != b"\xff", OTHER)
    demand(datagram[8:12] != bytes(4), OTHER)
    return datagram[8:]


def read_esp(association, esp):
    demand(len(esp) >= 8, SYNTAX)
    demand(esp[:4] == association.spi.to_bytes(4, "big"), OTHER)
    demand(len(esp) >= 8 + 2 + 16 and len(esp) % 4 == 0, SYNTAX)
    demand(esp[-16:] == reference.compute_hmac(SUITE, esp[:-16]), association.auth_failed())


def mute_ipv4(headers):
    """As a receiver does, who is where a source route ends."""
    options, at = bytearray(headers[20:]), 0
    while at < len(options) and options[at] != 0:
        if options[at] == 1:
            at += 1
            continue
        demand(at + 1 < len(options) and 2 <= options[at + 1] <= len(options) - at, SYNTAX)
        size = options[at + 1]
        if options[at] not in reference.IMMUTABLE_OPTIONS:
            options[at:at + size] = bytes(size)
        at += size
    return headers[:1] + b"\0" + headers[2:6] + bytes(3) + headers[9:10] + bytes(2) + \
        headers[12:20] + options


def mute_ipv6(headers):
    """The same."""
    muted = b"\x60\0\0\0" + headers[4:7] + b"\0" + headers[8:40]
    for kind, start, end in reference.extension_headers(headers):
        header, at = headers[start:end], 2
        while kind != reference.ROUTING and at < len(header):
            if header[at] != 0:
                demand(at + 2 <= len(header) and at + 2 + header[at + 1] <= len(header), SYNTAX)
            at += 1 if header[at] == 0 else 2 + header[at + 1]
        muted += header if kind == reference.ROUTING else reference.mute_options(header)
    return muted


def read_ah(association, packet, at):
    demand(len(packet) >= at + 12, SYNTAX)
    demand(packet[at + 4:at + 8] == association.spi.to_bytes(4, "big"), OTHER)
    size = (packet[at + 1] + 2) * 4
    right = 28 if association.version == 4 else 32
    demand(size in (right, 32) and len(packet) >= at + size, SYNTAX)
    muted = (mute_ipv4 if association.version == 4 else mute_ipv6)(packet[:at])

    def is_good(words):
        covered = muted + packet[at:at + 1] + bytes([words]) + packet[at + 2:at + 12]
        return packet[at + 12:at + 28] == reference.compute_hmac(
            SUITE, covered + bytes(16) + packet[at + 28:])

    demand(is_good(size // 4 - 2) or not is_good(right // 4 - 2), SYNTAX)  # just the length
    demand(is_good(size // 4 - 2), association.auth_failed())


def read(association, packet):
    """Raises Wrong unless the packet is good."""
    demand(packet, SYNTAX)
    demand(packet[0] >> 4 == association.version, OTHER)
    packet, at, kind, fragment, ends = (
        read_ipv4 if association.version == 4 else read_ipv6)(packet)
    demand(not fragment and kind == reference.PROTOCOL[association.protocol], OTHER)
    demand(ends == tuple(address(association.version, end) for end in association.ends), OTHER)
    if association.protocol == "ah":
        read_ah(association, packet, at)
    else:
        inside = packet[at:]
        read_esp(association, read_udp(inside) if association.protocol == "udp" else inside)


# ---- lying ----------------------------------------------------------------------------------

def extensions(rng, protocol):
    """The first header's kind, and a chain that may hold a fragment header, or not fit."""
    kinds = [rng.choice([0, 43, 60, 60] + [44] * (rng.randrange(6) == 0))
             for _ in range(rng.randrange(4))]
    made = b""
    for following, kind in zip(kinds[1:] + [protocol], kinds):
        size = 0 if kind == 44 else rng.randrange(3)
        said = size if rng.randrange(20) else rng.randrange(256)
        body = bytes(6 + 8 * size)  # options that are all Pad1; a route of type 0 that was gone
        made += bytes([following, said]) + body
    return (kinds + [protocol])[0], made


def packet_of(association, rng):
    """With any IPv4 options or extension headers; its ICV is good, if it has one."""
    kind = reference.PROTOCOL[association.protocol]
    ends = b"".join(address(association.version, end) for end in association.ends)
    if association.version == 4:
        options = rng.choice([b"", b"\x94\x04\0\0", b"\x01" * 8, b"\x07\x07\x04\0\0\0\0\0"])
        headers = bytes([0x45 + len(options) // 4, 0, 0, 0, 0, 1, rng.choice([0, 0x40]), 0, 64,
                         kind, 0, 0]) + ends + options
    else:
        first, chain = extensions(rng, kind)
        headers = bytes([0x60, 0, 0, 0, 0, 0, first, 64]) + ends + chain
    if association.protocol == "udp" and rng.randrange(10) == 0:  # keepalives, IKE, neither
        inside = rng.choice([b"\xff", b"\xff\xff", b"", bytes(3), bytes(4), bytes(30)])
        return reference.finish_ip(headers + reference.udp(headers, inside))
    try:
        return reference.assemble(association, 1, headers, PAYLOAD, 253)
    except IndexError:  # a chain that AH's ICV cannot be told of
        return reference.finish_ip(headers + bytes(28) + PAYLOAD)


def lie(packet, rng):
    """The packet, less or more of it, or with another length, bit or byte in its headers."""
    length_at = rng.choice([2, 4, 24, 44])  # of IPv4, of IPv6, of UDP
    length = int.from_bytes(packet[length_at:length_at + 2], "big")
    other = rng.choice([0, 8, 9, 19, 20, 21, 65535, length + 1, max(length - 1, 0), length ^ 4])
    at = rng.randrange(min(len(packet), rng.choice([12, 40, 80])))
    return rng.choice([
        lambda: packet, lambda: packet[:rng.randrange(len(packet))], lambda: packet + bytes(5),
        lambda: packet[:length_at] + (other & 0xFFFF).to_bytes(2, "big") + packet[length_at + 2:],
        lambda: packet[:at] + bytes([packet[at] ^ 1 << rng.randrange(8)]) + packet[at + 1:],
        lambda: packet[:at] + bytes([rng.choice([0, 17, 43, 44, 50, 51, 60, 255])]) +
        packet[at + 1:]])()


def check(ask, association, rng):
    """What is wrong, or None; and the answer that was right."""
    packet = packet_of(association, rng)
    for _ in range(rng.randrange(3)):
        packet = lie(packet, rng) or b"\x45"
    try:
        read(association, packet)
        want = "good"
    except Wrong as wrong:
        want = str(wrong)
    got = ask("unprotect", "libsodium", association, 0, packet)
    got = got if got.startswith(("error", "changed")) else "good"
    return (None if got == want else "%s, not %s: %s" % (got, want, packet.hex())), want


def main():
    seed = int(os.environ.get("SAO_SEED", random.SystemRandom().randrange(1 << 32)))
    packets = max(100, PACKETS // int(os.environ.get("SAO_TEST_FEWER", 1)))
    print("SAO_SEED=%d" % seed)
    rng = random.Random(seed)
    peer = Peer(sys.argv[1:])
    failed, answers = 0, set()
    for protocol in ("esp", "udp", "ah"):
        for version in (4, 6):
            association = Association(SUITE, "transport", version, protocol)
            seen = collections.Counter()
            for _ in range(packets):
                wrong, right = check(peer.ask, association, rng)
                seen[right] += 1
                if wrong:
                    failed += 1
                    print("%s: %s" % (association, wrong))
            print("%s: %s" % (association, dict(seen)))
            answers |= set(seen)
    print("%d failed, %d answers were right" % (failed, len(answers)))
    return 1 if failed or len(answers) < 5 else 0  # each has to have been right once


if __name__ == "__main__":
    sys.exit(main())
