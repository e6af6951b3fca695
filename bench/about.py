# SPDX-License-Identifier: BSD-2-Clause
"""What a result depends on: the project's state, the machine, the compiler."""
import os
import pathlib
import platform
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


def output_of(*command):
    """The first line that a command prints; None if it cannot be run, or fails."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    except OSError:
        return None
    if result.returncode != 0:
        return None
    return (result.stdout.splitlines() or [""])[0]


def project():
    header = (ROOT / "include/saoffload/version.h").read_text()
    changes = output_of("git", "status", "--porcelain", "--untracked-files=no")
    return {
        "version": re.search(r'SAO_VERSION_STRING "([^"]+)"', header)[1],
        "revision": output_of("git", "rev-parse", "--short=12", "HEAD"),
        "modified": bool(changes) if changes is not None else None,
    }


def cpu_model():
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return output_of("sysctl", "-n", "machdep.cpu.brand_string") or platform.machine()


def machine():
    return {"cpu": cpu_model(), "cpus": os.cpu_count(), "architecture": platform.machine(),
            "system": f"{platform.system()} {platform.release()}",
            "load": os.getloadavg()[0]}


def cache_value(cache, key):
    found = re.search(rf"^{key}:\w+=(.*)$", cache, re.MULTILINE)
    return found[1] if found else ""


def compiler(build):
    cache = (pathlib.Path(build) / "CMakeCache.txt").read_text()
    kind = cache_value(cache, "CMAKE_BUILD_TYPE")
    flags = [cache_value(cache, "CMAKE_C_FLAGS"),
             cache_value(cache, f"CMAKE_C_FLAGS_{kind.upper()}")]
    return {"name": output_of(cache_value(cache, "CMAKE_C_COMPILER"), "--version"),
            "flags": " ".join(" ".join(flags).split())}
