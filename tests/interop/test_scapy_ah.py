#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""AH packets there and back between this library and scapy, which is other people's code.

usage: test_scapy_ah.py [EMULATOR] ESP_PEER

Both directions, every HMAC through each provider, tunnel and transport mode, IPv4 and IPv6, with
and without ESN, options and extension headers; each packet also as a router leaves it, which must
pass, and with a wrong byte, which must not. Exit status 77 (skipped) without scapy.
"""
import sys

try:
    from scapy.all import AH, IP, IPv6, Raw, SecurityAssociation, UDP
    from scapy.all import IPOption_NOP, IPOption_RR, IPOption_Router_Alert, HBHOptUnknown
    from scapy.all import IPv6ExtHdrHopByHop, IPv6ExtHdrRouting
    from scapy.layers.ipsec import IPSecIntegrityError
except ImportError as missing:
    print("skipped: %s" % missing)
    sys.exit(77)

from peer import ENDS, PROVIDERS, SPI, Association, Peer, ah_suites

HIGH = 3  # the high half with ESN


def packets(version):
    """The packets to carry: whole ones, with their lengths and checksums filled in."""
    source, destination = ENDS[version]
    udp = UDP(sport=1000, dport=2000)
    head = IP(src=source, dst=destination, id=7, tos=0x28, ttl=9, flags="DF") if version == 4 \
        else IPv6(src=source, dst=destination, tc=0x28, fl=0x12345, hlim=9)
    for size in (0, 1, 2, 3, 4, 5, 100, 1371):
        yield head / udp / Raw(bytes(i & 0xFF for i in range(size)))
    if version == 4:
        options = [IPOption_Router_Alert(), IPOption_RR(length=11, pointer=8,
                                                        routers=["10.0.0.1", "0.0.0.0"]),
                   IPOption_NOP()]
        yield IP(src=source, dst=destination, options=options) / udp / b"opt"
    else:
        changing = HBHOptUnknown(otype=0x3E, optlen=4, optdata=b"hops")
        constant = HBHOptUnknown(otype=0x1E, optlen=2, optdata=b"ok")
        yield head / IPv6ExtHdrHopByHop(options=[changing, constant]) / udp / b"opt"
        # passed already: scapy takes the route back to front where it sends
        yield head / IPv6ExtHdrRouting(addresses=[], segleft=0) / udp / b"route"


def scapy_association(ours):
    outer = None
    if ours.mode == "tunnel":
        source, destination = ours.ends
        outer = IP(src=source, dst=destination, id=5) if ours.version == 4 else \
            IPv6(src=source, dst=destination)
    return SecurityAssociation(AH, spi=SPI, tunnel_header=outer, auth_algo=ours.suite.scapy[1],
                               auth_key=ours.suite.authentication_key, esn_en=ours.esn,
                               esn=HIGH if ours.esn else 0)


def routed(wire):
    """As a router leaves it: other class, fewer hops; IPv4's checksum mended."""
    wire = bytearray(wire)
    if wire[0] >> 4 == 4:
        wire[1] ^= 0x31
        wire[8] -= 1
        wire[6] ^= 0x40
        wire[10:12] = b"\0\0"
        header = IP(bytes(wire))
        del header.chksum
        wire[10:12] = bytes(header)[10:12]
        return bytes(wire)
    wire[0:4] = b"\x6f\xff\xff\xff"
    wire[7] -= 1
    return bytes(wire)


def scapy_refuses(sa, wire, layer):
    try:
        sa.decrypt(layer(wire))
    except IPSecIntegrityError:
        return True
    return False


def check_packet(ask, ours, packet, sequence):
    """Yields what is wrong; `ask` takes a verb, a sequence number and a packet."""
    plain = bytes(packet)
    theirs = scapy_association(ours)
    layer, inner = (IP if ours.version == 4 else IPv6), packet.__class__
    number = sequence + (HIGH << 32 if ours.esn else 0)

    answer = ask("protect", number, plain)
    if not answer or " " in answer:
        yield "protect: %s" % answer
        return
    wire = bytes.fromhex(answer)
    if bytes(theirs.decrypt(layer(wire))) != plain:
        yield "scapy reads another packet than we protected"
    if scapy_refuses(theirs, routed(wire), layer):
        yield "scapy refuses our packet behind a router"
    if not scapy_refuses(theirs, wire[:-1] + bytes([wire[-1] ^ 1]), layer):
        yield "scapy accepts our packet with a wrong byte"

    wire = bytes(theirs.encrypt(inner(plain), seq_num=sequence))
    if ask("unprotect", number - 1, wire) != plain.hex():
        yield "we read another packet than scapy protected"
    if " " in ask("unprotect", number - 1, routed(wire)):
        yield "we refuse scapy's packet behind a router"
    damaged = wire[:-1] + bytes([wire[-1] ^ 1])
    if ask("unprotect", number - 1, damaged) != ours.auth_failed():
        yield "we accept scapy's packet with a wrong byte"


def check_suite(peer, provider, suite):
    """Yields, for each packet, what is wrong with it."""
    for number in range(16):
        mode = ("tunnel", "transport")[number & 1]
        outer, inner = (4, 6)[number >> 1 & 1], (4, 6)[number >> 2 & 1]
        ours = Association(suite, mode, outer, "ah", bool(number >> 3 & 1))
        if mode == "transport" and inner != outer:
            continue

        def ask(verb, sequence, packet):
            return peer.ask(verb, provider, ours, sequence, packet)
        for sequence, packet in enumerate(packets(inner), 1):
            wrong = list(check_packet(ask, ours, packet, sequence))
            for what in wrong:
                print("%s: %s: IPv%d, packet %d: %s" % (provider, ours, inner, sequence, what))
            yield wrong


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: test_scapy_ah.py [EMULATOR...] ESP_PEER")
    peer = Peer(sys.argv[1:])
    passed = failed = 0
    for provider in PROVIDERS:
        had = [suite for suite in ah_suites() if suite.scapy and peer.has(provider, suite, "ah")]
        print("%s: %d algorithms" % (provider, len(had)))
        for suite in had:
            for wrong in check_suite(peer, provider, suite):
                failed += bool(wrong)
                passed += not wrong
    print("%d packets passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
