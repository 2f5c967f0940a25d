# SPDX-License-Identifier: MIT
"""scripts/gpu-bundle: which folders it replaces, and what it says."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from gpu_lib import BadUse, Problem, bundle, manifest  # noqa: E402

VERSION = {"commit": "0123456789ab", "torch": "2.11", "cuda": "13.0", "compiler": "g++"}


class Folder(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.bundle = self.folder / "bundle"

    def script(self, *words):
        return subprocess.run(
            [sys.executable, ROOT / "scripts" / "gpu-bundle", *words],
            capture_output=True,
            text=True,
            timeout=60,
        )

    def put(self, text):
        """Makes a bundle of one file."""
        with bundle.beside(self.bundle) as new:
            (new / "bin").mkdir(parents=True)
            (new / "bin" / "program").write_text(text)
            manifest.write_manifest(new, VERSION)

    def assert_refused(self, *expected):
        before = {path: path.is_file() and path.read_bytes() for path in self.folder.rglob("*")}
        ended = self.script(self.bundle)
        self.assertEqual(ended.returncode, 2)
        self.assertEqual(len(ended.stderr.splitlines()), 1, ended.stderr)
        for word in expected:
            self.assertIn(word, ended.stderr)
        after = {path: path.is_file() and path.read_bytes() for path in self.folder.rglob("*")}
        self.assertEqual(before, after)

    def test_of_someone_else_stays(self):
        self.bundle.write_text("mine")
        self.assert_refused("is no folder")
        self.bundle /= "below"
        self.assert_refused("bundle is no folder")
        self.bundle = self.bundle.parent
        self.bundle.unlink()
        self.bundle.mkdir()
        (self.bundle / "mine").write_text("")
        self.assert_refused("is no bundle")
        for text in ("{}", "[]", "{"):
            (self.bundle / "manifest.json").write_text(text)
            self.assert_refused("is no bundle")

    def test_a_bundle_with_a_file_of_someone_else_stays(self):
        self.put("old")
        (self.bundle / "bin" / "mine").write_text("")
        self.assert_refused("something else than a bundle", "mine")
        with self.assertRaises(BadUse):  # also one that came while the programs were built
            self.put("new")
        self.assertEqual((self.bundle / "bin" / "program").read_text(), "old")

    def test_a_bundle_is_replaced_and_nothing_beside_it(self):
        beside = self.folder / "bundle.partial"
        beside.mkdir()
        self.put("old")
        (self.bundle / "__pycache__").mkdir()
        (self.bundle / "__pycache__" / "x.pyc").write_text("")
        self.put("new")
        self.assertEqual((self.bundle / "bin" / "program").read_text(), "new")
        self.assertEqual(sorted(self.folder.iterdir()), [self.bundle, beside])

    def test_a_failure_leaves_the_old_bundle_and_nothing_else(self):
        self.put("old")
        with self.assertRaises(Problem), bundle.beside(self.bundle) as new:
            new.mkdir()
            raise Problem("too large")
        self.assertEqual((self.bundle / "bin" / "program").read_text(), "old")
        self.assertEqual(list(self.folder.iterdir()), [self.bundle])

    def test_help_is_no_bad_use(self):
        for word in ("--help", "-h"):
            ended = self.script(word)
            self.assertEqual((ended.returncode, ended.stderr), (0, ""))
            self.assertIn("gpu-bundle DIR", ended.stdout)
        for words in ((), ("--frobnicate",), ("a", "b")):
            ended = self.script(*words)
            self.assertEqual((ended.returncode, ended.stdout), (2, ""))
            self.assertIn("usage: scripts/gpu-bundle DIR", ended.stderr)


if __name__ == "__main__":
    unittest.main()
