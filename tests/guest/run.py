#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Tries `saoffload peer` against a real Linux kernel's IPsec, in a guest in QEMU.

In each case the guest pings the peer and moves a file to itself by TCP, every packet going through
IPsec to the peer and back, while the peer's NIC asks for deletes. All pings must be answered, the
file must arrive byte for byte, /proc/net/xfrm_stat must count no error, nor may checksums be wrong,
and the peer must count no error either.

Exit status: 0 all is well, 1 something is not, 2 something that it needs is missing.
"""
import argparse
import os
import random
import shlex
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True

import cases  # noqa: E402
import guest  # noqa: E402
import image  # noqa: E402
from plan import Plan  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LOG_TAIL = 30
# What a case moves, how long it pings at most, and waits for the last answer, and how many may fail
# before the guest gives up.
SETTINGS = {"bytes": 150000, "pings": 20, "seconds": 8, "wait": 2, "patience": 5}
SETTINGS_OF_WRONG_KEYS = {"bytes": 1, "pings": 2, "seconds": 2, "wait": 1, "patience": 1000}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", default=os.path.join(ROOT, "build/release/saoffload"),
                        help="the program under test [build/release/saoffload]")
    parser.add_argument("--work", default=os.path.join(ROOT, "build/guest"),
                        help="where kernel and initramfs are made and kept [build/guest]")
    parser.add_argument("--case", action="append", metavar="NAME",
                        help="only this case; may be given more than once")
    parser.add_argument("--list", action="store_true", help="print the cases' names")
    parser.add_argument("--seed", type=int, help="keys are made from it [a new one]")
    parser.add_argument("--bytes", type=int, metavar="N",
                        help="of the file that each case moves [%d]" % SETTINGS["bytes"])
    parser.add_argument("--wish-packets", type=int, default=40, metavar="N",
                        help="the NIC asks for a delete after N packets of an SA [40]")
    parser.add_argument("--capacity", type=int, default=0, metavar="N",
                        help="bundles that the NIC has room for; 0 for all [0]. With less, which "
                        "way a packet goes is not looked at")
    parser.add_argument("--one-payload", action="store_true",
                        help="the NIC does one IPsec payload of a packet, not two")
    parser.add_argument("--reset-every", type=int, default=0, metavar="N",
                        help="the NIC is reset after every N packets; 0: never [0]")
    parser.add_argument("--over", action="store_true", help="only transport over tunnel")
    parser.add_argument("--provider", metavar="NAME", help="who computes for the peer [openssl]")
    parser.add_argument("--console", action="store_true", help="show the guest's console")
    parser.add_argument("--wrong-keys", action="store_true",
                        help="give the peer wrong keys: every case must fail, and be counted")
    options = parser.parse_args()
    if options.bytes is not None:
        SETTINGS["bytes"] = options.bytes
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1 << 32)
    return options


def peer_options(options):
    """What the peer is told beside its configuration. It adds again after a time in which some
    packets have to arrive, so that each case sees software at work."""
    return ["--wish-packets", str(options.wish_packets), "--offload-again", "20000",
            "--capacity", str(options.capacity)] + (
                ["--provider", options.provider] if options.provider else []) + (
                    ["--one-payload"] if options.one_payload else []) + (
                        ["--reset-every", str(options.reset_every)])


def choose_cases(wanted, over):
    """(place among all, case) of each that is to be tried."""
    every = list(cases.all_cases())
    unknown = set(wanted or ()) - {case.name for case in every}
    if unknown:
        raise image.Missing("there is no case '%s'; --list names them" % unknown.pop())
    return [(index, case) for index, case in enumerate(every, 1)
            if (not wanted or case.name in wanted) and (case.over or not over)]


def make_plans(options):
    # Place and keys of a case are the same whatever other cases are tried.
    plans = [Plan(case, index, random.Random("%d %s" % (options.seed, case.name)))
             for index, case in choose_cases(options.case, options.over)]
    if options.wrong_keys:  # of one direction, by turns
        for plan in plans:
            plan.spoil(inbound=plan.index % 2 == 1)
    return plans


class Progress:
    """The case under way, on a terminal."""

    def __init__(self, count):
        self.count, self.begun = count, 0
        self.shown = sys.stderr.isatty()

    def __call__(self, name):
        self.begun += 1
        if self.shown:
            print("\r\033[K%d of %d: %s" % (self.begun, self.count, name), end="", file=sys.stderr,
                  flush=True)

    def end(self):
        if self.shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


# ---- judging -----------------------------------------------------------------------------------


class Verdict:
    """What a case came to: what the guest and the peer counted, and what is wrong with it."""

    def __init__(self, plan, outcome, options):
        self.scarce = options.capacity > 0  # the NIC has not room for all
        self.one_payload = options.one_payload
        name = plan.case.name
        words = outcome.results.get(name, ["unfinished"])
        self.plan, self.name = plan, name
        self.refused = words[0] if words[0] != "tried" else None
        self.lost, self.file, self.errors = words[1:4] if len(words) == 4 else ("-", "-", "-")
        self.paths = outcome.paths.get(name, {})
        self.tunnel_paths = outcome.paths.get(plan.tunnel_name, {})

    def count(self, key):
        return self.paths.get(key, 0)

    def complaint(self):
        """What is wrong; None if all is well."""
        if self.refused:
            return self.refused
        if self.lost != "0" or self.file != "ok" or self.errors != "0":
            return "see the left"
        return None if self.scarce else self.complaint_of_ways()

    def complaint_of_ways(self):
        """Packets went by the NIC and by software, since the NIC asked for deletes. It does not on
        packets of two bundles (RX-8), so those stay with it; or if it does one of the two, that is
        the tunnel's."""
        paths, keys = self.paths, ("offloaded_rx", "offloaded_tx", "software_rx", "software_tx",
                                   "sa_delete_requests")
        if self.plan.case.over and self.one_payload:
            paths = self.tunnel_paths
        elif self.plan.case.over:
            keys = keys[:2]
        missing = [key for key in keys if not paths.get(key)]
        return "no " + ", no ".join(missing) if missing else None

    def complaint_of_wrong_key(self):
        """The same, where the peer had a wrong key for one direction."""
        if self.refused or self.lost != "100":
            return self.refused or "pings were answered"
        if self.plan.spoilt_inbound:  # the peer sees it
            sent = self.count("offloaded_tx") + self.count("software_tx")
            return "the peer answered" if sent > 0 or self.errors != "0" else None
        return None if "XfrmInStateProtoError" in self.errors else "the guest saw no bad ICV"


