# SPDX-License-Identifier: MIT
"""The folder of results, at most eight files. A stage that is run again takes the place of what it
left the last time; the others' stay. Everything is written after each program, so that a machine
that goes away takes little with it."""

import json
import os
import re

from .findings import read_json

SUMMARY = "summary.json"
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
    def __init__(self, folder, afresh):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        if afresh:
            for name in FILES:
                (folder / name).unlink(missing_ok=True)
        self.summary = read_json(folder / SUMMARY) or {"stages": {}}

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
        path = self.folder / name
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def _write(self, name, text):
        path = self.folder / name
        if not text:
            path.unlink(missing_ok=True)
            return
        partial = self.folder / (name + ".tmp")
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, path)


def without_stage(log, number):
    sections = re.split(r"^(?===== stage )", log, flags=re.M)
    return "".join(s for s in sections if not s.startswith(f"==== stage {number}:"))


def dump(value):
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"
