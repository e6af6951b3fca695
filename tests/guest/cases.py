# SPDX-License-Identifier: BSD-2-Clause
"""The cases that a guest tries."""
from algorithms import (CBC128_SHA256, CBC192_SHA256, CBC256_SHA1, CBC256_SHA256, CHACHA, DES3_SHA1,
                        DES_MD5, GCM128, GCM128_ICV12, GCM192, GCM256, GCM256_ICV8, GMAC128,
                        GMAC192, GMAC256, MD5, NULL_MD5, NULL_SHA256, SHA1, SHA256)


class Bundle:
    """The headers that one bundle puts on a packet: ESP, AH, or AH outside of ESP; UDP or not."""

    def __init__(self, mode, esp=None, ah=None, udp=False):
        self.mode, self.esp, self.ah, self.udp = mode, esp, ah, udp

    @property
    def headers(self):
        if self.udp:
            return "udp"
        return "-".join(name for name, suite in (("esp", self.esp), ("ah", self.ah)) if suite)

    @property
    def suites(self):
        return [suite for suite in (self.esp, self.ah) if suite]


def tunnel(*suites, udp=False):
    return Bundle("tunnel", *_sort(suites), udp)


def transport(*suites, udp=False):
    return Bundle("transport", *_sort(suites), udp)


def _sort(suites):
    """(of ESP or None, of AH or None)"""
    return (next((suite for suite in suites if suite.is_esp), None),
            next((suite for suite in suites if not suite.is_esp), None))


class Case:
    """What is around the guest's packets: one bundle, or one in transport mode over a tunnel.

    `version` is of the outermost IP header, `inner` of the packets.
    """

    def __init__(self, bundle, over=None, version=4, inner=None, esn=False):
        self.bundle, self.over = bundle, over
        self.version, self.inner, self.esn = version, inner or version, esn

    @property
    def bundles(self):
        """From the inside out."""
        return [self.bundle] + ([self.over] if self.over else [])

    @property
    def form(self):
        if self.over:
            name = "%s-over-%s" % (self.bundle.headers, self.over.headers)
        else:
            name = "%s-%s" % (self.bundle.headers, self.bundle.mode)
        ip = "%d" % self.version if self.inner == self.version else "%din%d" % (self.inner,
                                                                              self.version)
        return "%s-%s%s" % (name, ip, "-esn" if self.esn else "")

    @property
    def algorithms(self):
        return "; ".join(str(suite) for bundle in self.bundles for suite in bundle.suites)

    @property
    def name(self):
        words = self.algorithms.lower().replace(",", "").replace(";", "").replace("+", "").split()
        return "-".join([self.form] + words)


def esp_cases():
    for suite in (GCM128, GCM192, GCM256, GCM256_ICV8, CHACHA, GMAC128, GMAC256, CBC128_SHA256,
                  CBC192_SHA256, CBC256_SHA1, DES3_SHA1, DES_MD5, NULL_SHA256):
        yield Case(tunnel(suite))
    for suite in (GCM256, GCM128_ICV12, CBC256_SHA256, NULL_MD5):
        yield Case(tunnel(suite), version=6)
    yield Case(tunnel(GCM256), version=4, inner=6)
    yield Case(tunnel(CBC128_SHA256), version=6, inner=4)
    for suite in (GCM256, CHACHA, GMAC192, CBC128_SHA256, DES3_SHA1):
        yield Case(transport(suite))
    for suite in (GCM256, CBC128_SHA256, NULL_SHA256):
        yield Case(transport(suite), version=6)
    yield Case(tunnel(GCM256), esn=True)
    yield Case(tunnel(CBC256_SHA256), version=6, esn=True)
    yield Case(transport(CBC128_SHA256), esn=True)
    yield Case(transport(CHACHA), version=6, esn=True)


def ah_cases():
    for mode in (transport, tunnel):
        yield Case(mode(SHA256))
        yield Case(mode(SHA1))
        yield Case(mode(SHA256), version=6)
        yield Case(mode(MD5), version=6)
        yield Case(mode(SHA256), esn=True)
        yield Case(mode(GCM256, SHA256))
        yield Case(mode(CBC128_SHA256, SHA1))
        yield Case(mode(GCM256, SHA256), version=6)
        yield Case(mode(CHACHA, SHA256), version=6, esn=True)
    yield Case(transport(SHA1), version=6, esn=True)


def udp_cases():
    for mode in (transport, tunnel):
        yield Case(mode(GCM256, udp=True))
        yield Case(mode(CBC128_SHA256, udp=True))
        yield Case(mode(GCM256, udp=True), version=6)
        yield Case(mode(GCM128, udp=True), esn=True)


def over_cases():
    yield Case(transport(GCM256), over=tunnel(GCM128))
    yield Case(transport(CBC128_SHA256), over=tunnel(CBC256_SHA1), version=6)
    yield Case(transport(GCM256), over=tunnel(SHA256))
    yield Case(transport(SHA256), over=tunnel(GCM256))
    yield Case(transport(SHA1), over=tunnel(SHA256), version=6)
    yield Case(transport(GCM256, SHA256), over=tunnel(CHACHA))
    yield Case(transport(GCM256, SHA1), over=tunnel(GCM256, SHA256), version=6)
    yield Case(transport(GCM256), over=tunnel(GCM256, udp=True))
    yield Case(transport(GCM256, udp=True), over=tunnel(GCM256))
    yield Case(transport(GCM256), over=tunnel(CBC128_SHA256), version=4, inner=6, esn=True)


def all_cases():
    yield from esp_cases()
    yield from ah_cases()
    yield from udp_cases()
    yield from over_cases()
