# SPDX-License-Identifier: BSD-2-Clause
"""A guest in QEMU and the peer on the other end of its wire."""
import json
import os
import signal
import subprocess
import sys
import threading
import time

import plan
import image

BOOT_TIME = 60  # seconds, on a slow and busy machine
CASE_TIME = 40


def write_overlay(folder, plans, settings):
    """A second initramfs, which brings the cases; returns its name."""
    root = os.path.join(folder, "overlay")
    os.makedirs(os.path.join(root, "cases"))
    files = {"list": [each.list_line() for each in plans],
             "settings": ["%s=%d" % setting for setting in settings.items()]}
    for each in plans:
        files[each.case.name + ".ip"] = each.guest_lines()
    for name, lines in files.items():
        with open(os.path.join(root, "cases", name), "w", encoding="ascii") as file:
            file.writelines(line + "\n" for line in lines)
    return image.pack(root, os.path.join(folder, "overlay.gz"))


def join_archives(target, *archives):
    """The kernel unpacks one initramfs after the other, each from a multiple of four bytes on."""
    with open(target, "wb") as whole:
        for archive in archives:
            with open(archive, "rb") as file:
                data = file.read()
            whole.write(data + b"\0" * (-len(data) % 4))
    return target


def write_config(folder, plans):
    """The peer's configuration, which holds keys; returns its name."""
    config = {"mac": plan.PEER_MAC, "peer_mac": plan.GUEST_MAC,
              "associations": [association for each in plans
                               for association in each.peer_associations()]}
    path = os.path.join(folder, "peer.json")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
        json.dump(config, file, indent=1)
    return path


class Peer:
    """`saoffload peer`, ready to receive."""

    def __init__(self, tool, folder, config, options):
        self.figures_file = os.path.join(folder, "figures.json")
        self.errors_file = os.path.join(folder, "peer.stderr")
        place = os.path.join(folder, "peer")
        command = [tool, "peer", config, "--local", "unix:" + place, "--remote",
                   "unix:" + os.path.join(folder, "guest"), *options, "--json", self.figures_file, "--quiet"]
        with open(self.errors_file, "w", encoding="utf-8") as errors:
            self.process = subprocess.Popen(command, stderr=errors)
        while self.process.poll() is None and not os.path.exists(place):
            time.sleep(0.01)

    @property
    def runs(self):
        return self.process.poll() is None

    def stop(self):
        """Ends it; returns its exit status, its figures (None if there are none) and its words."""
        if self.runs:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait()
        with open(self.errors_file, encoding="utf-8") as errors:
            words = errors.read().strip()
        if not os.path.exists(self.figures_file):
            return status, None, words
        with open(self.figures_file, encoding="utf-8") as figures:
            return status, json.load(figures), words


def qemu_command(folder, kernel, initrd):
    wire = "dgram,id=wire,local.type=unix,local.path=%s/guest,remote.type=unix,remote.path=%s/peer"
    # Nothing is offloaded to this card: whole packets with their checksums.
    card = "virtio-net-pci,netdev=wire,mac=%s,romfile=,csum=off,gso=off,guest_csum=off" % (
        plan.GUEST_MAC)
    return ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-M", "q35", "-m", "256", "-smp",
            "1", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-monitor",
            "none", "-serial", "stdio", "-kernel", kernel, "-initrd", initrd, "-append",
            "console=ttyS0 quiet panic=-1 nokaslr tsc=reliable cryptomgr.notests mitigations=off",
            "-netdev", wire % (folder, folder), "-device", card]


class Guest:
    """The guest, and what it says of each case: by name, the words after "= end NAME"."""

    def __init__(self, folder, kernel, initrd, peer, console, progress):
        self.results, self.log, self.done = {}, [], False
        self.peer, self.console, self.progress = peer, console, progress
        self.process = subprocess.Popen(qemu_command(folder, kernel, initrd), text=True,
                                        errors="replace", stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, seconds):
        """Until it switches itself off, or for so long, or until the peer is gone."""
        timer = threading.Timer(seconds, self.process.kill)
        timer.start()
        try:
            for line in self.process.stdout:
                self.take(line.rstrip())
                if not self.peer.runs:
                    break
        finally:
            timer.cancel()
            self.process.kill()
            self.process.wait()

    def take(self, line):
        self.log.append(line)
        if self.console:
            print(line, file=sys.stderr, flush=True)
        words = line.split()
        if words[:2] == ["=", "begin"]:
            self.progress(words[2])
        elif words[:2] == ["=", "end"]:
            self.results[words[2]] = words[3:]
        elif words[:2] == ["=", "done"]:
            self.done = True


class Outcome:
    """What a boot came to."""

    def __init__(self, plans, guest, peer_outcome):
        self.plans, self.log, self.done = plans, guest.log, guest.done
        self.results = guest.results
        self.peer_status, self.figures, self.peer_words = peer_outcome
        listed = self.figures["associations"] if self.figures else []
        self.paths = {paths["name"]: paths for paths in listed}


def boot(tool, folder, kernel, initrd, plans, settings, peer_options, console, progress):
    """Boots the guest with these plans, and the peer beside it."""
    initrd = join_archives(os.path.join(folder, "initrd"), initrd,
                           write_overlay(folder, plans, settings))
    peer = Peer(tool, folder, write_config(folder, plans), peer_options)
    try:
        guest = Guest(folder, kernel, initrd, peer, console, progress)
        guest.run(BOOT_TIME + CASE_TIME * len(plans))
    finally:
        peer_outcome = peer.stop()
    return Outcome(plans, guest, peer_outcome)
