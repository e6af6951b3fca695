#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""ESP packets there and back between this library and scapy, which is other people's code.

usage: test_scapy.py [EMULATOR] ESP_PEER

Both directions, every pair of algorithms that scapy has, through each provider, tunnel and
transport mode, IPv4 and IPv6, bare and in UDP, a few lengths; and packets with one wrong byte, which
the other side must refuse. Then packets of two SAs: ESP inside of AH, and transport inside of a
tunnel. SAO_TEST_FEWER leaves every third pair of algorithms. Exit status 77 (skipped) without
scapy.
"""
import os
import sys

try:
    from scapy.all import AH, ESP, ICMP, IP, IPv6, Raw, SecurityAssociation, UDP
    from scapy.all import IPOption_Router_Alert, IPv6ExtHdrDestOpt, IPv6ExtHdrHopByHop
    from scapy.layers import ipsec
except ImportError as missing:
    print("skipped: %s" % missing)
    sys.exit(77)

from peer import ENDS, PROVIDERS, SPI, Association, Peer, ah_suites, encryption_suites, suites

split_for_transport = ipsec.split_for_transport


def split_from_raw(packet, protocol):
    """Else scapy, where there is ESP inside of AH, would sign that."""
    head, name, payload = split_for_transport(packet, protocol)
    return head, name, Raw(bytes(payload))


ipsec.split_for_transport = split_from_raw

# Of an ESN; scapy leaves it out of an HMAC, so only with AEADs.
HIGH = 5


def packets(mode, version, protocol="esp"):
    """The packets to carry: whole ones, with their lengths and checksums filled in."""
    source, destination = ENDS[version]
    udp = UDP(sport=1000, dport=2000)
    head = IP(src=source, dst=destination, id=7, tos=0x28, ttl=9) if version == 4 else \
        IPv6(src=source, dst=destination, tc=0x28, fl=0x12345, hlim=9)
    for size in (0, 1, 2, 3, 14, 1371):
        yield head / udp / Raw(bytes(i & 0xFF for i in range(size)))
    if version == 4:
        yield head / ICMP() / Raw(b"ping")
        yield IP(src=source, dst=destination, options=[IPOption_Router_Alert()]) / udp / b"opt"
    elif mode == "tunnel":
        yield head / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / udp / Raw(b"ext")
    elif protocol == "esp":
        # scapy has its own idea of where ESP goes among destination options, and puts no UDP there
        yield head / IPv6ExtHdrHopByHop() / udp / Raw(b"ext")


def scapy_association(ours):
    """The same SA as scapy has it."""
    outer = None
    if ours.mode == "tunnel":
        source, destination = ours.ends
        outer = IP(src=source, dst=destination) if ours.version == 4 else \
            IPv6(src=source, dst=destination)
    encryption, authentication = ours.suite.scapy
    return SecurityAssociation(
        AH if ours.protocol == "ah" else ESP, spi=ours.spi, tunnel_header=outer,
        crypt_algo=encryption, crypt_key=ours.suite.key,
        auth_algo=authentication, auth_key=ours.suite.authentication_key,
        nat_t_header=UDP(sport=4500, dport=4500) if ours.protocol == "udp" else None,
        esn_en=ours.esn, esn=HIGH if ours.esn else 0)


def mend(wire):
    """UDP's length, which scapy leaves at 8 over IPv4."""
    made = bytearray(bytes(wire))
    if made[0] >> 4 == 4:
        at = (made[0] & 15) * 4
        made[at + 4:at + 6] = (len(made) - at).to_bytes(2, "big")
    return bytes(made)


def scapy_writes(theirs, ours, packet, sequence):
    wire = theirs.encrypt(packet, seq_num=sequence, iv=ours.iv if ours.protocol != "ah" else None)
    return mend(wire) if ours.protocol == "udp" else bytes(wire)


def scapy_reads(theirs, wire, layer):
    """The packet that scapy finds inside, None if the ICV is wrong."""
    try:
        return bytes(theirs.decrypt(layer(wire)))
    except ipsec.IPSecIntegrityError:
        return None


def check_packet(ask, ours, packet, low):
    """Yields what is wrong; `ask` takes a verb, a sequence number and a packet."""
    plain = bytes(packet)
    theirs = scapy_association(ours)
    layer, inner = (IP if ours.version == 4 else IPv6), packet.__class__
    sequence = low + (HIGH << 32 if ours.esn else 0)

    answer = ask("protect", sequence, plain)
    if not answer or " " in answer:
        yield "protect: %s" % answer
        return
    wire = bytes.fromhex(answer)
    # scapy reads no ESP in UDP over IPv6 in transport mode: it takes UDP for an extension header.
    if ours.protocol != "udp" or ours.mode == "tunnel" or layer is IP:
        if scapy_reads(theirs, wire, layer) != plain:
            yield "scapy reads another packet than we protected"
        if scapy_reads(theirs, wire[:-1] + bytes([wire[-1] ^ 1]), layer) is not None:
            yield "scapy accepts our packet with a wrong ICV"

    wire = scapy_writes(theirs, ours, inner(plain), low)
    if ask("unprotect", sequence - 1, wire) != plain.hex():
        yield "we read another packet than scapy protected"
    if ask("unprotect", sequence - 1, wire[:-1] + bytes([wire[-1] ^ 1])) != ours.auth_failed():
        yield "we accept scapy's packet with a wrong ICV"


