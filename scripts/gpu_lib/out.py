# SPDX-License-Identifier: MIT
"""The folder of results, at most eight files. A stage that is run again takes the place of what it
left the last time, and not before it begins: a run that finds no GPU leaves the others' results.
Everything is written after each program, so that a machine that goes away takes little with it."""

import fcntl
import json
import os
import re

from . import BadUse
from .summary import SUMMARY, holds, read as read_summary, read_text

FILES = (
    SUMMARY,
    "doctor.json",
    "env.json",
    "train.json",
    "tests.log",
    "bench.log",
    "sanitizer.log",
    "ncu.log",
)


class Out:
    """Refuses a folder with files that are not ours, or whose results are of the other kind."""

    def __init__(self, folder, rehearsal):
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadUse(f"{folder} cannot be a folder of results: {error.strerror}") from error
        self.lock = lock(folder)
        found = [name for name in FILES if read_text(folder / name) is not None]
        self.summary = read_summary(folder)
        if self.summary is None and found:
            raise BadUse(
                f"{folder} holds {', '.join(found)} and no {SUMMARY}: not a folder of results; "
                "give another"
            )
        self.summary = self.summary or {"stages": {}}
        if holds(self.summary, emulated=not rehearsal):
            old, new = ("a GPU", "a rehearsal") if rehearsal else ("a rehearsal", "a GPU")
            raise BadUse(f"{folder} holds the results of {old}; give another folder for {new}")

    def begin(self, stage, record):
        """Forgets what the stage left the last time. The record is the caller's to fill."""
        for name in {c.log for c in stage.commands}:
            self._write(name, without_stage(self._read(name), stage.number))
        if stage.results:
            (self.folder / stage.results).unlink(missing_ok=True)
        self.summary["stages"][str(stage.number)] = record
        self.save()

    def add(self, stage, command, text, ended, finding):
        """Keeps a program's output and result."""
        title = f"==== stage {stage.number}: {command.title} | {text} | {ended.seconds:.1f} s\n"
        self._write(command.log, self._read(command.log) + title + ended.output.rstrip() + "\n")
        if finding.result is not None and not command.name:
            self._write(stage.results, dump(finding.result))
        elif finding.result is not None:
            results = json.loads(self._read(stage.results) or "[]")
            emulated = self.summary["stages"][str(stage.number)]["emulated"]
            results.append({"name": command.name, "emulated": emulated, "result": finding.result})
            self._write(stage.results, dump(results))
        self.save()

    def save(self):
        stages = self.summary["stages"]
        self.summary["stages"] = {number: stages[number] for number in sorted(stages)}
        self._write(SUMMARY, dump(self.summary))

    def _read(self, name):
        return read_text(self.folder / name) or ""

    def _write(self, name, text):
        path = self.folder / name
        if not text:
            path.unlink(missing_ok=True)
            return
        partial = self.folder / (name + ".tmp")
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, path)


def lock(folder):
    """Keeps a second run out for as long as this process lives. No lock file: it would have to be
    removed after a crash."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BadUse(f"{folder} is where another scripts/gpu writes now; give another") from error
    except OSError:
        pass  # a file system without locks
    return descriptor


def without_stage(log, number):
    sections = re.split(r"^(?===== stage )", log, flags=re.M)
    return "".join(s for s in sections if not s.startswith(f"==== stage {number}:"))


def dump(value):
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"
