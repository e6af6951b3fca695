# SPDX-License-Identifier: BSD-2-Clause
"""Prints the results as aligned tables."""

SIZES = {1000: "1 k", 64000: "64 k", 1000000: "1 M"}


def print_rows(rows):
    """Prints rows of words in columns: the first to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows if i < len(row)) for i in range(len(rows[0]))]
    for row in rows:
        cells = [f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:])]
        print("  " + "  ".join([f"{row[0]:<{widths[0]}}"] + cells).rstrip())
    print()


def spread(values, digits=0):
    return (f"{values['median']:.{digits}f} "
            f"({values['low']:.{digits}f}-{values['high']:.{digits}f})")


def by_operation(results, cell):
    """A row for each operation, a column for each number of bundles."""
    sizes = sorted({result["bundles"] for result in results})
    rows = [["operation"] + [SIZES[size] for size in sizes]]
    for name in dict.fromkeys(result["name"] for result in results):
        rows.append([name] + [cell(result) for result in results if result["name"] == name])
    return rows


def instructions(result):
    count = result["instructions"]
    return f"{count:.0f}" if count is not None else "-"


def print_adapter(results):
    print("Adapter: nanoseconds an operation, median (middle half), by bundles that exist")
    print_rows(by_operation(results, lambda result: spread(result["nanoseconds"])))
    print("Adapter: instructions an operation")
    print_rows(by_operation(results, instructions))


def print_memory(results):
    print("Memory: bytes a bundle")
    rows = [["part"] + [SIZES[result["bundles"]] for result in results]]
    rows.append(["record"] + [str(result["record_bytes"]) for result in results])
    rows.append(["adapter, in all"] + [f"{r['adapter_bytes_a_slot']:.0f}" for r in results])
    rows.append(["soft NIC, adapter included"] +
                [f"{r['soft_nic_bytes_a_slot']:.0f}" for r in results])
    print_rows(rows)


def print_packets(results):
    print("Packets beside the bare call: nanoseconds a packet, median (middle half)")
    rows = [["packet", "provider", "cipher", "bytes", "ours", "bare", "ratio"]]
    for r in results:
        rows.append([r["name"], r["provider"], r["cipher"], str(r["bytes"]),
                     spread(r["nanoseconds"]), spread(r["bare_nanoseconds"]),
                     f"{r['ratio']['median']:.2f}"])
    print_rows(rows)


def judge(goal, packets):
    """A goal with its ratios, one by one and in bursts, and its verdict; None if not measured."""
    ratios = {}
    for r in packets:
        if (r["provider"], r["cipher"], r["bytes"]) == (goal["provider"], goal["cipher"],
                                                        goal["bytes"]):
            ratios[r["name"]] = r["ratio"]["median"]
    if "receive" not in ratios or "receive_burst" not in ratios:
        return None
    alone, burst = ratios["receive"], ratios["receive_burst"]
    if alone <= goal["limit"] and burst <= goal["limit"]:
        verdict = "met"
    elif min(alone, burst) <= goal["limit"]:
        verdict = "met in bursts" if burst <= goal["limit"] else "met one by one"
    else:
        verdict = "not met"
    return {**goal, "one_by_one": alone, "in_bursts": burst, "verdict": verdict}


def print_goals(goals):
    print("Goals: what the soft NIC's receive may take, as a multiple of the bare call")
    rows = [["provider", "cipher", "bytes", "one by one", "in bursts", "goal", "verdict"]]
    for g in goals:
        rows.append([g["provider"], g["cipher"], str(g["bytes"]), f"{g['one_by_one']:.2f}",
                     f"{g['in_bursts']:.2f}", f"{g['limit']:.1f}", g["verdict"]])
    print_rows(rows)


def print_all(document):
    project, run = document["project"], document["run"]
    changed = ", modified" if project["modified"] else ""
    print(f"libsaoffload {project['version']} ({project['revision'] or 'no revision'}{changed})")
    print(f"{document['compiler']['name']}, {document['compiler']['flags']}")
    print(f"{document['machine']['cpu']}, {document['machine']['cpus']} CPUs, "
          f"{document['machine']['system']}, "
          f"load {document['machine']['load']:.1f} before the run")
    print(f"seed {run['seed']}, {run['repetitions']} repetitions\n")
    print_adapter(document["adapter"])
    print_memory(document["memory"])
    print_packets(document["packets"])
    print_goals(document["goals"])
