#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every form and algorithm, byte for byte, against packets put together by hand (reference.py).

usage: test_reference.py [EMULATOR] ESP_PEER

Random packets, with options and extension headers, through each provider: what is protected has
to be the reference's, and what the reference protects has to come back as it was; with what other
senders do, too: more padding, other padding, padding against traffic analysis, checksums. And
damaged packets, for which the answer has to be the right CryptoStatus, and nothing changed.
SAO_SEED=<seed> repeats a run, SAO_TEST_FEWER divides how many packets there are. Exit status 77
(skipped) without python3-cryptography.
"""
import os
import random
import sys
from itertools import chain

try:
    import reference
except ImportError as missing:
    print("skipped: %s" % missing)
    sys.exit(77)

from peer import PROVIDERS, Association, Peer, ah_suites, address, encryption_suites, suites

PACKETS = 10  # of each form and suite
SYNTAX, OTHER = "error INVALID_PACKET_SYNTAX", "error INVALID_PROTOCOL"
REFUSED = "error INVALID_DATA"  # by sao_ipsec_strip


# ---- random packets -------------------------------------------------------------------------

def options_of_ipv4(rng, route):
    """Some options, padded to words. Source routes change the destination: one at most."""
    made = b""
    for _ in range(rng.randrange(4)):
        data = rng.randbytes(rng.randrange(1, 6))
        made += rng.choice([
            b"\x01", b"\x94\x04\0\0", bytes([130, 2 + len(data)]) + data,
            bytes([7, 7, 4]) + rng.randbytes(4), bytes([68, 8, 5, 0]) + rng.randbytes(4),
            bytes([rng.choice([133, 134, 149]), 2 + len(data)]) + data,
            bytes([rng.choice([82, 136, 205, 30]), 2 + len(data)]) + data])
    if route and rng.randrange(2):
        pointer = rng.choice([4, 8, 12])
        made += bytes([rng.choice([131, 137]), 11, pointer]) + rng.randbytes(8)
    made = made[:40]
    if made and len(made) % 4:
        made += b"\0" + rng.randbytes(-len(made) % 4 - 1)
    return made


def options_of_ipv6(rng, name):
    data = b""
    while (len(data) + 2) % 8 or not data:
        data += rng.choice([b"\0", bytes([rng.choice([1, 0x1E, 0x3E, 5, 0x26]), 2]) +
                            rng.randbytes(2)])
    return bytes([name, (len(data) + 2) // 8 - 1]) + data


def routing(rng, name, left):
    hops = 2 if left else rng.randrange(3)
    kind = rng.choice([0, 0, 4]) if left == 0 else 0
    return bytes([name, hops * 2, kind, left]) + rng.randbytes(4 + 16 * hops)


def chain_of_ipv6(rng, route):
    """The first header's kind, and the headers, of which the last says that 253 follows."""
    kinds = [kind for kind in (0, 60, 43, 60) if rng.randrange(3) == 0]
    made = b""
    for number, kind in enumerate(kinds):
        name = kinds[number + 1] if number + 1 < len(kinds) else 253
        if kind == 43:
            made += routing(rng, name, rng.randrange(3) if route else 0)
        else:
            made += options_of_ipv6(rng, name)
    return (kinds + [253])[0], made


