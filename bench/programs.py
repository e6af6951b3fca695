# SPDX-License-Identifier: BSD-2-Clause
"""Runs the benchmark programs: for time, or under callgrind for instructions."""
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

# What is measured of an adapter, by the program that does it.
ADAPTER = {
    "add_delete": ["add", "add_guess", "delete"],
    "delete_list": ["delete_list"],
    "pair": ["pair"],
    "update": ["update"],
    "lookup": ["lookup"],
}

# Instructions do not spread as time does: a few repetitions are many operations.
COUNTED_REPETITIONS = {"delete_list": 1}
COUNTED_REPETITIONS_DEFAULT = 8

TIME_LIMIT = 300  # seconds; ten times what the longest takes


class Problem(Exception):
    """Something that a benchmark needs is missing, or it failed."""


class TooSlow(Problem):
    """A program did not come to its end in time."""


def find(build, name):
    program = pathlib.Path(build) / "bench" / f"bench_{name}"
    if not program.is_file():
        raise Problem(f"there is no bench_{name} in {build}")
    return program


def run(command):
    """What the command prints. One that takes too long does what should not grow, and grows."""
    command = [str(word) for word in command]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT)
    except subprocess.TimeoutExpired as late:
        raise TooSlow(f"{' '.join(command)} took more than {TIME_LIMIT} s") from late
    if result.returncode != 0:
        raise Problem(f"{' '.join(command)} failed with status {result.returncode}:\n"
                      f"{result.stderr}")
    return result.stdout


def measure(build, name, bundles, repetitions, seed):
    """What the program prints: a dictionary for each thing that it measures."""
    output = run([find(build, name), "--bundles", bundles, "--repetitions", repetitions,
                  "--seed", seed])
    return [json.loads(line) for line in output.splitlines()]


def parse_parts(text):
    """Instructions an operation, by name, of the parts in a file of callgrind's."""
    instructions, operations = {}, {}
    name = None
    for line in text.splitlines():
        begin = re.fullmatch(r"desc: Trigger: Client Request: (\w+) (\d+)", line)
        if begin:
            name = begin[1]
            operations[name] = operations.get(name, 0) + int(begin[2])
        elif line.startswith("desc: Trigger: "):
            name = None
        elif line.startswith("totals: ") and name is not None:
            instructions[name] = instructions.get(name, 0) + int(line.split()[1])
    return {name: round(instructions[name] / operations[name], 1) for name in instructions}


def count(build, name, bundles, seed):
    """Instructions an operation, by name, of what the program measures."""
    if shutil.which("valgrind") is None:
        raise Problem("valgrind is not installed")
    repetitions = COUNTED_REPETITIONS.get(name, COUNTED_REPETITIONS_DEFAULT)
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "parts"
        run(["valgrind", "--tool=callgrind", "--instr-atstart=no", "--combine-dumps=yes",
             f"--callgrind-out-file={out}", find(build, name), "--bundles", bundles,
             "--repetitions", repetitions, "--seed", seed])
        counts = parse_parts(out.read_text())
    for wanted in ADAPTER[name]:
        if counts.get(wanted, 0) == 0:
            raise Problem(f"no instructions of {wanted} were counted: was bench_{name} built "
                          "where valgrind/callgrind.h was found?")
    return counts