def print_table(verdicts, complaints):
    rows = [("case", "algorithms", "lost", "file", "errors", "NIC rx", "NIC tx", "soft rx",
             "soft tx", "wishes", "verdict")]
    for verdict, complaint in zip(verdicts, complaints):
        counts = [str(verdict.count(key)) for key in
                  ("offloaded_rx", "offloaded_tx", "software_rx", "software_tx",
                   "sa_delete_requests")]
        rows.append((verdict.plan.case.form, verdict.plan.case.algorithms, verdict.lost + " %",
                     verdict.file, verdict.errors, *counts, complaint or "ok"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.rjust(width) if 5 <= column <= 9 or column == 2 else
                        cell.ljust(width)
                        for column, (cell, width) in enumerate(zip(row, widths))).rstrip())


def whole_complaints(outcome, options):
    """What is wrong beside the cases."""
    if not outcome.done:
        yield "the guest did not come to its end"
    if outcome.figures is None:
        yield "the peer ended without figures: " + outcome.peer_words
        return
    all_offloaded = options.capacity == 0 and not options.wrong_keys
    if all_offloaded and not outcome.figures["updates"] and any(plan.case.esn
                                                                for plan in outcome.plans):
        yield "no SA was told of a new high half of its sequence numbers"
    if options.reset_every and not outcome.figures["resets"]:
        yield "the NIC was never reset"
    for key in ("violations", "leaked", "not_reflected"):
        if outcome.figures[key] != 0:
            yield "the peer counted %s: %d. %s" % (key, outcome.figures[key], outcome.peer_words)
    if (outcome.figures["crypto_errors"] != 0) != options.wrong_keys:
        yield "the peer counted %d crypto errors" % outcome.figures["crypto_errors"]
    if outcome.peer_status != (1 if options.wrong_keys else 0):
        yield "the peer's exit status is %d" % outcome.peer_status


def print_failure(outcome, options, names):
    print("\nThe end of the guest's console:", file=sys.stderr)
    for line in outcome.log[-LOG_TAIL:]:
        print("    " + line, file=sys.stderr)
    command = [sys.argv[0], "--tool", options.tool, "--work", options.work, "--seed",
               str(options.seed), "--wish-packets", str(options.wish_packets), "--capacity",
               str(options.capacity)]
    command += ["--provider", options.provider] if options.provider else []
    command += ["--one-payload"] if options.one_payload else []
    command += ["--reset-every", str(options.reset_every)] if options.reset_every else []
    command += ["--bytes", str(options.bytes)] if options.bytes is not None else []
    command += ["--wrong-keys"] if options.wrong_keys else []
    for name in names:
        command += ["--case", name]
    print("\nTo repeat what failed:\n  " + shlex.join(command), file=sys.stderr)


def judge(outcome, options, seconds):
    verdicts = [Verdict(plan, outcome, options) for plan in outcome.plans]
    complaints = [verdict.complaint_of_wrong_key() if options.wrong_keys else verdict.complaint()
                  for verdict in verdicts]
    failed = [verdict.name for verdict, complaint in zip(verdicts, complaints) if complaint]
    beside = list(whole_complaints(outcome, options))
    print_table(verdicts, complaints)
    print("\n%d cases, %d failed; %.0f seconds; seed %d" % (len(verdicts), len(failed), seconds,
                                                           options.seed))
    for complaint in beside:
        print("guest: " + complaint, file=sys.stderr)
    if failed or beside:
        print_failure(outcome, options, failed or (options.case or ()))
        return 1
    return 0


def main():
    options = parse_arguments()
    if options.list:
        print("\n".join(case.name for case in cases.all_cases()))
        return 0
    folder = tempfile.mkdtemp(prefix="saoffload-guest-")  # a socket's name must be short
    try:
        if not os.access(options.tool, os.X_OK):
            raise image.Missing("'%s' is not built" % options.tool)
        plans = make_plans(options)
        image.find_program("qemu-system-x86_64")
        kernel, initrd = image.build(options.work, HERE)
        progress = Progress(len(plans))
        began = time.monotonic()
        outcome = guest.boot(options.tool, folder, kernel, initrd, plans,
                             SETTINGS_OF_WRONG_KEYS if options.wrong_keys else SETTINGS,
                             peer_options(options), options.console, progress)
        progress.end()
        return judge(outcome, options, time.monotonic() - began)
    except image.Missing as missing:
        print("guest: %s" % missing, file=sys.stderr)
        return 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
