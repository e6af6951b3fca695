# SPDX-License-Identifier: BSD-2-Clause
"""The program esp_peer, which protects and unprotects with this library, and what to ask of it."""
import socket
import subprocess

ENDS = {4: ("192.0.2.1", "198.51.100.2"), 6: ("2001:db8::1", "2001:db8::2")}
SPI = 0x11223344
KEY = bytes((i * 5 + 3) & 0xFF for i in range(36))
AUTHENTICATION_KEY = bytes((i * 11 + 7) & 0xFF for i in range(36))
IV = bytes.fromhex("00000001a5a5a5a50102030405060708")
PROVIDERS = ("libsodium", "openssl", "ipsec-mb")


def address(version, text):
    return socket.inet_pton(socket.AF_INET if version == 4 else socket.AF_INET6, text)


class Suite:
    """A pair of algorithms by the names of algorithm.h, and what scapy and tshark call them.

    `encryption` and `authentication` are a name, the bytes of its key (salt included) and of its
    IV; `icv` is the ICV's bytes.
    """

    def __init__(self, encryption, authentication, icv, scapy=None, tshark=None):
        self.encryption, key, iv_length = encryption or ("-", 0, 0)
        self.authentication, authentication_key, own = authentication or ("-", 0, 0)
        self.iv_length = iv_length or own
        self.key, self.authentication_key = KEY[:key], AUTHENTICATION_KEY[:authentication_key]
        self.icv = icv
        self.scapy, self.tshark = scapy, tshark
        self.gmac = self.authentication.startswith("AES-GMAC")
        self.aead = self.encryption.startswith(("AES-GCM", "CHACHA20"))

    def __str__(self):
        if self.aead:
            return "%s, ICV %d" % (self.encryption, self.icv)
        return "%s + %s" % (self.encryption, self.authentication)


CIPHERS = [
    (None, "NULL", "NULL"),
    (("DES-CBC", 8, 8), "DES", "DES-CBC [RFC2405]"),
    (("3DES-CBC", 24, 8), "3DES", "TripleDES-CBC [RFC2451]"),
    (("AES-CBC-128", 16, 16), "AES-CBC", "AES-CBC [RFC3602]"),
    (("AES-CBC-192", 24, 16), "AES-CBC", "AES-CBC [RFC3602]"),
    (("AES-CBC-256", 32, 16), "AES-CBC", "AES-CBC [RFC3602]"),
]
HMACS = [
    (("HMAC-MD5-96", 16, 0), 12, "HMAC-MD5-96", "HMAC-MD5-96 [RFC2403]"),
    (("HMAC-SHA-1-96", 20, 0), 12, "HMAC-SHA1-96", "HMAC-SHA-1-96 [RFC2404]"),
    (("HMAC-SHA-256-128", 32, 0), 16, "SHA2-256-128", "HMAC-SHA-256-128 [RFC4868]"),
]


def gmac_suites():
    """For ESP and AH; neither scapy nor tshark has them."""
    for bits in (128, 192, 256):
        yield Suite(None, ("AES-GMAC-%d" % bits, bits // 8 + 4, 8), 16)


def suites():
    """For ESP: AEADs, each cipher with each HMAC, AES-GMAC.

    scapy makes no short ICV, tshark has no ChaCha20.
    """
    for bits in (128, 192, 256):
        for icv in (8, 12, 16):
            yield Suite(("AES-GCM-%d" % bits, bits // 8 + 4, 8), None, icv,
                        ("AES-GCM", None) if icv == 16 else None,
                        ("AES-GCM with %d octet ICV [RFC4106]" % icv, "NULL"))
    yield Suite(("CHACHA20-POLY1305", 36, 8), None, 16, ("CHACHA20-POLY1305", None))
    for cipher, cipher_scapy, cipher_tshark in CIPHERS:
        for hmac, icv, hmac_scapy, hmac_tshark in HMACS:
            yield Suite(cipher, hmac, icv, (cipher_scapy, hmac_scapy),
                        (cipher_tshark, hmac_tshark))
    yield from gmac_suites()


def encryption_suites():
    """For ESP inside of AH, which authenticates it (ADD-14)."""
    for cipher, cipher_scapy, cipher_tshark in CIPHERS[1:]:
        yield Suite(cipher, None, 0, (cipher_scapy, None), (cipher_tshark, "NULL"))


def ah_suites():
    for hmac, icv, name, _ in HMACS:
        yield Suite(None, hmac, icv, (None, name))
    yield from gmac_suites()


class Association:
    """An SA: `protocol` is "esp", "ah" or "udp" (ESP in UDP), `version` that of the outer header."""

    def __init__(self, suite, mode, version, protocol="esp", esn=False, ends=None, spi=SPI):
        self.suite, self.mode, self.version, self.protocol = suite, mode, version, protocol
        self.esn, self.spi = esn, spi
        self.ends = ends or ENDS[version]
        self.iv = IV[:suite.iv_length]

    def __str__(self):
        return "%s, %s, %s%s, IPv%d" % (self.suite, self.protocol, self.mode, ", ESN" * self.esn,
                                        self.version)

    def auth_failed(self):
        """What an unprotect of a packet with a wrong ICV answers."""
        kind = "AH" if self.protocol == "ah" else "ESP"
        return "error %s_%s_AUTH_FAILED" % (self.mode.upper(), kind)


class Peer:
    """The program that does our half."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def ask(self, verb, provider, association, sequence, packet):
        suite, version = association.suite, association.version
        source, destination = (address(version, end).hex() for end in association.ends)
        iv = association.iv.hex() if verb == "protect" else ""
        words = (verb, provider, association.protocol, suite.encryption, suite.authentication,
                 suite.icv, association.mode, version, source, destination,
                 "%08x" % association.spi, int(association.esn), suite.key.hex() or "-",
                 suite.authentication_key.hex() or "-", sequence, iv or "-", packet.hex() or "-")
        print(*words, file=self.process.stdin, flush=True)
        return self.process.stdout.readline().strip()

    def has(self, provider, suite, protocol="esp"):
        answer = self.ask("protect", provider, Association(suite, "tunnel", 4, protocol), 1, b"")
        return answer not in ("error NOT_SUPPORTED", "error no memory, or no such provider")
