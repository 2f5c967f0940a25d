# SPDX-License-Identifier: MIT
"""scripts/gpu on a bundle, made by hand of programs that every machine has: what it refuses."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from gpu_lib import Problem, bundle, manifest, programs, stages  # noqa: E402

VERSION = {"commit": "0123456789ab", "torch": "2.11", "cuda": "13.0", "compiler": "g++"}


class Bundle(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.bundle, self.out = self.folder / "bundle", self.folder / "out"
        (self.bundle / "bin").mkdir(parents=True)
        shutil.copytree(ROOT / "scripts", self.bundle / "scripts")
        for name in stages.programs():
            self.put("/bin/true", name)
        site = self.folder / "site"
        (site / "torch" / "lib").mkdir(parents=True)
        (site / "torch" / "__init__.py").write_text("raise ImportError('not to be imported')\n")
        self.torch = site / "torch" / "version.py"
        self.torch.write_text("__version__ = '2.11.0+cu130'\n")
        self.environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}

    def put(self, program, name):
        programs.pack(pathlib.Path(shutil.copy(program, self.bundle / "bin" / name)))

    def run_script(self, *words, script=None):
        manifest.write_manifest(self.bundle, VERSION)
        return self.run_as_it_is(*words, script=script)

    def run_as_it_is(self, *words, script=None):
        return subprocess.run(
            [sys.executable, script or ROOT / "scripts" / "gpu", *words, self.out],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def assert_starts(self, ended):
        """The programs are run, and /bin/true is no doctor."""
        self.assertEqual(ended.returncode, 1)
        self.assertIn("doctor wrote no findings", ended.stderr)

    def test_runs_from_anywhere_and_from_itself(self):
        self.assert_starts(self.run_script("--bundle", self.bundle))
        self.assert_starts(self.run_as_it_is(script=self.bundle / "scripts" / "gpu"))

    def test_wants_the_torch_it_was_built_for(self):
        self.torch.write_text("__version__ = '2.10.1'\n")
        ended = self.run_script("--bundle", self.bundle)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("built for torch 2.11", ended.stderr)
        self.assertIn("torch 2.10", ended.stderr)
        self.assertIn("--build", ended.stderr)

    def test_refuses_files_that_are_not_the_bundles(self):
        manifest.write_manifest(self.bundle, VERSION)
        with open(self.bundle / "bin" / "test_envs.gz", "ab") as program:
            program.write(b"x")
        ended = self.run_as_it_is("--bundle", self.bundle)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("test_envs.gz is not the file", ended.stderr)
        ended = self.run_as_it_is("--bundle", self.folder / "site")
        self.assertEqual(ended.returncode, 2)
        self.assertIn("is no bundle", ended.stderr)

    def test_refuses_a_program_that_does_not_unpack(self):
        with open(self.bundle / "bin" / "test_envs.gz", "r+b") as program:
            program.seek(30)
            program.write(b"damaged damaged damaged")
        ended = self.run_script("--bundle", self.bundle)  # its checksum is that of the damage
        self.assertEqual(ended.returncode, 1)
        self.assertIn("test_envs.gz is damaged", ended.stderr)
        self.assertNotIn("Traceback", ended.stderr)

    def test_an_interrupted_build_ends_with_its_compilers(self):
        marker = self.folder / "compiling"
        script = f'sleep 60 & echo $! > "{marker}"; wait'
        with mock.patch.object(subprocess.Popen, "communicate", self.interrupted_after(marker)):
            with self.assertRaises(KeyboardInterrupt):
                programs.shell(script)
        compiler = pathlib.Path("/proc") / marker.read_text().strip()
        deadline = time.monotonic() + 10
        while compiler.exists() and time.monotonic() < deadline:
            if "Z" in (compiler / "stat").read_text().split(") ")[1][:1]:
                break  # it has ended, and nobody has asked for how
            time.sleep(0.01)
        else:
            self.assertFalse(compiler.exists())

    @staticmethod
    def interrupted_after(marker):
        def communicate(process):
            while not (marker.exists() and marker.read_text().strip()):
                time.sleep(0.01)
            raise KeyboardInterrupt

        return communicate

    def test_names_what_the_loader_lacks(self):
        source = self.folder / "lacking.c"
        source.write_text("int used(void) { return 0; }\n")
        library = self.folder / "libcusched_lacking.so"
        if not shutil.which("cc"):
            self.skipTest("no C compiler")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
        source.write_text("int used(void);\nint main(void) { return used(); }\n")
        subprocess.run(["cc", "-o", self.folder / "lacking", source, library], check=True)
        self.put(self.folder / "lacking", "test_cuda")
        library.unlink()
        ended = self.run_script("--bundle", self.bundle)
        self.assertEqual(ended.returncode, 1)
        self.assertRegex(ended.stderr, r"missing:\n.*libcusched_lacking.so.*not found")
        self.assertIn("--build", ended.stderr)

    def test_with_build_it_says_why_and_builds(self):
        checkout = self.folder / "checkout"  # without anything that could be built
        shutil.copytree(ROOT / "scripts", checkout / "scripts")
        for text in ("{}", "[]", '{"torch": "2.11", "files": [1]}', "{"):
            (self.bundle / manifest.MANIFEST).write_text(text)
            words = ("--bundle", self.bundle)
            ended = self.run_as_it_is(*words)
            self.assertEqual(ended.returncode, 2)
            self.assertIn("is no bundle", ended.stderr)
            self.assertNotIn("Traceback", ended.stderr)
            ended = self.run_as_it_is("--build", *words, script=checkout / "scripts" / "gpu")
            self.assertEqual(ended.returncode, 2)
            self.assertRegex(ended.stderr, "(?s)is no bundle.*building instead.*is neither")

    def test_its_own_script_neither_builds_nor_rehearses(self):
        script = self.bundle / "scripts" / "gpu"
        for word, expected in (
            ("--build", "a bundle builds nothing"),
            ("--rehearse", "no --rehearse"),
        ):
            ended = self.run_script(word, script=script)
            self.assertEqual(ended.returncode, 2)
            self.assertIn(expected, ended.stderr)
            self.assertFalse(self.out.exists())

    def test_is_made_of_stripped_programs_their_libraries_and_the_script(self):
        made = self.folder / "made"
        program = pathlib.Path(sys.executable).resolve()
        written = bundle.assemble(made, [program], VERSION)
        self.assertEqual((written["commit"], written["dirty"]), (VERSION["commit"], False))
        files = {entry["path"] for entry in written["files"]}
        self.assertLessEqual({"scripts/gpu", "scripts/gpu_lib/stages.py"}, files)
        self.assertEqual(manifest.verified_manifest(made), written)
        with mock.patch.object(bundle, "MOST_BYTES", bundle.total(written) - 1):
            with self.assertRaisesRegex(Problem, r"(?s)more than 0?\d* MB.*MB  bin/python"):
                bundle.assemble(self.folder / "other", [program], VERSION)
        dirty = manifest.write_manifest(made, {**VERSION, "commit": VERSION["commit"] + "-dirty"})
        self.assertTrue(dirty["dirty"])

    def test_libraries_of_a_machine_with_torch_stay_out(self):
        found = [path.name for path in bundle.libraries([sys.executable, "/bin/true"])]
        self.assertFalse([name for name in found if name.startswith(("libc.so", "libm.so", "ld-"))])


if __name__ == "__main__":
    unittest.main()
