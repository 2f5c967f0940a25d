# SPDX-License-Identifier: MIT
"""Runs one program with a limit, so that a hang costs its limit and nothing else."""

import ctypes
import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from typing import Optional

LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1  # of <sys/prctl.h>
GRACE_S = 3.0  # between SIGTERM and SIGKILL
KEPT_BYTES = 256 << 10  # of each end of a long output


@dataclass(frozen=True)
class Ended:
    """How a program ended. `code` is its exit status, negative for a signal's number, and None
    where it was stopped at its limit or did not start at all."""

    code: Optional[int]
    seconds: float
    output: str
    problem: str = ""  # "" where it ended by itself with exit status 0

    @property
    def timed_out(self):
        return self.problem.startswith("timed out")


def run(argv, limit_s, env, folder):
    """Runs argv in `folder`; stdout and stderr come back together."""
    begin = time.monotonic()
    with tempfile.TemporaryFile() as output:
        try:
            # A session of its own, so that whatever it starts can be ended with it.
            process = subprocess.Popen(
                [str(word) for word in argv],
                env=env,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=dies_with(os.getpid()),
            )
        except OSError as error:
            return Ended(None, 0.0, "", f"did not start: {error.strerror} ({argv[0]})")
        try:
            code = process.wait(limit_s)
        except subprocess.TimeoutExpired:
            code = None
        finally:  # also where Ctrl-C ends the script
            stop(process)
        return Ended(code, time.monotonic() - begin, read_ends(output), problem_of(code, limit_s))


def dies_with(parent):
    """What a new process calls so that it ends when the script does, be it by SIGKILL."""

    def ask():
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it has ended before the call
            os._exit(1)

    return ask


def stop(process):
    """Ends a program and everything in its process group."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break  # nobody is left
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            continue


def problem_of(code, limit_s):
    if code is None:
        return f"timed out after {limit_s:.0f} s"
    if code < 0:
        known = -code in list(signal.Signals)
        return f"ended by {signal.Signals(-code).name if known else f'signal {-code}'}"
    return f"exit code {code}" if code else ""


def read_ends(file):
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size <= 2 * KEPT_BYTES:
        return file.read().decode("utf-8", "replace")
    head = file.read(KEPT_BYTES)
    file.seek(-KEPT_BYTES, os.SEEK_END)
    cut = f"\n[... {size - 2 * KEPT_BYTES} bytes are left out ...]\n"
    return head.decode("utf-8", "replace") + cut + file.read().decode("utf-8", "replace")
