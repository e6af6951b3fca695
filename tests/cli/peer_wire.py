#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Talks ESP to a `saoffload peer` by the standard library alone: NULL and HMAC-SHA-256-128.

usage: peer_wire.py TOOL FOLDER
"""
import hashlib
import hmac
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time

MACS = (bytes.fromhex("020000000001"), bytes.fromhex("020000000002"))  # the peer's, ours
IN_SPI, OUT_SPI = 0x1000, 0x1001  # as the peer sees it
IN_KEY, OUT_KEY = bytes(range(32)), bytes(range(100, 132))
OUTER = (socket.inet_aton("192.0.2.2"), socket.inet_aton("192.0.2.1"))  # ours, the peer's
INNER = (socket.inet_aton("10.0.0.2"), socket.inet_aton("10.0.0.1"))
ICV = 16
WISH_AFTER = 20


def check(condition, *words):
    if not condition:
        sys.exit("FAILED: " + " ".join(str(word) for word in words))


def ip_header(source, destination, protocol, length):
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + length, 0, 0, 64, protocol, 0, source,
                         destination)
    total = sum(struct.unpack(">10H", header))
    total = (total & 0xFFFF) + (total >> 16)
    return header[:10] + struct.pack(">H", ~(total + (total >> 16)) & 0xFFFF) + header[12:]


def inner_packet(number, destination=INNER[1]):
    data = b"packet %d" % number
    return ip_header(INNER[0], destination, 253, len(data)) + data


def esp_frame(sequence, packet, spi=IN_SPI):
    pad = -(len(packet) + 2) % 4
    body = struct.pack(">II", spi, sequence) + packet + bytes(range(1, pad + 1)) + bytes((pad, 4))
    body += hmac.new(IN_KEY, body, hashlib.sha256).digest()[:ICV]
    return MACS[0] + MACS[1] + b"\x08\x00" + ip_header(*OUTER, 50, len(body)) + body


def open_frame(frame):
    """(sequence number, inner packet) of a frame of the peer's, checked."""
    check(frame[:14] == MACS[1] + MACS[0] + b"\x08\x00", "MAC header", frame[:14].hex())
    packet = frame[14:]
    check(packet[9] == 50 and packet[12:20] == OUTER[1] + OUTER[0], "outer header")
    body = packet[20:struct.unpack(">H", packet[2:4])[0]]
    check(hmac.new(OUT_KEY, body[:-ICV], hashlib.sha256).digest()[:ICV] == body[-ICV:], "ICV")
    spi, sequence = struct.unpack(">II", body[:8])
    check(spi == OUT_SPI and body[-ICV - 1] == 4, "SPI, next header")
    return sequence, body[8:-ICV - 2 - body[-ICV - 2]]


class Peer:
    def __init__(self, tool, folder, *options):
        self.folder = folder
        self.wire = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.wire.bind(os.path.join(folder, "client"))
        self.wire.settimeout(20)
        self.process = subprocess.Popen(
            [tool, "peer", self.config(), "--local", "unix:%s/peer" % folder, "--remote",
             "unix:%s/client" % folder, "--json", os.path.join(folder, "figures"), "--quiet",
             "--provider", "libsodium", "--wish-packets", str(WISH_AFTER), *options])
        while self.process.poll() is None and not os.path.exists(os.path.join(folder, "peer")):
            time.sleep(0.01)
        self.wire.connect(os.path.join(folder, "peer"))

    def config(self):
        def sa(spi, key):
            return {"spi": "%d" % spi, "authentication_key": key.hex()}

        path = os.path.join(self.folder, "config")
        association = {"name": "one", "local": "192.0.2.1", "remote": "192.0.2.2",
                       "address": "10.0.0.1",
                       "esp": {"authentication": "HMAC-SHA-256-128",
                               "inbound": sa(IN_SPI, IN_KEY), "outbound": sa(OUT_SPI, OUT_KEY)}}
        with open(path, "w", encoding="ascii") as file:
            json.dump({"associations": [association]}, file)
        return path

    def end(self, stop=True):
        """Its exit status and figures."""
        if stop:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(20)
        self.wire.close()
        os.unlink(os.path.join(self.folder, "client"))
        with open(os.path.join(self.folder, "figures"), encoding="ascii") as file:
            return status, json.load(file)


