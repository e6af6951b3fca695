#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""ESP packets there and back between this library and scapy, which is other people's code.

usage: test_scapy.py [EMULATOR] ESP_PEER

Both directions, every pair of algorithms that scapy has, through each provider, tunnel and
transport mode, IPv4 and IPv6, a few lengths; and packets with one wrong byte, which the other
side must refuse. Exit status 77 (skipped) without scapy.
"""
import sys

try:
    from scapy.all import ESP, ICMP, IP, IPv6, Raw, SecurityAssociation, UDP
    from scapy.all import IPOption_Router_Alert, IPv6ExtHdrDestOpt, IPv6ExtHdrHopByHop
    from scapy.layers.ipsec import IPSecIntegrityError
except ImportError as missing:
    print("skipped: %s" % missing)
    sys.exit(77)

from peer import ENDS, IV, PROVIDERS, SPI, Peer, suites

# Of an ESN; scapy leaves it out of an HMAC, so only with AEADs.
HIGH = 5


def packets(mode, version):
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
    else:  # scapy has its own idea of where ESP goes among destination options
        yield head / IPv6ExtHdrHopByHop() / udp / Raw(b"ext")


def association(suite, mode, version, esn):
    outer = None
    if mode == "tunnel":
        source, destination = ENDS[version]
        outer = IP(src=source, dst=destination) if version == 4 else \
            IPv6(src=source, dst=destination)
    encryption, authentication = suite.scapy
    return SecurityAssociation(ESP, spi=SPI, tunnel_header=outer, crypt_algo=encryption,
                               crypt_key=suite.key, auth_algo=authentication,
                               auth_key=suite.authentication_key, esn_en=esn,
                               esn=HIGH if esn else 0)


def scapy_reads(sa, wire, layer):
    """The packet that scapy finds inside, None if the ICV is wrong."""
    try:
        return bytes(sa.decrypt(layer(wire)))
    except IPSecIntegrityError:
        return None


def check_packet(ask, suite, mode, outer, packet, low, esn):
    """Yields what is wrong; `ask` takes a verb, a sequence number and a packet."""
    plain = bytes(packet)
    sa = association(suite, mode, outer, esn)
    layer, inner = (IP if outer == 4 else IPv6), packet.__class__
    sequence = low + (HIGH << 32 if esn else 0)

    ours = ask("protect", sequence, plain)
    if ours.startswith("error"):
        yield "protect: %s" % ours
        return
    wire = bytes.fromhex(ours)
    if scapy_reads(sa, wire, layer) != plain:
        yield "scapy reads another packet than we protected"
    if scapy_reads(sa, wire[:-1] + bytes([wire[-1] ^ 1]), layer) is not None:
        yield "scapy accepts our packet with a wrong ICV"

    iv = IV[:suite.iv_length] or None
    wire = bytes(sa.encrypt(inner(plain), seq_num=low, iv=iv))
    if ask("unprotect", sequence - 1, wire) != plain.hex():
        yield "we read another packet than scapy protected"
    wrong = "error %s_ESP_AUTH_FAILED" % mode.upper()
    if ask("unprotect", sequence - 1, wire[:-1] + bytes([wire[-1] ^ 1])) != wrong:
        yield "we accept scapy's packet with a wrong ICV"


def check_suite(peer, provider, suite, esn):
    """Yields, for each packet, what is wrong with it."""
    for mode in ("tunnel", "transport"):
        for outer in (4, 6):
            for inner in (4, 6) if mode == "tunnel" else (outer,):
                def ask(verb, sequence, packet):
                    return peer.ask(verb, provider, suite, mode, outer, sequence, packet, esn)
                for low, packet in enumerate(packets(mode, inner), 1):
                    wrong = list(check_packet(ask, suite, mode, outer, packet, low, esn))
                    for what in wrong:
                        print("%s: %s%s, %s, IPv%d in IPv%d, packet %d: %s" %
                              (provider, suite, ", ESN" * esn, mode, inner, outer, low, what))
                    yield wrong


def main():
    peer = Peer(sys.argv[1:])
    passed = failed = run = 0
    for provider in PROVIDERS:
        had = [suite for suite in suites() if suite.scapy and peer.has(provider, suite)]
        run += len(had)
        print("%s: %d pairs of algorithms" % (provider, len(had)))
        for suite in had:
            for esn in (False, True) if suite.aead else (False,):
                for wrong in check_suite(peer, provider, suite, esn):
                    failed += bool(wrong)
                    passed += not wrong
    print("%d packets passed, %d failed" % (passed, failed))
    return 1 if failed or run < 2 else 0


if __name__ == "__main__":
    sys.exit(main())
