# SPDX-License-Identifier: MIT
"""The folder of results of scripts/gpu: what it refuses, and leaves as it is."""

import json
import subprocess
import unittest

import gpu_stub
from gpu_script import GpuScript


class Folder(GpuScript):
    def setUp(self):
        super().setUp()
        gpu_stub.install(self.programs)
        gpu_stub.install(self.programs, "_emulated")

    def files(self):
        return {path.name: path.read_bytes() for path in self.out.iterdir() if path.is_file()}

    def assert_refused(self, *expected, words=()):
        ended = self.run_script("--stage", "2", *words)
        self.assertEqual(ended.returncode, 2, ended.stderr)
        self.assert_one_line(ended.stderr, *expected)
        self.assertFalse((self.programs / "calls").exists())

    def test_is_no_file_and_can_be_made(self):
        self.out.write_text("mine")
        self.assert_refused(str(self.out))
        self.assertEqual(self.out.read_text(), "mine")
        self.out = self.out / "below"
        self.assert_refused(str(self.out))

    def test_of_someone_else_stays_as_it_is(self):
        self.out.mkdir()
        for name in ("tests.log", "env.json"):
            (self.out / name).write_text("mine")
            before = self.files()
            self.assert_refused(name, "no summary.json")
            self.assertEqual(self.files(), before)
        self.out.joinpath("tests.log").write_bytes(b"\xff")
        self.assert_refused("tests.log")

    def test_with_another_summary_stays_as_it_is(self):
        self.out.mkdir()
        stages = ("[1]", '{"1": 1}', '{"1": {"state": "passed"}}')
        for text in ("", "{", "[]", '{"a": 1}', *(f'{{"stages": {text}}}' for text in stages)):
            (self.out / "summary.json").write_text(text)
            for words in ((), ("--rehearse",)):
                self.assert_refused("summary.json", words=words)
            self.assertEqual((self.out / "summary.json").read_text(), text)
        (self.out / "summary.json").unlink()
        (self.out / "summary.json").mkdir()
        self.assert_refused("summary.json")

    def test_keeps_runs_and_rehearsals_apart(self):
        self.out.mkdir()
        for emulated, words, old in ((False, ["--rehearse"], "a GPU"), (True, [], "a rehearsal")):
            stage = {"name": "", "state": "", "limit_s": 1, "commands": [], "emulated": emulated}
            text = json.dumps({"stages": {"6": stage}})
            (self.out / "summary.json").write_text(text)
            self.assert_refused(f"the results of {old};", words=words)
            self.assertEqual((self.out / "summary.json").read_text(), text)

    def test_is_for_one_run_at_a_time(self):
        gpu_stub.install(self.programs, actions={"test_cuda": "hang"})
        first = subprocess.Popen(
            self.command("--stage", "2"),
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(first.wait)
        self.addCleanup(first.terminate)
        self.wait_for_the_hang(first)
        before = self.files()
        ended = self.run_script("--stage", "2")
        self.assertEqual(ended.returncode, 2)
        self.assert_one_line(ended.stderr, "another scripts/gpu")
        self.assertEqual(self.files(), before)


if __name__ == "__main__":
    unittest.main()
