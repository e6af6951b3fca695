#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes the seeds of the fuzz targets: inputs that go deep at once.

usage: make_seeds.py [FOLDER]     (default: corpus, beside this script)

Each target's source says what its bytes mean. What is found is kept in the same folders, under
names that do not begin with "seed".
"""
import os
import sys

SUITES = 36  # of tests/support/crypto.c
FORMS = 20   # of tests/support/forms.c, and how many SAs each has
SAS = [1, 1, 1, 1, 2, 2, 1, 1, 2, 2, 3, 2, 2, 3, 3, 3, 4, 2, 3, 2]


def unprotect():
    """The null provider, each suite in turn with a form: there and back; then raw bytes."""
    transport, ipv6, esn, ah, udp, behind_ah, anywhere = (1 << bit for bit in range(7))
    forms = [0, transport, ipv6, esn, transport | ipv6 | esn, udp, udp | transport | ipv6,
             ah, ah | transport, ah | transport | ipv6 | anywhere, behind_ah | transport]
    for suite in range(SUITES):
        form = forms[suite % len(forms)]
        yield bytes([0, suite, form, 1, 0, 0, 0, 7, suite & 1, suite, 0]) + bytes(18)
    esp = bytes.fromhex("45000028 00004000 40320000 c0000201c6336402 1122334400000001" + "00" * 12)
    ah_packet = bytes.fromhex("4500002c00004000 40330000 c0000201c6336402 fd050000"
                              "1122334400000001" + "00" * 12)
    udp_packet = bytes.fromhex("4500003000004000 40110000 c0000201c6336402 1194119400 1c0000"
                               "1122334400000001" + "00" * 12)
    for form, packet in ((0, esp), (ah, ah_packet), (udp, udp_packet)):
        yield bytes([0, 15, form, 0, 0, 0, 0, 0]) + packet
    ethernet = bytes(12) + bytes.fromhex("8100 0001 0800")
    yield bytes([0, 15, 0, 0, 0, 0, 0, 0]) + ethernet + esp


def packets(edits_of_each, third):
    """Of each form a packet, one in two pieces, and a third; then a delete, a reset, time."""
    for form in range(FORMS):
        bits = form % 4 | (32 if form % 3 == 0 else 0)  # IPv6, ESN, latencies
        edits = bytes(edits_of_each(SAS[form]))
        made = bytes([form, bits])
        made += bytes([0x00, 0, 7 * form]) + edits + bytes([0x6C])
        made += bytes([0x10, 1, 60]) + edits + bytes([45, 0x6C])
        made += bytes([0x20, 2, 90]) + edits + third + bytes([0, 3, 33]) + edits + bytes([0, 0x6C])
        yield made + bytes([0x2D, 0x1D, 0x0F, 0x6C])


def receive():
    """The third comes in a burst with a fourth."""
    return packets(lambda sas: sas + 1, b"")


def send():
    """The third is a large one, to be cut."""
    return packets(lambda sas: sas, bytes([16, 0]))


def requests():
    """A few bundles, packets of them, an update, deletes, what life brings."""
    for configuration in (0, 1, 2, 3, 8, 20, 28):
        ex = configuration & 1  # NDIS 6.30 takes the other ADD
        made = bytes([configuration, 0, 0])
        for number, (form, algorithms) in enumerate([(5, 0x25), (1, 0x50), (7, 0x01), (6, 0x2F)]):
            made += bytes([0, ex, form, 5, algorithms, 1, number + 1])
            if form & 3 == 3:
                made += bytes([0x2F, 1, 9])
            made += bytes([0, 0] + [0] * (1 - ex) + [1, 0, 0])
        for slot in range(4):
            made += bytes([0x0A | slot << 4, slot, 0, 0x0D | slot << 4, slot, slot, 0])
            made += bytes([0x0B | slot << 4, 0, 0x0E | slot << 4, 0x0C])
        made += bytes([0, 3, 1, 0, 1, 9, 0, 0, 0, 0x15])
        made += bytes([9, 0, 0x15, 6, 0x15, 8])
        for slot in range(3):
            made += bytes([0, 2, slot, 0, 0, 0, 1, 1, 0x15])
        yield made + bytes([9, 4, 0x15, 6, 9, 5, 0x15, 7, 9, 1])


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "corpus")
    for target in (unprotect, receive, send, requests):
        place = os.path.join(folder, target.__name__)
        os.makedirs(place, exist_ok=True)
        for name in os.listdir(place):
            if name.startswith("seed"):
                os.remove(os.path.join(place, name))
        for number, made in enumerate(target()):
            with open(os.path.join(place, "seed-%02d" % number), "wb") as file:
                file.write(made)


if __name__ == "__main__":
    if sys.argv[1:] in (["-h"], ["--help"]):
        print(__doc__.strip())
    else:
        main()
