#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks that no operation takes more instructions for there being more bundles.

usage: cost.py BUILD_DIR

Called by scripts/check-cost, which says more. Exit status 0: it holds, 1: not, 2: not checked.
"""
import sys

import programs

FEW = 1000
MANY = 1000000
TOLERANCE = 1.2


def main():
    if len(sys.argv) != 2:
        print("usage: cost.py BUILD_DIR", file=sys.stderr)
        return 2
    grown = []
    print(f"{'instructions':12} {FEW:>10} {MANY:>10} {'ratio':>7}", flush=True)
    for name, operations in programs.ADAPTER.items():
        few = programs.count(sys.argv[1], name, FEW, seed=1)
        many = programs.count(sys.argv[1], name, MANY, seed=1)
        for operation in operations:
            ratio = many[operation] / few[operation]
            print(f"{operation:12} {few[operation]:10.1f} {many[operation]:10.1f} {ratio:7.3f}",
                  flush=True)
            if not 1 / TOLERANCE <= ratio <= TOLERANCE:
                grown.append(operation)
    if grown:
        print(f"check-cost: over 20% apart: {', '.join(grown)}", file=sys.stderr)
        return 1
    print("check-cost: no operation's cost depends on how many bundles there are")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except programs.Problem as problem:
        print(f"check-cost: {problem}", file=sys.stderr)
        sys.exit(1 if isinstance(problem, programs.TooSlow) else 2)
