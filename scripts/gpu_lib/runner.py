# SPDX-License-Identifier: MIT
"""Runs stages, one program after the other, and goes on after a failure: a GPU machine's time is
better used that way."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

from .findings import EMULATED_DEVICE, Finding
from .process import Ended, run
from .streams import say


class Runner:
    def __init__(self, programs, out, rehearse):
        self.programs, self.out, self.rehearse = programs, out, rehearse
        self.begin = time.monotonic()
        self.left_over_s = 0.0  # by the stages so far
        self.skips = set()  # why commands were skipped, as far as it was said
        self.identity = {}  # of whatever is measured: commit, device, driver, emulated

    def say(self, text):
        say(f"[{time.monotonic() - self.begin:6.1f} s] {text}")

    def run(self, stages):
        """Runs the stages and returns why it went no further, "" where it did not stop."""
        for stage in stages:
            limit_s = stage.limit_s + self.left_over_s
            record = {
                "name": stage.name,
                "state": "running",
                "limit_s": round(limit_s, 1),
                **self.identity,
                "commands": [],
            }
            self.say(f"stage {stage.number} {stage.name} (at most {limit_s:.0f} s)")
            self.out.begin(stage, record)
            begin = time.monotonic()
            try:
                findings = self.run_stage(stage, record, begin + limit_s)
            except KeyboardInterrupt:
                record.update(state="interrupted", text="interrupted")
                raise
            finally:
                took_s = time.monotonic() - begin
                self.left_over_s = max(0.0, limit_s - took_s)
                record["seconds"] = round(took_s, 1)
                self.out.save()
            if stage.number == 1:
                problem = self.recognise(record, findings[0])
                if problem:
                    return problem
        return ""

    def recognise(self, record, doctor):
        """Notes which build runs on which device. Returns why nothing else is tried, or ""."""
        device = doctor.facts.get("device", "")
        emulated = device == EMULATED_DEVICE
        self.identity = {
            "commit": doctor.facts.get("build", {}).get("commit", "unknown"),
            "device": device,
            "driver": "" if emulated else driver_version(),
            "emulated": emulated,
        }
        record.update(self.identity)
        self.out.save()
        if not device:
            return doctor.text
        if emulated and not self.rehearse:
            return "these programs emulate a GPU, and there is none; --rehearse runs an emulation"
        if self.rehearse and not emulated:
            return f"these programs run on a GPU ({device}), and --rehearse is for an emulation"
        return ""

    def run_stage(self, stage, record, end):
        findings = []
        with tempfile.TemporaryDirectory(prefix="cusched-gpu-") as work:
            for number, command in enumerate(stage.commands):
                json = pathlib.Path(work) / f"{number}.json"
                limit_s = min(command.limit_s, stage.limit_s, end - time.monotonic())
                state, ended, finding = self.run_command(command, json, limit_s)
                findings.append(finding)
                record["commands"].append(
                    {
                        "title": command.title,
                        "state": state,
                        "text": finding.text,
                        "seconds": round(ended.seconds, 1),
                        **finding.facts,
                    }
                )
                self.report(command, state, ended, finding)
                self.out.add(stage, command, state, ended, finding)
        record.update(verdict(record["commands"]))
        return findings

    def report(self, command, state, ended, finding):
        if state != "skipped":
            self.say(f"  {state:9} {command.title}: {finding.text} ({ended.seconds:.1f} s)")
        elif finding.text not in self.skips:  # a reason that many commands share is given once
            self.skips.add(finding.text)
            self.say(f"  {state:9} {finding.text}")
        if ended.problem:
            for line in ended.output.rstrip().splitlines()[-12:]:
                say("             | " + line)

    def run_command(self, command, json, limit_s):
        """(state, Ended, Finding) of a command."""

        def without(state, why):
            return state, Ended(None, 0.0, ""), Finding(False, why)

        tool = []
        if command.tool:
            if self.rehearse:
                return without("skipped", "an emulation has no device to look into")
            path = shutil.which(
                command.tool[0], path=os.environ.get("PATH", "") + ":/usr/local/cuda/bin"
            )
            if path is None:
                return without("skipped", f"{command.tool[0]} is not installed here")
            tool = [path, *command.tool[1:]]
        if limit_s <= 1:
            return without("not run", "the stage's time was used up")
        words = [word.format(json=json, work=json.parent) for word in command.arguments.split()]
        ended = run(
            [*tool, self.programs.path(command.program), *words],
            limit_s,
            self.programs.environment,
            json.parent,
        )
        finding = command.read(ended, json)
        if finding.passed:
            return "passed", ended, finding
        return "timed out" if ended.timed_out else "failed", ended, finding


def verdict(commands):
    """State and text of a stage whose commands have ended."""

    def of(*states):
        return [c for c in commands if c["state"] in states]

    bad, passed, skipped = of("failed", "timed out", "not run"), of("passed"), of("skipped")
    state = "failed" if of("failed") else "timed out" if bad else "passed" if passed else "skipped"
    if len(commands) == 1:
        return {"state": state, "text": commands[0]["text"]}
    text = f"{len(passed)} of {len(commands)} passed"
    if skipped:
        text += f", {len(skipped)} skipped ({skipped[0]['text']})"
    if bad:
        text += f"; {bad[0]['title']}: {bad[0]['text']}"
    return {"state": state, "text": text}


def table(summary):
    """The stages of a summary, for people."""
    rows = [("stage", "result", "time", "what")]
    for number, stage in summary["stages"].items():
        state = (
            stage["state"] if stage["state"] in ("passed", "skipped") else stage["state"].upper()
        )
        rows.append(
            (
                f"{number} {stage['name']}",
                state + (" (emulated)" if stage.get("emulated") else ""),
                f"{stage.get('seconds', 0):.0f} of {stage['limit_s']:.0f} s",
                stage.get("text", ""),
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        "  ".join([cell.ljust(width) for cell, width in zip(row, widths)] + [row[3]])
        for row in rows
    )


def driver_version():
    """e.g. "580.95.05"; "" where nothing says it."""
    try:
        asked = subprocess.run(
            ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=20,
        )
        if asked.returncode == 0 and asked.stdout.strip():
            return asked.stdout.split()[0]
        text = pathlib.Path("/proc/driver/nvidia/version").read_text(encoding="utf-8")
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(r"Kernel Module\s+(?:for \S+\s+)?([\d.]+)", text)
    return found.group(1) if found else ""
