# SPDX-License-Identifier: MIT
"""scripts/gpu with stand-ins for the programs: what it runs, and how it goes on when they fail."""

import json
import re
import signal
import subprocess
import time
import unittest

import gpu_stub
from gpu_script import GpuScript


class WholeRuns(GpuScript):
    def test_all_stages_pass_and_leave_at_most_eight_files(self):
        gpu_stub.install(self.programs)
        self.tool(
            "compute-sanitizer",
            'while [ "${1#/}" = "$1" ]; do shift; done; "$@"\n'
            "echo ========= ERROR SUMMARY: 0 errors",
        )
        self.tool("ncu", "echo '  void k() (1)x(1), Context 1, Stream 7, Device 0, CC 9.0'")
        ended = self.run_script()
        self.assertEqual((ended.returncode, ended.stderr), (0, ""), ended.stdout)
        self.assertEqual(set(self.states().values()), {"passed"}, ended.stdout)
        self.assertEqual(list(self.states()), list("12345678"))
        files = sorted(path.name for path in self.out.iterdir())
        self.assertLessEqual(len(files), 8, files)
        self.assertLessEqual({"summary.json", "doctor.json", "env.json", "train.json"}, set(files))
        env = json.loads((self.out / "env.json").read_text())
        self.assertEqual(len({entry["name"] for entry in env}), 2 * 2 * 2 * 2)
        self.assertEqual(len(json.loads((self.out / "train.json").read_text())), 3 * 2)
        self.assertEqual(self.stages()["4"]["driver"], "580.95.05")
        self.assertIn("this is test_envs", (self.out / "tests.log").read_text())
        per_program = [call.split()[0] for call in self.calls()[:5]]
        self.assertEqual(
            per_program, ["cusched", "test_cuda", "test_agents", "test_envs", "test_agents"]
        )

    def test_absent_tools_are_a_visible_skip(self):
        gpu_stub.install(self.programs)
        self.environment["PATH"] = f"{self.folder}/tools:/usr/bin:/bin"
        ended = self.run_script("--stage", "8")
        if self.states()["8"] != "skipped":
            self.skipTest("the tools are installed here")
        self.assertEqual(ended.returncode, 0)
        self.assertIn("compute-sanitizer is not installed here", ended.stdout)

    def test_sanitizer_findings_fail_the_stage(self):
        gpu_stub.install(self.programs)
        self.tool("compute-sanitizer", "echo ========= ERROR SUMMARY: 3 errors; exit 99")
        self.tool("ncu", "echo ==WARNING== No kernels were profiled.")
        self.assertEqual(self.run_script("--stage", "8").returncode, 1)
        commands = self.stages()["8"]["commands"]
        self.assertEqual({c["state"] for c in commands}, {"failed"})
        self.assertIn("3 errors", commands[0]["text"])
        self.assertIn("0 launches", commands[-1]["text"])


