#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""ESP packets there and back between this library and scapy, which is other people's code.

usage: test_scapy.py [EMULATOR] ESP_PEER

Both directions, every cipher, tunnel and transport mode, IPv4 and IPv6, a few lengths; and
packets with one wrong byte, which the other side must refuse. Exit status 77 (skipped) without
scapy.
"""
import socket
import subprocess
import sys

try:
    from scapy.all import ESP, ICMP, IP, IPv6, Raw, SecurityAssociation, UDP
    from scapy.all import IPOption_Router_Alert, IPv6ExtHdrDestOpt, IPv6ExtHdrHopByHop
    from scapy.layers.ipsec import IPSecIntegrityError
except ImportError as missing:
    print("skipped: %s" % missing)
    sys.exit(77)

ENDS = {4: ("192.0.2.1", "198.51.100.2"), 6: ("2001:db8::1", "2001:db8::2")}
KEY = bytes((i * 5 + 3) & 0xFF for i in range(36))
SPI = 0x11223344
IV = bytes.fromhex("00000001a5a5a5a5")
CIPHERS = {
    "gcm": dict(crypt_algo="AES-GCM", crypt_key=KEY),
    "chacha": dict(crypt_algo="CHACHA20-POLY1305", crypt_key=KEY),
    "hmac": dict(crypt_algo="NULL", auth_algo="SHA2-256-128", auth_key=KEY[:32]),
}


class Peer:
    """The program that does our half."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def ask(self, verb, cipher, mode, version, sequence, packet):
        family = socket.AF_INET if version == 4 else socket.AF_INET6
        source, destination = (socket.inet_pton(family, end).hex() for end in ENDS[version])
        key = KEY if cipher != "hmac" else KEY[:32]
        iv = IV.hex() if verb == "protect" and cipher != "hmac" else "-"
        words = (verb, cipher, mode, version, source, destination, "%08x" % SPI, 0, key.hex(),
                 sequence, iv, packet.hex())
        print(*words, file=self.process.stdin, flush=True)
        return self.process.stdout.readline().strip()


def packets(mode, version):
    """The packets to carry: whole ones, with their lengths and checksums filled in."""
    source, destination = ENDS[version]
    udp = UDP(sport=1000, dport=2000)
    head = IP(src=source, dst=destination, id=7, tos=0x28, ttl=9) if version == 4 else \
        IPv6(src=source, dst=destination, tc=0x28, fl=0x12345, hlim=9)
    for size in (0, 1, 2, 3, 4, 5, 100, 1371):
        yield head / udp / Raw(bytes(i & 0xFF for i in range(size)))
    if version == 4:
        yield head / ICMP() / Raw(b"ping")
        yield IP(src=source, dst=destination, options=[IPOption_Router_Alert()]) / udp / b"opt"
    elif mode == "tunnel":
        yield head / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / udp / Raw(b"ext")
    else:  # scapy has its own idea of where ESP goes among destination options
        yield head / IPv6ExtHdrHopByHop() / udp / Raw(b"ext")


def association(cipher, mode, version):
    outer = None
    if mode == "tunnel":
        source, destination = ENDS[version]
        outer = IP(src=source, dst=destination) if version == 4 else \
            IPv6(src=source, dst=destination)
    return SecurityAssociation(ESP, spi=SPI, tunnel_header=outer, **CIPHERS[cipher])


def scapy_refuses(sa, wire, layer):
    try:
        sa.decrypt(layer(wire))
    except IPSecIntegrityError:
        return True
    return False


def check_packet(peer, cipher, mode, outer, packet, sequence):
    """Yields what is wrong."""
    plain = bytes(packet)
    sa = association(cipher, mode, outer)
    layer, inner = (IP if outer == 4 else IPv6), packet.__class__

    ours = peer.ask("protect", cipher, mode, outer, sequence, plain)
    if ours.startswith("error"):
        yield "protect: %s" % ours
        return
    wire = bytes.fromhex(ours)
    if bytes(sa.decrypt(layer(wire))) != plain:
        yield "scapy reads another packet than we protected"
    if not scapy_refuses(sa, wire[:-1] + bytes([wire[-1] ^ 1]), layer):
        yield "scapy accepts our packet with a wrong ICV"

    iv = IV if cipher != "hmac" else None
    wire = bytes(sa.encrypt(inner(plain), seq_num=sequence, iv=iv))
    if peer.ask("unprotect", cipher, mode, outer, sequence - 1, wire) != plain.hex():
        yield "we read another packet than scapy protected"
    wrong = "error %s_ESP_AUTH_FAILED" % mode.upper()
    if peer.ask("unprotect", cipher, mode, outer, 0, wire[:-1] + bytes([wire[-1] ^ 1])) != wrong:
        yield "we accept scapy's packet with a wrong ICV"


def main():
    peer = Peer(sys.argv[1:])
    passed = failed = skipped = 0
    for cipher in CIPHERS:
        # No packet at all, but a word of the job: an empty one would end it too early.
        if peer.ask("protect", cipher, "tunnel", 4, 1, b"\0") == "error NOT_SUPPORTED":
            print("left out: this processor has no %s" % cipher)
            skipped += 1
            continue
        for mode in ("tunnel", "transport"):
            for outer in (4, 6):
                for inner in (4, 6) if mode == "tunnel" else (outer,):
                    for sequence, packet in enumerate(packets(mode, inner), 1):
                        wrong = list(check_packet(peer, cipher, mode, outer, packet, sequence))
                        for what in wrong:
                            print("%s, %s, IPv%d in IPv%d, packet %d: %s" %
                                  (cipher, mode, inner, outer, sequence, what))
                        failed += bool(wrong)
                        passed += not wrong
    print("%d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
