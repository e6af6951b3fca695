#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""AH packets there and back between this library and scapy, which is other people's code.

usage: test_scapy_ah.py ESP_PEER

Both directions, tunnel and transport mode, IPv4 and IPv6, with and without ESN, options and
extension headers; each packet also as a router leaves it, which must pass, and with a wrong byte,
which must not. Exit status 77 (skipped) without scapy.
"""
import socket
import subprocess
import sys

try:
    from scapy.all import AH, IP, IPv6, Raw, SecurityAssociation, UDP
    from scapy.all import IPOption_NOP, IPOption_RR, IPOption_Router_Alert, HBHOptUnknown
    from scapy.all import IPv6ExtHdrHopByHop, IPv6ExtHdrRouting
    from scapy.layers.ipsec import IPSecIntegrityError
except ImportError as missing:
    print("skipped: %s" % missing)
    sys.exit(77)

ENDS = {4: ("192.0.2.1", "198.51.100.2"), 6: ("2001:db8::1", "2001:db8::2")}
KEY = bytes((i * 5 + 3) & 0xFF for i in range(32))
SPI = 0x11223344
HIGH = 3  # the high half with ESN


class Peer:
    """The program that does our half."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def ask(self, verb, mode, version, esn, sequence, packet):
        family = socket.AF_INET if version == 4 else socket.AF_INET6
        source, destination = (socket.inet_pton(family, end).hex() for end in ENDS[version])
        words = (verb + "-ah", "libsodium", "-", "HMAC-SHA-256-128", 0, mode, version, source,
                 destination, "%08x" % SPI, int(esn), "-", KEY.hex(), sequence, "-", packet.hex())
        print(*words, file=self.process.stdin, flush=True)
        return self.process.stdout.readline().strip()


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


def association(mode, version, esn):
    outer = None
    if mode == "tunnel":
        source, destination = ENDS[version]
        outer = IP(src=source, dst=destination, id=5) if version == 4 else \
            IPv6(src=source, dst=destination)
    return SecurityAssociation(AH, spi=SPI, tunnel_header=outer, auth_algo="SHA2-256-128",
                               auth_key=KEY, esn_en=esn, esn=HIGH if esn else 0)


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


def check_packet(peer, mode, outer, esn, packet, sequence):
    """Yields what is wrong."""
    plain = bytes(packet)
    sa = association(mode, outer, esn)
    layer, inner = (IP if outer == 4 else IPv6), packet.__class__
    number = sequence + (HIGH << 32 if esn else 0)

    ours = peer.ask("protect", mode, outer, esn, number, plain)
    if ours.startswith("error"):
        yield "protect: %s" % ours
        return
    wire = bytes.fromhex(ours)
    if bytes(sa.decrypt(layer(wire))) != plain:
        yield "scapy reads another packet than we protected"
    if scapy_refuses(sa, routed(wire), layer):
        yield "scapy refuses our packet behind a router"
    if not scapy_refuses(sa, wire[:-1] + bytes([wire[-1] ^ 1]), layer):
        yield "scapy accepts our packet with a wrong byte"

    wire = bytes(sa.encrypt(inner(plain), seq_num=sequence))
    if peer.ask("unprotect", mode, outer, esn, number - 1, wire) != plain.hex():
        yield "we read another packet than scapy protected"
    if peer.ask("unprotect", mode, outer, esn, number - 1, routed(wire)).startswith("error"):
        yield "we refuse scapy's packet behind a router"
    wrong = "error %s_AH_AUTH_FAILED" % mode.upper()
    damaged = wire[:-1] + bytes([wire[-1] ^ 1])
    if peer.ask("unprotect", mode, outer, esn, number - 1, damaged) != wrong:
        yield "we accept scapy's packet with a wrong byte"


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: test_scapy_ah.py [EMULATOR...] ESP_PEER")
    peer = Peer(sys.argv[1:])
    passed = failed = 0
    for number in range(16):
        mode = ("tunnel", "transport")[number & 1]
        outer, inner = (4, 6)[number >> 1 & 1], (4, 6)[number >> 2 & 1]
        esn = bool(number >> 3 & 1)
        if mode == "transport" and inner != outer:
            continue
        for sequence, packet in enumerate(packets(inner), 1):
            wrong = list(check_packet(peer, mode, outer, esn, packet, sequence))
            for what in wrong:
                print("%s, IPv%d in IPv%d, ESN %d, packet %d: %s" %
                      (mode, inner, outer, esn, sequence, what))
            failed += bool(wrong)
            passed += not wrong
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
