#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tshark decrypts what this library protects, and finds every ICV good; and bad where it is.

usage: test_tshark.py [EMULATOR] ESP_PEER

Every pair of algorithms that tshark has, through each provider, in tunnel and transport mode over
IPv4 and IPv6, bare, in UDP, and inside of AH, whose ICV tshark shows and does not check. Exit
status 77 (skipped) without tshark.
"""
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

from peer import ENDS, PROVIDERS, SPI, Association, Peer, ah_suites, encryption_suites, suites

LINK_TYPE_RAW = 101
FORMS = [(mode, version, form) for mode in ("tunnel", "transport") for version in (4, 6)
         for form in ("esp", "udp", "ah")]
SIZES = (0, 1, 14, 15, 1300)
FIELDS = ("esp.icv_good", "esp.icv_bad", "udp.length", "data.data")


def udp(payload, checksum=0):
    return struct.pack("!HHHH", 1000, 2000, 8 + len(payload), checksum) + payload


def packet(version, payload):
    """An IP packet between the ends with UDP inside."""
    inside = udp(payload)
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    ends = b"".join(socket.inet_pton(family, end) for end in ENDS[version])
    if version == 6:
        return struct.pack("!IHBB", 6 << 28, len(inside), 17, 64) + ends + inside
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(inside), 1, 0, 64, 17, 0) + ends
    total = sum(struct.unpack("!10H", head))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return head[:10] + struct.pack("!H", total ^ 0xFFFF) + head[12:] + inside


def write_capture(path, packets):
    with open(path, "wb") as file:
        file.write(struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, LINK_TYPE_RAW))
        for each in packets:
            file.write(struct.pack("=IIII", 0, 0, len(each), len(each)) + each)


def dissect(path, suite):
    """What tshark finds: a line of FIELDS for each packet."""
    encryption, authentication = suite.tshark
    keys = ["0x%s" % key.hex() if key else "" for key in (suite.key, suite.authentication_key)]
    command = ["tshark", "-r", path, "-o", "esp.enable_encryption_decode:TRUE",
               "-o", "esp.enable_authentication_check:TRUE",
               "-T", "fields", "-E", "occurrence=l"]
    for version in (4, 6):
        command += ["-o", 'uat:esp_sa:"IPv%d","*","*","0x%08x","%s","%s","%s","%s"' %
                    (version, SPI, encryption, keys[0], authentication, keys[1])]
    for field in FIELDS:
        command += ["-e", field]
    with tempfile.TemporaryDirectory() as home:  # nobody's own table of keys
        result = subprocess.run(command, capture_output=True, text=True, check=True,
                                env={"HOME": home, "PATH": os.environ["PATH"]})
    return [line.split("\t") for line in result.stdout.split("\n")[:-1]]


def protect(ask, suite, ah, form, number, plain):
    """ESP as `form` says; `ah` is for what authenticates outside of it."""
    mode, version, protocol = form
    inside = Association(suite, mode, version, "esp" if protocol == "ah" else protocol)
    made = bytes.fromhex(ask(inside, number, plain))
    if protocol != "ah":
        return made
    outside = Association(ah, "transport", version, "ah", spi=SPI + 1)
    return bytes.fromhex(ask(outside, number, made))


def check(ask, suite, ah, path):
    """Yields what is wrong."""
    forms = [form for form in FORMS if (ah or form[2] != "ah") and (suite.icv or form[2] == "ah")]
    rows, packets = [], []
    for form in forms:
        for size in SIZES:
            payload = bytes((i * 7 + size) & 0xFF for i in range(size))
            good = protect(ask, suite, ah, form, len(rows) + 1, packet(form[1], payload))
            rows.append((form, payload))
            packets += [good, good[:-1] + bytes([good[-1] ^ 1])]
    write_capture(path, packets)
    lines = dissect(path, suite)
    if len(lines) != len(packets):
        yield "tshark has %d lines for %d packets" % (len(lines), len(packets))
        return
    for number, (form, payload) in enumerate(rows):
        good, bad = lines[2 * number:2 * number + 2]
        inside = [str(8 + len(payload)), payload.hex()]
        if good[2:] != inside or (suite.icv and good[:2] != ["1", "0"]):
            yield "%s: a good packet of %d bytes is %s" % (form, len(payload), good)
        if suite.icv and bad[:2] != ["0", "1"]:
            yield "%s: a packet with a wrong ICV is %s" % (form, bad)


def main():
    if shutil.which("tshark") is None:
        print("skipped: no tshark")
        return 77
    peer = Peer(sys.argv[1:])
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for provider in PROVIDERS:
            def ask(association, sequence, plain):
                return peer.ask("protect", provider, association, sequence, plain)

            outside = [suite for suite in ah_suites() if peer.has(provider, suite, "ah")]
            had = [suite for suite in suites() if suite.tshark and peer.has(provider, suite)]
            if outside:
                had += [suite for suite in encryption_suites() if peer.has(provider, suite)]
            print("%s: %d pairs of algorithms" % (provider, len(had)))
            for number, suite in enumerate(had):
                ah = outside[number % len(outside)] if outside else None
                wrong = list(check(ask, suite, ah, folder + "/pcap"))
                for what in wrong:
                    print("%s: %s, %s" % (provider, suite, what))
                failed += bool(wrong)
                passed += not wrong
    print("%d captures passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
