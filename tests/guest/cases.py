# SPDX-License-Identifier: BSD-2-Clause
"""The cases that a guest tries: each in the words of `ip xfrm`, and in those of `saoffload peer`."""
import copy

PEER_MAC, GUEST_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"


class Cipher:
    """An encryption algorithm: our name, bytes of its key, how ip names it, and whether it is an
    AEAD (then `ip` ends with the bits of the ICV)."""

    def __init__(self, name, key, ip, aead=False):
        self.name, self.key, self.ip, self.aead = name, key, ip, aead


class Hmac:
    """An authentication algorithm: our name, bytes of its key, how ip names it, bits of the ICV."""

    def __init__(self, name, key, ip, bits):
        self.name, self.key, self.ip, self.bits = name, key, ip, bits


GCM128 = Cipher("AES-GCM-128", 20, "rfc4106(gcm(aes))", aead=True)
GCM192 = Cipher("AES-GCM-192", 28, "rfc4106(gcm(aes))", aead=True)
GCM256 = Cipher("AES-GCM-256", 36, "rfc4106(gcm(aes))", aead=True)
CHACHA = Cipher("CHACHA20-POLY1305", 36, "rfc7539esp(chacha20,poly1305)", aead=True)
CBC128 = Cipher("AES-CBC-128", 16, "cbc(aes)")
CBC192 = Cipher("AES-CBC-192", 24, "cbc(aes)")
CBC256 = Cipher("AES-CBC-256", 32, "cbc(aes)")
DES3 = Cipher("3DES-CBC", 24, "cbc(des3_ede)")
DES = Cipher("DES-CBC", 8, "cbc(des)")
NULL = Cipher("NULL", 0, "ecb(cipher_null)")
MD5 = Hmac("HMAC-MD5-96", 16, "hmac(md5)", 96)
SHA1 = Hmac("HMAC-SHA-1-96", 20, "hmac(sha1)", 96)
SHA256 = Hmac("HMAC-SHA-256-128", 32, "hmac(sha256)", 128)


class Case:
    """One association and what is in it."""

    def __init__(self, encryption, authentication=None, mode="tunnel", version=4, inner=None,
                 esn=False):
        self.encryption, self.authentication = encryption, authentication
        self.mode, self.version, self.esn = mode, version, esn
        self.inner = inner or version
        self.name = "-".join(self.words())

    @property
    def form(self):
        return " ".join(self.form_words())

    def form_words(self):
        yield "esp"
        yield self.mode
        yield str(self.version) if self.inner == self.version else "%din%d" % (self.inner,
                                                                             self.version)
        if self.esn:
            yield "esn"

    def words(self):
        yield from self.form_words()
        yield self.encryption.name.lower()
        if self.authentication:
            yield self.authentication.name.lower()

    @property
    def algorithms(self):
        return " + ".join(part.name for part in (self.encryption, self.authentication) if part)


def all_cases():
    yield Case(GCM256)
    yield Case(GCM128, version=6)
    yield Case(GCM192, inner=6)
    yield Case(GCM256, version=6, inner=4)
    yield Case(GCM256, esn=True)
    yield Case(GCM256, version=6, esn=True)
    yield Case(CHACHA)
    yield Case(CBC128, SHA256)
    yield Case(CBC256, SHA1, version=6)
    yield Case(CBC192, SHA256, esn=True)
    yield Case(DES3, SHA1)
    yield Case(DES, MD5)
    yield Case(NULL, SHA256, version=6)


class Ends:
    """The addresses of the case at an index: each case has its own."""

    def __init__(self, index):
        self.index = index

    def address(self, net, version, host):
        """`net` 1 is the outer one, 2 the inner; `host` 1 is the peer, 2 the guest."""
        if version == 4:
            return "10.%d.%d.%d" % (net, self.index, host)
        return "fd00:%d:%d::%d" % (net, self.index, host)

    def outer(self, case):
        """(the guest's address, the peer's)"""
        return self.address(1, case.version, 2), self.address(1, case.version, 1)

    def inner(self, case):
        if case.mode == "transport":
            return self.outer(case)
        return self.address(2, case.inner, 2), self.address(2, case.inner, 1)


