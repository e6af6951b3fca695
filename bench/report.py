#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs all benchmarks, prints tables and writes results.json.

usage: report.py BUILD_DIR [--quick] [--seed N]

Called by scripts/bench, which says more.
"""
import argparse
import json
import pathlib
import shutil
import sys
import time

import about
import programs
import progress
import table

FULL = {"mode": "full", "sizes": [1000, 64000, 1000000], "repetitions": 301}
QUICK = {"mode": "quick", "sizes": [1000, 64000], "repetitions": 5}
# What a received packet may cost the soft NIC, as a multiple of the provider's bare call.
GOALS = [{"provider": provider, "cipher": "aes-256-gcm", "bytes": size, "limit": limit}
         for provider in ("openssl", "ipsec-mb") for size, limit in ((64, 2.0), (1420, 1.3))]
# A repetition deletes and adds all bundles there are.
LIST_REPETITIONS = 5


def measure_adapter(build, name, size, plan, seed, counted):
    repetitions = plan["repetitions"]
    if name == "delete_list":
        repetitions = min(repetitions, LIST_REPETITIONS)
    results = programs.measure(build, name, size, repetitions, seed)
    counts = programs.count(build, name, size, seed) if counted else {}
    for result in results:
        result["instructions"] = counts.get(result["name"])
    if [result["name"] for result in results] != programs.ADAPTER[name]:
        raise programs.Problem(f"bench_{name} did not measure {programs.ADAPTER[name]}")
    return results


def collect(build, plan, seed, counted):
    sizes = plan["sizes"]
    shown = progress.Progress(len(sizes) * (len(programs.ADAPTER) + 1) + 1)
    results = {"adapter": [], "memory": [], "packets": []}
    for name in programs.ADAPTER:
        for size in sizes:
            shown.next(f"{name}, {table.SIZES[size]} bundles")
            results["adapter"] += measure_adapter(build, name, size, plan, seed, counted)
    for size in sizes:
        shown.next(f"memory, {table.SIZES[size]} bundles")
        results["memory"] += programs.measure(build, "memory", size, 1, seed)
    shown.next("packets")
    results["packets"] = programs.measure(build, "packets", 1000, plan["repetitions"], seed)
    shown.end()
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    plan = QUICK if arguments.quick else FULL
    counted = shutil.which("valgrind") is not None
    if not counted:
        print("bench: valgrind is not installed: instructions are not counted", file=sys.stderr)

    document = {
        "project": about.project(),
        "machine": about.machine(),
        "compiler": about.compiler(arguments.build),
        "run": {"mode": plan["mode"], "repetitions": plan["repetitions"],
                "seed": arguments.seed, "started": int(time.time())},
    }
    document.update(collect(arguments.build, plan, arguments.seed, counted))
    judged = [table.judge(goal, document["packets"]) for goal in GOALS]
    document["goals"] = [goal for goal in judged if goal is not None]
    table.print_all(document)
    out = pathlib.Path(arguments.build) / "results.json"
    out.write_text(json.dumps(document, indent=2) + "\n")
    print(f"written to {out}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except programs.Problem as problem:
        print(f"bench: {problem}", file=sys.stderr)
        sys.exit(1)
