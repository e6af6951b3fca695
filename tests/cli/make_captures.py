# SPDX-License-Identifier: BSD-2-Clause
"""Makes small captures, good and bad ones, byte by byte.

Usage: make_captures.py FOLDER OFFICE_PCAP
"""

import os
import random
import struct
import sys

A4, B4 = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])
A6, B6 = bytes.fromhex("20010db8" + "00" * 11 + "01"), bytes.fromhex("20010db8" + "00" * 11 + "02")

PROTOCOLS = [0, 4, 6, 17, 41, 43, 44, 50, 51, 58, 59, 60, 135, 139, 253]


def ipv4(source=A4, destination=B4, size=100):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, size, 1, 0, 64, 17, 0, source,
                       destination) + bytes(size - 20)


def ipv6(source=A6, destination=B6, size=100):
    return struct.pack(">IHBB16s16s", 6 << 28, size - 40, 17, 64, source,
                       destination) + bytes(size - 40)


def ethernet(packet, tags=()):
    head = b"\2" * 12
    for tag in tags:
        head += struct.pack(">HH", tag, 5)
    return head + (b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00") + packet


def pcap(frames, link=1, order="<", magic=0xA1B2C3D4, snap=262144):
    data = bytearray(struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snap, link))
    for i, frame in enumerate(frames):
        captured, original = frame if isinstance(frame, tuple) else (frame, len(frame))
        data += struct.pack(order + "IIII", 1700000000, i, len(captured), original) + captured
    return bytes(data)


