# SPDX-License-Identifier: MIT
"""Runs scripts/gpu with stand-ins for its programs and for NVIDIA's tools."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
# scripts/gpu with another limit for each stage.
WITH_LIMITS = f"""import sys
sys.path.insert(0, {str(SCRIPTS)!r})
from gpu_lib import command_line, process, stages
limits, words = eval(sys.argv[1]), sys.argv[2:]
stages.LIMITS_S.update(limits)
process.GRACE_S = 0.3
sys.exit(command_line.main(words))"""


class GpuScript(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)
        self.programs, self.out = self.folder / "programs", self.folder / "out"
        tools = self.folder / "tools"
        tools.mkdir()
        self.environment = {
            **os.environ,
            "PATH": f"{tools}:{os.environ['PATH']}",
            "TMPDIR": self.temporary.name,  # of a script that is killed, too
        }
        self.tool("nvidia-smi", "echo 580.95.05")

    def tool(self, name, script):
        path = self.folder / "tools" / name
        path.write_text("#!/bin/sh\n" + script + "\n")
        path.chmod(0o755)

    def command(self, *words, limits=None):
        program = (
            [sys.executable, "-c", WITH_LIMITS, repr(limits)]
            if limits
            else [sys.executable, SCRIPTS / "gpu"]
        )
        return [*program, "--programs", self.programs, *words, self.out]

    def run_script(self, *words, limits=None):
        return subprocess.run(
            self.command(*words, limits=limits),
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def wait_for_the_hang(self, script):
        """Until a program that was told to hang has said which process it is. Returns that."""
        pid = self.programs / "pid"
        while not pid.exists() or not pid.read_text():
            time.sleep(0.02)
            self.assertIsNone(script.poll())
        return int(pid.read_text())

    def stages(self):
        return json.loads((self.out / "summary.json").read_text())["stages"]

    def states(self):
        return {number: stage["state"] for number, stage in self.stages().items()}

    def calls(self):
        return (self.programs / "calls").read_text().splitlines()

    def assert_one_line(self, text, *words):
        self.assertEqual(len(text.strip().splitlines()), 1, text)
        for word in words:
            self.assertIn(word, text)

    def assert_dead(self, process):
        for _ in range(100):
            try:
                os.kill(process, 0)
            except ProcessLookupError:
                return
            time.sleep(0.02)
        self.fail(f"process {process} still runs")