def random_packet(rng, version, ends, route):
    source, destination = (address(version, end) for end in ends)
    payload = rng.randbytes(rng.choice([0, 1, 2, 3, 14, 15, 16, 17, rng.randrange(300), 1400]))
    traffic, hops = rng.randrange(256), rng.randrange(1, 256)
    if version == 4:
        options = options_of_ipv4(rng, route)
        head = bytes([0x45 + len(options) // 4, traffic]) + bytes(2) + rng.randbytes(2) + \
            bytes([rng.choice([0, 0x40]), 0, hops, 253]) + bytes(2) + source + destination
        return reference.finish_ip(head + options + payload)
    kind, headers = chain_of_ipv6(rng, route)
    head = (6 << 28 | traffic << 20 | rng.randrange(1 << 20)).to_bytes(4, "big") + bytes(2) + \
        bytes([kind, hops]) + source + destination
    return reference.finish_ip(head + headers + payload)


def random_sequence(rng, esn):
    """With ESN often about where the low half begins anew."""
    if not esn:
        return rng.randrange(1, 1 << 32)
    return rng.choice([rng.randrange(1, 1 << 64),
                       (rng.randrange(1, 1 << 32) << 32) + rng.randrange(-70, 70)])


def highest(rng, sequence):
    """A highest number received so far by which an ESN is known: RFC 4303 appendix A2.2."""
    late = min(sequence + rng.randrange(64), (1 << 64) - 1)
    early = max(sequence - 1 - rng.choice([0, rng.randrange(64), rng.randrange(1 << 31)]), 0)
    return rng.choice([late, early])


# ---- good packets ---------------------------------------------------------------------------

def way_to_go(wire, association):
    """A source route that is not at its end: to be sent, and not to be received."""
    if association.protocol != "ah":
        return False
    size = wire.index(association.spi.to_bytes(4, "big")) - 4
    headers = wire[:size]
    muted = (reference.mute_ipv4 if association.version == 4 else reference.mute_ipv6)(headers)
    at = slice(16, 20) if association.version == 4 else slice(24, 40)
    return muted[at] != headers[at]


def variants(association, packet, sequence, rng):
    """Yields what others do otherwise than this library, and a packet of theirs."""
    def protect(**options):
        return reference.protect(association, sequence, packet, **options)

    yield "bytes behind the packet", protect() + rng.randbytes(rng.randrange(1, 30))
    if association.protocol == "ah":
        yield "AH's padding", protect(padding=rng.randbytes(8))
        yield "AH padded as Linux does", protect(unit=8)
        return
    block = reference.esp_block(association.suite)
    yield "more padding than there need be", protect(more_blocks=rng.randrange(255 // block))
    if association.protocol == "udp":
        wire = protect()
        esp_at = wire.index(association.spi.to_bytes(4, "big"))
        yield "UDP's checksum", wire[:esp_at - 2] + rng.randbytes(2) + wire[esp_at:]
    if association.mode == "tunnel":
        headers, payload, named = reference.frame(association, packet)
        yield "padding against traffic analysis", reference.assemble(
            association, sequence, headers, payload + rng.randbytes(50), named)


def check_good(ask, association, packet, sequence, rng):
    """Yields what is wrong."""
    wire = reference.protect(association, sequence, packet)
    if ask("protect", sequence, packet) != wire.hex():
        yield "protect: not the reference's packet"
    back = "error TRANSPORT_AH_AUTH_FAILED" if way_to_go(wire, association) else packet.hex()
    if ask("unprotect", highest(rng, sequence), wire) != back:
        yield "unprotect: not what the reference protected"
    for what, wire in variants(association, packet, sequence, rng):
        if ask("unprotect", highest(rng, sequence), wire) != back:
            yield "unprotect: %s: not what the reference protected" % what


# ---- bad packets ----------------------------------------------------------------------------

def damaged(association, packet, sequence, rng):
    """Yields what was done, the packet, and the answer that it deserves."""
    wire = reference.protect(association, sequence, packet)
    esp_at = wire.index(association.spi.to_bytes(4, "big"))
    icv = association.suite.icv
    wrong = association.auth_failed()

    def flip(at):
        return wire[:at] + bytes([wire[at] ^ 1 << rng.randrange(8)]) + wire[at + 1:]

    yield "cut", wire[:rng.randrange(len(wire))], SYNTAX
    yield "SPI", flip(esp_at + rng.randrange(4)), OTHER
    yield "destination", flip(19 if association.version == 4 else 39), OTHER
    yield "source", flip(12 if association.version == 4 else 8), OTHER
    yield "protocol", bytes([0x55]) + wire[1:], OTHER
    if association.version == 4:
        fragment = wire[:6] + bytes([wire[6] | rng.choice([0x20, 1])]) + wire[7:]
        yield "fragment", fragment, OTHER
    if not icv:
        return
    if association.protocol == "ah":
        yield "sequence number", flip(esp_at + 4 + rng.randrange(4)), wrong
        yield "ICV", flip(esp_at + 8 + rng.randrange(len(association.iv) + icv)), wrong
        yield "next header", flip(esp_at - 4), wrong
        words = wire[esp_at - 3]
        other = rng.choice([n for n in range(256) if n != words])
        yield "AH length", wire[:esp_at - 3] + bytes([other]) + wire[esp_at - 2:], SYNTAX
        if len(wire) > esp_at + 8 + 32:
            yield "payload", flip(len(wire) - 1), wrong
        return
    yield "sequence number", flip(esp_at + 4 + rng.randrange(4)), wrong
    yield "body", flip(rng.randrange(esp_at + 8, len(wire) - icv)), wrong
    yield "ICV", flip(len(wire) - 1 - rng.randrange(icv)), wrong
    yield from bad_padding(association, packet, sequence)


def bad_padding(association, packet, sequence):
    """The ICV is good, the padding or the length of it is not."""
    headers, payload, named = reference.frame(association, packet)
    block = reference.esp_block(association.suite)
    right = bytes(range(1, -(len(payload) + 2) % block + block + 1))
    choices = [{"padding": bytes(len(right))}, {"padding": right[:-1] + b"\xff"},
               {"padding": b"\0" + right[1:]}]
    if len(payload) < 200:
        choices.append({"pad": 255})
    for choice in choices:
        yield "padding", reference.assemble(association, sequence, headers, payload, named,
                                            more_blocks=1, **choice), SYNTAX


def nothing_inside(association, packet, sequence, rng):
    """Nothing is wrong with the ICV, nor with the padding; but what is inside is no packet."""
    headers, payload, named = reference.frame(association, packet)
    contents = [(rng.randbytes(40), 59)] if association.protocol != "ah" else []  # a dummy
    if association.mode == "tunnel":
        contents += [(payload, 253), (payload, 45 - named), (payload[:-1], named), (b"", named)]
    for inside, kind in contents:
        yield "content", reference.assemble(association, sequence, headers, inside, kind), REFUSED


def check_bad(ask, association, packet, sequence, rng):
    if way_to_go(reference.protect(association, sequence, packet), association):
        return
    for what, wire, want in chain(damaged(association, packet, sequence, rng),
                                  nothing_inside(association, packet, sequence, rng)):
        got = ask("unprotect", highest(rng, sequence), wire)
        if got != want:
            yield "damaged %s: %s, not %s" % (what, got, want)


# ---- all forms ------------------------------------------------------------------------------

def forms(suite, protocols):
    for protocol in protocols:
        for mode in ("tunnel", "transport"):
            for version in (4, 6):
                for esn in (False, True):
                    yield Association(suite, mode, version, protocol, esn)


def check_suite(peer, provider, suite, protocols, packets, rng):
    """Yields, for each packet, what is wrong with it."""
    for association in forms(suite, protocols):
        def ask(verb, sequence, packet):
            return peer.ask(verb, provider, association, sequence, packet)

        for _ in range(packets):
            inner = rng.choice((4, 6)) if association.mode == "tunnel" else association.version
            sequence = random_sequence(rng, association.esn)
            ends = Association(suite, "tunnel", inner).ends
            packet = random_packet(rng, inner, ends, association.protocol == "ah")
            wrong = list(check_good(ask, association, packet, sequence, rng))
            wrong += check_bad(ask, association, packet, sequence, rng)
            for what in wrong:
                print("%s: %s: %s: %d %s" % (provider, association, what, sequence, packet.hex()))
            yield wrong


def main():
    seed = int(os.environ.get("SAO_SEED", random.SystemRandom().randrange(1 << 32)))
    packets = max(1, PACKETS // int(os.environ.get("SAO_TEST_FEWER", 1)))
    print("SAO_SEED=%d" % seed)
    rng = random.Random(seed)
    peer = Peer(sys.argv[1:])
    passed = failed = 0
    kinds = [(suites, ("esp", "udp")), (encryption_suites, ("esp",)), (ah_suites, ("ah",))]
    for provider in PROVIDERS:
        for made, protocols in kinds:
            had = [suite for suite in made() if peer.has(provider, suite, protocols[0])]
            print("%s: %d pairs of algorithms in %s" % (provider, len(had), " and ".join(protocols)))
            for suite in had:
                for wrong in check_suite(peer, provider, suite, protocols, packets, rng):
                    failed += bool(wrong)
                    passed += not wrong
    print("%d packets passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