class Failures(GpuScript):
    def test_goes_on_after_each_kind_of_failure(self):
        gpu_stub.install(
            self.programs,
            actions={
                "test_cuda": "fail",
                "LinearGpu.*:": "skip",
                "test_envs": "crash",
                "cusched train": "fail",
                "--env placement --driver policy": "silent",
                "--algo a2c": "broken",
            },
        )
        ended = self.run_script("--stage", "1-7")
        self.assertEqual(ended.returncode, 1)
        texts = {number: stage["text"] for number, stage in self.stages().items()}
        self.assertEqual(self.states(), {"1": "passed", **dict.fromkeys("234567", "failed")}, texts)
        self.assertIn("1 of 1 tests failed: Suite.Test", texts["2"])
        self.assertIn("all 1 tests were skipped", texts["3"])
        self.assertIn("SIGSEGV in Suite.Test", texts["4"])
        self.assertIn("12 of 16 passed", texts["6"])
        self.assertIn("wrote no result", texts["6"])
        self.assertIn("4 of 6 passed", texts["7"])
        self.assertEqual(len(json.loads((self.out / "env.json").read_text())), 12)
        self.assertIn("FAILED", ended.stdout)

    def test_a_filter_that_matches_nothing_is_a_failure(self):
        gpu_stub.install(self.programs, actions={"test_cuda": "none"})
        self.assertEqual(self.run_script("--stage", "2").returncode, 1)
        self.assertIn("no test ran", self.stages()["2"]["text"])

    def test_a_hanging_program_costs_its_limit(self):
        for action in ("hang", "stubborn"):
            gpu_stub.install(self.programs, actions={"test_envs": action})
            begin = time.monotonic()
            ended = self.run_script("--stage", "2-5", limits={4: 1.5})  # though 2 and 3 leave 45 s
            self.assertLess(time.monotonic() - begin, 20)
            self.assertEqual(ended.returncode, 1)
            self.assertEqual(self.states()["4"], "timed out")
            self.assertIn("Suite.Test", self.stages()["4"]["text"])
            self.assertEqual(self.states()["5"], "passed")
            self.assert_dead(int((self.programs / "pid").read_text()))

    def test_a_stage_without_time_says_what_was_not_run(self):
        gpu_stub.install(self.programs, actions={"bench train": "hang"})
        ended = self.run_script("--stage", "7", limits={1: 2, 7: 2})
        self.assertEqual(ended.returncode, 1)
        states = [command["state"] for command in self.stages()["7"]["commands"]]
        self.assertEqual((states[0], states[-1], len(states)), ("timed out", "not run", 6))

    def test_interrupt_ends_the_children_and_keeps_the_summary(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            (self.programs / "pid").unlink(missing_ok=True)
            gpu_stub.install(self.programs, actions={"test_agents": "hang"})
            script = subprocess.Popen(
                self.command("--stage", "2,3,4"),
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            program = self.wait_for_the_hang(script)
            script.send_signal(number)
            stdout, stderr = script.communicate(timeout=20)
            self.assertEqual((script.returncode, stderr), (130, "interrupted\n"))
            self.assertEqual(self.states(), {"1": "passed", "2": "passed", "3": "interrupted"})
            self.assertIn("INTERRUPTED", stdout)
            self.assert_dead(program)



    def test_its_program_ends_with_a_script_that_is_killed(self):
        gpu_stub.install(self.programs, actions={"test_cuda": "hang"})
        script = subprocess.Popen(
            self.command("--stage", "2"), env=self.environment, stdout=subprocess.DEVNULL
        )
        program = self.wait_for_the_hang(script)
        script.kill()
        script.wait()
        self.assert_dead(program)

    def test_goes_on_where_nobody_reads_what_it_says(self):
        gpu_stub.install(self.programs, actions={"test_cuda": "fail"})
        script = subprocess.Popen(
            self.command("--stage", "2,3"),
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        script.stdout.close()
        self.assertEqual(script.stderr.read(), b"")
        script.stderr.close()
        self.assertEqual(script.wait(60), 1)
        self.assertEqual(self.states(), {"1": "passed", "2": "failed", "3": "passed"})


class Devices(GpuScript):
    def test_without_a_gpu_nothing_else_is_tried(self):
        gpu_stub.install(self.programs, device="")
        ended = self.run_script()
        self.assertEqual(ended.returncode, 1)
        self.assert_one_line(ended.stderr, "no NVIDIA driver", "No other stage")
        self.assertEqual(len(self.calls()), 1)

    def test_a_doctor_that_does_not_start_ends_it(self):
        for action in ("crash", "silent", "broken"):
            gpu_stub.install(self.programs, actions={"doctor": action})
            ended = self.run_script()
            self.assertEqual(ended.returncode, 1)
            self.assert_one_line(ended.stderr, "doctor wrote no findings", "No other stage")

    def test_the_emulation_is_no_gpu(self):
        gpu_stub.install(self.programs, device=gpu_stub.EMULATED)
        ended = self.run_script()
        self.assertEqual(ended.returncode, 1)
        self.assert_one_line(ended.stderr, "emulate", "--rehearse")
        self.assertEqual(len(self.calls()), 1)

    def test_a_rehearsal_runs_everything_and_says_so(self):
        gpu_stub.install(self.programs, suffix="_emulated", device=gpu_stub.EMULATED)
        ended = self.run_script("--rehearse")
        self.assertEqual((ended.returncode, ended.stderr), (0, ""), ended.stdout)
        self.assertTrue(all(stage["emulated"] for stage in self.stages().values()))
        self.assertEqual(self.states(), {**dict.fromkeys("1234567", "passed"), "8": "skipped"})
        self.assertEqual(ended.stdout.count("(emulated)"), 8)
        self.assertEqual(len(re.findall("] +skipped ", ended.stdout)), 1)
        for file in ("env.json", "train.json"):
            for entry in json.loads((self.out / file).read_text()):
                self.assertTrue(entry["emulated"], entry["name"])

    def test_a_rehearsal_does_not_run_on_a_gpu(self):
        gpu_stub.install(self.programs, suffix="_emulated")
        ended = self.run_script("--rehearse")
        self.assertEqual(ended.returncode, 1)
        self.assert_one_line(ended.stderr, "--rehearse is for an emulation")


class Merging(GpuScript):
    def test_a_second_run_of_some_stages_keeps_the_others(self):
        gpu_stub.install(self.programs, actions={"test_envs": "fail"})
        self.assertEqual(self.run_script("--stage", "1-7").returncode, 1)
        gpu_stub.install(self.programs, commit="ba9876543210")
        self.assertEqual(self.run_script("--stage", "4,6").returncode, 0)
        self.assertEqual(set(self.states().values()), {"passed"})
        commits = {number: stage["commit"] for number, stage in self.stages().items()}
        old, new = gpu_stub.COMMIT, "ba9876543210"
        self.assertEqual(commits, {**dict.fromkeys("2357", old), **dict.fromkeys("146", new)})
        env = json.loads((self.out / "env.json").read_text())
        self.assertEqual([entry["result"]["commit"] for entry in env], [new] * 16)
        train = json.loads((self.out / "train.json").read_text())
        self.assertEqual([entry["result"]["commit"] for entry in train], [old] * 6)
        log = (self.out / "tests.log").read_text()
        self.assertEqual((log.count("==== stage 4"), log.count("==== stage 2")), (1, 1))

    def test_a_run_without_a_gpu_takes_no_results_away(self):
        gpu_stub.install(self.programs)
        self.assertEqual(self.run_script("--stage", "6").returncode, 0)
        env = (self.out / "env.json").read_text()
        gpu_stub.install(self.programs, device="")
        self.assertEqual(self.run_script().returncode, 1)
        self.assertEqual(self.states(), {"1": "failed", "6": "passed"})
        self.assertEqual((self.out / "env.json").read_text(), env)


class BadUse(GpuScript):
    def test_is_told_with_exit_code_2(self):
        gpu_stub.install(self.programs)
        for words, expected in (
            (["--stage", "9"], "1 to 8"),
            (["--stage", "x"], "1 to 8"),
            (["--stage", "1-200000000"], "1 to 8"),
            (["--stage", "4-"], "1 to 8"),
            (["--stage", "5-2,3"], "1 to 8"),
            (["--stage", "0-3"], "1 to 8"),
            (["--collect"], "takes OUT alone"),
            (["--frobnicate"], "frobnicate"),
            (["--bundle", "x"], "--bundle"),
        ):
            ended = self.run_script(*words)
            self.assertEqual(ended.returncode, 2, words)
            self.assertIn(expected, ended.stderr)
        (self.programs / "test_envs").unlink()
        ended = self.run_script()
        self.assertEqual(ended.returncode, 2)
        self.assert_one_line(ended.stderr, "test_envs")
        self.assertFalse(self.out.exists())


if __name__ == "__main__":
    unittest.main()
