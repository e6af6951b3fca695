# SPDX-License-Identifier: BSD-2-Clause
"""Says on a terminal what is being done; says nothing to a file."""
import sys
import time


class Progress:
    def __init__(self, steps):
        self.steps = steps
        self.step = 0
        self.begin = time.monotonic()

    def next(self, what):
        self.step += 1
        if sys.stderr.isatty():
            seconds = int(time.monotonic() - self.begin)
            print(f"\r\033[K{self.step}/{self.steps} {what}  {seconds} s", end="",
                  file=sys.stderr, flush=True)

    def end(self):
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)