def block(kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def pcapng(frames, links=(1,), snaps=None):
    data = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    for i, link in enumerate(links):
        data += block(1, struct.pack("<HHI", link, 0, snaps[i] if snaps else 262144))
    for i, frame in enumerate(frames):
        data += block(6, struct.pack("<IIIII", i % len(links), 0, i, len(frame), len(frame)) + frame)
    return data


def link_captures():
    both = [ipv4(), ipv4(B4, A4), ipv6(), ipv6(B6, A6)]
    sll = bytes(14)
    yield "ethernet", pcap([ethernet(p) for p in both])
    yield "big-endian", pcap([ethernet(p) for p in both], order=">")
    yield "nanoseconds", pcap([ethernet(p) for p in both], magic=0xA1B23C4D)
    yield "vlan", pcap([ethernet(p, tags) for p, tags in
                        zip(both, [(0x8100,), (0x88A8, 0x8100), (0x9100,), (0x8100,) * 3])])
    yield "sll", pcap([sll + ethernet(p)[12:] for p in both], link=113)
    yield "sll2", pcap([ethernet(p)[12:14] + bytes(18) + p for p in both], link=276)
    yield "raw", pcap(both, link=101)
    yield "ipv4", pcap([ipv4(), ipv4(B4, A4)] * 2, link=228)
    yield "ipv6", pcap([ipv6(), ipv6(B6, A6)] * 2, link=229)
    yield "null", pcap([struct.pack("<I", 2 if p[0] >> 4 == 4 else 30) + p for p in both], link=0)
    yield "null-swapped", pcap([struct.pack(">I", 2 if p[0] >> 4 == 4 else 28) + p for p in both],
                               link=0)
    yield "loop", pcap([struct.pack(">I", 2 if p[0] >> 4 == 4 else 24) + p for p in both], link=108)
    yield "pcapng", pcapng([ethernet(p) for p in both])


def extension_packets():
    """Complete IPv6 packets whose extension headers are missing, or end beyond them."""
    for size in (0, 1, 7, 8, 9, 16):
        for kind in (43, 44, 60) + ((0,) if size > 0 else ()):
            for first in (17, 0, 43, 44, 60):
                for length in (0, 1, 2, 255):
                    packet = bytearray(ipv6(size=40 + size))
                    packet[6] = kind
                    packet[40:42] = bytes([first, length])[:size]
                    yield bytes(packet)


def many_pairs():
    """30000 packets between 1200 pairs, each pair's direction changing with every round."""
    for i in range(30000):
        ends = A4, bytes([10, 0]) + struct.pack(">H", 1 + i % 1200)
        yield ipv4(*ends[::1 if i // 1200 % 2 else -1], size=60)


def odd_captures():
    whole = pcap([ethernet(ipv4(size=1400))] * 5)
    yield "zero.pcap", b""
    yield "header-only.pcap", pcap([])
    yield "text.pcap", b"this is no capture at all, but a line of text\n"
    yield "cut-header.pcap", whole[:10]
    yield "cut-record.pcap", whole[:-1400 - 14 - 10]
    yield "cut-data.pcap", whole[:-100]
    yield "bad-length.pcap", pcap([]) + struct.pack("<IIII", 0, 0, 0xFFFFFFF0, 0xFFFFFFF0)
    yield "radiotap.pcap", pcap([bytes(60)], link=127)
    yield "unknown-link.pcap", pcap([bytes(60)], link=9999)
    yield "two-links.pcapng", pcapng([ethernet(ipv4()), ipv4()], links=(1, 101))
    yield "two-snaps.pcapng", pcapng([ethernet(ipv4())] * 2, links=(1, 1), snaps=(65535, 262144))
    yield "cut-first.pcap", whole[:100]
    yield "arp-only.pcap", pcap([b"\xff" * 6 + b"\2" * 6 + b"\x08\x06" + bytes(46)])
    yield "extensions.pcap", pcap(list(extension_packets()), link=101)
    yield "many-pairs.pcap", pcap(list(many_pairs()), link=101)
    yield "bypassed.pcap", pcap([
        ethernet(ipv4()),
        b"\xff" * 6 + b"\2" * 6 + b"\x08\x06" + bytes(46),
        b"\2" * 12 + b"\x88\xcc" + bytes(46),
        ethernet(ipv4(destination=bytes([224, 0, 0, 251]))),
        ethernet(ipv4(source=bytes(4))),
        ethernet(ipv4(destination=A4)),
        (ethernet(ipv4(size=1400))[:96], 1414),
        ethernet(ipv4(size=100)[:2] + b"\0\0" + ipv4(size=100)[4:]),
        ethernet(struct.pack(">IHBB16s16s", 6 << 28, 0, 0, 64, A6, B6) + bytes(8)),
        ethernet(ipv4(size=100)[:60]),
        ethernet(ipv4(size=65535)),
    ])


def odd_ipv4(chance):
    """Good lengths and addresses; whatever else."""
    header = 4 * chance.randrange(5, 16)
    size = header + chance.choice([0, chance.randrange(30), chance.randrange(1400)])
    packet = bytearray(chance.randbytes(size))
    packet[0] = 0x40 | header // 4
    packet[2:4] = struct.pack(">H", size)
    packet[9] = chance.choice(PROTOCOLS)
    packet[12:20] = bytes([192, 0, 2, chance.randrange(1, 5), 192, 0, 2, chance.randrange(6, 9)])
    if size >= header + 8 and chance.random() < 0.5:
        packet[header:header + 4] = b"\x11\x94\x11\x94"  # UDP port 4500
    return bytes(packet)


def odd_ipv6(chance):
    packet = bytearray(ipv6(size=40 + chance.choice([chance.randrange(1, 30), 1400])))
    packet[40:] = chance.randbytes(len(packet) - 40)
    packet[6] = chance.choice(PROTOCOLS)
    packet[23], packet[39] = chance.randrange(1, 4), chance.randrange(5, 8)
    if len(packet) > 42:
        packet[40], packet[41] = chance.choice(PROTOCOLS), chance.choice([0, 0, 1, 255])
    return bytes(packet)


def garbage_captures(office):
    """A good capture with bytes changed, noise behind a good header, packets that make no sense."""
    chance = random.Random(1)
    for i in range(4):
        yield f"odd-{i}.pcap", pcap([chance.choice([odd_ipv4, odd_ipv6])(chance)
                                     for _ in range(2000)], link=101)
    for i in range(60):
        data = bytearray(office[:chance.randrange(2000, 60000)])
        for _ in range(chance.randrange(1, 400)):
            data[chance.randrange(24 if i % 4 else 0, len(data))] = chance.randrange(256)
        yield f"changed-{i}.pcap", bytes(data)
    for i, link in enumerate([0, 1, 101, 108, 113, 228, 229, 276] * 3):
        frames = [chance.randbytes(chance.randrange(0, 200)) for _ in range(200)]
        yield f"noise-{i}.pcap", pcap(frames, link=link)
    for i in range(20):
        data = bytearray(pcapng([ethernet(ipv4()), ethernet(ipv6())] * 20))
        for _ in range(chance.randrange(1, 30)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        yield f"changed-{i}.pcapng", bytes(data)


def write(folder, captures, suffix=""):
    os.makedirs(folder, exist_ok=True)
    for name, data in captures:
        with open(os.path.join(folder, name + suffix), "wb") as file:
            file.write(data)


def main():
    folder, office = sys.argv[1:]
    with open(office, "rb") as file:
        data = file.read()
    write(os.path.join(folder, "links"), link_captures(), ".pcap")
    write(os.path.join(folder, "odd"), odd_captures())
    write(os.path.join(folder, "garbage"), garbage_captures(data))


if __name__ == "__main__":
    main()