def swapped(packet):
    return packet[:12] + packet[16:20] + packet[12:16] + packet[20:]


def exchange(peer, first, count):
    """Packets one by one: each comes back swapped, under numbers that rise."""
    numbers = []
    for sequence in range(first, first + count):
        packet = inner_packet(sequence)
        peer.wire.send(esp_frame(sequence, packet))
        number, answer = open_frame(peer.wire.recv(2048))
        check(answer == swapped(packet), "packet", sequence, "came back as", answer.hex())
        numbers.append(number)
        time.sleep(0.0005)
    check(all(a < b for a, b in zip(numbers, numbers[1:])), "sequence numbers", numbers)


def check_figures(figures, **wanted):
    for name, value in wanted.items():
        check(figures[name] == value, name, "is", figures[name], "not", value)


def test_good_packets(tool, folder):
    """Both ways of every packet are used, each as the boundary and the transport count."""
    peer = Peer(tool, folder, "--offload-again", "5000")
    exchange(peer, 1, 300)
    status, figures = peer.end()
    check(status == 0, "exit status", status)
    check_figures(figures, frames_received=300, frames_sent=300, reflected=300, crypto_errors=0,
                  replayed=0, violations=0, leaked=0)
    check(figures["sa_delete_requests"] >= 2, "SaDeleteReq", figures["sa_delete_requests"])
    check(figures["deletes_inbound"] >= 2, "deletes", figures["deletes_inbound"])
    [paths] = figures["associations"]
    for key in ("offloaded_rx", "software_rx", "offloaded_tx", "software_tx"):
        check(figures[key] > 0, key, "is 0")
        check(figures[key] == paths[key], key, figures[key], "and", paths[key])


def test_bad_packets(tool, folder):
    """Forged, replayed, of no SA, to no address of its: counted, and nothing comes back."""
    peer = Peer(tool, folder)
    exchange(peer, 1, 10)
    forged = bytearray(esp_frame(11, inner_packet(11)))
    forged[-1] ^= 1
    peer.wire.send(bytes(forged))
    peer.wire.send(esp_frame(5, inner_packet(5)))
    peer.wire.send(esp_frame(12, inner_packet(12), spi=0x2000))
    peer.wire.send(esp_frame(13, inner_packet(13, destination=INNER[0])))
    peer.wire.send(b"\xff" * 6 + MACS[1] + b"\x86\xdd" + bytes(60))
    peer.wire.send(bytes(3000))
    exchange(peer, 14, 1)
    status, figures = peer.end()
    check(status == 1, "exit status", status)
    check_figures(figures, frames_received=17, crypto_errors=1, replayed=1, received_other=2,
                  not_reflected=1, frames_dropped=1, reflected=11, violations=0, leaked=0)


def test_limits(tool, folder):
    """It ends after so many packets; a NIC without room does nothing."""
    peer = Peer(tool, folder, "--packets", "7", "--refuse", "1")
    exchange(peer, 1, 7)
    status, figures = peer.end(stop=False)
    check(status == 0, "exit status", status)
    check_figures(figures, reflected=7, offloaded_rx=0, offloaded_tx=0, software_tx=7)


def test_resets(tool, folder):
    """A NIC that is reset meanwhile loses nothing."""
    peer = Peer(tool, folder, "--reset-every", "20", "--reset-latency", "3000")
    exchange(peer, 1, 100)
    status, figures = peer.end()
    check(status == 0, "exit status", status)
    check(figures["resets"] >= 2, "resets", figures["resets"])
    check_figures(figures, reflected=100, violations=0, leaked=0)


def main():
    tool, folder = sys.argv[1:]
    for test in (test_good_packets, test_bad_packets, test_limits, test_resets):
        test(tool, folder)


main()
