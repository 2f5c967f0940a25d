# SPDX-License-Identifier: MIT
"""Where a figure comes from: the machine and the commit, as cusched's own results tell them."""
import os
import pathlib
import platform
import subprocess


def machine():
    name = platform.processor()
    cpuinfo = pathlib.Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    cores = len(os.sched_getaffinity(0))
    return {"cpu": name, "cores": cores, "name": f"{name}, {cores} cores"}


def commit():
    """Of the checkout this script lies in, with -dirty for local changes; or unknown."""
    def git(*words):
        root = pathlib.Path(__file__).resolve().parents[2]
        return subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True,
                              check=True).stdout.strip()
    try:
        dirty = git("status", "--porcelain", "--untracked-files=no")
        return git("rev-parse", "--short=12", "HEAD") + ("-dirty" if dirty else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
