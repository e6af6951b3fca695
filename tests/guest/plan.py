# SPDX-License-Identifier: BSD-2-Clause
"""A case with addresses and keys, in the words of `ip xfrm` and in those of `saoffload peer`."""
import copy

PEER_MAC, GUEST_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"
SPIS_PER_CASE = 16
# With ESN the numbers of both directions pass 2^32 after some pings, while packets flow.
ESN_BEGIN = (1 << 32) - 12


class Keys:
    """SPI and keys of one SA."""

    def __init__(self, suite, spi, random):
        self.spi = spi
        self.encryption = random.randbytes(suite.encryption_key).hex()
        self.authentication = random.randbytes(suite.authentication_key).hex()

    def spoil(self):
        """One bit of each key becomes another, in the middle: the last one of DES is a parity."""
        self.encryption, self.authentication = (
            key[:8] + "%x" % (int(key[8], 16) ^ 4) + key[9:] if key else ""
            for key in (self.encryption, self.authentication))


class Sa:
    """An SA in both directions, and the header it makes."""

    def __init__(self, suite, mode, ends, udp, spi, random):
        self.suite, self.mode, self.ends, self.udp = suite, mode, ends, udp
        self.protocol = "esp" if suite.is_esp else "ah"
        self.to_peer, self.to_guest = Keys(suite, spi, random), Keys(suite, spi + 1, random)
        self.peers = [copy.copy(self.to_peer), copy.copy(self.to_guest)]  # perhaps wrong ones

    def ip_state(self, outward, esn, selector):
        source, destination = self.ends if outward else self.ends[::-1]
        keys = self.to_peer if outward else self.to_guest
        six = ":" in source
        flags = (["esn"] if esn else []) + (["align4"] if self.protocol == "ah" and not six else [])
        words = ["xfrm state add src", source, "dst", destination, "proto", self.protocol,
                 "spi 0x%x reqid 1 mode" % keys.spi, self.mode, "replay-window 32"]
        words += ["replay-%s 0x%x" % ("oseq" if outward else "seq", ESN_BEGIN)] if esn else []
        words += ["flag"] + flags if flags else []
        words += [self.suite.ip_words(keys)]
        words += ["encap espinudp 4500 4500", "::" if six else "0.0.0.0"] if self.udp else []
        words += ["sel src %s dst %s" % selector] if selector else []
        return " ".join(words)

    def ip_template(self, outward):
        source, destination = self.ends if outward else self.ends[::-1]
        return "tmpl src %s dst %s proto %s reqid 1 mode %s" % (source, destination, self.protocol,
                                                                self.mode)

    def peer_half(self, keys):
        half = {"spi": "0x%x" % keys.spi}
        if keys.encryption:
            half["encryption_key"] = keys.encryption
        if keys.authentication:
            half["authentication_key"] = keys.authentication
        return half

    def peer_words(self):
        words = {"inbound": self.peer_half(self.peers[0]), "outbound": self.peer_half(self.peers[1])}
        for member in ("encryption", "authentication"):
            if getattr(self.suite, member):
                words[member] = getattr(self.suite, member)
        if self.suite.icv:
            words["icv_length"] = self.suite.icv
        return words


class Plan:
    """A case at its place, with keys: what the guest and the peer are told."""

    def __init__(self, case, index, random):
        self.case, self.index, self.spoilt_inbound = case, index, None
        self.outer = self.ends(1, case.version)  # (the guest's address, the peer's)
        single = not case.over and case.bundle.mode == "transport"
        self.inner = self.outer if single else self.ends(2, case.inner)
        self.layers = []  # from the inside out: a bundle and its SAs
        spi = 0x10000 + SPIS_PER_CASE * index
        for bundle in case.bundles:
            ends = self.outer if bundle is case.bundles[-1] else self.inner
            sas = []
            for suite in bundle.suites:
                # AH around ESP has no IP header of its own.
                mode = "transport" if bundle.esp and suite is bundle.ah else bundle.mode
                sas.append(Sa(suite, mode, ends, bundle.udp, spi, random))
                spi += 2
            self.layers.append((bundle, ends, sas))

    def ends(self, net, version):
        pattern = "10.%d.%d.%d" if version == 4 else "fd00:%d:%d::%d"
        return tuple(pattern % (net, self.index, host) for host in (2, 1))

    @property
    def sas(self):
        return [sa for _, _, sas in self.layers for sa in sas]

    def spoil(self, inbound):
        """The peer gets wrong keys for one direction."""
        self.spoilt_inbound = inbound
        for sa in self.sas:
            sa.peers[0 if inbound else 1].spoil()

    # ---- for the guest -------------------------------------------------------------------------

    def guest_lines(self):
        for ours, peers in dict.fromkeys((self.outer, self.inner)):
            bits, nodad = (128, " nodad") if ":" in ours else (32, "")
            yield "addr add %s/%d dev eth0%s" % (ours, bits, nodad)
            yield "route add %s/%d dev eth0 src %s" % (peers, bits, ours)
            yield "neigh replace %s lladdr %s dev eth0 nud permanent" % (peers, PEER_MAC)
        for outward in (True, False):
            for sa in self.sas:
                yield sa.ip_state(outward, self.case.esn, self.selector(sa, outward))
            yield "xfrm policy add src %s dst %s dir %s priority 2 %s" % (
                *(self.inner if outward else self.inner[::-1]), "out" if outward else "in",
                " ".join(sa.ip_template(outward) for sa in self.sas))
        if self.case.bundle.udp:
            yield self.udp_policy()

    def udp_policy(self):
        """Linux looks at what arrives for a UDP socket before it knows that it is ESP: protected by
        what is outside of the UDP header, or by nothing."""
        outside = [sa for _, _, sas in self.layers[1:] for sa in sas]
        return "xfrm policy add src %s dst %s proto 17 sport 4500 dport 4500 dir in priority 1 %s" % (
            *self.inner[::-1], " ".join(sa.ip_template(False) for sa in outside))

    def selector(self, sa, outward):
        """For two families in one tunnel: else packets must be of the outer one."""
        if sa.mode == "transport" or self.case.inner == self.case.version:
            return None
        return self.inner if outward else self.inner[::-1]

    def list_line(self):
        return " ".join((self.case.name, *self.inner))

    # ---- for the peer --------------------------------------------------------------------------

    def peer_associations(self):
        """The tunnel before what runs over it. The innermost one has the case's name."""
        for bundle, (guests, peers), sas in reversed(self.layers):
            innermost = bundle is self.case.bundle
            association = {"name": self.case.name if innermost else self.tunnel_name,
                           "local": peers, "remote": guests, "mode": bundle.mode,
                           "esn": self.case.esn, "udp": bundle.udp}
            if self.case.esn:
                association["inbound_sequence"] = association["outbound_sequence"] = ESN_BEGIN
            for sa in sas:
                association[sa.protocol] = sa.peer_words()
            if innermost:
                association["address"] = self.inner[1]
                if self.case.over:
                    association["tunnel"] = self.tunnel_name
            yield association

    @property
    def tunnel_name(self):
        return "tunnel-%d" % self.index