class Keys:
    """Keys and SPI of one SA."""

    def __init__(self, case, spi, random):
        self.spi = spi
        self.encryption = random.randbytes(case.encryption.key).hex()
        self.authentication = (random.randbytes(case.authentication.key).hex()
                               if case.authentication else "")

    def spoil(self):
        """One bit of each key becomes another."""
        self.encryption, self.authentication = (
            key[:-1] + "%x" % (int(key[-1], 16) ^ 1) if key else ""
            for key in (self.encryption, self.authentication))


def ip_algorithms(case, keys):
    if case.encryption.aead:
        return "aead '%s' 0x%s 128" % (case.encryption.ip, keys.encryption)
    return "enc '%s' %s auth-trunc '%s' 0x%s %d" % (
        case.encryption.ip, "0x" + keys.encryption if keys.encryption else "''",
        case.authentication.ip, keys.authentication, case.authentication.bits)


def ip_state(case, outer, inner, keys):
    # The selector is for two families in one tunnel: else packets must be of the outer one.
    return ("xfrm state add src %s dst %s proto esp spi 0x%x reqid 1 mode %s replay-window 32 "
            "%s%s sel src %s dst %s" % (*outer, keys.spi, case.mode,
                                        "flag esn " if case.esn else "",
                                        ip_algorithms(case, keys), *inner))


def ip_policy(case, direction, inner, outer):
    return "xfrm policy add src %s dst %s dir %s tmpl src %s dst %s proto esp reqid 1 mode %s" % (
        *inner, direction, *outer, case.mode)


def ip_links(outer, inner):
    """Addresses, and the peer as a neighbour who need not be asked."""
    for (ours, peers) in dict.fromkeys((outer, inner)):
        bits, nodad = (128, " nodad") if ":" in ours else (32, "")
        yield "addr add %s/%d dev eth0%s" % (ours, bits, nodad)
        yield "route add %s/%d dev eth0 src %s" % (peers, bits, ours)
        yield "neigh replace %s lladdr %s dev eth0 nud permanent" % (peers, PEER_MAC)


class Plan:
    """A case at its place, with keys: what the guest and the peer are told."""

    def __init__(self, case, index, random):
        self.case, self.ends = case, Ends(index)
        self.to_peer = Keys(case, 0x10000 + 2 * index, random)
        self.to_guest = Keys(case, 0x10001 + 2 * index, random)
        self.peers = (copy.copy(self.to_peer), copy.copy(self.to_guest))
        self.spoilt_inbound = None

    def spoil(self, inbound):
        """The peer gets a wrong key for one direction."""
        self.spoilt_inbound = inbound
        self.peers[0 if inbound else 1].spoil()

    def guest_lines(self):
        outer, inner = self.ends.outer(self.case), self.ends.inner(self.case)
        yield from ip_links(outer, inner)
        yield ip_state(self.case, outer, inner, self.to_peer)
        yield ip_state(self.case, outer[::-1], inner[::-1], self.to_guest)
        yield ip_policy(self.case, "out", inner, outer)
        yield ip_policy(self.case, "in", inner[::-1], outer[::-1])

    def list_line(self):
        return " ".join((self.case.name, *self.ends.inner(self.case)))

    def peer_sa(self, keys):
        sa = {"spi": "0x%x" % keys.spi}
        if keys.encryption:
            sa["encryption_key"] = keys.encryption
        if keys.authentication:
            sa["authentication_key"] = keys.authentication
        return sa

    def peer_esp(self):
        esp = {"encryption": self.case.encryption.name,
               "inbound": self.peer_sa(self.peers[0]), "outbound": self.peer_sa(self.peers[1])}
        if self.case.authentication:
            esp["authentication"] = self.case.authentication.name
        return esp

    def peer_association(self):
        guests, peers = self.ends.outer(self.case)
        return {"name": self.case.name, "local": peers, "remote": guests,
                "address": self.ends.inner(self.case)[1], "esn": self.case.esn,
                "esp": self.peer_esp()}
