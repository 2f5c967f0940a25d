# SPDX-License-Identifier: MIT
"""scripts/deps: what it refuses before it touches anything."""

import os
import pathlib
import subprocess
import tempfile
import unittest

DEPS = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "deps"


def run(*words, environment=None):
    return subprocess.run([DEPS, *words], env=environment, capture_output=True, text=True)


class Deps(unittest.TestCase):
    def test_leaves_a_folder_with_files_as_it_is(self):
        with tempfile.TemporaryDirectory() as folder:
            mine = pathlib.Path(folder) / "lib" / "mine.txt"
            mine.parent.mkdir()
            mine.write_text("mine")
            (pathlib.Path(folder) / "link").symlink_to("/etc/hostname")
            ended = run(folder)
            self.assertEqual(ended.returncode, 1)
            self.assertIn("is not empty", ended.stderr)
            self.assertEqual(mine.read_text(), "mine")
            self.assertEqual(os.readlink(pathlib.Path(folder) / "link"), "/etc/hostname")
            self.assertEqual(sorted(os.listdir(folder)), ["lib", "link"])

    def test_tells_an_option_from_a_folder(self):
        ended = run("--foo")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("unknown option --foo", ended.stderr)

    def test_helps_without_a_home(self):
        environment = {name: value for name, value in os.environ.items() if name != "HOME"}
        ended = run("--help", environment=environment)
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