def check_suite(peer, provider, suite, protocol, esn):
    """Yields, for each packet, what is wrong with it."""
    for mode in ("tunnel", "transport"):
        for outer in (4, 6):
            ours = Association(suite, mode, outer, protocol, esn)

            def ask(verb, sequence, packet):
                return peer.ask(verb, provider, ours, sequence, packet)
            for inner in (4, 6) if mode == "tunnel" else (outer,):
                for low, packet in enumerate(packets(mode, inner, protocol), 1):
                    wrong = list(check_packet(ask, ours, packet, low))
                    for what in wrong:
                        print("%s: %s: IPv%d, packet %d: %s" % (provider, ours, inner, low, what))
                    yield wrong


# ---- packets of two SAs ---------------------------------------------------------------------

def in_ah(ah, suite, version):
    """ADD-5: ESP, be it a tunnel, and AH in transport mode outside of it."""
    for mode in ("transport", "tunnel"):
        yield Association(suite, mode, version), \
            Association(ah, "transport", version, "ah", spi=SPI + 1)


def in_tunnel(suite, version):
    """TX-4: transport over tunnel, bare and in UDP."""
    for outer in (4, 6):
        for protocol in ("esp", "udp"):
            yield Association(suite, "transport", version), \
                Association(suite, "tunnel", outer, protocol, spi=SPI + 1)


def check_pair(peer, provider, inside, outside, packet, low):
    """Both SAs, from the inside out and from the outside in."""
    first, second = scapy_association(inside), scapy_association(outside)
    plain = bytes(packet)

    between = peer.ask("protect", provider, inside, low, plain)
    wire = bytes.fromhex(peer.ask("protect", provider, outside, low, bytes.fromhex(between)))
    layer = IP if outside.version == 4 else IPv6
    back = scapy_reads(second, wire, layer)
    if back is None or back.hex() != between:
        yield "scapy reads another packet inside"
        return
    inner = IP if back[0] >> 4 == 4 else IPv6
    if scapy_reads(first, back, inner) != plain:
        yield "scapy reads another packet than we protected"

    middle = scapy_writes(first, inside, packet.__class__(plain), low)
    wire = scapy_writes(second, outside, inner(middle), low)
    back = peer.ask("unprotect", provider, outside, low - 1, wire)
    if back != middle.hex():
        yield "we read another packet inside: %s" % back
    elif peer.ask("unprotect", provider, inside, low - 1, bytes.fromhex(back)) != plain.hex():
        yield "we read another packet than scapy protected"


def check_pairs(peer, provider, pairs):
    for inside, outside in pairs:
        for low, packet in enumerate(packets(inside.mode, inside.version), 1):
            wrong = list(check_pair(peer, provider, inside, outside, packet, low))
            for what in wrong:
                print("%s: %s in %s: packet %d: %s" % (provider, inside, outside, low, what))
            yield wrong


# ---- all of it ------------------------------------------------------------------------------

def check_provider(peer, provider):
    had = [suite for suite in suites() if suite.scapy and peer.has(provider, suite)]
    if "SAO_TEST_FEWER" in os.environ:
        had = had[::3]
    print("%s: %d pairs of algorithms" % (provider, len(had)))
    for suite in had:
        for protocol in ("esp", "udp"):
            for esn in (False, True) if suite.aead else (False,):
                yield from check_suite(peer, provider, suite, protocol, esn)
    alone = [suite for suite in encryption_suites() if peer.has(provider, suite)]
    outside = [suite for suite in ah_suites() if suite.scapy and peer.has(provider, suite, "ah")]
    for version in (4, 6):
        for suite in had:
            yield from check_pairs(peer, provider, in_tunnel(suite, version))
        for number, suite in enumerate(had + alone):
            for ah in outside[number % 3:][:1]:
                yield from check_pairs(peer, provider, in_ah(ah, suite, version))


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: test_scapy.py [EMULATOR...] ESP_PEER")
    peer = Peer(sys.argv[1:])
    passed = failed = 0
    for provider in PROVIDERS:
        for wrong in check_provider(peer, provider):
            failed += bool(wrong)
            passed += not wrong
    print("%d packets passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
