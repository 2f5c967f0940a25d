# SPDX-License-Identifier: MIT
"""scripts/gpu --collect in a small checkout, on what a run with stand-ins left."""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import gpu_stub

ROOT = pathlib.Path(__file__).resolve().parents[2]
SLUG = "nvidia-h100-80gb-hbm3"
README = "# Name\n<!-- bench:begin -->\nold\n<!-- bench:end -->\n"


class Collect(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """A run of all stages that collecting reads, once for all tests."""
        cls.temporary = tempfile.TemporaryDirectory()
        cls.whole = pathlib.Path(cls.temporary.name) / "out"
        programs = cls.whole.with_name("programs")
        gpu_stub.install(programs)
        words = [ROOT / "scripts" / "gpu", "--programs", programs, "--stage", "1-7", cls.whole]
        subprocess.run([sys.executable, *words], check=True, capture_output=True, timeout=60)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.checkout, self.out = self.folder / "checkout", self.folder / "out"
        self.results, self.readme = self.checkout / "bench" / "results", self.checkout / "README.md"
        self.results.mkdir(parents=True)
        shutil.copytree(ROOT / "scripts", self.checkout / "scripts")
        shutil.copy(ROOT / "bench" / "table.py", self.checkout / "bench" / "table.py")
        self.readme.write_text(README)
        shutil.copytree(self.whole, self.out)

    def script(self, *words):
        return subprocess.run(
            [sys.executable, self.checkout / "scripts" / "gpu", *words, self.out],
            capture_output=True,
            text=True,
            timeout=60,
        )

    def measure(self, *words, suffix="", **behaviour):
        """Runs some stages again, by programs that behave in another way."""
        gpu_stub.install(self.folder / "programs", suffix, **behaviour)
        self.script("--programs", self.folder / "programs", *words)

    def assert_refused(self, *words, code=1):
        ended = self.script("--collect")
        self.assertEqual(ended.returncode, code, ended.stderr)
        self.assertEqual(len(ended.stderr.strip().splitlines()), 1, ended.stderr)
        for word in words:
            self.assertIn(word, ended.stderr)
        self.assertEqual(list(self.results.iterdir()), [])
        self.assertEqual(self.readme.read_text(), README)

    def test_writes_a_file_for_each_result_and_the_table(self):
        (self.results / f"{SLUG}-env-old-result.json").write_text("{}")
        (self.results / "another.json").write_text('{"rows": []}')
        ended = self.script("--collect")
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))
        names = {path.name for path in self.results.iterdir()}
        self.assertEqual(len(names), 16 + 6 + 1)
        self.assertIn(f"{SLUG}-env-placement-policy-65536-w32.json", names)
        self.assertIn(f"{SLUG}-train-dqn-p64.json", names)
        result = json.loads((self.results / f"{SLUG}-train-ppo-p1.json").read_text())
        self.assertEqual(result["commit"], gpu_stub.COMMIT)
        self.assertEqual(result["machine"]["gpu"]["name"], gpu_stub.GPU)
        self.assertIn("driver_version", result["machine"]["gpu"])
        readme = self.readme.read_text()
        self.assertIn(f"| {gpu_stub.GPU}", readme)
        self.assertNotIn("old", readme)

    def test_wants_a_folder_of_results(self):
        (self.out / "summary.json").unlink()
        self.assert_refused("holds no summary.json", code=2)

    def test_refuses_the_emulation(self):
        shutil.rmtree(self.out)
        self.measure("--rehearse", "--stage", "6", suffix="_emulated", device=gpu_stub.EMULATED)
        self.assert_refused("of the emulation")

    def test_refuses_a_build_of_no_commit(self):
        summary = self.out / "summary.json"
        text = summary.read_text()
        for commit in (gpu_stub.COMMIT + "-dirty", "unknown"):
            summary.write_text(text.replace(gpu_stub.COMMIT, commit))
            self.assert_refused(commit, "clean checkout")

    def test_refuses_what_is_mixed(self):
        for other in ({"commit": "ba9876543210"}, {"device": "NVIDIA H200"}):
            self.measure("--stage", "2", **other)
            self.assert_refused(*other.values())
            self.measure("--stage", "2")
        summary = json.loads((self.out / "summary.json").read_text())
        summary["stages"]["2"]["emulated"] = True
        (self.out / "summary.json").write_text(json.dumps(summary))
        self.assert_refused("of the emulation and of a GPU")

    def test_refuses_names_that_leave_the_folder_of_results(self):
        text = (self.out / "env.json").read_text()
        for name in ("env-a/../../../x", "env-..", "../x", "*"):
            entries = json.loads(text)
            entries[0]["name"] = name
            (self.out / "env.json").write_text(json.dumps(entries))
            self.assert_refused(name, "is no name")

    def test_refuses_a_result_that_is_not_the_runs(self):
        text = (self.out / "train.json").read_text()
        (self.out / "train.json").write_text(text.replace(gpu_stub.COMMIT, "f" * 12, 1))
        self.assert_refused("train-ppo-p1", "f" * 12)
        (self.out / "train.json").write_text("[{")
        self.assert_refused("train.json", "damaged")
        for text in ("[1]", '{"a": 1}', "3"):
            (self.out / "train.json").write_text(text)
            self.assert_refused("does not hold")
        (self.out / "train.json").write_bytes(b"\xff")
        self.assert_refused("train.json", code=2)

    def test_refuses_figures_whose_check_failed_and_takes_the_others(self):
        self.measure("--stage", "5", actions={"*Gpu*-*LinearGpu": "fail"})
        ended = self.script("--collect")
        self.assertEqual(ended.returncode, 1)
        self.assertEqual(len(ended.stderr.strip().splitlines()), 1, ended.stderr)
        self.assertIn("refused: train.json, because stage 5", ended.stderr)
        self.assertEqual(len(list(self.results.iterdir())), 16)

    def test_names_what_has_no_result(self):
        self.measure("--stage", "7", actions={"--algo dqn --members 64": "crash"})
        ended = self.script("--collect")
        self.assertEqual(ended.returncode, 0)
        self.assertIn("no result: dqn, P 64", ended.stderr)
        self.assertEqual(len(list(self.results.iterdir())), 16 + 5)

    def test_refuses_figures_without_checks(self):
        summary = json.loads((self.out / "summary.json").read_text())
        del summary["stages"]["2"]
        (self.out / "summary.json").write_text(json.dumps(summary))
        ended = self.script("--collect")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("env.json, because stage 2 was not run", ended.stderr)
        self.assertEqual(list(self.results.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
